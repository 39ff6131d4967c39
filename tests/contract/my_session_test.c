#include "contract/rig.h"

#include "base/clock.h"
#include "base/io.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What only a MySQL or MariaDB server does. */
#define MY_CASE(group, name)                                                                                 \
    static void case_##group##_##name(struct rig *rig);                                                      \
    CASE_ON(mysql, plain, group, name)                                                                       \
    static void case_##group##_##name(struct rig *rig)

MY_CASE(my_session, pins_hold_and_a_script_finds_the_servers_defaults)
{
    struct err err = {0};
    const char *ours = conn_ask(rig->conn, "select @@session.sql_mode");
    CHECK_STR(conn_ask(rig->conn, "select @@session.time_zone"), "+00:00");
    CHECK_STR(ours, "NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES,ALLOW_INVALID_DATES,ERROR_FOR_DIVISION_BY_ZERO,"
                    "NO_ENGINE_SUBSTITUTION");
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    CHECK_STR(conn_ask(rig->conn, "select @@session.sql_mode = @@global.sql_mode"), "1");
    CHECK_STR(conn_ask(rig->conn, "select @@session.time_zone"), "SYSTEM");
    own_do(rig->conn, "set sql_mode = 'ANSI_QUOTES', foreign_key_checks = 0, @mine = 1, autocommit = 0");
    own_do(rig->conn, "create temporary table mine (a int)");
    own_do(rig->conn, "rollback");
    own_do(rig->conn, "use mysql");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_STR(conn_ask(rig->conn, "select @@session.sql_mode"), ours);
    CHECK_STR(conn_ask(rig->conn, "select concat(@@foreign_key_checks + 0, @@autocommit + 0, @mine is null)"),
              "111");
    CHECK_STR(conn_ask(rig->conn, "select database()"), rig->name);
    CHECK(own_try(rig->conn, "select * from mine") == STATUS_SQL);
}

MY_CASE(my_session, a_script_session_left_inside_a_transaction_waits_with_the_reset)
{
    struct err err = {0};
    own_do(rig->conn, "create table t (a int primary key) engine = InnoDB");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, "set sql_mode = 'ANSI_QUOTES', @mine = 1");
    own_do(rig->conn, "insert into t values (1)");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_INT(conn_txn_state(rig->conn), TXN_OPEN);
    CHECK_STR(conn_ask(rig->conn, "select @@sql_mode like '%STRICT_ALL%'"), "1");
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_STR(conn_ask(rig->conn, "select @mine is null"), "1");
    CHECK_INT(conn_count(rig->conn, "t"), 1);
}

MY_CASE(my_session, lock_timeouts_are_those_asked_for)
{
    struct conn *conn = rig_open(rig, (struct conn_params){.lock_timeout_ms = 1500});
    CHECK_STR(conn_ask(conn, "select concat(@@lock_wait_timeout, ' ', @@innodb_lock_wait_timeout)"), "2 2");
    conn_close(conn);
}

MY_CASE(my_session, lock_timeouts_can_change_where_nothing_else_may)
{
    struct err err = {0};
    struct conn *conn = rig_open(rig, (struct conn_params){.read_only = true, .lock_timeout_ms = 1});
    CHECK_OK(conn_lock_timeout(conn, 5000, &err));
    CHECK_STR(conn_ask(conn, "select concat(@@lock_wait_timeout, ' ', @@innodb_lock_wait_timeout)"), "5 5");
    CHECK_OK(conn_lock_timeout(conn, 0, &err));
    CHECK_STR(conn_ask(conn, "select @@session.lock_wait_timeout = @@global.lock_wait_timeout"), "1");
    conn_close(conn);
}

/* The server may allow it, and may ask without being told to: the answer is no either way. */
static void
check_no_file_is_sent(struct rig *rig, const char *allowed)
{
    struct err err = {0};
    const char *before = conn_ask(rig->server, "select @@global.local_infile");
    const char *path = arena_printf(test_arena(), "%s/secret", test_dir());
    const char *sql = arena_printf(test_arena(), "load data local infile '%s' into table t", path);
    CHECK_OK(io_write_file(path, SPAN("secret\n"), 0600, &err));
    own_do(rig->conn, "create table t (a varchar(20))");
    own_do(rig->server, arena_printf(test_arena(), "set global local_infile = %s", allowed));
    CHECK(conn_exec(rig->conn, span_of(sql), NULL, &err) != STATUS_OK);
    own_do(rig->server, arena_printf(test_arena(), "set global local_infile = %s", before));
    struct conn *again = rig_open(rig, (struct conn_params){0});
    CHECK_INT(conn_count(again, "t"), 0);
    conn_close(again);
}

MY_CASE(my_session, files_of_this_machine_are_never_sent)
{
    check_no_file_is_sent(rig, "1");
}

MY_CASE(my_session, a_server_that_wants_no_files_gets_none)
{
    check_no_file_is_sent(rig, "0");
}

MY_CASE(my_session, a_read_only_session_stays_so)
{
    struct err err = {0};
    own_do(rig->conn, "create table t (a int) engine = InnoDB");
    struct conn *conn = rig_open(rig, (struct conn_params){.read_only = true});
    CHECK(own_try(conn, "insert into t values (1)") != STATUS_OK);
    CHECK(own_try(conn, "create table u (a int)") != STATUS_OK);
    CHECK(own_try(conn, "drop table t") != STATUS_OK);
    CHECK_INT(own_try(conn, "set session transaction read write"), STATUS_POLICY);
    CHECK_INT(own_try(conn, "/* x */ SET @@tx_read_only = 0"), STATUS_POLICY);
    CHECK_INT(own_try(conn, "/*!50003 start transaction read write */"), STATUS_POLICY);
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK(own_try(conn, "insert into t values (1)") != STATUS_OK);
    conn_rollback(conn);
    CHECK_INT(conn_count(conn, "t"), 0);
    conn_close(conn);
}

static void
check_refused(const char *url, long code)
{
    struct err err = {0};
    struct conn *conn = NULL;
    CHECK_INT(conn_open(&(struct conn_params){.url = url, .connect_timeout_ms = 5000}, &conn, &err),
              STATUS_CONNECT);
    CHECK(conn == NULL);
    CHECK(code == 0 || err.server_code == code);
    CHECK(err.hint[0] != '\0');
    CHECK(strstr(err.msg, "s3cret") == NULL);
}

MY_CASE(my_session, what_keeps_us_out_is_named_without_the_password)
{
    const char *place = strchr(rig->server_url, '@') + 1;
    const char *host = arena_strndup(test_arena(), place, strcspn(place, "/"));
    check_refused(arena_printf(test_arena(), "mysql://rollcall_nobody:s3cret@%s/x", host), 1045);
    check_refused(arena_printf(test_arena(), "mysql://root@%s/rollcall_no_such", host), 1049);
    check_refused("mysql://root:s3cret@127.0.0.1:1/x", 0);
    check_refused("mysql://root:s3cret@no-such-host.invalid:3306/x", 0);
    check_refused("mysql://root:s3cret@/x?socket=/no/such/socket", 0);
}

MY_CASE(my_session, a_server_that_cannot_prove_itself_is_refused)
{
    struct err err = {0};
    struct conn *conn = NULL;
    const char *url = arena_printf(test_arena(), "%s?tls=verify", rig->server_url);
    CHECK_INT(conn_open(&(struct conn_params){.url = url}, &conn, &err), STATUS_CONNECT);
}

MY_CASE(my_session, a_lost_connection_stays_lost)
{
    struct err err = {0};
    struct conn *conn = rig_open(rig, (struct conn_params){0});
    own_do(conn, "create table t (a int) engine = InnoDB");
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    own_do(conn, "insert into t values (1)");
    own_do(rig->server, arena_printf(test_arena(), "kill %.*s", (int)strcspn(conn->identity.session, "@"),
                                     conn->identity.session));
    CHECK_INT(conn_commit(conn, &err), STATUS_UNKNOWN);
    CHECK(conn->is_lost);
    CHECK_INT(conn_txn_state(conn), TXN_LOST);
    CHECK_INT(own_try(conn, "select 1"), STATUS_CONNECT);
    conn_close(conn);
    CHECK_INT(conn_count(rig->conn, "t"), 0);
}

MY_CASE(my_session, sessions_are_known_by_id_and_start_of_the_server)
{
    struct err err = {0};
    bool alive = false;
    struct conn *other = rig_open(rig, (struct conn_params){0});
    const char *session = arena_strdup(test_arena(), other->identity.session);
    CHECK_OK(conn_session_alive(rig->conn, session, &alive, &err));
    CHECK(alive);
    const char *earlier = arena_printf(test_arena(), "%.*s@1000000", (int)strcspn(session, "@"), session);
    CHECK_OK(conn_session_alive(rig->conn, earlier, &alive, &err));
    CHECK(!alive);
    conn_close(other);
    alive = true;
    for (unsigned i = 0; alive && i < 1000; i++) { /* the server takes note of it in its own time */
        CHECK_OK(conn_session_alive(rig->conn, session, &alive, &err));
    }
    CHECK(!alive);
    CHECK_INT(conn_session_alive(rig->conn, "x", &alive, &err), STATUS_USAGE);
}

MY_CASE(my_session, blockers_are_the_open_transactions_of_others)
{
    struct err err = {0};
    struct blockers blockers;
    struct conn *other = rig_open(rig, (struct conn_params){0});
    struct conn *hasty = rig_open(rig, (struct conn_params){.lock_timeout_ms = 1000});
    own_do(other, "create table t (a int primary key) engine = InnoDB");
    own_do(other, "insert into t values (1)");
    CHECK_OK(conn_begin(other, TXN_WRITE, &err));
    own_do(other, "update t set a = 2");
    CHECK_INT(own_try(hasty, "update t set a = 3"), STATUS_CONFLICT);
    CHECK_INT(own_try(hasty, "alter table t add b int"), STATUS_CONFLICT);
    CHECK_OK(conn_blockers(hasty, test_arena(), &blockers, &err));
    if (CHECK(blockers.n > 0)) {
        CHECK_STR(blockers.items[0].user, "root");
        CHECK_STR(blockers.items[0].state, "idle in transaction");
        CHECK(blockers.items[0].age_ms >= 900);
    }
    conn_close(hasty);
    conn_close(other);
}

MY_CASE(my_session, who_holds_a_table_without_a_transaction_blocks_too)
{
    struct err err = {0};
    struct blockers blockers;
    struct conn *other = rig_open(rig, (struct conn_params){0});
    struct conn *hasty = rig_open(rig, (struct conn_params){.lock_timeout_ms = 1000});
    own_do(other, "create table t (a int) engine = MyISAM");
    own_do(other, "lock tables t write");
    CHECK_INT(own_try(hasty, "insert into t values (1)"), STATUS_CONFLICT);
    CHECK_OK(conn_blockers(hasty, test_arena(), &blockers, &err));
    if (str_eq(rig->conn->identity.engine, "mysql") && CHECK(blockers.n == 1)) {
        CHECK_STR(blockers.items[0].session, other->identity.session);
    }
    conn_close(hasty);
    conn_close(other);
}

MY_CASE(my_session, a_user_without_rights_on_the_server_can_work_in_the_database)
{
    struct err err = {0};
    struct blockers blockers;
    struct catalog catalog;
    bool alive = false;
    const char *user = arena_printf(test_arena(), "u%.28s", strrchr(rig->name, '_'));
    const char *place = strchr(rig->server_url, '@') + 1;
    const char *url =
        arena_printf(test_arena(), "mysql://%s:pw@%.*s/%s", user, (int)strcspn(place, "/"), place, rig->name);
    own_do(rig->server, arena_printf(test_arena(), "create user '%s'@'%%' identified by 'pw'", user));
    own_do(rig->server, arena_printf(test_arena(), "create user '%s'@'localhost' identified by 'pw'", user));
    own_do(rig->server,
           arena_printf(test_arena(), "grant all on `%s`.* to '%s'@'localhost'", rig->name, user));
    own_do(rig->server, arena_printf(test_arena(), "grant all on `%s`.* to '%s'@'%%'", rig->name, user));
    struct conn *first = rig_open(rig, (struct conn_params){.url = url});
    struct conn *second = rig_open(rig, (struct conn_params){.url = url});
    own_do(first, "create table t (a int)");
    CHECK_OK(conn_session_alive(first, second->identity.session, &alive, &err));
    CHECK(alive);
    CHECK_OK(conn_session_alive(first, rig->conn->identity.session, &alive, &err));
    CHECK(!alive); /* of another user: not seen */
    CHECK_OK(conn_blockers(first, test_arena(), &blockers, &err));
    CHECK(blockers.n == 1 && str_eq(blockers.items[0].session, second->identity.session));
    catalog_init(&catalog);
    CHECK_OK(conn_catalog(first, &catalog, &err));
    CHECK(catalog_find(&catalog, OBJECT_TABLE, "t") != NULL);
    catalog_release(&catalog);
    conn_close(first);
    conn_close(second);
    own_do(rig->server, arena_printf(test_arena(), "drop user '%s'@'%%', '%s'@'localhost'", user, user));
}

MY_CASE(my_session, a_lock_timeout_ends_the_statement_and_not_the_transaction)
{
    struct err err = {0};
    struct conn *other = rig_open(rig, (struct conn_params){0});
    own_do(rig->conn, "create table t (a int primary key, b int) engine = InnoDB");
    own_do(rig->conn, "insert into t values (1, 0), (2, 0)");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_begin(other, TXN_WRITE, &err));
    own_do(other, "update t set b = 1 where a = 2");
    own_do(rig->conn, "update t set b = 1 where a = 1");
    CHECK_INT(own_try(rig->conn, "update t set b = 2 where a = 2"), STATUS_CONFLICT);
    CHECK_INT(conn_txn_state(rig->conn), TXN_OPEN);
    conn_rollback(rig->conn);
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    conn_close(other);
}

static void *
update_first_row(void *conn)
{
    own_do(conn, "update t set b = 3 where a = 1");
    return NULL;
}

/* The victim is the transaction that changed less; its error does not say that all of it is gone. */
MY_CASE(my_session, a_deadlocks_victim_has_no_transaction_any_more)
{
    struct err err = {0};
    pthread_t thread;
    struct conn *heavy = rig_open(rig, (struct conn_params){.lock_timeout_ms = 20000});
    struct conn *light = rig_open(rig, (struct conn_params){.lock_timeout_ms = 20000});
    own_do(heavy, "create table t (a int primary key, b int) engine = InnoDB");
    own_do(heavy, "insert into t values (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)");
    CHECK_OK(conn_begin(heavy, TXN_WRITE, &err));
    CHECK_OK(conn_begin(light, TXN_WRITE, &err));
    own_do(heavy, "update t set b = 1 where a >= 2");
    own_do(light, "update t set b = 2 where a = 1");
    CHECK(pthread_create(&thread, NULL, update_first_row, heavy) == 0);
    CHECK_INT(own_try(light, "update t set b = 2 where a = 2"), STATUS_CONFLICT);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_INT(conn_txn_state(light), TXN_FAILED);
    conn_rollback(light);
    CHECK_INT(conn_txn_state(light), TXN_NONE);
    CHECK_INT(conn_txn_state(heavy), TXN_OPEN);
    CHECK_OK(conn_commit(heavy, &err));
    conn_close(light);
    conn_close(heavy);
}

MY_CASE(my_session, a_scratch_database_takes_the_character_set_of_the_one_it_stands_for)
{
    struct err err = {0};
    char *url = NULL;
    const char *name = arena_printf(test_arena(), "%s_b", rig->name);
    own_do(rig->conn, arena_printf(test_arena(), "alter database %s character set latin1", rig->name));
    struct conn *conn = rig_open(rig, (struct conn_params){0});
    CHECK_OK(conn_create_database(conn, name, test_arena(), &url, &err));
    struct conn *scratch = rig_open(rig, (struct conn_params){.url = url});
    CHECK_STR(conn_ask(scratch, "select @@character_set_database"), "latin1");
    conn_close(scratch);
    CHECK_OK(conn_drop_database(conn, name, &err));
    CHECK_INT(conn_drop_database(conn, "mysql", &err), STATUS_POLICY);
    conn_close(conn);
}

MY_CASE(my_session, a_database_may_have_any_name)
{
    struct err err = {0};
    char *url = NULL;
    const char *name = arena_printf(test_arena(), "%s `?%%'", rig->name);
    CHECK_OK(conn_create_database(rig->conn, name, test_arena(), &url, &err));
    struct conn *conn = rig_open(rig, (struct conn_params){.url = url});
    CHECK_STR(conn_ask(conn, "select database()"), name);
    conn_close(conn);
    CHECK_OK(conn_drop_database(rig->conn, name, &err));
}

MY_CASE(my_session, the_sockets_path_may_stand_in_the_url)
{
    const char *path = conn_ask(rig->conn, "select @@socket");
    const char *url = arena_printf(test_arena(), "mysql://root@/%s?socket=%s", rig->name, path);
    struct conn *conn = rig_open(rig, (struct conn_params){.url = url});
    CHECK_STR(conn_ask(conn, "select database()"), rig->name);
    conn_close(conn);
}

/* What the child's exit status says when it is not the number of a status. */
enum { CHILD_CANNOT_OPEN = 100 };

static int
run_until_stopped(const char *url)
{
    struct err err = {0};
    struct conn *conn = NULL;
    stop_install();
    if (conn_open(&(struct conn_params){.url = url}, &conn, &err) != STATUS_OK) {
        return CHILD_CANNOT_OPEN;
    }
    enum status status = conn_exec(conn, SPAN("update t set a = sleep(60)"), NULL, &err);
    conn_close(conn);
    return (int)status;
}

static void
wait_for(struct conn *conn, const char *sql, const char *answer, int64_t until)
{
    while (!str_eq(conn_ask(conn, sql), answer) && clock_monotonic_us() < until) {
        sched_yield();
    }
    CHECK_STR(conn_ask(conn, sql), answer);
}

MY_CASE(my_session, a_request_to_stop_ends_the_statement_on_the_server)
{
    int result = 0;
    const char *running =
        "select count(*) from information_schema.processlist where info like 'update t set a = "
        "sleep%' and db = database()";
    own_do(rig->conn, "create table t (a int) engine = InnoDB");
    own_do(rig->conn, "insert into t values (7)");
    pid_t child = fork();
    if (child == 0) {
        _exit(run_until_stopped(rig->url));
    }
    int64_t until = clock_monotonic_us() + 20 * 1000000;
    wait_for(rig->conn, running, "1", until);
    CHECK(kill(child, SIGINT) == 0);
    CHECK(waitpid(child, &result, 0) == child);
    CHECK(WIFEXITED(result) && WEXITSTATUS(result) == STATUS_CANCELLED);
    wait_for(rig->conn, running, "0", until);
    CHECK_STR(conn_ask(rig->conn, "select a from t"), "7");
}

MY_CASE(my_session, table_locks_of_a_script_leave_room_for_the_registry)
{
    struct err err = {0};
    own_do(rig->conn, "create table rollcall_note (a int) engine = InnoDB");
    own_do(rig->conn, "create table t (a int) engine = InnoDB");
    own_do(rig->conn, "create table other (a int) engine = InnoDB");
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, "/* mine */ LOCK TABLES t WRITE");
    CHECK_OK(conn_run(rig->conn, "insert into rollcall_note values (1)", NULL, 0, NULL, &err));
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(conn_txn_state(rig->conn), TXN_OPEN);
    own_do(rig->conn, "insert into t values (1)");
    conn_rollback(rig->conn);
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    own_do(rig->conn, "insert into t values (2)");
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK_INT(own_try(rig->conn, "insert into other values (1)"), STATUS_SQL); /* the locks still stand */
    own_do(rig->conn, "unlock tables");
    own_do(rig->conn, "insert into other values (1)");
    CHECK_STR(conn_ask(rig->conn, "select sum(a) from t"), "2");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
}
