/* Inside the PostgreSQL driver. */
#ifndef POSTGRES_PG_H
#define POSTGRES_PG_H

#include "base/vec.h"
#include "postgres/postgres.h"

#include <libpq-fe.h>

/* What the session's settings are made for. Settings follow the statements: whatever is sent next brings its
 * mode along, in the same round trip where that is possible. */
enum pg_mode {
    PG_MODE_NONE,   /* as the server gave them to us, or unknown */
    PG_MODE_OWN,    /* our own SQL: everything pinned, search path pg_catalog */
    PG_MODE_SCRIPT, /* a migration's text: the role's own search path and formats */
    PG_MODE_COUNT
};

struct pg_statement;

struct pg_request {
    const char *sql;                /* of a statement that is not kept */
    struct pg_statement *statement; /* or a kept one */
    struct span shown;              /* the text that error positions count in; empty: our own SQL */
    int n_params;
    const char *const *values;
    const int *lengths;
    const int *formats;
    bool discards_rows;
    bool may_copy;   /* COPY cannot share a round trip */
    bool copies_in;  /* the caller sends rows next */
    bool copies_out; /* the caller reads rows next */
    bool only_reads; /* when its answer is lost, nothing can have happened */
};

/* A text of ours that is sent more than once, prepared on its second use (not behind a pooler). */
struct pg_statement {
    const char *sql; /* with $1 for ? */
    char name[24];
    bool is_prepared;
    unsigned uses;
    struct pg_request request; /* for settings, which have no parameters */
};

/* Statements of ours that wait for the next call. */
struct pg_queue {
    struct arena arena;
    struct pg_request *items;
    size_t n;
    size_t cap;
};

struct pg_conn {
    struct conn base;
    PGconn *link;
    const char **keywords; /* how it was opened, with the password; NULL-ended */
    const char **values;
    const char *url; /* the same as it was given */

    enum pg_mode mode;
    enum pg_mode mode_at_begin; /* what a rollback gives back */
    bool in_script;             /* between entering and leaving script_session */
    bool may_have_set;          /* the script ran something that can change settings or the role */
    bool has_saved;             /* what it had set is kept while our own settings are on */
    const char *begin;          /* BEGIN that goes out with the next statement; NULL: none is due */

    struct pg_queue queue;
    struct map statements;
    size_t n_named;
    unsigned n_settings;         /* how often the next four were made: part of their names */
    struct pg_statement own;     /* settings: ours */
    struct pg_statement save;    /* ours, after keeping the script's */
    struct pg_statement script;  /* the role's */
    struct pg_statement restore; /* the script's, as kept */

    struct pg_statement catalog_common; /* made at first use */
    struct pg_statement catalog_locked;
    struct pg_statement catalog_rare;
    struct pg_statement catalog_other;

    bool has_hooks; /* this transaction made some: see pg_capture.c */

    struct arena refill_arena; /* what brings triggers and foreign keys back, in order */
    VEC(const char *) refill_undo;

    struct arena blockers_arena; /* who stood in the way while the last statement waited */
    struct blockers blockers;
};

struct pg_conn *pg_of(struct conn *conn);

/* -- pg_open.c: URL, TLS, first round trip */
enum status pg_open(struct conn *conn, const struct conn_params *params, struct err *err);
void pg_close(struct conn *conn);
enum status pg_cancel(struct conn *conn, struct err *err);
/* A second session on the same server, as the server sets it up; NULL when it cannot be had. Owned. */
PGconn *pg_second_link(const struct pg_conn *pg, const char *dbname);

/* -- pg_url.c */
/* Fills keywords and values; USAGE for what libpq cannot read. */
enum status pg_url_read(struct pg_conn *pg, const struct conn_params *params, struct err *err);
/* The same URL with another database. Arena. */
char *pg_url_with_database(struct arena *arena, const char *url, const char *database);

/* -- pg_settings.c: the session's pins */
/* Makes the four statements above. */
void pg_settings_init(struct pg_conn *pg);
struct pg_statement *pg_mode_statement(struct pg_conn *pg, enum pg_mode mode);
void pg_mode_entered(struct pg_conn *pg, enum pg_mode mode);
/* First statement of a connection: whether it is pooled, pins, identity. */
enum status pg_settings_pin(struct pg_conn *pg, struct err *err);
enum status pg_script_session(struct conn *conn, bool enter, struct err *err);
enum status pg_lock_timeout(struct conn *conn, uint32_t ms, struct err *err);
/* Remembers what a script's statement may have done to the session, by its command tag. */
void pg_settings_note(struct pg_conn *pg, const char *tag);

/* -- pg_error.c */
enum status pg_status_of(const char *sqlstate);
/* Raises what `result` says. `sql` is the text its position counts in; empty: our own SQL. */
enum status pg_raise(struct pg_conn *pg, const PGresult *result, struct span sql, struct err *err);
/* The connection failed: marks it lost. */
enum status pg_raise_lost(struct pg_conn *pg, enum status status, struct err *err);

/* -- pg_send.c: one statement with what has to go before it */
/* Sends what is due (BEGIN, settings of `mode`) and the request, and waits. `*out` is owned, NULL after a
 * failure. */
enum status pg_send(struct pg_conn *pg, enum pg_mode mode, const struct pg_request *request, PGresult **out,
                    struct err *err) MUST_USE;
/* Keeps a statement of ours, with its parameters, for the next call to send first. False: the queue is full.
 */
bool pg_defer(struct pg_conn *pg, const struct pg_request *request);
/* What the queue holds, then COMMIT, in one round trip. */
PGresult *pg_send_commit(struct pg_conn *pg);
void pg_forget_deferred(struct pg_conn *pg);
void pg_result_clear(PGresult **result);
#define PG_RESULT_SCOPED CLEANUP(pg_result_clear) PGresult
/* Blocks until the server said something or the connection broke. */
void pg_wait(struct pg_conn *pg);

/* -- pg_query.c */
enum status pg_begin(struct conn *conn, enum txn_mode mode, struct err *err);
enum status pg_commit(struct conn *conn, struct err *err);
void pg_rollback(struct conn *conn);
enum txn_state pg_txn_state(struct conn *conn);
enum status pg_exec(struct conn *conn, struct span sql, int64_t *affected, struct err *err);
enum status
pg_copy_in(struct conn *conn, struct span sql, struct span data, int64_t *affected, struct err *err);
enum status pg_query(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
                     struct cursor **out, int64_t *affected, struct err *err);
enum status pg_query_text(struct conn *conn, struct span sql, struct cursor **out, struct err *err);
enum status pg_fetch(struct cursor *cursor, struct row *row, struct err *err);
void pg_finish(struct cursor *cursor);
/* One of the driver's own texts, which live as long as the program; with $1, prepared on its second use. */
struct pg_statement *pg_statement_kept(struct pg_conn *pg, const char *sql);
/* The session has forgotten its prepared statements. */
void pg_statements_forget(struct pg_conn *pg);
/* One row of our own SQL without parameters, whole. */
enum status pg_ask(struct pg_conn *pg, const char *sql, PGresult **out, struct err *err) MUST_USE;

/* -- pg_catalog.c */
/* Relations that this transaction has locked against others' changes, their columns, constraints, indexes and
 * comments: whatever it has made or altered of them is there. `*is_all` false: it may have changed more. */
enum status
pg_catalog_locked(struct pg_conn *pg, struct catalog *out, bool *is_all, struct err *err) MUST_USE;

/* -- pg_changes.c: the schema after a script whose effects are known */
enum status pg_catalog_changes(struct conn *conn, const struct catalog *since, const struct effects *effects,
                               struct arena *arena, struct object_changes *out, bool *known, struct err *err);

/* -- pg_lock.c */
const char *pg_lock_of(const struct effect *effect);

/* -- pg_torn.c: what a failed statement leaves */
enum status pg_clear_torn(struct conn *conn, const struct effect *effect, struct arena *arena,
                          const char **what, struct err *err);

/* -- pg_block.c: who stands in the way */
struct pg_watch {
    int64_t next_us; /* when to look again; 0: never */
    PGconn *link;    /* the second session, once there is one */
};
struct pg_watch pg_watch_begin(struct pg_conn *pg);
int pg_watch_wait_ms(const struct pg_watch *watch, int at_most);
void pg_watch_tick(struct pg_conn *pg, struct pg_watch *watch);
void pg_watch_end(struct pg_watch *watch);
enum status pg_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err);
enum status pg_session_alive(struct conn *conn, const char *session, bool *out, struct err *err);

/* -- pg_freeze.c */
enum status pg_freeze_scope(struct conn *conn, const struct freeze_spec *spec, const char *const *names,
                            size_t n, struct arena *arena, struct freeze_scope *out, struct err *err);
enum status
pg_freeze_find(struct conn *conn, struct arena *arena, struct freeze_marks *out, struct err *err);
enum status pg_freeze_point(struct conn *conn, struct arena *arena, const char **out, struct err *err);
enum status pg_freeze_counter(struct conn *conn, const char *table, struct arena *arena, const char **out,
                              struct err *err);
enum status pg_freeze_writers(struct conn *conn, const char *const *names, size_t n, int64_t since_us,
                              struct arena *arena, struct blockers *out, struct err *err);
enum status pg_freeze_guard(struct conn *conn, const char *const *names, size_t n, struct err *err);
enum status pg_freeze_pass(struct conn *conn, bool on, struct err *err);

/* -- pg_split.c, pg_effect.c */
enum status
pg_split(struct conn *conn, struct span text, struct arena *arena, struct pieces *out, struct err *err);
enum status pg_effects(struct conn *conn, const struct pieces *pieces, struct arena *arena,
                       struct effects *out, struct err *err);

/* -- pg_catalog.c, pg_table.c, pg_scratch.c */
enum status pg_catalog(struct conn *conn, struct catalog *out, struct err *err);
enum status pg_schema_version(struct conn *conn, uint64_t *out, struct err *err);
enum status
pg_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, struct err *err);
/* `words` is "name typtype category modifier" of a type. */
void pg_read_type(struct span words, struct arena *arena, struct type *out);
enum status pg_describe(struct conn *conn, const char *qualified, struct arena *arena, struct table *out,
                        struct err *err);
enum status
pg_create_database(struct conn *conn, const char *name, struct arena *arena, char **url, struct err *err);
enum status pg_fork_database(struct conn *conn, const char *from, const char *name, struct arena *arena,
                             char **url, struct err *err);
enum status pg_drop_database(struct conn *conn, const char *name, struct err *err);
enum status pg_list_databases(struct conn *conn, const char *prefix, struct arena *arena, const char ***names,
                              size_t *n, struct err *err);

#endif
