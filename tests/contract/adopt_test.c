/* Other tools' history tables, made as each tool makes them: what is read out of them, what stops it, and
 * their locks. */
#include "contract/rig.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/io.h"
#include "drivers.h"
#include "migrate/adopt.h"
#include "script/layout.h"

#include <stdio.h>
#include <string.h>

#define ADOPT(name)                                                                                          \
    static void case_adopt_##name(struct rig *rig);                                                          \
    CASE_ON(sqlite, plain, adopt, name)                                                                      \
    CASE_ON(postgres, plain, adopt, name)                                                                    \
    CASE_ON(mysql, plain, adopt, name)                                                                       \
    static void case_adopt_##name(struct rig *rig)

/* One text for SQLite, another for the servers. */
#define ON_FILE(rig, sqlite, servers) ((rig)->engine == ENGINE_sqlite ? (sqlite) : (servers))

static void
put(const char *file, const char *text)
{
    struct err err = {0};
    char *path = arena_printf(test_arena(), "%s/m/%s", test_dir(), file);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    CHECK_OK(io_make_dirs(path, 0755, &err));
    *slash = '/';
    FILE *out = fopen(path, "wb");
    if (CHECK(out != NULL)) {
        CHECK(fwrite(text, 1, strlen(text), out) == strlen(text));
        fclose(out);
    }
}

/* Borrowed by what is read with it. */
static struct migrations *
loaded(struct rig *rig)
{
    struct migrations *migrations = arena_new(test_arena(), struct migrations);
    struct err err = {0};
    CHECK_OK(migrations_load(arena_printf(test_arena(), "%s/m", test_dir()), NULL, rig->conn->driver,
                             test_arena(), migrations, &err));
    return migrations;
}

static struct adoption
adopted(struct rig *rig)
{
    struct adoption adoption = {0};
    struct err err = {0};
    CHECK_OK(adopt_read(rig->conn, loaded(rig), test_arena(), &adoption, &err));
    return adoption;
}

static enum status
refused(struct rig *rig, struct err *err)
{
    struct adoption adoption = {0};
    memset(err, 0, sizeof(*err));
    return adopt_read(rig->conn, loaded(rig), test_arena(), &adoption, err);
}

/* "tool", then "id applied time verdict" a line each, in the order of application and then what is left. */
static const char *
shown(const struct adoption *adoption)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&out, "%s:", adoption->tool);
    for (size_t i = 0; i < adoption->n_applied; i++) {
        const struct adopted *item = adoption->applied[i];
        char time[RFC3339_LEN + 1] = "-";
        if (item->applied_us != 0) {
            clock_rfc3339(item->applied_us, time);
            time[19] = '\0';
        }
        buf_printf(&out, " %s[%s", item->migration->id, time);
        buf_printf(&out, item->verdict == ADOPTED_UNCOMPARED ? "]" : " %s]",
                   adopted_verdict_name(item->verdict));
    }
    for (size_t i = 0; i < adoption->n; i++) {
        const struct adopted *item = &adoption->items[i];
        if (item->migration == NULL) {
            buf_printf(&out, " unknown '%s'", item->foreign_id);
        } else if (!item->is_applied) {
            buf_printf(&out, " pending %s", item->migration->id);
        }
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

static const char *
rules(const struct adoption *adoption)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < adoption->n_findings; i++) {
        buf_printf(&out, "%s%s", i == 0 ? "" : " ", adoption->findings[i].rule);
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

/* -- golang-migrate
 * -------------------------------------------------------------------------------------------- */

static void
make_golang_migrate(struct rig *rig)
{
    rig_do(
        rig,
        ON_FILE(
            rig, "create table schema_migrations (version uint64, dirty bool)",
            "create table schema_migrations (version bigint not null primary key, dirty boolean not null)"),
        NULL);
    put("0001_a.up.sql", "");
    put("0002_b.up.sql", "");
    put("0010_c.up.sql", "");
}

ADOPT(golang_migrate_is_applied_up_to_its_version)
{
    make_golang_migrate(rig);
    rig_do(rig, "insert into schema_migrations values (2, false)", NULL);
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption), "golang-migrate: 0001_a[-] 0002_b[-] pending 0010_c");
    CHECK_STR(rules(&adoption), "");
    struct err err = {0};
    CHECK_OK(adopt_check(&adoption, &err));
}

ADOPT(golang_migrate_that_is_dirty_stops_with_its_own_advice)
{
    struct err err;
    make_golang_migrate(rig);
    rig_do(rig, "insert into schema_migrations values (2, true)", NULL);
    CHECK_INT(refused(rig, &err), STATUS_POLICY);
    CHECK(strstr(err.msg, "version 2 dirty") != NULL);
    CHECK(strstr(err.hint, "migrate force") != NULL);
}

ADOPT(golang_migrate_at_a_version_that_the_directory_lacks_is_a_finding)
{
    struct err err = {0};
    make_golang_migrate(rig);
    rig_do(rig, "insert into schema_migrations values (9, false)", NULL);
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption), "golang-migrate: 0001_a[-] 0002_b[-] pending 0010_c unknown '9'");
    CHECK_INT(adopt_check(&adoption, &err), STATUS_POLICY);
    CHECK(strstr(err.msg, "has applied '9' and the directory does not have it") != NULL);
}

ADOPT(golang_migrate_before_its_first_version_has_applied_nothing)
{
    make_golang_migrate(rig);
    struct adoption empty = adopted(rig);
    CHECK_INT(empty.n_applied, 0);
    if (rig->engine != ENGINE_sqlite) {
        rig_do(rig, "insert into schema_migrations values (-1, false)", NULL);
        struct adoption adoption = adopted(rig);
        CHECK_INT(adoption.n_applied, 0);
        CHECK_STR(rules(&adoption), "");
    }
}

/* -- one row a migration
 * --------------------------------------------------------------------------------------- */

ADOPT(dbmate_is_a_set_of_versions)
{
    rig_do(rig,
           ON_ENGINE(rig,
                     "create table if not exists \"schema_migrations\" (version varchar(128) primary key)",
                     "create table if not exists public.schema_migrations (version varchar primary key)",
                     "create table if not exists `schema_migrations` (version varchar(128) primary key)"),
           "insert into schema_migrations (version) values ('20240103')",
           "insert into schema_migrations (version) values ('20240101')",
           "insert into schema_migrations (version) values ('20239999')", NULL);
    put("20240101_a.sql", "-- migrate:up\n-- migrate:down\n");
    put("20240102_b.sql", "-- migrate:up\n-- migrate:down\n");
    put("20240103_c.sql", "-- migrate:up\n-- migrate:down\n");
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption), "dbmate: 20240101_a[-] 20240103_c[-] pending 20240102_b unknown '20239999'");
    CHECK_STR(rules(&adoption), "unknown-migration");
}

ADOPT(a_table_of_another_tool_than_the_layout_is_read_with_a_warning)
{
    rig_do(rig, "create table schema_migrations (version varchar(128) primary key)",
           "insert into schema_migrations (version) values ('0001')", NULL);
    put("0001_a.up.sql", "");
    put("0002_b.up.sql", "");
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption), "dbmate: 0001_a[-] pending 0002_b");
    CHECK_STR(rules(&adoption), "other-layout");
}

ADOPT(goose_takes_the_newest_row_of_a_version)
{
    rig_do(
        rig,
        ON_ENGINE(rig,
                  "create table goose_db_version (id integer primary key autoincrement, version_id integer "
                  "not null, "
                  "is_applied integer not null, tstamp timestamp default (datetime('now')))",
                  "create table goose_db_version (id integer primary key generated by default as identity, "
                  "version_id bigint not null, is_applied boolean not null, tstamp timestamp not null "
                  "default now())",
                  "create table goose_db_version (id bigint(20) unsigned not null auto_increment, version_id "
                  "bigint not "
                  "null, is_applied boolean not null, tstamp timestamp null default now(), primary key(id))"),
        "insert into goose_db_version (version_id, is_applied, tstamp) values (0, true, '2024-01-01 "
        "00:00:00')",
        "insert into goose_db_version (version_id, is_applied, tstamp) values (1, true, '2024-01-02 "
        "10:00:00')",
        "insert into goose_db_version (version_id, is_applied, tstamp) values (3, true, '2024-01-03 "
        "10:00:00')",
        "insert into goose_db_version (version_id, is_applied, tstamp) values (2, true, '2024-01-04 "
        "10:00:00')",
        "insert into goose_db_version (version_id, is_applied, tstamp) values (3, false, '2024-01-05 "
        "10:00:00')",
        NULL);
    put("00001_a.sql", "-- +goose Up\n");
    put("00002_b.sql", "-- +goose Up\n");
    put("00003_c.sql", "-- +goose Up\n");
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption),
              "goose: 00001_a[2024-01-02T10:00:00] 00002_b[2024-01-04T10:00:00] pending 00003_c");
    CHECK_STR(rules(&adoption), "");
}

ADOPT(sql_migrate_goes_by_file_names)
{
    rig_do(
        rig,
        ON_ENGINE(rig,
                  "create table gorp_migrations (id varchar(255) not null primary key, applied_at datetime)",
                  "create table gorp_migrations (id text not null primary key, applied_at timestamp with "
                  "time zone)",
                  "create table gorp_migrations (id varchar(255) not null primary key, applied_at datetime)"),
        ON_ENGINE(rig, "insert into gorp_migrations values ('2_b.sql', '2024-01-02 12:00:00.5+02:00')",
                  "insert into gorp_migrations values ('2_b.sql', '2024-01-02 12:00:00.5+02:00')",
                  "insert into gorp_migrations values ('2_b.sql', '2024-01-02 10:00:00')"),
        "insert into gorp_migrations values ('1_a.sql', '2024-01-03 10:00:00')", NULL);
    put("1_a.sql", "-- +migrate Up\n");
    put("2_b.sql", "-- +migrate Up\n");
    put("3_c.sql", "-- +migrate Up\n");
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption), "sql-migrate: 2_b[2024-01-02T10:00:00] 1_a[2024-01-03T10:00:00] pending 3_c");
}

ADOPT(diesel_goes_by_folder_versions)
{
    rig_do(rig,
           "create table if not exists __diesel_schema_migrations (version varchar(50) primary key not null, "
           "run_on "
           "timestamp not null default current_timestamp)",
           "insert into __diesel_schema_migrations values ('20240101000000', '2024-02-01 08:00:00')",
           "insert into __diesel_schema_migrations values ('00000000000000', '2024-01-31 08:00:00')", NULL);
    put("00000000000000_setup/up.sql", "");
    put("2024-01-01-000000_a/up.sql", "");
    put("2024-01-02-000000_b/up.sql", "");
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption), "diesel: 00000000000000_setup[2024-01-31T08:00:00] "
                                "2024-01-01-000000_a[2024-02-01T08:00:00] pending 2024-01-02-000000_b");
}

ADOPT(popx_versions_of_old_length_are_passed_over)
{
    rig_do(
        rig,
        "create table schema_migration (version varchar(48) not null, version_self int not null default 0)",
        "create unique index schema_migration_version_idx on schema_migration (version)",
        "insert into schema_migration (version) values ('20240101000000')",
        "insert into schema_migration (version) values ('20240101000000000000')",
        "insert into schema_migration (version) values ('20240101000000000009')", NULL);
    put("20240101000000000000_a.mysql.up.sql", "");
    put("20240101000000000000_a.up.sql", "");
    put("20240102000000000000_b.up.sql", "");
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption), "popx: 20240101000000000000_a[-] pending 20240102000000000000_b unknown "
                                "'20240101000000000009'");
}

ADOPT(node_pg_migrate_goes_by_names)
{
    rig_do(
        rig,
        ON_ENGINE(
            rig,
            "create table pgmigrations (id integer primary key, name varchar(255) not null, run_on timestamp "
            "not null)",
            "create table pgmigrations (id serial primary key, name varchar(255) not null, run_on timestamp "
            "not "
            "null)",
            "create table pgmigrations (id int primary key, name varchar(255) not null, run_on timestamp not "
            "null)"),
        "insert into pgmigrations (id, name, run_on) values (1, '1700000000000_a', '2024-01-02 10:00:00.25')",
        NULL);
    put("1700000000000_a.sql", "-- Up Migration\n");
    put("1700000000001_b.sql", "-- Up Migration\n");
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption),
              "node-pg-migrate: 1700000000000_a[2024-01-02T10:00:00] pending 1700000000001_b");
}

ADOPT(authelia_is_a_journal_of_moves)
{
    rig_do(rig,
           "create table migrations (id integer primary key, applied timestamp not null default "
           "current_timestamp, "
           "version_before integer null default null, version_after integer not null, application_version "
           "varchar(128) not "
           "null)",
           "insert into migrations values (1, '2024-01-01 00:00:00', null, 2, 'v1')",
           "insert into migrations values (2, '2024-01-02 00:00:00', 2, 3, 'v2')",
           "insert into migrations values (3, '2024-01-03 00:00:00', 3, 1, 'v2')",
           "insert into migrations values (4, '2024-01-04 00:00:00', 1, 2, 'v2')", NULL);
    put("V0001.A.up.sql", "");
    put("V0002.B.up.sql", "");
    put("V0003.C.up.sql", "");
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption),
              "authelia: V0001.A[2024-01-01T00:00:00] V0002.B[2024-01-04T00:00:00] pending V0003.C");
}

ADOPT(a_whole_name_covers_all_names_up_to_it)
{
    rig_do(rig, "create table migrations (version varchar(255) not null, note varchar(10))",
           "insert into migrations values ('0001_b', null)", NULL);
    static const char *const names[] = {"0001_a", "0001_b", "0001_c", "0002_a", "0002_b", "0002_c"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        put(arena_printf(test_arena(), "%s.up.sql", names[i]), "");
    }
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption),
              "whole-name: 0001_a[-] 0001_b[-] pending 0001_c pending 0002_a pending 0002_b pending 0002_c");
}

/* -- Flyway
 * ---------------------------------------------------------------------------------------------------- */

static void
make_flyway(struct rig *rig)
{
    rig_do(
        rig,
        ON_ENGINE(
            rig,
            "create table \"flyway_schema_history\" (\"installed_rank\" int not null primary key, "
            "\"version\" "
            "varchar(50), \"description\" varchar(200) not null, \"type\" varchar(20) not null, \"script\" "
            "varchar(1000) not null, \"checksum\" int, \"installed_by\" varchar(100) not null, "
            "\"installed_on\" text not "
            "null default (strftime('%Y-%m-%d %H:%M:%f','now')), \"execution_time\" int not null, "
            "\"success\" boolean "
            "not null)",
            "create table \"public\".\"flyway_schema_history\" (\"installed_rank\" int not null, \"version\" "
            "varchar(50), \"description\" varchar(200) not null, \"type\" varchar(20) not null, \"script\" "
            "varchar(1000) not null, \"checksum\" integer, \"installed_by\" varchar(100) not null, "
            "\"installed_on\" "
            "timestamp not null default now(), \"execution_time\" integer not null, \"success\" boolean not "
            "null)",
            "create table `flyway_schema_history` (`installed_rank` int not null, `version` varchar(50), "
            "`description` varchar(200) not null, `type` varchar(20) not null, `script` varchar(1000) not "
            "null, "
            "`checksum` int, `installed_by` varchar(100) not null, `installed_on` timestamp not null default "
            "current_timestamp, `execution_time` int not null, `success` bool not null, primary key "
            "(`installed_rank`))"),
        NULL);
}

/* version "" gives NULL, checksum "" gives NULL. */
static void
flyway_row(struct rig *rig, int rank, const char *version, const char *description, const char *type,
           const char *script, const char *checksum)
{
    conn_do(rig->conn,
            arena_printf(test_arena(),
                         "insert into flyway_schema_history values (%d, %s%s%s, '%s', '%s', '%s', %s, 'ann', "
                         "'2024-01-%02d 10:00:00', 5, true)",
                         rank, version[0] == '\0' ? "" : "'", version[0] == '\0' ? "null" : version,
                         version[0] == '\0' ? "" : "'", description, type, script,
                         checksum[0] == '\0' ? "null" : checksum, rank));
}

/* CRC-32 of "create table t (a int);" and "insert into t values (1);" one behind the other, as a signed
 * number. */
static const char *
crc_of(const char *joined)
{
    return arena_printf(test_arena(), "%d", (int)(int32_t)crc32_update(0, span_of(joined)));
}

ADOPT(flyway_checksums_ignore_line_ends_and_the_byte_order_mark)
{
    make_flyway(rig);
    put("V1__first.sql", "\xef\xbb\xbf"
                         "create table t (a int);\r\ninsert into t values (1);\n");
    put("V1.2__second.sql", "create table u (a int);\rdrop table u;");
    put("V2__third.sql", "");
    flyway_row(rig, 1, "01", "first", "SQL", "V1__first.sql",
               crc_of("create table t (a int);insert into t values (1);"));
    flyway_row(rig, 2, "1.2", "second", "SQL", "V1.2__second.sql",
               crc_of("create table u (a int);drop table u;"));
    flyway_row(rig, 3, "2", "third", "SQL", "V2__third.sql", "0");
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption),
              "flyway: V1__first[2024-01-01T10:00:00 match] V1.2__second[2024-01-02T10:00:00 match] "
              "V2__third[2024-01-03T10:00:00 match]");
    CHECK_STR(rules(&adoption), "");
}

ADOPT(flyway_edited_scripts_are_named)
{
    struct err err = {0};
    make_flyway(rig);
    put("V1__first.sql", "select 1;\n");
    put("R__view.sql", "select 2;\n");
    put("R__other.sql", "select 3;\n");
    flyway_row(rig, 1, "1", "first", "SQL", "V1__first.sql", "-1");
    flyway_row(rig, 2, "", "view", "SQL", "R__view.sql", "-1");
    flyway_row(rig, 3, "", "other", "SQL", "R__other.sql", crc_of("an older text"));
    flyway_row(rig, 4, "", "other", "SQL", "R__other.sql", crc_of("select 3;"));
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption),
              "flyway: V1__first[2024-01-01T10:00:00 differs] R__other[2024-01-04T10:00:00 match] "
              "pending R__view");
    CHECK_INT(adopt_check(&adoption, &err), STATUS_POLICY);
    CHECK(strstr(err.msg, "'V1__first.sql' is not what Flyway applied") != NULL);
}

ADOPT(flyway_later_rows_cancel_earlier_ones)
{
    make_flyway(rig);
    put("V1__a.sql", "a\n");
    put("V2__b.sql", "b\n");
    put("V3__c.sql", "c\n");
    put("V4__d.sql", "d\n");
    put("V5__e.sql", "e\n");
    flyway_row(rig, 1, "", "<< Flyway Schema Creation >>", "SCHEMA", "\"public\"", "");
    flyway_row(rig, 2, "2", "<< Flyway Baseline >>", "BASELINE", "<< Flyway Baseline >>", "");
    flyway_row(rig, 3, "3", "c", "SQL", "V3__c.sql", crc_of("c"));
    flyway_row(rig, 4, "4", "d", "SQL", "V4__d.sql", crc_of("d"));
    flyway_row(rig, 5, "4", "d", "UNDO_SQL", "U4__d.sql", "7");
    flyway_row(rig, 6, "6", "java", "JDBC", "db.migration.V6__java", "");
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption),
              "flyway: V1__a[2024-01-02T10:00:00] V2__b[2024-01-02T10:00:00] V3__c[2024-01-03T10:00:00 "
              "match] pending V4__d pending V5__e unknown '6'");
}

ADOPT(flyway_a_failed_row_stops_with_its_own_advice)
{
    struct err err;
    make_flyway(rig);
    put("V1__a.sql", "a\n");
    rig_do(rig,
           "insert into flyway_schema_history values (1, '1', 'a', 'SQL', 'V1__a.sql', 5, 'ann', '2024-01-01 "
           "10:00:00', 5, false)",
           NULL);
    CHECK_INT(refused(rig, &err), STATUS_POLICY);
    CHECK(strstr(err.msg, "'V1__a.sql' failed") != NULL);
    CHECK(strstr(err.hint, "flyway repair") != NULL);
}

ADOPT(flyway_a_baseline_script_covers_versions_that_are_gone)
{
    make_flyway(rig);
    put("B5__base.sql", "base\n");
    put("V6__f.sql", "f\n");
    flyway_row(rig, 1, "5", "e", "SQL", "V5__e.sql", crc_of("e"));
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption), "flyway: B5__base[2024-01-01T10:00:00] pending V6__f");
}

/* -- Sqitch
 * ---------------------------------------------------------------------------------------------------- */

static const char plan[] = "%syntax-version=1.0.0\n%project=shop\n%uri=https://example.com/shop\n\n"
                           "appschema 2026-11-22T23:46:07Z Test Person <test@example.com> # Adds appschema\n"
                           "users 2026-11-22T23:46:07Z Test Person <test@example.com> # Adds users\n";

/* The registry of Sqitch 1.3, where each engine has it; the connection that can write it. */
static struct conn *
make_sqitch(struct rig *rig)
{
    struct err err = {0};
    struct conn *conn = rig->conn;
    const char *table = ON_FILE(rig, "changes", "sqitch.changes");
    const char *text = rig->engine == ENGINE_mysql ? "varchar(255)" : "text";
    const char *time = ON_ENGINE(rig, "datetime", "timestamptz", "datetime(6)");
    if (rig->engine == ENGINE_sqlite) {
        const char *own = arena_strdup(test_arena(), rig->conn->identity.database);
        size_t len = (size_t)(strrchr(own, '/') - own);
        struct conn_params params = {.url =
                                         arena_printf(test_arena(), "sqlite:%.*s/sqitch.db", (int)len, own)};
        CHECK_OK(conn_open(&params, &conn, &err));
    } else {
        conn_do(conn, rig->engine == ENGINE_mysql ? "create database sqitch" : "create schema sqitch");
    }
    conn_do(conn,
            arena_printf(
                test_arena(),
                "create table %s (change_id %s primary key, script_hash %s null, %s %s not null, project %s "
                "not null, note %s not null default '', committed_at %s not null, committer_name %s not "
                "null, committer_email %s not null, planned_at %s not null, planner_name %s not null, "
                "planner_email %s not null)",
                table, text, text, rig->engine == ENGINE_mysql ? "`change`" : "change", text, text, text,
                time, text, text, time, text, text));
    conn_do(conn,
            arena_printf(
                test_arena(),
                "create table %s (event %s not null, change_id %s not null, %s %s not null, committed_at %s "
                "not null)",
                ON_FILE(rig, "events", "sqitch.events"), text, text,
                rig->engine == ENGINE_mysql ? "`change`" : "change", text, time));
    return conn;
}

static void
sqitch_row(struct rig *rig, struct conn *conn, const char *id, const char *hash, const char *change,
           const char *project, int day)
{
    conn_do(conn, arena_printf(
                      test_arena(),
                      "insert into %s values ('%s', '%s', '%s', '%s', '', '2024-01-%02d 10:00:00', 'a', 'b', "
                      "'2024-01-01 10:00:00', 'a', 'b')",
                      ON_FILE(rig, "changes", "sqitch.changes"), id, hash, change, project, day));
}

static void
drop_sqitch(struct rig *rig, struct conn *conn)
{
    if (rig->engine == ENGINE_mysql) {
        conn_do(conn, "drop database sqitch");
    }
    if (conn != rig->conn) {
        conn_close(conn);
    }
}

ADOPT(sqitch_ids_and_script_hashes_are_verified)
{
    char hash[SHA1_HEX_LEN + 1];
    struct err err = {0};
    put("sqitch.plan", plan);
    put("deploy/appschema.sql", "select 1;\n");
    put("deploy/users.sql", "select 2;\n");
    struct conn *conn = make_sqitch(rig);
    sha1_hex(SPAN("select 1;\n"), hash);
    sqitch_row(rig, conn, "1b0a68b873e9c88edad44e550d4f541cce12ff81", hash, "appschema", "shop", 1);
    sqitch_row(rig, conn, "0000000000000000000000000000000000000001", hash, "other", "elsewhere", 2);
    struct adoption one = adopted(rig);
    CHECK_STR(shown(&one), "sqitch: appschema[2024-01-01T10:00:00 match] pending users");
    CHECK_STR(rules(&one), "");
    sqitch_row(rig, conn, "e1fa02e156d29754dee475a012ad04fccbd9f9b8", hash, "users", "shop", 3);
    struct adoption two = adopted(rig);
    CHECK_STR(shown(&two), "sqitch: appschema[2024-01-01T10:00:00 match] users[2024-01-03T10:00:00 differs]");
    CHECK_INT(adopt_check(&two, &err), STATUS_POLICY);
    CHECK(strstr(err.msg, "'deploy/users.sql' is not what Sqitch deployed") != NULL);
    drop_sqitch(rig, conn);
}

static void
sqitch_event(struct rig *rig, struct conn *conn, const char *event, const char *id, const char *change,
             int day)
{
    conn_do(conn,
            arena_printf(test_arena(), "insert into %s values ('%s', '%s', '%s', '2024-01-%02d 10:00:00')",
                         ON_FILE(rig, "events", "sqitch.events"), event, id, change, day));
}

ADOPT(sqitch_a_failed_try_stops_only_where_a_part_of_it_may_stand)
{
    struct err err = {0};
    put("sqitch.plan", plan);
    put("deploy/appschema.sql", "select 1;\n");
    put("deploy/users.sql", "select 2;\n");
    struct conn *conn = make_sqitch(rig);
    sqitch_event(rig, conn, "fail", "1b0a68b873e9c88edad44e550d4f541cce12ff81", "appschema", 1);
    sqitch_event(rig, conn, "revert", "1b0a68b873e9c88edad44e550d4f541cce12ff81", "appschema", 2);
    struct adoption mended = adopted(rig);
    CHECK_STR(rules(&mended), "");
    sqitch_event(rig, conn, "fail", "e1fa02e156d29754dee475a012ad04fccbd9f9b8", "users", 3);
    struct adoption adoption = adopted(rig);
    CHECK_STR(rules(&adoption), "failed-before");
    CHECK_INT(adopt_check(&adoption, &err), rig->engine == ENGINE_mysql ? STATUS_POLICY : STATUS_OK);
    drop_sqitch(rig, conn);
}

ADOPT(sqitch_a_plan_that_was_edited_is_noticed)
{
    put("sqitch.plan", plan);
    put("deploy/appschema.sql", "select 1;\n");
    put("deploy/users.sql", "select 2;\n");
    struct conn *conn = make_sqitch(rig);
    sqitch_row(rig, conn, "00000000000000000000000000000000000000aa", "x", "users", "shop", 1);
    struct adoption adoption = adopted(rig);
    CHECK_STR(shown(&adoption),
              "sqitch: pending appschema pending users unknown '00000000000000000000000000000000000000aa'");
    CHECK(adoption.n_findings == 1 &&
          strstr(adoption.findings[0].message, "the plan has changed at 'users' or before it") != NULL);
    drop_sqitch(rig, conn);
}

/* -- which tool
 * ------------------------------------------------------------------------------------------------ */

ADOPT(no_history_at_all_is_said_with_the_way_out)
{
    struct err err;
    put("0001_a.up.sql", "");
    rig_do(rig, "create table schema_migrations (something varchar(10), else_ int)", NULL);
    CHECK_INT(refused(rig, &err), STATUS_USAGE);
    CHECK_STR(err.msg, "no history table of another tool is there");
    CHECK(strstr(err.hint, "--baseline") != NULL);
}

ADOPT(of_two_histories_the_layout_tells_which)
{
    struct err err;
    make_golang_migrate(rig);
    rig_do(rig, "insert into schema_migrations values (1, false)",
           "create table __diesel_schema_migrations (version varchar(50) primary key not null, run_on "
           "timestamp not null "
           "default current_timestamp)",
           NULL);
    struct adoption adoption = adopted(rig);
    CHECK_STR(adoption.tool, "golang-migrate");
    struct migrations *other = loaded(rig);
    other->layout = layout_find("sqitch");
    struct adoption none;
    memset(&err, 0, sizeof(err));
    CHECK_INT(adopt_read(rig->conn, other, test_arena(), &none, &err), STATUS_USAGE);
    CHECK(strstr(err.msg, "cannot tell which history to adopt") != NULL);
}

ADOPT(reading_changes_nothing_and_works_where_writes_are_refused)
{
    struct err err = {0};
    struct adoption adoption;
    make_golang_migrate(rig);
    rig_do(rig, "insert into schema_migrations values (2, false)", NULL);
    struct conn *reading = rig_open(rig, (struct conn_params){.read_only = true});
    CHECK_OK(conn_begin(reading, TXN_READ, &err));
    CHECK_OK(adopt_read(reading, loaded(rig), test_arena(), &adoption, &err));
    CHECK_INT(adoption.n_applied, 2);
    conn_rollback(reading);
    conn_close(reading);
    CHECK_INT(conn_count(rig->conn, "schema_migrations"), 1);
}

/* -- locks
 * ----------------------------------------------------------------------------------------------------- */

/* What golang-migrate itself would call its lock here. */
static const char *
golang_lock(struct rig *rig)
{
    BUF_SCOPED text = BUF_INIT(1000);
    if (rig->engine == ENGINE_mysql) {
        buf_printf(&text, "%s:schema_migrations", rig->name);
    } else {
        buf_add(&text, "public\0schema_migrations", 25);
        buf_str(&text, rig->name);
    }
    return arena_printf(test_arena(), "%u", crc32_update(0, buf_view(&text)) * 1486364155u);
}

ADOPT(their_lock_keeps_us_out_and_ours_keeps_them_out)
{
    struct err err = {0};
    make_golang_migrate(rig);
    struct adopt_lock lock;
    CHECK_OK(adopt_lock(rig->conn, loaded(rig), 0, &lock, &err));
    CHECK(rig->engine == ENGINE_sqlite ? lock.conn == NULL : lock.conn != NULL);
    if (rig->engine == ENGINE_sqlite) {
        return;
    }
    struct conn *other = rig_open(rig, (struct conn_params){0});
    const char *id = golang_lock(rig);
    const char *take = ON_ENGINE(rig, "", arena_printf(test_arena(), "select pg_try_advisory_lock(%s)", id),
                                 arena_printf(test_arena(), "select get_lock('%s', 0)", id));
    const char *give = ON_ENGINE(rig, "", arena_printf(test_arena(), "select pg_advisory_unlock(%s)", id),
                                 arena_printf(test_arena(), "select release_lock('%s')", id));
    struct value got = value_text(conn_ask(other, take));
    CHECK(!value_to_bool(&got));
    adopt_unlock(&lock);
    CHECK(lock.conn == NULL);
    got = value_text(conn_ask(other, take));
    CHECK(value_to_bool(&got));
    CHECK_INT(adopt_lock(rig->conn, loaded(rig), 120, &lock, &err), STATUS_LEASE);
    CHECK(strstr(err.msg, "golang-migrate is running") != NULL);
    CHECK(lock.conn == NULL);
    adopt_unlock(&lock);
    (void)conn_ask(other, give);
    CHECK_OK(adopt_lock(rig->conn, loaded(rig), 0, &lock, &err));
    adopt_unlock(&lock);
    conn_close(other);
}

ADOPT(every_other_tools_lock_can_be_taken_and_given_back)
{
    struct err err = {0};
    struct adopt_lock lock;
    make_flyway(rig);
    put("V1__a.sql", "");
    CHECK_OK(adopt_lock(rig->conn, loaded(rig), 0, &lock, &err));
    if (rig->engine == ENGINE_postgres) {
        /* "Flyway" as bytes, plus the Java hash of "public"."flyway_schema_history" */
        CHECK_STR(lock.number, "77433833903597");
    }
    adopt_unlock(&lock);
    rig_do(rig, "drop table flyway_schema_history",
           "create table schema_migrations (version varchar(128) primary key)", NULL);
    CHECK_OK(adopt_lock(rig->conn, loaded(rig), 0, &lock, &err));
    CHECK(lock.conn == NULL);
    adopt_unlock(&lock);
}
