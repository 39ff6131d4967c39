/* Digests of tables' rows, and the row that proves that two of them differ. */
#ifndef MIGRATE_ROWDIGEST_H
#define MIGRATE_ROWDIGEST_H

#include "driver/conn.h"
#include "schema/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The multiset of a table's rows: the sum of a 128-bit hash of each, over the columns in the order of their
 * names, so that neither the order of rows nor that of columns counts. */
struct table_digest {
    const char *table;    /* qualified */
    const char **columns; /* by name */
    size_t n_columns;
    uint64_t rows;
    struct hash128 sum;
};

/* The tables that hold a row, by name. */
struct row_digests {
    struct table_digest *items;
    size_t n;
    size_t cap;
};

/* Digests every table of `catalog` that is not empty. Strings and items: arena. */
enum status row_digests_take(struct conn *conn, const struct catalog *catalog, struct arena *arena,
                             struct row_digests *out, struct err *err) MUST_USE;
/* One table over the columns named in `digest`; fills rows and sum. */
enum status table_digest_take(struct conn *conn, struct table_digest *digest, struct err *err) MUST_USE;

/* Opens the table's rows, with the columns named in `digest`. */
enum status table_rows_open(struct conn *conn, const struct table_digest *digest, struct cursor **out,
                            struct err *err) MUST_USE;
/* The first row of a query made up as we go (no text to be kept prepared), copied to the arena; `*found`
 * false: there is none. */
enum status row_of_text(struct conn *conn, const struct buf *sql, struct arena *arena, struct value **out,
                        bool *found, struct err *err) MUST_USE;
/* Kind and length before each value: no two different rows have the same bytes. */
void row_value_encode(struct buf *out, const struct value *value);

/* NULL when the table is not there, or empty. */
const struct table_digest *row_digests_find(const struct row_digests *digests, const char *table);
/* Same columns, same rows. */
bool table_digest_eq(const struct table_digest *a, const struct table_digest *b);
bool row_digests_eq(const struct row_digests *a, const struct row_digests *b);

struct row_cell {
    const char *column;
    const char *before; /* the value as text; NULL: a NULL, or no such row (see kind) */
    const char *after;
};

enum row_change { ROW_MISSING, ROW_EXTRA, ROW_CHANGED };

/* One row that differs. */
struct row_example {
    const char *table;
    enum row_change change;
    struct row_cell *key; /* before and after are the same; n_key 0: the table has no key */
    size_t n_key;
    struct row_cell *cells; /* those that differ; all of the row when it is missing or extra */
    size_t n_cells;
};

/* Finds a row of `table` that is not the same in two databases, reading both twice and keeping only one
 * bucket of rows in memory. `columns` (by name) are in both. `*found` false: none. Arena. */
enum status
row_example_find(struct conn *before, struct conn *after, const struct table_digest *digest,
                 struct arena *arena, struct row_example *out, bool *found, struct err *err) MUST_USE;

#endif
