/* checks/ *.sql: what has to hold between tables and services, as SQL that also runs by hand.
 *
 * A file is SQL with comment lines "-- rollcall: key=value key="value with blanks"". `check=` begins a check,
 * `side=` one of its two queries; what follows, up to the next of these, is that query.
 *
 *     -- rollcall: check=match key=order_id truth=left tolerance.amount=0.01 late=updated_at grace=5m
 *     -- rollcall: side=left service=orders
 *     select id as order_id, amount, updated_at from orders where state = 'paid';
 *     -- rollcall: side=right service=payments table=payment
 *     select order_id, amount, paid_at as updated_at from payment;
 */
#ifndef RECON_CHECK_FILE_H
#define RECON_CHECK_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

enum check_kind {
    CHECK_MATCH,     /* two queries, row by row */
    CHECK_INVARIANT, /* a query without rows, columns that agree, or two queries whose sums agree */
    CHECK_REPLAY     /* a match of folded events with the state they led to */
};

const char *check_kind_name(enum check_kind kind);

/* What makes two cells of one column the same although they differ. */
struct column_rule {
    const char *column;
    const char *absolute; /* greatest difference as a decimal number; NULL: none */
    const char *relative; /* of the greater of the two, as a fraction in decimal; NULL: none */
    uint64_t time_us;     /* of two times */
    bool ignores_case;    /* ASCII */
    bool trims;           /* blanks at both ends do not count */
    bool empty_is_null;
};

struct column_name {
    const char *column; /* of the query */
    const char *name;   /* of the table */
};

struct check_side {
    const char *service; /* "": the only one there is */
    struct span sql;     /* one statement without its terminator; empty: this side is not there */
    size_t line;         /* of its first character in the file */
    const char *table;   /* that a repair writes; NULL: none */
    VEC(struct column_name) columns;
};

struct name_span {
    const char **items;
    size_t n;
};

/* Strings: arena. */
struct check {
    const char *name;
    const char *about; /* what it means to whoever reads a finding; "" */
    const char *file;
    const char *sha256; /* of the file: which rules were applied; "" when it is no file */
    size_t line;        /* of `check=` */
    enum check_kind kind;
    struct name_span key;
    struct name_span compare; /* none: every column that is not in the key */
    struct name_span agree;   /* columns of each row whose numbers have to be equal */
    VEC(struct column_rule) rules;
    const char *late;  /* column with the time of a row's last change; NULL: none */
    uint64_t grace_us; /* younger rows that do not fit are late, no findings */
    int truth;         /* side that is right, for repairs: 0 or 1; -1: nobody said */
    struct check_side sides[2];
    size_t n_sides; /* 1 or 2 */
};

struct check_list {
    struct check *items;
    size_t n;
    size_t cap;
};

/* "left" and "right", or "events" and "state". */
const char *check_side_name(const struct check *check, size_t side);

/* The rule for a column, or NULL. */
const struct column_rule *check_rule(const struct check *check, const char *column);

/* Appends the checks of one text. USAGE with "file:line:column: what is wrong" and a hint that mends it. */
enum status check_file_parse(struct span text, const char *file, struct arena *arena, struct check_list *out,
                             struct err *err) MUST_USE;

/* Every *.sql file of a folder, by name; a check's name is the file's unless it says another, and there are
 * no two of one name. USAGE when there is no such folder. */
enum status
check_folder_read(const char *folder, struct arena *arena, struct check_list *out, struct err *err) MUST_USE;

#endif
