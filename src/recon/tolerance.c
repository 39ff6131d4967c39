#include "recon/tolerance.h"

#include "recon/canon_view.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

static bool
within_decimal(const struct column_rule *rule, const struct decimal *a, const struct decimal *b)
{
    struct decimal distance;
    struct decimal limit;
    struct decimal share;
    if (!decimal_distance(a, b, &distance)) {
        return false;
    }
    if (rule->absolute != NULL && decimal_parse(span_of(rule->absolute), &limit) &&
        decimal_compare_size(&distance, &limit) <= 0) {
        return true;
    }
    return rule->relative != NULL && decimal_parse(span_of(rule->relative), &share) &&
           decimal_product(decimal_compare_size(a, b) >= 0 ? a : b, &share, &limit) &&
           decimal_compare_size(&distance, &limit) <= 0;
}

static double
real_of(const char *text)
{
    return text == NULL ? -1 : strtod(text, NULL);
}

static bool
within_real(const struct column_rule *rule, double a, double b)
{
    double distance = fabs(a - b);
    return distance <= real_of(rule->absolute) ||
           distance <= real_of(rule->relative) * fmax(fabs(a), fabs(b));
}

/* A float, or an exact number as one. */
static bool
as_real(struct span cell, double *out)
{
    ARENA_SCOPED scratch = {0};
    struct decimal number;
    if (canon_real(cell, out)) {
        return true;
    }
    if (!canon_decimal(cell, &number)) {
        return false;
    }
    *out = strtod(decimal_text(&number, &scratch), NULL);
    return true;
}

static bool
same_number(const struct column_rule *rule, struct span a, struct span b)
{
    struct decimal left;
    struct decimal right;
    double left_real;
    double right_real;
    if (rule->absolute == NULL && rule->relative == NULL) {
        return false;
    }
    if (canon_decimal(a, &left) && canon_decimal(b, &right)) {
        return within_decimal(rule, &left, &right);
    }
    return as_real(a, &left_real) && as_real(b, &right_real) && within_real(rule, left_real, right_real);
}

static bool
same_time(const struct column_rule *rule, struct span a, struct span b)
{
    int64_t left;
    int64_t right;
    if (rule->time_us == 0 || !canon_time(a, &left) || !canon_time(b, &right)) {
        return false;
    }
    uint64_t distance = left > right ? (uint64_t)left - (uint64_t)right : (uint64_t)right - (uint64_t)left;
    return distance <= rule->time_us;
}

static bool
same_text(const struct column_rule *rule, struct span a, struct span b)
{
    struct span left;
    struct span right;
    if ((!rule->ignores_case && !rule->trims) || !canon_text(a, &left) || !canon_text(b, &right)) {
        return false;
    }
    if (rule->trims) {
        left = span_trim(left);
        right = span_trim(right);
    }
    if (!rule->ignores_case) {
        return span_eq(left, right);
    }
    for (size_t i = 0; i < left.len && left.len == right.len; i++) {
        if (tolower((unsigned char)left.ptr[i]) != tolower((unsigned char)right.ptr[i])) {
            return false;
        }
    }
    return left.len == right.len;
}

static bool
is_vacant(const struct column_rule *rule, struct span cell)
{
    struct span text;
    return canon_is_null(cell) ||
           (canon_text(cell, &text) && (rule->trims ? span_trim(text).len : text.len) == 0);
}

bool
tolerance_same(const struct column_rule *rule, struct span a, struct span b)
{
    if (span_eq(a, b)) {
        return true;
    }
    if (rule == NULL) {
        return false;
    }
    return same_number(rule, a, b) || same_time(rule, a, b) || same_text(rule, a, b) ||
           (rule->empty_is_null && is_vacant(rule, a) && is_vacant(rule, b));
}
