#include "script/pairs.h"

/* NAME.up.sql / NAME.down.sql in the order of the whole names, however many share a number. Tools of this
 * kind let any character stand for the dot, so "NAME_up.sql" is claimed, with a finding. */
static bool
parse(const struct driver *driver, struct span base, struct pair_name *out)
{
    (void)driver;
    *out = (struct pair_name){.id = base};
    if (!pair_cut_kind(&out->id, "._-", &out->kind, &out->is_odd)) {
        return false;
    }
    out->name = out->id;
    out->number = span_cut_digits(&out->name);
    if (out->number.len > 0 && out->name.len > 1 && (out->name.ptr[0] == '_' || out->name.ptr[0] == '-')) {
        out->name = (struct span){out->name.ptr + 1, out->name.len - 1};
    } else {
        out->name = out->id;
    }
    return true;
}

static const struct pair_format format = {
    .parse = parse, .compare = bytes_compare, .id_is_version = true, .zeros_count = true};

static enum status
load(struct loader *loader, struct err *err)
{
    return pairs_load(loader, &format, err);
}

/* Names rather than numbers: most have no number, or one in twenty shares it with another. Two branches that
 * took the same number once do not make it so. */
static int
detect(const struct survey *survey)
{
    bool by_name = survey->n_ups - survey->n_numbered > survey->n_numbered;
    bool shares = survey->n_shared >= 5 && survey->n_shared >= survey->n_numbered / 20;
    return by_name || shares ? 80 : 0;
}

const struct layout layout_whole_name = {
    .name = "whole-name",
    .title = "whole-name (NAME.up.sql / NAME.down.sql in order of the name)",
    .detect = detect,
    .load = load,
    .suggest = pair_suggest,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_WARNING,
};
