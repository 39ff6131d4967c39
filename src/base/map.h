/* Hash map from byte strings to pointers; keys and nodes live in an arena. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"
#include "base/str.h"

struct map_slot {
    struct span key;
    void *value;
};

/* Iterate over slots[0 .. cap) and skip those whose key.ptr is NULL. */
struct map {
    struct map_slot *slots;
    size_t n;
    size_t cap; /* power of two; 0 before the first put */
    struct arena *arena;
};

void map_init(struct map *map, struct arena *arena);
/* NULL when absent. */
void *map_get(const struct map *map, struct span key);
/* Copies the key when it is new; returns the value that stood there before, or NULL. */
void *map_put(struct map *map, struct span key, void *value);
/* Returns the removed value, or NULL. */
void *map_remove(struct map *map, struct span key);

#endif
