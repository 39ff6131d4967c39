/* Rows of a table, a query or a snapshot file as canonical bytes and their hashes: what everything in this
 * folder reads. */
#ifndef RECON_ROWS_H
#define RECON_ROWS_H

#include "archive/snapshot.h"
#include "base/hash.h"
#include "driver/conn.h"
#include "recon/canon.h"

/* A column as the source has it. */
struct rows_column {
    const char *name;
    const char *type; /* as the engine spells it */
    enum canon_kind kind;
    bool is_key;      /* of the key that the source declares */
    size_t key_place; /* in it, from 0 */
};

/* What can be read, and which columns it has. Strings: the arena of the call that made it. */
struct rows_source {
    const char *name; /* for people: the qualified table, "query" */
    struct rows_column *columns;
    size_t n_columns;
    const char **left_out; /* generated columns, which are not read */
    size_t n_left_out;
    struct conn *conn;                    /* of a table or a query; borrowed */
    struct table table;                   /* table.query is set for a query */
    const struct snapshot_reader *reader; /* of a snapshot; borrowed */
};

/* A table of the open transaction; USAGE when there is none of that name. */
enum status rows_of_table(struct conn *conn, const char *qualified, struct arena *arena,
                          struct rows_source *out, struct err *err) MUST_USE;
/* A query in the open transaction: one statement that returns rows, whose columns have names of their own. It
 * has no declared key. `name` stands for it in messages. */
enum status rows_of_query(struct conn *conn, const char *sql, const char *name, struct arena *arena,
                          struct rows_source *out, struct err *err) MUST_USE;
enum status rows_of_snapshot(const struct snapshot_reader *reader, struct arena *arena,
                             struct rows_source *out, struct err *err) MUST_USE;

/* Which columns are read, in which order, as values of which kind: both sides of a comparison use one of the
 * same shape. Key columns come first, then the others, each group by canonical name. */
struct rows_plan {
    const struct rows_source *source;
    size_t *columns;        /* into source->columns */
    enum canon_kind *kinds; /* of each */
    size_t n;
    size_t n_key;     /* 0: no key, the whole row is it */
    struct span salt; /* empty: XXH3-128; else BLAKE2b keyed with it, for hashes that leave the house */
};

/* "AlbumId" and "album_id" are one: lower case, no underscores. */
const char *rows_canonical_name(const char *name, struct arena *arena);
bool rows_same_name(const char *a, const char *b);

/* The plan for a source on its own: all columns in the kinds they have. `key` names the key columns; none:
 * the declared key, or no key. USAGE when the source lacks one of them. */
enum status rows_plan_alone(const struct rows_source *source, const char *const *key, size_t n_key,
                            struct arena *arena, struct rows_plan *out, struct err *err) MUST_USE;

/* One row. Everything is borrowed until the sink returns. */
struct rows_item {
    struct hash128 key; /* of key_bytes; equal to `row` when there is no key */
    struct hash128 row; /* of bytes */
    struct span key_bytes;
    struct span bytes; /* the canonical row: version byte, then the cells in the plan's order; canon_next over
                          bytes.ptr + 1 gives them */
    const struct span *cells; /* as the engine gave them, in the plan's order; NULL pointer: NULL */
};

struct rows_sink {
    enum status (*row)(void *state, const struct rows_item *item, struct err *err);
    void *state;
};

/* Passes every row to the sink, in no order, in constant memory. Tables and queries: in the caller's
 * transaction. `forms` (plan's order; arena), which may be NULL, receives in which forms the cells come,
 * before the first row. Stops with the sink's status when it is not OK. */
enum status rows_read(const struct rows_plan *plan, const struct rows_sink *sink, struct arena *arena,
                      const char *const **forms, struct err *err) MUST_USE;

#endif
