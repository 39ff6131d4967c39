/* Schema objects as (kind, name, canonical text), their fingerprint, and the difference of two sets. */
#ifndef SCHEMA_OBJECT_H
#define SCHEMA_OBJECT_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>

enum object_kind {
    OBJECT_SCHEMA,
    OBJECT_EXTENSION,
    OBJECT_TYPE,
    OBJECT_SEQUENCE,
    OBJECT_TABLE,
    OBJECT_COLUMN,
    OBJECT_CONSTRAINT, /* primary key, unique, check, exclusion */
    OBJECT_FOREIGN_KEY,
    OBJECT_INDEX,
    OBJECT_VIEW, /* materialized ones too */
    OBJECT_FUNCTION,
    OBJECT_PROCEDURE,
    OBJECT_TRIGGER,
    OBJECT_RULE,
    OBJECT_POLICY,
    OBJECT_EVENT,
    OBJECT_GRANT,
    OBJECT_COMMENT,
    OBJECT_OTHER, /* operators, casts, collations, publications, ...: the text begins with what */
    OBJECT_KIND_COUNT
};

const char *object_kind_name(enum object_kind kind);
bool object_kind_from_name(const char *name, enum object_kind *out);

/* `text` is the meaning in the driver's canonical spelling. What a server stores of the author's spelling
 * (white space in a body, quoting in SQLite's CREATE text) goes to `stored`: a difference there alone is of
 * class TEXT. A column's place goes to `position`: a difference there alone is of class COLUMN_ORDER. */
struct object {
    enum object_kind kind;
    const char *name;  /* unquoted, dot-joined: "public.t", "public.t.c", "t_pkey" as "public.t.t_pkey" */
    const char *table; /* qualified owning table, "" when none; for a table, itself */
    const char *text;
    const char *stored;  /* "" when there is nothing beyond `text` */
    unsigned position;   /* 1-based ordinal among live columns; 0 for everything else */
    struct hash128 hash; /* of all above but is_name_generated; {0, 0}: not computed yet, catalog_add does */
    bool is_name_generated; /* the server may have made the name up: t_pkey1, t_ibfk_2, t_c_seq */
};

/* A set of objects ordered by (kind, name, text). Own arena; init, then fill, then seal. */
struct catalog {
    struct arena arena;
    struct arena list; /* holds `objects`, which moves when it grows */
    struct object *objects;
    size_t n;
    size_t cap;
    struct hash128 fingerprint; /* multiset sum over (kind, name, table, text, stored, position) */
    bool is_sum_only;           /* what is added goes to the fingerprint and is not kept */
};

void catalog_init(struct catalog *catalog);
/* One that is to tell a schema's fingerprint and nothing else: its size does not matter then. */
void catalog_init_sum(struct catalog *catalog);
void catalog_release(struct catalog *catalog);
/* Copies every string. */
void catalog_add(struct catalog *catalog, const struct object *object);
/* Sorts and computes the fingerprint. */
void catalog_seal(struct catalog *catalog);
const struct object *catalog_find(const struct catalog *catalog, enum object_kind kind, const char *name);
/* The order of a sealed catalogue, for qsort. */
int object_compare(const void *left, const void *right);
struct hash128 object_hash(const struct object *object);

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };

/* From mildest to gravest; the class of a whole difference is the gravest of its changes. */
enum change_class {
    CHANGE_CLASS_NONE,
    CHANGE_CLASS_TEXT,         /* only stored text or only a generated name */
    CHANGE_CLASS_COLUMN_ORDER, /* same columns, another order */
    CHANGE_CLASS_MEANING
};

struct change {
    enum change_kind kind;
    enum change_class class;
    const struct object *before; /* NULL when added */
    const struct object *after;  /* NULL when removed */
};

struct catalog_diff {
    struct change *changes; /* ordered by object kind, then name */
    size_t n;
    enum change_class class; /* NONE: the two are the same */
};

/* What turns `before` into `after`. Objects whose generated names differ but whose texts agree are paired and
 * give class TEXT. The result borrows from both catalogues and lives in the arena. */
void catalog_diff(const struct catalog *before, const struct catalog *after, struct arena *arena,
                  struct catalog_diff *out);
/* Copies what the changes point to into the arena, so that the catalogues can go. */
void catalog_diff_keep(struct catalog_diff *diff, struct arena *arena);

/* What turns one catalogue into another, object by object: exact, unlike a catalog_diff, which overlooks what
 * means nothing to people. Borrows its objects. */
struct object_change {
    const struct object *before; /* NULL: it came */
    const struct object *after;  /* NULL: it went */
};

struct object_changes {
    struct object_change *items;
    size_t n;
    size_t cap;
};

/* By one walk over both; `before` NULL: from nothing. The list lives in the arena. */
void object_changes_between(const struct catalog *before, const struct catalog *after, struct arena *arena,
                            struct object_changes *out);
/* The fingerprint that `fingerprint` becomes. */
struct hash128 object_changes_fingerprint(const struct object_changes *changes, struct hash128 fingerprint);
/* Makes a sealed catalogue what it became; the objects that came are copied. */
void catalog_apply(struct catalog *catalog, const struct object_changes *changes);

#endif
