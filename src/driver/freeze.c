#include "driver/freeze.h"

#include "driver/conn.h"
#include "driver/work.h"

#include <string.h>

enum status
conn_freeze_scope(struct conn *conn, const struct freeze_spec *spec, const char *const *names, size_t n,
                  struct arena *arena, struct freeze_scope *out, struct err *err)
{
    *out = (struct freeze_scope){0};
    if (conn->driver->ops->freeze_scope == NULL) {
        return work_unsupported(conn, "freeze tables", err);
    }
    const char **all = NULL;
    if (n == 0) {
        TRY(conn_tables(conn, arena, &all, &n, err));
        names = all;
    }
    return conn->driver->ops->freeze_scope(conn, spec, names, n, arena, out, err);
}

enum status
conn_freeze_find(struct conn *conn, struct arena *arena, struct freeze_marks *out, struct err *err)
{
    *out = (struct freeze_marks){0};
    TRY(work_check(conn, err));
    return conn->driver->ops->freeze_find == NULL ? STATUS_OK
                                                  : conn->driver->ops->freeze_find(conn, arena, out, err);
}

enum status
conn_freeze_point(struct conn *conn, struct arena *arena, const char **out, struct err *err)
{
    *out = "";
    TRY(work_check(conn, err));
    return conn->driver->ops->freeze_point == NULL ? STATUS_OK
                                                   : conn->driver->ops->freeze_point(conn, arena, out, err);
}

enum status
conn_freeze_counter(struct conn *conn, const char *table, struct arena *arena, const char **out,
                    struct err *err)
{
    *out = NULL;
    TRY(work_check(conn, err));
    return conn->driver->ops->freeze_counter == NULL
               ? STATUS_OK
               : conn->driver->ops->freeze_counter(conn, table, arena, out, err);
}

enum status
conn_freeze_writers(struct conn *conn, const char *const *names, size_t n, int64_t since_us,
                    struct arena *arena, struct blockers *out, struct err *err)
{
    *out = (struct blockers){0};
    TRY(work_check(conn, err));
    return conn->driver->ops->freeze_writers == NULL
               ? STATUS_OK
               : conn->driver->ops->freeze_writers(conn, names, n, since_us, arena, out, err);
}

enum status
conn_freeze_guard(struct conn *conn, const char *const *names, size_t n, struct err *err)
{
    TRY(work_begin(conn, err));
    return work_end(conn, conn->driver->ops->freeze_guard == NULL
                              ? STATUS_OK
                              : conn->driver->ops->freeze_guard(conn, names, n, err));
}

enum status
conn_freeze_pass(struct conn *conn, bool on, struct err *err)
{
    TRY(work_check(conn, err));
    return conn->driver->ops->freeze_pass == NULL ? STATUS_OK : conn->driver->ops->freeze_pass(conn, on, err);
}

/* -- for drivers -------------------------------------------------------------------------------------------
 */

void
freeze_hole_add(struct arena *arena, struct freeze_table *table, const char *name, bool is_guarded,
                const char *text)
{
    vec_push(arena, &table->holes, (struct freeze_hole){name, arena_strdup(arena, text), is_guarded});
}

void
freeze_word_add(struct arena *arena, struct freeze_words *words, const char *text)
{
    vec_push(arena, words, arena_strdup(arena, text));
}

const char *
freeze_message(struct arena *arena, const struct freeze_spec *spec, size_t max)
{
    enum { FRAME = 64 }; /* the words around the reason, at most */
    struct span reason = span_of(spec->reason);
    size_t room = max > FRAME ? max - FRAME : 0;
    reason.len = utf8_offset(reason, room);
    return arena_printf(arena, "frozen by rollcall%s%.*s (freeze %.8s; 'rollcall thaw' ends it)",
                        reason.len == 0 ? "" : ": ", (int)reason.len, reason.ptr, spec->id);
}

const char *
freeze_id_in(struct arena *arena, const char *text)
{
    static const char mark[] = "rollcall freeze ";
    enum { DIGITS = 32 };
    for (const char *at = strstr(text, mark); at != NULL; at = strstr(at, mark)) {
        at += strlen(mark);
        if (strspn(at, "0123456789abcdef") == DIGITS) {
            return arena_strndup(arena, at, DIGITS);
        }
    }
    return "";
}
