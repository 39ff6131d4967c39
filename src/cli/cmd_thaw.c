/* thaw: the end of a freeze, found by the catalogue. */
#include "cli/command.h"

#include "report/freeze_report.h"

/* Writers come in before it has gone on: that is the user's to know, not ours to forbid. */
static enum status
warn_of_unfinished(struct command_context *context, struct session *session, struct err *err)
{
    struct operation operation;
    bool found;
    TRY(operation_unfinished(session->conn, session->arena, &operation, &found, err));
    if (found) {
        console_warn(
            &context->console,
            "operation %.8s (%s) was interrupted: from here on others write before 'rollcall resume' goes on",
            operation.op, operation.kind);
    }
    return STATUS_OK;
}

enum status
cmd_thaw(struct command_context *context, int *exit_code, struct err *err)
{
    struct observer observer = console_observer(&context->console);
    const char *id = context->n_words > 0 ? context->words[0] : NULL;
    struct thaw thaw;
    struct freeze_words sql;
    SESSION_SCOPED session = {0};
    (void)exit_code;
    bool is_dry = context->options.dry_run;
    TRY(session_open(&context->services[0], is_dry ? SESSION_READ : SESSION_WRITE, true, &observer,
                     &context->arena, &session, err));
    if (is_dry) {
        TRY(freeze_release_sql(&session, id, &sql, err));
        thaw_sql_print(&context->console, &sql);
        return STATUS_OK;
    }
    if (session.has_registry) { /* without one, triggers can be found and removed all the same */
        TRY(session_acquire(&session, "rollcall thaw", true, err));
        TRY(warn_of_unfinished(context, &session, err));
    }
    TRY(freeze_release(&session, id, &thaw, err));
    thaw_print(&context->console, &thaw);
    return STATUS_OK;
}
