/* Enters migrations in the registry without running them: adoption of another tool's history, and baselines.
 */
#ifndef MIGRATE_ENROLL_H
#define MIGRATE_ENROLL_H

#include "migrate/operate.h"

/* What an enrolled migration's class is when it declares none: nobody has tried its way back yet. */
#define CLASS_UNPROVEN "unproven"

struct enrolment {
    const struct migration *migration;
    int64_t applied_us; /* as the other tool says; 0: not known */
};

/* In the order given, all or none; those that are in the set already are left alone. The live schema becomes
 * the one on record. `origin` is "adopt:NAME" or "baseline". */
enum status operate_enroll(struct session *session, const struct enrolment *items, size_t n,
                           const char *origin, struct operation_result *out, struct err *err) MUST_USE;

#endif
