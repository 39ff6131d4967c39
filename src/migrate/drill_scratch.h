/* The databases that a drill makes for itself and takes away again. */
#ifndef MIGRATE_DRILL_SCRATCH_H
#define MIGRATE_DRILL_SCRATCH_H

#include "driver/conn.h"

#include <stdbool.h>

#define SCRATCH_PREFIX "rollcall_drill_"

struct scratch_db {
    char name[64];
    char *url;         /* arena */
    struct conn *conn; /* NULL: no session in it */
    bool exists;
};

struct scratch {
    struct conn *server;
    struct conn_params params; /* of sessions in the scratch databases; url apart */
    struct arena *arena;
    char stem[40]; /* SCRATCH_PREFIX, our process id, and chance */
    unsigned serial;
    /* The line has the ups applied, one after the other, and nothing else. The follower is a copy of it in
     * which the scripts are tried. */
    struct scratch_db line;
    struct scratch_db follower;
};

/* Connects to the server; makes nothing yet. */
enum status scratch_open(struct scratch *scratch, const struct conn_params *params, struct arena *arena,
                         struct err *err) MUST_USE;
/* Drops what is there. Returns the name of the last database that could not be dropped, or NULL. */
const char *scratch_close(struct scratch *scratch);

/* Names of the databases that drills of this machine made whose process is gone. None where the driver cannot
 * tell. */
void scratch_leftovers(struct scratch *scratch, const char ***names, size_t *n);

/* An empty database in place of what `db` was. */
enum status scratch_renew(struct scratch *scratch, struct scratch_db *db, struct err *err) MUST_USE;
/* The follower becomes a copy of the line. CAP_FORK only. */
enum status scratch_fork(struct scratch *scratch, struct err *err) MUST_USE;
/* The session in `db`, opened when there is none. */
enum status
scratch_conn(struct scratch *scratch, struct scratch_db *db, struct conn **out, struct err *err) MUST_USE;

#endif
