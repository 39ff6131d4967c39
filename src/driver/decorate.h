/* A driver with watchers round its operations: the core cannot tell it from the bare one.
 *
 * The decorated driver is a copy of the inner descriptor with operations that ask each hook before the inner
 * one runs and tell each hook after it, innermost first. conn->driver points to it; the inner driver gets the
 * same struct conn. `split`, `effects` and `cancel` are the inner ones: they need no connection or must work
 * from another thread. */
#ifndef DRIVER_DECORATE_H
#define DRIVER_DECORATE_H

#include "driver/driver.h"

enum conn_op {
    OP_OPEN,
    OP_CLOSE,
    OP_SESSION_ALIVE,
    OP_SCRIPT_SESSION,
    OP_LOCK_TIMEOUT,
    OP_BEGIN,
    OP_COMMIT,
    OP_ROLLBACK,
    OP_EXEC,
    OP_QUERY,
    OP_QUERY_TEXT,
    OP_FETCH,
    OP_FINISH,
    OP_COPY_IN,
    OP_CATALOG,
    OP_CATALOG_CHANGES,
    OP_CLEAR_TORN,
    OP_SCHEMA_VERSION,
    OP_TABLES,
    OP_DESCRIBE,
    OP_BLOCKERS,
    OP_DUMP_OPEN,
    OP_DUMP_NEXT,
    OP_DUMP_CLOSE,
    OP_LOAD_OPEN,
    OP_LOAD_ADD,
    OP_LOAD_CLOSE,
    OP_REFILL_BEGIN,
    OP_REFILL_CLEAR,
    OP_REFILL_END,
    OP_COUNTERS,
    OP_RAISE_COUNTER,
    OP_CAPTURE_BEGIN,
    OP_CAPTURE_END,
    OP_CREATE_DATABASE,
    OP_FORK_DATABASE,
    OP_DROP_DATABASE,
    OP_LIST_DATABASES,
    OP_COUNT
};

/* "exec", "create_database", ...: the operation's name in struct conn_ops. */
const char *conn_op_name(enum conn_op op);

/* One call on its way through the hooks. */
struct op_call {
    enum conn_op op;
    struct conn *conn;
    struct span sql;             /* or the name that the operation is about; empty when none */
    const struct cursor *cursor; /* fetch, finish; query: what came back */
    int64_t affected;            /* -1: not told */
    bool has_row;                /* fetch */
    int64_t started_us;
    const void *mark; /* the fault hook's own */
};

struct hook_kind {
    /* Not OK: the inner operation does not run and this is its result. */
    enum status (*before)(void *state, struct op_call *call, struct err *err);
    /* Gets the result so far, returns the result from here on. */
    enum status (*after)(void *state, struct op_call *call, enum status status, struct err *err);
    void (*release)(void *state); /* after close */
};

struct hook {
    const struct hook_kind *kind;
    void *state;
};

/* Hooks from the outermost to the innermost; at most two. Arena. */
const struct driver *
driver_decorate(const struct driver *inner, const struct hook *hooks, size_t n, struct arena *arena);

/* Which decorators a connection gets. NULL or "": not that one. */
struct decoration {
    const char *trace; /* "stderr", or the name of a file to append to */
    const char *fault; /* "commit=unknown@2,exec=error"; see fault_hook */
};

/* ROLLCALL_TRACE, and ROLLCALL_DRIVER_FAULT in builds with fault points. */
struct decoration decoration_from_environment(void);

/* One JSON line a call: {"at","op","sql","ms","affected","rows","status","sqlstate"}; the rows of a cursor
 * are one line, when it ends. Values in the SQL are replaced by "?", messages of the server are left out:
 * they may hold values. IO when the file cannot be opened. */
enum status trace_hook(const char *target, struct arena *arena, struct hook *out, struct err *err) MUST_USE;

/* Appends `sql` with its literals replaced by "?" and without comments. */
void trace_sql(struct buf *out, struct span sql, const struct driver *driver);

/* "op=action[@nth]", comma-separated; the nth call of that operation (1 when not given) suffers:
 *   error       it does not run and gives SQL (close, rollback, finish: it just does not fail)
 *   conflict    it does not run and gives CONFLICT
 *   lost        it does not run; the connection is lost, the answer UNKNOWN
 *   unknown     it runs; the connection is lost, the answer UNKNOWN
 *   crash       the process dies before it
 *   crash-after the process dies after it
 * USAGE when the text is not of that form, UNSUPPORTED in builds without fault points. */
enum status fault_hook(const char *text, struct arena *arena, struct hook *out, struct err *err) MUST_USE;

#endif
