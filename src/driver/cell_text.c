#include "driver/cell_text.h"

#include "driver/cell.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t
big(struct cell *cell, size_t width)
{
    return cell_take_signed(cell, width, true);
}

static void
all_signed(struct cell *cell, struct buf *out)
{
    buf_printf(out, "%" PRId64, big(cell, cell->left > 8 ? 8 : cell->left));
}

static void
all_unsigned(struct cell *cell, struct buf *out)
{
    buf_printf(out, "%" PRIu64, cell_take(cell, cell->left > 8 ? 8 : cell->left, true));
}

static void
add_rest(struct cell *cell, struct buf *out)
{
    buf_add(out, cell->at, cell->left);
    cell->left = 0;
}

static void
add_hex(struct cell *cell, struct buf *out)
{
    for (; cell->left > 0; cell->left--) {
        buf_printf(out, "%02x", *cell->at++);
    }
}

static void
bytes_text(struct cell *cell, struct buf *out)
{
    buf_str(out, "\\x");
    add_hex(cell, out);
}

static void
bool_text(struct cell *cell, struct buf *out)
{
    buf_char(out, cell_take(cell, 1, true) != 0 ? 't' : 'f');
}

/* -- floats ---------------------------------------------------------------------------------------------- */

static bool
reads_back(const char *text, double real, bool is_single)
{
    double again = is_single ? (double)strtof(text, NULL) : strtod(text, NULL);
    return memcmp(&again, &real, sizeof(real)) == 0;
}

/* The decimal lies exactly between two floats: PostgreSQL then writes one digit more. */
static bool
is_halfway(const char *text, double real, bool is_single)
{
    long double number = strtold(text, NULL);
    for (int way = -1; way <= 1; way += 2) {
        double other = is_single ? (double)nextafterf((float)real, way < 0 ? -INFINITY : INFINITY)
                                 : nextafter(real, way < 0 ? -HUGE_VAL : HUGE_VAL);
        long double middle = ((long double)real + (long double)other) / 2;
        if (!isinf(other) && memcmp(&number, &middle, 10) == 0) {
            return true;
        }
    }
    return false;
}

/* Digits and exponent of "-d.ddde+XX", placed as PostgreSQL places them. */
static void
place_digits(const char *text, int digits_max, struct buf *out)
{
    char digits[32] = "";
    size_t n = 0;
    const char *at = text;
    if (*at == '-') {
        buf_char(out, *at++);
    }
    for (; *at != 'e'; at++) {
        if (*at != '.') {
            digits[n++] = *at;
        }
    }
    int64_t power = 0; /* "+05" */
    (void)parse_i64(span_of(at + (at[1] == '+' ? 2 : 1)), &power);
    int exponent = (int)power;
    while (n > 1 && digits[n - 1] == '0') {
        n--;
    }
    if (exponent < -4 || exponent >= digits_max) {
        buf_char(out, digits[0]);
        buf_printf(out, n > 1 ? ".%.*s" : "%.*s", (int)n - 1, digits + 1);
        buf_printf(out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    if (exponent < 0) {
        buf_printf(out, "0.%.*s%.*s", -exponent - 1, "000", (int)n, digits);
        return;
    }
    for (int i = 0; i <= exponent; i++) {
        buf_char(out, (size_t)i < n ? digits[i] : '0');
    }
    if (n > (size_t)exponent + 1) {
        buf_printf(out, ".%.*s", (int)(n - (size_t)exponent - 1), digits + exponent + 1);
    }
}

static void
pg_float(struct cell *cell, size_t width, struct buf *out)
{
    double real = cell_take_float(cell, width, true);
    char text[40];
    if (isnan(real) || isinf(real)) {
        buf_str(out, isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
    } else if (fpclassify(real) == FP_ZERO) {
        buf_str(out, signbit(real) ? "-0" : "0");
    } else {
        for (int precision = 0; precision <= 16; precision++) {
            (void)snprintf(text, sizeof(text), "%.*e", precision, real);
            if (reads_back(text, real, width == 4) && !is_halfway(text, real, width == 4)) {
                break;
            }
        }
        place_digits(text, width == 4 ? 6 : 15, out);
    }
}

static void
float4_text(struct cell *cell, struct buf *out)
{
    pg_float(cell, 4, out);
}

static void
float8_text(struct cell *cell, struct buf *out)
{
    pg_float(cell, 8, out);
}

static void
shortest(double real, bool is_single, char out[40])
{
    for (int precision = 1; precision <= 17; precision++) {
        (void)snprintf(out, 40, "%.*g", precision, real);
        if (reads_back(out, real, is_single)) {
            return;
        }
    }
}

static void
my_float_text(struct cell *cell, struct buf *out)
{
    char text[40];
    shortest(cell_take_float(cell, 4, false), true, text);
    buf_str(out, text);
}

static void
my_double_text(struct cell *cell, struct buf *out)
{
    char text[40];
    shortest(cell_take_float(cell, 8, false), false, text);
    buf_str(out, text);
}

/* -- numbers --------------------------------------------------------------------------------------------- */

static void
numeric_text(struct cell *cell, struct buf *out)
{
    int64_t n = big(cell, 2);
    int64_t weight = big(cell, 2);
    uint64_t sign = cell_take(cell, 2, true);
    uint64_t scale = cell_take(cell, 2, true);
    const unsigned char *digits = cell->at;
    BUF_SCOPED whole = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED behind = BUF_INIT(BUF_TEXT_MAX);
    if (sign == 0xC000 || sign == 0xD000 || sign == 0xF000) {
        buf_str(out, sign == 0xC000 ? "NaN" : sign == 0xD000 ? "Infinity" : "-Infinity");
        return;
    }
    if (n < 0 || cell->left != (size_t)n * 2) {
        cell->is_bad = true;
        return;
    }
    for (int64_t i = weight < 0 ? weight + 1 : 0; i < weight + 1 + (int64_t)((scale + 3) / 4); i++) {
        int digit = i >= 0 && i < n ? digits[2 * i] << 8 | digits[2 * i + 1] : 0;
        buf_printf(i <= weight ? &whole : &behind, "%04d", digit);
    }
    size_t zeros = strspn(buf_cstr(&whole), "0");
    buf_str(out, sign == 0x4000 ? "-" : "");
    buf_str(out, zeros == whole.len ? "0" : whole.data + zeros);
    if (scale > 0) {
        buf_printf(out, ".%.*s", (int)scale, buf_cstr(&behind));
    }
    cell->left = 0;
}

static void
my_int_text(struct cell *cell, struct buf *out)
{
    buf_printf(out, "%" PRId64, cell_take_signed(cell, cell->left > 8 ? 8 : cell->left, false));
}

static void
my_uint_text(struct cell *cell, struct buf *out)
{
    buf_printf(out, "%" PRIu64, cell_take(cell, cell->left > 8 ? 8 : cell->left, false));
}

/* -- time ------------------------------------------------------------------------------------------------ */

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since 2000-01-01 in the proleptic Gregorian calendar, by eras of 400 years that begin in March. */
static bool
add_date(struct buf *out, int64_t days)
{
    days += 730425;
    int64_t era = floor_div(days, 146097);
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    year += era * 400 + (month >= 10);
    buf_printf(out, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year > 0 ? year : 1 - year,
               month < 10 ? month + 3 : month - 9, of_year - (153 * month + 2) / 5 + 1);
    return year > 0;
}

static void
add_clock(struct buf *out, uint64_t us)
{
    uint64_t seconds = us / 1000000;
    char fraction[24];
    buf_printf(out, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600, seconds / 60 % 60,
               seconds % 60);
    if (us % 1000000 != 0) {
        size_t len = (size_t)snprintf(fraction, sizeof(fraction), ".%06" PRIu64, us % 1000000);
        while (fraction[len - 1] == '0') {
            len--;
        }
        buf_add(out, fraction, len);
    }
}

static void
date_text(struct cell *cell, struct buf *out)
{
    int64_t days = big(cell, 4);
    if (days == INT32_MIN || days == INT32_MAX) {
        buf_str(out, days < 0 ? "-infinity" : "infinity");
    } else if (!add_date(out, days)) {
        buf_str(out, " BC");
    }
}

static void
add_timestamp(struct cell *cell, const char *zone, struct buf *out)
{
    static const int64_t day = INT64_C(86400000000);
    int64_t us = big(cell, 8);
    if (us == INT64_MIN || us == INT64_MAX) {
        buf_str(out, us < 0 ? "-infinity" : "infinity");
        return;
    }
    bool is_ad = add_date(out, floor_div(us, day));
    buf_char(out, ' ');
    add_clock(out, (uint64_t)(us - floor_div(us, day) * day));
    buf_str(out, zone);
    buf_str(out, is_ad ? "" : " BC");
}

static void
timestamp_text(struct cell *cell, struct buf *out)
{
    add_timestamp(cell, "", out);
}

static void
timestamptz_text(struct cell *cell, struct buf *out)
{
    add_timestamp(cell, "+00", out);
}

static void
time_text(struct cell *cell, struct buf *out)
{
    add_clock(out, cell_take(cell, 8, true));
}

static void
timetz_text(struct cell *cell, struct buf *out)
{
    add_clock(out, cell_take(cell, 8, true));
    int64_t west = big(cell, 4);
    int64_t east = west > 0 ? west : -west;
    buf_printf(out, "%c%02" PRId64, west > 0 ? '-' : '+', east / 3600);
    if (east % 3600 != 0) {
        buf_printf(out, ":%02" PRId64, east / 60 % 60);
    }
    if (east % 60 != 0) {
        buf_printf(out, ":%02" PRId64, east % 60);
    }
}

static void
interval_text(struct cell *cell, struct buf *out)
{
    int64_t us = big(cell, 8);
    int64_t days = big(cell, 4);
    int64_t months = big(cell, 4);
    const struct {
        int64_t number;
        const char *unit;
    } parts[] = {{months / 12, "year"}, {months % 12, "mon"}, {days, "day"}};
    size_t start = out->len;
    bool was_negative = false;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        int64_t number = parts[i].number;
        if (number != 0) {
            buf_printf(out, "%s%s%" PRId64 " %s%s", out->len > start ? " " : "",
                       was_negative && number > 0 ? "+" : "", number, parts[i].unit, number == 1 ? "" : "s");
            was_negative = number < 0;
        }
    }
    if (us != 0 || out->len == start) {
        buf_printf(out, "%s%s", out->len > start ? " " : "", us < 0 ? "-" : was_negative ? "+" : "");
        add_clock(out, us < 0 ? 0 - (uint64_t)us : (uint64_t)us);
    }
}

static void
my_date_text(struct cell *cell, struct buf *out)
{
    unsigned year = (unsigned)cell_take(cell, 2, false);
    unsigned month = (unsigned)cell_take(cell, 1, false);
    buf_printf(out, "%04u-%02u-%02u", year, month, (unsigned)cell_take(cell, 1, false));
}

static void
add_my_clock(struct cell *cell, unsigned hours, struct buf *out)
{
    unsigned minute = (unsigned)cell_take(cell, 1, false);
    unsigned second = (unsigned)cell_take(cell, 1, false);
    unsigned us = (unsigned)cell_take(cell, 4, false);
    buf_printf(out, "%02u:%02u:%02u", hours, minute, second);
    if (us != 0) {
        buf_printf(out, ".%06u", us);
    }
}

static void
my_datetime_text(struct cell *cell, struct buf *out)
{
    my_date_text(cell, out);
    buf_char(out, ' ');
    add_my_clock(cell, (unsigned)cell_take(cell, 1, false), out);
}

static void
my_time_text(struct cell *cell, struct buf *out)
{
    buf_str(out, cell_take(cell, 1, false) != 0 ? "-" : "");
    add_my_clock(cell, (unsigned)cell_take(cell, 2, false), out);
}

/* -- others ---------------------------------------------------------------------------------------------- */

static void
jsonb_text(struct cell *cell, struct buf *out)
{
    (void)cell_take(cell, 1, true);
    add_rest(cell, out);
}

static void
uuid_text(struct cell *cell, struct buf *out)
{
    for (unsigned i = 0; i < 16; i++) {
        buf_printf(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
                   (unsigned)cell_take(cell, 1, true));
    }
}

static void
bits_text(struct cell *cell, struct buf *out)
{
    int64_t n = big(cell, 4);
    for (int64_t i = 0; i < n && (size_t)(i / 8) < cell->left; i++) {
        buf_char(out, cell->at[i / 8] >> (7 - i % 8) & 1 ? '1' : '0');
    }
    cell->left = 0;
}

static void
inet_text(struct cell *cell, struct buf *out)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16] = {0};
    bool is_four = cell_take(cell, 1, true) == 2;
    unsigned bits = (unsigned)cell_take(cell, 1, true);
    bool is_cidr = cell_take(cell, 1, true) != 0;
    size_t n = (size_t)cell_take(cell, 1, true);
    cell->is_bad = cell->is_bad || n > sizeof(address) || n != cell->left;
    if (!cell->is_bad &&
        inet_ntop(is_four ? AF_INET : AF_INET6, memcpy(address, cell->at, n), text, sizeof(text)) != NULL) {
        buf_printf(out, is_cidr || bits != (is_four ? 32 : 128) ? "%s/%u" : "%s", text, bits);
    }
    cell->left = 0;
}

static void
mac_text(struct cell *cell, struct buf *out)
{
    for (size_t n = cell->left, i = 0; i < n; i++) {
        buf_printf(out, i > 0 ? ":%02x" : "%02x", (unsigned)cell_take(cell, 1, true));
    }
}

static void
point_text(struct cell *cell, struct buf *out)
{
    buf_char(out, '(');
    pg_float(cell, 8, out);
    buf_char(out, ',');
    pg_float(cell, 8, out);
    buf_char(out, ')');
}

static void
box_text(struct cell *cell, struct buf *out)
{
    point_text(cell, out);
    buf_char(out, ',');
    point_text(cell, out);
}

static void
lseg_text(struct cell *cell, struct buf *out)
{
    buf_char(out, '[');
    box_text(cell, out);
    buf_char(out, ']');
}

static void
circle_text(struct cell *cell, struct buf *out)
{
    buf_char(out, '<');
    point_text(cell, out);
    buf_char(out, ',');
    pg_float(cell, 8, out);
    buf_char(out, '>');
}

static void
sqlite_text(struct cell *cell, struct buf *out)
{
    char text[40];
    switch (cell_take(cell, 1, true)) {
    case 'i':
        all_signed(cell, out);
        return;
    case 'f': {
        double real = cell_take_float(cell, 8, true);
        shortest(real, false, text);
        buf_str(out, isinf(real) ? (real > 0 ? "Inf" : "-Inf") : text);
        buf_str(out, isinf(real) || strpbrk(text, ".en") != NULL ? "" : ".0");
        return;
    }
    case 't':
        add_rest(cell, out);
        return;
    default:
        bytes_text(cell, out);
        return;
    }
}

static const struct converter {
    const char *form;
    void (*add)(struct cell *cell, struct buf *out);
} converters[] = {
    {"text", add_rest},
    {"bytes", bytes_text},
    {"sqlite", sqlite_text},
    {"pg.bool", bool_text},
    {"pg.int2", all_signed},
    {"pg.int4", all_signed},
    {"pg.int8", all_signed},
    {"pg.oid", all_unsigned},
    {"pg.float4", float4_text},
    {"pg.float8", float8_text},
    {"pg.numeric", numeric_text},
    {"pg.text", add_rest},
    {"pg.bytea", bytes_text},
    {"pg.jsonb", jsonb_text},
    {"pg.uuid", uuid_text},
    {"pg.date", date_text},
    {"pg.time", time_text},
    {"pg.timetz", timetz_text},
    {"pg.timestamp", timestamp_text},
    {"pg.timestamptz", timestamptz_text},
    {"pg.interval", interval_text},
    {"pg.bit", bits_text},
    {"pg.varbit", bits_text},
    {"pg.inet", inet_text},
    {"pg.cidr", inet_text},
    {"pg.macaddr", mac_text},
    {"pg.macaddr8", mac_text},
    {"pg.point", point_text},
    {"pg.lseg", lseg_text},
    {"pg.box", box_text},
    {"pg.circle", circle_text},
    {"my.int", my_int_text},
    {"my.uint", my_uint_text},
    {"my.float", my_float_text},
    {"my.double", my_double_text},
    {"my.date", my_date_text},
    {"my.datetime", my_datetime_text},
    {"my.time", my_time_text},
    {"my.bit", all_unsigned},
};

static const struct converter *
find_converter(struct span form)
{
    for (size_t i = 0; i < COUNT_OF(converters); i++) {
        if (span_is(form, converters[i].form)) {
            return &converters[i];
        }
    }
    return NULL;
}

/* -- arrays and ranges ----------------------------------------------------------------------------------- */

static void
add_quoted(struct buf *out, struct span text, const char *special)
{
    bool is_plain = text.len > 0 && !span_is_nocase(text, "null");
    for (size_t i = 0; i < text.len && is_plain; i++) {
        is_plain = strchr(special, text.ptr[i]) == NULL && !isspace((unsigned char)text.ptr[i]);
    }
    buf_str(out, is_plain ? "" : "\"");
    for (size_t i = 0; i < text.len; i++) {
        if (!is_plain && (text.ptr[i] == '"' || text.ptr[i] == '\\')) {
            buf_char(out, '\\');
        }
        buf_char(out, text.ptr[i]);
    }
    buf_str(out, is_plain ? "" : "\"");
}

static void
add_element(struct cell *cell, const struct converter *element, const char *special, struct buf *out)
{
    BUF_SCOPED text = BUF_INIT(BUF_SQL_MAX);
    int64_t len = big(cell, 4);
    if (len < 0) {
        buf_str(out, "NULL");
        return;
    }
    if ((size_t)len > cell->left) {
        cell->is_bad = true;
        return;
    }
    struct cell inner = {cell->at, (size_t)len, false};
    cell->at += len;
    cell->left -= (size_t)len;
    element->add(&inner, &text);
    cell->is_bad = cell->is_bad || inner.is_bad;
    add_quoted(out, buf_view(&text), special);
}

struct dimension {
    int64_t n;
    int64_t low;
};

enum { DIMENSION_MAX = 6 };

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the array has dimensions, six at most */
static void
add_level(struct cell *cell, const struct dimension *dimension, size_t deeper,
          const struct converter *element, struct buf *out)
{
    bool is_box = str_eq(element->form, "pg.box");
    buf_char(out, '{');
    for (int64_t i = 0; i < dimension->n && !cell->is_bad; i++) {
        if (i > 0) {
            buf_char(out, is_box ? ';' : ',');
        }
        if (deeper > 0) {
            add_level(cell, dimension + 1, deeper - 1, element, out);
        } else {
            add_element(cell, element, is_box ? "{}\"\\;" : "{}\"\\,", out);
        }
    }
    buf_char(out, '}');
}

static void
array_text(struct cell *cell, const struct converter *element, struct buf *out)
{
    struct dimension dimensions[DIMENSION_MAX];
    size_t n = (size_t)cell_take(cell, 4, true);
    bool has_bounds = false;
    (void)cell_take(cell, 8, true);
    if (n > DIMENSION_MAX) {
        cell->is_bad = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        dimensions[i].n = big(cell, 4);
        dimensions[i].low = big(cell, 4);
        has_bounds = has_bounds || dimensions[i].low != 1;
    }
    for (size_t i = 0; i < n && has_bounds; i++) {
        buf_printf(out, "[%" PRId64 ":%" PRId64 "]%s", dimensions[i].low,
                   dimensions[i].low + dimensions[i].n - 1, i + 1 == n ? "=" : "");
    }
    if (n == 0) {
        buf_str(out, "{}");
    } else {
        add_level(cell, dimensions, n - 1, element, out);
    }
}

static void
range_text(struct cell *cell, const struct converter *bound, struct buf *out)
{
    unsigned flags = (unsigned)cell_take(cell, 1, true);
    if (flags & 1) {
        buf_str(out, "empty");
        return;
    }
    buf_char(out, flags & 2 ? '[' : '(');
    if (!(flags & 8)) {
        add_element(cell, bound, "()[],\"\\", out);
    }
    buf_char(out, ',');
    if (!(flags & 16)) {
        add_element(cell, bound, "()[],\"\\", out);
    }
    buf_char(out, flags & 4 ? ']' : ')');
}

static const struct converter *
inner_converter(struct span form, const char *before, const char *after)
{
    BUF_SCOPED name = BUF_INIT(256);
    if (!span_starts(form, before) || !span_ends(form, after)) {
        return NULL;
    }
    buf_str(&name, "pg.");
    buf_add(&name, form.ptr + strlen(before), form.len - strlen(before) - strlen(after));
    return find_converter(buf_view(&name));
}

enum status
cell_text(const char *form, struct span bytes, struct buf *out, struct err *err)
{
    struct cell cell = {(const unsigned char *)bytes.ptr, bytes.len, false};
    const struct converter *converter = find_converter(span_of(form));
    const struct converter *element = inner_converter(span_of(form), "pg.", "[]");
    const struct converter *bound = inner_converter(span_of(form), "pg.range(", ")");
    if (converter != NULL) {
        converter->add(&cell, out);
    } else if (element != NULL) {
        array_text(&cell, element, out);
    } else if (bound != NULL) {
        range_text(&cell, bound, out);
    } else {
        return err_raise(err, STATUS_UNSUPPORTED, "cells of form '%s' are not known here", form);
    }
    return cell.is_bad || cell.left > 0 ? err_raise(err, STATUS_CORRUPT, "a cell is none of form '%s'", form)
                                        : STATUS_OK;
}
