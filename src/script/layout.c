#include "script/layout.h"

#include "base/map.h"

#include <stdio.h>
#include <string.h>

const struct layout *const layouts[] = {
    &layout_sqitch,     &layout_goose,          &layout_dbmate, &layout_sql_migrate, &layout_node_pg_migrate,
    &layout_diesel,     &layout_authelia,       &layout_flyway, &layout_popx,        &layout_native,
    &layout_whole_name, &layout_golang_migrate, NULL,
};

const struct layout *
layout_find(const char *name)
{
    for (size_t i = 0; layouts[i] != NULL; i++) {
        if (str_eq(layouts[i]->name, name)) {
            return layouts[i];
        }
    }
    return NULL;
}

/* -- names
 * ---------------------------------------------------------------------------------------------------- */

const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

struct span
span_cut_digits(struct span *rest)
{
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] >= '0' && rest->ptr[n] <= '9') {
        n++;
    }
    struct span digits = {rest->ptr, n};
    *rest = (struct span){rest->ptr + n, rest->len - n};
    return digits;
}

bool
span_cut_suffix(struct span *span, const char *suffix)
{
    if (!span_ends(*span, suffix)) {
        return false;
    }
    span->len -= strlen(suffix);
    return true;
}

int
digits_compare(struct span a, struct span b)
{
    while (a.len > 0 && a.ptr[0] == '0') {
        a = (struct span){a.ptr + 1, a.len - 1};
    }
    while (b.len > 0 && b.ptr[0] == '0') {
        b = (struct span){b.ptr + 1, b.len - 1};
    }
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    int order = a.len == 0 ? 0 : memcmp(a.ptr, b.ptr, a.len);
    return (order > 0) - (order < 0);
}

bool
is_dialect(struct span word)
{
    static const char *const words[] = {"postgres", "postgresql", "pg",        "mysql",  "mariadb",
                                        "sqlite",   "sqlite3",    "cockroach", "crdb",   "cockroachdb",
                                        "mssql",    "sqlserver",  "oracle",    "spanner"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (span_is(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* -- folders
 * -------------------------------------------------------------------------------------------------- */

static enum status
split_folders(struct migrations *migrations, struct err *err)
{
    VEC(const char *) folders = {0};
    struct span rest = span_of(migrations->dir);
    bool is_one = io_is_dir(migrations->dir);
    while (rest.len > 0) {
        const char *comma = is_one ? NULL : memchr(rest.ptr, ',', rest.len);
        struct span name = {rest.ptr, comma == NULL ? rest.len : (size_t)(comma - rest.ptr)};
        size_t used = name.len + (comma != NULL);
        rest = (struct span){rest.ptr + used, rest.len - used};
        name = is_one ? name : span_trim(name);
        while (name.len > 1 && name.ptr[name.len - 1] == '/') {
            name.len--;
        }
        if (name.len > 0) {
            vec_push(migrations->arena, &folders, arena_strndup(migrations->arena, name.ptr, name.len));
        }
    }
    for (size_t i = 0; i < folders.n; i++) {
        if (!io_is_dir(folders.items[i])) {
            (void)err_raise(err, STATUS_USAGE, "'%s' is not a directory%s", folders.items[i],
                            io_exists(folders.items[i]) ? "" : ": it does not exist");
            return err_hint(err, "--dir takes the folder of the migrations, or several joined by commas");
        }
    }
    if (folders.n == 0) {
        return err_raise(err, STATUS_USAGE, "the migrations directory has no name");
    }
    migrations->folders = folders.items;
    migrations->n_folders = folders.n;
    return STATUS_OK;
}

/* Where a link leads; false after a finding when that is nowhere or outside. */
static bool
check_link(struct loader *loader, const char *file)
{
    struct migrations *migrations = loader->migrations;
    struct err err;
    char *real = NULL;
    migrations->has_links = true;
    if (io_real_path(loader->scratch, migrations_path(migrations, file, loader->scratch), &real, &err) !=
        STATUS_OK) {
        migrations_note(migrations, FINDING_ERROR, "bad-link", file, 0, "a symbolic link that leads nowhere");
        return false;
    }
    for (size_t i = 0; i < migrations->n_folders; i++) {
        char *root = NULL;
        if (io_real_path(loader->scratch, migrations->folders[i], &root, &err) == STATUS_OK &&
            str_starts(real, root) && (real[strlen(root)] == '/' || str_eq(root, "/"))) {
            return true;
        }
    }
    migrations_note(migrations, FINDING_ERROR, "bad-link", file, 0,
                    "a symbolic link that leads out of the directory");
    return false;
}

/* Appends a folder's entries under `prefix`, without dot files and links that lead out. */
static enum status
append_listing(struct loader *loader, const char *path, const char *prefix, struct io_listing *out,
               struct err *err)
{
    struct io_listing found;
    TRY(io_list_dir(loader->scratch, path, &found, err));
    struct io_entry *entries = found.entries;
    if (out->n > 0) {
        entries = arena_new_array(loader->scratch, struct io_entry, out->n + found.n);
        memcpy(entries, out->entries, out->n * sizeof(entries[0]));
    }
    for (size_t i = 0; i < found.n; i++) {
        struct io_entry entry = found.entries[i];
        if (entry.name[0] == '.') {
            continue;
        }
        if (prefix[0] != '\0') {
            entry.name = arena_printf(loader->scratch, "%s/%s", prefix, entry.name);
        }
        if (!entry.is_link || check_link(loader, entry.name)) {
            entries[out->n++] = entry; /* of one folder alone: in place */
        }
    }
    out->entries = entries;
    return STATUS_OK;
}

struct io_listing
loader_list(struct loader *loader, const char *folder)
{
    struct io_listing out = {0};
    struct err err;
    const char *path = migrations_path(loader->migrations, folder, loader->scratch);
    if (append_listing(loader, path, folder, &out, &err) != STATUS_OK) {
        migrations_note(loader->migrations, FINDING_ERROR, "unreadable", folder, 0, "%s", err.msg);
    }
    return out;
}

void
loader_descend(struct loader *loader)
{
    VEC(struct io_entry) all = {0};
    VEC(const char *) todo = {0};
    struct io_listing listing = loader->listing;
    for (size_t at = 0;; at++) {
        for (size_t i = 0; i < listing.n; i++) {
            const struct io_entry *entry = &listing.entries[i];
            if (!entry->is_dir) {
                vec_push(loader->scratch, &all, *entry);
            } else if (entry->is_link) {
                migrations_note(loader->migrations, FINDING_WARNING, "bad-link", entry->name, 0,
                                "a linked folder: links are not followed here");
            } else {
                vec_push(loader->scratch, &todo, entry->name);
            }
        }
        if (at == todo.n) {
            break;
        }
        listing = loader_list(loader, todo.items[at]);
    }
    loader->listing = (struct io_listing){all.items, all.n};
    loader->is_claimed = arena_new_array(loader->scratch, bool, all.n + 1);
}

bool
loader_read(struct loader *loader, const char *file, struct span *out)
{
    struct err err;
    buf_reset(loader->text);
    if (io_read_file(migrations_path(loader->migrations, file, loader->scratch), loader->text, &err) !=
        STATUS_OK) {
        migrations_note(loader->migrations, FINDING_ERROR, "unreadable", file, 0, "%s", err.msg);
        return false;
    }
    *out = buf_view(loader->text);
    return true;
}

/* -- survey
 * --------------------------------------------------------------------------------------------------- */

/* The last two dotted parts before ".sql": NAME.mysql.autocommit.up */
static bool
names_dialect(struct span stem)
{
    if (span_cut_suffix(&stem, ".autocommit")) {
        return true;
    }
    size_t at = stem.len;
    while (at > 0 && stem.ptr[at - 1] != '.') {
        at--;
    }
    return at > 0 && is_dialect((struct span){stem.ptr + at, stem.len - at});
}

static void
survey_up(struct survey *survey, struct span stem, struct span *last_number, bool *last_was_shared)
{
    struct span rest = stem;
    survey->n_ups++;
    if (span_starts(stem, "V")) {
        rest = (struct span){stem.ptr + 1, stem.len - 1};
        survey->n_dotted += span_cut_digits(&rest).len > 0 && span_starts(rest, ".");
        return;
    }
    struct span number = span_cut_digits(&rest);
    if (number.len == 0 || !span_starts(rest, "_")) {
        return;
    }
    survey->n_numbered++;
    survey->n_dialects += names_dialect(rest);
    if (last_number->len > 0 && digits_compare(number, *last_number) == 0) {
        survey->n_shared += *last_was_shared ? 1 : 2;
        *last_was_shared = true;
    } else {
        *last_was_shared = false;
    }
    *last_number = number;
}

static bool
is_flyway_name(struct span base)
{
    if (base.len < 2 || !span_ends(base, ".sql") || strchr("VURB", base.ptr[0]) == NULL) {
        return false;
    }
    size_t at = 1;
    while (at < base.len && strchr("0123456789._", base.ptr[at]) != NULL) {
        at++;
    }
    return at > 2 && base.ptr[at - 1] == '_' && base.ptr[at - 2] == '_' && (base.ptr[0] == 'R') == (at == 3);
}

static void
survey_folder(struct loader *loader, const struct io_entry *entry, size_t *n_looked_into)
{
    enum { LOOK_INTO = 16 };
    struct survey *survey = &loader->survey;
    const char *up = arena_printf(loader->scratch, "%s/up.sql", entry->name);
    if (++*n_looked_into > LOOK_INTO && (survey->n_up_folders > 0 || survey->n_flyway > 0)) {
        return;
    }
    survey->n_up_folders += io_exists(migrations_path(loader->migrations, up, loader->scratch));
    if (entry->is_link || survey->n_up_folders > 0 || *n_looked_into > LOOK_INTO) {
        return;
    }
    struct io_listing inner;
    struct err err;
    if (io_list_dir(loader->scratch, migrations_path(loader->migrations, entry->name, loader->scratch),
                    &inner, &err) == STATUS_OK) {
        for (size_t i = 0; i < inner.n; i++) {
            survey->n_flyway += is_flyway_name(span_of(inner.entries[i].name));
        }
    }
}

static void
survey_names(struct loader *loader)
{
    struct survey *survey = &loader->survey;
    struct span last_number = {"", 0};
    bool last_was_shared = false;
    size_t n_looked_into = 0;
    for (size_t i = 0; i < loader->listing.n; i++) {
        const struct io_entry *entry = &loader->listing.entries[i];
        struct span base = span_of(base_name(entry->name));
        if (entry->is_dir) {
            survey_folder(loader, entry, &n_looked_into);
            continue;
        }
        survey->has_plan = survey->has_plan || span_is(base, "sqitch.plan") || span_is(base, "sqitch.conf");
        survey->n_dialects += span_ends(base, ".fizz");
        survey->n_flyway += is_flyway_name(base);
        if (!span_cut_suffix(&base, ".sql")) {
            continue;
        }
        survey->n_sql++;
        if (span_cut_suffix(&base, ".up")) {
            survey_up(survey, base, &last_number, &last_was_shared);
        }
        survey->n_extras += span_ends(base, ".verify") || span_ends(base, ".compensate");
    }
}

static unsigned
marks_of_line(struct span line)
{
    static const struct {
        const char *word;
        unsigned mark;
    } marks[] = {{"+goose", MARK_GOOSE},
                 {"+migrate", MARK_SQL_MIGRATE},
                 {"migrate:up", MARK_DBMATE},
                 {"rollcall:", MARK_ROLLCALL}};
    while (line.len > 0 && (line.ptr[0] == '-' || line.ptr[0] == ' ' || line.ptr[0] == '\t')) {
        line = (struct span){line.ptr + 1, line.len - 1};
    }
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        if (span_starts(line, marks[i].word)) {
            return marks[i].mark;
        }
    }
    struct span word;
    bool is_up = span_next_word(&line, &word) && span_is_nocase(word, "up");
    return is_up && span_next_word(&line, &word) && span_starts_nocase(word, "migration") ? MARK_NODE_PG : 0;
}

static void
survey_text(struct loader *loader, const char *file)
{
    struct err err;
    buf_reset(loader->text);
    if (io_read_file(migrations_path(loader->migrations, file, loader->scratch), loader->text, &err) !=
        STATUS_OK) {
        return; /* whoever claims it reports it */
    }
    struct span rest = buf_view(loader->text);
    struct span line;
    while (span_next_line(&rest, &line)) {
        line = span_trim(line);
        if (span_starts(line, "--")) {
            loader->survey.marks |= marks_of_line(line);
        }
    }
}

/* Marker lines are looked for in the first and the last few scripts: the ends of a history show its tool, and
 * its newest part whether it is kept with ours. */
static void
survey_marks(struct loader *loader)
{
    enum { EACH_END = 8 };
    const struct io_listing *listing = &loader->listing;
    size_t n_seen = 0;
    for (size_t i = 0; i < listing->n; i++) {
        const struct io_entry *entry = &listing->entries[i];
        if (entry->is_dir || !str_ends(entry->name, ".sql") || str_ends(entry->name, ".down.sql")) {
            continue;
        }
        n_seen++;
        size_t n_scripts = loader->survey.n_sql;
        if (n_seen <= EACH_END || i + (size_t)2 * EACH_END >= listing->n ||
            n_scripts <= 2 * (size_t)EACH_END) {
            survey_text(loader, entry->name);
        }
    }
}

/* -- what nobody claimed
 * -------------------------------------------------------------------------------------- */

static bool
looks_like_migration(const char *base)
{
    return (base[0] >= '0' && base[0] <= '9') ||
           (strchr("VURB", base[0]) != NULL && base[1] >= '0' && base[1] <= '9');
}

/* Programs in the places of migrations; tests of them do not count. */
static const char *
program_language(const char *base)
{
    static const struct {
        const char *suffix;
        const char *language;
    } programs[] = {{".go", "Go"},          {".js", "JavaScript"}, {".cjs", "JavaScript"},
                    {".mjs", "JavaScript"}, {".ts", "TypeScript"}, {".py", "Python"},
                    {".rb", "Ruby"},        {".php", "PHP"},       {".java", "Java"},
                    {".kt", "Kotlin"},      {".class", "Java"},    {".rs", "Rust"},
                    {".sh", "shell"},       {".fizz", "fizz"}};
    if (str_ends(base, "_test.go") || str_ends(base, ".d.ts") || str_ends(base, ".test.js") ||
        str_ends(base, ".test.ts")) {
        return NULL;
    }
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        if (str_ends(base, programs[i].suffix)) {
            return programs[i].language;
        }
    }
    return NULL;
}

void
loader_note_stray(struct loader *loader, const char *file)
{
    struct migrations *migrations = loader->migrations;
    const struct layout *layout = migrations->layout;
    const char *base = base_name(file);
    const char *language = program_language(base);
    struct span stem = span_of(base);
    if (language != NULL && looks_like_migration(base)) {
        migrations_note(migrations, layout->unclaimed_program, "cannot-import", file, 0,
                        "a migration written in %s: only SQL can be run here", language);
        return;
    }
    if (stem.len < 4 || !span_is_nocase((struct span){stem.ptr + stem.len - 4, 4}, ".sql")) {
        return;
    }
    enum finding_severity severity = looks_like_migration(base) ? layout->unclaimed : FINDING_WARNING;
    const char *near = layout->suggest == NULL ? NULL : layout->suggest(loader->scratch, base);
    if (near != NULL && !str_eq(near, base)) {
        migrations_note(migrations, severity, "unclaimed-file", file, 0,
                        "no rule of the layout '%s' claims this file (did you mean '%s'?)", layout->name,
                        near);
    } else {
        migrations_note(migrations, severity, "unclaimed-file", file, 0,
                        "no rule of the layout '%s' claims this file", layout->name);
    }
}

void
loader_note_unclaimed(struct loader *loader)
{
    for (size_t i = 0; i < loader->listing.n; i++) {
        if (!loader->is_claimed[i] && !loader->listing.entries[i].is_dir) {
            loader_note_stray(loader, loader->listing.entries[i].name);
        }
    }
}

/* -- loading
 * -------------------------------------------------------------------------------------------------- */

static struct span
leading_number(const struct migration *migration)
{
    struct span rest = span_of(migration->version);
    return span_cut_digits(&rest);
}

/* One finding for a run of migrations on one number; it names the order in which they are taken. */
static void
note_shared_number(struct migrations *migrations, size_t from, size_t to, struct arena *scratch)
{
    enum { NAMED = 6 };
    BUF_SCOPED names = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = from; i < to && i < from + NAMED; i++) {
        buf_printf(&names, "%s'%s'", i == from ? "" : ", ", migrations->items[i].id);
    }
    if (to - from > NAMED) {
        buf_printf(&names, " and %zu more", to - from - NAMED);
    }
    struct span number = leading_number(&migrations->items[from]);
    (void)scratch;
    migrations_note(migrations, FINDING_WARNING, "duplicate-version",
                    migrations->items[from].parts[PART_UP].file, 0,
                    "%zu migrations share the number %.*s; they are taken in this order: %s", to - from,
                    (int)number.len, number.ptr, buf_cstr(&names));
}

static void
note_duplicates(struct migrations *migrations, struct arena *scratch)
{
    struct map ids;
    map_init(&ids, scratch);
    for (size_t i = 0; i < migrations->n; i++) {
        struct migration *migration = &migrations->items[i];
        const struct migration *other = map_put(&ids, span_of(migration->id), migration);
        if (other != NULL) {
            migrations_note(migrations, FINDING_ERROR, "duplicate-id", migration->parts[PART_UP].file, 0,
                            "the migration '%s' is there twice: also '%s'", migration->id,
                            other->parts[PART_UP].file);
        }
    }
    size_t from = 0;
    for (size_t i = 1; i <= migrations->n; i++) {
        const struct migration *first = &migrations->items[from];
        bool is_same =
            i < migrations->n && leading_number(first).len > 0 &&
            first->is_baseline == migrations->items[i].is_baseline &&
            (migrations->layout == &layout_whole_name
                 ? digits_compare(leading_number(first), leading_number(&migrations->items[i])) == 0
                 : version_compare(first->version, migrations->items[i].version) == 0);
        if (!is_same) {
            if (i - from > 1) {
                note_shared_number(migrations, from, i, scratch);
            }
            from = i;
        }
    }
}

static enum status
choose_layout(struct loader *loader, const char *name, struct err *err)
{
    struct migrations *migrations = loader->migrations;
    if (name != NULL) {
        migrations->layout = layout_find(name);
        if (migrations->layout == NULL) {
            const char *names[COUNT_OF(layouts)];
            size_t n = 0;
            for (; layouts[n] != NULL; n++) {
                names[n] = layouts[n]->name;
            }
            const char *near = nearest_name(name, names, n);
            (void)err_raise(err, STATUS_USAGE, "there is no layout '%s'", name);
            return near == NULL ? err_hint(err, "without one the layout is told by the files' shape")
                                : err_hint(err, "did you mean '%s'?", near);
        }
        return STATUS_OK;
    }
    int best = 0;
    for (size_t i = 0; layouts[i] != NULL; i++) {
        int sure = layouts[i]->detect(&loader->survey);
        if (sure > best) {
            best = sure;
            migrations->layout = layouts[i];
        }
    }
    return STATUS_OK;
}

static enum status
load(struct loader *loader, const char *layout_name, struct err *err)
{
    struct migrations *migrations = loader->migrations;
    for (size_t i = 0; i < migrations->n_folders; i++) {
        const char *folder = migrations->folders[i];
        TRY(append_listing(loader, folder, migrations->n_folders == 1 ? "" : folder, &loader->listing, err));
    }
    loader->is_claimed = arena_new_array(loader->scratch, bool, loader->listing.n + 1);
    survey_names(loader);
    survey_marks(loader);
    TRY(choose_layout(loader, layout_name, err));
    /* Growing by doubling would leave half as much again behind. */
    const struct survey *survey = &loader->survey;
    migrations->cap = survey->n_ups > 0 ? survey->n_ups + 4 : loader->listing.n + 4;
    migrations->items = arena_new_array(migrations->arena, struct migration, migrations->cap);
    TRY(migrations->layout->load(loader, err));
    note_duplicates(migrations, loader->scratch);
    return STATUS_OK;
}

enum status
migrations_load(const char *dir, const char *layout_name, const struct driver *driver, struct arena *arena,
                struct migrations *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED text = BUF_INIT(BUF_SQL_MAX);
    *out = (struct migrations){.dir = arena_strdup(arena, dir), .driver = driver, .arena = arena};
    TRY(split_folders(out, err));
    struct loader loader = {.migrations = out, .driver = driver, .scratch = &scratch, .text = &text};
    return load(&loader, layout_name, err);
}
