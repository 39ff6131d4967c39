/* Lint as a whole: ignores, lines, files, classes, the history, and that the table of rules is complete. */
#include "folder.h"
#include "harness.h"
#include "lint_case.h"
#include "script/lint_core.h"

#include <ctype.h>
#include <string.h>

#define T "create table t (id integer primary key, a int, b int);\n"

/* An earlier migration made table t; this is the up and the down of the next one. */
static struct lint_result
lint_pair_of(const char *up, const char *down)
{
    put("1_t.up.sql", T);
    put("1_t.down.sql", "drop table t;\n");
    put("2_x.up.sql", up);
    put("2_x.down.sql", down);
    return lint_folder(real_driver(LITE));
}

/* "line:rule" of the findings of one file, blank-separated, notes left out. */
static const char *
in_file(const struct lint_result *result, const char *file)
{
    const char *text = "";
    for (size_t i = 0; i < result->n; i++) {
        const struct finding *finding = &result->findings[i];
        if (str_eq(finding->file, file) && finding->severity != FINDING_NOTE) {
            text = arena_printf(test_arena(), "%s%s%zu:%s", text, *text == '\0' ? "" : " ", finding->line,
                                finding->rule);
        }
    }
    return text;
}

static enum finding_severity
severity_of(const struct lint_result *result, const char *rule)
{
    for (size_t i = 0; i < result->n; i++) {
        if (str_eq(result->findings[i].rule, rule)) {
            return result->findings[i].severity;
        }
    }
    CHECK_STR(rule, "among the findings");
    return FINDING_NOTE;
}

/* -- ignores ----------------------------------------------------------------------------------------------
 */

TEST(lint, ignore_behind_a_statement_is_for_that_statement)
{
    struct lint_result result = lint_pair_of("alter table t drop column a; -- rollcall: ignore=drop-column\n"
                                             "alter table t drop column b;\n",
                                             "alter table t add a int; alter table t add b int;\n");
    CHECK_STR(in_file(&result, "2_x.up.sql"), "2:drop-column");
}

TEST(lint, ignore_on_a_line_of_its_own_is_for_the_next_statement)
{
    struct lint_result result = lint_pair_of("-- the column moved\n"
                                             "-- rollcall: ignore=drop-column,rename-table\n"
                                             "-- (see the other table)\n"
                                             "alter table t\n"
                                             "  drop column a;\n"
                                             "alter table t drop column b;\n",
                                             "alter table t add a int; alter table t add b int;\n");
    CHECK_STR(in_file(&result, "2_x.up.sql"), "2:unused-ignore 6:drop-column");
}

TEST(lint, ignore_inside_a_statement_counts)
{
    struct lint_result result = lint_pair_of("alter table t\n"
                                             "  drop column a -- rollcall: ignore=drop-column\n"
                                             ";\n",
                                             "alter table t add a int;\n");
    CHECK_STR(in_file(&result, "2_x.up.sql"), "");
}

TEST(lint, ignore_file_is_for_every_statement)
{
    struct lint_result result = lint_pair_of("-- rollcall: ignore-file=drop-column\n"
                                             "alter table t drop column a;\n"
                                             "alter table t drop column b;\n",
                                             "-- rollcall: ignore-file=drop-column\n"
                                             "alter table t add a int; alter table t add b int;\n");
    CHECK_STR(in_file(&result, "2_x.up.sql"), "");
    CHECK_STR(in_file(&result, "2_x.down.sql"), "1:unused-ignore");
}

TEST(lint, ignore_of_a_pair_rule_stands_where_the_finding_is)
{
    struct lint_result result = lint_pair_of("alter table t drop column a; -- rollcall: ignore=drop-column\n",
                                             "-- rollcall: ignore=down-changes-type\n"
                                             "alter table t add a text;\n");
    CHECK_STR(in_file(&result, "2_x.up.sql"), "");
    CHECK_STR(in_file(&result, "2_x.down.sql"), "");
}

/* -- lines and files --------------------------------------------------------------------------------------
 */

TEST(lint, findings_are_ordered_by_file_and_line)
{
    struct lint_result result =
        lint_pair_of("\n\nalter table t drop column b;\nalter table t drop column a;\n", "select 1;\n");
    CHECK_STR(lint_shown(&result), "1_t.down.sql:1 down-drops-data\n"
                                   "2_x.down.sql:1 empty-down\n"
                                   "2_x.up.sql:3 drop-column\n"
                                   "2_x.up.sql:4 drop-column\n");
}

TEST(lint, lines_of_a_section_count_from_the_file)
{
    put("00001_t.sql", "-- +goose Up\n" T "\n-- +goose Down\n\n\ndrop table tt;\n");
    struct migrations migrations = load_folder(real_driver(LITE), "goose");
    struct lint_result result;
    struct err err = {0};
    CHECK_OK(lint_run(&migrations, real_driver(LITE), NULL, 0, test_arena(), &result, &err));
    CHECK_STR(in_file(&result, "00001_t.sql"), "2:down-misses-object 7:unknown-object");
}

TEST(lint, only_the_named_files_are_told_about)
{
    struct lint_result result = lint_pair_of("alter table t drop column a;\n", "alter table t add a text;\n");
    struct migrations migrations = load_folder(real_driver(LITE), "native");
    const char *names[] = {"2_x.down.sql", in_folder("2_x.down.sql")};
    struct err err = {0};
    CHECK_STR(in_file(&result, "2_x.up.sql"), "1:drop-column");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CHECK_OK(lint_run(&migrations, real_driver(LITE), &names[i], 1, test_arena(), &result, &err));
        CHECK_STR(lint_shown(&result), "2_x.down.sql:1 down-changes-type\n");
        CHECK_INT(result.n_classes, 1);
    }
    const char *missing = "3_y.up.sql";
    CHECK_INT(lint_run(&migrations, real_driver(LITE), &missing, 1, test_arena(), &result, &err),
              STATUS_USAGE);
}

TEST(lint, script_that_cannot_be_cut_is_a_finding_and_the_rest_goes_on)
{
    put("3_y.up.sql", "drop table t;\n");
    struct lint_result result = lint_pair_of("select 1;\nselect 'abc;\n", "");
    CHECK_STR(in_file(&result, "2_x.up.sql"), "2:unreadable");
    CHECK_STR(in_file(&result, "3_y.up.sql"), "1:drop-table 1:missing-down");
}

TEST(lint, findings_of_the_directory_are_among_them)
{
    put("README.sql", "select 1;\n");
    struct lint_result result = lint_pair_of("select 1;\n", "");
    CHECK_STR(in_file(&result, "README.sql"), "0:unclaimed-file");
}

/* -- classes ----------------------------------------------------------------------------------------------
 */

TEST(lint, declared_class_that_admits_the_loss_makes_it_a_note)
{
    const char *down = "alter table t add a int;\n";
    struct lint_result plain = lint_pair_of("alter table t drop column a;\n", down);
    CHECK_INT(severity_of(&plain, "drop-column"), FINDING_WARNING);
    struct lint_result admitted =
        lint_pair_of("-- rollcall: class=snapshot\nalter table t drop column a;\n", down);
    CHECK_INT(severity_of(&admitted, "drop-column"), FINDING_NOTE);
    struct lint_result denied =
        lint_pair_of("-- rollcall: class=reversible\nalter table t drop column a;\n", down);
    CHECK_INT(severity_of(&denied, "drop-column"), FINDING_WARNING);
    CHECK_INT(severity_of(&denied, "class-mismatch"), FINDING_ERROR);
}

TEST(lint, classes_know_the_history)
{
    struct lint_result result =
        lint_pair_of("alter table t rename column a to c;\n", "alter table t rename column c to a;\n");
    CHECK_INT(result.n_classes, 2);
    CHECK_INT(result.classes[1].derived, CLASS_REVERSIBLE);
    CHECK_INT(result.classes[1].declared, CLASS_UNSET);
    result = lint_pair_of("create table n (id integer primary key, a int); insert into n select id, a from t;"
                          "drop table t; alter table n rename to t;\n",
                          "alter table t add b int;\n");
    CHECK_INT(result.classes[1].derived, CLASS_SNAPSHOT);
    CHECK_STR(result.classes[1].why, "drops column t.b");
}

/* -- the history ------------------------------------------------------------------------------------------
 */

TEST(lint, later_migration_takes_away_what_an_earlier_down_reads)
{
    put("3_z.up.sql", "alter table t drop column b;\n");
    put("3_z.down.sql", "alter table t add b int;\n");
    struct lint_result result =
        lint_pair_of("alter table t drop column a;\n", "alter table t add a int;\nupdate t set a = b + 1;\n");
    CHECK_STR(in_file(&result, "3_z.up.sql"), "1:drop-column 1:reverse-needs");
}

TEST(lint, column_that_no_earlier_down_reads_may_go)
{
    put("3_z.up.sql", "alter table t drop column b;\n");
    put("3_z.down.sql", "alter table t add b int;\n");
    struct lint_result result = lint_pair_of("alter table t drop column a;\n",
                                             "alter table t add a int;\nupdate t set a = id + 1;\n");
    CHECK_STR(in_file(&result, "3_z.up.sql"), "1:drop-column");
}

/* -- the table of rules -----------------------------------------------------------------------------------
 */

TEST(lint, every_rule_has_a_row_an_id_of_its_own_and_a_title)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const struct lint_rule *rule = &lint_rules[i];
        if (!CHECK(rule->id != NULL && rule->title != NULL && rule->direction != 0)) {
            continue;
        }
        for (const char *c = rule->id; *c != '\0'; c++) {
            CHECK(islower((unsigned char)*c) || *c == '-');
        }
        for (size_t k = 0; k < i; k++) {
            CHECK(!str_eq(rule->id, lint_rules[k].id));
        }
    }
    CHECK(lint_rules[RULE_COUNT].id == NULL);
}

static unsigned
outcomes_of(const char *rule, const struct lint_case *cases, size_t n)
{
    unsigned seen = 0;
    for (size_t i = 0; i < n; i++) {
        seen |= str_eq(cases[i].rule, rule) ? 1u << cases[i].fires : 0;
    }
    return seen;
}

TEST(lint, every_rule_is_seen_to_fire_and_to_be_quiet)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const struct lint_rule *rule = &lint_rules[i];
        if (rule->scope == SCOPE_DIRECTORY || rule->scope == SCOPE_HISTORY) {
            continue; /* seen by the tests of the layouts, and above */
        }
        unsigned seen = outcomes_of(rule->id, statement_cases, n_statement_cases) |
                        outcomes_of(rule->id, pair_cases, n_pair_cases);
        if (!CHECK_INT(seen, 3)) {
            CHECK_STR(rule->id, "tested both ways");
        }
    }
}
