/* Kinds of columns, and in which kind two of them meet. */
#include "recon/canon_core.h"

#include <ctype.h>

static const char *const kind_names[CANON_KIND_MAX + 1] = {
    [CANON_NUMBER] = "number", [CANON_DOUBLE] = "double",     [CANON_SINGLE] = "single",
    [CANON_BOOL] = "bool",     [CANON_TEXT] = "text",         [CANON_BYTES] = "bytes",
    [CANON_UUID] = "uuid",     [CANON_DATE] = "date",         [CANON_TIME] = "time",
    [CANON_TIMETZ] = "timetz", [CANON_CIVIL] = "timestamp",   [CANON_INSTANT] = "instant",
    [CANON_BIT] = "bit",       [CANON_INTERVAL] = "interval", [CANON_SET] = "set",
    [CANON_JSON] = "json",     [CANON_ARRAY] = "array",       [CANON_ANY] = "any",
    [CANON_OPAQUE] = "opaque"};

const char *
canon_kind_name(enum canon_kind kind)
{
    return (unsigned)kind > CANON_KIND_MAX || kind_names[kind] == NULL ? "" : kind_names[kind];
}

/* -- of one column -----------------------------------------------------------------------------------------
 */

/* Types by the beginning of their name, in lower case; the first that fits counts, so that longer ones come
 * first. Over all engines: where two of them use a word, they mean the same by it, or the form decides. */
static const struct {
    const char *word;
    bool is_whole; /* nothing but "(...)" may follow */
    enum canon_kind kind;
} names[] = {
    {"timestamp with time zone", false, CANON_INSTANT},
    {"timestamp without time zone", false, CANON_CIVIL},
    {"timestamptz", true, CANON_INSTANT},
    {"time with time zone", false, CANON_TIMETZ},
    {"timetz", true, CANON_TIMETZ},
    {"time without time zone", false, CANON_TIME},
    {"datetime", true, CANON_CIVIL},
    {"date", true, CANON_DATE},
    {"time", true, CANON_TIME},
    {"interval", false, CANON_INTERVAL},
    {"uuid", true, CANON_UUID},
    {"jsonb", true, CANON_JSON},
    {"json", true, CANON_JSON},
    {"boolean", true, CANON_BOOL},
    {"bool", true, CANON_BOOL},
    {"bit varying", false, CANON_BIT},
    {"bit", true, CANON_BIT},
    {"set", true, CANON_SET},
    {"enum", true, CANON_TEXT},
    {"decimal", true, CANON_NUMBER},
    {"numeric", true, CANON_NUMBER},
    {"year", true, CANON_NUMBER},
    {"oid", true, CANON_NUMBER},
    {"any", true, CANON_ANY},
    {"double", false, CANON_DOUBLE},
    {"real", true, CANON_DOUBLE},
    {"float", false, CANON_DOUBLE},
    {"character", false, CANON_TEXT},
    {"name", true, CANON_TEXT},
    {"citext", true, CANON_TEXT},
    {"longtext", true, CANON_TEXT},
};

/* SQLite's own rules of affinity: a word anywhere in the type. */
static const struct {
    const char *word;
    enum canon_kind kind;
} parts[] = {
    {"int", CANON_NUMBER},  {"char", CANON_TEXT},   {"clob", CANON_TEXT},    {"text", CANON_TEXT},
    {"string", CANON_TEXT}, {"blob", CANON_BYTES},  {"binary", CANON_BYTES}, {"bytea", CANON_BYTES},
    {"real", CANON_DOUBLE}, {"floa", CANON_DOUBLE}, {"doub", CANON_DOUBLE},
};

/* What the form alone says; 0: the type has to be asked. */
static enum canon_kind
kind_of_form(const char *form)
{
    static const struct {
        const char *form;
        enum canon_kind kind;
    } forms[] = {{"pg.bool", CANON_BOOL},
                 {"pg.int2", CANON_NUMBER},
                 {"pg.int4", CANON_NUMBER},
                 {"pg.int8", CANON_NUMBER},
                 {"pg.oid", CANON_NUMBER},
                 {"pg.numeric", CANON_NUMBER},
                 {"pg.float4", CANON_SINGLE},
                 {"pg.float8", CANON_DOUBLE},
                 {"pg.date", CANON_DATE},
                 {"pg.time", CANON_TIME},
                 {"pg.timetz", CANON_TIMETZ},
                 {"pg.timestamp", CANON_CIVIL},
                 {"pg.timestamptz", CANON_INSTANT},
                 {"pg.interval", CANON_INTERVAL},
                 {"pg.uuid", CANON_UUID},
                 {"pg.jsonb", CANON_JSON},
                 {"pg.bit", CANON_BIT},
                 {"pg.varbit", CANON_BIT},
                 {"my.int", CANON_NUMBER},
                 {"my.uint", CANON_NUMBER},
                 {"my.float", CANON_SINGLE},
                 {"my.double", CANON_DOUBLE},
                 {"my.date", CANON_DATE},
                 {"my.time", CANON_TIME},
                 {"my.bit", CANON_BIT},
                 {"bytes", CANON_BYTES}};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (str_eq(forms[i].form, form)) {
            return forms[i].kind;
        }
    }
    if (str_starts(form, "pg.") && str_ends(form, "[]")) {
        return CANON_ARRAY;
    }
    return str_starts(form, "pg.") ? CANON_OPAQUE : (enum canon_kind)0;
}

static bool
name_fits(const char *name, const char *word, bool is_whole)
{
    size_t len = strlen(word);
    return strncmp(name, word, len) == 0 &&
           (!is_whole || name[len] == '\0' || name[len] == '(' || name[len] == ' ');
}

enum canon_kind
canon_kind_of_name(const char *name, const char *form)
{
    char lower[64] = "";
    enum canon_kind kind = form == NULL ? (enum canon_kind)0 : kind_of_form(form);
    if (kind != 0) {
        return kind;
    }
    for (size_t i = 0; name[i] != '\0' && i + 1 < sizeof(lower); i++) {
        lower[i] = (char)tolower((unsigned char)name[i]);
    }
    if (str_eq(form, "my.datetime") || name_fits(lower, "timestamp", true)) {
        return str_eq(form, "my.datetime") && name_fits(lower, "timestamp", true) ? CANON_INSTANT
                                                                                  : CANON_CIVIL;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (name_fits(lower, names[i].word, names[i].is_whole)) {
            return names[i].kind;
        }
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (strstr(lower, parts[i].word) != NULL) {
            return parts[i].kind;
        }
    }
    return lower[0] == '\0' ? CANON_ANY : CANON_OPAQUE;
}

static enum canon_kind
kind_of_type(const struct type *type)
{
    switch (type->kind) {
    case TYPE_BOOL:
        return CANON_BOOL;
    case TYPE_INT:
    case TYPE_DECIMAL:
        return CANON_NUMBER;
    case TYPE_FLOAT:
        return type->bits == 32 ? CANON_SINGLE : CANON_DOUBLE;
    case TYPE_TEXT:
    case TYPE_ENUM:
        return CANON_TEXT;
    case TYPE_BYTES:
        return CANON_BYTES;
    case TYPE_DATE:
        return CANON_DATE;
    case TYPE_TIME:
        return strstr(type->name, "with time zone") != NULL ? CANON_TIMETZ : CANON_TIME;
    case TYPE_TIMESTAMP:
        return CANON_CIVIL;
    case TYPE_TIMESTAMP_TZ:
        return CANON_INSTANT;
    case TYPE_INTERVAL:
        return CANON_INTERVAL;
    case TYPE_UUID:
        return CANON_UUID;
    case TYPE_JSON:
        return CANON_JSON;
    case TYPE_SET:
        return CANON_SET;
    case TYPE_BIT:
        return CANON_BIT;
    case TYPE_ARRAY:
        return CANON_ARRAY;
    case TYPE_ANY:
        return CANON_ANY;
    case TYPE_OPAQUE:
        return str_starts(type->name, "year") ? CANON_NUMBER : CANON_OPAQUE;
    }
    return CANON_OPAQUE;
}

enum canon_kind
canon_kind_of(const struct type *type, const char *form)
{
    enum canon_kind kind = kind_of_type(type);
    enum canon_kind told = form == NULL ? (enum canon_kind)0 : kind_of_form(form);
    return kind == CANON_OPAQUE && told != 0 && told != CANON_BYTES ? told : kind;
}

/* -- of two ------------------------------------------------------------------------------------------------
 */

static const char as_text[] = "compared as the servers' text";

static const struct {
    enum canon_kind a;
    enum canon_kind b;
    enum canon_kind together;
    const char *note;
} pairs[] = {
    {CANON_NUMBER, CANON_BOOL, CANON_BOOL, "0 and 1 count as false and true"},
    {CANON_NUMBER, CANON_DOUBLE, CANON_NUMBER,
     "floats count as the shortest decimal that reads back to them"},
    {CANON_NUMBER, CANON_SINGLE, CANON_NUMBER,
     "floats count as the shortest decimal that reads back to them"},
    {CANON_NUMBER, CANON_TEXT, CANON_NUMBER, "text counts as the number it spells"},
    {CANON_NUMBER, CANON_BIT, CANON_NUMBER, "bits count as the number they are"},
    {CANON_DOUBLE, CANON_SINGLE, CANON_SINGLE, "rounded to single precision"},
    {CANON_DOUBLE, CANON_TEXT, CANON_DOUBLE, "text counts as the number it spells"},
    {CANON_SINGLE, CANON_TEXT, CANON_SINGLE, "text counts as the number it spells"},
    {CANON_BOOL, CANON_BIT, CANON_BOOL, "0 and 1 count as false and true"},
    {CANON_BOOL, CANON_TEXT, CANON_BOOL, "t, true, 1 and f, false, 0 count as what they mean"},
    {CANON_TEXT, CANON_UUID, CANON_UUID, NULL},
    {CANON_BYTES, CANON_UUID, CANON_UUID, "16 bytes count as a UUID"},
    {CANON_TEXT, CANON_BYTES, CANON_BYTES, "text counts as its UTF-8 bytes"},
    {CANON_TEXT, CANON_DATE, CANON_DATE, NULL},
    {CANON_TEXT, CANON_TIME, CANON_TIME, NULL},
    {CANON_TEXT, CANON_CIVIL, CANON_CIVIL, NULL},
    {CANON_TEXT, CANON_INSTANT, CANON_INSTANT, "times without a zone count as UTC"},
    {CANON_CIVIL, CANON_INSTANT, CANON_INSTANT, "times without a zone count as UTC"},
    {CANON_DATE, CANON_CIVIL, CANON_CIVIL, "dates count as midnight"},
    {CANON_DATE, CANON_INSTANT, CANON_INSTANT, "dates count as midnight in UTC"},
    {CANON_TIME, CANON_INTERVAL, CANON_INTERVAL, NULL},
    {CANON_TEXT, CANON_INTERVAL, CANON_INTERVAL, NULL},
    {CANON_TEXT, CANON_BIT, CANON_BIT, NULL},
    {CANON_TEXT, CANON_SET, CANON_SET, NULL},
    {CANON_SET, CANON_ARRAY, CANON_SET, "arrays count as sets"},
    {CANON_TEXT, CANON_JSON, CANON_JSON, NULL},
    {CANON_JSON, CANON_ARRAY, CANON_JSON, "arrays count as their JSON"},
    {CANON_TEXT, CANON_ARRAY, CANON_JSON, "arrays count as their JSON"},
};

enum canon_kind
canon_kind_common(enum canon_kind a, enum canon_kind b, const char **note)
{
    *note = a == CANON_OPAQUE || b == CANON_OPAQUE ? as_text : NULL;
    if (a == b || b == CANON_ANY) {
        return a;
    }
    if (a == CANON_ANY) {
        return b;
    }
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if ((pairs[i].a == a && pairs[i].b == b) || (pairs[i].a == b && pairs[i].b == a)) {
            *note = pairs[i].note;
            return pairs[i].together;
        }
    }
    *note = as_text;
    return CANON_OPAQUE;
}
