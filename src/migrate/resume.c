#include "migrate/work.h"

#include "base/clock.h"
#include "migrate/journaled.h"

#include <string.h>

static struct step
resumed_step(const struct session *session, const struct history_entry *entry, enum direction direction)
{
    const struct applied *applied = entry->applied;
    bool compensate =
        direction == DIRECTION_DOWN && str_eq(applied->class, reversal_class_name(CLASS_COMPENSATING));
    enum part_kind part = direction == DIRECTION_UP ? PART_UP : compensate ? PART_COMPENSATE : PART_DOWN;
    return (struct step){
        .direction = direction,
        .entry = entry,
        .part = part,
        .from_registry = true,
        .sha256 = applied->sha256[part],
        .transaction = (applied->no_transaction & (1U << part)) == 0,
        .class = applied->class,
        .file = arena_printf(session->arena, "%s (%s, as stored)", entry->id, part_kind_name(part)),
        .first_line = 1,
    };
}

/* How many statements of the interrupted script stand; settles what is in doubt. */
static enum status
count_standing(struct session *session, struct step *step, size_t *n, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct step loaded = *step;
    struct journaled journaled;
    TRY(step_load(session, &loaded, &scratch, err));
    TRY(journaled_begin(&journaled, session, &loaded, session->lease.op, &scratch, err));
    *n = journaled.n_done;
    return STATUS_OK;
}

static enum status
undo_step(struct session *session, struct step *step, struct step_result *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    CLEANUP(work_release)
    struct work work = {.session = session, .step = step, .arena = &scratch, .result = out};
    size_t n;
    memset(out, 0, sizeof(*out));
    TRY(count_standing(session, step, &n, err));
    if (n == 0) {
        TRY(entry_in_transaction(&work, entry_unmark_unfinished, err));
        step_describe_result(&work, clock_monotonic_us());
        return STATUS_OK;
    }
    if (step->direction == DIRECTION_DOWN) {
        (void)err_raise(err, STATUS_PARTIAL,
                        "%zu statements of %s stand: a half-done way back cannot be turned round", n,
                        step->file);
        return err_hint(err, "'rollcall resume' finishes it; then 'rollcall up' applies the migration again");
    }
    struct step down = resumed_step(session, step->entry, DIRECTION_DOWN);
    if (down.sha256[0] == '\0') {
        (void)err_raise(err, STATUS_PARTIAL, "%zu statements of %s stand, and it has no down script", n,
                        step->file);
        return err_hint(err, "put right what stopped it, then 'rollcall resume'");
    }
    return step_perform(session, &down, false, 1, 1, out, err);
}

enum status
step_resume(struct session *session, const struct applied *unfinished, bool undo, struct step_result *out,
            struct err *err)
{
    const struct history_entry *entry;
    TRY(history_find(&session->history, unfinished->id, &entry, err));
    struct step step =
        resumed_step(session, entry, unfinished->state == APPLIED_APPLYING ? DIRECTION_UP : DIRECTION_DOWN);
    if (undo) {
        return undo_step(session, &step, out, err);
    }
    return step_perform(session, &step, true, 1, 1, out, err);
}
