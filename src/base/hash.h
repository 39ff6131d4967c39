/* Hashing: XXH3 for fingerprints and placement, SHA-256 for identity, others for foreign formats. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct hash128 {
    uint64_t low;
    uint64_t high;
};

uint64_t hash64(struct span data);
struct hash128 hash128(struct span data);
/* BLAKE2b of 16 bytes with a key of 16 to 64 bytes: cannot be guessed backwards without the key. By
 * libsodium. */
struct hash128 hash128_keyed(struct span key, struct span data);

/* The same over bytes that come in pieces. Must stay where it is between begin and end. */
struct hash_state {
    unsigned char room[576 + 64];
};
void hash_begin(struct hash_state *state);
void hash_add(struct hash_state *state, struct span data);
uint64_t hash64_end(struct hash_state *state);
struct hash128 hash128_end(struct hash_state *state);

/* Sum and difference mod 2^128: an order-free digest of a multiset. */
struct hash128 hash128_add(struct hash128 a, struct hash128 b);
struct hash128 hash128_sub(struct hash128 a, struct hash128 b);
bool hash128_eq(struct hash128 a, struct hash128 b);

#define HASH128_HEX_LEN 32
void hash128_hex(struct hash128 hash, char out[HASH128_HEX_LEN + 1]);
bool hash128_from_hex(const char *hex, struct hash128 *out);

#define SHA256_HEX_LEN 64
/* FIPS 180-4; by libsodium. */
void sha256_hex(struct span data, char out[SHA256_HEX_LEN + 1]);

#define SHA1_HEX_LEN 40
/* FIPS 180-4; only to verify what other tools stored. */
void sha1_hex(struct span data, char out[SHA1_HEX_LEN + 1]);

/* CRC-32 (IEEE 802.3), running: start with 0. */
uint32_t crc32_update(uint32_t crc, struct span data);

#endif
