#include "base/vec.h"
#include "harness.h"

#include <string.h>

TEST(arena, memory_is_zeroed_and_aligned_for_any_type)
{
    ARENA_SCOPED arena = {0};
    for (size_t len = 0; len < 5000; len += 37) {
        unsigned char *ptr = arena_alloc(&arena, len);
        CHECK_INT((uintptr_t)ptr % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < len; i++) {
            if (!CHECK(ptr[i] == 0)) {
                return;
            }
        }
        memset(ptr, 0xFF, len);
    }
}

TEST(arena, memory_is_zeroed_again_after_restore)
{
    ARENA_SCOPED arena = {0};
    (void)arena_alloc(&arena, 8);
    struct arena_mark mark = arena_save(&arena);
    memset(arena_alloc(&arena, 100), 0xFF, 100);
    arena_restore(&arena, mark);
    const unsigned char *again = arena_alloc(&arena, 100);
    CHECK_INT(again[0] | again[99], 0);
}

TEST(arena, restore_frees_later_blocks_and_keeps_earlier_ones)
{
    ARENA_SCOPED arena = {0};
    char *kept = arena_strdup(&arena, "kept");
    struct arena_mark mark = arena_save(&arena);
    struct arena_block *head = arena.head;
    size_t used = arena.used;
    for (unsigned i = 0; i < 1000; i++) {
        (void)arena_alloc(&arena, 5000);
    }
    CHECK(arena.used >= 5000000);
    arena_restore(&arena, mark);
    CHECK(arena.head == head);
    CHECK_INT(arena.used, used);
    CHECK_STR(kept, "kept");
}

TEST(arena, restore_to_an_empty_mark_frees_everything)
{
    ARENA_SCOPED arena = {0};
    struct arena_mark mark = arena_save(&arena);
    (void)arena_alloc(&arena, 10);
    arena_restore(&arena, mark);
    CHECK(arena.head == NULL);
    CHECK_INT(arena.used, 0);
}

TEST(arena, one_allocation_may_be_larger_than_any_block)
{
    ARENA_SCOPED arena = {0};
    char *big = arena_alloc(&arena, (size_t)5 << 20);
    big[((size_t)5 << 20) - 1] = 'x';
    CHECK(big[0] == 0);
}

TEST(arena, printf_and_copies_end_in_nul)
{
    ARENA_SCOPED arena = {0};
    CHECK_STR(arena_printf(&arena, "%s-%d", "a", 7), "a-7");
    CHECK_STR(arena_strndup(&arena, "abcdef", 3), "abc");
    CHECK_STR(arena_strndup(&arena, NULL, 0), "");
}

TEST(vec, keeps_order_while_it_grows)
{
    VEC(int) numbers = {0};
    for (int i = 0; i < 1000; i++) {
        vec_push(test_arena(), &numbers, i);
    }
    CHECK_INT(numbers.n, 1000);
    for (int i = 0; i < 1000; i++) {
        if (!CHECK_INT(numbers.items[i], i)) {
            return;
        }
    }
}
