#include "schema/value.h"

#include <inttypes.h>
#include <string.h>

struct value
value_null(void)
{
    return (struct value){VALUE_NULL, {NULL, 0}};
}

struct value
value_text(const char *str)
{
    return str == NULL ? value_null() : value_span(span_of(str));
}

struct value
value_span(struct span text)
{
    return (struct value){VALUE_TEXT, text};
}

struct value
value_bytes(struct span bytes)
{
    return (struct value){VALUE_BYTES, bytes};
}

struct value
value_int(struct arena *arena, int64_t number)
{
    return (struct value){VALUE_INT, span_of(arena_printf(arena, "%" PRId64, number))};
}

bool
value_is_null(const struct value *value)
{
    return value->kind == VALUE_NULL;
}

int64_t
value_to_int(const struct value *value, int64_t fallback)
{
    int64_t number = fallback;
    if (value->kind == VALUE_NULL || !parse_i64(span_trim(value->bytes), &number)) {
        return fallback;
    }
    return number;
}

bool
value_to_bool(const struct value *value)
{
    static const char *const yes[] = {"1", "t", "true"};
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        if (value->kind != VALUE_NULL && span_is_nocase(value->bytes, yes[i])) {
            return true;
        }
    }
    return false;
}

char *
value_to_str(const struct value *value, struct arena *arena)
{
    return arena_strndup(arena, value->bytes.ptr, value->kind == VALUE_NULL ? 0 : value->bytes.len);
}
