#include "driver/decorate.h"

#include "base/clock.h"

#include <stdlib.h>

enum { HOOK_MAX = 2 };

struct decorated {
    struct driver driver; /* first: conn->driver points to it */
    struct conn_ops ops;
    const struct driver *inner;
    struct hook hooks[HOOK_MAX];
    size_t n_hooks;
};

const char *
conn_op_name(enum conn_op op)
{
    static const char *const names[OP_COUNT] = {
        [OP_OPEN] = "open",
        [OP_CLOSE] = "close",
        [OP_SESSION_ALIVE] = "session_alive",
        [OP_SCRIPT_SESSION] = "script_session",
        [OP_LOCK_TIMEOUT] = "lock_timeout",
        [OP_BEGIN] = "begin",
        [OP_COMMIT] = "commit",
        [OP_ROLLBACK] = "rollback",
        [OP_EXEC] = "exec",
        [OP_QUERY] = "query",
        [OP_QUERY_TEXT] = "query_text",
        [OP_FETCH] = "fetch",
        [OP_FINISH] = "finish",
        [OP_COPY_IN] = "copy_in",
        [OP_CATALOG] = "catalog",
        [OP_CATALOG_CHANGES] = "catalog_changes",
        [OP_CLEAR_TORN] = "clear_torn",
        [OP_SCHEMA_VERSION] = "schema_version",
        [OP_TABLES] = "tables",
        [OP_DESCRIBE] = "describe",
        [OP_BLOCKERS] = "blockers",
        [OP_DUMP_OPEN] = "dump_open",
        [OP_DUMP_NEXT] = "dump_next",
        [OP_DUMP_CLOSE] = "dump_close",
        [OP_LOAD_OPEN] = "load_open",
        [OP_LOAD_ADD] = "load_add",
        [OP_LOAD_CLOSE] = "load_close",
        [OP_REFILL_BEGIN] = "refill_begin",
        [OP_REFILL_CLEAR] = "refill_clear",
        [OP_REFILL_END] = "refill_end",
        [OP_COUNTERS] = "counters",
        [OP_RAISE_COUNTER] = "raise_counter",
        [OP_CAPTURE_BEGIN] = "capture_begin",
        [OP_CAPTURE_END] = "capture_end",
        [OP_CREATE_DATABASE] = "create_database",
        [OP_FORK_DATABASE] = "fork_database",
        [OP_DROP_DATABASE] = "drop_database",
        [OP_LIST_DATABASES] = "list_databases",
    };
    return names[op];
}

static const struct decorated *
decorated_of(const struct conn *conn)
{
    return (const struct decorated *)(const void *)conn->driver;
}

static const struct conn_ops *
inner_ops(const struct conn *conn)
{
    return decorated_of(conn)->inner->ops;
}

static struct op_call
call_of(enum conn_op op, struct conn *conn, struct span sql)
{
    return (struct op_call){
        .op = op, .conn = conn, .sql = sql, .affected = -1, .started_us = clock_monotonic_us()};
}

static enum status
before(struct op_call *call, struct err *err)
{
    const struct decorated *decorated = decorated_of(call->conn);
    for (size_t i = 0; i < decorated->n_hooks; i++) {
        const struct hook *hook = &decorated->hooks[i];
        if (hook->kind->before != NULL) {
            TRY(hook->kind->before(hook->state, call, err));
        }
    }
    return STATUS_OK;
}

static enum status
after(struct op_call *call, enum status status, struct err *err)
{
    const struct decorated *decorated = decorated_of(call->conn);
    for (size_t i = decorated->n_hooks; i > 0; i--) {
        const struct hook *hook = &decorated->hooks[i - 1];
        if (hook->kind->after != NULL) {
            status = hook->kind->after(hook->state, call, status, err);
        }
    }
    return status;
}

/* Runs `inner` between the hooks. `call` and `err` are in scope. */
#define THROUGH(inner)                                                                                       \
    do {                                                                                                     \
        enum status through_status = before(&call, err);                                                     \
        if (through_status == STATUS_OK) {                                                                   \
            through_status = (inner);                                                                        \
        }                                                                                                    \
        return after(&call, through_status, err);                                                            \
    } while (0)

static const struct span nothing = {NULL, 0};

static enum status
run_open(struct conn *conn, const struct conn_params *params, struct err *err)
{
    struct op_call call = call_of(OP_OPEN, conn, nothing);
    THROUGH(inner_ops(conn)->open(conn, params, err));
}

static void
run_close(struct conn *conn)
{
    const struct decorated *decorated = decorated_of(conn);
    struct op_call call = call_of(OP_CLOSE, conn, nothing);
    struct err ignored = {0};
    (void)before(&call, &ignored);
    decorated->inner->ops->close(conn);
    (void)after(&call, STATUS_OK, &ignored);
    for (size_t i = decorated->n_hooks; i > 0; i--) {
        decorated->hooks[i - 1].kind->release(decorated->hooks[i - 1].state);
    }
}

static enum status
run_session_alive(struct conn *conn, const char *session, bool *out, struct err *err)
{
    struct op_call call = call_of(OP_SESSION_ALIVE, conn, nothing);
    THROUGH(inner_ops(conn)->session_alive(conn, session, out, err));
}

static enum status
run_script_session(struct conn *conn, bool enter, struct err *err)
{
    struct op_call call = call_of(OP_SCRIPT_SESSION, conn, nothing);
    THROUGH(inner_ops(conn)->script_session(conn, enter, err));
}

static enum status
run_begin(struct conn *conn, enum txn_mode mode, struct err *err)
{
    struct op_call call = call_of(OP_BEGIN, conn, nothing);
    THROUGH(inner_ops(conn)->begin(conn, mode, err));
}

static enum status
run_commit(struct conn *conn, struct err *err)
{
    struct op_call call = call_of(OP_COMMIT, conn, nothing);
    THROUGH(inner_ops(conn)->commit(conn, err));
}

static void
run_rollback(struct conn *conn)
{
    struct op_call call = call_of(OP_ROLLBACK, conn, nothing);
    struct err ignored = {0};
    if (before(&call, &ignored) == STATUS_OK) {
        inner_ops(conn)->rollback(conn);
    }
    (void)after(&call, STATUS_OK, &ignored);
}

static enum status
run_exec(struct conn *conn, struct span sql, int64_t *affected, struct err *err)
{
    struct op_call call = call_of(OP_EXEC, conn, sql);
    int64_t *count = affected == NULL ? &call.affected : affected;
    enum status status = before(&call, err);
    if (status == STATUS_OK) {
        status = inner_ops(conn)->exec(conn, sql, count, err);
        call.affected = status == STATUS_OK ? *count : -1;
    }
    return after(&call, status, err);
}

static enum status
run_query(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
          struct cursor **out, int64_t *affected, struct err *err)
{
    struct op_call call = call_of(OP_QUERY, conn, span_of(sql));
    int64_t *count = affected == NULL ? &call.affected : affected;
    enum status status = before(&call, err);
    if (status == STATUS_OK) {
        status = inner_ops(conn)->query(conn, sql, params, n_params, out, count, err);
        call.affected = status == STATUS_OK && out == NULL ? *count : -1;
        call.cursor = status == STATUS_OK && out != NULL ? *out : NULL;
    }
    enum status result = after(&call, status, err);
    if (status == STATUS_OK && result != STATUS_OK && out != NULL) {
        inner_ops(conn)->finish(*out);
        *out = NULL;
    }
    return result;
}

static enum status
run_fetch(struct cursor *cursor, struct row *row, struct err *err)
{
    struct op_call call = call_of(OP_FETCH, cursor->conn, nothing);
    call.cursor = cursor;
    enum status status = before(&call, err);
    if (status == STATUS_OK) {
        status = inner_ops(cursor->conn)->fetch(cursor, row, err);
        call.has_row = status == STATUS_OK && row->n > 0;
    }
    return after(&call, status, err);
}

static void
run_finish(struct cursor *cursor)
{
    if (cursor == NULL) {
        return;
    }
    struct op_call call = call_of(OP_FINISH, cursor->conn, nothing);
    struct err ignored = {0};
    call.cursor = cursor;
    (void)before(&call, &ignored);
    inner_ops(call.conn)->finish(cursor);
    (void)after(&call, STATUS_OK, &ignored);
}

static enum status
run_copy_in(struct conn *conn, struct span sql, struct span data, int64_t *affected, struct err *err)
{
    struct op_call call = call_of(OP_COPY_IN, conn, sql);
    int64_t *count = affected == NULL ? &call.affected : affected;
    enum status status = before(&call, err);
    if (status == STATUS_OK) {
        status = inner_ops(conn)->copy_in(conn, sql, data, count, err);
        call.affected = status == STATUS_OK ? *count : -1;
    }
    return after(&call, status, err);
}

static enum status
run_catalog(struct conn *conn, struct catalog *out, struct err *err)
{
    struct op_call call = call_of(OP_CATALOG, conn, nothing);
    THROUGH(inner_ops(conn)->catalog(conn, out, err));
}

static enum status
run_schema_version(struct conn *conn, uint64_t *out, struct err *err)
{
    struct op_call call = call_of(OP_SCHEMA_VERSION, conn, nothing);
    THROUGH(inner_ops(conn)->schema_version(conn, out, err));
}

static enum status
run_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, struct err *err)
{
    struct op_call call = call_of(OP_TABLES, conn, nothing);
    THROUGH(inner_ops(conn)->tables(conn, arena, names, n, err));
}

static enum status
run_describe(struct conn *conn, const char *qualified, struct arena *arena, struct table *out,
             struct err *err)
{
    struct op_call call = call_of(OP_DESCRIBE, conn, span_of(qualified));
    THROUGH(inner_ops(conn)->describe(conn, qualified, arena, out, err));
}

static enum status
run_describe_query(struct conn *conn, const char *query, struct arena *arena, struct table *out,
                   struct err *err)
{
    struct op_call call = call_of(OP_DESCRIBE, conn, span_of(query));
    THROUGH(inner_ops(conn)->describe_query(conn, query, arena, out, err));
}

static enum status
run_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err)
{
    struct op_call call = call_of(OP_BLOCKERS, conn, nothing);
    THROUGH(inner_ops(conn)->blockers(conn, arena, out, err));
}

static enum status
run_create_database(struct conn *conn, const char *name, struct arena *arena, char **url, struct err *err)
{
    struct op_call call = call_of(OP_CREATE_DATABASE, conn, span_of(name));
    THROUGH(inner_ops(conn)->create_database(conn, name, arena, url, err));
}

static enum status
run_fork_database(struct conn *conn, const char *from, const char *name, struct arena *arena, char **url,
                  struct err *err)
{
    struct op_call call = call_of(OP_FORK_DATABASE, conn, span_of(name));
    THROUGH(inner_ops(conn)->fork_database(conn, from, name, arena, url, err));
}

static enum status
run_drop_database(struct conn *conn, const char *name, struct err *err)
{
    struct op_call call = call_of(OP_DROP_DATABASE, conn, span_of(name));
    THROUGH(inner_ops(conn)->drop_database(conn, name, err));
}

static enum status
run_list_databases(struct conn *conn, const char *prefix, struct arena *arena, const char ***names, size_t *n,
                   struct err *err)
{
    struct op_call call = call_of(OP_LIST_DATABASES, conn, span_of(prefix));
    THROUGH(inner_ops(conn)->list_databases(conn, prefix, arena, names, n, err));
}

static enum status
run_lock_timeout(struct conn *conn, uint32_t ms, struct err *err)
{
    struct op_call call = call_of(OP_LOCK_TIMEOUT, conn, nothing);
    THROUGH(inner_ops(conn)->lock_timeout(conn, ms, err));
}

static enum status
run_query_text(struct conn *conn, struct span sql, struct cursor **out, struct err *err)
{
    struct op_call call = call_of(OP_QUERY_TEXT, conn, sql);
    THROUGH(inner_ops(conn)->query_text(conn, sql, out, err));
}

static enum status
run_catalog_changes(struct conn *conn, const struct catalog *since, const struct effects *effects,
                    struct arena *arena, struct object_changes *out, bool *known, struct err *err)
{
    struct op_call call = call_of(OP_CATALOG_CHANGES, conn, nothing);
    THROUGH(inner_ops(conn)->catalog_changes(conn, since, effects, arena, out, known, err));
}

static enum status
run_clear_torn(struct conn *conn, const struct effect *effect, struct arena *arena, const char **what,
               struct err *err)
{
    struct op_call call = call_of(OP_CLEAR_TORN, conn, span_of(effect->name));
    THROUGH(inner_ops(conn)->clear_torn(conn, effect, arena, what, err));
}

static enum status
run_dump_open(struct conn *conn, const struct table *table, const char *const *columns, size_t n,
              struct dump **out, struct err *err)
{
    struct op_call call = call_of(OP_DUMP_OPEN, conn, span_of(table->qualified));
    enum status status = before(&call, err);
    if (status == STATUS_OK) {
        status = inner_ops(conn)->dump_open(conn, table, columns, n, out, err);
    }
    enum status result = after(&call, status, err);
    if (status == STATUS_OK && result != STATUS_OK && *out != NULL) {
        inner_ops(conn)->dump_close(*out);
        *out = NULL;
    }
    return result;
}

static enum status
run_dump_next(struct dump *dump, struct span *image, struct err *err)
{
    struct op_call call = call_of(OP_DUMP_NEXT, dump->conn, nothing);
    THROUGH(inner_ops(call.conn)->dump_next(dump, image, err));
}

static void
run_dump_close(struct dump *dump)
{
    struct op_call call = call_of(OP_DUMP_CLOSE, dump->conn, nothing);
    struct err ignored = {0};
    (void)before(&call, &ignored);
    inner_ops(call.conn)->dump_close(dump);
    (void)after(&call, STATUS_OK, &ignored);
}

static enum status
run_load_open(struct conn *conn, const struct table *table, const struct stream_column *columns, size_t n,
              struct load **out, struct err *err)
{
    struct op_call call = call_of(OP_LOAD_OPEN, conn, span_of(table->qualified));
    struct err ignored = {0};
    int64_t rows;
    enum status status = before(&call, err);
    if (status == STATUS_OK) {
        status = inner_ops(conn)->load_open(conn, table, columns, n, out, err);
    }
    enum status result = after(&call, status, err);
    if (status == STATUS_OK && result != STATUS_OK && *out != NULL) {
        IGNORE(inner_ops(conn)->load_close(*out, false, &rows, &ignored));
        *out = NULL;
    }
    return result;
}

static enum status
run_load_add(struct load *load, struct span piece, bool ends_row, struct err *err)
{
    struct op_call call = call_of(OP_LOAD_ADD, load->conn, nothing);
    THROUGH(inner_ops(call.conn)->load_add(load, piece, ends_row, err));
}

/* It ends in any case: what a hook says instead comes after. */
static enum status
run_load_close(struct load *load, bool keep, int64_t *rows, struct err *err)
{
    struct op_call call = call_of(OP_LOAD_CLOSE, load->conn, nothing);
    struct err ignored = {0};
    enum status status = before(&call, err);
    if (status == STATUS_OK) {
        status = inner_ops(call.conn)->load_close(load, keep, rows, err);
        call.affected = status == STATUS_OK ? *rows : -1;
    } else {
        IGNORE(inner_ops(call.conn)->load_close(load, false, rows, &ignored));
    }
    return after(&call, status, err);
}

static enum status
run_refill_begin(struct conn *conn, const struct table *tables, size_t n, struct err *err)
{
    struct op_call call = call_of(OP_REFILL_BEGIN, conn, nothing);
    THROUGH(inner_ops(conn)->refill_begin(conn, tables, n, err));
}

static enum status
run_refill_clear(struct conn *conn, const struct table *table, struct err *err)
{
    struct op_call call = call_of(OP_REFILL_CLEAR, conn, span_of(table->qualified));
    THROUGH(inner_ops(conn)->refill_clear(conn, table, err));
}

static enum status
run_refill_end(struct conn *conn, const struct table *tables, size_t n, bool keep, struct err *err)
{
    struct op_call call = call_of(OP_REFILL_END, conn, nothing);
    THROUGH(inner_ops(conn)->refill_end(conn, tables, n, keep, err));
}

static enum status
run_counters(struct conn *conn, const struct table *table, struct arena *arena, struct counters *out,
             struct err *err)
{
    struct op_call call = call_of(OP_COUNTERS, conn, span_of(table->qualified));
    THROUGH(inner_ops(conn)->counters(conn, table, arena, out, err));
}

static enum status
run_raise_counter(struct conn *conn, const struct table *table, const struct counter *counter,
                  struct err *err)
{
    struct op_call call = call_of(OP_RAISE_COUNTER, conn, span_of(table->qualified));
    THROUGH(inner_ops(conn)->raise_counter(conn, table, counter, err));
}

static enum status
run_capture_begin(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    struct op_call call = call_of(OP_CAPTURE_BEGIN, conn, span_of(table->qualified));
    THROUGH(inner_ops(conn)->capture_begin(conn, table, log, err));
}

static enum status
run_capture_end(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    struct op_call call = call_of(OP_CAPTURE_END, conn, span_of(table->qualified));
    THROUGH(inner_ops(conn)->capture_end(conn, table, log, err));
}

/* Operations on whole tables. */
static void
watch_streams(const struct conn_ops *inner, struct conn_ops *ops)
{
    ops->dump_open = inner->dump_open == NULL ? NULL : run_dump_open;
    ops->dump_next = inner->dump_next == NULL ? NULL : run_dump_next;
    ops->dump_close = inner->dump_close == NULL ? NULL : run_dump_close;
    ops->load_open = inner->load_open == NULL ? NULL : run_load_open;
    ops->load_add = inner->load_add == NULL ? NULL : run_load_add;
    ops->load_close = inner->load_close == NULL ? NULL : run_load_close;
    ops->refill_begin = inner->refill_begin == NULL ? NULL : run_refill_begin;
    ops->refill_clear = inner->refill_clear == NULL ? NULL : run_refill_clear;
    ops->refill_end = inner->refill_end == NULL ? NULL : run_refill_end;
    ops->counters = inner->counters == NULL ? NULL : run_counters;
    ops->raise_counter = inner->raise_counter == NULL ? NULL : run_raise_counter;
    ops->capture_begin = inner->capture_begin == NULL ? NULL : run_capture_begin;
    ops->capture_end = inner->capture_end == NULL ? NULL : run_capture_end;
}

/* What the inner driver does not have stays NULL. */
static struct conn_ops
watched(const struct conn_ops *inner)
{
    struct conn_ops ops = *inner;
    ops.open = run_open;
    ops.close = run_close;
    ops.session_alive = inner->session_alive == NULL ? NULL : run_session_alive;
    ops.script_session = inner->script_session == NULL ? NULL : run_script_session;
    ops.begin = run_begin;
    ops.commit = run_commit;
    ops.rollback = run_rollback;
    ops.exec = run_exec;
    ops.query = run_query;
    ops.fetch = run_fetch;
    ops.finish = run_finish;
    ops.copy_in = inner->copy_in == NULL ? NULL : run_copy_in;
    ops.catalog = inner->catalog == NULL ? NULL : run_catalog;
    ops.schema_version = inner->schema_version == NULL ? NULL : run_schema_version;
    ops.tables = inner->tables == NULL ? NULL : run_tables;
    ops.describe = inner->describe == NULL ? NULL : run_describe;
    ops.describe_query = inner->describe_query == NULL ? NULL : run_describe_query;
    ops.blockers = inner->blockers == NULL ? NULL : run_blockers;
    ops.create_database = inner->create_database == NULL ? NULL : run_create_database;
    ops.fork_database = inner->fork_database == NULL ? NULL : run_fork_database;
    ops.drop_database = inner->drop_database == NULL ? NULL : run_drop_database;
    ops.lock_timeout = inner->lock_timeout == NULL ? NULL : run_lock_timeout;
    ops.query_text = inner->query_text == NULL ? NULL : run_query_text;
    ops.catalog_changes = inner->catalog_changes == NULL ? NULL : run_catalog_changes;
    ops.clear_torn = inner->clear_torn == NULL ? NULL : run_clear_torn;
    watch_streams(inner, &ops);
    ops.list_databases = inner->list_databases == NULL ? NULL : run_list_databases;
    return ops;
}

const struct driver *
driver_decorate(const struct driver *inner, const struct hook *hooks, size_t n, struct arena *arena)
{
    require(n <= HOOK_MAX);
    struct decorated *decorated = arena_new(arena, struct decorated);
    decorated->driver = *inner;
    decorated->driver.ops = &decorated->ops;
    decorated->ops = watched(inner->ops);
    decorated->inner = inner;
    for (size_t i = 0; i < n; i++) {
        decorated->hooks[i] = hooks[i];
    }
    decorated->n_hooks = n;
    return &decorated->driver;
}

struct decoration
decoration_from_environment(void)
{
    struct decoration decoration = {.trace = getenv("ROLLCALL_TRACE")};
#ifdef ROLLCALL_FAULT_POINTS
    decoration.fault = getenv("ROLLCALL_DRIVER_FAULT");
#endif
    return decoration;
}
