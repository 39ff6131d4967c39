/* What the command `reconcile` prints. */
#ifndef REPORT_RECONCILE_REPORT_H
#define REPORT_RECONCILE_REPORT_H

#include "recon/baseline.h"
#include "recon/result.h"
#include "report/console.h"

enum reconcile_verdict {
    RECONCILE_OK,
    RECONCILE_FINDINGS,  /* something is wrong that was not before */
    RECONCILE_UNSETTLED, /* only late rows */
    RECONCILE_FAILED     /* a check did not run to its end */
};

struct reconcile_report {
    const struct result *results;
    size_t n;
    size_t n_services;
    const struct baseline *baseline; /* may be NULL */
    int64_t us;
    size_t rounds;             /* 1: nothing was read again */
    const struct err *failure; /* of what was to be done with the result; NULL: none */
};

enum reconcile_verdict reconcile_verdict(const struct reconcile_report *report);

void reconcile_print(const struct console *console, const struct reconcile_report *report);

/* For the registry: counts and names, no values. Arena. */
const char *reconcile_record_body(const struct reconcile_report *report, struct arena *arena);

#endif
