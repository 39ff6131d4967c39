/* A closer look at a step that is not right, so that nothing is blamed on a down that is not its fault, and
 * what is has a proof. */
#include "migrate/drill_work.h"

/* The follower back in the state that the down leaves. `*same` false: it came out differently this time. */
static enum status
leave_again(struct drill *drill, struct trial *trial, struct conn *follower, struct drill_state *again,
            struct err *err)
{
    if (trial->reup.ran && trial->has_state[TRIAL_DOWN]) {
        struct drill_outcome outcome;
        TRY(trial_run_downs(drill, trial, follower, &outcome, err));
    }
    return drill_state_take(again, follower, err);
}

/* An object whose only difference is in its digits, and that gets others each time, is not the down's fault.
 */
static void
excuse_volatile(struct drill *drill, struct trial *trial, const struct drill_state *again)
{
    drill_find_volatile(&trial->state[TRIAL_BEFORE].catalog, &trial_left(trial)->catalog, drill->arena,
                        &trial->excuses);
    drill_confirm_volatile(&trial->excuses, &trial_left(trial)->catalog, &again->catalog, drill->arena);
}

/* -- rows ---------------------------------------------------------------------------------------------------
 */

static struct table_digest
common_columns(const struct table_digest *a, const struct table_digest *b, struct arena *arena)
{
    struct table_digest common = {.table = a->table};
    common.columns = arena_new_array(arena, const char *, a->n_columns + 1);
    for (size_t i = 0; i < a->n_columns; i++) {
        for (size_t k = 0; k < b->n_columns; k++) {
            if (str_eq(a->columns[i], b->columns[k])) {
                common.columns[common.n_columns++] = a->columns[i];
            }
        }
    }
    return common;
}

/* Whether one of the columns that only `before` has holds a value: it is gone with the column. */
static enum status
lost_values(struct conn *line, const struct table_digest *before, const struct table_digest *common,
            bool *out, struct err *err)
{
    for (size_t i = 0, k = 0; i < before->n_columns && !*out; i++) {
        ARENA_SCOPED scratch = {0};
        BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
        struct value *values = NULL;
        bool found = false;
        if (k < common->n_columns && str_eq(before->columns[i], common->columns[k])) {
            k++;
            continue;
        }
        buf_str(&sql, "SELECT EXISTS (SELECT 1 FROM ");
        driver_quote_qualified(line->driver, &sql, before->table);
        buf_str(&sql, " WHERE ");
        driver_quote(line->driver, &sql, before->columns[i]);
        buf_str(&sql, " IS NOT NULL)");
        TRY(row_of_text(line, &sql, &scratch, &values, &found, err));
        *out = found && value_to_bool(&values[0]);
    }
    return STATUS_OK;
}

static enum status
compare_reshaped(struct drill *drill, struct trial *trial, struct drill_step *step, struct conn *line,
                 struct conn *follower, struct err *err)
{
    for (size_t i = 0; i < trial->reshaped.n; i++) {
        ARENA_SCOPED scratch = {0};
        const char *table = trial->reshaped.items[i];
        const struct table_digest *before = row_digests_find(&trial->state[TRIAL_BEFORE].rows, table);
        struct table_digest left =
            common_columns(before, row_digests_find(&trial_left(trial)->rows, table), &scratch);
        struct table_digest right = left;
        bool differs = false;
        if (left.n_columns > 0) {
            TRY(table_digest_take(line, &left, err));
            TRY(table_digest_take(follower, &right, err));
        }
        TRY(lost_values(line, before, &left, &differs, err));
        if (differs || !table_digest_eq(&left, &right)) {
            step->row_tables[step->n_row_tables++] = arena_strdup(drill->arena, table);
            step->rows = DRILL_ROWS_DIFFERENT;
        }
    }
    return STATUS_OK;
}

/* The table's rows in a state; a table that is there and empty has a digest, too. NULL: no such table. */
static const struct table_digest *
digest_in(const struct drill_state *state, const struct table_digest *like, struct arena *arena)
{
    const struct table_digest *found = like == NULL ? NULL : row_digests_find(&state->rows, like->table);
    if (like == NULL || found != NULL || catalog_find(&state->catalog, OBJECT_TABLE, like->table) == NULL) {
        return found;
    }
    struct table_digest *empty = arena_new(arena, struct table_digest);
    *empty = (struct table_digest){.table = like->table};
    empty->columns = arena_new_array(arena, const char *, like->n_columns + 1);
    for (size_t i = 0; i < like->n_columns; i++) {
        const char *name = arena_printf(arena, "%s.%s", like->table, like->columns[i]);
        if (catalog_find(&state->catalog, OBJECT_COLUMN, name) != NULL) {
            empty->columns[empty->n_columns++] = like->columns[i];
        }
    }
    return empty;
}

/* Whether the database still holds what was compared: only then does a row of it prove anything. */
static enum status
holds(struct conn *conn, const struct table_digest *digest, bool *out, struct err *err)
{
    struct table_digest now = *digest;
    TRY(table_digest_take(conn, &now, err));
    *out = table_digest_eq(&now, digest);
    return STATUS_OK;
}

static enum status
find_example_in(struct drill *drill, struct trial *trial, const char *table, struct drill_step *step,
                struct conn *line, struct conn *follower, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const struct table_digest *before = row_digests_find(&trial->state[TRIAL_BEFORE].rows, table);
    const struct table_digest *after = row_digests_find(&trial_left(trial)->rows, table);
    struct row_example example = {0};
    bool found = false;
    before = before != NULL ? before : digest_in(&trial->state[TRIAL_BEFORE], after, &scratch);
    after = after != NULL ? after : digest_in(trial_left(trial), before, &scratch);
    if (before == NULL || after == NULL) {
        return STATUS_OK;
    }
    struct table_digest common = common_columns(before, after, &scratch);
    if (common.n_columns > 0) {
        TRY(holds(line, before, &found, err));
    }
    if (found) {
        TRY(holds(follower, after, &found, err));
    }
    if (found) {
        TRY(row_example_find(line, follower, &common, drill->arena, &example, &found, err));
    }
    if (found) {
        step->example = arena_new(drill->arena, struct row_example);
        *step->example = example;
    }
    return STATUS_OK;
}

static enum status
find_example(struct drill *drill, struct trial *trial, struct drill_step *step, struct conn *line,
             struct conn *follower, struct err *err)
{
    for (size_t i = 0; i < step->n_row_tables && step->example == NULL; i++) {
        TRY(find_example_in(drill, trial, step->row_tables[i], step, line, follower, err));
    }
    return STATUS_OK;
}

/* -- the second up ------------------------------------------------------------------------------------------
 */

/* Whether the second up gives another schema than the first, beyond what any two ups give. */
static enum status
compare_ups(struct drill *drill, struct trial *trial, struct drill_step *step, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const struct catalog *up = &trial->state[TRIAL_UP].catalog;
    struct catalog fresh = {0};
    struct drill_excuses volatiles = {0};
    struct drill_residue *residue;
    struct conn *line = NULL;
    size_t n;
    TRY(drill_line_to(drill, trial->to + 1, false, &line, err));
    catalog_init(&fresh);
    enum status status = conn_catalog(line, &fresh, err);
    if (status == STATUS_OK) {
        drill_find_volatile(up, &fresh, &scratch, &volatiles);
        enum change_class class =
            drill_residue_take(up, &trial->state[TRIAL_REUP].catalog, &volatiles, &scratch, &residue, &n);
        step->reup = class == CHANGE_CLASS_MEANING ? DRILL_REUP_DIFFERS : DRILL_REUP_OK;
    }
    catalog_release(&fresh);
    return status;
}

/* -- all of it ----------------------------------------------------------------------------------------------
 */

static bool
is_open_to_doubt(const struct trial *trial, const struct drill_step *step)
{
    return trial->up.ran && trial->down.is_present && trial->down.ran &&
           (trial->reshaped.n > 0 || step->n_row_tables > 0 || trial->class != CHANGE_CLASS_NONE);
}

static enum status
look_at_down(struct drill *drill, struct trial *trial, struct drill_step *step, struct err *err)
{
    struct conn *line = NULL;
    struct conn *follower = NULL;
    struct drill_state again = {0};
    TRY(drill_line_to(drill, trial->from, true, &line, err));
    TRY(scratch_conn(&drill->scratch, &drill->scratch.follower, &follower, err));
    drill->follower_is_valid = false;
    enum status status = leave_again(drill, trial, follower, &again, err);
    if (status == STATUS_OK) {
        excuse_volatile(drill, trial, &again);
        trial_judge(drill, trial, step);
        status = compare_reshaped(drill, trial, step, line, follower, err);
    }
    if (status == STATUS_OK) {
        status = find_example(drill, trial, step, line, follower, err);
    }
    drill_state_release(&again);
    return status;
}

/* Objects that differ in their digits alone may be times or counters. */
static bool
has_suspects(const struct drill *drill, const struct trial *trial)
{
    struct drill_excuses suspects = {0};
    drill_find_volatile(&trial->state[TRIAL_BEFORE].catalog, &trial_left(trial)->catalog, drill->arena,
                        &suspects);
    return suspects.n > 0;
}

enum status
drill_look_closer(struct drill *drill, struct trial *trial, struct drill_step *step, struct err *err)
{
    if (is_open_to_doubt(trial, step) &&
        (trial->reshaped.n > 0 || step->n_row_tables > 0 || has_suspects(drill, trial))) {
        TRY(look_at_down(drill, trial, step, err));
    }
    if (step->reup == DRILL_REUP_DIFFERS) {
        TRY(compare_ups(drill, trial, step, err));
    }
    step->unstable = trial->excuses.items;
    step->n_unstable = trial->excuses.n;
    return STATUS_OK;
}
