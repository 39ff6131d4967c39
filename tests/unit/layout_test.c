/* Each format of migration directories: told by its shape, read as its own tool reads it. */
#include "folder.h"
#include "harness.h"

#include <stdio.h>
#include <string.h>

TEST(layout, an_empty_directory_is_native)
{
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "native");
    CHECK_INT(set.n, 0);
    CHECK_STR(findings(&set), "");
}

TEST(layout, golang_migrate_orders_by_number_and_pairs_by_number)
{
    PUT("1_one.up.sql", "1_one.down.sql", "02_two.up.sql", "2_two.down.sql", "10_ten.up.sql", "embed.go",
        "README.md");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "golang-migrate");
    CHECK_STR(set_text(&set), "1_one 1 1_one.up.sql 1_one.down.sql\n"
                              "02_two 02 02_two.up.sql 2_two.down.sql\n"
                              "10_ten 10 10_ten.up.sql -\n");
    CHECK_STR(findings(&set), "warning names-differ 2_two.down.sql:0\n");
    CHECK_STR(set.items[1].foreign_id, "2");
    CHECK_STR(set.items[1].name, "two");
}

TEST(layout, numbers_longer_than_64_bits_still_compare_by_value)
{
    PUT("99999999999999999999_b.up.sql", "100000000000000000000_c.up.sql",
        "00000000000000000000000001_a.up.sql");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set_text(&set),
              "00000000000000000000000001_a 00000000000000000000000001 "
              "00000000000000000000000001_a.up.sql -\n"
              "99999999999999999999_b 99999999999999999999 99999999999999999999_b.up.sql -\n"
              "100000000000000000000_c 100000000000000000000 100000000000000000000_c.up.sql -\n");
}

TEST(layout, our_own_parts_make_it_native)
{
    PUT("0001_a.up.sql", "0001_a.down.sql", "0001_a.verify.sql", "0001_a.compensate.sql");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "native");
    CHECK_STR(set_text(&set),
              "0001_a 0001 0001_a.up.sql 0001_a.down.sql 0001_a.verify.sql 0001_a.compensate.sql\n");
}

TEST(layout, our_own_directive_makes_it_native)
{
    put("0001_a.up.sql", "-- rollcall: transaction=off class=lossy\nSELECT 1;\n");
    put("0001_a.down.sql", "SELECT 1;\n");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "native");
    CHECK_STR(set_text(&set), "0001_a 0001 0001_a.up.sql! 0001_a.down.sql\n");
    CHECK_INT(set.items[0].directives.class, CLASS_LOSSY);
}

TEST(layout, names_that_share_numbers_are_taken_in_the_order_of_the_whole_name)
{
    PUT("0001_b.up.sql", "0001_a.up.sql", "0001_c.up.sql", "0002_x.up.sql", "0002_y.up.sql", "0003_z.up.sql",
        "0003_z.down.sql", "0004_q_up.sql", "0004_q_down.sql");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "whole-name");
    CHECK_STR(set_text(&set), "0001_a 0001_a 0001_a.up.sql -\n"
                              "0001_b 0001_b 0001_b.up.sql -\n"
                              "0001_c 0001_c 0001_c.up.sql -\n"
                              "0002_x 0002_x 0002_x.up.sql -\n"
                              "0002_y 0002_y 0002_y.up.sql -\n"
                              "0003_z 0003_z 0003_z.up.sql 0003_z.down.sql\n"
                              "0004_q 0004_q 0004_q_up.sql 0004_q_down.sql\n");
    CHECK_STR(findings(&set), "warning unclaimed-file 0004_q_up.sql:0\n"
                              "warning unclaimed-file 0004_q_down.sql:0\n"
                              "warning duplicate-version 0001_a.up.sql:0\n"
                              "warning duplicate-version 0002_x.up.sql:0\n");
    CHECK(strstr(message_of(&set, "duplicate-version"), "'0001_a', '0001_b', '0001_c'") != NULL);
    CHECK_STR(set.items[5].name, "z");
}

TEST(layout, names_without_numbers_are_taken_in_their_own_order)
{
    PUT("b.up.sql", "a.up.sql", "a.down.sql", "1-c.up.sql");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "whole-name");
    CHECK_STR(set_text(&set), "1-c 1-c 1-c.up.sql -\na a a.up.sql a.down.sql\nb b b.up.sql -\n");
}

TEST(layout, authelia_counts_behind_the_letter)
{
    PUT("V0002.Second_One.up.sql", "V0002.Second_One.down.sql", "V0001.First.up.sql", "V0010.Tenth.up.sql");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "authelia");
    CHECK_STR(set_text(&set), "V0001.First 0001 V0001.First.up.sql -\n"
                              "V0002.Second_One 0002 V0002.Second_One.up.sql V0002.Second_One.down.sql\n"
                              "V0010.Tenth 0010 V0010.Tenth.up.sql -\n");
    CHECK_STR(set.items[1].name, "Second_One");
    CHECK_STR(set.items[2].foreign_id, "10");
}

TEST(layout, popx_takes_the_dialect_before_the_generic_file_direction_by_direction)
{
    PUT("20_a.up.sql", "20_a.mysql.up.sql", "20_a.down.sql", "20_a.sqlite3.down.sql",
        "30_b.autocommit.up.sql", "30_b.down.sql", "40_c.cockroach.up.sql", "40_c.down.sql",
        "50_d.postgres.autocommit.up.sql", "50_d.sqlite.up.sql");
    struct migrations mysql = load_folder(&mysql_like, NULL);
    CHECK_STR(mysql.layout->name, "popx");
    CHECK_STR(set_text(&mysql), "20_a 20 20_a.mysql.up.sql 20_a.down.sql\n"
                                "30_b 30 30_b.autocommit.up.sql! 30_b.down.sql\n");
    struct migrations sqlite = load_folder(&sqlite_like, NULL);
    CHECK_STR(set_text(&sqlite), "20_a 20 20_a.up.sql 20_a.sqlite3.down.sql\n"
                                 "30_b 30 30_b.autocommit.up.sql! 30_b.down.sql\n"
                                 "50_d 50 50_d.sqlite.up.sql -\n");
    struct migrations postgres = load_folder(&postgres_like, NULL);
    CHECK_STR(set_text(&postgres), "20_a 20 20_a.up.sql 20_a.down.sql\n"
                                   "30_b 30 30_b.autocommit.up.sql! 30_b.down.sql\n"
                                   "50_d 50 50_d.postgres.autocommit.up.sql! -\n");
    CHECK_STR(findings(&postgres), "");
    struct migrations none = load_folder(NULL, NULL);
    CHECK_STR(set_text(&none), "20_a 20 20_a.up.sql 20_a.down.sql\n"
                               "30_b 30 30_b.autocommit.up.sql! 30_b.down.sql\n");
}

TEST(layout, popx_a_dialect_file_beats_a_generic_one_of_another_name_on_the_number)
{
    PUT("20_generic.up.sql", "20_generic.down.sql", "20_special.mysql.up.sql");
    struct migrations set = load_folder(&mysql_like, NULL);
    CHECK_STR(set_text(&set), "20_special 20 20_special.mysql.up.sql 20_generic.down.sql\n");
    CHECK_STR(findings(&set), "warning names-differ 20_generic.up.sql:0\n"
                              "warning names-differ 20_generic.down.sql:0\n");
}

TEST(layout, popx_fizz_files_and_templates_cannot_be_imported)
{
    PUT("20_a.up.fizz", "20_a.down.fizz", "30_b.mysql.up.sql");
    put("30_b.mysql.up.sql", "SELECT 1;\nCREATE TABLE {{ identifier .Parameters.x }} (a int);\n");
    struct migrations set = load_folder(&mysql_like, NULL);
    CHECK_STR(set.layout->name, "popx");
    CHECK_STR(findings(&set), "error cannot-import 20_a.down.fizz:0\n"
                              "error cannot-import 20_a.up.fizz:0\n"
                              "error cannot-import 30_b.mysql.up.sql:2\n");
}

TEST(layout, several_folders_are_merged_by_number)
{
    PUT("one/10_a.mysql.up.sql", "one/30_c.up.sql", "one/30_c.down.sql", "two/sub/20_b.up.sql",
        "two/40_d.up.sql");
    const char *dir = arena_printf(test_arena(), "%s/one, %s/two/", test_dir(), test_dir());
    struct migrations set = load_dir(dir, &mysql_like, NULL);
    CHECK_INT(set.n_folders, 2);
    if (CHECK_INT(set.n, 4)) {
        CHECK_STR(set.items[0].id, "10_a");
        CHECK_STR(set.items[1].id, "20_b");
        CHECK_STR(set.items[2].id, "30_c");
        CHECK_STR(set.items[3].id, "40_d");
        CHECK_STR(set.items[1].parts[PART_UP].file, in_folder("two/sub/20_b.up.sql"));
    }
    put("two/sub/20_b.up.sql", "SELECT 20;");
    CHECK_STR(text_of(&set, 1, PART_UP), "SELECT 20;");
}

TEST(layout, a_folder_whose_name_holds_a_comma_is_one_folder)
{
    PUT("a,b/0001_x.up.sql");
    struct migrations set = load_dir(in_folder("a,b"), &sqlite_like, NULL);
    CHECK_STR(set_text(&set), "0001_x 0001 0001_x.up.sql -\n");
}

TEST(layout, goose_sections_and_switches)
{
    put("00002_second.sql", "-- a comment\n-- +goose NO TRANSACTION\n-- +goose up\nSELECT 2;\n"
                            "-- +goose DOWN\nSELECT -2;\n");
    put("00001_first.sql",
        "-- +goose Up\r\n-- +goose StatementBegin\r\nSELECT 1\r\n-- +goose StatementEnd\r\n");
    struct migrations set = load_folder(&postgres_like, NULL);
    CHECK_STR(set.layout->name, "goose");
    CHECK_STR(set_text(&set), "00001_first 00001 00001_first.sql:2 -\n"
                              "00002_second 00002 00002_second.sql:4! 00002_second.sql:6!\n");
    CHECK_STR(findings(&set), "");
    CHECK_STR(text_of(&set, 1, PART_UP), "SELECT 2;\n");
    CHECK_STR(text_of(&set, 1, PART_DOWN), "SELECT -2;\n");
    CHECK_STR(set.items[0].foreign_id, "1");
    CHECK_STR(set.items[0].name, "first");
}

TEST(layout, goose_a_marked_statement_that_is_several_is_a_finding)
{
    put("1_a.sql", "-- +goose Up\n-- +goose StatementBegin\nSELECT 1; SELECT 2;\n-- +goose StatementEnd\n");
    struct migrations set = load_folder(&postgres_like, NULL);
    CHECK_STR(findings(&set), ""); /* a note */
    CHECK_STR(message_of(&set, "statement-region"),
              "marked as one statement, but it is 2: they are run one by one");
}

TEST(layout, goose_refuses_what_goose_refuses)
{
    put("01_ok.sql", "-- +goose Up\n");
    put("02_none.sql", "SELECT 1;\n");
    put("03_twice.sql", "-- +goose Up\n-- +goose Up\n");
    put("04_order.sql", "-- +goose Down\n-- +goose Up\n");
    put("05_open.sql", "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n");
    put("06_end.sql", "-- +goose Up\n-- +goose StatementEnd\n");
    put("07_word.sql", "-- +goose Up\n-- +goose StatmentBegin\n");
    put("08_blank.sql", "-- +goose Up\n  -- +goose Down\n");
    put("09_empty.sql", "");
    put("10_go.go", "package x\n");
    put("10_go_test.go", "package x\n");
    put("11_env.sql",
        "-- +goose Up\nSELECT '$NO';\n-- +goose ENVSUB ON\nSELECT '${HOME}';\n-- +goose ENVSUB OFF\n");
    struct migrations set = load_folder(&postgres_like, NULL);
    CHECK_STR(findings(&set), "error bad-marker 02_none.sql:1\n"
                              "error bad-marker 02_none.sql:0\n"
                              "error bad-marker 03_twice.sql:2\n"
                              "error bad-marker 04_order.sql:1\n"
                              "error bad-marker 05_open.sql:2\n"
                              "error bad-marker 06_end.sql:2\n"
                              "error bad-marker 07_word.sql:2\n"
                              "error bad-marker 08_blank.sql:2\n"
                              "error bad-marker 09_empty.sql:0\n"
                              "error cannot-import 11_env.sql:4\n"
                              "error cannot-import 10_go.go:0\n");
}

TEST(layout, dbmate_options_belong_to_their_direction)
{
    put("20240101_a.sql",
        "-- notes\n\n-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down\nSELECT 2;\n");
    put("20230101_b.sql", "-- migrate:up\nSELECT 1;\n\n-- migrate:down transaction:false\n");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "dbmate");
    CHECK_STR(set_text(&set), "20230101_b 20230101 20230101_b.sql:2 20230101_b.sql:5!\n"
                              "20240101_a 20240101 20240101_a.sql:4! 20240101_a.sql:6\n");
    CHECK_STR(findings(&set), "");
    CHECK_STR(text_of(&set, 0, PART_DOWN), "");
    CHECK(set.items[0].parts[PART_DOWN].is_present);
    CHECK_STR(set.items[0].foreign_id, "20230101");
}

TEST(layout, dbmate_refuses_what_cannot_be_one_change)
{
    put("1_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n-- migrate:up\nSELECT 2;\n");
    put("2_b.sql", "SELECT 0;\n-- migrate:up\nSELECT 1;\n");
    put("3_c.sql", "-- migrate:up rollback:no\nSELECT 1;\n");
    put("4_d.sql", "-- migrate:upward\n");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(findings(&set), "error bad-marker 1_a.sql:4\n"
                              "error bad-marker 2_b.sql:1\n"
                              "warning bad-marker 3_c.sql:1\n"
                              "error bad-marker 4_d.sql:0\n");
}

TEST(layout, sql_migrate_takes_the_file_name_for_the_identity)
{
    put("2_b.sql", "-- +migrate Up\nSELECT 2;\n-- +migrate Down notransaction\nSELECT -2;\n");
    put("10_c.sql",
        "-- +migrate Up notransaction\n-- +migrate StatementBegin\nSELECT 3\n-- +migrate StatementEnd\n");
    put("seed.sql", "ignored;\n-- +migrate Up\nSELECT 0;\n");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "sql-migrate");
    CHECK_STR(set_text(&set), "2_b 2 2_b.sql:2 2_b.sql:4!\n"
                              "10_c 10 10_c.sql:2! -\n"
                              "seed seed seed.sql:3 -\n");
    CHECK_STR(findings(&set), "warning bad-marker seed.sql:1\n");
    CHECK_STR(set.items[0].foreign_id, "2_b.sql");
}

TEST(layout, node_pg_migrate_markers_come_in_any_order_or_not_at_all)
{
    put("1700000000000_a.sql", "-- Down Migration\nSELECT 2;\n--- up migration\nSELECT 1;\n");
    put("1700000000001_b.sql", "SELECT 3;\n");
    put("1700000000002_c.sql", "SELECT 4;\n-- Down Migration\nSELECT 5;\n");
    put("1700000000003_d.js", "exports.up = () => {}\n");
    struct migrations set = load_folder(&postgres_like, NULL);
    CHECK_STR(set.layout->name, "node-pg-migrate");
    CHECK_STR(text_of(&set, 0, PART_UP), "SELECT 1;\n");
    CHECK_STR(text_of(&set, 0, PART_DOWN), "SELECT 2;\n");
    CHECK_STR(text_of(&set, 1, PART_UP), "SELECT 3;\n");
    CHECK(!set.items[1].parts[PART_DOWN].is_present);
    CHECK_STR(findings(&set), "error bad-marker 1700000000002_c.sql:2\n"
                              "error cannot-import 1700000000003_d.js:0\n");
    CHECK_STR(set.items[0].foreign_id, "1700000000000_a");
}

TEST(layout, node_pg_migrate_prefixes_of_17_digits_are_times)
{
    put("1600000000000_c.sql", "-- Up Migration\n"); /* 2020-09-13 */
    put("20200513070724505_b.sql", "-- Up Migration\n");
    put("20210101000000000_d.sql", "-- Up Migration\n");
    put("0001_a.sql", "-- Up Migration\n");
    struct migrations set = load_folder(&postgres_like, NULL);
    CHECK_STR(set_text(&set), "0001_a 0001 0001_a.sql:2 -\n"
                              "20200513070724505_b 20200513070724505 20200513070724505_b.sql:2 -\n"
                              "1600000000000_c 1600000000000 1600000000000_c.sql:2 -\n"
                              "20210101000000000_d 20210101000000000 20210101000000000_d.sql:2 -\n");
}

TEST(layout, diesel_versions_compare_as_text)
{
    PUT("2026-06-26-100902-0000_long/up.sql", "2026-06-26-100902-0000_long/down.sql",
        "2026-07-01-000000_short/up.sql", "20140924_old/up.sql", "00000000000000_diesel_initial_setup/up.sql",
        "2027_broken/down.sql", "notes/x.txt");
    put("20140924_old/metadata.toml", "# comment\nrun_in_transaction = false # because\n");
    put("2026-07-01-000000_short/metadata.toml", "other = 1\n");
    put("00000000000000_diesel_initial_setup/metadata.toml", "run_in_transaction = true\n");
    struct migrations set = load_folder(&postgres_like, NULL);
    CHECK_STR(set.layout->name, "diesel");
    CHECK_STR(
        set_text(&set),
        "00000000000000_diesel_initial_setup 00000000000000 00000000000000_diesel_initial_setup/up.sql -\n"
        "20140924_old 20140924 20140924_old/up.sql! -\n"
        "2026-06-26-100902-0000_long 202606261009020000 2026-06-26-100902-0000_long/up.sql "
        "2026-06-26-100902-0000_long/down.sql\n"
        "2026-07-01-000000_short 20260701000000 2026-07-01-000000_short/up.sql! -\n");
    CHECK_STR(findings(&set), "warning bad-config 2026-07-01-000000_short/metadata.toml:0\n"
                              "error unclaimed-file 2027_broken:0\n");
    CHECK_STR(set.items[2].foreign_id, "202606261009020000");
    CHECK_STR(set.items[2].name, "long");
}

TEST(layout, flyway_versions_undos_repeatables_and_baselines)
{
    PUT("V1.2__second.sql", "V1_10__tenth.sql", "U1_2__second.sql", "V01__first.sql", "R__b_view.sql",
        "R__A_view.sql", "B1_10__base.sql", "sub/V2__deep.sql", "U9__nothing.sql", "afterMigrate.sql");
    put("V1_10__tenth.sql.conf", "# comment\nexecuteInTransaction = FALSE\n");
    struct migrations set = load_folder(&postgres_like, NULL);
    CHECK_STR(set.layout->name, "flyway");
    CHECK_STR(set_text(&set), "V01__first 01 V01__first.sql -\n"
                              "V1.2__second 1.2 V1.2__second.sql U1_2__second.sql\n"
                              "V1_10__tenth 1.10 V1_10__tenth.sql! -\n"
                              "V2__deep 2 sub/V2__deep.sql -\n"
                              "R__A_view - R__A_view.sql - repeatable\n"
                              "R__b_view - R__b_view.sql - repeatable\n");
    CHECK_STR(findings(&set), "warning cannot-import afterMigrate.sql:0\n"
                              "warning down-without-up U9__nothing.sql:0\n");
    CHECK_STR(set.items[5].foreign_id, "b view");
}

TEST(layout, flyway_a_baseline_stands_in_for_versions_that_are_gone)
{
    PUT("B2__old.sql", "B5__base.sql", "V5.1__next.sql", "V6__last.sql");
    struct migrations set = load_folder(&postgres_like, NULL);
    CHECK_STR(set_text(&set), "B5__base 5 B5__base.sql - baseline\n"
                              "V5.1__next 5.1 V5.1__next.sql -\n"
                              "V6__last 6 V6__last.sql -\n");
    PUT("V4__still_here.sql");
    struct migrations with = load_folder(&postgres_like, NULL);
    CHECK_STR(set_text(&with), "B2__old 2 B2__old.sql - baseline\n"
                               "V4__still_here 4 V4__still_here.sql -\n"
                               "V5.1__next 5.1 V5.1__next.sql -\n"
                               "V6__last 6 V6__last.sql -\n");
}

TEST(layout, flyway_placeholders_and_side_files_that_cannot_be_followed)
{
    put("V1__a.sql", "SELECT '${x';\nCREATE TABLE ${schema}.t (a int); -- ${flyway:user}\n");
    put("V2__b.sql", "SELECT '${kept}';\n");
    put("V2__b.sql.conf", "placeholderReplacement=false\n");
    put("V3__c.sql", "");
    put("V3__c.sql.conf", "encoding=ISO-8859-1\nshouldExecute=${env}==prod\n");
    PUT("V4__D.java");
    struct migrations set = load_folder(&postgres_like, NULL);
    CHECK_STR(findings(&set), "error cannot-import V3__c.sql.conf:1\n"
                              "error cannot-import V3__c.sql.conf:2\n"
                              "error cannot-import V4__D.java:0\n"
                              "error placeholder V1__a.sql:2\n"
                              "error placeholder V1__a.sql:2\n");
    CHECK_STR(message_of(&set, "placeholder"), "the placeholder '${schema}' has no value here");
}

TEST(layout, one_layout_can_be_asked_for_by_name)
{
    PUT("0001_a.up.sql", "0002_b.up.sql");
    struct migrations set = load_folder(&sqlite_like, "whole-name");
    CHECK_STR(set.items[1].version, "0002_b");
    struct err err = {0};
    struct migrations none;
    CHECK_INT(migrations_load(test_dir(), "goos", &sqlite_like, test_arena(), &none, &err), STATUS_USAGE);
    CHECK_STR(err.msg, "there is no layout 'goos'");
    CHECK_STR(err.hint, "did you mean 'goose'?");
}

TEST(layout, every_layout_has_a_name_a_title_and_is_found)
{
    size_t n = 0;
    for (; layouts[n] != NULL; n++) {
        CHECK(layout_find(layouts[n]->name) == layouts[n]);
        CHECK(str_starts(layouts[n]->title, layouts[n]->name));
    }
    CHECK_INT(n, 12);
    CHECK(layout_find("nothing") == NULL);
}

/* Without blank lines, comments and markers. */
static const char *
bare(const char *text)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct span rest = span_of(text);
    struct span line;
    while (span_next_line(&rest, &line)) {
        if (line.len > 0 && !span_starts(line, "--")) {
            buf_span(&out, line);
            buf_char(&out, '\n');
        }
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

TEST(layout, one_history_in_every_layout_is_one_history)
{
    static const struct driver *const drivers[] = {&postgres_like, &mysql_like, &sqlite_like};
    for (size_t i = 0; layouts[i] != NULL; i++) {
        const char *dir = arena_printf(test_arena(), "fixtures/layouts/%s", layouts[i]->name);
        struct migrations set = load_dir(dir, drivers[i % COUNT_OF(drivers)], NULL);
        CHECK_STR(set.layout->name, layouts[i]->name);
        CHECK_STR(findings(&set), "");
        if (!CHECK_INT(set.n, 2)) {
            continue;
        }
        CHECK_STR(bare(text_of(&set, 0, PART_UP)),
                  "CREATE TABLE customer (id integer PRIMARY KEY, name varchar(40) NOT NULL);\n");
        CHECK_STR(bare(text_of(&set, 0, PART_DOWN)), "DROP TABLE customer;\n");
        CHECK_STR(bare(text_of(&set, 1, PART_UP)), "CREATE TABLE address (id integer PRIMARY KEY, customer "
                                                   "integer NOT NULL, street varchar(80));\n");
        CHECK_STR(bare(text_of(&set, 1, PART_DOWN)), "DROP TABLE address;\n");
    }
}
