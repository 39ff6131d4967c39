/* A post-mortem to be edited: what is on record filled in, questions for the rest. */
#ifndef REPORT_POSTMORTEM_H
#define REPORT_POSTMORTEM_H

#include "base/buf.h"

#include <jansson.h>

/* Markdown, from a report's model. */
void postmortem_write(const json_t *model, struct buf *out);

#endif
