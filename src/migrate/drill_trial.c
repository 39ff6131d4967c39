/* One step: up, down, up again in the follower, and what the states in between say about the down. */
#include "migrate/drill_work.h"

#include "base/clock.h"

void
trial_release(struct trial *trial)
{
    for (size_t i = 0; i < TRIAL_MOMENTS; i++) {
        drill_state_release(&trial->state[i]);
        trial->has_state[i] = false;
    }
}

static void
drop_moments(struct trial *trial)
{
    for (size_t i = TRIAL_UP; i < TRIAL_MOMENTS; i++) {
        drill_state_release(&trial->state[i]);
        trial->has_state[i] = false;
    }
}

static enum status
take(struct trial *trial, enum trial_moment moment, struct conn *conn, struct err *err)
{
    trial->has_state[moment] = true;
    return drill_state_take(&trial->state[moment], conn, err);
}

/* The outcome of several scripts is that of the first that fails. */
static void
join_outcome(struct drill_outcome *all, const struct drill_outcome *one)
{
    all->is_present = all->is_present || one->is_present;
    all->n_statements += one->n_statements;
    if (one->error != NULL) {
        all->ran = false;
        all->error = one->error;
        all->stopped = one->stopped;
    }
}

static enum status
run_ups(struct drill *drill, const struct trial *trial, struct conn *conn, const char *doing,
        struct drill_outcome *out, struct err *err)
{
    *out = (struct drill_outcome){.ran = true};
    for (size_t i = trial->from; i <= trial->to && out->ran; i++) {
        struct drill_outcome one;
        drill_tell(drill, i, doing);
        TRY(drill_run_part(drill, conn, &drill->migrations->items[i], PART_UP, &one, err));
        join_outcome(out, &one);
    }
    return STATUS_OK;
}

enum status
trial_run_downs(struct drill *drill, const struct trial *trial, struct conn *conn, struct drill_outcome *out,
                struct err *err)
{
    *out = (struct drill_outcome){.ran = true};
    for (size_t i = trial->to + 1; i > trial->from && out->ran; i--) {
        struct drill_outcome one;
        drill_tell(drill, i - 1, "down");
        TRY(drill_run_part(drill, conn, &drill->migrations->items[i - 1], PART_DOWN, &one, err));
        join_outcome(out, &one);
    }
    return STATUS_OK;
}

/* The last state that was taken: what the follower is now. */
enum trial_moment
trial_last(const struct trial *trial)
{
    return trial->has_state[TRIAL_REUP] ? TRIAL_REUP : trial->has_state[TRIAL_DOWN] ? TRIAL_DOWN : TRIAL_UP;
}

static enum status
run_moments(struct drill *drill, struct trial *trial, struct conn *conn, struct err *err)
{
    TRY(run_ups(drill, trial, conn, "up", &trial->up, err));
    TRY(take(trial, TRIAL_UP, conn, err));
    if (!trial->up.ran) {
        return STATUS_OK;
    }
    TRY(trial_run_downs(drill, trial, conn, &trial->down, err));
    if (trial->down.n_statements > 0) {
        TRY(take(trial, TRIAL_DOWN, conn, err));
    }
    if (!trial->down.is_present || !trial->down.ran) {
        return STATUS_OK;
    }
    TRY(run_ups(drill, trial, conn, "up again", &trial->reup, err));
    return take(trial, TRIAL_REUP, conn, err);
}

enum status
trial_run(struct drill *drill, struct trial *trial, struct err *err)
{
    struct conn *conn = NULL;
    require(drill->follower_is_valid && trial->has_state[TRIAL_BEFORE]);
    drop_moments(trial);
    trial->down = trial->reup = (struct drill_outcome){0};
    trial->excuses.n = 0;
    drill->follower_is_valid = false;
    drill->follower_is_fresh = false;
    TRY(scratch_conn(&drill->scratch, &drill->scratch.follower, &conn, err));
    TRY(run_moments(drill, trial, conn, err));
    drill->follower_is_valid = drill_state_same(&trial->state[TRIAL_UP], &trial->state[trial_last(trial)]);
    return STATUS_OK;
}

/* -- the verdict --------------------------------------------------------------------------------------------
 */

/* What the down left: without a statement in it, what the up left. */
const struct drill_state *
trial_left(const struct trial *trial)
{
    return &trial->state[trial->has_state[TRIAL_DOWN] ? TRIAL_DOWN : TRIAL_UP];
}

static enum drill_verdict verdict_of_class(enum change_class class)
{
    switch (class) {
    case CHANGE_CLASS_NONE:
        return DRILL_EXACT;
    case CHANGE_CLASS_TEXT:
        return DRILL_TEXT;
    case CHANGE_CLASS_COLUMN_ORDER:
        return DRILL_COLUMN_ORDER;
    case CHANGE_CLASS_MEANING:
        break;
    }
    return DRILL_DIFFERENT;
}

static enum drill_verdict
verdict_of(const struct trial *trial, enum change_class class)
{
    bool up_changed = !drill_state_same(&trial->state[TRIAL_BEFORE], &trial->state[TRIAL_UP]);
    if (!trial->up.ran) {
        return DRILL_UP_FAILS;
    }
    if (!trial->down.is_present) {
        return DRILL_MISSING;
    }
    if (!trial->down.ran) {
        return DRILL_FAILS;
    }
    if (trial->down.n_statements == 0 && up_changed) {
        return DRILL_EMPTY;
    }
    return verdict_of_class(class);
}

/* Only a state that is neither the one before nor the one after the script is half done. */
static const char *
partial_of(const struct trial *trial, const struct drill_outcome *outcome, enum trial_moment start,
           enum trial_moment end)
{
    bool is_changed = trial->has_state[end] && !drill_state_same(&trial->state[start], &trial->state[end]);
    return outcome->error != NULL && is_changed ? outcome->stopped : NULL;
}

static enum drill_reup
reup_of(const struct trial *trial)
{
    struct drill_excuses none = {0};
    ARENA_SCOPED scratch = {0};
    struct drill_residue *residue;
    size_t n;
    if (!trial->has_state[TRIAL_REUP]) {
        return DRILL_REUP_NOT_TRIED;
    }
    if (!trial->reup.ran) {
        return DRILL_REUP_FAIL;
    }
    enum change_class class = drill_residue_take(
        &trial->state[TRIAL_UP].catalog, &trial->state[TRIAL_REUP].catalog, &none, &scratch, &residue, &n);
    return class == CHANGE_CLASS_MEANING ? DRILL_REUP_DIFFERS : DRILL_REUP_OK;
}

/* -- rows ---------------------------------------------------------------------------------------------------
 */

static bool
has_same_columns(const struct table_digest *a, const struct table_digest *b)
{
    bool same = a->n_columns == b->n_columns;
    for (size_t i = 0; same && i < a->n_columns; i++) {
        same = str_eq(a->columns[i], b->columns[i]);
    }
    return same;
}

/* Tables of another shape but as many rows need a closer look; everything else the digests decide. */
static void
compare_rows(struct trial *trial, struct drill_step *step, struct arena *arena)
{
    const struct row_digests *before = &trial->state[TRIAL_BEFORE].rows;
    const struct row_digests *after = &trial_left(trial)->rows;
    step->row_tables = arena_new_array(arena, const char *, before->n + after->n + 1);
    for (size_t i = 0; i < before->n; i++) {
        const struct table_digest *one = &before->items[i];
        const struct table_digest *other = row_digests_find(after, one->table);
        if (other != NULL && one->rows == other->rows && !has_same_columns(one, other)) {
            vec_push(arena, &trial->reshaped, arena_strdup(arena, one->table));
        } else if (other == NULL || !table_digest_eq(one, other)) {
            step->row_tables[step->n_row_tables++] = arena_strdup(arena, one->table);
        }
    }
    for (size_t i = 0; i < after->n; i++) {
        if (row_digests_find(before, after->items[i].table) == NULL) {
            step->row_tables[step->n_row_tables++] = arena_strdup(arena, after->items[i].table);
        }
    }
    bool has_rows = before->n > 0 || after->n > 0;
    step->rows = step->n_row_tables > 0 ? DRILL_ROWS_DIFFERENT
                 : has_rows             ? DRILL_ROWS_SAME
                                        : DRILL_ROWS_NOT_CHECKED;
}

static void
describe_errors(const struct trial *trial, struct drill_step *step)
{
    if (!trial->up.ran) {
        step->error = trial->up.error;
        step->partial = partial_of(trial, &trial->up, TRIAL_BEFORE, TRIAL_UP);
    } else if (trial->down.error != NULL) {
        step->error = trial->down.error;
        step->partial = partial_of(trial, &trial->down, TRIAL_UP, TRIAL_DOWN);
    } else {
        step->error = trial->reup.error;
    }
}

void
trial_judge(const struct drill *drill, struct trial *trial, struct drill_step *step)
{
    trial->reshaped.n = 0;
    trial->class = drill_residue_take(&trial->state[TRIAL_BEFORE].catalog, &trial_left(trial)->catalog,
                                      &trial->excuses, drill->arena, &step->residue, &step->n_residue);
    step->verdict = verdict_of(trial, trial->class);
    step->reup = reup_of(trial);
    step->rows = DRILL_ROWS_NOT_CHECKED;
    step->n_row_tables = 0;
    step->error = step->partial = NULL;
    describe_errors(trial, step);
    if (step->verdict != DRILL_UP_FAILS && step->verdict != DRILL_FAILS) {
        compare_rows(trial, step, drill->arena);
    } else if (step->partial == NULL) {
        step->n_residue = 0; /* it is all the up's, and was taken back whole or stands whole */
    }
}
