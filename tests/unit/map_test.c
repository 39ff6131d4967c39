#include "base/clock.h"
#include "base/map.h"
#include "harness.h"

#include <inttypes.h>

static struct span
key_of(struct arena *arena, uint64_t number)
{
    return span_of(arena_printf(arena, "key %" PRIu64, number));
}

TEST(map, put_get_remove)
{
    struct map map;
    int one = 1;
    int two = 2;
    map_init(&map, test_arena());
    CHECK(map_get(&map, SPAN("a")) == NULL);
    CHECK(map_remove(&map, SPAN("a")) == NULL);
    CHECK(map_put(&map, SPAN("a"), &one) == NULL);
    CHECK(map_put(&map, SPAN("a"), &two) == &one);
    CHECK(map_get(&map, SPAN("a")) == &two);
    CHECK_INT(map.n, 1);
    CHECK(map_remove(&map, SPAN("a")) == &two);
    CHECK(map_get(&map, SPAN("a")) == NULL);
    CHECK_INT(map.n, 0);
}

TEST(map, keys_are_bytes_and_may_be_empty)
{
    struct map map;
    int a = 0;
    int b = 0;
    map_init(&map, test_arena());
    map_put(&map, SPAN(""), &a);
    map_put(&map, SPAN("\0"), &b);
    CHECK(map_get(&map, span_of(NULL)) == &a);
    CHECK(map_get(&map, SPAN("\0")) == &b);
}

TEST(map, keys_are_copied)
{
    struct map map;
    char key[] = "abc";
    map_init(&map, test_arena());
    map_put(&map, span_of(key), key);
    key[0] = 'x';
    CHECK(map_get(&map, SPAN("abc")) == key);
}

/* Against an array as the model: growth, clusters and holes in any order. */
TEST(map, agrees_with_a_model_over_random_steps)
{
    enum { KEYS = 300, STEPS = 20000 };
    static char values[KEYS];
    char *model[KEYS] = {0};
    struct map map;
    size_t n = 0;
    uint64_t state = test_seed();
    map_init(&map, test_arena());
    for (int step = 0; step < STEPS; step++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t k = (size_t)(state >> 33) % KEYS;
        ARENA_SCOPED scratch = {0};
        struct span key = key_of(&scratch, k);
        if ((state >> 20) % 5 < 2) {
            CHECK(map_remove(&map, key) == model[k]);
            n -= model[k] != NULL;
            model[k] = NULL;
        } else {
            CHECK(map_put(&map, key, &values[k]) == model[k]);
            n += model[k] == NULL;
            model[k] = &values[k];
        }
        CHECK_INT(map.n, n);
    }
    for (size_t k = 0; k < KEYS; k++) {
        CHECK(map_get(&map, key_of(test_arena(), k)) == model[k]);
    }
}

TEST(map, iteration_sees_each_entry_once)
{
    struct map map;
    size_t seen = 0;
    map_init(&map, test_arena());
    for (uint64_t i = 0; i < 100; i++) {
        map_put(&map, key_of(test_arena(), i), &map);
    }
    for (size_t i = 0; i < map.cap; i++) {
        seen += map.slots[i].key.ptr != NULL;
    }
    CHECK_INT(seen, 100);
}
