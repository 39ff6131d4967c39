/* The formats of migration directories. Each is a row of one table: how to recognise it, how to read it. */
#ifndef SCRIPT_LAYOUT_H
#define SCRIPT_LAYOUT_H

#include "base/io.h"
#include "script/migration.h"

/* Lines that give a format away, looked for in a sample of the files. */
enum mark {
    MARK_GOOSE = 1 << 0,       /* -- +goose Up */
    MARK_DBMATE = 1 << 1,      /* -- migrate:up */
    MARK_SQL_MIGRATE = 1 << 2, /* -- +migrate Up */
    MARK_NODE_PG = 1 << 3,     /* -- Up Migration */
    MARK_ROLLCALL = 1 << 4     /* -- rollcall: */
};

/* What the directory looks like, counted once for all formats. */
struct survey {
    size_t n_sql;        /* files named *.sql */
    size_t n_ups;        /* NAME.up.sql */
    size_t n_numbered;   /* of these NNN_NAME.up.sql */
    size_t n_shared;     /* of these, on a number that another one has too */
    size_t n_extras;     /* NAME.verify.sql, NAME.compensate.sql */
    size_t n_dialects;   /* NNN_NAME.DIALECT.up.sql, NNN_NAME.autocommit.up.sql, *.fizz */
    size_t n_dotted;     /* VNNN.NAME.up.sql */
    size_t n_flyway;     /* V1__NAME.sql and its like, also one folder down */
    size_t n_up_folders; /* sub-folders with an up.sql */
    bool has_plan;       /* sqitch.plan or sqitch.conf */
    unsigned marks;      /* enum mark */
};

/* A load in progress. */
struct loader {
    struct migrations *migrations;
    const struct driver *driver; /* NULL: only files that name no dialect */
    /* Top level of every folder, names as in part.file. Dot files and links that lead out are left out. */
    struct io_listing listing;
    bool *is_claimed; /* parallel to the listing */
    struct survey survey;
    struct arena *scratch; /* until the load ends */
    struct buf *text;      /* of the file read last */
};

struct layout {
    const char *name;  /* "native", "golang-migrate", "dbmate", "goose", "flyway", "diesel", "sqitch",
                          "sql-migrate",  "node-pg-migrate", "popx", "authelia", "whole-name" */
    const char *title; /* for status: "golang-migrate (NNN_name.up.sql / .down.sql)" */
    /* How sure we are that the directory is of this kind: 0 no, 100 certain (a plan file, a marker line). The
     * highest wins, the first of equals. */
    int (*detect)(const struct survey *survey);
    enum status (*load)(struct loader *loader, struct err *err);
    /* Findings in one file's text; called by migrations_hash. May be NULL. */
    void (*scan)(struct migrations *migrations, const char *file, struct span text);
    /* The name that an unclaimed file was probably meant to have, or NULL. Arena. */
    const char *(*suggest)(struct arena *arena, const char *base);
    /* What it means when a file that looks like a migration is claimed by nobody: ERROR where the tool itself
     * would have run it, WARNING where the tool passes it over, too. */
    enum finding_severity unclaimed;         /* .sql */
    enum finding_severity unclaimed_program; /* .go, .js, .java, ... */
};

/* NULL-ended, in the order of detection. */
extern const struct layout *const layouts[];
const struct layout *layout_find(const char *name);

extern const struct layout layout_native, layout_golang_migrate, layout_whole_name, layout_authelia,
    layout_popx;
extern const struct layout layout_goose, layout_dbmate, layout_sql_migrate, layout_node_pg_migrate;
extern const struct layout layout_flyway, layout_diesel, layout_sqitch;

/* -- for the loaders
 * ------------------------------------------------------------------------------------------------ */

/* Appends, with strings copied to the set's arena. */
struct migration *
migrations_add(struct migrations *migrations, const char *id, const char *version, const char *name);
void migrations_note(struct migrations *migrations, enum finding_severity severity, const char *rule,
                     const char *file, size_t line, const char *fmt, ...) PRINTF_LIKE(6, 7);
/* Orders by version as dotted numbers, then by whole id. */
void migrations_sort(struct migrations *migrations);
/* Orders by the bytes of the version, then of the whole id. */
void migrations_sort_by_text(struct migrations *migrations);
/* Orders by the bytes of the whole id. */
void migrations_sort_by_id(struct migrations *migrations);

/* The path that opens `file`. Arena. */
char *migrations_path(const struct migrations *migrations, const char *file, struct arena *arena);

/* directives_parse with the line at fault, from 1. */
enum status directives_scan(struct span text, struct arena *arena, struct directives *out, size_t *line,
                            struct err *err) MUST_USE;

/* A whole file as one part. `why` static or in the set's arena. */
void part_set_file(struct migrations *migrations, struct part *part, const char *file, const char *why);

/* Reads a file of the directory into loader->text; on failure notes a finding and returns false. */
bool loader_read(struct loader *loader, const char *file, struct span *out);
/* Lists a sub-folder with names as in part.file (scratch); what cannot be listed is a finding, and an empty
 * list. */
struct io_listing loader_list(struct loader *loader, const char *folder);
/* Puts the files of all sub-folders into the listing. Linked folders are not followed, which is a finding. */
void loader_descend(struct loader *loader);
/* Notes what of the listing nobody claimed: .sql files with the nearest name, and programs that look like
 * migrations. */
void loader_note_unclaimed(struct loader *loader);
/* As above, for one file. */
void loader_note_stray(struct loader *loader, const char *file);

/* The last component of a path. */
const char *base_name(const char *path);
/* Cuts a leading run of digits off `rest`; empty when there is none. */
struct span span_cut_digits(struct span *rest);
/* Cuts `suffix` off the end. */
bool span_cut_suffix(struct span *span, const char *suffix);
/* Digits by value, of any length. */
int digits_compare(struct span a, struct span b);
/* "mysql", "sqlite3", "cockroach", ...: a word that names some engine. */
bool is_dialect(struct span word);

#endif
