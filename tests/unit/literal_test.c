/* Values as literals of an engine. */
#include "driver/driver.h"
#include "driver/sqltok.h"
#include "harness.h"

static const struct driver plain = {.name = "plain", .lex = LEX_SQLITE};
static const struct driver escaping = {.name = "escaping", .lex = LEX_BACKSLASH};
static const struct driver untyped = {.name = "untyped", .lex = LEX_POSTGRES, .has_untyped_strings = true};

static const char *
literal(const struct driver *driver, struct value value)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    driver_literal(driver, &out, &value);
    return arena_strdup(test_arena(), buf_cstr(&out));
}

TEST(literal, quotes_are_doubled_and_backslashes_where_they_escape)
{
    struct value value = value_text("it's a \\");
    CHECK_STR(literal(&plain, value), "'it''s a \\'");
    CHECK_STR(literal(&escaping, value), "'it''s a \\\\'");
    CHECK_STR(literal(&untyped, value), "'it''s a \\'");
}

TEST(literal, numbers_stand_bare_where_strings_have_a_type)
{
    struct value value = {VALUE_INT, SPAN("-42")};
    CHECK_STR(literal(&plain, value), "-42");
    CHECK_STR(literal(&untyped, value), "'-42'");
}

TEST(literal, bytes_are_hex_in_the_engines_form)
{
    struct value value = value_bytes((struct span){"\x00\xff'", 3});
    CHECK_STR(literal(&plain, value), "x'00ff27'");
    CHECK_STR(literal(&untyped, value), "'\\x00ff27'");
    CHECK_STR(literal(&plain, value_bytes((struct span){"", 0})), "x''");
}

TEST(literal, null_is_a_word)
{
    CHECK_STR(literal(&plain, value_null()), "NULL");
}
