/* What differs between what the registry says and what is there: objects of the schema, and scripts that were
 * edited. */
#ifndef MIGRATE_DRIFT_H
#define MIGRATE_DRIFT_H

#include "migrate/session.h"

struct drift {
    bool is_known; /* false: the registry recorded no schema yet, so nothing can have drifted */
    struct catalog expected;
    struct catalog_diff
        diff;        /* expected -> live; strings borrowed from `expected` and the session's schema */
    size_t n_edited; /* scripts */
};

/* Reads the live schema. `out` is released by drift_release before the session is closed. */
enum status drift_find(struct session *session, struct drift *out, struct err *err) MUST_USE;
void drift_release(struct drift *drift);
bool drift_is_any(const struct drift *drift);

#endif
