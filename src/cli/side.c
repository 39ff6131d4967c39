#include "cli/side.h"

#include "base/vec.h"
#include "driver/driver.h"
#include "migrate/snapshot.h"

#include <string.h>

void
side_close(struct side_handle *handle)
{
    conn_close(handle->conn);
    for (size_t i = 0; i < handle->n_readers; i++) {
        snapshot_close(handle->readers[i]);
    }
}

struct compare_names
side_names(const char *list, struct arena *arena)
{
    struct compare_names names = {0};
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ",");
        struct span name = span_trim((struct span){at, len});
        if (name.len > 0) {
            vec_push(arena, &names, arena_strndup(arena, name.ptr, name.len));
        }
        at += len + (at[len] == ',');
    }
    return names;
}

static enum status
open_database(const struct command_context *context, const char *url, struct side_handle *opened,
              struct compare_end *out, struct err *err)
{
    struct conn_params params = {.application = "rollcall",
                                 .connect_timeout_ms = 10000,
                                 .lock_timeout_ms = context->project.policy.lock_timeout_ms,
                                 .read_only = true};
    TRY(url_resolve(url, &params.url, err));
    TRY(conn_open(&params, &opened->conn, err));
    const char *weakness = opened->conn->identity.weakness;
    if (!str_is_empty(weakness)) {
        console_warn(&context->console, "%s", weakness);
    }
    out->conn = opened->conn;
    return STATUS_OK;
}

static enum status
open_snapshot(struct command_context *context, const char *id, struct side_handle *opened,
              struct compare_end *out, struct err *err)
{
    struct arena *arena = &context->arena;
    const char *store = context->options.store != NULL
                            ? context->options.store
                            : arena_printf(arena, "%s/.rollcall", context->project.root);
    const struct service service = {.name = "", .store = store};
    struct snapshot_set set;
    TRY(snapshot_set_find(&service, id, arena, &set, err));
    struct compare_file *files = arena_new_array(arena, struct compare_file, set.n + 1);
    opened->readers = arena_new_array(arena, struct snapshot_reader *, set.n + 1);
    for (size_t i = 0; i < set.n; i++) {
        TRY(snapshot_open(snapshot_set_path(&set, &set.items[i], arena), &opened->readers[i], err));
        opened->n_readers++;
        files[i] = (struct compare_file){set.items[i].table, opened->readers[i]};
    }
    out->files = files;
    out->n_files = set.n;
    return STATUS_OK;
}

static const struct service *
find_service(const struct command_context *context, const char *name)
{
    for (size_t i = 0; i < context->project.n_services; i++) {
        if (str_eq(context->project.services[i].name, name)) {
            return &context->project.services[i];
        }
    }
    return NULL;
}

enum status
side_open(struct command_context *context, const char *word, struct side_handle *opened,
          struct compare_end *out, struct err *err)
{
    const struct service *service = find_service(context, word);
    *out = (struct compare_end){.label = word};
    if (service != NULL && service->url == NULL) {
        return err_raise(err, STATUS_USAGE, "service '%s' has no database", word);
    }
    if (service != NULL || strchr(word, ':') != NULL) {
        TRY(open_database(context, service != NULL ? service->url : word, opened, out, err));
        out->label = service != NULL ? word : opened->conn->params.url;
        return STATUS_OK;
    }
    if (open_snapshot(context, word, opened, out, err) != STATUS_OK) {
        return err->status != STATUS_USAGE
                   ? err->status
                   : err_hint(err,
                              "a side is a URL, a service of rollcall.ini, a file of 'rollcall digest', or a "
                              "snapshot: 'rollcall snapshot list' shows those");
    }
    return STATUS_OK;
}
