#include "harness.h"

#include "base/buf.h"
#include "mysql/my_script.h"

#include <stdio.h>
#include <string.h>

/* The statements of `text`, each in angle brackets; "!" before one that commits, "c" for a client's line.
 * Every byte has to belong to exactly one piece. */
static const char *
split(const char *text)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct pieces pieces;
    struct err err = {0};
    size_t at = 0;
    if (my_split(NULL, span_of(text), test_arena(), &pieces, &err) != STATUS_OK) {
        return arena_strdup(test_arena(), err.msg);
    }
    for (size_t i = 0; i < pieces.n; i++) {
        const struct piece *piece = &pieces.items[i];
        struct span span = piece_text(&pieces, piece);
        CHECK_INT(piece->at, at);
        CHECK(piece->len > 0);
        at += piece->len;
        if (piece->kind == PIECE_STATEMENT || piece->kind == PIECE_CLIENT) {
            buf_printf(&out, "%s%s<%.*s>", piece->flags & PIECE_IMPLICIT_COMMIT ? "!" : "",
                       piece->kind == PIECE_CLIENT ? "c" : "", (int)span.len, span.ptr);
        }
    }
    CHECK_INT(at, strlen(text));
    return arena_strdup(test_arena(), buf_cstr(&out));
}

/* `text` is one statement and `;` ends it. */
static void
check_whole(const char *text)
{
    const char *script = arena_printf(test_arena(), "select 1; %s; select 2", text);
    const char *want = arena_printf(test_arena(), "<select 1>!<%s><select 2>", text);
    CHECK_STR(split(script), want);
}

TEST(my_script, statements_end_at_semicolons)
{
    CHECK_STR(split("select 1; select 2 ;\nselect 3"), "<select 1><select 2><select 3>");
    CHECK_STR(split(""), "");
    CHECK_STR(split(" ;; \n;"), "");
    CHECK_STR(split("\xEF\xBB\xBFselect 1;"), "<select 1>");
}

TEST(my_script, comments_around_statements_are_blank)
{
    CHECK_STR(split("-- one; \nselect 1 /* ; */ ; # two;\n/* three; */ select 2 -- end"),
              "<select 1><select 2>");
    CHECK_STR(split("select 1;\n-- last line without newline"), "<select 1>");
    CHECK_STR(split("# it's\nselect 1; -- it's\nselect 2"), "<select 1><select 2>");
    CHECK_STR(split("--\nselect 1;--\t;\nselect 2"), "<select 1><select 2>");
}

TEST(my_script, two_dashes_need_a_blank_behind_them)
{
    CHECK_STR(split("select 5--1;select 2"), "<select 5--1><select 2>");
    CHECK_STR(split("select 5-- 1;\n;select 2"), "<select 5><select 2>");
}

TEST(my_script, block_comments_do_not_nest)
{
    CHECK_STR(split("/* a /* b */ select ';' /* ' */; select 2"), "<select ';'><select 2>");
}

TEST(my_script, quotes_hide_semicolons)
{
    CHECK_STR(split("select 'a;''b\\';c', \"d;\\\"e\", `f;``g`; select 2"),
              "<select 'a;''b\\';c', \"d;\\\"e\", `f;``g`><select 2>");
}

TEST(my_script, code_comments_are_code)
{
    CHECK_STR(split("/*!40101 SET NAMES utf8 */; /*!50003 select '*/;' */;select 1"),
              "</*!40101 SET NAMES utf8 */></*!50003 select '*/;' */><select 1>");
    CHECK_STR(split("create table t (a int) /*!50100\n partition by hash (a);\n */ /*M! x; */;select 1"),
              "!<create table t (a int) /*!50100\n partition by hash (a);\n */ /*M! x; */><select 1>");
    CHECK_STR(split("/*!40000 ALTER TABLE `t` DISABLE KEYS */;"),
              "!</*!40000 ALTER TABLE `t` DISABLE KEYS */>");
}

TEST(my_script, delimiter_of_any_token)
{
    CHECK_STR(split("DELIMITER $$\nselect 1; select 2$$\nselect 3 $$ delimiter ;\nselect 4;"),
              "c<DELIMITER $$><select 1; select 2><select 3>c<delimiter ;><select 4>");
    CHECK_STR(split("delimiter //\nbegin a; end//\ndelimiter ;\nselect 1;"),
              "c<delimiter //>!<begin a; end>c<delimiter ;><select 1>");
    CHECK_STR(split("delimiter ';;'\nselect 1; ;;\ndelimiter \";\"\nselect 2;"),
              "c<delimiter ';;'><select 1;>c<delimiter \";\"><select 2>");
    CHECK_STR(split("delimiter go\nselect category, 1; go\nselect 2 go"),
              "c<delimiter go><select category, 1;><select 2>");
    CHECK_STR(split("delimiter $$\nselect 1;select 2"), "c<delimiter $$><select 1;select 2>");
    CHECK_STR(split("delimiter ;;\r\nselect 1;;\r\ndelimiter ;\r\n"),
              "c<delimiter ;;><select 1>c<delimiter ;>");
    CHECK_STR(split("\\d |\nselect 1;select 2|\n\\d ;\nselect 3\\G select 4\\g"),
              "c<\\d |><select 1;select 2>c<\\d ;><select 3><select 4>");
    CHECK_STR(split("delimiter ~~\nselect 'a~~b' ~~"), "c<delimiter ~~><select 'a~~b'>");
}

TEST(my_script, delimiter_needs_a_token)
{
    CHECK_STR(split("select 1;\n  delimiter \nselect 2"),
              "line 2, column 3: DELIMITER needs a token without a backslash");
}

TEST(my_script, lines_for_the_client_are_told_from_sql)
{
    CHECK_STR(split("source other.sql\nselect 1;\n\\. x.sql\nselect 2;"),
              "c<source other.sql><select 1>c<\\. x.sql><select 2>");
    CHECK_STR(split("select source from status; use shop;"), "<select source from status><use shop>");
}

TEST(my_script, a_body_is_one_statement)
{
    check_whole("create procedure p() begin select 1; select 2; end");
    check_whole(
        "CREATE DEFINER=`root`@`localhost` PROCEDURE p (a int, b enum('x','y')) COMMENT 'x' BEGIN a; END");
    check_whole("create definer=event@localhost trigger t before insert on x for each row begin a; b; end");
    check_whole("create or replace definer = current_user() function f() returns int begin return 1; end");
    check_whole(
        "create or replace aggregate function if not exists f(x int) returns int begin return 1; end");
    check_whole("create event e on schedule every 1 day do begin a; b; end");
    check_whole("alter event e on schedule every 1 day do begin a; b; end");
    check_whole("begin not atomic a; b; end");
    check_whole("create trigger begin before update on end for each row begin a; end");
    check_whole("create trigger t after delete on x for each row follows begin begin a; end");
    check_whole("create procedure shop.begin() begin a; end");
    check_whole("create function f() returns set('a','b') character set utf8mb4 deterministic begin a; end");
}

TEST(my_script, a_body_may_be_a_single_statement)
{
    check_whole("create procedure p() select 1");
    check_whole("create trigger t before insert on x for each row set new.a = if(new.b, 1, 2)");
    check_whole(
        "create function f(a int) returns int return if(a > 1, repeat('x', 3), case a when 1 then 2 end)");
    check_whole("create function f() returns string soname 'f.so'");
    check_whole("create procedure p() set @a = case when 1 then 2 else 3 end");
    check_whole("create event e on schedule at now() do update t set end = 1");
    check_whole("create trigger t before insert on x for each row if new.a then set new.b = 1; end if");
    check_whole("create procedure p() while a do b; end while");
    check_whole("create procedure p() main: begin a; end main");
    check_whole("alter procedure p comment 'x'");
}

TEST(my_script, blocks_nest)
{
    check_whole(
        "create trigger t before insert on x for each row begin l: loop case a when 1 then if b then c; "
        "elseif d then e; else f; end if; else begin end; end case; leave l; end loop l; end");
    check_whole("create procedure p() begin while a do b; end while; repeat c; until d end repeat; end");
    check_whole(
        "create procedure p() begin repeat set a = case when b then c end; until case when 1 then 2 end "
        "end repeat; end");
    check_whole("create procedure p() begin for i in 1..3 do a; end for; end");
    check_whole(
        "create procedure p() begin if exists (select 1) then drop table if exists t; else if a then b; "
        "end if; end if; end");
}

TEST(my_script, functions_and_columns_are_no_blocks)
{
    check_whole(
        "create procedure p() begin select if(a, b, c), repeat('x', 3), begin, end, t.end, t . begin, "
        "`begin`, @end; update t set end = 1, begin = end + 1; insert into t (begin, end) values (1, 2); "
        "end");
    check_whole(
        "create procedure p() begin select case a when 1 then end else t.end end as end from begin; end");
    check_whole("create procedure p() begin declare begin_date date; set zp_beginn = 1; end");
    CHECK_STR(split("create table t (begin int, end int); create table `if` (a int); select 1"),
              "!<create table t (begin int, end int)>!<create table `if` (a int)><select 1>");
    CHECK_STR(
        split("alter table t drop column if exists event; create view trigger_list as select 1; select 1"),
        "!<alter table t drop column if exists event>!<create view trigger_list as select 1><select 1>");
}

TEST(my_script, handlers_hold_statements)
{
    check_whole(
        "create procedure p() begin declare exit handler for sqlexception begin rollback; resignal; end; "
        "declare continue handler for not found, sqlstate value '23000', 1062 set done = 1; "
        "declare continue handler for 1051, dup_key if a then b; end if; "
        "declare c cursor for select begin from t; declare handler int; a; end");
}

TEST(my_script, labels_may_look_like_keywords)
{
    check_whole(
        "create procedure p() begin begin: loop leave begin; end loop begin; `loop`: while a do b; end while "
        "`loop`; end: begin end; end");
}

TEST(my_script, xa_end_closes_nothing)
{
    check_whole("create procedure p() begin xa start 'a'; xa end 'a'; xa commit 'a' one phase; end");
}

TEST(my_script, transactions_are_no_blocks)
{
    CHECK_STR(split("begin; insert into t values (1); end; begin work; commit; start transaction; rollback"),
              "!<begin><insert into t values (1)><end>!<begin work><commit>!<start transaction><rollback>");
}

TEST(my_script, bodies_of_other_languages_stay_whole)
{
    check_whole("create function f(a int) returns int language javascript as $js$ if (a) { b; } $$ $js$");
}

TEST(my_script, a_dump_with_triggers_in_code_comments)
{
    CHECK_STR(
        split(
            "DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE "
            "INSERT ON x FOR EACH ROW BEGIN a; b; END */;;\nDELIMITER ;\nselect 1;"),
        "c<DELIMITER ;;>!</*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE "
        "INSERT ON x FOR EACH ROW BEGIN a; b; END */>c<DELIMITER ;><select 1>");
}

TEST(my_script, sql_mode_changes_where_quotes_end)
{
    CHECK_STR(split("set sql_mode = 'ANSI_QUOTES'; select \"a\\\"; select 2"),
              "<set sql_mode = 'ANSI_QUOTES'><select \"a\\\"><select 2>");
    CHECK_STR(
        split("set session sql_mode='NO_BACKSLASH_ESCAPES,ANSI'; select 'a\\'; set sql_mode=default; select "
              "'a\\';b'"),
        "<set session sql_mode='NO_BACKSLASH_ESCAPES,ANSI'><select 'a\\'><set sql_mode=default><select "
        "'a\\';b'>");
    CHECK_STR(split("/*!40101 SET @OLD=@@SQL_MODE, SQL_MODE='NO_BACKSLASH_ESCAPES' */; select '\\'; set "
                    "sql_mode=@old; select '\\';'"),
              "</*!40101 SET @OLD=@@SQL_MODE, SQL_MODE='NO_BACKSLASH_ESCAPES' */><select '\\'><set "
              "sql_mode=@old><select '\\';'>");
    CHECK_STR(
        split(
            "set @@session.sql_mode = concat(@@sql_mode, ',NO_BACKSLASH_ESCAPES'); select '\\';set sql_mode "
            "= replace(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''); select '\\';'"),
        "<set @@session.sql_mode = concat(@@sql_mode, ',NO_BACKSLASH_ESCAPES')><select '\\'><set sql_mode "
        "= replace(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')><select '\\';'>");
    CHECK_STR(
        split("set global sql_mode = 'NO_BACKSLASH_ESCAPES', @@persist.sql_mode = 'ANSI'; select '\\';'"),
        "<set global sql_mode = 'NO_BACKSLASH_ESCAPES', @@persist.sql_mode = 'ANSI'><select '\\';'>");
    CHECK_STR(split("set sql_mode = 1048576; select '\\'; select 2"),
              "<set sql_mode = 1048576><select '\\'><select 2>");
}

TEST(my_script, what_is_not_closed_is_named_by_its_opening)
{
    CHECK_STR(split("select 1;\nselect \xC3\xA4, 'abc;\n"), "line 2, column 11: unclosed quote");
    CHECK_STR(split("select 1; `abc"), "line 1, column 11: unclosed quote");
    CHECK_STR(split("select 1\n/* abc;"), "line 2, column 1: unclosed comment");
    CHECK_STR(split("select 1; /*!50003 abc;"), "line 1, column 11: unclosed comment");
    CHECK_STR(split("create procedure p()\nbegin\n  if a then b;\nend;"),
              "line 2, column 1: BEGIN without its END");
    CHECK_STR(split("create function f() returns int language javascript as $$ x"),
              "line 1, column 56: unclosed quote");
}

TEST(my_script, packages_are_refused)
{
    CHECK_STR(split("select 1; create or replace package p as end;"),
              "line 1, column 11: packages (Oracle mode) are not supported");
}

TEST(my_script, a_nul_byte_is_a_byte)
{
    struct pieces pieces;
    struct err err = {0};
    CHECK_OK(my_split(NULL, (struct span){"a\0;b\0", 5}, test_arena(), &pieces, &err));
    CHECK_INT(pieces.n, 3);
    CHECK_INT(pieces.n_statements, 2);
}

TEST(my_script, words_of_a_transaction_are_flagged)
{
    static const struct {
        const char *sql;
        unsigned flags;
    } rows[] = {{"begin", PIECE_TXN_BEGIN | PIECE_IMPLICIT_COMMIT},
                {"commit and chain", PIECE_TXN_COMMIT},
                {"rollback work", PIECE_TXN_ROLLBACK},
                {"rollback to savepoint a", PIECE_TXN_OTHER},
                {"release savepoint a", PIECE_TXN_OTHER},
                {"xa start 'a'", PIECE_TXN_OTHER | PIECE_NO_TXN},
                {"lock tables a write", PIECE_IMPLICIT_COMMIT},
                {"create temporary table t (a int)", 0},
                {"drop temporary table t", 0},
                {"execute s", PIECE_IMPLICIT_COMMIT},
                {"set autocommit = 0", PIECE_IMPLICIT_COMMIT},
                {"set @@autocommit = 1", PIECE_IMPLICIT_COMMIT},
                {"set names utf8mb4", 0},
                {"set transaction isolation level serializable", PIECE_NO_TXN},
                {"truncate t", PIECE_IMPLICIT_COMMIT},
                {"grant select on t to u", PIECE_IMPLICIT_COMMIT},
                {"insert into t values (1)", 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pieces pieces;
        struct err err = {0};
        CHECK_OK(my_split(NULL, span_of(rows[i].sql), test_arena(), &pieces, &err));
        CHECK_INT(pieces.items[0].flags, rows[i].flags);
    }
}

/* Fragments that open, close and look like each other, thrown together: no byte may be lost, and the
 * statements put together again with their terminators give the same statements. */
TEST(my_script, pieces_add_up_to_any_text)
{
    static const char *const fragments[] = {"'",
                                            "\"",
                                            "`",
                                            "/*",
                                            "*/",
                                            "/*!50000 ",
                                            "#",
                                            "-- ",
                                            "\n",
                                            ";",
                                            "\\",
                                            "$$",
                                            "begin ",
                                            "end ",
                                            "if ",
                                            "case ",
                                            "then ",
                                            "loop ",
                                            "create ",
                                            "trigger ",
                                            "for ",
                                            "each ",
                                            "row ",
                                            "procedure",
                                            "()",
                                            "delimiter $$\n",
                                            "delimiter ;\n",
                                            "a",
                                            "1",
                                            ".",
                                            "set sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
                                            "@",
                                            "declare ",
                                            "handler ",
                                            "\xC3\xA4",
                                            "do ",
                                            " ",
                                            "as "};
    uint64_t state = test_seed();
    for (unsigned round = 0; round < 20000; round++) {
        BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
        struct arena arena = {0};
        struct pieces pieces;
        struct err err = {0};
        for (unsigned i = 0; i < 24; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            buf_str(&text, fragments[(state >> 33) % COUNT_OF(fragments)]);
        }
        if (my_split(NULL, buf_view(&text), &arena, &pieces, &err) == STATUS_OK) {
            size_t at = 0;
            for (size_t i = 0; i < pieces.n; i++) {
                CHECK(pieces.items[i].at == at && pieces.items[i].len > 0);
                at += pieces.items[i].len;
            }
            if (!CHECK(at == text.len)) {
                printf("    round %u: %s\n", round, buf_cstr(&text));
            }
        } else {
            CHECK(err.status == STATUS_USAGE);
        }
        arena_release(&arena);
    }
}
