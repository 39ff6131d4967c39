#include "migrate/finish.h"

#include "journal/saved.h"
#include "migrate/snapshot_core.h"

#include <stdio.h>

static enum status
find_held(struct session *session, const char *to, struct finish_result *out, struct name_list *sets,
          struct err *err)
{
    const struct history_entry *last = NULL;
    if (to != NULL) {
        TRY(history_find(&session->history, to, &last, err));
        if (last->applied == NULL) {
            return err_raise(err, STATUS_USAGE, "'%s' is not applied", last->id);
        }
    }
    for (size_t i = 0; i < session->applied.n; i++) {
        const struct applied *applied = &session->applied.items[i];
        struct finished finished = {.id = applied->id, .version = applied->version};
        struct saved_list saved;
        bool is_released = false;
        if (last != NULL && applied->seq > last->applied->seq) {
            break;
        }
        TRY(saved_of(session->conn, applied->id, "up", session->arena, &saved, err));
        for (size_t j = 0; j < saved.n; j++) {
            is_released = is_released || saved.items[j].role == SAVED_RELEASED;
            finished.files++;
            finished.stored += saved.items[j].stored;
            vec_push(session->arena, sets, saved.items[j].set);
        }
        if (saved.n > 0 && !is_released) {
            vec_push(session->arena, out, finished);
        }
    }
    return STATUS_OK;
}

static enum status
release(struct session *session, const struct finish_result *result, struct err *err)
{
    TRY(lease_hold(session->conn, &session->lease, err));
    for (size_t i = 0; i < result->n; i++) {
        const struct finished *finished = &result->items[i];
        const char *body = record_body(session->arena, "migration", finished->id, NULL);
        TRY(saved_release(session->conn, finished->id, session->lease.op, err));
        TRY(record_append(session->conn, &session->chain, session->lease.op, "finish", body, err));
    }
    return STATUS_OK;
}

/* Files go last: until then they are what the registry says they are. */
static enum status
remove_sets(struct session *session, const struct name_list *sets, struct err *err)
{
    struct saved_sets held;
    TRY(saved_sets(session->conn, session->arena, &held, err));
    for (size_t i = 0; i < sets->n; i++) {
        bool is_held = sets->items[i][0] == '\0';
        for (size_t j = 0; j < held.n; j++) {
            is_held = is_held || str_eq(held.items[j], sets->items[i]);
        }
        if (!is_held) {
            snapshot_set_remove(
                arena_printf(session->arena, "%s/snapshots/%s", session->service->store, sets->items[i]));
        }
    }
    return STATUS_OK;
}

enum status
finish_run(struct session *session, const char *to, bool dry_run, struct finish_result *out, struct err *err)
{
    struct name_list sets = {0};
    *out = (struct finish_result){.op = ""};
    if (!session->has_registry) {
        return STATUS_OK;
    }
    TRY(session_acquire(session, "rollcall finish", false, err));
    TRY(find_held(session, to, out, &sets, err));
    if (out->n == 0 || dry_run) {
        return STATUS_OK;
    }
    out->op = session->lease.op;
    TRY(conn_begin(session->conn, TXN_WRITE, err));
    enum status status = release(session, out, err);
    if (status == STATUS_OK) {
        status = conn_commit(session->conn, err);
    }
    if (status != STATUS_OK) {
        conn_rollback(session->conn);
        session_forget_entries(session);
        return status;
    }
    return remove_sets(session, &sets, err);
}
