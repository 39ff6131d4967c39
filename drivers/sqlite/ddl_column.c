/* One column definition with its constraints. */
#include "sqlite/ddl_parser.h"

#include <string.h>

static bool
begins_constraint(struct ddl_parser *p)
{
    static const char *const words[] = {"constraint", "default",    "null", "not",        "primary", "unique",
                                        "check",      "references", "as",   "deferrable", "collate", NULL};
    struct lexer start = *p->lexer;
    bool generated = ddl_accept(p, "generated always as");
    *p->lexer = start;
    return generated || token_is_one_of(ddl_peek(p), words);
}

static const char *
parse_type(struct ddl_parser *p)
{
    size_t from = ddl_peek(p).at;
    struct span ignored;
    while (!begins_constraint(p) && lexer_name(p->lexer, p->arena) != NULL) {
    }
    if (ddl_peek(p).at > from) {
        (void)lexer_group(p->lexer, &ignored);
    }
    return ddl_canonical(ddl_source_since(p, from), p->arena);
}

/* A bare or quoted word as default is a string, for SQLite. */
static const char *
canonical_default_word(struct token token, struct arena *arena)
{
    static const char *const values[] = {
        "null", "true", "false", "current_date", "current_time", "current_timestamp", NULL};
    if (token_is_one_of(token, values)) {
        return ddl_fold(arena_strndup(arena, token.text.ptr, token.text.len), arena);
    }
    char *plain = token_unquote(token, LEX_SQLITE, arena);
    char *out = arena_alloc(arena, 2 * strlen(plain) + 3);
    size_t len = 0;
    out[len++] = '\'';
    for (; *plain != '\0'; plain++) {
        if (*plain == '\'') {
            out[len++] = '\'';
        }
        out[len++] = *plain;
    }
    out[len] = '\'';
    return out;
}

/* DEFAULT ((x)) means DEFAULT (x), and for a constant DEFAULT x. */
static struct span
without_brackets(struct span text)
{
    for (;;) {
        struct lexer lexer;
        struct span inside;
        lexer_init(&lexer, text, LEX_SQLITE);
        if (!lexer_group(&lexer, &inside) || lexer_peek(&lexer).kind != TOKEN_END) {
            return text;
        }
        text = inside;
    }
}

static bool
parse_default(struct ddl_parser *p, struct ddl_column *column)
{
    size_t from = ddl_peek(p).at;
    struct span inside;
    if (lexer_group(p->lexer, &inside)) {
        column->default_text = ddl_canonical(without_brackets(inside), p->arena);
    } else {
        bool minus = lexer_accept_punct(p->lexer, "-");
        (void)(minus || lexer_accept_punct(p->lexer, "+"));
        struct token token = lexer_next(p->lexer);
        if (token.kind == TOKEN_WORD || token.kind == TOKEN_NAME) {
            column->default_text = canonical_default_word(token, p->arena);
        } else if (token.kind == TOKEN_STRING || token.kind == TOKEN_NUMBER) {
            column->default_text = ddl_canonical(token.text, p->arena);
        } else {
            return false;
        }
        if (minus) {
            column->default_text = arena_printf(p->arena, "-%s", column->default_text);
        }
    }
    column->default_source = ddl_source_since(p, from);
    return true;
}

static bool
parse_generated(struct ddl_parser *p, struct ddl_column *column)
{
    struct span inside;
    if (!lexer_group(p->lexer, &inside)) {
        return false;
    }
    column->generated = ddl_canonical(without_brackets(inside), p->arena);
    column->is_stored = ddl_accept(p, "stored");
    (void)(column->is_stored || ddl_accept(p, "virtual"));
    return true;
}

/* The column's own name, as a list of one. */
static const char **
own_name(struct ddl_parser *p, const struct ddl_column *column)
{
    const char **names = arena_new_array(p->arena, const char *, 1);
    names[0] = column->name;
    return names;
}

static bool
parse_inline_primary(struct ddl_parser *p, struct ddl_column *column, const char *name)
{
    struct ddl_key key = {.name = name, .is_primary = true, .is_inline = true, .n_columns = 1};
    key.columns = key.terms = own_name(p, column);
    (void)ddl_accept(p, "asc");
    key.is_descending_inline = ddl_accept(p, "desc");
    key.conflict = ddl_take_conflict(p);
    key.is_autoincrement = column->is_autoincrement = ddl_accept(p, "autoincrement");
    key.terms = own_name(p, column);
    key.terms[0] = arena_printf(p->arena, "%s%s", ddl_fold(column->name, p->arena),
                                key.is_descending_inline ? " desc" : "");
    column->is_primary = true;
    vec_push(p->arena, &p->table->keys, key);
    return true;
}

static bool
parse_inline_unique(struct ddl_parser *p, struct ddl_column *column, const char *name)
{
    struct ddl_key key = {.name = name, .is_inline = true, .n_columns = 1};
    key.columns = own_name(p, column);
    key.terms = own_name(p, column);
    key.terms[0] = ddl_fold(column->name, p->arena);
    key.conflict = ddl_take_conflict(p);
    column->is_unique = true;
    vec_push(p->arena, &p->table->keys, key);
    return true;
}

static bool
parse_inline_check(struct ddl_parser *p, struct ddl_column *column, const char *name)
{
    struct ddl_check check = {.name = name, .is_inline = true};
    struct span inside;
    size_t from = ddl_peek(p).at;
    if (!lexer_group(p->lexer, &inside)) {
        return false;
    }
    check.text = ddl_canonical(inside, p->arena);
    check.source = ddl_source_since(p, from);
    column->has_check = true;
    vec_push(p->arena, &p->table->checks, check);
    return true;
}

static bool
parse_inline_reference(struct ddl_parser *p, struct ddl_column *column, const char *name, size_t from)
{
    struct ddl_reference reference = {.name = name, .is_inline = true, .n_columns = 1};
    reference.columns = own_name(p, column);
    if (!ddl_take_reference(p, &reference)) {
        return false;
    }
    (void)ddl_take_deferrable(p, &reference.is_deferred);
    reference.source = ddl_source_since(p, from);
    column->has_reference = true;
    vec_push(p->arena, &p->table->references, reference);
    return true;
}

/* One constraint of a column; `*more` false when none follows. */
static bool
parse_column_constraint(struct ddl_parser *p, struct ddl_column *column, const char *name, bool *more)
{
    size_t from = ddl_peek(p).at;
    bool ignored;
    if (ddl_accept(p, "primary key")) {
        return parse_inline_primary(p, column, name);
    }
    if (ddl_accept(p, "unique")) {
        return parse_inline_unique(p, column, name);
    }
    if (ddl_accept(p, "check")) {
        return parse_inline_check(p, column, name);
    }
    if (ddl_accept(p, "references")) {
        return parse_inline_reference(p, column, name, from);
    }
    if (ddl_accept(p, "default")) {
        return parse_default(p, column);
    }
    if (ddl_accept(p, "generated always as") || ddl_accept(p, "as")) {
        return parse_generated(p, column);
    }
    if (ddl_accept(p, "collate")) {
        column->collation = lexer_name(p->lexer, p->arena);
        return column->collation != NULL;
    }
    if (ddl_accept(p, "not null")) {
        column->is_not_null = true;
        column->not_null_conflict = ddl_take_conflict(p);
        return true;
    }
    if (ddl_accept(p, "null")) {
        (void)ddl_take_conflict(p);
        return true;
    }
    *more = ddl_take_deferrable(p, &ignored);
    return true;
}

bool
ddl_parse_column(struct lexer *lexer, struct arena *arena, struct ddl_table *table)
{
    struct ddl_parser p = {lexer, arena, table};
    struct ddl_column column = {.collation = "", .not_null_conflict = ""};
    bool more = true;
    column.name = lexer_name(lexer, arena);
    if (column.name == NULL) {
        return false;
    }
    column.type = parse_type(&p);
    while (more) {
        const char *name = ddl_accept(&p, "constraint") ? lexer_name(lexer, arena) : "";
        if (name == NULL || !parse_column_constraint(&p, &column, name, &more)) {
            return false;
        }
    }
    vec_push(arena, &table->columns, column);
    return true;
}
