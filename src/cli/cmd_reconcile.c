/* reconcile: what has to hold between tables and services. */
#include "cli/reconcile_run.h"

#include "base/io.h"
#include "migrate/session.h"

static enum status
take_options(struct reconcile_job *job, struct err *err)
{
    const struct options *given = &job->context->options;
    job->shows_values = given->show_values;
    job->max_samples = given->limit;
    job->recheck = given->recheck;
    job->ignores_baseline = given->take_baseline;
    if (given->grace != NULL && !parse_duration(span_of(given->grace), &job->grace_ms)) {
        (void)err_raise(err, STATUS_USAGE, "'--grace' wants a time, not '%s'", given->grace);
        return err_hint(err, "write it like 500ms, 5s or 2m");
    }
    if (given->take_baseline && given->op != NULL) {
        (void)err_raise(err, STATUS_USAGE, "'--baseline' and '--op' do not go together");
        return err_hint(err, "take the baseline before the operation, reconcile with --op after it");
    }
    return STATUS_OK;
}

/* -- on record ------------------------------------------------------------------------------------------ */

static enum status
find_operation(struct session *session, const char *wanted, const char **out, struct err *err)
{
    struct operation *operations;
    size_t n;
    *out = NULL;
    if (!session->has_registry) {
        return STATUS_OK;
    }
    TRY(operation_list(session->conn, session->arena, &operations, &n, err));
    for (size_t i = 0; i < n && *out == NULL; i++) {
        if (str_eq(wanted, "last") || str_starts(operations[i].op, wanted)) {
            *out = operations[i].op;
        }
    }
    return STATUS_OK;
}

/* The first service whose registry has the operation. */
static enum status
find_owner(struct reconcile_job *job, struct session *session, const char **op, struct err *err)
{
    struct command_context *context = job->context;
    struct observer observer = console_observer(&context->console);
    const char *wanted = context->options.op;
    const char *only = context->options.service;
    for (size_t i = 0; i < job->services.n; i++) {
        if (only != NULL && job->services.n > 1 && !str_eq(job->owners[i].name, only)) {
            continue;
        }
        TRY(session_open(&job->owners[i], SESSION_WRITE, true, &observer, &context->arena, session, err));
        TRY(find_operation(session, wanted, op, err));
        if (*op != NULL) {
            return STATUS_OK;
        }
        session_close(session);
    }
    (void)err_raise(err, STATUS_USAGE, "there is no operation '%s' on any service", wanted);
    return err_hint(err, "'rollcall registry list --service NAME' lists them");
}

static enum status
put_on_record(struct reconcile_job *job, struct session *session, const char *op, struct err *err)
{
    const char *body = reconcile_record_body(&job->report, &job->context->arena);
    TRY(session_acquire(session, "reconcile", true, err));
    TRY(conn_begin(session->conn, TXN_WRITE, err));
    enum status status = record_append(session->conn, &session->chain, op, "reconcile", body, err);
    status = status == STATUS_OK ? conn_commit(session->conn, err) : status;
    if (status != STATUS_OK) {
        conn_rollback(session->conn);
    }
    return status;
}

/* -- the end -------------------------------------------------------------------------------------------- */

static int
exit_code_for(const struct reconcile_job *job)
{
    switch (reconcile_verdict(&job->report)) {
    case RECONCILE_OK:
        return EXIT_DONE;
    case RECONCILE_FINDINGS:
        return EXIT_DIFFERENT;
    case RECONCILE_UNSETTLED:
        return EXIT_INCONCLUSIVE;
    case RECONCILE_FAILED:
        break;
    }
    for (size_t i = 0; i < job->n; i++) {
        if (job->results[i].err.status != STATUS_OK) {
            return exit_code_of(job->results[i].err.status);
        }
    }
    return EXIT_BUG;
}

static enum status
finish(struct reconcile_job *job, struct err *err)
{
    const struct options *given = &job->context->options;
    const struct console *console = &job->context->console;
    if (job->repair != NULL) {
        TRY(repair_write(job->repair, given->repair, err));
        console_note(console, "%llu statements are proposed in '%s'; nothing was run",
                     (unsigned long long)job->repair->n, given->repair);
    }
    if (given->take_baseline) {
        TRY(reconcile_job_remember(job, err));
        console_note(console, "later runs tell these findings from new ones");
    }
    return STATUS_OK;
}

enum status
cmd_reconcile(struct command_context *context, int *exit_code, struct err *err)
{
    const char *op = NULL;
    bool has_work;
    SESSION_SCOPED session = {0};
    CLEANUP(repair_release) struct repair repair;
    repair_init(&repair, spool_folder());
    RECONCILE_JOB_SCOPED job = {0};
    TRY(reconcile_job_init(&job, context, &has_work, err));
    if (!has_work) {
        (void)err_raise(err, STATUS_USAGE,
                        "there is nothing to reconcile: no check in '%s', no [vfk] section", job.folder);
        return err_hint(err, "write a check, %s/NAME.sql, or name another folder with --checks DIR",
                        job.folder);
    }
    TRY(take_options(&job, err));
    job.repair = context->options.repair == NULL ? NULL : &repair;
    if (context->options.op != NULL) {
        TRY(find_owner(&job, &session, &op, err));
    }
    reconcile_job_run(&job);
    TRY(stop_check(err));
    *exit_code = exit_code_for(&job);
    if (context->options.take_baseline && *exit_code == EXIT_DIFFERENT) {
        *exit_code = EXIT_DONE;
    }
    enum status status = finish(&job, err);
    if (status == STATUS_OK && op != NULL) {
        status = put_on_record(&job, &session, op, err);
    }
    if (status != STATUS_OK) { /* what was found is worth seeing all the same */
        job.report.failure = err;
        *exit_code = exit_code_of(status);
    }
    reconcile_print(&context->console, &job.report);
    return STATUS_OK;
}
