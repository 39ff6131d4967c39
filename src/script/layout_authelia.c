#include "script/pairs.h"

/* V0001.Name.up.sql / .down.sql; the name holds no dot. */
static bool
parse(const struct driver *driver, struct span base, struct pair_name *out)
{
    (void)driver;
    *out = (struct pair_name){.id = base};
    if (!pair_cut_kind(&out->id, ".", &out->kind, &out->is_odd) || !span_starts(out->id, "V")) {
        return false;
    }
    out->name = (struct span){out->id.ptr + 1, out->id.len - 1};
    out->number = span_cut_digits(&out->name);
    if (out->number.len == 0 || out->name.len < 2 || out->name.ptr[0] != '.') {
        return false;
    }
    out->name = (struct span){out->name.ptr + 1, out->name.len - 1};
    return true;
}

static const struct pair_format format = {.parse = parse, .compare = digits_compare, .by_number = true};

static enum status
load(struct loader *loader, struct err *err)
{
    return pairs_load(loader, &format, err);
}

static int
detect(const struct survey *survey)
{
    return survey->n_dotted > 0 ? 90 : 0;
}

const struct layout layout_authelia = {
    .name = "authelia",
    .title = "authelia (VNNNN.Name.up.sql / .down.sql)",
    .detect = detect,
    .load = load,
    .suggest = pair_suggest,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_WARNING,
};
