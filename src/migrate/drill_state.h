/* What a scratch database looks like at one moment: its schema and its rows. */
#ifndef MIGRATE_DRILL_STATE_H
#define MIGRATE_DRILL_STATE_H

#include "migrate/drill.h"

/* All zero is a valid empty state. */
struct drill_state {
    struct catalog catalog;
    struct arena arena; /* of the rows' digests */
    struct row_digests rows;
};

void drill_state_release(struct drill_state *state);
/* Replaces what `state` held. */
enum status drill_state_take(struct drill_state *state, struct conn *conn, struct err *err) MUST_USE;
bool drill_state_same(const struct drill_state *a, const struct drill_state *b);

/* A difference as residue; texts and names are copied to the arena. Objects named in `excused` are left out.
 */
struct drill_excuses {
    const char **items;
    size_t n;
    size_t cap;
};

/* Fills residue and returns the gravest class of what is left of the difference. */
enum change_class drill_residue_take(const struct catalog *before, const struct catalog *after,
                                     const struct drill_excuses *excuses, struct arena *arena,
                                     struct drill_residue **out, size_t *n);

/* Names of the objects that differ between two catalogues in nothing but digits: a time, a counter. */
void drill_find_volatile(const struct catalog *before, const struct catalog *after, struct arena *arena,
                         struct drill_excuses *out);
/* Keeps of `excuses` only what differs between the two catalogues, too. */
void drill_confirm_volatile(struct drill_excuses *excuses, const struct catalog *a, const struct catalog *b,
                            struct arena *arena);

#endif
