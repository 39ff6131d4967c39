/* What the database itself knows about its migrations: the set of those applied, their scripts, the schema to
 * expect.
 *
 * A migration that runs in one transaction enters the set in that transaction. One that cannot (no
 * transactional DDL, or statements that refuse a transaction) enters it as "applying" before its first
 * statement and becomes "applied" after its last; on the way back it is "reverting" until it leaves the set.
 */
#ifndef JOURNAL_REGISTRY_H
#define JOURNAL_REGISTRY_H

#include "base/map.h"
#include "driver/conn.h"
#include "schema/object.h"
#include "script/migration.h"

#include <stdbool.h>
#include <stdint.h>

#define REGISTRY_FORMAT 3

enum applied_state { APPLIED_DONE, APPLIED_APPLYING, APPLIED_REVERTING };

/* One member of the set. Strings: arena of the caller. */
struct applied {
    int64_t seq; /* order of application */
    const char *id;
    const char *version;
    const char *name;
    const char *class;
    enum applied_state state;
    int64_t applied_us;
    const char *op;                 /* operation that brought it to this state */
    const char *origin;             /* "up", "adopt:flyway", "baseline" */
    const char *sha256[PART_COUNT]; /* "" when the part is absent */
    unsigned no_transaction;        /* bit per part: it is not to run in a transaction */
    const char *before_hash;        /* schema fingerprints; "" when not recorded */
    const char *after_hash;
};

struct applied_list {
    struct applied *items; /* by seq */
    size_t n;
    size_t cap;
};

/* Reads only: whether the registry is there, and that its format is one we know (else UNSUPPORTED). */
enum status registry_exists(struct conn *conn, bool *out, struct err *err) MUST_USE;
/* Creates what is missing (idempotent), with `base` as the schema that was there before the first migration.
 */
enum status registry_create(struct conn *conn, const struct catalog *base, struct err *err) MUST_USE;

/* Whether it is of that format or a later one. */
enum status registry_has_format(struct conn *conn, int64_t format, bool *out, struct err *err) MUST_USE;
/* Creates what an older format has not; to be called by whoever has the lease. */
enum status registry_upgrade(struct conn *conn, struct err *err) MUST_USE;

enum status
registry_applied(struct conn *conn, struct arena *arena, struct applied_list *out, struct err *err) MUST_USE;

/* Which texts are stored: read at first use, so that it need not be asked for each. Set is_read to false when
 * a transaction that stored some was rolled back. */
struct known_scripts {
    bool is_read;
    struct arena *arena;
    struct map hashes;
};

/* Texts by SHA-256, compressed, each stored once; within the caller's transaction. */
enum status registry_put_script(struct conn *conn, struct known_scripts *known, const char *sha256,
                                struct span text, struct err *err) MUST_USE;
/* CORRUPT when it is missing or does not hash to its name. */
enum status registry_get_script(struct conn *conn, const char *sha256, struct arena *arena, struct span *out,
                                struct err *err) MUST_USE;

/* Enters the set, seq as given; when the state is APPLYING, the changes (NULL then) and the hashes come with
 * registry_finish. */
enum status registry_add(struct conn *conn, const struct applied *applied,
                         const struct object_changes *changes, struct err *err) MUST_USE;
enum status registry_finish(struct conn *conn, const struct applied *applied,
                            const struct object_changes *changes, struct err *err) MUST_USE;
enum status registry_set_state(struct conn *conn, const char *id, enum applied_state state, const char *op,
                               struct err *err) MUST_USE;
enum status registry_remove(struct conn *conn, const char *id, struct err *err) MUST_USE;

/* The schema that the set amounts to, without what is unfinished: `out` is initialised by the caller.
 * `*known` false when nothing was ever recorded. */
enum status registry_expected(struct conn *conn, struct catalog *out, bool *known, struct err *err) MUST_USE;

/* Makes `live` the schema that the set amounts to, by changing what lay under the first migration: at the
 * start, after adoption, after the way back of a member that has no recorded delta. Within the caller's
 * transaction. */
enum status registry_rebase(struct conn *conn, const struct catalog *live, struct err *err) MUST_USE;

#endif
