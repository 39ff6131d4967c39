/* What each effect does to the model. */
#include "script/model_core.h"

#include "base/vec.h"

#include <string.h>

#define COLUMN_FLAGS                                                                                         \
    (EFFECT_NOT_NULL | EFFECT_HAS_DEFAULT | EFFECT_STORED_GENERATED | EFFECT_AUTO_INCREMENT |                \
     EFFECT_FOREIGN_KEY)

/* -- columns ----------------------------------------------------------------------------------------------
 */

/* REFERENCES follows as an effect of its own. */
static void
add_column_keys(struct model *model, struct model_table *table, const struct effect *effect)
{
    static const struct {
        unsigned flag;
        enum object_kind object;
    } keys[] = {{EFFECT_PRIMARY, OBJECT_CONSTRAINT},
                {EFFECT_UNIQUE, OBJECT_CONSTRAINT},
                {EFFECT_CHECK, OBJECT_CONSTRAINT}};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if ((effect->flags & keys[i].flag) &&
            !(keys[i].flag == EFFECT_UNIQUE && (effect->flags & EFFECT_PRIMARY))) {
            model_add_key(model, table, effect, keys[i].object, keys[i].flag, "");
        }
    }
}

/* Part of the CREATE TABLE of the same statement, not of an ALTER TABLE. */
static bool
is_in_new_table(const struct model *model, const struct effect *effect)
{
    return (effect->flags & EFFECT_INLINE) && model->inline_piece == effect->piece;
}

static unsigned
column_flags(const struct effect *effect)
{
    unsigned flags = effect->flags & COLUMN_FLAGS;
    return effect->flags & (EFFECT_PRIMARY | EFFECT_AUTO_INCREMENT) ? flags | EFFECT_NOT_NULL : flags;
}

static void
add_column(struct model *model, const struct effect *effect)
{
    bool is_inline = is_in_new_table(model, effect);
    struct model_table *table = is_inline ? model->inline_into : model_need_table(model, effect->table);
    if (table == NULL) {
        return;
    }
    table->is_whole = table->is_whole || is_inline;
    struct model_slot *slot = model_member_slot(model, table, OBJECT_COLUMN, effect->column);
    if (slot->now != NULL && (effect->flags & EFFECT_IF_NOT_EXISTS)) {
        return;
    }
    struct model_thing *thing = model_copy(model, NULL, OBJECT_COLUMN);
    thing->flags = column_flags(effect);
    thing->type = arena_strdup(model->arena, effect->type == NULL ? "" : effect->type);
    thing->detail = arena_strdup(model->arena, effect->detail == NULL ? "" : effect->detail);
    model_set(model, slot, thing);
    add_column_keys(model, table, effect);
}

/* The keys over it go too. */
static void
drop_column(struct model *model, const struct effect *effect)
{
    struct model_table *table = model_need_table(model, effect->table);
    if (table == NULL) {
        return;
    }
    struct model_slot *slot = model_member_slot(model, table, OBJECT_COLUMN, effect->column);
    if (!table->is_whole) {
        model_assume(model, slot, false);
    }
    if (slot->now == NULL) {
        return;
    }
    model_set(model, slot, NULL);
    for (size_t i = 0; i < table->slots.n; i++) {
        struct model_slot *key = table->slots.items[i];
        if (key->now != NULL && key->object != OBJECT_COLUMN &&
            model_columns_have(key->now->columns, model_name(model, effect->column))) {
            model_set(model, key, NULL);
        }
    }
}

/* The column as it stands now; one that nobody has heard of was always there. NULL when it was dropped. */
static struct model_slot *
need_column(struct model *model, const struct effect *effect, const char *name)
{
    struct model_table *table = model_need_table(model, effect->table);
    if (table == NULL) {
        return NULL;
    }
    struct model_slot *slot = model_member_slot(model, table, OBJECT_COLUMN, name);
    if (!table->is_whole) {
        model_assume(model, slot, false);
    }
    return slot->now == NULL ? NULL : slot;
}

static void
change_type(struct model *model, const struct effect *effect)
{
    struct model_slot *slot = need_column(model, effect, effect->column);
    if (slot == NULL) {
        return;
    }
    struct model_thing *thing = model_copy(model, slot->now, OBJECT_COLUMN);
    thing->type = arena_strdup(model->arena, effect->type == NULL ? "" : effect->type);
    if (effect->flags & EFFECT_WHOLE_COLUMN) {
        const struct model_slot *primary = model_primary_key(slot->table);
        bool is_key =
            primary != NULL && model_columns_have(primary->now->columns, model_name(model, effect->column));
        thing->flags = column_flags(effect) | (is_key ? (unsigned)EFFECT_NOT_NULL : 0);
        thing->detail = arena_strdup(model->arena, effect->detail == NULL ? "" : effect->detail);
        thing->is_known = true;
    }
    model_set(model, slot, thing);
    add_column_keys(model, slot->table, effect);
}

/* -- names ------------------------------------------------------------------------------------------------
 */

/* "s.t" renamed to "u" is "s.u" where only the last part is said. */
static const char *
new_name(struct model *model, const char *old, const char *wanted)
{
    const char *dot = strrchr(old, '.');
    if (dot == NULL || strchr(wanted, '.') != NULL) {
        return wanted;
    }
    return arena_printf(model->arena, "%.*s.%s", (int)(dot - old), old, wanted);
}

static void
rename_in_keys(struct model *model, struct model_table *table, const char *old, const char *wanted)
{
    for (size_t i = 0; i < table->slots.n; i++) {
        struct model_slot *key = table->slots.items[i];
        if (key->now == NULL || key->object == OBJECT_COLUMN || !model_columns_have(key->now->columns, old)) {
            continue;
        }
        struct model_thing *thing = model_copy(model, key->now, key->object);
        const char *columns = "";
        for (const char *at = thing->columns; *at != '\0'; at += strspn(at, ", ")) {
            size_t len = strcspn(at, ",");
            bool is_it = len == strlen(old) && memcmp(at, old, len) == 0;
            columns = arena_printf(model->arena, "%s%s%.*s", columns, *columns == '\0' ? "" : ", ",
                                   is_it ? (int)strlen(wanted) : (int)len, is_it ? wanted : at);
            at += len;
        }
        thing->columns = columns;
        thing->detail = ""; /* it still names the column as it was */
        model_set(model, key, thing);
    }
}

static void
rename_column(struct model *model, const struct effect *effect)
{
    struct model_slot *from = need_column(model, effect, effect->name);
    if (from == NULL) {
        return;
    }
    const struct model_thing *thing = from->now;
    const char *wanted = model_name(model, arena_strdup(model->arena, effect->new_name));
    model_set(model, from, NULL);
    model_set(model, model_member_slot(model, from->table, OBJECT_COLUMN, effect->new_name), thing);
    rename_in_keys(model, from->table, model_name(model, effect->name), wanted);
}

static void
rename_object(struct model *model, const struct effect *effect)
{
    bool is_member = model_group_of(effect->object) != GROUP_COUNT;
    if (effect->object == OBJECT_TABLE) {
        (void)model_need_table(model, effect->name);
    }
    struct model_table *table =
        is_member && !str_is_empty(effect->table) ? model_need_table(model, effect->table) : NULL;
    struct model_slot *from = is_member ? model_member(model, table, effect->object, effect->name)
                                        : model_object_slot(model, effect->object, effect->name);
    if (from == NULL || from->now == NULL) {
        return;
    }
    const struct model_thing *thing = from->now;
    const char *wanted = new_name(model, effect->name, effect->new_name);
    struct model_slot *to = is_member
                                ? model_member_slot(model, from->table, from->object, model_last_part(wanted))
                                : model_object_slot(model, effect->object, wanted);
    model_set(model, from, NULL);
    model_set(model, to, thing);
    if (is_member) {
        map_put(&model->homes[model_group_of(from->object)],
                span_of(model_name(model, model_last_part(wanted))), to);
    }
}

/* -- whole objects ----------------------------------------------------------------------------------------
 */

static void
create_table(struct model *model, const struct effect *effect)
{
    struct model_slot *slot = model_object_slot(model, OBJECT_TABLE, effect->name);
    model->inline_into = NULL;
    model->inline_piece = effect->piece;
    if (slot->now != NULL && (effect->flags & EFFECT_IF_NOT_EXISTS)) {
        return;
    }
    struct model_thing *thing = model_copy(model, NULL, OBJECT_TABLE);
    thing->flags = effect->flags & EFFECT_TEMPORARY;
    thing->detail = arena_strdup(model->arena, effect->detail == NULL ? "" : effect->detail);
    thing->own = arena_new(model->arena, struct model_table);
    thing->own->born = model->round;
    thing->own->born_in_down = model->in_down;
    for (size_t i = 0; i < GROUP_COUNT; i++) {
        map_init(&thing->own->members[i], model->arena);
    }
    model->inline_into = thing->own;
    model_set(model, slot, thing);
}

static void
create_member(struct model *model, const struct effect *effect)
{
    bool is_inline = is_in_new_table(model, effect);
    struct model_table *table = is_inline ? model->inline_into : model_need_table(model, effect->table);
    unsigned flags = effect->flags;
    if (table == NULL) {
        return;
    }
    flags |= effect->object == OBJECT_FOREIGN_KEY ? (unsigned)EFFECT_FOREIGN_KEY : 0;
    model_add_key(model, table, effect, effect->object, flags, effect->detail == NULL ? "" : effect->detail);
    if (flags & EFFECT_PRIMARY) {
        model_set_key_columns(model, table,
                              model_key_columns(model, effect->detail == NULL ? "" : effect->detail));
    }
}

static void
create_object(struct model *model, const struct effect *effect)
{
    struct model_slot *slot = model_object_slot(model, effect->object, effect->name);
    if (slot->now != NULL && (effect->flags & EFFECT_IF_NOT_EXISTS)) {
        return;
    }
    bool replaces = slot->now != NULL && (effect->flags & EFFECT_OR_REPLACE);
    struct model_thing *thing = model_copy(model, replaces ? slot->now : NULL, effect->object);
    thing->flags = effect->flags & EFFECT_TEMPORARY;
    thing->detail = arena_strdup(model->arena, effect->detail == NULL ? "" : effect->detail);
    thing->type = arena_strdup(model->arena, effect->type == NULL ? "" : effect->type);
    model_set(model, slot, thing);
}

static bool
is_modelled(enum object_kind object)
{
    return object != OBJECT_GRANT && object != OBJECT_COMMENT && object != OBJECT_OTHER;
}

static void
create(struct model *model, const struct effect *effect)
{
    if (effect->object == OBJECT_TABLE) {
        create_table(model, effect);
    } else if (model_group_of(effect->object) != GROUP_COUNT && !str_is_empty(effect->table)) {
        create_member(model, effect);
    } else if (is_modelled(effect->object) && !str_is_empty(effect->name)) {
        create_object(model, effect);
    }
}

static void
drop_schema_tables(struct model *model, const char *schema)
{
    const struct map *tables = &model->objects[OBJECT_TABLE];
    size_t len = strlen(schema);
    for (size_t i = 0; i < tables->cap; i++) {
        struct model_slot *slot = tables->slots[i].value;
        if (tables->slots[i].key.ptr != NULL && slot->now != NULL && str_starts(slot->name, schema) &&
            slot->name[len] == '.') {
            model_set(model, slot, NULL);
        }
    }
}

/* What refers to a table goes with it where CASCADE says so. */
static void
drop_references(struct model *model, const char *table)
{
    const struct model_slots *slots = map_get(&model->references, span_of(model_name(model, table)));
    for (size_t i = 0; slots != NULL && i < slots->n; i++) {
        if (slots->items[i]->now != NULL) {
            model_set(model, slots->items[i], NULL);
        }
    }
}

/* Triggers that call a function go with it. */
static void
drop_triggers(struct model *model, const char *function)
{
    const struct map *triggers = &model->homes[GROUP_TRIGGER];
    for (size_t i = 0; i < triggers->cap; i++) {
        struct model_slot *slot = triggers->slots[i].value;
        if (triggers->slots[i].key.ptr != NULL && slot->now != NULL &&
            strstr(slot->now->detail, function) != NULL) {
            model_set(model, slot, NULL);
        }
    }
}

static void
drop_member(struct model *model, const struct effect *effect)
{
    struct model_table *table = str_is_empty(effect->table) ? NULL : model_need_table(model, effect->table);
    bool is_primary = (effect->flags & EFFECT_PRIMARY) && table != NULL;
    struct model_slot *slot = NULL;
    if (is_primary) {
        slot = model_primary_key(table);
    } else if (!str_is_empty(effect->name) && (table != NULL || str_is_empty(effect->table))) {
        slot = model_member(model, table, effect->object, model_last_part(effect->name));
    }
    if (slot != NULL && slot->now != NULL) {
        model_set(model, slot, NULL);
    } else if (table != NULL && !table->is_whole && !str_is_empty(effect->name)) {
        /* It was there before the history began. */
        slot = model_member_slot(model, table, effect->object, model_last_part(effect->name));
        model_assume(model, slot, effect->flags & EFFECT_IF_EXISTS);
        if (slot->now != NULL) {
            model_set(model, slot, NULL);
        }
    }
}

static void
drop(struct model *model, const struct effect *effect)
{
    if (model_group_of(effect->object) != GROUP_COUNT) {
        drop_member(model, effect);
        return;
    }
    if (!is_modelled(effect->object) || str_is_empty(effect->name)) {
        return;
    }
    struct model_slot *slot = model_object_slot(model, effect->object, effect->name);
    bool is_doubtful = effect->flags & EFFECT_IF_EXISTS;
    if (!model->is_closed || !(is_doubtful || model->in_down)) {
        model_assume(model, slot, is_doubtful);
    }
    if (effect->flags & EFFECT_CASCADE && effect->object == OBJECT_FUNCTION) {
        drop_triggers(model, model_last_part(effect->name));
    }
    if (effect->flags & EFFECT_CASCADE && effect->object == OBJECT_TABLE) {
        drop_references(model, effect->name);
    }
    if (effect->flags & EFFECT_CASCADE && effect->object == OBJECT_SCHEMA) {
        drop_schema_tables(model, effect->name);
    }
    if (slot->now != NULL) {
        model_set(model, slot, NULL);
    }
}

static void
alter(struct model *model, const struct effect *effect)
{
    if (model_group_of(effect->object) != GROUP_COUNT || effect->object == OBJECT_TABLE ||
        !is_modelled(effect->object) || str_is_empty(effect->name) || str_is_empty(effect->detail)) {
        return;
    }
    struct model_slot *slot = model_object_slot(model, effect->object, effect->name);
    model_assume(model, slot, false);
    if (slot->now == NULL) {
        return;
    }
    struct model_thing *thing = model_copy(model, slot->now, effect->object);
    thing->flags |= effect->flags & EFFECT_ADD_VALUE;
    thing->detail = effect->flags & EFFECT_ADD_VALUE
                        ? arena_printf(model->arena, "%s + %s", thing->detail, effect->detail)
                        : arena_strdup(model->arena, effect->detail);
    model_set(model, slot, thing);
}

static void
alter_column(struct model *model, const struct effect *effect, unsigned set, unsigned clear,
             const char *detail)
{
    struct model_slot *slot = need_column(model, effect, effect->column);
    if (slot != NULL) {
        model_set_column(model, slot, set, clear, detail);
    }
}

static void
fill(struct model *model, const char *table)
{
    const struct model_thing *thing = model_table_at(model, table, MODEL_NOW);
    if (thing != NULL) {
        thing->own->is_filled = true;
    }
}

void
model_apply(struct model *model, const struct effect *effect)
{
    model->piece = effect->piece;
    switch (effect->kind) {
    case EFFECT_CREATE:
        create(model, effect);
        break;
    case EFFECT_DROP:
        drop(model, effect);
        break;
    case EFFECT_RENAME:
        if (effect->object == OBJECT_COLUMN) {
            rename_column(model, effect);
        } else if (is_modelled(effect->object)) {
            rename_object(model, effect);
        }
        break;
    case EFFECT_ALTER:
        alter(model, effect);
        break;
    case EFFECT_ADD_COLUMN:
        add_column(model, effect);
        break;
    case EFFECT_DROP_COLUMN:
        drop_column(model, effect);
        break;
    case EFFECT_COLUMN_TYPE:
        change_type(model, effect);
        break;
    case EFFECT_SET_NOT_NULL:
        alter_column(model, effect, EFFECT_NOT_NULL, 0, NULL);
        break;
    case EFFECT_DROP_NOT_NULL:
        alter_column(model, effect, 0, EFFECT_NOT_NULL, NULL);
        break;
    case EFFECT_SET_DEFAULT:
        alter_column(model, effect, EFFECT_HAS_DEFAULT, 0, effect->detail == NULL ? "" : effect->detail);
        break;
    case EFFECT_DROP_DEFAULT:
        alter_column(model, effect, 0, EFFECT_HAS_DEFAULT, "");
        break;
    case EFFECT_UNKNOWN:
        model->is_closed = model->is_closed && model->in_down;
        break;
    case EFFECT_INSERT:
        fill(model, effect->table);
        break;
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
    case EFFECT_TRUNCATE:
    case EFFECT_LOCK:
    case EFFECT_SESSION:
    case EFFECT_TRANSACTION:
    case EFFECT_READ:
        break;
    }
}
