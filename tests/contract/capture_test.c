/* What is logged of a table's changes is what has become of its rows: the first entry of a key is the row as
 * it was, the last the row as it is, and a key without entries is as before. */
#include "contract/rig.h"

#include "base/map.h"
#include "driver/capture.h"

#include <stdio.h>
#include <string.h>

enum { L = 1 << ENGINE_sqlite, P = 1 << ENGINE_postgres, M = 1 << ENGINE_mysql, ALL = L | P | M };

struct deed {
    const char *name;
    unsigned engines;
    int entries; /* in the log: nothing twice; -1: not counted */
    bool cascades;
    const char *second_key; /* a key of two columns: k and this one */
    const char *setup[8];
    const char *work[5];
};

#define T     "create table t (k integer primary key, v varchar(200))"
#define THREE "insert into t values (1, 'a'), (2, 'b'), (3, 'c')"
#define PARTS                                                                                                \
    "create table t (k integer, v varchar(200)) partition by range (k)",                                     \
        "create table t_1 partition of t for values from (0) to (100)",                                      \
        "create table t_2 partition of t for values from (100) to (300) partition by range (k)",             \
        "create table t_21 partition of t_2 for values from (100) to (200)",                                 \
        "create table t_22 partition of t_2 for values from (200) to (300)"

static const struct deed changes[] = {
    {"nothing", ALL, 0, .setup = {T, THREE}, .work = {"update t set v = 'x' where k = 9"}},
    {"an insert", ALL, 2, .setup = {T, THREE}, .work = {"insert into t values (4, 'd'), (5, null)"}},
    {"an update", ALL, 2, .setup = {T, THREE}, .work = {"update t set v = 'x' where k = 2"}},
    {"an update to NULL", ALL, 2, .setup = {T, THREE}, .work = {"update t set v = null where k = 2"}},
    {"a delete", ALL, 1, .setup = {T, THREE}, .work = {"delete from t where k = 1"}},
    {"all rows", ALL, 9, .setup = {T, THREE}, .work = {"update t set v = 'x'", "delete from t"}},
    {"keys that move up one place", ALL, 6, .setup = {T, "insert into t values (2, 'b'), (3, 'c'), (4, 'd')"},
     .work = {"update t set k = k - 1"}},
    {"keys that change places", ALL, 6, .setup = {T, "insert into t values (1, 'a'), (2, 'b')"},
     .work = {"update t set k = 9 where k = 1", "update t set k = 1 where k = 2",
              "update t set k = 2 where k = 9"}},
    {"a row changed twice", ALL, 4, .setup = {T, THREE},
     .work = {"update t set v = 'x' where k = 1", "update t set v = 'y' where k = 1"}},
    {"a row that comes, changes and goes", ALL, 4, .setup = {T},
     .work = {"insert into t values (7, 'g')", "update t set v = 'h'", "delete from t"}},
    {"a row that goes and comes", ALL, 2, .setup = {T, THREE},
     .work = {"delete from t where k = 2", "insert into t values (2, 'new')"}},
    {"an upsert", L | P, 3, .setup = {T, THREE},
     .work = {"insert into t values (3, 'x'), (4, 'y') on conflict (k) do update set v = excluded.v"}},
    {"an upsert in the server's words", M, 3, .setup = {T, THREE},
     .work = {"insert into t values (3, 'x'), (4, 'y') on duplicate key update v = values(v)"}},
    {"a replace", L | M, -1, .setup = {T, THREE}, .work = {"replace into t values (3, 'x'), (4, 'y')"}},
    {"an insert that is ignored", L, 1, .setup = {T, THREE},
     .work = {"insert or ignore into t values (3, 'x'), (4, 'y')"}},
    {"an upsert that moves the key it met", P, 3, .setup = {T, THREE},
     .work = {"insert into t values (1, 'x'), (1, 'y') on conflict (k) do update set k = t.k + 10"}},
    {"a merge", P, 4, .setup = {T, THREE},
     .work = {"merge into t using (values (1), (2), (9)) s (k) on t.k = s.k when matched and s.k = 1 then "
              "delete when matched then update set v = 'm' when not matched then insert values (s.k, "
              "'new')"}},
    {"a merge that puts a key back", P, 2, .setup = {T, THREE},
     .work = {"merge into t using (values (1), (8)) s (k) on t.k = s.k when matched then delete when not "
              "matched then insert values (s.k - 7, 'new')"}},
    {"rows that are taken out and put back in one statement", P, 6,
     .setup = {T, THREE, "alter table t drop constraint t_pkey"},
     .work = {"with gone as (delete from t returning *) insert into t select k, v || 'x' from gone"}},
    {"a text key", ALL, 3,
     .setup = {"create table t (k varchar(40) primary key, v varchar(40))",
               "insert into t values ('a', '1'), ('A b''c\"d', '2'), ('', '3')"},
     .work = {"update t set v = 'x' where k = ''", "delete from t where v = '2'"}},
    {"a key of two columns", ALL, 4, .second_key = "k2",
     .setup = {"create table t (k integer, k2 varchar(20), v varchar(20), primary key (k, k2))",
               "insert into t values (1, 'a', 'x'), (1, 'b', 'y'), (2, 'a', 'z')"},
     .work = {"update t set v = 'n' where k = 1"}},
    {"names that need quotes", P, 2,
     .setup =
         {"create table t (k integer primary key, v text, \"Odd \"\"name$rc$\" integer, \"select\" text)",
          "insert into t values (1, 'a', 1, 'x')"},
     .work = {"update t set \"Odd \"\"name$rc$\" = 2, v = 'b'"}},
    {"generated and identity columns", P, 3,
     .setup = {"create table t (k integer generated always as identity primary key, v text, g text generated "
               "always as (v || '!') stored)",
               "insert into t (v) values ('a')"},
     .work = {"insert into t (v) values ('b')", "update t set v = 'c' where k = 1"}},
    {"what a trigger of another table writes", ALL, 2,
     .setup = {T, THREE, "create table other (x integer)", "TRIGGER"},
     .work = {"insert into other values (2)"}},
    {"a trigger that writes the same row again", P, 8,
     .setup = {T, THREE,
               "create function again() returns trigger language plpgsql as $$ begin if pg_trigger_depth() = "
               "1 then update t set v = v || '+', k = k + 10 where k = new.k; end if; return null; end $$",
               "create trigger a_first after update on t for each row execute function again()"},
     .work = {"update t set v = 'x' where k < 2", "update t set v = 'y' where k = 11"}},
    {"a trigger that fails and is caught", P, 2,
     .setup =
         {T, THREE,
          "create function try() returns trigger language plpgsql as $$ begin begin update t set v = "
          "'lost' where k = 3; perform 1 / 0; exception when others then null; end; return null; end $$",
          "create trigger a_first after update on t for each row when (new.k = 1) execute function try()"},
     .work = {"update t set v = 'x' where k = 1"}},
    /* SQLite runs scripts without foreign keys; sqlite_capture_test.c switches them on */
    {"a foreign key's cascade", P | M, 3, .cascades = true,
     .setup = {"create table other (id integer primary key)", "insert into other values (1), (2)",
               "create table t (k integer primary key, v integer, foreign key (v) references other (id) on "
               "delete cascade on update cascade)",
               "insert into t values (10, 1), (20, 1), (30, 2)"},
     .work = {"delete from other where id = 1", "insert into t values (40, 2)"}},
    {"a foreign key's change of keys", P, 4, .cascades = true,
     .setup = {"create table other (id integer primary key)", "insert into other values (1), (2)",
               "create table t (k integer primary key, v integer, foreign key (v) references other (id) on "
               "delete set null on update cascade)",
               "insert into t values (10, 1), (30, 2)"},
     .work = {"update other set id = 5 where id = 1", "delete from other where id = 2"}},
    {"a table that refers to itself", P | M, 3, .cascades = true,
     .setup = {"create table t (k integer primary key, v integer, foreign key (v) references t (k) on delete "
               "cascade)",
               "insert into t values (1, null)", "insert into t values (2, 1)", "insert into t values (3, 2)",
               "insert into t values (4, null)"},
     .work = {"delete from t where k = 1"}},
    {"a table that refers to itself, with other keys", P, -1, .cascades = true,
     .setup = {"create table t (k integer primary key, v integer references t on update cascade)",
               "insert into t values (1, null), (2, 1), (3, 2)"},
     .work = {"update t set k = k + 10", "update t set k = k + 10 where k = 12"}},
    {"a partitioned table", P, 10, .setup = {PARTS, "insert into t values (1, 'a'), (101, 'b'), (201, 'c')"},
     .work = {"insert into t values (102, 'd')", "update t set v = v || 'x'", "delete from t where k = 1"}},
    {"partitions by their own names", P, 6,
     .setup = {PARTS, "insert into t values (1, 'a'), (101, 'b'), (201, 'c')"},
     .work = {"update t_1 set v = 'x'", "update t_2 set k = k + 1 where k = 101", "delete from t_21",
              "insert into t_22 values (205, 'n')"}},
    {"rows that move to another partition", P, 4,
     .setup = {PARTS, "insert into t values (1, 'a'), (101, 'b'), (201, 'c')"},
     .work = {"update t set k = k + 210 where k < 50", "update t_2 set k = 150 where v = 'c'"}},
    {"tables that inherit", P, 9,
     .setup = {"create table t (k integer, v text)", "create table t_child (w text) inherits (t)",
               "create table t_third () inherits (t_child)", "insert into t values (1, 'a')",
               "insert into t_child values (2, 'b', 'w')", "insert into t_third values (3, 'c', 'w')"},
     .work = {"update t set v = 'x'", "update t_child set v = 'y' where k = 2", "delete from only t_third"}},
    {"what is undone to a savepoint", ALL, 2, .setup = {T, THREE},
     .work = {"savepoint a", "delete from t", "rollback to savepoint a", "update t set v = 'x' where k = 3"}},
    {"another role's work", P, 2,
     .setup = {T, THREE, "grant usage on schema public to pg_read_all_data",
               "grant select, update on t to pg_read_all_data"},
     .work = {"set local role pg_read_all_data", "update t set v = 'x' where k = 1"}},
    {"a replica's work", P, 2, .setup = {T, THREE},
     .work = {"set local session_replication_role = replica", "update t set v = 'x' where k = 1"}},
    {"a search path without our names", P, 2,
     .setup = {T, THREE, "create schema odd",
               "create function odd.nextval(text) returns bigint language sql as 'select 1/0::bigint'"},
     .work = {"set local search_path = odd, pg_catalog", "update public.t set v = 'x' where k = 1"}},
    {"a check that waits for the commit", P, 2,
     .setup = {T, "create table other (k integer primary key)",
               "alter table t add foreign key (k) references other deferrable initially deferred"},
     .work = {"insert into t values (1, 'a'), (2, 'b')", "insert into other values (1), (2)"}},
};

/* -- what it takes ----------------------------------------------------------------------------------------
 */

static const char *
log_name(const struct rig *rig, int n)
{
    return arena_printf(test_arena(), "%slog_%d", rig->conn->driver->registry_prefix, n);
}

static bool
can_capture(const struct rig *rig)
{
    if (rig->conn->driver->ops->capture_begin == NULL) {
        test_skip("the driver captures nothing");
        return false;
    }
    return true;
}

static struct table
describe(struct rig *rig, const char *name)
{
    struct err err = {0};
    struct table table = {0};
    const char *qualified = rig->engine == ENGINE_postgres && strchr(name, '.') == NULL
                                ? arena_printf(test_arena(), "public.%s", name)
                                : name;
    CHECK_OK(conn_describe(rig->conn, qualified, test_arena(), &table, &err));
    return table;
}

/* Both in the order that the engine wants. */
static void
begin_capture(struct rig *rig, const struct table *table, int log)
{
    struct err err = {0};
    bool is_inside = conn_has(rig->conn, CAP_TRANSACTIONAL_DDL);
    if (is_inside) {
        CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    }
    CHECK_OK(conn_capture_begin(rig->conn, table, log_name(rig, log), &err));
    if (!is_inside) {
        CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    }
}

static void
end_capture(struct rig *rig, const struct table *table, int log)
{
    struct err err = {0};
    bool is_inside = conn_has(rig->conn, CAP_TRANSACTIONAL_DDL);
    if (!is_inside) {
        CHECK_OK(conn_commit(rig->conn, &err));
    }
    CHECK_OK(conn_capture_end(rig->conn, table, log_name(rig, log), &err));
    if (is_inside) {
        CHECK_OK(conn_commit(rig->conn, &err));
    }
}

/* -- the model ------------------------------------------------------------------------------------------- */

struct entry {
    const char *key;
    const char *image; /* what is in the row's other column */
    bool is_new;
};

struct entries {
    struct entry *items;
    size_t n;
    size_t cap;
};

static const char *
shown(const struct value *value)
{
    return value_is_null(value) ? "NULL"
                                : arena_printf(test_arena(), "'%s'", value_to_str(value, test_arena()));
}

/* Rows of (key, second key, image, rc_new). */
static struct entries
read_entries(struct rig *rig, const char *sql)
{
    struct err err = {0};
    struct entries out = {0};
    CURSOR_SCOPED *cursor = NULL;
    struct row row = {0};
    if (!CHECK_OK(conn_query(rig->conn, sql, NULL, 0, &cursor, &err))) {
        return out;
    }
    while (CHECK_OK(cursor_fetch(cursor, &row, &err)) && row.n > 0) {
        struct entry entry = {
            .key = arena_printf(test_arena(), "%s %s", shown(&row.values[0]), shown(&row.values[1])),
            .image = shown(&row.values[2]),
            .is_new = value_to_bool(&row.values[3]),
        };
        vec_push(test_arena(), &out, entry);
    }
    return out;
}

static struct entries
table_now(struct rig *rig, const struct deed *deed)
{
    const char *second = deed->second_key == NULL ? "k" : deed->second_key;
    return read_entries(
        rig,
        own_sql(rig->conn, arena_printf(test_arena(), "select /* %s */ k, %s, v, 1 from {s}t order by 1, 2",
                                        deed->name, second)));
}

static const struct entry *
find(const struct entries *entries, const char *key, bool last)
{
    const struct entry *found = NULL;
    for (size_t i = 0; i < entries->n && (found == NULL || last); i++) {
        found = str_eq(entries->items[i].key, key) ? &entries->items[i] : found;
    }
    return found;
}

static const char *
image_of(const struct entry *entry)
{
    return entry == NULL || !entry->is_new ? "(none)" : entry->image;
}

/* A key's image after what the log says, and before it: an entry of the row as it was says it was there. */
static void
compare(const struct deed *deed, const struct entries *before, const struct entries *log,
        const struct entries *after, const char *key)
{
    const struct entry *first = find(log, key, false);
    const struct entry *last = find(log, key, true);
    const char *was = image_of(find(before, key, false));
    const char *is = image_of(find(after, key, false));
    const char *what = arena_printf(test_arena(), "%s, key %s", deed->name, key);
    if (first == NULL) {
        (void)test_check_str(is, was, what, __FILE__, __LINE__);
        return;
    }
    (void)test_check_str(first->is_new ? "(none)" : first->image, was, what, __FILE__, __LINE__);
    (void)test_check_str(image_of(last), is, what, __FILE__, __LINE__);
}

static void
compare_all(const struct deed *deed, const struct entries *before, const struct entries *log,
            const struct entries *after)
{
    const struct entries *all[] = {before, log, after};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        for (size_t k = 0; k < all[i]->n; k++) {
            compare(deed, before, log, after, all[i]->items[k].key);
        }
    }
}

/* -- running ----------------------------------------------------------------------------------------------
 */

static void
do_step(struct rig *rig, const char *sql)
{
    if (str_eq(sql, "TRIGGER")) {
        if (rig->engine == ENGINE_postgres) {
            conn_do(rig->conn, "create function note() returns trigger language plpgsql as $$ begin update t "
                               "set v = 'by trigger' where k = new.x; return new; end $$");
        }
        sql = ON_ENGINE(rig,
                        "create trigger noting after insert on other begin update t set v = 'by trigger' "
                        "where k = new.x; "
                        "end",
                        "create trigger noting after insert on other for each row execute function note()",
                        "create trigger noting after insert on other for each row update t set v = 'by "
                        "trigger' where k = "
                        "new.x");
    }
    conn_do(rig->conn, sql);
}

static void
tidy_up(struct rig *rig)
{
    static const char *const tables[] = {"t", "other"};
    if (rig->engine == ENGINE_postgres) {
        rig_do(rig, "drop schema public cascade", "create schema public", "drop schema if exists odd cascade",
               NULL);
    } else {
        for (size_t i = 0; i < COUNT_OF(tables); i++) {
            conn_do(rig->conn, arena_printf(test_arena(), "drop table if exists %s", tables[i]));
        }
    }
    own_do(rig->conn, arena_printf(test_arena(), "drop table %s", log_name(rig, 1)));
}

static const char *
hooks_left(struct rig *rig)
{
    return conn_ask(
        rig->conn,
        ON_ENGINE(rig, "select count(*) from sqlite_master where type = 'trigger' and name like '%rollcall%'",
                  "select (select count(*) from pg_trigger where tgname like 'rollcall%') + (select "
                  "count(*) from pg_proc where pronamespace = 'rollcall'::regnamespace)",
                  "select count(*) from information_schema.triggers where trigger_schema = database() "
                  "and trigger_name like '%rollcall%'"));
}

static void
run_change(struct rig *rig, const struct deed *deed)
{
    for (size_t i = 0; i < COUNT_OF(deed->setup) && deed->setup[i] != NULL; i++) {
        do_step(rig, deed->setup[i]);
    }
    struct table table = describe(rig, "t");
    struct entries before = table_now(rig, deed);
    begin_capture(rig, &table, 1);
    struct err err = {0};
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    for (size_t i = 0; i < COUNT_OF(deed->work) && deed->work[i] != NULL; i++) {
        const char *what = arena_printf(test_arena(), "%s: %s", deed->name, deed->work[i]);
        (void)test_check_ok(conn_exec(rig->conn, span_of(deed->work[i]), NULL, &err), &err, what, __FILE__,
                            __LINE__);
    }
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    end_capture(rig, &table, 1);
    const char *second = deed->second_key == NULL ? "k" : deed->second_key;
    struct entries log = read_entries(
        rig, arena_printf(test_arena(), "select /* %s */ k, %s, v, rc_new from %s order by rc_seq, rc_new",
                          deed->name, second, log_name(rig, 1)));
    struct entries after = table_now(rig, deed);
    compare_all(deed, &before, &log, &after);
    if (deed->entries >= 0) {
        (void)test_check_int((int64_t)log.n, deed->entries, deed->name, __FILE__, __LINE__);
    }
    (void)test_check_str(hooks_left(rig), "0", deed->name, __FILE__, __LINE__);
    tidy_up(rig);
}

CASE(capture, tells_what_became_of_every_row)
{
    if (!can_capture(rig)) {
        return;
    }
    rig_make_registry(rig);
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        bool is_meant = (changes[i].engines & (1U << rig->engine)) != 0 &&
                        (!changes[i].cascades || conn_has(rig->conn, CAP_CAPTURES_CASCADES));
        if (is_meant) {
            run_change(rig, &changes[i]);
        }
    }
}

/* -- cells ------------------------------------------------------------------------------------------------
 */

struct zoo {
    const char *statements[16];
};

static const struct zoo zoos[ENGINE_COUNT] = {
    [ENGINE_sqlite] =
        {{"create table t (k integer primary key, a, b text, c blob, d real, e numeric)",
          "insert into t values (1, 1, 'x', x'00ff', 0.1, 1.50), (2, 1.0, '', x'', -0.0, '2.50'), "
          "(3, '1', 'a''b', 'text', 9e999, 9007199254740993), (4, null, null, null, null, null), "
          "(5, x'31', 5, 5, 'five', x'35')"}},
    [ENGINE_postgres] =
        {{"create type mood as enum ('sad', 'it''s \"ok\"')",
          "create domain pos as numeric(20, 4) check (value > 0)",
          "create type pair as (a integer, \"B b\" float8)", "create type spread as range (subtype = pos)",
          "create schema \"Odd s\"", "create type \"Odd s\".\"T t\" as enum ('x')",
          "create table t (k integer primary key, n numeric, f float8, g real, v varchar(9), c char(5), tx "
          "text collate \"C\", "
          "j json, jb jsonb, by bytea, ts timestamp, tz timestamptz(3), d date, tm time, iv interval, u "
          "uuid, bi bit(3), vb "
          "varbit, ia integer[], ta text[], m mood, ma mood[], p pos, pr pair, sp spread, od \"Odd s\".\"T "
          "t\", pt point, mo "
          "money, ine inet, x xml, tsv tsvector, rg int4range, \"char\" \"char\", oi oid, rc regclass, b "
          "boolean, na name)",
          "insert into t values (1, 1.0, '-0', 'NaN', 'ab ', 'ab', 'ä', '{\"a\": 1,  \"a\":2}', '{\"a\": "
          "1.0}', '\\x00ff', "
          "'infinity', '2020-01-01 00:00:00.123+03', '4713-01-01 BC', '24:00', '-1 mon +2 days "
          "-00:00:00.000001', "
          "'00000000-0000-0000-0000-000000000001', '101', '', '{1,null}', '{\"a,b\",\"\"}', 'sad', "
          "'{sad,null}', 1.5, '(1,0.1)', "
          "'[1,2.5]', 'x', '(1,-0)', '-1.50', '::1/64', '<a> </a>', 'a:1 b:2', '[1,3)', 'c', 5, 't', true, "
          "'n')",
          "insert into t values (2, 1.00, '0', '-0', 'ab', 'abc', '', '{}', '[]', '', '-infinity', "
          "'infinity', 'infinity', "
          "'00:00', '1 mon', null, '000', '1', '{}', '{}', 'it''s \"ok\"', '{}', 0.0001, '(,)', 'empty', "
          "null, '(0,0)', '0', "
          "'1.2.3.4', 'x', '', 'empty', '', 0, '-', false, '')",
          "insert into t (k, n, f, pr) values (3, 'NaN', 'NaN', null)",
          "insert into t (k, n, f, g, iv) values (4, '-0.000', 5e-324, 0.1, '178000000 years')"}},
    [ENGINE_mysql] =
        {{"create table t (k integer primary key, n decimal(30, 10), f double, g float, v varchar(9), c "
          "char(5), tx "
          "text character set latin1, j json, by1 varbinary(9), bl longblob, ts timestamp(6) null, dt "
          "datetime(6), d date, tm time(6), y year, bi bit(10), e enum('a', 'it''s'), s set('x', 'y'), u "
          "bigint "
          "unsigned)",
          "insert into t values (1, 1.5, 0.1, 16777.217, 'ab ', 'ab', 'ä', '{\"a\": 1}', x'00ff', x'ff00', "
          "'2020-01-01 00:00:00.123456', '9999-12-31 23:59:59.999999', '1000-01-01', '-838:59:59', 2155, "
          "b'101', "
          "'it''s', 'x,y', 18446744073709551615)",
          "insert into t values (2, 1, 1e300, 1.17549e-38, '', '', '', '[]', '', '', '1970-01-02 00:00:00', "
          "'2000-01-01', '2000-01-01', '00:00:00.000001', 0, b'0', 'a', '', 0)",
          "insert into t (k, v) values (3, null)"}},
};

/* "NOT (same of a) OR NOT (same of b)": rows of `t` that are not what stands in `s`. */
static void
add_differs(struct rig *rig, const struct table *table, struct buf *sql)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED side = BUF_INIT(BUF_TEXT_MAX);
        buf_str(&cell, "t.");
        buf_str(&side, "s.");
        driver_quote(rig->conn->driver, &cell, table->columns[i].name);
        driver_quote(rig->conn->driver, &side, table->columns[i].name);
        buf_str(sql, i > 0 ? " OR NOT (" : "NOT (");
        rig->conn->driver->cells.same(sql, buf_cstr(&cell), buf_cstr(&side), &table->columns[i].type);
        buf_char(sql, ')');
    }
}

static const char *
count_pairs(struct rig *rig, const struct table *table, const char *name, int is_new, bool differing)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&sql, "SELECT count(*) FROM %s s JOIN ", log_name(rig, 1));
    driver_quote_qualified(rig->conn->driver, &sql,
                           own_sql(rig->conn, arena_printf(test_arena(), "{s}%s", name)));
    buf_printf(&sql, " t ON t.k = s.k WHERE s.rc_new = %d", is_new);
    if (differing) {
        buf_str(&sql, " AND (");
        add_differs(rig, table, &sql);
        buf_char(&sql, ')');
    }
    return conn_ask(rig->conn, buf_cstr(&sql));
}

static void
load_from_log(struct rig *rig, const struct table *table)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "INSERT INTO {s}again SELECT ");
    for (size_t i = 0; i < table->n_columns; i++) {
        BUF_SCOPED side = BUF_INIT(BUF_TEXT_MAX);
        buf_str(&side, "s.");
        driver_quote(rig->conn->driver, &side, table->columns[i].name);
        buf_str(&sql, i > 0 ? ", " : "");
        rig->conn->driver->cells.from_side(&sql, buf_cstr(&side), &table->columns[i].type);
    }
    buf_printf(&sql, " FROM %s s WHERE s.rc_new = 0", log_name(rig, 1));
    own_do(rig->conn, buf_cstr(&sql));
}

/* Rows 1 and 2 have no cell in common. */
static void
check_that_first_two_differ(struct rig *rig, const struct table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED side = BUF_INIT(BUF_TEXT_MAX);
        buf_str(&cell, "t.");
        buf_str(&side, "s.");
        driver_quote(rig->conn->driver, &cell, table->columns[i].name);
        driver_quote(rig->conn->driver, &side, table->columns[i].name);
        buf_printf(&sql,
                   "SELECT count(*) FROM %s s JOIN {s}past t ON t.k <> s.k WHERE t.k <= 2 AND s.k <= 2 AND "
                   "s.rc_new = 0 AND (",
                   log_name(rig, 1));
        rig->conn->driver->cells.same(&sql, buf_cstr(&cell), buf_cstr(&side), &table->columns[i].type);
        buf_char(&sql, ')');
        (void)test_check_str(conn_ask(rig->conn, buf_cstr(&sql)), "0", table->columns[i].name, __FILE__,
                             __LINE__);
    }
}

CASE(capture, holds_every_cell_to_the_last_bit)
{
    if (!can_capture(rig)) {
        return;
    }
    rig_make_registry(rig);
    const struct zoo *zoo = &zoos[rig->engine];
    for (size_t i = 0; i < COUNT_OF(zoo->statements) && zoo->statements[i] != NULL; i++) {
        conn_do(rig->conn, zoo->statements[i]);
    }
    rig_do(rig,
           ON_ENGINE(rig, "create table again (k integer primary key, a, b text, c blob, d real, e numeric)",
                     "create table again (like t including all)", "create table again like t"),
           ON_ENGINE(rig, "create table past (k integer primary key, a, b text, c blob, d real, e numeric)",
                     "create table past (like t including all)", "create table past like t"),
           "insert into past select * from t", NULL);
    const char *rows = conn_ask(rig->conn, "select count(*) from {s}past");
    struct table table = describe(rig, "t");
    begin_capture(rig, &table, 1);
    conn_do(rig->conn, "update t set k = k + 100");
    end_capture(rig, &table, 1);
    load_from_log(rig, &table);
    static const struct {
        const char *table;
        int is_new;
    } pairs[] = {{"past", 0}, {"t", 1}, {"again", 0}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        CHECK_STR(count_pairs(rig, &table, pairs[i].table, pairs[i].is_new, false), rows);
        CHECK_STR(count_pairs(rig, &table, pairs[i].table, pairs[i].is_new, true), "0");
    }
    check_that_first_two_differ(rig, &table);
}

/* -- beginnings and ends ----------------------------------------------------------------------------------
 */

static const char *
logged(struct rig *rig, int log)
{
    return conn_ask(rig->conn, arena_printf(test_arena(), "select count(*) from %s", log_name(rig, log)));
}

CASE(capture, of_a_transaction_that_is_rolled_back_leaves_no_change)
{
    struct err err = {0};
    if (!can_capture(rig)) {
        return;
    }
    rig_make_registry(rig);
    rig_do(rig, T, THREE, NULL);
    struct table table = describe(rig, "t");
    begin_capture(rig, &table, 1);
    rig_do(rig, "update t set v = 'x'", "delete from t where k = 1", NULL);
    conn_rollback(rig->conn);
    if (!conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        CHECK_STR(logged(rig, 1), "0");
    }
    CHECK_OK(conn_capture_clear(rig->conn, &err));
    CHECK_STR(hooks_left(rig), "0");
    rig_do(rig, "update t set v = 'y'", NULL);
    CHECK_STR(conn_ask(rig->conn, "select count(*) from {s}t where v = 'y'"), "3");
}

CASE(capture, clear_takes_the_hooks_away_and_leaves_the_log)
{
    struct err err = {0};
    if (!can_capture(rig)) {
        return;
    }
    rig_make_registry(rig);
    rig_do(rig, T, THREE, NULL);
    struct table table = describe(rig, "t");
    begin_capture(rig, &table, 1);
    conn_do(rig->conn, "update t set v = 'x' where k = 1");
    if (!conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        CHECK_OK(conn_commit(rig->conn, &err));
    }
    CHECK_OK(conn_capture_clear(rig->conn, &err));
    CHECK_STR(hooks_left(rig), "0");
    conn_do(rig->conn, "update t set v = 'y' where k = 2");
    if (conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        CHECK_OK(conn_commit(rig->conn, &err));
    }
    CHECK_STR(logged(rig, 1), "2");
}

CASE(capture, goes_on_after_the_table_took_another_shape)
{
    struct err err = {0};
    if (!can_capture(rig)) {
        return;
    }
    bool is_inside = conn_has(rig->conn, CAP_TRANSACTIONAL_DDL);
    rig_make_registry(rig);
    rig_do(rig, T, THREE, NULL);
    struct table table = describe(rig, "t");
    begin_capture(rig, &table, 1);
    conn_do(rig->conn, "update t set v = 'x' where k = 1");
    if (!is_inside) {
        CHECK_OK(conn_commit(rig->conn, &err));
    }
    CHECK_OK(conn_capture_end(rig->conn, &table, log_name(rig, 1), &err));
    rig_do(rig, "alter table t add column w integer", "alter table t drop column v", NULL);
    table = describe(rig, "t");
    CHECK_OK(conn_capture_begin(rig->conn, &table, log_name(rig, 2), &err));
    rig_do(rig, "update t set w = 5 where k > 1", NULL);
    CHECK_OK(conn_capture_end(rig->conn, &table, log_name(rig, 2), &err));
    if (is_inside) {
        CHECK_OK(conn_commit(rig->conn, &err));
    }
    CHECK_STR(logged(rig, 1), "2");
    CHECK_STR(logged(rig, 2), "4");
    CHECK_STR(conn_ask(rig->conn, arena_printf(test_arena(), "select sum(w) from %s where rc_new = 1",
                                               log_name(rig, 2))),
              "10");
    CHECK_STR(hooks_left(rig), "0");
}

CASE(capture, goes_on_in_the_log_that_is_there)
{
    struct err err = {0};
    if (!can_capture(rig)) {
        return;
    }
    rig_make_registry(rig);
    rig_do(rig, T, THREE, NULL);
    struct table table = describe(rig, "t");
    begin_capture(rig, &table, 1);
    conn_do(rig->conn, "update t set v = 'x' where k = 1");
    end_capture(rig, &table, 1);
    conn_do(rig->conn, "update t set v = 'unseen' where k = 2");
    begin_capture(rig, &table, 1);
    conn_do(rig->conn, "update t set v = 'y' where k = 1");
    end_capture(rig, &table, 1);
    struct entries log =
        read_entries(rig, arena_printf(test_arena(), "select k, k, v, rc_new from %s order by rc_seq, rc_new",
                                       log_name(rig, 1)));
    if (CHECK_INT(log.n, 4)) {
        CHECK_STR(log.items[0].image, "'a'");
        CHECK_STR(log.items[1].image, "'x'");
        CHECK_STR(log.items[2].image, "'x'");
        CHECK_STR(log.items[3].image, "'y'");
    }
    CHECK_OK(conn_capture_clear(rig->conn, &err));
}

CASE(capture, writes_a_log_that_is_a_table_like_others)
{
    struct err err = {0};
    static const char *const names[] = {"rc_seq", "rc_new", "k", "v"};
    struct dump *dump = NULL;
    struct span image;
    size_t n = 0;
    if (!can_capture(rig)) {
        return;
    }
    rig_make_registry(rig);
    rig_do(rig, T, THREE, NULL);
    struct table table = describe(rig, "t");
    begin_capture(rig, &table, 1);
    conn_do(rig->conn, "update t set v = 'x'");
    end_capture(rig, &table, 1);
    struct table log = describe(rig, log_name(rig, 1));
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_OK(dump_open(rig->conn, &log, names, COUNT_OF(names), &dump, &err));
    while (CHECK_OK(dump_next(dump, &image, &err)) && image.len > 0) {
        n++;
    }
    dump_close(dump);
    conn_rollback(rig->conn);
    CHECK_INT(n, 6);
}

CASE(capture, of_no_table_is_an_error)
{
    struct err err = {0};
    if (!can_capture(rig)) {
        return;
    }
    rig_make_registry(rig);
    rig_do(rig, T, NULL);
    struct table table = describe(rig, "t");
    conn_do(rig->conn, "drop table t");
    if (conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    }
    CHECK(conn_capture_begin(rig->conn, &table, log_name(rig, 1), &err) != STATUS_OK);
    conn_rollback(rig->conn);
}

/* -- PostgreSQL's own ways --------------------------------------------------------------------------------
 */

static bool
is_on_postgres(const struct rig *rig)
{
    if (rig->engine != ENGINE_postgres) {
        test_skip("for PostgreSQL");
        return false;
    }
    return true;
}

PLAIN_CASE(capture, tells_of_copied_rows)
{
    struct err err = {0};
    if (!is_on_postgres(rig)) {
        return;
    }
    rig_make_registry(rig);
    rig_do(rig, T, THREE, NULL);
    struct table table = describe(rig, "t");
    begin_capture(rig, &table, 1);
    CHECK_OK(conn_copy_in(rig->conn, SPAN("copy public.t from stdin"), SPAN("7\tx\n8\t\\N\n"), NULL, &err));
    end_capture(rig, &table, 1);
    CHECK_STR(logged(rig, 1), "2");
}

/* Then triggers cannot be dropped: they go with the commit. */
PLAIN_CASE(capture, ends_while_checks_wait_for_the_commit)
{
    struct err err = {0};
    if (!is_on_postgres(rig)) {
        return;
    }
    rig_make_registry(rig);
    rig_do(rig, T, "create table other (k integer primary key)",
           "alter table t add foreign key (k) references other deferrable initially deferred", NULL);
    struct table table = describe(rig, "t");
    begin_capture(rig, &table, 1);
    conn_do(rig->conn, "insert into t values (1, 'a')");
    CHECK_OK(conn_capture_end(rig->conn, &table, log_name(rig, 1), &err));
    rig_do(rig, "update t set v = 'unseen'", "alter table other add column w integer", NULL);
    CHECK_OK(conn_capture_begin(rig->conn, &table, log_name(rig, 1), &err));
    rig_do(rig, "update t set v = 'seen'", "insert into other values (1)", NULL);
    end_capture(rig, &table, 1);
    CHECK_STR(logged(rig, 1), "3");
    CHECK_STR(hooks_left(rig), "0");
    begin_capture(rig, &table, 1);
    conn_do(rig->conn, "insert into t values (2, 'a')");
    CHECK_OK(conn_capture_end(rig->conn, &table, log_name(rig, 1), &err));
    CHECK_INT(conn_commit(rig->conn, &err), STATUS_SQL);
    CHECK_STR(err.sqlstate, "23503");
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK_STR(hooks_left(rig), "0");
}

PLAIN_CASE(capture, does_not_stand_in_the_way_of_dropping_types)
{
    struct err err = {0};
    if (!is_on_postgres(rig)) {
        return;
    }
    rig_make_registry(rig);
    rig_do(rig, "create type mood as enum ('sad', 'ok')", "create table t (k integer primary key, v mood)",
           "insert into t values (1, 'sad')", NULL);
    struct table table = describe(rig, "t");
    begin_capture(rig, &table, 1);
    rig_do(rig, "update t set v = 'ok'", "alter table t alter column v type text", "drop type mood", NULL);
    CHECK_OK(conn_capture_end(rig->conn, &table, log_name(rig, 1), &err));
    conn_do(rig->conn, "drop table t");
    CHECK_OK(conn_capture_end(rig->conn, &table, log_name(rig, 1), &err));
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_STR(conn_ask(rig->conn, "select string_agg(v, ',' order by rc_seq) from rollcall.log_1"), "sad,ok");
}

PLAIN_CASE(capture, needs_the_table_as_it_is)
{
    struct err err = {0};
    if (!is_on_postgres(rig)) {
        return;
    }
    rig_make_registry(rig);
    rig_do(rig, T, NULL);
    struct table table = describe(rig, "t");
    begin_capture(rig, &table, 1);
    end_capture(rig, &table, 1);
    conn_do(rig->conn, "alter table t alter column v type text");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(conn_capture_begin(rig->conn, &table, log_name(rig, 2), &err), STATUS_CONFLICT);
    conn_rollback(rig->conn);
    table = describe(rig, "t");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(conn_capture_begin(rig->conn, &table, log_name(rig, 1), &err), STATUS_CONFLICT);
    conn_rollback(rig->conn);
}

PLAIN_CASE(capture, knows_which_tables_were_written)
{
    struct err err = {0};
    const char **names = NULL;
    size_t n = 0;
    bool known = false;
    if (!is_on_postgres(rig)) {
        return;
    }
    rig_make_registry(rig);
    rig_do(rig, T, "create table other (x integer)", "create table seen (x integer)",
           "create table third (x integer)", "create table parts (k integer) partition by range (k)",
           "create table p1 partition of parts for values from (0) to (9)",
           "create table child (k integer references t on delete cascade)", THREE,
           "insert into child values (1)", NULL);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    rig_do(rig, "insert into other values (1)", "select * from seen for update",
           "update third set x = 1 where x = 9", "insert into p1 values (3)", "delete from t where k = 1",
           "create temporary table tmp as select 1", "insert into tmp values (2)", NULL);
    own_do(rig->conn, "insert into rollcall.meta values ('x', 'y')");
    CHECK_OK(conn_written_tables(rig->conn, test_arena(), &names, &n, &known, &err));
    CHECK(known);
    if (CHECK_INT(n, 4)) {
        CHECK_STR(names[0], "public.child");
        CHECK_STR(names[1], "public.other");
        CHECK_STR(names[2], "public.parts");
        CHECK_STR(names[3], "public.t");
    }
    conn_rollback(rig->conn);
}

/* What a rollback does: a script, then rows put right by statements, in one transaction. */
PLAIN_CASE(refill, is_open_to_statements_after_a_script)
{
    struct err err = {0};
    if (!is_on_postgres(rig)) {
        return;
    }
    rig_do(rig,
           "create table parent (id integer generated always as identity primary key, n integer unique "
           "deferrable initially deferred)",
           "create table child (id integer primary key, p integer references parent deferrable initially "
           "deferred)",
           "create rule keep as on delete to child do instead nothing",
           "insert into parent (n) values (1), (2), (3)", "insert into child values (1, 1), (2, 2)", NULL);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    rig_do(rig, "insert into child values (3, 3)", "update parent set n = n + 1", NULL);
    struct table tables[] = {describe(rig, "parent"), describe(rig, "child")};
    CHECK_OK(conn_refill_begin(rig->conn, tables, 2, &err));
    own_do(rig->conn, "update public.parent set n = n - 1");
    own_do(rig->conn, "update public.parent set n = 3 where id = 2");
    own_do(rig->conn, "update public.parent set id = 9, n = 2 where id = 3");
    own_do(rig->conn, "delete from public.child where id = 2");
    own_do(rig->conn, "update public.child set p = 9 where id = 3");
    CHECK_OK(conn_refill_end(rig->conn, tables, 2, true, &err));
    conn_do(rig->conn, "alter table child add column w integer");
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_STR(conn_ask(rig->conn, "select string_agg(id || ':' || n, ' ' order by id) from public.parent"),
              "1:1 2:3 9:2");
    CHECK_STR(conn_ask(rig->conn, "select string_agg(id || ':' || p, ' ' order by id) from public.child"),
              "1:1 3:9");
    CHECK_STR(conn_ask(rig->conn, "select attidentity::text from pg_attribute where attrelid = "
                                  "'public.parent'::regclass and attname = 'id'"),
              "a");
    conn_do(rig->conn, "delete from child"); /* the rule is back */
    CHECK_INT(conn_count(rig->conn, "child"), 2);
}
