/* What the figures of a report have in common. */
#ifndef REPORT_FIGURE_H
#define REPORT_FIGURE_H

#include "report/fact.h"
#include "report/paper.h"

/* More rows than these are left to the table. */
#define FIGURE_ROWS_MAX 40
#define FIGURE_WIDTH    740.0
#define FIGURE_LABEL    180.0 /* where bars begin */
#define FIGURE_BAR      (FIGURE_WIDTH - FIGURE_LABEL - 70.0)

/* The number of rows that are drawn. */
size_t figure_rows(const json_t *rows);
void svg_begin(struct buf *out, double height, const char *title, const char *description);
/* Closes it, with a remark when rows were left out. */
void svg_end(struct buf *out, double height, size_t n_left_out);
/* Cut to `max` characters. `class` may be "". */
void svg_text(struct buf *out, double x, double y, const char *class, const char *anchor, const char *text,
              size_t max);
/* The six series: colour and pattern together. */
void svg_patterns(struct buf *out);
void svg_series_rect(struct buf *out, size_t series, double x, double y, double width, double height);

void figure_draw_timeline(const json_t *model, struct buf *out);
void figure_draw_fates(const json_t *model, struct buf *out);
void figure_draw_rows(const json_t *model, struct buf *out);
void figure_draw_graph(const json_t *model, struct buf *out);
void figure_draw_checks(const json_t *model, struct buf *out);

#endif
