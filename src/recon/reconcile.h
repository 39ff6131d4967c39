/* All checks of a project at once: a thread and one consistent read for each service. */
#ifndef RECON_RECONCILE_H
#define RECON_RECONCILE_H

#include "recon/baseline.h"
#include "recon/check_file.h"
#include "recon/repair.h"
#include "recon/result.h"

struct recon_service {
    const char *name;
    const char *url; /* as given; may be env:NAME */
    uint32_t lock_timeout_ms;
};

struct recon_services {
    const struct recon_service *items;
    size_t n;
};

struct reconcile_options {
    const char *folder;               /* for rows that do not fit into memory */
    const struct finding_ids *before; /* of the baseline; may be NULL */
    struct repair *repair;            /* NULL: none is wanted */
    bool shows_values;
    size_t max_samples; /* 0: SAMPLE_MAX */
};

/* USAGE when a check names a service that is not there. Reads no database. */
enum status reconcile_check_names(const struct check_list *checks, const struct recon_services *services,
                                  struct err *err) MUST_USE;

/* Runs the checks whose `wanted` is true (NULL: all); `results` has room for one each, in their order,
 * initialised here and released by the caller. What goes wrong with a check stands in its result. */
void reconcile_run(const struct check_list *checks, const bool *wanted, const struct recon_services *services,
                   const struct reconcile_options *options, struct result *results);

#endif
