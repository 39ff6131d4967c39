#include "cli/command.h"

#include "base/io.h"
#include "migrate/forecast.h"
#include "report/operation_report.h"

static enum status
write_plan(const struct command_context *context, struct session *session, const struct plan *plan,
           struct err *err)
{
    BUF_SCOPED document = BUF_INIT(BUF_SQL_MAX);
    struct plan_origin origin;
    TRY(plan_origin_read(session, &origin, err));
    TRY(plan_report_document(session, plan, &origin, &document, err));
    return io_write_file(context->options.out, buf_view(&document), 0644, err);
}

enum status
cmd_plan(struct command_context *context, int *exit_code, struct err *err)
{
    SESSION_SCOPED session = {0};
    struct plan plan;
    struct plan_options options = {
        .to = context->options.to,
        .steps = context->options.steps,
        .allow_out_of_order = context->options.allow_out_of_order,
        .use_edited = context->options.use_edited,
    };
    bool is_up = str_eq(context->words[0], "up");
    (void)exit_code;
    if (!is_up && !str_eq(context->words[0], "rollback")) {
        return err_raise(err, STATUS_USAGE, "a plan is for 'up' or for 'rollback', not for '%s'",
                         context->words[0]);
    }
    struct observer observer = console_observer(&context->console);
    TRY(session_open(&context->services[0], SESSION_READ, !is_up, &observer, &context->arena, &session, err));
    TRY(is_up ? plan_up(&session, &options, &plan, err) : plan_rollback(&session, &options, &plan, err));
    if (!is_up) {
        struct forecast *forecast;
        TRY(rollback_options_read(&session, context, err));
        TRY(forecast_rollback(&session, &plan, &forecast, err));
        plan.forecast = forecast;
    }
    if (context->options.out != NULL) {
        TRY(write_plan(context, &session, &plan, err));
    }
    return plan_report_print(&context->console, &session, &plan, err);
}
