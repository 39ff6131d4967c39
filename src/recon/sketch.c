#include "recon/sketch.h"

#include "base/vec.h"

#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* Sums over the items that fall here, each as many times as it is there. A 64-bit number taken up to 2^63
 * times fits 127 bits and a sign, so the sum of one item, divided by its count, gives it back exactly. */
struct sketch_cell {
    wide key;
    wide low; /* of the row's hash */
    wide high;
    uint64_t check; /* this one wraps */
    uint64_t count; /* two's complement */
};

_Static_assert(sizeof(struct sketch_cell) == SKETCH_CELL_LEN, "one cache line");

struct place {
    uint64_t cells; /* 16 bits a partition */
    uint64_t check;
};

/* Where an item goes has to depend on all of it: two versions of one row must part ways. */
static struct place
place_of(uint64_t key, struct hash128 row)
{
    uint64_t words[3] = {key, row.low, row.high};
    struct hash128 hash = hash128((struct span){(const char *)words, sizeof(words)});
    return (struct place){hash.low, hash.high};
}

static size_t
n_cells(const struct sketch *sketch)
{
    return (size_t)SKETCH_PARTITIONS << sketch->bits;
}

static size_t
cell_index(const struct sketch *sketch, struct place place, unsigned partition)
{
    uint64_t within = (place.cells >> (16 * partition)) & ((UINT64_C(1) << sketch->bits) - 1);
    return ((size_t)partition << sketch->bits) + (size_t)within;
}

size_t
sketch_capacity(unsigned bits)
{
    return ((size_t)SKETCH_PARTITIONS << bits) * 6 / 10;
}

unsigned
sketch_bits_for(uint64_t n_items)
{
    unsigned bits = SKETCH_BITS_MIN;
    while (bits < SKETCH_BITS_MAX && sketch_capacity(bits) < n_items) {
        bits++;
    }
    return bits;
}

void
sketch_init(struct sketch *sketch, unsigned bits, struct arena *arena)
{
    require(bits >= SKETCH_BITS_MIN && bits <= SKETCH_BITS_MAX);
    sketch->bits = bits;
    char *room = arena_array(arena, n_cells(sketch) + 1, SKETCH_CELL_LEN);
    size_t past = (uintptr_t)room % SKETCH_CELL_LEN;
    sketch->cells = (struct sketch_cell *)(void *)(room + (past == 0 ? 0 : SKETCH_CELL_LEN - past));
}

void
sketch_clear(struct sketch *sketch)
{
    memset(sketch->cells, 0, n_cells(sketch) * SKETCH_CELL_LEN);
}

void
sketch_copy(const struct sketch *sketch, struct arena *arena, struct sketch *out)
{
    sketch_init(out, sketch->bits, arena);
    memcpy(out->cells, sketch->cells, n_cells(sketch) * SKETCH_CELL_LEN);
}

bool
sketch_rows(const struct sketch *sketch, uint64_t *out)
{
    for (size_t partition = 0; partition < SKETCH_PARTITIONS; partition++) {
        uint64_t rows = 0;
        for (size_t i = 0; i < (size_t)1 << sketch->bits; i++) {
            rows += sketch->cells[(partition << sketch->bits) + i].count;
        }
        if (partition > 0 && rows != *out) {
            return false;
        }
        *out = rows;
    }
    return true;
}

static void
add_at(struct sketch *sketch, struct place place, uint64_t key, struct hash128 row, uint64_t count)
{
    /* The sign goes into the upper half: the product is one of signed numbers. */
    wide factor = (wide)count - ((count >> 63) != 0 ? (wide)1 << 64 : 0);
    for (unsigned i = 0; i < SKETCH_PARTITIONS; i++) {
        struct sketch_cell *cell = &sketch->cells[cell_index(sketch, place, i)];
        cell->key += factor * key;
        cell->low += factor * row.low;
        cell->high += factor * row.high;
        cell->check += count * place.check;
        cell->count += count;
    }
}

void
sketch_add(struct sketch *sketch, uint64_t key, struct hash128 row, int64_t count)
{
    add_at(sketch, place_of(key, row), key, row, (uint64_t)count);
}

void
sketch_add_rows(struct sketch *sketch, const struct sketch_entry *rows, size_t n)
{
    enum { AHEAD = 32 };
    struct place places[AHEAD];
    for (size_t from = 0; from < n; from += AHEAD) {
        size_t len = n - from < AHEAD ? n - from : AHEAD;
        for (size_t i = 0; i < len; i++) {
            places[i] = place_of(rows[from + i].key, rows[from + i].row);
            for (unsigned part = 0; part < SKETCH_PARTITIONS; part++) {
                __builtin_prefetch(&sketch->cells[cell_index(sketch, places[i], part)], 1);
            }
        }
        for (size_t i = 0; i < len; i++) {
            for (unsigned part = 0; part < SKETCH_PARTITIONS; part++) {
                struct sketch_cell *cell = &sketch->cells[cell_index(sketch, places[i], part)];
                cell->key += rows[from + i].key;
                cell->low += rows[from + i].row.low;
                cell->high += rows[from + i].row.high;
                cell->check += places[i].check;
                cell->count++;
            }
        }
    }
}

static void
cell_add(struct sketch_cell *cell, const struct sketch_cell *other)
{
    cell->key += other->key;
    cell->low += other->low;
    cell->high += other->high;
    cell->check += other->check;
    cell->count += other->count;
}

/* A cell's place is the low bits of its 16, so halves of a partition fall onto each other. */
void
sketch_fold(struct sketch *sketch, unsigned bits)
{
    require(bits >= SKETCH_BITS_MIN && bits <= sketch->bits);
    size_t from = (size_t)1 << sketch->bits;
    size_t to = (size_t)1 << bits;
    for (size_t partition = 0; partition < SKETCH_PARTITIONS && from > to; partition++) {
        const struct sketch_cell *old = sketch->cells + partition * from;
        struct sketch_cell *folded = sketch->cells + partition * to;
        memmove(folded, old, to * sizeof(*folded));
        for (size_t i = to; i < from; i++) {
            cell_add(&folded[i & (to - 1)], &old[i]);
        }
    }
    sketch->bits = bits;
}

static void
fold_alike(struct sketch *a, struct sketch *b)
{
    unsigned bits = a->bits < b->bits ? a->bits : b->bits;
    sketch_fold(a, bits);
    sketch_fold(b, bits);
}

void
sketch_merge(struct sketch *sketch, struct sketch *other)
{
    fold_alike(sketch, other);
    for (size_t i = 0; i < n_cells(sketch); i++) {
        cell_add(&sketch->cells[i], &other->cells[i]);
    }
}

void
sketch_subtract(struct sketch *left, struct sketch *right)
{
    fold_alike(left, right);
    for (size_t i = 0; i < n_cells(left); i++) {
        struct sketch_cell *cell = &left->cells[i];
        const struct sketch_cell *other = &right->cells[i];
        cell->key -= other->key;
        cell->low -= other->low;
        cell->high -= other->high;
        cell->check -= other->check;
        cell->count -= other->count;
    }
}

/* `sum` as `count` times a 64-bit number; false when it is none. */
static bool
divide(wide sum, uint64_t count, bool is_negative, uint64_t *out)
{
    wide size = is_negative ? 0 - sum : sum;
    wide quotient = count == 1 ? size : size / count;
    *out = (uint64_t)quotient;
    return quotient <= UINT64_MAX && quotient * count == size;
}

/* Whether only one item, however often, is left in the cell. */
static bool
is_pure(const struct sketch *sketch, size_t index, struct sketch_item *item, struct place *place)
{
    const struct sketch_cell *cell = &sketch->cells[index];
    bool is_negative = (cell->count >> 63) != 0;
    uint64_t copies = is_negative ? 0 - cell->count : cell->count;
    if (copies == 0 || !divide(cell->key, copies, is_negative, &item->key) ||
        !divide(cell->low, copies, is_negative, &item->row.low) ||
        !divide(cell->high, copies, is_negative, &item->row.high)) {
        return false;
    }
    *place = place_of(item->key, item->row);
    memcpy(&item->count, &cell->count, sizeof(item->count));
    return cell->count * place->check == cell->check &&
           cell_index(sketch, *place, (unsigned)(index >> sketch->bits)) == index;
}

static bool
is_empty(const struct sketch *sketch)
{
    for (size_t i = 0; i < n_cells(sketch); i++) {
        const struct sketch_cell *cell = &sketch->cells[i];
        if (cell->key != 0 || cell->low != 0 || cell->high != 0 || cell->check != 0 || cell->count != 0) {
            return false;
        }
    }
    return true;
}

bool
sketch_decode(struct sketch *sketch, struct arena *arena, struct sketch_items *out)
{
    /* Each item empties a cell for good, so there cannot be more items than cells; only a sketch that was
     * made up could go on longer. A cell is looked at in the first sweep and whenever an item leaves it. */
    size_t limit = n_cells(sketch);
    size_t cap = limit + SKETCH_PARTITIONS * limit;
    uint32_t *queue = arena_new_array(arena, uint32_t, cap);
    size_t n = limit;
    size_t taken = 0;
    for (size_t i = 0; i < limit; i++) {
        queue[i] = (uint32_t)i;
    }
    for (size_t at = 0; at < n && taken < limit; at++) {
        struct sketch_item item;
        struct place place;
        if (!is_pure(sketch, queue[at], &item, &place)) {
            continue;
        }
        add_at(sketch, place, item.key, item.row, 0 - (uint64_t)item.count);
        vec_push(arena, out, item);
        taken++;
        for (unsigned i = 0; i < SKETCH_PARTITIONS; i++) {
            queue[n++] = (uint32_t)cell_index(sketch, place, i);
        }
    }
    return is_empty(sketch);
}

static void
put_wide(struct buf *out, wide number)
{
    wire_put_u64(out, (uint64_t)number);
    wire_put_u64(out, (uint64_t)(number >> 64));
}

static wide
get_wide(struct wire *wire)
{
    uint64_t low = wire_u64(wire);
    return (wide)wire_u64(wire) << 64 | low;
}

void
sketch_write(const struct sketch *sketch, struct buf *out)
{
    wire_put_u8(out, (uint8_t)sketch->bits);
    for (size_t i = 0; i < n_cells(sketch); i++) {
        const struct sketch_cell *cell = &sketch->cells[i];
        wire_put_u64(out, cell->count);
        put_wide(out, cell->key);
        put_wide(out, cell->low);
        put_wide(out, cell->high);
        wire_put_u64(out, cell->check);
    }
}

bool
sketch_read(struct wire *wire, struct arena *arena, struct sketch *out)
{
    unsigned bits = wire_u8(wire);
    if (bits < SKETCH_BITS_MIN || bits > SKETCH_BITS_MAX ||
        wire_left(wire) < ((size_t)SKETCH_PARTITIONS << bits) * SKETCH_CELL_LEN) {
        wire->is_bad = true;
        return false;
    }
    sketch_init(out, bits, arena);
    for (size_t i = 0; i < n_cells(out); i++) {
        struct sketch_cell *cell = &out->cells[i];
        cell->count = wire_u64(wire);
        cell->key = get_wide(wire);
        cell->low = get_wide(wire);
        cell->high = get_wide(wire);
        cell->check = wire_u64(wire);
    }
    return !wire->is_bad;
}
