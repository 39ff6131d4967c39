#include "migrate/drill_scratch.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum status
scratch_open(struct scratch *scratch, const struct conn_params *params, struct arena *arena, struct err *err)
{
    char id[33];
    random_id(id);
    *scratch = (struct scratch){.params = *params, .arena = arena};
    (void)snprintf(scratch->stem, sizeof(scratch->stem), SCRATCH_PREFIX "%ld_%.8s", (long)getpid(), id);
    return conn_open(params, &scratch->server, err);
}

static void
hang_up(struct scratch_db *db)
{
    conn_close(db->conn);
    db->conn = NULL;
}

static enum status
drop(struct scratch *scratch, struct scratch_db *db, struct err *err)
{
    hang_up(db);
    if (db->exists && scratch->server == NULL) {
        return err_raise(err, STATUS_CONNECT, "the server is gone");
    }
    if (db->exists) {
        TRY(conn_drop_database(scratch->server, db->name, err));
        db->exists = false;
    }
    return STATUS_OK;
}

/* A server that went away in between may be back, with our databases in it. */
static void
come_back(struct scratch *scratch)
{
    struct err ignored = {0};
    if (scratch->server != NULL && scratch->server->is_lost) {
        conn_close(scratch->server);
        IGNORE(conn_open(&scratch->params, &scratch->server, &ignored));
    }
}

const char *
scratch_close(struct scratch *scratch)
{
    const char *left = NULL;
    come_back(scratch);
    struct scratch_db *const all[] = {&scratch->follower, &scratch->line};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct err ignored = {0};
        if (drop(scratch, all[i], &ignored) != STATUS_OK) {
            left = all[i]->name;
        }
    }
    conn_close(scratch->server);
    scratch->server = NULL;
    return left;
}

/* The process id stands behind the prefix. */
static bool
is_orphan(const char *name)
{
    struct span rest = span_of(name + strlen(SCRATCH_PREFIX));
    size_t digits = strspn(rest.ptr, "0123456789");
    int64_t pid = 0;
    return parse_i64((struct span){rest.ptr, digits}, &pid) && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

void
scratch_leftovers(struct scratch *scratch, const char ***names, size_t *n)
{
    struct err ignored = {0};
    size_t all = 0;
    *n = 0;
    IGNORE(conn_list_databases(scratch->server, SCRATCH_PREFIX, scratch->arena, names, &all, &ignored));
    for (size_t i = 0; i < all; i++) {
        if (is_orphan((*names)[i])) {
            (*names)[(*n)++] = (*names)[i];
        }
    }
}

/* A name is never used twice: servers may still be busy with the one that was dropped. */
static void
name_next(struct scratch *scratch, struct scratch_db *db)
{
    (void)snprintf(db->name, sizeof(db->name), "%s_%u", scratch->stem, ++scratch->serial);
}

/* What failed half-way may be there all the same. */
static enum status
settle(struct scratch *scratch, struct scratch_db *db, enum status status)
{
    struct err ignored = {0};
    db->exists = true;
    if (status != STATUS_OK) {
        IGNORE(drop(scratch, db, &ignored));
        db->exists = false;
    }
    return status;
}

enum status
scratch_renew(struct scratch *scratch, struct scratch_db *db, struct err *err)
{
    TRY(drop(scratch, db, err));
    name_next(scratch, db);
    return settle(scratch, db,
                  conn_create_database(scratch->server, db->name, scratch->arena, &db->url, err));
}

enum status
scratch_fork(struct scratch *scratch, struct err *err)
{
    struct scratch_db *db = &scratch->follower;
    const char *from = scratch->line.name;
    TRY(drop(scratch, db, err));
    name_next(scratch, db);
    hang_up(&scratch->line);
    return settle(scratch, db,
                  conn_fork_database(scratch->server, from, db->name, scratch->arena, &db->url, err));
}

enum status
scratch_conn(struct scratch *scratch, struct scratch_db *db, struct conn **out, struct err *err)
{
    if (db->conn == NULL) {
        struct conn_params params = scratch->params;
        params.url = db->url;
        TRY(conn_open(&params, &db->conn, err));
    }
    *out = db->conn;
    return STATUS_OK;
}
