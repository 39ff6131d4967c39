/* What a run set out to do and how far it came: one row an operation, one a statement that runs outside a
 * transaction. */
#ifndef JOURNAL_OPERATION_H
#define JOURNAL_OPERATION_H

#include "driver/conn.h"

#include <stdint.h>

/* Strings: arena. */
struct operation {
    const char *op;
    const char *kind; /* "up", "rollback", "adopt" */
    int64_t epoch;
    const char *actor;
    const char *plan; /* one line a step: "up 0007_split_name" */
    int64_t started_us;
    int64_t finished_us; /* 0: not finished */
    const char *outcome; /* "", "done", "unchanged", "interrupted", ... */
};

enum status operation_begin(struct conn *conn, const struct operation *operation, struct err *err) MUST_USE;
enum status
operation_finish(struct conn *conn, const char *op, const char *outcome, struct err *err) MUST_USE;
/* The newest one without an outcome; `*found` false when all have one. */
enum status operation_unfinished(struct conn *conn, struct arena *arena, struct operation *out, bool *found,
                                 struct err *err) MUST_USE;

enum statement_state {
    STATEMENT_INTENT, /* about to run: after a crash it may or may not have happened */
    STATEMENT_DONE,
    STATEMENT_FAILED /* the server refused it */
};

struct statement {
    int64_t n; /* 0-based among the script's statements */
    enum statement_state state;
    const char *sha256;
    const char *before_hash; /* schema fingerprint at the intent */
};

struct statement_list {
    struct statement *items; /* by n */
    size_t n;
    size_t cap;
};

/* Which script of which operation the statements belong to. */
struct statement_scope {
    const char *op;
    const char *migration;
    const char *direction; /* "up", "down" */
};

/* Writes where the statement stands; replaces what an earlier attempt wrote. */
enum status statement_put(struct conn *conn, const struct statement_scope *scope,
                          const struct statement *statement, struct err *err) MUST_USE;
enum status statement_settle(struct conn *conn, const struct statement_scope *scope, int64_t n,
                             enum statement_state state, int64_t affected, struct err *err) MUST_USE;
/* Every statement of that migration's script in that direction that was begun. */
enum status statement_journal(struct conn *conn, const char *migration, const char *direction,
                              struct arena *arena, struct statement_list *out, struct err *err) MUST_USE;
/* Forgets the statements of a migration once its whole script is done. */
enum status statement_forget(struct conn *conn, const char *migration, struct err *err) MUST_USE;

/* Operations, newest first. */
enum status operation_list(struct conn *conn, struct arena *arena, struct operation **out, size_t *n,
                           struct err *err) MUST_USE;

#endif
