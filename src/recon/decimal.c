#include "recon/decimal.h"

#include "base/buf.h"

#include <string.h>

/* Drops zeros at both ends. */
static void
normalise(struct decimal *out)
{
    uint32_t skip = 0;
    while (skip < out->n && out->digits[skip] == 0) {
        skip++;
    }
    memmove(out->digits, out->digits + skip, out->n - skip);
    out->n -= skip;
    while (out->n > 0 && out->digits[out->n - 1] == 0) {
        out->n--;
        out->scale--;
    }
    if (out->n == 0) {
        out->n = 1;
        out->digits[0] = 0;
        out->scale = 0;
        out->is_negative = false;
    }
}

static bool
parse_exponent(struct span text, int32_t *out)
{
    int64_t number;
    if (text.len > 1 && text.ptr[0] == '+' && text.ptr[1] != '-') {
        text = (struct span){text.ptr + 1, text.len - 1};
    }
    if (!parse_i64(text, &number) || number < -20000 || number > 20000) {
        return false;
    }
    *out = (int32_t)number;
    return true;
}

bool
decimal_parse(struct span text, struct decimal *out)
{
    size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    bool has_point = false;
    bool has_digit = false;
    int32_t exponent = 0;
    *out = (struct decimal){.is_negative = text.len > 0 && text.ptr[0] == '-'};
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        if (c == '.' && !has_point) {
            has_point = true;
        } else if (c >= '0' && c <= '9') {
            has_digit = true;
            out->scale += has_point;
            if (out->n == 0 && c == '0') {
                continue; /* leading zeros take no room */
            }
            if (out->n == DECIMAL_DIGITS) {
                return false;
            }
            out->digits[out->n++] = (unsigned char)(c - '0');
        } else {
            break;
        }
    }
    if (!has_digit) {
        return false;
    }
    if (at < text.len) {
        if ((text.ptr[at] != 'e' && text.ptr[at] != 'E') ||
            !parse_exponent((struct span){text.ptr + at + 1, text.len - at - 1}, &exponent)) {
            return false;
        }
    }
    out->scale -= exponent;
    normalise(out);
    return true;
}

char *
decimal_text(const struct decimal *decimal, struct arena *arena)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    int64_t whole = (int64_t)decimal->n - decimal->scale; /* digits before the point; may be negative */
    if (decimal->is_negative) {
        buf_char(&text, '-');
    }
    if (whole <= 0) {
        buf_str(&text, "0.");
    }
    for (int64_t i = whole; i < 0; i++) {
        buf_char(&text, '0');
    }
    for (uint32_t i = 0; i < decimal->n; i++) {
        if (whole > 0 && i == whole) {
            buf_char(&text, '.');
        }
        buf_char(&text, (char)('0' + decimal->digits[i]));
    }
    for (int64_t i = decimal->n; i < whole; i++) {
        buf_char(&text, '0');
    }
    return arena_strdup(arena, buf_cstr(&text));
}

bool
decimal_eq(const struct decimal *a, const struct decimal *b)
{
    return a->is_negative == b->is_negative && a->scale == b->scale && a->n == b->n &&
           memcmp(a->digits, b->digits, a->n) == 0;
}

static bool
is_zero(const struct decimal *a)
{
    return a->n == 1 && a->digits[0] == 0;
}

int
decimal_compare_size(const struct decimal *a, const struct decimal *b)
{
    int64_t a_whole = (int64_t)a->n - a->scale;
    int64_t b_whole = (int64_t)b->n - b->scale;
    if (is_zero(a) || is_zero(b)) {
        return (int)is_zero(b) - (int)is_zero(a);
    }
    if (a_whole != b_whole) {
        return a_whole < b_whole ? -1 : 1;
    }
    int order = memcmp(a->digits, b->digits, a->n < b->n ? a->n : b->n);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return a->n == b->n ? 0 : a->n < b->n ? -1 : 1;
}

/* The digit that stands `place` places left of the point's right neighbour: place 0 is the ones. */
static int
digit_at(const struct decimal *a, int64_t place)
{
    int64_t from_right = place + a->scale;
    if (from_right < 0 || from_right >= a->n) {
        return 0;
    }
    return a->digits[a->n - 1 - (uint32_t)from_right];
}

static int64_t
top_of(const struct decimal *a)
{
    return (int64_t)a->n - 1 - a->scale;
}

bool
decimal_distance(const struct decimal *a, const struct decimal *b, struct decimal *out)
{
    const struct decimal *big = decimal_compare_size(a, b) >= 0 ? a : b;
    const struct decimal *small = big == a ? b : a;
    bool adds = a->is_negative != b->is_negative && !is_zero(a) && !is_zero(b);
    int32_t scale = a->scale > b->scale ? a->scale : b->scale;
    int64_t top = (top_of(a) > top_of(b) ? top_of(a) : top_of(b)) + 1; /* a place for the carry */
    int64_t n = top + scale + 1;
    if (n > DECIMAL_DIGITS) {
        return false;
    }
    *out = (struct decimal){.scale = scale, .n = (uint32_t)n};
    int carry = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t place = i - scale;
        int digit = adds ? digit_at(big, place) + digit_at(small, place) + carry
                         : digit_at(big, place) - digit_at(small, place) - carry;
        carry = adds ? digit > 9 : digit < 0;
        digit += adds ? -10 * carry : 10 * carry;
        out->digits[n - 1 - i] = (unsigned char)digit;
    }
    normalise(out);
    return true;
}

bool
decimal_product(const struct decimal *a, const struct decimal *b, struct decimal *out)
{
    uint32_t n = a->n + b->n;
    if (n > DECIMAL_DIGITS) {
        return false;
    }
    *out = (struct decimal){
        .is_negative = a->is_negative != b->is_negative, .scale = a->scale + b->scale, .n = n};
    for (uint32_t i = a->n; i-- > 0;) {
        unsigned carry = 0;
        for (uint32_t k = b->n; k-- > 0;) {
            unsigned sum = (unsigned)a->digits[i] * b->digits[k] + out->digits[i + k + 1] + carry;
            out->digits[i + k + 1] = (unsigned char)(sum % 10);
            carry = sum / 10;
        }
        out->digits[i] = (unsigned char)carry;
    }
    normalise(out);
    return true;
}
