#include "recon/invariant.h"

#include "base/io.h"
#include "recon/canon_view.h"
#include "recon/columns.h"
#include "recon/match.h"
#include "recon/tolerance.h"

enum status
invariant_init(struct invariant *invariant, const struct check *check, const struct rows_source *source,
               struct arena *arena, struct err *err)
{
    *invariant = (struct invariant){.check = check, .n_agree = check->agree.n};
    for (size_t i = 0; i < check->key.n; i++) {
        size_t at;
        TRY(columns_find(check, 0, source, check->key.items[i], &at, err));
    }
    TRY(rows_plan_alone(source, check->key.items, check->key.n, arena, &invariant->plan, err));
    struct rows_plan *plan = &invariant->plan;
    invariant->agree = arena_new_array(arena, size_t, check->agree.n + 1);
    invariant->names = arena_new_array(arena, const char *, plan->n + 1);
    for (size_t i = 0; i < plan->n; i++) {
        invariant->names[i] = source->columns[plan->columns[i]].name;
    }
    for (size_t i = 0; i < check->agree.n; i++) {
        size_t at;
        TRY(columns_find(check, 0, source, check->agree.items[i], &at, err));
        TRY(columns_check_sum(check, 0, &source->columns[at], err));
        for (size_t k = 0; k < plan->n; k++) {
            if (plan->columns[k] == at) {
                invariant->agree[i] = k;
                plan->kinds[k] = source->columns[at].kind == CANON_ANY ? CANON_ANY : CANON_NUMBER;
            }
        }
    }
    return STATUS_OK;
}

struct judge {
    const struct invariant *invariant;
    struct result *result;
    struct span *cells;
};

/* False: the columns do not agree. */
static enum status
agrees(const struct judge *judge, bool *out, struct err *err)
{
    const struct invariant *invariant = judge->invariant;
    *out = invariant->n_agree > 0;
    for (size_t i = 0; i < invariant->n_agree; i++) {
        struct span cell = judge->cells[invariant->agree[i]];
        TRY(columns_check_exact(invariant->check, 0, invariant->names[invariant->agree[i]], cell, err));
        const struct column_rule *rule = check_rule(invariant->check, invariant->check->agree.items[i]);
        *out = *out && tolerance_same(rule, judge->cells[invariant->agree[0]], cell);
    }
    return STATUS_OK;
}

static void
fill(const struct judge *judge, struct result_sample *sample)
{
    const struct invariant *invariant = judge->invariant;
    struct arena *arena = &judge->result->arena;
    size_t n = invariant->plan.n;
    if (!invariant->shows_values) {
        return;
    }
    sample->key = (struct shown_row){arena_new_array(arena, struct shown_value, n + 1), n};
    for (size_t i = 0; i < n; i++) {
        sample->key.values[i] = (struct shown_value){arena_strdup(arena, invariant->names[i]),
                                                     canon_shown(judge->cells[i], arena)};
    }
}

static enum status
take(void *state, const struct rows_item *item, struct err *err)
{
    struct judge *judge = state;
    const struct invariant *invariant = judge->invariant;
    struct span rest = {item->bytes.ptr + 1, item->bytes.len - 1};
    bool is_fine;
    TRY(stop_check(err));
    for (size_t i = 0; i < invariant->plan.n; i++) {
        if (!canon_next(&rest, &judge->cells[i])) {
            return err_raise(err, STATUS_BUG, "a row of check '%s' is torn", invariant->check->name);
        }
    }
    TRY(agrees(judge, &is_fine, err));
    if (is_fine) {
        judge->result->matched++;
        return STATUS_OK;
    }
    struct hash128 id = finding_id(invariant->check->name, DISCORD_MISMATCH, item->key_bytes);
    bool is_late = false;
    struct result_sample *sample =
        result_add(judge->result, DISCORD_MISMATCH, 1, &is_late, id, invariant->before);
    if (sample != NULL) {
        fill(judge, sample);
    }
    return STATUS_OK;
}

enum status
invariant_judge(struct invariant *invariant, struct arena *arena, struct result *out, struct err *err)
{
    struct judge judge = {invariant, out, arena_new_array(arena, struct span, invariant->plan.n + 1)};
    struct rows_sink sink = {take, &judge};
    return rows_read(&invariant->plan, &sink, arena, NULL, err);
}
