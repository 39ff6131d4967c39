/* What kind of statement it is, by its first words. */
#ifndef MY_KIND_H
#define MY_KIND_H

#include "base/str.h"

/* enum piece_flag bits; `flags` are the lexer's. */
unsigned statement_flags(struct span statement, unsigned flags);

#endif
