/* Values made up for a column. */
#include "harness.h"
#include "migrate/sample.h"

#include <string.h>

static const char *
sample_text_of(struct column column, enum sample_style style, uint64_t seed)
{
    struct chance chance = {seed};
    struct value value = sample_value(&chance, &column, style, test_arena());
    return value_is_null(&value) ? NULL : value_to_str(&value, test_arena());
}

static struct column
column_of(enum type_kind kind)
{
    return (struct column){.name = "c", .type = {.kind = kind, .name = "x", .bits = 32}, .not_null = true};
}

TEST(sample, same_seed_makes_the_same_values)
{
    struct column column = column_of(TYPE_TEXT);
    CHECK_STR(sample_text_of(column, SAMPLE_ORDINARY, 7), sample_text_of(column, SAMPLE_ORDINARY, 7));
    CHECK(strcmp(sample_text_of(column, SAMPLE_ORDINARY, 7), sample_text_of(column, SAMPLE_ORDINARY, 8)) !=
          0);
}

TEST(sample, integers_reach_both_ends_of_their_range)
{
    struct column column = column_of(TYPE_INT);
    CHECK_STR(sample_text_of(column, SAMPLE_MOST, 1), "2147483647");
    CHECK_STR(sample_text_of(column, SAMPLE_LEAST, 1), "-2147483648");
    column.type.bits = 64;
    CHECK_STR(sample_text_of(column, SAMPLE_MOST, 1), "9223372036854775807");
    CHECK_STR(sample_text_of(column, SAMPLE_LEAST, 1), "-9223372036854775808");
    column.type.is_unsigned = true;
    CHECK_STR(sample_text_of(column, SAMPLE_MOST, 1), "18446744073709551615");
    CHECK_STR(sample_text_of(column, SAMPLE_LEAST, 1), "0");
    column.type.bits = 8;
    CHECK_STR(sample_text_of(column, SAMPLE_MOST, 1), "255");
}

TEST(sample, decimals_fill_their_precision)
{
    struct column column = column_of(TYPE_DECIMAL);
    column.type.precision = 5;
    column.type.scale = 2;
    CHECK_STR(sample_text_of(column, SAMPLE_MOST, 1), "999.99");
    CHECK_STR(sample_text_of(column, SAMPLE_LEAST, 1), "-999.99");
    column.type.scale = 5;
    CHECK_STR(sample_text_of(column, SAMPLE_MOST, 1), "0.99999");
}

TEST(sample, text_keeps_to_the_length_in_characters)
{
    struct column column = column_of(TYPE_TEXT);
    column.type.length = 3;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct span text = span_of(sample_text_of(column, SAMPLE_ODD, seed));
        CHECK_INT(utf8_valid_len(text), text.len);
        CHECK_INT(utf8_offset(text, 3), text.len);
    }
    CHECK_STR(sample_text_of(column, SAMPLE_MOST, 1), "abc");
}

TEST(sample, nullable_columns_get_a_null)
{
    struct column column = column_of(TYPE_INT);
    column.not_null = false;
    CHECK(sample_text_of(column, SAMPLE_LEAST, 1) == NULL);
}

TEST(sample, every_kind_of_type_has_a_value)
{
    static const char *const labels[] = {"red", "green"};
    for (int kind = TYPE_BOOL; kind < TYPE_OPAQUE; kind++) {
        for (int style = 0; style < SAMPLE_STYLE_COUNT; style++) {
            struct column column = column_of((enum type_kind)kind);
            column.type.labels = labels;
            column.type.n_labels = 2;
            CHECK(sample_text_of(column, (enum sample_style)style, 3) != NULL);
        }
    }
}

TEST(sample, bits_are_a_number_or_a_string_of_digits)
{
    struct column column = column_of(TYPE_BIT);
    column.type.length = 5;
    CHECK_INT(strlen(sample_text_of(column, SAMPLE_LITERAL, 1)), 5);
    CHECK_STR(sample_text_of(column, SAMPLE_MOST, 1), "31");
}
