/* What an operation's steps came to, for the registry: rows saved, fates of later writes, conflicts,
 * verification. */
#ifndef MIGRATE_ACCOUNT_H
#define MIGRATE_ACCOUNT_H

#include "migrate/operate.h"

/* Appends the records, within the caller's transaction, before the one that ends the operation. What the
 * operation has on record already, kind by kind, is not told twice. */
enum status
account_record(struct session *session, const struct operation_result *result, struct err *err) MUST_USE;

const char *conflict_policy_name(enum conflict_policy policy);

#endif
