/* SQL that would make the other side like the one that is right: written to a file for somebody to read,
 * never run. Parents first when rows come, children first when they go. */
#ifndef RECON_REPAIR_H
#define RECON_REPAIR_H

#include "recon/match.h"

#include <pthread.h>

/* A table that repairs write. Strings: borrowed, `service` until the file is written. */
struct repair_target {
    const char *service;
    size_t number;               /* of the service: one section of the file each */
    const struct driver *driver; /* while the checks run */
    const char *utc_sql;         /* the driver's; static */
    struct table table;          /* while the checks run */
    unsigned rank;               /* 0: refers to none of the others; then 1 + that of its parents */
    const char *loop;            /* its name, when it refers to itself; NULL. The repair's arena */
};

struct repair {
    struct arena arena;
    pthread_mutex_t lock; /* guards what follows */
    VEC(struct repair_target *) targets;
    struct spool statements; /* in the order of the file */
    uint64_t n;
    uint64_t n_skipped; /* findings for which nothing can be proposed */
};

void repair_init(struct repair *repair, const char *folder);
void repair_release(struct repair *repair);

/* Takes a copy of `target`. Thread-safe. */
struct repair_target *repair_add_target(struct repair *repair, const struct repair_target *target);
/* After all were added and before the first finding. */
void repair_rank(struct repair *repair);

/* What a match tells the repair; the watcher's state. */
struct repair_match {
    struct repair *repair;
    struct repair_target *target; /* NULL: the check does not say which side is right, or names no table */
    const char **columns;         /* of the table: a name for each of the match's, key first */
};

/* Arena. USAGE when the table lacks a column that would be written. */
enum status repair_watch(struct repair *repair, struct repair_target *target, const struct match *match,
                         struct arena *arena, struct match_watcher **out, struct err *err) MUST_USE;

/* Writes the file, mode 0600: it holds values. */
enum status repair_write(struct repair *repair, const char *path, struct err *err) MUST_USE;

#endif
