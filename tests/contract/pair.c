#include "contract/pair.h"

#include "drivers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool
open_place(struct place *place, enum engine engine)
{
    static unsigned serial;
    struct err err = {0};
    char *url = NULL;
    const char *server = engine == ENGINE_sqlite
                             ? arena_printf(test_arena(), "sqlite:%s/server.db", test_dir())
                         : engine == ENGINE_postgres ? getenv("ROLLCALL_TEST_PG")
                                                     : getenv("ROLLCALL_TEST_MARIADB");
    *place = (struct place){.engine = engine};
    driver_registry_set(built_in_drivers);
    if (server == NULL || driver_for_url(server) == NULL) {
        return false;
    }
    (void)snprintf(place->name, sizeof(place->name), "rollcall_pair_%u_%u", (unsigned)getpid(), ++serial);
    return CHECK_OK(conn_open(&(struct conn_params){.url = server}, &place->server, &err)) &&
           CHECK_OK(conn_create_database(place->server, place->name, test_arena(), &url, &err)) &&
           (place->url = url) != NULL &&
           CHECK_OK(conn_open(&(struct conn_params){.url = url}, &place->conn, &err));
}

static void
close_place(struct place *place)
{
    struct err err = {0};
    conn_close(place->conn);
    if (place->conn != NULL) {
        CHECK_OK(conn_drop_database(place->server, place->name, &err));
    }
    conn_close(place->server);
}

void
run_pair(enum engine left, enum engine right, void (*run)(struct place places[2]))
{
    struct place places[2] = {{.server = NULL}, {.server = NULL}};
    if (open_place(&places[0], left) && open_place(&places[1], right)) {
        run(places);
    } else {
        test_skip("no server");
    }
    close_place(&places[0]);
    close_place(&places[1]);
}
