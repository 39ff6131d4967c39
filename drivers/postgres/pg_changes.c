/* The schema after a script, without reading all of it: where the parse tree says that a script only made
 * tables, views, indexes and columns, or changed rows, what can have changed hangs on the relations that it
 * names. Anything else (renaming, dropping, types, functions, grants, what cannot be told) is for a whole
 * reading. */
#include "postgres/pg.h"

#include "base/map.h"

#include <string.h>

static bool
is_local_create(const struct effect *effect)
{
    return effect->object == OBJECT_TABLE || effect->object == OBJECT_INDEX ||
           effect->object == OBJECT_COLUMN || effect->object == OBJECT_CONSTRAINT ||
           effect->object == OBJECT_FOREIGN_KEY ||
           (effect->object == OBJECT_VIEW && !(effect->flags & EFFECT_OR_REPLACE));
}

/* Its reach ends at the relation it names. */
static bool
is_local(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_CREATE:
        return is_local_create(effect);
    case EFFECT_ADD_COLUMN:
    case EFFECT_COLUMN_TYPE:
    case EFFECT_SET_NOT_NULL:
    case EFFECT_DROP_NOT_NULL:
    case EFFECT_SET_DEFAULT:
    case EFFECT_DROP_DEFAULT:
    case EFFECT_INSERT:
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
    case EFFECT_READ:
        return (effect->flags & EFFECT_CASCADE) == 0;
    case EFFECT_SESSION:
        return !str_eq(effect->name, "search_path") && !str_eq(effect->name, "role");
    case EFFECT_DROP:
    case EFFECT_RENAME:
    case EFFECT_ALTER:
    case EFFECT_DROP_COLUMN:
    case EFFECT_TRUNCATE:
    case EFFECT_LOCK:
    case EFFECT_TRANSACTION:
    case EFFECT_UNKNOWN:
        return false;
    }
    return false;
}

static const char *
last_part(const char *qualified)
{
    const char *dot = strrchr(qualified, '.');
    return dot == NULL ? qualified : dot + 1;
}

/* An element of a PostgreSQL array in its text form. */
static void
add_element(struct buf *out, const char *name)
{
    buf_char(out, out->len == 1 ? '"' : ',');
    if (buf_cstr(out)[out->len - 1] == ',') {
        buf_char(out, '"');
    }
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            buf_char(out, '\\');
        }
        buf_char(out, *at);
    }
    buf_char(out, '"');
}

static void
note_relation(struct map *names, struct buf *array, const char *qualified)
{
    const char *name = last_part(qualified);
    if (*name != '\0' && map_put(names, span_of(name), names) == NULL) {
        add_element(array, name);
    }
}

/* False when an effect reaches further. */
static bool
name_relations(const struct effects *effects, struct map *names, struct buf *array)
{
    buf_char(array, '{');
    for (size_t i = 0; i < effects->n; i++) {
        const struct effect *effect = &effects->items[i];
        bool is_view = effect->kind == EFFECT_CREATE && effect->object == OBJECT_VIEW;
        bool is_table = effect->kind == EFFECT_CREATE && effect->object == OBJECT_TABLE;
        if (!is_local(effect)) {
            return false;
        }
        note_relation(names, array, is_view || is_table ? effect->name : effect->table);
    }
    buf_char(array, '}');
    return true;
}

/* The relations and their sequences as an array of ids, which the planner takes for few. Default privileges
 * and event triggers act on whatever is made, where no effect tells: then `*oids` is NULL. */
static enum status
find_oids(struct conn *conn, const char *names, struct arena *arena, const char **oids, struct err *err)
{
    static const char query[] =
        "SELECT CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_default_acl) AND NOT EXISTS (SELECT FROM "
        "pg_catalog.pg_event_trigger) THEN ARRAY(SELECT p.oid FROM pg_catalog.pg_class p WHERE p.relname = "
        "ANY (?::pg_catalog.text[]) UNION ALL SELECT d.objid FROM pg_catalog.pg_class p JOIN "
        "pg_catalog.pg_depend d ON "
        "d.refobjid = p.oid WHERE p.relname = ANY (?::pg_catalog.text[]) AND d.refclassid = "
        "'pg_catalog.pg_class'::pg_catalog.regclass AND d.classid = "
        "'pg_catalog.pg_class'::pg_catalog.regclass AND "
        "d.deptype IN ('a', 'i'))::pg_catalog.text END";
    struct value params[] = {value_text(names), value_text(names)};
    struct cursor *cursor = NULL;
    struct row row;
    *oids = NULL;
    TRY(pg_query(conn, query, params, COUNT_OF(params), &cursor, NULL, err));
    enum status status = pg_fetch(cursor, &row, err);
    if (status == STATUS_OK && row.n > 0 && !value_is_null(&row.values[0])) {
        *oids = value_to_str(&row.values[0], arena);
    }
    pg_finish(cursor);
    return status;
}

static bool
is_relation_part(enum object_kind kind)
{
    return kind == OBJECT_TABLE || kind == OBJECT_COLUMN || kind == OBJECT_CONSTRAINT ||
           kind == OBJECT_FOREIGN_KEY || kind == OBJECT_INDEX || kind == OBJECT_VIEW ||
           kind == OBJECT_SEQUENCE;
}

static void
push(struct arena *arena, struct catalog *part, const struct object *object)
{
    part->objects = vec_grow(arena, part->objects, part->n, &part->cap, sizeof(*part->objects));
    part->objects[part->n++] = *object;
}

/* What `since` has of the named relations, and whatever was read again by the same name. */
static struct catalog
old_part(const struct catalog *since, const struct map *names, const struct catalog *read,
         struct arena *arena)
{
    struct catalog part = {0};
    for (size_t i = 0; i < since->n; i++) {
        const struct object *object = &since->objects[i];
        bool is_named = is_relation_part(object->kind) && object->table[0] != '\0' &&
                        map_get(names, span_of(last_part(object->table))) != NULL;
        if (is_named || catalog_find(read, object->kind, object->name) != NULL) {
            push(arena, &part, object);
        }
    }
    return part;
}

static void
free_catalog(struct catalog *catalog)
{
    catalog_release(catalog);
}

/* The objects that were read, with the arena's lifetime. */
static struct catalog
new_part(const struct catalog *read, struct arena *arena)
{
    struct catalog part = {0};
    for (size_t i = 0; i < read->n; i++) {
        struct object object = read->objects[i];
        object.name = arena_strdup(arena, object.name);
        object.table = arena_strdup(arena, object.table);
        object.text = arena_strdup(arena, object.text);
        object.stored = arena_strdup(arena, object.stored);
        push(arena, &part, &object);
    }
    return part;
}

enum status
pg_catalog_changes(struct conn *conn, const struct catalog *since, const struct effects *effects,
                   struct arena *arena, struct object_changes *out, bool *known, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED array = BUF_INIT(BUF_TEXT_MAX);
    CLEANUP(free_catalog) struct catalog read = {0};
    struct map names;
    const char *oids;
    map_init(&names, &scratch);
    *known = name_relations(effects, &names, &array);
    if (!*known) {
        return STATUS_OK;
    }
    TRY(find_oids(conn, buf_cstr(&array), &scratch, &oids, err));
    *known = oids != NULL;
    if (!*known) {
        return STATUS_OK;
    }
    TRY(pg_catalog_named(pg, oids, &read, err));
    struct catalog *old = arena_new(arena, struct catalog);
    struct catalog *new = arena_new(arena, struct catalog);
    *old = old_part(since, &names, &read, arena);
    *new = new_part(&read, arena);
    object_changes_between(old, new, arena, out);
    return STATUS_OK;
}
