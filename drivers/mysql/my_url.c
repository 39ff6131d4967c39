#include "mysql/my_url.h"

#include "base/buf.h"
#include "base/io.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* -- URL ----------------------------------------------------------------------------------------------- */

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static enum status
decode(struct span text, struct arena *arena, const char **out, struct err *err)
{
    char *plain = arena_alloc(arena, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? hex_value(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_value(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0 || high + low == 0) {
                err_raise(err, STATUS_USAGE, "the database URL has a '%%' that does not begin an escape");
                return err_hint(err, "write '%%' itself as %%25");
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        plain[n++] = c;
    }
    *out = plain;
    return STATUS_OK;
}

static size_t
find(struct span text, char c)
{
    const char *at = text.len == 0 ? NULL : memchr(text.ptr, c, text.len);
    return at == NULL ? text.len : (size_t)(at - text.ptr);
}

static struct span
from(struct span text, size_t at)
{
    at = at < text.len ? at : text.len;
    return (struct span){text.ptr + at, text.len - at};
}

static struct span
upto(struct span text, size_t at)
{
    return (struct span){text.ptr, at < text.len ? at : text.len};
}

static enum status
set_tls(struct target *target, const char *value, struct err *err)
{
    static const char *const names[] = {"", "verify", "required", "off"};
    for (size_t i = 1; i < COUNT_OF(names); i++) {
        if (str_eq(value, names[i])) {
            target->tls = (enum tls_mode)i;
            return STATUS_OK;
        }
    }
    return err_raise(err, STATUS_USAGE, "tls=%s is not one of verify, required, off", value);
}

static enum status
set_parameter(struct target *target, struct span key, const char *value, struct err *err)
{
    const struct {
        const char *name;
        const char **field;
    } fields[] = {{"socket", &target->socket},
                  {"tls_ca", &target->tls_ca},
                  {"tls_cert", &target->tls_cert},
                  {"tls_key", &target->tls_key}};
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (span_is(key, fields[i].name)) {
            *fields[i].field = value;
            return STATUS_OK;
        }
    }
    if (span_is(key, "tls")) {
        return set_tls(target, value, err);
    }
    err_raise(err, STATUS_USAGE, "the database URL has an unknown parameter '%.*s'", (int)key.len, key.ptr);
    return err_hint(err, "known are socket, tls, tls_ca, tls_cert, tls_key");
}

static enum status
parse_query(struct target *target, struct span query, struct arena *arena, struct err *err)
{
    while (query.len > 0) {
        size_t end = find(query, '&');
        struct span pair = upto(query, end);
        size_t equals = find(pair, '=');
        const char *value = "";
        TRY(decode(from(pair, equals + 1), arena, &value, err));
        if (pair.len > 0) {
            TRY(set_parameter(target, upto(pair, equals), value, err));
        }
        query = from(query, end + 1);
    }
    return STATUS_OK;
}

static enum status
parse_user(struct target *target, struct span text, struct arena *arena, struct err *err)
{
    size_t colon = find(text, ':');
    TRY(decode(upto(text, colon), arena, &target->user, err));
    if (colon < text.len) {
        TRY(decode(from(text, colon + 1), arena, &target->password, err));
        target->has_password = true;
        target->is_password_from_url = true;
    }
    return STATUS_OK;
}

static enum status
parse_host(struct target *target, struct span text, struct arena *arena, struct err *err)
{
    uint64_t port = 0;
    size_t end = find(text, ':');
    if (text.len > 0 && text.ptr[0] == '[') { /* an IPv6 address */
        size_t close = find(text, ']');
        end = close < text.len ? close + 1 : text.len;
        TRY(decode(from(upto(text, close), 1), arena, &target->host, err));
    } else {
        TRY(decode(upto(text, end), arena, &target->host, err));
    }
    struct span rest = from(text, end);
    if (rest.len > 0 &&
        (rest.ptr[0] != ':' || !parse_u64(from(rest, 1), &port) || port == 0 || port > 65535)) {
        err_raise(err, STATUS_USAGE, "the database URL has '%.*s' where a port should be", (int)rest.len,
                  rest.ptr);
        return err_hint(err, "in a password, write '@' as %%40, '/' as %%2F, ':' as %%3A");
    }
    target->port = (unsigned)port;
    return STATUS_OK;
}

enum status
target_parse(const char *url, struct arena *arena, struct target *out, struct err *err)
{
    *out = (struct target){"", "", "", 0, "", "", TLS_UNSET, "", "", "", false, false};
    struct span rest = span_of(url);
    size_t scheme = find(rest, ':');
    if (!span_starts(from(rest, scheme), "://")) {
        err_raise(err, STATUS_USAGE, "the database URL has no '//' after its scheme");
        return err_hint(err, "it looks like mysql://user@host:3306/database");
    }
    rest = from(rest, scheme + 3);
    size_t query = find(rest, '?');
    TRY(parse_query(out, from(rest, query + 1), arena, err));
    rest = upto(rest, query);
    size_t slash = find(rest, '/');
    TRY(decode(from(rest, slash + 1), arena, &out->database, err));
    struct span authority = upto(rest, slash);
    size_t at = authority.len;
    while (at > 0 && authority.ptr[at - 1] != '@') {
        at--;
    }
    if (at > 0) {
        TRY(parse_user(out, upto(authority, at - 1), arena, err));
    }
    if (strchr(out->database, '/') != NULL) {
        return err_raise(err, STATUS_USAGE, "the database URL names '%s' where one database should be",
                         out->database);
    }
    return parse_host(out, from(authority, at), arena, err);
}

static void
encode(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        bool is_plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                        (*text >= '0' && *text <= '9') || strchr("-._~", *text) != NULL;
        if (is_plain) {
            buf_char(out, *text);
        } else {
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
}

char *
target_url(const struct target *target, const char *database, struct arena *arena)
{
    static const char *const modes[] = {"", "verify", "required", "off"};
    const struct {
        const char *name;
        const char *value;
    } parameters[] = {{"socket", target->socket},
                      {"tls", modes[target->tls]},
                      {"tls_ca", target->tls_ca},
                      {"tls_cert", target->tls_cert},
                      {"tls_key", target->tls_key}};
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&out, "mysql://");
    encode(&out, target->user);
    if (target->is_password_from_url) {
        buf_char(&out, ':');
        encode(&out, target->password);
    }
    buf_str(&out, target->user[0] != '\0' || target->is_password_from_url ? "@" : "");
    if (strchr(target->host, ':') != NULL) {
        buf_printf(&out, "[%s]", target->host);
    } else {
        encode(&out, target->host);
    }
    if (target->port != 0) {
        buf_printf(&out, ":%u", target->port);
    }
    buf_char(&out, '/');
    encode(&out, database);
    char before = '?';
    for (size_t i = 0; i < COUNT_OF(parameters); i++) {
        if (parameters[i].value[0] != '\0') {
            buf_printf(&out, "%c%s=", before, parameters[i].name);
            encode(&out, parameters[i].value);
            before = '&';
        }
    }
    return arena_strndup(arena, buf_cstr(&out), out.len);
}

bool
target_is_local(const struct target *target)
{
    bool is_socket = target->socket[0] != '\0' || target->host[0] == '\0';
    return is_socket || str_eq(target->host, "localhost") || str_eq(target->host, "::1") ||
           str_starts(target->host, "127.");
}

/* -- option files -------------------------------------------------------------------------------------- */

struct options {
    struct target *target;
    struct target found; /* the last value of each counts */
    struct arena *arena;
    bool is_ours;         /* the lines are of a group that we read */
    unsigned depth;       /* of !include */
    const char *readable; /* a file with a password that others can read; NULL: none */
};

static enum status read_file(struct options *options, const char *path, struct err *err);

/* Quotes round a value go; "\s" is a blank. */
static const char *
option_value(struct options *options, struct span text)
{
    static const char escapes[] = "b\bt\tn\nr\rs \\\\";
    if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
        text.ptr[text.len - 1] == text.ptr[0]) {
        text = (struct span){text.ptr + 1, text.len - 2};
    }
    char *value = arena_alloc(options->arena, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        for (size_t e = 0; c == '\\' && i + 1 < text.len && escapes[e] != '\0'; e += 2) {
            if (escapes[e] == text.ptr[i + 1]) {
                c = escapes[e + 1];
                i++;
                break;
            }
        }
        value[n++] = c;
    }
    return value;
}

static bool
is_option(struct span key, const char *name)
{
    bool is_same = key.len == strlen(name);
    for (size_t i = 0; is_same && i < key.len; i++) {
        is_same = (key.ptr[i] == '_' ? '-' : key.ptr[i]) == name[i];
    }
    return is_same;
}

static void
take_option(struct options *options, struct span line, bool is_private)
{
    struct target *found = &options->found;
    const struct {
        const char *name;
        const char **field;
    } fields[] = {{"user", &found->user},      {"password", &found->password}, {"host", &found->host},
                  {"socket", &found->socket},  {"ssl-ca", &found->tls_ca},     {"ssl-cert", &found->tls_cert},
                  {"ssl-key", &found->tls_key}};
    size_t equals = find(line, '=');
    struct span key = span_trim(upto(line, equals));
    const char *value = option_value(options, span_trim(from(line, equals + 1)));
    uint64_t port = 0;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (is_option(key, fields[i].name)) {
            *fields[i].field = value;
        }
    }
    if (is_option(key, "port") && parse_u64(span_of(value), &port) && port <= 65535) {
        found->port = (unsigned)port;
    }
    if (is_option(key, "password")) {
        found->has_password = equals < line.len;
    }
    if (is_option(key, "password") && equals < line.len && !is_private) {
        options->readable = "";
    }
}

static enum status
include(struct options *options, struct span line, struct err *err)
{
    static const char dir_word[] = "!includedir";
    static const char file_word[] = "!include";
    bool is_dir = span_starts(line, dir_word);
    struct span path = span_trim(from(line, is_dir ? sizeof(dir_word) - 1 : sizeof(file_word) - 1));
    const char *name = arena_strndup(options->arena, path.ptr, path.len);
    struct io_listing listing = {0};
    if (!span_starts(line, file_word) || options->depth >= 10) {
        return STATUS_OK;
    }
    if (!is_dir) {
        return read_file(options, name, err);
    }
    if (!io_is_dir(name)) {
        return STATUS_OK;
    }
    TRY(io_list_dir(options->arena, name, &listing, err));
    for (size_t i = 0; i < listing.n; i++) {
        if (str_ends(listing.entries[i].name, ".cnf")) {
            TRY(read_file(options, arena_printf(options->arena, "%s/%s", name, listing.entries[i].name),
                          err));
        }
    }
    return STATUS_OK;
}

static enum status
read_file(struct options *options, const char *path, struct err *err)
{
    enum { OPTION_FILE_MAX = 1 << 20 };
    BUF_SCOPED text = BUF_INIT(OPTION_FILE_MAX);
    struct stat info;
    struct span line;
    /* What all can write may hold anybody's words: the mysql client passes over such a file as well. */
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || (info.st_mode & S_IWOTH)) {
        return STATUS_OK;
    }
    struct err ignored = {0};
    if (io_read_file(path, &text, &ignored) != STATUS_OK) {
        return STATUS_OK; /* not for our eyes */
    }
    struct span rest = buf_view(&text);
    options->depth++;
    options->is_ours = false;
    while (span_next_line(&rest, &line)) {
        line = span_trim(line);
        if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';') {
            continue;
        }
        if (line.ptr[0] == '!') {
            bool is_ours = options->is_ours;
            TRY(include(options, line, err));
            options->is_ours = is_ours;
        } else if (line.ptr[0] == '[') {
            options->is_ours = span_is(line, "[client]") || span_is(line, "[rollcall]");
        } else if (options->is_ours) {
            take_option(options, line, (info.st_mode & (S_IRGRP | S_IROTH)) == 0);
            options->readable = options->readable != NULL && options->readable[0] == '\0'
                                    ? arena_strdup(options->arena, path)
                                    : options->readable;
        }
    }
    options->depth--;
    return STATUS_OK;
}

/* What the URL says stays. A socket from a file is not for a host from the URL. */
static enum status
merge(struct options *options, struct err *err)
{
    struct target *target = options->target;
    const struct target *found = &options->found;
    bool has_place = target->host[0] != '\0' || target->socket[0] != '\0';
    const struct {
        const char **field;
        const char *value;
        bool is_wanted;
    } fields[] = {{&target->user, found->user, true},           {&target->host, found->host, !has_place},
                  {&target->socket, found->socket, !has_place}, {&target->tls_ca, found->tls_ca, true},
                  {&target->tls_cert, found->tls_cert, true},   {&target->tls_key, found->tls_key, true}};
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (fields[i].is_wanted && (*fields[i].field)[0] == '\0') {
            *fields[i].field = fields[i].value;
        }
    }
    target->port = target->port == 0 ? found->port : target->port;
    if (target->has_password || !found->has_password) {
        return STATUS_OK;
    }
    if (options->readable != NULL) {
        err_raise(err, STATUS_USAGE, "'%s' holds a password that others can read", options->readable);
        return err_hint(err, "chmod 600 '%s'", options->readable);
    }
    target->password = found->password;
    target->has_password = true;
    return STATUS_OK;
}

enum status
target_read_options(struct target *target, const char *path, struct arena *arena, struct err *err)
{
    struct options options = {.target = target, .arena = arena};
    options.found = (struct target){"", "", "", 0, "", "", TLS_UNSET, "", "", "", false, false};
    TRY(read_file(&options, path, err));
    return merge(&options, err);
}

enum status
target_complete(struct target *target, struct arena *arena, struct err *err)
{
    static const char *const files[] = {"/etc/my.cnf", "/etc/mysql/my.cnf"};
    struct options options = {.target = target, .arena = arena};
    const char *home = getenv("HOME");
    const char *password = getenv("MYSQL_PWD");
    options.found = (struct target){"", "", "", 0, "", "", TLS_UNSET, "", "", "", false, false};
    if (!target->has_password && password != NULL) {
        target->password = arena_strdup(arena, password);
        target->has_password = true;
    }
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        TRY(read_file(&options, files[i], err));
    }
    if (!str_is_empty(home)) {
        TRY(read_file(&options, arena_printf(arena, "%s/.my.cnf", home), err));
    }
    return merge(&options, err);
}
