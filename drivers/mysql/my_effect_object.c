/* Objects that come, go and change; tables have files of their own. */
#include "mysql/my_effects.h"

#include "base/str.h"

/* -- objects other than tables ------------------------------------------------------------------------- */

struct object_words {
    const char *words;
    enum object_kind object;
};

static const struct object_words objects[] = {
    {"view", OBJECT_VIEW},
    {"procedure", OBJECT_PROCEDURE},
    {"function", OBJECT_FUNCTION},
    {"trigger", OBJECT_TRIGGER},
    {"event", OBJECT_EVENT},
    {"sequence", OBJECT_SEQUENCE},
    {"database", OBJECT_SCHEMA},
    {"schema", OBJECT_SCHEMA},
    {"user", OBJECT_OTHER},
    {"role", OBJECT_OTHER},
    {"server", OBJECT_OTHER},
    {"undo tablespace", OBJECT_OTHER},
    {"tablespace", OBJECT_OTHER},
    {"logfile group", OBJECT_OTHER},
    {"resource group", OBJECT_OTHER},
    {"spatial reference system", OBJECT_OTHER},
    {"library", OBJECT_OTHER},
    {"instance", OBJECT_OTHER},
};

static const struct object_words *
take_object_words(struct telling *telling)
{
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        if (lexer_accept_words(&telling->lexer, objects[i].words)) {
            return &objects[i];
        }
    }
    return NULL;
}

/* A user is 'name'@'host': the words up to the next comma stand for it. */
static const char *
take_object_name(struct telling *telling, enum object_kind object)
{
    if (object != OBJECT_OTHER) {
        return lexer_qualified(&telling->lexer, telling->arena);
    }
    size_t at = lexer_peek(&telling->lexer).at;
    static const char *const ends[] = {"identified", "account", "password", "default",
                                       "require",    "with",    NULL};
    while (lexer_peek(&telling->lexer).kind != TOKEN_END &&
           !token_is_punct(lexer_peek(&telling->lexer), ",") &&
           !token_is_one_of(lexer_peek(&telling->lexer), ends)) {
        (void)lexer_next(&telling->lexer);
    }
    return told_since(telling, at);
}

/* name, 'name'@'host', name@host.example, CURRENT_USER(); any other single word as well */
static void
skip_user(struct telling *telling)
{
    struct lexer *lexer = &telling->lexer;
    struct span inside;
    (void)lexer_next(lexer);
    (void)lexer_group(lexer, &inside);
    if (lexer_accept_punct(lexer, "@") || lexer_peek(lexer).kind == TOKEN_PARAM) {
        (void)lexer_next(lexer);
        while (lexer_accept_punct(lexer, ".")) {
            (void)lexer_next(lexer);
        }
    }
}

/* OR REPLACE, TEMPORARY, ALGORITHM = x, DEFINER = user, SQL SECURITY x, AGGREGATE, ONLINE ... */
static unsigned
take_create_options(struct telling *telling)
{
    static const struct {
        const char *words;
        unsigned flags;
        bool has_value;
    } options[] = {{"or replace", EFFECT_OR_REPLACE, false},
                   {"temporary", EFFECT_TEMPORARY, false},
                   {"algorithm =", 0, true},
                   {"definer =", 0, true},
                   {"sql security", 0, true},
                   {"aggregate", 0, false},
                   {"online", 0, false},
                   {"offline", 0, false},
                   {"ignore", 0, false}};
    unsigned flags = 0;
    size_t tried = 0;
    while (tried < COUNT_OF(options)) { /* they come in any order */
        if (!lexer_accept_words(&telling->lexer, options[tried].words)) {
            tried++;
            continue;
        }
        flags |= options[tried].flags;
        if (options[tried].has_value) {
            skip_user(telling);
        }
        tried = 0;
    }
    return flags;
}

/* BEFORE INSERT ON t */
static const char *
trigger_table(struct telling *telling)
{
    struct telling ahead = *telling;
    const char *table = skip_past(&ahead, "on") ? lexer_qualified(&ahead.lexer, telling->arena) : NULL;
    return table == NULL ? "" : table;
}

static void
tell_object(struct telling *telling, enum effect_kind kind, unsigned flags)
{
    const struct object_words *words = take_object_words(telling);
    struct effect effect = effect_blank(kind);
    if (words == NULL) {
        tell_unknown(telling);
        return;
    }
    effect.object = words->object;
    effect.flags = flags | take_if(telling);
    effect.name = take_object_name(telling, words->object);
    if (effect.name == NULL) {
        tell_unknown(telling);
        return;
    }
    if (words->object == OBJECT_TRIGGER) {
        effect.table = trigger_table(telling);
    }
    size_t at = lexer_peek(&telling->lexer).at;
    while (lexer_peek(&telling->lexer).kind != TOKEN_END) {
        (void)lexer_next(&telling->lexer);
    }
    effect.detail =
        words->object == OBJECT_OTHER ? "" : told_since(telling, at); /* there may be a password */
    tell(telling, effect);
}

/* -- CREATE, DROP, RENAME, TRUNCATE -------------------------------------------------------------------- */

/* INDEX name ON table (...), behind UNIQUE and its like */
static bool
tell_create_index(struct telling *telling, unsigned flags)
{
    struct lexer *lexer = &telling->lexer;
    struct lexer start = *lexer;
    flags |= lexer_accept(lexer, "unique") ? EFFECT_UNIQUE : 0;
    (void)(lexer_accept(lexer, "fulltext") || lexer_accept(lexer, "spatial") ||
           lexer_accept(lexer, "vector"));
    if (!lexer_accept(lexer, "index")) {
        *lexer = start;
        return false;
    }
    struct effect effect = effect_blank(EFFECT_CREATE);
    effect.object = OBJECT_INDEX;
    effect.flags = flags | take_if(telling);
    effect.name = lexer_name(lexer, telling->arena);
    const char *table = skip_past(telling, "on") ? lexer_qualified(lexer, telling->arena) : NULL;
    struct telling ahead = *telling;
    struct span inside;
    size_t at = lexer_peek(lexer).at;
    if (effect.name == NULL || table == NULL || !lexer_group(lexer, &inside)) {
        tell_unknown(telling);
        return true;
    }
    lexer_init(&ahead.lexer, inside, lexer->flags);
    const char *column = lexer_name(&ahead.lexer, telling->arena);
    lexer_skip_item(&ahead.lexer);
    effect.column = column == NULL || lexer_peek(&ahead.lexer).kind != TOKEN_END ? "" : column;
    lexer_skip_item(lexer);
    effect.detail = told_since(telling, at);
    effect.table = table;
    tell(telling, effect);
    return true;
}

void
tell_create(struct telling *telling)
{
    unsigned flags = take_create_options(telling);
    if (lexer_accept(&telling->lexer, "table")) {
        tell_create_table(telling, flags);
    } else if (!tell_create_index(telling, flags)) {
        tell_object(telling, EFFECT_CREATE, flags);
    }
}

/* A list of names: each object on its own. CASCADE and RESTRICT mean nothing to these servers. */
static void
tell_drop_list(struct telling *telling, enum object_kind object, unsigned flags)
{
    flags |= take_if(telling);
    do {
        struct effect effect = effect_blank(EFFECT_DROP);
        effect.object = object;
        effect.flags = flags;
        effect.name = take_object_name(telling, object);
        if (effect.name == NULL) {
            tell_unknown(telling);
            return;
        }
        tell(telling, effect);
    } while (lexer_accept_punct(&telling->lexer, ","));
}

static void
tell_drop_index(struct telling *telling)
{
    struct effect effect = effect_blank(EFFECT_DROP);
    effect.object = OBJECT_INDEX;
    effect.flags = take_if(telling);
    effect.name = lexer_name(&telling->lexer, telling->arena);
    effect.table =
        lexer_accept(&telling->lexer, "on") ? lexer_qualified(&telling->lexer, telling->arena) : NULL;
    if (effect.name == NULL || effect.table == NULL) {
        tell_unknown(telling);
        return;
    }
    if (str_eq_nocase(effect.name, "primary")) {
        effect.object = OBJECT_CONSTRAINT;
        effect.flags |= EFFECT_PRIMARY;
        effect.name = "";
    }
    tell(telling, effect);
}

void
tell_drop(struct telling *telling)
{
    struct lexer *lexer = &telling->lexer;
    unsigned flags = lexer_accept(lexer, "temporary") ? EFFECT_TEMPORARY : 0;
    if (lexer_accept(lexer, "table") || lexer_accept(lexer, "tables")) {
        tell_drop_list(telling, OBJECT_TABLE, flags);
    } else if (lexer_accept(lexer, "index")) {
        tell_drop_index(telling);
    } else if (lexer_accept(lexer, "prepare")) {
        tell(telling, effect_blank(EFFECT_SESSION));
    } else {
        const struct object_words *words = take_object_words(telling);
        if (words == NULL) {
            tell_unknown(telling);
        } else {
            tell_drop_list(telling, words->object, flags);
        }
    }
}

void
tell_rename(struct telling *telling)
{
    struct lexer *lexer = &telling->lexer;
    if (!lexer_accept(lexer, "table") && !lexer_accept(lexer, "tables")) {
        tell_object(telling, EFFECT_ALTER, 0);
        return;
    }
    unsigned flags = take_if(telling);
    do {
        struct effect effect = effect_blank(EFFECT_RENAME);
        effect.object = OBJECT_TABLE;
        effect.flags = flags;
        effect.name = lexer_qualified(lexer, telling->arena);
        if (lexer_accept(lexer, "wait")) {
            (void)lexer_next(lexer);
        }
        (void)lexer_accept(lexer, "nowait");
        effect.new_name = lexer_accept(lexer, "to") ? lexer_qualified(lexer, telling->arena) : NULL;
        if (effect.name == NULL || effect.new_name == NULL) {
            tell_unknown(telling);
            return;
        }
        tell(telling, effect);
    } while (lexer_accept_punct(lexer, ","));
}

void
tell_truncate(struct telling *telling)
{
    (void)lexer_accept(&telling->lexer, "table");
    const char *table = lexer_qualified(&telling->lexer, telling->arena);
    if (table == NULL) {
        tell_unknown(telling);
    } else {
        tell_table(telling, EFFECT_TRUNCATE, 0, table);
    }
}

void
tell_alter_any(struct telling *telling)
{
    unsigned flags = take_create_options(telling) & ~(unsigned)EFFECT_OR_REPLACE;
    if (lexer_accept(&telling->lexer, "table")) {
        tell_alter_table(telling);
    } else {
        tell_object(telling, EFFECT_ALTER, flags);
    }
}
