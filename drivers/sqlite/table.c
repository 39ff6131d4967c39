/* One table as the core needs it, from its CREATE text. */
#include "sqlite/internal.h"

#include <ctype.h>
#include <string.h>

/* -- types -------------------------------------------------------------------------------------------- */

/* SQLite takes any word for a type and stores any value in any column. What a column is meant for stands in
 * the word all the same; the first row that matches decides. */
static const struct {
    const char *word;
    bool is_whole; /* the whole type name; else it is somewhere in it, as in SQLite's own affinity rules */
    enum type_kind kind;
} type_words[] = {
    {"", true, TYPE_ANY},
    {"any", true, TYPE_ANY},
    {"bool", true, TYPE_BOOL},
    {"boolean", true, TYPE_BOOL},
    {"date", true, TYPE_DATE},
    {"time", true, TYPE_TIME},
    {"datetime", true, TYPE_TIMESTAMP},
    {"timestamp", true, TYPE_TIMESTAMP},
    {"timestamptz", true, TYPE_TIMESTAMP_TZ},
    {"timestamp with time zone", true, TYPE_TIMESTAMP_TZ},
    {"interval", true, TYPE_INTERVAL},
    {"uuid", true, TYPE_UUID},
    {"json", true, TYPE_JSON},
    {"jsonb", true, TYPE_JSON},
    {"decimal", true, TYPE_DECIMAL},
    {"numeric", true, TYPE_DECIMAL},
    {"int", false, TYPE_INT},
    {"char", false, TYPE_TEXT},
    {"clob", false, TYPE_TEXT},
    {"text", false, TYPE_TEXT},
    {"string", false, TYPE_TEXT},
    {"blob", false, TYPE_BYTES},
    {"binary", false, TYPE_BYTES},
    {"bytea", false, TYPE_BYTES},
    {"real", false, TYPE_FLOAT},
    {"floa", false, TYPE_FLOAT},
    {"doub", false, TYPE_FLOAT},
};

static uint32_t
read_number(struct lexer *lexer)
{
    uint64_t number = 0;
    struct token token = lexer_next(lexer);
    (void)parse_u64(token.text, &number);
    return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

/* "decimal(10, 2)", "varchar(40)" */
static void
read_size(const char *open, struct type *out)
{
    struct lexer lexer;
    lexer_init(&lexer, span_of(open), LEX_SQLITE);
    if (!lexer_accept_punct(&lexer, "(")) {
        return;
    }
    uint32_t first = read_number(&lexer);
    uint32_t second = lexer_accept_punct(&lexer, ",") ? read_number(&lexer) : 0;
    if (out->kind == TYPE_DECIMAL) {
        out->precision = first;
        out->scale = second;
    } else if (out->kind == TYPE_TEXT || out->kind == TYPE_BYTES) {
        out->length = first;
    }
}

static struct type
read_type(const char *name, struct arena *arena)
{
    struct type type = {.kind = TYPE_ANY, .name = name};
    size_t len = strcspn(name, "(");
    char *word = arena_strndup(arena, name, span_trim((struct span){name, len}).len);
    for (size_t i = 0; i < COUNT_OF(type_words); i++) {
        bool is_match = type_words[i].is_whole ? str_eq(word, type_words[i].word)
                                               : strstr(word, type_words[i].word) != NULL;
        if (is_match) {
            type.kind = type_words[i].kind;
            break;
        }
    }
    type.bits = type.kind == TYPE_INT || type.kind == TYPE_FLOAT ? 64 : 0;
    type.is_unsigned = type.kind == TYPE_INT && strstr(word, "unsigned") != NULL;
    read_size(name + len, &type);
    return type;
}

/* -- names -------------------------------------------------------------------------------------------- */

/* The schema's rows are looked up without regard to case, as the engine does; the newest first, since the
 * engine has no index on them and it is mostly new tables that are asked for. */
static enum status
find_table(struct conn *conn, const char *qualified, struct arena *arena, const char **name,
           struct ddl_table *out, struct err *err)
{
    ROWS_SCOPED *cursor = NULL;
    struct row row;
    struct value param = value_text(str_starts(qualified, "main.") ? qualified + 5 : qualified);
    *name = NULL;
    TRY(sqlite_query(conn,
                     "select name, sql from sqlite_master where type = 'table' and name = ? collate nocase"
                     " order by rowid desc limit 1",
                     &param, 1, &cursor, NULL, err));
    TRY(sqlite_fetch(cursor, &row, err));
    if (row.n == 0) {
        return STATUS_OK;
    }
    *name = value_to_str(&row.values[0], arena);
    if (!ddl_parse_table(span_of(value_to_str(&row.values[1], arena)), arena, out)) {
        return err_raise(err, STATUS_UNSUPPORTED, "cannot read the definition of table '%s'", *name);
    }
    return STATUS_OK;
}

enum status
sqlite_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, struct err *err)
{
    ROWS_SCOPED *cursor = NULL;
    VEC(const char *) list = {0};
    struct row row;
    TRY(sqlite_query(
        conn,
        "select name from pragma_table_list where schema = 'main' and type in ('table', 'virtual')"
        " order by name",
        NULL, 0, &cursor, NULL, err));
    for (;;) {
        TRY(sqlite_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        const char *name = value_to_str(&row.values[0], arena);
        if (is_user_object(name, name)) {
            vec_push(arena, &list, name);
        }
    }
    *names = list.items;
    *n = list.n;
    return STATUS_OK;
}

/* -- describing --------------------------------------------------------------------------------------- */

struct describer {
    struct conn *conn;
    struct arena *arena;
    const struct ddl_table *parsed;
    struct table *out;
};

/* The one column that is another name of the rowid; NULL when there is none. */
static const char *
rowid_alias(const struct ddl_table *table)
{
    for (size_t i = 0; i < table->keys.n; i++) {
        const struct ddl_key *key = &table->keys.items[i];
        if (!key->is_primary || key->n_columns != 1 || key->is_descending_inline || table->is_without_rowid) {
            continue;
        }
        for (size_t j = 0; j < table->columns.n; j++) {
            const struct ddl_column *column = &table->columns.items[j];
            if (str_eq_nocase(column->name, key->columns[0]) && str_eq(column->type, "integer")) {
                return column->name;
            }
        }
    }
    return NULL;
}

static bool
is_in_primary_key(const struct ddl_table *table, const char *column)
{
    for (size_t i = 0; i < table->keys.n; i++) {
        const struct ddl_key *key = &table->keys.items[i];
        for (size_t j = 0; j < key->n_columns && key->is_primary; j++) {
            if (str_eq_nocase(key->columns[j], column)) {
                return true;
            }
        }
    }
    return false;
}

static void
describe_columns(struct describer *d)
{
    const struct ddl_table *table = d->parsed;
    const char *alias = rowid_alias(table);
    d->out->n_columns = table->columns.n;
    d->out->columns = arena_new_array(d->arena, struct column, table->columns.n + 1);
    for (size_t i = 0; i < table->columns.n; i++) {
        const struct ddl_column *column = &table->columns.items[i];
        bool is_alias = alias == column->name;
        bool is_strict_key =
            (table->is_without_rowid || table->is_strict) && is_in_primary_key(table, column->name);
        d->out->columns[i] = (struct column){
            .name = column->name,
            .type = read_type(column->type, d->arena),
            .not_null = column->is_not_null || is_alias || is_strict_key,
            .has_default = column->default_text != NULL && !str_eq(column->default_text, "null"),
            .is_generated = column->generated != NULL,
            .is_identity = is_alias,
            .collation = column->collation,
        };
    }
}

static enum status
describe_virtual(struct describer *d, struct err *err)
{
    ROWS_SCOPED *cursor = NULL;
    VEC(struct column) columns = {0};
    struct value name = value_text(d->out->name);
    struct row row;
    TRY(sqlite_query(d->conn, "select name, type, \"notnull\" from pragma_table_xinfo(?) where hidden <> 1",
                     &name, 1, &cursor, NULL, err));
    for (;;) {
        TRY(sqlite_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        const char *type = ddl_fold(value_to_str(&row.values[1], d->arena), d->arena);
        struct column column = {.name = value_to_str(&row.values[0], d->arena),
                                .type = read_type(type, d->arena),
                                .not_null = value_to_int(&row.values[2], 0) != 0,
                                .collation = ""};
        vec_push(d->arena, &columns, column);
    }
    d->out->columns = columns.items;
    d->out->n_columns = columns.n;
    return STATUS_OK;
}

/* The column as the table spells it; NULL when there is none of that name (an expression). */
static const struct column *
column_of(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (str_eq_nocase(table->columns[i].name, name)) {
            return &table->columns[i];
        }
    }
    return NULL;
}

/* Adds the key when it is the primary one or holds no NULLs; a primary key may, as SQLite has it. */
static void
add_key(struct describer *d, const char *name, const char *const *columns, size_t n, bool is_primary,
        size_t *cap)
{
    struct table_key key = {.name = name, .n_columns = n, .is_primary = is_primary};
    key.columns = arena_new_array(d->arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct column *column = column_of(d->out, columns[i]);
        if (column == NULL || (!is_primary && !column->not_null)) {
            return;
        }
        key.columns[i] = column->name;
    }
    d->out->keys = vec_grow(d->arena, d->out->keys, d->out->n_keys, cap, sizeof(key));
    size_t at = d->out->n_keys++;
    if (is_primary && at > 0) {
        d->out->keys[at] = d->out->keys[0];
        at = 0;
    }
    d->out->keys[at] = key;
}

static enum status
describe_keys(struct describer *d, struct err *err)
{
    ROWS_SCOPED *cursor = NULL;
    struct value name = value_text(d->out->name);
    struct row row;
    size_t cap = 0;
    for (size_t i = 0; i < d->parsed->keys.n; i++) {
        const struct ddl_key *key = &d->parsed->keys.items[i];
        add_key(d, key->name, key->columns, key->n_columns, key->is_primary, &cap);
    }
    TRY(sqlite_query(
        d->conn,
        "select m.name, m.sql from pragma_index_list(?, 'main') l cross join sqlite_master m"
        " on m.type = 'index' and m.name = l.name where l.origin = 'c' and l.\"unique\" order by m.name",
        &name, 1, &cursor, NULL, err));
    for (;;) {
        struct ddl_index index;
        TRY(sqlite_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        bool is_read = ddl_parse_index(span_of(value_to_str(&row.values[1], d->arena)), d->arena, &index);
        if (is_read && index.is_unique && index.where == NULL) {
            add_key(d, value_to_str(&row.values[0], d->arena), index.columns, index.n_columns, false, &cap);
        }
    }
}

/* "REFERENCES p" means p's primary key. Of a parent that is not there the columns stay "". */
static enum status
resolve_parent_key(struct describer *d, struct foreign_key *key, struct err *err)
{
    const char *name;
    struct ddl_table parent = {0};
    TRY(find_table(d->conn, key->parent, d->arena, &name, &parent, err));
    for (size_t i = 0; i < parent.keys.n && name != NULL; i++) {
        const struct ddl_key *primary = &parent.keys.items[i];
        for (size_t j = 0; primary->is_primary && j < primary->n_columns && j < key->n_columns; j++) {
            key->parent_columns[j] = primary->columns[j];
        }
    }
    return STATUS_OK;
}

static enum status
describe_references(struct describer *d, struct err *err)
{
    size_t n = d->parsed->references.n;
    d->out->n_references = n;
    d->out->references = arena_new_array(d->arena, struct foreign_key, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct ddl_reference *from = &d->parsed->references.items[i];
        struct foreign_key *to = &d->out->references[i];
        *to = (struct foreign_key){.name = from->name,
                                   .columns = from->columns,
                                   .parent = from->parent,
                                   .n_columns = from->n_columns,
                                   .on_delete = from->on_delete,
                                   .on_update = from->on_update,
                                   .is_validated = true};
        to->parent_columns = arena_new_array(d->arena, const char *, to->n_columns + 1);
        for (size_t j = 0; j < to->n_columns; j++) {
            to->parent_columns[j] = j < from->n_parent_columns ? from->parent_columns[j] : "";
        }
        if (from->n_parent_columns == 0) {
            TRY(resolve_parent_key(d, to, err));
        }
    }
    return STATUS_OK;
}

/* As ANALYZE left it: the first number of any of the table's rows. */
static enum status
estimate_rows(struct describer *d, struct err *err)
{
    ROWS_SCOPED *cursor = NULL;
    struct value name = value_text(d->out->name);
    struct row row;
    TRY(sqlite_query(d->conn, "select 1 from pragma_table_info('sqlite_stat1', 'main') limit 1", NULL, 0,
                     &cursor, NULL, err));
    TRY(sqlite_fetch(cursor, &row, err));
    if (row.n == 0) {
        return STATUS_OK;
    }
    sqlite_finish(cursor);
    cursor = NULL;
    TRY(sqlite_query(d->conn, "select cast(stat as integer) from sqlite_stat1 where tbl = ?", &name, 1,
                     &cursor, NULL, err));
    TRY(sqlite_fetch(cursor, &row, err));
    d->out->rows_estimate = row.n == 0 ? -1 : value_to_int(&row.values[0], -1);
    return STATUS_OK;
}

enum status
sqlite_describe(struct conn *conn, const char *qualified, struct arena *arena, struct table *out,
                struct err *err)
{
    struct ddl_table parsed = {0};
    struct describer describer = {conn, arena, &parsed, out};
    *out = (struct table){.schema = "", .rows_estimate = -1, .bytes_estimate = -1};
    TRY(find_table(conn, qualified, arena, &out->name, &parsed, err));
    if (out->name == NULL) {
        return err_raise(err, STATUS_USAGE, "there is no table '%s'", qualified);
    }
    out->qualified = out->name;
    if (parsed.is_virtual) {
        TRY(describe_virtual(&describer, err));
    } else {
        describe_columns(&describer);
    }
    TRY(describe_keys(&describer, err));
    TRY(describe_references(&describer, err));
    return estimate_rows(&describer, err);
}

static const char *
lower_case(const char *name, struct arena *arena)
{
    char *out = arena_strdup(arena, name);
    for (char *at = out; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    return out;
}

/* An expression has no declared type: its cells say what they are. */
enum status
sqlite_describe_query(struct conn *conn, const char *query, struct arena *arena, struct table *out,
                      struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    sqlite3_stmt *stmt = NULL;
    buf_printf(&sql, "select * from (%s\n)", query);
    TRY(buf_check(&sql, "the query", err));
    int code = sqlite3_prepare_v2(self->db, sql.data, (int)sql.len, &stmt, NULL);
    (void)sqlite3_finalize(stmt);
    stmt = NULL;
    if (code == SQLITE_OK) { /* without brackets columns keep their names, equal ones, too */
        code = sqlite3_prepare_v2(self->db, query, -1, &stmt, NULL);
    }
    if (code != SQLITE_OK) {
        return sqlite_raise(self, code, err);
    }
    out->n_columns = (size_t)sqlite3_column_count(stmt);
    out->columns = arena_new_array(arena, struct column, out->n_columns + 1);
    for (size_t i = 0; i < out->n_columns; i++) {
        const char *type = sqlite3_column_decltype(stmt, (int)i);
        struct column *column = &out->columns[i];
        *column = (struct column){.name = arena_strdup(arena, sqlite3_column_name(stmt, (int)i))};
        column->collation = "";
        column->type = read_type(lower_case(type == NULL ? "" : type, arena), arena);
    }
    (void)sqlite3_finalize(stmt);
    return STATUS_OK;
}
