/* MySQL and MariaDB, through the client library that either of them ships. */
#ifndef MYSQL_DRIVER_H
#define MYSQL_DRIVER_H

#include "driver/driver.h"

extern const struct driver mysql_driver;

#endif
