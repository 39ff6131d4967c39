/* PostgreSQL 12 and newer, through libpq; scripts are read with libpg_query. */
#ifndef POSTGRES_POSTGRES_H
#define POSTGRES_POSTGRES_H

#include "driver/driver.h"

extern const struct driver postgres_driver;

#endif
