#include "base/hash.h"

#include "base/err.h"

#include <sha1.h>
#include <sodium.h>
#include <string.h>
#include <zlib.h>

#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

uint64_t
hash64(struct span data)
{
    return XXH3_64bits(data.ptr, data.len);
}

struct hash128
hash128(struct span data)
{
    XXH128_hash_t hash = XXH3_128bits(data.ptr, data.len);
    return (struct hash128){hash.low64, hash.high64};
}

struct hash128
hash128_keyed(struct span key, struct span data)
{
    unsigned char bytes[16];
    struct hash128 hash = {0, 0};
    require(key.len >= crypto_generichash_KEYBYTES_MIN && key.len <= crypto_generichash_KEYBYTES_MAX);
    (void)crypto_generichash(bytes, sizeof(bytes), (const unsigned char *)data.ptr, data.len,
                             (const unsigned char *)key.ptr, key.len);
    for (unsigned i = 0; i < 8; i++) { /* the low half first, wherever it runs */
        hash.low |= (uint64_t)bytes[i] << (8 * i);
        hash.high |= (uint64_t)bytes[8 + i] << (8 * i);
    }
    return hash;
}

/* The library wants its state on a cache line, which no allocator promises. */
enum { LINE = 64 };
_Static_assert(sizeof(XXH3_state_t) + LINE <= sizeof(struct hash_state), "room for the state");
_Static_assert(_Alignof(XXH3_state_t) <= LINE, "aligned for the state");

static XXH3_state_t *
xxh(struct hash_state *state)
{
    // cppcheck-suppress ctuuninitvar ; only the place counts
    size_t past = (uintptr_t)state->room % LINE;
    return (XXH3_state_t *)(void *)(state->room + (past == 0 ? 0 : LINE - past));
}

/* XXH3-64 and XXH3-128 share their running state; only the last step differs. */
void
hash_begin(struct hash_state *state)
{
    (void)XXH3_128bits_reset(xxh(state));
}

void
hash_add(struct hash_state *state, struct span data)
{
    (void)XXH3_128bits_update(xxh(state), data.ptr, data.len);
}

uint64_t
hash64_end(struct hash_state *state)
{
    return XXH3_64bits_digest(xxh(state));
}

struct hash128
hash128_end(struct hash_state *state)
{
    XXH128_hash_t hash = XXH3_128bits_digest(xxh(state));
    return (struct hash128){hash.low64, hash.high64};
}

struct hash128
hash128_add(struct hash128 a, struct hash128 b)
{
    uint64_t low = a.low + b.low;
    return (struct hash128){low, a.high + b.high + (low < a.low)};
}

struct hash128
hash128_sub(struct hash128 a, struct hash128 b)
{
    return (struct hash128){a.low - b.low, a.high - b.high - (a.low < b.low)};
}

bool
hash128_eq(struct hash128 a, struct hash128 b)
{
    return a.low == b.low && a.high == b.high;
}

static const char hex_digits[] = "0123456789abcdef";

static void
hex(const unsigned char *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = hex_digits[bytes[i] >> 4];
        out[2 * i + 1] = hex_digits[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

void
hash128_hex(struct hash128 hash, char out[HASH128_HEX_LEN + 1])
{
    for (unsigned i = 0; i < 16; i++) {
        out[i] = hex_digits[(hash.high >> (60 - 4 * i)) & 15];
        out[16 + i] = hex_digits[(hash.low >> (60 - 4 * i)) & 15];
    }
    out[HASH128_HEX_LEN] = '\0';
}

bool
hash128_from_hex(const char *text, struct hash128 *out)
{
    uint64_t half[2] = {0, 0};
    if (text == NULL || strlen(text) != HASH128_HEX_LEN) {
        return false;
    }
    for (size_t i = 0; i < HASH128_HEX_LEN; i++) {
        const char *digit = strchr(hex_digits, text[i]);
        if (digit == NULL) {
            return false;
        }
        half[i / 16] = half[i / 16] << 4 | (uint64_t)(digit - hex_digits);
    }
    *out = (struct hash128){half[1], half[0]};
    return true;
}

void
sha256_hex(struct span data, char out[SHA256_HEX_LEN + 1])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)data.ptr, data.len);
    hex(digest, sizeof(digest), out);
}

void
sha1_hex(struct span data, char out[SHA1_HEX_LEN + 1])
{
    unsigned char digest[SHA1_DIGEST_LENGTH];
    SHA1_CTX context;
    SHA1Init(&context);
    SHA1Update(&context, (const unsigned char *)data.ptr, data.len);
    SHA1Final(digest, &context);
    hex(digest, sizeof(digest), out);
}

uint32_t
crc32_update(uint32_t crc, struct span data)
{
    return (uint32_t)crc32_z(crc, (const unsigned char *)data.ptr, data.len);
}
