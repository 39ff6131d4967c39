#include "recon/fk_findings.h"

#include "base/buf.h"

static struct hash128
id_of(const struct fk_sample *orphan, size_t n, const char *name)
{
    BUF_SCOPED key = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&key, "%d:%zu:", (int)orphan->key[i].kind, orphan->key[i].bytes.len);
        buf_span(&key, orphan->key[i].bytes);
    }
    return finding_id(name, DISCORD_MISSING, buf_view(&key));
}

void
fk_findings(const struct fk_result *found, bool shows_values, const struct finding_ids *before,
            struct result *out)
{
    const struct fk *fk = found->fk;
    int64_t rest = found->orphans;
    out->matched = (uint64_t)(found->checked - found->orphans);
    for (size_t i = 0; i < found->n_sample; i++) {
        const struct fk_sample *orphan = &found->sample[i];
        bool is_late = false;
        struct result_sample *sample = result_add(out, DISCORD_MISSING, (uint64_t)orphan->rows, &is_late,
                                                  id_of(orphan, fk->n_columns, out->name), before);
        rest -= orphan->rows;
        if (sample == NULL || !shows_values) {
            continue;
        }
        sample->key = (struct shown_row){arena_new_array(&out->arena, struct shown_value, fk->n_columns + 1),
                                         fk->n_columns};
        for (size_t k = 0; k < fk->n_columns; k++) {
            const struct value *value = &orphan->key[k];
            sample->key.values[k] =
                (struct shown_value){arena_strdup(&out->arena, fk->child.columns[k]),
                                     value_is_null(value) ? NULL : value_to_str(value, &out->arena)};
        }
    }
    out->outcomes[DISCORD_MISSING] += rest > 0 ? (uint64_t)rest : 0;
}
