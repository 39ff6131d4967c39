#include "sqlite/internal.h"

#include "base/io.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More texts than this are made up as they go; they are prepared each time. */
enum { CACHE_MAX = 256, NUMBER_LEN = 48 };

/* Idle in the cache, or busy with one execution. A text whose statement is busy gets another one behind it.
 */
struct statement {
    struct cursor cursor;
    sqlite3_stmt *stmt;
    struct statement *next;
    bool is_cached;
    bool is_busy;
    bool is_at_end; /* another step would run it again */
    struct value *values;
    char (*numbers)[NUMBER_LEN];
    size_t cap;
};

/* -- errors ------------------------------------------------------------------------------------------- */

static enum status
status_of(int code)
{
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STATUS_CONFLICT;
    case SQLITE_INTERRUPT:
        return STATUS_CANCELLED;
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
        return STATUS_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STATUS_CORRUPT;
    case SQLITE_MISUSE:
        return STATUS_BUG;
    default:
        return STATUS_SQL;
    }
}

enum status
sqlite_raise(struct sqlite_conn *self, int code, struct err *err)
{
    int offset = self->db == NULL ? -1 : sqlite3_error_offset(self->db);
    const char *message = self->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(self->db);
    enum status status = err_raise(err, status_of(code), "%s", message);
    if (status == STATUS_CONFLICT && session_should_stop(self)) {
        status = err_raise(err, STATUS_CANCELLED, "interrupted while waiting for a lock");
    }
    err->server_code = code;
    err->position = offset < 0 ? 0 : (size_t)offset + 1;
    return status;
}

/* -- preparing ---------------------------------------------------------------------------------------- */

static bool
is_blank(struct span sql)
{
    struct lexer lexer;
    lexer_init(&lexer, sql, LEX_SQLITE);
    while (lexer_accept_punct(&lexer, ";")) {
    }
    return lexer_peek(&lexer).kind == TOKEN_END;
}

/* What the engine takes for one statement must be all of `sql`; else nothing runs. */
static enum status
prepare(struct sqlite_conn *self, struct span sql, unsigned flags, sqlite3_stmt **out, struct err *err)
{
    const char *tail = NULL;
    *out = NULL;
    if (sql.len > INT_MAX) {
        return err_raise(err, STATUS_USAGE, "the statement is longer than SQLite can take");
    }
    int code = sqlite3_prepare_v3(self->db, sql.ptr, (int)sql.len, flags, out, &tail);
    if (code != SQLITE_OK) {
        return sqlite_raise(self, code, err);
    }
    size_t taken = (size_t)(tail - sql.ptr);
    if (!is_blank((struct span){tail, sql.len - taken})) {
        (void)sqlite3_finalize(*out);
        *out = NULL;
        (void)err_raise(err, STATUS_SQL, "more than one statement where one was due");
        err->position = taken + 1;
        return err->status;
    }
    return STATUS_OK;
}

enum status
sqlite_read(struct sqlite_conn *self, const char *sql, struct arena *arena, const char **out, struct err *err)
{
    sqlite3_stmt *stmt;
    *out = NULL;
    TRY(prepare(self, span_of(sql), 0, &stmt, err));
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);
        *out = text == NULL ? NULL : arena_strdup(arena, text);
    }
    enum status status =
        code == SQLITE_ROW || code == SQLITE_DONE ? STATUS_OK : sqlite_raise(self, code, err);
    (void)sqlite3_finalize(stmt);
    return status;
}

enum status
sqlite_run(struct sqlite_conn *self, const char *sql, struct err *err)
{
    int code = sqlite3_exec(self->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? STATUS_OK : sqlite_raise(self, code, err);
}

/* -- transactions ------------------------------------------------------------------------------------- */

static enum status
run_cached(struct sqlite_conn *self, const char *sql, struct err *err)
{
    return sqlite_query(&self->conn, sql, NULL, 0, NULL, NULL, err);
}

/* What could not be undone now is tried again, and reported, when the next transaction begins. */
static void
after_transaction(struct sqlite_conn *self)
{
    struct err ignored = {0};
    if (self->is_query_only) {
        self->conn.is_lost = session_query_only(self, false, &ignored) != STATUS_OK;
        self->is_query_only = false;
    }
    IGNORE(session_settle(self, &ignored));
}

enum status
sqlite_begin(struct conn *conn, enum txn_mode mode, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    TRY(session_settle(self, err));
    if (mode == TXN_WRITE) {
        TRY(run_cached(self, "begin immediate", err));
        capture_transaction(self);
        return watch_begin(self, err);
    }
    TRY(session_query_only(self, true, err));
    self->is_query_only = !(self->location.is_memory && conn->params.read_only);
    enum status status = run_cached(self, "begin", err);
    if (status == STATUS_OK) { /* the first read takes the snapshot */
        status = run_cached(self, "select 1 from sqlite_master limit 1", err);
    }
    if (status != STATUS_OK) {
        sqlite_rollback(conn);
    }
    return status;
}

enum status
sqlite_commit(struct conn *conn, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    if (sqlite3_get_autocommit(self->db)) {
        return err_raise(err, STATUS_SQL, "no transaction is open: an error before has rolled it back");
    }
    TRY(run_cached(self, "commit", err));
    after_transaction(self);
    return STATUS_OK;
}

void
sqlite_rollback(struct conn *conn)
{
    struct sqlite_conn *self = sqlite_of(conn);
    struct err ignored = {0};
    if (self->db == NULL) {
        return;
    }
    if (!sqlite3_get_autocommit(self->db) && sqlite_run(self, "rollback", &ignored) != STATUS_OK) {
        self->conn.is_lost = true; /* only closing gets rid of the transaction now */
        return;
    }
    capture_transaction(self);
    after_transaction(self);
}

/* SQLite has no failed state: after an error the transaction goes on, or is gone. */
enum txn_state
sqlite_txn_state(struct conn *conn)
{
    return sqlite3_get_autocommit(sqlite_of(conn)->db) ? TXN_NONE : TXN_OPEN;
}

/* -- one statement of a script
 * ------------------------------------------------------------------------------- */

static void
count_affected(struct sqlite_conn *self, sqlite3_int64 total_before, int64_t *affected)
{
    if (affected != NULL) {
        *affected = sqlite3_total_changes64(self->db) == total_before ? 0 : sqlite3_changes64(self->db);
    }
}

enum status
sqlite_exec(struct conn *conn, struct span sql, int64_t *affected, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    sqlite3_stmt *stmt;
    int code = SQLITE_DONE;
    if (self->in_script) {
        TRY(session_note(self, sql, err));
    }
    TRY(capture_before(self, err));
    sqlite3_int64 total = sqlite3_total_changes64(self->db);
    enum status status = prepare(self, sql, 0, &stmt, err);
    capture_watch(self, true);
    if (status == STATUS_OK && stmt != NULL) {
        do {
            code = sqlite3_step(stmt);
        } while (code == SQLITE_ROW);
        status = code == SQLITE_DONE ? STATUS_OK : sqlite_raise(self, code, err);
    }
    (void)sqlite3_finalize(stmt);
    capture_watch(self, false);
    count_affected(self, total, affected);
    if (status == STATUS_OK) {
        capture_ran(self, sql, sqlite3_total_changes64(self->db) != total);
    }
    return capture_after(self, status, err);
}

/* -- our own statements ------------------------------------------------------------------------------- */

/* An idle statement for the text: cached, or a shell that still has to be prepared. */
static struct statement *
find_idle(struct sqlite_conn *self, const char *sql)
{
    struct statement *first = map_get(&self->statements, span_of(sql));
    for (struct statement *at = first; at != NULL; at = at->next) {
        if (!at->is_busy) {
            return at;
        }
    }
    struct statement *fresh = self->spare;
    if (fresh != NULL) {
        self->spare = fresh->next;
        fresh->next = NULL;
    } else {
        fresh = arena_new(&self->conn.arena, struct statement);
    }
    fresh->is_cached = first != NULL || self->statements.n < CACHE_MAX;
    if (fresh->is_cached) {
        fresh->next = first;
        (void)map_put(&self->statements, span_of(sql), fresh);
    }
    return fresh;
}

static void
make_room(struct sqlite_conn *self, struct statement *statement, size_t n)
{
    if (n > statement->cap) {
        statement->cap = n < 8 ? 8 : 2 * n;
        statement->values = arena_new_array(&self->conn.arena, struct value, statement->cap);
        statement->numbers = arena_array(&self->conn.arena, statement->cap, NUMBER_LEN);
    }
}

/* A NULL pointer would bind NULL, so that empty values need a place of their own. */
static int
bind_value(sqlite3_stmt *stmt, int at, const struct value *value)
{
    const char *ptr = value->bytes.ptr == NULL ? "" : value->bytes.ptr;
    int64_t number;
    switch (value->kind) {
    case VALUE_NULL:
        return sqlite3_bind_null(stmt, at);
    case VALUE_INT:
        if (parse_i64(value->bytes, &number)) {
            return sqlite3_bind_int64(stmt, at, number);
        }
        break;
    case VALUE_FLOAT: {
        ARENA_SCOPED scratch = {0};
        return sqlite3_bind_double(stmt, at, strtod(value_to_str(value, &scratch), NULL));
    }
    case VALUE_BYTES:
        return sqlite3_bind_blob64(stmt, at, ptr, value->bytes.len, SQLITE_TRANSIENT);
    case VALUE_TEXT:
        break;
    }
    return sqlite3_bind_text64(stmt, at, ptr, value->bytes.len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static enum status
bind_values(struct sqlite_conn *self, struct statement *statement, const struct value *params, size_t n,
            struct err *err)
{
    size_t want = (size_t)sqlite3_bind_parameter_count(statement->stmt);
    if (want != n) {
        return err_raise(err, STATUS_BUG, "the statement has %zu parameters, %zu were given", want, n);
    }
    for (size_t i = 0; i < n; i++) {
        int code = bind_value(statement->stmt, (int)i + 1, &params[i]);
        if (code != SQLITE_OK) {
            return sqlite_raise(self, code, err);
        }
    }
    return STATUS_OK;
}

static enum status
run_to_end(struct sqlite_conn *self, struct statement *statement, int64_t *affected, struct err *err)
{
    sqlite3_int64 total = sqlite3_total_changes64(self->db);
    int code;
    do {
        code = sqlite3_step(statement->stmt);
    } while (code == SQLITE_ROW);
    count_affected(self, total, affected);
    return capture_after(self, code == SQLITE_DONE ? STATUS_OK : sqlite_raise(self, code, err), err);
}

enum status
sqlite_query(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
             struct cursor **out, int64_t *affected, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    TRY(capture_before(self, err));
    struct statement *statement = find_idle(self, sql);
    enum status status = STATUS_OK;
    statement->cursor.conn = conn;
    statement->is_busy = true;
    statement->is_at_end = false;
    if (statement->stmt == NULL) {
        status = prepare(self, span_of(sql), SQLITE_PREPARE_PERSISTENT, &statement->stmt, err);
    }
    if (status == STATUS_OK) {
        status = bind_values(self, statement, params, n_params, err);
    }
    if (status == STATUS_OK && out == NULL) {
        status = run_to_end(self, statement, affected, err);
    }
    if (status != STATUS_OK || out == NULL) {
        sqlite_finish(&statement->cursor);
        return status;
    }
    *out = &statement->cursor;
    return STATUS_OK;
}

static uint64_t
bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

/* Fifteen digits give the shortest text whenever one of that length exists; below the normal range the
 * shortest has fewer digits than that and is searched. */
static struct span
float_text(double number, char out[NUMBER_LEN])
{
    if (isinf(number)) {
        return span_of(number > 0 ? "Inf" : "-Inf");
    }
    double size = fabs(number);
    for (int digits = size > 0 && size < 2.3e-308 ? 1 : 15; digits <= 17; digits++) {
        (void)snprintf(out, NUMBER_LEN, "%.*g", digits, number);
        if (bits_of(strtod(out, NULL)) == bits_of(number)) {
            break;
        }
    }
    return span_of(out);
}

static struct value
read_value(sqlite3_stmt *stmt, int at, char number[NUMBER_LEN])
{
    enum value_kind kind = VALUE_TEXT;
    switch (sqlite3_column_type(stmt, at)) {
    case SQLITE_NULL:
        return value_null();
    case SQLITE_FLOAT:
        return (struct value){VALUE_FLOAT, float_text(sqlite3_column_double(stmt, at), number)};
    case SQLITE_BLOB: {
        const char *bytes = sqlite3_column_blob(stmt, at);
        return value_bytes((struct span){bytes, (size_t)sqlite3_column_bytes(stmt, at)});
    }
    case SQLITE_INTEGER:
        kind = VALUE_INT;
        break;
    default:
        break;
    }
    const char *text = (const char *)sqlite3_column_text(stmt, at);
    return (struct value){kind, {text, (size_t)sqlite3_column_bytes(stmt, at)}};
}

enum status
sqlite_fetch(struct cursor *cursor, struct row *row, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(cursor->conn);
    struct statement *statement = (struct statement *)(void *)cursor;
    *row = (struct row){NULL, 0};
    if (statement->is_at_end || statement->stmt == NULL) {
        return STATUS_OK;
    }
    int code = sqlite3_step(statement->stmt);
    statement->is_at_end = code != SQLITE_ROW;
    if (code == SQLITE_DONE) {
        return STATUS_OK;
    }
    if (code != SQLITE_ROW) {
        return capture_after(self, sqlite_raise(self, code, err), err);
    }
    int n = sqlite3_data_count(statement->stmt);
    make_room(self, statement, (size_t)n);
    for (int i = 0; i < n; i++) {
        statement->values[i] = read_value(statement->stmt, i, statement->numbers[i]);
    }
    *row = (struct row){statement->values, (size_t)n};
    return STATUS_OK;
}

void
sqlite_finish(struct cursor *cursor)
{
    struct statement *statement = (struct statement *)(void *)cursor;
    if (cursor == NULL) {
        return;
    }
    statement->is_busy = false;
    if (statement->is_cached && statement->stmt != NULL) {
        (void)sqlite3_reset(statement->stmt);
        (void)sqlite3_clear_bindings(statement->stmt);
    }
    if (statement->is_cached) {
        return;
    }
    struct sqlite_conn *self = sqlite_of(cursor->conn);
    (void)sqlite3_finalize(statement->stmt);
    statement->stmt = NULL;
    statement->next = self->spare;
    self->spare = statement;
}

void
statements_release(struct sqlite_conn *self)
{
    for (size_t i = 0; i < self->statements.cap; i++) {
        struct map_slot *slot = &self->statements.slots[i];
        for (struct statement *at = slot->key.ptr == NULL ? NULL : slot->value; at != NULL; at = at->next) {
            (void)sqlite3_finalize(at->stmt);
            at->stmt = NULL;
        }
    }
}
