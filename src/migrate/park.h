/* Rows written since a migration whose columns, or table, the schema before it has no place for: a rollback
 * parks them, and applying the migration again brings them back where the row is still there and nobody has
 * changed since what the rollback made of it.
 *
 * A parking table in the registry's schema has the key, the columns that go, and rc_new (1: the row came
 * since); behind the down script, the columns that came back (rc_s0 ...), with what they hold. It ends as a
 * file. */
#ifndef MIGRATE_PARK_H
#define MIGRATE_PARK_H

#include "migrate/merge.h"
#include "migrate/protect.h"

struct parking {
    const char *end;                /* the table before the down script */
    const char *name;               /* of the parking table */
    struct table now;               /* before the down script */
    struct name_list columns;       /* that the down script may take away */
    const struct merge_table *with; /* what the migration saved of it; NULL: nothing */
};

struct park {
    struct protect *protect;
    struct merge *merge;
    struct {
        struct parking *items;
        size_t n;
        size_t cap;
    } tables;
};

/* Down: right after merge_prepare, and right after merge_overlay. The second adds to the merge's fates. */
enum status
park_prepare(struct park *park, struct merge *merge, struct protect *protect, struct err *err) MUST_USE;
/* Where schema changes commit: goes on with what park_prepare of an earlier run filled. */
enum status
park_attach(struct park *park, struct merge *merge, struct protect *protect, struct err *err) MUST_USE;
enum status park_finish(struct park *park, struct err *err) MUST_USE;

/* In place of park_finish: only counts, by what the merge's columns say of the shape to come. */
enum status park_forecast(struct park *park, struct err *err) MUST_USE;

struct readoption {
    struct session *session;
    const char *migration;
    struct arena *arena;
    struct saved_list saved;
    int64_t rows; /* brought back */
};

/* Up: before the first statement of a migration that was rolled back once, and behind the last. `is_resumed`:
 * an earlier run has begun the script. */
enum status readopt_prepare(struct readoption *readoption, struct session *session, const char *migration,
                            bool is_resumed, struct arena *arena, struct err *err) MUST_USE;
enum status readopt_finish(struct readoption *readoption, struct err *err) MUST_USE;

#endif
