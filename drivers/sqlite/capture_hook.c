/* The engine tells of each row ahead of its change; the images wait in a backlog until the statement is done,
 * since nothing can be written in between. */
#define SQLITE_ENABLE_PREUPDATE_HOOK
#include "sqlite/capture.h"

#include <string.h>

/* Some builds of the library come without them. */
#pragma weak sqlite3_preupdate_hook
#pragma weak sqlite3_preupdate_old
#pragma weak sqlite3_preupdate_new

bool
hook_is_there(void)
{
    return sqlite3_preupdate_hook != NULL && sqlite3_preupdate_old != NULL && sqlite3_preupdate_new != NULL;
}

/* -- images in the backlog ----------------------------------------------------------------------------------
 */

/* Ahead of the cells. */
struct image {
    size_t table;
    size_t len; /* with this */
    bool is_new;
};

/* "n", "i" and "f" with eight bytes, "t" and "b" with a length and so many bytes; false when memory ran out.
 */
static bool
push_cell(struct buf *buf, sqlite3_value *value, const struct source *source, bool is_utf8)
{
    int type = sqlite3_value_type(value);
    if (type == SQLITE_NULL) {
        buf_push(buf, "n", 1);
        return true;
    }
    if (type == SQLITE_INTEGER && !source->is_real) {
        sqlite3_int64 number = sqlite3_value_int64(value);
        buf_push(buf, "i", 1);
        buf_push(buf, &number, sizeof(number));
        return true;
    }
    if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) {
        double number = sqlite3_value_double(value);
        buf_push(buf, "f", 1);
        buf_push(buf, &number, sizeof(number));
        return true;
    }
    /* a text's own bytes need no closing NUL, which costs a copy */
    bool is_raw = type == SQLITE_BLOB || is_utf8;
    const void *bytes = is_raw ? sqlite3_value_blob(value) : sqlite3_value_text(value);
    size_t len = (size_t)sqlite3_value_bytes(value);
    if (bytes == NULL && len > 0) {
        return false;
    }
    buf_push(buf, type == SQLITE_BLOB ? "b" : "t", 1);
    buf_push(buf, &len, sizeof(len));
    if (len > 0) {
        buf_push(buf, bytes, len);
    }
    return true;
}

/* Only an interrupt ends the statement from here. */
static void
fail(struct sqlite_conn *self)
{
    sqlite3_interrupt(self->db);
}

static void
fail_with(struct sqlite_conn *self, const char *what, const struct captured *table)
{
    if (self->capture->failed.status == STATUS_OK) {
        IGNORE(err_raise(&self->capture->failed, STATUS_UNSUPPORTED, "cannot log a change of table '%s': %s",
                         table->name, what));
    }
    fail(self);
}

static size_t
begin_image(struct capture *capture, const struct captured *table, bool is_new)
{
    struct image image = {.is_new = is_new};
    size_t start = capture->backlog.buf.len;
    while (capture->tables.items[image.table] != table) {
        image.table++;
    }
    buf_push(&capture->backlog.buf, &image, sizeof(image));
    return start;
}

static void
end_image(struct sqlite_conn *self, size_t start)
{
    struct backlog *backlog = &self->capture->backlog;
    struct image image;
    if (!backlog->buf.overflow) {
        memcpy(&image, backlog->buf.data + start, sizeof(image));
        image.len = backlog->buf.len - start;
        memcpy(backlog->buf.data + start, &image, sizeof(image));
    }
    if (backlog_mark(backlog, &self->capture->failed) != STATUS_OK) {
        fail(self);
    }
}

/* -- what the hook shows ----------------------------------------------------------------------------------
 */

typedef int value_reader(sqlite3 *db, int at, sqlite3_value **out);

/* False: it does not show all of the row. */
static bool
push_shown(struct sqlite_conn *self, const struct captured *table, bool is_new)
{
    struct capture *capture = self->capture;
    value_reader *read = is_new ? sqlite3_preupdate_new : sqlite3_preupdate_old;
    size_t start = begin_image(capture, table, is_new);
    for (size_t i = 0; i < table->n; i++) {
        const struct source *source = &table->sources[i];
        sqlite3_value *value;
        if (source->at < 0) {
            buf_push(&capture->backlog.buf, "n", 1);
            continue;
        }
        bool is_shown = read(self->db, source->at, &value) == SQLITE_OK &&
                        !(source->has_default && sqlite3_value_type(value) == SQLITE_NULL) &&
                        push_cell(&capture->backlog.buf, value, source, capture->is_utf8);
        if (!is_shown) {
            capture->backlog.buf.len = start;
            return false;
        }
    }
    end_image(self, start);
    return true;
}

/* -- what it does not show is read from the table -----------------------------------------------------------
 */

static bool
bind_key(struct sqlite_conn *self, struct captured *table, bool is_new, sqlite3_int64 rowid)
{
    sqlite3_stmt *stmt = table->read[is_new];
    if (stmt == NULL) {
        return false;
    }
    bool is_bound = table->n_keys > 0 || sqlite3_bind_int64(stmt, 1, rowid) == SQLITE_OK;
    for (size_t i = 0; i < table->n_keys && is_bound; i++) {
        value_reader *read = is_new ? sqlite3_preupdate_new : sqlite3_preupdate_old;
        sqlite3_value *value;
        is_bound = read(self->db, table->keys[i], &value) == SQLITE_OK &&
                   sqlite3_bind_value(stmt, (int)i + 1, value) == SQLITE_OK;
    }
    return is_bound;
}

static void
push_read(struct sqlite_conn *self, struct captured *table, bool is_new)
{
    struct capture *capture = self->capture;
    sqlite3_stmt *stmt = table->read[is_new];
    size_t start = begin_image(capture, table, is_new);
    bool is_read = sqlite3_step(stmt) == SQLITE_ROW;
    for (size_t i = 0; i < table->n && is_read; i++) {
        static const struct source as_it_is = {0};
        is_read =
            push_cell(&capture->backlog.buf, sqlite3_column_value(stmt, (int)i), &as_it_is, capture->is_utf8);
    }
    (void)sqlite3_reset(stmt);
    if (is_read) {
        end_image(self, start);
    } else {
        capture->backlog.buf.len = start;
        fail_with(self, "a row is not there by its key", table);
    }
}

void
hook_read_pending(struct sqlite_conn *self)
{
    struct captured *table = self->capture->pending;
    if (table != NULL) {
        self->capture->pending = NULL;
        push_read(self, table, true);
    }
}

/* -- one change -------------------------------------------------------------------------------------------
 */

static void
add_old(struct sqlite_conn *self, struct captured *table, sqlite3_int64 rowid)
{
    if (!table->is_shuffled && push_shown(self, table, false)) {
        return;
    }
    if (bind_key(self, table, false, rowid)) {
        push_read(self, table, false);
    } else {
        fail_with(self, "its key cannot be had", table);
    }
}

static void
add_new(struct sqlite_conn *self, struct captured *table, sqlite3_int64 rowid)
{
    if (!table->is_shuffled && push_shown(self, table, true)) {
        return;
    }
    if (bind_key(self, table, true, rowid)) {
        self->capture->pending = table; /* it is not there before the change is done */
    } else {
        fail_with(self, "its key cannot be had", table);
    }
}

/* Names of tables stay where they are while a statement runs, and most changes are of the table before. */
static void
look_up(struct capture *capture, const char *name)
{
    capture->last_name = name;
    capture->last = NULL;
    if (!is_user_object(name, name)) {
        return;
    }
    for (size_t i = 0; i < capture->tables.n && capture->last == NULL; i++) {
        struct captured *table = capture->tables.items[i];
        capture->last = table->root != 0 && str_eq_nocase(table->name, name) ? table : NULL;
    }
    if (map_get(&capture->written, span_of(name)) == NULL) {
        (void)map_put(&capture->written, span_of(name), capture);
    }
}

static void
on_change(void *context, sqlite3 *db, int op, const char *schema, const char *name, sqlite3_int64 old_rowid,
          sqlite3_int64 new_rowid)
{
    struct sqlite_conn *self = context;
    struct capture *capture = self->capture;
    (void)db;
    capture->is_seen = true;
    if (capture->failed.status != STATUS_OK) {
        return;
    }
    hook_read_pending(self);
    if (!str_eq(schema, "main")) {
        return;
    }
    if (name != capture->last_name) {
        look_up(capture, name);
    }
    struct captured *table = capture->last;
    if (table != NULL && op != SQLITE_INSERT) {
        add_old(self, table, old_rowid);
    }
    if (table != NULL && op != SQLITE_DELETE) {
        add_new(self, table, new_rowid);
    }
}

void
hook_set(struct sqlite_conn *self, bool on)
{
    if (hook_is_there()) {
        (void)sqlite3_preupdate_hook(self->db, on ? on_change : NULL, on ? self : NULL);
    }
}

/* -- into the logs ----------------------------------------------------------------------------------------
 */

static const char *
bind_cell(sqlite3_stmt *stmt, int at, const char *cell, int *code)
{
    sqlite3_int64 number;
    double real;
    size_t len;
    switch (*cell++) {
    case 'n':
        *code = sqlite3_bind_null(stmt, at);
        return cell;
    case 'i':
        memcpy(&number, cell, sizeof(number));
        *code = sqlite3_bind_int64(stmt, at, number);
        return cell + sizeof(number);
    case 'f':
        memcpy(&real, cell, sizeof(real));
        *code = sqlite3_bind_double(stmt, at, real);
        return cell + sizeof(real);
    case 't':
        memcpy(&len, cell, sizeof(len));
        cell += sizeof(len);
        *code = sqlite3_bind_text64(stmt, at, cell, len, SQLITE_STATIC, SQLITE_UTF8);
        return cell + len;
    case 'b':
        memcpy(&len, cell, sizeof(len));
        cell += sizeof(len);
        *code = sqlite3_bind_blob64(stmt, at, cell, len, SQLITE_STATIC);
        return cell + len;
    default:
        bug("an image of a row has no cell where one is due");
    }
}

/* Binds the image at `at` from parameter `first` on; returns the next one. */
static const char *
bind_image(struct capture *capture, sqlite3_stmt *stmt, int first, size_t n, const char *at, int *code)
{
    struct image image;
    memcpy(&image, at, sizeof(image));
    const char *cell = at + sizeof(image);
    *code = sqlite3_bind_int64(stmt, first, ++capture->seq);
    if (*code == SQLITE_OK) {
        *code = sqlite3_bind_int(stmt, first + 1, image.is_new);
    }
    for (size_t i = 0; i < n && *code == SQLITE_OK; i++) {
        cell = bind_cell(stmt, first + 2 + (int)i, cell, code);
    }
    return at + image.len;
}

static enum status
insert(struct sqlite_conn *self, struct captured *table, size_t n_rows, const char **at, struct err *err)
{
    sqlite3_stmt *stmt = n_rows == 1 ? table->insert : table->insert_many;
    int code = SQLITE_OK;
    for (size_t row = 0; row < n_rows && code == SQLITE_OK; row++) {
        *at = bind_image(self->capture, stmt, (int)(row * (table->n + 2)) + 1, table->n, *at, &code);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_step(stmt);
    }
    enum status status = code == SQLITE_DONE ? STATUS_OK : sqlite_raise(self, code, err);
    (void)sqlite3_reset(stmt);
    return status == STATUS_OK ? status : err_wrap(err, "cannot log a change of table '%s'", table->name);
}

/* As many of one table as a statement takes, else one. */
static size_t
count_alike(const struct captured *table, const char *at, const char *end)
{
    struct image first;
    struct image image;
    size_t n = 0;
    memcpy(&first, at, sizeof(first));
    for (; n < table->n_many && at < end; n++, at += image.len) {
        memcpy(&image, at, sizeof(image));
        if (image.table != first.table) {
            break;
        }
    }
    return n == table->n_many ? n : 1;
}

static enum status
insert_all(struct sqlite_conn *self, struct err *err)
{
    for (;;) {
        struct span run;
        struct image image;
        TRY(backlog_next(&self->capture->backlog, &run, err));
        if (run.len == 0) {
            return STATUS_OK;
        }
        for (const char *at = run.ptr; at < run.ptr + run.len;) {
            memcpy(&image, at, sizeof(image));
            struct captured *table = self->capture->tables.items[image.table];
            TRY(insert(self, table, count_alike(table, at, run.ptr + run.len), &at, err));
        }
    }
}

/* The script must not notice: neither its last rowid nor its counts of changes may be ours. */
enum status
hook_flush(struct sqlite_conn *self, struct err *err)
{
    struct capture *capture = self->capture;
    if (backlog_is_empty(&capture->backlog)) {
        return STATUS_OK;
    }
    sqlite3_int64 last_rowid = sqlite3_last_insert_rowid(self->db);
    sqlite3_int64 total = sqlite3_total_changes64(self->db);
    sqlite3_int64 changes = sqlite3_changes64(self->db);
    hook_set(self, false);
    enum status status = insert_all(self, err);
    hook_set(self, true);
    backlog_clear(&capture->backlog);
    sqlite3_set_last_insert_rowid(self->db, last_rowid);
    if (total != capture->total) { /* else the count is still what was kept */
        capture->changes = changes;
    }
    capture->total = sqlite3_total_changes64(self->db);
    capture->own_total += capture->total - total;
    return status;
}
