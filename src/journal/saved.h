/* What steps saved of the rows before they changed them: one row of the registry a file, with all that a
 * merge has to know of it. Small files lie in the registry, too, so that the way back needs nothing but the
 * database. */
#ifndef JOURNAL_SAVED_H
#define JOURNAL_SAVED_H

#include "driver/conn.h"

#include <stdbool.h>
#include <stdint.h>

enum saved_role {
    SAVED_LOG,     /* what the script's statements changed: a capture log */
    SAVED_BEFORE,  /* rows as they were before a statement that takes them or some of their columns away */
    SAVED_AFTER,   /* the same rows as the script left them */
    SAVED_PARKED,  /* rows written since, which the schema that a rollback leaves has no place for */
    SAVED_RELEASED /* there was something, and it was let go: no file */
};

const char *saved_role_name(enum saved_role role); /* "log", ... */

/* A column of a saved file. A name is "" when the table did not, or does not, have it then. */
struct saved_column {
    const char *name;      /* in the file */
    const char *start;     /* in the table before the script ran */
    const char *end;       /* and after it */
    const char *side_type; /* SQL type that holds its cells, see cell_words */
    struct type type;      /* kind and name only */
    bool is_key;           /* part of the key that tells rows apart */
};

/* Strings: arena of the caller. */
struct saved {
    const char *migration;
    const char *direction; /* of the script that was running: "up", "down" */
    int64_t n;             /* order among the script's saves, from 1 */
    const char *op;
    const char *set;  /* snapshot set; "": none, the rows are in the table `file` of the registry still */
    const char *file; /* in the set */
    enum saved_role role;
    bool is_whole;     /* the table with all its rows; else some columns, or a log */
    const char *start; /* the table's qualified name before the script ran; "" when it was not there */
    const char *then;  /* when it was saved */
    const char *end;   /* after the script */
    struct saved_column *columns;
    size_t n_columns;
    uint64_t rows;
    uint64_t bytes;  /* of the cells */
    uint64_t stored; /* of the file */
};

struct saved_list {
    struct saved *items; /* by n */
    size_t n;
    size_t cap;
};

/* Replaces the one of the same migration, direction and n. */
enum status saved_put(struct conn *conn, const struct saved *saved, struct err *err) MUST_USE;
enum status saved_remove(struct conn *conn, const struct saved *saved, struct err *err) MUST_USE;
enum status saved_of(struct conn *conn, const char *migration, const char *direction, struct arena *arena,
                     struct saved_list *out, struct err *err) MUST_USE;
/* Whether any migration has some of that direction. */
enum status saved_any(struct conn *conn, const char *direction, bool *out, struct err *err) MUST_USE;
/* Forgets them, and the files' copies. */
enum status
saved_forget(struct conn *conn, const char *migration, const char *direction, struct err *err) MUST_USE;
/* Forgets what an up saved, and that there was something stays known. */
enum status saved_release(struct conn *conn, const char *migration, const char *op, struct err *err) MUST_USE;
/* Sets that any migration still needs. */
struct saved_sets {
    const char **items;
    size_t n;
    size_t cap;
};
enum status
saved_sets(struct conn *conn, struct arena *arena, struct saved_sets *out, struct err *err) MUST_USE;

/* The copy of a file in the registry. Files longer than SAVED_COPY_MAX have none. */
enum { SAVED_COPY_MAX = 16 << 20 };
enum status
saved_copy_put(struct conn *conn, const struct saved *saved, const char *path, struct err *err) MUST_USE;
/* Writes it to `path` (0600, new). `*found` false: there is none. */
enum status saved_copy_get(struct conn *conn, const struct saved *saved, const char *path, bool *found,
                           struct err *err) MUST_USE;

#endif
