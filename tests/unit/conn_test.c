#include "driver/conn.h"

#include "driver/decorate.h"
#include "fake_driver.h"
#include "harness.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"

static const struct conn_params params = {.url = "fake://ann:secret@db/x", .application = "rollcall test"};
static const struct decoration plain;

static struct conn *
opened(const struct decoration *decoration)
{
    struct err err = {0};
    struct conn *conn = NULL;
    fake_begin();
    CHECK_OK(conn_open_decorated(&params, decoration, &conn, &err));
    return conn;
}

TEST(conn, opens_with_the_password_and_keeps_it_nowhere)
{
    CONN_SCOPED *conn = opened(&plain);
    CHECK_STR(fake_log(), "open(fake://ann:secret@db/x)");
    CHECK_STR(conn->params.url, "fake://ann@db/x");
    CHECK_STR(conn->params.application, "rollcall test");
    CHECK(conn_has(conn, CAP_SERVER) && !conn_has(conn, CAP_FORK));
}

TEST(conn, a_failed_open_closes_and_names_the_database)
{
    struct err err = {0};
    struct conn *conn = NULL;
    fake_begin();
    fake_fail_next(STATUS_CONNECT);
    CHECK(conn_open_decorated(&params, &plain, &conn, &err) == STATUS_CONNECT);
    CHECK(conn == NULL);
    CHECK_STR(err.msg, "cannot open 'fake://ann@db/x': open was refused");
    CHECK(str_ends(fake_log(), " close"));
}

TEST(conn, unknown_schemes_get_a_suggestion)
{
    struct err err = {0};
    struct conn *conn = NULL;
    struct conn_params wrong = {.url = "postgre://ann:secret@db"};
    fake_begin();
    CHECK(conn_open_decorated(&wrong, &plain, &conn, &err) == STATUS_USAGE);
    CHECK_STR(err.msg, "no driver knows the URL scheme 'postgre'");
    CHECK_STR(err.hint, "did you mean 'postgres:'?");
    wrong.url = "shop.db";
    CHECK(conn_open_decorated(&wrong, &plain, &conn, &err) == STATUS_USAGE);
    CHECK_STR(err.msg, "the database 'shop.db' is not a URL");
}

TEST(conn, own_sql_is_expanded_once)
{
    struct err err = {0};
    int64_t affected = 0;
    CONN_SCOPED *conn = opened(&plain);
    fake_begin();
    for (int i = 0; i < 2; i++) {
        CHECK_OK(conn_run(conn, "update {r}a set t = {now}, x = '{x}{r' where ?", NULL, 0, &affected, &err));
    }
    CHECK_STR(fake_log(), "query(update rollcall.a set t = clock(), x = '{x}{r' where ?) "
                          "query(update rollcall.a set t = clock(), x = '{x}{r' where ?)");
    CHECK_INT(affected, 9);
    CHECK_INT(conn->expanded.n, 1);
}

TEST(conn, made_up_sql_does_not_fill_the_memory)
{
    struct err err = {0};
    CONN_SCOPED *conn = opened(&plain);
    for (int i = 0; i < 2000; i++) {
        fake_begin();
        CHECK_OK(
            conn_run(conn, arena_printf(test_arena(), "delete from {r}a where %d", i), NULL, 0, NULL, &err));
        CHECK_STR(fake_log(), arena_printf(test_arena(), "query(delete from rollcall.a where %d)", i));
    }
    CHECK(conn->expanded.n <= 256);
}

TEST(conn, rows_come_one_by_one_and_end_empty)
{
    struct err err = {0};
    struct row row;
    CONN_SCOPED *conn = opened(&plain);
    CURSOR_SCOPED *cursor = NULL;
    CHECK_OK(conn_query(conn, "select", NULL, 0, &cursor, &err));
    for (int64_t i = 1; i <= 3; i++) {
        CHECK_OK(cursor_fetch(cursor, &row, &err));
        CHECK(row.n == 2 && value_to_int(&row.values[0], 0) == i);
    }
    CHECK_OK(cursor_fetch(cursor, &row, &err));
    CHECK_INT(row.n, 0);
}

TEST(conn, query_row_copies_the_first_row)
{
    struct err err = {0};
    struct value *values = NULL;
    bool found = false;
    CONN_SCOPED *conn = opened(&plain);
    fake_begin();
    CHECK_OK(conn_query_row(conn, "select", NULL, 0, test_arena(), &values, &found, &err));
    CHECK(found && value_to_int(&values[0], 0) == 1 && value_is_null(&values[1]));
    CHECK_STR(fake_log(), "query(select) fetch finish");
}

TEST(conn, own_statements_that_fail_are_named)
{
    struct err err = {0};
    struct cursor *cursor = NULL;
    CONN_SCOPED *conn = opened(&plain);
    fake_fail_next(STATUS_SQL);
    CHECK(conn_run(conn, "insert into {r}a\nvalues (1)", NULL, 0, NULL, &err) == STATUS_SQL);
    CHECK_STR(err.msg, "cannot run 'insert into rollcall.a...': query was refused");
    fake_fail_next(STATUS_CONFLICT);
    CHECK(conn_query(conn, "select 1", NULL, 0, &cursor, &err) == STATUS_CONFLICT);
    CHECK(cursor == NULL);
    CHECK_STR(err.msg, "cannot run 'select 1': query was refused");
    fake_fail_next(STATUS_SQL);
    CHECK(conn_execf(conn, &err, "drop table %s", "t") == STATUS_SQL);
    CHECK_STR(err.msg, "cannot run 'drop table t': exec was refused");
    fake_fail_next(STATUS_SQL);
    CHECK(conn_exec(conn, SPAN("a script's"), NULL, &err) == STATUS_SQL);
    CHECK_STR(err.msg, "exec was refused");
}

TEST(conn, a_lost_connection_only_closes)
{
    struct err err = {0};
    struct catalog catalog = {0};
    CONN_SCOPED *conn = opened(&plain);
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    CHECK_OK(conn_query(conn, "select", NULL, 0, &cursor, &err));
    conn->is_lost = true;
    fake_begin();
    CHECK(conn_exec(conn, SPAN("x"), NULL, &err) == STATUS_CONNECT);
    CHECK(conn_commit(conn, &err) == STATUS_CONNECT);
    CHECK(conn_catalog(conn, &catalog, &err) == STATUS_CONNECT);
    CHECK(cursor_fetch(cursor, &row, &err) == STATUS_CONNECT && row.n == 0);
    conn_rollback(conn);
    CHECK(conn_txn_state(conn) == TXN_LOST);
    CHECK_STR(err.msg, "the connection to 'fake://ann@db/x' was lost");
    CHECK_STR(fake_log(), "");
}

TEST(conn, what_an_engine_lacks_is_said_or_harmless)
{
    struct err err = {0};
    struct conn *opened_conn = NULL;
    struct conn_params file = {.url = "file:x"};
    struct blockers blockers;
    uint64_t version = 7;
    char *url = NULL;
    fake_begin();
    CHECK_OK(conn_open_decorated(&file, &plain, &opened_conn, &err));
    CONN_SCOPED *conn = opened_conn;
    CHECK(conn_copy_in(conn, SPAN("x"), SPAN("y"), NULL, &err) == STATUS_UNSUPPORTED);
    CHECK_STR(err.msg, "filedb cannot copy rows in from a script");
    CHECK(conn_fork_database(conn, "a", "b", test_arena(), &url, &err) == STATUS_UNSUPPORTED);
    CHECK_OK(conn_schema_version(conn, &version, &err));
    CHECK_INT(version, 0);
    CHECK_OK(conn_blockers(conn, test_arena(), &blockers, &err));
    CHECK_INT(blockers.n, 0);
    CHECK_OK(conn_script_session(conn, true, &err));
}

TEST(conn, only_work_may_be_interrupted)
{
    struct err err = {0};
    struct catalog catalog = {0};
    CONN_SCOPED *conn = opened(&plain);
    CHECK_OK(conn_exec(conn, SPAN("x"), NULL, &err));
    CHECK(fake_was_interruptible());
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK(!fake_was_interruptible());
    CHECK_OK(conn_catalog(conn, &catalog, &err));
    CHECK(fake_was_interruptible());
    CHECK_OK(conn_execf(conn, &err, "own"));
    CHECK(!fake_was_interruptible());
    fake_fail_next(STATUS_SQL);
    CHECK(conn_copy_in(conn, SPAN("x"), SPAN("y"), NULL, &err) == STATUS_SQL);
    CHECK(fake_was_interruptible());
    CHECK_OK(conn_commit(conn, &err));
    CHECK(!fake_was_interruptible());
}

/* In a child: the request cannot be taken back. */
TEST(conn, after_a_signal_new_work_stops_and_clean_ends_go_on)
{
    int code = 0;
    CONN_SCOPED *conn = opened(&plain);
    pid_t child = fork();
    if (child == 0) {
        struct err err = {0};
        struct catalog catalog = {0};
        stop_install();
        raise(SIGINT);
        bool stops = conn_exec(conn, SPAN("x"), NULL, &err) == STATUS_CANCELLED &&
                     conn_catalog(conn, &catalog, &err) == STATUS_CANCELLED &&
                     conn_copy_in(conn, SPAN("x"), SPAN("y"), NULL, &err) == STATUS_CANCELLED;
        bool ends = conn_begin(conn, TXN_WRITE, &err) == STATUS_OK &&
                    conn_run(conn, "delete", NULL, 0, NULL, &err) == STATUS_OK &&
                    conn_commit(conn, &err) == STATUS_OK && conn_drop_database(conn, "x", &err) == STATUS_OK;
        _exit(stops && ends ? 0 : 1);
    }
    waitpid(child, &code, 0);
    CHECK(WIFEXITED(code) && WEXITSTATUS(code) == 0);
}

/* -- decorators ----------------------------------------------------------------------------------------- */

/* One call of every operation; the log must not depend on who watches. */
static void
use_everything(struct conn *conn)
{
    struct err err = {0};
    struct catalog catalog = {0};
    struct table table;
    struct blockers blockers;
    struct value *values = NULL;
    const char **names = NULL;
    char *url = NULL;
    uint64_t version = 0;
    int64_t affected = 0;
    size_t n = 0;
    bool flag = false;
    fake_begin();
    CHECK_OK(conn_session_alive(conn, "s", &flag, &err));
    CHECK_OK(conn_script_session(conn, true, &err));
    CHECK_OK(conn_begin(conn, TXN_READ, &err));
    CHECK_OK(conn_exec(conn, SPAN("update t set a = 'secret', b = 12"), &affected, &err));
    CHECK_INT(affected, 7);
    CHECK_OK(conn_query_row(conn, "select a from t", NULL, 0, test_arena(), &values, &flag, &err));
    CHECK_OK(conn_run(conn, "delete from {r}t", NULL, 0, &affected, &err));
    CHECK_INT(affected, 9);
    CHECK_OK(conn_copy_in(conn, SPAN("copy t"), SPAN("rows"), NULL, &err));
    CHECK_OK(conn_catalog(conn, &catalog, &err));
    CHECK_OK(conn_schema_version(conn, &version, &err));
    CHECK_OK(conn_tables(conn, test_arena(), &names, &n, &err));
    CHECK_OK(conn_describe(conn, "t", test_arena(), &table, &err));
    CHECK_OK(conn_blockers(conn, test_arena(), &blockers, &err));
    CHECK_OK(conn_create_database(conn, "rollcall_a", test_arena(), &url, &err));
    CHECK_OK(conn_fork_database(conn, "rollcall_a", "rollcall_b", test_arena(), &url, &err));
    CHECK_OK(conn_drop_database(conn, "rollcall_a", &err));
    CHECK_OK(conn_commit(conn, &err));
    conn_rollback(conn);
    CHECK(conn_txn_state(conn) == TXN_OPEN);
}

TEST(decorate, watched_connections_do_the_same)
{
    struct decoration traced = {.trace = "/dev/null"};
    struct conn *conn = opened(&plain);
    use_everything(conn);
    const char *want = arena_strdup(test_arena(), fake_log());
    conn_close(conn);
    conn = opened(&traced);
    use_everything(conn);
    CHECK_STR(fake_log(), want);
    conn_close(conn);
}

TEST(trace, writes_a_line_a_call_without_values)
{
    struct err err = {0};
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    const char *path = arena_printf(test_arena(), "%s/trace", test_dir());
    struct decoration traced = {.trace = path};
    struct conn *conn = opened(&traced);
    use_everything(conn);
    fake_fail_next(STATUS_CONFLICT);
    CHECK(conn_exec(conn, SPAN("lock t"), NULL, &err) == STATUS_CONFLICT);
    conn_close(conn);
    CHECK_OK(io_read_file(path, &text, &err));
    struct span rest = buf_view(&text);
    struct span line;
    size_t n = 0;
    while (span_next_line(&rest, &line)) {
        CHECK(span_starts(line, "{\"at\":\"2") && span_ends(line, "\"}"));
        n++;
    }
    CHECK_INT(n, 21);
    CHECK(strstr(buf_cstr(&text), "secret") == NULL && strstr(buf_cstr(&text), "= 12") == NULL);
    CHECK(strstr(buf_cstr(&text), "\"op\":\"exec\",\"sql\":\"update t set a = ?, b = ?\"") != NULL);
    CHECK(strstr(buf_cstr(&text), "\"affected\":7,\"status\":\"ok\"}") != NULL);
    CHECK(strstr(buf_cstr(&text), "\"op\":\"fetch\"") != NULL);
    CHECK(strstr(buf_cstr(&text), "\"rows\":1,\"status\":\"ok\"}") != NULL);
    CHECK(strstr(buf_cstr(&text), "\"sql\":\"lock t\"") != NULL);
    CHECK(strstr(buf_cstr(&text), "\"status\":\"conflict\"}") != NULL);
}

TEST(trace, a_file_that_cannot_be_written_is_an_error)
{
    struct err err = {0};
    struct conn *conn = NULL;
    struct decoration traced = {.trace = "/nowhere/trace"};
    fake_begin();
    CHECK(conn_open_decorated(&params, &traced, &conn, &err) == STATUS_IO);
    CHECK(conn == NULL);
}

static const char *
without_values(const char *sql, const struct driver *driver)
{
    BUF_SCOPED out = BUF_INIT(1000);
    trace_sql(&out, span_of(sql), driver);
    return arena_strdup(test_arena(), buf_cstr(&out));
}

TEST(trace, literals_of_every_spelling_are_left_out)
{
    static const char *const ansi[][2] = {
        {"select 'a''b', x1, 12, -1.5e3, \"n'1\" from t2", "select ?, x1, ?, -?, \"n'1\" from t2"},
        {"select E'it\\'s', 'a\\'", "select E?, ?"},
        {"do $$ x 'y' $$, $tag$ a $$ b $tag$, $1", "do ?, ?, $1"},
        {"a -- it's\nb /* 'c */ d", "a  b  d"},
        {"select 'open", "select ?"},
        {"select a#b", "select a#b"},
        {"0x1F, X'ff'", "?, X?"},
    };
    static const char *const backtick[][2] = {
        {"select 'a\\'b', \"c\\\"d\", `e'f`", "select ?, ?, `e'f`"},
        {"select 1 # it's\n, 'x'", "select ?  , ?"},
    };
    for (size_t i = 0; i < COUNT_OF(ansi); i++) {
        CHECK_STR(without_values(ansi[i][0], &fake_driver), ansi[i][1]);
    }
    for (size_t i = 0; i < COUNT_OF(backtick); i++) {
        CHECK_STR(without_values(backtick[i][0], &file_driver), backtick[i][1]);
    }
}

#ifdef ROLLCALL_FAULT_POINTS

TEST(driver_fault, the_nth_call_fails_without_running)
{
    struct err err = {0};
    struct decoration faulty = {.fault = "exec=error@2,begin=conflict"};
    CONN_SCOPED *conn = opened(&faulty);
    fake_begin();
    CHECK_OK(conn_exec(conn, SPAN("1"), NULL, &err));
    CHECK(conn_exec(conn, SPAN("2"), NULL, &err) == STATUS_SQL);
    CHECK_OK(conn_exec(conn, SPAN("3"), NULL, &err));
    CHECK(conn_begin(conn, TXN_WRITE, &err) == STATUS_CONFLICT);
    CHECK_STR(fake_log(), "exec(1) exec(3)");
}

TEST(driver_fault, an_unknown_outcome_happened_and_the_connection_is_gone)
{
    struct err err = {0};
    struct decoration faulty = {.fault = "commit=unknown"};
    CONN_SCOPED *conn = opened(&faulty);
    fake_begin();
    CHECK(conn_commit(conn, &err) == STATUS_UNKNOWN);
    CHECK_STR(fake_log(), "commit");
    CHECK(conn->is_lost);
    CHECK(conn_exec(conn, SPAN("x"), NULL, &err) == STATUS_CONNECT);
}

TEST(driver_fault, a_lost_call_did_not_happen)
{
    struct err err = {0};
    struct decoration faulty = {.fault = "commit=lost"};
    CONN_SCOPED *conn = opened(&faulty);
    fake_begin();
    CHECK(conn_commit(conn, &err) == STATUS_UNKNOWN);
    CHECK_STR(fake_log(), "");
    CHECK(conn->is_lost);
}

TEST(driver_fault, a_query_that_loses_its_answer_leaves_no_cursor)
{
    struct err err = {0};
    struct cursor *cursor = NULL;
    struct decoration faulty = {.fault = "query=unknown"};
    CONN_SCOPED *conn = opened(&faulty);
    fake_begin();
    CHECK(conn_query(conn, "select", NULL, 0, &cursor, &err) == STATUS_UNKNOWN);
    CHECK(cursor == NULL);
    CHECK_STR(fake_log(), "query(select) finish");
}

TEST(driver_fault, a_crash_is_a_crash)
{
    struct decoration faulty = {.fault = "exec=crash-after"};
    int code = 0;
    pid_t child = fork();
    if (child == 0) {
        struct err err = {0};
        struct conn *conn = opened(&faulty);
        IGNORE(conn_exec(conn, SPAN("x"), NULL, &err));
        _exit(0);
    }
    waitpid(child, &code, 0);
    CHECK(WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL);
}

TEST(driver_fault, the_trace_sees_it)
{
    struct err err = {0};
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    const char *path = arena_printf(test_arena(), "%s/trace", test_dir());
    struct decoration both = {.trace = path, .fault = "exec=error"};
    struct conn *conn = opened(&both);
    CHECK(conn_exec(conn, SPAN("x"), NULL, &err) == STATUS_SQL);
    conn_close(conn);
    CHECK_OK(io_read_file(path, &text, &err));
    CHECK(strstr(buf_cstr(&text), "\"op\":\"exec\"") != NULL);
    CHECK(strstr(buf_cstr(&text), "\"status\":\"sql\"") != NULL);
}

TEST(driver_fault, a_wrong_text_is_an_error)
{
    static const char *const wrong[] = {"exec",         "exec=",        "exec=explode", "run=error",
                                        "exec=error@0", "exec=error@x", "exec=error,,"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct err err = {0};
        struct conn *conn = NULL;
        struct decoration faulty = {.fault = wrong[i]};
        fake_begin();
        CHECK(conn_open_decorated(&params, &faulty, &conn, &err) == STATUS_USAGE);
    }
}

#endif
