/* A connection to a MySQL or MariaDB server: what the files of this driver share. */
#ifndef MY_CONN_H
#define MY_CONN_H

#include "base/map.h"
#include "driver/driver.h"
#include "mysql/my_url.h"

#include <mysql.h>

/* Ours, in the order in which the servers spell it. Values are taken as they are, whatever they are: zero is
 * no wish for a new number, dates may be none, nothing is cut. */
#define OUR_SQL_MODE                                                                                         \
    "NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES,ALLOW_INVALID_DATES,ERROR_FOR_DIVISION_BY_ZERO,"                \
    "NO_ENGINE_SUBSTITUTION"

struct my_cursor;

struct my_conn {
    struct conn base;
    MYSQL *mysql;         /* NULL before open and after close */
    struct target target; /* with the password: cancelling and looking around take a second connection */
    bool is_mariadb;
    unsigned script_flags;  /* lexer flags of the server's default sql_mode */
    uint64_t max_packet;    /* a statement longer than this would end the connection */
    int64_t started;        /* when the server started, in seconds since 1970 by its own clock; 0: unknown */
    bool in_script;         /* the session is the script's, not ours */
    bool needs_reset;       /* what a script may have left waits for the end of the transaction */
    bool began;             /* by `begin`, and neither committed nor rolled back since */
    bool is_autocommit_off; /* how `began` was done, under table locks */
    bool is_fresh;          /* the transaction that `begin` opened has done nothing yet */
    bool has_aside;         /* triggers stand aside: my_aside.h */
    bool holds_locks;       /* a script said LOCK TABLES */
    const char *lock_sql;   /* what it said; the connection's arena */
    size_t lock_list_at;    /* where its list begins */
    bool state_is_stale;    /* an error came since the server last told the transaction's state */
    uint64_t capture_token; /* what the session is known by to the capturing triggers; 0: to none */
    struct map statements;  /* prepared ones by text: struct my_statement */
    struct my_cursor *streaming; /* its rows are still on the wire */
    char pass[33];               /* secret of the pass through freezes; "": none */
};

static inline struct my_conn *
my_conn_of(struct conn *conn)
{
    return (struct my_conn *)conn;
}

/* -- my_client.c: the one place that knows which client library this was built with */
/* What makes the connection weaker than it would be by default; "" when nothing does. */
const char *client_weakness(const struct target *target);
/* Connects with everything that protects the connection; `*out` NULL after a failure. Safe in any thread. */
enum status client_connect(const struct target *target, const struct conn_params *params, MYSQL **out,
                           struct err *err) MUST_USE;

/* -- my_error.c */
/* Raises what the server or the library said; notes a lost connection. `was_sent`: a statement of unknown
 * fate is under way and no transaction of ours would undo it. */
enum status raise_mysql(struct my_conn *my, bool was_sent, struct err *err);
enum status raise_statement(struct my_conn *my, MYSQL_STMT *stmt, bool was_sent, struct err *err);
enum status raise_connect(MYSQL *mysql, const struct target *target, struct err *err);
/* Byte offset + 1 of the place that "near '...' at line N" names; 0 when it cannot be told. */
size_t error_position(const char *message, struct span sql);

/* -- my_query.c */
/* One statement by the text protocol, results discarded. */
enum status text_exec(struct my_conn *my, struct span sql, int64_t *affected, struct err *err) MUST_USE;
/* All rows of a query by the text protocol, in the client's memory; free with mysql_free_result. */
enum status text_query(struct my_conn *my, const char *sql, MYSQL_RES **out, struct err *err) MUST_USE;
static inline void
result_free_p(MYSQL_RES **result)
{
    mysql_free_result(*result);
}
#define RESULT_SCOPED CLEANUP(result_free_p) MYSQL_RES
/* Closes every prepared statement; after the session was reset they are gone on the server. */
void statements_forget(struct my_conn *my);
/* A prepared statement outside a cursor would find rows of another on the wire: takes them in. */
enum status stream_settle(struct my_conn *my, struct err *err) MUST_USE;

enum status my_exec(struct conn *conn, struct span sql, int64_t *affected, struct err *err) MUST_USE;
enum status my_query(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
                     struct cursor **out, int64_t *affected, struct err *err) MUST_USE;
enum status my_fetch(struct cursor *base, struct row *row, struct err *err) MUST_USE;
void my_finish(struct cursor *base);

/* -- my_table_locks.c */
/* A statement of a script. */
enum status script_exec(struct my_conn *my, struct span sql, int64_t *affected, struct err *err) MUST_USE;
/* Gives a script's locks up, and takes them again, with the registry's tables as they are by then. In between
 * others may write: the server can add no table to those that are locked. */
enum status locks_release(struct my_conn *my, struct err *err) MUST_USE;
enum status locks_take_again(struct my_conn *my, struct err *err) MUST_USE;

/* -- my_session.c */
enum status my_open(struct conn *conn, const struct conn_params *params, struct err *err) MUST_USE;
void my_close(struct conn *conn);
const char *my_lock_of(const struct effect *effect);
/* Our own sql_mode, after another one. */
enum status my_own_mode(struct my_conn *my, struct err *err) MUST_USE;
enum status my_lock_timeout(struct conn *conn, uint32_t ms, struct err *err) MUST_USE;
enum status my_script_session(struct conn *conn, bool enter, struct err *err) MUST_USE;

/* -- my_transaction.c */
enum status my_begin(struct conn *conn, enum txn_mode mode, struct err *err) MUST_USE;
enum status my_commit(struct conn *conn, struct err *err) MUST_USE;
void my_rollback(struct conn *conn);
enum txn_state my_txn_state(struct conn *conn);
/* The server holds a transaction open, as far as it has told. */
bool is_in_transaction(const struct my_conn *my);

/* -- my_sessions.c: other sessions */
/* The view of all sessions; information_schema's own is being given up by MySQL. */
const char *processlist(const struct my_conn *my);
enum status my_cancel(struct conn *conn, struct err *err) MUST_USE;
enum status my_session_alive(struct conn *conn, const char *session, bool *out, struct err *err) MUST_USE;
enum status
my_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err) MUST_USE;

/* -- my_freeze.c */
enum status my_freeze_scope(struct conn *conn, const struct freeze_spec *spec, const char *const *names,
                            size_t n, struct arena *arena, struct freeze_scope *out, struct err *err);
enum status my_freeze_find(struct conn *conn, struct arena *arena, struct freeze_marks *out, struct err *err);
enum status my_freeze_point(struct conn *conn, struct arena *arena, const char **out, struct err *err);
enum status my_freeze_counter(struct conn *conn, const char *table, struct arena *arena, const char **out,
                              struct err *err);
enum status my_freeze_guard(struct conn *conn, const char *const *names, size_t n, struct err *err);
enum status my_freeze_pass(struct conn *conn, bool on, struct err *err);
/* The session was reset: tells it the secret again. */
enum status my_pass_again(struct my_conn *my, struct err *err) MUST_USE;

/* -- my_catalog.c, my_table.c, my_scratch.c, my_effect.c */
enum status my_catalog(struct conn *conn, struct catalog *out, struct err *err) MUST_USE;
enum status
my_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, struct err *err) MUST_USE;
enum status my_describe(struct conn *conn, const char *qualified, struct arena *arena, struct table *out,
                        struct err *err) MUST_USE;
enum status my_create_database(struct conn *conn, const char *name, struct arena *arena, char **url,
                               struct err *err) MUST_USE;
enum status my_drop_database(struct conn *conn, const char *name, struct err *err) MUST_USE;
enum status my_list_databases(struct conn *conn, const char *prefix, struct arena *arena, const char ***names,
                              size_t *n, struct err *err) MUST_USE;
enum status my_effects(struct conn *conn, const struct pieces *pieces, struct arena *arena,
                       struct effects *out, struct err *err) MUST_USE;

#endif
