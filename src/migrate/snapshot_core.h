/* What the files behind migrate/snapshot.h share. */
#ifndef MIGRATE_SNAPSHOT_CORE_H
#define MIGRATE_SNAPSHOT_CORE_H

#include "migrate/snapshot.h"

/* Writes the set's manifest: with it, the set counts. */
enum status manifest_write(const struct snapshot_set *set, struct arena *arena, struct err *err) MUST_USE;
/* The folder with everything in it, as far as that goes. */
void snapshot_set_remove(const char *dir);

#endif
