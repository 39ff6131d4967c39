/* An invertible sketch of a multiset of rows: two of them, subtracted, give back the rows in which the
 * multisets differ, whatever their size, as long as there are not too many of those.
 *
 * An invertible Bloom lookup table: Goodrich and Mitzenmacher, "Invertible Bloom Lookup Tables" (2011),
 * filled by four updates a row into four partitions; subtracted and peeled as in Eppstein, Goodrich, Uyeda
 * and Varghese, "What's the Difference? Efficient Set Reconciliation without Prior Context" (2011). Cells
 * hold sums, not XORs, and wide enough never to wrap, so that a row that is there several times is told with
 * its number.
 *
 * An item is a row's key (64-bit hash) and content (128-bit hash). A row that changed is two items: one of
 * each side, with the same key. */
#ifndef RECON_SKETCH_H
#define RECON_SKETCH_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SKETCH_PARTITIONS = 4,
    SKETCH_BITS_MIN = 6,      /* 256 cells, 16 KiB */
    SKETCH_BITS_DEFAULT = 13, /* 32,768 cells, 2 MiB: about one core's cache */
    SKETCH_BITS_MAX = 16,
    SKETCH_CELL_LEN = 64 /* bytes, in memory and in files */
};

/* Owned by the arena it was made in. */
struct sketch {
    struct sketch_cell *cells; /* SKETCH_PARTITIONS << bits of them, partition after partition */
    unsigned bits;
};

struct sketch_item {
    uint64_t key;
    struct hash128 row;
    int64_t count; /* copies more on the left (positive) or on the right (negative); never 0 */
};

struct sketch_items {
    struct sketch_item *items;
    size_t n;
    size_t cap;
};

/* Differing items that a sketch of that size is meant for: 0.6 of its cells. Of so many, the smallest decodes
 * all but once in a thousand times, larger ones fail far more rarely (tests/bench/sketch.c); beyond 0.77 none
 * does. */
size_t sketch_capacity(unsigned bits);
/* The least size whose capacity is `n_items`, or the greatest there is. */
unsigned sketch_bits_for(uint64_t n_items);

/* Empty; `bits` within the bounds above. */
void sketch_init(struct sketch *sketch, unsigned bits, struct arena *arena);
/* Empty again, at the size it has. */
void sketch_clear(struct sketch *sketch);
void sketch_copy(const struct sketch *sketch, struct arena *arena, struct sketch *out);
/* `count` copies of a row come; negative: go. */
void sketch_add(struct sketch *sketch, uint64_t key, struct hash128 row, int64_t count);
/* One copy of each of `n` rows: cells are asked for ahead, so that their way from memory overlaps. */
struct sketch_entry {
    uint64_t key;
    struct hash128 row;
};
void sketch_add_rows(struct sketch *sketch, const struct sketch_entry *rows, size_t n);
/* The same sketch at a smaller size: what sketch_init(bits) and the same additions would have given. */
void sketch_fold(struct sketch *sketch, unsigned bits);
/* What both hold in one sketch; folded to the smaller of the two, as is `other`. */
void sketch_merge(struct sketch *sketch, struct sketch *other);
/* `left` becomes the difference of the two; both are folded to the smaller size. */
void sketch_subtract(struct sketch *left, struct sketch *right);

/* The number of rows that were added, as every partition counts them; false when they do not agree, so that
 * it was not made by adding rows. */
bool sketch_rows(const struct sketch *sketch, uint64_t *out);

/* Takes the items out of a difference (which is used up) and appends them to `out` (arena). True: these are
 * all. False: there are more than it can tell, and those in `out` are some of them. An item that is not in
 * the difference passes the check of one cell once in 2^64 times. */
bool sketch_decode(struct sketch *sketch, struct arena *arena, struct sketch_items *out);

/* One byte with the bits, then the cells. */
void sketch_write(const struct sketch *sketch, struct buf *out);
/* False: what is there is no sketch. The cells are not trusted: decoding stays within bounds, whatever they
 * say. */
bool sketch_read(struct wire *wire, struct arena *arena, struct sketch *out);

#endif
