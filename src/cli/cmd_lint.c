/* lint: the rules over every service's migrations, without a connection. */
#include "cli/command.h"

#include "driver/url.h"
#include "report/lint_report.h"

static enum status
lint_service(struct command_context *context, const struct service *service, struct lint_line *out,
             struct err *err)
{
    struct arena *arena = &context->arena;
    struct migrations *migrations = arena_new(arena, struct migrations);
    struct lint_result *result = arena_new(arena, struct lint_result);
    const char *url = NULL;
    if (service->dir == NULL) {
        (void)err_raise(err, STATUS_USAGE, "no migrations directory was given");
        return err_hint(err, "give --dir DIR");
    }
    TRY(url_resolve(service->url, &url, err));
    const struct driver *driver = driver_for_url(url);
    if (driver == NULL) {
        return err_raise(err, STATUS_USAGE, "no driver answers to '%s'", url_redact(arena, url));
    }
    TRY(migrations_load(service->dir, service->layout, driver, arena, migrations, err));
    TRY(migrations_hash(migrations, err));
    TRY(lint_run(migrations, driver, context->words, context->n_words, arena, result, err));
    *out = (struct lint_line){service->name, migrations, result};
    return STATUS_OK;
}

static enum status
print_rules(struct command_context *context, struct err *err)
{
    const struct driver *driver = NULL;
    if (context->options.db != NULL) {
        const char *url = NULL;
        TRY(url_resolve(context->options.db, &url, err));
        driver = driver_for_url(url);
    }
    lint_rules_print(&context->console, driver);
    return STATUS_OK;
}

enum status
cmd_lint(struct command_context *context, int *exit_code, struct err *err)
{
    if (context->options.rules) {
        return print_rules(context, err);
    }
    bool has_files = context->n_words > 0;
    TRY(project_select(&context->project, &context->options, has_files, &context->arena, &context->services,
                       &context->n_services, err));
    struct lint_line *lines = arena_new_array(&context->arena, struct lint_line, context->n_services);
    for (size_t i = 0; i < context->n_services; i++) {
        const struct service *service = &context->services[i];
        if (lint_service(context, service, &lines[i], err) != STATUS_OK) {
            return service->name[0] == '\0' ? err->status : err_wrap(err, "service '%s'", service->name);
        }
        for (size_t k = 0; k < lines[i].result->n; k++) {
            bool is_note = lines[i].result->findings[k].severity == FINDING_NOTE;
            *exit_code = is_note ? *exit_code : EXIT_DIFFERENT;
        }
    }
    lint_report_print(&context->console, lines, context->n_services);
    return STATUS_OK;
}
