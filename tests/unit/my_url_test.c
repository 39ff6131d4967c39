#include "harness.h"

#include "base/io.h"
#include "mysql/my_url.h"

#include <stdlib.h>
#include <sys/stat.h>

static struct target
parse(const char *url)
{
    struct target target = {0};
    struct err err = {0};
    CHECK_OK(target_parse(url, test_arena(), &target, &err));
    return target;
}

static const char *
refuse(const char *url)
{
    struct target target;
    struct err *err = arena_new(test_arena(), struct err);
    CHECK_INT(target_parse(url, test_arena(), &target, err), STATUS_USAGE);
    return err->msg;
}

TEST(my_url, every_part_is_decoded)
{
    struct target target =
        parse("mysql://a%40b:p%3Aw%2f@h.example:3307/sh%6Fp?socket=%2Ftmp%2Fs&tls=required");
    CHECK_STR(target.user, "a@b");
    CHECK_STR(target.password, "p:w/");
    CHECK_STR(target.host, "h.example");
    CHECK_INT(target.port, 3307);
    CHECK_STR(target.database, "shop");
    CHECK_STR(target.socket, "/tmp/s");
    CHECK_INT(target.tls, TLS_REQUIRED);
}

TEST(my_url, parts_may_be_absent)
{
    struct target target = parse("mariadb://");
    CHECK_STR(target.user, "");
    CHECK(!target.has_password);
    CHECK(target_is_local(&target));
    target = parse("mysql:///shop");
    CHECK_STR(target.database, "shop");
    target = parse("mysql://u:@[2001:db8::1]:3306/x");
    CHECK(target.has_password);
    CHECK_STR(target.host, "2001:db8::1");
    CHECK(!target_is_local(&target));
}

TEST(my_url, what_is_wrong_is_refused_without_showing_the_password)
{
    CHECK_STR(refuse("mysql:root@h/x"), "the database URL has no '//' after its scheme");
    CHECK_STR(refuse("mysql://h:99999/x"), "the database URL has ':99999' where a port should be");
    CHECK_STR(refuse("mysql://h/x?sock=1"), "the database URL has an unknown parameter 'sock'");
    CHECK_STR(refuse("mysql://h/x?tls=maybe"), "tls=maybe is not one of verify, required, off");
    CHECK_STR(refuse("mysql://u:se%cret@h/x"), "the database URL has a '%' that does not begin an escape");
    CHECK_STR(refuse("mysql://h/x%00"), "the database URL has a '%' that does not begin an escape");
    CHECK_STR(refuse("mysql://h/x/y"), "the database URL names 'x/y' where one database should be");
}

TEST(my_url, a_url_for_another_database_leads_to_the_same_place)
{
    struct target target = parse("mysql://a%40b:p%3Aw@[::1]:3307/shop?socket=/tmp/s&tls=off&tls_ca=/ca");
    CHECK_STR(target_url(&target, "rollcall_x", test_arena()),
              "mysql://a%40b:p%3Aw@[::1]:3307/rollcall_x?socket=%2Ftmp%2Fs&tls=off&tls_ca=%2Fca");
    target = parse("mysql://h/shop");
    CHECK_STR(target_url(&target, "d", test_arena()), "mysql://h/d");
}

static const char *
options_file(const char *text, unsigned mode)
{
    struct err err = {0};
    const char *path = arena_printf(test_arena(), "%s/my%o.cnf", test_dir(), mode);
    CHECK_OK(io_write_file(path, span_of(text), mode, &err));
    CHECK(chmod(path, mode) == 0);
    return path;
}

TEST(my_url, option_files_give_credentials_and_nothing_else)
{
    struct target target = parse("mysql://h.example/shop");
    struct err err = {0};
    const char *path =
        options_file("[mysqld]\nuser = nobody\n[client]\nuser=ann\npassword=\"a#b\\\\c\"\n"
                     "local-infile=1\n# x\n[rollcall]\nuser = 'bob'\nport=3399\nsocket=/tmp/x\n"
                     "ssl_ca=/ca.pem\n[other]\nuser=eve\n",
                     0600);
    CHECK_OK(target_read_options(&target, path, test_arena(), &err));
    CHECK_STR(target.user, "bob");
    CHECK_STR(target.password, "a#b\\c");
    CHECK_INT(target.port, 3399);
    CHECK_STR(target.socket, "");
    CHECK_STR(target.tls_ca, "/ca.pem");
    CHECK(!target.is_password_from_url);
}

TEST(my_url, what_the_url_says_stays)
{
    struct target target = parse("mysql://ann:pw@h.example:1/shop");
    struct err err = {0};
    CHECK_OK(target_read_options(&target, options_file("[client]\nuser=bob\npassword=x\nport=2\n", 0644),
                                 test_arena(), &err));
    CHECK_STR(target.user, "ann");
    CHECK_STR(target.password, "pw");
    CHECK_INT(target.port, 1);
}

TEST(my_url, a_password_that_others_can_read_is_refused)
{
    struct target target = parse("mysql://h.example/shop");
    struct err err = {0};
    CHECK_INT(target_read_options(&target, options_file("[client]\npassword=x\n", 0644), test_arena(), &err),
              STATUS_USAGE);
    CHECK(str_ends(err.msg, "holds a password that others can read"));
    err_clear(&err);
    CHECK_OK(target_read_options(&target, options_file("[client]\npassword=x\n", 0666), test_arena(), &err));
    CHECK(!target.has_password);
}

TEST(my_url, option_files_include_others)
{
    struct target target = parse("mysql:///shop");
    struct err err = {0};
    const char *inner = options_file("[client]\nuser=inner\nsocket=/tmp/s\n", 0600);
    const char *outer =
        options_file(arena_printf(test_arena(), "[client]\nuser=outer\n!include %s\nhost=h\n", inner), 0400);
    CHECK_OK(target_read_options(&target, outer, test_arena(), &err));
    CHECK_STR(target.user, "inner");
    CHECK_STR(target.socket, "/tmp/s");
    CHECK_STR(target.host, "h");
}
