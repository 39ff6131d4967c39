/* What the files of change capture share; see driver/capture.h for what it is. */
#ifndef SQLITE_CAPTURE_H
#define SQLITE_CAPTURE_H

#include "base/backlog.h"
#include "sqlite/internal.h"

/* -- cells.c: struct cell_words */
void cells_side_type(struct buf *out, const struct type *type, const char *collation);
void cells_same(struct buf *out, const char *cell, const char *side, const struct type *type);
void cells_plain(struct buf *out, const char *cell, const struct type *type);
void cells_bare(struct buf *out, const char *cell, const struct type *type);
/* The SQL function that cells_same calls. */
enum status cells_install(struct sqlite_conn *self, struct err *err) MUST_USE;

/* Where a column of a log finds its cells. */
struct source {
    const char *column; /* of the log */
    const char *now;    /* the table's: scripts rename columns */
    int at;             /* among all columns of the table; -1: it has it no more */
    bool is_real;       /* REAL columns keep whole numbers as integers, and the hook shows them so */
    bool has_default;   /* rows that are older than the column do not hold it, and the hook shows NULL */
};

/* A table whose changes are logged. */
struct captured {
    const char *log;
    const char *name; /* as it is now */
    int64_t root;     /* its page, by which it is known when it is renamed; 0: it is gone */
    struct source *sources;
    size_t n;
    struct arena shape; /* of the table as it is now: what follows */
    const char **columns;
    size_t n_columns;
    int *keys; /* WITHOUT ROWID: where the key's columns are */
    size_t n_keys;
    bool is_shuffled;      /* the hook numbers the columns of such tables wrongly */
    sqlite3_stmt *read[2]; /* by key, the log's columns: before a change, after it */
    sqlite3_stmt *insert;  /* into the log */
    sqlite3_stmt *insert_many;
    size_t n_many; /* rows at once */
};

struct capture {
    struct arena arena;
    VEC(struct captured *) tables;
    struct backlog backlog;
    bool is_ready;
    bool is_utf8;
    bool is_busy;     /* with statements of its own */
    uint64_t version; /* of the schema that the tables were looked up in */
    int64_t seq;      /* the last */
    /* of the statement that runs */
    const char
        *last_name; /* where the engine keeps the name of the table that changed last, and which it is */
    struct captured *last;
    struct captured *pending; /* its row has changed, and reads anew when the change is done */
    bool is_seen;             /* something was told */
    struct err failed;
    /* of the transaction */
    struct arena names_arena;
    struct map written;
    /* What changes() and total_changes() would say without our own inserts. */
    sqlite3_int64 total;
    sqlite3_int64 changes;
    sqlite3_int64 own_total;
};

static inline bool
capture_is_on(const struct sqlite_conn *self)
{
    return self->capture != NULL && self->capture->tables.n > 0;
}

/* -- capture_hook.c */
bool hook_is_there(void);
void hook_set(struct sqlite_conn *self, bool on);
/* What the statement that just ended changed goes to the logs. */
enum status hook_flush(struct sqlite_conn *self, struct err *err) MUST_USE;
/* A row that was not there to be read yet. */
void hook_read_pending(struct sqlite_conn *self);

/* -- capture_shape.c */
/* Looks the table up again: it may have another name, other columns, or be gone. */
enum status shape_refresh(struct sqlite_conn *self, struct captured *table, struct err *err) MUST_USE;
void shape_release(struct captured *table);

#endif
