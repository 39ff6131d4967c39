/* The decorator that writes down every call: what, how long, with which result; never a value. */
#include "base/clock.h"
#include "driver/decorate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A cursor between query and finish. */
struct open_cursor {
    const struct cursor *cursor; /* NULL: a free place */
    uint64_t rows;
    int64_t us;
    bool has_failed;
};

struct trace {
    int fd;
    bool owns_fd;
    struct arena arena;
    struct open_cursor *items;
    size_t n;
    size_t cap;
};

static bool
is_word_part(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           ((unsigned char)c & 0x80) != 0;
}

/* The end of a quoted text that begins at `at`; the end of all when it is not closed. */
static size_t
quoted_end(struct span sql, size_t at, bool has_backslash)
{
    char quote = sql.ptr[at];
    for (at++; at < sql.len; at++) {
        if (sql.ptr[at] == '\\' && has_backslash) {
            at++;
        } else if (sql.ptr[at] == quote) {
            if (at + 1 == sql.len || sql.ptr[at + 1] != quote) {
                return at + 1;
            }
            at++;
        }
    }
    return sql.len;
}

/* $tag$ ... $tag$; `at` itself when that is no dollar quote. */
static size_t
dollar_end(struct span sql, size_t at)
{
    size_t tag = at + 1;
    while (tag < sql.len && is_word_part(sql.ptr[tag])) {
        tag++;
    }
    if (tag >= sql.len || sql.ptr[tag] != '$' || (sql.ptr[at + 1] >= '0' && sql.ptr[at + 1] <= '9')) {
        return at;
    }
    size_t len = tag + 1 - at;
    for (size_t i = tag + 1; i + len <= sql.len; i++) {
        if (memcmp(sql.ptr + i, sql.ptr + at, len) == 0) {
            return i + len;
        }
    }
    return sql.len;
}

static size_t
comment_end(struct span sql, size_t at)
{
    struct span rest = {sql.ptr + at, sql.len - at};
    if (span_starts(rest, "--") || span_starts(rest, "#")) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        return end == NULL ? sql.len : (size_t)(end - sql.ptr);
    }
    if (span_starts(rest, "/*")) {
        for (size_t i = at + 2; i + 1 < sql.len; i++) {
            if (sql.ptr[i] == '*' && sql.ptr[i + 1] == '/') {
                return i + 2;
            }
        }
        return sql.len;
    }
    return at;
}

/* Replaces literals by "?" and drops comments. It knows no dialect beyond the quote, and where dialects
 * differ it takes more for a value rather than less. */
void
trace_sql(struct buf *out, struct span sql, const struct driver *driver)
{
    bool is_backtick = driver->quote == '`';
    for (size_t at = 0; at < sql.len;) {
        char c = sql.ptr[at];
        size_t end = at;
        bool after_word = at > 0 && is_word_part(sql.ptr[at - 1]);
        if (c == '\'' || (c == '"' && is_backtick)) {
            bool is_escape =
                at > 0 && (sql.ptr[at - 1] | 0x20) == 'e' && (at == 1 || !is_word_part(sql.ptr[at - 2]));
            end = quoted_end(sql, at, is_backtick || is_escape);
            buf_char(out, '?');
        } else if (c == '"' || c == '`') {
            end = quoted_end(sql, at, false);
            buf_add(out, sql.ptr + at, end - at);
        } else if (c == '$' && !after_word && dollar_end(sql, at) > at) {
            end = dollar_end(sql, at);
            buf_char(out, '?');
        } else if (c >= '0' && c <= '9' && !after_word && (at == 0 || sql.ptr[at - 1] != '$')) {
            for (end = at; end < sql.len && (is_word_part(sql.ptr[end]) || sql.ptr[end] == '.');) {
                end++;
            }
            buf_char(out, '?');
        } else if (c == '-' || c == '/' || (c == '#' && is_backtick)) {
            end = comment_end(sql, at);
        }
        if (end == at) {
            buf_char(out, c == '\n' || c == '\t' || c == '\r' ? ' ' : c);
            end = at + 1;
        }
        at = end;
    }
}

static void
write_line(const struct trace *trace, const struct buf *line)
{
    struct span rest = buf_view(line);
    while (rest.len > 0) {
        ssize_t n = write(trace->fd, rest.ptr, rest.len);
        if (n < 0 && errno != EINTR) {
            return; /* a trace that cannot be written must not stop the work */
        }
        size_t done = n > 0 ? (size_t)n : 0;
        rest.ptr += done;
        rest.len -= done;
    }
}

static void
add_sql(struct buf *line, const struct op_call *call)
{
    enum { SQL_MAX = 4096 };
    BUF_SCOPED plain = BUF_INIT(16 * SQL_MAX);
    struct span sql = call->sql;
    sql.len = sql.len > SQL_MAX ? SQL_MAX : sql.len;
    trace_sql(&plain, sql, call->conn->driver);
    buf_str(line, ",\"sql\":");
    buf_json(line, span_trim(buf_view(&plain)));
}

static void
write_call(const struct trace *trace, const struct op_call *call, int64_t us, const uint64_t *rows,
           enum status status, const struct err *err)
{
    char at[RFC3339_LEN + 1];
    BUF_SCOPED line = BUF_INIT(BUF_TEXT_MAX);
    clock_rfc3339(clock_now_us(), at);
    buf_printf(&line, "{\"at\":\"%s\",\"op\":\"%s\"", at, conn_op_name(call->op));
    if (call->sql.len > 0) {
        add_sql(&line, call);
    }
    buf_printf(&line, ",\"ms\":%.3f", (double)us / 1000);
    if (call->affected >= 0) {
        buf_printf(&line, ",\"affected\":%lld", (long long)call->affected);
    }
    if (rows != NULL) {
        buf_printf(&line, ",\"rows\":%llu", (unsigned long long)*rows);
    }
    buf_printf(&line, ",\"status\":\"%s\"", status_name(status));
    if (status != STATUS_OK && err->sqlstate[0] != '\0') {
        buf_str(&line, ",\"sqlstate\":");
        buf_json(&line, span_of(err->sqlstate));
    }
    buf_str(&line, "}\n");
    write_line(trace, &line);
}

static struct open_cursor *
find_cursor(struct trace *trace, const struct cursor *cursor)
{
    for (size_t i = 0; i < trace->n; i++) {
        if (trace->items[i].cursor == cursor) {
            return &trace->items[i];
        }
    }
    return NULL;
}

static void
remember_cursor(struct trace *trace, const struct cursor *cursor)
{
    struct open_cursor *place = find_cursor(trace, NULL);
    if (place == NULL) {
        vec_push(&trace->arena, trace, (struct open_cursor){0});
        place = &trace->items[trace->n - 1];
    }
    *place = (struct open_cursor){.cursor = cursor};
}

/* Rows are counted and become one line when the cursor ends; a failure is a line at once. */
static void
note_fetch(struct trace *trace, const struct op_call *call, int64_t us, enum status status,
           const struct err *err)
{
    struct open_cursor *open = find_cursor(trace, call->cursor);
    if (open == NULL) {
        return;
    }
    open->rows += call->has_row;
    open->us += us;
    if (status != STATUS_OK && !open->has_failed) {
        open->has_failed = true;
        write_call(trace, call, open->us, &open->rows, status, err);
    }
}

static void
note_finish(struct trace *trace, struct op_call *call)
{
    struct open_cursor *open = find_cursor(trace, call->cursor);
    if (open == NULL) {
        return;
    }
    if (!open->has_failed) {
        struct op_call fetched = *call;
        fetched.op = OP_FETCH;
        write_call(trace, &fetched, open->us, &open->rows, STATUS_OK, NULL);
    }
    open->cursor = NULL;
}

static enum status
after(void *state, struct op_call *call, enum status status, struct err *err)
{
    struct trace *trace = state;
    int64_t us = clock_monotonic_us() - call->started_us;
    if (call->op == OP_FETCH) {
        note_fetch(trace, call, us, status, err);
    } else if (call->op == OP_FINISH) {
        note_finish(trace, call);
    } else if (status != STATUS_OK || (call->op != OP_DUMP_NEXT && call->op != OP_LOAD_ADD)) {
        write_call(trace, call, us, NULL, status, err); /* rows that went well are not worth a line each */
        if (call->op == OP_QUERY && status == STATUS_OK && call->cursor != NULL) {
            remember_cursor(trace, call->cursor);
        }
    }
    return status;
}

static void
release(void *state)
{
    struct trace *trace = state;
    if (trace->owns_fd) {
        close(trace->fd);
    }
    arena_release(&trace->arena);
}

static const struct hook_kind kind = {NULL, after, release};

enum status
trace_hook(const char *target, struct arena *arena, struct hook *out, struct err *err)
{
    struct trace *trace = arena_new(arena, struct trace);
    trace->owns_fd = !str_eq(target, "stderr");
    trace->fd = STDERR_FILENO;
    if (trace->owns_fd) {
        trace->fd = open(target, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    }
    if (trace->fd < 0) {
        return err_raise(err, STATUS_IO, "cannot write the trace '%s': %s", target, strerror(errno));
    }
    *out = (struct hook){&kind, trace};
    return STATUS_OK;
}
