/* Exact decimal numbers: what money needs, and doubles cannot do. */
#ifndef RECON_DECIMAL_H
#define RECON_DECIMAL_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { DECIMAL_DIGITS = 400 };

/* digits * 10^-scale, the most significant digit first; no leading zero but that of zero, no trailing zero.
 * Zero is "0" with scale 0 and not negative. */
struct decimal {
    bool is_negative;
    int32_t scale; /* may be negative */
    uint32_t n;
    unsigned char digits[DECIMAL_DIGITS]; /* 0 .. 9 */
};

/* "-12.50", "1e-7", ".5": false for anything else, blanks included, and for more digits than fit. */
bool decimal_parse(struct span text, struct decimal *out);
/* Without exponent: "-12.5". Arena. */
char *decimal_text(const struct decimal *decimal, struct arena *arena);

bool decimal_eq(const struct decimal *a, const struct decimal *b);
/* -1, 0, 1, by the numbers without their signs. */
int decimal_compare_size(const struct decimal *a, const struct decimal *b);
/* |a - b| and a * b: false when the result has more digits than fit. */
bool decimal_distance(const struct decimal *a, const struct decimal *b, struct decimal *out);
bool decimal_product(const struct decimal *a, const struct decimal *b, struct decimal *out);

#endif
