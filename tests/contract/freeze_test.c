/* A freeze as a driver makes it: everybody is stopped but who has a pass, the guard keeps the schema, and
 * nothing of it is the user's. */
#include "contract/rig.h"

#include "driver/freeze.h"

#include <stdio.h>
#include <string.h>

static const struct freeze_spec spec = {"0123456789abcdef0123456789abcdef", "wrong 'prices'", 0};

static const char *
qualified(const struct rig *rig, const char *name)
{
    return rig->engine == ENGINE_postgres ? arena_printf(test_arena(), "public.%s", name) : name;
}

static void
run_words(struct rig *rig, const struct freeze_words *words)
{
    struct err err = {0};
    for (size_t i = 0; i < words->n; i++) {
        CHECK_OK(conn_execf(rig->conn, &err, "%s", words->items[i]));
    }
}

static void
freeze_all(struct rig *rig, struct freeze_scope *scope)
{
    struct err err = {0};
    CHECK_OK(conn_freeze_scope(rig->conn, &spec, NULL, 0, test_arena(), scope, &err));
    run_words(rig, &scope->prepare);
    for (size_t i = 0; i < scope->n; i++) {
        run_words(rig, &scope->tables[i].apply);
    }
}

static void
thaw_all(struct rig *rig)
{
    struct err err = {0};
    struct freeze_marks marks;
    CHECK_OK(conn_freeze_find(rig->conn, test_arena(), &marks, &err));
    for (size_t i = 0; i < marks.n; i++) {
        CHECK_OK(conn_execf(rig->conn, &err, "%s", marks.items[i].undo));
    }
}

static void
prepare(struct rig *rig, struct freeze_scope *scope)
{
    rig_make_registry(rig);
    rig_do(rig, "create table a (id integer primary key)", "insert into a values (1)", NULL);
    freeze_all(rig, scope);
}

/* One statement of a script that goes on over several. */
static enum status
script_try(struct conn *conn, const char *sql)
{
    struct err err = {0};
    CHECK_OK(conn_script_session(conn, true, &err));
    enum status status = conn_exec(conn, span_of(sql), NULL, &err);
    struct err leaving = {0};
    enum status left = conn_script_session(conn, false, &leaving);
    return status != STATUS_OK ? status : left;
}

/* Where schema changes roll back, a pass is taken within the transaction that writes. */
static void
begin_writing(struct rig *rig)
{
    struct err err = {0};
    if (conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    }
    CHECK_OK(conn_freeze_pass(rig->conn, true, &err));
}

static void
end_writing(struct rig *rig)
{
    struct err err = {0};
    CHECK_OK(conn_freeze_pass(rig->conn, false, &err));
    if (conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        CHECK_OK(conn_commit(rig->conn, &err));
    }
}

CASE(freeze, stops_whoever_has_no_pass)
{
    struct freeze_scope scope;
    struct conn_params params = {.lock_timeout_ms = 1000};
    prepare(rig, &scope);
    struct conn *other = rig_open(rig, params);
    CHECK(conn_try(rig->conn, "insert into a values (2)") != STATUS_OK);
    CHECK(conn_try(other, "insert into a values (2)") != STATUS_OK);
    CHECK_INT(conn_count(rig->conn, "a"), 1);
    begin_writing(rig);
    CHECK(script_try(rig->conn, "insert into a values (2)") == STATUS_OK);
    CHECK(script_try(rig->conn, "update a set id = 3 where id = 2") == STATUS_OK);
    CHECK(conn_try(other, "insert into a values (4)") != STATUS_OK);
    end_writing(rig);
    CHECK(conn_try(rig->conn, "insert into a values (5)") != STATUS_OK);
    CHECK(conn_try(other, "delete from a") != STATUS_OK);
    CHECK_INT(conn_count(rig->conn, "a"), 2);
    CHECK_STR(conn_ask(rig->conn, "select count(*) from {r}freeze_pass"), "0");
    conn_close(other);
    thaw_all(rig);
    CHECK(conn_try(rig->conn, "insert into a values (5)") == STATUS_OK);
}

CASE(freeze, a_pass_goes_with_its_transaction)
{
    struct freeze_scope scope;
    prepare(rig, &scope);
    if (conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        begin_writing(rig);
        conn_rollback(rig->conn);
        CHECK(conn_try(rig->conn, "insert into a values (2)") != STATUS_OK);
    }
    /* What a run that died left behind is bound to its session. */
    struct err err = {0};
    CHECK_OK(conn_run(rig->conn, "insert into {r}freeze_pass (session, secret) values (-1, 'x')", NULL, 0,
                      NULL, &err));
    if (conn_has(rig->conn, CAP_SERVER)) {
        CHECK(conn_try(rig->conn, "insert into a values (2)") != STATUS_OK);
    }
}

CASE(freeze, is_found_by_the_catalogue_and_is_no_object_of_the_schema)
{
    struct freeze_scope scope;
    struct freeze_marks marks;
    struct catalog before;
    struct catalog after;
    struct err err = {0};
    rig_make_registry(rig);
    rig_do(rig, "create table a (id integer primary key)", "create table b (id integer primary key)", NULL);
    catalog_init(&before);
    catalog_init(&after);
    CHECK_OK(conn_catalog(rig->conn, &before, &err));
    freeze_all(rig, &scope);
    CHECK_OK(conn_catalog(rig->conn, &after, &err));
    CHECK(hash128_eq(before.fingerprint, after.fingerprint));
    catalog_release(&before);
    catalog_release(&after);
    CHECK_INT(scope.n, 2);
    CHECK_OK(conn_freeze_find(rig->conn, test_arena(), &marks, &err));
    CHECK_INT(marks.n, scope.tables[0].undo.n + scope.tables[1].undo.n);
    for (size_t i = 0; i < marks.n; i++) {
        CHECK_STR(marks.items[i].id, spec.id);
        CHECK(marks.items[i].is_enabled);
    }
    CHECK_STR(marks.items[0].table, qualified(rig, "a"));
    thaw_all(rig);
    thaw_all(rig);
    CHECK_OK(conn_freeze_find(rig->conn, test_arena(), &marks, &err));
    CHECK_INT(marks.n, 0);
}

CASE(freeze, guard_keeps_the_schema_while_it_is_held)
{
    struct freeze_scope scope;
    struct err err = {0};
    struct conn_params params = {.lock_timeout_ms = 300};
    prepare(rig, &scope);
    struct conn *other = rig_open(rig, params);
    const char *name = qualified(rig, "a");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_freeze_guard(rig->conn, &name, 1, &err));
    CHECK(conn_try(other, "drop table a") == STATUS_CONFLICT);
    conn_rollback(other);
    CHECK_INT(conn_count(other, "a"), 1);
    conn_rollback(rig->conn);
    CHECK(conn_try(other, "drop table a") == STATUS_OK);
    conn_close(other);
}

CASE(freeze, tells_names_that_are_not_there)
{
    struct freeze_scope scope;
    struct err err = {0};
    const char *const names[] = {"nowhere"};
    CHECK(conn_freeze_scope(rig->conn, &spec, names, 1, test_arena(), &scope, &err) == STATUS_USAGE);
    CHECK(strstr(err.msg, "nowhere") != NULL);
}

CASE(freeze, odd_names_are_frozen_and_thawed)
{
    struct freeze_scope scope;
    const char quote = rig->conn->driver->quote;
    char sql[160];
    rig_make_registry(rig);
    snprintf(sql, sizeof(sql), "create table %cOdd name; -- '%c (id integer primary key)", quote, quote);
    conn_do(rig->conn, sql);
    freeze_all(rig, &scope);
    snprintf(sql, sizeof(sql), "insert into %cOdd name; -- '%c values (1)", quote, quote);
    CHECK(conn_try(rig->conn, sql) != STATUS_OK);
    thaw_all(rig);
    CHECK(conn_try(rig->conn, sql) == STATUS_OK);
}

TEST(freeze, message_has_the_reason_within_its_bound)
{
    struct freeze_spec long_spec = spec;
    char reason[600];
    memset(reason, 'x', sizeof(reason) - 1);
    reason[sizeof(reason) - 1] = '\0';
    long_spec.reason = reason;
    CHECK(strlen(freeze_message(test_arena(), &long_spec, 128)) <= 128);
    CHECK_STR(freeze_message(test_arena(), &spec, 128),
              "frozen by rollcall: wrong 'prices' (freeze 01234567; 'rollcall thaw' ends it)");
    CHECK_STR(freeze_id_in(test_arena(), "x rollcall freeze 0123456789abcdef0123456789abcdef */"), spec.id);
    CHECK_STR(freeze_id_in(test_arena(), "rollcall freeze 0123"), "");
}
