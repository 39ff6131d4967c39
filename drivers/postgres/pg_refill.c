/* What stands aside while tables are filled anew, and the sequences of their columns. */
#include "postgres/pg_stream.h"

#include <inttypes.h>

extern const char postgres_refill_sql[];
extern const char postgres_counters_sql[];

static enum status
run(struct pg_conn *pg, const char *sql, struct err *err)
{
    const struct pg_request request = {.sql = sql, .discards_rows = true};
    PG_RESULT_SCOPED *result = NULL;
    return pg_send(pg, PG_MODE_OWN, &request, &result, err);
}

static enum status
ask(struct pg_conn *pg, const char *sql, const char *param, PGresult **out, struct err *err)
{
    const char *const values[] = {param};
    const struct pg_request request = {
        .sql = sql, .n_params = param == NULL ? 0 : 1, .values = values, .only_reads = true};
    return pg_send(pg, PG_MODE_OWN, &request, out, err);
}

/* With one of the driver's own texts. */
static enum status
ask_kept(struct pg_conn *pg, const char *sql, const char *param, PGresult **out, struct err *err)
{
    const char *const values[] = {param};
    const struct pg_request request = {
        .statement = pg_statement_kept(pg, sql), .n_params = 1, .values = values, .only_reads = true};
    return pg_send(pg, PG_MODE_OWN, &request, out, err);
}

/* Tables with checks that wait for the commit cannot be altered, so those are made now; from here on they
 * wait again, for the end of the refill. */
static enum status
settle_checks(struct pg_conn *pg, struct err *err)
{
    enum status status = run(pg, "SET CONSTRAINTS ALL IMMEDIATE", err);
    bool is_violation = status == STATUS_SQL && str_starts(err->sqlstate, "23");
    return is_violation ? err_restate(err, STATUS_POLICY) : status;
}

/* {"\"public\".\"a\"",...} */
static void
add_array(struct buf *out, const struct conn *conn, const struct table *tables, size_t n)
{
    buf_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        BUF_SCOPED name = BUF_INIT(BUF_TEXT_MAX);
        driver_quote_qualified(conn->driver, &name, tables[i].qualified);
        buf_str(out, i > 0 ? ",\"" : "\"");
        for (const char *at = buf_cstr(&name); *at != '\0'; at++) {
            if (*at == '"' || *at == '\\') {
                buf_char(out, '\\');
            }
            buf_char(out, *at);
        }
        buf_char(out, '"');
    }
    buf_char(out, '}');
}

static void
forget_undo(struct pg_conn *pg)
{
    arena_release(&pg->refill_arena);
    pg->refill_undo.items = NULL;
    pg->refill_undo.n = pg->refill_undo.cap = 0;
}

enum status
pg_refill_begin(struct conn *conn, const struct table *tables, size_t n, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    BUF_SCOPED names = BUF_INIT(BUF_TEXT_MAX);
    PG_RESULT_SCOPED *plan = NULL;
    forget_undo(pg);
    for (size_t i = 0; i < n; i++) {
        BUF_SCOPED lock = BUF_INIT(BUF_TEXT_MAX);
        buf_str(&lock, "LOCK TABLE ");
        driver_quote_qualified(conn->driver, &lock, tables[i].qualified);
        buf_str(&lock, " IN ACCESS EXCLUSIVE MODE");
        TRY(run(pg, buf_cstr(&lock), err));
    }
    TRY(settle_checks(pg, err));
    add_array(&names, conn, tables, n);
    TRY(ask_kept(pg, postgres_refill_sql, buf_cstr(&names), &plan, err));
    for (int i = 0; i < PQntuples(plan); i++) {
        const char *before = PQgetvalue(plan, i, 2);
        const char *after = arena_strdup(&pg->refill_arena, PQgetvalue(plan, i, 3));
        vec_push(&pg->refill_arena, &pg->refill_undo, after);
        if (before[0] != '\0') {
            TRY(run(pg, before, err));
        }
    }
    return run(pg, "SET CONSTRAINTS ALL DEFERRED", err);
}

enum status
pg_refill_clear(struct conn *conn, const struct table *table, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, table->is_partitioned ? "DELETE FROM " : "DELETE FROM ONLY ");
    driver_quote_qualified(conn->driver, &sql, table->qualified);
    return run(pg_of(conn), buf_cstr(&sql), err);
}

enum status
pg_refill_end(struct conn *conn, const struct table *tables, size_t n, bool keep, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    enum status status = keep ? settle_checks(pg, err) : STATUS_OK;
    (void)tables;
    (void)n;
    for (size_t i = 0; keep && status == STATUS_OK && i < pg->refill_undo.n; i++) {
        status = run(pg, pg->refill_undo.items[i], err);
    }
    if (status == STATUS_SQL && str_eq(err->sqlstate, "23503")) {
        status = err_restate(err, STATUS_POLICY);
    }
    forget_undo(pg);
    return status;
}

/* -- sequences ------------------------------------------------------------------------------------------- */

static bool
read_number(const PGresult *row, int column, int64_t *out)
{
    return PQntuples(row) == 1 && parse_i64(span_of(PQgetvalue(row, 0, column)), out);
}

/* Those that count down are left alone. */
static enum status
read_next(struct pg_conn *pg, const char *sequence, int64_t *next, bool *counts_up, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    PG_RESULT_SCOPED *row = NULL;
    int64_t by = 0;
    buf_printf(&sql,
               "SELECT s.last_value, s.is_called, q.seqincrement FROM %s s, pg_sequence q "
               "WHERE q.seqrelid = $1::regclass",
               sequence);
    TRY(ask(pg, buf_cstr(&sql), sequence, &row, err));
    *counts_up = read_number(row, 2, &by) && by > 0 && read_number(row, 0, next);
    if (*counts_up && str_eq(PQgetvalue(row, 0, 1), "t")) {
        *next = *next > INT64_MAX - by ? INT64_MAX : *next + by;
    }
    return STATUS_OK;
}

static enum status
sequences(struct pg_conn *pg, const struct table *table, PGresult **out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    return ask_kept(pg, postgres_counters_sql, pg_quoted(&scratch, table->qualified, &pg->base), out, err);
}

enum status
pg_counters(struct conn *conn, const struct table *table, struct arena *arena, struct counters *out,
            struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    PG_RESULT_SCOPED *found = NULL;
    TRY(sequences(pg, table, &found, err));
    for (int i = 0; i < PQntuples(found); i++) {
        struct counter counter = {arena_strdup(arena, PQgetvalue(found, i, 0)), 0};
        bool counts_up;
        TRY(read_next(pg, PQgetvalue(found, i, 1), &counter.next, &counts_up, err));
        if (counts_up) {
            vec_push(arena, out, counter);
        }
    }
    return STATUS_OK;
}

static enum status
greatest(struct pg_conn *pg, const struct table *table, const char *column, int64_t *out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    PG_RESULT_SCOPED *row = NULL;
    buf_str(&sql, "SELECT max(");
    driver_quote(pg->base.driver, &sql, column);
    buf_str(&sql, ") FROM ");
    driver_quote_qualified(pg->base.driver, &sql, table->qualified);
    TRY(ask(pg, buf_cstr(&sql), NULL, &row, err));
    *out = INT64_MIN;
    (void)read_number(row, 0, out);
    return STATUS_OK;
}

/* ALTER SEQUENCE goes back with the transaction, setval does not. */
enum status
pg_raise_counter(struct conn *conn, const struct table *table, const struct counter *counter, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    PG_RESULT_SCOPED *found = NULL;
    int64_t most;
    TRY(sequences(pg, table, &found, err));
    TRY(greatest(pg, table, counter->column, &most, err));
    for (int i = 0; i < PQntuples(found); i++) {
        BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
        int64_t next = 0;
        bool counts_up;
        int64_t want = most >= counter->next && most < INT64_MAX ? most + 1 : counter->next;
        if (!str_eq(PQgetvalue(found, i, 0), counter->column)) {
            continue;
        }
        TRY(read_next(pg, PQgetvalue(found, i, 1), &next, &counts_up, err));
        if (counts_up && want > next) {
            buf_printf(&sql, "ALTER SEQUENCE %s RESTART WITH %" PRId64, PQgetvalue(found, i, 1), want);
            TRY(run(pg, buf_cstr(&sql), err));
        }
    }
    return STATUS_OK;
}
