#include "driver/sqltok.h"
#include "postgres/pg_capture.h"
#include "postgres/pg_stream.h"

#include <stdlib.h>
#include <string.h>

enum { OLDEST_SERVER = 120000 };

struct pg_conn *
pg_of(struct conn *conn)
{
    return (struct pg_conn *)conn; /* its first member */
}

static void
ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static enum status
raise_refused(const struct pg_conn *pg, struct err *err)
{
    err_raise(err, STATUS_CONNECT, "%s", PQerrorMessage(pg->link));
    if (strstr(err->msg, "SSL") != NULL || strstr(err->msg, "certificate") != NULL) {
        return err_hint(
            err, "connections to other machines are encrypted and verified; sslrootcert=FILE names the "
                 "authority to trust, sslmode=... asks for less, on record");
    }
    if (PQconnectionNeedsPassword(pg->link)) {
        return err_hint(err, "give the password in PGPASSWORD or in ~/.pgpass");
    }
    return err->status;
}

enum status
pg_open(struct conn *conn, const struct conn_params *params, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    map_init(&pg->statements, &conn->arena);
    TRY(pg_url_read(pg, params, err));
    pg->link = PQconnectdbParams(pg->keywords, pg->values, 0);
    if (PQstatus(pg->link) != CONNECTION_OK) {
        return raise_refused(pg, err);
    }
    (void)PQsetNoticeProcessor(pg->link, ignore_notice, NULL);
    if (PQserverVersion(pg->link) < OLDEST_SERVER) {
        return err_raise(err, STATUS_UNSUPPORTED,
                         "PostgreSQL %d is too old: 12 is the oldest that is supported",
                         PQserverVersion(pg->link) / 10000);
    }
    return pg_settings_pin(pg, err);
}

void
pg_close(struct conn *conn)
{
    struct pg_conn *pg = pg_of(conn);
    arena_release(&pg->blockers_arena);
    pg_forget_deferred(pg);
    PQfinish(pg->link);
    pg->link = NULL;
}

static void
free_cancel(PGcancel **cancel)
{
    PQfreeCancel(*cancel);
}

enum status
pg_cancel(struct conn *conn, struct err *err)
{
    char words[256] = "";
    CLEANUP(free_cancel) PGcancel *cancel = PQgetCancel(pg_of(conn)->link);
    if (cancel == NULL || PQcancel(cancel, words, sizeof(words)) == 0) {
        return err_raise(err, STATUS_CONNECT, "cannot ask the server to stop%s%s", *words == '\0' ? "" : ": ",
                         words);
    }
    return STATUS_OK;
}

PGconn *
pg_second_link(const struct pg_conn *pg, const char *dbname)
{
    /* With expand_dbname off, a later keyword overrides an earlier one. */
    enum { MOST = 64 };
    const char *keywords[MOST];
    const char *values[MOST];
    size_t n = 0;
    for (; pg->keywords[n] != NULL && n + 2 < MOST; n++) {
        keywords[n] = pg->keywords[n];
        values[n] = pg->values[n];
    }
    if (dbname != NULL) {
        keywords[n] = "dbname";
        values[n++] = dbname;
    }
    keywords[n] = values[n] = NULL;
    PGconn *link = PQconnectdbParams(keywords, values, 0);
    if (PQstatus(link) != CONNECTION_OK) {
        PQfinish(link);
        return NULL;
    }
    (void)PQsetNoticeProcessor(link, ignore_notice, NULL);
    return link;
}

/* -- the driver -------------------------------------------------------------------------------------------
 */

extern const char postgres_registry_sql[];

static const char *const dialects[] = {"postgresql", "pg", NULL};
static const char *const schemes[] = {"postgres", "postgresql", NULL};

static const struct conn_ops operations = {
    .open = pg_open,
    .close = pg_close,
    .cancel = pg_cancel,
    .session_alive = pg_session_alive,
    .script_session = pg_script_session,
    .lock_timeout = pg_lock_timeout,
    .query_text = pg_query_text,
    .clear_torn = pg_clear_torn,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .txn_state = pg_txn_state,
    .exec = pg_exec,
    .query = pg_query,
    .fetch = pg_fetch,
    .finish = pg_finish,
    .copy_in = pg_copy_in,
    .split = pg_split,
    .effects = pg_effects,
    .catalog = pg_catalog,
    .catalog_changes = pg_catalog_changes,
    .schema_version = pg_schema_version,
    .tables = pg_tables,
    .describe = pg_describe,
    .describe_query = pg_describe_query,
    .blockers = pg_blockers,
    .dump_open = pg_dump_open,
    .dump_next = pg_dump_next,
    .dump_close = pg_dump_close,
    .share_rows = pg_share_rows,
    .join_rows = pg_join_rows,
    .load_open = pg_load_open,
    .load_add = pg_load_add,
    .load_close = pg_load_close,
    .refill_begin = pg_refill_begin,
    .refill_clear = pg_refill_clear,
    .refill_end = pg_refill_end,
    .counters = pg_counters,
    .raise_counter = pg_raise_counter,
    .capture_begin = pg_capture_begin,
    .capture_end = pg_capture_end,
    .capture_clear = pg_capture_clear,
    .written_tables = pg_written_tables,
    .freeze_scope = pg_freeze_scope,
    .freeze_find = pg_freeze_find,
    .freeze_point = pg_freeze_point,
    .freeze_counter = pg_freeze_counter,
    .freeze_writers = pg_freeze_writers,
    .freeze_guard = pg_freeze_guard,
    .freeze_pass = pg_freeze_pass,
    .create_database = pg_create_database,
    .fork_database = pg_fork_database,
    .drop_database = pg_drop_database,
    .list_databases = pg_list_databases,
};

const struct driver postgres_driver = {
    .name = "postgres",
    .dialects = dialects,
    .schemes = schemes,
    .caps = CAP_TRANSACTIONAL_DDL | CAP_SCHEMAS | CAP_FORK | CAP_SESSIONS | CAP_SERVER |
            CAP_CONCURRENT_INDEX | CAP_CAPTURES_CASCADES,
    .conn_size = sizeof(struct pg_conn),
    .registry_prefix = "rollcall.",
    .registry_schema = postgres_registry_sql,
    .registry_probe = "SELECT 1 WHERE pg_catalog.to_regclass('rollcall.meta') IS NOT NULL",
    .now_us_sql = "(extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8",
    .try_lock_sql = "select pg_catalog.pg_try_advisory_lock(?)",
    .unlock_sql = "select pg_catalog.pg_advisory_unlock(?)",
    .insert_override = " overriding system value",
    .lock_rows = {"lock table ", " in share row exclusive mode"},
    .lock_of = pg_lock_of,
    .quote = '"',
    .has_untyped_strings = true,
    .only = "ONLY ",
    .cells = {pg_side_type, pg_same, pg_from_side, pg_to_side},
    .lex = LEX_POSTGRES,
    .name_max = 63,
    .ops = &operations,
};
