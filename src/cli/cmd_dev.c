/* dev: what the makers of Rollcall need; hidden from help. */
#include "cli/command.h"

#include "report/lint_report.h"

enum status
cmd_dev(struct command_context *context, int *exit_code, struct err *err)
{
    (void)exit_code;
    if (str_eq(context->words[0], "lint-rules")) {
        lint_rules_markdown(&context->console);
        return STATUS_OK;
    }
    return err_raise(err, STATUS_USAGE, "there is no 'rollcall dev %s'", context->words[0]);
}
