#include "driver/stream.h"

#include "base/io.h"
#include "driver/work.h"

/* -- out ------------------------------------------------------------------------------------------------- */

enum status
dump_open(struct conn *conn, const struct table *table, const char *const *columns, size_t n,
          struct dump **out, struct err *err)
{
    *out = NULL;
    if (conn->driver->ops->dump_open == NULL) {
        return work_unsupported(conn, "dump tables", err);
    }
    for (size_t i = 0; i < n; i++) {
        const struct column *column = table_column(table, columns[i]);
        if (column == NULL || column->is_generated) {
            return err_raise(err, STATUS_USAGE, "the table '%s' has no %scolumn '%s'", table->qualified,
                             column == NULL ? "" : "writable ", columns[i]);
        }
    }
    TRY(work_begin(conn, err));
    enum status status = work_end(conn, conn->driver->ops->dump_open(conn, table, columns, n, out, err));
    return status == STATUS_OK ? status : err_wrap(err, "cannot read the table '%s'", table->qualified);
}

void
dump_from(struct buf *sql, const struct conn *conn, const struct table *table)
{
    if (table->query == NULL) {
        driver_quote_qualified(conn->driver, sql, table->qualified);
        return;
    }
    buf_str(sql, "(");
    buf_str(sql, table->query);
    buf_str(sql, "\n) AS rollcall_rows"); /* the query may end in a comment */
}

enum status
conn_share_rows(struct conn *conn, const struct table *table, struct arena *arena, const char **token,
                uint64_t *pages, struct err *err)
{
    *token = NULL;
    *pages = 0;
    TRY(work_check(conn, err));
    return conn->driver->ops->share_rows == NULL || table->query != NULL
               ? STATUS_OK
               : conn->driver->ops->share_rows(conn, table, arena, token, pages, err);
}

enum status
conn_join_rows(struct conn *conn, const char *token, struct err *err)
{
    TRY(work_check(conn, err));
    return conn->driver->ops->join_rows == NULL ? work_unsupported(conn, "share what it reads", err)
                                                : conn->driver->ops->join_rows(conn, token, err);
}

enum status
dump_next(struct dump *dump, struct span *image, struct err *err)
{
    struct conn *conn = dump->conn;
    *image = (struct span){NULL, 0};
    TRY(work_begin(conn, err));
    return work_end(conn, conn->driver->ops->dump_next(dump, image, err));
}

void
dump_close(struct dump *dump)
{
    if (dump != NULL) {
        dump->conn->driver->ops->dump_close(dump);
    }
}

void
dump_close_p(struct dump **dump)
{
    dump_close(*dump);
}

/* -- in -------------------------------------------------------------------------------------------------- */

enum status
load_open(struct conn *conn, const struct table *table, const struct stream_column *columns, size_t n,
          struct load **out, struct err *err)
{
    *out = NULL;
    if (conn->driver->ops->load_open == NULL) {
        return work_unsupported(conn, "load tables", err);
    }
    for (size_t i = 0; i < n; i++) {
        const struct column *column = table_column(table, columns[i].name);
        if (column == NULL || column->is_generated) {
            return err_raise(err, STATUS_USAGE, "the table '%s' has no %scolumn '%s'", table->qualified,
                             column == NULL ? "" : "writable ", columns[i].name);
        }
    }
    TRY(work_begin(conn, err));
    enum status status = work_end(conn, conn->driver->ops->load_open(conn, table, columns, n, out, err));
    return status == STATUS_OK ? status : err_wrap(err, "cannot load the table '%s'", table->qualified);
}

enum status
load_add(struct load *load, struct span piece, bool ends_row, struct err *err)
{
    struct conn *conn = load->conn;
    TRY(work_begin(conn, err));
    return work_end(conn, conn->driver->ops->load_add(load, piece, ends_row, err));
}

enum status
load_close(struct load *load, bool keep, int64_t *rows, struct err *err)
{
    int64_t ignored;
    return load->conn->driver->ops->load_close(load, keep, rows == NULL ? &ignored : rows, err);
}

/* -- round loads ----------------------------------------------------------------------------------------- */

enum status
conn_refill_begin(struct conn *conn, const struct table *tables, size_t n, struct err *err)
{
    if (conn->driver->ops->refill_begin == NULL) {
        return work_unsupported(conn, "fill tables anew", err);
    }
    TRY(work_begin(conn, err));
    return work_end(conn, conn->driver->ops->refill_begin(conn, tables, n, err));
}

enum status
conn_refill_clear(struct conn *conn, const struct table *table, struct err *err)
{
    TRY(work_begin(conn, err));
    return work_end(conn, conn->driver->ops->refill_clear(conn, table, err));
}

enum status
conn_refill_end(struct conn *conn, const struct table *tables, size_t n, bool keep, struct err *err)
{
    TRY(work_check(conn, err));
    return conn->driver->ops->refill_end(conn, tables, n, keep, err);
}

/* -- counters -------------------------------------------------------------------------------------------- */

enum status
conn_counters(struct conn *conn, const struct table *table, struct arena *arena, struct counters *out,
              struct err *err)
{
    *out = (struct counters){0};
    TRY(work_check(conn, err));
    return conn->driver->ops->counters == NULL ? STATUS_OK
                                               : conn->driver->ops->counters(conn, table, arena, out, err);
}

enum status
conn_raise_counter(struct conn *conn, const struct table *table, const struct counter *counter,
                   struct err *err)
{
    TRY(work_check(conn, err));
    return conn->driver->ops->raise_counter == NULL
               ? STATUS_OK
               : conn->driver->ops->raise_counter(conn, table, counter, err);
}
