#include "recon/compare_core.h"

#include "base/clock.h"

#include <string.h>

struct sides {
    struct side items[2];
};

static void
sides_release(struct sides *sides)
{
    for (int i = 0; i < 2; i++) {
        arena_release(&sides->items[i].arena);
    }
}

static void
begin_side(struct side *side, const struct rows_plan *plan)
{
    *side = (struct side){.plan = *plan};
    side->buckets = arena_new_array(&side->arena, struct hash128, (size_t)1 << BUCKET_BITS);
    side->waiting = arena_new_array(&side->arena, struct sketch_entry, WAITING_MAX);
    side->waiting_buckets = arena_new_array(&side->arena, uint32_t, WAITING_MAX);
    sketch_init(&side->sketch, SKETCH_BITS_DEFAULT, &side->arena);
}

/* -- one look at one table ---------------------------------------------------------------------------------
 */

struct look {
    const struct compare_options *options;
    struct arena *arena; /* of what is told */
    struct compare_table *out;
    struct differences found;
    bool is_moving; /* nothing that differs did so in the same way before */
};

static enum status
look_at(struct side sides[2], struct look *look, struct err *err)
{
    struct compare_table *out = look->out;
    TRY(pass_totals(sides, err));
    out->left_rows = sides[0].rows;
    out->right_rows = sides[1].rows;
    look->found = (struct differences){.is_all = true};
    if (sides[0].rows != sides[1].rows || !hash128_eq(sides[0].sum, sides[1].sum)) {
        TRY(find_differences(sides, look->arena, &look->found, err));
    }
    out->missing = look->found.missing;
    out->extra = look->found.extra;
    out->different = look->found.different;
    out->by_rule = 0;
    out->keys = NULL;
    out->n_keys = 0;
    return show_differences(sides, &look->found, look->options, look->arena, out, err);
}

static enum status
open_source(const struct compare_end *end, const char *table, const struct snapshot_reader *reader,
            struct arena *arena, struct rows_source *out, struct err *err)
{
    return reader != NULL       ? rows_of_snapshot(reader, arena, out, err)
           : end->query != NULL ? rows_of_query(end->conn, end->query, end->label, arena, out, err)
                                : rows_of_table(end->conn, table, arena, out, err);
}

/* Sources and plans are made anew for every look: the table may have changed. */
static enum status
look_at_pair(const struct compare_end ends[2], const struct table_pair *pair, struct look *look,
             struct err *err)
{
    static const char *const names[2] = {"left", "right"};
    CLEANUP(sides_release) struct sides sides = {{{.rows = 0}, {.rows = 0}}};
    struct rows_source *sources = arena_new_array(look->arena, struct rows_source, 2);
    struct rows_plan plans[2];
    for (int i = 0; i < 2; i++) {
        if (open_source(&ends[i], pair->sides[i], pair->readers[i], look->arena, &sources[i], err) !=
            STATUS_OK) {
            return err_wrap(err, "%s side", names[i]);
        }
    }
    TRY(pair_columns(sources, look->options, look->arena, plans, look->out, err));
    for (int i = 0; i < 2; i++) {
        begin_side(&sides.items[i], &plans[i]);
    }
    return look_at(sides.items, look, err);
}

/* -- a table that one side alone has -----------------------------------------------------------------------
 */

static enum status
count_row(void *state, const struct rows_item *item, struct err *err)
{
    (void)item;
    (void)err;
    ++*(uint64_t *)state;
    return STATUS_OK;
}

static enum status
count_lonely(const struct compare_end ends[2], const struct table_pair *pair, struct arena *arena,
             struct compare_table *out, struct err *err)
{
    int side = pair->sides[0] != NULL ? 0 : 1;
    struct rows_source source;
    struct rows_plan plan;
    uint64_t *rows = side == 0 ? &out->left_rows : &out->right_rows;
    const struct rows_sink sink = {count_row, rows};
    TRY(open_source(&ends[side], pair->sides[side], pair->readers[side], arena, &source, err));
    TRY(rows_plan_alone(&source, NULL, 0, arena, &plan, err));
    TRY(rows_read(&plan, &sink, arena, NULL, err));
    *(side == 0 ? &out->missing : &out->extra) = *rows;
    out->verdict = VERDICT_DIFFERENT;
    return STATUS_OK;
}

/* -- looking again -----------------------------------------------------------------------------------------
 */

static void
end_transactions(const struct compare_end ends[2])
{
    for (int i = 0; i < 2; i++) {
        if (ends[i].conn != NULL) {
            conn_rollback(ends[i].conn);
        }
    }
}

static enum status
begin_transactions(const struct compare_end ends[2], struct err *err)
{
    static const char *const names[2] = {"left", "right"};
    for (int i = 0; i < 2; i++) {
        if (ends[i].conn != NULL && conn_begin(ends[i].conn, TXN_READ, err) != STATUS_OK) {
            return err_wrap(err, "%s side", names[i]);
        }
    }
    return STATUS_OK;
}

static bool
same_item(const struct sketch_item *a, const struct sketch_item *b)
{
    return a->key == b->key && a->count == b->count && hash128_eq(a->row, b->row);
}

/* Keys whose items are not what they were at the look before. Both lists are in the order of keys. `*all`:
 * keys. */
static uint64_t
count_moving(const struct sketch_items *before, const struct sketch_items *now, uint64_t *all)
{
    uint64_t moving = 0;
    *all = 0;
    size_t at = 0;
    for (size_t i = 0, n; i < now->n; i += n) {
        uint64_t key = now->items[i].key;
        for (n = 1; i + n < now->n && now->items[i + n].key == key; n++) {
        }
        while (at < before->n && before->items[at].key < key) {
            at++;
        }
        bool is_same = true;
        for (size_t j = 0; j < n && is_same; j++) {
            is_same = at + j < before->n && same_item(&before->items[at + j], &now->items[i + j]);
        }
        moving += is_same ? 0 : 1;
        ++*all;
    }
    return moving;
}

static bool
has_differences(const struct compare_table *table)
{
    return table->missing + table->extra + table->different > 0;
}

/* What is still different, and was so in the same way at the look before, is different. */
static enum status
look_again(const struct compare_end ends[2], const struct table_pair *pair, struct look *look,
           struct err *err)
{
    const struct compare_options *options = look->options;
    for (uint64_t i = 0; i < options->recheck && has_differences(look->out); i++) {
        const struct differences before = look->found;
        struct compare_names none = {0};
        end_transactions(ends);
        if (options->waits != NULL) {
            options->waits(options->state, look->out->table,
                           look->out->missing + look->out->extra + look->out->different);
        }
        clock_sleep_ms(options->grace_ms);
        TRY(begin_transactions(ends, err));
        look->out->notes = look->out->only_left = look->out->only_right = none;
        look->out->n_key = 0;
        TRY(look_at_pair(ends, pair, look, err));
        uint64_t keys = 0;
        look->out->unsettled =
            before.is_all && look->found.is_all ? count_moving(&before.items, &look->found.items, &keys) : 0;
        look->is_moving = look->out->unsettled == keys;
    }
    return STATUS_OK;
}

/* ----------------------------------------------------------------------------------------------------------
 */

static enum compare_verdict
verdict_of(const struct compare_table *table, bool is_moving)
{
    uint64_t n = table->missing + table->extra + table->different;
    if (table->only_left.n + table->only_right.n > 0) {
        return VERDICT_DIFFERENT;
    }
    return n == 0 ? VERDICT_SAME : table->unsettled > 0 && is_moving ? VERDICT_UNSETTLED : VERDICT_DIFFERENT;
}

static enum status
compare_pair(const struct compare_end ends[2], const struct table_pair *pair,
             const struct compare_options *options, struct arena *arena, struct compare_table *out,
             struct err *err)
{
    struct look look = {.options = options, .arena = arena, .out = out};
    *out = (struct compare_table){.table = pair->sides[0] != NULL ? pair->sides[0] : pair->sides[1],
                                  .left = pair->sides[0],
                                  .right = pair->sides[1]};
    if (pair->sides[0] == NULL || pair->sides[1] == NULL) {
        return count_lonely(ends, pair, arena, out, err);
    }
    TRY(look_at_pair(ends, pair, &look, err));
    TRY(look_again(ends, pair, &look, err));
    out->verdict = verdict_of(out, look.is_moving);
    return STATUS_OK;
}

static enum status
list_pairs(const struct compare_end ends[2], const struct compare_options *options, struct arena *arena,
           struct table_pairs *out, struct err *err)
{
    if (ends[0].query == NULL && ends[1].query == NULL) {
        return pair_tables(ends, &options->tables, arena, out, err);
    }
    if (ends[0].query == NULL || ends[1].query == NULL) {
        (void)err_raise(err, STATUS_USAGE, "one side is a query and the other is not");
        return err_hint(err, "give both: --left-query SQL --right-query SQL");
    }
    vec_push(arena, out, ((struct table_pair){{"query", "query"}, {NULL, NULL}}));
    return STATUS_OK;
}

static enum status
run(const struct compare_end ends[2], const struct compare_options *options, struct arena *arena,
    struct compare_result *out, struct err *err)
{
    struct table_pairs pairs = {0};
    TRY(begin_transactions(ends, err));
    TRY(list_pairs(ends, options, arena, &pairs, err));
    for (size_t i = 0; i < pairs.n; i++) {
        struct compare_table table;
        TRY(compare_pair(ends, &pairs.items[i], options, arena, &table, err));
        vec_push(arena, out, table);
        bool is_worse = table.verdict == VERDICT_DIFFERENT || out->verdict == VERDICT_SAME;
        out->verdict = is_worse ? table.verdict : out->verdict;
    }
    return STATUS_OK;
}

enum status
compare_run(const struct compare_end ends[2], const struct compare_options *options, struct arena *arena,
            struct compare_result *out, struct err *err)
{
    int64_t begin = clock_monotonic_us();
    *out = (struct compare_result){.verdict = VERDICT_SAME};
    enum status status = run(ends, options, arena, out, err);
    end_transactions(ends);
    out->us = clock_monotonic_us() - begin;
    return status;
}
