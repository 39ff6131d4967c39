/* The clauses that columns, constraints and indexes share. */
#include "sqlite/ddl_parser.h"

struct token
ddl_peek(struct ddl_parser *p)
{
    return lexer_peek(p->lexer);
}

bool
ddl_accept(struct ddl_parser *p, const char *words)
{
    return lexer_accept_words(p->lexer, words);
}

struct span
ddl_source_since(struct ddl_parser *p, size_t from)
{
    return span_trim((struct span){p->lexer->text.ptr + from, ddl_peek(p).at - from});
}

struct span
ddl_item_since(struct ddl_parser *p, size_t from)
{
    return (struct span){p->lexer->text.ptr + from, ddl_peek(p).at - from};
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

const char *
ddl_take_conflict(struct ddl_parser *p)
{
    if (!ddl_accept(p, "on conflict")) {
        return "";
    }
    char *action = lexer_name(p->lexer, p->arena);
    return action == NULL || str_eq_nocase(action, "abort") ? "" : ddl_fold(action, p->arena);
}

bool
ddl_take_names(struct ddl_parser *p, const char ***names, size_t *n)
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
parse_term(struct ddl_parser *p, const char **column)
{
    size_t from = ddl_peek(p).at;
    struct lexer start = *p->lexer;
    char *name = lexer_name(p->lexer, p->arena);
    static const char *const after[] = {"collate", "asc", "desc", "autoincrement", NULL};
    struct token next = ddl_peek(p);
    bool is_column = name != NULL && (token_is_punct(next, ",") || token_is_punct(next, ")") ||
                                      next.kind == TOKEN_END || token_is_one_of(next, after));
    *column = is_column ? name : "";
    *p->lexer = start;
    struct span text = {p->lexer->text.ptr + from, 0};
    for (;;) {
        struct span ignored;
        struct token token = ddl_peek(p);
        if (token.kind == TOKEN_END || token_is_punct(token, ",") || token_is_punct(token, ")") ||
            token_is_word(token, "asc") || token_is_word(token, "autoincrement")) {
            break;
        }
        if (!lexer_group(p->lexer, &ignored)) {
            (void)lexer_next(p->lexer);
        }
        text.len = p->lexer->at - from;
    }
    (void)ddl_accept(p, "asc");
    return ddl_canonical(text, p->arena);
}

bool
ddl_take_terms(struct ddl_parser *p, const char ***columns, const char ***terms, size_t *n,
               bool *is_autoincrement)
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
    *is_autoincrement = ddl_accept(p, "autoincrement");
    *columns = column_list.items;
    *terms = term_list.items;
    *n = term_list.n;
    return lexer_accept_punct(p->lexer, ")");
}

static const char *
parse_action(struct ddl_parser *p)
{
    static const char *const actions[] = {"SET NULL", "SET DEFAULT", "CASCADE", "RESTRICT", "NO ACTION"};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        if (ddl_accept(p, actions[i])) {
            return actions[i];
        }
    }
    return NULL;
}

bool
ddl_take_deferrable(struct ddl_parser *p, bool *is_deferred)
{
    bool not_deferrable = ddl_accept(p, "not deferrable");
    if (!not_deferrable && !ddl_accept(p, "deferrable")) {
        return false;
    }
    bool deferred = ddl_accept(p, "initially deferred");
    (void)(deferred || ddl_accept(p, "initially immediate"));
    *is_deferred = deferred && !not_deferrable;
    return true;
}

bool
ddl_take_reference(struct ddl_parser *p, struct ddl_reference *out)
{
    out->on_delete = out->on_update = "NO ACTION";
    out->parent = lexer_name(p->lexer, p->arena);
    if (out->parent == NULL) {
        return false;
    }
    if (token_is_punct(ddl_peek(p), "(") &&
        !ddl_take_names(p, &out->parent_columns, &out->n_parent_columns)) {
        return false;
    }
    for (;;) {
        const char *ignored = "";
        const char **action = ddl_accept(p, "on delete")   ? &out->on_delete
                              : ddl_accept(p, "on update") ? &out->on_update
                              : ddl_accept(p, "on insert") ? &ignored
                                                           : NULL;
        if (action == NULL && !ddl_accept(p, "match")) {
            return true;
        }
        if (action == NULL) {
            (void)lexer_name(p->lexer, p->arena);
        } else if ((*action = parse_action(p)) == NULL) {
            return false;
        }
    }
}
