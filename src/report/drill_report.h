/* A drill for people and for programs. */
#ifndef REPORT_DRILL_REPORT_H
#define REPORT_DRILL_REPORT_H

#include "migrate/drill.h"
#include "report/console.h"

#include <jansson.h>

struct drill_report_options {
    bool verbose; /* every step and all of its residue, not only what is wrong */
    bool color;
};

/* Shows which script is running: one line that goes away. */
struct observer drill_observer(struct console *console);

/* A table of what is not exact, and the sums; everything that came from a file or a server is escaped. */
void drill_report_text(const struct drill_result *result, const struct drill_report_options *options,
                       struct buf *out);

/* The document of `drill --json`; the caller owns it. */
json_t *drill_report_json(const struct drill_result *result);

#endif
