/* PostgreSQL's scripts cut into pieces: every byte in one of them, whatever the text. */
#include "driver/sqltok.h"
#include "harness.h"
#include "postgres/postgres.h"

#include "base/buf.h"
#include "base/clock.h"
#include "driver/conn.h"

#include <pg_query.h>
#include <stdio.h>
#include <string.h>

static enum status
split(struct span text, struct pieces *out, struct err *err)
{
    return driver_split(&postgres_driver, NULL, text, test_arena(), out, err);
}

/* The pieces' texts, each between its letter and "|": s statement, t terminator, d rows, c client, b blank.
 */
static const char *
set_text(struct span text)
{
    static const char letters[] = {[PIECE_BLANK] = 'b',
                                   [PIECE_STATEMENT] = 's',
                                   [PIECE_TERMINATOR] = 't',
                                   [PIECE_COPY_DATA] = 'd',
                                   [PIECE_CLIENT] = 'c'};
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct pieces pieces;
    struct err err = {0};
    size_t at = 0;
    if (split(text, &pieces, &err) != STATUS_OK) {
        CHECK_INT(err.status, STATUS_USAGE);
        return arena_strdup(test_arena(), err.msg);
    }
    for (size_t i = 0; i < pieces.n; i++) {
        const struct piece *piece = &pieces.items[i];
        size_t line;
        size_t column;
        text_position(text, piece->at, &line, &column);
        CHECK_INT(piece->at, at);
        CHECK_INT(piece->line, line);
        CHECK_INT(piece->column, column);
        at += piece->len;
        if (piece->kind != PIECE_BLANK) {
            buf_char(&out, letters[piece->kind]);
            buf_span(&out, piece_text(&pieces, piece));
            buf_char(&out, '|');
        }
    }
    CHECK_INT(at, text.len);
    return arena_strndup(test_arena(), buf_cstr(&out), out.len);
}

static const char *
cut(const char *text)
{
    return set_text(span_of(text));
}

/* Flags of the first statement. */
static unsigned
flags_of(const char *text)
{
    struct pieces pieces;
    struct err err = {0};
    CHECK_OK(split(span_of(text), &pieces, &err));
    for (size_t i = 0; i < pieces.n; i++) {
        if (pieces.items[i].kind == PIECE_STATEMENT) {
            return pieces.items[i].flags;
        }
    }
    CHECK(false);
    return 0;
}

TEST(pg_split, statements_end_at_semicolons)
{
    CHECK_STR(cut("select 1; select 2"), "sselect 1|t;|sselect 2|");
    CHECK_STR(cut("-- a\n select 1 -- b\n ;\n;; /* c */ ; select 2 -- d"), "sselect 1|t;|sselect 2|");
    CHECK_STR(cut(""), "");
    CHECK_STR(cut(" ; -- nothing"), "");
    CHECK_STR(cut("\xef\xbb\xbfselect 1;"), "sselect 1|t;|");
}

TEST(pg_split, quotes_and_comments_hide_semicolons)
{
    CHECK_STR(cut("/* a /* 'b; */ ; */ select 1; select 2"), "sselect 1|t;|sselect 2|");
    CHECK_STR(cut("select $a$ ; $b$ ; $$ ; $a$; select 2"), "sselect $a$ ; $b$ ; $$ ; $a$|t;|sselect 2|");
    CHECK_STR(cut("select a$, b$c$d$ from t; select 2"), "sselect a$, b$c$d$ from t|t;|sselect 2|");
    CHECK_STR(cut("select E'a\\';', 'b\\'; select 2"), "sselect E'a\\';', 'b\\'|t;|sselect 2|");
    CHECK_STR(cut("select U&'d!0061' uescape '!'; select U&\"a;b\""),
              "sselect U&'d!0061' uescape '!'|t;|sselect U&\"a;b\"|");
    CHECK_STR(cut("select \"a;\"\"b\"; select 2"), "sselect \"a;\"\"b\"|t;|sselect 2|");
    CHECK_STR(cut("select 'a'';b' -- c;\n; select 2 -- e;"), "sselect 'a'';b'|t;|sselect 2|");
}

TEST(pg_split, setting_of_the_script_decides_about_backslashes)
{
    CHECK_STR(
        cut("set standard_conforming_strings = off; select 'a\\';b'; reset all; select 'c\\'; select 2"),
        "sset standard_conforming_strings = off|t;|sselect 'a\\';b'|t;|sreset all|t;|sselect 'c\\'|t;|"
        "sselect 2|");
    CHECK_STR(cut("SET LOCAL standard_conforming_strings TO 'on'; select 'a\\'; select 2"),
              "sSET LOCAL standard_conforming_strings TO 'on'|t;|sselect 'a\\'|t;|sselect 2|");
}

TEST(pg_split, bodies_and_parentheses_keep_their_semicolons)
{
    CHECK_STR(
        cut("create function f(a int) returns int language sql begin atomic select case a when 1 then 2 "
            "end; select t.end as case; end; select 2"),
        "screate function f(a int) returns int language sql begin atomic select case a when 1 then 2 end; "
        "select t.end as case; end|t;|sselect 2|");
    CHECK_STR(cut("create or replace procedure p() begin atomic insert into t values (1); end; select 2"),
              "screate or replace procedure p() begin atomic insert into t values (1); end|t;|sselect 2|");
    CHECK_STR(cut("begin; create table atomic (zp_beginn int, \"end\" int); end; select 2"),
              "sbegin|t;|screate table atomic (zp_beginn int, \"end\" int)|t;|send|t;|sselect 2|");
    CHECK_STR(cut("create rule r as on insert to t do (delete from a; delete from b); select 2"),
              "screate rule r as on insert to t do (delete from a; delete from b)|t;|sselect 2|");
    CHECK_STR(cut("do $$ begin raise notice 'END;'; end $$; select 2"),
              "sdo $$ begin raise notice 'END;'; end $$|t;|sselect 2|");
}

TEST(pg_split, rows_of_copy_are_not_read_as_sql)
{
    CHECK_STR(cut("copy t (a) from stdin;\n1'\n\\.x\nb \\.\n\\.\nselect 2;"),
              "scopy t (a) from stdin|t;\n|d1'\n\\.x\nb \\.\n\\.\n|sselect 2|t;|");
    CHECK_STR(cut("COPY t FROM STDIN WITH (FORMAT csv) ; -- rows\r\n\"a\r\n\\.\r\nselect 2"),
              "sCOPY t FROM STDIN WITH (FORMAT csv) |t; -- rows\r\n|d\"a\r\n\\.\r\n|sselect 2|");
    CHECK_STR(cut("copy t from stdin;\n\\."), "scopy t from stdin|t;\n|d\\.|");
    CHECK_INT(flags_of("copy t from stdin;\n\\.\n"), PIECE_COPY_IN);
    CHECK_STR(cut("copy t from 'stdin'; select 2"), "scopy t from 'stdin'|t;|sselect 2|");
    CHECK_STR(cut("copy t to stdout; select 2"), "scopy t to stdout|t;|sselect 2|");
    CHECK_STR(cut("select 1;\n copy t from stdin;\n1\n"),
              "line 2, column 2: COPY ... FROM STDIN whose rows do not end with a line '\\.'");
    CHECK_STR(cut("copy t from stdin; select 1;\n\\.\n"),
              "line 1, column 20: more on the line of COPY ... FROM STDIN, where its rows should follow");
    CHECK_STR(cut("copy t from stdin"), "line 1, column 1: COPY ... FROM STDIN without its rows");
}

TEST(pg_split, client_commands_are_lines_of_their_own)
{
    struct pieces pieces;
    struct err err = {0};
    CHECK_STR(cut("\\restrict abc\nselect 1;\n  \\connect db ; x\nselect 2; \\echo 'it\n"),
              "c\\restrict abc|sselect 1|t;|c\\connect db ; x|sselect 2|t;|c\\echo 'it|");
    CHECK_OK(split(span_of("\\unrestrict a\n\\i b.sql"), &pieces, &err));
    CHECK_INT(pieces.items[0].flags, PIECE_CLIENT_IGNORED);
    CHECK_INT(pieces.items[2].kind, PIECE_CLIENT);
    CHECK_INT(pieces.items[2].flags, 0);
}

TEST(pg_split, what_is_not_closed_is_told_where_it_began)
{
    CHECK_STR(cut("select 1;\n select 'a;\nb"), "line 2, column 9: unclosed quote");
    CHECK_STR(cut("select \xc3\xa4, \"a"), "line 1, column 11: unclosed quoted identifier");
    CHECK_STR(cut("do $x$ begin $X$;"), "line 1, column 4: unclosed dollar quote");
    CHECK_STR(cut("/* a /* b */"), "line 1, column 1: unclosed comment");
    CHECK_STR(cut("select e'a\\'"), "line 1, column 8: unclosed quote");
    CHECK_STR(set_text((struct span){"select 1;\n\0", 11}), "line 2, column 1: NUL byte");
}

TEST(pg_split, words_tell_transactions)
{
    CHECK_INT(flags_of("begin isolation level serializable"), PIECE_TXN_BEGIN);
    CHECK_INT(flags_of("/* a */ START -- b\n TRANSACTION"), PIECE_TXN_BEGIN);
    CHECK_INT(flags_of("commit and chain"), PIECE_TXN_COMMIT);
    CHECK_INT(flags_of("end"), PIECE_TXN_COMMIT);
    CHECK_INT(flags_of("prepare transaction 'a'"), PIECE_TXN_COMMIT);
    CHECK_INT(flags_of("rollback"), PIECE_TXN_ROLLBACK);
    CHECK_INT(flags_of("abort work"), PIECE_TXN_ROLLBACK);
    CHECK_INT(flags_of("rollback work to savepoint a"), PIECE_TXN_OTHER);
    CHECK_INT(flags_of("rollback to a"), PIECE_TXN_OTHER);
    CHECK_INT(flags_of("savepoint a"), PIECE_TXN_OTHER);
    CHECK_INT(flags_of("release a"), PIECE_TXN_OTHER);
    CHECK_INT(flags_of("commit prepared 'a'"), PIECE_TXN_OTHER | PIECE_NO_TXN);
    CHECK_INT(flags_of("select begin"), 0);
    CHECK_INT(flags_of("\"begin\""), 0);
}

TEST(pg_split, words_tell_what_cannot_run_in_a_transaction)
{
    static const char *const outside[] = {
        "create index concurrently on t (a)",
        "CREATE UNIQUE INDEX /* x */ CONCURRENTLY IF NOT EXISTS i ON t (a)",
        "drop index concurrently i",
        "reindex (verbose, concurrently) table t",
        "reindex index concurrently i",
        "reindex (verbose) database d",
        "reindex schema s",
        "vacuum full t",
        "create database d",
        "drop database d",
        "alter database \"D\" set tablespace x",
        "create tablespace x location '/y'",
        "create subscription s connection 'c' publication p",
        "alter subscription s refresh publication",
        "alter system set work_mem = '1MB'",
        "discard all",
        "cluster",
        "cluster (verbose)",
        "alter table only a.b detach partition c.d concurrently",
    };
    static const char *const inside[] = {
        "create index i on t (concurrently)",
        "create index \"concurrently\" on t (a)",
        "reindex table t",
        "cluster t",
        "cluster verbose t using i",
        "alter database d set work_mem = '1MB'",
        "discard plans",
        "alter table a detach partition c",
        "refresh materialized view concurrently v",
        "alter type t add value 'concurrently'",
    };
    for (size_t i = 0; i < COUNT_OF(outside); i++) {
        CHECK_STR(flags_of(outside[i]) == PIECE_NO_TXN ? outside[i] : "", outside[i]);
    }
    for (size_t i = 0; i < COUNT_OF(inside); i++) {
        CHECK_STR(flags_of(inside[i]) == 0 ? inside[i] : "", inside[i]);
    }
}

TEST(pg_split, newer_syntax_than_the_parser_knows_is_cut)
{
    CHECK_STR(cut("select 1_000, 0xFF; frobnicate the table t with (a; b); select 2"),
              "sselect 1_000, 0xFF|t;|sfrobnicate the table t with (a; b)|t;|sselect 2|");
}

/* -- properties ------------------------------------------------------------------------------------------ */

static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Fragments that are tokens by themselves, and those that change how the rest is read. */
static const char *const fragments[] = {
    "select", " 1 ",         "'a;b'",       "''",      "E'\\''",  "\"x;\"\"\"",
    "$$;$$",  "$a$ $b$ $a$", ";",           " ; ",     "(",       ")",
    "--c;\n", "/*;*/",       "/* /*;*/ */", "\n",      " begin ", " atomic ",
    " end ",  " case ",      " as ",        ".",       ",",       "+",
    "a$1",    " u&'x;' ",    " b'01' ",     " x'ff' ", "create ", "function f() ",
    "N'n;'",  "\xc3\xa4",    "*",           "::text",  " rule ",  "!",
};

static void
random_text(struct buf *out, const char *first_word, uint64_t *state)
{
    size_t n = next_random(state) % 24;
    buf_reset(out);
    buf_str(out, first_word);
    for (size_t i = 0; i < n; i++) {
        const char *fragment = fragments[next_random(state) % COUNT_OF(fragments)];
        buf_str(out, fragment);
        buf_str(out, strcmp(fragment, ";") == 0 || strcmp(fragment, " ; ") == 0 ? first_word : "");
    }
}

TEST(pg_split, any_bytes_are_cut_without_a_gap)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    uint64_t state = test_seed() * 2654435761U + 1;
    for (unsigned round = 0; round < 3000; round++) {
        random_text(&text, "", &state);
        for (size_t i = 0; i < text.len && round % 2 == 1; i++) {
            if (next_random(&state) % 8 == 0) {
                text.data[i] = (char)(next_random(&state) % 256);
            }
        }
        struct arena_mark mark = arena_save(test_arena());
        (void)set_text(buf_view(&text));
        arena_restore(test_arena(), mark);
    }
}

/* Statements as the server's own scanner sees them, NULL when it stops. It does not count what has no keyword
 * in it. */
static const char *
reference(const char *text)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    PgQuerySplitResult result = pg_query_split_with_scanner(text);
    for (int i = 0; result.error == NULL && i < result.n_stmts; i++) {
        struct span statement = {text + result.stmts[i]->stmt_location, (size_t)result.stmts[i]->stmt_len};
        buf_str(&out, sql_squeeze(statement, LEX_POSTGRES, test_arena()));
        buf_char(&out, '|');
    }
    const char *shown = result.error != NULL ? NULL : arena_strndup(test_arena(), buf_cstr(&out), out.len);
    pg_query_free_split_result(result);
    return shown;
}

static const char *
squeezed(const char *text)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct pieces pieces;
    struct err err = {0};
    CHECK_OK(split(span_of(text), &pieces, &err));
    for (size_t i = 0; i < pieces.n; i++) {
        if (pieces.items[i].kind == PIECE_STATEMENT) {
            buf_str(&out, sql_squeeze(piece_text(&pieces, &pieces.items[i]), LEX_POSTGRES, test_arena()));
            buf_char(&out, '|');
        }
    }
    return arena_strndup(test_arena(), buf_cstr(&out), out.len);
}

/* Its scanner counts every BEGIN; a body needs BEGIN ATOMIC. Parentheses and bodies aside, both must agree.
 */
TEST(pg_split, cuts_where_the_servers_scanner_does)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    uint64_t state = test_seed() * 40503U + 7;
    unsigned compared = 0;
    for (unsigned round = 0; round < 4000; round++) {
        struct arena_mark mark = arena_save(test_arena());
        random_text(&text, "select ", &state);
        const char *sql = buf_cstr(&text);
        bool is_plain = strstr(sql, "begin") == NULL && strstr(sql, "rule") == NULL &&
                        strchr(sql, '(') == NULL && strchr(sql, ')') == NULL && strchr(sql, '\\') == NULL;
        const char *want = is_plain ? reference(sql) : NULL;
        if (want != NULL) {
            CHECK_STR(squeezed(sql), want);
            compared++;
        }
        arena_restore(test_arena(), mark);
    }
    CHECK(compared > 500);
}

TEST(pg_split, time_grows_with_the_text)
{
    BUF_SCOPED text = BUF_INIT(BUF_SQL_MAX);
    struct pieces pieces;
    struct err err = {0};
    buf_str(&text, "insert into t values (0, $$x$$)");
    while (text.len < (8U << 20)) {
        buf_str(&text, ",\n(1, 'some text; in it', E'a\\'b', 2.5)");
    }
    int64_t started = clock_monotonic_us();
    CHECK_OK(split(buf_view(&text), &pieces, &err));
    CHECK_INT(pieces.n_statements, 1);
    CHECK(clock_monotonic_us() - started < 4000000);
}
