/* CREATE TABLE and ALTER TABLE, clause by clause. */
#include "mysql/my_effects.h"

#include <string.h>

static bool
is_end(struct token token)
{
    return token.kind == TOKEN_END || token_is_punct(token, ",") || token_is_punct(token, ")") ||
           token_is_punct(token, ";");
}

/* -- CREATE TABLE -------------------------------------------------------------------------------------- */

static bool
tell_column(struct telling *telling, const char *table, unsigned flags)
{
    struct effect effect = effect_blank(EFFECT_ADD_COLUMN);
    struct effect reference;
    effect.object = OBJECT_COLUMN;
    effect.flags = flags;
    effect.table = table;
    effect.column = lexer_name(&telling->lexer, telling->arena);
    if (effect.column == NULL || !take_column(telling, &effect, &reference)) {
        return false;
    }
    tell(telling, effect);
    if (reference.kind == EFFECT_CREATE) {
        tell(telling, reference);
    }
    return true;
}

static bool
tell_key(struct telling *telling, const char *table, unsigned flags)
{
    struct effect effect = effect_blank(EFFECT_CREATE);
    effect.flags = flags;
    effect.table = table;
    if (!take_key(telling, &effect)) {
        return false;
    }
    tell(telling, effect);
    return true;
}

static bool
tell_member(struct telling *telling, const char *table, unsigned flags)
{
    if (lexer_accept_words(&telling->lexer, "period for")) {
        lexer_skip_item(&telling->lexer);
        return true;
    }
    return tell_key(telling, table, flags) || tell_column(telling, table, flags);
}

/* Column definitions in brackets; the lexer stands behind the "(". */
static bool
tell_members(struct telling *telling, const char *table, unsigned flags)
{
    do {
        if (!tell_member(telling, table, flags)) {
            return false;
        }
    } while (lexer_accept_punct(&telling->lexer, ","));
    return lexer_accept_punct(&telling->lexer, ")");
}

/* Rows of a SELECT go into the new table; what is read is read. */
void
tell_create_table(struct telling *telling, unsigned flags)
{
    struct lexer *lexer = &telling->lexer;
    struct effect effect = effect_blank(EFFECT_CREATE);
    effect.object = OBJECT_TABLE;
    effect.flags = flags | take_if(telling);
    effect.name = lexer_qualified(lexer, telling->arena);
    if (effect.name == NULL) {
        tell_unknown(telling);
        return;
    }
    tell(telling, effect);
    struct lexer before = *lexer;
    bool is_copy = lexer_accept(lexer, "like") || lexer_accept_words(lexer, "( like") ||
                   lexer_accept_words(lexer, "( select") || lexer_accept_words(lexer, "( with");
    *lexer = before;
    if (!is_copy && lexer_accept_punct(lexer, "(") && !tell_members(telling, effect.name, EFFECT_INLINE)) {
        tell_unknown(telling);
    }
}

/* -- ALTER TABLE --------------------------------------------------------------------------------------- */

typedef bool clause_teller(struct telling *telling, const char *table);

static void
tell_alter(struct telling *telling, const char *table, unsigned flags, const char *detail)
{
    struct effect effect = effect_blank(EFFECT_ALTER);
    effect.object = OBJECT_TABLE;
    effect.flags = flags;
    effect.name = table;
    effect.table = table;
    effect.detail = detail;
    tell(telling, effect);
}

/* IF EXISTS p0, p1: the commas do not end the clause. */
static void
skip_names(struct telling *telling)
{
    (void)take_if(telling);
    do {
        lexer_skip_item(&telling->lexer);
    } while (lexer_accept_punct(&telling->lexer, ","));
}

static bool
add_clause(struct telling *telling, const char *table)
{
    struct lexer *lexer = &telling->lexer;
    if (tell_key(telling, table, 0)) {
        return true;
    }
    size_t at = lexer_peek(lexer).at;
    if (lexer_accept(lexer, "partition") || lexer_accept_words(lexer, "system versioning") ||
        lexer_accept_words(lexer, "period for")) {
        lexer_skip_item(lexer);
        tell_alter(telling, table, 0, told_since(telling, at));
        return true;
    }
    (void)lexer_accept(lexer, "column");
    unsigned flags = take_if(telling);
    return lexer_accept_punct(lexer, "(") ? tell_members(telling, table, flags)
                                          : tell_column(telling, table, flags);
}

struct drop_words {
    const char *words;
    enum object_kind object;
    unsigned flags;
};

static const struct drop_words drops[] = {
    {"foreign key", OBJECT_FOREIGN_KEY, EFFECT_FOREIGN_KEY},
    {"index", OBJECT_INDEX, 0},
    {"key", OBJECT_INDEX, 0},
    {"check", OBJECT_CONSTRAINT, EFFECT_CHECK},
    {"constraint", OBJECT_CONSTRAINT, 0},
};

static bool
drop_key(struct telling *telling, const char *table, const struct drop_words *drop)
{
    struct effect effect = effect_blank(EFFECT_DROP);
    effect.object = drop->object;
    effect.flags = drop->flags | take_if(telling);
    effect.table = table;
    effect.name = lexer_name(&telling->lexer, telling->arena);
    if (effect.name == NULL) {
        return false;
    }
    if (drop->object == OBJECT_INDEX && str_eq_nocase(effect.name, "primary")) {
        effect.object = OBJECT_CONSTRAINT;
        effect.flags |= EFFECT_PRIMARY;
        effect.name = "";
    }
    tell(telling, effect);
    return true;
}

static bool
drop_column(struct telling *telling, const char *table)
{
    struct effect effect = effect_blank(EFFECT_DROP_COLUMN);
    (void)lexer_accept(&telling->lexer, "column");
    effect.object = OBJECT_COLUMN;
    effect.flags = take_if(telling);
    effect.table = table;
    effect.column = lexer_name(&telling->lexer, telling->arena);
    if (effect.column == NULL) {
        return false;
    }
    lexer_skip_item(&telling->lexer); /* RESTRICT, CASCADE: they mean nothing here */
    tell(telling, effect);
    return true;
}

static bool
drop_clause(struct telling *telling, const char *table)
{
    struct lexer *lexer = &telling->lexer;
    size_t at = lexer_peek(lexer).at;
    if (lexer_accept_words(lexer, "primary key")) {
        struct effect effect = effect_blank(EFFECT_DROP);
        effect.object = OBJECT_CONSTRAINT;
        effect.flags = EFFECT_PRIMARY;
        effect.table = table;
        tell(telling, effect);
        return true;
    }
    if (lexer_accept_words(lexer, "system versioning") || lexer_accept_words(lexer, "period for")) {
        lexer_skip_item(lexer);
        tell_alter(telling, table, 0, told_since(telling, at));
        return true;
    }
    if (lexer_accept(lexer, "partition")) { /* with its rows */
        skip_names(telling);
        tell_table(telling, EFFECT_DELETE, 0, table);
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(drops); i++) {
        if (lexer_accept_words(lexer, drops[i].words)) {
            return drop_key(telling, table, &drops[i]);
        }
    }
    return drop_column(telling, table);
}

static void
tell_renamed(struct telling *telling, enum object_kind object, const char *table, const char *from,
             const char *to)
{
    struct effect effect = effect_blank(EFFECT_RENAME);
    effect.object = object;
    effect.name = from;
    effect.table = object == OBJECT_TABLE ? "" : table;
    effect.column = object == OBJECT_COLUMN ? from : "";
    effect.new_name = to;
    tell(telling, effect);
}

static bool
tell_definition(struct telling *telling, const char *table, const char *column)
{
    struct effect effect = effect_blank(EFFECT_COLUMN_TYPE);
    struct effect reference;
    effect.object = OBJECT_COLUMN;
    effect.flags = EFFECT_WHOLE_COLUMN;
    effect.table = table;
    effect.column = column;
    if (!take_column(telling, &effect, &reference)) {
        return false;
    }
    tell(telling, effect);
    if (reference.kind == EFFECT_CREATE) {
        tell(telling, reference);
    }
    return true;
}

static bool
modify_clause(struct telling *telling, const char *table)
{
    (void)lexer_accept(&telling->lexer, "column");
    (void)take_if(telling);
    const char *column = lexer_name(&telling->lexer, telling->arena);
    return column != NULL && tell_definition(telling, table, column);
}

static bool
change_clause(struct telling *telling, const char *table)
{
    (void)lexer_accept(&telling->lexer, "column");
    (void)take_if(telling);
    const char *from = lexer_name(&telling->lexer, telling->arena);
    const char *to = lexer_name(&telling->lexer, telling->arena);
    if (from == NULL || to == NULL) {
        return false;
    }
    if (!str_eq_nocase(from, to)) {
        tell_renamed(telling, OBJECT_COLUMN, table, from, to);
    }
    return tell_definition(telling, table, to);
}

/* ALTER [COLUMN] c SET DEFAULT x, DROP DEFAULT, SET [IN]VISIBLE */
static bool
alter_column(struct telling *telling, const char *table)
{
    struct lexer *lexer = &telling->lexer;
    struct effect effect = effect_blank(EFFECT_SET_DEFAULT);
    (void)lexer_accept(lexer, "column");
    effect.object = OBJECT_COLUMN;
    effect.flags = take_if(telling);
    effect.table = table;
    effect.column = lexer_name(lexer, telling->arena);
    if (effect.column == NULL) {
        return false;
    }
    if (lexer_accept_words(lexer, "drop default")) {
        effect.kind = EFFECT_DROP_DEFAULT;
    } else if (lexer_accept_words(lexer, "set default")) {
        size_t at = lexer_peek(lexer).at;
        lexer_skip_item(lexer);
        effect.detail = told_since(telling, at);
        effect.flags |= EFFECT_HAS_DEFAULT;
    } else {
        effect.kind = EFFECT_ALTER;
        effect.name = effect.column;
        lexer_skip_item(lexer);
    }
    tell(telling, effect);
    return true;
}

static bool
alter_clause(struct telling *telling, const char *table)
{
    static const struct drop_words kinds[] = {{"index", OBJECT_INDEX, 0},
                                              {"key", OBJECT_INDEX, 0},
                                              {"check", OBJECT_CONSTRAINT, EFFECT_CHECK},
                                              {"constraint", OBJECT_CONSTRAINT, 0}};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct effect effect = effect_blank(EFFECT_ALTER);
        if (lexer_accept(&telling->lexer, kinds[i].words)) {
            (void)take_if(telling);
            effect.object = kinds[i].object;
            effect.flags = kinds[i].flags;
            effect.table = table;
            effect.name = lexer_name(&telling->lexer, telling->arena);
            lexer_skip_item(&telling->lexer);
            if (effect.name == NULL) {
                return false;
            }
            tell(telling, effect);
            return true;
        }
    }
    return alter_column(telling, table);
}

static bool
rename_clause(struct telling *telling, const char *table)
{
    struct lexer *lexer = &telling->lexer;
    enum object_kind object = lexer_accept(lexer, "column")                                ? OBJECT_COLUMN
                              : lexer_accept(lexer, "index") || lexer_accept(lexer, "key") ? OBJECT_INDEX
                                                                                           : OBJECT_TABLE;
    const char *from = table;
    if (object != OBJECT_TABLE) {
        (void)take_if(telling);
        from = lexer_name(lexer, telling->arena);
    }
    if (!lexer_accept(lexer, "to") && !lexer_accept(lexer, "as")) {
        (void)lexer_accept_punct(lexer, "=");
    }
    const char *to = lexer_qualified(lexer, telling->arena);
    if (from == NULL || to == NULL) {
        return false;
    }
    tell_renamed(telling, object, table, from, to);
    return true;
}

static bool
truncate_clause(struct telling *telling, const char *table)
{
    bool is_all = lexer_accept_words(&telling->lexer, "partition all");
    skip_names(telling);
    tell_table(telling, is_all ? EFFECT_TRUNCATE : EFFECT_DELETE, 0, table);
    return true;
}

static bool
nothing_clause(struct telling *telling, const char *table)
{
    (void)table;
    lexer_skip_item(&telling->lexer);
    return true;
}

static bool
unknown_clause(struct telling *telling, const char *table)
{
    (void)telling;
    (void)table;
    return false;
}

static bool
exchange_clause(struct telling *telling, const char *table)
{
    if (!skip_past(telling, "table")) {
        return false;
    }
    const char *other = lexer_qualified(&telling->lexer, telling->arena);
    lexer_skip_item(&telling->lexer);
    tell_table(telling, EFFECT_DELETE, 0, table);
    tell_table(telling, EFFECT_DELETE, 0, other == NULL ? "" : other);
    return other != NULL;
}

struct clause {
    const char *words;
    clause_teller *tell;
};

static const struct clause clauses[] = {
    {"add", add_clause},
    {"drop", drop_clause},
    {"modify", modify_clause},
    {"change", change_clause},
    {"alter", alter_clause},
    {"rename", rename_clause},
    {"truncate", truncate_clause},
    {"exchange partition", exchange_clause},
    {"discard", unknown_clause},
    {"import", unknown_clause},
    {"convert partition", unknown_clause},
    {"convert table", unknown_clause},
    {"algorithm", nothing_clause},
    {"lock", nothing_clause},
    {"nowait", nothing_clause},
    {"wait", nothing_clause},
    {"with validation", nothing_clause},
    {"without validation", nothing_clause},
    {"enable keys", nothing_clause},
    {"disable keys", nothing_clause},
    {"analyze partition", nothing_clause},
    {"check partition", nothing_clause},
};

/* Table options that make the server write the table anew. */
static const char *const rewriting[] = {
    "convert",         "engine",    "type",       "force",      "row_format", "order",  "partition",
    "remove",          "rebuild",   "reorganize", "coalesce",   "optimize",   "repair", "key_block_size",
    "page_compressed", "encrypted", "encryption", "tablespace", NULL};

static bool
tell_clause(struct telling *telling, const char *table)
{
    struct lexer *lexer = &telling->lexer;
    struct span inside;
    struct token first = lexer_peek(lexer);
    for (size_t i = 0; i < COUNT_OF(clauses); i++) {
        if (lexer_accept_words(lexer, clauses[i].words)) {
            return clauses[i].tell(telling, table);
        }
    }
    if (first.kind != TOKEN_WORD) {
        return false;
    }
    while (!is_end(lexer_peek(lexer))) {
        if (!lexer_group(lexer, &inside)) {
            (void)lexer_next(lexer);
        }
    }
    tell_alter(telling, table, token_is_one_of(first, rewriting) ? EFFECT_REWRITE : 0,
               told_since(telling, first.at));
    return true;
}

/* Behind a comma, or straight behind another: MySQL lets partition clauses follow without one. */
void
tell_alter_table(struct telling *telling)
{
    struct lexer *lexer = &telling->lexer;
    (void)take_if(telling);
    const char *table = lexer_qualified(lexer, telling->arena);
    if (table == NULL) {
        tell_unknown(telling);
        return;
    }
    if (lexer_accept(lexer, "wait")) {
        (void)lexer_next(lexer);
    }
    (void)lexer_accept(lexer, "nowait");
    size_t first = lexer_peek(lexer).at;
    size_t told = telling->out->n;
    while (lexer_peek(lexer).kind != TOKEN_END) {
        size_t at = lexer_peek(lexer).at;
        if (!tell_clause(telling, table)) {
            tell_unknown(telling);
            return;
        }
        (void)lexer_accept_punct(lexer, ",");
        if (lexer_peek(lexer).at == at) {
            tell_unknown(telling);
            return;
        }
    }
    if (telling->out->n == told) {
        tell_alter(telling, table, 0, told_since(telling, first));
    }
}
