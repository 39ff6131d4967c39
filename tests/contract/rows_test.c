/* Rows as canonical bytes: what every engine gives for the same data. */
#include "contract/rig.h"
#include "recon/rows.h"

#include <string.h>

struct total {
    uint64_t rows;
    struct hash128 sum;
    struct hash128 keys;
};

static enum status
add_row(void *state, const struct rows_item *item, struct err *err)
{
    struct total *total = state;
    (void)err;
    total->rows++;
    total->sum = hash128_add(total->sum, item->row);
    total->keys = hash128_add(total->keys, item->key);
    return STATUS_OK;
}

static const char *
total_of(const struct rows_source *source, const char *key)
{
    struct err err = {0};
    struct rows_plan plan = {0};
    struct total total = {0};
    const struct rows_sink sink = {add_row, &total};
    char sum[HASH128_HEX_LEN + 1];
    char keys[HASH128_HEX_LEN + 1];
    if (!CHECK_OK(rows_plan_alone(source, &key, key == NULL ? 0 : 1, test_arena(), &plan, &err))) {
        return "";
    }
    for (size_t i = 0; i < plan.n; i++) {
        const char *name = source->columns[plan.columns[i]].name;
        plan.kinds[i] = str_eq(name, "ok") ? CANON_BOOL : str_eq(name, "at") ? CANON_CIVIL : plan.kinds[i];
    }
    CHECK_OK(rows_read(&plan, &sink, test_arena(), NULL, &err));
    hash128_hex(total.sum, sum);
    hash128_hex(total.keys, keys);
    return arena_printf(test_arena(), "%d %s %s", (int)total.rows, sum, keys);
}

CASE(rows, of_tables_and_queries_are_the_same_bytes_on_every_engine)
{
    static const char golden[] = "3 545ae0caf7e119bfa9e4b05db41fa250 e4dd70235845cc5bdb6fff4737714ee9";
    struct err err = {0};
    struct rows_source source = {0};
    rig_do(rig,
           ON_ENGINE(
               rig,
               "create table t (id integer primary key, price numeric(10,2), name varchar(20), at datetime, "
               "ok boolean)",
               "create table t (id int primary key, price numeric(10,2), name varchar(20), at timestamp, "
               "ok boolean)",
               "create table t (id int primary key, price decimal(10,2), name varchar(20), at datetime, "
               "ok tinyint(1)) charset utf8mb4"),
           "insert into t values (1, 0.99, 'caf\303\251', '2009-01-01 00:00:00', true)",
           "insert into t values (2, -12.50, '', null, false)",
           "insert into t values (3, null, null, '2024-02-29 23:59:59', null)", NULL);
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_OK(rows_of_table(rig->conn, own_sql(rig->conn, "{s}t"), test_arena(), &source, &err));
    CHECK_STR(total_of(&source, NULL), golden);
    const char *query = "select id, price, name, at, ok from {s}t where id > 0 -- all\n;";
    CHECK_OK(rows_of_query(rig->conn, own_sql(rig->conn, query), "query", test_arena(), &source, &err));
    CHECK_STR(total_of(&source, "ID"), golden);
    conn_rollback(rig->conn);
}

CASE(rows, of_a_query_that_is_none_are_wrong_usage)
{
    struct err err = {0};
    struct rows_source source = {0};
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_INT(rows_of_query(rig->conn, "select 1 as a, 2 as a", "q", test_arena(), &source, &err),
              STATUS_USAGE);
    conn_rollback(rig->conn);
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_INT(rows_of_query(rig->conn, "select * from nothing_here", "q", test_arena(), &source, &err),
              STATUS_USAGE);
    CHECK(strstr(err.msg, "nothing_here") != NULL);
    conn_rollback(rig->conn);
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_INT(rows_of_table(rig->conn, "nothing_here", test_arena(), &source, &err), STATUS_USAGE);
    conn_rollback(rig->conn);
}
