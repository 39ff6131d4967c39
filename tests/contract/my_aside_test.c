/* Triggers that stand aside while rows are put back come back as they were. */
#include "contract/rig.h"

#include "base/hash.h"

#include <string.h>

#define MY_CASE(group, name)                                                                                 \
    static void case_##group##_##name(struct rig *rig);                                                      \
    CASE_ON(mysql, plain, group, name)                                                                       \
    static void case_##group##_##name(struct rig *rig)

static struct hash128
schema(struct conn *conn)
{
    struct err err = {0};
    struct catalog catalog;
    catalog_init(&catalog);
    CHECK_OK(conn_catalog(conn, &catalog, &err));
    struct hash128 fingerprint = catalog.fingerprint;
    catalog_release(&catalog);
    return fingerprint;
}

static struct table
describe(struct rig *rig, const char *name)
{
    struct err err = {0};
    struct table table = {0};
    CHECK_OK(conn_describe(rig->conn, name, test_arena(), &table, &err));
    return table;
}

/* Everything that is easily lost: order, modes, character sets, texts that are no UTF-8, other people's. */
static void
make_triggers(struct rig *rig)
{
    struct err err = {0};
    rig_do(
        rig, "create table t (id int primary key, v varchar(100), n int) charset utf8mb4",
        "create table other (id int primary key)", "create table log (what varchar(100)) charset utf8mb4",
        "insert into t values (1, 'a', 1), (2, 'b', 2)",
        "create trigger second before update on t for each row set new.n = new.n * 2",
        "create trigger first before update on t for each row precedes second set new.n = new.n + 1",
        "create trigger third before update on t for each row follows first set new.n = new.n + 100",
        "create trigger last after update on t for each row begin /* it's \\ a `comment` */ insert into log "
        "values ('\xF0\x9F\x98\x80 changed'); end",
        "create trigger gone after delete on t for each row insert into log values ('deleted')",
        "create trigger elsewhere after delete on other for each row insert into log values ('other')",
        "create user if not exists 'rollcall test'@'%'", "grant all on *.* to 'rollcall test'@'%'",
        "create definer = 'rollcall test'@'%' trigger theirs after insert on t for each row insert into log "
        "values (current_user())",
        NULL);
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, "set session sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'");
    own_do(rig->conn, "set names latin1 collate latin1_german1_ci");
    own_do(rig->conn,
           "create trigger \"of latin\" after insert on \"t\" for each row insert into \"log\" values "
           "('caf\xE9\\' || new.\"v\")");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
}

static const char *
all_triggers(struct conn *conn)
{
    return conn_ask(conn,
                    "select group_concat(trigger_name, ' ', action_order, ' ', definer, ' ', sql_mode, ' ', "
                    "character_set_client, ' ', collation_connection, ' ', hex(action_statement) order by "
                    "trigger_name separator '\n') from information_schema.triggers where trigger_schema = "
                    "database()");
}

MY_CASE(my_aside, triggers_do_not_fire_in_a_refill_and_come_back_as_they_were)
{
    struct err err = {0};
    make_triggers(rig);
    struct hash128 before = schema(rig->conn);
    const char *texts = all_triggers(rig->conn);
    struct table tables[] = {describe(rig, "t"), describe(rig, "other")};
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_refill_begin(rig->conn, tables, 2, &err));
    own_do(rig->conn, "update t set n = 7");
    own_do(rig->conn, "delete from t where id = 2");
    own_do(rig->conn, "insert into t values (3, 'c', 3)");
    CHECK_OK(conn_refill_end(rig->conn, tables, 2, true, &err));
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK(hash128_eq(schema(rig->conn), before));
    CHECK_STR(all_triggers(rig->conn), texts);
    CHECK_INT(conn_count(rig->conn, "log"), 0);
    CHECK_STR(conn_ask(rig->conn, "select group_concat(id, v, n order by id) from t"), "1a7,3c3");
    CHECK_STR(conn_ask(rig->conn, "select count(*) from information_schema.tables where table_schema = "
                                  "database() and left(table_name, 9) = 'rollcall_'"),
              "0");
    conn_do(rig->conn, "insert into t values (4, 'd', 3)");
    conn_do(rig->conn, "update t set n = 1 where id = 4");
    CHECK_STR(conn_ask(rig->conn, "select n from t where id = 4"), "204");
    CHECK_STR(conn_ask(rig->conn, "select group_concat(what order by hex(what) separator '|') from log"),
              "caf\xC3\xA9\\d|rollcall test@%|\xF0\x9F\x98\x80 changed");
    conn_do(rig->conn, "drop user 'rollcall test'@'%'");
}

MY_CASE(my_aside, a_refill_that_is_rolled_back_brings_them_back_too)
{
    struct err err = {0};
    make_triggers(rig);
    struct hash128 before = schema(rig->conn);
    struct table table = describe(rig, "t");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_refill_begin(rig->conn, &table, 1, &err));
    own_do(rig->conn, "update t set n = 7");
    conn_rollback(rig->conn);
    CHECK_OK(conn_refill_end(rig->conn, &table, 1, false, &err));
    CHECK(hash128_eq(schema(rig->conn), before));
    CHECK_STR(conn_ask(rig->conn, "select group_concat(id, v, n order by id) from t"), "1a1,2b2");
    conn_do(rig->conn, "drop user 'rollcall test'@'%'");
}

MY_CASE(my_aside, nobody_else_writes_meanwhile_and_what_a_dead_session_left_is_brought_back)
{
    struct err err = {0};
    make_triggers(rig);
    struct hash128 before = schema(rig->conn);
    const char *texts = all_triggers(rig->conn);
    struct table table = describe(rig, "t");
    struct conn *dead = rig_open(rig, (struct conn_params){.application = "dead"});
    CHECK_OK(conn_begin(dead, TXN_WRITE, &err));
    CHECK_OK(conn_refill_begin(dead, &table, 1, &err));
    CHECK(hash128_eq(schema(rig->conn), before) == false);
    CHECK_INT(own_try(rig->conn, "insert into t values (9, 'x', 1)"), STATUS_SQL);
    conn_close(dead);
    CHECK_INT(own_try(rig->conn, "update t set n = 5"), STATUS_SQL);
    CHECK_INT(own_try(rig->conn, "delete from t"), STATUS_SQL);
    CHECK_OK(conn_capture_clear(rig->conn, &err));
    CHECK_OK(conn_capture_clear(rig->conn, &err));
    CHECK(hash128_eq(schema(rig->conn), before));
    CHECK_STR(all_triggers(rig->conn), texts);
    conn_do(rig->conn, "update t set n = 5");
    conn_do(rig->conn, "drop user 'rollcall test'@'%'");
}

MY_CASE(my_aside, the_next_refill_brings_back_what_a_dead_one_left)
{
    struct err err = {0};
    make_triggers(rig);
    struct hash128 before = schema(rig->conn);
    struct table table = describe(rig, "t");
    struct conn *dead = rig_open(rig, (struct conn_params){.application = "dead"});
    CHECK_OK(conn_begin(dead, TXN_WRITE, &err));
    CHECK_OK(conn_refill_begin(dead, &table, 1, &err));
    conn_close(dead);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_refill_begin(rig->conn, &table, 1, &err));
    own_do(rig->conn, "update t set n = 7");
    CHECK_OK(conn_refill_end(rig->conn, &table, 1, true, &err));
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK(hash128_eq(schema(rig->conn), before));
    CHECK_INT(conn_count(rig->conn, "log"), 0);
    conn_do(rig->conn, "drop user 'rollcall test'@'%'");
}

/* Dropping a trigger commits: what the transaction did before would stand. */
MY_CASE(my_aside, a_transaction_that_has_done_something_is_refused)
{
    struct err err = {0};
    rig_do(rig, "create table t (id int)", "create table other (id int)",
           "create trigger noting before update on t for each row set new.id = 1", NULL);
    struct table table = describe(rig, "t");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    own_do(rig->conn, "insert into other values (1)");
    CHECK_INT(conn_refill_begin(rig->conn, &table, 1, &err), STATUS_POLICY);
    CHECK(strstr(err.msg, "'noting'") != NULL);
    conn_rollback(rig->conn);
    CHECK_INT(conn_count(rig->conn, "other"), 0);
}

/* Oracle's server shows the name in UTF-8 and the body in the author's character set. */
MY_CASE(my_aside, a_trigger_that_the_server_shows_in_two_character_sets_is_not_dropped)
{
    struct err err = {0};
    rig_do(rig, "create table t (id int)", NULL);
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, "set names latin1");
    own_do(rig->conn, "create trigger `\xE9` before update on t for each row set @x = '\xE9'");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    struct hash128 before = schema(rig->conn);
    struct table table = describe(rig, "t");
    bool can = str_eq(rig->conn->identity.engine, "mariadb");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(conn_refill_begin(rig->conn, &table, 1, &err), can ? STATUS_OK : STATUS_POLICY);
    conn_rollback(rig->conn);
    CHECK_OK(conn_refill_end(rig->conn, &table, 1, false, &err));
    CHECK(hash128_eq(schema(rig->conn), before));
}

/* Nor is one that we could not create again. */
MY_CASE(my_aside, a_trigger_that_could_not_come_back_is_not_dropped)
{
    struct err err = {0};
    rig_do(rig, "create table t (id int)", "create user if not exists 'rollcall weak'@'%'",
           arena_printf(test_arena(), "grant all on %s.* to 'rollcall weak'@'%%'", rig->name),
           "create trigger noting before update on t for each row set new.id = 1", NULL);
    struct hash128 before = schema(rig->conn);
    struct table table = describe(rig, "t");
    const char *at = strchr(rig->url, '@');
    struct conn *weak = rig_open(
        rig, (struct conn_params){.url = arena_printf(test_arena(), "mysql://rollcall%%20weak%s", at)});
    if (weak != NULL) {
        CHECK_OK(conn_begin(weak, TXN_WRITE, &err));
        CHECK_INT(conn_refill_begin(weak, &table, 1, &err), STATUS_POLICY);
        CHECK(strstr(err.msg, "'noting'") != NULL);
        conn_rollback(weak);
        conn_close(weak);
    }
    CHECK(hash128_eq(schema(rig->conn), before));
    conn_do(rig->conn, "update t set id = 5");
    conn_do(rig->conn, "drop user 'rollcall weak'@'%'");
}
