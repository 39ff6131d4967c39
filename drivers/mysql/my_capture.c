/* Row triggers that write into a log table. Other sessions run through them, too, but for the rows of ours
 * only the log grows: the session says a number that no other one has.
 *
 * Creating and dropping a trigger commits, so all of this happens between transactions. It may happen within
 * a script's session, whose modes and character sets are put aside meanwhile: a trigger keeps those in which
 * it was made. */
#include "mysql/my_capture.h"

#include "base/hash.h"
#include "mysql/my_aside.h"

#include <inttypes.h>
#include <string.h>

#define TRIGGER_PREFIX "rollcall_capture_"

enum { TOO_BIG_ROW = 1118, TRIGGER_EXISTS = 1359 };

/* Triggers are not for everybody. */
static const long denials[] = {1044, 1142, 1227, 1419};

struct event {
    const char *name;
    const char *suffix;
    bool has_old;
    bool has_new;
};

static const struct event events[] = {
    {"insert", "i", false, true}, {"update", "u", true, true}, {"delete", "d", true, false}};

static void
finish_p(struct cursor **cursor)
{
    my_finish(*cursor);
}
#define OPEN_CURSOR CLEANUP(finish_p) struct cursor

/* -- names ----------------------------------------------------------------------------------------------- */

/* A script may have said USE: every name is told with its database. */
static void
add_name(struct buf *out, const struct my_conn *my, const char *name)
{
    driver_quote(my->base.driver, out, my->target.database);
    buf_char(out, '.');
    driver_quote(my->base.driver, out, name);
}

static void
add_table(struct buf *out, const struct my_conn *my, const struct table *table)
{
    if (strchr(table->qualified, '.') != NULL) {
        driver_quote_qualified(my->base.driver, out, table->qualified);
    } else {
        add_name(out, my, table->qualified);
    }
}

static void
add_trigger(struct buf *out, const struct my_conn *my, const char *log, const struct event *event)
{
    ARENA_SCOPED scratch = {0};
    const char *tail = str_starts(log, "rollcall_") ? log + strlen("rollcall_") : log;
    add_name(out, my, arena_printf(&scratch, TRIGGER_PREFIX "%s_%s", tail, event->suffix));
}

/* -- the session ----------------------------------------------------------------------------------------- */

enum status
capture_identify(struct my_conn *my, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    my->capture_token = (hash64(span_of(my->base.identity.session)) >> 1) | 1;
    buf_printf(&sql, "set " CAPTURE_VARIABLE " = %" PRIu64, my->capture_token);
    return text_exec(my, buf_view(&sql), NULL, err);
}

/* The modes in which triggers are made. */
static enum status
enter(struct my_conn *my, struct err *err)
{
    static const char sql[] =
        "set @rollcall_mode = @@session.sql_mode, @rollcall_client = @@character_set_client, "
        "@rollcall_results = @@character_set_results, @rollcall_collation = @@collation_connection, session "
        "sql_mode = '" OUR_SQL_MODE "', names utf8mb4";
    TRY(capture_identify(my, err));
    return text_exec(my, SPAN(sql), NULL, err);
}

/* Back to the session's own; `status` is what came of the work. */
static enum status
leave(struct my_conn *my, enum status status, struct err *err)
{
    static const char sql[] =
        "set session sql_mode = @rollcall_mode, character_set_client = @rollcall_client, "
        "character_set_results = @rollcall_results, "
        "collation_connection = @rollcall_collation";
    struct err ignored = {0};
    enum status left =
        my->base.is_lost ? STATUS_OK : text_exec(my, SPAN(sql), NULL, status == STATUS_OK ? err : &ignored);
    return status == STATUS_OK ? left : status;
}

/* -- the log --------------------------------------------------------------------------------------------- */

/* There is such a table, and no column bears a name of the log's. `*rolls_back`: its changes do. */
static enum status
check_table(struct my_conn *my, const struct table *table, bool *rolls_back, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct row row;
    struct value params[2] = {value_text(my->target.database), value_text(table->name)};
    const char *dot = strrchr(table->qualified, '.');
    if (dot != NULL) {
        size_t len = (size_t)(dot - table->qualified);
        params[0] = value_text(arena_strndup(&scratch, table->qualified, len));
        params[1] = value_text(dot + 1);
    }
    OPEN_CURSOR *cursor = NULL;
    TRY(my_query(&my->base,
                 "select e.transactions from information_schema.tables t left join "
                 "information_schema.engines e on e.engine = t.engine where t.table_schema = ? and "
                 "t.table_name = ? and t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED')",
                 params, 2, &cursor, NULL, err));
    TRY(my_fetch(cursor, &row, err));
    if (row.n == 0) {
        return err_raise(err, STATUS_USAGE, "there is no table '%s'", table->qualified);
    }
    *rolls_back = span_is(row.values[0].bytes, "YES");
    if (table_column(table, "rc_seq") != NULL || table_column(table, "rc_new") != NULL) {
        return err_raise(err, STATUS_UNSUPPORTED, "the table has a column that is named like one of the log");
    }
    return STATUS_OK;
}

/* `is_wide`: rows have to fit into 64 KiB but for what is stored apart. */
static void
add_type(struct buf *sql, const struct column *column, bool is_wide)
{
    struct type type = column->type;
    if (is_wide && str_starts(type.name, "varchar(")) {
        type.name = "longtext";
    } else if (is_wide && str_starts(type.name, "varbinary(")) {
        type.name = "longblob";
    }
    my_side_type(sql, &type, column->collation);
}

/* The log's rows are to stay or go with the table's. */
static enum status
create_log(struct my_conn *my, const struct table *table, const char *log, bool rolls_back, bool is_wide,
           struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    buf_str(&sql, "create table if not exists ");
    add_name(&sql, my, log);
    buf_str(&sql, " (rc_seq bigint not null auto_increment primary key, rc_new tinyint not null");
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!table->columns[i].is_generated) {
            buf_str(&sql, ", ");
            driver_quote(my->base.driver, &sql, table->columns[i].name);
            buf_char(&sql, ' ');
            add_type(&sql, &table->columns[i], is_wide);
        }
    }
    buf_printf(&sql, ") engine = %s row_format = dynamic", rolls_back ? "InnoDB" : "MyISAM");
    TRY(buf_check(&sql, "the log's columns", err));
    return text_exec(my, buf_view(&sql), NULL, err);
}

/* ", prefix.a, prefix.b", or without prefixes. */
static void
add_cells(struct buf *sql, const struct my_conn *my, const struct table *table, const char *prefix)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!table->columns[i].is_generated) {
            buf_printf(sql, ", %s", prefix);
            driver_quote(my->base.driver, sql, table->columns[i].name);
        }
    }
}

/* A log that is there already has to have these columns: else the script's own statements would fail. */
static enum status
check_log(struct my_conn *my, const struct table *table, const char *log, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    buf_str(&sql, "select rc_new");
    add_cells(&sql, my, table, "");
    buf_str(&sql, " from ");
    add_name(&sql, my, log);
    buf_str(&sql, " limit 0");
    TRY(buf_check(&sql, "the log's columns", err));
    return text_exec(my, buf_view(&sql), NULL, err) == STATUS_OK
               ? STATUS_OK
               : err_wrap(err, "the log '%s' was made for other columns", log);
}

/* -- triggers -------------------------------------------------------------------------------------------- */

static enum status
drop_triggers(struct my_conn *my, const char *log, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
        buf_str(&sql, "drop trigger if exists ");
        add_trigger(&sql, my, log, &events[i]);
        TRY(text_exec(my, buf_view(&sql), NULL, err));
    }
    return STATUS_OK;
}

/* "not (every cell is the same)": an UPDATE runs over rows that it leaves as they are, too. */
static void
add_has_changed(struct buf *sql, const struct my_conn *my, const struct table *table)
{
    const char *between = "not (";
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct column *column = &table->columns[i];
        if (column->is_generated) {
            continue;
        }
        BUF_SCOPED before = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED after = BUF_INIT(BUF_TEXT_MAX);
        buf_str(&before, "old.");
        buf_str(&after, "new.");
        driver_quote(my->base.driver, &before, column->name);
        driver_quote(my->base.driver, &after, column->name);
        buf_str(sql, between);
        my_same(sql, buf_cstr(&before), buf_cstr(&after), &column->type);
        between = " and ";
    }
    buf_char(sql, ')');
}

static void
add_insert(struct buf *sql, const struct my_conn *my, const struct table *table, const char *log,
           const struct event *event)
{
    buf_str(sql, "insert into ");
    add_name(sql, my, log);
    buf_str(sql, " (rc_new");
    add_cells(sql, my, table, "");
    buf_str(sql, ") values ");
    if (event->has_old) {
        buf_str(sql, "(0");
        add_cells(sql, my, table, "old.");
        buf_str(sql, event->has_new ? "), " : ")");
    }
    if (event->has_new) {
        buf_str(sql, "(1");
        add_cells(sql, my, table, "new.");
        buf_char(sql, ')');
    }
    buf_char(sql, ';');
}

/* Oracle's server carries a timestamp from column to column by the session's clock, which shows one hour of
 * the year twice. */
static bool
needs_utc(const struct my_conn *my, const struct table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].type.kind == TYPE_TIMESTAMP_TZ && !table->columns[i].is_generated) {
            return !my->is_mariadb;
        }
    }
    return false;
}

static void
add_body(struct buf *sql, const struct my_conn *my, const struct table *table, const char *log,
         const struct event *event)
{
    bool in_utc = needs_utc(my, table);
    buf_str(sql, "begin ");
    if (in_utc) {
        buf_str(sql, "declare zone varchar(64) default @@session.time_zone; declare exit handler for "
                     "sqlexception begin set session time_zone = zone; resignal; end; ");
    }
    buf_printf(sql, "if " CAPTURE_VARIABLE " = %" PRIu64 " then ", my->capture_token);
    buf_str(sql, in_utc ? "set session time_zone = '+00:00'; " : "");
    if (event->has_old && event->has_new) {
        buf_str(sql, "if ");
        add_has_changed(sql, my, table);
        buf_str(sql, " then ");
        add_insert(sql, my, table, log, event);
        buf_str(sql, " end if;");
    } else {
        add_insert(sql, my, table, log, event);
    }
    buf_str(sql, in_utc ? " set session time_zone = zone;" : "");
    buf_str(sql, " end if; end");
}

static enum status
create_trigger(struct my_conn *my, const struct table *table, const char *log, const struct event *event,
               struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    buf_str(&sql, "create trigger ");
    add_trigger(&sql, my, log, event);
    buf_printf(&sql, " after %s on ", event->name);
    add_table(&sql, my, table);
    buf_str(&sql, " for each row ");
    add_body(&sql, my, table, log, event);
    TRY(buf_check(&sql, "the trigger", err));
    enum status status = text_exec(my, buf_view(&sql), NULL, err);
    for (size_t i = 0; i < COUNT_OF(denials) && status != STATUS_OK; i++) {
        if (err->server_code == denials[i]) {
            (void)err_hint(err, "it takes the TRIGGER privilege, and where the binary log is on, SUPER or "
                                "log_bin_trust_function_creators");
            return err_restate(err, STATUS_UNSUPPORTED);
        }
    }
    return status;
}

static enum status
create_triggers(struct my_conn *my, const struct table *table, const char *log, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        TRY(create_trigger(my, table, log, &events[i], err));
    }
    return STATUS_OK;
}

/* A log that came to nothing; one that holds something stays. */
static enum status
drop_empty(struct my_conn *my, const char *log, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    RESULT_SCOPED *result = NULL;
    buf_str(&sql, "select 1 from ");
    add_name(&sql, my, log);
    buf_str(&sql, " limit 1");
    TRY(text_query(my, buf_cstr(&sql), &result, err));
    if (mysql_fetch_row(result) != NULL) {
        return STATUS_OK;
    }
    buf_reset(&sql);
    buf_str(&sql, "drop table ");
    add_name(&sql, my, log);
    return text_exec(my, buf_view(&sql), NULL, err);
}

static enum status
begin_in(struct my_conn *my, const struct table *table, const char *log, struct err *err)
{
    bool rolls_back = false;
    TRY(check_table(my, table, &rolls_back, err));
    enum status status = create_log(my, table, log, rolls_back, false, err);
    if (status != STATUS_OK && err->server_code == TOO_BIG_ROW) {
        err_clear(err);
        status = create_log(my, table, log, rolls_back, true, err);
    }
    TRY(status);
    TRY(check_log(my, table, log, err));
    status = create_triggers(my, table, log, err);
    if (status != STATUS_OK && err->server_code == TRIGGER_EXISTS) { /* a dead session's */
        err_clear(err);
        TRY(drop_triggers(my, log, err));
        status = create_triggers(my, table, log, err);
    }
    if (status != STATUS_OK && !my->base.is_lost) {
        struct err ignored = {0};
        IGNORE(drop_triggers(my, log, &ignored));
        IGNORE(drop_empty(my, log, &ignored));
    }
    return status;
}

/* -- the operations -------------------------------------------------------------------------------------- */

enum status
my_capture_begin(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    struct err ignored = {0};
    bool has_locks = my->holds_locks;
    if (has_locks) {
        TRY(locks_release(my, err));
    }
    enum status status = enter(my, err);
    if (status == STATUS_OK) {
        status = leave(my, begin_in(my, table, log, err), err);
    }
    if (has_locks && !conn->is_lost) {
        enum status locked = locks_take_again(my, status == STATUS_OK ? err : &ignored);
        status = status == STATUS_OK ? locked : status;
    }
    return status;
}

enum status
my_capture_end(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    (void)table;
    struct my_conn *my = my_conn_of(conn);
    TRY(enter(my, err));
    return leave(my, drop_triggers(my, log, err), err);
}

enum status
my_capture_clear(struct conn *conn, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    RESULT_SCOPED *result = NULL;
    MYSQL_ROW row;
    TRY(triggers_back(my, err));
    TRY(text_query(my,
                   "select trigger_name from information_schema.triggers where trigger_schema = database() "
                   "and left(trigger_name, 17) = '" TRIGGER_PREFIX "'",
                   &result, err));
    while ((row = mysql_fetch_row(result)) != NULL) {
        BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
        buf_str(&sql, "drop trigger if exists ");
        add_name(&sql, my, row[0]);
        TRY(text_exec(my, buf_view(&sql), NULL, err));
    }
    return STATUS_OK;
}
