#include "migrate/apply.h"

#include "base/clock.h"
#include "base/io.h"
#include "migrate/journaled.h"
#include "migrate/verify.h"

#include <stdio.h>
#include <string.h>

/* One step on its way, between the schema before it and the schema once it stands. */
struct work {
    struct session *session;
    struct step *step;
    struct arena *arena; /* the step's scratch */
    struct step_result *result;
    struct applied entry; /* what the registry is told */
    struct catalog before;
    struct object_changes changes; /* before -> after; in the arena */
    struct catalog after;          /* empty when the driver told the changes: then `before` becomes it */
    bool has_after;
    char before_hash[HASH128_HEX_LEN + 1];
    char after_hash[HASH128_HEX_LEN + 1];
};

static void
work_release(struct work *work)
{
    catalog_release(&work->before);
    catalog_release(&work->after);
}

/* -- entering the registry: within the transaction that makes it true
 * -------------------------------------------- */

static enum status
read_whole(struct work *work, struct err *err)
{
    catalog_release(&work->after);
    catalog_init(&work->after);
    work->has_after = true;
    TRY(conn_catalog(work->session->conn, &work->after, err));
    object_changes_between(&work->before, &work->after, work->arena, &work->changes);
    return STATUS_OK;
}

/* Most drivers can tell what a script changed; to read it all again for each of a thousand steps would take
 * longer than to run them. */
static enum status
read_after(struct work *work, bool whole, struct err *err)
{
    bool known = false;
    work->has_after = false;
    if (!whole) {
        TRY(conn_catalog_changes(work->session->conn, &work->before, &work->step->effects, work->arena,
                                 &work->changes, &known, err));
    }
    if (!known) {
        TRY(read_whole(work, err));
    }
    hash128_hex(object_changes_fingerprint(&work->changes, work->before.fingerprint), work->after_hash);
    return STATUS_OK;
}

static enum status
store_scripts(struct work *work, struct err *err)
{
    const struct history_entry *entry = work->step->entry;
    for (enum part_kind part = 0; part < PART_COUNT; part++) {
        const struct part *source = &entry->migration->parts[part];
        struct span text = work->step->text;
        if (!source->is_present) {
            continue;
        }
        if (part != PART_UP) {
            TRY(part_text(work->session, entry, part, false, work->arena, &text, err));
        }
        TRY(registry_put_script(work->session->conn, &work->session->scripts, source->sha256, text, err));
    }
    return STATUS_OK;
}

static void
describe_entry(struct work *work, enum applied_state state)
{
    const struct session *session = work->session;
    const struct migration *migration = work->step->entry->migration;
    work->entry = (struct applied){
        .seq = session->last_seq + 1,
        .id = migration->id,
        .version = migration->version,
        .name = migration->name,
        .class = work->step->class,
        .state = state,
        .applied_us = clock_now_us(),
        .op = session->lease.op,
        .origin = "up",
        .before_hash = work->before_hash,
        .after_hash = state == APPLIED_DONE ? work->after_hash : "",
    };
    for (enum part_kind part = 0; part < PART_COUNT; part++) {
        const struct part *source = &migration->parts[part];
        bool transaction = part == PART_UP ? work->step->transaction : source->transaction;
        work->entry.sha256[part] = source->is_present ? source->sha256 : "";
        work->entry.no_transaction |= transaction ? 0 : 1U << part;
    }
}

static enum status
append_record(struct work *work, struct err *err)
{
    const char *body =
        record_body(work->arena, "migration", work->step->entry->id, "script", work->step->sha256, "before",
                    work->before_hash, "after", work->after_hash, NULL);
    return record_append(work->session->conn, &work->session->chain, work->session->lease.op,
                         direction_name(work->step->direction), body, err);
}

static enum status
enter_up(struct work *work, bool was_entered, struct err *err)
{
    struct session *session = work->session;
    if (was_entered) {
        work->entry = *work->step->entry->applied;
        work->entry.applied_us = clock_now_us();
        work->entry.before_hash = work->before_hash;
        work->entry.after_hash = work->after_hash;
        return registry_finish(session->conn, &work->entry, &work->changes, err);
    }
    if (work->step->entry->applied != NULL) { /* a repeatable one, applied anew */
        TRY(registry_remove(session->conn, work->step->entry->id, err));
    }
    TRY(store_scripts(work, err));
    describe_entry(work, APPLIED_DONE);
    return registry_add(session->conn, &work->entry, &work->changes, err);
}

/* What we applied ourselves has a delta, or is unfinished and has none yet; what was adopted lies in the
 * base. */
static bool
is_recorded(const struct applied *applied)
{
    return str_eq(applied->origin, "up");
}

static enum status
enter_down(struct work *work, struct err *err)
{
    struct session *session = work->session;
    const struct applied *applied = work->step->entry->applied;
    TRY(registry_remove(session->conn, applied->id, err));
    return is_recorded(applied) ? STATUS_OK : registry_rebase(session->conn, &work->after, err);
}

/* `was_entered`: the set holds it as unfinished already. */
static enum status
enter_registry(struct work *work, bool was_entered, struct err *err)
{
    struct session *session = work->session;
    TRY(fault_before("migrate.enter", err));
    TRY(lease_hold(session->conn, &session->lease, err));
    bool whole =
        was_entered || (work->step->direction == DIRECTION_DOWN && !is_recorded(work->step->entry->applied));
    TRY(read_after(work, whole, err));
    if (work->step->direction == DIRECTION_UP) {
        TRY(enter_up(work, was_entered, err));
    } else {
        TRY(enter_down(work, err));
    }
    if (was_entered) {
        TRY(statement_forget(session->conn, work->step->entry->id, err));
    }
    TRY(append_record(work, err));
    return fault_after("migrate.enter", err);
}

static enum status
enter_with_script(void *context, struct err *err)
{
    return enter_registry(context, false, err);
}

/* -- a script in one transaction
 * ------------------------------------------------------------------------------ */

/* The answer to the commit was lost: a new connection is asked whether the entry is there. */
static enum status
settle_commit(struct work *work, struct err *err)
{
    struct session *session = work->session;
    struct conn_params params = session->conn->params;
    params.url = session->service->url;
    conn_close(session->conn);
    session->conn = NULL;
    TRY(conn_open(&params, &session->conn, err));
    TRY(lease_hold(session->conn, &session->lease, err));
    TRY(session_reload(session, err));
    bool is_in_set = false;
    for (size_t i = 0; i < session->applied.n; i++) {
        is_in_set = is_in_set || str_eq(session->applied.items[i].id, work->step->entry->id);
    }
    if (is_in_set == (work->step->direction == DIRECTION_UP)) {
        session_forget_schema(session);
        session_forget_entries(session);
        return read_after(work, true, err);
    }
    (void)err_raise(err, STATUS_CONNECT,
                    "%s: the connection was lost at the commit, and nothing of it stands", work->step->file);
    return err_hint(err, "run the command again");
}

static enum status
run_whole(struct work *work, struct run_result *run, struct err *err)
{
    struct session *session = work->session;
    struct run_hooks hooks = {.context = work, .committing = enter_with_script};
    enum status status = script_run(session->conn, &work->step->script, &work->step->run, &hooks, run, err);
    if (status == STATUS_UNKNOWN) {
        return settle_commit(work, err);
    }
    if (status != STATUS_OK) {
        session_forget_entries(session); /* what it had appended was rolled back */
    }
    return status;
}

/* -- a script whose statements stand on their own
 * ----------------------------------------------------------------- */

static enum status
in_transaction(struct work *work, enum status (*action)(struct work *work, struct err *err), struct err *err)
{
    struct conn *conn = work->session->conn;
    TRY(conn_begin(conn, TXN_WRITE, err));
    enum status status = lease_hold(conn, &work->session->lease, err);
    if (status == STATUS_OK) {
        status = action(work, err);
    }
    if (status == STATUS_OK) {
        status = conn_commit(conn, err);
    }
    if (status != STATUS_OK) {
        conn_rollback(conn);
        session_forget_entries(work->session);
    }
    return status;
}

static enum status
mark_unfinished(struct work *work, struct err *err)
{
    struct session *session = work->session;
    if (work->step->direction == DIRECTION_DOWN) {
        return registry_set_state(session->conn, work->step->entry->id, APPLIED_REVERTING, session->lease.op,
                                  err);
    }
    if (work->step->entry->applied != NULL) {
        TRY(registry_remove(session->conn, work->step->entry->id, err));
    }
    TRY(store_scripts(work, err));
    describe_entry(work, APPLIED_APPLYING);
    return registry_add(session->conn, &work->entry, NULL, err);
}

/* The script failed before anything of it stood: the set is as it was. */
static enum status
unmark_unfinished(struct work *work, struct err *err)
{
    struct session *session = work->session;
    const struct history_entry *entry = work->step->entry;
    TRY(statement_forget(session->conn, entry->id, err));
    if (work->step->direction == DIRECTION_DOWN) {
        return registry_set_state(session->conn, entry->id, APPLIED_DONE, entry->applied->op, err);
    }
    return registry_remove(session->conn, entry->id, err);
}

static enum status
finish_unfinished(struct work *work, struct err *err)
{
    return enter_registry(work, true, err);
}

static enum status
report_partial(struct work *work, const struct run_result *run, bool left_something, struct err *err)
{
    struct err ignored;
    if (!run->partial && !left_something && !work->session->conn->is_lost) {
        return in_transaction(work, unmark_unfinished, &ignored) == STATUS_OK
                   ? err->status
                   : err_restate(err, STATUS_PARTIAL);
    }
    (void)err_restate(err, STATUS_PARTIAL);
    return err_hint(err,
                    "%zu of %zu statements stand; put right what the message names, then 'rollcall resume', "
                    "or 'rollcall abort'",
                    run->done, work->step->pieces.n_statements);
}

/* From here on the step has an entry in the set, as finish and resume find it. */
static void
adopt_entry(struct work *work)
{
    if (work->step->direction == DIRECTION_UP) {
        struct history_entry *entry = arena_new(work->session->arena, struct history_entry);
        struct applied *applied = arena_new(work->session->arena, struct applied);
        *applied = work->entry;
        *entry = *work->step->entry;
        entry->applied = applied;
        work->step->entry = entry;
    }
}

static enum status
run_statements(struct work *work, bool is_resumed, struct run_result *run, struct err *err)
{
    struct session *session = work->session;
    struct journaled journaled;
    if (!is_resumed) {
        TRY(in_transaction(work, mark_unfinished, err));
        adopt_entry(work);
    }
    TRY(journaled_begin(&journaled, session, work->step, session->lease.op, work->arena, err));
    struct run_hooks hooks = journaled_hooks(&journaled);
    enum status status = script_run(session->conn, &work->step->script, &work->step->run, &hooks, run, err);
    session_forget_schema(session);
    if (status != STATUS_OK) {
        journaled_note_failure(&journaled);
        return report_partial(work, run, journaled.left_something, err);
    }
    if (in_transaction(work, finish_unfinished, err) != STATUS_OK) {
        (void)err_restate(err, STATUS_PARTIAL);
        return err_hint(err, "all its statements stand; 'rollcall resume' enters it in the registry");
    }
    return STATUS_OK;
}

/* -- one step
 * ------------------------------------------------------------------------------------------------------ */

static bool
fits_one_transaction(const struct run_plan *run)
{
    return run->mode == RUN_ONE_TRANSACTION || (run->mode == RUN_OWN_TRANSACTION && run->last_commit != 0);
}

/* Waits longer from try to try, by chance within the bound, so that two runs do not meet again in step. */
static void
pause_for_lock(struct work *work, unsigned attempt, const struct err *err)
{
    struct blockers blockers = {0};
    struct err ignored;
    uint32_t bound = 200U << (attempt < 6 ? attempt : 6);
    uint32_t ms = bound / 2 + (uint32_t)random_below(bound);
    IGNORE(conn_blockers(work->session->conn, work->arena, &blockers, &ignored));
    observer_tell(work->session->observer, &(struct event){.kind = EVENT_RETRY,
                                                           .id = work->step->entry->id,
                                                           .text = err->msg,
                                                           .blockers = &blockers,
                                                           .number = attempt + 1,
                                                           .us = (int64_t)ms * 1000});
    clock_sleep_ms(ms);
}

static enum status
run_with_retries(struct work *work, bool is_resumed, struct err *err)
{
    unsigned attempts = work->session->service->policy.lock_attempts;
    for (unsigned attempt = 0;; attempt++) {
        struct run_result run = {0};
        enum status status = fits_one_transaction(&work->step->run)
                                 ? run_whole(work, &run, err)
                                 : run_statements(work, is_resumed, &run, err);
        bool may_retry = status == STATUS_CONFLICT || (status == STATUS_PARTIAL && run.met_lock);
        if (!may_retry || attempt + 1 >= attempts || stop_requested()) {
            return status;
        }
        is_resumed = status == STATUS_PARTIAL;
        pause_for_lock(work, attempt, err);
    }
}

/* A down must leave the schema that was there before the up. */
static enum status
compare_with_recorded(struct work *work, struct err *err)
{
    struct session *session = work->session;
    const struct applied *applied = work->step->entry->applied;
    bool known;
    if (!is_recorded(applied)) {
        return STATUS_OK;
    }
    work->result->schema_verified = true;
    if (str_eq(work->after_hash, applied->before_hash)) {
        return STATUS_OK;
    }
    CLEANUP(catalog_release) struct catalog expected;
    CLEANUP(catalog_release) struct catalog actual;
    catalog_init(&expected);
    catalog_init(&actual);
    TRY(registry_expected(session->conn, &expected, &known, err));
    TRY(conn_catalog(session->conn, &actual, err));
    catalog_diff(&expected, &actual, session->arena, &work->result->differences);
    catalog_diff_keep(&work->result->differences, session->arena);
    return STATUS_OK;
}

/* The schema the step starts from; of a resumed one, the schema its first statement started from. */
static enum status
take_before(struct work *work, bool is_resumed, struct err *err)
{
    struct session *session = work->session;
    const struct catalog *live;
    bool known = false;
    catalog_init(&work->before);
    if (is_resumed) {
        TRY(registry_expected(session->conn, &work->before, &known, err));
    }
    if (!known) {
        TRY(session_schema(session, &live, err));
        catalog_release(&work->before);
        work->before = session->schema;
        session->schema_is_read = false;
    }
    hash128_hex(work->before.fingerprint, work->before_hash);
    return STATUS_OK;
}

/* What stands now is what the next step starts from. */
static void
keep_schema(struct work *work)
{
    struct catalog *now = work->has_after ? &work->after : &work->before;
    if (!work->has_after) {
        catalog_apply(now, &work->changes);
    }
    session_set_schema(work->session, now);
    catalog_init(now);
}

static enum status
perform(struct work *work, bool is_resumed, struct err *err)
{
    struct session *session = work->session;
    TRY(take_before(work, is_resumed, err));
    TRY(run_with_retries(work, is_resumed, err));
    keep_schema(work);
    if (work->step->direction == DIRECTION_DOWN) {
        return compare_with_recorded(work, err);
    }
    session->last_seq = work->entry.seq > session->last_seq ? work->entry.seq : session->last_seq;
    return step_verify(session, work->step, &work->result->verify_error, err);
}

static void
describe_result(const struct work *work, int64_t started_us)
{
    const struct history_entry *entry = work->step->entry;
    struct step_result *result = work->result;
    result->id = entry->id;
    result->version = entry->version;
    result->name = entry->name;
    result->direction = work->step->direction;
    result->class = arena_strdup(work->session->arena, work->step->class);
    result->statements = work->step->pieces.n_statements;
    result->us = clock_monotonic_us() - started_us;
}

/* The directive of its text, or the project's. */
static enum status
set_lock_timeout(struct session *session, const struct step *step, struct err *err)
{
    uint32_t ms =
        step->lock_timeout_ms != 0 ? step->lock_timeout_ms : session->service->policy.lock_timeout_ms;
    return ms == session->conn->params.lock_timeout_ms ? STATUS_OK
                                                       : conn_lock_timeout(session->conn, ms, err);
}

static enum status
step_perform(struct session *session, struct step *step, bool is_resumed, size_t number, size_t total,
             struct step_result *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    CLEANUP(work_release)
    struct work work = {.session = session, .step = step, .arena = &scratch, .result = out};
    int64_t started_us = clock_monotonic_us();
    struct event event = {.kind = EVENT_STEP_BEGIN,
                          .id = step->entry->id,
                          .direction = direction_name(step->direction),
                          .number = number,
                          .total = total};
    memset(out, 0, sizeof(*out));
    observer_tell(session->observer, &event);
    TRY(stop_check(err));
    TRY(step_load(session, step, &scratch, err));
    TRY(set_lock_timeout(session, step, err));
    enum status status = perform(&work, is_resumed, err);
    describe_result(&work, started_us);
    if (status == STATUS_OK) {
        event.kind = EVENT_STEP_END;
        event.us = out->us;
        observer_tell(session->observer, &event);
    }
    return status;
}

enum status
step_apply(struct session *session, struct step *step, size_t number, size_t total, struct step_result *out,
           struct err *err)
{
    return step_perform(session, step, false, number, total, out, err);
}

/* -- resume
 * ------------------------------------------------------------------------------------------------------ */

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
        TRY(in_transaction(&work, unmark_unfinished, err));
        describe_result(&work, clock_monotonic_us());
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
