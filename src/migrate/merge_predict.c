#include "migrate/merge_core.h"
#include "migrate/names.h"

/* -- the shape that the down script will leave ------------------------------------------------------------
 */

static bool
will_have(const struct effects *effects, const struct merge_table *table, const struct merge_column *column)
{
    bool has = column->in_now;
    for (size_t i = 0; i < effects->n; i++) {
        const struct effect *effect = &effects->items[i];
        bool is_table = table_name_eq(effect->table, table->end[0] != '\0' ? table->end : table->start) ||
                        table_name_eq(effect->table, table->start);
        if (is_table && effect->kind == EFFECT_DROP_COLUMN && str_eq(effect->column, column->end)) {
            has = false;
        }
        if (is_table && effect->kind == EFFECT_ADD_COLUMN && str_eq(effect->column, column->start)) {
            has = true;
        }
        if (effect->kind == EFFECT_DROP && effect->object == OBJECT_TABLE && table->start[0] == '\0' &&
            table_name_eq(effect->name, table->end)) {
            has = false;
        }
    }
    return has && column->start[0] != '\0';
}

enum status
merge_predict(struct merge *merge, const struct effects *effects, struct err *err)
{
    for (size_t i = 0; i < merge->tables.n && merge->is_on; i++) {
        struct merge_table *table = &merge->tables.items[i];
        for (size_t j = 0; j < table->n_columns; j++) {
            table->columns[j].in_then = will_have(effects, table, &table->columns[j]);
        }
        TRY(merge_count(merge, table, err));
    }
    return STATUS_OK;
}
