/* Region allocator: many small allocations, one release. Out of memory ends the process. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attr.h"

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *head; /* newest block; NULL before the first allocation */
    size_t used;              /* bytes handed out, for statistics */
};

struct arena_mark {
    struct arena_block *block;
    size_t at;
    size_t used;
};

/* All zero is a valid empty arena; init is for re-use of dirty memory. */
void arena_init(struct arena *arena);
void arena_release(struct arena *arena);

/* Zeroed, aligned for any type, never NULL. */
void *arena_alloc(struct arena *arena, size_t len) ALLOC_SIZE(2);
/* n elements of `len` bytes; the product is checked. */
void *arena_array(struct arena *arena, size_t n, size_t len);
#define arena_new(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define arena_new_array(arena, type, n) ((type *)arena_array((arena), (n), sizeof(type)))

char *arena_strdup(struct arena *arena, const char *str);
/* `len` bytes of `ptr` and a closing NUL. */
char *arena_strndup(struct arena *arena, const char *ptr, size_t len);
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list args) PRINTF_LIKE(2, 0);

/* Everything allocated after `save` is freed by `restore`: scratch memory stays flat. */
struct arena_mark arena_save(struct arena *arena);
void arena_restore(struct arena *arena, struct arena_mark mark);

#define ARENA_SCOPED CLEANUP(arena_release) struct arena

#endif
