#include "drivers.h"

#if __has_include("sqlite/sqlite.h")
#include "sqlite/sqlite.h"
#define HAS_SQLITE
#endif
#if __has_include("postgres/postgres.h")
#include "postgres/postgres.h"
#define HAS_POSTGRES
#endif
#if __has_include("mysql/mysql_driver.h")
#include "mysql/mysql_driver.h"
#define HAS_MYSQL
#endif

const struct driver *const built_in_drivers[] = {
#ifdef HAS_SQLITE
    &sqlite_driver,
#endif
#ifdef HAS_POSTGRES
    &postgres_driver,
#endif
#ifdef HAS_MYSQL
    &mysql_driver,
#endif
    NULL,
};
