/* Opening: what a session is, what it is pinned to, and why it cannot be had. */
#include "contract/rig.h"

#include "base/io.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

CASE(session, identity_is_filled)
{
    const struct identity *identity = &rig->conn->identity;
    CHECK(!str_is_empty(identity->engine));
    CHECK(!str_is_empty(identity->version));
    CHECK(identity->version_num > 10000);
    CHECK(!str_is_empty(identity->system));
    CHECK(strstr(identity->database, rig->name) != NULL);
    CHECK(!identity->is_read_only);
    CHECK(!conn_has(rig->conn, CAP_SESSIONS) || !str_is_empty(identity->session));
}

/* A setting as the session tells it, and what has to be in it. */
struct setting {
    const char *sql;
    const char *want;
};

static void
check_pins(struct rig *rig)
{
    static const struct setting sqlite[] = {
        {"pragma foreign_keys", "0"},
        {"pragma trusted_schema", "0"},
        {"pragma writable_schema", "0"},
        {"pragma query_only", "0"},
        {"pragma legacy_alter_table", "0"},
        {"pragma cell_size_check", "1"},
        {"select \"no such column\"", "(error)"},
        {NULL, NULL},
    };
    static const struct setting postgres[] = {
        {"select current_setting('TimeZone')", "UTC"},
        {"select current_setting('DateStyle')", "ISO"},
        {"select current_setting('client_encoding')", "UTF8"},
        {"select current_setting('standard_conforming_strings')", "on"},
        {"select current_setting('search_path')", "pg_catalog"},
        {"select current_setting('lock_timeout')", "2s"},
        {NULL, NULL},
    };
    static const struct setting mysql[] = {
        {"select @@session.time_zone", "+00:00"},
        {"select @@session.character_set_client", "utf8mb4"},
        {"select @@session.character_set_results", "utf8mb4"},
        {"select @@session.sql_mode", "STRICT_"},
        {NULL, NULL},
    };
    for (const struct setting *at = ON_ENGINE(rig, sqlite, postgres, mysql); at->sql != NULL; at++) {
        const char *is = conn_ask(rig->conn, at->sql);
        if (!CHECK(strstr(is, at->want) != NULL)) {
            printf("    %s gives '%s', want '%s'\n", at->sql, is, at->want);
        }
    }
}

CASE(session, pins_are_read_back_as_they_should_be)
{
    check_pins(rig);
}

CASE(session, leaving_a_script_undoes_what_it_set)
{
    static const char *const sqlite[] = {"pragma foreign_keys = on",       "pragma query_only = on",
                                         "pragma query_only = off",        "pragma recursive_triggers = on",
                                         "pragma trusted_schema = on",     "pragma writable_schema = on",
                                         "pragma legacy_alter_table = on", "pragma cell_size_check = off",
                                         "pragma busy_timeout = 1",        NULL};
    static const char *const postgres[] = {
        "set timezone to 'Asia/Tokyo'", "set datestyle to 'German'", "set standard_conforming_strings to off",
        "set search_path to pg_temp",   "set lock_timeout to 0",     NULL};
    static const char *const mysql[] = {"set session sql_mode = ''", "set time_zone = '+09:00'",
                                        "set names latin1", NULL};
    struct err err = {0};
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    for (const char *const *sql = ON_ENGINE(rig, sqlite, postgres, mysql); *sql != NULL; sql++) {
        own_do(rig->conn, *sql);
    }
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    check_pins(rig);
}

CASE(session, scripts_may_be_left_inside_their_transaction)
{
    struct err err = {0};
    if (!conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        return;
    }
    CHECK_OK(conn_script_session(rig->conn, true, &err));
    own_do(rig->conn, ON_ENGINE(rig, "pragma foreign_keys = on", "set timezone to 'Asia/Tokyo'", ""));
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    own_do(rig->conn, "create table t (id integer)");
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_INT(conn_txn_state(rig->conn), TXN_OPEN);
    own_do(rig->conn, "insert into {s}t values (1)");
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_OK(conn_script_session(rig->conn, false, &err));
    CHECK_INT(conn_count(rig->conn, "t"), 1);
    check_pins(rig);
}

CASE(session, read_only_is_refused_by_the_engine)
{
    rig_do(rig, "create table t (id integer)", NULL);
    struct conn_params params = {.read_only = true};
    CONN_SCOPED *reader = rig_open(rig, params);
    struct err err = {0};
    if (reader != NULL) {
        CHECK_INT(conn_try(reader, "insert into t values (1)"), STATUS_SQL);
        CHECK_INT(conn_try(reader, "create table u (id integer)"), STATUS_SQL);
        CHECK_INT(conn_run(reader, own_sql(reader, "insert into {s}t values (1)"), NULL, 0, NULL, &err),
                  STATUS_SQL);
        CHECK_INT(conn_count(reader, "t"), 0);
    }
}

CASE(session, live_sessions_are_told_from_gone_ones)
{
    struct err err = {0};
    bool is_alive = false;
    if (!conn_has(rig->conn, CAP_SESSIONS)) {
        return;
    }
    struct conn *other = rig_open(rig, (struct conn_params){0});
    const char *session = arena_strdup(test_arena(), other->identity.session);
    CHECK_OK(conn_session_alive(rig->conn, session, &is_alive, &err));
    CHECK(is_alive);
    conn_close(other);
    for (int i = 0; i < 200 && is_alive; i++) { /* servers take a moment to notice */
        CHECK_OK(conn_session_alive(rig->conn, session, &is_alive, &err));
    }
    CHECK(!is_alive);
}

/* -- stopping -------------------------------------------------------------------------------------------- */

struct canceller {
    struct conn *conn;
    atomic_bool is_done;
};

/* A request that comes before the statement began does nothing; so it is made until the statement has ended.
 */
static void *
cancel_until_done(void *context)
{
    struct canceller *canceller = context;
    while (!atomic_load(&canceller->is_done)) {
        struct err err = {0};
        IGNORE(canceller->conn->driver->ops->cancel(canceller->conn, &err));
    }
    return NULL;
}

CASE(session, running_statement_is_cancelled_from_another_thread)
{
    pthread_t thread;
    struct canceller canceller = {.conn = rig->conn};
    atomic_init(&canceller.is_done, false);
    CHECK(pthread_create(&thread, NULL, cancel_until_done, &canceller) == 0);
    enum status status = own_try(
        rig->conn,
        ON_ENGINE(rig,
                  "with recursive n (i) as (select 1 union all select i + 1 from n) select max(i) from n",
                  "select pg_catalog.pg_sleep(600)",
                  "select count(*) from information_schema.collations a, information_schema.collations b, "
                  "information_schema.collations c, information_schema.collations d"));
    atomic_store(&canceller.is_done, true);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_INT(status, STATUS_CANCELLED);
    CHECK(!rig->conn->is_lost);
}

/* -- what cannot be opened ---------------------------------------------------------------------------- */

static void
check_refused(const char *url, enum status want, const char *secret)
{
    struct err err = {0};
    struct conn *conn = NULL;
    enum status status =
        conn_open(&(struct conn_params){.url = url, .connect_timeout_ms = 2000}, &conn, &err);
    if (!CHECK_INT(status, want)) {
        printf("    %s: %s\n", url, err.msg);
    }
    CHECK(conn == NULL);
    CHECK(!str_is_empty(err.msg));
    CHECK(strstr(err.msg, secret) == NULL);
    CHECK(strstr(err.hint, secret) == NULL);
    conn_close(conn);
}

/* The server's URL with another user and password. */
static const char *
url_as(struct rig *rig, const char *user)
{
    const char *scheme = strstr(rig->server_url, "://");
    const char *host = strchr(rig->server_url, '@');
    return arena_printf(test_arena(), "%.*s://%s%s", (int)(scheme - rig->server_url), rig->server_url, user,
                        host);
}

CASE(session, wrong_password_is_connect_and_is_not_repeated)
{
    if (!conn_has(rig->conn, CAP_SERVER)) {
        return;
    }
    (void)own_try(rig->server, ON_ENGINE(rig, "", "create role locked login password 'right-one'",
                                         "create user if not exists locked@'%' identified by 'right-one'"));
    check_refused(url_as(rig, "locked:wr0ng-Secret"), STATUS_CONNECT, "wr0ng-Secret");
}

CASE(session, unreachable_server_is_connect)
{
    if (!conn_has(rig->conn, CAP_SERVER)) {
        return;
    }
    check_refused(
        ON_ENGINE(rig, "", "postgres://u:s3cret-Word@127.0.0.1:1/d", "mariadb://u:s3cret-Word@127.0.0.1:1/d"),
        STATUS_CONNECT, "s3cret-Word");
}

CASE(session, missing_database_is_connect)
{
    const char *slash = strrchr(rig->server_url, '/');
    const char *url = arena_printf(test_arena(), "%.*s/rollcall_no_such%s", (int)(slash - rig->server_url),
                                   rig->server_url, rig->engine == ENGINE_sqlite ? "?mode=rw" : "");
    check_refused(url, STATUS_CONNECT, "@@");
}
