#include "script/sections.h"

#include <string.h>

struct reader {
    struct sections *sections;
    bool no_transaction;
    bool substitutes;
};

static void
on_up(struct reader *reader, struct span line)
{
    struct sections *sections = reader->sections;
    if (sections->parts[PART_DOWN].is_present) {
        sections_error(sections, "bad-marker", sections->line, "the section Up stands behind Down");
        return;
    }
    sections_begin(sections, PART_UP, line);
}

static void
on_down(struct reader *reader, struct span line)
{
    struct sections *sections = reader->sections;
    if (!sections->parts[PART_UP].is_present || sections->in_region) {
        sections_error(sections, "bad-marker", sections->line, "the section Down %s",
                       sections->in_region ? "begins within a statement" : "stands before Up");
        return;
    }
    sections_begin(sections, PART_DOWN, line);
}

static void
on_statement_begin(struct reader *reader, struct span line)
{
    sections_begin_region(reader->sections, line);
}

static void
on_statement_end(struct reader *reader, struct span line)
{
    (void)line;
    sections_end_region(reader->sections);
}

static void
on_no_transaction(struct reader *reader, struct span line)
{
    (void)line;
    reader->no_transaction = true;
}

static void
on_envsub(struct reader *reader, struct span line)
{
    (void)line;
    reader->substitutes = true;
}

static void
on_envsub_off(struct reader *reader, struct span line)
{
    (void)line;
    reader->substitutes = false;
}

static const struct {
    const char *words;
    void (*on)(struct reader *reader, struct span line);
} annotations[] = {
    {"Up", on_up},
    {"Down", on_down},
    {"StatementBegin", on_statement_begin},
    {"StatementEnd", on_statement_end},
    {"NO TRANSACTION", on_no_transaction},
    {"ENVSUB ON", on_envsub},
    {"ENVSUB OFF", on_envsub_off},
};

/* "-- +goose WORDS": false when the line is no annotation. */
static bool
cut_annotation(struct span line, struct span *words)
{
    struct span rest = span_trim(line);
    if (!span_starts(rest, "--")) {
        return false;
    }
    rest = span_trim((struct span){rest.ptr + 2, rest.len - 2});
    if (!span_starts(rest, "+goose")) {
        return false;
    }
    *words = span_trim((struct span){rest.ptr + strlen("+goose"), rest.len - strlen("+goose")});
    while (span_ends(*words, "--")) {
        words->len -= 2;
        *words = span_trim(*words);
    }
    return true;
}

static void
read_annotation(struct reader *reader, struct span line, struct span words)
{
    struct sections *sections = reader->sections;
    const char *names[COUNT_OF(annotations)];
    if (line.ptr[0] != '-') {
        sections_error(sections, "bad-marker", sections->line, "an annotation must begin the line");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(annotations); i++) {
        names[i] = annotations[i].words;
        if (span_is_nocase(words, names[i])) {
            annotations[i].on(reader, words);
            return;
        }
    }
    const char *near =
        nearest_name(arena_strndup(sections->loader->scratch, words.ptr, words.len), names, COUNT_OF(names));
    sections_error(sections, "bad-marker", sections->line, "unknown annotation '%.*s'%s%s%s", (int)words.len,
                   words.ptr, near == NULL ? "" : " (did you mean '", near == NULL ? "" : near,
                   near == NULL ? "" : "'?)");
}

/* A variable that goose would fill in from its environment. */
static void
check_variables(struct sections *sections, struct span line)
{
    for (size_t i = 0; i + 1 < line.len; i++) {
        char next = line.ptr[i + 1];
        bool is_name = (next >= 'A' && next <= 'Z') || (next >= 'a' && next <= 'z') || next == '_';
        if (line.ptr[i] == '$' && (next == '{' || is_name)) {
            sections_error(sections, "cannot-import", sections->line,
                           "environment substitution (ENVSUB): '%.*s' has no value here",
                           (int)(line.len - i < 40 ? line.len - i : 40), line.ptr + i);
            return;
        }
    }
}

static void
parse(struct sections *sections)
{
    struct reader reader = {.sections = sections};
    struct span line;
    struct span words;
    while (sections_next_line(sections, &line)) {
        if (cut_annotation(line, &words)) {
            read_annotation(&reader, line, words);
            continue;
        }
        sections_check_outside(sections, line, FINDING_ERROR);
        if (reader.substitutes) {
            check_variables(sections, line);
        }
    }
    sections_end(sections);
    if (!sections->parts[PART_UP].is_present && !sections->has_error) {
        sections_error(sections, "bad-marker", 0, "there is no line '-- +goose Up'");
    }
    sections->parts[PART_UP].transaction = !reader.no_transaction;
    sections->parts[PART_DOWN].transaction = !reader.no_transaction;
}

/* Numbers from 1 up, to the first underscore. */
static bool
claim(struct span base, struct span *number, struct span *name)
{
    return section_claim_numbered(base, number, name) && name->ptr > number->ptr + number->len &&
           name->ptr[-1] == '_';
}

static const struct section_format format = {.claim = claim, .parse = parse, .sort = migrations_sort};

static enum status
load(struct loader *loader, struct err *err)
{
    return sections_load(loader, &format, err);
}

static int
detect(const struct survey *survey)
{
    return (survey->marks & MARK_GOOSE) != 0 ? 97 : 0;
}

const struct layout layout_goose = {
    .name = "goose",
    .title = "goose (NNNNN_name.sql with '-- +goose Up' and '-- +goose Down')",
    .detect = detect,
    .load = load,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_ERROR,
};
