#include "mysql/my_effects.h"

#include "mysql/my_conn.h"
#include "mysql/my_mode.h"

#include <string.h>

/* -- telling ------------------------------------------------------------------------------------------- */

struct effect
effect_blank(enum effect_kind kind)
{
    return (struct effect){
        .kind = kind, .name = "", .table = "", .column = "", .new_name = "", .type = "", .detail = ""};
}

void
tell(struct telling *telling, struct effect effect)
{
    effect.piece = telling->piece;
    vec_push(telling->arena, telling->out, effect);
}

void
tell_table(struct telling *telling, enum effect_kind kind, unsigned flags, const char *table)
{
    struct effect effect = effect_blank(kind);
    effect.object = OBJECT_TABLE;
    effect.flags = flags;
    effect.table = table;
    tell(telling, effect);
}

void
tell_unknown(struct telling *telling)
{
    tell(telling, effect_blank(EFFECT_UNKNOWN));
}

static const char *
find_text(struct span text, const char *wanted)
{
    for (; text.len > 0; text.ptr++, text.len--) {
        if (span_starts(text, wanted)) {
            return text.ptr;
        }
    }
    return NULL;
}

const char *
told_since(struct telling *telling, size_t at)
{
    struct lexer *lexer = &telling->lexer;
    struct span text = span_trim((struct span){lexer->text.ptr + at, lexer_peek(lexer).at - at});
    if (span_ends(text, "*/") && (text.len < 4 || find_text(text, "/*") == NULL)) {
        text.len -= 2; /* of a code comment that began before */
    }
    return sql_squeeze(text, lexer->flags, telling->arena);
}

const char *
folded(struct arena *arena, const char *name)
{
    char *low = arena_strdup(arena, name);
    for (char *c = low; *c != '\0'; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
    }
    return low;
}

bool
skip_past(struct telling *telling, const char *word)
{
    struct lexer *lexer = &telling->lexer;
    struct span inside;
    for (struct token token = lexer_peek(lexer); token.kind != TOKEN_END; token = lexer_peek(lexer)) {
        if (token_is_word(token, word) || token_is_punct(token, word)) {
            (void)lexer_next(lexer);
            return true;
        }
        if (!lexer_group(lexer, &inside)) {
            (void)lexer_next(lexer);
        }
    }
    return false;
}

unsigned
take_if(struct telling *telling)
{
    if (lexer_accept_words(&telling->lexer, "if not exists")) {
        return EFFECT_IF_NOT_EXISTS;
    }
    return lexer_accept_words(&telling->lexer, "if exists") ? EFFECT_IF_EXISTS : 0;
}

/* -- everything else ----------------------------------------------------------------------------------- */

static void
tell_grant(struct telling *telling)
{
    struct effect effect = effect_blank(EFFECT_CREATE);
    size_t at = lexer_peek(&telling->lexer).at;
    while (lexer_peek(&telling->lexer).kind != TOKEN_END &&
           !token_is_word(lexer_peek(&telling->lexer), "identified")) {
        (void)lexer_next(&telling->lexer);
    }
    effect.object = OBJECT_GRANT;
    effect.name = told_since(telling, at);
    tell(telling, effect);
}

static void
tell_revoke(struct telling *telling)
{
    tell_grant(telling);
    telling->out->items[telling->out->n - 1].kind = EFFECT_DROP;
}

/* LOCK TABLES a WRITE, b AS c READ LOCAL */
static void
tell_lock(struct telling *telling)
{
    struct lexer *lexer = &telling->lexer;
    if (!lexer_accept(lexer, "tables") && !lexer_accept(lexer, "table")) {
        tell_table(telling, EFFECT_LOCK, 0, "");
        return;
    }
    do {
        const char *table = lexer_qualified(lexer, telling->arena);
        tell_table(telling, EFFECT_LOCK, 0, table == NULL ? "" : table);
        lexer_skip_item(lexer);
    } while (lexer_accept_punct(lexer, ","));
}

static void
tell_maintenance(struct telling *telling)
{
    (void)(lexer_accept(&telling->lexer, "local") || lexer_accept(&telling->lexer, "no_write_to_binlog"));
    if (!lexer_accept(&telling->lexer, "table") && !lexer_accept(&telling->lexer, "tables")) {
        tell_unknown(telling);
        return;
    }
    do {
        struct effect effect = effect_blank(EFFECT_ALTER);
        effect.object = OBJECT_TABLE;
        effect.flags = EFFECT_REWRITE;
        effect.name = lexer_qualified(&telling->lexer, telling->arena);
        if (effect.name != NULL) {
            effect.table = effect.name;
            tell(telling, effect);
        }
        lexer_skip_item(&telling->lexer);
    } while (lexer_accept_punct(&telling->lexer, ","));
}

/* ANALYZE TABLE gathers statistics; MariaDB's ANALYZE <statement> runs it. */
static void
tell_analyze(struct telling *telling)
{
    (void)(lexer_accept(&telling->lexer, "local") || lexer_accept(&telling->lexer, "no_write_to_binlog"));
    bool is_table = lexer_accept(&telling->lexer, "table") || lexer_accept(&telling->lexer, "tables");
    tell(telling, effect_blank(is_table ? EFFECT_READ : EFFECT_UNKNOWN));
}

/* -- SET ----------------------------------------------------------------------------------------------- */

/* The name without its scope: "@@session.sql_mode" is "sql_mode". */
static const char *
take_variable(struct telling *telling, bool *is_global)
{
    static const char *const scopes[] = {"session", "local", NULL};
    static const char *const globals[] = {"global", "persist", "persist_only", NULL};
    struct lexer *lexer = &telling->lexer;
    if (token_is_one_of(lexer_peek(lexer), globals)) {
        *is_global = true;
        (void)lexer_next(lexer);
    } else if (token_is_one_of(lexer_peek(lexer), scopes)) {
        *is_global = false;
        (void)lexer_next(lexer);
    }
    struct token token = lexer_next(lexer);
    if (token.kind == TOKEN_PARAM && span_starts(token.text, "@@")) {
        *is_global = span_is_nocase(token.text, "@@global") || span_starts_nocase(token.text, "@@persist");
        token.text.ptr += 2;
        token.text.len -= 2;
    }
    if (lexer_accept_punct(lexer, ".")) {
        token = lexer_next(lexer);
    }
    return folded(telling->arena, arena_strndup(telling->arena, token.text.ptr, token.text.len));
}

/* The value, when it is one word or literal; "" else. */
static const char *
take_plain_value(struct telling *telling)
{
    struct lexer *lexer = &telling->lexer;
    struct token token = lexer_peek(lexer);
    lexer_skip_item(lexer);
    struct token next = lexer_peek(lexer);
    const char *text = told_since(telling, token.at);
    bool is_plain = next.kind != TOKEN_UNCLOSED && strlen(text) == token.text.len;
    return !is_plain                    ? ""
           : token.kind == TOKEN_STRING ? token_unquote(token, lexer->flags, telling->arena)
                                        : text;
}

static void
tell_assignments(struct telling *telling)
{
    bool is_global = false;
    do {
        struct effect effect = effect_blank(EFFECT_SESSION);
        effect.name = take_variable(telling, &is_global);
        (void)(lexer_accept_punct(&telling->lexer, "=") || lexer_accept_punct(&telling->lexer, ":="));
        effect.type = take_plain_value(telling);
        if (is_global) { /* it outlives the session */
            effect.kind = EFFECT_ALTER;
            effect.object = OBJECT_OTHER;
        }
        tell(telling, effect);
    } while (lexer_accept_punct(&telling->lexer, ","));
}

static void tell_statement(struct telling *telling);

static void
tell_set(struct telling *telling)
{
    struct lexer *lexer = &telling->lexer;
    static const char *const words[] = {"names",       "character", "charset", "role",
                                        "transaction", "resource",  NULL};
    struct effect effect = effect_blank(EFFECT_SESSION);
    struct lexer start = *lexer;
    (void)(lexer_accept(lexer, "session") || lexer_accept(lexer, "local"));
    struct token first = lexer_peek(lexer);
    if (token_is_one_of(first, words)) {
        effect.name = folded(telling->arena, arena_strndup(telling->arena, first.text.ptr, first.text.len));
        (void)lexer_next(lexer);
        size_t at = lexer_peek(lexer).at;
        while (lexer_peek(lexer).kind != TOKEN_END) {
            (void)lexer_next(lexer);
        }
        effect.type = told_since(telling, at);
        tell(telling, effect);
        return;
    }
    *lexer = start;
    if (lexer_accept(lexer, "password") || lexer_accept_words(lexer, "default role")) {
        effect.kind = EFFECT_ALTER;
        effect.object = OBJECT_OTHER;
        effect.name = "account";
        tell(telling, effect);
    } else if (lexer_accept(lexer, "statement")) { /* SET STATEMENT x = 1 FOR <statement> */
        if (skip_past(telling, "for")) {
            tell_statement(telling);
        } else {
            tell_unknown(telling);
        }
    } else {
        tell_assignments(telling);
    }
}

/* WITH a AS (...), b (x) AS (...) and then SELECT, UPDATE, DELETE, INSERT */
static void
tell_with(struct telling *telling)
{
    struct lexer *lexer = &telling->lexer;
    struct span inside;
    (void)lexer_accept(lexer, "recursive");
    do {
        (void)lexer_name(lexer, telling->arena);
        (void)lexer_group(lexer, &inside);
        if (!lexer_accept(lexer, "as") || !lexer_group(lexer, &inside)) {
            tell_unknown(telling);
            return;
        }
        if (lexer_accept(lexer, "cycle")) {
            lexer_skip_item(lexer);
        }
    } while (lexer_accept_punct(lexer, ","));
    tell_statement(telling);
}

static void
tell_use(struct telling *telling)
{
    struct effect effect = effect_blank(EFFECT_SESSION);
    const char *name = lexer_name(&telling->lexer, telling->arena);
    effect.name = "database";
    effect.type = name == NULL ? "" : name;
    tell(telling, effect);
}

static void
tell_replace(struct telling *telling)
{
    tell_insert(telling, EFFECT_REPLACE_ROWS);
}

static void
tell_plain_insert(struct telling *telling)
{
    tell_insert(telling, 0);
}

static void
tell_transaction(struct telling *telling)
{
    tell(telling, effect_blank(EFFECT_TRANSACTION));
}

static void
tell_read(struct telling *telling)
{
    tell(telling, effect_blank(EFFECT_READ));
}

static void
tell_session(struct telling *telling)
{
    tell(telling, effect_blank(EFFECT_SESSION));
}

struct statement_words {
    const char *words;
    void (*tell)(struct telling *telling);
};

/* The first row that fits counts; what is not here may do anything. */
static const struct statement_words statements[] = {
    {"create", tell_create},
    {"alter", tell_alter_any},
    {"drop", tell_drop},
    {"rename", tell_rename},
    {"truncate", tell_truncate},
    {"insert", tell_plain_insert},
    {"replace", tell_replace},
    {"update", tell_update},
    {"delete", tell_delete},
    {"load data", tell_load},
    {"load xml", tell_load},
    {"with", tell_with},
    {"set", tell_set},
    {"use", tell_use},
    {"grant", tell_grant},
    {"revoke", tell_revoke},
    {"lock", tell_lock},
    {"flush tables with read lock", tell_lock},
    {"optimize", tell_maintenance},
    {"repair", tell_maintenance},
    {"analyze", tell_analyze},
    {"begin not", tell_unknown},
    {"begin", tell_transaction},
    {"start transaction", tell_transaction},
    {"commit", tell_transaction},
    {"rollback", tell_transaction},
    {"savepoint", tell_transaction},
    {"release", tell_transaction},
    {"xa", tell_transaction},
    {"select", tell_read},
    {"( select", tell_read},
    {"values", tell_read},
    {"table", tell_read},
    {"show", tell_read},
    {"describe", tell_read},
    {"desc", tell_read},
    {"explain", tell_read},
    {"do", tell_read},
    {"check", tell_read},
    {"checksum", tell_read},
    {"help", tell_read},
    {"handler", tell_read},
    {"unlock", tell_session},
    {"flush", tell_session},
    {"deallocate", tell_session},
    {"cache index", tell_session},
    {"load index", tell_session},
};

static void
tell_statement(struct telling *telling)
{
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        if (lexer_accept_words(&telling->lexer, statements[i].words)) {
            statements[i].tell(telling);
            return;
        }
    }
    tell_unknown(telling);
}

/* -- scripts ------------------------------------------------------------------------------------------- */

/* Quotes end where the sql_mode says; SET sql_mode in the script counts from the next statement on. */
enum status
my_effects(struct conn *conn, const struct pieces *pieces, struct arena *arena, struct effects *out,
           struct err *err)
{
    struct telling telling = {.arena = arena, .out = out};
    struct modes modes;
    (void)err;
    *out = (struct effects){0};
    modes_init(&modes, conn == NULL ? LEX_MYSQL : my_conn_of(conn)->script_flags, arena);
    for (size_t i = 0; i < pieces->n; i++) {
        if (pieces->items[i].kind != PIECE_STATEMENT) {
            continue;
        }
        struct span sql = piece_text(pieces, &pieces->items[i]);
        size_t before = out->n;
        telling.piece = i;
        lexer_init(&telling.lexer, sql, modes.current);
        tell_statement(&telling);
        if (out->n == before) {
            tell_unknown(&telling);
        }
        modes_follow(&modes, sql);
    }
    return STATUS_OK;
}
