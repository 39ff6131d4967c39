/* What was found about foreign keys. */
#ifndef REPORT_FK_REPORT_H
#define REPORT_FK_REPORT_H

#include "recon/fk.h"
#include "report/console.h"

struct fk_results {
    struct fk_result *items;
    size_t n;
    size_t cap;
};

int64_t fk_orphans(const struct fk_results *results);
void fk_report_print(const struct console *console, const struct fk_results *results);

#endif
