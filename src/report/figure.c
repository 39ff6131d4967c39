#include "report/figure.h"

#include "base/str.h"

size_t
figure_rows(const json_t *rows)
{
    size_t n = json_array_size(rows);
    return n < FIGURE_ROWS_MAX ? n : FIGURE_ROWS_MAX;
}

void
svg_text(struct buf *out, double x, double y, const char *class, const char *anchor, const char *text,
         size_t max)
{
    ARENA_SCOPED scratch = {0};
    struct span all = span_of(text);
    size_t end = utf8_offset(all, max);
    buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\"%s%s%s text-anchor=\"%s\">", x, y,
               class[0] == '\0' ? "" : " class=\"", class, class[0] == '\0' ? "" : "\"", anchor);
    html_text(out, arena_strndup(&scratch, all.ptr == NULL ? "" : all.ptr, end));
    buf_str(out, end < all.len ? "\xe2\x80\xa6</text>\n" : "</text>\n");
}

void
svg_begin(struct buf *out, double height, const char *title, const char *description)
{
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>",
               FIGURE_WIDTH, height);
    html_text(out, title);
    buf_str(out, "</title>\n<desc>");
    html_text(out, description);
    buf_str(out, "</desc>\n");
}

void
svg_end(struct buf *out, double height, size_t n_left_out)
{
    ARENA_SCOPED scratch = {0};
    if (n_left_out > 0) {
        svg_text(out, 0, height - 4, "s", "start",
                 arena_printf(&scratch, "and %zu more, in the table", n_left_out), 60);
    }
    buf_str(out, "</svg>\n");
}

void
svg_patterns(struct buf *out)
{
    static const char *const lines[] = {
        "",                 /* plain */
        "M0 4H8",           /* level */
        "M4 0V8",           /* upright */
        "M0 8L8 0",         /* rising */
        "M0 0L8 8",         /* falling */
        "M0 0L8 8M0 8L8 0", /* crossed */
    };
    buf_str(out, "<defs>\n");
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        buf_printf(
            out,
            "<pattern id=\"p%zu\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" "
            "height=\"8\" class=\"f%zu\"/><path d=\"%s\" class=\"h\"/></pattern>\n",
            i, i, lines[i]);
    }
    buf_str(out, "</defs>\n");
}

void
svg_series_rect(struct buf *out, size_t series, double x, double y, double width, double height)
{
    buf_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"url(#p%zu)\"/>\n", x,
               y, width < 1 ? 1 : width, height, series);
}

bool
figure_has_data(enum figure_kind figure, const json_t *model)
{
    switch (figure) {
    case FIGURE_TIMELINE:
        return json_array_size(fact_at(model, "timeline.phases")) > 0;
    case FIGURE_FATES:
        return json_array_size(fact_at(model, "fates")) > 0;
    case FIGURE_ROWS:
        return json_array_size(fact_at(model, "rows")) > 0;
    case FIGURE_GRAPH:
        return json_array_size(fact_at(model, "scope.steps")) > 0;
    case FIGURE_CHECKS:
        return json_array_size(fact_at(model, "reconcile.checks")) > 0;
    }
    return false;
}

void
figure_draw(enum figure_kind figure, const json_t *model, struct buf *out)
{
    if (!figure_has_data(figure, model)) {
        return;
    }
    switch (figure) {
    case FIGURE_TIMELINE:
        figure_draw_timeline(model, out);
        return;
    case FIGURE_FATES:
        figure_draw_fates(model, out);
        return;
    case FIGURE_ROWS:
        figure_draw_rows(model, out);
        return;
    case FIGURE_GRAPH:
        figure_draw_graph(model, out);
        return;
    case FIGURE_CHECKS:
        figure_draw_checks(model, out);
        return;
    }
}
