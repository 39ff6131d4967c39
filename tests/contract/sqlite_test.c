/* What only SQLite has: files, its quoting, its pragmas, its kinds of tables. */
#include "contract/rig.h"

#include "base/io.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SQLITE_CASE(group, name)                                                                             \
    static void case_##group##_##name(struct rig *rig);                                                      \
    CASE_ON(sqlite, plain, group, name)                                                                      \
    static void case_##group##_##name(struct rig *rig)

static const char *
in_dir(const char *name)
{
    return arena_printf(test_arena(), "%s/%s", test_dir(), name);
}

/* The status of opening the URL, and in `message` what was said. */
static enum status
opening(const char *url, bool read_only, const char **message)
{
    struct err err = {0};
    struct conn *conn = NULL;
    enum status status = conn_open(&(struct conn_params){.url = url, .read_only = read_only}, &conn, &err);
    *message = arena_printf(test_arena(), "%s; %s", err.msg, err.hint);
    conn_close(conn);
    return status;
}

static void
check_opening(const char *url, bool read_only, enum status want, const char *words)
{
    const char *message;
    if (!CHECK_INT(opening(url, read_only, &message), want) || !CHECK(strstr(message, words) != NULL)) {
        printf("    %s: %s\n", url, message);
    }
}

/* -- opening ------------------------------------------------------------------------------------------ */

SQLITE_CASE(open, every_spelling_of_a_path_leads_to_the_file)
{
    const char *path = in_dir("a b%.db");
    static const char *const urls[] = {"sqlite:%s/a%%20b%%25.db", "sqlite://%s/a b%%25.db",
                                       "sqlite3:%s/a b%%.db"};
    (void)rig;
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        struct err err = {0};
        struct conn *conn = NULL;
        BUF_SCOPED url = BUF_INIT(4096);
        const char *at = strstr(urls[i], "%s");
        buf_printf(&url, "%.*s%s", (int)(at - urls[i]), urls[i], test_dir());
        for (at += 2; *at != '\0'; at++) {
            buf_char(&url, *at);
            at += *at == '%' && at[1] == '%';
        }
        CHECK_OK(conn_open(&(struct conn_params){.url = buf_cstr(&url)}, &conn, &err));
        CHECK_STR(conn->identity.system, path);
        conn_close(conn);
    }
}

SQLITE_CASE(open, relative_path_and_links_give_the_real_path)
{
    struct err err = {0};
    struct conn *conn = NULL;
    char before[4096];
    (void)rig;
    CHECK(getcwd(before, sizeof(before)) != NULL);
    CHECK(chdir(test_dir()) == 0);
    CHECK_OK(conn_open(&(struct conn_params){.url = "sqlite:file:odd.db"}, &conn, &err));
    CHECK_STR(conn->identity.database, in_dir("file:odd.db"));
    conn_close(conn);
    CHECK(symlink("file:odd.db", "link.db") == 0);
    CHECK_OK(conn_open(&(struct conn_params){.url = "sqlite:link.db"}, &conn, &err));
    CHECK_STR(conn->identity.database, in_dir("file:odd.db"));
    conn_close(conn);
    CHECK(chdir(before) == 0);
}

SQLITE_CASE(open, missing_file_is_created_only_for_writing)
{
    const char *url = arena_printf(test_arena(), "sqlite:%s", in_dir("new.db"));
    const char *message;
    (void)rig;
    check_opening(url, true, STATUS_CONNECT, "there is no database");
    check_opening(arena_printf(test_arena(), "%s?mode=ro", url), false, STATUS_CONNECT,
                  "there is no database");
    check_opening(arena_printf(test_arena(), "%s?mode=rw", url), false, STATUS_CONNECT,
                  "there is no database");
    CHECK(!io_exists(in_dir("new.db")));
    CHECK_INT(opening(url, false, &message), STATUS_OK);
    CHECK(io_exists(in_dir("new.db")));
}

SQLITE_CASE(open, what_is_no_database_is_named)
{
    struct err err = {0};
    (void)rig;
    CHECK_OK(io_write_file(in_dir("text.db"),
                           SPAN("this is not a database, however long it may be, not at all\n"
                                "this is not a database, however long it may be, not at all\n"),
                           0600, &err));
    check_opening(arena_printf(test_arena(), "sqlite:%s", in_dir("text.db")), false, STATUS_CONNECT,
                  "is not a SQLite database");
    check_opening(arena_printf(test_arena(), "sqlite:%s", test_dir()), false, STATUS_CONNECT,
                  "is a directory");
    check_opening(arena_printf(test_arena(), "sqlite:%s", in_dir("no/such/x.db")), false, STATUS_CONNECT,
                  "there is no directory");
    check_opening("sqlite:", false, STATUS_USAGE, "names no file");
    check_opening("sqlite:a%00b", false, STATUS_USAGE, "NUL");
    check_opening("sqlite:x.db?mod=ro", false, STATUS_USAGE, "did you mean 'mode=ro'?");
    CHECK(!io_exists("x.db"));
}

SQLITE_CASE(open, journal_of_a_crashed_writer_is_rolled_back_for_a_reader)
{
    struct err err = {0};
    const char *live = in_dir("live.db");
    const char *crashed = in_dir("crashed.db");
    sqlite3 *db = NULL;
    rig_do(rig, "select 1", NULL);
    CHECK_INT(sqlite3_open(live, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, "create table t (a text); insert into t values ('kept');", NULL, NULL, NULL),
              SQLITE_OK);
    /* a small cache spills the transaction into the file, the journal holding what was there before */
    CHECK_INT(
        sqlite3_exec(db,
                     "pragma cache_size = 1; begin; with recursive n (i) as (select 1 union all select i + 1 "
                     "from n where i < 2000) insert into t select hex(randomblob(100)) from n; "
                     "update t set a = 'lost'",
                     NULL, NULL, NULL),
        SQLITE_OK);
    CHECK_OK(io_copy_file(live, crashed, 0600, &err));
    CHECK_OK(io_copy_file(in_dir("live.db-journal"), in_dir("crashed.db-journal"), 0600, &err));
    (void)sqlite3_close(db);
    const char *url = arena_printf(test_arena(), "sqlite:%s", crashed);
    check_opening(arena_printf(test_arena(), "%s?mode=ro", url), false, STATUS_CONNECT, "");
    struct conn *reader = NULL;
    CHECK_OK(conn_open(&(struct conn_params){.url = url, .read_only = true}, &reader, &err));
    if (reader != NULL) {
        CHECK_STR(conn_ask(reader, "select group_concat(a) from t"), "kept");
    }
    conn_close(reader);
}

SQLITE_CASE(open, memory_database_works)
{
    struct err err = {0};
    struct conn *conn = NULL;
    (void)rig;
    CHECK_OK(conn_open(&(struct conn_params){.url = "sqlite::memory:"}, &conn, &err));
    conn_do(conn, "create table t (a)");
    CHECK_INT(conn_count(conn, "t"), 0);
    conn_close(conn);
}

/* -- scripts ------------------------------------------------------------------------------------------ */

SQLITE_CASE(script, texts_in_double_quotes_work_for_scripts_only)
{
    struct err err = {0};
    rig_do(rig, "create table t (a text)", NULL);
    CHECK_INT(own_try(rig->conn, "insert into t values (\"text\")"), STATUS_SQL);
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, "insert into t values (\"text\")");
    own_do(rig->conn, "create table u (a text default \"x\" check (a <> \"y\"))");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_STR(conn_ask(rig->conn, "select a from t"), "text");
    CHECK_INT(own_try(rig->conn, "insert into t values (\"text\")"), STATUS_SQL);
}

SQLITE_CASE(script, schema_edited_by_hand_is_seen_again)
{
    struct err err = {0};
    struct catalog catalog;
    uint64_t before = 0;
    uint64_t after = 0;
    rig_do(rig, "create table t (a text)", NULL);
    CHECK_OK(conn_schema_version(rig->conn, &before, &err));
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, "pragma writable_schema = on");
    own_do(rig->conn, "update sqlite_master set sql = 'CREATE TABLE t (a text not null)' where name = 't'");
    own_do(rig->conn, "pragma writable_schema = off");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_OK(conn_schema_version(rig->conn, &after, &err));
    CHECK(before != after);
    catalog_init(&catalog);
    CHECK_OK(conn_catalog(rig->conn, &catalog, &err));
    const struct object *column = catalog_find(&catalog, OBJECT_COLUMN, "t.a");
    CHECK(column != NULL && strstr(column->text, "not null") != NULL);
    catalog_release(&catalog);
    CHECK_INT(own_try(rig->conn, "update sqlite_master set sql = ''"), STATUS_SQL);
}

SQLITE_CASE(script, attached_databases_and_temporary_objects_go_with_the_session)
{
    struct err err = {0};
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, arena_printf(test_arena(), "attach '%s' as \"odd \"\" name\"", in_dir("other.db")));
    own_do(rig->conn, "create temp table tt (a)");
    own_do(rig->conn, "create temporary view tv as select * from tt");
    own_do(rig->conn, "create temp trigger tr after insert on tt begin select 1; end");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_STR(
        conn_ask(rig->conn, "select count(*) from pragma_database_list where name not in ('main', 'temp')"),
        "0");
    CHECK_STR(conn_ask(rig->conn, "select count(*) from sqlite_temp_master"), "0");
}

SQLITE_CASE(script, settings_that_a_transaction_holds_on_to_are_undone_after_it)
{
    struct err err = {0};
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, "pragma synchronous = off");
    own_do(rig->conn, "pragma journal_mode = off");
    own_do(rig->conn, "pragma ignore_check_constraints = on");
    own_do(rig->conn, "pragma cache_size = 7");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_STR(conn_ask(rig->conn, "pragma ignore_check_constraints"), "0");
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_STR(conn_ask(rig->conn, "pragma cache_size"), "-2000");
    CHECK_STR(conn_ask(rig->conn, "pragma journal_mode"), "memory"); /* as scratch databases have it */
    CHECK_STR(conn_ask(rig->conn, "pragma synchronous"), "0");
}

SQLITE_CASE(script, write_ahead_log_stays_with_the_file)
{
    struct err err = {0};
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, "pragma journal_mode = wal");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_STR(conn_ask(rig->conn, "pragma journal_mode"), "wal");
    /* a fork has what stands only in the log */
    char *url = NULL;
    const char *fork = arena_printf(test_arena(), "%s_f", rig->name);
    rig_do(rig, "create table t (a)", "insert into t values (1)", NULL);
    conn_close(rig->conn);
    rig->conn = NULL;
    CHECK_OK(conn_fork_database(rig->server, rig->name, fork, test_arena(), &url, &err));
    struct conn *conn = rig_open(rig, (struct conn_params){.url = url});
    CHECK_INT(conn_count(conn, "t"), 1);
    conn_close(conn);
    CHECK_OK(conn_drop_database(rig->server, fork, &err));
    CHECK(!io_exists(in_dir(arena_printf(test_arena(), "%s-wal", fork))));
}

SQLITE_CASE(transaction, rolled_back_by_the_engine_cannot_be_committed)
{
    struct err err = {0};
    rig_do(rig, "create table t (a integer primary key)", "insert into t values (1)", NULL);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    conn_do(rig->conn, "insert into t values (2)");
    CHECK_INT(conn_try(rig->conn, "insert or rollback into t values (1)"), STATUS_SQL);
    CHECK_INT(conn_txn_state(rig->conn), TXN_NONE);
    CHECK_INT(conn_commit(rig->conn, &err), STATUS_SQL);
    CHECK_INT(conn_count(rig->conn, "t"), 1);
}

SQLITE_CASE(transaction, commit_that_waits_for_a_reader_is_a_conflict_and_can_be_repeated)
{
    struct err err = {0};
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    rig_do(rig, "create table t (a)", "insert into t values (1), (2)", NULL);
    CONN_SCOPED *writer = rig_open(rig, (struct conn_params){.lock_timeout_ms = 50});
    CHECK_OK(conn_query(rig->conn, "select a from t", NULL, 0, &cursor, &err));
    CHECK_OK(cursor_fetch(cursor, &row, &err));
    CHECK_OK(conn_begin(writer, TXN_WRITE, &err));
    conn_do(writer, "insert into t values (3)");
    CHECK_INT(conn_commit(writer, &err), STATUS_CONFLICT);
    CHECK_INT(conn_txn_state(writer), TXN_OPEN);
    cursor_finish_p(&cursor);
    err_clear(&err);
    CHECK_OK(conn_commit(writer, &err));
    CHECK_INT(conn_count(rig->conn, "t"), 3);
}

SQLITE_CASE(cursor, of_one_text_may_be_open_twice)
{
    struct err err = {0};
    CURSOR_SCOPED *first = NULL;
    CURSOR_SCOPED *second = NULL;
    struct row row;
    rig_do(rig, "create table t (a)", "insert into t values (1), (2)", NULL);
    CHECK_OK(conn_query(rig->conn, "select a from t order by a", NULL, 0, &first, &err));
    CHECK_OK(cursor_fetch(first, &row, &err));
    CHECK_OK(conn_query(rig->conn, "select a from t order by a", NULL, 0, &second, &err));
    CHECK_OK(cursor_fetch(second, &row, &err));
    CHECK_INT(value_to_int(&row.values[0], 0), 1);
    CHECK_OK(cursor_fetch(first, &row, &err));
    CHECK_INT(value_to_int(&row.values[0], 0), 2);
}

SQLITE_CASE(value, cells_have_types_of_their_own)
{
    struct err err = {0};
    struct value *row = NULL;
    bool found = false;
    CHECK_OK(conn_query_row(rig->conn,
                            "select 1, 1.0, '1', x'31', null, 9e999, -9e999, 5e-324, 1e15, 0.1 + 0.2", NULL,
                            0, test_arena(), &row, &found, &err));
    if (!CHECK(found)) {
        return;
    }
    static const struct {
        enum value_kind kind;
        const char *text;
    } want[] = {{VALUE_INT, "1"},       {VALUE_FLOAT, "1"},
                {VALUE_TEXT, "1"},      {VALUE_BYTES, "1"},
                {VALUE_NULL, ""},       {VALUE_FLOAT, "Inf"},
                {VALUE_FLOAT, "-Inf"},  {VALUE_FLOAT, "5e-324"},
                {VALUE_FLOAT, "1e+15"}, {VALUE_FLOAT, "0.30000000000000004"}};
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        CHECK_INT(row[i].kind, want[i].kind);
        CHECK_STR(value_to_str(&row[i], test_arena()), want[i].text);
    }
}

/* -- catalogue ---------------------------------------------------------------------------------------- */

static struct catalog
catalog_of(struct conn *conn)
{
    struct err err = {0};
    struct catalog catalog;
    catalog_init(&catalog);
    CHECK_OK(conn_catalog(conn, &catalog, &err));
    return catalog;
}

static const char *
text_of(struct conn *conn, enum object_kind kind, const char *name)
{
    struct catalog catalog = catalog_of(conn);
    const struct object *object = catalog_find(&catalog, kind, name);
    const char *text = object == NULL ? NULL : arena_strdup(test_arena(), object->text);
    catalog_release(&catalog);
    return text;
}

SQLITE_CASE(catalog, every_kind_of_table_is_told)
{
    struct conn *conn = rig->conn;
    rig_do(rig,
           "CREATE TABLE T (Id INTEGER PRIMARY KEY AUTOINCREMENT, \"Name\" VARCHAR (40) NOT NULL DEFAULT "
           "(('x')) "
           "COLLATE NOCASE, n GENERATED ALWAYS AS (length([Name])) VIRTUAL, CONSTRAINT Pos CHECK (Id>0), "
           "FOREIGN KEY (n) REFERENCES \"Parent\" (X) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED)",
           "create table w (a int, b int, primary key (b, a)) without rowid",
           "create table s (a int, b any) strict", "create virtual table f using fts5(title, body)",
           "create index i on w (b desc, a + 1) where a is not null", NULL);
    CHECK_STR(text_of(conn, OBJECT_TABLE, "T"), "table");
    CHECK_STR(text_of(conn, OBJECT_COLUMN, "T.Name"), "varchar(40) not null default 'x' collate nocase");
    CHECK_STR(text_of(conn, OBJECT_COLUMN, "T.n"), "untyped generated always as (length(name)) virtual");
    CHECK_STR(text_of(conn, OBJECT_CONSTRAINT, "T.primary key"), "primary key (id) autoincrement");
    CHECK_STR(text_of(conn, OBJECT_CONSTRAINT, "T.check"), "check (id > 0)");
    CHECK_STR(text_of(conn, OBJECT_FOREIGN_KEY, "T.foreign key (n)"),
              "(n) references parent (x) on delete cascade deferrable initially deferred");
    CHECK_STR(text_of(conn, OBJECT_TABLE, "w"), "table without rowid");
    CHECK_STR(text_of(conn, OBJECT_TABLE, "s"), "table strict");
    CHECK_STR(text_of(conn, OBJECT_TABLE, "f"), "virtual table using fts5(title, body)");
    CHECK_STR(text_of(conn, OBJECT_COLUMN, "f.title"), "untyped");
    CHECK(text_of(conn, OBJECT_TABLE, "f_data") == NULL);
    CHECK(text_of(conn, OBJECT_TABLE, "sqlite_sequence") == NULL);
    CHECK_STR(text_of(conn, OBJECT_INDEX, "i"), "index (b desc, a + 1) where a is not null");
}

/* The gravest class between two spellings of one schema. */
static enum change_class
class_between(struct rig *rig, const char *before, const char *after)
{
    struct catalog_diff diff;
    conn_do(rig->conn, before);
    struct catalog first = catalog_of(rig->conn);
    conn_do(rig->conn, "drop table t");
    conn_do(rig->conn, after);
    struct catalog second = catalog_of(rig->conn);
    conn_do(rig->conn, "drop table t");
    catalog_diff(&first, &second, test_arena(), &diff);
    catalog_release(&first);
    catalog_release(&second);
    return diff.class;
}

SQLITE_CASE(catalog, spelling_is_text_and_nothing_more)
{
    static const char *const pairs[][2] = {
        {"create table t (a int, b text)", "create table \"t\" (a int, b text)"},
        {"create table t (a int, b text)", "create table t (a int,b text)"},
        {"create table t (a int, b text)", "create table t (a INT, \"b\" text)"},
        {"create table t (a int, b text)", "create table t (a int /* c */, b text)"},
        {"create table t (a int primary key)", "create table t (a int, primary key (a))"},
        {"create table t (a int unique)", "create table t (a int, constraint u unique (a))"},
        {"create table t (a int references p (x))",
         "create table t (a int, foreign key (a) references p (x))"},
        {"create table t (a int check (a > 0))", "create table t (a int, check (\"a\">0))"},
        {"create table t (a int default 0)", "create table t (a int default (0))"},
        {"create table t (a int references p (x) on delete no action)",
         "create table t (a int references p (x))"},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (!CHECK_INT(class_between(rig, pairs[i][0], pairs[i][1]), CHANGE_CLASS_TEXT)) {
            printf("    %s\n", pairs[i][1]);
        }
    }
    CHECK_INT(class_between(rig, pairs[0][0], pairs[0][0]), CHANGE_CLASS_NONE);
}

SQLITE_CASE(catalog, properties_of_sqlite_s_own_are_meaning)
{
    static const char *const pairs[][2] = {
        {"create table t (a int primary key)", "create table t (a int primary key) without rowid"},
        {"create table t (a int)", "create table t (a int) strict"},
        {"create table t (a integer primary key)", "create table t (a integer primary key autoincrement)"},
        {"create table t (a integer primary key)", "create table t (a integer primary key desc)"},
        {"create table t (a int unique)", "create table t (a int unique on conflict replace)"},
        {"create table t (a int not null)", "create table t (a int not null on conflict ignore)"},
        {"create table t (a text)", "create table t (a text collate nocase)"},
        {"create table t (a int references p)",
         "create table t (a int references p deferrable initially deferred)"},
        {"create table t (a int, b as (a + 1))", "create table t (a int, b as (a + 1) stored)"},
        {"create table t (a int, b as (a + 1))", "create table t (a int, b as (a + 2))"},
        {"create table t (a text default 'null')", "create table t (a text default null)"},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (!CHECK_INT(class_between(rig, pairs[i][0], pairs[i][1]), CHANGE_CLASS_MEANING)) {
            printf("    %s\n", pairs[i][1]);
        }
    }
}

SQLITE_CASE(catalog, renaming_there_and_back_leaves_spelling_behind_at_most)
{
    struct catalog_diff diff;
    rig_do(rig, "create table p (x integer primary key, y int)",
           "create table c (a int references p (x), b int check (b > 0), unique (a, b))",
           "create index ci on c (b)", "create view v as select c.a, p.y from c join p on p.x = c.a",
           "create trigger tr after insert on c begin update p set y = new.b where x = new.a; end", NULL);
    struct catalog before = catalog_of(rig->conn);
    rig_do(rig, "alter table p rename to q", "alter table q rename to p",
           "alter table p rename column y to z", "alter table p rename column z to y",
           "alter table c rename column b to d", "alter table c rename column d to b",
           "alter table c add column e int", "alter table c drop column e", NULL);
    struct catalog after = catalog_of(rig->conn);
    catalog_diff(&before, &after, test_arena(), &diff);
    CHECK_INT(diff.class, CHANGE_CLASS_TEXT);
    catalog_release(&before);
    catalog_release(&after);
}

SQLITE_CASE(catalog, cached_reading_is_the_same_as_a_fresh_one)
{
    static const char *const changes[] = {"create table a (x int, y text)",
                                          "create table b (x int references a (x))",
                                          "create index ai on a (x)",
                                          "alter table a add column z int",
                                          "create view v as select * from a",
                                          "alter table a rename to a2",
                                          "alter table a2 rename to a",
                                          "create trigger tr after insert on a begin select 1; end",
                                          "alter table a rename column y to w",
                                          "drop index ai",
                                          "drop view v",
                                          "alter table a drop column z",
                                          "create virtual table f using fts5(t)",
                                          "drop table f",
                                          "drop table a",
                                          "create table a (x int)"};
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        conn_do(rig->conn, changes[i]);
        CONN_SCOPED *fresh = rig_open(rig, (struct conn_params){0});
        struct catalog cached = catalog_of(rig->conn);
        struct catalog again = catalog_of(fresh);
        if (!CHECK(hash128_eq(cached.fingerprint, again.fingerprint)) || !CHECK_INT(cached.n, again.n)) {
            printf("    after: %s\n", changes[i]);
        }
        catalog_release(&cached);
        catalog_release(&again);
    }
}

/* Runs a script as a migration is run and gives what it changed, as far as that was told. */
static bool
changes_of(struct conn *conn, const char *script, bool commit, const struct catalog *since,
           struct object_changes *out)
{
    struct err err = {0};
    struct pieces pieces;
    struct effects effects;
    bool known = false;
    CHECK_OK(driver_split(conn->driver, conn, span_of(script), test_arena(), &pieces, &err));
    CHECK_OK(driver_effects(conn->driver, conn, &pieces, test_arena(), &effects, &err));
    CHECK_OK(conn_script_session(conn, true, &err));
    CHECK_OK(conn_begin(conn, TXN_WRITE, &err));
    for (size_t i = 0; i < pieces.n; i++) {
        if (pieces.items[i].kind == PIECE_STATEMENT) {
            CHECK_OK(conn_exec(conn, piece_text(&pieces, &pieces.items[i]), NULL, &err));
        }
    }
    CHECK_OK(conn_script_session(conn, false, &err));
    CHECK_OK(conn_catalog_changes(conn, since, &effects, test_arena(), out, &known, &err));
    if (commit) {
        CHECK_OK(conn_commit(conn, &err));
    } else {
        conn_rollback(conn);
    }
    return known;
}

SQLITE_CASE(catalog, changes_told_of_scripts_are_those_of_a_whole_reading)
{
    static const char *const scripts[] = {
        "create table a (x int, y text)",
        "create table b (x int references a (x)); create index bi on b (x); insert into b values (null)",
        "create trigger tr after insert on a begin update b set x = new.x; end",
        "create view v as select * from a join b using (x)",
        "drop trigger tr; drop index bi; create unique index bi on b (x desc)",
        "drop table b; create table b (x int not null)",
        "create table new_a (x int not null, y text); insert into new_a select x, y from a; drop view v; "
        "drop table a; "
        "alter table new_a rename to a; create view v as select x from a",
        "savepoint s; create table c (x); rollback to s; release s; create table d (x)",
        "create temp table t (x); create temp view tv as select * from t; drop table temp.t",
        "create virtual table f using fts5(t)",
        "insert into a values (1, 'x'); update a set y = 'z'",
        "drop table f; drop view v",
        "pragma writable_schema = on; update sqlite_master set sql = 'CREATE TABLE d (x, y)' where name = "
        "'d'; "
        "pragma writable_schema = off",
        "create table A2 (x); drop table a2; create table \"odd name\" (x)",
        "create table e (x); drop table e",
    };
    struct catalog since = catalog_of(rig->conn);
    size_t n_known = 0;
    for (size_t i = 0; i < COUNT_OF(scripts) * 2; i++) { /* each is rolled back first, then it stands */
        struct object_changes changes = {0};
        bool commit = i % 2 == 1;
        bool known = changes_of(rig->conn, scripts[i / 2], commit, &since, &changes);
        CONN_SCOPED *fresh = rig_open(rig, (struct conn_params){0});
        struct catalog whole = catalog_of(fresh);
        if (known && commit) {
            catalog_apply(&since, &changes);
            if (!CHECK(hash128_eq(since.fingerprint, whole.fingerprint)) || !CHECK_INT(since.n, whole.n)) {
                printf("    after: %s\n", scripts[i / 2]);
            }
        }
        catalog_release(&whole);
        n_known += known;
        if (!known || !commit) { /* as the core does: what is not told is read */
            catalog_release(&since);
            since = catalog_of(rig->conn);
        }
    }
    CHECK(n_known >= 16);
    catalog_release(&since);
}

/* -- tables and effects ------------------------------------------------------------------------------- */

SQLITE_CASE(table, names_do_not_heed_case)
{
    struct err err = {0};
    struct table table;
    rig_do(rig, "create table Person (Id integer primary key)", NULL);
    CHECK_OK(conn_describe(rig->conn, "main.PERSON", test_arena(), &table, &err));
    CHECK_STR(table.name, "Person");
    CHECK(table.columns[0].not_null);
}

SQLITE_CASE(table, reference_without_columns_means_the_parent_s_key)
{
    struct err err = {0};
    struct table table;
    rig_do(rig, "create table p (a int, b int, primary key (b, a))",
           "create table c (x int, y int, foreign key (x, y) references p)", NULL);
    CHECK_OK(conn_describe(rig->conn, "c", test_arena(), &table, &err));
    CHECK_STR(table.references[0].parent_columns[0], "b");
    CHECK_STR(table.references[0].parent_columns[1], "a");
}

SQLITE_CASE(table, row_estimate_is_what_analyze_found)
{
    struct err err = {0};
    struct table table;
    rig_do(rig, "create table t (a int)", "create index ti on t (a)", "insert into t values (1), (2), (3)",
           NULL);
    CHECK_OK(conn_describe(rig->conn, "t", test_arena(), &table, &err));
    CHECK_INT(table.rows_estimate, -1);
    rig_do(rig, "analyze", NULL);
    CHECK_OK(conn_describe(rig->conn, "t", test_arena(), &table, &err));
    CHECK_INT(table.rows_estimate, 3);
}

SQLITE_CASE(effect, what_triggers_do_is_told_with_a_connection)
{
    struct err err = {0};
    struct pieces pieces;
    struct effects effects;
    rig_do(rig, "create table t (a int)", "create table log (a int)",
           "create trigger tr after update on t begin insert into log values (new.a); delete from log where "
           "a < 0; end",
           NULL);
    CHECK_OK(driver_split(rig->conn->driver, NULL, SPAN("update t set a = 1; insert into nowhere values (1)"),
                          test_arena(), &pieces, &err));
    CHECK_OK(driver_effects(rig->conn->driver, rig->conn, &pieces, test_arena(), &effects, &err));
    if (CHECK_INT(effects.n, 4)) {
        CHECK_INT(effects.items[0].kind, EFFECT_UPDATE);
        CHECK_INT(effects.items[1].kind, EFFECT_INSERT);
        CHECK_STR(effects.items[1].table, "log");
        CHECK_INT(effects.items[2].kind, EFFECT_DELETE);
        CHECK_STR(effects.items[3].table, "nowhere");
    }
    CHECK_INT(conn_count(rig->conn, "log"), 0);
}
