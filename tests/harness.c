#include "harness.h"

#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct test *all_tests;
static struct {
    bool failed;
    bool skipped;
    bool seed_used;
    const struct test *test;
    struct arena arena;
    char dir[64];
} now;

void
test_register(struct test *test)
{
    struct test **at = &all_tests;
    while (*at != NULL && (strcmp((*at)->group, test->group) < 0)) {
        at = &(*at)->next;
    }
    while (*at != NULL && strcmp((*at)->group, test->group) == 0) {
        at = &(*at)->next;
    }
    test->next = *at;
    *at = test;
}

bool
test_check(bool ok, const char *what, const char *file, int line)
{
    if (!ok) {
        now.failed = true;
        printf("%s:%d: %s.%s: failed: %s\n", file, line, now.test->group, now.test->name, what);
    }
    return ok;
}

bool
test_check_str(const char *got, const char *want, const char *what, const char *file, int line)
{
    bool ok = str_eq(got, want);
    if (!test_check(ok, what, file, line)) {
        printf("    got:  %s\n    want: %s\n", got == NULL ? "(null)" : got, want == NULL ? "(null)" : want);
    }
    return ok;
}

bool
test_check_int(int64_t got, int64_t want, const char *what, const char *file, int line)
{
    bool ok = got == want;
    if (!test_check(ok, what, file, line)) {
        printf("    got:  %" PRId64 "\n    want: %" PRId64 "\n", got, want);
    }
    return ok;
}

bool
test_check_ok(enum status status, const struct err *err, const char *what, const char *file, int line)
{
    bool ok = status == STATUS_OK;
    if (!test_check(ok, what, file, line)) {
        printf("    %s: %s\n    hint: %s\n", status_name(status), err->msg, err->hint);
    }
    return ok;
}

void
test_skip(const char *reason)
{
    now.skipped = true;
    printf("skip %s.%s: %s\n", now.test->group, now.test->name, reason);
}

struct arena *
test_arena(void)
{
    return &now.arena;
}

const char *
test_dir(void)
{
    if (now.dir[0] == '\0') {
        snprintf(now.dir, sizeof(now.dir), "/tmp/rollcall-test-XXXXXX");
        if (mkdtemp(now.dir) == NULL) {
            bug("cannot make a folder for the test");
        }
    }
    return now.dir;
}

uint64_t
test_seed(void)
{
    uint64_t seed = 1;
    const char *text = getenv("ROLLCALL_SEED");
    if (text != NULL) {
        (void)parse_u64(span_of(text), &seed);
    }
    now.seed_used = true;
    return seed;
}

static void
run_one(const struct test *test)
{
    now.test = test;
    now.failed = now.skipped = now.seed_used = false;
    now.dir[0] = '\0';
    arena_init(&now.arena);
    test->run();
    arena_release(&now.arena);
    if (now.failed && now.seed_used) {
        printf("    seed: ROLLCALL_SEED=%" PRIu64 "\n", test_seed());
    }
    if (now.dir[0] != '\0') {
        char command[128];
        snprintf(command, sizeof(command), "rm -rf '%s'", now.dir);
        if (system(command) != 0) {
            printf("cannot remove %s\n", now.dir);
        }
    }
}

/* Runs every test whose "group.name" begins with one of the arguments; all when there is none. */
int
main(int argc, char **argv)
{
    unsigned passed = 0;
    unsigned failed = 0;
    unsigned skipped = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (const struct test *test = all_tests; test != NULL; test = test->next) {
        char full[256];
        bool selected = argc < 2;
        snprintf(full, sizeof(full), "%s.%s", test->group, test->name);
        for (int i = 1; i < argc; i++) {
            selected = selected || str_starts(full, argv[i]);
        }
        if (!selected) {
            continue;
        }
        run_one(test);
        *(now.failed ? &failed : now.skipped ? &skipped : &passed) += 1;
    }
    printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    return failed == 0 ? 0 : 1;
}
