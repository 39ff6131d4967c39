/* finish: the point of no return. */
#include "cli/command.h"

#include "migrate/finish.h"
#include "report/finish_report.h"

enum status
cmd_finish(struct command_context *context, int *exit_code, struct err *err)
{
    SESSION_SCOPED session;
    struct finish_result result;
    struct observer observer = console_observer(&context->console);
    (void)exit_code;
    TRY(session_open(&context->services[0], SESSION_WRITE, true, &observer, &context->arena, &session, err));
    session.mandate.reason = context->options.reason;
    TRY(finish_run(&session, context->options.to, context->options.dry_run, &result, err));
    finish_report_print(&context->console, &session, &result, context->options.dry_run);
    return STATUS_OK;
}
