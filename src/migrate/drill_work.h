/* The parts of a drill among themselves. */
#ifndef MIGRATE_DRILL_WORK_H
#define MIGRATE_DRILL_WORK_H

#include "base/io.h"
#include "migrate/drill.h"
#include "migrate/drill_scratch.h"
#include "migrate/drill_state.h"
#include "migrate/generate.h"

struct drill {
    const struct drill_options *options;
    const struct migrations *migrations;
    const struct driver *driver;
    struct arena *arena; /* of the result */
    struct scratch scratch;
    struct drill_result *result;

    size_t line_at;      /* migrations tried on the line: it stands before migrations[line_at] */
    bool *is_applied;    /* per migration: its up ran on the line */
    bool line_is_filled; /* with the made-up rows for migrations[line_at] */

    bool line_has_rows; /* made-up ones */

    bool follower_is_valid; /* it is what the line will be before the next trial */
    bool follower_is_fresh; /* no trial has been in it */

    struct io_listing rows_files; /* of options->rows_dir */
    struct generator generator;
    struct generated rows;
    size_t *rows_from;      /* per migration: its first made-up row */
    struct catalog *filled; /* the schema that the last made-up rows saw */
};

/* Tells the observer what is running. */
void drill_tell(const struct drill *drill, size_t at, const char *doing);

/* -- one script (drill_script.c) */

/* How one script went. */
struct drill_outcome {
    bool is_present;
    size_t n_statements;
    bool ran;            /* to its end */
    const char *error;   /* arena of the drill; NULL */
    const char *stopped; /* "statement N of FILE" when it failed after the start */
};

/* A script that fails is an outcome; only what ends the drill is an error. */
enum status drill_run_part(struct drill *drill, struct conn *conn, const struct migration *migration,
                           enum part_kind kind, struct drill_outcome *out, struct err *err) MUST_USE;
/* The user's own rows: DIR/PREFIX*.sql; a file that fails is an error. */
enum status drill_run_rows(struct drill *drill, struct conn *conn, const struct migration *migration,
                           struct err *err) MUST_USE;
enum status drill_run_prelude(struct drill *drill, struct conn *conn, struct err *err) MUST_USE;
bool drill_has_rows(const struct drill *drill, const struct migration *migration);
/* Reads the folder's listing. USAGE when a file of it belongs to no migration. */
enum status drill_list_rows(struct drill *drill, struct err *err) MUST_USE;

/* -- where the databases stand (drill_line.c) */

/* Brings the line to stand before migrations[at]; `filled`: with the rows that belong there. It never goes
 * back. */
enum status
drill_line_to(struct drill *drill, size_t at, bool filled, struct conn **conn, struct err *err) MUST_USE;
/* Brings the line to stand before migrations[at] once more, from its beginning and without any made-up row.
 */
enum status drill_line_restart(struct drill *drill, size_t at, struct err *err) MUST_USE;
/* Brings the follower to the same place, filled: as it is when it is valid, else as a fresh copy. `state` is
 * what it was left in, and is taken anew when the follower is changed. */
enum status
drill_follower_to(struct drill *drill, size_t at, struct drill_state *state, struct err *err) MUST_USE;

/* -- one step (drill_trial.c) */

enum trial_moment { TRIAL_BEFORE, TRIAL_UP, TRIAL_DOWN, TRIAL_REUP, TRIAL_MOMENTS };

/* migrations[from..to], both included, up, down and up again. */
struct trial {
    size_t from;
    size_t to;
    struct drill_outcome up;
    struct drill_outcome down;
    struct drill_outcome reup;
    bool has_state[TRIAL_MOMENTS];
    struct drill_state state[TRIAL_MOMENTS];
    enum change_class class;       /* of what the down left */
    struct drill_excuses excuses;  /* objects that are not to be blamed on the down */
    struct drill_excuses reshaped; /* tables with rows that came back with other columns */
};

void trial_release(struct trial *trial);
/* Runs it in the follower, which must be valid, with state[TRIAL_BEFORE] taken. The follower stays valid when
 * it ends in the state that the line will be in; that is the last state taken. */
enum status trial_run(struct drill *drill, struct trial *trial, struct err *err) MUST_USE;
enum trial_moment trial_last(const struct trial *trial);
/* What the down left; without a statement in it, what the up left. */
const struct drill_state *trial_left(const struct trial *trial);
/* The downs alone, newest first, up to the first that fails. */
enum status trial_run_downs(struct drill *drill, const struct trial *trial, struct conn *conn,
                            struct drill_outcome *out, struct err *err) MUST_USE;
/* The verdict as the states have it. */
void trial_judge(const struct drill *drill, struct trial *trial, struct drill_step *step);

/* -- a closer look at what is not right (drill_closer.c) */

/* Settles what the states leave open: objects and rows that come out differently every time, tables of
 * another shape, a row as the proof. Uses line and follower up; judges again. */
enum status drill_look_closer(struct drill *drill, struct trial *trial, struct drill_step *step,
                              struct err *err) MUST_USE;

#endif
