/* Constraints, foreign keys and indexes of the model, and the names that servers make up for them. */
#include "script/model_core.h"

#include "base/vec.h"
#include "driver/sqltok.h"

#include <string.h>

#define KEY_FLAGS (EFFECT_UNIQUE | EFFECT_PRIMARY | EFFECT_FOREIGN_KEY | EFFECT_CHECK | EFFECT_NOT_VALID)

const char *
model_last_part(const char *qualified)
{
    const char *dot = strrchr(qualified, '.');
    return dot == NULL ? qualified : dot + 1;
}

/* "a, lower(), ()" is "a_lower_expr" in PostgreSQL's names. */
static const char *
join_columns(struct model *model, const char *columns)
{
    const char *joined = "";
    while (*columns != '\0') {
        size_t len = strcspn(columns, ",");
        size_t name_len = strcspn(columns, ",(");
        joined = arena_printf(model->arena, "%s%s%.*s", joined, *joined == '\0' ? "" : "_",
                              name_len == 0 ? (int)sizeof("expr") - 1 : (int)name_len,
                              name_len == 0 ? "expr" : columns);
        columns += len;
        columns += strspn(columns, ", ");
    }
    return joined;
}

/* The name the server will make up, before it counts up. */
static const char *
made_up_name(struct model *model, const char *table, const struct model_thing *thing)
{
    const char *short_name = model_last_part(table);
    if (thing->flags & EFFECT_PRIMARY) {
        return model->names_by_column ? "PRIMARY" : arena_printf(model->arena, "%s_pkey", short_name);
    }
    if (model->names_by_column && !(thing->flags & (EFFECT_FOREIGN_KEY | EFFECT_CHECK))) {
        size_t first = strcspn(thing->columns, ",");
        return first == 0 ? short_name : arena_strndup(model->arena, thing->columns, first);
    }
    const char *suffix = thing->flags & EFFECT_FOREIGN_KEY ? model->names_by_column ? "ibfk" : "fkey"
                         : thing->flags & EFFECT_CHECK     ? model->names_by_column ? "chk" : "check"
                         : thing->object == OBJECT_INDEX   ? "idx"
                                                           : "key";
    const char *columns = model->names_by_column ? "1" : join_columns(model, thing->columns);
    if (*columns == '\0') {
        return arena_printf(model->arena, "%s_%s", short_name, suffix);
    }
    return model->names_by_column ? arena_printf(model->arena, "%s_%s_%s", short_name, suffix, columns)
                                  : arena_printf(model->arena, "%s_%s_%s", short_name, columns, suffix);
}

/* A key without a name says the same as one that stands: it is that one (a column's REFERENCES is told by a
 * flag and by an effect of its own). Else the made-up name, counted up while it is taken. */
static const char *
name_unnamed(struct model *model, struct model_table *table, const char *table_name,
             const struct model_thing *thing)
{
    const char *base = made_up_name(model, table_name, thing);
    const char *name = base;
    for (unsigned i = 1; i < 100; i++) {
        const struct model_slot *slot = model_member(model, table, thing->object, name);
        if (slot == NULL ||
            (slot->now->flags == thing->flags && str_eq(slot->now->columns, thing->columns))) {
            break;
        }
        name = arena_printf(model->arena, "%s%u", base, i);
    }
    table->has_unnamed = true;
    return name;
}

static void
remember_parent(struct model *model, struct model_slot *slot, const char *parent)
{
    struct model_slots *slots = map_get(&model->references, span_of(parent));
    if (slots == NULL) {
        slots = arena_new(model->arena, struct model_slots);
        map_put(&model->references, span_of(parent), slots);
    }
    vec_push(model->arena, slots, slot);
}

/* "on delete cascade": what stands behind the table and columns that a foreign key refers to. */
static const char *
key_actions(const struct model *model, const char *detail)
{
    struct lexer lexer;
    lexer_init(&lexer, span_of(detail), model->lex);
    for (struct token token = lexer_next(&lexer); token.kind != TOKEN_END; token = lexer_next(&lexer)) {
        if (token_is_word(token, "on") || token_is_word(token, "deferrable")) {
            return detail + token.at;
        }
    }
    return "";
}

/* UNIQUE USING INDEX i: the index becomes the constraint's. */
static void
take_index(struct model *model, struct model_table *table, struct model_thing *thing)
{
    struct lexer lexer;
    lexer_init(&lexer, span_of(thing->detail), model->lex);
    if (!lexer_accept_words(&lexer, "using index")) {
        return;
    }
    char *name = lexer_name(&lexer, model->arena);
    struct model_slot *slot = name == NULL ? NULL : model_member(model, table, OBJECT_INDEX, name);
    if (slot != NULL) {
        thing->columns = slot->now->columns;
        model_set(model, slot, NULL);
    }
    thing->detail = "";
}

void
model_add_key(struct model *model, struct model_table *table, const struct effect *effect,
              enum object_kind object, unsigned flags, const char *detail)
{
    struct model_thing *thing = model_copy(model, NULL, object);
    thing->flags = flags & KEY_FLAGS;
    thing->detail = model_plain_detail(model, detail);
    if (!(flags & EFFECT_CHECK)) {
        thing->columns = model_key_columns(model, detail);
    }
    if (*thing->columns == '\0' && !str_is_empty(effect->column)) {
        thing->columns = model_name(model, arena_strdup(model->arena, effect->column));
    }
    if (flags & EFFECT_FOREIGN_KEY) {
        thing->parent = model_key_parent(model, detail);
        thing->type = key_actions(model, thing->detail);
    }
    take_index(model, table, thing);
    bool is_named = effect->kind == EFFECT_CREATE && !str_is_empty(effect->name);
    const char *name =
        is_named ? model_last_part(effect->name) : name_unnamed(model, table, effect->table, thing);
    struct model_slot *slot = model_member_slot(model, table, object, name);
    if ((effect->flags & EFFECT_IF_NOT_EXISTS) && slot->now != NULL) {
        return;
    }
    model_set(model, slot, thing);
    map_put(&model->homes[model_group_of(object)], span_of(model_name(model, name)), slot);
    if (*thing->parent != '\0') {
        remember_parent(model, slot, thing->parent);
        table->has_unnamed = table->has_unnamed || model->names_by_column; /* it makes an index of its own */
    }
}

void
model_set_column(struct model *model, struct model_slot *slot, unsigned set, unsigned clear,
                 const char *detail)
{
    struct model_thing *thing = model_copy(model, slot->now, OBJECT_COLUMN);
    thing->flags = (thing->flags | set) & ~clear;
    thing->detail = detail == NULL ? thing->detail : arena_strdup(model->arena, detail);
    model_set(model, slot, thing);
}

void
model_set_key_columns(struct model *model, struct model_table *table, const char *columns)
{
    while (*columns != '\0') {
        size_t len = strcspn(columns, ",");
        struct model_slot *slot = map_get(&table->members[GROUP_COLUMN], (struct span){columns, len});
        if (slot != NULL && slot->now != NULL && !(slot->now->flags & EFFECT_NOT_NULL)) {
            model_set_column(model, slot, EFFECT_NOT_NULL, 0, NULL);
        }
        columns += len;
        columns += strspn(columns, ", ");
    }
}
