#include "migrate/session.h"

#include "journal/saved.h"

#include "base/clock.h"
#include "base/io.h"
#include "driver/url.h"
#include "migrate/checkpoint.h"

#include <stdio.h>
#include <string.h>

/* Before anything is opened: a wrong folder must not leave a new database file behind. */
static enum status
load_directory(struct session *session, const struct driver *driver, bool optional, struct err *err)
{
    const struct service *service = session->service;
    if (service->dir == NULL || (optional && !io_exists(service->dir))) {
        if (!optional) {
            (void)err_raise(err, STATUS_USAGE, "no migrations directory was given");
            return err_hint(err, "give --dir DIR, or run 'rollcall init' to write a rollcall.ini");
        }
        return STATUS_OK;
    }
    TRY(migrations_load(service->dir, service->layout, driver, session->arena, &session->migrations, err));
    TRY(migrations_hash(&session->migrations, err));
    session->has_dir = true;
    return STATUS_OK;
}

enum status
session_reload(struct session *session, struct err *err)
{
    memset(&session->applied, 0, sizeof(session->applied));
    if (session->has_registry) {
        TRY(registry_applied(session->conn, session->arena, &session->applied, err));
    }
    session->last_seq = session->applied.n == 0 ? 0 : session->applied.items[session->applied.n - 1].seq;
    history_join(session->has_dir ? &session->migrations : NULL, &session->applied, session->arena,
                 &session->history);
    return STATUS_OK;
}

/* Neither stops a command, but both are better known. */
static void
tell_what_is_odd(const struct session *session)
{
    const struct identity *identity = &session->conn->identity;
    if (identity->weakness != NULL && identity->weakness[0] != '\0') {
        observer_tell(session->observer, &(struct event){.kind = EVENT_WARNING, .text = identity->weakness});
    }
    if (identity->is_absent) {
        const char *text = arena_printf(
            session->arena, "there is no database '%s' yet: 'rollcall up' creates it", identity->database);
        observer_tell(session->observer, &(struct event){.kind = EVENT_WARNING, .text = text});
    }
}

static enum status
open_parts(struct session *session, enum session_mode mode, bool dir_optional, struct err *err)
{
    struct conn_params params = {
        .url = session->service->url,
        .application = "rollcall",
        .connect_timeout_ms = 10000,
        .lock_timeout_ms = session->service->policy.lock_timeout_ms,
        .read_only = mode == SESSION_READ,
        .absent_is_empty = mode == SESSION_READ,
    };
    TRY(url_resolve(session->service->url, &params.url, err));
    const struct driver *driver = driver_for_url(params.url);
    if (driver != NULL) { /* else opening says what is wrong */
        TRY(load_directory(session, driver, dir_optional, err));
    }
    TRY(conn_open(&params, &session->conn, err));
    tell_what_is_odd(session);
    TRY(registry_exists(session->conn, &session->has_registry, err));
    return session_reload(session, err);
}

enum status
session_open(const struct service *service, enum session_mode mode, bool dir_optional,
             const struct observer *observer, struct arena *arena, struct session *out, struct err *err)
{
    memset(out, 0, sizeof(*out));
    out->service = service;
    out->observer = observer;
    out->arena = arena;
    out->scripts.arena = arena;
    enum status status = open_parts(out, mode, dir_optional, err);
    if (status != STATUS_OK) {
        session_close(out);
    }
    return status;
}

/* What the chain has come to is noted outside the database, too. */
static void
note_checkpoint(struct session *session)
{
    struct err err;
    if (session->conn == NULL || session->conn->is_lost || !session->chain.has_grown ||
        checkpoint_note(session, &err) == STATUS_OK) {
        return;
    }
    const char *text = arena_printf(session->arena, "the registry's checkpoint was not noted: %s", err.msg);
    observer_tell(session->observer, &(struct event){.kind = EVENT_WARNING, .text = text});
}

void
session_close(struct session *session)
{
    struct err ignored;
    if (session->holds_lease && session->conn != NULL && !session->conn->is_lost) {
        conn_rollback(session->conn);
        if (lease_release(session->conn, &session->lease, &ignored) != STATUS_OK) {
            session->holds_lease = false; /* it runs out by itself */
        }
    }
    note_checkpoint(session);
    session_forget_schema(session);
    conn_close(session->conn);
    session->conn = NULL;
    session->holds_lease = false;
}

const struct applied *
session_unfinished(const struct session *session)
{
    for (size_t i = 0; i < session->applied.n; i++) {
        if (session->applied.items[i].state != APPLIED_DONE) {
            return &session->applied.items[i];
        }
    }
    return NULL;
}

/* What a dead run left: a migration half way is for `resume`; anything else was rolled back with its
 * transaction, so its operation is closed as interrupted. */
static enum status
settle_predecessor(struct session *session, bool may_resume, struct err *err)
{
    const struct applied *unfinished = session_unfinished(session);
    struct operation operation;
    bool found;
    if (unfinished != NULL && !may_resume) {
        (void)err_raise(err, STATUS_PARTIAL, "migration '%s' was interrupted half way (operation %.8s)",
                        unfinished->id, unfinished->op);
        return err_hint(err, "'rollcall resume' finishes it, 'rollcall abort' undoes what can be undone");
    }
    if (may_resume) {
        return STATUS_OK;
    }
    TRY(operation_unfinished(session->conn, session->arena, &operation, &found, err));
    if (found) {
        TRY(operation_finish(session->conn, operation.op, "interrupted", err));
    }
    return STATUS_OK;
}

/* Two first runs may start together: the one that comes late finds the registry made. */
static enum status
create_registry(struct session *session, struct err *err)
{
    const struct catalog *schema;
    struct err again;
    TRY(session_schema(session, &schema, err));
    enum status status = registry_create(session->conn, schema, err);
    if (status != STATUS_OK && (registry_exists(session->conn, &session->has_registry, &again) != STATUS_OK ||
                                !session->has_registry)) {
        return status;
    }
    session->has_registry = true;
    return STATUS_OK;
}

enum status
session_acquire(struct session *session, const char *command, bool may_resume, struct err *err)
{
    struct lease_holder *taken_from;
    char op[33];
    if (!session->has_registry) {
        TRY(create_registry(session, err));
    }
    random_id(op);
    TRY(lease_acquire(session->conn, op, command, session->arena, &session->lease, &taken_from, err));
    session->holds_lease = true;
    if (taken_from != NULL) {
        observer_tell(session->observer, &(struct event){.kind = EVENT_TAKEOVER, .holder = taken_from});
    }
    TRY(registry_upgrade(session->conn, err));
    TRY(saved_any(session->conn, "down", &session->has_parked, err));
    /* Somebody may have finished between our first look and the lease. */
    TRY(session_reload(session, err));
    return settle_predecessor(session, may_resume, err);
}

enum status
session_schema(struct session *session, const struct catalog **out, struct err *err)
{
    if (!session->schema_is_read) {
        catalog_init(&session->schema);
        enum status status = conn_catalog(session->conn, &session->schema, err);
        if (status != STATUS_OK) {
            catalog_release(&session->schema);
            return status;
        }
        session->schema_is_read = true;
    }
    *out = &session->schema;
    return STATUS_OK;
}

enum status
session_fingerprint(struct session *session, struct hash128 *out, struct err *err)
{
    struct catalog sum;
    if (session->schema_is_read) {
        *out = session->schema.fingerprint;
        return STATUS_OK;
    }
    catalog_init_sum(&sum);
    enum status status = conn_catalog(session->conn, &sum, err);
    *out = sum.fingerprint;
    catalog_release(&sum);
    return status;
}

void
session_set_schema(struct session *session, struct catalog *catalog)
{
    session_forget_schema(session);
    session->schema = *catalog;
    session->schema_is_read = true;
}

void
session_forget_schema(struct session *session)
{
    if (session->schema_is_read) {
        catalog_release(&session->schema);
        session->schema_is_read = false;
    }
}

void
session_forget_entries(struct session *session)
{
    session->chain.is_read = false;
    session->scripts.is_read = false;
}
