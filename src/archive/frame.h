/* zstd frames and skippable frames (RFC 8878): what every archive file is made of. */
#ifndef ARCHIVE_FRAME_H
#define ARCHIVE_FRAME_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/* Compression and decompression contexts; expensive to make, so one a thread for its life. */
struct frame_coder {
    void *compressor;
    void *decompressor;
};

#define FRAME_CODER_SCOPED CLEANUP(frame_coder_release) struct frame_coder

void frame_coder_release(struct frame_coder *coder);

/* The most bytes that `len` can become. */
size_t frame_bound(size_t len);
/* Appends one frame with content size and checksum. */
enum status frame_encode(struct frame_coder *coder, int level, struct span plain, struct buf *out,
                         struct err *err) MUST_USE;
/* `stored` must be exactly one frame with content size `len` and a checksum; `room` takes `len` bytes.
 * CORRUPT otherwise. */
enum status
frame_decode(struct frame_coder *coder, struct span stored, char *room, size_t len, struct err *err) MUST_USE;
/* The content size that a frame claims; false when it is no frame or does not tell. */
bool frame_plain_len(struct span stored, uint64_t *out);

/* Skippable frames: a kind from 0 to 15, a length, bytes. */
enum { SKIPPABLE_HEAD = 8 };
void skippable_head(unsigned kind, uint32_t len, char out[SKIPPABLE_HEAD]);
/* The payload when `stored` is exactly one skippable frame of that kind; false otherwise. */
bool skippable_payload(struct span stored, unsigned kind, struct span *out);

#endif
