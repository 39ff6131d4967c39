#include "recon/canon_core.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* POWER_MAX: a few bytes of text must not become a megabyte of zeros. */
enum { DIGITS_MAX = 19, POWER_MAX = 6000, PLACES_FAST = 8 };

void
number_normalise(struct canon_value *value)
{
    if (value->magnitude == 0) {
        value->scale = 0;
        value->is_negative = false;
        return;
    }
    while (value->scale > 0 && value->magnitude % 10 == 0) {
        value->magnitude /= 10;
        value->scale--;
    }
}

/* -- long ones ------------------------------------------------------------------------------------------- */

static void
add_zeros(struct buf *out, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        buf_char(out, '0');
    }
}

/* `coder->text` holds the digits of the magnitude; leading zeros and, behind the point, closing ones go. */
static void
settle_digits(struct canon_coder *coder, bool is_negative, int64_t scale, struct canon_value *out)
{
    struct span digits = {coder->text.data, coder->text.len};
    uint64_t magnitude = 0;
    while (digits.len > 0 && digits.ptr[0] == '0') {
        digits.ptr++;
        digits.len--;
    }
    while (scale > 0 && digits.len > 0 && digits.ptr[digits.len - 1] == '0') {
        digits.len--;
        scale--;
    }
    *out = (struct canon_value){.class = CLASS_DIGITS, .is_negative = is_negative};
    out->scale = digits.len == 0 ? 0 : (uint32_t)scale;
    out->bytes = digits;
    if (digits.len == 0 || (digits.len <= DIGITS_MAX + 1 && parse_u64(digits, &magnitude))) {
        out->class = CLASS_NUMBER;
        out->magnitude = magnitude;
        out->is_negative = is_negative && magnitude != 0;
    }
}

bool
number_from_digits(struct canon_coder *coder, bool is_negative, struct span whole, struct span behind,
                   int64_t power, struct canon_value *out)
{
    int64_t scale = (int64_t)behind.len - power;
    if (power > POWER_MAX || power < -POWER_MAX) {
        return false;
    }
    if (whole.len + behind.len <= DIGITS_MAX && scale >= 0) {
        uint64_t magnitude = 0;
        for (size_t i = 0; i < whole.len; i++) {
            magnitude = magnitude * 10 + (unsigned)(whole.ptr[i] - '0');
        }
        for (size_t i = 0; i < behind.len; i++) {
            magnitude = magnitude * 10 + (unsigned)(behind.ptr[i] - '0');
        }
        *out = (struct canon_value){.class = CLASS_NUMBER,
                                    .is_negative = is_negative,
                                    .magnitude = magnitude,
                                    .scale = (uint32_t)scale};
        number_normalise(out);
        return true;
    }
    buf_reset(&coder->text);
    buf_span(&coder->text, whole);
    buf_span(&coder->text, behind);
    add_zeros(&coder->text, scale < 0 ? -scale : 0);
    settle_digits(coder, is_negative, scale < 0 ? 0 : scale, out);
    return true;
}

/* -- text ------------------------------------------------------------------------------------------------ */

static struct span
take_digits(struct span *text)
{
    struct span digits = {text->ptr, 0};
    while (digits.len < text->len && digits.ptr[digits.len] >= '0' && digits.ptr[digits.len] <= '9') {
        digits.len++;
    }
    text->ptr += digits.len;
    text->len -= digits.len;
    return digits;
}

static bool
take_char(struct span *text, const char *any)
{
    if (text->len == 0 || strchr(any, text->ptr[0]) == NULL || text->ptr[0] == '\0') {
        return false;
    }
    text->ptr++;
    text->len--;
    return true;
}

static bool
read_special(struct span text, bool is_negative, struct canon_value *out)
{
    bool is_infinite = span_is_nocase(text, "infinity") || span_is_nocase(text, "inf");
    *out = (struct canon_value){.class = CLASS_SPECIAL};
    out->special = !is_infinite ? SPECIAL_NAN : is_negative ? SPECIAL_MINUS_INFINITY : SPECIAL_INFINITY;
    return is_infinite || span_is_nocase(text, "nan");
}

bool
number_read(struct canon_coder *coder, struct span text, struct canon_value *out)
{
    bool is_negative = text.len > 0 && text.ptr[0] == '-';
    struct span behind = {"", 0};
    int64_t power = 0;
    (void)take_char(&text, "+-");
    struct span rest = text;
    struct span whole = take_digits(&rest);
    if (take_char(&rest, ".")) {
        behind = take_digits(&rest);
    }
    if (whole.len + behind.len == 0) {
        return read_special(text, is_negative, out);
    }
    if (take_char(&rest, "eE")) {
        bool is_small = rest.len > 0 && rest.ptr[0] == '-';
        (void)take_char(&rest, "+-");
        struct span digits = take_digits(&rest);
        if (!parse_i64(digits, &power)) {
            return false;
        }
        power = is_small ? -power : power;
    }
    return rest.len == 0 && number_from_digits(coder, is_negative, whole, behind, power, out);
}

/* -- floats ---------------------------------------------------------------------------------------------- */

/* n / 10^k is rounded once when both are exact, as reading the decimal would be; and no two decimals of 15
 * digits share a double, so that the first k that fits gives the shortest one. */
static bool
read_short(double real, struct canon_value *out)
{
    static const double tens[PLACES_FAST] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
    double size = fabs(real);
    for (uint32_t k = 0; k < PLACES_FAST && size * tens[k] < 1e15; k++) {
        double whole = nearbyint(size * tens[k]);
        double back = whole / tens[k];
        if (memcmp(&back, &size, sizeof(back)) == 0) {
            *out = (struct canon_value){
                .class = CLASS_NUMBER, .is_negative = real < 0, .magnitude = (uint64_t)whole, .scale = k};
            return true;
        }
    }
    return false;
}

void
number_from_real(struct canon_coder *coder, double real, bool is_single, struct canon_value *out)
{
    char text[40];
    if (isnan(real) || isinf(real)) {
        *out = (struct canon_value){.class = CLASS_SPECIAL};
        out->special = isnan(real) ? SPECIAL_NAN : real < 0 ? SPECIAL_MINUS_INFINITY : SPECIAL_INFINITY;
        return;
    }
    if (!is_single && read_short(real, out)) {
        number_normalise(out);
        return;
    }
    for (int precision = is_single ? 0 : 14; precision <= 16; precision++) {
        (void)snprintf(text, sizeof(text), "%.*e", precision, real);
        double back = is_single ? (double)strtof(text, NULL) : strtod(text, NULL);
        if (memcmp(&back, &real, sizeof(back)) == 0) {
            break;
        }
    }
    bool is_read = number_read(coder, span_of(text), out);
    require(is_read);
}

double
number_to_real(struct canon_coder *coder, const struct canon_value *value)
{
    if (value->class == CLASS_SPECIAL) {
        return value->special == SPECIAL_NAN        ? (double)NAN
               : value->special == SPECIAL_INFINITY ? HUGE_VAL
                                                    : -HUGE_VAL;
    }
    if (value->class == CLASS_NUMBER && value->scale == 0 && value->magnitude <= UINT64_C(1) << 53) {
        return value->is_negative ? -(double)value->magnitude : (double)value->magnitude;
    }
    buf_reset(&coder->inner);
    buf_str(&coder->inner, value->is_negative ? "-" : "");
    if (value->class == CLASS_NUMBER) {
        buf_printf(&coder->inner, "%llu", (unsigned long long)value->magnitude);
    } else {
        buf_span(&coder->inner, value->bytes);
    }
    buf_printf(&coder->inner, "e-%u", value->scale);
    return strtod(buf_cstr(&coder->inner), NULL);
}
