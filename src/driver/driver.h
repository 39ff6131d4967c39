/* What a database engine has to provide. The core calls it through conn.h only. */
#ifndef DRIVER_DRIVER_H
#define DRIVER_DRIVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "driver/capture.h"
#include "driver/effect.h"
#include "driver/freeze.h"
#include "driver/piece.h"
#include "driver/stream.h"
#include "schema/object.h"
#include "schema/table.h"
#include "schema/value.h"

#include <stdbool.h>
#include <stdint.h>

enum cap {
    CAP_TRANSACTIONAL_DDL = 1 << 0, /* schema changes roll back */
    CAP_SCHEMAS = 1 << 1,           /* the registry is a schema, not a name prefix */
    CAP_FORK = 1 << 2,              /* `fork_database` copies a database at file speed */
    CAP_SESSIONS = 1 << 3,          /* sessions have ids that another session can look up */
    CAP_SERVER = 1 << 4,            /* there is a server: host, TLS, lost connections */
    CAP_CONCURRENT_INDEX = 1 << 5,  /* plain index builds and constraints block writers; CONCURRENTLY and NOT
                                       VALID are the ways out */
    CAP_CAPTURES_CASCADES = 1 << 7, /* what triggers and foreign keys' actions do to rows is captured, too */
    CAP_JOINED_WRITES = 1 << 8,     /* UPDATE and DELETE name a second table by JOIN, not by FROM */
    CAP_FEW_ALTERS = 1 << 6         /* ALTER TABLE renames, adds and drops columns, nothing else: tables are
                                       rebuilt by create, copy, drop, rename */
};

struct conn;

/* A driver's cursor begins with this. */
struct cursor {
    struct conn *conn;
};

struct conn_params {
    const char *url;         /* as given; with the password, if it had one */
    const char *application; /* shown in the server's session list: "rollcall <op>" */
    uint32_t connect_timeout_ms;
    uint32_t lock_timeout_ms; /* 0: the engine's default */
    bool read_only;           /* the server itself refuses writes */
    bool
        absent_is_empty; /* with read_only, where databases are files: one that is not there reads as empty */
};

/* Who is at the other end. Strings: connection's arena. */
struct identity {
    const char *engine;   /* "postgresql", "mysql", "mariadb", "sqlite": for people and JSON */
    const char *version;  /* as the server says */
    uint32_t version_num; /* 150018, 101119, 34001: major * 10000 + minor * 100 + patch */
    const char *system;   /* system identifier, server uuid; SQLite: real path */
    const char *database; /* current database; SQLite: real path */
    const char *user;
    const char *session;  /* id that `session_alive` understands; "" when there is none */
    bool is_pooled;       /* a pooler in transaction mode stands between: sessions do not last */
    bool is_read_only;    /* replica, read-only file */
    bool is_absent;       /* there is no such file yet: see absent_is_empty */
    const char *weakness; /* what makes the connection weaker than ours are by default, for a warning:
                             "sslmode=require does not check ..."; NULL or "" when nothing does */
};

enum txn_mode {
    TXN_WRITE,
    TXN_READ /* one consistent snapshot, writes refused */
};

enum txn_state { TXN_NONE, TXN_OPEN, TXN_FAILED, TXN_LOST };

/* A row of a cursor; values live until the next fetch. */
struct row {
    const struct value *values;
    size_t n;
};

struct blocker {
    const char *session;
    const char *user;
    const char *application;
    const char *state; /* "idle in transaction", "active" */
    int64_t age_ms;    /* of its transaction */
    const char *query; /* first 200 characters; may hold values: shown with --verbose only */
};

struct blockers {
    struct blocker *items;
    size_t n;
    size_t cap;
};

/* A driver's `struct x_conn` begins with this. Fields are the wrappers' and the driver's to set. */
struct conn {
    const struct driver *driver;
    struct arena arena;        /* life of the connection */
    struct identity identity;  /* filled by open */
    struct conn_params params; /* url without password */
    bool is_lost;              /* the connection broke: only finish and close are allowed */
    bool is_interruptible;     /* a request to stop may end the running operation; else it must go on */
    bool may_defer;            /* until the transaction ends: see conn_defer */
    struct map expanded;       /* the wrappers': our SQL to its text for this engine */
};

struct conn_ops {
    /* -- session
     * ---------------------------------------------------------------------------------------------- */
    /* Connects, pins the session (UTC, ISO dates, strict mode, utf8, exact floats, safe search path), reads
     * the pins back, and fills identity. Errors: CONNECT, USAGE (bad URL), UNSUPPORTED (server too old). */
    enum status (*open)(struct conn *conn, const struct conn_params *params, struct err *err);
    void (*close)(struct conn *conn); /* after any failure too */
    /* A driver that notices stop_requested() while it waits cancels by itself, but only when
     * conn->is_interruptible: what ends a transaction, the journal or the lease has to run after a signal.
     *
     * Asks the server to stop what `conn` runs; the only call allowed from another thread or a signal-driven
     * one. */
    enum status (*cancel)(struct conn *conn, struct err *err);
    /* Whether the session with that identity.session still exists on the server. */
    enum status (*session_alive)(struct conn *conn, const char *session, bool *out, struct err *err);
    /* Enters (true) or leaves (false) the state in which a migration's own text runs: the user's search path
     * and defaults. Leaving undoes whatever the script SET and pins again. It may be called inside a
     * transaction, which it never ends: then it pins what can be pinned there, so that our own SQL is safe,
     * and a second call after the transaction does the rest. */
    enum status (*script_session)(struct conn *conn, bool enter, struct err *err);

    /* From here on a lock is waited for so long, in scripts, too. May be NULL: then the driver looks at
     * conn->params. */
    enum status (*lock_timeout)(struct conn *conn, uint32_t ms, struct err *err);

    /* -- statements
     * ------------------------------------------------------------------------------------------- */
    enum status (*begin)(struct conn *conn, enum txn_mode mode, struct err *err);
    enum status (*commit)(struct conn *conn, struct err *err); /* UNKNOWN when the answer was lost */
    void (*rollback)(struct conn *conn);                       /* also right when no transaction is open */
    enum txn_state (*txn_state)(struct conn *conn);
    /* One statement, no parameters, results discarded. A second statement in `sql` is an error, never run.
     * `affected` may be NULL; -1 when the engine does not say. */
    enum status (*exec)(struct conn *conn, struct span sql, int64_t *affected, struct err *err);
    /* One statement with "?" placeholders (drivers with another syntax rewrite them; "?" inside quotes
     * stays). Only for our own SQL. `out` NULL: results discarded. Prepared statements are cached per
     * connection by the pointer-independent text. */
    enum status (*query)(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
                         struct cursor **out, int64_t *affected, struct err *err);
    /* A statement of somebody else's script, whose rows are wanted: in the state that exec would run it in.
     * May be NULL: then `query` without parameters does it. */
    enum status (*query_text)(struct conn *conn, struct span sql, struct cursor **out, struct err *err);
    /* `row->n` 0 at the end. */
    enum status (*fetch)(struct cursor *cursor, struct row *row, struct err *err);
    void (*finish)(struct cursor *cursor); /* NULL is fine */
    /* Sends the rows of a COPY_IN statement. NULL where the engine has no such thing. */
    enum status (*copy_in)(struct conn *conn, struct span sql, struct span data, int64_t *affected,
                           struct err *err);

    /* -- scripts: no connection state is used beyond what is named
     * ---------------------------------------------- */
    /* Cuts `text` into pieces (arena). Errors: USAGE with "line L, column C: unclosed quote" naming the
     * opening. `conn` may be NULL: then the engine's default modes apply. */
    enum status (*split)(struct conn *conn, struct span text, struct arena *arena, struct pieces *out,
                         struct err *err);
    /* Effects of every statement (arena); what cannot be told is EFFECT_UNKNOWN. `conn` may be NULL. */
    enum status (*effects)(struct conn *conn, const struct pieces *pieces, struct arena *arena,
                           struct effects *out, struct err *err);

    /* -- catalogue
     * -------------------------------------------------------------------------------------------- */
    /* Every schema object of the current database that is neither the system's nor the registry's. `out` is
     * an initialised catalogue; sealed on return. Works inside a transaction and sees its changes. */
    enum status (*catalog)(struct conn *conn, struct catalog *out, struct err *err);
    /* What has changed since `since`, which is the schema as this connection read it last, with the changes
     * it told of since then applied, after a script with these effects ran in the open transaction; the list
     * and its new objects live in the arena. `*known` false: it cannot tell, and the schema has to be read as
     * a whole. May be NULL: never known. */
    enum status (*catalog_changes)(struct conn *conn, const struct catalog *since,
                                   const struct effects *effects, struct arena *arena,
                                   struct object_changes *out, bool *known, struct err *err);
    /* Number that changes whenever the schema may have changed, as far as this session can see; 0: cannot
     * tell. */
    enum status (*schema_version)(struct conn *conn, uint64_t *out, struct err *err);
    /* Names of all user tables (qualified, arena, sorted), without views and without the registry's. */
    enum status (*tables)(struct conn *conn, struct arena *arena, const char ***names, size_t *n,
                          struct err *err);
    /* Columns and keys of one table (arena). USAGE when there is no such table. */
    enum status (*describe)(struct conn *conn, const char *qualified, struct arena *arena, struct table *out,
                            struct err *err);
    /* The columns that a query's result has: name and type; the rest of the table is empty. SQL, with what
     * the server says, when it is no query or two of its columns share a name. */
    enum status (*describe_query)(struct conn *conn, const char *query, struct arena *arena,
                                  struct table *out, struct err *err);
    /* Takes away what a statement with that effect leaves behind when it fails outside a transaction, so that
     * it can be tried again (PostgreSQL's invalid indexes); `*what` says what it was (arena), NULL when there
     * was nothing. May be NULL. */
    enum status (*clear_torn)(struct conn *conn, const struct effect *effect, struct arena *arena,
                              const char **what, struct err *err);
    /* Who stands in the way of `conn` (after a CONFLICT), as seen by a second session. May be NULL. */
    enum status (*blockers)(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err);

    /* -- whole tables: driver/stream.h says what they do
     * ------------------------------------------------------------------------------------------- */
    enum status (*dump_open)(struct conn *conn, const struct table *table, const char *const *columns,
                             size_t n, struct dump **out, struct err *err);
    enum status (*dump_next)(struct dump *dump, struct span *image, struct err *err);
    void (*dump_close)(struct dump *dump);
    /* Both or none; none: a table is read by one connection. */
    enum status (*share_rows)(struct conn *conn, const struct table *table, struct arena *arena,
                              const char **token, uint64_t *pages, struct err *err);
    enum status (*join_rows)(struct conn *conn, const char *token, struct err *err);
    enum status (*load_open)(struct conn *conn, const struct table *table,
                             const struct stream_column *columns, size_t n, struct load **out,
                             struct err *err);
    enum status (*load_add)(struct load *load, struct span piece, bool ends_row, struct err *err);
    enum status (*load_close)(struct load *load, bool keep, int64_t *rows, struct err *err);
    enum status (*refill_begin)(struct conn *conn, const struct table *tables, size_t n, struct err *err);
    enum status (*refill_clear)(struct conn *conn, const struct table *table, struct err *err);
    enum status (*refill_end)(struct conn *conn, const struct table *tables, size_t n, bool keep,
                              struct err *err);
    enum status (*counters)(struct conn *conn, const struct table *table, struct arena *arena,
                            struct counters *out, struct err *err);
    enum status (*raise_counter)(struct conn *conn, const struct table *table, const struct counter *counter,
                                 struct err *err);

    /* -- changes of rows: driver/capture.h says what they do; all or none, but for written_tables
     * ------------------------------------------------------------------------------------------- */
    enum status (*capture_begin)(struct conn *conn, const struct table *table, const char *log,
                                 struct err *err);
    enum status (*capture_end)(struct conn *conn, const struct table *table, const char *log,
                               struct err *err);
    enum status (*capture_clear)(struct conn *conn, struct err *err);
    enum status (*written_tables)(struct conn *conn, struct arena *arena, const char ***names, size_t *n,
                                  bool *known, struct err *err);

    /* -- write freezes: driver/freeze.h says what they do; all or none, but for counter and writers
     * ------------------------------------------------------------------------------------------- */
    enum status (*freeze_scope)(struct conn *conn, const struct freeze_spec *spec, const char *const *names,
                                size_t n, struct arena *arena, struct freeze_scope *out, struct err *err);
    enum status (*freeze_find)(struct conn *conn, struct arena *arena, struct freeze_marks *out,
                               struct err *err);
    enum status (*freeze_point)(struct conn *conn, struct arena *arena, const char **out, struct err *err);
    enum status (*freeze_counter)(struct conn *conn, const char *table, struct arena *arena, const char **out,
                                  struct err *err);
    enum status (*freeze_writers)(struct conn *conn, const char *const *names, size_t n, int64_t since_us,
                                  struct arena *arena, struct blockers *out, struct err *err);
    enum status (*freeze_guard)(struct conn *conn, const char *const *names, size_t n, struct err *err);
    enum status (*freeze_pass)(struct conn *conn, bool on, struct err *err);

    /* -- scratch databases for drills
     * --------------------------------------------------------------------------- */
    /* Creates an empty database of that name on the same server and returns the URL that opens it (arena). */
    enum status (*create_database)(struct conn *conn, const char *name, struct arena *arena, char **url,
                                   struct err *err);
    /* A copy of the database `from` (made by create_database or fork_database; no session may be in it).
     * CAP_FORK only. */
    enum status (*fork_database)(struct conn *conn, const char *from, const char *name, struct arena *arena,
                                 char **url, struct err *err);
    /* Refuses names that do not begin with "rollcall_". */
    enum status (*drop_database)(struct conn *conn, const char *name, struct err *err);
    /* Names of the databases that begin with `prefix` and that no session is in (arena, sorted): what dead
     * drills left. May be NULL. */
    enum status (*list_databases)(struct conn *conn, const char *prefix, struct arena *arena,
                                  const char ***names, size_t *n, struct err *err);
};

struct driver {
    const char *name; /* "postgres", "mysql", "sqlite" */
    const char *const
        *dialects; /* other names that stand for it in file names: "postgresql", "sqlite3"; NULL-ended */
    const char *const *schemes;  /* URL schemes without the colon ("postgres"), NULL-ended */
    unsigned caps;               /* enum cap */
    size_t conn_size;            /* of the driver's struct, whose first member is struct conn */
    const char *registry_prefix; /* "rollcall." or "rollcall_": stands before every registry table's name */
    const char *registry_schema; /* SQL that creates the registry's tables, one statement a paragraph (";" +
                                    blank line) */
    const char *registry_probe;  /* query that returns a row exactly when the registry's meta table exists */
    const char *now_us_sql;      /* expression: the server's clock as integer microseconds since 1970 UTC */
    /* Session-wide locks by which other tools keep themselves apart: a query with one "?" that answers
     * whether the lock was had, without waiting, and one that gives it back. NULL where the engine has none.
     */
    const char *try_lock_sql;
    const char *unlock_sql;
    bool locks_have_names; /* "?" is a text; else a 64-bit number */
    /* The lock that a statement with that effect takes on the table it names, in the engine's words; NULL:
     * none worth a word. */
    const char *(*lock_of)(const struct effect *effect);
    char quote;      /* of identifiers: '"' or '`' */
    unsigned lex;    /* enum lexer_flag: how its SQL is cut into tokens */
    size_t name_max; /* longest identifier: bytes with CAP_SCHEMAS, else characters; 0: no limit */
    /* A quoted text takes the type of where it stands, '\x00ff' as bytes, too; else numbers stand bare and
     * bytes are x'00ff'. */
    bool has_untyped_strings;
    /* Statement after which a client's session takes times for UTC, where a literal cannot say so; NULL. */
    const char *utc_sql;
    const char *only; /* before a table in FROM: its own rows, without those of tables that inherit from it;
                         NULL where tables do not inherit */
    struct cell_words cells;
    /* Stands between the columns and the rows of an INSERT that gives identity columns their values; NULL:
     * nothing. */
    const char *insert_override;
    /* Before and behind a table's name: keeps others from changing its rows until the transaction ends, and
     * lets them read. NULL where the transaction itself, or nothing, does. */
    const char *lock_rows[2];
    const char *scratch_url; /* makes scratch databases with no database at hand; NULL: a server is needed */
    const struct conn_ops *ops;
};

/* Appends `name` quoted; every part of a qualified name on its own. `name` must come from the catalogue or
 * from us. */
void driver_quote(const struct driver *driver, struct buf *out, const char *name);
void driver_quote_qualified(const struct driver *driver, struct buf *out, const char *qualified);

/* Appends a value as a literal of the engine; for rows of ours in statements that run as scripts do. Text
 * must hold no NUL. */
void driver_literal(const struct driver *driver, struct buf *out, const struct value *value);

/* A driver may be known by "postgres", "postgresql", "pg". */
bool driver_is_named(const struct driver *driver, struct span name);

/* The drivers that were built in (drivers/drivers.c), NULL-ended; set once by main and the tests. */
void driver_registry_set(const struct driver *const *drivers);
const struct driver *const *driver_registry(void);
/* NULL when no driver answers to the URL's scheme. */
const struct driver *driver_for_url(const char *url);

#endif
