/* The operation a word on the command line names: its id, the beginning of it, or "last". */
#ifndef CLI_OPERATION_WORD_H
#define CLI_OPERATION_WORD_H

#include "migrate/session.h"

/* USAGE when there is none, or when the beginning fits several. */
enum status
operation_by_word(struct session *session, const char *word, struct operation *out, struct err *err) MUST_USE;

#endif
