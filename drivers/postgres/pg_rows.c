/* The columns of a query's result. */
#include "postgres/pg_stream.h"

extern const char postgres_query_columns_sql[];

/* No rows, but their shape: the server plans the query and runs nothing of it. */
static enum status
ask_shape(struct pg_conn *pg, const char *query, PGresult **out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    buf_printf(&sql, "SELECT * FROM (%s\n) AS rows LIMIT 0", query);
    TRY(buf_check(&sql, "the query", err));
    const struct pg_request request = {.sql = sql.data, .only_reads = true};
    return pg_send(pg, PG_MODE_SCRIPT, &request, out, err); /* the text finds tables as its author does */
}

enum status
pg_query_shape(struct pg_conn *pg, const char *query, struct arena *arena, const char ***names,
               PGresult **types, struct err *err)
{
    PG_RESULT_SCOPED *shape = NULL;
    BUF_SCOPED oids = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED modifiers = BUF_INIT(BUF_TEXT_MAX);
    TRY(ask_shape(pg, query, &shape, err));
    int n = PQnfields(shape);
    *names = arena_new_array(arena, const char *, (size_t)n + 1);
    for (int i = 0; i < n; i++) {
        (*names)[i] = arena_strdup(arena, PQfname(shape, i));
        buf_printf(&oids, "%c%u", i == 0 ? '{' : ',', PQftype(shape, i));
        buf_printf(&modifiers, "%c%d", i == 0 ? '{' : ',', PQfmod(shape, i));
    }
    buf_str(&oids, n == 0 ? "{}" : "}");
    buf_str(&modifiers, n == 0 ? "{}" : "}");
    const char *const values[] = {buf_cstr(&oids), buf_cstr(&modifiers)};
    const struct pg_request request = {
        .sql = postgres_query_columns_sql, .n_params = 2, .values = values, .only_reads = true};
    TRY(pg_send(pg, PG_MODE_OWN, &request, types, err));
    return PQntuples(*types) == n ? STATUS_OK
                                  : err_raise(err, STATUS_CONFLICT, "a type of the query is gone");
}

enum status
pg_describe_query(struct conn *conn, const char *query, struct arena *arena, struct table *out,
                  struct err *err)
{
    enum { TYPE_NAME = 5, TYPE_WORDS = 6 };
    PG_RESULT_SCOPED *types = NULL;
    const char **names = NULL;
    TRY(pg_query_shape(pg_of(conn), query, arena, &names, &types, err));
    out->n_columns = (size_t)PQntuples(types);
    out->columns = arena_new_array(arena, struct column, out->n_columns + 1);
    for (int i = 0; i < PQntuples(types); i++) {
        struct column *column = &out->columns[i];
        *column = (struct column){.name = names[i], .collation = ""};
        pg_read_type(span_of(PQgetvalue(types, i, TYPE_WORDS)), arena, &column->type);
        column->type.name = arena_strdup(arena, PQgetvalue(types, i, TYPE_NAME));
    }
    return STATUS_OK;
}
