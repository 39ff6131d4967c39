/* How the history of each service is shown. */
#ifndef REPORT_STATUS_REPORT_H
#define REPORT_STATUS_REPORT_H

#include "migrate/drift.h"
#include "migrate/session.h"
#include "report/console.h"

struct status_line {
    const struct session *session;
    const struct drift *drift;
    const struct operation *interrupted; /* NULL: none */
    bool is_frozen;
    const char *frozen; /* for people: "since ..., REASON"; NULL when it is not */
};

void status_report_print(const struct console *console, const struct status_line *lines, size_t n);
/* The layout that was recognised, and how each file was understood. */
void layout_report_print(const struct console *console, const struct migrations *migrations);
void drift_report_print(const struct console *console, const struct status_line *lines, size_t n);

#endif
