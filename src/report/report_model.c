#include "report/report_model.h"

#include "base/clock.h"
#include "report/fact.h"
#include "report/json.h"
#include "report/report_core.h"
#include "report/report_findings.h"

#include <stdio.h>
#include <string.h>

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

/* -- decisions
 * ----------------------------------------------------------------------------------------------------- */

static void
put_decisions(json_t *model, const struct sources *sources)
{
    static const char *const from_begin[] = {"by",          "role",    "reason",      "plan",
                                             "plan_author", "trigger", "on_conflict", "merge"};
    static const char *const from_approval[] = {"signer", "role", "key", "plan", "signed_at", "expires_at"};
    const json_t *begin = sources_last(sources, "begin");
    json_t *decisions = json_object();
    json_t *approvals = json_array();
    for (size_t i = 0; i < COUNT_OF(from_begin); i++) {
        copy_text(decisions, from_begin[i], begin);
    }
    for (size_t i = 0; i < json_array_size(sources->records); i++) {
        const json_t *record = json_array_get(sources->records, i);
        if (!record_is(record, "approval")) {
            continue;
        }
        json_t *row = json_object();
        for (size_t k = 0; k < COUNT_OF(from_approval); k++) {
            copy_text(row, from_approval[k], record_body_of(record));
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
        bool fits = record_is(record, kind) && migration != NULL &&
                    str_eq(fact_text(record_body_of(record), "migration"), migration);
        found = fits ? record : found;
    }
    return found;
}

/* Whether the down left the schema that was there before its up. */
static json_t *
schema_restored(const json_t *step, const json_t *applied)
{
    const char *before = fact_text(record_body_of(applied), "before");
    const char *after = fact_text(step, "after");
    return before == NULL || after == NULL ? json_null()
                                           : json_text(str_eq(before, after) ? "same" : "different");
}

static json_t *
step_json(const struct sources *sources, const json_t *record)
{
    const json_t *body = record_body_of(record);
    const char *migration = fact_text(body, "migration");
    bool is_down = record_is(record, "down");
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
    const json_t *tables = json_object_get(record_body_of(record), "tables");
    for (size_t i = 0; i < json_array_size(tables); i++) {
        const json_t *table = json_array_get(tables, i);
        json_t *row = json_object();
        copy_text(row, "migration", record_body_of(record));
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
    const json_t *begin = sources_last(sources, "begin");
    const json_t *end = sources_last(sources, "end");
    json_t *scope = json_object();
    json_t *steps = json_array();
    json_t *saved = json_array();
    for (size_t i = 0; i < json_array_size(sources->records); i++) {
        const json_t *record = json_array_get(sources->records, i);
        if (record_is(record, "up") || record_is(record, "down")) {
            const json_t *old = earlier_of(sources, "saved", fact_text(record_body_of(record), "migration"));
            json_array_append_new(steps, step_json(sources, record));
            if (old != NULL) {
                append_saved(saved, old, "when it was applied");
            }
        }
        if (record_is(record, "saved") || record_is(record, "safety")) {
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
        const json_t *tables = json_object_get(record_body_of(record), "tables");
        if (!record_is(record, kind)) {
            continue;
        }
        list = list == NULL ? json_array() : list;
        for (size_t t = 0; t < json_array_size(tables); t++) {
            json_t *row = json_object();
            copy_text(row, "migration", record_body_of(record));
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
        const json_t *tables = json_object_get(record_body_of(record), "tables");
        if (!record_is(record, "conflict")) {
            continue;
        }
        if (!json_is_array(tables)) {
            json_array_append_new(list, conflict_json(record, record_body_of(record)));
        }
        for (size_t t = 0; t < json_array_size(tables); t++) {
            json_array_append_new(list, conflict_json(record, json_array_get(tables, t)));
        }
    }
    json_put(model, "conflicts", list);
}

/* -- freeze, verification, reconciliation
 * -------------------------------------------------------------------------- */

/* As recorded, or from the freeze to the thaw. */
static json_t *
freeze_ms(const struct sources *sources, const json_t *freeze)
{
    int64_t ms;
    int64_t begun_us = sources_at(sources, "freeze");
    int64_t thawed_us = sources_at(sources, "thaw");
    if (fact_number(freeze, "ms", &ms)) {
        return json_integer(ms);
    }
    return begun_us != 0 && thawed_us > begun_us ? json_integer((thawed_us - begun_us) / 1000) : json_null();
}

/* "freeze" of a rollback tells all at once; a freeze by hand is "freeze", then "frozen". */
static void
put_freeze(json_t *model, const struct sources *sources)
{
    const json_t *freeze = sources_last(sources, "frozen");
    const json_t *begun = sources_last(sources, "freeze");
    freeze = freeze == NULL ? begun : freeze;
    if (freeze == NULL) {
        json_put(model, "freeze", json_null());
        return;
    }
    json_t *out = json_object();
    const json_t *holes = json_object_get(freeze, "holes");
    enum answer proven = fact_answer(freeze, "proven");
    json_put(out, "proven", proven == ANSWER_UNKNOWN ? json_null() : json_boolean(proven == ANSWER_YES));
    json_put(out, "ms", freeze_ms(sources, freeze));
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
    const json_t *verify = sources_last(sources, "verify");
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
    const json_t *reconcile = sources_last(sources, "reconcile");
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
    const json_t *begin = sources_last(sources, "begin");
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

/* Where the verification did not count orphans, the checks of virtual keys have. */
static void
put_orphans(json_t *model)
{
    const json_t *checks = fact_at(model, "reconcile.checks");
    json_t *verify = fact_at(model, "verify");
    int64_t orphans = 0;
    bool is_known = false;
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        if (str_eq(fact_text(check, "kind"), "vfk")) {
            is_known = true;
            orphans +=
                fact_count(check, "missing") + fact_count(check, "extra") + fact_count(check, "mismatch");
        }
    }
    if (is_known && fact_at(verify, "orphans") == NULL) {
        json_put(verify, "orphans", json_integer(orphans));
    }
}

json_t *
report_model_of(const struct operation *operation, const json_t *records, const json_t *earlier,
                bool is_intact, bool show_values)
{
    struct sources sources = {operation, records, earlier, is_intact, show_values};
    json_t *model = json_object();
    report_put_head(model, &sources);
    report_put_timeline(model, &sources);
    put_decisions(model, &sources);
    put_scope(model, &sources);
    put_rows(model, &sources);
    put_conflicts(model, &sources);
    put_freeze(model, &sources);
    put_verify(model, &sources);
    put_reconcile(model, &sources);
    put_orphans(model);
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
