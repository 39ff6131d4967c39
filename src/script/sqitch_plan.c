#include "script/sqitch_plan.h"

#include "base/buf.h"
#include "base/map.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A change line cut into its fields. */
struct fields {
    char operator; /* '+', '-' or NUL */
    bool is_tag;
    struct span name;
    struct span dependencies;
    struct span timestamp;
    struct span planner;
    const char *note;
};

static void
add_error(struct plan *plan, struct arena *arena, size_t line, const char *message)
{
    vec_push(arena, &plan->errors, (struct plan_error){line, message});
}

/* Line ends and backslashes are written as escapes in a note. */
static const char *
unescape(struct arena *arena, struct span text)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char next = text.ptr[i] == '\\' && i + 1 < text.len ? text.ptr[i + 1] : '\0';
        if (next == 'n' || next == 'r' || next == '\\') {
            out[n++] = next == 'n' ? '\n' : next == 'r' ? '\r' : '\\';
            i++;
        } else {
            out[n++] = text.ptr[i];
        }
    }
    return out;
}

static bool
is_timestamp(struct span word)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
    if (word.len != sizeof(shape) - 1) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        bool is_digit = word.ptr[i] >= '0' && word.ptr[i] <= '9';
        if (shape[i] == 'd' ? !is_digit : word.ptr[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

static bool
is_name(struct span name)
{
    static const char punctuation[] = "-!\"#$%&'()*+,./:;<=>?@[\\]^`{|}~";
    return name.len > 0 && strchr(punctuation, name.ptr[0]) == NULL &&
           strchr(punctuation, name.ptr[name.len - 1]) == NULL && memchr(name.ptr, '@', name.len) == NULL &&
           memchr(name.ptr, ':', name.len) == NULL && memchr(name.ptr, '\\', name.len) == NULL;
}

/* NULL, or what is wrong with the line. */
static const char *
cut_fields(struct arena *arena, struct span line, struct fields *out)
{
    *out = (struct fields){.note = "", .dependencies = {"", 0}};
    const char *hash = memchr(line.ptr, '#', line.len);
    if (hash != NULL) {
        out->note =
            unescape(arena, span_trim((struct span){hash + 1, (size_t)(line.ptr + line.len - hash) - 1}));
        line.len = (size_t)(hash - line.ptr);
    }
    line = span_trim(line);
    out->is_tag = span_starts(line, "@");
    if (!out->is_tag && (span_starts(line, "+") || span_starts(line, "-"))) {
        out->operator= line.ptr[0];
    }
    if (out->is_tag || out->operator!= '\0') {
        line = span_trim((struct span){line.ptr + 1, line.len - 1});
    }
    if (!span_next_word(&line, &out->name) || !is_name(out->name)) {
        return "the name is missing or is none that Sqitch allows";
    }
    line = span_trim(line);
    if (span_starts(line, "[")) {
        const char *close = memchr(line.ptr, ']', line.len);
        if (close == NULL) {
            return "the list of dependencies is not closed";
        }
        out->dependencies = (struct span){line.ptr + 1, (size_t)(close - line.ptr) - 1};
        line = (struct span){close + 1, (size_t)(line.ptr + line.len - close) - 1};
    }
    if (!span_next_word(&line, &out->timestamp) || !is_timestamp(out->timestamp)) {
        return "the time is missing or is not like 2024-01-31T12:00:00Z";
    }
    out->planner = span_trim(line);
    if (!span_ends(out->planner, ">") || memchr(out->planner.ptr, '<', out->planner.len) == NULL) {
        return "the planner is missing or is not like 'Name <address>'";
    }
    return NULL;
}

bool
plan_next_dependency(const struct plan *plan, struct span *rest, struct span *name, bool *conflicts)
{
    if (!span_next_word(rest, name)) {
        return false;
    }
    *conflicts = span_starts(*name, "!");
    if (*conflicts) {
        *name = (struct span){name->ptr + 1, name->len - 1};
    }
    const char *colon = memchr(name->ptr, ':', name->len);
    struct span project = {name->ptr, colon == NULL ? 0 : (size_t)(colon - name->ptr)};
    if (colon != NULL && span_is(project, plan->project)) {
        *name = (struct span){colon + 1, name->len - project.len - 1};
    }
    return true;
}

static void
add_dependencies(const struct plan *plan, const struct plan_change *change, bool conflicts, struct buf *out)
{
    struct span rest = change->dependencies;
    struct span name;
    bool is_conflict = false;
    bool is_first = true;
    while (plan_next_dependency(plan, &rest, &name, &is_conflict)) {
        if (is_conflict == conflicts) {
            buf_printf(out, "%s\n  %c ",
                       !is_first   ? ""
                       : conflicts ? "\nconflicts"
                                   : "\nrequires",
                       conflicts ? '-' : '+');
            buf_span(out, name);
            is_first = false;
        }
    }
}

/* The id is the SHA-1 of a description that holds the id of the change before, as sqitchchanges(7) has it. */
static void
set_id(const struct plan *plan, struct plan_change *change, const struct plan_change *parent)
{
    BUF_SCOPED info = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED object = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&info, "project %s\n", plan->project);
    if (plan->uri[0] != '\0') {
        buf_printf(&info, "uri %s\n", plan->uri);
    }
    buf_printf(&info, "change %s\n", change->name);
    if (parent != NULL) {
        buf_printf(&info, "parent %s\n", parent->id);
    }
    buf_str(&info, "planner ");
    buf_span(&info, change->planner);
    buf_str(&info, "\ndate ");
    buf_span(&info, change->timestamp);
    add_dependencies(plan, change, false, &info);
    add_dependencies(plan, change, true, &info);
    if (change->note[0] != '\0') {
        buf_printf(&info, "\n\n%s", change->note);
    }
    buf_printf(&object, "change %zu", info.len);
    buf_char(&object, '\0');
    buf_span(&object, buf_view(&info));
    sha1_hex(buf_view(&object), change->id);
}

static void
read_pragma(struct plan *plan, struct arena *arena, struct span line)
{
    line = span_trim((struct span){line.ptr + 1, line.len - 1});
    const char *equals = memchr(line.ptr, '=', line.len);
    if (equals == NULL) {
        return;
    }
    struct span key = span_trim((struct span){line.ptr, (size_t)(equals - line.ptr)});
    struct span value = span_trim((struct span){equals + 1, (size_t)(line.ptr + line.len - equals) - 1});
    if (span_is(key, "project")) {
        plan->project = arena_strndup(arena, value.ptr, value.len);
    } else if (span_is(key, "uri")) {
        plan->uri = arena_strndup(arena, value.ptr, value.len);
    }
}

static void
add_tag(struct plan *plan, struct arena *arena, const struct fields *fields, size_t line)
{
    if (plan->changes.n == 0) {
        add_error(plan, arena, line, "a tag before the first change");
        return;
    }
    struct plan_change *change = &plan->changes.items[plan->changes.n - 1];
    vec_push(arena, &change->tags, arena_strndup(arena, fields->name.ptr, fields->name.len));
}

static void
add_change(struct plan *plan, struct arena *arena, struct map *by_name, const struct fields *fields,
           size_t line)
{
    struct plan_change change = {
        .name = arena_strndup(arena, fields->name.ptr, fields->name.len),
        .line = line,
        .dependencies = fields->dependencies,
        .timestamp = fields->timestamp,
        .planner = fields->planner,
        .note = fields->note,
    };
    size_t *last = map_get(by_name, fields->name);
    if (last == NULL) {
        last = arena_new(arena, size_t);
        (void)map_put(by_name, fields->name, last);
    }
    change.earlier = *last;
    vec_push(arena, &plan->changes, change);
    if (*last > 0) {
        plan->changes.items[*last - 1].later = plan->changes.n;
    }
    *last = plan->changes.n;
}

void
plan_parse(struct span text, struct arena *arena, struct plan *out)
{
    struct map by_name;
    struct span line;
    map_init(&by_name, arena);
    *out = (struct plan){.project = "", .uri = ""};
    for (size_t n = 1; span_next_line(&text, &line); n++) {
        struct fields fields;
        line = span_trim(line);
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        if (line.ptr[0] == '%') {
            read_pragma(out, arena, line);
            continue;
        }
        const char *wrong = cut_fields(arena, line, &fields);
        if (wrong != NULL) {
            add_error(out, arena, n, wrong);
        } else if (fields.is_tag) {
            add_tag(out, arena, &fields, n);
        } else if (fields.operator== '-') {
            add_error(out, arena, n, "a change that the plan itself takes back cannot be followed");
        } else {
            add_change(out, arena, &by_name, &fields, n);
        }
    }
    if (out->project[0] == '\0') {
        add_error(out, arena, 1, "the line %project=NAME is missing");
    }
    for (size_t i = 0; i < out->changes.n; i++) {
        set_id(out, &out->changes.items[i], i == 0 ? NULL : &out->changes.items[i - 1]);
    }
}
