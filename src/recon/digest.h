/* One side of a comparison as a file of a few MiB: totals, sums of buckets, and a sketch of each table, so
 * that two databases are compared with no connection between them. It holds no values, and with a salt no
 * hash that could be guessed at. docs/digest-format.md specifies it byte by byte. */
#ifndef RECON_DIGEST_H
#define RECON_DIGEST_H

#include "recon/compare.h"
#include "recon/rows.h"
#include "recon/sketch.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    DIGEST_VERSION = 1,
    DIGEST_LEN_MAX = 8 << 20, /* of the file, whatever the tables */
    DIGEST_SKETCH_BITS = 14,  /* 39,321 differing rows of one large table */
    DIGEST_BUCKET_BITS = 12,
    DIGEST_TABLES_MAX = 65536,
    DIGEST_COLUMNS_MAX = 4096,
    DIGEST_SALT_MIN = 16 /* bytes of a salt's file */
};

struct digest_column {
    const char *name;
    enum canon_kind kind; /* as which its values were hashed */
};

/* Of the rows whose key's hash begins with the bucket's number. */
struct digest_bucket {
    uint64_t rows;
    struct hash128 sum;
};

struct digest_table {
    const char *name;
    struct digest_column *columns; /* key columns first, each group by canonical name */
    size_t n_columns;
    size_t n_key; /* 0: rows have no key, and equal ones are counted */
    uint64_t rows;
    struct hash128 sum; /* of the rows' hashes */
    unsigned bucket_bits;
    struct digest_bucket *buckets; /* 1 << bucket_bits */
    struct sketch sketch;          /* keys: the low half of the key's hash. bits 0: none */
};

/* Texts and tables: the arena of the call that made it. */
struct digest {
    int64_t created_us;
    const char *engine;
    const char *version; /* of the server */
    bool is_salted;
    uint64_t salt_mark;         /* tells one salt from another, and nothing else */
    struct digest_table *items; /* tables, by name */
    size_t n;
    size_t cap;
};

/* -- the salt: 64 bytes, made of a file's contents; USAGE when it is shorter than DIGEST_SALT_MIN */
enum status
digest_salt_read(const char *path, struct arena *arena, struct span *out, struct err *err) MUST_USE;
uint64_t digest_salt_mark(struct span salt);

/* -- making one */
struct digest_options {
    struct compare_names tables; /* none: all, or those of `like` */
    struct span salt;            /* empty: none */
    const struct digest *like;   /* NULL: none. Else the same columns are read as values of the same kinds, so
                                    that the   two can be compared */
};

/* Reads every row once, in the open transaction where there is one. The sketches shrink until everything fits
 * DIGEST_LEN_MAX; memory is flat. USAGE when a table is not there, cannot be read like the other, or when
 * there are too many. */
enum status digest_take(const struct compare_end *end, const struct digest_options *options,
                        struct arena *arena, struct digest *out, struct err *err) MUST_USE;

/* The columns of a digest's table in a live one, as values of the same kinds. USAGE when that cannot be. */
enum status digest_plan(const struct rows_source *source, const struct digest_table *like,
                        struct arena *arena, struct rows_plan *out, struct err *err) MUST_USE;
/* The rows of a table of that name; USAGE when there is none. */
enum status digest_source(const struct compare_end *end, const char *table, struct arena *arena,
                          struct rows_source *out, struct err *err) MUST_USE;

/* NULL when there is none of that name, or several that it could mean: spelled the same, or but for case,
 * underscores and schema. */
const struct digest_table *digest_find(const struct digest *digest, const char *name);

/* -- two of them */
struct digest_side {
    const struct digest *digest;
    const struct compare_end *live; /* NULL: there is only the file */
};

struct digest_compare_options {
    struct compare_names tables; /* none: all */
    uint64_t limit;              /* of keys told a table; 0: COMPARE_LIMIT */
    struct span salt;            /* of live sides */
};

/* Fills the result of a comparison. A key is told as "hash:" and 16 digits, or by its columns where a live
 * side has it. USAGE when the two were not made alike. */
enum status digest_compare(const struct digest_side sides[2], const struct digest_compare_options *options,
                           struct arena *arena, struct compare_result *out, struct err *err) MUST_USE;

/* -- the file */
void digest_write(const struct digest *digest, struct buf *out);
/* CORRUPT when a bit is not as it was written, or what it says does not add up. */
enum status digest_read(struct span bytes, struct arena *arena, struct digest *out, struct err *err) MUST_USE;
enum status digest_load(const char *path, struct arena *arena, struct digest *out, struct err *err) MUST_USE;
/* A file that begins like one, or is called like one: NAME.digest. */
bool digest_is_file(const char *path);

#endif
