#include "script/pairs.h"

#include <string.h>

/* NUMBER_name[.dialect][.autocommit].up.sql: the file of our dialect beats the generic one, direction by
 * direction. Numbers compare as text. */
static bool
parse(const struct driver *driver, struct span base, struct pair_name *out)
{
    *out = (struct pair_name){.id = base};
    if (!pair_cut_kind(&out->id, ".", &out->kind, &out->is_odd) || out->kind > PART_DOWN) {
        return false;
    }
    out->is_autocommit = span_cut_suffix(&out->id, ".autocommit");
    out->name = out->id;
    out->number = span_cut_digits(&out->name);
    if (out->number.len == 0 || out->name.len < 2 || out->name.ptr[0] != '_') {
        return false;
    }
    out->name = (struct span){out->name.ptr + 1, out->name.len - 1};
    const char *dot = memchr(out->name.ptr, '.', out->name.len);
    if (dot == NULL) {
        return true;
    }
    struct span dialect = {dot + 1, (size_t)(out->id.ptr + out->id.len - dot) - 1};
    out->name.len = (size_t)(dot - out->name.ptr);
    out->id.len = (size_t)(dot - out->id.ptr);
    bool is_ours = driver != NULL && driver_is_named(driver, dialect);
    out->is_other = !is_ours;
    out->rank = !is_ours ? 0 : span_is(dialect, driver->name) ? 2 : 1;
    return is_ours || is_dialect(dialect);
}

static const struct pair_format format = {.parse = parse,
                                          .compare = bytes_compare,
                                          .by_number = true,
                                          .rank_beats_name = true,
                                          .zeros_count = true};

static enum status
load(struct loader *loader, struct err *err)
{
    loader_descend(loader);
    return pairs_load(loader, &format, err);
}

static int
detect(const struct survey *survey)
{
    return survey->n_dialects > 0 ? 85 : 0;
}

/* Its files are templates: what stands in double braces is filled in at run time. */
static void
scan(struct migrations *migrations, const char *file, struct span text)
{
    struct span line;
    for (size_t n = 1; span_next_line(&text, &line); n++) {
        for (size_t i = 0; i + 1 < line.len; i++) {
            if (line.ptr[i] == '{' && line.ptr[i + 1] == '{') {
                migrations_note(migrations, FINDING_ERROR, "cannot-import", file, n,
                                "a template: what '{{' begins is filled in by popx at run time");
                return;
            }
        }
    }
}

const struct layout layout_popx = {
    .name = "popx",
    .title = "popx (NUMBER_name[.dialect][.autocommit].up.sql / .down.sql)",
    .detect = detect,
    .load = load,
    .scan = scan,
    .suggest = pair_suggest,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_ERROR,
};
