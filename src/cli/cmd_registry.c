/* registry: what was done here, and whether the account of it was tampered with. */
#include "cli/command.h"

#include "base/vec.h"
#include "cli/operation_word.h"
#include "migrate/checkpoint.h"
#include "report/registry_report.h"
#include "report/report_model.h"

#include <string.h>

static enum status
list(struct command_context *context, struct session *session, int *exit_code, struct err *err)
{
    struct operation *operations;
    size_t n;
    (void)exit_code;
    TRY(operation_list(session->conn, &context->arena, &operations, &n, err));
    registry_list_print(&context->console, operations, n);
    return STATUS_OK;
}

static enum status
show(struct command_context *context, struct session *session, int *exit_code, struct err *err)
{
    struct operation operation;
    json_t *model;
    (void)exit_code;
    if (context->n_words < 2) {
        return err_raise(err, STATUS_USAGE, "'rollcall registry show' needs an operation, or 'last'");
    }
    TRY(operation_by_word(session, context->words[1], &operation, err));
    TRY(report_model_read(session, &operation, false, &model, err));
    json_t *records = json_array();
    enum status status = record_each(session->conn, operation.op, registry_record_take, records, err);
    if (status == STATUS_OK) {
        registry_operation_print(&context->console, model, records);
    }
    json_decref(records);
    json_decref(model);
    return status;
}

/* --expect SEQ:HASH, as a report names it. */
static enum status
expect_mark(struct command_context *context, struct record_marks *marks, struct err *err)
{
    const char *expect = context->options.expect;
    struct record_mark mark = {.noted = "--expect"};
    if (expect == NULL) {
        return STATUS_OK;
    }
    const char *colon = strchr(expect, ':');
    if (colon == NULL || !parse_i64((struct span){expect, (size_t)(colon - expect)}, &mark.seq) ||
        strlen(colon + 1) != SHA256_HEX_LEN) {
        return err_raise(err, STATUS_USAGE, "'--expect' wants a checkpoint as reports name it, NUMBER:HASH");
    }
    memcpy(mark.head, colon + 1, SHA256_HEX_LEN);
    vec_push(&context->arena, marks, mark);
    return STATUS_OK;
}

static enum status
verify(struct command_context *context, struct session *session, int *exit_code, struct err *err)
{
    struct record_verdict verdict;
    struct record_marks marks;
    TRY(checkpoint_marks(session, &marks, err));
    TRY(expect_mark(context, &marks, err));
    TRY(record_verify(session->conn, &marks, &verdict, err));
    registry_verdict_print(&context->console, &verdict);
    *exit_code = verdict.ok ? EXIT_DONE : EXIT_CORRUPT;
    return STATUS_OK;
}

static enum status export(struct command_context *context, struct session *session, int *exit_code,
                          struct err *err) {
    (void)exit_code; context->console.json = true;
    return record_each(session->conn, NULL, registry_record_print, &context->console, err);
}

enum status
cmd_registry(struct command_context *context, int *exit_code, struct err *err)
{
    static const struct {
        const char *name;
        enum status (*run)(struct command_context *context, struct session *session, int *exit_code,
                           struct err *err);
    } actions[] = {{"list", list}, {"show", show}, {"verify", verify}, {"export", export}};
    SESSION_SCOPED session = {0};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        if (!str_eq(context->words[0], actions[i].name)) {
            continue;
        }
        struct observer observer = console_observer(&context->console);
        TRY(session_open(&context->services[0], SESSION_READ, true, &observer, &context->arena, &session,
                         err));
        if (!session.has_registry) {
            return err_raise(err, STATUS_USAGE,
                             "there is no registry here: rollcall has not changed this database yet");
        }
        return actions[i].run(context, &session, exit_code, err);
    }
    (void)err_raise(err, STATUS_USAGE, "'rollcall registry' has no '%s'", context->words[0]);
    return err_hint(err, "list, show OP, verify or export");
}
