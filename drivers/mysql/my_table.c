#include "mysql/my_reader.h"

#include "driver/sqltok.h"

#include <string.h>

extern const char mysql_tables_sql[];
extern const char mysql_describe_table_sql[];
extern const char mysql_describe_columns_sql[];
extern const char mysql_describe_json_sql[];
extern const char mysql_describe_keys_sql[];
extern const char mysql_describe_references_sql[];

enum status
my_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, struct err *err)
{
    RESULT_SCOPED *result = NULL;
    VEC(const char *) found = {0};
    MYSQL_ROW row;
    TRY(text_query(my_conn_of(conn), mysql_tables_sql, &result, err));
    while ((row = mysql_fetch_row(result)) != NULL) {
        if (!is_ours(row[0])) {
            vec_push(arena, &found, arena_strdup(arena, row[0]));
        }
    }
    *names = found.items;
    *n = found.n;
    return STATUS_OK;
}

/* -- types --------------------------------------------------------------------------------------------- */

struct type_name {
    const char *name;
    enum type_kind kind;
    uint32_t bits;
};

/* What is not here is opaque: shapes, addresses, vectors, and YEAR, whose numbers mean something else. */
static const struct type_name types[] = {
    {"tinyint", TYPE_INT, 8},
    {"smallint", TYPE_INT, 16},
    {"mediumint", TYPE_INT, 24},
    {"int", TYPE_INT, 32},
    {"bigint", TYPE_INT, 64},
    {"decimal", TYPE_DECIMAL, 0},
    {"float", TYPE_FLOAT, 32},
    {"double", TYPE_FLOAT, 64},
    {"bit", TYPE_BIT, 0},
    {"char", TYPE_TEXT, 0},
    {"varchar", TYPE_TEXT, 0},
    {"tinytext", TYPE_TEXT, 0},
    {"text", TYPE_TEXT, 0},
    {"mediumtext", TYPE_TEXT, 0},
    {"longtext", TYPE_TEXT, 0},
    {"binary", TYPE_BYTES, 0},
    {"varbinary", TYPE_BYTES, 0},
    {"tinyblob", TYPE_BYTES, 0},
    {"blob", TYPE_BYTES, 0},
    {"mediumblob", TYPE_BYTES, 0},
    {"longblob", TYPE_BYTES, 0},
    {"date", TYPE_DATE, 0},
    {"time", TYPE_TIME, 0},
    {"datetime", TYPE_TIMESTAMP, 0},
    {"timestamp", TYPE_TIMESTAMP_TZ, 0},
    {"json", TYPE_JSON, 0},
    {"enum", TYPE_ENUM, 0},
    {"set", TYPE_SET, 0},
    {"uuid", TYPE_UUID, 0},
};

static uint32_t
number(const struct value *value)
{
    int64_t n = value_to_int(value, 0);
    return n > 0 && n < UINT32_MAX ? (uint32_t)n : 0;
}

/* enum('a','it''s') */
static void
read_labels(struct type *type, struct arena *arena)
{
    VEC(const char *) labels = {0};
    struct lexer lexer;
    lexer_init(&lexer, span_of(type->name), LEX_MYSQL);
    for (struct token token = lexer_next(&lexer); token.kind != TOKEN_END && token.kind != TOKEN_UNCLOSED;
         token = lexer_next(&lexer)) {
        if (token.kind == TOKEN_STRING) {
            vec_push(arena, &labels, token_unquote(token, LEX_MYSQL, arena));
        }
    }
    type->labels = labels.items;
    type->n_labels = labels.n;
}

enum {
    DESCRIBE_NAME,
    DESCRIBE_TYPE,
    DESCRIBE_FULL_TYPE,
    DESCRIBE_NULLABLE,
    DESCRIBE_DEFAULT,
    DESCRIBE_EXTRA,
    DESCRIBE_CHARACTERS,
    DESCRIBE_BYTES,
    DESCRIBE_PRECISION,
    DESCRIBE_SCALE,
    DESCRIBE_FRACTION,
    DESCRIBE_COLLATION
};

static struct type
read_type(const struct value *row, struct arena *arena)
{
    struct type type = {.kind = TYPE_OPAQUE, .name = value_to_str(&row[DESCRIBE_FULL_TYPE], arena)};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (span_is_nocase(row[DESCRIBE_TYPE].bytes, types[i].name)) {
            type.kind = types[i].kind;
            type.bits = types[i].bits;
        }
    }
    bool is_time = type.kind == TYPE_TIME || type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMP_TZ;
    type.is_unsigned = strstr(type.name, " unsigned") != NULL;
    type.length = number(&row[type.kind == TYPE_BYTES ? DESCRIBE_BYTES : DESCRIBE_CHARACTERS]);
    type.precision = number(&row[is_time ? DESCRIBE_FRACTION : DESCRIBE_PRECISION]);
    type.scale = number(&row[DESCRIBE_SCALE]);
    if (type.kind == TYPE_BIT) {
        type.length = type.precision;
    }
    if (type.kind == TYPE_ENUM || type.kind == TYPE_SET) {
        read_labels(&type, arena);
    }
    return type;
}

/* -- one table ----------------------------------------------------------------------------------------- */

struct describer {
    struct conn *conn;
    struct value name;
    struct arena *arena;
    struct table *out;
};

static enum status
open_query(const struct describer *describer, const char *sql, struct cursor **out, struct err *err)
{
    return my_query(describer->conn, sql, &describer->name, 1, out, NULL, err);
}

static void
finish_p(struct cursor **cursor)
{
    my_finish(*cursor);
}
#define OPEN_CURSOR CLEANUP(finish_p) struct cursor

static enum status
describe_columns(struct describer *describer, struct err *err)
{
    struct arena *arena = describer->arena;
    VEC(struct column) columns = {0};
    struct row row;
    OPEN_CURSOR *cursor = NULL;
    TRY(open_query(describer, mysql_describe_columns_sql, &cursor, err));
    for (;;) {
        TRY(my_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        const struct value *v = row.values;
        const char *extra = value_to_str(&v[DESCRIBE_EXTRA], arena);
        bool is_null_default =
            value_is_null(&v[DESCRIBE_DEFAULT]) || span_is(v[DESCRIBE_DEFAULT].bytes, "NULL");
        struct column column = {.name = value_to_str(&v[DESCRIBE_NAME], arena),
                                .type = read_type(v, arena),
                                .not_null = span_is(v[DESCRIBE_NULLABLE].bytes, "NO"),
                                .has_default = !is_null_default,
                                .is_generated = strstr(extra, "VIRTUAL GENERATED") != NULL ||
                                                strstr(extra, "STORED GENERATED") != NULL,
                                .is_identity = strstr(extra, "auto_increment") != NULL,
                                .collation = value_to_str(&v[DESCRIBE_COLLATION], arena)};
        vec_push(arena, &columns, column);
    }
    describer->out->columns = columns.items;
    describer->out->n_columns = columns.n;
    return STATUS_OK;
}

/* MariaDB's JSON is LONGTEXT with a check of the column's name. */
static enum status
describe_json(struct describer *describer, struct err *err)
{
    struct table *out = describer->out;
    struct row row;
    bool may_be = false;
    for (size_t i = 0; i < out->n_columns; i++) {
        may_be = may_be || str_starts(out->columns[i].type.name, "longtext");
    }
    if (!may_be || !my_conn_of(describer->conn)->is_mariadb) {
        return STATUS_OK;
    }
    OPEN_CURSOR *cursor = NULL;
    TRY(open_query(describer, mysql_describe_json_sql, &cursor, err));
    for (;;) {
        TRY(my_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        for (size_t i = 0; i < out->n_columns; i++) {
            if (span_is(row.values[0].bytes, out->columns[i].name)) {
                out->columns[i].type.kind = TYPE_JSON;
            }
        }
    }
}

/* A key counts when no column of it can be NULL and none is cut short. */
static enum status
describe_keys(struct describer *describer, struct err *err)
{
    struct arena *arena = describer->arena;
    VEC(struct table_key) keys = {0};
    VEC(const char *) columns = {0};
    const char *excluded = "";
    struct row row;
    OPEN_CURSOR *cursor = NULL;
    TRY(open_query(describer, mysql_describe_keys_sql, &cursor, err));
    for (;;) {
        TRY(my_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        const struct value *v = row.values;
        bool is_new = keys.n == 0 || !span_is(v[0].bytes, keys.items[keys.n - 1].name);
        if (span_is(v[0].bytes, excluded)) {
            continue;
        }
        if (value_is_null(&v[1]) || span_is(v[2].bytes, "YES") || !value_is_null(&v[3])) {
            excluded = value_to_str(&v[0], arena);
            keys.n -= !is_new;
            continue;
        }
        if (is_new) {
            vec_push(arena, &keys,
                     (struct table_key){.name = value_to_str(&v[0], arena),
                                        .is_primary = span_is(v[0].bytes, "PRIMARY")});
            columns.items = NULL;
            columns.n = columns.cap = 0;
        }
        vec_push(arena, &columns, value_to_str(&v[1], arena));
        keys.items[keys.n - 1].columns = columns.items;
        keys.items[keys.n - 1].n_columns = columns.n;
    }
    describer->out->keys = keys.items;
    describer->out->n_keys = keys.n;
    return STATUS_OK;
}

static struct foreign_key
begin_reference(const struct value *v, struct arena *arena)
{
    const char *parent = value_to_str(&v[4], arena);
    bool is_here = span_eq(v[2].bytes, v[3].bytes);
    return (struct foreign_key){
        .name = value_to_str(&v[0], arena),
        .parent = is_here ? parent : arena_printf(arena, "%s.%s", value_to_str(&v[2], arena), parent),
        .on_delete = value_to_str(&v[6], arena),
        .on_update = value_to_str(&v[7], arena),
        .is_validated = true};
}

static enum status
describe_references(struct describer *describer, struct err *err)
{
    struct arena *arena = describer->arena;
    VEC(struct foreign_key) keys = {0};
    VEC(const char *) columns = {0};
    VEC(const char *) parent_columns = {0};
    struct row row;
    OPEN_CURSOR *cursor = NULL;
    TRY(open_query(describer, mysql_describe_references_sql, &cursor, err));
    for (;;) {
        TRY(my_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        const struct value *v = row.values;
        if (keys.n == 0 || !span_is(v[0].bytes, keys.items[keys.n - 1].name)) {
            vec_push(arena, &keys, begin_reference(v, arena));
            columns.items = parent_columns.items = NULL;
            columns.n = columns.cap = parent_columns.n = parent_columns.cap = 0;
        }
        vec_push(arena, &columns, value_to_str(&v[1], arena));
        vec_push(arena, &parent_columns, value_to_str(&v[5], arena));
        struct foreign_key *key = &keys.items[keys.n - 1];
        key->columns = columns.items;
        key->parent_columns = parent_columns.items;
        key->n_columns = columns.n;
    }
    describer->out->references = keys.items;
    describer->out->n_references = keys.n;
    return STATUS_OK;
}

static enum status
describe_size(struct describer *describer, struct err *err)
{
    struct row row;
    OPEN_CURSOR *cursor = NULL;
    TRY(open_query(describer, mysql_describe_table_sql, &cursor, err));
    TRY(my_fetch(cursor, &row, err));
    if (row.n == 0) {
        return err_raise(err, STATUS_USAGE, "there is no table '%s'", describer->out->name);
    }
    const char *options = value_to_str(&row.values[0], describer->arena);
    describer->out->is_partitioned = strstr(options, "partitioned") != NULL;
    describer->out->rows_estimate = value_to_int(&row.values[1], -1);
    describer->out->bytes_estimate = value_to_int(&row.values[2], -1);
    return STATUS_OK;
}

enum status
my_describe(struct conn *conn, const char *qualified, struct arena *arena, struct table *out, struct err *err)
{
    const char *name = arena_strdup(arena, qualified);
    struct describer describer = {conn, value_text(name), arena, out};
    *out = (struct table){.schema = "", .name = name, .qualified = name};
    TRY(describe_size(&describer, err));
    TRY(describe_columns(&describer, err));
    TRY(describe_json(&describer, err));
    TRY(describe_keys(&describer, err));
    return describe_references(&describer, err);
}
