#include "report/adopt_report.h"

#include "report/json.h"

static const char *
reverse_text(const struct adopted *adopted)
{
    const struct part *down;
    if (adopted->migration == NULL) {
        return "no file";
    }
    down = &adopted->migration->parts[PART_DOWN];
    return !down->is_present ? "missing" : down->len == 0 ? "empty" : "present";
}

static json_t *
adopted_json(const struct adopted *adopted)
{
    json_t *row = json_object();
    json_put(row, "id", json_text(adopted->migration == NULL ? NULL : adopted->migration->id));
    json_put(row, "version", json_text(adopted->migration == NULL ? NULL : adopted->migration->version));
    json_put(row, "foreign_id", json_text(adopted->foreign_id));
    json_put(row, "applied", json_boolean(adopted->is_applied));
    json_put(row, "applied_at", json_time(adopted->applied_us));
    json_put(row, "checksum", json_text(adopted_verdict_name(adopted->verdict)));
    json_put(row, "reverse", json_text(reverse_text(adopted)));
    return row;
}

static void
print_json(const struct console *console, const struct session *session, const struct adoption *adoption,
           const struct operation_result *result)
{
    json_t *document = json_object();
    json_t *rows = json_array();
    for (size_t i = 0; i < adoption->n; i++) {
        json_array_append_new(rows, adopted_json(&adoption->items[i]));
    }
    json_put(document, "op", json_text(result == NULL || result->op[0] == '\0' ? NULL : result->op));
    json_put(document, "service", json_text(session->service->name));
    json_put(document, "tool", json_text(adoption->tool));
    json_put(document, "table", json_text(adoption->table));
    json_put(document, "outcome", json_text(result == NULL ? "unchanged" : outcome_name(result->outcome)));
    json_put(document, "entered", json_integer(result == NULL ? 0 : (json_int_t)result->n_steps));
    json_put(document, "migrations", rows);
    json_print(console->out, document);
}

void
adopt_report_print(const struct console *console, const struct session *session,
                   const struct adoption *adoption, const struct operation_result *result)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        print_json(console, session, adoption, result);
        return;
    }
    console_print(console, "%s, from its table %s\n", adoption->tool, shown(&scratch, adoption->table));
    for (size_t i = 0; i < adoption->n; i++) {
        const struct adopted *adopted = &adoption->items[i];
        const char *name = adopted->migration == NULL ? adopted->foreign_id : adopted->migration->id;
        console_print(console, "  %-7s  checksum %-14s  down %-7s  %s\n",
                      adopted->is_applied ? "applied" : "pending", adopted_verdict_name(adopted->verdict),
                      reverse_text(adopted), shown(&scratch, name));
    }
    if (result == NULL) {
        console_print(console, "%zu would be adopted\n", adoption->n_applied);
    } else {
        console_print(console, "%s: %zu adopted%s\n", outcome_name(result->outcome), result->n_steps,
                      result->n_steps == 0 ? "" : "; their way back is unproven until a drill has tried it");
    }
}

void
adopt_findings_print(const struct console *console, const struct adoption *adoption)
{
    for (size_t i = 0; i < adoption->n_findings; i++) {
        const struct finding *finding = &adoption->findings[i];
        console_warn(console, "%s%s%s", finding->file, finding->file[0] == '\0' ? "" : ": ",
                     finding->message);
    }
}
