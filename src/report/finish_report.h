/* What `finish` prints. */
#ifndef REPORT_FINISH_REPORT_H
#define REPORT_FINISH_REPORT_H

#include "migrate/finish.h"
#include "report/console.h"

void finish_report_print(const struct console *console, const struct session *session,
                         const struct finish_result *result, bool dry_run);

#endif
