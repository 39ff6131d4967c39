/* The way out of a freeze, and what stands: by the catalogue first, by the registry where there is one. */
#include "migrate/freeze_core.h"

#include "base/io.h"

#include <string.h>

/* -- the end -----------------------------------------------------------------------------------------------
 */

static enum status
thaw_table(struct session *session, const struct freeze_marks *marks, size_t from, size_t n, struct err *err)
{
    struct freeze_words statements = {0};
    for (size_t i = from; i < from + n; i++) {
        freeze_word_add(session->arena, &statements, marks->items[i].undo);
    }
    struct freeze_unit unit = {marks->items[from].table, &statements, "thaw.table", true};
    return freeze_run_unit(session, &unit, err);
}

static size_t
same_table(const struct freeze_marks *marks, size_t from)
{
    size_t n = 1;
    while (from + n < marks->n && str_eq(marks->items[from + n].table, marks->items[from].table)) {
        n++;
    }
    return n;
}

struct thaw_note {
    const char *pattern; /* of ids */
    const char *tables;
    size_t *n_freezes;
};

static enum status
note_thaw(struct session *session, void *context, struct err *err)
{
    struct thaw_note *note = context;
    struct arena *arena = session->arena;
    struct value params[] = {value_null(), value_text(note->pattern)};
    int64_t affected = 0;
    int64_t now;
    TRY(freeze_server_now(session, &now, err));
    params[0] = value_int(arena, now);
    TRY(conn_run(session->conn, "delete from {r}freeze_pass", NULL, 0, NULL, err));
    TRY(conn_run(session->conn,
                 "update {r}freeze set state = 'thawed', thawed_us = ? where state <> 'thawed' and id like ?",
                 params, COUNT_OF(params), &affected, err));
    *note->n_freezes = affected < 0 ? 0 : (size_t)affected;
    if (!session->holds_lease || (affected <= 0 && note->tables[0] == '\0')) {
        return STATUS_OK;
    }
    return record_append(session->conn, &session->chain, session->lease.op, "thaw",
                         record_body(arena, "freeze", note->pattern, "tables", note->tables, NULL), err);
}

static enum status
verify_thaw(struct session *session, const char *id, struct err *err)
{
    struct freeze_marks all;
    TRY(conn_freeze_find(session->conn, session->arena, &all, err));
    struct freeze_marks left = freeze_marks_of(&all, id, session->arena);
    if (left.n == 0) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_PARTIAL, "table '%s' is frozen still: trigger '%s'", left.items[0].table,
                    left.items[0].name);
    return err_hint(err, "run 'rollcall thaw' again; by hand: %s", left.items[0].undo);
}

/* The registry may be older than freezes, whatever the catalogue holds. */
static enum status
has_freeze_table(struct session *session, bool *out, struct err *err)
{
    struct value *row;
    bool found;
    *out = false;
    if (!session->has_registry) {
        return STATUS_OK;
    }
    TRY(conn_query_row(session->conn, "select value from {r}meta where item = 'format'", NULL, 0,
                       session->arena, &row, &found, err));
    *out = found && value_to_int(&row[0], 0) >= 3;
    return STATUS_OK;
}

static enum status
release_marks(struct session *session, const struct freeze_marks *marks, struct thaw *out, struct err *err)
{
    for (size_t at = 0; at < marks->n;) {
        size_t n = same_table(marks, at);
        if (thaw_table(session, marks, at, n, err) != STATUS_OK) {
            if (out->tables.n > 0) {
                (void)err_restate(err, STATUS_PARTIAL);
            }
            return err_hint(err,
                            "%zu tables are free, the others are frozen still; run 'rollcall thaw' again",
                            out->tables.n);
        }
        freeze_word_add(session->arena, &out->tables, marks->items[at].table);
        out->n_objects += n;
        at += n;
    }
    return STATUS_OK;
}

enum status
freeze_release(struct session *session, const char *id, struct thaw *out, struct err *err)
{
    struct freeze_marks all;
    BUF_SCOPED names = BUF_INIT(BUF_TEXT_MAX);
    bool has_table;
    *out = (struct thaw){0};
    TRY(conn_freeze_find(session->conn, session->arena, &all, err));
    struct freeze_marks marks = freeze_marks_of(&all, id, session->arena);
    TRY(release_marks(session, &marks, out, err));
    TRY(verify_thaw(session, id, err));
    TRY(has_freeze_table(session, &has_table, err));
    if (!has_table) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < out->tables.n; i++) {
        buf_printf(&names, "%s\n", out->tables.items[i]);
    }
    struct thaw_note note = {arena_printf(session->arena, "%s%%", id == NULL ? "" : id), buf_cstr(&names),
                             &out->n_freezes};
    TRY(fault_before("thaw.note", err));
    TRY(freeze_in_transaction(session, note_thaw, &note, err));
    return fault_after("thaw.note", err);
}

enum status
freeze_release_sql(struct session *session, const char *id, struct freeze_words *out, struct err *err)
{
    struct freeze_marks all;
    *out = (struct freeze_words){0};
    TRY(conn_freeze_find(session->conn, session->arena, &all, err));
    struct freeze_marks marks = freeze_marks_of(&all, id, session->arena);
    for (size_t i = 0; i < marks.n; i++) {
        freeze_word_add(session->arena, out, marks.items[i].undo);
    }
    return STATUS_OK;
}

/* -- what stands -------------------------------------------------------------------------------------------
 */

static struct freeze *
freeze_of(struct session *session, struct freezes *out, const char *id)
{
    for (size_t i = 0; i < out->n; i++) {
        if (str_eq(out->items[i].id, id)) {
            return &out->items[i];
        }
    }
    struct freeze freeze = {.reason = "", .actor = "", .why = "", .recorded = "", .point = ""};
    freeze.apart_ms = FREEZE_APART_MS;
    (void)memcpy(freeze.id, id, strnlen(id, sizeof(freeze.id) - 1));
    vec_push(session->arena, out, freeze);
    return &out->items[out->n - 1];
}

static void
take_row(struct session *session, const struct row *row, struct freezes *out, struct freeze_words *names)
{
    struct arena *arena = session->arena;
    struct freeze *freeze = freeze_of(session, out, value_to_str(&row->values[0], arena));
    struct span rest = span_of(value_to_str(&row->values[9], arena));
    struct span line;
    freeze->reason = value_to_str(&row->values[1], arena);
    freeze->actor = value_to_str(&row->values[2], arena);
    freeze->began_us = value_to_int(&row->values[3], 0);
    freeze->frozen_us = value_to_int(&row->values[4], 0);
    freeze->expires_us = value_to_int(&row->values[5], 0);
    freeze->auto_thaw = value_to_bool(&row->values[6]);
    freeze->point = value_to_str(&row->values[7], arena);
    freeze->is_proven = value_to_bool(&row->values[8]);
    freeze->recorded = value_to_str(&row->values[10], arena);
    freeze->why = value_to_str(&row->values[11], arena);
    while (span_next_line(&rest, &line)) {
        freeze_word_add(arena, names, arena_strndup(arena, line.ptr, line.len));
    }
}

/* Tables that were dropped since are left out of the closure; their marks are missed all the same. */
static enum status
read_scope(struct session *session, struct freeze *freeze, const struct freeze_words *names, struct err *err)
{
    struct freeze_spec spec = {freeze->id, freeze->reason, freeze->auto_thaw ? freeze->expires_us : 0};
    struct freeze_words there = {0};
    if (names->n == 0) {
        return STATUS_OK;
    }
    enum status status =
        conn_freeze_scope(session->conn, &spec, names->items, names->n, session->arena, &freeze->scope, err);
    if (status != STATUS_USAGE) {
        return status;
    }
    for (size_t i = 0; i < names->n; i++) {
        status =
            conn_freeze_scope(session->conn, &spec, &names->items[i], 1, session->arena, &freeze->scope, err);
        if (status == STATUS_OK) {
            freeze_word_add(session->arena, &there, names->items[i]);
        } else if (status != STATUS_USAGE) {
            return status;
        }
    }
    err_clear(err);
    return there.n == 0 ? STATUS_OK
                        : conn_freeze_scope(session->conn, &spec, there.items, there.n, session->arena,
                                            &freeze->scope, err);
}

/* A freeze whose run died while it was made has no record of its marks. */
static void
find_missing(struct session *session, struct freeze *freeze, const struct freeze_marks *all)
{
    for (size_t i = 0; i < freeze->scope.n; i++) {
        const struct freeze_table *table = &freeze->scope.tables[i];
        size_t n = 0;
        for (size_t j = 0; j < all->n; j++) {
            n += str_eq(all->items[j].table, table->table) && all->items[j].is_enabled;
        }
        if (n < table->undo.n) {
            vec_push(session->arena, &freeze->faults,
                     (struct freeze_fault){table->table, n == 0 ? "is not frozen: the run was interrupted"
                                                                : "is half frozen: the run was interrupted"});
        }
    }
}

static enum status
read_rows(struct session *session, struct freezes *out, struct freeze_words *names, size_t n_names,
          struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query(session->conn,
                   "select id, reason, actor, began_us, frozen_us, expires_us, auto_thaw, point, proven, "
                   "tables, marks, why from {r}freeze where state <> 'thawed' order by began_us",
                   NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0 || out->n == n_names) {
            return STATUS_OK;
        }
        take_row(session, &row, out, &names[out->n]);
    }
}

static enum status
count_passes(struct session *session, struct freezes *out, struct err *err)
{
    struct value *row;
    bool found;
    TRY(conn_query_row(session->conn, "select count(*) from {r}freeze_pass", NULL, 0, session->arena, &row,
                       &found, err));
    out->stale_passes = found ? (size_t)value_to_int(&row[0], 0) : 0;
    return STATUS_OK;
}

static void
add_unknown_tables(struct session *session, struct freezes *out, const struct freeze_marks *all,
                   struct freeze_words *names, size_t n_known)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct freeze *freeze = freeze_of(session, out, all->items[i].id);
        size_t at = (size_t)(freeze - out->items);
        bool is_last = names[at].n > 0 && str_eq(names[at].items[names[at].n - 1], all->items[i].table);
        if (at >= n_known && !is_last) {
            freeze_word_add(session->arena, &names[at], all->items[i].table);
        }
    }
}

static enum status
complete(struct session *session, struct freeze *freeze, const struct freeze_words *names,
         const struct freeze_marks *all, int64_t now, struct err *err)
{
    freeze->now_us = now;
    freeze->has_ended = freeze->auto_thaw && freeze->expires_us != 0 && now >= freeze->expires_us;
    freeze->marks = freeze_marks_of(all, freeze->id, session->arena);
    TRY(read_scope(session, freeze, names, err));
    if (freeze->recorded[0] == '\0') {
        find_missing(session, freeze, all);
    } else {
        freeze_compare_marks(freeze->recorded, all, session->arena, &freeze->faults);
    }
    return STATUS_OK;
}

enum status
freeze_list(struct session *session, struct freezes *out, struct err *err)
{
    enum { MOST = 256 };
    struct freeze_words *names = arena_new_array(session->arena, struct freeze_words, (size_t)MOST * 2);
    struct freeze_marks all;
    int64_t now;
    bool has_table;
    *out = (struct freezes){0};
    TRY(freeze_server_now(session, &now, err));
    TRY(conn_freeze_find(session->conn, session->arena, &all, err));
    out->is_frozen = all.n > 0;
    TRY(has_freeze_table(session, &has_table, err));
    if (has_table) {
        TRY(read_rows(session, out, names, MOST, err));
        TRY(count_passes(session, out, err));
    }
    if (all.n > 0) {
        add_unknown_tables(session, out, &all, names, out->n);
    }
    for (size_t i = 0; i < out->n; i++) {
        TRY(complete(session, &out->items[i], &names[i], &all, now, err));
    }
    return STATUS_OK;
}
