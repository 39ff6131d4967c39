#include "schema/object.h"

#include "base/err.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[OBJECT_KIND_COUNT] = {
    [OBJECT_SCHEMA] = "schema",
    [OBJECT_EXTENSION] = "extension",
    [OBJECT_TYPE] = "type",
    [OBJECT_SEQUENCE] = "sequence",
    [OBJECT_TABLE] = "table",
    [OBJECT_COLUMN] = "column",
    [OBJECT_CONSTRAINT] = "constraint",
    [OBJECT_FOREIGN_KEY] = "foreign key",
    [OBJECT_INDEX] = "index",
    [OBJECT_VIEW] = "view",
    [OBJECT_FUNCTION] = "function",
    [OBJECT_PROCEDURE] = "procedure",
    [OBJECT_TRIGGER] = "trigger",
    [OBJECT_RULE] = "rule",
    [OBJECT_POLICY] = "policy",
    [OBJECT_EVENT] = "event",
    [OBJECT_GRANT] = "grant",
    [OBJECT_COMMENT] = "comment",
    [OBJECT_OTHER] = "other",
};

const char *
object_kind_name(enum object_kind kind)
{
    return kind_names[kind];
}

bool
object_kind_from_name(const char *name, enum object_kind *out)
{
    for (size_t i = 0; i < OBJECT_KIND_COUNT; i++) {
        if (str_eq(kind_names[i], name)) {
            *out = (enum object_kind)i;
            return true;
        }
    }
    return false;
}

void
catalog_init(struct catalog *catalog)
{
    *catalog = (struct catalog){0};
}

void
catalog_init_sum(struct catalog *catalog)
{
    *catalog = (struct catalog){.is_sum_only = true};
}

void
catalog_release(struct catalog *catalog)
{
    arena_release(&catalog->arena);
    arena_release(&catalog->list);
    *catalog = (struct catalog){0};
}

static const char *
copy(struct arena *arena, const char *str)
{
    return str_is_empty(str) ? "" : arena_strdup(arena, str);
}

static struct object
copy_object(struct arena *arena, const struct object *object)
{
    struct object out = *object;
    out.name = copy(arena, object->name);
    out.table = copy(arena, object->table);
    out.text = copy(arena, object->text);
    out.stored = copy(arena, object->stored);
    return out;
}

static const struct object *
keep(struct arena *arena, const struct object *object)
{
    if (object == NULL) {
        return NULL;
    }
    struct object *kept = arena_new(arena, struct object);
    *kept = copy_object(arena, object);
    return kept;
}

void
catalog_diff_keep(struct catalog_diff *diff, struct arena *arena)
{
    for (size_t i = 0; i < diff->n; i++) {
        diff->changes[i].before = keep(arena, diff->changes[i].before);
        diff->changes[i].after = keep(arena, diff->changes[i].after);
    }
}

/* There may be a hundred thousand: the old list is not left behind. */
static void
make_room(struct catalog *catalog)
{
    struct arena list = {0};
    catalog->objects =
        vec_grow(&list, catalog->objects, catalog->n, &catalog->cap, sizeof(catalog->objects[0]));
    arena_release(&catalog->list);
    catalog->list = list;
}

void
catalog_add(struct catalog *catalog, const struct object *object)
{
    struct arena *arena = &catalog->arena;
    if (catalog->is_sum_only) {
        bool is_hashed = object->hash.low != 0 || object->hash.high != 0;
        catalog->fingerprint =
            hash128_add(catalog->fingerprint, is_hashed ? object->hash : object_hash(object));
        return;
    }
    struct object added = copy_object(arena, object);
    if (added.hash.low == 0 && added.hash.high == 0) {
        added.hash = object_hash(&added);
    }
    if (catalog->n == catalog->cap) {
        make_room(catalog);
    }
    catalog->objects[catalog->n++] = added;
}

static int
compare_names(const struct object *a, const struct object *b)
{
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcmp(a->name, b->name);
}

int
object_compare(const void *left, const void *right)
{
    const struct object *a = left;
    const struct object *b = right;
    int order = compare_names(a, b);
    order = order != 0 ? order : strcmp(a->text, b->text);
    order = order != 0 ? order : strcmp(a->table, b->table);
    return order != 0 ? order : strcmp(a->stored, b->stored);
}

void
catalog_seal(struct catalog *catalog)
{
    if (catalog->is_sum_only) {
        return;
    }
    if (catalog->n > 0) {
        qsort(catalog->objects, catalog->n, sizeof(catalog->objects[0]), object_compare);
    }
    catalog->fingerprint = (struct hash128){0, 0};
    for (size_t i = 0; i < catalog->n; i++) {
        catalog->fingerprint = hash128_add(catalog->fingerprint, catalog->objects[i].hash);
    }
}

const struct object *
catalog_find(const struct catalog *catalog, enum object_kind kind, const char *name)
{
    const struct object wanted = {.kind = kind, .name = name};
    size_t low = 0;
    size_t high = catalog->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare_names(&catalog->objects[mid], &wanted) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    bool is_found = low < catalog->n && compare_names(&catalog->objects[low], &wanted) == 0;
    return is_found ? &catalog->objects[low] : NULL;
}

static unsigned char *
put_u64(unsigned char *at, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++) {
        *at++ = (unsigned char)(number >> (8 * i));
    }
    return at;
}

/* A hash of the fields' hashes, little-endian: no copying of texts, and the same on every machine, because
 * the registry keeps fingerprints. */
struct hash128
object_hash(const struct object *object)
{
    const char *const fields[] = {object->name, object->table, object->text, object->stored};
    unsigned char bytes[16 + 16 * COUNT_OF(fields)];
    unsigned char *at = put_u64(bytes, (uint64_t)object->kind);
    at = put_u64(at, object->position);
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct hash128 hash = hash128(span_of(str_is_empty(fields[i]) ? "" : fields[i]));
        at = put_u64(at, hash.low);
        at = put_u64(at, hash.high);
    }
    return hash128((struct span){(const char *)bytes, sizeof(bytes)});
}

/* -- changes -----------------------------------------------------------------------------------------------
 */

void
object_changes_between(const struct catalog *before, const struct catalog *after, struct arena *arena,
                       struct object_changes *out)
{
    size_t b = 0;
    size_t a = 0;
    size_t n_before = before == NULL ? 0 : before->n;
    *out = (struct object_changes){0};
    while (b < n_before || a < after->n) {
        const struct object *old = b < n_before ? &before->objects[b] : NULL;
        const struct object *new = a < after->n ? &after->objects[a] : NULL;
        int order = old == NULL ? 1 : new == NULL ? -1 : compare_names(old, new);
        struct object_change change = {order <= 0 ? old : NULL, order >= 0 ? new : NULL};
        if (order != 0 || !hash128_eq(old->hash, new->hash)) {
            vec_push(arena, out, change);
        }
        b += order <= 0;
        a += order >= 0;
    }
}

struct hash128
object_changes_fingerprint(const struct object_changes *changes, struct hash128 fingerprint)
{
    for (size_t i = 0; i < changes->n; i++) {
        const struct object_change *change = &changes->items[i];
        if (change->before != NULL) {
            fingerprint = hash128_sub(fingerprint, change->before->hash);
        }
        if (change->after != NULL) {
            fingerprint = hash128_add(fingerprint, change->after->hash);
        }
    }
    return fingerprint;
}

/* Where the object stands in a sealed catalogue; bug when it is not there. */
static size_t
find_place(const struct catalog *catalog, const struct object *object)
{
    const struct object *found =
        bsearch(object, catalog->objects, catalog->n, sizeof(*catalog->objects), object_compare);
    require(found != NULL);
    return (size_t)(found - catalog->objects);
}

static void
take_out(struct catalog *catalog, const struct object_changes *changes)
{
    enum { GONE = OBJECT_KIND_COUNT };
    size_t first = catalog->n;
    size_t *places = arena_new_array(&catalog->arena, size_t, changes->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < changes->n; i++) {
        if (changes->items[i].before != NULL) {
            places[n] = find_place(catalog, changes->items[i].before);
            first = places[n] < first ? places[n] : first;
            n++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        catalog->objects[places[i]].kind = (enum object_kind)GONE;
    }
    size_t kept = first;
    for (size_t i = first; i < catalog->n; i++) {
        if ((int)catalog->objects[i].kind != GONE) {
            catalog->objects[kept++] = catalog->objects[i];
        }
    }
    catalog->n = kept;
}

/* Merges from the end, in place: both parts are sorted. */
static void
sort_in(struct catalog *catalog, size_t n_old)
{
    size_t n_new = catalog->n - n_old;
    struct arena_mark mark = arena_save(&catalog->arena);
    struct object *new = arena_new_array(&catalog->arena, struct object, n_new + 1);
    memcpy(new, &catalog->objects[n_old], n_new * sizeof(*new));
    qsort(new, n_new, sizeof(*new), object_compare);
    for (size_t at = catalog->n; n_new > 0; at--) {
        bool is_old_greater = n_old > 0 && object_compare(&catalog->objects[n_old - 1], &new[n_new - 1]) > 0;
        catalog->objects[at - 1] = is_old_greater ? catalog->objects[--n_old] : new[--n_new];
    }
    arena_restore(&catalog->arena, mark);
}

void
catalog_apply(struct catalog *catalog, const struct object_changes *changes)
{
    struct hash128 fingerprint = object_changes_fingerprint(changes, catalog->fingerprint);
    take_out(catalog, changes);
    size_t n_old = catalog->n;
    for (size_t i = 0; i < changes->n; i++) {
        if (changes->items[i].after != NULL) {
            catalog_add(catalog, changes->items[i].after);
        }
    }
    if (catalog->n > n_old) {
        sort_in(catalog, n_old);
    }
    catalog->fingerprint = fingerprint;
}
