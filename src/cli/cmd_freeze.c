/* freeze: nobody writes, and it is proven. */
#include "cli/command.h"

#include "base/clock.h"
#include "base/io.h"
#include "report/freeze_report.h"

#include <string.h>

static enum status
duration(const char *option, const char *text, uint64_t *out_ms, struct err *err)
{
    *out_ms = 0;
    if (text != NULL && (!parse_duration(span_of(text), out_ms) || *out_ms == 0)) {
        return err_raise(err, STATUS_USAGE, "'--%s' wants a time such as 10m or 30s, not '%s'", option, text);
    }
    return STATUS_OK;
}

static enum status
freeze_options(struct command_context *context, struct freeze_options *out, struct err *err)
{
    const struct options *given = &context->options;
    struct freeze_words names = {0};
    uint64_t for_ms;
    uint64_t apart_ms;
    for (const char *at = given->tables; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ",");
        if (len > 0) {
            freeze_word_add(&context->arena, &names, arena_strndup(&context->arena, at, len));
        }
        at += len + (at[len] == ',');
    }
    TRY(duration("for", given->for_time, &for_ms, err));
    TRY(duration("apart", given->apart, &apart_ms, err));
    if (given->auto_thaw && for_ms == 0) {
        return err_raise(err, STATUS_USAGE, "'--auto-thaw' needs '--for TIME'");
    }
    *out = (struct freeze_options){.tables = names.items,
                                   .n_tables = names.n,
                                   .reason = given->reason,
                                   .for_us = (int64_t)for_ms * 1000,
                                   .auto_thaw = given->auto_thaw,
                                   .apart_ms = (uint32_t)apart_ms};
    return STATUS_OK;
}

/* -- looking -----------------------------------------------------------------------------------------------
 */

static enum status
show(struct command_context *context, int *exit_code, struct err *err)
{
    struct observer observer = console_observer(&context->console);
    struct freezes freezes;
    SESSION_SCOPED session = {0};
    TRY(session_open(&context->services[0], SESSION_READ, true, &observer, &context->arena, &session, err));
    TRY(freeze_list(&session, &freezes, err));
    for (size_t i = 0; context->options.prove && i < freezes.n; i++) {
        struct freeze *freeze = &freezes.items[i];
        TRY(freeze_prove(&session, freeze, err));
        bool is_different = freeze->faults.n > 0 || freeze->has_ended;
        *exit_code = is_different                                    ? EXIT_DIFFERENT
                     : !freeze->is_proven && *exit_code == EXIT_DONE ? EXIT_INCONCLUSIVE
                                                                     : *exit_code;
    }
    if (context->options.prove && freezes.n == 0) {
        *exit_code = EXIT_DIFFERENT;
    }
    freeze_print(&context->console, &freezes);
    return STATUS_OK;
}

static enum status
dry_run(struct command_context *context, const struct freeze_options *options, struct err *err)
{
    struct observer observer = console_observer(&context->console);
    struct freeze freeze;
    SESSION_SCOPED session = {0};
    TRY(session_open(&context->services[0], SESSION_READ, true, &observer, &context->arena, &session, err));
    TRY(freeze_prepare(&session, options, &freeze, err));
    freeze_sql_print(&context->console, &freeze);
    return STATUS_OK;
}

/* -- freezing ----------------------------------------------------------------------------------------------
 */

static enum status
take_guard(struct session *session, struct freeze *freeze, struct err *err)
{
    TRY(lease_release(session->conn, &session->lease, err)); /* a rollback may run meanwhile */
    session->holds_lease = false;
    TRY(conn_begin(session->conn, TXN_WRITE, err));
    if (freeze_guard(session, freeze, err) != STATUS_OK) {
        conn_rollback(session->conn);
        return err_wrap(err, "frozen, but the guard could not be had");
    }
    return STATUS_OK;
}

/* Until a signal, or until the time of --for is over. */
static void
hold(const struct command_context *context, struct session *session, const struct freeze *freeze)
{
    enum { STEP_MS = 200 };
    int64_t left_us = freeze->expires_us == 0 ? INT64_MAX : freeze->expires_us - freeze->frozen_us;
    int64_t since = clock_monotonic_us();
    console_note(&context->console, "the guard is held; Ctrl-C gives it back, the tables stay frozen");
    while (!stop_requested() && clock_monotonic_us() - since < left_us) {
        clock_sleep_ms(STEP_MS);
    }
    conn_rollback(session->conn);
    console_note(&context->console, "the guard is given back; the tables stay frozen until 'rollcall thaw'");
}

static enum status
freeze_now(struct command_context *context, const struct freeze_options *options, int *exit_code,
           struct err *err)
{
    struct observer observer = console_observer(&context->console);
    struct freeze freeze;
    SESSION_SCOPED session = {0};
    TRY(session_open(&context->services[0], SESSION_WRITE, true, &observer, &context->arena, &session, err));
    TRY(session_acquire(&session, "rollcall freeze", true, err));
    TRY(freeze_prepare(&session, options, &freeze, err));
    freeze_manual_print(&context->console, &session, &freeze);
    TRY(freeze_install(&session, &freeze, err));
    if (context->options.hold) {
        TRY(take_guard(&session, &freeze, err));
    }
    const struct freezes all = {.items = &freeze, .n = 1, .is_frozen = true};
    freeze_print(&context->console, &all);
    *exit_code = freeze.is_proven ? EXIT_DONE : EXIT_INCONCLUSIVE;
    if (context->options.hold) {
        hold(context, &session, &freeze);
    }
    return STATUS_OK;
}

enum status
cmd_freeze(struct command_context *context, int *exit_code, struct err *err)
{
    struct freeze_options options;
    TRY(freeze_options(context, &options, err));
    if (context->options.freeze_status || context->options.prove) {
        return show(context, exit_code, err);
    }
    return context->options.dry_run ? dry_run(context, &options, err)
                                    : freeze_now(context, &options, exit_code, err);
}
