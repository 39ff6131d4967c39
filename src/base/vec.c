#include "base/vec.h"

#include <stdint.h>
#include <string.h>

void *
vec_grow(struct arena *arena, void *items, size_t n, size_t *cap, size_t item_len)
{
    if (n < *cap) {
        return items;
    }
    size_t grown = *cap == 0 ? 8 : *cap * 2;
    void *moved = arena_array(arena, grown, item_len);
    if (n > 0) {
        memcpy(moved, items, n * item_len);
    }
    *cap = grown;
    return moved;
}
