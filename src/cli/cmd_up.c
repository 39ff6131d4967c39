/* up, rollback, resume, abort: one operation each, told as it runs, reported at its end. */
#include "cli/command.h"

#include "cli/signoff.h"
#include "migrate/drift.h"
#include "report/diff_report.h"
#include "report/json.h"
#include "report/operation_report.h"

#include <string.h>

static struct plan_options
plan_options(const struct options *options)
{
    return (struct plan_options){
        .to = options->to,
        .steps = options->steps,
        .allow_out_of_order = options->allow_out_of_order,
        .use_edited = options->use_edited,
    };
}

static int
exit_code_of_outcome(const struct operation_result *result)
{
    return result->outcome == OUTCOME_UNVERIFIED ? EXIT_UNVERIFIED : EXIT_DONE;
}

/* What was done before an error is part of the talk; with --json the error alone is the document. */
static void
report_failure(const struct command_context *context, const struct operation_result *result)
{
    if (result->n_steps > 0 && !context->console.json) {
        console_note(&context->console, "%zu migrations stand", result->n_steps);
    }
}

static enum status
dry_run(struct command_context *context, enum direction direction, struct err *err)
{
    SESSION_SCOPED session;
    struct plan plan;
    struct plan_options options = plan_options(&context->options);
    struct observer observer = console_observer(&context->console);
    TRY(session_open(&context->services[0], SESSION_READ, direction == DIRECTION_DOWN, &observer,
                     &context->arena, &session, err));
    TRY(direction == DIRECTION_UP ? plan_up(&session, &options, &plan, err)
                                  : plan_rollback(&session, &options, &plan, err));
    return plan_sql_print(&context->console, &session, &plan, err);
}

typedef enum status operate(struct session *session, struct command_context *context,
                            struct operation_result *out, struct err *err);

static enum status
run_operation(struct command_context *context, bool dir_optional, operate *action, int *exit_code,
              struct err *err)
{
    SESSION_SCOPED session;
    struct operation_result result = {0};
    struct observer observer = console_observer(&context->console);
    TRY(session_open(&context->services[0], SESSION_WRITE, dir_optional, &observer, &context->arena, &session,
                     err));
    session.mandate.reason = context->options.reason;
    if (action(&session, context, &result, err) != STATUS_OK) {
        report_failure(context, &result);
        return err->status;
    }
    operation_report_print(&context->console, &session, &result);
    *exit_code = exit_code_of_outcome(&result);
    return STATUS_OK;
}

/* -- up
 * ------------------------------------------------------------------------------------------------------------
 */

static enum status
act_up(struct session *session, struct command_context *context, struct operation_result *out,
       struct err *err)
{
    struct plan_options options = plan_options(&context->options);
    for (size_t i = 0; i < session->migrations.n_findings; i++) {
        const struct finding *finding = &session->migrations.findings[i];
        if (finding->severity == FINDING_WARNING) {
            console_warn(&context->console, "%s: %s", finding->file, finding->message);
        }
    }
    return operate_up(session, &options, out, err);
}

enum status
cmd_up(struct command_context *context, int *exit_code, struct err *err)
{
    if (context->options.dry_run) {
        return dry_run(context, DIRECTION_UP, err);
    }
    return run_operation(context, false, act_up, exit_code, err);
}

/* -- rollback
 * -------------------------------------------------------------------------------------------------------- */

/* Held to a plan: its signatures, and that the world is still the one it was made for. */
static enum status
demand_plan(struct session *session, struct command_context *context, struct plan_options *options,
            const char **digest, struct err *err)
{
    SIGNOFF_SCOPED signoff = {0};
    *digest = NULL;
    if (context->options.plan == NULL) {
        if (context->project.policy.approvals == 0 && context->project.policy.approval_roles[0] == '\0') {
            return STATUS_OK;
        }
        (void)err_raise(err, STATUS_POLICY, "a rollback needs an approved plan here");
        return err_hint(err,
                        "'rollcall plan rollback --out FILE', 'rollcall approve FILE', then --plan FILE");
    }
    TRY(signoff_read(context->options.plan, &context->arena, &signoff, err));
    if (signoff.plan.direction != DIRECTION_DOWN) {
        return err_raise(err, STATUS_USAGE, "'%s' is not a rollback plan", context->options.plan);
    }
    TRY(signoff_demand(context, &signoff, err));
    if (session->has_registry) {
        TRY(plan_file_check(session, buf_view(&signoff.document), &signoff.plan, options, err));
    }
    *digest = signoff.plan.digest;
    session->mandate.plan_digest = signoff.plan.digest;
    session->mandate.plan_author = signoff.plan.origin.author;
    session->mandate.approvals = arena_new(&context->arena, struct approval_list);
    *session->mandate.approvals = signoff.approvals;
    return STATUS_OK;
}

/* Shows what differs before the plan refuses it. */
static void
show_edited_downs(struct session *session, const struct command_context *context)
{
    for (size_t i = 0; i < session->history.n; i++) {
        const struct history_entry *entry = &session->history.items[i];
        ARENA_SCOPED scratch = {0};
        struct span stored;
        struct span edited;
        struct err ignored;
        if (!entry->is_down_edited || context->console.json || context->console.quiet ||
            part_text(session, entry, PART_DOWN, true, &scratch, &stored, &ignored) != STATUS_OK ||
            part_text(session, entry, PART_DOWN, false, &scratch, &edited, &ignored) != STATUS_OK) {
            continue;
        }
        console_note(&context->console,
                     "the down of '%s', as stored and as it is in the directory now:", entry->id);
        text_diff_print(context->console.err, context->console.err_color,
                        arena_strndup(&scratch, stored.ptr, stored.len),
                        arena_strndup(&scratch, edited.ptr, edited.len));
    }
}

/* Index of `value` among `words`; the policy's when it was not given. */
static enum status
read_word(const char *option, const char *value, const char *const *words, size_t n, size_t *out,
          struct err *err)
{
    for (size_t i = 0; i < n && value != NULL; i++) {
        if (str_eq(value, words[i])) {
            *out = i;
            return STATUS_OK;
        }
    }
    if (value == NULL) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE, "'--%s' does not know '%s'", option, value);
    return err_hint(err, "it is %s or %s", words[0], words[n - 1]);
}

enum status
rollback_options_read(struct session *session, const struct command_context *context, struct err *err)
{
    static const char *const conflicts[] = {
        [CONFLICT_KEEP] = "keep", [CONFLICT_RESTORE] = "restore", [CONFLICT_FAIL] = "fail"};
    static const char *const units[] = {"cell", "row"};
    const struct options *options = &context->options;
    struct rollback_options *out = &session->rollback;
    size_t conflict = context->services[0].policy.on_conflict;
    size_t unit = 0;
    TRY(read_word("on-conflict", options->on_conflict, conflicts, COUNT_OF(conflicts), &conflict, err));
    TRY(read_word("merge", options->merge, units, COUNT_OF(units), &unit, err));
    out->on_conflict = (enum conflict_policy)conflict;
    out->by_row = unit == 1;
    out->unprotected = options->unprotected;
    out->no_freeze = options->no_freeze;
    out->accepted_loss = context->services[0].policy.max_loss_rows;
    if (options->accept_loss != NULL &&
        (!parse_i64(span_of(options->accept_loss), &out->accepted_loss) || out->accepted_loss < 0)) {
        return err_raise(err, STATUS_USAGE, "'--accept-loss' wants a number of rows, not '%s'",
                         options->accept_loss);
    }
    return STATUS_OK;
}

static enum status
act_rollback(struct session *session, struct command_context *context, struct operation_result *out,
             struct err *err)
{
    struct plan_options options = plan_options(&context->options);
    const char *digest;
    TRY(rollback_options_read(session, context, err));
    TRY(demand_plan(session, context, &options, &digest, err));
    enum status status = operate_rollback(session, &options, digest, out, err);
    if (status == STATUS_POLICY) {
        show_edited_downs(session, context);
    }
    return status;
}

enum status
cmd_rollback(struct command_context *context, int *exit_code, struct err *err)
{
    if (context->options.dry_run) {
        return dry_run(context, DIRECTION_DOWN, err);
    }
    return run_operation(context, true, act_rollback, exit_code, err);
}

/* -- resume and abort
 * ------------------------------------------------------------------------------------------------ */

static enum status
read_settle(struct session *session, const struct command_context *context, struct err *err)
{
    const char *settle = context->options.settle;
    session->settle = settle == NULL ? SETTLE_ASK : str_eq(settle, "done") ? SETTLE_DONE : SETTLE_AGAIN;
    if (session->settle == SETTLE_AGAIN && !str_eq(settle, "again")) {
        return err_raise(err, STATUS_USAGE, "'--settle' is done or again, not '%s'", settle);
    }
    return STATUS_OK;
}

static enum status
act_resume(struct session *session, struct command_context *context, struct operation_result *out,
           struct err *err)
{
    TRY(read_settle(session, context, err));
    TRY(rollback_options_read(session, context, err));
    return operate_resume(session, out, err);
}

static enum status
act_abort(struct session *session, struct command_context *context, struct operation_result *out,
          struct err *err)
{
    TRY(read_settle(session, context, err));
    TRY(rollback_options_read(session, context, err));
    return operate_abort(session, out, err);
}

enum status
cmd_resume(struct command_context *context, int *exit_code, struct err *err)
{
    return run_operation(context, true, act_resume, exit_code, err);
}

enum status
cmd_abort(struct command_context *context, int *exit_code, struct err *err)
{
    return run_operation(context, true, act_abort, exit_code, err);
}
