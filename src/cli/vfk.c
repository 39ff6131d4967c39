#include "cli/vfk.h"

#include "base/vec.h"

#include <string.h>

enum status
sites_init(struct command_context *context, struct sites *out, struct err *err)
{
    struct options options = context->options;
    struct service *services;
    options.service = options.db == NULL ? NULL : options.service;
    *out = (struct sites){.context = context};
    TRY(project_select(&context->project, &options, false, &context->arena, &services, &out->n, err));
    out->items = arena_new_array(&context->arena, struct site, out->n);
    out->names = arena_new_array(&context->arena, const char *, out->n + 1);
    for (size_t i = 0; i < out->n; i++) {
        out->items[i].service = services[i];
        out->names[i] = services[i].name;
    }
    return STATUS_OK;
}

void
sites_release(struct sites *sites)
{
    for (size_t i = 0; i < sites->n; i++) {
        conn_close(sites->items[i].conn);
    }
}

static enum status
open_site(struct site *site, struct err *err)
{
    struct conn_params params = {.application = "rollcall",
                                 .connect_timeout_ms = 10000,
                                 .lock_timeout_ms = site->service.policy.lock_timeout_ms,
                                 .read_only = true};
    TRY(url_resolve(site->service.url, &params.url, err));
    TRY(conn_open(&params, &site->conn, err));
    return conn_begin(site->conn, TXN_READ, err);
}

enum status
sites_conn(struct sites *sites, const char *name, struct conn **out, struct err *err)
{
    struct site *site = NULL;
    for (size_t i = 0; i < sites->n; i++) {
        if (str_eq(sites->items[i].service.name, name) || (name[0] == '\0' && sites->n == 1)) {
            site = &sites->items[i];
        }
    }
    if (site == NULL) {
        const char *near = nearest_name(name, sites->names, sites->n);
        (void)(name[0] == '\0'
                   ? err_raise(err, STATUS_USAGE, "there are %zu services, and none is named", sites->n)
                   : err_raise(err, STATUS_USAGE, "there is no service '%s'", name));
        return near == NULL ? err_hint(err, "put the service before the table: %s.TABLE", sites->names[0])
                            : err_hint(err, "did you mean '%s'?", near);
    }
    if (site->conn == NULL && open_site(site, err) != STATUS_OK) {
        return name[0] == '\0' ? err->status : err_wrap(err, "service '%s'", name);
    }
    *out = site->conn;
    return STATUS_OK;
}

/* -- the keys
 * ----------------------------------------------------------------------------------------------------- */

static enum status
add_key(struct sites *sites, const struct virtual_key *key, struct fk_list *out, struct err *err)
{
    struct arena *arena = &sites->context->arena;
    const char *only = sites->context->options.service;
    struct fk_place child;
    struct fk_place parent;
    struct conn *child_conn = NULL;
    struct conn *parent_conn = NULL;
    struct fk fk;
    enum status status = fk_place_parse(key->child, sites->names, arena, &child, err);
    status = status != STATUS_OK ? status : fk_place_parse(key->parent, sites->names, arena, &parent, err);
    if (status == STATUS_OK && only != NULL && !str_eq(child.service, only) &&
        !str_eq(parent.service, only)) {
        return STATUS_OK;
    }
    status = status != STATUS_OK ? status : sites_conn(sites, child.service, &child_conn, err);
    status = status != STATUS_OK ? status : sites_conn(sites, parent.service, &parent_conn, err);
    if (status != STATUS_OK) {
        return err_wrap(err, "key '%s'", key->name);
    }
    TRY(fk_virtual(key->name, &child, child_conn, &parent, parent_conn, arena, &fk, err));
    fk.is_match_full = key->is_match_full;
    vec_push(arena, out, fk);
    return STATUS_OK;
}

/* Where the next "word=" of `words` begins in `text`; its value runs up to the one after it. */
static const char *
find_word(const char *text, const char *const *words, size_t n, size_t *which)
{
    for (const char *at = text; *at != '\0'; at++) {
        bool begins = at == text || at[-1] == ' ' || at[-1] == '\t' || at[-1] == '\n';
        for (size_t i = 0; begins && i < n; i++) {
            size_t len = strlen(words[i]);
            struct span rest = {at + len, strnlen(at, len) < len ? 0 : strlen(at + len)};
            rest = str_starts(at, words[i]) ? span_trim(rest) : (struct span){NULL, 0};
            if (rest.len > 0 && rest.ptr[0] == '=') {
                *which = i;
                return at;
            }
        }
    }
    return NULL;
}

/* "child=T(A) parent=U(B) name=... match=full" */
static enum status
parse_option(const char *text, struct arena *arena, struct virtual_key *out, struct err *err)
{
    static const char *const words[] = {"name", "child", "parent", "match"};
    const char *values[COUNT_OF(words)] = {NULL, NULL, NULL, "simple"};
    size_t which = 0;
    const char *at = find_word(text, words, COUNT_OF(words), &which);
    while (at != NULL) {
        size_t here = which;
        const char *from = strchr(at, '=') + 1;
        at = find_word(from, words, COUNT_OF(words), &which);
        struct span value = span_trim((struct span){from, at == NULL ? strlen(from) : (size_t)(at - from)});
        values[here] = arena_strndup(arena, value.ptr, value.len);
    }
    *out = (struct virtual_key){values[0] == NULL ? values[1] : values[0], values[1], values[2],
                                str_eq(values[3], "full")};
    if (out->child == NULL || out->parent == NULL || (!out->is_match_full && !str_eq(values[3], "simple"))) {
        (void)err_raise(err, STATUS_USAGE, "'--vfk %s' is no key", text);
        return err_hint(err, "such as --vfk 'child=orders(customer_id) parent=customers(id)'; match=full, "
                             "name=TEXT");
    }
    return STATUS_OK;
}

enum status
vfk_list(struct sites *sites, struct fk_list *out, struct err *err)
{
    const struct project *project = &sites->context->project;
    const char *given = sites->context->options.vfk;
    for (size_t i = 0; i < project->n_virtual_keys; i++) {
        TRY(add_key(sites, &project->virtual_keys[i], out, err));
    }
    if (given != NULL) {
        struct virtual_key key;
        TRY(parse_option(given, &sites->context->arena, &key, err));
        TRY(add_key(sites, &key, out, err));
    }
    return STATUS_OK;
}
