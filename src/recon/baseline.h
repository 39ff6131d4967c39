/* What was wrong already, before something was changed: the ids of findings, so that a later run blames
 * nobody for old sins. A file in the store; it holds hashes, no values. */
#ifndef RECON_BASELINE_H
#define RECON_BASELINE_H

#include "recon/result.h"

struct baseline {
    bool is_there;
    int64_t at_us;
    bool is_cut;            /* a check had more findings than are remembered: the others will seem new */
    struct finding_ids ids; /* sorted */
};

/* Where it lies in a store. Arena. */
const char *baseline_path(const char *store, struct arena *arena);
/* No such file is no error. CORRUPT when it is damaged. */
enum status
baseline_read(const char *store, struct arena *arena, struct baseline *out, struct err *err) MUST_USE;
/* Replaces it. Checks that did not run to their end are refused: USAGE, with the first one. */
enum status
baseline_write(const char *store, const struct result *results, size_t n, struct err *err) MUST_USE;

#endif
