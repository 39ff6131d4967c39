/* Names of column types as scripts write them, over all engines: which are the same, which hold less. */
#ifndef SCRIPT_TYPENAME_H
#define SCRIPT_TYPENAME_H

#include <stdbool.h>
#include <stdint.h>

enum type_family {
    FAMILY_OTHER,
    FAMILY_INTEGER,  /* capacity: bits */
    FAMILY_DECIMAL,  /* capacity: digits before the point; scale behind it */
    FAMILY_FLOAT,    /* capacity: bits */
    FAMILY_TEXT,     /* capacity: characters, or bytes for MySQL's text types */
    FAMILY_BYTES,    /* capacity: bytes */
    FAMILY_TIMESTAMP /* capacity: digits of the seconds' fraction */
};

struct type_name {
    enum type_family family;
    char base[48]; /* lower case, one spelling a type: "integer", "character varying" */
    uint64_t capacity;
    uint64_t scale;
    bool is_unsigned;
    bool is_fixed; /* char(n): blanks are added */
    bool is_array;
};

void type_name_parse(const char *text, struct type_name *out);
/* True when either is empty: it was not told. */
bool type_name_same(const char *a, const char *b);

enum type_change {
    TYPE_SAME,
    TYPE_WIDER,    /* every value of `from` fits */
    TYPE_NARROWER, /* same family, but some values of `from` do not fit */
    TYPE_OTHER     /* another family: a conversion */
};

/* TYPE_SAME when either is empty. */
enum type_change type_name_change(const char *from, const char *to);

#endif
