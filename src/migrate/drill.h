/* Proves on scratch databases what each down script really restores. */
#ifndef MIGRATE_DRILL_H
#define MIGRATE_DRILL_H

#include "driver/conn.h"
#include "migrate/observer.h"
#include "migrate/rowdigest.h"
#include "script/migration.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drill_options {
    const char *url;  /* where the scratch databases are made: any database of the server */
    const char *from; /* versions or ids, both included; NULL: from the first, to the last */
    const char *to;
    bool range;           /* all of from..to as one step */
    bool walk;            /* also all downs from the newest schema */
    bool data;            /* made-up rows before each up */
    const char *rows_dir; /* DIR/before.sql first, DIR/VERSION*.sql after that version; NULL: none */
    uint64_t seed;        /* of the made-up rows */
    uint32_t connect_timeout_ms;
    uint32_t lock_timeout_ms;
    const struct observer *observer; /* may be NULL */
};

enum drill_verdict {
    DRILL_EXACT,
    DRILL_TEXT,         /* only stored text or generated names differ */
    DRILL_COLUMN_ORDER, /* the same columns in another order */
    DRILL_DIFFERENT,
    DRILL_FAILS,   /* the down does not run */
    DRILL_EMPTY,   /* the down holds no statement, and the up changed something */
    DRILL_MISSING, /* there is no down */
    DRILL_UP_FAILS,
    DRILL_VERDICT_COUNT
};

enum drill_rows { DRILL_ROWS_NOT_CHECKED, DRILL_ROWS_SAME, DRILL_ROWS_DIFFERENT };
enum drill_reup { DRILL_REUP_NOT_TRIED, DRILL_REUP_OK, DRILL_REUP_FAIL, DRILL_REUP_DIFFERS };

/* An object that is not as it was before the up. */
struct drill_residue {
    enum object_kind kind;
    const char *name;
    enum change_kind change;
    enum change_class class;
    const char *before; /* canonical text; "" when added */
    const char *after;  /* "" when removed */
};

struct drill_step {
    const char *id;
    const char *version; /* "0003..0007" for a range */
    const char *name;
    enum drill_verdict verdict;
    enum drill_rows rows;
    enum drill_reup reup;
    struct drill_residue *residue;
    size_t n_residue;
    const char *partial;   /* "statement N of FILE"; NULL: nothing was left half done */
    const char *error;     /* of the script that failed; NULL: none did */
    const char **unstable; /* objects that come out differently every time: not blamed on the down */
    size_t n_unstable;
    const char **row_tables; /* tables whose rows are not as before */
    size_t n_row_tables;
    struct row_example *example; /* one such row; NULL: none could be told */
    const char *set_aside;       /* the error that made-up rows gave the up, tried without them then; NULL */
    bool is_irreversible;        /* declared so */
    bool is_honest;
    int64_t us;
};

struct drill_failure {
    const char *id;
    const char *version;
    const char *error;
};

struct drill_walk {
    struct drill_failure *failures; /* downs that did not run; the walk went on */
    size_t failed;
    struct drill_residue *left;
    size_t n_left;
};

struct drill_result {
    struct drill_step *items;
    size_t n;
    size_t cap;
    bool has_walk;
    struct drill_walk walk;
    size_t honest;
    size_t dishonest;
    size_t failed; /* an up or a down does not run */
    const char *engine;
    uint64_t seed;          /* of the made-up rows; 0: there were to be none */
    size_t n_skipped;       /* repeatable and baseline scripts: not drilled */
    size_t rows_made;       /* rows that --data put in */
    size_t rows_refused;    /* rows that the schema refused whatever was tried */
    const char *refusal;    /* the last reason; "" */
    const char **leftovers; /* scratch databases of earlier drills that are still there */
    size_t n_leftovers;
    int64_t us;
};

const char *drill_verdict_name(enum drill_verdict verdict);
bool drill_restores(enum drill_verdict verdict); /* exact, text, column-order */

/* Runs the whole drill. Scratch databases are dropped before it returns, whatever happens; one that cannot be
 * dropped is named in the error. Scripts that fail are verdicts, not errors; errors are: no server, a lost
 * connection, a stop, an unknown version, rows of the user's that cannot be loaded. Result: arena. */
enum status drill_run(const struct migrations *migrations, const struct drill_options *options,
                      struct arena *arena, struct drill_result *out, struct err *err) MUST_USE;

#endif
