/* What the readers of effects share; only they include it. */
#ifndef SQLITE_EFFECT_READER_H
#define SQLITE_EFFECT_READER_H

#include "sqlite/internal.h"

/* The statement at hand and where its effects go. */
struct effect_reader {
    struct arena *arena;
    struct effects *out;
    size_t piece;
    struct span sql;
    struct lexer lexer;
};

/* -- adding (effect.c) */
struct effect sqlite_effect_blank(enum effect_kind kind);
void sqlite_effect_add(struct effect_reader *r, struct effect effect);
void sqlite_effect_add_plain(struct effect_reader *r, enum effect_kind kind);
/* "main" goes without saying; and case does not matter. */
const char *sqlite_effect_plain_name(struct effect_reader *r, const struct ddl_name *name);
const char *sqlite_effect_folded(struct effect_reader *r, const char *name);
const char *sqlite_effect_squeezed(struct effect_reader *r, struct span text);
/* False, with an effect that says so, when no name follows. */
bool sqlite_effect_read_name(struct effect_reader *r, const char **out);

/* -- effect_schema.c: each goes on behind the statement's first word */
void sqlite_effect_read_create(struct effect_reader *r);
void sqlite_effect_read_alter(struct effect_reader *r);
void sqlite_effect_read_drop(struct effect_reader *r);

/* -- effect_rows.c */
/* Writing to the schema table is a way to change anything. */
void sqlite_effect_add_rows(struct effect_reader *r, struct effect effect);
void sqlite_effect_read_insert(struct effect_reader *r, bool is_replace);
void sqlite_effect_read_update(struct effect_reader *r);
void sqlite_effect_read_delete(struct effect_reader *r);
/* The common table expressions before a statement: "a (x) AS NOT MATERIALIZED (...), b AS (...)". */
void sqlite_effect_skip_with(struct effect_reader *r);

#endif
