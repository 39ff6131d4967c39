#include "base/err.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Messages of servers come with line breaks and may be cut anywhere: one line, whole characters. */
static void
make_line(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '\n' || *at == '\r' || *at == '\t') {
            *at = ' ';
        }
    }
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == ' ') {
        len--;
    }
    text[len] = '\0';
}

/* Drops the broken last character of a text that was cut at `cap`; foreign encodings stay as they are. */
static void
drop_partial_character(char *text, size_t len)
{
    size_t at = len;
    while (at > 0 && len - at < 3 && ((unsigned char)text[at - 1] & 0xC0) == 0x80) {
        at--;
    }
    if (at > 0 && (unsigned char)text[at - 1] >= 0xC0) {
        struct span tail = {text + at - 1, len - at + 1};
        if (utf8_valid_len(tail) == 0) {
            text[at - 1] = '\0';
        }
    }
}

static PRINTF_LIKE(3, 0) void print_into(char *out, size_t cap, const char *fmt, va_list args)
{
    int len = vsnprintf(out, cap, fmt, args);
    if (len < 0) {
        snprintf(out, cap, "(message cannot be formatted)");
    } else if ((size_t)len >= cap) {
        drop_partial_character(out, cap - 1);
    }
    make_line(out);
}

enum status
err_raise_at(struct err *err, enum status status, const char *file, int line, const char *fmt, ...)
{
    /* The arguments may point into `err` itself. */
    char msg[sizeof(err->msg)];
    va_list args;
    va_start(args, fmt);
    print_into(msg, sizeof(msg), fmt, args);
    va_end(args);
    err_clear(err);
    err->status = status;
    err->file = file;
    err->line = line;
    memcpy(err->msg, msg, sizeof(msg));
    return status;
}

enum status
err_wrap(struct err *err, const char *fmt, ...)
{
    char context[sizeof(err->msg)];
    char msg[2 * sizeof(err->msg)];
    va_list args;
    va_start(args, fmt);
    print_into(context, sizeof(context), fmt, args);
    va_end(args);
    int len = snprintf(msg, sizeof(msg), "%s: %s", context, err->msg);
    size_t keep = len < 0 ? 0 : (size_t)len;
    if (keep >= sizeof(err->msg)) {
        keep = sizeof(err->msg) - 1;
    }
    bool is_cut = len > 0 && (size_t)len > keep;
    memcpy(err->msg, msg, keep);
    err->msg[keep] = '\0';
    if (is_cut) {
        drop_partial_character(err->msg, keep);
    }
    return err->status;
}

enum status
err_hint(struct err *err, const char *fmt, ...)
{
    char hint[sizeof(err->hint)];
    va_list args;
    va_start(args, fmt);
    print_into(hint, sizeof(hint), fmt, args);
    va_end(args);
    memcpy(err->hint, hint, sizeof(hint));
    return err->status;
}

enum status
err_restate(struct err *err, enum status status)
{
    err->status = status;
    return status;
}

void
err_clear(struct err *err)
{
    memset(err, 0, sizeof(*err));
}

const char *
status_name(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return "ok";
    case STATUS_USAGE:
        return "usage";
    case STATUS_POLICY:
        return "policy";
    case STATUS_SQL:
        return "sql";
    case STATUS_CONFLICT:
        return "conflict";
    case STATUS_IO:
        return "io";
    case STATUS_CANCELLED:
        return "cancelled";
    case STATUS_PARTIAL:
        return "partial";
    case STATUS_UNKNOWN:
        return "unknown";
    case STATUS_LEASE:
        return "lease";
    case STATUS_CONNECT:
        return "connect";
    case STATUS_CORRUPT:
        return "corrupt";
    case STATUS_UNSUPPORTED:
        return "unsupported";
    case STATUS_BUG:
        return "bug";
    }
    return "bug";
}

void
bug_at(const char *file, int line, const char *fmt, ...)
{
    char msg[480];
    va_list args;
    va_start(args, fmt);
    print_into(msg, sizeof(msg), fmt, args);
    va_end(args);
    fflush(stdout);
    fprintf(stderr, "rollcall: internal error at %s:%d: %s\n", file, line, msg);
    fflush(stderr);
    _Exit(70);
}
