#define _XOPEN_SOURCE 700 /* setenv */
#include "archive/snapshot.h"

#include "base/io.h"
#include "harness.h"
#include "snapshot_sample.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t
mix(uint64_t n)
{
    n = (n ^ (n >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    n = (n ^ (n >> 27)) * UINT64_C(0x94D049BB133111EB);
    return n ^ (n >> 31);
}

/* -- damage --------------------------------------------------------------------------------------------- */

static enum status
check_file(const char *path, struct span bytes, struct err *err)
{
    SNAPSHOT_SCOPED *reader = NULL;
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len);
    fclose(file);
    TRY(snapshot_open(path, &reader, err));
    return snapshot_verify(reader, 1, err);
}

/* A small file with everything in it: two groups, NULLs, a spilled cell. */
static void
make_small(const char *path)
{
    struct err err = {0};
    struct snapshot_lane *lanes[2] = {NULL, NULL};
    struct snapshot_totals totals;
    struct snapshot_writer *writer = sample_create(path, &sample_options);
    BUF_SCOPED image = BUF_INIT(BUF_TEXT_MAX);
    CHECK_OK(snapshot_lane(writer, &lanes[0], &err));
    CHECK_OK(snapshot_lane(writer, &lanes[1], &err));
    CHECK_OK(sample_add(lanes[0], 0, 8, &err));
    row_image_begin(&image, SAMPLE_COLUMNS);
    row_image_null(&image);
    row_image_null(&image);
    row_image_null(&image);
    memset(row_image_room(&image, SPILL_BYTES + 2), 'x', SPILL_BYTES + 2);
    CHECK_OK(snapshot_add(lanes[1], (struct span){image.data, image.len}, &err));
    CHECK_OK(snapshot_finish(writer, 9, &totals, &err));
    CHECK_INT(totals.groups, 2);
}

TEST(snapshot, every_flipped_byte_and_every_cut_is_detected)
{
    struct err err = {0};
    BUF_SCOPED file = BUF_INIT((size_t)64 << 10);
    const char *path = sample_path("damaged.snap");
    make_small(sample_path("a.snap"));
    CHECK_OK(io_read_file(sample_path("a.snap"), &file, &err));
    CHECK_OK(check_file(path, buf_view(&file), &err));
    for (size_t i = 0; i < file.len; i++) {
        static const unsigned char flips[] = {0x01, 0x80, 0xFF};
        for (size_t k = 0; k < COUNT_OF(flips); k++) {
            file.data[i] = (char)((unsigned char)file.data[i] ^ flips[k]);
            enum status status = check_file(path, buf_view(&file), &err);
            if (!CHECK(status == STATUS_CORRUPT || status == STATUS_UNSUPPORTED)) {
                printf("    byte %zu of %zu, flipped by %02x\n", i, file.len, flips[k]);
            }
            file.data[i] = (char)((unsigned char)file.data[i] ^ flips[k]);
        }
        CHECK(check_file(path, (struct span){file.data, i}, &err) == STATUS_CORRUPT);
    }
    buf_char(&file, '\0');
    CHECK(check_file(path, buf_view(&file), &err) == STATUS_CORRUPT);
}

/* Damage that keeps the outer checksums right cannot be had by chance; a reader must not crash on it all the
 * same. Runs of random bytes in random places, read without the verification that would stop it. */
TEST(snapshot, random_damage_never_gives_other_rows)
{
    struct err err = {0};
    uint64_t state = test_seed();
    BUF_SCOPED file = BUF_INIT((size_t)64 << 10);
    const char *path = sample_path("damaged.snap");
    make_small(sample_path("a.snap"));
    CHECK_OK(io_read_file(sample_path("a.snap"), &file, &err));
    for (int round = 0; round < 2000; round++) {
        BUF_SCOPED copy = BUF_INIT((size_t)64 << 10);
        buf_span(&copy, buf_view(&file));
        state = mix(state + 1);
        size_t at = state % copy.len;
        for (size_t i = 0; i < 1 + (state >> 32) % 40 && at + i < copy.len; i++) {
            copy.data[at + i] = (char)(mix(state + i) >> 7);
        }
        if (!span_eq(buf_view(&file), buf_view(&copy))) {
            CHECK(check_file(path, buf_view(&copy), &err) != STATUS_OK);
        }
    }
}

TEST(snapshot, the_zstd_program_accepts_the_file)
{
    if (system("command -v zstd >/dev/null") != 0) {
        test_skip("no zstd program");
        return;
    }
    struct err err = {0};
    make_small(sample_path("a.snap"));
    CHECK_OK(sample_write(sample_path("b.snap"), 100000, &sample_options, &err));
    CHECK(system(arena_printf(test_arena(), "zstd -tq --no-progress '%s/a.snap' 2>/dev/null", test_dir())) ==
          0);
    CHECK(system(arena_printf(test_arena(), "zstd -tq < '%s/b.snap' 2>/dev/null", test_dir())) == 0);
}

/* -- failures ------------------------------------------------------------------------------------------- */

/* The file system is full after so many bytes, for every step of 64 KiB. */
TEST(snapshot, a_full_disk_is_an_error_and_leaves_nothing)
{
    uint64_t steps = 0;
    for (bool is_done = false; !is_done; steps++) {
        int code = 0;
        pid_t child = fork();
        if (child == 0) {
            struct err err = {0};
            struct rlimit limit = {(rlim_t)steps << 16, (rlim_t)steps << 16};
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &limit);
            enum status status = sample_write(sample_path("a.snap"), 60000, &sample_options, &err);
            _exit(status == STATUS_OK ? 0 : status == STATUS_IO ? 1 : 2);
        }
        waitpid(child, &code, 0);
        CHECK(WIFEXITED(code) && WEXITSTATUS(code) < 2);
        is_done = WIFEXITED(code) && WEXITSTATUS(code) == 0;
        CHECK_INT(sample_files(), is_done ? 1 : 0);
        if (!CHECK(steps < 1000)) {
            return;
        }
    }
    CHECK(steps > 5);
    sample_check(sample_path("a.snap"), 60000);
}

/* Between writing and reading back a byte on the disk changes. */
TEST(snapshot, what_was_written_must_be_what_is_read_back)
{
    struct err err = {0};
    struct io_listing listing = {0};
    struct snapshot_lane *lane = NULL;
    struct snapshot_totals totals;
    struct snapshot_writer *writer = sample_create(sample_path("a.snap"), &sample_options);
    CHECK_OK(snapshot_lane(writer, &lane, &err));
    CHECK_OK(sample_add(lane, 0, 1000, &err));
    CHECK_OK(snapshot_flush(lane, &err));
    CHECK_OK(io_list_dir(test_arena(), test_dir(), &listing, &err));
    FILE *file = fopen(sample_path(listing.entries[0].name), "r+b");
    CHECK(fseek(file, -20, SEEK_END) == 0 && fputc('?', file) != EOF);
    fclose(file);
    CHECK(snapshot_finish(writer, 1000, &totals, &err) == STATUS_CORRUPT);
    CHECK(strstr(err.msg, "differs from its checksum") != NULL);
    CHECK_INT(sample_files(), 0);
}

#ifdef ROLLCALL_FAULT_POINTS

static const char *const points[] = {"archive.create", "archive.group",  "archive.footer", "archive.fsync",
                                     "archive.verify", "archive.rename", "archive.dirsync"};

TEST(snapshot, an_error_at_any_point_leaves_no_part)
{
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        struct err err = {0};
        struct snapshot_options background = {.in_background = i % 2 == 1};
        setenv("ROLLCALL_FAULT", arena_printf(test_arena(), "%s=error", points[i]), 1);
        CHECK(sample_write(sample_path("a.snap"), 1000, &background, &err) == STATUS_IO);
        unsetenv("ROLLCALL_FAULT");
        /* Once it has its name it is whole and stays. */
        bool is_named = str_eq(points[i], "archive.dirsync");
        CHECK_INT(sample_files(), is_named);
        if (is_named) {
            sample_check(sample_path("a.snap"), 1000);
        }
    }
}

TEST(snapshot, after_a_crash_the_name_is_absent_or_whole)
{
    for (size_t i = 0; i < 2 * COUNT_OF(points); i++) {
        int code = 0;
        pid_t child = fork();
        if (child == 0) {
            struct err err = {0};
            setenv("ROLLCALL_FAULT",
                   arena_printf(test_arena(), "%s=crash%s", points[i / 2], i % 2 == 0 ? "" : "-after"), 1);
            IGNORE(sample_write(sample_path("a.snap"), 1000, &sample_options, &err));
            _exit(0);
        }
        waitpid(child, &code, 0);
        CHECK(WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL);
        if (io_exists(sample_path("a.snap"))) {
            CHECK(i / 2 >= 5);
            sample_check(sample_path("a.snap"), 1000);
            unlink(sample_path("a.snap"));
        }
    }
}

#endif
