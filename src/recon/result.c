#include "recon/result.h"

#include <stdlib.h>
#include <string.h>

const char *
discord_name(enum discord outcome)
{
    static const char *const names[] = {[DISCORD_MISSING] = "missing",
                                        [DISCORD_EXTRA] = "extra",
                                        [DISCORD_MISMATCH] = "mismatch",
                                        [DISCORD_DUPLICATE] = "duplicate"};
    return names[outcome];
}

void
result_init(struct result *result, const char *name, const char *kind)
{
    *result = (struct result){
        .name = name, .kind = kind, .about = "", .sha256 = "", .sides = {"", ""}, .max_samples = SAMPLE_MAX};
}

void
result_release(struct result *result)
{
    arena_release(&result->arena);
}

void
result_note(struct result *result, const char *text)
{
    for (size_t i = 0; i < result->n_notes; i++) {
        if (str_eq(result->notes[i], text)) {
            return;
        }
    }
    const char **notes = arena_new_array(&result->arena, const char *, result->n_notes + 1);
    if (result->n_notes > 0) {
        memcpy(notes, result->notes, result->n_notes * sizeof(*notes));
    }
    notes[result->n_notes++] = arena_strdup(&result->arena, text);
    result->notes = notes;
}

uint64_t
result_findings(const struct result *result)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT_OF(result->outcomes); i++) {
        sum += result->outcomes[i];
    }
    return sum;
}

bool
result_is_ok(const struct result *result)
{
    return result->err.status == STATUS_OK && result_findings(result) == result->preexisting;
}

struct hash128
finding_id(const char *check, enum discord outcome, struct span key_bytes)
{
    struct hash_state state;
    hash_begin(&state);
    hash_add(&state, span_of(check));
    hash_add(&state, SPAN("\0"));
    hash_add(&state, span_of(discord_name(outcome)));
    hash_add(&state, SPAN("\0"));
    hash_add(&state, key_bytes);
    return hash128_end(&state);
}

static struct result_sample *
sample_place(struct result *result, bool is_new)
{
    if (result->samples == NULL) {
        result->samples = arena_new_array(&result->arena, struct result_sample, result->max_samples + 1);
    }
    if (result->n_samples < result->max_samples) {
        return &result->samples[result->n_samples++];
    }
    for (size_t i = result->n_samples; is_new && i-- > 0;) {
        if (result->samples[i].is_late || result->samples[i].was_before) {
            return &result->samples[i];
        }
    }
    return NULL;
}

struct result_sample *
result_add(struct result *result, enum discord discord, uint64_t rows, bool *is_late, struct hash128 id,
           const struct finding_ids *before)
{
    bool was_before = !*is_late && before != NULL && finding_ids_have(before, id);
    *is_late = *is_late || (!was_before && result->seen != NULL && !finding_ids_have(result->seen, id));
    struct finding_ids *ids = *is_late ? &result->late_ids : &result->ids;
    if (*is_late) {
        result->late += rows;
    } else {
        result->outcomes[discord] += rows;
        result->preexisting += was_before ? rows : 0;
    }
    if (ids->n < FINDING_MAX) {
        vec_push(&result->arena, ids, id);
    }
    struct result_sample *sample = sample_place(result, !*is_late && !was_before);
    if (sample != NULL) {
        *sample = (struct result_sample){
            .outcome = discord, .is_late = *is_late, .was_before = was_before, .id = id};
    }
    return sample;
}

static int
compare_ids(const void *a, const void *b)
{
    const struct hash128 *left = a;
    const struct hash128 *right = b;
    if (left->high != right->high) {
        return left->high < right->high ? -1 : 1;
    }
    return left->low == right->low ? 0 : left->low < right->low ? -1 : 1;
}

bool
finding_ids_have(const struct finding_ids *ids, struct hash128 id)
{
    return ids->n > 0 && bsearch(&id, ids->items, ids->n, sizeof(id), compare_ids) != NULL;
}

void
finding_ids_sort(struct finding_ids *ids)
{
    if (ids->n > 0) {
        qsort(ids->items, ids->n, sizeof(*ids->items), compare_ids);
    }
}

static int
compare_samples(const void *a, const void *b)
{
    const struct result_sample *left = a;
    const struct result_sample *right = b;
    int left_place = 8 * left->is_late + 4 * left->was_before + (int)left->outcome;
    int right_place = 8 * right->is_late + 4 * right->was_before + (int)right->outcome;
    return left_place != right_place ? left_place - right_place : compare_ids(&left->id, &right->id);
}

void
result_settle(struct result *result)
{
    if (result->n_samples > 0) {
        qsort(result->samples, result->n_samples, sizeof(*result->samples), compare_samples);
    }
}
