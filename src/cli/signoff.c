#include "cli/signoff.h"

#include "base/io.h"

void
signoff_release(struct signoff *signoff)
{
    buf_release(&signoff->document);
}

enum status
signoff_read(const char *file, struct arena *arena, struct signoff *out, struct err *err)
{
    *out = (struct signoff){.document = BUF_INIT(BUF_TEXT_MAX)};
    TRY(io_read_file(file, &out->document, err));
    if (plan_file_parse(buf_view(&out->document), arena, &out->plan, err) != STATUS_OK) {
        return err_wrap(err, "%s", file);
    }
    out->subject = (struct approval_subject){
        .file = file,
        .document = buf_view(&out->document),
        .digest = out->plan.digest,
        .action = out->plan.direction == DIRECTION_DOWN ? "rollback" : "up",
        .author = out->plan.origin.author,
    };
    return STATUS_OK;
}

enum status
signoff_demand(struct command_context *context, struct signoff *signoff, struct err *err)
{
    const struct policy *policy = &context->project.policy;
    TRY(approvals_read(&signoff->subject, &context->project.signers, policy, &context->arena,
                       &signoff->approvals, err));
    const char *missing = approvals_missing(policy, &signoff->approvals, 0, &context->arena);
    if (missing == NULL) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_POLICY, "%s is not approved: missing %s", signoff->subject.file, missing);
    return err_hint(err, "'rollcall approve %s --key FILE' signs it", signoff->subject.file);
}
