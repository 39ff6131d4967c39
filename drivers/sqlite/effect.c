/* What a statement does, told from its tokens; the engine's authorizer adds what triggers do on top. */
#include "sqlite/effect_reader.h"

/* -- adding ------------------------------------------------------------------------------------------- */

struct effect
sqlite_effect_blank(enum effect_kind kind)
{
    return (struct effect){
        .kind = kind, .name = "", .table = "", .column = "", .new_name = "", .type = "", .detail = ""};
}

void
sqlite_effect_add(struct effect_reader *r, struct effect effect)
{
    effect.piece = r->piece;
    vec_push(r->arena, r->out, effect);
}

void
sqlite_effect_add_plain(struct effect_reader *r, enum effect_kind kind)
{
    sqlite_effect_add(r, sqlite_effect_blank(kind));
}

const char *
sqlite_effect_plain_name(struct effect_reader *r, const struct ddl_name *name)
{
    const char *own = ddl_fold(name->name, r->arena);
    if (str_is_empty(name->schema) || str_eq_nocase(name->schema, "main")) {
        return own;
    }
    return arena_printf(r->arena, "%s.%s", ddl_fold(name->schema, r->arena), own);
}

const char *
sqlite_effect_folded(struct effect_reader *r, const char *name)
{
    return ddl_fold(name, r->arena);
}

const char *
sqlite_effect_squeezed(struct effect_reader *r, struct span text)
{
    return sql_squeeze(text, LEX_SQLITE, r->arena);
}

bool
sqlite_effect_read_name(struct effect_reader *r, const char **out)
{
    struct ddl_name name;
    if (!ddl_parse_name(&r->lexer, r->arena, &name)) {
        sqlite_effect_add_plain(r, EFFECT_UNKNOWN);
        return false;
    }
    *out = sqlite_effect_plain_name(r, &name);
    return true;
}

/* -- the rest ----------------------------------------------------------------------------------------- */

/* Pragmas that keep a number in the file for the application's own use. */
static bool
is_stored_number(const char *pragma)
{
    return str_eq(pragma, "user_version") || str_eq(pragma, "application_id");
}

static void
read_pragma(struct effect_reader *r)
{
    struct pragma pragma;
    struct effect effect = sqlite_effect_blank(EFFECT_SESSION);
    static const char *const readers[] = {
        "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
        "integrity_check",   "quick_check",      "table_info", "table_list", "table_xinfo"};
    if (!pragma_parse(r->sql, r->arena, &pragma)) {
        sqlite_effect_add_plain(r, EFFECT_UNKNOWN);
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
    sqlite_effect_add(r, effect);
}

/* What leaves schema and rows as they are: upkeep, attaching, transactions. */
static bool
read_simple(struct effect_reader *r, struct token first)
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
            struct effect effect = sqlite_effect_blank(words[i].kind);
            effect.name = words[i].kind == EFFECT_SESSION ? words[i].word : "";
            effect.flags = words[i].flags;
            sqlite_effect_add(r, effect);
            return true;
        }
    }
    return false;
}

static void
read_statement(struct effect_reader *r)
{
    static const struct {
        const char *word;
        void (*read)(struct effect_reader *r);
    } readers[] = {{"create", sqlite_effect_read_create}, {"alter", sqlite_effect_read_alter},
                   {"drop", sqlite_effect_read_drop},     {"update", sqlite_effect_read_update},
                   {"delete", sqlite_effect_read_delete}, {"pragma", read_pragma}};
    struct token first = lexer_next(&r->lexer);
    if (token_is_word(first, "with")) {
        sqlite_effect_skip_with(r);
        first = lexer_next(&r->lexer);
    }
    if (token_is_word(first, "insert") || token_is_word(first, "replace")) {
        sqlite_effect_read_insert(r, token_is_word(first, "replace"));
        return;
    }
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        if (token_is_word(first, readers[i].word)) {
            readers[i].read(r);
            return;
        }
    }
    if (!read_simple(r, first)) {
        sqlite_effect_add_plain(r, EFFECT_UNKNOWN);
    }
}

/* -- the authorizer ----------------------------------------------------------------------------------- */

struct witness {
    struct effect_reader *reader;
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
    struct effect effect = sqlite_effect_blank(kind);
    effect.table = sqlite_effect_plain_name(witness->reader, &name);
    if (!is_told(witness, kind, effect.table)) {
        sqlite_effect_add_rows(witness->reader, effect);
    }
    return SQLITE_OK;
}

/* Compiling against the schema as it stands tells what triggers will do. A statement that needs an earlier
 * one of its script to have run does not compile: then its text is all there is. */
static void
ask_engine(struct sqlite_conn *self, struct effect_reader *r, size_t first)
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
        struct effect_reader reader = {
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
