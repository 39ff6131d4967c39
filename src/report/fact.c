#include "report/fact.h"

#include "base/buf.h"
#include "base/str.h"

#include <inttypes.h>
#include <string.h>

const char *
fact_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return str_is_empty(text) ? NULL : text;
}

bool
fact_number(const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value)) {
        *out = (int64_t)json_integer_value(value);
        return true;
    }
    return json_is_string(value) && parse_i64(span_of(json_string_value(value)), out);
}

int64_t
fact_count(const json_t *object, const char *key)
{
    int64_t n = 0;
    return fact_number(object, key, &n) ? n : 0;
}

enum answer
fact_answer(const json_t *object, const char *key)
{
    static const char *const yes[] = {"true", "yes", "1", "same"};
    static const char *const no[] = {"false", "no", "0", "different"};
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    if (json_is_boolean(value)) {
        return json_is_true(value) ? ANSWER_YES : ANSWER_NO;
    }
    if (json_is_integer(value)) {
        return json_integer_value(value) != 0 ? ANSWER_YES : ANSWER_NO;
    }
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        if (str_eq(text, yes[i]) || str_eq(text, no[i])) {
            return str_eq(text, yes[i]) ? ANSWER_YES : ANSWER_NO;
        }
    }
    return ANSWER_UNKNOWN;
}

const char *
answer_word(enum answer answer)
{
    switch (answer) {
    case ANSWER_UNKNOWN:
        return "not recorded";
    case ANSWER_NO:
        return "no";
    case ANSWER_YES:
        return "yes";
    }
    return "";
}

json_t *
fact_at(const json_t *object, const char *path)
{
    ARENA_SCOPED scratch = {0};
    json_t *at = NULL;
    while (path != NULL) {
        const char *dot = strchr(path, '.');
        const char *key = dot == NULL ? path : arena_strndup(&scratch, path, (size_t)(dot - path));
        at = json_object_get(object, key);
        object = at;
        path = dot == NULL ? NULL : dot + 1;
    }
    return json_is_null(at) ? NULL : at;
}

const char *
count_text(int64_t n, struct arena *arena)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%" PRId64, n);
    BUF_SCOPED out = BUF_INIT(64);
    for (int i = 0; i < len; i++) {
        buf_char(&out, digits[i]);
        int left = len - 1 - i;
        if (left > 0 && left % 3 == 0 && digits[i] != '-') {
            buf_char(&out, ',');
        }
    }
    return arena_strdup(arena, buf_cstr(&out));
}

const char *
fact_number_text(const json_t *object, const char *key, struct arena *arena)
{
    int64_t n;
    return fact_number(object, key, &n) ? count_text(n, arena) : "not recorded";
}
