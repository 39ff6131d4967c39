/* One script, run on real engines: what stands when it fails, and where the fault is said to be. */
#include "drivers.h"
#include "harness.h"
#include "migrate/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct setting {
    struct conn *server;
    struct conn *conn;
    char name[64];
};

static void
setting_release(struct setting *setting)
{
    struct err err = {0};
    conn_close(setting->conn);
    if (setting->server != NULL) {
        CHECK_OK(conn_drop_database(setting->server, setting->name, &err));
    }
    conn_close(setting->server);
}

/* A database of its own on the engine at `url`. */
static bool
setting_open(struct setting *setting, const char *url)
{
    static unsigned serial;
    struct err err = {0};
    char *own = NULL;
    *setting = (struct setting){0};
    driver_registry_set(built_in_drivers);
    (void)snprintf(setting->name, sizeof(setting->name), "rollcall_test_run_%u_%u", (unsigned)getpid(),
                   ++serial);
    return CHECK_OK(conn_open(&(struct conn_params){.url = url}, &setting->server, &err)) &&
           CHECK_OK(conn_create_database(setting->server, setting->name, test_arena(), &own, &err)) &&
           CHECK_OK(conn_open(&(struct conn_params){.url = own}, &setting->conn, &err));
}

static enum status
run(struct conn *conn, const char *text, const struct run_hooks *hooks, struct run_result *result,
    struct err *err)
{
    struct pieces pieces = {0};
    struct script script = {.pieces = &pieces, .file = "0001_a.up.sql", .first_line = 1, .transaction = true};
    struct run_plan plan;
    *result = (struct run_result){0};
    TRY(driver_split(conn->driver, conn, span_of(text), test_arena(), &pieces, err));
    TRY(script_plan(conn->driver, &script, &plan, err));
    return script_run(conn, &script, &plan, hooks, result, err);
}

/* Our own SQL names its tables with their schema. */
static const char *
qualified(const struct conn *conn, const char *table)
{
    return conn_has(conn, CAP_SCHEMAS) ? arena_printf(test_arena(), "public.%s", table) : table;
}

static int64_t
count(struct conn *conn, const char *table)
{
    struct err err = {0};
    struct value *values = NULL;
    bool found = false;
    const char *sql = arena_printf(test_arena(), "SELECT count(*) FROM %s", qualified(conn, table));
    enum status status = conn_query_row(conn, sql, NULL, 0, test_arena(), &values, &found, &err);
    return status == STATUS_OK && found ? value_to_int(&values[0], -1) : -1;
}

static void
each_engine(void (*check)(struct conn *conn))
{
    const char *const urls[] = {arena_printf(test_arena(), "sqlite:%s/run.db", test_dir()),
                                getenv("ROLLCALL_TEST_PG"), getenv("ROLLCALL_TEST_MARIADB")};
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        CLEANUP(setting_release) struct setting setting = {0};
        if (urls[i] != NULL && setting_open(&setting, urls[i])) {
            check(setting.conn);
        }
    }
}

static void
check_failure(struct conn *conn)
{
    struct err err = {0};
    struct run_result result;
    bool atomic = conn_has(conn, CAP_TRANSACTIONAL_DDL);
    enum status status =
        run(conn, "CREATE TABLE t (a integer);\n\n  INSERT INTO nowhere VALUES (1);\n", NULL, &result, &err);
    CHECK_INT(status, atomic ? STATUS_SQL : STATUS_PARTIAL);
    CHECK(str_starts(err.msg, "0001_a.up.sql:3:"));
    CHECK_INT(result.done, 1);
    CHECK_INT(result.failed, 2);
    CHECK_INT(result.line, 3);
    CHECK(result.partial == !atomic);
    CHECK_INT(count(conn, "t"), atomic ? -1 : 0);
}

TEST(run_on_engine, failure_names_its_place_and_what_stands)
{
    each_engine(check_failure);
}

static void
check_own_transaction(struct conn *conn)
{
    struct err err = {0};
    struct run_result result;
    CHECK_OK(run(conn, "CREATE TABLE t (a integer);", NULL, &result, &err));
    enum status status = run(conn,
                             "BEGIN; INSERT INTO t VALUES (1); COMMIT; BEGIN; INSERT INTO t VALUES (2); "
                             "INSERT INTO nowhere VALUES (3); COMMIT;",
                             NULL, &result, &err);
    CHECK_INT(status, STATUS_PARTIAL);
    CHECK(result.partial);
    CHECK_INT(count(conn, "t"), 1);
    CHECK_INT(conn_txn_state(conn), TXN_NONE);
    err_clear(&err);
    status = run(conn, "BEGIN; INSERT INTO t VALUES (2); INSERT INTO nowhere VALUES (3); COMMIT;", NULL,
                 &result, &err);
    CHECK_INT(status, STATUS_SQL);
    CHECK(!result.partial);
    CHECK_INT(count(conn, "t"), 1);
}

TEST(run_on_engine, own_transactions_stand_as_far_as_they_were_committed)
{
    each_engine(check_own_transaction);
}

struct watch {
    struct conn *conn;
    size_t before;
    size_t after;
    size_t committing;
    bool refuse;
};

static enum status
note_before(void *context, const struct run_step *step, struct err *err)
{
    struct watch *watch = context;
    (void)err;
    watch->before++;
    CHECK_INT(step->number, watch->before);
    return STATUS_OK;
}

static enum status
note_after(void *context, const struct run_step *step, int64_t affected, struct err *err)
{
    struct watch *watch = context;
    (void)step;
    (void)affected;
    (void)err;
    watch->after++;
    return STATUS_OK;
}

static enum status
note_committing(void *context, struct err *err)
{
    struct watch *watch = context;
    watch->committing++;
    TRY(conn_execf(watch->conn, err, "INSERT INTO %s VALUES (1)", qualified(watch->conn, "done")));
    return watch->refuse ? err_raise(err, STATUS_POLICY, "no") : STATUS_OK;
}

static void
check_hooks(struct conn *conn)
{
    struct err err = {0};
    struct run_result result;
    struct watch watch = {.conn = conn};
    struct run_hooks hooks = {
        .context = &watch, .before = note_before, .after = note_after, .committing = note_committing};
    bool atomic = conn_has(conn, CAP_TRANSACTIONAL_DDL);
    CHECK_OK(run(conn, "CREATE TABLE done (a integer); CREATE TABLE t (a integer);", NULL, &result, &err));
    CHECK_OK(run(conn, "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);", &hooks, &result, &err));
    CHECK_INT(watch.before, 2);
    CHECK_INT(watch.after, 2);
    CHECK_INT(watch.committing, atomic ? 1 : 0);
    CHECK(result.recorded == atomic);
    watch = (struct watch){.conn = conn};
    CHECK_OK(run(conn, "BEGIN; INSERT INTO t VALUES (3); COMMIT;", &hooks, &result, &err));
    CHECK_INT(watch.committing, 1);
    CHECK(result.recorded);
    watch = (struct watch){.conn = conn, .refuse = true};
    CHECK_INT(run(conn, "BEGIN; INSERT INTO t VALUES (4); COMMIT;", &hooks, &result, &err), STATUS_POLICY);
    CHECK(!result.recorded);
    CHECK_INT(count(conn, "t"), 3);
    CHECK_INT(count(conn, "done"), atomic ? 2 : 1);
}

TEST(run_on_engine, what_hooks_write_stands_exactly_when_the_script_does)
{
    each_engine(check_hooks);
}

TEST(run_on_engine, copy_rows_are_sent_without_their_closing_line)
{
    const char *url = getenv("ROLLCALL_TEST_PG");
    CLEANUP(setting_release) struct setting setting = {0};
    struct err err = {0};
    struct run_result result;
    if (url == NULL) {
        test_skip("no PostgreSQL");
        return;
    }
    if (setting_open(&setting, url)) {
        CHECK_OK(run(setting.conn,
                     "CREATE TABLE t (a integer, b text);\nCOPY t FROM stdin;\n1\tone\n2\t\\N\n\\.\n\n"
                     "COPY t FROM stdin;\n\\.\nINSERT INTO t VALUES (3, 'x');\n",
                     NULL, &result, &err));
        CHECK_INT(result.done, 4);
        CHECK_INT(count(setting.conn, "t"), 3);
    }
}

TEST(run_on_engine, statement_that_needs_no_transaction_runs_outside_one)
{
    const char *url = getenv("ROLLCALL_TEST_PG");
    CLEANUP(setting_release) struct setting setting = {0};
    struct err err = {0};
    struct run_result result;
    if (url == NULL) {
        test_skip("no PostgreSQL");
        return;
    }
    if (setting_open(&setting, url)) {
        CHECK_OK(run(setting.conn, "CREATE TABLE t (a integer);", NULL, &result, &err));
        CHECK_OK(run(setting.conn, "CREATE INDEX CONCURRENTLY i ON t (a);", NULL, &result, &err));
        CHECK_INT(run(setting.conn, "INSERT INTO t VALUES (1); VACUUM; nonsense;", NULL, &result, &err),
                  STATUS_PARTIAL);
        CHECK_INT(count(setting.conn, "t"), 1);
    }
}

static void
check_session_is_left(struct conn *conn)
{
    struct err err = {0};
    struct run_result result;
    struct value *values = NULL;
    bool found = false;
    CHECK_OK(run(conn, "PRAGMA foreign_keys = on; CREATE TABLE t (a integer);", NULL, &result, &err));
    CHECK_OK(conn_query_row(conn, "PRAGMA foreign_keys", NULL, 0, test_arena(), &values, &found, &err));
    CHECK(found && !value_to_bool(&values[0]));
}

TEST(run_on_engine, settings_of_a_script_end_with_it)
{
    CLEANUP(setting_release) struct setting setting = {0};
    if (setting_open(&setting, arena_printf(test_arena(), "sqlite:%s/run.db", test_dir()))) {
        check_session_is_left(setting.conn);
    }
}
