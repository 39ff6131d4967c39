/* What another tool's history table says about each migration. */
#ifndef REPORT_ADOPT_REPORT_H
#define REPORT_ADOPT_REPORT_H

#include "migrate/adopt.h"
#include "migrate/operate.h"
#include "report/console.h"

/* `result` NULL: nothing was entered (dry run). */
void adopt_report_print(const struct console *console, const struct session *session,
                        const struct adoption *adoption, const struct operation_result *result);
/* The findings, on stderr. */
void adopt_findings_print(const struct console *console, const struct adoption *adoption);

#endif
