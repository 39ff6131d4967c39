/* Two queries row by row: what one side lacks, what it has too much, what differs, what it has twice. */
#ifndef RECON_MATCH_H
#define RECON_MATCH_H

#include "recon/result.h"
#include "recon/rows.h"
#include "recon/spool.h"

/* The two rows of a finding as canonical bytes; an empty span: there is none. */
struct match_rows {
    struct span sides[2];
};

struct match;

/* Who else wants to know of each finding that is not late: what writes repairs. Calls come from one thread a
 * match. */
struct match_watcher {
    enum status (*tell)(void *state, const struct match *match, enum discord outcome,
                        const struct match_rows *rows, struct err *err);
    void *state;
};

struct match {
    const struct check *check;
    struct rows_plan plans[2];        /* key, compared columns, the time of the last change */
    const char **names;               /* of the key and the compared columns, as the first side has them */
    const struct column_rule **rules; /* of the same; NULL: none */
    size_t n_key;
    size_t n_compare;
    bool has_late;
    bool is_sum;             /* an invariant: compared columns are exact numbers */
    bool is_one_row;         /* ... of one row, without a key */
    bool shows_values;       /* in samples */
    VEC(const char *) notes; /* how values of different kinds are compared */
    int64_t now_us[2];       /* the servers' clocks */
    struct spool spools[2];
    const struct finding_ids *before;    /* may be NULL */
    const struct match_watcher *watcher; /* may be NULL */
};

/* Finds the columns. USAGE with the place in the check's file when one is missing, when nothing is left to
 * compare, or when a sum is not exact. Sources: borrowed. */
enum status match_init(struct match *match, const struct check *check, const struct rows_source sources[2],
                       const char *folder, struct arena *arena, struct err *err) MUST_USE;
void match_release(struct match *match);

/* Reads one side; the two may be read at the same time. */
enum status match_read(struct match *match, size_t side, struct arena *arena, struct err *err) MUST_USE;
/* After both were read. */
enum status match_judge(struct match *match, struct result *out, struct err *err) MUST_USE;

#endif
