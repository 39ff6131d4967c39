#include "base/buf.h"
#include "harness.h"

#include <string.h>

TEST(buf, is_empty_text_before_anything_was_added)
{
    BUF_SCOPED buf = BUF_INIT(10);
    CHECK_STR(buf_cstr(&buf), "");
    CHECK_INT(buf_view(&buf).len, 0);
}

TEST(buf, appends_text_bytes_and_formats)
{
    BUF_SCOPED buf = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&buf, "a");
    buf_add(&buf, "b\0c", 3);
    buf_char(&buf, 'd');
    buf_span(&buf, SPAN("ef"));
    buf_printf(&buf, "%03d", 7);
    CHECK_INT(buf.len, 10);
    CHECK(memcmp(buf.data, "ab\0cdef007", 11) == 0);
    buf_reset(&buf);
    CHECK_STR(buf_cstr(&buf), "");
    CHECK(buf.cap > 0);
}

TEST(buf, long_formats_grow_the_buffer)
{
    BUF_SCOPED buf = BUF_INIT(BUF_TEXT_MAX);
    for (int i = 0; i < 100; i++) {
        buf_printf(&buf, "%1000d", i);
    }
    CHECK_INT(buf.len, 100000);
    CHECK_STR(buf.data + 99998, "99");
}

TEST(buf, the_ceiling_is_exact_and_overflow_is_remembered)
{
    struct err err = {0};
    BUF_SCOPED buf = BUF_INIT(300);
    for (int i = 0; i < 300; i++) {
        buf_char(&buf, 'x');
    }
    CHECK_OK(buf_check(&buf, "the text", &err));
    buf_char(&buf, 'y');
    CHECK_INT(buf.len, 300);
    CHECK(buf_check(&buf, "the text", &err) == STATUS_IO);
    CHECK_STR(err.msg, "the text is larger than 300 bytes");
    buf_reset(&buf);
    CHECK_OK(buf_check(&buf, "the text", &err));
}

TEST(buf, nothing_is_added_after_an_overflow)
{
    BUF_SCOPED buf = BUF_INIT(4);
    buf_str(&buf, "ab");
    buf_str(&buf, "cdefg");
    buf_str(&buf, "z");
    buf_printf(&buf, "%d", 1);
    CHECK_STR(buf_cstr(&buf), "ab");
    CHECK(buf.overflow);
    CHECK(buf_room(&buf, SIZE_MAX) == NULL);
}

TEST(buf, room_can_be_filled_by_others)
{
    BUF_SCOPED buf = BUF_INIT(1000);
    buf_str(&buf, "ab");
    char *at = buf_room(&buf, 500);
    memset(at, 'c', 500);
    buf.len += 3;
    CHECK_STR(buf_cstr(&buf), "abccc");
}

TEST(buf, json_strings_escape_what_they_must)
{
    BUF_SCOPED buf = BUF_INIT(1000);
    buf_json(&buf, SPAN("a\"b\\c\n\x01\x7F\xC3\xA9\xFFz"));
    CHECK_STR(buf_cstr(&buf), "\"a\\\"b\\\\c\\n\\u0001\\u007f\xC3\xA9\xEF\xBF\xBDz\"");
}
