#include "base/io.h"
#include "base/vec.h"
#include "postgres/pg.h"

#include <stdlib.h>
#include <string.h>

struct options {
    struct arena *arena;
    VEC(const char *) keywords;
    VEC(const char *) values;
};

static const char *
option(const struct options *options, const char *keyword)
{
    for (size_t i = 0; i < options->keywords.n; i++) {
        if (str_eq(options->keywords.items[i], keyword)) {
            return options->values.items[i];
        }
    }
    return NULL;
}

static void
set_option(struct options *options, const char *keyword, const char *value)
{
    for (size_t i = 0; i < options->keywords.n; i++) {
        if (str_eq(options->keywords.items[i], keyword)) {
            options->values.items[i] = arena_strdup(options->arena, value);
            return;
        }
    }
    vec_push(options->arena, &options->keywords, keyword);
    vec_push(options->arena, &options->values, arena_strdup(options->arena, value));
}

static void
default_option(struct options *options, const char *keyword, const char *value)
{
    if (option(options, keyword) == NULL) {
        set_option(options, keyword, value);
    }
}

/* What the URL says, else the environment, as libpq has it. */
static const char *
effective(const struct options *options, const char *keyword, const char *variable)
{
    const char *value = option(options, keyword);
    const char *fallback = getenv(variable);
    return value != NULL ? value : str_is_empty(fallback) ? NULL : fallback;
}

/* -- reading --------------------------------------------------------------------------------------------- */

static void
free_options(PQconninfoOption **options)
{
    PQconninfoFree(*options);
}

static void
free_message(char **message)
{
    PQfreemem(*message);
}

/* A password that was not percent-encoded makes another part of the URL out of its end, and libpq's message
 * about that part would show it. */
static enum status
check_shape(const char *url, struct err *err)
{
    const char *authority = strstr(url, "://");
    if (authority == NULL) {
        return STATUS_OK;
    }
    authority += 3;
    size_t len = strcspn(authority, "/?#");
    struct span inside = {authority, len};
    const char *at = memchr(authority, '@', len);
    bool has_two = at != NULL && memchr(at + 1, '@', len - (size_t)(at + 1 - authority)) != NULL;
    bool is_late =
        at == NULL && memchr(authority, ':', len) != NULL && strchr(authority + inside.len, '@') != NULL;
    if (has_two || is_late) {
        err_raise(err, STATUS_USAGE, "the URL cannot be read: there is an '@' too many or a '/' too early");
        return err_hint(
            err, "in a password write %%40 for @, %%2F for /, %%3A for :, %%25 for %%; or leave it out "
                 "and use PGPASSWORD or ~/.pgpass");
    }
    return STATUS_OK;
}

/* libpq quotes what it could not read, and that may be a piece of a password: its words up to there. */
static enum status
raise_unreadable(const char *message, struct err *err)
{
    size_t len = message == NULL ? 0 : strcspn(message, ":\"");
    err_raise(err, STATUS_USAGE, "the URL cannot be read: %.*s", (int)len, message == NULL ? "" : message);
    return err_hint(err, "it is what libpq takes: postgres://user@host:port/database?sslmode=verify-full");
}

static enum status
parse(const char *url, struct options *out, struct err *err)
{
    CLEANUP(free_message) char *message = NULL;
    CLEANUP(free_options) PQconninfoOption *parsed = NULL;
    TRY(check_shape(url, err));
    parsed = PQconninfoParse(url, &message);
    if (parsed == NULL) {
        return raise_unreadable(message, err);
    }
    for (const PQconninfoOption *at = parsed; at->keyword != NULL; at++) {
        if (at->val != NULL) {
            set_option(out, arena_strdup(out->arena, at->keyword), at->val);
        }
    }
    return STATUS_OK;
}

/* -- transport ------------------------------------------------------------------------------------------- */

/* Every host of the list is this machine. */
static bool
is_local_list(const char *hosts)
{
    struct span rest = span_of(hosts);
    do {
        const char *comma = rest.len == 0 ? NULL : memchr(rest.ptr, ',', rest.len);
        struct span host = {rest.ptr, comma == NULL ? rest.len : (size_t)(comma - rest.ptr)};
        if (host.len > 0 && !span_starts(host, "/") && !span_starts(host, "@") && !span_is(host, "::1") &&
            !span_is_nocase(host, "localhost") && !span_starts(host, "127.")) {
            return false;
        }
        rest.ptr += host.len + (comma != NULL);
        rest.len -= host.len + (comma != NULL);
    } while (rest.len > 0);
    return true;
}

static bool
is_local(const struct options *options)
{
    const char *host = effective(options, "host", "PGHOST");
    const char *address = effective(options, "hostaddr", "PGHOSTADDR");
    if (effective(options, "service", "PGSERVICE") != NULL && (host == NULL || address == NULL)) {
        return false; /* the service's file may name any host */
    }
    return is_local_list(address != NULL ? address : host);
}

static bool
verifies(const char *sslmode)
{
    return str_eq(sslmode, "verify-full") || str_eq(sslmode, "verify-ca");
}

/* libpq 15 has no name for the system's own certificates; a file of the user's goes before them. */
static void
set_root_certificates(struct options *options)
{
    static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                          "/etc/ssl/cert.pem"};
    const char *home = getenv("HOME");
    char *own = arena_printf(options->arena, "%s/.postgresql/root.crt", home == NULL ? "" : home);
    if (effective(options, "sslrootcert", "PGSSLROOTCERT") != NULL || io_exists(own)) {
        return;
    }
    if (PQlibVersion() >= 160000) {
        set_option(options, "sslrootcert", "system");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(bundles); i++) {
        if (io_exists(bundles[i])) {
            set_option(options, "sslrootcert", bundles[i]);
            return;
        }
    }
}

static void
set_transport(struct options *options, struct pg_conn *pg)
{
    const char *sslmode = effective(options, "sslmode", "PGSSLMODE");
    bool is_here = is_local(options);
    pg->base.identity.weakness = "";
    if (sslmode == NULL && !is_here) {
        sslmode = "verify-full";
        set_option(options, "sslmode", sslmode);
    } else if (!is_here && !str_eq(sslmode, "verify-full")) {
        pg->base.identity.weakness = arena_printf(
            &pg->base.arena, "sslmode=%s does not check that the server is the one that was named", sslmode);
    }
    if (sslmode != NULL && verifies(sslmode)) {
        set_root_certificates(options);
    }
}

/* -- the whole ------------------------------------------------------------------------------------------- */

enum status
pg_url_read(struct pg_conn *pg, const struct conn_params *params, struct err *err)
{
    struct options options = {.arena = &pg->base.arena};
    TRY(parse(params->url, &options, err));
    set_transport(&options, pg);
    set_option(&options, "application_name",
               str_is_empty(params->application) ? "rollcall" : params->application);
    set_option(&options, "client_encoding", "UTF8");
    if (params->connect_timeout_ms > 0) {
        default_option(
            &options, "connect_timeout",
            arena_printf(options.arena, "%u", (unsigned)(params->connect_timeout_ms + 999) / 1000));
    }
    default_option(&options, "keepalives_idle", "30");
    default_option(&options, "keepalives_interval", "10");
    default_option(&options, "keepalives_count", "3");
    vec_push(options.arena, &options.keywords, NULL);
    vec_push(options.arena, &options.values, NULL);
    pg->keywords = options.keywords.items;
    pg->values = options.values.items;
    pg->url = arena_strdup(options.arena, params->url);
    return STATUS_OK;
}

static void
encode(struct buf *out, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-_.~", c) != NULL) {
            buf_char(out, *text);
        } else {
            buf_char(out, '%');
            buf_char(out, hex[c >> 4]);
            buf_char(out, hex[c & 15]);
        }
    }
}

/* dbname= among the query's parameters would win over the path. */
static void
add_query(struct buf *out, const char *query)
{
    struct span rest = span_of(query);
    char mark = '?';
    while (rest.len > 0) {
        const char *end = memchr(rest.ptr, '&', rest.len);
        struct span item = {rest.ptr, end == NULL ? rest.len : (size_t)(end - rest.ptr)};
        if (!span_starts(item, "dbname=")) {
            buf_char(out, mark);
            buf_span(out, item);
            mark = '&';
        }
        rest.ptr += item.len + (end != NULL);
        rest.len -= item.len + (end != NULL);
    }
}

char *
pg_url_with_database(struct arena *arena, const char *url, const char *database)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    const char *authority = strstr(url, "://");
    if (authority == NULL) { /* "host=db dbname=shop": the later one counts; names of ours need no quotes */
        return arena_printf(arena, "%s dbname=%s", url, database);
    }
    size_t len = strcspn(authority + 3, "/?");
    const char *query = strchr(authority + 3 + len, '?');
    buf_add(&out, url, (size_t)(authority + 3 + len - url));
    buf_char(&out, '/');
    encode(&out, database);
    add_query(&out, query == NULL ? "" : query + 1);
    return arena_strndup(arena, buf_cstr(&out), out.len);
}
