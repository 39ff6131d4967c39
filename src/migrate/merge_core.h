/* What the files behind migrate/merge.h share.
 *
 * A merge table has: k0.. the key; in_b, in_a, in_n: the row was there before, after, and is now (in_a NULL:
 * not known yet); dirty: a cell that the migration wrote was written since; then for every column of the
 * table by its place: b, hb (the cell before, and that it is known), a, ha (after), n (now), t (written
 * since), w (written by the migration). */
#ifndef MIGRATE_MERGE_CORE_H
#define MIGRATE_MERGE_CORE_H

#include "migrate/merge.h"
#include "migrate/merge_sql.h"

/* The path of a saved file, which is fetched from the registry when the store lacks it. */
enum status saved_path(struct session *session, const struct saved *saved, struct arena *arena,
                       const char **out, struct err *err) MUST_USE;
/* Creates `name` for the rows of that file and fills it. */
enum status side_load(struct session *session, const struct saved *saved, const char *name,
                      struct arena *arena, struct err *err) MUST_USE;
/* Keys of a length that no index takes are joined without one. */
enum status side_index(struct conn *conn, const char *name, const char *columns, struct err *err) MUST_USE;
/* The rows of a file into a table that is there. */
enum status side_fill(struct conn *conn, const char *path, const char *name, struct arena *arena,
                      struct err *err) MUST_USE;
enum status side_drop(struct conn *conn, const char *name, struct err *err) MUST_USE;

/* "{r}NAME" in the registry's schema; arena. */
const char *side_name(const struct conn *conn, struct arena *arena, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Makes the tables of `merge` out of what was saved. */
void merge_group(struct merge *merge);
enum status merge_fold(struct merge *merge, struct merge_table *table, struct err *err) MUST_USE;
enum status merge_classify(struct merge *merge, struct merge_table *table, struct err *err) MUST_USE;

enum status merge_lay_over(struct merge *merge, struct merge_table *table, const struct table *shape,
                           struct err *err) MUST_USE;
/* Adds to merge->wrong_rows. */
enum status merge_verify(struct merge *merge, struct merge_table *table, const struct table *shape,
                         struct err *err) MUST_USE;
/* Counts fates and conflicts of a table; before the overlay, once its shape is known. */
enum status merge_count(struct merge *merge, struct merge_table *table, struct err *err) MUST_USE;

/* The column of `table` that a saved one is, or NULL. */
struct merge_column *merge_column_of(const struct merge_table *table, const struct saved_column *column);
bool merge_is_of(const struct merge_table *table, const struct saved *saved);

/* " and "-joined conditions: the key of `alias`'s table, by its names at the start or the end, is m's. */
void merge_add_key(const struct merge *merge, const struct merge_table *table, const char *alias, bool at_end,
                   struct buf *out);
/* A condition on rows of m: some cell was written since. */
void merge_add_touched(const struct merge_table *table, struct buf *out);

#endif
