#include "archive/snapshot.h"

#include "base/io.h"
#include "harness.h"
#include "snapshot_sample.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

static uint64_t
mix(uint64_t n)
{
    return (n ^ (n >> 27)) * UINT64_C(0x94D049BB133111EB);
}

TEST(snapshot, rows_come_back_in_order_whatever_their_number)
{
    static const uint64_t counts[] = {0, 1, 2, 1000, 65536, 65537, 200000};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct err err = {0};
        const char *path = sample_path(arena_printf(test_arena(), "%zu.snap", i));
        CHECK_OK(sample_write(path, counts[i], &sample_options, &err));
        sample_check(path, counts[i]);
    }
}

TEST(snapshot, the_header_reads_back)
{
    struct err err = {0};
    SNAPSHOT_SCOPED *reader = NULL;
    CHECK_OK(sample_write(sample_path("a.snap"), 3, &sample_options, &err));
    if (!CHECK_OK(snapshot_open(sample_path("a.snap"), &reader, &err))) {
        return;
    }
    const struct snapshot_header *got = snapshot_header(reader);
    CHECK_STR(got->kind, "table");
    CHECK_STR(got->operation, sample_header.operation);
    CHECK_STR(got->table, "public.t");
    CHECK_STR(got->service, "");
    CHECK_INT(got->created_us, 1234567890);
    CHECK_INT(got->n_columns, SAMPLE_COLUMNS);
    for (size_t i = 0; i < SAMPLE_COLUMNS; i++) {
        CHECK_STR(got->columns[i].name, sample_columns[i].name);
        CHECK_STR(got->columns[i].type, sample_columns[i].type);
        CHECK_STR(got->columns[i].form, sample_columns[i].form);
        CHECK(got->columns[i].traits.number == sample_columns[i].traits.number);
        CHECK(got->columns[i].traits.is_tagged == sample_columns[i].traits.is_tagged);
        CHECK(got->columns[i].not_null == sample_columns[i].not_null);
        CHECK_INT(got->columns[i].key_place, sample_columns[i].key_place);
    }
    CHECK_STR(got->columns[1].collation, "C");
    CHECK_STR(got->columns[2].collation, "");
}

TEST(snapshot, groups_tell_their_key_range)
{
    struct err err = {0};
    SNAPSHOT_SCOPED *reader = NULL;
    int64_t min = 0;
    int64_t max = 0;
    CHECK_OK(sample_write(sample_path("a.snap"), 200000, &sample_options, &err));
    CHECK_OK(snapshot_open(sample_path("a.snap"), &reader, &err));
    int64_t next = 0;
    for (uint64_t i = 0; i < snapshot_totals(reader)->groups; i++) {
        CHECK(snapshot_group_range(reader, i, &min, &max));
        CHECK_INT(min, next);
        next = max + 1;
    }
    CHECK(snapshot_totals(reader)->groups > 3);
    CHECK_INT(next, 200000);
}

static enum status
count_bytes(void *state, struct span bytes, bool ends_row, struct err *err)
{
    size_t *counts = state;
    (void)err;
    counts[0] += ends_row;
    counts[1] += bytes.len;
    return STATUS_OK;
}

TEST(snapshot, single_columns_can_be_read)
{
    struct err err = {0};
    SNAPSHOT_SCOPED *reader = NULL;
    size_t counts[2] = {0, 0};
    struct row_sink sink = {count_bytes, counts};
    static const bool wanted[SAMPLE_COLUMNS] = {true, false, true, false};
    CHECK_OK(sample_write(sample_path("a.snap"), 100000, &sample_options, &err));
    CHECK_OK(snapshot_open(sample_path("a.snap"), &reader, &err));
    CHECK_OK(snapshot_read(reader, 0, UINT64_MAX, wanted, &sink, &err));
    CHECK_INT(counts[0], 100000);
    CHECK_INT(counts[1], 100000 * (2 + 4 + 8 + 4 + 1));
}

/* -- large cells ---------------------------------------------------------------------------------------- */

static void
add_large(struct buf *image, char tag, size_t len)
{
    char *room = row_image_room(image, len + (tag != '\0'));
    if (tag != '\0') {
        *room++ = tag;
    }
    for (size_t i = 0; i < len; i++) {
        room[i] = (char)(mix(i / 50) >> (i % 8));
    }
}

static enum status
collect(void *state, struct span bytes, bool ends_row, struct err *err)
{
    (void)ends_row;
    (void)err;
    buf_span(state, bytes);
    return STATUS_OK;
}

TEST(snapshot, large_cells_leave_their_group_and_come_back)
{
    static const size_t lengths[] = {SPILL_BYTES, SPILL_BYTES + 1, SPILL_PART_BYTES,
                                     3 * SPILL_PART_BYTES + 5};
    struct err err = {0};
    struct snapshot_totals totals;
    struct snapshot_lane *lane = NULL;
    struct snapshot_writer *writer = sample_create(sample_path("a.snap"), &sample_options);
    BUF_SCOPED want = BUF_INIT((size_t)256 << 20);
    BUF_SCOPED got = BUF_INIT((size_t)256 << 20);
    CHECK_OK(snapshot_lane(writer, &lane, &err));
    for (size_t i = 0; i < 2 * COUNT_OF(lengths); i++) {
        size_t from = want.len;
        row_image_begin(&want, SAMPLE_COLUMNS);
        row_image_cell(&want, SPAN("12345678"));
        add_large(&want, '\0', i % 2 == 0 ? 10 : lengths[i / 2]);
        row_image_null(&want);
        add_large(&want, 'b', i % 3 == 0 ? 0 : lengths[i / 2]);
        CHECK_OK(snapshot_add(lane, (struct span){want.data + from, want.len - from}, &err));
    }
    CHECK_OK(snapshot_finish(writer, 8, &totals, &err));
    CHECK_INT(totals.rows, 8);
    CHECK_INT(totals.plain_bytes, want.len);
    SNAPSHOT_SCOPED *reader = NULL;
    struct row_sink sink = {collect, &got};
    CHECK_OK(snapshot_open(sample_path("a.snap"), &reader, &err));
    CHECK_OK(snapshot_read(reader, 0, UINT64_MAX, NULL, &sink, &err));
    CHECK(span_eq(buf_view(&want), buf_view(&got)));
}

/* Each below the limit of a cell, together above that of a row. */
TEST(snapshot, rows_of_many_large_cells_stay_within_bounds)
{
    struct err err = {0};
    struct snapshot_totals totals;
    struct snapshot_column wide[40] = {0};
    struct snapshot_header many = sample_header;
    struct snapshot_writer *writer = NULL;
    struct snapshot_lane *lane = NULL;
    BUF_SCOPED image = BUF_INIT((size_t)64 << 20);
    for (size_t i = 0; i < COUNT_OF(wide); i++) {
        wide[i] = sample_columns[1];
    }
    many.columns = wide;
    many.n_columns = COUNT_OF(wide);
    CHECK_OK(snapshot_create(sample_path("a.snap"), &many, &sample_options, &writer, &err));
    CHECK_OK(snapshot_lane(writer, &lane, &err));
    row_image_begin(&image, COUNT_OF(wide));
    for (size_t i = 0; i < COUNT_OF(wide); i++) {
        add_large(&image, '\0', SPILL_BYTES);
    }
    for (int i = 0; i < 3; i++) {
        CHECK_OK(snapshot_add(lane, (struct span){image.data, image.len}, &err));
    }
    CHECK_OK(snapshot_finish(writer, 3, &totals, &err));
    CHECK_INT(totals.groups, 3);
}

/* -- lanes ---------------------------------------------------------------------------------------------- */

struct part {
    pthread_t thread;
    struct snapshot_lane *lane;
    uint64_t from;
    uint64_t to;
    struct err err;
};

static void *
add_part(void *state)
{
    struct part *part = state;
    if (sample_add(part->lane, part->from, part->to, &part->err) == STATUS_OK) {
        IGNORE(snapshot_flush(part->lane, &part->err));
    }
    return NULL;
}

TEST(snapshot, lanes_in_threads_give_the_same_sum)
{
    struct err err = {0};
    struct snapshot_totals one;
    struct snapshot_totals three;
    for (int background = 0; background < 2; background++) {
        struct snapshot_options options = {.in_background = background == 1, .verifiers = 3};
        struct part parts[3] = {0};
        struct snapshot_writer *writer =
            sample_create(sample_path(background ? "b.snap" : "a.snap"), &options);
        for (uint64_t i = 0; i < 3; i++) {
            parts[i].from = i * 70000;
            parts[i].to = i == 2 ? 200000 : (i + 1) * 70000;
            CHECK_OK(snapshot_lane(writer, &parts[i].lane, &err));
            CHECK(pthread_create(&parts[i].thread, NULL, add_part, &parts[i]) == 0);
        }
        for (int i = 0; i < 3; i++) {
            pthread_join(parts[i].thread, NULL);
            CHECK(parts[i].err.status == STATUS_OK);
        }
        CHECK_OK(snapshot_finish(writer, 200000, &three, &err));
    }
    CHECK_OK(sample_write(sample_path("c.snap"), 200000, &sample_options, &err));
    SNAPSHOT_SCOPED *reader = NULL;
    CHECK_OK(snapshot_open(sample_path("c.snap"), &reader, &err));
    one = *snapshot_totals(reader);
    CHECK(hash128_eq(one.sum, three.sum));
    CHECK_INT(one.plain_bytes, three.plain_bytes);
}

/* -- refusals ------------------------------------------------------------------------------------------- */

TEST(snapshot, the_name_appears_only_when_all_is_verified)
{
    struct err err = {0};
    struct stat info;
    struct snapshot_lane *lane = NULL;
    struct snapshot_totals totals;
    struct snapshot_writer *writer = sample_create(sample_path("a.snap"), &sample_options);
    CHECK_OK(snapshot_lane(writer, &lane, &err));
    CHECK_OK(sample_add(lane, 0, 10, &err));
    CHECK(!io_exists(sample_path("a.snap")));
    CHECK_INT(sample_files(), 1);
    CHECK_OK(snapshot_finish(writer, -1, &totals, &err));
    CHECK(stat(sample_path("a.snap"), &info) == 0 && (info.st_mode & 07777) == 0600);
    CHECK_INT(sample_files(), 1);
    CHECK(snapshot_create(sample_path("a.snap"), &sample_header, &sample_options, &writer, &err) ==
          STATUS_IO);
    CHECK(strstr(err.msg, "already there") != NULL);
    writer = sample_create(sample_path("b.snap"), &sample_options);
    snapshot_discard(writer);
    CHECK_INT(sample_files(), 1);
}

TEST(snapshot, another_row_count_than_the_tables_is_refused)
{
    struct err err = {0};
    struct snapshot_lane *lane = NULL;
    struct snapshot_totals totals;
    struct snapshot_writer *writer = sample_create(sample_path("a.snap"), &sample_options);
    CHECK_OK(snapshot_lane(writer, &lane, &err));
    CHECK_OK(sample_add(lane, 0, 10, &err));
    CHECK(snapshot_finish(writer, 11, &totals, &err) == STATUS_CORRUPT);
    CHECK(strstr(err.msg, "has 10 rows and the table 11") != NULL);
    CHECK_INT(sample_files(), 0);
}

TEST(snapshot, malformed_images_are_refused)
{
    static const struct span wrong[] = {
        {"", 0},
        {"\0\4", 2},
        {"\0\3\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 14},
        {"\0\4\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 17},
        {"\0\4\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx", 19},
        {"\0\4\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\2x", 19},
        {"\0\4\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x80\0\0\0x", 19},
        {"\0\4\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0", 18}, /* no tag */
    };
    struct err err = {0};
    struct snapshot_lane *lane = NULL;
    struct snapshot_writer *writer = sample_create(sample_path("a.snap"), &sample_options);
    CHECK_OK(snapshot_lane(writer, &lane, &err));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        CHECK(snapshot_add(lane, wrong[i], &err) == STATUS_BUG);
    }
    snapshot_discard(writer);
}
