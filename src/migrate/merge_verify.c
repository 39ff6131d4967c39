#include "migrate/merge_core.h"

/* After the overlay: rows that nobody has written to since are what they were before the migration. */

static void
add_cells(const struct merge *merge, const struct merge_table *table, const struct table *shape,
          struct buf *out)
{
    const struct conn *conn = merge->session->conn;
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct merge_column *column = &table->columns[i];
        const struct column *then = column->start[0] == '\0' ? NULL : table_column(shape, column->start);
        BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED side = BUF_INIT(BUF_TEXT_MAX);
        if (then == NULL || !column->in_then || column->before_side == NULL ||
            !str_eq(column->before_type.name, then->type.name)) {
            continue;
        }
        sql_add(conn, &cell, "t.%I", column->start);
        buf_printf(&side, "m.b%zu", i);
        buf_printf(out, " or (m.hb%zu = 1 and ", i);
        if (column->in_now && column->after_side != NULL) {
            buf_printf(out, "m.t%zu = 0 and ", i);
        }
        buf_str(out, "not ");
        conn->driver->cells.same(out, buf_cstr(&cell), buf_cstr(&side), &then->type);
        buf_char(out, ')');
    }
}

enum status
merge_verify(struct merge *merge, struct merge_table *table, const struct table *shape, struct err *err)
{
    struct conn *conn = merge->session->conn;
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    int64_t n = 0;
    sql_add(conn, &sql, "select count(*) from %T m left join %T t on ", table->name, shape->qualified);
    merge_add_key(merge, table, "t", false, &sql);
    buf_str(&sql,
            " where m.in_b = 1 and m.dirty = 0 and ((m.in_a = 1 and m.in_n = 1) or (m.in_a = 0 and m.in_n = "
            "0)) and (0 = 1");
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].is_key) {
            sql_add(conn, &sql, " or t.%I is null", table->columns[i].start);
        }
    }
    add_cells(merge, table, shape, &sql);
    buf_char(&sql, ')');
    TRY(sql_number(conn, &sql, &n, err));
    merge->wrong_rows += n;
    return STATUS_OK;
}
