#include "script/pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair_file {
    const char *file; /* as listed */
    struct pair_name is;
    const struct pair_format *format;
};

/* The files of one migration; a migration without an up script is an orphan until it finds one. */
struct pair {
    const struct pair_file *parts[PART_COUNT];
    const struct pair_file *beaten[PART_COUNT];
    struct span id;
    struct span number;
};

int
bytes_compare(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.ptr, b.ptr, len);
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

/* -- names
 * ---------------------------------------------------------------------------------------------------- */

bool
pair_cut_kind(struct span *stem, const char *separators, enum part_kind *kind, bool *is_odd)
{
    struct span rest = *stem;
    if (!span_cut_suffix(&rest, ".sql")) {
        return false;
    }
    for (int i = 0; i < PART_COUNT; i++) {
        struct span left = rest;
        if (span_cut_suffix(&left, part_kind_name((enum part_kind)i)) && left.len > 1 &&
            strchr(separators, left.ptr[left.len - 1]) != NULL) {
            *is_odd = left.ptr[left.len - 1] != '.';
            *kind = (enum part_kind)i;
            *stem = (struct span){left.ptr, left.len - 1};
            return true;
        }
    }
    return false;
}

const char *
pair_suggest(struct arena *arena, const char *base)
{
    size_t len = strlen(base) - strlen(".sql");
    size_t at = len;
    while (at > 0 && strchr("._- ", base[at - 1]) == NULL) {
        at--;
    }
    const char *word = arena_strndup(arena, base + at, len - at);
    for (int i = 0; at > 1 && i < PART_COUNT; i++) {
        const char *kind = part_kind_name((enum part_kind)i);
        size_t slips = strlen(kind) > 3 ? 2 : 1;
        if (edit_distance(word, kind) <= slips) {
            return arena_printf(arena, "%.*s.%s.sql", (int)(at - 1), base, kind);
        }
    }
    return base[0] >= '0' && base[0] <= '9' ? arena_printf(arena, "%.*s.up.sql", (int)len, base) : NULL;
}

/* -- pairing
 * -------------------------------------------------------------------------------------------------- */

static int
compare_files(const void *a, const void *b)
{
    const struct pair_file *left = *(const struct pair_file *const *)a;
    const struct pair_file *right = *(const struct pair_file *const *)b;
    int order = left->format->compare(left->is.number, right->is.number);
    if (order == 0 || left->format->id_is_version) {
        order = bytes_compare(left->is.id, right->is.id);
    }
    if (order == 0) {
        order = (int)left->is.kind - (int)right->is.kind;
    }
    if (order == 0) {
        order = (left->is.rank < right->is.rank) - (left->is.rank > right->is.rank);
    }
    return order != 0 ? order : strcmp(left->file, right->file);
}

static const char *
why(struct migrations *migrations, const struct pair_file *file, const struct pair_file *beaten,
    const struct pair *pair)
{
    if (bytes_compare(file->is.id, pair->id) != 0) {
        return "by its number; the names differ";
    }
    if (beaten != NULL) {
        return arena_printf(migrations->arena, "beats %s", beaten->file);
    }
    return file->is.rank > 0 ? "of this dialect" : "";
}

static void
set_part(struct migrations *migrations, struct migration *migration, const struct pair *pair,
         enum part_kind kind)
{
    const struct pair_file *file = pair->parts[kind];
    struct part *part = &migration->parts[kind];
    part_set_file(migrations, part, file->file, why(migrations, file, pair->beaten[kind], pair));
    part->transaction = !file->is.is_autocommit;
    if (file->is.is_odd) {
        migrations_note(migrations, FINDING_WARNING, "unclaimed-file", file->file, 0,
                        "taken as '%.*s.%s.sql', which is how it should be named", (int)file->is.id.len,
                        file->is.id.ptr, part_kind_name(kind));
    }
    if (bytes_compare(file->is.id, pair->id) != 0) {
        migrations_note(migrations, FINDING_WARNING, "names-differ", file->file, 0,
                        "taken as the %s of '%.*s' by its number: the names differ", part_kind_name(kind),
                        (int)pair->id.len, pair->id.ptr);
    }
}

static void
add_pair(struct migrations *migrations, const struct pair_format *format, const struct pair *pair,
         struct arena *scratch)
{
    struct arena_mark mark = arena_save(scratch);
    const struct pair_name *is = &pair->parts[PART_UP]->is;
    const char *id = arena_strndup(scratch, is->id.ptr, is->id.len);
    const char *number = arena_strndup(scratch, is->number.ptr, is->number.len);
    const char *name = arena_strndup(scratch, is->name.ptr, is->name.len);
    struct migration *migration = migrations_add(migrations, id, format->id_is_version ? id : number, name);
    const char *foreign = migration->version;
    while (!format->zeros_count && foreign[0] == '0' && foreign[1] != '\0') {
        foreign++;
    }
    migration->foreign_id = foreign;
    for (int kind = 0; kind < PART_COUNT; kind++) {
        if (pair->parts[kind] != NULL) {
            set_part(migrations, migration, pair, (enum part_kind)kind);
        }
    }
    arena_restore(scratch, mark);
}

static void
note_orphan(struct loader *loader, const struct pair *orphan, bool is_other)
{
    for (int kind = 0; kind < PART_COUNT; kind++) {
        const struct pair_file *file = orphan->parts[kind];
        if (file == NULL) {
            continue;
        }
        /* Its up script is written for other engines: nothing is missing here. */
        if (is_other) {
            migrations_note(loader->migrations, FINDING_NOTE, "other-dialect", file->file, 0,
                            "its up script is for other engines");
        } else {
            migrations_note(loader->migrations, FINDING_WARNING, "down-without-up", file->file, 0,
                            "there is no '%.*s.up.sql'", (int)orphan->id.len, orphan->id.ptr);
        }
    }
}

/* Of several up scripts on one number only those of the highest rank stay. */
static void
drop_beaten(struct loader *loader, struct pair *pairs, size_t n)
{
    const struct pair_file *best = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct pair_file *up = pairs[i].parts[PART_UP];
        if (up != NULL && (best == NULL || up->is.rank > best->is.rank)) {
            best = up;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const struct pair_file *up = pairs[i].parts[PART_UP];
        if (up != NULL && best != NULL && up->is.rank < best->is.rank) {
            migrations_note(loader->migrations, FINDING_WARNING, "names-differ", up->file, 0,
                            "left out: '%s' has the same number and is for this dialect", best->file);
            pairs[i].parts[PART_UP] = NULL;
        }
    }
}

/* Gives the parts of migrations without an up script to the only one on their number that lacks them. */
static void
adopt_orphans(struct loader *loader, const struct pair_format *format, struct pair *pairs, size_t n,
              bool is_other)
{
    struct pair *only = NULL;
    size_t n_ups = 0;
    for (size_t i = 0; i < n; i++) {
        if (pairs[i].parts[PART_UP] != NULL) {
            only = &pairs[i];
            n_ups++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (pairs[i].parts[PART_UP] != NULL) {
            continue;
        }
        for (int kind = 0; n_ups == 1 && format->by_number && kind < PART_COUNT; kind++) {
            if (only->parts[kind] == NULL) {
                only->parts[kind] = pairs[i].parts[kind];
                pairs[i].parts[kind] = NULL;
            }
        }
        note_orphan(loader, &pairs[i], is_other);
    }
}

/* files[from, to) lie on one number (or, where numbers do not pair, on one name). */
static void
add_run(struct loader *loader, const struct pair_format *format, const struct pair_file *const *files,
        size_t n)
{
    struct arena_mark mark = arena_save(loader->scratch);
    struct pair *pairs = arena_new_array(loader->scratch, struct pair, n);
    size_t n_pairs = 0;
    bool is_other = false;
    for (size_t i = 0; i < n; i++) {
        const struct pair_name *is = &files[i]->is;
        if (is->is_other) {
            is_other = is_other || is->kind == PART_UP;
            continue;
        }
        if (n_pairs == 0 || bytes_compare(pairs[n_pairs - 1].id, is->id) != 0) {
            pairs[n_pairs++] = (struct pair){.id = is->id, .number = is->number};
        }
        struct pair *pair = &pairs[n_pairs - 1];
        if (pair->parts[is->kind] == NULL) {
            pair->parts[is->kind] = files[i];
        } else if (pair->parts[is->kind]->is.rank == is->rank) {
            migrations_note(loader->migrations, FINDING_ERROR, "duplicate-id", files[i]->file, 0,
                            "the same script is there twice: also '%s'", pair->parts[is->kind]->file);
        } else if (pair->beaten[is->kind] == NULL) {
            pair->beaten[is->kind] = files[i];
        }
    }
    if (format->rank_beats_name) {
        drop_beaten(loader, pairs, n_pairs);
    }
    adopt_orphans(loader, format, pairs, n_pairs, is_other);
    for (size_t i = 0; i < n_pairs; i++) {
        if (pairs[i].parts[PART_UP] != NULL) {
            add_pair(loader->migrations, format, &pairs[i], loader->scratch);
        }
    }
    arena_restore(loader->scratch, mark);
}

static bool
same_run(const struct pair_format *format, const struct pair_file *a, const struct pair_file *b)
{
    return format->id_is_version ? bytes_compare(a->is.id, b->is.id) == 0
                                 : format->compare(a->is.number, b->is.number) == 0;
}

enum status
pairs_load(struct loader *loader, const struct pair_format *format, struct err *err)
{
    const struct pair_file **files =
        arena_new_array(loader->scratch, const struct pair_file *, loader->listing.n + 1);
    size_t n = 0;
    size_t n_other = 0;
    for (size_t i = 0; i < loader->listing.n; i++) {
        const struct io_entry *entry = &loader->listing.entries[i];
        struct pair_file file = {.file = entry->name, .format = format};
        if (!entry->is_dir && format->parse(loader->driver, span_of(base_name(entry->name)), &file.is)) {
            struct pair_file *kept = arena_new(loader->scratch, struct pair_file);
            *kept = file;
            loader->is_claimed[i] = true;
            n_other += file.is.is_other;
            files[n++] = kept;
        }
    }
    if (n > 1) {
        qsort(files, n, sizeof(files[0]), compare_files);
    }
    size_t from = 0;
    for (size_t i = 1; i <= n; i++) {
        if (i == n || !same_run(format, files[from], files[i])) {
            add_run(loader, format, files + from, i - from);
            from = i;
        }
    }
    if (n_other > 0) {
        migrations_note(loader->migrations, FINDING_NOTE, "other-dialect", loader->migrations->dir, 0,
                        "%zu files are for other engines", n_other);
    }
    loader_note_unclaimed(loader);
    return stop_check(err);
}
