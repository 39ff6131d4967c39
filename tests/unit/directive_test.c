#include "harness.h"
#include "script/migration.h"

#include <string.h>

static struct directives
parsed(const char *text)
{
    struct directives out = {0};
    struct err err = {0};
    CHECK_OK(directives_parse(span_of(text), test_arena(), &out, &err));
    return out;
}

static const char *
refusal(const char *text)
{
    struct directives out = {0};
    struct err err = {0};
    CHECK_INT(directives_parse(span_of(text), test_arena(), &out, &err), STATUS_USAGE);
    return arena_strdup(test_arena(), err.msg);
}

TEST(directive, every_key_is_read_from_the_head)
{
    struct directives out = parsed("-- rollcall: class=compensating tables=ledger_entry,account "
                                   "transaction=off lock_timeout=3s reason=\"kept by law\"\nSELECT 1;\n");
    CHECK_INT(out.class, CLASS_COMPENSATING);
    CHECK_INT(out.n_tables, 2);
    CHECK_STR(out.tables[0], "ledger_entry");
    CHECK_STR(out.tables[1], "account");
    CHECK(out.has_transaction && !out.transaction);
    CHECK_INT(out.lock_timeout_ms, 3000);
    CHECK_STR(out.reason, "kept by law");
}

TEST(directive, nothing_said_is_nothing_set)
{
    struct directives out = parsed("CREATE TABLE t (a int);\n");
    CHECK_INT(out.class, CLASS_UNSET);
    CHECK(!out.has_transaction);
    CHECK_INT(out.n_tables, 0);
    CHECK_INT(out.lock_timeout_ms, 0);
    CHECK_STR(out.reason, "");
}

TEST(directive, several_lines_add_up_among_comments_and_blank_lines)
{
    struct directives out = parsed("\xef\xbb\xbf-- a licence\n/* of\n several lines */\n\n"
                                   "--rollcall:class=lossy\r\n# for MySQL\n  -- rollcall: transaction=on\n");
    CHECK_INT(out.class, CLASS_LOSSY);
    CHECK(out.has_transaction && out.transaction);
}

TEST(directive, the_head_ends_at_the_first_statement)
{
    CHECK_INT(parsed("SELECT 1;\n-- rollcall: class=lossy\n").class, CLASS_UNSET);
    CHECK_INT(parsed("/* a */ SELECT 1;\n-- rollcall: class=lossy\n").class, CLASS_UNSET);
    CHECK_INT(parsed("/* begins\n-- rollcall: class=lossy\n*/\n").class, CLASS_UNSET);
    CHECK_INT(parsed("/**/\n-- rollcall: class=lossy\n").class, CLASS_LOSSY);
    CHECK_INT(parsed("/*/\n-- rollcall: class=lossy\n").class, CLASS_UNSET);
}

TEST(directive, a_quoted_value_takes_blanks_and_escaped_quotes)
{
    CHECK_STR(parsed("-- rollcall: reason=\"the \\\"old\\\" way \\\\ more\"\n").reason,
              "the \"old\" way \\ more");
    CHECK_STR(parsed("-- rollcall: reason=\"\"\n").reason, "");
}

TEST(directive, the_keys_of_lint_are_passed_over)
{
    CHECK_INT(parsed("-- rollcall: ignore=drop-column ignore=other class=snapshot\n"
                     "-- rollcall: ignore-file=a,b\n")
                  .class,
              CLASS_SNAPSHOT);
}

TEST(directive, a_slip_names_the_line_and_the_nearest_key)
{
    CHECK_STR(refusal("-- fine\n-- rollcall: transacton=off\n"),
              "line 2: unknown directive 'transacton' (did you mean 'transaction'?)");
    CHECK(strstr(refusal("-- rollcall: zzzzzzzzzz=1\n"), "unknown directive 'zzzzzzzzzz'") != NULL);
    CHECK(strstr(refusal("-- rollcall: zzzzzzzzzz=1\n"), "did you mean") == NULL);
}

TEST(directive, bad_values_are_refused_with_what_is_allowed)
{
    CHECK(strstr(refusal("-- rollcall: class=reversable\n"), "class cannot be 'reversable'") != NULL);
    CHECK(strstr(refusal("-- rollcall: transaction=maybe\n"), "on or off") != NULL);
    CHECK(strstr(refusal("-- rollcall: lock_timeout=3x\n"), "lock_timeout cannot be '3x'") != NULL);
    CHECK(strstr(refusal("-- rollcall: lock_timeout=0\n"), "lock_timeout cannot be '0'") != NULL);
    CHECK(strstr(refusal("-- rollcall: lock_timeout=5000000000\n"), "lock_timeout cannot be") != NULL);
    CHECK(strstr(refusal("-- rollcall: tables=a,,b\n"), "empty name") != NULL);
    CHECK(strstr(refusal("-- rollcall: class\n"), "'class' lacks a value") != NULL);
    CHECK(strstr(refusal("-- rollcall: class = lossy\n"), "'class' lacks a value") != NULL);
    CHECK(strstr(refusal("-- rollcall: reason=\"open\n"), "no closing one") != NULL);
    CHECK(strstr(refusal("-- rollcall: class=lossy\n-- rollcall: class=lossy\n"),
                 "line 2: directive 'class'") != NULL);
}
