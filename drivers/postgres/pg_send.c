#include "postgres/pg.h"

#include "base/clock.h"
#include "base/io.h"

#include <poll.h>
#include <string.h>

void
pg_result_clear(PGresult **result)
{
    PQclear(*result);
    *result = NULL;
}

/* -- waiting ----------------------------------------------------------------------------------------------
 */

/* A request to stop goes on to the server; its answer still has to be waited for. */
static void
pass_on_stop(struct pg_conn *pg, bool *is_asked)
{
    struct err ignored;
    if (pg->base.is_interruptible && stop_requested() && !*is_asked) {
        *is_asked = pg_cancel(&pg->base, &ignored) == STATUS_OK;
    }
}

void
pg_wait(struct pg_conn *pg)
{
    enum { TICK_MS = 200 }; /* a signal just before poll() is noticed this late */
    struct pollfd fd = {.fd = PQsocket(pg->link), .events = POLLIN};
    struct pg_watch watch = pg_watch_begin(pg);
    bool is_asked = false;
    while (PQisBusy(pg->link)) {
        pass_on_stop(pg, &is_asked);
        if (poll(&fd, 1, pg_watch_wait_ms(&watch, TICK_MS)) > 0 && PQconsumeInput(pg->link) == 0) {
            break; /* PQgetResult says what went wrong */
        }
        pg_watch_tick(pg, &watch);
    }
    pg_watch_end(&watch);
}

/* The next result of what was sent; NULL at its end. */
static PGresult *
receive(struct pg_conn *pg)
{
    pg_wait(pg);
    return PQgetResult(pg->link);
}

/* -- steps -------------------------------------------------------------------------------------------------
 */

/* What goes out together: what is due first, then the request. */
struct step {
    const char *sql;
    struct pg_statement *prepares;
    const struct pg_request *request;
    enum pg_mode sets; /* PG_MODE_NONE: it is no change of settings */
    bool begins;
};

enum { QUEUE_MAX = 8 };

struct steps {
    struct step items[8 + 2 * QUEUE_MAX];
    size_t n;
    size_t main; /* index of the request */
};

static struct step *
add_step(struct steps *steps, const char *sql)
{
    struct step *step = &steps->items[steps->n++];
    require(steps->n <= COUNT_OF(steps->items));
    *step = (struct step){.sql = sql};
    return step;
}

static bool
send_step(const struct pg_conn *pg, const struct step *step)
{
    const struct pg_request *request = step->request;
    if (step->prepares != NULL) {
        return PQsendPrepare(pg->link, step->prepares->name, step->sql, 0, NULL);
    }
    if (request == NULL) {
        return PQsendQueryParams(pg->link, step->sql, 0, NULL, NULL, NULL, NULL, 0);
    }
    if (request->statement != NULL && request->statement->is_prepared) {
        return PQsendQueryPrepared(pg->link, request->statement->name, request->n_params, request->values,
                                   request->lengths, request->formats, 0);
    }
    return PQsendQueryParams(pg->link, step->sql, request->n_params, NULL, request->values, request->lengths,
                             request->formats, 0);
}

/* COPY has its own conversation: rows to us are dropped, rows from us are not what the caller meant. */
static void
end_copy(struct pg_conn *pg, const PGresult *result)
{
    char *row = NULL;
    if (PQresultStatus(result) == PGRES_COPY_OUT) {
        while (PQgetCopyData(pg->link, &row, 0) > 0) {
            PQfreemem(row);
        }
    } else if (PQresultStatus(result) == PGRES_COPY_IN) {
        (void)PQputCopyEnd(pg->link, "rows of COPY ... FROM STDIN are missing");
    }
}

/* The last result of a step; the error when there was one. */
static PGresult *
collect_step(struct pg_conn *pg, const struct step *step)
{
    PGresult *last = NULL;
    PGresult *next;
    if (step->request != NULL && step->request->discards_rows) {
        (void)PQsetSingleRowMode(pg->link);
    }
    while ((next = receive(pg)) != NULL) {
        ExecStatusType status = PQresultStatus(next);
        bool is_copy = step->request != NULL && ((status == PGRES_COPY_IN && step->request->copies_in) ||
                                                 (status == PGRES_COPY_OUT && step->request->copies_out));
        if (is_copy) { /* the caller goes on */
            PQclear(last);
            return next;
        }
        end_copy(pg, next);
        bool is_worse = status == PGRES_FATAL_ERROR;
        if (last != NULL && PQresultStatus(last) == PGRES_FATAL_ERROR && !is_worse) {
            PQclear(next);
            continue;
        }
        PQclear(last);
        last = next;
    }
    return last;
}

static void
note_step(struct pg_conn *pg, const struct step *step, const PGresult *result)
{
    if (result == NULL || PQresultStatus(result) == PGRES_FATAL_ERROR ||
        PQresultStatus(result) == PGRES_PIPELINE_ABORTED) {
        return;
    }
    if (step->prepares != NULL) {
        step->prepares->is_prepared = true;
    }
    if (step->begins) {
        pg->begin = NULL;
        pg->mode_at_begin = pg->mode;
    }
    if (step->sets != PG_MODE_NONE) {
        pg_mode_entered(pg, step->sets);
    }
}

/* Keeps the first failure, else the request's result. */
static void
keep_result(PGresult **kept, PGresult *result, bool is_main)
{
    bool has_failed = *kept != NULL && PQresultStatus(*kept) == PGRES_FATAL_ERROR;
    if (!has_failed && result != NULL && (is_main || PQresultStatus(result) == PGRES_FATAL_ERROR)) {
        PQclear(*kept);
        *kept = result;
    } else {
        PQclear(result);
    }
}

/* One round trip. */
static PGresult *
run_piped(struct pg_conn *pg, const struct steps *steps)
{
    PGresult *kept = NULL;
    bool is_sent = PQenterPipelineMode(pg->link) == 1;
    for (size_t i = 0; i < steps->n && is_sent; i++) {
        is_sent = send_step(pg, &steps->items[i]);
    }
    is_sent = is_sent && PQpipelineSync(pg->link) == 1;
    for (size_t i = 0; i < steps->n && is_sent; i++) {
        PGresult *result = collect_step(pg, &steps->items[i]);
        note_step(pg, &steps->items[i], result);
        keep_result(&kept, result, i == steps->main);
    }
    if (is_sent) {
        PQclear(receive(pg)); /* the end of the pipeline */
    }
    (void)PQexitPipelineMode(pg->link);
    return kept;
}

/* A round trip each, up to the first failure. */
static PGresult *
run_singly(struct pg_conn *pg, const struct steps *steps)
{
    PGresult *kept = NULL;
    for (size_t i = 0; i < steps->n; i++) {
        if (!send_step(pg, &steps->items[i])) {
            break;
        }
        PGresult *result = collect_step(pg, &steps->items[i]);
        note_step(pg, &steps->items[i], result);
        keep_result(&kept, result, i == steps->main);
        if (kept != NULL && PQresultStatus(kept) == PGRES_FATAL_ERROR) {
            break;
        }
    }
    return kept;
}

/* -- what is due --------------------------------------------------------------------------------------------
 */

static void
add_statement(struct pg_conn *pg, struct steps *steps, struct pg_statement *statement,
              const struct pg_request *request, struct step **out)
{
    /* The second use pays for the preparation. */
    if (statement->uses++ == 1 && !pg->base.identity.is_pooled) {
        add_step(steps, statement->sql)->prepares = statement;
    }
    *out = add_step(steps, statement->sql);
    (*out)->request = request;
}

static void
add_settings(struct pg_conn *pg, struct steps *steps, enum pg_mode mode)
{
    struct pg_statement *statement = pg_mode_statement(pg, mode);
    struct step *step;
    statement->request.statement = statement;
    add_statement(pg, steps, statement, &statement->request, &step);
    step->sets = mode;
}

static bool
is_open(const struct pg_conn *pg)
{
    return pg->begin != NULL || PQtransactionStatus(pg->link) == PQTRANS_INTRANS;
}

/* Behind a pooler our settings last for one transaction only; on a read-only connection nothing runs outside
 * a read-only one. */
static bool
needs_own_transaction(const struct pg_conn *pg, enum pg_mode mode)
{
    return PQtransactionStatus(pg->link) == PQTRANS_IDLE && pg->begin == NULL &&
           (pg->base.params.read_only || (pg->base.identity.is_pooled && mode == PG_MODE_OWN));
}

/* Once a query has run, nothing can make the transaction writable any more. */
static void
add_begin(struct pg_conn *pg, struct steps *steps, const char *begin)
{
    add_step(steps, begin)->begins = true;
    if (pg->base.params.read_only) {
        add_step(steps, "SELECT 1");
    }
}

/* -- what waits
 * ----------------------------------------------------------------------------------------------
 */

bool
pg_defer(struct pg_conn *pg, const struct pg_request *request)
{
    struct arena *arena = &pg->queue.arena;
    size_t n = (size_t)request->n_params;
    struct pg_request kept = *request;
    kept.sql = request->sql == NULL ? NULL : arena_strdup(arena, request->sql);
    const char **values = arena_new_array(arena, const char *, n + 1);
    int *lengths = arena_new_array(arena, int, n + 1);
    int *formats = arena_new_array(arena, int, n + 1);
    if (pg->queue.n >= QUEUE_MAX) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const char *value = request->values[i];
        values[i] = value == NULL ? NULL : arena_strndup(arena, value, (size_t)request->lengths[i]);
        lengths[i] = request->lengths[i];
        formats[i] = request->formats[i];
    }
    kept.values = values;
    kept.lengths = lengths;
    kept.formats = formats;
    vec_push(arena, &pg->queue, kept);
    return true;
}

void
pg_forget_deferred(struct pg_conn *pg)
{
    arena_release(&pg->queue.arena);
    pg->queue = (struct pg_queue){.n = 0};
}

static void
add_deferred(struct pg_conn *pg, struct steps *steps)
{
    struct step *step;
    for (size_t i = 0; i < pg->queue.n; i++) {
        struct pg_request *request = &pg->queue.items[i];
        if (request->statement == NULL) {
            add_step(steps, request->sql)->request = request;
        } else {
            add_statement(pg, steps, request->statement, request, &step);
        }
    }
}

/* On its own, when what follows cannot share a round trip with it. */
static enum status
send_deferred(struct pg_conn *pg, struct err *err)
{
    struct steps steps = {.n = 0};
    if (pg->queue.n == 0) {
        return STATUS_OK;
    }
    add_deferred(pg, &steps);
    steps.main = steps.n - 1;
    PG_RESULT_SCOPED *result = run_piped(pg, &steps);
    pg_forget_deferred(pg);
    if (result == NULL || PQstatus(pg->link) == CONNECTION_BAD) {
        return pg_raise_lost(pg, STATUS_CONNECT, err);
    }
    bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    return is_done ? STATUS_OK : pg_raise(pg, result, (struct span){NULL, 0}, err);
}

PGresult *
pg_send_commit(struct pg_conn *pg)
{
    struct steps steps = {.n = 0};
    add_deferred(pg, &steps);
    (void)add_step(&steps, "COMMIT");
    steps.main = steps.n - 1;
    PGresult *result = run_piped(pg, &steps);
    pg_forget_deferred(pg);
    return result;
}

/* -- one statement with all that --------------------------------------------------------------------------
 */

static void
plan_steps(struct pg_conn *pg, enum pg_mode mode, const struct pg_request *request, struct steps *steps)
{
    struct step *main;
    bool is_failed = PQtransactionStatus(pg->link) == PQTRANS_INERROR;
    bool is_wrapped = needs_own_transaction(pg, mode);
    if (pg->begin != NULL || is_wrapped) {
        add_begin(pg, steps,
                  is_wrapped ? pg->base.params.read_only ? "BEGIN READ ONLY" : "BEGIN" : pg->begin);
    }
    if (mode != pg->mode && !is_failed && (is_open(pg) || is_wrapped)) {
        add_settings(pg, steps, mode);
    }
    add_deferred(pg, steps);
    if (request->statement != NULL) {
        add_statement(pg, steps, request->statement, request, &main);
    } else {
        main = add_step(steps, request->sql);
        main->request = request;
    }
    steps->main = steps->n - 1;
    if (is_wrapped) {
        add_step(steps, pg->base.params.read_only ? "ROLLBACK" : "COMMIT");
    }
}

static PGresult *
run_steps(struct pg_conn *pg, const struct steps *steps)
{
    const struct pg_request *request = steps->items[steps->main].request;
    return steps->n > 1 && !request->may_copy ? run_piped(pg, steps) : run_singly(pg, steps);
}

/* Outside a transaction the settings go alone: what follows may refuse to share a round trip (VACUUM). */
static enum status
send_settings_alone(struct pg_conn *pg, enum pg_mode mode, struct err *err)
{
    struct steps steps = {.main = SIZE_MAX};
    bool is_due = mode != pg->mode && !pg->base.identity.is_pooled && pg->begin == NULL &&
                  PQtransactionStatus(pg->link) == PQTRANS_IDLE && !needs_own_transaction(pg, mode);
    if (!is_due) {
        return STATUS_OK;
    }
    add_settings(pg, &steps, mode);
    steps.main = steps.n - 1;
    PG_RESULT_SCOPED *result = run_steps(pg, &steps);
    if (result == NULL || PQresultStatus(result) != PGRES_TUPLES_OK) {
        return result == NULL ? pg_raise_lost(pg, STATUS_CONNECT, err)
                              : pg_raise(pg, result, (struct span){NULL, 0}, err);
    }
    return STATUS_OK;
}

/* -- what follows -------------------------------------------------------------------------------------------
 */

/* Follows what the statement did to the transaction, ours or the script's. */
static void
settle(struct pg_conn *pg, PGTransactionStatusType before, const PGresult *result)
{
    PGTransactionStatusType after = PQtransactionStatus(pg->link);
    const char *tag = result == NULL ? "" : PQcmdStatus((PGresult *)(uintptr_t)result);
    if (before == PQTRANS_IDLE && after != PQTRANS_IDLE && str_starts(tag, "BEGIN")) {
        pg->mode_at_begin = pg->mode;
    }
    if (after == PQTRANS_IDLE && str_eq(tag, "ROLLBACK")) {
        pg->mode = pg->mode_at_begin;
    }
    if (after == PQTRANS_IDLE && pg->base.identity.is_pooled) {
        pg->mode = PG_MODE_NONE;
    }
    if (str_starts(tag, "DISCARD ALL") || str_starts(tag, "DEALLOCATE ALL")) {
        pg_statements_forget(pg);
    }
}

static bool
is_success(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY ||
           status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_SINGLE_TUPLE;
}

/* A transaction that only wrapped one statement of ours is closed again. */
static void
unwrap(struct pg_conn *pg, bool is_wrapped)
{
    if (is_wrapped && !pg->base.is_lost && PQtransactionStatus(pg->link) != PQTRANS_IDLE) {
        PQclear(PQexec(pg->link, "ROLLBACK"));
        pg->mode = pg->mode_at_begin;
    } else if (is_wrapped && pg->base.params.read_only) {
        pg->mode = pg->mode_at_begin;
    }
}

enum status
pg_send(struct pg_conn *pg, enum pg_mode mode, const struct pg_request *request, PGresult **out,
        struct err *err)
{
    struct steps steps = {.n = 0};
    *out = NULL;
    if (mode != PG_MODE_OWN || pg->mode != PG_MODE_OWN || request->may_copy) {
        TRY(send_deferred(pg, err));
    }
    TRY(send_settings_alone(pg, mode, err));
    PGTransactionStatusType before = PQtransactionStatus(pg->link);
    bool is_wrapped = needs_own_transaction(pg, mode);
    bool was_open = is_open(pg);
    plan_steps(pg, mode, request, &steps);
    PGresult *result = run_steps(pg, &steps);
    pg_forget_deferred(pg);
    if (result == NULL || PQstatus(pg->link) == CONNECTION_BAD) {
        PQclear(result);
        return pg_raise_lost(pg, was_open || request->only_reads ? STATUS_CONNECT : STATUS_UNKNOWN, err);
    }
    settle(pg, before, result);
    if (!is_success(result)) {
        enum status status = pg_raise(pg, result, request->shown, err);
        PQclear(result);
        unwrap(pg, is_wrapped);
        return status;
    }
    unwrap(pg, is_wrapped);
    *out = result;
    return STATUS_OK;
}
