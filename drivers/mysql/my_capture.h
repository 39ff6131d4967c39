/* Changes of rows, logged by triggers: driver/capture.h. */
#ifndef MY_CAPTURE_H
#define MY_CAPTURE_H

#include "mysql/my_conn.h"

/* What the triggers know our session by. A connection's number would come back after the server's restart. */
#define CAPTURE_VARIABLE "@rollcall_session"

/* -- my_capture.c */
/* Says the session's number: see CAPTURE_VARIABLE; it is conn->capture_token from then on. */
enum status capture_identify(struct my_conn *my, struct err *err) MUST_USE;
enum status
my_capture_begin(struct conn *conn, const struct table *table, const char *log, struct err *err) MUST_USE;
enum status
my_capture_end(struct conn *conn, const struct table *table, const char *log, struct err *err) MUST_USE;
enum status my_capture_clear(struct conn *conn, struct err *err) MUST_USE;

/* -- my_cells.c */
void my_side_type(struct buf *out, const struct type *type, const char *collation);
void my_same(struct buf *out, const char *cell, const char *side, const struct type *type);
void my_from_side(struct buf *out, const char *side, const struct type *type);
void my_to_side(struct buf *out, const char *cell, const struct type *type);

#endif
