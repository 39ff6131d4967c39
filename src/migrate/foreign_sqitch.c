/* Sqitch's registry: a schema "sqitch" on PostgreSQL, a database on MySQL, a file beside the database on
 * SQLite. */
#include "migrate/foreign.h"

#include "base/hash.h"
#include "base/io.h"

#include <string.h>

/* Another database on the same server: the drivers describe tables of their own only, so the standard's views
 * tell. */
static enum status
describe_elsewhere(struct conn *conn, struct arena *arena, struct table *out, struct err *err)
{
    VEC(struct column) columns = {0};
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query(
        conn,
        "select column_name from information_schema.columns where table_schema = 'sqitch' and table_name = "
        "'changes' order by ordinal_position",
        NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        vec_push(arena, &columns,
                 (struct column){.name = value_to_str(&row.values[0], arena), .collation = ""});
    }
    *out = (struct table){.schema = "sqitch",
                          .name = "changes",
                          .qualified = "sqitch.changes",
                          .columns = columns.items,
                          .n_columns = columns.n};
    return STATUS_OK;
}

enum status
foreign_locate_sqitch(struct conn *conn, struct arena *arena, struct foreign_place *out, bool *found,
                      struct err *err)
{
    *found = false;
    if (conn_has(conn, CAP_SCHEMAS)) {
        return STATUS_OK; /* then it was among this database's tables */
    }
    if (conn_has(conn, CAP_SERVER)) {
        TRY(describe_elsewhere(conn, arena, &out->table, err));
        *found = out->tool->fits(&out->table);
        return STATUS_OK;
    }
    const char *database = conn->identity.database;
    const char *slash = strrchr(database, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - database) + 1;
    const char *file = arena_printf(arena, "%.*ssqitch.db", (int)len, database);
    if (len == 0 || !io_exists(file)) {
        return STATUS_OK;
    }
    struct conn_params params = {
        .url = arena_printf(arena, "sqlite:%s", file), .application = "rollcall", .read_only = true};
    TRY(conn_open(&params, &out->own_conn, err));
    enum status status = conn_describe(out->own_conn, "changes", arena, &out->table, err);
    *found = status == STATUS_OK && out->tool->fits(&out->table);
    if (!*found) {
        conn_close(out->own_conn);
        out->own_conn = NULL;
    }
    return status == STATUS_USAGE ? STATUS_OK : status; /* a file of that name with other contents */
}

static enum status
verify(struct reader *reader, struct adopted *adopted, const char *stored, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct span text;
    char own[SHA1_HEX_LEN + 1];
    TRY(migration_read(reader->migrations, adopted->migration, PART_UP, &scratch, &text, err));
    sha1_hex(text, own);
    adopted->checksum = arena_strdup(reader->arena, stored);
    adopted->verdict = str_eq(own, stored) ? ADOPTED_MATCH : ADOPTED_DIFFERS;
    if (adopted->verdict == ADOPTED_DIFFERS) {
        const char *file = adopted->migration->parts[PART_UP].file;
        reader_note(reader, FINDING_ERROR, "checksum", file,
                    "'%s' is not what Sqitch deployed: its hash was %s and is %s", file, stored, own);
    }
    return STATUS_OK;
}

enum { CHANGE_ID, SCRIPT_HASH, CHANGE, COMMITTED_AT, PROJECT };

static bool
has_name(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->migrations->n; i++) {
        if (str_eq(reader->migrations->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* An id covers the change's line in the plan and, through its parent, all lines before it. */
static enum status
visit(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    const char *id = row->cells[CHANGE_ID];
    if (reader->scope != NULL && !str_eq(reader->scope, row->cells[PROJECT])) {
        return STATUS_OK;
    }
    if (reader_find(reader, id) == NULL && has_name(reader, row->cells[CHANGE])) {
        reader_add_unknown(reader, id, row->cells[CHANGE])->verdict = ADOPTED_DIFFERS;
        reader_note(
            reader, FINDING_ERROR, "unknown-migration", "",
            "the plan has changed at '%s' or before it since it was deployed: no change has the id %.12s",
            row->cells[CHANGE], id);
        return STATUS_OK;
    }
    struct adopted *adopted = reader_apply(reader, id, row->cells[CHANGE], row->cells[COMMITTED_AT]);
    if (adopted == NULL || row->nulls[SCRIPT_HASH]) {
        return STATUS_OK;
    }
    return verify(reader, adopted, row->cells[SCRIPT_HASH], err);
}

/* The registry may hold several projects: ours is the one that our ids are found in. */
static enum status
find_project(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    (void)err;
    if (reader->scope == NULL && reader_find(reader, row->cells[CHANGE_ID]) != NULL) {
        reader->scope = arena_strdup(reader->arena, row->cells[PROJECT]);
    }
    return STATUS_OK;
}

/* Every try is an event. A change whose newest one failed may have left a part behind where the engine
 * commits as it goes; elsewhere the script's own transaction has taken it back. */
static enum status
visit_event(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    (void)err;
    const struct adopted *adopted = reader_find(reader, row->cells[0]);
    if (adopted == NULL) {
        return STATUS_OK;
    }
    bool failed = str_eq(row->cells[1], "fail") && !adopted->is_applied;
    (void)map_put(&reader->by_event, span_of(row->cells[0]),
                  failed ? arena_strdup(reader->arena, row->cells[2]) : NULL);
    return STATUS_OK;
}

static enum status
note_failures(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"change_id", "event", "change", "committed_at"};
    const char *changes = reader->from;
    size_t prefix = strlen(changes) - strlen("changes");
    bool is_transactional = conn_has(reader->conn, CAP_TRANSACTIONAL_DDL);
    reader->from = arena_printf(reader->arena, "%.*sevents", (int)prefix, changes);
    map_init(&reader->by_event, reader->arena);
    TRY(reader_rows(reader, columns, COUNT_OF(columns), "committed_at", visit_event, err));
    reader->from = changes;
    for (size_t i = 0; i < reader->out->n; i++) {
        const char *key = reader->out->items[i].migration->foreign_id;
        const char *change = map_get(&reader->by_event, span_of(key));
        if (change != NULL) {
            reader_note(reader, is_transactional ? FINDING_WARNING : FINDING_ERROR, "failed-before", "",
                        "the last try to deploy '%s' failed: see to it that nothing of it is left, then "
                        "'sqitch deploy' or "
                        "'sqitch deploy --log-only' settles it",
                        change);
        }
    }
    return STATUS_OK;
}

enum status
foreign_read_sqitch(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"change_id", "script_hash", "change", "committed_at", "project"};
    TRY(reader_rows(reader, columns, COUNT_OF(columns), NULL, find_project, err));
    reader->rank = 0;
    TRY(reader_rows(reader, columns, COUNT_OF(columns), "committed_at", visit, err));
    return note_failures(reader, err);
}
