/* Cutting a script: the end of a statement is where SQLite's own parser sees it. A statement ends at its
 * first semicolon outside quotes and comments; CREATE TRIGGER ends at the one after END that follows a
 * semicolon, which no CASE ... END can be. The same rule is sqlite3_complete's; the tests hold the two
 * against each other. */
#include "sqlite/internal.h"

#include <string.h>

/* -- how far a statement goes ------------------------------------------------------------------------- */

enum place {
    AT_START,
    AFTER_EXPLAIN,
    AFTER_CREATE,
    IN_TRIGGER,
    AFTER_SEMICOLON, /* within a trigger's program */
    AFTER_END,
    IN_OTHER
};

static enum place
next_place(enum place place, struct token token)
{
    static const char *const not_explained[] = {"explain", "temp", "temporary", "trigger", "end", NULL};
    bool is_semicolon = token_is_punct(token, ";");
    switch (place) {
    case AT_START:
        if (token_is_word(token, "create")) {
            return AFTER_CREATE;
        }
        return token_is_word(token, "explain") ? AFTER_EXPLAIN : IN_OTHER;
    case AFTER_EXPLAIN:
        if (token_is_word(token, "create")) {
            return AFTER_CREATE;
        }
        return token_is_one_of(token, not_explained) ? IN_OTHER : AFTER_EXPLAIN;
    case AFTER_CREATE:
        if (token_is_word(token, "temp") || token_is_word(token, "temporary")) {
            return AFTER_CREATE;
        }
        return token_is_word(token, "trigger") ? IN_TRIGGER : IN_OTHER;
    case AFTER_SEMICOLON:
        if (token_is_word(token, "end")) {
            return AFTER_END;
        }
        return is_semicolon ? AFTER_SEMICOLON : IN_TRIGGER;
    case IN_TRIGGER:
    case AFTER_END:
        return is_semicolon ? AFTER_SEMICOLON : IN_TRIGGER;
    case IN_OTHER:
        break;
    }
    return IN_OTHER;
}

static bool
ends_statement(enum place place, struct token token)
{
    bool is_inside = place == IN_TRIGGER || place == AFTER_SEMICOLON;
    return token.kind == TOKEN_END || (token_is_punct(token, ";") && !is_inside);
}

static enum status
check_closed(struct span text, struct token token, struct err *err)
{
    size_t line;
    size_t column;
    bool is_comment = token.text.len > 0 && token.text.ptr[0] == '/';
    if (token.kind != TOKEN_UNCLOSED) {
        return STATUS_OK;
    }
    text_position(text, token.at, &line, &column);
    return err_raise(err, STATUS_USAGE, "line %zu, column %zu: unclosed %s", line, column,
                     is_comment ? "comment" : "quote");
}

/* Takes the tokens of the statement that begins with `token`; `end` is where its last one ends. */
static enum status
take_statement(struct lexer *lexer, struct token token, size_t *end, struct err *err)
{
    enum place place = AT_START;
    for (;;) {
        TRY(check_closed(lexer->text, token, err));
        if (ends_statement(place, token)) {
            lexer_seek(lexer, token.at);
            return STATUS_OK;
        }
        if (token.kind != TOKEN_SPACE && token.kind != TOKEN_COMMENT) {
            place = next_place(place, token);
            *end = token.at + token.text.len;
        }
        token = lexer_next_raw(lexer);
    }
}

/* -- what kind of statement it is --------------------------------------------------------------------- */

static unsigned
pragma_flags(struct span sql)
{
    /* kept in the file, but settled by the first table: a transaction is too late */
    static const char *const of_the_file[] = {"auto_vacuum", "encoding", "page_size", NULL};
    ARENA_SCOPED scratch = {0};
    struct pragma pragma;
    if (!pragma_parse(sql, &scratch, &pragma) || !pragma.has_value) {
        return 0;
    }
    for (size_t i = 0; of_the_file[i] != NULL; i++) {
        if (str_eq(of_the_file[i], pragma.name)) {
            return PIECE_SESSION;
        }
    }
    const struct session_pragma *found = pragma_find(pragma.name);
    return found != NULL && found->is_before_begin ? PIECE_SESSION : 0;
}

static unsigned
statement_flags(struct span sql)
{
    static const struct {
        const char *word;
        unsigned flags;
    } words[] = {
        {"begin", PIECE_TXN_BEGIN},     {"commit", PIECE_TXN_COMMIT}, {"end", PIECE_TXN_COMMIT},
        {"savepoint", PIECE_TXN_OTHER}, {"release", PIECE_TXN_OTHER}, {"vacuum", PIECE_NO_TXN},
        {"attach", PIECE_NO_TXN},       {"detach", PIECE_NO_TXN},
    };
    struct lexer lexer;
    lexer_init(&lexer, sql, LEX_SQLITE);
    struct token first = lexer_next(&lexer);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (token_is_word(first, words[i].word)) {
            return words[i].flags;
        }
    }
    if (token_is_word(first, "rollback")) {
        (void)lexer_accept(&lexer, "transaction");
        return lexer_accept(&lexer, "to") ? PIECE_TXN_OTHER : PIECE_TXN_ROLLBACK;
    }
    return token_is_word(first, "pragma") ? pragma_flags(sql) : 0;
}

/* -- the cut ------------------------------------------------------------------------------------------ */

static enum status
check_no_nul(struct span text, struct err *err)
{
    size_t line;
    size_t column;
    const char *nul = text.len == 0 ? NULL : memchr(text.ptr, '\0', text.len);
    if (nul == NULL) {
        return STATUS_OK;
    }
    text_position(text, (size_t)(nul - text.ptr), &line, &column);
    return err_raise(err, STATUS_USAGE, "line %zu, column %zu: NUL byte", line, column);
}

/* ".read x", ".mode csv": a line for the sqlite3 shell. No statement begins with a dot. */
static size_t
client_line_len(struct span text, size_t at)
{
    const char *newline = memchr(text.ptr + at, '\n', text.len - at);
    return newline == NULL ? text.len - at : (size_t)(newline - text.ptr) - at;
}

enum status
sqlite_split(struct conn *conn, struct span text, struct arena *arena, struct pieces *out, struct err *err)
{
    struct lexer lexer;
    bool may_terminate = false;
    (void)conn;
    *out = (struct pieces){.text = text};
    TRY(check_no_nul(text, err));
    lexer_init(&lexer, text, LEX_SQLITE);
    for (;;) {
        struct token token = lexer_next_raw(&lexer);
        bool is_terminator = token_is_punct(token, ";");
        if (token.kind == TOKEN_END) {
            return STATUS_OK;
        }
        if (is_terminator && may_terminate) {
            pieces_add(out, arena, PIECE_TERMINATOR, 0, token.text.len);
            may_terminate = false;
        } else if (is_terminator || token.kind == TOKEN_SPACE || token.kind == TOKEN_COMMENT) {
            pieces_add(out, arena, PIECE_BLANK, 0, token.text.len);
        } else if (token_is_punct(token, ".")) {
            size_t len = client_line_len(text, token.at);
            pieces_add(out, arena, PIECE_CLIENT, 0, len);
            lexer_seek(&lexer, token.at + len);
        } else {
            size_t end = token.at;
            TRY(take_statement(&lexer, token, &end, err));
            struct span sql = {text.ptr + token.at, end - token.at};
            pieces_add(out, arena, PIECE_STATEMENT, statement_flags(sql), sql.len);
            lexer_seek(&lexer, end);
            may_terminate = true;
        }
    }
}
