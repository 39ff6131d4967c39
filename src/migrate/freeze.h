/* A write freeze from its plan to its end.
 *
 *   freeze_prepare   what it means: closure, holes, who writes past triggers; changes nothing
 *   freeze_install   the durable layer table by table, then the proof
 *   freeze_guard     the guard, in the caller's transaction
 *   freeze_check     whether all of it still stands: before every destructive step
 *   freeze_release   the end, and that nothing is left
 *
 * A rollback calls prepare and install (or freeze_begin) under its own lease, writes with conn_freeze_pass
 * switched on in each of its transactions, and releases what it made. A freeze that was there before stays;
 * its tables count as frozen. */
#ifndef MIGRATE_FREEZE_H
#define MIGRATE_FREEZE_H

#include "driver/freeze.h"
#include "migrate/session.h"

struct freeze_options {
    const char *const *tables; /* n 0: all there are */
    size_t n_tables;
    const char *reason;
    int64_t for_us;    /* 0: until it is thawed */
    bool auto_thaw;    /* writers pass once the time is over; else that is only told */
    uint32_t apart_ms; /* between the two looks of the proof; 0: FREEZE_APART_MS */
    bool is_quick; /* reads only small tables; others are judged by the engine's counters, if it has any */
};

enum { FREEZE_APART_MS = 500 };

/* What a look at one table gave: its rows' digest, or a counter of the engine's where it is large. */
struct freeze_look {
    const char *table;
    const char *kind; /* "rows", "counter" */
    const char *value;
};

struct freeze_looks {
    struct freeze_look *items;
    size_t n;
    size_t cap;
};

/* Something that is not as the freeze left it. */
struct freeze_fault {
    const char *table;
    const char *what;
};

struct freeze_faults {
    struct freeze_fault *items;
    size_t n;
    size_t cap;
};

/* Strings and lists: arena. */
struct freeze {
    char id[33];
    const char *reason;
    const char *actor;
    int64_t began_us;   /* the server's clock */
    int64_t frozen_us;  /* when the last table was; 0: not all are */
    int64_t expires_us; /* 0: never */
    int64_t now_us;
    bool auto_thaw;
    bool has_ended;  /* auto_thaw and the time is over: writers pass */
    bool is_proven;  /* the two looks were the same, and all older writers had ended */
    const char *why; /* it is not; "" */
    bool is_guarded;
    const char *point;
    uint32_t apart_ms;
    bool is_quick;
    struct freeze_scope scope;
    struct freeze_marks marks; /* that stand and are its own */
    struct freeze_looks looks; /* the later of the two */
    struct freeze_faults faults;
    const char *recorded; /* marks as they stood when it was installed: lines "table\tname\thash" */
    int64_t us;           /* that it took */
};

struct freezes {
    struct freeze *items; /* oldest first */
    size_t n;
    size_t cap;
    bool is_frozen;      /* triggers stand, whatever the registry says */
    size_t stale_passes; /* sessions that may write all the same */
};

/* POLICY when a prepared transaction, a subscription or a replica's applier writes into one of the tables. */
enum status freeze_prepare(struct session *session, const struct freeze_options *options, struct freeze *out,
                           struct err *err) MUST_USE;
/* Under the lease. On failure nothing of it is left (PARTIAL when that did not work). A freeze that could not
 * be proven is no failure: is_proven and why say so. */
enum status freeze_install(struct session *session, struct freeze *freeze, struct err *err) MUST_USE;
enum status freeze_begin(struct session *session, const struct freeze_options *options, struct freeze *out,
                         struct err *err) MUST_USE;
/* In the open transaction; CONFLICT when the locks cannot be had. On PostgreSQL and SQLite the transaction
 * that holds the guard may change the tables itself; on MySQL a schema change ends it. */
enum status freeze_guard(struct session *session, struct freeze *freeze, struct err *err) MUST_USE;
/* POLICY, with the first fault, when something of the freeze is not as it was installed. */
enum status freeze_check(struct session *session, const struct freeze *freeze, struct err *err) MUST_USE;

struct thaw {
    struct freeze_words tables; /* that are free again */
    size_t n_objects;
    size_t n_freezes;
};

/* Ends the freeze with that id (a beginning of it is enough), or all (NULL), by the catalogue: with or
 * without a registry. Harmless when there is none. Verifies that nothing is left, else PARTIAL. */
enum status
freeze_release(struct session *session, const char *id, struct thaw *out, struct err *err) MUST_USE;
/* The statements that would do it. */
enum status freeze_release_sql(struct session *session, const char *id, struct freeze_words *out,
                               struct err *err) MUST_USE;

/* All freezes that stand, with their faults; reads only. */
enum status freeze_list(struct session *session, struct freezes *out, struct err *err) MUST_USE;
/* Looks twice, and compares with what was recorded: `freeze` comes from freeze_list. Sets is_proven, why,
 * looks, faults, us; reads only. */
enum status freeze_prove(struct session *session, struct freeze *freeze, struct err *err) MUST_USE;
/* POLICY when a freeze stands: for what a freeze shall keep from beginning. */
enum status freeze_refuse(struct session *session, struct err *err) MUST_USE;

#endif
