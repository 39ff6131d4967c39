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
