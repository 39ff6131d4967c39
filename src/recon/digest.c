#include "recon/digest.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

static const char *
bare_name(const char *qualified)
{
    const char *dot = strrchr(qualified, '.');
    return dot == NULL ? qualified : dot + 1;
}

/* -- the salt
 * ----------------------------------------------------------------------------------------------------- */

enum status
digest_salt_read(const char *path, struct arena *arena, struct span *out, struct err *err)
{
    char *hex = arena_alloc(arena, SHA256_HEX_LEN + 1);
    BUF_SCOPED bytes = BUF_INIT((size_t)1 << 20);
    TRY(io_read_file(path, &bytes, err));
    if (bytes.len < DIGEST_SALT_MIN) {
        (void)err_raise(err, STATUS_USAGE, "the salt in '%s' is shorter than %d bytes", path,
                        DIGEST_SALT_MIN);
        return err_hint(err, "make one with: head -c 32 /dev/urandom >salt");
    }
    sha256_hex(buf_view(&bytes), hex);
    *out = (struct span){hex, SHA256_HEX_LEN};
    return STATUS_OK;
}

uint64_t
digest_salt_mark(struct span salt)
{
    return hash128_keyed(salt, SPAN("rollcall digest salt")).low;
}

/* -- the plan
 * ----------------------------------------------------------------------------------------------------- */

static const struct rows_column *
find_column(const struct rows_source *source, const char *name, size_t *at)
{
    const struct rows_column *found = NULL;
    for (size_t i = 0; i < source->n_columns; i++) {
        const struct rows_column *column = &source->columns[i];
        if (str_eq(column->name, name) || (found == NULL && rows_same_name(column->name, name))) {
            found = column;
            *at = i;
        }
    }
    return found;
}

enum status
digest_plan(const struct rows_source *source, const struct digest_table *like, struct arena *arena,
            struct rows_plan *out, struct err *err)
{
    *out = (struct rows_plan){.source = source,
                              .columns = arena_new_array(arena, size_t, like->n_columns),
                              .kinds = arena_new_array(arena, enum canon_kind, like->n_columns),
                              .n = like->n_columns,
                              .n_key = like->n_key};
    for (size_t i = 0; i < like->n_columns; i++) {
        const struct digest_column *theirs = &like->columns[i];
        const char *note;
        const struct rows_column *ours = find_column(source, theirs->name, &out->columns[i]);
        if (ours == NULL) {
            (void)err_raise(err, STATUS_USAGE, "'%s' has no column '%s', which the digest of '%s' has",
                            source->name, theirs->name, like->name);
            return err_hint(err, "make that digest anew, without the column");
        }
        if (canon_kind_common(ours->kind, theirs->kind, &note) != theirs->kind) {
            (void)err_raise(err, STATUS_USAGE, "the column '%s' of '%s' holds %s here and %s in the digest",
                            ours->name, source->name, canon_kind_name(ours->kind),
                            canon_kind_name(theirs->kind));
            return err_hint(err, "write a digest of this side, and the other one anew with --like FILE");
        }
        out->kinds[i] = theirs->kind;
    }
    return STATUS_OK;
}

static void
describe(const struct rows_plan *plan, struct arena *arena, struct digest_table *out)
{
    out->name = arena_strdup(arena, plan->source->name);
    out->n_columns = plan->n;
    out->n_key = plan->n_key;
    out->columns = arena_new_array(arena, struct digest_column, plan->n);
    for (size_t i = 0; i < plan->n; i++) {
        const char *name = plan->source->columns[plan->columns[i]].name;
        out->columns[i] = (struct digest_column){arena_strdup(arena, name), plan->kinds[i]};
    }
}

/* -- one pass
 * ----------------------------------------------------------------------------------------------------- */

struct builder {
    struct digest *digest;
    struct arena *arena; /* of the digest */
    struct span salt;
    unsigned bits_max; /* of a sketch that is kept */
};

enum { WAITING_MAX = 64 };

struct pass {
    struct digest_table *table;
    struct sketch *sketch;
    struct digest_bucket *buckets;            /* 1 << DIGEST_BUCKET_BITS */
    struct sketch_entry waiting[WAITING_MAX]; /* for the sketch: it takes rows in batches */
    size_t n_waiting;
};

static void
flush_waiting(struct pass *pass)
{
    sketch_add_rows(pass->sketch, pass->waiting, pass->n_waiting);
    pass->n_waiting = 0;
}

static enum status
take_row(void *state, const struct rows_item *item, struct err *err)
{
    enum { ROWS = 4096 };
    struct pass *pass = state;
    struct digest_bucket *bucket = &pass->buckets[item->key.high >> (64 - DIGEST_BUCKET_BITS)];
    pass->table->sum = hash128_add(pass->table->sum, item->row);
    bucket->sum = hash128_add(bucket->sum, item->row);
    bucket->rows++;
    pass->waiting[pass->n_waiting++] = (struct sketch_entry){item->key.low, item->row};
    if (pass->n_waiting == WAITING_MAX) {
        flush_waiting(pass);
    }
    return ++pass->table->rows % ROWS == 0 ? stop_check(err) : STATUS_OK;
}

/* Neighbours become one. */
static void
fold_buckets(struct digest_table *table, unsigned bits)
{
    size_t wide = (size_t)1 << (table->bucket_bits - bits);
    for (size_t i = 0; i < (size_t)1 << bits; i++) {
        struct digest_bucket sum = {0, {0, 0}};
        for (size_t j = 0; j < wide; j++) {
            sum.rows += table->buckets[i * wide + j].rows;
            sum.sum = hash128_add(sum.sum, table->buckets[i * wide + j].sum);
        }
        table->buckets[i] = sum;
    }
    table->bucket_bits = bits;
}

/* A table can differ in all of its rows, and in as many others: more than that no sketch needs to hold. */
static void
keep_small(struct builder *builder, struct digest_table *table, struct sketch *sketch,
           struct digest_bucket *buckets)
{
    unsigned bits = sketch_bits_for(table->rows < UINT32_MAX ? 2 * table->rows + 64 : UINT32_MAX);
    unsigned bucket_bits = 0;
    while (bucket_bits < DIGEST_BUCKET_BITS && table->rows >> bucket_bits > 16) {
        bucket_bits++;
    }
    table->buckets = buckets;
    table->bucket_bits = DIGEST_BUCKET_BITS;
    fold_buckets(table, bucket_bits);
    table->buckets = arena_new_array(builder->arena, struct digest_bucket, (size_t)1 << bucket_bits);
    memcpy(table->buckets, buckets, ((size_t)1 << bucket_bits) * sizeof(buckets[0]));
    bits = bits < builder->bits_max ? bits : builder->bits_max;
    if (bits >= SKETCH_BITS_MIN) {
        sketch_fold(sketch, bits);
        sketch_copy(sketch, builder->arena, &table->sketch);
    }
}

static enum status
add_table(struct builder *builder, const struct rows_source *source, const struct digest_table *like,
          struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct rows_plan plan;
    struct digest_table table = {0};
    struct digest_bucket *buckets =
        arena_new_array(&scratch, struct digest_bucket, (size_t)1 << DIGEST_BUCKET_BITS);
    struct sketch sketch;
    struct pass pass = {.table = &table, .sketch = &sketch, .buckets = buckets};
    const struct rows_sink sink = {take_row, &pass};
    if (like != NULL) {
        TRY(digest_plan(source, like, &scratch, &plan, err));
    } else {
        TRY(rows_plan_alone(source, NULL, 0, &scratch, &plan, err));
    }
    if (plan.n > DIGEST_COLUMNS_MAX) {
        return err_raise(err, STATUS_USAGE, "'%s' has more than %d columns", source->name,
                         DIGEST_COLUMNS_MAX);
    }
    plan.salt = builder->salt;
    describe(&plan, builder->arena, &table);
    sketch_init(&sketch, DIGEST_SKETCH_BITS, &scratch);
    TRY(rows_read(&plan, &sink, &scratch, NULL, err));
    flush_waiting(&pass);
    keep_small(builder, &table, &sketch, buckets);
    vec_push(builder->arena, builder->digest, table);
    return STATUS_OK;
}

/* -- all of it
 * ---------------------------------------------------------------------------------------------------- */

static size_t
length_of(const struct digest_table *table)
{
    size_t len = 4 + strlen(table->name) + 4 + 8 + 16 + 1 + (((size_t)8 + 16) << table->bucket_bits) + 1;
    for (size_t i = 0; i < table->n_columns; i++) {
        len += 1 + 4 + strlen(table->columns[i].name);
    }
    return len +
           (table->sketch.bits == 0 ? 0 : (size_t)SKETCH_PARTITIONS * SKETCH_CELL_LEN << table->sketch.bits);
}

/* Halves the largest part there is; false when nothing is left to halve. */
static bool
cut_down(struct digest *digest)
{
    struct digest_table *largest = NULL;
    for (size_t i = 0; i < digest->n; i++) {
        struct digest_table *table = &digest->items[i];
        bool has_more = table->bucket_bits > 0 || table->sketch.bits > 0;
        if (has_more && (largest == NULL || length_of(table) > length_of(largest))) {
            largest = table;
        }
    }
    if (largest == NULL) {
        return false;
    }
    if (largest->sketch.bits > SKETCH_BITS_MIN) {
        sketch_fold(&largest->sketch, largest->sketch.bits - 1);
    } else if (largest->sketch.bits > 0) {
        largest->sketch.bits = 0;
    } else {
        fold_buckets(largest, largest->bucket_bits - 1);
    }
    return true;
}

static int
compare_tables(const void *a, const void *b)
{
    return strcmp(((const struct digest_table *)a)->name, ((const struct digest_table *)b)->name);
}

static enum status
fit(struct digest *digest, struct err *err)
{
    for (;;) {
        size_t len = 256;
        for (size_t i = 0; i < digest->n; i++) {
            len += length_of(&digest->items[i]);
        }
        if (len <= DIGEST_LEN_MAX && digest->n <= DIGEST_TABLES_MAX) {
            break;
        }
        if (digest->n > DIGEST_TABLES_MAX || !cut_down(digest)) {
            (void)err_raise(err, STATUS_USAGE, "%zu tables are too many for one digest", digest->n);
            return err_hint(err, "name some of them: --tables A,B");
        }
    }
    if (digest->n > 0) {
        qsort(digest->items, digest->n, sizeof(digest->items[0]), compare_tables);
    }
    return STATUS_OK;
}

const struct digest_table *
digest_find(const struct digest *digest, const char *name)
{
    const struct digest_table *found = NULL;
    size_t n = 0;
    for (unsigned pass = 0; pass < 3 && n == 0; pass++) {
        for (size_t i = 0; i < digest->n; i++) {
            const char *theirs = digest->items[i].name;
            bool is_match = pass == 0   ? str_eq(theirs, name)
                            : pass == 1 ? rows_same_name(theirs, name)
                                        : rows_same_name(bare_name(theirs), bare_name(name));
            if (is_match) {
                found = &digest->items[i];
                n++;
            }
        }
    }
    return n == 1 ? found : NULL;
}

/* -- from a database or a snapshot
 * -------------------------------------------------------------------------------- */

enum status
digest_source(const struct compare_end *end, const char *table, struct arena *arena, struct rows_source *out,
              struct err *err)
{
    if (end->conn != NULL) {
        return rows_of_table(end->conn, table, arena, out, err);
    }
    const struct compare_file *found = NULL;
    for (size_t i = 0; i < end->n_files; i++) {
        bool is_bare = str_eq(bare_name(end->files[i].table), table);
        if (str_eq(end->files[i].table, table) || (is_bare && found == NULL)) {
            found = &end->files[i];
        }
    }
    if (found == NULL) {
        (void)err_raise(err, STATUS_USAGE, "the snapshot has no table '%s'", table);
        return err_hint(err, "'rollcall snapshot list' shows its tables");
    }
    return rows_of_snapshot(found->reader, arena, out, err);
}

static enum status
list_tables(const struct compare_end *end, const struct digest_options *options, struct arena *arena,
            struct compare_names *out, struct err *err)
{
    *out = options->tables;
    if (out->n > 0) {
        return STATUS_OK;
    }
    if (end->conn != NULL) {
        TRY(conn_tables(end->conn, arena, &out->items, &out->n, err));
    }
    for (size_t i = 0; i < end->n_files; i++) {
        vec_push(arena, out, end->files[i].table);
    }
    return STATUS_OK;
}

/* Sketches that are kept until the end share 64 MiB. */
static unsigned
greatest_bits(size_t n_tables)
{
    enum { MEMORY = 64 << 20 };
    unsigned most = 0;
    for (unsigned bits = SKETCH_BITS_MIN; bits <= DIGEST_SKETCH_BITS; bits++) {
        if (((size_t)SKETCH_PARTITIONS * SKETCH_CELL_LEN << bits) * (n_tables + 1) <= MEMORY) {
            most = bits;
        }
    }
    return most;
}

enum status
digest_take(const struct compare_end *end, const struct digest_options *options, struct arena *arena,
            struct digest *out, struct err *err)
{
    struct compare_names names;
    TRY(list_tables(end, options, arena, &names, err));
    struct builder builder = {out, arena, options->salt, greatest_bits(names.n)};
    *out = (struct digest){.created_us = clock_now_us(), .engine = "snapshot", .version = "-"};
    out->is_salted = options->salt.len > 0;
    out->salt_mark = out->is_salted ? digest_salt_mark(options->salt) : 0;
    if (end->conn != NULL) {
        out->engine = end->conn->identity.engine;
        out->version = end->conn->identity.version;
    }
    for (size_t i = 0; i < names.n; i++) {
        struct rows_source source;
        const struct digest_table *like =
            options->like == NULL ? NULL : digest_find(options->like, names.items[i]);
        if (options->like != NULL && like == NULL && options->tables.n == 0) {
            continue;
        }
        TRY(digest_source(end, names.items[i], arena, &source, err));
        TRY(add_table(&builder, &source, like, err));
    }
    return fit(out, err);
}
