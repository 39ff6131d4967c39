#include "script/layout.h"
#include "script/sqitch_plan.h"

#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_DIRS = PART_VERIFY + 1 }; /* deploy, revert, verify: as up, down, verify */
static const char *const dir_names[N_DIRS] = {"deploy", "revert", "verify"};

struct script {
    bool is_claimed;
};

/* Where things are; paths as in part.file. */
struct project {
    struct loader *loader;
    const char *root; /* of the configuration: "" or a folder */
    const char *top;
    const char *plan;
    const char *extension;
    const char *dirs[N_DIRS];
    const char *reworked_top;
    const char *reworked[N_DIRS];
    struct map
        files; /* everything in the script folders: its name as in part.file; claimed ones are taken out */
};

/* -- sqitch.conf: sections and keys as git has them
 * ----------------------------------------------------------- */

struct config_reader {
    struct project *project;
    bool applies; /* to us: [core], or [engine "ours"] */
    const char *file;
};

static const char *
join(struct project *project, const char *folder, const char *name)
{
    while (str_starts(name, "./")) {
        name += 2;
    }
    if (folder[0] == '\0' || str_eq(folder, ".")) {
        return arena_strdup(project->loader->scratch, name);
    }
    return str_is_empty(name) || str_eq(name, ".")
               ? folder
               : arena_printf(project->loader->scratch, "%s/%s", folder, name);
}

/* A path of the configuration must stay within the directory. */
static bool
leads_out(const char *path)
{
    return path[0] == '/' || str_eq(path, "..") || str_starts(path, "../") || strstr(path, "/../") != NULL ||
           str_ends(path, "/..");
}

static const char **
setting(struct project *project, struct span key)
{
    if (span_is_nocase(key, "top_dir")) {
        return &project->top;
    }
    if (span_is_nocase(key, "plan_file")) {
        return &project->plan;
    }
    if (span_is_nocase(key, "extension")) {
        return &project->extension;
    }
    if (span_is_nocase(key, "reworked_dir")) {
        return &project->reworked_top;
    }
    for (int i = 0; i < N_DIRS; i++) {
        struct arena *scratch = project->loader->scratch;
        if (span_is_nocase(key, arena_printf(scratch, "%s_dir", dir_names[i]))) {
            return &project->dirs[i];
        }
        if (span_is_nocase(key, arena_printf(scratch, "reworked_%s_dir", dir_names[i]))) {
            return &project->reworked[i];
        }
    }
    return NULL;
}

static void
read_section(struct config_reader *reader, struct span line)
{
    const struct driver *driver = reader->project->loader->driver;
    const char *open = memchr(line.ptr, '"', line.len);
    const char *close = open == NULL ? NULL : memchr(open + 1, '"', (size_t)(line.ptr + line.len - open) - 1);
    reader->applies = span_starts_nocase(line, "[core]");
    if (close != NULL && span_starts_nocase(line, "[engine ") && driver != NULL) {
        reader->applies = driver_is_named(driver, (struct span){open + 1, (size_t)(close - open) - 1});
    }
}

static void
read_setting(struct config_reader *reader, struct span line, size_t number)
{
    const char *equals = memchr(line.ptr, '=', line.len);
    if (!reader->applies || equals == NULL) {
        return;
    }
    struct project *project = reader->project;
    struct span key = span_trim((struct span){line.ptr, (size_t)(equals - line.ptr)});
    struct span value = span_trim((struct span){equals + 1, (size_t)(line.ptr + line.len - equals) - 1});
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
        value = (struct span){value.ptr + 1, value.len - 2};
    }
    while (value.len > 1 && value.ptr[value.len - 1] == '/') {
        value.len--;
    }
    const char **target = setting(project, key);
    if (target == NULL) {
        return;
    }
    const char *path = arena_strndup(project->loader->scratch, value.ptr, value.len);
    if (leads_out(path)) {
        migrations_note(project->loader->migrations, FINDING_ERROR, "bad-config", reader->file, number,
                        "'%s' leads out of the directory", path);
        return;
    }
    *target = path;
}

/* [core] first, then our engine's section, which wins wherever it stands. */
static void
read_config(struct project *project, const char *file, bool engine)
{
    struct config_reader reader = {.project = project, .file = file};
    struct span rest;
    struct span line;
    if (!loader_read(project->loader, file, &rest)) {
        return;
    }
    for (size_t n = 1; span_next_line(&rest, &line); n++) {
        line = span_trim(line);
        if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';') {
            continue;
        }
        if (line.ptr[0] == '[') {
            read_section(&reader, line);
            reader.applies = reader.applies && span_starts_nocase(line, "[engine ") == engine;
        } else {
            read_setting(&reader, line, n);
        }
    }
}

/* -- scripts
 * -------------------------------------------------------------------------------------------------- */

static void
collect(struct project *project, const char *folder)
{
    struct arena *scratch = project->loader->scratch;
    VEC(const char *) todo = {0};
    if (!io_is_dir(migrations_path(project->loader->migrations, folder, scratch))) {
        return;
    }
    vec_push(scratch, &todo, folder);
    for (size_t at = 0; at < todo.n; at++) {
        struct io_listing listing = loader_list(project->loader, todo.items[at]);
        for (size_t i = 0; i < listing.n; i++) {
            const char *name = listing.entries[i].name;
            if (!listing.entries[i].is_dir) {
                (void)map_put(&project->files, span_of(name), arena_new(scratch, struct script));
            } else if (!listing.entries[i].is_link) {
                vec_push(scratch, &todo, name);
            }
        }
    }
}

static const char *
script_file(struct project *project, const char *folder, const char *name, const char *tag)
{
    return arena_printf(project->loader->scratch, "%s/%s%s%s.%s", folder, name, tag[0] == '\0' ? "" : "@",
                        tag, project->extension);
}

/* A reworked change's scripts carry a tag between it and its rework: the latest one whose deploy script is
 * there. */
static const char *
rework_tag(struct project *project, const struct plan *plan, size_t at)
{
    const struct plan_change *change = &plan->changes.items[at];
    const char *latest = "";
    for (size_t i = change->later - 1; i-- > at;) {
        const struct plan_change *tagged = &plan->changes.items[i];
        for (size_t t = 0; t < tagged->tags.n; t++) {
            const char *tag = tagged->tags.items[t];
            latest = latest[0] == '\0' ? tag : latest;
            const char *file = script_file(project, project->reworked[PART_UP], change->name, tag);
            if (map_get(&project->files, span_of(file)) != NULL) {
                return tag;
            }
        }
    }
    return latest;
}

/* The last tag before a rework: with it the later instance keeps its identity however often it is reworked
 * again. */
static const char *
tag_before(const struct plan *plan, size_t at)
{
    while (at-- > 0) {
        const struct plan_change *change = &plan->changes.items[at];
        if (change->tags.n > 0) {
            return change->tags.items[change->tags.n - 1];
        }
    }
    return "";
}

static void
add_scripts(struct project *project, const struct plan *plan, size_t at, struct migration *migration)
{
    struct migrations *migrations = project->loader->migrations;
    const struct plan_change *change = &plan->changes.items[at];
    const char *tag = change->later == 0 ? "" : rework_tag(project, plan, at);
    if (change->later > 0 && tag[0] == '\0') {
        migrations_note(migrations, FINDING_ERROR, "bad-plan", project->plan,
                        plan->changes.items[change->later - 1].line,
                        "'%s' is reworked without a tag in between", change->name);
    }
    for (int kind = 0; kind < N_DIRS; kind++) {
        const char *folder = tag[0] == '\0' ? project->dirs[kind] : project->reworked[kind];
        const char *file = script_file(project, folder, change->name, tag);
        struct script *script = map_get(&project->files, span_of(file));
        if (script != NULL) {
            part_set_file(migrations, &migration->parts[kind], file,
                          tag[0] == '\0'
                              ? ""
                              : arena_printf(migrations->arena, "reworked later: as of the tag @%s", tag));
            script->is_claimed = true;
        } else if (kind == PART_UP) {
            migrations_note(migrations, FINDING_ERROR, "missing-file", file, 0,
                            "the plan has the change '%s' and its deploy script is not there", change->name);
        }
    }
}

static void
add_change(struct project *project, const struct plan *plan, size_t at)
{
    struct migrations *migrations = project->loader->migrations;
    struct arena *scratch = project->loader->scratch;
    const struct plan_change *change = &plan->changes.items[at];
    const char *id = change->earlier == 0
                         ? change->name
                         : arena_printf(scratch, "%s@%s+", change->name, tag_before(plan, at));
    struct migration *migration = migrations_add(migrations, id, id, change->name);
    migration->foreign_id = arena_strdup(migrations->arena, change->id);
    BUF_SCOPED depends = BUF_INIT(BUF_TEXT_MAX);
    struct span rest = change->dependencies;
    struct span name;
    bool is_conflict = false;
    while (plan_next_dependency(plan, &rest, &name, &is_conflict)) {
        if (!is_conflict) {
            buf_str(&depends, depends.len == 0 ? "" : " ");
            buf_span(&depends, name);
        }
    }
    migration->depends = arena_strdup(migrations->arena, buf_cstr(&depends));
    add_scripts(project, plan, at, migration);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Scripts that the plan does not know. */
static void
note_unplanned(struct project *project)
{
    struct migrations *migrations = project->loader->migrations;
    VEC(const char *) names = {0};
    for (size_t i = 0; i < project->files.cap; i++) {
        const struct map_slot *slot = &project->files.slots[i];
        const struct script *script = slot->value;
        if (slot->key.ptr != NULL && !script->is_claimed && span_ends(slot->key, ".sql")) {
            vec_push(project->loader->scratch, &names,
                     arena_strndup(project->loader->scratch, slot->key.ptr, slot->key.len));
        }
    }
    if (names.n > 1) {
        qsort(names.items, names.n, sizeof(names.items[0]), compare_names);
    }
    for (size_t i = 0; i < names.n; i++) {
        migrations_note(migrations, FINDING_WARNING, "unclaimed-file", names.items[i], 0,
                        "the plan does not know it");
    }
}

/* -- loading
 * -------------------------------------------------------------------------------------------------- */

static void
settle(struct project *project, const char *config)
{
    project->extension = "sql";
    if (config != NULL) {
        read_config(project, config, false);
        read_config(project, config, true);
    }
    project->top = join(project, project->root, project->top == NULL ? "" : project->top);
    project->plan = project->plan == NULL ? join(project, project->top, "sqitch.plan")
                                          : join(project, project->root, project->plan);
    project->reworked_top =
        project->reworked_top == NULL ? project->top : join(project, project->root, project->reworked_top);
    for (int i = 0; i < N_DIRS; i++) {
        project->dirs[i] = project->dirs[i] == NULL ? join(project, project->top, dir_names[i])
                                                    : join(project, project->root, project->dirs[i]);
        project->reworked[i] = project->reworked[i] == NULL
                                   ? join(project, project->reworked_top, dir_names[i])
                                   : join(project, project->root, project->reworked[i]);
        collect(project, project->dirs[i]);
        if (!str_eq(project->dirs[i], project->reworked[i])) {
            collect(project, project->reworked[i]);
        }
    }
}

/* The configuration's file, or the folder of the plan where there is none. */
static const char *
find_root(struct loader *loader, const char **config)
{
    const char *root = NULL;
    for (size_t i = 0; i < loader->listing.n; i++) {
        const char *name = loader->listing.entries[i].name;
        bool is_config = str_eq(base_name(name), "sqitch.conf");
        if (!is_config && !str_eq(base_name(name), "sqitch.plan")) {
            continue;
        }
        size_t len = (size_t)(base_name(name) - name);
        const char *folder = arena_strndup(loader->scratch, name, len == 0 ? 0 : len - 1);
        if (root != NULL && !str_eq(root, folder)) {
            migrations_note(loader->migrations, FINDING_ERROR, "bad-plan", name, 0,
                            "a second plan: give one Sqitch project at a time");
            continue;
        }
        root = folder;
        *config = is_config ? name : *config;
    }
    return root == NULL ? "" : root;
}

static enum status
load(struct loader *loader, struct err *err)
{
    struct project project = {.loader = loader};
    struct migrations *migrations = loader->migrations;
    const char *config = NULL;
    struct span text;
    struct plan plan;
    map_init(&project.files, loader->scratch);
    project.root = find_root(loader, &config);
    settle(&project, config);
    if (!loader_read(loader, project.plan, &text)) {
        return STATUS_OK;
    }
    plan_parse(text, loader->scratch, &plan);
    for (size_t i = 0; i < plan.errors.n; i++) {
        migrations_note(migrations, FINDING_ERROR, "bad-plan", project.plan, plan.errors.items[i].line, "%s",
                        plan.errors.items[i].message);
    }
    migrations->cap = plan.changes.n + 1;
    migrations->items = arena_new_array(migrations->arena, struct migration, migrations->cap);
    for (size_t i = 0; i < plan.changes.n; i++) {
        TRY(stop_check(err));
        add_change(&project, &plan, i);
    }
    note_unplanned(&project);
    return STATUS_OK;
}

static int
detect(const struct survey *survey)
{
    return survey->has_plan ? 100 : 0;
}

const struct layout layout_sqitch = {
    .name = "sqitch",
    .title = "sqitch (sqitch.plan with deploy/, revert/, verify/)",
    .detect = detect,
    .load = load,
    .unclaimed = FINDING_WARNING,
    .unclaimed_program = FINDING_WARNING,
};
