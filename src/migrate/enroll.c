#include "migrate/enroll.h"

#include "base/clock.h"
#include "base/io.h"

#include <string.h>

struct enrolling {
    struct session *session;
    const struct enrolment *items;
    size_t n;
    const char *origin;
    struct operation_result *result;
};

static enum status
store_parts(struct session *session, const struct migration *migration, struct err *err)
{
    for (enum part_kind part = 0; part < PART_COUNT; part++) {
        ARENA_SCOPED scratch = {0};
        struct span text;
        if (migration->parts[part].is_present) {
            TRY(migration_read(&session->migrations, migration, part, &scratch, &text, err));
            TRY(registry_put_script(session->conn, &session->scripts, migration->parts[part].sha256, text,
                                    err));
        }
    }
    return STATUS_OK;
}

static struct applied
describe(const struct enrolling *enrolling, const struct enrolment *item)
{
    const struct migration *migration = item->migration;
    enum reversal_class class = migration->directives.class;
    struct applied applied = {
        .seq = ++enrolling->session->last_seq,
        .id = migration->id,
        .version = migration->version,
        .name = migration->name,
        .class = class == CLASS_UNSET ? CLASS_UNPROVEN : reversal_class_name(class),
        .state = APPLIED_DONE,
        .applied_us = item->applied_us == 0 ? clock_now_us() : item->applied_us,
        .op = enrolling->session->lease.op,
        .origin = enrolling->origin,
        .before_hash = "",
        .after_hash = "",
    };
    for (enum part_kind part = 0; part < PART_COUNT; part++) {
        const struct part *source = &migration->parts[part];
        applied.sha256[part] = source->is_present ? source->sha256 : "";
        applied.no_transaction |= source->transaction ? 0 : 1U << part;
    }
    return applied;
}

static void
note_enrolled(struct operation_result *result, const struct applied *applied)
{
    result->steps[result->n_steps++] = (struct step_result){
        .id = applied->id,
        .version = applied->version,
        .name = applied->name,
        .direction = DIRECTION_UP,
        .class = applied->class,
    };
    result->to = applied->version;
    result->outcome = OUTCOME_DONE;
}

static bool
is_in_set(const struct session *session, const struct migration *migration)
{
    const struct history_entry *entry;
    struct err ignored;
    return history_find(&session->history, migration->id, &entry, &ignored) == STATUS_OK &&
           entry->applied != NULL;
}

static enum status
enroll_all(struct enrolling *enrolling, struct err *err)
{
    struct session *session = enrolling->session;
    const struct catalog *live;
    TRY(lease_hold(session->conn, &session->lease, err));
    for (size_t i = 0; i < enrolling->n; i++) {
        const struct enrolment *item = &enrolling->items[i];
        if (is_in_set(session, item->migration)) {
            continue;
        }
        struct applied applied = describe(enrolling, item);
        TRY(store_parts(session, item->migration, err));
        TRY(registry_add(session->conn, &applied, NULL, err));
        note_enrolled(enrolling->result, &applied);
    }
    if (enrolling->result->n_steps == 0) {
        return STATUS_OK;
    }
    TRY(session_schema(session, &live, err));
    TRY(registry_rebase(session->conn, live, err));
    return record_append(session->conn, &session->chain, session->lease.op, "enroll",
                         record_body(session->arena, "origin", enrolling->origin, "migrations",
                                     arena_printf(session->arena, "%zu", enrolling->result->n_steps), NULL),
                         err);
}

enum status
operate_enroll(struct session *session, const struct enrolment *items, size_t n, const char *origin,
               struct operation_result *out, struct err *err)
{
    struct enrolling enrolling = {session, items, n, origin, out};
    int64_t started_us = clock_monotonic_us();
    TRY(session_acquire(session, "rollcall adopt", false, err));
    operation_result_begin(session, "adopt", out);
    out->steps = arena_new_array(session->arena, struct step_result, n + 1);
    TRY(conn_begin(session->conn, TXN_WRITE, err));
    enum status status = enroll_all(&enrolling, err);
    if (status == STATUS_OK) {
        status = fault_before("adopt.commit", err);
    }
    if (status == STATUS_OK) {
        status = conn_commit(session->conn, err);
    }
    if (status != STATUS_OK) {
        conn_rollback(session->conn);
        return status;
    }
    out->us = clock_monotonic_us() - started_us;
    return session_reload(session, err);
}
