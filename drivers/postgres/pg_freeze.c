/* Freezing on PostgreSQL: triggers that fire in replica sessions, too, on every partition; a pass is a row
 * that nobody else sees. */
#include "base/clock.h"
#include "driver/conn.h"
#include "postgres/pg.h"

#include <string.h>

extern const char postgres_freeze_scope_sql[];
extern const char postgres_freeze_find_sql[];
extern const char postgres_freeze_writers_sql[];
extern const char postgres_freeze_check_sql[];

/* {"public.a","public.b"} */
static struct value
names_value(struct arena *arena, const char *const *names, size_t n)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    buf_char(&out, '{');
    for (size_t i = 0; i < n; i++) {
        buf_str(&out, i > 0 ? ",\"" : "\"");
        for (const char *at = names[i]; *at != '\0'; at++) {
            if (*at == '"' || *at == '\\') {
                buf_char(&out, '\\');
            }
            buf_char(&out, *at);
        }
        buf_char(&out, '"');
    }
    buf_char(&out, '}');
    return value_text(arena_strdup(arena, buf_cstr(&out)));
}

/* -- the scope ---------------------------------------------------------------------------------------------
 */

enum scope_part { PART_TABLE = 1, PART_VIEW, PART_REFUSAL };
enum scope_column { SCOPE_PART, SCOPE_TABLE, SCOPE_A, SCOPE_B, SCOPE_C, SCOPE_D, SCOPE_E };

struct scoping {
    struct conn *conn;
    struct arena *arena;
    struct freeze_scope *out;
    const char *arguments; /* of the triggers' function */
};

static const char *
trigger_arguments(const struct freeze_spec *spec, const struct driver *driver, struct arena *arena)
{
    enum { MESSAGE_MAX = 400 };
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    char until[RFC3339_LEN + 1] = "";
    struct value id = value_text(spec->id);
    struct value message = value_text(freeze_message(arena, spec, MESSAGE_MAX));
    if (spec->thaw_us != 0) {
        clock_rfc3339(spec->thaw_us, until);
    }
    driver_literal(driver, &out, &id);
    buf_str(&out, ", ");
    driver_literal(driver, &out, &message);
    buf_printf(&out, ", '%s'", until);
    return arena_strdup(arena, buf_cstr(&out));
}

static void
add_trigger(const struct scoping *s, struct freeze_table *table, const char *quoted, const char *name,
            const char *events, const char *each)
{
    struct arena *arena = s->arena;
    freeze_word_add(
        arena, &table->apply,
        arena_printf(
            arena, "CREATE TRIGGER %s BEFORE %s ON %s FOR EACH %s EXECUTE FUNCTION rollcall.freeze_check(%s)",
            name, events, quoted, each, s->arguments));
    freeze_word_add(arena, &table->apply,
                    arena_printf(arena, "ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", quoted, name));
    freeze_word_add(arena, &table->undo,
                    arena_printf(arena, "DROP TRIGGER IF EXISTS %s ON %s", name, quoted));
}

/* A partitioned table hands its row trigger down to partitions present and future; each partition has one of
 * its own as well, which it keeps when it is detached. */
static void
add_triggers(const struct scoping *s, struct freeze_table *table, const char *quoted, const char *kind,
             bool is_cloned)
{
    static const char rows[] = "INSERT OR UPDATE OR DELETE";
    uint32_t version = s->conn->identity.version_num;
    bool is_partitioned = str_eq(kind, "p");
    if (!is_partitioned) {
        add_trigger(s, table, quoted, "rollcall_freeze", rows, "ROW");
    } else if (!is_cloned && version >= 130000) {
        add_trigger(s, table, quoted, "rollcall_freeze_all", rows, "ROW");
    }
    if (!str_eq(kind, "f") || version >= 160000) {
        add_trigger(s, table, quoted, "rollcall_freeze_truncate", "TRUNCATE", "STATEMENT");
    }
}

static void
add_holes(const struct scoping *s, struct freeze_table *table, const char *kind, const char *owner)
{
    struct arena *arena = s->arena;
    freeze_hole_add(arena, table, "ddl", true,
                    arena_printf(arena,
                                 "the owner '%s' and superusers can switch the triggers off, drop, rewrite, "
                                 "attach or inherit from the table",
                                 owner));
    freeze_hole_add(arena, table, "function", false,
                    "who owns the schema 'rollcall', and superusers, can replace freeze_check() or give "
                    "themselves a pass in freeze_pass; 'freeze --prove' tells");
    freeze_hole_add(arena, table, "superuser", false,
                    "a superuser can write system catalogues and files, where no trigger reaches");
    if (str_eq(kind, "f")) {
        freeze_hole_add(arena, table, "remote", false,
                        "the rows live on another server, where others may write them");
        if (s->conn->identity.version_num < 160000) {
            freeze_hole_add(arena, table, "truncate", false,
                            "TRUNCATE of a foreign table knows no triggers before PostgreSQL 16");
        }
    }
    if (str_eq(kind, "p") && s->conn->identity.version_num < 130000) {
        freeze_hole_add(arena, table, "partition", true, "a partition made from now on is not frozen");
    }
}

static struct freeze_table *
table_of(struct freeze_scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->n; i++) {
        if (str_eq(scope->tables[i].table, name)) {
            return &scope->tables[i];
        }
    }
    return NULL;
}

static void
take_scope_row(struct scoping *s, const struct row *row)
{
    struct freeze_scope *out = s->out;
    const char *words[SCOPE_E + 1];
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        words[i] = value_to_str(&row->values[i], s->arena);
    }
    enum scope_part part = (enum scope_part)value_to_int(&row->values[SCOPE_PART], 0);
    if (part == PART_TABLE) {
        struct freeze_table table = {.table = words[SCOPE_TABLE], .why = words[SCOPE_C]};
        add_triggers(s, &table, words[SCOPE_A], words[SCOPE_B], str_eq(words[SCOPE_E], "cloned"));
        add_holes(s, &table, words[SCOPE_B], words[SCOPE_D]);
        out->tables = vec_grow(s->arena, out->tables, out->n, &out->cap, sizeof(table));
        out->tables[out->n++] = table;
    } else if (part == PART_VIEW) {
        struct freeze_table *table = table_of(out, words[SCOPE_TABLE]);
        if (table != NULL) {
            freeze_word_add(s->arena, &table->views, words[SCOPE_A]);
        }
    } else {
        struct freeze_refusal refusal = {words[SCOPE_A], words[SCOPE_B]};
        out->refusals =
            vec_grow(s->arena, out->refusals, out->n_refusals, &out->cap_refusals, sizeof(refusal));
        out->refusals[out->n_refusals++] = refusal;
    }
}

static enum status
check_names(const struct freeze_scope *scope, const char *const *names, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        bool is_there = false;
        for (size_t j = 0; j < scope->n && !is_there; j++) {
            is_there = str_eq(scope->tables[j].table, names[i]);
        }
        if (!is_there) {
            (void)err_raise(err, STATUS_USAGE, "there is no table '%s'", names[i]);
            return err_hint(err, "name it with its schema, such as public.%s", names[i]);
        }
    }
    return STATUS_OK;
}

enum status
pg_freeze_scope(struct conn *conn, const struct freeze_spec *spec, const char *const *names, size_t n,
                struct arena *arena, struct freeze_scope *out, struct err *err)
{
    struct scoping scoping = {conn, arena, out, trigger_arguments(spec, conn->driver, arena)};
    struct value param = names_value(arena, names, n);
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    freeze_word_add(arena, &out->prepare, postgres_freeze_check_sql);
    TRY(conn_query(conn, postgres_freeze_scope_sql, &param, 1, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return check_names(out, names, n, err);
        }
        take_scope_row(&scoping, &row);
    }
}

/* -- what stands -------------------------------------------------------------------------------------------
 */

enum status
pg_freeze_find(struct conn *conn, struct arena *arena, struct freeze_marks *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query(conn, postgres_freeze_find_sql, NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct freeze_mark mark = {
            .table = value_to_str(&row.values[0], arena),
            .name = value_to_str(&row.values[1], arena),
            .is_enabled = span_is(row.values[2].bytes, "A"),
            .id = value_to_str(&row.values[3], arena),
            .body = value_to_str(&row.values[4], arena),
            .undo = value_to_str(&row.values[5], arena),
        };
        vec_push(arena, out, mark);
    }
}

static enum status
ask_text(struct conn *conn, const char *sql, const struct value *params, size_t n, struct arena *arena,
         const char **out, struct err *err)
{
    struct value *row;
    bool found;
    TRY(conn_query_row(conn, sql, params, n, arena, &row, &found, err));
    *out = found ? value_to_str(&row[0], arena) : "";
    return STATUS_OK;
}

enum status
pg_freeze_point(struct conn *conn, struct arena *arena, const char **out, struct err *err)
{
    return ask_text(conn,
                    "select 'lsn ' || case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else "
                    "pg_current_wal_lsn() end || ', transactions before ' || "
                    "txid_snapshot_xmin(txid_current_snapshot())",
                    NULL, 0, arena, out, err);
}

/* What others have not told the statistics yet comes later: a counter that has moved is to be looked at
 * again. */
enum status
pg_freeze_counter(struct conn *conn, const char *table, struct arena *arena, const char **out,
                  struct err *err)
{
    struct value name = value_text(table);
    return ask_text(
        conn,
        "select 'inserted ' || pg_stat_get_tuples_inserted(c.oid) || ' updated ' || "
        "pg_stat_get_tuples_updated(c.oid) || ' deleted ' || pg_stat_get_tuples_deleted(c.oid) || "
        "' size ' || pg_relation_size(c.oid) || ' file ' || c.relfilenode from pg_class c "
        "join pg_namespace n on n.oid = c.relnamespace where n.nspname || '.' || c.relname = ?",
        &name, 1, arena, out, err);
}

enum status
pg_freeze_writers(struct conn *conn, const char *const *names, size_t n, int64_t since_us,
                  struct arena *arena, struct blockers *out, struct err *err)
{
    struct value params[] = {value_int(arena, since_us), names_value(arena, names, n)};
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query(conn, postgres_freeze_writers_sql, params, COUNT_OF(params), &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct blocker blocker = {
            .session = value_to_str(&row.values[0], arena),
            .user = value_to_str(&row.values[1], arena),
            .application = value_to_str(&row.values[2], arena),
            .state = value_to_str(&row.values[3], arena),
            .age_ms = value_to_int(&row.values[4], 0),
            .query = value_to_str(&row.values[5], arena),
        };
        vec_push(arena, out, blocker);
    }
}

enum status
pg_freeze_guard(struct conn *conn, const char *const *names, size_t n, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < n; i++) {
        buf_str(&sql, i == 0 ? "LOCK TABLE ONLY " : ", ONLY ");
        driver_quote_qualified(conn->driver, &sql, names[i]);
    }
    buf_str(&sql, " IN SHARE UPDATE EXCLUSIVE MODE");
    return n == 0 ? STATUS_OK : conn_exec(conn, buf_view(&sql), NULL, err);
}

enum status
pg_freeze_pass(struct conn *conn, bool on, struct err *err)
{
    return conn_run(conn,
                    on ? "insert into {r}freeze_pass (session, secret) values (pg_backend_pid(), '') "
                         "on conflict do nothing"
                       : "delete from {r}freeze_pass where session = pg_backend_pid()",
                    NULL, 0, NULL, err);
}
