#include "postgres/pg_effect.h"

/* -- rows --------------------------------------------------------------------------------------------------
 */

static bool
has_words(const struct lexer *from, const char *words)
{
    struct lexer lexer = *from;
    while (lexer_peek(&lexer).kind != TOKEN_END) {
        if (lexer_accept_words(&lexer, words)) {
            return true;
        }
        (void)lexer_next(&lexer);
    }
    return false;
}

static bool
add_rows(struct pg_reader *r, struct lexer *lexer, enum effect_kind kind, unsigned flags)
{
    struct effect effect = pg_effect(kind, OBJECT_TABLE);
    (void)lexer_accept(lexer, "only");
    const char *table = lexer_qualified(lexer, r->arena);
    if (table == NULL) {
        return false;
    }
    effect.table = table;
    effect.flags = flags;
    pg_effect_add(r, effect);
    return true;
}

static bool
read_rows(struct pg_reader *r, struct lexer *lexer)
{
    if (lexer_accept_words(lexer, "insert into")) {
        bool replaces = has_words(lexer, "do update");
        return add_rows(r, lexer, EFFECT_INSERT, replaces ? EFFECT_REPLACE_ROWS : 0U);
    }
    if (lexer_accept(lexer, "update")) {
        return add_rows(r, lexer, EFFECT_UPDATE, has_words(lexer, "where") ? 0U : EFFECT_NO_WHERE);
    }
    if (lexer_accept_words(lexer, "delete from")) {
        return add_rows(r, lexer, EFFECT_DELETE, has_words(lexer, "where") ? 0U : EFFECT_NO_WHERE);
    }
    return false;
}

/* -- objects -----------------------------------------------------------------------------------------------
 */

static const struct {
    const char *words;
    enum object_kind object;
} objects[] = {
    {"table", OBJECT_TABLE},         {"foreign table", OBJECT_TABLE},
    {"view", OBJECT_VIEW},           {"materialized view", OBJECT_VIEW},
    {"index", OBJECT_INDEX},         {"unique index", OBJECT_INDEX},
    {"sequence", OBJECT_SEQUENCE},   {"type", OBJECT_TYPE},
    {"domain", OBJECT_TYPE},         {"schema", OBJECT_SCHEMA},
    {"function", OBJECT_FUNCTION},   {"procedure", OBJECT_PROCEDURE},
    {"extension", OBJECT_EXTENSION},
};

static bool
accept_kind(struct lexer *lexer, enum object_kind *out)
{
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        if (lexer_accept_words(lexer, objects[i].words)) {
            *out = objects[i].object;
            return true;
        }
    }
    return false;
}

static unsigned
accept_flag(struct lexer *lexer, const char *words, enum effect_flag flag)
{
    return lexer_accept_words(lexer, words) ? (unsigned)flag : 0U;
}

static bool
read_create(struct pg_reader *r, struct lexer *lexer)
{
    struct effect effect = pg_effect(EFFECT_CREATE, OBJECT_OTHER);
    effect.flags = accept_flag(lexer, "or replace", EFFECT_OR_REPLACE);
    effect.flags |=
        accept_flag(lexer, "temporary", EFFECT_TEMPORARY) | accept_flag(lexer, "temp", EFFECT_TEMPORARY);
    (void)(lexer_accept(lexer, "unlogged") || lexer_accept(lexer, "recursive"));
    effect.flags |= has_words(lexer, "unique index") ? EFFECT_UNIQUE : 0U;
    if (!accept_kind(lexer, &effect.object)) {
        return false;
    }
    effect.flags |= accept_flag(lexer, "concurrently", EFFECT_CONCURRENTLY);
    effect.flags |= accept_flag(lexer, "if not exists", EFFECT_IF_NOT_EXISTS);
    if (effect.object != OBJECT_INDEX || !lexer_accept(lexer, "on")) {
        const char *name = lexer_qualified(lexer, r->arena);
        if (name == NULL) {
            return false;
        }
        effect.name = name;
        (void)(effect.object == OBJECT_INDEX && lexer_accept(lexer, "on"));
    }
    if (effect.object == OBJECT_INDEX) {
        (void)lexer_accept(lexer, "only");
        const char *table = lexer_qualified(lexer, r->arena);
        effect.table = table == NULL ? "" : table;
    }
    pg_effect_add(r, effect);
    return true;
}

static bool
read_drop(struct pg_reader *r, struct lexer *lexer)
{
    struct effect effect = pg_effect(EFFECT_DROP, OBJECT_OTHER);
    if (!accept_kind(lexer, &effect.object)) {
        return false;
    }
    effect.flags = accept_flag(lexer, "concurrently", EFFECT_CONCURRENTLY);
    effect.flags |= accept_flag(lexer, "if exists", EFFECT_IF_EXISTS);
    effect.flags |= has_words(lexer, "cascade") ? EFFECT_CASCADE : 0U;
    do {
        struct span arguments;
        const char *name = lexer_qualified(lexer, r->arena);
        if (name == NULL) {
            return false;
        }
        effect.name = name;
        pg_effect_add(r, effect);
        (void)lexer_group(lexer, &arguments);
    } while (lexer_accept_punct(lexer, ","));
    return true;
}

/* A table of whose change no more can be told is one of which anything may be gone. */
void
pg_effect_of_words(struct pg_reader *r)
{
    struct lexer lexer = pg_lexer_at(r, 0);
    size_t before = r->out->n;
    bool is_known = lexer_accept(&lexer, "create") ? read_create(r, &lexer)
                    : lexer_accept(&lexer, "drop") ? read_drop(r, &lexer)
                                                   : read_rows(r, &lexer);
    if (!is_known) {
        r->out->n = before;
        pg_effect_add_plain(r, EFFECT_UNKNOWN);
    }
}
