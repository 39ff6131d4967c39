/* What the registry knows of one operation, as one JSON document: every rendering of a report is made from
 * it. The same records give the same bytes. */
#ifndef REPORT_REPORT_MODEL_H
#define REPORT_REPORT_MODEL_H

#include "migrate/session.h"

#include <jansson.h>

#define REPORT_FORMAT 1

/* A record as the report takes it: {"seq","at_us","op","kind","hash","body":{...}}. Owned by the caller. */
json_t *report_record_json(const struct record *record);

/* The model from an operation's row, its records, and what earlier operations say of the same migrations (an
 * array of such records; NULL for none). `is_intact`: the registry's chain holds up to the last of them.
 * Samples and keys only with `show_values`. Owned by the caller. */
json_t *report_model_of(const struct operation *operation, const json_t *records, const json_t *earlier,
                        bool is_intact, bool show_values);

/* Reads the records and makes the model. Owned by the caller. */
enum status report_model_read(struct session *session, const struct operation *operation, bool show_values,
                              json_t **out, struct err *err) MUST_USE;

#endif
