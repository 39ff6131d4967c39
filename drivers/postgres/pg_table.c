#include "postgres/pg.h"

#include <string.h>

extern const char postgres_tables_sql[];
extern const char postgres_describe_sql[];

enum status
pg_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    PG_RESULT_SCOPED *result = NULL;
    TRY(pg_ask(pg, postgres_tables_sql, &result, err));
    *n = (size_t)PQntuples(result);
    *names = arena_new_array(arena, const char *, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        (*names)[i] = arena_strdup(arena, PQgetvalue(result, (int)i, 0));
    }
    return STATUS_OK;
}

/* -- types ----------------------------------------------------------------------------------------------- */

/* By the name of the type beneath all domains. */
static const struct type_row {
    const char *name;
    enum type_kind kind;
    uint32_t bits;
} type_rows[] = {
    {"bool", TYPE_BOOL, 0},     {"int2", TYPE_INT, 16},         {"int4", TYPE_INT, 32},
    {"int8", TYPE_INT, 64},     {"oid", TYPE_INT, 32},          {"numeric", TYPE_DECIMAL, 0},
    {"float4", TYPE_FLOAT, 32}, {"float8", TYPE_FLOAT, 64},     {"text", TYPE_TEXT, 0},
    {"varchar", TYPE_TEXT, 0},  {"bpchar", TYPE_TEXT, 0},       {"name", TYPE_TEXT, 0},
    {"citext", TYPE_TEXT, 0},   {"bytea", TYPE_BYTES, 0},       {"date", TYPE_DATE, 0},
    {"time", TYPE_TIME, 0},     {"timetz", TYPE_TIME, 0},       {"timestamp", TYPE_TIMESTAMP, 0},
    {"uuid", TYPE_UUID, 0},     {"interval", TYPE_INTERVAL, 0}, {"timestamptz", TYPE_TIMESTAMP_TZ, 0},
    {"json", TYPE_JSON, 0},     {"jsonb", TYPE_JSON, 0},        {"bit", TYPE_BIT, 0},
    {"varbit", TYPE_BIT, 0},
};

/* What the modifier of a type says, as each type keeps it (src/backend/utils/adt of PostgreSQL). */
static void
read_modifier(const char *name, int64_t modifier, struct type *out)
{
    if (modifier < 0) {
        return;
    }
    if (str_eq(name, "varchar") || str_eq(name, "bpchar")) {
        out->length = (uint32_t)(modifier - 4);
    } else if (str_eq(name, "bit") || str_eq(name, "varbit")) {
        out->length = (uint32_t)modifier;
    } else if (str_eq(name, "numeric")) {
        int64_t scale = (modifier - 4) & 0x7ff; /* eleven bits with a sign since 15 */
        out->precision = (uint32_t)((modifier - 4) >> 16) & 0xffff;
        out->scale = scale > 0x3ff ? 0 : (uint32_t)scale;
    } else if (out->kind == TYPE_TIME || out->kind == TYPE_TIMESTAMP || out->kind == TYPE_TIMESTAMP_TZ) {
        out->precision = (uint32_t)modifier;
    }
}

void
pg_read_type(struct span words, struct arena *arena, struct type *out)
{
    struct span name;
    struct span typtype = {NULL, 0};
    struct span category = {NULL, 0};
    struct span modifier = {NULL, 0};
    int64_t number = -1;
    bool is_whole = span_next_word(&words, &name) && span_next_word(&words, &typtype) &&
                    span_next_word(&words, &category) && span_next_word(&words, &modifier);
    out->kind = TYPE_OPAQUE;
    if (!is_whole) { /* a name with a blank in it is none of the types below */
        return;
    }
    out->kind = span_is(typtype, "e") ? TYPE_ENUM : span_is(category, "A") ? TYPE_ARRAY : TYPE_OPAQUE;
    for (size_t i = 0; i < COUNT_OF(type_rows); i++) {
        if (span_is(name, type_rows[i].name)) {
            out->kind = type_rows[i].kind;
            out->bits = type_rows[i].bits;
        }
    }
    (void)parse_i64(modifier, &number);
    read_modifier(arena_strndup(arena, name.ptr, name.len), number, out);
}

/* -- one table ------------------------------------------------------------------------------------------- */

struct description {
    const PGresult *rows;
    struct arena *arena;
    struct table *out;
    VEC(struct column) columns;
    VEC(struct table_key) keys;
    VEC(struct foreign_key) references;
    VEC(const char *) labels;
    const char *last_n; /* of the row before: rows of one key follow each other */
};

enum describe_column { PART, NUMBER, PLACE, A, B, C, D, E, F, G, H };

static char *
text(const struct description *d, int row, enum describe_column column)
{
    return arena_strdup(d->arena, PQgetvalue(d->rows, row, (int)column));
}

static bool
is_true(const struct description *d, int row, enum describe_column column)
{
    return str_eq(PQgetvalue(d->rows, row, (int)column), "true");
}

static void
read_table(struct description *d, int row)
{
    struct table *out = d->out;
    out->schema = text(d, row, A);
    out->name = text(d, row, B);
    out->qualified = arena_printf(d->arena, "%s.%s", out->schema, out->name);
    out->is_partitioned = str_eq(PQgetvalue(d->rows, row, C), "p");
    out->rows_estimate = -1;
    (void)parse_i64(span_of(PQgetvalue(d->rows, row, D)), &out->rows_estimate);
    (void)parse_i64(span_of(PQgetvalue(d->rows, row, E)), &out->bytes_estimate);
}

static void
read_column(struct description *d, int row)
{
    struct column column = {
        .name = text(d, row, A),
        .not_null = is_true(d, row, C),
        .has_default = is_true(d, row, D),
        .is_generated = is_true(d, row, E),
        .is_identity = is_true(d, row, F),
        .collation = text(d, row, G),
    };
    pg_read_type(span_of(PQgetvalue(d->rows, row, H)), d->arena, &column.type);
    column.type.name = text(d, row, B);
    vec_push(d->arena, &d->columns, column);
}

static bool
continues(const struct description *d, int row)
{
    return row > 0 && str_eq(PQgetvalue(d->rows, row, PART), PQgetvalue(d->rows, row - 1, PART)) &&
           str_eq(PQgetvalue(d->rows, row, NUMBER), PQgetvalue(d->rows, row - 1, NUMBER));
}

/* How many rows from here on belong together. */
static size_t
group_len(const struct description *d, int row)
{
    size_t n = 1;
    while (row + (int)n < PQntuples(d->rows) && continues(d, row + (int)n)) {
        n++;
    }
    return n;
}

static const char **
texts(const struct description *d, int row, size_t n, enum describe_column column)
{
    const char **out = arena_new_array(d->arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        out[i] = text(d, row + (int)i, column);
    }
    return out;
}

static void
read_key(struct description *d, int row)
{
    struct table_key key = {.name = text(d, row, A), .is_primary = is_true(d, row, C)};
    key.n_columns = group_len(d, row);
    key.columns = texts(d, row, key.n_columns, B);
    vec_push(d->arena, &d->keys, key);
}

static const char *
action_name(const char *letter)
{
    static const struct {
        const char *letter;
        const char *name;
    } actions[] = {
        {"a", "NO ACTION"}, {"r", "RESTRICT"}, {"c", "CASCADE"}, {"n", "SET NULL"}, {"d", "SET DEFAULT"}};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        if (str_eq(letter, actions[i].letter)) {
            return actions[i].name;
        }
    }
    return "NO ACTION";
}

static void
read_reference(struct description *d, int row)
{
    struct foreign_key key = {
        .name = text(d, row, A),
        .parent = text(d, row, C),
        .on_delete = action_name(PQgetvalue(d->rows, row, E)),
        .on_update = action_name(PQgetvalue(d->rows, row, F)),
        .is_validated = is_true(d, row, G),
        .is_match_full = str_starts(PQgetvalue(d->rows, row, H), "true"),
    };
    key.n_columns = group_len(d, row);
    key.columns = texts(d, row, key.n_columns, B);
    key.parent_columns = texts(d, row, key.n_columns, D);
    key.equals = texts(d, row, key.n_columns, H);
    for (size_t i = 0; i < key.n_columns; i++) {
        const char *blank = strchr(key.equals[i], ' ');
        key.equals[i] = blank == NULL ? "=" : blank + 1;
    }
    vec_push(d->arena, &d->references, key);
}

/* Labels come after the columns; theirs is the one with the same number, which counts dropped ones, too. */
static void
read_labels(struct description *d, int row)
{
    size_t n = group_len(d, row);
    size_t at = 0;
    for (int other = 0; other < row; other++) {
        if (str_eq(PQgetvalue(d->rows, other, PART), "column")) {
            if (str_eq(PQgetvalue(d->rows, other, NUMBER), PQgetvalue(d->rows, row, NUMBER))) {
                d->columns.items[at].type.labels = texts(d, row, n, A);
                d->columns.items[at].type.n_labels = n;
            }
            at++;
        }
    }
}

static void
read_rows(struct description *d)
{
    static const struct {
        const char *part;
        void (*read)(struct description *d, int row);
        bool is_grouped;
    } parts[] = {{"table", read_table, false},
                 {"column", read_column, false},
                 {"key", read_key, true},
                 {"label", read_labels, true},
                 {"reference", read_reference, true}};
    for (int row = 0; row < PQntuples(d->rows); row++) {
        for (size_t i = 0; i < COUNT_OF(parts); i++) {
            bool is_part = str_eq(PQgetvalue(d->rows, row, PART), parts[i].part);
            if (is_part && !(parts[i].is_grouped && continues(d, row))) {
                parts[i].read(d, row);
            }
        }
    }
}

enum status
pg_describe(struct conn *conn, const char *qualified, struct arena *arena, struct table *out, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    const char *const values[] = {qualified};
    const struct pg_request request = {.statement = pg_statement_kept(pg, postgres_describe_sql),
                                       .n_params = 1,
                                       .values = values,
                                       .only_reads = true};
    struct description d = {.arena = arena, .out = out};
    PG_RESULT_SCOPED *result = NULL;
    TRY(pg_send(pg, PG_MODE_OWN, &request, &result, err));
    *out = (struct table){0};
    if (PQntuples(result) == 0) {
        err_raise(err, STATUS_USAGE, "there is no table '%s'", qualified);
        return err_hint(err, "name it with its schema: public.%s", qualified);
    }
    d.rows = result;
    read_rows(&d);
    out->columns = d.columns.items;
    out->n_columns = d.columns.n;
    out->keys = d.keys.items;
    out->n_keys = d.keys.n;
    out->references = d.references.items;
    out->n_references = d.references.n;
    return STATUS_OK;
}
