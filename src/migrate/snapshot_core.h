/* What the files behind migrate/snapshot.h share. */
#ifndef MIGRATE_SNAPSHOT_CORE_H
#define MIGRATE_SNAPSHOT_CORE_H

#include "migrate/snapshot.h"

/* Writes the set's manifest: with it, the set counts. */
enum status manifest_write(const struct snapshot_set *set, struct arena *arena, struct err *err) MUST_USE;
/* The folder with everything in it, as far as that goes. */
void snapshot_set_remove(const char *dir);

/* A set that grows file by file: begin makes its folder, add saves columns of one table in the caller's
 * transaction; manifest_write makes it count. `kind` as in the file's header. A failed add leaves the set as
 * it was. */
enum status snapshot_set_begin(struct conn *conn, const struct service *service, const char *op,
                               struct arena *arena, struct snapshot_set *out, struct err *err) MUST_USE;
enum status snapshot_set_add(struct conn *conn, struct snapshot_set *set, const struct table *table,
                             const struct name_list *columns, const char *kind, struct arena *arena,
                             const struct snapshot_table **out, struct err *err) MUST_USE;
/* The file of those columns of one table. */
enum status snapshot_take_rows(struct conn *conn, const struct table *table, const struct name_list *columns,
                               const char *kind, const struct snapshot_set *set, struct snapshot_table *out,
                               struct arena *arena, struct err *err) MUST_USE;
struct snapshot_header
snapshot_header_of(const struct conn *conn, const struct snapshot_set *set, const struct table *table,
                   const char *const *names, const char *const *forms, size_t n, struct arena *arena);
/* The columns that can be saved: all but the generated ones. */
void snapshot_columns(const struct table *table, struct arena *arena, struct name_list *out);
/* IO when the disk has less room than those tables may need. */
enum status
snapshot_check_room(const char *dir, const struct table *tables, size_t n, struct err *err) MUST_USE;

#endif
