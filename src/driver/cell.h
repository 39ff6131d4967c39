/* Reading the bytes of a cell: fixed widths, every bound checked. */
#ifndef DRIVER_CELL_H
#define DRIVER_CELL_H

#include "base/str.h"

#include <string.h>

/* A cell that is shorter than its form wants reads as zeros and is bad. */
struct cell {
    const unsigned char *at;
    size_t left;
    bool is_bad;
};

static inline struct cell
cell_over(struct span bytes)
{
    return (struct cell){(const unsigned char *)bytes.ptr, bytes.len, false};
}

static inline uint64_t
cell_take(struct cell *cell, size_t width, bool is_big)
{
    uint64_t number = 0;
    if (cell->left < width) {
        cell->is_bad = true;
        return 0;
    }
    for (size_t i = 0; i < width; i++) {
        number = number << 8 | cell->at[is_big ? i : width - 1 - i];
    }
    cell->at += width;
    cell->left -= width;
    return number;
}

static inline int64_t
cell_take_signed(struct cell *cell, size_t width, bool is_big)
{
    unsigned shift = (unsigned)(64 - 8 * width);
    return width == 0 ? 0 : (int64_t)(cell_take(cell, width, is_big) << shift) >> shift;
}

static inline double
cell_take_float(struct cell *cell, size_t width, bool is_big)
{
    uint64_t bits = cell_take(cell, width, is_big);
    double real;
    if (width == 4) {
        uint32_t low = (uint32_t)bits;
        float single;
        memcpy(&single, &low, sizeof(single));
        return (double)single;
    }
    memcpy(&real, &bits, sizeof(real));
    return real;
}

/* The next `len` bytes; bad when there are fewer. */
static inline struct span
cell_take_bytes(struct cell *cell, size_t len)
{
    struct span bytes = {(const char *)cell->at, len};
    if (cell->left < len) {
        cell->is_bad = true;
        return (struct span){"", 0};
    }
    cell->at += len;
    cell->left -= len;
    return bytes;
}

#endif
