#include "driver/url.h"

#include "base/buf.h"
#include "driver/driver.h"

#include <stdlib.h>
#include <string.h>

enum status
url_resolve(const char *url, const char **out, struct err *err)
{
    if (!str_starts(url, "env:")) {
        *out = url;
        return STATUS_OK;
    }
    const char *name = url + strlen("env:");
    const char *value = getenv(name);
    if (str_is_empty(value)) {
        err_raise(err, STATUS_USAGE, "the environment variable '%s' is not set", name);
        return err_hint(err, "export %s=URL", name);
    }
    if (str_starts(value, "env:")) {
        return err_raise(err, STATUS_USAGE, "the environment variable '%s' names another one", name);
    }
    *out = value;
    return STATUS_OK;
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* libpq decodes percent escapes in keywords as well. */
static bool
is_secret_key(struct span key)
{
    static const char *const secrets[] = {"password", "passwd", "pwd", "secret", "token"};
    BUF_SCOPED plain = BUF_INIT(256);
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        int high = c == '%' && i + 2 < key.len ? hex_value(key.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_value(key.ptr[i + 2]) : -1;
        if (low >= 0) {
            c = (char)(high * 16 + low);
            i += 2;
        }
        buf_char(&plain, c);
    }
    struct span view = buf_view(&plain);
    for (; view.len > 0; view.ptr++, view.len--) {
        for (size_t i = 0; i < COUNT_OF(secrets); i++) {
            if (span_starts_nocase(view, secrets[i])) {
                return true;
            }
        }
    }
    return plain.overflow;
}

static void
add_query(struct buf *out, struct span query)
{
    char before = '?';
    while (query.len > 0) {
        const char *end = memchr(query.ptr, '&', query.len);
        size_t len = end == NULL ? query.len : (size_t)(end - query.ptr);
        const char *equals = memchr(query.ptr, '=', len);
        struct span key = {query.ptr, equals == NULL ? len : (size_t)(equals - query.ptr)};
        if (!is_secret_key(key)) {
            buf_char(out, before);
            buf_add(out, query.ptr, len);
            before = '&';
        }
        size_t cut = end == NULL ? len : len + 1;
        query.ptr += cut;
        query.len -= cut;
    }
}

static size_t
find_last(struct span text, char c)
{
    size_t at = text.len;
    while (at > 0 && text.ptr[at - 1] != c) {
        at--;
    }
    return at == 0 ? text.len : at - 1;
}

static size_t
find_first(struct span text, const char *any_of)
{
    size_t at = 0;
    while (at < text.len && strchr(any_of, text.ptr[at]) == NULL) {
        at++;
    }
    return at;
}

/* `rest` stands behind "scheme://". Passwords that were not escaped may hold "/", "?" and "@": the password
 * ends at the last "@" before the parameters, or at the last of all when the part before the first "/" or "?"
 * cannot be a host with a port. */
static void
add_authority(struct buf *out, struct span rest)
{
    size_t query_at = find_first(rest, "?#");
    size_t at_sign = find_last((struct span){rest.ptr, query_at}, '@');
    size_t colon = find_first(rest, ":");
    if (at_sign == query_at && colon < query_at) {
        struct span host = {rest.ptr, find_first(rest, "/?#")};
        size_t digits = colon + 1;
        while (digits < host.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9') {
            digits++;
        }
        bool is_port = digits == host.len || rest.ptr[digits] == ',' || rest.ptr[0] == '[';
        at_sign = colon < host.len && !is_port ? find_last(rest, '@') : rest.len;
        at_sign = at_sign == rest.len ? query_at : at_sign;
    }
    if (at_sign < rest.len && rest.ptr[at_sign] == '@' && colon < at_sign) {
        buf_add(out, rest.ptr, colon);
        rest.ptr += at_sign;
        rest.len -= at_sign;
        query_at = find_first(rest, "?#");
    }
    buf_add(out, rest.ptr, query_at);
    if (query_at < rest.len) {
        add_query(out, (struct span){rest.ptr + query_at + 1, rest.len - query_at - 1});
    }
}

/* The end of a value of a keyword string: quoted, or up to a blank; a backslash takes the next character. */
static size_t
keyword_value_len(struct span text)
{
    size_t at = 0;
    bool is_quoted = text.len > 0 && text.ptr[0] == '\'';
    for (at = is_quoted ? 1 : 0; at < text.len; at++) {
        char c = text.ptr[at];
        if (c == '\\') {
            at++;
        } else if (is_quoted ? c == '\'' : c == ' ' || (c >= '\t' && c <= '\r')) {
            break;
        }
    }
    at += is_quoted;
    return at < text.len ? at : text.len;
}

/* dbname may hold a whole URL. */
static void
add_value(struct buf *out, struct span value)
{
    size_t at = 0;
    while (at < value.len && !span_starts((struct span){value.ptr + at, value.len - at}, "://")) {
        at++;
    }
    if (at < value.len) {
        buf_add(out, value.ptr, at + 3);
        add_authority(out, (struct span){value.ptr + at + 3, value.len - at - 3});
    } else {
        buf_span(out, value);
    }
}

static void
add_keywords(struct buf *out, struct span text)
{
    for (text = span_trim(text); text.len > 0; text = span_trim(text)) {
        size_t equals = find_first(text, "=");
        struct span key = span_trim((struct span){text.ptr, equals});
        size_t cut = equals < text.len ? equals + 1 : equals;
        struct span value = span_trim((struct span){text.ptr + cut, text.len - cut});
        value.len = keyword_value_len(value);
        if (!is_secret_key(key)) {
            buf_str(out, out->len > 0 ? " " : "");
            buf_span(out, key);
            buf_char(out, '=');
            add_value(out, value);
        }
        const char *end = value.ptr + value.len;
        text = (struct span){end, text.len - (size_t)(end - text.ptr)};
    }
}

char *
url_redact(struct arena *arena, const char *url)
{
    struct span text = span_of(url);
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    size_t colon = find_first(text, ":=");
    struct span rest = {text.ptr + colon, text.len - colon};
    const struct driver *driver = driver_for_url(url);
    if (str_starts(url, "env:") || (driver != NULL && (driver->caps & CAP_SERVER) == 0)) {
        return arena_strdup(arena, url);
    }
    if (span_starts(rest, "=")) {
        add_keywords(&out, text);
    } else if (span_starts(rest, ":")) {
        size_t slashes = span_starts(rest, "://") ? 3 : 1;
        buf_add(&out, text.ptr, colon + slashes);
        add_authority(&out, (struct span){rest.ptr + slashes, rest.len - slashes});
    } else {
        buf_span(&out, text);
    }
    return arena_strdup(arena, buf_cstr(&out));
}

bool
url_has_password(const char *url)
{
    ARENA_SCOPED arena = {0};
    return !str_eq(url_redact(&arena, url), url);
}
