/* Sqitch projects: the plan, ids that Sqitch 1.3.1 gave to the same lines, reworked changes, folders. */
#include "folder.h"
#include "harness.h"

#include "script/sqitch_plan.h"

#include <string.h>

/* Deployed by Sqitch itself; the ids are what it wrote into its table. */
static const char plan_text[] =
    "%syntax-version=1.0.0\n"
    "%project=shop\n"
    "%uri=https://example.com/shop\n"
    "\n"
    "appschema 2026-11-22T23:46:07Z Test Person <test@example.com> # Adds appschema\n"
    "users 2026-11-22T23:46:07Z Test Person <test@example.com> # Adds users\n"
    "sub/flips [appschema users !last] 2026-11-22T23:46:07Z Test Person <test@example.com> # Two lines\\nand "
    "a "
    "back\\\\slash # hash \xc3\xbcn\xc3\xaf\n"
    "@v1.0 2026-11-22T23:46:07Z Test Person <test@example.com> # first\n"
    "appschema [appschema@v1.0] 2026-11-22T23:46:08Z Test Person <test@example.com> # Again\n"
    "@v2.0 2026-11-22T23:46:08Z Test Person <test@example.com> # x\n"
    "\n"
    "last [users !late !later] 2026-11-22T23:46:08Z Test Person <test@example.com> # l\n"
    "appschema [appschema@v2.0] 2026-11-22T23:46:08Z Test Person <test@example.com> # x\n"
    "later 2026-11-22T23:46:30Z Test Person <test@example.com> # tab\t\xc3\xa9 #x\n"
    "late 2026-11-22T23:46:43Z Test Person <test@example.com> # z\n";

static const char *const ids[] = {
    "1b0a68b873e9c88edad44e550d4f541cce12ff81", "e1fa02e156d29754dee475a012ad04fccbd9f9b8",
    "6dc3188bb9f5cfa04bcdf368bd5e0b8755c3ce31", "9e28fdd3e827e248211c342bbe89e7dff04c747e",
    "f51f20adbbaf5acb4fba98e357c1295cbae03930", "661a0d9ec140e7fae8367f5ce4188fa9e3ee821a",
    "747e25ce40de4faafdb4f31eaa2cc76537ed811a", "587a0f5bd2631c39f713c029eb52ff87cd57230f",
};

static void
put_project(const char *folder)
{
    static const char *const scripts[] = {"appschema@v1.0", "users",     "sub/flips", "appschema@v2.0",
                                          "last",           "appschema", "later",     "late"};
    static const char *const dirs[] = {"deploy", "revert", "verify"};
    put(arena_printf(test_arena(), "%ssqitch.plan", folder), plan_text);
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        for (size_t d = 0; d < COUNT_OF(dirs); d++) {
            put(arena_printf(test_arena(), "%s%s/%s.sql", folder, dirs[d], scripts[i]), "SELECT 1;\n");
        }
    }
}

TEST(sqitch, change_ids_are_those_that_sqitch_writes)
{
    struct plan plan;
    plan_parse(span_of(plan_text), test_arena(), &plan);
    CHECK_INT(plan.errors.n, 0);
    if (CHECK_INT(plan.changes.n, COUNT_OF(ids))) {
        for (size_t i = 0; i < COUNT_OF(ids); i++) {
            CHECK_STR(plan.changes.items[i].id, ids[i]);
        }
    }
}

TEST(sqitch, a_reworked_change_uses_the_files_of_the_tag_and_keeps_its_identity)
{
    put_project("");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "sqitch");
    CHECK_STR(
        set_text(&set),
        "appschema appschema deploy/appschema@v1.0.sql revert/appschema@v1.0.sql verify/appschema@v1.0.sql\n"
        "users users deploy/users.sql revert/users.sql verify/users.sql\n"
        "sub/flips sub/flips deploy/sub/flips.sql revert/sub/flips.sql verify/sub/flips.sql\n"
        "appschema@v1.0+ appschema@v1.0+ deploy/appschema@v2.0.sql revert/appschema@v2.0.sql "
        "verify/appschema@v2.0.sql\n"
        "last last deploy/last.sql revert/last.sql verify/last.sql\n"
        "appschema@v2.0+ appschema@v2.0+ deploy/appschema.sql revert/appschema.sql verify/appschema.sql\n"
        "later later deploy/later.sql revert/later.sql verify/later.sql\n"
        "late late deploy/late.sql revert/late.sql verify/late.sql\n");
    CHECK_STR(findings(&set), "");
    CHECK_STR(set.items[3].foreign_id, ids[3]);
    CHECK_STR(set.items[3].name, "appschema");
    CHECK_STR(set.items[2].depends, "appschema users");
    CHECK_STR(set.items[3].depends, "appschema@v1.0");
    CHECK_STR(set.items[0].parts[PART_UP].why, "reworked later: as of the tag @v1.0");
}

TEST(sqitch, several_tags_between_two_instances_the_one_with_a_file_counts)
{
    put("sqitch.plan", "%project=p\n\n"
                       "a 2024-01-31T12:00:00Z A <a@b>\n@one 2024-01-31T12:00:00Z A <a@b>\n"
                       "@two 2024-01-31T12:00:00Z A <a@b>\nb 2024-01-31T12:00:00Z A <a@b>\n"
                       "@three 2024-01-31T12:00:00Z A <a@b>\na [a@three] 2024-01-31T12:00:00Z A <a@b>\n");
    PUT("deploy/a.sql", "deploy/b.sql", "deploy/a@two.sql", "revert/a@two.sql");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set_text(&set), "a a deploy/a@two.sql revert/a@two.sql\n"
                              "b b deploy/b.sql -\n"
                              "a@three+ a@three+ deploy/a.sql -\n");
    CHECK_STR(findings(&set), "");
}

TEST(sqitch, the_configuration_moves_folders_and_our_engine_wins)
{
    put_project("db/pg/");
    put("db/pg/sqitch.plan", "%project=p\n");
    put("db/my/plan.txt", plan_text);
    for (size_t i = 0; i < 8; i++) {
        static const char *const names[] = {"appschema@v1.0", "users",     "sub/flips", "appschema@v2.0",
                                            "last",           "appschema", "later",     "late"};
        put(arena_printf(test_arena(), "db/my/%s/%s.ddl", strchr(names[i], '@') != NULL ? "old/deploy" : "up",
                         names[i]),
            "SELECT 1;\n");
    }
    put("sqitch.conf", "# comment\n[core]\n\tengine = pg\n\ttop_dir = ./db/pg/\n"
                       "[engine \"mysql\"]\n top_dir = db/my\n plan_file = \"db/my/plan.txt\"\n"
                       " deploy_dir = db/my/up\n reworked_dir = db/my/old\n extension = ddl\n"
                       "[engine \"sqlite\"]\n top_dir = ../elsewhere\n[user]\n name = x\n");
    struct migrations mysql = load_folder(&mysql_like, NULL);
    CHECK_STR(findings(&mysql), "");
    if (CHECK_INT(mysql.n, 8)) {
        CHECK_STR(mysql.items[0].parts[PART_UP].file, "db/my/old/deploy/appschema@v1.0.ddl");
        CHECK_STR(mysql.items[1].parts[PART_UP].file, "db/my/up/users.ddl");
    }
    struct migrations postgres = load_folder(&postgres_like, NULL);
    CHECK_INT(postgres.n, 0);
    CHECK_INT(postgres.n_findings, 24);
    struct migrations sqlite = load_folder(&sqlite_like, NULL);
    CHECK(strstr(findings(&sqlite), "error bad-config sqitch.conf:12\n") != NULL);
}

TEST(sqitch, lines_that_cannot_be_read_are_errors_with_their_number)
{
    put("sqitch.plan", "%syntax-version=1.0.0\n\n"
                       "good 2024-01-31T12:00:00Z A <a@b>\n"
                       "no-time A <a@b>\n"
                       "no-planner 2024-01-31T12:00:00Z\n"
                       "open [a 2024-01-31T12:00:00Z A <a@b>\n"
                       "-good 2024-01-31T12:00:00Z A <a@b>\n"
                       "bad@name 2024-01-31T12:00:00Z A <a@b>\n"
                       "good 2024-01-31T12:00:00Z A <a@b>\n"
                       "gone 2024-01-31T12:00:00Z A <a@b>\n");
    PUT("deploy/good.sql", "deploy/stray.sql");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(findings(&set), "error bad-plan sqitch.plan:4\n"
                              "error bad-plan sqitch.plan:5\n"
                              "error bad-plan sqitch.plan:6\n"
                              "error bad-plan sqitch.plan:7\n"
                              "error bad-plan sqitch.plan:8\n"
                              "error bad-plan sqitch.plan:1\n"
                              "error bad-plan sqitch.plan:9\n"
                              "error missing-file deploy/gone.sql:0\n"
                              "warning unclaimed-file deploy/stray.sql:0\n");
}

TEST(sqitch, a_tag_before_any_change_and_a_missing_plan_are_errors)
{
    put("sqitch.conf", "[core]\n");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(findings(&set), "error unreadable sqitch.plan:0\n");
    put("sqitch.plan", "%project=p\n@v1 2024-01-31T12:00:00Z A <a@b>\n");
    struct migrations with_plan = load_folder(&sqlite_like, NULL);
    CHECK_STR(findings(&with_plan), "error bad-plan sqitch.plan:2\n");
}
