#include "migrate/drift.h"

#include <string.h>

/* The newest member's fingerprint is the schema's, if nothing has happened since: then there is nothing to
 * fold. */
static bool
is_as_recorded(const struct session *session, struct hash128 fingerprint)
{
    char hash[HASH128_HEX_LEN + 1];
    const struct history_entry *current = session->history.current;
    hash128_hex(fingerprint, hash);
    return current != NULL && session_unfinished(session) == NULL &&
           str_eq(current->applied->after_hash, hash);
}

enum status
drift_find(struct session *session, struct drift *out, struct err *err)
{
    const struct catalog *live;
    struct hash128 fingerprint;
    memset(out, 0, sizeof(*out));
    catalog_init(&out->expected);
    out->n_edited = session->history.n_edited;
    if (!session->has_registry || session_unfinished(session) != NULL) {
        return STATUS_OK;
    }
    TRY(session_fingerprint(session, &fingerprint, err));
    if (is_as_recorded(session, fingerprint)) {
        out->is_known = true;
        return STATUS_OK;
    }
    TRY(session_schema(session, &live, err));
    TRY(registry_expected(session->conn, &out->expected, &out->is_known, err));
    if (out->is_known) {
        catalog_diff(&out->expected, live, session->arena, &out->diff);
    }
    return STATUS_OK;
}

void
drift_release(struct drift *drift)
{
    catalog_release(&drift->expected);
}

bool
drift_is_any(const struct drift *drift)
{
    return drift->n_edited > 0 || (drift->is_known && drift->diff.class == CHANGE_CLASS_MEANING);
}
