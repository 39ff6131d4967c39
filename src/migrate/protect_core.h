/* What the files behind migrate/protect.h share. */
#ifndef MIGRATE_PROTECT_CORE_H
#define MIGRATE_PROTECT_CORE_H

#include "migrate/protect.h"

/* Ends every open log. */
enum status protect_stop_logs(struct protect *protect, struct err *err) MUST_USE;
/* `*found` false: no such table, a view, or one that IF EXISTS speaks of. */
enum status protect_find_table(struct protect *protect, const char *name, struct table *out, bool *found,
                               struct err *err) MUST_USE;
/* Dumps those columns of `source` into a verified file of the set and notes in `saved` where they are. */
enum status protect_write_file(struct protect *protect, struct saved *saved, const struct table *source,
                               const struct name_list *columns, struct err *err) MUST_USE;
/* The same, with the next number, for what is to be listed; listed at once where statements stand on their
 * own.
 */
enum status protect_add(struct protect *protect, struct saved *saved, const struct table *source,
                        const struct name_list *columns, struct err *err) MUST_USE;
/* The same with a new `saved`; listed at once where statements stand on their own. */
enum status protect_save_rows(struct protect *protect, enum saved_role role, const struct table *table,
                              const struct name_list *columns, bool is_whole, struct err *err) MUST_USE;
/* Enters it in the registry, with a copy of a small file, in the open transaction. */
enum status protect_list(struct protect *protect, const struct saved *saved, struct err *err) MUST_USE;

#endif
