/* The schema after a script, without reading all of it. What the script's effects say has to be local: it
 * made tables, views, indexes or columns, or changed rows. Then what it changed stands on relations that its
 * transaction has locked, whatever they are called and whoever did it: partitions and children that went
 * along with their parent, tables that a trigger made. Anything else (renaming, dropping, types, functions,
 * grants, what cannot be told) is for a whole reading. */
#include "postgres/pg.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

static bool
is_local_create(const struct effect *effect)
{
    return effect->object == OBJECT_TABLE || effect->object == OBJECT_INDEX ||
           effect->object == OBJECT_COLUMN || effect->object == OBJECT_CONSTRAINT ||
           effect->object == OBJECT_FOREIGN_KEY || effect->object == OBJECT_SEQUENCE ||
           effect->object == OBJECT_VIEW;
}

/* Its reach ends at the relations it locks. */
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
    case EFFECT_TRUNCATE:
    case EFFECT_LOCK:
    case EFFECT_READ:
        return true;
    case EFFECT_SESSION:
        return !str_eq(effect->name, "role") && !str_eq(effect->name, "session_authorization");
    case EFFECT_DROP:
    case EFFECT_RENAME:
    case EFFECT_ALTER:
    case EFFECT_DROP_COLUMN:
    case EFFECT_TRANSACTION:
    case EFFECT_UNKNOWN:
        return false;
    }
    return false;
}

static bool
are_local(const struct effects *effects)
{
    for (size_t i = 0; i < effects->n; i++) {
        if (!is_local(&effects->items[i])) {
            return false;
        }
    }
    return true;
}

/* -- what was known of the locked relations -----------------------------------------------------------------
 */

struct old_part {
    const struct catalog *since;
    struct arena *arena;
    struct catalog *out;
};

static void
take(const struct old_part *part, const struct object *object)
{
    struct catalog *out = part->out;
    out->objects = vec_grow(part->arena, out->objects, out->n, &out->cap, sizeof(*out->objects));
    out->objects[out->n++] = *object;
}

/* The first object of that kind whose name does not come before `name`. */
static size_t
lower_bound(const struct catalog *catalog, enum object_kind kind, const char *name)
{
    size_t low = 0;
    size_t high = catalog->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct object *object = &catalog->objects[mid];
        bool is_before = object->kind != kind ? object->kind < kind : strcmp(object->name, name) < 0;
        low = is_before ? mid + 1 : low;
        high = is_before ? high : mid;
    }
    return low;
}

/* Their names begin with the relation's, so that they stand together. */
static void
take_members(const struct old_part *part, const char *relation, enum object_kind kind)
{
    const struct catalog *since = part->since;
    const char *prefix = arena_printf(part->arena, "%s.", relation);
    for (size_t i = lower_bound(since, kind, prefix); i < since->n; i++) {
        const struct object *object = &since->objects[i];
        if (object->kind != kind || !str_starts(object->name, prefix)) {
            return;
        }
        if (str_eq(object->table, relation)) {
            take(part, object);
        }
    }
}

/* Theirs do not. */
static void
take_owned(const struct old_part *part, const struct map *relations, enum object_kind kind)
{
    const struct catalog *since = part->since;
    for (size_t i = lower_bound(since, kind, ""); i < since->n && since->objects[i].kind == kind; i++) {
        const struct object *object = &since->objects[i];
        bool is_itself = kind == OBJECT_SEQUENCE && map_get(relations, span_of(object->name)) != NULL;
        if (is_itself || (*object->table != '\0' && map_get(relations, span_of(object->table)) != NULL)) {
            take(part, object);
        }
    }
}

static bool
is_relation(const struct object *object)
{
    return object->kind == OBJECT_TABLE || object->kind == OBJECT_VIEW || object->kind == OBJECT_SEQUENCE;
}

/* A relation that has just come has no past. */
static void
take_past(const struct old_part *part, const struct catalog *read, struct map *relations)
{
    static const enum object_kind members[] = {OBJECT_COLUMN, OBJECT_CONSTRAINT, OBJECT_FOREIGN_KEY};
    static const enum object_kind owned[] = {OBJECT_SEQUENCE, OBJECT_INDEX, OBJECT_COMMENT, OBJECT_OTHER};
    for (size_t i = 0; i < read->n; i++) {
        const struct object *object = &read->objects[i];
        const struct object *old =
            is_relation(object) ? catalog_find(part->since, object->kind, object->name) : NULL;
        if (old == NULL) {
            continue;
        }
        map_put(relations, span_of(object->name), relations);
        if (object->kind != OBJECT_SEQUENCE) {
            take(part, old);
        }
        for (size_t k = 0; k < COUNT_OF(members); k++) {
            take_members(part, object->name, members[k]);
        }
    }
    for (size_t k = 0; k < COUNT_OF(owned) && relations->n > 0; k++) {
        take_owned(part, relations, owned[k]);
    }
    if (part->out->n > 0) {
        qsort(part->out->objects, part->out->n, sizeof(*part->out->objects), object_compare);
    }
}

/* -- the difference
 * ------------------------------------------------------------------------------------------
 */

static void
free_catalog(struct catalog *catalog)
{
    catalog_release(catalog);
}

/* The objects that were read, with the arena's lifetime. */
static void
keep(const struct catalog *read, struct arena *arena, struct catalog *out)
{
    out->objects = arena_new_array(arena, struct object, read->n + 1);
    out->n = read->n;
    for (size_t i = 0; i < read->n; i++) {
        struct object *object = &out->objects[i];
        *object = read->objects[i];
        object->name = arena_strdup(arena, object->name);
        object->table = arena_strdup(arena, object->table);
        object->text = arena_strdup(arena, object->text);
        object->stored = arena_strdup(arena, object->stored);
    }
}

enum status
pg_catalog_changes(struct conn *conn, const struct catalog *since, const struct effects *effects,
                   struct arena *arena, struct object_changes *out, bool *known, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    CLEANUP(free_catalog) struct catalog read = {0};
    struct map relations;
    *known = pg_txn_state(conn) == TXN_OPEN && are_local(effects);
    if (!*known) {
        return STATUS_OK;
    }
    TRY(pg_catalog_locked(pg_of(conn), &read, known, err));
    struct catalog *old = arena_new(arena, struct catalog);
    struct catalog *new = arena_new(arena, struct catalog);
    map_init(&relations, &scratch);
    take_past(&(struct old_part){since, arena, old}, &read, &relations);
    keep(&read, arena, new);
    object_changes_between(old, new, arena, out);
    return STATUS_OK;
}
