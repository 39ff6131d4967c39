/* Differences of schemas and texts, for people and as JSON. */
#ifndef REPORT_DIFF_REPORT_H
#define REPORT_DIFF_REPORT_H

#include "report/console.h"
#include "schema/object.h"

#include <jansson.h>

/* "+ column public.t.c", with the two texts line by line where an object changed. */
void diff_report_print(FILE *out, bool color, const struct catalog_diff *diff);
/* [{"kind","name","change":"added|removed|changed"}] */
json_t *diff_report_json(const struct catalog_diff *diff);
/* A line diff of two texts: longest common subsequence of lines (Hunt, Szymanski 1977), unchanged lines left
 * out but for one round each change. */
void text_diff_print(FILE *out, bool color, const char *before, const char *after);
const char *change_kind_word(enum change_kind kind);

#endif
