/* Another tool's history table, read and checked against the directory; never changed. */
#ifndef MIGRATE_ADOPT_H
#define MIGRATE_ADOPT_H

#include "driver/conn.h"
#include "script/migration.h"

#include <stdbool.h>
#include <stdint.h>

/* What their checksum says about the script that lies in the directory. */
enum adopted_verdict {
    ADOPTED_UNCOMPARED, /* they keep none, or none for this one */
    ADOPTED_MATCH,
    ADOPTED_DIFFERS
};

const char *adopted_verdict_name(enum adopted_verdict verdict); /* "not comparable", "match", "differs" */

struct adopted {
    const struct migration *migration; /* NULL: their table has it and the directory does not */
    const char *foreign_id;            /* as their table has it; "" when their table does not name it */
    const char *title;                 /* their description or script; "" */
    bool is_applied;
    int64_t applied_us;   /* as they say; 0: they do not */
    int64_t rank;         /* order of application as far as they tell */
    const char *checksum; /* as they store it; "" */
    enum adopted_verdict verdict;
};

/* Strings: the arena given to adopt_read. */
struct adoption {
    const char *tool;  /* "golang-migrate", "flyway", ... */
    const char *table; /* qualified: where it was read */
    struct adopted
        *items; /* the directory's migrations in their order; behind them what only their table has */
    size_t n;
    struct adopted **applied; /* those of the directory that they have applied, in order of application */
    size_t n_applied;
    /* unknown-migration, checksum, other-layout, failed-before */
    struct finding *findings;
    size_t n_findings;
    size_t cap_findings;
};

/* Finds the tool by the shape of its table and the directory's layout, and reads its history. POLICY, with
 * the owner's own repair advice as hint, when it is dirty, failed or half applied; USAGE when there is no
 * table of a known tool, or there are those of several. Works inside a read-only transaction. */
enum status adopt_read(struct conn *conn, const struct migrations *migrations, struct arena *arena,
                       struct adoption *out, struct err *err) MUST_USE;
/* POLICY with the first finding of severity ERROR and how many there are. */
enum status adopt_check(const struct adoption *adoption, struct err *err) MUST_USE;

struct adopt_lock {
    struct conn *conn; /* NULL: nothing is held */
    const char *tool;
    struct value key;
    char number[24];
    char name[160];
};

/* Takes the lock by which the tool keeps its own runs apart, in the connection's session, polling up to
 * `wait_ms`. LEASE when somebody else keeps it. Tools without a lock, engines without such locks and sessions
 * behind a pooler leave nothing held, which is no error. */
enum status adopt_lock(struct conn *conn, const struct migrations *migrations, uint32_t wait_ms,
                       struct adopt_lock *out, struct err *err) MUST_USE;
void adopt_unlock(struct adopt_lock *lock); /* fine when nothing is held */
#define ADOPT_LOCK_SCOPED CLEANUP(adopt_unlock) struct adopt_lock

#endif
