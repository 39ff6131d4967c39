/* Where a command's words go: stdout is data, stderr is talk. */
#ifndef REPORT_CONSOLE_H
#define REPORT_CONSOLE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/term.h"
#include "migrate/observer.h"

#include <stdbool.h>
#include <stdio.h>

struct console {
    FILE *out;
    FILE *err;
    bool json;
    bool quiet;
    bool verbose;
    bool color;         /* of stdout */
    bool err_color;     /* of stderr */
    bool progress_json; /* JSON lines on stderr */
    struct progress progress;
};

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_RED, INK_GREEN, INK_YELLOW };

/* Escape sequences, or "" where there are no colours. */
const char *ink(bool color, enum ink ink);

/* To stdout, as it is: the text is ours. */
void console_print(const struct console *console, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Text from a server or a file: control characters become visible. Borrowed until the arena goes. */
const char *shown(struct arena *arena, const char *text);
/* A remark on stderr, unless --quiet. */
void console_note(const struct console *console, const char *fmt, ...) PRINTF_LIKE(2, 3);
void console_warn(const struct console *console, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "rollcall: what failed: why" and a "hint:" line on stderr; with --json a document on stdout. */
void console_error(const struct console *console, const struct err *err);

/* Shows a running command's events on stderr. */
struct observer console_observer(struct console *console);

/* "3 ms", "2.4 s", "1 min 12 s". */
const char *duration_text(struct arena *arena, int64_t us);

#endif
