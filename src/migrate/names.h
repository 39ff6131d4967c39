/* What a script calls its tables and columns, from its first statement to its last: renames are followed both
 * ways. Names are as the catalogue has them; those in effects are as written. */
#ifndef MIGRATE_NAMES_H
#define MIGRATE_NAMES_H

#include "driver/effect.h"

/* "t" is "public.t" when one of the two is not qualified. */
bool table_name_eq(const char *a, const char *b);

/* A table's name before the script's first statement and after its last, of one that is called `name` right
 * before statement `piece`. "" from `first` when the script has created it by then. */
const char *
table_name_first(const struct effects *effects, size_t piece, const char *name, struct arena *arena);
const char *
table_name_last(const struct effects *effects, size_t piece, const char *name, struct arena *arena);
/* The same for a column of that table; "" when the script adds, or takes, it. */
const char *column_name_first(const struct effects *effects, size_t piece, const char *table,
                              const char *column, struct arena *arena);
const char *column_name_last(const struct effects *effects, size_t piece, const char *table,
                             const char *column, struct arena *arena);

#endif
