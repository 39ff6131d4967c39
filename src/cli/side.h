/* One side of a comparison as the command line names it: a URL, a service of the project, or a snapshot. */
#ifndef CLI_SIDE_H
#define CLI_SIDE_H

#include "cli/command.h"
#include "driver/conn.h"
#include "recon/compare.h"

/* What a side holds open; all zero: nothing. */
struct side_handle {
    struct conn *conn;
    struct snapshot_reader **readers;
    size_t n_readers;
};

void side_close(struct side_handle *handle);
#define SIDE_SCOPED CLEANUP(side_close) struct side_handle

/* Opens what `word` names. Whatever comes of it, the handle has to be closed. */
enum status side_open(struct command_context *context, const char *word, struct side_handle *opened,
                      struct compare_end *out, struct err *err) MUST_USE;

/* "A, B": what --tables and its like take; NULL gives none. */
struct compare_names side_names(const char *list, struct arena *arena);

#endif
