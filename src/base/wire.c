#include "base/wire.h"

static void
store(unsigned char *at, uint64_t number, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        at[i] = (unsigned char)(number >> (8 * i));
    }
}

static uint64_t
load(const unsigned char *at, size_t width)
{
    uint64_t number = 0;
    for (size_t i = 0; i < width; i++) {
        number |= (uint64_t)at[i] << (8 * i);
    }
    return number;
}

static void
put(struct buf *out, uint64_t number, size_t width)
{
    unsigned char bytes[8];
    store(bytes, number, width);
    buf_add(out, bytes, width);
}

void
wire_put_u8(struct buf *out, uint8_t number)
{
    put(out, number, 1);
}

void
wire_put_u16(struct buf *out, uint16_t number)
{
    put(out, number, 2);
}

void
wire_put_u32(struct buf *out, uint32_t number)
{
    put(out, number, 4);
}

void
wire_put_u64(struct buf *out, uint64_t number)
{
    put(out, number, 8);
}

void
wire_put_hash128(struct buf *out, struct hash128 hash)
{
    put(out, hash.low, 8);
    put(out, hash.high, 8);
}

void
wire_put_span(struct buf *out, struct span bytes)
{
    if (bytes.len > UINT32_MAX) {
        out->overflow = true;
        return;
    }
    wire_put_u32(out, (uint32_t)bytes.len);
    buf_span(out, bytes);
}

void
wire_store_u32(void *at, uint32_t number)
{
    store(at, number, 4);
}

void
wire_store_u64(void *at, uint64_t number)
{
    store(at, number, 8);
}

uint32_t
wire_load_u32(const void *at)
{
    return (uint32_t)load(at, 4);
}

uint64_t
wire_load_u64(const void *at)
{
    return load(at, 8);
}

struct wire
wire_over(struct span bytes)
{
    return (struct wire){bytes.ptr, bytes.ptr + bytes.len, false};
}

size_t
wire_left(const struct wire *wire)
{
    return wire->is_bad ? 0 : (size_t)(wire->end - wire->at);
}

struct span
wire_bytes(struct wire *wire, size_t len)
{
    if (wire_left(wire) < len) {
        wire->is_bad = true;
        return (struct span){NULL, 0};
    }
    struct span bytes = {wire->at, len};
    wire->at += len;
    return bytes;
}

static uint64_t
take(struct wire *wire, size_t width)
{
    struct span bytes = wire_bytes(wire, width);
    return bytes.len < width ? 0 : load((const unsigned char *)bytes.ptr, width);
}

uint8_t
wire_u8(struct wire *wire)
{
    return (uint8_t)take(wire, 1);
}

uint16_t
wire_u16(struct wire *wire)
{
    return (uint16_t)take(wire, 2);
}

uint32_t
wire_u32(struct wire *wire)
{
    return (uint32_t)take(wire, 4);
}

uint64_t
wire_u64(struct wire *wire)
{
    return take(wire, 8);
}

struct hash128
wire_hash128(struct wire *wire)
{
    uint64_t low = take(wire, 8);
    uint64_t high = take(wire, 8);
    return (struct hash128){low, high};
}

struct span
wire_span(struct wire *wire)
{
    return wire_bytes(wire, wire_u32(wire));
}

bool
wire_is_done(const struct wire *wire)
{
    return !wire->is_bad && wire->at == wire->end;
}
