/* Whole tables: COPY in its binary format. */
#ifndef POSTGRES_PG_STREAM_H
#define POSTGRES_PG_STREAM_H

#include "postgres/pg.h"

struct pg_form {
    const char *name; /* "pg.int4", "text", ... */
    bool is_cast;     /* the type has no stable binary form: it travels as ::text */
};

/* Forms of some columns of a table, as it is now (arena). */
enum status pg_forms(struct pg_conn *pg, const struct table *table, const char *const *columns, size_t n,
                     struct arena *arena, struct pg_form **out, struct err *err) MUST_USE;
char *pg_quoted(struct arena *arena, const char *qualified, const struct conn *conn);

/* "PGCOPY\n\377\r\n\0", no flags, no extension */
enum { PG_COPY_HEADER_LEN = 19 };
extern const char pg_copy_header[PG_COPY_HEADER_LEN];

/* -- pg_rows.c: columns of a query; `types` has a row each, as dump_columns.sql and describe.sql tell of it
 */
enum status pg_query_shape(struct pg_conn *pg, const char *query, struct arena *arena, const char ***names,
                           PGresult **types, struct err *err) MUST_USE;
enum status pg_describe_query(struct conn *conn, const char *query, struct arena *arena, struct table *out,
                              struct err *err);

/* -- pg_dump.c */
enum status pg_dump_open(struct conn *conn, const struct table *table, const char *const *columns, size_t n,
                         struct dump **out, struct err *err);
enum status pg_dump_next(struct dump *dump, struct span *image, struct err *err);
void pg_dump_close(struct dump *dump);
enum status pg_share_rows(struct conn *conn, const struct table *table, struct arena *arena,
                          const char **token, uint64_t *pages, struct err *err);
enum status pg_join_rows(struct conn *conn, const char *token, struct err *err);

/* -- pg_load.c */
enum status pg_load_open(struct conn *conn, const struct table *table, const struct stream_column *columns,
                         size_t n, struct load **out, struct err *err);
enum status pg_load_add(struct load *load, struct span piece, bool ends_row, struct err *err);
enum status pg_load_close(struct load *load, bool keep, int64_t *rows, struct err *err);

/* -- pg_refill.c */
enum status pg_refill_begin(struct conn *conn, const struct table *tables, size_t n, struct err *err);
enum status pg_refill_clear(struct conn *conn, const struct table *table, struct err *err);
enum status
pg_refill_end(struct conn *conn, const struct table *tables, size_t n, bool keep, struct err *err);
enum status pg_counters(struct conn *conn, const struct table *table, struct arena *arena,
                        struct counters *out, struct err *err);
enum status pg_raise_counter(struct conn *conn, const struct table *table, const struct counter *counter,
                             struct err *err);

#endif
