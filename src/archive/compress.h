/* One text in memory as one zstd frame. */
#ifndef ARCHIVE_COMPRESS_H
#define ARCHIVE_COMPRESS_H

#include "base/buf.h"

/* Appends one frame with its content size and checksum (RFC 8878). */
enum status compress_text(struct span text, struct buf *out, struct err *err) MUST_USE;
/* The frame must hold exactly `len` bytes and nothing may follow it; CORRUPT otherwise. */
enum status decompress_text(struct span frame, size_t len, struct buf *out, struct err *err) MUST_USE;

#endif
