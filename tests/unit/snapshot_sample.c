#include "snapshot_sample.h"

#include "base/io.h"
#include "harness.h"

#include <stdio.h>

struct snapshot_column sample_columns[SAMPLE_COLUMNS] = {
    {.name = "id", .type = "bigint", .form = "pg.int8", .traits = {NUMBER_BIG_SIGNED, false}, .key_place = 1},
    {.name = "name", .type = "text", .form = "text", .collation = "C"},
    {.name = "flag", .type = "boolean", .form = "pg.bool", .not_null = true},
    {.name = "any", .type = "any", .form = "sqlite", .traits = {NUMBER_NONE, true}},
};
const struct snapshot_header sample_header = {
    .kind = "table",
    .operation = "0123456789abcdef0123456789abcdef",
    .engine = "postgresql",
    .server = "15.8",
    .table = "public.t",
    .point = "0/1A2B3C",
    .created_us = 1234567890,
    .columns = sample_columns,
    .n_columns = SAMPLE_COLUMNS,
};

const char *
sample_path(const char *name)
{
    return arena_printf(test_arena(), "%s/%s", test_dir(), name);
}

static uint64_t
mix(uint64_t n)
{
    n = (n ^ (n >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    n = (n ^ (n >> 27)) * UINT64_C(0x94D049BB133111EB);
    return n ^ (n >> 31);
}

/* The nth row of a table that is nowhere but in this function. */
void
sample_row(uint64_t n, struct buf *image)
{
    uint64_t r = mix(n + 1);
    char id[8];
    char text[64];
    for (unsigned i = 0; i < 8; i++) {
        id[i] = (char)(n >> (56 - 8 * i));
    }
    int len = snprintf(text, sizeof(text), "name %llu of %llu", (unsigned long long)(r % 5000),
                       (unsigned long long)(r >> 60));
    image->len = 0;
    row_image_begin(image, SAMPLE_COLUMNS);
    row_image_cell(image, (struct span){id, 8});
    if (r % 11 == 0) {
        row_image_null(image);
    } else {
        row_image_cell(image, (struct span){text, r % 13 == 0 ? 0 : (size_t)len});
    }
    row_image_cell(image, r % 3 == 0 ? SPAN("\1") : SPAN("\0"));
    if (r % 5 == 0) {
        row_image_null(image);
    } else {
        row_image_cell(image, r % 7 == 0 ? SPAN("tseven") : (struct span){"i\0\0\0\0\0\0\0\7", 9});
    }
}

struct snapshot_writer *
sample_create(const char *path, const struct snapshot_options *options)
{
    struct err err = {0};
    struct snapshot_writer *writer = NULL;
    CHECK_OK(snapshot_create(path, &sample_header, options, &writer, &err));
    return writer;
}

enum status
sample_add(struct snapshot_lane *lane, uint64_t from, uint64_t to, struct err *err)
{
    BUF_SCOPED image = BUF_INIT(BUF_TEXT_MAX);
    for (uint64_t n = from; n < to; n++) {
        sample_row(n, &image);
        TRY(snapshot_add(lane, (struct span){image.data, image.len}, err));
    }
    return STATUS_OK;
}

enum status
sample_write(const char *path, uint64_t rows, const struct snapshot_options *options, struct err *err)
{
    struct snapshot_writer *writer = NULL;
    struct snapshot_lane *lane = NULL;
    struct snapshot_totals totals;
    TRY(snapshot_create(path, &sample_header, options, &writer, err));
    enum status status = snapshot_lane(writer, &lane, err);
    if (status == STATUS_OK) {
        status = sample_add(lane, 0, rows, err);
    }
    if (status != STATUS_OK) {
        snapshot_discard(writer);
        return status;
    }
    return snapshot_finish(writer, (int64_t)rows, &totals, err);
}

const struct snapshot_options sample_options = {0};

size_t
sample_files(void)
{
    struct err err = {0};
    struct io_listing listing = {0};
    CHECK_OK(io_list_dir(test_arena(), test_dir(), &listing, &err));
    return listing.n;
}

/* Compares the rows that come with the ones that sample_row makes, in order. */
struct expectation {
    uint64_t next;
    struct buf image;
    struct buf got;
};

static enum status
compare_piece(void *state, struct span bytes, bool ends_row, struct err *err)
{
    struct expectation *expected = state;
    (void)err;
    buf_span(&expected->got, bytes);
    if (ends_row) {
        sample_row(expected->next++, &expected->image);
        CHECK(span_eq(buf_view(&expected->image), buf_view(&expected->got)));
        expected->got.len = 0;
    }
    return STATUS_OK;
}

void
sample_check(const char *path, uint64_t rows)
{
    struct err err = {0};
    SNAPSHOT_SCOPED *reader = NULL;
    struct expectation expected = {0, BUF_INIT(BUF_TEXT_MAX), BUF_INIT(BUF_TEXT_MAX)};
    struct row_sink sink = {compare_piece, &expected};
    if (CHECK_OK(snapshot_open(path, &reader, &err))) {
        CHECK_OK(snapshot_verify(reader, 2, &err));
        CHECK_OK(snapshot_read(reader, 0, UINT64_MAX, NULL, &sink, &err));
        CHECK_INT(expected.next, rows);
        CHECK_INT(snapshot_totals(reader)->rows, rows);
    }
    buf_release(&expected.image);
    buf_release(&expected.got);
}
