#include "archive/frame.h"

#include "base/wire.h"

#include <zstd.h>

static const uint32_t skippable_magic = 0x184D2A50U;
/* Nothing we write needs more; a damaged or hostile frame must not make us allocate it. */
enum { WINDOW_LOG_MAX = 24 };
/* zstd's fastest level looks back half a MiB with a table of 2^14 places. A column of a row group is 1 to 4
 * MiB of like values: to see all of it, with twice the places, made real texts smaller by 5 % (words at
 * random) to 50 % (values that come again) at the same speed. */
enum { FAST_WINDOW_LOG = 22, FAST_HASH_LOG = 15 };

void
frame_coder_release(struct frame_coder *coder)
{
    ZSTD_freeCCtx(coder->compressor);
    ZSTD_freeDCtx(coder->decompressor);
    *coder = (struct frame_coder){NULL, NULL};
}

size_t
frame_bound(size_t len)
{
    return ZSTD_compressBound(len);
}

static ZSTD_CCtx *
compressor(struct frame_coder *coder)
{
    if (coder->compressor == NULL) {
        coder->compressor = ZSTD_createCCtx();
    }
    return coder->compressor;
}

static ZSTD_DCtx *
decompressor(struct frame_coder *coder)
{
    if (coder->decompressor == NULL) {
        coder->decompressor = ZSTD_createDCtx();
    }
    return coder->decompressor;
}

enum status
frame_encode(struct frame_coder *coder, int level, struct span plain, struct buf *out, struct err *err)
{
    ZSTD_CCtx *context = compressor(coder);
    size_t bound = frame_bound(plain.len);
    char *room = buf_room(out, bound);
    if (context == NULL || room == NULL || ZSTD_isError(bound)) {
        return err_raise(err, STATUS_IO, "no memory to compress %zu bytes", plain.len);
    }
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, level == 1 ? FAST_WINDOW_LOG : 0);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, level == 1 ? FAST_HASH_LOG : 0);
    size_t len = ZSTD_compress2(context, room, bound, plain.ptr, plain.len);
    if (ZSTD_isError(len)) {
        return err_raise(err, STATUS_IO, "cannot compress %zu bytes: %s", plain.len, ZSTD_getErrorName(len));
    }
    out->len += len;
    return STATUS_OK;
}

bool
frame_plain_len(struct span stored, uint64_t *out)
{
    if (stored.len < 5 || wire_load_u32(stored.ptr) != ZSTD_MAGICNUMBER) {
        return false;
    }
    unsigned long long len = ZSTD_getFrameContentSize(stored.ptr, stored.len);
    *out = len;
    return len != ZSTD_CONTENTSIZE_UNKNOWN && len != ZSTD_CONTENTSIZE_ERROR;
}

/* One data frame, no more, no less, of that content size and with its checksum: bit 2 of the descriptor. */
static bool
is_one_frame(struct span stored, size_t len)
{
    enum { CHECKSUM_FLAG = 4 };
    uint64_t claimed = 0;
    return frame_plain_len(stored, &claimed) && claimed == len && (stored.ptr[4] & CHECKSUM_FLAG) != 0 &&
           ZSTD_findFrameCompressedSize(stored.ptr, stored.len) == stored.len;
}

enum status
frame_decode(struct frame_coder *coder, struct span stored, char *room, size_t len, struct err *err)
{
    ZSTD_DCtx *context = decompressor(coder);
    if (context == NULL) {
        return err_raise(err, STATUS_IO, "no memory to decompress %zu bytes", len);
    }
    if (!is_one_frame(stored, len)) {
        return err_raise(err, STATUS_CORRUPT, "not one zstd frame of %zu bytes", len);
    }
    (void)ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    size_t got = ZSTD_decompressDCtx(context, room, len, stored.ptr, stored.len);
    if (ZSTD_isError(got) || got != len) {
        return err_raise(err, STATUS_CORRUPT, "a zstd frame is damaged: %s",
                         ZSTD_isError(got) ? ZSTD_getErrorName(got) : "wrong length");
    }
    return STATUS_OK;
}

void
skippable_head(unsigned kind, uint32_t len, char out[SKIPPABLE_HEAD])
{
    wire_store_u32(out, skippable_magic + (kind & 15U));
    wire_store_u32(out + 4, len);
}

bool
skippable_payload(struct span stored, unsigned kind, struct span *out)
{
    if (stored.len < SKIPPABLE_HEAD || wire_load_u32(stored.ptr) != skippable_magic + (kind & 15U) ||
        wire_load_u32(stored.ptr + 4) != stored.len - SKIPPABLE_HEAD) {
        return false;
    }
    *out = (struct span){stored.ptr + SKIPPABLE_HEAD, stored.len - SKIPPABLE_HEAD};
    return true;
}
