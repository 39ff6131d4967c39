/* What differs between a state of the model and its present one. Linear in what the round touched. */
#include "script/model_core.h"

#include "script/typename.h"

#include "base/vec.h"

#include <string.h>

struct diff {
    const struct model *model;
    enum model_when from;
    struct arena *arena;
    struct map left;     /* id of a thing: the slot where it stood only in `from` */
    struct map appeared; /* id of a thing: the slot where it stands only now */
    struct model_changes *out;
};

#define COLUMN_SHAPE (EFFECT_NOT_NULL | EFFECT_HAS_DEFAULT | EFFECT_STORED_GENERATED | EFFECT_AUTO_INCREMENT)
#define KEY_SHAPE    (EFFECT_UNIQUE | EFFECT_PRIMARY | EFFECT_FOREIGN_KEY | EFFECT_CHECK)

/* Texts that were not told are no difference. */
static bool
text_agrees(const char *a, const char *b)
{
    return *a == '\0' || *b == '\0' || model_text_same(a, b);
}

static bool
thing_same(const struct model_thing *a, const struct model_thing *b)
{
    if (a == b) {
        return true;
    }
    if (!a->is_known || !b->is_known) {
        return ((a->flags ^ b->flags) & EFFECT_ADD_VALUE) == 0;
    }
    if (a->object == OBJECT_COLUMN) {
        return (a->flags & COLUMN_SHAPE) == (b->flags & COLUMN_SHAPE) && type_name_same(a->type, b->type) &&
               text_agrees(a->detail, b->detail);
    }
    bool is_check = a->flags & b->flags & EFFECT_CHECK;
    if ((a->flags & KEY_SHAPE) != (b->flags & KEY_SHAPE) ||
        (!is_check && !text_agrees(a->columns, b->columns))) {
        return false;
    }
    if (a->object == OBJECT_FOREIGN_KEY) {
        bool is_told = *a->detail != '\0' && *b->detail != '\0';
        return text_agrees(a->parent, b->parent) && (!is_told || model_text_same(a->type, b->type));
    }
    return text_agrees(a->detail, b->detail);
}

static struct span
id_key(const struct model_thing *thing)
{
    return (struct span){(const char *)&thing->id, sizeof(thing->id)};
}

static void
push(struct diff *diff, const struct model_slot *slot, const char *table, const struct model_thing *from,
     const struct model_thing *to)
{
    struct model_change change = {.object = slot->object,
                                  .table = table,
                                  .name = slot->name,
                                  .from = from,
                                  .to = to,
                                  .renamed_to = "",
                                  .piece_up = slot->piece_up,
                                  .piece_down = slot->piece_down};
    bool is_touched = slot->round == diff->model->round;
    change.piece_up = is_touched ? slot->piece_up : MODEL_NO_PIECE;
    change.piece_down = is_touched ? slot->piece_down : MODEL_NO_PIECE;
    if (from != NULL && to == NULL) {
        const struct model_slot *now = map_get(&diff->appeared, id_key(from));
        change.renamed_to = now == NULL ? "" : now->name;
    }
    vec_push(diff->arena, diff->out, change);
}

/* Gives the newest change the statements of `slot` where it has none of its own. */
static void
lend_pieces(struct diff *diff, const struct model_slot *slot)
{
    struct model_change *change = &diff->out->items[diff->out->n - 1];
    if (slot == NULL || slot->round != diff->model->round) {
        return;
    }
    change->piece_up = change->piece_up == MODEL_NO_PIECE ? slot->piece_up : change->piece_up;
    change->piece_down = change->piece_down == MODEL_NO_PIECE ? slot->piece_down : change->piece_down;
}

/* Both sides of one name; what came by a rename is told at the name it had. */
static void
compare(struct diff *diff, const struct model_slot *slot, const char *table, const struct model_thing *from,
        const struct model_thing *to)
{
    if (from == NULL && to == NULL) {
        return;
    }
    if (from != NULL && to != NULL && thing_same(from, to)) {
        return;
    }
    if (from == NULL && map_get(&diff->left, id_key(to)) != NULL) {
        return;
    }
    push(diff, slot, table, from, to);
}

/* -- a table that is another one now ----------------------------------------------------------------------
 */

static void
compare_replaced(struct diff *diff, const struct model_slot *slot, const struct model_table *from,
                 const struct model_table *to)
{
    for (size_t i = 0; i < from->slots.n; i++) {
        const struct model_slot *old = from->slots.items[i];
        const struct model_thing *before = model_at(diff->model, old, diff->from);
        const struct map *members = &to->members[model_group_of(old->object)];
        const struct model_slot *new = map_get(members, span_of(model_name(diff->model, old->name)));
        const struct model_thing *after = model_at(diff->model, new, MODEL_NOW);
        if (before == NULL || (after == NULL && old->object == OBJECT_COLUMN && !to->is_whole)) {
            continue;
        }
        size_t n = diff->out->n;
        compare(diff, old, slot->name, before, after);
        if (diff->out->n > n) {
            lend_pieces(diff, new);
            lend_pieces(diff, slot);
        }
    }
    for (size_t i = 0; i < to->slots.n; i++) {
        const struct model_slot *new = to->slots.items[i];
        const struct map *members = &from->members[model_group_of(new->object)];
        const struct model_slot *old = map_get(members, span_of(model_name(diff->model, new->name)));
        const struct model_thing *after = model_at(diff->model, new, MODEL_NOW);
        if (after != NULL && model_at(diff->model, old, diff->from) == NULL && from->is_whole) {
            push(diff, new, slot->name, NULL, after);
            lend_pieces(diff, slot);
        }
    }
}

static void
compare_table(struct diff *diff, const struct model_slot *slot)
{
    const struct model_thing *from = model_at(diff->model, slot, diff->from);
    const struct model_thing *to = model_at(diff->model, slot, MODEL_NOW);
    if (((from == NULL ? 0 : from->flags) | (to == NULL ? 0 : to->flags)) & EFFECT_TEMPORARY) {
        return;
    }
    if (from != NULL && to != NULL) {
        if (from->own != to->own) {
            push(diff, slot, "", from, to);
            compare_replaced(diff, slot, from->own, to->own);
        }
        return;
    }
    compare(diff, slot, "", from, to);
}

/* -- members of a table that stands in both ---------------------------------------------------------------
 */

/* The name of the table that owns the slot, when it is the same one in both states; else NULL. */
static const char *
lasting_table(const struct diff *diff, const struct model_table *table)
{
    const struct model_slot *home = table->home;
    if (home == NULL) {
        return NULL;
    }
    const struct model_thing *to = model_at(diff->model, home, MODEL_NOW);
    bool is_new = table->born == diff->model->round && (diff->from == MODEL_BEFORE || table->born_in_down);
    return to == NULL || to->own != table || is_new ? NULL : home->name;
}

static void
find_moved(struct diff *diff)
{
    map_init(&diff->left, diff->arena);
    map_init(&diff->appeared, diff->arena);
    for (size_t i = 0; i < diff->model->touched.n; i++) {
        struct model_slot *slot = diff->model->touched.items[i];
        const struct model_thing *from = model_at(diff->model, slot, diff->from);
        if (from == NULL && slot->now != NULL) {
            map_put(&diff->appeared, id_key(slot->now), slot);
        } else if (from != NULL && slot->now == NULL) {
            map_put(&diff->left, id_key(from), slot);
        }
    }
}

/* -- keys that only changed their name --------------------------------------------------------------------
 */

/* What a key does, whatever it is called: two of the same meaning are the same key, perhaps with other
 * clauses. A column's own check has no text: `blind` makes it equal to any other. */
static const char *
key_meaning(const struct diff *diff, const struct model_change *change, bool blind)
{
    const struct model_thing *thing = change->from != NULL ? change->from : change->to;
    bool is_unique = thing->flags & (EFFECT_UNIQUE | EFFECT_PRIMARY);
    bool is_check = thing->flags & EFFECT_CHECK;
    const char *expression = !blind && (is_check || *thing->columns == '\0') ? thing->detail : "";
    return arena_printf(diff->arena, "%d %u %s\n%s\n%s", is_unique ? 0 : (int)change->object,
                        thing->flags & KEY_SHAPE, change->table, is_check ? "" : thing->columns, expression);
}

static bool
is_key(enum object_kind object)
{
    return object == OBJECT_CONSTRAINT || object == OBJECT_FOREIGN_KEY || object == OBJECT_INDEX;
}

/* Puts a key that went and one that came with the same meaning together. */
static void
join_keys(struct diff *diff, bool blind)
{
    struct map gone;
    map_init(&gone, diff->arena);
    for (size_t i = 0; i < diff->out->n; i++) {
        struct model_change *change = &diff->out->items[i];
        bool is_gone = is_key(change->object) && change->from != NULL && change->to == NULL;
        if (is_gone && *change->renamed_to == '\0' && (!blind || *change->from->detail == '\0')) {
            map_put(&gone, span_of(key_meaning(diff, change, blind)), change);
        }
    }
    for (size_t i = 0; i < diff->out->n && gone.n > 0; i++) {
        struct model_change *change = &diff->out->items[i];
        if (!is_key(change->object) || change->from != NULL || change->to == NULL) {
            continue;
        }
        struct model_change *old = map_remove(&gone, span_of(key_meaning(diff, change, blind)));
        if (old != NULL) {
            old->to = change->to;
            old->piece_down = change->piece_down;
            change->to = NULL;
        }
    }
}

static void
pair_keys(struct diff *diff)
{
    size_t kept = 0;
    join_keys(diff, false);
    join_keys(diff, true);
    for (size_t i = 0; i < diff->out->n; i++) {
        struct model_change change = diff->out->items[i];
        bool is_paired = is_key(change.object) && (change.from == NULL) == (change.to == NULL);
        if (!is_paired || (change.from != NULL && !thing_same(change.from, change.to))) {
            diff->out->items[kept++] = change;
        }
    }
    diff->out->n = kept;
}

void
model_diff(const struct model *model, enum model_when from, struct arena *arena, struct model_changes *out)
{
    struct diff diff = {.model = model, .from = from, .arena = arena, .out = out};
    find_moved(&diff);
    for (size_t i = 0; i < model->touched.n; i++) {
        const struct model_slot *slot = model->touched.items[i];
        if (slot->object == OBJECT_TABLE) {
            compare_table(&diff, slot);
            continue;
        }
        const char *table = slot->table == NULL ? "" : lasting_table(&diff, slot->table);
        if (table != NULL) {
            compare(&diff, slot, table, model_at(model, slot, from), slot->now);
        }
    }
    pair_keys(&diff);
}
