#include "report/lint_report.h"

#include "report/json.h"
#include "script/layout.h"

#include <string.h>

static const struct {
    const char *name;
    enum ink ink;
} severities[] = {[FINDING_NOTE] = {"note", INK_DIM},
                  [FINDING_WARNING] = {"warning", INK_YELLOW},
                  [FINDING_ERROR] = {"error", INK_RED}};

/* -- JSON ---------------------------------------------------------------------------------------------------
 */

json_t *
finding_json(const struct finding *finding, const char *file)
{
    json_t *row = json_object();
    json_put(row, "file", json_text(file));
    json_put(row, "line", json_integer((json_int_t)finding->line));
    json_put(row, "rule", json_text(finding->rule));
    json_put(row, "severity", json_text(severities[finding->severity].name));
    json_put(row, "message", json_text(finding->message));
    return row;
}

static json_t *
line_finding_json(struct arena *arena, const struct lint_line *line, const struct finding *finding)
{
    json_t *row = finding_json(finding, migrations_path(line->migrations, finding->file, arena));
    if (line->service[0] != '\0') {
        json_put(row, "service", json_text(line->service));
    }
    return row;
}

static json_t *
class_json(const struct lint_line *line, const struct lint_class *class)
{
    json_t *row = json_object();
    json_put(row, "version", json_text(class->migration->version));
    json_put(row, "name", json_text(class->migration->name));
    json_put(row, "id", json_text(class->migration->id));
    json_put(row, "declared",
             class->declared == CLASS_UNSET ? json_null() : json_text(reversal_class_name(class->declared)));
    json_put(row, "derived", json_text(reversal_class_name(class->derived)));
    json_put(row, "why", json_text(class->why));
    if (line->service[0] != '\0') {
        json_put(row, "service", json_text(line->service));
    }
    return row;
}

static void
print_json(const struct console *console, const struct lint_line *lines, size_t n)
{
    ARENA_SCOPED scratch = {0};
    json_t *document = json_object();
    json_t *findings = json_array();
    json_t *classes = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct lint_result *result = lines[i].result;
        for (size_t k = 0; k < result->n; k++) {
            json_array_append_new(findings, line_finding_json(&scratch, &lines[i], &result->findings[k]));
        }
        for (size_t k = 0; k < result->n_classes; k++) {
            json_array_append_new(classes, class_json(&lines[i], &result->classes[k]));
        }
    }
    json_put(document, "findings", findings);
    json_put(document, "classes", classes);
    json_print(console->out, document);
}

/* -- text ---------------------------------------------------------------------------------------------------
 */

/* Notes are for a quiet hour. */
static bool
is_shown(const struct console *console, const struct finding *finding)
{
    return console->verbose || finding->severity != FINDING_NOTE;
}

static void
print_finding(const struct console *console, struct arena *arena, const struct finding *finding, int width)
{
    char line[32] = "";
    if (finding->line > 0) {
        (void)snprintf(line, sizeof(line), "%zu", finding->line);
    }
    console_print(console, "  %5s  %s%-7s%s  %s%-*s%s  %s\n", line,
                  ink(console->color, severities[finding->severity].ink), severities[finding->severity].name,
                  ink(console->color, INK_PLAIN), ink(console->color, INK_BOLD), width, finding->rule,
                  ink(console->color, INK_PLAIN), shown(arena, finding->message));
}

/* The findings of one file, from `at` on; returns how many there are. */
static size_t
print_file(const struct console *console, struct arena *arena, const struct lint_line *line, size_t at)
{
    const struct lint_result *result = line->result;
    const char *file = result->findings[at].file;
    size_t end = at;
    size_t width = 0;
    for (; end < result->n && str_eq(result->findings[end].file, file); end++) {
        size_t len = strlen(result->findings[end].rule);
        width = is_shown(console, &result->findings[end]) && len > width ? len : width;
    }
    if (width > 0) {
        console_print(console, "%s%s%s\n", ink(console->color, INK_BOLD),
                      shown(arena, migrations_path(line->migrations, file, arena)),
                      ink(console->color, INK_PLAIN));
    }
    for (size_t i = at; i < end; i++) {
        if (is_shown(console, &result->findings[i])) {
            print_finding(console, arena, &result->findings[i], (int)width);
        }
    }
    return end - at;
}

static bool
is_worth_saying(const struct console *console, const struct lint_class *class)
{
    return console->verbose || class->derived != CLASS_REVERSIBLE || class->declared != CLASS_UNSET;
}

static void
print_classes(const struct console *console, struct arena *arena, const struct lint_result *result)
{
    bool has_title = false;
    for (size_t i = 0; i < result->n_classes; i++) {
        const struct lint_class *class = &result->classes[i];
        bool is_other = class->declared != CLASS_UNSET && class->declared != class->derived;
        if (!is_worth_saying(console, class)) {
            continue;
        }
        if (!has_title) {
            console_print(console, "%sreversal classes%s\n", ink(console->color, INK_BOLD),
                          ink(console->color, INK_PLAIN));
            has_title = true;
        }
        console_print(console, "  %-12s  %s%s%s%s%s%s\n", reversal_class_name(class->derived),
                      shown(arena, class->migration->id), class->why[0] == '\0' ? "" : ": ",
                      shown(arena, class->why), is_other ? " (declared " : "",
                      is_other ? reversal_class_name(class->declared) : "", is_other ? ")" : "");
    }
}

static const char *
counted(struct arena *arena, size_t n, const char *what)
{
    return arena_printf(arena, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static void
print_text(const struct console *console, const struct lint_line *lines, size_t n)
{
    ARENA_SCOPED scratch = {0};
    size_t counts[COUNT_OF(severities)] = {0};
    size_t n_scripts = 0;
    for (size_t i = 0; i < n; i++) {
        const struct lint_result *result = lines[i].result;
        for (size_t k = 0; k < result->n; k += print_file(console, &scratch, &lines[i], k)) {
        }
        for (size_t k = 0; k < result->n; k++) {
            counts[result->findings[k].severity]++;
        }
        print_classes(console, &scratch, result);
        n_scripts += result->n_classes;
    }
    console_note(console, "%s: %s, %s, %s%s", counted(&scratch, n_scripts, "migration"),
                 counted(&scratch, counts[FINDING_ERROR], "error"),
                 counted(&scratch, counts[FINDING_WARNING], "warning"),
                 counted(&scratch, counts[FINDING_NOTE], "note"),
                 counts[FINDING_NOTE] > 0 && !console->verbose ? " (--verbose shows them)" : "");
}

void
lint_report_print(const struct console *console, const struct lint_line *lines, size_t n)
{
    if (console->json) {
        print_json(console, lines, n);
    } else {
        print_text(console, lines, n);
    }
}

/* -- the rules ----------------------------------------------------------------------------------------------
 */

/* The engines of a rule, by the names of their drivers; "" when it is for all. Arena. */
static const char *
engines_of(struct arena *arena, const struct lint_rule *rule)
{
    const char *names = "";
    bool is_for_all = true;
    for (const struct driver *const *driver = driver_registry(); *driver != NULL; driver++) {
        if (lint_rule_is_for(rule, *driver)) {
            names = arena_printf(arena, "%s%s%s", names, names[0] == '\0' ? "" : ", ", (*driver)->name);
        } else {
            is_for_all = false;
        }
    }
    return is_for_all ? "" : names;
}

static void
rules_json(const struct console *console, const struct driver *driver)
{
    json_t *document = json_object();
    json_t *rules = json_array();
    for (const struct lint_rule *rule = lint_rules; rule->id != NULL; rule++) {
        if (driver != NULL && !lint_rule_is_for(rule, driver)) {
            continue;
        }
        json_t *row = json_object();
        json_t *engines = json_array();
        for (const struct driver *const *one = driver_registry(); *one != NULL; one++) {
            if (lint_rule_is_for(rule, *one)) {
                json_array_append_new(engines, json_text((*one)->name));
            }
        }
        json_put(row, "rule", json_text(rule->id));
        json_put(row, "severity", json_text(severities[rule->severity].name));
        json_put(row, "scope", json_text(lint_scope_name(rule->scope)));
        json_put(row, "engines", engines);
        json_put(row, "title", json_text(rule->title));
        json_array_append_new(rules, row);
    }
    json_put(document, "rules", rules);
    json_print(console->out, document);
}

void
lint_rules_print(const struct console *console, const struct driver *driver)
{
    ARENA_SCOPED scratch = {0};
    const struct lint_rule *before = NULL;
    if (console->json) {
        rules_json(console, driver);
        return;
    }
    for (const struct lint_rule *rule = lint_rules; rule->id != NULL; rule++) {
        if (driver != NULL && !lint_rule_is_for(rule, driver)) {
            continue;
        }
        if (before == NULL || before->scope != rule->scope) {
            console_print(console, "%s%s%s\n", ink(console->color, INK_BOLD), lint_scope_name(rule->scope),
                          ink(console->color, INK_PLAIN));
        }
        const char *engines = driver == NULL ? engines_of(&scratch, rule) : "";
        console_print(console, "  %-26s  %s%-7s%s  %s%s%s%s\n", rule->id,
                      ink(console->color, severities[rule->severity].ink), severities[rule->severity].name,
                      ink(console->color, INK_PLAIN), rule->title, engines[0] == '\0' ? "" : " (", engines,
                      engines[0] == '\0' ? "" : ")");
        before = rule;
    }
}

static const char *const scope_titles[] = {
    [SCOPE_DIRECTORY] = "the directory",    [SCOPE_STATEMENT] = "a statement",
    [SCOPE_SCRIPT] = "a script as a whole", [SCOPE_PAIR] = "up and down together",
    [SCOPE_HISTORY] = "the whole history",  [SCOPE_COMMENT] = "what the author declares"};

/* "up, postgres"; "" where nothing limits the rule. */
static const char *
limits_of(struct arena *arena, const struct lint_rule *rule)
{
    static const char *const ways[] = {[LINT_UP] = "up", [LINT_DOWN] = "down", [LINT_BOTH] = ""};
    const char *way =
        rule->scope == SCOPE_STATEMENT || rule->scope == SCOPE_SCRIPT ? ways[rule->direction] : "";
    const char *engines = engines_of(arena, rule);
    return arena_printf(arena, "%s%s%s", way, *way == '\0' || *engines == '\0' ? "" : ", ", engines);
}

void
lint_rules_markdown(const struct console *console)
{
    ARENA_SCOPED scratch = {0};
    const struct lint_rule *before = NULL;
    for (const struct lint_rule *rule = lint_rules; rule->id != NULL; rule++) {
        if (before == NULL || before->scope != rule->scope) {
            console_print(console,
                          "%s#### Over %s\n\n| rule | severity | only | finds |\n|---|---|---|---|\n",
                          before == NULL ? "" : "\n", scope_titles[rule->scope]);
        }
        console_print(console, "| `%s` | %s%s | %s | %s |\n", rule->id, severities[rule->severity].name,
                      rule->is_loss ? " (loss)" : "", limits_of(&scratch, rule), rule->title);
        before = rule;
    }
}
