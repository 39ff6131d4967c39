/* Values made up for a column: ordinary, empty, extreme, odd. */
#ifndef MIGRATE_SAMPLE_H
#define MIGRATE_SAMPLE_H

#include "base/arena.h"
#include "schema/table.h"
#include "schema/value.h"

#include <stdint.h>

/* splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): a stream that
 * depends on the seed alone, so that a drill can be repeated. */
struct chance {
    uint64_t state;
};

uint64_t chance_next(struct chance *chance);
/* Uniform in [0, bound); bound > 0. */
uint64_t chance_below(struct chance *chance, uint64_t bound);

enum sample_style {
    SAMPLE_ORDINARY,
    SAMPLE_LEAST,   /* smallest number, first day, empty text; NULL where that is allowed */
    SAMPLE_MOST,    /* largest number, last day, longest text */
    SAMPLE_ODD,     /* quotes, backslashes, trailing blanks, wide characters, leap days */
    SAMPLE_PLAIN,   /* small positive numbers and lower-case letters: what most checks let pass */
    SAMPLE_LITERAL, /* another spelling for types whose input differs between engines */
    SAMPLE_STYLE_COUNT
};

/* Strings: arena. A type that is not known gives NULL. */
struct value sample_value(struct chance *chance, const struct column *column, enum sample_style style,
                          struct arena *arena);

#endif
