#include "journal/saved.h"

#include "base/io.h"
#include "base/wire.h"
#include "journal/registry.h"

#include <inttypes.h>
#include <string.h>

static const char *const role_names[] = {
    [SAVED_LOG] = "log",       [SAVED_BEFORE] = "before",     [SAVED_AFTER] = "after",
    [SAVED_PARKED] = "parked", [SAVED_RELEASED] = "released",
};

const char *
saved_role_name(enum saved_role role)
{
    return role_names[role];
}

/* -- the body: what only we read ------------------------------------------------------------------------- */

enum { BODY_VERSION = 1, SAVED_SINCE_FORMAT = 2 };

static void
put_body(struct buf *out, const struct saved *saved)
{
    wire_put_u8(out, BODY_VERSION);
    wire_put_u8(out, saved->is_whole);
    wire_put_span(out, span_of(saved->start));
    wire_put_span(out, span_of(saved->then));
    wire_put_span(out, span_of(saved->end));
    wire_put_u32(out, (uint32_t)saved->n_columns);
    for (size_t i = 0; i < saved->n_columns; i++) {
        const struct saved_column *column = &saved->columns[i];
        wire_put_span(out, span_of(column->name));
        wire_put_span(out, span_of(column->start));
        wire_put_span(out, span_of(column->end));
        wire_put_span(out, span_of(column->side_type));
        wire_put_span(out, span_of(column->type.name));
        wire_put_u8(out, (uint8_t)column->type.kind);
        wire_put_u8(out, column->is_key);
    }
}

static const char *
get_text(struct wire *wire, struct arena *arena)
{
    struct span text = wire_span(wire);
    return arena_strndup(arena, text.ptr == NULL ? "" : text.ptr, text.len);
}

static enum status
get_body(struct span body, struct arena *arena, struct saved *out, struct err *err)
{
    enum { COLUMN_LEN = 5 * 4 + 2 };
    struct wire wire = wire_over(body);
    bool is_known = wire_u8(&wire) == BODY_VERSION;
    out->is_whole = wire_u8(&wire) != 0;
    out->start = get_text(&wire, arena);
    out->then = get_text(&wire, arena);
    out->end = get_text(&wire, arena);
    out->n_columns = wire_u32(&wire);
    is_known = is_known && !wire.is_bad && out->n_columns <= wire_left(&wire) / COLUMN_LEN;
    out->columns = arena_new_array(arena, struct saved_column, (is_known ? out->n_columns : 0) + 1);
    for (size_t i = 0; i < out->n_columns && is_known; i++) {
        struct saved_column *column = &out->columns[i];
        column->name = get_text(&wire, arena);
        column->start = get_text(&wire, arena);
        column->end = get_text(&wire, arena);
        column->side_type = get_text(&wire, arena);
        column->type.name = get_text(&wire, arena);
        column->type.kind = (enum type_kind)wire_u8(&wire);
        column->is_key = wire_u8(&wire) != 0;
    }
    if (is_known && wire_is_done(&wire)) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_CORRUPT, "the registry's list of what '%s' saved is damaged", out->migration);
    return err_hint(err, "'rollcall registry verify' says what else is");
}

/* -- rows of the registry -------------------------------------------------------------------------------- */

enum status
saved_remove(struct conn *conn, const struct saved *saved, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value key[] = {value_text(saved->migration), value_text(saved->direction),
                          value_int(&scratch, saved->n)};
    return conn_run(conn, "delete from {r}saved where migration = ? and direction = ? and n = ?", key, 3,
                    NULL, err);
}

enum status
saved_put(struct conn *conn, const struct saved *saved, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED body = BUF_INIT(BUF_TEXT_MAX);
    struct value key[] = {value_text(saved->migration), value_text(saved->direction),
                          value_int(&scratch, saved->n)};
    put_body(&body, saved);
    TRY(buf_check(&body, "the list of saved columns", err));
    TRY(saved_remove(conn, saved, err));
    struct value params[] = {key[0],
                             key[1],
                             key[2],
                             value_text(saved->op),
                             value_text(saved->set),
                             value_text(saved->file),
                             value_text(saved_role_name(saved->role)),
                             value_int(&scratch, (int64_t)saved->rows),
                             value_int(&scratch, (int64_t)saved->bytes),
                             value_int(&scratch, (int64_t)saved->stored),
                             value_bytes(buf_view(&body))};
    return conn_run(conn,
                    "insert into {r}saved (migration, direction, n, op, set_id, file, role, rows_saved, "
                    "bytes, stored_bytes, body) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    params, COUNT_OF(params), NULL, err);
}

static enum status
read_saved(const struct value *v, struct arena *arena, struct saved *out, struct err *err)
{
    *out = (struct saved){
        .migration = value_to_str(&v[0], arena),
        .direction = value_to_str(&v[1], arena),
        .n = value_to_int(&v[2], 0),
        .op = value_to_str(&v[3], arena),
        .set = value_to_str(&v[4], arena),
        .file = value_to_str(&v[5], arena),
        .rows = (uint64_t)value_to_int(&v[7], 0),
        .bytes = (uint64_t)value_to_int(&v[8], 0),
        .stored = (uint64_t)value_to_int(&v[9], 0),
    };
    for (size_t role = 0; role < COUNT_OF(role_names); role++) {
        if (span_is(v[6].bytes, role_names[role])) {
            out->role = (enum saved_role)role;
        }
    }
    return get_body(v[10].bytes, arena, out, err);
}

enum status
saved_of(struct conn *conn, const char *migration, const char *direction, struct arena *arena,
         struct saved_list *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    struct value key[] = {value_text(migration), value_text(direction)};
    *out = (struct saved_list){0};
    TRY(conn_query(
        conn,
        "select migration, direction, n, op, set_id, file, role, rows_saved, bytes, stored_bytes, body "
        "from {r}saved where migration = ? and direction = ? order by n",
        key, 2, &cursor, err));
    for (;;) {
        struct saved saved;
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        TRY(read_saved(row.values, arena, &saved, err));
        vec_push(arena, out, saved);
    }
}

enum status
saved_any(struct conn *conn, const char *direction, bool *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value *row;
    struct value param = value_text(direction);
    return conn_query_row(conn, "select 1 from {r}saved where direction = ? limit 1", &param, 1, &scratch,
                          &row, out, err);
}

enum status
saved_forget(struct conn *conn, const char *migration, const char *direction, struct err *err)
{
    struct value key[] = {value_text(migration), value_text(direction)};
    TRY(conn_run(conn,
                 "delete from {r}saved_part where set_id in (select set_id from {r}saved where migration = ? "
                 "and direction = ?)",
                 key, 2, NULL, err));
    return conn_run(conn, "delete from {r}saved where migration = ? and direction = ?", key, 2, NULL, err);
}

enum status
saved_release(struct conn *conn, const char *migration, const char *op, struct err *err)
{
    struct saved_column none = {.name = ""};
    const struct saved marker = {.migration = migration,
                                 .direction = "up",
                                 .op = op,
                                 .set = "",
                                 .file = "",
                                 .role = SAVED_RELEASED,
                                 .start = "",
                                 .then = "",
                                 .end = "",
                                 .columns = &none};
    TRY(saved_forget(conn, migration, "up", err));
    return saved_put(conn, &marker, err);
}

enum status
saved_sets(struct conn *conn, struct arena *arena, struct saved_sets *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    bool is_there;
    *out = (struct saved_sets){0};
    TRY(registry_has_format(conn, SAVED_SINCE_FORMAT, &is_there, err));
    if (!is_there) {
        return STATUS_OK;
    }
    TRY(conn_query(conn, "select distinct set_id from {r}saved where set_id <> ''", NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        vec_push(arena, out, value_to_str(&row.values[0], arena));
    }
}

/* -- copies of files ------------------------------------------------------------------------------------- */

enum { PART_BYTES = 1 << 20 };

enum status
saved_copy_put(struct conn *conn, const struct saved *saved, const char *path, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED file = BUF_INIT(SAVED_COPY_MAX);
    if (saved->stored > SAVED_COPY_MAX) {
        return STATUS_OK;
    }
    TRY(io_read_file(path, &file, err));
    struct value key[] = {value_text(saved->set), value_text(saved->file)};
    TRY(conn_run(conn, "delete from {r}saved_part where set_id = ? and file = ?", key, 2, NULL, err));
    for (size_t at = 0, n = 0; at < file.len; at += PART_BYTES, n++) {
        size_t len = file.len - at < PART_BYTES ? file.len - at : PART_BYTES;
        struct value params[] = {key[0], key[1], value_int(&scratch, (int64_t)n),
                                 value_bytes((struct span){file.data + at, len})};
        TRY(conn_run(conn, "insert into {r}saved_part (set_id, file, n, data) values (?, ?, ?, ?)", params, 4,
                     NULL, err));
    }
    return STATUS_OK;
}

enum status
saved_copy_get(struct conn *conn, const struct saved *saved, const char *path, bool *found, struct err *err)
{
    BUF_SCOPED file = BUF_INIT(SAVED_COPY_MAX + PART_BYTES);
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    struct value key[] = {value_text(saved->set), value_text(saved->file)};
    *found = false;
    TRY(conn_query(conn, "select data from {r}saved_part where set_id = ? and file = ? order by n", key, 2,
                   &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        buf_span(&file, row.values[0].bytes);
    }
    if (file.len != saved->stored || file.len == 0) {
        return STATUS_OK;
    }
    *found = true;
    return io_write_file(path, buf_view(&file), 0600, err);
}
