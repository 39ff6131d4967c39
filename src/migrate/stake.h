/* What a rollback may write to, and the rules that hold there: retained tables, and the freeze. */
#ifndef MIGRATE_STAKE_H
#define MIGRATE_STAKE_H

#include "migrate/freeze.h"
#include "migrate/plan.h"

struct stake {
    const char *
        *tables; /* qualified: those that are there and whose rows or shape may change; session's arena */
    size_t n;
    size_t cap;
    bool may_freeze; /* every script runs in one transaction, or the engine knows none round schema changes */
};

/* Reads the plan's scripts. POLICY when one of them takes rows of a retained table. */
enum status
stake_find(struct session *session, struct plan *plan, struct stake *out, struct err *err) MUST_USE;
/* NULL: it is not retained. */
const struct retention *stake_retention(const struct session *session, const char *table);

/* Freezes them, unless the user wants none or there is nothing to freeze: `*out` NULL then. POLICY when the
 * freeze cannot be proven; nothing is left of it. */
enum status stake_freeze(struct session *session, const struct stake *stake, struct freeze **out,
                         struct err *err) MUST_USE;
/* Under the lease: the freeze that a rollback which died left; `*out` NULL: none. */
enum status stake_find_freeze(struct session *session, struct freeze **out, struct err *err) MUST_USE;
/* What was frozen by stake_freeze is free again. */
enum status stake_thaw(struct session *session, const struct freeze *freeze, struct err *err) MUST_USE;

#endif
