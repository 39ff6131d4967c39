/* Changes of rows: triggers with transition tables, made in the migration's own transaction. */
#ifndef POSTGRES_PG_CAPTURE_H
#define POSTGRES_PG_CAPTURE_H

#include "postgres/pg.h"

/* -- pg_capture.c */
enum status pg_capture_begin(struct conn *conn, const struct table *table, const char *log, struct err *err);
enum status pg_capture_end(struct conn *conn, const struct table *table, const char *log, struct err *err);
enum status pg_capture_clear(struct conn *conn, struct err *err);
enum status pg_written_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n,
                              bool *known, struct err *err);

/* -- pg_cells.c */
void pg_side_type(struct buf *out, const struct type *type, const char *collation);
void pg_same(struct buf *out, const char *cell, const char *side, const struct type *type);
void pg_from_side(struct buf *out, const char *side, const struct type *type);
void pg_to_side(struct buf *out, const char *cell, const struct type *type);

#endif
