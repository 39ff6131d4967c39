#include "base/wire.h"
#include "harness.h"

#include <string.h>

TEST(wire, numbers_and_strings_read_back_little_endian)
{
    BUF_SCOPED out = BUF_INIT(1000);
    wire_put_u8(&out, 0xFE);
    wire_put_u16(&out, 0x0102);
    wire_put_u32(&out, 0x01020304);
    wire_put_u64(&out, UINT64_C(0x0102030405060708));
    wire_put_hash128(&out, (struct hash128){1, 2});
    wire_put_span(&out, SPAN("abc"));
    CHECK(memcmp(out.data, "\xFE\x02\x01\x04\x03\x02\x01\x08\x07\x06\x05\x04\x03\x02\x01\x01", 16) == 0);
    struct wire wire = wire_over(buf_view(&out));
    CHECK_INT(wire_u8(&wire), 0xFE);
    CHECK_INT(wire_u16(&wire), 0x0102);
    CHECK_INT(wire_u32(&wire), 0x01020304);
    CHECK(wire_u64(&wire) == UINT64_C(0x0102030405060708));
    CHECK(hash128_eq(wire_hash128(&wire), (struct hash128){1, 2}));
    CHECK(!wire_is_done(&wire));
    CHECK(span_is(wire_span(&wire), "abc"));
    CHECK(wire_is_done(&wire));
}

TEST(wire, what_is_missing_reads_as_zero_and_is_remembered)
{
    struct wire wire = wire_over(SPAN("\x01\x02\x03"));
    CHECK_INT(wire_u32(&wire), 0);
    CHECK(wire.is_bad);
    CHECK_INT(wire_u8(&wire), 0);
    CHECK_INT(wire_left(&wire), 0);
    CHECK(!wire_is_done(&wire));
}

TEST(wire, a_length_beyond_the_end_is_bad)
{
    struct wire wire = wire_over(SPAN("\xFF\xFF\xFF\xFF_abc"));
    CHECK_INT(wire_span(&wire).len, 0);
    CHECK(wire.is_bad);
}

TEST(hash, pieces_give_the_hash_of_the_whole)
{
    char text[3000];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)(i * 131);
    }
    for (size_t len = 0; len <= sizeof(text); len += 97) {
        struct hash_state state;
        hash_begin(&state);
        for (size_t at = 0; at < len; at += 61) {
            size_t n = len - at < 61 ? len - at : 61;
            hash_add(&state, (struct span){text + at, n});
        }
        struct span whole = {text, len};
        CHECK(hash128_eq(hash128_end(&state), hash128(whole)));
        CHECK(hash64_end(&state) == hash64(whole));
    }
}
