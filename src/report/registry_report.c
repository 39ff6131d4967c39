#include "report/registry_report.h"

#include "base/clock.h"
#include "report/json.h"

#include <inttypes.h>

static json_t *
operation_json(const struct operation *operation)
{
    json_t *row = json_object();
    json_put(row, "op", json_text(operation->op));
    json_put(row, "kind", json_text(operation->kind));
    json_put(row, "actor", json_text(operation->actor));
    json_put(row, "epoch", json_integer(operation->epoch));
    json_put(row, "started_at", json_time(operation->started_us));
    json_put(row, "finished_at", json_time(operation->finished_us));
    json_put(row, "outcome", json_text(operation->finished_us == 0 ? NULL : operation->outcome));
    return row;
}

void
registry_list_print(const struct console *console, const struct operation *operations, size_t n)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_t *document = json_object();
        json_t *list = json_array();
        for (size_t i = 0; i < n; i++) {
            json_array_append_new(list, operation_json(&operations[i]));
        }
        json_put(document, "operations", list);
        json_print(console->out, document);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct operation *operation = &operations[i];
        char at[RFC3339_LEN + 1];
        clock_rfc3339(operation->started_us, at);
        console_print(console, "%s  %.19s  %-9s %-11s %s\n", operation->op, at, operation->kind,
                      operation->finished_us == 0 ? "unfinished" : operation->outcome,
                      shown(&scratch, operation->actor));
    }
}

void
registry_record_print(void *context, const struct record *record)
{
    const struct console *console = context;
    ARENA_SCOPED scratch = {0};
    char at[RFC3339_LEN + 1];
    if (!console->json) {
        clock_rfc3339(record->at_us, at);
        console_print(console, "%" PRId64 "  %s  %s  %-8s %s\n", record->seq, at, record->op, record->kind,
                      shown(&scratch, record->body));
        return;
    }
    json_t *line = json_object();
    json_put(line, "seq", json_integer(record->seq));
    json_put(line, "previous", json_text(record->previous));
    json_put(line, "hash", json_text(record->hash));
    json_put(line, "at_us", json_integer(record->at_us));
    json_put(line, "op", json_text(record->op));
    json_put(line, "kind", json_text(record->kind));
    json_put(line, "body", json_text(record->body));
    json_print_line(console->out, line);
}

void
registry_verdict_print(const struct console *console, const struct record_verdict *verdict)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_t *document = json_object();
        json_put(document, "ok", json_boolean(verdict->ok));
        json_put(document, "records", json_integer(verdict->n));
        json_put(document, "head", json_text(verdict->head));
        json_put(document, "first_bad", verdict->ok ? json_null() : json_integer(verdict->first_bad));
        json_put(document, "why", json_text(verdict->ok ? NULL : verdict->why));
        json_put(document, "checkpoint", json_boolean(verdict->has_checkpoint));
        json_put(document, "marks", json_integer((json_int_t)verdict->n_marks));
        json_print(console->out, document);
    } else if (verdict->ok) {
        console_print(console, "%" PRId64 " records, the chain holds, head %s\n", verdict->n, verdict->head);
        console_note(console, "held against the checkpoint in the database and %zu noted outside of it",
                     verdict->n_marks);
    } else {
        console_print(console, "the chain is broken at record %" PRId64 " of %" PRId64 ": %s\n",
                      verdict->first_bad, verdict->n, shown(&scratch, verdict->why));
    }
}
