#include "migrate/sample.h"

#include "base/buf.h"

#include <inttypes.h>
#include <string.h>

uint64_t
chance_next(struct chance *chance)
{
    uint64_t z = (chance->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t
chance_below(struct chance *chance, uint64_t bound)
{
    return chance_next(chance) % bound;
}

/* -- types whose samples are a short list -------------------------------------------------------------------
 */

#define N_SAMPLES (SAMPLE_ODD + 1u)

/* In the order of the styles ordinary, least, most, odd; the plain and literal ones take the first. */
struct sample_list {
    enum type_kind kind;
    const char *values[N_SAMPLES];
};

static const struct sample_list lists[] = {
    {TYPE_DATE, {"2024-05-17", "1970-01-01", "9999-12-31", "2024-02-29"}},
    {TYPE_TIME, {"12:34:56", "00:00:00", "23:59:59", "23:59:58.999999"}},
    {TYPE_TIMESTAMP,
     {"2024-05-17 12:34:56", "1970-01-02 00:00:00", "9999-12-31 23:59:59", "2024-02-29 23:59:58.123456"}},
    {TYPE_TIMESTAMP_TZ,
     {"2024-05-17 12:34:56", "1970-01-02 00:00:00", "2037-12-31 23:59:59", "2024-02-29 23:59:58.123456"}},
    {TYPE_INTERVAL, {"1 day", "0", "100 years", "-3 mons 02:03:04.5"}},
    {TYPE_JSON,
     {"{\"a\": 1}", "null", "[1, 2.5, {\"deep\": [true, null]}]", "{\"\": \"\\u00fc \\\"q\\\" \"}"}},
    {TYPE_ARRAY, {"{1,2}", "{}", "{1,2,3,4,5,6,7,8}", "{NULL}"}},
};

static const char *
pick_listed(enum type_kind kind, enum sample_style style)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        if (lists[i].kind == kind) {
            return kind == TYPE_ARRAY && style == SAMPLE_LITERAL
                       ? "{}"
                       : lists[i].values[style < N_SAMPLES ? style : 0];
        }
    }
    return NULL;
}

/* Types that only their name tells apart. */
static const struct {
    const char *name;
    const char *values[2];
} named[] = {
    {"inet", {"192.0.2.1", "2001:db8::1/64"}},
    {"cidr", {"192.0.2.0/24", "2001:db8::/32"}},
    {"macaddr", {"08:00:2b:01:02:03", "00:00:00:00:00:00"}},
    {"tsvector", {"'a':1 'b':2", ""}},
    {"tsquery", {"'a' & 'b'", "'a'"}},
    {"point", {"(1,2)", "(0,0)"}},
    {"box", {"(1,1),(0,0)", "(0,0),(0,0)"}},
    {"xml", {"<a/>", "<a b=\"1\">c</a>"}},
    {"ltree", {"a.b.c", "a"}},
    {"hstore", {"a=>1", ""}},
    {"citext", {"Abc", ""}},
    {"int4range", {"[1,10)", "empty"}},
    {"int8range", {"[1,10)", "empty"}},
    {"numrange", {"[1.5,2.5)", "empty"}},
    {"daterange", {"[2024-01-01,2024-02-01)", "empty"}},
    {"tsrange", {"[2024-01-01 00:00:00,2024-02-01 00:00:00)", "empty"}},
    {"tstzrange", {"[2024-01-01 00:00:00+00,2024-02-01 00:00:00+00)", "empty"}},
    {"money", {"12.34", "0"}},
    {"oid", {"1", "0"}},
};

/* The name without its schema: an extension's types are qualified. */
static struct value
sample_named(const struct column *column, enum sample_style style)
{
    const char *dot = strrchr(column->type.name, '.');
    const char *name = dot == NULL ? column->type.name : dot + 1;
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        if (str_eq(named[i].name, name)) {
            return value_text(named[i].values[style == SAMPLE_LEAST || style == SAMPLE_ODD]);
        }
    }
    return value_null();
}

/* -- numbers ------------------------------------------------------------------------------------------------
 */

static struct value
sample_int(struct chance *chance, const struct type *type, enum sample_style style, struct arena *arena)
{
    unsigned bits = type->bits == 0 || type->bits > 64 ? 32 : type->bits;
    uint64_t most = type->is_unsigned ? UINT64_MAX >> (64 - bits) : UINT64_MAX >> (65 - bits);
    uint64_t near = most < 100000 ? most : 100000;
    switch (style) {
    case SAMPLE_MOST:
        return (struct value){VALUE_INT, span_of(arena_printf(arena, "%" PRIu64, most))};
    case SAMPLE_LEAST:
        if (type->is_unsigned) {
            return value_int(arena, 0);
        }
        return (struct value){VALUE_INT, span_of(arena_printf(arena, "%" PRId64, -(int64_t)most - 1))};
    case SAMPLE_PLAIN:
        return value_int(arena, (int64_t)chance_below(chance, 2));
    case SAMPLE_ODD:
        return value_int(arena, type->is_unsigned ? 1 : -1);
    case SAMPLE_ORDINARY:
    case SAMPLE_LITERAL:
    case SAMPLE_STYLE_COUNT:
        break;
    }
    return value_int(arena, (int64_t)chance_below(chance, near) + 1);
}

static char
sample_digit(struct chance *chance, enum sample_style style)
{
    return style == SAMPLE_LEAST || style == SAMPLE_MOST ? '9' : (char)('1' + chance_below(chance, 9));
}

static struct value
sample_decimal(struct chance *chance, const struct type *type, enum sample_style style, struct arena *arena)
{
    uint32_t precision = type->precision == 0 || type->precision > 60 ? 18 : type->precision;
    uint32_t scale = type->precision == 0 ? 4 : type->scale < precision ? type->scale : precision;
    uint32_t whole = precision - scale;
    BUF_SCOPED digits = BUF_INIT(BUF_TEXT_MAX);
    if (style != SAMPLE_LEAST && style != SAMPLE_MOST && whole > 4) {
        whole = style == SAMPLE_PLAIN ? 1 : 4;
    }
    buf_str(&digits, style == SAMPLE_LEAST ? "-" : "");
    buf_str(&digits, whole == 0 ? "0" : "");
    for (uint32_t i = 0; i < whole; i++) {
        buf_char(&digits, sample_digit(chance, style));
    }
    for (uint32_t i = 0; i < scale; i++) {
        buf_str(&digits, i == 0 ? "." : "");
        buf_char(&digits, sample_digit(chance, style));
    }
    return value_text(arena_strdup(arena, buf_cstr(&digits)));
}

static struct value
sample_float(const struct type *type, enum sample_style style)
{
    static const char *const wide[] = {"1.5", "-1.7976931348623157e308", "1.7976931348623157e308", "0.1"};
    static const char *const narrow[] = {"1.5", "-3.4e38", "3.4e38", "0.1"};
    size_t at = style < N_SAMPLES ? (size_t)style : 0;
    return (struct value){VALUE_FLOAT, span_of(type->bits == 32 ? narrow[at] : wide[at])};
}

/* Engines take bits as a number or as a string of 0 and 1. */
static struct value
sample_bit(struct chance *chance, const struct type *type, enum sample_style style, struct arena *arena)
{
    uint32_t length = type->length == 0 || type->length > 512 ? 1 : type->length;
    if (style != SAMPLE_LITERAL) {
        uint64_t most = length >= 63 ? INT64_MAX : (UINT64_C(1) << length) - 1;
        uint64_t number = style == SAMPLE_MOST    ? most
                          : style == SAMPLE_LEAST ? 0
                                                  : chance_below(chance, most + 1);
        return value_int(arena, (int64_t)number);
    }
    char *text = arena_alloc(arena, length + 1);
    for (uint32_t i = 0; i < length; i++) {
        text[i] = (char)('0' + chance_below(chance, 2));
    }
    return value_text(text);
}

/* -- text and bytes -----------------------------------------------------------------------------------------
 */

enum { LONG_TEXT = 300 };

static const char *const odd_texts[] = {
    "it's \"quoted\" `here`",
    "back\\slash \\n %s ?",
    "trailing blank ",
    " tab\tand\nline",
    "na\xc3\xafve \xce\xa9 \xe6\xbc\xa2",
    "\xf0\x9f\x99\x82",
    "NULL",
    "0",
    "-- not a comment",
    "{r} $1 :name",
};

static struct value
sample_text(struct chance *chance, const struct type *type, enum sample_style style, struct arena *arena)
{
    size_t room = type->length == 0 || type->length > LONG_TEXT ? LONG_TEXT : type->length;
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    switch (style) {
    case SAMPLE_LEAST:
        break;
    case SAMPLE_MOST:
        while (text.len < room) {
            buf_char(&text, (char)('a' + text.len % 26));
        }
        break;
    case SAMPLE_ODD:
        buf_str(&text, odd_texts[chance_below(chance, COUNT_OF(odd_texts))]);
        break;
    case SAMPLE_PLAIN:
        buf_printf(&text, "%c", (char)('a' + chance_below(chance, 26)));
        break;
    case SAMPLE_ORDINARY:
    case SAMPLE_LITERAL:
    case SAMPLE_STYLE_COUNT:
        buf_printf(&text, "%06" PRIx64 " word", chance_next(chance) & 0xffffff);
        break;
    }
    size_t keep = utf8_offset(buf_view(&text), room);
    return value_span((struct span){arena_strndup(arena, buf_cstr(&text), keep), keep});
}

static struct value
sample_bytes(struct chance *chance, const struct type *type, enum sample_style style, struct arena *arena)
{
    size_t room = type->length == 0 || type->length > 64 ? 64 : type->length;
    size_t len = style == SAMPLE_LEAST ? 0 : style == SAMPLE_MOST ? room : room < 8 ? room : 8;
    char *bytes = arena_alloc(arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = style == SAMPLE_PLAIN ? 'a' : (char)chance_below(chance, 256);
    }
    return value_bytes((struct span){bytes, len});
}

static struct value
sample_uuid(struct chance *chance, struct arena *arena)
{
    uint64_t a = chance_next(chance);
    uint64_t b = chance_next(chance);
    return value_text(
        arena_printf(arena, "%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-8%03" PRIx64 "-%012" PRIx64, a >> 32,
                     (a >> 16) & 0xffff, a & 0xfff, (b >> 48) & 0xfff, b & UINT64_C(0xffffffffffff)));
}

static struct value
sample_labels(struct chance *chance, const struct type *type, enum sample_style style, struct arena *arena)
{
    if (type->n_labels == 0) {
        return type->kind == TYPE_SET ? value_text("") : value_null();
    }
    if (type->kind == TYPE_SET && style == SAMPLE_LEAST) {
        return value_text("");
    }
    const char *label = style == SAMPLE_MOST ? type->labels[type->n_labels - 1]
                                             : type->labels[chance_below(chance, type->n_labels)];
    if (type->kind == TYPE_SET && style == SAMPLE_ODD && !str_eq(label, type->labels[0])) {
        return value_text(arena_printf(arena, "%s,%s", type->labels[0], label));
    }
    return value_text(label);
}

/* A column whose cells may hold any type gets all of them in turn. */
static struct value
sample_any(struct chance *chance, enum sample_style style, struct arena *arena)
{
    static const struct type types[] = {
        {.kind = TYPE_TEXT}, {.kind = TYPE_INT, .bits = 64}, {.kind = TYPE_BYTES}};
    switch (chance_below(chance, 4)) {
    case 0:
        return sample_int(chance, &types[1], style, arena);
    case 1:
        return sample_bytes(chance, &types[2], style, arena);
    case 2:
        return sample_float(&types[1], style);
    }
    return sample_text(chance, &types[0], style, arena);
}

struct value
sample_value(struct chance *chance, const struct column *column, enum sample_style style, struct arena *arena)
{
    const struct type *type = &column->type;
    if (style == SAMPLE_LEAST && !column->not_null) {
        return value_null();
    }
    switch (type->kind) {
    case TYPE_BOOL:
        return value_int(arena, (int64_t)chance_below(chance, 2));
    case TYPE_INT:
        return sample_int(chance, type, style, arena);
    case TYPE_DECIMAL:
        return sample_decimal(chance, type, style, arena);
    case TYPE_FLOAT:
        return sample_float(type, style);
    case TYPE_TEXT:
        return sample_text(chance, type, style, arena);
    case TYPE_BYTES:
        return sample_bytes(chance, type, style, arena);
    case TYPE_UUID:
        return sample_uuid(chance, arena);
    case TYPE_ENUM:
    case TYPE_SET:
        return sample_labels(chance, type, style, arena);
    case TYPE_BIT:
        return sample_bit(chance, type, style, arena);
    case TYPE_ANY:
        return sample_any(chance, style, arena);
    case TYPE_OPAQUE:
        return sample_named(column, style);
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_TZ:
    case TYPE_INTERVAL:
    case TYPE_JSON:
    case TYPE_ARRAY:
        break;
    }
    return value_text(pick_listed(type->kind, style));
}
