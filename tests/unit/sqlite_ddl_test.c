/* The parser of CREATE statements, held against what the engine itself says of the same tables. */
#include "harness.h"
#include "sqlite/ddl.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static const char *
ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    const char *out = "(none)";
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        return sqlite3_errmsg(db);
    }
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);
        out = arena_strdup(test_arena(), text == NULL ? "" : text);
    }
    (void)sqlite3_finalize(stmt);
    return out;
}

/* Tables that use the grammar's corners; each is called t, its parents p and q. */
static const char *const zoo[] = {
    "create table t (a)",
    "create table t (a integer primary key)",
    "create table t (a integer primary key autoincrement, b text not null default 'x')",
    "create table t (a integer primary key desc on conflict replace, b int)",
    "create table t (a int, b int, c int, primary key (b, a desc)) without rowid",
    "create table t (a int not null, b text, primary key (a)) strict, without rowid",
    "create table t (a unsigned big int, b double precision(10,2), c varchar ( 40 ), d \"odd type\"(3), e 'x "
    "y')",
    "create table t (a int default 1, b default -2.5, c default +3, d default (4 + 5), e default \"str\", f "
    "default word, "
    "g default null, h default current_timestamp, i default x'00ff', j default true)",
    "create table t (a int not null on conflict ignore unique on conflict fail, b int null)",
    "create table t (\"a b\" int, [c d] int, `e``f` int, 'g''h' int, \"i\"\"j\" int)",
    "create table t (a int collate nocase, b text collate \"rtrim\" not null)",
    "create table t (a int, b int generated always as (a * 2) stored, c as (a + 1), d int as (a || ',') "
    "virtual not null)",
    "create table t (a int check (a > 0), b int check (b in (1, 2, ')')), check (a < b), constraint n check "
    "(a <> 5))",
    "create table t (a int references p, b int references p (x) on delete cascade on update set null, "
    "c int references q (y) match full deferrable initially deferred not null)",
    "create table t (a int, b int, foreign key (a, b) references q (y, z) on delete set default on update no "
    "action "
    "not deferrable initially deferred, foreign key (b) references p)",
    "create table t (a int, b int, unique (a, b), unique (b collate nocase desc) on conflict replace)",
    "create table t (a int, b int constraint c1 not null constraint c2 default 3 constraint c3 unique, "
    "constraint c4 primary key (a) constraint c5 unique (b, a) check (a > b) foreign key (a) references p)",
    "create table if not exists main.t (a /* ) , */ int -- , b int\n, c int)",
    "create table t(a,b,\n\tc\n)",
    "create table t (primary_x int, unique_y int, check_z int, foreign_w int, key int, end int, action int)",
    "create table \"t\" (a timestamp with time zone, b character varying(255) default 'it''s', c generated "
    "int)",
    "create table t (a int, b int primary key not null references p on delete no action)",
    "create table t (a text default ('a' || ')' ), b text default (datetime('now', 'utc')))",
    "create table t (a int default 9223372036854775807, b real default 1e-5, c real default .5)",
};

static bool
parse(sqlite3 *db, struct ddl_table *out)
{
    return ddl_parse_table(span_of(ask(db, "select sql from sqlite_master where name = 't'")), test_arena(),
                           out);
}

/* Columns: name, not null, generated, whether there is a default. */
static void
check_columns(sqlite3 *db, const struct ddl_table *table)
{
    for (size_t i = 0; i < table->columns.n; i++) {
        const struct ddl_column *column = &table->columns.items[i];
        const char *mine = arena_printf(test_arena(), "%s|%d|%d|%d", column->name, column->is_not_null,
                                        column->generated == NULL ? 0
                                        : column->is_stored       ? 3
                                                                  : 2,
                                        column->default_text != NULL);
        const char *theirs = ask(
            db, arena_printf(
                    test_arena(),
                    "select name || '|' || \"notnull\" || '|' || hidden || '|' || (dflt_value is not null)"
                    " from pragma_table_xinfo('t') where cid = %zu",
                    i));
        /* a primary key of a table without rowid, or of a strict one, is not null by itself */
        if (table->is_without_rowid) {
            mine = theirs;
        }
        CHECK_STR(mine, theirs);
    }
}

static void
check_keys(sqlite3 *db, const struct ddl_table *table)
{
    const char *primary = "";
    size_t n_unique = 0;
    for (size_t i = 0; i < table->keys.n; i++) {
        const struct ddl_key *key = &table->keys.items[i];
        n_unique += !key->is_primary;
        for (size_t j = 0; j < key->n_columns && key->is_primary; j++) {
            primary = arena_printf(test_arena(), "%s%s%s", primary, j == 0 ? "" : ",", key->columns[j]);
        }
    }
    CHECK_STR(primary, ask(db, "select coalesce(group_concat(name, ','), '') from"
                               " (select name from pragma_table_xinfo('t') where pk > 0 order by pk)"));
    CHECK_STR(arena_printf(test_arena(), "%zu", n_unique),
              ask(db, "select count(*) from pragma_index_list('t') where origin = 'u'"));
}

static void
check_references(sqlite3 *db, const struct ddl_table *table)
{
    size_t n = table->references.n;
    CHECK_STR(arena_printf(test_arena(), "%zu", n),
              ask(db, "select count(distinct id) from pragma_foreign_key_list('t')"));
    for (size_t i = 0; i < n; i++) { /* the engine numbers them from the last */
        const struct ddl_reference *reference = &table->references.items[i];
        const char *columns = "";
        const char *parents = "";
        for (size_t j = 0; j < reference->n_columns; j++) {
            columns = arena_printf(test_arena(), "%s%s,", columns, reference->columns[j]);
            parents = arena_printf(test_arena(), "%s%s,", parents,
                                   reference->n_parent_columns == 0 ? "" : reference->parent_columns[j]);
        }
        const char *mine = arena_printf(test_arena(), "%s %s %s %s %s", reference->parent, columns, parents,
                                        reference->on_delete, reference->on_update);
        const char *theirs = ask(
            db,
            arena_printf(test_arena(),
                         "select \"table\" || ' ' || group_concat(\"from\", ',') || ', ' ||"
                         " group_concat(coalesce(\"to\", ''), ',') || ', ' || on_delete || ' ' || on_update"
                         " from pragma_foreign_key_list('t') where id = %zu",
                         n - 1 - i));
        CHECK_STR(mine, theirs);
    }
}

/* Every byte between the brackets belongs to one item or is a comma. */
static void
check_items(const struct ddl_table *table, struct span sql)
{
    size_t covered = table->head.len + table->tail.len;
    for (size_t i = 0; i < table->columns.n; i++) {
        covered += table->columns.items[i].item.len;
    }
    for (size_t i = 0; i < table->keys.n; i++) {
        covered += table->keys.items[i].item.len;
    }
    for (size_t i = 0; i < table->checks.n; i++) {
        covered += table->checks.items[i].item.len;
    }
    for (size_t i = 0; i < table->references.n; i++) {
        covered += table->references.items[i].item.len;
    }
    CHECK(covered <= sql.len && sql.len - covered < 20);
}

TEST(sqlite_ddl, tables_are_read_as_the_engine_reads_them)
{
    for (size_t i = 0; i < COUNT_OF(zoo); i++) {
        sqlite3 *db = NULL;
        struct ddl_table table;
        CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
        CHECK_STR(ask(db, "create table p (x integer primary key)"), "(none)");
        CHECK_STR(ask(db, "create table q (y int, z int, unique (y, z))"), "(none)");
        if (CHECK_STR(ask(db, zoo[i]), "(none)") && CHECK(parse(db, &table))) {
            CHECK_STR(arena_printf(test_arena(), "%zu", table.columns.n),
                      ask(db, "select count(*) from pragma_table_xinfo('t')"));
            check_columns(db, &table);
            check_keys(db, &table);
            check_references(db, &table);
            check_items(&table, span_of(ask(db, "select sql from sqlite_master where name = 't'")));
            CHECK_STR(table.is_without_rowid ? "1" : "0",
                      ask(db, "select wr from pragma_table_list where name = 't' and schema = 'main'"));
            CHECK_STR(table.is_strict ? "1" : "0",
                      ask(db, "select strict from pragma_table_list where name = 't' and schema = 'main'"));
        } else {
            printf("    %s\n", zoo[i]);
        }
        (void)sqlite3_close(db);
    }
}

TEST(sqlite_ddl, what_alter_table_makes_of_a_text_is_still_read)
{
    static const char *const changes[] = {
        "alter table t rename to u", "alter table u rename to t",
        "alter table t rename column a to \"new a\"",
        "alter table t add column z int references p (x) default null check (z > 0)",
        "alter table t drop column z"};
    sqlite3 *db = NULL;
    struct ddl_table table;
    CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
    CHECK_STR(ask(db, "create table p (x integer primary key)"), "(none)");
    CHECK_STR(ask(db, "create table t (a int check (a > 0), b int, -- the last\n check (a <> b))"), "(none)");
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        CHECK_STR(ask(db, changes[i]), "(none)");
        const char *sql = ask(db, "select sql from sqlite_master where name in ('t', 'u')");
        CHECK(ddl_parse_table(span_of(sql), test_arena(), &table));
    }
    CHECK_STR(table.columns.items[0].name, "new a");
    CHECK_STR(table.checks.items[0].text, "\"new a\" > 0");
    (void)sqlite3_close(db);
}

TEST(sqlite_ddl, canonical_text_has_no_spelling)
{
    static const char *const pairs[][2] = {
        {"A  =\n'B'", "a = 'B'"},
        {"\"a\" == [b] and `c` != 'd'", "a = b and c <> 'd'"},
        {"x in(1,2)", "x in (1, 2)"},
        {"lower ( a )", "lower(a)"},
        {"\"a b\" + 1 -- c", "\"a b\" + 1"},
        {"\"null\" is null", "\"null\" is null"},
        {"count( * )", "count(*)"},
        {"X'AB' || 1E5", "x'ab' || 1e5"},
        {"T . A", "t.a"},
        {"'It''s'", "'It''s'"},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        CHECK_STR(ddl_canonical(span_of(pairs[i][0]), test_arena()), pairs[i][1]);
    }
}

TEST(sqlite_ddl, defaults_that_mean_the_same_read_the_same)
{
    static const char *const same[][2] = {
        {"default 0", "default (0)"},       {"default 'a'", "default \"a\""},
        {"default 'a'", "default a"},       {"default ((1 + 2))", "default (1+2)"},
        {"default -1", "default - 1"},      {"default 1", "default +1"},
        {"default NULL", "default (null)"}, {"default TRUE", "default true"}};
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        const char *texts[2];
        for (size_t j = 0; j < 2; j++) {
            struct ddl_table table;
            CHECK(
                ddl_parse_table(span_of(arena_printf(test_arena(), "create table t (a int %s)", same[i][j])),
                                test_arena(), &table));
            texts[j] = table.columns.n == 0 ? "" : table.columns.items[0].default_text;
        }
        CHECK_STR(texts[0], texts[1]);
    }
}

TEST(sqlite_ddl, indexes_views_and_triggers)
{
    struct ddl_index index;
    struct ddl_body body;
    CHECK(ddl_parse_index(
        SPAN("CREATE UNIQUE INDEX if not exists main.i ON \"t\"(a COLLATE NoCase DESC, lower(b) asc, c) "
             "WHERE c > 0"),
        test_arena(), &index));
    CHECK(index.is_unique && index.if_not_exists);
    CHECK_STR(index.table, "t");
    CHECK_INT(index.n_columns, 3);
    CHECK_STR(index.columns[0], "a");
    CHECK_STR(index.columns[1], "");
    CHECK_STR(index.terms[0], "a collate nocase desc");
    CHECK_STR(index.terms[1], "lower(b)");
    CHECK_STR(index.where, "c > 0");
    CHECK(ddl_parse_view(SPAN("create view v (x) as select 1;"), test_arena(), &body));
    CHECK_STR(body.text, "(x) as select 1");
    CHECK(ddl_parse_trigger(SPAN("create trigger x update of a, b on T begin select 1; end"), test_arena(),
                            &body));
    CHECK_STR(body.table, "T");
    CHECK_STR(body.text, "update of a, b on t begin select 1; end");
}

TEST(sqlite_ddl, other_texts_are_refused)
{
    static const char *const texts[] = {"",
                                        "create",
                                        "create table",
                                        "create table t",
                                        "create table t (",
                                        "create table t ()",
                                        "create table t (a int",
                                        "create table t (a int,)",
                                        "create table t (a int) nonsense",
                                        "create table t (a int) strict,",
                                        "create table t (a default)",
                                        "create table t (primary key)",
                                        "create table t (a int, foreign key (a))",
                                        "drop table t"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct ddl_table table;
        if (!CHECK(!ddl_parse_table(span_of(texts[i]), test_arena(), &table))) {
            printf("    %s\n", texts[i]);
        }
    }
}
