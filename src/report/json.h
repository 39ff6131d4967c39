/* The JSON that others rely on: keys as in the manual; strict UTF-8, numbers up to 2^53. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "migrate/observer.h"

#include <jansson.h>
#include <stdio.h>

/* A string value from any bytes: what is not UTF-8 becomes U+FFFD. NULL gives null. Owned by the caller. */
json_t *json_text(const char *text);
json_t *json_time(int64_t us); /* RFC 3339; 0 gives null */
/* Sets `key`, taking `value` over. */
void json_put(json_t *object, const char *key, json_t *value);

/* Prints one document and a line feed; frees it. */
void json_print(FILE *out, json_t *document);
/* Prints it on one line; frees it. */
void json_print_line(FILE *out, json_t *document);
/* The same into a buffer; borrows it. */
void json_append(struct buf *out, const json_t *document);
/* On one line. */
void json_append_line(struct buf *out, const json_t *document);
void json_print_error(FILE *out, const struct err *err);
/* One line. */
void json_print_event(FILE *out, const struct event *event);

#endif
