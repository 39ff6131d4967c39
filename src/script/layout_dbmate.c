#include "script/sections.h"

#include <string.h>

/* "-- migrate:up transaction:false": the options belong to this direction. */
static void
read_marker(struct sections *sections, enum part_kind kind, struct span options, struct span line)
{
    struct span word;
    if (kind == PART_DOWN && !sections->parts[PART_UP].is_present) {
        sections_error(sections, "bad-marker", sections->line, "the section down stands before up");
        return;
    }
    sections_begin(sections, kind, line);
    while (span_next_word(&options, &word)) {
        if (span_is(word, "transaction:false")) {
            sections->parts[kind].transaction = false;
        } else if (!span_is(word, "transaction:true")) {
            migrations_note(sections->loader->migrations, FINDING_WARNING, "bad-marker", sections->file,
                            sections->line, "unknown option '%.*s'", (int)word.len, word.ptr);
        }
    }
}

/* Cuts "-- migrate:up" off; a longer word is no marker. */
static bool
cut_marker(struct span *rest, const char *word)
{
    struct span text = *rest;
    if (!span_starts(text, "--")) {
        return false;
    }
    text = span_trim((struct span){text.ptr + 2, text.len - 2});
    size_t len = strlen(word);
    if (!span_starts(text, word) || (text.len > len && text.ptr[len] != ' ' && text.ptr[len] != '\t')) {
        return false;
    }
    *rest = (struct span){text.ptr + len, text.len - len};
    return true;
}

static void
parse(struct sections *sections)
{
    struct span line;
    while (sections_next_line(sections, &line)) {
        struct span rest = line;
        if (cut_marker(&rest, "migrate:up")) {
            read_marker(sections, PART_UP, rest, line);
        } else if (cut_marker(&rest, "migrate:down")) {
            read_marker(sections, PART_DOWN, rest, line);
        } else {
            sections_check_outside(sections, line, FINDING_ERROR);
        }
    }
    sections_end(sections);
    if (!sections->parts[PART_UP].is_present && !sections->has_error) {
        sections_error(sections, "bad-marker", 0, "there is no line '-- migrate:up'");
    }
}

static const struct section_format format = {
    .claim = section_claim_numbered, .parse = parse, .sort = migrations_sort_by_id, .foreign = FOREIGN_TEXT};

static enum status
load(struct loader *loader, struct err *err)
{
    return sections_load(loader, &format, err);
}

static int
detect(const struct survey *survey)
{
    return (survey->marks & MARK_DBMATE) != 0 ? 96 : 0;
}

const struct layout layout_dbmate = {
    .name = "dbmate",
    .title = "dbmate (NUMBER_name.sql with '-- migrate:up' and '-- migrate:down')",
    .detect = detect,
    .load = load,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_WARNING,
};
