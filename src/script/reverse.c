#include "script/reverse.h"

#include "script/lint.h"

#include "base/vec.h"
#include "driver/sqltok.h"

#include <string.h>

/* -- both scripts over the model --------------------------------------------------------------------------
 */

bool
effect_is_change(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_LOCK:
    case EFFECT_SESSION:
    case EFFECT_TRANSACTION:
    case EFFECT_READ:
        return false;
    case EFFECT_CREATE:
    case EFFECT_DROP:
    case EFFECT_RENAME:
    case EFFECT_ALTER:
    case EFFECT_ADD_COLUMN:
    case EFFECT_DROP_COLUMN:
    case EFFECT_COLUMN_TYPE:
    case EFFECT_SET_NOT_NULL:
    case EFFECT_DROP_NOT_NULL:
    case EFFECT_SET_DEFAULT:
    case EFFECT_DROP_DEFAULT:
    case EFFECT_INSERT:
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
    case EFFECT_TRUNCATE:
    case EFFECT_UNKNOWN:
        break;
    }
    return true;
}

bool
effect_is_data(const struct effect *effect)
{
    return effect->kind == EFFECT_INSERT || effect->kind == EFFECT_UPDATE || effect->kind == EFFECT_DELETE ||
           effect->kind == EFFECT_TRUNCATE;
}

const char *
effect_table(const struct effect *effect)
{
    return effect->object == OBJECT_TABLE && *effect->table == '\0' ? effect->name : effect->table;
}

/* What the kind says anyway. */
static enum object_kind
object_of(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_ADD_COLUMN:
    case EFFECT_DROP_COLUMN:
    case EFFECT_COLUMN_TYPE:
    case EFFECT_SET_NOT_NULL:
    case EFFECT_DROP_NOT_NULL:
    case EFFECT_SET_DEFAULT:
    case EFFECT_DROP_DEFAULT:
        return OBJECT_COLUMN;
    case EFFECT_INSERT:
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
    case EFFECT_TRUNCATE:
    case EFFECT_LOCK:
        return OBJECT_TABLE;
    case EFFECT_CREATE:
    case EFFECT_DROP:
    case EFFECT_RENAME:
    case EFFECT_ALTER:
    case EFFECT_SESSION:
    case EFFECT_TRANSACTION:
    case EFFECT_READ:
    case EFFECT_UNKNOWN:
        break;
    }
    return effect->object;
}

static void
copy_effects(const struct effects *from, struct arena *arena, struct effects *to)
{
    *to = (struct effects){.n = from->n, .cap = from->n};
    to->items = arena_new_array(arena, struct effect, from->n + 1);
    for (size_t i = 0; i < from->n; i++) {
        struct effect *effect = &to->items[i];
        *effect = from->items[i];
        effect->object = object_of(effect);
        const char **texts[] = {&effect->name,     &effect->table, &effect->column,
                                &effect->new_name, &effect->type,  &effect->detail};
        for (size_t k = 0; k < COUNT_OF(texts); k++) {
            *texts[k] = *texts[k] == NULL ? "" : *texts[k];
        }
    }
}

static void
run_side(struct reverse *reverse, struct reverse_side *side, const struct effects *effects,
         reverse_visit *visit, void *context)
{
    copy_effects(effects, reverse->arena, &side->effects);
    side->on_new_table = arena_new_array(reverse->arena, bool, effects->n + 1);
    for (size_t i = 0; i < effects->n; i++) {
        const struct effect *effect = &side->effects.items[i];
        side->on_new_table[i] = model_is_new_table(reverse->model, effect_table(effect));
        side->has_unknown = side->has_unknown || effect->kind == EFFECT_UNKNOWN;
        side->changes = side->changes || effect_is_change(effect);
        if (visit != NULL) {
            visit(context, effect);
        }
        model_apply(reverse->model, effect);
    }
}

void
reverse_up(struct reverse *reverse, const struct effects *effects, reverse_visit *visit, void *context)
{
    model_begin(reverse->model);
    run_side(reverse, &reverse->up, effects, visit, context);
    model_diff(reverse->model, MODEL_BEFORE, reverse->arena, &reverse->up.made);
}

void
reverse_down(struct reverse *reverse, const struct effects *effects, reverse_visit *visit, void *context)
{
    model_turn(reverse->model);
    run_side(reverse, &reverse->down, effects, visit, context);
    model_diff(reverse->model, MODEL_AFTER_UP, reverse->arena, &reverse->down.made);
    model_diff(reverse->model, MODEL_BEFORE, reverse->arena, &reverse->left);
}

/* -- the class --------------------------------------------------------------------------------------------
 */

struct verdict {
    const struct reverse *reverse;
    enum reversal_class class;
    const char *why;
    bool is_guess;
    struct map emptied; /* tables whose rows the down takes out or changes */
};

static void
judge(struct verdict *verdict, enum reversal_class class, bool is_guess, const char *why)
{
    if (class > verdict->class || (class == verdict->class && verdict->is_guess && !is_guess)) {
        verdict->class = class;
        verdict->why = why;
        verdict->is_guess = is_guess;
    }
}

static const char *
change_name(const struct verdict *verdict, const struct model_change *change)
{
    return arena_printf(verdict->reverse->arena, "%s %s%s%s", object_kind_name(change->object), change->table,
                        *change->table == '\0' ? "" : ".", change->name);
}

static bool
holds_data(enum object_kind object)
{
    return object == OBJECT_TABLE || object == OBJECT_COLUMN || object == OBJECT_SEQUENCE;
}

/* What the up took away or squeezed. */
static void
judge_made(struct verdict *verdict, const struct model_change *change)
{
    struct arena *arena = verdict->reverse->arena;
    if (change->from == NULL || !holds_data(change->object)) {
        return;
    }
    if (change->object == OBJECT_TABLE && change->to != NULL && *change->renamed_to == '\0') {
        if (!change->to->own->is_filled && change->to->own->is_whole) {
            judge(verdict, CLASS_SNAPSHOT, false,
                  arena_printf(arena, "makes %s anew without its rows", change_name(verdict, change)));
        }
    } else if (change->to == NULL && *change->renamed_to == '\0') {
        judge(verdict, CLASS_SNAPSHOT, change->from->is_doubtful,
              arena_printf(arena, "drops %s", change_name(verdict, change)));
    } else if (change->to != NULL && change->object == OBJECT_COLUMN) {
        enum type_change type =
            model_type_change(verdict->reverse->model, change->from->type, change->to->type);
        if (type == TYPE_NARROWER || type == TYPE_OTHER) {
            judge(verdict, CLASS_SNAPSHOT, false,
                  arena_printf(arena, "changes the type of %s", change_name(verdict, change)));
        }
    }
}

/* A down that makes an old table anew and does not copy the rows. */
static void
judge_down_made(struct verdict *verdict, const struct model_change *change)
{
    if (change->object == OBJECT_TABLE && change->from != NULL && change->to != NULL &&
        change->to->own->is_whole && !change->to->own->is_filled &&
        model_table_at(verdict->reverse->model, change->name, MODEL_BEFORE) != NULL) {
        judge(verdict, CLASS_LOSSY, false,
              arena_printf(verdict->reverse->arena, "the down makes %s anew without its rows",
                           change_name(verdict, change)));
    }
}

/* What is not there again, so that saved data has no place to go. */
static void
judge_left(struct verdict *verdict, const struct model_change *change)
{
    struct arena *arena = verdict->reverse->arena;
    bool is_gone = change->from != NULL && change->to == NULL && *change->renamed_to == '\0';
    if (is_gone && holds_data(change->object)) {
        judge(verdict, CLASS_LOSSY, change->from->is_doubtful,
              change->piece_up == MODEL_NO_PIECE
                  ? arena_printf(arena, "the down drops %s, which the up did not make",
                                 change_name(verdict, change))
                  : arena_printf(arena, "drops %s and the down does not bring it back",
                                 change_name(verdict, change)));
    }
    if (change->from == NULL || change->to == NULL) {
        return;
    }
    if (change->object == OBJECT_TYPE && change->from->id == change->to->id &&
        (change->to->flags & EFFECT_ADD_VALUE)) {
        judge(verdict, CLASS_IRREVERSIBLE, false,
              arena_printf(arena, "adds a label to type %s that cannot be taken out", change->name));
    }
    enum type_change type = model_type_change(verdict->reverse->model, change->from->type, change->to->type);
    if (change->object == OBJECT_COLUMN && (type == TYPE_NARROWER || type == TYPE_OTHER)) {
        judge(verdict, CLASS_LOSSY, false,
              arena_printf(arena, "%s comes back as %s, not %s", change_name(verdict, change),
                           change->to->type, change->from->type));
    }
}

static bool
is_emptied(const struct verdict *verdict, const char *table)
{
    const struct model *model = verdict->reverse->model;
    return model_names_have(model, &verdict->emptied, table) ||
           (model_table_at(model, table, MODEL_AFTER_UP) != NULL &&
            model_table_at(model, table, MODEL_NOW) == NULL);
}

static void
judge_rows(struct verdict *verdict, const struct effect *effect, bool on_new_table)
{
    const struct model *model = verdict->reverse->model;
    struct arena *arena = verdict->reverse->arena;
    if (effect->kind == EFFECT_UNKNOWN) {
        judge(verdict, CLASS_SNAPSHOT, true, "holds a statement whose effect cannot be told");
        return;
    }
    if (!effect_is_data(effect) || on_new_table || (effect->flags & EFFECT_TEMPORARY)) {
        return;
    }
    bool is_insert = effect->kind == EFFECT_INSERT;
    if (is_insert && !(effect->flags & EFFECT_REPLACE_ROWS) && is_emptied(verdict, effect->table)) {
        return;
    }
    /* Filling a column that the same script added: it goes with the column. */
    if (effect->kind == EFFECT_UPDATE && *effect->column != '\0' &&
        model_column_at(model, effect->table, effect->column, MODEL_AFTER_UP) != NULL &&
        model_column_at(model, effect->table, effect->column, MODEL_BEFORE) == NULL) {
        return;
    }
    const char *what = is_insert                       ? "inserts rows into"
                       : effect->kind == EFFECT_UPDATE ? "changes rows of"
                       : effect->kind == EFFECT_DELETE ? "deletes rows of"
                                                       : "empties";
    judge(verdict, CLASS_SNAPSHOT, false, arena_printf(arena, "%s %s", what, effect->table));
}

/* The down removes rows that the up had not brought. */
static void
judge_down_rows(struct verdict *verdict, const struct map *filled, const struct effect *effect,
                bool on_new_table)
{
    const struct model *model = verdict->reverse->model;
    bool is_all = effect->kind == EFFECT_TRUNCATE ||
                  (effect->kind == EFFECT_DELETE && (effect->flags & EFFECT_NO_WHERE));
    if (is_all && !on_new_table && !model_names_have(model, filled, effect->table) &&
        model_table_at(model, effect->table, MODEL_BEFORE) != NULL) {
        judge(verdict, CLASS_LOSSY, false,
              arena_printf(verdict->reverse->arena, "the down empties %s", effect->table));
    }
}

static void
judge_all(struct verdict *verdict)
{
    const struct reverse *reverse = verdict->reverse;
    const struct reverse_side *up = &reverse->up;
    const struct reverse_side *down = &reverse->down;
    struct map filled;
    map_init(&filled, reverse->arena);
    map_init(&verdict->emptied, reverse->arena);
    for (size_t i = 0; i < down->effects.n; i++) {
        const struct effect *effect = &down->effects.items[i];
        if (effect->kind == EFFECT_DELETE || effect->kind == EFFECT_TRUNCATE) {
            model_names_add(reverse->model, &verdict->emptied, effect->table);
        }
    }
    for (size_t i = 0; i < up->effects.n; i++) {
        judge_rows(verdict, &up->effects.items[i], up->on_new_table[i]);
        if (effect_is_data(&up->effects.items[i])) {
            model_names_add(reverse->model, &filled, up->effects.items[i].table);
        }
    }
    for (size_t i = 0; i < down->effects.n; i++) {
        judge_down_rows(verdict, &filled, &down->effects.items[i], down->on_new_table[i]);
    }
    for (size_t i = 0; i < up->made.n; i++) {
        judge_made(verdict, &up->made.items[i]);
    }
    for (size_t i = 0; i < down->made.n; i++) {
        judge_down_made(verdict, &down->made.items[i]);
    }
    for (size_t i = 0; i < reverse->left.n && !down->has_unknown; i++) {
        judge_left(verdict, &reverse->left.items[i]);
    }
}

enum reversal_class
reverse_class(const struct reverse *reverse, const char **why, bool *is_guess)
{
    struct verdict verdict = {.reverse = reverse, .class = CLASS_REVERSIBLE, .why = ""};
    if (reverse->up.changes && !reverse->has_down) {
        verdict.class = CLASS_IRREVERSIBLE;
        verdict.why = "has no down script that does anything";
    } else if (reverse->up.changes) {
        judge_all(&verdict);
    }
    *why = verdict.why;
    *is_guess = verdict.is_guess;
    return verdict.class;
}

enum reversal_class
reversal_class_derive(const struct effects *up, const struct effects *down, bool has_down,
                      struct arena *arena, const char **why)
{
    /* Without the history before, names are all there is; how an engine spells them matters little then. */
    static const struct driver any = {.name = "any", .caps = CAP_TRANSACTIONAL_DDL | CAP_SCHEMAS};
    struct model model;
    struct reverse reverse = {.model = &model, .arena = arena};
    bool is_guess;
    model_init(&model, &any, arena);
    model.is_closed = false;
    reverse_up(&reverse, up, NULL, NULL);
    if (has_down) {
        reverse_down(&reverse, down, NULL, NULL);
    }
    reverse.has_down = has_down && reverse.down.changes;
    return reverse_class(&reverse, why, &is_guess);
}
