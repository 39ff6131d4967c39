/* Spans of bytes, and the one checked way to read a number. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
    const char *ptr; /* not NUL-terminated */
    size_t len;
};

#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})

struct span span_of(const char *str); /* NULL gives the empty span */
struct span span_trim(struct span span);
bool span_eq(struct span a, struct span b);
bool span_is(struct span span, const char *str);
bool span_is_nocase(struct span span, const char *str); /* ASCII only */
bool span_starts(struct span span, const char *prefix);
bool span_starts_nocase(struct span span, const char *prefix);
bool span_ends(struct span span, const char *suffix);
/* Cuts the next line (without its LF or CRLF) off `rest`; false at the end. */
bool span_next_line(struct span *rest, struct span *line);
/* Cuts the next blank-separated word off `rest`; false at the end. */
bool span_next_word(struct span *rest, struct span *word);

bool str_eq(const char *a, const char *b);
bool str_eq_nocase(const char *a, const char *b);
bool str_starts(const char *str, const char *prefix);
bool str_ends(const char *str, const char *suffix);
bool str_is_empty(const char *str); /* NULL or "" */

/* Whole text, decimal, in range: anything else is false and leaves `out` alone. */
bool parse_u64(struct span text, uint64_t *out);
bool parse_i64(struct span text, int64_t *out);
/* "250ms", "3s", "10m", "2h", "1d", plain seconds; result in milliseconds. */
bool parse_duration(struct span text, uint64_t *out_ms);

/* Offset of the first byte that is not valid UTF-8 (RFC 3629), or `len` when all is. */
size_t utf8_valid_len(struct span text);
/* Byte offset of the `n`th character (from 0); len when there are fewer. */
size_t utf8_offset(struct span text, size_t n);

/* Compares as people order file names: runs of digits by their numeric value, of any length. */
int natural_compare(const char *a, const char *b);

/* Edit distance (Levenshtein, insert = delete = replace = 1), for "did you mean". */
size_t edit_distance(const char *a, const char *b);
/* The nearest of n candidates within a third of the length; NULL when none is near. */
const char *nearest_name(const char *name, const char *const *candidates, size_t n);

#endif
