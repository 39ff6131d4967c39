/* What the database itself knows about its migrations: tables, scripts, expected schema, append-only records.
 */
#ifndef JOURNAL_REGISTRY_H
#define JOURNAL_REGISTRY_H

#include "driver/conn.h"
#include "schema/object.h"
#include "script/migration.h"

#include <stdbool.h>
#include <stdint.h>

/* One applied migration, as stored. Strings: arena of the caller. */
struct applied {
    int64_t seq; /* order of application */
    const char *id;
    const char *version;
    const char *name;
    const char *class;
    int64_t applied_us;
    const char *op;                 /* operation that applied it; adopted ones say so in `origin` */
    const char *origin;             /* "up", "adopt:flyway", "baseline" */
    const char *sha256[PART_COUNT]; /* "" when the part is absent */
    bool transaction[PART_COUNT];   /* as the part was to be run */
    struct hash128 before;          /* schema fingerprint before and after */
    struct hash128 after;
    bool has_fingerprints;
};

struct applied_list {
    struct applied *items; /* by seq */
    size_t n;
    size_t cap;
};

/* Whether the registry's tables are there. Reads only. */
enum status registry_exists(struct conn *conn, bool *out, struct err *err) MUST_USE;
/* Creates what is missing (idempotent); refuses a registry written by a newer format. */
enum status registry_create(struct conn *conn, struct err *err) MUST_USE;

enum status
registry_applied(struct conn *conn, struct arena *arena, struct applied_list *out, struct err *err) MUST_USE;

/* Texts by SHA-256, zstd-compressed, each stored once. Within the caller's transaction. */
enum status
registry_put_text(struct conn *conn, const char *sha256, struct span text, struct err *err) MUST_USE;
/* CORRUPT when the text does not hash to its name or is missing. */
enum status registry_get_text(struct conn *conn, const char *sha256, struct arena *arena, struct span *out,
                              struct err *err) MUST_USE;

/* Adds one migration to the set, with its texts (NULL entries: the part is absent) and what it changed in the
 * schema; within the caller's transaction. */
enum status
registry_add(struct conn *conn, const struct applied *applied, const struct span *texts[PART_COUNT],
             const struct catalog_diff *delta, struct err *err) MUST_USE;
/* Takes it out of the set and its delta back out of the expected schema. */
enum status registry_remove(struct conn *conn, const char *id, struct err *err) MUST_USE;

/* The schema the registry expects, and the one it expected before migration `id`. `*known` false: none was
 * recorded. */
enum status registry_expected(struct conn *conn, struct catalog *out, bool *known, struct err *err) MUST_USE;
enum status registry_expected_before(struct conn *conn, const char *id, struct catalog *out, bool *known,
                                     struct err *err) MUST_USE;
/* Replaces the expected schema as a whole (adoption, accepted drift). */
enum status registry_expect(struct conn *conn, const struct catalog *catalog, struct err *err) MUST_USE;

#endif
