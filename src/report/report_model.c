#include "report/report_model.h"

#include "base/clock.h"
#include "report/fact.h"
#include "report/json.h"
#include "report/report_findings.h"

#include <stdio.h>
#include <string.h>

/* What the sections are made from. */
struct sources {
    const struct operation *operation;
    const json_t *records;
    const json_t *earlier;
    bool is_intact;
    bool show_values;
};

json_t *
report_record_json(const struct record *record)
{
    json_error_t error;
    json_t *row = json_object();
    json_t *text = json_text(record->body);
    json_t *body = json_loads(json_string_value(text), 0, &error);
    json_put(row, "seq", json_integer(record->seq));
    json_put(row, "at_us", json_integer(record->at_us));
    json_put(row, "op", json_text(record->op));
    json_put(row, "kind", json_text(record->kind));
    json_put(row, "hash", json_text(record->hash));
    json_put(row, "body", json_is_object(body) ? json_incref(body) : json_object());
    json_decref(body);
    json_decref(text);
    return row;
}

/* -- finding records
 * ----------------------------------------------------------------------------------------------- */

static bool
is_kind(const json_t *record, const char *kind)
{
    return str_eq(json_string_value(json_object_get(record, "kind")), kind);
}

static const json_t *
body_of(const json_t *record)
{
    return json_object_get(record, "body");
}

/* The last one of that kind; NULL for none. */
static const json_t *
last_body(const struct sources *sources, const char *kind)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(sources->records); i++) {
        const json_t *record = json_array_get(sources->records, i);
        found = is_kind(record, kind) ? body_of(record) : found;
    }
    return found;
}

static void
copy_text(json_t *to, const char *key, const json_t *from)
{
    json_put(to, key, json_text(fact_text(from, key)));
}

static void
copy_number(json_t *to, const char *key, const json_t *from)
{
    int64_t n;
    json_put(to, key, fact_number(from, key, &n) ? json_integer(n) : json_null());
}

/* -- head
 * ----------------------------------------------------------------------------------------------------------
 */

static void
put_head(json_t *model, const struct sources *sources)
{
    const struct operation *operation = sources->operation;
    const json_t *begin = last_body(sources, "begin");
    const json_t *end = last_body(sources, "end");
    int64_t ms = (operation->finished_us - operation->started_us) / 1000;
    json_put(model, "format", json_integer(REPORT_FORMAT));
    json_put(model, "op", json_text(operation->op));
    json_put(model, "kind", json_text(operation->kind));
    copy_text(model, "service", begin);
    copy_text(model, "reason", begin);
    json_put(model, "outcome", json_text(operation->finished_us == 0 ? "unfinished" : operation->outcome));
    json_put(model, "started_at", json_time(operation->started_us));
    json_put(model, "finished_at", json_time(operation->finished_us));
    if (operation->finished_us != 0 && !fact_number(end, "ms", &ms)) {
        ms = (operation->finished_us - operation->started_us) / 1000;
    }
    json_put(model, "duration_ms", operation->finished_us == 0 ? json_null() : json_integer(ms));
    copy_number(model, "rto_ms", begin);
    copy_number(model, "max_loss_rows", begin);
}

/* -- timeline
 * ------------------------------------------------------------------------------------------------------ */

/* Which records are phases, and how people call them. */
static const struct {
    const char *kind;
    const char *name;
} phases[] = {
    {"begin", "begun"},         {"approval", "approval on record"},
    {"freeze", "freeze"},       {"frozen", "freeze proven"},
    {"saved", "snapshot"},      {"safety", "safety snapshot"},
    {"classify", "classify"},   {"up", "apply"},
    {"down", "down script"},    {"overlay", "overlay"},
    {"merge", "merge"},         {"verify", "verify"},
    {"reconcile", "reconcile"}, {"thaw", "thaw"},
    {"end", "ended"},
};

static const char *
phase_name(const json_t *record)
{
    for (size_t i = 0; i < COUNT_OF(phases); i++) {
        /* What was saved is told at the end: without its time it is no phase. */
        bool is_timed = !is_kind(record, "saved") || fact_count(body_of(record), "ms") > 0;
        if (is_kind(record, phases[i].kind) && is_timed) {
            return phases[i].name;
        }
    }
    return NULL;
}

static json_t *
phase_json(const json_t *record, const char *name, int64_t origin_us)
{
    json_t *row = json_object();
    int64_t at_us = fact_count(record, "at_us");
    int64_t ms = is_kind(record, "end") ? 0 : fact_count(body_of(record), "ms");
    int64_t start_us = at_us - ms * 1000;
    start_us = start_us < origin_us ? origin_us : start_us;
    json_put(row, "name", json_text(name));
    json_put(row, "what",
             json_text(fact_text(body_of(record), is_kind(record, "approval") ? "signer" : "migration")));
    json_put(row, "at", json_time(start_us));
    json_put(row, "start_ms", json_integer((start_us - origin_us) / 1000));
    json_put(row, "ms", json_integer(ms));
    json_put(row, "evidence", json_integer(fact_count(record, "seq")));
    return row;
}

static void
put_timeline(json_t *model, const struct sources *sources)
{
    json_t *timeline = json_object();
    json_t *list = json_array();
    int64_t origin_us = sources->operation->started_us;
    for (size_t i = 0; i < json_array_size(sources->records); i++) {
        const json_t *record = json_array_get(sources->records, i);
        const char *name = phase_name(record);
        if (name != NULL) {
            json_array_append_new(list, phase_json(record, name, origin_us));
        }
    }
    copy_number(timeline, "rto_ms", model);
    json_put(timeline, "total_ms", json_incref(json_object_get(model, "duration_ms")));
    json_put(timeline, "phases", list);
    json_put(model, "timeline", timeline);
}

/* -- decisions
 * ----------------------------------------------------------------------------------------------------- */

static void
put_decisions(json_t *model, const struct sources *sources)
{
    static const char *const from_begin[] = {"by",          "role",    "reason",      "plan",
                                             "plan_author", "trigger", "on_conflict", "merge"};
    static const char *const from_approval[] = {"signer", "role", "key", "plan", "signed_at", "expires_at"};
    const json_t *begin = last_body(sources, "begin");
    json_t *decisions = json_object();
    json_t *approvals = json_array();
    for (size_t i = 0; i < COUNT_OF(from_begin); i++) {
        copy_text(decisions, from_begin[i], begin);
    }
    for (size_t i = 0; i < json_array_size(sources->records); i++) {
        const json_t *record = json_array_get(sources->records, i);
        if (!is_kind(record, "approval")) {
            continue;
        }
        json_t *row = json_object();
        for (size_t k = 0; k < COUNT_OF(from_approval); k++) {
            copy_text(row, from_approval[k], body_of(record));
        }
        json_put(row, "evidence", json_integer(fact_count(record, "seq")));
        json_array_append_new(approvals, row);
    }
    json_put(decisions, "approvals", approvals);
    json_put(model, "decisions", decisions);
}

/* -- scope
 * ---------------------------------------------------------------------------------------------------------
 */

/* The newest earlier record of that kind about the migration. */
static const json_t *
earlier_of(const struct sources *sources, const char *kind, const char *migration)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(sources->earlier); i++) {
        const json_t *record = json_array_get(sources->earlier, i);
        bool fits = is_kind(record, kind) && migration != NULL &&
                    str_eq(fact_text(body_of(record), "migration"), migration);
        found = fits ? record : found;
    }
    return found;
}

/* Whether the down left the schema that was there before its up. */
static json_t *
schema_restored(const json_t *step, const json_t *applied)
{
    const char *before = fact_text(body_of(applied), "before");
    const char *after = fact_text(step, "after");
    return before == NULL || after == NULL ? json_null()
                                           : json_text(str_eq(before, after) ? "same" : "different");
}

static json_t *
step_json(const struct sources *sources, const json_t *record)
{
    const json_t *body = body_of(record);
    const char *migration = fact_text(body, "migration");
    bool is_down = is_kind(record, "down");
    const json_t *applied = is_down ? earlier_of(sources, "up", migration) : NULL;
    json_t *row = json_object();
    copy_text(row, "migration", body);
    json_put(row, "direction", json_text(is_down ? "down" : "up"));
    copy_text(row, "class", body);
    copy_text(row, "script", body);
    copy_number(row, "statements", body);
    copy_number(row, "ms", body);
    json_put(row, "applied_at", applied == NULL ? json_null() : json_time(fact_count(applied, "at_us")));
    json_put(row, "live_ms",
             applied == NULL
                 ? json_null()
                 : json_integer((fact_count(record, "at_us") - fact_count(applied, "at_us")) / 1000));
    json_put(row, "schema", is_down ? schema_restored(body, applied) : json_null());
    json_put(row, "evidence", json_integer(fact_count(record, "seq")));
    return row;
}

/* Rows saved with the operation, and those saved when the migrations were applied. */
static void
append_saved(json_t *list, const json_t *record, const char *when)
{
    const json_t *tables = json_object_get(body_of(record), "tables");
    for (size_t i = 0; i < json_array_size(tables); i++) {
        const json_t *table = json_array_get(tables, i);
        json_t *row = json_object();
        copy_text(row, "migration", body_of(record));
        copy_text(row, "table", table);
        copy_text(row, "kind", table);
        copy_number(row, "rows", table);
        copy_number(row, "bytes", table);
        copy_text(row, "file", table);
        json_put(row, "when", json_text(when));
        json_put(row, "evidence", json_integer(fact_count(record, "seq")));
        json_array_append_new(list, row);
    }
}

static void
put_scope(json_t *model, const struct sources *sources)
{
    const json_t *begin = last_body(sources, "begin");
    const json_t *end = last_body(sources, "end");
    json_t *scope = json_object();
    json_t *steps = json_array();
    json_t *saved = json_array();
    for (size_t i = 0; i < json_array_size(sources->records); i++) {
        const json_t *record = json_array_get(sources->records, i);
        if (is_kind(record, "up") || is_kind(record, "down")) {
            const json_t *old = earlier_of(sources, "saved", fact_text(body_of(record), "migration"));
            json_array_append_new(steps, step_json(sources, record));
            if (old != NULL) {
                append_saved(saved, old, "when it was applied");
            }
        }
        if (is_kind(record, "saved") || is_kind(record, "safety")) {
            append_saved(saved, record, "in this operation");
        }
    }
    copy_text(scope, "from", fact_text(end, "from") == NULL ? begin : end);
    copy_text(scope, "to", end);
    json_put(scope, "planned", json_text(fact_text(begin, "steps")));
    json_put(scope, "steps", steps);
    json_put(scope, "saved", saved);
    json_put(model, "scope", scope);
}

/* -- rows
 * ----------------------------------------------------------------------------------------------------------
 */

/* The tables of every record of that kind, with what they say of each key; null when there is no such record.
 */
static json_t *
tables_of(const struct sources *sources, const char *kind, const char *const *numbers, size_t n)
{
    json_t *list = NULL;
    for (size_t i = 0; i < json_array_size(sources->records); i++) {
        const json_t *record = json_array_get(sources->records, i);
        const json_t *tables = json_object_get(body_of(record), "tables");
        if (!is_kind(record, kind)) {
            continue;
        }
        list = list == NULL ? json_array() : list;
        for (size_t t = 0; t < json_array_size(tables); t++) {
            json_t *row = json_object();
            copy_text(row, "migration", body_of(record));
            copy_text(row, "table", json_array_get(tables, t));
            for (size_t k = 0; k < n; k++) {
                copy_number(row, numbers[k], json_array_get(tables, t));
            }
            json_put(row, "evidence", json_integer(fact_count(record, "seq")));
            json_array_append_new(list, row);
        }
    }
    return list == NULL ? json_null() : list;
}

static void
put_rows(json_t *model, const struct sources *sources)
{
    static const char *const fates[] = {"carried",     "merged", "parked",   "kept",
                                        "compensated", "lost",   "conflicts"};
    static const char *const rows[] = {"before", "after", "now", "untouched"};
    json_put(model, "fates", tables_of(sources, "fates", fates, COUNT_OF(fates)));
    json_put(model, "rows", tables_of(sources, "rows", rows, COUNT_OF(rows)));
}

static json_t *
conflict_json(const json_t *record, const json_t *conflict)
{
    const json_t *columns = json_object_get(conflict, "columns");
    const char *column = fact_text(conflict, "column");
    json_t *list = json_is_array(columns) ? json_deep_copy(columns) : json_array();
    json_t *row = json_object();
    if (column != NULL) {
        json_array_append_new(list, json_text(column));
    }
    copy_text(row, "table", conflict);
    copy_text(row, "key_hash", conflict);
    copy_text(row, "resolution", conflict);
    copy_number(row, "rows", conflict);
    json_put(row, "columns", list);
    json_put(row, "evidence", json_integer(fact_count(record, "seq")));
    return row;
}

/* A record of one row in conflict, or one that counts them by table and column. */
static void
put_conflicts(json_t *model, const struct sources *sources)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(sources->records); i++) {
        const json_t *record = json_array_get(sources->records, i);
        const json_t *tables = json_object_get(body_of(record), "tables");
        if (!is_kind(record, "conflict")) {
            continue;
        }
        if (!json_is_array(tables)) {
            json_array_append_new(list, conflict_json(record, body_of(record)));
        }
        for (size_t t = 0; t < json_array_size(tables); t++) {
            json_array_append_new(list, conflict_json(record, json_array_get(tables, t)));
        }
    }
    json_put(model, "conflicts", list);
}

/* -- freeze, verification, reconciliation
 * -------------------------------------------------------------------------- */

/* "freeze" of a rollback tells all at once; a freeze by hand is "freeze", then "frozen". */
static void
put_freeze(json_t *model, const struct sources *sources)
{
    const json_t *freeze = last_body(sources, "frozen");
    const json_t *begun = last_body(sources, "freeze");
    freeze = freeze == NULL ? begun : freeze;
    if (freeze == NULL) {
        json_put(model, "freeze", json_null());
        return;
    }
    json_t *out = json_object();
    const json_t *holes = json_object_get(freeze, "holes");
    enum answer proven = fact_answer(freeze, "proven");
    json_put(out, "proven", proven == ANSWER_UNKNOWN ? json_null() : json_boolean(proven == ANSWER_YES));
    copy_number(out, "ms", freeze);
    copy_text(out, "point", freeze);
    json_put(out, "holes", json_is_array(holes) ? json_deep_copy(holes) : json_array());
    json_put(model, "freeze", out);
}

static json_t *
answer_json(const json_t *body, const char *key)
{
    enum answer answer = fact_answer(body, key);
    return answer == ANSWER_UNKNOWN ? json_null() : json_text(answer == ANSWER_YES ? "same" : "different");
}

/* Different when one is, the same when all are. */
static enum answer
schema_by_steps(const json_t *steps)
{
    size_t n = json_array_size(steps);
    size_t same = 0;
    for (size_t i = 0; i < n; i++) {
        enum answer one = fact_answer(json_array_get(steps, i), "schema");
        if (one == ANSWER_NO) {
            return ANSWER_NO;
        }
        same += one == ANSWER_YES;
    }
    return n > 0 && same == n ? ANSWER_YES : ANSWER_UNKNOWN;
}

/* The verification on record; where there is none, what the steps' fingerprints say of the schema. */
static void
put_verify(json_t *model, const struct sources *sources)
{
    const json_t *verify = last_body(sources, "verify");
    const json_t *differences = json_object_get(verify, "differences");
    json_t *out = json_object();
    enum answer schema = fact_answer(verify, "schema");
    schema = schema == ANSWER_UNKNOWN ? schema_by_steps(fact_at(model, "scope.steps")) : schema;
    json_put(out, "schema",
             schema == ANSWER_UNKNOWN ? json_null() : json_text(schema == ANSWER_YES ? "same" : "different"));
    json_put(out, "data", answer_json(verify, "data"));
    copy_number(out, "orphans", verify);
    json_put(out, "differences", json_is_array(differences) ? json_deep_copy(differences) : json_array());
    json_put(model, "verify", out);
}

static json_t *
check_json(const struct sources *sources, const json_t *check)
{
    static const char *const numbers[] = {"matched",   "missing", "extra",      "mismatch",
                                          "duplicate", "late",    "preexisting"};
    const json_t *sample = json_object_get(check, "sample");
    enum answer ok = fact_answer(check, "ok");
    json_t *row = json_object();
    copy_text(row, "name", check);
    copy_text(row, "kind", check);
    json_put(row, "ok", ok == ANSWER_UNKNOWN ? json_null() : json_boolean(ok == ANSWER_YES));
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        copy_number(row, numbers[i], check);
    }
    json_put(row, "sampled", json_integer((json_int_t)json_array_size(sample)));
    if (sources->show_values && json_is_array(sample)) {
        json_put(row, "sample", json_deep_copy(sample));
    }
    return row;
}

static void
put_reconcile(json_t *model, const struct sources *sources)
{
    const json_t *reconcile = last_body(sources, "reconcile");
    const json_t *checks = json_object_get(reconcile, "checks");
    if (reconcile == NULL) {
        json_put(model, "reconcile", json_null());
        return;
    }
    json_t *out = json_object();
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(checks); i++) {
        json_array_append_new(list, check_json(sources, json_array_get(checks, i)));
    }
    json_put(out, "checks", list);
    json_put(model, "reconcile", out);
}

/* -- evidence
 * ------------------------------------------------------------------------------------------------------ */

static void
put_evidence(json_t *model, const struct sources *sources)
{
    static const char *const from_begin[] = {"tool", "server", "database"};
    const json_t *begin = last_body(sources, "begin");
    json_t *evidence = json_object();
    json_t *list = json_array();
    json_t *checkpoint = json_object();
    size_t n = json_array_size(sources->records);
    for (size_t i = 0; i < COUNT_OF(from_begin); i++) {
        copy_text(evidence, from_begin[i], begin);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *record = json_array_get(sources->records, i);
        json_t *row = json_object();
        json_put(row, "seq", json_integer(fact_count(record, "seq")));
        json_put(row, "at", json_time(fact_count(record, "at_us")));
        copy_text(row, "kind", record);
        copy_text(row, "hash", record);
        json_array_append_new(list, row);
    }
    if (n > 0) {
        const json_t *last = json_array_get(sources->records, n - 1);
        copy_number(checkpoint, "seq", last);
        copy_text(checkpoint, "hash", last);
    }
    json_put(evidence, "intact", json_boolean(sources->is_intact));
    json_put(evidence, "checkpoint", n > 0 ? checkpoint : json_null());
    json_put(evidence, "records", list);
    if (n == 0) {
        json_decref(checkpoint);
    }
    json_put(model, "evidence", evidence);
}

json_t *
report_model_of(const struct operation *operation, const json_t *records, const json_t *earlier,
                bool is_intact, bool show_values)
{
    struct sources sources = {operation, records, earlier, is_intact, show_values};
    json_t *model = json_object();
    put_head(model, &sources);
    put_timeline(model, &sources);
    put_decisions(model, &sources);
    put_scope(model, &sources);
    put_rows(model, &sources);
    put_conflicts(model, &sources);
    put_freeze(model, &sources);
    put_verify(model, &sources);
    put_reconcile(model, &sources);
    put_evidence(model, &sources);
    report_findings_put(model);
    return model;
}

/* -- reading
 * ------------------------------------------------------------------------------------------------------- */

struct reading {
    const char *op;
    json_t *records;
    json_t *earlier;
    int64_t seq; /* of the record read last, and its hash */
    char hash[SHA256_HEX_LEN + 1];
    bool fits;      /* all so far follow one another */
    bool is_intact; /* up to the operation's last one */
};

static void
take_record(void *context, const struct record *record)
{
    struct reading *reading = context;
    bool is_own = str_eq(record->op, reading->op);
    reading->fits = reading->fits && record_follows(record, reading->seq, reading->hash);
    reading->is_intact = is_own ? reading->fits : reading->is_intact;
    reading->seq = record->seq;
    (void)snprintf(reading->hash, sizeof(reading->hash), "%s", record->hash);
    bool is_about_migration = str_eq(record->kind, "up") || str_eq(record->kind, "saved");
    if (is_own) {
        json_array_append_new(reading->records, report_record_json(record));
    } else if (is_about_migration && json_array_size(reading->records) == 0) {
        json_array_append_new(reading->earlier, report_record_json(record));
    }
}

enum status
report_model_read(struct session *session, const struct operation *operation, bool show_values, json_t **out,
                  struct err *err)
{
    struct reading reading = {
        .op = operation->op, .records = json_array(), .earlier = json_array(), .fits = true};
    enum status status = record_each(session->conn, NULL, take_record, &reading, err);
    if (status == STATUS_OK) {
        *out = report_model_of(operation, reading.records, reading.earlier, reading.is_intact, show_values);
    }
    json_decref(reading.records);
    json_decref(reading.earlier);
    return status;
}
