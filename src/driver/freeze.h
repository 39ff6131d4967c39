/* A write freeze: what keeps everybody from changing the rows of some tables, while reading goes on.
 *
 * Its durable layer is triggers that raise; they stay when we die and are found by their names, without any
 * list of ours. Its guard is a transaction that holds locks against schema changes, as long as it lives. A
 * session with a pass writes all the same. What neither can stop is said as holes. */
#ifndef DRIVER_FREEZE_H
#define DRIVER_FREEZE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;
struct blockers;

/* What writers are told. */
struct freeze_spec {
    const char *id; /* 32 hex digits */
    const char *reason;
    int64_t thaw_us; /* from then on writers pass; 0: never by itself */
};

/* A way to write all the same. */
struct freeze_hole {
    const char *name; /* a word: "truncate" */
    const char *text; /* who, and how */
    bool is_guarded;  /* the guard closes it while it is held */
};

struct freeze_holes {
    struct freeze_hole *items;
    size_t n;
    size_t cap;
};

struct freeze_words {
    const char **items;
    size_t n;
    size_t cap;
};

struct freeze_table {
    const char *table;         /* qualified, unquoted */
    const char *why;           /* "": asked for; else "partition of public.sale", ... */
    bool is_parent;            /* only what cascades from it into a frozen table is stopped */
    struct freeze_words apply; /* statements, in order; none: the engine has no durable layer for it */
    struct freeze_words undo;  /* the way back, by hand, too: harmless where nothing is */
    struct freeze_words views; /* through which it is written */
    struct freeze_holes holes;
};

/* Somebody whom no trigger stops is about to write into a target. */
struct freeze_refusal {
    const char *what; /* "the prepared transaction 'x' has written into 'public.a'" */
    const char *how;  /* the command that settles it */
};

/* All that a freeze of some tables means; arena. */
struct freeze_scope {
    struct freeze_words prepare; /* statements before the first table's */
    struct freeze_table *tables; /* in the order of their names */
    size_t n;
    size_t cap;
    struct freeze_refusal *refusals;
    size_t n_refusals;
    size_t cap_refusals;
};

/* One object of the durable layer, as the catalogue has it. */
struct freeze_mark {
    const char *id; /* of its freeze; "" when that cannot be read */
    const char *table;
    const char *name;
    const char *body; /* all that it does: another text is another trigger */
    bool is_enabled;  /* always, on replicas, too */
    const char *undo;
};

struct freeze_marks {
    struct freeze_mark *items; /* by table */
    size_t n;
    size_t cap;
};

/* The tables named (all there are: n 0) with what belongs to them: partitions, children that inherit, parents
 * whose foreign keys' actions reach them. USAGE when one is not there. */
enum status
conn_freeze_scope(struct conn *conn, const struct freeze_spec *spec, const char *const *names, size_t n,
                  struct arena *arena, struct freeze_scope *out, struct err *err) MUST_USE;
/* The durable layer as it stands, of whatever freeze. */
enum status
conn_freeze_find(struct conn *conn, struct arena *arena, struct freeze_marks *out, struct err *err) MUST_USE;
/* Where the database is now: log position, or change counter (arena). */
enum status
conn_freeze_point(struct conn *conn, struct arena *arena, const char **out, struct err *err) MUST_USE;
/* A text that changes whenever rows of the table do, without reading them; NULL where the engine has none. */
enum status conn_freeze_counter(struct conn *conn, const char *table, struct arena *arena, const char **out,
                                struct err *err) MUST_USE;
/* Transactions that have been open since before `since_us` (the server's clock) and may have written into one
 * of the tables: none, when the durable layer had to wait for them anyway. */
enum status conn_freeze_writers(struct conn *conn, const char *const *names, size_t n, int64_t since_us,
                                struct arena *arena, struct blockers *out, struct err *err) MUST_USE;
/* The guard: in the open transaction, until it ends. CONFLICT within the lock timeout. */
enum status
conn_freeze_guard(struct conn *conn, const char *const *names, size_t n, struct err *err) MUST_USE;
/* This session may write into whatever is frozen, or may no longer. Where schema changes roll back it is
 * called in the transaction that writes, and again, with false, before that commits: nobody else ever sees
 * the pass. Else the pass lasts, bound to this session and to a secret that only it knows, until taken back;
 * harmless when called twice. */
enum status conn_freeze_pass(struct conn *conn, bool on, struct err *err) MUST_USE;

/* For drivers: the arena's copy of a hole. */
void freeze_hole_add(struct arena *arena, struct freeze_table *table, const char *name, bool is_guarded,
                     const char *text);
/* A statement made up, into one of the lists. */
void freeze_word_add(struct arena *arena, struct freeze_words *words, const char *text);
/* The sentence writers get, at most `max` characters: "frozen by rollcall: REASON (...)". */
const char *freeze_message(struct arena *arena, const struct freeze_spec *spec, size_t max);
/* The 32 hex digits after "rollcall freeze " in a trigger's text; "" when there are none (arena). */
const char *freeze_id_in(struct arena *arena, const char *text);

#endif
