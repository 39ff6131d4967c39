/* The list of tools, the shapes of their tables, and their locks. */
#include "migrate/foreign.h"

#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FITS(tool, ...)                                                                                      \
    static bool fits_##tool(const struct table *table)                                                       \
    {                                                                                                        \
        static const char *const names[] = {__VA_ARGS__, NULL};                                              \
        return foreign_has_columns(table, names);                                                            \
    }

FITS(authelia, "id", "applied", "version_before", "version_after", "application_version")
FITS(goose, "id", "version_id", "is_applied", "tstamp")
FITS(sql_migrate, "id", "applied_at")
FITS(flyway, "installed_rank", "version", "type", "script", "checksum", "success")
FITS(diesel, "version", "run_on")
FITS(sqitch, "change_id", "script_hash", "change", "project", "committed_at")
FITS(node_pg_migrate, "id", "name", "run_on")
FITS(popx, "version")

static bool
fits_golang_migrate(const struct table *table)
{
    static const char *const names[] = {"version", "dirty", NULL};
    return table->n_columns == 2 && foreign_has_columns(table, names);
}

/* Some projects give the table columns of their own; what makes it another tool's is told by those. */
static bool
fits_whole_name(const struct table *table)
{
    const struct column *version = table_column(table, "version");
    return version != NULL && version->type.kind != TYPE_INT && table_column(table, "dirty") == NULL;
}

/* -- locks
 * ----------------------------------------------------------------------------------------------------- */

/* As golang-migrate derives it from names: CRC-32 times a constant, modulo 2^32. */
static uint32_t
golang_lock_id(const char *text, size_t len)
{
    return crc32_update(0, (struct span){text, len}) * UINT32_C(1486364155);
}

static void
lock_golang_migrate(struct conn *conn, const struct table *table, int64_t *number, char *name, size_t cap)
{
    BUF_SCOPED names = BUF_INIT(BUF_TEXT_MAX);
    const char *database = conn->identity.database;
    buf_add(&names, table->schema, strlen(table->schema) + 1);
    buf_add(&names, table->name, strlen(table->name) + 1);
    buf_str(&names, database);
    *number = golang_lock_id(names.data, names.len);
    buf_reset(&names);
    buf_printf(&names, "%s:%s", database, table->name);
    (void)snprintf(name, cap, "%" PRIu32, golang_lock_id(names.data, names.len));
}

/* CRC-32 of "goose"; its command line takes none, programs that embed it do. */
static void
lock_goose(struct conn *conn, const struct table *table, int64_t *number, char *name, size_t cap)
{
    (void)conn;
    (void)table;
    (void)cap;
    *number = INT64_C(4097083626);
    name[0] = '\0';
}

/* A Java string's hash: s[0] * 31^(n-1) + ..., in 32 bits. Names are taken to be ASCII. */
static int32_t
java_hash(const char *text)
{
    uint32_t hash = 0;
    for (; *text != '\0'; text++) {
        hash = hash * 31 + (unsigned char)*text;
    }
    return (int32_t)hash;
}

/* The letters of its name as bytes of a number, plus a hash of the table's quoted name. */
static void
lock_flyway(struct conn *conn, const struct table *table, int64_t *number, char *name, size_t cap)
{
    static const char letters[] = "Flyway";
    BUF_SCOPED quoted = BUF_INIT(BUF_TEXT_MAX);
    driver_quote(conn->driver, &quoted, table->schema[0] != '\0' ? table->schema : conn->identity.database);
    buf_char(&quoted, '.');
    driver_quote(conn->driver, &quoted, table->name);
    int32_t hash = java_hash(buf_cstr(&quoted));
    int64_t base = 0;
    for (const char *at = letters; *at != '\0'; at++) {
        base = base * 256 + *at;
    }
    *number = base + hash;
    (void)snprintf(name, cap, "Flyway-%" PRId32, hash);
}

static void
lock_sqitch(struct conn *conn, const struct table *table, int64_t *number, char *name, size_t cap)
{
    (void)table;
    *number = 75474063;
    (void)snprintf(name, cap, "sqitch working on %s", conn->identity.database);
}

static void
lock_node_pg_migrate(struct conn *conn, const struct table *table, int64_t *number, char *name, size_t cap)
{
    (void)conn;
    (void)table;
    (void)cap;
    *number = INT64_C(7241865325823964);
    name[0] = '\0';
}

/* -- keys
 * ------------------------------------------------------------------------------------------------------ */

static const char *
key_number(const struct migration *migration, struct arena *arena)
{
    return foreign_number(arena, migration->version);
}

static const char *
key_version(const struct migration *migration, struct arena *arena)
{
    (void)arena;
    return migration->version;
}

static const char *
key_id(const struct migration *migration, struct arena *arena)
{
    (void)arena;
    return migration->id;
}

const struct foreign foreigns[] = {
    {.name = "golang-migrate",
     .layout = "native",
     .table = "schema_migrations",
     .fits = fits_golang_migrate,
     .key = key_number,
     .read = foreign_read_golang_migrate,
     .lock = lock_golang_migrate},
    {.name = "dbmate",
     .table = "schema_migrations",
     .fits = foreign_fits_version_column,
     .key = key_version,
     .read = foreign_read_versions},
    {.name = "goose",
     .table = "goose_db_version",
     .fits = fits_goose,
     .key = key_number,
     .read = foreign_read_goose,
     .lock = lock_goose},
    {.name = "flyway",
     .table = "flyway_schema_history",
     .fits = fits_flyway,
     .key = foreign_key_flyway,
     .read = foreign_read_flyway,
     .lock = lock_flyway},
    {.name = "diesel",
     .table = "__diesel_schema_migrations",
     .fits = fits_diesel,
     .key = key_version,
     .read = foreign_read_diesel},
    {.name = "sqitch",
     .table = "changes",
     .fits = fits_sqitch,
     .locate = foreign_locate_sqitch,
     .read = foreign_read_sqitch,
     .lock = lock_sqitch},
    {.name = "sql-migrate",
     .table = "gorp_migrations",
     .fits = fits_sql_migrate,
     .read = foreign_read_sql_migrate},
    {.name = "node-pg-migrate",
     .table = "pgmigrations",
     .fits = fits_node_pg_migrate,
     .key = key_id,
     .read = foreign_read_node_pg_migrate,
     .lock = lock_node_pg_migrate},
    {.name = "popx",
     .table = "schema_migration",
     .fits = fits_popx,
     .key = key_version,
     .read = foreign_read_popx},
    {.name = "authelia",
     .table = "migrations",
     .fits = fits_authelia,
     .key = key_number,
     .read = foreign_read_authelia},
    {.name = "whole-name",
     .table = "migrations",
     .fits = fits_whole_name,
     .key = key_id,
     .read = foreign_read_whole_name},
    {.name = NULL},
};
