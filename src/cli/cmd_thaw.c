/* thaw: the end of a freeze, found by the catalogue. */
#include "cli/command.h"

#include "report/freeze_report.h"

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
    }
    TRY(freeze_release(&session, id, &thaw, err));
    thaw_print(&context->console, &thaw);
    return STATUS_OK;
}
