/* Who may change this database now: one row, one owner, an epoch that only grows.
 *
 * The owner is whoever raised the epoch last, by one conditional update; every transaction of the owner that
 * changes anything begins with lease_hold, which fails once somebody else has raised it. So a runner that was
 * stopped and wakes up later cannot write. No session lock is involved: it works behind a pooler. */
#ifndef JOURNAL_LEASE_H
#define JOURNAL_LEASE_H

#include "driver/conn.h"

#include <stdint.h>

/* Without a sign of life for so long, and without a living session, a lease may be taken over. */
#define LEASE_TTL_MS 60000

struct lease {
    int64_t epoch;
    char op[33];
};

/* As the row says. Strings: arena. */
struct lease_holder {
    bool is_held;
    const char *holder; /* "ann@db1 pid 4711" */
    const char *host;
    const char *boot;
    int64_t pid;
    const char *session;
    const char *op;
    const char *command;
    int64_t epoch;
    int64_t acquired_us;
    int64_t renewed_us;
    int64_t now_us; /* the server's clock when the row was read */
    int64_t ttl_us;
};

enum status
lease_read(struct conn *conn, struct arena *arena, struct lease_holder *out, struct err *err) MUST_USE;

/* LEASE with the holder named when somebody alive has it. `*taken_from` (arena) is NULL, or the dead holder
 * it was taken from. */
enum status lease_acquire(struct conn *conn, const char *op, const char *command, struct arena *arena,
                          struct lease *out, struct lease_holder **taken_from, struct err *err) MUST_USE;
/* First statement of every mutating transaction: renews, or LEASE when fenced off. */
enum status lease_hold(struct conn *conn, const struct lease *lease, struct err *err) MUST_USE;
/* After a reconnection: the same lease, kept from another session now. LEASE when fenced off meanwhile. */
enum status lease_rebind(struct conn *conn, const struct lease *lease, struct err *err) MUST_USE;
/* Harmless when the lease is no longer ours. */
enum status lease_release(struct conn *conn, const struct lease *lease, struct err *err) MUST_USE;

#endif
