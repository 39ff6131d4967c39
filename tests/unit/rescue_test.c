#define _XOPEN_SOURCE 700 /* truncate */
#include "archive/snapshot.h"

#include "base/io.h"
#include "harness.h"
#include "snapshot_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPAN_OF(literal)                                                                                     \
    {                                                                                                        \
        (literal), sizeof(literal) - 1                                                                       \
    }

/* One cell of every form, and its text. */
static const struct {
    const char *form;
    struct span cell;
    const char *text;
} forms[] = {
    {"text", SPAN_OF("a\tb\\c\nd"), "a\\tb\\\\c\\nd"},
    {"bytes", SPAN_OF("\0\xFF\\"), "\\\\x00ff5c"},
    {"pg.bool", SPAN_OF("\1"), "t"},
    {"pg.int2", SPAN_OF("\x80\0"), "-32768"},
    {"pg.int4", SPAN_OF("\x7F\xFF\xFF\xFF"), "2147483647"},
    {"pg.int8", SPAN_OF("\x80\0\0\0\0\0\0\0"), "-9223372036854775808"},
    {"pg.oid", SPAN_OF("\xFF\xFF\xFF\xFF"), "4294967295"},
    {"pg.float4", SPAN_OF("\x49\x74\x24\x00"), "1e+06"},
    {"pg.float8", SPAN_OF("\x3F\xB9\x99\x99\x99\x99\x99\x9A"), "0.1"},
    {"pg.float8", SPAN_OF("\x80\0\0\0\0\0\0\0"), "-0"},
    {"pg.float8", SPAN_OF("\x7F\xF8\0\0\0\0\0\0"), "NaN"},
    {"pg.numeric", SPAN_OF("\0\3\0\1\x40\0\0\3\0\x0C\x0D\x80\x1E\xDC"), "-123456.790"},
    {"pg.numeric", SPAN_OF("\0\0\0\0\xC0\0\0\0"), "NaN"},
    {"pg.date", SPAN_OF("\0\0\0\0"), "2000-01-01"},
    {"pg.date", SPAN_OF("\x7F\xFF\xFF\xFF"), "infinity"},
    {"pg.time", SPAN_OF("\0\0\0\0\0\0\0\1"), "00:00:00.000001"},
    {"pg.timestamp", SPAN_OF("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), "1999-12-31 23:59:59.999999"},
    {"pg.timestamptz", SPAN_OF("\x80\0\0\0\0\0\0\0"), "-infinity"},
    {"pg.interval", SPAN_OF("\0\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF\0\0\0\x0E"), "1 year 2 mons -1 days"},
    {"pg.uuid", SPAN_OF("\0\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"),
     "00010203-0405-0607-0809-0a0b0c0d0e0f"},
    {"pg.jsonb", SPAN_OF("\1{\"a\": 1}"), "{\"a\": 1}"},
    {"pg.varbit", SPAN_OF("\0\0\0\3\xA0"), "101"},
    {"pg.inet", SPAN_OF("\2\x18\0\4\xC0\xA8\0\1"), "192.168.0.1/24"},
    {"pg.macaddr", SPAN_OF("\1\2\3\4\5\6"), "01:02:03:04:05:06"},
    {"pg.point", SPAN_OF("\x3F\xF0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0"), "(1,2)"},
    {"pg.int4[]", SPAN_OF("\0\0\0\1\0\0\0\1\0\0\0\x17\0\0\0\2\0\0\0\1\0\0\0\4\0\0\0\5\xFF\xFF\xFF\xFF"),
     "{5,NULL}"},
    {"pg.text[]", SPAN_OF("\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\1\0\0\0\1\0\0\0\3a,b"), "{\"a,b\"}"},
    {"pg.range(int4)", SPAN_OF("\2\0\0\0\4\0\0\0\1\0\0\0\4\0\0\0\5"), "[1,5)"},
    {"my.int", SPAN_OF("\xFE\xFF"), "-2"},
    {"my.uint", SPAN_OF("\xFE\xFF"), "65534"},
    {"my.float", SPAN_OF("\x65\0\x80\x4B"), "16777418"},
    {"my.double", SPAN_OF("\x9A\x99\x99\x99\x99\x99\xB9\x3F"), "0.1"},
    {"my.date", SPAN_OF("\0\0\0\0"), "0000-00-00"},
    {"my.datetime", SPAN_OF("\xE8\x07\2\x1D\x17\x3B\x3B\x3F\x42\x0F\0"), "2024-02-29 23:59:59.999999"},
    {"my.time", SPAN_OF("\1\x46\3\x3B\x3B\0\0\0\0"), "-838:59:59"},
    {"my.bit", SPAN_OF("\1\0"), "256"},
    {"sqlite", SPAN_OF("i\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), "-1"},
    {"sqlite", SPAN_OF("f\x40\0\0\0\0\0\0\0"), "2.0"},
    {"sqlite", SPAN_OF("tx"), "x"},
    {"sqlite", SPAN_OF("b\1"), "\\\\x01"},
};

static bool
can_run(void)
{
    if (system("command -v python3 zstd >/dev/null") == 0) {
        return true;
    }
    test_skip("needs python3 and zstd");
    return false;
}

/* Runs docs/rescue.py; its standard output goes to `out`. Returns the exit status. */
static int
rescue(const char *options, const char *path, struct buf *out)
{
    const char *command = arena_printf(test_arena(), "python3 docs/rescue.py %s '%s' 2>'%s'", options, path,
                                       sample_path("err"));
    FILE *pipe = popen(command, "r");
    char chunk[4096];
    size_t n = 0;
    out->len = 0;
    while ((n = fread(chunk, 1, sizeof(chunk), pipe)) > 0) {
        buf_add(out, chunk, n);
    }
    int code = pclose(pipe);
    return code >> 8 & 0xFF;
}

TEST(rescue, cells_of_every_form_become_copy_text)
{
    struct err err = {0};
    struct snapshot_column columns[COUNT_OF(forms)] = {0};
    struct snapshot_header header = sample_header;
    struct snapshot_writer *writer = NULL;
    struct snapshot_lane *lane = NULL;
    struct snapshot_totals totals;
    BUF_SCOPED image = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED want = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED got = BUF_INIT(BUF_TEXT_MAX);
    if (!can_run()) {
        return;
    }
    row_image_begin(&image, COUNT_OF(forms));
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        columns[i].name = arena_printf(test_arena(), "c%zu", i);
        columns[i].form = forms[i].form;
        columns[i].traits.is_tagged = str_eq(forms[i].form, "sqlite");
        row_image_cell(&image, forms[i].cell);
        buf_printf(&want, "%s%s", i > 0 ? "\t" : "", forms[i].text);
    }
    buf_char(&want, '\n');
    row_image_begin(&image, COUNT_OF(forms));
    size_t first = image.len - 2;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        row_image_null(&image);
        buf_str(&want, i > 0 ? "\t\\N" : "\\N");
    }
    buf_char(&want, '\n');
    header.columns = columns;
    header.n_columns = COUNT_OF(forms);
    CHECK_OK(snapshot_create(sample_path("a.snap"), &header, &sample_options, &writer, &err));
    CHECK_OK(snapshot_lane(writer, &lane, &err));
    CHECK_OK(snapshot_add(lane, (struct span){image.data, first}, &err));
    CHECK_OK(snapshot_add(lane, (struct span){image.data + first, image.len - first}, &err));
    CHECK_OK(snapshot_finish(writer, 2, &totals, &err));
    CHECK_INT(rescue("", sample_path("a.snap"), &got), 0);
    CHECK_STR(buf_cstr(&got), buf_cstr(&want));
}

/* The sample table as COPY text, by our own reader. */
static enum status
add_line(void *state, struct span bytes, bool ends_row, struct err *err)
{
    struct buf *out = state;
    size_t at = 2;
    (void)err;
    CHECK(ends_row);
    for (size_t i = 0; i < SAMPLE_COLUMNS; i++) {
        uint32_t len = 0;
        for (size_t k = 0; k < 4; k++) {
            len = len << 8 | (unsigned char)bytes.ptr[at + k];
        }
        at += 4;
        const char *cell = bytes.ptr + at;
        buf_str(out, i > 0 ? "\t" : "");
        if (len == CELL_NULL) {
            buf_str(out, "\\N");
            continue;
        }
        if (i == 0) {
            buf_printf(out, "%lld", (long long)column_number_at(NUMBER_BIG_SIGNED, cell, 8));
        } else if (i == 2) {
            buf_char(out, cell[0] != 0 ? 't' : 'f');
        } else if (i == 3 && cell[0] == 'i') {
            buf_printf(out, "%lld", (long long)column_number_at(NUMBER_BIG_SIGNED, cell + 1, 8));
        } else {
            buf_add(out, cell + (i == 3), len - (i == 3));
        }
        at += len;
    }
    buf_char(out, '\n');
    return STATUS_OK;
}

TEST(rescue, many_row_groups_read_as_our_own_reader_does)
{
    struct err err = {0};
    SNAPSHOT_SCOPED *reader = NULL;
    BUF_SCOPED want = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED got = BUF_INIT(BUF_TEXT_MAX);
    struct row_sink sink = {add_line, &want};
    if (!can_run()) {
        return;
    }
    CHECK_OK(sample_write(sample_path("a.snap"), 80000, &sample_options, &err));
    CHECK_OK(snapshot_open(sample_path("a.snap"), &reader, &err));
    CHECK_OK(snapshot_read(reader, 0, UINT64_MAX, NULL, &sink, &err));
    CHECK_INT(rescue("", sample_path("a.snap"), &got), 0);
    CHECK(span_eq(buf_view(&want), buf_view(&got)));
    CHECK_INT(rescue("--columns flag,id", sample_path("a.snap"), &got), 0);
    CHECK(str_starts(buf_cstr(&got), "f\t0\n") || str_starts(buf_cstr(&got), "t\t0\n"));
}

TEST(rescue, spilled_cells_are_put_together)
{
    struct err err = {0};
    struct snapshot_lane *lane = NULL;
    struct snapshot_totals totals;
    BUF_SCOPED image = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED got = BUF_INIT(BUF_TEXT_MAX);
    size_t len = (size_t)SPILL_PART_BYTES + 1000;
    if (!can_run()) {
        return;
    }
    struct snapshot_writer *writer = sample_create(sample_path("a.snap"), &sample_options);
    CHECK_OK(snapshot_lane(writer, &lane, &err));
    row_image_begin(&image, SAMPLE_COLUMNS);
    row_image_null(&image);
    memset(row_image_room(&image, len), 'n', len);
    row_image_null(&image);
    memset(row_image_room(&image, len), 't', len);
    CHECK_OK(snapshot_add(lane, (struct span){image.data, image.len}, &err));
    CHECK_OK(snapshot_finish(writer, 1, &totals, &err));
    CHECK_INT(rescue("", sample_path("a.snap"), &got), 0);
    CHECK_INT(got.len, 3 + len + 1 + 2 + 1 + (len - 1) + 1);
    CHECK(memcmp(got.data, "\\N\tnnn", 6) == 0 && memcmp(got.data + got.len - 4, "ttt\n", 4) == 0);
}

TEST(rescue, what_is_damaged_is_said_and_the_rest_is_had)
{
    struct err err = {0};
    struct snapshot_totals whole;
    SNAPSHOT_SCOPED *reader = NULL;
    BUF_SCOPED got = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED said = BUF_INIT(BUF_TEXT_MAX);
    if (!can_run()) {
        return;
    }
    CHECK_OK(sample_write(sample_path("a.snap"), 150000, &sample_options, &err));
    CHECK_OK(snapshot_open(sample_path("a.snap"), &reader, &err));
    whole = *snapshot_totals(reader);
    FILE *file = fopen(sample_path("a.snap"), "r+b");
    CHECK(fseek(file, 2000, SEEK_SET) == 0 && fputc('?', file) != EOF); /* in the first group */
    fclose(file);
    CHECK_INT(rescue("", sample_path("a.snap"), &got), 1);
    CHECK_INT(got.len, 0);
    CHECK_INT(rescue("--keep-going", sample_path("a.snap"), &got), 1);
    CHECK(got.len > 1000000);
    CHECK_OK(io_read_file(sample_path("err"), &said, &err));
    CHECK(strstr(buf_cstr(&said), "of 150000 rows are lost") != NULL);
    CHECK(whole.groups > 2);
    CHECK(truncate(sample_path("a.snap"), (off_t)whole.stored_bytes - 1) == 0);
    CHECK_INT(rescue("", sample_path("a.snap"), &got), 1);
    CHECK_INT(got.len, 0);
}
