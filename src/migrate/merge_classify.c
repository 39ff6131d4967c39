#include "migrate/merge_core.h"

/* What is there now, before the down script: beside what the migration left. */

static void
add_cell_now(const struct merge *merge, const struct merge_table *table, size_t i, struct buf *set)
{
    const struct conn *conn = merge->session->conn;
    const struct merge_column *column = &table->columns[i];
    const struct column *now = table_column(&table->now, column->end);
    BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED known = BUF_INIT(BUF_TEXT_MAX);
    sql_add(conn, &cell, "m.%I", column->end);
    buf_printf(set, "%s\1n%zu = ", set->len > 0 ? ", " : "", i);
    conn->driver->cells.to_side(set, buf_cstr(&cell), &now->type);
    if (column->after_side == NULL) {
        return;
    }
    buf_printf(&known, "t.a%zu", i);
    buf_printf(set, ", \1t%zu = case when t.ha%zu = 0 then 0 when ", i, i);
    conn->driver->cells.same(set, buf_cstr(&cell), buf_cstr(&known), &now->type);
    buf_str(set, " then 0 else 1 end");
}

static enum status
mark_dirty(struct merge *merge, const struct merge_table *table, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    sql_add(merge->session->conn, &sql, "update %T set dirty = 1 where in_n = 1 and (0 = 1", table->name);
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].in_now && table->columns[i].after_side != NULL) {
            buf_printf(&sql, " or (t%zu = 1 and w%zu = 1)", i, i);
        }
    }
    buf_char(&sql, ')');
    return sql_run(merge->session->conn, &sql, err);
}

/* As merge_add_key, with the merge table called t and the other m. */
static void
add_key_now(const struct merge *merge, const struct merge_table *table, struct buf *on)
{
    const struct conn *conn = merge->session->conn;
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct merge_column *column = &table->columns[i];
        BUF_SCOPED side = BUF_INIT(BUF_TEXT_MAX);
        if (column->is_key) {
            buf_printf(&side, "t.k%zu", i);
            sql_add(conn, on, "%sm.%I = ", on->len > 0 ? " and " : "", column->end);
            conn->driver->cells.from_side(on, buf_cstr(&side), &table_column(&table->now, column->end)->type);
        }
    }
}

/* Rows that came since, where all rows of then are known. */
static enum status
count_new(struct merge *merge, struct merge_table *table, struct err *err)
{
    struct conn *conn = merge->session->conn;
    BUF_SCOPED all = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED known = BUF_INIT(BUF_TEXT_MAX);
    int64_t rows = 0;
    if (!table->is_complete) {
        return STATUS_OK;
    }
    sql_add(conn, &all, "select count(*) from %T", table->now.qualified);
    TRY(sql_number(conn, &all, &rows, err));
    sql_add(conn, &known, "select count(*) from %T where in_n = 1", table->name);
    TRY(sql_number(conn, &known, &table->new_rows, err));
    table->new_rows = rows - table->new_rows;
    return STATUS_OK;
}

enum status
merge_classify(struct merge *merge, struct merge_table *table, struct err *err)
{
    struct conn *conn = merge->session->conn;
    BUF_SCOPED set = BUF_INIT(BUF_SQL_MAX);
    BUF_SCOPED on = BUF_INIT(BUF_TEXT_MAX);
    if (!table->has_now) {
        return STATUS_OK;
    }
    buf_str(&set, "\1in_n = 1");
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].in_now) {
            add_cell_now(merge, table, i, &set);
        }
    }
    add_key_now(merge, table, &on);
    TRY(sql_update(conn, table->name, table->now.qualified, &set, &on, err));
    TRY(mark_dirty(merge, table, err));
    return count_new(merge, table, err);
}
