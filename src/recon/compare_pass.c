#include "recon/compare_core.h"

#include "base/io.h"

#include <pthread.h>

/* -- what is done with a row -------------------------------------------------------------------------------
 */

static enum status
check_other(const struct side *side, struct err *err)
{
    return atomic_load_explicit(side->is_over, memory_order_relaxed) || stop_requested()
               ? err_raise(err, STATUS_CANCELLED, "stopped")
               : STATUS_OK;
}

/* Buckets and sketch together are larger than a cache: rows go there in batches, whose misses overlap. */
static void
flush_waiting(struct side *side)
{
    for (size_t i = 0; i < side->n_waiting; i++) {
        struct hash128 *bucket = &side->buckets[side->waiting_buckets[i]];
        *bucket = hash128_add(*bucket, side->waiting[i].row);
    }
    sketch_add_rows(&side->sketch, side->waiting, side->n_waiting);
    side->n_waiting = 0;
}

static enum status
add_to_totals(void *state, const struct rows_item *item, struct err *err)
{
    struct side *side = state;
    uint32_t bucket = (uint32_t)(item->key.high >> (64 - BUCKET_BITS));
    side->sum = hash128_add(side->sum, item->row);
    side->waiting[side->n_waiting] = (struct sketch_entry){item->key.low, item->row};
    side->waiting_buckets[side->n_waiting] = bucket;
    __builtin_prefetch(&side->buckets[bucket], 1);
    if (++side->n_waiting == WAITING_MAX) {
        flush_waiting(side);
    }
    return ++side->rows % 1024 == 0 ? check_other(side, err) : STATUS_OK;
}

static enum status
add_to_spool(void *state, const struct rows_item *item, struct err *err)
{
    struct side *side = state;
    if (++side->rows % 1024 == 0) {
        TRY(check_other(side, err));
    }
    return side->bucket_differs[item->key.high >> (64 - BUCKET_BITS)]
               ? spool_add(&side->spool, item->key,
                           (struct span){(const char *)&item->row, sizeof(item->row)}, err)
               : STATUS_OK;
}

/* The first item of that key; `n` when there is none. */
static size_t
find_item(const struct key_filter *filter, uint64_t key)
{
    size_t low = 0;
    size_t high = filter->n;
    if ((filter->bits[key % 65536 / 8] >> (key % 8) & 1) == 0) {
        return filter->n;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (filter->items[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < filter->n && filter->items[low].key == key ? low : filter->n;
}

static enum status
keep_row(void *state, const struct rows_item *item, struct err *err)
{
    struct side *side = state;
    if (++side->rows % 1024 == 0) {
        TRY(check_other(side, err));
    }
    size_t at = find_item(side->filter, item->key.low);
    if (at == side->filter->n || (side->plan.n_key == 0 && side->is_kept[at])) {
        return STATUS_OK;
    }
    side->is_kept[at] = true;
    size_t bytes = item->bytes.len;
    for (size_t i = 0; i < side->plan.n; i++) {
        bytes += item->cells[i].len + sizeof(struct span);
    }
    side->kept_bytes += bytes;
    if (side->kept_bytes > KEPT_BYTES_MAX) {
        side->is_cut = true;
        return STATUS_OK;
    }
    struct kept_row row = {.key = item->key.low, .row = item->row};
    row.bytes = (struct span){arena_strndup(&side->arena, item->bytes.ptr, item->bytes.len), item->bytes.len};
    row.cells = arena_new_array(&side->arena, struct span, side->plan.n + 1);
    for (size_t i = 0; i < side->plan.n; i++) {
        struct span cell = item->cells[i];
        row.cells[i] = (struct span){NULL, 0};
        if (cell.ptr != NULL) {
            row.cells[i] = (struct span){arena_strndup(&side->arena, cell.ptr, cell.len), cell.len};
        }
    }
    vec_push(&side->arena, &side->kept, row);
    return STATUS_OK;
}

/* -- both at once ------------------------------------------------------------------------------------------
 */

typedef enum status row_action(void *state, const struct rows_item *item, struct err *err);

struct task {
    struct side *side;
    row_action *action;
};

static void *
read_side(void *state)
{
    struct task *task = state;
    struct side *side = task->side;
    const struct rows_sink sink = {task->action, side};
    side->rows = 0;
    side->status = rows_read(&side->plan, &sink, &side->arena, &side->forms, &side->err);
    if (side->status != STATUS_OK) {
        atomic_store(side->is_over, true);
    }
    return NULL;
}

/* The one that failed first has the better words: the other was only told to stop. */
static enum status
raise_first(const struct side sides[2], struct err *err)
{
    const char *const names[2] = {"left", "right"};
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2; i++) {
            bool is_told = sides[i].status == STATUS_CANCELLED && !stop_requested();
            if (sides[i].status != STATUS_OK && (round == 1 || !is_told)) {
                *err = sides[i].err;
                if (err->status == STATUS_UNKNOWN) { /* reading leaves nothing behind */
                    (void)err_restate(err, STATUS_CONNECT);
                }
                return err_wrap(err, "%s side", names[i]);
            }
        }
    }
    return STATUS_OK;
}

static enum status
run_both(struct side sides[2], row_action *action, struct err *err)
{
    atomic_bool is_over;
    struct task tasks[2] = {{&sides[0], action}, {&sides[1], action}};
    pthread_t thread;
    atomic_init(&is_over, false);
    sides[0].is_over = sides[1].is_over = &is_over;
    bool has_thread = pthread_create(&thread, NULL, read_side, &tasks[1]) == 0;
    (void)read_side(&tasks[0]);
    if (has_thread) {
        (void)pthread_join(thread, NULL);
    } else if (sides[0].status == STATUS_OK) {
        (void)read_side(&tasks[1]);
    }
    return raise_first(sides, err);
}

enum status
pass_totals(struct side sides[2], struct err *err)
{
    TRY(run_both(sides, add_to_totals, err));
    flush_waiting(&sides[0]);
    flush_waiting(&sides[1]);
    return STATUS_OK;
}

enum status
pass_spool(struct side sides[2], struct err *err)
{
    return run_both(sides, add_to_spool, err);
}

enum status
pass_keep(struct side sides[2], struct err *err)
{
    return run_both(sides, keep_row, err);
}
