/* Statements: one at a time, with values that come back as they went in. */
#include "contract/rig.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CASE(statement, second_statement_is_refused_and_nothing_runs)
{
    rig_do(rig, "create table t (id integer)", NULL);
    CHECK_INT(conn_try(rig->conn, "insert into t values (1); insert into t values (2)"), STATUS_SQL);
    CHECK_INT(conn_count(rig->conn, "t"), 0);
    struct err err = {0};
    CHECK_INT(conn_run(rig->conn,
                       own_sql(rig->conn, "insert into {s}t values (1); insert into {s}t values (2)"), NULL,
                       0, NULL, &err),
              STATUS_SQL);
    CHECK_INT(conn_count(rig->conn, "t"), 0);
}

CASE(statement, affected_rows_are_counted)
{
    struct err err = {0};
    int64_t affected = -2;
    rig_do(rig, "create table t (id integer, n integer)", NULL);
    CHECK_OK(conn_exec(rig->conn,
                       span_of(own_sql(rig->conn, "insert into {s}t values (1, 1), (2, 2), (3, 3)")),
                       &affected, &err));
    CHECK_INT(affected, 3);
    CHECK_OK(conn_exec(rig->conn, span_of(own_sql(rig->conn, "update {s}t set n = n + 1 where id > 1")),
                       &affected, &err));
    CHECK_INT(affected, 2);
    CHECK_OK(
        conn_run(rig->conn, own_sql(rig->conn, "delete from {s}t where id = 9"), NULL, 0, &affected, &err));
    CHECK_INT(affected, 0);
    CHECK_OK(conn_run(rig->conn, own_sql(rig->conn, "delete from {s}t"), NULL, 0, &affected, &err));
    CHECK_INT(affected, 3);
}

CASE(statement, results_of_exec_are_discarded)
{
    rig_do(rig, "create table t (id integer)", "insert into t values (1), (2)", "select * from t", NULL);
    CHECK_INT(conn_count(rig->conn, "t"), 2);
}

CASE(statement, error_says_where_when_the_engine_does)
{
    struct err err = {0};
    struct span sql = SPAN("select 1 from nowhere_at_all");
    CHECK_INT(conn_exec(rig->conn, sql, NULL, &err), STATUS_SQL);
    CHECK(strstr(err.msg, "nowhere_at_all") != NULL);
    CHECK(err.position <= sql.len + 1);
    CHECK(strchr(err.msg, '\n') == NULL);
    /* a letter of two bytes before the fault, counted in bytes */
    sql = SPAN("select '\xC3\xA4\xF0\x9F\x98\x80' frm x y");
    err_clear(&err);
    CHECK_INT(conn_exec(rig->conn, sql, NULL, &err), STATUS_SQL);
    CHECK(rig->engine == ENGINE_mysql || err.position == 21);
}

CASE(statement, question_marks_in_quotes_and_comments_are_no_parameters)
{
    struct err err = {0};
    struct value params[] = {value_text("a?b"), value_text("c")};
    struct value *row = NULL;
    bool found = false;
    rig_do(rig, "create table t (a varchar(20), b varchar(20))", NULL);
    CHECK_OK(conn_run(rig->conn, own_sql(rig->conn, "insert into {s}t (a, b) values (?, '?') -- ?\n"), params,
                      1, NULL, &err));
    CHECK_OK(conn_run(rig->conn, own_sql(rig->conn, "insert into {s}t (a, b) values ('''?', ?) /* ? */"),
                      &params[1], 1, NULL, &err));
    CHECK_OK(conn_query_row(rig->conn, own_sql(rig->conn, "select a from {s}t where b = '?' and a = ?"),
                            params, 1, test_arena(), &row, &found, &err));
    CHECK(found);
    CHECK_STR(conn_ask(rig->conn, "select a from {s}t where b = 'c'"), "'?");
}

/* -- values ------------------------------------------------------------------------------------------- */

static void
make_values_table(struct rig *rig)
{
    rig_do(rig,
           ON_ENGINE(rig, "create table v (i bigint, f double precision, t text, b blob)",
                     "create table v (i bigint, f double precision, t text, b bytea)",
                     "create table v (i bigint, f double precision, t longtext, b longblob)"),
           NULL);
}

/* Stores one value in its column and gives it back. */
static struct value
echo(struct rig *rig, const char *column, struct value value)
{
    struct err err = {0};
    struct value *row = NULL;
    bool found = false;
    const char *insert = arena_printf(test_arena(), "insert into {s}v (%s) values (?)", column);
    const char *select = arena_printf(test_arena(), "select %s from {s}v", column);
    conn_do(rig->conn, "delete from v");
    if (!CHECK_OK(conn_run(rig->conn, own_sql(rig->conn, insert), &value, 1, NULL, &err)) ||
        !CHECK_OK(conn_query_row(rig->conn, own_sql(rig->conn, select), NULL, 0, test_arena(), &row, &found,
                                 &err)) ||
        !CHECK(found)) {
        return value_text("(error)");
    }
    return row[0];
}

static void
check_same(struct value got, struct value want)
{
    CHECK_INT(got.kind, want.kind);
    CHECK_INT(got.bytes.len, want.bytes.len);
    CHECK(span_eq(got.bytes, want.bytes));
}

CASE(value, integers_come_back_to_the_last_digit)
{
    static const int64_t numbers[] = {0, 1, -1, 42, INT32_MAX, INT64_MAX, INT64_MIN};
    make_values_table(rig);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct value want = value_int(test_arena(), numbers[i]);
        check_same(echo(rig, "i", want), want);
    }
}

CASE(value, floats_come_back_to_the_last_bit_in_their_shortest_text)
{
    static const char *const numbers[] = {"0.1",
                                          "-2.5",
                                          "0.30000000000000004",
                                          "1e+300",
                                          "123456789.123",
                                          "1.7976931348623157e+308",
                                          "2.2250738585072014e-308"};
    make_values_table(rig);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct value want = {VALUE_FLOAT, span_of(numbers[i])};
        struct value got = echo(rig, "f", want);
        const char *text = value_to_str(&got, test_arena());
        double back = strtod(text, NULL);
        double sent = strtod(numbers[i], NULL);
        CHECK_INT(got.kind, VALUE_FLOAT);
        if (!CHECK(memcmp(&back, &sent, sizeof(back)) == 0)) {
            printf("    %s came back as %s\n", numbers[i], text);
        }
        CHECK(strlen(text) <= 24 || strchr(text, 'e') == NULL);
    }
}

CASE(value, texts_come_back_byte_for_byte)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "a",
                                        "it's",
                                        "back\\slash",
                                        "\"quoted\"",
                                        "100%",
                                        "line\nfeed\r\ttab",
                                        "\xC3\xA4\xF0\x9F\x98\x80",
                                        "?",
                                        "{r} {now}"};
    make_values_table(rig);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        check_same(echo(rig, "t", value_text(texts[i])), value_text(texts[i]));
    }
}

CASE(value, bytes_come_back_with_nul_and_all_others)
{
    char all[256];
    make_values_table(rig);
    for (size_t i = 0; i < sizeof(all); i++) {
        all[i] = (char)i;
    }
    struct value bytes = value_bytes((struct span){all, sizeof(all)});
    check_same(echo(rig, "b", bytes), bytes);
    check_same(echo(rig, "b", value_bytes(SPAN(""))), value_bytes(SPAN("")));
    check_same(echo(rig, "b", value_bytes(SPAN("\0"))), value_bytes(SPAN("\0")));
}

CASE(value, null_is_not_the_empty_text)
{
    static const char *const columns[] = {"i", "f", "t", "b"};
    make_values_table(rig);
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        CHECK(value_is_null(&(struct value[]){echo(rig, columns[i], value_null())}[0]));
    }
    CHECK(!value_is_null(&(struct value[]){echo(rig, "t", value_text(""))}[0]));
}

CASE(value, large_ones_come_back_whole)
{
    enum { LEN = 3 * 1024 * 1024 + 7 };
    BUF_SCOPED large = BUF_INIT(BUF_TEXT_MAX);
    make_values_table(rig);
    for (size_t i = 0; i < LEN; i++) {
        buf_char(&large, (char)('a' + i % 23));
    }
    struct value text = value_span(buf_view(&large));
    struct value bytes = value_bytes(buf_view(&large));
    check_same(echo(rig, "t", text), text);
    check_same(echo(rig, "b", bytes), bytes);
}

/* -- cursors ------------------------------------------------------------------------------------------ */

static void
insert_numbers(struct rig *rig, size_t n)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    rig_do(rig, "create table n (i integer)", NULL);
    buf_str(&sql, "insert into n values ");
    for (size_t i = 0; i < n; i++) {
        buf_printf(&sql, "%s(%zu)", i == 0 ? "" : ", ", i);
    }
    conn_do(rig->conn, buf_cstr(&sql));
}

CASE(cursor, gives_every_row_once_and_stays_at_the_end)
{
    enum { N = 5000 };
    CURSOR_SCOPED *cursor = NULL;
    struct err err = {0};
    struct row row;
    size_t n = 0;
    insert_numbers(rig, N);
    CHECK_OK(conn_query(rig->conn, own_sql(rig->conn, "select i, i + 1 from {s}n order by i"), NULL, 0,
                        &cursor, &err));
    while (cursor != NULL && CHECK_OK(cursor_fetch(cursor, &row, &err)) && row.n > 0) {
        if (row.n != 2 || value_to_int(&row.values[0], -1) != (int64_t)n ||
            value_to_int(&row.values[1], -1) != (int64_t)n + 1) {
            CHECK_INT(value_to_int(&row.values[0], -1), n);
            break;
        }
        n++;
    }
    CHECK_INT(n, N);
    CHECK_OK(cursor_fetch(cursor, &row, &err));
    CHECK_INT(row.n, 0);
}

CASE(cursor, may_be_left_early_and_the_text_used_again)
{
    struct err err = {0};
    insert_numbers(rig, 3000);
    for (int64_t i = 0; i < 3; i++) {
        CURSOR_SCOPED *cursor = NULL;
        struct row row = {NULL, 0};
        struct value from = value_int(test_arena(), i);
        CHECK_OK(conn_query(rig->conn, own_sql(rig->conn, "select i from {s}n where i >= ? order by i"),
                            &from, 1, &cursor, &err));
        CHECK_OK(cursor_fetch(cursor, &row, &err));
        CHECK(row.n == 1 && value_to_int(&row.values[0], -1) == i);
    }
    CHECK_INT(conn_count(rig->conn, "n"), 3000);
}

CASE(cursor, of_a_script_s_query_sees_what_the_script_sees)
{
    struct err err = {0};
    struct row row;
    rig_do(rig, "create table t (a varchar(20))", "insert into t values ('x?y')", NULL);
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    CURSOR_SCOPED *cursor = NULL;
    CHECK_OK(conn_query_text(rig->conn, SPAN("select a, '{r}' from t where a like '%?%'"), &cursor, &err));
    if (cursor != NULL && CHECK_OK(cursor_fetch(cursor, &row, &err)) && CHECK_INT(row.n, 2)) {
        CHECK_STR(value_to_str(&row.values[0], test_arena()), "x?y");
        CHECK_STR(value_to_str(&row.values[1], test_arena()), "{r}");
    }
    cursor_finish_p(&cursor);
    CHECK_OK(conn_script_session(rig->conn, false, &err));
}

CASE(cursor, statement_without_rows_gives_none)
{
    CURSOR_SCOPED *cursor = NULL;
    struct err err = {0};
    struct row row;
    rig_do(rig, "create table t (id integer)", NULL);
    CHECK_OK(conn_query(rig->conn, own_sql(rig->conn, "select id from {s}t"), NULL, 0, &cursor, &err));
    CHECK_OK(cursor_fetch(cursor, &row, &err));
    CHECK_INT(row.n, 0);
}

CASE(cursor, cached_statement_sees_a_changed_schema)
{
    rig_do(rig, "create table t (a integer)", "insert into t values (1)", NULL);
    CHECK_STR(conn_ask(rig->conn, "select * from {s}t"), "1");
    rig_do(rig, "drop table t", "create table t (a varchar(5), b integer)", "insert into t values ('x', 2)",
           NULL);
    CHECK_STR(conn_ask(rig->conn, "select * from {s}t"), "x");
}
