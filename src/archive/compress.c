#include "archive/compress.h"

#include <zstd.h>

/* Scripts are short and written once: a level where ratio still grows for text of a few KiB. */
static const int text_level = 6;

static void
free_compressor(ZSTD_CCtx **context)
{
    ZSTD_freeCCtx(*context);
}

enum status
compress_text(struct span text, struct buf *out, struct err *err)
{
    CLEANUP(free_compressor) ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t bound = ZSTD_compressBound(text.len);
    char *room = buf_room(out, bound);
    if (context == NULL || room == NULL || ZSTD_isError(bound)) {
        return err_raise(err, STATUS_IO, "no memory to compress %zu bytes", text.len);
    }
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, text_level);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size_t len = ZSTD_compress2(context, room, bound, text.ptr, text.len);
    if (ZSTD_isError(len)) {
        return err_raise(err, STATUS_IO, "cannot compress %zu bytes: %s", text.len, ZSTD_getErrorName(len));
    }
    out->len += len;
    out->data[out->len] = '\0';
    return STATUS_OK;
}

enum status
decompress_text(struct span frame, size_t len, struct buf *out, struct err *err)
{
    if (ZSTD_getFrameContentSize(frame.ptr, frame.len) != len ||
        ZSTD_findFrameCompressedSize(frame.ptr, frame.len) != frame.len) {
        return err_raise(err, STATUS_CORRUPT, "a stored text is not one frame of %zu bytes", len);
    }
    char *room = buf_room(out, len);
    if (room == NULL) {
        return err_raise(err, STATUS_CORRUPT, "a stored text claims %zu bytes", len);
    }
    size_t got = ZSTD_decompress(room, len, frame.ptr, frame.len);
    if (ZSTD_isError(got) || got != len) {
        return err_raise(err, STATUS_CORRUPT, "a stored text cannot be decompressed: %s",
                         ZSTD_isError(got) ? ZSTD_getErrorName(got) : "wrong length");
    }
    out->len += len;
    out->data[out->len] = '\0';
    return STATUS_OK;
}
