#define _XOPEN_SOURCE 700 /* setenv */
#include "driver/url.h"

#include "fake_driver.h"
#include "harness.h"

#include <stdlib.h>
#include <string.h>

TEST(url, passwords_are_left_out)
{
    static const char *const cases[][2] = {
        {"postgres://ann:secret@db/shop", "postgres://ann@db/shop"},
        {"postgres://ann@db:5432/shop", "postgres://ann@db:5432/shop"},
        {"postgres://db:5432/shop", "postgres://db:5432/shop"},
        {"postgres://a:5432,b:5433/shop", "postgres://a:5432,b:5433/shop"},
        {"postgres://[::1]:5432/shop", "postgres://[::1]:5432/shop"},
        {"postgres://:secret@/shop", "postgres://@/shop"},
        {"postgres:///shop?host=/run&password=secret", "postgres:///shop?host=/run"},
        {"postgres:///shop?password=secret&sslmode=require", "postgres:///shop?sslmode=require"},
        {"postgres:///shop?PASS%77ord=secret", "postgres:///shop"},
        {"postgres:///shop?sslpassword=secret&user=a@b", "postgres:///shop?user=a@b"},
        {"postgres://ann:se/cr@et@db/shop", "postgres://ann@db/shop"},
        {"postgres://ann:se?cret@db/shop", "postgres://ann@db/shop"},
        {"postgres://ann:se#cret@db/shop", "postgres://ann@db/shop"},
        {"postgres://ann:5secret@db", "postgres://ann@db"},
        {"mariadb://ann:secret@db/shop?socket=/x", "mariadb://ann@db/shop?socket=/x"},
        {"odd:ann:secret@db", "odd:ann@db"},
        {"host=db password=secret dbname=shop", "host=db dbname=shop"},
        {"host=db password='it\\'s a secret' dbname=shop", "host=db dbname=shop"},
        {"host = db  password = secret", "host=db"},
        {"password=sec\\ ret", ""},
        {"dbname=postgres://ann:secret@db/x user=u", "dbname=postgres://ann@db/x user=u"},
        {"file:/tmp/a:b@c?password=x", "file:/tmp/a:b@c?password=x"},
        {"env:DB", "env:DB"},
        {"", ""},
        {"plain", "plain"},
    };
    fake_begin();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *shown = url_redact(test_arena(), cases[i][0]);
        CHECK_STR(shown, cases[i][1]);
        CHECK(url_has_password(cases[i][0]) == !str_eq(cases[i][0], cases[i][1]) ||
              strstr(cases[i][0], " = ") != NULL);
    }
}

/* Whatever a password looks like it is not shown, but for one that reads as a port and parameters. */
TEST(url, random_passwords_never_show)
{
    static const char alphabet[] = "a1:/?#@%& '";
    uint64_t state = test_seed();
    fake_begin();
    for (int round = 0; round < 5000; round++) {
        char password[12] = "";
        for (unsigned i = 0; i < 6; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            password[i] = alphabet[(state >> 33) % (sizeof(alphabet) - 1)];
        }
        memcpy(password + 6, "SECRT", 6); /* the tail must be gone, wherever the parser stops */
        const char *url = arena_printf(test_arena(), "postgres://ann:%s@db/shop", password);
        if (!CHECK(strstr(url_redact(test_arena(), url), "SECRT") == NULL)) {
            return;
        }
    }
}

TEST(url, env_names_a_variable)
{
    struct err err = {0};
    const char *url = NULL;
    setenv("ROLLCALL_TEST_URL", "fake:x", 1);
    CHECK_OK(url_resolve("env:ROLLCALL_TEST_URL", &url, &err));
    CHECK_STR(url, "fake:x");
    CHECK_OK(url_resolve("fake:y", &url, &err));
    CHECK_STR(url, "fake:y");
    setenv("ROLLCALL_TEST_URL", "env:ROLLCALL_TEST_URL", 1);
    CHECK(url_resolve("env:ROLLCALL_TEST_URL", &url, &err) == STATUS_USAGE);
    unsetenv("ROLLCALL_TEST_URL");
    CHECK(url_resolve("env:ROLLCALL_TEST_URL", &url, &err) == STATUS_USAGE);
    CHECK_STR(err.msg, "the environment variable 'ROLLCALL_TEST_URL' is not set");
}
