/* A report as a list of blocks, before it is HTML, Markdown or text: what it says is decided once, how it
 * looks three times. */
#ifndef REPORT_PAPER_H
#define REPORT_PAPER_H

#include "base/arena.h"
#include "base/buf.h"

#include <jansson.h>

enum figure_kind { FIGURE_TIMELINE, FIGURE_FATES, FIGURE_ROWS, FIGURE_GRAPH, FIGURE_CHECKS };

enum block_kind {
    BLOCK_TITLE,
    BLOCK_VERDICT, /* level in `note` */
    BLOCK_SECTION,
    BLOCK_TEXT,
    BLOCK_LIST,
    BLOCK_TABLE,
    BLOCK_FIGURE /* its twin, a table, follows */
};

#define PAPER_COLUMNS_MAX 12

struct paper_table {
    size_t n_columns;
    const char *heads[PAPER_COLUMNS_MAX];
    unsigned numbers; /* bit per column: aligned to the right */
    const char *(*rows)[PAPER_COLUMNS_MAX];
    size_t n;
    size_t cap;
};

struct paper_list {
    const char **items;
    size_t n;
    size_t cap;
};

struct block {
    enum block_kind kind;
    const char *text; /* any bytes: writers make them safe */
    const char *note;
    enum figure_kind figure;
    struct paper_table *table;
    struct paper_list list;
};

struct paper {
    struct arena *arena;
    const json_t *model; /* what figures are drawn from; borrowed */
    struct block *items;
    size_t n;
    size_t cap;
};

/* The whole report, from its model. Strings: arena, or the model's. */
void paper_from_model(const json_t *model, struct arena *arena, struct paper *out);

/* -- building
 * ------------------------------------------------------------------------------------------------------ */

void paper_add(struct paper *paper, enum block_kind kind, const char *text, const char *note);
void paper_add_figure(struct paper *paper, enum figure_kind figure, const char *caption);
/* Heads end with NULL; one that begins with "#" heads a column of numbers. The caption may be NULL. */
struct paper_table *paper_add_table(struct paper *paper, const char *caption, const char *const *heads);
/* As many cells as there are heads; NULL is "not recorded". */
void paper_add_row(struct paper *paper, struct paper_table *table, const char *const *cells);
/* Strings of a JSON array. */
void paper_add_list(struct paper *paper, const json_t *strings);

/* -- writing
 * ------------------------------------------------------------------------------------------------------- */

void paper_write_html(const struct paper *paper, struct buf *out);
void paper_write_markdown(const struct paper *paper, struct buf *out);
void paper_write_text(const struct paper *paper, struct buf *out);

/* Text for HTML: hidden, bidirectional and control characters visible, the rest escaped. */
void html_text(struct buf *out, const char *text);
/* One figure as SVG without script or reference; nothing when the model has no data for it. */
void figure_draw(enum figure_kind figure, const json_t *model, struct buf *out);
bool figure_has_data(enum figure_kind figure, const json_t *model);

#endif
