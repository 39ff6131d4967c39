/* Canonical values: the same value is the same sequence of bytes, whichever engine it comes from, and
 * different values never are. docs/reconciliation.md specifies the encoding byte by byte. */
#ifndef RECON_CANON_H
#define RECON_CANON_H

#include "base/buf.h"
#include "schema/table.h"

#include <stdbool.h>
#include <stdint.h>

enum { CANON_VERSION = 1 };

/* What the values of a column are, before the engines' types. The numbers stand in digest files. */
enum canon_kind {
    CANON_NUMBER = 1, /* integers and decimals, exact */
    CANON_DOUBLE = 2,
    CANON_SINGLE = 3,
    CANON_BOOL = 4,
    CANON_TEXT = 5, /* enumerations, too */
    CANON_BYTES = 6,
    CANON_UUID = 7,
    CANON_DATE = 8,
    CANON_TIME = 9, /* of day, or MySQL's signed hours */
    CANON_TIMETZ = 10,
    CANON_CIVIL = 11,   /* date and time without a zone */
    CANON_INSTANT = 12, /* date and time in UTC */
    CANON_INTERVAL = 13,
    CANON_BIT = 14,
    CANON_SET = 15, /* labels, sorted */
    CANON_JSON = 16,
    CANON_ARRAY = 17,
    CANON_ANY = 18,   /* every cell has a type of its own */
    CANON_OPAQUE = 19 /* compared as the server's text */
};
enum { CANON_KIND_MAX = CANON_OPAQUE };

const char *canon_kind_name(enum canon_kind kind); /* "number"; "" when there is no such kind */

/* The kind of a column by its type; `form` (docs/snapshot-format.md) decides where the type's kind is not
 * known, and may be NULL. */
enum canon_kind canon_kind_of(const struct type *type, const char *form);
/* The kind of a type that is only known by its name, as in the header of a snapshot. */
enum canon_kind canon_kind_of_name(const char *name, const char *form);
/* The kind in which two columns are compared. `*note` (static, NULL: none) says by which rule values of
 * different kinds are taken for the same: it belongs in the report. */
enum canon_kind canon_kind_common(enum canon_kind a, enum canon_kind b, const char **note);

/* The way of one column from an engine's cells to canonical bytes. Everything it needs for a row is kept for
 * the next one. */
struct canon_coder;

/* Cells of `form`, of a column with that type (only its name counts, for char(n)), as values of `kind`. Lives
 * in the arena, and has buffers that canon_coder_release frees. UNSUPPORTED when the form is not known. */
enum status canon_coder_new(const char *form, const char *type_name, enum canon_kind kind,
                            struct arena *arena, struct canon_coder **out, struct err *err) MUST_USE;
void canon_coder_release(struct canon_coder *coder); /* NULL is fine */

/* Appends the encoding of one cell; its pointer is NULL for NULL. A value that cannot be one of the kind
 * (text in SQLite's integer column) is encoded as what it is. False: the bytes are no cell of the form. */
bool canon_encode(struct canon_coder *coder, struct span cell, struct buf *out);

/* -- what encodings are made of: a tag, a length (LEB128), the payload; NULL is its tag alone */
enum canon_tag {
    CANON_TAG_NULL = 0,
    /* 1 to 17: the payload of that kind */
    CANON_TAG_OPAQUE = 19,
    CANON_TAG_ZERO_DATE =
        32,            /* MySQL's dates with zeros: year (2), month, day, microseconds of the day (8) */
    CANON_TAG_ODD = 33 /* no value of the column's kind: the encoding of what it is instead */
};

/* Cuts the next encoding off `rest`, tag and length included; false at the end, or when it is torn. */
bool canon_next(struct span *rest, struct span *cell);

#endif
