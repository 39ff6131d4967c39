/* Reading libpg_query's parse tree, which comes as JSON: each node is {"Kind": {fields}}, fields that are
 * zero, false or empty are left out. */
#ifndef POSTGRES_PG_TREE_H
#define POSTGRES_PG_TREE_H

#include "base/arena.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>

void pg_tree_release(json_t **tree);
#define PG_TREE_SCOPED CLEANUP(pg_tree_release) json_t

/* The kind of a node and its fields; "" and NULL when it is none. */
const char *pg_node_kind(const json_t *node);
const json_t *pg_node_body(const json_t *node);
bool pg_node_is(const json_t *node, const char *kind);

const char *pg_text(const json_t *fields, const char *field); /* "" when absent */
bool pg_flag(const json_t *fields, const char *field);
bool pg_is(const json_t *fields, const char *field, const char *value);
size_t pg_location(const json_t *fields); /* byte offset in the statement */

/* The name in whatever form the grammar keeps it: a string, a list of parts, a RangeVar, a TypeName, a
 * function with arguments. Parts joined by dots, unquoted. */
const char *pg_name(const json_t *value, struct arena *arena);
/* The first `n` parts of a list, joined. */
const char *pg_name_part(const json_t *list, size_t from, size_t n, struct arena *arena);
/* "character varying(40)[]", as the server itself would print a type it knows. */
const char *pg_type_text(const json_t *type_name, struct arena *arena);

/* Calls `visit` for every node of that kind below `tree`, until it returns false. */
bool pg_each(const json_t *tree, const char *kind, bool (*visit)(void *context, const json_t *fields),
             void *context);

#endif
