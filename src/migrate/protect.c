#include "migrate/protect_core.h"

#include "base/io.h"
#include "migrate/names.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* Saves of one statement share a thousand; those behind the last statement come after all. */
enum { SAVES_A_STATEMENT = 1000 };

/* -- which statements matter ----------------------------------------------------------------------------- */

/* What a statement with that effect asks for. */
enum need {
    NEED_NOTHING,
    NEED_LOG,     /* of the table's rows */
    NEED_COLUMN,  /* key and column, before */
    NEED_RETYPED, /* the same, and after the script */
    NEED_TABLE,   /* all of it */
    NEED_ALL      /* nobody can tell: whatever changed */
};

static enum need
need_of(const struct effect *effect)
{
    if (effect->flags & EFFECT_TEMPORARY) {
        return NEED_NOTHING;
    }
    switch (effect->kind) {
    case EFFECT_INSERT:
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
        return NEED_LOG;
    case EFFECT_TRUNCATE:
        return NEED_TABLE;
    case EFFECT_DROP:
        return effect->object == OBJECT_TABLE                                      ? NEED_TABLE
               : effect->object == OBJECT_SCHEMA                                   ? NEED_ALL
               : effect->object == OBJECT_TYPE && (effect->flags & EFFECT_CASCADE) ? NEED_ALL
                                                                                   : NEED_NOTHING;
    case EFFECT_DROP_COLUMN:
        return NEED_COLUMN;
    case EFFECT_COLUMN_TYPE:
        return NEED_RETYPED;
    case EFFECT_ALTER:
        return effect->object == OBJECT_TABLE && (effect->flags & EFFECT_REWRITE) ? NEED_TABLE : NEED_NOTHING;
    case EFFECT_UNKNOWN:
        return NEED_ALL;
    case EFFECT_CREATE:
    case EFFECT_RENAME:
    case EFFECT_ADD_COLUMN:
    case EFFECT_SET_NOT_NULL:
    case EFFECT_DROP_NOT_NULL:
    case EFFECT_SET_DEFAULT:
    case EFFECT_DROP_DEFAULT:
    case EFFECT_LOCK:
    case EFFECT_SESSION:
    case EFFECT_TRANSACTION:
    case EFFECT_READ:
        return NEED_NOTHING;
    }
    return NEED_ALL;
}

static bool
changes_schema(const struct effect *effect)
{
    enum need need = need_of(effect);
    return need != NEED_LOG && effect->kind != EFFECT_READ && effect->kind != EFFECT_SESSION &&
           effect->kind != EFFECT_TRANSACTION && effect->kind != EFFECT_LOCK;
}

static const char *
table_of(const struct effect *effect)
{
    return effect->object == OBJECT_TABLE && effect->kind == EFFECT_DROP ? effect->name
           : effect->table[0] == '\0'                                    ? effect->name
                                                                         : effect->table;
}

static bool
holds_name(const struct name_list *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (table_name_eq(names->items[i], name)) {
            return true;
        }
    }
    return false;
}

/* -- one file ---------------------------------------------------------------------------------------------
 */

/* Its copy in the registry, which the commit makes last, is enough; the disk's answer would take longer than
 * a small migration. */
enum { UNFLUSHED_MAX = 64 << 10 };

static enum status
need_set(struct protect *protect, struct err *err)
{
    struct session *session = protect->session;
    if (!protect->has_set) {
        TRY(snapshot_set_begin(session->conn, session->service, session->lease.op, protect->arena,
                               &protect->set, err));
        protect->set.unflushed_max = UNFLUSHED_MAX;
        protect->has_set = true;
    }
    return STATUS_OK;
}

static int64_t
next_n(struct protect *protect)
{
    int64_t first = (int64_t)protect->statement * SAVES_A_STATEMENT + 1;
    protect->last_n = protect->last_n < first ? first : protect->last_n + 1;
    return protect->last_n;
}

static const struct table_key *
key_of(const struct table *table)
{
    return table->n_keys > 0 ? &table->keys[0] : NULL;
}

static bool
is_in_key(const struct table_key *key, const char *column)
{
    for (size_t i = 0; key != NULL && i < key->n_columns; i++) {
        if (str_eq(key->columns[i], column)) {
            return true;
        }
    }
    return false;
}

static const char *
side_type(const struct conn *conn, const struct column *column, struct arena *arena)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    conn->driver->cells.side_type(&text, &column->type, column->collation == NULL ? "" : column->collation);
    return arena_strdup(arena, buf_cstr(&text));
}

/* What is known of the table and those columns as they are right before the running statement. */
static struct saved
describe_saved(struct protect *protect, enum saved_role role, const struct table *table,
               const struct name_list *columns, bool is_whole)
{
    const struct effects *effects = &protect->step->effects;
    struct arena *arena = protect->arena;
    struct saved saved = {
        .migration = protect->step->entry->id,
        .direction = direction_name(protect->step->direction),
        .op = protect->session->lease.op,
        .set = "",
        .file = "",
        .role = role,
        .is_whole = is_whole,
        .start = table_name_first(effects, protect->piece, table->qualified, arena),
        .then = table->qualified,
        .end = table_name_last(effects, protect->piece, table->qualified, arena),
        .columns = arena_new_array(arena, struct saved_column, columns->n + 1),
        .n_columns = columns->n,
    };
    for (size_t i = 0; i < columns->n; i++) {
        const struct column *column = table_column(table, columns->items[i]);
        saved.columns[i] = (struct saved_column){
            .name = column->name,
            .start = column_name_first(effects, protect->piece, table->qualified, column->name, arena),
            .end = column_name_last(effects, protect->piece, table->qualified, column->name, arena),
            .side_type = side_type(protect->session->conn, column, arena),
            .type = {.kind = column->type.kind, .name = column->type.name},
            .is_key = is_in_key(key_of(table), column->name),
        };
    }
    return saved;
}

/* The role says it all to whoever lists snapshots. */
static const char *
kind_of(const struct saved *saved)
{
    return saved->role == SAVED_LOG ? "changeset" : saved->is_whole ? "table" : "columns";
}

/* Dumps `source` into a file of the set, verified. */
enum status
protect_write_file(struct protect *protect, struct saved *saved, const struct table *source,
                   const struct name_list *columns, struct err *err)
{
    const struct snapshot_table *taken;
    TRY(need_set(protect, err));
    TRY(snapshot_check_room(protect->set.dir, source, 1, err));
    TRY(fault_before("protect.save", err));
    bool is_own = conn_txn_state(protect->session->conn) == TXN_NONE;
    if (is_own) {
        TRY(conn_begin(protect->session->conn, TXN_READ, err));
    }
    enum status status = snapshot_set_add(protect->session->conn, &protect->set, source, columns,
                                          kind_of(saved), protect->arena, &taken, err);
    if (is_own) {
        conn_rollback(protect->session->conn);
    }
    TRY(status);
    TRY(fault_after("protect.save", err));
    saved->set = protect->set.id;
    saved->file = taken->file;
    saved->rows = taken->totals.rows;
    saved->bytes = taken->totals.plain_bytes;
    saved->stored = taken->totals.stored_bytes;
    return STATUS_OK;
}

enum status
protect_list(struct protect *protect, const struct saved *saved, struct err *err)
{
    struct conn *conn = protect->session->conn;
    TRY(saved_put(conn, saved, err));
    if (saved->set[0] == '\0') {
        return STATUS_OK;
    }
    return saved_copy_put(conn, saved, arena_printf(protect->arena, "%s/%s", protect->set.dir, saved->file),
                          err);
}

/* In a transaction of its own where none is open. */
static enum status
list_now(struct protect *protect, const struct saved *saved, struct err *err)
{
    struct conn *conn = protect->session->conn;
    bool is_own = conn_txn_state(conn) == TXN_NONE;
    if (saved->set[0] != '\0') {
        TRY(manifest_write(&protect->set, protect->arena, err));
    }
    TRY(fault_before("protect.list", err));
    if (is_own) {
        TRY(conn_begin(conn, TXN_WRITE, err));
    }
    enum status status = lease_hold(conn, &protect->session->lease, err);
    if (status == STATUS_OK) {
        status = protect_list(protect, saved, err);
    }
    if (is_own && status == STATUS_OK) {
        status = conn_commit(conn, err);
    }
    if (is_own && status != STATUS_OK) {
        conn_rollback(conn);
    }
    TRY(status);
    return fault_after("protect.list", err);
}

enum status
protect_add(struct protect *protect, struct saved *saved, const struct table *source,
            const struct name_list *columns, struct err *err)
{
    saved->n = next_n(protect);
    TRY(protect_write_file(protect, saved, source, columns, err));
    vec_push(protect->arena, &protect->saves, *saved);
    return protect->is_journaled ? list_now(protect, saved, err) : STATUS_OK;
}

enum status
protect_save_rows(struct protect *protect, enum saved_role role, const struct table *table,
                  const struct name_list *columns, bool is_whole, struct err *err)
{
    struct saved saved = describe_saved(protect, role, table, columns, is_whole);
    return protect_add(protect, &saved, table, columns, err);
}

/* -- what a statement asks for --------------------------------------------------------------------------- */

/* USAGE: no such table, a view, or one that IF EXISTS speaks of. */
enum status
protect_find_table(struct protect *protect, const char *name, struct table *out, bool *found, struct err *err)
{
    struct err absent;
    enum status status = conn_describe(protect->session->conn, name, protect->arena, out, &absent);
    *found = status == STATUS_OK;
    if (status == STATUS_OK || status == STATUS_USAGE) {
        return STATUS_OK;
    }
    *err = absent;
    return status;
}

static bool
is_saved_whole(const struct protect *protect, const char *then)
{
    for (size_t i = 0; i < protect->saves.n; i++) {
        const struct saved *saved = &protect->saves.items[i];
        if (saved->role == SAVED_BEFORE && saved->is_whole && str_eq(saved->then, then)) {
            return true;
        }
    }
    return false;
}

static enum status
save_table(struct protect *protect, const struct table *table, struct err *err)
{
    struct name_list columns;
    if (is_saved_whole(protect, table->qualified)) {
        return STATUS_OK;
    }
    snapshot_columns(table, protect->arena, &columns);
    return columns.n == 0 ? STATUS_OK : protect_save_rows(protect, SAVED_BEFORE, table, &columns, true, err);
}

static void
key_and(const struct table_key *key, const char *column, struct arena *arena, struct name_list *out)
{
    *out = (struct name_list){0};
    for (size_t i = 0; i < key->n_columns; i++) {
        vec_push(arena, out, key->columns[i]);
    }
    if (!is_in_key(key, column)) {
        vec_push(arena, out, column);
    }
}

static enum status
save_column(struct protect *protect, const struct table *table, const char *name, struct err *err)
{
    const struct column *column = NULL;
    struct name_list columns;
    for (size_t i = 0; i < table->n_columns; i++) {
        column = strcasecmp(table->columns[i].name, name) == 0 ? &table->columns[i] : column;
    }
    if (column == NULL || column->is_generated || is_saved_whole(protect, table->qualified)) {
        return STATUS_OK;
    }
    const struct table_key *key = key_of(table);
    if (key == NULL || is_in_key(key, column->name)) {
        return save_table(protect, table, err);
    }
    key_and(key, column->name, protect->arena, &columns);
    return protect_save_rows(protect, SAVED_BEFORE, table, &columns, false, err);
}

static bool
is_captured(const struct protect *protect, const struct table *table)
{
    for (size_t i = 0; i < protect->captures.n; i++) {
        const struct capturing *capture = &protect->captures.items[i];
        if (capture->is_open && str_eq(capture->table.qualified, table->qualified)) {
            return true;
        }
    }
    return false;
}

/* As of the table, with the log's own two columns before. */
static struct saved
describe_log(struct protect *protect, const struct table *table)
{
    struct name_list columns;
    snapshot_columns(table, protect->arena, &columns);
    return describe_saved(protect, SAVED_LOG, table, &columns, false);
}

static enum status
start_log(struct protect *protect, const struct table *table, struct err *err)
{
    struct conn *conn = protect->session->conn;
    struct capturing capture = {.table = *table, .is_open = true};
    if (is_captured(protect, table) || is_saved_whole(protect, table->qualified)) {
        return STATUS_OK;
    }
    if (key_of(table) == NULL) {
        return save_table(protect, table, err);
    }
    capture.saved = describe_log(protect, table);
    capture.saved.n = next_n(protect);
    capture.log = arena_printf(protect->arena, "%slog_%s%" PRId64, conn->driver->registry_prefix,
                               protect->step->direction == DIRECTION_UP ? "u" : "d", capture.saved.n);
    capture.saved.file = capture.log;
    if (protect->is_journaled) {
        TRY(list_now(protect, &capture.saved, err));
    }
    enum status status = conn_capture_begin(conn, table, capture.log, err);
    if (status == STATUS_UNSUPPORTED) { /* of this table, or without a right that takes */
        err_clear(err);
        if (protect->is_journaled) {
            TRY(saved_remove(conn, &capture.saved, err));
        }
        return save_table(protect, table, err);
    }
    TRY(status);
    vec_push(protect->arena, &protect->captures, capture);
    return STATUS_OK;
}

enum status
protect_stop_logs(struct protect *protect, struct err *err)
{
    for (size_t i = 0; i < protect->captures.n; i++) {
        struct capturing *capture = &protect->captures.items[i];
        if (capture->is_open) {
            TRY(conn_capture_end(protect->session->conn, &capture->table, capture->log, err));
            capture->is_open = false;
        }
    }
    return STATUS_OK;
}

static bool
acts(const struct foreign_key *key)
{
    return !(str_eq(key->on_delete, "NO ACTION") || str_eq(key->on_delete, "RESTRICT")) ||
           !(str_eq(key->on_update, "NO ACTION") || str_eq(key->on_update, "RESTRICT"));
}

static enum status
find_children(struct protect *protect, struct err *err)
{
    struct conn *conn = protect->session->conn;
    const char **names;
    size_t n;
    if (protect->knows_children) {
        return STATUS_OK;
    }
    protect->children.n = 0;
    TRY(conn_tables(conn, protect->arena, &names, &n, err));
    for (size_t i = 0; i < n; i++) {
        struct table child;
        TRY(conn_describe(conn, names[i], protect->arena, &child, err));
        if (child.n_references > 0) {
            vec_push(protect->arena, &protect->children, child);
        }
    }
    protect->knows_children = true;
    return STATUS_OK;
}

/* Tables whose rows a foreign key's action changes along, where no log sees that; `is_emptied`: by TRUNCATE
 * ... CASCADE, which asks for no action. */
static enum status
save_children(struct protect *protect, const struct table *parent, bool is_emptied, struct err *err)
{
    TRY(find_children(protect, err));
    for (size_t i = 0; i < protect->children.n; i++) {
        const struct table *child = &protect->children.items[i];
        bool is_child = false;
        for (size_t j = 0; j < child->n_references; j++) {
            const struct foreign_key *key = &child->references[j];
            is_child =
                is_child || ((is_emptied || acts(key)) && table_name_eq(key->parent, parent->qualified));
        }
        if (is_child && !is_saved_whole(protect, child->qualified)) {
            TRY(save_table(protect, child, err));
            TRY(save_children(protect, child, is_emptied, err));
        }
    }
    return STATUS_OK;
}

static enum status
save_names(struct protect *protect, const char *const *names, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct table table;
        bool found;
        TRY(protect_find_table(protect, names[i], &table, &found, err));
        if (found) {
            TRY(save_table(protect, &table, err));
        }
    }
    return STATUS_OK;
}

static bool
holds_word(struct span sql, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= sql.len; i++) {
        if (strncasecmp(sql.ptr + i, word, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a statement nobody can read may take tables or columns away, or calls what may. Where the script
 * can be run again, rows that are merely written are found out after the fact; emptied or dropped tables are
 * not. */
static bool
may_take_away(const struct protect *protect, const struct effect *effect)
{
    static const char *const words[] = {"truncate", "drop", "alter", "execute", "perform", "call", "select"};
    struct span sql = piece_text(&protect->step->pieces, &protect->step->pieces.items[effect->piece]);
    if (protect->is_journaled || effect->kind != EFFECT_UNKNOWN) {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (holds_word(sql, words[i])) {
            return true;
        }
    }
    return false;
}

static enum status
save_all(struct protect *protect, struct err *err)
{
    const char **names;
    size_t n;
    TRY(conn_tables(protect->session->conn, protect->arena, &names, &n, err));
    return save_names(protect, names, n, err);
}

/* Rows written through a view are some table's; where the script can be run again, that is found out. */
static enum status
save_behind_view(struct protect *protect, const char *name, struct err *err)
{
    const struct catalog *schema;
    session_forget_schema(protect->session);
    TRY(session_schema(protect->session, &schema, err));
    for (size_t i = 0; i < schema->n; i++) {
        if (schema->objects[i].kind == OBJECT_VIEW && table_name_eq(schema->objects[i].name, name)) {
            return save_all(protect, err);
        }
    }
    return STATUS_OK;
}

static enum status
save_for_effect(struct protect *protect, const struct effect *effect, struct err *err)
{
    enum need need = need_of(effect);
    struct table table;
    bool found;
    if (need == NEED_NOTHING || need == NEED_ALL || holds_name(&protect->created, table_of(effect))) {
        return STATUS_OK;
    }
    TRY(protect_find_table(protect, table_of(effect), &table, &found, err));
    if (!found) {
        return need == NEED_LOG && protect->is_journaled ? save_behind_view(protect, table_of(effect), err)
                                                         : STATUS_OK;
    }
    if (need == NEED_LOG && effect->kind != EFFECT_INSERT &&
        !conn_has(protect->session->conn, CAP_CAPTURES_CASCADES)) {
        TRY(save_children(protect, &table, false, err));
    }
    if (effect->kind == EFFECT_TRUNCATE && (effect->flags & EFFECT_CASCADE)) {
        TRY(save_children(protect, &table, true, err));
    }
    return need == NEED_LOG     ? start_log(protect, &table, err)
           : need == NEED_TABLE ? save_table(protect, &table, err)
                                : save_column(protect, &table, effect->column, err);
}

static void
note_created(struct protect *protect, const struct effect *effect)
{
    if (effect->kind == EFFECT_CREATE && effect->object == OBJECT_TABLE) {
        vec_push(protect->arena, &protect->created, effect->name);
    }
    if (effect->kind == EFFECT_RENAME && effect->object == OBJECT_TABLE &&
        holds_name(&protect->created, effect->name)) {
        vec_push(protect->arena, &protect->created, effect->new_name);
    }
}

/* -- for those who run scripts --------------------------------------------------------------------------- */

enum status
protect_begin(struct protect *protect, struct session *session, const struct step *step, bool is_journaled,
              struct arena *arena, struct err *err)
{
    struct name_list extra = protect->extra;
    memset(protect, 0, sizeof(*protect));
    protect->extra = extra;
    protect->session = session;
    protect->step = step;
    protect->arena = arena;
    protect->is_journaled = is_journaled;
    bool can_log = session->conn->driver->ops->capture_begin != NULL;
    protect->is_on = can_log && step->direction == DIRECTION_DOWN;
    for (size_t i = 0; i < step->effects.n && can_log && !protect->is_on; i++) {
        const struct effect *effect = &step->effects.items[i];
        protect->is_on =
            need_of(effect) != NEED_NOTHING ||
            (effect->kind == EFFECT_CREATE && effect->object == OBJECT_TABLE && effect->detail[0] != '\0');
    }
    if (protect->is_on && is_journaled) {
        TRY(conn_capture_clear(session->conn, err));
    }
    return STATUS_OK;
}

enum status
protect_before(struct protect *protect, size_t from, size_t until, size_t number, struct err *err)
{
    const struct effects *effects = &protect->step->effects;
    bool is_schema = false;
    bool is_unknown = false;
    if (!protect->is_on) {
        return STATUS_OK;
    }
    if (protect->statement == 0 && protect->extra.n > 0) {
        TRY(save_names(protect, protect->extra.items, protect->extra.n, err));
    }
    protect->statement = number;
    protect->piece = from;
    for (size_t i = 0; i < effects->n; i++) {
        if (effects->items[i].piece >= from && effects->items[i].piece < until) {
            is_schema = is_schema || changes_schema(&effects->items[i]);
            is_unknown = is_unknown || (need_of(&effects->items[i]) == NEED_ALL &&
                                        may_take_away(protect, &effects->items[i]));
        }
    }
    if (is_schema) {
        TRY(protect_stop_logs(protect, err));
    }
    if (is_unknown) {
        TRY(save_all(protect, err));
    }
    for (size_t i = 0; i < effects->n; i++) {
        if (effects->items[i].piece >= from && effects->items[i].piece < until) {
            TRY(save_for_effect(protect, &effects->items[i], err));
            note_created(protect, &effects->items[i]);
        }
    }
    protect->knows_children = protect->knows_children && !is_schema && !is_unknown;
    return STATUS_OK;
}

enum status
protect_after(struct protect *protect, struct err *err)
{
    return protect->is_on && protect->is_journaled ? protect_stop_logs(protect, err) : STATUS_OK;
}
