#include "base/hash.h"
#include "harness.h"

/* Reference values: the xxhsum program 0.8.1; FIPS 180-4 examples; ISO 3309's check value. */
TEST(hash, known_answers)
{
    char hex[SHA256_HEX_LEN + 1];
    CHECK(hash64(SPAN("")) == UINT64_C(0x2d06800538d394c2));
    hash128_hex(hash128(SPAN("")), hex);
    CHECK_STR(hex, "99aa06d3014798d86001c324468d497f");
    hash128_hex(hash128(SPAN("abc")), hex);
    CHECK_STR(hex, "06b05ab6733a618578af5f94892f3950");
    CHECK(hash64(SPAN("abc")) == UINT64_C(0x78af5f94892f3950));
    sha256_hex(SPAN("abc"), hex);
    CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha1_hex(SPAN("abc"), hex);
    CHECK_STR(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(crc32_update(0, SPAN("123456789")) == 0xCBF43926U);
}

TEST(hash, crc32_runs_on)
{
    CHECK(crc32_update(crc32_update(0, SPAN("1234")), SPAN("56789")) == 0xCBF43926U);
}

TEST(hash, sums_do_not_depend_on_order_and_can_be_taken_back)
{
    struct hash128 a = hash128(SPAN("a"));
    struct hash128 b = hash128(SPAN("b"));
    struct hash128 sum = hash128_add(a, b);
    CHECK(hash128_eq(sum, hash128_add(b, a)));
    CHECK(hash128_eq(hash128_sub(sum, a), b));
    CHECK(!hash128_eq(hash128_add(a, a), (struct hash128){0, 0}));
}

TEST(hash, sums_carry_into_the_high_half)
{
    struct hash128 one = {1, 0};
    struct hash128 max = {UINT64_MAX, 0};
    struct hash128 sum = hash128_add(max, one);
    CHECK(sum.low == 0 && sum.high == 1);
    CHECK(hash128_eq(hash128_sub(sum, one), max));
}

TEST(hash, hex_reads_back)
{
    char hex[HASH128_HEX_LEN + 1];
    struct hash128 hash = hash128(SPAN("x"));
    struct hash128 again = {0, 0};
    hash128_hex(hash, hex);
    CHECK(hash128_from_hex(hex, &again) && hash128_eq(hash, again));
    CHECK(!hash128_from_hex("06b05ab6733a618578af5f94892f395", &again));
    CHECK(!hash128_from_hex("06b05ab6733a618578af5f94892f395g", &again));
    CHECK(!hash128_from_hex(NULL, &again));
}
