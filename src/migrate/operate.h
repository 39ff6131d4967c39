/* A whole operation: lease, plan, steps, outcome; what the commands up, rollback, resume and abort share. */
#ifndef MIGRATE_OPERATE_H
#define MIGRATE_OPERATE_H

#include "migrate/apply.h"
#include "migrate/freeze.h"

enum outcome { OUTCOME_DONE, OUTCOME_UNCHANGED, OUTCOME_PARTIAL, OUTCOME_UNVERIFIED };
const char *outcome_name(enum outcome outcome);

/* Strings: session's arena. Valid after a failure, too: what was done until then. */
struct operation_result {
    const char *op; /* "" when there was nothing to do */
    const char *kind;
    const char *from;
    const char *to;
    enum outcome outcome;
    int64_t us;
    struct step_result *steps;
    size_t n_steps;
    const struct freeze *freeze; /* of a rollback; NULL: nothing was frozen */
};

/* Unchanged, at the current version, until more is known. */
void operation_result_begin(const struct session *session, const char *kind, struct operation_result *out);

/* After an error: STATUS as the cause when nothing changed, PARTIAL once a step stands. */
enum status operate_up(struct session *session, const struct plan_options *options,
                       struct operation_result *out, struct err *err) MUST_USE;
enum status operate_rollback(struct session *session, const struct plan_options *options,
                             const char *plan_digest, struct operation_result *out, struct err *err) MUST_USE;
/* Goes on with (or undoes) what an interrupted run left, then with the rest of its plan. */
enum status operate_resume(struct session *session, struct operation_result *out, struct err *err) MUST_USE;
enum status operate_abort(struct session *session, struct operation_result *out, struct err *err) MUST_USE;

#endif
