#include "migrate/names.h"

#include <string.h>
#include <strings.h>

static const char *
tail_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot == NULL ? name : dot + 1;
}

bool
table_name_eq(const char *a, const char *b)
{
    bool both = (strchr(a, '.') == NULL) == (strchr(b, '.') == NULL);
    return strcasecmp(both ? a : tail_of(a), both ? b : tail_of(b)) == 0;
}

/* `name` in the schema that `like` is in. */
static const char *
in_schema_of(const char *name, const char *like, struct arena *arena)
{
    const char *dot = strrchr(like, '.');
    if (dot == NULL || strchr(name, '.') != NULL) {
        return name;
    }
    return arena_printf(arena, "%.*s.%s", (int)(dot - like), like, name);
}

static bool
renames_table(const struct effect *effect)
{
    return effect->kind == EFFECT_RENAME && effect->object == OBJECT_TABLE;
}

const char *
table_name_first(const struct effects *effects, size_t piece, const char *name, struct arena *arena)
{
    for (size_t i = effects->n; i-- > 0;) {
        const struct effect *effect = &effects->items[i];
        if (effect->piece >= piece) {
            continue;
        }
        if (renames_table(effect) && table_name_eq(effect->new_name, name)) {
            name = in_schema_of(effect->name, name, arena);
        } else if (effect->kind == EFFECT_CREATE && effect->object == OBJECT_TABLE &&
                   table_name_eq(effect->name, name)) {
            return "";
        }
    }
    return name;
}

const char *
table_name_last(const struct effects *effects, size_t piece, const char *name, struct arena *arena)
{
    for (size_t i = 0; i < effects->n; i++) {
        const struct effect *effect = &effects->items[i];
        if (effect->piece >= piece && renames_table(effect) && table_name_eq(effect->name, name)) {
            name = in_schema_of(effect->new_name, name, arena);
        }
    }
    return name;
}

static bool
renames_column(const struct effect *effect, const char *table)
{
    return effect->kind == EFFECT_RENAME && effect->object == OBJECT_COLUMN &&
           table_name_eq(effect->table, table);
}

const char *
column_name_first(const struct effects *effects, size_t piece, const char *table, const char *column,
                  struct arena *arena)
{
    for (size_t i = effects->n; i-- > 0;) {
        const struct effect *effect = &effects->items[i];
        if (effect->piece >= piece) {
            continue;
        }
        if (renames_table(effect) && table_name_eq(effect->new_name, table)) {
            table = in_schema_of(effect->name, table, arena);
        } else if (renames_column(effect, table) && strcasecmp(effect->new_name, column) == 0) {
            column = effect->name;
        } else if (effect->kind == EFFECT_ADD_COLUMN && table_name_eq(effect->table, table) &&
                   strcasecmp(effect->column, column) == 0) {
            return "";
        }
    }
    return column;
}

const char *
column_name_last(const struct effects *effects, size_t piece, const char *table, const char *column,
                 struct arena *arena)
{
    for (size_t i = 0; i < effects->n; i++) {
        const struct effect *effect = &effects->items[i];
        if (effect->piece < piece) {
            continue;
        }
        if (renames_table(effect) && table_name_eq(effect->name, table)) {
            table = in_schema_of(effect->new_name, table, arena);
        } else if (renames_column(effect, table) && strcasecmp(effect->name, column) == 0) {
            column = effect->new_name;
        } else if (effect->kind == EFFECT_DROP_COLUMN && table_name_eq(effect->table, table) &&
                   strcasecmp(effect->column, column) == 0) {
            return "";
        }
    }
    return column;
}
