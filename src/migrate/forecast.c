#include "migrate/forecast.h"

#include "base/clock.h"
#include "migrate/merge_core.h"
#include "migrate/work.h"

/* -- one step ----------------------------------------------------------------------------------------------
 */

static enum status
look(struct session *session, const struct step *planned, struct arena *arena, struct forecast *out,
     struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct step step = *planned;
    struct merge merge = {
        .is_forecast = true, .policy = session->rollback.on_conflict, .by_row = session->rollback.by_row};
    struct protect protect = {.session = session, .step = &step, .arena = &scratch};
    struct park park = {0};
    TRY(step_load(session, &step, &scratch, err));
    enum status status = merge_prepare(&merge, session, step.entry->id, &scratch, err);
    if (status == STATUS_OK) {
        status = park_prepare(&park, &merge, &protect, err);
    }
    if (status == STATUS_OK) {
        status = merge_predict(&merge, &step.effects, err);
    }
    if (status == STATUS_OK) {
        status = park_forecast(&park, err);
    }
    if (conn_txn_state(session->conn) == TXN_NONE) {
        struct err ignored;
        IGNORE(merge_clear(&merge, &ignored));
    }
    TRY(status);
    for (size_t i = 0; i < merge.fates.n; i++) {
        vec_push(arena, &out->fates, merge.fates.items[i]);
    }
    for (size_t i = 0; i < merge.conflicts.n; i++) {
        vec_push(arena, &out->conflicts, merge.conflicts.items[i]);
    }
    return STATUS_OK;
}

static enum status
look_all(struct session *session, const struct plan *plan, struct arena *arena, struct forecast *out,
         struct err *err)
{
    bool is_one = conn_has(session->conn, CAP_TRANSACTIONAL_DDL);
    enum status status = STATUS_OK;
    if (is_one) {
        TRY(conn_begin(session->conn, TXN_WRITE, err));
    }
    for (size_t i = 0; i < plan->n && status == STATUS_OK; i++) {
        if (entry_is_recorded(plan->items[i].entry->applied)) {
            status = look(session, &plan->items[i], arena, out, err);
        }
    }
    if (is_one) {
        conn_rollback(session->conn);
    }
    return status;
}

static void
note_unprotected(const struct plan *plan, struct arena *arena, struct forecast *out)
{
    out->unprotected = arena_new_array(arena, const char *, plan->n + 1);
    for (size_t i = 0; i < plan->n; i++) {
        if (!entry_is_recorded(plan->items[i].entry->applied)) {
            out->unprotected[out->n_unprotected++] = plan->items[i].entry->id;
        }
    }
}

enum status
forecast_rollback(const struct session *session, const struct plan *plan, struct forecast **out,
                  struct err *err)
{
    SESSION_SCOPED own = {0};
    int64_t started_us = clock_monotonic_us();
    struct forecast *forecast = arena_new(session->arena, struct forecast);
    *out = NULL;
    note_unprotected(plan, session->arena, forecast);
    if (plan->n > 0 && !session->rollback.unprotected) {
        TRY(session_open(session->service, SESSION_WRITE, true, session->observer, session->arena, &own,
                         err));
        own.rollback = session->rollback;
        enum status status = conn_has(own.conn, CAP_TRANSACTIONAL_DDL)
                                 ? STATUS_OK
                                 : session_acquire(&own, "rollcall plan", true, err);
        if (status == STATUS_LEASE) {
            return STATUS_OK;
        }
        TRY(status);
        TRY(look_all(&own, plan, session->arena, forecast, err));
    }
    forecast->ms = 2 * (clock_monotonic_us() - started_us) / 1000;
    *out = forecast;
    return STATUS_OK;
}
