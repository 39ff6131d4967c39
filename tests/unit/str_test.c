#include "base/str.h"
#include "harness.h"

#include <string.h>

TEST(str, spans_compare_by_bytes)
{
    CHECK(span_eq(SPAN("a\0b"), SPAN("a\0b")));
    CHECK(!span_eq(SPAN("a\0b"), SPAN("a\0c")));
    CHECK(span_eq(span_of(NULL), SPAN("")));
    CHECK(span_is(SPAN("abc"), "abc") && !span_is(SPAN("abc"), "ab") && !span_is(SPAN("ab"), "abc"));
    CHECK(span_is_nocase(SPAN("AbC"), "aBc") && !span_is_nocase(SPAN("AbCd"), "aBc"));
    CHECK(!span_is_nocase(SPAN("\xC3\x84"), "\xC3\xA4"));
    CHECK(span_starts(SPAN("abc"), "ab") && span_starts(SPAN("abc"), "") && !span_starts(SPAN("a"), "ab"));
    CHECK(span_starts_nocase(SPAN("ABC"), "ab") && !span_starts_nocase(SPAN("A"), "ab"));
    CHECK(span_ends(SPAN("abc"), "bc") && !span_ends(SPAN("c"), "bc"));
    CHECK(span_is(span_trim(SPAN(" \t a b\r\n ")), "a b"));
    CHECK(span_is(span_trim(SPAN(" \n ")), ""));
}

TEST(str, null_strings_are_equal_only_to_each_other)
{
    CHECK(str_eq(NULL, NULL) && !str_eq(NULL, "") && !str_eq("", NULL) && str_eq("a", "a"));
    CHECK(str_eq_nocase("A", "a") && !str_eq_nocase("A", NULL));
    CHECK(str_is_empty(NULL) && str_is_empty("") && !str_is_empty(" "));
    CHECK(str_starts("abc", "ab") && str_ends("abc", "bc"));
}

TEST(str, lines_end_at_lf_or_crlf_or_the_end)
{
    struct span rest = SPAN("one\r\ntwo\n\nfour\r");
    struct span line;
    CHECK(span_next_line(&rest, &line) && span_is(line, "one"));
    CHECK(span_next_line(&rest, &line) && span_is(line, "two"));
    CHECK(span_next_line(&rest, &line) && span_is(line, ""));
    CHECK(span_next_line(&rest, &line) && span_is(line, "four\r"));
    CHECK(!span_next_line(&rest, &line));
}

TEST(str, words_are_separated_by_blanks)
{
    struct span rest = SPAN("  a\tbc \n");
    struct span word;
    CHECK(span_next_word(&rest, &word) && span_is(word, "a"));
    CHECK(span_next_word(&rest, &word) && span_is(word, "bc"));
    CHECK(!span_next_word(&rest, &word));
}

TEST(str, numbers_must_be_whole_and_in_range)
{
    uint64_t u = 7;
    int64_t i = 7;
    CHECK(parse_u64(SPAN("18446744073709551615"), &u) && u == UINT64_MAX);
    CHECK(!parse_u64(SPAN("18446744073709551616"), &u) && u == UINT64_MAX);
    CHECK(!parse_u64(SPAN(""), &u) && !parse_u64(SPAN("-1"), &u) && !parse_u64(SPAN("1 "), &u));
    CHECK(!parse_u64(SPAN("0x10"), &u) && !parse_u64(SPAN("+1"), &u));
    CHECK(parse_i64(SPAN("-9223372036854775808"), &i) && i == INT64_MIN);
    CHECK(parse_i64(SPAN("9223372036854775807"), &i) && i == INT64_MAX);
    CHECK(!parse_i64(SPAN("9223372036854775808"), &i) && !parse_i64(SPAN("-9223372036854775809"), &i));
    CHECK(!parse_i64(SPAN("-"), &i) && !parse_i64(SPAN("--1"), &i));
}

TEST(str, durations_have_units)
{
    uint64_t ms = 0;
    CHECK(parse_duration(SPAN("250ms"), &ms) && ms == 250);
    CHECK(parse_duration(SPAN("3s"), &ms) && ms == 3000);
    CHECK(parse_duration(SPAN("10m"), &ms) && ms == 600000);
    CHECK(parse_duration(SPAN("2h"), &ms) && ms == 7200000);
    CHECK(parse_duration(SPAN("1d"), &ms) && ms == 86400000);
    CHECK(parse_duration(SPAN("7"), &ms) && ms == 7000);
    CHECK(!parse_duration(SPAN("s"), &ms) && !parse_duration(SPAN("3 s"), &ms));
    CHECK(!parse_duration(SPAN("3w"), &ms) && !parse_duration(SPAN("-1s"), &ms));
    CHECK(!parse_duration(SPAN("18446744073709551615d"), &ms));
}

/* The table of RFC 3629, section 4, at its edges. */
TEST(str, utf8_is_checked_strictly)
{
    static const struct {
        const char *text;
        size_t valid;
    } cases[] = {
        {"abc", 3},
        {"\xC2\x80\xDF\xBF", 4},
        {"\xC1\x80", 0},
        {"\xE0\xA0\x80", 3},
        {"\xE0\x9F\xBF", 0},
        {"\xED\x9F\xBF", 3},
        {"\xED\xA0\x80", 0},
        {"\xEF\xBF\xBF", 3},
        {"\xF0\x90\x80\x80", 4},
        {"\xF0\x8F\xBF\xBF", 0},
        {"\xF4\x8F\xBF\xBF", 4},
        {"\xF4\x90\x80\x80", 0},
        {"\xF5\x80\x80\x80", 0},
        {"\x80", 0},
        {"ab\xE2\x82", 2},
        {"0123456789abcdef\xFF", 16},
        {"0123456\xC3\xA9xx\xC3", 11},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK_INT(utf8_valid_len(span_of(cases[i].text)), cases[i].valid);
    }
    CHECK_INT(utf8_valid_len((struct span){NULL, 0}), 0);
}

TEST(str, utf8_offset_counts_characters)
{
    struct span text = SPAN("a\xC3\xA9\xE2\x82\xACz");
    CHECK_INT(utf8_offset(text, 0), 0);
    CHECK_INT(utf8_offset(text, 1), 1);
    CHECK_INT(utf8_offset(text, 2), 3);
    CHECK_INT(utf8_offset(text, 3), 6);
    CHECK_INT(utf8_offset(text, 4), 7);
    CHECK_INT(utf8_offset(text, 99), 7);
}

TEST(str, natural_order_counts_digits_by_value)
{
    static const char *const sorted[] = {"",
                                         "1",
                                         "2",
                                         "02",
                                         "10",
                                         "99999999999999999999998",
                                         "99999999999999999999999",
                                         "V1.2",
                                         "V1.10",
                                         "a",
                                         "a1b2",
                                         "a1b10",
                                         "a2",
                                         "b"};
    for (size_t i = 0; i < COUNT_OF(sorted); i++) {
        for (size_t j = 0; j < COUNT_OF(sorted); j++) {
            int order = natural_compare(sorted[i], sorted[j]);
            bool swapped = (str_eq(sorted[i], "2") && str_eq(sorted[j], "02")) ||
                           (str_eq(sorted[i], "02") && str_eq(sorted[j], "2"));
            if (swapped) {
                CHECK(order != 0); /* equal in value: any fixed order */
            } else {
                CHECK_INT((order > 0) - (order < 0), (i > j) - (i < j));
            }
        }
    }
}

TEST(str, edit_distance_counts_single_steps)
{
    CHECK_INT(edit_distance("", ""), 0);
    CHECK_INT(edit_distance("abc", ""), 3);
    CHECK_INT(edit_distance("kitten", "sitting"), 3);
    CHECK_INT(edit_distance("lock_timout", "lock_timeout"), 1);
}

TEST(str, nearest_name_needs_a_near_one)
{
    static const char *const names[] = {"lock_timeout", "rto", "on_conflict"};
    CHECK_STR(nearest_name("lock_timout", names, 3), "lock_timeout");
    CHECK_STR(nearest_name("on_conflct", names, 3), "on_conflict");
    CHECK_STR(nearest_name("rto", names, 3), "rto");
    CHECK_STR(nearest_name("rtoo", names, 3), "rto");
    CHECK(nearest_name("retention", names, 3) == NULL);
    CHECK(nearest_name("x", names, 0) == NULL);
}
