/* Growable arrays in an arena. A vec is any struct with `items`, `n` and `cap`. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC(type)                                                                                            \
    struct {                                                                                                 \
        type *items;                                                                                         \
        size_t n;                                                                                            \
        size_t cap;                                                                                          \
    }

/* Returns the items, moved when they had to grow; the old copy stays in the arena. */
void *vec_grow(struct arena *arena, void *items, size_t n, size_t *cap, size_t item_len);

#define vec_push(arena, vec, ...)                                                                            \
    do {                                                                                                     \
        (vec)->items = vec_grow((arena), (vec)->items, (vec)->n, &(vec)->cap, sizeof((vec)->items[0]));      \
        (vec)->items[(vec)->n++] = (__VA_ARGS__);                                                            \
    } while (0)

#endif
