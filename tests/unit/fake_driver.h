/* A driver without a database: it writes down what it is asked, and can be told to fail. */
#ifndef TESTS_UNIT_FAKE_DRIVER_H
#define TESTS_UNIT_FAKE_DRIVER_H

#include "driver/conn.h"

/* "open exec(select 1) ...": the calls so far, since fake_begin. */
const char *fake_log(void);
/* Forgets the log; the two drivers below are the only ones from here on. */
void fake_begin(void);
/* The next call of anything but close gives this. */
void fake_fail_next(enum status status);

/* Whether the connection was interruptible in the last call. */
bool fake_was_interruptible(void);

extern const struct driver fake_driver; /* has every operation; schemes "postgres", "postgresql", "fake" */
extern const struct driver
    file_driver; /* no server, scheme "file", quotes with a backtick, lacks what may be NULL */

#endif
