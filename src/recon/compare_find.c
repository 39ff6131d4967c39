#include "recon/compare_core.h"

#include <stdlib.h>
#include <string.h>

static int
compare_items(const void *a, const void *b)
{
    const struct sketch_item *left = a;
    const struct sketch_item *right = b;
    return left->key != right->key ? (left->key > right->key) - (left->key < right->key)
                                   : (left->count < right->count) - (left->count > right->count);
}

static enum status
raise_not_unique(const struct side sides[2], struct err *err)
{
    (void)err_raise(err, STATUS_USAGE, "the key of '%s' is not unique", sides[0].plan.source->name);
    return err_hint(err, "name columns that are, with --key A,B");
}

/* Items of one key, left ones first: what became of the row. */
static enum status
judge_key(struct side sides[2], const struct sketch_item *items, size_t n, struct differences *out,
          struct err *err)
{
    uint64_t left = 0;
    uint64_t right = 0;
    for (size_t i = 0; i < n; i++) {
        *(items[i].count > 0 ? &left : &right) +=
            items[i].count > 0 ? (uint64_t)items[i].count : (uint64_t)-items[i].count;
    }
    if (sides[0].plan.n_key > 0 && (left > 1 || right > 1)) {
        return raise_not_unique(sides, err);
    }
    bool is_pair = sides[0].plan.n_key > 0 && left == 1 && right == 1;
    out->different += is_pair;
    out->missing += is_pair ? 0 : left;
    out->extra += is_pair ? 0 : right;
    return STATUS_OK;
}

static enum status
judge_items(struct side sides[2], struct differences *out, struct err *err)
{
    if (out->items.n > 0) {
        qsort(out->items.items, out->items.n, sizeof(out->items.items[0]), compare_items);
    }
    for (size_t i = 0, n; i < out->items.n; i += n) {
        for (n = 1; i + n < out->items.n && out->items.items[i + n].key == out->items.items[i].key; n++) {
        }
        TRY(judge_key(sides, &out->items.items[i], n, out, err));
    }
    return STATUS_OK;
}

/* -- more than the sketch holds: the rows of differing buckets, sorted by key hash, merged ------------------
 */

struct group {
    struct hash128 key;
    struct hash128 row; /* of the first */
    uint64_t n;
};

/* A side's records, a key at a time. */
struct grouped {
    struct spool *spool;
    struct spool_record next;
    struct hash128 next_row;
    bool has_next;
};

static enum status
advance(struct grouped *grouped, struct err *err)
{
    TRY(spool_next(grouped->spool, &grouped->next, &grouped->has_next, err));
    if (grouped->has_next) {
        memcpy(&grouped->next_row, grouped->next.bytes.ptr, sizeof(grouped->next_row));
    }
    return STATUS_OK;
}

static enum status
take_group(struct grouped *grouped, struct group *out, struct err *err)
{
    *out = (struct group){.key = grouped->next.key, .row = grouped->next_row};
    while (grouped->has_next && hash128_eq(grouped->next.key, out->key)) {
        out->n++;
        TRY(advance(grouped, err));
    }
    return STATUS_OK;
}

static bool
is_before(struct hash128 a, struct hash128 b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

static void
remember(struct differences *out, struct arena *arena, struct hash128 key, const struct group groups[2],
         uint64_t both)
{
    out->is_all = out->is_all && out->items.n + 2 <= ITEMS_MAX;
    for (int i = 0; i < 2 && out->is_all; i++) {
        int64_t count = (int64_t)(groups[i].n - both);
        if (count != 0) {
            vec_push(arena, &out->items,
                     ((struct sketch_item){key.low, groups[i].row, i == 0 ? count : -count}));
        }
    }
}

static enum status
judge_groups(struct side sides[2], struct group groups[2], struct arena *arena, struct differences *out,
             struct err *err)
{
    struct hash128 key = groups[groups[0].n > 0 ? 0 : 1].key;
    bool has_key = sides[0].plan.n_key > 0;
    if (has_key && (groups[0].n > 1 || groups[1].n > 1)) {
        return raise_not_unique(sides, err);
    }
    bool is_pair = has_key && groups[0].n > 0 && groups[1].n > 0;
    if (is_pair && hash128_eq(groups[0].row, groups[1].row)) {
        return STATUS_OK;
    }
    uint64_t both = has_key ? 0 : groups[0].n < groups[1].n ? groups[0].n : groups[1].n;
    out->different += is_pair;
    out->missing += is_pair ? 0 : groups[0].n - both;
    out->extra += is_pair ? 0 : groups[1].n - both;
    remember(out, arena, key, groups, both);
    return STATUS_OK;
}

static enum status
merge_spools(struct side sides[2], struct arena *arena, struct differences *out, struct err *err)
{
    struct grouped grouped[2] = {{.spool = &sides[0].spool}, {.spool = &sides[1].spool}};
    out->is_all = true;
    for (int i = 0; i < 2; i++) {
        TRY(spool_seal(grouped[i].spool, err));
        TRY(advance(&grouped[i], err));
    }
    while (grouped[0].has_next || grouped[1].has_next) {
        struct group groups[2] = {{.n = 0}, {.n = 0}};
        bool takes_left = grouped[0].has_next &&
                          !(grouped[1].has_next && is_before(grouped[1].next.key, grouped[0].next.key));
        bool takes_right = grouped[1].has_next &&
                           !(grouped[0].has_next && is_before(grouped[0].next.key, grouped[1].next.key));
        if (takes_left) {
            TRY(take_group(&grouped[0], &groups[0], err));
        }
        if (takes_right) {
            TRY(take_group(&grouped[1], &groups[1], err));
        }
        TRY(judge_groups(sides, groups, arena, out, err));
    }
    if (out->items.n > 0) {
        qsort(out->items.items, out->items.n, sizeof(out->items.items[0]), compare_items);
    }
    return STATUS_OK;
}

static enum status
find_by_spool(struct side sides[2], struct arena *arena, struct differences *out, struct err *err)
{
    bool *differs = arena_new_array(arena, bool, (size_t)1 << BUCKET_BITS);
    for (size_t i = 0; i < (size_t)1 << BUCKET_BITS; i++) {
        differs[i] = !hash128_eq(sides[0].buckets[i], sides[1].buckets[i]);
    }
    for (int i = 0; i < 2; i++) {
        sides[i].bucket_differs = differs;
        spool_init(&sides[i].spool, spool_folder(), 0);
    }
    enum status status = pass_spool(sides, err);
    if (status == STATUS_OK) {
        status = merge_spools(sides, arena, out, err);
    }
    for (int i = 0; i < 2; i++) {
        spool_release(&sides[i].spool);
    }
    return status;
}

enum status
find_differences(struct side sides[2], struct arena *arena, struct differences *out, struct err *err)
{
    *out = (struct differences){.is_all = true};
    sketch_subtract(&sides[0].sketch, &sides[1].sketch);
    if (sketch_decode(&sides[0].sketch, arena, &out->items)) {
        return judge_items(sides, out, err);
    }
    *out = (struct differences){.is_all = true};
    return find_by_spool(sides, arena, out, err);
}
