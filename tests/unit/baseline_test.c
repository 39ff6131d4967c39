#include "base/io.h"
#include "harness.h"
#include "recon/baseline.h"

#include <string.h>

static void
write_one(const char *store, uint64_t n)
{
    struct result result;
    struct err err = {0};
    result_init(&result, "c", "match");
    for (uint64_t i = 0; i < n; i++) {
        bool is_late = i % 4 == 3;
        (void)result_add(&result, DISCORD_EXTRA, 1, &is_late,
                         (struct hash128){i * 0x9e3779b97f4a7c15u, n - i}, NULL);
    }
    CHECK_OK(baseline_write(store, &result, 1, &err));
    result_release(&result);
}

TEST(baseline, what_was_written_is_read_back_without_late_rows)
{
    struct baseline baseline;
    struct err err = {0};
    CHECK_OK(baseline_read(test_dir(), test_arena(), &baseline, &err));
    CHECK(!baseline.is_there);
    write_one(test_dir(), 100);
    CHECK_OK(baseline_read(test_dir(), test_arena(), &baseline, &err));
    CHECK(baseline.is_there && !baseline.is_cut && baseline.at_us != 0);
    CHECK_INT(baseline.ids.n, 75);
    CHECK(finding_ids_have(&baseline.ids, (struct hash128){0, 100}));
    CHECK(!finding_ids_have(&baseline.ids, (struct hash128){0, 99}));
    write_one(test_dir(), 0);
    CHECK_OK(baseline_read(test_dir(), test_arena(), &baseline, &err));
    CHECK(baseline.is_there);
    CHECK_INT(baseline.ids.n, 0);
}

TEST(baseline, a_check_that_did_not_run_makes_none)
{
    struct result result;
    struct baseline baseline;
    struct err err = {0};
    result_init(&result, "broken", "match");
    (void)err_raise(&result.err, STATUS_CONNECT, "away");
    CHECK_INT(baseline_write(test_dir(), &result, 1, &err), STATUS_CONNECT);
    CHECK(strstr(err.msg, "broken") != NULL);
    err_clear(&err);
    CHECK_OK(baseline_read(test_dir(), test_arena(), &baseline, &err));
    CHECK(!baseline.is_there);
    result_release(&result);
}

/* Every file that is not exactly what was written is refused. */
TEST(baseline, any_cut_and_any_changed_byte_is_damage)
{
    struct baseline baseline;
    struct err err = {0};
    BUF_SCOPED whole = BUF_INIT(BUF_TEXT_MAX);
    const char *path = baseline_path(test_dir(), test_arena());
    write_one(test_dir(), 5);
    CHECK_OK(io_read_file(path, &whole, &err));
    for (size_t len = 0; len + 1 < whole.len; len++) {
        CHECK_OK(io_write_file(path, (struct span){whole.data, len}, 0600, &err));
        CHECK_INT(baseline_read(test_dir(), test_arena(), &baseline, &err), STATUS_CORRUPT);
        err_clear(&err);
    }
    size_t first_line = (size_t)(strchr(whole.data, '\n') - whole.data);
    for (size_t at = first_line; at + 1 < whole.len; at++) {
        whole.data[at] ^= 1;
        CHECK_OK(io_write_file(path, buf_view(&whole), 0600, &err));
        CHECK_INT(baseline_read(test_dir(), test_arena(), &baseline, &err), STATUS_CORRUPT);
        err_clear(&err);
        whole.data[at] ^= 1;
    }
}
