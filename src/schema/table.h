/* A table as the core needs it: columns, keys, references. */
#ifndef SCHEMA_TABLE_H
#define SCHEMA_TABLE_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Coarse kind of a column's values: what the generator makes and the canonical encoding keys on. */
enum type_kind {
    TYPE_BOOL,
    TYPE_INT,
    TYPE_DECIMAL,
    TYPE_FLOAT,
    TYPE_TEXT,
    TYPE_BYTES,
    TYPE_DATE,
    TYPE_TIME,
    TYPE_TIMESTAMP,    /* without zone */
    TYPE_TIMESTAMP_TZ, /* an instant */
    TYPE_INTERVAL,
    TYPE_UUID,
    TYPE_JSON,
    TYPE_ENUM,
    TYPE_SET,
    TYPE_BIT,
    TYPE_ARRAY,
    TYPE_ANY,   /* SQLite's per-cell types */
    TYPE_OPAQUE /* compared as the server's text */
};

struct type {
    enum type_kind kind;
    const char *name; /* exact, as the engine spells it: "character varying(40)" */
    uint32_t bits;    /* integers and floats: 8 .. 64; 0 otherwise */
    bool is_unsigned;
    uint32_t length; /* characters or bytes; 0: unbounded */
    uint32_t precision;
    uint32_t scale;
    const char *const *labels; /* enum and set */
    size_t n_labels;
};

struct column {
    const char *name;
    struct type type;
    bool not_null;
    bool has_default;
    bool is_generated;     /* computed from others: never written */
    bool is_identity;      /* identity, serial, auto_increment, rowid alias */
    const char *collation; /* "" when the type has none */
};

struct table_key {
    const char *name;
    const char **columns;
    size_t n_columns;
    bool is_primary;
};

struct foreign_key {
    const char *name; /* "" when unnamed */
    const char **columns;
    const char *parent; /* qualified name */
    const char **parent_columns;
    size_t n_columns;
    const char *on_delete; /* "NO ACTION", "CASCADE", ... */
    const char *on_update;
    bool is_validated;
    const char **equals; /* how the server compares each pair of columns, parent on the left; NULL: all by "=" */
    bool is_match_full; /* all of its columns are NULL or none; else one NULL is enough to refer to nothing */
};

/* Everything is owned by the arena given to the call that filled it. */
struct table {
    const char *schema; /* "" where the engine has none or it is the current database */
    const char *name;
    const char *qualified;  /* unquoted: "schema.name" or "name" */
    struct column *columns; /* in physical order */
    size_t n_columns;
    struct table_key *keys; /* primary first, then unique not-null keys */
    size_t n_keys;
    struct foreign_key *references;
    size_t n_references;
    bool is_partitioned;
    /* Only the rows of the pages [from_page, until_page) are meant (share_rows tells how many there are);
     * both 0: all, `until_page` 0: to the end. */
    uint64_t from_page;
    uint64_t until_page;
    const char *query;     /* of what is no table but a query's result (conn_describe_query); else NULL */
    int64_t rows_estimate; /* -1: unknown */
    int64_t bytes_estimate;
};

const struct table_key *table_primary_key(const struct table *table); /* NULL: none */
const struct column *table_column(const struct table *table, const char *name);

#endif
