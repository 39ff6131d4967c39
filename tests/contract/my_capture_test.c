/* Changes of rows, logged by triggers. */
#include "contract/rig.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

#define MY_CASE(group, name)                                                                                 \
    static void case_##group##_##name(struct rig *rig);                                                      \
    CASE_ON(mysql, plain, group, name)                                                                       \
    static void case_##group##_##name(struct rig *rig)

#define LOG "rollcall_log_1"

static struct table
begin(struct rig *rig, const char *name)
{
    struct err err = {0};
    struct table table = {0};
    CHECK_OK(conn_describe(rig->conn, name, test_arena(), &table, &err));
    CHECK_OK(conn_capture_begin(rig->conn, &table, LOG, &err));
    return table;
}

static void
end(struct rig *rig, const struct table *table)
{
    struct err err = {0};
    CHECK_OK(conn_capture_end(rig->conn, table, LOG, &err));
}

/* "0|1|a 1|1|b": the log's rows in order, rc_new before the columns. */
static const char *
log_of(struct rig *rig, const char *columns)
{
    return conn_ask(rig->conn,
                    arena_printf(test_arena(),
                                 "select coalesce(group_concat(concat_ws('|', rc_new, %s) order by "
                                 "rc_seq separator ' '), '') from " LOG,
                                 columns));
}

/* What one statement on `t` leaves in the log. */
static const char *
logged(struct rig *rig, const char *columns, const char *sql)
{
    struct table table = begin(rig, "t");
    own_do(rig->conn, "delete from " LOG);
    conn_do(rig->conn, sql);
    end(rig, &table);
    return log_of(rig, columns);
}

static void
make_pairs(struct rig *rig)
{
    rig_do(rig, "create table t (id int primary key, v varchar(20), unique (v))",
           "insert into t values (1, 'a'), (2, 'b'), (3, 'c')", NULL);
}

MY_CASE(my_capture, every_kind_of_statement_leaves_what_it_changed)
{
    make_pairs(rig);
    CHECK_STR(logged(rig, "id, v", "insert into t values (4, 'd'), (5, 'e')"), "1|4|d 1|5|e");
    CHECK_STR(logged(rig, "id, v", "update t set v = concat(v, v) where id < 3"),
              "0|1|a 1|1|aa 0|2|b 1|2|bb");
    CHECK_STR(logged(rig, "id, v", "delete from t where id > 3 order by id"), "0|4|d 0|5|e");
    CHECK_STR(logged(rig, "id, v", "update t set id = id + 1 order by id desc"),
              "0|3|c 1|4|c 0|2|bb 1|3|bb 0|1|aa 1|2|aa");
    CHECK_STR(logged(rig, "id, v", "replace into t values (2, 'x'), (9, 'bb')"),
              "0|2|aa 1|2|x 0|3|bb 1|9|bb");
    CHECK_STR(logged(rig, "id, v",
                     "insert into t values (2, 'q'), (7, 'r') on duplicate key update v = concat(v, '+')"),
              "0|2|x 1|2|x+ 1|7|r");
    CHECK_STR(logged(rig, "id, v", "insert ignore into t values (2, 'q'), (8, 's')"), "1|8|s");
}

MY_CASE(my_capture, rows_that_an_update_leaves_as_they_are_are_not_logged)
{
    make_pairs(rig);
    CHECK_STR(logged(rig, "id, v", "update t set v = 'A' where id = 1"), "0|1|a 1|1|A");
    CHECK_STR(logged(rig, "id, v", "update t set v = if(id = 2, 'b ', v)"), "0|2|b 1|2|b ");
    CHECK_STR(logged(rig, "id, v", "update t set v = null where id = 3"), "0|3|c 1|3");
    CHECK_STR(logged(rig, "id, v", "update t set v = null where id = 3"), "");
}

MY_CASE(my_capture, several_tables_in_one_update)
{
    struct err err = {0};
    make_pairs(rig);
    rig_do(rig, "create table u (id int primary key, t_id int)",
           "insert into u values (10, 1), (11, 1), (12, 3)", NULL);
    CHECK_STR(logged(rig, "id, v", "update t join u on u.t_id = t.id set t.v = concat(t.v, '!'), u.t_id = 2"),
              "0|1|a 1|1|a! 0|3|c 1|3|c!");
    CHECK_STR(logged(rig, "id, v", "delete t, u from t join u on u.t_id = t.id"), "0|2|b");
    struct table t = begin(rig, "t");
    struct table u = {0};
    CHECK_OK(conn_describe(rig->conn, "u", test_arena(), &u, &err));
    CHECK_OK(conn_capture_begin(rig->conn, &u, "rollcall_log_2", &err));
    conn_do(rig->conn, "insert into u select id + 20, id from t");
    conn_do(rig->conn, "update t, u set t.v = 'm', u.t_id = 0 where t.id = u.t_id and t.id = 1");
    end(rig, &t);
    CHECK_OK(conn_capture_end(rig->conn, &u, "rollcall_log_2", &err));
    CHECK_STR(conn_ask(rig->conn, "select group_concat(concat_ws('|', rc_new, id, t_id) order by rc_seq "
                                  "separator ' ') from rollcall_log_2"),
              "1|21|1 1|23|3 0|21|1 1|21|0");
}

MY_CASE(my_capture, a_row_changed_twice_is_there_twice_and_the_log_goes_on)
{
    make_pairs(rig);
    struct table table = begin(rig, "t");
    conn_do(rig->conn, "update t set v = 'x' where id = 1");
    end(rig, &table);
    conn_do(rig->conn, "update t set v = 'unseen' where id = 2");
    table = begin(rig, "t");
    conn_do(rig->conn, "update t set v = 'y' where id = 1");
    conn_do(rig->conn, "delete from t where id = 1");
    end(rig, &table);
    CHECK_STR(log_of(rig, "id, v"), "0|1|a 1|1|x 0|1|x 1|1|y 0|1|y");
}

MY_CASE(my_capture, other_sessions_write_unlogged_whatever_their_modes)
{
    make_pairs(rig);
    struct conn *other = rig_open(rig, (struct conn_params){.application = "other"});
    struct table table = begin(rig, "t");
    own_do(other, "insert into t values (50, 'other')");
    own_do(other, "set session sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'");
    own_do(other, "update t set v = 'other2' where id = 50");
    own_do(other, "set session sql_mode = '', autocommit = 0");
    own_do(other, "delete from t where id = 3");
    own_do(rig->conn, "insert into t values (60, 'ours')");
    own_do(other, "commit");
    end(rig, &table);
    CHECK_STR(log_of(rig, "id, v"), "1|60|ours");
    conn_close(other);
}

MY_CASE(my_capture, a_statement_that_fails_leaves_nothing_in_the_log)
{
    make_pairs(rig);
    struct table table = begin(rig, "t");
    CHECK_INT(conn_try(rig->conn, "update t set v = 'same'"), STATUS_SQL);
    end(rig, &table);
    CHECK_STR(log_of(rig, "id, v"), "");
}

MY_CASE(my_capture, triggers_of_the_user_stay_and_the_final_values_are_logged)
{
    make_pairs(rig);
    rig_do(rig, "create table audit (n int auto_increment primary key, what varchar(50))",
           "create trigger t_up before insert on t for each row set new.v = upper(new.v)",
           "create trigger t_audit after insert on t for each row insert into audit (what) values (new.v)",
           NULL);
    CHECK_STR(logged(rig, "id, v", "insert into t values (4, 'd')"), "1|4|D");
    CHECK_INT(conn_count(rig->conn, "audit"), 1);
    conn_do(rig->conn, "insert into t values (5, 'e')");
    CHECK_INT(conn_count(rig->conn, "audit"), 2);
    CHECK_STR(conn_ask(rig->conn, "select group_concat(trigger_name order by 1) from "
                                  "information_schema.triggers where trigger_schema = database()"),
              "t_audit,t_up");
}

MY_CASE(my_capture, the_schema_reads_the_same_while_it_runs)
{
    struct err err = {0};
    struct catalog before;
    struct catalog during;
    make_pairs(rig);
    catalog_init(&before);
    catalog_init(&during);
    CHECK_OK(conn_catalog(rig->conn, &before, &err));
    struct table table = begin(rig, "t");
    CHECK_OK(conn_catalog(rig->conn, &during, &err));
    CHECK(hash128_eq(before.fingerprint, during.fingerprint));
    end(rig, &table);
    catalog_release(&before);
    catalog_release(&during);
}

MY_CASE(my_capture, it_leaves_the_session_of_a_script_as_it_was)
{
    struct err err = {0};
    const char *session =
        "select concat_ws('|', @@sql_mode, @@character_set_client, @@character_set_results, "
        "@@collation_connection, @@autocommit, @mine, last_insert_id())";
    rig_do(rig, "create table `t\xC3\xA9` (id int auto_increment primary key, `s\xC3\xA4` varchar(5))",
           "create table seen (id int auto_increment primary key) auto_increment = 70", NULL);
    struct table table = {0};
    CHECK_OK(conn_describe(rig->conn, "t\xC3\xA9", test_arena(), &table, &err));
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, "set names latin1 collate latin1_german1_ci");
    own_do(rig->conn, "set session sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', autocommit = 0, @mine = 5");
    own_do(rig->conn, "insert into seen () values ()");
    own_do(rig->conn, "commit");
    const char *before = conn_ask(rig->conn, session);
    CHECK_OK(conn_capture_begin(rig->conn, &table, LOG, &err));
    CHECK_STR(conn_ask(rig->conn, session), before);
    own_do(rig->conn, "insert into seen () values ()");
    own_do(rig->conn, "insert into \"t\xE9\" (id) values (5)");
    own_do(rig->conn, "commit");
    CHECK_OK(conn_capture_end(rig->conn, &table, LOG, &err));
    CHECK_STR(conn_ask(rig->conn, "select last_insert_id()"), "71");
    own_do(rig->conn, "commit");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_STR(log_of(rig, "id"), "1|5");
}

MY_CASE(my_capture, a_file_that_is_loaded_is_logged)
{
    make_pairs(rig);
    if (!str_eq(rig->conn->identity.engine, "mariadb")) {
        test_skip("the server of the tests loads no files");
        return;
    }
    const char *path = arena_printf(test_arena(), "%s/rows", test_dir());
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("2\tloaded\n8\tnew\n", file) >= 0 && fclose(file) == 0);
    CHECK_STR(
        logged(rig, "id, v", arena_printf(test_arena(), "load data infile '%s' replace into table t", path)),
        "0|2|b 1|2|loaded 1|8|new");
}

MY_CASE(my_capture, what_a_lost_session_left_is_cleared)
{
    struct err err = {0};
    make_pairs(rig);
    struct conn *lost = rig_open(rig, (struct conn_params){.application = "lost"});
    struct table table = {0};
    CHECK_OK(conn_describe(lost, "t", test_arena(), &table, &err));
    CHECK_OK(conn_capture_begin(lost, &table, LOG, &err));
    own_do(lost, "insert into t values (4, 'd')");
    conn_close(lost);
    own_do(rig->conn, "create trigger rollcall_mine before insert on t for each row set new.v = new.v");
    own_do(rig->conn, "insert into t values (5, 'e')");
    CHECK_OK(conn_capture_clear(rig->conn, &err));
    CHECK_OK(conn_capture_clear(rig->conn, &err));
    CHECK_STR(log_of(rig, "id, v"), "1|4|d");
    CHECK_STR(conn_ask(rig->conn, "select group_concat(trigger_name) from information_schema.triggers where "
                                  "trigger_schema = database()"),
              "rollcall_mine");
    CHECK_OK(conn_capture_end(rig->conn, &table, LOG, &err)); /* late, and of no use */
}

MY_CASE(my_capture, a_session_with_the_number_of_the_lost_one_is_not_taken_for_it)
{
    make_pairs(rig);
    struct table table = begin(rig, "t");
    struct conn *other = rig_open(rig, (struct conn_params){.application = "other"});
    own_do(other, arena_printf(test_arena(), "set pseudo_thread_id = %s",
                               conn_ask(rig->conn, "select connection_id()")));
    own_do(other, "insert into t values (4, 'd')");
    end(rig, &table);
    CHECK_STR(log_of(rig, "id, v"), "");
    conn_close(other);
}

MY_CASE(my_capture, ends_when_the_table_is_gone_or_another)
{
    make_pairs(rig);
    struct table table = begin(rig, "t");
    conn_do(rig->conn, "update t set v = 'x' where id = 1");
    conn_do(rig->conn, "alter table t rename to u, drop column v");
    end(rig, &table);
    conn_do(rig->conn, "delete from u");
    CHECK_STR(log_of(rig, "id, v"), "0|1|a 1|1|x");
    rig_do(rig, "create table t (id int primary key, v varchar(20))", NULL);
    table = begin(rig, "t");
    conn_do(rig->conn, "drop table t");
    end(rig, &table);
    struct err err = {0};
    CHECK_INT(conn_capture_begin(rig->conn, &table, LOG, &err), STATUS_USAGE);
}

MY_CASE(my_capture, a_table_that_knows_no_transactions_has_a_log_that_knows_none)
{
    rig_do(rig, "create table t (id int primary key, v varchar(20), unique (v)) engine = myisam",
           "insert into t values (1, 'a'), (2, 'b')", NULL);
    struct table table = begin(rig, "t");
    CHECK_INT(conn_try(rig->conn, "insert into t values (3, 'c'), (1, 'again')"), STATUS_SQL);
    CHECK_INT(conn_try(rig->conn, "update t set v = 'same' order by id"), STATUS_SQL);
    end(rig, &table);
    CHECK_STR(log_of(rig, "id, v"), "1|3|c 0|1|a 1|1|same");
    CHECK_INT(conn_count(rig->conn, "t"), 3);
}

MY_CASE(my_capture, a_script_that_holds_table_locks_holds_them_on)
{
    struct err err = {0};
    rig_make_registry(rig);
    make_pairs(rig);
    struct conn *other = rig_open(rig, (struct conn_params){.application = "other", .lock_timeout_ms = 1000});
    struct table table = {0};
    CHECK_OK(conn_describe(rig->conn, "t", test_arena(), &table, &err));
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, "lock tables t write");
    CHECK_OK(conn_capture_begin(rig->conn, &table, LOG, &err));
    own_do(rig->conn, "update t set v = 'x' where id = 1");
    CHECK_INT(own_try(other, "update t set v = 'other' where id = 1"), STATUS_CONFLICT);
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_STR(log_of(rig, "id, v"), "0|1|a 1|1|x");
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_OK(conn_capture_end(rig->conn, &table, LOG, &err));
    CHECK_INT(own_try(other, "update t set v = 'other' where id = 1"), STATUS_CONFLICT);
    own_do(rig->conn, "update t set v = 'y' where id = 1");
    own_do(rig->conn, "unlock tables");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_STR(log_of(rig, "id, v"), "0|1|a 1|1|x");
    conn_close(other);
}

MY_CASE(my_capture, an_account_without_the_right_to_triggers_is_told)
{
    struct err err = {0};
    make_pairs(rig);
    rig_do(rig, "create user if not exists 'rollcall plain'@'%'",
           arena_printf(test_arena(),
                        "grant select, insert, update, delete, create, drop on %s.* to 'rollcall plain'@'%%'",
                        rig->name),
           NULL);
    struct conn *plain =
        rig_open(rig, (struct conn_params){.url = arena_printf(test_arena(), "mysql://rollcall%%20plain%s",
                                                               strchr(rig->url, '@'))});
    struct table table = {0};
    CHECK_OK(conn_describe(plain, "t", test_arena(), &table, &err));
    CHECK_INT(conn_capture_begin(plain, &table, LOG, &err), STATUS_UNSUPPORTED);
    CHECK(strstr(err.hint, "TRIGGER") != NULL);
    own_do(plain, "update t set v = 'x' where id = 1");
    conn_close(plain);
    conn_do(rig->conn, "drop user 'rollcall plain'@'%'");
}

MY_CASE(my_capture, what_it_cannot_log_it_says)
{
    struct err err = {0};
    struct table table = {0};
    rig_do(rig, "create table c (id int primary key, rc_new int)", "create table t (id int primary key)",
           NULL);
    CHECK_OK(conn_describe(rig->conn, "c", test_arena(), &table, &err));
    CHECK_INT(conn_capture_begin(rig->conn, &table, LOG, &err), STATUS_UNSUPPORTED);
    table = begin(rig, "t");
    end(rig, &table);
    conn_do(rig->conn, "alter table t add column later int");
    CHECK_OK(conn_describe(rig->conn, "t", test_arena(), &table, &err));
    CHECK_INT(conn_capture_begin(rig->conn, &table, LOG, &err), STATUS_SQL);
    conn_do(rig->conn, "insert into t values (1, 1)");
}

MY_CASE(my_capture, rows_as_wide_as_the_server_takes_them)
{
    rig_do(rig,
           "create table t (id int primary key, a varchar(16378) character set utf8mb4, b varbinary(10)) "
           "row_format = dynamic",
           NULL);
    CHECK_STR(logged(rig, "id, char_length(a), hex(b)",
                     "insert into t values (1, repeat('\xF0\x9F\x98\x80', 16378), x'00ff')"),
              "1|1|16378|00FF");
}

/* Every type, with values at its edges. */
static const char zoo[] =
    "create table t (k varchar(20) character set latin1 collate latin1_general_cs, n decimal(20,4) unsigned, "
    "ti "
    "tinyint unsigned, mi mediumint, bi bigint unsigned, f float, d double, dp double(10,2), c char(5), x "
    "longtext, l varchar(20) character set latin1, b longblob, vb varbinary(20), fb binary(4), dt date, tm "
    "time(6), dtm datetime(6), ts timestamp(3) null, y year, e enum('','a','it''s') character set latin1, se "
    "set('x','y','z'), bits bit(33), j json, geo geometry, g int generated always as (ti + 1) virtual, gs "
    "int "
    "generated always as (ti + 2) stored, primary key (n, k))";
static const char zoo_row[] =
    "insert into t (k, n, ti, mi, bi, f, d, dp, c, x, l, b, vb, fb, dt, tm, dtm, ts, y, e, se, bits, j, geo) "
    "values ('K ', 9999999999999999.9999, 255, -8388608, 18446744073709551615, 16777216.796875, "
    "1.7976931348623157e308, -12.34, 'c', '\xF0\x9F\x98\x80 ', 'caf\xC3\xA9', x'0001ff00', x'00', x'01', "
    "'0000-00-00', '-838:59:59.000000', '2024-02-31 00:00:00', '0000-00-00 00:00:00', 1901, '', 'x,z', "
    "b'101010101010101010101010101010101', '{\"b\": 1,  \"a\": [1.00]}', ST_GeomFromText('POINT(1 -2)'))";

static const char *
zoo_condition(struct rig *rig, const struct table *table)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct column *column = &table->columns[i];
        if (!column->is_generated) {
            buf_str(&sql, sql.len > 0 ? " and " : "");
            rig->conn->driver->cells.same(&sql, arena_printf(test_arena(), "t.%s", column->name),
                                          arena_printf(test_arena(), "l.%s", column->name), &column->type);
        }
    }
    return arena_strdup(test_arena(), buf_cstr(&sql));
}

MY_CASE(my_capture, cells_of_every_type_are_logged_bit_for_bit)
{
    struct err err = {0};
    struct table log = {0};
    rig_do(rig, zoo, NULL);
    own_do(rig->conn, "set session sql_mode = 'ALLOW_INVALID_DATES'");
    struct table table = begin(rig, "t");
    own_do(rig->conn, zoo_row);
    own_do(rig->conn, "insert into t (k, n) values ('k ', 0), ('k', 1)");
    end(rig, &table);
    const char *same = zoo_condition(rig, &table);
    CHECK_STR(conn_ask(rig->conn,
                       arena_printf(test_arena(),
                                    "select count(*) from t join " LOG " l on %s where l.rc_new = 1", same)),
              "3");
    CHECK_STR(conn_ask(rig->conn, arena_printf(test_arena(),
                                               "select count(*) from t, " LOG " l where (%s) is null", same)),
              "0");
    CHECK_OK(conn_describe(rig->conn, LOG, test_arena(), &log, &err));
    for (size_t i = 0, at = 2; i < table.n_columns; i++) {
        const struct column *column = &table.columns[i];
        if (!column->is_generated) {
            CHECK_STR(log.columns[at].name, column->name);
            CHECK_STR(log.columns[at].type.name, column->type.name);
            CHECK_STR(log.columns[at].collation, column->collation);
            CHECK(!log.columns[at].has_default && !log.columns[at].not_null);
            at++;
        }
    }
}

/* Pairs of cells whose comparison by `=` may say the same. */
MY_CASE(my_capture, cells_are_the_same_to_the_last_bit_or_not_at_all)
{
    static const struct {
        const char *type;
        const char *a;
        const char *b;
        bool same;
    } pairs[] = {
        {"varchar(9) collate utf8mb4_general_ci", "'a'", "'A'", false},
        {"varchar(9) collate utf8mb4_general_ci", "'a'", "'a '", false},
        {"varchar(9) collate utf8mb4_bin", "'a'", "'a '", false},
        {"varchar(9) collate utf8mb4_unicode_ci", "''", "null", false},
        {"char(9)", "'a'", "'a'", true},
        {"text", "'e\xCC\x81'", "'\xC3\xA9'", false},
        {"text", "repeat('x', 50000)", "concat(repeat('x', 49999), 'y')", false},
        {"varbinary(9)", "x'00'", "x'0000'", false},
        {"enum('','a')", "''", "'zzz'", false},
        {"enum('','a')", "''", "''", true},
        {"enum('b','a')", "null", "null", true},
        {"set('b','a')", "'a,b'", "'b,a'", true},
        {"set('b','a')", "''", "null", false},
        {"json", "'{\"a\":1}'", "'{\"a\":1.0}'", false},
        {"json", "'{\"a\":\"x\"}'", "'{\"a\":\"X\"}'", false},
        {"json", "'[1, 2]'", "'[1, 2]'", true},
        {"double", "0.1 + 0.2e0", "0.3e0", false},
        {"double", "1e-320", "0", false},
        {"double", "0", "null", false},
        {"float", "16777216.796875", "16777217", true},
        {"float", "16777216", "16777218", false},
        {"decimal(30,10)", "99999999999999999999.0000000001", "99999999999999999999", false},
        {"bigint unsigned", "18446744073709551615", "18446744073709551614", false},
        {"bit(64)", "x'8000000000000001'", "x'8000000000000000'", false},
        {"date", "'0000-00-00'", "null", false},
        {"date", "'2024-02-31'", "'2024-03-02'", false},
        {"datetime(6)", "'2024-01-01 00:00:00.000001'", "'2024-01-01'", false},
        {"time(3)", "'-00:00:00.001'", "'00:00:00.001'", false},
        {"timestamp(3) null", "'0000-00-00'", "'1970-01-01 00:00:01'", false},
        {"year", "2000", "0", false},
        {"geometry", "st_geomfromtext('POINT(1 2)')", "st_geomfromtext('POINT(1 3)')", false},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct err err = {0};
        struct table table = {0};
        BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
        own_do(rig->conn, "set session sql_mode = 'ALLOW_INVALID_DATES'");
        own_do(rig->conn, "drop table if exists p");
        own_do(rig->conn,
               arena_printf(test_arena(), "create table p (a %s, b %s)", pairs[i].type, pairs[i].type));
        own_do(rig->conn,
               arena_printf(test_arena(), "insert into p values (%s, %s)", pairs[i].a, pairs[i].b));
        CHECK_OK(conn_describe(rig->conn, "p", test_arena(), &table, &err));
        buf_str(&sql, "select ");
        rig->conn->driver->cells.same(&sql, "p.a", "p.b", &table.columns[0].type);
        buf_str(&sql, " from p");
        CHECK_STR(conn_ask(rig->conn, buf_cstr(&sql)), pairs[i].same ? "1" : "0");
    }
}

MY_CASE(my_capture, minus_zero_is_told_from_zero_where_the_server_keeps_it)
{
    struct type type = {.kind = TYPE_FLOAT, .name = "double", .bits = 64};
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    rig_do(rig, "create table p (a double, b double)", "insert into p values (0e0 * -1e0, 0)", NULL);
    buf_str(&sql, "select ");
    rig->conn->driver->cells.same(&sql, "a", "b", &type);
    buf_str(&sql, " from p");
    bool keeps = str_eq(conn_ask(rig->conn, "select atan2(a, -1) < 0 from p"), "1");
    CHECK_STR(conn_ask(rig->conn, buf_cstr(&sql)), keeps ? "0" : "1");
    CHECK(keeps == str_eq(rig->conn->identity.engine, "mysql"));
}

MY_CASE(my_capture, a_log_is_dumped_as_any_table)
{
    struct err err = {0};
    struct table log = {0};
    struct span image;
    const char *columns[] = {"rc_seq", "rc_new", "id", "v"};
    int rows = 0;
    make_pairs(rig);
    CHECK_STR(logged(rig, "id, v", "update t set v = upper(v)"), "0|1|a 1|1|A 0|2|b 1|2|B 0|3|c 1|3|C");
    CHECK_OK(conn_describe(rig->conn, LOG, test_arena(), &log, &err));
    CHECK_INT(log.n_columns, 4);
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    DUMP_SCOPED *dump = NULL;
    CHECK_OK(dump_open(rig->conn, &log, columns, 4, &dump, &err));
    while (dump_next(dump, &image, &err) == STATUS_OK && image.len > 0) {
        rows++;
    }
    CHECK_INT(err.status, STATUS_OK);
    CHECK_INT(rows, 6);
    dump_close(dump);
    dump = NULL;
    conn_rollback(rig->conn);
}

/* A zone whose clock was put back at 2024-10-27 01:00 UTC, and that shows 02:30 twice that night. */
MY_CASE(my_capture, an_hour_that_the_clock_shows_twice_is_logged_as_the_instant_it_was)
{
    struct err err = {0};
    rig_do(rig,
           "create table t (id int primary key, at timestamp(3) not null default current_timestamp(3) on "
           "update current_timestamp(3), v int)",
           NULL);
    own_do(rig->conn, "insert into mysql.time_zone (use_leap_seconds) values ('N')");
    own_do(rig->conn, "set @zone = last_insert_id()");
    own_do(rig->conn,
           arena_printf(test_arena(), "insert into mysql.time_zone_name values ('%s', @zone)", rig->name));
    own_do(rig->conn,
           "insert into mysql.time_zone_transition_type values (@zone, 0, 7200, 1, 'S'), (@zone, 1, "
           "3600, 0, 'W')");
    own_do(rig->conn, "insert into mysql.time_zone_transition (time_zone_id, transition_time, "
                      "transition_type_id) values (@zone, -2147483648, 0), (@zone, 1729990800, 1)");
    struct table table = begin(rig, "t");
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn,
           arena_printf(test_arena(), "set session time_zone = '%s', timestamp = 1729989000.5", rig->name));
    own_do(rig->conn, "insert into t (id) values (1), (2)");
    own_do(rig->conn, "set session timestamp = 1729992600.5");
    own_do(rig->conn, "insert into t (id) values (3)");
    own_do(rig->conn, "update t set v = 1 where id = 2");
    CHECK_STR(conn_ask(rig->conn, "select @@time_zone"), rig->name);
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    end(rig, &table);
    CHECK_STR(
        log_of(rig, "id, unix_timestamp(at)"),
        "1|1|1729989000.500 1|2|1729989000.500 1|3|1729992600.500 0|2|1729989000.500 1|2|1729992600.500");
}
