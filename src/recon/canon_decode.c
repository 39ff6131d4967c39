/* What the cells of each form say (docs/snapshot-format.md). */
#include "recon/canon_core.h"

#include <math.h>

static const int64_t day_us = INT64_C(86400000000);
enum { DAYS_TO_2000 = 10957 };

static bool
small_number(int64_t number, struct canon_value *out)
{
    out->class = CLASS_NUMBER;
    out->special = SPECIAL_NONE;
    out->is_negative = number < 0;
    out->magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    out->scale = 0;
    return true;
}

static bool
is_width(const struct cell *cell)
{
    return cell->left == 1 || cell->left == 2 || cell->left == 4 || cell->left == 8;
}

static bool
decode_signed(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return is_width(cell) && small_number(cell_take_signed(cell, cell->left, true), out);
}

static bool
set_unsigned(uint64_t number, struct canon_value *out)
{
    *out = (struct canon_value){.class = CLASS_NUMBER, .magnitude = number};
    return true;
}

static bool
decode_unsigned(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return is_width(cell) && set_unsigned(cell_take(cell, cell->left, true), out);
}

static bool
decode_my_int(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return is_width(cell) && small_number(cell_take_signed(cell, cell->left, false), out);
}

static bool
decode_my_uint(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return is_width(cell) && set_unsigned(cell_take(cell, cell->left, false), out);
}

static bool
decode_bool(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    *out = (struct canon_value){.class = CLASS_BOOL, .magnitude = cell_take(cell, 1, true) != 0};
    return true;
}

static bool
set_real(double real, enum canon_class class, struct canon_value *out)
{
    *out = (struct canon_value){.class = class, .real = real};
    return true;
}

static bool
decode_float4(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return set_real(cell_take_float(cell, 4, true), CLASS_SINGLE, out);
}

static bool
decode_float8(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return set_real(cell_take_float(cell, 8, true), CLASS_DOUBLE, out);
}

static bool
decode_my_float(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return set_real(cell_take_float(cell, 4, false), CLASS_SINGLE, out);
}

static bool
decode_my_double(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return set_real(cell_take_float(cell, 8, false), CLASS_DOUBLE, out);
}

/* -- PostgreSQL's numeric: digits of base 10000, the first with weight 10000^weight
 * -------------------------- */

static bool
long_numeric(struct canon_coder *coder, const unsigned char *digits, int64_t n, int64_t weight,
             bool is_negative, struct canon_value *out)
{
    struct buf *whole = &coder->inner;
    struct buf *behind = &coder->sorted;
    buf_reset(whole);
    buf_reset(behind);
    int64_t last = n - 1 > weight ? n - 1 : weight;
    for (int64_t i = weight < 0 ? weight + 1 : 0; i <= last; i++) {
        int digit = i >= 0 && i < n ? digits[2 * i] << 8 | digits[2 * i + 1] : 0;
        buf_printf(i <= weight ? whole : behind, "%04d", digit);
    }
    return number_from_digits(coder, is_negative, buf_view(whole), buf_view(behind), 0, out);
}

static bool
decode_numeric(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    enum { SHORT = 4 }; /* groups of four digits: 16 fit in any case */
    int64_t n = cell_take_signed(cell, 2, true);
    int64_t weight = cell_take_signed(cell, 2, true);
    uint64_t sign = cell_take(cell, 2, true);
    (void)cell_take(cell, 2, true);
    if (sign == 0xC000 || sign == 0xD000 || sign == 0xF000) {
        *out = (struct canon_value){.class = CLASS_SPECIAL};
        out->special = sign == 0xC000   ? SPECIAL_NAN
                       : sign == 0xD000 ? SPECIAL_INFINITY
                                        : SPECIAL_MINUS_INFINITY;
        return true;
    }
    if (n < 0 || cell->left != (size_t)n * 2) {
        return false;
    }
    const unsigned char *digits = cell->at;
    cell->left = 0;
    if (n > SHORT || weight >= SHORT || weight < -SHORT) {
        return n == 0 ? small_number(0, out) : long_numeric(coder, digits, n, weight, sign == 0x4000, out);
    }
    *out = (struct canon_value){.class = CLASS_NUMBER, .is_negative = sign == 0x4000};
    for (int64_t i = 0; i < n || i <= weight; i++) {
        unsigned digit = i < n ? (unsigned)(digits[2 * i] << 8 | digits[2 * i + 1]) : 0;
        out->magnitude = out->magnitude * 10000 + digit;
    }
    out->scale = n - 1 > weight ? (uint32_t)(n - 1 - weight) * 4 : 0;
    number_normalise(out);
    return true;
}

/* -- text and bytes ----------------------------------------------------------------------------------------
 */

static bool
set_bytes(struct cell *cell, enum canon_class class, struct canon_value *out)
{
    *out = (struct canon_value){.class = class, .bytes = cell_take_bytes(cell, cell->left)};
    return true;
}

static bool
decode_text(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return set_bytes(cell, CLASS_TEXT, out);
}

static bool
decode_bytes(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return set_bytes(cell, CLASS_BYTES, out);
}

static bool
decode_jsonb(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return cell_take(cell, 1, true) == 1 && set_bytes(cell, CLASS_TEXT, out);
}

static bool
decode_uuid(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return cell->left == 16 && set_bytes(cell, CLASS_UUID, out);
}

static bool
decode_array(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return set_bytes(cell, CLASS_ARRAY, out);
}

/* PostgreSQL sends bits from the left, MySQL from the right. */
static bool
decode_pg_bits(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    uint32_t n = (uint32_t)cell_take(cell, 4, true);
    size_t len = ((size_t)n + 7) / 8;
    unsigned shift = (unsigned)(len * 8 - n);
    if (cell->left != len) {
        return false;
    }
    buf_reset(&coder->text);
    for (size_t i = 0; i < len; i++) {
        unsigned before = i == 0 ? 0 : cell->at[i - 1];
        buf_char(&coder->text, (char)((before << 8 | cell->at[i]) >> shift));
    }
    cell->left = 0;
    *out = (struct canon_value){.class = CLASS_BIT, .bytes = buf_view(&coder->text), .n_bits = n};
    return true;
}

static bool
decode_my_bit(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    uint32_t n = coder->bits == 0 ? (uint32_t)cell->left * 8 : coder->bits;
    (void)set_bytes(cell, CLASS_BIT, out);
    out->n_bits = n;
    return true;
}

/* -- time --------------------------------------------------------------------------------------------------
 */

static bool
decode_date(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    int64_t days = cell_take_signed(cell, 4, true);
    (void)coder;
    *out = (struct canon_value){.class = CLASS_DATE, .days = (int32_t)(days + DAYS_TO_2000)};
    if (days == INT32_MIN || days == INT32_MAX) {
        out->special = days < 0 ? SPECIAL_MINUS_INFINITY : SPECIAL_INFINITY;
    }
    return true;
}

static bool
stamp_of_2000(struct cell *cell, enum canon_class class, struct canon_value *out)
{
    int64_t us = cell_take_signed(cell, 8, true);
    *out = (struct canon_value){.class = class};
    if (us == INT64_MIN || us == INT64_MAX) {
        out->special = us < 0 ? SPECIAL_MINUS_INFINITY : SPECIAL_INFINITY;
    } else {
        out->us = (int64_t)((uint64_t)us + (uint64_t)(DAYS_TO_2000 * day_us));
    }
    return true;
}

static bool
decode_timestamp(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return stamp_of_2000(cell, CLASS_CIVIL, out);
}

static bool
decode_timestamptz(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    return stamp_of_2000(cell, CLASS_INSTANT, out);
}

static bool
decode_time(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    *out = (struct canon_value){.class = CLASS_TIME, .us = cell_take_signed(cell, 8, true)};
    return true;
}

static bool
decode_timetz(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)decode_time(coder, cell, out);
    out->class = CLASS_TIMETZ;
    out->days = (int32_t)cell_take_signed(cell, 4, true);
    return true;
}

static bool
decode_interval(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)decode_time(coder, cell, out);
    out->class = CLASS_INTERVAL;
    out->days = (int32_t)cell_take_signed(cell, 4, true);
    out->months = (int32_t)cell_take_signed(cell, 4, true);
    return true;
}

/* Dates with zeros are dates that no calendar has. */
static void
my_date(struct cell *cell, enum canon_class class, struct canon_value *out)
{
    *out = (struct canon_value){.class = class};
    out->year = (uint16_t)cell_take(cell, 2, false);
    out->month = (uint8_t)cell_take(cell, 1, false);
    out->day = (uint8_t)cell_take(cell, 1, false);
    if (out->month == 0 || out->day == 0 || out->month > 12) {
        out->class = CLASS_ZERO_DATE;
    } else {
        out->days = (int32_t)days_of_date(out->year, out->month, out->day);
    }
}

static int64_t
my_clock(struct cell *cell, int64_t hours)
{
    int64_t minutes = (int64_t)cell_take(cell, 1, false);
    int64_t seconds = (int64_t)cell_take(cell, 1, false);
    return ((hours * 60 + minutes) * 60 + seconds) * 1000000 + (int64_t)cell_take(cell, 4, false);
}

static bool
decode_my_date(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    my_date(cell, CLASS_DATE, out);
    return true;
}

/* DATETIME and TIMESTAMP look the same; the session's zone is UTC. */
static bool
decode_my_datetime(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    my_date(cell, CLASS_CIVIL, out);
    out->us = my_clock(cell, (int64_t)cell_take(cell, 1, false));
    out->us += out->class == CLASS_CIVIL ? out->days * day_us : 0;
    out->days = 0;
    return true;
}

static bool
decode_my_time(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    (void)coder;
    bool is_negative = cell_take(cell, 1, false) != 0;
    int64_t us = my_clock(cell, (int64_t)cell_take(cell, 2, false));
    *out = (struct canon_value){.class = CLASS_TIME, .us = is_negative ? -us : us};
    return true;
}

/* -- SQLite: each cell says what it is ----------------------------------------------------------------------
 */

static bool
decode_sqlite(struct canon_coder *coder, struct cell *cell, struct canon_value *out)
{
    switch (cell_take(cell, 1, true)) {
    case 'i':
        return cell->left == 8 && decode_signed(coder, cell, out);
    case 'f':
        return decode_float8(coder, cell, out);
    case 't':
        return set_bytes(cell, CLASS_TEXT, out);
    case 'b':
        return set_bytes(cell, CLASS_BYTES, out);
    default:
        return false;
    }
}

static const struct {
    const char *form;
    canon_decode *decode;
} decoders[] = {
    {"text", decode_text},
    {"bytes", decode_bytes},
    {"sqlite", decode_sqlite},
    {"pg.bool", decode_bool},
    {"pg.int2", decode_signed},
    {"pg.int4", decode_signed},
    {"pg.int8", decode_signed},
    {"pg.oid", decode_unsigned},
    {"pg.float4", decode_float4},
    {"pg.float8", decode_float8},
    {"pg.numeric", decode_numeric},
    {"pg.text", decode_text},
    {"pg.bytea", decode_bytes},
    {"pg.jsonb", decode_jsonb},
    {"pg.uuid", decode_uuid},
    {"pg.date", decode_date},
    {"pg.time", decode_time},
    {"pg.timetz", decode_timetz},
    {"pg.timestamp", decode_timestamp},
    {"pg.timestamptz", decode_timestamptz},
    {"pg.interval", decode_interval},
    {"pg.bit", decode_pg_bits},
    {"pg.varbit", decode_pg_bits},
    {"my.int", decode_my_int},
    {"my.uint", decode_my_uint},
    {"my.float", decode_my_float},
    {"my.double", decode_my_double},
    {"my.date", decode_my_date},
    {"my.datetime", decode_my_datetime},
    {"my.time", decode_my_time},
    {"my.bit", decode_my_bit},
};

canon_decode *
canon_decoder(const char *form)
{
    for (size_t i = 0; i < COUNT_OF(decoders); i++) {
        if (str_eq(decoders[i].form, form)) {
            return decoders[i].decode;
        }
    }
    return str_starts(form, "pg.") && str_ends(form, "[]") ? decode_array : NULL;
}
