#include "report/paper.h"

#include "base/str.h"
#include "base/vec.h"

void
paper_add(struct paper *paper, enum block_kind kind, const char *text, const char *note)
{
    struct block block = {.kind = kind, .text = text, .note = note};
    vec_push(paper->arena, paper, block);
}

void
paper_add_figure(struct paper *paper, enum figure_kind figure, const char *caption)
{
    struct block block = {.kind = BLOCK_FIGURE, .text = caption, .figure = figure};
    if (figure_has_data(figure, paper->model)) {
        vec_push(paper->arena, paper, block);
    }
}

struct paper_table *
paper_add_table(struct paper *paper, const char *caption, const char *const *heads)
{
    struct paper_table *table = arena_new(paper->arena, struct paper_table);
    struct block block = {.kind = BLOCK_TABLE, .text = caption, .table = table};
    for (; heads[table->n_columns] != NULL && table->n_columns < PAPER_COLUMNS_MAX; table->n_columns++) {
        const char *head = heads[table->n_columns];
        table->numbers |= head[0] == '#' ? 1U << table->n_columns : 0;
        table->heads[table->n_columns] = head[0] == '#' ? head + 1 : head;
    }
    vec_push(paper->arena, paper, block);
    return table;
}

void
paper_add_row(struct paper *paper, struct paper_table *table, const char *const *cells)
{
    table->rows = vec_grow(paper->arena, table->rows, table->n, &table->cap, sizeof(table->rows[0]));
    for (size_t i = 0; i < table->n_columns; i++) {
        table->rows[table->n][i] = cells[i] == NULL ? "not recorded" : cells[i];
    }
    table->n++;
}

void
paper_add_list(struct paper *paper, const json_t *strings)
{
    struct block block = {.kind = BLOCK_LIST};
    for (size_t i = 0; i < json_array_size(strings); i++) {
        const char *text = json_string_value(json_array_get(strings, i));
        vec_push(paper->arena, &block.list, text == NULL ? "" : text);
    }
    vec_push(paper->arena, paper, block);
}
