#include "mysql/my_conn.h"

#include "base/io.h"
#include "driver/piece.h"
#include "driver/sqltok.h"
#include "mysql/my_cell.h"
#include "mysql/my_kind.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

/* -- text protocol ------------------------------------------------------------------------------------- */

enum { STOP_POLL_MS = 200 };

/* Until the answer begins to come. A request to stop ends the statement through a second connection, once,
 * where that is allowed; its answer is waited for all the same. */
static void
wait_for_answer(struct my_conn *my)
{
    struct pollfd socket = {.fd = (int)my->mysql->net.fd, .events = POLLIN};
    struct err ignored = {0};
    bool has_cancelled = false;
    for (;;) {
        int ready = poll(&socket, 1, STOP_POLL_MS);
        if (ready > 0 || (ready < 0 && errno != EINTR)) {
            return;
        }
        if (my->base.is_interruptible && stop_requested() && !has_cancelled) {
            has_cancelled = my_cancel(&my->base, &ignored) == STATUS_OK;
        }
    }
}

static int
send_and_wait(struct my_conn *my, struct span sql)
{
    if (mysql_send_query(my->mysql, sql.ptr, (unsigned long)sql.len) != 0) {
        return 1;
    }
    wait_for_answer(my);
    return mysql_read_query_result(my->mysql) != 0;
}

/* A lost answer leaves open whether it happened, unless a transaction held it together. */
static bool
would_stand(const struct my_conn *my)
{
    return !is_in_transaction(my);
}

static enum status
check_size(const struct my_conn *my, uint64_t len, struct err *err)
{
    if (len < my->max_packet) {
        return STATUS_OK;
    }
    err_raise(err, STATUS_SQL, "the statement has %" PRIu64 " bytes, more than the server takes", len);
    return err_hint(err, "set global max_allowed_packet = %" PRIu64 ", then connect again", len + 1024);
}

static enum status
discard_result(struct my_conn *my, struct err *err)
{
    if (mysql_field_count(my->mysql) == 0) {
        return STATUS_OK;
    }
    RESULT_SCOPED *result = mysql_use_result(my->mysql);
    while (result != NULL && mysql_fetch_row(result) != NULL) {
    }
    return mysql_errno(my->mysql) == 0 ? STATUS_OK : raise_mysql(my, would_stand(my), err);
}

/* CALL may answer with several results; the last one speaks for the statement. */
static enum status
take_results(struct my_conn *my, int64_t *affected, struct err *err)
{
    int next = 0;
    while (next == 0) {
        bool has_rows = mysql_field_count(my->mysql) > 0;
        TRY(discard_result(my, err));
        *affected = has_rows ? -1 : (int64_t)mysql_affected_rows(my->mysql);
        my->state_is_stale = false;
        next = mysql_next_result(my->mysql);
    }
    return next < 0 ? STATUS_OK : raise_mysql(my, would_stand(my), err);
}

enum status
text_exec(struct my_conn *my, struct span sql, int64_t *affected, struct err *err)
{
    int64_t rows = -1;
    bool stands = would_stand(my);
    my->is_fresh = false;
    TRY(stream_settle(my, err));
    TRY(check_size(my, sql.len, err));
    if (send_and_wait(my, sql) != 0) {
        stands = stands || (statement_flags(sql, my->script_flags) & PIECE_IMPLICIT_COMMIT);
        enum status status = raise_mysql(my, stands, err);
        err->position = err->server_code == 1064 ? error_position(mysql_error(my->mysql), sql) : 0;
        return status;
    }
    TRY(take_results(my, &rows, err));
    if (affected != NULL) {
        *affected = rows;
    }
    return STATUS_OK;
}

enum status
text_query(struct my_conn *my, const char *sql, MYSQL_RES **out, struct err *err)
{
    *out = NULL;
    TRY(stream_settle(my, err));
    if (send_and_wait(my, span_of(sql)) != 0 || (*out = mysql_store_result(my->mysql)) == NULL) {
        return raise_mysql(my, false, err);
    }
    my->state_is_stale = false;
    return STATUS_OK;
}

/* What would give a session that was opened read-only its pen back. */
static enum status
check_read_only(const struct my_conn *my, struct span sql, struct err *err)
{
    static const char *const refused[] = {
        "set", "start transaction read write", "prepare", "execute", "install", "load data"};
    struct lexer lexer;
    lexer_init(&lexer, sql, my->script_flags);
    for (size_t i = 0; my->base.params.read_only && i < COUNT_OF(refused); i++) {
        if (lexer_accept_words(&lexer, refused[i])) {
            return err_raise(err, STATUS_POLICY, "'%s' is refused on a read-only connection", refused[i]);
        }
    }
    return STATUS_OK;
}

enum status
my_exec(struct conn *conn, struct span sql, int64_t *affected, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    TRY(check_read_only(my, sql, err));
    return my->in_script ? script_exec(my, sql, affected, err) : text_exec(my, sql, affected, err);
}

/* -- prepared statements ------------------------------------------------------------------------------- */

struct my_statement {
    MYSQL_STMT *stmt;
    bool is_busy;   /* a cursor reads from it */
    bool is_cached; /* it stays open */
    struct cells cells;
};

struct my_cursor {
    struct cursor base;
    struct my_statement *statement;
    struct arena arena; /* of the rows that were taken in, and of the cursor itself */
    VEC(struct value *) kept;
    size_t at; /* in `kept` */
    size_t n;  /* columns; the statement may be gone before the kept rows are */
    bool is_done;
    struct err failure; /* what ended the rows too early */
};

static void
close_statement(struct my_statement *statement)
{
    if (statement->stmt != NULL) {
        (void)mysql_stmt_close(statement->stmt);
        statement->stmt = NULL;
    }
    cells_release(&statement->cells);
}

void
statements_forget(struct my_conn *my)
{
    for (size_t i = 0; i < my->statements.cap; i++) {
        if (my->statements.slots[i].key.ptr != NULL) {
            close_statement(my->statements.slots[i].value);
        }
    }
}

static enum status
prepare(struct my_conn *my, struct my_statement *statement, struct span sql, struct err *err)
{
    if (statement->stmt != NULL) {
        return STATUS_OK;
    }
    statement->stmt = mysql_stmt_init(my->mysql);
    require(statement->stmt != NULL);
    if (mysql_stmt_prepare(statement->stmt, sql.ptr, (unsigned long)sql.len) != 0) {
        enum status status = raise_statement(my, statement->stmt, false, err);
        close_statement(statement);
        return status;
    }
    return STATUS_OK;
}

/* From the cache; a second cursor on the same text, and texts beyond the cache's size, get one of their own.
 */
static struct my_statement *
find_statement(struct my_conn *my, struct span sql)
{
    enum { CACHE_MAX = 256 };
    struct my_statement *statement = map_get(&my->statements, sql);
    if (statement != NULL && !statement->is_busy) {
        return statement;
    }
    bool is_new = statement == NULL && my->statements.n < CACHE_MAX;
    statement = arena_new(&my->base.arena, struct my_statement);
    statement->is_cached = is_new;
    if (is_new) {
        (void)map_put(&my->statements, sql, statement);
    }
    return statement;
}

static enum status
execute(struct my_conn *my, struct my_statement *statement, const struct value *params, size_t n_params,
        struct err *err)
{
    ARENA_SCOPED scratch = {0};
    uint64_t len = 0;
    my->is_fresh = false;
    for (size_t i = 0; i < n_params; i++) {
        len += params[i].bytes.len;
    }
    TRY(check_size(my, len, err));
    if (mysql_stmt_param_count(statement->stmt) != n_params) {
        return err_raise(err, STATUS_BUG, "the statement has %lu parameters, not %zu",
                         mysql_stmt_param_count(statement->stmt), n_params);
    }
    bool stands = would_stand(my) && mysql_stmt_field_count(statement->stmt) == 0;
    if ((n_params > 0 && !cells_bind_params(statement->stmt, params, n_params, &scratch)) ||
        mysql_stmt_execute(statement->stmt) != 0) {
        return raise_statement(my, statement->stmt, stands, err);
    }
    my->state_is_stale = false;
    return STATUS_OK;
}

static void
done_with(struct my_statement *statement)
{
    statement->is_busy = false;
    if (!statement->is_cached) {
        close_statement(statement);
    } else if (statement->stmt != NULL) {
        do { /* CALL has more than one */
            (void)mysql_stmt_free_result(statement->stmt);
        } while (mysql_stmt_next_result(statement->stmt) == 0);
    }
}

static enum status
open_cursor(struct my_conn *my, struct my_statement *statement, struct cursor **out, struct err *err)
{
    struct arena arena = {0};
    struct my_cursor *cursor = arena_new(&arena, struct my_cursor);
    cursor->base.conn = &my->base;
    cursor->statement = statement;
    cursor->is_done = mysql_stmt_field_count(statement->stmt) == 0;
    cursor->arena = arena;
    cursor->n = mysql_stmt_field_count(statement->stmt);
    *out = &cursor->base;
    if (cursor->is_done) {
        return STATUS_OK;
    }
    statement->is_busy = true;
    my->streaming = cursor;
    if (!cells_bind_result(&statement->cells, statement->stmt)) {
        enum status status = raise_statement(my, statement->stmt, false, err);
        my_finish(*out);
        *out = NULL;
        return status;
    }
    return STATUS_OK;
}

/* A table may have other columns than when the statement was prepared: then it is prepared anew, once. */
static enum status
prepare_and_execute(struct my_conn *my, struct my_statement *statement, struct span sql,
                    const struct value *params, size_t n_params, struct err *err)
{
    enum { NEW_METADATA = 2057 };
    TRY(prepare(my, statement, sql, err));
    enum status status = execute(my, statement, params, n_params, err);
    if (status == STATUS_OK || err->server_code != NEW_METADATA) {
        return status;
    }
    close_statement(statement);
    err_clear(err);
    TRY(prepare(my, statement, sql, err));
    return execute(my, statement, params, n_params, err);
}

enum status
my_query(struct conn *conn, const char *sql, const struct value *params, size_t n_params, struct cursor **out,
         int64_t *affected, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    struct my_statement *statement = find_statement(my, span_of(sql));
    TRY(stream_settle(my, err));
    enum status status = prepare_and_execute(my, statement, span_of(sql), params, n_params, err);
    if (status == STATUS_OK && affected != NULL) {
        *affected = (int64_t)mysql_stmt_affected_rows(statement->stmt);
    }
    if (status == STATUS_OK && out != NULL) {
        return open_cursor(my, statement, out, err);
    }
    done_with(statement);
    return status;
}

/* -- rows ---------------------------------------------------------------------------------------------- */

static enum status
end_early(struct my_conn *my, struct my_cursor *cursor, struct err *err)
{
    enum status status = raise_statement(my, cursor->statement->stmt, false, err);
    cursor->failure = *err;
    cursor->is_done = true;
    my->streaming = NULL;
    return status;
}

/* A result that ends early gives an error here, never the end. */
static enum status
read_row(struct my_conn *my, struct my_cursor *cursor, const struct value **out, struct err *err)
{
    struct my_statement *statement = cursor->statement;
    *out = NULL;
    switch (mysql_stmt_fetch(statement->stmt)) {
    case 0:
    case MYSQL_DATA_TRUNCATED:
        break;
    case MYSQL_NO_DATA:
        cursor->is_done = true;
        my->streaming = NULL;
        return STATUS_OK;
    default: /* 1, or a number this library does not document */
        return end_early(my, cursor, err);
    }
    *out = cells_read(&statement->cells, statement->stmt);
    return *out != NULL ? STATUS_OK : end_early(my, cursor, err);
}

static void
keep_row(struct my_cursor *cursor, const struct value *values)
{
    struct value *copy = arena_new_array(&cursor->arena, struct value, cursor->n);
    for (size_t i = 0; i < cursor->n; i++) {
        copy[i] = values[i];
        copy[i].bytes.ptr = arena_strndup(&cursor->arena, values[i].bytes.ptr, values[i].bytes.len);
    }
    vec_push(&cursor->arena, &cursor->kept, copy);
}

enum status
stream_settle(struct my_conn *my, struct err *err)
{
    struct my_cursor *cursor = my->streaming;
    struct err failure = {0}; /* the cursor's own affair, unless the connection is gone */
    while (my->streaming != NULL) {
        const struct value *values;
        if (read_row(my, cursor, &values, &failure) == STATUS_OK && values != NULL) {
            keep_row(cursor, values);
        }
    }
    if (my->base.is_lost && failure.status != STATUS_OK) {
        *err = failure;
        return failure.status;
    }
    return STATUS_OK;
}

enum status
my_fetch(struct cursor *base, struct row *row, struct err *err)
{
    struct my_cursor *cursor = (struct my_cursor *)base;
    *row = (struct row){NULL, 0};
    if (cursor->at < cursor->kept.n) {
        *row = (struct row){cursor->kept.items[cursor->at++], cursor->n};
        return STATUS_OK;
    }
    if (cursor->is_done) {
        *err = cursor->failure;
        return cursor->failure.status;
    }
    const struct value *values;
    TRY(read_row(my_conn_of(base->conn), cursor, &values, err));
    if (values != NULL) {
        *row = (struct row){values, cursor->n};
    }
    return STATUS_OK;
}

void
my_finish(struct cursor *base)
{
    struct my_cursor *cursor = (struct my_cursor *)base;
    if (cursor == NULL) {
        return;
    }
    struct my_conn *my = my_conn_of(base->conn);
    if (my->streaming == cursor) {
        my->streaming = NULL;
    }
    done_with(cursor->statement);
    struct arena arena = cursor->arena; /* holds the cursor itself */
    arena_release(&arena);
}
