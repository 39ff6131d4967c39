#include "cli/reconcile_run.h"

#include "base/clock.h"
#include "base/io.h"
#include "cli/vfk.h"
#include "recon/fk_findings.h"

#include <string.h>

/* -- what there is to do -------------------------------------------------------------------------------- */

static enum status
read_checks(struct reconcile_job *job, struct err *err)
{
    struct command_context *context = job->context;
    const struct project *project = &context->project;
    const char *folder = context->options.checks != NULL ? context->options.checks : project->checks;
    job->folder = folder;
    if (folder == NULL) {
        job->folder =
            str_eq(project->root, ".") ? "checks" : arena_printf(&context->arena, "%s/checks", project->root);
    }
    if (folder == NULL && !io_is_dir(job->folder)) {
        return STATUS_OK;
    }
    return check_folder_read(job->folder, &context->arena, &job->checks, err);
}

/* With --service, the checks that touch it. */
static void
drop_others(struct reconcile_job *job)
{
    const struct options *given = &job->context->options;
    size_t n = 0;
    for (size_t i = 0; i < job->checks.n; i++) {
        const struct check *check = &job->checks.items[i];
        bool touches = given->service == NULL || given->db != NULL;
        for (size_t side = 0; side < check->n_sides; side++) {
            touches = touches || str_eq(check->sides[side].service, given->service);
        }
        if (touches) {
            job->checks.items[n++] = *check;
        }
    }
    job->checks.n = n;
}

static enum status
name_services(struct reconcile_job *job, struct err *err)
{
    struct command_context *context = job->context;
    struct options options = context->options;
    size_t n;
    options.service = options.db == NULL ? NULL : options.service;
    TRY(project_select(&context->project, &options, false, &context->arena, &job->owners, &n, err));
    struct recon_service *services = arena_new_array(&context->arena, struct recon_service, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct service *owner = &job->owners[i];
        services[i] = (struct recon_service){owner->name, owner->url, owner->policy.lock_timeout_ms};
    }
    job->services = (struct recon_services){services, n};
    job->store = job->owners[0].store;
    return STATUS_OK;
}

enum status
reconcile_job_init(struct reconcile_job *job, struct command_context *context, bool *has_work,
                   struct err *err)
{
    *job = (struct reconcile_job){.context = context, .grace_ms = 5000};
    TRY(read_checks(job, err));
    *has_work = job->checks.n > 0 || context->project.n_virtual_keys > 0;
    TRY(name_services(job, err));
    TRY(reconcile_check_names(&job->checks, &job->services, err));
    drop_others(job);
    size_t room = job->checks.n + context->project.n_virtual_keys + 1;
    job->results = arena_new_array(&context->arena, struct result, room);
    return baseline_read(job->store, &context->arena, &job->baseline, err);
}

void
reconcile_job_release(struct reconcile_job *job)
{
    for (size_t i = 0; i < job->n; i++) {
        result_release(&job->results[i]);
    }
    job->n = 0;
}

/* -- one look ------------------------------------------------------------------------------------------- */

struct look {
    struct reconcile_job *job;
    const struct finding_ids *before;
    const bool *wanted; /* a result each; NULL: all */
    struct result *results;
    size_t n_keys; /* results behind those of the checks */
};

static void
look_at_key(struct look *look, const struct fk *fk, struct result *result)
{
    const struct reconcile_job *job = look->job;
    struct fk_options options = {.show_values = true, .sample = FK_FINDING_MAX};
    struct fk_result found = {0};
    ARENA_SCOPED arena = {0};
    result->name = arena_strdup(&result->arena, fk->name);
    result->about = "rows that refer to rows that are not there";
    result->sides[0] = arena_strdup(&result->arena, fk->child.service);
    result->sides[1] = arena_strdup(&result->arena, fk->parent.service);
    result->max_samples = job->max_samples > 0 ? job->max_samples : SAMPLE_MAX;
    if (fk_check(fk, &options, &arena, &found, &result->err) == STATUS_OK) {
        err_clear(&result->err);
        fk_findings(&found, job->shows_values, look->before, result);
    } else if (!str_starts(result->err.msg, "key '")) {
        (void)err_wrap(&result->err, "key '%s'", fk->name);
    }
}

/* None of them could be looked at: at first that is one result, later that of each that was to be looked at
 * again. */
static void
keys_failed(struct look *look, const struct err *err)
{
    const struct reconcile_job *job = look->job;
    struct result *first = &look->results[job->checks.n];
    if (look->wanted == NULL) {
        result_init(first, "virtual foreign keys", "vfk");
        first->err = *err;
        look->n_keys = 1;
        return;
    }
    for (size_t i = job->checks.n; i < job->n; i++) {
        struct result *result = &look->results[i];
        result->name = arena_strdup(&result->arena, job->results[i].name);
        result->err = *err;
    }
}

/* Their connections are their own, so that each look sees what is there by then. */
static void
look_at_keys(struct look *look)
{
    struct reconcile_job *job = look->job;
    struct fk_list keys = {0};
    struct err err = {0};
    SITES_SCOPED sites = {0};
    if (job->context->project.n_virtual_keys == 0) {
        return;
    }
    if (sites_init(job->context, &sites, &err) != STATUS_OK || vfk_list(&sites, &keys, &err) != STATUS_OK) {
        keys_failed(look, &err);
        return;
    }
    for (size_t i = 0; i < keys.n; i++) {
        size_t at = job->checks.n + i;
        if (look->wanted == NULL || look->wanted[at]) {
            look_at_key(look, &keys.items[i], &look->results[at]);
        }
        look->n_keys++;
    }
}

static void *
keys_main(void *state)
{
    look_at_keys(state);
    return NULL;
}

static void
look_once(struct look *look)
{
    struct reconcile_job *job = look->job;
    struct reconcile_options options = {.folder = spool_folder(),
                                        .before = look->before,
                                        .repair = job->repair,
                                        .shows_values = job->shows_values,
                                        .max_samples = job->max_samples};
    pthread_t thread = 0;
    look->n_keys = 0;
    bool has_thread = job->context->project.n_virtual_keys > 0 && job->checks.n > 0 &&
                      pthread_create(&thread, NULL, keys_main, look) == 0;
    reconcile_run(&job->checks, look->wanted, &job->services, &options, look->results);
    if (has_thread) {
        (void)pthread_join(thread, NULL);
    } else {
        look_at_keys(look);
    }
}

/* -- looking again -------------------------------------------------------------------------------------- */

/* Findings and late ones: what is not among them the next time came in between. */
static struct finding_ids *
ids_of(struct result *result)
{
    struct finding_ids *all = arena_new(&result->arena, struct finding_ids);
    for (size_t i = 0; i < result->ids.n; i++) {
        vec_push(&result->arena, all, result->ids.items[i]);
    }
    for (size_t i = 0; i < result->late_ids.n; i++) {
        vec_push(&result->arena, all, result->late_ids.items[i]);
    }
    finding_ids_sort(all);
    return all;
}

static void
init_results(const struct reconcile_job *job, struct result *results, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_check = i < job->checks.n;
        result_init(&results[i], is_check ? job->checks.items[i].name : "",
                    is_check ? check_kind_name(job->checks.items[i].kind) : "vfk");
    }
}

/* Looks again at the results that are not settled and puts what is found now in their place. */
static bool
look_again(struct look *look, bool with_findings, uint64_t wait_ms, struct arena *arena)
{
    struct reconcile_job *job = look->job;
    bool *wanted = arena_new_array(arena, bool, job->n + 1);
    struct result *fresh = arena_new_array(arena, struct result, job->n + 2);
    bool any = false;
    init_results(job, fresh, job->n + 1);
    for (size_t i = 0; i < job->n; i++) {
        struct result *result = &job->results[i];
        wanted[i] = result->err.status == STATUS_OK &&
                    (result->late > 0 || (with_findings && result_findings(result) > 0));
        fresh[i].seen = wanted[i] ? ids_of(result) : NULL;
        any = any || wanted[i];
    }
    if (!any) {
        return false;
    }
    clock_sleep_ms(wait_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)wait_ms);
    look->wanted = wanted;
    look->results = fresh;
    look_once(look);
    for (size_t i = 0; i < job->n; i++) {
        if (wanted[i]) {
            fresh[i].seen = NULL;
            result_release(&job->results[i]);
            job->results[i] = fresh[i];
        }
    }
    return true;
}

void
reconcile_job_run(struct reconcile_job *job)
{
    int64_t start = clock_monotonic_us();
    ARENA_SCOPED arena = {0};
    struct repair *repair = job->repair;
    bool uses_baseline = job->baseline.is_there && !job->ignores_baseline;
    struct look look = {
        .job = job, .before = uses_baseline ? &job->baseline.ids : NULL, .results = job->results};
    size_t rounds = 1;
    init_results(job, job->results, job->checks.n + job->context->project.n_virtual_keys + 1);
    job->repair = job->recheck > 0 ? NULL : repair; /* of what is settled only */
    look_once(&look);
    job->n = job->checks.n + look.n_keys;
    while (rounds <= job->recheck && !stop_requested()) {
        if (!look_again(&look, rounds == 1, job->grace_ms, &arena)) {
            break;
        }
        rounds++;
    }
    job->repair = repair;
    if (repair != NULL && job->recheck > 0) {
        (void)look_again(&look, true, 0, &arena);
    }
    for (size_t i = 0; i < job->n; i++) {
        result_settle(&job->results[i]);
    }
    job->report = (struct reconcile_report){.results = job->results,
                                            .n = job->n,
                                            .n_services = job->services.n,
                                            .baseline = uses_baseline ? &job->baseline : NULL,
                                            .us = clock_monotonic_us() - start,
                                            .rounds = rounds};
}

enum status
reconcile_job_remember(struct reconcile_job *job, struct err *err)
{
    return baseline_write(job->store, job->results, job->n, err);
}
