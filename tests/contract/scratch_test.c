/* Scratch databases: made, copied, listed and dropped; nobody else's is touched. */
#include "contract/rig.h"

#include <stdio.h>
#include <string.h>

static const char *
name_of(struct rig *rig, const char *suffix)
{
    return arena_printf(test_arena(), "%s_%s", rig->name, suffix);
}

CASE(scratch, database_is_made_empty_and_dropped)
{
    struct err err = {0};
    char *url = NULL;
    const char *name = name_of(rig, "a");
    CHECK_OK(conn_create_database(rig->conn, name, test_arena(), &url, &err));
    CHECK(conn_create_database(rig->conn, name, test_arena(), &url, &err) != STATUS_OK);
    struct conn *conn = rig_open(rig, (struct conn_params){.url = url});
    if (conn != NULL) {
        conn_do(conn, "create table t (a integer)");
        CHECK(strstr(conn->identity.database, name) != NULL);
    }
    conn_close(conn);
    err_clear(&err);
    CHECK_OK(conn_drop_database(rig->conn, name, &err));
    CHECK(
        conn_open(&(struct conn_params){.url = arena_printf(test_arena(), "%s%s", url,
                                                            rig->engine == ENGINE_sqlite ? "&mode=rw" : "")},
                  &conn, &err) != STATUS_OK);
}

CASE(scratch, names_of_others_are_refused)
{
    struct err err = {0};
    CHECK(conn_drop_database(rig->conn, "shop", &err) != STATUS_OK);
    CHECK(conn_drop_database(rig->conn, "", &err) != STATUS_OK);
    CHECK(conn_drop_database(rig->conn, "Rollcall", &err) != STATUS_OK);
}

CASE(scratch, fork_has_what_the_original_had_and_goes_its_own_way)
{
    struct err err = {0};
    char *url = NULL;
    char *fork_url = NULL;
    const char *name = name_of(rig, "a");
    const char *fork = name_of(rig, "b");
    if (!conn_has(rig->conn, CAP_FORK)) {
        return;
    }
    CHECK_OK(conn_create_database(rig->conn, name, test_arena(), &url, &err));
    struct conn *conn = rig_open(rig, (struct conn_params){.url = url});
    conn_do(conn, "create table t (a integer)");
    conn_do(conn, "insert into t values (1)");
    conn_close(conn);
    CHECK_OK(conn_fork_database(rig->conn, name, fork, test_arena(), &fork_url, &err));
    conn = rig_open(rig, (struct conn_params){.url = fork_url});
    conn_do(conn, "insert into t values (2)");
    CHECK_INT(conn_count(conn, "t"), 2);
    conn_close(conn);
    conn = rig_open(rig, (struct conn_params){.url = url});
    CHECK_INT(conn_count(conn, "t"), 1);
    conn_close(conn);
    CHECK_OK(conn_drop_database(rig->conn, fork, &err));
    CHECK_OK(conn_drop_database(rig->conn, name, &err));
}

static bool
is_listed(struct rig *rig, const char *name)
{
    struct err err = {0};
    const char **names = NULL;
    size_t n = 0;
    bool found = false;
    CHECK_OK(conn_list_databases(rig->conn, name, test_arena(), &names, &n, &err));
    for (size_t i = 0; i < n; i++) {
        found = found || str_eq(names[i], name);
    }
    return found;
}

CASE(scratch, abandoned_ones_are_listed_and_those_in_use_are_not)
{
    struct err err = {0};
    char *url = NULL;
    const char *name = name_of(rig, "a");
    if (rig->conn->driver->ops->list_databases == NULL) {
        return;
    }
    CHECK(!is_listed(rig, name));
    CHECK_OK(conn_create_database(rig->conn, name, test_arena(), &url, &err));
    CHECK(is_listed(rig, name));
    struct conn *conn = rig_open(rig, (struct conn_params){.url = url});
    CHECK(!is_listed(rig, name));
    conn_close(conn);
    bool is_back = false;
    for (int i = 0; i < 200 && !is_back; i++) { /* servers take a moment to notice */
        is_back = is_listed(rig, name);
    }
    CHECK(is_back);
    CHECK_OK(conn_drop_database(rig->conn, name, &err));
}
