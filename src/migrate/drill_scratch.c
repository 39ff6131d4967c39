#include "migrate/drill_scratch.h"

#include "base/clock.h"

#include <stdio.h>

enum status
scratch_open(struct scratch *scratch, const struct conn_params *params, struct arena *arena, struct err *err)
{
    char id[33];
    random_id(id);
    *scratch = (struct scratch){.params = *params, .arena = arena};
    (void)snprintf(scratch->stem, sizeof(scratch->stem), SCRATCH_PREFIX "%.12s", id);
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
    if (db->exists) {
        TRY(conn_drop_database(scratch->server, db->name, err));
        db->exists = false;
    }
    return STATUS_OK;
}

const char *
scratch_close(struct scratch *scratch)
{
    const char *left = NULL;
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
