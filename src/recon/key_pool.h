/* Hashes of keys, kept by their first bits until one partition after another is looked at: two pools of one
 * shape are joined with the memory of one partition, however many keys there are (Kitsuregawa, Tanaka and
 * Moto-oka, "Application of Hash to Data Base Machine and Its Architecture", 1983). What does not fit goes to
 * a file without a name. */
#ifndef RECON_KEY_POOL_H
#define RECON_KEY_POOL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>

enum { KEY_POOL_PARTITIONS = 256, KEY_POOL_MEMORY = 24 << 20 };

struct key_block;

struct key_partition {
    struct key_block *first;   /* in memory, newest first; the newest is being filled */
    struct key_block *filling; /* NULL before the first key */
    uint64_t stored; /* 1 + number of the last block in the file; 0: none. Each knows the one before */
    uint64_t n;
};

struct key_pool {
    struct arena arena;
    const char *folder; /* borrowed; of the file */
    size_t memory;      /* bytes of full blocks that stay in memory */
    size_t used;
    int fd; /* -1: none yet */
    uint64_t n_stored;
    uint64_t n;
    struct key_partition partitions[KEY_POOL_PARTITIONS];
};

void key_pool_init(struct key_pool *pool, const char *folder, size_t memory);
void key_pool_release(struct key_pool *pool);

enum status key_pool_add(struct key_pool *pool, struct hash128 key, struct err *err) MUST_USE;

/* Passes the keys of `left` that `right` lacks, as often as they are there, to `lacking`. Memory: one
 * partition of `right`, or a part of one when it is large. */
enum status
key_pool_lacking(struct key_pool *left, struct key_pool *right,
                 void (*lacking)(void *state, struct hash128 key), void *state, struct err *err) MUST_USE;

#endif
