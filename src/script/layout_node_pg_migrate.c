#include "script/sections.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Prefixes are counters or milliseconds; one of 17 digits is a time, YYYYMMDDhhmmssmmm, and counts as its
 * milliseconds. */
static uint64_t
order_of(const struct migration *migration)
{
    uint64_t number = UINT64_MAX;
    const char *digits = migration->version;
    (void)parse_u64(span_of(digits), &number);
    if (strlen(digits) == 17) {
        char time[32];
        int64_t us = 0;
        (void)snprintf(time, sizeof(time), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s.%.3sZ", digits, digits + 4,
                       digits + 6, digits + 8, digits + 10, digits + 12, digits + 14);
        if (clock_parse(span_of(time), &us) && us >= 0) {
            number = (uint64_t)us / 1000;
        }
    }
    return number;
}

static int
compare(const void *a, const void *b)
{
    uint64_t left = order_of(a);
    uint64_t right = order_of(b);
    if (left != right) {
        return left < right ? -1 : 1;
    }
    return strcmp(((const struct migration *)a)->id, ((const struct migration *)b)->id);
}

static void
sort(struct migrations *migrations)
{
    if (migrations->n > 1) {
        qsort(migrations->items, migrations->n, sizeof(migrations->items[0]), compare);
    }
}

static const struct section_format format = {
    .claim = section_claim_numbered, .parse = parse, .sort = sort, .foreign = FOREIGN_STEM};

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
