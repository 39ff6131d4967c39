/* "-- rollcall: ignore=rule,rule" behind a statement or on a line of its own before one; "ignore-file=rule"
 * anywhere in a script. */
#include "script/lint_core.h"

#include "base/vec.h"

#include <string.h>

/* What stands behind "rollcall:" in a comment of the line; false when there is none. `*is_alone`: nothing but
 * the comment stands on the line. */
static bool
directive_of(struct span line, struct span *rest, bool *is_alone)
{
    static const char word[] = "rollcall:";
    size_t len = sizeof(word) - 1;
    for (size_t at = 0; at + len <= line.len; at++) {
        if (memcmp(line.ptr + at, word, len) != 0) {
            continue;
        }
        struct span before = span_trim((struct span){line.ptr, at});
        if (span_ends(before, "--") || span_ends(before, "#") || span_ends(before, "/*")) {
            *rest = (struct span){line.ptr + at + len, line.len - at - len};
            *is_alone = before.len <= 2;
            return true;
        }
    }
    return false;
}

static bool
is_comment_or_blank(struct span line)
{
    struct span text = span_trim(line);
    return text.len == 0 || span_starts(text, "--") || span_starts(text, "#") || span_starts(text, "/*");
}

static void
add_rules(struct lint *lint, struct ignores *ignores, struct span list, struct ignore ignore, bool is_whole)
{
    while (list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        size_t len = comma == NULL ? list.len : (size_t)(comma - list.ptr);
        ignore.rule = (struct span){list.ptr, len};
        if (len > 0 && is_whole) {
            vec_push(&lint->scratch, &ignores->whole, ignore);
        } else if (len > 0) {
            vec_push(&lint->scratch, ignores, ignore);
        }
        len += comma != NULL;
        list = (struct span){list.ptr + len, list.len - len};
    }
}

static void
read_line(struct lint *lint, struct ignores *ignores, struct span rest, size_t line, size_t target)
{
    static const char one[] = "ignore=";
    static const char whole[] = "ignore-file=";
    struct ignore ignore = {.line = line, .target = target};
    struct span word;
    while (span_next_word(&rest, &word)) {
        if (span_starts(word, one)) {
            struct span list = {word.ptr + sizeof(one) - 1, word.len - (sizeof(one) - 1)};
            add_rules(lint, ignores, list, ignore, false);
        } else if (span_starts(word, whole)) {
            struct span list = {word.ptr + sizeof(whole) - 1, word.len - (sizeof(whole) - 1)};
            add_rules(lint, ignores, list, ignore, true);
        }
    }
}

void
ignores_read(struct lint *lint, struct lint_script *script, struct span text)
{
    struct ignores *ignores = &script->ignores;
    struct span line;
    size_t number = script->part->line;
    size_t waiting = 0; /* from here on the entries still look for their statement */
    for (; span_next_line(&text, &line); number++) {
        struct span rest;
        bool is_alone = false;
        bool is_directive = directive_of(line, &rest, &is_alone);
        if (!is_comment_or_blank(line)) {
            for (; waiting < ignores->n; waiting++) {
                ignores->items[waiting].target = number;
            }
        }
        if (is_directive) {
            read_line(lint, ignores, rest, number, is_alone ? SIZE_MAX : number);
            waiting = is_alone ? waiting : ignores->n;
        }
    }
}

bool
ignores_cover(struct ignores *ignores, const char *rule, size_t first_line, size_t last_line)
{
    size_t low = 0;
    size_t high = ignores->n;
    bool is_covered = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ignores->items[middle].target < first_line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < ignores->n && ignores->items[low].target <= last_line; low++) {
        if (ignores->items[low].target != SIZE_MAX && span_is(ignores->items[low].rule, rule)) {
            ignores->items[low].is_used = is_covered = true;
        }
    }
    for (size_t i = 0; i < ignores->whole.n; i++) {
        if (span_is(ignores->whole.items[i].rule, rule)) {
            ignores->whole.items[i].is_used = is_covered = true;
        }
    }
    return is_covered;
}

static bool
is_rule(struct span id)
{
    for (const struct lint_rule *rule = lint_rules; rule->id != NULL; rule++) {
        if (span_is(id, rule->id)) {
            return true;
        }
    }
    return false;
}

static void
report_unused(struct lint *lint, struct lint_script *script, const struct ignore *ignore, bool is_whole)
{
    if (ignore->is_used) {
        return;
    }
    if (!is_rule(ignore->rule)) {
        lint_say_at(lint, script, ignore->line, RULE_UNUSED_IGNORE, "there is no rule '%.*s'",
                    (int)ignore->rule.len, ignore->rule.ptr);
    } else {
        lint_say_at(lint, script, ignore->line, RULE_UNUSED_IGNORE, "%s '%.*s' to ignore any more",
                    is_whole ? "the script has no" : "the statement has no", (int)ignore->rule.len,
                    ignore->rule.ptr);
    }
}

void
ignores_report(struct lint *lint, struct lint_script *script)
{
    for (size_t i = 0; i < script->ignores.n; i++) {
        report_unused(lint, script, &script->ignores.items[i], false);
    }
    for (size_t i = 0; i < script->ignores.whole.n; i++) {
        report_unused(lint, script, &script->ignores.whole.items[i], true);
    }
}
