#include "recon/digest.h"

#include "base/clock.h"
#include "base/vec.h"
#include "driver/cell_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct judge {
    const struct digest_side *sides;
    struct span salt;
    uint64_t limit;
    struct arena *arena; /* of the result */
    struct compare_result *out;
    uint64_t *hashes; /* of the current table's keys, one beside each that is told */
};

/* -- what can be compared
 * ----------------------------------------------------------------------------------------- */

static enum status
check_salts(const struct digest_side sides[2], struct err *err)
{
    const struct digest *left = sides[0].digest;
    const struct digest *right = sides[1].digest;
    if (left->is_salted == right->is_salted && left->salt_mark == right->salt_mark) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE, "the two sides were hashed with different salts");
    return err_hint(err,
                    "make both digests with the same --salt FILE, and give it to compare with a database");
}

static enum status
check_columns(const struct digest_table *left, const struct digest_table *right, struct err *err)
{
    bool is_alike = left->n_columns == right->n_columns && left->n_key == right->n_key;
    for (size_t i = 0; is_alike && i < left->n_columns; i++) {
        const struct digest_column *a = &left->columns[i];
        const struct digest_column *b = &right->columns[i];
        is_alike = rows_same_name(a->name, b->name);
        if (is_alike && a->kind != b->kind) {
            (void)err_raise(err, STATUS_USAGE,
                            "the column '%s' of '%s' was hashed as %s on one side and %s on the other",
                            a->name, left->name, canon_kind_name(a->kind), canon_kind_name(b->kind));
            return err_hint(err, "make one digest anew, with --like the other's FILE");
        }
    }
    if (!is_alike) {
        (void)err_raise(err, STATUS_USAGE,
                        "the digests of '%s' and '%s' are of different columns, or have other keys",
                        left->name, right->name);
        return err_hint(err,
                        "make one digest anew, with --like the other's FILE; or name tables: --tables A,B");
    }
    return STATUS_OK;
}

/* -- the keys
 * ----------------------------------------------------------------------------------------------------- */

static int
compare_items(const void *a, const void *b)
{
    const struct sketch_item *left = a;
    const struct sketch_item *right = b;
    return left->key != right->key ? (left->key > right->key) - (left->key < right->key)
                                   : (left->count < right->count) - (left->count > right->count);
}

static uint64_t
copies_of(int64_t count)
{
    return count < 0 ? 0 - (uint64_t)count : (uint64_t)count;
}

static void
tell_key(struct judge *judge, uint64_t hash, enum compare_kind kind, uint64_t copies,
         struct compare_table *out)
{
    if (out->n_keys == judge->limit) {
        return;
    }
    struct compare_key *key = &out->keys[out->n_keys++];
    *key = (struct compare_key){.kind = kind, .n_key = 1, .copies = copies};
    key->key = arena_new_array(judge->arena, const char *, 1);
    key->is_number = arena_new_array(judge->arena, bool, 1);
    key->key[0] = arena_printf(judge->arena, "hash:%016" PRIx64, hash);
    judge->hashes[out->n_keys - 1] = hash;
}

/* The items of one key. With a key there is one row of it on a side; a row on each is a row that differs. */
static void
judge_key(struct judge *judge, const struct sketch_item *items, size_t n, bool has_key,
          struct compare_table *out)
{
    bool is_pair = has_key && n == 2 && items[0].count == 1 && items[1].count == -1;
    if (is_pair) {
        out->different++;
        tell_key(judge, items[0].key, COMPARE_DIFFERENT, 0, out);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t copies = copies_of(items[i].count);
        bool is_left = items[i].count > 0;
        *(is_left ? &out->missing : &out->extra) += copies;
        tell_key(judge, items[i].key, is_left ? COMPARE_MISSING : COMPARE_EXTRA, has_key ? 0 : copies, out);
    }
}

static void
judge_items(struct judge *judge, struct sketch_items *items, bool has_key, struct compare_table *out)
{
    if (items->n > 0) {
        qsort(items->items, items->n, sizeof(items->items[0]), compare_items);
    }
    uint64_t most = items->n < judge->limit ? items->n : judge->limit;
    out->keys = arena_new_array(judge->arena, struct compare_key, (size_t)most + 1);
    judge->hashes = arena_new_array(judge->arena, uint64_t, (size_t)most + 1);
    for (size_t i = 0, n; i < items->n; i += n) {
        for (n = 1; i + n < items->n && items->items[i + n].key == items->items[i].key; n++) {
        }
        judge_key(judge, &items->items[i], n, has_key, out);
    }
}

/* Where the sketch does not reach, the buckets still say in which parts of the table it is. */
static void
note_buckets(struct judge *judge, const struct digest_table *left, const struct digest_table *right,
             struct compare_table *out)
{
    unsigned bits = left->bucket_bits < right->bucket_bits ? left->bucket_bits : right->bucket_bits;
    size_t n = 0;
    for (size_t i = 0; i < (size_t)1 << bits; i++) {
        struct hash128 sums[2] = {{0, 0}, {0, 0}};
        const struct digest_table *const tables[2] = {left, right};
        for (unsigned side = 0; side < 2; side++) {
            size_t wide = (size_t)1 << (tables[side]->bucket_bits - bits);
            for (size_t j = i * wide; j < (i + 1) * wide; j++) {
                sums[side] = hash128_add(sums[side], tables[side]->buckets[j].sum);
            }
        }
        n += !hash128_eq(sums[0], sums[1]);
    }
    vec_push(
        judge->arena, &out->notes,
        arena_printf(judge->arena,
                     "more rows differ than the digests can tell one by one; the counts are of those told. "
                     "Rows differ in %zu of %zu parts of the table",
                     n, (size_t)1 << bits));
}

/* -- keys that a live side has
 * ------------------------------------------------------------------------------------ */

struct wanted_key {
    uint64_t hash;
    struct compare_key *key; /* NULL once it is named */
};

struct search {
    struct wanted_key *keys; /* by hash */
    size_t n;
    size_t n_columns;
    const struct rows_plan *plan;
    const char *const *forms;
    struct arena *arena;
};

static int
compare_wanted(const void *a, const void *b)
{
    const struct wanted_key *left = a;
    const struct wanted_key *right = b;
    return (left->hash > right->hash) - (left->hash < right->hash);
}

static enum status
fill_key(struct search *search, const struct rows_item *item, struct compare_key *out, struct err *err)
{
    bool *is_number = arena_new_array(search->arena, bool, search->n_columns);
    out->key = arena_new_array(search->arena, const char *, search->n_columns);
    out->n_key = search->n_columns;
    for (size_t i = 0; i < search->n_columns; i++) {
        BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
        int64_t number = INT64_MAX;
        if (item->cells[i].ptr == NULL) {
            continue;
        }
        TRY(cell_text(search->forms[i], item->cells[i], &text, err));
        out->key[i] = arena_strdup(search->arena, buf_cstr(&text));
        is_number[i] = search->plan->kinds[i] == CANON_NUMBER && parse_i64(buf_view(&text), &number) &&
                       number <= INT64_C(1) << 53 && number >= -(INT64_C(1) << 53);
    }
    out->is_number = is_number;
    return STATUS_OK;
}

static enum status
match_row(void *state, const struct rows_item *item, struct err *err)
{
    struct search *search = state;
    const struct wanted_key wanted = {item->key.low, NULL};
    struct wanted_key *found = bsearch(&wanted, search->keys, search->n, sizeof(wanted), compare_wanted);
    if (found == NULL || found->key == NULL) {
        return STATUS_OK;
    }
    struct compare_key *key = found->key;
    found->key = NULL;
    return fill_key(search, item, key, err);
}

/* Keys that only the other side has keep their hashes. */
static enum status
name_keys(struct judge *judge, const struct digest_side *side, const struct digest_table *table,
          struct compare_table *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct rows_source source;
    struct rows_plan plan;
    struct search search = {.plan = &plan, .arena = judge->arena};
    const struct rows_sink sink = {match_row, &search};
    TRY(digest_source(side->live, table->name, &scratch, &source, err));
    TRY(digest_plan(&source, table, &scratch, &plan, err));
    plan.salt = judge->salt;
    search.n_columns = plan.n_key == 0 ? plan.n : plan.n_key;
    search.keys = arena_new_array(&scratch, struct wanted_key, out->n_keys + 1);
    for (size_t i = 0; i < out->n_keys; i++) {
        search.keys[search.n++] = (struct wanted_key){judge->hashes[i], &out->keys[i]};
    }
    qsort(search.keys, search.n, sizeof(search.keys[0]), compare_wanted);
    return rows_read(&plan, &sink, &scratch, &search.forms, err);
}

/* -- tables
 * ------------------------------------------------------------------------------------------------------- */

static enum status
find_rows(struct judge *judge, const struct digest_table *const tables[2], struct compare_table *out,
          struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct sketch_items items = {0};
    bool is_all = false;
    out->verdict = VERDICT_DIFFERENT;
    if (tables[0]->sketch.bits > 0 && tables[1]->sketch.bits > 0) {
        struct sketch left;
        struct sketch right;
        sketch_copy(&tables[0]->sketch, &scratch, &left);
        sketch_copy(&tables[1]->sketch, &scratch, &right);
        sketch_subtract(&left, &right);
        is_all = sketch_decode(&left, &scratch, &items);
    }
    judge_items(judge, &items, tables[0]->n_key > 0, out);
    if (!is_all) {
        note_buckets(judge, tables[0], tables[1], out);
    }
    for (unsigned side = 0; side < 2 && out->n_keys > 0; side++) {
        if (judge->sides[side].live != NULL) {
            TRY(name_keys(judge, &judge->sides[side], tables[side], out, err));
        }
    }
    return STATUS_OK;
}

static enum status
compare_pair(struct judge *judge, const struct digest_table *left, const struct digest_table *right,
             struct err *err)
{
    const struct digest_table *const tables[2] = {left, right};
    const struct digest_table *some = left != NULL ? left : right;
    struct compare_table out = {.table = some->name,
                                .left = left == NULL ? NULL : left->name,
                                .right = right == NULL ? NULL : right->name,
                                .left_rows = left == NULL ? 0 : left->rows,
                                .right_rows = right == NULL ? 0 : right->rows,
                                .n_key = some->n_key,
                                .verdict = VERDICT_DIFFERENT};
    out.key_columns = arena_new_array(judge->arena, const char *, some->n_key + 1);
    for (size_t i = 0; i < some->n_key; i++) {
        out.key_columns[i] = some->columns[i].name;
    }
    if (left != NULL && right != NULL) {
        TRY(check_columns(left, right, err));
        if (left->rows == right->rows && hash128_eq(left->sum, right->sum)) {
            out.verdict = VERDICT_SAME;
        } else {
            TRY(find_rows(judge, tables, &out, err));
        }
    }
    judge->out->verdict = out.verdict == VERDICT_SAME ? judge->out->verdict : VERDICT_DIFFERENT;
    vec_push(judge->arena, judge->out, out);
    return STATUS_OK;
}

static bool
is_wanted(const struct compare_names *tables, const struct digest *digest, const struct digest_table *table)
{
    bool is_named = tables->n == 0;
    for (size_t i = 0; i < tables->n && !is_named; i++) {
        is_named = digest_find(digest, tables->items[i]) == table;
    }
    return is_named;
}

static enum status
check_wanted(const struct digest_side sides[2], const struct compare_names *tables, struct err *err)
{
    static const char *const names[2] = {"left", "right"};
    for (size_t i = 0; i < tables->n; i++) {
        for (unsigned side = 0; side < 2; side++) {
            if (digest_find(sides[side].digest, tables->items[i]) == NULL) {
                return err_raise(err, STATUS_USAGE, "the %s side has no table '%s', or more than one",
                                 names[side], tables->items[i]);
            }
        }
    }
    return STATUS_OK;
}

enum status
digest_compare(const struct digest_side sides[2], const struct digest_compare_options *options,
               struct arena *arena, struct compare_result *out, struct err *err)
{
    const struct digest *left = sides[0].digest;
    const struct digest *right = sides[1].digest;
    struct judge judge = {.sides = sides,
                          .salt = options->salt,
                          .limit = options->limit == 0 ? COMPARE_LIMIT : options->limit,
                          .arena = arena,
                          .out = out};
    int64_t from = clock_monotonic_us();
    bool *is_paired = arena_new_array(arena, bool, right->n + 1);
    *out = (struct compare_result){.verdict = VERDICT_SAME};
    TRY(check_salts(sides, err));
    TRY(check_wanted(sides, &options->tables, err));
    for (size_t i = 0; i < left->n; i++) {
        const struct digest_table *other = digest_find(right, left->items[i].name);
        if (!is_wanted(&options->tables, left, &left->items[i])) {
            continue;
        }
        if (other != NULL) {
            is_paired[other - right->items] = true;
        }
        TRY(compare_pair(&judge, &left->items[i], other, err));
    }
    for (size_t i = 0; i < right->n; i++) {
        if (!is_paired[i] && is_wanted(&options->tables, right, &right->items[i])) {
            TRY(compare_pair(&judge, NULL, &right->items[i], err));
        }
    }
    out->us = clock_monotonic_us() - from;
    return STATUS_OK;
}
