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

/* "ann" or "db:5432", "a:1,b:2", "[::1]:5432": no place for a password. */
static bool
is_plain_host(struct span host)
{
    size_t colon = find_first(host, ":");
    size_t digits = colon < host.len ? colon + 1 : colon;
    while (digits < host.len && host.ptr[digits] >= '0' && host.ptr[digits] <= '9') {
        digits++;
    }
    return digits == host.len || host.ptr[digits] == ',' || host.ptr[0] == '[';
}

/* key=value, joined by "&", and nothing else. */
static bool
is_plain_query(struct span query)
{
    bool in_key = true;
    size_t key_len = 0;
    for (size_t i = 0; i < query.len; i++) {
        char c = query.ptr[i];
        bool is_name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
        if (in_key && c != '=' && !is_name) {
            return false;
        }
        key_len = in_key ? key_len + 1 : 0;
        in_key = in_key ? c != '=' : c == '&';
    }
    return !in_key || query.len == 0;
}

/* Where the password ends: at the last "@" before the parameters. One that was not escaped may itself hold
 * "/", "?" and "@": where host or parameters would look strange, the very last "@" counts. */
static size_t
password_end(struct span rest)
{
    size_t query = find_first(rest, "?#");
    size_t at_sign = find_last((struct span){rest.ptr, query}, '@');
    size_t last = find_last(rest, '@');
    bool has_query = query < rest.len;
    struct span behind = {rest.ptr + query + has_query, rest.len - query - has_query};
    struct span host = {rest.ptr, find_first(rest, "/?#")};
    if (at_sign < query && is_plain_query(behind)) {
        return at_sign;
    }
    if (at_sign == query && is_plain_host(host) && is_plain_query(behind)) {
        return rest.len;
    }
    return last;
}

/* `rest` stands behind "scheme://". */
static void
add_authority(struct buf *out, struct span rest)
{
    size_t end = password_end(rest);
    size_t colon = find_first(rest, ":");
    if (end < rest.len && colon < end) {
        buf_add(out, rest.ptr, colon);
        rest.ptr += end;
        rest.len -= end;
    }
    size_t query = find_first(rest, "?#");
    buf_add(out, rest.ptr, query);
    if (query < rest.len) {
        add_query(out, (struct span){rest.ptr + query + 1, rest.len - query - 1});
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
