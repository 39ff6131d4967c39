/* What a script does to the rows of some tables, kept in log tables beside the registry's own.
 *
 * A log has the columns rc_seq (a number that grows with the order of the changes), rc_new (0: the row as it
 * was, 1: as it became), then the table's columns but the generated ones, under their names, in types that
 * hold every cell exactly and do not depend on anything the user made (see cell_words). An update is two
 * rows, an insert and a delete one; several changes of one row are all there. Only this session's changes are
 * logged: those of triggers and of foreign keys' actions, too, where CAP_CAPTURES_CASCADES stands. */
#ifndef DRIVER_CAPTURE_H
#define DRIVER_CAPTURE_H

#include "base/buf.h"
#include "schema/table.h"

#include <stdbool.h>

struct conn;

/* How cells are carried through tables of ours. A driver has all three. */
struct cell_words {
    /* Appends the type of a column that holds a cell of `type` bit for bit: the type itself, or "text" for
     * what the user made (enums, domains, composites), so that a script can still drop that. */
    void (*side_type)(struct buf *out, const struct type *type, const char *collation);
    /* Appends a condition, never NULL, that holds when the table's cell `cell` is to the last bit what the
     * side table's cell `side` holds, both NULL, too. Both are SQL expressions. */
    void (*same)(struct buf *out, const char *cell, const char *side, const struct type *type);
    /* Appends the expression that gives a column of `type` what `side` holds. */
    void (*from_side)(struct buf *out, const char *side, const struct type *type);
    /* The same the other way round: what a side table takes of a column. */
    void (*to_side)(struct buf *out, const char *cell, const struct type *type);
};

/* Creates the log where it is missing ("rollcall.log_1", unquoted; the driver knows where the registry is)
 * and from here on logs this session's changes of the table's rows, by whatever statement, in partitions and
 * inherited children, too. USAGE when there is no such table, UNSUPPORTED, before anything is done to it, when
 * the changes of this table cannot be logged, or not by this account. Where schema changes roll back it is called in
 * the migration's transaction, else outside of any. */
enum status
conn_capture_begin(struct conn *conn, const struct table *table, const char *log, struct err *err) MUST_USE;
/* Logs no more; the log stays, with everything in it that was changed until now. The table may be gone or
 * have another shape. */
enum status
conn_capture_end(struct conn *conn, const struct table *table, const char *log, struct err *err) MUST_USE;
/* Takes away all hooks: after a rollback, and those that a session which died left. Logs stay. */
enum status conn_capture_clear(struct conn *conn, struct err *err) MUST_USE;
/* Tables (qualified, arena) whose rows the open transaction changed, with or without capture, as far as the
 * engine can tell; without the registry's. `*known` false: it cannot. */
enum status conn_written_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n,
                                bool *known, struct err *err) MUST_USE;

#endif
