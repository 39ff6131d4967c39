#include "journal/delta.h"

#include <string.h>

/* Record: change kind, then the object before (unless added), then after (unless removed).
 * Object: kind, flags, position, then four strings. Numbers are LEB128, strings carry their length. */

static void
put_number(struct buf *out, uint64_t number)
{
    while (number >= 0x80) {
        buf_char(out, (char)((number & 0x7f) | 0x80));
        number >>= 7;
    }
    buf_char(out, (char)number);
}

static void
put_string(struct buf *out, const char *str)
{
    struct span span = span_of(str);
    put_number(out, span.len);
    buf_span(out, span);
}

static void
put_object(struct buf *out, const struct object *object)
{
    put_number(out, (uint64_t)object->kind);
    put_number(out, object->is_name_generated ? 1 : 0);
    put_number(out, object->position);
    put_string(out, object->name);
    put_string(out, object->table);
    put_string(out, object->text);
    put_string(out, object->stored);
}

static void
put_change(struct buf *out, const struct object *before, const struct object *after)
{
    put_number(out, before == NULL ? CHANGE_ADDED : after == NULL ? CHANGE_REMOVED : CHANGE_CHANGED);
    if (before != NULL) {
        put_object(out, before);
    }
    if (after != NULL) {
        put_object(out, after);
    }
}

void
delta_encode(const struct object_changes *changes, struct buf *out)
{
    for (size_t i = 0; i < changes->n; i++) {
        put_change(out, changes->items[i].before, changes->items[i].after);
    }
}

/* -- reading ------------------------------------------------------------------------------------- */

static bool
take_number(struct span *rest, uint64_t *out)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && rest->len > 0; shift += 7) {
        unsigned char byte = (unsigned char)*rest->ptr;
        rest->ptr++;
        rest->len--;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = number;
            return true;
        }
    }
    return false;
}

static bool
take_string(struct span *rest, struct arena *arena, const char **out)
{
    uint64_t len;
    if (!take_number(rest, &len) || len > rest->len) {
        return false;
    }
    *out = arena_strndup(arena, rest->ptr, (size_t)len);
    rest->ptr += len;
    rest->len -= (size_t)len;
    return true;
}

static bool
take_object(struct span *rest, struct arena *arena, struct object **out)
{
    uint64_t kind;
    uint64_t flags;
    uint64_t position;
    if (!take_number(rest, &kind) || kind >= OBJECT_KIND_COUNT || !take_number(rest, &flags) || flags > 1 ||
        !take_number(rest, &position)) {
        return false;
    }
    struct object *object = arena_new(arena, struct object);
    object->kind = (enum object_kind)kind;
    object->is_name_generated = flags == 1;
    object->position = (unsigned)position;
    *out = object;
    return take_string(rest, arena, &object->name) && take_string(rest, arena, &object->table) &&
           take_string(rest, arena, &object->text) && take_string(rest, arena, &object->stored);
}

static struct span
object_key(struct arena *arena, const struct object *object)
{
    return span_of(arena_printf(arena, "%d:%s", (int)object->kind, object->name));
}

void
schema_state_init(struct schema_state *state, struct arena *arena)
{
    state->arena = arena;
    map_init(&state->objects, arena);
}

static void
state_put(struct schema_state *state, struct object *object)
{
    map_put(&state->objects, object_key(state->arena, object), object);
}

static void
state_drop(struct schema_state *state, const struct object *object)
{
    map_remove(&state->objects, object_key(state->arena, object));
}

void
schema_state_add(struct schema_state *state, const struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->n; i++) {
        struct object *copy = arena_new(state->arena, struct object);
        *copy = catalog->objects[i];
        copy->name = arena_strdup(state->arena, copy->name);
        copy->table = arena_strdup(state->arena, copy->table);
        copy->text = arena_strdup(state->arena, copy->text);
        copy->stored = arena_strdup(state->arena, copy->stored);
        state_put(state, copy);
    }
}

static enum status
fold(struct schema_state *state, struct span delta, bool forward, struct err *err)
{
    while (delta.len > 0) {
        uint64_t kind;
        struct object *before = NULL;
        struct object *after = NULL;
        if (!take_number(&delta, &kind) || kind > CHANGE_CHANGED ||
            (kind != CHANGE_ADDED && !take_object(&delta, state->arena, &before)) ||
            (kind != CHANGE_REMOVED && !take_object(&delta, state->arena, &after))) {
            return err_raise(err, STATUS_CORRUPT, "the registry's record of a schema change cannot be read");
        }
        struct object *gone = forward ? before : after;
        struct object *come = forward ? after : before;
        if (gone != NULL) {
            state_drop(state, gone);
        }
        if (come != NULL) {
            state_put(state, come);
        }
    }
    return STATUS_OK;
}

enum status
schema_state_apply(struct schema_state *state, struct span delta, struct err *err)
{
    return fold(state, delta, true, err);
}

enum status
schema_state_revert(struct schema_state *state, struct span delta, struct err *err)
{
    return fold(state, delta, false, err);
}

void
schema_state_catalog(const struct schema_state *state, struct catalog *out)
{
    for (size_t i = 0; i < state->objects.cap; i++) {
        if (state->objects.slots[i].key.ptr != NULL && state->objects.slots[i].value != NULL) {
            catalog_add(out, state->objects.slots[i].value);
        }
    }
    catalog_seal(out);
}
