/* One query whose rows are what must not be, or whose columns have to agree row by row. Two sums that must
 * agree are a match (match.h). */
#ifndef RECON_INVARIANT_H
#define RECON_INVARIANT_H

#include "recon/result.h"
#include "recon/rows.h"

struct invariant {
    const struct check *check;
    struct rows_plan plan;
    size_t *agree; /* places in the plan */
    const char **names;
    size_t n_agree;
    bool shows_values;
    const struct finding_ids *before; /* may be NULL */
};

/* `source`: borrowed. USAGE when a column is missing, or when one that has to agree is no exact number. */
enum status invariant_init(struct invariant *invariant, const struct check *check,
                           const struct rows_source *source, struct arena *arena, struct err *err) MUST_USE;
/* Reads the rows and counts what is wrong. */
enum status invariant_judge(struct invariant *invariant, struct arena *arena, struct result *out,
                            struct err *err) MUST_USE;

#endif
