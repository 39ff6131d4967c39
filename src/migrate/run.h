/* Runs one script's text, statement by statement: in one transaction wherever that is possible. */
#ifndef MIGRATE_RUN_H
#define MIGRATE_RUN_H

#include "driver/conn.h"

#include <stdbool.h>
#include <stddef.h>

/* One part's text, cut into pieces, and where it stands for messages. Borrows everything. */
struct script {
    const struct pieces *pieces;
    const char *file;  /* as people are told it: "0007_split.up.sql" */
    size_t first_line; /* line of the text's first byte in `file`, from 1 */
    bool transaction;  /* false: the format or a directive switched the transaction off */
};

enum run_mode {
    RUN_ONE_TRANSACTION, /* we begin and commit round the whole script */
    RUN_OWN_TRANSACTION, /* the script brings its own BEGIN ... COMMIT: atomicity is its business */
    RUN_EACH_STATEMENT   /* every statement commits on its own */
};

/* How a script is going to be run. */
struct run_plan {
    enum run_mode mode;
    size_t n_leading;   /* pieces that run before BEGIN: leading session statements and what stands between */
    size_t last_commit; /* RUN_OWN_TRANSACTION: index + 1 of the COMMIT when it ends the script; else 0 */
    bool is_whole;      /* one transaction, ours or its own, holds all of it but leading session statements */
    const char *why;    /* why not one transaction, static; "" for RUN_ONE_TRANSACTION */
    size_t why_line;    /* line in the file that decided it; 0: none did */
};

/* Decides without touching a database. USAGE with file, line and column when the script holds what cannot be
 * run: lines for a client program, COPY without rows, a COMMIT of a transaction it did not begin, a BEGIN
 * without an end. */
enum status script_plan(const struct driver *driver, const struct script *script, struct run_plan *out,
                        struct err *err) MUST_USE;

/* The statement a hook is told about. */
struct run_step {
    const struct script *script;
    const struct piece *piece;
    struct span sql;
    size_t number;       /* from 1, among the statements */
    bool in_transaction; /* a failure takes it back */
};

/* What the caller does around the statements, on the same connection; each may be NULL. An error ends the
 * run. */
struct run_hooks {
    void *context;
    /* True: the statement stands already, from an earlier run; it is passed over. */
    bool (*skip)(void *context, const struct run_step *step);
    enum status (*before)(void *context, const struct run_step *step, struct err *err);
    enum status (*after)(void *context, const struct run_step *step, int64_t affected, struct err *err);
    /* In our own session again, inside the transaction, right before the COMMIT that ends the script, be it
     * ours or its own: what is written here stands exactly when the script does. Not called in
     * RUN_EACH_STATEMENT, nor when the script goes on after its last COMMIT. */
    enum status (*committing)(void *context, struct err *err);
};

struct run_result {
    size_t done;    /* statements that succeeded, whether or not they stand */
    size_t failed;  /* number of the statement that failed; 0: none did */
    size_t line;    /* its line in the file */
    bool recorded;  /* `committing` was called and its transaction was committed */
    bool met_lock;  /* it failed on a lock: what is left of it may be tried again */
    bool partial;   /* the script failed and something of it stands */
    bool committed; /* the whole script stands */
};

/* Runs what `plan` says, within the script session of the connection. A failure takes back what can be taken
 * back; the error names file, line and column of the statement, and is PARTIAL when something stands.
 * UNKNOWN: the answer to the COMMIT was lost. `hooks` may be NULL. */
enum status script_run(struct conn *conn, const struct script *script, const struct run_plan *plan,
                       const struct run_hooks *hooks, struct run_result *out, struct err *err) MUST_USE;

/* "statement 3 of 0007_split.up.sql": where a failed run stopped; NULL when nothing stands. Arena. */
char *run_result_partial(const struct run_result *result, const struct script *script, struct arena *arena);

#endif
