/* What the command `snapshot` prints. */
#ifndef REPORT_SNAPSHOT_REPORT_H
#define REPORT_SNAPSHOT_REPORT_H

#include "migrate/snapshot.h"
#include "report/console.h"

void snapshot_list_print(const struct console *console, const struct snapshot_sets *sets);
void snapshot_taken_print(const struct console *console, const struct snapshot_set *set);
/* `failures` has an error a set; status OK where it holds. */
void snapshot_verified_print(const struct console *console, const struct snapshot_sets *sets,
                             const struct err *failures);
void snapshot_restored_print(const struct console *console, const struct snapshot_set *set,
                             const struct restore_result *result, bool dry_run);
void snapshot_removed_print(const struct console *console, const struct snapshot_sets *removed, bool dry_run);

#endif
