/* What a statement does, told from its tokens; the engine's authorizer adds what triggers do on top. */
#include "sqlite/internal.h"

#include <string.h>

/* The statement at hand and where its effects go. */
struct reader {
    struct arena *arena;
    struct effects *out;
    size_t piece;
    struct span sql;
    struct lexer lexer;
};

/* -- adding -----------------------------------------------------------------------------------------------
 */

static struct effect
blank_effect(enum effect_kind kind)
{
    return (struct effect){
        .kind = kind, .name = "", .table = "", .column = "", .new_name = "", .type = "", .detail = ""};
}

static void
add(struct reader *r, struct effect effect)
{
    effect.piece = r->piece;
    vec_push(r->arena, r->out, effect);
}

static void
add_plain(struct reader *r, enum effect_kind kind)
{
    add(r, blank_effect(kind));
}

/* "main" goes without saying; SQLite's names differ by more than ASCII case. */
static const char *
plain_name(struct reader *r, const struct ddl_name *name)
{
    const char *own = ddl_fold(name->name, r->arena);
    if (str_is_empty(name->schema) || str_eq_nocase(name->schema, "main")) {
        return own;
    }
    return arena_printf(r->arena, "%s.%s", ddl_fold(name->schema, r->arena), own);
}

/* What belongs to a table stands in its schema. */
static const char *
table_beside(struct reader *r, const struct ddl_name *name, const char *table)
{
    struct ddl_name qualified = {name->schema, table};
    return plain_name(r, &qualified);
}

static const char *
folded(struct reader *r, const char *name)
{
    return ddl_fold(name, r->arena);
}

static const char *
squeezed(struct reader *r, struct span text)
{
    return sql_squeeze(text, LEX_SQLITE, r->arena);
}

/* False, with an effect that says so, when no name follows. */
static bool
read_name(struct reader *r, const char **out)
{
    struct ddl_name name;
    if (!ddl_parse_name(&r->lexer, r->arena, &name)) {
        add_plain(r, EFFECT_UNKNOWN);
        return false;
    }
    *out = plain_name(r, &name);
    return true;
}

/* -- tables -----------------------------------------------------------------------------------------------
 */

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
add_reference(struct reader *r, const char *table, const struct ddl_reference *reference)
{
    struct effect effect = blank_effect(EFFECT_CREATE);
    effect.object = OBJECT_FOREIGN_KEY;
    effect.flags = EFFECT_INLINE | EFFECT_FOREIGN_KEY;
    effect.name = folded(r, reference->name);
    effect.table = table;
    effect.column = reference->n_columns == 1 ? folded(r, reference->columns[0]) : "";
    effect.detail = reference->is_inline ? arena_printf(r->arena, "(%s) %s", reference->columns[0],
                                                        squeezed(r, reference->source))
                                         : squeezed(r, reference->source);
    add(r, effect);
}

static void
add_column(struct reader *r, const char *table, const struct ddl_table *parsed,
           const struct ddl_column *column, unsigned flags)
{
    struct effect effect = blank_effect(EFFECT_ADD_COLUMN);
    effect.object = OBJECT_COLUMN;
    effect.flags = flags | column_flags(column);
    effect.table = table;
    effect.column = folded(r, column->name);
    effect.type = column->type;
    effect.detail = column->default_text == NULL ? "" : squeezed(r, column->default_source);
    add(r, effect);
    for (size_t i = 0; i < parsed->references.n; i++) {
        const struct ddl_reference *reference = &parsed->references.items[i];
        if (reference->is_inline && reference->columns[0] == column->name) {
            add_reference(r, table, reference);
        }
    }
}

static void
add_key(struct reader *r, const char *table, const struct ddl_key *key)
{
    struct effect effect = blank_effect(EFFECT_CREATE);
    effect.object = OBJECT_CONSTRAINT;
    effect.flags = EFFECT_INLINE | (unsigned)(key->is_primary ? EFFECT_PRIMARY : EFFECT_UNIQUE) |
                   (key->is_autoincrement ? EFFECT_AUTO_INCREMENT : 0U);
    effect.name = folded(r, key->name);
    effect.table = table;
    effect.column = key->n_columns == 1 ? folded(r, key->columns[0]) : "";
    effect.detail = squeezed(r, key->source);
    add(r, effect);
}

static void
add_check(struct reader *r, const char *table, const struct ddl_check *check)
{
    struct effect effect = blank_effect(EFFECT_CREATE);
    effect.object = OBJECT_CONSTRAINT;
    effect.flags = EFFECT_INLINE | EFFECT_CHECK;
    effect.name = folded(r, check->name);
    effect.table = table;
    effect.detail = squeezed(r, check->source);
    add(r, effect);
}

static void
add_members(struct reader *r, const char *table, const struct ddl_table *parsed)
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

/* -- CREATE -----------------------------------------------------------------------------------------------
 */

static unsigned
create_flags(bool is_temporary, bool if_not_exists)
{
    return (is_temporary ? EFFECT_TEMPORARY : 0U) | (if_not_exists ? EFFECT_IF_NOT_EXISTS : 0U);
}

static bool
read_create_table(struct reader *r)
{
    struct ddl_table table;
    struct effect effect = blank_effect(EFFECT_CREATE);
    if (!ddl_parse_table(r->sql, r->arena, &table)) {
        return false;
    }
    effect.object = OBJECT_TABLE;
    effect.flags = create_flags(table.is_temporary, table.if_not_exists);
    effect.name = plain_name(r, &table.name);
    effect.detail = table.is_virtual ? table.module : "";
    add(r, effect);
    add_members(r, effect.name, &table);
    return true;
}

static bool
read_create_index(struct reader *r)
{
    struct ddl_index index;
    struct effect effect = blank_effect(EFFECT_CREATE);
    if (!ddl_parse_index(r->sql, r->arena, &index)) {
        return false;
    }
    effect.object = OBJECT_INDEX;
    effect.flags = create_flags(false, index.if_not_exists) | (index.is_unique ? EFFECT_UNIQUE : 0U);
    effect.name = plain_name(r, &index.name);
    effect.table = table_beside(r, &index.name, index.table);
    effect.column = index.n_columns == 1 ? folded(r, index.columns[0]) : "";
    effect.detail = squeezed(r, index.source);
    add(r, effect);
    return true;
}

static bool
read_create_body(struct reader *r)
{
    struct ddl_body body;
    struct effect effect = blank_effect(EFFECT_CREATE);
    bool is_view = ddl_parse_view(r->sql, r->arena, &body);
    if (!is_view && !ddl_parse_trigger(r->sql, r->arena, &body)) {
        return false;
    }
    effect.object = is_view ? OBJECT_VIEW : OBJECT_TRIGGER;
    effect.flags = create_flags(body.is_temporary, body.if_not_exists);
    effect.name = plain_name(r, &body.name);
    effect.table = is_view ? "" : table_beside(r, &body.name, body.table);
    effect.detail = squeezed(r, body.source);
    add(r, effect);
    return true;
}

static void
read_create(struct reader *r)
{
    if (!read_create_table(r) && !read_create_index(r) && !read_create_body(r)) {
        add_plain(r, EFFECT_UNKNOWN);
    }
}

/* -- ALTER, DROP ------------------------------------------------------------------------------------------
 */

static bool
read_rename(struct reader *r, const char *table)
{
    struct effect effect = blank_effect(EFFECT_RENAME);
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
        effect.name = effect.column = folded(r, from);
        effect.table = table;
    }
    const char *to = lexer_name(&r->lexer, r->arena);
    if (to == NULL) {
        return false;
    }
    effect.new_name = folded(r, to);
    add(r, effect);
    return true;
}

static bool
read_add_column(struct reader *r, const char *table)
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
read_drop_column(struct reader *r, const char *table)
{
    struct effect effect = blank_effect(EFFECT_DROP_COLUMN);
    (void)lexer_accept(&r->lexer, "column");
    const char *column = lexer_name(&r->lexer, r->arena);
    if (column == NULL) {
        return false;
    }
    effect.object = OBJECT_COLUMN;
    effect.table = table;
    effect.column = folded(r, column);
    add(r, effect);
    return true;
}

static void
read_alter(struct reader *r)
{
    const char *table;
    if (!lexer_accept(&r->lexer, "table")) {
        add_plain(r, EFFECT_UNKNOWN);
        return;
    }
    if (!read_name(r, &table)) {
        return;
    }
    bool is_known = lexer_accept(&r->lexer, "rename") ? read_rename(r, table)
                    : lexer_accept(&r->lexer, "add")  ? read_add_column(r, table)
                    : lexer_accept(&r->lexer, "drop") ? read_drop_column(r, table)
                                                      : false;
    if (!is_known) {
        add_plain(r, EFFECT_UNKNOWN);
    }
}

static void
read_drop(struct reader *r)
{
    static const struct {
        const char *word;
        enum object_kind object;
    } kinds[] = {
        {"table", OBJECT_TABLE}, {"index", OBJECT_INDEX}, {"view", OBJECT_VIEW}, {"trigger", OBJECT_TRIGGER}};
    struct effect effect = blank_effect(EFFECT_DROP);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (lexer_accept(&r->lexer, kinds[i].word)) {
            effect.object = kinds[i].object;
            effect.flags = lexer_accept_words(&r->lexer, "if exists") ? EFFECT_IF_EXISTS : 0;
            if (read_name(r, &effect.name)) {
                add(r, effect);
            }
            return;
        }
    }
    add_plain(r, EFFECT_UNKNOWN);
}

/* -- rows -------------------------------------------------------------------------------------------------
 */

/* Writing to the schema table is a way to change anything. */
static void
add_rows(struct reader *r, struct effect effect)
{
    const char *dot = strrchr(effect.table, '.');
    const char *own = dot == NULL ? effect.table : dot + 1;
    bool is_schema = str_eq(own, "sqlite_master") || str_eq(own, "sqlite_schema");
    if (is_schema) {
        add_plain(r, EFFECT_UNKNOWN);
    } else {
        effect.object = OBJECT_TABLE;
        add(r, effect);
    }
}

/* Takes tokens up to the word, outside brackets; false when it does not come. */
static bool
skip_to(struct reader *r, const char *word)
{
    struct span ignored;
    for (;;) {
        if (lexer_accept(&r->lexer, word)) {
            return true;
        }
        if (lexer_peek(&r->lexer).kind == TOKEN_END) {
            return false;
        }
        if (!lexer_group(&r->lexer, &ignored)) {
            (void)lexer_next(&r->lexer);
        }
    }
}

/* "OR REPLACE" and its like. */
static bool
accept_or_replace(struct reader *r)
{
    return lexer_accept(&r->lexer, "or") && token_is_word(lexer_next(&r->lexer), "replace");
}

static void
read_insert(struct reader *r, bool is_replace)
{
    struct effect effect = blank_effect(EFFECT_INSERT);
    is_replace = accept_or_replace(r) || is_replace;
    if (!lexer_accept(&r->lexer, "into")) {
        add_plain(r, EFFECT_UNKNOWN);
        return;
    }
    if (!read_name(r, &effect.table)) {
        return;
    }
    while (!is_replace && skip_to(r, "conflict")) { /* one ON CONFLICT after the other */
        struct lexer mark = r->lexer;
        is_replace = skip_to(r, "do") && lexer_accept(&r->lexer, "update");
        r->lexer = is_replace ? r->lexer : mark;
    }
    effect.flags = is_replace ? EFFECT_REPLACE_ROWS : 0;
    add_rows(r, effect);
}

/* What an UPDATE or DELETE has after its table, outside brackets. */
struct tail {
    const char *column; /* the one column set; NULL when there are several */
    bool is_limited;    /* WHERE or LIMIT */
};

static struct tail
read_tail(struct reader *r, bool has_set)
{
    static const char *const ends[] = {"from", "where", "returning", "limit", "order", NULL};
    struct tail tail = {"", false};
    bool in_set = has_set && skip_to(r, "set");
    bool is_item = in_set;
    for (;;) {
        struct span inside;
        struct token token = lexer_peek(&r->lexer);
        if (token.kind == TOKEN_END) {
            return tail;
        }
        if (token_is_one_of(token, ends)) {
            tail.is_limited =
                tail.is_limited || token_is_word(token, "where") || token_is_word(token, "limit");
            in_set = false;
        }
        if (is_item && in_set) {
            struct lexer mark = r->lexer;
            const char *name = lexer_name(&r->lexer, r->arena);
            r->lexer = mark;
            tail.column = name != NULL && str_eq(tail.column, "") ? folded(r, name) : NULL;
        }
        is_item = in_set && token_is_punct(token, ",");
        if (!lexer_group(&r->lexer, &inside)) {
            (void)lexer_next(&r->lexer);
        }
    }
}

static void
read_update(struct reader *r)
{
    struct effect effect = blank_effect(EFFECT_UPDATE);
    bool is_replace = accept_or_replace(r);
    if (!read_name(r, &effect.table)) {
        return;
    }
    struct tail tail = read_tail(r, true);
    effect.column = tail.column == NULL ? "" : tail.column;
    effect.flags = (tail.is_limited ? 0U : EFFECT_NO_WHERE) | (is_replace ? EFFECT_REPLACE_ROWS : 0U);
    add_rows(r, effect);
}

static void
read_delete(struct reader *r)
{
    struct effect effect = blank_effect(EFFECT_DELETE);
    if (!lexer_accept(&r->lexer, "from")) {
        add_plain(r, EFFECT_UNKNOWN);
    } else if (read_name(r, &effect.table)) {
        effect.flags = read_tail(r, false).is_limited ? 0 : EFFECT_NO_WHERE;
        add_rows(r, effect);
    }
}

/* The common table expressions before a statement: "a (x) AS NOT MATERIALIZED (...), b AS (...)". */
static void
skip_with(struct reader *r)
{
    struct span ignored;
    (void)lexer_accept(&r->lexer, "recursive");
    do {
        (void)lexer_name(&r->lexer, r->arena);
        (void)lexer_group(&r->lexer, &ignored);
        (void)lexer_accept(&r->lexer, "as");
        (void)lexer_accept(&r->lexer, "not");
        (void)lexer_accept(&r->lexer, "materialized");
        (void)lexer_group(&r->lexer, &ignored);
    } while (lexer_accept_punct(&r->lexer, ","));
}

/* -- the rest -----------------------------------------------------------------------------------------------
 */

/* Pragmas that keep a number in the file for the application's own use. */
static bool
is_stored_number(const char *pragma)
{
    return str_eq(pragma, "user_version") || str_eq(pragma, "application_id");
}

static void
read_pragma(struct reader *r)
{
    struct pragma pragma;
    struct effect effect = blank_effect(EFFECT_SESSION);
    static const char *const readers[] = {
        "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
        "integrity_check",   "quick_check",      "table_info", "table_list", "table_xinfo"};
    if (!pragma_parse(r->sql, r->arena, &pragma)) {
        add_plain(r, EFFECT_UNKNOWN);
        return;
    }
    effect.name = pragma.name;
    effect.type = pragma.value;
    effect.kind = pragma.has_value || str_eq(pragma.name, "optimize") ? EFFECT_SESSION : EFFECT_READ;
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        effect.kind = str_eq(readers[i], pragma.name) ? EFFECT_READ : effect.kind;
    }
    if (pragma.has_value && is_stored_number(pragma.name)) {
        effect.kind = EFFECT_ALTER;
        effect.object = OBJECT_OTHER;
    }
    if (pragma.has_value && str_eq(pragma.name, "schema_version")) {
        effect.kind = EFFECT_UNKNOWN;
    }
    add(r, effect);
}

/* What leaves schema and rows as they are: upkeep, attaching, transactions. */
static bool
read_simple(struct reader *r, struct token first)
{
    static const struct {
        const char *word;
        enum effect_kind kind;
        unsigned flags;
    } words[] = {
        {"select", EFFECT_READ, 0},
        {"values", EFFECT_READ, 0},
        {"explain", EFFECT_READ, 0},
        {"begin", EFFECT_TRANSACTION, 0},
        {"commit", EFFECT_TRANSACTION, 0},
        {"end", EFFECT_TRANSACTION, 0},
        {"rollback", EFFECT_TRANSACTION, 0},
        {"savepoint", EFFECT_TRANSACTION, 0},
        {"release", EFFECT_TRANSACTION, 0},
        {"vacuum", EFFECT_SESSION, EFFECT_REWRITE},
        {"reindex", EFFECT_SESSION, EFFECT_REWRITE},
        {"analyze", EFFECT_SESSION, 0},
        {"attach", EFFECT_SESSION, 0},
        {"detach", EFFECT_SESSION, 0},
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (token_is_word(first, words[i].word)) {
            struct effect effect = blank_effect(words[i].kind);
            effect.name = words[i].kind == EFFECT_SESSION ? words[i].word : "";
            effect.flags = words[i].flags;
            add(r, effect);
            return true;
        }
    }
    return false;
}

static void
read_statement(struct reader *r)
{
    static const struct {
        const char *word;
        void (*read)(struct reader *r);
    } readers[] = {{"create", read_create}, {"alter", read_alter},   {"drop", read_drop},
                   {"update", read_update}, {"delete", read_delete}, {"pragma", read_pragma}};
    struct token first = lexer_next(&r->lexer);
    if (token_is_word(first, "with")) {
        skip_with(r);
        first = lexer_next(&r->lexer);
    }
    if (token_is_word(first, "insert") || token_is_word(first, "replace")) {
        read_insert(r, token_is_word(first, "replace"));
        return;
    }
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        if (token_is_word(first, readers[i].word)) {
            readers[i].read(r);
            return;
        }
    }
    if (!read_simple(r, first)) {
        add_plain(r, EFFECT_UNKNOWN);
    }
}

/* -- the authorizer -----------------------------------------------------------------------------------------
 */

struct witness {
    struct reader *reader;
    size_t first; /* of the statement's effects */
};

static bool
is_told(const struct witness *witness, enum effect_kind kind, const char *table)
{
    const struct effects *effects = witness->reader->out;
    for (size_t i = witness->first; i < effects->n; i++) {
        if (effects->items[i].kind == kind && str_eq(effects->items[i].table, table)) {
            return true;
        }
    }
    return false;
}

static int
on_action(void *context, int action, const char *table, const char *column, const char *schema,
          const char *trigger)
{
    struct witness *witness = context;
    enum effect_kind kind = action == SQLITE_INSERT   ? EFFECT_INSERT
                            : action == SQLITE_UPDATE ? EFFECT_UPDATE
                            : action == SQLITE_DELETE ? EFFECT_DELETE
                                                      : EFFECT_READ;
    if (kind == EFFECT_READ || trigger == NULL) { /* the statement's own actions were read from its text */
        return SQLITE_OK;
    }
    (void)column;
    struct ddl_name name = {schema == NULL ? "" : schema, table};
    struct effect effect = blank_effect(kind);
    effect.table = plain_name(witness->reader, &name);
    if (!is_told(witness, kind, effect.table)) {
        add_rows(witness->reader, effect);
    }
    return SQLITE_OK;
}

/* Compiling against the schema as it stands tells what triggers will do. A statement that needs an earlier
 * one of its script to have run does not compile: then its text is all there is. */
static void
ask_engine(struct sqlite_conn *self, struct reader *r, size_t first)
{
    enum { LEN_MAX = 1 << 20 };
    struct witness witness = {r, first};
    sqlite3_stmt *stmt = NULL;
    if (first == r->out->n || r->sql.len > LEN_MAX) {
        return;
    }
    enum effect_kind kind = r->out->items[first].kind;
    if (kind != EFFECT_INSERT && kind != EFFECT_UPDATE && kind != EFFECT_DELETE) {
        return;
    }
    (void)sqlite3_set_authorizer(self->db, on_action, &witness);
    (void)sqlite3_prepare_v3(self->db, r->sql.ptr, (int)r->sql.len, 0, &stmt, NULL);
    (void)sqlite3_finalize(stmt);
    watch_script(self, self->in_script);
}

enum status
sqlite_effects(struct conn *conn, const struct pieces *pieces, struct arena *arena, struct effects *out,
               struct err *err)
{
    (void)err;
    *out = (struct effects){0};
    for (size_t i = 0; i < pieces->n; i++) {
        if (pieces->items[i].kind != PIECE_STATEMENT) {
            continue;
        }
        struct reader reader = {
            .arena = arena, .out = out, .piece = i, .sql = piece_text(pieces, &pieces->items[i])};
        size_t first = out->n;
        lexer_init(&reader.lexer, reader.sql, LEX_SQLITE);
        read_statement(&reader);
        if (conn != NULL) {
            ask_engine(sqlite_of(conn), &reader, first);
        }
    }
    return STATUS_OK;
}
