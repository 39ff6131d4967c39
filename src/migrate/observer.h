/* What a running command tells whoever watches; the core prints nothing itself. */
#ifndef MIGRATE_OBSERVER_H
#define MIGRATE_OBSERVER_H

#include "driver/driver.h"
#include "journal/lease.h"

#include <stddef.h>
#include <stdint.h>

enum event_kind {
    EVENT_STEP_BEGIN, /* id, direction, number of total */
    EVENT_STATEMENT,  /* number of total within the step */
    EVENT_STEP_END,   /* us */
    EVENT_RETRY,      /* text: the lock that was met; blockers; us: pause */
    EVENT_TAKEOVER,   /* holder: the dead run whose lease was taken */
    EVENT_WARNING,    /* text */
    EVENT_SQL         /* text: a statement of a dry run */
};

struct event {
    enum event_kind kind;
    const char *id;
    const char *direction; /* "up", "down" */
    const char *text;
    size_t number; /* from 1 */
    size_t total;
    int64_t us;
    const struct blockers *blockers;
    const struct lease_holder *holder;
};

struct observer {
    void (*tell)(void *context, const struct event *event);
    void *context;
};

/* `observer` may be NULL. */
void observer_tell(const struct observer *observer, const struct event *event);

#endif
