/* What the files of the model share: making and placing versions. */
#ifndef SCRIPT_MODEL_CORE_H
#define SCRIPT_MODEL_CORE_H

#include "script/model.h"

/* The group of an object that belongs to a table; GROUP_COUNT for all others. */
enum model_group model_group_of(enum object_kind object);

/* The slot of a name, made when there is none. */
struct model_slot *
model_member_slot(struct model *model, struct model_table *table, enum object_kind object, const char *name);
struct model_slot *model_object_slot(struct model *model, enum object_kind object, const char *name);
/* Gives the slot a new version; NULL: nothing stands there from now on. */
void model_set(struct model *model, struct model_slot *slot, const struct model_thing *thing);
/* A copy to change and then set; `from` NULL makes an empty one with a new id. */
struct model_thing *model_copy(struct model *model, const struct model_thing *from, enum object_kind object);
/* What nobody has heard of was always there: puts an unknown thing where nothing ever stood. Doubtful: behind
 * IF EXISTS. */
void model_assume(struct model *model, struct model_slot *slot, bool is_doubtful);
/* The table of that name as it stands now; when nobody has heard of it, one that was always there. NULL when
 * it was dropped. */
struct model_table *model_need_table(struct model *model, const char *name);
/* The member as it stands now; NULL when there is none. Looks where the engines let DROP CONSTRAINT and DROP
 * INDEX look. */
struct model_slot *model_member(const struct model *model, const struct model_table *table,
                                enum object_kind object, const char *name);

/* The primary key as it stands now; NULL when none is known. */
struct model_slot *model_primary_key(const struct model_table *table);
/* "t" of "s.t". */
const char *model_last_part(const char *qualified);
/* Adds a constraint, foreign key or index that the effect makes or that its column declares; without a name
 * it gets the one that the server would make up. */
void model_add_key(struct model *model, struct model_table *table, const struct effect *effect,
                   enum object_kind object, unsigned flags, const char *detail);
/* A primary key makes its columns NOT NULL. */
void model_set_key_columns(struct model *model, struct model_table *table, const char *columns);
/* `detail` NULL: the default stays. */
void model_set_column(struct model *model, struct model_slot *slot, unsigned set, unsigned clear,
                      const char *detail);

/* "a, b" from "(a, b DESC) WHERE ..."; "" when it does not begin so. Expressions stand as "()". */
const char *model_key_columns(const struct model *model, const char *detail);
/* Without the clauses that say what holds anyway: ON DELETE NO ACTION, MATCH SIMPLE, NOT DEFERRABLE ... */
const char *model_plain_detail(const struct model *model, const char *detail);

#endif
