/* Rules over an up and its down together: what the round trip leaves different, and what the down does to
 * rows written since. */
#include "script/lint_core.h"

#include "base/vec.h"

#include <string.h>

/* -- where to say it --------------------------------------------------------------------------------------
 */

/* At the down's statement when one touched the thing, else where the up did. */
static struct lint_script *
place_of(struct lint *lint, const struct model_change *change, size_t *piece)
{
    bool is_down = change->piece_down != MODEL_NO_PIECE && lint->down.is_there;
    *piece = is_down ? change->piece_down : change->piece_up;
    return is_down ? &lint->down : &lint->up;
}

static const char *
quoted(struct lint *lint, const struct model_change *change)
{
    return lint_quote(lint, change->table, change->name);
}

static void
say_change(struct lint *lint, const struct model_change *change, enum lint_id rule, const char *message)
{
    size_t piece;
    struct lint_script *script = place_of(lint, change, &piece);
    lint_say(lint, script, piece, rule, "%s %s %s", object_kind_name(change->object), quoted(lint, change),
             message);
}

/* -- what is missing --------------------------------------------------------------------------------------
 */

/* With its column gone, a key has no place to come back to; the column's own finding says it all. */
static bool
stands_on_gone_columns(const struct lint *lint, const struct model_change *change)
{
    const char *at = change->from->columns;
    while (*at != '\0') {
        size_t len = strcspn(at, ",");
        const char *column = arena_strndup(lint->model.arena, at, len);
        const struct model_thing *table = model_table_at(&lint->model, change->table, MODEL_NOW);
        if (table != NULL && table->own->is_whole && !str_eq(column, "()") &&
            model_column_at(&lint->model, change->table, column, MODEL_NOW) == NULL) {
            return true;
        }
        if (model_column_at(&lint->model, change->table, column, MODEL_BEFORE) != NULL &&
            model_column_at(&lint->model, change->table, column, MODEL_NOW) == NULL) {
            return true;
        }
        at += len;
        at += strspn(at, ", ");
    }
    return false;
}

static enum lint_id
rule_of_lost_key(const struct model_thing *key)
{
    return key->flags & EFFECT_PRIMARY         ? RULE_DOWN_LOSES_PRIMARY_KEY
           : key->flags & EFFECT_UNIQUE        ? RULE_DOWN_LOSES_UNIQUE
           : key->object == OBJECT_FOREIGN_KEY ? RULE_DOWN_LOSES_FOREIGN_KEY
           : key->flags & EFFECT_CHECK         ? RULE_DOWN_LOSES_CHECK
           : key->object == OBJECT_INDEX       ? RULE_DOWN_LOSES_INDEX
                                               : RULE_DOWN_MISSES_RESTORE;
}

static void
check_gone(struct lint *lint, const struct model_change *change)
{
    if (change->from->is_doubtful) {
        return;
    }
    bool is_key = change->object == OBJECT_CONSTRAINT || change->object == OBJECT_FOREIGN_KEY ||
                  change->object == OBJECT_INDEX;
    if (*change->renamed_to != '\0') {
        size_t piece;
        struct lint_script *script = place_of(lint, change, &piece);
        lint_say(lint, script, piece, RULE_DOWN_MISSES_RENAME, "%s %s is called '%s' after up and down",
                 object_kind_name(change->object), quoted(lint, change), change->renamed_to);
    } else if (change->piece_up == MODEL_NO_PIECE) {
        say_change(lint, change, RULE_DOWN_DROPS_OTHER, "was there before the up; the down drops it");
    } else if (is_key) {
        if (!stands_on_gone_columns(lint, change)) {
            say_change(lint, change, rule_of_lost_key(change->from), "is not there again after the down");
        }
    } else {
        say_change(lint, change, RULE_DOWN_MISSES_RESTORE,
                   "is dropped by the up and not made again by the down");
    }
}

static void
check_new(struct lint *lint, const struct model_change *change)
{
    if (change->piece_up == MODEL_NO_PIECE) {
        say_change(lint, change, RULE_DOWN_ADDS_OBJECT, "was not there before the up; the down makes it");
    } else {
        say_change(lint, change, RULE_DOWN_MISSES_OBJECT, "is made by the up and still there after the down");
    }
}

/* -- what is different ------------------------------------------------------------------------------------
 */

static void
say_two(struct lint *lint, const struct model_change *change, enum lint_id rule, const char *what,
        const char *before, const char *after)
{
    size_t piece;
    struct lint_script *script = place_of(lint, change, &piece);
    lint_say(lint, script, piece, rule, "%s %s %s %s before the up and %s after the down",
             object_kind_name(change->object), quoted(lint, change), what, before, after);
}

static void
check_column(struct lint *lint, const struct model_change *change)
{
    const struct model_thing *from = change->from;
    const struct model_thing *to = change->to;
    if (!type_name_same(from->type, to->type)) {
        say_two(lint, change, RULE_DOWN_CHANGES_TYPE, "is", from->type, to->type);
    }
    unsigned lost = from->flags & ~to->flags;
    unsigned kept = to->flags & ~from->flags;
    if (lost & EFFECT_NOT_NULL) {
        say_change(lint, change, RULE_DOWN_LOSES_NOT_NULL,
                   "was NOT NULL before the up and is not after the down");
    } else if (kept & EFFECT_NOT_NULL) {
        say_change(lint, change, RULE_DOWN_KEEPS_NOT_NULL,
                   "is NOT NULL after the down and was not before the up");
    }
    if (lost & EFFECT_HAS_DEFAULT) {
        say_change(lint, change, RULE_DOWN_LOSES_DEFAULT,
                   "had a default before the up and has none after the down");
    } else if (kept & EFFECT_HAS_DEFAULT) {
        say_change(lint, change, RULE_DOWN_KEEPS_DEFAULT,
                   "has a default after the down and had none before the up");
    } else if ((from->flags & EFFECT_HAS_DEFAULT) && *from->detail != '\0' && *to->detail != '\0' &&
               !model_text_same(from->detail, to->detail)) {
        say_two(lint, change, RULE_DOWN_CHANGES_DEFAULT, "has the default", from->detail, to->detail);
    }
    if ((lost | kept) & (EFFECT_STORED_GENERATED | EFFECT_AUTO_INCREMENT)) {
        say_change(lint, change, RULE_DOWN_CHANGES_DEFINITION,
                   "makes its values in another way after up and down");
    }
}

static void
check_changed(struct lint *lint, const struct model_change *change)
{
    const struct model_thing *from = change->from;
    const struct model_thing *to = change->to;
    if (change->object == OBJECT_TABLE) {
        return; /* made anew; its members follow */
    }
    if (change->object == OBJECT_COLUMN) {
        check_column(lint, change);
    } else if (change->object == OBJECT_TYPE && from->id == to->id && (to->flags & EFFECT_ADD_VALUE)) {
        say_change(lint, change, RULE_DOWN_KEEPS_LABEL, "keeps the label that the up added");
    } else if (change->object == OBJECT_FOREIGN_KEY && *from->detail != '\0' && *to->detail != '\0') {
        say_two(lint, change, RULE_DOWN_CHANGES_DEFINITION, "is", from->detail, to->detail);
    } else {
        say_change(lint, change, RULE_DOWN_CHANGES_DEFINITION, "is another one after up and down");
    }
}

static void
check_left(struct lint *lint)
{
    const struct reverse *reverse = &lint->reverse;
    bool is_sure = !reverse->up.has_unknown && !reverse->down.has_unknown;
    for (size_t i = 0; i < reverse->left.n; i++) {
        const struct model_change *change = &reverse->left.items[i];
        if (change->from != NULL && change->to != NULL) {
            /* An unknown statement may have put right what no statement of the down touched. */
            if (is_sure || change->piece_down != MODEL_NO_PIECE) {
                check_changed(lint, change);
            }
        } else if (is_sure && change->from != NULL) {
            check_gone(lint, change);
        } else if (is_sure) {
            check_new(lint, change);
        }
    }
}

/* -- what was written since -------------------------------------------------------------------------------
 */

static void
check_written_since(struct lint *lint)
{
    const struct model_changes *made = &lint->reverse.down.made;
    const struct model *model = &lint->model;
    for (size_t i = 0; i < made->n; i++) {
        const struct model_change *change = &made->items[i];
        bool is_holder = change->object == OBJECT_COLUMN || change->object == OBJECT_TABLE;
        if (is_holder && change->from != NULL && change->to == NULL && *change->renamed_to == '\0' &&
            change->piece_up != MODEL_NO_PIECE) {
            say_change(lint, change, RULE_DOWN_DROPS_DATA, "goes with what was written to it since the up");
        }
        if (change->object == OBJECT_TABLE && change->from != NULL && change->to != NULL &&
            change->to->own->is_whole && !change->to->own->is_filled &&
            model_table_at(model, change->name, MODEL_BEFORE) != NULL) {
            bool has_old_rows = change->piece_up == MODEL_NO_PIECE || change->from->own->is_filled;
            say_change(lint, change, has_old_rows ? RULE_DOWN_DROPS_OTHER : RULE_DOWN_DROPS_DATA,
                       "is made anew by the down without its rows");
        }
        if (change->object != OBJECT_COLUMN || change->from == NULL || change->to == NULL) {
            continue;
        }
        const struct model_thing *before = model_column_at(model, change->table, change->name, MODEL_BEFORE);
        if (before != NULL && !(change->from->flags & EFFECT_NOT_NULL) &&
            (change->to->flags & EFFECT_NOT_NULL)) {
            say_change(lint, change, RULE_DOWN_SETS_NOT_NULL,
                       "is NOT NULL again: NULLs written since stop the down");
        }
        if (model_type_change(model, change->from->type, change->to->type) == TYPE_NARROWER) {
            size_t piece;
            struct lint_script *script = place_of(lint, change, &piece);
            lint_say(lint, script, piece, RULE_DOWN_NARROWS_TYPE,
                     "%s is %s again, which holds less than %s: values written since may not fit",
                     quoted(lint, change), change->to->type, change->from->type);
        }
    }
}

/* -- rows -------------------------------------------------------------------------------------------------
 */

static bool
is_taken_back(const struct lint *lint, const struct map *worked_on, const struct effect *effect)
{
    const struct model *model = &lint->model;
    if (model_names_have(model, worked_on, effect->table) ||
        model_table_at(model, effect->table, MODEL_NOW) == NULL ||
        model_table_at(model, effect->table, MODEL_BEFORE) == NULL) {
        return true;
    }
    return effect->kind == EFFECT_UPDATE && *effect->column != '\0' &&
           model_column_at(model, effect->table, effect->column, MODEL_BEFORE) == NULL &&
           model_column_at(model, effect->table, effect->column, MODEL_AFTER_UP) != NULL;
}

static void
check_rows(struct lint *lint)
{
    const struct reverse_side *up = &lint->reverse.up;
    const struct reverse_side *down = &lint->reverse.down;
    struct map worked_on; /* tables whose rows the down changes, or that a finding named already */
    map_init(&worked_on, &lint->scratch);
    for (size_t i = 0; i < down->effects.n; i++) {
        if (effect_is_data(&down->effects.items[i])) {
            model_names_add(&lint->model, &worked_on, down->effects.items[i].table);
        }
    }
    for (size_t i = 0; i < up->effects.n && !down->has_unknown; i++) {
        const struct effect *effect = &up->effects.items[i];
        if (!effect_is_data(effect) || up->on_new_table[i] || (effect->flags & EFFECT_TEMPORARY) ||
            is_taken_back(lint, &worked_on, effect)) {
            continue;
        }
        model_names_add(&lint->model, &worked_on, effect->table);
        lint_say(lint, &lint->up, effect->piece, RULE_DOWN_MISSES_DATA,
                 "changes rows of '%s'; the down does nothing about them", effect->table);
    }
}

/* -- other tables, other names ----------------------------------------------------------------------------
 */

static const char *
touched_table(const struct lint *lint, const struct effect *effect)
{
    const char *table = effect_table(effect);
    const struct model_slot *slot = *table == '\0' ? model_slot_of(&lint->model, effect) : NULL;
    return slot == NULL ? table : model_slot_table(slot);
}

static void
note_touched(struct lint *lint, struct map *touched, const struct effect *effect)
{
    model_names_add(&lint->model, touched, touched_table(lint, effect));
    if (effect->object == OBJECT_TABLE && *effect->new_name != '\0') {
        model_names_add(&lint->model, touched, effect->new_name);
    }
    if (effect->object == OBJECT_FOREIGN_KEY) {
        model_names_add(&lint->model, touched, model_key_parent(&lint->model, effect->detail));
    }
}

/* Dropping what the up did not make has a rule of its own. */
static bool
is_other_work(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_ADD_COLUMN:
    case EFFECT_COLUMN_TYPE:
    case EFFECT_SET_NOT_NULL:
    case EFFECT_DROP_NOT_NULL:
    case EFFECT_SET_DEFAULT:
    case EFFECT_DROP_DEFAULT:
    case EFFECT_INSERT:
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
    case EFFECT_TRUNCATE:
        return true;
    case EFFECT_CREATE:
    case EFFECT_DROP:
    case EFFECT_RENAME:
    case EFFECT_ALTER:
    case EFFECT_DROP_COLUMN:
    case EFFECT_LOCK:
    case EFFECT_SESSION:
    case EFFECT_TRANSACTION:
    case EFFECT_READ:
    case EFFECT_UNKNOWN:
        break;
    }
    return false;
}

static void
check_other_tables(struct lint *lint)
{
    const struct reverse_side *up = &lint->reverse.up;
    const struct reverse_side *down = &lint->reverse.down;
    struct map touched;
    map_init(&touched, &lint->scratch);
    for (size_t i = 0; i < up->effects.n; i++) {
        note_touched(lint, &touched, &up->effects.items[i]);
    }
    for (size_t i = 0; i < down->effects.n && !up->has_unknown; i++) {
        const struct effect *effect = &down->effects.items[i];
        if (effect->kind == EFFECT_RENAME) {
            note_touched(lint, &touched, effect);
        }
        if (is_other_work(effect) && *effect->table != '\0' && !down->on_new_table[i] &&
            !(effect->flags & (EFFECT_INLINE | EFFECT_TEMPORARY)) && !model_is_system(effect->table) &&
            !model_names_have(&lint->model, &touched, effect->table)) {
            model_names_add(&lint->model, &touched, effect->table);
            lint_say(lint, &lint->down, effect->piece, RULE_DOWN_TOUCHES_OTHER,
                     "works on '%s', which the up does not touch", effect->table);
        }
    }
}

static void
check_concurrent(struct lint *lint)
{
    const struct reverse_side *up = &lint->reverse.up;
    const struct reverse_side *down = &lint->reverse.down;
    struct map built;
    map_init(&built, &lint->scratch);
    for (size_t i = 0; i < up->effects.n; i++) {
        const struct effect *effect = &up->effects.items[i];
        if (effect->object == OBJECT_INDEX && (effect->flags & EFFECT_CONCURRENTLY)) {
            model_names_add(&lint->model, &built, effect->name);
        }
    }
    for (size_t i = 0; i < down->effects.n; i++) {
        const struct effect *effect = &down->effects.items[i];
        if (effect->object == OBJECT_INDEX && !(effect->flags & EFFECT_CONCURRENTLY) &&
            (effect->kind == EFFECT_DROP || effect->kind == EFFECT_CREATE) &&
            model_names_have(&lint->model, &built, effect->name)) {
            lint_say(lint, &lint->down, effect->piece, RULE_DOWN_NOT_CONCURRENT,
                     "the up works CONCURRENTLY on index '%s', the down blocks", effect->name);
        }
    }
}

/* -- all --------------------------------------------------------------------------------------------------
 */

static size_t
first_change(const struct reverse_side *side)
{
    for (size_t i = 0; i < side->effects.n; i++) {
        if (effect_is_change(&side->effects.items[i])) {
            return side->effects.items[i].piece;
        }
    }
    return LINT_NO_PIECE;
}

/* Said by the author: there is no way back by script. */
static bool
is_admitted(const struct migration *migration)
{
    return migration->directives.class == CLASS_IRREVERSIBLE ||
           (migration->directives.class == CLASS_COMPENSATING &&
            migration->parts[PART_COMPENSATE].is_present);
}

void
lint_pair(struct lint *lint)
{
    const struct migration *migration = lint->up.migration;
    if (!lint->reverse.has_down) {
        if (!lint->reverse.up.changes || is_admitted(migration) || migration->is_repeatable ||
            migration->is_baseline) {
            return;
        }
        if (!lint->down.is_there) {
            lint_say(lint, &lint->up, first_change(&lint->reverse.up), RULE_MISSING_DOWN,
                     "there is no down script: '%s' cannot be rolled back", migration->id);
        } else {
            lint_say(lint, &lint->down, LINT_NO_PIECE, RULE_EMPTY_DOWN,
                     "does nothing, and the up changes something: a rollback is refused");
        }
        return;
    }
    check_left(lint);
    check_written_since(lint);
    check_rows(lint);
    check_other_tables(lint);
    check_concurrent(lint);
}
