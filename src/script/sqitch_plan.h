/* Sqitch's plan file: changes in order, with the ids that Sqitch gives them. */
#ifndef SCRIPT_SQITCH_PLAN_H
#define SCRIPT_SQITCH_PLAN_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "base/vec.h"

struct plan_change {
    const char *name;
    size_t line;
    struct span dependencies; /* as written between the brackets */
    struct span timestamp;
    struct span planner; /* "Name <address>" */
    const char *note;
    VEC(const char *) tags; /* declared on it, without the "@" */
    size_t earlier;         /* index + 1 of the instance that this one reworks; 0: none */
    size_t later;           /* index + 1 of the instance that reworks this one */
    char id[SHA1_HEX_LEN + 1];
};

struct plan_error {
    size_t line;
    const char *message;
};

struct plan {
    const char *project;
    const char *uri; /* "" when none */
    VEC(struct plan_change) changes;
    VEC(struct plan_error) errors;
};

/* Borrows `text`; all else lives in the arena. Lines that cannot be read become errors. */
void plan_parse(struct span text, struct arena *arena, struct plan *out);

/* Cuts the next dependency off; `conflicts` tells the two kinds apart. A prefix that names the own project is
 * taken off. */
bool plan_next_dependency(const struct plan *plan, struct span *rest, struct span *name, bool *conflicts);

#endif
