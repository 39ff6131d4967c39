/* Values into canonical bytes. */
#include "recon/canon_core.h"

#include <math.h>
#include <stdlib.h>

/* -- pieces ------------------------------------------------------------------------------------------------
 */

static void
store_big(char *at, uint64_t number, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        at[i] = (char)(number >> (8 * (width - 1 - i)));
    }
}

void
put_length(struct buf *out, size_t len)
{
    char bytes[10];
    size_t n = 0;
    do {
        bytes[n++] = (char)((len & 0x7F) | (len > 0x7F ? 0x80U : 0));
        len >>= 7;
    } while (len > 0);
    buf_push(out, bytes, n);
}

void
put_tagged(struct buf *out, unsigned char tag, struct span payload)
{
    buf_push(out, &tag, 1);
    put_length(out, payload.len);
    buf_push(out, payload.ptr, payload.len);
}

static void
put_code(struct buf *out, unsigned char tag, unsigned code)
{
    const char bytes[3] = {(char)tag, 1, (char)code};
    buf_push(out, bytes, sizeof(bytes));
}

static void
put_i64(struct buf *out, unsigned char tag, int64_t number)
{
    char bytes[10] = {(char)tag, 8};
    store_big(bytes + 2, (uint64_t)number, 8);
    buf_push(out, bytes, sizeof(bytes));
}

/* -- kinds -------------------------------------------------------------------------------------------------
 */

enum { FLAG_NEGATIVE = 1, FLAG_LONG = 2 };

void
put_number(const struct canon_value *value, struct buf *out)
{
    char bytes[16] = {CANON_NUMBER};
    unsigned flags = value->is_negative ? FLAG_NEGATIVE : 0;
    if (value->class == CLASS_SPECIAL) {
        put_code(out, CANON_NUMBER, value->special);
        return;
    }
    size_t len = value->scale > 0x7F ? value->scale > 0x3FFF ? 3 : 2 : 1;
    if (value->class == CLASS_NUMBER) {
        bytes[1] = (char)(1 + len + 8);
        bytes[2] = (char)flags;
        for (size_t i = 0; i < len; i++) {
            bytes[3 + i] = (char)((value->scale >> (7 * i) & 0x7F) | (i + 1 < len ? 0x80U : 0));
        }
        store_big(bytes + 3 + len, value->magnitude, 8);
        buf_push(out, bytes, 3 + len + 8);
        return;
    }
    buf_push(out, bytes, 1);
    put_length(out, 1 + len + value->bytes.len);
    bytes[0] = (char)(flags | FLAG_LONG);
    buf_push(out, bytes, 1);
    put_length(out, value->scale);
    buf_push(out, value->bytes.ptr, value->bytes.len);
}

/* One zero, one NaN. */
static void
put_real(struct buf *out, enum canon_kind kind, double real)
{
    uint64_t bits;
    double number = fpclassify(real) == FP_ZERO ? 0.0 : real;
    memcpy(&bits, &number, sizeof(bits));
    put_i64(out, (unsigned char)kind, (int64_t)(isnan(real) ? UINT64_C(0x7FF8000000000000) : bits));
}

static void
put_bool(struct buf *out, bool is_true)
{
    put_code(out, CANON_BOOL, is_true ? 1 : 0);
}

static void
put_date(const struct canon_value *value, struct buf *out)
{
    char bytes[6] = {CANON_DATE, 4};
    if (value->special != SPECIAL_NONE) {
        put_code(out, CANON_DATE, value->special);
        return;
    }
    store_big(bytes + 2, (uint32_t)value->days, 4);
    buf_push(out, bytes, sizeof(bytes));
}

static void
put_stamp(struct buf *out, enum canon_kind kind, const struct canon_value *value)
{
    if (value->special != SPECIAL_NONE) {
        put_code(out, (unsigned char)kind, value->special);
    } else {
        put_i64(out, (unsigned char)kind, value->us);
    }
}

static void
put_zero_date(const struct canon_value *value, struct buf *out)
{
    char bytes[14] = {CANON_TAG_ZERO_DATE, 12};
    store_big(bytes + 2, value->year, 2);
    bytes[4] = (char)value->month;
    bytes[5] = (char)value->day;
    store_big(bytes + 6, (uint64_t)value->us, 8);
    buf_push(out, bytes, sizeof(bytes));
}

static void
put_timetz(const struct canon_value *value, struct buf *out)
{
    char bytes[14] = {CANON_TIMETZ, 12};
    store_big(bytes + 2, (uint64_t)value->us, 8);
    store_big(bytes + 10, (uint32_t)value->days, 4);
    buf_push(out, bytes, sizeof(bytes));
}

static void
put_interval(const struct canon_value *value, struct buf *out)
{
    char bytes[18] = {CANON_INTERVAL, 16};
    store_big(bytes + 2, (uint32_t)value->months, 4);
    store_big(bytes + 6, (uint32_t)value->days, 4);
    store_big(bytes + 10, (uint64_t)value->us, 8);
    buf_push(out, bytes, sizeof(bytes));
}

static void
put_bits(const struct canon_value *value, struct buf *out)
{
    char head[5] = {0};
    char tag = CANON_BIT;
    store_big(head, value->n_bits, 4);
    buf_push(out, &tag, 1);
    put_length(out, 4 + value->bytes.len);
    buf_push(out, head, 4);
    buf_push(out, value->bytes.ptr, value->bytes.len);
}

static struct span
without_blanks(const struct canon_coder *coder, struct span text)
{
    while (coder->strips_blanks && text.len > 0 && text.ptr[text.len - 1] == ' ') {
        text.len--;
    }
    return text;
}

void
put_natural(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    switch (value->class) {
    case CLASS_NUMBER:
    case CLASS_DIGITS:
    case CLASS_SPECIAL:
        put_number(value, out);
        return;
    case CLASS_DOUBLE:
        put_real(out, CANON_DOUBLE, value->real);
        return;
    case CLASS_SINGLE:
        put_real(out, CANON_SINGLE, value->real);
        return;
    case CLASS_BOOL:
        put_bool(out, value->magnitude != 0);
        return;
    case CLASS_TEXT:
        put_tagged(out, CANON_TEXT, without_blanks(coder, value->bytes));
        return;
    case CLASS_BYTES:
        put_tagged(out, CANON_BYTES, value->bytes);
        return;
    case CLASS_UUID:
        put_tagged(out, CANON_UUID, value->bytes);
        return;
    case CLASS_DATE:
        put_date(value, out);
        return;
    case CLASS_TIME:
        put_i64(out, CANON_TIME, value->us);
        return;
    case CLASS_TIMETZ:
        put_timetz(value, out);
        return;
    case CLASS_CIVIL:
        put_stamp(out, CANON_CIVIL, value);
        return;
    case CLASS_INSTANT:
        put_stamp(out, CANON_INSTANT, value);
        return;
    case CLASS_INTERVAL:
        put_interval(value, out);
        return;
    case CLASS_ZERO_DATE:
        put_zero_date(value, out);
        return;
    case CLASS_BIT:
        put_bits(value, out);
        return;
    case CLASS_ARRAY:
        put_tagged(out, CANON_ARRAY, value->bytes);
        return;
    }
}

/* -- a class as another kind: false when it is none --------------------------------------------------------
 */

static bool
is_class(const struct canon_value *value, enum canon_class class)
{
    return value->class == class;
}

static bool
number_of_bits(struct span bytes, struct canon_value *out)
{
    *out = (struct canon_value){.class = CLASS_NUMBER};
    for (size_t i = 0; i < bytes.len; i++) {
        out->magnitude = out->magnitude << 8 | (unsigned char)bytes.ptr[i];
    }
    return bytes.len <= 8;
}

static bool
to_number(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    if (value->class <= CLASS_SPECIAL) {
        put_number(value, out);
        return true;
    }
    struct canon_value number = *value;
    bool is_number = false;
    if (is_class(value, CLASS_DOUBLE) || is_class(value, CLASS_SINGLE)) {
        number_from_real(coder, value->real, is_class(value, CLASS_SINGLE), &number);
        is_number = true;
    } else if (is_class(value, CLASS_BOOL)) {
        number.class = CLASS_NUMBER;
        is_number = true;
    } else if (is_class(value, CLASS_TEXT)) {
        is_number = number_read(coder, value->bytes, &number);
    } else if (is_class(value, CLASS_BIT)) {
        is_number = number_of_bits(value->bytes, &number);
    }
    if (is_number) {
        put_number(&number, out);
    }
    return is_number;
}

static bool
to_real(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    double real = value->real;
    if (is_class(value, coder->kind == CANON_SINGLE ? CLASS_SINGLE : CLASS_DOUBLE)) {
        put_real(out, coder->kind, real);
        return true;
    }
    struct canon_value number = *value;
    if (value->class <= CLASS_SPECIAL ||
        (is_class(value, CLASS_TEXT) && number_read(coder, value->bytes, &number))) {
        real = number_to_real(coder, &number);
    } else if (!is_class(value, CLASS_DOUBLE) && !is_class(value, CLASS_SINGLE)) {
        return false;
    }
    put_real(out, coder->kind, coder->kind == CANON_SINGLE ? (double)(float)real : real);
    return true;
}

static bool
to_bool(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    static const char *const words[][2] = {{"f", "t"}, {"false", "true"}, {"0", "1"}};
    struct canon_value number = *value;
    (void)coder;
    if (is_class(value, CLASS_TEXT)) {
        for (size_t i = 0; i < COUNT_OF(words); i++) {
            bool is_true = span_is_nocase(value->bytes, words[i][1]);
            if (is_true || span_is_nocase(value->bytes, words[i][0])) {
                put_bool(out, is_true);
                return true;
            }
        }
        return false;
    }
    bool is_number = is_class(value, CLASS_BOOL) || is_class(value, CLASS_NUMBER) ||
                     (is_class(value, CLASS_BIT) && number_of_bits(value->bytes, &number));
    if (!is_number || number.magnitude > 1 || number.is_negative || number.scale > 0) {
        return false;
    }
    put_bool(out, number.magnitude == 1);
    return true;
}

static bool
to_text(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    if (!is_class(value, CLASS_TEXT)) {
        return false;
    }
    put_tagged(out, CANON_TEXT, without_blanks(coder, value->bytes));
    return true;
}

static bool
to_bytes(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    if (!is_class(value, CLASS_TEXT) && !is_class(value, CLASS_BYTES) && !is_class(value, CLASS_UUID)) {
        return false;
    }
    put_tagged(out, CANON_BYTES,
               is_class(value, CLASS_TEXT) ? without_blanks(coder, value->bytes) : value->bytes);
    return true;
}

static bool
to_uuid(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    struct canon_value uuid = *value;
    bool is_uuid =
        is_class(value, CLASS_UUID) || (is_class(value, CLASS_BYTES) && value->bytes.len == 16) ||
        (is_class(value, CLASS_TEXT) && uuid_read(coder, without_blanks(coder, value->bytes), &uuid));
    if (is_uuid) {
        put_tagged(out, CANON_UUID, uuid.bytes);
    }
    return is_uuid;
}

static bool
to_date(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    struct canon_value date = *value;
    (void)coder;
    if (is_class(value, CLASS_ZERO_DATE)) {
        put_zero_date(value, out);
        return true;
    }
    if (!is_class(value, CLASS_DATE) && !(is_class(value, CLASS_TEXT) && date_read(value->bytes, &date))) {
        return false;
    }
    put_date(&date, out);
    return true;
}

static bool
to_stamp(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    struct canon_value stamp = *value;
    if (is_class(value, CLASS_ZERO_DATE)) {
        put_zero_date(value, out);
        return true;
    }
    if (is_class(value, CLASS_DATE)) {
        enum { DAYS_MAX = 106751990 }; /* of microseconds in 64 bits */
        if (value->days > DAYS_MAX || value->days < -DAYS_MAX) {
            return false;
        }
        stamp.us = value->days * INT64_C(86400000000);
    } else if (!is_class(value, CLASS_CIVIL) && !is_class(value, CLASS_INSTANT) &&
               !(is_class(value, CLASS_TEXT) &&
                 stamp_read(value->bytes, coder->kind == CANON_INSTANT, &stamp))) {
        return false;
    }
    put_stamp(out, coder->kind, &stamp);
    return true;
}

static bool
to_time(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    struct canon_value time = *value;
    if (is_class(value, CLASS_TEXT) && coder->kind == CANON_INTERVAL) {
        if (!interval_read(value->bytes, &time)) {
            return false;
        }
    } else if (is_class(value, CLASS_TEXT) && !time_read(value->bytes, &time)) {
        return false;
    }
    if (coder->kind == CANON_INTERVAL && (time.class == CLASS_TIME || time.class == CLASS_INTERVAL)) {
        put_interval(&time, out);
        return true;
    }
    if (time.class != CLASS_TIME) {
        return false;
    }
    put_i64(out, CANON_TIME, time.us);
    return true;
}

static bool
to_timetz(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    (void)coder;
    if (!is_class(value, CLASS_TIMETZ)) {
        return false;
    }
    put_timetz(value, out);
    return true;
}

static bool
to_bits(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    struct canon_value bits = *value;
    if (!is_class(value, CLASS_BIT) &&
        !(is_class(value, CLASS_TEXT) && bits_read(coder, value->bytes, &bits))) {
        return false;
    }
    put_bits(&bits, out);
    return true;
}

static bool
to_json(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    return is_class(value, CLASS_ARRAY)  ? put_array(coder, value->bytes, true, out)
           : is_class(value, CLASS_TEXT) ? put_json(coder, value->bytes, out)
                                         : false;
}

static bool
to_array(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    return is_class(value, CLASS_ARRAY) && put_array(coder, value->bytes, false, out);
}

/* -- sets --------------------------------------------------------------------------------------------------
 */

static int
compare_spans(const void *a, const void *b)
{
    const struct span *left = a;
    const struct span *right = b;
    size_t len = left->len < right->len ? left->len : right->len;
    int order = len == 0 ? 0 : memcmp(left->ptr, right->ptr, len);
    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

static bool
to_set(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    struct span rest = is_class(value, CLASS_TEXT) ? value->bytes : (struct span){"", 0};
    buf_reset(&coder->members);
    buf_reset(&coder->inner);
    if (is_class(value, CLASS_ARRAY) ? !array_labels(value->bytes, &coder->members)
                                     : !is_class(value, CLASS_TEXT)) {
        return false;
    }
    while (rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        struct span label = {rest.ptr, comma == NULL ? rest.len : (size_t)(comma - rest.ptr)};
        buf_push(&coder->members, &label, sizeof(label));
        rest.ptr += label.len + (comma != NULL);
        rest.len -= label.len + (comma != NULL);
    }
    struct span *labels = (struct span *)(void *)coder->members.data;
    size_t n = coder->members.len / sizeof(struct span);
    if (n > 0) {
        qsort(labels, n, sizeof(labels[0]), compare_spans);
    }
    for (size_t i = 0; i < n; i++) {
        put_length(&coder->inner, labels[i].len);
        buf_push(&coder->inner, labels[i].ptr, labels[i].len);
    }
    put_tagged(out, CANON_SET, buf_view(&coder->inner));
    return true;
}

/* ----------------------------------------------------------------------------------------------------------
 */

static bool
to_any(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    put_natural(coder, value, out);
    return true;
}

bool
put_as_kind(struct canon_coder *coder, const struct canon_value *value, struct buf *out)
{
    static bool (*const converters[CANON_KIND_MAX + 1])(struct canon_coder *, const struct canon_value *,
                                                        struct buf *) = {
        [CANON_NUMBER] = to_number, [CANON_DOUBLE] = to_real, [CANON_SINGLE] = to_real,
        [CANON_BOOL] = to_bool,     [CANON_TEXT] = to_text,   [CANON_BYTES] = to_bytes,
        [CANON_UUID] = to_uuid,     [CANON_DATE] = to_date,   [CANON_TIME] = to_time,
        [CANON_TIMETZ] = to_timetz, [CANON_CIVIL] = to_stamp, [CANON_INSTANT] = to_stamp,
        [CANON_INTERVAL] = to_time, [CANON_BIT] = to_bits,    [CANON_SET] = to_set,
        [CANON_JSON] = to_json,     [CANON_ARRAY] = to_array, [CANON_ANY] = to_any,
        [CANON_OPAQUE] = to_any};
    size_t before = out->len;
    if (converters[coder->kind](coder, value, out)) {
        return true;
    }
    out->len = before;
    if (value->class == CLASS_ARRAY) { /* whose bytes are none */
        return false;
    }
    BUF_SCOPED inside = BUF_INIT(BUF_SQL_MAX);
    put_natural(coder, value, &inside);
    put_tagged(out, CANON_TAG_ODD, buf_view(&inside));
    return true;
}
