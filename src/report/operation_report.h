/* What a plan would do, and what an operation did. */
#ifndef REPORT_OPERATION_REPORT_H
#define REPORT_OPERATION_REPORT_H

#include "migrate/operate.h"
#include "report/console.h"

void operation_report_print(const struct console *console, const struct session *session,
                            const struct operation_result *result);

/* The plan with every statement. Reads the scripts one by one. With `document` not NULL the JSON goes there,
 * too. */
enum status plan_report_print(const struct console *console, const struct session *session, struct plan *plan,
                              struct buf *document, struct err *err) MUST_USE;
/* The digest in the JSON document of a rollback plan (arena); NULL when it is none. */
const char *plan_report_digest(struct span document, struct arena *arena);

/* The SQL alone, as it would be sent. */
enum status plan_sql_print(const struct console *console, const struct session *session, struct plan *plan,
                           struct err *err) MUST_USE;

#endif
