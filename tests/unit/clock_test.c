#define _XOPEN_SOURCE 700 /* setenv */
#include "base/clock.h"
#include "base/str.h"
#include "harness.h"

#include <stdlib.h>

TEST(clock, rfc3339_of_edges)
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {INT64_C(951782400000001), "2000-02-29T00:00:00.000001Z"},
        {INT64_C(4102444799999999), "2099-12-31T23:59:59.999999Z"},
        {INT64_MAX, "0000-01-01T00:00:00.000000Z"},
        {INT64_MIN, "0000-01-01T00:00:00.000000Z"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[RFC3339_LEN + 1];
        clock_rfc3339(cases[i].us, text);
        CHECK_STR(text, cases[i].text);
    }
}

TEST(clock, now_can_be_fixed)
{
    setenv("ROLLCALL_NOW", "1234567", 1);
    CHECK_INT(clock_now_us(), 1234567);
    unsetenv("ROLLCALL_NOW");
    CHECK(clock_now_us() > INT64_C(1600000000000000));
}

TEST(clock, monotonic_time_does_not_go_back)
{
    int64_t before = clock_monotonic_us();
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic_us();
        CHECK(now >= before);
        before = now;
    }
}

TEST(clock, random_numbers_stay_below_the_bound_and_reach_it)
{
    unsigned seen[7] = {0};
    for (int i = 0; i < 7000; i++) {
        uint64_t number = random_below(7);
        if (!CHECK(number < 7)) {
            return;
        }
        seen[number]++;
    }
    for (int i = 0; i < 7; i++) {
        CHECK(seen[i] > 700 && seen[i] < 1300);
    }
    CHECK_INT(random_below(1), 0);
}

TEST(clock, ids_are_hex_and_differ)
{
    char a[33];
    char b[33];
    random_id(a);
    random_id(b);
    CHECK_INT(span_of(a).len, 32);
    CHECK(!str_eq(a, b));
    for (int i = 0; i < 32; i++) {
        CHECK((a[i] >= '0' && a[i] <= '9') || (a[i] >= 'a' && a[i] <= 'f'));
    }
}

static int64_t
parsed(const char *text)
{
    int64_t us = -1;
    return clock_parse(span_of(text), &us) ? us : -1;
}

TEST(clock, times_are_read_as_databases_and_programs_write_them)
{
    const int64_t at = INT64_C(1706702400000000); /* 2024-01-31 12:00 UTC */
    CHECK_INT(parsed("1970-01-01T00:00:00Z"), 0);
    CHECK_INT(parsed("2024-01-31T12:00:00Z"), at);
    CHECK_INT(parsed("2024-01-31 12:00:00"), at);
    CHECK_INT(parsed("2024-01-31 12:00:00.123456+00"), at + 123456);
    CHECK_INT(parsed("2024-01-31 12:00:00.123456789"), at + 123456);
    CHECK_INT(parsed("2024-01-31 14:30:00.5+02:30"), at + 500000);
    CHECK_INT(parsed("2024-01-31 07:00:00 -0500 EST"), at);
    CHECK_INT(parsed("2024-02-29 00:00:00"), at + INT64_C(86400000000) * 29 - INT64_C(43200000000));
    CHECK_INT(parsed("2000-03-01 00:00:00"), INT64_C(951868800000000));
    CHECK_INT(parsed("1969-12-31 23:59:59"), -1000000);
}

TEST(clock, what_is_no_time_is_not_read)
{
    static const char *const texts[] = {"",
                                        "now",
                                        "2024",
                                        "2024-01-31",
                                        "2024-13-01 00:00:00",
                                        "2024-00-01 00:00:00",
                                        "2024-01-32 00:00:00",
                                        "2024-01-01 24:00:00",
                                        "2024-01-01x00:00:00",
                                        "2024-1-1 00:00:00",
                                        "1706702400"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        CHECK_INT(parsed(texts[i]), -1);
    }
}

TEST(clock, a_time_written_is_the_time_read)
{
    char text[RFC3339_LEN + 1];
    for (int64_t us = -INT64_C(60000000000000000); us < INT64_C(200000000000000000);
         us += INT64_C(987654321987654)) {
        clock_rfc3339(us, text);
        CHECK_INT(parsed(text), us);
    }
}
