#include "harness.h"
#include "recon/decimal.h"

static struct decimal
number(const char *text)
{
    struct decimal out;
    CHECK(decimal_parse(span_of(text), &out));
    return out;
}

TEST(decimal, one_value_has_one_form)
{
    static const char *const same[][2] = {
        {"1.50", "1.5"},
        {"-0.00", "0"},
        {"+007", "7"},
        {"1e3", "1000"},
        {"1.5E-3", ".0015"},
        {"100", "1E+2"},
        {"12345678901234567890.10", "12345678901234567890.1"},
    };
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        struct decimal a = number(same[i][0]);
        struct decimal b = number(same[i][1]);
        CHECK(decimal_eq(&a, &b));
        CHECK_STR(decimal_text(&a, test_arena()), decimal_text(&b, test_arena()));
    }
}

TEST(decimal, text_is_without_exponent)
{
    static const char *const cases[][2] = {{"1e3", "1000"}, {"-12.50", "-12.5"}, {"5e-4", "0.0005"},
                                           {"0.0", "0"},    {"-0.1", "-0.1"},    {"120", "120"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct decimal a = number(cases[i][0]);
        CHECK_STR(decimal_text(&a, test_arena()), cases[i][1]);
    }
}

TEST(decimal, what_is_no_number_is_refused)
{
    static const char *const bad[] = {"",   "-",  ".",     "1.2.3", " 1",       "1 ", "0x1",
                                      "1e", "e1", "1e+-2", "NaN",   "Infinity", "1,5"};
    struct decimal out;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK(!decimal_parse(span_of(bad[i]), &out));
    }
}

TEST(decimal, distances_are_exact)
{
    static const char *const cases[][3] = {
        {"1.50", "1.49", "0.01"},
        {"-1", "1", "2"},
        {"1000000000000000.01", "1000000000000000", "0.01"},
        {"0", "-0.5", "0.5"},
        {"999", "1000", "1"},
        {"99.99", "-0.01", "100"},
        {"5", "5.000", "0"},
        {"-7.25", "-7.5", "0.25"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct decimal a = number(cases[i][0]);
        struct decimal b = number(cases[i][1]);
        struct decimal d;
        CHECK(decimal_distance(&a, &b, &d));
        CHECK_STR(decimal_text(&d, test_arena()), cases[i][2]);
        CHECK(decimal_distance(&b, &a, &d));
        CHECK_STR(decimal_text(&d, test_arena()), cases[i][2]);
    }
}

TEST(decimal, sizes_compare_without_signs)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {{"1", "2", -1},    {"-2", "1", 1},     {"0.1", "0.10", 0},
                 {"10", "9.99", 1}, {"0", "0.001", -1}, {"1e10", "9e9", 1}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct decimal a = number(cases[i].a);
        struct decimal b = number(cases[i].b);
        CHECK_INT(decimal_compare_size(&a, &b), cases[i].order);
        CHECK_INT(decimal_compare_size(&b, &a), -cases[i].order);
    }
}

TEST(decimal, products_are_exact)
{
    static const char *const cases[][3] = {{"1.5", "0.005", "0.0075"},
                                           {"-99", "99", "-9801"},
                                           {"123456789", "987654321", "121932631112635269"},
                                           {"0", "5", "0"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct decimal a = number(cases[i][0]);
        struct decimal b = number(cases[i][1]);
        struct decimal p;
        CHECK(decimal_product(&a, &b, &p));
        CHECK_STR(decimal_text(&p, test_arena()), cases[i][2]);
    }
}

TEST(decimal, more_digits_than_fit_are_refused_not_cut)
{
    struct decimal small = number("1e-300");
    struct decimal big = number("1e300");
    struct decimal out;
    CHECK(!decimal_distance(&big, &small, &out));
    char *digits = arena_alloc(test_arena(), DECIMAL_DIGITS + 2);
    for (size_t i = 0; i <= DECIMAL_DIGITS; i++) {
        digits[i] = '7';
    }
    CHECK(!decimal_parse(span_of(digits), &out));
}
