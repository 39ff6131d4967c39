#include "script/layout.h"

#include "base/vec.h"

#include <string.h>

/* Cuts `key=value` off; the value may stand in double quotes, where a backslash takes the next character as
 * it is. */
static enum status
next_pair(struct span *rest, struct arena *arena, struct span *key, struct span *value, struct err *err)
{
    size_t at = 0;
    while (at < rest->len && rest->ptr[at] != '=' && rest->ptr[at] != ' ' && rest->ptr[at] != '\t') {
        at++;
    }
    *key = (struct span){rest->ptr, at};
    if (at == rest->len || rest->ptr[at] != '=') {
        return err_raise(err, STATUS_USAGE, "'%.*s' lacks a value: write %.*s=VALUE", (int)key->len, key->ptr,
                         (int)key->len, key->ptr);
    }
    at++;
    char *text = arena_alloc(arena, rest->len - at + 1);
    size_t len = 0;
    if (at < rest->len && rest->ptr[at] == '"') {
        for (at++; at < rest->len && rest->ptr[at] != '"'; at++) {
            if (rest->ptr[at] == '\\' && at + 1 < rest->len) {
                at++;
            }
            text[len++] = rest->ptr[at];
        }
        if (at == rest->len) {
            return err_raise(err, STATUS_USAGE, "the value of '%.*s' has an opening quote and no closing one",
                             (int)key->len, key->ptr);
        }
        at++;
    } else {
        while (at < rest->len && rest->ptr[at] != ' ' && rest->ptr[at] != '\t') {
            text[len++] = rest->ptr[at++];
        }
    }
    *value = (struct span){text, len};
    *rest = span_trim((struct span){rest->ptr + at, rest->len - at});
    return STATUS_OK;
}

static enum status
bad_value(struct err *err, const char *key, struct span value, const char *wanted)
{
    return err_raise(err, STATUS_USAGE, "%s cannot be '%.*s': it is %s", key, (int)value.len, value.ptr,
                     wanted);
}

static enum status
set_class(struct directives *out, struct span value, struct arena *arena, struct err *err)
{
    (void)arena;
    if (!reversal_class_from_name(value, &out->class)) {
        return bad_value(err, "class", value, "reversible, snapshot, compensating, lossy or irreversible");
    }
    return STATUS_OK;
}

static enum status
set_reason(struct directives *out, struct span value, struct arena *arena, struct err *err)
{
    (void)err;
    out->reason = arena_strndup(arena, value.ptr, value.len);
    return STATUS_OK;
}

static enum status
set_tables(struct directives *out, struct span value, struct arena *arena, struct err *err)
{
    VEC(const char *) tables = {0};
    while (value.len > 0) {
        const char *comma = memchr(value.ptr, ',', value.len);
        size_t len = comma == NULL ? value.len : (size_t)(comma - value.ptr);
        struct span name = span_trim((struct span){value.ptr, len});
        if (name.len == 0) {
            return err_raise(err, STATUS_USAGE, "tables holds an empty name");
        }
        vec_push(arena, &tables, arena_strndup(arena, name.ptr, name.len));
        len += comma != NULL;
        value = (struct span){value.ptr + len, value.len - len};
    }
    out->tables = tables.items;
    out->n_tables = tables.n;
    return STATUS_OK;
}

static enum status
set_transaction(struct directives *out, struct span value, struct arena *arena, struct err *err)
{
    (void)arena;
    bool is_on = span_is(value, "on") || span_is(value, "true");
    if (!is_on && !span_is(value, "off") && !span_is(value, "false")) {
        return bad_value(err, "transaction", value, "on or off");
    }
    out->has_transaction = true;
    out->transaction = is_on;
    return STATUS_OK;
}

static enum status
set_lock_timeout(struct directives *out, struct span value, struct arena *arena, struct err *err)
{
    (void)arena;
    uint64_t ms = 0;
    if (!parse_duration(value, &ms) || ms == 0 || ms > UINT32_MAX) {
        return bad_value(err, "lock_timeout", value, "a time like 250ms, 3s or 2m");
    }
    out->lock_timeout_ms = (uint32_t)ms;
    return STATUS_OK;
}

static enum status
skip(struct directives *out, struct span value, struct arena *arena, struct err *err)
{
    (void)out;
    (void)value;
    (void)arena;
    (void)err;
    return STATUS_OK;
}

static const struct {
    const char *key;
    enum status (*set)(struct directives *out, struct span value, struct arena *arena, struct err *err);
} keys[] = {
    {"class", set_class},
    {"tables", set_tables},
    {"transaction", set_transaction},
    {"lock_timeout", set_lock_timeout},
    {"reason", set_reason},
    {"ignore", skip}, /* lint's */
    {"ignore-file", skip},
};

static enum status
unknown_key(struct span key, struct arena *arena, struct err *err)
{
    const char *names[COUNT_OF(keys)];
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        names[i] = keys[i].key;
    }
    const char *near = nearest_name(arena_strndup(arena, key.ptr, key.len), names, COUNT_OF(keys));
    if (near != NULL) {
        return err_raise(err, STATUS_USAGE, "unknown directive '%.*s' (did you mean '%s'?)", (int)key.len,
                         key.ptr, near);
    }
    return err_raise(
        err, STATUS_USAGE,
        "unknown directive '%.*s': there are class, tables, transaction, lock_timeout and reason",
        (int)key.len, key.ptr);
}

static enum status
parse_line(struct span line, struct arena *arena, unsigned *seen, struct directives *out, struct err *err)
{
    struct span rest = span_trim(line);
    while (rest.len > 0) {
        struct span key = {"", 0};
        struct span value = {"", 0};
        TRY(next_pair(&rest, arena, &key, &value, err));
        size_t i = 0;
        while (i < COUNT_OF(keys) && !span_is(key, keys[i].key)) {
            i++;
        }
        if (i == COUNT_OF(keys)) {
            return unknown_key(key, arena, err);
        }
        if ((*seen & 1u << i) != 0 && keys[i].set != skip) {
            return err_raise(err, STATUS_USAGE, "directive '%s' is given twice", keys[i].key);
        }
        *seen |= 1u << i;
        TRY(keys[i].set(out, value, arena, err));
    }
    return STATUS_OK;
}

/* Whether the line belongs to the head: blank, or within a comment. */
static bool
is_head(struct span line, bool *in_block)
{
    if (*in_block || span_starts(line, "/*")) {
        const char *end = NULL;
        for (size_t i = *in_block ? 0 : 2; i + 1 < line.len && end == NULL; i++) {
            end = line.ptr[i] == '*' && line.ptr[i + 1] == '/' ? line.ptr + i + 2 : NULL;
        }
        *in_block = end == NULL;
        return end == NULL || end == line.ptr + line.len;
    }
    return line.len == 0 || span_starts(line, "--") || line.ptr[0] == '#';
}

enum status
directives_scan(struct span text, struct arena *arena, struct directives *out, size_t *line_out,
                struct err *err)
{
    *out = (struct directives){.reason = ""};
    *line_out = 0;
    if (span_starts(text, "\xef\xbb\xbf")) {
        text = (struct span){text.ptr + 3, text.len - 3};
    }
    unsigned seen = 0;
    bool in_block = false;
    struct span line;
    while (span_next_line(&text, &line)) {
        ++*line_out;
        struct span rest = span_trim(line);
        bool may_tell = !in_block && span_starts(rest, "--");
        if (!is_head(rest, &in_block)) {
            break;
        }
        if (may_tell) {
            rest = span_trim((struct span){rest.ptr + 2, rest.len - 2});
        }
        if (may_tell && span_starts(rest, "rollcall:")) {
            rest.ptr += strlen("rollcall:");
            rest.len -= strlen("rollcall:");
            TRY(parse_line(rest, arena, &seen, out, err));
        }
    }
    return STATUS_OK;
}

enum status
directives_parse(struct span text, struct arena *arena, struct directives *out, struct err *err)
{
    size_t line = 0;
    enum status status = directives_scan(text, arena, out, &line, err);
    return status == STATUS_OK ? status : err_wrap(err, "line %zu", line);
}
