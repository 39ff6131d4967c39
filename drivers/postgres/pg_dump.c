#include "postgres/pg_stream.h"

#include "base/io.h"

#include <poll.h>
#include <string.h>

const char pg_copy_header[PG_COPY_HEADER_LEN] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";

struct pg_dump {
    struct dump base;
    struct arena arena; /* holds the dump itself */
    char *message;      /* libpq's: what came last */
    bool has_begun;     /* the header was read */
    bool has_trailer;
    bool is_over; /* the conversation is: nothing is left to read */
    int64_t rows;
};

static void
add_columns(struct buf *sql, const struct conn *conn, const char *const *columns, const struct pg_form *forms,
            size_t n, bool casts)
{
    for (size_t i = 0; i < n; i++) {
        buf_str(sql, i > 0 ? ", " : "");
        driver_quote(conn->driver, sql, columns[i]);
        buf_str(sql, casts && forms[i].is_cast ? "::pg_catalog.text" : "");
    }
}

static bool
is_part(const struct table *table)
{
    return table->from_page > 0 || table->until_page > 0;
}

/* A scan of a range of row addresses, from version 14 on. */
static void
add_pages(struct buf *sql, const struct table *table)
{
    buf_printf(sql, " WHERE ctid >= '(%llu,0)'::pg_catalog.tid", (unsigned long long)table->from_page);
    if (table->until_page > 0) {
        buf_printf(sql, " AND ctid < '(%llu,0)'::pg_catalog.tid", (unsigned long long)table->until_page);
    }
}

/* COPY of a table spares the server a query; it takes neither expressions nor partitioned tables. */
static void
make_sql(struct buf *sql, const struct conn *conn, const struct table *table, const char *const *columns,
         const struct pg_form *forms, size_t n)
{
    bool is_query = table->is_partitioned || table->query != NULL || is_part(table) || n == 0;
    for (size_t i = 0; i < n; i++) {
        is_query = is_query || forms[i].is_cast;
    }
    if (is_query) {
        buf_str(sql, "COPY (SELECT ");
        add_columns(sql, conn, columns, forms, n, true);
        buf_str(sql, table->is_partitioned || table->query != NULL ? " FROM " : " FROM ONLY ");
        dump_from(sql, conn, table);
        if (is_part(table)) {
            add_pages(sql, table);
        }
        buf_str(sql, ")");
    } else {
        buf_str(sql, "COPY ");
        driver_quote_qualified(conn->driver, sql, table->qualified);
        buf_str(sql, " (");
        add_columns(sql, conn, columns, forms, n, false);
        buf_str(sql, ")");
    }
    buf_str(sql, " TO STDOUT (FORMAT binary)");
}

/* Names are looked up again by each statement: the lock keeps them what they are. It goes out with the next
 * one. */
static enum status
lock_table(struct pg_conn *pg, const char *name, bool waits, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    PG_RESULT_SCOPED *result = NULL;
    buf_printf(&sql, "LOCK TABLE %s IN ACCESS SHARE MODE%s", name, waits ? "" : " NOWAIT");
    const struct pg_request request = {.sql = buf_cstr(&sql), .only_reads = true};
    bool is_ours = pg->mode == PG_MODE_OWN && PQtransactionStatus(pg->link) == PQTRANS_INTRANS;
    return is_ours && pg_defer(pg, &request) ? STATUS_OK : pg_send(pg, PG_MODE_OWN, &request, &result, err);
}

enum status
pg_dump_open(struct conn *conn, const struct table *table, const char *const *columns, size_t n,
             struct dump **out, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    struct arena arena = {0};
    if (pg_txn_state(conn) != TXN_OPEN) {
        return err_raise(err, STATUS_BUG, "tables are read inside a transaction only");
    }
    struct pg_dump *dump = arena_new(&arena, struct pg_dump);
    struct pg_form *forms = NULL;
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    PG_RESULT_SCOPED *result = NULL;
    dump->arena = arena;
    enum status status =
        table->query != NULL
            ? STATUS_OK
            : lock_table(pg, pg_quoted(&dump->arena, table->qualified, conn), !is_part(table), err);
    if (status == STATUS_OK) {
        status = pg_forms(pg, table, columns, n, &dump->arena, &forms, err);
    }
    if (status == STATUS_OK) {
        const char **names = arena_new_array(&dump->arena, const char *, n + 1);
        make_sql(&sql, conn, table, columns, forms, n);
        for (size_t i = 0; i < n; i++) {
            names[i] = forms[i].name;
        }
        dump->base = (struct dump){conn, names};
        const struct pg_request request = {
            .sql = buf_cstr(&sql), .may_copy = true, .copies_out = true, .only_reads = true};
        status = pg_send(pg, table->query != NULL ? PG_MODE_SCRIPT : PG_MODE_OWN, &request, &result, err);
    }
    if (status == STATUS_OK) {
        *out = &dump->base;
        return STATUS_OK;
    }
    arena = dump->arena;
    arena_release(&arena);
    return status;
}

/* -- by several connections --------------------------------------------------------------------------------
 */

/* Tables of other access methods have no pages of rows; a standby, or a pooler between, is left alone. The
 * size is taken after the snapshot, so that no row it shows lies behind. */
enum status
pg_share_rows(struct conn *conn, const struct table *table, struct arena *arena, const char **token,
              uint64_t *pages, struct err *err)
{
    static const char sql[] =
        "SELECT CASE WHEN c.relkind = 'r' AND a.amname = 'heap' "
        "THEN pg_relation_size(c.oid) / current_setting('block_size')::int8 ELSE 0 END, pg_export_snapshot() "
        "FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam WHERE c.oid = $1::regclass";
    struct pg_conn *pg = pg_of(conn);
    const char *name = pg_quoted(arena, table->qualified, conn);
    const struct pg_request request = {.sql = sql, .n_params = 1, .values = &name, .only_reads = true};
    PG_RESULT_SCOPED *result = NULL;
    enum { FROM_VERSION = 140000 };
    if (conn->identity.version_num < FROM_VERSION || conn->identity.is_pooled ||
        conn->identity.is_read_only || pg_txn_state(conn) != TXN_OPEN) {
        return STATUS_OK;
    }
    TRY(lock_table(pg, name, true, err));
    TRY(pg_send(pg, PG_MODE_OWN, &request, &result, err));
    if (PQntuples(result) == 1) {
        (void)parse_u64(span_of(PQgetvalue(result, 0, 0)), pages);
        *token = arena_strdup(arena, PQgetvalue(result, 0, 1));
    }
    return STATUS_OK;
}

enum status
pg_join_rows(struct conn *conn, const char *token, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    PG_RESULT_SCOPED *result = NULL;
    const struct value name = value_text(token);
    buf_str(&sql, "SET TRANSACTION SNAPSHOT ");
    driver_literal(conn->driver, &sql, &name);
    TRY(pg_begin(conn, TXN_READ, err));
    const struct pg_request request = {.sql = buf_cstr(&sql), .discards_rows = true, .only_reads = true};
    return pg_send(pg_of(conn), PG_MODE_OWN, &request, &result, err);
}

/* The next message: its length, -1 when the server has ended the copy, -2 when the connection is gone. */
static int
next_message(struct pg_conn *pg, char **message)
{
    enum { TICK_MS = 200 };
    struct pollfd fd = {.fd = PQsocket(pg->link), .events = POLLIN};
    bool is_asked = false;
    for (;;) {
        struct err ignored = {0};
        int len = PQgetCopyData(pg->link, message, 1);
        if (len != 0) {
            return len;
        }
        if (pg->base.is_interruptible && stop_requested() && !is_asked) {
            is_asked = pg_cancel(&pg->base, &ignored) == STATUS_OK;
        }
        if (poll(&fd, 1, TICK_MS) > 0 && PQconsumeInput(pg->link) == 0) {
            return -2;
        }
    }
}

static enum status
raise_torn(const char *what, struct err *err)
{
    return err_raise(err, STATUS_CONNECT, "the rows ended early: %s", what);
}

/* The server's last word: only with the trailer, its own count and no error are the rows whole. */
static enum status
end_dump(struct pg_conn *pg, struct pg_dump *dump, struct err *err)
{
    PG_RESULT_SCOPED *result = PQgetResult(pg->link);
    PGresult *more;
    int64_t said = -1;
    dump->is_over = true;
    while ((more = PQgetResult(pg->link)) != NULL) {
        PQclear(more);
    }
    if (result == NULL || PQstatus(pg->link) == CONNECTION_BAD) {
        return pg_raise_lost(pg, STATUS_CONNECT, err);
    }
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        return pg_raise(pg, result, (struct span){NULL, 0}, err);
    }
    if (!dump->has_trailer) {
        return raise_torn("the end mark is missing", err);
    }
    return parse_i64(span_of(PQcmdTuples(result)), &said) && said == dump->rows
               ? STATUS_OK
               : raise_torn("the server counts other rows than came", err);
}

/* The header comes in one message with what follows it, or alone, as the server likes. */
static bool
skip_header(struct pg_dump *dump, struct span *message)
{
    if (dump->has_begun) {
        return true;
    }
    dump->has_begun = true;
    if (message->len < PG_COPY_HEADER_LEN || memcmp(message->ptr, pg_copy_header, PG_COPY_HEADER_LEN) != 0) {
        return false;
    }
    message->ptr += PG_COPY_HEADER_LEN;
    message->len -= PG_COPY_HEADER_LEN;
    return true;
}

enum status
pg_dump_next(struct dump *base, struct span *image, struct err *err)
{
    struct pg_dump *dump = (struct pg_dump *)base;
    struct pg_conn *pg = pg_of(base->conn);
    while (!dump->is_over) {
        PQfreemem(dump->message);
        dump->message = NULL;
        int len = next_message(pg, &dump->message);
        if (len < 0) {
            return end_dump(pg, dump, err);
        }
        struct span message = {dump->message, (size_t)len};
        if (!skip_header(dump, &message) || (message.len > 0 && dump->has_trailer)) {
            return raise_torn("this is no stream of rows", err);
        }
        if (message.len == 2 && memcmp(message.ptr, "\xFF\xFF", 2) == 0) {
            dump->has_trailer = true;
        } else if (message.len > 0) {
            dump->rows++;
            *image = message;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

/* What is under way is called off, and the rest of it taken in. */
void
pg_dump_close(struct dump *base)
{
    struct pg_dump *dump = (struct pg_dump *)base;
    struct pg_conn *pg = pg_of(base->conn);
    struct err ignored = {0};
    PQfreemem(dump->message);
    if (!dump->is_over && !pg->base.is_lost) {
        IGNORE(pg_cancel(&pg->base, &ignored));
        char *rest = NULL;
        while (PQgetCopyData(pg->link, &rest, 0) > 0) {
            PQfreemem(rest);
        }
        dump->has_trailer = false;
        IGNORE(end_dump(pg, dump, &ignored));
    }
    struct arena arena = dump->arena;
    arena_release(&arena);
}
