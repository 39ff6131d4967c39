#include "postgres/pg.h"

#include <inttypes.h>
#include <string.h>

/* What our own SQL relies on: everything that decides how the server writes a value or finds a name. What is
 * not for scripts goes back to the role's own setting while one runs. */
static const struct pin {
    const char *name;
    const char *value; /* as the server shows it again */
    bool for_scripts;
} pins[] = {
    {"search_path", "pg_catalog, pg_temp", false},
    {"TimeZone", "UTC", false},
    {"DateStyle", "ISO, YMD", false},
    {"IntervalStyle", "iso_8601", false},
    {"extra_float_digits", "1", false}, /* from 1 on: shortest text that reads back exactly (12 and newer) */
    {"bytea_output", "hex", false},
    {"lc_monetary", "C", false},
    {"row_security", "off", false}, /* an error rather than hidden rows */
    {"quote_all_identifiers", "off", false},
    {"jit", "off", false}, /* costs more than the catalogue queries it would compile */
    {"plan_cache_mode", "force_generic_plan",
     false}, /* planning the catalogue anew takes longer than reading it */
    {"standard_conforming_strings", "on", true}, /* as the splitter reads strings */
    {"statement_timeout", "0", true},
    {"idle_in_transaction_session_timeout", "0", true},
};

/* Behind a pooler settings must not outlive the transaction; whether there is one, the first round trip asks
 * and answers at once: the server's process is another one than the one that greeted us. */
static void
add_pin(struct buf *sql, const struct pg_conn *pg, const char *name, const char *value)
{
    const char *is_local = pg->base.identity.is_pooled ? "true" : "false";
    bool is_first = pg->base.identity.version_num == 0;
    buf_printf(sql, ", pg_catalog.set_config('%s', %s, ", name, value);
    if (is_first) {
        buf_printf(sql, "pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.<>) %d)", PQbackendPID(pg->link));
    } else {
        buf_printf(sql, "%s)", is_local);
    }
}

static void
add_lock_timeout(struct buf *sql, const struct pg_conn *pg)
{
    char value[24];
    if (pg->base.params.lock_timeout_ms > 0) {
        snprintf(value, sizeof(value), "'%" PRIu32 "'", pg->base.params.lock_timeout_ms);
        add_pin(sql, pg, "lock_timeout", value);
    }
}

static void
add_own_pins(struct buf *sql, const struct pg_conn *pg)
{
    const struct conn_params *params = &pg->base.params;
    char value[80];
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        snprintf(value, sizeof(value), "'%s'", pins[i].value);
        add_pin(sql, pg, pins[i].name, value);
    }
    add_lock_timeout(sql, pg);
    if (params->read_only) {
        add_pin(sql, pg, "default_transaction_read_only", "'on'");
    }
}

/* NULL resets to what the role, the database or the server's configuration says. */
static void
add_script_pins(struct buf *sql, const struct pg_conn *pg)
{
    if (pg->base.identity.is_pooled) {
        add_own_pins(sql, pg);
    } else {
        add_lock_timeout(sql, pg);
    }
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        if (!pins[i].for_scripts) {
            add_pin(sql, pg, pins[i].name, "NULL");
        }
    }
}

/* A script's own settings, while ours stand in for them. The letter before each value keeps "empty" apart
 * from "not there". The role comes last when saved and first when reset: it decides what else may be set. */
static const char *const roles[] = {"session_authorization", "role"};

static void
add_kept(struct buf *sql, const struct pg_conn *pg, const char *name, bool restores)
{
    char kept[128];
    char value[256];
    snprintf(kept, sizeof(kept), "rollcall.%s", name);
    if (restores) {
        snprintf(value, sizeof(value),
                 "pg_catalog.substr(nullif(pg_catalog.current_setting('%s', true), ''), 2)", kept);
        add_pin(sql, pg, name, value);
    } else {
        snprintf(value, sizeof(value), "pg_catalog.concat('v', pg_catalog.current_setting('%s'))", name);
        add_pin(sql, pg, kept, value);
    }
}

static void
add_save(struct buf *sql, const struct pg_conn *pg)
{
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        add_kept(sql, pg, pins[i].name, false);
    }
    add_kept(sql, pg, "lock_timeout", false);
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        add_kept(sql, pg, roles[i], false);
    }
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        add_pin(sql, pg, roles[i], "NULL");
    }
    add_own_pins(sql, pg);
}

static void
add_restore(struct buf *sql, const struct pg_conn *pg)
{
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        add_kept(sql, pg, pins[i].name, true);
    }
    add_kept(sql, pg, "lock_timeout", true);
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        add_kept(sql, pg, roles[i], true);
    }
}

static void
make_statement(struct pg_conn *pg, struct pg_statement *out, const char *name,
               void (*add)(struct buf *sql, const struct pg_conn *pg))
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "SELECT 1");
    add(&sql, pg);
    *out = (struct pg_statement){.sql = arena_strndup(&pg->base.arena, buf_cstr(&sql), sql.len)};
    snprintf(out->name, sizeof(out->name), "rollcall_%s_%u", name, pg->n_settings);
}

void
pg_settings_init(struct pg_conn *pg)
{
    pg->n_settings++;
    make_statement(pg, &pg->own, "own", add_own_pins);
    make_statement(pg, &pg->save, "save", add_save);
    make_statement(pg, &pg->script, "script", add_script_pins);
    make_statement(pg, &pg->restore, "restore", add_restore);
}

struct pg_statement *
pg_mode_statement(struct pg_conn *pg, enum pg_mode mode)
{
    if (mode == PG_MODE_OWN) {
        return pg->mode == PG_MODE_SCRIPT && pg->in_script && pg->may_have_set ? &pg->save : &pg->own;
    }
    return pg->has_saved ? &pg->restore : &pg->script;
}

void
pg_mode_entered(struct pg_conn *pg, enum pg_mode mode)
{
    pg->has_saved = pg->has_saved ||
                    (mode == PG_MODE_OWN && pg->mode == PG_MODE_SCRIPT && pg->in_script && pg->may_have_set);
    pg->mode = mode;
}

/* -- the first round trip -------------------------------------------------------------------------------- */

enum greeting_column {
    GREETING_ONE,
    GREETING_PID,
    GREETING_VERSION,
    GREETING_VERSION_NUM,
    GREETING_DATABASE,
    GREETING_USER,
    GREETING_IS_STANDBY,
    GREETING_STARTED,
    GREETING_SYSTEM,
    GREETING_PINS
};

static const char greeting_sql[] =
    "SELECT 1, pg_catalog.pg_backend_pid(), pg_catalog.current_setting('server_version'), "
    "pg_catalog.current_setting('server_version_num'), pg_catalog.current_database(), current_user, "
    "pg_catalog.pg_is_in_recovery(), "
    "(SELECT pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') "
    "FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a)";

static const char system_sql[] = ", (SELECT c.system_identifier FROM pg_catalog.pg_control_system() c)";

static void
fill_identity(struct pg_conn *pg, const PGresult *row)
{
    struct identity *identity = &pg->base.identity;
    struct arena *arena = &pg->base.arena;
    uint64_t number = 0;
    (void)parse_u64(span_of(PQgetvalue(row, 0, GREETING_VERSION_NUM)), &number);
    identity->engine = "postgresql";
    identity->version = arena_strdup(arena, PQgetvalue(row, 0, GREETING_VERSION));
    identity->version_num = (uint32_t)number;
    identity->system = arena_strdup(arena, PQgetvalue(row, 0, GREETING_SYSTEM));
    identity->database = arena_strdup(arena, PQgetvalue(row, 0, GREETING_DATABASE));
    identity->user = arena_strdup(arena, PQgetvalue(row, 0, GREETING_USER));
    identity->is_read_only = str_eq(PQgetvalue(row, 0, GREETING_IS_STANDBY), "t");
    (void)parse_u64(span_of(PQgetvalue(row, 0, GREETING_PID)), &number);
    identity->is_pooled = number != (uint64_t)PQbackendPID(pg->link);
    identity->session = identity->is_pooled ? ""
                                            : arena_printf(arena, "%s.%s", PQgetvalue(row, 0, GREETING_PID),
                                                           PQgetvalue(row, 0, GREETING_STARTED));
}

static enum status
check_pin(const char *name, const char *want, const char *got, struct err *err)
{
    if (str_eq(want, got)) {
        return STATUS_OK;
    }
    err_raise(err, STATUS_UNSUPPORTED, "the server has set %s to '%s', not to '%s'", name, got, want);
    return err_hint(err, "connect without what stands between, or find out who changes it");
}

/* set_config gives back what the setting is afterwards. */
static enum status
check_pins(const struct pg_conn *pg, const PGresult *row, struct err *err)
{
    const char *encoding = PQparameterStatus(pg->link, "client_encoding");
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        TRY(check_pin(pins[i].name, pins[i].value, PQgetvalue(row, 0, GREETING_PINS + (int)i), err));
    }
    return check_pin("client_encoding", "UTF8", encoding == NULL ? "" : encoding, err);
}

static PGresult *
greet(struct pg_conn *pg, bool asks_system)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, greeting_sql);
    buf_str(&sql, asks_system ? system_sql : ", ''");
    add_own_pins(&sql, pg);
    return PQexecParams(pg->link, buf_cstr(&sql), 0, NULL, NULL, NULL, NULL, 0);
}

enum status
pg_settings_pin(struct pg_conn *pg, struct err *err)
{
    PG_RESULT_SCOPED *row = greet(pg, true);
    const char *sqlstate = PQresultErrorField(row, PG_DIAG_SQLSTATE);
    if (str_eq(sqlstate, "42501")) { /* some hosts keep the system identifier to themselves */
        PQclear(row);
        row = greet(pg, false);
    }
    if (PQresultStatus(row) != PGRES_TUPLES_OK) {
        return pg_raise(pg, row, (struct span){NULL, 0}, err);
    }
    fill_identity(pg, row);
    TRY(check_pins(pg, row, err));
    pg->mode = pg->base.identity.is_pooled ? PG_MODE_NONE : PG_MODE_OWN;
    pg_settings_init(pg);
    return STATUS_OK;
}

/* -- scripts --------------------------------------------------------------------------------------------- */

void
pg_settings_note(struct pg_conn *pg, const char *tag)
{
    /* What starts like this runs no SET of its own, nor a function that would; triggers that change the
     * session for good are not what anybody writes. */
    static const char *const harmless[] = {
        "CREATE ", "ALTER ",  "DROP ",  "INSERT ", "UPDATE ", "DELETE ",  "COPY ",     "TRUNCATE",  "COMMENT",
        "GRANT",   "REVOKE",  "BEGIN",  "START",   "COMMIT",  "ROLLBACK", "SAVEPOINT", "RELEASE",   "LOCK",
        "REINDEX", "ANALYZE", "VACUUM", "CLUSTER", "REFRESH", "SECURITY", "NOTIFY",    "CHECKPOINT"};
    for (size_t i = 0; i < COUNT_OF(harmless); i++) {
        if (str_starts(tag, harmless[i])) {
            return;
        }
    }
    pg->may_have_set = pg->may_have_set || pg->in_script;
}

static enum status
reset_session(struct pg_conn *pg, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&sql, "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; %s", pg->own.sql);
    PG_RESULT_SCOPED *result = PQexec(pg->link, buf_cstr(&sql));
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        return pg_raise(pg, result, (struct span){NULL, 0}, err);
    }
    pg->mode = PG_MODE_OWN;
    return STATUS_OK;
}

/* What cannot be done in a failed transaction, and what a rollback would bring back, is for the call after
 * it. Everything else waits for the statement that needs it. */
enum status
pg_script_session(struct conn *conn, bool enter, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    PGTransactionStatusType state = PQtransactionStatus(pg->link);
    bool is_dirty = !enter && pg->may_have_set && !pg->base.identity.is_pooled;
    pg->in_script = enter;
    pg->has_saved = false;
    if (state == PQTRANS_INERROR) {
        return STATUS_OK;
    }
    if (is_dirty) {
        TRY(reset_session(pg, err));
    }
    pg->may_have_set = pg->may_have_set && state != PQTRANS_IDLE;
    return STATUS_OK;
}

/* The timeout is one of our pins, and scripts run under it, too: all four statements are made anew, and are
 * sent again. */
enum status
pg_lock_timeout(struct conn *conn, uint32_t ms, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    (void)ms;
    (void)err;
    pg_settings_init(pg);
    pg->mode = PG_MODE_NONE;
    return STATUS_OK;
}
