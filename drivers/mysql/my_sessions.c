#include "mysql/my_conn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* Open transactions of others, those of this database and the oldest first: after a timeout nobody waits any
 * more, so who it was waited for can only be told from who is still there. */
static const char blockers_sql[] =
    "select p.id, p.user, coalesce(p.info, t.trx_query), "
    "if(p.command = 'Sleep', 'idle in transaction', 'active'), "
    "timestampdiff(microsecond, t.trx_started, now(6)) div 1000, p.host "
    "from information_schema.innodb_trx t join %s p on p.id = t.trx_mysql_thread_id "
    "where p.id <> %lu order by (p.db <=> database()) desc, t.trx_started limit 20";

static void
add_blocker(const struct my_conn *my, struct blockers *out, struct arena *arena, MYSQL_ROW row,
            const unsigned long *lengths)
{
    enum { SHOWN = 200 };
    struct blocker blocker = {.session = arena_printf(arena, "%s@%" PRId64, row[0], my->started),
                              .user = arena_strdup(arena, row[1] == NULL ? "" : row[1]),
                              .application = arena_printf(arena, "from %s", row[5] == NULL ? "?" : row[5]),
                              .state = arena_strdup(arena, row[3])};
    struct span query = {row[2] == NULL ? "" : row[2], row[2] == NULL ? 0 : lengths[2]};
    blocker.query = arena_strndup(arena, query.ptr, utf8_offset(query, SHOWN));
    (void)parse_i64(span_of(row[4]), &blocker.age_ms);
    vec_push(arena, out, blocker);
}

static enum status
read_blockers(struct my_conn *my, MYSQL *beside, struct arena *arena, struct blockers *out, struct err *err)
{
    char sql[sizeof(blockers_sql) + 64];
    MYSQL_ROW row;
    snprintf(sql, sizeof(sql), blockers_sql, processlist(my), mysql_thread_id(my->mysql));
    RESULT_SCOPED *result =
        mysql_real_query(beside, sql, (unsigned long)strlen(sql)) == 0 ? mysql_store_result(beside) : NULL;
    if (result == NULL) {
        return err_raise(err, STATUS_SQL, "%s", mysql_error(beside));
    }
    while ((row = mysql_fetch_row(result)) != NULL) {
        add_blocker(my, out, arena, row, mysql_fetch_lengths(result));
    }
    return STATUS_OK;
}

enum status
my_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    MYSQL *beside = NULL;
    *out = (struct blockers){0};
    TRY(client_connect(&my->target, &conn->params, &beside, err));
    enum status status = read_blockers(my, beside, arena, out, err);
    mysql_close(beside);
    return status;
}
