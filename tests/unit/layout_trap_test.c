/* What goes wrong in directories of migrations: named with file and line, never passed over. */
#define _XOPEN_SOURCE 700 /* symlink */
#include "folder.h"
#include "harness.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

TEST(layout_trap, a_missing_directory_is_a_usage_error_that_names_it)
{
    struct migrations set;
    struct err err = {0};
    const char *dir = arena_printf(test_arena(), "%s/absent", test_dir());
    CHECK_INT(migrations_load(dir, NULL, &sqlite_like, test_arena(), &set, &err), STATUS_USAGE);
    CHECK(strstr(err.msg, "/absent' is not a directory: it does not exist") != NULL);
    PUT("file");
    CHECK_INT(migrations_load(in_folder("file"), NULL, &sqlite_like, test_arena(), &set, &err), STATUS_USAGE);
    CHECK(strstr(err.msg, "/file' is not a directory") != NULL);
    CHECK_INT(migrations_load("", NULL, &sqlite_like, test_arena(), &set, &err), STATUS_USAGE);
    CHECK_INT(migrations_load(arena_printf(test_arena(), "%s,%s/absent", test_dir(), test_dir()), NULL,
                              &sqlite_like, test_arena(), &set, &err),
              STATUS_USAGE);
}

TEST(layout_trap, a_script_that_nobody_claims_is_shown_with_the_name_it_should_have)
{
    PUT("0001_a.up.sql", "0001_a.verify.sql", "0002_b_up.sql", "0003_c.dwon.sql", "0004_d.sql",
        "0005_e.up.SQL", "seed.sql", "notes.txt", "0006_f.py");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "native");
    CHECK_STR(findings(&set), "error unclaimed-file 0002_b_up.sql:0\n"
                              "error unclaimed-file 0003_c.dwon.sql:0\n"
                              "error unclaimed-file 0004_d.sql:0\n"
                              "error unclaimed-file 0005_e.up.SQL:0\n"
                              "error cannot-import 0006_f.py:0\n"
                              "warning unclaimed-file seed.sql:0\n");
    CHECK_STR(set.findings[0].message,
              "no rule of the layout 'native' claims this file (did you mean '0002_b.up.sql'?)");
    CHECK(strstr(set.findings[1].message, "'0003_c.down.sql'") != NULL);
    CHECK(strstr(set.findings[2].message, "'0004_d.up.sql'") != NULL);
    CHECK(strstr(set.findings[3].message, "'0005_e.up.sql'") != NULL);
    CHECK(strstr(set.findings[5].message, "did you mean") == NULL);
    struct err err = {0};
    CHECK_INT(migrations_check(&set, &err), STATUS_USAGE);
    CHECK(str_starts(err.msg, "0002_b_up.sql: no rule"));
    CHECK_STR(err.hint, "and 4 more: 'rollcall lint' lists all that is wrong in the directory");
}

TEST(layout_trap, what_another_tool_passes_over_is_a_warning_there)
{
    PUT("0001_a.up.sql", "0002_b_up.sql", "0003_c.go");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "golang-migrate");
    CHECK_STR(findings(&set), "warning unclaimed-file 0002_b_up.sql:0\nwarning cannot-import 0003_c.go:0\n");
    struct err err = {0};
    CHECK_OK(migrations_check(&set, &err));
}

TEST(layout_trap, two_migrations_on_one_number_are_a_warning_in_a_stable_order)
{
    PUT("0007_b.up.sql", "0007_a.up.sql", "7_c.up.sql", "0008_d.up.sql", "0007_b.down.sql",
        "0007_z.down.sql");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set_text(&set), "0007_a 0007 0007_a.up.sql -\n"
                              "0007_b 0007 0007_b.up.sql 0007_b.down.sql\n"
                              "7_c 7 7_c.up.sql -\n"
                              "0008_d 0008 0008_d.up.sql -\n");
    CHECK_STR(findings(&set), "warning down-without-up 0007_z.down.sql:0\n"
                              "warning duplicate-version 0007_a.up.sql:0\n");
    CHECK_STR(message_of(&set, "duplicate-version"),
              "3 migrations share the number 0007; they are taken in this order: '0007_a', '0007_b', '7_c'");
}

TEST(layout_trap, the_same_migration_twice_is_an_error)
{
    PUT("one/0001_a.up.sql", "two/0001_a.up.sql", "two/0002_b.up.sql");
    struct migrations set =
        load_dir(arena_printf(test_arena(), "%s/one,%s/two", test_dir(), test_dir()), &sqlite_like, NULL);
    CHECK_STR(findings(&set),
              arena_printf(test_arena(), "error duplicate-id %s/two/0001_a.up.sql:0\n", test_dir()));
    CHECK_INT(set.n, 2);
}

TEST(layout_trap, the_same_section_file_in_two_folders_is_an_error)
{
    put("one/1_a.sql", "-- +goose Up\n");
    put("two/1_a.sql", "-- +goose Up\n");
    struct migrations set =
        load_dir(arena_printf(test_arena(), "%s/one,%s/two", test_dir(), test_dir()), &sqlite_like, NULL);
    CHECK(strstr(findings(&set), "error duplicate-id") != NULL);
}

TEST(layout_trap, links_that_lead_out_or_nowhere_are_errors)
{
    PUT("m/0001_a.up.sql", "outside.sql", "other/0003_c.up.sql");
    CHECK(symlink("../outside.sql", in_folder("m/0002_b.up.sql")) == 0);
    CHECK(symlink("0001_a.up.sql", in_folder("m/0004_d.up.sql")) == 0);
    CHECK(symlink("nowhere", in_folder("m/0005_e.up.sql")) == 0);
    CHECK(symlink("0006_f.up.sql", in_folder("m/0006_f.up.sql")) == 0);
    CHECK(symlink("../m-other", in_folder("m/0007_g.up.sql")) == 0);
    PUT("m-other/x", "m-other2");
    struct migrations set = load_dir(in_folder("m"), &sqlite_like, NULL);
    CHECK_STR(set_text(&set), "0001_a 0001 0001_a.up.sql -\n0004_d 0004 0004_d.up.sql -\n");
    CHECK_STR(findings(&set), "error bad-link 0002_b.up.sql:0\n"
                              "error bad-link 0005_e.up.sql:0\n"
                              "error bad-link 0006_f.up.sql:0\n"
                              "error bad-link 0007_g.up.sql:0\n");
}

TEST(layout_trap, a_link_that_is_bent_after_loading_is_refused_by_the_read)
{
    PUT("m/0001_a.up.sql", "outside.sql");
    CHECK(symlink("0001_a.up.sql", in_folder("m/0002_b.up.sql")) == 0);
    struct migrations set = load_dir(in_folder("m"), &sqlite_like, NULL);
    CHECK_INT(set.n, 2);
    CHECK(unlink(in_folder("m/0002_b.up.sql")) == 0);
    CHECK(symlink("../outside.sql", in_folder("m/0002_b.up.sql")) == 0);
    struct err err = {0};
    struct span text;
    CHECK_INT(migration_read(&set, &set.items[1], PART_UP, test_arena(), &text, &err), STATUS_USAGE);
    CHECK(strstr(err.msg, "leads out of the directory") != NULL);
}

TEST(layout_trap, a_linked_folder_may_be_the_directory_itself)
{
    PUT("real/0001_a.up.sql");
    CHECK(symlink("real", in_folder("link")) == 0);
    struct migrations set = load_dir(in_folder("link"), &sqlite_like, NULL);
    CHECK_INT(set.n, 1);
    CHECK_STR(findings(&set), "");
}

TEST(layout_trap, texts_that_are_no_utf8_text_are_errors_with_the_place)
{
    static const char nul[] = "SELECT 1;\nSEL\0ECT 2;\n";
    PUT("0001_a.up.sql");
    put("0002_b.up.sql", "SELECT '\xc3\xa9';\n  '\xff';\n");
    put_bytes("0003_c.up.sql", nul, sizeof(nul) - 1);
    put_bytes("0004_d.up.sql", "\xff\xfeS\0E\0", 6);
    put("0005_e.up.sql", "\xef\xbb\xbfSELECT 1;\n");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(findings(&set), "error bad-text 0002_b.up.sql:2\n"
                              "error bad-text 0003_c.up.sql:2\n"
                              "error bad-text 0004_d.up.sql:1\n"
                              "warning bad-text 0005_e.up.sql:1\n");
    CHECK_STR(message_of(&set, "bad-text"), "not valid UTF-8 in column 4");
    struct err err = {0};
    struct span text;
    CHECK_INT(migration_read(&set, &set.items[1], PART_UP, test_arena(), &text, &err), STATUS_USAGE);
    CHECK_STR(err.msg, "0002_b.up.sql:2:4: not valid UTF-8");
    CHECK_INT(migration_read(&set, &set.items[2], PART_UP, test_arena(), &text, &err), STATUS_USAGE);
    CHECK_STR(err.msg, "0003_c.up.sql:2:4: a NUL byte");
    CHECK_INT(migration_read(&set, &set.items[3], PART_UP, test_arena(), &text, &err), STATUS_USAGE);
    CHECK(strstr(err.msg, "UTF-16") != NULL);
    CHECK_STR(text_of(&set, 4, PART_UP), "\xef\xbb\xbfSELECT 1;\n");
}

TEST(layout_trap, what_cannot_be_read_is_an_error_with_its_name)
{
    PUT("0001_a.up.sql", "0002_b.up.sql", "goose/1_a.sql");
    put("goose/1_a.sql", "-- +goose Up\n");
    struct migrations set = {0};
    struct err err = {0};
    CHECK_OK(migrations_load(test_dir(), NULL, &sqlite_like, test_arena(), &set, &err));
    CHECK(unlink(in_folder("0002_b.up.sql")) == 0);
    CHECK_OK(migrations_hash(&set, &err));
    CHECK_STR(findings(&set), "error unreadable 0002_b.up.sql:0\n");
    struct span text;
    CHECK_INT(migration_read(&set, &set.items[1], PART_UP, test_arena(), &text, &err), STATUS_IO);
}

TEST(layout_trap, commands_of_a_client_program_are_listed_with_their_line)
{
    put("0001_a.up.sql", "SELECT 1;\n\\i other.sql\nSELECT 2;\n\\! rm x\n");
    put("0002_b.up.sql", "SELECT '\n.not a command';\n");
    struct migrations set = load_folder(&postgres_like, NULL);
    CHECK_STR(findings(&set), "error cannot-import 0001_a.up.sql:2\nerror cannot-import 0001_a.up.sql:4\n");
    CHECK(str_starts(message_of(&set, "cannot-import"), "'\\i' is a command of a client program"));
}

TEST(layout_trap, a_bad_directive_is_an_error_with_its_line_in_the_file)
{
    put("0001_a.up.sql", "-- rollcall: class=lossy\n-- rollcall: clas=lossy\n");
    put("0002_b.up.sql", "SELECT 1;\n");
    put("0002_b.down.sql", "\n-- rollcall: transaction=never\n");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(findings(&set), "error bad-directive 0001_a.up.sql:2\nerror bad-directive 0002_b.down.sql:2\n");
    CHECK_STR(message_of(&set, "bad-directive"), "unknown directive 'clas' (did you mean 'class'?)");
}

TEST(layout_trap, a_directive_within_a_section_counts_lines_of_the_file)
{
    put("1_a.sql",
        "-- a\n-- +goose Up\n-- rollcall: x=1\nSELECT 1;\n-- +goose Down\n-- rollcall: transaction=off\n");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(set.layout->name, "goose");
    CHECK_STR(findings(&set), "error bad-directive 1_a.sql:3\n");
    CHECK(set.items[0].parts[PART_UP].transaction && !set.items[0].parts[PART_DOWN].transaction);
}

TEST(layout_trap, hashes_are_of_the_part_alone)
{
    char hex[SHA256_HEX_LEN + 1];
    put("1_a.sql", "-- +goose Up\nup;\n-- +goose Down\ndown;\n");
    struct migrations set = load_folder(&sqlite_like, NULL);
    sha256_hex(SPAN("up;\n"), hex);
    CHECK_STR(set.items[0].parts[PART_UP].sha256, hex);
    sha256_hex(SPAN("down;\n"), hex);
    CHECK_STR(set.items[0].parts[PART_DOWN].sha256, hex);
    CHECK_STR(set.items[0].parts[PART_VERIFY].sha256, "");
    CHECK_STR(text_of(&set, 0, PART_VERIFY), "");
}

TEST(layout_trap, every_part_tells_why_its_file_won)
{
    PUT("20_a.up.sql", "20_a.mysql.up.sql", "20_a.down.sql", "30_b.mysql.autocommit.up.sql", "30_c.down.sql");
    struct migrations set = load_folder(&mysql_like, NULL);
    if (CHECK_INT(set.n, 2)) {
        CHECK_STR(set.items[0].parts[PART_UP].why, "beats 20_a.up.sql");
        CHECK_STR(set.items[0].parts[PART_DOWN].why, "");
        CHECK_STR(set.items[1].parts[PART_UP].why, "of this dialect");
        CHECK_STR(set.items[1].parts[PART_DOWN].why, "by its number; the names differ");
        CHECK_STR(set.items[1].parts[PART_DOWN].file, "30_c.down.sql");
    }
}

static const char *
found(const struct migrations *set, const char *name)
{
    const struct migration *migration = NULL;
    struct err err = {0};
    enum status status = migrations_find(set, name, &migration, &err);
    return status != STATUS_OK ? status_name(status) : migration == NULL ? "none" : migration->id;
}

TEST(layout_trap, one_is_found_by_its_id_by_its_number_or_not_at_all)
{
    PUT("0007_a.up.sql", "0008_b.up.sql", "08_c.up.sql", "20240101000000_d.up.sql");
    struct migrations set = load_folder(&sqlite_like, NULL);
    CHECK_STR(found(&set, "0007_a"), "0007_a");
    CHECK_STR(found(&set, "7"), "0007_a");
    CHECK_STR(found(&set, "00007"), "0007_a");
    CHECK_STR(found(&set, "8"), "usage");
    CHECK_STR(found(&set, "08"), "08_c");
    CHECK_STR(found(&set, "20240101000000"), "20240101000000_d");
    CHECK_STR(found(&set, "9"), "none");
    CHECK_STR(found(&set, "a"), "none");
    CHECK_STR(found(&set, ""), "none");
    CHECK_STR(found(&set, "7_a"), "none");
    struct migrations names = load_folder(&sqlite_like, "whole-name");
    CHECK_STR(found(&names, "7"), "0007_a");
    CHECK_STR(found(&names, "8"), "usage");
}

TEST(layout_trap, versions_compare_by_value_part_by_part)
{
    CHECK_INT(version_compare("1.2", "1.10"), -1);
    CHECK_INT(version_compare("1.02", "1.2"), 0);
    CHECK_INT(version_compare("1", "1.0.0"), 0);
    CHECK_INT(version_compare("1", "1.0.1"), -1);
    CHECK_INT(version_compare("2", "1.9"), 1);
    CHECK_INT(version_compare("", "0"), 0);
    CHECK_INT(version_compare("1a", "1b"), -1);
    CHECK_INT(version_compare("1.x", "1"), 1);
    CHECK_INT(version_compare("10_a", "9_a"), 1);
    CHECK_INT(version_compare("00000000000000000000000000000000001", "1"), 0);
}

/* -- whatever the names
 * ---------------------------------------------------------------------------------------- */

static uint64_t
next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static const char *
random_name(uint64_t *state)
{
    static const char *const pieces[] = {
        "0001",        "1",           "20240101120000",
        "_",           "__",          ".",
        "-",           "up",          "down",
        ".sql",        ".up.sql",     "V",
        "U",           "R",           "B",
        "V1__",        "x",           "autocommit",
        ".mysql",      ".go",         ".fizz",
        ".conf",       "é",           "\xff",
        " ",           ",",           "@",
        "sqitch.plan", "sqitch.conf", "..",
        "~",           "#",           "%",
        ".verify.sql", ".down.sql",   "metadata.toml",
        "deploy/",     "up.sql",      "99999999999999999999999999",
        "\n",          "'",           "afterMigrate",
        ".js",         "$",           "{",
        "}",           "V0001.",      "/",
    };
    BUF_SCOPED out = BUF_INIT(200);
    uint64_t n = 1 + next(state) % 6;
    for (uint64_t i = 0; i < n; i++) {
        buf_str(&out, pieces[next(state) % COUNT_OF(pieces)]);
    }
    char *name = arena_strdup(test_arena(), buf_cstr(&out));
    for (char *at = name; *at != '\0'; at++) {
        bool is_end = at[1] == '\0' || at == name || at[-1] == '/';
        *at = *at == '/' && is_end ? 's' : *at;
    }
    return strstr(name, "..") != NULL ? "dots" : name;
}

static const char *
random_text(uint64_t *state)
{
    static const char *const lines[] = {
        "SELECT 1;\n",
        "-- +goose Up\n",
        "-- +goose Down\n",
        "-- +goose StatementBegin\n",
        "-- +goose StatementEnd\n",
        "-- migrate:up\n",
        "-- migrate:down transaction:false\n",
        "-- +migrate Up\n",
        "-- +migrate Down\n",
        "-- Up Migration\n",
        "-- Down Migration\n",
        "-- rollcall: class=lossy\n",
        "-- rollcall: x\n",
        "%project=p\n",
        "a [b !c] 2024-01-31T12:00:00Z A <a@b>\n",
        "@v1 2024-01-31T12:00:00Z A <a@b>\n",
        "\xff",
        "\\i x\n",
        "${x}\n",
        "[core]\n",
        "top_dir = ../x\n",
        "top_dir = deploy\n",
        "run_in_transaction = maybe\n",
        "\n",
        "\r\n",
        "'",
        "/*",
        "+x\n",
    };
    BUF_SCOPED out = BUF_INIT(4000);
    for (uint64_t n = next(state) % 8; n > 0; n--) {
        buf_str(&out, lines[next(state) % COUNT_OF(lines)]);
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

/* However strange: every layout reads it without a fault, ids are unique or an error says so, and every part
 * lies in its file. */
static void
check_any(const char *dir, const char *layout)
{
    struct migrations set = {0};
    struct err err = {0};
    if (migrations_load(dir, layout, &mysql_like, test_arena(), &set, &err) != STATUS_OK) {
        return;
    }
    CHECK_OK(migrations_hash(&set, &err));
    bool is_ready = migrations_check(&set, &err) == STATUS_OK;
    for (size_t i = 0; i < set.n; i++) {
        const struct migration *migration = &set.items[i];
        for (size_t k = 0; is_ready && k < i; k++) {
            CHECK(!str_eq(set.items[k].id, migration->id));
        }
        for (int kind = 0; kind < PART_COUNT; kind++) {
            const struct part *part = &migration->parts[kind];
            struct span text;
            if (part->is_present && is_ready) {
                CHECK(strlen(part->sha256) == SHA256_HEX_LEN && part->line > 0);
                CHECK_OK(migration_read(&set, migration, (enum part_kind)kind, test_arena(), &text, &err));
                CHECK_INT(text.len, part->len);
            }
        }
    }
}

TEST(layout_trap, no_directory_is_too_strange_to_be_read)
{
    uint64_t state = test_seed() * 0x9e3779b97f4a7c15u + 1;
    for (int round = 0; round < 60; round++) {
        const char *dir = arena_printf(test_arena(), "%s/r%d", test_dir(), round);
        uint64_t n = 1 + next(&state) % 25;
        put(arena_printf(test_arena(), "r%d/a", round), "");
        for (uint64_t i = 0; i < n; i++) {
            const char *name = arena_printf(test_arena(), "r%d/%s", round, random_name(&state));
            struct err err = {0};
            char *path = arena_printf(test_arena(), "%s/%s", test_dir(), name);
            char *slash = strrchr(path, '/');
            *slash = '\0';
            bool has_dir = io_make_dirs(path, 0755, &err) == STATUS_OK;
            *slash = '/';
            if (has_dir && !io_is_dir(path)) {
                put(name, random_text(&state));
            }
        }
        check_any(dir, NULL);
        for (size_t i = 0; layouts[i] != NULL; i++) {
            check_any(dir, layouts[i]->name);
        }
    }
}
