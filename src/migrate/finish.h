/* The point of no return: what migrations saved for their way back is released. */
#ifndef MIGRATE_FINISH_H
#define MIGRATE_FINISH_H

#include "migrate/session.h"

struct finished {
    const char *id;
    const char *version;
    size_t files;
    uint64_t stored; /* bytes of them */
};

struct finish_result {
    const char *op; /* "" when there was nothing to release */
    struct finished *items;
    size_t n;
    size_t cap;
};

/* Those applied up to and including `to` (NULL: all) that still hold something. `dry_run`: only tells. A
 * crash after the registry's commit leaves files that `snapshot gc` removes. */
enum status finish_run(struct session *session, const char *to, bool dry_run, struct finish_result *out,
                       struct err *err) MUST_USE;

#endif
