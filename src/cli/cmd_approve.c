/* approve: sign a plan, or see whether it is signed. */
#include "cli/command.h"

#include "base/clock.h"
#include "base/io.h"
#include "cli/secret_key.h"
#include "cli/signoff.h"
#include "report/approval_report.h"

#define DEFAULT_EXPIRY_MS (UINT64_C(7) * 24 * 3600 * 1000)

static enum status
read_key(const struct command_context *context, struct sign_secret *out, struct err *err)
{
    if (context->options.key == NULL) {
        (void)err_raise(err, STATUS_USAGE, "'rollcall approve' needs your secret key");
        return err_hint(err, "give it with --key FILE; 'rollcall keygen' makes one");
    }
    return secret_key_read(context->options.key, out, err);
}

/* The one given, or the signer's only one. */
static enum status
choose_role(const struct command_context *context, const struct signer *signer, const char **out,
            struct err *err)
{
    const char *role = context->options.role;
    *out = "";
    if (role == NULL) {
        bool is_single = signer != NULL && approval_word_is_plain(signer->roles);
        *out = is_single ? signer->roles : "";
        return STATUS_OK;
    }
    if (!approval_word_is_plain(role)) {
        return err_raise(err, STATUS_USAGE,
                         "'%s' cannot be a role: letters, digits, '_', '-', '.' and '@' can", role);
    }
    if (signer != NULL && !signer_has_role(signer, role)) {
        (void)err_raise(err, STATUS_POLICY, "%s does not have the role '%s'", signer->name, role);
        return err_hint(err, "roles stand in the section [signer \"%s\"]", signer->name);
    }
    *out = role;
    return STATUS_OK;
}

static enum status
read_expiry(const struct command_context *context, uint64_t *out_ms, struct err *err)
{
    const char *text = context->options.expires;
    *out_ms = DEFAULT_EXPIRY_MS;
    if (text != NULL && (!parse_duration(span_of(text), out_ms) || *out_ms > (uint64_t)INT64_MAX / 2000)) {
        return err_raise(err, STATUS_USAGE, "'--expires' wants a time such as 8h or 2d, not '%s'", text);
    }
    return STATUS_OK;
}

static enum status
sign(struct command_context *context, const struct signoff *signoff, struct err *err)
{
    SIGN_SECRET_SCOPED secret = {0};
    struct sign_public public;
    struct approval made = {.role = ""};
    uint64_t expiry_ms;
    TRY(read_expiry(context, &expiry_ms, err));
    TRY(read_key(context, &secret, err));
    sign_public_of(&secret, &public);
    sign_id_hex(public.id, made.key);
    const struct signer *signer = signer_of_key(&context->project.signers, &public);
    TRY(choose_role(context, signer, &made.role, err));
    made.signed_us = clock_now_us();
    made.expires_us = made.signed_us + (int64_t)expiry_ms * 1000;
    made.signer = signer == NULL ? NULL : signer->name;
    made.file =
        approval_path(signoff->subject.file, signer == NULL ? made.key : signer->name, &context->arena);
    const char *comment =
        approval_comment(&signoff->subject, made.role, made.signed_us, made.expires_us, &context->arena);
    char *text = sign_message(&secret, signoff->subject.document, comment, &context->arena);
    TRY(io_write_file(made.file, span_of(text), 0644, err));
    if (signer == NULL) {
        console_warn(&context->console, "no [signer] in %s has this key: the signature will not count",
                     context->project.file == NULL ? "the configuration" : context->project.file);
    } else if (str_eq(signer->name, signoff->subject.author)) {
        console_warn(&context->console, "%s is the plan's author: the signature will not count",
                     signer->name);
    }
    approval_made_print(&context->console, &signoff->subject, &signoff->plan, &made);
    return STATUS_OK;
}

static enum status
verify(struct command_context *context, const struct signoff *signoff, int *exit_code, struct err *err)
{
    struct approval_list approvals;
    TRY(approvals_read(&signoff->subject, &context->project.signers, &context->project.policy,
                       &context->arena, &approvals, err));
    const char *missing = approvals_missing(&context->project.policy, &approvals, 1, &context->arena);
    approval_report_print(&context->console, &signoff->subject, &approvals, missing);
    *exit_code = missing == NULL ? EXIT_DONE : EXIT_POLICY;
    return STATUS_OK;
}

enum status
cmd_approve(struct command_context *context, int *exit_code, struct err *err)
{
    SIGNOFF_SCOPED signoff = {0};
    TRY(signoff_read(context->words[0], &context->arena, &signoff, err));
    return context->options.verify ? verify(context, &signoff, exit_code, err) : sign(context, &signoff, err);
}
