/* Append-only records of what was done, each carrying the hash of the one before. */
#ifndef JOURNAL_RECORD_H
#define JOURNAL_RECORD_H

#include "driver/conn.h"

#include <stdint.h>

/* Where the chain ends: kept by a run, so that it need not be read before each record. */
struct record_chain {
    bool is_read;
    int64_t seq; /* of the last record */
    char head[SHA256_HEX_LEN + 1];
    bool has_grown; /* since the run began */
};

struct record {
    int64_t seq; /* from 1, without gaps */
    const char *previous;
    const char *hash; /* SHA-256 over previous, seq, at_us, op, kind and body, each followed by LF */
    int64_t at_us;
    const char *op;
    const char *kind;
    const char *body; /* JSON, without row values */
};

/* A body: {"key":"value",...} from pairs of strings, ended by a NULL key. Arena. */
const char *record_body(struct arena *arena, ...) __attribute__((sentinel));
/* The same where some values are numbers; an item without a key, or with neither text nor number, is left
 * out. */
struct record_item {
    const char *key;
    const char *text; /* NULL: the number counts */
    int64_t number;
    bool is_number;
};
#define RECORD_TEXT(key, text)     ((struct record_item){(key), (text), 0, false})
#define RECORD_NUMBER(key, number) ((struct record_item){(key), NULL, (number), true})
const char *record_object(struct arena *arena, const struct record_item *items, size_t n);

/* Within the caller's transaction; when that is rolled back, set chain->is_read to false. With everything but
 * the steps of an operation, whose end follows, the checkpoint in the database moves on. */
enum status record_append(struct conn *conn, struct record_chain *chain, const char *op, const char *kind,
                          const char *body, struct err *err) MUST_USE;

/* Calls `take` for each record in order, of one operation or (op NULL) of all; its strings live until it
 * returns. */
enum status
record_each(struct conn *conn, const char *op, void (*take)(void *context, const struct record *record),
            void *context, struct err *err) MUST_USE;

/* Where the chain stood once: that record had that hash. */
struct record_mark {
    int64_t seq;
    char head[SHA256_HEX_LEN + 1];
    const char *noted; /* where and when, in words; arena */
};

struct record_marks {
    struct record_mark *items;
    size_t n;
    size_t cap;
};

/* The checkpoint in the database; `*found` false when there is none. */
enum status
record_checkpoint(struct conn *conn, struct record_mark *out, bool *found, struct err *err) MUST_USE;
/* As the chain ends now, from the database: seq 0 for an empty one. `genesis`: hash of the first record, ""
 * for none. */
enum status record_end(struct conn *conn, struct record_mark *out, char genesis[SHA256_HEX_LEN + 1],
                       struct err *err) MUST_USE;

/* Whether it is the next one after the record with that number and hash (0, "" before the first), and is
 * unaltered. */
bool record_follows(const struct record *record, int64_t previous_seq, const char *previous_hash);

struct record_verdict {
    bool ok;
    int64_t n;
    int64_t first_bad; /* seq of the first record that is altered, missing or inserted; 0: none */
    char head[SHA256_HEX_LEN + 1];
    char why[200];       /* what is wrong with it; "" when nothing is */
    bool has_checkpoint; /* in the database */
    size_t n_marks;      /* noted elsewhere, and held against the chain */
};

/* Walks the whole chain, and holds it against the checkpoint in the database and the `marks` noted elsewhere
 * (which are sorted): so a chain that was cut off at its end, or written anew from some record on, shows,
 * too. */
enum status record_verify(struct conn *conn, struct record_marks *marks, struct record_verdict *out,
                          struct err *err) MUST_USE;

#endif
