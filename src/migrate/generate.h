/* Rows made up for the tables of a scratch database: every column type, NULLs, extremes; foreign keys point
 * at rows that are there, unique keys hold, checks are met by trying or the row is left out. */
#ifndef MIGRATE_GENERATE_H
#define MIGRATE_GENERATE_H

#include "driver/conn.h"
#include "migrate/sample.h"

#include <stdbool.h>
#include <stddef.h>

/* An INSERT that the database took: it can be repeated in a copy. */
struct generated_row {
    const char *sql;
};

struct generated {
    struct generated_row *items;
    size_t n;
    size_t cap;
};

struct generator {
    struct chance chance;
    struct arena *arena; /* of the rows */
    bool is_repeatable;  /* leave nothing to the server, so that a repetition in a copy gives the same rows */
    unsigned rows;       /* a table */
    size_t n_refused;    /* rows that no attempt got in */
    const char *last_error; /* why the latest of these was refused; "" */
};

/* Adds rows to each table, parents before children, and appends what was taken to `out`. Tables that take no
 * row are left empty; only a lost connection or a stop ends it. No transaction may be open. */
enum status generate_rows(struct generator *generator, struct conn *conn, const char *const *tables, size_t n,
                          struct generated *out, struct err *err) MUST_USE;
/* Repeats rows from `from` on in another database, each on its own; a row refused there is left out. */
enum status
generated_repeat(const struct generated *rows, size_t from, struct conn *conn, struct err *err) MUST_USE;

#endif
