#include "sqlite/internal.h"

#include <string.h>

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX to bytes; USAGE for %00, which no path may hold. */
static enum status
decode(struct span text, struct arena *arena, char **out, struct err *err)
{
    char *at = *out = arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        int high = text.ptr[i] == '%' && i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
        if (low < 0) {
            *at++ = text.ptr[i];
            continue;
        }
        if (high == 0 && low == 0) {
            return err_raise(err, STATUS_USAGE, "a path cannot hold a NUL byte (%%00)");
        }
        *at++ = (char)(high * 16 + low);
        i += 2;
    }
    return STATUS_OK;
}

/* Every parameter and value a URL may have. */
static enum status
apply_parameter(const char *parameter, struct location *out, struct err *err)
{
    static const char *const known[] = {"mode=ro", "mode=rw", "mode=rwc", "durability=off"};
    if (str_eq(parameter, "mode=ro")) {
        out->is_read_only = true;
    } else if (str_eq(parameter, "mode=rw")) {
        out->must_exist = true;
    } else if (str_eq(parameter, "durability=off")) {
        out->is_volatile = true;
    } else if (!str_eq(parameter, "mode=rwc") && *parameter != '\0') {
        const char *nearest = nearest_name(parameter, known, COUNT_OF(known));
        (void)err_raise(err, STATUS_USAGE, "the URL's parameter '%s' is not known", parameter);
        if (nearest != NULL) {
            return err_hint(err, "did you mean '%s'?", nearest);
        }
        return err_hint(err, "known are mode=ro, mode=rw, mode=rwc");
    }
    return STATUS_OK;
}

enum status
location_parse(const char *url, struct arena *arena, struct location *out, struct err *err)
{
    const char *colon = strchr(url, ':');
    const char *at = colon == NULL ? url : colon + 1;
    char *decoded;
    *out = (struct location){0};
    at += str_starts(at, "//") ? 2 : 0;
    size_t len = strcspn(at, "?");
    TRY(decode((struct span){at, len}, arena, &decoded, err));
    out->path = decoded;
    out->is_memory = str_eq(decoded, ":memory:");
    if (*decoded == '\0') {
        (void)err_raise(err, STATUS_USAGE, "the URL names no file");
        return err_hint(err, "write it as sqlite:PATH");
    }
    while (at[len] != '\0') {
        at += len + 1;
        len = strcspn(at, "&");
        TRY(decode((struct span){at, len}, arena, &decoded, err));
        TRY(apply_parameter(decoded, out, err));
    }
    return STATUS_OK;
}

char *
location_url(const struct location *location, struct arena *arena)
{
    BUF_SCOPED url = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&url, "sqlite:");
    for (const char *at = location->path; *at != '\0'; at++) {
        if (strchr("%?#", *at) != NULL) {
            buf_printf(&url, "%%%02X", (unsigned)(unsigned char)*at);
        } else {
            buf_char(&url, *at);
        }
    }
    if (location->is_volatile) {
        buf_str(&url, "?durability=off");
    }
    return arena_strdup(arena, buf_cstr(&url));
}
