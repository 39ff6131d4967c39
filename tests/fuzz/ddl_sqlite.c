/* CREATE TABLE as SQLite takes it: what the engine accepts our parser reads, with the same columns, keys and
 * references; and whatever the bytes, it ends. */
#include "fuzz.h"
#include "sqlite/ddl.h"

#include <sqlite3.h>

static int64_t
count(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t n = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        n = sqlite3_column_int64(stmt, 0);
    }
    (void)sqlite3_finalize(stmt);
    return n;
}

static void
check_columns(sqlite3 *db, const char *table, const struct ddl_table *parsed)
{
    sqlite3_stmt *stmt = NULL;
    size_t at = 0;
    require(sqlite3_prepare_v2(db, "select name, \"notnull\", hidden from pragma_table_xinfo(?)", -1, &stmt,
                               NULL) == SQLITE_OK);
    (void)sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    for (; sqlite3_step(stmt) == SQLITE_ROW; at++) {
        require(at < parsed->columns.n);
        const struct ddl_column *column = &parsed->columns.items[at];
        require(str_eq((const char *)sqlite3_column_text(stmt, 0), column->name));
        require(parsed->is_without_rowid || sqlite3_column_int(stmt, 1) == column->is_not_null);
        require((sqlite3_column_int(stmt, 2) != 0) == (column->generated != NULL));
    }
    require(at == parsed->columns.n);
    (void)sqlite3_finalize(stmt);
}

static void
check_table(sqlite3 *db, const char *table, const char *sql, struct arena *arena)
{
    struct ddl_table parsed;
    const char *quoted = sqlite3_mprintf("%Q", table);
    const char *references =
        sqlite3_mprintf("select count(distinct id) from pragma_foreign_key_list(%s)", quoted);
    require(ddl_parse_table(span_of(sql), arena, &parsed));
    require(!parsed.is_select && str_eq(parsed.name.name, table));
    check_columns(db, table, &parsed);
    require(count(db, references) == (int64_t)parsed.references.n);
    sqlite3_free((void *)(uintptr_t)quoted);
    sqlite3_free((void *)(uintptr_t)references);
}

/* Every table that stands after the script has to be read. */
static void
check_schema(sqlite3 *db, struct arena *arena)
{
    sqlite3_stmt *stmt = NULL;
    require(sqlite3_prepare_v2(
                db,
                "select name, sql from sqlite_master where type = 'table' and sql like 'create table%'"
                " and name not like 'sqlite%'",
                -1, &stmt, NULL) == SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        check_table(db, (const char *)sqlite3_column_text(stmt, 0),
                    (const char *)sqlite3_column_text(stmt, 1), arena);
    }
    (void)sqlite3_finalize(stmt);
}

/* One statement only: a script could reach for files. */
static void
run_first(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
        (void)sqlite3_step(stmt);
    }
    (void)sqlite3_finalize(stmt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct span text = {(const char *)data, len};
    ARENA_SCOPED arena = {0};
    sqlite3 *db = NULL;
    struct ddl_table table;
    struct ddl_index index;
    struct ddl_body body;
    if (!fuzz_is_text(text) || len > 4096) {
        return -1;
    }
    const char *sql = arena_strndup(&arena, text.ptr, text.len);
    (void)ddl_parse_table(span_of(sql), &arena, &table);
    (void)ddl_parse_index(span_of(sql), &arena, &index);
    (void)ddl_parse_view(span_of(sql), &arena, &body);
    (void)ddl_parse_trigger(span_of(sql), &arena, &body);
    require(sqlite3_open(":memory:", &db) == SQLITE_OK);
    (void)sqlite3_limit(db, SQLITE_LIMIT_VDBE_OP, 20000);
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    if (span_starts_nocase(span_trim(span_of(sql)), "create")) {
        run_first(db, sql);
        check_schema(db, &arena);
    }
    (void)sqlite3_close(db);
    return 0;
}
