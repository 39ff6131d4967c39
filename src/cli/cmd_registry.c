/* registry: what was done here, and whether the account of it was tampered with. */
#include "cli/command.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/vec.h"
#include "cli/operation_word.h"
#include "cli/secret_key.h"
#include "migrate/checkpoint.h"
#include "report/registry_report.h"
#include "report/report_model.h"

#include <string.h>

#define CHECKPOINT_MAX ((size_t)64 << 10)

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

/* A file that `registry checkpoint` wrote, with the signature beside it. */
static enum status
expect_file(struct command_context *context, struct session *session, const char *file,
            struct record_mark *out, struct err *err)
{
    BUF_SCOPED text = BUF_INIT(CHECKPOINT_MAX);
    BUF_SCOPED signature = BUF_INIT(CHECKPOINT_MAX);
    TRY(io_read_file(file, &text, err));
    TRY(io_read_file(arena_printf(&context->arena, "%s.minisig", file), &signature, err));
    return checkpoint_open(session, &context->project.signers, file, buf_view(&text), buf_view(&signature),
                           out, err);
}

/* --expect: SEQ:HASH, as a report names it, or a signed checkpoint's file. */
static enum status
expect_mark(struct command_context *context, struct session *session, struct record_marks *marks,
            struct err *err)
{
    const char *expect = context->options.expect;
    struct record_mark mark = {.noted = "--expect"};
    if (expect == NULL) {
        return STATUS_OK;
    }
    const char *colon = strchr(expect, ':');
    bool is_short = colon != NULL && strlen(colon + 1) == SHA256_HEX_LEN &&
                    parse_i64((struct span){expect, (size_t)(colon - expect)}, &mark.seq);
    if (is_short) {
        memcpy(mark.head, colon + 1, SHA256_HEX_LEN);
    } else if (io_exists(expect)) {
        TRY(expect_file(context, session, expect, &mark, err));
    } else {
        return err_raise(
            err, STATUS_USAGE,
            "'--expect' wants a checkpoint as reports name it, NUMBER:HASH, or a signed one's file");
    }
    vec_push(&context->arena, marks, mark);
    return STATUS_OK;
}

static enum status
verify(struct command_context *context, struct session *session, int *exit_code, struct err *err)
{
    struct record_verdict verdict;
    struct record_marks marks;
    TRY(checkpoint_marks(session, &marks, err));
    TRY(checkpoint_marks_signed(session, &context->project.signers, &marks, err));
    TRY(expect_mark(context, session, &marks, err));
    TRY(record_verify(session->conn, &marks, &verdict, err));
    registry_verdict_print(&context->console, &verdict);
    *exit_code = verdict.ok ? EXIT_DONE : EXIT_CORRUPT;
    return STATUS_OK;
}

/* Only a chain that holds is signed. */
static enum status
refuse_broken(struct session *session, const struct signer_list *signers, struct err *err)
{
    struct record_verdict verdict;
    struct record_marks marks;
    TRY(checkpoint_marks(session, &marks, err));
    TRY(checkpoint_marks_signed(session, signers, &marks, err));
    TRY(record_verify(session->conn, &marks, &verdict, err));
    if (!verdict.ok || verdict.n == 0) {
        (void)err_raise(err, STATUS_CORRUPT,
                        verdict.n == 0 ? "there are no records to sign"
                                       : "the chain does not hold, and is not signed");
        return err_hint(err, "'rollcall registry verify' says where");
    }
    return STATUS_OK;
}

static enum status
store_signed(struct session *session, const char *text, const char *signature, struct err *err)
{
    TRY(conn_begin(session->conn, TXN_WRITE, err));
    enum status status = checkpoint_store(session, text, signature, err);
    status = status == STATUS_OK ? conn_commit(session->conn, err) : status;
    if (status != STATUS_OK) {
        conn_rollback(session->conn);
    }
    return status;
}

static enum status
choose_file(struct command_context *context, const struct record_mark *end, const char **out, struct err *err)
{
    *out = context->options.out;
    if (*out != NULL) {
        return STATUS_OK;
    }
    const char *store = context->services[0].store;
    *out = arena_printf(&context->arena, "%s/checkpoint-%lld", store, (long long)end->seq);
    return io_make_dirs(store, 0700, err);
}

static enum status
checkpoint(struct command_context *context, struct session *session, int *exit_code, struct err *err)
{
    SIGN_SECRET_SCOPED secret = {0};
    struct sign_public public;
    struct record_mark end;
    char genesis[SHA256_HEX_LEN + 1];
    struct arena *arena = &context->arena;
    const char *file;
    (void)exit_code;
    if (context->options.key == NULL) {
        (void)err_raise(err, STATUS_USAGE, "'rollcall registry checkpoint' needs your secret key");
        return err_hint(err, "give it with --key FILE; 'rollcall keygen' makes one");
    }
    TRY(secret_key_read(context->options.key, &secret, err));
    TRY(refuse_broken(session, &context->project.signers, err));
    TRY(record_end(session->conn, &end, genesis, err));
    const char *text = checkpoint_text(session->conn, &end, clock_now_us(), arena);
    const char *comment =
        arena_printf(arena, "rollcall action=checkpoint records=%lld head=%s", (long long)end.seq, end.head);
    const char *signature = sign_message(&secret, span_of(text), comment, arena);
    TRY(choose_file(context, &end, &file, err));
    TRY(io_write_file(file, span_of(text), 0644, err));
    TRY(io_write_file(arena_printf(arena, "%s.minisig", file), span_of(signature), 0644, err));
    sign_public_of(&secret, &public);
    const struct signer *signer = signer_of_key(&context->project.signers, &public);
    if (signer != NULL) { /* what nobody trusts must not take the place of what somebody does */
        TRY(store_signed(session, text, signature, err));
    }
    registry_checkpoint_print(&context->console, file, &end, signer);
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
        enum session_mode mode;
    } actions[] = {
        {"list", list, SESSION_READ},
        {"show", show, SESSION_READ},
        {"verify", verify, SESSION_READ},
        {"export", export, SESSION_READ},
        {"checkpoint", checkpoint, SESSION_WRITE},
    };
    SESSION_SCOPED session = {0};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        if (!str_eq(context->words[0], actions[i].name)) {
            continue;
        }
        struct observer observer = console_observer(&context->console);
        TRY(session_open(&context->services[0], actions[i].mode, true, &observer, &context->arena, &session,
                         err));
        if (!session.has_registry) {
            return err_raise(err, STATUS_USAGE,
                             "there is no registry here: rollcall has not changed this database yet");
        }
        return actions[i].run(context, &session, exit_code, err);
    }
    (void)err_raise(err, STATUS_USAGE, "'rollcall registry' has no '%s'", context->words[0]);
    return err_hint(err, "list, show OP, verify, export or checkpoint");
}
