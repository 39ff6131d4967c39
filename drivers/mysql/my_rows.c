/* The columns of a query's result, by what the protocol tells of them. */
#include "mysql/my_stream.h"

enum { CHARSET_BINARY = 63 };

static bool
is_unsigned(const MYSQL_FIELD *field)
{
    return (field->flags & UNSIGNED_FLAG) != 0;
}

/* Strings of all kinds look alike but for their flags and character set. */
static struct type
string_type(const MYSQL_FIELD *field)
{
    if ((field->flags & ENUM_FLAG) != 0) {
        return (struct type){.kind = TYPE_ENUM, .name = "enum"};
    }
    if ((field->flags & SET_FLAG) != 0) {
        return (struct type){.kind = TYPE_SET, .name = "set"};
    }
    return field->charsetnr == CHARSET_BINARY ? (struct type){.kind = TYPE_BYTES, .name = "varbinary"}
                                              : (struct type){.kind = TYPE_TEXT, .name = "varchar"};
}

static struct type
type_of(const MYSQL_FIELD *field, struct arena *arena)
{
    enum { JSON = 245 }; /* MySQL's; MariaDB's is text */
    switch ((int)field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
        return (struct type){
            .kind = TYPE_INT, .name = "bigint", .bits = 64, .is_unsigned = is_unsigned(field)};
    case MYSQL_TYPE_YEAR:
        return (struct type){.kind = TYPE_INT, .name = "year", .bits = 16, .is_unsigned = true};
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
        return (struct type){.kind = TYPE_DECIMAL, .name = "decimal"};
    case MYSQL_TYPE_FLOAT:
        return (struct type){.kind = TYPE_FLOAT, .name = "float", .bits = 32};
    case MYSQL_TYPE_DOUBLE:
        return (struct type){.kind = TYPE_FLOAT, .name = "double", .bits = 64};
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
        return (struct type){.kind = TYPE_DATE, .name = "date"};
    case MYSQL_TYPE_TIME:
        return (struct type){.kind = TYPE_TIME, .name = "time"};
    case MYSQL_TYPE_DATETIME:
        return (struct type){.kind = TYPE_TIMESTAMP, .name = "datetime"};
    case MYSQL_TYPE_TIMESTAMP:
        return (struct type){.kind = TYPE_TIMESTAMP_TZ, .name = "timestamp"};
    case MYSQL_TYPE_BIT:
        return (struct type){.kind = TYPE_BIT,
                             .name = arena_printf(arena, "bit(%lu)", field->length),
                             .length = (uint32_t)field->length};
    case MYSQL_TYPE_GEOMETRY:
        return (struct type){.kind = TYPE_OPAQUE, .name = "geometry"};
    case JSON:
        return (struct type){.kind = TYPE_JSON, .name = "json"};
    default:
        return string_type(field);
    }
}

static enum status
read_fields(struct my_conn *my, MYSQL_STMT *stmt, struct arena *arena, struct table *out, struct err *err)
{
    RESULT_SCOPED *meta = mysql_stmt_result_metadata(stmt);
    if (meta == NULL) {
        return mysql_stmt_errno(stmt) != 0 ? raise_statement(my, stmt, false, err)
                                           : err_raise(err, STATUS_SQL, "the statement returns no rows");
    }
    out->n_columns = mysql_num_fields(meta);
    out->columns = arena_new_array(arena, struct column, out->n_columns + 1);
    for (size_t i = 0; i < out->n_columns; i++) {
        const MYSQL_FIELD *field = mysql_fetch_field_direct(meta, (unsigned)i);
        out->columns[i] = (struct column){.name = arena_strdup(arena, field->name), .collation = ""};
        out->columns[i].type = type_of(field, arena);
    }
    return STATUS_OK;
}

enum status
my_describe_query(struct conn *conn, const char *query, struct arena *arena, struct table *out,
                  struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&sql, "select * from (%s\n) as rollcall_rows", query);
    TRY(buf_check(&sql, "the query", err));
    TRY(stream_settle(my, err));
    MYSQL_STMT *stmt = mysql_stmt_init(my->mysql);
    require(stmt != NULL);
    enum status status = mysql_stmt_prepare(stmt, sql.data, (unsigned long)sql.len) != 0
                             ? raise_statement(my, stmt, false, err)
                             : read_fields(my, stmt, arena, out, err);
    (void)mysql_stmt_close(stmt);
    return status;
}
