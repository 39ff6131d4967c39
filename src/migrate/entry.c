#include "migrate/work.h"

#include "base/clock.h"
#include "base/io.h"

void
work_release(struct work *work)
{
    catalog_release(&work->before);
    catalog_release(&work->after);
}

/* -- entering the registry: within the transaction that makes it true
 * -------------------------------------------- */

static enum status
read_whole(struct work *work, struct err *err)
{
    catalog_release(&work->after);
    catalog_init(&work->after);
    work->has_after = true;
    TRY(conn_catalog(work->session->conn, &work->after, err));
    object_changes_between(&work->before, &work->after, work->arena, &work->changes);
    return STATUS_OK;
}

/* Most drivers can tell what a script changed; to read it all again for each of a thousand steps would take
 * longer than to run them. */
enum status
entry_read_schema(struct work *work, bool whole, struct err *err)
{
    bool known = false;
    work->has_after = false;
    if (!whole) {
        TRY(conn_catalog_changes(work->session->conn, &work->before, &work->step->effects, work->arena,
                                 &work->changes, &known, err));
    }
    if (!known) {
        TRY(read_whole(work, err));
    }
    hash128_hex(object_changes_fingerprint(&work->changes, work->before.fingerprint), work->after_hash);
    return STATUS_OK;
}

static enum status
store_scripts(struct work *work, struct err *err)
{
    const struct history_entry *entry = work->step->entry;
    for (enum part_kind part = 0; part < PART_COUNT; part++) {
        const struct part *source = &entry->migration->parts[part];
        struct span text = work->step->text;
        if (!source->is_present) {
            continue;
        }
        if (part != PART_UP) {
            TRY(part_text(work->session, entry, part, false, work->arena, &text, err));
        }
        TRY(registry_put_script(work->session->conn, &work->session->scripts, source->sha256, text, err));
    }
    return STATUS_OK;
}

static void
describe_entry(struct work *work, enum applied_state state)
{
    const struct session *session = work->session;
    const struct migration *migration = work->step->entry->migration;
    work->entry = (struct applied){
        .seq = session->last_seq + 1,
        .id = migration->id,
        .version = migration->version,
        .name = migration->name,
        .class = work->step->class,
        .state = state,
        .applied_us = clock_now_us(),
        .op = session->lease.op,
        .origin = "up",
        .before_hash = work->before_hash,
        .after_hash = state == APPLIED_DONE ? work->after_hash : "",
    };
    for (enum part_kind part = 0; part < PART_COUNT; part++) {
        const struct part *source = &migration->parts[part];
        bool transaction = part == PART_UP ? work->step->transaction : source->transaction;
        work->entry.sha256[part] = source->is_present ? source->sha256 : "";
        work->entry.no_transaction |= transaction ? 0 : 1U << part;
    }
}

static enum status
append_record(struct work *work, struct err *err)
{
    const struct step *step = work->step;
    const struct record_item items[] = {
        RECORD_TEXT("migration", step->entry->id),
        RECORD_TEXT("script", step->sha256),
        RECORD_TEXT("class", step->class),
        RECORD_TEXT("before", work->before_hash),
        RECORD_TEXT("after", work->after_hash),
        RECORD_NUMBER("statements", (int64_t)step->pieces.n_statements),
        RECORD_NUMBER("ms", (clock_monotonic_us() - work->started_us) / 1000),
    };
    return record_append(work->session->conn, &work->session->chain, work->session->lease.op,
                         direction_name(step->direction), record_object(work->arena, items, COUNT_OF(items)),
                         err);
}

static enum status
enter_up(struct work *work, bool was_entered, struct err *err)
{
    struct session *session = work->session;
    if (was_entered) {
        work->entry = *work->step->entry->applied;
        work->entry.applied_us = clock_now_us();
        work->entry.before_hash = work->before_hash;
        work->entry.after_hash = work->after_hash;
        return registry_finish(session->conn, &work->entry, &work->changes, err);
    }
    if (work->step->entry->applied != NULL) { /* a repeatable one, applied anew */
        TRY(registry_remove(session->conn, work->step->entry->id, err));
    }
    TRY(store_scripts(work, err));
    describe_entry(work, APPLIED_DONE);
    return registry_add(session->conn, &work->entry, &work->changes, err);
}

/* What we applied ourselves has a delta, or is unfinished and has none yet; what was adopted lies in the
 * base. */
bool
entry_is_recorded(const struct applied *applied)
{
    return str_eq(applied->origin, "up");
}

static enum status
enter_down(struct work *work, struct err *err)
{
    struct session *session = work->session;
    const struct applied *applied = work->step->entry->applied;
    TRY(registry_remove(session->conn, applied->id, err));
    return entry_is_recorded(applied) ? STATUS_OK : registry_rebase(session->conn, &work->after, err);
}

/* `was_entered`: the set holds it as unfinished already. */
enum status
entry_make(struct work *work, bool was_entered, struct err *err)
{
    struct session *session = work->session;
    TRY(fault_before("migrate.enter", err));
    TRY(lease_hold(session->conn, &session->lease, err));
    bool whole = was_entered ||
                 (work->step->direction == DIRECTION_DOWN && !entry_is_recorded(work->step->entry->applied));
    TRY(entry_read_schema(work, whole, err));
    conn_defer(session->conn);
    if (work->step->direction == DIRECTION_UP) {
        TRY(enter_up(work, was_entered, err));
    } else {
        TRY(enter_down(work, err));
    }
    if (was_entered) {
        TRY(statement_forget(session->conn, work->step->entry->id, err));
    }
    TRY(append_record(work, err));
    return fault_after("migrate.enter", err);
}

/* -- a script whose statements stand on their own ---------------------------------------------------------
 */

enum status
entry_in_transaction(struct work *work, enum status (*action)(struct work *work, struct err *err),
                     struct err *err)
{
    struct conn *conn = work->session->conn;
    TRY(conn_begin(conn, TXN_WRITE, err));
    enum status status = lease_hold(conn, &work->session->lease, err);
    if (status == STATUS_OK) {
        status = action(work, err);
    }
    if (status == STATUS_OK) {
        status = conn_commit(conn, err);
    }
    if (status != STATUS_OK) {
        conn_rollback(conn);
        session_forget_entries(work->session);
    }
    return status;
}

enum status
entry_mark_unfinished(struct work *work, struct err *err)
{
    struct session *session = work->session;
    if (work->step->direction == DIRECTION_DOWN) {
        return registry_set_state(session->conn, work->step->entry->id, APPLIED_REVERTING, session->lease.op,
                                  err);
    }
    if (work->step->entry->applied != NULL) {
        TRY(registry_remove(session->conn, work->step->entry->id, err));
    }
    TRY(store_scripts(work, err));
    describe_entry(work, APPLIED_APPLYING);
    return registry_add(session->conn, &work->entry, NULL, err);
}

/* The script failed before anything of it stood: the set is as it was. */
enum status
entry_unmark_unfinished(struct work *work, struct err *err)
{
    struct session *session = work->session;
    const struct history_entry *entry = work->step->entry;
    TRY(statement_forget(session->conn, entry->id, err));
    if (work->step->direction == DIRECTION_DOWN) {
        return registry_set_state(session->conn, entry->id, APPLIED_DONE, entry->applied->op, err);
    }
    return registry_remove(session->conn, entry->id, err);
}

enum status
entry_finish(struct work *work, struct err *err)
{
    return entry_make(work, true, err);
}
