#include "postgres/pg.h"

#include <string.h>

/* SQLSTATE prefixes and what they mean to the caller; the longest that fits counts (PostgreSQL's manual,
 * appendix A). */
static const struct {
    const char *prefix;
    enum status status;
} statuses[] = {
    {"08", STATUS_CONNECT},      /* connection exception */
    {"28", STATUS_CONNECT},      /* authentication */
    {"3D000", STATUS_CONNECT},   /* no such database */
    {"40001", STATUS_CONFLICT},  /* serialization failure */
    {"40P01", STATUS_CONFLICT},  /* deadlock */
    {"53300", STATUS_CONNECT},   /* too many connections */
    {"55006", STATUS_CONFLICT},  /* object in use */
    {"55P03", STATUS_CONFLICT},  /* lock not available: lock_timeout, NOWAIT */
    {"57014", STATUS_CANCELLED}, /* query cancelled */
    {"57P", STATUS_CONNECT},     /* shutdown, still starting, database dropped */
};

enum status
pg_status_of(const char *sqlstate)
{
    enum status status = STATUS_SQL;
    size_t longest = 0;
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        size_t len = strlen(statuses[i].prefix);
        if (len > longest && str_starts(sqlstate, statuses[i].prefix)) {
            longest = len;
            status = statuses[i].status;
        }
    }
    return status;
}

enum status
pg_raise_lost(struct pg_conn *pg, enum status status, struct err *err)
{
    const char *words = PQerrorMessage(pg->link);
    pg->base.is_lost = true;
    err_raise(err, status, "the connection was lost%s%s", *words == '\0' ? "" : ": ", words);
    if (status == STATUS_UNKNOWN) {
        return err_hint(err, "it may or may not have happened: look before you run it again");
    }
    return status;
}

/* The server's DETAIL names what stands in the way of a schema change; elsewhere it may hold values of rows.
 */
static bool
is_detail_harmless(const char *sqlstate)
{
    static const char *const classes[] = {"2B", "42", "0A", "55"};
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        if (str_starts(sqlstate, classes[i])) {
            return true;
        }
    }
    return false;
}

static void
set_hint(const PGresult *result, const char *sqlstate, struct err *err)
{
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    if (str_eq(sqlstate, "55P04")) {
        err_hint(err, "a new label can be used once the transaction that added it is committed: give it a "
                      "migration of its own");
    } else if (detail != NULL && is_detail_harmless(sqlstate)) {
        err_hint(err, "%s", detail);
    } else if (hint != NULL) {
        err_hint(err, "%s", hint);
    }
}

enum status
pg_raise(struct pg_conn *pg, const PGresult *result, struct span sql, struct err *err)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    uint64_t character;
    if (sqlstate == NULL || message == NULL) { /* libpq's own words */
        if (PQstatus(pg->link) == CONNECTION_BAD) {
            return pg_raise_lost(pg, STATUS_CONNECT, err);
        }
        return err_raise(err, STATUS_SQL, "%s", PQresultErrorMessage(result));
    }
    err_raise(err, pg_status_of(sqlstate), "%s", message);
    memcpy(err->sqlstate, sqlstate, strnlen(sqlstate, sizeof(err->sqlstate) - 1));
    /* Positions count characters, not bytes. */
    if (position != NULL && sql.len > 0 && parse_u64(span_of(position), &character) && character > 0) {
        err->position = utf8_offset(sql, (size_t)character - 1) + 1;
    }
    set_hint(result, sqlstate, err);
    pg->base.is_lost = pg->base.is_lost || PQstatus(pg->link) == CONNECTION_BAD;
    return err->status;
}
