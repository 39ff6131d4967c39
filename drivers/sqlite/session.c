#include "sqlite/capture.h"

#include "base/clock.h"
#include "base/io.h"

#include <inttypes.h>
#include <string.h>

/* -- pins --------------------------------------------------------------------------------------------- */

/* Our own SQL runs over schemas that others wrote: nothing in them may reach out, and a misspelt name is an
 * error instead of a string. A migration's text gets what every SQLite program has by default: there are
 * scripts that quote strings twice or edit sqlite_schema the documented way. */
static const struct pin {
    const char *name;
    int option;
    int ours;
    int script;
} pins[] = {
    {"foreign_keys", SQLITE_DBCONFIG_ENABLE_FKEY, 0, 0},
    {"triggers", SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, 1},
    {"views", SQLITE_DBCONFIG_ENABLE_VIEW, 1, 1},
    {"load_extension", SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, 0},
    {"defensive", SQLITE_DBCONFIG_DEFENSIVE, 1, 0},
    {"writable_schema", SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0, 0},
    {"legacy_alter_table", SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0, 0},
    {"double-quoted strings (DML)", SQLITE_DBCONFIG_DQS_DML, 0, 1},
    {"double-quoted strings (DDL)", SQLITE_DBCONFIG_DQS_DDL, 0, 1},
    {"trusted_schema", SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, 1},
};

static enum status
pin(struct sqlite_conn *self, bool for_script, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        int want = for_script ? pins[i].script : pins[i].ours;
        int is = -1;
        (void)sqlite3_db_config(self->db, pins[i].option, want, &is);
        if (is != want) {
            return err_raise(err, STATUS_UNSUPPORTED, "this SQLite does not let '%s' be set to %d",
                             pins[i].name, want);
        }
    }
    return STATUS_OK;
}

bool
session_should_stop(const struct sqlite_conn *self)
{
    return self->conn.is_interruptible && stop_requested();
}

static int
on_progress(void *context)
{
    return session_should_stop(context);
}

/* Waits ever longer, up to the lock timeout. */
static int
on_busy(void *context, int n_calls)
{
    struct sqlite_conn *self = context;
    int64_t now = clock_monotonic_us();
    if (n_calls == 0) {
        self->lock_wait_until_us = now + (int64_t)self->conn.params.lock_timeout_ms * 1000;
    }
    int64_t left_ms = (self->lock_wait_until_us - now + 999) / 1000;
    if (left_ms <= 0 || session_should_stop(self)) {
        return 0;
    }
    int64_t wait_ms = n_calls < 5 ? (int64_t)1 << n_calls : 25;
    (void)sqlite3_sleep((int)(wait_ms < left_ms ? wait_ms : left_ms));
    return 1;
}

static void
wait_for_locks(struct sqlite_conn *self)
{
    (void)sqlite3_busy_handler(self->db, on_busy, self);
}

/* A rollback brings an old schema version back, which may then stand for another schema. */
static void
on_rollback(void *context)
{
    struct sqlite_conn *self = context;
    self->schema_epoch++;
}

static enum status
pin_session(struct sqlite_conn *self, struct err *err)
{
    enum { STEPS_BETWEEN_CHECKS = 20000 };
    ARENA_SCOPED scratch = {0};
    const char *is;
    TRY(pin(self, false, err));
    TRY(sqlite_run(self, "pragma cell_size_check = 1", err));
    TRY(sqlite_read(self, "pragma cell_size_check", &scratch, &is, err));
    if (!str_eq(is, "1")) {
        return err_raise(err, STATUS_UNSUPPORTED, "this SQLite does not let 'cell_size_check' be set");
    }
    if (self->location.is_volatile) {
        TRY(sqlite_run(self, "pragma synchronous = off; pragma journal_mode = memory", err));
    }
    TRY(cells_install(self, err));
    wait_for_locks(self);
    (void)sqlite3_rollback_hook(self->db, on_rollback, self);
    sqlite3_progress_handler(self->db, STEPS_BETWEEN_CHECKS, on_progress, self);
    return STATUS_OK;
}

/* -- opening ------------------------------------------------------------------------------------------ */

static bool
location_dir_exists(const struct location *location)
{
    ARENA_SCOPED scratch = {0};
    const char *slash = strrchr(location->path, '/');
    return slash == NULL || slash == location->path ||
           io_is_dir(arena_strndup(&scratch, location->path, (size_t)(slash - location->path)));
}

static enum status
check_path(const struct location *location, bool may_create, struct err *err)
{
    const char *slash = strrchr(location->path, '/');
    if (location->is_memory) {
        return STATUS_OK;
    }
    if (!location_dir_exists(location)) {
        return err_raise(err, STATUS_CONNECT, "there is no directory '%.*s'", (int)(slash - location->path),
                         location->path);
    }
    if (io_is_dir(location->path)) {
        return err_raise(err, STATUS_CONNECT, "'%s' is a directory, not a database", location->path);
    }
    if (!may_create && !io_exists(location->path)) {
        (void)err_raise(err, STATUS_CONNECT, "there is no database '%s'", location->path);
        return err_hint(err, "if the path is right, 'rollcall up' creates it");
    }
    return STATUS_OK;
}

/* A library that was built so takes names that begin with "file:" for URIs of its own; no path shall be one.
 */
static enum status
open_handle(struct sqlite_conn *self, int flags, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const char *path = self->location.path;
    if (!self->location.is_memory && *path != '/') {
        path = arena_printf(&scratch, "./%s", path);
    }
    int code = sqlite3_open_v2(path, &self->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code != SQLITE_OK) {
        (void)sqlite_raise(self, code, err);
        return err_restate(err, STATUS_CONNECT);
    }
    return STATUS_OK;
}

/* The header is read only now: a file that is no database opens well. A lock on it says that it is one. */
static enum status
probe(struct sqlite_conn *self, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const char *ignored;
    enum status status = sqlite_read(self, "pragma schema_version", &scratch, &ignored, err);
    if (status == STATUS_CONFLICT) {
        err_clear(err);
        return STATUS_OK;
    }
    if (err->server_code == SQLITE_NOTADB && status != STATUS_OK) {
        (void)err_raise(err, STATUS_CONNECT, "'%s' is not a SQLite database", self->location.path);
        return err_hint(err, "an encrypted database cannot be opened either");
    }
    return status == STATUS_OK || status == STATUS_CORRUPT ? status : err_restate(err, STATUS_CONNECT);
}

/* A crashed writer left its journal behind. To roll it back is every reader's duty, but a read-only one
 * cannot: a connection that may write does it once. */
static enum status
recover(struct sqlite_conn *self, struct err *err)
{
    struct sqlite_conn writer = {.location = self->location};
    err_clear(err);
    enum status status = open_handle(&writer, SQLITE_OPEN_READWRITE, err);
    if (status == STATUS_OK) {
        status = probe(&writer, err);
    }
    (void)sqlite3_close(writer.db);
    TRY(status);
    return probe(self, err);
}

static void
identify(struct sqlite_conn *self)
{
    int version = sqlite3_libversion_number();
    self->conn.identity = (struct identity){
        .engine = "sqlite",
        .version = sqlite3_libversion(),
        .version_num = (uint32_t)(version / 1000000 * 10000 + version / 1000 % 1000 * 100 + version % 1000),
        .system = self->absent_path == NULL ? self->location.path : self->absent_path,
        .database = self->absent_path == NULL ? self->location.path : self->absent_path,
        .is_absent = self->absent_path != NULL,
        .user = "",
        .session = "",
        .is_read_only = sqlite3_db_readonly(self->db, "main") == 1,
    };
}

enum status
sqlite_open(struct conn *conn, const struct conn_params *params, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    struct location *location = &self->location;
    char *real_path;
    map_init(&self->statements, &conn->arena);
    TRY(location_parse(params->url, &conn->arena, location, err));
    bool is_read_only = location->is_read_only || params->read_only;
    bool is_absent =
        is_read_only && params->absent_is_empty && !location->is_memory && !io_exists(location->path);
    if (is_absent && location_dir_exists(location)) {
        location->is_memory = true;
        self->absent_path = location->path;
        location->path = ":memory:";
    }
    bool may_create = !is_read_only && !location->must_exist;
    TRY(check_path(location, may_create, err));
    int create = may_create ? SQLITE_OPEN_CREATE : 0;
    TRY(open_handle(
        self, is_read_only && !location->is_memory ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | create,
        err));
    enum status status = probe(self, err);
    if (status != STATUS_OK && err->server_code == SQLITE_READONLY_ROLLBACK && !location->is_read_only) {
        status = recover(self, err);
    }
    TRY(status);
    if (!location->is_memory) {
        TRY(io_real_path(&conn->arena, location->path, &real_path, err));
        location->path = real_path;
    }
    TRY(pin_session(self, err));
    if (is_read_only && location->is_memory) {
        TRY(session_query_only(self, true, err));
    }
    identify(self);
    return STATUS_OK;
}

void
sqlite_close(struct conn *conn)
{
    struct sqlite_conn *self = sqlite_of(conn);
    capture_release(self);
    statements_release(self);
    watch_release(self);
    (void)sqlite3_close(self->db);
    self->db = NULL;
    arena_release(&self->undo_arena);
    arena_release(&self->cache.arena);
}

enum status
sqlite_cancel(struct conn *conn, struct err *err)
{
    (void)err;
    sqlite3_interrupt(sqlite_of(conn)->db);
    return STATUS_OK;
}

enum status
session_query_only(struct sqlite_conn *self, bool on, struct err *err)
{
    return sqlite_run(self, on ? "pragma query_only = 1" : "pragma query_only = 0", err);
}

/* -- scripts ------------------------------------------------------------------------------------------ */

static enum status
remember_pragma(struct sqlite_conn *self, const struct pragma *pragma, struct err *err)
{
    const struct session_pragma *found = pragma_find(pragma->name);
    self->schema_epoch += str_eq(pragma->name, "schema_version") || str_eq(pragma->name, "writable_schema");
    if (!pragma->has_value || found == NULL) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < self->undo.n; i++) {
        if (self->undo.items[i].pragma == found) {
            return STATUS_OK;
        }
    }
    ARENA_SCOPED scratch = {0};
    const char *value;
    TRY(sqlite_read(self, arena_printf(&scratch, "pragma %s", found->name), &self->undo_arena, &value, err));
    vec_push(&self->undo_arena, &self->undo,
             (struct pragma_undo){found, value == NULL ? found->reset : value});
    return STATUS_OK;
}

enum status
session_note(struct sqlite_conn *self, struct span sql, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct lexer lexer;
    struct pragma pragma;
    int is_schema_writable = 0;
    lexer_init(&lexer, sql, LEX_SQLITE);
    struct token first = lexer_next(&lexer);
    if (token_is_word(first, "pragma") && pragma_parse(sql, &scratch, &pragma)) {
        return remember_pragma(self, &pragma, err);
    }
    if (token_is_word(first, "attach")) {
        self->may_have_temporaries = true;
    }
    if (token_is_word(first, "create") &&
        (lexer_accept(&lexer, "temp") || lexer_accept(&lexer, "temporary"))) {
        self->may_have_temporaries = true;
    }
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, -1, &is_schema_writable);
    self->watch.is_exact = self->watch.is_exact && !is_schema_writable;
    /* ROLLBACK TO calls no hook */
    self->schema_epoch += is_schema_writable || token_is_word(first, "rollback");
    return STATUS_OK;
}

/* journal_mode may be the file's (WAL) and then stays; but a session without a rollback journal is unsafe. */
static enum status
undo_pragma(struct sqlite_conn *self, const struct pragma_undo *undo, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const char *now;
    if (undo->value == NULL) {
        return STATUS_OK;
    }
    if (str_eq(undo->pragma->name, "journal_mode")) {
        TRY(sqlite_read(self, "pragma journal_mode", &scratch, &now, err));
        if (!str_eq(now, "off") && !str_eq(now, "memory")) {
            return STATUS_OK;
        }
    }
    return sqlite_run(self, arena_printf(&scratch, "pragma %s = '%s'", undo->pragma->name, undo->value), err);
}

/* Those that a transaction refuses wait for its end. */
static enum status
undo_pragmas(struct sqlite_conn *self, struct err *err)
{
    bool is_outside = sqlite3_get_autocommit(self->db) != 0;
    size_t n_kept = 0;
    for (size_t i = 0; i < self->undo.n; i++) {
        if (is_outside || !self->undo.items[i].pragma->is_before_begin) {
            TRY(undo_pragma(self, &self->undo.items[i], err));
        } else {
            self->undo.items[n_kept++] = self->undo.items[i];
        }
    }
    self->undo.n = n_kept;
    wait_for_locks(self); /* PRAGMA busy_timeout puts the engine's own handler in its place */
    return STATUS_OK;
}

/* Runs the statement that `select` makes, until it makes none. */
static enum status
run_all(struct sqlite_conn *self, const char *select, struct err *err)
{
    for (;;) {
        ARENA_SCOPED scratch = {0};
        const char *sql;
        TRY(sqlite_read(self, select, &scratch, &sql, err));
        if (sql == NULL) {
            return STATUS_OK;
        }
        TRY(sqlite_run(self, sql, err));
    }
}

static enum status
drop_temporaries(struct sqlite_conn *self, struct err *err)
{
    TRY(run_all(self,
                "select 'detach \"' || replace(name, '\"', '\"\"') || '\"' from pragma_database_list"
                " where name not in ('main', 'temp') limit 1",
                err));
    TRY(run_all(
        self,
        "select 'drop ' || type || ' temp.\"' || replace(name, '\"', '\"\"') || '\"' from sqlite_temp_master"
        " where type in ('table', 'view', 'trigger') and name not like 'sqlite\\_%' escape '\\'"
        " order by type desc, rowid limit 1",
        err));
    self->may_have_temporaries = false;
    return STATUS_OK;
}

enum status
session_settle(struct sqlite_conn *self, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const char *ignored;
    if (self->in_script || (self->undo.n == 0 && !self->may_have_temporaries)) {
        return STATUS_OK;
    }
    TRY(undo_pragmas(self, err));
    if (!sqlite3_get_autocommit(self->db)) {
        return STATUS_OK;
    }
    if (self->may_have_temporaries) {
        TRY(drop_temporaries(self, err));
    }
    self->undo.items = NULL;
    self->undo.cap = 0;
    arena_release(&self->undo_arena);
    /* gives back an exclusive lock that locking_mode kept */
    return sqlite_read(self, "pragma schema_version", &scratch, &ignored, err);
}

enum status
sqlite_script_session(struct conn *conn, bool enter, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    if (enter && self->in_script) {
        return STATUS_OK;
    }
    self->in_script = self->in_script && enter;
    TRY(session_settle(self, err));
    self->in_script = enter;
    watch_script(self, enter);
    return pin(self, enter, err); /* last: the pragmas undone are set over by the pins */
}
