#include "recon/fk.h"

#include "base/vec.h"

#include <string.h>

static enum status
bad_place(const char *text, struct err *err)
{
    (void)err_raise(err, STATUS_USAGE, "'%s' is no table with columns", text);
    return err_hint(err, "write SERVICE.TABLE(COLUMN, ...); with one database, TABLE(COLUMN, ...)");
}

/* Cuts the service off the front of `*name`. */
static const char *
cut_service(struct span *name, const char *const *services, struct arena *arena)
{
    for (; services != NULL && *services != NULL; services++) {
        size_t len = span_of(*services).len;
        if (len > 0 && name->len > len + 1 && span_starts(*name, *services) && name->ptr[len] == '.') {
            *name = (struct span){name->ptr + len + 1, name->len - len - 1};
            return arena_strdup(arena, *services);
        }
    }
    return "";
}

enum status
fk_place_parse(const char *text, const char *const *services, struct arena *arena, struct fk_place *out,
               struct err *err)
{
    VEC(const char *) columns = {0};
    struct span all = span_trim(span_of(text));
    const char *open = all.len == 0 ? NULL : memchr(all.ptr, '(', all.len);
    if (open == NULL || all.ptr[all.len - 1] != ')') {
        return bad_place(text, err);
    }
    struct span name = span_trim((struct span){all.ptr, (size_t)(open - all.ptr)});
    struct span rest = {open + 1, all.len - (size_t)(open - all.ptr) - 2};
    for (bool more = true; more;) {
        const char *comma = rest.len == 0 ? NULL : memchr(rest.ptr, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
        struct span column = span_trim((struct span){rest.ptr, len});
        if (column.len == 0) {
            return bad_place(text, err);
        }
        vec_push(arena, &columns, arena_strndup(arena, column.ptr, column.len));
        more = comma != NULL;
        rest = (struct span){rest.ptr + len + more, rest.len - len - more};
    }
    out->service = cut_service(&name, services, arena);
    if (name.len == 0 || name.ptr[name.len - 1] == '.') {
        return bad_place(text, err);
    }
    out->table = arena_strndup(arena, name.ptr, name.len);
    out->columns = columns.items;
    out->n = columns.n;
    return STATUS_OK;
}

static enum status
resolve_column(const struct table *table, const char *name, const char **out, struct err *err)
{
    const char **names;
    ARENA_SCOPED scratch = {0};
    names = arena_new_array(&scratch, const char *, table->n_columns + 1);
    for (size_t i = 0; i < table->n_columns; i++) {
        names[i] = table->columns[i].name;
        if (str_eq_nocase(names[i], name) && (str_eq(names[i], name) || table_column(table, name) == NULL)) {
            *out = names[i];
            return STATUS_OK;
        }
    }
    const char *near = nearest_name(name, names, table->n_columns);
    (void)err_raise(err, STATUS_USAGE, "the table '%s' has no column '%s'", table->qualified, name);
    return near == NULL ? STATUS_USAGE : err_hint(err, "did you mean '%s'?", near);
}

static enum status
resolve(const struct fk_place *place, struct conn *conn, struct arena *arena, struct fk_end *out,
        struct table *table, struct err *err)
{
    TRY(conn_describe(conn, place->table, arena, table, err));
    *out = (struct fk_end){.service = place->service,
                           .conn = conn,
                           .table = table->qualified,
                           .columns = arena_new_array(arena, const char *, place->n + 1),
                           .is_partitioned = table->is_partitioned};
    for (size_t i = 0; i < place->n; i++) {
        TRY(resolve_column(table, place->columns[i], &out->columns[i], err));
    }
    return STATUS_OK;
}

/* A server compares values of one type without a word; of different types or collations it would convert them
 * by rules of its own, or refuse. */
static bool
can_compare_inside(const struct fk *fk, const struct table *child, const struct table *parent)
{
    for (size_t i = 0; i < fk->n_columns; i++) {
        const struct column *a = table_column(child, fk->child.columns[i]);
        const struct column *b = table_column(parent, fk->parent.columns[i]);
        if (a == NULL || b == NULL || a->type.kind != b->type.kind || a->type.kind == TYPE_ANY ||
            a->type.kind == TYPE_OPAQUE || a->type.kind == TYPE_ENUM || a->type.kind == TYPE_ARRAY ||
            a->type.kind == TYPE_JSON || !str_eq(a->collation, b->collation)) {
            return false;
        }
    }
    return fk->child.conn == fk->parent.conn;
}

enum status
fk_virtual(const char *name, const struct fk_place *child, struct conn *child_conn,
           const struct fk_place *parent, struct conn *parent_conn, struct arena *arena, struct fk *out,
           struct err *err)
{
    *out = (struct fk){.name = name, .n_columns = child->n, .is_virtual = true};
    if (child->n != parent->n) {
        return err_raise(err, STATUS_USAGE, "key '%s': %zu columns refer to %zu", name, child->n, parent->n);
    }
    struct table tables[2];
    if (resolve(child, child_conn, arena, &out->child, &tables[0], err) != STATUS_OK ||
        resolve(parent, parent_conn, arena, &out->parent, &tables[1], err) != STATUS_OK) {
        return err_wrap(err, "key '%s'", name);
    }
    out->is_inside = can_compare_inside(out, &tables[0], &tables[1]);
    return STATUS_OK;
}
