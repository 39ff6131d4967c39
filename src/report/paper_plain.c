/* A report as Markdown, for a ticket, and as text of at most 100 columns, for a terminal or a mail. */
#include "base/str.h"
#include "base/term.h"
#include "report/paper.h"

#include <string.h>

#define TEXT_COLUMNS 100
#define CELL_MIN     8

static const char *
safe(struct arena *arena, const char *text)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    term_escape(&out, span_of(text), false);
    return arena_strdup(arena, buf_cstr(&out));
}

/* -- Markdown
 * ------------------------------------------------------------------------------------------------------ */

/* Whatever Markdown or HTML inside it could mean is escaped. */
static void
markdown_text(struct buf *out, struct arena *arena, const char *text)
{
    for (const char *at = safe(arena, text); *at != '\0'; at++) {
        if (*at == '<' || *at == '>' || *at == '&') {
            buf_str(out, *at == '<' ? "&lt;" : *at == '>' ? "&gt;" : "&amp;");
            continue;
        }
        if (strchr("\\`*_[]|#~!", *at) != NULL) {
            buf_char(out, '\\');
        }
        buf_char(out, *at);
    }
}

static void
markdown_table(struct buf *out, struct arena *arena, const struct paper_table *table)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        buf_printf(out, "| %s ", table->heads[c]);
    }
    buf_str(out, "|\n");
    for (size_t c = 0; c < table->n_columns; c++) {
        buf_str(out, (table->numbers >> c & 1) != 0 ? "|---:" : "|---");
    }
    buf_str(out, "|\n");
    for (size_t r = 0; r < table->n; r++) {
        for (size_t c = 0; c < table->n_columns; c++) {
            buf_str(out, "| ");
            markdown_text(out, arena, table->rows[r][c]);
            buf_char(out, ' ');
        }
        buf_str(out, "|\n");
    }
    buf_char(out, '\n');
}

static void
markdown_line(struct buf *out, struct arena *arena, const char *before, const char *text, const char *after)
{
    buf_str(out, before);
    markdown_text(out, arena, text == NULL ? "" : text);
    buf_str(out, after);
}

static void
markdown_block(struct buf *out, struct arena *arena, const struct block *block)
{
    switch (block->kind) {
    case BLOCK_TITLE:
        markdown_line(out, arena, "# ", block->text, "\n\n");
        markdown_line(out, arena, "", block->note, "\n\n");
        return;
    case BLOCK_VERDICT:
        markdown_line(out, arena, "**", block->text, "**\n\n");
        return;
    case BLOCK_SECTION:
        markdown_line(out, arena, "## ", block->text, "\n\n");
        return;
    case BLOCK_TEXT:
        markdown_line(out, arena, "", block->text, "\n\n");
        return;
    case BLOCK_LIST:
        for (size_t i = 0; i < block->list.n; i++) {
            markdown_line(out, arena, "- ", block->list.items[i], "\n");
        }
        buf_char(out, '\n');
        return;
    case BLOCK_TABLE:
        if (block->text != NULL) {
            markdown_line(out, arena, "", block->text, ":\n\n");
        }
        markdown_table(out, arena, block->table);
        return;
    case BLOCK_FIGURE: /* its table says the same */
        return;
    }
}

void
paper_write_markdown(const struct paper *paper, struct buf *out)
{
    for (size_t i = 0; i < paper->n; i++) {
        ARENA_SCOPED scratch = {0};
        markdown_block(out, &scratch, &paper->items[i]);
    }
}

/* -- text
 * ----------------------------------------------------------------------------------------------------------
 */

static void
pad(struct buf *out, size_t n)
{
    while (n-- > 0) {
        buf_char(out, ' ');
    }
}

/* Breaks between words; `indent` before every line but the first. */
static void
wrapped(struct buf *out, const char *text, size_t indent)
{
    struct span rest = span_of(text);
    struct span word;
    size_t column = indent;
    bool is_first = true;
    while (span_next_word(&rest, &word)) {
        size_t width = term_width(word);
        if (!is_first && column + 1 + width > TEXT_COLUMNS) {
            buf_char(out, '\n');
            pad(out, indent);
            column = indent;
        } else if (!is_first) {
            buf_char(out, ' ');
            column++;
        }
        buf_span(out, word);
        column += width;
        is_first = false;
    }
    buf_char(out, '\n');
}

/* Widths that fit; the widest columns give way first. */
static void
fit_columns(const struct paper_table *table, struct arena *arena, size_t widths[PAPER_COLUMNS_MAX])
{
    size_t sum = 2 * table->n_columns;
    for (size_t c = 0; c < table->n_columns; c++) {
        widths[c] = term_width(span_of(table->heads[c]));
        for (size_t r = 0; r < table->n; r++) {
            size_t width = term_width(span_of(safe(arena, table->rows[r][c])));
            widths[c] = width > widths[c] ? width : widths[c];
        }
        sum += widths[c];
    }
    while (sum > TEXT_COLUMNS) {
        size_t widest = 0;
        for (size_t c = 1; c < table->n_columns; c++) {
            widest = widths[c] > widths[widest] ? c : widest;
        }
        if (widths[widest] <= CELL_MIN) {
            return;
        }
        widths[widest]--;
        sum--;
    }
}

/* The part of a cell that fits in a line of its column; what is left comes in the next line. */
static struct span
cut_cell(struct span *rest, size_t width)
{
    size_t end = 0;
    size_t at_blank = 0;
    struct span text = *rest;
    for (size_t n = 1;; n++) {
        size_t next = utf8_offset(text, n);
        if (term_width((struct span){text.ptr, next}) > width || next == end) {
            break;
        }
        end = next;
        at_blank = end < text.len && text.ptr[end] == ' ' ? end : at_blank;
    }
    if (end < text.len && at_blank > 0) {
        end = at_blank;
    }
    end = end == 0 ? utf8_offset(text, 1) : end; /* wider than its column */
    *rest = span_trim((struct span){text.ptr + end, text.len - end});
    return (struct span){text.ptr, end};
}

static void
text_row(struct buf *out, struct arena *arena, const struct paper_table *table, const char *const *cells,
         const size_t *widths)
{
    struct span rest[PAPER_COLUMNS_MAX];
    bool more = true;
    for (size_t c = 0; c < table->n_columns; c++) {
        rest[c] = span_of(safe(arena, cells[c]));
    }
    while (more) {
        size_t blanks = 2; /* put off, so that no line ends with them */
        more = false;
        for (size_t c = 0; c < table->n_columns; c++) {
            struct span part = cut_cell(&rest[c], widths[c]);
            size_t room = widths[c] - (term_width(part) < widths[c] ? term_width(part) : widths[c]);
            bool is_right = (table->numbers >> c & 1) != 0;
            if (part.len > 0) {
                pad(out, blanks + (is_right ? room : 0));
                buf_span(out, part);
                blanks = 0;
            }
            blanks += (part.len > 0 ? (is_right ? 0 : room) : widths[c]) + 2;
            more = more || rest[c].len > 0;
        }
        buf_char(out, '\n');
    }
}

static void
text_table(struct buf *out, struct arena *arena, const struct paper_table *table)
{
    size_t widths[PAPER_COLUMNS_MAX];
    fit_columns(table, arena, widths);
    text_row(out, arena, table, table->heads, widths);
    pad(out, 2);
    for (size_t c = 0; c < table->n_columns; c++) {
        for (size_t i = 0; i < widths[c]; i++) {
            buf_char(out, '-');
        }
        buf_str(out, c + 1 < table->n_columns ? "  " : "\n");
    }
    for (size_t r = 0; r < table->n; r++) {
        text_row(out, arena, table, table->rows[r], widths);
    }
    buf_char(out, '\n');
}

static void
text_heading(struct buf *out, const char *text, char line)
{
    buf_str(out, text);
    buf_char(out, '\n');
    for (size_t i = 0; i < term_width(span_of(text)); i++) {
        buf_char(out, line);
    }
    buf_str(out, "\n");
}

static void
text_block(struct buf *out, struct arena *arena, const struct block *block)
{
    const char *text = safe(arena, block->text == NULL ? "" : block->text);
    switch (block->kind) {
    case BLOCK_TITLE:
        text_heading(out, text, '=');
        wrapped(out, safe(arena, block->note), 0);
        buf_char(out, '\n');
        return;
    case BLOCK_VERDICT:
        buf_str(out, "VERDICT  ");
        wrapped(out, text, 9);
        buf_char(out, '\n');
        return;
    case BLOCK_SECTION:
        text_heading(out, text, '-');
        return;
    case BLOCK_TEXT:
        wrapped(out, text, 0);
        buf_char(out, '\n');
        return;
    case BLOCK_LIST:
        for (size_t i = 0; i < block->list.n; i++) {
            buf_str(out, "* ");
            wrapped(out, safe(arena, block->list.items[i]), 2);
        }
        buf_char(out, '\n');
        return;
    case BLOCK_TABLE:
        if (block->text != NULL) {
            buf_printf(out, "%s:\n", text);
        }
        text_table(out, arena, block->table);
        return;
    case BLOCK_FIGURE:
        return;
    }
}

void
paper_write_text(const struct paper *paper, struct buf *out)
{
    for (size_t i = 0; i < paper->n; i++) {
        ARENA_SCOPED scratch = {0};
        text_block(out, &scratch, &paper->items[i]);
    }
}
