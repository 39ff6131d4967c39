#include "mysql/my_conn.h"

#include "mysql/my_capture.h"
#include "mysql/my_mode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* -- pins: what our own SQL relies on, set and read back ----------------------------------------------- */

struct pin {
    const char *name;  /* of the variable, on MariaDB */
    const char *mysql; /* on MySQL; NULL: the same */
    const char *value; /* as SQL; NULL: the lock timeout, or whether the session is read-only */
    bool of_script;    /* a script finds it as the server's default has it */
    const char *reads; /* what it reads back as when that differs from `value`; NULL: `value` */
};

/* max_statement_time counts seconds, max_execution_time milliseconds and only for SELECT. */
static const struct pin pins[] = {
    {"time_zone", NULL, "'+00:00'", true, "+00:00"},
    {"sql_mode", NULL, "'" OUR_SQL_MODE "'", true, OUR_SQL_MODE},
    {"tx_isolation", "transaction_isolation", "'REPEATABLE-READ'", true, "REPEATABLE-READ"},
    {"tx_read_only", "transaction_read_only", NULL, false, NULL},
    {"autocommit", NULL, "1", false, NULL},
    {"lock_wait_timeout", NULL, NULL, false, NULL},
    {"innodb_lock_wait_timeout", NULL, NULL, false, NULL},
    {"max_statement_time", "max_execution_time", "0", false, NULL},
    {"group_concat_max_len", NULL, "1073741824", true, NULL},
    {"sql_safe_updates", NULL, "0", true, NULL},
    {"sql_big_selects", NULL, "1", true, NULL},
    {"sql_auto_is_null", NULL, "0", true, NULL},
    {"sql_quote_show_create", NULL, "1", true, NULL},
    {"net_read_timeout", NULL, "600", false, NULL},
    {"net_write_timeout", NULL, "600", false, NULL},
    {"wait_timeout", NULL, "28800", false, NULL},
};

static const char *
pin_name(const struct my_conn *my, const struct pin *pin)
{
    return !my->is_mariadb && pin->mysql != NULL ? pin->mysql : pin->name;
}

/* Lock timeouts are whole seconds on both servers: rounded up. */
static void
pin_value(const struct my_conn *my, const struct pin *pin, struct buf *out)
{
    if (pin->value != NULL) {
        buf_str(out, pin->value);
    } else if (str_eq(pin->name, "tx_read_only")) {
        buf_str(out, my->base.params.read_only ? "1" : "0");
    } else if (my->base.params.lock_timeout_ms > 0) {
        buf_printf(out, "%u", (my->base.params.lock_timeout_ms + 999) / 1000);
    } else {
        buf_str(out, "default");
    }
}

/* Autocommit stays as it is while a transaction is open, which switching it on would commit. */
static enum status
set_pins(struct my_conn *my, bool in_transaction, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "set names utf8mb4");
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        if (in_transaction && str_eq(pins[i].name, "autocommit")) {
            continue;
        }
        buf_printf(&sql, ", session %s = ", pin_name(my, &pins[i]));
        pin_value(my, &pins[i], &sql);
    }
    if (my->capture_token != 0) {
        buf_printf(&sql, ", " CAPTURE_VARIABLE " = %" PRIu64, my->capture_token);
    }
    TRY(buf_check(&sql, "the session's settings", err));
    return text_exec(my, buf_view(&sql), NULL, err);
}

enum status
my_own_mode(struct my_conn *my, struct err *err)
{
    return text_exec(my, SPAN("set session sql_mode = '" OUR_SQL_MODE "'"), NULL, err);
}

/* -- reading back -------------------------------------------------------------------------------------- */

static const char *
cell_text(MYSQL_ROW row, unsigned at)
{
    return row[at] == NULL ? "" : row[at];
}

static enum status
check_pins(struct my_conn *my, MYSQL_ROW row, struct err *err)
{
    static const char *const charset[] = {"client", "connection", "results"};
    unsigned at = 0;
    for (size_t i = 0; i < COUNT_OF(pins); i++, at++) {
        BUF_SCOPED want = BUF_INIT(BUF_TEXT_MAX);
        pin_value(my, &pins[i], &want);
        const char *expected = pins[i].reads == NULL ? buf_cstr(&want) : pins[i].reads;
        const char *got = cell_text(row, at);
        bool is_same = str_eq(got, expected) || str_eq(expected, "default") ||
                       (str_eq(expected, "0") && str_eq(got, "0.000000"));
        if (!is_same) {
            return err_raise(err, STATUS_UNSUPPORTED, "the server keeps %s = '%s', not '%s'",
                             pin_name(my, &pins[i]), got, expected);
        }
    }
    for (size_t i = 0; i < COUNT_OF(charset); i++, at++) {
        if (!str_eq(cell_text(row, at), "utf8mb4")) {
            return err_raise(err, STATUS_UNSUPPORTED,
                             "the server keeps character_set_%s = '%s', not 'utf8mb4'", charset[i],
                             cell_text(row, at));
        }
    }
    return STATUS_OK;
}

static void
add_pin_columns(const struct my_conn *my, struct buf *sql)
{
    buf_str(sql, "select ");
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        buf_printf(sql, "@@session.%s, ", pin_name(my, &pins[i]));
    }
    buf_str(sql, "@@character_set_client, @@character_set_connection, @@character_set_results, database()");
}

/* The database that the connection is about: a script may have said USE. */
static enum status
back_to_database(struct my_conn *my, const char *current, struct err *err)
{
    const char *database = my->target.database;
    if (str_eq(database, current) || database[0] == '\0') {
        return STATUS_OK;
    }
    return mysql_select_db(my->mysql, database) == 0 ? STATUS_OK : raise_mysql(my, false, err);
}

static enum status
pin_again(struct my_conn *my, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    RESULT_SCOPED *result = NULL;
    TRY(set_pins(my, false, err));
    add_pin_columns(my, &sql);
    TRY(text_query(my, buf_cstr(&sql), &result, err));
    MYSQL_ROW row = mysql_fetch_row(result);
    require(row != NULL);
    TRY(check_pins(my, row, err));
    return back_to_database(my, cell_text(row, COUNT_OF(pins) + 3), err);
}

/* -- identity ------------------------------------------------------------------------------------------ */

/* What the row holds behind the pins. */
enum {
    ID_CONNECTION = COUNT_OF(pins) + 4,
    ID_USER,
    ID_VERSION,
    ID_MODE,
    ID_PACKET,
    ID_READ_ONLY,
    ID_SYSTEM,
    ID_START
};

static void
add_identity_columns(const struct my_conn *my, struct buf *sql)
{
    bool has_uid = !my->is_mariadb || my->base.identity.version_num >= 101100;
    buf_str(sql,
            ", connection_id(), current_user(), version(), @@global.sql_mode, @@global.max_allowed_packet, "
            "@@global.read_only");
    buf_str(sql, !has_uid         ? ", concat_ws(':', @@hostname, @@port, @@datadir)"
                 : my->is_mariadb ? ", @@server_uid"
                                  : ", @@server_uuid");
    buf_printf(
        sql,
        ", (select unix_timestamp() - variable_value from %s.global_status where variable_name = 'Uptime')",
        my->is_mariadb ? "information_schema" : "performance_schema");
}

static void
keep_identity(struct my_conn *my, MYSQL_ROW row)
{
    struct identity *identity = &my->base.identity;
    struct arena *arena = &my->base.arena;
    const char *start = cell_text(row, ID_START);
    uint64_t packet = 0;
    identity->engine = my->is_mariadb ? "mariadb" : "mysql";
    identity->version = arena_strdup(arena, cell_text(row, ID_VERSION));
    identity->system = arena_strdup(arena, cell_text(row, ID_SYSTEM));
    identity->database = my->target.database;
    identity->user = arena_strdup(arena, cell_text(row, ID_USER));
    identity->weakness = client_weakness(&my->target);
    identity->is_read_only =
        !str_eq(cell_text(row, ID_READ_ONLY), "0") && !str_eq(cell_text(row, ID_READ_ONLY), "OFF");
    /* A proxy that shares sessions shows one id to us and has another one behind itself. */
    identity->is_pooled = !span_is(span_of(arena_printf(arena, "%lu", mysql_thread_id(my->mysql))),
                                   cell_text(row, ID_CONNECTION));
    struct span whole = {start, strcspn(start, ".")};
    my->started = 0;
    (void)parse_i64(whole, &my->started);
    identity->session = arena_printf(arena, "%s@%" PRId64, cell_text(row, ID_CONNECTION), my->started);
    my->script_flags = modes_flags(span_of(cell_text(row, ID_MODE)));
    (void)parse_u64(span_of(cell_text(row, ID_PACKET)), &packet);
    my->max_packet = packet > 0 ? packet : UINT64_MAX;
}

static enum status
pin_and_identify(struct my_conn *my, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    RESULT_SCOPED *result = NULL;
    TRY(set_pins(my, false, err));
    add_pin_columns(my, &sql);
    add_identity_columns(my, &sql);
    TRY(text_query(my, buf_cstr(&sql), &result, err));
    MYSQL_ROW row = mysql_fetch_row(result);
    require(row != NULL);
    TRY(check_pins(my, row, err));
    keep_identity(my, row);
    return STATUS_OK;
}

/* -- open, close, scripts ------------------------------------------------------------------------------ */

static enum status
check_version(struct my_conn *my, struct err *err)
{
    enum { OLDEST_MARIADB = 100400, OLDEST_MYSQL = 80016 };
    uint32_t version = (uint32_t)mysql_get_server_version(my->mysql);
    const char *words = mysql_get_server_info(my->mysql);
    my->is_mariadb = strstr(words, "MariaDB") != NULL || strstr(words, "mariadb") != NULL;
    my->base.identity.version_num = version;
    if (version < (my->is_mariadb ? OLDEST_MARIADB : OLDEST_MYSQL)) {
        err_raise(err, STATUS_UNSUPPORTED, "the server is %s %s, too old",
                  my->is_mariadb ? "MariaDB" : "MySQL", words);
        return err_hint(err, "MariaDB 10.4 and MySQL 8.0.16 are the oldest that work");
    }
    return STATUS_OK;
}

enum status
my_open(struct conn *conn, const struct conn_params *params, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    map_init(&my->statements, &conn->arena);
    my->max_packet = UINT64_MAX;
    my->script_flags = LEX_MYSQL;
    TRY(target_parse(params->url, &conn->arena, &my->target, err));
    TRY(target_complete(&my->target, &conn->arena, err));
    TRY(client_connect(&my->target, &conn->params, &my->mysql, err));
    TRY(check_version(my, err));
    return pin_and_identify(my, err);
}

/* The optimiser must not take this for dead stores. */
static void
wipe(const char *secret)
{
    union {
        const char *in;
        volatile char *out;
    } text = {secret};
    for (size_t i = 0, len = strlen(secret); i < len; i++) {
        text.out[i] = '\0';
    }
}

void
my_close(struct conn *conn)
{
    struct my_conn *my = my_conn_of(conn);
    statements_forget(my);
    if (my->mysql != NULL) {
        mysql_close(my->mysql);
        my->mysql = NULL;
    }
    if (my->target.has_password && my->target.password[0] != '\0') {
        wipe(my->target.password);
    }
}

static enum status
enter_script(struct my_conn *my, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "set ");
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        if (pins[i].of_script) {
            buf_printf(&sql, "%ssession %s = default", sql.len > 4 ? ", " : "", pin_name(my, &pins[i]));
        }
    }
    TRY(text_exec(my, buf_view(&sql), NULL, err));
    my->in_script = true;
    return STATUS_OK;
}

/* Resetting the session undoes all that a script may have set: variables, temporary tables, locks, prepared
 * statements. It would end a transaction, too, so it waits for that. */
static enum status
leave_script(struct my_conn *my, struct err *err)
{
    my->in_script = false;
    my->needs_reset = true;
    if (my_txn_state(&my->base) == TXN_OPEN) {
        return set_pins(my, true, err);
    }
    TRY(stream_settle(my, err));
    statements_forget(my);
    if (mysql_reset_connection(my->mysql) != 0) {
        return raise_mysql(my, false, err);
    }
    my->needs_reset = false;
    my->began = false;
    my->is_autocommit_off = false;
    my->holds_locks = false;
    my->state_is_stale = false;
    TRY(my_pass_again(my, err));
    return pin_again(my, err);
}

enum status
my_script_session(struct conn *conn, bool enter, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    if (enter) {
        return my->in_script ? STATUS_OK : enter_script(my, err);
    }
    return my->in_script || my->needs_reset ? leave_script(my, err) : STATUS_OK;
}

enum status
my_lock_timeout(struct conn *conn, uint32_t ms, struct err *err)
{
    static const char *const names[] = {"lock_wait_timeout", "innodb_lock_wait_timeout"};
    struct my_conn *my = my_conn_of(conn);
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    (void)ms; /* stands in conn->params by now, where the pins look for it as well */
    for (size_t i = 0; i < COUNT_OF(pins); i++) {
        if (str_eq(pins[i].name, names[0]) || str_eq(pins[i].name, names[1])) {
            buf_printf(&sql, "%s session %s = ", sql.len == 0 ? "set" : ",", pins[i].name);
            pin_value(my, &pins[i], &sql);
        }
    }
    return text_exec(my, buf_view(&sql), NULL, err);
}
