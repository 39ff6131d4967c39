#include "harness.h"
#include "recon/spool.h"

#include <string.h>

static uint64_t
next_number(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Fills a spool, reads it back and checks that it holds what went in: all, in order. */
static void
round_trip(size_t n, size_t memory, size_t longest, bool *used_file)
{
    struct spool spool;
    struct err err = {0};
    uint64_t seed = test_seed();
    struct hash128 in = {0, 0};
    struct hash128 out = {0, 0};
    spool_init(&spool, test_dir(), memory);
    for (size_t i = 0; i < n; i++) {
        char text[400];
        size_t len = (size_t)(next_number(&seed) % (longest + 1));
        memset(text, (int)('a' + i % 26), len);
        struct hash128 key = {next_number(&seed) % 7, next_number(&seed) % (n / 2 + 1)};
        CHECK_OK(spool_add(&spool, key, (struct span){text, len}, &err));
        in = hash128_add(in, hash128((struct span){text, len}));
        in = hash128_add(in, key);
    }
    CHECK_OK(spool_seal(&spool, &err));
    struct spool_record record;
    struct hash128 last = {0, 0};
    size_t seen = 0;
    for (bool found = true; found;) {
        CHECK_OK(spool_next(&spool, &record, &found, &err));
        if (found) {
            CHECK(seen == 0 || record.key.high > last.high ||
                  (record.key.high == last.high && record.key.low >= last.low));
            out = hash128_add(out, hash128(record.bytes));
            out = hash128_add(out, record.key);
            last = record.key;
            seen++;
        }
    }
    CHECK_INT(seen, n);
    CHECK(hash128_eq(in, out));
    *used_file = spool.runs.n > 0;
    spool_release(&spool);
}

TEST(spool, what_fits_stays_in_memory)
{
    bool used_file;
    round_trip(0, 0, 10, &used_file);
    CHECK(!used_file);
    round_trip(1, 0, 10, &used_file);
    round_trip(1000, 0, 100, &used_file);
    CHECK(!used_file);
}

TEST(spool, more_than_that_goes_through_sorted_runs)
{
    bool used_file;
    round_trip(2000, 4096, 40, &used_file);
    CHECK(used_file);
    round_trip(30000, 65536, 399, &used_file);
    CHECK(used_file);
    round_trip(5, 1, 300, &used_file);
}

TEST(spool, records_of_one_key_keep_their_order)
{
    for (size_t memory = 64; memory <= 1 << 20; memory <<= 7) {
        struct spool spool;
        struct spool_record record = {0};
        struct err err = {0};
        bool found = true;
        spool_init(&spool, test_dir(), memory);
        for (unsigned char i = 0; i < 200; i++) {
            char byte = (char)i;
            CHECK_OK(spool_add(&spool, (struct hash128){i % 2, 5}, (struct span){&byte, 1}, &err));
        }
        CHECK_OK(spool_seal(&spool, &err));
        for (unsigned i = 0; i < 200; i++) {
            CHECK_OK(spool_next(&spool, &record, &found, &err));
            CHECK(found && record.bytes.len == 1);
            CHECK_INT((unsigned char)record.bytes.ptr[0], i < 100 ? 2 * i : 2 * (i - 100) + 1);
        }
        spool_release(&spool);
    }
}

TEST(spool, a_record_longer_than_any_buffer_comes_back_whole)
{
    struct spool spool;
    struct spool_record record = {0};
    struct err err = {0};
    bool found = false;
    size_t len = (size_t)3 << 20;
    char *text = arena_alloc(test_arena(), len);
    memset(text, 'x', len);
    spool_init(&spool, test_dir(), 0);
    CHECK_OK(spool_add(&spool, (struct hash128){1, 1}, (struct span){text, len}, &err));
    CHECK_OK(spool_add(&spool, (struct hash128){0, 0}, SPAN("short"), &err));
    CHECK_OK(spool_seal(&spool, &err));
    CHECK_OK(spool_next(&spool, &record, &found, &err));
    CHECK(found && span_is(record.bytes, "short"));
    CHECK_OK(spool_next(&spool, &record, &found, &err));
    CHECK(found && record.bytes.len == len && memcmp(record.bytes.ptr, text, len) == 0);
    CHECK_OK(spool_next(&spool, &record, &found, &err));
    CHECK(!found);
    spool_release(&spool);
}

TEST(spool, a_folder_that_cannot_be_written_is_named)
{
    struct spool spool;
    struct err err = {0};
    spool_init(&spool, "/nonexistent", 1);
    CHECK_INT(spool_add(&spool, (struct hash128){1, 1}, SPAN("x"), &err), STATUS_IO);
    CHECK(strstr(err.msg, "/nonexistent") != NULL);
    CHECK(strstr(err.hint, "TMPDIR") != NULL);
    spool_release(&spool);
}
