#include "base/str.h"

#include <string.h>

struct span
span_of(const char *str)
{
    return (struct span){str, str == NULL ? 0 : strlen(str)};
}

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

struct span
span_trim(struct span span)
{
    while (span.len > 0 && is_blank(span.ptr[0])) {
        span.ptr++;
        span.len--;
    }
    while (span.len > 0 && is_blank(span.ptr[span.len - 1])) {
        span.len--;
    }
    return span;
}

bool
span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool
span_is(struct span span, const char *str)
{
    return span_eq(span, span_of(str));
}

bool
span_is_nocase(struct span span, const char *str)
{
    return span_starts_nocase(span, str) && span.len == strlen(str);
}

bool
span_starts(struct span span, const char *prefix)
{
    size_t len = strlen(prefix);
    return span.len >= len && (len == 0 || memcmp(span.ptr, prefix, len) == 0);
}

bool
span_starts_nocase(struct span span, const char *prefix)
{
    size_t at = 0;
    while (prefix[at] != '\0') {
        if (at == span.len || lower(span.ptr[at]) != lower(prefix[at])) {
            return false;
        }
        at++;
    }
    return true;
}

bool
span_ends(struct span span, const char *suffix)
{
    size_t len = strlen(suffix);
    return span.len >= len && (len == 0 || memcmp(span.ptr + span.len - len, suffix, len) == 0);
}

bool
span_next_line(struct span *rest, struct span *line)
{
    if (rest->len == 0) {
        return false;
    }
    const char *end = memchr(rest->ptr, '\n', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->ptr);
    size_t cut = end == NULL ? len : len + 1;
    *line = (struct span){rest->ptr, len};
    if (end != NULL && len > 0 && line->ptr[len - 1] == '\r') {
        line->len--;
    }
    rest->ptr += cut;
    rest->len -= cut;
    return true;
}

bool
span_next_word(struct span *rest, struct span *word)
{
    while (rest->len > 0 && is_blank(rest->ptr[0])) {
        rest->ptr++;
        rest->len--;
    }
    if (rest->len == 0) {
        return false;
    }
    size_t len = 0;
    while (len < rest->len && !is_blank(rest->ptr[len])) {
        len++;
    }
    *word = (struct span){rest->ptr, len};
    rest->ptr += len;
    rest->len -= len;
    return true;
}

bool
str_eq(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
str_eq_nocase(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && span_is_nocase(span_of(a), b));
}

bool
str_starts(const char *str, const char *prefix)
{
    return span_starts(span_of(str), prefix);
}

bool
str_ends(const char *str, const char *suffix)
{
    return span_ends(span_of(str), suffix);
}

bool
str_is_empty(const char *str)
{
    return str == NULL || str[0] == '\0';
}

bool
parse_u64(struct span text, uint64_t *out)
{
    uint64_t number = 0;
    if (text.len == 0) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i])) {
            return false;
        }
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');
        if (number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    *out = number;
    return true;
}

bool
parse_i64(struct span text, int64_t *out)
{
    bool is_negative = text.len > 0 && text.ptr[0] == '-';
    uint64_t size = 0;
    if (is_negative) {
        text.ptr++;
        text.len--;
    }
    uint64_t limit = is_negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    if (!parse_u64(text, &size) || size > limit) {
        return false;
    }
    if (is_negative) {
        *out = size == (uint64_t)INT64_MAX + 1 ? INT64_MIN : -(int64_t)size;
    } else {
        *out = (int64_t)size;
    }
    return true;
}

bool
parse_duration(struct span text, uint64_t *out_ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"", 1000}};
    size_t digits = 0;
    while (digits < text.len && is_digit(text.ptr[digits])) {
        digits++;
    }
    uint64_t number = 0;
    if (!parse_u64((struct span){text.ptr, digits}, &number)) {
        return false;
    }
    struct span unit = {text.ptr + digits, text.len - digits};
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (span_is(unit, units[i].unit)) {
            if (number > UINT64_MAX / units[i].ms) {
                return false;
            }
            *out_ms = number * units[i].ms;
            return true;
        }
    }
    return false;
}

/* Length of the well-formed character at `ptr`; 0 when there is none (RFC 3629, section 4). */
static size_t
utf8_char_len(const unsigned char *ptr, size_t len)
{
    unsigned char lead = ptr[0];
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t n = 0;
    if (lead < 0x80) {
        return 1;
    } else if (lead >= 0xC2 && lead <= 0xDF) {
        n = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        n = 3;
        low = lead == 0xE0 ? 0xA0 : low;
        high = lead == 0xED ? 0x9F : high;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        n = 4;
        low = lead == 0xF0 ? 0x90 : low;
        high = lead == 0xF4 ? 0x8F : high;
    }
    if (n == 0 || len < n || ptr[1] < low || ptr[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if ((ptr[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return n;
}

size_t
utf8_valid_len(struct span text)
{
    const unsigned char *ptr = (const unsigned char *)text.ptr;
    size_t at = 0;
    while (at < text.len) {
        uint64_t eight = 0;
        while (text.len - at >= sizeof(eight)) {
            memcpy(&eight, ptr + at, sizeof(eight));
            if ((eight & UINT64_C(0x8080808080808080)) != 0) {
                break;
            }
            at += sizeof(eight);
        }
        if (at == text.len) {
            break;
        }
        size_t n = utf8_char_len(ptr + at, text.len - at);
        if (n == 0) {
            return at;
        }
        at += n;
    }
    return at;
}

size_t
utf8_offset(struct span text, size_t n)
{
    size_t at = 0;
    for (; at < text.len; at++) {
        if (((unsigned char)text.ptr[at] & 0xC0) != 0x80) {
            if (n == 0) {
                return at;
            }
            n--;
        }
    }
    return at;
}

/* Compares two runs of digits by value and moves both pointers behind them. */
static int
compare_digits(const char **a, const char **b)
{
    while (**a == '0') {
        (*a)++;
    }
    while (**b == '0') {
        (*b)++;
    }
    size_t a_len = 0;
    size_t b_len = 0;
    while (is_digit((*a)[a_len])) {
        a_len++;
    }
    while (is_digit((*b)[b_len])) {
        b_len++;
    }
    int order = a_len != b_len ? (a_len < b_len ? -1 : 1) : memcmp(*a, *b, a_len);
    *a += a_len;
    *b += b_len;
    return order;
}

int
natural_compare(const char *a, const char *b)
{
    const char *a_at = a;
    const char *b_at = b;
    while (*a_at != '\0' && *b_at != '\0') {
        int order = 0;
        if (is_digit(*a_at) && is_digit(*b_at)) {
            order = compare_digits(&a_at, &b_at);
        } else {
            order = (unsigned char)*a_at++ - (unsigned char)*b_at++;
        }
        if (order != 0) {
            return order;
        }
    }
    if (*a_at != *b_at) {
        return *a_at == '\0' ? -1 : 1;
    }
    return strcmp(a, b); /* "7" and "007": a fixed order all the same */
}

size_t
edit_distance(const char *a, const char *b)
{
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    ARENA_SCOPED arena = {0};
    size_t *row = arena_new_array(&arena, size_t, b_len + 1);
    for (size_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b_len];
}

const char *
nearest_name(const char *name, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    size_t limit = (strlen(name) + 2) / 3;
    for (size_t i = 0; i < n; i++) {
        size_t distance = edit_distance(name, candidates[i]);
        if (distance <= limit && distance < strlen(candidates[i])) {
            best = candidates[i];
            if (distance == 0) {
                break;
            }
            limit = distance - 1;
        }
    }
    return best;
}
