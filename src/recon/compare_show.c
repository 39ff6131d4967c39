#include "recon/compare_core.h"

#include "driver/cell_text.h"
#include "recon/tolerance.h"

#include <stdlib.h>
#include <string.h>

/* -- which keys are looked up ------------------------------------------------------------------------------
 */

/* How many items the first `limit` keys have. */
static size_t
items_of_keys(const struct sketch_items *items, uint64_t limit)
{
    uint64_t keys = 0;
    for (size_t i = 0; i < items->n; i++) {
        keys += i == 0 || items->items[i].key != items->items[i - 1].key;
        if (keys > limit) {
            return i;
        }
    }
    return items->n;
}

static struct key_filter *
make_filter(const struct sketch_items *items, size_t n, struct arena *arena)
{
    struct key_filter *filter = arena_new(arena, struct key_filter);
    filter->items = items->items;
    filter->n = n;
    for (size_t i = 0; i < n; i++) {
        uint64_t key = items->items[i].key;
        filter->bits[key % 65536 / 8] |= (unsigned char)(1U << (key % 8));
    }
    return filter;
}

static int
compare_kept(const void *a, const void *b)
{
    const struct kept_row *left = a;
    const struct kept_row *right = b;
    return (left->key > right->key) - (left->key < right->key);
}

/* The rows of a key; a side's rows are in the order of keys. */
static const struct kept_row *
find_kept(const struct side *side, uint64_t key, size_t *n)
{
    const struct kept_row wanted = {.key = key};
    *n = 0;
    if (side->kept.n == 0) {
        return NULL;
    }
    const struct kept_row *row =
        bsearch(&wanted, side->kept.items, side->kept.n, sizeof(wanted), compare_kept);
    while (row != NULL && row > side->kept.items && row[-1].key == key) {
        row--;
    }
    while (row != NULL && row + *n < side->kept.items + side->kept.n && row[*n].key == key) {
        (*n)++;
    }
    return row;
}

/* -- values ------------------------------------------------------------------------------------------------
 */

static const char *
text_of(const struct side *side, size_t column, struct span cell, struct arena *arena)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    struct err ignored = {0};
    if (cell.ptr == NULL) {
        return NULL;
    }
    return cell_text(side->forms[column], cell, &text, &ignored) == STATUS_OK
               ? arena_strndup(arena, buf_cstr(&text), text.len)
               : "?";
}

/* A whole number that JSON holds exactly. */
static bool
is_whole(struct span encoded)
{
    uint64_t magnitude = 0;
    if (encoded.len != 12 || encoded.ptr[0] != CANON_NUMBER || (encoded.ptr[2] & ~1) != 0 ||
        encoded.ptr[3] != 0) {
        return false;
    }
    for (size_t i = 4; i < 12; i++) {
        magnitude = magnitude << 8 | (unsigned char)encoded.ptr[i];
    }
    return magnitude <= UINT64_C(1) << 53;
}

static void
fill_key(const struct side *side, const struct kept_row *row, const size_t *order, struct arena *arena,
         struct compare_key *out)
{
    size_t n = side->plan.n_key == 0 ? side->plan.n : side->plan.n_key;
    bool *is_number = arena_new_array(arena, bool, n + 1);
    struct span rest = {row->bytes.ptr + 1, row->bytes.len - 1};
    struct span encoded;
    out->key = arena_new_array(arena, const char *, n + 1);
    out->n_key = n;
    for (size_t i = 0; i < n; i++) {
        size_t to = side->plan.n_key > 0 ? 0 : i;
        while (side->plan.n_key > 0 && order[to] != i) {
            to++;
        }
        out->key[to] = text_of(side, i, row->cells[i], arena);
        is_number[to] = canon_next(&rest, &encoded) && is_whole(encoded);
    }
    out->is_number = is_number;
}

static void
fill_cells(struct side sides[2], const struct kept_row *rows[2], const struct compare_rules *rules,
           struct arena *arena, struct compare_key *out)
{
    const struct rows_plan *plan = &sides[0].plan;
    struct span rest[2];
    out->cells = arena_new_array(arena, struct compare_cell, plan->n + 1);
    for (int i = 0; i < 2; i++) {
        rest[i] = (struct span){rows[i]->bytes.ptr + 1, rows[i]->bytes.len - 1};
    }
    for (size_t i = 0; i < plan->n; i++) {
        struct span left = {NULL, 0};
        struct span right = {NULL, 0};
        const char *column = plan->source->columns[plan->columns[i]].name;
        bool is_there = canon_next(&rest[0], &left) && canon_next(&rest[1], &right);
        if (is_there && !tolerance_same(compare_rule(rules, column), left, right)) {
            out->cells[out->n_cells++] =
                (struct compare_cell){.column = column,
                                      .left = text_of(&sides[0], i, rows[0]->cells[i], arena),
                                      .right = text_of(&sides[1], i, rows[1]->cells[i], arena)};
        }
    }
}

/* -- keys --------------------------------------------------------------------------------------------------
 */

static uint64_t
size_of(int64_t count)
{
    return count < 0 ? 0 - (uint64_t)count : (uint64_t)count;
}

/* The items of one key. False: its rows were not kept. */
static bool
show_key(struct side sides[2], const struct sketch_item *items, size_t n, const struct compare_rules *rules,
         const size_t *order, struct arena *arena, struct compare_key *out)
{
    const struct kept_row *rows[2] = {NULL, NULL};
    size_t n_rows;
    *out = (struct compare_key){.kind = n > 1                ? COMPARE_DIFFERENT
                                        : items[0].count > 0 ? COMPARE_MISSING
                                                             : COMPARE_EXTRA,
                                .copies = size_of(items[0].count)};
    for (int i = 0; i < 2; i++) {
        rows[i] = find_kept(&sides[i], items[0].key, &n_rows);
    }
    int own = out->kind == COMPARE_EXTRA ? 1 : 0;
    if (rows[own] == NULL || (n > 1 && rows[1] == NULL)) {
        return false;
    }
    fill_key(&sides[own], rows[own], order, arena, out);
    if (n > 1) {
        fill_cells(sides, rows, rules, arena, out);
    }
    return true;
}

static int
compare_texts(const char *a, const char *b)
{
    return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : natural_compare(a, b);
}

static int
compare_keys(const void *a, const void *b)
{
    const struct compare_key *left = a;
    const struct compare_key *right = b;
    int order = 0;
    for (size_t i = 0; i < left->n_key && order == 0; i++) {
        order = compare_texts(left->key[i], right->key[i]);
    }
    return order != 0 ? order : (left->kind > right->kind) - (left->kind < right->kind);
}

/* Rows that share a key with a row that differs show that it is none. */
static enum status
check_unique(struct side sides[2], struct err *err)
{
    for (int i = 0; i < 2; i++) {
        if (sides[i].kept.n > 0) {
            qsort(sides[i].kept.items, sides[i].kept.n, sizeof(sides[i].kept.items[0]), compare_kept);
        }
        for (size_t at = 1; at < sides[i].kept.n && sides[i].plan.n_key > 0; at++) {
            if (sides[i].kept.items[at].key == sides[i].kept.items[at - 1].key) {
                (void)err_raise(err, STATUS_USAGE, "the key of '%s' is not unique on the %s side",
                                sides[i].plan.source->name, i == 0 ? "left" : "right");
                return err_hint(err, "name columns that are, with --key A,B");
            }
        }
    }
    return STATUS_OK;
}

enum status
show_differences(struct side sides[2], const struct differences *found, const struct compare_options *options,
                 struct arena *arena, struct compare_table *out, struct err *err)
{
    uint64_t limit = options->limit == 0 ? COMPARE_LIMIT : options->limit;
    /* whether a rule lets a difference pass is seen in the rows only */
    size_t n = options->rules.n > 0 ? found->items.n : items_of_keys(&found->items, limit);
    if (n == 0) {
        return STATUS_OK;
    }
    for (int i = 0; i < 2; i++) {
        sides[i].filter = make_filter(&found->items, n, arena);
        sides[i].is_kept = arena_new_array(arena, bool, n + 1);
    }
    TRY(pass_keep(sides, err));
    TRY(check_unique(sides, err));
    out->keys = arena_new_array(arena, struct compare_key, (size_t)(n < limit ? n : limit) + 1);
    for (size_t i = 0, len; i < n; i += len) {
        ARENA_SCOPED scratch = {0};
        struct compare_key *key = &out->keys[out->n_keys];
        struct compare_key beyond = {0};
        bool is_shown = out->n_keys < limit;
        for (len = 1; i + len < n && found->items.items[i + len].key == found->items.items[i].key; len++) {
        }
        key = is_shown ? key : &beyond;
        bool is_kept = show_key(sides, &found->items.items[i], len, &options->rules, out->key_order,
                                is_shown ? arena : &scratch, key);
        bool is_by_rule = is_kept && key->kind == COMPARE_DIFFERENT && key->n_cells == 0;
        out->by_rule += is_by_rule;
        out->different -= is_by_rule;
        out->n_keys += is_kept && is_shown && !is_by_rule;
    }
    if (out->n_keys > 0) {
        qsort(out->keys, out->n_keys, sizeof(out->keys[0]), compare_keys);
    }
    return STATUS_OK;
}
