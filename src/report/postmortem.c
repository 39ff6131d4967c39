#include "report/postmortem.h"

#include "report/console.h"
#include "report/fact.h"
#include "report/paper.h"

#include <string.h>

#define HEADS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
section(struct paper *paper, const char *title, const char *question)
{
    paper_add(paper, BLOCK_SECTION, title, NULL);
    if (question != NULL) {
        paper_add(paper, BLOCK_TEXT, question, NULL);
    }
}

static void
add_impact(struct paper *paper)
{
    const json_t *card = fact_at(paper->model, "scorecard");
    section(paper, "Impact in numbers", NULL);
    struct paper_table *table = paper_add_table(paper, NULL, HEADS("question", "answer", "target"));
    for (size_t i = 0; i < json_array_size(card); i++) {
        const json_t *row = json_array_get(card, i);
        const char *target = fact_text(row, "target");
        paper_add_row(
            paper, table,
            HEADS(fact_text(row, "name"), fact_text(row, "value"), target == NULL ? "none set" : target));
    }
    paper_add(paper, BLOCK_TEXT, "Who noticed what, and for how long? (users, orders, money)", NULL);
}

static void
add_timeline(struct paper *paper)
{
    const json_t *phases = fact_at(paper->model, "timeline.phases");
    section(paper, "Timeline", NULL);
    struct paper_table *table = paper_add_table(paper, NULL, HEADS("at (UTC)", "what", "#took"));
    paper_add_row(paper, table, HEADS("", "the release that was taken back went out", ""));
    paper_add_row(paper, table, HEADS("", "the first sign of it", ""));
    for (size_t i = 0; i < json_array_size(phases); i++) {
        const json_t *row = json_array_get(phases, i);
        const char *at = fact_text(row, "at");
        const char *what = fact_text(row, "what");
        int64_t ms = fact_count(row, "ms");
        paper_add_row(
            paper, table,
            HEADS(at == NULL || strlen(at) < 19 ? "" : arena_printf(paper->arena, "%.10s %.8s", at, at + 11),
                  arena_printf(paper->arena, "%s%s%s", fact_text(row, "name"), what == NULL ? "" : " ",
                               what == NULL ? "" : what),
                  ms == 0 ? "" : duration_text(paper->arena, ms * 1000)));
    }
}

static void
add_decisions(struct paper *paper)
{
    const json_t *decisions = fact_at(paper->model, "decisions");
    const json_t *approvals = fact_at(paper->model, "decisions.approvals");
    section(paper, "Decisions", "What was known when each of them was taken?");
    struct paper_table *table = paper_add_table(paper, NULL, HEADS("decision", "on record"));
    paper_add_row(paper, table, HEADS("to begin", fact_text(decisions, "reason")));
    paper_add_row(paper, table, HEADS("plan", fact_text(decisions, "plan")));
    for (size_t i = 0; i < json_array_size(approvals); i++) {
        const char *role = fact_text(json_array_get(approvals, i), "role");
        paper_add_row(paper, table,
                      HEADS("sign-off", arena_printf(paper->arena, "by one with the role %s",
                                                     role == NULL ? "?" : role)));
    }
}

static void
add_data(struct paper *paper)
{
    const json_t *fates = fact_at(paper->model, "fates");
    section(paper, "Data", fates == NULL ? "What became of later writes: not recorded." : NULL);
    if (fates != NULL) {
        struct paper_table *table = paper_add_table(
            paper, "Later writes",
            HEADS("table", "#carried", "#merged", "#parked", "#kept", "#compensated", "#lost"));
        for (size_t i = 0; i < json_array_size(fates); i++) {
            const json_t *row = json_array_get(fates, i);
            paper_add_row(paper, table,
                          HEADS(fact_text(row, "table"), fact_number_text(row, "carried", paper->arena),
                                fact_number_text(row, "merged", paper->arena),
                                fact_number_text(row, "parked", paper->arena),
                                fact_number_text(row, "kept", paper->arena),
                                fact_number_text(row, "compensated", paper->arena),
                                fact_number_text(row, "lost", paper->arena)));
        }
    }
    paper_add(paper, BLOCK_TEXT, "What is still to be repaired, and how is it known when that is done?",
              NULL);
}

static void
add_follow_ups(struct paper *paper)
{
    const json_t *findings = fact_at(paper->model, "findings");
    section(paper, "What follows",
            "For each: what makes it impossible, or visible, next time, and which check proves it?");
    struct paper_table *table = paper_add_table(
        paper, NULL, HEADS("finding", "next command", "mechanism", "role", "until", "proven by"));
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *row = json_array_get(findings, i);
        paper_add_row(paper, table, HEADS(fact_text(row, "what"), fact_text(row, "next"), "", "", "", ""));
    }
    paper_add_row(paper, table, HEADS("", "", "", "", "", ""));
}

void
postmortem_write(const json_t *model, struct buf *out)
{
    ARENA_SCOPED arena = {0};
    struct paper paper = {.arena = &arena, .model = model};
    const char *op = fact_text(model, "op");
    const char *kind = fact_text(model, "kind");
    paper_add(&paper, BLOCK_TITLE,
              arena_printf(&arena, "Post-mortem: %s %.12s", kind == NULL ? "operation" : kind,
                           op == NULL ? "" : op),
              "Written from the registry's records. What is on record is filled in; the questions are for "
              "people. Name roles, "
              "not persons.");
    section(&paper, "Summary", NULL);
    paper_add_list(&paper, fact_at(model, "summary"));
    add_impact(&paper);
    add_timeline(&paper);
    section(&paper, "Detection", "How did we learn of it? What could have told us earlier, and was silent?");
    section(&paper, "Contributing conditions", "What had to come together? (There is more than one.)");
    add_decisions(&paper);
    section(&paper, "What the rollback did well, and what it did not",
            "How did it differ from the last drill?");
    section(&paper, "Where luck helped", "Not looked at this time:");
    paper_add_list(&paper, fact_at(model, "limits"));
    add_data(&paper);
    section(&paper, "Surprises", "What did we expect that did not happen, and the other way round?");
    add_follow_ups(&paper);
    section(&paper, "Words", NULL);
    struct paper_table *table = paper_add_table(&paper, NULL, HEADS("word", "means"));
    paper_add_row(&paper, table, HEADS("carried", "a later write that lives on in the old schema in full"));
    paper_add_row(&paper, table, HEADS("merged", "part of the row went back, the later write stayed"));
    paper_add_row(&paper, table, HEADS("parked", "saved until the migration is applied again"));
    paper_add_row(&paper, table, HEADS("kept", "left as it was, by policy"));
    paper_add_row(&paper, table, HEADS("lost", "gone; only within a signed budget"));
    paper_write_markdown(&paper, out);
}
