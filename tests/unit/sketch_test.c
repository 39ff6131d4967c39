#include "recon/sketch.h"

#include "base/vec.h"
#include "harness.h"

#include <stdlib.h>
#include <string.h>

/* splitmix64 */
static uint64_t
next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static struct sketch_item
random_item(uint64_t *state, int64_t count)
{
    uint64_t key = next_random(state);
    uint64_t low = next_random(state);
    return (struct sketch_item){key, {low, next_random(state)}, count};
}

static void
add(struct sketch *sketch, const struct sketch_item *item)
{
    sketch_add(sketch, item->key, item->row, item->count);
}

static int
compare_items(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct sketch_item));
}

/* Both are sorted. */
static bool
same_items(struct sketch_item *want, size_t n, struct sketch_items *got)
{
    qsort(want, n, sizeof(*want), compare_items);
    qsort(got->items, got->n, sizeof(*got->items), compare_items);
    return n == got->n && (n == 0 || memcmp(want, got->items, n * sizeof(*want)) == 0);
}

/* `common` rows on both sides, `n` that differ; `out` gets the expected difference. */
static void
fill_pair(struct sketch *left, struct sketch *right, size_t common, size_t n, uint64_t *state,
          struct sketch_item *out)
{
    for (size_t i = 0; i < common; i++) {
        struct sketch_item item = random_item(state, 1);
        add(left, &item);
        add(right, &item);
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = random_item(state, i % 2 == 0 ? 1 : -1);
        struct sketch_item one = out[i];
        one.count = 1;
        add(i % 2 == 0 ? left : right, &one);
    }
}

TEST(sketch, equal_multisets_leave_nothing)
{
    struct sketch left;
    struct sketch right;
    struct sketch_items got = {0};
    uint64_t state = test_seed();
    sketch_init(&left, 8, test_arena());
    sketch_init(&right, 8, test_arena());
    fill_pair(&left, &right, 20000, 0, &state, NULL);
    sketch_subtract(&left, &right);
    CHECK(sketch_decode(&left, test_arena(), &got));
    CHECK_INT(got.n, 0);
}

TEST(sketch, ten_thousand_changed_rows_come_out_of_the_default_size_in_one_pass)
{
    enum { CHANGED = 10000 };
    struct sketch left;
    struct sketch right;
    struct sketch_items got = {0};
    struct sketch_item *want = arena_new_array(test_arena(), struct sketch_item, 2 * CHANGED);
    uint64_t state = test_seed();
    CHECK(sketch_capacity(SKETCH_BITS_DEFAULT) >= 19000);
    sketch_init(&left, SKETCH_BITS_DEFAULT, test_arena());
    sketch_init(&right, SKETCH_BITS_DEFAULT, test_arena());
    fill_pair(&left, &right, 200000, 0, &state, NULL);
    for (size_t i = 0; i < 2 * CHANGED; i += 2) {
        want[i] = random_item(&state, 1);
        want[i + 1] = random_item(&state, -1);
        want[i + 1].key = want[i].key;
        sketch_add(&left, want[i].key, want[i].row, 1);
        sketch_add(&right, want[i + 1].key, want[i + 1].row, 1);
    }
    sketch_subtract(&left, &right);
    CHECK(sketch_decode(&left, test_arena(), &got));
    CHECK(same_items(want, (size_t)2 * CHANGED, &got));
}

/* Decodes `rounds` random differences of n items; returns how many came out whole. A wrong item fails the
 * test. */
static unsigned
successes(unsigned bits, size_t n, unsigned rounds, uint64_t *state)
{
    unsigned whole = 0;
    ARENA_SCOPED arena = {0};
    for (unsigned round = 0; round < rounds; round++) {
        struct arena_mark mark = arena_save(&arena);
        struct sketch left;
        struct sketch right;
        struct sketch_items got = {0};
        struct sketch_item *want = arena_new_array(&arena, struct sketch_item, n);
        sketch_init(&left, bits, &arena);
        sketch_init(&right, bits, &arena);
        fill_pair(&left, &right, 50, n, state, want);
        sketch_subtract(&left, &right);
        bool complete = sketch_decode(&left, &arena, &got);
        qsort(want, n, sizeof(*want), compare_items);
        for (size_t i = 0; i < got.n; i++) {
            CHECK(bsearch(&got.items[i], want, n, sizeof(*want), compare_items) != NULL);
        }
        CHECK(!complete || got.n == n);
        whole += complete;
        arena_restore(&arena, mark);
    }
    return whole;
}

TEST(sketch, decodes_at_its_stated_capacity_and_says_so_beyond_it)
{
    uint64_t state = test_seed();
    for (unsigned bits = SKETCH_BITS_MIN; bits <= 10; bits++) {
        size_t n = sketch_capacity(bits);
        CHECK(successes(bits, n, 200, &state) >= 199);
        CHECK_INT(successes(bits, n / 2, 200, &state), 200);
        CHECK_INT(successes(bits, n * 3 / 2, 20, &state), 0);
    }
    CHECK_INT(successes(12, sketch_capacity(12), 20, &state), 20);
}

TEST(sketch, copies_of_a_row_are_told_with_their_number)
{
    static const int64_t counts[] = {1, -1, 2, -2, 3, 4, 1024, -6, INT64_MAX, INT64_MIN + 1, 1 << 20};
    struct sketch left;
    struct sketch right;
    struct sketch_items got = {0};
    struct sketch_item want[COUNT_OF(counts)];
    uint64_t state = test_seed();
    sketch_init(&left, SKETCH_BITS_MIN, test_arena());
    sketch_init(&right, SKETCH_BITS_MIN, test_arena());
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        want[i] = random_item(&state, counts[i]);
        if (counts[i] > 0) {
            add(&left, &want[i]);
        } else {
            sketch_add(&right, want[i].key, want[i].row, -counts[i]);
        }
    }
    struct sketch_item both = random_item(&state, 5);
    add(&left, &both);
    add(&right, &both);
    sketch_subtract(&left, &right);
    CHECK(sketch_decode(&left, test_arena(), &got));
    CHECK(same_items(want, COUNT_OF(want), &got));
}

TEST(sketch, many_rows_under_one_key_or_with_one_content_part_ways)
{
    enum { N = 120 };
    struct sketch sketch;
    struct sketch_items got = {0};
    struct sketch_item want[N];
    uint64_t state = test_seed();
    struct sketch_item fixed = random_item(&state, 1);
    sketch_init(&sketch, SKETCH_BITS_MIN, test_arena());
    for (size_t i = 0; i < N; i++) {
        want[i] = random_item(&state, i % 3 == 0 ? -1 : 1);
        if (i < N / 3) {
            want[i].key = fixed.key;
        } else if (i < 2 * N / 3) {
            want[i].row = fixed.row;
        } else {
            want[i] = (struct sketch_item){0, {i - N, 0}, 1}; /* small numbers are as good as hashes */
        }
        add(&sketch, &want[i]);
    }
    CHECK(sketch_decode(&sketch, test_arena(), &got));
    CHECK(same_items(want, N, &got));
}

TEST(sketch, the_zero_item_is_an_item)
{
    struct sketch sketch;
    struct sketch_items got = {0};
    sketch_init(&sketch, SKETCH_BITS_MIN, test_arena());
    sketch_add(&sketch, 0, (struct hash128){0, 0}, -7);
    CHECK(sketch_decode(&sketch, test_arena(), &got));
    CHECK_INT(got.n, 1);
    CHECK(got.n == 1 && got.items[0].count == -7 && got.items[0].key == 0);
}

TEST(sketch, folding_is_as_if_it_had_been_made_smaller)
{
    BUF_SCOPED folded = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED direct = BUF_INIT(BUF_TEXT_MAX);
    struct sketch large;
    struct sketch small;
    uint64_t state = test_seed();
    sketch_init(&large, 11, test_arena());
    sketch_init(&small, 7, test_arena());
    for (size_t i = 0; i < 5000; i++) {
        struct sketch_item item = random_item(&state, 1);
        add(&large, &item);
        add(&small, &item);
    }
    sketch_fold(&large, 7);
    sketch_write(&large, &folded);
    sketch_write(&small, &direct);
    CHECK(span_eq(buf_view(&folded), buf_view(&direct)));
}

TEST(sketch, sketches_of_two_sizes_are_subtracted_and_merged_at_the_smaller)
{
    enum { N = 60 };
    struct sketch part;
    struct sketch left;
    struct sketch right;
    struct sketch_items got = {0};
    struct sketch_item want[N];
    uint64_t state = test_seed();
    sketch_init(&part, 9, test_arena());
    sketch_init(&left, 10, test_arena());
    sketch_init(&right, 6, test_arena());
    fill_pair(&left, &right, 1000, N / 2, &state, want);
    fill_pair(&part, &right, 1000, N / 2, &state, want + N / 2);
    sketch_merge(&left, &part);
    sketch_subtract(&left, &right);
    CHECK_INT(left.bits, 6);
    CHECK(sketch_decode(&left, test_arena(), &got));
    CHECK(same_items(want, N, &got));
}

TEST(sketch, reads_back_what_it_wrote_and_nothing_shorter)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct sketch sketch;
    struct sketch back;
    struct sketch_items got = {0};
    struct sketch_item want[3];
    uint64_t state = test_seed();
    sketch_init(&sketch, SKETCH_BITS_MIN, test_arena());
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        want[i] = random_item(&state, (int64_t)i - 4);
        add(&sketch, &want[i]);
    }
    sketch_write(&sketch, &out);
    struct wire wire = wire_over(buf_view(&out));
    CHECK(sketch_read(&wire, test_arena(), &back) && wire_is_done(&wire));
    CHECK(sketch_decode(&back, test_arena(), &got));
    CHECK(same_items(want, COUNT_OF(want), &got));
    for (size_t len = 0; len < out.len; len += 97) {
        struct wire cut = wire_over((struct span){out.data, len});
        CHECK(!sketch_read(&cut, test_arena(), &back));
    }
    out.data[0] = SKETCH_BITS_MAX + 1;
    wire = wire_over(buf_view(&out));
    CHECK(!sketch_read(&wire, test_arena(), &back));
}

TEST(sketch, made_up_cells_end_in_incomplete)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    uint64_t state = test_seed();
    for (unsigned kind = 0; kind < 64; kind++) {
        struct sketch sketch;
        struct sketch_items got = {0};
        buf_reset(&out);
        wire_put_u8(&out, SKETCH_BITS_MIN);
        for (size_t i = 0; i < (size_t)(SKETCH_PARTITIONS << SKETCH_BITS_MIN) * 8; i++) {
            wire_put_u64(&out, kind % 4 == 0   ? UINT64_MAX
                               : kind % 4 == 1 ? i % 3
                                               : next_random(&state) >> kind);
        }
        struct wire wire = wire_over(buf_view(&out));
        CHECK(sketch_read(&wire, test_arena(), &sketch));
        CHECK(!sketch_decode(&sketch, test_arena(), &got));
    }
}
