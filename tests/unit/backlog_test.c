#include "base/backlog.h"

#include "harness.h"

#include <string.h>

/* `n` records of `len` bytes, the first eight of which count them. */
static void
fill(struct backlog *backlog, uint64_t n, size_t len)
{
    struct err err = {0};
    char *bytes = arena_alloc(test_arena(), len);
    memset(bytes, 'x', len);
    for (uint64_t i = 0; i < n; i++) {
        memcpy(bytes, &i, sizeof(i));
        buf_push(&backlog->buf, bytes, len);
        CHECK_OK(backlog_mark(backlog, &err));
    }
}

static bool
holds(struct backlog *backlog, uint64_t n, size_t len, size_t *runs)
{
    struct err err = {0};
    uint64_t seen = 0;
    struct span run;
    *runs = 0;
    while (CHECK_OK(backlog_next(backlog, &run, &err)) && run.len > 0) {
        if (!CHECK(run.len % len == 0)) {
            return false;
        }
        for (size_t at = 0; at < run.len; at += len, seen++) {
            if (memcmp(run.ptr + at, &seen, sizeof(seen)) != 0 || run.ptr[at + len - 1] != 'x') {
                return false;
            }
        }
        ++*runs;
    }
    return seen == n;
}

TEST(backlog, few_records_stay_in_memory)
{
    struct backlog backlog;
    size_t runs;
    backlog_init(&backlog, "/nowhere/at/all", 1000);
    CHECK(backlog_is_empty(&backlog));
    fill(&backlog, 100, 100);
    CHECK(!backlog_is_empty(&backlog));
    CHECK(holds(&backlog, 100, 100, &runs));
    CHECK_INT(runs, 1);
    backlog_release(&backlog);
}

TEST(backlog, many_records_come_back_in_order_with_flat_memory)
{
    struct backlog backlog;
    size_t runs;
    backlog_init(&backlog, test_dir(), 1000);
    for (uint64_t round = 1; round <= 3; round++) {
        fill(&backlog, 20000 * round, 300);
        CHECK(holds(&backlog, 20000 * round, 300, &runs));
        CHECK(runs > 5 * round);
        CHECK(backlog.buf.cap < 4 << 20);
        backlog_clear(&backlog);
        CHECK(backlog_is_empty(&backlog));
    }
    backlog_release(&backlog);
}

TEST(backlog, a_record_larger_than_a_run_passes)
{
    struct backlog backlog;
    size_t runs;
    size_t len = (size_t)5 << 20;
    backlog_init(&backlog, test_dir(), len);
    fill(&backlog, 4, len);
    CHECK(holds(&backlog, 4, len, &runs));
    CHECK_INT(runs, 4);
    backlog_clear(&backlog);
    CHECK(backlog.buf.cap <= 4 << 20 && backlog.back.cap <= 4 << 20);
    backlog_release(&backlog);
}

TEST(backlog, a_folder_that_is_not_there_is_named)
{
    struct err err = {0};
    struct backlog backlog;
    backlog_init(&backlog, "/nowhere/at/all", (size_t)4 << 20);
    for (int i = 0; i < (2 << 20); i++) {
        buf_char(&backlog.buf, 'x');
    }
    CHECK_INT(backlog_mark(&backlog, &err), STATUS_IO);
    CHECK(strstr(err.msg, "/nowhere/at/all") != NULL);
    backlog_release(&backlog);
}
