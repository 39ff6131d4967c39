/* The drivers that were built in. */
#ifndef DRIVERS_DRIVERS_H
#define DRIVERS_DRIVERS_H

#include "driver/driver.h"

/* NULL-ended; for driver_registry_set. */
extern const struct driver *const built_in_drivers[];

#endif
