/* Transactions: what stands and what does not, and what the driver says of it. */
#include "contract/rig.h"

#include "base/clock.h"

CASE(transaction, commit_keeps)
{
    struct err err = {0};
    rig_do(rig, "create table t (id integer)", NULL);
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(conn_txn_state(rig->conn), TXN_OPEN);
    conn_do(rig->conn, "insert into t values (1)");
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    conn_rollback(rig->conn); /* right with no transaction open, too */
    CHECK_INT(conn_count(rig->conn, "t"), 1);
}

CASE(transaction, rollback_undoes)
{
    struct err err = {0};
    rig_do(rig, "create table t (id integer)", NULL);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    conn_do(rig->conn, "insert into t values (1)");
    conn_rollback(rig->conn);
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK_INT(conn_count(rig->conn, "t"), 0);
}

CASE(transaction, schema_changes_roll_back_where_the_engine_can)
{
    struct err err = {0};
    if (!conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        return;
    }
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    conn_do(rig->conn, "create table t (id integer)");
    conn_rollback(rig->conn);
    CHECK_STR(conn_ask(rig->conn, "select count(*) from {s}t"), "(error)");
}

CASE(transaction, failed_statement_ends_with_an_explicit_rollback)
{
    struct err err = {0};
    rig_do(rig, "create table t (id integer not null primary key)", NULL);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    conn_do(rig->conn, "insert into t values (1)");
    CHECK_INT(conn_try(rig->conn, "insert into t values (1)"), STATUS_SQL);
    CHECK_INT(conn_txn_state(rig->conn), ON_ENGINE(rig, TXN_OPEN, TXN_FAILED, TXN_OPEN));
    conn_rollback(rig->conn);
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK_INT(conn_count(rig->conn, "t"), 0);
}

CASE(transaction, transaction_words_of_a_script_are_noticed)
{
    conn_do(rig->conn, "begin");
    CHECK_INT(conn_txn_state(rig->conn), TXN_OPEN);
    conn_do(rig->conn, "commit");
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
}

CASE(transaction, reading_one_refuses_writes_and_keeps_its_snapshot)
{
    struct err err = {0};
    rig_do(rig, "create table t (id integer)", "insert into t values (1)", NULL);
    CONN_SCOPED *other = rig_open(rig, (struct conn_params){.lock_timeout_ms = 50});
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_INT(conn_count(rig->conn, "t"), 1);
    (void)conn_try(other, "insert into t values (2)"); /* may have to wait for the reader */
    CHECK_INT(conn_count(rig->conn, "t"), 1);
    CHECK_INT(conn_try(rig->conn, "insert into t values (3)"), STATUS_SQL);
    conn_rollback(rig->conn);
    conn_do(rig->conn, "insert into t values (4)");
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK(conn_count(rig->conn, "t") >= 2);
}

CASE(transaction, reading_one_can_be_committed)
{
    struct err err = {0};
    rig_do(rig, "create table t (id integer)", NULL);
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_INT(conn_count(rig->conn, "t"), 0);
    CHECK_OK(conn_commit(rig->conn, &err));
    conn_do(rig->conn, "insert into t values (1)");
}

CASE(transaction, lock_timeout_is_a_conflict_with_the_blocker_named)
{
    struct err err = {0};
    struct blockers blockers = {0};
    rig_do(rig, "create table t (id integer not null primary key, n integer)", "insert into t values (1, 0)",
           NULL);
    CONN_SCOPED *waiting = rig_open(rig, (struct conn_params){.lock_timeout_ms = 1000});
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    conn_do(rig->conn, "update t set n = 1 where id = 1");
    int64_t started = clock_monotonic_us();
    enum status status = conn_try(waiting, "update t set n = 2 where id = 1");
    int64_t us = clock_monotonic_us() - started;
    CHECK_INT(status, STATUS_CONFLICT);
    CHECK(us >= 900000 && us < 10000000);
    CHECK_OK(conn_blockers(waiting, test_arena(), &blockers, &err));
    if (rig->conn->driver->ops->blockers != NULL) {
        CHECK(blockers.n >= 1);
        CHECK(!conn_has(rig->conn, CAP_SESSIONS) || blockers.n == 0 ||
              str_starts(rig->conn->identity.session, blockers.items[0].session));
    }
    CHECK_OK(conn_commit(rig->conn, &err));
    conn_rollback(waiting);
    conn_do(waiting, "update t set n = 2 where id = 1");
    CHECK_STR(conn_ask(rig->conn, "select n from {s}t"), "2");
}

CASE(transaction, lock_timeout_can_be_changed_and_holds_in_scripts)
{
    struct err err = {0};
    rig_do(rig, "create table t (id integer not null primary key, n integer)", "insert into t values (1, 0)",
           NULL);
    CONN_SCOPED *waiting = rig_open(rig, (struct conn_params){.lock_timeout_ms = 60000});
    CHECK_OK(conn_lock_timeout(waiting, 1000, &err));
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    conn_do(rig->conn, "update t set n = 1 where id = 1");
    int64_t started = clock_monotonic_us();
    CHECK_INT(conn_try(waiting, "update t set n = 2 where id = 1"), STATUS_CONFLICT);
    CHECK(clock_monotonic_us() - started < 20000000);
    conn_rollback(rig->conn);
}
