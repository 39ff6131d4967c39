#include "base/term.h"
#include "harness.h"

#include <string.h>

static const char *
escaped(struct span text, bool multiline)
{
    BUF_SCOPED out = BUF_INIT(1000);
    term_escape(&out, text, multiline);
    return arena_strdup(test_arena(), buf_cstr(&out));
}

TEST(term, plain_text_in_any_script_stays)
{
    const char *text = "az \xC3\xA9 \xE2\x82\xAC \xE4\xB8\xAD \xF0\x9F\x98\x80";
    CHECK_STR(escaped(span_of(text), false), text);
}

TEST(term, controls_bidi_and_zero_width_become_visible)
{
    CHECK_STR(escaped(SPAN("a\x1b[31m\x7f\0b"), false), "a\\x1b[31m\\x7f\\x00b");
    CHECK_STR(escaped(SPAN("\xC2\x85\xC2\x9B"), false), "\\u0085\\u009b");
    CHECK_STR(escaped(SPAN("\xE2\x80\xAE\xE2\x81\xA6\xD8\x9C"), false), "\\u202e\\u2066\\u061c");
    CHECK_STR(escaped(SPAN("\xE2\x80\x8B\xEF\xBB\xBF"), false), "\\u200b\\ufeff");
    CHECK_STR(escaped(SPAN("\xE2\x80\xA8"), false), "\\u2028");
    CHECK_STR(escaped(SPAN("\xF3\xA0\x81\x81"), false), "\\U000e0041");
}

TEST(term, bytes_that_are_not_utf8_become_visible)
{
    CHECK_STR(escaped(SPAN("a\xFF\xC3z\xE2\x82"), false), "a\\xff\\xc3z\\xe2\\x82");
    CHECK_STR(escaped(SPAN("\xED\xA0\x80"), false), "\\xed\\xa0\\x80");
}

TEST(term, line_breaks_stay_only_where_they_may)
{
    CHECK_STR(escaped(SPAN("a\n\tb\r"), true), "a\n\tb\\x0d");
    CHECK_STR(escaped(SPAN("a\n\tb"), false), "a\\x0a\\x09b");
}

TEST(term, width_counts_columns)
{
    CHECK_INT(term_width(SPAN("abc")), 3);
    CHECK_INT(term_width(SPAN("\xC3\xA9")), 1);
    CHECK_INT(term_width(SPAN("e\xCC\x81")), 1);
    CHECK_INT(term_width(SPAN("\xE4\xB8\xAD\xEF\xBC\xA1")), 4);
    CHECK_INT(term_width(SPAN("\xF0\x9F\x98\x80")), 2);
    CHECK_INT(term_width(SPAN("\xE2\x80\x8B")), 0);
}

TEST(term, progress_draws_one_line_and_erases_it)
{
    char text[4096] = {0};
    FILE *stream = fmemopen(text, sizeof(text), "w");
    struct progress progress;
    progress_begin(&progress, stream, true, "saving", 200);
    progress.started_us -= 1000000;
    progress_at(&progress, 50, "a\x1bt");
    progress_end(&progress);
    fclose(stream);
    CHECK(str_starts(text, "\rsaving [#####...............]  25%"));
    CHECK(strstr(text, " 50/s eta 0:03 ") != NULL);
    CHECK(strstr(text, "a\\x1bt") != NULL);
    CHECK(strchr(text, '\n') == NULL);
    CHECK(str_ends(text, " \r"));
}

TEST(term, progress_is_silent_when_off)
{
    char text[64] = {0};
    FILE *stream = fmemopen(text, sizeof(text), "w");
    struct progress progress;
    progress_begin(&progress, stream, false, "saving", 200);
    progress_at(&progress, 50, "x");
    progress_end(&progress);
    fclose(stream);
    CHECK_STR(text, "");
}

TEST(term, progress_never_wraps)
{
    char text[4096] = {0};
    char label[300];
    memset(label, 'x', sizeof(label) - 1);
    label[sizeof(label) - 1] = '\0';
    FILE *stream = fmemopen(text, sizeof(text), "w");
    struct progress progress;
    progress_begin(&progress, stream, true, label, 0);
    progress_at(&progress, 1, "");
    fclose(stream);
    CHECK(strlen(text) <= 1 + 80);
}
