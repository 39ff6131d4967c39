#include "report/drill_report.h"

#include "base/term.h"
#include "report/diff_report.h"
#include "report/json.h"

#include <inttypes.h>

enum { MAX_RESIDUE = 6, MAX_SPELLINGS = 2, MAX_CELLS = 6, MAX_VALUE = 60 };

static void
add_text(struct buf *out, const char *text)
{
    term_escape(out, span_of(text), false);
}

/* `text`, then blanks up to `width` columns, one at least. */
static void
add_column(struct buf *out, const char *text, size_t width)
{
    BUF_SCOPED shown = BUF_INIT(BUF_TEXT_MAX);
    add_text(&shown, text);
    buf_span(out, buf_view(&shown));
    size_t at = term_width(buf_view(&shown));
    do {
        buf_char(out, ' ');
    } while (++at < width);
}

/* -- while it runs
 * ------------------------------------------------------------------------------------------- */

static void
show_event(void *context, const struct event *event)
{
    struct console *console = context;
    ARENA_SCOPED scratch = {0};
    if (console->progress_json) {
        json_print_event(console->err, event);
        return;
    }
    if (console->progress.label == NULL) {
        progress_begin(&console->progress, console->err, term_is_tty(console->err) && !console->quiet,
                       "drill", event->total);
    }
    progress_at(&console->progress, event->number - 1,
                arena_printf(&scratch, "%s: %s", shown(&scratch, event->id), event->direction));
}

struct observer
drill_observer(struct console *console)
{
    return (struct observer){.tell = show_event, .context = console};
}

/* -- one step -----------------------------------------------------------------------------------------------
 */

static const char *
rows_name(enum drill_rows rows)
{
    switch (rows) {
    case DRILL_ROWS_NOT_CHECKED:
        return "not-checked";
    case DRILL_ROWS_SAME:
        return "same";
    case DRILL_ROWS_DIFFERENT:
        break;
    }
    return "different";
}

static const char *
reup_name(enum drill_reup reup)
{
    switch (reup) {
    case DRILL_REUP_NOT_TRIED:
        return "";
    case DRILL_REUP_OK:
        return "ok";
    case DRILL_REUP_FAIL:
        return "fail";
    case DRILL_REUP_DIFFERS:
        break;
    }
    return "differs";
}

static const char *
residue_words(const struct drill_residue *residue)
{
    if (residue->change == CHANGE_ADDED) {
        return "is left behind";
    }
    if (residue->change == CHANGE_REMOVED) {
        return "does not come back";
    }
    switch (residue->class) {
    case CHANGE_CLASS_TEXT:
        return "has another spelling";
    case CHANGE_CLASS_COLUMN_ORDER:
        return "has moved to another place";
    case CHANGE_CLASS_NONE:
    case CHANGE_CLASS_MEANING:
        break;
    }
    return "is not what it was";
}

static void
add_value(struct buf *out, const char *value)
{
    if (value == NULL) {
        buf_str(out, "NULL");
        return;
    }
    struct span span = span_of(value);
    size_t shown = utf8_offset(span, MAX_VALUE);
    buf_char(out, '\'');
    term_escape(out, (struct span){value, shown}, false);
    buf_str(out, shown < span.len ? "…'" : "'");
}

static void
add_cells(struct buf *out, const struct row_example *example)
{
    for (size_t i = 0; i < example->n_cells && i < MAX_CELLS; i++) {
        const struct row_cell *cell = &example->cells[i];
        buf_str(out, i == 0 ? " " : ", ");
        add_text(out, cell->column);
        buf_char(out, ' ');
        if (example->change != ROW_EXTRA) {
            add_value(out, cell->before);
        }
        buf_str(out, example->change == ROW_CHANGED ? " became " : "");
        if (example->change != ROW_MISSING) {
            add_value(out, cell->after);
        }
    }
    buf_str(out, example->n_cells > MAX_CELLS ? ", …" : "");
}

static void
add_example(struct buf *out, const struct row_example *example)
{
    static const char *const words[] = {
        [ROW_MISSING] = "is gone:", [ROW_EXTRA] = "is new:", [ROW_CHANGED] = "differs:"};
    buf_str(out, "      row of ");
    add_text(out, example->table);
    for (size_t i = 0; i < example->n_key; i++) {
        buf_str(out, i == 0 ? " with " : " and ");
        add_text(out, example->key[i].column);
        buf_char(out, ' ');
        add_value(out, example->key[i].before);
    }
    buf_printf(out, " %s", words[example->change]);
    add_cells(out, example);
    buf_char(out, '\n');
}

static void
add_rows(struct buf *out, const struct drill_step *step)
{
    if (step->example != NULL) {
        add_example(out, step->example);
    }
    for (size_t i = 0; i < step->n_row_tables; i++) {
        if (step->example == NULL || !str_eq(step->example->table, step->row_tables[i])) {
            buf_str(out, "      rows of ");
            add_text(out, step->row_tables[i]);
            buf_str(out, " are not what they were\n");
        }
    }
}

/* Beside a change of meaning, another spelling is not worth a line. */
static bool
is_worth_a_line(const struct drill_step *step, const struct drill_residue *residue)
{
    return drill_restores(step->verdict) || residue->class == CHANGE_CLASS_MEANING;
}

static void
add_residue(struct buf *out, const struct drill_step *step, bool verbose)
{
    size_t most = verbose ? step->n_residue : step->verdict == DRILL_TEXT ? MAX_SPELLINGS : MAX_RESIDUE;
    size_t shown = 0;
    size_t left = 0;
    for (size_t i = 0; i < step->n_residue; i++) {
        const struct drill_residue *residue = &step->residue[i];
        if (!verbose && !is_worth_a_line(step, residue)) {
            continue;
        }
        if (shown++ >= most) {
            left++;
            continue;
        }
        buf_printf(out, "      %s ", object_kind_name(residue->kind));
        add_text(out, residue->name);
        buf_printf(out, " %s\n", residue_words(residue));
    }
    if (left > 0) {
        buf_printf(out, "      and %zu more (--verbose lists them)\n", left);
    }
}

static void
add_details(struct buf *out, const struct drill_step *step, bool verbose)
{
    add_residue(out, step, verbose);
    add_rows(out, step);
    if (step->error != NULL) {
        buf_str(out, step->reup == DRILL_REUP_FAIL ? "      up again: " : "      ");
        add_text(out, step->error);
        buf_char(out, '\n');
    }
    if (step->partial != NULL) {
        buf_str(out, "      left half done at ");
        add_text(out, step->partial);
        buf_char(out, '\n');
    }
    if (step->set_aside != NULL) {
        buf_str(out, "      note: tried without made-up rows, on which the up fails: ");
        add_text(out, step->set_aside);
        buf_char(out, '\n');
    }
    for (size_t i = 0; i < step->n_unstable; i++) {
        buf_str(out, "      note: ");
        add_text(out, step->unstable[i]);
        buf_str(out, " comes out differently every time\n");
    }
}

/* -- the report ---------------------------------------------------------------------------------------------
 */

static bool
is_shown(const struct drill_step *step, const struct drill_report_options *options)
{
    return options->verbose || step->verdict != DRILL_EXACT || !step->is_honest ||
           step->reup == DRILL_REUP_DIFFERS || step->n_unstable > 0 || step->set_aside != NULL;
}

static size_t
name_width(const struct drill_result *result, const struct drill_report_options *options)
{
    size_t width = 9;
    for (size_t i = 0; i < result->n; i++) {
        size_t len = term_width(span_of(result->items[i].id));
        width = is_shown(&result->items[i], options) && len > width ? len : width;
    }
    return width > 60 ? 60 : width;
}

static void
add_steps(struct buf *out, const struct drill_result *result, const struct drill_report_options *options)
{
    size_t width = name_width(result, options);
    bool has_head = false;
    for (size_t i = 0; i < result->n; i++) {
        const struct drill_step *step = &result->items[i];
        if (!is_shown(step, options)) {
            continue;
        }
        if (!has_head) {
            buf_str(out, "  ");
            add_column(out, "migration", width + 2);
            buf_str(out, "down          rows         up again\n");
            has_head = true;
        }
        buf_str(out, step->is_honest ? "  " : "! ");
        add_column(out, step->id, width + 2);
        buf_str(out, ink(options->color, step->is_honest ? INK_PLAIN : INK_RED));
        add_column(out, drill_verdict_name(step->verdict), 14);
        buf_str(out, ink(options->color, INK_PLAIN));
        add_column(out, step->rows == DRILL_ROWS_NOT_CHECKED ? "-" : rows_name(step->rows), 13);
        buf_printf(out, "%s\n", step->reup == DRILL_REUP_NOT_TRIED ? "-" : reup_name(step->reup));
        add_details(out, step, options->verbose);
    }
    buf_str(out, has_head ? "\n" : "");
}

static void
add_walk(struct buf *out, const struct drill_walk *walk, bool verbose)
{
    if (walk->failed == 0 && walk->n_left == 0) {
        buf_str(out, "all the way down: nothing is left\n");
        return;
    }
    buf_printf(out, "all the way down: %zu failed, %zu objects are left\n", walk->failed, walk->n_left);
    for (size_t i = 0; i < walk->failed; i++) {
        buf_str(out, "      ");
        add_text(out, walk->failures[i].error);
        buf_char(out, '\n');
    }
    size_t shown = verbose || walk->n_left <= MAX_RESIDUE ? walk->n_left : MAX_RESIDUE - 1;
    for (size_t i = 0; i < shown; i++) {
        buf_printf(out, "      %s ", object_kind_name(walk->left[i].kind));
        add_text(out, walk->left[i].name);
        buf_char(out, '\n');
    }
    if (shown < walk->n_left) {
        buf_printf(out, "      and %zu more\n", walk->n_left - shown);
    }
}

static void
add_sums(struct buf *out, const struct drill_result *result)
{
    size_t counts[DRILL_VERDICT_COUNT] = {0};
    for (size_t i = 0; i < result->n; i++) {
        counts[result->items[i].verdict]++;
    }
    for (size_t i = 0, n = 0; i < DRILL_VERDICT_COUNT; i++) {
        if (counts[i] > 0) {
            buf_printf(out, "%s%zu %s", n++ == 0 ? "" : ", ", counts[i],
                       drill_verdict_name((enum drill_verdict)i));
        }
    }
    buf_printf(out, "%s%zu honest, %zu dishonest, %zu failed of %zu, on %s in %" PRId64 ".%" PRId64 " s\n",
               result->n == 0 ? "" : "\n", result->honest, result->dishonest, result->failed, result->n,
               result->engine, result->us / 1000000, result->us / 100000 % 10);
}

void
drill_report_text(const struct drill_result *result, const struct drill_report_options *options,
                  struct buf *out)
{
    add_steps(out, result, options);
    if (result->rows_made > 0 || result->rows_refused > 0) {
        buf_printf(out, "%zu rows made up (--seed %" PRIu64 " makes the same again)", result->rows_made,
                   result->seed);
        if (result->rows_refused > 0) {
            buf_printf(out, ", %zu refused by the schema, the last: ", result->rows_refused);
            add_text(out, result->refusal);
        }
        buf_char(out, '\n');
    }
    if (result->has_walk) {
        add_walk(out, &result->walk, options->verbose);
    }
    if (result->n_skipped > 0) {
        buf_printf(out, "%zu repeatable or baseline scripts have no down and were left out\n",
                   result->n_skipped);
    }
    add_sums(out, result);
}

/* -- JSON ---------------------------------------------------------------------------------------------------
 */

static const char *residue_class_name(enum change_class class)
{
    switch (class) {
    case CHANGE_CLASS_TEXT:
        return drill_verdict_name(DRILL_TEXT);
    case CHANGE_CLASS_COLUMN_ORDER:
        return drill_verdict_name(DRILL_COLUMN_ORDER);
    case CHANGE_CLASS_NONE:
    case CHANGE_CLASS_MEANING:
        break;
    }
    return drill_verdict_name(DRILL_DIFFERENT);
}

static json_t *
json_residue(const struct drill_residue *residue, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:s, s:s}", "kind", object_kind_name(residue[i].kind), "name",
                            json_text(residue[i].name), "change", change_kind_word(residue[i].change),
                            "class", residue_class_name(residue[i].class)));
    }
    return list;
}

static json_t *
json_names(const char *const *names, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, json_text(names[i]));
    }
    return list;
}

static json_t *
json_example(const struct row_example *example)
{
    static const char *const kinds[] = {
        [ROW_MISSING] = "missing", [ROW_EXTRA] = "extra", [ROW_CHANGED] = "different"};
    if (example == NULL) {
        return json_null();
    }
    json_t *key = json_object();
    json_t *columns = json_array();
    for (size_t i = 0; i < example->n_key; i++) {
        json_object_set_new(key, example->key[i].column, json_text(example->key[i].before));
    }
    for (size_t i = 0; i < example->n_cells; i++) {
        const struct row_cell *cell = &example->cells[i];
        json_array_append_new(columns,
                              json_pack("{s:o, s:o, s:o}", "column", json_text(cell->column), "before",
                                        json_text(cell->before), "after", json_text(cell->after)));
    }
    return json_pack("{s:o, s:s, s:o, s:o}", "table", json_text(example->table), "kind",
                     kinds[example->change], "key", key, "columns", columns);
}

static json_t *
json_step(const struct drill_step *step)
{
    json_t *object =
        json_pack("{s:o, s:o, s:s, s:b, s:s, s:o, s:o, s:o, s:o}", "version", json_text(step->version),
                  "name", json_text(step->name), "verdict", drill_verdict_name(step->verdict), "restores",
                  drill_restores(step->verdict), "rows", rows_name(step->rows), "reup",
                  step->reup == DRILL_REUP_NOT_TRIED ? json_null() : json_string(reup_name(step->reup)),
                  "residue", json_residue(step->residue, step->n_residue), "partial",
                  json_text(step->partial), "error", json_text(step->error));
    json_object_set_new(object, "id", json_text(step->id));
    json_object_set_new(object, "honest", json_boolean(step->is_honest));
    json_object_set_new(object, "row_tables", json_names(step->row_tables, step->n_row_tables));
    json_object_set_new(object, "example", json_example(step->example));
    json_object_set_new(object, "unstable", json_names(step->unstable, step->n_unstable));
    json_object_set_new(object, "rows_set_aside", json_text(step->set_aside));
    json_object_set_new(object, "ms", json_integer(step->us / 1000));
    return object;
}

static json_t *
json_walk(const struct drill_walk *walk)
{
    json_t *failures = json_array();
    for (size_t i = 0; i < walk->failed; i++) {
        const struct drill_failure *failure = &walk->failures[i];
        json_array_append_new(failures,
                              json_pack("{s:o, s:o, s:o}", "id", json_text(failure->id), "version",
                                        json_text(failure->version), "error", json_text(failure->error)));
    }
    return json_pack("{s:I, s:o, s:o}", "failed", (json_int_t)walk->failed, "left",
                     json_residue(walk->left, walk->n_left), "failures", failures);
}

json_t *
drill_report_json(const struct drill_result *result)
{
    json_t *steps = json_array();
    json_t *walk = json_null();
    for (size_t i = 0; i < result->n; i++) {
        json_array_append_new(steps, json_step(&result->items[i]));
    }
    if (result->has_walk) {
        walk = json_walk(&result->walk);
    }
    return json_pack(
        "{s:o, s:o, s:I, s:I, s:I, s:s, s:o, s:I, s:I, s:I, s:o, s:I}", "migrations", steps, "walk", walk,
        "honest", (json_int_t)result->honest, "dishonest", (json_int_t)result->dishonest, "failed",
        (json_int_t)result->failed, "engine", result->engine, "seed",
        result->seed == 0 ? json_null() : json_integer((json_int_t)result->seed), "rows_made",
        (json_int_t)result->rows_made, "rows_refused", (json_int_t)result->rows_refused, "skipped",
        (json_int_t)result->n_skipped, "leftovers", json_names(result->leftovers, result->n_leftovers), "ms",
        (json_int_t)(result->us / 1000));
}
