/* What the files that tell effects share. */
#ifndef POSTGRES_PG_EFFECT_H
#define POSTGRES_PG_EFFECT_H

#include "driver/effect.h"
#include "driver/sqltok.h"
#include "postgres/pg_tree.h"

/* The statement at hand and where its effects go. */
struct pg_reader {
    struct arena *arena;
    struct effects *out;
    size_t piece;
    struct span sql;
};

struct effect pg_effect(enum effect_kind kind, enum object_kind object);
void pg_effect_add(struct pg_reader *r, struct effect effect);
void pg_effect_add_plain(struct pg_reader *r, enum effect_kind kind);
/* Source text without comments, blanks single. */
const char *pg_squeezed(struct pg_reader *r, struct span text);
/* A lexer that stands at that byte of the statement. */
struct lexer pg_lexer_at(const struct pg_reader *r, size_t at);
/* Past those words, wherever they stand outside of brackets; at the end when they do not. */
struct lexer pg_lexer_behind(const struct pg_reader *r, size_t at, const char *words);
/* From where the lexer stands up to `end`, or up to the comma or bracket that ends its clause. */
struct span pg_clause(struct lexer *lexer, size_t end);
/* From where the lexer stands to the end of the statement. */
struct span pg_rest(struct lexer *lexer);

/* By the kind of the parse tree's node; adds at least one effect. */
void pg_effect_of_node(struct pg_reader *r, const json_t *node);

/* The object kind of an ObjectType of the grammar ("OBJECT_TABLE"); `word` is what goes before the name of
 * one that is OBJECT_OTHER, "" for the rest. */
enum object_kind pg_object_of_type(const char *type, const char **word);

/* -- pg_effect_table.c */
void pg_effect_create_table(struct pg_reader *r, const json_t *fields);
void pg_effect_create_foreign_table(struct pg_reader *r, const json_t *fields);
void pg_effect_create_table_as(struct pg_reader *r, const json_t *fields);
void pg_effect_alter_table(struct pg_reader *r, const json_t *fields);
void pg_effect_create_index(struct pg_reader *r, const json_t *fields);

/* -- pg_effect_rows.c */
void pg_effect_insert(struct pg_reader *r, const json_t *fields);
void pg_effect_update(struct pg_reader *r, const json_t *fields);
void pg_effect_delete(struct pg_reader *r, const json_t *fields);
void pg_effect_merge(struct pg_reader *r, const json_t *fields);
void pg_effect_select(struct pg_reader *r, const json_t *fields);
void pg_effect_truncate(struct pg_reader *r, const json_t *fields);
void pg_effect_copy(struct pg_reader *r, const json_t *fields);

/* -- pg_effect_function.c: what is known of functions */
/* Another value for each row. */
bool pg_is_volatile(const json_t *expression);
/* Calls nothing that could change anything. */
bool pg_is_harmless(const json_t *tree);

/* -- pg_effect_words.c: from tokens, for what the parser does not know or is too much for it */
void pg_effect_of_words(struct pg_reader *r);

#endif
