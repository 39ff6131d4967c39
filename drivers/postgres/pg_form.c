/* In which form the values of a column travel: as the type's own binary form where that is stable, else as
 * text. */
#include "postgres/pg_stream.h"

#include <string.h>

extern const char postgres_dump_columns_sql[];

/* Types whose binary form is documented by long use; NULL: the form is text, and so are the bytes. */
static const struct {
    const char *type;
    const char *form;
} scalars[] = {
    {"bool", "bool"},
    {"int2", "int2"},
    {"int4", "int4"},
    {"int8", "int8"},
    {"oid", "oid"},
    {"float4", "float4"},
    {"float8", "float8"},
    {"numeric", "numeric"},
    {"date", "date"},
    {"time", "time"},
    {"timetz", "timetz"},
    {"timestamp", "timestamp"},
    {"timestamptz", "timestamptz"},
    {"interval", "interval"},
    {"uuid", "uuid"},
    {"jsonb", "jsonb"},
    {"bit", "bit"},
    {"varbit", "varbit"},
    {"inet", "inet"},
    {"cidr", "cidr"},
    {"macaddr", "macaddr"},
    {"macaddr8", "macaddr8"},
    {"point", "point"},
    {"lseg", "lseg"},
    {"box", "box"},
    {"circle", "circle"},
    {"text", NULL},
    {"varchar", NULL},
    {"bpchar", NULL},
    {"json", NULL},
};

static bool
find_scalar(const char *type, const char **form)
{
    for (size_t i = 0; i < COUNT_OF(scalars); i++) {
        if (str_eq(scalars[i].type, type)) {
            *form = scalars[i].form == NULL ? "text" : scalars[i].form;
            return true;
        }
    }
    return false;
}

static struct pg_form
form_of(const PGresult *row, int at, struct arena *arena)
{
    const char *type = PQgetvalue(row, at, 1);
    const char *element = PQgetvalue(row, at, 3);
    const char *bound = PQgetvalue(row, at, 4);
    const char *form = "text";
    if (str_eq(PQgetvalue(row, at, 2), "e")) { /* an enumeration's binary form is its label */
        return (struct pg_form){"text", false};
    }
    if (str_eq(type, "bytea")) {
        return (struct pg_form){"bytes", false};
    }
    if (type[0] != '\0' && find_scalar(type, &form)) {
        bool is_text = str_eq(form, "text");
        return (struct pg_form){is_text ? "text" : arena_printf(arena, "pg.%s", form), false};
    }
    if (type[0] == '_' && (str_eq(element, "bytea") || find_scalar(element, &form))) {
        return (struct pg_form){arena_printf(arena, "pg.%s[]", str_eq(element, "bytea") ? "bytea" : form),
                                false};
    }
    if (str_eq(PQgetvalue(row, at, 2), "r") && type[0] != '\0' && find_scalar(bound, &form)) {
        return (struct pg_form){arena_printf(arena, "pg.range(%s)", form), false};
    }
    return (struct pg_form){"text", true};
}

static enum status
forms_of_query(struct pg_conn *pg, const struct table *table, const char *const *columns, size_t n,
               struct arena *arena, struct pg_form *out, struct err *err)
{
    PG_RESULT_SCOPED *types = NULL;
    const char **names = NULL;
    TRY(pg_query_shape(pg, table->query, arena, &names, &types, err));
    for (size_t i = 0; i < n; i++) {
        for (int row = 0; row < PQntuples(types); row++) {
            if (str_eq(names[row], columns[i])) {
                out[i] = form_of(types, row, arena);
            }
        }
        require(out[i].name != NULL);
    }
    return STATUS_OK;
}

enum status
pg_forms(struct pg_conn *pg, const struct table *table, const char *const *columns, size_t n,
         struct arena *arena, struct pg_form **out, struct err *err)
{
    *out = arena_new_array(arena, struct pg_form, n + 1);
    if (table->query != NULL) {
        return forms_of_query(pg, table, columns, n, arena, *out, err);
    }
    const char *name = pg_quoted(arena, table->qualified, &pg->base);
    const char *const values[] = {name};
    const struct pg_request request = {.statement = pg_statement_kept(pg, postgres_dump_columns_sql),
                                       .n_params = 1,
                                       .values = values,
                                       .only_reads = true};
    PG_RESULT_SCOPED *result = NULL;
    TRY(pg_send(pg, PG_MODE_OWN, &request, &result, err));
    for (size_t i = 0; i < n; i++) {
        for (int row = 0; row < PQntuples(result); row++) {
            if (str_eq(PQgetvalue(result, row, 0), columns[i])) {
                (*out)[i] = form_of(result, row, arena);
            }
        }
        if ((*out)[i].name == NULL) {
            return err_raise(err, STATUS_CONFLICT, "the column '%s' is gone", columns[i]);
        }
    }
    return STATUS_OK;
}

char *
pg_quoted(struct arena *arena, const char *qualified, const struct conn *conn)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    driver_quote_qualified(conn->driver, &out, qualified);
    return arena_strndup(arena, buf_cstr(&out), out.len);
}
