#include "migrate/drill.h"

#include "base/clock.h"
#include "base/io.h"
#include "migrate/drill_work.h"

#include <string.h>

const char *
drill_verdict_name(enum drill_verdict verdict)
{
    static const char *const names[DRILL_VERDICT_COUNT] = {
        [DRILL_EXACT] = "exact",         [DRILL_TEXT] = "text",         [DRILL_COLUMN_ORDER] = "column-order",
        [DRILL_DIFFERENT] = "different", [DRILL_FAILS] = "fails",       [DRILL_EMPTY] = "empty",
        [DRILL_MISSING] = "missing",     [DRILL_UP_FAILS] = "up-fails",
    };
    return names[verdict];
}

bool
drill_restores(enum drill_verdict verdict)
{
    return verdict == DRILL_EXACT || verdict == DRILL_TEXT || verdict == DRILL_COLUMN_ORDER;
}

void
drill_tell(const struct drill *drill, size_t at, const char *doing)
{
    struct event event = {.kind = EVENT_STEP_BEGIN, .direction = doing, .number = at + 1};
    event.id = at < drill->migrations->n ? drill->migrations->items[at].id : "";
    event.total = drill->migrations->n;
    observer_tell(drill->options->observer, &event);
}

/* -- judging a step -----------------------------------------------------------------------------------------
 */

/* A class that says beforehand that the down alone does not bring the rows back. */
static bool declares_rows_lost(enum reversal_class class)
{
    return class == CLASS_SNAPSHOT || class == CLASS_LOSSY || class == CLASS_COMPENSATING;
}

static bool
is_honest(const struct drill_step *step, bool rows_are_declared)
{
    bool rows_are_right = step->rows != DRILL_ROWS_DIFFERENT || rows_are_declared;
    switch (step->verdict) {
    case DRILL_EXACT:
    case DRILL_TEXT:
    case DRILL_COLUMN_ORDER:
        return rows_are_right && step->reup != DRILL_REUP_FAIL;
    case DRILL_MISSING:
        return step->is_irreversible || (step->n_residue == 0 && step->rows != DRILL_ROWS_DIFFERENT);
    case DRILL_EMPTY:
    case DRILL_DIFFERENT:
        return step->is_irreversible;
    case DRILL_FAILS:
    case DRILL_UP_FAILS:
    case DRILL_VERDICT_COUNT:
        break;
    }
    return false;
}

static void
name_step(const struct drill *drill, const struct trial *trial, struct drill_step *step)
{
    const struct migration *first = &drill->migrations->items[trial->from];
    const struct migration *last = &drill->migrations->items[trial->to];
    *step = (struct drill_step){.id = first->id, .version = first->version, .name = first->name};
    if (trial->from != trial->to) {
        step->version = arena_printf(drill->arena, "%s..%s", first->version, last->version);
        step->name = arena_printf(drill->arena, "%s..%s", first->name, last->name);
        step->id = arena_printf(drill->arena, "%s..%s", first->id, last->id);
    }
}

static void
close_step(struct drill *drill, const struct trial *trial, struct drill_step *step)
{
    bool rows_are_declared = false;
    for (size_t i = trial->from; i <= trial->to; i++) {
        enum reversal_class class = drill->migrations->items[i].directives.class;
        rows_are_declared = rows_are_declared || declares_rows_lost(class);
        step->is_irreversible = step->is_irreversible || class == CLASS_IRREVERSIBLE;
    }
    step->is_honest = is_honest(step, rows_are_declared);
    if (step->verdict == DRILL_FAILS || step->verdict == DRILL_UP_FAILS) {
        drill->result->failed++;
    } else if (step->is_honest) {
        drill->result->honest++;
    } else {
        drill->result->dishonest++;
    }
}

/* What accuses a script has to come out the same in a copy that no trial was in before: one that was may
 * differ in what no catalogue shows. */
static bool
needs_fresh_copy(const struct trial *trial, const struct drill_step *step)
{
    switch (step->verdict) {
    case DRILL_TEXT:
    case DRILL_COLUMN_ORDER:
    case DRILL_DIFFERENT:
    case DRILL_FAILS:
    case DRILL_UP_FAILS:
        return true;
    case DRILL_EXACT:
        return step->rows == DRILL_ROWS_DIFFERENT || step->reup != DRILL_REUP_OK || trial->reshaped.n > 0;
    case DRILL_EMPTY:
    case DRILL_MISSING:
    case DRILL_VERDICT_COUNT:
        break;
    }
    return false;
}

static enum status
try_once(struct drill *drill, struct trial *trial, struct drill_step *step, struct err *err)
{
    TRY(drill_follower_to(drill, trial->from, &trial->state[TRIAL_BEFORE], err));
    trial->has_state[TRIAL_BEFORE] = true;
    TRY(trial_run(drill, trial, err));
    trial_judge(drill, trial, step);
    return STATUS_OK;
}

static enum status
try_step(struct drill *drill, struct trial *trial, struct drill_step *step, struct err *err)
{
    bool was_used = drill->follower_is_valid && !drill->follower_is_fresh;
    TRY(try_once(drill, trial, step, err));
    if (was_used && needs_fresh_copy(trial, step)) {
        drill->follower_is_valid = false;
        TRY(try_once(drill, trial, step, err));
    }
    if (step->verdict == DRILL_UP_FAILS && drill->line_has_rows) {
        const char *error = step->error;
        TRY(drill_line_restart(drill, trial->from, err));
        drill->follower_is_valid = false;
        TRY(try_once(drill, trial, step, err));
        step->set_aside = step->verdict == DRILL_UP_FAILS ? NULL : error;
    }
    return STATUS_OK;
}

static enum status
run_step(struct drill *drill, struct trial *trial, struct err *err)
{
    struct drill_step step;
    int64_t started = clock_monotonic_us();
    name_step(drill, trial, &step);
    enum status status = try_step(drill, trial, &step, err);
    if (status == STATUS_OK) {
        status = drill_look_closer(drill, trial, &step, err);
    }
    if (status != STATUS_OK) {
        return status == STATUS_CANCELLED ? status : err_wrap(err, "drill of '%s'", step.id);
    }
    step.us = clock_monotonic_us() - started;
    close_step(drill, trial, &step);
    vec_push(drill->arena, drill->result, step);
    return STATUS_OK;
}

/* The state that the follower was left in is the one before the next trial. */
static void
carry_state(struct trial *trial)
{
    enum trial_moment last = trial_last(trial);
    struct drill_state before = trial->state[TRIAL_BEFORE];
    trial->state[TRIAL_BEFORE] = trial->state[last];
    trial->state[last] = before;
}

/* -- walking all the way down -------------------------------------------------------------------------------
 */

static enum status
run_walk(struct drill *drill, size_t from, size_t to, struct drill_state *end, struct err *err)
{
    struct drill_walk *walk = &drill->result->walk;
    struct conn *conn = NULL;
    drill->follower_is_valid = false;
    TRY(drill_follower_to(drill, to + 1, end, err));
    drill->follower_is_valid = false;
    TRY(scratch_conn(&drill->scratch, &drill->scratch.follower, &conn, err));
    walk->failures = arena_new_array(drill->arena, struct drill_failure, to + 1 - from);
    for (size_t i = to + 1; i > from; i--) {
        const struct migration *migration = &drill->migrations->items[i - 1];
        struct drill_outcome outcome;
        if (!drill->is_applied[i - 1]) {
            continue; /* its up failed: there is nothing to take down */
        }
        drill_tell(drill, i - 1, "walking down");
        TRY(drill_run_part(drill, conn, migration, PART_DOWN, &outcome, err));
        if (outcome.error != NULL) {
            walk->failures[walk->failed++] =
                (struct drill_failure){migration->id, migration->version, outcome.error};
        }
    }
    return drill_state_take(end, conn, err);
}

/* What is there at the end that was not there at the start, or not so. */
static enum status
walk_down(struct drill *drill, size_t from, size_t to, const struct drill_state *start, struct err *err)
{
    struct drill_walk *walk = &drill->result->walk;
    struct drill_state end = {0};
    struct drill_excuses none = {0};
    struct drill_residue *all;
    size_t n;
    enum status status = run_walk(drill, from, to, &end, err);
    if (status == STATUS_OK) {
        (void)drill_residue_take(&start->catalog, &end.catalog, &none, drill->arena, &all, &n);
        walk->left = all;
        for (size_t i = 0; i < n; i++) {
            if (all[i].change != CHANGE_REMOVED) {
                walk->left[walk->n_left++] = all[i];
            }
        }
        drill->result->has_walk = true;
    }
    drill_state_release(&end);
    return status;
}

/* -- the whole drill ----------------------------------------------------------------------------------------
 */

static enum status
run_steps(struct drill *drill, size_t from, size_t to, struct trial *trial, struct drill_state *start,
          struct err *err)
{
    struct conn *conn = NULL;
    if (drill->options->walk) {
        TRY(drill_follower_to(drill, from, &trial->state[TRIAL_BEFORE], err));
        TRY(scratch_conn(&drill->scratch, &drill->scratch.follower, &conn, err));
        TRY(drill_state_take(start, conn, err));
    }
    for (size_t i = from; i <= to; i = trial->to + 1) {
        trial->from = i;
        trial->to = drill->options->range ? to : i;
        TRY(run_step(drill, trial, err));
        if (drill->follower_is_valid) {
            carry_state(trial);
        }
    }
    return drill->options->walk ? walk_down(drill, from, to, start, err) : STATUS_OK;
}

static enum status
find_end(const struct drill *drill, const char *name, size_t fallback, size_t *out, struct err *err)
{
    const struct migration *found = NULL;
    *out = fallback;
    if (name == NULL) {
        return STATUS_OK;
    }
    TRY(migrations_find(drill->migrations, name, &found, err));
    if (found == NULL) {
        (void)err_raise(err, STATUS_USAGE, "no migration '%s' in '%s'", name, drill->migrations->dir);
        return err_hint(
            err, "repeatable and baseline scripts are not drilled; `rollcall status` lists the versions");
    }
    *out = (size_t)(found - drill->migrations->items);
    return STATUS_OK;
}

static enum status
run_drill(struct drill *drill, struct err *err)
{
    struct trial trial = {0};
    struct drill_state start = {0};
    size_t from;
    size_t to;
    if (drill->migrations->n == 0) {
        return STATUS_OK;
    }
    TRY(find_end(drill, drill->options->from, 0, &from, err));
    TRY(find_end(drill, drill->options->to, drill->migrations->n - 1, &to, err));
    if (from > to) {
        return err_raise(err, STATUS_USAGE, "'%s' comes after '%s'", drill->options->from,
                         drill->options->to);
    }
    TRY(drill_list_rows(drill, err));
    enum status status = run_steps(drill, from, to, &trial, &start, err);
    trial_release(&trial);
    drill_state_release(&start);
    return status;
}

/* What runs again whenever its text changes has no down to prove. */
static void
keep_versioned(const struct migrations *all, struct arena *arena, struct migrations *out)
{
    *out = *all;
    out->items = arena_new_array(arena, struct migration, all->n + 1);
    out->n = 0;
    for (size_t i = 0; i < all->n; i++) {
        if (!all->items[i].is_repeatable) {
            out->items[out->n++] = all->items[i];
        }
    }
}

static enum status
close_scratch(struct drill *drill, enum status status, struct err *err)
{
    const char *left = scratch_close(&drill->scratch);
    if (left == NULL) {
        return status;
    }
    if (status == STATUS_OK) {
        (void)err_raise(err, STATUS_IO, "the drill is done, but its database is still there");
    }
    return err_hint(err, "drop the scratch database '%s' by hand", left);
}

enum status
drill_run(const struct migrations *migrations, const struct drill_options *options, struct arena *arena,
          struct drill_result *out, struct err *err)
{
    struct migrations versioned;
    struct catalog filled = {0};
    struct drill drill = {
        .options = options, .migrations = &versioned, .arena = arena, .result = out, .filled = &filled};
    struct conn_params params = {.url = options->url,
                                 .application = "rollcall drill",
                                 .connect_timeout_ms = options->connect_timeout_ms,
                                 .lock_timeout_ms = options->lock_timeout_ms};
    int64_t started = clock_monotonic_us();
    *out = (struct drill_result){.seed = options->data ? options->seed : 0, .refusal = ""};
    keep_versioned(migrations, arena, &versioned);
    out->n_skipped = migrations->n - versioned.n;
    catalog_init(&filled);
    drill.rows_from = arena_new_array(arena, size_t, versioned.n + 2);
    drill.is_applied = arena_new_array(arena, bool, versioned.n + 1);
    TRY(scratch_open(&drill.scratch, &params, arena, err));
    drill.driver = drill.scratch.server->driver;
    scratch_leftovers(&drill.scratch, &out->leftovers, &out->n_leftovers);
    drill.generator = (struct generator){.chance = {options->seed},
                                         .arena = arena,
                                         .is_repeatable = (drill.driver->caps & CAP_FORK) == 0,
                                         .rows = 5,
                                         .last_error = ""};
    out->engine = arena_strdup(arena, drill.scratch.server->identity.engine);
    enum status status = close_scratch(&drill, run_drill(&drill, err), err);
    out->rows_made = drill.rows.n;
    out->rows_refused = drill.generator.n_refused;
    out->refusal = drill.generator.last_error;
    out->us = clock_monotonic_us() - started;
    catalog_release(&filled);
    return status;
}
