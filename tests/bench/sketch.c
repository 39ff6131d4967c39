/* sketch   how many rows a second go into a sketch, how long decoding takes, and how often it succeeds at the
 * stated capacity. ROUNDS (2000) differences for the last. */
#include "recon/sketch.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 1;

/* splitmix64 */
static uint64_t
next_random(void)
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static double
seconds(int64_t from)
{
    return (double)(clock_monotonic_us() - from) / 1e6;
}

static void
updates(void)
{
    enum { ROWS = 1 << 20, TURNS = 8, BATCH = 64 };
    ARENA_SCOPED arena = {0};
    struct sketch_entry *rows = arena_new_array(&arena, struct sketch_entry, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        rows[i].key = next_random();
        rows[i].row = (struct hash128){next_random(), next_random()};
    }
    for (unsigned bits = 10; bits <= SKETCH_BITS_MAX; bits++) {
        struct sketch sketch;
        sketch_init(&sketch, bits, &arena);
        int64_t from = clock_monotonic_us();
        for (unsigned turn = 0; turn < TURNS; turn++) {
            for (size_t i = 0; i < ROWS; i++) {
                sketch_add(&sketch, rows[i].key, rows[i].row, 1);
            }
        }
        double one = seconds(from);
        from = clock_monotonic_us();
        for (unsigned turn = 0; turn < TURNS; turn++) {
            for (size_t i = 0; i < ROWS; i += BATCH) {
                sketch_add_rows(&sketch, &rows[i], BATCH);
            }
        }
        printf("%2u bits %7zu KiB  %6.1f M rows/s one by one  %6.1f M rows/s in batches\n", bits,
               ((size_t)SKETCH_PARTITIONS * SKETCH_CELL_LEN << bits) / 1024, TURNS * ROWS / one / 1e6,
               TURNS * ROWS / seconds(from) / 1e6);
    }
}

/* Decodes a difference of n items; false when they did not all come out. */
static bool
decode(unsigned bits, size_t n, double *time, struct arena *arena)
{
    struct sketch sketch;
    struct sketch_items items = {0};
    sketch_init(&sketch, bits, arena);
    for (size_t i = 0; i < n; i++) {
        uint64_t key = next_random();
        uint64_t low = next_random();
        sketch_add(&sketch, key, (struct hash128){low, next_random()}, i % 2 == 0 ? 1 : -1);
    }
    int64_t from = clock_monotonic_us();
    bool is_whole = sketch_decode(&sketch, arena, &items);
    *time += seconds(from);
    return is_whole;
}

static void
decodes(unsigned rounds)
{
    for (unsigned bits = SKETCH_BITS_MIN; bits <= SKETCH_BITS_DEFAULT; bits++) {
        ARENA_SCOPED arena = {0};
        unsigned failed = 0;
        unsigned n = bits > 10 ? rounds >> (bits - 9) : rounds;
        double time = 0;
        for (unsigned i = 0; i < n; i++) {
            struct arena_mark mark = arena_save(&arena);
            failed += !decode(bits, sketch_capacity(bits), &time, &arena);
            arena_restore(&arena, mark);
        }
        printf("%2u bits %6zu items  %u of %u did not decode  %8.3f ms each\n", bits, sketch_capacity(bits),
               failed, n, time * 1000 / (n == 0 ? 1 : n));
    }
}

int
main(void)
{
    uint64_t rounds = 2000;
    const char *given = getenv("ROUNDS");
    if (given != NULL && !parse_u64(span_of(given), &rounds)) {
        return 2;
    }
    updates();
    decodes((unsigned)rounds);
    return 0;
}
