#include "report/registry_report.h"

#include "base/clock.h"
#include "report/fact.h"
#include "report/json.h"
#include "report/report_model.h"

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
registry_record_take(void *context, const struct record *record)
{
    json_array_append_new(context, report_record_json(record));
}

static void
print_fact(const struct console *console, struct arena *scratch, const char *name, const char *text)
{
    if (text != NULL) {
        console_print(console, "%-12s %s\n", name, shown(scratch, text));
    }
}

static void
print_steps(const struct console *console, struct arena *scratch, const json_t *steps)
{
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        const char *migration = fact_text(step, "migration");
        const char *class = fact_text(step, "class");
        const char *schema = fact_text(step, "schema");
        int64_t ms;
        console_print(console, "%-12s %s %s%s%s, %s statements%s%s%s%s\n", i == 0 ? "steps" : "",
                      fact_text(step, "direction"), migration == NULL ? "?" : shown(scratch, migration),
                      class == NULL ? "" : ", ", class == NULL ? "" : shown(scratch, class),
                      fact_number_text(step, "statements", scratch), fact_number(step, "ms", &ms) ? ", " : "",
                      fact_number(step, "ms", &ms) ? duration_text(scratch, ms * 1000) : "",
                      schema == NULL ? "" : ", schema ", schema == NULL ? "" : schema);
    }
}

static void
print_approvals(const struct console *console, struct arena *scratch, const json_t *approvals)
{
    for (size_t i = 0; i < json_array_size(approvals); i++) {
        const json_t *row = json_array_get(approvals, i);
        const char *signer = fact_text(row, "signer");
        const char *role = fact_text(row, "role");
        const char *key = fact_text(row, "key");
        console_print(console, "%-12s %s%s%s, key %s\n", i == 0 ? "signed by" : "",
                      signer == NULL ? "?" : shown(scratch, signer), role == NULL ? "" : " as ",
                      role == NULL ? "" : shown(scratch, role), key == NULL ? "?" : shown(scratch, key));
    }
}

static void
print_records(const struct console *console, struct arena *scratch, const json_t *records)
{
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *record = json_array_get(records, i);
        BUF_SCOPED body = BUF_INIT(BUF_TEXT_MAX);
        char at[RFC3339_LEN + 1];
        const char *kind = fact_text(record, "kind");
        clock_rfc3339(fact_count(record, "at_us"), at);
        json_append_line(&body, json_object_get(record, "body"));
        console_print(console, "%s#%" PRId64 "  %s  %-9s %s\n", i == 0 ? "\n" : "", fact_count(record, "seq"),
                      at, kind == NULL ? "" : shown(scratch, kind), shown(scratch, buf_cstr(&body)));
    }
}

void
registry_operation_print(const struct console *console, const json_t *model, const json_t *records)
{
    static const struct {
        const char *name;
        const char *path;
        const char *key;
    } facts[] = {
        {"reason", "decisions", "reason"},
        {"by", "decisions", "by"},
        {"role", "decisions", "role"},
        {"plan", "decisions", "plan"},
        {"author", "decisions", "plan_author"},
        {"from", "scope", "from"},
        {"to", "scope", "to"},
        {"tool", "evidence", "tool"},
        {"server", "evidence", "server"},
    };
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_t *document = json_deep_copy(model);
        json_put(document, "records", json_deep_copy(records));
        json_print(console->out, document);
        return;
    }
    const char *kind = fact_text(model, "kind");
    const char *finished = fact_text(model, "finished_at");
    const json_t *summary = fact_at(model, "summary");
    print_fact(console, &scratch, kind == NULL ? "operation" : kind, fact_text(model, "op"));
    print_fact(console, &scratch, "outcome", fact_text(model, "outcome"));
    print_fact(console, &scratch, "begun", fact_text(model, "started_at"));
    print_fact(console, &scratch, "ended", finished == NULL ? "not yet" : finished);
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        print_fact(console, &scratch, facts[i].name, fact_text(fact_at(model, facts[i].path), facts[i].key));
    }
    print_approvals(console, &scratch, fact_at(model, "decisions.approvals"));
    print_steps(console, &scratch, fact_at(model, "scope.steps"));
    for (size_t i = 4; i < 7 && i < json_array_size(summary); i++) { /* freeze, fates, verification */
        print_fact(console, &scratch, "", json_string_value(json_array_get(summary, i)));
    }
    print_records(console, &scratch, records);
}

void
registry_checkpoint_print(const struct console *console, const char *file, const struct record_mark *mark,
                          const struct signer *signer)
{
    ARENA_SCOPED scratch = {0};
    if (signer == NULL) {
        console_warn(console, "no [signer] has this key: 'registry verify' will not trust it");
    }
    if (console->json) {
        json_t *document = json_object();
        json_put(document, "file", json_text(file));
        json_put(document, "records", json_integer(mark->seq));
        json_put(document, "head", json_text(mark->head));
        json_put(document, "signer", json_text(signer == NULL ? NULL : signer->name));
        json_print(console->out, document);
        return;
    }
    console_print(console, "%" PRId64 " records, head %s\nsigned%s%s: %s\n", mark->seq, mark->head,
                  signer == NULL ? "" : " by ", signer == NULL ? "" : signer->name, shown(&scratch, file));
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
