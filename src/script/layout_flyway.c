#include "script/layout.h"

#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "V1_2__add_users.sql": V versioned, U its undo, R repeatable (no version), B baseline. */
struct script_name {
    char prefix;
    struct span version; /* dots for underscores */
    struct span description;
};

static bool
parse_name(struct arena *arena, const char *base, struct script_name *out)
{
    struct span stem = span_of(base);
    if (!span_cut_suffix(&stem, ".sql") || stem.len < 3 || strchr("VURB", stem.ptr[0]) == NULL) {
        return false;
    }
    size_t at = 1;
    while (at + 1 < stem.len && !(stem.ptr[at] == '_' && stem.ptr[at + 1] == '_')) {
        at++;
    }
    if (at + 1 >= stem.len) {
        return false;
    }
    char *version = arena_strndup(arena, stem.ptr + 1, at - 1);
    for (size_t i = 0; version[i] != '\0'; i++) {
        version[i] = version[i] == '_' ? '.' : version[i];
        bool is_digit = version[i] >= '0' && version[i] <= '9';
        bool is_dot = version[i] == '.' && i > 0 && version[i - 1] != '.' && version[i + 1] != '\0';
        if (!is_digit && !is_dot) {
            return false;
        }
    }
    *out = (struct script_name){.prefix = stem.ptr[0],
                                .version = span_of(version),
                                .description = {stem.ptr + at + 2, stem.len - at - 2}};
    return (stem.ptr[0] == 'R') == (version[0] == '\0');
}

/* "1.02.0" and "1.2" are one version. */
static struct span
version_key(struct arena *arena, struct span version)
{
    char *key = arena_alloc(arena, version.len + 1);
    size_t n = 0;
    size_t kept = 0;
    while (version.len > 0) {
        struct span digits = span_cut_digits(&version);
        version = version.len > 0 ? (struct span){version.ptr + 1, version.len - 1} : version;
        while (digits.len > 0 && digits.ptr[0] == '0') {
            digits = (struct span){digits.ptr + 1, digits.len - 1};
        }
        memcpy(key + n, digits.ptr, digits.len);
        n += digits.len;
        kept = digits.len > 0 ? n : kept;
        key[n++] = '.';
    }
    return (struct span){key, kept};
}

/* -- side files: the script's whole name and ".conf"
 * ---------------------------------------------------------- */

struct script_config {
    bool no_transaction;
    bool no_placeholders;
    const char *encoding;
    size_t encoding_line;
    size_t condition_line; /* 0: runs always */
};

static struct script_config
parse_config(struct span text, struct arena *arena)
{
    struct script_config out = {.encoding = ""};
    struct span line;
    for (size_t n = 1; span_next_line(&text, &line); n++) {
        line = span_trim(line);
        const char *equals = line.len == 0 || line.ptr[0] == '#' ? NULL : memchr(line.ptr, '=', line.len);
        if (equals == NULL) {
            continue;
        }
        struct span key = span_trim((struct span){line.ptr, (size_t)(equals - line.ptr)});
        struct span value = span_trim((struct span){equals + 1, (size_t)(line.ptr + line.len - equals) - 1});
        if (span_is(key, "executeInTransaction")) {
            out.no_transaction = span_is_nocase(value, "false");
        } else if (span_is(key, "placeholderReplacement")) {
            out.no_placeholders = span_is_nocase(value, "false");
        } else if (span_is(key, "encoding") && !span_is_nocase(value, "UTF-8")) {
            out.encoding = arena_strndup(arena, value.ptr, value.len);
            out.encoding_line = n;
        } else if (span_is(key, "shouldExecute") && !span_is_nocase(value, "true")) {
            out.condition_line = n;
        }
    }
    return out;
}

static void
read_config(struct loader *loader, const char *file, struct part *part)
{
    struct span text;
    if (!loader_read(loader, file, &text)) {
        return;
    }
    struct script_config config = parse_config(text, loader->scratch);
    part->transaction = !config.no_transaction;
    if (config.encoding[0] != '\0') {
        migrations_note(loader->migrations, FINDING_ERROR, "cannot-import", file, config.encoding_line,
                        "the script is in %s: save it as UTF-8", config.encoding);
    }
    if (config.condition_line > 0) {
        migrations_note(loader->migrations, FINDING_ERROR, "cannot-import", file, config.condition_line,
                        "shouldExecute decides at run time whether the script runs");
    }
}

/* -- loading
 * -------------------------------------------------------------------------------------------------- */

struct undo {
    const char *file;
    struct script_name name;
};

struct collection {
    struct loader *loader;
    VEC(struct undo) undos;
    struct map configs; /* by the name of the script */
};

static void
set_script(struct collection *all, struct part *part, const char *file)
{
    part_set_file(all->loader->migrations, part, file, "");
    const char *config = map_get(&all->configs, span_of(file));
    if (config != NULL) {
        read_config(all->loader, config, part);
    }
}

static void
add_script(struct collection *all, const char *file, const struct script_name *name)
{
    struct loader *loader = all->loader;
    struct migrations *migrations = loader->migrations;
    const char *base = base_name(file);
    char *description = arena_strndup(loader->scratch, name->description.ptr, name->description.len);
    struct migration *migration =
        migrations_add(migrations, arena_strndup(loader->scratch, base, strlen(base) - strlen(".sql")),
                       arena_strndup(loader->scratch, name->version.ptr, name->version.len), description);
    migration->is_repeatable = name->prefix == 'R';
    migration->is_baseline = name->prefix == 'B';
    migration->foreign_id = migration->version;
    if (migration->is_repeatable) {
        for (char *at = description; *at != '\0'; at++) {
            *at = *at == '_' ? ' ' : *at;
        }
        migration->foreign_id = arena_strdup(migrations->arena, description);
    }
    set_script(all, &migration->parts[PART_UP], file);
}

static int
compare_scripts(const void *a, const void *b)
{
    const struct migration *left = a;
    const struct migration *right = b;
    int order = (int)left->is_repeatable - (int)right->is_repeatable;
    if (order == 0) {
        order = left->is_repeatable ? strcmp(left->name, right->name)
                                    : version_compare(left->version, right->version);
    }
    if (order == 0) {
        order = (int)left->is_baseline - (int)right->is_baseline;
    }
    return order != 0 ? order : strcmp(left->id, right->id);
}

static void
attach_undos(struct collection *all)
{
    struct migrations *migrations = all->loader->migrations;
    struct arena *scratch = all->loader->scratch;
    struct map versions;
    map_init(&versions, scratch);
    for (size_t i = 0; i < migrations->n; i++) {
        struct migration *migration = &migrations->items[i];
        struct span key = version_key(scratch, span_of(migration->version));
        if (!migration->is_repeatable && !migration->is_baseline && map_get(&versions, key) == NULL) {
            (void)map_put(&versions, key, migration);
        }
    }
    for (size_t i = 0; i < all->undos.n; i++) {
        const struct undo *undo = &all->undos.items[i];
        struct migration *migration = map_get(&versions, version_key(scratch, undo->name.version));
        if (migration == NULL) {
            migrations_note(migrations, FINDING_WARNING, "down-without-up", undo->file, 0,
                            "there is no versioned script V%.*s", (int)undo->name.version.len,
                            undo->name.version.ptr);
        } else if (migration->parts[PART_DOWN].is_present) {
            migrations_note(migrations, FINDING_ERROR, "duplicate-id", undo->file, 0,
                            "a second undo script for this version: also '%s'",
                            migration->parts[PART_DOWN].file);
        } else {
            set_script(all, &migration->parts[PART_DOWN], undo->file);
        }
    }
}

/* Flyway starts an empty database with the newest baseline and never runs what it covers. Here a migration is
 * what it is on every database: the baseline counts where the versions that it covers are gone, else they do.
 */
static void
drop_baselines(struct migrations *migrations)
{
    size_t n_leading = 0;
    while (n_leading < migrations->n && migrations->items[n_leading].is_baseline) {
        n_leading++;
    }
    size_t n = 0;
    for (size_t i = 0; i < migrations->n; i++) {
        const struct migration *migration = &migrations->items[i];
        if (migration->is_baseline && i + 1 != n_leading) {
            migrations_note(
                migrations, FINDING_NOTE, "baseline", migration->parts[PART_UP].file, 0, "left out: %s",
                i < n_leading ? "a newer baseline is there" : "versions that it covers are there");
        } else {
            migrations->items[n++] = *migration;
        }
    }
    migrations->n = n;
}

/* Scripts that Flyway runs at an event: beforeMigrate.sql, afterEachMigrate__grants.sql. */
static bool
is_callback(const char *base)
{
    bool has_word =
        str_starts(base, "before") || str_starts(base, "after") || str_starts(base, "createSchema");
    return has_word && str_ends(base, ".sql") && base[strcspn(base, " -")] == '\0';
}

static void
collect(struct collection *all, size_t i)
{
    struct loader *loader = all->loader;
    const char *file = loader->listing.entries[i].name;
    struct script_name name;
    if (is_callback(base_name(file))) {
        loader->is_claimed[i] = true;
        migrations_note(loader->migrations, FINDING_WARNING, "cannot-import", file, 0,
                        "a callback: Flyway runs it at an event, here nothing runs it");
        return;
    }
    if (!parse_name(loader->scratch, base_name(file), &name)) {
        return;
    }
    loader->is_claimed[i] = true;
    if (name.prefix == 'U') {
        vec_push(loader->scratch, &all->undos, (struct undo){file, name});
    } else {
        add_script(all, file, &name);
    }
}

static enum status
load(struct loader *loader, struct err *err)
{
    struct collection all = {.loader = loader};
    map_init(&all.configs, loader->scratch);
    loader_descend(loader);
    for (size_t i = 0; i < loader->listing.n; i++) {
        struct span script = span_of(loader->listing.entries[i].name);
        if (span_ends(script, ".sql.conf") && span_cut_suffix(&script, ".conf")) {
            (void)map_put(&all.configs, script,
                          arena_strdup(loader->scratch, loader->listing.entries[i].name));
        }
    }
    for (size_t i = 0; i < loader->listing.n; i++) {
        TRY(stop_check(err));
        collect(&all, i);
    }
    struct migrations *migrations = loader->migrations;
    if (migrations->n > 1) {
        qsort(migrations->items, migrations->n, sizeof(migrations->items[0]), compare_scripts);
    }
    drop_baselines(migrations);
    attach_undos(&all);
    loader_note_unclaimed(loader);
    return STATUS_OK;
}

static int
detect(const struct survey *survey)
{
    return survey->n_flyway > 0 ? 88 : 0;
}

/* -- placeholders
 * --------------------------------------------------------------------------------------------- */

static bool
replaces_placeholders(const struct migrations *migrations, const char *file)
{
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED buf = BUF_INIT(BUF_TEXT_MAX);
    struct err err;
    const char *config = arena_printf(&scratch, "%s.conf", file);
    if (io_read_file(migrations_path(migrations, config, &scratch), &buf, &err) != STATUS_OK) {
        return true;
    }
    return !parse_config(buf_view(&buf), &scratch).no_placeholders;
}

static void
scan(struct migrations *migrations, const char *file, struct span text)
{
    bool is_known = false;
    struct span line;
    for (size_t n = 1; span_next_line(&text, &line); n++) {
        for (size_t i = 0; i + 2 < line.len; i++) {
            const char *open = line.ptr + i;
            const char *close = open[0] == '$' && open[1] == '{' ? memchr(open, '}', line.len - i) : NULL;
            if (close == NULL) {
                continue;
            }
            if (!is_known && !replaces_placeholders(migrations, file)) {
                return;
            }
            is_known = true;
            migrations_note(migrations, FINDING_ERROR, "placeholder", file, n,
                            "the placeholder '%.*s' has no value here", (int)(close - open + 1), open);
            i = (size_t)(close - line.ptr);
        }
    }
}

/* "V1_add.sql", "v1__add.sql", "1__add.sql" -> "V1__add.sql" */
static const char *
suggest(struct arena *arena, const char *base)
{
    const char *at = base;
    char prefix = 'V';
    if (*at != '\0' && strchr("vVuUrRbB", *at) != NULL && strchr("0123456789_", at[1]) != NULL) {
        prefix = (char)(*at >= 'a' ? *at - 'a' + 'A' : *at);
        at++;
    }
    size_t len = strspn(at, "0123456789._");
    while (len > 0 && (at[len - 1] == '_' || at[len - 1] == '.')) {
        len--;
    }
    const char *rest = at + len + strspn(at + len, "_- .");
    bool has_version = len > 0;
    if ((prefix == 'R') == has_version || str_eq(rest, "sql")) {
        return NULL;
    }
    return arena_printf(arena, "%c%.*s__%s", prefix, (int)len, at, rest);
}

const struct layout layout_flyway = {
    .name = "flyway",
    .title = "flyway (V1__name.sql, U1__name.sql, R__name.sql, B1__name.sql)",
    .detect = detect,
    .load = load,
    .scan = scan,
    .suggest = suggest,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_ERROR,
};
