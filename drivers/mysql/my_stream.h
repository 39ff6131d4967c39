/* Whole tables by the binary protocol: the text protocol loses digits of FLOAT. */
#ifndef MY_STREAM_H
#define MY_STREAM_H

#include "mysql/my_conn.h"

enum my_form {
    MY_INT,
    MY_UINT,
    MY_FLOAT,
    MY_DOUBLE,
    MY_DATE,
    MY_DATETIME,
    MY_TIME,
    MY_BIT,
    MY_TEXT,
    MY_BYTES,
    MY_FORM_COUNT
};

/* "my.int", ...: as in docs/snapshot-format.md. */
const char *my_form_name(enum my_form form);
/* MY_FORM_COUNT: there is none of that name. */
enum my_form my_form_of(const char *name);

/* -- my_rows.c */
enum status my_describe_query(struct conn *conn, const char *query, struct arena *arena, struct table *out,
                              struct err *err);

/* -- my_dump.c */
enum status my_dump_open(struct conn *conn, const struct table *table, const char *const *columns, size_t n,
                         struct dump **out, struct err *err);
enum status my_dump_next(struct dump *dump, struct span *image, struct err *err);
void my_dump_close(struct dump *dump);

/* -- my_load.c */
enum status my_load_open(struct conn *conn, const struct table *table, const struct stream_column *columns,
                         size_t n, struct load **out, struct err *err);
enum status my_load_add(struct load *load, struct span piece, bool ends_row, struct err *err);
enum status my_load_close(struct load *load, bool keep, int64_t *rows, struct err *err);

/* -- my_refill.c */
enum status my_refill_begin(struct conn *conn, const struct table *tables, size_t n, struct err *err);
enum status my_refill_clear(struct conn *conn, const struct table *table, struct err *err);
enum status
my_refill_end(struct conn *conn, const struct table *tables, size_t n, bool keep, struct err *err);
enum status my_counters(struct conn *conn, const struct table *table, struct arena *arena,
                        struct counters *out, struct err *err);
enum status my_raise_counter(struct conn *conn, const struct table *table, const struct counter *counter,
                             struct err *err);

#endif
