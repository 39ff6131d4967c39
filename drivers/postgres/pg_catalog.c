#include "driver/sqltok.h"
#include "postgres/pg.h"

#include <string.h>

extern const char postgres_catalog_head_sql[];
extern const char postgres_catalog_locked_sql[];
extern const char postgres_catalog_rare_sql[];
extern const char postgres_catalog_table_sql[];
extern const char postgres_catalog_code_sql[];
extern const char postgres_catalog_access_sql[];
extern const char postgres_catalog_other_sql[];

enum catalog_column {
    COLUMN_KIND,
    COLUMN_NAME,
    COLUMN_TABLE,
    COLUMN_TEXT,
    COLUMN_STORED,
    COLUMN_POSITION,
    COLUMN_GENERATED
};

/* -- the texts ------------------------------------------------------------------------------------------- */

/* The number at the end of a line like "... -- from 14"; 0 when it ends otherwise. */
static unsigned
mark_at_end(struct span line, const char *mark)
{
    size_t len = strlen(mark);
    uint64_t version = 0;
    for (size_t at = line.len; at >= len; at--) {
        struct span tail = {line.ptr + at - len, line.len - (at - len)};
        if (span_starts(tail, mark)) {
            (void)parse_u64(span_trim((struct span){tail.ptr + len, tail.len - len}), &version);
            break;
        }
    }
    return (unsigned)version;
}

/* Leaves out the lines that are for other versions of the server, and comments. */
static void
add_part(struct buf *out, const char *part, unsigned version_num, bool is_locked)
{
    struct span rest = span_of(part);
    struct span line;
    while (span_next_line(&rest, &line)) {
        unsigned from = mark_at_end(line, "-- from ");
        unsigned before = mark_at_end(line, "-- before ");
        bool is_fit = version_num >= from * 10000 && (before == 0 || version_num < before * 10000);
        is_fit = is_fit && (is_locked || !span_ends(line, "-- locked"));
        if (is_fit && !span_starts(span_trim(line), "--")) {
            buf_span(out, line);
            buf_char(out, '\n');
        }
    }
}

static void
make_statement(struct pg_conn *pg, struct pg_statement *out, const char *name, bool is_locked,
               const char *const *parts, size_t n)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    add_part(&sql, postgres_catalog_head_sql, pg->base.identity.version_num, is_locked);
    for (size_t i = 0; i < n; i++) {
        buf_str(&sql, i == 0 ? "" : "union all\n");
        add_part(&sql, parts[i], pg->base.identity.version_num, is_locked);
    }
    out->sql = arena_strndup(&pg->base.arena, buf_cstr(&sql), sql.len);
    out->uses = 1; /* prepared at once: it is planned for longer than it runs */
    snprintf(out->name, sizeof(out->name), "rollcall_%s", name);
}

static void
make_statements(struct pg_conn *pg)
{
    const char *const common[] = {postgres_catalog_table_sql, postgres_catalog_rare_sql,
                                  postgres_catalog_code_sql, postgres_catalog_access_sql};
    const char *const locked[] = {postgres_catalog_table_sql, postgres_catalog_locked_sql};
    const char *const rare[] = {postgres_catalog_rare_sql};
    const char *const other[] = {postgres_catalog_other_sql};
    if (pg->catalog_common.sql == NULL) {
        make_statement(pg, &pg->catalog_common, "catalog", false, common, COUNT_OF(common));
        make_statement(pg, &pg->catalog_locked, "catalog_locked", true, locked, COUNT_OF(locked));
        make_statement(pg, &pg->catalog_rare, "catalog_rare", true, rare, COUNT_OF(rare));
        make_statement(pg, &pg->catalog_other, "catalog_other", false, other, COUNT_OF(other));
    }
}

/* -- the rows -------------------------------------------------------------------------------------------- */

/* White space and comments in a body mean nothing; what was written is kept beside it. */
static const char *
with_body(const char *text, const char *body, struct arena *scratch)
{
    return arena_printf(scratch, "%s as %s", text, sql_squeeze(span_of(body), LEX_POSTGRES, scratch));
}

/* What a row without a kind says. */
struct more {
    bool is_other; /* there is, or can be, what another part reads */
    bool is_rare;  /* the same of the part that reads what is seldom there */
};

static enum status
add_rows(const PGresult *result, struct catalog *out, struct more *more, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    for (int row = 0; row < PQntuples(result); row++) {
        struct arena_mark mark = arena_save(&scratch);
        uint64_t position = 0;
        bool is_generated = str_eq(PQgetvalue(result, row, COLUMN_GENERATED), "t");
        const char *kind = PQgetvalue(result, row, COLUMN_KIND);
        struct object object = {
            .name = PQgetvalue(result, row, COLUMN_NAME),
            .table = PQgetvalue(result, row, COLUMN_TABLE),
            .text = PQgetvalue(result, row, COLUMN_TEXT),
            .stored = PQgetvalue(result, row, COLUMN_STORED),
            .is_name_generated = is_generated,
        };
        if (*kind == '\0') {
            *more = (struct more){is_generated, str_eq(PQgetvalue(result, row, COLUMN_POSITION), "1")};
            continue;
        }
        if (!object_kind_from_name(kind, &object.kind) ||
            !parse_u64(span_of(PQgetvalue(result, row, COLUMN_POSITION)), &position)) {
            return err_raise(err, STATUS_BUG, "the catalogue has a row of kind '%s'", kind);
        }
        object.position = (unsigned)position;
        if ((object.kind == OBJECT_FUNCTION || object.kind == OBJECT_PROCEDURE) && *object.stored != '\0') {
            object.text = with_body(object.text, object.stored, &scratch);
        }
        catalog_add(out, &object);
        arena_restore(&scratch, mark);
    }
    return STATUS_OK;
}

static enum status
read_part(struct pg_conn *pg, struct pg_statement *statement, struct catalog *out, struct more *more,
          struct err *err)
{
    const struct pg_request request = {.statement = statement, .only_reads = true};
    PG_RESULT_SCOPED *result = NULL;
    TRY(pg_send(pg, PG_MODE_OWN, &request, &result, err));
    return add_rows(result, out, more, err);
}

enum status
pg_catalog_locked(struct pg_conn *pg, struct catalog *out, bool *is_all, struct err *err)
{
    struct more more = {true, true};
    struct more ignored;
    make_statements(pg);
    TRY(read_part(pg, &pg->catalog_locked, out, &more, err));
    *is_all = !more.is_other;
    if (more.is_rare) {
        TRY(read_part(pg, &pg->catalog_rare, out, &ignored, err));
    }
    catalog_seal(out);
    return STATUS_OK;
}

enum status
pg_catalog(struct conn *conn, struct catalog *out, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    struct more more = {false, false};
    make_statements(pg);
    TRY(read_part(pg, &pg->catalog_common, out, &more, err));
    if (more.is_other) {
        TRY(read_part(pg, &pg->catalog_other, out, &more, err));
    }
    catalog_seal(out);
    return STATUS_OK;
}

enum status
pg_schema_version(struct conn *conn, uint64_t *out, struct err *err)
{
    (void)conn;
    (void)err;
    *out = 0;
    return STATUS_OK;
}
