/* adopt: another tool's history, or a baseline, becomes ours without running anything. */
#include "cli/command.h"

#include "base/vec.h"
#include "migrate/enroll.h"
#include "report/adopt_report.h"
#include "report/operation_report.h"

#define LOCK_WAIT_MS 5000

static enum status
adopt_baseline(struct command_context *context, struct session *session, struct err *err)
{
    const struct migration *last;
    struct operation_result result;
    VEC(struct enrolment) items = {0};
    TRY(migrations_find(&session->migrations, context->options.baseline, &last, err));
    if (last == NULL) {
        (void)err_raise(err, STATUS_USAGE, "there is no migration '%s'", context->options.baseline);
        return err_hint(err, "'rollcall status' lists what there is");
    }
    for (size_t i = 0; i < session->migrations.n; i++) {
        struct enrolment item = {.migration = &session->migrations.items[i]};
        vec_push(session->arena, &items, item);
        if (item.migration == last) {
            break;
        }
    }
    TRY(operate_enroll(session, items.items, items.n, "baseline", &result, err));
    operation_report_print(&context->console, session, &result);
    return STATUS_OK;
}

static enum status
enter(struct session *session, const struct adoption *adoption, struct operation_result *out, struct err *err)
{
    struct enrolment *items = arena_new_array(session->arena, struct enrolment, adoption->n_applied + 1);
    for (size_t i = 0; i < adoption->n_applied; i++) {
        items[i] = (struct enrolment){adoption->applied[i]->migration, adoption->applied[i]->applied_us};
    }
    return operate_enroll(session, items, adoption->n_applied,
                          arena_printf(session->arena, "adopt:%s", adoption->tool), out, err);
}

static enum status
adopt_history(struct command_context *context, struct session *session, struct err *err)
{
    ADOPT_LOCK_SCOPED lock = {0};
    struct adoption adoption;
    struct operation_result result;
    bool is_dry = context->options.dry_run;
    if (!is_dry) {
        TRY(adopt_lock(session->conn, &session->migrations, LOCK_WAIT_MS, &lock, err));
    }
    TRY(adopt_read(session->conn, &session->migrations, session->arena, &adoption, err));
    adopt_findings_print(&context->console, &adoption);
    TRY(adopt_check(&adoption, err));
    if (!is_dry) {
        TRY(enter(session, &adoption, &result, err));
    }
    adopt_report_print(&context->console, session, &adoption, is_dry ? NULL : &result);
    return STATUS_OK;
}

enum status
cmd_adopt(struct command_context *context, int *exit_code, struct err *err)
{
    SESSION_SCOPED session = {0};
    struct observer observer = console_observer(&context->console);
    enum session_mode mode = context->options.dry_run ? SESSION_READ : SESSION_WRITE;
    (void)exit_code;
    TRY(session_open(&context->services[0], mode, false, &observer, &context->arena, &session, err));
    if (context->options.baseline == NULL) {
        return adopt_history(context, &session, err);
    }
    if (context->options.dry_run) {
        return err_raise(err, STATUS_USAGE, "a baseline runs no SQL: there is nothing to show");
    }
    return adopt_baseline(context, &session, err);
}
