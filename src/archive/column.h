/* The cells of one column in one row group: collected, encoded for compression, and back.
 * docs/snapshot-format.md, "Column frames", has every byte. */
#ifndef ARCHIVE_COLUMN_H
#define ARCHIVE_COLUMN_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* How the bytes of a cell are a number, if they are: what delta encoding and key ranges go by. Cells of 1, 2,
 * 4 and 8 bytes count as numbers, all others as bytes. */
enum column_number {
    NUMBER_NONE,
    NUMBER_BIG_SIGNED, /* big-endian, two's complement: PostgreSQL's integers and timestamps */
    NUMBER_BIG_UNSIGNED,
    NUMBER_LITTLE_SIGNED, /* little-endian: MySQL's integers */
    NUMBER_LITTLE_UNSIGNED,
    NUMBER_COUNT
};

/* What the codec has to know of a column. */
struct column_traits {
    enum column_number number;
    bool is_tagged; /* a cell's first byte is a tag and kept apart: SQLite's per-cell types */
};

enum {
    GROUP_ROW_MAX = 65536,
    COLUMN_PLAIN_MAX = 16 << 20, /* of one column frame */
};
static const uint32_t CELL_NULL = UINT32_MAX;

/* Lengths (uint32_t, CELL_NULL for NULL) of every row; tags and bytes of every cell that is not NULL. */
struct column_cells {
    struct buf lengths;
    struct buf tags;
    struct buf data;
    size_t n_nulls;
};

void column_cells_init(struct column_cells *cells);
void column_cells_release(struct column_cells *cells);
void column_cells_reset(struct column_cells *cells);
size_t column_cells_rows(const struct column_cells *cells);
const uint32_t *column_cells_lengths(const struct column_cells *cells);

/* `bytes` without the tag. */
static inline void
column_add(struct column_cells *cells, struct span bytes)
{
    uint32_t len = (uint32_t)bytes.len;
    buf_push(&cells->lengths, &len, sizeof(len));
    buf_push(&cells->data, bytes.ptr, bytes.len);
}

static inline void
column_add_tagged(struct column_cells *cells, char tag, struct span bytes)
{
    buf_push(&cells->tags, &tag, 1);
    column_add(cells, bytes);
}

static inline void
column_add_null(struct column_cells *cells)
{
    buf_push(&cells->lengths, &CELL_NULL, sizeof(CELL_NULL));
    cells->n_nulls++;
}

/* The number that a cell of `width` bytes holds; unsigned ones keep their bits. */
int64_t column_number_at(enum column_number number, const char *ptr, size_t width);
bool column_is_number(enum column_number number, size_t width);

/* Appends the plain bytes of the column frame. */
void column_encode(const struct column_cells *cells, struct column_traits traits, struct buf *out);
/* Reads back what column_encode made of `rows` rows into `cells`, which is reset. Accepts nothing else:
 * CORRUPT. */
enum status column_decode(struct span plain, struct column_traits traits, size_t rows,
                          struct column_cells *cells, struct err *err) MUST_USE;

#endif
