#include "recon/canon_core.h"

enum { SECOND_US = 1000000, DAY_SECONDS = 86400 };

/* Days since 1970-01-01 in the proleptic Gregorian calendar; years begin in March, so that the day that leap
 * years add is the last one. */
int64_t
days_of_date(int64_t year, unsigned month, unsigned day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t of_era = shifted - era * 400;
    int64_t of_year = (int64_t)(153 * (month + (month > 2 ? 0U : 12U) - 3) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool
take_number(struct span *text, size_t min, size_t max, int64_t *out)
{
    size_t n = 0;
    int64_t number = 0;
    while (n < text->len && n < max && text->ptr[n] >= '0' && text->ptr[n] <= '9') {
        number = number * 10 + (text->ptr[n++] - '0');
    }
    text->ptr += n;
    text->len -= n;
    *out = number;
    return n >= min;
}

static bool
take(struct span *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c) {
        return false;
    }
    text->ptr++;
    text->len--;
    return true;
}

static bool
take_date(struct span *text, int64_t *days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year;
    int64_t month;
    int64_t day;
    if (!take_number(text, 4, 6, &year) || !take(text, '-') || !take_number(text, 2, 2, &month) ||
        !take(text, '-') || !take_number(text, 2, 2, &day) || month < 1 || month > 12 || day < 1) {
        return false;
    }
    if (span_ends(*text, " BC")) {
        text->len -= 3;
        year = 1 - year;
    }
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    *days = days_of_date(year, (unsigned)month, (unsigned)day);
    return day <= lengths[month - 1] + (month == 2 && is_leap);
}

/* HH:MM[:SS[.ffffff]]; hours up to `hours_max`; more than six places of a second are no time we can hold. */
static bool
take_clock(struct span *text, int64_t hours_max, int64_t *us)
{
    int64_t hours;
    int64_t minutes;
    int64_t seconds = 0;
    int64_t fraction = 0;
    if (!take_number(text, 1, 4, &hours) || hours > hours_max || !take(text, ':') ||
        !take_number(text, 2, 2, &minutes) || minutes > 59) {
        return false;
    }
    if (take(text, ':')) {
        if (!take_number(text, 2, 2, &seconds) || seconds > 59) {
            return false;
        }
        if (take(text, '.')) {
            size_t before = text->len;
            if (!take_number(text, 1, 6, &fraction)) {
                return false;
            }
            for (size_t n = before - text->len; n < 6; n++) {
                fraction *= 10;
            }
            while (take(text, '0')) {
            }
        }
    }
    *us = ((hours * 60 + minutes) * 60 + seconds) * SECOND_US + fraction;
    return true;
}

/* Z, +02, +0200, +02:00, +02:00:30 */
static bool
take_zone(struct span *text, int64_t *seconds_east)
{
    int64_t hours;
    int64_t minutes = 0;
    int64_t seconds = 0;
    *seconds_east = 0;
    if (take(text, 'Z') || take(text, 'z')) {
        return true;
    }
    bool is_west = text->len > 0 && text->ptr[0] == '-';
    if (!take(text, '+') && !take(text, '-')) {
        return false;
    }
    bool is_whole = take_number(text, 2, 2, &hours);
    if (is_whole && text->len > 0) {
        (void)take(text, ':');
        is_whole =
            take_number(text, 2, 2, &minutes) && (!take(text, ':') || take_number(text, 2, 2, &seconds));
    }
    *seconds_east = (hours * 60 + minutes) * 60 + seconds;
    *seconds_east = is_west ? -*seconds_east : *seconds_east;
    return is_whole;
}

static bool
read_infinity(struct span text, struct canon_value *out)
{
    out->special = span_is(text, "infinity")    ? SPECIAL_INFINITY
                   : span_is(text, "-infinity") ? SPECIAL_MINUS_INFINITY
                                                : SPECIAL_NONE;
    return out->special != SPECIAL_NONE;
}

bool
date_read(struct span text, struct canon_value *out)
{
    int64_t days;
    *out = (struct canon_value){.class = CLASS_DATE};
    if (read_infinity(text, out)) {
        return true;
    }
    if (!take_date(&text, &days)) {
        return false;
    }
    out->days = (int32_t)days;
    return text.len == 0;
}

bool
stamp_read(struct span text, bool zones, struct canon_value *out)
{
    int64_t days;
    int64_t us = 0;
    int64_t east = 0;
    *out = (struct canon_value){.class = zones ? CLASS_INSTANT : CLASS_CIVIL};
    if (read_infinity(text, out)) {
        return true;
    }
    if (!take_date(&text, &days)) {
        return false;
    }
    if (text.len > 0) {
        if ((!take(&text, ' ') && !take(&text, 'T')) || !take_clock(&text, 24, &us)) {
            return false;
        }
        if (text.len > 0 && zones) {
            (void)take(&text, ' ');
            if (!take_zone(&text, &east)) {
                return false;
            }
        }
    }
    out->us = days * DAY_SECONDS * SECOND_US + us - east * SECOND_US;
    return text.len == 0;
}

bool
time_read(struct span text, struct canon_value *out)
{
    bool is_negative = take(&text, '-');
    int64_t us;
    *out = (struct canon_value){.class = CLASS_TIME};
    if (!take_clock(&text, 9999, &us)) {
        return false;
    }
    out->us = is_negative ? -us : us;
    return text.len == 0;
}

/* "1 year 2 mons -3 days 04:05:06", as PostgreSQL writes it, or a clock alone. */
bool
interval_read(struct span text, struct canon_value *out)
{
    static const struct {
        const char *name;
        int32_t months;
        int32_t days;
    } units[] = {{"year", 12, 0},  {"years", 12, 0}, {"mon", 1, 0},  {"mons", 1, 0}, {"month", 1, 0},
                 {"months", 1, 0}, {"day", 0, 1},    {"days", 0, 1}, {"week", 0, 7}, {"weeks", 0, 7}};
    struct span word;
    struct span unit;
    bool has_part = false;
    *out = (struct canon_value){.class = CLASS_INTERVAL};
    while (span_next_word(&text, &word)) {
        int64_t number;
        struct canon_value clock;
        struct span digits = word;
        (void)take(&digits, '+');
        has_part = true;
        if (memchr(word.ptr, ':', word.len) != NULL) {
            if (!time_read(digits, &clock) || span_next_word(&text, &unit)) {
                return false;
            }
            out->us = clock.us;
            return true;
        }
        if (!parse_i64(digits, &number) || number > INT32_MAX / 12 || number < INT32_MIN / 12 ||
            !span_next_word(&text, &unit)) {
            return false;
        }
        bool is_known = false;
        for (size_t i = 0; i < COUNT_OF(units) && !is_known; i++) {
            is_known = span_is(unit, units[i].name);
            out->months += is_known ? (int32_t)number * units[i].months : 0;
            out->days += is_known ? (int32_t)number * units[i].days : 0;
        }
        if (!is_known) {
            return false;
        }
    }
    return has_part;
}

static int
hex_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool
uuid_read(struct canon_coder *coder, struct span text, struct canon_value *out)
{
    char bytes[16] = {0};
    size_t n = 0;
    if (text.len >= 2 && text.ptr[0] == '{' && text.ptr[text.len - 1] == '}') {
        text.ptr++;
        text.len -= 2;
    }
    for (size_t i = 0; i < text.len; i++) {
        int digit = hex_of(text.ptr[i]);
        if (digit < 0 ? text.ptr[i] != '-' : n == 32) {
            return false;
        }
        if (digit >= 0) {
            bytes[n / 2] = (char)((unsigned)bytes[n / 2] << 4 | (unsigned)digit);
            n++;
        }
    }
    buf_reset(&coder->text);
    buf_add(&coder->text, bytes, sizeof(bytes));
    *out = (struct canon_value){.class = CLASS_UUID, .bytes = buf_view(&coder->text)};
    return n == 32;
}

bool
bits_read(struct canon_coder *coder, struct span text, struct canon_value *out)
{
    size_t n_bytes = (text.len + 7) / 8;
    buf_reset(&coder->text);
    for (size_t i = 0; i < n_bytes; i++) {
        unsigned byte = 0;
        size_t from = i == 0 ? 0 : text.len - (n_bytes - i) * 8;
        size_t to = text.len - (n_bytes - i - 1) * 8;
        for (size_t at = from; at < to; at++) {
            if (text.ptr[at] != '0' && text.ptr[at] != '1') {
                return false;
            }
            byte = byte << 1 | (unsigned)(text.ptr[at] - '0');
        }
        buf_char(&coder->text, (char)byte);
    }
    *out = (struct canon_value){
        .class = CLASS_BIT, .bytes = buf_view(&coder->text), .n_bits = (uint32_t)text.len};
    return text.len > 0;
}
