#include "archive/compress.h"
#include "harness.h"

#include <string.h>

static const char script[] =
    "create table t (id integer primary key);\ninsert into t values (1), (2), (3);\n";

static bool
reads_back(struct span frame, size_t len)
{
    struct err err = {0};
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    enum status status = decompress_text(frame, len, &out, &err);
    CHECK(status == STATUS_OK || status == STATUS_CORRUPT);
    CHECK(status == STATUS_CORRUPT || span_is(buf_view(&out), script));
    return status == STATUS_OK;
}

TEST(compress, texts_of_any_length_read_back)
{
    struct err err = {0};
    static const size_t lengths[] = {0, 1, 100, 1 << 20};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED frame = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED back = BUF_INIT(BUF_TEXT_MAX);
        while (text.len < lengths[i]) {
            buf_char(&text, (char)(text.len * text.len >> 7));
        }
        CHECK_OK(compress_text(buf_view(&text), &frame, &err));
        CHECK_OK(decompress_text(buf_view(&frame), text.len, &back, &err));
        CHECK(span_eq(buf_view(&text), buf_view(&back)));
    }
}

/* One bit of zstd's frame header means nothing (RFC 8878, 3.1.1.1.1.3): then the text is the same. */
TEST(compress, no_flipped_bit_gives_another_text_and_no_cut_gives_any)
{
    struct err err = {0};
    size_t len = strlen(script);
    BUF_SCOPED frame = BUF_INIT(BUF_TEXT_MAX);
    CHECK_OK(compress_text(span_of(script), &frame, &err));
    unsigned undetected = 0;
    CHECK(reads_back(buf_view(&frame), len));
    for (size_t i = 0; i < frame.len; i++) {
        CHECK(!reads_back((struct span){frame.data, i}, len));
        for (unsigned bit = 0; bit < 8; bit++) {
            frame.data[i] = (char)(frame.data[i] ^ (1 << bit));
            undetected += reads_back(buf_view(&frame), len);
            frame.data[i] = (char)(frame.data[i] ^ (1 << bit));
        }
    }
    CHECK_INT(undetected, 1);
}

TEST(compress, what_follows_the_frame_or_another_length_is_corrupt)
{
    struct err err = {0};
    size_t len = strlen(script);
    BUF_SCOPED frame = BUF_INIT(BUF_TEXT_MAX);
    CHECK_OK(compress_text(span_of(script), &frame, &err));
    CHECK(!reads_back(buf_view(&frame), len - 1));
    CHECK(!reads_back(buf_view(&frame), len + 1));
    size_t one = frame.len;
    buf_char(&frame, 'x');
    CHECK(!reads_back(buf_view(&frame), len));
    frame.len = one;
    CHECK_OK(compress_text(SPAN(""), &frame, &err));
    CHECK(!reads_back(buf_view(&frame), len));
}

/* A skippable frame is no text, not even an empty one. */
TEST(compress, skippable_frames_are_no_texts)
{
    struct err err = {0};
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    CHECK(decompress_text(SPAN("\x50\x2A\x4D\x18\0\0\0\0"), 0, &out, &err) == STATUS_CORRUPT);
}
