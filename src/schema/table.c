#include "schema/table.h"

const struct table_key *
table_primary_key(const struct table *table)
{
    return table->n_keys > 0 && table->keys[0].is_primary ? &table->keys[0] : NULL;
}

const struct column *
table_column(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (str_eq(table->columns[i].name, name)) {
            return &table->columns[i];
        }
    }
    return NULL;
}
