/* What the makers of a report's model share. */
#ifndef REPORT_REPORT_CORE_H
#define REPORT_REPORT_CORE_H

#include "journal/operation.h"

#include <jansson.h>

/* What the sections are made from. */
struct sources {
    const struct operation *operation;
    const json_t *records;
    const json_t *earlier;
    bool is_intact;
    bool show_values;
};

bool record_is(const json_t *record, const char *kind);
const json_t *record_body_of(const json_t *record);
/* The body of the last record of that kind; NULL for none. */
const json_t *sources_last(const struct sources *sources, const char *kind);
/* When that record was written; 0 for none. */
int64_t sources_at(const struct sources *sources, const char *kind);

void copy_text(json_t *to, const char *key, const json_t *from);
void copy_number(json_t *to, const char *key, const json_t *from);

/* Which operation it is, how it ended, how long it took. */
void report_put_head(json_t *model, const struct sources *sources);
void report_put_timeline(json_t *model, const struct sources *sources);

#endif
