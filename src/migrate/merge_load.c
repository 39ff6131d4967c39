#include "migrate/merge_core.h"

#include "base/io.h"

#include <string.h>
#include <strings.h>

/* -- files into tables ------------------------------------------------------------------------------------
 */

const char *
side_name(const struct conn *conn, struct arena *arena, const char *fmt, ...)
{
    BUF_SCOPED name = BUF_INIT(BUF_TEXT_MAX);
    va_list args;
    buf_str(&name, conn->driver->registry_prefix);
    va_start(args, fmt);
    buf_vprintf(&name, fmt, args);
    va_end(args);
    return arena_strdup(arena, buf_cstr(&name));
}

enum status
side_drop(struct conn *conn, const char *name, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    sql_add(conn, &sql, "drop table if exists %T", name);
    return sql_run(conn, &sql, err);
}

static bool
is_whole(const char *path)
{
    struct err ignored;
    SNAPSHOT_SCOPED *reader = NULL;
    return snapshot_open(path, &reader, &ignored) == STATUS_OK &&
           snapshot_verify(reader, 1, &ignored) == STATUS_OK;
}

/* Small files may have been lost with the machine's memory: see UNFLUSHED_MAX in protect.c. */
enum status
saved_path(struct session *session, const struct saved *saved, struct arena *arena, const char **out,
           struct err *err)
{
    const char *dir = arena_printf(arena, "%s/snapshots/%s", session->service->store, saved->set);
    bool found = true;
    *out = arena_printf(arena, "%s/%s", dir, saved->file);
    bool is_there = io_exists(*out);
    if (is_there && (saved->stored > SAVED_COPY_MAX || is_whole(*out))) {
        return STATUS_OK;
    }
    if (saved->stored <= SAVED_COPY_MAX) {
        TRY(io_make_dirs(dir, 0700, err));
        TRY(saved_copy_get(session->conn, saved, *out, &found, err));
    } else {
        found = false;
    }
    if (found || is_there) { /* what is damaged and has no copy is told when it is read */
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_CORRUPT, "what '%s' saved of '%s' is not in the store: '%s' is missing",
                    saved->migration, saved->then, *out);
    return err_hint(err,
                    "copy the folder from the machine that applied the migration, or name its store with "
                    "--store; --unprotected rolls back without it");
}

struct loading {
    struct load *load;
};

static enum status
load_piece(void *state, struct span bytes, bool ends_row, struct err *err)
{
    struct loading *loading = state;
    return load_add(loading->load, bytes, ends_row, err);
}

enum status
side_fill(struct conn *conn, const char *path, const char *name, struct arena *arena, struct err *err)
{
    SNAPSHOT_SCOPED *reader = NULL;
    struct table table;
    struct loading loading = {NULL};
    const struct row_sink sink = {load_piece, &loading};
    TRY(snapshot_open(path, &reader, err));
    TRY(snapshot_verify(reader, 2, err));
    TRY(conn_describe(conn, name, arena, &table, err));
    const struct snapshot_header *header = snapshot_header(reader);
    struct stream_column *columns = arena_new_array(arena, struct stream_column, header->n_columns + 1);
    for (size_t i = 0; i < header->n_columns; i++) {
        columns[i] = (struct stream_column){header->columns[i].name, header->columns[i].form};
    }
    TRY(load_open(conn, &table, columns, header->n_columns, &loading.load, err));
    enum status status = snapshot_read(reader, 0, snapshot_totals(reader)->groups, NULL, &sink, err);
    int64_t rows;
    struct err ignored;
    enum status closed =
        load_close(loading.load, status == STATUS_OK, &rows, status == STATUS_OK ? err : &ignored);
    return status == STATUS_OK ? closed : status;
}

/* Keys of a length that no index takes are joined without one. */
enum status
side_index(struct conn *conn, const char *name, const char *columns, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    struct err ignored;
    const char *bare = strrchr(name, '.') == NULL ? name : strrchr(name, '.') + 1;
    sql_add(conn, &sql, "create index rc_ix_%s on %T (%s)", bare, name, columns);
    enum status status = sql_run(conn, &sql, &ignored);
    if (status == STATUS_OK || !conn_has(conn, CAP_TRANSACTIONAL_DDL)) {
        return STATUS_OK;
    }
    *err = ignored;
    return status;
}

enum status
side_load(struct session *session, const struct saved *saved, const char *name, struct arena *arena,
          struct err *err)
{
    struct conn *conn = session->conn;
    const char *path;
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED keys = BUF_INIT(BUF_TEXT_MAX);
    bool is_own = conn_txn_state(conn) == TXN_NONE;
    TRY(saved_path(session, saved, arena, &path, err));
    TRY(side_drop(conn, name, err));
    sql_add(conn, &sql, "create table %T (", name);
    if (saved->role == SAVED_LOG) {
        buf_str(&sql, "rc_seq bigint, rc_new smallint, ");
    }
    for (size_t i = 0; i < saved->n_columns; i++) {
        const struct saved_column *column = &saved->columns[i];
        sql_add(conn, &sql, "%s%I %s", i > 0 ? ", " : "", column->name, column->side_type);
        if (column->is_key) {
            sql_add(conn, &keys, "%s%I", keys.len > 0 ? ", " : "", column->name);
        }
    }
    buf_char(&sql, ')');
    TRY(sql_run(conn, &sql, err));
    if (is_own) {
        TRY(conn_begin(conn, TXN_WRITE, err));
    }
    enum status status = side_fill(conn, path, name, arena, err);
    if (is_own && status == STATUS_OK) {
        status = conn_commit(conn, err);
    }
    if (is_own && status != STATUS_OK) {
        conn_rollback(conn);
    }
    TRY(status);
    return keys.len == 0 ? STATUS_OK : side_index(conn, name, buf_cstr(&keys), err);
}

/* -- which table, which column --------------------------------------------------------------------------- */

bool
merge_is_of(const struct merge_table *table, const struct saved *saved)
{
    return (saved->start[0] != '\0' && str_eq(saved->start, table->start)) ||
           (saved->end[0] != '\0' && str_eq(saved->end, table->end));
}

struct merge_column *
merge_column_of(const struct merge_table *table, const struct saved_column *column)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        struct merge_column *known = &table->columns[i];
        if (column->start[0] != '\0' && str_eq(column->start, known->start)) {
            return known;
        }
        if ((column->start[0] == '\0' || known->start[0] == '\0') && column->end[0] != '\0' &&
            str_eq(column->end, known->end)) {
            return known;
        }
    }
    return NULL;
}

static void
add_column(struct merge *merge, struct merge_table *table, const struct saved *saved,
           const struct saved_column *column)
{
    struct merge_column *known = merge_column_of(table, column);
    if (known == NULL) {
        table->columns = vec_grow(merge->arena, table->columns, table->n_columns, &table->cap_columns,
                                  sizeof(table->columns[0]));
        known = &table->columns[table->n_columns++];
        *known = (struct merge_column){.start = column->start, .end = column->end};
    }
    known->start = known->start[0] == '\0' ? column->start : known->start;
    known->end = known->end[0] == '\0' ? column->end : known->end;
    known->is_key = known->is_key || column->is_key;
    if (saved->role != SAVED_AFTER && known->before_side == NULL) {
        known->before_side = column->side_type;
        known->before_type = column->type;
    }
    if (saved->role != SAVED_BEFORE) {
        known->after_side = column->side_type;
        known->after_type = column->type;
    }
}

static struct merge_table *
table_of(struct merge *merge, const struct saved *saved)
{
    for (size_t i = 0; i < merge->tables.n; i++) {
        if (merge_is_of(&merge->tables.items[i], saved)) {
            return &merge->tables.items[i];
        }
    }
    struct merge_table table = {
        .start = saved->start,
        .end = saved->end,
        .name = side_name(merge->session->conn, merge->arena, "merge_%zu", merge->tables.n + 1),
    };
    vec_push(merge->arena, &merge->tables, table);
    return &merge->tables.items[merge->tables.n - 1];
}

void
merge_group(struct merge *merge)
{
    for (size_t i = 0; i < merge->saved.n; i++) {
        struct saved *saved = &merge->saved.items[i];
        struct merge_table *table = table_of(merge, saved);
        table->start = table->start[0] == '\0' ? saved->start : table->start;
        table->end = table->end[0] == '\0' ? saved->end : table->end;
        table->is_complete = table->is_complete || saved->role != SAVED_LOG;
        if (saved->is_whole && saved->role == SAVED_BEFORE && table->whole == NULL) {
            table->whole = saved;
        }
        if (saved->is_whole && saved->role == SAVED_AFTER) {
            table->whole_after = saved;
        }
        for (size_t j = 0; j < saved->n_columns; j++) {
            add_column(merge, table, saved, &saved->columns[j]);
            table->has_key = table->has_key || saved->columns[j].is_key;
        }
    }
}

void
merge_add_key(const struct merge *merge, const struct merge_table *table, const char *alias, bool at_end,
              struct buf *out)
{
    const struct conn *conn = merge->session->conn;
    bool is_first = true;
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct merge_column *column = &table->columns[i];
        BUF_SCOPED side = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED value = BUF_INIT(BUF_TEXT_MAX);
        if (!column->is_key) {
            continue;
        }
        const struct type *type =
            at_end && column->after_side != NULL ? &column->after_type : &column->before_type;
        buf_printf(&side, "m.k%zu", i);
        conn->driver->cells.from_side(&value, buf_cstr(&side), type);
        sql_add(conn, out, "%s%s.%I = %s", is_first ? "" : " and ", alias,
                at_end ? column->end : column->start, buf_cstr(&value));
        is_first = false;
    }
}

void
merge_add_touched(const struct merge_table *table, struct buf *out)
{
    buf_str(out, "(0 = 1");
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].in_now && table->columns[i].after_side != NULL) {
            buf_printf(out, " or m.t%zu = 1", i);
        }
    }
    buf_char(out, ')');
}
