#include "archive/snapshot.h"

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
