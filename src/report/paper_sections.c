#include "base/str.h"
#include "report/console.h"
#include "report/fact.h"
#include "report/paper.h"

#include <string.h>

#define HEADS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* -- cells
 * ---------------------------------------------------------------------------------------------------------
 */

static const char *
number(const struct paper *paper, const json_t *row, const char *key)
{
    return fact_number_text(row, key, paper->arena);
}

static const char *
milliseconds(const struct paper *paper, const json_t *row, const char *key)
{
    int64_t ms;
    return fact_number(row, key, &ms) ? duration_text(paper->arena, ms * 1000) : NULL;
}

/* "2026-11-22 03:04:05.678" */
static const char *
moment(const struct paper *paper, const json_t *row, const char *key)
{
    const char *text = fact_text(row, key);
    if (text == NULL || strlen(text) < 23) {
        return NULL;
    }
    return arena_printf(paper->arena, "%.10s %.12s", text, text + 11);
}

static const char *
record_number(const struct paper *paper, const json_t *row)
{
    int64_t seq;
    return fact_number(row, "evidence", &seq) ? arena_printf(paper->arena, "#%lld", (long long)seq) : NULL;
}

/* Shape and word, never colour alone. */
static const char *
mark(enum answer ok)
{
    switch (ok) {
    case ANSWER_UNKNOWN:
        return "? not recorded";
    case ANSWER_NO:
        return "\xe2\x9c\x97 no";
    case ANSWER_YES:
        return "\xe2\x9c\x93 yes";
    }
    return "";
}

static const char *
short_hash(const struct paper *paper, const char *hash)
{
    return hash == NULL ? NULL : arena_printf(paper->arena, "%.16s", hash);
}

static const char *
joined(const struct paper *paper, const json_t *strings)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < json_array_size(strings); i++) {
        const char *one = json_string_value(json_array_get(strings, i));
        buf_printf(&text, "%s%s", i == 0 ? "" : ", ", one == NULL ? "" : one);
    }
    return text.len == 0 ? NULL : arena_strdup(paper->arena, buf_cstr(&text));
}

/* -- sections
 * ------------------------------------------------------------------------------------------------------ */

static void
not_recorded(struct paper *paper)
{
    paper_add(paper, BLOCK_TEXT, "not recorded", NULL);
}

static void
add_head(struct paper *paper)
{
    const json_t *model = paper->model;
    const char *kind = fact_text(model, "kind");
    const char *service = fact_text(model, "service");
    const char *op = fact_text(model, "op");
    paper_add(paper, BLOCK_TITLE,
              arena_printf(paper->arena, "Report of the %s %.12s", kind == NULL ? "operation" : kind,
                           op == NULL ? "" : op),
              arena_printf(paper->arena, "%s%s%s to %s UTC", service == NULL ? "" : service,
                           service == NULL ? "" : ", ", moment(paper, model, "started_at"),
                           fact_text(model, "finished_at") == NULL ? "(not ended)"
                                                                   : moment(paper, model, "finished_at")));
    paper_add(paper, BLOCK_VERDICT, fact_text(fact_at(model, "verdict"), "words"),
              fact_text(fact_at(model, "verdict"), "level"));
}

static void
add_scorecard(struct paper *paper)
{
    const json_t *card = fact_at(paper->model, "scorecard");
    struct paper_table *table =
        paper_add_table(paper, "Scorecard", HEADS("question", "answer", "target", "met"));
    for (size_t i = 0; i < json_array_size(card); i++) {
        const json_t *row = json_array_get(card, i);
        const char *target = fact_text(row, "target");
        paper_add_row(paper, table,
                      HEADS(fact_text(row, "name"), fact_text(row, "value"),
                            target == NULL ? "none set" : target, mark(fact_answer(row, "ok"))));
    }
}

static void
add_timeline(struct paper *paper)
{
    const json_t *phases = fact_at(paper->model, "timeline.phases");
    paper_add(paper, BLOCK_SECTION, "Timeline", NULL);
    if (json_array_size(phases) == 0) {
        not_recorded(paper);
        return;
    }
    paper_add_figure(paper, FIGURE_TIMELINE,
                     "Phases from the beginning; the dashed line is the time allowed (RTO)");
    struct paper_table *table = paper_add_table(
        paper, "The same in numbers", HEADS("phase", "what", "begun (UTC)", "#after", "#took", "record"));
    for (size_t i = 0; i < json_array_size(phases); i++) {
        const json_t *row = json_array_get(phases, i);
        const char *what = fact_text(row, "what");
        paper_add_row(paper, table,
                      HEADS(fact_text(row, "name"), what == NULL ? "" : what, moment(paper, row, "at"),
                            milliseconds(paper, row, "start_ms"), milliseconds(paper, row, "ms"),
                            record_number(paper, row)));
    }
}

static void
add_decisions(struct paper *paper)
{
    static const struct {
        const char *key;
        const char *name;
    } facts[] = {{"by", "begun by"},
                 {"role", "as database role"},
                 {"reason", "reason"},
                 {"trigger", "trigger"},
                 {"plan", "plan"},
                 {"plan_author", "author of the plan"},
                 {"on_conflict", "conflicts"},
                 {"merge", "merge"}};
    const json_t *decisions = fact_at(paper->model, "decisions");
    const json_t *approvals = fact_at(paper->model, "decisions.approvals");
    paper_add(paper, BLOCK_SECTION, "Decisions", NULL);
    struct paper_table *table = paper_add_table(paper, NULL, HEADS("what", "on record"));
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        paper_add_row(paper, table, HEADS(facts[i].name, fact_text(decisions, facts[i].key)));
    }
    if (json_array_size(approvals) == 0) {
        paper_add(paper, BLOCK_TEXT, "Sign-offs: none on record.", NULL);
        return;
    }
    table = paper_add_table(paper, "Sign-offs",
                            HEADS("signer", "role", "key", "signed (UTC)", "until (UTC)", "record"));
    for (size_t i = 0; i < json_array_size(approvals); i++) {
        const json_t *row = json_array_get(approvals, i);
        paper_add_row(paper, table,
                      HEADS(fact_text(row, "signer"), fact_text(row, "role"), fact_text(row, "key"),
                            moment(paper, row, "signed_at"), moment(paper, row, "expires_at"),
                            record_number(paper, row)));
    }
}

static void
add_scope(struct paper *paper)
{
    const json_t *scope = fact_at(paper->model, "scope");
    const json_t *steps = fact_at(paper->model, "scope.steps");
    const json_t *saved = fact_at(paper->model, "scope.saved");
    const char *from = fact_text(scope, "from");
    const char *to = fact_text(scope, "to");
    paper_add(paper, BLOCK_SECTION, "Scope", NULL);
    paper_add(paper, BLOCK_TEXT,
              arena_printf(paper->arena, "From version %s to %s.", from == NULL ? "the beginning" : from,
                           to == NULL ? "the beginning" : to),
              NULL);
    if (json_array_size(steps) == 0) {
        paper_add(paper, BLOCK_TEXT, "No migration ran.", NULL);
        return;
    }
    paper_add_figure(paper, FIGURE_GRAPH,
                     "Migrations, in the order in which they ran, and the tables they touched");
    struct paper_table *table = paper_add_table(paper, "Migrations",
                                                HEADS("migration", "way", "class", "#statements", "#took",
                                                      "was live for", "schema after", "script", "record"));
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *row = json_array_get(steps, i);
        paper_add_row(paper, table,
                      HEADS(fact_text(row, "migration"), fact_text(row, "direction"), fact_text(row, "class"),
                            number(paper, row, "statements"), milliseconds(paper, row, "ms"),
                            milliseconds(paper, row, "live_ms"), fact_text(row, "schema"),
                            short_hash(paper, fact_text(row, "script")), record_number(paper, row)));
    }
    if (json_array_size(saved) == 0) {
        return;
    }
    table = paper_add_table(paper, "What was saved",
                            HEADS("table", "migration", "kind", "#rows", "#bytes", "when", "record"));
    for (size_t i = 0; i < json_array_size(saved); i++) {
        const json_t *row = json_array_get(saved, i);
        paper_add_row(paper, table,
                      HEADS(fact_text(row, "table"), fact_text(row, "migration"), fact_text(row, "kind"),
                            number(paper, row, "rows"), number(paper, row, "bytes"), fact_text(row, "when"),
                            record_number(paper, row)));
    }
}

static void
add_fates(struct paper *paper)
{
    const json_t *fates = fact_at(paper->model, "fates");
    paper_add(paper, BLOCK_SECTION, "Fates of later writes", NULL);
    if (fates == NULL) {
        not_recorded(paper);
        return;
    }
    paper_add_figure(paper, FIGURE_FATES, "What became of the rows written since, table by table");
    struct paper_table *table = paper_add_table(paper, "The same in numbers",
                                                HEADS("table", "#carried", "#merged", "#parked", "#kept",
                                                      "#compensated", "#lost", "#conflicts", "record"));
    for (size_t i = 0; i < json_array_size(fates); i++) {
        const json_t *row = json_array_get(fates, i);
        paper_add_row(
            paper, table,
            HEADS(fact_text(row, "table"), number(paper, row, "carried"), number(paper, row, "merged"),
                  number(paper, row, "parked"), number(paper, row, "kept"), number(paper, row, "compensated"),
                  number(paper, row, "lost"), number(paper, row, "conflicts"), record_number(paper, row)));
    }
    const json_t *conflicts = fact_at(paper->model, "conflicts");
    if (json_array_size(conflicts) == 0) {
        return;
    }
    table = paper_add_table(paper, "Conflicts",
                            HEADS("table", "columns", "#rows", "key (hash)", "resolution", "record"));
    for (size_t i = 0; i < json_array_size(conflicts); i++) {
        int64_t n;
        const json_t *row = json_array_get(conflicts, i);
        paper_add_row(paper, table,
                      HEADS(fact_text(row, "table"), joined(paper, json_object_get(row, "columns")),
                            fact_number(row, "rows", &n) ? count_text(n, paper->arena) : "1",
                            short_hash(paper, fact_text(row, "key_hash")), fact_text(row, "resolution"),
                            record_number(paper, row)));
    }
}

static void
add_rows(struct paper *paper)
{
    const json_t *rows = fact_at(paper->model, "rows");
    paper_add(paper, BLOCK_SECTION, "Rows before, after and now", NULL);
    if (rows == NULL) {
        not_recorded(paper);
        return;
    }
    paper_add_figure(paper, FIGURE_ROWS, "Rows before the migration, after it, and now");
    struct paper_table *table = paper_add_table(
        paper, "The same in numbers", HEADS("table", "#before", "#after", "#now", "#untouched", "record"));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        paper_add_row(paper, table,
                      HEADS(fact_text(row, "table"), number(paper, row, "before"),
                            number(paper, row, "after"), number(paper, row, "now"),
                            number(paper, row, "untouched"), record_number(paper, row)));
    }
}

/* Checks of that kind, or (virtual_keys false) all others. */
static void
add_checks(struct paper *paper, bool virtual_keys)
{
    const json_t *checks = fact_at(paper->model, "reconcile.checks");
    struct paper_table *table = NULL;
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *row = json_array_get(checks, i);
        if (str_eq(fact_text(row, "kind"), "vfk") != virtual_keys) {
            continue;
        }
        if (table == NULL) {
            table = paper_add_table(paper, virtual_keys ? "Virtual foreign keys" : "Checks",
                                    HEADS("check", "kind", "agrees", "#matched", "#missing", "#extra",
                                          "#mismatch", "#duplicate", "#late", "#known before"));
        }
        paper_add_row(paper, table,
                      HEADS(fact_text(row, "name"), fact_text(row, "kind"), mark(fact_answer(row, "ok")),
                            number(paper, row, "matched"), number(paper, row, "missing"),
                            number(paper, row, "extra"), number(paper, row, "mismatch"),
                            number(paper, row, "duplicate"), number(paper, row, "late"),
                            number(paper, row, "preexisting")));
    }
}

static void
add_referential(struct paper *paper)
{
    const json_t *verify = fact_at(paper->model, "verify");
    int64_t orphans;
    paper_add(paper, BLOCK_SECTION, "Referential integrity", NULL);
    paper_add(paper, BLOCK_TEXT,
              fact_number(verify, "orphans", &orphans)
                  ? arena_printf(paper->arena, "Rows that refer to rows that are not there: %s.",
                                 count_text(orphans, paper->arena))
                  : "not recorded",
              NULL);
    add_checks(paper, true);
}

/* Samples are values: they are in the model only when somebody asked for them. */
static void
add_samples(struct paper *paper)
{
    const json_t *checks = fact_at(paper->model, "reconcile.checks");
    struct paper_table *table = NULL;
    bool hidden = false;
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *row = json_array_get(checks, i);
        const json_t *sample = json_object_get(row, "sample");
        hidden = hidden || (sample == NULL && fact_count(row, "sampled") > 0);
        for (size_t s = 0; s < json_array_size(sample); s++) {
            size_t len = json_dumpb(json_array_get(sample, s), NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
            char *text = arena_alloc(paper->arena, len + 1);
            (void)json_dumpb(json_array_get(sample, s), text, len, JSON_COMPACT | JSON_ENCODE_ANY);
            table = table == NULL ? paper_add_table(paper, "Samples", HEADS("check", "row")) : table;
            paper_add_row(paper, table, HEADS(fact_text(row, "name"), text));
        }
    }
    if (hidden) {
        paper_add(paper, BLOCK_TEXT, "Samples are left out: they hold values. --show-values shows them.",
                  NULL);
    }
}

static void
add_reconciliation(struct paper *paper)
{
    paper_add(paper, BLOCK_SECTION, "Across services", NULL);
    if (fact_at(paper->model, "reconcile") == NULL) {
        not_recorded(paper);
        return;
    }
    paper_add_figure(paper, FIGURE_CHECKS, "Findings by check and kind; darker and fuller is more");
    add_checks(paper, false);
    add_samples(paper);
}

static void
add_residue(struct paper *paper)
{
    const json_t *differences = fact_at(paper->model, "verify.differences");
    const json_t *fates = fact_at(paper->model, "fates");
    const json_t *holes = fact_at(paper->model, "freeze.holes");
    paper_add(paper, BLOCK_SECTION, "What remains", NULL);
    struct paper_table *table = paper_add_table(paper, "Left in the schema", HEADS("kind", "name", "change"));
    for (size_t i = 0; i < json_array_size(differences); i++) {
        const json_t *row = json_array_get(differences, i);
        paper_add_row(paper, table,
                      HEADS(fact_text(row, "kind"), fact_text(row, "name"), fact_text(row, "change")));
    }
    if (table->n == 0) {
        const char *schema = fact_text(fact_at(paper->model, "verify"), "schema");
        paper_add_row(paper, table,
                      HEADS("nothing", schema == NULL ? "not recorded" : "the schema is the same", ""));
    }
    table = paper_add_table(paper, "Kept or parked on purpose", HEADS("table", "#parked", "#kept"));
    for (size_t i = 0; i < json_array_size(fates); i++) {
        const json_t *row = json_array_get(fates, i);
        if (fact_count(row, "parked") + fact_count(row, "kept") > 0) {
            paper_add_row(
                paper, table,
                HEADS(fact_text(row, "table"), number(paper, row, "parked"), number(paper, row, "kept")));
        }
    }
    if (table->n == 0) {
        paper_add_row(paper, table, HEADS(fates == NULL ? "not recorded" : "nothing", "0", "0"));
    }
    if (json_array_size(holes) > 0) {
        paper_add(paper, BLOCK_TEXT, "Ways to write that the freeze left open:", NULL);
        paper_add_list(paper, holes);
    }
}

static void
add_findings(struct paper *paper)
{
    const json_t *findings = fact_at(paper->model, "findings");
    paper_add(paper, BLOCK_SECTION, "Open findings", NULL);
    if (json_array_size(findings) == 0) {
        paper_add(paper, BLOCK_TEXT, "None.", NULL);
        return;
    }
    struct paper_table *table =
        paper_add_table(paper, NULL, HEADS("id", "severity", "finding", "next command"));
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *row = json_array_get(findings, i);
        paper_add_row(paper, table,
                      HEADS(fact_text(row, "id"), fact_text(row, "severity"), fact_text(row, "what"),
                            fact_text(row, "next")));
    }
}

static void
add_method(struct paper *paper)
{
    const json_t *limits = fact_at(paper->model, "limits");
    paper_add(paper, BLOCK_SECTION, "Method and limits", NULL);
    paper_add_list(paper, fact_at(paper->model, "method"));
    if (json_array_size(limits) > 0) {
        paper_add(paper, BLOCK_TEXT, "Not looked at:", NULL);
        paper_add_list(paper, limits);
    }
}

static void
add_evidence(struct paper *paper)
{
    const json_t *evidence = fact_at(paper->model, "evidence");
    const json_t *records = fact_at(paper->model, "evidence.records");
    const json_t *checkpoint = fact_at(paper->model, "evidence.checkpoint");
    paper_add(paper, BLOCK_SECTION, "Evidence", NULL);
    struct paper_table *table = paper_add_table(paper, NULL, HEADS("what", "on record"));
    paper_add_row(paper, table, HEADS("operation", fact_text(paper->model, "op")));
    paper_add_row(paper, table, HEADS("tool", fact_text(evidence, "tool")));
    paper_add_row(paper, table, HEADS("server", fact_text(evidence, "server")));
    paper_add_row(paper, table, HEADS("database (hash)", fact_text(evidence, "database")));
    paper_add_row(paper, table, HEADS("chain holds up to here", mark(fact_answer(evidence, "intact"))));
    if (checkpoint != NULL) {
        const char *expect = arena_printf(paper->arena, "%lld:%s", (long long)fact_count(checkpoint, "seq"),
                                          fact_text(checkpoint, "hash"));
        paper_add_row(paper, table, HEADS("checkpoint", expect));
        paper_add_row(
            paper, table,
            HEADS("to verify", arena_printf(paper->arena, "rollcall registry verify --expect %s", expect)));
    }
    table = paper_add_table(paper, "Records of the registry", HEADS("record", "kind", "at (UTC)", "SHA-256"));
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *row = json_array_get(records, i);
        paper_add_row(paper, table,
                      HEADS(arena_printf(paper->arena, "#%lld", (long long)fact_count(row, "seq")),
                            fact_text(row, "kind"), moment(paper, row, "at"), fact_text(row, "hash")));
    }
}

void
paper_from_model(const json_t *model, struct arena *arena, struct paper *out)
{
    *out = (struct paper){.arena = arena, .model = model};
    add_head(out);
    add_scorecard(out);
    paper_add(out, BLOCK_SECTION, "What happened", NULL);
    paper_add_list(out, fact_at(model, "summary"));
    add_timeline(out);
    add_decisions(out);
    add_scope(out);
    add_fates(out);
    add_rows(out);
    add_referential(out);
    add_reconciliation(out);
    add_residue(out);
    add_findings(out);
    add_method(out);
    add_evidence(out);
}
