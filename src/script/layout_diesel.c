#include "script/layout.h"

#include <string.h>

/* A folder's version: what stands before the first underscore, without hyphens. They compare as text. */
static const char *
version_of(struct arena *arena, const char *base)
{
    size_t len = strcspn(base, "_");
    char *version = arena_alloc(arena, len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (base[i] != '-') {
            version[n++] = base[i];
        }
    }
    return version;
}

/* metadata.toml knows one key. A file without it means false, which is not what its absence means. */
static bool
wants_transaction(struct loader *loader, const char *file)
{
    struct span rest;
    struct span line;
    if (!loader_read(loader, file, &rest)) {
        return true;
    }
    for (size_t n = 1; span_next_line(&rest, &line); n++) {
        line = span_trim(line);
        if (!span_starts(line, "run_in_transaction")) {
            continue;
        }
        const char *equals = memchr(line.ptr, '=', line.len);
        struct span value = {equals, equals == NULL ? 0 : (size_t)(line.ptr + line.len - equals)};
        const char *comment = value.len == 0 ? NULL : memchr(value.ptr, '#', value.len);
        value.len = comment == NULL ? value.len : (size_t)(comment - value.ptr);
        value = value.len == 0 ? value : span_trim((struct span){value.ptr + 1, value.len - 1});
        if (span_is(value, "true") || span_is(value, "false")) {
            return span_is(value, "true");
        }
        migrations_note(loader->migrations, FINDING_ERROR, "bad-config", file, n,
                        "run_in_transaction is neither true nor false");
        return true;
    }
    migrations_note(loader->migrations, FINDING_WARNING, "bad-config", file, 0,
                    "without run_in_transaction, which diesel takes for false");
    return false;
}

struct folder_files {
    bool has_up;
    bool has_down;
    const char *metadata;
};

static void
look_into(struct loader *loader, const char *folder, struct folder_files *out)
{
    struct io_listing listing = loader_list(loader, folder);
    *out = (struct folder_files){0};
    for (size_t i = 0; i < listing.n; i++) {
        const char *base = base_name(listing.entries[i].name);
        if (str_eq(base, "up.sql")) {
            out->has_up = true;
        } else if (str_eq(base, "down.sql")) {
            out->has_down = true;
        } else if (str_eq(base, "metadata.toml")) {
            out->metadata = listing.entries[i].name;
        } else if (!listing.entries[i].is_dir) {
            loader_note_stray(loader, listing.entries[i].name);
        }
    }
}

static void
add_folder(struct loader *loader, const char *folder)
{
    struct migrations *migrations = loader->migrations;
    const char *base = base_name(folder);
    struct folder_files files;
    look_into(loader, folder, &files);
    if (!files.has_up) {
        if (files.has_down || (base[0] >= '0' && base[0] <= '9')) {
            migrations_note(migrations, FINDING_ERROR, "unclaimed-file", folder, 0,
                            "a migration's folder without an up.sql");
        }
        return;
    }
    const char *underscore = strchr(base, '_');
    struct migration *migration = migrations_add(migrations, base, version_of(loader->scratch, base),
                                                 underscore == NULL ? "" : underscore + 1);
    migration->foreign_id = migration->version;
    bool transaction = files.metadata == NULL || wants_transaction(loader, files.metadata);
    for (int kind = PART_UP; kind <= PART_DOWN; kind++) {
        if (kind == PART_UP ? files.has_up : files.has_down) {
            part_set_file(
                migrations, &migration->parts[kind],
                arena_printf(loader->scratch, "%s/%s.sql", folder, part_kind_name((enum part_kind)kind)), "");
        }
        migration->parts[kind].transaction = transaction;
    }
}

static enum status
load(struct loader *loader, struct err *err)
{
    for (size_t i = 0; i < loader->listing.n; i++) {
        TRY(stop_check(err));
        if (loader->listing.entries[i].is_dir) {
            struct arena_mark mark = arena_save(loader->scratch);
            add_folder(loader, loader->listing.entries[i].name);
            arena_restore(loader->scratch, mark);
        }
    }
    migrations_sort_by_text(loader->migrations);
    loader_note_unclaimed(loader);
    return STATUS_OK;
}

static int
detect(const struct survey *survey)
{
    return survey->n_up_folders > 0 ? 92 : 0;
}

const struct layout layout_diesel = {
    .name = "diesel",
    .title = "diesel (VERSION_name/up.sql, down.sql, metadata.toml)",
    .detect = detect,
    .load = load,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_WARNING,
};
