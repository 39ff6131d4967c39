/* Numbers and strings in files: little-endian, fixed width, every bound checked on the way back. */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "base/buf.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>

void wire_put_u8(struct buf *out, uint8_t number);
void wire_put_u16(struct buf *out, uint16_t number);
void wire_put_u32(struct buf *out, uint32_t number);
void wire_put_u64(struct buf *out, uint64_t number);
/* 16 bytes, the low half first. */
void wire_put_hash128(struct buf *out, struct hash128 hash);
/* Length in 4 bytes, then the bytes. Longer ones set `overflow`. */
void wire_put_span(struct buf *out, struct span bytes);

/* Writes at a place that was reserved before. */
void wire_store_u32(void *at, uint32_t number);
void wire_store_u64(void *at, uint64_t number);
uint32_t wire_load_u32(const void *at);
uint64_t wire_load_u64(const void *at);

/* A reader over bytes that are not trusted: what is missing reads as zero and sets `is_bad` for good. */
struct wire {
    const char *at;
    const char *end;
    bool is_bad;
};

struct wire wire_over(struct span bytes);
uint8_t wire_u8(struct wire *wire);
uint16_t wire_u16(struct wire *wire);
uint32_t wire_u32(struct wire *wire);
uint64_t wire_u64(struct wire *wire);
struct hash128 wire_hash128(struct wire *wire);
struct span wire_bytes(struct wire *wire, size_t len); /* borrowed */
struct span wire_span(struct wire *wire);              /* borrowed */
size_t wire_left(const struct wire *wire);
/* Everything was there and nothing is left. */
bool wire_is_done(const struct wire *wire);

#endif
