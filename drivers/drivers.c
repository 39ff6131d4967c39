#include "drivers.h"

#include "mysql/mysql_driver.h"
#include "postgres/postgres.h"
#include "sqlite/sqlite.h"

const struct driver *const built_in_drivers[] = {&sqlite_driver, &postgres_driver, &mysql_driver, NULL};
