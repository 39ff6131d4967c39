#include "archive/column.h"
#include "harness.h"

#include <stdlib.h>
#include <string.h>

static void
release(struct column_cells *cells)
{
    column_cells_release(cells);
}
#define CELLS_SCOPED CLEANUP(release) struct column_cells

static const struct column_traits traits_plain = {NUMBER_NONE, false};
static const struct column_traits traits_big = {NUMBER_BIG_SIGNED, false};
static const struct column_traits traits_tagged = {NUMBER_NONE, true};

/* Encodes, decodes, compares; returns the length of the encoding. */
static size_t
round_trip(const struct column_cells *cells, struct column_traits traits)
{
    struct err err = {0};
    CELLS_SCOPED back;
    BUF_SCOPED plain = BUF_INIT((size_t)COLUMN_PLAIN_MAX);
    column_cells_init(&back);
    column_encode(cells, traits, &plain);
    struct span encoded = buf_view(&plain);
    CHECK_OK(column_decode(encoded, traits, column_cells_rows(cells), &back, &err));
    CHECK(span_eq(buf_view(&cells->lengths), buf_view(&back.lengths)));
    CHECK(span_eq(buf_view(&cells->tags), buf_view(&back.tags)));
    CHECK(span_eq(buf_view(&cells->data), buf_view(&back.data)));
    CHECK_INT(cells->n_nulls, back.n_nulls);
    CHECK(column_decode((struct span){encoded.ptr, encoded.len - 1}, traits, column_cells_rows(cells), &back,
                        &err) == STATUS_CORRUPT);
    buf_char(&plain, '\0');
    CHECK(column_decode(buf_view(&plain), traits, column_cells_rows(cells), &back, &err) == STATUS_CORRUPT);
    return encoded.len;
}

static void
add_number(struct column_cells *cells, int64_t number, size_t width)
{
    char bytes[8];
    for (size_t i = 0; i < width; i++) {
        bytes[i] = (char)((uint64_t)number >> (8 * (width - 1 - i)));
    }
    column_add(cells, (struct span){bytes, width});
}

TEST(column, one_row_of_each_kind)
{
    CELLS_SCOPED cells;
    column_cells_init(&cells);
    column_add_null(&cells);
    CHECK_INT(round_trip(&cells, traits_plain), 1 + 1 + 4);
    column_cells_reset(&cells);
    column_add(&cells, SPAN(""));
    CHECK_INT(round_trip(&cells, traits_plain), 1 + 4);
    column_cells_reset(&cells);
    column_add(&cells, SPAN("abc"));
    CHECK_INT(round_trip(&cells, traits_plain), 1 + 4 + 3);
    column_cells_reset(&cells);
    column_add_tagged(&cells, 't', SPAN("abc"));
    CHECK_INT(round_trip(&cells, traits_tagged), 1 + 1 + 4 + 3);
}

TEST(column, equal_cells_are_stored_once)
{
    CELLS_SCOPED cells;
    column_cells_init(&cells);
    for (int i = 0; i < 1000; i++) {
        column_add(&cells, SPAN("same"));
    }
    CHECK_INT(round_trip(&cells, traits_plain), 1 + 4 + 4);
}

TEST(column, rising_numbers_become_equal_bytes)
{
    static const size_t widths[] = {1, 2, 4, 8};
    for (size_t w = 0; w < COUNT_OF(widths); w++) {
        CELLS_SCOPED cells;
        column_cells_init(&cells);
        for (uint64_t i = 0; i < 1000; i++) {
            add_number(&cells, (int64_t)((uint64_t)INT64_MAX - 500 + i), widths[w]); /* wraps round, too */
        }
        (void)round_trip(&cells, traits_big);
        BUF_SCOPED plain = BUF_INIT((size_t)COLUMN_PLAIN_MAX);
        column_encode(&cells, traits_big, &plain);
        CHECK(memcmp(plain.data + 6, plain.data + 7, 998) == 0); /* all differences but the first are 1 */
    }
}

TEST(column, numbers_at_their_limits_and_at_random)
{
    uint64_t state = test_seed();
    static const size_t widths[] = {1, 2, 4, 8};
    static const enum column_number numbers[] = {NUMBER_BIG_SIGNED, NUMBER_BIG_UNSIGNED, NUMBER_LITTLE_SIGNED,
                                                 NUMBER_LITTLE_UNSIGNED, NUMBER_NONE};
    for (size_t k = 0; k < COUNT_OF(widths) * COUNT_OF(numbers) * 20; k++) {
        CELLS_SCOPED cells;
        struct column_traits traits = {numbers[k % COUNT_OF(numbers)], false};
        column_cells_init(&cells);
        for (int i = 0; i < 300; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            int64_t number = state >> 62 == 0   ? INT64_MIN
                             : state >> 62 == 1 ? -1
                                                : (int64_t)(state >> 40) % 9;
            add_number(&cells, number, widths[k / COUNT_OF(numbers) % COUNT_OF(widths)]);
            if (k % 7 == 0 && state % 5 == 0) {
                column_add_null(&cells);
            }
        }
        (void)round_trip(&cells, traits);
    }
}

TEST(column, lengths_of_every_width)
{
    static const size_t longest[] = {200, 255, 256, 65535, 65536, 1 << 20};
    char *text = arena_alloc(test_arena(), (size_t)1 << 20);
    for (size_t k = 0; k < COUNT_OF(longest); k++) {
        CELLS_SCOPED cells;
        column_cells_init(&cells);
        for (size_t i = 0; i < 10; i++) {
            text[i] = (char)('a' + i);
            column_add(&cells, (struct span){text, i % 2 == 0 ? i : longest[k] / (i + 1)});
            column_add_null(&cells);
        }
        column_add(&cells, (struct span){text, longest[k]});
        (void)round_trip(&cells, traits_plain);
    }
}

TEST(column, tags_that_differ)
{
    CELLS_SCOPED cells;
    column_cells_init(&cells);
    for (int i = 0; i < 100; i++) {
        column_add_tagged(&cells, i % 3 == 0 ? 'i' : 't', i % 3 == 0 ? SPAN("\0\0\0\1") : SPAN("text"));
        column_add_null(&cells);
    }
    (void)round_trip(&cells, traits_tagged);
}

TEST(column, a_full_group)
{
    CELLS_SCOPED cells;
    column_cells_init(&cells);
    for (int i = 0; i < GROUP_ROW_MAX; i++) {
        if (i % 10 == 0) {
            column_add_null(&cells);
        } else {
            add_number(&cells, i * 7919, 4);
        }
    }
    (void)round_trip(&cells, traits_big);
}

/* Any bytes at all: refused, or exactly what the encoder would write for what they say. */
TEST(column, damaged_frames_are_refused_or_canonical)
{
    uint64_t state = test_seed();
    unsigned accepted = 0;
    for (int round = 0; round < 200000; round++) {
        struct err err = {0};
        char bytes[24];
        CELLS_SCOPED cells;
        column_cells_init(&cells);
        for (size_t i = 0; i < sizeof(bytes); i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            bytes[i] = (char)((state >> 40) % 8 == 0  ? state >> 33
                              : (state >> 40) % 8 < 6 ? 0
                                                      : (state >> 33) % 4);
        }
        size_t len = 1 + (state >> 50) % sizeof(bytes);
        size_t rows = 1 + (state >> 20) % 9;
        struct column_traits traits = {(enum column_number)((state >> 10) % NUMBER_COUNT), state >> 63 != 0};
        if (column_decode((struct span){bytes, len}, traits, rows, &cells, &err) != STATUS_OK) {
            CHECK(err.status == STATUS_CORRUPT);
            continue;
        }
        accepted++;
        CHECK_INT(column_cells_rows(&cells), rows);
        (void)round_trip(&cells, traits);
    }
    CHECK(accepted > 100);
}

TEST(column, numbers_are_read_in_both_orders)
{
    CHECK_INT(column_number_at(NUMBER_BIG_SIGNED, "\xFF\xFE", 2), -2);
    CHECK_INT(column_number_at(NUMBER_BIG_UNSIGNED, "\xFF\xFE", 2), 0xFFFE);
    CHECK_INT(column_number_at(NUMBER_LITTLE_SIGNED, "\xFE\xFF", 2), -2);
    CHECK_INT(column_number_at(NUMBER_LITTLE_UNSIGNED, "\x01\x02\0\0", 4), 0x0201);
    CHECK(column_is_number(NUMBER_BIG_SIGNED, 8) && !column_is_number(NUMBER_BIG_SIGNED, 3));
    CHECK(!column_is_number(NUMBER_NONE, 8));
}
