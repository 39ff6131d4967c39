/* Effects of CREATE, ALTER and DROP. */
#include "sqlite/effect_reader.h"

#include <string.h>

/* -- tables ------------------------------------------------------------------------------------------- */

/* Whether a default has another value for each row: anything but a literal. */
static bool
is_volatile(const char *text)
{
    return *text != '\'' && (str_starts(text, "current_") || strchr(text, '(') != NULL);
}

static unsigned
column_flags(const struct ddl_column *column)
{
    bool has_default = column->default_text != NULL && !str_eq(column->default_text, "null");
    return (column->is_not_null ? EFFECT_NOT_NULL : 0U) | (has_default ? EFFECT_HAS_DEFAULT : 0U) |
           (has_default && is_volatile(column->default_text) ? EFFECT_VOLATILE_DEFAULT : 0U) |
           (column->is_unique ? EFFECT_UNIQUE : 0U) | (column->is_primary ? EFFECT_PRIMARY : 0U) |
           (column->has_reference ? EFFECT_FOREIGN_KEY : 0U) | (column->has_check ? EFFECT_CHECK : 0U) |
           (column->is_stored ? EFFECT_STORED_GENERATED : 0U) |
           (column->is_autoincrement ? EFFECT_AUTO_INCREMENT : 0U);
}

static void
add_reference(struct effect_reader *r, const char *table, const struct ddl_reference *reference)
{
    struct effect effect = sqlite_effect_blank(EFFECT_CREATE);
    effect.object = OBJECT_FOREIGN_KEY;
    effect.flags = EFFECT_INLINE | EFFECT_FOREIGN_KEY;
    effect.name = sqlite_effect_folded(r, reference->name);
    effect.table = table;
    effect.column = reference->n_columns == 1 ? sqlite_effect_folded(r, reference->columns[0]) : "";
    effect.detail = reference->is_inline ? arena_printf(r->arena, "(%s) %s", reference->columns[0],
                                                        sqlite_effect_squeezed(r, reference->source))
                                         : sqlite_effect_squeezed(r, reference->source);
    sqlite_effect_add(r, effect);
}

static void
add_column(struct effect_reader *r, const char *table, const struct ddl_table *parsed,
           const struct ddl_column *column, unsigned flags)
{
    struct effect effect = sqlite_effect_blank(EFFECT_ADD_COLUMN);
    effect.object = OBJECT_COLUMN;
    effect.flags = flags | column_flags(column);
    effect.table = table;
    effect.column = sqlite_effect_folded(r, column->name);
    effect.type = column->type;
    effect.detail = column->default_text == NULL ? "" : sqlite_effect_squeezed(r, column->default_source);
    sqlite_effect_add(r, effect);
    for (size_t i = 0; i < parsed->references.n; i++) {
        const struct ddl_reference *reference = &parsed->references.items[i];
        if (reference->is_inline && reference->columns[0] == column->name) {
            add_reference(r, table, reference);
        }
    }
}

static void
add_key(struct effect_reader *r, const char *table, const struct ddl_key *key)
{
    struct effect effect = sqlite_effect_blank(EFFECT_CREATE);
    effect.object = OBJECT_CONSTRAINT;
    effect.flags = EFFECT_INLINE | (unsigned)(key->is_primary ? EFFECT_PRIMARY : EFFECT_UNIQUE) |
                   (key->is_autoincrement ? EFFECT_AUTO_INCREMENT : 0U);
    effect.name = sqlite_effect_folded(r, key->name);
    effect.table = table;
    effect.column = key->n_columns == 1 ? sqlite_effect_folded(r, key->columns[0]) : "";
    effect.detail = sqlite_effect_squeezed(r, key->source);
    sqlite_effect_add(r, effect);
}

static void
add_check(struct effect_reader *r, const char *table, const struct ddl_check *check)
{
    struct effect effect = sqlite_effect_blank(EFFECT_CREATE);
    effect.object = OBJECT_CONSTRAINT;
    effect.flags = EFFECT_INLINE | EFFECT_CHECK;
    effect.name = sqlite_effect_folded(r, check->name);
    effect.table = table;
    effect.detail = sqlite_effect_squeezed(r, check->source);
    sqlite_effect_add(r, effect);
}

static void
add_members(struct effect_reader *r, const char *table, const struct ddl_table *parsed)
{
    for (size_t i = 0; i < parsed->columns.n; i++) {
        add_column(r, table, parsed, &parsed->columns.items[i], EFFECT_INLINE);
    }
    for (size_t i = 0; i < parsed->keys.n; i++) {
        if (!parsed->keys.items[i].is_inline) {
            add_key(r, table, &parsed->keys.items[i]);
        }
    }
    for (size_t i = 0; i < parsed->checks.n; i++) {
        if (!parsed->checks.items[i].is_inline) {
            add_check(r, table, &parsed->checks.items[i]);
        }
    }
    for (size_t i = 0; i < parsed->references.n; i++) {
        if (!parsed->references.items[i].is_inline) {
            add_reference(r, table, &parsed->references.items[i]);
        }
    }
}

/* -- CREATE ------------------------------------------------------------------------------------------- */

/* What belongs to a table stands in its schema. */
static const char *
table_beside(struct effect_reader *r, const struct ddl_name *name, const char *table)
{
    struct ddl_name qualified = {name->schema, table};
    return sqlite_effect_plain_name(r, &qualified);
}

static unsigned
create_flags(bool is_temporary, bool if_not_exists)
{
    return (is_temporary ? EFFECT_TEMPORARY : 0U) | (if_not_exists ? EFFECT_IF_NOT_EXISTS : 0U);
}

static bool
read_create_table(struct effect_reader *r)
{
    struct ddl_table table;
    struct effect effect = sqlite_effect_blank(EFFECT_CREATE);
    if (!ddl_parse_table(r->sql, r->arena, &table)) {
        return false;
    }
    effect.object = OBJECT_TABLE;
    effect.flags = create_flags(table.is_temporary, table.if_not_exists);
    effect.name = sqlite_effect_plain_name(r, &table.name);
    effect.detail = table.is_virtual ? table.module : "";
    sqlite_effect_add(r, effect);
    add_members(r, effect.name, &table);
    return true;
}

static bool
read_create_index(struct effect_reader *r)
{
    struct ddl_index index;
    struct effect effect = sqlite_effect_blank(EFFECT_CREATE);
    if (!ddl_parse_index(r->sql, r->arena, &index)) {
        return false;
    }
    effect.object = OBJECT_INDEX;
    effect.flags = create_flags(false, index.if_not_exists) | (index.is_unique ? EFFECT_UNIQUE : 0U);
    effect.name = sqlite_effect_plain_name(r, &index.name);
    effect.table = table_beside(r, &index.name, index.table);
    effect.column = index.n_columns == 1 ? sqlite_effect_folded(r, index.columns[0]) : "";
    effect.detail = sqlite_effect_squeezed(r, index.source);
    sqlite_effect_add(r, effect);
    return true;
}

static bool
read_create_body(struct effect_reader *r)
{
    struct ddl_body body;
    struct effect effect = sqlite_effect_blank(EFFECT_CREATE);
    bool is_view = ddl_parse_view(r->sql, r->arena, &body);
    if (!is_view && !ddl_parse_trigger(r->sql, r->arena, &body)) {
        return false;
    }
    effect.object = is_view ? OBJECT_VIEW : OBJECT_TRIGGER;
    effect.flags = create_flags(body.is_temporary, body.if_not_exists);
    effect.name = sqlite_effect_plain_name(r, &body.name);
    effect.table = is_view ? "" : table_beside(r, &body.name, body.table);
    effect.detail = sqlite_effect_squeezed(r, body.source);
    sqlite_effect_add(r, effect);
    return true;
}

void
sqlite_effect_read_create(struct effect_reader *r)
{
    if (!read_create_table(r) && !read_create_index(r) && !read_create_body(r)) {
        sqlite_effect_add_plain(r, EFFECT_UNKNOWN);
    }
}

/* -- ALTER, DROP -------------------------------------------------------------------------------------- */

static bool
read_rename(struct effect_reader *r, const char *table)
{
    struct effect effect = sqlite_effect_blank(EFFECT_RENAME);
    const char *from = NULL;
    effect.object = OBJECT_TABLE;
    effect.name = table;
    if (!lexer_accept(&r->lexer, "to")) {
        (void)lexer_accept(&r->lexer, "column");
        from = lexer_name(&r->lexer, r->arena);
        if (from == NULL || !lexer_accept(&r->lexer, "to")) {
            return false;
        }
        effect.object = OBJECT_COLUMN;
        effect.name = effect.column = sqlite_effect_folded(r, from);
        effect.table = table;
    }
    const char *to = lexer_name(&r->lexer, r->arena);
    if (to == NULL) {
        return false;
    }
    effect.new_name = sqlite_effect_folded(r, to);
    sqlite_effect_add(r, effect);
    return true;
}

static bool
read_add_column(struct effect_reader *r, const char *table)
{
    struct ddl_table parsed = {0};
    (void)lexer_accept(&r->lexer, "column");
    if (!ddl_parse_column(&r->lexer, r->arena, &parsed)) {
        return false;
    }
    add_column(r, table, &parsed, &parsed.columns.items[0], 0);
    return true;
}

static bool
read_drop_column(struct effect_reader *r, const char *table)
{
    struct effect effect = sqlite_effect_blank(EFFECT_DROP_COLUMN);
    (void)lexer_accept(&r->lexer, "column");
    const char *column = lexer_name(&r->lexer, r->arena);
    if (column == NULL) {
        return false;
    }
    effect.object = OBJECT_COLUMN;
    effect.table = table;
    effect.column = sqlite_effect_folded(r, column);
    sqlite_effect_add(r, effect);
    return true;
}

void
sqlite_effect_read_alter(struct effect_reader *r)
{
    const char *table;
    if (!lexer_accept(&r->lexer, "table")) {
        sqlite_effect_add_plain(r, EFFECT_UNKNOWN);
        return;
    }
    if (!sqlite_effect_read_name(r, &table)) {
        return;
    }
    bool is_known = lexer_accept(&r->lexer, "rename") ? read_rename(r, table)
                    : lexer_accept(&r->lexer, "add")  ? read_add_column(r, table)
                    : lexer_accept(&r->lexer, "drop") ? read_drop_column(r, table)
                                                      : false;
    if (!is_known) {
        sqlite_effect_add_plain(r, EFFECT_UNKNOWN);
    }
}

void
sqlite_effect_read_drop(struct effect_reader *r)
{
    static const struct {
        const char *word;
        enum object_kind object;
    } kinds[] = {
        {"table", OBJECT_TABLE}, {"index", OBJECT_INDEX}, {"view", OBJECT_VIEW}, {"trigger", OBJECT_TRIGGER}};
    struct effect effect = sqlite_effect_blank(EFFECT_DROP);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (lexer_accept(&r->lexer, kinds[i].word)) {
            effect.object = kinds[i].object;
            effect.flags = lexer_accept_words(&r->lexer, "if exists") ? EFFECT_IF_EXISTS : 0;
            if (sqlite_effect_read_name(r, &effect.name)) {
                sqlite_effect_add(r, effect);
            }
            return;
        }
    }
    sqlite_effect_add_plain(r, EFFECT_UNKNOWN);
}
