/* What a migration changed in the schema, as bytes: stored with it, folded into the schema that is expected.
 */
#ifndef JOURNAL_DELTA_H
#define JOURNAL_DELTA_H

#include "base/buf.h"
#include "schema/object.h"

/* Appends the changes, one record an object. */
void delta_encode(const struct object_changes *changes, struct buf *out);

/* A set of objects that deltas are applied to, in order; keyed by kind and name. */
struct schema_state {
    struct arena *arena;
    struct map objects;
};

void schema_state_init(struct schema_state *state, struct arena *arena);
void schema_state_add(struct schema_state *state, const struct catalog *catalog);
/* CORRUPT when the bytes are not a delta. */
enum status schema_state_apply(struct schema_state *state, struct span delta, struct err *err) MUST_USE;
/* Takes a delta back out: its removals return, its additions go. */
enum status schema_state_revert(struct schema_state *state, struct span delta, struct err *err) MUST_USE;
/* Fills and seals an initialised catalogue. */
void schema_state_catalog(const struct schema_state *state, struct catalog *out);

#endif
