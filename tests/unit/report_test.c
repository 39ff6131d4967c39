#include "base/str.h"
#include "harness.h"
#include "report/fact.h"
#include "report/paper.h"
#include "report/report_model.h"

#include <stdio.h>
#include <string.h>

/* Names that would do something if anything let them. */
#define HOSTILE                                                                                              \
    "<script>alert(1)</script>\\\" onload=x '--> | `*_[a](b) \\u202Egnp.exe \\u0007\\u001b[31m &amp;"

static const char records_text[] =
    "[{'seq':7,'at_us':1789000000100000,'op':'00112233445566778899aabbccddeeff','kind':'begin','hash':'aa','"
    "body':{'kind':"
    "'rollback','service':'H','reason':'H','by':'ann','role':'app','from':'0007','tool':'rollcall "
    "0.1.0','server':"
    "'postgresql 15','rto_ms':5000,'max_loss_rows':0,'plan':'dd'}},"
    "{'seq':8,'at_us':1789000000150000,'kind':'approval','hash':'ab','body':{'signer':'H','role':'dba','key':"
    "'0123'}},"
    "{'seq':9,'at_us':1789000000400000,'kind':'freeze','hash':'bb','body':{'proven':true,'ms':200,'holes':['"
    "H']}},"
    "{'seq':10,'at_us':1789000000600000,'kind':'saved','hash':'cc','body':{'migration':'H','tables':[{'table'"
    ":'H','kind':"
    "'table','rows':12,'bytes':345,'file':'H'}]}},"
    "{'seq':11,'at_us':1789000001600000,'kind':'down','hash':'dd','body':{'migration':'0007_x','class':'"
    "snapshot',"
    "'before':'b','after':'a','statements':3,'ms':900}},"
    "{'seq':12,'at_us':1789000001700000,'kind':'fates','hash':'ee','body':{'migration':'0007_x','tables':[{'"
    "table':'H',"
    "'carried':1234567,'merged':2,'parked':3,'kept':4,'compensated':5,'lost':0,'conflicts':1}]}},"
    "{'seq':13,'at_us':1789000001700000,'kind':'conflict','hash':'ef','body':{'table':'H','key_hash':'0011','"
    "columns':['H',"
    "'name'],'resolution':'keep'}},"
    "{'seq':14,'at_us':1789000001800000,'kind':'rows','hash':'f0','body':{'tables':[{'table':'H','before':10,"
    "'after':12,"
    "'now':13}]}},"
    "{'seq':15,'at_us':1789000001900000,'kind':'verify','hash':'f1','body':{'schema':'same','data':'same','"
    "orphans':2,"
    "'differences':[{'kind':'index','name':'H','change':'added'}]}},"
    "{'seq':16,'at_us':1789000002000000,'kind':'reconcile','hash':'f2','body':{'checks':[{'name':'H','kind':'"
    "match','ok':"
    "false,'matched':5,'missing':1,'extra':0,'mismatch':2,'duplicate':0,'late':0,'preexisting':3,'sample':[{'"
    "key':"
    "['secret-key']}]},{'name':'v','kind':'vfk','ok':true}]}},"
    "{'seq':17,'at_us':1789000002100000,'kind':'end','hash':'f3','body':{'outcome':'done','from':'0007','to':"
    "'0006','ms':"
    "2000}}]";

static const char earlier_text[] = "[{'seq':2,'at_us':1788999000000000,'op':'x','kind':'up','hash':'00','"
                                   "body':{'migration':'0007_x','before':'a'}}]";

/* Single quotes for double ones, H for the hostile name. */
static json_t *
load(const char *text)
{
    BUF_SCOPED real = BUF_INIT(BUF_TEXT_MAX);
    json_error_t error;
    for (const char *at = text; *at != '\0'; at++) {
        if (at[0] == '\'' && at[1] == 'H' && at[2] == '\'') {
            buf_str(&real, "\"" HOSTILE "\"");
            at += 2;
        } else {
            buf_char(&real, *at == '\'' ? '"' : *at);
        }
    }
    json_t *document = json_loads(buf_cstr(&real), 0, &error);
    if (document == NULL) {
        printf("%s at %d\n", error.text, error.position);
    }
    return document;
}

static json_t *
sample_model(bool show_values)
{
    struct operation operation = {.op = "00112233445566778899aabbccddeeff",
                                  .kind = "rollback",
                                  .actor = "app",
                                  .plan = "",
                                  .started_us = INT64_C(1789000000000000),
                                  .finished_us = INT64_C(1789000002100000),
                                  .outcome = "done"};
    json_t *records = load(records_text);
    json_t *earlier = load(earlier_text);
    json_t *model = report_model_of(&operation, records, earlier, true, show_values);
    json_decref(records);
    json_decref(earlier);
    return model;
}

static const char *
render(const json_t *model, void (*write)(const struct paper *paper, struct buf *out))
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    struct paper paper;
    paper_from_model(model, test_arena(), &paper);
    write(&paper, &text);
    return arena_strdup(test_arena(), buf_cstr(&text));
}

static size_t
count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what)) {
        n++;
    }
    return n;
}

TEST(report, the_model_says_what_the_records_say)
{
    json_t *model = sample_model(false);
    CHECK_STR(fact_text(fact_at(model, "verify"), "schema"), "same");
    CHECK_INT(fact_count(json_array_get(fact_at(model, "fates"), 0), "carried"), 1234567);
    CHECK_INT(fact_count(fact_at(model, "timeline"), "rto_ms"), 5000);
    CHECK_STR(fact_text(json_array_get(fact_at(model, "scope.steps"), 0), "schema"), "same");
    CHECK_INT(fact_count(json_array_get(fact_at(model, "scope.steps"), 0), "live_ms"), 1001600);
    CHECK_STR(fact_text(fact_at(model, "verdict"), "level"), "bad"); /* orphans */
    CHECK_INT(json_array_size(fact_at(model, "summary")), 8);
    CHECK_INT(json_array_size(fact_at(model, "decisions.approvals")), 1);
    json_decref(model);
}

TEST(report, the_same_records_give_the_same_bytes)
{
    json_t *first = sample_model(false);
    json_t *second = sample_model(false);
    CHECK_STR(render(first, paper_write_html), render(second, paper_write_html));
    CHECK_STR(render(first, paper_write_markdown), render(second, paper_write_markdown));
    CHECK_STR(render(first, paper_write_text), render(second, paper_write_text));
    json_decref(first);
    json_decref(second);
}

TEST(report, hostile_names_are_inert_in_html)
{
    json_t *model = sample_model(true);
    const char *html = render(model, paper_write_html);
    CHECK_INT(count(html, "<script"), 0);
    CHECK(count(html, "&lt;script&gt;") > 5);
    CHECK_INT(count(html, "\xe2\x80\xae"), 0); /* right-to-left override */
    CHECK(count(html, "\\u202e") > 5);
    CHECK_INT(count(html, "\x1b"), 0);
    CHECK_INT(count(html, "\x07"), 0);
    CHECK_INT(count(html, "src="), 0);
    CHECK_INT(count(html, "href="), 0);
    CHECK_INT(count(html, "@import"), 0);
    CHECK_INT(count(html, "<svg "), 5);
    CHECK_INT(count(html, "<table>"), count(html, "</table>"));
    json_decref(model);
}

TEST(report, hostile_names_are_inert_in_markdown_and_text)
{
    json_t *model = sample_model(true);
    const char *markdown = render(model, paper_write_markdown);
    const char *text = render(model, paper_write_text);
    CHECK_INT(count(markdown, "<script"), 0);
    CHECK_INT(count(markdown, " [a](b)"), 0);
    CHECK_INT(count(markdown, "\x1b") + count(text, "\x1b"), 0);
    CHECK_INT(count(text, "\xe2\x80\xae"), 0);
    json_decref(model);
}

TEST(report, values_are_shown_only_when_asked_for)
{
    json_t *hidden = sample_model(false);
    json_t *shown = sample_model(true);
    CHECK_INT(count(render(hidden, paper_write_html), "secret-key"), 0);
    CHECK_INT(count(render(hidden, paper_write_text), "secret-key"), 0);
    CHECK(count(render(shown, paper_write_html), "secret-key") > 0);
    json_decref(hidden);
    json_decref(shown);
}

TEST(report, text_keeps_to_a_hundred_columns)
{
    json_t *model = sample_model(false);
    struct span rest = span_of(render(model, paper_write_text));
    struct span line;
    while (span_next_line(&rest, &line)) {
        CHECK(utf8_offset(line, 101) == line.len);
        CHECK(line.len == 0 || line.ptr[line.len - 1] != ' ');
    }
    json_decref(model);
}

TEST(report, an_operation_without_records_says_that_nothing_is_recorded)
{
    struct operation operation = {.op = "ab", .kind = "rollback", .actor = "", .plan = "", .outcome = ""};
    json_t *none = json_array();
    json_t *model = report_model_of(&operation, none, NULL, true, false);
    const char *text = render(model, paper_write_text);
    CHECK(count(text, "not recorded") > 10);
    CHECK_STR(fact_text(fact_at(model, "verdict"), "level"), "bad");
    CHECK(strlen(render(model, paper_write_html)) > 1000);
    json_decref(none);
    json_decref(model);
}

/* Whatever type a value has where another is expected, nothing breaks. */
TEST(report, records_of_another_shape_are_taken_as_unknown)
{
    static const char *const bodies[] = {
        "{'tables':5}",
        "{'tables':[1,'x',null,{}]}",
        "{'checks':{'a':1}}",
        "{'proven':'perhaps','holes':'x'}",
        "{'differences':7,'orphans':'many'}",
    };
    static const char *const kinds[] = {"fates",     "saved", "conflict", "freeze", "verify",
                                        "reconcile", "rows",  "begin",    "end"};
    struct operation operation = {.op = "ab", .kind = "rollback", .actor = "", .plan = "", .outcome = "done"};
    for (size_t b = 0; b < COUNT_OF(bodies); b++) {
        for (size_t k = 0; k < COUNT_OF(kinds); k++) {
            json_t *records = load(arena_printf(
                test_arena(), "[{'seq':1,'at_us':1,'kind':'%s','hash':'','body':%s}]", kinds[k], bodies[b]));
            json_t *model = report_model_of(&operation, records, NULL, true, true);
            CHECK(strlen(render(model, paper_write_html)) > 1000);
            json_decref(records);
            json_decref(model);
        }
    }
}
