/* The registry's tables on every engine: made from the driver's own SQL, found under its prefix, on its
 * clock. */
#include "contract/rig.h"

#include "base/clock.h"
#include "journal/registry.h"

#include <stdlib.h>

CASE(registry, is_there_once_it_was_made)
{
    struct err err = {0};
    bool exists = true;
    CHECK_OK(registry_exists(rig->conn, &exists, &err));
    CHECK(!exists);
    rig_make_registry(rig);
    CHECK_OK(registry_exists(rig->conn, &exists, &err));
    CHECK(exists);
    rig_make_registry(rig); /* a second time changes nothing */
    CHECK_STR(conn_ask(rig->conn, "select count(*) from {r}migration"), "0");
    CHECK_STR(conn_ask(rig->conn, "select count(*) from {r}lease"), "1");
}

CASE(registry, prefix_and_clock_stand_for_the_engine_s_own)
{
    struct err err = {0};
    struct value name = value_text("x {r} {now}");
    rig_make_registry(rig);
    CHECK_OK(
        conn_run(rig->conn, "insert into {r}meta (item, value) values ('braces', ?)", &name, 1, NULL, &err));
    CHECK_STR(conn_ask(rig->conn, "select value from {r}meta where item = 'braces'"), "x {r} {now}");
    int64_t now = 0;
    CHECK(parse_i64(span_of(conn_ask(rig->conn, "select {now}")), &now));
    CHECK(llabs(now - clock_now_us()) < 5000000);
}

CASE(registry, keeps_bytes_and_large_numbers)
{
    struct err err = {0};
    struct value values[] = {value_text("k"), value_int(test_arena(), INT64_MAX),
                             value_bytes(SPAN("\0\1\xFF;'"))};
    struct value *row = NULL;
    bool found = false;
    rig_make_registry(rig);
    CHECK_OK(conn_run(rig->conn, "insert into {r}script (sha256, length, data) values (?, ?, ?)", values, 3,
                      NULL, &err));
    CHECK_OK(conn_query_row(rig->conn, "select length, data from {r}script where sha256 = ?", values, 1,
                            test_arena(), &row, &found, &err));
    if (CHECK(found)) {
        CHECK(value_to_int(&row[0], 0) == INT64_MAX);
        CHECK(row[1].kind == VALUE_BYTES && span_eq(row[1].bytes, values[2].bytes));
    }
}
