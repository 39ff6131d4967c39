/* Changes of rows on SQLite: every way in which the engine changes a row, and every kind of table. */
#include "contract/rig.h"

#include <stdio.h>
#include <string.h>

#define SQLITE_CASE(group, name)                                                                             \
    static void case_##group##_##name(struct rig *rig);                                                      \
    CASE_ON(sqlite, plain, group, name)                                                                      \
    static void case_##group##_##name(struct rig *rig)

#define LOG "rollcall_log_1"

/* -- what a log has to explain --------------------------------------------------------------------------- */

/* What a key was before its first entry and is after its last, and that nothing else changed. `b` holds the
 * rows from before; "{same}" compares x with y in all columns, "{key}" in the key's, "{keys}" lists those. */
static const char *const explained[] = {
    "with f as (select *, row_number() over (partition by {keys} order by rc_seq) rc_n from " LOG ")"
    " select count(*) from f x where rc_n = 1 and rc_new = 0 and not exists (select 1 from b y where {same})",
    "with f as (select *, row_number() over (partition by {keys} order by rc_seq) rc_n from " LOG ")"
    " select count(*) from f x where rc_n = 1 and rc_new = 1 and exists (select 1 from b y where {key})",
    "with f as (select *, row_number() over (partition by {keys} order by rc_seq desc) rc_n from " LOG ")"
    " select count(*) from f x where rc_n = 1 and rc_new = 1 and not exists (select 1 from t y where {same})",
    "with f as (select *, row_number() over (partition by {keys} order by rc_seq desc) rc_n from " LOG ")"
    " select count(*) from f x where rc_n = 1 and rc_new = 0 and exists (select 1 from t y where {key})",
    "select count(*) from b x where not exists (select 1 from " LOG " y where {key})"
    " and not exists (select 1 from t y where {same})",
    "select count(*) from t x where not exists (select 1 from " LOG " y where {key})"
    " and not exists (select 1 from b y where {same})",
};

static const char *
conditions(struct conn *conn, char *const *names, size_t n)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < n; i++) {
        static const struct type type = {.kind = TYPE_ANY};
        buf_str(&sql, i > 0 ? " and " : "");
        conn->driver->cells.same(&sql, arena_printf(test_arena(), "x.\"%s\"", names[i]),
                                 arena_printf(test_arena(), "y.\"%s\"", names[i]), &type);
    }
    return arena_strdup(test_arena(), buf_cstr(&sql));
}

static const char *
list_of(char *const *names, size_t n)
{
    const char *list = "";
    for (size_t i = 0; i < n; i++) {
        list = arena_printf(test_arena(), "%s%s\"%s\"", list, i > 0 ? ", " : "", names[i]);
    }
    return list;
}

static const char *
with(const char *sql, const char *word, const char *text)
{
    const char *at = strstr(sql, word);
    return at == NULL ? sql
                      : arena_printf(test_arena(), "%.*s%s%s", (int)(at - sql), sql, text,
                                     with(at + strlen(word), word, text));
}

static struct table
describe(struct conn *conn, const char *name)
{
    struct err err = {0};
    struct table table = {0};
    CHECK_OK(conn_describe(conn, name, test_arena(), &table, &err));
    return table;
}

/* Names of the columns that hold cells of their own. */
static size_t
stored(const struct table *table, char ***names)
{
    size_t n = 0;
    *names = arena_new_array(test_arena(), char *, table->n_columns + 1);
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!table->columns[i].is_generated) {
            (*names)[n++] = arena_strdup(test_arena(), table->columns[i].name);
        }
    }
    return n;
}

static size_t
words_of(const char *text, char **out)
{
    size_t n = 0;
    struct span rest = span_of(text);
    struct span word;
    while (span_next_word(&rest, &word)) {
        out[n++] = arena_strndup(test_arena(), word.ptr, word.len);
    }
    return n;
}

static bool
is_explained(struct conn *conn, char *const *names, size_t n, const char *key)
{
    char *keys[8];
    size_t n_keys = words_of(key, keys);
    bool ok = true;
    for (size_t i = 0; i < COUNT_OF(explained); i++) {
        const char *sql = with(explained[i], "{keys}", list_of(keys, n_keys));
        sql = with(sql, "{key}", conditions(conn, keys, n_keys));
        sql = with(sql, "{same}", conditions(conn, names, n));
        const char *count = conn_ask(conn, sql);
        if (!CHECK_STR(count, "0")) {
            printf("    %s\n", sql);
            ok = false;
        }
    }
    return ok;
}

static enum status
begin_capture(struct conn *conn, const char *name, const char *log)
{
    struct err err = {0};
    struct table table = describe(conn, name);
    enum status status = conn_capture_begin(conn, &table, log, &err);
    if (status != STATUS_OK) {
        printf("    %s\n", err.msg);
    }
    return status;
}

static void
end_capture(struct conn *conn, const char *name, const char *log)
{
    struct err err = {0};
    struct table table = {.name = name, .qualified = name};
    CHECK_OK(conn_capture_end(conn, &table, log, &err));
}

/* -- one script after another on a table t ------------------------------------------------------------------
 */

struct script {
    const char *what;
    const char *setup;   /* statements, each ended by a ";" at the end of a line */
    const char *changes; /* run with the log on */
    const char *key;
    int64_t entries; /* -1: not counted */
};

static void
run_lines(struct conn *conn, const char *text)
{
    struct span rest = span_of(text);
    struct span line;
    const char *sql = "";
    while (span_next_line(&rest, &line)) {
        sql = arena_printf(test_arena(), "%s%.*s\n", sql, (int)line.len, line.ptr);
        if (span_ends(span_trim(line), ";")) {
            own_do(conn, sql);
            sql = "";
        }
    }
}

static void
check_script(struct conn *conn, const struct script *script)
{
    struct err err = {0};
    char **names;
    own_do(conn, "pragma foreign_keys = on");
    run_lines(conn, script->setup);
    struct table before = describe(conn, "t");
    size_t n = stored(&before, &names);
    own_do(conn, arena_printf(test_arena(), "create temp table b (%s)", list_of(names, n)));
    own_do(conn, arena_printf(test_arena(), "insert into b select %s from t", list_of(names, n)));
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK_INT(begin_capture(conn, "t", LOG), STATUS_OK);
    run_lines(conn, script->changes);
    end_capture(conn, "t", LOG);
    CHECK_OK(conn_commit(conn, &err));
    bool ok = is_explained(conn, names, n, script->key);
    if (script->entries >= 0) {
        ok = CHECK_INT(conn_count(conn, LOG), script->entries) && ok;
    }
    if (!ok) {
        printf("    in: %s\n", script->what);
    }
}

/* Each on a database of its own. */
static void
check_scripts(const struct script *scripts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct err err = {0};
        CONN_SCOPED *conn = NULL;
        const char *url =
            arena_printf(test_arena(), "sqlite:%s/%zu-%p.db", test_dir(), i, (const void *)&scripts[i]);
        if (CHECK_OK(conn_open(&(struct conn_params){.url = url}, &conn, &err))) {
            check_script(conn, &scripts[i]);
        }
    }
}

SQLITE_CASE(capture, every_statement_that_changes_rows)
{
    static const char rows[] = "create table t (id integer primary key, a text, b real);\n"
                               "insert into t values (1, 'x', 1), (2, null, 2.5), (3, '', -0.0);\n";
    static const struct script scripts[] = {
        {"update", rows, "update t set a = a || 'y' where id < 3;\n", "id", 4},
        {"update that changes nothing", rows, "update t set a = a;\n", "id", 6},
        {"insert", rows, "insert into t values (9, 'n', 9);\ninsert into t (a) values ('m');\n", "id", 2},
        {"delete", rows, "delete from t where id = 2;\n", "id", 1},
        {"delete without a condition", rows, "delete from t;\n", "id", 3},
        {"delete and insert again", rows, "delete from t where id = 1;\ninsert into t values (1, 'z', 0);\n",
         "id", 2},
        {"shifted keys", rows, "update t set id = id + 10;\n", "id", 6},
        {"keys that meet each other",
         "create table t (id integer primary key, a);\n"
         "insert into t values (1, 'a'), (3, 'c');\n",
         "update t set id = id - 2;\nupdate t set id = id + 1;\n", "id", 8},
        {"replace", rows, "replace into t values (2, 'r', 0), (7, 's', 0);\n", "id", 3},
        {"replace by another key",
         "create table t (id integer primary key, u unique, v unique);\n"
         "insert into t values (1, 'a', 1), (2, 'b', 2), (3, 'c', 3);\n",
         "insert or replace into t values (9, 'a', 2);\nupdate or replace t set u = 'c' where id = 9;\n",
         "id", 6},
        {"upsert", rows,
         "insert into t values (1, 'u', 5), (8, 'v', 5) on conflict (id) do update set a = excluded.a;\n",
         "id", 3},
        {"ignored", rows, "insert or ignore into t values (1, 'u', 5), (8, 'v', 5);\n", "id", 1},
        {"update from", rows, "update t set a = o.a from t as o where o.id = t.id + 1;\n", "id", 4},
        {"insert from itself", rows, "insert into t select id + 100, a, b from t;\n", "id", 3},
        {"returning", rows, "update t set b = 7 where id = 1 returning a;\n", "id", 2},
        {"many",
         "create table t (id integer primary key, a text);\n"
         "with recursive s(i) as (select 1 union all select i + 1 from s where i < 20000)"
         " insert into t select i, hex(randomblob(50)) from s;\n",
         "update t set a = a || 'x';\ndelete from t where id % 2;\n", "id", 50000},
        {"no key", "create table t (a, b);\ninsert into t values (1, 2), (1, 3);\n",
         "update t set b = b + 10;\n", "a b", 4},
        {"a copy as a whole",
         "create table t (id integer primary key, a);\ncreate table s (id integer primary "
         "key, a);\ninsert into s values (1, 'x'), (2, 'y');\n",
         "insert into t select * from s;\n", "id", 2},
        {"rowid changes without an alias",
         "create table t (k text primary key, a);\n"
         "insert into t values ('a', 1), ('b', 2);\n",
         "update t set rowid = rowid + 5, a = a + 1;\n", "k", 4},
    };
    (void)rig;
    check_scripts(scripts, COUNT_OF(scripts));
}

SQLITE_CASE(capture, every_kind_of_table)
{
    static const struct script scripts[] = {
        {"without rowid",
         "create table t (k text primary key, a integer) without rowid;\n"
         "insert into t values ('a', 1), ('b', 2), ('c', 3);\n",
         "update t set a = a + 1;\nupdate t set k = k || 'x' where a > 2;\ndelete from t where k = 'a';\n"
         "replace into t values ('bx', 9), ('d', 4);\ndelete from t;\n",
         "k", -1},
        {"without rowid, as a whole",
         "create table t (k text primary key, a) without rowid;\n"
         "create table s (k text primary key, a) without rowid;\n"
         "insert into s values ('a', 1), ('b', 2);\n",
         "insert into t select * from s;\n", "k", 2},
        {"without rowid, key in another order",
         "create table t (a integer, r real, k2 integer, n numeric, k1 text collate nocase,"
         " primary key (k1, k2)) without rowid;\n"
         "insert into t values (9007199254740993, 1, 5, 2, 'x'), (3, 2, 6, 2.5, 'X'), (4, 3, 5, 'n', 'y');\n",
         "update t set a = a + 1;\nupdate t set k2 = k2 + 100, k1 = upper(k1) where r < 3;\n"
         "delete from t where a = 5;\nreplace into t values (1, 7, 105, 1, 'x');\n",
         "k1 k2", -1},
        {"key that is no alias",
         "create table t (id integer primary key desc, a);\n"
         "insert into t values (1, 'a'), (2, 'b');\n",
         "update t set id = id + 10, a = a || 'x';\n", "id", 4},
        {"composite key",
         "create table t (a, b, c, primary key (a, b));\n"
         "insert into t values (1, 'x', 1.5), (1, 'y', 2), (2, 'x', null);\n",
         "update t set b = b || b where a = 1;\nupdate t set c = 1;\n", "a b", -1},
        {"virtual columns behind",
         "create table t (id integer primary key, r real, v as (r + 1));\n"
         "insert into t values (1, 2), (2, 3.5);\n",
         "update t set r = r + 1;\ninsert into t values (3, 8);\ndelete from t where id = 1;\n", "id", 6},
        {"virtual columns ahead",
         "create table t (v as (n + 1), r real, n integer, w text as (x), id integer primary key, x, y);\n"
         "insert into t (r, n, id, x, y) values (3, 9007199254740993, 10, 'x', 'why'),"
         " (4, 5, 20, x'00', -0.0), (5, 6, 30, null, 1);\n",
         "update t set n = n + 1;\nupdate t set id = id + 100, y = 'z' where id < 30;\n"
         "insert into t (r, n, id, x, y) values (7, 8, 9, 10, 11);\ndelete from t where n = 6;\n"
         "replace into t (r, n, id, x, y) values (1, 2, 30, 3, 4);\n",
         "id", -1},
        {"stored generated columns",
         "create table t (s as (a || '!') stored, id integer primary key, a);\n"
         "insert into t (id, a) values (1, 'x'), (2, 'y');\n",
         "update t set a = a || 'z';\ninsert into t (id, a) values (5, 'n');\n", "id", 5},
        {"virtual columns without rowid",
         "create table t (k integer, r real, v as (r), n integer, primary key "
         "(k)) without rowid;\n"
         "insert into t (k, r, n) values (1, 2, 3), (2, 3, 4);\n",
         "update t set r = r + 1, n = n + 1;\nupdate t set k = k + 5;\n"
         "insert into t (k, r, n) values (1, 1, 1);\ndelete from t where k = 7;\n",
         "k", -1},
        {"strict",
         "create table t (id integer primary key, r real, a any) strict;\n"
         "insert into t values (1, 2, '12'), (2, 3, 12), (3, 4, x'3132');\n",
         "update t set r = r * 2, a = a || '';\n", "id", 6},
        {"autoincrement",
         "create table t (id integer primary key autoincrement, a);\n"
         "insert into t (a) values (1), (2);\n",
         "insert into t (a) values (3);\ndelete from t where id = 1;\n", "id", 2},
        {"utf-16",
         "pragma encoding = 'UTF-16le';\ncreate table t (id integer primary key, a, r real);\n"
         "insert into t values (1, 'öß€😀', 1), (2, x'fffe', 2), (3, '', 3);\n",
         "update t set a = a || 'ü', r = r + 1;\ninsert into t values (4, 'ж', 2);\n", "id", 7},
    };
    (void)rig;
    check_scripts(scripts, COUNT_OF(scripts));
}

SQLITE_CASE(capture, odd_names_of_tables_and_columns)
{
    struct err err = {0};
    conn_do(rig->conn,
            "create table \"odd \"\" 'name\" (\"a b\" integer primary key, \"c\"\"d\", [select], é)");
    conn_do(rig->conn, "insert into \"odd \"\" 'name\" values (1, 2, 3, 4)");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(begin_capture(rig->conn, "odd \" 'name", LOG), STATUS_OK);
    conn_do(rig->conn, "update \"odd \"\" 'name\" set \"c\"\"d\" = 'x', [select] = 'y', é = 'z'");
    end_capture(rig->conn, "odd \" 'name", LOG);
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_STR(conn_ask(rig->conn,
                       "select group_concat(rc_new || \"a b\" || \"c\"\"d\" || [select] || é) from "
                       "(select * from " LOG " order by rc_seq)"),
              "01234,11xyz");
}

SQLITE_CASE(capture, what_triggers_and_foreign_keys_do)
{
    static const struct script scripts[] = {
        {"cascades of deletes",
         "create table p (id integer primary key);\n"
         "create table t (id integer primary key, p references p on delete cascade on "
         "update cascade, x text);\n"
         "create index tp on t (p);\n"
         "insert into p values (1), (2), (3);\n"
         "insert into t values (1, 1, 'a'), (2, 2, 'b'), (3, 2, 'c'), (4, 3, 'd');\n",
         "delete from p where id = 2;\nupdate p set id = 30 where id = 3;\n", "id", 4},
        {"set null and set default",
         "create table p (id integer primary key);\n"
         "create table t (id integer primary key, p references p on delete set "
         "null, q default 1 references p on delete set default);\n"
         "insert into p values (1), (2);\n"
         "insert into t values (1, 2, 2), (2, 1, 2);\n",
         "delete from p where id = 2;\n", "id", -1},
        {"a table that refers to itself",
         "create table t (id integer primary key, up references t on delete "
         "cascade);\n"
         "insert into t values (1, null), (2, 1), (3, 2), (4, 3), (5, null);\n",
         "delete from t where id = 1;\n", "id", 4},
        {"replace with children",
         "create table p (id integer primary key, u unique);\n"
         "create table t (id integer primary key, p references p on delete "
         "cascade);\n"
         "insert into p values (1, 'a'), (2, 'b');\n"
         "insert into t values (1, 1), (2, 2);\n",
         "replace into p values (3, 'a');\n", "id", 1},
        {"triggers on the same table",
         "create table t (id integer primary key, a, n integer default 0);\n"
         "create trigger bump after update of a on t begin update t set n = n + "
         "1 where id = new.id; end;\n"
         "create trigger first before insert on t begin delete from t where id = "
         "new.id - 1; end;\n"
         "insert into t (id, a) values (1, 'x'), (5, 'y');\n",
         "update t set a = a || '!';\ninsert into t values (6, 'z', 0);\n", "id", -1},
        {"a trigger on another table",
         "create table o (x);\ncreate table t (id integer primary key, a);\n"
         "create trigger log after insert on o begin insert into t (a) values "
         "(new.x); update t set a = a || '.'; end;\n",
         "insert into o values (1), (2), (3);\n", "id", -1},
        {"a view's trigger",
         "create table t (id integer primary key, a);\ncreate view v as select * from t;\n"
         "create trigger w instead of insert on v begin insert into t values (new.id, "
         "new.a); end;\n",
         "insert into v values (1, 'x'), (2, 'y');\n", "id", 2},
        {"a trigger that changes the row at work",
         "create table t (id integer primary key, a, b);\n"
         "create trigger w before update of a on t begin update t set b = b || '+' where id = old.id; end;\n"
         "insert into t values (1, 'x', 'b'), (2, 'y', 'b');\n",
         "update t set a = 'z';\n", "id", 8},
    };
    (void)rig;
    check_scripts(scripts, COUNT_OF(scripts));
}

SQLITE_CASE(capture, rows_that_are_older_than_a_column_show_its_default)
{
    static const char old_rows[] = "create table t (id integer primary key, a);\n"
                                   "insert into t values (1, 'x'), (2, 'y'), (3, 'z');\n"
                                   "alter table t add column n integer default 42;\n"
                                   "alter table t add column r real not null default 1;\n"
                                   "alter table t add column c text default 'd';\n"
                                   "update t set c = null where id = 2;\n";
    static const struct script scripts[] = {
        {"before the script", old_rows, "update t set a = a || '!';\ndelete from t where id = 3;\n", "id", 7},
        {"copied as a whole",
         "create table s (id integer primary key, a);\ninsert into s values (1, 'x'), (2, 'y');\n"
         "alter table s add column n integer default 42;\n"
         "create table t (id integer primary key, a, n integer default 42);\n",
         "insert into t select * from s;\nupdate t set a = 1;\n", "id", 6},
        {"by the script", "create table t (id integer primary key, a);\ninsert into t values (1, 'x');\n",
         "alter table t add column n integer default 42;\nupdate t set a = 'y';\ninsert into t (id) values "
         "(2);\n",
         "id", 3},
        {"without rowid",
         "create table t (k text primary key, a) without rowid;\n"
         "insert into t values ('a', 1), ('b', 2);\n"
         "alter table t add column n integer default 42;\n",
         "update t set a = a + 1;\nupdate t set k = k || 'x', n = null;\n", "k", 8},
    };
    (void)rig;
    check_scripts(scripts, COUNT_OF(scripts));
}

/* -- a table that changes its shape meanwhile
 * ---------------------------------------------------------------- */

static void
check_entries(struct rig *rig, const char *setup, const char *changes, const char *expression,
              const char *want)
{
    struct err err = {0};
    run_lines(rig->conn, setup);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(begin_capture(rig->conn, "t", LOG), STATUS_OK);
    run_lines(rig->conn, changes);
    end_capture(rig->conn, "t", LOG);
    CHECK_STR(conn_ask(rig->conn, arena_printf(test_arena(),
                                               "select group_concat(%s, ' ') from (select * from " LOG
                                               " order by rc_seq)",
                                               expression)),
              want);
    conn_rollback(rig->conn);
    CHECK_OK(conn_capture_clear(rig->conn, &err));
}

SQLITE_CASE(capture, the_log_follows_columns_and_tables_that_get_other_names)
{
    static const char rows[] = "create table t (id integer primary key, a, b);\n"
                               "insert into t values (1, 'a', 'b');\n";
    check_entries(rig, rows,
                  "alter table t rename column a to c;\nupdate t set c = 'x';\n"
                  "alter table t add column d default 'd';\nalter table t drop column b;\n"
                  "update t set c = 'y';\n",
                  "rc_new || a || coalesce(b, '-')", "0ab 1xb 0x- 1y-");
    check_entries(rig, "",
                  "alter table t rename to u;\nupdate u set a = 'x';\ncreate table t (id, a, b);\n"
                  "insert into t values (7, 7, 7);\nupdate u set b = 'y';\n",
                  "rc_new || id || a || b", "01ab 11xb 01xb 11xy");
    check_entries(rig, "",
                  "create table n (b, a, id integer primary key);\ninsert into n select b, a, id from t;\n"
                  "drop table t;\nalter table n rename to t;\nupdate t set b = 'y';\n",
                  "rc_new || id || a || b", "01ab 11ay");
}

/* -- cells -------------------------------------------------------------------------------------------------
 */

static const char *const zoo[] = {
    "null",
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "-9223372036854775807 - 1",
    "9007199254740993",
    "1.0",
    "0.1",
    "1e300",
    "1e-310",
    "9e999",
    "-9e999",
    "3.0",
    "9007199254740993.0",
    "''",
    "'12'",
    "'abc'",
    "'ABC'",
    "'abc  '",
    "'1e5x'",
    "cast(x'61006200' as text)",
    "cast(x'ff' as text)",
    "'öß€'",
    "x''",
    "x'00'",
    "x'616263'",
    "zeroblob(100000)",
};

SQLITE_CASE(cells, go_through_a_log_and_back_bit_for_bit_in_columns_of_every_affinity)
{
    static const char *const types[] = {
        "",     "integer",    "int",           "real",    "numeric",  "text",           "text collate nocase",
        "blob", "varchar(3)", "decimal(5, 2)", "boolean", "datetime", "floating point", "double"};
    struct err err = {0};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        conn_do(rig->conn,
                arena_printf(test_arena(), "create table t (id integer primary key, c %s)", types[i]));
        for (size_t j = 0; j < COUNT_OF(zoo); j++) {
            conn_do(rig->conn, arena_printf(test_arena(), "insert into t values (%zu, %s)", j + 1, zoo[j]));
        }
        own_do(rig->conn, "insert into t values (1000, -0.0), (1001, 1e-200 * -1e-200)");
        own_do(rig->conn, "create table kept (id integer primary key, c)");
        own_do(rig->conn, "insert into kept select * from t");
        CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
        CHECK_INT(begin_capture(rig->conn, "t", LOG), STATUS_OK);
        own_do(rig->conn, "update t set c = 'gone'");
        end_capture(rig->conn, "t", LOG);
        CHECK_STR(conn_ask(rig->conn, "select count(*) from " LOG " l join kept k on k.id = l.id"
                                      " where rc_new = 0 and rollcall_same(l.c, k.c)"),
                  "30");
        own_do(rig->conn, "update t set c = l.c from " LOG " l where l.id = t.id and rc_new = 0");
        const char *same = conn_ask(
            rig->conn, "select count(*) from t join kept k on k.id = t.id where rollcall_same(t.c, k.c)");
        if (!CHECK_STR(same, "30")) {
            printf("    in a column '%s'\n", types[i]);
        }
        CHECK_OK(conn_commit(rig->conn, &err));
        own_do(rig->conn, "drop table t");
        own_do(rig->conn, "drop table kept");
        own_do(rig->conn, "drop table " LOG);
    }
}

SQLITE_CASE(cells, are_told_apart_whatever_the_column_takes_for_equal)
{
    static const struct {
        const char *type;
        const char *a;
        const char *b;
        bool is_same;
    } cells[] = {
        {"", "0.0", "1e-200 * -1e-200", false},
        {"", "1", "1.0", false},
        {"text collate nocase", "'a'", "'A'", false},
        {"text collate rtrim", "'a'", "'a '", false},
        {"", "'1'", "1", false},
        {"", "'a'", "x'61'", false},
        {"", "null", "null", true},
        {"", "null", "''", false},
        {"", "''", "x''", false},
        {"integer", "'12'", "12", true},
        {"integer", "'abc'", "'abc'", true},
        {"real", "3", "3.0", true},
        {"", "cast(x'6100' as text)", "'a'", false},
        {"", "cast(x'6100' as text)", "cast(x'6100' as text)", true},
    };
    BUF_SCOPED condition = BUF_INIT(1000);
    rig->conn->driver->cells.same(&condition, "t.c", "s.c", &(struct type){.kind = TYPE_ANY});
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        own_do(rig->conn, arena_printf(test_arena(), "create table t (c %s)", cells[i].type));
        own_do(rig->conn, "create table s (c)");
        own_do(rig->conn, arena_printf(test_arena(), "insert into t values (%s)", cells[i].a));
        bool is_stored = cells[i].is_same && cells[i].type[0] != '\0';
        own_do(rig->conn, is_stored ? "insert into s select c from t"
                                    : arena_printf(test_arena(), "insert into s values (%s)", cells[i].b));
        const char *same =
            conn_ask(rig->conn, arena_printf(test_arena(), "select %s from t, s", buf_cstr(&condition)));
        if (!CHECK_STR(same, cells[i].is_same ? "1" : "0")) {
            printf("    %s and %s in a column '%s'\n", cells[i].a, cells[i].b, cells[i].type);
        }
        own_do(rig->conn, "drop table t");
        own_do(rig->conn, "drop table s");
    }
}

/* -- the script does not notice
 * ------------------------------------------------------------------------------ */

SQLITE_CASE(capture, a_script_sees_its_own_counts_and_rowids)
{
    struct err err = {0};
    int64_t affected = 0;
    struct conn *conn = rig->conn;
    conn_do(conn, "create table t (id integer primary key, a)");
    conn_do(conn, "create table o (n)");
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK_INT(begin_capture(conn, "t", LOG), STATUS_OK);
    int64_t before = 0;
    CHECK(parse_i64(span_of(conn_ask(conn, "select total_changes()")), &before));
    CHECK_OK(
        conn_exec(conn, span_of("insert into t values (70, 'a'), (71, 'b'), (72, 'c')"), &affected, &err));
    CHECK_INT(affected, 3);
    CHECK_STR(conn_ask(conn, "select last_insert_rowid() || ' ' || changes()"), "72 3");
    conn_do(conn, "insert into o values (last_insert_rowid())");
    CHECK_STR(conn_ask(conn, "select n || ' ' || changes() from o"), "72 1");
    CHECK_OK(conn_exec(conn, span_of("update t set a = 'x' where id > 70"), &affected, &err));
    CHECK_INT(affected, 2);
    CHECK_STR(conn_ask(conn, "select changes()"), "2");
    CHECK_STR(conn_ask(conn, arena_printf(test_arena(), "select total_changes() - %d", (int)before)), "6");
    conn_rollback(conn);
    CHECK_OK(conn_capture_clear(conn, &err));
}

SQLITE_CASE(capture, what_is_rolled_back_is_not_in_the_log)
{
    struct err err = {0};
    struct conn *conn = rig->conn;
    conn_do(conn, "create table t (id integer primary key, a unique)");
    conn_do(conn, "insert into t values (1, 'a'), (2, 'b')");
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK_INT(begin_capture(conn, "t", LOG), STATUS_OK);
    own_do(conn, "savepoint s");
    own_do(conn, "update t set a = a || '!'");
    own_do(conn, "rollback to s");
    CHECK_INT(own_try(conn, "update t set a = 'same'"), STATUS_SQL);
    own_do(conn, "delete from t where id = 2");
    end_capture(conn, "t", LOG);
    own_do(conn, "delete from t");
    CHECK_OK(conn_commit(conn, &err));
    CHECK_STR(conn_ask(conn, "select group_concat(rc_new || id || a) from " LOG), "02b");
}

SQLITE_CASE(capture, a_log_goes_on_where_it_was)
{
    struct err err = {0};
    struct conn *conn = rig->conn;
    conn_do(conn, "create table t (id integer primary key, a)");
    for (int i = 0; i < 3; i++) {
        CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
        CHECK_INT(begin_capture(conn, "t", LOG), STATUS_OK);
        CHECK_INT(begin_capture(conn, "t", LOG), STATUS_OK);
        conn_do(conn, "insert into t (a) values (7)");
        end_capture(conn, "t", LOG);
        CHECK_OK(conn_commit(conn, &err));
    }
    CHECK_STR(conn_ask(conn, "select group_concat(rc_seq || ':' || id) from " LOG), "1:1,2:2,3:3");
    struct table log = describe(conn, LOG);
    CHECK_INT(log.n_columns, 4);
    CHECK_STR(log.columns[0].name, "rc_seq");
    CHECK_STR(log.columns[3].name, "a");
    CHECK_INT(log.columns[3].type.kind, TYPE_ANY);
    DUMP_SCOPED *dump = NULL;
    CHECK_OK(dump_open(conn, &log, (const char *const[]){"rc_new", "a"}, 2, &dump, &err));
    struct span image;
    CHECK_OK(dump_next(dump, &image, &err));
    CHECK_INT(image.len, 2 + 2 * (4 + 9));
}

SQLITE_CASE(capture, several_tables_have_logs_of_their_own)
{
    struct err err = {0};
    struct conn *conn = rig->conn;
    conn_do(conn, "create table t (id integer primary key, a)");
    conn_do(conn, "create table u (id integer primary key, b)");
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK_INT(begin_capture(conn, "t", LOG), STATUS_OK);
    CHECK_INT(begin_capture(conn, "u", "rollcall_log_2"), STATUS_OK);
    conn_do(conn, "insert into t values (1, 1)");
    conn_do(conn, "insert into u values (2, 2)");
    end_capture(conn, "t", LOG);
    conn_do(conn, "delete from t");
    conn_do(conn, "delete from u");
    end_capture(conn, "u", "rollcall_log_2");
    CHECK_OK(conn_commit(conn, &err));
    CHECK_STR(conn_ask(conn, "select group_concat(rc_new || id || a) from " LOG), "111");
    CHECK_STR(conn_ask(conn, "select group_concat(rc_new || id || b) from rollcall_log_2"), "122,022");
}

SQLITE_CASE(capture, refuses_tables_that_are_not_there_and_virtual_ones)
{
    struct err err = {0};
    struct table none = {.name = "none", .qualified = "none"};
    struct table words;
    conn_do(rig->conn, "create virtual table words using fts5(w)");
    words = describe(rig->conn, "words");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(conn_capture_begin(rig->conn, &none, LOG, &err), STATUS_USAGE);
    CHECK_INT(conn_capture_begin(rig->conn, &words, LOG, &err), STATUS_UNSUPPORTED);
    conn_rollback(rig->conn);
    CHECK_STR(conn_ask(rig->conn, "select count(*) from sqlite_master where name = '" LOG "'"), "0");
}

/* -- which tables were written --------------------------------------------------------------------------- */

static const char *
written(struct conn *conn)
{
    struct err err = {0};
    const char **names;
    size_t n;
    bool known = false;
    const char *list = "";
    CHECK_OK(conn_written_tables(conn, test_arena(), &names, &n, &known, &err));
    CHECK(known);
    for (size_t i = 0; i < n; i++) {
        list = arena_printf(test_arena(), "%s%s%s", list, i > 0 ? " " : "", names[i]);
    }
    return list;
}

SQLITE_CASE(written, tables_are_those_whose_rows_a_script_changed)
{
    static const struct {
        const char *sql;
        const char *want;
    } scripts[] = {
        {"select * from t", ""},
        {"update t set a = 1 where 0", ""},
        {"update T set a = 1", "t"},
        {"delete from t", "t"},
        {"with x as (select 1) delete from main.[t]", "t"},
        {"delete from k", "k"},
        {"delete from t where a = 1", "t"},
        {"replace into k values ('a', 2)", "k"},
        {"insert into o values (1)", "o t"},
        {"create table n as select * from t", ""},
        {"create table n (x)", ""},
        {"drop table t", ""},
        {"alter table t drop column b", ""},
        {"insert into words values ('a')", "words"},
        {"analyze", ""},
        {"update rollcall_meta set value = value", ""},
        {"insert into temp.x values (1)", ""},
    };
    struct err err = {0};
    rig_make_registry(rig);
    rig_do(rig, "create table t (id integer primary key, a, b)",
           "create table k (k text primary key, v) "
           "without rowid",
           "create table o (x)", "create trigger r after insert on o begin update t set a = new.x; end",
           "create virtual table words using fts5(w)", "insert into t values (1, 1, 1), (2, 2, 2)",
           "insert into k values ('a', 1), ('b', 2)", NULL);
    own_do(rig->conn, "create temp table x (a)");
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
        conn_do(rig->conn, scripts[i].sql);
        if (!CHECK_STR(written(rig->conn), scripts[i].want)) {
            printf("    after: %s\n", scripts[i].sql);
        }
        conn_rollback(rig->conn);
        CHECK_STR(written(rig->conn), "");
    }
}

SQLITE_CASE(written, tables_are_named_as_they_are_now)
{
    struct err err = {0};
    rig_do(rig, "create table t (id integer primary key, a)", "insert into t values (1, 1)", NULL);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    rig_do(rig, "create table n (id integer primary key, a text)", "insert into n select * from t",
           "drop table t", "alter table n rename to t", NULL);
    CHECK_STR(written(rig->conn), "t");
    CHECK_OK(conn_commit(rig->conn, &err));
}

/* -- memory ------------------------------------------------------------------------------------------------
 */

SQLITE_CASE(capture, large_rows_wait_in_a_file)
{
    struct err err = {0};
    struct conn *conn = rig->conn;
    conn_do(conn, "create table t (id integer primary key, a)");
    conn_do(conn, "with recursive s(i) as (select 1 union all select i + 1 from s where i < 40) insert into t"
                  " select i, randomblob(300000) from s");
    own_do(conn, "create temp table b as select * from t");
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK_INT(begin_capture(conn, "t", LOG), STATUS_OK);
    conn_do(conn, "update t set a = null");
    conn_do(conn, "update t set a = randomblob(5000000) where id = 1");
    end_capture(conn, "t", LOG);
    CHECK_OK(conn_commit(conn, &err));
    CHECK_STR(conn_ask(conn, "select count(*) from " LOG " l join b on b.id = l.id where l.rc_new = 0 and "
                             "rollcall_same(l.a, b.a)"),
              "40");
    CHECK_INT(conn_count(conn, LOG), 82);
}

/* -- restoring in the same transaction
 * ----------------------------------------------------------------------- */

SQLITE_CASE(refill, restores_in_the_transaction_of_the_script)
{
    struct err err = {0};
    struct conn *conn = rig->conn;
    rig_do(rig, "create table p (id integer primary key)",
           "create table t (id integer primary key, p references p, a)", "create table fired (what)",
           "create trigger u after update on t begin insert into fired values ('update'); end",
           "create trigger i after insert on t begin insert into fired values ('insert'); end",
           "create trigger d after delete on t begin insert into fired values ('delete'); end",
           "insert into p values (1), (2)", "insert into t values (1, 1, 'a'), (2, 2, 'b'), (3, 2, 'c')",
           "delete from fired", NULL);
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    CHECK_INT(begin_capture(conn, "t", LOG), STATUS_OK);
    rig_do(rig, "update t set a = a || '!' where id < 3", "delete from t where id = 3",
           "insert into t values (9, 1, 'n')", "delete from fired", NULL);
    end_capture(conn, "t", LOG);
    struct table t = describe(conn, "t");
    CHECK_OK(conn_refill_begin(conn, &t, 1, &err));
    own_do(conn, "update t set a = l.a from " LOG " l where l.id = t.id and l.rc_new = 0");
    own_do(conn, "delete from t where id in (select id from " LOG " group by id having min(rc_new) = 1)");
    own_do(conn, "insert into t (id, p, a) select id, p, a from " LOG " l where rc_new = 0 and not exists "
                 "(select 1 from t where t.id = l.id)");
    CHECK_OK(conn_refill_end(conn, &t, 1, true, &err));
    CHECK_STR(conn_ask(conn, "select group_concat(id || p || a) from t"), "11a,22b,32c");
    CHECK_INT(conn_count(conn, "fired"), 0);
    own_do(conn, "update t set a = 'z' where id = 1");
    CHECK_INT(conn_count(conn, "fired"), 1);
    own_do(conn, "delete from p where id = 2");
    CHECK_OK(conn_refill_begin(conn, &t, 1, &err));
    CHECK_INT(conn_refill_end(conn, &t, 1, true, &err), STATUS_POLICY);
    conn_rollback(conn);
    CHECK_OK(conn_refill_end(conn, &t, 1, false, &err));
    CHECK_INT(conn_count(conn, "t"), 3);
}
