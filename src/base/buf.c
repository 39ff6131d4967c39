#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_release(struct buf *buf)
{
    free(buf->data);
    buf->data = NULL;
    buf->len = buf->cap = 0;
    buf->overflow = false;
}

void
buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->overflow = false;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

/* `cap` counts the closing NUL as well. */
static void
grow(struct buf *buf, size_t need)
{
    size_t cap = buf->cap == 0 ? 256 : buf->cap;
    while (cap < need) {
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    }
    if (cap - 1 > buf->max) {
        cap = buf->max + 1;
    }
    char *data = realloc(buf->data, cap);
    if (data == NULL) {
        fprintf(stderr, "rollcall: out of memory: cannot get %zu bytes\n", cap);
        _Exit(70);
    }
    if (buf->data == NULL) {
        data[0] = '\0';
    }
    buf->data = data;
    buf->cap = cap;
}

char *
buf_room(struct buf *buf, size_t len)
{
    if (buf->overflow || len > buf->max || buf->len > buf->max - len) {
        buf->overflow = true;
        return NULL;
    }
    if (buf->len + len + 1 > buf->cap) {
        grow(buf, buf->len + len + 1);
    }
    return buf->data + buf->len;
}

void
buf_add(struct buf *buf, const void *ptr, size_t len)
{
    char *at = buf_room(buf, len);
    if (at == NULL) {
        return;
    }
    if (len > 0) {
        memcpy(at, ptr, len);
        buf->len += len;
    }
    buf->data[buf->len] = '\0';
}

void
buf_str(struct buf *buf, const char *str)
{
    buf_add(buf, str, strlen(str));
}

void
buf_span(struct buf *buf, struct span span)
{
    buf_add(buf, span.ptr, span.len);
}

void
buf_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void
buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_vprintf(buf, fmt, args);
    va_end(args);
}

void
buf_vprintf(struct buf *buf, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    if (len < 0) {
        bug("a format that cannot be printed: %s", fmt);
    }
    char *at = buf_room(buf, (size_t)len);
    if (at != NULL) {
        vsnprintf(at, (size_t)len + 1, fmt, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void
buf_json(struct buf *buf, struct span text)
{
    buf_char(buf, '"');
    while (text.len > 0) {
        size_t valid = utf8_valid_len(text);
        for (size_t i = 0; i < valid; i++) {
            unsigned char c = (unsigned char)text.ptr[i];
            if (c == '"' || c == '\\') {
                buf_char(buf, '\\');
                buf_char(buf, (char)c);
            } else if (c == '\n') {
                buf_str(buf, "\\n");
            } else if (c < 0x20 || c == 0x7F) {
                buf_printf(buf, "\\u%04x", c);
            } else {
                buf_char(buf, (char)c);
            }
        }
        if (valid < text.len) {
            buf_str(buf, "\xEF\xBF\xBD");
            valid++;
        }
        text.ptr += valid;
        text.len -= valid;
    }
    buf_char(buf, '"');
}

/* Who filled what buf_room gave moves `len` alone: the NUL is put here. */
const char *
buf_cstr(const struct buf *buf)
{
    if (buf->data == NULL) {
        return "";
    }
    buf->data[buf->len] = '\0';
    return buf->data;
}

struct span
buf_view(const struct buf *buf)
{
    return (struct span){buf_cstr(buf), buf->len};
}

enum status
buf_check(const struct buf *buf, const char *what, struct err *err)
{
    if (buf->overflow) {
        return err_raise(err, STATUS_IO, "%s is larger than %zu bytes", what, buf->max);
    }
    return STATUS_OK;
}
