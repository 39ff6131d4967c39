#include "mysql/my_stream.h"

#include <string.h>

typedef __typeof__(*((MYSQL_BIND *)0)->is_null) flag;

enum { BATCH_BYTES = 1 << 20, BATCH_ROWS = 128, PARAMS_MAX = 65535 };

struct slot {
    flag is_null;
    unsigned long len;
    union {
        uint64_t number;
        float single;
        double real;
        MYSQL_TIME time;
    } at;
};

/* Rows gather until they fill a statement; those of a batch that is cut short go one by one. */
struct my_load {
    struct load base;
    struct arena arena; /* holds the load itself */
    const char *qualified;
    const struct stream_column *columns;
    enum my_form *forms;
    size_t n;
    size_t batch;     /* rows of the long statement */
    MYSQL_STMT *many; /* NULL until a batch was full */
    MYSQL_STMT *one;
    MYSQL_BIND *binds;
    struct slot *slots;
    struct buf rows; /* whole images, and the beginning of one */
    size_t ends[BATCH_ROWS];
    size_t n_rows; /* whole ones in `rows` */
    int64_t sent;
};

static enum status
prepare(struct my_conn *my, struct my_load *load, size_t n_rows, MYSQL_STMT **out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    if (*out != NULL) {
        return STATUS_OK;
    }
    buf_str(&sql, "insert into ");
    driver_quote_qualified(my->base.driver, &sql, load->qualified);
    for (size_t i = 0; i < load->n; i++) {
        buf_str(&sql, i > 0 ? ", " : " (");
        driver_quote(my->base.driver, &sql, load->columns[i].name);
    }
    for (size_t row = 0; row < n_rows; row++) {
        buf_str(&sql, row > 0 ? ", (" : ") values (");
        for (size_t i = 0; i < load->n; i++) {
            buf_str(&sql, i > 0 ? ",?" : "?");
        }
        buf_char(&sql, ')');
    }
    TRY(buf_check(&sql, "the statement", err));
    *out = mysql_stmt_init(my->mysql);
    require(*out != NULL);
    return mysql_stmt_prepare(*out, sql.data, (unsigned long)sql.len) == 0
               ? STATUS_OK
               : raise_statement(my, *out, false, err);
}

/* -- opening --------------------------------------------------------------------------------------------- */

/* Cells say how they are written; what a column makes of another form the server would decide, so that forms
 * must be of the column's own kind. */
static bool
fits(enum my_form form, const struct column *column)
{
    switch (column->type.kind) {
    case TYPE_INT:
        return form == (column->type.is_unsigned ? MY_UINT : MY_INT);
    case TYPE_FLOAT:
        return form == (column->type.bits == 32 ? MY_FLOAT : MY_DOUBLE);
    case TYPE_BYTES:
        return form == MY_BYTES;
    case TYPE_DATE:
        return form == MY_DATE;
    case TYPE_TIME:
        return form == MY_TIME;
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_TZ:
        return form == MY_DATETIME;
    case TYPE_BIT:
        return form == MY_BIT;
    case TYPE_DECIMAL:
    case TYPE_TEXT:
    case TYPE_JSON:
    case TYPE_ENUM:
    case TYPE_SET:
    case TYPE_UUID:
        return form == MY_TEXT;
    case TYPE_BOOL:
    case TYPE_INTERVAL:
    case TYPE_ARRAY:
    case TYPE_ANY:
    case TYPE_OPAQUE:
        return form == MY_TEXT || form == MY_BYTES || form == MY_UINT;
    }
    return false;
}

static enum status
take_columns(struct my_load *load, const struct table *table, const struct stream_column *columns,
             struct err *err)
{
    struct stream_column *copies = arena_new_array(&load->arena, struct stream_column, load->n + 1);
    for (size_t i = 0; i < load->n; i++) {
        const struct column *column = table_column(table, columns[i].name);
        load->forms[i] = my_form_of(columns[i].form);
        if (load->forms[i] == MY_FORM_COUNT || !fits(load->forms[i], column)) {
            return err_raise(err, STATUS_USAGE, "the column '%s' of type %s takes no values of form '%s'",
                             columns[i].name, column->type.name, columns[i].form);
        }
        copies[i] = (struct stream_column){column->name, my_form_name(load->forms[i])};
    }
    load->columns = copies;
    return STATUS_OK;
}

static void
free_load(struct my_load *load)
{
    if (load->many != NULL) {
        (void)mysql_stmt_close(load->many);
    }
    if (load->one != NULL) {
        (void)mysql_stmt_close(load->one);
    }
    buf_release(&load->rows);
    struct arena arena = load->arena;
    arena_release(&arena);
}

enum status
my_load_open(struct conn *conn, const struct table *table, const struct stream_column *columns, size_t n,
             struct load **out, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    struct arena arena = {0};
    struct my_load *load = arena_new(&arena, struct my_load);
    load->arena = arena;
    load->base.conn = conn;
    load->n = n;
    load->batch = n == 0 ? BATCH_ROWS : PARAMS_MAX / n;
    load->batch = load->batch > BATCH_ROWS ? BATCH_ROWS : load->batch;
    load->qualified = arena_strdup(&load->arena, table->qualified);
    load->forms = arena_new_array(&load->arena, enum my_form, n + 1);
    load->rows = (struct buf)BUF_INIT(BUF_SQL_MAX);
    load->binds = arena_new_array(&load->arena, MYSQL_BIND, n * load->batch + 1);
    load->slots = arena_new_array(&load->arena, struct slot, n * load->batch + 1);
    enum status status = take_columns(load, table, columns, err);
    if (status == STATUS_OK) {
        status = prepare(my, load, 1, &load->one, err);
    }
    if (status != STATUS_OK) {
        free_load(load);
        return status;
    }
    *out = &load->base;
    return STATUS_OK;
}

/* -- values ---------------------------------------------------------------------------------------------- */

static uint64_t
take_little(const char *at, size_t width)
{
    uint64_t number = 0;
    for (size_t i = width; i > 0; i--) {
        number = number << 8 | (unsigned char)at[i - 1];
    }
    return number;
}

static bool
bind_int(struct slot *slot, MYSQL_BIND *bind, struct span cell, bool is_unsigned)
{
    static const enum enum_field_types types[9] = {
        [1] = MYSQL_TYPE_TINY, [2] = MYSQL_TYPE_SHORT, [4] = MYSQL_TYPE_LONG, [8] = MYSQL_TYPE_LONGLONG};
    if (cell.len != 1 && cell.len != 2 && cell.len != 4 && cell.len != 8) {
        return false;
    }
    memcpy(&slot->at, cell.ptr, cell.len);
    bind->buffer_type = types[cell.len];
    bind->is_unsigned = is_unsigned;
    return true;
}

static bool
bind_time(struct slot *slot, MYSQL_BIND *bind, enum my_form form, struct span cell)
{
    MYSQL_TIME *time = &slot->at.time;
    const unsigned char *at = (const unsigned char *)cell.ptr;
    memset(time, 0, sizeof(*time));
    if (cell.len != (form == MY_DATE ? 4 : form == MY_TIME ? 9 : 11)) {
        return false;
    }
    if (form == MY_TIME) {
        bind->buffer_type = MYSQL_TYPE_TIME;
        time->time_type = MYSQL_TIMESTAMP_TIME;
        time->neg = at[0] != 0;
        time->day = (unsigned)take_little(cell.ptr + 1, 2) / 24;
        time->hour = (unsigned)take_little(cell.ptr + 1, 2) % 24;
        time->minute = at[3];
        time->second = at[4];
        time->second_part = take_little(cell.ptr + 5, 4);
        return true;
    }
    bind->buffer_type = form == MY_DATE ? MYSQL_TYPE_DATE : MYSQL_TYPE_DATETIME;
    time->time_type = form == MY_DATE ? MYSQL_TIMESTAMP_DATE : MYSQL_TIMESTAMP_DATETIME;
    time->year = (unsigned)take_little(cell.ptr, 2);
    time->month = at[2];
    time->day = at[3];
    if (form == MY_DATETIME) {
        time->hour = at[4];
        time->minute = at[5];
        time->second = at[6];
        time->second_part = take_little(cell.ptr + 7, 4);
    }
    return true;
}

static bool
bind_cell(struct slot *slot, MYSQL_BIND *bind, enum my_form form, struct span cell)
{
    memset(bind, 0, sizeof(*bind));
    slot->is_null = cell.ptr == NULL;
    slot->len = cell.len;
    bind->is_null = &slot->is_null;
    bind->length = &slot->len;
    bind->buffer = &slot->at;
    bind->buffer_length = sizeof(slot->at);
    if (cell.ptr == NULL) {
        bind->buffer_type = MYSQL_TYPE_NULL;
        return true;
    }
    switch (form) {
    case MY_INT:
    case MY_UINT:
        return bind_int(slot, bind, cell, form == MY_UINT);
    case MY_FLOAT:
    case MY_DOUBLE:
        bind->buffer_type = form == MY_FLOAT ? MYSQL_TYPE_FLOAT : MYSQL_TYPE_DOUBLE;
        memcpy(&slot->at, cell.ptr, form == MY_FLOAT ? sizeof(float) : sizeof(double));
        return cell.len == (form == MY_FLOAT ? sizeof(float) : sizeof(double));
    case MY_DATE:
    case MY_DATETIME:
    case MY_TIME:
        return bind_time(slot, bind, form, cell);
    case MY_BIT:
    case MY_TEXT:
    case MY_BYTES:
    case MY_FORM_COUNT:
        break;
    }
    bind->buffer_type = form == MY_TEXT ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
    bind->buffer = (void *)(uintptr_t)cell.ptr;
    bind->buffer_length = cell.len;
    return true;
}

/* -- sending --------------------------------------------------------------------------------------------- */

static enum status
bind_rows(struct my_load *load, size_t from, size_t to, struct err *err)
{
    size_t at = 0;
    for (size_t row = from; row < to; row++) {
        size_t start = row == 0 ? 0 : load->ends[row - 1];
        struct row_image image;
        struct span cell = {NULL, 0};
        bool is_whole =
            row_image_read((struct span){load->rows.data + start, load->ends[row] - start}, load->n, &image);
        for (size_t i = 0; i < load->n && is_whole; i++, at++) {
            is_whole = row_image_next(&image, &cell) &&
                       bind_cell(&load->slots[at], &load->binds[at], load->forms[i], cell);
        }
        if (!is_whole) {
            return err_raise(err, STATUS_CORRUPT, "a row is no row of this table");
        }
    }
    return STATUS_OK;
}

static enum status
check_packet(const struct my_conn *my, uint64_t len, struct err *err)
{
    if (len + 1024 < my->max_packet) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_SQL, "a row has %llu bytes, more than the server takes",
                    (unsigned long long)len);
    return err_hint(err, "set global max_allowed_packet = %llu, then connect again",
                    (unsigned long long)len + 4096);
}

static enum status
send_rows(struct my_conn *my, struct my_load *load, MYSQL_STMT *stmt, size_t from, size_t to, struct err *err)
{
    size_t start = from == 0 ? 0 : load->ends[from - 1];
    TRY(check_packet(my, load->ends[to - 1] - start, err));
    TRY(bind_rows(load, from, to, err));
    if (mysql_stmt_bind_param(stmt, load->binds) || mysql_stmt_execute(stmt) != 0) {
        return raise_statement(my, stmt, false, err);
    }
    load->sent += (int64_t)mysql_stmt_affected_rows(stmt);
    return STATUS_OK;
}

/* What stays in `rows` is the beginning of a row. */
static enum status
flush(struct my_conn *my, struct my_load *load, struct err *err)
{
    bool fits_one_packet = load->rows.len + 1024 < my->max_packet;
    if (load->n_rows == load->batch && fits_one_packet) {
        TRY(prepare(my, load, load->batch, &load->many, err));
        TRY(send_rows(my, load, load->many, 0, load->n_rows, err));
    } else {
        for (size_t row = 0; row < load->n_rows; row++) {
            TRY(send_rows(my, load, load->one, row, row + 1, err));
        }
    }
    load->n_rows = 0;
    buf_reset(&load->rows);
    return STATUS_OK;
}

enum status
my_load_add(struct load *base, struct span piece, bool ends_row, struct err *err)
{
    struct my_load *load = (struct my_load *)base;
    buf_push(&load->rows, piece.ptr, piece.len);
    TRY(buf_check(&load->rows, "the row", err));
    if (!ends_row) {
        return STATUS_OK;
    }
    load->ends[load->n_rows++] = load->rows.len;
    return load->n_rows == load->batch || load->rows.len >= BATCH_BYTES
               ? flush(my_conn_of(base->conn), load, err)
               : STATUS_OK;
}

enum status
my_load_close(struct load *base, bool keep, int64_t *rows, struct err *err)
{
    struct my_load *load = (struct my_load *)base;
    struct my_conn *my = my_conn_of(base->conn);
    enum status status = keep && load->n_rows > 0 ? flush(my, load, err) : STATUS_OK;
    *rows = load->sent;
    free_load(load);
    return status;
}
