/* What a script does to the schema, noted while its statements are compiled: SQLite's authorizer names every
 * object that is made or dropped. So the schema need not be read again as a whole after each script. */
#include "sqlite/internal.h"

#include "base/vec.h"

#include <stdlib.h>

enum { NAMES_MAX = 64 };

static void
note_name(struct schema_watch *watch, const char *name)
{
    for (size_t i = 0; i < watch->names.n; i++) {
        if (str_eq_nocase(watch->names.items[i], name)) {
            return;
        }
    }
    if (watch->names.n == NAMES_MAX) {
        watch->is_exact = false;
        return;
    }
    const char *copy = arena_strdup(&watch->arena, name);
    vec_push(&watch->arena, &watch->names, copy);
}

/* Each object is filed under the table it belongs to; a view is its own. */
static int
on_action(void *context, int action, const char *first, const char *second, const char *schema,
          const char *trigger)
{
    struct schema_watch *watch = context;
    (void)schema;
    (void)trigger;
    switch (action) {
    case SQLITE_CREATE_TABLE:
    case SQLITE_DROP_TABLE:
    case SQLITE_CREATE_VIEW:
    case SQLITE_DROP_VIEW:
        note_name(watch, first);
        break;
    case SQLITE_CREATE_INDEX:
    case SQLITE_DROP_INDEX:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_DROP_TRIGGER:
        note_name(watch, second);
        break;
    case SQLITE_ALTER_TABLE: /* a renaming reaches into other objects' texts */
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_VTABLE:
        watch->is_exact = false;
        break;
    default:
        break;
    }
    return SQLITE_OK;
}

void
watch_script(struct sqlite_conn *self, bool on)
{
    (void)sqlite3_set_authorizer(self->db, on ? on_action : NULL, on ? &self->watch : NULL);
}

/* A new authorizer has to be asked about every statement. */
void
watch_expire(struct sqlite_conn *self)
{
    struct schema_watch ignored = {0};
    (void)sqlite3_set_authorizer(self->db, on_action, &ignored);
    watch_script(self, self->in_script);
}

static void
forget(struct schema_watch *watch)
{
    arena_release(&watch->arena);
    watch->names.items = NULL;
    watch->names.n = watch->names.cap = 0;
}

void
watch_release(struct sqlite_conn *self)
{
    forget(&self->watch);
}

enum status
watch_begin(struct sqlite_conn *self, struct err *err)
{
    uint64_t version;
    if (self->watch.is_exact) {
        TRY(sqlite_schema_version(&self->conn, &version, err));
        self->watch.is_exact = version == self->watch.version;
    }
    return STATUS_OK;
}

enum status
watch_restart(struct sqlite_conn *self, struct err *err)
{
    forget(&self->watch);
    TRY(sqlite_schema_version(&self->conn, &self->watch.version, err));
    self->watch.is_exact = true;
    return STATUS_OK;
}

/* -- what it amounts to
 * ---------------------------------------------------------------------------------------- */

static const char *
filed_under(const struct object *object)
{
    return object->table[0] == '\0' ? object->name : object->table;
}

/* Parts borrow their objects, and live in the arena as a whole. */
static void
push_object(struct arena *arena, struct catalog *part, const struct object *object)
{
    part->objects = vec_grow(arena, part->objects, part->n, &part->cap, sizeof(*part->objects));
    part->objects[part->n++] = *object;
}

/* The objects of `since` that are filed under the names, in its order. */
static struct catalog
old_part(const struct schema_watch *watch, const struct catalog *since, struct arena *arena)
{
    struct catalog part = {0};
    for (size_t i = 0; i < since->n; i++) {
        const char *name = filed_under(&since->objects[i]);
        for (size_t w = 0; w < watch->names.n; w++) {
            if (str_eq_nocase(watch->names.items[w], name)) {
                push_object(arena, &part, &since->objects[i]);
                break;
            }
        }
    }
    return part;
}

static enum status
new_part(struct sqlite_conn *self, struct arena *arena, struct catalog *out, bool *known, struct err *err)
{
    *out = (struct catalog){0};
    for (size_t w = 0; w < self->watch.names.n && *known; w++) {
        struct sqlite_entries entries = {0};
        TRY(catalog_read_entries(self, self->watch.names.items[w], arena, &entries, err));
        *known = !entries.has_virtual;
        for (size_t i = 0; i < entries.n; i++) {
            for (size_t j = 0; j < entries.items[i]->n; j++) {
                push_object(arena, out, &entries.items[i]->objects[j]);
            }
        }
    }
    if (out->n > 0) {
        qsort(out->objects, out->n, sizeof(*out->objects), object_compare);
    }
    return STATUS_OK;
}

enum status
sqlite_catalog_changes(struct conn *conn, const struct catalog *since, const struct effects *effects,
                       struct arena *arena, struct object_changes *out, bool *known, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    (void)effects; /* the engine itself told */
    *known = self->watch.is_exact && !sqlite3_get_autocommit(self->db);
    if (!*known) {
        return STATUS_OK;
    }
    struct catalog *old = arena_new(arena, struct catalog);
    struct catalog *new = arena_new(arena, struct catalog);
    *old = old_part(&self->watch, since, arena);
    TRY(new_part(self, arena, new, known, err));
    if (!*known) {
        return STATUS_OK;
    }
    object_changes_between(old, new, arena, out);
    return watch_restart(self, err);
}
