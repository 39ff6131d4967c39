/* fk: foreign keys, declared and virtual, checked by the data. */
#include "cli/vfk.h"

#include "base/io.h"
#include "base/vec.h"
#include "report/fk_report.h"

#include <string.h>

static enum status
declared(struct sites *sites, struct fk_list *out, struct err *err)
{
    struct command_context *context = sites->context;
    VEC(const char *) tables = {0};
    for (const char *at = context->options.tables; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ",");
        if (len > 0) {
            vec_push(&context->arena, &tables, arena_strndup(&context->arena, at, len));
        }
        at += len + (at[len] == ',');
    }
    for (size_t i = 0; i < sites->n; i++) {
        const char *name = sites->items[i].service.name;
        struct conn *conn;
        if (context->options.service != NULL && name[0] != '\0' && !str_eq(context->options.service, name)) {
            continue;
        }
        TRY(sites_conn(sites, name, &conn, err));
        if (fk_declared(conn, name, tables.items, tables.n, &context->arena, out, err) != STATUS_OK) {
            return name[0] == '\0' ? err->status : err_wrap(err, "service '%s'", name);
        }
    }
    return STATUS_OK;
}

static enum status
check(struct command_context *context, const struct fk_list *keys, struct fk_results *results,
      struct err *err)
{
    const struct options *given = &context->options;
    struct fk_options options = {.show_values = given->show_values,
                                 .sample = given->limit == 0 ? 10 : given->limit};
    results->items = arena_new_array(&context->arena, struct fk_result, keys->n + 1);
    for (size_t i = 0; i < keys->n; i++) {
        TRY(stop_check(err));
        TRY(fk_check(&keys->items[i], &options, &context->arena, &results->items[results->n], err));
        results->n++;
    }
    return STATUS_OK;
}

enum status
cmd_fk(struct command_context *context, int *exit_code, struct err *err)
{
    struct fk_list keys = {0};
    struct fk_results results = {0};
    SITES_SCOPED sites = {0};
    TRY(sites_init(context, &sites, err));
    TRY(declared(&sites, &keys, err));
    TRY(vfk_list(&sites, &keys, err));
    TRY(check(context, &keys, &results, err));
    fk_report_print(&context->console, &results);
    *exit_code = fk_orphans(&results) > 0 ? EXIT_DIFFERENT : EXIT_DONE;
    return STATUS_OK;
}
