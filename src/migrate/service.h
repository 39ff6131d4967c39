/* One database with its migrations, and the rules it is run under. */
#ifndef MIGRATE_SERVICE_H
#define MIGRATE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conflict_policy { CONFLICT_KEEP, CONFLICT_RESTORE, CONFLICT_FAIL };

struct policy {
    uint32_t lock_timeout_ms;
    uint32_t lock_attempts; /* tries of a unit that met a lock, with pauses between */
    uint32_t rto_ms;
    int64_t max_loss_rows;
    enum conflict_policy on_conflict;
    uint32_t approvals;         /* signatures a rollback's plan needs */
    const char *approval_roles; /* with commas: one of each must be there; "" for none */
    uint64_t approval_age_ms;   /* older signatures do not count; 0: any age */
};

/* A table whose rows a rollback never deletes or rewrites. */
struct retention {
    const char *table;
    const char *reason;
};

struct service {
    const char *name; /* "" when there is only --db */
    const char *url;  /* as given; may be env:NAME */
    const char *dir;
    const char *layout; /* NULL: detect */
    const char *store;
    struct policy policy;
    const struct retention *retentions;
    size_t n_retentions;
};

#endif
