#include "base/clock.h"
#include "postgres/pg.h"

#include <string.h>

/* Names of ours need no quotes: "rollcall_" and small letters, digits, underscores. */
static enum status
check_name(const char *name, struct err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    if (!str_starts(name, "rollcall_") || strspn(name, allowed) != strlen(name) || strlen(name) > 63) {
        return err_raise(err, STATUS_POLICY,
                         "'%s' is no name for a scratch database: it has to begin with 'rollcall_'", name);
    }
    return STATUS_OK;
}

static enum status
run(struct pg_conn *pg, const char *sql, struct err *err)
{
    PG_RESULT_SCOPED *result = NULL;
    const struct pg_request request = {.sql = sql};
    return pg_send(pg, PG_MODE_OWN, &request, &result, err);
}

/* Logging the copy block by block beats the two checkpoints of a file copy as long as databases are small;
 * since 15 it is the server's default, too. */

enum status
pg_create_database(struct conn *conn, const char *name, struct arena *arena, char **url, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    ARENA_SCOPED scratch = {0};
    PG_RESULT_SCOPED *locale = NULL;
    TRY(check_name(name, err));
    /* template0 is empty for certain and takes the locale of the database that is to be stood in for. */
    TRY(pg_ask(pg,
               "SELECT pg_encoding_to_char(encoding), quote_literal(datcollate), quote_literal(datctype) "
               "FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()",
               &locale, err));
    TRY(run(pg,
            arena_printf(&scratch,
                         "CREATE DATABASE %s TEMPLATE template0 ENCODING '%s' LC_COLLATE %s LC_CTYPE %s",
                         name, PQgetvalue(locale, 0, 0), PQgetvalue(locale, 0, 1), PQgetvalue(locale, 0, 2)),
            err));
    *url = pg_url_with_database(arena, pg->url, name);
    return STATUS_OK;
}

/* A session that was just closed may take a moment to be gone, and the server then waits in steps of 100 ms.
 */
static void
wait_until_empty(struct pg_conn *pg, const char *name)
{
    enum { TRIES = 200 };
    const char *const values[] = {name};
    const struct pg_request request = {
        .sql = "SELECT 1 FROM pg_catalog.pg_stat_activity WHERE datname = $1 AND backend_type = 'client "
               "backend' LIMIT 1",
        .n_params = 1,
        .values = values,
        .only_reads = true,
    };
    for (unsigned i = 0; i < TRIES; i++) {
        struct err ignored;
        PG_RESULT_SCOPED *result = NULL;
        if (pg_send(pg, PG_MODE_OWN, &request, &result, &ignored) != STATUS_OK || PQntuples(result) == 0) {
            return;
        }
        clock_sleep_ms(1);
    }
}

enum status
pg_fork_database(struct conn *conn, const char *from, const char *name, struct arena *arena, char **url,
                 struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    ARENA_SCOPED scratch = {0};
    TRY(check_name(from, err));
    TRY(check_name(name, err));
    wait_until_empty(pg, from);
    TRY(run(pg, arena_printf(&scratch, "CREATE DATABASE %s TEMPLATE %s", name, from), err));
    *url = pg_url_with_database(arena, pg->url, name);
    return STATUS_OK;
}

enum status
pg_drop_database(struct conn *conn, const char *name, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    ARENA_SCOPED scratch = {0};
    bool has_force = conn->identity.version_num >= 130000;
    TRY(check_name(name, err));
    if (!has_force) {
        TRY(run(pg,
                arena_printf(&scratch,
                             "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity "
                             "WHERE datname = '%s'",
                             name),
                err));
    }
    return run(pg,
               arena_printf(&scratch, "DROP DATABASE IF EXISTS %s%s", name, has_force ? " WITH (FORCE)" : ""),
               err);
}

enum status
pg_list_databases(struct conn *conn, const char *prefix, struct arena *arena, const char ***names, size_t *n,
                  struct err *err)
{
    const char *const values[] = {prefix};
    const struct pg_request request = {
        .sql = "SELECT d.datname FROM pg_catalog.pg_database d "
               "WHERE pg_catalog.starts_with(d.datname, $1) AND NOT EXISTS "
               "(SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid) "
               "ORDER BY d.datname COLLATE pg_catalog.\"C\"",
        .n_params = 1,
        .values = values,
        .only_reads = true,
    };
    PG_RESULT_SCOPED *result = NULL;
    TRY(pg_send(pg_of(conn), PG_MODE_OWN, &request, &result, err));
    *n = (size_t)PQntuples(result);
    *names = arena_new_array(arena, const char *, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        (*names)[i] = arena_strdup(arena, PQgetvalue(result, (int)i, 0));
    }
    return STATUS_OK;
}
