/* Two sets of rows, wherever they are: the same, or which keys differ, in which columns.
 *
 * Both sides are read once, in parallel and in no order. The rows' hashes add up to totals, to sums of
 * buckets (by the hash of the key) and to a sketch. Equal totals end it. Else the sketch names the keys that
 * differ; when there are too many for it, the rows of the buckets that differ are read again, sorted by key
 * hash in a file, and merged. The rows of the first differing keys are then read once more, to tell which
 * columns it is. */
#ifndef RECON_COMPARE_H
#define RECON_COMPARE_H

#include "recon/check_file.h"
#include "recon/rows.h"

enum { COMPARE_LIMIT = 1000 /* differing keys told a table */ };

/* One table of a snapshot. */
struct compare_file {
    const char *table; /* qualified */
    const struct snapshot_reader *reader;
};

/* One side: a connection, with a query or without, or the files of a snapshot. Borrowed. */
struct compare_end {
    const char *label; /* for people: "left", a URL without its password */
    struct conn *conn;
    const char *query; /* NULL: tables */
    const struct compare_file *files;
    size_t n_files;
};

struct compare_names {
    const char **items;
    size_t n;
    size_t cap;
};

/* Of single columns, or of all that have none of their own (column ""). */
struct compare_rules {
    struct column_rule *items;
    size_t n;
    size_t cap;
};

/* "0.01", "1%", "2s", "case", "trim", "empty", each for all columns or behind "COLUMN=", with commas. USAGE.
 */
enum status compare_rules_parse(const char *text, struct arena *arena, struct compare_rules *out,
                                struct err *err) MUST_USE;

struct compare_options {
    struct compare_names tables;  /* none: all */
    struct compare_names key;     /* none: what is declared */
    struct compare_names columns; /* none: all; the key always */
    uint64_t limit;               /* 0: COMPARE_LIMIT */
    struct compare_rules rules;   /* applied to values, never to hashes */
    uint64_t recheck;             /* how often differences are looked at again */
    uint32_t grace_ms;            /* before each time */
    /* Told before each wait, `differences` being what was found so far; may be NULL. */
    void (*waits)(void *state, const char *table, uint64_t differences);
    void *state;
};

enum compare_kind { COMPARE_MISSING, COMPARE_EXTRA, COMPARE_DIFFERENT };

struct compare_cell {
    const char *column; /* as the left side spells it */
    const char *left;   /* the value as text; NULL: a NULL */
    const char *right;
};

/* A key that differs. Values: of the side that has the row, the left one when both do. */
struct compare_key {
    enum compare_kind kind;
    const char **key;      /* texts; NULL: a NULL. Without a key: all columns */
    const bool *is_number; /* whole numbers within 2^53 */
    size_t n_key;
    struct compare_cell *cells; /* those that differ; none when a row is missing or extra */
    size_t n_cells;
    uint64_t copies; /* without a key: how many more */
    bool is_moving;  /* not the same at each look */
};

enum compare_verdict { VERDICT_SAME, VERDICT_DIFFERENT, VERDICT_UNSETTLED };

struct compare_table {
    const char *table; /* as the left side names it, or the right one when it alone has it */
    const char *left;  /* NULL: it has none of that name */
    const char *right;
    enum compare_verdict verdict;
    uint64_t left_rows;
    uint64_t right_rows;
    uint64_t missing; /* rows in left only */
    uint64_t extra;   /* rows in right only */
    uint64_t different;
    uint64_t by_rule;         /* rows that differ no more than the rules let them; in no other count */
    uint64_t unsettled;       /* of missing, extra and different: those that moved between looks */
    const char **key_columns; /* in the order of the key as it is declared, or given */
    size_t *key_order;        /* of each, its place among the key's columns by canonical name */
    size_t n_key;
    struct compare_key *keys; /* the first of them */
    size_t n_keys;
    struct compare_names notes;     /* how columns of different types were compared, what was left out */
    struct compare_names only_left; /* columns */
    struct compare_names only_right;
};

struct compare_result {
    struct compare_table *items; /* by name */
    size_t n;
    size_t cap;
    enum compare_verdict verdict;
    int64_t us;
};

/* Begins and ends read transactions of its own on the connections. Texts: arena. USAGE for a table, column or
 * key that is not there or is ambiguous, CORRUPT for a snapshot that does not hold, CONNECT for a side that
 * went away. */
enum status compare_run(const struct compare_end ends[2], const struct compare_options *options,
                        struct arena *arena, struct compare_result *out, struct err *err) MUST_USE;

#endif
