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

/* Within the caller's transaction; when that is rolled back, set chain->is_read to false. */
enum status record_append(struct conn *conn, struct record_chain *chain, const char *op, const char *kind,
                          const char *body, struct err *err) MUST_USE;

/* Calls `take` for each record in order, of one operation or (op NULL) of all; its strings live until it
 * returns. */
enum status
record_each(struct conn *conn, const char *op, void (*take)(void *context, const struct record *record),
            void *context, struct err *err) MUST_USE;

struct record_verdict {
    bool ok;
    int64_t n;
    int64_t first_bad; /* seq of the first record that is altered, missing or inserted; 0: none */
    char head[SHA256_HEX_LEN + 1];
};

/* Walks the whole chain. What it cannot show by itself is a chain cut off at its end: compare `head` and `n`
 * with what was noted elsewhere. */
enum status record_verify(struct conn *conn, struct record_verdict *out, struct err *err) MUST_USE;

#endif
