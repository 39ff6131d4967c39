/* Effects of INSERT, UPDATE and DELETE. */
#include "sqlite/effect_reader.h"

#include <string.h>

void
sqlite_effect_add_rows(struct effect_reader *r, struct effect effect)
{
    const char *dot = strrchr(effect.table, '.');
    const char *own = dot == NULL ? effect.table : dot + 1;
    bool is_schema = str_eq(own, "sqlite_master") || str_eq(own, "sqlite_schema");
    if (is_schema) {
        sqlite_effect_add_plain(r, EFFECT_UNKNOWN);
    } else {
        effect.object = OBJECT_TABLE;
        sqlite_effect_add(r, effect);
    }
}

/* Takes tokens up to the word, outside brackets; false when it does not come. */
static bool
skip_to(struct effect_reader *r, const char *word)
{
    struct span ignored;
    for (;;) {
        if (lexer_accept(&r->lexer, word)) {
            return true;
        }
        if (lexer_peek(&r->lexer).kind == TOKEN_END) {
            return false;
        }
        if (!lexer_group(&r->lexer, &ignored)) {
            (void)lexer_next(&r->lexer);
        }
    }
}

/* "OR REPLACE" and its like. */
static bool
accept_or_replace(struct effect_reader *r)
{
    return lexer_accept(&r->lexer, "or") && token_is_word(lexer_next(&r->lexer), "replace");
}

void
sqlite_effect_read_insert(struct effect_reader *r, bool is_replace)
{
    struct effect effect = sqlite_effect_blank(EFFECT_INSERT);
    is_replace = accept_or_replace(r) || is_replace;
    if (!lexer_accept(&r->lexer, "into")) {
        sqlite_effect_add_plain(r, EFFECT_UNKNOWN);
        return;
    }
    if (!sqlite_effect_read_name(r, &effect.table)) {
        return;
    }
    while (!is_replace && skip_to(r, "conflict")) { /* one ON CONFLICT after the other */
        struct lexer mark = r->lexer;
        is_replace = skip_to(r, "do") && lexer_accept(&r->lexer, "update");
        r->lexer = is_replace ? r->lexer : mark;
    }
    effect.flags = is_replace ? EFFECT_REPLACE_ROWS : 0;
    sqlite_effect_add_rows(r, effect);
}

/* What an UPDATE or DELETE has after its table, outside brackets. */
struct tail {
    const char *column; /* the one column set; NULL when there are several */
    bool is_limited;    /* WHERE or LIMIT */
};

static struct tail
read_tail(struct effect_reader *r, bool has_set)
{
    static const char *const ends[] = {"from", "where", "returning", "limit", "order", NULL};
    struct tail tail = {"", false};
    bool in_set = has_set && skip_to(r, "set");
    bool is_item = in_set;
    for (;;) {
        struct span inside;
        struct token token = lexer_peek(&r->lexer);
        if (token.kind == TOKEN_END) {
            return tail;
        }
        if (token_is_one_of(token, ends)) {
            tail.is_limited =
                tail.is_limited || token_is_word(token, "where") || token_is_word(token, "limit");
            in_set = false;
        }
        if (is_item && in_set) {
            struct lexer mark = r->lexer;
            const char *name = lexer_name(&r->lexer, r->arena);
            r->lexer = mark;
            tail.column = name != NULL && str_eq(tail.column, "") ? sqlite_effect_folded(r, name) : NULL;
        }
        is_item = in_set && token_is_punct(token, ",");
        if (!lexer_group(&r->lexer, &inside)) {
            (void)lexer_next(&r->lexer);
        }
    }
}

void
sqlite_effect_read_update(struct effect_reader *r)
{
    struct effect effect = sqlite_effect_blank(EFFECT_UPDATE);
    bool is_replace = accept_or_replace(r);
    if (!sqlite_effect_read_name(r, &effect.table)) {
        return;
    }
    struct tail tail = read_tail(r, true);
    effect.column = tail.column == NULL ? "" : tail.column;
    effect.flags = (tail.is_limited ? 0U : EFFECT_NO_WHERE) | (is_replace ? EFFECT_REPLACE_ROWS : 0U);
    sqlite_effect_add_rows(r, effect);
}

void
sqlite_effect_read_delete(struct effect_reader *r)
{
    struct effect effect = sqlite_effect_blank(EFFECT_DELETE);
    if (!lexer_accept(&r->lexer, "from")) {
        sqlite_effect_add_plain(r, EFFECT_UNKNOWN);
    } else if (sqlite_effect_read_name(r, &effect.table)) {
        effect.flags = read_tail(r, false).is_limited ? 0 : EFFECT_NO_WHERE;
        sqlite_effect_add_rows(r, effect);
    }
}

void
sqlite_effect_skip_with(struct effect_reader *r)
{
    struct span ignored;
    (void)lexer_accept(&r->lexer, "recursive");
    do {
        (void)lexer_name(&r->lexer, r->arena);
        (void)lexer_group(&r->lexer, &ignored);
        (void)lexer_accept(&r->lexer, "as");
        (void)lexer_accept(&r->lexer, "not");
        (void)lexer_accept(&r->lexer, "materialized");
        (void)lexer_group(&r->lexer, &ignored);
    } while (lexer_accept_punct(&r->lexer, ","));
}
