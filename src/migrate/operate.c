#include "migrate/operate.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/user.h"
#include "migrate/account.h"
#include "migrate/checkpoint.h"
#include "migrate/freeze.h"
#include "migrate/stake.h"
#include "migrate/work.h"

#include <string.h>

const char *
outcome_name(enum outcome outcome)
{
    static const char *const names[] = {
        [OUTCOME_DONE] = "done",
        [OUTCOME_UNCHANGED] = "unchanged",
        [OUTCOME_PARTIAL] = "partial",
        [OUTCOME_UNVERIFIED] = "unverified",
    };
    return names[outcome];
}

void
operation_result_begin(const struct session *session, const char *kind, struct operation_result *out)
{
    const struct history_entry *current = session->history.current;
    *out = (struct operation_result){
        .op = session->holds_lease ? arena_strdup(session->arena, session->lease.op) : "",
        .kind = kind,
        .from = current == NULL ? "" : current->version,
        .to = current == NULL ? "" : current->version,
        .outcome = OUTCOME_UNCHANGED,
    };
}

/* Each signature that counted, before what it allowed. */
static enum status
record_approvals(struct session *session, const char *op, struct err *err)
{
    const struct mandate *mandate = &session->mandate;
    for (size_t i = 0; mandate->approvals != NULL && i < mandate->approvals->n; i++) {
        const struct approval *approval = &mandate->approvals->items[i];
        char signed_at[RFC3339_LEN + 1];
        char expires_at[RFC3339_LEN + 1];
        clock_rfc3339(approval->signed_us, signed_at);
        clock_rfc3339(approval->expires_us, expires_at);
        const struct record_item items[] = {
            RECORD_TEXT("plan", mandate->plan_digest),
            RECORD_TEXT("signer", approval->signer),
            RECORD_TEXT("role", approval->role),
            RECORD_TEXT("key", approval->key),
            RECORD_TEXT("signed_at", approval->signed_us == 0 ? NULL : signed_at),
            RECORD_TEXT("expires_at", approval->expires_us == 0 ? NULL : expires_at),
        };
        if (approval->refused == NULL) {
            TRY(record_append(session->conn, &session->chain, op, "approval",
                              record_object(session->arena, items, COUNT_OF(items)), err));
        }
    }
    return STATUS_OK;
}

static enum status
record_begin(struct session *session, const struct operation *operation, struct err *err)
{
    const struct identity *identity = &session->conn->identity;
    const struct mandate *mandate = &session->mandate;
    const struct history_entry *current = session->history.current;
    bool is_rollback = str_eq(operation->kind, "rollback");
    char database[SHA256_HEX_LEN + 1];
    database_digest(session->conn, database);
    const struct record_item items[] = {
        RECORD_TEXT("kind", operation->kind),
        RECORD_TEXT("steps", operation->plan),
        RECORD_TEXT("from", current == NULL ? "" : current->version),
        RECORD_TEXT("service", session->service->name),
        RECORD_TEXT("database", database),
        RECORD_TEXT("by", user_name(session->arena)),
        RECORD_TEXT("role", identity->user),
        RECORD_TEXT("reason", mandate->reason),
        RECORD_TEXT("plan", mandate->plan_digest),
        RECORD_TEXT("plan_author", mandate->plan_author),
        RECORD_TEXT("on_conflict", is_rollback ? conflict_policy_name(session->rollback.on_conflict) : NULL),
        RECORD_TEXT("merge", is_rollback ? (session->rollback.by_row ? "row" : "cell") : NULL),
        RECORD_TEXT("tool", "rollcall " ROLLCALL_VERSION),
        RECORD_TEXT("server", arena_printf(session->arena, "%s %s", identity->engine, identity->version)),
        RECORD_NUMBER("rto_ms", session->service->policy.rto_ms),
        RECORD_NUMBER("max_loss_rows", session->service->policy.max_loss_rows),
        RECORD_NUMBER("accept_loss", is_rollback ? session->rollback.accepted_loss : 0),
        RECORD_TEXT("unprotected", is_rollback && session->rollback.unprotected ? "yes" : NULL),
    };
    TRY(lease_hold(session->conn, &session->lease, err));
    TRY(operation_begin(session->conn, operation, err));
    TRY(record_append(session->conn, &session->chain, operation->op, "begin",
                      record_object(session->arena, items, COUNT_OF(items)), err));
    return record_approvals(session, operation->op, err);
}

static enum status
record_outcome(struct session *session, const struct operation_result *result, struct err *err)
{
    const struct record_item items[] = {
        RECORD_TEXT("outcome", outcome_name(result->outcome)),
        RECORD_TEXT("from", result->from),
        RECORD_TEXT("to", result->to),
        RECORD_NUMBER("ms", result->us / 1000),
    };
    TRY(lease_hold(session->conn, &session->lease, err));
    TRY(operation_finish(session->conn, result->op, outcome_name(result->outcome), err));
    TRY(account_record(session, result, err));
    return record_append(session->conn, &session->chain, result->op, "end",
                         record_object(session->arena, items, COUNT_OF(items)), err);
}

/* Each pair of rows stands or falls together. */
static enum status
commit_or_roll_back(struct session *session, enum status status, struct err *err)
{
    if (status == STATUS_OK) {
        status = conn_commit(session->conn, err);
    }
    if (status != STATUS_OK) {
        conn_rollback(session->conn);
        session_forget_entries(session);
    }
    return status;
}

static enum status
begin_operation(struct session *session, const struct plan *plan, const char *kind, struct err *err)
{
    struct operation operation = {
        .op = session->lease.op,
        .kind = kind,
        .epoch = session->lease.epoch,
        .actor = session->conn->identity.user == NULL ? "" : session->conn->identity.user,
        .plan = plan_lines(plan, session->arena),
    };
    TRY(fault_before("operation.begin", err));
    TRY(conn_begin(session->conn, TXN_WRITE, err));
    TRY(commit_or_roll_back(session, record_begin(session, &operation, err), err));
    return fault_after("operation.begin", err);
}

static enum status
end_operation(struct session *session, const struct operation_result *result, struct err *err)
{
    TRY(fault_before("operation.end", err));
    TRY(conn_begin(session->conn, TXN_WRITE, err));
    TRY(commit_or_roll_back(session, record_outcome(session, result, err), err));
    return fault_after("operation.end", err);
}

static void
note_step(struct operation_result *result, const struct step_result *step)
{
    bool is_unverified =
        step->differences.class == CHANGE_CLASS_MEANING || step->verify_error != NULL || step->wrong_rows > 0;
    result->outcome =
        result->outcome == OUTCOME_UNVERIFIED || is_unverified ? OUTCOME_UNVERIFIED : OUTCOME_DONE;
}

static enum status
run_steps(struct session *session, struct plan *plan, struct operation_result *result, struct err *err)
{
    struct step_result *steps =
        arena_new_array(session->arena, struct step_result, plan->n + result->n_steps);
    for (size_t i = 0; i < result->n_steps; i++) {
        steps[i] = result->steps[i];
    }
    result->steps = steps;
    for (size_t i = 0; i < plan->n; i++) {
        struct step_result *step = &result->steps[result->n_steps];
        enum status status = step_apply(session, &plan->items[i], i + 1, plan->n, step, err);
        if (status != STATUS_OK) {
            /* The cause keeps its words; that earlier steps stand changes what there is to do next. */
            if (status != STATUS_PARTIAL && result->n_steps > 0) {
                (void)err_restate(err, STATUS_PARTIAL);
                (void)err_hint(
                    err, "%zu of %zu steps stand; put right what the message names, then 'rollcall resume'",
                    result->n_steps, plan->n);
            }
            result->outcome = err->status == STATUS_PARTIAL ? OUTCOME_PARTIAL : OUTCOME_UNCHANGED;
            return err->status;
        }
        result->n_steps++;
        note_step(result, step);
    }
    result->to = plan->to;
    return STATUS_OK;
}

/* A failed operation without anything left of it is closed; one that resume can go on with stays open. */
static void
close_failed(struct session *session, const struct operation_result *result)
{
    struct err ignored;
    if (result->outcome == OUTCOME_UNCHANGED && !session->conn->is_lost) {
        (void)end_operation(session, result, &ignored);
    }
}

/* Drivers tell what each script changed; once an operation, the schema is read as a whole against that.
 * Somebody else's change in between is possible, too: either way what is there goes on record, and it is
 * said. */
static enum status
check_schema(struct session *session, struct err *err)
{
    struct catalog live;
    if (!session->schema_is_read) {
        return STATUS_OK;
    }
    catalog_init_sum(&live);
    enum status status = conn_catalog(session->conn, &live, err);
    if (status == STATUS_OK && !hash128_eq(live.fingerprint, session->schema.fingerprint)) {
        observer_tell(
            session->observer,
            &(struct event){.kind = EVENT_WARNING,
                            .text = "the schema is not what the migrations made of it: somebody else changed "
                                    "it meanwhile ('rollcall drift' shows it)"});
    }
    catalog_release(&live);
    return status;
}

static enum status
run_plan(struct session *session, struct plan *plan, const char *kind, struct operation_result *out,
         struct err *err)
{
    int64_t started_us = clock_monotonic_us();
    operation_result_begin(session, kind, out);
    TRY(begin_operation(session, plan, kind, err));
    enum status status = run_steps(session, plan, out, err);
    out->us = clock_monotonic_us() - started_us;
    if (status != STATUS_OK) {
        close_failed(session, out);
        return status;
    }
    TRY(check_schema(session, err));
    TRY(end_operation(session, out, err));
    return session_reload(session, err);
}

/* A rollback that died before it changed anything may have left its freeze. */
static enum status
thaw_leftover(struct session *session, struct err *err)
{
    struct freeze *freeze;
    TRY(stake_find_freeze(session, &freeze, err));
    return stake_thaw(session, freeze, err);
}

/* -- up and rollback
 * -------------------------------------------------------------------------------------------- */

enum status
operate_up(struct session *session, const struct plan_options *options, struct operation_result *out,
           struct err *err)
{
    struct plan plan;
    operation_result_begin(session, "up", out);
    if (session_unfinished(session) == NULL) {
        TRY(plan_up(session, options, &plan, err));
        if (plan.n == 0) {
            return STATUS_OK;
        }
    }
    TRY(session_acquire(session, "rollcall up", false, err));
    TRY(thaw_leftover(session, err));
    TRY(freeze_refuse(session, err));
    TRY(plan_up(session, options, &plan, err));
    if (plan.n == 0) { /* another run was faster */
        return STATUS_OK;
    }
    return run_plan(session, &plan, "up", out, err);
}

/* Without what was saved a rollback loses what only that knew. */
static enum status
check_protected(const struct session *session, const struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->n && !session->rollback.unprotected; i++) {
        const struct applied *applied = plan->items[i].entry->applied;
        if (!entry_is_recorded(applied)) {
            (void)err_raise(
                err, STATUS_POLICY,
                "'%s' is unprotected: rollcall did not apply it (%s), so it saved nothing, and later "
                "writes cannot be told from its own",
                applied->id, applied->origin);
            return err_hint(err, "--unprotected runs its down script all the same; take a snapshot first: "
                                 "'rollcall snapshot take'");
        }
    }
    return STATUS_OK;
}

/* A freeze that stays after a failure is named: the way on is resume, which ends it. */
static enum status
run_frozen(struct session *session, struct plan *plan, struct operation_result *out, struct err *err)
{
    struct stake stake;
    struct freeze *freeze;
    TRY(check_protected(session, plan, err));
    TRY(stake_find(session, plan, &stake, err));
    TRY(stake_freeze(session, &stake, &freeze, err));
    session->writes_frozen = freeze != NULL;
    enum status status = run_plan(session, plan, "rollback", out, err);
    out->freeze = freeze;
    if (session->conn == NULL || session->conn->is_lost || status == STATUS_PARTIAL) {
        return status;
    }
    struct err thawing;
    if (stake_thaw(session, freeze, &thawing) != STATUS_OK && status == STATUS_OK) {
        *err = thawing;
        (void)err_restate(err, STATUS_PARTIAL);
        return err_hint(err, "the rollback stands; 'rollcall thaw' ends the freeze");
    }
    return status;
}

enum status
operate_rollback(struct session *session, const struct plan_options *options, const char *digest,
                 struct operation_result *out, struct err *err)
{
    struct plan plan;
    char actual[SHA256_HEX_LEN + 1];
    operation_result_begin(session, "rollback", out);
    if (!session->has_registry) {
        return STATUS_OK;
    }
    TRY(session_acquire(session, "rollcall rollback", false, err));
    TRY(thaw_leftover(session, err));
    TRY(plan_rollback(session, options, &plan, err));
    plan_digest(&plan, actual);
    if (digest != NULL && !str_eq(digest, actual)) {
        (void)err_raise(err, STATUS_POLICY,
                        "the world has changed since the plan was made: it would be another plan now");
        return err_hint(err, "make the plan again with 'rollcall plan rollback --out FILE' and look at it");
    }
    if (plan.n == 0) {
        return STATUS_OK;
    }
    return run_frozen(session, &plan, out, err);
}

/* -- resume and abort
 * ----------------------------------------------------------------------------------------------- */

/* How many of the interrupted plan's steps back are still to be taken. */
static uint64_t
count_remaining_downs(const struct session *session, const char *lines)
{
    struct span rest = span_of(lines);
    struct span line;
    uint64_t n = 0;
    while (span_next_line(&rest, &line)) {
        for (size_t i = 0; span_starts(line, "down ") && i < session->applied.n; i++) {
            n += span_is((struct span){line.ptr + 5, line.len - 5}, session->applied.items[i].id);
        }
    }
    return n;
}

static const char *
last_up(const struct session *session, const char *lines)
{
    struct span rest = span_of(lines);
    struct span line;
    const char *last = NULL;
    while (span_next_line(&rest, &line)) {
        if (span_starts(line, "up ")) {
            last = arena_strndup(session->arena, line.ptr + 3, line.len - 3);
        }
    }
    return last;
}

static enum status
plan_rest(struct session *session, const struct operation *operation, struct plan *out, struct err *err)
{
    struct plan_options options = {.allow_out_of_order = true};
    memset(out, 0, sizeof(*out));
    out->to = session->history.current == NULL ? "" : session->history.current->version;
    if (str_eq(operation->kind, "rollback")) {
        options.steps = count_remaining_downs(session, operation->plan);
        return options.steps == 0 ? STATUS_OK : plan_rollback(session, &options, out, err);
    }
    options.to = last_up(session, operation->plan);
    if (options.to == NULL || !session->has_dir) {
        return STATUS_OK;
    }
    return plan_up(session, &options, out, err);
}

static enum status
resume_member(struct session *session, bool undo, struct operation_result *out, struct err *err)
{
    const struct applied *unfinished = session_unfinished(session);
    if (unfinished == NULL) {
        return STATUS_OK;
    }
    out->steps = arena_new(session->arena, struct step_result);
    out->outcome = OUTCOME_PARTIAL;
    TRY(step_resume(session, unfinished, undo, out->steps, err));
    out->outcome = OUTCOME_DONE;
    out->n_steps = 1;
    note_step(out, &out->steps[0]);
    return session_reload(session, err);
}

static enum status
resume_operation(struct session *session, const struct operation *operation, bool undo,
                 struct operation_result *out, struct err *err)
{
    struct plan plan;
    int64_t started_us = clock_monotonic_us();
    operation_result_begin(session, operation->kind, out);
    out->op = operation->op;
    struct freeze *freeze;
    TRY(stake_find_freeze(session, &freeze, err));
    session->writes_frozen = freeze != NULL;
    out->freeze = freeze;
    TRY(resume_member(session, undo, out, err));
    if (!undo) {
        TRY(plan_rest(session, operation, &plan, err));
        TRY(run_steps(session, &plan, out, err));
    }
    TRY(stake_thaw(session, freeze, err));
    TRY(session_reload(session, err));
    out->to = session->history.current == NULL ? "" : session->history.current->version;
    out->us = clock_monotonic_us() - started_us;
    return end_operation(session, out, err);
}

static enum status
go_on(struct session *session, bool undo, struct operation_result *out, struct err *err)
{
    struct operation operation;
    bool found = false;
    operation_result_begin(session, undo ? "abort" : "resume", out);
    if (!session->has_registry) {
        return STATUS_OK;
    }
    TRY(session_acquire(session, undo ? "rollcall abort" : "rollcall resume", true, err));
    TRY(operation_unfinished(session->conn, session->arena, &operation, &found, err));
    if (!found && session_unfinished(session) == NULL) {
        return STATUS_OK;
    }
    if (!found) {
        operation =
            (struct operation){.op = session->lease.op, .kind = undo ? "abort" : "resume", .plan = ""};
    }
    return resume_operation(session, &operation, undo, out, err);
}

enum status
operate_resume(struct session *session, struct operation_result *out, struct err *err)
{
    return go_on(session, false, out, err);
}

enum status
operate_abort(struct session *session, struct operation_result *out, struct err *err)
{
    return go_on(session, true, out, err);
}
