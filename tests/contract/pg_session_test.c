/* What only PostgreSQL's sessions do: settings, roles, read-only transactions, lost connections. */
#include "contract/rig.h"

#include <stdlib.h>
#include <string.h>

#define PG_CASE(group, name)                                                                                 \
    static void case_##group##_##name(struct rig *rig);                                                      \
    CASE_ON(postgres, plain, group, name)                                                                    \
    static void case_##group##_##name(struct rig *rig)

static void
enter(struct rig *rig)
{
    struct err err = {0};
    CHECK_OK(conn_script_session(rig->conn, true, &err));
}

static void
leave(struct rig *rig)
{
    struct err err = {0};
    CHECK_OK(conn_script_session(rig->conn, false, &err));
}

static void
exec(struct rig *rig, const char *sql)
{
    struct err err = {0};
    CHECK_OK(conn_exec(rig->conn, span_of(sql), NULL, &err));
}

/* What a query of the script's own sees. */
static const char *
script_ask(struct rig *rig, const char *sql)
{
    CURSOR_SCOPED *cursor = NULL;
    struct err err = {0};
    struct row row = {NULL, 0};
    if (!CHECK_OK(conn_query_text(rig->conn, span_of(sql), &cursor, &err)) ||
        !CHECK_OK(cursor_fetch(cursor, &row, &err)) || row.n == 0) {
        return "(none)";
    }
    return value_to_str(&row.values[0], test_arena());
}

/* -- settings ----------------------------------------------------------------------------------------------
 */

PG_CASE(pg_session, scripts_find_the_roles_own_settings_and_ours_return)
{
    exec(rig, arena_printf(test_arena(), "alter database %s set timezone = 'Asia/Tokyo'", rig->name));
    exec(rig, arena_printf(test_arena(), "alter database %s set search_path = app, public", rig->name));
    conn_close(rig->conn);
    rig->conn = rig_open(rig, (struct conn_params){.lock_timeout_ms = 2000});
    CHECK_STR(conn_ask(rig->conn, "select current_setting('TimeZone')"), "UTC");
    enter(rig);
    CHECK_STR(script_ask(rig, "show timezone"), "Asia/Tokyo");
    CHECK_STR(script_ask(rig, "show search_path"), "app, public");
    CHECK_STR(script_ask(rig, "show lock_timeout"), "2s");
    CHECK_STR(script_ask(rig, "show statement_timeout"), "0");
    leave(rig);
    CHECK_STR(conn_ask(rig->conn, "select current_setting('TimeZone')"), "UTC");
    CHECK_STR(conn_ask(rig->conn, "select current_setting('search_path')"), "pg_catalog, pg_temp");
}

PG_CASE(pg_session, our_own_sql_in_the_middle_leaves_a_script_its_settings)
{
    exec(rig, "create schema app");
    exec(rig, "create role \"Rollcall's test role\"");
    exec(rig, "grant all on schema app to \"Rollcall's test role\"");
    enter(rig);
    exec(rig, "set search_path = app");
    exec(rig, "set datestyle = 'German'");
    exec(rig, "set lock_timeout = '7s'");
    exec(rig, "set role \"Rollcall's test role\"");
    CHECK_STR(conn_ask(rig->conn, "select current_user"), "postgres");
    CHECK_STR(conn_ask(rig->conn, "select date '2020-02-01'::text"), "2020-02-01");
    CHECK_STR(conn_ask(rig->conn, "select current_setting('search_path')"), "pg_catalog, pg_temp");
    CHECK_STR(script_ask(rig, "select current_user"), "Rollcall's test role");
    CHECK_STR(script_ask(rig, "select date '2020-02-01'::text"), "01.02.2020");
    CHECK_STR(script_ask(rig, "show lock_timeout"), "7s");
    exec(rig, "create table mine (a int)");
    CHECK_STR(conn_ask(rig->conn, "select tableowner from pg_tables where schemaname = 'app'"),
              "Rollcall's test role");
    exec(rig, "insert into mine values (1)");
    leave(rig);
    CHECK_STR(conn_ask(rig->conn, "select current_user"), "postgres");
    CHECK_STR(conn_ask(rig->conn, "select current_setting('lock_timeout')"), "2s");
    exec(rig, "drop schema app cascade");
    exec(rig, "drop role \"Rollcall's test role\"");
}

PG_CASE(pg_session, a_rollback_of_the_script_takes_its_settings_back)
{
    enter(rig);
    exec(rig, "begin");
    exec(rig, "set search_path = nowhere");
    exec(rig, "savepoint a");
    exec(rig, "set search_path = elsewhere");
    CHECK_STR(conn_ask(rig->conn, "select current_setting('search_path')"), "pg_catalog, pg_temp");
    exec(rig, "rollback to a");
    CHECK_STR(script_ask(rig, "show search_path"), "nowhere");
    CHECK_STR(conn_ask(rig->conn, "select current_setting('search_path')"), "pg_catalog, pg_temp");
    exec(rig, "rollback");
    CHECK_STR(script_ask(rig, "show search_path"), "\"$user\", public");
    CHECK_STR(conn_ask(rig->conn, "select current_setting('search_path')"), "pg_catalog, pg_temp");
    leave(rig);
    CHECK_STR(conn_ask(rig->conn, "select current_setting('search_path')"), "pg_catalog, pg_temp");
}

PG_CASE(pg_session, failed_transactions_leave_the_right_settings)
{
    struct err err = {0};
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    enter(rig);
    exec(rig, "set timezone = 'Asia/Tokyo'");
    CHECK_INT(conn_exec(rig->conn, SPAN("select 1 / 0"), NULL, &err), STATUS_SQL);
    CHECK_INT(conn_txn_state(rig->conn), TXN_FAILED);
    leave(rig);
    conn_rollback(rig->conn);
    leave(rig);
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK_STR(conn_ask(rig->conn, "select current_setting('TimeZone')"), "UTC");
    CHECK_STR(conn_ask(rig->conn, "select current_setting('search_path')"), "pg_catalog, pg_temp");
}

PG_CASE(pg_session, statements_of_ours_outlive_a_script_that_discards_them)
{
    for (int round = 0; round < 4; round++) {
        CHECK_STR(conn_ask(rig->conn, "select 40 + 2"), "42");
        enter(rig);
        exec(rig, round == 1 ? "deallocate all" : "discard all");
        CHECK_STR(conn_ask(rig->conn, "select 40 + 2"), "42");
        leave(rig);
        CHECK_STR(conn_ask(rig->conn, "select current_setting('TimeZone')"), "UTC");
    }
}

PG_CASE(pg_session, temporary_tables_of_a_script_stay)
{
    enter(rig);
    exec(rig, "create temp table kept (a int)");
    exec(rig, "set work_mem = '8MB'");
    leave(rig);
    enter(rig);
    exec(rig, "insert into kept values (1)");
    CHECK_STR(script_ask(rig, "select count(*) from kept"), "1");
    leave(rig);
}

/* -- statements --------------------------------------------------------------------------------------------
 */

PG_CASE(pg_statement, of_two_in_one_text_none_runs)
{
    struct err err = {0};
    CHECK_INT(conn_exec(rig->conn, SPAN("create table public.a (b int); create table public.c (d int)"), NULL,
                        &err),
              STATUS_SQL);
    CHECK_STR(err.sqlstate, "42601");
    CHECK_STR(conn_ask(rig->conn, "select count(*) from pg_tables where schemaname = 'public'"), "0");
}

PG_CASE(pg_statement, positions_of_faults_count_bytes)
{
    static const char sql[] = "select '\xC3\xA4\xF0\x9F\x98\x80', frm x";
    struct err err = {0};
    CHECK_INT(conn_exec(rig->conn, span_of(sql), NULL, &err), STATUS_SQL);
    CHECK_INT(err.position, (strstr(sql, "frm") - sql) + 1);
    CHECK_INT(conn_exec(rig->conn, SPAN("select nothing"), NULL, &err), STATUS_SQL);
    CHECK_INT(err.position, 8);
}

PG_CASE(pg_statement, detail_of_a_schema_fault_is_the_hint_and_values_are_not_told)
{
    struct err err = {0};
    exec(rig, "create table public.a (b int primary key)");
    exec(rig, "create view public.v as select b from public.a");
    CHECK_INT(conn_exec(rig->conn, SPAN("drop table public.a"), NULL, &err), STATUS_SQL);
    CHECK(strstr(err.hint, "view public.v depends on table public.a") != NULL);
    exec(rig, "insert into public.a values (4711)");
    CHECK_INT(conn_exec(rig->conn, SPAN("insert into public.a values (4711)"), NULL, &err), STATUS_SQL);
    CHECK(strstr(err.msg, "4711") == NULL && strstr(err.hint, "4711") == NULL);
}

PG_CASE(pg_statement, what_needs_no_transaction_follows_a_change_of_settings)
{
    exec(rig, "create table public.a (b int)");
    enter(rig);
    exec(rig, "create index concurrently i on a (b)");
    CHECK_STR(conn_ask(rig->conn, "select 1"), "1");
    exec(rig, "vacuum a");
    leave(rig);
}

PG_CASE(pg_statement, copy_goes_both_ways_in_a_transaction_that_is_just_beginning)
{
    struct err err = {0};
    int64_t affected = 0;
    exec(rig, "create table public.a (b int, c text)");
    enter(rig);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_copy_in(rig->conn, SPAN("copy a from stdin"), SPAN("1\tx\n2\t\\N\n"), &affected, &err));
    CHECK_INT(affected, 2);
    exec(rig, "copy a to stdout");
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_INT(conn_copy_in(rig->conn, SPAN("copy a from stdin"), SPAN("3\ty\nx\tz\n"), &affected, &err),
              STATUS_SQL);
    CHECK_INT(conn_exec(rig->conn, SPAN("copy a from stdin"), NULL, &err), STATUS_USAGE);
    CHECK_INT(conn_copy_in(rig->conn, SPAN("select 1"), SPAN("x"), &affected, &err), STATUS_USAGE);
    leave(rig);
    CHECK_INT(conn_count(rig->conn, "a"), 2);
}

PG_CASE(pg_statement, large_results_of_scripts_are_dropped_as_they_come)
{
    exec(rig, "select repeat('x', 1000) from pg_catalog.generate_series(1, 20000)");
    CHECK_STR(conn_ask(rig->conn, "select 1"), "1");
}

PG_CASE(pg_statement, invalid_indexes_of_failed_builds_are_cleared)
{
    struct err err = {0};
    struct pieces pieces;
    struct effects effects;
    const char *what = NULL;
    const char *sql = "create unique index concurrently if not exists i on a (b)";
    exec(rig, "create table public.a (b int)");
    exec(rig, "insert into public.a values (1), (1)");
    enter(rig);
    CHECK_INT(conn_exec(rig->conn, span_of(sql), NULL, &err), STATUS_SQL);
    CHECK_OK(driver_split(rig->conn->driver, rig->conn, span_of(sql), test_arena(), &pieces, &err));
    CHECK_OK(driver_effects(rig->conn->driver, rig->conn, &pieces, test_arena(), &effects, &err));
    CHECK_OK(conn_clear_torn(rig->conn, &effects.items[0], test_arena(), &what, &err));
    CHECK_STR(what, "dropped the invalid index 'public.i' that the failed attempt had left");
    CHECK_OK(conn_clear_torn(rig->conn, &effects.items[0], test_arena(), &what, &err));
    CHECK(what == NULL);
    leave(rig);
}

/* -- read-only ---------------------------------------------------------------------------------------------
 */

PG_CASE(pg_session, no_script_lifts_a_read_only_connection)
{
    static const struct {
        const char *sql;
        enum status status;
    } attempts[] = {
        {"set default_transaction_read_only = off", STATUS_OK},
        {"select set_config('default_transaction_read_only', 'off', false)", STATUS_OK},
        {"set session characteristics as transaction read write", STATUS_OK},
        {"insert into public.a values (1)", STATUS_SQL},
        {"begin read write", STATUS_POLICY},
        {"start transaction read write", STATUS_POLICY},
        {"do $$ begin perform set_config('transaction_read_only', 'off', true); insert into public.a values "
         "(1); end $$",
         STATUS_SQL},
        {"create table public.b (c int)", STATUS_SQL},
    };
    struct err err = {0};
    exec(rig, "create table public.a (b int)");
    CONN_SCOPED *reader = rig_open(rig, (struct conn_params){.read_only = true});
    CHECK_OK(conn_script_session(reader, true, &err));
    for (size_t i = 0; i < COUNT_OF(attempts); i++) {
        enum status got = conn_exec(reader, span_of(attempts[i].sql), NULL, &err);
        CHECK_STR(got == attempts[i].status ? attempts[i].sql : err.msg, attempts[i].sql);
    }
    CHECK_OK(conn_begin(reader, TXN_WRITE, &err));
    CHECK_INT(conn_exec(reader, SPAN("set transaction read write"), NULL, &err), STATUS_SQL);
    conn_rollback(reader);
    CHECK_OK(conn_script_session(reader, false, &err));
    CHECK_INT(conn_count(rig->conn, "a"), 0);
}

/* -- transactions and lost connections ---------------------------------------------------------------------
 */

PG_CASE(pg_transaction, deferred_checks_fail_at_the_commit)
{
    struct err err = {0};
    exec(rig, "create table public.p (a int primary key)");
    exec(rig, "create table public.c (a int references public.p deferrable initially deferred)");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    exec(rig, "insert into public.c values (1)");
    CHECK_INT(conn_commit(rig->conn, &err), STATUS_SQL);
    CHECK_STR(err.sqlstate, "23503");
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK_INT(conn_count(rig->conn, "c"), 0);
}

PG_CASE(pg_transaction, commit_of_a_failed_one_is_an_error)
{
    struct err err = {0};
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(conn_exec(rig->conn, SPAN("select 1 / 0"), NULL, &err), STATUS_SQL);
    CHECK_INT(conn_commit(rig->conn, &err), STATUS_SQL);
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
}

PG_CASE(pg_transaction, one_that_was_never_used_costs_nothing)
{
    struct err err = {0};
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(conn_txn_state(rig->conn), TXN_OPEN);
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    conn_rollback(rig->conn);
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK_INT(conn_begin(rig->conn, TXN_WRITE, &err), STATUS_OK);
    CHECK_INT(conn_begin(rig->conn, TXN_WRITE, &err), STATUS_BUG);
    conn_rollback(rig->conn);
}

/* Ends the case's session behind its back. */
static void
terminate(struct rig *rig)
{
    const char *sql = arena_printf(test_arena(), "select pg_terminate_backend(%d)::text",
                                   (int)strtol(rig->conn->identity.session, NULL, 10));
    CHECK_STR(conn_ask(rig->server, sql), "true");
}

PG_CASE(pg_transaction, lost_in_the_middle_nothing_happened)
{
    struct err err = {0};
    exec(rig, "create table public.a (b int)");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    exec(rig, "insert into public.a values (1)");
    terminate(rig);
    CHECK_INT(conn_exec(rig->conn, SPAN("insert into public.a values (2)"), NULL, &err), STATUS_CONNECT);
    CHECK(rig->conn->is_lost);
    CHECK_INT(conn_txn_state(rig->conn), TXN_LOST);
}

PG_CASE(pg_transaction, lost_at_the_commit_nobody_knows)
{
    struct err err = {0};
    exec(rig, "create table public.a (b int)");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    exec(rig, "insert into public.a values (1)");
    terminate(rig);
    CHECK_INT(conn_commit(rig->conn, &err), STATUS_UNKNOWN);
    CHECK(rig->conn->is_lost);
}

PG_CASE(pg_transaction, lost_outside_of_one_a_write_is_unknown_and_a_read_is_not)
{
    struct err err = {0};
    struct cursor *cursor = NULL;
    terminate(rig);
    CHECK_INT(conn_exec(rig->conn, SPAN("create table public.a (b int)"), NULL, &err), STATUS_UNKNOWN);
    conn_close(rig->conn);
    rig->conn = rig_open(rig, (struct conn_params){0});
    terminate(rig);
    CHECK_INT(conn_query(rig->conn, "select 1", NULL, 0, &cursor, &err), STATUS_CONNECT);
}

PG_CASE(pg_transaction, who_blocks_is_seen_while_it_does)
{
    struct err err = {0};
    struct blockers blockers = {0};
    exec(rig, "create table public.a (b int)");
    CONN_SCOPED *other = rig_open(rig, (struct conn_params){.application = "the one in the way"});
    CHECK_OK(conn_begin(other, TXN_WRITE, &err));
    CHECK_OK(conn_exec(other, SPAN("lock table public.a"), NULL, &err));
    conn_close(rig->conn);
    rig->conn = rig_open(rig, (struct conn_params){.lock_timeout_ms = 300});
    CHECK_INT(conn_exec(rig->conn, SPAN("alter table public.a add c int"), NULL, &err), STATUS_CONFLICT);
    CHECK_STR(err.sqlstate, "55P03");
    CHECK_OK(conn_blockers(rig->conn, test_arena(), &blockers, &err));
    if (CHECK_INT(blockers.n, 1)) {
        CHECK_STR(blockers.items[0].session, other->identity.session);
        CHECK_STR(blockers.items[0].application, "the one in the way");
        CHECK_STR(blockers.items[0].state, "idle in transaction");
        CHECK_STR(blockers.items[0].user, "postgres");
        CHECK(blockers.items[0].age_ms > 0 && blockers.items[0].age_ms < 600000);
    }
    conn_rollback(other);
}

/* -- behind a pooler ---------------------------------------------------------------------------------------
 */

static bool
pooled_open(struct rig *rig, uint32_t lock_timeout_ms, struct conn **out)
{
    struct err err = {0};
    const char *pooler = getenv("ROLLCALL_TEST_PGBOUNCER");
    if (pooler == NULL) {
        test_skip("no pooler");
        return false;
    }
    const char *slash = strrchr(pooler, '/');
    const char *url = arena_printf(test_arena(), "%.*s/%s", (int)(slash - pooler), pooler, rig->name);
    /* One session of the server's is shared by all, and it has to be gone before the database can be. */
    conn_close(rig->conn);
    rig->conn = NULL;
    return CHECK_OK(
        conn_open(&(struct conn_params){.url = url, .lock_timeout_ms = lock_timeout_ms}, out, &err));
}

PG_CASE(pg_pooler, is_noticed_and_pins_hold_for_each_statement)
{
    CONN_SCOPED *conn = NULL;
    struct err err = {0};
    if (!pooled_open(rig, 2000, &conn)) {
        return;
    }
    CHECK(conn->identity.is_pooled);
    CHECK_STR(conn->identity.session, "");
    for (int i = 0; i < 3; i++) {
        CHECK_STR(
            conn_ask(conn, "select current_setting('search_path') || ' ' || current_setting('TimeZone')"),
            "pg_catalog, pg_temp UTC");
    }
    CHECK_STR(conn_ask(conn, "select count(*) from pg_prepared_statements"), "0");
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK_STR(conn_ask(conn, "select current_setting('lock_timeout')"), "2s");
    CHECK_OK(conn_commit(conn, &err));
}

PG_CASE(pg_pooler, scripts_leave_nothing_to_the_next_one)
{
    CONN_SCOPED *conn = NULL;
    struct err err = {0};
    if (!pooled_open(rig, 2000, &conn)) {
        return;
    }
    CHECK_OK(conn_script_session(conn, true, &err));
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK_OK(conn_exec(conn, SPAN("set search_path = nowhere"), NULL, &err));
    CHECK_OK(conn_exec(conn, SPAN("set timezone = 'Asia/Tokyo'"), NULL, &err));
    CHECK_STR(conn_ask(conn, "select current_setting('search_path')"), "pg_catalog, pg_temp");
    CHECK_OK(conn_exec(conn, SPAN("create table public.a (b int)"), NULL, &err));
    CHECK_OK(conn_commit(conn, &err));
    CHECK_OK(conn_exec(conn, SPAN("insert into a values (1)"), NULL, &err));
    CHECK_OK(conn_exec(conn, SPAN("create index concurrently on a (b)"), NULL, &err));
    CHECK_OK(conn_script_session(conn, false, &err));
    CHECK_INT(conn_count(conn, "a"), 1);
}
