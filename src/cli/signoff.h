/* A plan file and what it is signed with; shared by those who sign it and those who act on it. */
#ifndef CLI_SIGNOFF_H
#define CLI_SIGNOFF_H

#include "base/buf.h"
#include "cli/command.h"
#include "migrate/approval.h"
#include "report/plan_file.h"

struct signoff {
    struct buf document;
    struct plan_file plan;
    struct approval_subject subject;
    struct approval_list approvals; /* once demanded */
};
void signoff_release(struct signoff *signoff);
#define SIGNOFF_SCOPED CLEANUP(signoff_release) struct signoff

enum status
signoff_read(const char *file, struct arena *arena, struct signoff *out, struct err *err) MUST_USE;

/* Reads the signatures and holds them against the policy: POLICY says what is missing. */
enum status
signoff_demand(struct command_context *context, struct signoff *signoff, struct err *err) MUST_USE;

#endif
