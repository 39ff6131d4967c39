/* The terminal: what is safe to show on it, its colours, and a progress line. */
#ifndef BASE_TERM_H
#define BASE_TERM_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Appends text with C0, DEL, C1, bidi and zero-width characters, and bytes that are not UTF-8, shown as
 * visible escapes (\x1b, \u202e). LF and TAB stay when `multiline`. */
void term_escape(struct buf *out, struct span text, bool multiline);
/* Columns the text takes (wide characters count two, combining ones none). */
size_t term_width(struct span text);

bool term_is_tty(FILE *stream);
/* Asks at the controlling terminal, which shows nothing of what is typed; false when there is none or the
 * line does not fit. */
bool term_ask_secret(const char *prompt, char *out, size_t len);
unsigned term_columns(FILE *stream);

struct progress {
    FILE *stream;
    bool enabled; /* on a terminal and not --quiet */
    const char *label;
    uint64_t total; /* 0: unknown */
    uint64_t done;
    int64_t started_us;
    int64_t drawn_us;
    unsigned drawn_width;
};

void progress_begin(struct progress *progress, FILE *stream, bool enabled, const char *label, uint64_t total);
/* Redraws at most ten times a second: bar, share, rate, time left. */
void progress_at(struct progress *progress, uint64_t done, const char *what);
void progress_end(struct progress *progress); /* erases the line */

#endif
