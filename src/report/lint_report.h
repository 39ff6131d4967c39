/* What lint found, for people and for programs; and the table of its rules. */
#ifndef REPORT_LINT_REPORT_H
#define REPORT_LINT_REPORT_H

#include "report/console.h"
#include "script/lint.h"

#include <jansson.h>

/* {"file","line","rule","severity","message"}; `file` as it is to be shown. Owned by the caller. */
json_t *finding_json(const struct finding *finding, const char *file);

/* One service's result. */
struct lint_line {
    const char *service; /* "" when there is only one */
    const struct migrations *migrations;
    const struct lint_result *result;
};

/* Grouped by file, notes with --verbose only; then the reversal classes that are not plainly reversible, all
 * of them with --verbose. The count goes to stderr. */
void lint_report_print(const struct console *console, const struct lint_line *lines, size_t n);

/* Every rule: by scope, or as JSON. `driver` NULL: those of all engines. */
void lint_rules_print(const struct console *console, const struct driver *driver);
/* The same as the table of the manual, in Markdown. */
void lint_rules_markdown(const struct console *console);

#endif
