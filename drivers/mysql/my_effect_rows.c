/* Statements that write rows. */
#include "mysql/my_effects.h"

#include "base/map.h"

#include <string.h>

static void
skip_words(struct telling *telling, const char *const *words)
{
    while (token_is_one_of(lexer_peek(&telling->lexer), words)) {
        (void)lexer_next(&telling->lexer);
    }
}

/* -- INSERT, REPLACE, LOAD ----------------------------------------------------------------------------- */

void
tell_insert(struct telling *telling, unsigned flags)
{
    static const char *const before[] = {"low_priority", "delayed", "high_priority", "ignore", "into", NULL};
    skip_words(telling, before);
    const char *table = lexer_qualified(&telling->lexer, telling->arena);
    if (table == NULL) {
        tell_unknown(telling);
        return;
    }
    while (skip_past(telling, "on")) {
        flags |= lexer_accept_words(&telling->lexer, "duplicate key") ? EFFECT_REPLACE_ROWS : 0;
    }
    tell_table(telling, EFFECT_INSERT, flags, table);
}

void
tell_load(struct telling *telling)
{
    unsigned flags = 0;
    for (;;) {
        struct token token = lexer_next(&telling->lexer);
        flags |= token_is_word(token, "replace") ? EFFECT_REPLACE_ROWS : 0;
        if (token.kind == TOKEN_END) {
            tell_unknown(telling);
            return;
        }
        if (token_is_word(token, "into") && lexer_accept(&telling->lexer, "table")) {
            break;
        }
    }
    const char *table = lexer_qualified(&telling->lexer, telling->arena);
    if (table == NULL) {
        tell_unknown(telling);
    } else {
        tell_table(telling, EFFECT_INSERT, flags, table);
    }
}

/* -- UPDATE, DELETE ------------------------------------------------------------------------------------ */

/* Tables of a join by the names they go by. */
struct sources {
    struct map by_alias; /* folded: const char * */
    VEC(const char *) tables;
};

static void
add_source(struct telling *telling, struct sources *sources, char *table)
{
    static const char *const no_alias[] = {"set",   "where",     "join",  "inner", "left",   "right",
                                           "cross", "natural",   "order", "limit", "using",  "straight_join",
                                           "on",    "partition", "use",   "force", "ignore", "returning",
                                           "for",   "full",      NULL};
    struct lexer *lexer = &telling->lexer;
    struct span inside;
    if (lexer_accept(lexer, "partition")) {
        (void)lexer_group(lexer, &inside);
    }
    (void)lexer_accept(lexer, "as");
    const char *alias =
        token_is_one_of(lexer_peek(lexer), no_alias) ? NULL : lexer_name(lexer, telling->arena);
    const char *last = strrchr(table, '.');
    const char *short_name = alias != NULL ? alias : last == NULL ? table : last + 1;
    (void)map_put(&sources->by_alias, span_of(folded(telling->arena, short_name)), table);
    vec_push(telling->arena, &sources->tables, table);
}

/* Table references up to the word; groups are looked into unless they are a SELECT. */
static void
take_sources(struct telling *telling, struct sources *sources, const char *until)
{
    struct lexer *lexer = &telling->lexer;
    struct span inside;
    bool is_due = true; /* a table comes, not a condition */
    for (struct token token = lexer_peek(lexer); token.kind != TOKEN_END; token = lexer_peek(lexer)) {
        if (until != NULL && token_is_word(token, until)) {
            return;
        }
        if (is_due && token_is_punct(token, "(")) {
            struct lexer ahead = *lexer;
            if (lexer_accept_words(&ahead, "( select") || lexer_accept_words(&ahead, "( with")) {
                (void)lexer_group(lexer, &inside);
                is_due = false;
            } else {
                (void)lexer_next(lexer);
            }
            continue;
        }
        char *table = is_due ? lexer_qualified(lexer, telling->arena) : NULL;
        if (table != NULL) {
            add_source(telling, sources, table);
            is_due = false;
        } else if (!lexer_group(lexer, &inside)) {
            token = lexer_next(lexer);
            is_due = token_is_punct(token, ",") || token_is_word(token, "join") ||
                     token_is_word(token, "straight_join");
        }
    }
}

static const char *
source_of(struct telling *telling, const struct sources *sources, const char *name)
{
    const char *last = strrchr(name, '.');
    const char *found =
        map_get(&sources->by_alias, span_of(folded(telling->arena, last == NULL ? name : last + 1)));
    return found == NULL ? name : found;
}

struct target {
    const char *table;
    const char *column; /* "" when there are several */
};

struct targets {
    struct target *items;
    size_t n;
    size_t cap;
};

static void
add_target(struct telling *telling, struct targets *targets, const char *table, const char *column)
{
    for (size_t i = 0; i < targets->n; i++) {
        if (str_eq(targets->items[i].table, table)) {
            targets->items[i].column = str_eq(targets->items[i].column, column) ? column : "";
            return;
        }
    }
    vec_push(telling->arena, targets, (struct target){table, column});
}

/* One assignment's left side: "c", "t.c", "db.t.c". A bare column of a join may be of any of its tables. */
static void
add_assigned(struct telling *telling, const struct sources *sources, struct targets *targets, char *name)
{
    char *dot = strrchr(name, '.');
    if (dot != NULL) {
        *dot = '\0';
        add_target(telling, targets, source_of(telling, sources, name), dot + 1);
        return;
    }
    for (size_t i = 0; i < sources->tables.n; i++) {
        add_target(telling, targets, sources->tables.items[i], name);
    }
}

void
tell_update(struct telling *telling)
{
    static const char *const before[] = {"low_priority", "ignore", NULL};
    struct lexer *lexer = &telling->lexer;
    struct sources sources = {0};
    struct targets targets = {0};
    map_init(&sources.by_alias, telling->arena);
    skip_words(telling, before);
    take_sources(telling, &sources, "set");
    if (sources.tables.n == 0 || !lexer_accept(lexer, "set")) {
        tell_unknown(telling);
        return;
    }
    do {
        char *name = lexer_qualified(lexer, telling->arena);
        if (name != NULL) {
            add_assigned(telling, &sources, &targets, name);
        }
        struct span inside;
        while (lexer_peek(lexer).kind != TOKEN_END && !token_is_punct(lexer_peek(lexer), ",") &&
               !token_is_word(lexer_peek(lexer), "where")) {
            if (!lexer_group(lexer, &inside)) {
                (void)lexer_next(lexer);
            }
        }
    } while (lexer_accept_punct(lexer, ","));
    bool is_all = !lexer_accept(lexer, "where") && sources.tables.n == 1;
    for (size_t i = 0; i < targets.n; i++) {
        struct effect effect = effect_blank(EFFECT_UPDATE);
        effect.object = OBJECT_TABLE;
        effect.table = targets.items[i].table;
        effect.column = targets.items[i].column;
        effect.flags = is_all ? EFFECT_NO_WHERE : 0;
        tell(telling, effect);
    }
}

/* Names between DELETE and FROM, or between FROM and USING: "t", "t.*", "db.t.*". */
static void
take_target_names(struct telling *telling, struct sources *names)
{
    do {
        char *name = lexer_qualified(&telling->lexer, telling->arena);
        (void)lexer_accept_punct(&telling->lexer, "*"); /* the dot before it was taken with the name */
        if (name != NULL) {
            vec_push(telling->arena, &names->tables, name);
        }
    } while (lexer_accept_punct(&telling->lexer, ","));
}

static void
tell_deleted(struct telling *telling, const struct sources *names, const struct sources *sources, bool is_all)
{
    for (size_t i = 0; i < names->tables.n; i++) {
        tell_table(telling, EFFECT_DELETE, is_all ? EFFECT_NO_WHERE : 0,
                   source_of(telling, sources, names->tables.items[i]));
    }
    if (names->tables.n == 0) {
        tell_unknown(telling);
    }
}

void
tell_delete(struct telling *telling)
{
    static const char *const before[] = {"low_priority", "quick", "ignore", "history", NULL};
    struct lexer *lexer = &telling->lexer;
    struct sources names = {0};
    struct sources sources = {0};
    map_init(&sources.by_alias, telling->arena);
    skip_words(telling, before);
    bool is_single = lexer_accept(lexer, "from");
    take_target_names(telling, &names);
    if (is_single && !lexer_accept(lexer, "using")) {
        bool is_all = !skip_past(telling, "where");
        tell_deleted(telling, &names, &sources, is_all);
        return;
    }
    if (!is_single && !lexer_accept(lexer, "from")) {
        tell_unknown(telling);
        return;
    }
    take_sources(telling, &sources, "where");
    tell_deleted(telling, &names, &sources, sources.tables.n == 1 && lexer_peek(lexer).kind == TOKEN_END);
}
