/* snapshot: tables saved by hand, and what is done with them. */
#include "cli/command.h"

#include "journal/saved.h"

#include "migrate/freeze.h"
#include "migrate/session.h"
#include "report/snapshot_cat.h"
#include "report/snapshot_report.h"

#include <string.h>

static struct name_list
table_names(struct command_context *context)
{
    struct name_list names = {0};
    const char *at = context->options.tables;
    while (at != NULL && *at != '\0') {
        size_t len = strcspn(at, ",");
        if (len > 0) {
            vec_push(&context->arena, &names, arena_strndup(&context->arena, at, len));
        }
        at += len + (at[len] == ',');
    }
    return names;
}

static enum status
need_id(const struct command_context *context, struct err *err)
{
    if (context->n_words >= 2) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE, "'rollcall snapshot %s' needs a snapshot", context->words[0]);
    return err_hint(err, "'rollcall snapshot list' lists them; 'last' is the newest");
}

static enum status
take(struct command_context *context, int *exit_code, struct err *err)
{
    const struct service *service = &context->services[0];
    struct name_list names = table_names(context);
    struct snapshot_set set;
    struct observer observer = console_observer(&context->console);
    SESSION_SCOPED session = {0};
    (void)exit_code;
    if (context->n_words > 1) {
        (void)err_raise(err, STATUS_USAGE, "'snapshot take' does not know '%s'", context->words[1]);
        return err_hint(err, "--tables %s takes that table only", context->words[1]);
    }
    TRY(session_open(service, SESSION_READ, true, &observer, &context->arena, &session, err));
    TRY(snapshot_set_take(session.conn, service, "", &names, &context->arena, &set, err));
    snapshot_taken_print(&context->console, &set);
    return STATUS_OK;
}

static enum status
list(struct command_context *context, int *exit_code, struct err *err)
{
    struct snapshot_sets sets;
    (void)exit_code;
    TRY(snapshot_set_list(&context->services[0], &context->arena, &sets, err));
    snapshot_list_print(&context->console, &sets);
    return STATUS_OK;
}

static enum status
verify(struct command_context *context, int *exit_code, struct err *err)
{
    const struct service *service = &context->services[0];
    struct snapshot_sets sets = {0};
    if (context->n_words < 2) {
        TRY(snapshot_set_list(service, &context->arena, &sets, err));
    } else {
        struct snapshot_set set;
        TRY(snapshot_set_find(service, context->words[1], &context->arena, &set, err));
        vec_push(&context->arena, &sets, set);
    }
    struct err *failures = arena_new_array(&context->arena, struct err, sets.n + 1);
    for (size_t i = 0; i < sets.n; i++) {
        enum status status = snapshot_set_verify(&sets.items[i], &context->arena, &failures[i]);
        if (status != STATUS_OK && status != STATUS_CORRUPT) {
            *err = failures[i];
            return status;
        }
        *exit_code = status == STATUS_CORRUPT ? EXIT_CORRUPT : *exit_code;
    }
    snapshot_verified_print(&context->console, &sets, failures);
    return STATUS_OK;
}

static enum status
cat_format(const char *name, enum cat_format *out, struct err *err)
{
    static const char *const names[] = {[CAT_COPY] = "copy", [CAT_CSV] = "csv", [CAT_JSONL] = "jsonl"};
    *out = CAT_COPY;
    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        if (str_eq(name, names[i])) {
            *out = (enum cat_format)i;
            return STATUS_OK;
        }
    }
    return name == NULL ? STATUS_OK
                        : err_raise(err, STATUS_USAGE, "'--format' is copy, csv or jsonl, not '%s'", name);
}

static enum status
cat(struct command_context *context, int *exit_code, struct err *err)
{
    struct snapshot_set set;
    enum cat_format format;
    SNAPSHOT_SCOPED *reader = NULL;
    (void)exit_code;
    TRY(need_id(context, err));
    TRY(cat_format(context->options.format, &format, err));
    TRY(snapshot_set_find(&context->services[0], context->words[1], &context->arena, &set, err));
    for (size_t i = 0; i < set.n && context->n_words == 3; i++) {
        const char *dot = strrchr(set.items[i].table, '.');
        if (str_eq(set.items[i].table, context->words[2]) ||
            (dot != NULL && str_eq(dot + 1, context->words[2]))) {
            TRY(snapshot_open(snapshot_set_path(&set, &set.items[i], &context->arena), &reader, err));
            return snapshot_cat(reader, format, context->console.out, err);
        }
    }
    (void)err_raise(err, STATUS_USAGE, "the snapshot '%s' has no table '%s'", set.id,
                    context->n_words == 3 ? context->words[2] : "");
    return err_hint(err, "'rollcall snapshot list' shows its tables");
}

/* Into frozen tables, too: where triggers do not stand aside within the restore's transaction, by a pass. */
static enum status
restore_through_freeze(const struct command_context *context, struct session *session,
                       const struct snapshot_set *set, const struct restore_options *options,
                       struct restore_result *result, struct err *err)
{
    struct conn *conn = session->conn;
    struct arena *arena = session->arena;
    struct freeze_marks marks;
    struct err ignored;
    TRY(conn_freeze_find(conn, arena, &marks, err));
    bool has_pass = marks.n > 0 && !options->dry_run && !conn_has(conn, CAP_TRANSACTIONAL_DDL);
    if (marks.n > 0 && !options->dry_run) {
        console_note(&context->console, "rows are put back through the freeze, which stays");
    }
    if (has_pass) {
        TRY(conn_freeze_pass(conn, true, err));
    }
    enum status status = snapshot_set_restore(conn, session->service, set, options, arena, result, err);
    if (has_pass && !conn->is_lost) {
        enum status taken = conn_freeze_pass(conn, false, status == STATUS_OK ? err : &ignored);
        status = status == STATUS_OK ? taken : status;
    }
    return status;
}

static enum status
restore(struct command_context *context, int *exit_code, struct err *err)
{
    const struct service *service = &context->services[0];
    const struct options *given = &context->options;
    struct restore_options options = {.tables = table_names(context),
                                      .into_schema = given->into_schema,
                                      .replace = given->replace,
                                      .dry_run = given->dry_run};
    struct observer observer = console_observer(&context->console);
    struct snapshot_set set;
    struct restore_result result;
    SESSION_SCOPED session = {0};
    (void)exit_code;
    TRY(need_id(context, err));
    TRY(snapshot_set_find(service, context->words[1], &context->arena, &set, err));
    TRY(session_open(service, given->dry_run ? SESSION_READ : SESSION_WRITE, true, &observer, &context->arena,
                     &session, err));
    if (!given->dry_run) {
        TRY(session_acquire(&session, "snapshot restore", false, err));
    }
    TRY(restore_through_freeze(context, &session, &set, &options, &result, err));
    snapshot_restored_print(&context->console, &set, &result, given->dry_run);
    return STATUS_OK;
}

/* What an applied migration saved is its way back; a set of an operation that is not finished may be all
 * there is to undo it with. */
static enum status
held_sets(struct command_context *context, struct name_list *out, struct err *err)
{
    struct observer observer = console_observer(&context->console);
    struct operation *operations;
    size_t n;
    SESSION_SCOPED session = {0};
    TRY(session_open(&context->services[0], SESSION_READ, true, &observer, &context->arena, &session, err));
    if (!session.has_registry) {
        return STATUS_OK;
    }
    TRY(operation_list(session.conn, &context->arena, &operations, &n, err));
    for (size_t i = 0; i < n; i++) {
        if (operations[i].finished_us == 0) {
            vec_push(&context->arena, out, operations[i].op);
        }
    }
    struct saved_sets sets;
    TRY(saved_sets(session.conn, &context->arena, &sets, err));
    for (size_t i = 0; i < sets.n; i++) {
        vec_push(&context->arena, out, sets.items[i]);
    }
    return STATUS_OK;
}

static enum status
gc(struct command_context *context, int *exit_code, struct err *err)
{
    enum { KEEP = 10 };
    const struct options *given = &context->options;
    struct name_list held = {0};
    struct snapshot_sets removed;
    (void)exit_code;
    TRY(held_sets(context, &held, err));
    TRY(snapshot_set_gc(&context->services[0], given->keep == 0 ? KEEP : given->keep, &held, given->dry_run,
                        &context->arena, &removed, err));
    snapshot_removed_print(&context->console, &removed, given->dry_run);
    return STATUS_OK;
}

enum status
cmd_snapshot(struct command_context *context, int *exit_code, struct err *err)
{
    static const struct {
        const char *name;
        enum status (*run)(struct command_context *context, int *exit_code, struct err *err);
    } actions[] = {{"take", take}, {"list", list},       {"verify", verify},
                   {"cat", cat},   {"restore", restore}, {"gc", gc}};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        if (str_eq(context->words[0], actions[i].name)) {
            return actions[i].run(context, exit_code, err);
        }
    }
    (void)err_raise(err, STATUS_USAGE, "'rollcall snapshot' has no '%s'", context->words[0]);
    return err_hint(err, "take, list, verify, cat, restore or gc");
}
