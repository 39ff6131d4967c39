#include "driver/conn.h"

#include "base/io.h"
#include "driver/decorate.h"
#include "driver/work.h"

#include <string.h>

/* -- opening and closing ------------------------------------------------------------------------------ */

static enum status
raise_no_driver(const char *url, struct err *err)
{
    ARENA_SCOPED arena = {0};
    BUF_SCOPED known = BUF_INIT(256);
    VEC(const char *) names = {0};
    for (const struct driver *const *driver = driver_registry(); *driver != NULL; driver++) {
        for (const char *const *scheme = (*driver)->schemes; *scheme != NULL; scheme++) {
            vec_push(&arena, &names, *scheme);
            buf_printf(&known, "%s%s:", known.len > 0 ? ", " : "", *scheme);
        }
    }
    size_t len = strcspn(url, ":");
    if (url[len] == '\0') {
        err_raise(err, STATUS_USAGE, "the database '%s' is not a URL", url_redact(&arena, url));
        return err_hint(err, "a database is named by a URL that begins with one of %s", buf_cstr(&known));
    }
    const char *scheme = arena_strndup(&arena, url, len);
    const char *nearest = nearest_name(scheme, names.items, names.n);
    err_raise(err, STATUS_USAGE, "no driver knows the URL scheme '%s'", scheme);
    if (nearest != NULL) {
        return err_hint(err, "did you mean '%s:'?", nearest);
    }
    return err_hint(err, "known are %s", buf_cstr(&known));
}

static enum status
decorate(const struct driver **driver, const struct decoration *decoration, struct arena *arena,
         struct err *err)
{
    struct hook hooks[2];
    size_t n = 0;
    if (!str_is_empty(decoration->fault)) {
        TRY(fault_hook(decoration->fault, arena, &hooks[n], err));
        n++;
    }
    if (!str_is_empty(decoration->trace)) {
        TRY(trace_hook(decoration->trace, arena, &hooks[n], err));
        n++;
    }
    if (n == 2) { /* the trace outermost, so that it sees the faults as well; its file opens last */
        struct hook fault = hooks[0];
        hooks[0] = hooks[1];
        hooks[1] = fault;
    }
    if (n > 0) {
        *driver = driver_decorate(*driver, hooks, n, arena);
    }
    return STATUS_OK;
}

static const char *
copy(struct arena *arena, const char *str)
{
    return arena_strdup(arena, str == NULL ? "" : str);
}

/* The connection lives in its own arena. */
static enum status
open_in(struct arena *arena, const struct driver *driver, const struct conn_params *params, struct conn **out,
        struct err *err)
{
    struct conn *conn = arena_alloc(arena, driver->conn_size);
    conn->driver = driver;
    conn->params = *params;
    conn->params.url = url_redact(arena, params->url);
    conn->params.application = copy(arena, params->application);
    conn->arena = *arena;
    *arena = (struct arena){0};
    map_init(&conn->expanded, &conn->arena);
    *out = conn;
    if (driver->ops->open(conn, params, err) != STATUS_OK) {
        err_wrap(err, "cannot open '%s'", conn->params.url);
        conn_close(conn);
        *out = NULL;
        return err->status;
    }
    return STATUS_OK;
}

enum status
conn_open_decorated(const struct conn_params *params, const struct decoration *decoration, struct conn **out,
                    struct err *err)
{
    *out = NULL;
    struct conn_params resolved = *params;
    TRY(url_resolve(params->url, &resolved.url, err));
    const struct driver *driver = driver_for_url(resolved.url);
    if (driver == NULL) {
        return raise_no_driver(resolved.url, err);
    }
    ARENA_SCOPED arena = {0};
    TRY(decorate(&driver, decoration, &arena, err));
    return open_in(&arena, driver, &resolved, out, err);
}

enum status
conn_open(const struct conn_params *params, struct conn **out, struct err *err)
{
    struct decoration decoration = decoration_from_environment();
    return conn_open_decorated(params, &decoration, out, err);
}

void
conn_close(struct conn *conn)
{
    if (conn == NULL) {
        return;
    }
    conn->driver->ops->close(conn);
    struct arena arena = conn->arena; /* holds `conn` itself */
    arena_release(&arena);
}

void
conn_close_p(struct conn **conn)
{
    conn_close(*conn);
}

/* -- words --------------------------------------------------------------------------------------------- */

bool
conn_has(const struct conn *conn, enum cap cap)
{
    return (conn->driver->caps & (unsigned)cap) != 0;
}

enum status
work_check(const struct conn *conn, struct err *err)
{
    if (conn->is_lost) {
        return err_raise(err, STATUS_CONNECT, "the connection to '%s' was lost", conn->params.url);
    }
    return STATUS_OK;
}

enum status
work_begin(struct conn *conn, struct err *err)
{
    TRY(work_check(conn, err));
    TRY(stop_check(err));
    conn->is_interruptible = true;
    return STATUS_OK;
}

enum status
work_end(struct conn *conn, enum status status)
{
    conn->is_interruptible = false;
    return status;
}

enum status
work_unsupported(const struct conn *conn, const char *what, struct err *err)
{
    return err_raise(err, STATUS_UNSUPPORTED, "%s cannot %s", conn->driver->name, what);
}

/* Our own statement failed: its beginning names it, a position in it helps nobody. */
static enum status
wrap_own(struct span sql, enum status status, struct err *err)
{
    enum { SHOWN = 56 };
    if (status == STATUS_OK) {
        return status;
    }
    sql = span_trim(sql);
    struct span line = {NULL, 0};
    (void)span_next_line(&sql, &line);
    bool is_cut = line.len > SHOWN || sql.len > 0;
    line.len = line.len > SHOWN ? utf8_valid_len((struct span){line.ptr, SHOWN}) : line.len;
    err->position = 0;
    return err_wrap(err, "cannot run '%.*s%s'", (int)line.len, line.ptr, is_cut ? "..." : "");
}

/* -- session, transactions ------------------------------------------------------------------------------ */

enum status
conn_session_alive(struct conn *conn, const char *session, bool *out, struct err *err)
{
    TRY(work_check(conn, err));
    if (conn->driver->ops->session_alive == NULL) {
        return work_unsupported(conn, "look up sessions", err);
    }
    return conn->driver->ops->session_alive(conn, session, out, err);
}

enum status
conn_script_session(struct conn *conn, bool enter, struct err *err)
{
    TRY(work_check(conn, err));
    return conn->driver->ops->script_session == NULL ? STATUS_OK
                                                     : conn->driver->ops->script_session(conn, enter, err);
}

enum status
conn_begin(struct conn *conn, enum txn_mode mode, struct err *err)
{
    TRY(work_check(conn, err));
    return conn->driver->ops->begin(conn, mode, err);
}

enum status
conn_commit(struct conn *conn, struct err *err)
{
    TRY(work_check(conn, err));
    conn->may_defer = false;
    return conn->driver->ops->commit(conn, err);
}

void
conn_defer(struct conn *conn)
{
    conn->may_defer = true;
}

void
conn_rollback(struct conn *conn)
{
    conn->may_defer = false;
    if (!conn->is_lost) {
        conn->driver->ops->rollback(conn);
    }
}

enum txn_state
conn_txn_state(struct conn *conn)
{
    return conn->is_lost ? TXN_LOST : conn->driver->ops->txn_state(conn);
}

/* -- statements ----------------------------------------------------------------------------------------- */

enum status
conn_exec(struct conn *conn, struct span sql, int64_t *affected, struct err *err)
{
    TRY(work_begin(conn, err));
    return work_end(conn, conn->driver->ops->exec(conn, sql, affected, err));
}

enum status
conn_execf(struct conn *conn, struct err *err, const char *fmt, ...)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&sql, fmt, args);
    va_end(args);
    TRY(buf_check(&sql, "the statement", err));
    TRY(work_check(conn, err));
    enum status status = conn->driver->ops->exec(conn, buf_view(&sql), NULL, err);
    return wrap_own(buf_view(&sql), status, err);
}

enum status
conn_copy_in(struct conn *conn, struct span sql, struct span data, int64_t *affected, struct err *err)
{
    if (conn->driver->ops->copy_in == NULL) {
        return work_unsupported(conn, "copy rows in from a script", err);
    }
    TRY(work_begin(conn, err));
    return work_end(conn, conn->driver->ops->copy_in(conn, sql, data, affected, err));
}

static char *
expand(const struct conn *conn, const char *sql, struct arena *arena)
{
    const struct {
        const char *token;
        const char *text;
    } tokens[] = {{"{r}", conn->driver->registry_prefix}, {"{now}", conn->driver->now_us_sql}};
    BUF_SCOPED out = BUF_INIT(BUF_SQL_MAX);
    for (const char *at = sql; *at != '\0';) {
        size_t len = strcspn(at, "{");
        buf_add(&out, at, len);
        at += len;
        size_t taken = 0;
        for (size_t i = 0; i < COUNT_OF(tokens) && taken == 0; i++) {
            if (str_starts(at, tokens[i].token)) {
                buf_str(&out, tokens[i].text);
                taken = strlen(tokens[i].token);
            }
        }
        if (taken == 0 && *at != '\0') {
            buf_char(&out, *at);
            taken = 1;
        }
        at += taken;
    }
    return arena_strndup(arena, buf_cstr(&out), out.len);
}

/* Constant texts are few; should somebody make them up as they go, memory stays flat all the same. */
static const char *
expanded(struct conn *conn, const char *sql, struct arena *scratch)
{
    enum { CACHE_MAX = 256 };
    if (strchr(sql, '{') == NULL) {
        return sql;
    }
    const char *text = map_get(&conn->expanded, span_of(sql));
    if (text != NULL) {
        return text;
    }
    if (conn->expanded.n >= CACHE_MAX) {
        return expand(conn, sql, scratch);
    }
    char *fresh = expand(conn, sql, &conn->arena);
    map_put(&conn->expanded, span_of(sql), fresh);
    return fresh;
}

enum status
conn_query_text(struct conn *conn, struct span sql, struct cursor **out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    *out = NULL;
    TRY(work_check(conn, err));
    if (conn->driver->ops->query_text != NULL) {
        return conn->driver->ops->query_text(conn, sql, out, err);
    }
    return conn->driver->ops->query(conn, arena_strndup(&scratch, sql.ptr, sql.len), NULL, 0, out, NULL, err);
}

enum status
conn_query(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
           struct cursor **out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    *out = NULL;
    TRY(work_check(conn, err));
    const char *text = expanded(conn, sql, &scratch);
    enum status status = conn->driver->ops->query(conn, text, params, n_params, out, NULL, err);
    return wrap_own(span_of(text), status, err);
}

enum status
conn_run(struct conn *conn, const char *sql, const struct value *params, size_t n_params, int64_t *affected,
         struct err *err)
{
    ARENA_SCOPED scratch = {0};
    TRY(work_check(conn, err));
    const char *text = expanded(conn, sql, &scratch);
    enum status status = conn->driver->ops->query(conn, text, params, n_params, NULL, affected, err);
    return wrap_own(span_of(text), status, err);
}

enum status
cursor_fetch(struct cursor *cursor, struct row *row, struct err *err)
{
    *row = (struct row){NULL, 0};
    TRY(work_check(cursor->conn, err));
    return cursor->conn->driver->ops->fetch(cursor, row, err);
}

void
cursor_finish(struct cursor *cursor)
{
    if (cursor != NULL) {
        cursor->conn->driver->ops->finish(cursor);
    }
}

void
cursor_finish_p(struct cursor **cursor)
{
    cursor_finish(*cursor);
    *cursor = NULL;
}

enum status
conn_query_row(struct conn *conn, const char *sql, const struct value *params, size_t n_params,
               struct arena *arena, struct value **values, bool *found, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row = {NULL, 0};
    *values = NULL;
    *found = false;
    TRY(conn_query(conn, sql, params, n_params, &cursor, err));
    TRY(cursor_fetch(cursor, &row, err));
    if (row.n == 0) {
        return STATUS_OK;
    }
    *values = arena_new_array(arena, struct value, row.n);
    for (size_t i = 0; i < row.n; i++) {
        struct span bytes = row.values[i].bytes;
        bool is_null = value_is_null(&row.values[i]);
        (*values)[i].kind = row.values[i].kind;
        (*values)[i].bytes = is_null ? (struct span){NULL, 0}
                                     : (struct span){arena_strndup(arena, bytes.ptr, bytes.len), bytes.len};
    }
    *found = true;
    return STATUS_OK;
}

/* -- scripts, catalogue, scratch databases -------------------------------------------------------------- */

enum status
driver_split(const struct driver *driver, struct conn *conn, struct span text, struct arena *arena,
             struct pieces *out, struct err *err)
{
    return driver->ops->split(conn, text, arena, out, err);
}

enum status
driver_effects(const struct driver *driver, struct conn *conn, const struct pieces *pieces,
               struct arena *arena, struct effects *out, struct err *err)
{
    return driver->ops->effects(conn, pieces, arena, out, err);
}

enum status
conn_catalog(struct conn *conn, struct catalog *out, struct err *err)
{
    TRY(work_begin(conn, err));
    return work_end(conn, conn->driver->ops->catalog(conn, out, err));
}

enum status
conn_catalog_changes(struct conn *conn, const struct catalog *since, const struct effects *effects,
                     struct arena *arena, struct object_changes *out, bool *known, struct err *err)
{
    *out = (struct object_changes){0};
    *known = false;
    TRY(work_check(conn, err));
    if (conn->driver->ops->catalog_changes == NULL) {
        return STATUS_OK;
    }
    return conn->driver->ops->catalog_changes(conn, since, effects, arena, out, known, err);
}

enum status
conn_clear_torn(struct conn *conn, const struct effect *effect, struct arena *arena, const char **what,
                struct err *err)
{
    *what = NULL;
    TRY(work_check(conn, err));
    return conn->driver->ops->clear_torn == NULL
               ? STATUS_OK
               : conn->driver->ops->clear_torn(conn, effect, arena, what, err);
}

enum status
conn_lock_timeout(struct conn *conn, uint32_t ms, struct err *err)
{
    TRY(work_check(conn, err));
    conn->params.lock_timeout_ms = ms;
    return conn->driver->ops->lock_timeout == NULL ? STATUS_OK
                                                   : conn->driver->ops->lock_timeout(conn, ms, err);
}

enum status
conn_schema_version(struct conn *conn, uint64_t *out, struct err *err)
{
    *out = 0;
    TRY(work_check(conn, err));
    return conn->driver->ops->schema_version == NULL ? STATUS_OK
                                                     : conn->driver->ops->schema_version(conn, out, err);
}

enum status
conn_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, struct err *err)
{
    TRY(work_check(conn, err));
    return conn->driver->ops->tables(conn, arena, names, n, err);
}

enum status
conn_describe(struct conn *conn, const char *qualified, struct arena *arena, struct table *out,
              struct err *err)
{
    TRY(work_check(conn, err));
    return conn->driver->ops->describe(conn, qualified, arena, out, err);
}

/* Inside brackets a semicolon would end nothing. */
static const char *
without_end(const char *query, struct arena *arena)
{
    struct span text = span_trim(span_of(query));
    while (text.len > 0 && text.ptr[text.len - 1] == ';') {
        text.len--;
        text = span_trim(text);
    }
    return arena_strndup(arena, text.ptr, text.len);
}

enum status
conn_describe_query(struct conn *conn, const char *query, const char *name, struct arena *arena,
                    struct table *out, struct err *err)
{
    *out = (struct table){.schema = "", .name = name, .qualified = name, .rows_estimate = -1};
    out->bytes_estimate = -1;
    TRY(work_check(conn, err));
    if (conn->driver->ops->describe_query == NULL) {
        return work_unsupported(conn, "describe queries", err);
    }
    out->query = without_end(query, arena);
    if (conn->driver->ops->describe_query(conn, out->query, arena, out, err) != STATUS_OK) {
        enum status status = err_wrap(err, "cannot read '%s'", name);
        return status == STATUS_SQL ? err_restate(err, STATUS_USAGE) : status;
    }
    for (size_t i = 0; i < out->n_columns; i++) {
        if (table_column(out, out->columns[i].name) != &out->columns[i] || out->columns[i].name[0] == '\0') {
            (void)err_raise(err, STATUS_USAGE, "'%s' has two columns, or a nameless one, called '%s'", name,
                            out->columns[i].name);
            return err_hint(err, "give every column of the query a name of its own: AS name");
        }
    }
    return STATUS_OK;
}

enum status
conn_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err)
{
    *out = (struct blockers){0};
    TRY(work_check(conn, err));
    return conn->driver->ops->blockers == NULL ? STATUS_OK
                                               : conn->driver->ops->blockers(conn, arena, out, err);
}

enum status
conn_create_database(struct conn *conn, const char *name, struct arena *arena, char **url, struct err *err)
{
    if (conn->driver->ops->create_database == NULL) {
        return work_unsupported(conn, "create scratch databases", err);
    }
    TRY(work_begin(conn, err));
    return work_end(conn, conn->driver->ops->create_database(conn, name, arena, url, err));
}

enum status
conn_fork_database(struct conn *conn, const char *from, const char *name, struct arena *arena, char **url,
                   struct err *err)
{
    if (conn->driver->ops->fork_database == NULL) {
        return work_unsupported(conn, "copy a database", err);
    }
    TRY(work_begin(conn, err));
    return work_end(conn, conn->driver->ops->fork_database(conn, from, name, arena, url, err));
}

enum status
conn_drop_database(struct conn *conn, const char *name, struct err *err)
{
    TRY(work_check(conn, err));
    if (conn->driver->ops->drop_database == NULL) {
        return work_unsupported(conn, "drop scratch databases", err);
    }
    return conn->driver->ops->drop_database(conn, name, err);
}

enum status
conn_list_databases(struct conn *conn, const char *prefix, struct arena *arena, const char ***names,
                    size_t *n, struct err *err)
{
    *names = NULL;
    *n = 0;
    TRY(work_check(conn, err));
    if (conn->driver->ops->list_databases == NULL) {
        return STATUS_OK;
    }
    return conn->driver->ops->list_databases(conn, prefix, arena, names, n, err);
}
