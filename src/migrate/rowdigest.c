#include "migrate/rowdigest.h"

#include <stdlib.h>
#include <string.h>

/* -- which tables, which columns ----------------------------------------------------------------------------
 */

struct column_list {
    const char **items;
    size_t n;
    size_t cap;
};

static int
compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Column objects are called "table.column". */
static void
collect_columns(const struct catalog *catalog, struct arena *arena, struct map *by_table)
{
    for (size_t i = 0; i < catalog->n; i++) {
        const struct object *object = &catalog->objects[i];
        size_t prefix = strlen(object->table);
        if (object->kind != OBJECT_COLUMN || strlen(object->name) <= prefix + 1) {
            continue;
        }
        struct column_list *list = map_get(by_table, span_of(object->table));
        if (list == NULL) {
            list = arena_new(arena, struct column_list);
            (void)map_put(by_table, span_of(object->table), list);
        }
        vec_push(arena, list, arena_strdup(arena, object->name + prefix + 1));
    }
}

/* Views have columns, too: only what the driver lists as a table is read. */
static enum status
list_tables(struct conn *conn, const struct catalog *catalog, struct arena *arena, struct row_digests *out,
            struct err *err)
{
    struct map by_table;
    const char **names = NULL;
    size_t n = 0;
    map_init(&by_table, arena);
    collect_columns(catalog, arena, &by_table);
    TRY(conn_tables(conn, arena, &names, &n, err));
    for (size_t i = 0; i < n; i++) {
        const struct column_list *list = map_get(&by_table, span_of(names[i]));
        if (list != NULL) {
            qsort(list->items, list->n, sizeof(list->items[0]), compare_strings);
            struct table_digest digest = {.table = names[i], .columns = list->items, .n_columns = list->n};
            vec_push(arena, out, digest);
        }
    }
    return STATUS_OK;
}

enum status
row_of_text(struct conn *conn, const struct buf *sql, struct arena *arena, struct value **out, bool *found,
            struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row = {0};
    TRY(buf_check(sql, "query", err));
    TRY(conn_query_text(conn, buf_view(sql), &cursor, err));
    TRY(cursor_fetch(cursor, &row, err));
    *found = row.n > 0;
    *out = arena_new_array(arena, struct value, row.n + 1);
    for (size_t i = 0; i < row.n; i++) {
        (*out)[i] = row.values[i];
        (*out)[i].bytes.ptr = arena_strndup(arena, row.values[i].bytes.ptr, row.values[i].bytes.len);
    }
    return STATUS_OK;
}

/* Most tables of a drill are empty, and to ask each on its own would cost a round trip: one query asks many.
 */
enum { TABLES_A_QUERY = 400 };

static enum status
keep_filled_batch(struct conn *conn, struct arena *arena, const struct table_digest *tables, size_t n,
                  struct row_digests *out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    struct value *values = NULL;
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        buf_str(&sql, i == 0 ? "SELECT EXISTS (SELECT 1 FROM " : ", EXISTS (SELECT 1 FROM ");
        driver_quote_qualified(conn->driver, &sql, tables[i].table);
        buf_char(&sql, ')');
    }
    TRY(row_of_text(conn, &sql, arena, &values, &found, err));
    for (size_t i = 0; found && i < n; i++) {
        if (value_to_bool(&values[i])) {
            vec_push(arena, out, tables[i]);
        }
    }
    return STATUS_OK;
}

static enum status
keep_filled(struct conn *conn, struct arena *arena, const struct row_digests *all, struct row_digests *out,
            struct err *err)
{
    for (size_t at = 0; at < all->n; at += TABLES_A_QUERY) {
        size_t n = all->n - at < TABLES_A_QUERY ? all->n - at : TABLES_A_QUERY;
        TRY(keep_filled_batch(conn, arena, all->items + at, n, out, err));
    }
    return STATUS_OK;
}

/* -- reading rows -------------------------------------------------------------------------------------------
 */

enum status
table_rows_open(struct conn *conn, const struct table_digest *digest, struct cursor **out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    for (size_t i = 0; i < digest->n_columns; i++) {
        buf_str(&sql, i == 0 ? "SELECT " : ", ");
        driver_quote(conn->driver, &sql, digest->columns[i]);
    }
    buf_str(&sql, " FROM ");
    driver_quote_qualified(conn->driver, &sql, digest->table);
    TRY(buf_check(&sql, "query for rows", err));
    return conn_query_text(conn, buf_view(&sql), out, err);
}

void
row_value_encode(struct buf *out, const struct value *value)
{
    uint64_t len = value->bytes.len;
    buf_char(out, (char)value->kind);
    buf_add(out, &len, sizeof(len));
    buf_span(out, value->bytes);
}

static void
encode_row(struct buf *out, const struct row *row)
{
    buf_reset(out);
    for (size_t i = 0; i < row->n; i++) {
        row_value_encode(out, &row->values[i]);
    }
}

enum status
table_digest_take(struct conn *conn, struct table_digest *digest, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    BUF_SCOPED bytes = BUF_INIT(BUF_SQL_MAX);
    struct row row = {0};
    digest->rows = 0;
    digest->sum = (struct hash128){0};
    TRY(table_rows_open(conn, digest, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return buf_check(&bytes, digest->table, err);
        }
        encode_row(&bytes, &row);
        digest->sum = hash128_add(digest->sum, hash128(buf_view(&bytes)));
        digest->rows++;
    }
}

enum status
row_digests_take(struct conn *conn, const struct catalog *catalog, struct arena *arena,
                 struct row_digests *out, struct err *err)
{
    struct row_digests all = {0};
    *out = (struct row_digests){0};
    TRY(list_tables(conn, catalog, arena, &all, err));
    TRY(keep_filled(conn, arena, &all, out, err));
    for (size_t i = 0; i < out->n; i++) {
        if (table_digest_take(conn, &out->items[i], err) != STATUS_OK) {
            return err_wrap(err, "rows of '%s'", out->items[i].table);
        }
    }
    return STATUS_OK;
}

/* -- comparing ----------------------------------------------------------------------------------------------
 */

const struct table_digest *
row_digests_find(const struct row_digests *digests, const char *table)
{
    for (size_t i = 0; i < digests->n; i++) {
        if (str_eq(digests->items[i].table, table)) {
            return &digests->items[i];
        }
    }
    return NULL;
}

static bool
same_columns(const struct table_digest *a, const struct table_digest *b)
{
    for (size_t i = 0; i < a->n_columns && i < b->n_columns; i++) {
        if (!str_eq(a->columns[i], b->columns[i])) {
            return false;
        }
    }
    return a->n_columns == b->n_columns;
}

bool
table_digest_eq(const struct table_digest *a, const struct table_digest *b)
{
    return a->rows == b->rows && hash128_eq(a->sum, b->sum) && same_columns(a, b);
}

bool
row_digests_eq(const struct row_digests *a, const struct row_digests *b)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct table_digest *other = row_digests_find(b, a->items[i].table);
        if (other == NULL || !table_digest_eq(&a->items[i], other)) {
            return false;
        }
    }
    return a->n == b->n;
}
