#include "script/model_core.h"

#include "base/vec.h"
#include "driver/sqltok.h"

#include <string.h>

void
model_init(struct model *model, const struct driver *driver, struct arena *arena)
{
    *model = (struct model){.arena = arena,
                            .lex = driver->lex,
                            .has_schemas = (driver->caps & CAP_SCHEMAS) != 0,
                            .names_by_column = (driver->caps & CAP_TRANSACTIONAL_DDL) == 0,
                            .holds_anything = (driver->caps & CAP_FEW_ALTERS) != 0,
                            .is_closed = true};
    for (size_t i = 0; i < OBJECT_KIND_COUNT; i++) {
        map_init(&model->objects[i], arena);
    }
    for (size_t i = 0; i < GROUP_COUNT; i++) {
        map_init(&model->homes[i], arena);
    }
    map_init(&model->references, arena);
}

/* -- rounds -----------------------------------------------------------------------------------------------
 */

void
model_begin(struct model *model)
{
    model->round++;
    model->touched.n = 0;
    model->in_down = false;
    model->inline_piece = MODEL_NO_PIECE;
}

void
model_turn(struct model *model)
{
    model->in_down = true;
    model->inline_piece = MODEL_NO_PIECE;
}

/* A table's home follows its slot: whatever stands there now lives there. */
static void
settle_home(struct model_slot *slot)
{
    if (slot->now != NULL && slot->now->own != NULL) {
        slot->now->own->home = slot;
    }
}

void
model_settle(struct model *model)
{
    for (size_t i = 0; i < model->touched.n; i++) {
        struct model_slot *slot = model->touched.items[i];
        if (slot->in_down) {
            if (slot->now != NULL && slot->now->own != NULL) {
                slot->now->own->home = NULL;
            }
            slot->now = slot->after_up;
        }
    }
    for (size_t i = 0; i < model->touched.n; i++) {
        settle_home(model->touched.items[i]);
    }
    model->round++;
    model->touched.n = 0;
    model->in_down = false;
}

void
model_set(struct model *model, struct model_slot *slot, const struct model_thing *thing)
{
    if (slot->round != model->round) {
        slot->round = model->round;
        slot->before = slot->now;
        slot->in_down = false;
        slot->piece_up = slot->piece_down = MODEL_NO_PIECE;
        vec_push(model->arena, &model->touched, slot);
    }
    if (model->in_down && !slot->in_down) {
        slot->in_down = true;
        slot->after_up = slot->now;
    }
    if (slot->now != NULL && slot->now->own != NULL && slot->now->own->home == slot) {
        slot->now->own->home = NULL;
    }
    *(model->in_down ? &slot->piece_down : &slot->piece_up) = model->piece;
    slot->now = thing;
    slot->was_there = slot->was_there || thing != NULL;
    settle_home(slot);
}

const struct model_thing *
model_at(const struct model *model, const struct model_slot *slot, enum model_when when)
{
    if (slot == NULL) {
        return NULL;
    }
    bool is_touched = slot->round == model->round;
    switch (when) {
    case MODEL_BEFORE:
        return is_touched ? slot->before : slot->now;
    case MODEL_AFTER_UP:
        return is_touched && slot->in_down ? slot->after_up : slot->now;
    case MODEL_NOW:
        break;
    }
    return slot->now;
}

/* -- slots ------------------------------------------------------------------------------------------------
 */

enum model_group
model_group_of(enum object_kind object)
{
    static const enum model_group groups[OBJECT_KIND_COUNT] = {[OBJECT_SCHEMA] = GROUP_COUNT,
                                                               [OBJECT_EXTENSION] = GROUP_COUNT,
                                                               [OBJECT_TYPE] = GROUP_COUNT,
                                                               [OBJECT_SEQUENCE] = GROUP_COUNT,
                                                               [OBJECT_TABLE] = GROUP_COUNT,
                                                               [OBJECT_COLUMN] = GROUP_COLUMN,
                                                               [OBJECT_CONSTRAINT] = GROUP_CONSTRAINT,
                                                               [OBJECT_FOREIGN_KEY] = GROUP_FOREIGN_KEY,
                                                               [OBJECT_INDEX] = GROUP_INDEX,
                                                               [OBJECT_VIEW] = GROUP_COUNT,
                                                               [OBJECT_FUNCTION] = GROUP_COUNT,
                                                               [OBJECT_PROCEDURE] = GROUP_COUNT,
                                                               [OBJECT_TRIGGER] = GROUP_TRIGGER,
                                                               [OBJECT_RULE] = GROUP_RULE,
                                                               [OBJECT_POLICY] = GROUP_POLICY,
                                                               [OBJECT_EVENT] = GROUP_COUNT,
                                                               [OBJECT_GRANT] = GROUP_COUNT,
                                                               [OBJECT_COMMENT] = GROUP_COUNT,
                                                               [OBJECT_OTHER] = GROUP_COUNT};
    return groups[object];
}

static struct model_slot *
slot_in(struct model *model, struct map *map, enum object_kind object, struct model_table *table,
        const char *name)
{
    const char *key = model_name(model, name);
    struct model_slot *slot = map_get(map, span_of(key));
    if (slot == NULL) {
        slot = arena_new(model->arena, struct model_slot);
        *slot = (struct model_slot){.object = object,
                                    .table = table,
                                    .name = arena_strdup(model->arena, name),
                                    .piece_up = MODEL_NO_PIECE,
                                    .piece_down = MODEL_NO_PIECE};
        map_put(map, span_of(key), slot);
        if (table != NULL) {
            vec_push(model->arena, &table->slots, slot);
        }
    }
    return slot;
}

struct model_slot *
model_member_slot(struct model *model, struct model_table *table, enum object_kind object, const char *name)
{
    struct model_slot *slot = slot_in(model, &table->members[model_group_of(object)], object, table, name);
    slot->object = object;
    return slot;
}

struct model_slot *
model_object_slot(struct model *model, enum object_kind object, const char *name)
{
    return slot_in(model, &model->objects[object], object, NULL, name);
}

struct model_thing *
model_copy(struct model *model, const struct model_thing *from, enum object_kind object)
{
    struct model_thing *thing = arena_new(model->arena, struct model_thing);
    if (from != NULL) {
        *thing = *from;
    } else {
        *thing = (struct model_thing){.id = ++model->next_id,
                                      .object = object,
                                      .type = "",
                                      .detail = "",
                                      .columns = "",
                                      .parent = "",
                                      .is_known = true};
    }
    return thing;
}

void
model_assume(struct model *model, struct model_slot *slot, bool is_doubtful)
{
    if (slot->now != NULL || slot->was_there) {
        return;
    }
    struct model_thing *thing = model_copy(model, NULL, slot->object);
    thing->is_known = false;
    thing->is_doubtful = is_doubtful;
    if (slot->object == OBJECT_TABLE) {
        thing->own = arena_new(model->arena, struct model_table);
        for (size_t i = 0; i < GROUP_COUNT; i++) {
            map_init(&thing->own->members[i], model->arena);
        }
        model->is_closed = model->is_closed && model->in_down;
    }
    slot->now = thing;
    slot->was_there = true;
    settle_home(slot);
}

struct model_table *
model_need_table(struct model *model, const char *name)
{
    struct model_slot *slot = model_object_slot(model, OBJECT_TABLE, name);
    model_assume(model, slot, false);
    return slot->now == NULL ? NULL : slot->now->own;
}

static void
fold(char *text)
{
    for (; *text != '\0'; text++) {
        *text = *text >= 'A' && *text <= 'Z' ? (char)(*text + ('a' - 'A')) : *text;
    }
}

/* -- questions --------------------------------------------------------------------------------------------
 */

const char *
model_name(const struct model *model, const char *name)
{
    if (model->has_schemas) {
        return str_starts(name, "public.") ? name + sizeof("public.") - 1 : name;
    }
    /* The other engines compare names without case. */
    for (const char *at = name; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z') {
            char *folded = arena_strdup(model->arena, name);
            fold(folded);
            return folded;
        }
    }
    return name;
}

void
model_names_add(const struct model *model, struct map *names, const char *name)
{
    static char present;
    map_put(names, span_of(model_name(model, name)), &present);
}

bool
model_names_have(const struct model *model, const struct map *names, const char *name)
{
    return map_get(names, span_of(model_name(model, name))) != NULL;
}

static struct model_slot *
object_slot(const struct model *model, enum object_kind object, const char *name)
{
    return map_get(&model->objects[object], span_of(model_name(model, name)));
}

const struct model_thing *
model_table_at(const struct model *model, const char *name, enum model_when when)
{
    return model_at(model, object_slot(model, OBJECT_TABLE, name), when);
}

const struct model_thing *
model_column_at(const struct model *model, const char *table, const char *column, enum model_when when)
{
    const struct model_thing *thing = model_table_at(model, table, when);
    return thing == NULL
               ? NULL
               : model_at(model,
                          map_get(&thing->own->members[GROUP_COLUMN], span_of(model_name(model, column))),
                          when);
}

struct model_slot *
model_member(const struct model *model, const struct model_table *table, enum object_kind object,
             const char *name)
{
    /* PostgreSQL drops foreign keys as constraints, MySQL unique constraints as indexes, too. */
    static const enum model_group ways[][3] = {
        [GROUP_COLUMN] = {GROUP_COLUMN, GROUP_COUNT},
        [GROUP_CONSTRAINT] = {GROUP_CONSTRAINT, GROUP_FOREIGN_KEY, GROUP_INDEX},
        [GROUP_FOREIGN_KEY] = {GROUP_FOREIGN_KEY, GROUP_CONSTRAINT, GROUP_COUNT},
        [GROUP_INDEX] = {GROUP_INDEX, GROUP_CONSTRAINT, GROUP_COUNT},
        [GROUP_TRIGGER] = {GROUP_TRIGGER, GROUP_COUNT},
        [GROUP_POLICY] = {GROUP_POLICY, GROUP_COUNT},
        [GROUP_RULE] = {GROUP_RULE, GROUP_COUNT}};
    enum model_group group = model_group_of(object);
    if (group == GROUP_COUNT) {
        return NULL;
    }
    if (table == NULL) {
        struct model_slot *home = map_get(&model->homes[group], span_of(model_name(model, name)));
        bool is_there = home != NULL && home->now != NULL && home->table->home != NULL;
        return is_there ? home : NULL;
    }
    for (size_t i = 0; i < COUNT_OF(ways[group]) && ways[group][i] != GROUP_COUNT; i++) {
        if (model->has_schemas && (ways[group][i] == GROUP_INDEX) != (group == GROUP_INDEX)) {
            continue;
        }
        struct model_slot *slot = map_get(&table->members[ways[group][i]], span_of(model_name(model, name)));
        if (slot != NULL && slot->now != NULL) {
            return slot;
        }
    }
    return NULL;
}

struct model_slot *
model_primary_key(const struct model_table *table)
{
    for (size_t i = 0; i < table->slots.n; i++) {
        const struct model_thing *key = table->slots.items[i]->now;
        if (key != NULL && (key->flags & EFFECT_PRIMARY)) {
            return table->slots.items[i];
        }
    }
    return NULL;
}

const struct model_slot *
model_slot_of(const struct model *model, const struct effect *effect)
{
    bool is_column = !str_is_empty(effect->column) && effect->kind != EFFECT_CREATE &&
                     effect->kind != EFFECT_DROP && effect->kind != EFFECT_RENAME;
    enum object_kind object = is_column ? OBJECT_COLUMN : effect->object;
    const char *name = is_column ? effect->column : effect->name;
    if (model_group_of(object) == GROUP_COUNT) {
        struct model_slot *slot = object_slot(model, object, name);
        return slot != NULL && slot->now != NULL ? slot : NULL;
    }
    if (str_is_empty(effect->table)) {
        return model_member(model, NULL, object, name);
    }
    const struct model_thing *table = model_table_at(model, effect->table, MODEL_NOW);
    if (table != NULL && effect->kind == EFFECT_DROP && (effect->flags & EFFECT_PRIMARY)) {
        return model_primary_key(table->own);
    }
    return table == NULL ? NULL : model_member(model, table->own, object, name);
}

bool
model_is_new_table(const struct model *model, const char *name)
{
    const struct model_thing *thing = model_table_at(model, name, MODEL_NOW);
    return thing != NULL && thing->own->born == model->round && thing->own->born_in_down == model->in_down;
}

/* Members: only a table whose columns are all known can lack one for sure; keys may have names that the
 * server made up. */
static bool
is_member_absent(const struct model *model, const struct effect *effect, enum object_kind object)
{
    const struct model_thing *table = model_table_at(model, effect->table, MODEL_NOW);
    if (table == NULL || !table->own->is_whole || model_slot_of(model, effect) != NULL) {
        return false;
    }
    /* An index of that name is no constraint, so the name is not one that was made up. */
    const struct model_slot *index = object == OBJECT_CONSTRAINT
                                         ? map_get(&table->own->members[GROUP_INDEX], span_of(effect->name))
                                         : NULL;
    return object == OBJECT_COLUMN || !table->own->has_unnamed || (index != NULL && index->now != NULL);
}

bool
model_is_system(const char *name)
{
    static const char *const prefixes[] = {
        "sqlite_", "pg_", "information_schema.", "mysql.", "performance_schema.", "sys."};
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        if (span_starts_nocase(span_of(name), prefixes[i])) {
            return true;
        }
    }
    return false;
}

/* What this very script dropped is gone, however little is known of the rest. An up may build on tables that
 * stood before the history began; a down has only what the history made. */
static bool
is_surely_gone(const struct model *model, const struct model_slot *slot)
{
    return (slot != NULL && slot->round == model->round) ||
           (model->is_closed && (slot != NULL || model->in_down));
}

static bool
is_table_absent(const struct model *model, const char *table)
{
    const struct model_slot *slot = object_slot(model, OBJECT_TABLE, table);
    const struct model_slot *view = object_slot(model, OBJECT_VIEW, table);
    bool is_there =
        (slot != NULL && slot->now != NULL) || (view != NULL && view->now != NULL) || model_is_system(table);
    return !is_there && is_surely_gone(model, slot);
}

bool
model_is_absent(const struct model *model, const struct effect *effect)
{
    bool is_new = effect->kind == EFFECT_CREATE || effect->kind == EFFECT_ADD_COLUMN;
    if (!str_is_empty(effect->table)) {
        bool is_member = model_group_of(effect->object) != GROUP_COUNT && !is_new;
        return is_table_absent(model, effect->table) ||
               (is_member && is_member_absent(model, effect, effect->object));
    }
    if (is_new || str_is_empty(effect->name)) {
        return false;
    }
    if (effect->object == OBJECT_TABLE) {
        return is_table_absent(model, effect->name);
    }
    if (effect->object != OBJECT_VIEW && effect->object != OBJECT_INDEX) {
        return false;
    }
    const struct model_slot *known =
        effect->object == OBJECT_VIEW
            ? object_slot(model, OBJECT_VIEW, effect->name)
            : map_get(&model->homes[GROUP_INDEX], span_of(model_name(model, effect->name)));
    return model_slot_of(model, effect) == NULL && is_surely_gone(model, known);
}

const struct model_slot *
model_reference_to(const struct model *model, const char *table)
{
    const struct model_slots *slots = map_get(&model->references, span_of(model_name(model, table)));
    const struct model_thing *parent = model_table_at(model, table, MODEL_NOW);
    for (size_t i = 0; slots != NULL && i < slots->n; i++) {
        const struct model_slot *slot = slots->items[i];
        if (slot->now != NULL && slot->table->home != NULL &&
            (parent == NULL || slot->table != parent->own) &&
            str_eq(slot->now->parent, model_name(model, table))) {
            return slot;
        }
    }
    return NULL;
}

const char *
model_slot_table(const struct model_slot *slot)
{
    return slot->table == NULL || slot->table->home == NULL ? "" : slot->table->home->name;
}

/* -- texts ------------------------------------------------------------------------------------------------
 */

/* The next byte that counts, lower case; NUL at the end. */
static char
next_plain(const char **at)
{
    while (**at != '\0' && strchr(" \t\r\n`\"[]", **at) != NULL) {
        *at += 1;
    }
    char c = **at;
    *at += c != '\0';
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
model_text_same(const char *a, const char *b)
{
    char c;
    a = a == NULL ? "" : a;
    b = b == NULL ? "" : b;
    do {
        c = next_plain(&a);
        if (c != next_plain(&b)) {
            return false;
        }
    } while (c != '\0');
    return true;
}

const char *
model_key_columns(const struct model *model, const char *detail)
{
    struct lexer lexer;
    const char *columns = "";
    lexer_init(&lexer, span_of(detail), model->lex);
    if (!lexer_accept_punct(&lexer, "(")) {
        return "";
    }
    do {
        bool is_quoted = lexer_peek(&lexer).kind == TOKEN_NAME;
        char *name = lexer_name(&lexer, model->arena);
        struct token after = lexer_peek(&lexer);
        bool is_call = name != NULL && token_is_punct(after, "(");
        if (is_call && !model->names_by_column) {
            name = arena_printf(model->arena, "%s()", name);
        } else if (token_is_punct(after, ".")) {
            name = NULL;
        } /* in MySQL "name(10)" is the first bytes of a column */
        if (name != NULL && !(is_quoted && model->has_schemas)) {
            fold(name);
        }
        lexer_skip_item(&lexer);
        columns = arena_printf(model->arena, "%s%s%s", columns, *columns == '\0' ? "" : ", ",
                               name == NULL ? "()" : name);
    } while (lexer_accept_punct(&lexer, ","));
    return columns;
}

const char *
model_key_parent(const struct model *model, const char *detail)
{
    struct lexer lexer;
    lexer_init(&lexer, span_of(detail), model->lex);
    for (;;) {
        struct token token = lexer_next(&lexer);
        if (token.kind == TOKEN_END || token.kind == TOKEN_UNCLOSED) {
            return "";
        }
        if (token_is_word(token, "references")) {
            char *name = lexer_qualified(&lexer, model->arena);
            return name == NULL ? "" : model_name(model, name);
        }
    }
}

const char *
model_plain_detail(const struct model *model, const char *detail)
{
    static const char *const needless[] = {"match simple",   "on update no action", "on delete no action",
                                           "not deferrable", "initially immediate", "not valid"};
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct lexer lexer;
    size_t kept = 0;
    lexer_init(&lexer, span_of(detail), model->lex);
    for (;;) {
        size_t i = 0;
        while (i < COUNT_OF(needless) && !lexer_accept_words(&lexer, needless[i])) {
            i++;
        }
        struct token token = i < COUNT_OF(needless) ? lexer_peek(&lexer) : lexer_next(&lexer);
        if (token.kind == TOKEN_END) {
            return arena_strdup(model->arena, buf_cstr(&out));
        }
        if (i == COUNT_OF(needless)) {
            bool is_blank = token.at > kept && buf_view(&out).len > 0;
            buf_str(&out, is_blank ? " " : "");
            buf_span(&out, token.text);
            kept = token.at + token.text.len;
        }
    }
}

enum type_change
model_type_change(const struct model *model, const char *from, const char *to)
{
    enum type_change change = type_name_change(from, to);
    return change == TYPE_NARROWER && model->holds_anything ? TYPE_WIDER : change;
}

bool
model_columns_have(const char *columns, const char *name)
{
    size_t len = strlen(name);
    while (*columns != '\0') {
        const char *comma = strstr(columns, ", ");
        size_t item = comma == NULL ? strlen(columns) : (size_t)(comma - columns);
        if (item == len && memcmp(columns, name, len) == 0) {
            return true;
        }
        columns += comma == NULL ? item : item + 2;
    }
    return false;
}
