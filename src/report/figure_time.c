/* The phases of an operation against the time it was allowed. */
#include "report/console.h"
#include "report/figure.h"

#define ROW_HEIGHT 24.0
#define TOP        30.0

/* What was done long after the end, such as a reconciliation on the next day, would squeeze the rest: it is
 * left to the table. Owned by the caller. */
static json_t *
phases_of_run(const json_t *model)
{
    const json_t *all = fact_at(model, "timeline.phases");
    json_t *near = json_array();
    int64_t total;
    bool has_ended = fact_number(model, "duration_ms", &total);
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *phase = json_array_get(all, i);
        if (!has_ended || fact_count(phase, "start_ms") <= total + total / 4 + 100) {
            json_array_append(near, phase);
        }
    }
    return near;
}

static double
end_of_phases(const json_t *phases)
{
    double end = 1;
    for (size_t i = 0; i < json_array_size(phases); i++) {
        const json_t *phase = json_array_get(phases, i);
        double at = (double)(fact_count(phase, "start_ms") + fact_count(phase, "ms"));
        end = at > end ? at : end;
    }
    return end;
}

static void
draw_axis(struct buf *out, double span_ms, double height)
{
    ARENA_SCOPED scratch = {0};
    for (int i = 0; i <= 4; i++) {
        double x = FIGURE_LABEL + FIGURE_BAR * i / 4;
        buf_printf(out, "<path d=\"M%.1f %.1fV%.1f\" class=\"x\"/>\n", x, TOP - 8, height);
        svg_text(out, x, TOP - 12, "s", "middle", duration_text(&scratch, (int64_t)(span_ms * i / 4 * 1000)),
                 20);
    }
}

/* A phase with a length is a bar; a moment is a diamond. */
static void
draw_phase(struct buf *out, const json_t *phase, double y, double scale)
{
    ARENA_SCOPED scratch = {0};
    int64_t ms = fact_count(phase, "ms");
    double x = FIGURE_LABEL + (double)fact_count(phase, "start_ms") * scale;
    const char *name = fact_text(phase, "name");
    const char *what = fact_text(phase, "what");
    svg_text(out, FIGURE_LABEL - 8, y + 16, "", "end",
             arena_printf(&scratch, "%s%s%s", name == NULL ? "" : name, what == NULL ? "" : " ",
                          what == NULL ? "" : what),
             25);
    if (ms > 0) {
        double width = (double)ms * scale;
        svg_series_rect(out, 0, x, y + 4, width, ROW_HEIGHT - 8);
        svg_text(out, x + (width < 1 ? 1 : width) + 6, y + 16, "s", "start",
                 duration_text(&scratch, ms * 1000), 20);
        return;
    }
    buf_printf(out, "<path d=\"M%.1f %.1fl6 6l-6 6l-6 -6z\" class=\"k\"/>\n", x, y + 6);
}

static void
draw_rto(struct buf *out, double rto_ms, double scale, double span_ms, double height)
{
    ARENA_SCOPED scratch = {0};
    const char *text = duration_text(&scratch, (int64_t)(rto_ms * 1000));
    if (rto_ms > span_ms) {
        svg_text(out, FIGURE_WIDTH, height + 14, "s", "end",
                 arena_printf(&scratch, "the time allowed (RTO), %s, lies beyond the right edge", text), 80);
        return;
    }
    double x = FIGURE_LABEL + rto_ms * scale;
    buf_printf(out, "<path d=\"M%.1f %.1fV%.1f\" class=\"r\"/>\n", x, TOP - 8, height);
    svg_text(out, x, height + 14, "", "middle", arena_printf(&scratch, "RTO %s", text), 30);
}

void
figure_draw_timeline(const json_t *model, struct buf *out)
{
    json_t *phases = phases_of_run(model);
    size_t n = figure_rows(phases);
    size_t n_all = json_array_size(fact_at(model, "timeline.phases"));
    double bottom = TOP + ROW_HEIGHT * (double)n;
    double span_ms = end_of_phases(phases);
    int64_t total;
    int64_t rto;
    if (fact_number(model, "duration_ms", &total) && (double)total > span_ms) {
        span_ms = (double)total;
    }
    bool has_rto = fact_number(fact_at(model, "timeline"), "rto_ms", &rto) && rto > 0;
    if (has_rto && (double)rto > span_ms && (double)rto < span_ms * 10) {
        span_ms = (double)rto * 1.05;
    }
    double scale = FIGURE_BAR / span_ms;
    svg_begin(out, bottom + 36, "Timeline",
              "Each phase of the operation from its beginning; the table below has the numbers");
    svg_patterns(out);
    draw_axis(out, span_ms, bottom);
    for (size_t i = 0; i < n; i++) {
        draw_phase(out, json_array_get(phases, i), TOP + ROW_HEIGHT * (double)i, scale);
    }
    if (has_rto) {
        draw_rto(out, (double)rto, scale, span_ms, bottom);
    }
    svg_end(out, bottom + 36, n_all - n);
    json_decref(phases);
}
