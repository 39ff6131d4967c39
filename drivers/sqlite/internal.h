/* What the files of the SQLite driver share. */
#ifndef SQLITE_INTERNAL_H
#define SQLITE_INTERNAL_H

#include "driver/driver.h"
#include "sqlite/ddl.h"

#include <sqlite3.h>

/* A URL taken apart. */
struct location {
    const char *path;
    bool is_memory;    /* ":memory:" */
    bool is_read_only; /* ?mode=ro */
    bool must_exist;   /* ?mode=rw */
    bool is_volatile;  /* ?durability=off: scratch databases, no waiting for the disk */
};

/* "sqlite:PATH[?mode=ro|rw|rwc]", "sqlite://PATH", "sqlite:///ABSOLUTE/PATH"; %XX stands for a byte. */
enum status
location_parse(const char *url, struct arena *arena, struct location *out, struct err *err) MUST_USE;
/* The URL that location_parse reads back. */
char *location_url(const struct location *location, struct arena *arena);

/* A value that a script gave to a pragma of the session, and what stood there before. */
struct pragma_undo {
    const struct session_pragma *pragma;
    const char *value;
};

struct capture;   /* of changes of rows; see capture.h */
struct statement; /* a prepared statement, idle or with a cursor on it */

/* What the text of one object stands for, kept between readings of the catalogue. */
struct catalog_cache {
    struct arena arena;
    struct map entries;
    size_t used; /* bytes of the entries that the last reading asked for */
    bool is_due; /* the schema was read as a whole before: it may be so again */
};

/* What scripts did to the schema since it was last known; see watch.c. */
struct schema_watch {
    struct arena arena;
    VEC(const char *) names; /* tables whose objects may be others now */
    bool is_exact;           /* nothing happened that the names do not cover */
    uint64_t version;        /* of the schema when it was last known */
};

struct sqlite_conn {
    struct conn conn;
    sqlite3 *db;
    const char *absent_path;  /* of the file that was not there, when an empty database stands in for it */
    struct location location; /* path is absolute, with links resolved */
    bool is_query_only;       /* inside a TXN_READ transaction */
    bool in_script;
    bool may_have_temporaries;  /* the script attached databases or made temporary objects */
    uint64_t schema_epoch;      /* counts what may bring an old schema version back */
    int64_t lock_wait_until_us; /* the busy handler's deadline */
    struct map statements;      /* by text */
    struct statement *spare;    /* shells of statements that were not cached */
    struct arena undo_arena;
    VEC(struct pragma_undo) undo;
    struct catalog_cache cache;
    struct schema_watch watch;
    struct capture *capture; /* NULL: nothing was watched yet */
};

/* What one row of sqlite_master stands for; made once for its name and text. */
struct sqlite_entry {
    struct object *objects;
    size_t n;
    size_t cap;
    const char *table;
    bool is_virtual;
    size_t bytes;
};

struct sqlite_entries {
    const struct sqlite_entry **items;
    size_t n;
    size_t cap;
    bool has_virtual;
};

static inline struct sqlite_conn *
sqlite_of(struct conn *conn)
{
    return (struct sqlite_conn *)(void *)conn;
}

/* -- session.c */
enum status sqlite_open(struct conn *conn, const struct conn_params *params, struct err *err);
void sqlite_close(struct conn *conn);
enum status sqlite_cancel(struct conn *conn, struct err *err);
enum status sqlite_script_session(struct conn *conn, bool enter, struct err *err);
/* A signal asks to stop, and what runs may be stopped. */
bool session_should_stop(const struct sqlite_conn *self);
/* A script is about to run this statement: remembers what leaving the script session has to undo. */
enum status session_note(struct sqlite_conn *self, struct span sql, struct err *err) MUST_USE;
/* Undoes what a script left behind, as far as an open transaction lets it; the rest is due after that. */
enum status session_settle(struct sqlite_conn *self, struct err *err) MUST_USE;
/* Switches writing off or on without touching the file. */
enum status session_query_only(struct sqlite_conn *self, bool on, struct err *err) MUST_USE;

/* -- lock.c */
const char *sqlite_lock_of(const struct effect *effect);

/* -- watch.c */
/* From here on (or no longer) what is compiled is a script's. */
void watch_script(struct sqlite_conn *self, bool on);
/* A transaction has begun: did anybody else change the schema meanwhile? */
enum status watch_begin(struct sqlite_conn *self, struct err *err) MUST_USE;
/* The schema is known as it is now. */
enum status watch_restart(struct sqlite_conn *self, struct err *err) MUST_USE;
void watch_release(struct sqlite_conn *self);
/* Statements that are prepared are compiled anew before they run again. */
void watch_expire(struct sqlite_conn *self);
enum status
sqlite_catalog_changes(struct conn *conn, const struct catalog *since, const struct effects *effects,
                       struct arena *arena, struct object_changes *out, bool *known, struct err *err);

/* -- statement.c */
/* Raises what SQLite said last; `code` is its result. */
enum status sqlite_raise(struct sqlite_conn *self, int code, struct err *err);
/* The first column of the first row as text (arena); NULL when there is no row or it is NULL. */
enum status sqlite_read(struct sqlite_conn *self, const char *sql, struct arena *arena, const char **out,
                        struct err *err) MUST_USE;
/* Runs one of our own statements that returns nothing. */
enum status sqlite_run(struct sqlite_conn *self, const char *sql, struct err *err) MUST_USE;
enum status sqlite_begin(struct conn *conn, enum txn_mode mode, struct err *err);
enum status sqlite_commit(struct conn *conn, struct err *err);
void sqlite_rollback(struct conn *conn);
enum txn_state sqlite_txn_state(struct conn *conn);
enum status sqlite_exec(struct conn *conn, struct span sql, int64_t *affected, struct err *err);
enum status sqlite_query(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
                         struct cursor **out, int64_t *affected, struct err *err);
enum status sqlite_fetch(struct cursor *cursor, struct row *row, struct err *err);
void sqlite_finish(struct cursor *cursor);
static inline void
sqlite_finish_p(struct cursor **cursor)
{
    sqlite_finish(*cursor);
}
#define ROWS_SCOPED CLEANUP(sqlite_finish_p) struct cursor
/* Finalises what is cached. */
void statements_release(struct sqlite_conn *self);

/* -- script.c */
enum status
sqlite_split(struct conn *conn, struct span text, struct arena *arena, struct pieces *out, struct err *err);

/* -- pragma.c */
/* "PRAGMA [schema.]name", "= value" or "(value)"; names in lower case. */
struct pragma {
    const char *schema;
    const char *name;
    const char *value; /* "" when it only asks */
    bool has_value;
};
/* False when `sql` is no PRAGMA statement. */
bool pragma_parse(struct span sql, struct arena *arena, struct pragma *out);
/* A setting of the session and not of the file. */
struct session_pragma {
    const char *name;
    const char *reset;    /* value to go back to when the engine does not tell the present one */
    bool is_before_begin; /* has no effect inside a transaction, or is refused there */
};
const struct session_pragma *pragma_find(const char *name); /* NULL: not of the session */

/* -- capture.c */
enum status
sqlite_capture_begin(struct conn *conn, const struct table *table, const char *log, struct err *err);
enum status
sqlite_capture_end(struct conn *conn, const struct table *table, const char *log, struct err *err);
enum status sqlite_capture_clear(struct conn *conn, struct err *err);
enum status sqlite_written_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n,
                                  bool *known, struct err *err);
void capture_release(struct sqlite_conn *self);
/* One begins, or has been rolled back. */
void capture_transaction(struct sqlite_conn *self);
/* Around each statement; what comes after gives its status, or what went wrong with the log. */
enum status capture_before(struct sqlite_conn *self, struct err *err) MUST_USE;
enum status capture_after(struct sqlite_conn *self, enum status status, struct err *err) MUST_USE;
/* Around the run of a script's statement, once it is compiled: which tables does it write? */
void capture_watch(struct sqlite_conn *self, bool on);
/* It ran well. */
void capture_ran(struct sqlite_conn *self, struct span sql, bool has_changed);

/* -- effect.c */
enum status sqlite_effects(struct conn *conn, const struct pieces *pieces, struct arena *arena,
                           struct effects *out, struct err *err);

/* -- freeze.c */
enum status sqlite_freeze_scope(struct conn *conn, const struct freeze_spec *spec, const char *const *names,
                                size_t n, struct arena *arena, struct freeze_scope *out, struct err *err);
enum status
sqlite_freeze_find(struct conn *conn, struct arena *arena, struct freeze_marks *out, struct err *err);
enum status sqlite_freeze_point(struct conn *conn, struct arena *arena, const char **out, struct err *err);
enum status sqlite_freeze_counter(struct conn *conn, const char *table, struct arena *arena, const char **out,
                                  struct err *err);
enum status sqlite_freeze_guard(struct conn *conn, const char *const *names, size_t n, struct err *err);
enum status sqlite_freeze_pass(struct conn *conn, bool on, struct err *err);

/* -- catalog.c, table.c */
/* Rows of sqlite_master that are filed under one table; NULL: all. Entries are kept by the cache. */
enum status catalog_read_entries(struct sqlite_conn *self, const char *table, struct arena *arena,
                                 struct sqlite_entries *out, struct err *err) MUST_USE;
enum status sqlite_catalog(struct conn *conn, struct catalog *out, struct err *err);
enum status sqlite_schema_version(struct conn *conn, uint64_t *out, struct err *err);
enum status
sqlite_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, struct err *err);
enum status sqlite_describe_query(struct conn *conn, const char *query, struct arena *arena,
                                  struct table *out, struct err *err);
enum status sqlite_describe(struct conn *conn, const char *qualified, struct arena *arena, struct table *out,
                            struct err *err);
/* Neither the engine's own nor the registry's. */
bool is_user_object(const char *name, const char *table);

/* -- scratch.c */
enum status
sqlite_create_database(struct conn *conn, const char *name, struct arena *arena, char **url, struct err *err);
enum status sqlite_fork_database(struct conn *conn, const char *from, const char *name, struct arena *arena,
                                 char **url, struct err *err);
enum status sqlite_drop_database(struct conn *conn, const char *name, struct err *err);
enum status sqlite_list_databases(struct conn *conn, const char *prefix, struct arena *arena,
                                  const char ***names, size_t *n, struct err *err);

/* -- locks.c */
enum status sqlite_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err);
/* Paths that begin with `prefix` and that some process has open, as keys. False: the system does not say. */
bool files_in_use(const char *prefix, struct arena *arena, struct map *out);

#endif
