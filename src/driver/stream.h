/* Whole tables out of a database and back into one, bit for bit, as row images.
 *
 * Everything happens in the caller's transaction. While a dump or a load is open its connection does nothing
 * else. */
#ifndef DRIVER_STREAM_H
#define DRIVER_STREAM_H

#include "driver/rowimage.h"
#include "schema/table.h"

#include <stdbool.h>
#include <stdint.h>

struct conn;

/* A driver's dump and load begin with these. */
struct dump {
    struct conn *conn;
    const char *const *forms; /* of the columns asked for: "pg.int4", as in docs/snapshot-format.md */
};

struct load {
    struct conn *conn;
};

struct stream_column {
    const char *name;
    const char *form;
};

/* The next number that a sequence or an auto-increment column hands out. */
struct counter {
    const char *column;
    int64_t next;
};

struct counters {
    struct counter *items;
    size_t n;
    size_t cap;
};

/* -- out: rows in no order. Generated columns cannot be asked for: USAGE. Rows that a policy would hide are
 * an error. In a partitioned table the rows of its partitions count as its own, in an inherited one they do
 * not.
 */
enum status dump_open(struct conn *conn, const struct table *table, const char *const *columns, size_t n,
                      struct dump **out, struct err *err) MUST_USE;
/* For drivers: appends what stands behind FROM, the table's quoted name or the query in brackets. */
void dump_from(struct buf *sql, const struct conn *conn, const struct table *table);
/* The image lives until the next call. It is empty at the end, which only a whole stream has: one that breaks
 * off is an error. */
enum status dump_next(struct dump *dump, struct span *image, struct err *err) MUST_USE;
void dump_close(struct dump *dump); /* NULL is fine; early, too */
void dump_close_p(struct dump **dump);
#define DUMP_SCOPED CLEANUP(dump_close_p) struct dump

/* One table by several connections, which see the same rows. `*pages`: how many the table has, 0 when it
 * cannot be read by pages; then there is no token. The transaction of `conn` has to stay open until the
 * others have joined, and takes a lock on the table. */
enum status conn_share_rows(struct conn *conn, const struct table *table, struct arena *arena,
                            const char **token, uint64_t *pages, struct err *err) MUST_USE;
/* Begins a transaction that reads what the other one reads. */
enum status conn_join_rows(struct conn *conn, const char *token, struct err *err) MUST_USE;

/* -- in: USAGE when the table lacks a column, has it generated, or cannot take cells of that form. Identity
 * columns take the values given. */
enum status load_open(struct conn *conn, const struct table *table, const struct stream_column *columns,
                      size_t n, struct load **out, struct err *err) MUST_USE;
/* Part of an image, the last with `ends_row`. Rows may wait in the client: what is wrong with one may be said
 * later. */
enum status load_add(struct load *load, struct span piece, bool ends_row, struct err *err) MUST_USE;
/* Ends it in any case. `keep` false, or a failure: the transaction can only be rolled back. `rows`, which may
 * be NULL: how many the server took. */
enum status load_close(struct load *load, bool keep, int64_t *rows, struct err *err) MUST_USE;

/* -- round loads: user triggers do not fire, and foreign keys wait. POLICY or UNSUPPORTED where that cannot
 * be had, before anything changed. */
enum status
conn_refill_begin(struct conn *conn, const struct table *tables, size_t n, struct err *err) MUST_USE;
/* Empties one of them. */
enum status conn_refill_clear(struct conn *conn, const struct table *table, struct err *err) MUST_USE;
/* Everything as it was, and every foreign key from or to those tables holds: else POLICY, which names the
 * first that does not. With `keep` false after the rollback: gives the session back and checks nothing. */
enum status
conn_refill_end(struct conn *conn, const struct table *tables, size_t n, bool keep, struct err *err) MUST_USE;

/* -- counters of a table's columns (arena) */
enum status conn_counters(struct conn *conn, const struct table *table, struct arena *arena,
                          struct counters *out, struct err *err) MUST_USE;
/* To the greatest of `counter->next`, what it is, and one more than the column's greatest value: never back.
 * In the transaction where schema changes roll back, else after it. */
enum status conn_raise_counter(struct conn *conn, const struct table *table, const struct counter *counter,
                               struct err *err) MUST_USE;

#endif
