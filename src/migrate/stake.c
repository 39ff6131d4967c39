#include "migrate/stake.h"

#include "journal/saved.h"
#include "migrate/names.h"

#include <string.h>

/* -- retained tables --------------------------------------------------------------------------------------
 */

/* "service.table" or "table", as in [retain "billing.ledger_entry"]. */
const struct retention *
stake_retention(const struct session *session, const char *table)
{
    const struct service *service = session->service;
    size_t len = service->name == NULL ? 0 : strlen(service->name);
    for (size_t i = 0; i < service->n_retentions; i++) {
        const char *label = service->retentions[i].table;
        bool has_service = len > 0 && strncmp(label, service->name, len) == 0 && label[len] == '.';
        if (table_name_eq(label, table) || (has_service && table_name_eq(label + len + 1, table))) {
            return &service->retentions[i];
        }
    }
    return NULL;
}

static bool
takes_rows(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
    case EFFECT_TRUNCATE:
    case EFFECT_DROP_COLUMN:
    case EFFECT_COLUMN_TYPE:
        return true;
    case EFFECT_DROP:
        return effect->object == OBJECT_TABLE;
    case EFFECT_CREATE:
    case EFFECT_RENAME:
    case EFFECT_ALTER:
    case EFFECT_ADD_COLUMN:
    case EFFECT_SET_NOT_NULL:
    case EFFECT_DROP_NOT_NULL:
    case EFFECT_SET_DEFAULT:
    case EFFECT_DROP_DEFAULT:
    case EFFECT_INSERT:
    case EFFECT_LOCK:
    case EFFECT_SESSION:
    case EFFECT_TRANSACTION:
    case EFFECT_READ:
    case EFFECT_UNKNOWN:
        return false;
    }
    return false;
}

static const char *
table_of(const struct effect *effect)
{
    return effect->table[0] != '\0' ? effect->table : effect->name;
}

static enum status
check_retained(const struct session *session, const struct step *step, struct err *err)
{
    for (size_t i = 0; i < step->effects.n; i++) {
        const struct effect *effect = &step->effects.items[i];
        const struct retention *retention = stake_retention(session, table_of(effect));
        if (retention != NULL && takes_rows(effect)) {
            (void)err_raise(err, STATUS_POLICY, "%s takes rows of '%s', which is retained: %s", step->file,
                            retention->table, retention->reason);
            return err_hint(err, "write a compensating script for it (NNNN_name.compensate.sql), or release "
                                 "the table in rollcall.ini");
        }
    }
    return STATUS_OK;
}

/* -- tables ------------------------------------------------------------------------------------------------
 */

static enum status
add_table(struct session *session, struct stake *stake, const char *name, struct err *err)
{
    struct table table;
    struct err absent;
    if (name[0] == '\0') {
        return STATUS_OK;
    }
    enum status status = conn_describe(session->conn, name, session->arena, &table, &absent);
    if (status == STATUS_USAGE) {
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        *err = absent;
        return status;
    }
    for (size_t i = 0; i < stake->n; i++) {
        if (str_eq(stake->tables[i], table.qualified)) {
            return STATUS_OK;
        }
    }
    stake->tables = vec_grow(session->arena, stake->tables, stake->n, &stake->cap, sizeof(*stake->tables));
    stake->tables[stake->n++] = table.qualified;
    return STATUS_OK;
}

static bool
concerns_table(const struct effect *effect)
{
    return takes_rows(effect) || effect->kind == EFFECT_INSERT || effect->table[0] != '\0' ||
           effect->object == OBJECT_TABLE;
}

enum status
stake_find(struct session *session, struct plan *plan, struct stake *out, struct err *err)
{
    *out = (struct stake){.may_freeze = true};
    for (size_t i = 0; i < plan->n; i++) {
        ARENA_SCOPED scratch = {0};
        struct step step = plan->items[i];
        struct saved_list saved;
        TRY(step_load(session, &step, &scratch, err));
        TRY(check_retained(session, &step, err));
        for (size_t j = 0; j < step.effects.n; j++) {
            const struct effect *effect = &step.effects.items[j];
            if (concerns_table(effect)) {
                TRY(add_table(session, out, table_of(effect), err));
            }
        }
        TRY(saved_of(session->conn, step.entry->id, "up", &scratch, &saved, err));
        for (size_t j = 0; j < saved.n; j++) {
            TRY(add_table(session, out, saved.items[j].end, err));
        }
        out->may_freeze =
            out->may_freeze && (step.run.is_whole || !conn_has(session->conn, CAP_TRANSACTIONAL_DDL));
    }
    return STATUS_OK;
}

/* -- the freeze --------------------------------------------------------------------------------------------
 */

enum { LOOKS_APART_MS = 100 };

/* By which the next run knows it again. */
static const char reason_words[] = "rollback, operation ";

enum status
stake_freeze(struct session *session, const struct stake *stake, struct freeze **out, struct err *err)
{
    *out = NULL;
    if (session->rollback.no_freeze || !stake->may_freeze || stake->n == 0) {
        return STATUS_OK;
    }
    struct freeze *freeze = arena_new(session->arena, struct freeze);
    const struct freeze_options options = {
        .tables = stake->tables,
        .n_tables = stake->n,
        .reason = arena_printf(session->arena, "%s%.8s", reason_words, session->lease.op),
        .apart_ms = LOOKS_APART_MS,
        .is_quick = true};
    TRY(freeze_begin(session, &options, freeze, err));
    *out = freeze;
    if (freeze->is_proven) {
        return STATUS_OK;
    }
    struct err ignored;
    IGNORE(stake_thaw(session, freeze, &ignored));
    *out = NULL;
    (void)err_raise(err, STATUS_POLICY, "the freeze of the tables cannot be proven: %s", freeze->why);
    return err_hint(err, "end the writers and run it again; --no-freeze rolls back while they write");
}

enum status
stake_find_freeze(struct session *session, struct freeze **out, struct err *err)
{
    struct freezes freezes;
    *out = NULL;
    TRY(freeze_list(session, &freezes, err));
    for (size_t i = 0; i < freezes.n; i++) {
        if (str_starts(freezes.items[i].reason, reason_words)) {
            *out = arena_new(session->arena, struct freeze);
            **out = freezes.items[i];
        }
    }
    return STATUS_OK;
}

enum status
stake_thaw(struct session *session, const struct freeze *freeze, struct err *err)
{
    struct thaw thaw;
    if (freeze == NULL) {
        return STATUS_OK;
    }
    return freeze_release(session, freeze->id, &thaw, err);
}
