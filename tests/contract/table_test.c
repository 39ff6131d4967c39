/* Tables as they are described: columns, keys, references. */
#include "contract/rig.h"

#include "journal/registry.h"

#include <string.h>

static const char *
qualified(struct rig *rig, const char *name)
{
    return rig->engine == ENGINE_postgres ? arena_printf(test_arena(), "public.%s", name) : name;
}

static struct table
describe(struct rig *rig, const char *name)
{
    struct err err = {0};
    struct table table = {0};
    CHECK_OK(conn_describe(rig->conn, qualified(rig, name), test_arena(), &table, &err));
    return table;
}

CASE(table, names_are_those_of_user_tables_only)
{
    struct err err = {0};
    const char **names = NULL;
    size_t n = 0;
    rig_make_registry(rig);
    rig_do(rig, "create table b (x integer)", "create table a (x integer)",
           "create view v as select x from a", NULL);
    CHECK_OK(conn_tables(rig->conn, test_arena(), &names, &n, &err));
    if (CHECK_INT(n, 2)) {
        CHECK_STR(names[0], qualified(rig, "a"));
        CHECK_STR(names[1], qualified(rig, "b"));
    }
}

CASE(table, columns_come_in_order_with_their_types)
{
    rig_do(
        rig,
        ON_ENGINE(rig,
                  "create table t (i integer not null, s varchar(40) not null default 'x', d decimal(10,2), "
                  "b blob, f double precision, at timestamp)",
                  "create table t (i integer not null, s varchar(40) not null default 'x', d decimal(10,2), "
                  "b bytea, f double precision, at timestamp)",
                  "create table t (i integer not null, s varchar(40) not null default 'x', d decimal(10,2), "
                  "b blob, f double precision, at datetime)"),
        NULL);
    static const struct {
        const char *name;
        enum type_kind kind;
        bool not_null;
        bool has_default;
    } want[] = {
        {"i", TYPE_INT, true, false},      {"s", TYPE_TEXT, true, true},
        {"d", TYPE_DECIMAL, false, false}, {"b", TYPE_BYTES, false, false},
        {"f", TYPE_FLOAT, false, false},   {"at", TYPE_TIMESTAMP, false, false},
    };
    struct table table = describe(rig, "t");
    if (!CHECK_INT(table.n_columns, COUNT_OF(want))) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        const struct column *column = &table.columns[i];
        CHECK_STR(column->name, want[i].name);
        CHECK_INT(column->type.kind, want[i].kind);
        CHECK_INT(column->not_null, want[i].not_null);
        CHECK_INT(column->has_default, want[i].has_default);
        CHECK(!column->is_generated);
    }
    CHECK_INT(table.columns[1].type.length, 40);
    CHECK_INT(table.columns[2].type.precision, 10);
    CHECK_INT(table.columns[2].type.scale, 2);
    CHECK_STR(table.qualified, qualified(rig, "t"));
}

CASE(table, keys_are_the_primary_one_and_those_without_null)
{
    rig_do(
        rig,
        "create table t (a integer not null, b integer not null, c integer not null, d integer, unique (c), "
        "unique (d), primary key (a, b))",
        NULL);
    struct table table = describe(rig, "t");
    const struct table_key *key = table_primary_key(&table);
    if (CHECK(key != NULL) && CHECK_INT(key->n_columns, 2)) {
        CHECK_STR(key->columns[0], "a");
        CHECK_STR(key->columns[1], "b");
    }
    if (CHECK_INT(table.n_keys, 2)) {
        CHECK(table.keys[0].is_primary);
        CHECK_STR(table.keys[1].columns[0], "c");
    }
}

CASE(table, unique_index_without_null_is_a_key)
{
    rig_do(rig, "create table t (a integer not null, b integer)", "create unique index t_a on t (a)",
           "create unique index t_b on t (b)", NULL);
    struct table table = describe(rig, "t");
    CHECK(table_primary_key(&table) == NULL);
    if (CHECK_INT(table.n_keys, 1)) {
        CHECK_STR(table.keys[0].columns[0], "a");
        CHECK(!table.keys[0].is_primary);
    }
}

CASE(table, references_name_their_parent_and_actions)
{
    rig_do(rig, "create table p (a integer not null, b integer not null, primary key (a, b))",
           "create table c (x integer, y integer, constraint c_p foreign key (x, y) references p (a, b) "
           "on delete cascade on update set null)",
           NULL);
    struct table table = describe(rig, "c");
    if (!CHECK_INT(table.n_references, 1)) {
        return;
    }
    const struct foreign_key *key = &table.references[0];
    CHECK_STR(key->name, "c_p");
    CHECK_STR(key->parent, qualified(rig, "p"));
    CHECK_INT(key->n_columns, 2);
    CHECK_STR(key->columns[1], "y");
    CHECK_STR(key->parent_columns[1], "b");
    CHECK_STR(key->on_delete, "CASCADE");
    CHECK_STR(key->on_update, "SET NULL");
    CHECK(key->is_validated);
}

CASE(table, a_reference_to_a_partitioned_table_is_one)
{
    if (rig->engine != ENGINE_postgres) {
        test_skip("tables in partitions are referred to on PostgreSQL only");
        return;
    }
    rig_do(rig, "create table p (a integer, b integer, primary key (a, b)) partition by list (a)",
           "create table p1 partition of p for values in (1)", "create table p2 partition of p default",
           "create table c (x integer, y integer, constraint c_p foreign key (x, y) references p match full)",
           NULL);
    struct table table = describe(rig, "c");
    if (CHECK_INT(table.n_references, 1)) {
        CHECK_STR(table.references[0].parent, "public.p");
        CHECK(table.references[0].is_match_full);
    }
}

CASE(table, identity_and_generated_columns_are_told)
{
    rig_do(rig,
           ON_ENGINE(rig,
                     "create table t (id integer primary key, n integer, g integer generated always as (n + "
                     "1) stored)",
                     "create table t (id integer generated always as identity primary key, n integer, "
                     "g integer generated always as (n + 1) stored)",
                     "create table t (id integer auto_increment primary key, n integer, "
                     "g integer generated always as (n + 1) stored)"),
           NULL);
    struct table table = describe(rig, "t");
    if (CHECK_INT(table.n_columns, 3)) {
        CHECK(table.columns[0].is_identity && !table.columns[0].is_generated);
        CHECK(!table.columns[1].is_identity && !table.columns[1].is_generated);
        CHECK(table.columns[2].is_generated);
    }
}

CASE(table, odd_names_are_found)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    const struct driver *driver = rig->conn->driver;
    buf_str(&sql, "create table ");
    driver_quote(driver, &sql, "order \"of\" `it's` \xC3\xA4");
    buf_str(&sql, " (");
    driver_quote(driver, &sql, "select \"x\" `y`");
    buf_str(&sql, " integer not null primary key)");
    conn_do(rig->conn, buf_cstr(&sql));
    struct table table = describe(rig, "order \"of\" `it's` \xC3\xA4");
    if (CHECK_INT(table.n_columns, 1)) {
        CHECK_STR(table.columns[0].name, "select \"x\" `y`");
        CHECK(table_primary_key(&table) != NULL);
    }
}

CASE(table, missing_one_is_usage)
{
    struct err err = {0};
    struct table table;
    CHECK_INT(conn_describe(rig->conn, qualified(rig, "nowhere"), test_arena(), &table, &err), STATUS_USAGE);
    CHECK(strstr(err.msg, "nowhere") != NULL);
}
