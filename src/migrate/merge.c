#include "migrate/merge_core.h"
#include "migrate/stake.h"

#include <string.h>

/* -- before the down script -------------------------------------------------------------------------------
 */

static void
add_neighbour(struct merge *merge, struct merge_table *table, const char *name)
{
    table->columns = vec_grow(merge->arena, table->columns, table->n_columns, &table->cap_columns,
                              sizeof(table->columns[0]));
    table->columns[table->n_columns++] = (struct merge_column){.start = name, .end = name};
}

/* Cells that nothing is saved of are the migration's neighbours: what they are now stays, whatever the down
 * script does to them. */
static void
add_neighbours(struct merge *merge, struct merge_table *table)
{
    for (size_t i = 0; i < table->now.n_columns; i++) {
        const char *name = table->now.columns[i].name;
        bool is_known = table->now.columns[i].is_generated;
        for (size_t j = 0; j < table->n_columns; j++) {
            is_known =
                is_known || str_eq(table->columns[j].end, name) || str_eq(table->columns[j].start, name);
        }
        if (!is_known) {
            add_neighbour(merge, table, name);
        }
    }
}

static enum status
find_now(struct merge *merge, struct merge_table *table, struct err *err)
{
    struct conn *conn = merge->session->conn;
    struct err absent = {0};
    enum status status = table->end[0] == '\0'
                             ? STATUS_USAGE
                             : conn_describe(conn, table->end, merge->arena, &table->now, &absent);
    if (status != STATUS_OK && status != STATUS_USAGE) {
        *err = absent;
        return status;
    }
    table->has_now = status == STATUS_OK;
    if (table->has_now && table->has_key) {
        add_neighbours(merge, table);
    }
    for (size_t i = 0; i < table->n_columns && table->has_now; i++) {
        struct merge_column *column = &table->columns[i];
        const struct column *now = column->end[0] == '\0' ? NULL : table_column(&table->now, column->end);
        column->in_now = now != NULL && !now->is_generated;
        table->has_key = table->has_key && (!column->is_key || column->in_now);
    }
    if (!table->has_now || merge->is_forecast || conn->driver->lock_rows[0] == NULL ||
        conn_txn_state(conn) != TXN_OPEN) {
        return STATUS_OK;
    }
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    sql_add(conn, &sql, "%s%T%s", conn->driver->lock_rows[0], table->now.qualified,
            conn->driver->lock_rows[1]);
    return sql_run(conn, &sql, err);
}

/* Whether a table without a key holds what the migration left in it. */
static enum status
compare_whole(struct merge *merge, struct merge_table *table, struct err *err)
{
    DUMP_SCOPED *dump = NULL;
    SNAPSHOT_SCOPED *reader = NULL;
    const struct saved *after = table->whole_after;
    struct hash128 sum = {0, 0};
    uint64_t rows = 0;
    const char *path;
    if (!table->has_now || after == NULL) {
        table->is_untouched = !table->has_now;
        return STATUS_OK;
    }
    const char **names = arena_new_array(merge->arena, const char *, after->n_columns + 1);
    for (size_t i = 0; i < after->n_columns; i++) {
        names[i] = after->columns[i].name;
        if (table_column(&table->now, names[i]) == NULL) {
            return STATUS_OK;
        }
    }
    TRY(saved_path(merge->session, after, merge->arena, &path, err));
    TRY(snapshot_open(path, &reader, err));
    bool is_own = conn_txn_state(merge->session->conn) == TXN_NONE;
    if (is_own) {
        TRY(conn_begin(merge->session->conn, TXN_READ, err));
    }
    TRY(dump_open(merge->session->conn, &table->now, names, after->n_columns, &dump, err));
    for (;;) {
        struct span image;
        TRY(dump_next(dump, &image, err));
        if (image.len == 0) {
            break;
        }
        sum = hash128_add(sum, hash128(image));
        rows++;
    }
    if (is_own) {
        conn_rollback(merge->session->conn);
    }
    const struct snapshot_totals *totals = snapshot_totals(reader);
    table->is_untouched = totals->rows == rows && hash128_eq(totals->sum, sum);
    return STATUS_OK;
}

/* -- what a crash must not lose ---------------------------------------------------------------------------
 *
 * One item of the registry: "prepared ID 1,3": classified; tables 1 and 3 without a key were untouched; lines
 * with the neighbours follow. "laid
 * ID": laid over the rows, in the same transaction. */

static enum status
note_state(struct merge *merge, const char *state, struct err *err)
{
    struct conn *conn = merge->session->conn;
    struct value params[] = {value_text(state)};
    bool is_own = conn_txn_state(conn) == TXN_NONE;
    if (is_own) {
        TRY(conn_begin(conn, TXN_WRITE, err));
    }
    enum status status = lease_hold(conn, &merge->session->lease, err);
    if (status == STATUS_OK) {
        status = conn_run(conn, "delete from {r}meta where item = 'merge'", NULL, 0, NULL, err);
    }
    if (status == STATUS_OK) {
        status =
            conn_run(conn, "insert into {r}meta (item, value) values ('merge', ?)", params, 1, NULL, err);
    }
    if (is_own && status == STATUS_OK) {
        status = conn_commit(conn, err);
    }
    if (is_own && status != STATUS_OK) {
        conn_rollback(conn);
    }
    return status;
}

static bool
is_neighbour(const struct merge_column *column)
{
    return column->before_side == NULL && column->after_side == NULL;
}

static enum status
note_prepared(struct merge *merge, struct err *err)
{
    BUF_SCOPED state = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&state, "prepared %s ", merge->migration);
    for (size_t i = 0; i < merge->tables.n; i++) {
        if (merge->tables.items[i].is_untouched) {
            buf_printf(&state, "%zu,", i);
        }
    }
    for (size_t i = 0; i < merge->tables.n; i++) {
        const struct merge_table *table = &merge->tables.items[i];
        for (size_t j = 0; j < table->n_columns; j++) {
            if (is_neighbour(&table->columns[j])) {
                buf_printf(&state, "\n%zu\t%s", i, table->columns[j].end);
            }
        }
    }
    return note_state(merge, buf_cstr(&state), err);
}

static void
read_untouched(struct merge *merge, const char *list)
{
    for (size_t i = 0; i < merge->tables.n; i++) {
        const char *wanted = arena_printf(merge->arena, " %zu,", i);
        const char *later = arena_printf(merge->arena, ",%zu,", i);
        merge->tables.items[i].is_untouched = strstr(list, wanted) != NULL || strstr(list, later) != NULL;
    }
}

static void
read_neighbours(struct merge *merge, const char *state)
{
    struct span rest = span_of(state);
    struct span line;
    bool is_first = true;
    for (; span_next_line(&rest, &line); is_first = false) {
        const char *tab = is_first ? NULL : memchr(line.ptr, '\t', line.len);
        uint64_t place;
        if (tab != NULL && parse_u64((struct span){line.ptr, (size_t)(tab - line.ptr)}, &place) &&
            place < merge->tables.n) {
            add_neighbour(merge, &merge->tables.items[place],
                          arena_strndup(merge->arena, tab + 1, line.len - (size_t)(tab + 1 - line.ptr)));
        }
    }
}

/* What the table was like before the down script shows in its merge table. */
static enum status
attach_table(struct merge *merge, struct merge_table *table, struct err *err)
{
    struct conn *conn = merge->session->conn;
    struct table kept;
    if (!table->has_key) {
        return STATUS_OK;
    }
    table->now.qualified = table->end;
    TRY(conn_describe(conn, table->name, merge->arena, &kept, err));
    for (size_t i = 0; i < table->n_columns; i++) {
        struct merge_column *column = &table->columns[i];
        const struct column *now = table_column(&kept, arena_printf(merge->arena, "n%zu", i));
        column->in_now = now != NULL;
        table->has_now = table->has_now || now != NULL;
        if (now != NULL) {
            struct column *columns = arena_new_array(merge->arena, struct column, table->now.n_columns + 1);
            for (size_t j = 0; j < table->now.n_columns; j++) {
                columns[j] = table->now.columns[j];
            }
            columns[table->now.n_columns] = *now;
            columns[table->now.n_columns].name = column->end;
            table->now.columns = columns;
            table->now.n_columns++;
        }
    }
    return STATUS_OK;
}

enum status
merge_attach(struct merge *merge, struct session *session, const char *migration, struct arena *arena,
             bool *is_prepared, struct err *err)
{
    struct value *row;
    bool found;
    merge->session = session;
    merge->migration = migration;
    merge->arena = arena;
    *is_prepared = false;
    TRY(conn_query_row(session->conn, "select value from {r}meta where item = 'merge'", NULL, 0, arena, &row,
                       &found, err));
    const char *state = found ? value_to_str(&row[0], arena) : "";
    const char *prepared = arena_printf(arena, "prepared %s ", migration);
    merge->is_laid = str_eq(state, arena_printf(arena, "laid %s", migration));
    *is_prepared = merge->is_laid || strncmp(state, prepared, strlen(prepared)) == 0;
    if (!*is_prepared) {
        return STATUS_OK;
    }
    TRY(saved_of(session->conn, migration, "up", arena, &merge->saved, err));
    merge->is_on = merge->saved.n > 0 && !merge->is_laid;
    merge_group(merge);
    read_untouched(merge, merge->is_laid ? "" : state + strlen(prepared) - 1);
    read_neighbours(merge, state);
    for (size_t i = 0; i < merge->tables.n && merge->is_on; i++) {
        TRY(attach_table(merge, &merge->tables.items[i], err));
    }
    return STATUS_OK;
}

enum status
merge_prepare(struct merge *merge, struct session *session, const char *migration, struct arena *arena,
              struct err *err)
{
    merge->session = session;
    merge->migration = migration;
    merge->arena = arena;
    merge->is_on = false;
    merge->tables.n = 0;
    TRY(saved_of(session->conn, migration, "up", arena, &merge->saved, err));
    if (merge->saved.n == 0) {
        return STATUS_OK;
    }
    if (merge->saved.items[0].role == SAVED_RELEASED) {
        (void)err_raise(err, STATUS_POLICY,
                        "what '%s' saved for its way back was released by 'rollcall finish'", migration);
        return err_hint(err, "--unprotected runs its down script all the same; take a snapshot first: "
                             "'rollcall snapshot take'");
    }
    merge->is_on = true;
    merge_group(merge);
    for (size_t i = 0; i < merge->tables.n; i++) {
        struct merge_table *table = &merge->tables.items[i];
        TRY(find_now(merge, table, err));
        if (!table->has_key) {
            TRY(compare_whole(merge, table, err));
            continue;
        }
        TRY(merge_fold(merge, table, err));
        TRY(merge_classify(merge, table, err));
    }
    return conn_txn_state(session->conn) == TXN_NONE && !merge->is_forecast ? note_prepared(merge, err)
                                                                            : STATUS_OK;
}

/* -- after it ---------------------------------------------------------------------------------------------
 */

enum status
merge_refuse_conflicts(const struct merge *merge, struct err *err)
{
    if (merge->policy != CONFLICT_FAIL || merge->conflicts.n == 0) {
        return STATUS_OK;
    }
    const struct conflict *first = &merge->conflicts.items[0];
    (void)err_raise(err, STATUS_POLICY,
                    "%lld rows of '%s' were written by '%s' and again since%s%s, and conflicts are to fail",
                    (long long)first->rows, first->table, merge->migration,
                    first->column[0] == '\0' ? "" : ", in column ", first->column);
    return err_hint(err,
                    "--on-conflict keep lets the later writes stand, --on-conflict restore the old values");
}

static void
note_untouched(struct merge *merge, const struct merge_table *table)
{
    struct arena *arena = merge->session->arena;
    if (table->has_key || table->is_untouched || table->whole == NULL) {
        return;
    }
    struct conflict conflict = {arena_strdup(arena, table->start), "", (int64_t)table->whole->rows};
    vec_push(arena, &merge->conflicts, conflict);
}

/* The tables that are there now, and which merge table goes over each. */
static enum status
find_shapes(struct merge *merge, struct table **shapes, size_t **places, size_t *n, struct err *err)
{
    *shapes = arena_new_array(merge->arena, struct table, merge->tables.n + 1);
    *places = arena_new_array(merge->arena, size_t, merge->tables.n + 1);
    *n = 0;
    for (size_t i = 0; i < merge->tables.n; i++) {
        struct err absent = {0};
        const char *start = merge->tables.items[i].start;
        if (start[0] == '\0') {
            continue;
        }
        enum status status =
            conn_describe(merge->session->conn, start, merge->arena, &(*shapes)[*n], &absent);
        if (status == STATUS_OK) {
            (*places)[(*n)++] = i;
        } else if (status != STATUS_USAGE) {
            *err = absent;
            return status;
        }
    }
    return STATUS_OK;
}

static void
mark_then(struct merge_table *table, const struct table *shape)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        struct merge_column *column = &table->columns[i];
        const struct column *then =
            column->start[0] == '\0' || shape == NULL ? NULL : table_column(shape, column->start);
        column->in_then = then != NULL && !then->is_generated;
    }
}

static enum status
count_all(struct merge *merge, const struct table *shapes, const size_t *places, size_t n, struct err *err)
{
    for (size_t i = 0; i < merge->tables.n; i++) {
        const struct table *shape = NULL;
        for (size_t j = 0; j < n; j++) {
            shape = places[j] == i ? &shapes[j] : shape;
        }
        mark_then(&merge->tables.items[i], shape);
        TRY(merge_count(merge, &merge->tables.items[i], err));
        note_untouched(merge, &merge->tables.items[i]);
    }
    return merge_refuse_conflicts(merge, err);
}

/* Its rows stay as they are, whatever the migration made of them. */
static bool
is_retained(struct merge *merge, const struct merge_table *table)
{
    if (stake_retention(merge->session, table->start) == NULL) {
        return false;
    }
    for (size_t i = 0; i < merge->fates.n; i++) {
        struct fates *fates = &merge->fates.items[i];
        if (str_eq(fates->table, table->start)) {
            fates->kept += fates->carried + fates->merged + fates->parked;
            fates->carried = fates->merged = fates->parked = 0;
        }
    }
    return true;
}

static enum status
lay_all(struct merge *merge, const struct table *shapes, const size_t *places, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct merge_table *table = &merge->tables.items[places[i]];
        if (is_retained(merge, table)) {
            continue;
        }
        enum status status = merge_lay_over(merge, table, &shapes[i], err);
        if (status != STATUS_OK) {
            return err_wrap(err, "cannot put back the rows of '%s'", table->start);
        }
    }
    return STATUS_OK;
}

static enum status
verify_all(struct merge *merge, const struct table *shapes, const size_t *places, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct merge_table *table = &merge->tables.items[places[i]];
        if (table->has_key && stake_retention(merge->session, table->start) == NULL) {
            TRY(merge_verify(merge, table, &shapes[i], err));
        }
    }
    return STATUS_OK;
}

enum status
merge_overlay(struct merge *merge, struct err *err)
{
    struct table *shapes;
    size_t *places;
    size_t n;
    if (!merge->is_on) {
        return STATUS_OK;
    }
    struct conn *conn = merge->session->conn;
    bool is_own = conn_txn_state(conn) == TXN_NONE;
    TRY(find_shapes(merge, &shapes, &places, &n, err));
    TRY(count_all(merge, shapes, places, n, err));
    if (n == 0) {
        return STATUS_OK;
    }
    if (is_own) {
        TRY(conn_begin(conn, TXN_WRITE, err));
    }
    enum status status = conn_refill_begin(conn, shapes, n, err);
    if (status == STATUS_OK) {
        status = lay_all(merge, shapes, places, n, err);
    }
    if (status == STATUS_OK) {
        status = verify_all(merge, shapes, places, n, err);
    }
    if (status == STATUS_OK) {
        status = conn_refill_end(conn, shapes, n, true, err);
        merge->is_checked = status == STATUS_OK;
    }
    if (is_own && status == STATUS_OK) {
        status = note_state(merge, arena_printf(merge->arena, "laid %s", merge->migration), err);
    }
    if (is_own && status == STATUS_OK) {
        status = conn_commit(conn, err);
    }
    if (status != STATUS_OK && !conn->is_lost) {
        struct err ignored;
        if (is_own) {
            conn_rollback(conn);
        }
        IGNORE(conn_refill_end(conn, shapes, n, false, &ignored));
    }
    return status;
}

enum status
merge_clear(struct merge *merge, struct err *err)
{
    if (merge->is_laid) { /* by a run that died: what it had switched off comes back */
        TRY(conn_capture_clear(merge->session->conn, err));
    }
    for (size_t i = 0; i < merge->tables.n && merge->is_on; i++) {
        TRY(side_drop(merge->session->conn, merge->tables.items[i].name, err));
    }
    return STATUS_OK;
}
