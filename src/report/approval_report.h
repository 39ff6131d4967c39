/* What a plan is signed with, and what it lacks. */
#ifndef REPORT_APPROVAL_REPORT_H
#define REPORT_APPROVAL_REPORT_H

#include "migrate/approval.h"
#include "report/console.h"
#include "report/plan_file.h"

/* `missing`: in words, NULL for nothing. */
void approval_report_print(const struct console *console, const struct approval_subject *subject,
                           const struct approval_list *approvals, const char *missing);
/* One signature was made: over what, as whom. */
void approval_made_print(const struct console *console, const struct approval_subject *subject,
                         const struct plan_file *plan, const struct approval *made);

/* A pair of keys was made. */
void keygen_report_print(const struct console *console, const char *secret_file, const char *public_file,
                         const char *public_text);

#endif
