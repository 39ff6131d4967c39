#include "postgres/pg_effect.h"

#include <string.h>

/* -- constraints -------------------------------------------------------------------------------------------
 */

static bool
is_type(const json_t *constraint, const char *type)
{
    return pg_is(constraint, "contype", type);
}

/* What follows "CONSTRAINT name KIND". */
static struct span
constraint_source(struct pg_reader *r, const json_t *constraint, size_t end)
{
    static const char *const kinds[] = {
        "primary key", "foreign key", "unique nulls not distinct", "unique nulls distinct", "unique",
        "check",       "exclude"};
    struct lexer lexer = pg_lexer_at(r, pg_location(constraint));
    if (lexer_accept(&lexer, "constraint")) {
        (void)lexer_name(&lexer, r->arena);
    }
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (lexer_accept_words(&lexer, kinds[i])) {
            break;
        }
    }
    struct span source = pg_clause(&lexer, end);
    struct span trimmed = span_trim(source);
    static const char unchecked[] = "not valid";
    size_t len = sizeof(unchecked) - 1;
    struct span tail = {trimmed.ptr + trimmed.len - len, len};
    if (trimmed.len > len && span_is_nocase(tail, unchecked)) {
        trimmed.len -= len;
    }
    return span_trim(trimmed);
}

static const char *
only_column(struct pg_reader *r, const json_t *constraint)
{
    const json_t *columns =
        json_object_get(constraint, is_type(constraint, "CONSTR_FOREIGN") ? "fk_attrs" : "keys");
    return json_array_size(columns) == 1 ? pg_name_part(columns, 0, 1, r->arena) : "";
}

static unsigned
constraint_flags(const json_t *constraint)
{
    return (is_type(constraint, "CONSTR_PRIMARY") ? EFFECT_PRIMARY : 0U) |
           (is_type(constraint, "CONSTR_UNIQUE") ? EFFECT_UNIQUE : 0U) |
           (is_type(constraint, "CONSTR_CHECK") ? EFFECT_CHECK : 0U) |
           (is_type(constraint, "CONSTR_FOREIGN") ? EFFECT_FOREIGN_KEY : 0U) |
           (pg_flag(constraint, "skip_validation") ? EFFECT_NOT_VALID : 0U);
}

static void
add_constraint(struct pg_reader *r, const char *table, const json_t *constraint, unsigned flags)
{
    struct effect effect = pg_effect(
        EFFECT_CREATE, is_type(constraint, "CONSTR_FOREIGN") ? OBJECT_FOREIGN_KEY : OBJECT_CONSTRAINT);
    effect.flags = flags | constraint_flags(constraint);
    effect.name = arena_strdup(r->arena, pg_text(constraint, "conname"));
    effect.table = table;
    effect.column = only_column(r, constraint);
    effect.detail = pg_squeezed(r, constraint_source(r, constraint, r->sql.len));
    pg_effect_add(r, effect);
}

/* -- columns -----------------------------------------------------------------------------------------------
 */

/* Where the clause after the one at `at` begins. */
static size_t
next_clause(const struct pg_reader *r, const json_t *column, size_t at)
{
    const json_t *constraints = json_object_get(column, "constraints");
    size_t end = r->sql.len;
    for (size_t i = 0; i < json_array_size(constraints); i++) {
        size_t other = pg_location(pg_node_body(json_array_get(constraints, i)));
        end = other > at && other < end ? other : end;
    }
    const json_t *collation = json_object_get(column, "collClause");
    size_t other = collation == NULL ? 0 : pg_location(collation);
    return other > at && other < end ? other : end;
}

static bool
is_null(const json_t *expression)
{
    return pg_node_is(expression, "A_Const") && pg_flag(pg_node_body(expression), "isnull");
}

static const char *
default_source(struct pg_reader *r, const json_t *column, const json_t *constraint)
{
    size_t at = pg_location(constraint);
    struct lexer lexer = pg_lexer_at(r, at);
    if (lexer_accept(&lexer, "constraint")) {
        (void)lexer_name(&lexer, r->arena);
    }
    (void)lexer_accept(&lexer, "default");
    return pg_squeezed(r, pg_clause(&lexer, next_clause(r, column, at)));
}

static bool
is_serial(const char *type)
{
    static const char *const names[] = {"serial",  "bigserial", "smallserial",
                                        "serial4", "serial8",   "serial2"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq(type, names[i])) {
            return true;
        }
    }
    return false;
}

/* A default of a column, or what stands for one. */
static void
note_constraint(struct pg_reader *r, const json_t *column, const json_t *constraint, struct effect *effect)
{
    const json_t *expression = json_object_get(constraint, "raw_expr");
    if (is_type(constraint, "CONSTR_NOTNULL")) {
        effect->flags |= EFFECT_NOT_NULL;
    } else if (is_type(constraint, "CONSTR_IDENTITY")) {
        effect->flags |= EFFECT_AUTO_INCREMENT | EFFECT_NOT_NULL;
    } else if (is_type(constraint, "CONSTR_GENERATED")) {
        effect->flags |= EFFECT_STORED_GENERATED;
    } else if (is_type(constraint, "CONSTR_DEFAULT") && !is_null(expression)) {
        effect->flags |= EFFECT_HAS_DEFAULT | (pg_is_volatile(expression) ? EFFECT_VOLATILE_DEFAULT : 0U);
        effect->detail = default_source(r, column, constraint);
    }
    effect->flags |= constraint_flags(constraint);
}

static void
add_reference(struct pg_reader *r, const struct effect *column, const json_t *constraint, size_t end)
{
    struct effect effect = pg_effect(EFFECT_CREATE, OBJECT_FOREIGN_KEY);
    effect.flags =
        EFFECT_INLINE | EFFECT_FOREIGN_KEY | (pg_flag(constraint, "skip_validation") ? EFFECT_NOT_VALID : 0U);
    effect.name = arena_strdup(r->arena, pg_text(constraint, "conname"));
    effect.table = column->table;
    effect.column = column->column;
    effect.detail = arena_printf(r->arena, "(%s) %s", column->column,
                                 pg_squeezed(r, constraint_source(r, constraint, end)));
    pg_effect_add(r, effect);
}

static void
add_column(struct pg_reader *r, const char *table, const json_t *column, unsigned flags)
{
    const json_t *constraints = json_object_get(column, "constraints");
    struct effect effect = pg_effect(EFFECT_ADD_COLUMN, OBJECT_COLUMN);
    effect.flags = flags;
    effect.table = table;
    effect.column = arena_strdup(r->arena, pg_text(column, "colname"));
    effect.type = pg_type_text(json_object_get(column, "typeName"), r->arena);
    effect.flags |= is_serial(effect.type) ? EFFECT_AUTO_INCREMENT | EFFECT_NOT_NULL : 0U;
    for (size_t i = 0; i < json_array_size(constraints); i++) {
        note_constraint(r, column, pg_node_body(json_array_get(constraints, i)), &effect);
    }
    pg_effect_add(r, effect);
    for (size_t i = 0; i < json_array_size(constraints); i++) {
        const json_t *constraint = pg_node_body(json_array_get(constraints, i));
        if (is_type(constraint, "CONSTR_FOREIGN")) {
            add_reference(r, &effect, constraint, next_clause(r, column, pg_location(constraint)));
        }
    }
}

/* -- CREATE TABLE ------------------------------------------------------------------------------------------
 */

void
pg_effect_create_table(struct pg_reader *r, const json_t *fields)
{
    const json_t *relation = json_object_get(fields, "relation");
    const json_t *elements = json_object_get(fields, "tableElts");
    struct effect effect = pg_effect(EFFECT_CREATE, OBJECT_TABLE);
    effect.name = pg_name(relation, r->arena);
    effect.flags = (pg_is(relation, "relpersistence", "t") ? EFFECT_TEMPORARY : 0U) |
                   (pg_flag(fields, "if_not_exists") ? EFFECT_IF_NOT_EXISTS : 0U);
    pg_effect_add(r, effect);
    /* What comes from elsewhere is not told: then none is. */
    bool is_whole =
        json_object_get(fields, "inhRelations") == NULL && json_object_get(fields, "ofTypename") == NULL;
    for (size_t i = 0; i < json_array_size(elements); i++) {
        is_whole = is_whole && !pg_node_is(json_array_get(elements, i), "TableLikeClause");
    }
    for (size_t i = 0; i < json_array_size(elements); i++) {
        const json_t *element = json_array_get(elements, i);
        if (pg_node_is(element, "ColumnDef") && is_whole) {
            add_column(r, effect.name, pg_node_body(element), EFFECT_INLINE);
        } else if (pg_node_is(element, "Constraint")) {
            add_constraint(r, effect.name, pg_node_body(element), EFFECT_INLINE);
        }
    }
}

void
pg_effect_create_foreign_table(struct pg_reader *r, const json_t *fields)
{
    pg_effect_create_table(r, json_object_get(fields, "base"));
}

void
pg_effect_create_table_as(struct pg_reader *r, const json_t *fields)
{
    const json_t *into = json_object_get(json_object_get(fields, "into"), "rel");
    bool is_view = pg_is(fields, "objtype", "OBJECT_MATVIEW");
    struct effect effect = pg_effect(EFFECT_CREATE, is_view ? OBJECT_VIEW : OBJECT_TABLE);
    effect.name = pg_name(into, r->arena);
    effect.flags = (pg_is(into, "relpersistence", "t") ? EFFECT_TEMPORARY : 0U) |
                   (pg_flag(fields, "if_not_exists") ? EFFECT_IF_NOT_EXISTS : 0U);
    if (is_view) {
        struct lexer lexer = pg_lexer_behind(r, pg_location(into), "as");
        effect.detail = pg_squeezed(r, pg_rest(&lexer));
    }
    pg_effect_add(r, effect);
    if (pg_node_is(json_object_get(fields, "query"), "ExecuteStmt") ||
        !pg_is_harmless(json_object_get(fields, "query"))) {
        pg_effect_add_plain(r, EFFECT_UNKNOWN);
    }
}

/* -- ALTER TABLE -------------------------------------------------------------------------------------------
 */

/* One of its comma-separated actions. */
struct action {
    struct pg_reader *r;
    const char *table;
    enum object_kind object; /* of what is altered */
    const json_t *fields;
    struct span source;
};

/* What follows those words in the action's text; empty when they are not there. */
static const char *
source_after(const struct action *action, const char *words)
{
    struct lexer lexer;
    lexer_init(&lexer, action->source, LEX_POSTGRES);
    while (lexer_peek(&lexer).kind != TOKEN_END) {
        if (lexer_accept_words(&lexer, words)) {
            size_t at = lexer_peek(&lexer).at;
            struct span rest = {action->source.ptr + at, action->source.len - at};
            return pg_squeezed(action->r, rest);
        }
        (void)lexer_next(&lexer);
    }
    return "";
}

static unsigned
action_flags(const struct action *action)
{
    return (pg_is(action->fields, "behavior", "DROP_CASCADE") ? EFFECT_CASCADE : 0U) |
           (pg_flag(action->fields, "missing_ok") ? EFFECT_IF_EXISTS : 0U);
}

static struct effect
column_effect(const struct action *action, enum effect_kind kind)
{
    struct effect effect = pg_effect(kind, OBJECT_COLUMN);
    effect.table = action->table;
    effect.column = arena_strdup(action->r->arena, pg_text(action->fields, "name"));
    effect.flags = action_flags(action);
    return effect;
}

static void
act_add_column(const struct action *action)
{
    unsigned flags = pg_flag(action->fields, "missing_ok") ? EFFECT_IF_NOT_EXISTS : 0U;
    add_column(action->r, action->table, pg_node_body(json_object_get(action->fields, "def")), flags);
}

static void
act_drop_column(const struct action *action)
{
    pg_effect_add(action->r, column_effect(action, EFFECT_DROP_COLUMN));
}

static void
act_type(const struct action *action)
{
    const json_t *def = pg_node_body(json_object_get(action->fields, "def"));
    struct effect effect = column_effect(action, EFFECT_COLUMN_TYPE);
    effect.type = pg_type_text(json_object_get(def, "typeName"), action->r->arena);
    effect.flags |= json_object_get(def, "raw_default") != NULL ? EFFECT_USING : 0U;
    pg_effect_add(action->r, effect);
}

static void
act_default(const struct action *action)
{
    const json_t *expression = json_object_get(action->fields, "def");
    bool drops = expression == NULL || is_null(expression);
    struct effect effect = column_effect(action, drops ? EFFECT_DROP_DEFAULT : EFFECT_SET_DEFAULT);
    if (!drops) {
        effect.flags |= EFFECT_HAS_DEFAULT | (pg_is_volatile(expression) ? EFFECT_VOLATILE_DEFAULT : 0U);
        effect.detail = source_after(action, "set default");
    }
    pg_effect_add(action->r, effect);
}

static void
act_set_not_null(const struct action *action)
{
    pg_effect_add(action->r, column_effect(action, EFFECT_SET_NOT_NULL));
}

static void
act_drop_not_null(const struct action *action)
{
    pg_effect_add(action->r, column_effect(action, EFFECT_DROP_NOT_NULL));
}

static void
act_alter_column(const struct action *action)
{
    struct effect effect = column_effect(action, EFFECT_ALTER);
    effect.flags |= pg_is(action->fields, "subtype", "AT_AddIdentity") ? EFFECT_AUTO_INCREMENT : 0U;
    pg_effect_add(action->r, effect);
}

static void
act_add_constraint(const struct action *action)
{
    add_constraint(action->r, action->table, pg_node_body(json_object_get(action->fields, "def")), 0);
}

static void
add_named(const struct action *action, enum effect_kind kind, enum object_kind object)
{
    struct effect effect = pg_effect(kind, object);
    effect.table = action->table;
    effect.name = arena_strdup(action->r->arena, pg_text(action->fields, "name"));
    effect.flags = action_flags(action);
    pg_effect_add(action->r, effect);
}

static void
act_drop_constraint(const struct action *action)
{
    add_named(action, EFFECT_DROP, OBJECT_CONSTRAINT);
}

static void
act_alter_constraint(const struct action *action)
{
    add_named(action, EFFECT_ALTER, OBJECT_CONSTRAINT);
}

static void
act_trigger(const struct action *action)
{
    add_named(action, EFFECT_ALTER, OBJECT_TRIGGER);
}

static void
act_rule(const struct action *action)
{
    add_named(action, EFFECT_ALTER, OBJECT_RULE);
}

static void
act_table(const struct action *action)
{
    static const char *const rewriting[] = {"AT_SetLogged", "AT_SetUnLogged", "AT_SetTableSpace",
                                            "AT_SetAccessMethod"};
    bool is_detach = pg_is(action->fields, "subtype", "AT_DetachPartition");
    struct effect effect = pg_effect(EFFECT_ALTER, action->object);
    effect.name = action->table;
    effect.table = action->object == OBJECT_TABLE ? action->table : "";
    for (size_t i = 0; i < COUNT_OF(rewriting); i++) {
        effect.flags |= pg_is(action->fields, "subtype", rewriting[i]) ? EFFECT_REWRITE : 0U;
    }
    effect.flags |= is_detach && pg_flag(pg_node_body(json_object_get(action->fields, "def")), "concurrent")
                        ? EFFECT_CONCURRENTLY
                        : 0U;
    pg_effect_add(action->r, effect);
}

static const struct {
    const char *subtype;
    void (*act)(const struct action *action);
} actions[] = {
    {"AT_AddColumn", act_add_column},
    {"AT_DropColumn", act_drop_column},
    {"AT_AlterColumnType", act_type},
    {"AT_ColumnDefault", act_default},
    {"AT_SetNotNull", act_set_not_null},
    {"AT_DropNotNull", act_drop_not_null},
    {"AT_AddConstraint", act_add_constraint},
    {"AT_DropConstraint", act_drop_constraint},
    {"AT_ValidateConstraint", act_alter_constraint},
    {"AT_AlterConstraint", act_alter_constraint},
    {"AT_AddIdentity", act_alter_column},
    {"AT_SetIdentity", act_alter_column},
    {"AT_DropIdentity", act_alter_column},
    {"AT_DropExpression", act_alter_column},
    {"AT_SetStatistics", act_alter_column},
    {"AT_SetStorage", act_alter_column},
    {"AT_SetCompression", act_alter_column},
    {"AT_SetOptions", act_alter_column},
    {"AT_ResetOptions", act_alter_column},
    {"AT_AlterColumnGenericOptions", act_alter_column},
    {"AT_EnableTrig", act_trigger},
    {"AT_EnableAlwaysTrig", act_trigger},
    {"AT_EnableReplicaTrig", act_trigger},
    {"AT_DisableTrig", act_trigger},
    {"AT_EnableRule", act_rule},
    {"AT_EnableAlwaysRule", act_rule},
    {"AT_EnableReplicaRule", act_rule},
    {"AT_DisableRule", act_rule},
};

static void
act(const struct action *action)
{
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        bool is_it = pg_is(action->fields, "subtype", actions[i].subtype);
        /* The attributes of a composite type are no columns of a table. */
        if (is_it && action->object != OBJECT_TYPE) {
            actions[i].act(action);
            return;
        }
    }
    act_table(action);
}

void
pg_effect_alter_table(struct pg_reader *r, const json_t *fields)
{
    const json_t *relation = json_object_get(fields, "relation");
    const json_t *cmds = json_object_get(fields, "cmds");
    struct action action = {.r = r, .table = pg_name(relation, r->arena)};
    struct lexer lexer = pg_lexer_at(r, pg_location(relation));
    const char *word;
    action.object = pg_object_of_type(pg_text(fields, "objtype"), &word);
    (void)lexer_qualified(&lexer, r->arena);
    (void)lexer_accept_punct(&lexer, "*");
    for (size_t i = 0; i < json_array_size(cmds); i++) {
        action.fields = pg_node_body(json_array_get(cmds, i));
        action.source = pg_clause(&lexer, r->sql.len);
        (void)lexer_accept_punct(&lexer, ",");
        act(&action);
    }
}

/* -- CREATE INDEX ------------------------------------------------------------------------------------------
 */

void
pg_effect_create_index(struct pg_reader *r, const json_t *fields)
{
    const json_t *relation = json_object_get(fields, "relation");
    const json_t *columns = json_object_get(fields, "indexParams");
    struct effect effect = pg_effect(EFFECT_CREATE, OBJECT_INDEX);
    struct lexer lexer = pg_lexer_at(r, pg_location(relation));
    const char *schema = pg_text(relation, "schemaname");
    const char *name = pg_text(fields, "idxname");
    /* An index stands in the schema of its table. */
    effect.name = *schema == '\0' || *name == '\0' ? arena_strdup(r->arena, name)
                                                   : arena_printf(r->arena, "%s.%s", schema, name);
    effect.table = pg_name(relation, r->arena);
    effect.column = json_array_size(columns) == 1
                        ? arena_strdup(r->arena, pg_text(pg_node_body(json_array_get(columns, 0)), "name"))
                        : "";
    effect.flags = (pg_flag(fields, "unique") ? EFFECT_UNIQUE : 0U) |
                   (pg_flag(fields, "concurrent") ? EFFECT_CONCURRENTLY : 0U) |
                   (pg_flag(fields, "if_not_exists") ? EFFECT_IF_NOT_EXISTS : 0U);
    (void)lexer_qualified(&lexer, r->arena);
    if (lexer_accept(&lexer, "using")) {
        (void)lexer_name(&lexer, r->arena);
    }
    effect.detail = pg_squeezed(r, pg_rest(&lexer));
    pg_effect_add(r, effect);
}
