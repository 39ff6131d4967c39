/* SQL that is put together for merges: the same words for all engines but where a second table is named. */
#ifndef MIGRATE_MERGE_SQL_H
#define MIGRATE_MERGE_SQL_H

#include "driver/conn.h"

/* Formats into `out`: %s text, %d int, %I one name quoted, %T a qualified name quoted, %% itself. */
void sql_add(const struct conn *conn, struct buf *out, const char *fmt, ...);
enum status sql_run(struct conn *conn, const struct buf *sql, struct err *err) MUST_USE;
/* The first column of the first row as a number; 0 when there is none. */
enum status sql_number(struct conn *conn, const struct buf *sql, int64_t *out, struct err *err) MUST_USE;

/* UPDATE target AS t with values of source AS m. `set` has its columns as "\1name = expression" where \1
 * stands for what the engine wants before a column that is set. */
enum status sql_update(struct conn *conn, const char *target, const char *source, const struct buf *set,
                       const struct buf *on, struct err *err) MUST_USE;

#endif
