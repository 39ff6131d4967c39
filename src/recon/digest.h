/* One side of a comparison as a file of a few MiB: totals, sums of buckets, and a sketch of each table, so
 * that two databases are compared with no connection between them. It holds no values, and with a salt no
 * hash that could be guessed at. docs/digest-format.md specifies it byte by byte. */
#ifndef RECON_DIGEST_H
#define RECON_DIGEST_H

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

/* -- making one. The sketches grow and shrink so that everything fits the file. */
struct digest_builder {
    struct digest *digest;
    struct arena *arena; /* of the digest */
    struct span salt;    /* empty: none */
    unsigned bits_max;   /* of a sketch that is kept */
};

/* `n_tables`: how many will come, about. */
void digest_begin(struct digest_builder *builder, struct digest *digest, size_t n_tables, struct span salt,
                  struct arena *arena);
/* Reads the rows once. `like`, which may be NULL, is a table of another digest: the same columns are read as
 * values of the same kinds, so that the two can be compared; USAGE when that cannot be. */
enum status digest_add(struct digest_builder *builder, const struct rows_source *source,
                       const struct digest_table *like, struct err *err) MUST_USE;
/* Sorts the tables and cuts everything down to the greatest length. USAGE when there are too many of them. */
enum status digest_end(struct digest_builder *builder, struct err *err) MUST_USE;

/* NULL when there is none of that name, or several that it could mean: spelled the same, or but for case,
 * underscores and schema. */
const struct digest_table *digest_find(const struct digest *digest, const char *name);

/* -- the file */
void digest_write(const struct digest *digest, struct buf *out);
/* CORRUPT when a bit is not as it was written, or what it says does not add up. */
enum status digest_read(struct span bytes, struct arena *arena, struct digest *out, struct err *err) MUST_USE;
enum status digest_load(const char *path, struct arena *arena, struct digest *out, struct err *err) MUST_USE;
/* It begins like one. */
bool digest_is_file(const char *path);

#endif
