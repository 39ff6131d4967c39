#include "harness.h"
#include "recon/check_file.h"

#include <string.h>

static struct check_list
parsed(const char *text)
{
    struct check_list out = {0};
    struct err err = {0};
    CHECK_OK(check_file_parse(span_of(text), "c.sql", test_arena(), &out, &err));
    return out;
}

#define SIDES "-- rollcall: side=left\nselect 1;\n-- rollcall: side=right\nselect 2;\n"

TEST(check_file, a_match_has_two_queries_and_what_makes_them_one)
{
    struct check_list list =
        parsed("-- Every paid order has its payment.\n"
               "-- rollcall: check=match key=order_id,line about=\"money, twice\"\n"
               "-- rollcall: compare=amount,state tolerance.amount=0.010 rule.state=trim,nocase\n"
               "-- rollcall: late=updated_at grace=5m truth=left\n"
               "\n-- rollcall: side=left service=orders\n"
               "select id as order_id, -- the number\n       amount\nfrom orders;\n\n"
               "-- rollcall: side=right service=payments table=payment column.amount=paid\n"
               "select order_id, amount from payment\n");
    CHECK_INT(list.n, 1);
    const struct check *check = &list.items[0];
    CHECK_INT(check->kind, CHECK_MATCH);
    CHECK_STR(check->about, "money, twice");
    CHECK_INT(check->key.n, 2);
    CHECK_STR(check->key.items[1], "line");
    CHECK_INT(check->compare.n, 2);
    CHECK_STR(check_rule(check, "AMOUNT")->absolute, "0.01");
    CHECK(check_rule(check, "state")->ignores_case && check_rule(check, "state")->trims);
    CHECK(check_rule(check, "other") == NULL);
    CHECK_STR(check->late, "updated_at");
    CHECK_INT(check->grace_us, 300000000);
    CHECK_INT(check->truth, 0);
    CHECK_STR(check->sides[0].service, "orders");
    CHECK_INT(check->sides[0].line, 7);
    CHECK(span_starts(check->sides[0].sql, "select id as order_id, -- the number\n"));
    CHECK(span_ends(check->sides[0].sql, "from orders;"));
    CHECK_STR(check->sides[1].table, "payment");
    CHECK_STR(check->sides[1].columns.items[0].name, "paid");
    CHECK(span_is(check->sides[1].sql, "select order_id, amount from payment"));
}

TEST(check_file, an_invariant_is_one_query_or_two_sums)
{
    struct check_list list = parsed("-- rollcall: check=invariant name=no-debt service=shop\n"
                                    "select id from account where balance < 0;\n"
                                    "-- rollcall: check=invariant name=books agree=debit,credit\n"
                                    "select sum(d) debit, sum(c) credit from entry;\n"
                                    "-- rollcall: check=invariant name=turnover service=a\n"
                                    "-- rollcall: side=left\nselect sum(x) from t;\n"
                                    "-- rollcall: side=right service=b\nselect sum(y) from u;\n");
    CHECK_INT(list.n, 3);
    CHECK_STR(list.items[0].name, "no-debt");
    CHECK_INT(list.items[0].n_sides, 1);
    CHECK_STR(list.items[0].sides[0].service, "shop");
    CHECK_INT(list.items[1].agree.n, 2);
    CHECK_INT(list.items[2].n_sides, 2);
    CHECK_STR(list.items[2].sides[0].service, "a");
    CHECK_STR(list.items[2].sides[1].service, "b");
}

TEST(check_file, in_a_replay_the_events_are_right_unless_told_otherwise)
{
    const char *text = "-- rollcall: check=replay key=id\n"
                       "-- rollcall: side=events\nselect 1;\n-- rollcall: side=state\nselect 2;\n";
    CHECK_INT(parsed(text).items[0].truth, 0);
    CHECK_STR(check_side_name(&parsed(text).items[0], 1), "state");
}

TEST(check_file, tolerances_are_numbers_shares_and_times)
{
    const char *text = "-- rollcall: check=match key=k tolerance.a=1e-3 tolerance.b=0.5% tolerance.c=250ms\n"
                       "-- rollcall: tolerance.a=10%\n" SIDES;
    struct check_list list = parsed(text);
    CHECK_STR(check_rule(&list.items[0], "a")->absolute, "0.001");
    CHECK_STR(check_rule(&list.items[0], "a")->relative, "0.1");
    CHECK_STR(check_rule(&list.items[0], "b")->relative, "0.005");
    CHECK_INT(check_rule(&list.items[0], "c")->time_us, 250000);
}

TEST(check_file, line_ends_of_windows_and_a_byte_order_mark_do_not_matter)
{
    struct check_list list = parsed("\xef\xbb\xbf-- rollcall: check=invariant\r\nselect 1\r\n  from t;\r\n");
    CHECK_INT(list.n, 1);
    CHECK(span_is(list.items[0].sides[0].sql, "select 1\r\n  from t;"));
}

static const struct {
    const char *text;
    const char *msg;
    const char *hint;
} refusals[] = {
    {"", "c.sql: says nowhere what it checks", "check=match"},
    {"select 1;\n", "c.sql:1:1: there is SQL before the first check", "check=invariant"},
    {"-- rollcall: key=a\n", "c.sql:1:14: 'key' stands before any check", "begin with"},
    {"-- rollcall: check=mach\n", "c.sql:1:14: there is no kind of check 'mach'", "did you mean 'match'?"},
    {"-- rollcall: check=zzzzzzzz\n", "there is no kind of check 'zzzzzzzz'", "match, invariant, replay"},
    {"-- rollcall: check=match kee=a\n", "c.sql:1:26: there is no directive 'kee'", "did you mean 'key'?"},
    {"-- rollcall: check=match toleranse.a=1\n", "there is no directive 'toleranse'", "'tolerance'"},
    {"-- rollcall: check=match key\n", "c.sql:1:26: 'key' lacks a value", "write key=VALUE"},
    {"-- rollcall: check=match key = a\n", "c.sql:1:26: 'key' lacks a value", "without blanks"},
    {"-- rollcall: check=match key=\"a\n", "no closing one", "close the quote"},
    {"-- rollcall: check=match key=\n", "'key' has an empty value", "leave it out"},
    {"-- rollcall: check=match key=a,,b\n", "'a,,b' holds an empty name", "single commas"},
    {"-- rollcall: check=match key=a,A\n", "the column 'a' is named twice", "once"},
    {"-- rollcall: check=match key=a key=b\n", "c.sql:1:32: 'key' is given twice", "leave one"},
    {"-- rollcall: check=match key=a\n-- rollcall: key=b\n", "c.sql:2:14: 'key' is given twice", "leave one"},
    {"-- rollcall: check=match tolerance=1\n", "'tolerance' does not say of which column",
     "tolerance.COLUMN"},
    {"-- rollcall: check=match key.a=1\n", "'key' is not of a column", "write key=VALUE"},
    {"-- rollcall: check=match tolerance.a=-1\n", "the tolerance of 'a' cannot be '-1'", "a number (0.01)"},
    {"-- rollcall: check=match tolerance.a=much\n", "cannot be 'much'", "a share (0.5%)"},
    {"-- rollcall: check=match rule.a=trimm\n", "there is no rule 'trimm'", "did you mean 'trim'?"},
    {"-- rollcall: check=match late=x grace=5x\n", "'5x' is no time", "5m"},
    {"-- rollcall: check=match truth=up\n", "there is no side 'up'", "left, right"},
    {"-- rollcall: check=replay truth=left\n", "there is no side 'left'", "events, state"},
    {"-- rollcall: check=match table=a\n", "'table' belongs to one side", "side="},
    {"-- rollcall: check=match key=a\n-- rollcall: side=left key=b\n", "'key' belongs before the first side",
     "check="},
    {"-- rollcall: check=match key=a\n-- rollcall: side=rigth\n", "there is no side 'rigth'", "'right'"},
    {"-- rollcall: check=match key=a\n-- rollcall: side=right\n", "side 'right' comes before side 'left'",
     "first"},
    {"-- rollcall: check=match key=a\n" SIDES "-- rollcall: side=right\n",
     "c.sql:6:14: side 'right' is there already", "one 'left' query"},
    {"-- rollcall: check=match key=a\n-- rollcall: side=left\n-- rollcall: side=right\n",
     "a side without a query", "below its side="},
    {"-- rollcall: check=match key=a\nselect 1;\n", "c.sql:1:1: this match needs two queries", "side=left"},
    {"-- rollcall: check=match key=a\nselect 1;\n" SIDES, "SQL before its first side", "above each query"},
    {"-- rollcall: check=match key=a\n-- rollcall: side=left\nselect 1\n", "has one side", "other side"},
    {"-- rollcall: check=match\n" SIDES, "c.sql:1:1: this match has no key", "key=COLUMN"},
    {"-- rollcall: check=match key=a late=b\n" SIDES, "one of 'late' and 'grace'", "grace=5m"},
    {"-- rollcall: check=match key=a compare=b,A\n" SIDES, "compares a column of its key", "key= only"},
    {"-- rollcall: check=match key=a agree=b,c\n" SIDES, "'agree', which is an invariant's", "compare="},
    {"-- rollcall: check=invariant\n", "this invariant has no query", "below it"},
    {"-- rollcall: check=invariant\n-- only words\n", "this invariant has no query", "below it"},
    {"-- rollcall: check=invariant agree=a\nselect 1", "one column agree with nothing", "agree=debit,credit"},
    {"-- rollcall: check=invariant compare=a\nselect 1", "'compare' and only one query", "agree=A,B"},
    {"-- rollcall: check=invariant agree=a,b\n" SIDES, "two queries and 'agree'", "one query"},
    {"-- rollcall: check=invariant truth=left\nselect 1", "'late' or 'truth'", "check=match"},
    {"-- rollcall: check=invariant\nselect 1;\n-- rollcall: name=late\n", "'name' comes after the query",
     "above"},
    {"-- rollcall: check=invariant\nselect '\xff'\n", "c.sql:2:9: this is no UTF-8 text", "UTF-8"},
};

TEST(check_file, a_slip_names_its_place_and_what_mends_it)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct check_list out = {0};
        struct err err = {0};
        CHECK_INT(check_file_parse(span_of(refusals[i].text), "c.sql", test_arena(), &out, &err),
                  STATUS_USAGE);
        CHECK(strstr(err.msg, refusals[i].msg) != NULL ||
              test_check_str(err.msg, refusals[i].msg, refusals[i].text, __FILE__, __LINE__));
        CHECK(strstr(err.hint, refusals[i].hint) != NULL ||
              test_check_str(err.hint, refusals[i].hint, refusals[i].text, __FILE__, __LINE__));
    }
}

TEST(check_file, no_cut_of_a_good_text_breaks_the_reader)
{
    static const char text[] =
        "-- rollcall: check=match key=a tolerance.b=\"0.1\" rule.c=trim late=d grace=1s\n"
        "-- rollcall: side=left service=x\nselect 1;\n-- rollcall: side=right table=t\nselect 2;\n";
    for (size_t len = 0; len < sizeof(text); len++) {
        struct check_list out = {0};
        struct err err = {0};
        const char *copy = arena_strndup(test_arena(), text, len);
        enum status status = check_file_parse((struct span){copy, len}, "c.sql", test_arena(), &out, &err);
        CHECK(status == STATUS_OK || (status == STATUS_USAGE && err.hint[0] != '\0'));
    }
}
