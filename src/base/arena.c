#include "base/arena.h"

#include "base/err.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif

/* Under the address sanitizer free room is poisoned and each allocation is followed by a few bytes of it, so
 * that overruns inside a block are found too. */
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define POISON(ptr, len)   __asan_poison_memory_region((ptr), (len))
#define UNPOISON(ptr, len) __asan_unpoison_memory_region((ptr), (len))
#define GET_BLOCK(len)     calloc(1, (len)) /* gcc takes poisoning for a read */
enum { GUARD = 16, STRING_ALIGN = 8 };      /* what the sanitizer can tell apart */
#else
#define POISON(ptr, len)   ((void)(ptr), (void)(len))
#define UNPOISON(ptr, len) ((void)(ptr), (void)(len))
#define GET_BLOCK(len)     malloc((len))
enum { GUARD = 0, STRING_ALIGN = 1 };
#endif

enum { ALIGN = _Alignof(max_align_t), BLOCK_MIN = 4096, BLOCK_MAX = 1 << 20 };

struct arena_block {
    struct arena_block *below;
    size_t cap;
    size_t at;
    _Alignas(max_align_t) char data[];
};

/* Poisons what nobody was given. */
static void
poison(struct arena_block *block)
{
    POISON(block->data + block->at, block->cap - block->at);
}

void
arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

static void
free_blocks(struct arena *arena, const struct arena_block *until)
{
    while (arena->head != until) {
        struct arena_block *block = arena->head;
        arena->head = block->below;
        UNPOISON(block->data, block->cap);
        free(block);
    }
}

void
arena_release(struct arena *arena)
{
    free_blocks(arena, NULL);
    arena->used = 0;
}

static NORETURN void
out_of_memory(size_t len)
{
    fprintf(stderr, "rollcall: out of memory: cannot get %zu bytes\n", len);
    _Exit(70);
}

/* Blocks double in size, so that their number stays small, up to a size the allocator returns to the system.
 */
static struct arena_block *
add_block(struct arena *arena, size_t need)
{
    size_t cap = arena->head == NULL ? BLOCK_MIN - sizeof(struct arena_block) : arena->head->cap * 2;
    if (cap > BLOCK_MAX) {
        cap = BLOCK_MAX;
    }
    if (cap < need) {
        cap = need;
    }
    struct arena_block *block = cap > SIZE_MAX / 2 ? NULL : GET_BLOCK(sizeof(*block) + cap);
    if (block == NULL) {
        out_of_memory(need);
    }
    block->below = arena->head;
    block->cap = cap;
    block->at = 0;
    arena->head = block;
    poison(block);
    return block;
}

/* `align` is a power of two. */
static char *
take(struct arena *arena, size_t len, size_t align)
{
    if (len > SIZE_MAX / 4) {
        out_of_memory(len);
    }
    size_t need = len + GUARD == 0 ? 1 : len + GUARD;
    struct arena_block *block = arena->head;
    size_t at = block == NULL ? 0 : (block->at + align - 1) & ~(align - 1);
    if (block == NULL || block->cap < at || block->cap - at < need) {
        block = add_block(arena, (need + ALIGN - 1) & ~(size_t)(ALIGN - 1));
        at = 0;
    }
    char *ptr = block->data + at;
    arena->used += at + need - block->at;
    block->at = at + need;
    UNPOISON(ptr, len);
    return ptr;
}

void *
arena_alloc(struct arena *arena, size_t len)
{
    return memset(take(arena, len, ALIGN), 0, len);
}

void *
arena_array(struct arena *arena, size_t n, size_t len)
{
    if (len != 0 && n > SIZE_MAX / len) {
        out_of_memory(SIZE_MAX);
    }
    return arena_alloc(arena, n * len);
}

char *
arena_strdup(struct arena *arena, const char *str)
{
    return arena_strndup(arena, str, strlen(str));
}

char *
arena_strndup(struct arena *arena, const char *ptr, size_t len)
{
    char *copy = take(arena, len + 1, STRING_ALIGN);
    if (len > 0) {
        memcpy(copy, ptr, len);
    }
    copy[len] = '\0';
    return copy;
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = arena_vprintf(arena, fmt, args);
    va_end(args);
    return text;
}

char *
arena_vprintf(struct arena *arena, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    if (len < 0) {
        bug("a format that cannot be printed: %s", fmt);
    }
    char *text = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

struct arena_mark
arena_save(struct arena *arena)
{
    return (struct arena_mark){arena->head, arena->head == NULL ? 0 : arena->head->at, arena->used};
}

void
arena_restore(struct arena *arena, struct arena_mark mark)
{
    free_blocks(arena, mark.block);
    if (arena->head != NULL) {
        arena->head->at = mark.at;
        poison(arena->head);
    }
    arena->used = mark.used;
}
