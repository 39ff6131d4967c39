#include "postgres/pg_tree.h"

#include "base/attr.h"
#include "base/buf.h"

#include <string.h>

void
pg_tree_release(json_t **tree)
{
    json_decref(*tree);
    *tree = NULL;
}

const char *
pg_node_kind(const json_t *node)
{
    void *at = json_is_object(node) ? json_object_iter((json_t *)(uintptr_t)node) : NULL;
    return at == NULL ? "" : json_object_iter_key(at);
}

const json_t *
pg_node_body(const json_t *node)
{
    void *at = json_is_object(node) ? json_object_iter((json_t *)(uintptr_t)node) : NULL;
    return at == NULL ? NULL : json_object_iter_value(at);
}

bool
pg_node_is(const json_t *node, const char *kind)
{
    return json_object_size(node) == 1 && str_eq(pg_node_kind(node), kind);
}

const char *
pg_text(const json_t *fields, const char *field)
{
    const char *text = json_string_value(json_object_get(fields, field));
    return text == NULL ? "" : text;
}

bool
pg_flag(const json_t *fields, const char *field)
{
    return json_is_true(json_object_get(fields, field));
}

bool
pg_is(const json_t *fields, const char *field, const char *value)
{
    return str_eq(pg_text(fields, field), value);
}

size_t
pg_location(const json_t *fields)
{
    json_int_t at = json_integer_value(json_object_get(fields, "location"));
    return at < 0 ? 0 : (size_t)at;
}

/* -- names ----------------------------------------------------------------------------------------------- */

const char *
pg_name_part(const json_t *list, size_t from, size_t n, struct arena *arena)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = from; i < from + n && i < json_array_size(list); i++) {
        const json_t *part = json_array_get(list, i);
        buf_str(&out, out.len > 0 ? "." : "");
        buf_str(&out, json_is_string(part) ? json_string_value(part) : pg_text(pg_node_body(part), "sval"));
    }
    return arena_strndup(arena, buf_cstr(&out), out.len);
}

static const char *
list_name(const json_t *list, struct arena *arena)
{
    return pg_name_part(list, 0, json_array_size(list), arena);
}

const char *
pg_name(const json_t *value, struct arena *arena)
{
    static const char *const holders[] = {"names", "objname", "items"};
    if (json_is_string(value)) {
        return arena_strdup(arena, json_string_value(value));
    }
    if (json_is_array(value)) {
        return list_name(value, arena);
    }
    if (json_object_get(value, "relname") != NULL) {
        const char *schema = pg_text(value, "schemaname");
        return arena_printf(arena, "%s%s%s", schema, *schema == '\0' ? "" : ".", pg_text(value, "relname"));
    }
    for (size_t i = 0; i < COUNT_OF(holders); i++) {
        const json_t *list = json_object_get(value, holders[i]);
        if (list != NULL) {
            return list_name(list, arena);
        }
    }
    if (json_object_get(value, "sval") != NULL) {
        return arena_strdup(arena, pg_text(value, "sval"));
    }
    if (json_object_get(value, "rolename") != NULL) {
        return arena_strdup(arena, pg_text(value, "rolename"));
    }
    return json_object_size(value) == 1 && json_is_object(pg_node_body(value))
               ? pg_name(pg_node_body(value), arena)
               : "";
}

/* -- types ----------------------------------------------------------------------------------------------- */

/* What the grammar makes of the standard's names, back again. */
static const struct {
    const char *internal;
    const char *sql;
} type_names[] = {
    {"int2", "smallint"},
    {"int4", "integer"},
    {"int8", "bigint"},
    {"float4", "real"},
    {"float8", "double precision"},
    {"bool", "boolean"},
    {"varchar", "character varying"},
    {"bpchar", "character"},
    {"varbit", "bit varying"},
    {"timetz", "time with time zone"},
    {"timestamptz", "timestamp with time zone"},
    {"timestamp", "timestamp without time zone"},
    {"time", "time without time zone"},
};

static const char *
type_base(const json_t *names, struct arena *arena)
{
    const char *first = pg_name_part(names, 0, 1, arena);
    bool is_system = str_eq(first, "pg_catalog") && json_array_size(names) == 2;
    const char *name = is_system ? pg_name_part(names, 1, 1, arena) : list_name(names, arena);
    for (size_t i = 0; i < COUNT_OF(type_names); i++) {
        if (str_eq(name, type_names[i].internal)) {
            return type_names[i].sql;
        }
    }
    return name;
}

static void
add_modifiers(struct buf *out, const json_t *modifiers)
{
    for (size_t i = 0; i < json_array_size(modifiers); i++) {
        const json_t *constant = pg_node_body(json_array_get(modifiers, i));
        const json_t *number = json_object_get(constant, "ival");
        buf_str(out, i == 0 ? "(" : ",");
        if (number != NULL) {
            buf_printf(out, "%lld", (long long)json_integer_value(json_object_get(number, "ival")));
        } else {
            buf_str(out, pg_text(json_object_get(constant, "sval"), "sval"));
        }
    }
    buf_str(out, json_array_size(modifiers) > 0 ? ")" : "");
}

const char *
pg_type_text(const json_t *type_name, struct arena *arena)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    const char *base = type_base(json_object_get(type_name, "names"), arena);
    const json_t *modifiers = json_object_get(type_name, "typmods");
    /* "timestamp(3) with time zone": the number stands inside the name. "interval" keeps its fields as a
     * mask. */
    const char *tail = str_starts(base, "time") ? strchr(base, ' ') : NULL;
    buf_add(&out, base, tail == NULL ? strlen(base) : (size_t)(tail - base));
    if (!str_eq(base, "interval")) {
        add_modifiers(&out, modifiers);
    }
    buf_str(&out, tail == NULL ? "" : tail);
    for (size_t i = 0; i < json_array_size(json_object_get(type_name, "arrayBounds")); i++) {
        buf_str(&out, "[]");
    }
    return arena_strndup(arena, buf_cstr(&out), out.len);
}

/* -- searching ------------------------------------------------------------------------------------------- */

bool
pg_each(const json_t *tree, const char *kind, bool (*visit)(void *context, const json_t *fields),
        void *context)
{
    if (json_is_array(tree)) {
        for (size_t i = 0; i < json_array_size(tree); i++) {
            if (!pg_each(json_array_get(tree, i), kind, visit, context)) {
                return false;
            }
        }
        return true;
    }
    if (!json_is_object(tree)) {
        return true;
    }
    for (void *at = json_object_iter((json_t *)(uintptr_t)tree); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)tree, at)) {
        const json_t *value = json_object_iter_value(at);
        if (str_eq(json_object_iter_key(at), kind) && json_is_object(value) && !visit(context, value)) {
            return false;
        }
        if (!pg_each(value, kind, visit, context)) {
            return false;
        }
    }
    return true;
}
