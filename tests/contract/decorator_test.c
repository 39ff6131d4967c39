/* The decorators on real engines: faults happen where they were armed and leave what they say; a trace tells
 * every call and no value. */
#include "contract/rig.h"

#include "base/io.h"
#include "driver/decorate.h"

#include <stdio.h>
#include <string.h>

/* -- fault -------------------------------------------------------------------------------------------- */

#ifdef ROLLCALL_FAULT_POINTS

static struct conn *
open_faulty(struct rig *rig, const char *fault)
{
    struct err err = {0};
    struct conn *conn = NULL;
    struct decoration decoration = {NULL, fault};
    CHECK_OK(conn_open_decorated(&(struct conn_params){.url = rig->url, .lock_timeout_ms = 2000}, &decoration,
                                 &conn, &err));
    return conn;
}

PLAIN_CASE(fault, armed_error_runs_nothing_and_happens_once)
{
    rig_do(rig, "create table t (id integer)", NULL);
    CONN_SCOPED *conn = open_faulty(rig, "exec=error@2");
    CHECK_INT(conn_try(conn, "insert into t values (1)"), STATUS_OK);
    CHECK_INT(conn_try(conn, "insert into t values (2)"), STATUS_SQL);
    CHECK_INT(conn_try(conn, "insert into t values (3)"), STATUS_OK);
    CHECK_INT(conn_count(rig->conn, "t"), 2);
}

PLAIN_CASE(fault, armed_conflict_is_a_conflict)
{
    struct err err = {0};
    CONN_SCOPED *conn = open_faulty(rig, "begin=conflict");
    CHECK_INT(conn_begin(conn, TXN_WRITE, &err), STATUS_CONFLICT);
    CHECK_INT(conn_txn_state(conn), TXN_NONE);
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    conn_rollback(conn);
}

PLAIN_CASE(fault, lost_connection_is_good_for_nothing_more)
{
    struct err err = {0};
    rig_do(rig, "create table t (id integer)", NULL);
    CONN_SCOPED *conn = open_faulty(rig, "exec=lost");
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK_INT(conn_try(conn, "insert into t values (1)"), STATUS_UNKNOWN);
    CHECK(conn->is_lost);
    CHECK_INT(conn_txn_state(conn), TXN_LOST);
    CHECK_INT(conn_try(conn, "insert into t values (2)"), STATUS_CONNECT);
    CHECK_INT(conn_commit(conn, &err), STATUS_CONNECT);
    conn_rollback(conn);
    CHECK_INT(conn_count(rig->conn, "t"), 0);
}

PLAIN_CASE(fault, commit_with_a_lost_answer_stands)
{
    struct err err = {0};
    rig_do(rig, "create table t (id integer)", NULL);
    CONN_SCOPED *conn = open_faulty(rig, "commit=unknown");
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    conn_do(conn, "insert into t values (1)");
    CHECK_INT(conn_commit(conn, &err), STATUS_UNKNOWN);
    CHECK_INT(conn_txn_state(conn), TXN_LOST);
    CHECK_INT(conn_count(rig->conn, "t"), 1);
}

PLAIN_CASE(fault, commit_that_never_arrived_does_not_stand)
{
    struct err err = {0};
    rig_do(rig, "create table t (id integer)", NULL);
    struct conn *conn = open_faulty(rig, "commit=lost");
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    conn_do(conn, "insert into t values (1)");
    CHECK_INT(conn_commit(conn, &err), STATUS_UNKNOWN);
    conn_close(conn);
    CHECK_INT(conn_count(rig->conn, "t"), 0);
}

PLAIN_CASE(fault, every_operation_can_fail)
{
    struct err err = {0};
    struct catalog catalog;
    struct table table;
    struct cursor *cursor = NULL;
    struct row row;
    const char **names = NULL;
    char *url = NULL;
    size_t n = 0;
    uint64_t version = 0;
    rig_do(rig, "create table t (id integer)", NULL);
    CONN_SCOPED *conn =
        open_faulty(rig, "query=error,fetch=error,catalog=error,schema_version=error,tables=error,"
                         "describe=error,create_database=error,drop_database=error,"
                         "script_session=error,begin=error,commit=error");
    catalog_init(&catalog);
    CHECK_INT(conn_query(conn, "select 1", NULL, 0, &cursor, &err), STATUS_SQL);
    CHECK_OK(conn_query(conn, "select 1", NULL, 0, &cursor, &err));
    CHECK_INT(cursor_fetch(cursor, &row, &err), STATUS_SQL);
    cursor_finish(cursor);
    CHECK_INT(conn_catalog(conn, &catalog, &err), STATUS_SQL);
    if (conn->driver->ops->schema_version != NULL) {
        CHECK_INT(conn_schema_version(conn, &version, &err), STATUS_SQL);
    }
    CHECK_INT(conn_tables(conn, test_arena(), &names, &n, &err), STATUS_SQL);
    CHECK_INT(conn_describe(conn, "t", test_arena(), &table, &err), STATUS_SQL);
    CHECK_INT(conn_create_database(conn, "rollcall_test_x", test_arena(), &url, &err), STATUS_SQL);
    CHECK_INT(conn_drop_database(conn, "rollcall_test_x", &err), STATUS_SQL);
    CHECK_INT(conn_script_session(conn, true, &err), STATUS_SQL);
    CHECK_INT(conn_begin(conn, TXN_WRITE, &err), STATUS_SQL);
    err_clear(&err);
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK_INT(conn_commit(conn, &err), STATUS_SQL);
    CHECK_INT(conn_txn_state(conn), TXN_OPEN);
    conn_rollback(conn);
    CHECK_INT(conn_txn_state(conn), TXN_NONE);
    catalog_release(&catalog);
}

PLAIN_CASE(fault, opening_can_fail)
{
    struct err err = {0};
    struct conn *conn = NULL;
    struct decoration decoration = {NULL, "open=error"};
    struct conn_params params = {.url = rig->url};
    CHECK_INT(conn_open_decorated(&params, &decoration, &conn, &err), STATUS_SQL);
    CHECK(conn == NULL);
}

#endif

/* -- trace -------------------------------------------------------------------------------------------- */

static size_t
count_in(struct span text, const char *what)
{
    size_t n = 0;
    size_t len = strlen(what);
    for (size_t i = 0; i + len <= text.len; i++) {
        n += memcmp(text.ptr + i, what, len) == 0;
    }
    return n;
}

PLAIN_CASE(trace, tells_every_call_and_no_value)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    struct err err = {0};
    struct conn *conn = NULL;
    struct value param = value_text("s3cret-Param");
    const char *file = arena_printf(test_arena(), "%s/trace", test_dir());
    struct decoration decoration = {file, NULL};
    struct conn_params params = {.url = rig->url};
    CHECK_OK(conn_open_decorated(&params, &decoration, &conn, &err));
    own_do(conn, "create table {s}t (a varchar(40))");
    own_do(conn, "insert into {s}t values ('s3cret-Literal')");
    CHECK_OK(conn_run(conn, own_sql(conn, "insert into {s}t values (?)"), &param, 1, NULL, &err));
    CHECK_STR(conn_ask(conn, "select count(*) from {s}t"), "2");
    CHECK_INT(own_try(conn, "insert into nowhere values ('s3cret-Failed')"), STATUS_SQL);
    conn_close(conn);
    CHECK_OK(io_read_file(file, &text, &err));
    struct span trace = buf_view(&text);
    CHECK_INT(count_in(trace, "s3cret"), 0);
    CHECK_INT(count_in(trace, "\"op\":\"open\""), 1);
    CHECK_INT(count_in(trace, "\"op\":\"exec\""), 3);
    CHECK_INT(count_in(trace, "\"op\":\"query\""), 2);
    CHECK_INT(count_in(trace, "\"op\":\"fetch\""), 1);
    CHECK_INT(count_in(trace, "\"status\":\"sql\""), 1);
    CHECK_INT(count_in(trace, "\"op\":\"close\""), 1);
    CHECK_INT(count_in(trace, "\n"), 8);
}
