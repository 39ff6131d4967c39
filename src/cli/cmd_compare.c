/* compare: the rows of two databases, snapshots or queries. */
#include "cli/command.h"

#include "base/vec.h"
#include "driver/conn.h"
#include "driver/driver.h"
#include "migrate/snapshot.h"
#include "recon/compare.h"
#include "report/compare_report.h"

#include <string.h>

/* What a side holds open. */
struct opened {
    struct conn *conn;
    struct snapshot_reader **readers;
    size_t n_readers;
};

struct opened_pair {
    struct opened items[2];
};

static void
opened_release(struct opened_pair *pair)
{
    for (int i = 0; i < 2; i++) {
        conn_close(pair->items[i].conn);
        for (size_t j = 0; j < pair->items[i].n_readers; j++) {
            snapshot_close(pair->items[i].readers[j]);
        }
    }
}

static struct compare_names
split_names(const char *list, struct arena *arena)
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

/* -- sides -------------------------------------------------------------------------------------------------
 */

static enum status
open_database(const struct command_context *context, const char *url, struct opened *opened,
              struct compare_end *out, struct err *err)
{
    struct conn_params params = {.application = "rollcall compare",
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
open_snapshot(struct command_context *context, const char *id, struct opened *opened, struct compare_end *out,
              struct err *err)
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

/* A URL, a service of the project, or a snapshot. */
static enum status
open_side(struct command_context *context, const char *word, struct opened *opened, struct compare_end *out,
          struct err *err)
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
                   : err_hint(err, "a side is a URL, a service of rollcall.ini, or a snapshot: "
                                   "'rollcall snapshot list' shows those");
    }
    return STATUS_OK;
}

/* -- options -----------------------------------------------------------------------------------------------
 */

static void
tell_wait(void *state, const char *table, uint64_t differences)
{
    const struct command_context *context = state;
    ARENA_SCOPED scratch = {0};
    console_note(&context->console, "looking again at '%s', where %llu row%s differ%s",
                 shown(&scratch, table), (unsigned long long)differences, differences == 1 ? "" : "s",
                 differences == 1 ? "s" : "");
}

static enum status
read_options(struct command_context *context, struct compare_options *out, struct err *err)
{
    const struct options *given = &context->options;
    struct arena *arena = &context->arena;
    uint64_t grace_ms = 1000;
    *out = (struct compare_options){.tables = split_names(given->tables, arena),
                                    .key = split_names(given->key_columns, arena),
                                    .columns = split_names(given->columns, arena),
                                    .limit = given->limit,
                                    .recheck = given->recheck,
                                    .waits = tell_wait,
                                    .state = context};
    if (given->grace != NULL &&
        (!parse_duration(span_of(given->grace), &grace_ms) || grace_ms > UINT32_MAX)) {
        return err_raise(err, STATUS_USAGE, "'--grace' wants a time such as 5s, not '%s'", given->grace);
    }
    if (given->grace != NULL && out->recheck == 0) {
        out->recheck = 1;
    }
    out->grace_ms = (uint32_t)grace_ms;
    if ((given->left_query == NULL) != (given->right_query == NULL)) {
        (void)err_raise(err, STATUS_USAGE, "one side is a query and the other is not");
        return err_hint(err, "give both: --left-query SQL --right-query SQL");
    }
    return STATUS_OK;
}

enum status
cmd_compare(struct command_context *context, int *exit_code, struct err *err)
{
    static const char *const names[2] = {"left", "right"};
    const char *const queries[2] = {context->options.left_query, context->options.right_query};
    CLEANUP(opened_release) struct opened_pair opened = {{{.conn = NULL}, {.conn = NULL}}};
    struct compare_end ends[2];
    struct compare_options options;
    struct compare_result result;
    TRY(read_options(context, &options, err));
    for (int i = 0; i < 2; i++) {
        if (open_side(context, context->words[i], &opened.items[i], &ends[i], err) != STATUS_OK) {
            return err_wrap(err, "%s side", names[i]);
        }
        if (queries[i] != NULL && ends[i].conn == NULL) {
            return err_raise(err, STATUS_USAGE, "%s side: a snapshot takes no query", names[i]);
        }
        ends[i].query = queries[i];
        ends[i].label = queries[i] != NULL ? names[i] : ends[i].label;
    }
    TRY(compare_run(ends, &options, &context->arena, &result, err));
    compare_report_print(&context->console, &result, context->options.show_values);
    *exit_code = result.verdict == VERDICT_SAME        ? EXIT_DONE
                 : result.verdict == VERDICT_DIFFERENT ? EXIT_DIFFERENT
                                                       : EXIT_INCONCLUSIVE;
    return STATUS_OK;
}
