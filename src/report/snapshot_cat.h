/* The rows of one snapshot file as text. */
#ifndef REPORT_SNAPSHOT_CAT_H
#define REPORT_SNAPSHOT_CAT_H

#include "archive/snapshot.h"

#include <stdio.h>

enum cat_format {
    CAT_COPY, /* PostgreSQL's COPY text: what docs/rescue.py prints */
    CAT_CSV,  /* RFC 4180 with a heading; NULL is an empty field, the empty text is "" */
    CAT_JSONL /* an object a row; every value is a string or null */
};

/* CORRUPT when the file is damaged; what was printed before is good. */
enum status snapshot_cat(const struct snapshot_reader *reader, enum cat_format format, FILE *out,
                         struct err *err) MUST_USE;

#endif
