/* When an operation began and ended, and its phases. */
#include "report/fact.h"
#include "report/json.h"
#include "report/report_core.h"
#include "report/report_model.h"

/* -- finding records
 * ----------------------------------------------------------------------------------------------- */

bool
record_is(const json_t *record, const char *kind)
{
    return str_eq(json_string_value(json_object_get(record, "kind")), kind);
}

const json_t *
record_body_of(const json_t *record)
{
    return json_object_get(record, "body");
}

static const json_t *
last_of(const struct sources *sources, const char *kind)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(sources->records); i++) {
        const json_t *record = json_array_get(sources->records, i);
        found = record_is(record, kind) ? record : found;
    }
    return found;
}

const json_t *
sources_last(const struct sources *sources, const char *kind)
{
    return record_body_of(last_of(sources, kind));
}

int64_t
sources_at(const struct sources *sources, const char *kind)
{
    return fact_count(last_of(sources, kind), "at_us");
}

void
copy_text(json_t *to, const char *key, const json_t *from)
{
    json_put(to, key, json_text(fact_text(from, key)));
}

void
copy_number(json_t *to, const char *key, const json_t *from)
{
    int64_t n;
    json_put(to, key, fact_number(from, key, &n) ? json_integer(n) : json_null());
}

/* -- head
 * ----------------------------------------------------------------------------------------------------------
 */

/* A freeze comes before what it is for: writers wait from there on. */
static int64_t
begun_us(const struct sources *sources)
{
    int64_t first = fact_count(json_array_get(sources->records, 0), "at_us");
    int64_t begun = sources->operation->started_us;
    return first != 0 && (first < begun || begun == 0) ? first : begun;
}

/* And until the thaw; 0: not ended. */
static int64_t
ended_us(const struct sources *sources)
{
    int64_t thawed = sources_at(sources, "thaw");
    int64_t ended = sources->operation->finished_us;
    return ended != 0 && thawed > ended ? thawed : ended;
}

static json_t *
duration(const struct sources *sources)
{
    int64_t ms;
    if (ended_us(sources) == 0) {
        return json_null();
    }
    bool is_frozen = sources_at(sources, "freeze") != 0;
    return !is_frozen && fact_number(sources_last(sources, "end"), "ms", &ms)
               ? json_integer(ms)
               : json_integer((ended_us(sources) - begun_us(sources)) / 1000);
}

void
report_put_head(json_t *model, const struct sources *sources)
{
    const struct operation *operation = sources->operation;
    const json_t *begin = sources_last(sources, "begin");
    json_put(model, "format", json_integer(REPORT_FORMAT));
    json_put(model, "op", json_text(operation->op));
    json_put(model, "kind", json_text(operation->kind));
    copy_text(model, "service", begin);
    copy_text(model, "reason", begin);
    json_put(model, "outcome", json_text(operation->finished_us == 0 ? "unfinished" : operation->outcome));
    json_put(model, "started_at", json_time(begun_us(sources)));
    json_put(model, "finished_at", json_time(ended_us(sources)));
    json_put(model, "duration_ms", duration(sources));
    copy_number(model, "rto_ms", begin);
    copy_number(model, "max_loss_rows", begin);
}

/* -- timeline
 * ------------------------------------------------------------------------------------------------------ */

/* Which records are phases, and how people call them. One that ends another begins where that one stands. */
static const struct phase {
    const char *kind;
    const char *name;
    const char *since; /* kind of the record it began with; NULL: it knows its own length */
} phases[] = {
    {"freeze", "freeze", NULL},       {"frozen", "freeze and proof", "freeze"},
    {"begin", "begun", NULL},         {"approval", "approval on record", NULL},
    {"saved", "snapshot", NULL},      {"safety", "safety snapshot", NULL},
    {"classify", "classify", NULL},   {"up", "apply", NULL},
    {"down", "down script", NULL},    {"overlay", "overlay", NULL},
    {"merge", "merge", NULL},         {"verify", "verify", NULL},
    {"reconcile", "reconcile", NULL}, {"thaw", "writes frozen", "freeze"},
    {"end", "ended", NULL},
};

static const struct phase *
phase_of(const json_t *record)
{
    for (size_t i = 0; i < COUNT_OF(phases); i++) {
        /* What was saved is told at the end: without its time it is no phase. */
        bool is_timed = !record_is(record, "saved") || fact_count(record_body_of(record), "ms") > 0;
        if (record_is(record, phases[i].kind) && is_timed) {
            return &phases[i];
        }
    }
    return NULL;
}

static json_t *
phase_json(const struct sources *sources, const json_t *record, const struct phase *phase)
{
    json_t *row = json_object();
    const json_t *body = record_body_of(record);
    int64_t origin_us = begun_us(sources);
    int64_t at_us = fact_count(record, "at_us");
    int64_t ms = record_is(record, "end") ? 0 : fact_count(body, "ms");
    int64_t since_us = phase->since == NULL ? 0 : sources_at(sources, phase->since);
    if (ms == 0 && since_us != 0 && since_us < at_us) {
        ms = (at_us - since_us) / 1000;
    }
    int64_t start_us = at_us - ms * 1000 < origin_us ? origin_us : at_us - ms * 1000;
    json_put(row, "name", json_text(phase->name));
    json_put(row, "what", json_text(fact_text(body, record_is(record, "approval") ? "signer" : "migration")));
    json_put(row, "at", json_time(start_us));
    json_put(row, "start_ms", json_integer((start_us - origin_us) / 1000));
    json_put(row, "ms", json_integer(ms));
    json_put(row, "evidence", json_integer(fact_count(record, "seq")));
    return row;
}

void
report_put_timeline(json_t *model, const struct sources *sources)
{
    json_t *timeline = json_object();
    json_t *list = json_array();
    bool has_proof = sources_at(sources, "frozen") != 0;
    for (size_t i = 0; i < json_array_size(sources->records); i++) {
        const json_t *record = json_array_get(sources->records, i);
        const struct phase *phase = phase_of(record);
        bool is_told_by_proof = has_proof && record_is(record, "freeze");
        if (phase != NULL && !is_told_by_proof) {
            json_array_append_new(list, phase_json(sources, record, phase));
        }
    }
    copy_number(timeline, "rto_ms", model);
    json_put(timeline, "total_ms", json_incref(json_object_get(model, "duration_ms")));
    json_put(timeline, "phases", list);
    json_put(model, "timeline", timeline);
}
