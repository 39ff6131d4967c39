/* How rows travel between drivers and files.
 *
 * A row image is the number of columns (2 bytes), then for every column its length (4 bytes, all ones for
 * NULL) and its bytes; numbers big-endian. That is the tuple of PostgreSQL's COPY ... (FORMAT binary), so its
 * rows pass unchanged; the other drivers build it. What stands in the cells, docs/snapshot-format.md says. */
#ifndef DRIVER_ROWIMAGE_H
#define DRIVER_ROWIMAGE_H

#include "base/buf.h"

void row_image_begin(struct buf *image, size_t n_columns);
void row_image_null(struct buf *image);
void row_image_cell(struct buf *image, struct span bytes);
/* Where a cell of `len` bytes goes, for those who read it piece by piece; NULL past the buffer's ceiling. */
char *row_image_room(struct buf *image, size_t len);

/* A whole image on its way to be taken apart. */
struct row_image {
    const char *at;
    const char *end;
};

/* False when it is no image of so many columns. */
bool row_image_read(struct span image, size_t n_columns, struct row_image *out);
/* The next cell, borrowed; its pointer is NULL for NULL, never otherwise. False: the image is too short. */
bool row_image_next(struct row_image *image, struct span *cell);

#endif
