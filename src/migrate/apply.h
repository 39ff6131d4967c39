/* Runs one step and enters it in the registry, so that a crash at any point leaves what resume can tell.
 *
 * A script that fits in one transaction takes its registry entry along: it stands as a whole or not at all.
 * Any other script is entered as unfinished first; each of its statements is then journaled: rows and journal
 * in one transaction where the statement only changes rows, else intent, statement, outcome. Crash before the
 * intent: not done. Between intent and outcome: in doubt, settled by the schema's fingerprint. After the
 * outcome: done. */
#ifndef MIGRATE_APPLY_H
#define MIGRATE_APPLY_H

#include "migrate/merge.h"
#include "migrate/plan.h"
#include "migrate/protect.h"

/* Strings: session's arena. */
struct step_result {
    const char *id;
    const char *version;
    const char *name;
    enum direction direction;
    const char *class;
    size_t statements;
    int64_t us;
    bool schema_verified;            /* down: the schema was compared with the one recorded before the up */
    struct catalog_diff differences; /* down: what is not as it was; up: empty */
    struct saved_summaries saved;
    struct fates_list fates;        /* down: of the rows written since */
    struct conflict_list conflicts; /* down */
    bool rows_verified; /* down: rows were put back, compared with what was saved, and foreign keys hold */
    int64_t wrong_rows; /* down: rows that are not what they were */
    int64_t readopted;  /* up: rows that an earlier rollback had parked */
    const char *verify_error; /* the verify script's; NULL when it passed or there is none */
};

/* `number` of `total` for the observer. Errors as their cause; PARTIAL when something of the script stands,
 * with what and where in the message. */
enum status step_apply(struct session *session, struct step *step, size_t number, size_t total,
                       struct step_result *out, struct err *err) MUST_USE;

/* Goes on with the unfinished member of the set: what is done stays done. `undo` turns round: an interrupted
 * up runs its down, an interrupted down its up. */
enum status step_resume(struct session *session, const struct applied *unfinished, bool undo,
                        struct step_result *out, struct err *err) MUST_USE;

#endif
