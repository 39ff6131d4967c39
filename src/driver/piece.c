#include "driver/piece.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

struct span
piece_text(const struct pieces *pieces, const struct piece *piece)
{
    return (struct span){pieces->text.ptr + piece->at, piece->len};
}

/* Moves line and column over `text`. Continuation bytes of UTF-8 are no characters of their own. */
static void
advance(struct span text, size_t *line, size_t *column)
{
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    const char *newline;
    while (at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        *line += 1;
        *column = 1;
        at = newline + 1;
    }
    for (; at < end; at++) {
        *column += ((unsigned char)*at & 0xC0) != 0x80;
    }
}

void
text_position(struct span text, size_t at, size_t *line, size_t *column)
{
    *line = 1;
    *column = 1;
    advance((struct span){text.ptr, at < text.len ? at : text.len}, line, column);
}

void
pieces_add(struct pieces *pieces, struct arena *arena, enum piece_kind kind, unsigned flags, size_t len)
{
    struct piece piece = {.kind = kind, .flags = flags, .len = len, .line = 1, .column = 1};
    if (len == 0) {
        return;
    }
    if (pieces->n > 0) {
        struct piece *last = &pieces->items[pieces->n - 1];
        if (kind == PIECE_BLANK && last->kind == PIECE_BLANK) {
            last->len += len;
            return;
        }
        piece.at = last->at + last->len;
        piece.line = last->line;
        piece.column = last->column;
        advance(piece_text(pieces, last), &piece.line, &piece.column);
    }
    require(piece.at + len <= pieces->text.len);
    pieces->n_statements += kind == PIECE_STATEMENT;
    vec_push(arena, pieces, piece);
}

/* Cuts "WORD NUMBER" and one more character off `rest`. */
static bool
take_number(struct span *rest, const char *word, uint64_t *out)
{
    size_t len = strlen(word);
    size_t digits = 0;
    if (!span_starts(*rest, word)) {
        return false;
    }
    while (len + digits < rest->len && rest->ptr[len + digits] >= '0' && rest->ptr[len + digits] <= '9') {
        digits++;
    }
    if (len + digits == rest->len || !parse_u64((struct span){rest->ptr + len, digits}, out)) {
        return false;
    }
    rest->ptr += len + digits + 1;
    rest->len -= len + digits + 1;
    return true;
}

enum status
text_error_place(struct err *err, const char *file, size_t first_line)
{
    ARENA_SCOPED scratch = {0};
    struct span rest = span_of(arena_strdup(&scratch, err->msg));
    uint64_t line;
    uint64_t column;
    if (!take_number(&rest, "line ", &line) || !take_number(&rest, " column ", &column)) {
        return err_wrap(err, "%s", file);
    }
    rest = span_trim(rest);
    snprintf(err->msg, sizeof(err->msg), "%.*s", (int)rest.len, rest.ptr);
    return err_wrap(err, "%s:%zu:%zu", file, (size_t)line + first_line - 1, (size_t)column);
}
