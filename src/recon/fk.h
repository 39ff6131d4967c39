/* Do rows refer to rows that are there? Foreign keys that a database declares, which are no proof (NOT VALID,
 * checks switched off while rows were loaded, SQLite's default), and virtual ones across tables, databases
 * and engines. */
#ifndef RECON_FK_H
#define RECON_FK_H

#include "driver/conn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One end of a key: some columns of a table. */
struct fk_end {
    const char *service; /* for people; "" when there is only one */
    struct conn *conn;   /* borrowed; in a transaction that reads, and this module's while a check runs */
    const char *table;   /* qualified */
    const char **columns;
    bool is_partitioned;
    bool is_missing; /* there is no such table: every reference to it is an orphan */
};

struct fk {
    const char *name;
    struct fk_end child;
    struct fk_end parent;
    size_t n_columns;
    const char **equals; /* how the server compares each pair of columns; NULL: all by "=" */
    bool is_virtual;
    bool is_inside;     /* one server can compare the two ends */
    bool is_match_full; /* a key that is NULL in part refers to nothing; else it is not looked at */
    bool is_validated;  /* the server says that it holds for all rows; false for virtual ones */
};

struct fk_list {
    struct fk *items;
    size_t n;
    size_t cap;
};

/* A key that rows have and no parent. */
struct fk_sample {
    const struct value *key; /* its columns; NULL unless values were asked for */
    int64_t rows;            /* that have it */
};

struct fk_result {
    const struct fk *fk;
    int64_t checked; /* rows whose key is not NULL */
    int64_t orphans; /* rows among them whose parent is not there */
    struct fk_sample *sample;
    size_t n_sample;
    bool is_streamed;   /* compared as canonical values, not as a server compares them */
    const char **notes; /* rules by which values of different kinds were taken for the same; static texts */
    size_t n_notes;
};

struct fk_options {
    bool show_values;
    size_t sample; /* keys at most */
};

/* The foreign keys that the tables of `conn` declare, those of `tables` only when that is not empty; USAGE
 * when one of them does not exist. */
enum status fk_declared(struct conn *conn, const char *service, const char *const *tables, size_t n_tables,
                        struct arena *arena, struct fk_list *out, struct err *err) MUST_USE;

/* Both ends are within one database (and one connection): an anti-join there. The values are compared as that
 * server compares them. */
enum status fk_check_inside(const struct fk *fk, const struct fk_options *options, struct arena *arena,
                            struct fk_result *out, struct err *err) MUST_USE;

/* The ends may lie in different databases and engines: both are read once (in parallel when they have
 * connections of their own) and compared as canonical values, in flat memory. */
enum status fk_check_streams(const struct fk *fk, const struct fk_options *options, struct arena *arena,
                             struct fk_result *out, struct err *err) MUST_USE;

/* Inside when a server can do it, else by streams. */
enum status fk_check(const struct fk *fk, const struct fk_options *options, struct arena *arena,
                     struct fk_result *out, struct err *err) MUST_USE;

/* The same for some keys only, after a change: `keys` holds n of them, all different, one after another,
 * n_columns values each. They are keys that children were given as well as keys that parents lost: a row that
 * has one of them and no parent is an orphan. Cost grows with `n` where the child's columns are indexed. */
enum status
fk_check_keys(const struct fk *fk, const struct value *keys, size_t n, const struct fk_options *options,
              struct arena *arena, struct fk_result *out, struct err *err) MUST_USE;

/* -- virtual keys: text that a person wrote, "orders.public.line(sku, lot)" */
struct fk_place {
    const char *service; /* "" when the text names none of the services */
    const char *table;
    const char **columns;
    size_t n;
};

/* `services`: names that may stand before the table's; NULL-ended. USAGE when it is no table with columns. */
enum status fk_place_parse(const char *text, const char *const *services, struct arena *arena,
                           struct fk_place *out, struct err *err) MUST_USE;
/* Looks the tables and columns up; USAGE when one is not there. */
enum status fk_virtual(const char *name, const struct fk_place *child, struct conn *child_conn,
                       const struct fk_place *parent, struct conn *parent_conn, struct arena *arena,
                       struct fk *out, struct err *err) MUST_USE;

/* "public.orders(customer_id)", with the service before it when it has a name. */
const char *fk_end_text(const struct fk *fk, const struct fk_end *end, struct arena *arena);

#endif
