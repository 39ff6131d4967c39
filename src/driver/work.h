/* What the wrappers round a driver's operations share. */
#ifndef DRIVER_WORK_H
#define DRIVER_WORK_H

#include "driver/driver.h"

/* CONNECT once the connection is lost. */
enum status work_check(const struct conn *conn, struct err *err) MUST_USE;
/* What a signal may keep from beginning, and end while it runs. */
enum status work_begin(struct conn *conn, struct err *err) MUST_USE;
enum status work_end(struct conn *conn, enum status status) MUST_USE;
/* UNSUPPORTED: "DRIVER cannot WHAT". */
enum status work_unsupported(const struct conn *conn, const char *what, struct err *err);

#endif
