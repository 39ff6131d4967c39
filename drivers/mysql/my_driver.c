#include "mysql/mysql_driver.h"

#include "driver/sqltok.h"
#include "mysql/my_capture.h"
#include "mysql/my_conn.h"
#include "mysql/my_script.h"
#include "mysql/my_stream.h"

extern const char mysql_registry_sql[];

static const char *const dialects[] = {"mysql", "mariadb", NULL};
static const char *const schemes[] = {"mysql", "mariadb", NULL};

static const struct conn_ops ops = {
    .open = my_open,
    .close = my_close,
    .cancel = my_cancel,
    .session_alive = my_session_alive,
    .script_session = my_script_session,
    .lock_timeout = my_lock_timeout,
    .begin = my_begin,
    .commit = my_commit,
    .rollback = my_rollback,
    .txn_state = my_txn_state,
    .exec = my_exec,
    .query = my_query,
    .fetch = my_fetch,
    .finish = my_finish,
    .split = my_split,
    .effects = my_effects,
    .catalog = my_catalog,
    .tables = my_tables,
    .describe = my_describe,
    .describe_query = my_describe_query,
    .blockers = my_blockers,
    .dump_open = my_dump_open,
    .dump_next = my_dump_next,
    .dump_close = my_dump_close,
    .load_open = my_load_open,
    .load_add = my_load_add,
    .load_close = my_load_close,
    .refill_begin = my_refill_begin,
    .refill_clear = my_refill_clear,
    .refill_end = my_refill_end,
    .counters = my_counters,
    .raise_counter = my_raise_counter,
    .capture_begin = my_capture_begin,
    .capture_end = my_capture_end,
    .capture_clear = my_capture_clear,
    .freeze_scope = my_freeze_scope,
    .freeze_find = my_freeze_find,
    .freeze_point = my_freeze_point,
    .freeze_counter = my_freeze_counter,
    .freeze_guard = my_freeze_guard,
    .freeze_pass = my_freeze_pass,
    .create_database = my_create_database,
    .drop_database = my_drop_database,
    .list_databases = my_list_databases,
};

const struct driver mysql_driver = {
    .name = "mysql",
    .dialects = dialects,
    .schemes = schemes,
    .caps = CAP_SESSIONS | CAP_SERVER | CAP_JOINED_WRITES,
    .conn_size = sizeof(struct my_conn),
    .registry_prefix = "rollcall_",
    .registry_schema = mysql_registry_sql,
    .registry_probe =
        "select 1 from information_schema.tables where table_schema = database() and table_name = "
        "'rollcall_meta'",
    .now_us_sql = "timestampdiff(microsecond, timestamp '1970-01-01 00:00:00', utc_timestamp(6))",
    .try_lock_sql = "select get_lock(?, 0)",
    .unlock_sql = "select release_lock(?)",
    .locks_have_names = true,
    .lock_of = my_lock_of,
    .quote = '`',
    .utc_sql = "set time_zone = '+00:00'",
    .lex = LEX_MYSQL,
    .name_max = 64,
    .cells = {.side_type = my_side_type, .same = my_same, .from_side = my_from_side, .to_side = my_to_side},
    .ops = &ops,
};
