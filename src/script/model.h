/* A light model of the schema, folded over the effects of the migrations in order. Nobody asks a server: what
 * the scripts did not say is not known, and the model says so.
 *
 * Around one migration the model holds three states: before the up, after it, and after the down that
 * follows.
 *
 *     model_begin; model_apply(each effect of up); model_turn; model_apply(each of down); ...; model_settle
 *
 * After settle the model stands where the up left it. */
#ifndef SCRIPT_MODEL_H
#define SCRIPT_MODEL_H

#include "base/map.h"
#include "driver/driver.h"
#include "script/typename.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum model_when { MODEL_BEFORE, MODEL_AFTER_UP, MODEL_NOW };

/* One version of an object; never changed once made. */
struct model_thing {
    uint64_t id; /* stays through alterations and renames */
    enum object_kind object;
    unsigned flags;          /* enum effect_flag */
    const char *type;        /* of a column; "" when not known */
    const char *detail;      /* as in struct effect; "" when not told */
    const char *columns;     /* of a key or index: "a, b"; "" when not told */
    const char *parent;      /* of a foreign key: the table it refers to; "" when not told */
    struct model_table *own; /* of a table: its columns and keys */
    bool is_known;           /* false: only the name was seen */
    bool is_doubtful;        /* and that behind IF EXISTS: it may never have been there */
};

/* A name under which a thing stands or stood. */
struct model_slot {
    enum object_kind object;
    struct model_table *table; /* NULL for what belongs to no table */
    const char *name;
    const struct model_thing *now;
    const struct model_thing *before;   /* valid in the round whose number is `round` */
    const struct model_thing *after_up; /* valid when `in_down` too */
    uint64_t round;
    bool in_down;
    bool was_there;  /* something stood here once */
    size_t piece_up; /* statement that touched it last in this round; MODEL_NO_PIECE */
    size_t piece_down;
};

#define MODEL_NO_PIECE SIZE_MAX

struct model_slots {
    struct model_slot **items;
    size_t n;
    size_t cap;
};

/* Names of constraints, foreign keys and indexes live apart from each other and from columns. */
enum model_group {
    GROUP_COLUMN,
    GROUP_CONSTRAINT,
    GROUP_FOREIGN_KEY,
    GROUP_INDEX,
    GROUP_TRIGGER,
    GROUP_POLICY,
    GROUP_RULE,
    GROUP_COUNT
};

struct model_table {
    struct map members[GROUP_COUNT]; /* by name: struct model_slot */
    struct model_slots slots;
    const struct model_slot *home; /* where it stands now; NULL once dropped */
    bool is_whole;                 /* all columns are known */
    bool has_unnamed;              /* some key's name was made up */
    bool is_filled;                /* rows were inserted into it */
    uint64_t born;                 /* round in which it was created; 0: before the history */
    bool born_in_down;
};

struct model {
    struct arena *arena;
    unsigned lex;
    bool has_schemas;
    bool holds_anything;  /* a column's type does not limit what it holds, only how it is kept */
    bool names_by_column; /* an unnamed key is called after its first column */
    bool is_closed;       /* the history began empty and all was understood: what is not here is nowhere */
    struct map objects[OBJECT_KIND_COUNT]; /* by name: struct model_slot, for what belongs to no table */
    struct map homes[GROUP_COUNT];         /* by name: the newest slot, where DROP INDEX names no table */
    struct map references;                 /* by parent's name: struct model_slots of foreign keys */
    struct model_slots touched;
    uint64_t round;
    uint64_t next_id;
    bool in_down;
    size_t piece;                    /* of the effect that is being applied */
    struct model_table *inline_into; /* of the newest CREATE TABLE; NULL: it met one that stands */
    size_t inline_piece;             /* the statement of that CREATE TABLE */
};

void model_init(struct model *model, const struct driver *driver, struct arena *arena);
void model_begin(struct model *model);
void model_turn(struct model *model);
void model_settle(struct model *model);
void model_apply(struct model *model, const struct effect *effect);

/* "public.t" and "t" are one. */
const char *model_name(const struct model *model, const char *name);
const struct model_thing *
model_at(const struct model *model, const struct model_slot *slot, enum model_when when);
/* A set of names that knows which are one. */
void model_names_add(const struct model *model, struct map *names, const char *name);
bool model_names_have(const struct model *model, const struct map *names, const char *name);
/* NULL when there is no such table then, or nobody has heard of it. */
const struct model_thing *model_table_at(const struct model *model, const char *name, enum model_when when);
const struct model_thing *
model_column_at(const struct model *model, const char *table, const char *column, enum model_when when);
/* The slot an effect speaks of, NULL when there is none: column, key, index, trigger, table, view ... */
const struct model_slot *model_slot_of(const struct model *model, const struct effect *effect);
/* Whether the table stands now and was made by the script that runs now. */
bool model_is_new_table(const struct model *model, const char *name);
/* Names that belong to the engine: never told by scripts, always there. */
bool model_is_system(const char *name);
/* Whether the model is sure that what the effect alters or drops does not exist now. */
bool model_is_absent(const struct model *model, const struct effect *effect);
/* A foreign key of another table that refers to `table` now; NULL when none is known. */
const struct model_slot *model_reference_to(const struct model *model, const char *table);
const char *model_slot_table(const struct model_slot *slot); /* name of its table; "" */

/* What differs now from an earlier state. `from` NULL: appeared; `to` NULL: gone. Members of tables that
 * appeared or went are not listed. A table of which both are there is another one now (`own` differs); its
 * members that differ follow. */
struct model_change {
    enum object_kind object;
    const char *table; /* "" when none */
    const char *name;
    const struct model_thing *from;
    const struct model_thing *to;
    const char *renamed_to; /* not "": `to` is NULL because it goes by this name now */
    size_t piece_up;
    size_t piece_down;
};

struct model_changes {
    struct model_change *items;
    size_t n;
    size_t cap;
};

/* In the order in which the things were first touched. A rename is one change, at the old name; a key or
 * index made anew under another name is none. */
void
model_diff(const struct model *model, enum model_when from, struct arena *arena, struct model_changes *out);

/* Whether "a, b" has `name`, as model_name gives it. */
bool model_columns_have(const char *columns, const char *name);
/* The table after REFERENCES; "" when there is none. */
const char *model_key_parent(const struct model *model, const char *detail);
/* How much of `from` a column of type `to` holds; TYPE_SAME when either is empty. */
enum type_change model_type_change(const struct model *model, const char *from, const char *to);
/* Whether the texts mean the same but for case, blanks and identifier quotes. */
bool model_text_same(const char *a, const char *b);

#endif
