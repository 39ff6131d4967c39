#include "report/fk_report.h"

#include "report/json.h"

#include <inttypes.h>

int64_t
fk_orphans(const struct fk_results *results)
{
    int64_t sum = 0;
    for (size_t i = 0; i < results->n; i++) {
        sum += results->items[i].orphans;
    }
    return sum;
}

/* -- JSON
 * ---------------------------------------------------------------------------------------------------------
 */

static json_t *
key_json(const struct fk_result *result, const struct fk_sample *sample)
{
    ARENA_SCOPED scratch = {0};
    json_t *list = sample->key == NULL ? json_null() : json_array();
    for (size_t i = 0; sample->key != NULL && i < result->fk->n_columns; i++) {
        const struct value *value = &sample->key[i];
        json_array_append_new(list, json_text(value_is_null(value) ? NULL : value_to_str(value, &scratch)));
    }
    return list;
}

static json_t *
result_json(const struct fk_result *result)
{
    ARENA_SCOPED scratch = {0};
    const struct fk *fk = result->fk;
    json_t *row = json_object();
    json_t *sample = json_array();
    json_put(row, "name", json_text(fk->name));
    json_put(row, "child", json_text(fk_end_text(fk, &fk->child, &scratch)));
    json_put(row, "parent", json_text(fk_end_text(fk, &fk->parent, &scratch)));
    json_put(row, "virtual", json_boolean(fk->is_virtual));
    json_put(row, "validated", fk->is_virtual ? json_null() : json_boolean(fk->is_validated));
    json_put(row, "checked", json_integer(result->checked));
    json_put(row, "orphans", json_integer(result->orphans));
    for (size_t i = 0; i < result->n_sample; i++) {
        json_t *one = json_object();
        json_put(one, "key", key_json(result, &result->sample[i]));
        json_put(one, "rows", json_integer(result->sample[i].rows));
        json_array_append_new(sample, one);
    }
    json_put(row, "sample", sample);
    json_t *notes = json_array();
    for (size_t i = 0; i < result->n_notes; i++) {
        json_array_append_new(notes, json_text(result->notes[i]));
    }
    json_put(row, "notes", notes);
    return row;
}

static void
print_json(const struct console *console, const struct fk_results *results)
{
    json_t *document = json_object();
    json_t *keys = json_array();
    for (size_t i = 0; i < results->n; i++) {
        json_array_append_new(keys, result_json(&results->items[i]));
    }
    json_put(document, "orphans", json_integer(fk_orphans(results)));
    json_put(document, "keys", keys);
    json_print(console->out, document);
}

/* -- text
 * ---------------------------------------------------------------------------------------------------------
 */

static void
print_sample(const struct console *console, const struct fk_result *result, const struct fk_sample *sample)
{
    ARENA_SCOPED scratch = {0};
    console_print(console, "    (");
    for (size_t i = 0; i < result->fk->n_columns; i++) {
        const struct value *value = &sample->key[i];
        console_print(console, "%s%s", i == 0 ? "" : ", ",
                      value_is_null(value) ? "NULL" : shown(&scratch, value_to_str(value, &scratch)));
    }
    console_print(console, "): %" PRId64 " row%s\n", sample->rows, sample->rows == 1 ? "" : "s");
}

static void
print_result(const struct console *console, const struct fk_result *result)
{
    ARENA_SCOPED scratch = {0};
    const struct fk *fk = result->fk;
    bool has_orphans = result->orphans > 0;
    const char *child = fk_end_text(fk, &fk->child, &scratch);
    console_print(console, "%s%-6s%s  %s%s%s -> %s: %" PRId64 " checked, %s%" PRId64 " orphan%s%s%s%s\n",
                  ink(console->color, has_orphans ? INK_RED : INK_GREEN), has_orphans ? "broken" : "holds",
                  ink(console->color, INK_PLAIN), str_eq(fk->name, child) ? "" : shown(&scratch, fk->name),
                  str_eq(fk->name, child) ? "" : ": ", shown(&scratch, child),
                  shown(&scratch, fk_end_text(fk, &fk->parent, &scratch)), result->checked,
                  ink(console->color, has_orphans ? INK_BOLD : INK_PLAIN), result->orphans,
                  result->orphans == 1 ? "" : "s", ink(console->color, INK_PLAIN),
                  fk->parent.is_missing ? " (the parent is not there)" : "",
                  fk->is_virtual || fk->is_validated ? "" : " (declared NOT VALID)");
    for (size_t i = 0; i < result->n_notes; i++) {
        console_print(console, "    note: %s\n", result->notes[i]);
    }
    for (size_t i = 0; i < result->n_sample && result->sample[i].key != NULL; i++) {
        print_sample(console, result, &result->sample[i]);
    }
}

void
fk_report_print(const struct console *console, const struct fk_results *results)
{
    bool has_hidden = false;
    if (console->json) {
        print_json(console, results);
        return;
    }
    for (size_t i = 0; i < results->n; i++) {
        const struct fk_result *result = &results->items[i];
        print_result(console, result);
        has_hidden = has_hidden || (result->n_sample > 0 && result->sample[0].key == NULL);
    }
    console_print(console, "%zu key%s, %" PRId64 " orphan%s\n", results->n, results->n == 1 ? "" : "s",
                  fk_orphans(results), fk_orphans(results) == 1 ? "" : "s");
    if (has_hidden) {
        console_note(console, "the keys themselves are not shown; --show-values shows some of each");
    }
}
