/* report: the account of one operation, for people and for tickets. */
#include "cli/command.h"

#include "base/io.h"
#include "cli/operation_word.h"
#include "report/json.h"
#include "report/paper.h"
#include "report/postmortem.h"
#include "report/report_model.h"

struct format {
    const char *name;
    const char *suffix; /* of a file that asks for it by its name */
    void (*write)(const struct paper *paper, struct buf *out);
};

static void
write_json(const struct paper *paper, struct buf *out)
{
    json_append(out, paper->model);
    buf_char(out, '\n');
}

static void
write_postmortem(const struct paper *paper, struct buf *out)
{
    postmortem_write(paper->model, out);
}

static const struct format formats[] = {
    {"html", ".html", paper_write_html},
    {"md", ".md", paper_write_markdown},
    {"text", ".txt", paper_write_text},
    {"json", ".json", write_json},
};

static enum status
choose_format(const struct options *options, const struct format **out, struct err *err)
{
    static const struct format postmortem = {"md", ".md", write_postmortem};
    const struct format *by_name = NULL;
    const struct format *by_suffix = NULL;
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        by_name = str_eq(options->format, formats[i].name) ? &formats[i] : by_name;
        by_suffix =
            options->out != NULL && str_ends(options->out, formats[i].suffix) ? &formats[i] : by_suffix;
    }
    if (options->format != NULL && by_name == NULL) {
        return err_raise(err, STATUS_USAGE, "'--format' is html, md, text or json, not '%s'",
                         options->format);
    }
    if (options->postmortem) {
        bool fits = by_name == NULL || str_eq(by_name->name, "md");
        *out = &postmortem;
        return fits ? STATUS_OK : err_raise(err, STATUS_USAGE, "a post-mortem is Markdown: --format md");
    }
    *out = by_name != NULL     ? by_name
           : options->json     ? &formats[3]
           : by_suffix != NULL ? by_suffix
                               : &formats[2];
    return STATUS_OK;
}

static enum status
put_out(const struct command_context *context, const struct buf *text, struct err *err)
{
    TRY(buf_check(text, "the report", err));
    if (context->options.out != NULL) {
        TRY(io_write_file(context->options.out, buf_view(text), 0644, err));
        console_note(&context->console, "report: %s", context->options.out);
        return STATUS_OK;
    }
    struct span view = buf_view(text);
    return fwrite(view.ptr, 1, view.len, context->console.out) == view.len
               ? STATUS_OK
               : err_raise(err, STATUS_IO, "cannot write the report");
}

enum status
cmd_report(struct command_context *context, int *exit_code, struct err *err)
{
    SESSION_SCOPED session = {0};
    BUF_SCOPED text = BUF_INIT(BUF_SQL_MAX);
    const struct format *format;
    struct operation operation;
    struct paper paper;
    json_t *model;
    (void)exit_code;
    TRY(choose_format(&context->options, &format, err));
    struct observer observer = console_observer(&context->console);
    TRY(session_open(&context->services[0], SESSION_READ, true, &observer, &context->arena, &session, err));
    TRY(operation_by_word(&session, context->words[0], &operation, err));
    TRY(report_model_read(&session, &operation, context->options.show_values, &model, err));
    paper_from_model(model, &context->arena, &paper);
    format->write(&paper, &text);
    enum status status = put_out(context, &text, err);
    json_decref(model);
    return status;
}
