/* Tokens of SQL: every byte belongs to one, whatever the text. */
#include "driver/piece.h"
#include "driver/sqltok.h"
#include "harness.h"

#include "base/buf.h"

#include <string.h>

/* One letter a token: w word, n name, s string, 1 number, p parameter, c comment, u unclosed, and punctuation
 * as it stands. */
static const char *
kinds_of(const char *sql, unsigned flags)
{
    static const char letters[] = {
        [TOKEN_COMMENT] = 'c', [TOKEN_WORD] = 'w',  [TOKEN_NAME] = 'n',    [TOKEN_STRING] = 's',
        [TOKEN_NUMBER] = '1',  [TOKEN_PARAM] = 'p', [TOKEN_UNCLOSED] = 'u'};
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct lexer lexer;
    size_t at = 0;
    lexer_init(&lexer, span_of(sql), flags);
    for (;;) {
        struct token token = lexer_next_raw(&lexer);
        CHECK_INT(token.at, at);
        at += token.text.len;
        if (token.kind == TOKEN_END) {
            CHECK_INT(at, strlen(sql));
            return arena_strdup(test_arena(), buf_cstr(&out));
        }
        if (token.kind == TOKEN_PUNCT) {
            buf_span(&out, token.text);
        } else if (token.kind != TOKEN_SPACE) {
            buf_char(&out, letters[token.kind]);
        }
    }
}

TEST(sqltok, quotes_and_comments_hide_semicolons)
{
    CHECK_STR(kinds_of("a 'x;''y' \"b;\"\"c\" ; -- d;'\n/* ; ' */ e", 0), "wsn;ccw");
    CHECK_STR(kinds_of("`a;` [b;c] [d]]", LEX_SQLITE), "nnn]");
    CHECK_STR(kinds_of("`a``b;` \"c\\\";\" 'd\\';' # ;'\n;", LEX_MYSQL), "nssc;");
    CHECK_STR(kinds_of("'a\\' ;", LEX_MYSQL & ~(unsigned)LEX_BACKSLASH), "s;");
}

TEST(sqltok, postgres_strings_go_on_after_a_line_break)
{
    CHECK_STR(kinds_of("E'a\\'' -- ;\n 'b\\';' ; 'c'\n'd\\'", LEX_POSTGRES), "s;ss");
    CHECK_STR(kinds_of("E'a' 'b\\' ;", LEX_POSTGRES), "ss;");
    CHECK_STR(kinds_of("E'a'\n'b\\'", LEX_POSTGRES), "u");
}

TEST(sqltok, postgres_has_an_operator_where_others_have_parameters)
{
    CHECK_STR(kinds_of("a @@E'b\\'c' ; @-5", LEX_POSTGRES), "w@@s;@-1");
    CHECK_STR(kinds_of("@a @@b ;", LEX_MYSQL), "pp;");
}

TEST(sqltok, carriage_return_ends_a_comment_where_the_server_thinks_so)
{
    CHECK_STR(kinds_of("-- a\rb", LEX_POSTGRES), "cw");
    CHECK_STR(kinds_of("-- a\rb", LEX_SQLITE), "c");
}

TEST(sqltok, unclosed_quote_or_comment_reaches_to_the_end)
{
    CHECK_STR(kinds_of("a 'b;c", 0), "wu");
    CHECK_STR(kinds_of("a \"b;c", 0), "wu");
    CHECK_STR(kinds_of("a /* b *", 0), "wu");
    CHECK_STR(kinds_of("a /*/ b", 0), "wu");
    CHECK_STR(kinds_of("a [b", LEX_SQLITE), "wu");
    CHECK_STR(kinds_of("'a\\'", LEX_MYSQL), "u");
    CHECK_STR(kinds_of("'a\\", LEX_MYSQL), "u");
}

TEST(sqltok, block_comments_do_not_nest)
{
    CHECK_STR(kinds_of("/* a /* b */ c */", 0), "cw*/");
}

TEST(sqltok, block_comments_of_postgres_nest)
{
    CHECK_STR(kinds_of("/* /* ; */ ; */ a /*/ ; */ b", LEX_POSTGRES), "cwcw");
    CHECK_STR(kinds_of("/* /* ; */*/ a /***/ b /*/**/*/ c", LEX_POSTGRES), "cwcwcw");
    CHECK_STR(kinds_of("/* /* ; */ a", LEX_POSTGRES), "u");
}

TEST(sqltok, dollar_strings_end_at_their_own_tag)
{
    CHECK_STR(kinds_of("$$ ; $a$ ; $$ ; a$b$c", LEX_POSTGRES), "s;w");
    CHECK_STR(kinds_of("$a$ $$ ; $b$ $a$;$1;$tag$ ; $ta", LEX_POSTGRES), "s;w;u");
    CHECK_STR(kinds_of("$a$ ; $a$", 0), "w;w");
}

TEST(sqltok, only_escape_strings_of_postgres_have_backslashes)
{
    CHECK_STR(kinds_of("e'a\\'b' ; 'a\\' ; E'\\\\' ; e 'x'", LEX_POSTGRES), "s;s;s;ws");
}

TEST(sqltok, dash_comment_of_mysql_needs_a_blank)
{
    CHECK_STR(kinds_of("5--1", LEX_MYSQL), "1--1");
    CHECK_STR(kinds_of("5-- 1", LEX_MYSQL), "1c");
    CHECK_STR(kinds_of("5--", LEX_MYSQL), "1c");
    CHECK_STR(kinds_of("5--1", LEX_SQLITE), "1c");
}

TEST(sqltok, code_comments_hold_code)
{
    CHECK_STR(kinds_of("/*!50003 create 'x*/' */ ;", LEX_MYSQL), "cwsc;");
    CHECK_STR(kinds_of("/*! a */ b", LEX_MYSQL), "cwcw");
    CHECK_STR(kinds_of("/*M!100100 a */ b", LEX_MYSQL), "cwcw");
    CHECK_STR(kinds_of("/*!50003 a /* in */ b */ c", LEX_MYSQL), "cwcwcw");
    CHECK_STR(kinds_of("/*!50003 a */", LEX_SQLITE), "c");
}

TEST(sqltok, code_comment_for_a_newer_server_is_a_comment)
{
    struct lexer lexer;
    lexer_init(&lexer, SPAN("/*!80000 a */ b"), LEX_MYSQL);
    lexer.server_version = 50744;
    CHECK(token_is_word(lexer_next(&lexer), "b"));
    lexer_init(&lexer, SPAN("/*!80000 a */ b"), LEX_MYSQL);
    lexer.server_version = 80036;
    CHECK(token_is_word(lexer_next(&lexer), "a"));
}

TEST(sqltok, numbers_words_and_parameters)
{
    CHECK_STR(kinds_of("1 1.5 .5 1e5 1.5E-3 0x1F 1.", 0), "1111111");
    CHECK_STR(kinds_of("2fa 0x1F 1e5 1.5", LEX_MYSQL), "w111");
    CHECK_STR(kinds_of("? ?12 :a @b $c @@global.d", LEX_SQLITE), "pppppp.w");
    CHECK_STR(kinds_of("? :a @b @@c a$ $d `r`@`h`", LEX_MYSQL), "p:wppwwn@n");
    CHECK_STR(kinds_of("x'00' X'0;' b'1' n'a'", LEX_MYSQL), "ssss");
    CHECK_STR(kinds_of("x'00' b'1'", LEX_SQLITE), "sws");
    CHECK_STR(kinds_of("zp_beginn \xC3\xA4\xF0\x9F\x98\x80 a->>'b' a<=>b", LEX_MYSQL), "www->>sw<=>w");
}

TEST(sqltok, byte_order_mark_is_space)
{
    CHECK_STR(kinds_of("\xEF\xBB\xBF"
                       "a",
                       LEX_MYSQL),
              "w");
    CHECK_STR(kinds_of("a; \xEF\xBB\xBF"
                       "b",
                       LEX_SQLITE),
              "w;w");
}

TEST(sqltok, expectation_is_all_or_nothing)
{
    struct lexer lexer;
    lexer_init(&lexer, SPAN("IF /* c */ NOT Exists main.\"a \"\"b\" (x, (y)) rest"), LEX_SQLITE);
    CHECK(!lexer_accept_words(&lexer, "if exists"));
    CHECK(!lexer_accept(&lexer, "not"));
    CHECK(lexer_accept_words(&lexer, "if not exists"));
    CHECK_STR(lexer_qualified(&lexer, test_arena()), "main.a \"b");
    struct span inside;
    CHECK(lexer_group(&lexer, &inside));
    CHECK_STR(arena_strndup(test_arena(), inside.ptr, inside.len), "x, (y)");
    CHECK(!lexer_group(&lexer, &inside));
    CHECK(lexer_accept(&lexer, "REST"));
    CHECK_INT(lexer_next(&lexer).kind, TOKEN_END);
    CHECK_INT(lexer_next(&lexer).kind, TOKEN_END);
}

TEST(sqltok, item_ends_at_its_own_bracket_level)
{
    struct lexer lexer;
    lexer_init(&lexer, SPAN("a default (1, 2) check (b in (1, ',')), c)"), 0);
    lexer_skip_item(&lexer);
    CHECK(lexer_accept_punct(&lexer, ","));
    CHECK(lexer_accept(&lexer, "c"));
    lexer_skip_item(&lexer);
    CHECK(token_is_punct(lexer_peek(&lexer), ")"));
}

TEST(sqltok, unclosed_group_reaches_to_the_end)
{
    struct lexer lexer;
    struct span inside;
    lexer_init(&lexer, SPAN("(a (b)"), 0);
    CHECK(lexer_group(&lexer, &inside));
    CHECK_STR(arena_strndup(test_arena(), inside.ptr, inside.len), "a (b)");
}

static const char *
unquoted(const char *sql, unsigned flags)
{
    struct lexer lexer;
    lexer_init(&lexer, span_of(sql), flags);
    return token_unquote(lexer_next(&lexer), flags, test_arena());
}

TEST(sqltok, unquoting_undoes_doubling_and_escapes)
{
    CHECK_STR(unquoted("'a''b\\n'", LEX_SQLITE), "a'b\\n");
    CHECK_STR(unquoted("'a\\'b\\n\\\\'", LEX_MYSQL), "a'b\n\\");
    CHECK_STR(unquoted("`a``b\\`", LEX_MYSQL), "a`b\\");
    CHECK_STR(unquoted("[a b]", LEX_SQLITE), "a b");
    CHECK_STR(unquoted("X'0a'", LEX_SQLITE), "0a");
    CHECK_STR(unquoted("plain", LEX_SQLITE), "plain");
    CHECK_STR(unquoted("''", LEX_SQLITE), "");
}

TEST(sqltok, squeezing_keeps_tokens_and_drops_the_rest)
{
    CHECK_STR(sql_squeeze(SPAN("  a -- c\n\n  = 'x  y' /* d */ or(b)\n"), LEX_SQLITE, test_arena()),
              "a = 'x  y' or(b)");
    CHECK_STR(sql_squeeze(SPAN(" -- c"), LEX_SQLITE, test_arena()), "");
}

TEST(piece, position_counts_characters)
{
    size_t line;
    size_t column;
    text_position(SPAN("a\n\xC3\xA4\xF0\x9F\x98\x80x"), 8, &line, &column);
    CHECK_INT(line, 2);
    CHECK_INT(column, 3);
    text_position(SPAN("a"), 99, &line, &column);
    CHECK_INT(column, 2);
}

TEST(piece, pieces_follow_each_other_without_a_gap)
{
    struct pieces pieces = {.text = SPAN("\n\n x\n;\xC3\xA4")};
    pieces_add(&pieces, test_arena(), PIECE_BLANK, 0, 2);
    pieces_add(&pieces, test_arena(), PIECE_BLANK, 0, 1);
    pieces_add(&pieces, test_arena(), PIECE_STATEMENT, 0, 2);
    pieces_add(&pieces, test_arena(), PIECE_TERMINATOR, 0, 1);
    pieces_add(&pieces, test_arena(), PIECE_BLANK, 0, 0);
    pieces_add(&pieces, test_arena(), PIECE_STATEMENT, 0, 2);
    CHECK_INT(pieces.n, 4);
    CHECK_INT(pieces.n_statements, 2);
    CHECK_INT(pieces.items[1].line, 3);
    CHECK_INT(pieces.items[1].column, 2);
    CHECK_INT(pieces.items[3].line, 4);
    CHECK_INT(pieces.items[3].column, 2);
    CHECK_INT(pieces.items[3].at, 6);
}
