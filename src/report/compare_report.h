/* What the command `compare` prints. */
#ifndef REPORT_COMPARE_REPORT_H
#define REPORT_COMPARE_REPORT_H

#include "recon/compare.h"
#include "report/console.h"

/* Keys are named; other values, and rows of tables without a key, only with `values`. */
void compare_report_print(const struct console *console, const struct compare_result *result, bool values);

#endif
