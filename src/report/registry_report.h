/* The registry's operations and records. */
#ifndef REPORT_REGISTRY_REPORT_H
#define REPORT_REGISTRY_REPORT_H

#include "journal/operation.h"
#include "journal/record.h"
#include "migrate/approval.h"
#include "report/console.h"

#include <jansson.h>

void registry_list_print(const struct console *console, const struct operation *operations, size_t n);
/* A taker for record_each: one line, or with --json one JSON line, a record; `context` is the console. */
void registry_record_print(void *context, const struct record *record);
/* A taker for record_each that appends to a JSON array, which is `context`. */
void registry_record_take(void *context, const struct record *record);
/* All there is of one operation: its model, and its records. */
void registry_operation_print(const struct console *console, const json_t *model, const json_t *records);
/* A checkpoint was signed; `signer` may be NULL: nobody has that key. */
void registry_checkpoint_print(const struct console *console, const char *file,
                               const struct record_mark *mark, const struct signer *signer);
void registry_verdict_print(const struct console *console, const struct record_verdict *verdict);

#endif
