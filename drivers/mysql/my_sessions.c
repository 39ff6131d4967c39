#include "mysql/my_conn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

extern const char mysql_blockers_sql[];
extern const char mysql_blockers_visible_sql[];

/* Runs beside `conn`, maybe in another thread: touches nothing of it that changes after open. */
enum status
my_cancel(struct conn *conn, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    char sql[64];
    MYSQL *beside = NULL;
    if (my->mysql == NULL) {
        return STATUS_OK;
    }
    TRY(client_connect(&my->target, &conn->params, &beside, err));
    int len = snprintf(sql, sizeof(sql), "kill query %lu", mysql_thread_id(my->mysql));
    enum status status = STATUS_OK;
    if (mysql_real_query(beside, sql, (unsigned long)len) != 0) {
        status = err_raise(err, STATUS_SQL, "%s", mysql_error(beside));
    }
    mysql_close(beside);
    return status;
}

const char *
processlist(const struct my_conn *my)
{
    bool is_moved = !my->is_mariadb && my->base.identity.version_num >= 80022;
    return is_moved ? "performance_schema.processlist" : "information_schema.processlist";
}

/* Ids start anew with the server, so the id of a session says when its server started. Without the PROCESS
 * privilege sessions of other users cannot be seen: then this one counts as gone, and its lease's age
 * decides. */
enum status
my_session_alive(struct conn *conn, const char *session, bool *out, struct err *err)
{
    enum { CLOCK_SLACK_S = 5 };
    struct my_conn *my = my_conn_of(conn);
    char sql[160];
    struct span rest = span_of(session);
    struct span id = {session, strcspn(session, "@")};
    uint64_t number;
    int64_t started = 0;
    RESULT_SCOPED *result = NULL;
    *out = false;
    if (id.len == rest.len || !parse_u64(id, &number) ||
        !parse_i64((struct span){session + id.len + 1, rest.len - id.len - 1}, &started)) {
        return err_raise(err, STATUS_USAGE, "'%s' is no session of this server", session);
    }
    bool is_this_start = started == 0 || my->started == 0 ||
                         (started - my->started <= CLOCK_SLACK_S && my->started - started <= CLOCK_SLACK_S);
    snprintf(sql, sizeof(sql), "select 1 from %s where id = %" PRIu64 " and command <> 'Killed'",
             processlist(my), number);
    TRY(text_query(my, sql, &result, err));
    *out = is_this_start && mysql_num_rows(result) > 0;
    return STATUS_OK;
}

/* -- blockers ------------------------------------------------------------------------------------------ */

enum { BLOCKER_ID, BLOCKER_USER, BLOCKER_QUERY, BLOCKER_STATE, BLOCKER_AGE, BLOCKER_HOST };

static void
add_blocker(const struct my_conn *my, struct blockers *out, struct arena *arena, MYSQL_ROW row,
            const unsigned long *lengths)
{
    enum { SHOWN = 200 };
    struct span query = {row[BLOCKER_QUERY], lengths[BLOCKER_QUERY]};
    struct blocker blocker = {.session = arena_printf(arena, "%s@%" PRId64, row[BLOCKER_ID], my->started),
                              .user = arena_strdup(arena, row[BLOCKER_USER]),
                              .application = arena_printf(arena, "from %s", row[BLOCKER_HOST]),
                              .state = arena_strdup(arena, row[BLOCKER_STATE]),
                              .query = arena_strndup(arena, query.ptr, utf8_offset(query, SHOWN))};
    (void)parse_i64(span_of(row[BLOCKER_AGE]), &blocker.age_ms);
    vec_push(arena, out, blocker);
}

/* False when the user may not ask that. */
static bool
read_blockers(const struct my_conn *my, MYSQL *beside, const char *sql, struct arena *arena,
              struct blockers *out)
{
    MYSQL_ROW row;
    RESULT_SCOPED *result =
        mysql_real_query(beside, sql, (unsigned long)strlen(sql)) == 0 ? mysql_store_result(beside) : NULL;
    while (result != NULL && (row = mysql_fetch_row(result)) != NULL) {
        uint64_t id = 0;
        bool is_ours = parse_u64(span_of(row[BLOCKER_ID]), &id) && id == mysql_thread_id(my->mysql);
        if (!is_ours) {
            add_blocker(my, out, arena, row, mysql_fetch_lengths(result));
        }
    }
    return result != NULL;
}

/* After a timeout nobody waits any more, so who it was waited for can only be told from who is still there:
 * open transactions first, those of this database and the oldest foremost; then who runs something in it or,
 * where the server tells, holds its tables. Without the PROCESS privilege only the user's own sessions are
 * seen. */
enum status
my_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    const char *const queries[] = {mysql_blockers_sql, mysql_blockers_visible_sql};
    MYSQL *beside = NULL;
    bool is_read = false;
    *out = (struct blockers){0};
    TRY(client_connect(&my->target, &conn->params, &beside, err));
    for (size_t i = 0; i < COUNT_OF(queries) && !is_read; i++) {
        is_read = read_blockers(my, beside, queries[i], arena, out);
    }
    enum status status = is_read ? STATUS_OK : err_raise(err, STATUS_SQL, "%s", mysql_error(beside));
    mysql_close(beside);
    return status;
}
