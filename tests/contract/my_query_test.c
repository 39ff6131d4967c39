#include "contract/rig.h"

#include <string.h>

#define MY_CASE(group, name)                                                                                 \
    static void case_##group##_##name(struct rig *rig);                                                      \
    CASE_ON(mysql, plain, group, name)                                                                       \
    static void case_##group##_##name(struct rig *rig)

/* The values of the first row, joined by "|"; NULL as "null", bytes as hex. */
static const char *
row_of(struct conn *conn, const char *sql)
{
    struct err err = {0};
    struct value *values = NULL;
    bool found = false;
    CURSOR_SCOPED *cursor = NULL;
    struct row row = {NULL, 0};
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    (void)values;
    (void)found;
    if (!CHECK_OK(conn_query(conn, sql, NULL, 0, &cursor, &err)) ||
        !CHECK_OK(cursor_fetch(cursor, &row, &err))) {
        return "";
    }
    for (size_t i = 0; i < row.n; i++) {
        const struct value *value = &row.values[i];
        buf_str(&out, i > 0 ? "|" : "");
        if (value->kind == VALUE_BYTES) {
            for (size_t b = 0; b < value->bytes.len; b++) {
                buf_printf(&out, "%02x", (unsigned)(unsigned char)value->bytes.ptr[b]);
            }
        } else if (value->kind == VALUE_NULL) {
            buf_str(&out, "null");
        } else {
            buf_span(&out, value->bytes);
        }
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

MY_CASE(my_query, the_server_refuses_a_second_statement)
{
    struct err err = {0};
    own_do(rig->conn, "create table t (a int)");
    CHECK_INT(own_try(rig->conn, "insert into t values (1); insert into t values (2)"), STATUS_SQL);
    CHECK_INT(conn_count(rig->conn, "t"), 0);
    CHECK_INT(conn_run(rig->conn, "insert into t values (1); insert into t values (2)", NULL, 0, NULL, &err),
              STATUS_SQL);
    CHECK_INT(conn_count(rig->conn, "t"), 0);
}

MY_CASE(my_query, every_type_comes_as_it_is)
{
    rig_do(
        rig,
        "create table zoo (a tinyint, b bigint unsigned, c float, d double, e decimal(20,5), f date, g "
        "datetime(6), h time(2), i timestamp(3) null, j year, k bit(12), l char(5), m varbinary(5), n "
        "longtext, o "
        "longblob, p enum('x','y'), q set('x','y'), r json, s int zerofill, t time)",
        "insert into zoo values (-128, 18446744073709551615, 0.1, 0.1, 123456789012345.00001, '2024-02-29', "
        "'2024-02-29 23:59:59.123456', '-838:59:58.12', '2024-01-01 00:00:00.5', 2069, b'100000000001', "
        "'\xC3\xA4', "
        "0x00ff, 'long', 0xfe00, 'y', 'x,y', '{\"a\": 1}', 7, '100:00:00')",
        NULL);
    CHECK_STR(row_of(rig->conn, "select * from zoo"),
              "-128|18446744073709551615|0.1|0.1|123456789012345.00001|2024-02-29|2024-02-29 "
              "23:59:59.123456|-838:59:58.12|2024-01-01 "
              "00:00:00.500|2069|0801|\xC3\xA4|00ff|long|fe00|y|x,y|{\"a\": "
              "1}|7|100:00:00");
    own_do(
        rig->conn,
        "update zoo set a = null, c = 16777216, d = 1e308 / 3, f = '0000-00-00', g = '0000-00-00', o = null");
    CHECK_STR(row_of(rig->conn, "select a, c, d, f, g, o from zoo"),
              "null|16777216|3.333333333333333e+307|0000-00-00|0000-00-00 00:00:00.000000|null");
}

MY_CASE(my_query, parameters_keep_their_bytes)
{
    struct err err = {0};
    struct value params[] = {
        value_bytes((struct span){"\0'\\\xFF", 4}), value_text("it's \\ \xF0\x9F\x98\x80"), value_null(),
        value_int(test_arena(), INT64_MIN), (struct value){VALUE_FLOAT, SPAN("0.30000000000000004")}};
    own_do(rig->conn, "create table t (a varbinary(9), b varchar(20), c int, d bigint, e double)");
    CHECK_OK(
        conn_run(rig->conn, "insert into t values (?, ?, ?, ?, ?)", params, COUNT_OF(params), NULL, &err));
    CHECK_STR(row_of(rig->conn, "select a, b, c, d, e from t"),
              "00275cff|it's \\ \xF0\x9F\x98\x80|null|-9223372036854775808|0.30000000000000004");
}

MY_CASE(my_query, long_values_grow_the_buffer_and_short_ones_stay_short)
{
    struct err err = {0};
    struct row row;
    CURSOR_SCOPED *cursor = NULL;
    rig_do(rig, "create table t (a int primary key, b longtext)",
           "insert into t values (1, 'x'), (2, repeat('y', 300000)), (3, ''), (4, repeat('z', 65))", NULL);
    CHECK_OK(conn_query(rig->conn, "select b from t order by a", NULL, 0, &cursor, &err));
    static const size_t lengths[] = {1, 300000, 0, 65};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        CHECK_OK(cursor_fetch(cursor, &row, &err));
        CHECK(row.n == 1 && row.values[0].bytes.len == lengths[i]);
        CHECK(row.n == 1 && (lengths[i] == 0 || row.values[0].bytes.ptr[lengths[i] - 1] == "xy z"[i]));
    }
    CHECK_OK(cursor_fetch(cursor, &row, &err));
    CHECK_INT(row.n, 0);
}

MY_CASE(my_query, a_cursor_lives_on_while_others_run)
{
    struct err err = {0};
    struct row row;
    CURSOR_SCOPED *first = NULL;
    CURSOR_SCOPED *second = NULL;
    int64_t sum = 0;
    rig_do(rig, "create table t (a int primary key)", "insert into t values (1), (2), (3), (4)", NULL);
    CHECK_OK(conn_query(rig->conn, "select a from t order by a", NULL, 0, &first, &err));
    CHECK_OK(cursor_fetch(first, &row, &err));
    CHECK_OK(conn_query(rig->conn, "select a from t order by a", NULL, 0, &second, &err));
    own_do(rig->conn, "delete from t");
    for (unsigned i = 0; i < 3; i++) {
        CHECK_OK(cursor_fetch(first, &row, &err));
        sum += row.n == 1 ? value_to_int(&row.values[0], 0) : 0;
        CHECK_OK(cursor_fetch(second, &row, &err));
        sum += row.n == 1 ? value_to_int(&row.values[0], 0) * 100 : 0;
    }
    CHECK_INT(sum, 609);
    CHECK_OK(cursor_fetch(first, &row, &err));
    CHECK_INT(row.n, 0);
}

MY_CASE(my_query, rows_found_are_counted_not_rows_changed)
{
    struct err err = {0};
    int64_t affected = 0;
    rig_do(rig, "create table t (a int primary key, b int)", "insert into t values (1, 1), (2, 1)", NULL);
    CHECK_OK(conn_exec(rig->conn, SPAN("update t set b = 1"), &affected, &err));
    CHECK_INT(affected, 2);
    CHECK_OK(conn_run(rig->conn, "update t set b = 1", NULL, 0, &affected, &err));
    CHECK_INT(affected, 2);
}

MY_CASE(my_query, procedures_may_answer_with_several_results)
{
    struct err err = {0};
    own_do(rig->conn, "create procedure p() begin select 1; select 2 union select 3; set @a = 1; end");
    own_do(rig->conn, "call p()");
    CHECK_STR(conn_ask(rig->conn, "select @a"), "1");
    own_do(rig->conn,
           "create procedure q() begin select 1; signal sqlstate '45000' set message_text = 'no'; end");
    CHECK_INT(conn_exec(rig->conn, SPAN("call q()"), NULL, &err), STATUS_SQL);
    CHECK_STR(err.sqlstate, "45000");
    CHECK_STR(conn_ask(rig->conn, "select 1"), "1");
}

MY_CASE(my_query, a_syntax_error_has_a_place)
{
    struct err err = {0};
    struct span sql = SPAN("select '\xC3\xA4',\n  1 +\n  from from t");
    CHECK_INT(conn_exec(rig->conn, sql, NULL, &err), STATUS_SQL);
    CHECK_STR(err.sqlstate, "42000");
    CHECK(err.position > 0 && str_starts(sql.ptr + err.position - 1, "from from t"));
}

MY_CASE(my_query, a_statement_too_long_for_the_server_leaves_the_connection_whole)
{
    struct err err = {0};
    uint64_t max = 0;
    const char *limit = conn_ask(rig->conn, "select @@global.max_allowed_packet");
    CHECK(parse_u64(span_of(limit), &max));
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    char *room = buf_room(&sql, max);
    memset(room, ' ', max);
    CHECK_INT(conn_exec(rig->conn, (struct span){room, max}, NULL, &err), STATUS_SQL);
    CHECK(strstr(err.hint, "max_allowed_packet") != NULL);
    CHECK_STR(conn_ask(rig->conn, "select 1"), "1");
}

MY_CASE(my_query, a_result_that_breaks_off_is_an_error_not_an_end)
{
    struct err err = {0};
    struct row row = {NULL, 1};
    CURSOR_SCOPED *cursor = NULL;
    enum status status = STATUS_OK;
    unsigned rows = 0;
    rig_do(rig, "create table t (a int)", "insert into t values (1), (2), (3), (0)", NULL);
    CHECK_OK(
        conn_query(rig->conn, "select a, if(a = 0, (select a from t), 1) from t", NULL, 0, &cursor, &err));
    while (status == STATUS_OK && row.n > 0) {
        status = cursor_fetch(cursor, &row, &err);
        rows += status == STATUS_OK && row.n > 0;
    }
    CHECK_INT(status, STATUS_SQL);
    CHECK(rows < 4);
}

MY_CASE(my_query, rows_kept_for_a_cursor_outlive_the_reset_of_the_session)
{
    struct err err = {0};
    struct row row;
    CURSOR_SCOPED *cursor = NULL;
    rig_do(rig, "create table t (a int primary key)", "insert into t values (1), (2)", NULL);
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    CHECK_OK(conn_query(rig->conn, "select a, a from t order by a", NULL, 0, &cursor, &err));
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    for (int64_t i = 1; i <= 2; i++) {
        CHECK_OK(cursor_fetch(cursor, &row, &err));
        CHECK_INT(row.n, 2);
        CHECK(row.n == 2 && value_to_int(&row.values[1], 0) == i);
    }
    CHECK_OK(cursor_fetch(cursor, &row, &err));
    CHECK_INT(row.n, 0);
}

MY_CASE(my_query, a_procedure_may_answer_a_query)
{
    own_do(rig->conn, "create procedure p() begin select 7; select 8; end");
    CHECK_STR(conn_ask(rig->conn, "call p()"), "7");
    CHECK_STR(conn_ask(rig->conn, "call p()"), "7");
    CHECK_STR(conn_ask(rig->conn, "select 1"), "1");
}
