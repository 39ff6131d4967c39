#include "contract/rig.h"

#include "driver/decorate.h"
#include "drivers.h"
#include "journal/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct err rig_error; /* of the last statement that failed */

static const char *
server_url(enum engine engine)
{
    switch (engine) {
    case ENGINE_sqlite:
        return arena_printf(test_arena(), "sqlite:%s/server.db", test_dir());
    case ENGINE_postgres:
        return getenv("ROLLCALL_TEST_PG");
    case ENGINE_mysql:
        return getenv("ROLLCALL_TEST_MARIADB");
    case ENGINE_COUNT:
        break;
    }
    return NULL;
}

/* Decorators that watch and never act. */
static struct decoration
decoration_of(struct rig *rig)
{
    struct decoration decoration = {NULL, NULL};
    if (rig->coat == COAT_traced) {
        rig->trace = arena_printf(test_arena(), "%s/trace", test_dir());
        decoration.trace = rig->trace;
    } else if (rig->coat == COAT_faulty) {
        decoration.fault = "exec=error@1000000000,query=lost@1000000000";
    }
    return decoration;
}

struct conn *
rig_open(struct rig *rig, struct conn_params params)
{
    struct err err = {0};
    struct conn *conn = NULL;
    struct decoration decoration = decoration_of(rig);
    params.url = params.url == NULL ? rig->url : params.url;
    CHECK_OK(conn_open_decorated(&params, &decoration, &conn, &err));
    return conn;
}

static bool
prepare(struct rig *rig)
{
    static unsigned serial;
    struct err err = {0};
    char *url = NULL;
    (void)snprintf(rig->name, sizeof(rig->name), "rollcall_test_%u_%u", (unsigned)getpid(), ++serial);
    if (!CHECK_OK(conn_open(&(struct conn_params){.url = rig->server_url}, &rig->server, &err)) ||
        !CHECK_OK(conn_create_database(rig->server, rig->name, test_arena(), &url, &err))) {
        return false;
    }
    rig->url = url;
    rig->conn = rig_open(rig, (struct conn_params){.application = "contract", .lock_timeout_ms = 2000});
    return rig->conn != NULL;
}

static void
tidy(struct rig *rig)
{
    struct err err = {0};
    conn_close(rig->conn);
    if (rig->url != NULL) {
        CHECK_OK(conn_drop_database(rig->server, rig->name, &err));
    }
    conn_close(rig->server);
}

void
rig_run(enum engine engine, enum coat coat, void (*run)(struct rig *rig))
{
    struct rig rig = {.engine = engine, .coat = coat, .server_url = server_url(engine)};
    driver_registry_set(built_in_drivers);
    if (rig.server_url == NULL) {
        test_skip("no server");
        return;
    }
    if (driver_for_url(rig.server_url) == NULL) {
        test_skip("the driver is not built");
        return;
    }
#ifndef ROLLCALL_FAULT_POINTS
    if (coat == COAT_faulty) {
        test_skip("this build has no fault points");
        return;
    }
#endif
    if (prepare(&rig)) {
        run(&rig);
    }
    tidy(&rig);
}

void
rig_make_registry(struct rig *rig)
{
    struct err err = {0};
    struct catalog base;
    catalog_init(&base);
    CHECK_OK(conn_catalog(rig->conn, &base, &err));
    CHECK_OK(registry_create(rig->conn, &base, &err));
    catalog_release(&base);
}

enum status
conn_try(struct conn *conn, const char *sql)
{
    struct err err = {0};
    struct err ignored = {0};
    enum status status = conn_script_session(conn, true, &err);
    if (status == STATUS_OK) {
        status = conn_exec(conn, span_of(sql), NULL, &err);
    }
    IGNORE(conn_script_session(conn, false, &ignored)); /* a lost connection has none */
    if (status != STATUS_OK) {
        rig_error = err;
    }
    return status;
}

void
conn_do(struct conn *conn, const char *sql)
{
    (void)test_check_ok(conn_try(conn, sql), &rig_error, sql, __FILE__, __LINE__);
}

void
rig_do(struct rig *rig, const char *sql, ...)
{
    va_list more;
    va_start(more, sql);
    for (; sql != NULL; sql = va_arg(more, const char *)) {
        conn_do(rig->conn, sql);
    }
    va_end(more);
}

const char *
own_sql(const struct conn *conn, const char *sql)
{
    const char *schema = (conn->driver->caps & CAP_SCHEMAS) ? "public." : "";
    const char *at = strstr(sql, "{s}");
    return at == NULL
               ? sql
               : own_sql(conn, arena_printf(test_arena(), "%.*s%s%s", (int)(at - sql), sql, schema, at + 3));
}

enum status
own_try(struct conn *conn, const char *sql)
{
    enum status status = conn_exec(conn, span_of(own_sql(conn, sql)), NULL, &rig_error);
    return status;
}

void
own_do(struct conn *conn, const char *sql)
{
    (void)test_check_ok(own_try(conn, sql), &rig_error, sql, __FILE__, __LINE__);
}

const char *
conn_ask(struct conn *conn, const char *sql)
{
    struct err err = {0};
    struct value *values = NULL;
    bool found = false;
    if (conn_query_row(conn, own_sql(conn, sql), NULL, 0, test_arena(), &values, &found, &err) != STATUS_OK) {
        return "(error)";
    }
    return found ? value_to_str(&values[0], test_arena()) : "(none)";
}

int64_t
conn_count(struct conn *conn, const char *table)
{
    int64_t n = -1;
    const char *sql = arena_printf(test_arena(), "select count(*) from {s}%s", table);
    (void)parse_i64(span_of(conn_ask(conn, sql)), &n);
    return n;
}
