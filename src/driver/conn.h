/* The calls the core makes: the driver's operations with the request to stop and the words of an error.
 *
 * After SIGINT or SIGTERM the calls that begin a migration's work give CANCELLED: conn_exec, conn_copy_in,
 * conn_catalog, conn_create_database, conn_fork_database; running ones are cancelled. All others still run to
 * their end, so that a transaction, the journal and the lease can be closed. On a lost connection everything
 * but finishing and closing gives CONNECT. */
#ifndef DRIVER_CONN_H
#define DRIVER_CONN_H

#include "driver/driver.h"
#include "driver/url.h"

/* Resolves "env:NAME", finds the driver, wraps it in the decorators that are switched on (ROLLCALL_TRACE, and
 * ROLLCALL_DRIVER_FAULT in test builds) and opens. `*out` is NULL after a failure. */
enum status conn_open(const struct conn_params *params, struct conn **out, struct err *err) MUST_USE;
/* The same with the decorators chosen by the caller (driver/decorate.h). */
struct decoration;
enum status conn_open_decorated(const struct conn_params *params, const struct decoration *decoration,
                                struct conn **out, struct err *err) MUST_USE;
void conn_close(struct conn *conn); /* NULL is fine */
void conn_close_p(struct conn **conn);
#define CONN_SCOPED CLEANUP(conn_close_p) struct conn

bool conn_has(const struct conn *conn, enum cap cap);

enum status conn_session_alive(struct conn *conn, const char *session, bool *out, struct err *err) MUST_USE;
enum status conn_lock_timeout(struct conn *conn, uint32_t ms, struct err *err) MUST_USE;
enum status conn_script_session(struct conn *conn, bool enter, struct err *err) MUST_USE;

enum status conn_begin(struct conn *conn, enum txn_mode mode, struct err *err) MUST_USE;
enum status conn_commit(struct conn *conn, struct err *err) MUST_USE;
void conn_rollback(struct conn *conn);
enum txn_state conn_txn_state(struct conn *conn);
/* Until the open transaction ends, a conn_run whose count nobody asks for may wait for the next call, so that
 * several share a round trip. What it fails with is told by the call that sends it, conn_commit at the
 * latest. */
void conn_defer(struct conn *conn);

enum status conn_exec(struct conn *conn, struct span sql, int64_t *affected, struct err *err) MUST_USE;
enum status conn_execf(struct conn *conn, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4) MUST_USE;
enum status conn_copy_in(struct conn *conn, struct span sql, struct span data, int64_t *affected,
                         struct err *err) MUST_USE;

/* Our own SQL, constant texts: "{r}" becomes the registry prefix, "{now}" the server's clock, "?" a
 * parameter. */
enum status conn_query(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
                       struct cursor **out, struct err *err) MUST_USE;
/* Somebody else's query, sent as it is: no expansion, no parameters. */
enum status
conn_query_text(struct conn *conn, struct span sql, struct cursor **out, struct err *err) MUST_USE;
enum status conn_run(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
                     int64_t *affected, struct err *err) MUST_USE;
enum status cursor_fetch(struct cursor *cursor, struct row *row, struct err *err) MUST_USE;
void cursor_finish(struct cursor *cursor);
void cursor_finish_p(struct cursor **cursor);
#define CURSOR_SCOPED CLEANUP(cursor_finish_p) struct cursor

/* The first row's values copied to the arena; `*found` false when there is none. */
enum status conn_query_row(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
                           struct arena *arena, struct value **values, bool *found, struct err *err) MUST_USE;

/* `conn` NULL is allowed for the two that take a driver. */
enum status driver_split(const struct driver *driver, struct conn *conn, struct span text,
                         struct arena *arena, struct pieces *out, struct err *err) MUST_USE;
enum status driver_effects(const struct driver *driver, struct conn *conn, const struct pieces *pieces,
                           struct arena *arena, struct effects *out, struct err *err) MUST_USE;

enum status conn_catalog(struct conn *conn, struct catalog *out, struct err *err) MUST_USE;
enum status
conn_catalog_changes(struct conn *conn, const struct catalog *since, const struct effects *effects,
                     struct arena *arena, struct object_changes *out, bool *known, struct err *err) MUST_USE;
enum status conn_schema_version(struct conn *conn, uint64_t *out, struct err *err) MUST_USE;
enum status
conn_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, struct err *err) MUST_USE;
enum status conn_describe(struct conn *conn, const char *qualified, struct arena *arena, struct table *out,
                          struct err *err) MUST_USE;
/* A query's result as a table that dump_open reads: `query` is one statement that returns rows whose names
 * differ, and USAGE says so when it is not. `name` stands for it in messages. */
enum status conn_describe_query(struct conn *conn, const char *query, const char *name, struct arena *arena,
                                struct table *out, struct err *err) MUST_USE;
enum status conn_clear_torn(struct conn *conn, const struct effect *effect, struct arena *arena,
                            const char **what, struct err *err) MUST_USE;
enum status
conn_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err) MUST_USE;

enum status conn_create_database(struct conn *conn, const char *name, struct arena *arena, char **url,
                                 struct err *err) MUST_USE;
enum status conn_fork_database(struct conn *conn, const char *from, const char *name, struct arena *arena,
                               char **url, struct err *err) MUST_USE;
enum status conn_drop_database(struct conn *conn, const char *name, struct err *err) MUST_USE;
/* None where the driver cannot tell. */
enum status conn_list_databases(struct conn *conn, const char *prefix, struct arena *arena,
                                const char ***names, size_t *n, struct err *err) MUST_USE;

#endif
