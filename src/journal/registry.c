#include "journal/registry.h"

#include "archive/compress.h"
#include "base/clock.h"
#include "journal/delta.h"

#include <inttypes.h>
#include <string.h>

static const char *const state_names[] = {
    [APPLIED_DONE] = "applied",
    [APPLIED_APPLYING] = "applying",
    [APPLIED_REVERTING] = "reverting",
};

static enum applied_state
state_from_name(struct span name)
{
    for (size_t i = 0; i < COUNT_OF(state_names); i++) {
        if (span_is(name, state_names[i])) {
            return (enum applied_state)i;
        }
    }
    return APPLIED_APPLYING; /* unknown counts as unfinished: never as done */
}

/* -- the tables themselves ----------------------------------------------------------------------------- */

enum status
registry_exists(struct conn *conn, bool *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value *row;
    bool found;
    *out = false;
    TRY(conn_query_row(conn, conn->driver->registry_probe, NULL, 0, &scratch, &row, &found, err));
    if (!found) {
        return STATUS_OK;
    }
    TRY(conn_query_row(conn, "select value from {r}meta where item = 'format'", NULL, 0, &scratch, &row,
                       &found, err));
    if (found && value_to_int(&row[0], 0) > REGISTRY_FORMAT) {
        (void)err_raise(err, STATUS_UNSUPPORTED,
                        "the registry in this database has format %" PRId64 "; this version knows %d",
                        value_to_int(&row[0], 0), REGISTRY_FORMAT);
        return err_hint(err, "use the rollcall that wrote it, or a newer one");
    }
    *out = found;
    return STATUS_OK;
}

/* The embedded SQL has one statement a paragraph. */
static enum status
create_tables(struct conn *conn, struct err *err)
{
    const char *at = conn->driver->registry_schema;
    while (*at != '\0') {
        const char *end = strstr(at, ";\n");
        struct span sql = {at, end == NULL ? strlen(at) : (size_t)(end - at)};
        if (span_trim(sql).len > 0) {
            TRY(conn_exec(conn, span_trim(sql), NULL, err));
        }
        at = end == NULL ? at + strlen(at) : end + 2;
    }
    return STATUS_OK;
}

/* -- the set ------------------------------------------------------------------------------------------------
 */

static const char select_applied[] =
    "select seq, id, version, name, class, state, applied_us, op, origin, up_sha256, down_sha256, "
    "verify_sha256, "
    "compensate_sha256, no_transaction, before_hash, after_hash, (select count(*) from {r}migration) from "
    "{r}migration "
    "order by seq";

enum { APPLIED_COUNT = 16 }; /* the column that has the number of rows */

/* What the row before has is not kept twice: there may be ten thousand. */
static const char *
text_like(const struct value *value, const char *before, struct arena *arena)
{
    return value->bytes.len == 0                             ? ""
           : before != NULL && span_is(value->bytes, before) ? before
                                                             : value_to_str(value, arena);
}

static struct applied
read_applied(const struct value *v, const struct applied *before, struct arena *arena)
{
    static const struct applied none = {0};
    before = before == NULL ? &none : before;
    struct applied applied = {
        .seq = value_to_int(&v[0], 0),
        .id = value_to_str(&v[1], arena),
        .class = text_like(&v[4], before->class, arena),
        .state = state_from_name(v[5].bytes),
        .applied_us = value_to_int(&v[6], 0),
        .op = text_like(&v[7], before->op, arena),
        .origin = text_like(&v[8], before->origin, arena),
        .no_transaction = (unsigned)value_to_int(&v[13], 0),
        .before_hash = text_like(&v[14], before->after_hash, arena),
    };
    size_t id_len = v[1].bytes.len;
    size_t name_len = v[3].bytes.len;
    const char *tail = name_len <= id_len ? applied.id + id_len - name_len : NULL;
    applied.version = text_like(&v[2], applied.id, arena);
    applied.name = text_like(&v[3], tail, arena);
    applied.after_hash = text_like(&v[15], applied.before_hash, arena);
    for (size_t part = 0; part < PART_COUNT; part++) {
        applied.sha256[part] = text_like(&v[9 + part], before->sha256[part], arena);
    }
    return applied;
}

enum status
registry_applied(struct conn *conn, struct arena *arena, struct applied_list *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    memset(out, 0, sizeof(*out));
    TRY(conn_query(conn, select_applied, NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        const struct applied *before = out->n == 0 ? NULL : &out->items[out->n - 1];
        if (out->items == NULL) { /* growing by doubling would leave as much again behind */
            out->cap = (size_t)value_to_int(&row.values[APPLIED_COUNT], 1);
            out->items = arena_new_array(arena, struct applied, out->cap);
        }
        struct applied applied = read_applied(row.values, before, arena);
        vec_push(arena, out, applied);
    }
}

static enum status
read_known(struct conn *conn, struct known_scripts *known, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    map_init(&known->hashes, known->arena);
    TRY(conn_query(conn, "select sha256 from {r}script", NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            known->is_read = true;
            return STATUS_OK;
        }
        (void)map_put(&known->hashes, row.values[0].bytes, known);
    }
}

enum status
registry_put_script(struct conn *conn, struct known_scripts *known, const char *sha256, struct span text,
                    struct err *err)
{
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED frame = BUF_INIT(BUF_SQL_MAX);
    if (!known->is_read) {
        TRY(read_known(conn, known, err));
    }
    if (map_put(&known->hashes, span_of(sha256), known) != NULL) {
        return STATUS_OK;
    }
    TRY(compress_text(text, &frame, err));
    struct value params[] = {value_text(sha256), value_int(&scratch, (int64_t)text.len),
                             value_bytes(buf_view(&frame))};
    return conn_run(conn, "insert into {r}script (sha256, length, data) values (?, ?, ?)", params,
                    COUNT_OF(params), NULL, err);
}

enum status
registry_get_script(struct conn *conn, const char *sha256, struct arena *arena, struct span *out,
                    struct err *err)
{
    BUF_SCOPED text = BUF_INIT(BUF_SQL_MAX);
    struct value param = value_text(sha256);
    struct value *row;
    bool found;
    char actual[SHA256_HEX_LEN + 1];
    TRY(conn_query_row(conn, "select length, data from {r}script where sha256 = ?", &param, 1, arena, &row,
                       &found, err));
    if (!found) {
        return err_raise(err, STATUS_CORRUPT, "the registry has lost the script %.12s", sha256);
    }
    TRY(decompress_text(row[1].bytes, (size_t)value_to_int(&row[0], 0), &text, err));
    sha256_hex(buf_view(&text), actual);
    if (!str_eq(actual, sha256)) {
        return err_raise(err, STATUS_CORRUPT, "the registry's script %.12s was altered", sha256);
    }
    *out = span_of(arena_strndup(arena, buf_cstr(&text), text.len));
    out->len = text.len;
    return STATUS_OK;
}

/* -- changes of the set -------------------------------------------------------------------------------------
 */

struct packed_delta {
    struct buf raw;
    struct buf frame;
};

static void
packed_delta_release(struct packed_delta *delta)
{
    buf_release(&delta->raw);
    buf_release(&delta->frame);
}

static enum status
pack_delta(struct packed_delta *delta, const struct object_changes *changes, struct err *err)
{
    if (changes != NULL) {
        delta_encode(changes, &delta->raw);
    }
    TRY(buf_check(&delta->raw, "the schema change", err));
    return compress_text(buf_view(&delta->raw), &delta->frame, err);
}

#define PACKED_DELTA_INIT                                                                                    \
    {                                                                                                        \
        BUF_INIT(BUF_SQL_MAX), BUF_INIT(BUF_SQL_MAX)                                                         \
    }

enum status
registry_add(struct conn *conn, const struct applied *applied, const struct object_changes *changes,
             struct err *err)
{
    ARENA_SCOPED scratch = {0};
    CLEANUP(packed_delta_release) struct packed_delta delta = PACKED_DELTA_INIT;
    TRY(pack_delta(&delta, changes, err));
    struct value params[] = {
        value_int(&scratch, applied->seq),
        value_text(applied->id),
        value_text(applied->version),
        value_text(applied->name),
        value_text(applied->class),
        value_text(state_names[applied->state]),
        value_int(&scratch, applied->applied_us),
        value_text(applied->op),
        value_text(applied->origin),
        value_text(applied->sha256[PART_UP]),
        value_text(applied->sha256[PART_DOWN]),
        value_text(applied->sha256[PART_VERIFY]),
        value_text(applied->sha256[PART_COMPENSATE]),
        value_int(&scratch, applied->no_transaction),
        value_text(applied->before_hash),
        value_text(applied->after_hash),
        value_int(&scratch, (int64_t)delta.raw.len),
        value_bytes(buf_view(&delta.frame)),
    };
    return conn_run(
        conn,
        "insert into {r}migration (seq, id, version, name, class, state, applied_us, op, origin, up_sha256, "
        "down_sha256, verify_sha256, compensate_sha256, no_transaction, before_hash, after_hash, "
        "delta_length, "
        "delta) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params, COUNT_OF(params), NULL, err);
}

enum status
registry_finish(struct conn *conn, const struct applied *applied, const struct object_changes *changes,
                struct err *err)
{
    ARENA_SCOPED scratch = {0};
    CLEANUP(packed_delta_release) struct packed_delta delta = PACKED_DELTA_INIT;
    TRY(pack_delta(&delta, changes, err));
    struct value params[] = {
        value_int(&scratch, applied->applied_us), value_text(applied->before_hash),
        value_text(applied->after_hash),          value_int(&scratch, (int64_t)delta.raw.len),
        value_bytes(buf_view(&delta.frame)),      value_text(applied->id),
    };
    return conn_run(
        conn,
        "update {r}migration set state = 'applied', applied_us = ?, before_hash = ?, after_hash = ?, "
        "delta_length = ?, delta = ? where id = ?",
        params, COUNT_OF(params), NULL, err);
}

enum status
registry_set_state(struct conn *conn, const char *id, enum applied_state state, const char *op,
                   struct err *err)
{
    struct value params[] = {value_text(state_names[state]), value_text(op), value_text(id)};
    return conn_run(conn, "update {r}migration set state = ?, op = ? where id = ?", params, COUNT_OF(params),
                    NULL, err);
}

enum status
registry_remove(struct conn *conn, const char *id, struct err *err)
{
    struct value param = value_text(id);
    return conn_run(conn, "delete from {r}migration where id = ?", &param, 1, NULL, err);
}

/* -- the expected schema ------------------------------------------------------------------------------------
 */

/* The schema that was there before the first migration, kept as a delta from nothing among the scripts. */
static enum status
load_base(struct conn *conn, struct schema_state *state, bool *known, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value *row;
    struct span delta;
    TRY(conn_query_row(conn, "select value from {r}meta where item = 'base_schema'", NULL, 0, &scratch, &row,
                       known, err));
    if (!*known) {
        return STATUS_OK;
    }
    TRY(registry_get_script(conn, value_to_str(&row[0], &scratch), &scratch, &delta, err));
    return schema_state_apply(state, delta, err);
}

static enum status
store_base(struct conn *conn, const struct catalog *base, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED delta = BUF_INIT(BUF_SQL_MAX);
    char sha256[SHA256_HEX_LEN + 1];
    struct object_changes changes;
    object_changes_between(NULL, base, &scratch, &changes);
    delta_encode(&changes, &delta);
    TRY(buf_check(&delta, "the schema", err));
    sha256_hex(buf_view(&delta), sha256);
    struct known_scripts known = {.arena = &scratch};
    TRY(registry_put_script(conn, &known, sha256, buf_view(&delta), err));
    TRY(conn_run(conn, "delete from {r}meta where item = 'base_schema'", NULL, 0, NULL, err));
    struct value param = value_text(sha256);
    return conn_run(conn, "insert into {r}meta (item, value) values ('base_schema', ?)", &param, 1, NULL,
                    err);
}

/* The format row is written last: without it the registry is not there, and is created again. */
static enum status
seed_rows(struct conn *conn, const struct catalog *base, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value *row;
    bool found;
    TRY(conn_query_row(conn, "select epoch from {r}lease where id = 1", NULL, 0, &scratch, &row, &found,
                       err));
    if (!found) {
        TRY(conn_run(
            conn,
            "insert into {r}lease (id, epoch, holder, host, boot, pid, session, op, command, acquired_us, "
            "renewed_us, ttl_us) values (1, 0, '', '', '', 0, '', '', '', 0, 0, 0)",
            NULL, 0, NULL, err));
    }
    TRY(conn_query_row(conn, "select value from {r}meta where item = 'format'", NULL, 0, &scratch, &row,
                       &found, err));
    if (!found) {
        TRY(store_base(conn, base, err));
        struct value format = value_int(&scratch, REGISTRY_FORMAT);
        TRY(conn_run(conn, "insert into {r}meta (item, value) values ('format', ?)", &format, 1, NULL, err));
    }
    return STATUS_OK;
}

/* Tables and rows in one transaction, or only the rows where the engine commits round each table. */
static enum status
create_once(struct conn *conn, const struct catalog *base, struct err *err)
{
    bool transactional = conn_has(conn, CAP_TRANSACTIONAL_DDL);
    enum status status = transactional ? STATUS_OK : create_tables(conn, err);
    if (status == STATUS_OK) {
        status = conn_begin(conn, TXN_WRITE, err);
    }
    if (status == STATUS_OK && transactional) {
        status = create_tables(conn, err);
    }
    if (status == STATUS_OK) {
        status = seed_rows(conn, base, err);
    }
    if (status == STATUS_OK) {
        status = conn_commit(conn, err);
    }
    if (status != STATUS_OK) {
        conn_rollback(conn);
    }
    return status;
}

enum status
registry_create(struct conn *conn, const struct catalog *base, struct err *err)
{
    enum status status = create_once(conn, base, err);
    /* Another first run was faster by a moment: what it committed is there now. */
    if (status == STATUS_SQL && (str_starts(err->sqlstate, "23") || str_starts(err->sqlstate, "42"))) {
        status = create_once(conn, base, err);
    }
    return status == STATUS_OK ? STATUS_OK : err_wrap(err, "cannot create the registry");
}

enum status
registry_has_format(struct conn *conn, int64_t format, bool *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value *row;
    bool found;
    TRY(conn_query_row(conn, "select value from {r}meta where item = 'format'", NULL, 0, &scratch, &row,
                       &found, err));
    *out = found && value_to_int(&row[0], 0) >= format;
    return STATUS_OK;
}

/* Tables that came with a later format; to be called by whoever has the lease. */
enum status
registry_upgrade(struct conn *conn, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value *row;
    bool found;
    struct value format = value_int(&scratch, REGISTRY_FORMAT);
    TRY(conn_query_row(conn, "select value from {r}meta where item = 'format'", NULL, 0, &scratch, &row,
                       &found, err));
    if (found && value_to_int(&row[0], 0) >= REGISTRY_FORMAT) {
        return STATUS_OK;
    }
    TRY(create_tables(conn, err));
    return conn_run(conn, "update {r}meta set value = ? where item = 'format'", &format, 1, NULL, err);
}

/* One recorded delta, in reading order. */
struct stored_delta {
    const char *id;
    struct span bytes;
};

struct stored_deltas {
    struct stored_delta *items;
    size_t n;
    size_t cap;
};

static enum status
load_deltas(struct conn *conn, struct arena *arena, struct stored_deltas *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query(conn,
                   "select id, delta_length, delta from {r}migration where after_hash <> '' order by seq",
                   NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        BUF_SCOPED raw = BUF_INIT(BUF_SQL_MAX);
        TRY(decompress_text(row.values[2].bytes, (size_t)value_to_int(&row.values[1], 0), &raw, err));
        struct stored_delta delta = {value_to_str(&row.values[0], arena),
                                     {arena_strndup(arena, buf_cstr(&raw), raw.len), raw.len}};
        vec_push(arena, out, delta);
    }
}

enum status
registry_rebase(struct conn *conn, const struct catalog *live, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct stored_deltas deltas = {0};
    struct schema_state state;
    struct catalog base;
    schema_state_init(&state, &scratch);
    schema_state_add(&state, live);
    TRY(load_deltas(conn, &scratch, &deltas, err));
    for (size_t i = deltas.n; i > 0; i--) {
        TRY(schema_state_revert(&state, deltas.items[i - 1].bytes, err));
    }
    catalog_init(&base);
    schema_state_catalog(&state, &base);
    enum status status = store_base(conn, &base, err);
    catalog_release(&base);
    return status;
}

enum status
registry_expected(struct conn *conn, struct catalog *out, bool *known, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct stored_deltas deltas = {0};
    struct schema_state state;
    schema_state_init(&state, &scratch);
    TRY(load_base(conn, &state, known, err));
    TRY(load_deltas(conn, &scratch, &deltas, err));
    for (size_t i = 0; i < deltas.n; i++) {
        TRY(schema_state_apply(&state, deltas.items[i].bytes, err));
    }
    schema_state_catalog(&state, out);
    return STATUS_OK;
}
