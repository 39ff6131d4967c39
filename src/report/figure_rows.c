/* Rows: what became of them, and how many there were and are. */
#include "report/figure.h"

#include "base/str.h"

#include <math.h>

#define ROW_HEIGHT 28.0
#define TOP        34.0

static const char *const series[] = {"carried", "merged", "parked", "kept", "compensated", "lost"};

static void
draw_legend(struct buf *out)
{
    double x = FIGURE_LABEL;
    for (size_t i = 0; i < COUNT_OF(series); i++) {
        svg_series_rect(out, i, x, 6, 14, 14);
        svg_text(out, x + 19, 17, "", "start", series[i], 14);
        x += 42 + 6.6 * (double)span_of(series[i]).len;
    }
}

static int64_t
sum_of_row(const json_t *row)
{
    int64_t sum = 0;
    for (size_t i = 0; i < COUNT_OF(series); i++) {
        sum += fact_count(row, series[i]);
    }
    return sum;
}

static void
draw_fates_row(struct buf *out, const json_t *row, double y, double scale)
{
    ARENA_SCOPED scratch = {0};
    double x = FIGURE_LABEL;
    svg_text(out, FIGURE_LABEL - 8, y + 18, "", "end", fact_text(row, "table"), 26);
    for (size_t i = 0; i < COUNT_OF(series); i++) {
        int64_t n = fact_count(row, series[i]);
        if (n > 0) {
            double width = (double)n * scale;
            width = width < 2 ? 2 : width; /* one lost row among a million is to be seen */
            svg_series_rect(out, i, x, y + 4, width, ROW_HEIGHT - 10);
            x += width;
        }
    }
    svg_text(out, x + 6, y + 18, "s", "start", count_text(sum_of_row(row), &scratch), 20);
}

void
figure_draw_fates(const json_t *model, struct buf *out)
{
    const json_t *rows = fact_at(model, "fates");
    size_t n = figure_rows(rows);
    double bottom = TOP + ROW_HEIGHT * (double)n;
    int64_t most = 1;
    for (size_t i = 0; i < n; i++) {
        int64_t sum = sum_of_row(json_array_get(rows, i));
        most = sum > most ? sum : most;
    }
    svg_begin(out, bottom + 20, "Fates of later writes", "One bar a table; the table below has the numbers");
    svg_patterns(out);
    draw_legend(out);
    for (size_t i = 0; i < n; i++) {
        draw_fates_row(out, json_array_get(rows, i), TOP + ROW_HEIGHT * (double)i,
                       (FIGURE_BAR - 12) / (double)most);
    }
    svg_end(out, bottom + 20, json_array_size(rows) - n);
}

/* -- before, after, now
 * -------------------------------------------------------------------------------------------- */

/* A circle, a square, a diamond. */
static void
draw_mark(struct buf *out, size_t shape, double x, double y)
{
    switch (shape) {
    case 0:
        buf_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"6\" class=\"k\"/>\n", x, y);
        return;
    case 1:
        buf_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"11\" height=\"11\" class=\"f3\"/>\n", x - 5.5,
                   y - 5.5);
        return;
    case 2:
        buf_printf(out, "<path d=\"M%.1f %.1fl6 6l-6 6l-6 -6z\" class=\"f0\"/>\n", x, y - 6);
        return;
    }
}

static const char *const moments[] = {"before", "after", "now"};

static void
draw_counts(struct buf *out, const json_t *row, double y, double scale)
{
    ARENA_SCOPED scratch = {0};
    double low = FIGURE_LABEL + FIGURE_BAR;
    double high = FIGURE_LABEL;
    int64_t n;
    svg_text(out, FIGURE_LABEL - 8, y + 18, "", "end", fact_text(row, "table"), 26);
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        if (fact_number(row, moments[i], &n)) {
            double x = FIGURE_LABEL + (double)n * scale;
            low = x < low ? x : low;
            high = x > high ? x : high;
        }
    }
    if (low < high) {
        buf_printf(out, "<path d=\"M%.1f %.1fH%.1f\" class=\"x\"/>\n", low, y + 14, high);
    }
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        if (fact_number(row, moments[i], &n)) {
            draw_mark(out, i, FIGURE_LABEL + (double)n * scale, y + 14);
        }
    }
    if (fact_number(row, "now", &n)) {
        svg_text(out, high + 12, y + 18, "s", "start", count_text(n, &scratch), 20);
    }
}

void
figure_draw_rows(const json_t *model, struct buf *out)
{
    const json_t *rows = fact_at(model, "rows");
    size_t n = figure_rows(rows);
    double bottom = TOP + ROW_HEIGHT * (double)n;
    int64_t most = 1;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < COUNT_OF(moments); k++) {
            int64_t count = fact_count(json_array_get(rows, i), moments[k]);
            most = count > most ? count : most;
        }
    }
    svg_begin(out, bottom + 20, "Rows before, after and now",
              "One line a table; the table below has the numbers");
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        draw_mark(out, i, FIGURE_LABEL + 7 + 92.0 * (double)i, 13);
        svg_text(out, FIGURE_LABEL + 19 + 92.0 * (double)i, 17, "", "start", moments[i], 10);
    }
    for (size_t i = 0; i < n; i++) {
        draw_counts(out, json_array_get(rows, i), TOP + ROW_HEIGHT * (double)i, FIGURE_BAR / (double)most);
    }
    svg_end(out, bottom + 20, json_array_size(rows) - n);
}

/* -- checks
 * -------------------------------------------------------------------------------------------------------- */

static const char *const outcomes[] = {"missing", "extra", "mismatch", "duplicate", "late"};

/* The inner square grows with the logarithm of the count. */
static void
draw_cell(struct buf *out, const json_t *check, size_t column, double y)
{
    ARENA_SCOPED scratch = {0};
    double x = FIGURE_LABEL + 100.0 * (double)column;
    int64_t n;
    bool known = fact_number(check, outcomes[column], &n);
    buf_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"94\" height=\"%.1f\" fill=\"none\" class=\"x\"/>\n",
               x, y + 2, ROW_HEIGHT - 4);
    if (known && n > 0) {
        double share = log10((double)n + 1) / 6;
        share = share > 1 ? 1 : share;
        double side = 6 + 16 * share;
        buf_printf(
            out,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"f5\" opacity=\"%.2f\"/>\n",
            x + 16 - side / 2, y + ROW_HEIGHT / 2 - side / 2, side, side, 0.45 + 0.55 * share);
    }
    svg_text(out, x + 88, y + 18, known ? "" : "s", "end", known ? count_text(n, &scratch) : "?", 14);
}

void
figure_draw_checks(const json_t *model, struct buf *out)
{
    const json_t *checks = fact_at(model, "reconcile.checks");
    size_t n = figure_rows(checks);
    double bottom = TOP + ROW_HEIGHT * (double)n;
    svg_begin(out, bottom + 20, "Findings by check",
              "One row a check, one column a kind; the tables below have the numbers");
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        svg_text(out, FIGURE_LABEL + 47 + 100.0 * (double)i, 20, "s", "middle", outcomes[i], 12);
    }
    for (size_t i = 0; i < n; i++) {
        double y = TOP + ROW_HEIGHT * (double)i;
        svg_text(out, FIGURE_LABEL - 8, y + 18, "", "end", fact_text(json_array_get(checks, i), "name"), 26);
        for (size_t k = 0; k < COUNT_OF(outcomes); k++) {
            draw_cell(out, json_array_get(checks, i), k, y);
        }
    }
    svg_end(out, bottom + 20, json_array_size(checks) - n);
}
