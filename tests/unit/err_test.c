#include "base/str.h"
#include "harness.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static enum status
pass_on(enum status status)
{
    TRY(status);
    return STATUS_BUG;
}

TEST(err, raise_fills_all_fields_and_returns_the_status)
{
    struct err err;
    memset(&err, 0x55, sizeof(err));
    CHECK(err_raise(&err, STATUS_SQL, "table '%s' is gone", "t") == STATUS_SQL);
    CHECK(err.status == STATUS_SQL);
    CHECK_STR(err.msg, "table 't' is gone");
    CHECK_STR(err.hint, "");
    CHECK_STR(err.sqlstate, "");
    CHECK_INT(err.server_code, 0);
    CHECK_INT(err.position, 0);
    CHECK(err.line > 0 && strstr(err.file, "err_test.c") != NULL);
}

TEST(err, wrap_puts_context_before_the_cause_and_keeps_the_rest)
{
    struct err err = {0};
    (void)err_raise(&err, STATUS_CONFLICT, "deadlock");
    memcpy(err.sqlstate, "40P01", 6);
    (void)err_hint(&err, "try again");
    CHECK(err_wrap(&err, "migration '%s'", "0007") == STATUS_CONFLICT);
    CHECK_STR(err.msg, "migration '0007': deadlock");
    CHECK_STR(err.sqlstate, "40P01");
    CHECK_STR(err.hint, "try again");
    CHECK(err_restate(&err, STATUS_PARTIAL) == STATUS_PARTIAL);
    CHECK_STR(err.msg, "migration '0007': deadlock");
}

TEST(err, message_may_be_built_from_itself)
{
    struct err err = {0};
    (void)err_raise(&err, STATUS_IO, "first");
    (void)err_raise(&err, STATUS_IO, "second after %s", err.msg);
    CHECK_STR(err.msg, "second after first");
}

TEST(err, message_is_one_line)
{
    struct err err = {0};
    (void)err_raise(&err, STATUS_SQL, "a\nb\tc\r\n");
    CHECK_STR(err.msg, "a b c");
}

TEST(err, long_messages_are_cut_between_characters)
{
    struct err err = {0};
    char text[1024] = {0};
    for (size_t pad = 0; pad < 3; pad++) {
        memset(text, 'x', pad);
        for (size_t i = pad; i + 3 < sizeof(text); i += 3) {
            memcpy(text + i, "\xE2\x82\xAC", 4);
        }
        (void)err_raise(&err, STATUS_SQL, "%s", text);
        CHECK_INT(utf8_valid_len(span_of(err.msg)), strlen(err.msg));
        CHECK(strlen(err.msg) >= sizeof(err.msg) - 4);
        (void)err_wrap(&err, "ab");
        CHECK_INT(utf8_valid_len(span_of(err.msg)), strlen(err.msg));
        CHECK(strncmp(err.msg, "ab: ", 4) == 0);
    }
}

TEST(err, every_status_has_an_own_name)
{
    for (int i = STATUS_OK; i <= STATUS_BUG; i++) {
        for (int j = STATUS_OK; j < i; j++) {
            CHECK(strcmp(status_name((enum status)i), status_name((enum status)j)) != 0);
        }
    }
}

TEST(err, try_returns_anything_but_ok)
{
    CHECK(pass_on(STATUS_LEASE) == STATUS_LEASE);
    CHECK(pass_on(STATUS_OK) == STATUS_BUG);
}

TEST(err, a_bug_ends_the_process_with_70)
{
    int code = 0;
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        require(child != 0);
        _exit(0);
    }
    waitpid(child, &code, 0);
    CHECK(WIFEXITED(code));
    CHECK_INT(WEXITSTATUS(code), 70);
}
