/* The row that proves a difference: both sides are read into buckets by key, then one bucket that differs is
 * read again and compared row by row. */
#include "base/vec.h"
#include "migrate/rowdigest.h"

enum { N_BUCKETS = 4096 };

struct side_row {
    struct hash128 key;
    struct hash128 hash;
    const struct value *values;
    struct side_row *twin;
};

struct side {
    struct side_row *items;
    size_t n;
    size_t cap;
};

struct search {
    const struct table_digest *digest;
    bool *is_key; /* a column each */
    bool has_key;
    struct arena *arena;
    struct buf bytes;
};

static struct hash128
hash_columns(struct search *search, const struct row *row, bool keys_only)
{
    buf_reset(&search->bytes);
    for (size_t i = 0; i < row->n; i++) {
        if (!keys_only || search->is_key[i]) {
            row_value_encode(&search->bytes, &row->values[i]);
        }
    }
    return hash128(buf_view(&search->bytes));
}

/* Without a key the whole row stands for it: such rows are only missing or extra, never changed. */
static struct hash128
hash_key(struct search *search, const struct row *row)
{
    return hash_columns(search, row, search->has_key);
}

static size_t
bucket_of(struct hash128 key)
{
    return (size_t)(key.low % N_BUCKETS);
}

static enum status
fill_buckets(struct search *search, struct conn *conn, struct hash128 *buckets, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row = {0};
    TRY(table_rows_open(conn, search->digest, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct hash128 *bucket = &buckets[bucket_of(hash_key(search, &row))];
        *bucket = hash128_add(*bucket, hash_columns(search, &row, false));
    }
}

static const struct value *
copy_values(struct arena *arena, const struct row *row)
{
    struct value *values = arena_new_array(arena, struct value, row->n);
    for (size_t i = 0; i < row->n; i++) {
        values[i] = row->values[i];
        values[i].bytes.ptr = arena_strndup(arena, row->values[i].bytes.ptr, row->values[i].bytes.len);
    }
    return values;
}

static enum status
collect_bucket(struct search *search, struct conn *conn, size_t bucket, struct side *side, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row = {0};
    TRY(table_rows_open(conn, search->digest, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct hash128 key = hash_key(search, &row);
        if (bucket_of(key) == bucket) {
            struct side_row item = {.key = key,
                                    .hash = hash_columns(search, &row, false),
                                    .values = copy_values(search->arena, &row)};
            vec_push(search->arena, side, item);
        }
    }
}

/* -- one bucket: pair the rows of both sides ----------------------------------------------------------------
 */

static void
pair_rows(struct side *before, struct side *after)
{
    for (size_t i = 0; i < before->n; i++) {
        for (size_t k = 0; k < after->n; k++) {
            if (after->items[k].twin == NULL && hash128_eq(before->items[i].key, after->items[k].key)) {
                before->items[i].twin = &after->items[k];
                after->items[k].twin = &before->items[i];
                break;
            }
        }
    }
}

static bool
same_value(const struct value *a, const struct value *b)
{
    return a->kind == b->kind && span_eq(a->bytes, b->bytes);
}

static const char *
show_value(struct arena *arena, const struct value *values, size_t column)
{
    if (values == NULL || value_is_null(&values[column])) {
        return NULL;
    }
    if (values[column].kind != VALUE_BYTES) {
        return arena_strndup(arena, values[column].bytes.ptr, values[column].bytes.len);
    }
    BUF_SCOPED hex = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&hex, "x'");
    for (size_t i = 0; i < values[column].bytes.len; i++) {
        buf_printf(&hex, "%02x", (unsigned)(unsigned char)values[column].bytes.ptr[i]);
    }
    buf_char(&hex, '\'');
    return arena_strdup(arena, buf_cstr(&hex));
}

static void
describe_pair(const struct search *search, const struct value *before, const struct value *after,
              struct row_example *out)
{
    const struct table_digest *digest = search->digest;
    const struct value *either = before == NULL ? after : before;
    out->table = arena_strdup(search->arena, digest->table);
    out->change = before == NULL ? ROW_EXTRA : after == NULL ? ROW_MISSING : ROW_CHANGED;
    out->key = arena_new_array(search->arena, struct row_cell, digest->n_columns);
    out->cells = arena_new_array(search->arena, struct row_cell, digest->n_columns);
    for (size_t i = 0; i < digest->n_columns; i++) {
        struct row_cell cell = {.column = arena_strdup(search->arena, digest->columns[i]),
                                .before = show_value(search->arena, before, i),
                                .after = show_value(search->arena, after, i)};
        if (search->has_key && search->is_key[i]) {
            cell.before = cell.after = show_value(search->arena, either, i);
            out->key[out->n_key++] = cell;
        } else if (out->change != ROW_CHANGED || !same_value(&before[i], &after[i])) {
            out->cells[out->n_cells++] = cell;
        }
    }
}

static bool
describe_first(const struct search *search, struct side *before, struct side *after, struct row_example *out)
{
    pair_rows(before, after);
    for (size_t i = 0; i < before->n; i++) {
        const struct side_row *row = &before->items[i];
        if (row->twin == NULL || !hash128_eq(row->hash, row->twin->hash)) {
            describe_pair(search, row->values, row->twin == NULL ? NULL : row->twin->values, out);
            return true;
        }
    }
    for (size_t i = 0; i < after->n; i++) {
        if (after->items[i].twin == NULL) {
            describe_pair(search, NULL, after->items[i].values, out);
            return true;
        }
    }
    return false;
}

/* -- the search ---------------------------------------------------------------------------------------------
 */

static enum status
mark_key(struct conn *conn, struct search *search, struct err *err)
{
    const struct table_digest *digest = search->digest;
    struct table table = {0};
    TRY(conn_describe(conn, digest->table, search->arena, &table, err));
    search->is_key = arena_new_array(search->arena, bool, digest->n_columns);
    if (table.n_keys == 0) {
        return STATUS_OK;
    }
    size_t n_marked = 0;
    for (size_t k = 0; k < table.keys[0].n_columns; k++) {
        for (size_t i = 0; i < digest->n_columns; i++) {
            if (str_eq(table.keys[0].columns[k], digest->columns[i])) {
                search->is_key[i] = true;
                n_marked++;
            }
        }
    }
    search->has_key = n_marked == table.keys[0].n_columns;
    return STATUS_OK;
}

static enum status
search_rows(struct search *search, struct conn *before, struct conn *after, struct row_example *out,
            bool *found, struct err *err)
{
    struct hash128 *left = arena_new_array(search->arena, struct hash128, N_BUCKETS);
    struct hash128 *right = arena_new_array(search->arena, struct hash128, N_BUCKETS);
    TRY(mark_key(before, search, err));
    TRY(fill_buckets(search, before, left, err));
    TRY(fill_buckets(search, after, right, err));
    for (size_t i = 0; i < N_BUCKETS; i++) {
        if (!hash128_eq(left[i], right[i])) {
            struct side rows_before = {0};
            struct side rows_after = {0};
            TRY(collect_bucket(search, before, i, &rows_before, err));
            TRY(collect_bucket(search, after, i, &rows_after, err));
            *found = describe_first(search, &rows_before, &rows_after, out);
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

enum status
row_example_find(struct conn *before, struct conn *after, const struct table_digest *digest,
                 struct arena *arena, struct row_example *out, bool *found, struct err *err)
{
    struct search search = {.digest = digest, .arena = arena, .bytes = BUF_INIT(BUF_SQL_MAX)};
    *out = (struct row_example){0};
    *found = false;
    enum status status = search_rows(&search, before, after, out, found, err);
    buf_release(&search.bytes);
    return status;
}
