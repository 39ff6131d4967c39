#include "driver/rowimage.h"

static void
put_big(char *at, uint32_t number, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        at[i] = (char)(number >> (8 * (width - 1 - i)));
    }
}

void
row_image_begin(struct buf *image, size_t n_columns)
{
    char head[2];
    put_big(head, (uint32_t)n_columns, sizeof(head));
    buf_push(image, head, sizeof(head));
}

void
row_image_null(struct buf *image)
{
    buf_push(image, "\xFF\xFF\xFF\xFF", 4);
}

void
row_image_cell(struct buf *image, struct span bytes)
{
    char head[4];
    put_big(head, (uint32_t)bytes.len, sizeof(head));
    buf_push(image, head, sizeof(head));
    buf_push(image, bytes.ptr, bytes.len);
}

char *
row_image_room(struct buf *image, size_t len)
{
    char *room = len > INT32_MAX ? NULL : buf_room(image, len + 4);
    if (room == NULL) {
        image->overflow = true;
        return NULL;
    }
    put_big(room, (uint32_t)len, 4);
    image->len += len + 4;
    return room + 4;
}

static uint32_t
take_big(const char *at, unsigned width)
{
    uint32_t number = 0;
    for (unsigned i = 0; i < width; i++) {
        number = number << 8 | (unsigned char)at[i];
    }
    return number;
}

/* Spelled out: a loop over bytes stays one in the hottest of all places. */
static inline uint32_t
take_four(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;
    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

bool
row_image_read(struct span image, size_t n_columns, struct row_image *out)
{
    *out = (struct row_image){image.ptr, image.ptr + image.len};
    if (image.len < 2 || take_big(image.ptr, 2) != n_columns) {
        return false;
    }
    out->at += 2;
    return true;
}

bool
row_image_next(struct row_image *image, struct span *cell)
{
    *cell = (struct span){NULL, 0};
    if (image->end - image->at < 4) {
        return false;
    }
    uint32_t len = take_four(image->at);
    image->at += 4;
    if (len == UINT32_MAX) {
        return true;
    }
    if ((size_t)(image->end - image->at) < len) {
        return false;
    }
    *cell = (struct span){image->at, len};
    image->at += len;
    return true;
}
