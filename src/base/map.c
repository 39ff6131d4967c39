#include "base/map.h"

#include "base/hash.h"

/* Open addressing, linear probing, removal by shifting back: no tombstones, so lookups never slow down. */

void
map_init(struct map *map, struct arena *arena)
{
    *map = (struct map){.arena = arena};
}

/* The slot that holds `key`, or the empty one where it belongs. There is always an empty one. */
static size_t
find_slot(const struct map_slot *slots, size_t cap, struct span key)
{
    size_t at = (size_t)hash64(key) & (cap - 1);
    while (slots[at].key.ptr != NULL && !span_eq(slots[at].key, key)) {
        at = (at + 1) & (cap - 1);
    }
    return at;
}

void *
map_get(const struct map *map, struct span key)
{
    if (map->cap == 0) {
        return NULL;
    }
    const struct map_slot *slot = &map->slots[find_slot(map->slots, map->cap, key)];
    return slot->key.ptr == NULL ? NULL : slot->value;
}

static void
grow(struct map *map)
{
    size_t cap = map->cap == 0 ? 16 : map->cap * 2;
    struct map_slot *slots = arena_new_array(map->arena, struct map_slot, cap);
    for (size_t i = 0; i < map->cap; i++) {
        if (map->slots[i].key.ptr != NULL) {
            slots[find_slot(slots, cap, map->slots[i].key)] = map->slots[i];
        }
    }
    map->slots = slots;
    map->cap = cap;
}

void *
map_put(struct map *map, struct span key, void *value)
{
    if ((map->n + 1) * 4 > map->cap * 3) {
        grow(map);
    }
    struct map_slot *slot = &map->slots[find_slot(map->slots, map->cap, key)];
    void *before = slot->value;
    if (slot->key.ptr == NULL) {
        slot->key = (struct span){arena_strndup(map->arena, key.ptr, key.len), key.len};
        map->n++;
    }
    slot->value = value;
    return before;
}

void *
map_remove(struct map *map, struct span key)
{
    if (map->cap == 0) {
        return NULL;
    }
    size_t mask = map->cap - 1;
    size_t hole = find_slot(map->slots, map->cap, key);
    void *removed = map->slots[hole].value;
    if (map->slots[hole].key.ptr == NULL) {
        return NULL;
    }
    for (size_t at = (hole + 1) & mask; map->slots[at].key.ptr != NULL; at = (at + 1) & mask) {
        size_t home = (size_t)hash64(map->slots[at].key) & mask;
        /* It may move into the hole when its home does not lie between the hole and itself. */
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole] = (struct map_slot){{NULL, 0}, NULL};
    map->n--;
    return removed;
}
