#include "migrate/protect_core.h"

#include "migrate/names.h"

#include <inttypes.h>
#include <string.h>

/* -- logs become files ------------------------------------------------------------------------------------
 */

static enum status
drop_log(struct conn *conn, const char *log, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "drop table if exists ");
    driver_quote_qualified(conn->driver, &sql, log);
    return conn_exec(conn, buf_view(&sql), NULL, err);
}

static enum status
count_rows(struct conn *conn, const char *table, struct arena *arena, int64_t *out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    struct value *row;
    bool found;
    buf_str(&sql, "select count(*) from ");
    driver_quote_qualified(conn->driver, &sql, table);
    TRY(conn_query_row(conn, buf_cstr(&sql), NULL, 0, arena, &row, &found, err));
    *out = found ? value_to_int(&row[0], 0) : 0;
    return STATUS_OK;
}

/* An empty one is forgotten. */
static enum status
file_log(struct protect *protect, struct saved *saved, struct err *err)
{
    struct conn *conn = protect->session->conn;
    const char *log = saved->file;
    struct table table;
    struct name_list columns = {0};
    int64_t rows;
    TRY(count_rows(conn, log, protect->arena, &rows, err));
    if (rows == 0) {
        saved->file = "";
        return protect->is_journaled ? saved_remove(conn, saved, err) : STATUS_OK;
    }
    TRY(conn_describe(conn, log, protect->arena, &table, err));
    vec_push(protect->arena, &columns, "rc_seq");
    vec_push(protect->arena, &columns, "rc_new");
    for (size_t i = 0; i < saved->n_columns; i++) {
        vec_push(protect->arena, &columns, saved->columns[i].name);
    }
    return protect_write_file(protect, saved, &table, &columns, err);
}

static enum status
file_logs(struct protect *protect, struct err *err)
{
    for (size_t i = 0; i < protect->captures.n; i++) {
        struct capturing *capture = &protect->captures.items[i];
        TRY(file_log(protect, &capture->saved, err));
        if (capture->saved.file[0] != '\0') {
            vec_push(protect->arena, &protect->saves, capture->saved);
        }
    }
    return STATUS_OK;
}

/* -- what the script left of tables that it took apart ----------------------------------------------------
 */

static bool
has_after(const struct protect *protect, const char *end, bool is_whole)
{
    for (size_t i = 0; i < protect->saves.n; i++) {
        const struct saved *saved = &protect->saves.items[i];
        if (saved->role == SAVED_AFTER && str_eq(saved->then, end) && saved->is_whole == is_whole) {
            return true;
        }
    }
    return false;
}

/* Of a table that was saved whole: where its rows are now; `end` becomes "" when there are none. */
static enum status
find_end(struct protect *protect, struct saved *saved, struct table *table, struct err *err)
{
    bool found = false;
    if (saved->end[0] != '\0') {
        TRY(protect_find_table(protect, saved->end, table, &found, err));
    }
    if (!found && saved->start[0] != '\0') {
        TRY(protect_find_table(protect, saved->start, table, &found, err));
    }
    saved->end = found ? table->qualified : "";
    return STATUS_OK;
}

static enum status
save_after(struct protect *protect, const struct saved *before, const struct table *table, struct err *err)
{
    struct name_list columns = {0};
    if (has_after(protect, table->qualified, before->is_whole)) {
        return STATUS_OK;
    }
    if (before->is_whole) {
        snapshot_columns(table, protect->arena, &columns);
    }
    for (size_t i = 0; i < before->n_columns && !before->is_whole; i++) {
        const struct saved_column *column = &before->columns[i];
        const struct column *now = table_column(table, column->end);
        if (now != NULL && !now->is_generated) {
            vec_push(protect->arena, &columns, now->name);
        } else if (column->is_key) {
            return STATUS_OK; /* rows can no longer be told apart by it */
        }
    }
    size_t n_keys = 0;
    for (size_t i = 0; i < before->n_columns; i++) {
        n_keys += before->columns[i].is_key;
    }
    if (!before->is_whole && columns.n <= n_keys) {
        return STATUS_OK;
    }
    return protect_save_rows(protect, SAVED_AFTER, table, &columns, before->is_whole, err);
}

static enum status
save_afters(struct protect *protect, struct err *err)
{
    size_t n = protect->saves.n;
    for (size_t i = 0; i < n; i++) {
        struct table table;
        if (protect->saves.items[i].role != SAVED_BEFORE) {
            continue;
        }
        TRY(find_end(protect, &protect->saves.items[i], &table, err));
        const struct saved before = protect->saves.items[i];
        if (before.end[0] != '\0' && protect->step->direction == DIRECTION_UP) {
            TRY(save_after(protect, &before, &table, err));
        }
    }
    return STATUS_OK;
}

/* Rows that the migration itself put into its new tables are not written since. */
static enum status
save_created(struct protect *protect, struct err *err)
{
    for (size_t i = 0; i < protect->created.n && protect->step->direction == DIRECTION_UP; i++) {
        struct table table;
        bool found;
        int64_t rows = 0;
        TRY(protect_find_table(protect, protect->created.items[i], &table, &found, err));
        if (!found || has_after(protect, table.qualified, true)) {
            continue;
        }
        TRY(count_rows(protect->session->conn, table.qualified, protect->arena, &rows, err));
        if (rows > 0) {
            struct name_list columns;
            snapshot_columns(&table, protect->arena, &columns);
            TRY(protect_save_rows(protect, SAVED_AFTER, &table, &columns, true, err));
        }
    }
    return STATUS_OK;
}

/* -- what nobody had foreseen -----------------------------------------------------------------------------
 */

static bool
is_covered(const struct protect *protect, const char *table)
{
    for (size_t i = 0; i < protect->saves.n; i++) {
        const struct saved *saved = &protect->saves.items[i];
        bool is_it = table_name_eq(saved->then, table) || table_name_eq(saved->end, table);
        if (is_it && (saved->is_whole || saved->role == SAVED_LOG)) {
            return true;
        }
    }
    for (size_t i = 0; i < protect->captures.n; i++) {
        const struct capturing *capture = &protect->captures.items[i];
        if (table_name_eq(capture->table.qualified, table) || table_name_eq(capture->saved.end, table)) {
            return true;
        }
    }
    for (size_t i = 0; i < protect->created.n; i++) {
        if (table_name_eq(protect->created.items[i], table)) {
            return true;
        }
    }
    return false;
}

static enum status
check_foreseen(struct protect *protect, struct err *err)
{
    const char **names;
    size_t n;
    bool known;
    size_t n_extra = protect->extra.n;
    TRY(conn_written_tables(protect->session->conn, protect->arena, &names, &n, &known, err));
    for (size_t i = 0; i < n && known; i++) {
        if (!is_covered(protect, names[i])) {
            vec_push(protect->session->arena, &protect->extra,
                     arena_strdup(protect->session->arena, names[i]));
        }
    }
    if (protect->extra.n == n_extra) {
        return STATUS_OK;
    }
    return err_raise(err, STATUS_CONFLICT,
                     "the script changes rows of '%s' that no statement of it names; it is run again with "
                     "that table saved",
                     protect->extra.items[n_extra]);
}

/* -- all of it --------------------------------------------------------------------------------------------
 */

/* Logs of statements that an earlier try brought to their end. */
static enum status
adopt_logs(struct protect *protect, struct err *err)
{
    struct saved_list listed;
    TRY(saved_of(protect->session->conn, protect->step->entry->id, direction_name(protect->step->direction),
                 protect->arena, &listed, err));
    for (size_t i = 0; i < listed.n; i++) {
        const struct saved *saved = &listed.items[i];
        bool is_ours = false;
        for (size_t j = 0; j < protect->captures.n; j++) {
            is_ours = is_ours || protect->captures.items[j].saved.n == saved->n;
        }
        for (size_t j = 0; j < protect->saves.n; j++) {
            is_ours = is_ours || protect->saves.items[j].n == saved->n;
        }
        if (!is_ours && saved->role == SAVED_LOG && saved->set[0] == '\0') {
            struct capturing capture = {.log = saved->file, .saved = *saved};
            capture.table.qualified = saved->then;
            vec_push(protect->arena, &protect->captures, capture);
        } else if (!is_ours) {
            vec_push(protect->arena, &protect->saves, *saved);
        }
    }
    return STATUS_OK;
}

/* Files of an earlier try lie in its own set and are listed already. */
static enum status
list_all(struct protect *protect, struct err *err)
{
    if (protect->has_set) {
        TRY(manifest_write(&protect->set, protect->arena, err));
    }
    for (size_t i = 0; i < protect->saves.n; i++) {
        const struct saved *saved = &protect->saves.items[i];
        if (protect->has_set && str_eq(saved->set, protect->set.id)) {
            TRY(protect_list(protect, saved, err));
        }
    }
    return STATUS_OK;
}

static enum status
drop_logs(struct protect *protect, struct err *err)
{
    for (size_t i = 0; i < protect->captures.n; i++) {
        TRY(drop_log(protect->session->conn, protect->captures.items[i].log, err));
    }
    return STATUS_OK;
}

enum status
protect_end_script(struct protect *protect, struct err *err)
{
    if (!protect->is_on) {
        return STATUS_OK;
    }
    protect->statement = protect->step->pieces.n_statements + 1;
    protect->piece = protect->step->pieces.n;
    TRY(protect_stop_logs(protect, err));
    return protect->is_journaled ? adopt_logs(protect, err) : check_foreseen(protect, err);
}

enum status
protect_complete(struct protect *protect, struct err *err)
{
    if (!protect->is_on) {
        return STATUS_OK;
    }
    TRY(file_logs(protect, err));
    TRY(save_afters(protect, err));
    TRY(save_created(protect, err));
    TRY(list_all(protect, err));
    return drop_logs(protect, err);
}

void
protect_abandon(struct protect *protect)
{
    struct err ignored;
    if (!protect->is_on) {
        return;
    }
    if (!protect->session->conn->is_lost) {
        IGNORE(conn_capture_clear(protect->session->conn, &ignored));
    }
    if (protect->has_set && !protect->is_journaled) {
        snapshot_set_remove(protect->set.dir);
    }
    protect->has_set = false;
}

static const char *
summary_kind(const struct saved *saved)
{
    return saved->role == SAVED_LOG ? "changes" : saved->is_whole ? "table" : "columns";
}

void
protect_summarise(const struct protect *protect, struct arena *arena, struct saved_summaries *out)
{
    *out = (struct saved_summaries){0};
    for (size_t i = 0; i < protect->saves.n; i++) {
        const struct saved *saved = &protect->saves.items[i];
        struct saved_summary summary = {arena_strdup(arena, saved->then), summary_kind(saved), saved->rows,
                                        saved->bytes};
        if (saved->role == SAVED_LOG || saved->role == SAVED_BEFORE) {
            vec_push(arena, out, summary);
        }
    }
}
