/* One step on its way; shared by those who run it, enter it in the registry, and go on with it later. */
#ifndef MIGRATE_WORK_H
#define MIGRATE_WORK_H

#include "migrate/apply.h"
#include "migrate/merge.h"
#include "migrate/park.h"
#include "migrate/protect.h"

/* Between the schema before the step and the schema once it stands. */
struct work {
    struct session *session;
    struct step *step;
    struct arena *arena; /* the step's scratch */
    struct step_result *result;
    int64_t started_us;   /* monotonic */
    struct applied entry; /* what the registry is told */
    struct catalog before;
    struct object_changes changes; /* before -> after; in the arena */
    struct catalog after;          /* empty when the driver told the changes: then `before` becomes it */
    bool has_after;
    char before_hash[HASH128_HEX_LEN + 1];
    char after_hash[HASH128_HEX_LEN + 1];
    struct protect protect;       /* what the script is about to change is saved */
    struct merge merge;           /* down: what was saved is laid over what it leaves */
    struct park park;             /* down: what was written since and has no place in the old schema */
    struct readoption readoption; /* up: what an earlier rollback parked */
    bool is_merged;               /* what was saved has been loaded */
};

void work_release(struct work *work);

/* -- entry.c: what the registry is told, within the transaction that makes it true
 * ------------------------------- */

/* What we applied ourselves has a delta, or is unfinished and has none yet; what was adopted lies in the
 * base. */
bool entry_is_recorded(const struct applied *applied);
/* Reads what became of the schema; `whole`: without asking the driver what changed. */
enum status entry_read_schema(struct work *work, bool whole, struct err *err) MUST_USE;
/* Enters the set, or leaves it. `was_entered`: the set holds it as unfinished already. */
enum status entry_make(struct work *work, bool was_entered, struct err *err) MUST_USE;

/* Runs the action in a transaction that begins with the lease. */
enum status entry_in_transaction(struct work *work, enum status (*action)(struct work *work, struct err *err),
                                 struct err *err) MUST_USE;
/* Three such actions: unfinished from here on; not begun after all; finished. */
enum status entry_mark_unfinished(struct work *work, struct err *err) MUST_USE;
enum status entry_unmark_unfinished(struct work *work, struct err *err) MUST_USE;
enum status entry_finish(struct work *work, struct err *err) MUST_USE;

/* -- apply.c
 * ------------------------------------------------------------------------------------------------------- */

enum status step_perform(struct session *session, struct step *step, bool is_resumed, size_t number,
                         size_t total, struct step_result *out, struct err *err) MUST_USE;
void step_describe_result(const struct work *work, int64_t started_us);

#endif
