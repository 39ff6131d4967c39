/* What follows from a report's facts: verdict, scorecard, the eight lines, what is open, what was not looked
 * at. */
#ifndef REPORT_REPORT_FINDINGS_H
#define REPORT_REPORT_FINDINGS_H

#include <jansson.h>

/* Adds "verdict", "scorecard", "summary", "findings" and "limits" to a model that has the rest. */
void report_findings_put(json_t *model);

#endif
