/* drill: each migration up, down and up again on scratch databases. */
#include "cli/command.h"

#include "base/clock.h"
#include "driver/url.h"
#include "report/drill_report.h"
#include "report/json.h"

/* Without --db the scratch server alone says which engine it is. */
static enum status
select_service(struct command_context *context, struct err *err)
{
    struct options options = context->options;
    if (options.db == NULL && options.dir != NULL && options.service == NULL) {
        options.db = options.url;
    }
    return project_select(&context->project, &options, true, &context->arena, &context->services,
                          &context->n_services, err);
}

static enum status
load_migrations(struct command_context *context, struct migrations *out, const char **scratch_url,
                struct err *err)
{
    const struct service *service = &context->services[0];
    const char *url;
    if (service->dir == NULL) {
        (void)err_raise(err, STATUS_USAGE, "no migrations directory was given");
        return err_hint(err, "give --dir DIR, or run 'rollcall init' to write a rollcall.ini");
    }
    TRY(url_resolve(context->options.url == NULL ? service->url : context->options.url, &url, err));
    const struct driver *driver = driver_for_url(url);
    if (driver == NULL) {
        return err_raise(err, STATUS_USAGE, "'%s' is not the URL of a database that rollcall knows",
                         url_redact(&context->arena, url));
    }
    *scratch_url = context->options.url == NULL && driver->scratch_url != NULL ? driver->scratch_url : url;
    TRY(migrations_load(service->dir, service->layout, driver, &context->arena, out, err));
    return migrations_hash(out, err);
}

/* What is wrong with the folder is said, and what could be read is drilled all the same. */
static bool
tell_findings(const struct command_context *context, const struct migrations *migrations)
{
    bool has_error = false;
    for (size_t i = 0; i < migrations->n_findings; i++) {
        const struct finding *finding = &migrations->findings[i];
        has_error = has_error || finding->severity == FINDING_ERROR;
        if (finding->severity != FINDING_NOTE && finding->line > 0) {
            console_warn(&context->console, "%s:%zu: %s", finding->file, finding->line, finding->message);
        } else if (finding->severity != FINDING_NOTE) {
            console_warn(&context->console, "%s: %s", finding->file, finding->message);
        }
    }
    return has_error;
}

static void
print_result(struct command_context *context, const struct drill_result *result)
{
    for (size_t i = 0; i < result->n_leftovers; i++) {
        console_warn(&context->console, "'%s' is left from a drill that did not end; drop it when you like",
                     result->leftovers[i]);
    }
    if (context->console.json) {
        json_print(context->console.out, drill_report_json(result));
        return;
    }
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    struct drill_report_options options = {.verbose = context->console.verbose,
                                           .color = context->console.color};
    drill_report_text(result, &options, &text);
    console_print(&context->console, "%s", buf_cstr(&text));
}

enum status
cmd_drill(struct command_context *context, int *exit_code, struct err *err)
{
    struct migrations migrations = {0};
    struct drill_result result = {0};
    const char *scratch_url = NULL;
    TRY(select_service(context, err));
    TRY(load_migrations(context, &migrations, &scratch_url, err));
    bool has_error = tell_findings(context, &migrations);
    const struct options *given = &context->options;
    struct observer observer = drill_observer(&context->console);
    struct drill_options options = {
        .url = scratch_url,
        .from = given->from,
        .to = given->to,
        .range = given->range,
        .walk = given->walk,
        .data = given->data,
        .rows_dir = given->rows,
        .seed = given->seed != 0 ? given->seed : random_below(INT32_MAX) + 1,
        .connect_timeout_ms = 10000,
        .lock_timeout_ms = context->services[0].policy.lock_timeout_ms,
        .observer = &observer,
    };
    TRY(drill_run(&migrations, &options, &context->arena, &result, err));
    progress_end(&context->console.progress);
    print_result(context, &result);
    *exit_code = has_error || result.dishonest > 0 || result.failed > 0 ? EXIT_DIFFERENT : EXIT_DONE;
    return STATUS_OK;
}
