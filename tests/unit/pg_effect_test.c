/* What PostgreSQL's statements do, told from the parse tree, and from the words where the parser gives up. */
#include "driver/conn.h"
#include "harness.h"
#include "postgres/postgres.h"

#include "base/buf.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

static const char *const flag_names[] = {
    "if-exists", "if-not-exists", "or-replace", "cascade",   "concurrently", "not-valid",
    "not-null",  "default",       "volatile",   "unique",    "primary",      "foreign",
    "check",     "no-where",      "using",      "temporary", "replaces",     "add-value",
    "generated", "auto",          "inline",     "whole",     "rewrite",
};

static void
show_effect(struct buf *out, const struct effect *effect)
{
    bool has_object = effect->kind <= EFFECT_ALTER || effect->kind == EFFECT_LOCK;
    const char *const words[] = {has_object ? object_kind_name(effect->object) : "", effect->name};
    const char *const marks[] = {"on",   effect->table, "col", effect->column, "to", effect->new_name,
                                 "type", effect->type,  "is",  effect->detail};
    buf_str(out, effect_kind_name(effect->kind));
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        buf_printf(out, "%s%s", *words[i] == '\0' ? "" : " ", words[i]);
    }
    for (size_t i = 0; i < COUNT_OF(marks); i += 2) {
        if (*marks[i + 1] != '\0') {
            buf_printf(out, " %s:%s", marks[i], marks[i + 1]);
        }
    }
    for (size_t i = 0; i < COUNT_OF(flag_names); i++) {
        if (effect->flags & (1U << i)) {
            buf_printf(out, " -%s", flag_names[i]);
        }
    }
}

static const char *
effects_of(const char *sql)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct pieces pieces;
    struct effects effects;
    struct err err = {0};
    CHECK_OK(driver_split(&postgres_driver, NULL, span_of(sql), test_arena(), &pieces, &err));
    CHECK_OK(driver_effects(&postgres_driver, NULL, &pieces, test_arena(), &effects, &err));
    for (size_t i = 0; i < effects.n; i++) {
        buf_str(&out, i == 0 ? "" : "; ");
        show_effect(&out, &effects.items[i]);
    }
    return arena_strndup(test_arena(), buf_cstr(&out), out.len);
}

#define EFFECTS(sql, want)                                                                                   \
    do {                                                                                                     \
        if (!CHECK_STR(effects_of(sql), want)) {                                                             \
            printf("    of: %s\n", sql);                                                                     \
        }                                                                                                    \
    } while (0)

TEST(pg_effect, tables)
{
    EFFECTS("create unlogged table if not exists A.\"B c\" (id serial primary key, n numeric(10,2) default 1 "
            "+ 2 not null)",
            "create table a.B c -if-not-exists; add column on:a.B c col:id type:serial -not-null -primary "
            "-auto -inline; "
            "add column on:a.B c col:n type:numeric(10,2) is:1 + 2 -not-null -default -inline");
    EFFECTS("create temp table t (a int default null, b int generated always as identity, c int generated "
            "always as (a + 1) "
            "stored, d uuid default gen_random_uuid() check (d is not null), e int constraint k references p "
            "(x) on delete "
            "cascade default 3)",
            "create table t -temporary; add column on:t col:a type:integer -inline; add column on:t col:b "
            "type:integer "
            "-not-null -auto -inline; add column on:t col:c type:integer -generated -inline; add column on:t "
            "col:d type:uuid "
            "is:gen_random_uuid() -default -volatile -check -inline; add column on:t col:e type:integer is:3 "
            "-default -foreign "
            "-inline; create foreign key k on:t col:e is:(e) references p (x) on delete cascade -foreign "
            "-inline");
    EFFECTS(
        "create table t (a int, b int, constraint k unique (a, b), primary key (a), check (a > 0) not valid, "
        "foreign key (a) references p (b) on update set null, exclude using gist (a with =))",
        "create table t; add column on:t col:a type:integer -inline; add column on:t col:b type:integer "
        "-inline; "
        "create constraint k on:t is:(a, b) -unique -inline; create constraint on:t col:a is:(a) -primary "
        "-inline; "
        "create constraint on:t is:(a > 0) -not-valid -check -inline; create foreign key on:t col:a is:(a) "
        "references p "
        "(b) on update set null -foreign -inline; create constraint on:t is:using gist (a with =) -inline");
    EFFECTS("create table t (like u, a int)", "create table t");
    EFFECTS("create table t partition of u for values in (1)", "create table t");
    EFFECTS("create table t as select 1", "create table t");
    EFFECTS("create table t as select touch()", "create table t; unknown");
    EFFECTS("select 1 as a into t", "create table t");
    EFFECTS("drop table if exists a.b, \"C\" cascade",
            "drop table a.b -if-exists -cascade; drop table C -if-exists -cascade");
    EFFECTS("create foreign table f (a int) server s",
            "create table f; add column on:f col:a type:integer -inline");
}

TEST(pg_effect, changes_of_tables)
{
    EFFECTS(
        "alter table if exists only a.t add column if not exists b timestamptz(3) not null default now(), "
        "drop column if exists c cascade, add d text[]",
        "add column on:a.t col:b type:timestamp(3) with time zone is:now() -if-not-exists -not-null "
        "-default; "
        "drop column on:a.t col:c -if-exists -cascade; add column on:a.t col:d type:text[]");
    EFFECTS(
        "alter table t alter a type bigint using a::bigint, alter column b set data type character varying "
        "(40), "
        "alter c set default array[1, 2], alter d drop default, alter e set not null, alter f drop not null, "
        "alter g set default null",
        "column type on:t col:a type:bigint -using; column type on:t col:b type:character varying(40); "
        "set default on:t col:c is:array[1, 2] -default; drop default on:t col:d; set not null on:t col:e; "
        "drop not null on:t col:f; drop default on:t col:g");
    EFFECTS("alter table t alter a set default random(), alter b set default clock_timestamp(), alter c set "
            "default "
            "current_timestamp, alter d set default mine(), alter e set default nextval('s')",
            "set default on:t col:a is:random() -default -volatile; set default on:t col:b "
            "is:clock_timestamp() -default "
            "-volatile; set default on:t col:c is:current_timestamp -default; set default on:t col:d "
            "is:mine() -default "
            "-volatile; set default on:t col:e is:nextval('s') -default -volatile");
    EFFECTS("alter table t add constraint k check (a > 0) not valid, validate constraint k, drop constraint "
            "if exists l "
            "cascade, add constraint m foreign key (a, b) references p not valid, add constraint n unique "
            "using index i",
            "create constraint k on:t is:(a > 0) -not-valid -check; alter constraint k on:t; drop constraint "
            "l on:t "
            "-if-exists -cascade; create foreign key m on:t is:(a, b) references p -not-valid -foreign; "
            "create constraint n on:t is:using index i -unique");
    EFFECTS("alter table t add column p_id int references p (id) not null, add primary key (a)",
            "add column on:t col:p_id type:integer -not-null -foreign; create foreign key on:t col:p_id "
            "is:(p_id) references "
            "p (id) -foreign -inline; create constraint on:t col:a is:(a) -primary");
    EFFECTS("alter table t set logged; alter table t set (fillfactor = 70); alter table t owner to u; "
            "alter table t detach partition p concurrently; alter table t enable row level security",
            "alter table t on:t -rewrite; alter table t on:t; alter table t on:t; alter table t on:t "
            "-concurrently; "
            "alter table t on:t");
    EFFECTS(
        "alter table t alter a add generated always as identity, alter b set statistics 5, disable trigger x",
        "alter column on:t col:a -auto; alter column on:t col:b; alter trigger x on:t");
    EFFECTS("alter table t rename column a to b; alter table a.t rename to u; alter table t rename "
            "constraint k to l; "
            "alter table a.t set schema b; alter index i rename to j; alter view v rename column a to b",
            "rename column a on:t col:a to:b; rename table a.t to:u; rename constraint k on:t to:l; rename "
            "table a.t to:b.t; "
            "rename index i to:j; rename column a on:v col:a to:b");
}

TEST(pg_effect, indexes_views_and_others)
{
    EFFECTS("create unique index concurrently if not exists i on only a.t using gin (b, lower(c) desc) "
            "include (d) where e > 1",
            "create index a.i on:a.t is:(b, lower(c) desc) include (d) where e > 1 -if-not-exists "
            "-concurrently -unique");
    EFFECTS("create index on t (a)", "create index on:t col:a is:(a)");
    EFFECTS("drop index concurrently if exists a.i", "drop index a.i -if-exists -concurrently");
    EFFECTS(
        "create or replace view a.v (x) with (security_barrier) as select a -- c\n, b from t where c = 'as'",
        "create view a.v is:select a , b from t where c = 'as' -or-replace");
    EFFECTS("create materialized view m as select 1; refresh materialized view concurrently m; drop "
            "materialized view m",
            "create view m is:select 1; alter view m -concurrently; drop view m");
    EFFECTS(
        "create type mood as enum ('sad', 'ok'); alter type mood add value if not exists 'happy' after 'ok'; "
        "alter type mood rename value 'ok' to 'so'; drop type mood",
        "create type mood is:('sad', 'ok'); alter type mood is:'happy' -if-not-exists -add-value; alter type "
        "mood; "
        "drop type mood");
    EFFECTS(
        "create domain d as int; create type c as (a int); create type r as range (subtype = int); drop "
        "domain d",
        "create type d is:d as int; create type c is:(a int); create type r is:(subtype = int); drop type d");
    EFFECTS(
        "create or replace function a.f(x int, out y text) returns text language sql as $$ select  'a' $$; "
        "drop function a.f(int), g; drop procedure p",
        "create function a.f type:integer is:select 'a' -or-replace; drop function a.f; drop function g; "
        "drop procedure p");
    EFFECTS(
        "create trigger x before insert on a.t for each row execute function f(); drop trigger if exists x "
        "on a.t; "
        "create rule r as on insert to t do nothing; create policy p on t using (true); drop policy p on t",
        "create trigger x on:a.t is:x before insert on a.t for each row execute function f(); "
        "drop trigger x on:a.t -if-exists; create rule r on:t is:r as on insert to t do nothing; "
        "create policy p on:t is:p on t using (true); drop policy p on:t");
    EFFECTS("create schema a create table t (b int); drop schema a cascade; create extension "
            "if not exists x",
            "create schema a; create table t; add column on:t col:b type:integer -inline; "
            "drop schema a -cascade; create extension x -if-not-exists");
    EFFECTS("create sequence s; alter sequence s restart; drop sequence s; select setval('s', 1); select "
            "nextval('s')",
            "create sequence s; alter sequence s; drop sequence s; alter sequence s; alter sequence s");
    EFFECTS("comment on column a.t.b is 'x'; grant select on t, u to v; revoke all on schema s from v",
            "alter comment b on:a.t col:b; alter grant t on:t; alter grant u on:u; alter grant s");
    EFFECTS("create publication p for all tables; create cast (a as b) without function; create role r",
            "create other publication p; create other cast a; create other role r");
}

TEST(pg_effect, rows)
{
    EFFECTS("insert into a.t (a) values (1) on conflict do nothing; insert into t values (1) on conflict (a) "
            "do update set b = 1",
            "insert on:a.t; insert on:t -replaces");
    EFFECTS("update t set a = 1; update t set a = 1, b = 2 where c",
            "update on:t col:a -no-where; update on:t");
    EFFECTS("delete from t; delete from t using u where t.a = u.a; truncate a.t, u cascade",
            "delete on:t -no-where; delete on:t; truncate on:a.t -cascade; truncate on:u -cascade");
    EFFECTS("with gone as (delete from t returning *) insert into u select * from gone",
            "delete on:t -no-where; insert on:u");
    EFFECTS("with gone as (delete from t where a returning *) select * from gone", "delete on:t");
    EFFECTS("merge into t using u on t.a = u.a when matched then update set b = 1 when not matched then "
            "insert values (1)",
            "insert on:t; update on:t");
    EFFECTS("copy t from stdin;\n1\n\\.\n", "insert on:t");
    EFFECTS("copy t to stdout", "read");
    EFFECTS("copy t to program 'x'", "unknown");
    EFFECTS("update pg_class set relname = 'x'; delete from pg_catalog.pg_enum", "unknown; unknown");
}

TEST(pg_effect, what_reads_and_what_cannot_be_told)
{
    EFFECTS("select count(*), lower(a) from t where b = any(array_agg(c)) for update; table t; values (1); "
            "show x; explain "
            "delete from t",
            "read; read; read; read; read");
    EFFECTS("explain analyze delete from t", "delete on:t -no-where");
    EFFECTS("select touch(); select a.lower('x'); do $$ begin end $$; call p(); prepare p as select 1; "
            "execute p; load 'x'; "
            "import foreign schema s from server x into y; drop owned by r",
            "unknown; unknown; unknown; unknown; unknown; unknown; unknown; unknown; unknown");
    EFFECTS("set local lock_timeout = '3s'; set search_path to a, b; reset all; select "
            "pg_catalog.set_config('search_path', "
            "'', false); set statement_timeout = 0",
            "session lock_timeout type:3s; session search_path type:a, b; session; session search_path; "
            "session statement_timeout type:0");
    EFFECTS("begin; commit; savepoint a; lock table t, u in exclusive mode",
            "transaction; transaction; transaction; lock table "
            "on:t; lock table on:u");
    EFFECTS("vacuum t; vacuum full t; cluster t; analyze; reindex table concurrently t",
            "read; alter table t on:t -rewrite; alter table t on:t -rewrite; read; lock table on:t "
            "-concurrently");
}

TEST(pg_effect, newer_syntax_is_told_from_its_words)
{
    EFFECTS("create table a.t (b int frobnicated)", "create table a.t");
    EFFECTS("create unique index concurrently i on only t (a) frobnicated",
            "create index i on:t -concurrently -unique");
    EFFECTS("drop table if exists a, b.c frobnicated cascade",
            "drop table a -if-exists -cascade; drop table b.c -if-exists "
            "-cascade");
    EFFECTS("insert into t frobnicated", "insert on:t");
    EFFECTS("delete from only t frobnicated", "delete on:t -no-where");
    EFFECTS("update t frobnicated where a", "update on:t");
    EFFECTS("alter table t frobnicate", "unknown");
    EFFECTS("create frobnication", "unknown");
}

TEST(pg_effect, names_are_told_as_they_were_written)
{
    char name[80];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    EFFECTS(arena_printf(test_arena(), "create table a.%s (b int)", name),
            arena_printf(test_arena(), "create table a.%s; add column on:a.%s col:b type:integer -inline",
                         name, name));
}

/* The parser would need hundreds of megabytes, and as deep a stack. */
TEST(pg_effect, huge_statements_are_told_from_their_words)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    int64_t started = clock_monotonic_us();
    buf_str(&sql, "insert into t values (1");
    while (sql.len < (4U << 20)) {
        buf_str(&sql, " + 1");
    }
    buf_str(&sql, ") on conflict (a) do update set a = 1");
    EFFECTS(buf_cstr(&sql), "insert on:t -replaces");
    buf_reset(&sql);
    buf_str(&sql, "select 1");
    while (sql.len < (60U << 10)) {
        buf_str(&sql, "+1");
    }
    CHECK(*effects_of(buf_cstr(&sql)) != '\0');
    CHECK(clock_monotonic_us() - started < 5000000);
}

/* Whatever is cut out of a valid text: effects are told of every statement, and nothing falls over. */
TEST(pg_effect, any_piece_of_sql_has_effects)
{
    static const char source[] =
        "create table a.t (id serial primary key, b text default 'x' not null references u (c) on delete "
        "cascade, check (b > 'a'));"
        "alter table only a.t add column c numeric(10,2)[] default array[1,2], alter b type int using "
        "b::int, drop constraint k;"
        "create unique index concurrently i on t using gin (lower(a), b desc) where c is not null;"
        "create or replace view v as with x as (select 1) select * from x;"
        "create function f(a int default 3, out b text) language sql as $$ select 'x;' $$;"
        "insert into t select setval('s', 3), set_config('a', 'b', false) on conflict (a) do update set b = "
        "excluded.b;"
        "alter type m add value 'x'; comment on column a.b.c is 'x'; grant all on schema a to b; drop "
        "function f(int), g;"
        "select case when a then b end from (values (1), (2)) v (x) where y in (select 1);";
    uint64_t state = test_seed() * 2654435761U + 1;
    for (unsigned round = 0; round < 2000; round++) {
        struct arena_mark mark = arena_save(test_arena());
        state = state * 6364136223846793005U + 1442695040888963407U;
        size_t from = (size_t)(state >> 33) % sizeof(source);
        state = state * 6364136223846793005U + 1442695040888963407U;
        size_t len = (size_t)(state >> 33) % (sizeof(source) - from);
        struct span text = {source + from, len};
        struct pieces pieces;
        struct effects effects = {0};
        struct err err = {0};
        if (driver_split(&postgres_driver, NULL, text, test_arena(), &pieces, &err) == STATUS_OK) {
            CHECK_OK(driver_effects(&postgres_driver, NULL, &pieces, test_arena(), &effects, &err));
            CHECK(effects.n >= pieces.n_statements);
        }
        arena_restore(test_arena(), mark);
    }
}
