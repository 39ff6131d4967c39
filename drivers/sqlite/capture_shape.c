/* Where a log finds its columns in the table as it is now: scripts rename tables and columns, add and drop
 * them while they change rows. */
#include "sqlite/capture.h"

#include <string.h>

struct shaper {
    struct sqlite_conn *self;
    struct captured *table;
    bool is_without_rowid;
    int first_virtual; /* column; -1: none */
    int last_stored;
    size_t n_read;
};

/* -- the table --------------------------------------------------------------------------------------------
 */

static enum status
look_up(struct shaper *s, struct err *err)
{
    struct captured *table = s->table;
    ROWS_SCOPED *cursor = NULL;
    ARENA_SCOPED scratch = {0};
    struct value params[] = {value_text(table->name), value_int(&scratch, table->root)};
    int64_t named_root = 0;
    struct row row;
    TRY(sqlite_query(&s->self->conn,
                     "select name, rootpage from sqlite_master where type = 'table'"
                     " and (name = ? collate nocase or rootpage = ?)",
                     params, 2, &cursor, NULL, err));
    for (;;) {
        TRY(sqlite_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        const char *name = value_to_str(&row.values[0], &scratch);
        int64_t root = value_to_int(&row.values[1], 0);
        if (str_eq_nocase(name, table->name)) {
            named_root = named_root == 0 ? root : named_root;
        } else if (table->root != 0) {
            table->name = arena_strdup(&s->self->capture->arena, name);
            named_root = root;
            break;
        }
    }
    table->root = named_root;
    return STATUS_OK;
}

static enum status
look_at_kind(struct shaper *s, struct err *err)
{
    ROWS_SCOPED *cursor = NULL;
    struct value name = value_text(s->table->name);
    struct row row;
    TRY(sqlite_query(&s->self->conn, "select wr from pragma_table_list(?) where schema = 'main'", &name, 1,
                     &cursor, NULL, err));
    TRY(sqlite_fetch(cursor, &row, err));
    s->is_without_rowid = row.n > 0 && value_to_bool(&row.values[0]);
    return STATUS_OK;
}

/* -- its columns ------------------------------------------------------------------------------------------
 */

/* SQLite's rule for the affinity of a type's name. */
static bool
is_real_type(const char *type)
{
    static const char *const others[] = {"int", "char", "clob", "text", "blob"};
    ARENA_SCOPED scratch = {0};
    const char *folded = ddl_fold(type, &scratch);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (strstr(folded, others[i]) != NULL) {
            return false;
        }
    }
    return strstr(folded, "real") != NULL || strstr(folded, "floa") != NULL || strstr(folded, "doub") != NULL;
}

static struct source *
source_of(struct captured *table, const char *column)
{
    for (size_t i = 0; i < table->n; i++) {
        if (str_eq_nocase(table->sources[i].now, column)) {
            return &table->sources[i];
        }
    }
    return NULL;
}

/* When one name among as many is another, that column was renamed. */
static void
follow_renaming(struct shaper *s, const char **before, size_t n_before)
{
    struct captured *table = s->table;
    size_t n_others = 0;
    size_t at = 0;
    for (size_t i = 0; i < n_before && n_before == table->n_columns; i++) {
        if (!str_eq_nocase(before[i], table->columns[i])) {
            n_others++;
            at = i;
        }
    }
    struct source *source = n_others == 1 ? source_of(table, before[at]) : NULL;
    if (source != NULL) {
        source->now = arena_strdup(&s->self->capture->arena, table->columns[at]);
    }
}

static void
note_column(struct shaper *s, int at, const struct row *row, struct arena *scratch)
{
    enum { NAME, TYPE, HIDDEN, KEY, DEFAULT };
    struct captured *table = s->table;
    bool is_virtual = value_to_int(&row->values[HIDDEN], 0) == 2;
    int64_t key = value_to_int(&row->values[KEY], 0);
    struct source *source = source_of(table, table->columns[at]);
    if (is_virtual) {
        s->first_virtual = s->first_virtual < 0 ? at : s->first_virtual;
    } else {
        s->last_stored = at;
    }
    if (source != NULL) {
        source->at = at;
        source->is_real = is_real_type(value_to_str(&row->values[TYPE], scratch));
        source->has_default =
            !value_is_null(&row->values[DEFAULT]) && !span_is_nocase(row->values[DEFAULT].bytes, "null");
    }
    if (s->is_without_rowid && key > 0) {
        table->n_keys = (size_t)key > table->n_keys ? (size_t)key : table->n_keys;
        table->keys[key - 1] = at;
        table->is_shuffled = table->is_shuffled || key - 1 != at;
    }
}

/* The names first: what is asked of the others depends on them. */
static enum status
read_pass(struct shaper *s, bool is_first, struct err *err)
{
    enum { COLUMNS_MAX = 32768 }; /* the engine's own limit */
    struct captured *table = s->table;
    ARENA_SCOPED scratch = {0};
    ROWS_SCOPED *cursor = NULL;
    struct value name = value_text(table->name);
    VEC(const char *) names = {0};
    struct row row;
    TRY(sqlite_query(
        &s->self->conn,
        "select name, type, hidden, pk, dflt_value from pragma_table_xinfo(?, 'main') order by cid", &name, 1,
        &cursor, NULL, err));
    for (table->n_columns = 0;; table->n_columns++) {
        TRY(sqlite_fetch(cursor, &row, err));
        if (row.n == 0 || table->n_columns == COLUMNS_MAX) {
            break;
        }
        if (is_first) {
            vec_push(&table->shape, &names, value_to_str(&row.values[0], &table->shape));
        } else if (table->n_columns < s->n_read) {
            note_column(s, (int)table->n_columns, &row, &scratch);
        }
    }
    if (is_first) {
        table->columns = names.items;
        table->keys = arena_new_array(&table->shape, int, table->n_columns + 1);
        s->n_read = table->n_columns;
    }
    return STATUS_OK;
}

static enum status
read_columns(struct shaper *s, struct err *err)
{
    struct captured *table = s->table;
    struct arena old = table->shape;
    const char **before = table->columns;
    size_t n_before = table->n_columns;
    table->shape = (struct arena){0};
    table->n_keys = 0;
    enum status status = read_pass(s, true, err);
    if (status == STATUS_OK) {
        follow_renaming(s, before, n_before);
        status = read_pass(s, false, err);
    }
    arena_release(&old);
    return status;
}

/* -- reading a row by its key -----------------------------------------------------------------------------
 */

/* Any of the three, unless the table has columns of all these names. */
static const char *
rowid_name(const struct captured *table)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        bool is_taken = false;
        for (size_t j = 0; j < table->n_columns; j++) {
            is_taken = is_taken || str_eq_nocase(names[i], table->columns[j]);
        }
        if (!is_taken) {
            return names[i];
        }
    }
    return NULL;
}

static void
write_read(const struct shaper *s, struct buf *sql)
{
    const struct captured *table = s->table;
    const struct driver *driver = s->self->conn.driver;
    buf_str(sql, "select ");
    for (size_t i = 0; i < table->n; i++) {
        buf_str(sql, i > 0 ? ", " : "");
        if (table->sources[i].at < 0) {
            buf_str(sql, "null");
        } else {
            driver_quote(driver, sql, table->columns[table->sources[i].at]);
        }
    }
    buf_str(sql, " from main.");
    driver_quote(driver, sql, table->name);
    buf_str(sql, " where ");
    for (size_t i = 0; i < table->n_keys; i++) {
        buf_str(sql, i > 0 ? " and " : "");
        driver_quote(driver, sql, table->columns[table->keys[i]]);
        buf_str(sql, " = ?");
    }
    if (table->n_keys == 0) {
        buf_printf(sql, "%s = ?", rowid_name(table));
    }
}

static void
finalize_reads(struct captured *table)
{
    for (size_t i = 0; i < COUNT_OF(table->read); i++) {
        (void)sqlite3_finalize(table->read[i]);
        table->read[i] = NULL;
    }
}

static enum status
prepare_reads(struct shaper *s, struct err *err)
{
    struct captured *table = s->table;
    bool is_needed = table->is_shuffled;
    for (size_t i = 0; i < table->n; i++) {
        is_needed = is_needed || table->sources[i].has_default;
    }
    finalize_reads(table);
    if (!is_needed || (table->n_keys == 0 && rowid_name(table) == NULL)) {
        return STATUS_OK; /* without a name of the rowid, what cannot be read fails when it is due */
    }
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    write_read(s, &sql);
    for (size_t i = 0; i < COUNT_OF(table->read); i++) {
        int code = sqlite3_prepare_v3(s->self->db, buf_cstr(&sql), -1, SQLITE_PREPARE_PERSISTENT,
                                      &table->read[i], NULL);
        if (code != SQLITE_OK) {
            return sqlite_raise(s->self, code, err);
        }
    }
    return STATUS_OK;
}

/* -- all of it --------------------------------------------------------------------------------------------
 */

enum status
shape_refresh(struct sqlite_conn *self, struct captured *table, struct err *err)
{
    struct shaper shaper = {.self = self, .table = table, .first_virtual = -1, .last_stored = -1};
    TRY(look_up(&shaper, err));
    table->is_shuffled = false;
    for (size_t i = 0; i < table->n; i++) {
        table->sources[i].at = -1;
        table->sources[i].has_default = false;
    }
    if (table->root == 0) {
        finalize_reads(table);
        return STATUS_OK;
    }
    TRY(look_at_kind(&shaper, err));
    TRY(read_columns(&shaper, err));
    for (size_t i = 0; i < table->n_keys; i++) {
        if (shaper.first_virtual >= 0 && shaper.first_virtual < table->keys[i]) {
            (void)err_raise(err, STATUS_UNSUPPORTED,
                            "changes of '%s' cannot be logged: it is WITHOUT ROWID and has a virtual column "
                            "ahead of its key",
                            table->name);
            return err_hint(err, "put the column '%s' behind the key's columns",
                            table->columns[shaper.first_virtual]);
        }
    }
    table->is_shuffled =
        table->is_shuffled || (shaper.first_virtual >= 0 && shaper.first_virtual < shaper.last_stored);
    return prepare_reads(&shaper, err);
}

void
shape_release(struct captured *table)
{
    finalize_reads(table);
    (void)sqlite3_finalize(table->insert);
    (void)sqlite3_finalize(table->insert_many);
    table->insert = table->insert_many = NULL;
    arena_release(&table->shape);
}
