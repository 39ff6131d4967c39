/* What the fuzz targets share. A property that does not hold ends the process, which libFuzzer reports. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/arena.h"
#include "driver/conn.h"
#include "drivers.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
void __wrap_bug_at(const char *file, int line, const char *fmt, ...) NORETURN PRINTF_LIKE(3, 4);

/* A bug ends the program quietly with exit code 70; here libFuzzer has to see it and keep the input. */
void
__wrap_bug_at(const char *file, int line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)fprintf(stderr, "%s:%d: ", file, line);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
    va_end(args);
    abort();
}

/* What migration_read lets through. */
static inline bool
fuzz_is_text(struct span text)
{
    return utf8_valid_len(text) == text.len && (text.len == 0 || memchr(text.ptr, '\0', text.len) == NULL);
}

static inline const struct driver *
fuzz_driver(const char *name)
{
    for (const struct driver *const *driver = built_in_drivers; *driver != NULL; driver++) {
        if (str_eq((*driver)->name, name)) {
            return *driver;
        }
    }
    bug("no driver '%s'", name);
}

/* Every byte belongs to exactly one piece, and each knows its place. */
static inline void
fuzz_check_pieces(const struct pieces *pieces, struct span text)
{
    size_t at = 0;
    size_t n_statements = 0;
    size_t line = 1;
    for (size_t i = 0; i < pieces->n; i++) {
        const struct piece *piece = &pieces->items[i];
        require(piece->at == at && piece->len > 0);
        require(piece->line >= line && piece->column >= 1);
        for (size_t k = 0; k < piece->len; k++) {
            line += text.ptr[at + k] == '\n';
        }
        at += piece->len;
        n_statements += piece->kind == PIECE_STATEMENT;
    }
    require(at == text.len && n_statements == pieces->n_statements);
}

/* A statement cut out and split again is one statement, unless a line for the client says where it ends or
 * its rows follow it. */
static inline void
fuzz_check_again(const struct driver *driver, const struct pieces *pieces, struct arena *arena)
{
    for (size_t i = 0; i < pieces->n && i < 16 && pieces->items[i].kind != PIECE_CLIENT; i++) {
        struct pieces again = {0};
        struct err err = {0};
        if (pieces->items[i].kind == PIECE_STATEMENT && !(pieces->items[i].flags & PIECE_COPY_IN)) {
            struct span statement = piece_text(pieces, &pieces->items[i]);
            if (span_starts(statement, "\xEF\xBB\xBF") || span_starts(statement, "--")) {
                continue; /* a byte-order mark at the head of a text; a comment at its end */
            }
            require(driver_split(driver, NULL, statement, arena, &again, &err) == STATUS_OK);
            require(again.n_statements == 1);
        }
    }
}

static inline void
fuzz_check_effects(const struct driver *driver, const struct pieces *pieces, struct arena *arena)
{
    struct effects effects = {0};
    struct err err = {0};
    if (driver_effects(driver, NULL, pieces, arena, &effects, &err) != STATUS_OK) {
        require(err.msg[0] != '\0');
        return;
    }
    for (size_t i = 0; i < effects.n; i++) {
        require(effects.items[i].piece < pieces->n);
        require(pieces->items[effects.items[i].piece].kind == PIECE_STATEMENT);
    }
}

static inline int
fuzz_split(const char *name, const uint8_t *data, size_t len)
{
    const struct driver *driver = fuzz_driver(name);
    struct span text = {(const char *)data, len};
    ARENA_SCOPED arena = {0};
    struct pieces pieces = {0};
    struct err err = {0};
    if (!fuzz_is_text(text)) {
        return -1;
    }
    text.ptr = arena_strndup(&arena, text.ptr, text.len);
    if (driver_split(driver, NULL, text, &arena, &pieces, &err) != STATUS_OK) {
        require(err.status == STATUS_USAGE && err.msg[0] != '\0');
        return 0;
    }
    fuzz_check_pieces(&pieces, text);
    fuzz_check_effects(driver, &pieces, &arena);
    fuzz_check_again(driver, &pieces, &arena);
    return 0;
}

#endif
