/* Keeps line and follower where the drill needs them. */
#include "migrate/drill_work.h"

/* The line is the first to see a place, and makes its rows up; a database that comes there later repeats
 * them. */
static enum status
make_rows(struct drill *drill, struct conn *conn, size_t at, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct catalog now = {0};
    struct catalog_diff diff;
    const char **tables = NULL;
    const char **changed;
    size_t n = 0;
    size_t n_changed = 0;
    catalog_init(&now);
    enum status status = conn_catalog(conn, &now, err);
    if (status == STATUS_OK) {
        status = conn_tables(conn, &scratch, &tables, &n, err);
    }
    if (status != STATUS_OK) {
        catalog_release(&now);
        return status;
    }
    catalog_diff(drill->filled, &now, &scratch, &diff);
    changed = arena_new_array(&scratch, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < diff.n; k++) {
            const struct object *object = diff.changes[k].after;
            if (object != NULL && object->kind <= OBJECT_COLUMN && str_eq(object->table, tables[i])) {
                changed[n_changed++] = tables[i];
                break;
            }
        }
    }
    status = generate_rows(&drill->generator, conn, changed, n_changed, &drill->rows, err);
    catalog_release(drill->filled);
    *drill->filled = now;
    drill->rows_from[at + 1] = drill->rows.n;
    drill->line_has_rows = drill->line_has_rows || drill->rows.n > drill->rows_from[at];
    return status;
}

static enum status
repeat_rows(struct drill *drill, struct conn *conn, size_t at, struct err *err)
{
    struct generated upto = drill->rows;
    upto.n = drill->rows_from[at + 1];
    return generated_repeat(&upto, drill->rows_from[at], conn, err);
}

/* The up of migrations[at] as anybody would run it: one that fails leaves what it leaves. */
static enum status
pass(struct drill *drill, struct conn *conn, size_t at, struct err *err)
{
    struct drill_outcome outcome;
    drill_tell(drill, at, "on the line");
    TRY(drill_run_part(drill, conn, &drill->migrations->items[at], PART_UP, &outcome, err));
    drill->is_applied[at] = outcome.error == NULL;
    return STATUS_OK;
}

/* What stands before migrations[at] beside the schema: the user's rows for the one before it, then made-up
 * ones. */
static enum status
fill_line(struct drill *drill, struct conn *conn, struct err *err)
{
    size_t at = drill->line_at;
    if (drill->line_is_filled) {
        return STATUS_OK;
    }
    drill->line_is_filled = true;
    if (at > 0) {
        TRY(drill_run_rows(drill, conn, &drill->migrations->items[at - 1], err));
    }
    if (!drill->options->data || at == drill->migrations->n) {
        return STATUS_OK;
    }
    drill_tell(drill, at, "made-up rows");
    return make_rows(drill, conn, at, err);
}

static enum status
start_line(struct drill *drill, struct conn **conn, struct err *err)
{
    TRY(scratch_renew(&drill->scratch, &drill->scratch.line, err));
    TRY(scratch_conn(&drill->scratch, &drill->scratch.line, conn, err));
    drill->line_at = 0;
    drill->line_is_filled = false;
    return drill_run_prelude(drill, *conn, err);
}

enum status
drill_line_restart(struct drill *drill, size_t at, struct err *err)
{
    struct conn *conn = NULL;
    TRY(start_line(drill, &conn, err));
    for (size_t i = 0; i <= at; i++) {
        drill->rows_from[i] = drill->rows_from[i + 1] = drill->rows.n;
        if (i > 0) {
            TRY(drill_run_rows(drill, conn, &drill->migrations->items[i - 1], err));
        }
        if (i < at) {
            TRY(pass(drill, conn, i, err));
        }
    }
    drill->line_at = at;
    drill->line_is_filled = true;
    drill->line_has_rows = false;
    catalog_release(drill->filled);
    catalog_init(drill->filled);
    return STATUS_OK;
}

/* A made-up row may be the reason why an up fails: then the line goes on without any, lest all that builds on
 * this migration fail with it. */
static enum status
advance_line(struct drill *drill, struct conn **conn, struct err *err)
{
    size_t at = drill->line_at;
    TRY(fill_line(drill, *conn, err));
    TRY(pass(drill, *conn, at, err));
    if (!drill->is_applied[at] && drill->line_has_rows) {
        TRY(drill_line_restart(drill, at, err));
        TRY(scratch_conn(&drill->scratch, &drill->scratch.line, conn, err));
        TRY(pass(drill, *conn, at, err));
    }
    drill->line_at = at + 1;
    drill->line_is_filled = false;
    return STATUS_OK;
}

enum status
drill_line_to(struct drill *drill, size_t at, bool filled, struct conn **conn, struct err *err)
{
    if (drill->scratch.line.exists) {
        TRY(scratch_conn(&drill->scratch, &drill->scratch.line, conn, err));
    } else {
        TRY(start_line(drill, conn, err));
    }
    require(drill->line_at <= at);
    while (drill->line_at < at) {
        TRY(advance_line(drill, conn, err));
    }
    return filled ? fill_line(drill, *conn, err) : STATUS_OK;
}

/* -- the follower -------------------------------------------------------------------------------------------
 */

static enum status
fill_follower(struct drill *drill, struct conn *conn, size_t at, struct err *err)
{
    if (at > 0) {
        TRY(drill_run_rows(drill, conn, &drill->migrations->items[at - 1], err));
    }
    return drill->options->data && at < drill->migrations->n ? repeat_rows(drill, conn, at, err) : STATUS_OK;
}

/* Without a copy at file speed the whole way is gone again. */
static enum status
replay_follower(struct drill *drill, size_t at, struct err *err)
{
    struct conn *conn = NULL;
    TRY(scratch_renew(&drill->scratch, &drill->scratch.follower, err));
    TRY(scratch_conn(&drill->scratch, &drill->scratch.follower, &conn, err));
    TRY(drill_run_prelude(drill, conn, err));
    for (size_t i = 0; i < at; i++) {
        TRY(fill_follower(drill, conn, i, err));
        TRY(pass(drill, conn, i, err));
    }
    return fill_follower(drill, conn, at, err);
}

static enum status
renew_follower(struct drill *drill, size_t at, struct err *err)
{
    struct conn *line = NULL;
    bool can_fork = (drill->driver->caps & CAP_FORK) != 0;
    if (can_fork || drill->options->data) {
        TRY(drill_line_to(drill, at, true, &line, err));
    }
    drill_tell(drill, at, "copying");
    TRY(can_fork ? scratch_fork(&drill->scratch, err) : replay_follower(drill, at, err));
    drill->follower_is_valid = true;
    drill->follower_is_fresh = true;
    return STATUS_OK;
}

/* One that is still what the line is only needs the rows that belong here. */
static enum status
carry_follower(struct drill *drill, size_t at, struct conn *conn, struct err *err)
{
    struct conn *line = NULL;
    if (drill->options->data) {
        TRY(drill_line_to(drill, at, true, &line, err));
    }
    return fill_follower(drill, conn, at, err);
}

enum status
drill_follower_to(struct drill *drill, size_t at, struct drill_state *state, struct err *err)
{
    struct conn *conn = NULL;
    bool needs_rows =
        drill->options->data || (at > 0 && drill_has_rows(drill, &drill->migrations->items[at - 1]));
    bool is_carried = drill->follower_is_valid;
    if (is_carried && drill->follower_is_fresh) {
        return STATUS_OK;
    }
    if (is_carried && needs_rows && (drill->driver->caps & CAP_FORK)) {
        is_carried = false;
    }
    if (!is_carried) {
        TRY(renew_follower(drill, at, err));
    }
    TRY(scratch_conn(&drill->scratch, &drill->scratch.follower, &conn, err));
    if (is_carried && needs_rows) {
        TRY(carry_follower(drill, at, conn, err));
    }
    return is_carried && !needs_rows ? STATUS_OK : drill_state_take(state, conn, err);
}
