/* The formats of migration directories. Each is a row of one table: how to recognise it, how to read it. */
#ifndef SCRIPT_LAYOUT_H
#define SCRIPT_LAYOUT_H

#include "base/io.h"
#include "script/migration.h"

struct layout {
    const char *name;  /* "native", "golang-migrate", "dbmate", "goose", "flyway", "diesel", "sqitch",
                          "sql-migrate",  "node-pg-migrate", "popx", "authelia" */
    const char *title; /* for status: "golang-migrate (NNN_name.up.sql / .down.sql)" */
    /* How sure we are that the directory is of this kind: 0 no, 100 certain (a plan file, a marker line). */
    int (*detect)(const struct migrations *migrations, const struct io_listing *listing);
    enum status (*load)(struct migrations *migrations, const struct io_listing *listing,
                        const struct driver *driver, struct err *err);
};

/* NULL-ended. */
extern const struct layout *const layouts[];
const struct layout *layout_find(const char *name);

/* For the loaders: append, with strings copied to the set's arena. */
struct migration *
migrations_add(struct migrations *migrations, const char *id, const char *version, const char *name);
void migrations_note(struct migrations *migrations, enum finding_severity severity, const char *rule,
                     const char *file, size_t line, const char *fmt, ...) PRINTF_LIKE(6, 7);

#endif
