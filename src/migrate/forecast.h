/* What a rollback will make of the rows written since, told before anything is touched. */
#ifndef MIGRATE_FORECAST_H
#define MIGRATE_FORECAST_H

#include "migrate/merge.h"

struct forecast {
    struct fates_list fates;
    struct conflict_list conflicts;
    const char **unprotected; /* migrations for which nothing was saved */
    size_t n_unprotected;
    int64_t ms; /* rough: from the time that the comparison took */
};

/* Compares as the rollback would, in a transaction of a session of its own that is rolled back; where schema
 * changes commit, in tables that are dropped again, under the lease. Steps behind the first are told by the
 * rows as they are now, too. `*out` NULL (and no error) when another run has the lease. */
enum status forecast_rollback(const struct session *session, const struct plan *plan, struct forecast **out,
                              struct err *err) MUST_USE;

#endif
