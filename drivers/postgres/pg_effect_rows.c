#include "postgres/pg_effect.h"

/* Writing to the system's catalogue is a way to change anything. */
static void
add_rows(struct pg_reader *r, enum effect_kind kind, const json_t *relation, unsigned flags,
         const char *column)
{
    struct effect effect = pg_effect(kind, OBJECT_TABLE);
    effect.table = pg_name(relation, r->arena);
    effect.flags = flags;
    effect.column = column;
    if (str_starts(effect.table, "pg_catalog.") || str_starts(effect.table, "pg_")) {
        pg_effect_add_plain(r, EFFECT_UNKNOWN);
    } else {
        pg_effect_add(r, effect);
    }
}

/* WITH x AS (DELETE ...): statements of their own. */
static void
add_with(struct pg_reader *r, const json_t *fields)
{
    const json_t *ctes = json_object_get(json_object_get(fields, "withClause"), "ctes");
    for (size_t i = 0; i < json_array_size(ctes); i++) {
        const json_t *query = json_object_get(pg_node_body(json_array_get(ctes, i)), "ctequery");
        if (!pg_node_is(query, "SelectStmt")) {
            pg_effect_of_node(r, query);
        }
    }
}

void
pg_effect_insert(struct pg_reader *r, const json_t *fields)
{
    bool replaces = pg_is(json_object_get(fields, "onConflictClause"), "action", "ONCONFLICT_UPDATE");
    add_with(r, fields);
    add_rows(r, EFFECT_INSERT, json_object_get(fields, "relation"), replaces ? EFFECT_REPLACE_ROWS : 0U, "");
}

void
pg_effect_update(struct pg_reader *r, const json_t *fields)
{
    const json_t *targets = json_object_get(fields, "targetList");
    const char *column =
        json_array_size(targets) == 1
            ? arena_strdup(r->arena, pg_text(pg_node_body(json_array_get(targets, 0)), "name"))
            : "";
    add_with(r, fields);
    add_rows(r, EFFECT_UPDATE, json_object_get(fields, "relation"),
             json_object_get(fields, "whereClause") == NULL ? EFFECT_NO_WHERE : 0U, column);
}

void
pg_effect_delete(struct pg_reader *r, const json_t *fields)
{
    add_with(r, fields);
    add_rows(r, EFFECT_DELETE, json_object_get(fields, "relation"),
             json_object_get(fields, "whereClause") == NULL ? EFFECT_NO_WHERE : 0U, "");
}

void
pg_effect_merge(struct pg_reader *r, const json_t *fields)
{
    static const struct {
        const char *command;
        enum effect_kind kind;
    } commands[] = {
        {"CMD_INSERT", EFFECT_INSERT}, {"CMD_UPDATE", EFFECT_UPDATE}, {"CMD_DELETE", EFFECT_DELETE}};
    const json_t *clauses = json_object_get(fields, "mergeWhenClauses");
    add_with(r, fields);
    for (size_t k = 0; k < COUNT_OF(commands); k++) {
        for (size_t i = 0; i < json_array_size(clauses); i++) {
            if (pg_is(pg_node_body(json_array_get(clauses, i)), "commandType", commands[k].command)) {
                add_rows(r, commands[k].kind, json_object_get(fields, "relation"), 0, "");
                break;
            }
        }
    }
}

/* -- SELECT ------------------------------------------------------------------------------------------------
 */

/* The nth argument when it is a plain constant; "" when it is not. */
static const char *
constant(struct pg_reader *r, const json_t *call, size_t at)
{
    const json_t *node = json_array_get(json_object_get(call, "args"), at);
    const json_t *fields = pg_node_body(node);
    if (pg_node_is(node, "TypeCast")) { /* 's'::regclass */
        node = json_object_get(fields, "arg");
        fields = pg_node_body(node);
    }
    const json_t *text = pg_node_is(node, "A_Const") ? json_object_get(fields, "sval") : NULL;
    return text == NULL ? "" : arena_strdup(r->arena, pg_text(text, "sval"));
}

/* SELECT setval(...) and SELECT set_config(...), as dumps have them. */
static bool
add_known_call(struct pg_reader *r, const json_t *fields)
{
    const json_t *targets = json_object_get(fields, "targetList");
    const json_t *value = json_object_get(pg_node_body(json_array_get(targets, 0)), "val");
    if (json_array_size(targets) != 1 || !pg_node_is(value, "FuncCall")) {
        return false;
    }
    const json_t *call = pg_node_body(value);
    const char *name = pg_name(json_object_get(call, "funcname"), r->arena);
    bool is_own = str_starts(name, "pg_catalog.");
    name += is_own ? sizeof("pg_catalog.") - 1 : 0;
    if (!pg_is_harmless(json_object_get(call, "args")) ||
        !pg_is_harmless(json_object_get(fields, "fromClause"))) {
        return false;
    }
    if (str_eq(name, "setval") || str_eq(name, "nextval")) {
        struct effect effect = pg_effect(EFFECT_ALTER, OBJECT_SEQUENCE);
        effect.name = constant(r, call, 0);
        pg_effect_add(r, effect);
        return true;
    }
    if (str_eq(name, "set_config")) {
        struct effect effect = pg_effect(EFFECT_SESSION, OBJECT_OTHER);
        effect.name = constant(r, call, 0);
        effect.type = constant(r, call, 1);
        pg_effect_add(r, effect);
        return true;
    }
    return false;
}

void
pg_effect_select(struct pg_reader *r, const json_t *fields)
{
    const json_t *into = json_object_get(json_object_get(fields, "intoClause"), "rel");
    size_t before = r->out->n;
    add_with(r, fields);
    if (into != NULL) {
        struct effect effect = pg_effect(EFFECT_CREATE, OBJECT_TABLE);
        effect.name = pg_name(into, r->arena);
        effect.flags = pg_is(into, "relpersistence", "t") ? EFFECT_TEMPORARY : 0U;
        pg_effect_add(r, effect);
    }
    if (r->out->n == before && add_known_call(r, fields)) {
        return;
    }
    if (!pg_is_harmless(fields)) {
        pg_effect_add_plain(r, EFFECT_UNKNOWN);
    } else if (r->out->n == before) {
        pg_effect_add_plain(r, EFFECT_READ);
    }
}

/* -- others ------------------------------------------------------------------------------------------------
 */

void
pg_effect_truncate(struct pg_reader *r, const json_t *fields)
{
    const json_t *relations = json_object_get(fields, "relations");
    unsigned flags = pg_is(fields, "behavior", "DROP_CASCADE") ? EFFECT_CASCADE : 0U;
    for (size_t i = 0; i < json_array_size(relations); i++) {
        add_rows(r, EFFECT_TRUNCATE, json_array_get(relations, i), flags, "");
    }
}

/* COPY ... TO PROGRAM runs a program on the server. */
void
pg_effect_copy(struct pg_reader *r, const json_t *fields)
{
    if (pg_flag(fields, "is_from")) {
        add_rows(r, EFFECT_INSERT, json_object_get(fields, "relation"), 0, "");
    } else if (*pg_text(fields, "filename") != '\0') {
        pg_effect_add_plain(r, EFFECT_UNKNOWN);
    } else if (json_object_get(fields, "query") != NULL) {
        pg_effect_of_node(r, json_object_get(fields, "query"));
    } else {
        pg_effect_add_plain(r, EFFECT_READ);
    }
}
