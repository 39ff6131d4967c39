#include "report/reconcile_report.h"

#include "report/json.h"

#include <inttypes.h>
#include <string.h>

enum reconcile_verdict
reconcile_verdict(const struct reconcile_report *report)
{
    enum reconcile_verdict verdict = RECONCILE_OK;
    for (size_t i = 0; i < report->n; i++) {
        const struct result *result = &report->results[i];
        if (result->err.status != STATUS_OK) {
            return RECONCILE_FAILED;
        }
        if (!result_is_ok(result)) {
            verdict = RECONCILE_FINDINGS;
        } else if (result->late > 0 && verdict == RECONCILE_OK) {
            verdict = RECONCILE_UNSETTLED;
        }
    }
    return verdict;
}

static const char *
verdict_name(enum reconcile_verdict verdict)
{
    static const char *const names[] = {[RECONCILE_OK] = "ok",
                                        [RECONCILE_FINDINGS] = "findings",
                                        [RECONCILE_UNSETTLED] = "unsettled",
                                        [RECONCILE_FAILED] = "failed"};
    return names[verdict];
}

/* Enough of an id to find it again by eye. */
static const char *
short_id(struct hash128 id, struct arena *arena)
{
    char hex[HASH128_HEX_LEN + 1];
    hash128_hex(id, hex);
    return arena_strndup(arena, hex, 16);
}

/* -- JSON ----------------------------------------------------------------------------------------------- */

static json_t *
row_json(const struct shown_row *row)
{
    json_t *object = json_object();
    for (size_t i = 0; i < row->n; i++) {
        json_put(object, row->values[i].column, json_text(row->values[i].text));
    }
    return object;
}

static json_t *
sample_json(const struct result_sample *sample)
{
    ARENA_SCOPED scratch = {0};
    json_t *row = json_object();
    json_t *columns = json_array();
    json_put(row, "outcome", json_text(discord_name(sample->outcome)));
    json_put(row, "id", json_text(short_id(sample->id, &scratch)));
    json_put(row, "late", json_boolean(sample->is_late));
    json_put(row, "preexisting", json_boolean(sample->was_before));
    for (size_t i = 0; i < sample->n_columns; i++) {
        json_array_append_new(columns, json_text(sample->columns[i]));
    }
    json_put(row, "columns", columns);
    if (sample->key.n > 0) {
        json_put(row, "key", row_json(&sample->key));
    }
    if (sample->sides[0].n > 0) {
        json_put(row, "left", row_json(&sample->sides[0]));
    }
    if (sample->sides[1].n > 0) {
        json_put(row, "right", row_json(&sample->sides[1]));
    }
    return row;
}

static json_t *
count_json(uint64_t number)
{
    return json_integer((json_int_t)number);
}

static json_t *
error_json(const struct err *err)
{
    json_t *object = json_object();
    json_put(object, "code", json_text(status_name(err->status)));
    json_put(object, "message", json_text(err->msg));
    json_put(object, "hint", json_text(err->hint));
    return object;
}

/* The counts of a check; with its findings when `full`. */
static json_t *
result_json(const struct result *result, bool full)
{
    json_t *row = json_object();
    json_t *list = json_array();
    json_put(row, "name", json_text(result->name));
    json_put(row, "kind", json_text(result->kind));
    json_put(row, "sha256", json_text(result->sha256[0] == '\0' ? NULL : result->sha256));
    json_put(row, "ok", json_boolean(result_is_ok(result) && result->late == 0));
    json_put(row, "matched", count_json(result->matched));
    json_put(row, "by_rule", count_json(result->by_rule));
    for (size_t i = 0; i < COUNT_OF(result->outcomes); i++) {
        json_put(row, discord_name((enum discord)i), count_json(result->outcomes[i]));
    }
    json_put(row, "late", count_json(result->late));
    json_put(row, "preexisting", count_json(result->preexisting));
    for (size_t i = 0; i < result->n_samples && full; i++) {
        json_array_append_new(list, sample_json(&result->samples[i]));
    }
    if (full) {
        json_t *notes = json_array();
        json_put(row, "sample", list);
        for (size_t i = 0; i < result->n_notes; i++) {
            json_array_append_new(notes, json_text(result->notes[i]));
        }
        json_put(row, "notes", notes);
        json_put(row, "error", result->err.status == STATUS_OK ? json_null() : error_json(&result->err));
    } else {
        json_decref(list);
        json_put(row, "error",
                 json_text(result->err.status == STATUS_OK ? NULL : status_name(result->err.status)));
    }
    return row;
}

static json_t *
report_json(const struct reconcile_report *report, bool full)
{
    enum reconcile_verdict verdict = reconcile_verdict(report);
    json_t *document = json_object();
    json_t *list = json_array();
    for (size_t i = 0; i < report->n; i++) {
        json_array_append_new(list, result_json(&report->results[i], full));
    }
    json_put(document, "ok", json_boolean(verdict == RECONCILE_OK));
    json_put(document, "verdict", json_text(verdict_name(verdict)));
    json_put(document, "checks", list);
    return document;
}

static void
print_json(const struct console *console, const struct reconcile_report *report)
{
    json_t *document = report_json(report, true);
    bool has_baseline = report->baseline != NULL && report->baseline->is_there;
    json_put(document, "baseline", has_baseline ? json_time(report->baseline->at_us) : json_null());
    json_put(document, "services", count_json(report->n_services));
    json_put(document, "rounds", count_json(report->rounds));
    json_put(document, "duration_ms", json_integer(report->us / 1000));
    const struct err *failure = report->failure;
    for (size_t i = 0; i < report->n && failure == NULL; i++) {
        failure = report->results[i].err.status != STATUS_OK ? &report->results[i].err : NULL;
    }
    if (failure != NULL) {
        json_put(document, "error", error_json(failure));
    }
    json_print(console->out, document);
}

const char *
reconcile_record_body(const struct reconcile_report *report, struct arena *arena)
{
    json_t *document = report_json(report, false);
    size_t len = json_dumpb(document, NULL, 0, JSON_COMPACT);
    char *text = arena_alloc(arena, len + 1);
    require(json_dumpb(document, text, len, JSON_COMPACT) == len);
    json_decref(document);
    return text;
}

/* -- text ----------------------------------------------------------------------------------------------- */

static void
print_row(const struct console *console, const char *label, const struct shown_row *row)
{
    ARENA_SCOPED scratch = {0};
    if (row->n == 0) {
        return;
    }
    console_print(console, "      %s", label);
    for (size_t i = 0; i < row->n; i++) {
        const char *text = row->values[i].text;
        console_print(console, "%s%s=%s", i == 0 ? "" : "  ", shown(&scratch, row->values[i].column),
                      text == NULL ? "NULL" : shown(&scratch, text));
    }
    console_print(console, "\n");
}

static void
print_sample(const struct console *console, const struct result *result, const struct result_sample *sample)
{
    ARENA_SCOPED scratch = {0};
    const char *mark = sample->is_late ? "  (late)" : sample->was_before ? "  (was there before)" : "";
    console_print(console, "    %-9s %s", discord_name(sample->outcome), short_id(sample->id, &scratch));
    for (size_t i = 0; i < sample->n_columns; i++) {
        console_print(console, "%s%s", i == 0 ? "  " : ", ", shown(&scratch, sample->columns[i]));
    }
    console_print(console, "%s\n", mark);
    print_row(console, "", &sample->key);
    bool is_pair = result->sides[1][0] != '\0';
    print_row(console, is_pair ? arena_printf(&scratch, "%s: ", shown(&scratch, result->sides[0])) : "",
              &sample->sides[0]);
    print_row(console, is_pair ? arena_printf(&scratch, "%s: ", shown(&scratch, result->sides[1])) : "",
              &sample->sides[1]);
}

static void
add_count(struct buf *out, uint64_t n, const char *what)
{
    if (n > 0) {
        buf_printf(out, "%s%" PRIu64 " %s", out->len == 0 ? "" : ", ", n, what);
    }
}

/* "2 missing, 1 mismatch (1 was there before), 3 late" */
static const char *
counts_text(const struct result *result, struct arena *arena)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < COUNT_OF(result->outcomes); i++) {
        add_count(&text, result->outcomes[i], discord_name((enum discord)i));
    }
    if (result->preexisting > 0) {
        buf_printf(&text, " (%" PRIu64 " %s there before)", result->preexisting,
                   result->preexisting == 1 ? "was" : "were");
    }
    add_count(&text, result->late, "late");
    add_count(&text, result->matched, "matched");
    if (result->by_rule > 0) {
        buf_printf(&text, " (%" PRIu64 " by rule)", result->by_rule);
    }
    return text.len == 0 ? "no rows" : arena_strdup(arena, buf_cstr(&text));
}

static void
print_result(const struct console *console, const struct result *result)
{
    ARENA_SCOPED scratch = {0};
    bool is_ok = result_is_ok(result);
    bool is_failed = result->err.status != STATUS_OK;
    const char *word = is_failed ? "failed" : !is_ok ? "FINDINGS" : result->late > 0 ? "late" : "ok";
    enum ink color = is_failed || !is_ok ? INK_RED : result->late > 0 ? INK_YELLOW : INK_GREEN;
    bool is_pair = result->sides[1][0] != '\0' && !str_eq(result->sides[0], result->sides[1]);
    console_print(console, "%s%-8s%s  %s (%s%s%s%s%s)", ink(console->color, color), word,
                  ink(console->color, INK_PLAIN), shown(&scratch, result->name), result->kind,
                  result->sides[0][0] == '\0' ? "" : ", ", shown(&scratch, result->sides[0]),
                  is_pair ? " with " : "", is_pair ? shown(&scratch, result->sides[1]) : "");
    if (is_failed) {
        console_print(console, "\n    %s\n", shown(&scratch, result->err.msg));
        if (result->err.hint[0] != '\0') {
            console_print(console, "    hint: %s\n", shown(&scratch, result->err.hint));
        }
        return;
    }
    console_print(console, ": %s\n", counts_text(result, &scratch));
    if (!is_ok && result->about[0] != '\0') {
        console_print(console, "    %s%s%s\n", ink(console->color, INK_DIM), shown(&scratch, result->about),
                      ink(console->color, INK_PLAIN));
    }
    for (size_t i = 0; i < result->n_samples; i++) {
        print_sample(console, result, &result->samples[i]);
    }
    uint64_t all = result_findings(result) + result->late;
    if (all > result->n_samples) {
        console_print(console, "    and %" PRIu64 " more\n", all - result->n_samples);
    }
    for (size_t i = 0; i < result->n_notes && console->verbose; i++) {
        console_print(console, "    %s\n", shown(&scratch, result->notes[i]));
    }
}

static void
print_summary(const struct console *console, const struct reconcile_report *report)
{
    ARENA_SCOPED scratch = {0};
    size_t n_hold = 0;
    uint64_t n_new = 0;
    uint64_t n_before = 0;
    uint64_t n_late = 0;
    size_t n_failed = 0;
    for (size_t i = 0; i < report->n; i++) {
        const struct result *result = &report->results[i];
        n_hold += result_is_ok(result) && result->late == 0;
        n_failed += result->err.status != STATUS_OK;
        n_new += result_findings(result) - result->preexisting;
        n_before += result->preexisting;
        n_late += result->late;
    }
    console_print(console, "\n%zu of %zu %s, in %s", n_hold, report->n,
                  report->n == 1 ? "check holds" : "checks hold", duration_text(&scratch, report->us));
    if (n_new > 0) {
        console_print(console, "; %" PRIu64 " %s", n_new, n_new == 1 ? "finding" : "findings");
    }
    if (n_before > 0) {
        console_print(console, "; %" PRIu64 " %s there before", n_before, n_before == 1 ? "was" : "were");
    }
    if (n_late > 0) {
        console_print(console, "; %" PRIu64 " late", n_late);
    }
    if (n_failed > 0) {
        console_print(console, "; %zu could not be run", n_failed);
    }
    console_print(console, "\n");
}

void
reconcile_print(const struct console *console, const struct reconcile_report *report)
{
    if (console->json) {
        print_json(console, report);
        return;
    }
    for (size_t i = 0; i < report->n; i++) {
        print_result(console, &report->results[i]);
    }
    print_summary(console, report);
    if (report->failure != NULL) {
        console_error(console, report->failure);
    }
}
