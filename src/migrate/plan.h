/* What is going to be run, in which order: decided before anything is touched. */
#ifndef MIGRATE_PLAN_H
#define MIGRATE_PLAN_H

#include "migrate/run.h"
#include "migrate/session.h"

enum direction { DIRECTION_UP, DIRECTION_DOWN };
const char *direction_name(enum direction direction);

/* One script to run. Everything but the loaded part lives in the session's arena. */
struct step {
    enum direction direction;
    const struct history_entry *entry;
    enum part_kind part; /* UP, DOWN or COMPENSATE */
    bool from_registry;  /* the text comes from the registry, not from the directory */
    const char *sha256;
    bool transaction;
    const char *class;        /* as recorded or declared; derived by step_load when it was neither */
    uint32_t lock_timeout_ms; /* as its text says; 0: the project's */
    const char *file;         /* for messages */
    size_t first_line;
    /* -- filled by step_load, in its arena -- */
    struct span text;
    struct pieces pieces;
    struct effects effects;
    struct script script;
    struct run_plan run;
};

struct forecast;

struct plan {
    enum direction direction;
    struct step *items;
    size_t n;
    size_t cap;
    const char *from;                /* version that is current before; "" when none */
    const char *to;                  /* and after */
    const struct forecast *forecast; /* of a rollback; NULL: nobody looked */
};

struct plan_options {
    const char *to; /* version; NULL: not given. For a rollback it is the one that stays */
    uint64_t steps; /* 0: not given */
    bool allow_out_of_order;
    bool use_edited; /* a rollback takes the directory's down where it differs from the one applied */
};

/* POLICY when pending migrations lie out of order and that was not allowed; USAGE for a version that is not
 * there. */
enum status plan_up(const struct session *session, const struct plan_options *options, struct plan *out,
                    struct err *err) MUST_USE;
/* POLICY when a step has no way back: no down, an empty one after an up that changed something, declared
 * irreversible, or edited since. */
enum status plan_rollback(struct session *session, const struct plan_options *options, struct plan *out,
                          struct err *err) MUST_USE;

/* Reads the step's text, cuts it, finds its effects, and decides how it runs. */
enum status
step_load(const struct session *session, struct step *step, struct arena *arena, struct err *err) MUST_USE;
/* The text of one part of an applied migration, from the registry; of a pending one, from the directory. */
enum status part_text(const struct session *session, const struct history_entry *entry, enum part_kind part,
                      bool from_registry, struct arena *arena, struct span *out, struct err *err) MUST_USE;

/* The locks a loaded step takes, each table and lock once; in the arena. */
struct table_lock {
    const char *table;
    const char *lock; /* in the engine's words */
};

struct table_locks {
    struct table_lock *items;
    size_t n;
    size_t cap;
};

void step_locks(const struct session *session, const struct step *step, struct arena *arena,
                struct table_locks *out);

/* SHA-256 over direction, identities and script hashes: what a sign-off signs. */
void plan_digest(const struct plan *plan, char out[SHA256_HEX_LEN + 1]);
/* The text that is hashed, for whoever has the parts but no plan. */
void plan_digest_begin(struct buf *text, const char *from, const char *to);
void plan_digest_step(struct buf *text, const char *direction, const char *id, const char *sha256);
/* "up 0007_split_name\n..." for the operation's row. Arena. */
const char *plan_lines(const struct plan *plan, struct arena *arena);

#endif
