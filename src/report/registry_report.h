/* The registry's operations and records. */
#ifndef REPORT_REGISTRY_REPORT_H
#define REPORT_REGISTRY_REPORT_H

#include "journal/operation.h"
#include "journal/record.h"
#include "report/console.h"

void registry_list_print(const struct console *console, const struct operation *operations, size_t n);
/* A taker for record_each: one line, or with --json one JSON line, a record; `context` is the console. */
void registry_record_print(void *context, const struct record *record);
void registry_verdict_print(const struct console *console, const struct record_verdict *verdict);

#endif
