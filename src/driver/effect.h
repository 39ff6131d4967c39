/* What a statement does to the schema and the rows, as far as it can be told without running it. */
#ifndef DRIVER_EFFECT_H
#define DRIVER_EFFECT_H

#include "base/arena.h"
#include "base/vec.h"
#include "schema/object.h"

#include <stdbool.h>

enum effect_kind {
    EFFECT_CREATE,      /* `object` named `name` comes into being (on `table` when it belongs to one) */
    EFFECT_DROP,        /* `object` named `name` goes, with its data */
    EFFECT_RENAME,      /* `object` `name` becomes `new_name` (columns, too: then `table` is set) */
    EFFECT_ALTER,       /* `object` changes in a way not named below */
    EFFECT_ADD_COLUMN,  /* `table`.`column`; `type` */
    EFFECT_DROP_COLUMN, /* `table`.`column` */
    EFFECT_COLUMN_TYPE, /* `table`.`column` gets `type` */
    EFFECT_SET_NOT_NULL,
    EFFECT_DROP_NOT_NULL,
    EFFECT_SET_DEFAULT,
    EFFECT_DROP_DEFAULT,
    EFFECT_INSERT, /* rows of `table` */
    EFFECT_UPDATE, /* rows of `table`; `column` when it is one known column */
    EFFECT_DELETE,
    EFFECT_TRUNCATE,
    EFFECT_LOCK,        /* LOCK TABLE */
    EFFECT_SESSION,     /* SET, PRAGMA: nothing stored; `name` is what, `type` the value when plain */
    EFFECT_TRANSACTION, /* BEGIN, COMMIT, ... */
    EFFECT_READ,        /* SELECT without side effect that can be seen */
    EFFECT_UNKNOWN      /* DO blocks, CALL, PREPARE/EXECUTE, what we could not parse: anything may change */
};

enum effect_flag {
    EFFECT_IF_EXISTS = 1 << 0,
    EFFECT_IF_NOT_EXISTS = 1 << 1,
    EFFECT_OR_REPLACE = 1 << 2,
    EFFECT_CASCADE = 1 << 3,
    EFFECT_CONCURRENTLY = 1 << 4,
    EFFECT_NOT_VALID = 1 << 5, /* constraint added without checking the rows */
    EFFECT_NOT_NULL = 1 << 6,  /* added column is NOT NULL */
    EFFECT_HAS_DEFAULT = 1 << 7,
    EFFECT_VOLATILE_DEFAULT = 1 << 8, /* default differs by row: rewrites the table */
    EFFECT_UNIQUE = 1 << 9,           /* index or constraint is unique */
    EFFECT_PRIMARY = 1 << 10,
    EFFECT_FOREIGN_KEY = 1 << 11,
    EFFECT_CHECK = 1 << 12,
    EFFECT_NO_WHERE = 1 << 13, /* UPDATE or DELETE of all rows */
    EFFECT_USING = 1 << 14,    /* type change with USING */
    EFFECT_TEMPORARY = 1 << 15,
    EFFECT_REPLACE_ROWS = 1 << 16, /* REPLACE, INSERT ... ON CONFLICT DO UPDATE: rows may be overwritten */
    EFFECT_ADD_VALUE = 1 << 17,    /* ALTER TYPE ... ADD VALUE */
    EFFECT_STORED_GENERATED = 1 << 18,
    EFFECT_AUTO_INCREMENT = 1 << 19, /* serial, identity, AUTO_INCREMENT */
    EFFECT_INLINE = 1 << 20,         /* part of what the statement creates or adds before it, see below */
    EFFECT_WHOLE_COLUMN = 1 << 21, /* type change that restates NOT NULL and default (MySQL MODIFY, CHANGE) */
    EFFECT_REWRITE = 1 << 22       /* the table is copied though the kind does not say so: CONVERT TO
                                      CHARACTER SET, SET LOGGED, CLUSTER, VACUUM FULL, OPTIMIZE */
};

/* A statement's effects come in the order of its clauses, each object on its own: DROP TABLE a, b gives two.
 * CREATE TABLE gives CREATE of the table, then ADD_COLUMN for every column and CREATE for every table
 * constraint, these with EFFECT_INLINE. A column's own UNIQUE, PRIMARY KEY, CHECK, REFERENCES are flags of
 * its ADD_COLUMN; after REFERENCES an inline CREATE of the FOREIGN_KEY follows, also behind ALTER TABLE ADD
 * COLUMN. Without any ADD_COLUMN (LIKE, AS SELECT) the columns of a new table count as unknown. Constraints
 * and indexes have `column` when they cover just one. DROP PRIMARY KEY drops a CONSTRAINT with
 * EFFECT_PRIMARY. */

/* Names are as written but unquoted and case-folded as the engine would; "" when not applicable. Arena. */
struct effect {
    enum effect_kind kind;
    unsigned flags;
    enum object_kind object;
    const char *name; /* qualified as written */
    const char *table;
    const char *column;
    const char *new_name;
    const char *type; /* canonical type text */
    /* What stands there from now on: a column's default, "(a, b) REFERENCES p (c) ON DELETE CASCADE" of a
     * constraint, "(a, b) WHERE x" of an index, the body of a view or function, the label of ADD_VALUE.
     * Source text without comments, blanks single; "" when there is none or it was not told. */
    const char *detail;
    size_t piece; /* index of its statement in the pieces */
};

struct effects {
    struct effect *items;
    size_t n;
    size_t cap;
};

const char *effect_kind_name(enum effect_kind kind);
/* Rows or objects could be gone or altered after it: what a snapshot has to cover. */
bool effect_is_destructive(const struct effect *effect);

#endif
