#include "script/sections.h"

#include "driver/conn.h"

#include <stdio.h>
#include <string.h>

bool
section_claim_numbered(struct span base, struct span *number, struct span *name)
{
    if (!span_cut_suffix(&base, ".sql")) {
        return false;
    }
    *name = base;
    *number = span_cut_digits(name);
    if (name->len > 0 && (name->ptr[0] == '_' || name->ptr[0] == '-')) {
        *name = (struct span){name->ptr + 1, name->len - 1};
    }
    return number->len > 0;
}

bool
sections_next_line(struct sections *sections, struct span *line)
{
    size_t next = sections->line == 0 ? 0 : sections->at;
    if (sections->line > 0) {
        const char *end = memchr(sections->text.ptr + next, '\n', sections->text.len - next);
        if (end == NULL) {
            return false;
        }
        next = (size_t)(end - sections->text.ptr) + 1;
    }
    if (next >= sections->text.len) {
        return false;
    }
    struct span rest = {sections->text.ptr + next, sections->text.len - next};
    sections->at = next;
    sections->line++;
    return span_next_line(&rest, line);
}

void
sections_error(struct sections *sections, const char *rule, size_t line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = arena_vprintf(sections->loader->scratch, fmt, args);
    va_end(args);
    migrations_note(sections->loader->migrations, FINDING_ERROR, rule, sections->file, line, "%s", text);
    sections->has_error = true;
}

/* The offset behind the present line and its end. */
static size_t
behind(const struct sections *sections)
{
    const char *end = memchr(sections->text.ptr + sections->at, '\n', sections->text.len - sections->at);
    return end == NULL ? sections->text.len : (size_t)(end - sections->text.ptr) + 1;
}

static void
close_section(struct sections *sections, size_t at)
{
    if (sections->open != NULL) {
        sections->open->len = at - sections->open->at;
        sections->open = NULL;
    }
}

void
sections_begin(struct sections *sections, enum part_kind kind, struct span line)
{
    struct part *part = &sections->parts[kind];
    close_section(sections, sections->at);
    if (part->is_present) {
        sections_error(sections, "bad-marker", sections->line,
                       "a second section '%.*s': make the file two migrations", (int)line.len, line.ptr);
        return;
    }
    part->is_present = true;
    part->at = behind(sections);
    part->line = sections->line + 1;
    sections->open = part;
}

void
sections_end(struct sections *sections)
{
    close_section(sections, sections->text.len);
    if (sections->in_region) {
        sections_error(sections, "bad-marker", sections->region_line,
                       "StatementBegin without its StatementEnd");
    }
}

void
sections_check_outside(struct sections *sections, struct span line, enum finding_severity severity)
{
    struct span text = span_trim(line);
    if (sections->open != NULL || sections->has_error || sections->has_outside) {
        return;
    }
    if (sections->line == 1 && span_starts(text, "\xef\xbb\xbf")) {
        text = (struct span){text.ptr + 3, text.len - 3};
    }
    if (text.len > 0 && !span_starts(text, "--")) {
        migrations_note(sections->loader->migrations, severity, "bad-marker", sections->file, sections->line,
                        "text before the first section belongs to neither direction");
        sections->has_outside = true;
    }
}

void
sections_begin_region(struct sections *sections, struct span line)
{
    if (sections->open == NULL || sections->in_region) {
        sections_error(sections, "bad-marker", sections->line, "%.*s does not belong here", (int)line.len,
                       line.ptr);
        return;
    }
    sections->in_region = true;
    sections->region_at = behind(sections);
    sections->region_line = sections->line;
}

/* What stands between the markers goes to the server as one text there; here the engine's own rules split it.
 */
void
sections_end_region(struct sections *sections)
{
    struct loader *loader = sections->loader;
    if (!sections->in_region) {
        sections_error(sections, "bad-marker", sections->line, "StatementEnd without its StatementBegin");
        return;
    }
    sections->in_region = false;
    struct span region = {sections->text.ptr + sections->region_at, sections->at - sections->region_at};
    struct pieces pieces = {0};
    struct err err;
    if (loader->driver == NULL) {
        return;
    }
    struct arena_mark mark = arena_save(loader->scratch);
    if (driver_split(loader->driver, NULL, region, loader->scratch, &pieces, &err) != STATUS_OK) {
        migrations_note(loader->migrations, FINDING_WARNING, "statement-region", sections->file,
                        sections->region_line, "the marked statement does not end by itself: %s", err.msg);
    } else if (pieces.n_statements > 1) {
        migrations_note(
            loader->migrations, FINDING_NOTE, "statement-region", sections->file, sections->region_line,
            "marked as one statement, but it is %zu: they are run one by one", pieces.n_statements);
    }
    arena_restore(loader->scratch, mark);
}

/* -- files
 * ---------------------------------------------------------------------------------------------------- */

static const char *
foreign_id(struct migrations *migrations, const struct section_format *format, const char *base,
           const struct migration *migration)
{
    const char *id = migration->version;
    switch (format->foreign) {
    case FOREIGN_FILE:
        return arena_strdup(migrations->arena, base);
    case FOREIGN_STEM:
        return migration->id;
    case FOREIGN_TEXT:
        return id;
    case FOREIGN_NUMBER:
        break;
    }
    while (id[0] == '0' && id[1] != '\0') {
        id++;
    }
    return id;
}

static void
add_file(struct loader *loader, const struct section_format *format, const char *file, struct span number,
         struct span name)
{
    struct migrations *migrations = loader->migrations;
    struct arena *scratch = loader->scratch;
    const char *base = base_name(file);
    const char *id = arena_strndup(scratch, base, strlen(base) - strlen(".sql"));
    const char *version = number.len == 0 ? id : arena_strndup(scratch, number.ptr, number.len);
    struct migration *migration =
        migrations_add(migrations, id, version, arena_strndup(scratch, name.ptr, name.len));
    migration->foreign_id = foreign_id(migrations, format, base, migration);
    struct sections sections = {.loader = loader, .file = file};
    for (int kind = 0; kind < PART_COUNT; kind++) {
        sections.parts[kind] = migration->parts[kind];
    }
    if (loader_read(loader, file, &sections.text)) {
        format->parse(&sections);
    }
    const char *kept = arena_strdup(migrations->arena, file);
    for (int kind = 0; kind < PART_COUNT; kind++) {
        migration->parts[kind] = sections.parts[kind];
        if (sections.parts[kind].is_present || kind == PART_UP) {
            migration->parts[kind].file = kept;
        }
    }
}

enum status
sections_load(struct loader *loader, const struct section_format *format, struct err *err)
{
    for (size_t i = 0; i < loader->listing.n; i++) {
        const struct io_entry *entry = &loader->listing.entries[i];
        struct span number;
        struct span name;
        TRY(stop_check(err));
        if (entry->is_dir || !format->claim(span_of(base_name(entry->name)), &number, &name)) {
            continue;
        }
        loader->is_claimed[i] = true;
        struct arena_mark mark = arena_save(loader->scratch);
        add_file(loader, format, entry->name, number, name);
        arena_restore(loader->scratch, mark);
    }
    format->sort(loader->migrations);
    loader_note_unclaimed(loader);
    return STATUS_OK;
}
