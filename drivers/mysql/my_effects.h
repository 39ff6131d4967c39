/* What a statement does, told from its tokens: what the files of this part share. */
#ifndef MY_EFFECTS_H
#define MY_EFFECTS_H

#include "driver/effect.h"
#include "driver/sqltok.h"

/* The statement at hand and where its effects go. */
struct telling {
    struct arena *arena;
    struct effects *out;
    size_t piece;
    struct lexer lexer;
};

/* All strings "", no flags. */
struct effect effect_blank(enum effect_kind kind);
void tell(struct telling *telling, struct effect effect);
/* An effect on a table and nothing more. */
void tell_table(struct telling *telling, enum effect_kind kind, unsigned flags, const char *table);
/* The rest cannot be told. */
void tell_unknown(struct telling *telling);
/* The source from byte `at` of the statement up to the next token; blanks single. */
const char *told_since(struct telling *telling, size_t at);
/* Takes tokens up to the word or punctuation, outside brackets, and it as well; false when it does not come.
 */
bool skip_past(struct telling *telling, const char *word);
/* In lower case: what the servers compare without it. */
const char *folded(struct arena *arena, const char *name);
/* EFFECT_IF_EXISTS when IF EXISTS stands there, EFFECT_IF_NOT_EXISTS when IF NOT EXISTS does. */
unsigned take_if(struct telling *telling);

/* -- my_effect_column.c */
/* Takes a column's definition behind its name, and FIRST or AFTER behind that; fills flags, type, detail. The
 * foreign key of a REFERENCES follows in `reference`, whose kind is EFFECT_READ when there is none. */
bool take_column(struct telling *telling, struct effect *effect, struct effect *reference);
/* Takes a key, index or constraint at its first word; false when there is none. */
bool take_key(struct telling *telling, struct effect *effect);

/* -- my_effect_object.c, each behind its first word */
void tell_create(struct telling *telling);
void tell_alter_any(struct telling *telling);
void tell_drop(struct telling *telling);
void tell_rename(struct telling *telling);
void tell_truncate(struct telling *telling);

/* -- my_effect_table.c, each behind its first words */
void tell_create_table(struct telling *telling, unsigned flags);
void tell_alter_table(struct telling *telling);

/* -- my_effect_rows.c, each behind its first word */
void tell_insert(struct telling *telling, unsigned flags);
void tell_update(struct telling *telling);
void tell_delete(struct telling *telling);
void tell_load(struct telling *telling);

#endif
