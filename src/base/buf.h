/* Growing byte buffer on the heap, with a ceiling given at birth. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Appending past `max` sets `overflow` and drops the rest; the owner asks once, with buf_check. */
struct buf {
    char *data; /* NUL-terminated once anything was appended; NULL before */
    size_t len;
    size_t cap;
    size_t max;
    bool overflow;
};

#define BUF_INIT(max_len)                                                                                    \
    {                                                                                                        \
        NULL, 0, 0, (max_len), false                                                                         \
    }
#define BUF_SCOPED   CLEANUP(buf_release) struct buf
#define BUF_SQL_MAX  ((size_t)1 << 30)
#define BUF_TEXT_MAX ((size_t)64 << 20)

void buf_release(struct buf *buf);
void buf_reset(struct buf *buf); /* empties, keeps the memory */
void buf_add(struct buf *buf, const void *ptr, size_t len);
void buf_str(struct buf *buf, const char *str);
void buf_span(struct buf *buf, struct span span);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *buf, const char *fmt, va_list args) PRINTF_LIKE(2, 0);
/* As a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void buf_json(struct buf *buf, struct span text);
/* Makes room for `len` more bytes and returns where they go; NULL past the ceiling. */
char *buf_room(struct buf *buf, size_t len);

/* buf_add for the hot paths: no call while there is room, no closing NUL until buf_cstr puts it. */
static inline void
buf_push(struct buf *buf, const void *ptr, size_t len)
{
    if (buf->cap - buf->len <= len && buf_room(buf, len) == NULL) {
        return;
    }
    char *at = buf->data + buf->len;
    buf->len += len;
    switch (len) { /* the commonest lengths of cells become single moves */
    case 0:
        break;
    case 1:
        memcpy(at, ptr, 1);
        break;
    case 4:
        memcpy(at, ptr, 4);
        break;
    case 8:
        memcpy(at, ptr, 8);
        break;
    default:
        memcpy(at, ptr, len);
        break;
    }
}

/* "" when nothing was appended. Borrowed until the next change. */
const char *buf_cstr(const struct buf *buf);
struct span buf_view(const struct buf *buf);

/* STATUS_IO with "`what` is larger than N bytes" when the ceiling was hit. */
enum status buf_check(const struct buf *buf, const char *what, struct err *err) MUST_USE;

#endif
