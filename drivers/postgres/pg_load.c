#include "postgres/pg_stream.h"

#include <string.h>

/* Types without a stable binary form come as text: they are loaded into a table of the session first and cast
 * from there. */
struct pg_load {
    struct load base;
    struct arena arena; /* holds the load itself */
    const char *insert; /* NULL: the rows go straight into the table */
    int64_t rows;       /* whole ones that were sent */
};

#define SIDE_TABLE "pg_temp.rollcall_load"

static enum status
run(struct pg_conn *pg, const char *sql, int64_t *rows, struct err *err)
{
    const struct pg_request request = {.sql = sql, .discards_rows = true};
    PG_RESULT_SCOPED *result = NULL;
    TRY(pg_send(pg, PG_MODE_OWN, &request, &result, err));
    if (rows != NULL) {
        (void)parse_i64(span_of(PQcmdTuples(result)), rows);
    }
    return STATUS_OK;
}

static void
add_names(struct buf *sql, const struct conn *conn, const struct stream_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_str(sql, i > 0 ? ", " : "");
        driver_quote(conn->driver, sql, columns[i].name);
    }
}

static enum status
make_side_table(struct pg_conn *pg, struct pg_load *load, const struct table *table,
                const struct stream_column *columns, const struct pg_form *forms, size_t n, struct err *err)
{
    const struct driver *driver = pg->base.driver;
    BUF_SCOPED create = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED insert = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&create, "CREATE TEMPORARY TABLE rollcall_load (");
    buf_str(&insert, "INSERT INTO ");
    driver_quote_qualified(driver, &insert, table->qualified);
    buf_str(&insert, " (");
    add_names(&insert, &pg->base, columns, n);
    buf_str(&insert, ") OVERRIDING SYSTEM VALUE SELECT ");
    for (size_t i = 0; i < n; i++) {
        const char *type = table_column(table, columns[i].name)->type.name;
        buf_printf(&create, "%sc%zu %s", i > 0 ? ", " : "", i, forms[i].is_cast ? "pg_catalog.text" : type);
        buf_printf(&insert, forms[i].is_cast ? "%sc%zu::%s" : "%sc%zu", i > 0 ? ", " : "", i, type);
    }
    buf_str(&create, ") ON COMMIT DROP");
    buf_str(&insert, " FROM " SIDE_TABLE);
    load->insert = arena_strndup(&load->arena, buf_cstr(&insert), insert.len);
    return run(pg, buf_cstr(&create), NULL, err);
}

static enum status
check_forms(const struct stream_column *columns, const struct pg_form *forms, size_t n, bool *casts,
            struct err *err)
{
    *casts = false;
    for (size_t i = 0; i < n; i++) {
        if (!str_eq(columns[i].form, forms[i].name)) {
            return err_raise(err, STATUS_USAGE, "the column '%s' takes values as '%s', not as '%s'",
                             columns[i].name, forms[i].name, columns[i].form);
        }
        *casts = *casts || forms[i].is_cast;
    }
    return STATUS_OK;
}

static enum status
begin_copy(struct pg_conn *pg, const struct pg_load *load, const struct table *table,
           const struct stream_column *columns, size_t n, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    PG_RESULT_SCOPED *result = NULL;
    buf_str(&sql, "COPY ");
    if (load->insert != NULL) {
        buf_str(&sql, SIDE_TABLE);
    } else {
        driver_quote_qualified(pg->base.driver, &sql, table->qualified);
        buf_str(&sql, " (");
        add_names(&sql, &pg->base, columns, n);
        buf_str(&sql, ")");
    }
    buf_str(&sql, " FROM STDIN (FORMAT binary)");
    const struct pg_request request = {.sql = buf_cstr(&sql), .may_copy = true, .copies_in = true};
    TRY(pg_send(pg, PG_MODE_OWN, &request, &result, err));
    return PQputCopyData(pg->link, pg_copy_header, PG_COPY_HEADER_LEN) == 1
               ? STATUS_OK
               : pg_raise_lost(pg, STATUS_CONNECT, err);
}

static enum status
open_in(struct pg_conn *pg, struct pg_load *load, const struct table *table,
        const struct stream_column *columns, size_t n, struct err *err)
{
    const char **names = arena_new_array(&load->arena, const char *, n + 1);
    struct pg_form *forms;
    bool casts;
    for (size_t i = 0; i < n; i++) {
        names[i] = columns[i].name;
    }
    TRY(pg_forms(pg, table, names, n, &load->arena, &forms, err));
    TRY(check_forms(columns, forms, n, &casts, err));
    if (casts) {
        TRY(make_side_table(pg, load, table, columns, forms, n, err));
    }
    return begin_copy(pg, load, table, columns, n, err);
}

static void
free_load(struct pg_load *load)
{
    struct arena arena = load->arena;
    arena_release(&arena);
}

enum status
pg_load_open(struct conn *conn, const struct table *table, const struct stream_column *columns, size_t n,
             struct load **out, struct err *err)
{
    struct arena arena = {0};
    if (pg_txn_state(conn) != TXN_OPEN) {
        return err_raise(err, STATUS_BUG, "tables are loaded inside a transaction only");
    }
    struct pg_load *load = arena_new(&arena, struct pg_load);
    load->arena = arena;
    load->base.conn = conn;
    enum status status = open_in(pg_of(conn), load, table, columns, n, err);
    if (status != STATUS_OK) {
        free_load(load);
        return status;
    }
    *out = &load->base;
    return STATUS_OK;
}

enum status
pg_load_add(struct load *base, struct span piece, bool ends_row, struct err *err)
{
    enum { CHUNK = 1 << 20 };
    struct pg_load *load = (struct pg_load *)base;
    struct pg_conn *pg = pg_of(base->conn);
    while (piece.len > 0) {
        size_t len = piece.len < CHUNK ? piece.len : CHUNK;
        if (PQputCopyData(pg->link, piece.ptr, (int)len) != 1) {
            return pg_raise_lost(pg, STATUS_CONNECT, err);
        }
        piece.ptr += len;
        piece.len -= len;
    }
    load->rows += ends_row;
    return STATUS_OK;
}

static enum status
end_copy(struct pg_conn *pg, bool keep, int64_t *rows, struct err *err)
{
    bool is_sent = (!keep || PQputCopyData(pg->link, "\xFF\xFF", 2) == 1) &&
                   PQputCopyEnd(pg->link, keep ? NULL : "given up") == 1;
    if (!is_sent) {
        return pg_raise_lost(pg, STATUS_CONNECT, err);
    }
    pg_wait(pg);
    PG_RESULT_SCOPED *result = PQgetResult(pg->link);
    PGresult *more;
    while ((more = PQgetResult(pg->link)) != NULL) {
        PQclear(more);
    }
    if (result == NULL || PQstatus(pg->link) == CONNECTION_BAD) {
        return pg_raise_lost(pg, STATUS_CONNECT, err);
    }
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        return keep ? pg_raise(pg, result, (struct span){NULL, 0}, err) : STATUS_OK;
    }
    (void)parse_i64(span_of(PQcmdTuples(result)), rows);
    return STATUS_OK;
}

enum status
pg_load_close(struct load *base, bool keep, int64_t *rows, struct err *err)
{
    struct pg_load *load = (struct pg_load *)base;
    struct pg_conn *pg = pg_of(base->conn);
    enum status status = pg->base.is_lost ? pg_raise_lost(pg, STATUS_CONNECT, err) : STATUS_OK;
    *rows = 0;
    if (status == STATUS_OK) {
        status = end_copy(pg, keep, rows, err);
    }
    if (status == STATUS_OK && keep && load->insert != NULL) {
        status = run(pg, load->insert, rows, err);
        if (status == STATUS_OK) {
            status = run(pg, "DROP TABLE " SIDE_TABLE, NULL, err);
        }
    }
    if (status == STATUS_OK && keep && *rows != load->rows) { /* a trigger or a rule has eaten some */
        status = err_raise(err, STATUS_SQL, "the table took %lld of %lld rows", (long long)*rows,
                           (long long)load->rows);
    }
    free_load(load);
    return status;
}
