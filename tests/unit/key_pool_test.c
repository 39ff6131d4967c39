#include "recon/key_pool.h"

#include "base/str.h"
#include "harness.h"

static struct hash128
key_of(uint64_t number)
{
    return hash128((struct span){(const char *)&number, sizeof(number)});
}

struct tally {
    uint64_t n;
    struct hash128 sum;
};

static void
count(void *state, struct hash128 key)
{
    struct tally *tally = state;
    tally->n++;
    tally->sum = hash128_add(tally->sum, key);
}

static struct key_pool *
new_pool(size_t memory)
{
    struct key_pool *pool = arena_new(test_arena(), struct key_pool);
    key_pool_init(pool, test_dir(), memory);
    return pool;
}

static void
fill(struct key_pool *pool, uint64_t from, uint64_t to)
{
    struct err err = {0};
    for (uint64_t i = from; i < to; i++) {
        CHECK_OK(key_pool_add(pool, key_of(i), &err));
    }
}

static void
check_lacking(size_t memory)
{
    struct err err = {0};
    struct key_pool *left = new_pool(memory);
    struct key_pool *right = new_pool(memory);
    struct tally got = {0};
    struct tally want = {0};
    fill(left, 0, 600000);
    fill(left, 0, 1000); /* once more */
    fill(right, 500, 590000);
    CHECK_OK(key_pool_add(left, (struct hash128){0, 0}, &err));
    CHECK((left->fd >= 0) == (memory < 9000000));
    for (uint64_t i = 0; i < 600000; i++) {
        if (i < 500 || i >= 590000) {
            count(&want, key_of(i));
            if (i < 500) {
                count(&want, key_of(i));
            }
        }
    }
    count(&want, (struct hash128){0, 0});
    CHECK_OK(key_pool_lacking(left, right, count, &got, &err));
    CHECK_INT(got.n, want.n);
    CHECK(hash128_eq(got.sum, want.sum));
    got = (struct tally){0};
    CHECK_OK(key_pool_add(right, (struct hash128){0, 0}, &err));
    CHECK_OK(key_pool_lacking(left, right, count, &got, &err));
    CHECK_INT(got.n, want.n - 1);
    key_pool_release(left);
    key_pool_release(right);
}

TEST(key_pool, tells_the_keys_that_the_other_lacks_as_often_as_they_are_there)
{
    check_lacking(1 << 30);
}

TEST(key_pool, tells_the_same_when_nothing_stays_in_memory)
{
    check_lacking(0);
    check_lacking(1 << 20);
}

/* Keys of one partition only: more than one round takes. */
TEST(key_pool, joins_a_large_partition_in_parts)
{
    enum { N = 1200000 };
    struct err err = {0};
    struct key_pool *left = new_pool(1 << 20);
    struct key_pool *right = new_pool(1 << 20);
    struct tally got = {0};
    for (uint64_t i = 0; i < N; i++) {
        struct hash128 key = key_of(i);
        key.high = (key.high & (UINT64_MAX >> 8)) | UINT64_C(7) << 56;
        CHECK_OK(key_pool_add(i % 100 == 0 ? left : right, key, &err));
        if (i % 100 == 50) {
            CHECK_OK(key_pool_add(left, key, &err));
        }
    }
    CHECK_OK(key_pool_lacking(left, right, count, &got, &err));
    CHECK_INT(got.n, N / 100);
    key_pool_release(left);
    key_pool_release(right);
}

TEST(key_pool, says_where_it_cannot_store)
{
    struct err err = {0};
    struct key_pool pool;
    enum status status = STATUS_OK;
    key_pool_init(&pool, "/nonexistent", 0);
    for (uint64_t i = 0; i < 2000000 && status == STATUS_OK; i++) {
        status = key_pool_add(&pool, key_of(i), &err);
    }
    CHECK(status == STATUS_IO);
    key_pool_release(&pool);
}
