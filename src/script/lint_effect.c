/* Rules over one effect: most are rows of a table. */
#include "script/lint_core.h"

#include "script/typename.h"

#include "base/vec.h"

#include <string.h>

/* What is asked beyond kind, object and flags. */
enum also {
    OLD_TABLE = 1 << 0,   /* the table was there before the script */
    NOT_REBUILT = 1 << 1, /* no other table with copied rows takes the dropped one's name in this script */
    NOT_REMADE = 1 << 2,  /* no other table takes the name in this script */
    ONE_COLUMN = 1 << 3   /* it is about just one column */
};

#define ON(kind)      (1u << OBJECT_##kind)
#define ANY_OBJECT    0u
#define KEYS          (ON(CONSTRAINT) | ON(FOREIGN_KEY))
#define WHOLE_OBJECTS (ON(TABLE) | ON(VIEW) | ON(TYPE) | ON(FUNCTION) | ON(SEQUENCE))
#define HIDEABLE      (ON(TABLE) | ON(COLUMN) | ON(INDEX) | ON(VIEW) | ON(TYPE) | ON(SEQUENCE))

/* The effect and what stands around it. */
struct sight {
    struct lint *lint;
    struct lint_script *script;
    const struct effect *effect;
};

static enum model_when
start_of(const struct lint_script *script)
{
    return script->direction == LINT_DOWN ? MODEL_AFTER_UP : MODEL_BEFORE;
}

/* The type that the column has until now; "" when not known. */
static const char *
old_type(const struct sight *sight)
{
    const struct model_thing *column =
        model_column_at(&sight->lint->model, sight->effect->table, sight->effect->column, MODEL_NOW);
    return column == NULL ? "" : column->type;
}

static bool
narrows(const struct sight *sight)
{
    return model_type_change(&sight->lint->model, old_type(sight), sight->effect->type) == TYPE_NARROWER;
}

/* PostgreSQL keeps the rows as they are when a text or a number only gets more room. */
static bool
rewrites(const struct sight *sight)
{
    struct type_name from;
    struct type_name to;
    const char *old = old_type(sight);
    if (*old == '\0' || (sight->effect->flags & EFFECT_USING)) {
        return true;
    }
    enum type_change change = type_name_change(old, sight->effect->type);
    type_name_parse(old, &from);
    type_name_parse(sight->effect->type, &to);
    bool is_free = (from.family == FAMILY_TEXT && !from.is_fixed && !to.is_fixed) ||
                   (from.family == FAMILY_DECIMAL && (from.scale == to.scale || to.scale == UINT64_MAX)) ||
                   from.family == FAMILY_TIMESTAMP;
    return change != TYPE_SAME && !(change == TYPE_WIDER && is_free);
}

/* MySQL changes in place what needs no other length byte, and labels added at the end. */
static bool
copies(const struct sight *sight)
{
    struct type_name from;
    struct type_name to;
    const char *old = old_type(sight);
    enum type_change change = type_name_change(old, sight->effect->type);
    if (*old == '\0') {
        return true;
    }
    type_name_parse(old, &from);
    type_name_parse(sight->effect->type, &to);
    bool is_label = from.family == FAMILY_OTHER;
    bool is_varchar = from.family == FAMILY_TEXT && str_eq(from.base, to.base) && !from.is_fixed &&
                      (from.capacity < 64) == (to.capacity < 64);
    return change != TYPE_SAME && !(change == TYPE_WIDER && (is_label || is_varchar));
}

static bool
is_char(const struct sight *sight)
{
    struct type_name type;
    type_name_parse(sight->effect->type, &type);
    return type.is_fixed && type.family == FAMILY_TEXT;
}

static bool
is_serial(const struct sight *sight)
{
    return strstr(sight->effect->type, "serial") != NULL;
}

static bool
is_json(const struct sight *sight)
{
    return str_eq_nocase(sight->effect->type, "json");
}

static bool
is_small_int(const char *text)
{
    struct type_name type;
    type_name_parse(text, &type);
    return type.family == FAMILY_INTEGER && type.capacity <= 32 && !type.is_array;
}

static bool
is_small_key(const struct sight *sight)
{
    return is_small_int(sight->effect->kind == EFFECT_ADD_COLUMN ? sight->effect->type : old_type(sight));
}

/* UNIQUE USING INDEX takes an index that stands. */
static bool
builds_index(const struct sight *sight)
{
    return !span_starts_nocase(span_of(sight->effect->detail), "using index");
}

static bool
has_no_check_for_null(const struct sight *sight)
{
    const struct model_thing *table = model_table_at(&sight->lint->model, sight->effect->table, MODEL_NOW);
    const char *wanted = arena_printf(&sight->lint->scratch, "(%s IS NOT NULL)", sight->effect->column);
    for (size_t i = 0; table != NULL && i < table->own->slots.n; i++) {
        const struct model_thing *key = table->own->slots.items[i]->now;
        if (key != NULL && (key->flags & EFFECT_CHECK) && model_text_same(key->detail, wanted)) {
            return false;
        }
    }
    return true;
}

/* Filling a column that this script added is no change of what stood there. */
static bool
changes_old_values(const struct sight *sight)
{
    const struct effect *effect = sight->effect;
    const struct model *model = &sight->lint->model;
    return *effect->column == '\0' ||
           model_column_at(model, effect->table, effect->column, MODEL_NOW) == NULL ||
           model_column_at(model, effect->table, effect->column, start_of(sight->script)) != NULL;
}

static bool
is_timeout_off(const struct sight *sight)
{
    static const char *const names[] = {"lock_timeout", "lock_wait_timeout", "innodb_lock_wait_timeout",
                                        "busy_timeout"};
    struct span value = span_of(sight->effect->type);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq_nocase(sight->effect->name, names[i])) {
            return span_is(value, "0") || span_is(value, "'0'") || span_is(value, "0s") ||
                   span_is_nocase(value, "default") || span_is(value, "'0s'") || span_is(value, "0ms");
        }
    }
    return false;
}

/* The table of an index that is dropped by its name alone. */
static bool
is_on_old_table(const struct sight *sight)
{
    const struct model_slot *slot = model_slot_of(&sight->lint->model, sight->effect);
    return slot == NULL || slot->table == NULL || slot->table->home == NULL ||
           !model_is_new_table(&sight->lint->model, slot->table->home->name);
}

static bool
is_referred_to(const struct sight *sight)
{
    return !sight->lint->foreign_keys_off &&
           model_names_have(&sight->lint->model, &sight->script->remade, sight->effect->name) &&
           model_reference_to(&sight->lint->model, sight->effect->name) != NULL;
}

/* The first key or index over the column that is to be dropped; checks and the column's own REFERENCES go
 * with it. */
static const struct model_slot *
key_over(const struct sight *sight)
{
    const struct model *model = &sight->lint->model;
    const struct model_thing *table = model_table_at(model, sight->effect->table, MODEL_NOW);
    const struct model_thing *column =
        model_column_at(model, sight->effect->table, sight->effect->column, MODEL_NOW);
    bool is_own = column != NULL && (column->flags & EFFECT_FOREIGN_KEY);
    for (size_t i = 0; table != NULL && i < table->own->slots.n; i++) {
        const struct model_slot *slot = table->own->slots.items[i];
        bool goes_along = slot->object == OBJECT_COLUMN ||
                          (slot->now != NULL && (slot->now->flags & EFFECT_CHECK)) ||
                          (slot->object == OBJECT_FOREIGN_KEY && is_own);
        if (slot->now != NULL && !goes_along &&
            model_columns_have(slot->now->columns, model_name(model, sight->effect->column))) {
            return slot;
        }
    }
    return NULL;
}

static bool
is_in_use(const struct sight *sight)
{
    return key_over(sight) != NULL;
}

#define GENERATED (EFFECT_HAS_DEFAULT | EFFECT_AUTO_INCREMENT | EFFECT_STORED_GENERATED | EFFECT_INLINE)

/* {t} table, {n} name, {c} column, {y} type, {o} old type, {m} new name, {k} kind of object, {u} key over the
 * column. */
static const struct effect_rule {
    enum lint_id rule;
    enum effect_kind kind;
    unsigned objects; /* ANY_OBJECT or a set */
    unsigned flags;   /* all of them */
    unsigned not_flags;
    unsigned also;
    bool (*test)(const struct sight *sight);
    const char *message;
} rows[] = {
    {RULE_DROP_TABLE, EFFECT_DROP, ON(TABLE), 0, EFFECT_TEMPORARY, OLD_TABLE | NOT_REBUILT, NULL,
     "drops table {n} with all its rows"},
    {RULE_DROP_COLUMN, EFFECT_DROP_COLUMN, ANY_OBJECT, 0, 0, OLD_TABLE, changes_old_values,
     "drops column {c} with its values"},
    {RULE_DROP_SCHEMA, EFFECT_DROP, ON(SCHEMA), 0, 0, 0, NULL, "drops schema {n}"},
    {RULE_DROP_TYPE, EFFECT_DROP, ON(TYPE), 0, 0, 0, NULL, "drops type {n}"},
    {RULE_DROP_CONSTRAINT, EFFECT_DROP, KEYS, 0, 0, OLD_TABLE, NULL,
     "drops {k} {n} of {t}: rows written since may not fit when it comes back"},
    {RULE_DROP_NOT_NULL, EFFECT_DROP_NOT_NULL, ANY_OBJECT, 0, 0, OLD_TABLE, NULL,
     "allows NULL in {c}: NULLs written since stand in the way back"},
    {RULE_DROP_CASCADE, EFFECT_DROP, WHOLE_OBJECTS, EFFECT_CASCADE, 0, 0, NULL,
     "CASCADE drops whatever depends on {n}, unseen"},
    {RULE_DROP_CASCADE, EFFECT_DROP_COLUMN, ANY_OBJECT, EFFECT_CASCADE, 0, 0, NULL,
     "CASCADE drops whatever depends on {c}, unseen"},
    {RULE_TRUNCATE, EFFECT_TRUNCATE, ANY_OBJECT, 0, EFFECT_CASCADE, OLD_TABLE, NULL, "empties {t}"},
    {RULE_TRUNCATE_CASCADE, EFFECT_TRUNCATE, ANY_OBJECT, EFFECT_CASCADE, 0, 0, NULL,
     "empties {t} and every table that refers to it"},
    {RULE_UPDATE_ALL_ROWS, EFFECT_UPDATE, ANY_OBJECT, EFFECT_NO_WHERE, 0, OLD_TABLE, changes_old_values,
     "changes every row of {t}: UPDATE without WHERE"},
    {RULE_DELETE_ALL_ROWS, EFFECT_DELETE, ANY_OBJECT, EFFECT_NO_WHERE, 0, OLD_TABLE, NULL,
     "deletes every row of {t}: DELETE without WHERE"},
    {RULE_NARROWER_TYPE, EFFECT_COLUMN_TYPE, ANY_OBJECT, 0, 0, OLD_TABLE, narrows,
     "{c} becomes {y}, which holds less than {o}"},
    {RULE_ENUM_VALUE, EFFECT_ALTER, ON(TYPE), EFFECT_ADD_VALUE, 0, 0, NULL,
     "a label added to type {n} cannot be taken out again; a new type and a swap can"},
    {RULE_UNKNOWN_STATEMENT, EFFECT_UNKNOWN, ANY_OBJECT, 0, 0, 0, NULL,
     "what this statement does cannot be told without running it"},

    {RULE_INDEX_NOT_CONCURRENT, EFFECT_CREATE, ON(INDEX), 0, EFFECT_CONCURRENTLY, OLD_TABLE, NULL,
     "blocks writers of {t} while the index builds; CREATE INDEX CONCURRENTLY does not"},
    {RULE_DROP_INDEX_NOT_CONCURRENT, EFFECT_DROP, ON(INDEX), 0, EFFECT_CONCURRENTLY, 0, is_on_old_table,
     "waits for all users of the table of index {n}, others wait behind; DROP INDEX CONCURRENTLY does not"},
    {RULE_TYPE_CHANGE, EFFECT_COLUMN_TYPE, ANY_OBJECT, 0, 0, OLD_TABLE, rewrites,
     "{c} becomes {y}: rewrites {t} under an exclusive lock"},
    {RULE_TABLE_COPY, EFFECT_COLUMN_TYPE, ANY_OBJECT, 0, 0, OLD_TABLE, copies,
     "{c} becomes {y}: copies {t} while writers wait"},
    {RULE_TABLE_REWRITE, EFFECT_ALTER, ANY_OBJECT, EFFECT_REWRITE, 0, OLD_TABLE, NULL,
     "rewrites all of {t} under a lock"},
    {RULE_SET_NOT_NULL, EFFECT_SET_NOT_NULL, ANY_OBJECT, 0, 0, OLD_TABLE, has_no_check_for_null,
     "reads all of {t} under an exclusive lock; add CHECK ({c} IS NOT NULL) NOT VALID and validate it first"},
    {RULE_VOLATILE_DEFAULT, EFFECT_ADD_COLUMN, ANY_OBJECT, EFFECT_VOLATILE_DEFAULT, EFFECT_INLINE, OLD_TABLE,
     NULL, "the default of {c} differs by row: rewrites {t} under an exclusive lock"},
    {RULE_STORED_GENERATED, EFFECT_ADD_COLUMN, ANY_OBJECT, EFFECT_STORED_GENERATED, EFFECT_INLINE, OLD_TABLE,
     NULL, "the stored generated column {c} rewrites {t} under a lock"},
    {RULE_FOREIGN_KEY_SCAN, EFFECT_CREATE, ON(FOREIGN_KEY), 0, EFFECT_NOT_VALID | EFFECT_INLINE, OLD_TABLE,
     NULL,
     "blocks writers of {t} and of the table it refers to while all rows are checked; add it NOT VALID, then "
     "VALIDATE CONSTRAINT"},
    {RULE_CHECK_SCAN, EFFECT_CREATE, ON(CONSTRAINT), EFFECT_CHECK, EFFECT_NOT_VALID | EFFECT_INLINE,
     OLD_TABLE, NULL, "reads all of {t} under an exclusive lock; add it NOT VALID, then VALIDATE CONSTRAINT"},
    {RULE_UNIQUE_CONSTRAINT, EFFECT_CREATE, ON(CONSTRAINT), EFFECT_UNIQUE, EFFECT_INLINE, OLD_TABLE,
     builds_index,
     "builds its index under an exclusive lock on {t}; create the index CONCURRENTLY and add the constraint "
     "USING INDEX"},
    {RULE_UNIQUE_CONSTRAINT, EFFECT_CREATE, ON(CONSTRAINT), EFFECT_PRIMARY, EFFECT_INLINE | EFFECT_UNIQUE,
     OLD_TABLE, builds_index,
     "builds its index under an exclusive lock on {t}; create the index CONCURRENTLY and add the constraint "
     "USING INDEX"},
    {RULE_UNIQUE_CONSTRAINT, EFFECT_ADD_COLUMN, ANY_OBJECT, EFFECT_UNIQUE, EFFECT_INLINE, OLD_TABLE, NULL,
     "builds an index on {c} under an exclusive lock on {t}"},
    {RULE_UNIQUE_MAY_FAIL, EFFECT_CREATE, KEYS | ON(INDEX), EFFECT_UNIQUE, EFFECT_INLINE, OLD_TABLE,
     builds_index, "fails when rows of {t} are duplicates already"},
    {RULE_ADD_NOT_NULL_COLUMN, EFFECT_ADD_COLUMN, ANY_OBJECT, EFFECT_NOT_NULL, GENERATED, OLD_TABLE, NULL,
     "{c} is NOT NULL without a default: fails when {t} has rows"},
    {RULE_IMPLICIT_DEFAULT, EFFECT_ADD_COLUMN, ANY_OBJECT, EFFECT_NOT_NULL, GENERATED, OLD_TABLE, NULL,
     "{c} is NOT NULL without a default: the rows of {t} silently get 0 or ''"},
    {RULE_LOCK_TABLE, EFFECT_LOCK, ANY_OBJECT, 0, 0, 0, NULL, "locks {t} by hand"},
    {RULE_NO_LOCK_TIMEOUT, EFFECT_SESSION, ANY_OBJECT, 0, 0, 0, is_timeout_off,
     "switches {n} off: while this waits for a lock, everyone behind it waits, too"},

    {RULE_RENAME_TABLE, EFFECT_RENAME, ON(TABLE) | ON(VIEW), 0, 0, OLD_TABLE | NOT_REMADE, NULL,
     "{n} becomes {m}: running applications know it by the old name"},
    {RULE_RENAME_COLUMN, EFFECT_RENAME, ON(COLUMN), 0, 0, OLD_TABLE, NULL,
     "{n} of {t} becomes {m}: running applications know it by the old name"},
    {RULE_CHAR_TYPE, EFFECT_ADD_COLUMN, ANY_OBJECT, 0, 0, 0, is_char,
     "{c} is {y}, which pads with blanks; text or varchar do not"},
    {RULE_SERIAL_TYPE, EFFECT_ADD_COLUMN, ANY_OBJECT, 0, 0, 0, is_serial,
     "{c} is {y}; GENERATED BY DEFAULT AS IDENTITY has fewer surprises"},
    {RULE_JSON_TYPE, EFFECT_ADD_COLUMN, ANY_OBJECT, 0, 0, 0, is_json,
     "{c} is json, which has no equality and no index; jsonb has"},
    {RULE_INT_PRIMARY_KEY, EFFECT_ADD_COLUMN, ANY_OBJECT, EFFECT_PRIMARY, 0, 0, is_small_key,
     "the primary key {c} is {y}: it runs out; bigint does not"},
    {RULE_INT_PRIMARY_KEY, EFFECT_CREATE, ON(CONSTRAINT), EFFECT_PRIMARY, 0, ONE_COLUMN, is_small_key,
     "the primary key {c} is {o}: it runs out; bigint does not"},
    {RULE_IF_EXISTS, EFFECT_CREATE, HIDEABLE, EFFECT_IF_NOT_EXISTS, EFFECT_TEMPORARY | EFFECT_CONCURRENTLY, 0,
     NULL, "IF NOT EXISTS: another {k} {n} that is there already would be taken for this one"},
    {RULE_IF_EXISTS, EFFECT_ADD_COLUMN, ANY_OBJECT, EFFECT_IF_NOT_EXISTS, 0, 0, NULL,
     "IF NOT EXISTS: another column {c} that is there already would be taken for this one"},
    {RULE_IF_EXISTS, EFFECT_DROP, HIDEABLE, EFFECT_IF_EXISTS, EFFECT_CONCURRENTLY, 0, NULL,
     "IF EXISTS: a missing {k} {n} would go unnoticed"},
    {RULE_IF_EXISTS, EFFECT_DROP_COLUMN, ANY_OBJECT, EFFECT_IF_EXISTS, 0, 0, NULL,
     "IF EXISTS: a missing column {c} would go unnoticed"},
    {RULE_COLUMN_IN_USE, EFFECT_DROP_COLUMN, ANY_OBJECT, 0, 0, 0, is_in_use,
     "{c} cannot be dropped while {u} stands on it: drop that first, or rebuild the table"},
    {RULE_REBUILD_CASCADES, EFFECT_DROP, ON(TABLE), 0, 0, OLD_TABLE, is_referred_to,
     "{n} is rebuilt while foreign keys are on: dropping it deletes or orphans the rows that refer to it; "
     "PRAGMA foreign_keys = OFF first"},
};

/* -- messages ---------------------------------------------------------------------------------------------
 */

static const char *
filled(const struct sight *sight, char what)
{
    const struct effect *effect = sight->effect;
    struct lint *lint = sight->lint;
    switch (what) {
    case 't':
        return lint_quote(lint, effect_table(effect), "");
    case 'n':
        return lint_quote(lint, effect->name, "");
    case 'c':
        return lint_quote(lint, effect->table, effect->column);
    case 'y':
        return effect->type;
    case 'o':
        return old_type(sight);
    case 'm':
        return lint_quote(lint, effect->new_name, "");
    case 'u':
        return arena_printf(&lint->scratch, "%s '%s'", object_kind_name(key_over(sight)->object),
                            key_over(sight)->name);
    case 'k':
        return object_kind_name(effect->object);
    default: /* a row that asks for more is a mistake of ours */
        bug("no text for {%c}", what);
    }
}

static const char *
fill(const struct sight *sight, const char *message)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (; *message != '\0'; message++) {
        if (message[0] == '{' && message[1] != '\0' && message[2] == '}') {
            buf_str(&out, filled(sight, message[1]));
            message += 2;
        } else {
            buf_char(&out, *message);
        }
    }
    return arena_strdup(&sight->lint->scratch, buf_cstr(&out));
}

/* -- names ------------------------------------------------------------------------------------------------
 */

static void
check_name_length(const struct sight *sight, const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *last = dot == NULL ? name : dot + 1;
    const struct driver *driver = sight->lint->driver;
    size_t len = strlen(last);
    bool counts_bytes = driver->caps & CAP_SCHEMAS;
    for (const char *at = last; !counts_bytes && *at != '\0'; at++) {
        len -= ((unsigned char)*at & 0xC0) == 0x80;
    }
    if (driver->name_max > 0 && len > driver->name_max) {
        lint_say(sight->lint, sight->script, sight->effect->piece, RULE_LONG_NAME,
                 "'%s' has %zu %s, the engine keeps %zu", last, len, counts_bytes ? "bytes" : "characters",
                 driver->name_max);
    }
}

static void
check_new_names(const struct sight *sight)
{
    const struct effect *effect = sight->effect;
    if (effect->kind == EFFECT_CREATE) {
        check_name_length(sight, effect->name);
    } else if (effect->kind == EFFECT_ADD_COLUMN) {
        check_name_length(sight, effect->column);
    } else if (effect->kind == EFFECT_RENAME) {
        check_name_length(sight, effect->new_name);
    }
}

static void
check_registry(const struct sight *sight)
{
    const struct effect *effect = sight->effect;
    const char *prefix = sight->lint->driver->registry_prefix;
    bool is_schema = effect->object == OBJECT_SCHEMA && str_ends(prefix, ".") &&
                     strlen(effect->name) + 1 == strlen(prefix) && str_starts(prefix, effect->name);
    if (effect_is_change(effect) && *effect_table(effect) != '\0' && prefix != NULL &&
        (str_starts(effect_table(effect), prefix) || is_schema)) {
        lint_say(sight->lint, sight->script, effect->piece, RULE_TOUCHES_REGISTRY, "'%s' is Rollcall's own",
                 effect_table(effect));
    }
}

static void
check_absent(const struct sight *sight)
{
    const struct effect *effect = sight->effect;
    bool is_down = sight->script->direction == LINT_DOWN;
    if (!effect_is_change(effect) || effect->kind == EFFECT_UNKNOWN || (effect->flags & EFFECT_TEMPORARY) ||
        (effect->flags & EFFECT_INLINE) || !model_is_absent(&sight->lint->model, effect)) {
        return;
    }
    bool is_table =
        *effect->table != '\0' && model_table_at(&sight->lint->model, effect->table, MODEL_NOW) == NULL;
    const char *name = is_table ? "" : *effect->name != '\0' ? effect->name : effect->column;
    bool is_primary = !is_table && effect->kind == EFFECT_DROP && (effect->flags & EFFECT_PRIMARY);
    const char *kind =
        is_primary ? "primary key of" : object_kind_name(is_table ? OBJECT_TABLE : effect->object);
    const char *what =
        arena_printf(&sight->lint->scratch, "%s %s", kind, lint_quote(sight->lint, effect->table, name));
    if (!(effect->flags & EFFECT_IF_EXISTS)) {
        lint_say(sight->lint, sight->script, effect->piece, RULE_UNKNOWN_OBJECT,
                 "there is no %s at this point of the history", what);
    } else if (is_down) {
        lint_say(sight->lint, sight->script, effect->piece, RULE_DOWN_HIDES_NAME,
                 "there is no %s at this point; IF EXISTS hides it", what);
    }
}

/* -- drops in a wrong order -------------------------------------------------------------------------------
 */

/* Once the whole statement is applied: DROP TABLE child, parent is in order however it is written. */
static void
check_dropped(struct lint *lint, struct lint_script *script)
{
    for (size_t i = 0; i < lint->n_dropped; i++) {
        const struct effect *drop = lint->dropped[i];
        const struct model_slot *key = model_reference_to(&lint->model, drop->name);
        if (key != NULL && !(drop->flags & EFFECT_CASCADE) && !lint->foreign_keys_off &&
            model_table_at(&lint->model, drop->name, MODEL_NOW) == NULL) {
            lint_say(lint, script, drop->piece, RULE_DROP_ORDER, "'%s' still refers to '%s': drop it first",
                     model_slot_table(key), drop->name);
        }
    }
    lint->n_dropped = 0;
}

/* -- one effect -------------------------------------------------------------------------------------------
 */

static bool
row_fits(const struct effect_rule *row, const struct sight *sight)
{
    const struct effect *effect = sight->effect;
    const struct model *model = &sight->lint->model;
    if (row->kind != effect->kind || (effect->flags & row->flags) != row->flags ||
        (effect->flags & row->not_flags) ||
        (row->objects != ANY_OBJECT && !(row->objects & (1u << effect->object)))) {
        return false;
    }
    if ((row->also & OLD_TABLE) && model_is_new_table(model, effect_table(effect))) {
        return false;
    }
    if ((row->also & NOT_REBUILT) && model_names_have(model, &sight->script->refilled, effect->name)) {
        return false;
    }
    if ((row->also & NOT_REMADE) && model_names_have(model, &sight->script->remade, effect->name)) {
        return false;
    }
    if ((row->also & ONE_COLUMN) && *effect->column == '\0') {
        return false;
    }
    return row->test == NULL || row->test(sight);
}

static void
remember_session(struct lint *lint, const struct effect *effect)
{
    bool is_keys =
        str_eq_nocase(effect->name, "foreign_keys") || str_eq_nocase(effect->name, "foreign_key_checks");
    if (effect->kind == EFFECT_SESSION && is_keys) {
        struct span value = span_of(effect->type);
        lint->foreign_keys_off = span_is(value, "0") || span_is_nocase(value, "off") ||
                                 span_is_nocase(value, "false") || span_is_nocase(value, "no");
    }
    /* From here on an unqualified name may mean another schema's table. */
    if (effect->kind == EFFECT_SESSION && str_eq_nocase(effect->name, "search_path")) {
        lint->model.is_closed = false;
    }
}

void
lint_begin(struct lint *lint)
{
    lint->foreign_keys_off = false;
    lint->piece = LINT_NO_PIECE;
    lint->dropped = NULL;
    lint->n_dropped = lint->cap_dropped = 0;
}

void
lint_visit(struct lint *lint, struct lint_script *script, const struct effect *effect)
{
    struct sight sight = {lint, script, effect};
    if (effect->piece != lint->piece) {
        check_dropped(lint, script);
        lint->piece = effect->piece;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (row_fits(&rows[i], &sight)) {
            lint_say(lint, script, effect->piece, rows[i].rule, "%s", fill(&sight, rows[i].message));
        }
    }
    check_new_names(&sight);
    check_registry(&sight);
    check_absent(&sight);
    remember_session(lint, effect);
    if (effect->kind == EFFECT_DROP && effect->object == OBJECT_TABLE) {
        lint->dropped =
            vec_grow(&lint->scratch, lint->dropped, lint->n_dropped, &lint->cap_dropped, sizeof(effect));
        lint->dropped[lint->n_dropped++] = effect;
    }
}

void
lint_end(struct lint *lint, struct lint_script *script)
{
    check_dropped(lint, script);
}
