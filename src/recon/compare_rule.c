/* Tolerances: which values count as the same although they are not. */
#include "recon/compare_core.h"

#include <ctype.h>
#include <string.h>

/* The rule of that column, made when there is none yet. */
static struct column_rule *
rule_of(struct compare_rules *rules, const char *column, struct arena *arena)
{
    for (size_t i = 0; i < rules->n; i++) {
        if (rows_same_name(rules->items[i].column, column)) {
            return &rules->items[i];
        }
    }
    vec_push(arena, rules, ((struct column_rule){.column = column}));
    return &rules->items[rules->n - 1];
}

/* "0.5" of a hundred is "0.005". */
static const char *
of_hundred(struct span number, struct arena *arena)
{
    BUF_SCOPED digits = BUF_INIT(BUF_TEXT_MAX);
    size_t behind = 2;
    bool is_behind = false;
    buf_str(&digits, "000");
    for (size_t i = 0; i < number.len; i++) {
        if (number.ptr[i] == '.') {
            is_behind = true;
        } else {
            buf_char(&digits, number.ptr[i]);
            behind += is_behind;
        }
    }
    return arena_printf(arena, "%.*s.%s", (int)(digits.len - behind), buf_cstr(&digits),
                        buf_cstr(&digits) + digits.len - behind);
}

static bool
is_number(struct span text)
{
    struct decimal number;
    return text.len > 0 && isdigit((unsigned char)text.ptr[0]) && decimal_parse(text, &number);
}

/* 0.01, 1%, 2s, case, trim, empty */
static bool
read_value(struct column_rule *rule, struct span value, struct arena *arena)
{
    struct span without = {value.ptr, value.len == 0 ? 0 : value.len - 1};
    uint64_t ms = 0;
    if (is_number(value)) {
        rule->absolute = arena_strndup(arena, value.ptr, value.len);
        return true;
    }
    if (span_ends(value, "%") && is_number(without)) {
        rule->relative = of_hundred(without, arena);
        return true;
    }
    if (parse_duration(value, &ms)) {
        rule->time_us = ms * 1000;
        return true;
    }
    rule->ignores_case = rule->ignores_case || span_is(value, "case");
    rule->trims = rule->trims || span_is(value, "trim");
    rule->empty_is_null = rule->empty_is_null || span_is(value, "empty");
    return span_is(value, "case") || span_is(value, "trim") || span_is(value, "empty");
}

enum status
compare_rules_parse(const char *text, struct arena *arena, struct compare_rules *out, struct err *err)
{
    struct span rest = span_of(text);
    *out = (struct compare_rules){.n = 0};
    while (rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        struct span item = {rest.ptr, comma == NULL ? rest.len : (size_t)(comma - rest.ptr)};
        const char *equals = memchr(item.ptr, '=', item.len);
        size_t name = equals == NULL ? 0 : (size_t)(equals - item.ptr);
        size_t skip = equals == NULL ? 0 : name + 1;
        const char *column = arena_strndup(arena, item.ptr, name);
        if (!read_value(rule_of(out, column, arena),
                        span_trim((struct span){item.ptr + skip, item.len - skip}), arena)) {
            (void)err_raise(err, STATUS_USAGE, "'%.*s' is no tolerance", (int)item.len, item.ptr);
            return err_hint(err, "such as 0.01, 1%%, 2s, case, trim, empty; for one column: price=0.01");
        }
        rest.ptr += item.len + (comma != NULL);
        rest.len -= item.len + (comma != NULL);
    }
    return STATUS_OK;
}

const struct column_rule *
compare_rule(const struct compare_rules *rules, const char *column)
{
    const struct column_rule *every = NULL;
    for (size_t i = 0; i < rules->n; i++) {
        if (rules->items[i].column[0] == '\0') {
            every = &rules->items[i];
        } else if (rows_same_name(rules->items[i].column, column)) {
            return &rules->items[i];
        }
    }
    return every;
}
