/* SQLite: a database is a file; the engine is a library in this process. */
#ifndef SQLITE_SQLITE_H
#define SQLITE_SQLITE_H

#include "driver/driver.h"

extern const struct driver sqlite_driver;

#endif
