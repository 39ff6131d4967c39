/* The drill on real engines: what it says of downs whose faults are known. */
#include "drivers.h"
#include "harness.h"
#include "migrate/drill.h"

#include "base/io.h"

#include <stdlib.h>
#include <string.h>

struct file {
    const char *name;
    const char *text;
};

static const char *
write_files(const char *folder, const struct file *files)
{
    struct err err = {0};
    const char *dir = arena_printf(test_arena(), "%s/%s", test_dir(), folder);
    CHECK_OK(io_make_dirs(dir, 0700, &err));
    for (; files->name != NULL; files++) {
        const char *path = arena_printf(test_arena(), "%s/%s", dir, files->name);
        CHECK_OK(io_write_file(path, span_of(files->text), 0600, &err));
    }
    return dir;
}

static struct drill_result
drill(const char *url, const char *dir, struct drill_options options)
{
    struct err err = {0};
    struct migrations migrations = {0};
    struct drill_result result = {0};
    options.url = url;
    options.connect_timeout_ms = 5000;
    options.seed = options.seed == 0 ? test_seed() : options.seed;
    driver_registry_set(built_in_drivers);
    if (CHECK_OK(migrations_load(dir, NULL, driver_for_url(url), test_arena(), &migrations, &err)) &&
        CHECK_OK(migrations_hash(&migrations, &err))) {
        CHECK_OK(drill_run(&migrations, &options, test_arena(), &result, &err));
    }
    return result;
}

/* The engines at hand: SQLite always, the others where a server was started. */
static size_t
engine_urls(const char *urls[3])
{
    const char *const servers[] = {getenv("ROLLCALL_TEST_PG"), getenv("ROLLCALL_TEST_MARIADB")};
    size_t n = 0;
    urls[n++] = arena_printf(test_arena(), "sqlite:%s/drill.db", test_dir());
    for (size_t i = 0; i < COUNT_OF(servers); i++) {
        if (servers[i] != NULL) {
            urls[n++] = servers[i];
        }
    }
    return n;
}

#define EACH_ENGINE(url)                                                                                     \
    const char *engines[3];                                                                                  \
    size_t n_engines = engine_urls(engines);                                                                 \
    const char *url = engines[0];                                                                            \
    for (size_t engine = 0; engine < n_engines; engine++, url = engine < n_engines ? engines[engine] : NULL)

static const struct drill_step *
step_of(const struct drill_result *result, const char *version)
{
    static const struct drill_step none = {.version = "", .verdict = DRILL_VERDICT_COUNT};
    for (size_t i = 0; i < result->n; i++) {
        if (str_eq(result->items[i].version, version)) {
            return &result->items[i];
        }
    }
    return &none;
}

#define CREATE_A "CREATE TABLE a (id integer NOT NULL PRIMARY KEY, name varchar(20));"

TEST(drill, names_the_fault_of_each_down)
{
    static const struct file files[] = {
        {"0001_good.up.sql", CREATE_A},
        {"0001_good.down.sql", "DROP TABLE a;"},
        {"0002_forgets.up.sql",
         "CREATE TABLE b (id integer NOT NULL PRIMARY KEY); CREATE INDEX a_id ON a (id);"},
        {"0002_forgets.down.sql", "DROP TABLE b;"},
        {"0003_empty.up.sql", "CREATE TABLE c (id integer NOT NULL PRIMARY KEY);"},
        {"0003_empty.down.sql", "-- nothing\n"},
        {"0004_none.up.sql", "CREATE TABLE d (id integer NOT NULL PRIMARY KEY);"},
        {"0005_fails.up.sql", "CREATE TABLE e (id integer NOT NULL PRIMARY KEY);"},
        {"0005_fails.down.sql", "DROP TABLE no_such_table;"},
        {"0006_up_fails.up.sql", "CREATE TABLE a (id integer);"},
        {"0006_up_fails.down.sql", "DROP TABLE a;"},
        {"0007_nothing.up.sql", "-- nothing\n"},
        {"0007_nothing.down.sql", "-- nothing\n"},
        {"0008_moves.up.sql", "ALTER TABLE a DROP COLUMN name; ALTER TABLE a ADD COLUMN more integer;"},
        {"0008_moves.down.sql", "ALTER TABLE a DROP COLUMN more; ALTER TABLE a ADD COLUMN name varchar(20);"},
        {NULL, NULL},
    };
    const char *dir = write_files("migrations", files);
    EACH_ENGINE(url)
    {
        struct drill_result result = drill(url, dir, (struct drill_options){0});
        CHECK_INT(result.n, 8);
        CHECK_INT(step_of(&result, "0001")->verdict, DRILL_EXACT);
        CHECK_INT(step_of(&result, "0001")->reup, DRILL_REUP_OK);
        const struct drill_step *forgets = step_of(&result, "0002");
        CHECK_INT(forgets->verdict, DRILL_DIFFERENT);
        CHECK_INT(forgets->reup, DRILL_REUP_FAIL);
        CHECK_INT(forgets->n_residue, 1);
        CHECK_INT(forgets->residue[0].kind, OBJECT_INDEX);
        CHECK_INT(step_of(&result, "0003")->verdict, DRILL_EMPTY);
        CHECK_INT(step_of(&result, "0004")->verdict, DRILL_MISSING);
        CHECK_INT(step_of(&result, "0005")->verdict, DRILL_FAILS);
        CHECK(step_of(&result, "0005")->partial == NULL);
        CHECK_INT(step_of(&result, "0006")->verdict, DRILL_UP_FAILS);
        CHECK_INT(step_of(&result, "0007")->verdict, DRILL_EXACT);
        CHECK_INT(step_of(&result, "0008")->verdict, DRILL_EXACT);
        CHECK_INT(result.honest, 3);
        CHECK_INT(result.failed, 2);
        CHECK_INT(result.dishonest, 3);
    }
}

TEST(drill, column_that_comes_back_at_the_end_is_column_order)
{
    static const struct file files[] = {
        {"1_a.up.sql", "CREATE TABLE a (x integer, y integer, z integer);"},
        {"1_a.down.sql", "DROP TABLE a;"},
        {"2_b.up.sql", "ALTER TABLE a DROP COLUMN x;"},
        {"2_b.down.sql", "ALTER TABLE a ADD COLUMN x integer;"},
        {NULL, NULL},
    };
    const char *dir = write_files("migrations", files);
    EACH_ENGINE(url)
    {
        struct drill_result result = drill(url, dir, (struct drill_options){0});
        CHECK_INT(step_of(&result, "2")->verdict, DRILL_COLUMN_ORDER);
        CHECK(step_of(&result, "2")->is_honest);
    }
}

TEST(drill, rows_that_do_not_come_back_are_proven_by_one)
{
    static const struct file files[] = {
        {"1_a.up.sql",
         CREATE_A " INSERT INTO a (id, name) VALUES (1, 'one'); INSERT INTO a (id, name) VALUES (2, 'two');"},
        {"1_a.down.sql", "DROP TABLE a;"},
        {"2_b.up.sql", "UPDATE a SET name = 'TWO' WHERE id = 2;"},
        {"2_b.down.sql", "UPDATE a SET name = 'twain' WHERE id = 2;"},
        {"3_c.up.sql", "UPDATE a SET name = 'UNO' WHERE id = 1;"},
        {"3_c.down.sql", "UPDATE a SET name = 'one' WHERE id = 1;"},
        {NULL, NULL},
    };
    const char *dir = write_files("migrations", files);
    EACH_ENGINE(url)
    {
        struct drill_result result = drill(url, dir, (struct drill_options){0});
        const struct drill_step *step = step_of(&result, "2");
        CHECK_INT(step->verdict, DRILL_EXACT);
        CHECK_INT(step->rows, DRILL_ROWS_DIFFERENT);
        CHECK(!step->is_honest);
        CHECK_INT(step_of(&result, "3")->rows, DRILL_ROWS_SAME);
        if (CHECK(step->example != NULL)) {
            CHECK_INT(step->example->change, ROW_CHANGED);
            CHECK_STR(step->example->key[0].before, "2");
            CHECK_INT(step->example->n_cells, 1);
            CHECK_STR(step->example->cells[0].before, "two");
            CHECK_STR(step->example->cells[0].after, "twain");
        }
    }
}

TEST(drill, made_up_rows_find_the_down_that_restores_only_the_schema)
{
    static const struct file files[] = {
        {"1_a.up.sql", CREATE_A},
        {"1_a.down.sql", "DROP TABLE a;"},
        {"2_b.up.sql", "CREATE TABLE b (id integer NOT NULL PRIMARY KEY, a_id integer NOT NULL, "
                       "note varchar(30), price decimal(8,2), FOREIGN KEY (a_id) REFERENCES a (id));"},
        {"2_b.down.sql", "DROP TABLE b;"},
        {"3_c.up.sql", "ALTER TABLE b DROP COLUMN note;"},
        {"3_c.down.sql", "ALTER TABLE b ADD COLUMN note varchar(30);"},
        {NULL, NULL},
    };
    const char *dir = write_files("migrations", files);
    EACH_ENGINE(url)
    {
        struct drill_result result = drill(url, dir, (struct drill_options){.data = true});
        CHECK(result.rows_made >= 8);
        CHECK_INT(step_of(&result, "1")->rows, DRILL_ROWS_NOT_CHECKED);
        CHECK_INT(step_of(&result, "2")->rows, DRILL_ROWS_SAME);
        CHECK_INT(step_of(&result, "3")->rows, DRILL_ROWS_DIFFERENT);
        CHECK(step_of(&result, "3")->example != NULL);
    }
}

TEST(drill, up_that_fails_on_made_up_rows_is_tried_without)
{
    static const struct file files[] = {
        {"1_a.up.sql", CREATE_A},
        {"1_a.down.sql", "DROP TABLE a;"},
        {"2_b.up.sql",
         "CREATE TABLE b (name varchar(20) NOT NULL); INSERT INTO b (name) SELECT name FROM a;"},
        {"2_b.down.sql", "DROP TABLE b;"},
        {"3_c.up.sql", "DROP TABLE b;"},
        {"3_c.down.sql", "CREATE TABLE b (name varchar(20) NOT NULL);"},
        {NULL, NULL},
    };
    const char *dir = write_files("migrations", files);
    EACH_ENGINE(url)
    {
        struct drill_result result = drill(url, dir, (struct drill_options){.data = true});
        CHECK_INT(step_of(&result, "2")->verdict, DRILL_EXACT);
        CHECK(step_of(&result, "2")->set_aside != NULL);
        CHECK_INT(step_of(&result, "3")->verdict, DRILL_EXACT);
        CHECK_INT(step_of(&result, "3")->rows, DRILL_ROWS_DIFFERENT);
        CHECK(step_of(&result, "3")->set_aside == NULL);
        CHECK_INT(result.failed, 0);
    }
}

TEST(drill, rows_of_the_user_are_loaded_after_their_version)
{
    static const struct file files[] = {
        {"0001_a.up.sql", CREATE_A},
        {"0001_a.down.sql", "DROP TABLE a;"},
        {"0002_b.up.sql", "DELETE FROM a WHERE id = 7; UPDATE host SET n = n + 1;"},
        {"0002_b.down.sql", "UPDATE host SET n = n - 1;"},
        {NULL, NULL},
    };
    static const struct file rows[] = {
        {"before.sql", "CREATE TABLE host (n integer); INSERT INTO host VALUES (1);"},
        {"0001_people.sql", "INSERT INTO a (id, name) VALUES (7, 'seven'), (8, 'eight');"},
        {NULL, NULL},
    };
    const char *dir = write_files("migrations", files);
    const char *rows_dir = write_files("rows", rows);
    EACH_ENGINE(url)
    {
        struct drill_result result = drill(url, dir, (struct drill_options){.rows_dir = rows_dir});
        const struct drill_step *step = step_of(&result, "0002");
        CHECK_INT(step_of(&result, "0001")->rows, DRILL_ROWS_SAME);
        CHECK_INT(step->verdict, DRILL_EXACT);
        CHECK_INT(step->n_row_tables, 1);
        if (CHECK(step->example != NULL)) {
            CHECK_INT(step->example->change, ROW_MISSING);
            CHECK_STR(step->example->key[0].before, "7");
        }
    }
}

TEST(drill, range_is_one_step_and_the_walk_says_what_is_left)
{
    static const struct file files[] = {
        {"1_a.up.sql", CREATE_A},
        {"1_a.down.sql", "DROP TABLE a;"},
        {"2_b.up.sql", "CREATE TABLE b (id integer NOT NULL PRIMARY KEY);"},
        {"2_b.down.sql", "-- nothing\n"},
        {"3_c.up.sql", "CREATE TABLE c (id integer NOT NULL PRIMARY KEY);"},
        {"3_c.down.sql", "DROP TABLE c; DROP TABLE b;"},
        {"4_d.up.sql", "CREATE TABLE d (id integer NOT NULL PRIMARY KEY);"},
        {"4_d.down.sql", "-- nothing\n"},
        {NULL, NULL},
    };
    const char *dir = write_files("migrations", files);
    EACH_ENGINE(url)
    {
        struct drill_options options = {.range = true, .from = "2", .to = "3"};
        struct drill_result result = drill(url, dir, options);
        CHECK_INT(result.n, 1);
        CHECK_STR(result.items[0].version, "2..3");
        CHECK_INT(result.items[0].verdict, DRILL_EXACT);
        result = drill(url, dir, (struct drill_options){.walk = true});
        CHECK_INT(step_of(&result, "2")->verdict, DRILL_EMPTY);
        CHECK(result.has_walk);
        CHECK_INT(result.walk.failed, 0);
        CHECK(result.walk.n_left >= 1);
        CHECK_STR(result.walk.left[0].name + strlen(result.walk.left[0].name) - 1, "d");
    }
}

TEST(drill, scratch_databases_are_gone_afterwards)
{
    static const struct file files[] = {{"1_a.up.sql", CREATE_A},
                                        {"1_a.down.sql", "DROP TABLE a;"},
                                        {"2_b.up.sql", "nonsense;"},
                                        {NULL, NULL}};
    const char *dir = write_files("migrations", files);
    EACH_ENGINE(url)
    {
        struct err err = {0};
        CONN_SCOPED *conn = NULL;
        const char **names = NULL;
        size_t n = 0;
        CHECK_INT(drill(url, dir, (struct drill_options){0}).n, 2);
        if (CHECK_OK(conn_open(&(struct conn_params){.url = url}, &conn, &err))) {
            CHECK_OK(conn_list_databases(conn, "rollcall_drill_", test_arena(), &names, &n, &err));
            CHECK_INT(n, 0);
        }
    }
}

TEST(drill, rows_for_no_migration_and_unknown_versions_are_refused)
{
    static const struct file files[] = {
        {"1_a.up.sql", CREATE_A}, {"1_a.down.sql", "DROP TABLE a;"}, {NULL, NULL}};
    static const struct file rows[] = {{"0009_x.sql", "SELECT 1;"}, {NULL, NULL}};
    struct err err = {0};
    struct migrations migrations = {0};
    struct drill_result result = {0};
    const char *dir = write_files("migrations", files);
    struct drill_options options = {.url = arena_printf(test_arena(), "sqlite:%s/x.db", test_dir())};
    driver_registry_set(built_in_drivers);
    CHECK_OK(migrations_load(dir, NULL, driver_for_url(options.url), test_arena(), &migrations, &err));
    options.rows_dir = write_files("rows", rows);
    CHECK_INT(drill_run(&migrations, &options, test_arena(), &result, &err), STATUS_USAGE);
    CHECK(strstr(err.msg, "0009_x.sql' belongs to no migration") != NULL);
    options.rows_dir = NULL;
    options.from = "12";
    CHECK_INT(drill_run(&migrations, &options, test_arena(), &result, &err), STATUS_USAGE);
    CHECK(strstr(err.msg, "no migration '12'") != NULL);
}
