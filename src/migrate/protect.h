/* Saves what a script is about to change in the rows, so that the change can be undone row by row: logs of
 * what its statements change, and the tables or columns that they take away.
 *
 * A script in one transaction: the files are written while it runs and stand, verified, before the commit
 * that also lists them in the registry. A crash before leaves files that no list names, for gc. A script
 * whose statements stand on their own: each file stands, verified and listed, before the statement that makes
 * it needed; a crash in between leaves a save too many, which the next try at that statement replaces. */
#ifndef MIGRATE_PROTECT_H
#define MIGRATE_PROTECT_H

#include "journal/saved.h"
#include "migrate/plan.h"
#include "migrate/snapshot_core.h"

/* A table whose changes are being logged. */
struct capturing {
    struct table table;
    const char *log; /* "{r}" name of the log, expanded */
    struct saved saved;
    bool is_open;
};

struct protect {
    struct session *session;
    const struct step *step;
    struct arena *arena;
    bool is_journaled;
    bool is_on; /* the script may change rows */
    struct snapshot_set set;
    bool has_set;
    size_t statement; /* number of the one that runs */
    size_t piece;
    int64_t last_n;
    struct saved_list saves;
    struct {
        struct capturing *items;
        size_t n;
        size_t cap;
    } captures;
    struct name_list extra;   /* tables that an earlier try changed unforeseen: saved whole at once */
    struct name_list created; /* by the script, so far, as written */
    struct {
        struct table *items; /* tables with a foreign key whose action changes their rows */
        size_t n;
        size_t cap;
    } children;
    bool knows_children; /* until a statement changes the schema */
};

/* Does nothing more when the effects say that no row is touched. */
enum status protect_begin(struct protect *protect, struct session *session, const struct step *step,
                          bool is_journaled, struct arena *arena, struct err *err) MUST_USE;
/* Before and after the statements [from, until) of the script's pieces; `number`, from 1, is the first one's.
 * Where schema changes commit, both are called outside of any transaction. */
enum status
protect_before(struct protect *protect, size_t from, size_t until, size_t number, struct err *err) MUST_USE;
enum status protect_after(struct protect *protect, struct err *err) MUST_USE;
/* Behind the last statement: logs no more. CONFLICT when tables were changed that nobody had foreseen: they
 * are in `extra` then, and the script, rolled back, can be run again. */
enum status protect_end_script(struct protect *protect, struct err *err) MUST_USE;
/* Then, within the transaction that enters the step where there is one: completes the files and lists them.
 */
enum status protect_complete(struct protect *protect, struct err *err) MUST_USE;
/* The script failed and was rolled back: takes away hooks and files that are not listed. */
void protect_abandon(struct protect *protect);

/* What was saved, for people: the session's arena. */
struct saved_summary {
    const char *table;
    const char *kind; /* "changes", "columns", "table" */
    uint64_t rows;
    uint64_t bytes;
};

struct saved_summaries {
    struct saved_summary *items;
    size_t n;
    size_t cap;
};

void protect_summarise(const struct protect *protect, struct arena *arena, struct saved_summaries *out);

#endif
