/* SQLite's CREATE statements as data. The engine keeps schema as text and its pragmas show only part of it,
 * so catalogue, table descriptions and effects all read the text, by one parser. */
#ifndef SQLITE_DDL_H
#define SQLITE_DDL_H

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "driver/sqltok.h"

#include <stdbool.h>
#include <stddef.h>

/* Names are unquoted and spelled as written. "Canonical" text has tokens single-spaced, without comments and
 * needless quotes, words in lower case. `source` spans lie in the parsed text. All memory: the arena given.
 */

struct ddl_name {
    const char *schema; /* "" when none was written */
    const char *name;
};

struct ddl_key {
    const char *name; /* of the constraint; "" when unnamed */
    bool is_primary;
    bool is_inline;            /* written with its column */
    bool is_descending_inline; /* INTEGER PRIMARY KEY DESC: not an alias of the rowid, a quirk kept by the
                                  engine */
    bool is_autoincrement;
    const char **columns;
    const char **terms; /* canonical: "a collate nocase desc" */
    size_t n_columns;
    const char *conflict; /* "replace"; "" for the default */
    struct span source;   /* "(a, b) ON CONFLICT REPLACE"; empty when inline */
    struct span item;     /* all of the text between its separators; empty when inline */
};

struct ddl_check {
    const char *name;
    bool is_inline;
    const char *text; /* canonical, without its brackets */
    struct span source;
    struct span item;
};

struct ddl_reference {
    const char *name;
    bool is_inline;
    const char **columns;
    size_t n_columns;
    const char *parent;
    const char **parent_columns; /* n_parent_columns 0: the parent's primary key */
    size_t n_parent_columns;
    const char *on_delete; /* upper case; "NO ACTION" by default */
    const char *on_update;
    bool is_deferred;
    struct span source; /* from the column list on; inline: from REFERENCES on */
    struct span item;
};

struct ddl_column {
    const char *name;
    const char *type;         /* canonical; "" when none */
    const char *default_text; /* canonical; NULL when none */
    struct span default_source;
    const char *collation; /* ""  when none */
    const char *generated; /* canonical; NULL when it is a plain column */
    const char *not_null_conflict;
    bool is_not_null;
    bool is_stored;
    bool is_primary;
    bool is_autoincrement;
    bool is_unique;
    bool has_check;
    bool has_reference;
    struct span item;
};

struct ddl_table {
    struct ddl_name name;
    bool is_temporary;
    bool if_not_exists;
    bool is_virtual;
    bool is_select; /* AS SELECT: columns unknown */
    bool is_strict;
    bool is_without_rowid;
    const char *module; /* virtual: "fts5(title, body)" */
    VEC(struct ddl_column) columns;
    VEC(struct ddl_key) keys;
    VEC(struct ddl_check) checks;
    VEC(struct ddl_reference) references;
    struct span head; /* up to and with the opening bracket */
    struct span tail; /* from the closing bracket on */
};

struct ddl_index {
    struct ddl_name name;
    const char *table;
    bool if_not_exists;
    bool is_unique;
    const char **columns; /* "" for an expression */
    const char **terms;   /* canonical */
    size_t n_columns;
    const char *where;  /* canonical; NULL when not partial */
    struct span source; /* "(a, b) WHERE x" */
};

/* A view or a trigger. */
struct ddl_body {
    struct ddl_name name;
    const char *table; /* of a trigger; "" for a view */
    bool is_temporary;
    bool if_not_exists;
    const char *text;   /* canonical: column list and query; timing, table and program */
    struct span source; /* what `text` was made of */
};

/* False when the text is not such a statement, or none that this parser knows. A trailing ";" is allowed. */
bool ddl_parse_table(struct span sql, struct arena *arena, struct ddl_table *out);
bool ddl_parse_index(struct span sql, struct arena *arena, struct ddl_index *out);
bool ddl_parse_view(struct span sql, struct arena *arena, struct ddl_body *out);
bool ddl_parse_trigger(struct span sql, struct arena *arena, struct ddl_body *out);

/* One column definition, as in ALTER TABLE ADD COLUMN; its keys, checks and references go to `table`. */
bool ddl_parse_column(struct lexer *lexer, struct arena *arena, struct ddl_table *table);

/* "[schema.]name"; false when the next token is no name. */
bool ddl_parse_name(struct lexer *lexer, struct arena *arena, struct ddl_name *out);

/* The canonical spelling of any stretch of SQL. */
char *ddl_canonical(struct span sql, struct arena *arena);
/* ASCII lower case: SQLite's names differ by nothing else. */
char *ddl_fold(const char *name, struct arena *arena);

#endif
