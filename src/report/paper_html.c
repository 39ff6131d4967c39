/* A report as one HTML file: no script, no asset, nothing fetched. */
#include "base/str.h"
#include "base/term.h"
#include "report/fact.h"
#include "report/paper.h"

extern const char report_css[];

void
html_text(struct buf *out, const char *text)
{
    BUF_SCOPED visible = BUF_INIT(BUF_TEXT_MAX);
    term_escape(&visible, span_of(text), false);
    for (const char *at = buf_cstr(&visible); *at != '\0'; at++) {
        switch (*at) {
        case '<':
            buf_str(out, "&lt;");
            break;
        case '>':
            buf_str(out, "&gt;");
            break;
        case '&':
            buf_str(out, "&amp;");
            break;
        case '"':
            buf_str(out, "&quot;");
            break;
        case '\'':
            buf_str(out, "&#39;");
            break;
        default:
            buf_char(out, *at);
            break;
        }
    }
}

static void
element(struct buf *out, const char *before, const char *text, const char *after)
{
    buf_str(out, before);
    html_text(out, text == NULL ? "" : text);
    buf_str(out, after);
}

static void
html_table(struct buf *out, const struct block *block)
{
    const struct paper_table *table = block->table;
    buf_str(out, "<div class=\"wide\"><table>\n");
    if (block->text != NULL) {
        element(out, "<caption>", block->text, "</caption>\n");
    }
    buf_str(out, "<thead><tr>");
    for (size_t c = 0; c < table->n_columns; c++) {
        element(out, (table->numbers >> c & 1) != 0 ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">",
                table->heads[c], "</th>");
    }
    buf_str(out, "</tr></thead>\n<tbody>\n");
    for (size_t r = 0; r < table->n; r++) {
        buf_str(out, "<tr>");
        for (size_t c = 0; c < table->n_columns; c++) {
            element(out, (table->numbers >> c & 1) != 0 ? "<td class=\"n\">" : "<td>", table->rows[r][c],
                    "</td>");
        }
        buf_str(out, "</tr>\n");
    }
    buf_str(out, "</tbody></table></div>\n");
}

static void
html_list(struct buf *out, const struct paper_list *list)
{
    buf_str(out, "<ul>\n");
    for (size_t i = 0; i < list->n; i++) {
        element(out, "<li>", list->items[i], "</li>\n");
    }
    buf_str(out, "</ul>\n");
}

static void
html_figure(struct buf *out, const struct paper *paper, const struct block *block)
{
    buf_str(out, "<figure>\n");
    figure_draw(block->figure, paper->model, out);
    element(out, "<figcaption>", block->text, "</figcaption>\n</figure>\n");
}

/* The level is one of ours; anything else is shown without colour. */
static const char *
level_class(const char *level)
{
    static const char *const levels[] = {"good", "bad", "attention"};
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        if (str_eq(level, levels[i])) {
            return levels[i];
        }
    }
    return "";
}

static const char *
level_sign(const char *level)
{
    return str_eq(level, "good") ? "\xe2\x9c\x93 " : str_eq(level, "bad") ? "\xe2\x9c\x97 " : "! ";
}

static void
html_block(struct buf *out, const struct paper *paper, const struct block *block)
{
    switch (block->kind) {
    case BLOCK_TITLE:
        element(out, "<h1>", block->text, "</h1>\n");
        element(out, "<p class=\"note\">", block->note, "</p>\n");
        return;
    case BLOCK_VERDICT:
        buf_printf(out, "<p class=\"verdict %s\">%s", level_class(block->note), level_sign(block->note));
        element(out, "", block->text, "</p>\n");
        return;
    case BLOCK_SECTION:
        element(out, "<h2>", block->text, "</h2>\n");
        return;
    case BLOCK_TEXT:
        element(out, "<p>", block->text, "</p>\n");
        return;
    case BLOCK_LIST:
        html_list(out, &block->list);
        return;
    case BLOCK_TABLE:
        html_table(out, block);
        return;
    case BLOCK_FIGURE:
        html_figure(out, paper, block);
        return;
    }
}

void
paper_write_html(const struct paper *paper, struct buf *out)
{
    buf_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                 "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"color-scheme\" content=\"light dark\">\n");
    element(out, "<title>", paper->n == 0 ? "Report" : paper->items[0].text, "</title>\n<style>\n");
    buf_str(out, report_css);
    buf_str(out, "</style>\n</head>\n<body>\n<main>\n");
    for (size_t i = 0; i < paper->n; i++) {
        html_block(out, paper, &paper->items[i]);
    }
    buf_str(out, "</main>\n</body>\n</html>\n");
}
