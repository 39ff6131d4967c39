/* A reconciliation as commands start it: checks and virtual foreign keys of the project, looked at until they
 * are settled. */
#ifndef CLI_RECONCILE_RUN_H
#define CLI_RECONCILE_RUN_H

#include "cli/command.h"
#include "recon/reconcile.h"
#include "report/reconcile_report.h"

struct reconcile_job {
    struct command_context *context;
    const char *folder; /* with the checks; NULL: there is none */
    const char *store;
    struct service *owners; /* all services of the project */
    struct recon_services services;
    struct check_list checks;
    struct baseline baseline;
    struct repair *repair; /* NULL: none is wanted */
    bool ignores_baseline;
    bool shows_values;
    size_t max_samples;     /* 0: the usual */
    uint64_t recheck;       /* further looks at what does not fit */
    uint64_t grace_ms;      /* before each */
    struct result *results; /* the checks', then the virtual keys' */
    size_t n;
    struct reconcile_report report;
};

/* Reads the project's checks and its baseline; no database. USAGE when something is wrong with them; when
 * there is nothing to check, `*has_work` is false. */
enum status reconcile_job_init(struct reconcile_job *job, struct command_context *context, bool *has_work,
                               struct err *err) MUST_USE;
void reconcile_job_release(struct reconcile_job *job);
#define RECONCILE_JOB_SCOPED CLEANUP(reconcile_job_release) struct reconcile_job

/* Fills the report. What goes wrong with a check stands in its result. */
void reconcile_job_run(struct reconcile_job *job);

/* Before something changes: remembers what is wrong already, so that later runs tell it apart. `job` was run.
 */
enum status reconcile_job_remember(struct reconcile_job *job, struct err *err) MUST_USE;

#endif
