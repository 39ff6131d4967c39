#include "recon/key_pool.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_LEN = 16 << 10, BLOCK_KEYS = BLOCK_LEN / 16 - 1 };

struct key_block {
    union {
        struct key_block *next; /* in memory */
        uint64_t before;        /* in the file: 1 + number of the block before; 0: none */
    };
    uint64_t n;
    struct hash128 keys[BLOCK_KEYS];
};

_Static_assert(sizeof(struct key_block) == BLOCK_LEN, "blocks lie in the file one after another");

void
key_pool_init(struct key_pool *pool, const char *folder, size_t memory)
{
    memset(pool, 0, sizeof(*pool));
    pool->folder = folder;
    pool->memory = memory;
    pool->fd = -1;
}

void
key_pool_release(struct key_pool *pool)
{
    arena_release(&pool->arena);
    if (pool->fd >= 0) {
        (void)close(pool->fd);
        pool->fd = -1;
    }
}

/* -- the file
 * ----------------------------------------------------------------------------------------------------- */

static enum status
raise_io(const struct key_pool *pool, const char *what, struct err *err)
{
    (void)err_raise(err, STATUS_IO, "keys that wait to be matched cannot be %s in '%s': %s", what,
                    pool->folder, errno == 0 ? "the file is too short" : strerror(errno));
    return err_hint(err, "set TMPDIR to a folder with room for them");
}

static enum status
open_file(struct key_pool *pool, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    char *name = arena_printf(&scratch, "%s/rollcall-XXXXXX", pool->folder);
    pool->fd = mkstemp(name); /* mode 0600 */
    if (pool->fd < 0) {
        return raise_io(pool, "stored", err);
    }
    (void)fcntl(pool->fd, F_SETFD, FD_CLOEXEC);
    (void)unlink(name);
    return STATUS_OK;
}

static enum status
store(struct key_pool *pool, struct key_partition *partition, struct err *err)
{
    struct key_block *block = partition->filling;
    size_t at = 0;
    if (pool->fd < 0) {
        TRY(open_file(pool, err));
    }
    block->before = partition->stored;
    while (at < BLOCK_LEN) {
        errno = 0;
        ssize_t len = pwrite(pool->fd, (const char *)block + at, BLOCK_LEN - at,
                             (off_t)(pool->n_stored * BLOCK_LEN + at));
        if (len <= 0 && errno != EINTR) {
            return raise_io(pool, "stored", err);
        }
        at += len > 0 ? (size_t)len : 0;
    }
    partition->stored = ++pool->n_stored;
    block->n = 0;
    return STATUS_OK;
}

static enum status
fetch(const struct key_pool *pool, uint64_t number, struct key_block *out, struct err *err)
{
    size_t at = 0;
    while (at < BLOCK_LEN) {
        errno = 0;
        ssize_t len =
            pread(pool->fd, (char *)out + at, BLOCK_LEN - at, (off_t)((number - 1) * BLOCK_LEN + at));
        if (len <= 0 && errno != EINTR) {
            return raise_io(pool, "read", err);
        }
        at += len > 0 ? (size_t)len : 0;
    }
    return STATUS_OK;
}

/* -- in
 * -----------------------------------------------------------------------------------------------------------
 */

static enum status
next_block(struct key_pool *pool, struct key_partition *partition, struct err *err)
{
    if (partition->filling != NULL && pool->used >= pool->memory) {
        return store(pool, partition, err);
    }
    if (partition->filling != NULL) {
        partition->filling->next = partition->first;
        partition->first = partition->filling;
        pool->used += BLOCK_LEN;
    }
    partition->filling = arena_alloc(&pool->arena, BLOCK_LEN);
    return STATUS_OK;
}

enum status
key_pool_add(struct key_pool *pool, struct hash128 key, struct err *err)
{
    struct key_partition *partition = &pool->partitions[key.high >> 56];
    if (partition->filling == NULL || partition->filling->n == BLOCK_KEYS) {
        TRY(next_block(pool, partition, err));
    }
    partition->filling->keys[partition->filling->n++] = key;
    partition->n++;
    pool->n++;
    return STATUS_OK;
}

/* -- out
 * ----------------------------------------------------------------------------------------------------------
 */

/* Open addressing, half full at most. A slot is free when it is all zero; the key that is all zero has a
 * place of its own. */
struct key_set {
    struct buf slots;
    size_t mask;
    bool has_zero;
};

/* Partitions of more keys are joined in parts. */
enum { SET_KEYS_MAX = 1 << 19 };

struct join {
    struct key_set set;
    struct key_block *block; /* what comes from a file */
    uint64_t part;           /* of this round */
    uint64_t parts;
    void (*lacking)(void *state, struct hash128 key);
    void *state;
};

static struct hash128 *
slot_of(const struct key_set *set, struct hash128 key)
{
    struct hash128 *slots = (struct hash128 *)(void *)set->slots.data;
    size_t at = (size_t)key.low & set->mask;
    while ((slots[at].low != 0 || slots[at].high != 0) && !hash128_eq(slots[at], key)) {
        at = (at + 1) & set->mask;
    }
    return &slots[at];
}

static bool
is_zero(struct hash128 key)
{
    return key.low == 0 && key.high == 0;
}

static void
set_begin(struct key_set *set, uint64_t n)
{
    size_t cap = 64;
    while (cap < 2 * n) {
        cap *= 2;
    }
    buf_reset(&set->slots);
    (void)memset(buf_room(&set->slots, cap * sizeof(struct hash128)), 0, cap * sizeof(struct hash128));
    set->mask = cap - 1;
    set->has_zero = false;
}

static void
take_in(struct join *join, struct hash128 key)
{
    if (is_zero(key)) {
        join->set.has_zero = true;
    } else {
        *slot_of(&join->set, key) = key;
    }
}

static void
look_up(struct join *join, struct hash128 key)
{
    bool is_there = is_zero(key) ? join->set.has_zero : !is_zero(*slot_of(&join->set, key));
    if (!is_there) {
        join->lacking(join->state, key);
    }
}

static void
pass_block(struct join *join, const struct key_block *block,
           void (*take)(struct join *join, struct hash128 key))
{
    for (size_t i = 0; i < block->n; i++) {
        if (join->parts == 1 || (block->keys[i].high >> 16) % join->parts == join->part) {
            take(join, block->keys[i]);
        }
    }
}

static enum status
pass_partition(struct join *join, const struct key_pool *pool, const struct key_partition *partition,
               void (*take)(struct join *join, struct hash128 key), struct err *err)
{
    if (partition->filling != NULL) {
        pass_block(join, partition->filling, take);
    }
    for (const struct key_block *block = partition->first; block != NULL; block = block->next) {
        pass_block(join, block, take);
    }
    for (uint64_t number = partition->stored; number != 0; number = join->block->before) {
        TRY(fetch(pool, number, join->block, err));
        pass_block(join, join->block, take);
    }
    return STATUS_OK;
}

static enum status
join_partitions(struct join *join, struct key_pool *left, struct key_pool *right, struct err *err)
{
    for (size_t i = 0; i < KEY_POOL_PARTITIONS; i++) {
        join->parts = right->partitions[i].n / SET_KEYS_MAX + 1;
        for (join->part = 0; join->part < join->parts && left->partitions[i].n > 0; join->part++) {
            set_begin(&join->set, right->partitions[i].n / join->parts * 5 / 4);
            TRY(pass_partition(join, right, &right->partitions[i], take_in, err));
            TRY(pass_partition(join, left, &left->partitions[i], look_up, err));
        }
    }
    return STATUS_OK;
}

enum status
key_pool_lacking(struct key_pool *left, struct key_pool *right,
                 void (*lacking)(void *state, struct hash128 key), void *state, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct join join = {.set = {.slots = BUF_INIT(BUF_SQL_MAX)},
                        .block = arena_alloc(&scratch, BLOCK_LEN),
                        .lacking = lacking,
                        .state = state};
    enum status status = join_partitions(&join, left, right, err);
    buf_release(&join.set.slots);
    return status;
}
