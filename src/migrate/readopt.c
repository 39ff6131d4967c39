#include "migrate/merge_core.h"
#include "migrate/park.h"

/* " and "-joined: the key in the parking table m is that of t, by its names before the script or after. */
static void
add_key(const struct conn *conn, const struct saved *saved, bool at_end, struct buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < saved->n_columns; i++) {
        const struct saved_column *column = &saved->columns[i];
        BUF_SCOPED side = BUF_INIT(BUF_TEXT_MAX);
        if (column->is_key) {
            sql_add(conn, &side, "m.%I", column->name);
            sql_add(conn, out, "%st.%I = ", is_first ? "" : " and ", at_end ? column->end : column->start);
            conn->driver->cells.from_side(out, buf_cstr(&side), &column->type);
            is_first = false;
        }
    }
}

static const char *
parked_name(const struct readoption *readoption, size_t i)
{
    return side_name(readoption->session->conn, readoption->arena, "readopt_%zu", i + 1);
}

/* Out goes what somebody has deleted or changed since the rollback. */
static enum status
drop_stale(struct readoption *readoption, const struct saved *saved, const char *name, struct err *err)
{
    struct conn *conn = readoption->session->conn;
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    if (saved->start[0] == '\0') {
        return STATUS_OK;
    }
    sql_add(conn, &sql,
            conn_has(conn, CAP_JOINED_WRITES) ? "delete m from %T m where" : "delete from %T as m where",
            name);
    sql_add(conn, &sql, " not exists (select 1 from %T t where ", saved->start);
    add_key(conn, saved, false, &sql);
    for (size_t i = 0; i < saved->n_columns; i++) {
        const struct saved_column *column = &saved->columns[i];
        BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED side = BUF_INIT(BUF_TEXT_MAX);
        if (column->end[0] == '\0') {
            sql_add(conn, &cell, "t.%I", column->start);
            sql_add(conn, &side, "m.%I", column->name);
            buf_str(&sql, " and ");
            conn->driver->cells.same(&sql, buf_cstr(&cell), buf_cstr(&side), &column->type);
        }
    }
    buf_char(&sql, ')');
    return sql_run(conn, &sql, err);
}

enum status
readopt_prepare(struct readoption *readoption, struct session *session, const char *migration,
                bool is_resumed, struct arena *arena, struct err *err)
{
    struct saved_list listed;
    *readoption = (struct readoption){.session = session, .migration = migration, .arena = arena};
    TRY(saved_of(session->conn, migration, "down", arena, &listed, err));
    for (size_t i = 0; i < listed.n; i++) {
        if (listed.items[i].role == SAVED_PARKED) {
            vec_push(arena, &readoption->saved, listed.items[i]);
        }
    }
    for (size_t i = 0; i < readoption->saved.n && !is_resumed; i++) {
        const char *name = parked_name(readoption, i);
        TRY(side_load(session, &readoption->saved.items[i], name, arena, err));
        TRY(drop_stale(readoption, &readoption->saved.items[i], name, err));
    }
    return STATUS_OK;
}

static enum status
bring_back(struct readoption *readoption, const struct saved *saved, const char *name, struct err *err)
{
    struct conn *conn = readoption->session->conn;
    BUF_SCOPED set = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED on = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED names = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED cells = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    struct table table;
    struct err absent;
    int64_t rows = 0;
    if (conn_describe(conn, saved->end, readoption->arena, &table, &absent) != STATUS_OK) {
        return STATUS_OK; /* the script, edited since, makes no such table any more */
    }
    add_key(conn, saved, true, &on);
    for (size_t i = 0; i < saved->n_columns; i++) {
        const struct saved_column *parked = &saved->columns[i];
        const struct column *column = parked->end[0] == '\0' ? NULL : table_column(&table, parked->end);
        BUF_SCOPED side = BUF_INIT(BUF_TEXT_MAX);
        if (column == NULL || column->is_generated) {
            continue;
        }
        sql_add(conn, &side, "m.%I", parked->name);
        sql_add(conn, &names, "%s%I", names.len > 0 ? ", " : "", parked->end);
        buf_str(&cells, cells.len > 0 ? ", " : "");
        conn->driver->cells.from_side(&cells, buf_cstr(&side), &column->type);
        if (!parked->is_key) {
            sql_add(conn, &set, "%s\1%I = ", set.len > 0 ? ", " : "", parked->end);
            conn->driver->cells.from_side(&set, buf_cstr(&side), &column->type);
        }
    }
    sql_add(conn, &sql, "select count(*) from %T", name);
    TRY(sql_number(conn, &sql, &rows, err));
    if (rows == 0) {
        return STATUS_OK;
    }
    readoption->rows += rows;
    TRY(sql_update(conn, saved->end, name, &set, &on, err));
    if (saved->start[0] != '\0') {
        return STATUS_OK;
    }
    const char *override = conn->driver->insert_override;
    buf_reset(&sql);
    sql_add(conn, &sql,
            "insert into %T (%s)%s select %s from %T m where not exists (select 1 from %T t where %s)",
            saved->end, buf_cstr(&names), override == NULL ? "" : override, buf_cstr(&cells), name,
            saved->end, buf_cstr(&on));
    return sql_run(conn, &sql, err);
}

enum status
readopt_finish(struct readoption *readoption, struct err *err)
{
    struct session *session = readoption->session;
    for (size_t i = 0; i < readoption->saved.n; i++) {
        const char *name = parked_name(readoption, i);
        const struct saved *saved = &readoption->saved.items[i];
        enum status status = bring_back(readoption, saved, name, err);
        if (status != STATUS_OK) {
            return err_wrap(err, "cannot bring back what was parked of '%s'", saved->end);
        }
        TRY(side_drop(session->conn, name, err));
    }
    return saved_forget(session->conn, readoption->migration, "down", err);
}
