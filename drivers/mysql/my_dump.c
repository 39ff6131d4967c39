#include "mysql/my_stream.h"

#include <string.h>

/* char in MariaDB's library, bool in Oracle's. */
typedef __typeof__(*((MYSQL_BIND *)0)->is_null) flag;

enum { BINARY_CHARSET = 63, FIRST_CAP = 256 };

struct cell {
    enum my_form form;
    size_t width; /* of an integer */
    flag is_null;
    flag is_cut;
    unsigned long len;
    union {
        uint8_t tiny;
        uint16_t small;
        uint32_t medium;
        uint64_t big;
        float single;
        double real;
        MYSQL_TIME time;
    } at;
    struct buf text;
};

struct my_dump {
    struct dump base;
    struct arena arena; /* holds the dump itself */
    MYSQL_STMT *stmt;
    struct cell *cells;
    MYSQL_BIND *binds;
    size_t n;
    const char *count; /* query: how many rows there are; NULL: nobody knows */
    struct buf image;
    int64_t rows;
    bool is_over;
};

static const char *const form_names[MY_FORM_COUNT] = {
    [MY_INT] = "my.int",   [MY_UINT] = "my.uint",         [MY_FLOAT] = "my.float", [MY_DOUBLE] = "my.double",
    [MY_DATE] = "my.date", [MY_DATETIME] = "my.datetime", [MY_TIME] = "my.time",   [MY_BIT] = "my.bit",
    [MY_TEXT] = "text",    [MY_BYTES] = "bytes"};

const char *
my_form_name(enum my_form form)
{
    return form_names[form];
}

enum my_form
my_form_of(const char *name)
{
    for (unsigned i = 0; i < MY_FORM_COUNT; i++) {
        if (str_eq(form_names[i], name)) {
            return (enum my_form)i;
        }
    }
    return MY_FORM_COUNT;
}

/* -- binding --------------------------------------------------------------------------------------------- */

static enum my_form
form_of(const MYSQL_FIELD *field, const struct column *column)
{
    bool is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
    switch ((int)field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONGLONG:
        return is_unsigned ? MY_UINT : MY_INT;
    case MYSQL_TYPE_YEAR:
        return MY_UINT;
    case MYSQL_TYPE_FLOAT:
        return MY_FLOAT;
    case MYSQL_TYPE_DOUBLE:
        return MY_DOUBLE;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
        return MY_DATE;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return MY_DATETIME;
    case MYSQL_TYPE_TIME:
        return MY_TIME;
    case MYSQL_TYPE_BIT:
        return MY_BIT;
    case MYSQL_TYPE_GEOMETRY:
        return MY_BYTES;
    default: /* strings of all kinds, decimals, enumerations, json, addresses */
        return column->type.kind == TYPE_BYTES ? MY_BYTES : MY_TEXT;
    }
}

static void
bind_int(struct cell *cell, MYSQL_BIND *bind, enum enum_field_types type)
{
    switch ((int)type) {
    case MYSQL_TYPE_TINY:
        cell->width = 1;
        bind->buffer_type = MYSQL_TYPE_TINY;
        break;
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
        cell->width = 2;
        bind->buffer_type = MYSQL_TYPE_SHORT;
        break;
    case MYSQL_TYPE_LONGLONG:
        cell->width = 8;
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        break;
    default:
        cell->width = 4;
        bind->buffer_type = MYSQL_TYPE_LONG;
        break;
    }
}

static void
bind_cell(struct cell *cell, MYSQL_BIND *bind, const MYSQL_FIELD *field, const struct column *column)
{
    cell->form = form_of(field, column);
    cell->text = (struct buf)BUF_INIT(BUF_SQL_MAX);
    bind->is_null = &cell->is_null;
    bind->error = &cell->is_cut;
    bind->length = &cell->len;
    bind->buffer = &cell->at;
    bind->buffer_length = sizeof(cell->at);
    switch (cell->form) {
    case MY_INT:
    case MY_UINT:
        bind_int(cell, bind, field->type);
        bind->is_unsigned = cell->form == MY_UINT;
        break;
    case MY_FLOAT:
        bind->buffer_type = MYSQL_TYPE_FLOAT;
        break;
    case MY_DOUBLE:
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        break;
    case MY_DATE:
    case MY_DATETIME:
    case MY_TIME:
        bind->buffer_type = field->type;
        break;
    case MY_BIT:
    case MY_TEXT:
    case MY_BYTES:
    case MY_FORM_COUNT:
        bind->buffer_type = cell->form == MY_TEXT ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
        bind->buffer_length = FIRST_CAP;
        bind->buffer = buf_room(&cell->text, FIRST_CAP);
        break;
    }
}

static enum status
bind_all(struct my_conn *my, struct my_dump *dump, const struct table *table, const char *const *columns,
         struct err *err)
{
    MYSQL_RES *meta = mysql_stmt_result_metadata(dump->stmt);
    if (meta == NULL || mysql_num_fields(meta) != dump->n) {
        mysql_free_result(meta);
        return raise_statement(my, dump->stmt, false, err);
    }
    const char **forms = arena_new_array(&dump->arena, const char *, dump->n + 1);
    for (size_t i = 0; i < dump->n; i++) {
        bind_cell(&dump->cells[i], &dump->binds[i], mysql_fetch_field_direct(meta, (unsigned)i),
                  table_column(table, columns[i]));
        forms[i] = form_names[dump->cells[i].form];
    }
    dump->base.forms = forms;
    mysql_free_result(meta);
    return mysql_stmt_bind_result(dump->stmt, dump->binds) ? raise_statement(my, dump->stmt, false, err)
                                                           : STATUS_OK;
}

/* -- opening and closing --------------------------------------------------------------------------------- */

static void
make_sql(struct buf *sql, const struct conn *conn, const struct table *table, const char *const *columns,
         size_t n)
{
    buf_str(sql, "select ");
    for (size_t i = 0; i < n; i++) {
        buf_str(sql, i > 0 ? ", " : "");
        driver_quote(conn->driver, sql, columns[i]);
    }
    buf_str(sql, " from ");
    dump_from(sql, conn, table);
}

static enum status
open_in(struct my_conn *my, struct my_dump *dump, const struct table *table, const char *const *columns,
        struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED count = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&count, "select count(*) from ");
    driver_quote_qualified(my->base.driver, &count, table->qualified);
    /* a query's rows are not counted again: it may be dear */
    dump->count = table->query != NULL ? NULL : arena_strndup(&dump->arena, buf_cstr(&count), count.len);
    make_sql(&sql, &my->base, table, columns, dump->n);
    TRY(stream_settle(my, err));
    dump->stmt = mysql_stmt_init(my->mysql);
    require(dump->stmt != NULL);
    if (mysql_stmt_prepare(dump->stmt, sql.data, (unsigned long)sql.len) != 0) {
        return raise_statement(my, dump->stmt, false, err);
    }
    TRY(bind_all(my, dump, table, columns, err));
    dump->is_over = mysql_stmt_execute(dump->stmt) != 0;
    return dump->is_over ? raise_statement(my, dump->stmt, false, err) : STATUS_OK;
}

enum status
my_dump_open(struct conn *conn, const struct table *table, const char *const *columns, size_t n,
             struct dump **out, struct err *err)
{
    struct arena arena = {0};
    struct my_dump *dump = arena_new(&arena, struct my_dump);
    dump->arena = arena;
    dump->base.conn = conn;
    dump->n = n;
    dump->cells = arena_new_array(&dump->arena, struct cell, n + 1);
    dump->binds = arena_new_array(&dump->arena, MYSQL_BIND, n + 1);
    dump->image = (struct buf)BUF_INIT(BUF_SQL_MAX);
    dump->is_over = true;
    enum status status = open_in(my_conn_of(conn), dump, table, columns, err);
    if (status != STATUS_OK) {
        my_dump_close(&dump->base);
        return status;
    }
    *out = &dump->base;
    return STATUS_OK;
}

/* What has not been read yet is taken in by the library. */
void
my_dump_close(struct dump *base)
{
    struct my_dump *dump = (struct my_dump *)base;
    if (dump->stmt != NULL) {
        (void)mysql_stmt_close(dump->stmt);
    }
    for (size_t i = 0; i < dump->n; i++) {
        buf_release(&dump->cells[i].text);
    }
    buf_release(&dump->image);
    struct arena arena = dump->arena;
    arena_release(&arena);
}

/* -- rows ------------------------------------------------------------------------------------------------ */

static void
put_little(char *at, uint64_t number, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        at[i] = (char)(number >> (8 * i));
    }
}

static void
add_int(struct buf *image, const struct cell *cell)
{
    char bytes[8];
    uint64_t number = cell->width == 1   ? cell->at.tiny
                      : cell->width == 2 ? cell->at.small
                      : cell->width == 4 ? cell->at.medium
                                         : cell->at.big;
    put_little(bytes, number, cell->width);
    row_image_cell(image, (struct span){bytes, cell->width});
}

/* year (2) month day [hour minute second us (4)], or sign hours (2) minute second us (4) */
static void
add_time(struct buf *image, const struct cell *cell)
{
    const MYSQL_TIME *time = &cell->at.time;
    char bytes[11];
    if (cell->form == MY_TIME) {
        bytes[0] = time->neg ? 1 : 0;
        put_little(bytes + 1, time->day * 24 + time->hour, 2);
        bytes[3] = (char)time->minute;
        bytes[4] = (char)time->second;
        put_little(bytes + 5, time->second_part, 4);
        row_image_cell(image, (struct span){bytes, 9});
        return;
    }
    put_little(bytes, time->year, 2);
    bytes[2] = (char)time->month;
    bytes[3] = (char)time->day;
    bytes[4] = (char)time->hour;
    bytes[5] = (char)time->minute;
    bytes[6] = (char)time->second;
    put_little(bytes + 7, time->second_part, 4);
    row_image_cell(image, (struct span){bytes, cell->form == MY_DATE ? 4 : 11});
}

/* A value longer than the buffer is fetched straight into the image, and the buffer grows for the next rows,
 * up to a size that does not hurt. */
static bool
add_bytes(struct my_dump *dump, size_t i, bool *has_grown)
{
    enum { KEPT_MAX = 1 << 20 };
    struct cell *cell = &dump->cells[i];
    MYSQL_BIND *bind = &dump->binds[i];
    if (cell->len <= bind->buffer_length) {
        row_image_cell(&dump->image, (struct span){bind->buffer, cell->len});
        return true;
    }
    char *room = row_image_room(&dump->image, cell->len);
    if (room == NULL) {
        return false;
    }
    MYSQL_BIND whole = *bind;
    whole.buffer = room;
    whole.buffer_length = cell->len;
    if (mysql_stmt_fetch_column(dump->stmt, &whole, (unsigned)i, 0) != 0) {
        return false;
    }
    if (cell->len <= KEPT_MAX) {
        buf_reset(&cell->text);
        bind->buffer = buf_room(&cell->text, cell->len);
        bind->buffer_length = cell->len;
        *has_grown = true;
    }
    return true;
}

static bool
add_cell(struct my_dump *dump, size_t i, bool *has_grown)
{
    const struct cell *cell = &dump->cells[i];
    if (cell->is_null) {
        row_image_null(&dump->image);
        return true;
    }
    switch (cell->form) {
    case MY_INT:
    case MY_UINT:
        add_int(&dump->image, cell);
        return true;
    case MY_FLOAT:
        row_image_cell(&dump->image, (struct span){(const char *)&cell->at.single, sizeof(float)});
        return true;
    case MY_DOUBLE:
        row_image_cell(&dump->image, (struct span){(const char *)&cell->at.real, sizeof(double)});
        return true;
    case MY_DATE:
    case MY_DATETIME:
    case MY_TIME:
        add_time(&dump->image, cell);
        return true;
    case MY_BIT:
    case MY_TEXT:
    case MY_BYTES:
    case MY_FORM_COUNT:
        break;
    }
    return add_bytes(dump, i, has_grown);
}

static enum status
read_image(struct my_conn *my, struct my_dump *dump, struct err *err)
{
    bool has_grown = false;
    dump->image.len = 0;
    row_image_begin(&dump->image, dump->n);
    for (size_t i = 0; i < dump->n; i++) {
        if (!add_cell(dump, i, &has_grown)) {
            TRY(buf_check(&dump->image, "the row", err));
            return raise_statement(my, dump->stmt, false, err);
        }
    }
    if (has_grown && mysql_stmt_bind_result(dump->stmt, dump->binds)) {
        return raise_statement(my, dump->stmt, false, err);
    }
    return buf_check(&dump->image, "the row", err);
}

/* A server that gave up on a slow reader can look like the end of the rows: they are counted in the same
 * snapshot. */
static enum status
end_dump(struct my_conn *my, struct my_dump *dump, struct err *err)
{
    RESULT_SCOPED *result = NULL;
    int64_t rows = -1;
    dump->is_over = true;
    if (mysql_stmt_errno(dump->stmt) != 0) {
        return raise_statement(my, dump->stmt, false, err);
    }
    (void)mysql_stmt_free_result(dump->stmt);
    if (dump->count == NULL || !is_in_transaction(my)) {
        return STATUS_OK;
    }
    TRY(text_query(my, dump->count, &result, err));
    MYSQL_ROW row = mysql_fetch_row(result);
    bool is_same = row != NULL && row[0] != NULL && parse_i64(span_of(row[0]), &rows) && rows == dump->rows;
    return is_same ? STATUS_OK
                   : err_raise(err, STATUS_CONNECT, "the rows ended early: %lld came of %lld",
                               (long long)dump->rows, (long long)rows);
}

enum status
my_dump_next(struct dump *base, struct span *image, struct err *err)
{
    struct my_dump *dump = (struct my_dump *)base;
    struct my_conn *my = my_conn_of(base->conn);
    if (dump->is_over) {
        return STATUS_OK;
    }
    switch (mysql_stmt_fetch(dump->stmt)) {
    case 0:
    case MYSQL_DATA_TRUNCATED:
        TRY(read_image(my, dump, err));
        dump->rows++;
        *image = buf_view(&dump->image);
        return STATUS_OK;
    case MYSQL_NO_DATA:
        return end_dump(my, dump, err);
    default: /* 1, or a number this library does not document */
        dump->is_over = true;
        return raise_statement(my, dump->stmt, false, err);
    }
}
