#include "sqlite/stream.h"

#include <limits.h>
#include <string.h>

struct sqlite_dump {
    struct dump base;
    struct arena arena; /* holds the dump itself */
    sqlite3_stmt *stmt;
    struct buf image;
    int n;
    bool is_over;
};

struct sqlite_load {
    struct load base;
    struct arena arena; /* holds the load itself */
    sqlite3_stmt *stmt;
    struct buf row; /* the beginning of one that comes in pieces */
    size_t n;
    int64_t rows;
};

static enum status
prepare(struct sqlite_conn *self, const struct buf *sql, sqlite3_stmt **out, struct err *err)
{
    if (sql->overflow || sql->len > INT_MAX) {
        return err_raise(err, STATUS_USAGE, "the statement is longer than SQLite can take");
    }
    int code = sqlite3_prepare_v3(self->db, sql->data, (int)sql->len, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return code == SQLITE_OK ? STATUS_OK : sqlite_raise(self, code, err);
}

static void
put_big(char *at, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++) {
        at[i] = (char)(number >> (56 - 8 * i));
    }
}

static uint64_t
take_big(const char *at)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < 8; i++) {
        number = number << 8 | (unsigned char)at[i];
    }
    return number;
}

/* -- out ------------------------------------------------------------------------------------------------- */

enum status
sqlite_dump_open(struct conn *conn, const struct table *table, const char *const *columns, size_t n,
                 struct dump **out, struct err *err)
{
    struct arena arena = {0};
    struct sqlite_dump *dump = arena_new(&arena, struct sqlite_dump);
    const char **forms = arena_new_array(&arena, const char *, n + 1);
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "select ");
    for (size_t i = 0; i < n; i++) {
        forms[i] = "sqlite";
        buf_str(&sql, i > 0 ? ", " : "");
        driver_quote(conn->driver, &sql, columns[i]);
    }
    buf_str(&sql, " from ");
    dump_from(&sql, conn, table);
    dump->base = (struct dump){conn, forms};
    dump->arena = arena;
    dump->image = (struct buf)BUF_INIT(BUF_SQL_MAX);
    dump->n = (int)n;
    enum status status = prepare(sqlite_of(conn), &sql, &dump->stmt, err);
    if (status != STATUS_OK) {
        sqlite_dump_close(&dump->base);
        return status;
    }
    *out = &dump->base;
    return STATUS_OK;
}

static void
add_tagged(struct buf *image, char tag, const void *bytes, size_t len)
{
    char *room = row_image_room(image, len + 1);
    if (room != NULL) {
        room[0] = tag;
        memcpy(room + 1, len == 0 ? "" : bytes, len);
    }
}

static void
add_number(struct buf *image, char tag, uint64_t bits)
{
    char bytes[8];
    put_big(bytes, bits);
    add_tagged(image, tag, bytes, sizeof(bytes));
}

static void
add_cell(struct buf *image, sqlite3_stmt *stmt, int at)
{
    double real;
    uint64_t bits;
    switch (sqlite3_column_type(stmt, at)) {
    case SQLITE_NULL:
        row_image_null(image);
        break;
    case SQLITE_INTEGER:
        add_number(image, 'i', (uint64_t)sqlite3_column_int64(stmt, at));
        break;
    case SQLITE_FLOAT:
        real = sqlite3_column_double(stmt, at);
        memcpy(&bits, &real, sizeof(bits));
        add_number(image, 'f', bits);
        break;
    case SQLITE_BLOB: {
        const void *bytes = sqlite3_column_blob(stmt, at);
        add_tagged(image, 'b', bytes, (size_t)sqlite3_column_bytes(stmt, at));
        break;
    }
    default: {
        const void *text = sqlite3_column_text(stmt, at);
        add_tagged(image, 't', text, (size_t)sqlite3_column_bytes(stmt, at));
        break;
    }
    }
}

enum status
sqlite_dump_next(struct dump *base, struct span *image, struct err *err)
{
    struct sqlite_dump *dump = (struct sqlite_dump *)base;
    struct sqlite_conn *self = sqlite_of(base->conn);
    if (dump->is_over) {
        return STATUS_OK;
    }
    int code = sqlite3_step(dump->stmt);
    dump->is_over = code != SQLITE_ROW;
    if (dump->is_over) {
        return code == SQLITE_DONE ? STATUS_OK : sqlite_raise(self, code, err);
    }
    dump->image.len = 0;
    row_image_begin(&dump->image, (size_t)dump->n);
    for (int i = 0; i < dump->n; i++) {
        add_cell(&dump->image, dump->stmt, i);
    }
    int failed = sqlite3_errcode(self->db);
    if (failed == SQLITE_NOMEM) { /* a value that could not be had reads as empty */
        return sqlite_raise(self, failed, err);
    }
    TRY(buf_check(&dump->image, "the row", err));
    *image = (struct span){dump->image.data, dump->image.len};
    return STATUS_OK;
}

void
sqlite_dump_close(struct dump *base)
{
    struct sqlite_dump *dump = (struct sqlite_dump *)base;
    (void)sqlite3_finalize(dump->stmt);
    buf_release(&dump->image);
    struct arena arena = dump->arena;
    arena_release(&arena);
}

/* -- in -------------------------------------------------------------------------------------------------- */

static enum status
make_insert(struct conn *conn, const struct table *table, const struct stream_column *columns, size_t n,
            struct buf *sql, struct err *err)
{
    buf_str(sql, "insert into ");
    driver_quote_qualified(conn->driver, sql, table->qualified);
    for (size_t i = 0; i < n; i++) {
        if (!str_eq(columns[i].form, "sqlite")) {
            return err_raise(err, STATUS_USAGE, "the column '%s' takes values as 'sqlite', not as '%s'",
                             columns[i].name, columns[i].form);
        }
        buf_str(sql, i > 0 ? ", " : " (");
        driver_quote(conn->driver, sql, columns[i].name);
    }
    for (size_t i = 0; i < n; i++) {
        buf_str(sql, i > 0 ? ", ?" : ") values (?");
    }
    buf_str(sql, ")");
    return STATUS_OK;
}

static void
free_load(struct sqlite_load *load)
{
    (void)sqlite3_finalize(load->stmt);
    buf_release(&load->row);
    struct arena arena = load->arena;
    arena_release(&arena);
}

enum status
sqlite_load_open(struct conn *conn, const struct table *table, const struct stream_column *columns, size_t n,
                 struct load **out, struct err *err)
{
    struct arena arena = {0};
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    TRY(make_insert(conn, table, columns, n, &sql, err));
    struct sqlite_load *load = arena_new(&arena, struct sqlite_load);
    load->arena = arena;
    load->base.conn = conn;
    load->row = (struct buf)BUF_INIT(BUF_SQL_MAX);
    load->n = n;
    enum status status = prepare(sqlite_of(conn), &sql, &load->stmt, err);
    if (status != STATUS_OK) {
        free_load(load);
        return status;
    }
    *out = &load->base;
    return STATUS_OK;
}

/* The bytes stay where they are until the statement has run. -1: it is no cell. */
static int
bind_cell(sqlite3_stmt *stmt, int at, struct span cell)
{
    uint64_t bits;
    double real;
    if (cell.ptr == NULL) {
        return sqlite3_bind_null(stmt, at);
    }
    const char *rest = cell.ptr + 1;
    switch (cell.len == 0 ? '\0' : cell.ptr[0]) {
    case 'i':
    case 'f':
        if (cell.len != 9) {
            return -1;
        }
        bits = take_big(rest);
        memcpy(&real, &bits, sizeof(real));
        return cell.ptr[0] == 'i' ? sqlite3_bind_int64(stmt, at, (sqlite3_int64)bits)
                                  : sqlite3_bind_double(stmt, at, real);
    case 't':
        return sqlite3_bind_text64(stmt, at, rest, cell.len - 1, SQLITE_STATIC, SQLITE_UTF8);
    case 'b':
        return sqlite3_bind_blob64(stmt, at, rest, cell.len - 1, SQLITE_STATIC);
    default:
        return -1;
    }
}

static enum status
insert(struct sqlite_conn *self, struct sqlite_load *load, struct span bytes, struct err *err)
{
    struct row_image image;
    struct span cell = {NULL, 0};
    bool is_whole = row_image_read(bytes, load->n, &image);
    int code = is_whole ? SQLITE_OK : -1;
    for (size_t i = 0; i < load->n && code == SQLITE_OK; i++) {
        code = row_image_next(&image, &cell) ? bind_cell(load->stmt, (int)i + 1, cell) : -1;
    }
    if (code == -1) {
        return err_raise(err, STATUS_CORRUPT, "a row is no row of this table");
    }
    if (code != SQLITE_OK) {
        return sqlite_raise(self, code, err);
    }
    code = sqlite3_step(load->stmt);
    enum status status = code == SQLITE_DONE ? STATUS_OK : sqlite_raise(self, code, err);
    (void)sqlite3_reset(load->stmt);
    load->rows += status == STATUS_OK;
    return status;
}

enum status
sqlite_load_add(struct load *base, struct span piece, bool ends_row, struct err *err)
{
    struct sqlite_load *load = (struct sqlite_load *)base;
    struct sqlite_conn *self = sqlite_of(base->conn);
    if (ends_row && load->row.len == 0) {
        return insert(self, load, piece, err);
    }
    buf_push(&load->row, piece.ptr, piece.len);
    TRY(buf_check(&load->row, "the row", err));
    if (!ends_row) {
        return STATUS_OK;
    }
    enum status status = insert(self, load, (struct span){load->row.data, load->row.len}, err);
    buf_reset(&load->row);
    return status;
}

enum status
sqlite_load_close(struct load *base, bool keep, int64_t *rows, struct err *err)
{
    struct sqlite_load *load = (struct sqlite_load *)base;
    (void)keep;
    (void)err;
    *rows = load->rows;
    free_load(load);
    return STATUS_OK;
}
