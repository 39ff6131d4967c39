/* The .verify.sql of a migration, after its up. */
#ifndef MIGRATE_VERIFY_H
#define MIGRATE_VERIFY_H

#include "migrate/plan.h"

/* Runs each statement in a transaction that is rolled back. The first one that fails, or that returns a row
 * (every row is a failure it found; in Sqitch's scripts only an error is one), gives `*failure` (session's
 * arena); NULL when all is well. An error means that nothing could be verified. */
enum status
step_verify(struct session *session, const struct step *step, const char **failure, struct err *err) MUST_USE;

#endif
