#include "report/report_findings.h"

#include "base/buf.h"
#include "report/console.h"
#include "report/fact.h"
#include "report/json.h"

#include <inttypes.h>
#include <string.h>

/* -- sums
 * ----------------------------------------------------------------------------------------------------------
 */

static int64_t
sum_of(const json_t *rows, const char *key)
{
    int64_t sum = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        sum += fact_count(json_array_get(rows, i), key);
    }
    return sum;
}

static const char *
ms_text(int64_t ms, struct arena *arena)
{
    return duration_text(arena, ms * 1000);
}

static bool
outcome_is(const json_t *model, const char *outcome)
{
    return str_eq(fact_text(model, "outcome"), outcome);
}

static bool
is_rollback(const json_t *model)
{
    return str_eq(fact_text(model, "kind"), "rollback");
}

/* -- scorecard
 * ----------------------------------------------------------------------------------------------------- */

static void
score(json_t *card, const char *name, const char *value, const char *target, enum answer ok)
{
    json_t *row = json_object();
    json_put(row, "name", json_text(name));
    json_put(row, "value", json_text(value));
    json_put(row, "target", json_text(target));
    json_put(row, "ok", ok == ANSWER_UNKNOWN ? json_null() : json_boolean(ok == ANSWER_YES));
    json_array_append_new(card, row);
}

static void
score_time(json_t *card, const json_t *model, struct arena *arena)
{
    int64_t ms;
    int64_t rto;
    bool knows_time = fact_number(model, "duration_ms", &ms);
    bool has_rto = fact_number(model, "rto_ms", &rto);
    score(card, "time", knows_time ? ms_text(ms, arena) : "not recorded",
          has_rto ? arena_printf(arena, "within %s", ms_text(rto, arena)) : "",
          !knows_time || !has_rto ? ANSWER_UNKNOWN
          : ms <= rto             ? ANSWER_YES
                                  : ANSWER_NO);
}

static void
score_loss(json_t *card, const json_t *model, struct arena *arena)
{
    int64_t limit;
    const json_t *fates = fact_at(model, "fates");
    bool has_limit = fact_number(model, "max_loss_rows", &limit);
    int64_t lost = sum_of(fates, "lost");
    score(card, "rows lost", fates == NULL ? "not recorded" : count_text(lost, arena),
          has_limit ? arena_printf(arena, "at most %s", count_text(limit, arena)) : "",
          fates == NULL || !has_limit ? ANSWER_UNKNOWN
          : lost <= limit             ? ANSWER_YES
                                      : ANSWER_NO);
}

static enum answer
reconcile_answer(const json_t *checks)
{
    enum answer all = checks == NULL ? ANSWER_UNKNOWN : ANSWER_YES;
    for (size_t i = 0; i < json_array_size(checks); i++) {
        all = fact_answer(json_array_get(checks, i), "ok") == ANSWER_NO ? ANSWER_NO : all;
    }
    return all;
}

static void
put_scorecard(json_t *model, struct arena *arena)
{
    json_t *card = json_array();
    const json_t *verify = fact_at(model, "verify");
    const json_t *checks = fact_at(model, "reconcile.checks");
    const char *schema = fact_text(verify, "schema");
    const char *data = fact_text(verify, "data");
    int64_t orphans;
    bool knows_orphans = fact_number(verify, "orphans", &orphans);
    enum answer proven = fact_answer(fact_at(model, "freeze"), "proven");
    json_put(model, "scorecard", card);
    score_time(card, model, arena);
    if (!is_rollback(model)) {
        return;
    }
    score(card, "schema restored", schema == NULL ? "not recorded" : schema, "same",
          fact_answer(verify, "schema"));
    score(card, "data verified", data == NULL ? "not recorded" : data, "same", fact_answer(verify, "data"));
    score_loss(card, model, arena);
    score(card, "freeze proven", answer_word(proven), "yes", proven);
    score(card, "orphans", knows_orphans ? count_text(orphans, arena) : "not recorded", "0",
          !knows_orphans ? ANSWER_UNKNOWN
          : orphans == 0 ? ANSWER_YES
                         : ANSWER_NO);
    score(card, "reconciled", checks == NULL ? "not recorded" : answer_word(reconcile_answer(checks)), "yes",
          reconcile_answer(checks));
}

/* "1 row", "1,234 rows" */
static const char *
rows_text(int64_t n, struct arena *arena)
{
    return arena_printf(arena, "%s row%s", count_text(n, arena), n == 1 ? "" : "s");
}

/* -- open findings
 * ------------------------------------------------------------------------------------------------- */

static void
find(json_t *model, const char *severity, const char *what, const char *next)
{
    json_t *list = fact_at(model, "findings");
    json_t *row = json_object();
    json_put(row, "severity", json_text(severity));
    json_put(row, "what", json_text(what));
    json_put(row, "next", json_text(next));
    json_array_append_new(list, row);
}

static void
find_in_outcome(json_t *model, struct arena *arena)
{
    const char *op = fact_text(model, "op");
    const json_t *differences = fact_at(model, "verify.differences");
    if (outcome_is(model, "partial") || outcome_is(model, "unfinished") || outcome_is(model, "interrupted")) {
        find(model, "high", arena_printf(arena, "the operation did not end: %s", fact_text(model, "outcome")),
             "rollcall resume");
    }
    if (fact_answer(fact_at(model, "verify"), "schema") == ANSWER_NO) {
        find(model, "high",
             arena_printf(arena, "the schema is not the one from before (%zu differences)",
                          json_array_size(differences)),
             "rollcall drift");
    }
    if (fact_answer(fact_at(model, "verify"), "data") == ANSWER_NO) {
        find(model, "high", "the verification of the data found differences",
             arena_printf(arena, "rollcall registry show %.12s", op == NULL ? "last" : op));
    }
    if (fact_answer(fact_at(model, "evidence"), "intact") == ANSWER_NO) {
        find(model, "high",
             "the registry's chain does not hold up to this operation: what stands here may be altered",
             "rollcall registry verify");
    }
    int64_t ms;
    int64_t rto;
    if (fact_number(model, "duration_ms", &ms) && fact_number(model, "rto_ms", &rto) && ms > rto) {
        find(model, "medium",
             arena_printf(arena, "it took %s, more than the %s that the policy allows", ms_text(ms, arena),
                          ms_text(rto, arena)),
             "rollcall drill --data");
    }
}

/* Their orphans are findings of their own. */
static bool
has_virtual_keys(const json_t *model)
{
    const json_t *checks = fact_at(model, "reconcile.checks");
    for (size_t i = 0; i < json_array_size(checks); i++) {
        if (str_eq(fact_text(json_array_get(checks, i), "kind"), "vfk")) {
            return true;
        }
    }
    return false;
}

static void
find_in_rows(json_t *model, struct arena *arena)
{
    const json_t *fates = fact_at(model, "fates");
    const char *op = fact_text(model, "op");
    const char *show = arena_printf(arena, "rollcall registry show %.12s", op == NULL ? "last" : op);
    int64_t lost = sum_of(fates, "lost");
    int64_t conflicts = sum_of(fates, "conflicts");
    int64_t parked = sum_of(fates, "parked");
    int64_t orphans = fact_count(fact_at(model, "verify"), "orphans");
    size_t listed = json_array_size(fact_at(model, "conflicts"));
    conflicts = conflicts < (int64_t)listed ? (int64_t)listed : conflicts;
    if (lost > 0) {
        find(
            model, "high",
            arena_printf(arena, "%s written since %s lost", rows_text(lost, arena), lost == 1 ? "is" : "are"),
            show);
    }
    if (conflicts > 0) {
        find(model, "medium",
             arena_printf(arena, "%s in conflict: written by the migration and again since",
                          rows_text(conflicts, arena)),
             show);
    }
    if (parked > 0) {
        find(model, "low",
             arena_printf(arena, "values of %s are parked until the migration is applied again",
                          rows_text(parked, arena)),
             "rollcall up");
    }
    if (orphans > 0 && !has_virtual_keys(model)) {
        find(model, "high", arena_printf(arena, "%s without the row referred to", rows_text(orphans, arena)),
             "rollcall fk");
    }
}

static void
find_in_checks(json_t *model, struct arena *arena)
{
    const json_t *checks = fact_at(model, "reconcile.checks");
    const char *op = fact_text(model, "op");
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        const char *name = fact_text(check, "name");
        int64_t old = fact_count(check, "preexisting");
        int64_t all = fact_count(check, "missing") + fact_count(check, "extra") +
                      fact_count(check, "mismatch") + fact_count(check, "duplicate");
        bool is_old = all > 0 && old >= all;
        if (fact_answer(check, "ok") == ANSWER_NO || old > 0) {
            find(model, is_old ? "low" : "high",
                 arena_printf(arena, "%s: %s at odds, %s of them before the migration already",
                              name == NULL ? "a check" : name, rows_text(all, arena), count_text(old, arena)),
                 arena_printf(arena, "rollcall reconcile --op %.12s", op == NULL ? "last" : op));
        }
    }
}

static void
find_in_freeze(json_t *model, struct arena *arena)
{
    const json_t *freeze = fact_at(model, "freeze");
    size_t holes = json_array_size(fact_at(model, "freeze.holes"));
    if (fact_answer(freeze, "proven") == ANSWER_NO) {
        find(model, "high", "the freeze was not proven: writes may have come in between",
             "rollcall reconcile");
    }
    if (holes > 0) {
        find(model, "low", arena_printf(arena, "the freeze left %zu ways to write open, listed below", holes),
             "rollcall freeze --prove");
    }
}

/* The gravest first, numbered. */
static void
order_findings(json_t *model, struct arena *arena)
{
    static const char *const severities[] = {"high", "medium", "low"};
    const json_t *found = fact_at(model, "findings");
    json_t *ordered = json_array();
    for (size_t s = 0; s < COUNT_OF(severities); s++) {
        for (size_t i = 0; i < json_array_size(found); i++) {
            json_t *row = json_array_get(found, i);
            if (str_eq(fact_text(row, "severity"), severities[s])) {
                json_array_append(ordered, row);
                json_put(row, "id", json_text(arena_printf(arena, "F%zu", json_array_size(ordered))));
            }
        }
    }
    json_put(model, "findings", ordered);
}

static void
put_findings(json_t *model, struct arena *arena)
{
    json_put(model, "findings", json_array());
    find_in_outcome(model, arena);
    find_in_rows(model, arena);
    find_in_checks(model, arena);
    find_in_freeze(model, arena);
    if (is_rollback(model) && fact_at(model, "reconcile") == NULL) {
        const char *op = fact_text(model, "op");
        find(model, "low", "nothing was reconciled after it",
             arena_printf(arena, "rollcall reconcile --op %.12s", op == NULL ? "last" : op));
    }
    order_findings(model, arena);
}

/* -- verdict
 * ------------------------------------------------------------------------------------------------------- */

static size_t
count_severity(const json_t *model, const char *severity)
{
    const json_t *list = fact_at(model, "findings");
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        n += str_eq(fact_text(json_array_get(list, i), "severity"), severity);
    }
    return n;
}

static size_t
count_failed(const json_t *model)
{
    const json_t *card = fact_at(model, "scorecard");
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(card); i++) {
        n += fact_answer(json_array_get(card, i), "ok") == ANSWER_NO;
    }
    return n;
}

/* "rolled back", "up finished", ... */
static const char *
outcome_words(const json_t *model, struct arena *arena)
{
    static const struct {
        const char *outcome;
        const char *words;
    } rows[] = {
        {"done", "finished"},
        {"unchanged", "changed nothing"},
        {"unverified", "finished, but verification failed"},
    };
    const char *kind = fact_text(model, "kind");
    if (is_rollback(model) && outcome_is(model, "done")) {
        return "rolled back";
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (outcome_is(model, rows[i].outcome)) {
            return arena_printf(arena, "%s %s", kind == NULL ? "operation" : kind, rows[i].words);
        }
    }
    return arena_printf(arena, "%s not finished", kind == NULL ? "operation" : kind);
}

static const char *
findings_words(size_t high, size_t open, struct arena *arena)
{
    if (open == 0) {
        return "no open findings";
    }
    return arena_printf(arena, "%zu open finding%s, %zu of them grave", open, open == 1 ? "" : "s", high);
}

static void
put_verdict(json_t *model, struct arena *arena)
{
    json_t *verdict = json_object();
    size_t high = count_severity(model, "high");
    size_t open = json_array_size(fact_at(model, "findings"));
    bool is_good = outcome_is(model, "done") && high == 0 && count_failed(model) == 0;
    json_put(verdict, "level", json_text(is_good ? (open == 0 ? "good" : "attention") : "bad"));
    json_put(verdict, "words",
             json_text(arena_printf(arena, "%s: %s", outcome_words(model, arena),
                                    findings_words(high, open, arena))));
    json_put(verdict, "open", json_integer((json_int_t)open));
    json_put(model, "verdict", verdict);
}

/* -- the eight lines
 * ----------------------------------------------------------------------------------------------- */

static void
say(json_t *list, const char *text)
{
    json_array_append_new(list, json_text(text));
}

static const char *
at_version(const char *version)
{
    return version == NULL ? "the beginning" : version;
}

static const char *
fates_line(const json_t *fates, struct arena *arena)
{
    static const char *const names[] = {"carried", "merged", "parked", "kept", "compensated", "lost"};
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    if (fates == NULL) {
        return "What became of later writes was not recorded.";
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        buf_printf(&text, "%s%s %s", i == 0 ? "Later writes: " : ", ",
                   count_text(sum_of(fates, names[i]), arena), names[i]);
    }
    buf_str(&text, ".");
    return arena_strdup(arena, buf_cstr(&text));
}

static const char *
freeze_line(const json_t *freeze, struct arena *arena)
{
    int64_t ms;
    if (freeze == NULL) {
        return "No write freeze was recorded.";
    }
    return arena_printf(arena, "Writes were frozen%s%s; the freeze was %s.",
                        fact_number(freeze, "ms", &ms) ? " for " : "",
                        fact_number(freeze, "ms", &ms) ? ms_text(ms, arena) : "",
                        fact_answer(freeze, "proven") == ANSWER_YES ? "proven" : "not proven");
}

static const char *
verify_line(const json_t *verify, struct arena *arena)
{
    const char *schema = fact_text(verify, "schema");
    const char *data = fact_text(verify, "data");
    return arena_printf(arena, "Verification: schema %s, data %s, orphans %s.",
                        schema == NULL ? "not recorded" : schema, data == NULL ? "not recorded" : data,
                        fact_number_text(verify, "orphans", arena));
}

static const char *
reconcile_line(const json_t *checks, struct arena *arena)
{
    size_t bad = 0;
    for (size_t i = 0; i < json_array_size(checks); i++) {
        bad += fact_answer(json_array_get(checks, i), "ok") == ANSWER_NO;
    }
    return checks == NULL ? "No reconciliation was recorded."
                          : arena_printf(arena, "Reconciliation: %zu checks, %zu of them with findings.",
                                         json_array_size(checks), bad);
}

static void
put_summary(json_t *model, struct arena *arena)
{
    json_t *list = json_array();
    const char *by = fact_text(fact_at(model, "decisions"), "by");
    const char *service = fact_text(model, "service");
    const char *reason = fact_text(model, "reason");
    const char *kind = fact_text(model, "kind");
    const json_t *scope = fact_at(model, "scope");
    const json_t *steps = fact_at(model, "scope.steps");
    const json_t *approvals = fact_at(model, "decisions.approvals");
    int64_t ms;
    const char *at = fact_text(model, "started_at");
    say(list, arena_printf(arena, "At %.19sZ, %s began this %s%s%s.", at == NULL ? "an unknown time" : at,
                           by == NULL ? "somebody" : by, kind == NULL ? "operation" : kind,
                           service == NULL ? "" : " of the service ", service == NULL ? "" : service));
    say(list, reason == NULL ? "No reason was recorded." : arena_printf(arena, "Reason: %s", reason));
    say(list, json_array_size(approvals) == 0
                  ? "No sign-off was recorded."
                  : arena_printf(arena, "%zu sign-off%s of the plan %s on record.",
                                 json_array_size(approvals), json_array_size(approvals) == 1 ? "" : "s",
                                 json_array_size(approvals) == 1 ? "is" : "are"));
    say(list, arena_printf(arena, "%zu migration%s ran, from version %s to %s.", json_array_size(steps),
                           json_array_size(steps) == 1 ? "" : "s", at_version(fact_text(scope, "from")),
                           at_version(fact_text(scope, "to"))));
    say(list, freeze_line(fact_at(model, "freeze"), arena));
    say(list, fates_line(fact_at(model, "fates"), arena));
    say(list, arena_printf(arena, "%s %s", verify_line(fact_at(model, "verify"), arena),
                           reconcile_line(fact_at(model, "reconcile.checks"), arena)));
    say(list, !fact_number(model, "duration_ms", &ms)
                  ? "It has not ended."
                  : arena_printf(arena, "It took %s and ended: %s.", ms_text(ms, arena),
                                 fact_text(model, "outcome")));
    json_put(model, "summary", list);
}

/* -- method and limits
 * --------------------------------------------------------------------------------------------- */

static void
put_limits(json_t *model)
{
    static const char *const method[] = {
        "Every figure is taken from the registry's records of this operation; the evidence index names them.",
        "Points in time are of the clock of the machine that ran the tool; durations are of its monotonic "
        "clock.",
        "Records are chained by SHA-256. The chain is evidence against anybody who does not control the "
        "database, the "
        "folder .rollcall and every copy of this report at once.",
        "Schemas are compared by XXH3-128 fingerprints of every object's canonical text; rows by 128-bit "
        "multiset sums.",
    };
    static const struct {
        const char *path;
        const char *words;
    } unseen[] = {
        {"freeze", "No freeze is on record: writes during the operation are not excluded by proof."},
        {"fates", "What became of the rows written since is not on record."},
        {"rows", "Row counts before, after and now are not on record."},
        {"verify.data", "The data was not compared."},
        {"verify.orphans", "Foreign keys were not checked."},
        {"reconcile", "No check across services was run."},
    };
    json_t *list = json_array();
    json_t *missing = json_array();
    for (size_t i = 0; i < COUNT_OF(method); i++) {
        json_array_append_new(list, json_text(method[i]));
    }
    for (size_t i = 0; i < COUNT_OF(unseen); i++) {
        if (fact_at(model, unseen[i].path) == NULL) {
            json_array_append_new(missing, json_text(unseen[i].words));
        }
    }
    json_put(model, "method", list);
    json_put(model, "limits", missing);
}

void
report_findings_put(json_t *model)
{
    ARENA_SCOPED arena = {0};
    put_findings(model, &arena);
    put_scorecard(model, &arena);
    put_verdict(model, &arena);
    put_summary(model, &arena);
    put_limits(model);
}
