#include "sqlite/ddl_parser.h"

#include <string.h>

/* -- a table's own constraints ------------------------------------------------------------------------ */

static bool
parse_table_key(struct ddl_parser *p, bool is_primary, const char *name, size_t item)
{
    struct ddl_key key = {.name = name, .is_primary = is_primary};
    size_t from = ddl_peek(p).at;
    if (!ddl_take_terms(p, &key.columns, &key.terms, &key.n_columns, &key.is_autoincrement)) {
        return false;
    }
    key.conflict = ddl_take_conflict(p);
    key.source = ddl_source_since(p, from);
    key.item = ddl_item_since(p, item);
    vec_push(p->arena, &p->table->keys, key);
    return true;
}

static bool
parse_table_check(struct ddl_parser *p, const char *name, size_t item)
{
    struct ddl_check check = {.name = name};
    struct span inside;
    size_t from = ddl_peek(p).at;
    if (!lexer_group(p->lexer, &inside)) {
        return false;
    }
    check.text = ddl_canonical(inside, p->arena);
    check.source = ddl_source_since(p, from);
    (void)ddl_take_conflict(p); /* the engine reads it and does not heed it */
    check.item = ddl_item_since(p, item);
    vec_push(p->arena, &p->table->checks, check);
    return true;
}

static bool
parse_table_reference(struct ddl_parser *p, const char *name, size_t item)
{
    struct ddl_reference reference = {.name = name};
    size_t from = ddl_peek(p).at;
    if (!ddl_take_names(p, &reference.columns, &reference.n_columns) || !ddl_accept(p, "references") ||
        !ddl_take_reference(p, &reference)) {
        return false;
    }
    (void)ddl_take_deferrable(p, &reference.is_deferred);
    reference.source = ddl_source_since(p, from);
    reference.item = ddl_item_since(p, item);
    vec_push(p->arena, &p->table->references, reference);
    return true;
}

static bool
parse_table_constraint(struct ddl_parser *p, size_t item)
{
    const char *name = ddl_accept(p, "constraint") ? lexer_name(p->lexer, p->arena) : "";
    if (name == NULL) {
        return false;
    }
    if (ddl_accept(p, "primary key")) {
        return parse_table_key(p, true, name, item);
    }
    if (ddl_accept(p, "unique")) {
        return parse_table_key(p, false, name, item);
    }
    if (ddl_accept(p, "check")) {
        return parse_table_check(p, name, item);
    }
    return ddl_accept(p, "foreign key") && parse_table_reference(p, name, item);
}

/* Columns, then constraints; between constraints the grammar lets the comma be left out. */
static bool
parse_items(struct ddl_parser *p, size_t from)
{
    static const char *const words[] = {"constraint", "primary", "unique", "check", "foreign", NULL};
    bool in_constraints = false;
    for (;;) {
        if (token_is_one_of(ddl_peek(p), words)) {
            in_constraints = true;
            if (!parse_table_constraint(p, from)) {
                return false;
            }
        } else {
            if (in_constraints || !ddl_parse_column(p->lexer, p->arena, p->table)) {
                return false;
            }
            p->table->columns.items[p->table->columns.n - 1].item = ddl_item_since(p, from);
        }
        struct token token = ddl_peek(p);
        from = token.at;
        if (lexer_accept_punct(p->lexer, ",")) {
            from = token.at + 1;
        } else if (token_is_punct(token, ")")) {
            return true;
        } else if (!in_constraints || !token_is_one_of(token, words)) {
            return false;
        }
    }
}

/* -- statements --------------------------------------------------------------------------------------- */

/* Nothing but a terminator may follow. */
static bool
at_end(struct ddl_parser *p)
{
    while (lexer_accept_punct(p->lexer, ";")) {
    }
    return ddl_peek(p).kind == TOKEN_END;
}

static bool
parse_options(struct ddl_parser *p)
{
    bool is_due = false; /* after a comma */
    for (;;) {
        bool is_strict = ddl_accept(p, "strict");
        bool is_without_rowid = !is_strict && ddl_accept(p, "without rowid");
        p->table->is_strict = p->table->is_strict || is_strict;
        p->table->is_without_rowid = p->table->is_without_rowid || is_without_rowid;
        if (!is_strict && !is_without_rowid) {
            return !is_due && at_end(p);
        }
        is_due = lexer_accept_punct(p->lexer, ",");
        if (!is_due) {
            return at_end(p);
        }
    }
}

static bool
parse_module(struct ddl_parser *p)
{
    struct span arguments = {0};
    char *module = ddl_accept(p, "using") ? lexer_name(p->lexer, p->arena) : NULL;
    if (module == NULL) {
        return false;
    }
    (void)lexer_group(p->lexer, &arguments);
    p->table->module = arena_printf(p->arena, "%s(%s)", ddl_fold(module, p->arena),
                                    sql_squeeze(arguments, LEX_SQLITE, p->arena));
    return at_end(p);
}

bool
ddl_parse_table(struct span sql, struct arena *arena, struct ddl_table *out)
{
    struct lexer lexer;
    struct ddl_parser p = {&lexer, arena, out};
    *out = (struct ddl_table){0};
    lexer_init(&lexer, sql, LEX_SQLITE);
    if (!ddl_accept(&p, "create")) {
        return false;
    }
    out->is_temporary = ddl_accept(&p, "temp") || ddl_accept(&p, "temporary");
    out->is_virtual = !out->is_temporary && ddl_accept(&p, "virtual");
    if (!ddl_accept(&p, "table")) {
        return false;
    }
    out->if_not_exists = ddl_accept(&p, "if not exists");
    if (!ddl_parse_name(&lexer, arena, &out->name)) {
        return false;
    }
    if (out->is_virtual) {
        return parse_module(&p);
    }
    if (ddl_accept(&p, "as")) {
        out->is_select = true;
        return true;
    }
    size_t open = ddl_peek(&p).at + 1;
    if (!lexer_accept_punct(&lexer, "(") || !parse_items(&p, open)) {
        return false;
    }
    out->head = (struct span){sql.ptr, open};
    out->tail = (struct span){sql.ptr + ddl_peek(&p).at, sql.len - ddl_peek(&p).at};
    return lexer_accept_punct(&lexer, ")") && parse_options(&p);
}

bool
ddl_parse_index(struct span sql, struct arena *arena, struct ddl_index *out)
{
    struct lexer lexer;
    struct ddl_parser p = {&lexer, arena, NULL};
    bool ignored;
    *out = (struct ddl_index){0};
    lexer_init(&lexer, sql, LEX_SQLITE);
    if (!ddl_accept(&p, "create")) {
        return false;
    }
    out->is_unique = ddl_accept(&p, "unique");
    if (!ddl_accept(&p, "index")) {
        return false;
    }
    out->if_not_exists = ddl_accept(&p, "if not exists");
    if (!ddl_parse_name(&lexer, arena, &out->name) || !ddl_accept(&p, "on") ||
        (out->table = lexer_name(&lexer, arena)) == NULL) {
        return false;
    }
    size_t from = ddl_peek(&p).at;
    if (!ddl_take_terms(&p, &out->columns, &out->terms, &out->n_columns, &ignored)) {
        return false;
    }
    if (ddl_accept(&p, "where")) {
        size_t where = ddl_peek(&p).at;
        lexer_skip_item(&lexer);
        out->where = ddl_canonical(ddl_source_since(&p, where), arena);
    }
    out->source = ddl_source_since(&p, from);
    return at_end(&p);
}

/* The rest of the statement, without its terminator. */
static void
take_body(struct ddl_parser *p, struct ddl_body *out)
{
    struct span text = p->lexer->text;
    size_t from = ddl_peek(p).at;
    out->source = span_trim((struct span){text.ptr + from, text.len - from});
    while (span_ends(out->source, ";") && str_is_empty(out->table)) {
        out->source.len--;
        out->source = span_trim(out->source);
    }
    out->text = ddl_canonical(out->source, p->arena);
}

static bool
parse_body_head(struct ddl_parser *p, const char *what, struct ddl_body *out)
{
    *out = (struct ddl_body){.table = ""};
    if (!ddl_accept(p, "create")) {
        return false;
    }
    out->is_temporary = ddl_accept(p, "temp") || ddl_accept(p, "temporary");
    if (!ddl_accept(p, what)) {
        return false;
    }
    out->if_not_exists = ddl_accept(p, "if not exists");
    return ddl_parse_name(p->lexer, p->arena, &out->name);
}

bool
ddl_parse_view(struct span sql, struct arena *arena, struct ddl_body *out)
{
    struct lexer lexer;
    struct ddl_parser p = {&lexer, arena, NULL};
    lexer_init(&lexer, sql, LEX_SQLITE);
    if (!parse_body_head(&p, "view", out)) {
        return false;
    }
    take_body(&p, out);
    return true;
}

bool
ddl_parse_trigger(struct span sql, struct arena *arena, struct ddl_body *out)
{
    struct lexer lexer;
    struct ddl_parser p = {&lexer, arena, NULL};
    lexer_init(&lexer, sql, LEX_SQLITE);
    if (!parse_body_head(&p, "trigger", out)) {
        return false;
    }
    struct lexer body = lexer;
    while (!lexer_accept(&lexer, "on")) {
        if (lexer_next(&lexer).kind == TOKEN_END) {
            return false;
        }
    }
    out->table = lexer_name(&lexer, arena);
    lexer = body;
    take_body(&p, out);
    return out->table != NULL;
}
