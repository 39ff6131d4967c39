/* SQLite's scripts: cut where the engine's own parser ends a statement. */
#include "base/clock.h"
#include "driver/conn.h"
#include "harness.h"
#include "sqlite/sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static struct pieces
split(struct span text)
{
    struct err err = {0};
    struct pieces pieces = {0};
    CHECK_OK(driver_split(&sqlite_driver, NULL, text, test_arena(), &pieces, &err));
    return pieces;
}

static const struct piece *
nth_statement(const struct pieces *pieces, size_t n)
{
    for (size_t i = 0; i < pieces->n; i++) {
        if (pieces->items[i].kind == PIECE_STATEMENT && n-- == 0) {
            return &pieces->items[i];
        }
    }
    return NULL;
}

static const char *
statement(const char *text, size_t n)
{
    struct pieces pieces = split(span_of(text));
    const struct piece *piece = nth_statement(&pieces, n);
    if (piece == NULL) {
        return NULL;
    }
    struct span sql = piece_text(&pieces, piece);
    return arena_strndup(test_arena(), sql.ptr, sql.len);
}

static unsigned
flags(const char *text)
{
    struct pieces pieces = split(span_of(text));
    const struct piece *piece = nth_statement(&pieces, 0);
    return piece == NULL ? ~0U : piece->flags;
}

TEST(sqlite_script, trigger_ends_at_its_own_end)
{
    const char *trigger = "create trigger a after insert on t when case new.x when 1 then 1 else 0 end begin "
                          "insert into u select case when 1 then 2 end ; /* end; */ delete from v; end";
    const char *text = arena_printf(test_arena(), "select 1;%s;select 2;", trigger);
    CHECK_STR(statement(text, 0), "select 1");
    CHECK_STR(statement(text, 1), trigger);
    CHECK_STR(statement(text, 2), "select 2");
    CHECK_STR(statement("create temp trigger a insert on t begin select 1; end; select 2", 1), "select 2");
    CHECK_STR(statement("explain query plan create trigger a insert on t begin select 1; end; select 2", 1),
              "select 2");
}

TEST(sqlite_script, end_as_a_name_ends_nothing)
{
    CHECK_STR(statement("create table end (end integer); select 1", 1), "select 1");
    CHECK_STR(statement("create trigger a insert on t begin select \"end\"; select [end]; end; select 1", 1),
              "select 1");
    CHECK_STR(statement("create table trigger_log (a); select 1; end; select 2", 1), "select 1");
}

TEST(sqlite_script, quotes_of_all_four_kinds_hide_semicolons)
{
    CHECK_STR(statement("select ';', \";\", `;`, [;]; select 2", 1), "select 2");
    CHECK_STR(statement("select 'a''b;', \"a\"\"b;\", `a``b;`; select 2", 1), "select 2");
}

TEST(sqlite_script, block_comments_do_not_nest)
{
    CHECK_STR(statement("select 1 /* a /* b */; select 2", 1), "select 2");
}

TEST(sqlite_script, dot_commands_are_for_the_client)
{
    struct pieces pieces = split(SPAN(".mode csv\nselect 1;\n  .read x.sql ; y\nselect .5;"));
    size_t n = 0;
    for (size_t i = 0; i < pieces.n; i++) {
        n += pieces.items[i].kind == PIECE_CLIENT;
    }
    CHECK_INT(n, 2);
    CHECK_INT(pieces.n_statements, 2);
}

TEST(sqlite_script, pragmas_that_must_come_first_are_marked)
{
    CHECK_INT(flags("PRAGMA foreign_keys = OFF"), PIECE_SESSION);
    CHECK_INT(flags("pragma main.journal_mode('wal')"), PIECE_SESSION);
    CHECK_INT(flags("pragma \"synchronous\" = 1"), PIECE_SESSION);
    CHECK_INT(flags("pragma legacy_alter_table=on"), PIECE_SESSION);
    CHECK_INT(flags("pragma encoding = 'UTF-16'"), PIECE_SESSION);
    CHECK_INT(flags("pragma foreign_keys"), 0);
    CHECK_INT(flags("pragma foreign_key_check"), 0);
    CHECK_INT(flags("pragma defer_foreign_keys = on"), 0);
    CHECK_INT(flags("pragma user_version = 5"), 0);
}

TEST(sqlite_script, statements_that_no_transaction_takes_are_marked)
{
    CHECK_INT(flags("vacuum"), PIECE_NO_TXN);
    CHECK_INT(flags("/* x */ ATTACH 'a.db' as a"), PIECE_NO_TXN);
    CHECK_INT(flags("detach a"), PIECE_NO_TXN);
    CHECK_INT(flags("create table vacuum_log (a)"), 0);
}

TEST(sqlite_script, end_commits_and_rollback_to_does_not_end)
{
    CHECK_INT(flags("end transaction"), PIECE_TXN_COMMIT);
    CHECK_INT(flags("rollback transaction"), PIECE_TXN_ROLLBACK);
    CHECK_INT(flags("rollback transaction to savepoint a"), PIECE_TXN_OTHER);
    CHECK_INT(flags("begin exclusive"), PIECE_TXN_BEGIN);
}

TEST(sqlite_script, nul_byte_is_refused_with_its_place)
{
    struct err err = {0};
    struct pieces pieces;
    CHECK_INT(driver_split(&sqlite_driver, NULL, SPAN("select 1;\nsel\0ect 2"), test_arena(), &pieces, &err),
              STATUS_USAGE);
    CHECK_STR(err.msg, "line 2, column 4: NUL byte");
}

/* -- against the engine ------------------------------------------------------------------------------- */

static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A text of tokens that are likely to confuse. */
static char *
random_script(uint64_t *state)
{
    static const char *const words[] = {
        "create", "temp",  "trigger", "table", "begin", "end",     "case", ";",  ";",   ";",      "select",
        "1",      "'a;'",  "\"e;\"",  "[;]",   "`;`",   "/* ; */", "(",    ")",  ",",   "--;\n",  "explain",
        "end;",   "x'00'", "when",    "t",     "query", "plan",    "=",    "\n", "END", "Trigger"};
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    size_t n = 1 + next_random(state) % 40;
    for (size_t i = 0; i < n; i++) {
        buf_printf(&out, "%s ", words[next_random(state) % COUNT_OF(words)]);
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

/* Each terminator must be the first place at which sqlite3_complete calls the statement complete. */
static bool
agrees_with_engine(const char *text)
{
    struct pieces pieces = split(span_of(text));
    size_t start = 0;
    for (size_t i = 0; i < pieces.n; i++) {
        const struct piece *piece = &pieces.items[i];
        if (piece->kind != PIECE_STATEMENT) {
            continue;
        }
        start = piece->at;
        bool is_ended = false;
        for (size_t j = i + 1; j < pieces.n && !is_ended && pieces.items[j].kind != PIECE_STATEMENT; j++) {
            is_ended = pieces.items[j].kind == PIECE_TERMINATOR;
        }
        for (size_t at = start; at < piece->at + piece->len; at++) {
            if (text[at] == ';' &&
                sqlite3_complete(arena_strndup(test_arena(), text + start, at + 1 - start)) == 1) {
                return false;
            }
        }
        const char *whole = arena_printf(test_arena(), "%.*s;", (int)piece->len, text + start);
        if (is_ended && sqlite3_complete(whole) != 1) {
            return false;
        }
    }
    return true;
}

TEST(sqlite_script, ends_are_where_the_engine_sees_them)
{
    enum { ROUNDS = 4000 };
    uint64_t state = test_seed() * 0x9E3779B97F4A7C15U + 1;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct arena_mark mark = arena_save(test_arena());
        const char *text = random_script(&state);
        if (!CHECK(agrees_with_engine(text))) {
            printf("    %s\n", text);
            return;
        }
        arena_restore(test_arena(), mark);
    }
}

TEST(sqlite_script, one_huge_statement_costs_one_pass)
{
    enum { SMALL = 4 << 20, LARGE = 16 << 20 };
    int64_t us[2];
    static const size_t sizes[] = {SMALL, LARGE};
    for (size_t k = 0; k < COUNT_OF(sizes); k++) {
        BUF_SCOPED text = BUF_INIT((size_t)LARGE * 2);
        buf_str(&text, "insert into t values ");
        while (text.len < sizes[k]) {
            buf_str(&text, "(1, 'some text; with a semicolon', x'00ff', 3.14), ");
        }
        buf_str(&text, "(2, '', null, 0); select 1;");
        int64_t started = clock_monotonic_us();
        struct pieces pieces = split(buf_view(&text));
        us[k] = clock_monotonic_us() - started;
        CHECK_INT(pieces.n_statements, 2);
    }
    /* four times the text; quadratic work would take sixteen times as long */
    CHECK(us[1] < 10 * us[0] + 200000);
}

/* -- effects ------------------------------------------------------------------------------------------ */

static struct effect
effect_of(const char *sql)
{
    struct err err = {0};
    struct effects effects = {0};
    struct pieces pieces = split(span_of(sql));
    CHECK_OK(driver_effects(&sqlite_driver, NULL, &pieces, test_arena(), &effects, &err));
    static const struct effect none = {.kind = EFFECT_UNKNOWN,
                                       .name = "",
                                       .table = "",
                                       .column = "",
                                       .type = "",
                                       .detail = "",
                                       .new_name = ""};
    return CHECK(effects.n > 0) ? effects.items[effects.n - 1] : none;
}

TEST(sqlite_effect, quoting_case_and_main_do_not_matter)
{
    CHECK_STR(effect_of("DROP TABLE Main.\"Tab Le\"").name, "tab le");
    CHECK_STR(effect_of("DROP TABLE [Tab]").name, "tab");
    CHECK_STR(effect_of("DROP TABLE `aux`.'t'").name, "aux.t");
}

TEST(sqlite_effect, replacing_rows_is_told)
{
    CHECK_INT(effect_of("replace into t values (1)").flags, EFFECT_REPLACE_ROWS);
    CHECK_INT(effect_of("insert or replace into t values (1)").flags, EFFECT_REPLACE_ROWS);
    CHECK_INT(effect_of("insert or ignore into t values (1)").flags, 0);
    CHECK_INT(effect_of("insert into t values (1) on conflict (a) do update set a = 1").flags,
              EFFECT_REPLACE_ROWS);
    CHECK_INT(effect_of("insert into t values (1) on conflict do nothing").flags, 0);
    CHECK_INT(
        effect_of(
            "insert into t select * from u on conflict (a) do nothing on conflict (b) do update set a = 1")
            .flags,
        EFFECT_REPLACE_ROWS);
    CHECK_INT(effect_of("insert into t values ('on conflict do update')").flags, 0);
}

TEST(sqlite_effect, common_table_expressions_are_looked_through)
{
    CHECK_STR(
        effect_of("with a as (select 1), b (x) as not materialized (select 2) insert into t select * from a")
            .table,
        "t");
    CHECK_INT(effect_of("with recursive a as (select 1) delete from t where x in a").kind, EFFECT_DELETE);
    CHECK_INT(effect_of("with a as (delete_me) select 1").kind, EFFECT_READ);
}

TEST(sqlite_effect, columns_tell_type_default_and_flags)
{
    struct effect effect =
        effect_of("alter table t add Name VARCHAR ( 40 ) NOT NULL DEFAULT 'a''b' COLLATE nocase");
    CHECK_INT(effect.kind, EFFECT_ADD_COLUMN);
    CHECK_STR(effect.column, "name");
    CHECK_STR(effect.type, "varchar(40)");
    CHECK_STR(effect.detail, "'a''b'");
    CHECK_INT(effect.flags, EFFECT_NOT_NULL | EFFECT_HAS_DEFAULT);
    effect = effect_of("create table t (id integer primary key autoincrement)");
    CHECK_INT(effect.flags, EFFECT_INLINE | EFFECT_PRIMARY | EFFECT_AUTO_INCREMENT);
    effect = effect_of("create table t (at text default current_timestamp)");
    CHECK_INT(effect.flags, EFFECT_INLINE | EFFECT_HAS_DEFAULT | EFFECT_VOLATILE_DEFAULT);
    effect = effect_of("create table t (at text default (datetime('now')))");
    CHECK_INT(effect.flags, EFFECT_INLINE | EFFECT_HAS_DEFAULT | EFFECT_VOLATILE_DEFAULT);
    effect = effect_of("create table t (a int, b int as (a + 1) stored)");
    CHECK_INT(effect.flags, EFFECT_INLINE | EFFECT_STORED_GENERATED);
    effect = effect_of("alter table t add column p integer references q (id) on delete set null");
    CHECK_INT(effect.kind, EFFECT_CREATE);
    CHECK_INT(effect.object, OBJECT_FOREIGN_KEY);
    CHECK_STR(effect.detail, "(p) references q (id) on delete set null");
}

TEST(sqlite_effect, pragmas_are_of_the_session_unless_they_only_ask_or_store)
{
    CHECK_INT(effect_of("pragma foreign_keys = off").kind, EFFECT_SESSION);
    CHECK_STR(effect_of("pragma foreign_keys = OFF").type, "off");
    CHECK_INT(effect_of("pragma foreign_keys").kind, EFFECT_READ);
    CHECK_INT(effect_of("pragma foreign_key_check(t)").kind, EFFECT_READ);
    CHECK_INT(effect_of("pragma user_version = 3").kind, EFFECT_ALTER);
    CHECK_INT(effect_of("update sqlite_master set sql = ''").kind, EFFECT_UNKNOWN);
    CHECK_INT(effect_of("update sqlite_schema set sql = ''").kind, EFFECT_UNKNOWN);
}

TEST(sqlite_effect, virtual_tables_and_triggers_have_their_definition_as_detail)
{
    struct effect effect = effect_of("create virtual table f using FTS5 (a,  b)");
    CHECK_INT(effect.object, OBJECT_TABLE);
    CHECK_STR(effect.detail, "fts5(a, b)");
    effect = effect_of("create trigger if not exists x\n after insert on T begin select 1; end;");
    CHECK_INT(effect.object, OBJECT_TRIGGER);
    CHECK_STR(effect.table, "t");
    CHECK_INT(effect.flags, EFFECT_IF_NOT_EXISTS);
    CHECK_STR(effect.detail, "after insert on T begin select 1; end");
}
