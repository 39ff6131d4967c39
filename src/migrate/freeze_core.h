/* What the parts of a freeze share. */
#ifndef MIGRATE_FREEZE_CORE_H
#define MIGRATE_FREEZE_CORE_H

#include "migrate/freeze.h"

/* Statements that stand or fall together where the engine can do that, else one after the other. */
struct freeze_unit {
    const char *what; /* for people: the table */
    const struct freeze_words *statements;
    const char *fault_point;
    bool is_undo; /* goes on after a request to stop */
};

/* Under the lease, with short lock timeouts and retries; who is in the way is told. */
enum status
freeze_run_unit(struct session *session, const struct freeze_unit *unit, struct err *err) MUST_USE;
/* A row of ours, in a transaction of its own that begins with the lease, when we have it. */
enum status
freeze_in_transaction(struct session *session,
                      enum status (*action)(struct session *session, void *context, struct err *err),
                      void *context, struct err *err) MUST_USE;

/* The marks as they stand, one line each. */
const char *freeze_marks_lines(const struct freeze_marks *marks, struct arena *arena);
/* What is not as `recorded` says. */
void freeze_compare_marks(const char *recorded, const struct freeze_marks *now, struct arena *arena,
                          struct freeze_faults *out);
/* Those of one freeze. */
struct freeze_marks freeze_marks_of(const struct freeze_marks *all, const char *id, struct arena *arena);

/* Two looks and the writers before them; fills is_proven, why and looks. */
enum status freeze_take_proof(struct session *session, struct freeze *freeze, struct err *err) MUST_USE;
const char *freeze_looks_lines(const struct freeze_looks *looks, struct arena *arena);

/* Cuts the next field off a line of fields that tabs part. */
struct span freeze_next_field(struct span *rest);

enum status freeze_server_now(struct session *session, int64_t *out, struct err *err) MUST_USE;

#endif
