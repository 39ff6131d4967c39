#include "drivers.h"
#include "harness.h"
#include "recon/canon_view.h"
#include "recon/tolerance.h"

#include <string.h>

/* The canonical cell of a text as a value of that kind. */
static struct span
cell(const char *text, enum canon_kind kind)
{
    struct canon_coder *coder = NULL;
    struct err err = {0};
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    CHECK_OK(canon_coder_new("text", "text", kind, test_arena(), &coder, &err));
    struct span bytes = span_of(text);
    CHECK(canon_encode(coder, text == NULL ? (struct span){NULL, 0} : bytes, &out));
    canon_coder_release(coder);
    return (struct span){arena_strndup(test_arena(), buf_cstr(&out), out.len), out.len};
}

static bool
same(const struct column_rule *rule, const char *a, const char *b, enum canon_kind kind)
{
    bool one = tolerance_same(rule, cell(a, kind), cell(b, kind));
    CHECK(one == tolerance_same(rule, cell(b, kind), cell(a, kind)));
    return one;
}

TEST(tolerance, without_a_rule_only_the_same_value_is_the_same)
{
    CHECK(same(NULL, "1.50", "1.5", CANON_NUMBER));
    CHECK(!same(NULL, "1.50", "1.51", CANON_NUMBER));
    CHECK(!same(NULL, "", NULL, CANON_TEXT));
    CHECK(same(NULL, NULL, NULL, CANON_TEXT));
}

TEST(tolerance, numbers_within_it_are_the_same_to_the_last_digit)
{
    struct column_rule rule = {.column = "x", .absolute = "0.01"};
    CHECK(same(&rule, "1000000000000000.01", "1000000000000000", CANON_NUMBER));
    CHECK(!same(&rule, "1000000000000000.011", "1000000000000000", CANON_NUMBER));
    CHECK(same(&rule, "-0.005", "0.005", CANON_NUMBER));
    CHECK(!same(&rule, "1", NULL, CANON_NUMBER));
    CHECK(!same(&rule, "NaN", "1", CANON_NUMBER));
    struct column_rule share = {.column = "x", .relative = "0.1"};
    CHECK(same(&share, "100", "90", CANON_NUMBER));
    CHECK(!same(&share, "100", "89.99", CANON_NUMBER));
    CHECK(same(&share, "0", "0.00", CANON_NUMBER));
    CHECK(!same(&share, "0", "0.01", CANON_NUMBER));
}

TEST(tolerance, floats_are_compared_as_floats)
{
    struct column_rule rule = {.column = "x", .absolute = "0.001"};
    CHECK(same(&rule, "1.5", "1.5005", CANON_DOUBLE));
    CHECK(!same(&rule, "1.5", "1.502", CANON_DOUBLE));
    CHECK(tolerance_same(&rule, cell("1.5", CANON_DOUBLE), cell("1.5005", CANON_NUMBER)));
    CHECK(!same(&rule, "Infinity", "1", CANON_DOUBLE));
}

TEST(tolerance, times_may_lie_apart)
{
    struct column_rule rule = {.column = "x", .time_us = 2000000};
    CHECK(same(&rule, "2026-01-01 00:00:00", "2026-01-01 00:00:02", CANON_CIVIL));
    CHECK(!same(&rule, "2026-01-01 00:00:00", "2026-01-01 00:00:02.000001", CANON_CIVIL));
    CHECK(same(&rule, "2026-01-01 00:00:00Z", "2026-01-01 01:00:01+01", CANON_INSTANT));
    CHECK(!same(&rule, "1", "1.5", CANON_NUMBER));
}

TEST(tolerance, text_by_rule)
{
    struct column_rule nocase = {.column = "x", .ignores_case = true};
    struct column_rule trims = {.column = "x", .trims = true};
    struct column_rule vacant = {.column = "x", .empty_is_null = true};
    struct column_rule all = {.column = "x", .empty_is_null = true, .trims = true, .ignores_case = true};
    CHECK(same(&nocase, "Ann", "aNN", CANON_TEXT));
    CHECK(!same(&nocase, "Ann", "Ann ", CANON_TEXT));
    CHECK(same(&trims, " a\t", "a", CANON_TEXT));
    CHECK(!same(&trims, "A", "a", CANON_TEXT));
    CHECK(same(&vacant, "", NULL, CANON_TEXT));
    CHECK(!same(&vacant, " ", NULL, CANON_TEXT));
    CHECK(same(&all, " ", NULL, CANON_TEXT));
    CHECK(same(&all, " AB", "ab ", CANON_TEXT));
}

TEST(canon_view, values_are_shown_as_people_write_them)
{
    static const struct {
        enum canon_kind kind;
        const char *text;
        const char *shown;
    } cases[] = {
        {CANON_NUMBER, "-12.50", "-12.5"},
        {CANON_NUMBER, "123456789012345678901234567890.10", "123456789012345678901234567890.1"},
        {CANON_NUMBER, "NaN", "NaN"},
        {CANON_DOUBLE, "0.1", "0.1"},
        {CANON_DOUBLE, "1e300", "1e+300"},
        {CANON_BOOL, "true", "1"},
        {CANON_TEXT, "a b", "a b"},
        {CANON_UUID, "00010203-0405-0607-0809-0a0b0c0d0e0f", "00010203-0405-0607-0809-0a0b0c0d0e0f"},
        {CANON_DATE, "2024-02-29", "2024-02-29"},
        {CANON_DATE, "1969-12-31", "1969-12-31"},
        {CANON_DATE, "0001-01-01", "0001-01-01"},
        {CANON_CIVIL, "2026-03-01 10:00:00.25", "2026-03-01 10:00:00.250000"},
        {CANON_CIVIL, "1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999"},
        {CANON_INSTANT, "2026-03-01 10:00:00+02", "2026-03-01 08:00:00+00"},
        {CANON_TIME, "10:00:00", "10:00:00"},
        {CANON_JSON, "{\"b\": [1.50, null, true, {}], \"a\": \"x\\u0041\"}",
         "{\"a\": \"xA\", \"b\": [1.5, null, true, {}]}"},
        {CANON_JSON, "[]", "[]"},
        {CANON_SET, "b,a", "a,b"},
        {CANON_BIT, "10100000001", "10100000001"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK_STR(canon_shown(cell(cases[i].text, cases[i].kind), test_arena()), cases[i].shown);
    }
    CHECK(canon_shown(cell(NULL, CANON_TEXT), test_arena()) == NULL);
}

TEST(canon_view, literals_are_in_the_engines_words)
{
    static const struct {
        const char *url;
        enum canon_kind kind;
        const char *text;
        const char *literal;
    } cases[] = {
        {"postgres://h/d", CANON_NUMBER, "-1.50", "'-1.5'"},
        {"sqlite:x", CANON_NUMBER, "-1.50", "-1.5"},
        {"mysql://h/d", CANON_NUMBER, "1e3", "1000"},
        {"mysql://h/d", CANON_TEXT, "it's \\", "'it''s \\\\'"},
        {"sqlite:x", CANON_TEXT, "it's \\", "'it''s \\'"},
        {"postgres://h/d", CANON_BYTES, "A", "'\\x41'"},
        {"sqlite:x", CANON_BYTES, "A", "x'41'"},
        {"postgres://h/d", CANON_INSTANT, "2026-03-01 10:00:00Z", "'2026-03-01 10:00:00+00'"},
        {"mysql://h/d", CANON_INSTANT, "2026-03-01 10:00:00Z", "'2026-03-01 10:00:00'"},
        {"sqlite:x", CANON_BOOL, "t", "1"},
        {"postgres://h/d", CANON_NUMBER, "NaN", "'NaN'"},
        {"postgres://h/d", CANON_CIVIL, "infinity", "'Infinity'"},
        {"sqlite:x", CANON_TEXT, NULL, "NULL"},
    };
    driver_registry_set(built_in_drivers);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
        CHECK(canon_literal(cell(cases[i].text, cases[i].kind), driver_for_url(cases[i].url), &out));
        CHECK_STR(buf_cstr(&out), cases[i].literal);
    }
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    CHECK(!canon_literal(cell("101", CANON_BIT), driver_for_url("sqlite:x"), &out));
    CHECK(!canon_literal(cell("NaN", CANON_NUMBER), driver_for_url("mysql://h/d"), &out));
    CHECK(!canon_literal(cell("infinity", CANON_CIVIL), driver_for_url("sqlite:x"), &out));
}
