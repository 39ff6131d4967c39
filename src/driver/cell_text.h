/* The cells of snapshots as text, as docs/rescue.py writes them: that script is the other implementation. */
#ifndef DRIVER_CELL_TEXT_H
#define DRIVER_CELL_TEXT_H

#include "base/buf.h"

/* Appends the text of a cell of that form (docs/snapshot-format.md). CORRUPT when it is none, UNSUPPORTED
 * when the form is not known. */
enum status cell_text(const char *form, struct span cell, struct buf *out, struct err *err) MUST_USE;

#endif
