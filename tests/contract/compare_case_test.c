/* Single cases of comparisons: many differences, moving data, what goes wrong. */
#include "recon/compare.h"

#include "contract/pair.h"
#include "driver/decorate.h"

#include <string.h>

static enum status
compare(struct place places[2], struct compare_options options, struct compare_result *out, struct err *err)
{
    struct compare_end ends[2] = {{.label = "left", .conn = places[0].conn},
                                  {.label = "right", .conn = places[1].conn}};
    return compare_run(ends, &options, test_arena(), out, err);
}

/* Every row differs in two columns by texts of the same length: sums that are linear in the bytes cancel. */
static void
run_all_differ(struct place places[2])
{
    static const char numbers[] =
        "with recursive s(n) as (select 1 union all select n + 1 from s where n < 100000) ";
    struct compare_result result = {0};
    struct err err = {0};
    for (int i = 0; i < 2; i++) {
        conn_do(places[i].conn, "create table t (id integer primary key, a varchar(20), b varchar(20))");
        conn_do(places[i].conn, arena_printf(test_arena(), "insert into t %sselect n, '%s', '%s' from s",
                                             numbers, i == 0 ? "aaaa" : "bbbb", i == 0 ? "aaaa" : "bbbb"));
    }
    if (CHECK_OK(compare(places, (struct compare_options){.limit = 5}, &result, &err))) {
        CHECK_INT(result.verdict, VERDICT_DIFFERENT);
        CHECK_INT((int64_t)result.items[0].different, 100000);
        CHECK_INT((int64_t)(result.items[0].missing + result.items[0].extra), 0);
        CHECK_INT((int64_t)result.items[0].n_keys, 5);
        CHECK_INT((int64_t)result.items[0].keys[0].n_cells, 2);
    }
}

TEST(compare_case, finds_100000_rows_that_all_differ)
{
    run_pair(ENGINE_sqlite, ENGINE_postgres, run_all_differ);
}

static void
run_duplicates(struct place places[2])
{
    struct compare_result result = {0};
    struct err err = {0};
    for (int i = 0; i < 2; i++) {
        conn_do(places[i].conn, "create table t (a integer, b integer)");
        conn_do(places[i].conn, "insert into t values (1, 1), (1, 1), (1, 1), (2, null), (null, null)");
    }
    CHECK_OK(compare(places, (struct compare_options){.limit = 0}, &result, &err));
    CHECK_INT(result.verdict, VERDICT_SAME);
    conn_do(places[1].conn, "insert into t values (2, null), (null, null), (3, 3)");
    conn_do(places[0].conn, "insert into t values (1, 1)");
    CHECK_OK(compare(places, (struct compare_options){.limit = 0}, &result, &err));
    CHECK_INT((int64_t)result.items[0].missing, 1);
    CHECK_INT((int64_t)result.items[0].extra, 3);
    CHECK_INT((int64_t)result.items[0].n_keys, 4);
}

TEST(compare_case, counts_copies_of_rows_without_a_key)
{
    run_pair(ENGINE_postgres, ENGINE_mysql, run_duplicates);
    run_pair(ENGINE_sqlite, ENGINE_mysql, run_duplicates);
}

/* -- moving data -------------------------------------------------------------------------------------------
 */

static void
make_moving(struct place places[2])
{
    for (int i = 0; i < 2; i++) {
        conn_do(places[i].conn, "create table t (id integer primary key, a integer)");
        conn_do(places[i].conn, "insert into t values (1, 1), (2, 2), (3, 3)");
    }
    conn_do(places[1].conn, "update t set a = 20 where id = 2");
}

static void
catch_up(void *state, const char *table, uint64_t differences)
{
    struct place *places = state;
    (void)table;
    CHECK_INT((int64_t)differences, 1);
    conn_do(places[1].conn, "update t set a = 2 where id = 2");
}

static void
go_on(void *state, const char *table, uint64_t differences)
{
    struct place *places = state;
    (void)table;
    (void)differences;
    conn_do(places[1].conn, "update t set a = a + 1 where id = 2");
}

static void
run_moving(struct place places[2])
{
    struct compare_result result = {0};
    struct err err = {0};
    struct compare_options options = {.recheck = 3, .waits = catch_up, .state = places};
    make_moving(places);
    CHECK_OK(compare(places, options, &result, &err));
    CHECK_INT(result.verdict, VERDICT_SAME);
    conn_do(places[1].conn, "update t set a = 20 where id = 2");
    options.waits = go_on;
    CHECK_OK(compare(places, options, &result, &err));
    CHECK_INT(result.verdict, VERDICT_UNSETTLED);
    CHECK_INT((int64_t)result.items[0].unsettled, 1);
    options.waits = NULL;
    CHECK_OK(compare(places, options, &result, &err));
    CHECK_INT(result.verdict, VERDICT_DIFFERENT);
    CHECK_INT((int64_t)result.items[0].unsettled, 0);
}

TEST(compare_case, what_moves_is_unsettled_and_what_catches_up_is_the_same)
{
    run_pair(ENGINE_sqlite, ENGINE_sqlite, run_moving);
    run_pair(ENGINE_postgres, ENGINE_mysql, run_moving);
}

/* -- what goes wrong ---------------------------------------------------------------------------------------
 */

static void
run_keys(struct place places[2])
{
    struct compare_result result = {0};
    struct err err = {0};
    conn_do(places[0].conn, "create table t (id integer primary key, code integer not null)");
    conn_do(places[1].conn, "create table t (id integer not null, code integer primary key)");
    for (int i = 0; i < 2; i++) {
        conn_do(places[i].conn, "insert into t values (1, 1), (2, 2)");
    }
    CHECK_INT(compare(places, (struct compare_options){.limit = 0}, &result, &err), STATUS_USAGE);
    CHECK(strstr(err.msg, "different keys") != NULL);
    const char *id = "id";
    const struct compare_options options = {.key = {.items = &id, .n = 1}};
    CHECK_OK(compare(places, options, &result, &err));
    CHECK_INT(result.verdict, VERDICT_SAME);
}

TEST(compare_case, different_keys_need_a_word)
{
    run_pair(ENGINE_sqlite, ENGINE_postgres, run_keys);
}

static void
run_columns(struct place places[2])
{
    struct compare_result result = {0};
    struct err err = {0};
    conn_do(places[0].conn, "create table t (id integer primary key, a integer)");
    conn_do(places[1].conn, "create table t (id integer primary key, a integer, b integer)");
    CHECK_OK(compare(places, (struct compare_options){.limit = 0}, &result, &err));
    CHECK_INT(result.verdict, VERDICT_DIFFERENT);
    CHECK_INT((int64_t)result.items[0].only_right.n, 1);
    const char *a = "A";
    const struct compare_options options = {.columns = {.items = &a, .n = 1}};
    CHECK_OK(compare(places, options, &result, &err));
    CHECK_INT(result.verdict, VERDICT_SAME);
}

TEST(compare_case, a_column_that_one_side_lacks_is_a_difference)
{
    run_pair(ENGINE_sqlite, ENGINE_mysql, run_columns);
}

static void
run_sets(struct place places[2])
{
    struct compare_result result = {0};
    struct err err = {0};
    conn_do(places[0].conn, "create table t (id integer primary key)");
    conn_do(places[0].conn, "create table left_alone (id integer primary key)");
    conn_do(places[1].conn, "create table t (id integer primary key)");
    conn_do(places[0].conn, "insert into left_alone values (1), (2)");
    CHECK_OK(compare(places, (struct compare_options){.limit = 0}, &result, &err));
    CHECK_INT((int64_t)result.n, 2);
    CHECK_INT(result.verdict, VERDICT_DIFFERENT);
    for (size_t i = 0; i < result.n; i++) {
        CHECK_INT((int64_t)result.items[i].missing, result.items[i].right == NULL ? 2 : 0);
    }
}

TEST(compare_case, a_table_that_one_side_lacks_is_a_difference)
{
    run_pair(ENGINE_sqlite, ENGINE_postgres, run_sets);
}

#ifdef ROLLCALL_FAULT_POINTS

static void
run_lost(struct place places[2])
{
    static const char numbers[] =
        "with recursive s(n) as (select 1 union all select n + 1 from s where n < 900) ";
    struct compare_result result = {0};
    struct err err = {0};
    struct conn *conn = NULL;
    const struct decoration decoration = {NULL, "dump_next=lost@500"};
    for (int i = 0; i < 2; i++) {
        conn_do(places[i].conn, "create table t (id integer primary key)");
        conn_do(places[i].conn, arena_printf(test_arena(), "insert into t %sselect n from s", numbers));
    }
    CHECK_OK(conn_open_decorated(&(struct conn_params){.url = places[1].url}, &decoration, &conn, &err));
    struct place broken[2] = {places[0], {.conn = conn}};
    CHECK_INT(compare(broken, (struct compare_options){.limit = 0}, &result, &err), STATUS_CONNECT);
    CHECK(strstr(err.msg, "right side") != NULL);
    conn_close(conn);
}

TEST(compare_case, a_connection_that_is_lost_midway_is_an_error)
{
    run_pair(ENGINE_sqlite, ENGINE_postgres, run_lost);
    run_pair(ENGINE_postgres, ENGINE_mysql, run_lost);
}

#endif
