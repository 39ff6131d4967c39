#include "archive/compress.h"

#include "archive/frame.h"

/* Scripts are short and written once: a level where ratio still grows for text of a few KiB. */
static const int text_level = 6;

/* Texts are short and come by the thousand: making the contexts would take longer than using them. */
static _Thread_local struct frame_coder coder;

enum status
compress_text(struct span text, struct buf *out, struct err *err)
{
    TRY(frame_encode(&coder, text_level, text, out, err));
    buf_add(out, "", 0); /* the closing NUL */
    return STATUS_OK;
}

enum status
decompress_text(struct span frame, size_t len, struct buf *out, struct err *err)
{
    uint64_t claimed = 0;
    /* Before any memory is asked for. */
    if (!frame_plain_len(frame, &claimed) || claimed != len) {
        return err_raise(err, STATUS_CORRUPT, "a stored text is not one frame of %zu bytes", len);
    }
    char *room = buf_room(out, len);
    if (room == NULL) {
        return err_raise(err, STATUS_CORRUPT, "a stored text claims %zu bytes", len);
    }
    if (frame_decode(&coder, frame, room, len, err) != STATUS_OK) {
        return err_wrap(err, "a stored text cannot be read");
    }
    out->len += len;
    buf_add(out, "", 0);
    return STATUS_OK;
}
