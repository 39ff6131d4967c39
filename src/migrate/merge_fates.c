#include "migrate/merge_core.h"

/* Every row that was written since gets one fate, in this order:
 *
 * deleted since: carried. Brought in again under a key that the migration had deleted, or inserted by the
 * migration and changed: carried when it is kept, parked when the old row is restored. Changed: parked when a
 * restored cell hides what was written; else parked or merged when a cell was written that only the new shape
 * has (merged: the down script computed an old column from it); else merged when other cells go back; else
 * carried. */

static void
add_any(const struct merge_table *table, bool (*is_wanted)(const struct merge_column *column),
        const char *fmt, struct buf *out)
{
    buf_str(out, "(0 = 1");
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct merge_column *column = &table->columns[i];
        if (column->in_now && column->after_side != NULL && is_wanted(column)) {
            buf_str(out, " or (");
            for (const char *at = fmt; *at != '\0'; at++) {
                if (*at == '#') {
                    buf_printf(out, "%zu", i);
                } else {
                    buf_char(out, *at);
                }
            }
            buf_char(out, ')');
        }
    }
    buf_char(out, ')');
}

static bool
vanishes(const struct merge_column *column)
{
    return !column->in_then;
}

static bool
survives(const struct merge_column *column)
{
    return column->in_then;
}

static bool
has_old_columns(const struct merge_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].in_then && !table->columns[i].in_now) {
            return true;
        }
    }
    return false;
}

static enum status
count(struct merge *merge, const struct merge_table *table, const char *where, int64_t *out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    int64_t n = 0;
    sql_add(merge->session->conn, &sql, "select count(*) from %T m where ", table->name);
    buf_str(&sql, where);
    TRY(sql_number(merge->session->conn, &sql, &n, err));
    *out += n;
    return STATUS_OK;
}

static enum status
note_conflicts(struct merge *merge, const struct merge_table *table, struct fates *fates, struct err *err)
{
    struct arena *arena = merge->session->arena;
    BUF_SCOPED cells = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED touched = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED rows = BUF_INIT(BUF_TEXT_MAX);
    struct conflict whole = {arena_strdup(arena, fates->table), "", 0};
    merge_add_touched(table, &touched);
    add_any(table, survives, "m.t# = 1 and m.w# = 1", &cells);
    buf_printf(&rows, "m.in_n = 1 and ((m.in_b = 0 and m.in_a = 1 and %s) or (m.in_b = 1 and m.in_a = 0))",
               buf_cstr(&touched));
    TRY(count(merge, table, buf_cstr(&rows), &whole.rows, err));
    if (whole.rows > 0) {
        vec_push(arena, &merge->conflicts, whole);
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct merge_column *column = &table->columns[i];
        BUF_SCOPED where = BUF_INIT(BUF_TEXT_MAX);
        struct conflict conflict = {whole.table, arena_strdup(arena, column->start), 0};
        if (!column->in_then || !column->in_now || column->after_side == NULL) {
            continue;
        }
        buf_printf(&where, "m.in_b = 1 and m.in_a = 1 and m.in_n = 1 and m.t%zu = 1 and m.w%zu = 1", i, i);
        TRY(count(merge, table, buf_cstr(&where), &conflict.rows, err));
        if (conflict.rows > 0) {
            vec_push(arena, &merge->conflicts, conflict);
        }
    }
    BUF_SCOPED changed = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&changed, "m.in_b = 1 and m.in_a = 1 and m.in_n = 1 and %s", buf_cstr(&cells));
    TRY(count(merge, table, buf_cstr(&changed), &fates->conflicts, err));
    fates->conflicts += whole.rows;
    return STATUS_OK;
}

/* Rows that were changed since. */
static enum status
count_changed(struct merge *merge, const struct merge_table *table, struct fates *fates, struct err *err)
{
    BUF_SCOPED touched = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED hidden = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED vanished = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED returned = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED base = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED where = BUF_INIT(BUF_TEXT_MAX);
    merge_add_touched(table, &touched);
    add_any(table, survives, "m.t# = 1 and m.w# = 1", &hidden);
    add_any(table, vanishes, "m.t# = 1", &vanished);
    add_any(table, survives, "m.w# = 1 and m.t# = 0", &returned);
    buf_printf(&base, "m.in_b = 1 and m.in_a = 1 and m.in_n = 1 and %s", buf_cstr(&touched));
    if (merge->policy == CONFLICT_RESTORE) {
        buf_printf(&where, "%s and %s", buf_cstr(&base), buf_cstr(&hidden));
        TRY(count(merge, table, buf_cstr(&where), &fates->parked, err));
        buf_printf(&base, " and not %s", buf_cstr(&hidden));
    }
    buf_reset(&where);
    buf_printf(&where, "%s and %s", buf_cstr(&base), buf_cstr(&vanished));
    TRY(count(merge, table, buf_cstr(&where), has_old_columns(table) ? &fates->merged : &fates->parked, err));
    buf_printf(&base, " and not %s", buf_cstr(&vanished));
    buf_reset(&where);
    buf_printf(&where, "%s and %s", buf_cstr(&base), buf_cstr(&returned));
    TRY(count(merge, table, buf_cstr(&where), &fates->merged, err));
    buf_printf(&base, " and not %s", buf_cstr(&returned));
    return count(merge, table, buf_cstr(&base), &fates->carried, err);
}

enum status
merge_count(struct merge *merge, struct merge_table *table, struct err *err)
{
    struct fates fates = {
        .table = arena_strdup(merge->session->arena, table->start[0] != '\0' ? table->start : table->end)};
    BUF_SCOPED touched = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED rows = BUF_INIT(BUF_TEXT_MAX);
    int64_t *taken = merge->policy == CONFLICT_RESTORE ? &fates.parked : &fates.carried;
    if (!table->has_now || !table->has_key) {
        return STATUS_OK;
    }
    merge_add_touched(table, &touched);
    TRY(count(merge, table, "m.in_a = 1 and m.in_n = 0", &fates.carried, err));
    buf_printf(&rows, "m.in_n = 1 and ((m.in_b = 0 and m.in_a = 1 and %s) or (m.in_b = 1 and m.in_a = 0))",
               buf_cstr(&touched));
    TRY(count(merge, table, buf_cstr(&rows), taken, err));
    fates.carried += table->new_rows;
    TRY(count_changed(merge, table, &fates, err));
    TRY(note_conflicts(merge, table, &fates, err));
    vec_push(merge->session->arena, &merge->fates, fates);
    return STATUS_OK;
}
