#include "fake_driver.h"

#include "harness.h"

#include <stdio.h>
#include <string.h>

static char calls[4096];
static enum status next_status;
static bool was_interruptible;

enum { ROWS = 3 };

struct fake_cursor {
    struct cursor cursor;
    unsigned row;
    struct value values[2];
    char text[16];
};

const char *
fake_log(void)
{
    return calls;
}

bool
fake_was_interruptible(void)
{
    return was_interruptible;
}

void
fake_fail_next(enum status status)
{
    next_status = status;
}

static enum status
note(const char *what, struct span sql, struct err *err)
{
    size_t len = strlen(calls);
    snprintf(calls + len, sizeof(calls) - len, sql.len > 0 ? "%s%s(%.*s)" : "%s%s", len > 0 ? " " : "", what,
             (int)sql.len, sql.ptr);
    enum status status = next_status;
    next_status = STATUS_OK;
    return status == STATUS_OK ? STATUS_OK : err_raise(err, status, "%s was refused", what);
}

static enum status
fake_open(struct conn *conn, const struct conn_params *params, struct err *err)
{
    conn->identity.engine = "fake";
    return note("open", span_of(params->url), err);
}

static void
fake_close(struct conn *conn)
{
    struct err ignored;
    (void)conn;
    next_status = STATUS_OK;
    IGNORE(note("close", SPAN(""), &ignored));
}

static enum status
fake_begin_txn(struct conn *conn, enum txn_mode mode, struct err *err)
{
    was_interruptible = conn->is_interruptible;
    return note(mode == TXN_READ ? "begin-read" : "begin", SPAN(""), err);
}

static enum status
fake_commit(struct conn *conn, struct err *err)
{
    was_interruptible = conn->is_interruptible;
    return note("commit", SPAN(""), err);
}

static void
fake_rollback(struct conn *conn)
{
    struct err ignored;
    (void)conn;
    IGNORE(note("rollback", SPAN(""), &ignored));
}

static enum txn_state
fake_txn_state(struct conn *conn)
{
    (void)conn;
    return TXN_OPEN;
}

static enum status
fake_exec(struct conn *conn, struct span sql, int64_t *affected, struct err *err)
{
    was_interruptible = conn->is_interruptible;
    if (affected != NULL) {
        *affected = 7;
    }
    return note("exec", sql, err);
}

static enum status
fake_query(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
           struct cursor **out, int64_t *affected, struct err *err)
{
    (void)params;
    (void)n_params;
    TRY(note("query", span_of(sql), err));
    if (affected != NULL) {
        *affected = 9;
    }
    if (out != NULL) {
        struct fake_cursor *cursor = arena_new(&conn->arena, struct fake_cursor);
        cursor->cursor.conn = conn;
        *out = &cursor->cursor;
    }
    return STATUS_OK;
}

/* Rows ("1", NULL), ("2", NULL), ...; the memory of a row is the next one's. */
static enum status
fake_fetch(struct cursor *base, struct row *row, struct err *err)
{
    struct fake_cursor *cursor = (struct fake_cursor *)(void *)base;
    TRY(note("fetch", SPAN(""), err));
    if (cursor->row < ROWS) {
        cursor->row++;
        snprintf(cursor->text, sizeof(cursor->text), "%u", cursor->row);
        cursor->values[0] = (struct value){VALUE_INT, span_of(cursor->text)};
        cursor->values[1] = value_null();
        *row = (struct row){cursor->values, 2};
    } else {
        *row = (struct row){NULL, 0};
    }
    return STATUS_OK;
}

static void
fake_finish(struct cursor *cursor)
{
    struct err ignored;
    if (cursor != NULL) {
        IGNORE(note("finish", SPAN(""), &ignored));
    }
}

static enum status
fake_copy_in(struct conn *conn, struct span sql, struct span data, int64_t *affected, struct err *err)
{
    was_interruptible = conn->is_interruptible;
    (void)sql;
    if (affected != NULL) {
        *affected = 1;
    }
    return note("copy_in", data, err);
}

static enum status
fake_catalog(struct conn *conn, struct catalog *out, struct err *err)
{
    was_interruptible = conn->is_interruptible;
    (void)out;
    return note("catalog", SPAN(""), err);
}

static enum status
fake_describe(struct conn *conn, const char *qualified, struct arena *arena, struct table *out,
              struct err *err)
{
    (void)conn;
    (void)arena;
    *out = (struct table){.name = qualified};
    return note("describe", span_of(qualified), err);
}

static enum status
fake_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, struct err *err)
{
    (void)conn;
    *names = arena_new_array(arena, const char *, 1);
    *n = 0;
    return note("tables", SPAN(""), err);
}

static enum status
fake_database(struct conn *conn, const char *name, struct arena *arena, char **url, struct err *err)
{
    (void)conn;
    *url = arena_strdup(arena, name);
    return note("create_database", span_of(name), err);
}

static enum status
fake_fork(struct conn *conn, const char *from, const char *name, struct arena *arena, char **url,
          struct err *err)
{
    (void)conn;
    (void)from;
    *url = arena_strdup(arena, name);
    return note("fork_database", span_of(name), err);
}

static enum status
fake_drop(struct conn *conn, const char *name, struct err *err)
{
    was_interruptible = conn->is_interruptible;
    return note("drop_database", span_of(name), err);
}

static enum status
fake_alive(struct conn *conn, const char *session, bool *out, struct err *err)
{
    (void)conn;
    *out = true;
    return note("session_alive", span_of(session), err);
}

static enum status
fake_script_session(struct conn *conn, bool enter, struct err *err)
{
    (void)conn;
    return note("script_session", enter ? SPAN("enter") : SPAN("leave"), err);
}

static enum status
fake_version(struct conn *conn, uint64_t *out, struct err *err)
{
    (void)conn;
    *out = 3;
    return note("schema_version", SPAN(""), err);
}

static enum status
fake_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err)
{
    (void)conn;
    (void)arena;
    (void)out;
    return note("blockers", SPAN(""), err);
}

static const struct conn_ops fake_ops = {
    .open = fake_open,
    .close = fake_close,
    .session_alive = fake_alive,
    .script_session = fake_script_session,
    .begin = fake_begin_txn,
    .commit = fake_commit,
    .rollback = fake_rollback,
    .txn_state = fake_txn_state,
    .exec = fake_exec,
    .query = fake_query,
    .fetch = fake_fetch,
    .finish = fake_finish,
    .copy_in = fake_copy_in,
    .catalog = fake_catalog,
    .schema_version = fake_version,
    .tables = fake_tables,
    .describe = fake_describe,
    .blockers = fake_blockers,
    .create_database = fake_database,
    .fork_database = fake_fork,
    .drop_database = fake_drop,
};

static const struct conn_ops file_ops = {
    .open = fake_open,
    .close = fake_close,
    .begin = fake_begin_txn,
    .commit = fake_commit,
    .rollback = fake_rollback,
    .txn_state = fake_txn_state,
    .exec = fake_exec,
    .query = fake_query,
    .fetch = fake_fetch,
    .finish = fake_finish,
    .catalog = fake_catalog,
    .tables = fake_tables,
    .describe = fake_describe,
};

static const char *const fake_dialects[] = {"postgresql", "pg", NULL};
static const char *const fake_schemes[] = {"postgres", "postgresql", "fake", NULL};
static const char *const file_schemes[] = {"file", NULL};

const struct driver fake_driver = {
    .name = "fake",
    .dialects = fake_dialects,
    .schemes = fake_schemes,
    .caps = CAP_SERVER | CAP_SCHEMAS,
    .conn_size = sizeof(struct conn) + 64,
    .registry_prefix = "rollcall.",
    .now_us_sql = "clock()",
    .quote = '"',
    .ops = &fake_ops,
};

const struct driver file_driver = {
    .name = "filedb",
    .schemes = file_schemes,
    .conn_size = sizeof(struct conn),
    .registry_prefix = "rollcall_",
    .now_us_sql = "now()",
    .quote = '`',
    .ops = &file_ops,
};

void
fake_begin(void)
{
    static const struct driver *const drivers[] = {&fake_driver, &file_driver, NULL};
    calls[0] = '\0';
    next_status = STATUS_OK;
    driver_registry_set(drivers);
}
