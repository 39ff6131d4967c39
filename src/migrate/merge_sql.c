#include "migrate/merge_sql.h"

#include <string.h>

void
sql_add(const struct conn *conn, struct buf *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    for (const char *at = fmt; *at != '\0'; at++) {
        if (*at != '%') {
            buf_char(out, *at);
            continue;
        }
        switch (*++at) {
        case 's':
            buf_str(out, va_arg(args, const char *));
            break;
        case 'd':
            buf_printf(out, "%d", va_arg(args, int));
            break;
        case 'I':
            driver_quote(conn->driver, out, va_arg(args, const char *));
            break;
        case 'T':
            driver_quote_qualified(conn->driver, out, va_arg(args, const char *));
            break;
        default:
            require(*at == '%');
            buf_char(out, '%');
            break;
        }
    }
    va_end(args);
}

enum status
sql_run(struct conn *conn, const struct buf *sql, struct err *err)
{
    TRY(buf_check(sql, "a statement of the merge", err));
    return conn_exec(conn, buf_view(sql), NULL, err);
}

enum status
sql_number(struct conn *conn, const struct buf *sql, int64_t *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    *out = 0;
    TRY(buf_check(sql, "a query of the merge", err));
    TRY(conn_query_text(conn, buf_view(sql), &cursor, err));
    TRY(cursor_fetch(cursor, &row, err));
    if (row.n > 0) {
        *out = value_to_int(&row.values[0], 0);
    }
    while (row.n > 0) {
        TRY(cursor_fetch(cursor, &row, err));
    }
    return STATUS_OK;
}

/* Text with \1 replaced. */
static void
add_set(struct buf *out, const struct buf *set, const char *prefix)
{
    for (const char *at = buf_cstr(set); *at != '\0'; at++) {
        if (*at == '\1') {
            buf_str(out, prefix);
        } else {
            buf_char(out, *at);
        }
    }
}

enum status
sql_update(struct conn *conn, const char *target, const char *source, const struct buf *set,
           const struct buf *on, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    if (set->len == 0) {
        return STATUS_OK;
    }
    if (conn_has(conn, CAP_JOINED_WRITES)) {
        sql_add(conn, &sql, "update %T t join %T m on %s set ", target, source, buf_cstr(on));
        add_set(&sql, set, "t.");
    } else {
        sql_add(conn, &sql, "update %T as t set ", target);
        add_set(&sql, set, "");
        sql_add(conn, &sql, " from %T as m where %s", source, buf_cstr(on));
    }
    return sql_run(conn, &sql, err);
}
