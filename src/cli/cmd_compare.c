/* compare: the rows of two databases, snapshots, digests or queries. */
#include "cli/digest_sides.h"

#include "report/compare_report.h"

struct side_pair {
    struct side_handle items[2];
};

static void
close_both(struct side_pair *pair)
{
    side_close(&pair->items[0]);
    side_close(&pair->items[1]);
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
    *out = (struct compare_options){.tables = side_names(given->tables, arena),
                                    .key = side_names(given->key_columns, arena),
                                    .columns = side_names(given->columns, arena),
                                    .limit = given->limit,
                                    .recheck = given->recheck,
                                    .waits = tell_wait,
                                    .state = context};
    TRY(compare_rules_parse(given->tolerance, arena, &out->rules, err));
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

static enum status
run_live(struct command_context *context, struct side_pair *opened, struct compare_result *out,
         struct err *err)
{
    static const char *const names[2] = {"left", "right"};
    const char *const queries[2] = {context->options.left_query, context->options.right_query};
    struct compare_end ends[2];
    struct compare_options options;
    TRY(read_options(context, &options, err));
    if (context->options.salt != NULL || context->options.signer != NULL) {
        (void)err_raise(err, STATUS_USAGE,
                        "neither side is a digest, and only those have a salt or a signature");
        return err_hint(err, "'rollcall digest' writes one");
    }
    for (int i = 0; i < 2; i++) {
        if (side_open(context, context->words[i], &opened->items[i], &ends[i], err) != STATUS_OK) {
            return err_wrap(err, "%s side", names[i]);
        }
        if (queries[i] != NULL && ends[i].conn == NULL) {
            return err_raise(err, STATUS_USAGE, "%s side: a snapshot takes no query", names[i]);
        }
        ends[i].query = queries[i];
        ends[i].label = queries[i] != NULL ? names[i] : ends[i].label;
    }
    return compare_run(ends, &options, &context->arena, out, err);
}

enum status
cmd_compare(struct command_context *context, int *exit_code, struct err *err)
{
    CLEANUP(close_both) struct side_pair opened = {{{.conn = NULL}, {.conn = NULL}}};
    struct compare_result result;
    if (digest_side_is(context->words[0]) || digest_side_is(context->words[1])) {
        TRY(digest_sides_compare(context, opened.items, &result, err));
    } else {
        TRY(run_live(context, &opened, &result, err));
    }
    compare_report_print(&context->console, &result, context->options.show_values);
    *exit_code = result.verdict == VERDICT_SAME        ? EXIT_DONE
                 : result.verdict == VERDICT_DIFFERENT ? EXIT_DIFFERENT
                                                       : EXIT_INCONCLUSIVE;
    return STATUS_OK;
}
