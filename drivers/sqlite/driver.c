#include "sqlite/capture.h"
#include "sqlite/internal.h"
#include "sqlite/sqlite.h"
#include "sqlite/stream.h"

extern const char sqlite_registry_sql[];

static const struct conn_ops ops = {
    .open = sqlite_open,
    .close = sqlite_close,
    .cancel = sqlite_cancel,
    .script_session = sqlite_script_session,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .txn_state = sqlite_txn_state,
    .exec = sqlite_exec,
    .query = sqlite_query,
    .fetch = sqlite_fetch,
    .finish = sqlite_finish,
    .split = sqlite_split,
    .effects = sqlite_effects,
    .catalog = sqlite_catalog,
    .catalog_changes = sqlite_catalog_changes,
    .schema_version = sqlite_schema_version,
    .tables = sqlite_tables,
    .describe = sqlite_describe,
    .describe_query = sqlite_describe_query,
    .blockers = sqlite_blockers,
    .dump_open = sqlite_dump_open,
    .dump_next = sqlite_dump_next,
    .dump_close = sqlite_dump_close,
    .load_open = sqlite_load_open,
    .load_add = sqlite_load_add,
    .load_close = sqlite_load_close,
    .refill_begin = sqlite_refill_begin,
    .refill_clear = sqlite_refill_clear,
    .refill_end = sqlite_refill_end,
    .counters = sqlite_counters,
    .raise_counter = sqlite_raise_counter,
    .freeze_scope = sqlite_freeze_scope,
    .freeze_find = sqlite_freeze_find,
    .freeze_point = sqlite_freeze_point,
    .freeze_counter = sqlite_freeze_counter,
    .freeze_guard = sqlite_freeze_guard,
    .freeze_pass = sqlite_freeze_pass,
    .capture_begin = sqlite_capture_begin,
    .capture_end = sqlite_capture_end,
    .capture_clear = sqlite_capture_clear,
    .written_tables = sqlite_written_tables,
    .create_database = sqlite_create_database,
    .fork_database = sqlite_fork_database,
    .drop_database = sqlite_drop_database,
    .list_databases = sqlite_list_databases,
};

static const char *const dialects[] = {"sqlite3", NULL};
static const char *const schemes[] = {"sqlite", "sqlite3", NULL};

const struct driver sqlite_driver = {
    .name = "sqlite",
    .dialects = dialects,
    .schemes = schemes,
    .caps = CAP_TRANSACTIONAL_DDL | CAP_FORK | CAP_FEW_ALTERS | CAP_CAPTURES_CASCADES,
    .conn_size = sizeof(struct sqlite_conn),
    .registry_prefix = "rollcall_",
    .registry_schema = sqlite_registry_sql,
    .registry_probe = "select 1 from sqlite_master where type = 'table' and name = 'rollcall_meta'",
    /* julianday is a double and too coarse; both parts are of one instant within a statement */
    .now_us_sql = "(cast(strftime('%s', 'now') as integer) * 1000000 + "
                  "cast(substr(strftime('%f', 'now'), 4) as integer) * 1000)",
    .lock_of = sqlite_lock_of,
    .quote = '"',
    .lex = LEX_SQLITE,
    .cells = {.side_type = cells_side_type,
              .same = cells_same,
              .from_side = cells_plain,
              .to_side = cells_bare},
    .scratch_url = "sqlite::memory:",
    .ops = &ops,
};
