/* Sets of snapshots: the rows of some tables as they were at one moment, in STORE/snapshots/ID, one file a
 * table and a manifest that is written last. A folder without one is what a take that died left. */
#ifndef MIGRATE_SNAPSHOT_H
#define MIGRATE_SNAPSHOT_H

#include "archive/snapshot.h"
#include "driver/conn.h"
#include "migrate/service.h"

struct snapshot_table {
    const char *table; /* qualified */
    const char *file;  /* in the set's folder */
    struct snapshot_totals totals;
    struct counters counters;
};

struct snapshot_set {
    const char *id;  /* begins with the time, so that ids sort by age */
    const char *dir; /* its folder */
    const char *op;  /* the operation it belongs to; "": taken by hand */
    const char *service;
    const char *engine;
    const char *database;
    int64_t created_us;
    bool is_damaged;        /* a verification found it so */
    const char *url;        /* a second connection to read big tables with may be opened there; NULL: none */
    uint64_t unflushed_max; /* see struct snapshot_options */
    struct snapshot_table *items;
    size_t n;
    size_t cap;
};

struct snapshot_sets {
    struct snapshot_set *items; /* newest first */
    size_t n;
    size_t cap;
};

/* Names of tables: none means all there are. */
struct name_list {
    const char **items;
    size_t n;
    size_t cap;
};

/* One read transaction of its own. Refuses with IO when the disk has too little room. After a failure nothing
 * is left. Everything in `out` lives in the arena. */
enum status snapshot_set_take(struct conn *conn, const struct service *service, const char *op,
                              const struct name_list *tables, struct arena *arena, struct snapshot_set *out,
                              struct err *err) MUST_USE;
/* The same in the caller's transaction, of tables that were described. */
enum status snapshot_set_take_in(struct conn *conn, const struct service *service, const char *op,
                                 const struct table *tables, size_t n, struct arena *arena,
                                 struct snapshot_set *out, struct err *err) MUST_USE;

/* A set whose manifest does not hold counts as damaged and has no tables. */
enum status snapshot_set_list(const struct service *service, struct arena *arena, struct snapshot_sets *out,
                              struct err *err) MUST_USE;
/* By its id, the beginning of it, or "last". USAGE when there is none or several. */
enum status snapshot_set_find(const struct service *service, const char *id, struct arena *arena,
                              struct snapshot_set *out, struct err *err) MUST_USE;
/* The whole path of a table's file (arena). */
char *
snapshot_set_path(const struct snapshot_set *set, const struct snapshot_table *table, struct arena *arena);

/* Decodes every file and compares it with its sums and the manifest; notes the outcome for the list. CORRUPT
 * names the first that does not hold. */
enum status
snapshot_set_verify(const struct snapshot_set *set, struct arena *arena, struct err *err) MUST_USE;

/* What is neither among the newest `keep` nor held (`held`: ids of operations and of sets), and what takes
 * that died more than a day ago left (these with an id only). `dry_run`: only tells. */
enum status
snapshot_set_gc(const struct service *service, size_t keep, const struct name_list *held, bool dry_run,
                struct arena *arena, struct snapshot_sets *removed, struct err *err) MUST_USE;

struct restore_options {
    struct name_list tables; /* none: all of the set */
    const char *into_schema; /* NULL: where they were */
    bool replace;            /* rows that are there make room, after a snapshot of them */
    bool dry_run;            /* stops before the first row is written */
};

struct restored_table {
    const char *table;
    uint64_t rows;
    int64_t replaced; /* rows that made room */
};

struct restore_result {
    struct restored_table *items;
    size_t n;
    const char *safety; /* id of the snapshot of what made room; NULL: none */
};

/* Verifies the files, then fills the tables in one transaction. POLICY when one of them has rows and they may
 * not be replaced, or a foreign key would not hold; USAGE when its columns are others. */
enum status snapshot_set_restore(struct conn *conn, const struct service *service,
                                 const struct snapshot_set *set, const struct restore_options *options,
                                 struct arena *arena, struct restore_result *out, struct err *err) MUST_USE;

#endif
