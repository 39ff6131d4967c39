/* A small test harness: tests register themselves, a name prefix selects, the last line is the count.
 *
 *     TEST(arena, restore_frees_later_blocks) { ... CHECK(...); }
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct test {
    const char *group;
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);

#define TEST(group, name)                                                                                    \
    static void group##_##name(void);                                                                        \
    static struct test test_##group##_##name = {#group, #name, group##_##name, NULL};                        \
    __attribute__((constructor)) static void register_##group##_##name(void)                                 \
    {                                                                                                        \
        test_register(&test_##group##_##name);                                                               \
    }                                                                                                        \
    static void group##_##name(void)

/* Each failed check is printed and counted; the test goes on. */
#define CHECK(cond)     test_check((cond), #cond, __FILE__, __LINE__)
#define CHECK_STR(a, b) test_check_str((a), (b), #a, __FILE__, __LINE__)
#define CHECK_INT(a, b) test_check_int((int64_t)(a), (int64_t)(b), #a, __FILE__, __LINE__)
/* The call must return STATUS_OK; prints the error otherwise. `err` is the struct err variable in scope. */
#define CHECK_OK(call) test_check_ok((call), &err, #call, __FILE__, __LINE__)

bool test_check(bool ok, const char *what, const char *file, int line);
bool test_check_str(const char *got, const char *want, const char *what, const char *file, int line);
bool test_check_int(int64_t got, int64_t want, const char *what, const char *file, int line);
bool test_check_ok(enum status status, const struct err *err, const char *what, const char *file, int line);
/* Marks the running test as skipped, with the reason; return right after. */
void test_skip(const char *reason);
/* Fresh memory for the running test; released after it. */
struct arena *test_arena(void);
/* A fresh folder for the running test; removed after it. */
const char *test_dir(void);
/* From ROLLCALL_SEED or 1; printed when a test that asked for it fails. */
uint64_t test_seed(void);

#endif
