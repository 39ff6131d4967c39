/* Reading JSON that somebody else wrote, tolerantly: what is missing or of another type is simply not known.
 */
#ifndef REPORT_FACT_H
#define REPORT_FACT_H

#include "base/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* NULL when it is no string, or empty. */
const char *fact_text(const json_t *object, const char *key);
/* A number, or text that is one; false leaves `out` alone. */
bool fact_number(const json_t *object, const char *key, int64_t *out);
int64_t fact_count(const json_t *object, const char *key); /* 0 when not known */

enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };
/* true, "true", "yes", 1 and their opposites. */
enum answer fact_answer(const json_t *object, const char *key);
const char *answer_word(enum answer answer); /* "yes", "no", "not recorded" */

/* The object or array at a path such as "timeline.phases"; NULL when it is not there. */
json_t *fact_at(const json_t *object, const char *path);

/* "12,345" with a thin grouping that copies as digits; "not recorded" when not known. Arena. */
const char *fact_number_text(const json_t *object, const char *key, struct arena *arena);
const char *count_text(int64_t n, struct arena *arena);

#endif
