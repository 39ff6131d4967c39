/* Cutting scripts: every byte in one piece, one statement a piece, an end where the engine sees one. */
#include "contract/rig.h"

#include <stdio.h>
#include <string.h>

static enum status
split(struct rig *rig, const char *text, struct pieces *out, struct err *err)
{
    return driver_split(rig->conn->driver, rig->conn, span_of(text), test_arena(), out, err);
}

static struct pieces
pieces_of(struct rig *rig, const char *text)
{
    struct err err = {0};
    struct pieces pieces = {0};
    CHECK_OK(split(rig, text, &pieces, &err));
    return pieces;
}

/* The texts of the statements, joined by "|". */
static const char *
statements(struct rig *rig, const char *text)
{
    struct pieces pieces = pieces_of(rig, text);
    const char *all = "";
    for (size_t i = 0; i < pieces.n; i++) {
        struct span sql = piece_text(&pieces, &pieces.items[i]);
        if (pieces.items[i].kind == PIECE_STATEMENT) {
            all = arena_printf(test_arena(), "%s%s%.*s", all, *all == '\0' ? "" : "|", (int)sql.len, sql.ptr);
        }
    }
    return all;
}

CASE(split, cuts_at_terminators_and_nowhere_else)
{
    CHECK_STR(statements(rig, ""), "");
    CHECK_STR(statements(rig, " ;; \n ; "), "");
    CHECK_STR(statements(rig, "-- only a comment"), "");
    CHECK_STR(statements(rig, "/* ; */"), "");
    CHECK_STR(statements(rig, "select 1"), "select 1");
    CHECK_STR(statements(rig, "select 1;"), "select 1");
    CHECK_STR(statements(rig, "select 1; select 2"), "select 1|select 2");
    CHECK_STR(statements(rig, "select 1;\r\nselect 2;\r\n"), "select 1|select 2");
    CHECK_STR(statements(rig, "select ';'; select 2"), "select ';'|select 2");
    CHECK_STR(statements(rig, "select 'it''s;'; select 2"), "select 'it''s;'|select 2");
    CHECK_STR(statements(rig, "select 1 -- ;\n + 1; select 2"), "select 1 -- ;\n + 1|select 2");
    CHECK_STR(statements(rig, "select 1 /* ' ; */ + 1; select 2"), "select 1 /* ' ; */ + 1|select 2");
    CHECK_STR(statements(rig, "\xEF\xBB\xBFselect 1;"), "select 1");
    CHECK_STR(statements(rig, "select 1; -- the end"), "select 1");
    CHECK_STR(
        statements(rig, ON_ENGINE(rig, "select \"a;b\"; select 2", "select U&\"a;b\"; select 2",
                                  "select `a;b`; select 2")),
        ON_ENGINE(rig, "select \"a;b\"|select 2", "select U&\"a;b\"|select 2", "select `a;b`|select 2"));
    CHECK_STR(
        statements(rig, "create table t (\"end\" integer, begin_date integer, zp_beginn integer); select 1"),
        "create table t (\"end\" integer, begin_date integer, zp_beginn integer)|select 1");
}

CASE(split, compound_bodies_stay_whole)
{
    static const char *const bodies[] = {
        "create trigger x after update on t when case when new.a > 1 then 1 else 0 end begin "
        "update t set a = case when b then 1 else 2 end; select case 1 when 1 then 2 end; end",
        "create function x() returns integer language plpgsql as $$ begin if true then return 1; end if; "
        "return case when true then 2 else 3 end; end; $$",
        "create procedure x() begin if 1 then select case when 1 then 2 else 3 end; end if; select "
        "repeat('x', 3); "
        "end"};
    const char *text = arena_printf(test_arena(), "select 1; %s; select 2;", bodies[rig->engine]);
    CHECK_STR(statements(rig, text), arena_printf(test_arena(), "select 1|%s|select 2", bodies[rig->engine]));
}

CASE(split, pieces_give_back_the_text_byte_for_byte)
{
    static const char *const texts[] = {
        "",
        "select 1",
        "  \n-- c\nselect 1 ; ; select 2 -- d\n;\n\n",
        "\xEF\xBB\xBF/* a */ insert into t values ('\xC3\xA4;', 1) ; /* b */",
        "create table t (a integer);\r\n\r\ncreate index i on t (a);\r\n-- end",
        "begin; update t set a = 1; commit;",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct pieces pieces = pieces_of(rig, texts[i]);
        size_t at = 0;
        size_t n_statements = 0;
        for (size_t j = 0; j < pieces.n; j++) {
            const struct piece *piece = &pieces.items[j];
            size_t line;
            size_t column;
            text_position(pieces.text, piece->at, &line, &column);
            CHECK_INT(piece->at, at);
            CHECK(piece->len > 0);
            CHECK_INT(piece->line, line);
            CHECK_INT(piece->column, column);
            n_statements += piece->kind == PIECE_STATEMENT;
            at += piece->len;
        }
        CHECK_INT(at, strlen(texts[i]));
        CHECK_INT(pieces.n_statements, n_statements);
    }
}

CASE(split, of_one_statement_is_that_statement)
{
    struct pieces pieces = pieces_of(rig, "select 1;\n/* a */ create table t (a integer); select ';' ;");
    for (size_t i = 0; i < pieces.n; i++) {
        struct span sql = piece_text(&pieces, &pieces.items[i]);
        if (pieces.items[i].kind == PIECE_STATEMENT) {
            const char *text = arena_strndup(test_arena(), sql.ptr, sql.len);
            CHECK_STR(statements(rig, text), text);
        }
    }
}

CASE(split, transaction_words_are_marked)
{
    static const struct {
        const char *text;
        unsigned flag;
    } words[] = {{"begin", PIECE_TXN_BEGIN},
                 {"BEGIN /* x */ ", PIECE_TXN_BEGIN},
                 {"commit", PIECE_TXN_COMMIT},
                 {"rollback", PIECE_TXN_ROLLBACK},
                 {"savepoint a", PIECE_TXN_OTHER},
                 {"rollback to savepoint a", PIECE_TXN_OTHER},
                 {"release savepoint a", PIECE_TXN_OTHER}};
    const unsigned all = PIECE_TXN_BEGIN | PIECE_TXN_COMMIT | PIECE_TXN_ROLLBACK | PIECE_TXN_OTHER;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct pieces pieces = pieces_of(rig, words[i].text);
        if (!CHECK(pieces.n >= 1 && (pieces.items[0].flags & all) == words[i].flag)) {
            printf("    %s\n", words[i].text);
        }
    }
    struct pieces pieces = pieces_of(rig, "create table begin_date (a integer)");
    CHECK((pieces.items[0].flags & all) == 0);
}

CASE(split, unclosed_quote_names_its_opening)
{
    static const struct {
        const char *text;
        const char *place;
    } cases[] = {{"select 1;\n  select 'abc;\n", "line 2, column 10"},
                 {"select '\xC3\xA4\xF0\x9F\x98\x80' || 'abc", "line 1, column 16"},
                 {"select 1; /* a\n\n", "line 1, column 11"},
                 {"\n\n'", "line 3, column 1"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pieces pieces;
        struct err err = {0};
        CHECK_INT(split(rig, cases[i].text, &pieces, &err), STATUS_USAGE);
        if (!CHECK(strstr(err.msg, cases[i].place) != NULL) || !CHECK(strstr(err.msg, "unclosed") != NULL)) {
            printf("    got '%s', want '%s'\n", err.msg, cases[i].place);
        }
    }
}

CASE(split, needs_no_connection)
{
    struct err err = {0};
    struct pieces pieces;
    CHECK_OK(driver_split(rig->conn->driver, NULL, SPAN("select 1; select 2"), test_arena(), &pieces, &err));
    CHECK_INT(pieces.n_statements, 2);
}
