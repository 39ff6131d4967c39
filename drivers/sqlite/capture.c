#include "sqlite/capture.h"

#include <stdlib.h>
#include <string.h>

/* -- life -------------------------------------------------------------------------------------------------
 */

/* The script's counts of changes: ours do not show. */
static void
answer_changes(sqlite3_context *context, int n, sqlite3_value **values)
{
    struct sqlite_conn *self = sqlite3_user_data(context);
    (void)n;
    (void)values;
    bool is_kept = sqlite3_total_changes64(self->db) == self->capture->total;
    sqlite3_result_int64(context, is_kept ? self->capture->changes : sqlite3_changes64(self->db));
}

static void
answer_total_changes(sqlite3_context *context, int n, sqlite3_value **values)
{
    struct sqlite_conn *self = sqlite3_user_data(context);
    (void)n;
    (void)values;
    sqlite3_result_int64(context, sqlite3_total_changes64(self->db) - self->capture->own_total);
}

/* As much as it takes to know which tables are written. */
static struct capture *
make(struct sqlite_conn *self)
{
    if (self->capture == NULL) {
        self->capture = arena_new(&self->conn.arena, struct capture);
        self->capture->total = -1;
        self->capture->backlog.fd = -1;
        map_init(&self->capture->written, &self->capture->names_arena);
    }
    return self->capture;
}

/* Temporary files of changes belong where there has to be room for the log. */
static enum status
make_ready(struct sqlite_conn *self, struct err *err)
{
    enum { ROW_MAX = 1 << 30 };
    struct capture *capture = make(self);
    ARENA_SCOPED scratch = {0};
    const char *encoding;
    if (capture->is_ready) {
        return STATUS_OK;
    }
    const char *path = self->location.path;
    const char *slash = self->location.is_memory ? NULL : strrchr(path, '/');
    const char *dir =
        slash == NULL ? "/var/tmp" : arena_strndup(&self->conn.arena, path, (size_t)(slash - path) + 1);
    backlog_init(&capture->backlog, dir, ROW_MAX);
    TRY(sqlite_read(self, "pragma encoding", &scratch, &encoding, err));
    capture->is_utf8 = str_eq(encoding, "UTF-8");
    int code = sqlite3_create_function(self->db, "changes", 0, SQLITE_UTF8, self, answer_changes, NULL, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_create_function(self->db, "total_changes", 0, SQLITE_UTF8, self, answer_total_changes,
                                       NULL, NULL);
    }
    capture->is_ready = code == SQLITE_OK;
    return code == SQLITE_OK ? STATUS_OK : sqlite_raise(self, code, err);
}

static void
discard(struct capture *capture)
{
    capture->pending = NULL;
    capture->failed = (struct err){0};
    if (capture->is_ready) {
        backlog_clear(&capture->backlog);
    }
}

static void
drop_all(struct sqlite_conn *self)
{
    struct capture *capture = self->capture;
    for (size_t i = 0; i < capture->tables.n; i++) {
        shape_release(capture->tables.items[i]);
    }
    hook_set(self, false);
    discard(capture);
    capture->tables.items = NULL;
    capture->tables.n = capture->tables.cap = 0;
    capture->last = NULL;
    capture->last_name = NULL;
    arena_release(&capture->arena);
}

void
capture_release(struct sqlite_conn *self)
{
    if (self->capture != NULL) {
        drop_all(self);
        arena_release(&self->capture->names_arena);
        map_init(&self->capture->written, &self->capture->names_arena);
        if (self->capture->is_ready) {
            backlog_release(&self->capture->backlog);
        }
    }
}

void
capture_transaction(struct sqlite_conn *self)
{
    if (self->capture != NULL) {
        discard(self->capture);
        arena_release(&self->capture->names_arena);
        map_init(&self->capture->written, &self->capture->names_arena);
    }
}

/* -- around each statement --------------------------------------------------------------------------------
 */

static enum status
refresh(struct sqlite_conn *self, struct err *err)
{
    struct capture *capture = self->capture;
    uint64_t version;
    TRY(sqlite_schema_version(&self->conn, &version, err));
    for (size_t i = 0; i < capture->tables.n && version != capture->version; i++) {
        TRY(shape_refresh(self, capture->tables.items[i], err));
    }
    capture->version = version;
    return STATUS_OK;
}

static enum status
settle(struct sqlite_conn *self, struct err *err)
{
    struct capture *capture = self->capture;
    hook_read_pending(self);
    if (capture->failed.status != STATUS_OK) {
        *err = capture->failed;
        discard(capture);
        return err->status;
    }
    return hook_flush(self, err);
}

enum status
capture_before(struct sqlite_conn *self, struct err *err)
{
    struct capture *capture = self->capture;
    if (capture == NULL || capture->is_busy) {
        return STATUS_OK;
    }
    capture->is_seen = false;
    capture->last_name = NULL;
    if (capture->tables.n == 0) {
        return STATUS_OK;
    }
    capture->is_busy = true;
    enum status status = settle(self, err);
    if (status == STATUS_OK) {
        status = refresh(self, err);
    }
    capture->is_busy = false;
    return status;
}

enum status
capture_after(struct sqlite_conn *self, enum status status, struct err *err)
{
    struct capture *capture = self->capture;
    if (!capture_is_on(self) || capture->is_busy) {
        return status;
    }
    capture->is_busy = true;
    if (status == STATUS_OK || capture->failed.status != STATUS_OK) {
        status = settle(self, err);
    } else {
        discard(capture); /* the statement changed nothing */
    }
    capture->is_busy = false;
    return status;
}

/* -- which tables a script writes --------------------------------------------------------------------------
 */

void
capture_watch(struct sqlite_conn *self, bool on)
{
    if (self->in_script && !capture_is_on(self)) {
        (void)make(self);
        hook_set(self, on);
    }
}

static void
note_written(struct sqlite_conn *self, const struct ddl_name *name)
{
    bool is_main = name->schema[0] == '\0' || str_eq_nocase(name->schema, "main");
    if (is_main && is_user_object(name->name, name->name)) {
        (void)map_put(&self->capture->written, span_of(name->name), self);
    }
}

static void *
find_written(const struct capture *capture, const char *name)
{
    for (size_t i = 0; i < capture->written.cap; i++) {
        const struct map_slot *slot = &capture->written.slots[i];
        if (slot->key.ptr != NULL && span_is_nocase(slot->key, name)) {
            return slot->value;
        }
    }
    return NULL;
}

/* "DELETE FROM t" without a hook and a WHERE empties the table at one go, and no row is told of. */
static void
note_emptied(struct sqlite_conn *self, struct lexer *lexer, struct arena *arena)
{
    struct ddl_name name;
    for (struct token token = lexer_next(lexer); token.kind != TOKEN_END; token = lexer_next(lexer)) {
        if (token_is_word(token, "delete") && lexer_accept(lexer, "from")) {
            if (ddl_parse_name(lexer, arena, &name)) {
                note_written(self, &name);
            }
            return;
        }
    }
}

static void
note_renamed(struct sqlite_conn *self, struct lexer *lexer, struct arena *arena)
{
    struct ddl_name from;
    struct ddl_name to;
    bool is_renaming = lexer_accept(lexer, "alter") && lexer_accept(lexer, "table") &&
                       ddl_parse_name(lexer, arena, &from) && lexer_accept(lexer, "rename") &&
                       lexer_accept(lexer, "to") && ddl_parse_name(lexer, arena, &to);
    if (is_renaming && find_written(self->capture, from.name) != NULL) {
        note_written(self, &to);
    }
}

void
capture_ran(struct sqlite_conn *self, struct span sql, bool has_changed)
{
    ARENA_SCOPED scratch = {0};
    struct lexer lexer;
    if (self->capture == NULL || !self->in_script) {
        return;
    }
    lexer_init(&lexer, sql, LEX_SQLITE);
    if (has_changed && !self->capture->is_seen) {
        note_emptied(self, &lexer, &scratch);
    } else if (token_is_word(lexer_peek(&lexer), "alter")) {
        note_renamed(self, &lexer, &scratch);
    }
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The table of that name as it is spelled, or the virtual one whose rows it holds; NULL: it is gone. */
static enum status
find_reported(struct conn *conn, struct span name, struct arena *arena, const char **out, struct err *err)
{
    ROWS_SCOPED *cursor = NULL;
    struct row row;
    size_t len = name.len;
    while (len > 0 && name.ptr[len - 1] != '_') {
        len--;
    }
    struct value params[] = {value_span(name), value_span((struct span){name.ptr, len > 0 ? len - 1 : 0})};
    *out = NULL;
    TRY(sqlite_query(conn,
                     "select name from sqlite_master where type = 'table' and (name = ?1 collate nocase or"
                     " (name = ?2 collate nocase and rootpage = 0)) order by rootpage limit 1",
                     params, 2, &cursor, NULL, err));
    TRY(sqlite_fetch(cursor, &row, err));
    *out = row.n == 0 ? NULL : value_to_str(&row.values[0], arena);
    return STATUS_OK;
}

enum status
sqlite_written_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, bool *known,
                      struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    struct capture *capture = self->capture;
    VEC(const char *) list = {0};
    *known = hook_is_there();
    for (size_t i = 0; capture != NULL && i < capture->written.cap; i++) {
        const struct map_slot *slot = &capture->written.slots[i];
        const char *name = NULL;
        if (slot->key.ptr != NULL) {
            TRY(find_reported(conn, slot->key, arena, &name, err));
        }
        bool is_new = name != NULL;
        for (size_t j = 0; j < list.n && is_new; j++) {
            is_new = !str_eq(list.items[j], name);
        }
        if (is_new) {
            vec_push(arena, &list, name);
        }
    }
    if (list.n > 0) {
        qsort(list.items, list.n, sizeof(*list.items), compare_names);
    }
    *names = list.items;
    *n = list.n;
    return STATUS_OK;
}

/* -- the logs ---------------------------------------------------------------------------------------------
 */

static enum status
create_log(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "create table if not exists main.");
    driver_quote(conn->driver, &sql, log);
    buf_str(&sql, " (rc_seq integer primary key, rc_new integer not null");
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!table->columns[i].is_generated) {
            buf_str(&sql, ", ");
            driver_quote(conn->driver, &sql, table->columns[i].name);
        }
    }
    buf_str(&sql, ")");
    return sqlite_run(sqlite_of(conn), buf_cstr(&sql), err);
}

/* A log that was there may have been made of another shape of the table. */
static enum status
read_log(struct sqlite_conn *self, struct captured *captured, struct err *err)
{
    enum { OWN_COLUMNS = 2 };
    struct arena *arena = &self->capture->arena;
    struct value name = value_text(captured->log);
    ROWS_SCOPED *cursor = NULL;
    VEC(struct source) sources = {0};
    struct row row;
    TRY(sqlite_query(&self->conn, "select name, cid from pragma_table_info(?, 'main') order by cid", &name, 1,
                     &cursor, NULL, err));
    for (;;) {
        TRY(sqlite_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        const char *column = value_to_str(&row.values[0], arena);
        if (value_to_int(&row.values[1], 0) >= OWN_COLUMNS) {
            vec_push(arena, &sources, (struct source){.column = column, .now = column, .at = -1});
        }
    }
    captured->sources = sources.items;
    captured->n = sources.n;
    return STATUS_OK;
}

static enum status
read_last_seq(struct sqlite_conn *self, const struct captured *captured, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const char *last;
    int64_t seq = 0;
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "select max(rc_seq) from main.");
    driver_quote(self->conn.driver, &sql, captured->log);
    TRY(sqlite_read(self, buf_cstr(&sql), &scratch, &last, err));
    if (last != NULL && parse_i64(span_of(last), &seq) && seq > self->capture->seq) {
        self->capture->seq = seq;
    }
    return STATUS_OK;
}

static enum status
prepare_insert(struct sqlite_conn *self, const struct captured *captured, size_t n_rows, sqlite3_stmt **out,
               struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "insert into main.");
    driver_quote(self->conn.driver, &sql, captured->log);
    for (size_t row = 0; row < n_rows; row++) {
        buf_str(&sql, row == 0 ? " values (?, ?" : ", (?, ?");
        for (size_t i = 0; i < captured->n; i++) {
            buf_str(&sql, ", ?");
        }
        buf_str(&sql, ")");
    }
    int code = sqlite3_prepare_v3(self->db, buf_cstr(&sql), -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return code == SQLITE_OK ? STATUS_OK : sqlite_raise(self, code, err);
}

/* A statement's own cost is that of several rows. */
static enum status
prepare_inserts(struct sqlite_conn *self, struct captured *captured, struct err *err)
{
    enum { ROWS_AT_ONCE = 32, PARAMETERS_MAX = 900 };
    size_t fit = PARAMETERS_MAX / (captured->n + 2);
    captured->n_many = fit < 2 ? 1 : fit > ROWS_AT_ONCE ? ROWS_AT_ONCE : fit;
    TRY(read_last_seq(self, captured, err));
    TRY(prepare_insert(self, captured, 1, &captured->insert, err));
    return prepare_insert(self, captured, captured->n_many, &captured->insert_many, err);
}

static enum status
check_table(struct sqlite_conn *self, const struct table *table, struct err *err)
{
    struct value name = value_text(table->name);
    ROWS_SCOPED *cursor = NULL;
    struct row row;
    TRY(sqlite_query(&self->conn,
                     "select rootpage from sqlite_master where type = 'table' and name = ? collate nocase",
                     &name, 1, &cursor, NULL, err));
    TRY(sqlite_fetch(cursor, &row, err));
    if (row.n == 0 || !is_user_object(table->name, table->name)) {
        return err_raise(err, STATUS_USAGE, "there is no table '%s'", table->name);
    }
    return value_to_int(&row.values[0], 0) != 0
               ? STATUS_OK
               : err_raise(err, STATUS_UNSUPPORTED, "the rows of a virtual table cannot be watched");
}

static enum status
add_table(struct sqlite_conn *self, const struct table *table, const char *log, struct err *err)
{
    struct capture *capture = self->capture;
    struct captured *captured = arena_new(&capture->arena, struct captured);
    captured->log = arena_strdup(&capture->arena, log);
    captured->name = arena_strdup(&capture->arena, table->name);
    TRY(check_table(self, table, err));
    TRY(create_log(&self->conn, table, log, err));
    enum status status = read_log(self, captured, err);
    if (status == STATUS_OK) {
        status = prepare_inserts(self, captured, err);
    }
    if (status == STATUS_OK) {
        status = shape_refresh(self, captured, err);
    }
    if (status != STATUS_OK) {
        shape_release(captured);
        return status;
    }
    vec_push(&capture->arena, &capture->tables, captured);
    return STATUS_OK;
}

static struct captured **
find_log(struct capture *capture, const char *log)
{
    for (size_t i = 0; i < capture->tables.n; i++) {
        if (str_eq(capture->tables.items[i]->log, log)) {
            return &capture->tables.items[i];
        }
    }
    return NULL;
}

enum status
sqlite_capture_begin(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    if (!hook_is_there()) {
        (void)err_raise(err, STATUS_UNSUPPORTED, "this build of SQLite does not tell of changes of rows");
        return err_hint(err, "use a library that was built with SQLITE_ENABLE_PREUPDATE_HOOK");
    }
    TRY(make_ready(self, err));
    if (find_log(self->capture, log) != NULL) {
        return STATUS_OK;
    }
    self->capture->is_busy = true;
    enum status status = capture_is_on(self) ? settle(self, err) : STATUS_OK;
    if (status == STATUS_OK) {
        status = add_table(self, table, log, err);
    }
    self->capture->is_busy = false;
    if (status == STATUS_OK) {
        watch_expire(self); /* a statement that empties a table was compiled without regard to us */
        hook_set(self, true);
    } else if (!capture_is_on(self)) {
        drop_all(self);
    }
    return status;
}

enum status
sqlite_capture_end(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    struct capture *capture = self->capture;
    (void)table;
    struct captured **at = capture == NULL ? NULL : find_log(capture, log);
    if (at == NULL) {
        return STATUS_OK;
    }
    capture->is_busy = true;
    enum status status = settle(self, err);
    capture->is_busy = false;
    shape_release(*at);
    *at = capture->tables.items[--capture->tables.n];
    capture->last = NULL;
    capture->last_name = NULL;
    if (capture->tables.n == 0) {
        drop_all(self);
    }
    return status;
}

enum status
sqlite_capture_clear(struct conn *conn, struct err *err)
{
    (void)err;
    if (sqlite_of(conn)->capture != NULL) {
        drop_all(sqlite_of(conn));
    }
    return STATUS_OK;
}
