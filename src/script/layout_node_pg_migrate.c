#include "script/sections.h"

/* "-- Up Migration" or "-- Down Migration", with any dashes and case. */
static bool
is_marker(struct span line, const char *direction)
{
    struct span word;
    line = span_trim(line);
    if (!span_starts(line, "--")) {
        return false;
    }
    while (line.len > 0 && (line.ptr[0] == '-' || line.ptr[0] == ' ' || line.ptr[0] == '\t')) {
        line = (struct span){line.ptr + 1, line.len - 1};
    }
    return span_next_word(&line, &word) && span_is_nocase(word, direction) && span_next_word(&line, &word) &&
           span_starts_nocase(word, "migration");
}

/* The markers come in any order; without one everything is up. */
static void
parse(struct sections *sections)
{
    struct span line;
    size_t down_line = 0;
    while (sections_next_line(sections, &line)) {
        if (is_marker(line, "up")) {
            sections_begin(sections, PART_UP, line);
        } else if (is_marker(line, "down")) {
            sections_begin(sections, PART_DOWN, line);
            down_line = sections->line;
        }
    }
    sections_end(sections);
    struct part *up = &sections->parts[PART_UP];
    if (!up->is_present && down_line > 0) {
        sections_error(sections, "bad-marker", down_line,
                       "Down Migration without Up Migration: node-pg-migrate runs the whole file as up");
    } else if (!up->is_present) {
        up->is_present = true;
        up->len = sections->text.len;
        up->line = 1;
    }
}

static const struct section_format format = {
    .claim = section_claim_numbered, .parse = parse, .sort = migrations_sort, .foreign = FOREIGN_STEM};

static enum status
load(struct loader *loader, struct err *err)
{
    return sections_load(loader, &format, err);
}

static int
detect(const struct survey *survey)
{
    return (survey->marks & MARK_NODE_PG) != 0 ? 94 : 0;
}

const struct layout layout_node_pg_migrate = {
    .name = "node-pg-migrate",
    .title = "node-pg-migrate (NUMBER_name.sql with '-- Up Migration' and '-- Down Migration')",
    .detect = detect,
    .load = load,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_ERROR,
};
