#include "mysql/my_kind.h"

#include "driver/piece.h"
#include "driver/sqltok.h"

struct kind {
    const char *words;
    unsigned flags;
};

/* The first row that fits counts. Implicit commits are those of the manual's section "Statements That Cause
 * an Implicit Commit", and what may run any of them. */
static const struct kind kinds[] = {
    {"begin not atomic", PIECE_IMPLICIT_COMMIT},
    {"begin", PIECE_TXN_BEGIN | PIECE_IMPLICIT_COMMIT},
    {"start transaction", PIECE_TXN_BEGIN | PIECE_IMPLICIT_COMMIT},
    {"start", PIECE_IMPLICIT_COMMIT},
    {"stop", PIECE_IMPLICIT_COMMIT},
    {"commit", PIECE_TXN_COMMIT},
    {"rollback to", PIECE_TXN_OTHER},
    {"rollback work to", PIECE_TXN_OTHER},
    {"rollback", PIECE_TXN_ROLLBACK},
    {"savepoint", PIECE_TXN_OTHER},
    {"release savepoint", PIECE_TXN_OTHER},
    {"xa", PIECE_TXN_OTHER | PIECE_NO_TXN},
    {"set transaction", PIECE_NO_TXN},
    {"set autocommit", PIECE_IMPLICIT_COMMIT},
    {"set session autocommit", PIECE_IMPLICIT_COMMIT},
    {"set local autocommit", PIECE_IMPLICIT_COMMIT},
    {"set password", PIECE_IMPLICIT_COMMIT},
    {"set default role", PIECE_IMPLICIT_COMMIT},
    {"set statement", PIECE_IMPLICIT_COMMIT},
    {"create temporary", 0},
    {"create or replace temporary", 0},
    {"create", PIECE_IMPLICIT_COMMIT},
    {"drop temporary", 0},
    {"drop prepare", 0},
    {"drop", PIECE_IMPLICIT_COMMIT},
    {"alter", PIECE_IMPLICIT_COMMIT},
    {"rename", PIECE_IMPLICIT_COMMIT},
    {"truncate", PIECE_IMPLICIT_COMMIT},
    {"grant", PIECE_IMPLICIT_COMMIT},
    {"revoke", PIECE_IMPLICIT_COMMIT},
    {"lock", PIECE_IMPLICIT_COMMIT},
    {"unlock", PIECE_IMPLICIT_COMMIT},
    {"analyze", PIECE_IMPLICIT_COMMIT},
    {"check", PIECE_IMPLICIT_COMMIT},
    {"checksum", 0},
    {"optimize", PIECE_IMPLICIT_COMMIT},
    {"repair", PIECE_IMPLICIT_COMMIT},
    {"flush", PIECE_IMPLICIT_COMMIT},
    {"reset", PIECE_IMPLICIT_COMMIT},
    {"cache", PIECE_IMPLICIT_COMMIT},
    {"load index", PIECE_IMPLICIT_COMMIT},
    {"install", PIECE_IMPLICIT_COMMIT},
    {"uninstall", PIECE_IMPLICIT_COMMIT},
    {"import", PIECE_IMPLICIT_COMMIT},
    {"change", PIECE_IMPLICIT_COMMIT},
    {"call", PIECE_IMPLICIT_COMMIT},
    {"execute", PIECE_IMPLICIT_COMMIT},
    {"if", PIECE_IMPLICIT_COMMIT},
    {"case", PIECE_IMPLICIT_COMMIT},
    {"loop", PIECE_IMPLICIT_COMMIT},
    {"repeat", PIECE_IMPLICIT_COMMIT},
    {"while", PIECE_IMPLICIT_COMMIT},
    {"for", PIECE_IMPLICIT_COMMIT},
};

unsigned
statement_flags(struct span statement, unsigned flags)
{
    struct lexer lexer;
    lexer_init(&lexer, statement, flags);
    struct token first = lexer_peek(&lexer);
    for (size_t i = 0; i < COUNT_OF(kinds) && first.kind == TOKEN_WORD; i++) {
        struct lexer start = lexer;
        if (lexer_accept_words(&start, kinds[i].words)) {
            return kinds[i].flags;
        }
    }
    return token_is_word(first, "set") && lexer_accept(&lexer, "set") &&
                   span_is_nocase(lexer_peek(&lexer).text, "@@autocommit")
               ? PIECE_IMPLICIT_COMMIT
               : 0;
}
