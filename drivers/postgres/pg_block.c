#include "base/clock.h"
#include "postgres/pg.h"

/* Once a lock timeout has struck, nobody is in the way any more: whoever waits is looked at while it waits.
 */

static const char blockers_sql[] =
    "SELECT a.pid || coalesce('.' || to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), ''), "
    "coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(a.state, ''), "
    "coalesce((extract(epoch from pg_catalog.clock_timestamp() - a.xact_start) * 1000)::pg_catalog.int8, 0), "
    "coalesce(pg_catalog.left(a.query, 200), '') "
    "FROM pg_catalog.pg_stat_activity a WHERE a.pid = ANY (pg_catalog.pg_blocking_pids($1)) ORDER BY "
    "a.xact_start, a.pid";

static PGresult *
ask(PGconn *link, const char *sql, const char *param)
{
    const char *const values[] = {param};
    return PQexecParams(link, sql, 1, NULL, values, NULL, NULL, 0);
}

static void
look(struct pg_conn *pg, PGconn *link)
{
    char pid[16];
    snprintf(pid, sizeof(pid), "%d", PQbackendPID(pg->link));
    PG_RESULT_SCOPED *result = ask(link, blockers_sql, pid);
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) == 0) {
        return;
    }
    arena_release(&pg->blockers_arena);
    pg->blockers = (struct blockers){0};
    for (int row = 0; row < PQntuples(result); row++) {
        struct arena *arena = &pg->blockers_arena;
        struct blocker blocker = {
            .session = arena_strdup(arena, PQgetvalue(result, row, 0)),
            .user = arena_strdup(arena, PQgetvalue(result, row, 1)),
            .application = arena_strdup(arena, PQgetvalue(result, row, 2)),
            .state = arena_strdup(arena, PQgetvalue(result, row, 3)),
            .query = arena_strdup(arena, PQgetvalue(result, row, 5)),
        };
        (void)parse_i64(span_of(PQgetvalue(result, row, 4)), &blocker.age_ms);
        vec_push(arena, &pg->blockers, blocker);
    }
}

/* Half way to the timeout, and again in that rhythm as long as the statement takes: locks can be asked for at
 * any point of it. */
static int64_t
rhythm_us(const struct pg_conn *pg)
{
    return (int64_t)pg->base.params.lock_timeout_ms * 500;
}

struct pg_watch
pg_watch_begin(struct pg_conn *pg)
{
    bool can_wait = pg->base.params.lock_timeout_ms > 0 && !pg->base.identity.is_pooled;
    return (struct pg_watch){.next_us = can_wait ? clock_monotonic_us() + rhythm_us(pg) : 0};
}

int
pg_watch_wait_ms(const struct pg_watch *watch, int at_most)
{
    int64_t left = watch->next_us == 0 ? at_most : (watch->next_us - clock_monotonic_us()) / 1000 + 1;
    return left < 0 ? 0 : left < at_most ? (int)left : at_most;
}

void
pg_watch_tick(struct pg_conn *pg, struct pg_watch *watch)
{
    if (watch->next_us == 0 || clock_monotonic_us() < watch->next_us) {
        return;
    }
    if (watch->link == NULL) {
        watch->link = pg_second_link(pg, NULL);
    }
    if (watch->link == NULL) {
        watch->next_us = 0; /* no room for a second session: the wait goes on without a name for it */
        return;
    }
    look(pg, watch->link);
    watch->next_us = clock_monotonic_us() + rhythm_us(pg);
}

void
pg_watch_end(struct pg_watch *watch)
{
    PQfinish(watch->link);
    watch->link = NULL;
}

enum status
pg_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    (void)err;
    *out = (struct blockers){0};
    for (size_t i = 0; i < pg->blockers.n; i++) {
        const struct blocker *seen = &pg->blockers.items[i];
        struct blocker copy = {
            .session = arena_strdup(arena, seen->session),
            .user = arena_strdup(arena, seen->user),
            .application = arena_strdup(arena, seen->application),
            .state = arena_strdup(arena, seen->state),
            .age_ms = seen->age_ms,
            .query = arena_strdup(arena, seen->query),
        };
        vec_push(arena, out, copy);
    }
    return STATUS_OK;
}

/* A session is a process id and when it began, so that a process id that was given out again is another one.
 * Others' sessions may hide their beginning: then the process id has to do. */
static const char alive_sql[] =
    "SELECT 1 FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_catalog.split_part($1, '.', "
    "1)::pg_catalog.int4 AND "
    "coalesce(pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') = "
    "pg_catalog.split_part($1, '.', 2), true)";

enum status
pg_session_alive(struct conn *conn, const char *session, bool *out, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    const char *const values[] = {session};
    const struct pg_request request = {.sql = alive_sql, .n_params = 1, .values = values, .only_reads = true};
    struct span pid = {session, 0};
    uint64_t number;
    *out = false;
    while (session[pid.len] != '\0' && session[pid.len] != '.') {
        pid.len++;
    }
    if (!parse_u64(pid, &number) || number > INT32_MAX) {
        return STATUS_OK; /* no session of this server's has such an id */
    }
    PG_RESULT_SCOPED *result = NULL;
    TRY(pg_send(pg, PG_MODE_OWN, &request, &result, err));
    *out = PQntuples(result) > 0;
    return STATUS_OK;
}
