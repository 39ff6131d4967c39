/* What can be told of a statement from its words alone. */
#ifndef POSTGRES_PG_WORDS_H
#define POSTGRES_PG_WORDS_H

#include "base/str.h"

#include <stdbool.h>

#define PG_WORDS_MAX 24

/* The first words of a statement outside parentheses, names in quotes included (with their quotes), other
 * tokens left out; the options of `VERB (...)` count, too. */
struct pg_words {
    struct span items[PG_WORDS_MAX];
    size_t n;
};

/* `pattern` is blank-separated: words (any case), "?" for any one, "*" for any number, "|" between
 * alternatives ("TABLE|VIEW"), "$" at the end when nothing may follow. Without "$" it is a prefix. */
bool pg_words_match(const struct pg_words *words, const char *pattern);

/* enum piece_flag of a statement. `version_num` 0: of a current server. */
unsigned pg_words_flags(const struct pg_words *words, unsigned version_num);

/* Whether a BEGIN ATOMIC in it opens a body. */
bool pg_words_is_routine(const struct pg_words *words);

#endif
