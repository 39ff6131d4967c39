#include "script/lint_core.h"

#include "base/io.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

/* -- findings ---------------------------------------------------------------------------------------------
 */

static bool
is_selected(const struct lint *lint, const char *file)
{
    return !lint->is_selective || map_get(&lint->selected, span_of(file)) != NULL;
}

/* The author has said that something is lost. */
static bool
admits_loss(const struct migration *migration)
{
    switch (migration->directives.class) {
    case CLASS_SNAPSHOT:
    case CLASS_COMPENSATING:
    case CLASS_LOSSY:
    case CLASS_IRREVERSIBLE:
        return true;
    case CLASS_UNSET:
    case CLASS_REVERSIBLE:
        break;
    }
    return false;
}

/* First and last line of a statement in its file. */
static void
lines_of(const struct lint_script *script, size_t piece, size_t *first, size_t *last)
{
    *first = *last = script->part->line;
    if (piece < script->pieces.n) {
        const struct piece *at = &script->pieces.items[piece];
        bool has_next = piece + 1 < script->pieces.n;
        *first = script->part->line + at->line - 1;
        *last = has_next ? script->part->line + script->pieces.items[piece + 1].line - 1 : SIZE_MAX;
    }
}

static void
push_finding(struct lint *lint, struct finding finding)
{
    struct lint_result *out = lint->out;
    out->findings = vec_grow(lint->arena, out->findings, out->n, &out->cap, sizeof(finding));
    out->findings[out->n++] = finding;
}

static void say(struct lint *lint, struct lint_script *script, size_t first, size_t last, enum lint_id id,
                const char *fmt, va_list args) PRINTF_LIKE(6, 0);

static void
say(struct lint *lint, struct lint_script *script, size_t first, size_t last, enum lint_id id,
    const char *fmt, va_list args)
{
    const struct lint_rule *rule = &lint_rules[id];
    if (!lint_rule_is_for(rule, lint->driver) || !(rule->direction & script->direction) ||
        ignores_cover(&script->ignores, rule->id, first, last) || !is_selected(lint, script->part->file)) {
        return;
    }
    bool is_admitted = rule->is_loss && admits_loss(script->migration);
    push_finding(lint, (struct finding){.severity = is_admitted ? FINDING_NOTE : rule->severity,
                                        .rule = rule->id,
                                        .file = script->part->file,
                                        .line = first,
                                        .message = arena_vprintf(lint->arena, fmt, args)});
}

void
lint_say(struct lint *lint, struct lint_script *script, size_t piece, enum lint_id rule, const char *fmt, ...)
{
    size_t first;
    size_t last;
    va_list args;
    lines_of(script, piece, &first, &last);
    va_start(args, fmt);
    say(lint, script, first, last, rule, fmt, args);
    va_end(args);
}

void
lint_say_at(struct lint *lint, struct lint_script *script, size_t line, enum lint_id rule, const char *fmt,
            ...)
{
    va_list args;
    va_start(args, fmt);
    say(lint, script, line, line, rule, fmt, args);
    va_end(args);
}

const char *
lint_quote(struct lint *lint, const char *table, const char *name)
{
    return arena_printf(&lint->scratch, "'%s%s%s'", table, *table == '\0' || *name == '\0' ? "" : ".", name);
}

static int
compare_findings(const void *a, const void *b)
{
    const struct finding *left = a;
    const struct finding *right = b;
    int order = strcmp(left->file, right->file);
    if (order == 0 && left->line != right->line) {
        order = left->line < right->line ? -1 : 1;
    }
    order = order != 0 ? order : strcmp(left->rule, right->rule);
    return order != 0 ? order : strcmp(left->message, right->message);
}

/* -- one script -------------------------------------------------------------------------------------------
 */

static bool
has_directory_error(const struct lint *lint, const char *file)
{
    const char *key = arena_printf(lint->arena, "%s error", file);
    return map_get(&lint->directory, span_of(key)) != NULL;
}

/* A script that cannot be read is a finding, not the end of the run. "line 3, column 7: why" says where. */
static void
say_unreadable(struct lint *lint, struct lint_script *script, const struct err *err)
{
    struct span rest = span_of(err->msg);
    uint64_t line = 1;
    if (span_starts(rest, "line ")) {
        const char *comma = strchr(err->msg, ',');
        size_t at = sizeof("line ") - 1;
        if (comma != NULL) {
            (void)parse_u64((struct span){err->msg + at, (size_t)(comma - err->msg) - at}, &line);
        }
    }
    if (is_selected(lint, script->part->file) && !has_directory_error(lint, script->part->file)) {
        push_finding(lint, (struct finding){.severity = FINDING_ERROR,
                                            .rule = lint_rules[RULE_UNREADABLE].id,
                                            .file = script->part->file,
                                            .line = script->part->line + (size_t)line - 1,
                                            .message = arena_strdup(lint->arena, err->msg)});
    }
}

static enum status
cut_script(struct lint *lint, struct lint_script *script, enum part_kind kind, struct err *err)
{
    struct span text;
    TRY(migration_read(lint->migrations, script->migration, kind, &lint->scratch, &text, err));
    ignores_read(lint, script, text);
    TRY(driver_split(lint->driver, NULL, text, &lint->scratch, &script->pieces, err));
    return driver_effects(lint->driver, NULL, &script->pieces, &lint->scratch, &script->effects, err);
}

/* Rebuilding a table: another one takes its name, and rows are copied into that, now or under its old name.
 */
static void
find_remade(struct lint *lint, struct lint_script *script)
{
    const struct model *model = &lint->model;
    struct map filled;
    map_init(&filled, &lint->scratch);
    for (size_t i = 0; i < script->effects.n; i++) {
        const struct effect *effect = &script->effects.items[i];
        if (effect->kind == EFFECT_INSERT) {
            model_names_add(model, &filled, effect->table);
        }
    }
    for (size_t i = 0; i < script->effects.n; i++) {
        const struct effect *effect = &script->effects.items[i];
        bool is_rename = effect->kind == EFFECT_RENAME;
        if (effect->object != OBJECT_TABLE || (!is_rename && effect->kind != EFFECT_CREATE)) {
            continue;
        }
        const char *name = is_rename ? effect->new_name : effect->name;
        model_names_add(model, &script->remade, name);
        if (model_names_have(model, &filled, name) || model_names_have(model, &filled, effect->name)) {
            model_names_add(model, &script->refilled, name);
        }
    }
}

static void
load_script(struct lint *lint, const struct migration *migration, enum part_kind kind,
            struct lint_script *script)
{
    struct err err;
    *script = (struct lint_script){.migration = migration,
                                   .part = &migration->parts[kind],
                                   .direction = kind == PART_DOWN ? LINT_DOWN : LINT_UP};
    map_init(&script->remade, &lint->scratch);
    map_init(&script->refilled, &lint->scratch);
    if (!script->part->is_present) {
        return;
    }
    if (cut_script(lint, script, kind, &err) != STATUS_OK) {
        say_unreadable(lint, script, &err);
        script->effects = (struct effects){0};
        script->pieces = (struct pieces){0};
        script->ignores = (struct ignores){0};
        return;
    }
    script->is_there = true;
    script->n_statements = script->pieces.n_statements;
    find_remade(lint, script);
}

static void
visit_up(void *context, const struct effect *effect)
{
    struct lint *lint = context;
    lint_visit(lint, &lint->up, effect);
}

static void
visit_down(void *context, const struct effect *effect)
{
    struct lint *lint = context;
    lint_visit(lint, &lint->down, effect);
}

/* -- one migration ----------------------------------------------------------------------------------------
 */

/* Verify and compensate scripts: whether they can be cut at all. */
static void
check_other(struct lint *lint, const struct migration *migration, enum part_kind kind)
{
    struct lint_script script;
    load_script(lint, migration, kind, &script);
    if (script.is_there) {
        lint_text(lint, &script);
        ignores_report(lint, &script);
    }
}

static void
check_migration(struct lint *lint, const struct migration *migration, struct lint_class *class)
{
    load_script(lint, migration, PART_UP, &lint->up);
    load_script(lint, migration, PART_DOWN, &lint->down);
    if (lint->up.part->is_present && !lint->up.is_there) {
        lint->model.is_closed = false; /* nobody knows what it would have done */
    }
    lint->reverse = (struct reverse){.model = &lint->model, .arena = &lint->scratch};
    lint_begin(lint);
    reverse_up(&lint->reverse, &lint->up.effects, visit_up, lint);
    lint_end(lint, &lint->up);
    lint_history(lint);
    lint_begin(lint);
    reverse_down(&lint->reverse, &lint->down.effects, visit_down, lint);
    lint_end(lint, &lint->down);
    lint->reverse.has_down = lint->down.is_there && lint->reverse.down.changes;
    if (lint->up.is_there) {
        lint_text(lint, &lint->up);
        lint_whole(lint, &lint->up, &lint->reverse.up);
    }
    if (lint->down.is_there) {
        lint_text(lint, &lint->down);
        lint_whole(lint, &lint->down, &lint->reverse.down);
    }
    if (lint->up.is_there && (lint->down.is_there || !lint->down.part->is_present)) {
        lint_pair(lint);
    }
    lint_class(lint, class);
    lint_needs(lint);
    model_settle(&lint->model);
    ignores_report(lint, &lint->up);
    ignores_report(lint, &lint->down);
    check_other(lint, migration, PART_VERIFY);
    check_other(lint, migration, PART_COMPENSATE);
}

/* -- which files ------------------------------------------------------------------------------------------
 */

/* What stands behind the folder's path, when `path` lies in it; else NULL. */
static const char *
below(const char *folder, const char *path)
{
    size_t len = strlen(folder);
    while (len > 1 && folder[len - 1] == '/') {
        len--;
    }
    return strncmp(folder, path, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

static bool
select_file(struct lint *lint, const struct map *known, const char *file)
{
    struct err ignored;
    char *real = NULL;
    const char *found = map_get(known, span_of(file));
    bool is_real = found == NULL && io_real_path(&lint->scratch, file, &real, &ignored) == STATUS_OK;
    for (size_t i = 0; i < lint->migrations->n_folders && found == NULL; i++) {
        const char *folder = lint->migrations->folders[i];
        char *real_folder = NULL;
        const char *rest = below(folder, file);
        found = rest == NULL ? NULL : map_get(known, span_of(rest));
        if (found == NULL && is_real &&
            io_real_path(&lint->scratch, folder, &real_folder, &ignored) == STATUS_OK) {
            rest = below(real_folder, real);
            found = rest == NULL ? NULL : map_get(known, span_of(rest));
        }
    }
    if (found != NULL) {
        map_put(&lint->selected, span_of(found), lint);
    }
    return found != NULL;
}

static enum status
select_files(struct lint *lint, const char *const *files, size_t n_files, struct err *err)
{
    const struct migrations *migrations = lint->migrations;
    struct map known;
    map_init(&known, &lint->scratch);
    for (size_t i = 0; i < migrations->n; i++) {
        for (size_t kind = 0; kind < PART_COUNT; kind++) {
            const struct part *part = &migrations->items[i].parts[kind];
            if (part->is_present) {
                map_put(&known, span_of(part->file), arena_strdup(&lint->scratch, part->file));
            }
        }
    }
    for (size_t i = 0; i < migrations->n_findings; i++) {
        const char *file = migrations->findings[i].file;
        map_put(&known, span_of(file), arena_strdup(&lint->scratch, file));
    }
    for (size_t i = 0; i < n_files; i++) {
        if (!select_file(lint, &known, files[i])) {
            (void)err_raise(err, STATUS_USAGE, "'%s' is no migration of '%s'", files[i], migrations->dir);
            return err_hint(err, "name files of that directory, or none to check all");
        }
    }
    lint->is_selective = n_files > 0;
    return STATUS_OK;
}

static void
take_directory_findings(struct lint *lint)
{
    for (size_t i = 0; i < lint->migrations->n_findings; i++) {
        const struct finding *finding = &lint->migrations->findings[i];
        if (is_selected(lint, finding->file)) {
            push_finding(lint, *finding);
        }
        const char *place = arena_printf(lint->arena, "%s %zu", finding->file, finding->line);
        map_put(&lint->directory, span_of(place), lint);
        if (finding->severity == FINDING_ERROR) {
            map_put(&lint->directory, span_of(arena_printf(lint->arena, "%s error", finding->file)), lint);
        }
    }
}

static enum status
check_all(struct lint *lint, struct err *err)
{
    const struct migrations *migrations = lint->migrations;
    struct lint_result *out = lint->out;
    out->classes = arena_new_array(lint->arena, struct lint_class, migrations->n + 1);
    for (size_t i = 0; i < migrations->n; i++) {
        const struct migration *migration = &migrations->items[i];
        struct arena_mark mark = arena_save(&lint->scratch);
        struct lint_class class;
        TRY(stop_check(err));
        check_migration(lint, migration, &class);
        if (is_selected(lint, migration->parts[PART_UP].file) ||
            is_selected(lint, migration->parts[PART_DOWN].file)) {
            out->classes[out->n_classes++] = class;
        }
        arena_restore(&lint->scratch, mark);
    }
    return STATUS_OK;
}

enum status
lint_run(const struct migrations *migrations, const struct driver *driver, const char *const *files,
         size_t n_files, struct arena *arena, struct lint_result *out, struct err *err)
{
    ARENA_SCOPED memory = {0}; /* of the model: as long as this run */
    struct lint lint = {.migrations = migrations, .driver = driver, .arena = arena, .out = out};
    enum status status;
    *out = (struct lint_result){0};
    model_init(&lint.model, driver, &memory);
    map_init(&lint.needs, &memory);
    map_init(&lint.directory, arena);
    map_init(&lint.selected, arena);
    status = select_files(&lint, files, n_files, err);
    if (status == STATUS_OK) {
        take_directory_findings(&lint);
        status = check_all(&lint, err);
    }
    arena_release(&lint.scratch);
    if (status == STATUS_OK && out->n > 1) {
        qsort(out->findings, out->n, sizeof(out->findings[0]), compare_findings);
    }
    return status;
}
