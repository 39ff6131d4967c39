#include "recon/reconcile.h"

#include "base/io.h"
#include "driver/conn.h"
#include "recon/columns.h"
#include "recon/invariant.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

/* One check on its way. Each side belongs to one thread; who comes second judges. */
struct work {
    const struct check *check;
    struct result *result;
    struct rows_source sources[2];
    struct repair_target *targets[2];
    struct err errs[2];
    bool is_planned;
    struct match match;
    struct invariant invariant;
    atomic_uint left; /* sides that were not read yet */
};

struct job {
    struct work *work;
    size_t side;
};

/* A service with its thread. */
struct desk {
    const struct recon_service *service;
    size_t number;
    const struct reconcile_options *options;
    struct arena arena;
    struct conn *conn;
    int64_t now_us;
    VEC(struct job) jobs;
    struct err err; /* of the connection */
    void (*act)(struct desk *desk);
    pthread_t thread;
    bool has_thread;
    struct crew *crew;
    atomic_bool can_be_cancelled; /* `conn` is open */
};

/* Who is at work; the one who waits for them passes a request to stop on to the servers. */
struct crew {
    pthread_mutex_t lock; /* guards `n` */
    pthread_cond_t changed;
    size_t n;
};

/* -- a consistent read ---------------------------------------------------------------------------------- */

static enum status
begin_read(struct desk *desk, struct err *err)
{
    struct value *values;
    bool found;
    TRY(conn_begin(desk->conn, TXN_READ, err));
    TRY(conn_query_row(desk->conn, "select {now}", NULL, 0, &desk->arena, &values, &found, err));
    desk->now_us = found ? value_to_int(&values[0], 0) : 0;
    return STATUS_OK;
}

static enum status
open_desk(struct desk *desk, struct err *err)
{
    struct conn_params params = {.url = desk->service->url,
                                 .application = "rollcall reconcile",
                                 .connect_timeout_ms = 10000,
                                 .lock_timeout_ms = desk->service->lock_timeout_ms,
                                 .read_only = true};
    TRY(url_resolve(desk->service->url, &params.url, err));
    TRY(conn_open(&params, &desk->conn, err));
    atomic_store(&desk->can_be_cancelled, true);
    return begin_read(desk, err);
}

/* A query that failed may have taken the transaction with it. */
static enum status
read_again(struct desk *desk, struct err *err)
{
    if (desk->conn->is_lost || conn_txn_state(desk->conn) == TXN_OPEN) {
        return STATUS_OK;
    }
    conn_rollback(desk->conn);
    return begin_read(desk, err);
}

/* -- first: what the queries return --------------------------------------------------------------------- */

static const struct check_side *
side_of(const struct job *job)
{
    return &job->work->check->sides[job->side];
}

/* The one statement of a side, and where it begins in the file's part. */
static enum status
cut_query(struct desk *desk, const struct job *job, struct piece *out, struct err *err)
{
    const struct check_side *side = side_of(job);
    struct pieces pieces = {0};
    size_t n = 0;
    if (driver_split(desk->conn->driver, desk->conn, side->sql, &desk->arena, &pieces, err) != STATUS_OK) {
        (void)text_error_place(err, job->work->check->file, side->line);
        return err_hint(err, "run the query by hand to find the slip");
    }
    for (size_t i = 0; i < pieces.n; i++) {
        const struct piece *piece = &pieces.items[i];
        if (piece->kind == PIECE_STATEMENT || piece->kind == PIECE_CLIENT || piece->kind == PIECE_COPY_DATA) {
            *out = n++ == 0 ? *piece : *out;
            if (n == 2 || piece->kind != PIECE_STATEMENT) {
                (void)err_raise(err, STATUS_USAGE, "%s:%zu:%zu: a side is one query, and this is %s",
                                job->work->check->file, side->line + piece->line - 1, piece->column,
                                n == 2 ? "another" : "for a client program");
                return err_hint(err, "join them with a common table expression, or make them two checks");
            }
        }
    }
    if (n == 1) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE, "%s:%zu: check '%s' has a side that is only comments",
                    job->work->check->file, side->line, job->work->check->name);
    return err_hint(err, "write the query below its line");
}

/* The server's complaint, with the place in the file. */
static enum status
place_error(const struct desk *desk, const struct job *job, const struct piece *piece, struct err *err)
{
    const struct check_side *side = side_of(job);
    size_t line;
    size_t column;
    size_t at = piece->at + (err->position > 0 ? err->position - 1 : 0);
    if (err->status != STATUS_SQL && err->status != STATUS_USAGE) {
        return err_wrap(err, "check '%s', service '%s'", job->work->check->name, desk->service->name);
    }
    text_position(side->sql, at > side->sql.len ? side->sql.len : at, &line, &column);
    (void)err_wrap(err, "%s:%zu:%zu", job->work->check->file, side->line + line - 1, column);
    if (err->hint[0] == '\0') {
        (void)err_hint(err, "the query runs on service '%s': try it there by hand", desk->service->name);
    }
    return err_restate(err, STATUS_USAGE);
}

static enum status
describe_target(struct desk *desk, const struct job *job, struct err *err)
{
    const struct check *check = job->work->check;
    const struct check_side *side = side_of(job);
    struct repair *repair = desk->options->repair;
    struct repair_target target = {.service = desk->service->name,
                                   .number = desk->number,
                                   .driver = desk->conn->driver,
                                   .utc_sql = desk->conn->driver->utc_sql};
    if (repair == NULL || side->table == NULL || check->truth < 0 || (size_t)check->truth == job->side) {
        return STATUS_OK;
    }
    if (conn_describe(desk->conn, side->table, &desk->arena, &target.table, err) != STATUS_OK) {
        return err_wrap(err, "%s:%zu: table=%s", check->file, side->line, side->table);
    }
    job->work->targets[job->side] = repair_add_target(repair, &target);
    return STATUS_OK;
}

static enum status
describe_job(struct desk *desk, struct job *job, struct err *err)
{
    struct piece piece = {0};
    TRY(cut_query(desk, job, &piece, err));
    const char *sql = arena_strndup(&desk->arena, side_of(job)->sql.ptr + piece.at, piece.len);
    if (rows_of_query(desk->conn, sql, job->work->check->name, &desk->arena, &job->work->sources[job->side],
                      err) != STATUS_OK) {
        return place_error(desk, job, &piece, err);
    }
    return describe_target(desk, job, err);
}

static void
describe_all(struct desk *desk)
{
    if (open_desk(desk, &desk->err) == STATUS_OK) {
        err_clear(&desk->err);
    } else {
        (void)err_wrap(&desk->err, "service '%s'", desk->service->name);
        if (desk->err.hint[0] == '\0') {
            (void)err_hint(&desk->err,
                           "see that it runs and that its URL is right; '--service NAME' leaves it out");
        }
    }
    for (size_t i = 0; i < desk->jobs.n; i++) {
        struct job *job = &desk->jobs.items[i];
        struct err *err = &job->work->errs[job->side];
        if (desk->err.status != STATUS_OK || stop_check(&desk->err) != STATUS_OK) {
            *err = desk->err;
        } else if (describe_job(desk, job, err) == STATUS_OK) {
            err_clear(err); /* what was tried on the way may have left words */
        } else if (read_again(desk, &desk->err) != STATUS_OK) {
            (void)err_wrap(&desk->err, "service '%s'", desk->service->name);
        } else {
            err_clear(&desk->err);
        }
    }
}

/* -- then: how they are compared ------------------------------------------------------------------------ */

static enum status
plan_work(struct work *work, const struct reconcile_options *options, struct arena *arena, struct err *err)
{
    const struct check *check = work->check;
    if (check->n_sides == 1) {
        TRY(invariant_init(&work->invariant, check, &work->sources[0], arena, err));
        work->invariant.before = options->before;
        work->invariant.shows_values = options->shows_values;
        return STATUS_OK;
    }
    TRY(match_init(&work->match, check, work->sources, options->folder, arena, err));
    work->match.before = options->before;
    work->match.shows_values = options->shows_values;
    for (size_t i = 0; i < work->match.notes.n; i++) {
        result_note(work->result, work->match.notes.items[i]);
    }
    if (options->repair != NULL && check->kind != CHECK_INVARIANT) {
        struct match_watcher *watcher;
        struct repair_target *target = check->truth < 0 ? NULL : work->targets[1 - check->truth];
        TRY(repair_watch(options->repair, target, &work->match, arena, &watcher, err));
        work->match.watcher = watcher;
    }
    return STATUS_OK;
}

static void
plan_all(struct work *works, size_t n, const struct reconcile_options *options, struct arena *arena)
{
    if (options->repair != NULL) {
        repair_rank(options->repair);
    }
    for (size_t i = 0; i < n; i++) {
        struct work *work = &works[i];
        if (work->check == NULL) {
            continue;
        }
        for (size_t side = 0; side < 2 && work->result->err.status == STATUS_OK; side++) {
            work->result->err = work->errs[side];
        }
        if (work->result->err.status == STATUS_OK) {
            work->is_planned = plan_work(work, options, arena, &work->result->err) == STATUS_OK;
        }
        if (work->is_planned) {
            err_clear(&work->result->err);
        }
    }
}

/* -- last: the rows ------------------------------------------------------------------------------------- */

static enum status
read_job(struct desk *desk, struct job *job, struct err *err)
{
    struct work *work = job->work;
    ARENA_SCOPED arena = {0};
    if (work->check->n_sides == 1) {
        return invariant_judge(&work->invariant, &arena, work->result, err);
    }
    work->match.now_us[job->side] = desk->now_us;
    return match_read(&work->match, job->side, &arena, err);
}

/* The second side of a match is there. */
static void
judge_work(struct work *work)
{
    struct err *err = &work->result->err;
    for (size_t side = 0; side < 2 && err->status == STATUS_OK; side++) {
        *err = work->errs[side];
    }
    if (err->status == STATUS_OK && work->check->n_sides == 2) {
        if (match_judge(&work->match, work->result, err) == STATUS_OK) {
            err_clear(err);
        }
    }
    if (work->check->n_sides == 2) {
        match_release(&work->match);
    }
}

static void
read_all(struct desk *desk)
{
    for (size_t i = 0; i < desk->jobs.n; i++) {
        struct job *job = &desk->jobs.items[i];
        struct err *err = &job->work->errs[job->side];
        if (!job->work->is_planned) {
            continue;
        }
        if (desk->err.status != STATUS_OK || stop_check(&desk->err) != STATUS_OK) {
            *err = desk->err;
        } else if (read_job(desk, job, err) == STATUS_OK) {
            err_clear(err);
        } else {
            (void)err_wrap(err, "check '%s', service '%s'", job->work->check->name, desk->service->name);
            if (desk->conn->is_lost) {
                desk->err = *err;
            } else if (read_again(desk, &desk->err) != STATUS_OK) {
                (void)err_wrap(&desk->err, "service '%s'", desk->service->name);
            }
        }
        if (atomic_fetch_sub(&job->work->left, 1) == 1) {
            judge_work(job->work);
        }
    }
}

/* -- together ------------------------------------------------------------------------------------------- */

static void *
desk_main(void *state)
{
    struct desk *desk = state;
    desk->act(desk);
    pthread_mutex_lock(&desk->crew->lock);
    desk->crew->n--;
    pthread_cond_signal(&desk->crew->changed);
    pthread_mutex_unlock(&desk->crew->lock);
    return NULL;
}

/* Not every driver notices a signal while its server works. */
static void
cancel_desks(struct desk *desks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct err ignored = {0};
        if (desks[i].has_thread && atomic_load(&desks[i].can_be_cancelled)) {
            IGNORE(desks[i].conn->driver->ops->cancel(desks[i].conn, &ignored));
        }
    }
}

static void
wait_for(struct crew *crew, struct desk *desks, size_t n)
{
    bool is_cancelled = false;
    pthread_mutex_lock(&crew->lock);
    while (crew->n > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += until.tv_nsec >= 900000000;
        until.tv_nsec = (until.tv_nsec + 100000000) % 1000000000;
        (void)pthread_cond_timedwait(&crew->changed, &crew->lock, &until);
        if (stop_requested() && !is_cancelled) {
            is_cancelled = true;
            pthread_mutex_unlock(&crew->lock);
            cancel_desks(desks, n);
            pthread_mutex_lock(&crew->lock);
        }
    }
    pthread_mutex_unlock(&crew->lock);
}

/* A thread each; where there can be none, one after the other. */
static void
run_desks(struct desk *desks, size_t n, void (*act)(struct desk *desk))
{
    struct crew crew = {.n = 0};
    pthread_mutex_init(&crew.lock, NULL);
    pthread_cond_init(&crew.changed, NULL);
    for (size_t i = 0; i < n; i++) {
        struct desk *desk = &desks[i];
        desk->act = act;
        desk->crew = &crew;
        pthread_mutex_lock(&crew.lock);
        desk->has_thread = desk->jobs.n > 0 && pthread_create(&desk->thread, NULL, desk_main, desk) == 0;
        crew.n += desk->has_thread;
        pthread_mutex_unlock(&crew.lock);
        if (!desk->has_thread && desk->jobs.n > 0) {
            act(desk);
        }
    }
    wait_for(&crew, desks, n);
    for (size_t i = 0; i < n; i++) {
        if (desks[i].has_thread) {
            (void)pthread_join(desks[i].thread, NULL);
        }
    }
    pthread_cond_destroy(&crew.changed);
    pthread_mutex_destroy(&crew.lock);
}

/* "" is the only one; n when there is no such service. */
static size_t
find_service(const struct recon_services *services, const char *name)
{
    for (size_t i = 0; i < services->n; i++) {
        if (str_eq(services->items[i].name, name)) {
            return i;
        }
    }
    return str_is_empty(name) && services->n == 1 ? 0 : services->n;
}

enum status
reconcile_check_names(const struct check_list *checks, const struct recon_services *services, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const char **names = arena_new_array(&scratch, const char *, services->n + 1);
    for (size_t i = 0; i < services->n; i++) {
        names[i] = services->items[i].name;
    }
    for (size_t i = 0; i < checks->n; i++) {
        const struct check *check = &checks->items[i];
        for (size_t side = 0; side < check->n_sides; side++) {
            const char *name = check->sides[side].service;
            if (find_service(services, name) < services->n) {
                continue;
            }
            if (str_is_empty(name)) {
                (void)err_raise(err, STATUS_USAGE, "%s does not say on which service it runs",
                                check_place(check, side, &scratch));
                return err_hint(err, "there are %zu: add service=%s to its line", services->n,
                                services->n > 0 ? names[0] : "NAME");
            }
            const char *near = nearest_name(name, names, services->n);
            (void)err_raise(err, STATUS_USAGE, "%s: there is no service '%s'",
                            check_place(check, side, &scratch), name);
            return near == NULL ? err_hint(err, "name one of rollcall.ini")
                                : err_hint(err, "did you mean '%s'?", near);
        }
    }
    return STATUS_OK;
}

static void
share_out(const struct check_list *checks, const bool *wanted, const struct recon_services *services,
          const struct reconcile_options *options, struct desk *desks, struct work *works,
          struct result *results)
{
    for (size_t i = 0; i < checks->n; i++) {
        const struct check *check = &checks->items[i];
        if (wanted != NULL && !wanted[i]) {
            continue;
        }
        results[i].about = check->about;
        results[i].sha256 = check->sha256;
        results[i].max_samples = options->max_samples > 0 ? options->max_samples : SAMPLE_MAX;
        works[i].check = check;
        works[i].result = &results[i];
        atomic_init(&works[i].left, (unsigned)check->n_sides);
        for (size_t side = 0; side < check->n_sides; side++) {
            struct desk *desk = &desks[find_service(services, check->sides[side].service)];
            vec_push(&desk->arena, &desk->jobs, (struct job){&works[i], side});
            results[i].sides[side] = desk->service->name;
        }
    }
}

void
reconcile_run(const struct check_list *checks, const bool *wanted, const struct recon_services *services,
              const struct reconcile_options *options, struct result *results)
{
    ARENA_SCOPED arena = {0};
    struct desk *desks = arena_new_array(&arena, struct desk, services->n + 1);
    struct work *works = arena_new_array(&arena, struct work, checks->n + 1);
    for (size_t i = 0; i < services->n; i++) {
        desks[i].service = &services->items[i];
        desks[i].number = i;
        desks[i].options = options;
    }
    share_out(checks, wanted, services, options, desks, works, results);
    run_desks(desks, services->n, describe_all);
    plan_all(works, checks->n, options, &arena);
    run_desks(desks, services->n, read_all);
    for (size_t i = 0; i < checks->n; i++) {
        if (works[i].is_planned && works[i].check->n_sides == 2) {
            match_release(&works[i].match);
        }
    }
    for (size_t i = 0; i < services->n; i++) {
        conn_close(desks[i].conn);
        arena_release(&desks[i].arena);
    }
}
