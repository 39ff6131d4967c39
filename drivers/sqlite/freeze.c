/* Freezing on SQLite: triggers that abort. There is one writer at a time, so a row that is put into
 * rollcall_freeze_pass and taken out again before the commit is a pass that nobody else can use. */
#include "driver/conn.h"
#include "sqlite/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct scoping {
    struct conn *conn;
    struct arena *arena;
    struct freeze_scope *out;
    const struct freeze_spec *spec;
    const char *message; /* as a literal */
};

static const char *
quoted(const struct conn *conn, struct arena *arena, const char *name)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    driver_quote(conn->driver, &out, name);
    return arena_strdup(arena, buf_cstr(&out));
}

static void
add_trigger(const struct scoping *s, struct freeze_table *table, const char *suffix, const char *event)
{
    struct arena *arena = s->arena;
    const char *name =
        quoted(s->conn, arena, arena_printf(arena, "rollcall_freeze_%s_%s", table->table, suffix));
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&sql, "CREATE TRIGGER %s BEFORE %s ON %s WHEN NOT EXISTS (SELECT 1 FROM rollcall_freeze_pass)",
               name, event, quoted(s->conn, arena, table->table));
    if (s->spec->thaw_us != 0) {
        buf_printf(&sql, " AND CAST(strftime('%%s', 'now') AS INTEGER) < %" PRId64,
                   (s->spec->thaw_us + 999999) / 1000000);
    }
    buf_printf(&sql, " BEGIN /* rollcall freeze %s */ SELECT RAISE(ABORT, %s); END", s->spec->id, s->message);
    freeze_word_add(arena, &table->apply, buf_cstr(&sql));
    freeze_word_add(arena, &table->undo, arena_printf(arena, "DROP TRIGGER IF EXISTS %s", name));
}

static void
add_holes(const struct scoping *s, struct freeze_table *table, bool is_virtual)
{
    struct arena *arena = s->arena;
    freeze_hole_add(
        arena, table, "ddl", true,
        "whoever can write the file can drop the triggers or the table, alter it, or give himself a pass "
        "in rollcall_freeze_pass");
    freeze_hole_add(
        arena, table, "connection", true,
        "a program that switches triggers off in its own connection (SQLITE_DBCONFIG_ENABLE_TRIGGER)");
    freeze_hole_add(arena, table, "file", false,
                    "whoever can write the file can write its bytes, or replace it");
    if (is_virtual) {
        freeze_hole_add(arena, table, "virtual", true,
                        "a virtual table can have no triggers: only the guard stops writers");
    }
}

static bool
is_there(const struct freeze_scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->n; i++) {
        if (str_eq_nocase(scope->tables[i].table, name)) {
            return true;
        }
    }
    return false;
}

static enum status
freeze_rows(const struct scoping *s, const char *asked, struct err *err)
{
    struct freeze_scope *out = s->out;
    struct value param = value_text(asked);
    struct value *row;
    bool found;
    TRY(conn_query_row(s->conn,
                       "select name, sql like 'create virtual%' from sqlite_master where type = 'table' and "
                       "name = ? collate nocase",
                       &param, 1, s->arena, &row, &found, err));
    if (!found) {
        return err_raise(err, STATUS_USAGE, "there is no table '%s'", asked);
    }
    struct freeze_table table = {.table = value_to_str(&row[0], s->arena), .why = ""};
    bool is_virtual = value_to_bool(&row[1]);
    if (is_there(out, table.table)) {
        return STATUS_OK;
    }
    if (!is_virtual) {
        add_trigger(s, &table, "i", "INSERT");
        add_trigger(s, &table, "u", "UPDATE");
        add_trigger(s, &table, "d", "DELETE");
    }
    add_holes(s, &table, is_virtual);
    out->tables = vec_grow(s->arena, out->tables, out->n, &out->cap, sizeof(table));
    out->tables[out->n++] = table;
    return STATUS_OK;
}

/* A view writes by INSTEAD OF triggers; whichever of them name the table. */
static enum status
name_views(const struct scoping *s, struct freeze_table *table, struct err *err)
{
    struct value name = value_text(table->table);
    struct row row;
    CURSOR_SCOPED *cursor = NULL;
    TRY(conn_query(
        s->conn,
        "select distinct g.tbl_name from sqlite_master g join sqlite_master v on v.type = 'view' and "
        "v.name = g.tbl_name collate nocase where g.type = 'trigger' and instr(lower(g.sql), lower(?)) "
        "> 0 order by 1",
        &name, 1, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        freeze_word_add(s->arena, &table->views, value_to_str(&row.values[0], s->arena));
    }
}

static int
compare_tables(const void *a, const void *b)
{
    return strcmp(((const struct freeze_table *)a)->table, ((const struct freeze_table *)b)->table);
}

enum status
sqlite_freeze_scope(struct conn *conn, const struct freeze_spec *spec, const char *const *names, size_t n,
                    struct arena *arena, struct freeze_scope *out, struct err *err)
{
    enum { MESSAGE_MAX = 400 };
    struct scoping s = {.conn = conn, .arena = arena, .out = out, .spec = spec};
    struct value message = value_text(freeze_message(arena, spec, MESSAGE_MAX));
    BUF_SCOPED literal = BUF_INIT(BUF_TEXT_MAX);
    driver_literal(conn->driver, &literal, &message);
    s.message = buf_cstr(&literal);
    for (size_t i = 0; i < n; i++) {
        TRY(freeze_rows(&s, names[i], err));
    }
    for (size_t i = 0; i < out->n; i++) {
        TRY(name_views(&s, &out->tables[i], err));
    }
    if (out->n > 1) {
        qsort(out->tables, out->n, sizeof(out->tables[0]), compare_tables);
    }
    return STATUS_OK;
}

enum status
sqlite_freeze_find(struct conn *conn, struct arena *arena, struct freeze_marks *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query(conn,
                   "select tbl_name, name, sql from sqlite_master where type = 'trigger' and "
                   "name like 'rollcall\\_freeze\\_%' escape '\\' order by 1, 2",
                   NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct freeze_mark mark = {.table = value_to_str(&row.values[0], arena),
                                   .name = value_to_str(&row.values[1], arena),
                                   .body = value_to_str(&row.values[2], arena),
                                   .is_enabled = true};
        mark.id = freeze_id_in(arena, mark.body);
        mark.undo = arena_printf(arena, "DROP TRIGGER IF EXISTS %s", quoted(conn, arena, mark.name));
        vec_push(arena, out, mark);
    }
}

/* Bytes 24 to 27 of the file, read through the engine's own handle: closing another one would drop its locks.
 * A write-ahead log does not move it; what changes then is in the data version. */
static uint32_t
change_counter(struct sqlite_conn *self)
{
    enum { AT = 24, LEN = 4 };
    unsigned char bytes[LEN] = {0};
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(self->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        file == NULL || file->pMethods == NULL || file->pMethods->xRead(file, bytes, LEN, AT) != SQLITE_OK) {
        return 0;
    }
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

enum status
sqlite_freeze_point(struct conn *conn, struct arena *arena, const char **out, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    const char *schema;
    const char *mode;
    TRY(sqlite_read(self, "pragma schema_version", arena, &schema, err));
    TRY(sqlite_read(self, "pragma journal_mode", arena, &mode, err));
    *out = arena_printf(arena, "change counter %" PRIu32 ", schema %s, journal %s", change_counter(self),
                        schema, mode);
    return STATUS_OK;
}

/* Of the whole file: it changes when any other connection has committed anything. */
enum status
sqlite_freeze_counter(struct conn *conn, const char *table, struct arena *arena, const char **out,
                      struct err *err)
{
    const char *version;
    (void)table;
    TRY(sqlite_read(sqlite_of(conn), "pragma data_version", arena, &version, err));
    *out = arena_printf(arena, "data version %s", version);
    return STATUS_OK;
}

/* The transaction itself keeps all writers away, once it has the lock. */
enum status
sqlite_freeze_guard(struct conn *conn, const char *const *names, size_t n, struct err *err)
{
    (void)conn;
    (void)names;
    (void)n;
    (void)err;
    return STATUS_OK;
}

enum status
sqlite_freeze_pass(struct conn *conn, bool on, struct err *err)
{
    if (sqlite_txn_state(conn) != TXN_OPEN) {
        return err_raise(err, STATUS_BUG,
                         "a pass through a freeze outside a transaction would be everybody's");
    }
    return sqlite_run(sqlite_of(conn),
                      on ? "insert or ignore into rollcall_freeze_pass (session, secret) values (0, '')"
                         : "delete from rollcall_freeze_pass",
                      err);
}
