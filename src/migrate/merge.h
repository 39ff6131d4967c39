/* The way back as a three-way merge: what the rows were before the migration, what it made of them, and what
 * they are now. docs/rollback.md has the rules.
 *
 * For every table that the migration changed, one merge table in the registry's schema holds a row for each
 * row it changed: key, cells before, cells after, cells now. It is filled before the down script runs and
 * laid over the rows after it. All of it is SQL in the server: cells are compared bit for bit, by the engine
 * that owns them. Where schema changes roll back, everything is part of the script's transaction. Elsewhere
 * the merge tables outlive a crash: what is classified stays so, and every statement of the overlay can be
 * run twice. */
#ifndef MIGRATE_MERGE_H
#define MIGRATE_MERGE_H

#include "journal/saved.h"
#include "migrate/plan.h"
#include "migrate/snapshot.h"

/* What became of the rows of one table that were written since the migration; one fate a row. */
struct fates {
    const char *table;
    int64_t carried; /* lives on in full */
    int64_t merged;  /* some cells as written since, others as before the migration */
    int64_t parked;  /* saved for when the migration is applied again: the old schema has no place for it */
    int64_t kept;
    int64_t compensated;
    int64_t lost;
    int64_t conflicts; /* of these rows: the migration and somebody later wrote the same cell */
};

struct fates_list {
    struct fates *items;
    size_t n;
    size_t cap;
};

/* Cells that both the migration and somebody later wrote, by column. */
struct conflict {
    const char *table;
    const char *column; /* "": the whole row */
    int64_t rows;
};

struct conflict_list {
    struct conflict *items;
    size_t n;
    size_t cap;
};

struct merge_column {
    const char *start; /* before the migration; "" */
    const char *end;   /* after it; "" */
    struct type before_type;
    struct type after_type;
    const char *before_side; /* SQL types of the merge table's cells; NULL: no file has any */
    const char *after_side;
    bool is_key;
    bool in_now;      /* the table has it before the down script */
    bool in_then;     /* and after */
    bool is_retyped;  /* with another type */
    bool is_constant; /* generated: never written */
};

struct merge_table {
    const char *start; /* qualified, before the migration; "": created by it */
    const char *end;   /* after it; "": taken away by it */
    const char *name;  /* of the merge table */
    struct merge_column *columns;
    size_t n_columns;
    size_t cap_columns;
    bool has_key;
    bool is_complete; /* holds all rows that there were after the migration */
    bool has_now;     /* the table is there before the down script */
    int64_t new_rows; /* that came since; 0 where that is not known */
    struct table now;
    struct saved *whole;       /* without a key: the table as it was */
    struct saved *whole_after; /* and as the migration left it */
    bool is_untouched;         /* without a key: nothing was written since */
};

struct merge {
    struct session *session;
    const char *migration;
    struct arena *arena;
    bool is_on;
    bool is_forecast; /* nobody is kept from writing, and nothing outlives it */
    bool is_laid;     /* by an earlier run: nothing is left to do */
    bool by_row;      /* --merge row */
    enum conflict_policy policy;
    struct saved_list saved;
    struct {
        struct merge_table *items;
        size_t n;
        size_t cap;
    } tables;
    bool is_checked;    /* rows were laid over, and compared with what they had to be; foreign keys hold */
    int64_t wrong_rows; /* that nobody has written to since, and that are not what they were */
    struct fates_list fates;        /* session's arena */
    struct conflict_list conflicts; /* session's arena */
};

/* Loads what the migration saved and compares it with the rows as they are. Call it in the transaction of the
 * down script, before its first statement; where schema changes commit, outside of any. Files that the store
 * lacks come from the registry. CORRUPT, or IO with where to look, when one cannot be had. */
enum status merge_prepare(struct merge *merge, struct session *session, const char *migration,
                          struct arena *arena, struct err *err) MUST_USE;
/* Where schema changes commit: goes on with what an earlier run prepared, whose down script has begun.
 * `*is_prepared` false: nothing of it had, and merge_prepare is to be called. */
enum status merge_attach(struct merge *merge, struct session *session, const char *migration,
                         struct arena *arena, bool *is_prepared, struct err *err) MUST_USE;
/* Counts fates and conflicts before the down script runs, by what its effects say of the shape to come. */
enum status merge_predict(struct merge *merge, const struct effects *effects, struct err *err) MUST_USE;
/* POLICY when there are conflicts and they are to fail. */
enum status merge_refuse_conflicts(const struct merge *merge, struct err *err) MUST_USE;
/* Lays it over what the down script has left. POLICY when a foreign key would not hold, or when there are
 * conflicts and the policy says fail. */
enum status merge_overlay(struct merge *merge, struct err *err) MUST_USE;
/* Takes the merge tables away. */
enum status merge_clear(struct merge *merge, struct err *err) MUST_USE;

#endif
