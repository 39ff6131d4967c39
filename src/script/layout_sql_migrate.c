#include "script/sections.h"

#include <stdlib.h>
#include <string.h>

static void
read_command(struct sections *sections, struct span words, struct span line)
{
    struct span command = {"", 0};
    struct span word;
    (void)span_next_word(&words, &command);
    if (span_is(command, "StatementBegin")) {
        sections_begin_region(sections, command);
        return;
    }
    if (span_is(command, "StatementEnd")) {
        sections_end_region(sections);
        return;
    }
    if (!span_is(command, "Up") && !span_is(command, "Down")) {
        sections_error(sections, "bad-marker", sections->line, "unknown command '%.*s'", (int)command.len,
                       command.ptr);
        return;
    }
    enum part_kind kind = span_is(command, "Up") ? PART_UP : PART_DOWN;
    sections_begin(sections, kind, line);
    while (span_next_word(&words, &word)) {
        if (span_is(word, "notransaction")) {
            sections->parts[kind].transaction = false;
        } else {
            migrations_note(sections->loader->migrations, FINDING_WARNING, "bad-marker", sections->file,
                            sections->line, "unknown option '%.*s'", (int)word.len, word.ptr);
        }
    }
}

static void
parse(struct sections *sections)
{
    static const char prefix[] = "-- +migrate ";
    struct span line;
    while (sections_next_line(sections, &line)) {
        if (span_starts(line, prefix)) {
            struct span words = {line.ptr + sizeof(prefix) - 1, line.len - sizeof(prefix) + 1};
            read_command(sections, words, line);
        } else {
            sections_check_outside(sections, line, FINDING_WARNING);
        }
    }
    sections_end(sections);
    if (!sections->parts[PART_UP].is_present && !sections->has_error) {
        sections_error(sections, "bad-marker", 0, "there is no line '-- +migrate Up'");
    }
}

/* Every .sql file; numbers are usual, not needed. */
static bool
claim(struct span base, struct span *number, struct span *name)
{
    if (section_claim_numbered(base, number, name)) {
        return true;
    }
    *name = base;
    return span_cut_suffix(name, ".sql") && name->len > 0;
}

/* Numbered ones first, by value; the others behind them, by name. */
static int
compare(const void *a, const void *b)
{
    const struct migration *left = a;
    const struct migration *right = b;
    struct span left_rest = span_of(left->id);
    struct span right_rest = span_of(right->id);
    struct span left_number = span_cut_digits(&left_rest);
    struct span right_number = span_cut_digits(&right_rest);
    int order = (left_number.len == 0) - (right_number.len == 0);
    order = order == 0 ? digits_compare(left_number, right_number) : order;
    return order == 0 ? strcmp(left->id, right->id) : order;
}

static void
sort(struct migrations *migrations)
{
    if (migrations->n > 1) {
        qsort(migrations->items, migrations->n, sizeof(migrations->items[0]), compare);
    }
}

static const struct section_format format = {
    .claim = claim, .parse = parse, .sort = sort, .foreign = FOREIGN_FILE};

static enum status
load(struct loader *loader, struct err *err)
{
    return sections_load(loader, &format, err);
}

static int
detect(const struct survey *survey)
{
    return (survey->marks & MARK_SQL_MIGRATE) != 0 ? 95 : 0;
}

const struct layout layout_sql_migrate = {
    .name = "sql-migrate",
    .title = "sql-migrate (name.sql with '-- +migrate Up' and '-- +migrate Down')",
    .detect = detect,
    .load = load,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_WARNING,
};
