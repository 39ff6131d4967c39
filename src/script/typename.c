#include "script/typename.h"

#include "base/attr.h"
#include "base/str.h"

#include <string.h>

#define NO_LIMIT UINT64_MAX

/* One row a spelling. `capacity` holds where the text gives no length. */
static const struct spelling {
    const char *text;
    const char *base;
    enum type_family family;
    uint64_t capacity;
} spellings[] = {
    {"bool", "boolean", FAMILY_OTHER, 0},
    {"tinyint", "tinyint", FAMILY_INTEGER, 8},
    {"smallint", "smallint", FAMILY_INTEGER, 16},
    {"int2", "smallint", FAMILY_INTEGER, 16},
    {"smallserial", "smallint", FAMILY_INTEGER, 16},
    {"serial2", "smallint", FAMILY_INTEGER, 16},
    {"mediumint", "mediumint", FAMILY_INTEGER, 24},
    {"int", "integer", FAMILY_INTEGER, 32},
    {"integer", "integer", FAMILY_INTEGER, 32},
    {"int4", "integer", FAMILY_INTEGER, 32},
    {"serial", "integer", FAMILY_INTEGER, 32},
    {"serial4", "integer", FAMILY_INTEGER, 32},
    {"bigint", "bigint", FAMILY_INTEGER, 64},
    {"int8", "bigint", FAMILY_INTEGER, 64},
    {"bigserial", "bigint", FAMILY_INTEGER, 64},
    {"serial8", "bigint", FAMILY_INTEGER, 64},
    {"numeric", "numeric", FAMILY_DECIMAL, NO_LIMIT},
    {"decimal", "numeric", FAMILY_DECIMAL, NO_LIMIT},
    {"dec", "numeric", FAMILY_DECIMAL, NO_LIMIT},
    {"real", "real", FAMILY_FLOAT, 32},
    {"float4", "real", FAMILY_FLOAT, 32},
    {"float", "float", FAMILY_FLOAT, 32},
    {"float8", "double precision", FAMILY_FLOAT, 64},
    {"double", "double precision", FAMILY_FLOAT, 64},
    {"double precision", "double precision", FAMILY_FLOAT, 64},
    {"char", "character", FAMILY_TEXT, 1},
    {"character", "character", FAMILY_TEXT, 1},
    {"bpchar", "character", FAMILY_TEXT, NO_LIMIT},
    {"nchar", "character", FAMILY_TEXT, 1},
    {"varchar", "character varying", FAMILY_TEXT, NO_LIMIT},
    {"character varying", "character varying", FAMILY_TEXT, NO_LIMIT},
    {"char varying", "character varying", FAMILY_TEXT, NO_LIMIT},
    {"nvarchar", "character varying", FAMILY_TEXT, NO_LIMIT},
    {"tinytext", "tinytext", FAMILY_TEXT, 255},
    {"text", "text", FAMILY_TEXT, NO_LIMIT},
    {"mediumtext", "mediumtext", FAMILY_TEXT, NO_LIMIT},
    {"longtext", "longtext", FAMILY_TEXT, NO_LIMIT},
    {"citext", "citext", FAMILY_TEXT, NO_LIMIT},
    {"binary", "binary", FAMILY_BYTES, 1},
    {"varbinary", "varbinary", FAMILY_BYTES, NO_LIMIT},
    {"tinyblob", "tinyblob", FAMILY_BYTES, 255},
    {"blob", "blob", FAMILY_BYTES, NO_LIMIT},
    {"mediumblob", "mediumblob", FAMILY_BYTES, NO_LIMIT},
    {"longblob", "longblob", FAMILY_BYTES, NO_LIMIT},
    {"bytea", "bytea", FAMILY_BYTES, NO_LIMIT},
    {"timestamp", "timestamp without time zone", FAMILY_TIMESTAMP, 6},
    {"timestamp without time zone", "timestamp without time zone", FAMILY_TIMESTAMP, 6},
    {"timestamptz", "timestamp with time zone", FAMILY_TIMESTAMP, 6},
    {"timestamp with time zone", "timestamp with time zone", FAMILY_TIMESTAMP, 6},
    {"datetime", "datetime", FAMILY_TIMESTAMP, 0},
    {"timetz", "time with time zone", FAMILY_OTHER, 0},
    {"time with time zone", "time with time zone", FAMILY_OTHER, 0},
    {"time", "time without time zone", FAMILY_OTHER, 0},
    {"time without time zone", "time without time zone", FAMILY_OTHER, 0},
    {"varbit", "bit varying", FAMILY_OTHER, 0},
};

/* MySQL's text and blob types hold this many bytes, whatever is said. */
static const struct {
    const char *base;
    uint64_t bytes;
} sized[] = {{"tinytext", 255}, {"mediumtext", 16777215}, {"longtext", UINT32_MAX},
             {"tinyblob", 255}, {"mediumblob", 16777215}, {"longblob", UINT32_MAX}};

/* Takes "(10, 2)" out of the text: "timestamp (3) with time zone" has it in the middle. */
static void
take_lengths(const char *text, char *rest, size_t cap, uint64_t lengths[2], bool *has_length)
{
    size_t len = 0;
    unsigned depth = 0;
    size_t which = 0;
    bool is_blank = true; /* no blank at the beginning, none doubled */
    *has_length = false;
    for (; *text != '\0' && len + 1 < cap; text++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text + ('a' - 'A')) : *text;
        if (c == '(' || c == ')') {
            depth = c == '(' ? depth + 1 : depth - (depth > 0);
        } else if (depth > 0) {
            which += c == ',';
            if (c >= '0' && c <= '9' && which < 2 && lengths[which] < UINT32_MAX) {
                lengths[which] = lengths[which] * 10 + (uint64_t)(c - '0');
                *has_length = true;
            }
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '"' || c == '`') {
            rest[len] = ' ';
            len += !is_blank;
            is_blank = true;
        } else {
            rest[len++] = c;
            is_blank = false;
        }
    }
    len -= len > 0 && rest[len - 1] == ' ';
    rest[len] = '\0';
}

static bool
cut_suffix(char *text, const char *suffix)
{
    size_t len = strlen(text);
    size_t tail = strlen(suffix);
    if (len < tail || strcmp(text + len - tail, suffix) != 0) {
        return false;
    }
    text[len - tail] = '\0';
    return true;
}

void
type_name_parse(const char *text, struct type_name *out)
{
    char rest[sizeof(out->base)];
    uint64_t lengths[2] = {0, 0};
    bool has_length;
    *out = (struct type_name){.family = FAMILY_OTHER};
    take_lengths(text, rest, sizeof(rest), lengths, &has_length);
    out->is_array = cut_suffix(rest, "[]") || cut_suffix(rest, " array");
    (void)cut_suffix(rest, " zerofill");
    out->is_unsigned = cut_suffix(rest, " unsigned");
    const char *base = str_starts(rest, "pg_catalog.") ? rest + sizeof("pg_catalog.") - 1 : rest;
    const struct spelling *known = NULL;
    for (size_t i = 0; i < COUNT_OF(spellings) && known == NULL; i++) {
        known = str_eq(spellings[i].text, base) ? &spellings[i] : NULL;
    }
    const char *canonical = known == NULL ? base : known->base;
    memcpy(out->base, canonical, strlen(canonical) + 1);
    if (known != NULL) {
        out->family = known->family;
        out->capacity = known->capacity;
        out->is_fixed = str_eq(canonical, "character") || str_eq(canonical, "binary");
    }
    for (size_t i = 0; i < COUNT_OF(sized); i++) {
        out->capacity = str_eq(sized[i].base, canonical) ? sized[i].bytes : out->capacity;
    }
    /* MySQL's display width of an integer says nothing about what fits. */
    if (has_length && out->family == FAMILY_DECIMAL) {
        out->scale = lengths[1];
        out->capacity = lengths[0] - (lengths[1] < lengths[0] ? lengths[1] : lengths[0]);
    } else if (has_length && out->family != FAMILY_INTEGER && out->family != FAMILY_FLOAT) {
        out->capacity = lengths[0];
    } else if (out->family == FAMILY_DECIMAL) {
        out->scale = NO_LIMIT;
    }
}

bool
type_name_same(const char *a, const char *b)
{
    return type_name_change(a, b) == TYPE_SAME;
}

static bool
is_text_or_bytes(const struct type_name *type)
{
    return type->family == FAMILY_TEXT || type->family == FAMILY_BYTES;
}

/* Labels added at the end leave the stored numbers of the others alone. */
static enum type_change
label_change(struct span from, struct span to)
{
    if (from.len == to.len && memcmp(from.ptr, to.ptr, from.len) == 0) {
        return TYPE_SAME;
    }
    size_t head = from.len - 1; /* without the bracket */
    return to.len > from.len && memcmp(from.ptr, to.ptr, head) == 0 && to.ptr[head] == ',' ? TYPE_WIDER
                                                                                           : TYPE_NARROWER;
}

static bool
has_labels(struct span type)
{
    return span_starts_nocase(type, "enum(") || span_starts_nocase(type, "set(");
}

/* Where MySQL's sizes stand against each other, its TEXT is one of them. */
static void
size_plain_text(struct type_name *a, const struct type_name *b)
{
    bool is_plain = str_eq(a->base, "text") || str_eq(a->base, "blob");
    for (size_t i = 0; i < COUNT_OF(sized) && is_plain; i++) {
        if (str_eq(sized[i].base, b->base)) {
            a->capacity = UINT16_MAX;
        }
    }
}

enum type_change
type_name_change(const char *from, const char *to)
{
    struct type_name a;
    struct type_name b;
    if (str_is_empty(from) || str_is_empty(to)) {
        return TYPE_SAME;
    }
    if (has_labels(span_of(from)) && has_labels(span_of(to))) {
        return label_change(span_of(from), span_of(to));
    }
    type_name_parse(from, &a);
    type_name_parse(to, &b);
    size_plain_text(&a, &b);
    size_plain_text(&b, &a);
    if (a.is_array != b.is_array || a.family != b.family) {
        return TYPE_OTHER;
    }
    bool is_same_base = str_eq(a.base, b.base);
    if (a.family == FAMILY_OTHER) {
        return is_same_base && (a.capacity == b.capacity) ? TYPE_SAME : TYPE_OTHER;
    }
    if (is_same_base && a.capacity == b.capacity && a.scale == b.scale && a.is_unsigned == b.is_unsigned) {
        return TYPE_SAME;
    }
    if (a.family == FAMILY_TIMESTAMP && !is_same_base) {
        return TYPE_OTHER;
    }
    bool loses_sign = !a.is_unsigned && b.is_unsigned;
    bool loses_range = a.is_unsigned && !b.is_unsigned && b.capacity <= a.capacity;
    bool pads = b.is_fixed && !a.is_fixed && is_text_or_bytes(&a);
    bool is_narrow = b.capacity < a.capacity || b.scale < a.scale || loses_sign || loses_range || pads;
    return is_narrow ? TYPE_NARROWER : TYPE_WIDER;
}
