/* What a plan would do, and what an operation did. */
#ifndef REPORT_OPERATION_REPORT_H
#define REPORT_OPERATION_REPORT_H

#include "migrate/operate.h"
#include "report/console.h"
#include "report/plan_file.h"

void operation_report_print(const struct console *console, const struct session *session,
                            const struct operation_result *result);

/* The plan with every statement. Reads the scripts one by one. */
enum status plan_report_print(const struct console *console, const struct session *session,
                              const struct plan *plan, struct err *err) MUST_USE;
/* As a document; the same plan at the same place gives the same bytes. `origin` may be NULL. */
enum status plan_report_document(const struct session *session, const struct plan *plan,
                                 const struct plan_origin *origin, struct buf *out, struct err *err) MUST_USE;

/* The SQL alone, as it would be sent. */
enum status plan_sql_print(const struct console *console, const struct session *session, struct plan *plan,
                           struct err *err) MUST_USE;

#endif
