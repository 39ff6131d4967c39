/* The journal of a script that cannot run in one transaction: hooks for script_run, and what they know
 * afterwards. */
#ifndef MIGRATE_JOURNALED_H
#define MIGRATE_JOURNALED_H

#include "migrate/plan.h"
#include "migrate/protect.h"

/* What a statement is to the journal. */
enum statement_role {
    ROLE_SESSION, /* changes only this session: run again on resume, never journaled */
    ROLE_ROWS,    /* changes only rows: one transaction with its journal row */
    ROLE_OTHER    /* commits by itself: intent before, outcome after */
};

struct journaled {
    struct session *session;
    const struct step *step;
    struct protect *protect; /* told of every statement; NULL: nothing is to be saved */
    struct statement_scope scope;
    bool *is_done;   /* one a statement: it stands from an earlier attempt */
    bool *was_tried; /* one a statement: an earlier attempt at it failed */
    size_t n_done;
    bool left_something;        /* the statement that failed changed the schema all the same */
    enum statement_role *roles; /* one a piece */
    bool in_transaction;        /* we began one round the running statement */
    int64_t open_intent;        /* number of the statement whose outcome is not journaled; -1: none */
    bool schema_is_stale;       /* something ran that may have changed it */
    char schema_hash[HASH128_HEX_LEN + 1];
};

/* Arena: the step's. Reads the journal of earlier attempts and settles the statement that is in doubt;
 * PARTIAL with the facts when it cannot be told. */
enum status journaled_begin(struct journaled *journaled, struct session *session, const struct step *step,
                            const char *op, struct arena *arena, struct err *err) MUST_USE;
/* Hooks whose context is `journaled`. */
struct run_hooks journaled_hooks(struct journaled *journaled);
/* After a failed run: the refused statement is no longer in doubt. Does nothing when the connection is lost.
 */
void journaled_note_failure(struct journaled *journaled);

#endif
