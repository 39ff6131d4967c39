#include "recon/canon_view.h"

#include "base/clock.h"
#include "driver/cell.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_NEGATIVE = 1, NUMBER_LONG = 2, SHOWN_MAX = 2000 };

static const int64_t day_us = INT64_C(86400000000);

struct view {
    unsigned tag;
    struct cell payload;
};

/* canon_next has checked the length already. */
static struct view
view_of(struct span cell)
{
    size_t at = 1;
    if (cell.len <= 1) {
        return (struct view){CANON_TAG_NULL, cell_over((struct span){"", 0})};
    }
    while (at < cell.len && ((unsigned char)cell.ptr[at] & 0x80) != 0) {
        at++;
    }
    at += at < cell.len;
    return (struct view){(unsigned char)cell.ptr[0], cell_over((struct span){cell.ptr + at, cell.len - at})};
}

unsigned
canon_open(struct span cell, struct span *payload)
{
    struct view view = view_of(cell);
    *payload = (struct span){(const char *)view.payload.at, view.payload.left};
    return view.tag;
}

bool
canon_is_null(struct span cell)
{
    return view_of(cell).tag == CANON_TAG_NULL;
}

static uint32_t
take_length(struct cell *cell)
{
    uint32_t number = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        unsigned byte = (unsigned)cell_take(cell, 1, true);
        number |= (byte & 0x7F) << shift;
        if (byte < 0x80) {
            break;
        }
    }
    return number;
}

/* "-", digits, "e-", scale: whatever the magnitude's form. False for NaN and infinities. */
static bool
number_text(struct cell *cell, struct buf *out)
{
    if (cell->left <= 1) {
        return false;
    }
    unsigned flags = (unsigned)cell_take(cell, 1, true);
    uint32_t scale = take_length(cell);
    buf_str(out, (flags & NUMBER_NEGATIVE) != 0 ? "-" : "");
    if ((flags & NUMBER_LONG) != 0) {
        buf_span(out, cell_take_bytes(cell, cell->left));
    } else {
        buf_printf(out, "%" PRIu64, cell_take(cell, 8, true));
    }
    if (scale > 0) {
        buf_printf(out, "e-%" PRIu32, scale);
    }
    return !cell->is_bad;
}

bool
canon_decimal(struct span cell, struct decimal *out)
{
    struct view view = view_of(cell);
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    if (view.tag == CANON_BOOL) {
        return decimal_parse(cell_take(&view.payload, 1, true) == 0 ? SPAN("0") : SPAN("1"), out);
    }
    return view.tag == CANON_NUMBER && number_text(&view.payload, &text) &&
           decimal_parse(buf_view(&text), out);
}

bool
canon_real(struct span cell, double *out)
{
    struct view view = view_of(cell);
    if (view.tag != CANON_DOUBLE && view.tag != CANON_SINGLE) {
        return false;
    }
    *out = cell_take_float(&view.payload, 8, true);
    return !view.payload.is_bad && isfinite(*out);
}

bool
canon_time(struct span cell, int64_t *out_us)
{
    struct view view = view_of(cell);
    if (view.tag == CANON_DATE && view.payload.left == 4) {
        *out_us = cell_take_signed(&view.payload, 4, true) * day_us;
        return true;
    }
    if ((view.tag != CANON_CIVIL && view.tag != CANON_INSTANT && view.tag != CANON_TIME) ||
        view.payload.left != 8) {
        return false;
    }
    *out_us = cell_take_signed(&view.payload, 8, true);
    return true;
}

bool
canon_text(struct span cell, struct span *out)
{
    struct view view = view_of(cell);
    *out = cell_take_bytes(&view.payload, view.payload.left);
    return view.tag == CANON_TEXT;
}

/* -- as text -------------------------------------------------------------------------------------------- */

static void
add_hex(struct buf *out, struct cell *cell)
{
    while (cell->left > 0) {
        buf_printf(out, "%02x", (unsigned)cell_take(cell, 1, true));
    }
}

static void
add_uuid(struct buf *out, struct cell *cell)
{
    for (size_t i = 0; i < 16; i++) {
        buf_printf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                   (unsigned)cell_take(cell, 1, true));
    }
}

static bool
add_special(struct buf *out, struct cell *cell)
{
    static const char *const words[] = {[4] = "NaN", [5] = "Infinity", [6] = "-Infinity"};
    size_t code = (size_t)cell_take(cell, 1, true);
    if (code < 4 || code >= COUNT_OF(words)) {
        return false;
    }
    buf_str(out, words[code]);
    return true;
}

static bool
add_number(struct buf *out, struct cell *cell)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    ARENA_SCOPED scratch = {0};
    struct decimal number;
    if (cell->left == 1) {
        return add_special(out, cell);
    }
    if (!number_text(cell, &text)) {
        return false;
    }
    buf_str(out, decimal_parse(buf_view(&text), &number) ? decimal_text(&number, &scratch) : buf_cstr(&text));
    return true;
}

/* The shortest of the usual lengths that reads back. */
static bool
add_real(struct buf *out, struct cell *cell, bool is_single)
{
    char text[40];
    double real = cell_take_float(cell, 8, true);
    for (int digits = is_single ? 6 : 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, real);
        double back = strtod(text, NULL);
        if (!isfinite(real) || (!(back < real) && !(back > real)) ||
            (is_single && (float)back >= (float)real && (float)back <= (float)real)) {
            break;
        }
    }
    buf_str(out, text);
    return !cell->is_bad;
}

static void
add_clock(struct buf *out, int64_t us)
{
    uint64_t size = us < 0 ? (uint64_t)-us : (uint64_t)us;
    uint64_t part = size % 1000000;
    size /= 1000000;
    buf_printf(out, "%s%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, us < 0 ? "-" : "", size / 3600,
               size / 60 % 60, size % 60);
    if (part > 0) {
        buf_printf(out, ".%06" PRIu64, part);
    }
}

/* From days since 1970; the proleptic Gregorian calendar (Hinnant, chrono-compatible low-level date
 * algorithms).
 */
static void
add_day(struct buf *out, int64_t days)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month + 2) / 5 + 1;
    int64_t year = year_of_era + era * 400 + (month >= 10);
    month += month < 10 ? 3 : -9;
    buf_printf(out, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year, month, day);
}

static bool
add_stamp(struct buf *out, struct cell *cell, bool has_zone)
{
    if (cell->left == 1) {
        return add_special(out, cell);
    }
    int64_t us = cell_take_signed(cell, 8, true);
    int64_t days = us / day_us - (us % day_us < 0);
    add_day(out, days);
    buf_char(out, ' ');
    add_clock(out, us - days * day_us);
    buf_str(out, has_zone ? "+00" : "");
    return !cell->is_bad;
}

static void
add_interval(struct buf *out, struct cell *cell)
{
    int64_t months = cell_take_signed(cell, 4, true);
    int64_t days = cell_take_signed(cell, 4, true);
    if (months != 0) {
        buf_printf(out, "%" PRId64 " mons ", months);
    }
    if (days != 0) {
        buf_printf(out, "%" PRId64 " days ", days);
    }
    add_clock(out, cell_take_signed(cell, 8, true));
}

static void
add_zero_date(struct buf *out, struct cell *cell)
{
    unsigned year = (unsigned)cell_take(cell, 2, true);
    unsigned month = (unsigned)cell_take(cell, 1, true);
    unsigned day = (unsigned)cell_take(cell, 1, true);
    int64_t us = cell_take_signed(cell, 8, true);
    buf_printf(out, "%04u-%02u-%02u", year, month, day);
    if (us != 0) {
        buf_char(out, ' ');
        add_clock(out, us);
    }
}

static void
add_bits(struct buf *out, struct cell *cell)
{
    uint64_t n = cell_take(cell, 4, true);
    while (cell->left > 0 && n > 0) {
        unsigned byte = (unsigned)cell_take(cell, 1, true);
        for (unsigned i = n % 8 == 0 ? 8 : (unsigned)(n % 8); i-- > 0; n--) {
            buf_char(out, (byte >> i & 1) == 0 ? '0' : '1');
        }
    }
}

static void
add_labels(struct buf *out, struct cell *cell)
{
    for (const char *comma = ""; cell->left > 0 && !cell->is_bad; comma = ",") {
        buf_str(out, comma);
        buf_span(out, cell_take_bytes(cell, take_length(cell)));
    }
}

/* False: there is no text that an engine would read back as the same value. */
static bool
add_text(struct view *view, struct buf *out)
{
    struct cell *cell = &view->payload;
    switch (view->tag) {
    case CANON_NUMBER:
        return add_number(out, cell);
    case CANON_DOUBLE:
    case CANON_SINGLE:
        return add_real(out, cell, view->tag == CANON_SINGLE);
    case CANON_BOOL:
        buf_str(out, cell_take(cell, 1, true) == 0 ? "0" : "1");
        return true;
    case CANON_TEXT:
    case CANON_TAG_OPAQUE:
        buf_span(out, cell_take_bytes(cell, cell->left));
        return view->tag == CANON_TEXT;
    case CANON_BIT:
        add_bits(out, cell);
        return false;
    case CANON_SET:
        add_labels(out, cell);
        return true;
    case CANON_JSON:
        return canon_json(cell_take_bytes(cell, cell->left), out);
    case CANON_UUID:
        add_uuid(out, cell);
        return true;
    case CANON_DATE:
        if (cell->left == 1) {
            return add_special(out, cell);
        }
        add_day(out, cell_take_signed(cell, 4, true));
        return true;
    case CANON_TIME:
        add_clock(out, cell_take_signed(cell, 8, true));
        return true;
    case CANON_CIVIL:
    case CANON_INSTANT:
        return add_stamp(out, cell, view->tag == CANON_INSTANT);
    case CANON_INTERVAL:
        add_interval(out, cell);
        return true;
    case CANON_TAG_ZERO_DATE:
        add_zero_date(out, cell);
        return true;
    default: /* tags are bytes of a file or a stream, no enum of ours */
        add_hex(out, cell);
        return false;
    }
}

char *
canon_shown(struct span cell, struct arena *arena)
{
    struct view view = view_of(cell);
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    if (view.tag == CANON_TAG_NULL) {
        return NULL;
    }
    if (view.tag == CANON_TAG_ODD) {
        return canon_shown((struct span){(const char *)view.payload.at, view.payload.left}, arena);
    }
    if (view.tag == CANON_BYTES) {
        buf_str(&text, "0x");
    }
    (void)add_text(&view, &text);
    if (text.len > SHOWN_MAX) {
        text.len = utf8_valid_len((struct span){text.data, SHOWN_MAX});
        buf_str(&text, "…");
    }
    return arena_strndup(arena, buf_cstr(&text), text.len);
}

bool
canon_literal(struct span cell, const struct driver *driver, struct buf *out)
{
    struct view view = view_of(cell);
    struct value value = {VALUE_TEXT, {"", 0}};
    BUF_SCOPED text = BUF_INIT(BUF_SQL_MAX);
    if (view.tag == CANON_TAG_NULL) {
        value.kind = VALUE_NULL;
    } else if (view.tag == CANON_BYTES) {
        value = (struct value){VALUE_BYTES, cell_take_bytes(&view.payload, view.payload.left)};
    } else {
        if (!add_text(&view, &text)) {
            return false;
        }
        value.bytes = buf_view(&text);
        if (view.tag == CANON_INSTANT && !driver->has_untyped_strings && span_ends(value.bytes, "+00")) {
            value.bytes.len -= 3; /* see utc_sql */
        }
        struct decimal ignored;
        bool is_number = view.tag == CANON_NUMBER || view.tag == CANON_BOOL || view.tag == CANON_DOUBLE ||
                         view.tag == CANON_SINGLE;
        value.kind = is_number && decimal_parse(value.bytes, &ignored) ? VALUE_INT : VALUE_TEXT;
        bool is_special = view.tag != CANON_TEXT && value.kind == VALUE_TEXT &&
                          (is_number || span_ends(value.bytes, "Infinity"));
        if ((is_special && !driver->has_untyped_strings) || memchr(buf_cstr(&text), '\0', text.len) != NULL) {
            return false;
        }
    }
    driver_literal(driver, out, &value);
    return true;
}
