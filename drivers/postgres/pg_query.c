#include "base/io.h"
#include "driver/sqltok.h"
#include "postgres/pg_capture.h"

#include <string.h>

/* -- transactions ---------------------------------------------------------------------------------------- */

enum status
pg_begin(struct conn *conn, enum txn_mode mode, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    if (pg->begin != NULL || PQtransactionStatus(pg->link) != PQTRANS_IDLE) {
        return err_raise(err, STATUS_BUG, "a transaction is open already");
    }
    /* It goes out with the first statement. */
    pg->begin = mode == TXN_READ         ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                : conn->params.read_only ? "BEGIN READ ONLY"
                                         : "BEGIN";
    return STATUS_OK;
}

/* Behind a pooler the next user of the server's session would get what the script had set. */
static PGresult *
send_commit(struct pg_conn *pg)
{
    if (pg->queue.n > 0) {
        return pg_send_commit(pg);
    }
    return PQexec(pg->link, pg->base.identity.is_pooled && pg->may_have_set
                                ? "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; COMMIT"
                                : "COMMIT");
}

enum status
pg_commit(struct conn *conn, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    if (pg->begin != NULL) {
        pg->begin = NULL;
        return STATUS_OK;
    }
    if (PQtransactionStatus(pg->link) == PQTRANS_IDLE) {
        return err_raise(err, STATUS_BUG, "no transaction is open");
    }
    if (pg->has_hooks && PQtransactionStatus(pg->link) == PQTRANS_INTRANS) {
        enum status status = pg_capture_clear(conn, err);
        if (status != STATUS_OK) {
            pg_rollback(conn);
            return status;
        }
    }
    PG_RESULT_SCOPED *result = send_commit(pg);
    bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK && str_eq(PQcmdStatus(result), "COMMIT");
    if (PQtransactionStatus(pg->link) == PQTRANS_INERROR) { /* what had waited for the commit failed */
        PQclear(PQexec(pg->link, "ROLLBACK"));
    }
    if (pg->base.identity.is_pooled) {
        pg->mode = PG_MODE_NONE;
    } else if (!is_done) {
        pg->mode = pg->mode_at_begin;
    }
    if (is_done) {
        return STATUS_OK;
    }
    if (PQstatus(pg->link) == CONNECTION_BAD) {
        return pg_raise_lost(pg, STATUS_UNKNOWN, err);
    }
    if (PQresultStatus(result) == PGRES_COMMAND_OK) {
        return err_raise(err, STATUS_SQL, "the transaction had failed before and was rolled back");
    }
    return pg_raise(pg, result, (struct span){NULL, 0}, err);
}

void
pg_rollback(struct conn *conn)
{
    struct pg_conn *pg = pg_of(conn);
    pg->begin = NULL;
    pg->has_hooks = false;
    pg_forget_deferred(pg);
    if (PQtransactionStatus(pg->link) == PQTRANS_IDLE) {
        return;
    }
    PQclear(PQexec(pg->link, "ROLLBACK"));
    pg->mode = conn->identity.is_pooled ? PG_MODE_NONE : pg->mode_at_begin;
    conn->is_lost = conn->is_lost || PQstatus(pg->link) == CONNECTION_BAD;
}

enum txn_state
pg_txn_state(struct conn *conn)
{
    const struct pg_conn *pg = pg_of(conn);
    if (PQstatus(pg->link) == CONNECTION_BAD) {
        return TXN_LOST;
    }
    switch (PQtransactionStatus(pg->link)) {
    case PQTRANS_INTRANS:
    case PQTRANS_ACTIVE:
        return TXN_OPEN;
    case PQTRANS_INERROR:
        return TXN_FAILED;
    case PQTRANS_IDLE:
        return pg->begin == NULL ? TXN_NONE : TXN_OPEN;
    case PQTRANS_UNKNOWN:
        return TXN_LOST;
    }
    return TXN_LOST;
}

/* -- statements of scripts ------------------------------------------------------------------------------- */

static struct span
first_word(struct span sql)
{
    struct lexer lexer;
    lexer_init(&lexer, sql, LEX_POSTGRES);
    return lexer_next(&lexer).text;
}

/* The extended protocol takes one statement at a time: a second one is an error of the server's. */
static enum status
prepare_text(struct pg_conn *pg, struct span sql, struct arena *scratch, struct pg_request *out,
             struct err *err)
{
    static const char *const transaction_words[] = {"begin",    "start", "commit", "end",
                                                    "rollback", "abort", "prepare"};
    struct span word = first_word(sql);
    if (sql.len > 0 && memchr(sql.ptr, '\0', sql.len) != NULL) {
        return err_raise(err, STATUS_USAGE, "there is a NUL byte in the statement");
    }
    for (size_t i = 0; i < COUNT_OF(transaction_words); i++) {
        if (pg->base.params.read_only && span_is_nocase(word, transaction_words[i])) {
            return err_raise(err, STATUS_POLICY, "a read-only connection runs no transaction statements");
        }
    }
    *out = (struct pg_request){
        .sql = arena_strndup(scratch, sql.ptr, sql.len),
        .shown = sql,
        .discards_rows = true,
        .may_copy = span_is_nocase(word, "copy"),
    };
    return STATUS_OK;
}

static int64_t
affected_rows(const PGresult *result)
{
    int64_t rows = -1;
    (void)parse_i64(span_of(PQcmdTuples((PGresult *)(uintptr_t)result)), &rows);
    return rows;
}

static enum pg_mode
mode_of_scripts(const struct pg_conn *pg)
{
    return pg->in_script ? PG_MODE_SCRIPT : PG_MODE_OWN;
}

enum status
pg_exec(struct conn *conn, struct span sql, int64_t *affected, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    ARENA_SCOPED scratch = {0};
    struct pg_request request;
    PG_RESULT_SCOPED *result = NULL;
    TRY(prepare_text(pg, sql, &scratch, &request, err));
    enum status status = pg_send(pg, mode_of_scripts(pg), &request, &result, err);
    if (status != STATUS_OK) {
        bool lacks_rows = status == STATUS_CANCELLED && request.may_copy && !stop_requested();
        return lacks_rows ? err_restate(err, STATUS_USAGE) : status;
    }
    pg_settings_note(pg, PQcmdStatus(result));
    if (affected != NULL) {
        *affected = affected_rows(result);
    }
    return STATUS_OK;
}

/* -- COPY ... FROM STDIN --------------------------------------------------------------------------------- */

static bool
put_rows(struct pg_conn *pg, struct span data)
{
    enum { CHUNK = 1 << 20 };
    while (data.len > 0) {
        size_t len = data.len < CHUNK ? data.len : CHUNK;
        if (PQputCopyData(pg->link, data.ptr, (int)len) != 1) {
            return false;
        }
        data.ptr += len;
        data.len -= len;
    }
    return PQputCopyEnd(pg->link, NULL) == 1;
}

/* The result of the whole, once the rows were sent. */
static enum status
finish_copy(struct pg_conn *pg, struct span sql, int64_t *affected, struct err *err)
{
    PG_RESULT_SCOPED *last = NULL;
    PGresult *next;
    pg_wait(pg);
    while ((next = PQgetResult(pg->link)) != NULL) {
        if (last == NULL) {
            last = next;
        } else {
            PQclear(next);
        }
        pg_wait(pg);
    }
    if (last == NULL || PQstatus(pg->link) == CONNECTION_BAD) {
        return pg_raise_lost(pg, STATUS_CONNECT, err);
    }
    if (PQresultStatus(last) != PGRES_COMMAND_OK) {
        return pg_raise(pg, last, sql, err);
    }
    *affected = affected_rows(last);
    return STATUS_OK;
}

enum status
pg_copy_in(struct conn *conn, struct span sql, struct span data, int64_t *affected, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    ARENA_SCOPED scratch = {0};
    struct pg_request request;
    PG_RESULT_SCOPED *result = NULL;
    int64_t rows = -1;
    bool is_open = pg_txn_state(conn) == TXN_OPEN;
    TRY(prepare_text(pg, sql, &scratch, &request, err));
    request.copies_in = true;
    TRY(pg_send(pg, mode_of_scripts(pg), &request, &result, err));
    if (PQresultStatus(result) != PGRES_COPY_IN) {
        return err_raise(err, STATUS_USAGE, "the statement takes no rows");
    }
    if (!put_rows(pg, data) && PQstatus(pg->link) == CONNECTION_BAD) {
        return pg_raise_lost(pg, is_open ? STATUS_CONNECT : STATUS_UNKNOWN, err);
    }
    TRY(finish_copy(pg, sql, &rows, err));
    if (affected != NULL) {
        *affected = rows;
    }
    return STATUS_OK;
}

/* -- our own statements ---------------------------------------------------------------------------------- */

struct pg_cursor {
    struct cursor base;
    struct arena arena; /* holds the cursor itself */
    struct arena row_arena;
    PGresult *result;
    struct value *values;
    int row;
};

/* "?" to "$1", but for those in quotes. */
static char *
number_params(struct arena *arena, const char *sql)
{
    BUF_SCOPED out = BUF_INIT(BUF_SQL_MAX);
    struct lexer lexer;
    unsigned n = 0;
    lexer_init(&lexer, span_of(sql), LEX_POSTGRES);
    for (;;) {
        struct token token = lexer_next_raw(&lexer);
        if (token.kind == TOKEN_END) {
            return arena_strndup(arena, buf_cstr(&out), out.len);
        }
        if (token.kind == TOKEN_PARAM && span_is(token.text, "?")) {
            buf_printf(&out, "$%u", ++n);
        } else {
            buf_span(&out, token.text);
        }
    }
}

/* Texts of ours are few; what is made up as we go is not kept. */
static struct pg_statement *
statement_of(struct pg_conn *pg, const char *sql, struct arena *scratch)
{
    enum { KEPT_MAX = 512 };
    struct pg_statement *statement = map_get(&pg->statements, span_of(sql));
    if (statement != NULL) {
        return statement;
    }
    /* Where names are quoted they are a table's of the user's or made for one: its shape may change, and then
     * the server refuses what was prepared before. */
    bool is_kept = pg->statements.n < KEPT_MAX && strchr(sql, '"') == NULL;
    struct arena *arena = is_kept ? &pg->base.arena : scratch;
    statement = arena_new(arena, struct pg_statement);
    statement->sql = number_params(arena, sql);
    statement->uses = is_kept ? 0 : 2; /* never prepared */
    if (is_kept) {
        snprintf(statement->name, sizeof(statement->name), "rollcall_%zu", ++pg->n_named);
        map_put(&pg->statements, span_of(sql), statement);
    }
    return statement;
}

struct pg_statement *
pg_statement_kept(struct pg_conn *pg, const char *sql)
{
    struct pg_statement *statement = map_get(&pg->statements, span_of(sql));
    if (statement == NULL) {
        statement = arena_new(&pg->base.arena, struct pg_statement);
        statement->sql = sql;
        snprintf(statement->name, sizeof(statement->name), "rollcall_%zu", ++pg->n_named);
        map_put(&pg->statements, span_of(sql), statement);
    }
    return statement;
}

static void
forget(struct pg_statement *statement)
{
    statement->is_prepared = false;
    statement->uses = 0;
}

void
pg_statements_forget(struct pg_conn *pg)
{
    for (size_t i = 0; i < pg->statements.cap; i++) {
        if (pg->statements.slots[i].key.ptr != NULL) {
            forget(pg->statements.slots[i].value);
        }
    }
    forget(&pg->own);
    forget(&pg->save);
    forget(&pg->script);
    forget(&pg->restore);
    forget(&pg->catalog_common);
    forget(&pg->catalog_locked);
    forget(&pg->catalog_rare);
    forget(&pg->catalog_other);
}

/* Bytes travel in binary, everything else as text. */
static enum status
bind(struct arena *scratch, const struct value *params, size_t n, struct pg_request *out, struct err *err)
{
    const char **values = arena_new_array(scratch, const char *, n + 1);
    int *lengths = arena_new_array(scratch, int, n + 1);
    int *formats = arena_new_array(scratch, int, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct value *param = &params[i];
        if (param->bytes.len > INT32_MAX || n > UINT16_MAX) {
            return err_raise(err, STATUS_USAGE, "a parameter of %zu bytes is too long", param->bytes.len);
        }
        bool is_text = param->kind != VALUE_BYTES && param->kind != VALUE_NULL;
        if (is_text && param->bytes.len > 0 && memchr(param->bytes.ptr, '\0', param->bytes.len) != NULL) {
            return err_raise(err, STATUS_USAGE, "PostgreSQL stores no text with a NUL byte in it");
        }
        values[i] =
            param->kind == VALUE_NULL ? NULL : arena_strndup(scratch, param->bytes.ptr, param->bytes.len);
        lengths[i] = (int)param->bytes.len;
        formats[i] = param->kind == VALUE_BYTES;
    }
    out->n_params = (int)n;
    out->values = values;
    out->lengths = lengths;
    out->formats = formats;
    return STATUS_OK;
}

static struct cursor *
new_cursor(struct pg_conn *pg, PGresult *result)
{
    struct arena arena = {0};
    struct pg_cursor *cursor = arena_new(&arena, struct pg_cursor);
    cursor->base.conn = &pg->base;
    cursor->result = result;
    cursor->values = arena_new_array(&arena, struct value, (size_t)PQnfields(result) + 1);
    cursor->arena = arena;
    return &cursor->base;
}

enum status
pg_query(struct conn *conn, const char *sql, const struct value *params, size_t n_params, struct cursor **out,
         int64_t *affected, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    ARENA_SCOPED scratch = {0};
    struct pg_request request = {.discards_rows = out == NULL, .only_reads = out != NULL};
    PG_RESULT_SCOPED *result = NULL;
    TRY(bind(&scratch, params, n_params, &request, err));
    request.statement = statement_of(pg, sql, &scratch);
    bool may_wait = conn->may_defer && !conn->identity.is_pooled && out == NULL && affected == NULL &&
                    *request.statement->name != '\0' && pg->mode == PG_MODE_OWN &&
                    PQtransactionStatus(pg->link) == PQTRANS_INTRANS;
    if (may_wait && pg_defer(pg, &request)) {
        return STATUS_OK;
    }
    TRY(pg_send(pg, PG_MODE_OWN, &request, &result, err));
    if (affected != NULL) {
        *affected = affected_rows(result);
    }
    if (out != NULL) {
        *out = new_cursor(pg, result);
        result = NULL;
    }
    return STATUS_OK;
}

enum status
pg_query_text(struct conn *conn, struct span sql, struct cursor **out, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    ARENA_SCOPED scratch = {0};
    struct pg_request request;
    PG_RESULT_SCOPED *result = NULL;
    *out = NULL;
    TRY(prepare_text(pg, sql, &scratch, &request, err));
    request.discards_rows = false;
    TRY(pg_send(pg, mode_of_scripts(pg), &request, &result, err));
    pg_settings_note(pg, PQcmdStatus(result));
    *out = new_cursor(pg, result);
    result = NULL;
    return STATUS_OK;
}

/* Object ids of built-in types never change (pg_type.dat). */
enum {
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_OID = 26,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701
};

static enum value_kind
kind_of_type(Oid type)
{
    switch (type) {
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID:
        return VALUE_INT;
    case OID_FLOAT4:
    case OID_FLOAT8:
        return VALUE_FLOAT;
    case OID_BYTEA:
        return VALUE_BYTES;
    default:
        return VALUE_TEXT;
    }
}

static void
free_bytes(unsigned char **bytes)
{
    PQfreemem(*bytes);
}

/* Reads "\x..." and, should a script have asked for it, the old form. */
static struct span
decode_bytes(struct arena *arena, const char *text)
{
    size_t len = 0;
    CLEANUP(free_bytes) unsigned char *bytes = PQunescapeBytea((const unsigned char *)text, &len);
    require(bytes != NULL);
    return (struct span){arena_strndup(arena, (const char *)bytes, len), len};
}

static struct value
read_cell(struct pg_cursor *cursor, int column)
{
    const char *text = PQgetvalue(cursor->result, cursor->row, column);
    struct value value = {VALUE_NULL, {NULL, 0}};
    if (PQgetisnull(cursor->result, cursor->row, column)) {
        return value;
    }
    value.kind = kind_of_type(PQftype(cursor->result, column));
    value.bytes = value.kind == VALUE_BYTES
                      ? decode_bytes(&cursor->row_arena, text)
                      : (struct span){text, (size_t)PQgetlength(cursor->result, cursor->row, column)};
    return value;
}

enum status
pg_fetch(struct cursor *base, struct row *row, struct err *err)
{
    struct pg_cursor *cursor = (struct pg_cursor *)base;
    (void)err;
    if (cursor->row >= PQntuples(cursor->result)) {
        *row = (struct row){NULL, 0};
        return STATUS_OK;
    }
    arena_release(&cursor->row_arena);
    for (int i = 0; i < PQnfields(cursor->result); i++) {
        cursor->values[i] = read_cell(cursor, i);
    }
    cursor->row++;
    *row = (struct row){cursor->values, (size_t)PQnfields(cursor->result)};
    return STATUS_OK;
}

void
pg_finish(struct cursor *base)
{
    struct pg_cursor *cursor = (struct pg_cursor *)base;
    if (cursor != NULL) {
        struct arena arena = cursor->arena;
        PQclear(cursor->result);
        arena_release(&cursor->row_arena);
        arena_release(&arena);
    }
}

enum status
pg_ask(struct pg_conn *pg, const char *sql, PGresult **out, struct err *err)
{
    const struct pg_request request = {.sql = sql, .only_reads = true};
    return pg_send(pg, PG_MODE_OWN, &request, out, err);
}
