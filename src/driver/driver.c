#include "driver/driver.h"

#include "driver/sqltok.h"

#include <string.h>

static const struct driver *const no_drivers[] = {NULL};
static const struct driver *const *registered = no_drivers;

static void
quote_part(const struct driver *driver, struct buf *out, struct span name)
{
    buf_char(out, driver->quote);
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == driver->quote) {
            buf_char(out, driver->quote);
        }
        buf_char(out, name.ptr[i]);
    }
    buf_char(out, driver->quote);
}

void
driver_quote(const struct driver *driver, struct buf *out, const char *name)
{
    quote_part(driver, out, span_of(name));
}

void
driver_quote_qualified(const struct driver *driver, struct buf *out, const char *qualified)
{
    const char *at = qualified;
    for (;;) {
        size_t len = strcspn(at, ".");
        quote_part(driver, out, (struct span){at, len});
        if (at[len] == '\0') {
            return;
        }
        buf_char(out, '.');
        at += len + 1;
    }
}

static bool
is_listed(const char *const *names, struct span name)
{
    for (; names != NULL && *names != NULL; names++) {
        if (span_is_nocase(name, *names)) {
            return true;
        }
    }
    return false;
}

bool
driver_is_named(const struct driver *driver, struct span name)
{
    return span_is_nocase(name, driver->name) || is_listed(driver->dialects, name);
}

void
driver_registry_set(const struct driver *const *drivers)
{
    registered = drivers == NULL ? no_drivers : drivers;
}

const struct driver *const *
driver_registry(void)
{
    return registered;
}

/* libpq's other spelling: "host=db dbname=shop". */
static bool
is_keyword_string(struct span url)
{
    url = span_trim(url);
    size_t len = 0;
    while (len < url.len && ((url.ptr[len] >= 'a' && url.ptr[len] <= 'z') || url.ptr[len] == '_')) {
        len++;
    }
    struct span rest = span_trim((struct span){url.ptr + len, url.len - len});
    return len > 0 && rest.len > 0 && rest.ptr[0] == '=';
}

const struct driver *
driver_for_url(const char *url)
{
    struct span text = span_of(url);
    const char *colon = text.len == 0 ? NULL : memchr(text.ptr, ':', text.len);
    struct span scheme = {text.ptr, colon == NULL ? 0 : (size_t)(colon - text.ptr)};
    for (const struct driver *const *driver = registered; *driver != NULL; driver++) {
        bool is_match = is_keyword_string(text) ? driver_is_named(*driver, SPAN("postgresql"))
                                                : scheme.len > 0 && is_listed((*driver)->schemes, scheme);
        if (is_match) {
            return *driver;
        }
    }
    return NULL;
}

static void
add_hex(struct buf *out, struct span bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        buf_char(out, digits[(unsigned char)bytes.ptr[i] >> 4]);
        buf_char(out, digits[(unsigned char)bytes.ptr[i] & 15]);
    }
}

static void
add_quoted(struct buf *out, struct span text, bool has_escapes)
{
    buf_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'' || (has_escapes && text.ptr[i] == '\\')) {
            buf_char(out, text.ptr[i]);
        }
        buf_char(out, text.ptr[i]);
    }
    buf_char(out, '\'');
}

void
driver_literal(const struct driver *driver, struct buf *out, const struct value *value)
{
    bool is_number = value->kind == VALUE_INT || value->kind == VALUE_FLOAT;
    if (value->kind == VALUE_NULL) {
        buf_str(out, "NULL");
    } else if (value->kind == VALUE_BYTES) {
        buf_str(out, driver->has_untyped_strings ? "'\\x" : "x'");
        add_hex(out, value->bytes);
        buf_char(out, '\'');
    } else if (is_number && !driver->has_untyped_strings) {
        buf_span(out, value->bytes);
    } else {
        add_quoted(out, value->bytes, (driver->lex & LEX_BACKSLASH) != 0);
    }
}
