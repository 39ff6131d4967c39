#include "sqlite/ddl.h"

#include <string.h>

struct parser {
    struct lexer *lexer;
    struct arena *arena;
    struct ddl_table *table;
};

static struct token
peek(struct parser *p)
{
    return lexer_peek(p->lexer);
}

static bool
accept(struct parser *p, const char *words)
{
    return lexer_accept_words(p->lexer, words);
}

/* From `from` to the next token, without the blanks before that. */
static struct span
source_since(struct parser *p, size_t from)
{
    return span_trim((struct span){p->lexer->text.ptr + from, peek(p).at - from});
}

static struct span
item_since(struct parser *p, size_t from)
{
    return (struct span){p->lexer->text.ptr + from, peek(p).at - from};
}

bool
ddl_parse_name(struct lexer *lexer, struct arena *arena, struct ddl_name *out)
{
    char *name = lexer_name(lexer, arena);
    *out = (struct ddl_name){"", name};
    if (name != NULL && lexer_accept_punct(lexer, ".")) {
        out->schema = name;
        out->name = lexer_name(lexer, arena);
    }
    return out->name != NULL;
}

/* -- clauses ----------------------------------------------------------------------------------------------
 */

/* "ON CONFLICT x"; "" when there is none or it is the default. */
static const char *
parse_conflict(struct parser *p)
{
    if (!accept(p, "on conflict")) {
        return "";
    }
    char *action = lexer_name(p->lexer, p->arena);
    return action == NULL || str_eq_nocase(action, "abort") ? "" : ddl_fold(action, p->arena);
}

/* "(a, b)" of plain names. */
static bool
parse_names(struct parser *p, const char ***names, size_t *n)
{
    VEC(const char *) list = {0};
    if (!lexer_accept_punct(p->lexer, "(")) {
        return false;
    }
    do {
        char *name = lexer_name(p->lexer, p->arena);
        if (name == NULL) {
            return false;
        }
        vec_push(p->arena, &list, name);
        lexer_skip_item(p->lexer); /* COLLATE and ASC, which no reference may have */
    } while (lexer_accept_punct(p->lexer, ","));
    *names = list.items;
    *n = list.n;
    return lexer_accept_punct(p->lexer, ")");
}

/* One term of an index or a key: its column ("" for an expression) and its canonical text, "asc" left out. */
static const char *
parse_term(struct parser *p, const char **column)
{
    size_t from = peek(p).at;
    struct lexer start = *p->lexer;
    char *name = lexer_name(p->lexer, p->arena);
    static const char *const after[] = {"collate", "asc", "desc", "autoincrement", NULL};
    struct token next = peek(p);
    bool is_column = name != NULL && (token_is_punct(next, ",") || token_is_punct(next, ")") ||
                                      next.kind == TOKEN_END || token_is_one_of(next, after));
    *column = is_column ? name : "";
    *p->lexer = start;
    struct span text = {p->lexer->text.ptr + from, 0};
    for (;;) {
        struct span ignored;
        struct token token = peek(p);
        if (token.kind == TOKEN_END || token_is_punct(token, ",") || token_is_punct(token, ")") ||
            token_is_word(token, "asc") || token_is_word(token, "autoincrement")) {
            break;
        }
        if (!lexer_group(p->lexer, &ignored)) {
            token = lexer_next(p->lexer);
        }
        text.len = p->lexer->at - from;
    }
    (void)accept(p, "asc");
    return ddl_canonical(text, p->arena);
}

static bool
parse_terms(struct parser *p, const char ***columns, const char ***terms, size_t *n, bool *is_autoincrement)
{
    VEC(const char *) column_list = {0};
    VEC(const char *) term_list = {0};
    if (!lexer_accept_punct(p->lexer, "(")) {
        return false;
    }
    do {
        const char *column;
        const char *term = parse_term(p, &column);
        vec_push(p->arena, &column_list, column);
        vec_push(p->arena, &term_list, term);
    } while (lexer_accept_punct(p->lexer, ","));
    *is_autoincrement = accept(p, "autoincrement");
    *columns = column_list.items;
    *terms = term_list.items;
    *n = term_list.n;
    return lexer_accept_punct(p->lexer, ")");
}

static const char *
parse_action(struct parser *p)
{
    static const char *const actions[] = {"SET NULL", "SET DEFAULT", "CASCADE", "RESTRICT", "NO ACTION"};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        if (accept(p, actions[i])) {
            return actions[i];
        }
    }
    return NULL;
}

/* "[NOT] DEFERRABLE [INITIALLY x]"; only DEFERRABLE INITIALLY DEFERRED means anything. */
static bool
parse_deferrable(struct parser *p, bool *is_deferred)
{
    bool not_deferrable = accept(p, "not deferrable");
    if (!not_deferrable && !accept(p, "deferrable")) {
        return false;
    }
    bool deferred = accept(p, "initially deferred");
    (void)(deferred || accept(p, "initially immediate"));
    *is_deferred = deferred && !not_deferrable;
    return true;
}

/* What follows the word REFERENCES. */
static bool
parse_reference(struct parser *p, struct ddl_reference *out)
{
    out->on_delete = out->on_update = "NO ACTION";
    out->parent = lexer_name(p->lexer, p->arena);
    if (out->parent == NULL) {
        return false;
    }
    if (token_is_punct(peek(p), "(") && !parse_names(p, &out->parent_columns, &out->n_parent_columns)) {
        return false;
    }
    for (;;) {
        const char *ignored = "";
        const char **action = accept(p, "on delete")   ? &out->on_delete
                              : accept(p, "on update") ? &out->on_update
                              : accept(p, "on insert") ? &ignored
                                                       : NULL;
        if (action == NULL && !accept(p, "match")) {
            return true;
        }
        if (action == NULL) {
            (void)lexer_name(p->lexer, p->arena);
        } else if ((*action = parse_action(p)) == NULL) {
            return false;
        }
    }
}

/* -- a column ---------------------------------------------------------------------------------------------
 */

static bool
begins_constraint(struct parser *p)
{
    static const char *const words[] = {"constraint", "default",    "null", "not",        "primary", "unique",
                                        "check",      "references", "as",   "deferrable", "collate", NULL};
    struct lexer start = *p->lexer;
    bool generated = accept(p, "generated always as");
    *p->lexer = start;
    return generated || token_is_one_of(peek(p), words);
}

static const char *
parse_type(struct parser *p)
{
    size_t from = peek(p).at;
    struct span ignored;
    while (!begins_constraint(p) && lexer_name(p->lexer, p->arena) != NULL) {
    }
    if (peek(p).at > from) {
        (void)lexer_group(p->lexer, &ignored);
    }
    return ddl_canonical(source_since(p, from), p->arena);
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
parse_default(struct parser *p, struct ddl_column *column)
{
    size_t from = peek(p).at;
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
    column->default_source = source_since(p, from);
    return true;
}

static bool
parse_generated(struct parser *p, struct ddl_column *column)
{
    struct span inside;
    if (!lexer_group(p->lexer, &inside)) {
        return false;
    }
    column->generated = ddl_canonical(without_brackets(inside), p->arena);
    column->is_stored = accept(p, "stored");
    (void)(column->is_stored || accept(p, "virtual"));
    return true;
}

/* The column's own name, as a list of one. */
static const char **
own_name(struct parser *p, const struct ddl_column *column)
{
    const char **names = arena_new_array(p->arena, const char *, 1);
    names[0] = column->name;
    return names;
}

static bool
parse_inline_primary(struct parser *p, struct ddl_column *column, const char *name)
{
    struct ddl_key key = {.name = name, .is_primary = true, .is_inline = true, .n_columns = 1};
    key.columns = key.terms = own_name(p, column);
    (void)accept(p, "asc");
    key.is_descending_inline = accept(p, "desc");
    key.conflict = parse_conflict(p);
    key.is_autoincrement = column->is_autoincrement = accept(p, "autoincrement");
    key.terms = own_name(p, column);
    key.terms[0] = arena_printf(p->arena, "%s%s", ddl_fold(column->name, p->arena),
                                key.is_descending_inline ? " desc" : "");
    column->is_primary = true;
    vec_push(p->arena, &p->table->keys, key);
    return true;
}

static bool
parse_inline_unique(struct parser *p, struct ddl_column *column, const char *name)
{
    struct ddl_key key = {.name = name, .is_inline = true, .n_columns = 1};
    key.columns = own_name(p, column);
    key.terms = own_name(p, column);
    key.terms[0] = ddl_fold(column->name, p->arena);
    key.conflict = parse_conflict(p);
    column->is_unique = true;
    vec_push(p->arena, &p->table->keys, key);
    return true;
}

static bool
parse_inline_check(struct parser *p, struct ddl_column *column, const char *name)
{
    struct ddl_check check = {.name = name, .is_inline = true};
    struct span inside;
    size_t from = peek(p).at;
    if (!lexer_group(p->lexer, &inside)) {
        return false;
    }
    check.text = ddl_canonical(inside, p->arena);
    check.source = source_since(p, from);
    column->has_check = true;
    vec_push(p->arena, &p->table->checks, check);
    return true;
}

static bool
parse_inline_reference(struct parser *p, struct ddl_column *column, const char *name, size_t from)
{
    struct ddl_reference reference = {.name = name, .is_inline = true, .n_columns = 1};
    reference.columns = own_name(p, column);
    if (!parse_reference(p, &reference)) {
        return false;
    }
    (void)parse_deferrable(p, &reference.is_deferred);
    reference.source = source_since(p, from);
    column->has_reference = true;
    vec_push(p->arena, &p->table->references, reference);
    return true;
}

/* One constraint of a column; `*more` false when none follows. */
static bool
parse_column_constraint(struct parser *p, struct ddl_column *column, const char *name, bool *more)
{
    size_t from = peek(p).at;
    bool ignored;
    if (accept(p, "primary key")) {
        return parse_inline_primary(p, column, name);
    }
    if (accept(p, "unique")) {
        return parse_inline_unique(p, column, name);
    }
    if (accept(p, "check")) {
        return parse_inline_check(p, column, name);
    }
    if (accept(p, "references")) {
        return parse_inline_reference(p, column, name, from);
    }
    if (accept(p, "default")) {
        return parse_default(p, column);
    }
    if (accept(p, "generated always as") || accept(p, "as")) {
        return parse_generated(p, column);
    }
    if (accept(p, "collate")) {
        column->collation = lexer_name(p->lexer, p->arena);
        return column->collation != NULL;
    }
    if (accept(p, "not null")) {
        column->is_not_null = true;
        column->not_null_conflict = parse_conflict(p);
        return true;
    }
    if (accept(p, "null")) {
        (void)parse_conflict(p);
        return true;
    }
    *more = parse_deferrable(p, &ignored);
    return true;
}

bool
ddl_parse_column(struct lexer *lexer, struct arena *arena, struct ddl_table *table)
{
    struct parser p = {lexer, arena, table};
    struct ddl_column column = {.collation = "", .not_null_conflict = ""};
    bool more = true;
    column.name = lexer_name(lexer, arena);
    if (column.name == NULL) {
        return false;
    }
    column.type = parse_type(&p);
    while (more) {
        const char *name = accept(&p, "constraint") ? lexer_name(lexer, arena) : "";
        if (name == NULL || !parse_column_constraint(&p, &column, name, &more)) {
            return false;
        }
    }
    vec_push(arena, &table->columns, column);
    return true;
}

/* -- a table's own constraints ----------------------------------------------------------------------------
 */

static bool
parse_table_key(struct parser *p, bool is_primary, const char *name, size_t item)
{
    struct ddl_key key = {.name = name, .is_primary = is_primary};
    size_t from = peek(p).at;
    if (!parse_terms(p, &key.columns, &key.terms, &key.n_columns, &key.is_autoincrement)) {
        return false;
    }
    key.conflict = parse_conflict(p);
    key.source = source_since(p, from);
    key.item = item_since(p, item);
    vec_push(p->arena, &p->table->keys, key);
    return true;
}

static bool
parse_table_check(struct parser *p, const char *name, size_t item)
{
    struct ddl_check check = {.name = name};
    struct span inside;
    size_t from = peek(p).at;
    if (!lexer_group(p->lexer, &inside)) {
        return false;
    }
    check.text = ddl_canonical(inside, p->arena);
    check.source = source_since(p, from);
    (void)parse_conflict(p); /* the engine reads it and does not heed it */
    check.item = item_since(p, item);
    vec_push(p->arena, &p->table->checks, check);
    return true;
}

static bool
parse_table_reference(struct parser *p, const char *name, size_t item)
{
    struct ddl_reference reference = {.name = name};
    size_t from = peek(p).at;
    if (!parse_names(p, &reference.columns, &reference.n_columns) || !accept(p, "references") ||
        !parse_reference(p, &reference)) {
        return false;
    }
    (void)parse_deferrable(p, &reference.is_deferred);
    reference.source = source_since(p, from);
    reference.item = item_since(p, item);
    vec_push(p->arena, &p->table->references, reference);
    return true;
}

static bool
parse_table_constraint(struct parser *p, size_t item)
{
    const char *name = accept(p, "constraint") ? lexer_name(p->lexer, p->arena) : "";
    if (name == NULL) {
        return false;
    }
    if (accept(p, "primary key")) {
        return parse_table_key(p, true, name, item);
    }
    if (accept(p, "unique")) {
        return parse_table_key(p, false, name, item);
    }
    if (accept(p, "check")) {
        return parse_table_check(p, name, item);
    }
    return accept(p, "foreign key") && parse_table_reference(p, name, item);
}

/* Columns, then constraints; between constraints the grammar lets the comma be left out. */
static bool
parse_items(struct parser *p, size_t from)
{
    static const char *const words[] = {"constraint", "primary", "unique", "check", "foreign", NULL};
    bool in_constraints = false;
    for (;;) {
        if (token_is_one_of(peek(p), words)) {
            in_constraints = true;
            if (!parse_table_constraint(p, from)) {
                return false;
            }
        } else {
            if (in_constraints || !ddl_parse_column(p->lexer, p->arena, p->table)) {
                return false;
            }
            p->table->columns.items[p->table->columns.n - 1].item = item_since(p, from);
        }
        struct token token = peek(p);
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

/* -- statements -------------------------------------------------------------------------------------------
 */

/* Nothing but a terminator may follow. */
static bool
at_end(struct parser *p)
{
    while (lexer_accept_punct(p->lexer, ";")) {
    }
    return peek(p).kind == TOKEN_END;
}

static bool
parse_options(struct parser *p)
{
    bool is_due = false; /* after a comma */
    for (;;) {
        bool is_strict = accept(p, "strict");
        bool is_without_rowid = !is_strict && accept(p, "without rowid");
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
parse_module(struct parser *p)
{
    struct span arguments = {0};
    char *module = accept(p, "using") ? lexer_name(p->lexer, p->arena) : NULL;
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
    struct parser p = {&lexer, arena, out};
    *out = (struct ddl_table){0};
    lexer_init(&lexer, sql, LEX_SQLITE);
    if (!accept(&p, "create")) {
        return false;
    }
    out->is_temporary = accept(&p, "temp") || accept(&p, "temporary");
    out->is_virtual = !out->is_temporary && accept(&p, "virtual");
    if (!accept(&p, "table")) {
        return false;
    }
    out->if_not_exists = accept(&p, "if not exists");
    if (!ddl_parse_name(&lexer, arena, &out->name)) {
        return false;
    }
    if (out->is_virtual) {
        return parse_module(&p);
    }
    if (accept(&p, "as")) {
        out->is_select = true;
        return true;
    }
    size_t open = peek(&p).at + 1;
    if (!lexer_accept_punct(&lexer, "(") || !parse_items(&p, open)) {
        return false;
    }
    out->head = (struct span){sql.ptr, open};
    out->tail = (struct span){sql.ptr + peek(&p).at, sql.len - peek(&p).at};
    return lexer_accept_punct(&lexer, ")") && parse_options(&p);
}

bool
ddl_parse_index(struct span sql, struct arena *arena, struct ddl_index *out)
{
    struct lexer lexer;
    struct parser p = {&lexer, arena, NULL};
    bool ignored;
    *out = (struct ddl_index){0};
    lexer_init(&lexer, sql, LEX_SQLITE);
    if (!accept(&p, "create")) {
        return false;
    }
    out->is_unique = accept(&p, "unique");
    if (!accept(&p, "index")) {
        return false;
    }
    out->if_not_exists = accept(&p, "if not exists");
    if (!ddl_parse_name(&lexer, arena, &out->name) || !accept(&p, "on") ||
        (out->table = lexer_name(&lexer, arena)) == NULL) {
        return false;
    }
    size_t from = peek(&p).at;
    if (!parse_terms(&p, &out->columns, &out->terms, &out->n_columns, &ignored)) {
        return false;
    }
    if (accept(&p, "where")) {
        size_t where = peek(&p).at;
        lexer_skip_item(&lexer);
        out->where = ddl_canonical(source_since(&p, where), arena);
    }
    out->source = source_since(&p, from);
    return at_end(&p);
}

/* The rest of the statement, without its terminator. */
static void
take_body(struct parser *p, struct ddl_body *out)
{
    struct span text = p->lexer->text;
    size_t from = peek(p).at;
    out->source = span_trim((struct span){text.ptr + from, text.len - from});
    while (span_ends(out->source, ";") && str_is_empty(out->table)) {
        out->source.len--;
        out->source = span_trim(out->source);
    }
    out->text = ddl_canonical(out->source, p->arena);
}

static bool
parse_body_head(struct parser *p, const char *what, struct ddl_body *out)
{
    *out = (struct ddl_body){.table = ""};
    if (!accept(p, "create")) {
        return false;
    }
    out->is_temporary = accept(p, "temp") || accept(p, "temporary");
    if (!accept(p, what)) {
        return false;
    }
    out->if_not_exists = accept(p, "if not exists");
    return ddl_parse_name(p->lexer, p->arena, &out->name);
}

bool
ddl_parse_view(struct span sql, struct arena *arena, struct ddl_body *out)
{
    struct lexer lexer;
    struct parser p = {&lexer, arena, NULL};
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
    struct parser p = {&lexer, arena, NULL};
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
