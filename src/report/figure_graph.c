/* Migrations and the tables they touched. */
#include "report/figure.h"

#include "base/str.h"
#include "base/vec.h"

#define ROW_HEIGHT 40.0
#define TOP        12.0
#define BOX_WIDTH  250.0
#define TABLE_X    (FIGURE_WIDTH - BOX_WIDTH)

struct node {
    const char *name;
};

struct nodes {
    struct node *items;
    size_t n;
    size_t cap;
};

static size_t
node_of(struct nodes *nodes, const char *name, struct arena *arena)
{
    for (size_t i = 0; i < nodes->n; i++) {
        if (str_eq(nodes->items[i].name, name)) {
            return i;
        }
    }
    vec_push(arena, nodes, (struct node){name});
    return nodes->n - 1;
}

static double
y_of(size_t row)
{
    return TOP + ROW_HEIGHT * (double)row;
}

/* Square corners for migrations, round ones for tables. */
static void
draw_box(struct buf *out, double x, size_t row, double radius, const char *text, const char *note)
{
    buf_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"30\" rx=\"%.1f\" class=\"k\"/>\n",
               x + 0.5, y_of(row), BOX_WIDTH - 1, radius);
    svg_text(out, x + 10, y_of(row) + 19, "", "start", text, 28);
    svg_text(out, x + BOX_WIDTH - 8, y_of(row) + 19, "s", "end", note, 8);
}

static void
draw_edges(struct buf *out, const json_t *rows, struct nodes *steps, struct nodes *tables,
           struct arena *arena)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *migration = fact_text(json_array_get(rows, i), "migration");
        const char *table = fact_text(json_array_get(rows, i), "table");
        size_t n_steps = steps->n;
        if (migration == NULL || table == NULL) {
            continue;
        }
        size_t from = node_of(steps, migration, arena);
        size_t to = node_of(tables, table, arena);
        steps->n = n_steps; /* a migration that did not run here is no node */
        if (from < n_steps && from < FIGURE_ROWS_MAX && to < FIGURE_ROWS_MAX) {
            double y1 = y_of(from) + 15;
            double y2 = y_of(to) + 15;
            buf_printf(out,
                       "<path d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\" class=\"x\" fill=\"none\"/>\n",
                       BOX_WIDTH, y1, FIGURE_WIDTH / 2, y1, FIGURE_WIDTH / 2, y2, TABLE_X, y2);
        }
    }
}

static void
collect_tables(const json_t *rows, struct nodes *tables, struct arena *arena)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *table = fact_text(json_array_get(rows, i), "table");
        if (table != NULL) {
            (void)node_of(tables, table, arena);
        }
    }
}

void
figure_draw_graph(const json_t *model, struct buf *out)
{
    ARENA_SCOPED arena = {0};
    const json_t *steps = fact_at(model, "scope.steps");
    const json_t *saved = fact_at(model, "scope.saved");
    const json_t *fates = fact_at(model, "fates");
    struct nodes migrations = {0};
    struct nodes tables = {0};
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const char *name = fact_text(json_array_get(steps, i), "migration");
        (void)node_of(&migrations, name == NULL ? "?" : name, &arena);
    }
    collect_tables(saved, &tables, &arena);
    collect_tables(fates, &tables, &arena);
    size_t n_left = migrations.n < FIGURE_ROWS_MAX ? migrations.n : FIGURE_ROWS_MAX;
    size_t n_right = tables.n < FIGURE_ROWS_MAX ? tables.n : FIGURE_ROWS_MAX;
    double height = y_of(n_left > n_right ? n_left : n_right) + 16;
    svg_begin(out, height, "Migrations and tables",
              "Boxes on the left are migrations, on the right the tables they touched");
    draw_edges(out, saved, &migrations, &tables, &arena);
    draw_edges(out, fates, &migrations, &tables, &arena);
    for (size_t i = 0; i < n_left; i++) {
        draw_box(out, 0, i, 0, migrations.items[i].name, fact_text(json_array_get(steps, i), "direction"));
        if (i + 1 < n_left) {
            buf_printf(out, "<path d=\"M20 %.1fV%.1f\" class=\"x\"/>\n", y_of(i) + 30, y_of(i + 1));
        }
    }
    for (size_t i = 0; i < n_right; i++) {
        draw_box(out, TABLE_X, i, 12, tables.items[i].name, "table");
    }
    svg_end(out, height, migrations.n - n_left + tables.n - n_right);
}
