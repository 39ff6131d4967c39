/* Comparisons in which a side is a digest's file. */
#ifndef CLI_DIGEST_SIDES_H
#define CLI_DIGEST_SIDES_H

#include "cli/side.h"
#include "recon/digest.h"

/* The digest of what is open, in a read transaction of its own, which stays open. */
enum status digest_side_take(const struct compare_end *end, const struct digest_options *options,
                             struct arena *arena, struct digest *out, struct err *err) MUST_USE;

/* Whether a word of the command line names such a file. */
bool digest_side_is(const char *word);

/* Compares two sides of which one or both are files; the other one is read like the file. */
enum status digest_sides_compare(struct command_context *context, struct side_handle handles[2],
                                 struct compare_result *out, struct err *err) MUST_USE;

#endif
