/* Whole tables: a cursor out, a prepared INSERT in; each cell keeps its own type. */
#ifndef SQLITE_STREAM_H
#define SQLITE_STREAM_H

#include "sqlite/internal.h"

/* -- stream.c */
enum status sqlite_dump_open(struct conn *conn, const struct table *table, const char *const *columns,
                             size_t n, struct dump **out, struct err *err);
enum status sqlite_dump_next(struct dump *dump, struct span *image, struct err *err);
void sqlite_dump_close(struct dump *dump);
enum status
sqlite_load_open(struct conn *conn, const struct table *table, const struct stream_column *columns, size_t n,
                 struct load **out, struct err *err);
enum status sqlite_load_add(struct load *load, struct span piece, bool ends_row, struct err *err);
enum status sqlite_load_close(struct load *load, bool keep, int64_t *rows, struct err *err);

/* -- refill.c */
enum status sqlite_refill_begin(struct conn *conn, const struct table *tables, size_t n, struct err *err);
enum status sqlite_refill_clear(struct conn *conn, const struct table *table, struct err *err);
enum status
sqlite_refill_end(struct conn *conn, const struct table *tables, size_t n, bool keep, struct err *err);
enum status sqlite_counters(struct conn *conn, const struct table *table, struct arena *arena,
                            struct counters *out, struct err *err);
enum status sqlite_raise_counter(struct conn *conn, const struct table *table, const struct counter *counter,
                                 struct err *err);

#endif
