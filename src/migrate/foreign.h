/* The other tools, one row each: how their table looks, how it is read, how they lock. */
#ifndef MIGRATE_FOREIGN_H
#define MIGRATE_FOREIGN_H

#include "migrate/adopt.h"

#include "base/map.h"

/* Where a tool's table was found. */
struct foreign_place {
    const struct foreign *tool;
    struct table table;
    /* Sqitch on SQLite keeps its tables in a file of their own: a second connection, else NULL. */
    struct conn *own_conn;
};

struct reader {
    struct conn *conn; /* where their table is */
    const struct migrations *migrations;
    const struct foreign_place *place;
    struct arena *arena;
    struct adoption *out;
    struct map by_key;           /* struct adopted by what their table says */
    struct map by_event;         /* Sqitch: the change's name when its newest event is a failure, by its id */
    VEC(struct adopted) unknown; /* rows without a migration */
    int64_t rank;                /* of the row being read */
    const char *from;            /* qualified: the table being read */
    const char *scope;           /* rows of other projects do not count; NULL: all do */
};

/* A row's cells as text; "" for NULL. */
struct foreign_row {
    const char **cells;
    const bool *nulls;
};

struct foreign {
    const char *name;   /* as of the layout */
    const char *layout; /* another layout that its directories may have; NULL */
    const char *table;
    bool (*fits)(const struct table *table);
    /* Finds tables that lie elsewhere; NULL: only in this database. */
    enum status (*locate)(struct conn *conn, struct arena *arena, struct foreign_place *out, bool *found,
                          struct err *err);
    const char *(*key)(const struct migration *migration, struct arena *arena); /* NULL: foreign_id */
    enum status (*read)(struct reader *reader, struct err *err);
    /* Number and name of its lock; name "" or number 0: none on such engines. NULL: it takes none. */
    void (*lock)(struct conn *conn, const struct table *table, int64_t *number, char *name, size_t cap);
};

/* NULL-ended by name. */
extern const struct foreign foreigns[];

bool foreign_fits_version_column(const struct table *table); /* one text column named "version" */
bool foreign_has_columns(const struct table *table, const char *const *names); /* NULL-ended */

enum status foreign_read_golang_migrate(struct reader *reader, struct err *err);
enum status foreign_read_whole_name(struct reader *reader, struct err *err);
enum status foreign_read_authelia(struct reader *reader, struct err *err);
enum status foreign_read_versions(struct reader *reader, struct err *err); /* dbmate */
enum status foreign_read_popx(struct reader *reader, struct err *err);
enum status foreign_read_goose(struct reader *reader, struct err *err);
enum status foreign_read_diesel(struct reader *reader, struct err *err);
enum status foreign_read_sql_migrate(struct reader *reader, struct err *err);
enum status foreign_read_node_pg_migrate(struct reader *reader, struct err *err);
enum status foreign_read_flyway(struct reader *reader, struct err *err);
enum status foreign_read_sqitch(struct reader *reader, struct err *err);
enum status foreign_locate_sqitch(struct conn *conn, struct arena *arena, struct foreign_place *out,
                                  bool *found, struct err *err);

/* Runs `visit` on each row of the columns of their table, in the order of `order_by` (a column; NULL: none).
 */
enum status
reader_rows(struct reader *reader, const char *const *columns, size_t n_columns, const char *order_by,
            enum status (*visit)(struct reader *reader, const struct foreign_row *row, struct err *err),
            struct err *err) MUST_USE;
/* Their row names this migration: sets it applied. One that the directory does not have is added with a
 * finding. */
struct adopted *reader_apply(struct reader *reader, const char *key, const char *title, const char *time);
struct adopted *reader_find(struct reader *reader, const char *key); /* NULL: not in the directory */
void reader_note(struct reader *reader, enum finding_severity severity, const char *rule, const char *file,
                 const char *fmt, ...) PRINTF_LIKE(5, 6);
/* A row that no migration of the directory answers to; with, or without, the finding that says so. */
struct adopted *reader_add_unknown(struct reader *reader, const char *key, const char *title);
void reader_note_unknown(struct reader *reader, const char *key, const char *title);
/* A dotted number by which equal versions are equal texts: "01.20.0" gives "1.20". Arena. */
const char *foreign_version_key(struct arena *arena, const char *version);
const char *foreign_key_flyway(const struct migration *migration, struct arena *arena);
/* A digits-only key without leading zeros. Arena. */
const char *foreign_number(struct arena *arena, const char *digits);

#endif
