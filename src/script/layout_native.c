#include "script/pairs.h"

/* NNNN_name.up.sql, .down.sql and, of our own, .verify.sql and .compensate.sql. Numbers count by value. */
static bool
parse(const struct driver *driver, struct span base, struct pair_name *out)
{
    (void)driver;
    *out = (struct pair_name){.id = base};
    if (!pair_cut_kind(&out->id, ".", &out->kind, &out->is_odd)) {
        return false;
    }
    out->name = out->id;
    out->number = span_cut_digits(&out->name);
    if (out->number.len == 0 || out->name.len == 0 || out->name.ptr[0] != '_') {
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

/* Ours when something of ours is used in it, and when there is nothing yet. */
static int
detect_native(const struct survey *survey)
{
    if (survey->n_numbered > 0 && (survey->n_extras > 0 || (survey->marks & MARK_ROLLCALL) != 0)) {
        return 82;
    }
    return 1;
}

static int
detect_golang_migrate(const struct survey *survey)
{
    return survey->n_numbered > 0 ? 70 : 0;
}

const struct layout layout_native = {
    .name = "native",
    .title = "native (NNNN_name.up.sql, .down.sql, .verify.sql, .compensate.sql)",
    .detect = detect_native,
    .load = load,
    .suggest = pair_suggest,
    .unclaimed = FINDING_ERROR,
    .unclaimed_program = FINDING_ERROR,
};

const struct layout layout_golang_migrate = {
    .name = "golang-migrate",
    .title = "golang-migrate (NNN_name.up.sql / .down.sql)",
    .detect = detect_golang_migrate,
    .load = load,
    .suggest = pair_suggest,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_WARNING,
};
