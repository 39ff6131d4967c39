/* What the parts of the DDL parser share; only they include it. */
#ifndef SQLITE_DDL_PARSER_H
#define SQLITE_DDL_PARSER_H

#include "sqlite/ddl.h"

struct ddl_parser {
    struct lexer *lexer;
    struct arena *arena;
    struct ddl_table *table;
};

struct token ddl_peek(struct ddl_parser *p);
/* Takes all these words, or nothing. */
bool ddl_accept(struct ddl_parser *p, const char *words);
/* From byte `from` to the next token: without the blanks at both ends; with them. */
struct span ddl_source_since(struct ddl_parser *p, size_t from);
struct span ddl_item_since(struct ddl_parser *p, size_t from);

/* "ON CONFLICT x"; "" when there is none or it is the default. */
const char *ddl_take_conflict(struct ddl_parser *p);
/* "(a, b)" of plain names. */
bool ddl_take_names(struct ddl_parser *p, const char ***names, size_t *n);
/* "(a COLLATE nocase DESC, lower(b) AUTOINCREMENT)": columns, "" for expressions, and canonical texts. */
bool ddl_take_terms(struct ddl_parser *p, const char ***columns, const char ***terms, size_t *n,
                    bool *is_autoincrement);
/* "[NOT] DEFERRABLE [INITIALLY x]"; only DEFERRABLE INITIALLY DEFERRED means anything. */
bool ddl_take_deferrable(struct ddl_parser *p, bool *is_deferred);
/* What follows the word REFERENCES. */
bool ddl_take_reference(struct ddl_parser *p, struct ddl_reference *out);

#endif
