#include "postgres/pg_effect.h"

#include "postgres/pg.h"

#include <pg_query.h>
#include <string.h>

/* -- helpers -----------------------------------------------------------------------------------------------
 */

struct effect
pg_effect(enum effect_kind kind, enum object_kind object)
{
    return (struct effect){.kind = kind,
                           .object = object,
                           .name = "",
                           .table = "",
                           .column = "",
                           .new_name = "",
                           .type = "",
                           .detail = ""};
}

/* The parser cuts names at the server's limit; what was written is wanted. */
static const char *
whole_name(struct pg_reader *r, const char *name)
{
    enum { SHORTEST_CUT = 60 }; /* 63 bytes, less what is left of a character */
    const char *dot = strrchr(name, '.');
    const char *last = dot == NULL ? name : dot + 1;
    struct lexer lexer = pg_lexer_at(r, 0);
    while (strlen(last) >= SHORTEST_CUT && lexer_peek(&lexer).kind != TOKEN_END) {
        struct token token = lexer_next(&lexer);
        if ((token.kind == TOKEN_WORD || token.kind == TOKEN_NAME) && token.text.len > strlen(last)) {
            const char *written = token_unquote(token, LEX_POSTGRES, r->arena);
            struct span head = {written, strlen(last)};
            if (strlen(written) > strlen(last) && span_is_nocase(head, last)) {
                return arena_printf(r->arena, "%.*s%s", (int)(last - name), name, written);
            }
        }
    }
    return name;
}

void
pg_effect_add(struct pg_reader *r, struct effect effect)
{
    effect.piece = r->piece;
    effect.name = whole_name(r, effect.name);
    effect.table = whole_name(r, effect.table);
    effect.column = whole_name(r, effect.column);
    effect.new_name = whole_name(r, effect.new_name);
    vec_push(r->arena, r->out, effect);
}

void
pg_effect_add_plain(struct pg_reader *r, enum effect_kind kind)
{
    pg_effect_add(r, pg_effect(kind, OBJECT_OTHER));
}

const char *
pg_squeezed(struct pg_reader *r, struct span text)
{
    return sql_squeeze(text, LEX_POSTGRES, r->arena);
}

struct lexer
pg_lexer_at(const struct pg_reader *r, size_t at)
{
    struct lexer lexer;
    lexer_init(&lexer, r->sql, LEX_POSTGRES);
    lexer_seek(&lexer, at);
    return lexer;
}

struct span
pg_clause(struct lexer *lexer, size_t end)
{
    size_t from = lexer_peek(lexer).at;
    size_t until = from;
    size_t depth = 0;
    for (;;) {
        struct token token = lexer_peek(lexer);
        bool closes = token_is_punct(token, ")") || token_is_punct(token, "]");
        if (token.kind == TOKEN_END || token.at >= end ||
            (depth == 0 && (closes || token_is_punct(token, ",")))) {
            return (struct span){lexer->text.ptr + from, until - from};
        }
        depth += token_is_punct(token, "(") || token_is_punct(token, "[");
        depth -= closes;
        until = token.at + token.text.len;
        (void)lexer_next(lexer);
    }
}

struct span
pg_rest(struct lexer *lexer)
{
    size_t from = lexer_peek(lexer).at;
    return (struct span){lexer->text.ptr + from, lexer->text.len - from};
}

struct lexer
pg_lexer_behind(const struct pg_reader *r, size_t at, const char *words)
{
    struct lexer lexer = pg_lexer_at(r, at);
    struct span ignored;
    while (lexer_peek(&lexer).kind != TOKEN_END && !lexer_accept_words(&lexer, words)) {
        if (!lexer_group(&lexer, &ignored)) {
            (void)lexer_next(&lexer);
        }
    }
    return lexer;
}

static const struct {
    const char *type;
    enum object_kind object;
    const char *word;
} object_types[] = {
    {"OBJECT_TABLE", OBJECT_TABLE, ""},
    {"OBJECT_FOREIGN_TABLE", OBJECT_TABLE, ""},
    {"OBJECT_VIEW", OBJECT_VIEW, ""},
    {"OBJECT_MATVIEW", OBJECT_VIEW, ""},
    {"OBJECT_INDEX", OBJECT_INDEX, ""},
    {"OBJECT_SEQUENCE", OBJECT_SEQUENCE, ""},
    {"OBJECT_COLUMN", OBJECT_COLUMN, ""},
    {"OBJECT_TABCONSTRAINT", OBJECT_CONSTRAINT, ""},
    {"OBJECT_DOMCONSTRAINT", OBJECT_CONSTRAINT, ""},
    {"OBJECT_TYPE", OBJECT_TYPE, ""},
    {"OBJECT_DOMAIN", OBJECT_TYPE, ""},
    {"OBJECT_ATTRIBUTE", OBJECT_TYPE, ""},
    {"OBJECT_SCHEMA", OBJECT_SCHEMA, ""},
    {"OBJECT_EXTENSION", OBJECT_EXTENSION, ""},
    {"OBJECT_FUNCTION", OBJECT_FUNCTION, ""},
    {"OBJECT_AGGREGATE", OBJECT_FUNCTION, ""},
    {"OBJECT_ROUTINE", OBJECT_FUNCTION, ""},
    {"OBJECT_PROCEDURE", OBJECT_PROCEDURE, ""},
    {"OBJECT_TRIGGER", OBJECT_TRIGGER, ""},
    {"OBJECT_RULE", OBJECT_RULE, ""},
    {"OBJECT_POLICY", OBJECT_POLICY, ""},
    {"OBJECT_EVENT_TRIGGER", OBJECT_EVENT, ""},
    {"OBJECT_CAST", OBJECT_OTHER, "cast"},
    {"OBJECT_OPERATOR", OBJECT_OTHER, "operator"},
    {"OBJECT_OPCLASS", OBJECT_OTHER, "operator class"},
    {"OBJECT_OPFAMILY", OBJECT_OTHER, "operator family"},
    {"OBJECT_COLLATION", OBJECT_OTHER, "collation"},
    {"OBJECT_CONVERSION", OBJECT_OTHER, "conversion"},
    {"OBJECT_LANGUAGE", OBJECT_OTHER, "language"},
    {"OBJECT_TSPARSER", OBJECT_OTHER, "text search parser"},
    {"OBJECT_TSDICTIONARY", OBJECT_OTHER, "text search dictionary"},
    {"OBJECT_TSTEMPLATE", OBJECT_OTHER, "text search template"},
    {"OBJECT_TSCONFIGURATION", OBJECT_OTHER, "text search configuration"},
    {"OBJECT_STATISTIC_EXT", OBJECT_OTHER, "statistics"},
    {"OBJECT_PUBLICATION", OBJECT_OTHER, "publication"},
    {"OBJECT_SUBSCRIPTION", OBJECT_OTHER, "subscription"},
    {"OBJECT_FDW", OBJECT_OTHER, "foreign data wrapper"},
    {"OBJECT_FOREIGN_SERVER", OBJECT_OTHER, "server"},
    {"OBJECT_TRANSFORM", OBJECT_OTHER, "transform"},
    {"OBJECT_ACCESS_METHOD", OBJECT_OTHER, "access method"},
    {"OBJECT_ROLE", OBJECT_OTHER, "role"},
    {"OBJECT_DATABASE", OBJECT_OTHER, "database"},
    {"OBJECT_TABLESPACE", OBJECT_OTHER, "tablespace"},
    {"OBJECT_LARGEOBJECT", OBJECT_OTHER, "large object"},
};

enum object_kind
pg_object_of_type(const char *type, const char **word)
{
    for (size_t i = 0; i < COUNT_OF(object_types); i++) {
        if (str_eq(type, object_types[i].type)) {
            *word = object_types[i].word;
            return object_types[i].object;
        }
    }
    *word = "object";
    return OBJECT_OTHER;
}

static const char *
worded(struct pg_reader *r, const char *word, const char *name)
{
    return *word == '\0' ? name : arena_printf(r->arena, "%s %s", word, name);
}

/* Triggers, rules, policies and constraints stand on a table; the list ends with their own name. */
static bool
is_on_table(enum object_kind object)
{
    return object == OBJECT_TRIGGER || object == OBJECT_RULE || object == OBJECT_POLICY ||
           object == OBJECT_CONSTRAINT || object == OBJECT_COLUMN;
}

static const json_t *
name_list(const json_t *node)
{
    const json_t *items = json_object_get(pg_node_body(node), "items");
    return items == NULL ? json_object_get(node, "items") : items;
}

static void
set_name(struct pg_reader *r, struct effect *effect, const char *word, const json_t *node)
{
    const json_t *list = name_list(node);
    size_t n = json_array_size(list);
    if (is_on_table(effect->object) && n > 1) {
        effect->table = pg_name_part(list, 0, n - 1, r->arena);
        effect->name = pg_name_part(list, n - 1, 1, r->arena);
        effect->column = effect->object == OBJECT_COLUMN ? effect->name : "";
    } else {
        effect->name = worded(r, word, pg_name(node, r->arena));
    }
}

static unsigned
common_flags(const json_t *fields)
{
    return (pg_is(fields, "behavior", "DROP_CASCADE") ? EFFECT_CASCADE : 0U) |
           (pg_flag(fields, "missing_ok") ? EFFECT_IF_EXISTS : 0U) |
           (pg_flag(fields, "if_not_exists") ? EFFECT_IF_NOT_EXISTS : 0U) |
           (pg_flag(fields, "replace") || pg_flag(fields, "or_replace") ? EFFECT_OR_REPLACE : 0U) |
           (pg_flag(fields, "concurrent") ? EFFECT_CONCURRENTLY : 0U);
}

/* -- DROP, RENAME ------------------------------------------------------------------------------------------
 */

static void
drop(struct pg_reader *r, const json_t *fields)
{
    const json_t *objects = json_object_get(fields, "objects");
    const char *word;
    enum object_kind object = pg_object_of_type(pg_text(fields, "removeType"), &word);
    for (size_t i = 0; i < json_array_size(objects); i++) {
        struct effect effect = pg_effect(EFFECT_DROP, object);
        effect.flags = common_flags(fields);
        set_name(r, &effect, word, json_array_get(objects, i));
        pg_effect_add(r, effect);
    }
}

static void
rename_object(struct pg_reader *r, const json_t *fields)
{
    const json_t *relation = json_object_get(fields, "relation");
    const char *word;
    enum object_kind object = pg_object_of_type(pg_text(fields, "renameType"), &word);
    struct effect effect = pg_effect(EFFECT_RENAME, object);
    effect.flags = common_flags(fields);
    effect.new_name = arena_strdup(r->arena, pg_text(fields, "newname"));
    if (pg_is(fields, "renameType", "OBJECT_ATTRIBUTE")) {
        effect = pg_effect(EFFECT_ALTER, OBJECT_TYPE);
        effect.name = pg_name(relation, r->arena);
    } else if (relation != NULL && is_on_table(object)) {
        effect.table = pg_name(relation, r->arena);
        effect.name = arena_strdup(r->arena, pg_text(fields, "subname"));
        effect.column = object == OBJECT_COLUMN ? effect.name : "";
    } else if (relation != NULL) {
        effect.name = pg_name(relation, r->arena);
    } else if (json_object_get(fields, "object") != NULL) {
        set_name(r, &effect, word, json_object_get(fields, "object"));
    } else {
        effect.name = worded(r, word, arena_strdup(r->arena, pg_text(fields, "subname")));
    }
    pg_effect_add(r, effect);
}

static void
set_schema(struct pg_reader *r, const json_t *fields)
{
    const json_t *relation = json_object_get(fields, "relation");
    const char *word;
    struct effect effect = pg_effect(EFFECT_RENAME, pg_object_of_type(pg_text(fields, "objectType"), &word));
    effect.flags = common_flags(fields);
    effect.name =
        worded(r, word, pg_name(relation != NULL ? relation : json_object_get(fields, "object"), r->arena));
    const char *dot = strrchr(effect.name, '.');
    effect.new_name =
        arena_printf(r->arena, "%s.%s", pg_text(fields, "newschema"), dot == NULL ? effect.name : dot + 1);
    pg_effect_add(r, effect);
}

/* -- types, routines, triggers -----------------------------------------------------------------------------
 */

static void
create_enum(struct pg_reader *r, const json_t *fields)
{
    struct effect effect = pg_effect(EFFECT_CREATE, OBJECT_TYPE);
    struct lexer lexer = pg_lexer_behind(r, 0, "as enum");
    effect.name = pg_name(json_object_get(fields, "typeName"), r->arena);
    effect.detail = pg_squeezed(r, pg_rest(&lexer));
    pg_effect_add(r, effect);
}

static void
alter_enum(struct pg_reader *r, const json_t *fields)
{
    struct effect effect = pg_effect(EFFECT_ALTER, OBJECT_TYPE);
    effect.name = pg_name(json_object_get(fields, "typeName"), r->arena);
    if (*pg_text(fields, "oldVal") == '\0') {
        struct lexer lexer = pg_lexer_behind(r, 0, "add value");
        (void)lexer_accept_words(&lexer, "if not exists");
        effect.flags = EFFECT_ADD_VALUE | (pg_flag(fields, "skipIfNewValExists") ? EFFECT_IF_NOT_EXISTS : 0U);
        effect.detail = pg_squeezed(r, lexer_next(&lexer).text);
    }
    pg_effect_add(r, effect);
}

static const char *
argument_types(struct pg_reader *r, const json_t *parameters)
{
    const char *out = "";
    for (size_t i = 0; i < json_array_size(parameters); i++) {
        const json_t *parameter = pg_node_body(json_array_get(parameters, i));
        bool is_result =
            pg_is(parameter, "mode", "FUNC_PARAM_OUT") || pg_is(parameter, "mode", "FUNC_PARAM_TABLE");
        if (!is_result) {
            out = arena_printf(r->arena, "%s%s%s", out, *out == '\0' ? "" : ", ",
                               pg_type_text(json_object_get(parameter, "argType"), r->arena));
        }
    }
    return out;
}

static const char *
routine_body(struct pg_reader *r, const json_t *fields)
{
    const json_t *options = json_object_get(fields, "options");
    for (size_t i = 0; i < json_array_size(options); i++) {
        const json_t *option = pg_node_body(json_array_get(options, i));
        const json_t *parts = name_list(json_object_get(option, "arg"));
        if (pg_is(option, "defname", "as") && json_array_size(parts) == 1) {
            return pg_squeezed(r, span_of(pg_name_part(parts, 0, 1, r->arena)));
        }
    }
    return "";
}

static void
create_routine(struct pg_reader *r, const json_t *fields)
{
    bool is_procedure = pg_flag(fields, "is_procedure");
    struct effect effect = pg_effect(EFFECT_CREATE, is_procedure ? OBJECT_PROCEDURE : OBJECT_FUNCTION);
    effect.name = pg_name(json_object_get(fields, "funcname"), r->arena);
    effect.flags = common_flags(fields);
    effect.type = argument_types(r, json_object_get(fields, "parameters"));
    effect.detail = routine_body(r, fields);
    pg_effect_add(r, effect);
}

static void
create_view(struct pg_reader *r, const json_t *fields)
{
    const json_t *view = json_object_get(fields, "view");
    struct effect effect = pg_effect(EFFECT_CREATE, OBJECT_VIEW);
    struct lexer lexer = pg_lexer_behind(r, pg_location(view), "as");
    effect.name = pg_name(view, r->arena);
    effect.flags = common_flags(fields) | (pg_is(view, "relpersistence", "t") ? EFFECT_TEMPORARY : 0U);
    effect.detail = pg_squeezed(r, pg_rest(&lexer));
    pg_effect_add(r, effect);
}

static void
create_schema(struct pg_reader *r, const json_t *fields)
{
    const json_t *elements = json_object_get(fields, "schemaElts");
    struct effect effect = pg_effect(EFFECT_CREATE, OBJECT_SCHEMA);
    effect.flags = common_flags(fields);
    effect.name = arena_strdup(r->arena, pg_text(fields, "schemaname"));
    if (*effect.name == '\0') {
        effect.name = arena_strdup(r->arena, pg_text(json_object_get(fields, "authrole"), "rolename"));
    }
    pg_effect_add(r, effect);
    for (size_t i = 0; i < json_array_size(elements); i++) {
        pg_effect_of_node(r, json_array_get(elements, i));
    }
}

/* CREATE AGGREGATE, OPERATOR, TYPE, COLLATION, TEXT SEARCH ... */
static void
define(struct pg_reader *r, const json_t *fields)
{
    const char *word;
    struct effect effect = pg_effect(EFFECT_CREATE, pg_object_of_type(pg_text(fields, "kind"), &word));
    effect.flags = common_flags(fields);
    effect.name = worded(r, word, pg_name(json_object_get(fields, "defnames"), r->arena));
    pg_effect_add(r, effect);
}

/* -- privileges, comments, owners --------------------------------------------------------------------------
 */

static void
grant(struct pg_reader *r, const json_t *fields)
{
    const json_t *objects = json_object_get(fields, "objects");
    const char *word;
    enum object_kind object = pg_object_of_type(pg_text(fields, "objtype"), &word);
    for (size_t i = 0; i < json_array_size(objects); i++) {
        struct effect effect = pg_effect(EFFECT_ALTER, OBJECT_GRANT);
        effect.name = worded(r, word, pg_name(json_array_get(objects, i), r->arena));
        effect.table = object == OBJECT_TABLE ? effect.name : "";
        pg_effect_add(r, effect);
    }
}

static void
comment(struct pg_reader *r, const json_t *fields)
{
    const char *word;
    enum object_kind object = pg_object_of_type(pg_text(fields, "objtype"), &word);
    struct effect effect = pg_effect(EFFECT_ALTER, object);
    set_name(r, &effect, word, json_object_get(fields, "object"));
    effect.object = OBJECT_COMMENT;
    effect.table = object == OBJECT_TABLE ? effect.name : effect.table;
    pg_effect_add(r, effect);
}

static void
alter_typed(struct pg_reader *r, const json_t *fields)
{
    const json_t *relation = json_object_get(fields, "relation");
    const char *word;
    struct effect effect = pg_effect(EFFECT_ALTER, pg_object_of_type(pg_text(fields, "objectType"), &word));
    effect.name =
        worded(r, word, pg_name(relation != NULL ? relation : json_object_get(fields, "object"), r->arena));
    pg_effect_add(r, effect);
}

/* -- session, locks ----------------------------------------------------------------------------------------
 */

/* A plain value as it was written: 'on', 3000, 3s. */
static const char *
setting_value(struct pg_reader *r, const json_t *fields)
{
    const json_t *args = json_object_get(fields, "args");
    const char *out = "";
    for (size_t i = 0; i < json_array_size(args); i++) {
        const json_t *constant = pg_node_body(json_array_get(args, i));
        const json_t *number = json_object_get(constant, "ival");
        const json_t *decimal = json_object_get(constant, "fval");
        const char *value = number != NULL
                                ? arena_printf(r->arena, "%lld",
                                               (long long)json_integer_value(json_object_get(number, "ival")))
                            : decimal != NULL ? pg_text(decimal, "fval")
                                              : pg_text(json_object_get(constant, "sval"), "sval");
        out = arena_printf(r->arena, "%s%s%s", out, *out == '\0' ? "" : ", ", value);
    }
    return out;
}

static void
set_variable(struct pg_reader *r, const json_t *fields)
{
    struct effect effect = pg_effect(EFFECT_SESSION, OBJECT_OTHER);
    effect.name = arena_strdup(r->arena, pg_text(fields, "name"));
    effect.type = setting_value(r, fields);
    pg_effect_add(r, effect);
}

static void
lock(struct pg_reader *r, const json_t *fields)
{
    const json_t *relations = json_object_get(fields, "relations");
    for (size_t i = 0; i < json_array_size(relations); i++) {
        struct effect effect = pg_effect(EFFECT_LOCK, OBJECT_TABLE);
        effect.table = pg_name(json_array_get(relations, i), r->arena);
        pg_effect_add(r, effect);
    }
}

static bool
has_option(const json_t *fields, const char *options, const char *name)
{
    const json_t *list = json_object_get(fields, options);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (pg_is(pg_node_body(json_array_get(list, i)), "defname", name)) {
            return true;
        }
    }
    return false;
}

static void
add_rewrite(struct pg_reader *r, const json_t *relation)
{
    struct effect effect = pg_effect(EFFECT_ALTER, OBJECT_TABLE);
    effect.name = effect.table = relation == NULL ? "" : pg_name(relation, r->arena);
    effect.flags = EFFECT_REWRITE;
    pg_effect_add(r, effect);
}

static void
vacuum(struct pg_reader *r, const json_t *fields)
{
    const json_t *relations = json_object_get(fields, "rels");
    bool rewrites = pg_flag(fields, "is_vacuumcmd") && has_option(fields, "options", "full");
    if (!rewrites) {
        pg_effect_add_plain(r, EFFECT_READ);
    } else if (json_array_size(relations) == 0) {
        add_rewrite(r, NULL);
    }
    for (size_t i = 0; rewrites && i < json_array_size(relations); i++) {
        add_rewrite(r, json_object_get(pg_node_body(json_array_get(relations, i)), "relation"));
    }
}

static void
cluster(struct pg_reader *r, const json_t *fields)
{
    add_rewrite(r, json_object_get(fields, "relation"));
}

static void
reindex(struct pg_reader *r, const json_t *fields)
{
    bool is_index = pg_is(fields, "kind", "REINDEX_OBJECT_INDEX");
    struct effect effect = pg_effect(EFFECT_LOCK, is_index ? OBJECT_INDEX : OBJECT_TABLE);
    const char *name = pg_name(json_object_get(fields, "relation"), r->arena);
    effect.name = is_index ? name : "";
    effect.table = is_index ? "" : name;
    effect.flags = has_option(fields, "params", "concurrently") ? EFFECT_CONCURRENTLY : 0U;
    pg_effect_add(r, effect);
}

static void
explain(struct pg_reader *r, const json_t *fields)
{
    if (has_option(fields, "options", "analyze")) {
        pg_effect_of_node(r, json_object_get(fields, "query"));
    } else {
        pg_effect_add_plain(r, EFFECT_READ);
    }
}

static void
declare_cursor(struct pg_reader *r, const json_t *fields)
{
    pg_effect_of_node(r, json_object_get(fields, "query"));
}

/* -- the table of all --------------------------------------------------------------------------------------
 */

/* What needs a function of its own. */
static const struct {
    const char *node;
    void (*read)(struct pg_reader *r, const json_t *fields);
} readers[] = {
    {"CreateStmt", pg_effect_create_table},
    {"CreateForeignTableStmt", pg_effect_create_foreign_table},
    {"CreateTableAsStmt", pg_effect_create_table_as},
    {"AlterTableStmt", pg_effect_alter_table},
    {"IndexStmt", pg_effect_create_index},
    {"InsertStmt", pg_effect_insert},
    {"UpdateStmt", pg_effect_update},
    {"DeleteStmt", pg_effect_delete},
    {"MergeStmt", pg_effect_merge},
    {"SelectStmt", pg_effect_select},
    {"TruncateStmt", pg_effect_truncate},
    {"CopyStmt", pg_effect_copy},
    {"DropStmt", drop},
    {"RenameStmt", rename_object},
    {"AlterObjectSchemaStmt", set_schema},
    {"AlterOwnerStmt", alter_typed},
    {"AlterObjectDependsStmt", alter_typed},
    {"CreateEnumStmt", create_enum},
    {"AlterEnumStmt", alter_enum},
    {"CreateFunctionStmt", create_routine},
    {"ViewStmt", create_view},
    {"CreateSchemaStmt", create_schema},
    {"DefineStmt", define},
    {"GrantStmt", grant},
    {"CommentStmt", comment},
    {"SecLabelStmt", comment},
    {"VariableSetStmt", set_variable},
    {"LockStmt", lock},
    {"VacuumStmt", vacuum},
    {"ClusterStmt", cluster},
    {"ReindexStmt", reindex},
    {"ExplainStmt", explain},
    {"DeclareCursorStmt", declare_cursor},
};

/* What is one effect on one object, with its name in one field. `table` names the field of the table it is
 * on; `word` goes before the name of a kind that is OBJECT_OTHER. */
static const struct plain {
    const char *node;
    enum effect_kind kind;
    enum object_kind object;
    const char *name;
    const char *table;
    const char *word;
} plains[] = {
    {"CompositeTypeStmt", EFFECT_CREATE, OBJECT_TYPE, "typevar", "", ""},
    {"CreateRangeStmt", EFFECT_CREATE, OBJECT_TYPE, "typeName", "", ""},
    {"CreateDomainStmt", EFFECT_CREATE, OBJECT_TYPE, "domainname", "", ""},
    {"AlterDomainStmt", EFFECT_ALTER, OBJECT_TYPE, "typeName", "", ""},
    {"AlterTypeStmt", EFFECT_ALTER, OBJECT_TYPE, "typeName", "", ""},
    {"CreateSeqStmt", EFFECT_CREATE, OBJECT_SEQUENCE, "sequence", "", ""},
    {"AlterSeqStmt", EFFECT_ALTER, OBJECT_SEQUENCE, "sequence", "", ""},
    {"AlterFunctionStmt", EFFECT_ALTER, OBJECT_FUNCTION, "func", "", ""},
    {"CreateTrigStmt", EFFECT_CREATE, OBJECT_TRIGGER, "trigname", "relation", ""},
    {"CreateEventTrigStmt", EFFECT_CREATE, OBJECT_EVENT, "trigname", "", ""},
    {"AlterEventTrigStmt", EFFECT_ALTER, OBJECT_EVENT, "trigname", "", ""},
    {"RuleStmt", EFFECT_CREATE, OBJECT_RULE, "rulename", "relation", ""},
    {"CreatePolicyStmt", EFFECT_CREATE, OBJECT_POLICY, "policy_name", "table", ""},
    {"AlterPolicyStmt", EFFECT_ALTER, OBJECT_POLICY, "policy_name", "table", ""},
    {"CreateExtensionStmt", EFFECT_CREATE, OBJECT_EXTENSION, "extname", "", ""},
    {"AlterExtensionStmt", EFFECT_ALTER, OBJECT_EXTENSION, "extname", "", ""},
    {"AlterExtensionContentsStmt", EFFECT_ALTER, OBJECT_EXTENSION, "extname", "", ""},
    {"RefreshMatViewStmt", EFFECT_ALTER, OBJECT_VIEW, "relation", "", ""},
    {"CreateCastStmt", EFFECT_CREATE, OBJECT_OTHER, "sourcetype", "", "cast"},
    {"CreateOpClassStmt", EFFECT_CREATE, OBJECT_OTHER, "opclassname", "", "operator class"},
    {"CreateOpFamilyStmt", EFFECT_CREATE, OBJECT_OTHER, "opfamilyname", "", "operator family"},
    {"AlterOpFamilyStmt", EFFECT_ALTER, OBJECT_OTHER, "opfamilyname", "", "operator family"},
    {"AlterOperatorStmt", EFFECT_ALTER, OBJECT_OTHER, "opername", "", "operator"},
    {"CreateConversionStmt", EFFECT_CREATE, OBJECT_OTHER, "conversion_name", "", "conversion"},
    {"CreateTransformStmt", EFFECT_CREATE, OBJECT_OTHER, "type_name", "", "transform"},
    {"CreateAmStmt", EFFECT_CREATE, OBJECT_OTHER, "amname", "", "access method"},
    {"CreatePLangStmt", EFFECT_CREATE, OBJECT_OTHER, "plname", "", "language"},
    {"CreateStatsStmt", EFFECT_CREATE, OBJECT_OTHER, "defnames", "", "statistics"},
    {"AlterStatsStmt", EFFECT_ALTER, OBJECT_OTHER, "defnames", "", "statistics"},
    {"CreatePublicationStmt", EFFECT_CREATE, OBJECT_OTHER, "pubname", "", "publication"},
    {"AlterPublicationStmt", EFFECT_ALTER, OBJECT_OTHER, "pubname", "", "publication"},
    {"CreateSubscriptionStmt", EFFECT_CREATE, OBJECT_OTHER, "subname", "", "subscription"},
    {"AlterSubscriptionStmt", EFFECT_ALTER, OBJECT_OTHER, "subname", "", "subscription"},
    {"DropSubscriptionStmt", EFFECT_DROP, OBJECT_OTHER, "subname", "", "subscription"},
    {"CreateFdwStmt", EFFECT_CREATE, OBJECT_OTHER, "fdwname", "", "foreign data wrapper"},
    {"AlterFdwStmt", EFFECT_ALTER, OBJECT_OTHER, "fdwname", "", "foreign data wrapper"},
    {"CreateForeignServerStmt", EFFECT_CREATE, OBJECT_OTHER, "servername", "", "server"},
    {"AlterForeignServerStmt", EFFECT_ALTER, OBJECT_OTHER, "servername", "", "server"},
    {"CreateUserMappingStmt", EFFECT_CREATE, OBJECT_OTHER, "servername", "", "user mapping"},
    {"AlterUserMappingStmt", EFFECT_ALTER, OBJECT_OTHER, "servername", "", "user mapping"},
    {"DropUserMappingStmt", EFFECT_DROP, OBJECT_OTHER, "servername", "", "user mapping"},
    {"AlterCollationStmt", EFFECT_ALTER, OBJECT_OTHER, "collname", "", "collation"},
    {"AlterTSDictionaryStmt", EFFECT_ALTER, OBJECT_OTHER, "dictname", "", "text search dictionary"},
    {"AlterTSConfigurationStmt", EFFECT_ALTER, OBJECT_OTHER, "cfgname", "", "text search configuration"},
    {"GrantRoleStmt", EFFECT_ALTER, OBJECT_GRANT, "granted_roles", "", ""},
    {"AlterDefaultPrivilegesStmt", EFFECT_ALTER, OBJECT_GRANT, "", "", ""},
    {"CreateRoleStmt", EFFECT_CREATE, OBJECT_OTHER, "role", "", "role"},
    {"AlterRoleStmt", EFFECT_ALTER, OBJECT_OTHER, "role", "", "role"},
    {"AlterRoleSetStmt", EFFECT_ALTER, OBJECT_OTHER, "role", "", "role"},
    {"DropRoleStmt", EFFECT_DROP, OBJECT_OTHER, "roles", "", "role"},
    {"ReassignOwnedStmt", EFFECT_ALTER, OBJECT_OTHER, "roles", "", "what is owned by"},
    {"CreateTableSpaceStmt", EFFECT_CREATE, OBJECT_OTHER, "tablespacename", "", "tablespace"},
    {"DropTableSpaceStmt", EFFECT_DROP, OBJECT_OTHER, "tablespacename", "", "tablespace"},
    {"AlterTableSpaceOptionsStmt", EFFECT_ALTER, OBJECT_OTHER, "tablespacename", "", "tablespace"},
    {"AlterTableMoveAllStmt", EFFECT_ALTER, OBJECT_OTHER, "orig_tablespacename", "", "all in tablespace"},
    {"CreatedbStmt", EFFECT_CREATE, OBJECT_OTHER, "dbname", "", "database"},
    {"DropdbStmt", EFFECT_DROP, OBJECT_OTHER, "dbname", "", "database"},
    {"AlterDatabaseStmt", EFFECT_ALTER, OBJECT_OTHER, "dbname", "", "database"},
    {"AlterDatabaseSetStmt", EFFECT_ALTER, OBJECT_OTHER, "dbname", "", "database"},
    {"AlterDatabaseRefreshCollStmt", EFFECT_ALTER, OBJECT_OTHER, "dbname", "", "database"},
    {"AlterSystemStmt", EFFECT_ALTER, OBJECT_OTHER, "", "", "the server's configuration"},
    {"TransactionStmt", EFFECT_TRANSACTION, OBJECT_OTHER, "", "", ""},
    {"VariableShowStmt", EFFECT_READ, OBJECT_OTHER, "", "", ""},
    {"DiscardStmt", EFFECT_SESSION, OBJECT_OTHER, "", "", "discard"},
    {"DeallocateStmt", EFFECT_SESSION, OBJECT_OTHER, "", "", "deallocate"},
    {"ConstraintsSetStmt", EFFECT_SESSION, OBJECT_OTHER, "", "", "constraints"},
    {"NotifyStmt", EFFECT_SESSION, OBJECT_OTHER, "", "", "notify"},
    {"ListenStmt", EFFECT_SESSION, OBJECT_OTHER, "", "", "listen"},
    {"UnlistenStmt", EFFECT_SESSION, OBJECT_OTHER, "", "", "unlisten"},
    {"FetchStmt", EFFECT_READ, OBJECT_OTHER, "", "", ""},
    {"ClosePortalStmt", EFFECT_READ, OBJECT_OTHER, "", "", ""},
    {"CheckPointStmt", EFFECT_READ, OBJECT_OTHER, "", "", ""},
};

/* Where the definition begins of those that two scripts may define differently. */
static const struct {
    const char *node;
    const char *behind;
} defined[] = {
    {"CreateTrigStmt", "trigger"},   {"RuleStmt", "rule"},
    {"CreatePolicyStmt", "policy"},  {"CompositeTypeStmt", "as"},
    {"CreateRangeStmt", "as range"}, {"CreateDomainStmt", "domain"},
};

static const char *
definition(struct pg_reader *r, const char *node)
{
    for (size_t i = 0; i < COUNT_OF(defined); i++) {
        if (str_eq(node, defined[i].node)) {
            struct lexer lexer = pg_lexer_behind(r, 0, defined[i].behind);
            return pg_squeezed(r, pg_rest(&lexer));
        }
    }
    return "";
}

static void
read_plain(struct pg_reader *r, const struct plain *plain, const json_t *fields)
{
    const json_t *name = json_object_get(fields, plain->name);
    struct effect effect = pg_effect(plain->kind, plain->object);
    bool stands_for_name = name == NULL && *plain->word != '\0';
    effect.flags = common_flags(fields);
    effect.detail = definition(r, plain->node);
    effect.name = stands_for_name ? plain->word
                  : name == NULL  ? ""
                                  : worded(r, plain->word, pg_name(name, r->arena));
    if (*plain->table != '\0') {
        effect.table = pg_name(json_object_get(fields, plain->table), r->arena);
    }
    if (json_object_get(json_object_get(fields, plain->name), "relpersistence") != NULL &&
        pg_is(json_object_get(fields, plain->name), "relpersistence", "t")) {
        effect.flags |= EFFECT_TEMPORARY;
    }
    pg_effect_add(r, effect);
}

void
pg_effect_of_node(struct pg_reader *r, const json_t *node)
{
    const char *kind = pg_node_kind(node);
    size_t before = r->out->n;
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        if (str_eq(kind, readers[i].node)) {
            readers[i].read(r, pg_node_body(node));
        }
    }
    for (size_t i = 0; i < COUNT_OF(plains); i++) {
        if (str_eq(kind, plains[i].node)) {
            read_plain(r, &plains[i], pg_node_body(node));
        }
    }
    if (r->out->n == before) { /* DO, CALL, PREPARE, EXECUTE, LOAD, IMPORT FOREIGN SCHEMA, DROP OWNED */
        pg_effect_add_plain(r, EFFECT_UNKNOWN);
    }
}

/* -- statements --------------------------------------------------------------------------------------------
 */

static void
free_parse(PgQueryParseResult *result)
{
    pg_query_free_parse_result(*result);
}

/* The parser walks its tree by recursion, and its JSON is many times the text: what is longer than people
 * write by hand is told from its words. */
static bool
read_tree(struct pg_reader *r)
{
    enum { PARSED_MAX = 64 << 10 };
    if (r->sql.len > PARSED_MAX) {
        return false;
    }
    const char *sql = arena_strndup(r->arena, r->sql.ptr, r->sql.len);
    CLEANUP(free_parse) PgQueryParseResult result = pg_query_parse(sql);
    if (result.error != NULL) {
        return false;
    }
    PG_TREE_SCOPED *tree = json_loads(result.parse_tree, 0, NULL);
    const json_t *statements = json_object_get(tree, "stmts");
    if (json_array_size(statements) != 1) {
        return false;
    }
    pg_effect_of_node(r, json_object_get(json_array_get(statements, 0), "stmt"));
    return true;
}

enum status
pg_effects(struct conn *conn, const struct pieces *pieces, struct arena *arena, struct effects *out,
           struct err *err)
{
    (void)conn;
    (void)err;
    *out = (struct effects){0};
    for (size_t i = 0; i < pieces->n; i++) {
        struct pg_reader reader = {arena, out, i, piece_text(pieces, &pieces->items[i])};
        if (pieces->items[i].kind == PIECE_STATEMENT && !read_tree(&reader)) {
            pg_effect_of_words(&reader);
        }
    }
    return STATUS_OK;
}
