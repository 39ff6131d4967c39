/* A key whose ends lie in two databases: both are read once, in parallel, as canonical values. */
#include "recon/fk.h"

#include "base/io.h"
#include "driver/cell_text.h"
#include "recon/key_pool.h"
#include "recon/rows.h"
#include "recon/spool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The orphaned keys with the smallest hashes: whatever the order in which rows come, it is the same ones, and
 * how many rows each has is known, since a key that belongs here at the end belonged here whenever one of its
 * rows came. */
struct picked {
    struct hash128 hash;
    int64_t rows;
    struct value *key; /* NULL: not looked up */
};

struct picks {
    struct picked *items; /* by hash */
    size_t n;
    size_t cap;
    int64_t orphans;
};

static bool
is_less(struct hash128 a, struct hash128 b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/* The first one that is not less. */
static size_t
place_of(const struct picks *picks, struct hash128 hash)
{
    size_t low = 0;
    size_t high = picks->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_less(picks->items[middle].hash, hash)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void
pick(void *state, struct hash128 hash)
{
    struct picks *picks = state;
    picks->orphans++;
    size_t at = place_of(picks, hash);
    if (at < picks->n && hash128_eq(picks->items[at].hash, hash)) {
        picks->items[at].rows++;
        return;
    }
    if (at == picks->cap) {
        return;
    }
    size_t moved = (picks->n < picks->cap ? picks->n : picks->cap - 1) - at;
    memmove(&picks->items[at + 1], &picks->items[at], moved * sizeof(picks->items[0]));
    picks->items[at] = (struct picked){hash, 1, NULL};
    picks->n += picks->n < picks->cap;
}

/* -- one side
 * ----------------------------------------------------------------------------------------------------- */

struct side {
    const struct fk *fk;
    const struct fk_end *end;
    struct rows_source source;
    struct rows_plan plan;
    struct arena arena;
    struct key_pool pool;
    struct picks *incomplete; /* of MATCH FULL; NULL: those are passed over */
    int64_t checked;
    uint64_t seen;
    atomic_bool *is_over; /* the other side has failed */
    enum status status;
    struct err err;
    /* the second pass, for the values of the sample */
    const char *const *forms;
    struct picks *wanted;
    size_t n_missing;
};

static enum status
go_on(struct side *side, struct err *err)
{
    enum { ROWS = 4096 };
    if (side->seen++ % ROWS != 0) {
        return STATUS_OK;
    }
    TRY(stop_check(err));
    return atomic_load(side->is_over) ? err_raise(err, STATUS_CANCELLED, "the other side failed") : STATUS_OK;
}

static size_t
count_nulls(const struct side *side, const struct rows_item *item)
{
    size_t n = 0;
    for (size_t i = 0; i < side->plan.n; i++) {
        n += item->cells[i].ptr == NULL;
    }
    return n;
}

static enum status
take_row(void *state, const struct rows_item *item, struct err *err)
{
    struct side *side = state;
    TRY(go_on(side, err));
    size_t nulls = count_nulls(side, item);
    if (nulls == 0) {
        side->checked++;
        return key_pool_add(&side->pool, item->key, err);
    }
    if (nulls < side->plan.n && side->incomplete != NULL) {
        side->checked++;
        pick(side->incomplete, item->key);
    }
    return STATUS_OK;
}

static void *
run_side(void *state)
{
    struct side *side = state;
    const struct rows_sink sink = {take_row, side};
    side->status = rows_read(&side->plan, &sink, &side->arena, NULL, &side->err);
    if (side->status != STATUS_OK) {
        atomic_store(side->is_over, true);
    }
    return NULL;
}

static enum status
find_columns(struct side *side, struct err *err)
{
    TRY(rows_of_table(side->end->conn, side->end->table, &side->arena, &side->source, err));
    side->plan = (struct rows_plan){
        .source = &side->source,
        .columns = arena_new_array(&side->arena, size_t, side->fk->n_columns),
        .kinds = arena_new_array(&side->arena, enum canon_kind, side->fk->n_columns),
        .n = side->fk->n_columns, /* and no key: one hash is enough */
    };
    for (size_t i = 0; i < side->plan.n; i++) {
        size_t at = 0;
        while (at < side->source.n_columns && !str_eq(side->source.columns[at].name, side->end->columns[i])) {
            at++;
        }
        if (at == side->source.n_columns) {
            (void)err_raise(err, STATUS_UNSUPPORTED, "the column '%s' of '%s' is computed from others",
                            side->end->columns[i], side->end->table);
            return err_hint(err, "a key between two databases needs columns that are stored");
        }
        side->plan.columns[i] = at;
    }
    return STATUS_OK;
}

/* -- both
 * ---------------------------------------------------------------------------------------------------------
 */

struct sides {
    struct side child;
    struct side parent;
    struct picks picks;
    atomic_bool is_over;
};

static void
sides_release(struct sides **sides)
{
    key_pool_release(&(*sides)->child.pool);
    key_pool_release(&(*sides)->parent.pool);
    arena_release(&(*sides)->child.arena);
    arena_release(&(*sides)->parent.arena);
}
#define SIDES_SCOPED CLEANUP(sides_release) struct sides

static void
side_init(struct sides *sides, struct side *side, const struct fk *fk, const struct fk_end *end)
{
    side->fk = fk;
    side->end = end;
    side->is_over = &sides->is_over;
    key_pool_init(&side->pool, spool_folder(), KEY_POOL_MEMORY);
}

/* Both sides are read as values of one kind, so that a number is the same number, whatever its type. */
static enum status
agree_on_kinds(struct sides *sides, struct arena *arena, struct fk_result *out, struct err *err)
{
    TRY(find_columns(&sides->child, err));
    TRY(find_columns(&sides->parent, err));
    out->notes = arena_new_array(arena, const char *, sides->child.plan.n);
    for (size_t i = 0; i < sides->child.plan.n; i++) {
        const char *note = NULL;
        enum canon_kind kind =
            canon_kind_common(sides->child.source.columns[sides->child.plan.columns[i]].kind,
                              sides->parent.source.columns[sides->parent.plan.columns[i]].kind, &note);
        sides->child.plan.kinds[i] = kind;
        sides->parent.plan.kinds[i] = kind;
        if (note != NULL) {
            out->notes[out->n_notes++] = note;
        }
    }
    return STATUS_OK;
}

static enum status
read_both(struct sides *sides, struct err *err)
{
    pthread_t thread = {0};
    bool may_run_beside = sides->child.end->conn != sides->parent.end->conn &&
                          pthread_create(&thread, NULL, run_side, &sides->parent) == 0;
    if (!may_run_beside) {
        (void)run_side(&sides->parent);
    }
    if (!atomic_load(&sides->is_over)) {
        (void)run_side(&sides->child);
    }
    if (may_run_beside) {
        (void)pthread_join(thread, NULL);
    }
    /* The first failure, not the echo it had on the other side. */
    const struct side *failed = sides->parent.status != STATUS_OK ? &sides->parent : &sides->child;
    if (failed == &sides->parent && failed->status == STATUS_CANCELLED && sides->child.status != STATUS_OK) {
        failed = &sides->child;
    }
    if (failed->status != STATUS_OK) {
        *err = failed->err;
        return err_wrap(err, "'%s'", failed->end->table);
    }
    return STATUS_OK;
}

/* -- the values of the sample
 * ------------------------------------------------------------------------------------- */

struct value_search {
    struct side *side;
    struct arena *arena; /* the result's */
};

static enum status
keep_values(struct value_search *search, const struct rows_item *item, struct picked *found, struct err *err)
{
    struct side *side = search->side;
    found->key = arena_new_array(search->arena, struct value, side->plan.n);
    for (size_t i = 0; i < side->plan.n; i++) {
        BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
        found->key[i] = value_null();
        if (item->cells[i].ptr != NULL) {
            TRY(cell_text(side->forms[i], item->cells[i], &text, err));
            found->key[i] =
                value_span((struct span){arena_strndup(search->arena, buf_cstr(&text), text.len), text.len});
        }
    }
    side->n_missing--;
    return STATUS_OK;
}

static enum status
match_row(void *state, const struct rows_item *item, struct err *err)
{
    struct value_search *search = state;
    struct picks *picks = search->side->wanted;
    TRY(go_on(search->side, err));
    size_t at = search->side->n_missing == 0 ? picks->n : place_of(picks, item->key);
    if (at < picks->n && picks->items[at].key == NULL && hash128_eq(picks->items[at].hash, item->key)) {
        return keep_values(search, item, &picks->items[at], err);
    }
    return STATUS_OK;
}

static int
compare_picked(const void *a, const void *b)
{
    const struct picked *left = a;
    const struct picked *right = b;
    if (left->rows != right->rows) {
        return left->rows > right->rows ? -1 : 1;
    }
    return is_less(left->hash, right->hash) ? -1 : 1;
}

static enum status
make_sample(struct sides *sides, const struct fk_options *options, struct arena *arena, struct fk_result *out,
            struct err *err)
{
    struct picks *picks = &sides->picks;
    if (options->show_values && picks->n > 0) {
        struct side *side = &sides->child;
        struct value_search search = {side, arena};
        const struct rows_sink sink = {match_row, &search};
        side->wanted = picks;
        side->n_missing = picks->n;
        TRY(rows_read(&side->plan, &sink, &side->arena, &side->forms, err));
    }
    qsort(picks->items, picks->n, sizeof(picks->items[0]), compare_picked);
    out->sample = arena_new_array(arena, struct fk_sample, picks->n + 1);
    for (size_t i = 0; i < picks->n; i++) {
        out->sample[out->n_sample++] = (struct fk_sample){picks->items[i].key, picks->items[i].rows};
    }
    return STATUS_OK;
}

static enum status
check_streams(struct sides *sides, const struct fk_options *options, struct arena *arena,
              struct fk_result *out, struct err *err)
{
    sides->picks.cap = options->sample;
    sides->picks.items = arena_new_array(arena, struct picked, options->sample + 1);
    TRY(agree_on_kinds(sides, arena, out, err));
    TRY(read_both(sides, err));
    TRY(key_pool_lacking(&sides->child.pool, &sides->parent.pool, pick, &sides->picks, err));
    out->checked = sides->child.checked;
    out->orphans = sides->picks.orphans;
    return make_sample(sides, options, arena, out, err);
}

enum status
fk_check_streams(const struct fk *fk, const struct fk_options *options, struct arena *arena,
                 struct fk_result *out, struct err *err)
{
    SIDES_SCOPED *sides = arena_new(arena, struct sides);
    *out = (struct fk_result){.fk = fk, .is_streamed = true};
    side_init(sides, &sides->child, fk, &fk->child);
    side_init(sides, &sides->parent, fk, &fk->parent);
    sides->child.incomplete = fk->is_match_full ? &sides->picks : NULL;
    return check_streams(sides, options, arena, out, err) == STATUS_OK
               ? STATUS_OK
               : err_wrap(err, "foreign key '%s'", fk->name);
}
