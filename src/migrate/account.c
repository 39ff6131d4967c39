#include "migrate/account.h"

#include "base/buf.h"

#include <inttypes.h>

/* Bodies are JSON; see MANUAL.md, "Records". */

enum kind { KIND_SAVED, KIND_FATES, KIND_CONFLICTS, KIND_VERIFY, KIND_COUNT };

static const char *const kind_names[] = {
    [KIND_SAVED] = "saved",
    [KIND_FATES] = "fates",
    [KIND_CONFLICTS] = "conflict",
    [KIND_VERIFY] = "verify",
};

struct kinds {
    bool are_there[KIND_COUNT];
};

const char *
conflict_policy_name(enum conflict_policy policy)
{
    static const char *const names[] = {
        [CONFLICT_KEEP] = "keep", [CONFLICT_RESTORE] = "restore", [CONFLICT_FAIL] = "fail"};
    return names[policy];
}

static void
note_kind(void *context, const struct record *record)
{
    struct kinds *kinds = context;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        kinds->are_there[i] = kinds->are_there[i] || str_eq(record->kind, kind_names[i]);
    }
}

static void
put_text(struct buf *out, const char *key, const char *text)
{
    buf_printf(out, "\"%s\":", key);
    buf_json(out, span_of(text));
}

static void
put_number(struct buf *out, const char *key, int64_t n)
{
    buf_printf(out, ",\"%s\":%" PRId64, key, n);
}

static void
begin_tables(struct buf *out, const struct step_result *step)
{
    buf_char(out, '{');
    put_text(out, "migration", step->id);
    buf_char(out, ',');
    put_text(out, "direction", direction_name(step->direction));
    buf_str(out, ",\"tables\":[");
}

static bool
saved_body(const struct step_result *step, struct buf *out)
{
    begin_tables(out, step);
    for (size_t i = 0; i < step->saved.n; i++) {
        const struct saved_summary *saved = &step->saved.items[i];
        buf_str(out, i == 0 ? "{" : ",{");
        put_text(out, "table", saved->table);
        buf_char(out, ',');
        put_text(out, "kind", saved->kind);
        put_number(out, "rows", (int64_t)saved->rows);
        put_number(out, "bytes", (int64_t)saved->bytes);
        buf_char(out, '}');
    }
    buf_str(out, "]}");
    return step->saved.n > 0;
}

static bool
fates_body(const struct step_result *step, struct buf *out)
{
    begin_tables(out, step);
    for (size_t i = 0; i < step->fates.n; i++) {
        const struct fates *fates = &step->fates.items[i];
        buf_str(out, i == 0 ? "{" : ",{");
        put_text(out, "table", fates->table);
        put_number(out, "carried", fates->carried);
        put_number(out, "merged", fates->merged);
        put_number(out, "parked", fates->parked);
        put_number(out, "kept", fates->kept);
        put_number(out, "compensated", fates->compensated);
        put_number(out, "lost", fates->lost);
        put_number(out, "conflicts", fates->conflicts);
        buf_char(out, '}');
    }
    buf_str(out, "]}");
    return step->direction == DIRECTION_DOWN && step->fates.n > 0;
}

static bool
conflicts_body(const struct step_result *step, const char *resolution, struct buf *out)
{
    begin_tables(out, step);
    for (size_t i = 0; i < step->conflicts.n; i++) {
        const struct conflict *conflict = &step->conflicts.items[i];
        buf_str(out, i == 0 ? "{" : ",{");
        put_text(out, "table", conflict->table);
        buf_char(out, ',');
        put_text(out, "column", conflict->column);
        put_number(out, "rows", conflict->rows);
        buf_char(out, ',');
        put_text(out, "resolution", resolution);
        buf_char(out, '}');
    }
    buf_str(out, "]}");
    return step->conflicts.n > 0;
}

static void
put_difference(struct buf *out, const struct change *change)
{
    static const char *const words[] = {
        [CHANGE_ADDED] = "added", [CHANGE_REMOVED] = "removed", [CHANGE_CHANGED] = "changed"};
    const struct object *object = change->after != NULL ? change->after : change->before;
    buf_char(out, '{');
    put_text(out, "kind", object_kind_name(object->kind));
    buf_char(out, ',');
    put_text(out, "name", object->name);
    buf_char(out, ',');
    put_text(out, "change", words[change->kind]);
    buf_char(out, '}');
}

/* Of the whole operation: the schema after each down against the one before its up. */
static bool
verify_body(const struct operation_result *result, struct buf *out)
{
    size_t n_compared = 0;
    size_t n_downs = 0;
    size_t n_told = 0;
    bool differs = false;
    bool rows_verified = false;
    bool rows_differ = false;
    buf_str(out, "{\"differences\":[");
    for (size_t i = 0; i < result->n_steps; i++) {
        const struct step_result *step = &result->steps[i];
        n_downs += step->direction == DIRECTION_DOWN;
        n_compared += step->schema_verified;
        differs = differs || step->differences.class == CHANGE_CLASS_MEANING;
        rows_verified = rows_verified || step->rows_verified;
        rows_differ = rows_differ || step->wrong_rows > 0;
        for (size_t k = 0; k < step->differences.n; k++) {
            buf_str(out, n_told++ == 0 ? "" : ",");
            put_difference(out, &step->differences.changes[k]);
        }
    }
    buf_char(out, ']');
    if (n_compared > 0 && (differs || n_compared == n_downs)) {
        buf_char(out, ',');
        put_text(out, "schema", differs ? "different" : "same");
    }
    if (rows_verified) {
        buf_char(out, ',');
        put_text(out, "data", rows_differ ? "different" : "same");
    }
    buf_char(out, '}');
    return n_compared > 0;
}

static enum status
append(struct session *session, const struct operation_result *result, enum kind kind, const struct buf *body,
       struct err *err)
{
    TRY(buf_check(body, "a record", err));
    return record_append(session->conn, &session->chain, result->op, kind_names[kind], buf_cstr(body), err);
}

static enum status
record_step(struct session *session, const struct operation_result *result, const struct step_result *step,
            const struct kinds *kinds, struct err *err)
{
    for (enum kind kind = KIND_SAVED; kind < KIND_VERIFY; kind++) {
        BUF_SCOPED body = BUF_INIT(BUF_TEXT_MAX);
        bool is_told = kind == KIND_SAVED ? saved_body(step, &body)
                       : kind == KIND_FATES
                           ? fates_body(step, &body)
                           : conflicts_body(step, conflict_policy_name(session->rollback.on_conflict), &body);
        if (is_told && !kinds->are_there[kind]) {
            TRY(append(session, result, kind, &body, err));
        }
    }
    return STATUS_OK;
}

enum status
account_record(struct session *session, const struct operation_result *result, struct err *err)
{
    struct kinds kinds = {0};
    BUF_SCOPED body = BUF_INIT(BUF_TEXT_MAX);
    if (result->n_steps == 0) {
        return STATUS_OK;
    }
    TRY(record_each(session->conn, result->op, note_kind, &kinds, err));
    for (size_t i = 0; i < result->n_steps; i++) {
        TRY(record_step(session, result, &result->steps[i], &kinds, err));
    }
    return verify_body(result, &body) && !kinds.are_there[KIND_VERIFY]
               ? append(session, result, KIND_VERIFY, &body, err)
               : STATUS_OK;
}
