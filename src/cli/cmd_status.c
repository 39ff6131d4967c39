/* status and drift: look, and change nothing. */
#include "cli/command.h"

#include "base/clock.h"
#include "migrate/freeze.h"
#include "report/status_report.h"

struct looks {
    struct session *sessions;
    struct drift *drifts;
    struct operation *operations;
    struct status_line *lines;
    size_t n; /* opened so far */
};

static void
looks_release(struct looks *looks)
{
    for (size_t i = 0; i < looks->n; i++) {
        drift_release(&looks->drifts[i]);
        session_close(&looks->sessions[i]);
    }
}

/* One freeze stands for all in a line. */
static enum status
look_for_freeze(struct session *session, struct status_line *line, struct err *err)
{
    struct freezes freezes;
    char since[RFC3339_LEN + 1] = "";
    TRY(freeze_list(session, &freezes, err));
    line->is_frozen = freezes.is_frozen;
    line->frozen = "";
    if (freezes.is_frozen && freezes.n > 0) {
        const struct freeze *first = &freezes.items[0];
        clock_rfc3339(first->began_us, since);
        bool is_late = first->expires_us != 0 && first->now_us > first->expires_us;
        line->frozen =
            arena_printf(session->arena, "since %.19s%s%s%s", since, first->reason[0] == '\0' ? "" : ": ",
                         first->reason, is_late ? ", longer than it was meant to be" : "");
    }
    return STATUS_OK;
}

static enum status
look(struct command_context *context, struct looks *looks, struct err *err)
{
    size_t i = looks->n;
    struct session *session = &looks->sessions[i];
    bool found = false;
    struct observer observer = console_observer(&context->console);
    TRY(session_open(&context->services[i], SESSION_READ, !context->options.check, &observer, &context->arena,
                     session, err));
    looks->n++;
    TRY(drift_find(session, &looks->drifts[i], err));
    if (session->has_registry) {
        TRY(operation_unfinished(session->conn, &context->arena, &looks->operations[i], &found, err));
    }
    looks->lines[i] = (struct status_line){
        .session = session, .drift = &looks->drifts[i], .interrupted = found ? &looks->operations[i] : NULL};
    return look_for_freeze(session, &looks->lines[i], err);
}

static enum status
look_at_all(struct command_context *context, struct looks *looks, struct err *err)
{
    struct arena *arena = &context->arena;
    looks->sessions = arena_new_array(arena, struct session, context->n_services);
    looks->drifts = arena_new_array(arena, struct drift, context->n_services);
    looks->operations = arena_new_array(arena, struct operation, context->n_services);
    looks->lines = arena_new_array(arena, struct status_line, context->n_services);
    for (size_t i = 0; i < context->n_services; i++) {
        if (look(context, looks, err) != STATUS_OK) {
            const char *name = context->services[i].name;
            return name[0] == '\0' ? err->status : err_wrap(err, "service '%s'", name);
        }
    }
    return STATUS_OK;
}

enum status
cmd_status(struct command_context *context, int *exit_code, struct err *err)
{
    CLEANUP(looks_release) struct looks looks = {0};
    TRY(look_at_all(context, &looks, err));
    for (size_t i = 0; context->options.show_layout && !context->console.json && i < looks.n; i++) {
        if (looks.sessions[i].has_dir) {
            layout_report_print(&context->console, &looks.sessions[i].migrations);
        }
    }
    status_report_print(&context->console, looks.lines, looks.n);
    for (size_t i = 0; context->options.check && i < looks.n; i++) {
        bool differs = looks.sessions[i].history.n_pending > 0 || drift_is_any(&looks.drifts[i]);
        *exit_code = differs ? EXIT_DIFFERENT : *exit_code;
    }
    return STATUS_OK;
}

enum status
cmd_drift(struct command_context *context, int *exit_code, struct err *err)
{
    CLEANUP(looks_release) struct looks looks = {0};
    TRY(look_at_all(context, &looks, err));
    drift_report_print(&context->console, looks.lines, looks.n);
    for (size_t i = 0; i < looks.n; i++) {
        *exit_code = drift_is_any(&looks.drifts[i]) ? EXIT_DIFFERENT : *exit_code;
    }
    return STATUS_OK;
}
