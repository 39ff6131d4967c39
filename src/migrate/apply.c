#include "migrate/apply.h"

#include "base/clock.h"
#include "base/io.h"
#include "migrate/journaled.h"
#include "migrate/verify.h"
#include "migrate/work.h"

#include <stdio.h>
#include <string.h>

/* -- the rows: saved before they are changed, and put back on the way back ----------------------------------
 */

/* Where statements stand on their own, a conflict that is to fail has to fail before the first of them. */
static enum status
refuse_early(struct work *work, struct err *err)
{
    struct merge *merge = &work->merge;
    if (merge->policy != CONFLICT_FAIL) {
        return STATUS_OK;
    }
    TRY(merge_predict(merge, &work->step->effects, err));
    enum status status = merge_refuse_conflicts(merge, err);
    merge->fates.n = 0;
    merge->conflicts.n = 0;
    return status;
}

/* Before the first statement: what an earlier step saved is laid beside the rows as they are. */
static enum status
prepare_rows(struct work *work, bool is_resumed, struct err *err)
{
    struct session *session = work->session;
    const char *id = work->step->entry->id;
    if (work->is_merged) {
        return STATUS_OK;
    }
    work->is_merged = true;
    if (session->writes_frozen) {
        TRY(conn_freeze_pass(session->conn, true, err));
    }
    if (work->step->direction == DIRECTION_UP) {
        if (!session->has_parked) {
            return STATUS_OK;
        }
        return readopt_prepare(&work->readoption, session, id, is_resumed, work->arena, err);
    }
    if (session->rollback.unprotected) {
        return STATUS_OK;
    }
    work->merge = (struct merge){.by_row = session->rollback.by_row, .policy = session->rollback.on_conflict};
    TRY(merge_prepare(&work->merge, session, id, work->arena, err));
    TRY(refuse_early(work, err));
    return park_prepare(&work->park, &work->merge, &work->protect, err);
}

/* Where the script's statements stand on their own, what was classified has to outlive a crash. */
static enum status
prepare_rows_apart(struct work *work, bool is_resumed, struct err *err)
{
    struct session *session = work->session;
    if (session->writes_frozen) { /* the script may be half done, and prepared */
        TRY(conn_freeze_pass(session->conn, true, err));
    }
    if (is_resumed && work->step->direction == DIRECTION_DOWN) {
        work->merge =
            (struct merge){.by_row = session->rollback.by_row, .policy = session->rollback.on_conflict};
        TRY(merge_attach(&work->merge, session, work->step->entry->id, work->arena, &work->is_merged, err));
        if (work->is_merged) {
            TRY(park_attach(&work->park, &work->merge, &work->protect, err));
        }
    }
    return prepare_rows(work, is_resumed, err);
}

/* Before the commit: more rows lost than the budget allows is no rollback. */
static enum status
check_loss(const struct work *work, struct err *err)
{
    int64_t lost = 0;
    for (size_t i = 0; i < work->merge.fates.n; i++) {
        lost += work->merge.fates.items[i].lost;
    }
    if (lost <= work->session->rollback.accepted_loss) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_POLICY, "%lld rows written since would be lost, and %lld may be",
                    (long long)lost, (long long)work->session->rollback.accepted_loss);
    return err_hint(err, "--accept-loss %lld goes on, and on record", (long long)lost);
}

static enum status
finish_rows(struct work *work, struct err *err)
{
    const char *id = work->step->entry->id;
    TRY(protect_end_script(&work->protect, err));
    if (work->step->direction == DIRECTION_UP) {
        if (work->readoption.session != NULL) {
            TRY(readopt_finish(&work->readoption, err));
        }
    } else {
        TRY(merge_overlay(&work->merge, err));
        TRY(park_finish(&work->park, err));
        TRY(check_loss(work, err));
        TRY(merge_clear(&work->merge, err));
        work->session->has_parked = true;
        if (work->merge.saved.n > 0) {
            TRY(saved_forget(work->session->conn, id, "up", err));
        }
    }
    TRY(protect_complete(&work->protect, err));
    if (work->session->writes_frozen) {
        TRY(conn_freeze_pass(work->session->conn, false, err));
    }
    protect_summarise(&work->protect, work->session->arena, &work->result->saved);
    work->result->fates = work->merge.fates;
    work->result->conflicts = work->merge.conflicts;
    work->result->rows_verified = work->merge.is_checked;
    work->result->wrong_rows = work->merge.wrong_rows;
    work->result->readopted = work->readoption.rows;
    return STATUS_OK;
}

static enum status
enter_with_script(void *context, struct err *err)
{
    struct work *work = context;
    conn_defer(work->session->conn);
    TRY(prepare_rows(work, false, err));
    TRY(finish_rows(work, err));
    return entry_make(work, false, err);
}

static enum status
before_in_whole(void *context, const struct run_step *step, struct err *err)
{
    struct work *work = context;
    size_t piece = (size_t)(step->piece - work->step->pieces.items);
    if (!step->in_transaction) {
        return STATUS_OK;
    }
    TRY(prepare_rows(work, false, err));
    return protect_before(&work->protect, piece, piece + 1, step->number, err);
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
    TRY(lease_rebind(session->conn, &session->lease, err));
    TRY(session_reload(session, err));
    bool is_in_set = false;
    for (size_t i = 0; i < session->applied.n; i++) {
        is_in_set = is_in_set || str_eq(session->applied.items[i].id, work->step->entry->id);
    }
    if (is_in_set == (work->step->direction == DIRECTION_UP)) {
        session_forget_schema(session);
        session_forget_entries(session);
        return entry_read_schema(work, true, err);
    }
    (void)err_raise(err, STATUS_CONNECT,
                    "%s: the connection was lost at the commit, and nothing of it stands", work->step->file);
    return err_hint(err, "run the command again");
}

static enum status
run_whole(struct work *work, struct run_result *run, struct err *err)
{
    struct session *session = work->session;
    struct run_hooks hooks = {.context = work, .before = before_in_whole, .committing = enter_with_script};
    work->is_merged = false;
    TRY(protect_begin(&work->protect, session, work->step, false, work->arena, err));
    enum status status = script_run(session->conn, &work->step->script, &work->step->run, &hooks, run, err);
    if (status == STATUS_UNKNOWN) {
        return settle_commit(work, err);
    }
    if (status != STATUS_OK) {
        session_forget_entries(session); /* what it had appended was rolled back */
        protect_abandon(&work->protect);
    }
    return status;
}

/* -- a script whose statements stand on their own
 * ----------------------------------------------------------------- */

static enum status
report_partial(struct work *work, const struct run_result *run, bool left_something, struct err *err)
{
    struct err ignored;
    if (!run->partial && !left_something && !work->session->conn->is_lost) {
        return entry_in_transaction(work, entry_unmark_unfinished, &ignored) == STATUS_OK
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
        TRY(entry_in_transaction(work, entry_mark_unfinished, err));
        adopt_entry(work);
    }
    TRY(journaled_begin(&journaled, session, work->step, session->lease.op, work->arena, err));
    journaled.protect = &work->protect;
    enum status prepared = protect_begin(&work->protect, session, work->step, true, work->arena, err);
    if (prepared == STATUS_OK) {
        prepared = prepare_rows_apart(work, is_resumed, err);
    }
    if (prepared != STATUS_OK) {
        return report_partial(work, run, journaled.n_done > 0, err);
    }
    struct run_hooks hooks = journaled_hooks(&journaled);
    enum status status = script_run(session->conn, &work->step->script, &work->step->run, &hooks, run, err);
    session_forget_schema(session);
    if (status != STATUS_OK) {
        journaled_note_failure(&journaled);
        protect_abandon(&work->protect);
        return report_partial(work, run, journaled.left_something, err);
    }
    if (finish_rows(work, err) != STATUS_OK) {
        (void)err_restate(err, STATUS_PARTIAL);
        return err_hint(
            err, "all its statements stand, and the rows are still to be put right: 'rollcall resume'");
    }
    if (entry_in_transaction(work, entry_finish, err) != STATUS_OK) {
        (void)err_restate(err, STATUS_PARTIAL);
        return err_hint(err, "all its statements stand; 'rollcall resume' enters it in the registry");
    }
    return STATUS_OK;
}

/* -- one step
 * ------------------------------------------------------------------------------------------------------ */

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
        enum status status = work->step->run.is_whole ? run_whole(work, &run, err)
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
    if (!entry_is_recorded(applied)) {
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

void
step_describe_result(const struct work *work, int64_t started_us)
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

enum status
step_perform(struct session *session, struct step *step, bool is_resumed, size_t number, size_t total,
             struct step_result *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    CLEANUP(work_release)
    struct work work = {.session = session,
                        .step = step,
                        .arena = &scratch,
                        .result = out,
                        .started_us = clock_monotonic_us()};
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
    step_describe_result(&work, work.started_us);
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
