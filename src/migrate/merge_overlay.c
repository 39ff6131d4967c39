#include "migrate/merge_core.h"

#include <stdio.h>

/* Cells that both shapes of the table have come out of before and now; cells that only the old shape has, out
 * of before and what the down script computed. */

struct overlay {
    struct merge *merge;
    struct merge_table *table;
    struct conn *conn;
    const char *then; /* the table as the down script left it */
    struct table shape;
};

static const struct column *
column_then(const struct overlay *overlay, const struct merge_column *column)
{
    return column->start[0] == '\0' ? NULL : table_column(&overlay->shape, column->start);
}

/* What the cell has to be, as an expression over m; `script` is what the down script made of it, NULL when it
 * left no row. */
static void
add_cell(const struct overlay *overlay, size_t i, const char *script, struct buf *out)
{
    const struct merge_column *column = &overlay->table->columns[i];
    const struct column *then = column_then(overlay, column);
    const char *none = script == NULL ? "null" : script;
    bool restores = overlay->merge->policy == CONFLICT_RESTORE;
    bool has_before = column->before_side != NULL;
    BUF_SCOPED before = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED now = BUF_INIT(BUF_TEXT_MAX);
    char cell[32];
    (void)snprintf(cell, sizeof(cell), "m.b%zu", i);
    overlay->conn->driver->cells.from_side(&before, has_before ? cell : "null", &then->type);
    (void)snprintf(cell, sizeof(cell), "m.n%zu", i);
    overlay->conn->driver->cells.from_side(&now, cell, &then->type);
    const char *b = has_before ? buf_cstr(&before) : none;
    bool in_both = column->in_now && !column->is_retyped;
    const char *kept = in_both ? buf_cstr(&now) : none;
    BUF_SCOPED whens = BUF_INIT(BUF_TEXT_MAX);
    if (overlay->merge->by_row) {
        sql_add(overlay->conn, &whens, "when m.dirty = 1 then %s ", restores ? b : kept);
    }
    if (!column->in_now) {
        sql_add(overlay->conn, &whens, "when m.dirty = 1 then %s ", restores ? b : none);
    } else if (column->after_side != NULL) {
        buf_printf(&whens, "when m.t%zu = 1 and m.w%zu = 1 then %s ", i, i, restores ? b : kept);
        buf_printf(&whens, "when m.t%zu = 1 then %s ", i, kept);
    }
    if (has_before) {
        buf_printf(&whens, "when m.hb%zu = 1 then %s ", i, b);
    }
    buf_printf(out, whens.len == 0 ? "%s%s" : "case %selse %s end", buf_cstr(&whens), kept);
}

static enum status
update_rows(const struct overlay *overlay, struct err *err)
{
    BUF_SCOPED set = BUF_INIT(BUF_SQL_MAX);
    BUF_SCOPED on = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < overlay->table->n_columns; i++) {
        const struct merge_column *column = &overlay->table->columns[i];
        BUF_SCOPED script = BUF_INIT(BUF_TEXT_MAX);
        if (!column->in_then || column->is_key) {
            continue;
        }
        sql_add(overlay->conn, &script, "t.%I", column->start);
        sql_add(overlay->conn, &set, "%s\1%I = ", set.len > 0 ? ", " : "", column->start);
        add_cell(overlay, i, buf_cstr(&script), &set);
    }
    merge_add_key(overlay->merge, overlay->table, "t", false, &on);
    buf_str(&on, " and m.in_b = 1 and m.in_a = 1 and m.in_n = 1");
    return sql_update(overlay->conn, overlay->then, overlay->table->name, &set, &on, err);
}

/* Rows that the migration had deleted: all of what they were. */
static enum status
update_returned(const struct overlay *overlay, struct err *err)
{
    BUF_SCOPED set = BUF_INIT(BUF_SQL_MAX);
    BUF_SCOPED on = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < overlay->table->n_columns; i++) {
        const struct merge_column *column = &overlay->table->columns[i];
        BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
        if (!column->in_then || column->is_key || column->before_side == NULL) {
            continue;
        }
        buf_printf(&cell, "m.b%zu", i);
        sql_add(overlay->conn, &set, "%s\1%I = ", set.len > 0 ? ", " : "", column->start);
        buf_printf(&set, "case when m.hb%zu = 1 then ", i);
        overlay->conn->driver->cells.from_side(&set, buf_cstr(&cell), &column_then(overlay, column)->type);
        sql_add(overlay->conn, &set, " else t.%I end", column->start);
    }
    merge_add_key(overlay->merge, overlay->table, "t", false, &on);
    buf_str(&on, " and m.in_b = 1 and m.in_a = 0");
    buf_str(&on, overlay->merge->policy == CONFLICT_RESTORE ? "" : " and m.in_n = 0");
    return sql_update(overlay->conn, overlay->then, overlay->table->name, &set, &on, err);
}

/* Rows of `which` (a condition on m) that the table lacks. `kind`: 'b' or 'n', whose cells; 'm': merged. */
static enum status
insert_rows(const struct overlay *overlay, char kind, const char *which, struct err *err)
{
    BUF_SCOPED names = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED values = BUF_INIT(BUF_SQL_MAX);
    BUF_SCOPED on = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    int64_t rows;
    /* A column without a default is an error even when no row comes. */
    merge_add_key(overlay->merge, overlay->table, "t", false, &on);
    sql_add(overlay->conn, &sql,
            "select count(*) from %T m where %s and not exists (select 1 from %T t where %s)",
            overlay->table->name, which, overlay->then, buf_cstr(&on));
    TRY(sql_number(overlay->conn, &sql, &rows, err));
    if (rows == 0) {
        return STATUS_OK;
    }
    buf_reset(&sql);
    for (size_t i = 0; i < overlay->table->n_columns; i++) {
        const struct merge_column *column = &overlay->table->columns[i];
        bool has_cell = kind == 'm' || column->is_key ||
                        (kind == 'b' ? column->before_side != NULL : column->in_now && !column->is_retyped);
        BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
        if (!column->in_then || !has_cell) {
            continue;
        }
        sql_add(overlay->conn, &names, "%s%I", names.len > 0 ? ", " : "", column->start);
        buf_str(&values, values.len > 0 ? ", " : "");
        if (kind == 'm' && !column->is_key) {
            add_cell(overlay, i, NULL, &values);
        } else {
            buf_printf(&cell, "m.%c%zu", column->is_key ? 'k' : kind, i);
            overlay->conn->driver->cells.from_side(&values, buf_cstr(&cell),
                                                   &column_then(overlay, column)->type);
        }
    }
    const char *override = overlay->conn->driver->insert_override;
    sql_add(overlay->conn, &sql,
            "insert into %T (%s)%s select %s from %T m where %s and not exists (select 1 from %T t where %s)",
            overlay->then, buf_cstr(&names), override == NULL ? "" : override, buf_cstr(&values),
            overlay->table->name, which, overlay->then, buf_cstr(&on));
    return sql_run(overlay->conn, &sql, err);
}

static enum status
delete_rows(const struct overlay *overlay, const char *which, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED on = BUF_INIT(BUF_TEXT_MAX);
    const char *then = overlay->then;
    if (conn_has(overlay->conn, CAP_JOINED_WRITES)) {
        merge_add_key(overlay->merge, overlay->table, "t", false, &on);
        sql_add(overlay->conn, &sql, "delete t from %T t join %T m on %s where %s", then,
                overlay->table->name, buf_cstr(&on), which);
        return sql_run(overlay->conn, &sql, err);
    }
    /* By the table's own key, so that only those rows are looked up. */
    BUF_SCOPED keys = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED cells = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < overlay->table->n_columns; i++) {
        const struct merge_column *column = &overlay->table->columns[i];
        char cell[32];
        if (column->is_key) {
            (void)snprintf(cell, sizeof(cell), "m.k%zu", i);
            sql_add(overlay->conn, &keys, "%s%I", keys.len > 0 ? ", " : "", column->start);
            buf_str(&cells, cells.len > 0 ? ", " : "");
            overlay->conn->driver->cells.from_side(&cells, cell, &column_then(overlay, column)->type);
        }
    }
    sql_add(overlay->conn, &sql, "delete from %T where (%s) in (select %s from %T m where %s)", then,
            buf_cstr(&keys), buf_cstr(&cells), overlay->table->name, which);
    return sql_run(overlay->conn, &sql, err);
}

static enum status
lay_over(const struct overlay *overlay, struct err *err)
{
    bool restores = overlay->merge->policy == CONFLICT_RESTORE;
    BUF_SCOPED touched = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED gone = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED stay = BUF_INIT(BUF_TEXT_MAX);
    merge_add_touched(overlay->table, &touched);
    buf_str(&gone, "((m.in_b = 0 and m.in_a = 1 and (m.in_n = 0 or ");
    buf_str(&gone, restores ? "1 = 1" : "not ");
    buf_str(&gone, restores ? "" : buf_cstr(&touched));
    buf_str(&gone, ")) or (m.in_b = 1 and m.in_a = 1 and m.in_n = 0))");
    TRY(delete_rows(overlay, buf_cstr(&gone), err));
    TRY(update_rows(overlay, err));
    TRY(update_returned(overlay, err));
    TRY(insert_rows(overlay, 'b',
                    restores ? "m.in_b = 1 and m.in_a = 0" : "m.in_b = 1 and m.in_a = 0 and m.in_n = 0",
                    err));
    TRY(insert_rows(overlay, 'm', "m.in_b = 1 and m.in_a = 1 and m.in_n = 1", err));
    if (restores || !overlay->table->has_now) {
        return STATUS_OK;
    }
    buf_printf(&stay, "m.in_n = 1 and ((m.in_b = 0 and m.in_a = 1 and %s) or (m.in_b = 1 and m.in_a = 0))",
               buf_cstr(&touched));
    return insert_rows(overlay, 'n', buf_cstr(&stay), err);
}

/* A table without a key goes back as a whole, when nobody has written to it since. */
static enum status
put_back_whole(const struct overlay *overlay, struct err *err)
{
    const struct saved *saved = overlay->table->whole;
    const char *path;
    if (saved == NULL || !(overlay->table->is_untouched || overlay->merge->policy == CONFLICT_RESTORE)) {
        return STATUS_OK;
    }
    TRY(conn_refill_clear(overlay->conn, &overlay->shape, err));
    TRY(saved_path(overlay->merge->session, saved, overlay->merge->arena, &path, err));
    return side_fill(overlay->conn, path, overlay->shape.qualified, overlay->merge->arena, err);
}

static enum status
raise_counters(const struct overlay *overlay, struct err *err)
{
    struct counters counters;
    TRY(conn_counters(overlay->conn, &overlay->shape, overlay->merge->arena, &counters, err));
    for (size_t i = 0; i < counters.n; i++) {
        TRY(conn_raise_counter(overlay->conn, &overlay->shape, &counters.items[i], err));
    }
    return STATUS_OK;
}

enum status
merge_lay_over(struct merge *merge, struct merge_table *table, const struct table *shape, struct err *err)
{
    struct overlay overlay = {.merge = merge,
                              .table = table,
                              .conn = merge->session->conn,
                              .then = shape->qualified,
                              .shape = *shape};
    bool has_keys = table->has_key;
    for (size_t i = 0; i < table->n_columns; i++) {
        struct merge_column *column = &table->columns[i];
        const struct column *then = column_then(&overlay, column);
        const struct column *now = table->has_now ? table_column(&table->now, column->end) : NULL;
        column->in_then = then != NULL && !then->is_generated;
        column->is_retyped = column->in_then && now != NULL && !str_eq(now->type.name, then->type.name);
        has_keys = has_keys && (!column->is_key || column->in_then);
    }
    TRY(has_keys ? lay_over(&overlay, err) : put_back_whole(&overlay, err));
    return conn_has(overlay.conn, CAP_TRANSACTIONAL_DDL) ? raise_counters(&overlay, err) : STATUS_OK;
}
