/* Columns and keys, as CREATE TABLE and ALTER TABLE have them. */
#include "mysql/my_effects.h"

#include "base/buf.h"

#include <string.h>

/* -- types -------------------------------------------------------------------------------------------------
 */

static void
add_lower(struct buf *out, struct span word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        buf_char(out, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
}

/* "( 10, 2 )" as "(10,2)": labels are compared letter by letter. */
static void
add_lengths(struct telling *telling, struct buf *out, struct span inside)
{
    struct lexer lexer;
    lexer_init(&lexer, inside, telling->lexer.flags);
    buf_char(out, '(');
    for (struct token token = lexer_next(&lexer); token.kind != TOKEN_END; token = lexer_next(&lexer)) {
        buf_span(out, token.text);
    }
    buf_char(out, ')');
}

/* Words of a type beyond its first one; those of the character set are no part of what is compared. */
static const char *
take_type(struct telling *telling)
{
    static const char *const more[] = {"precision", "varying",   "unsigned",  "zerofill", "varchar",
                                       "char",      "character", "varbinary", NULL};
    static const char *const silent[] = {"signed", "ascii", "unicode", "byte", "binary", NULL};
    struct lexer *lexer = &telling->lexer;
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    struct span inside;
    struct token token = lexer_peek(lexer);
    bool is_long = token_is_word(token, "long") || token_is_word(token, "national");
    if (token.kind != TOKEN_WORD) {
        return NULL;
    }
    add_lower(&text, lexer_next(lexer).text);
    for (;;) {
        token = lexer_peek(lexer);
        bool is_charset = token_is_word(token, "character") || token_is_word(token, "char");
        struct lexer ahead = *lexer;
        (void)lexer_next(&ahead);
        if (lexer_group(lexer, &inside)) {
            add_lengths(telling, &text, inside);
        } else if (is_charset && !is_long && token_is_word(lexer_peek(&ahead), "set")) {
            break;
        } else if (token_is_one_of(token, more)) {
            buf_char(&text, ' ');
            add_lower(&text, lexer_next(lexer).text);
        } else if (token_is_one_of(token, silent)) {
            (void)lexer_next(lexer);
        } else {
            break;
        }
    }
    return arena_strndup(telling->arena, buf_cstr(&text), text.len);
}

/* -- attributes of a column ---------------------------------------------------------------------------- */

/* An expression without operators at its top: a literal, a name, a call, a group. */
static void
take_value(struct telling *telling)
{
    struct lexer *lexer = &telling->lexer;
    struct span inside;
    if (lexer_group(lexer, &inside)) {
        return;
    }
    while (lexer_accept_punct(lexer, "-") || lexer_accept_punct(lexer, "+")) {
    }
    struct token token = lexer_next(lexer);
    while (lexer_accept_punct(lexer, ".")) { /* NEXT VALUE's or nextval's database */
        (void)lexer_next(lexer);
    }
    if (token_is_word(token, "next") && lexer_accept_words(lexer, "value for")) {
        (void)lexer_qualified(lexer, telling->arena);
    } else if (token.kind == TOKEN_WORD && token.text.ptr[0] == '_' &&
               lexer_peek(lexer).kind == TOKEN_STRING) {
        (void)lexer_next(lexer); /* _utf8mb4'text' */
    }
    while (token.kind == TOKEN_STRING && lexer_peek(lexer).kind == TOKEN_STRING) {
        token = lexer_next(lexer);
    }
    (void)lexer_group(lexer, &inside);
}

/* The time of the statement is one for all its rows; any other call may differ from row to row. */
static bool
is_volatile(const char *text)
{
    static const char *const stable[] = {"current_timestamp", "now", "localtime", "localtimestamp",
                                         "curdate"};
    for (size_t i = 0; i < COUNT_OF(stable); i++) {
        if (span_starts_nocase(span_of(text), stable[i])) {
            return false;
        }
    }
    return *text != '\'' && *text != '"' && strchr(text, '(') != NULL &&
           strchr(strchr(text, '(') + 1, '(') != NULL;
}

static void
take_default(struct telling *telling, struct effect *effect)
{
    size_t at = lexer_peek(&telling->lexer).at;
    bool is_null = token_is_word(lexer_peek(&telling->lexer), "null");
    take_value(telling);
    if (is_null) {
        return;
    }
    effect->detail = told_since(telling, at);
    effect->flags |= EFFECT_HAS_DEFAULT;
    effect->flags |= is_volatile(effect->detail) ? EFFECT_VOLATILE_DEFAULT : 0;
}

static void
take_generated(struct telling *telling, struct effect *effect)
{
    struct span inside;
    size_t at = lexer_peek(&telling->lexer).at;
    (void)lexer_group(&telling->lexer, &inside);
    effect->detail = told_since(telling, at);
    bool is_stored = lexer_accept(&telling->lexer, "stored") || lexer_accept(&telling->lexer, "persistent");
    effect->flags |= is_stored ? EFFECT_STORED_GENERATED : 0;
}

/* REFERENCES parent (columns) [MATCH x] [ON DELETE x] [ON UPDATE x] */
static void
take_references(struct telling *telling)
{
    static const char *const words[] = {
        "match full",           "match partial",      "match simple",        "on delete restrict",
        "on delete cascade",    "on delete set null", "on delete no action", "on delete set default",
        "on update restrict",   "on update cascade",  "on update set null",  "on update no action",
        "on update set default"};
    struct span inside;
    (void)lexer_qualified(&telling->lexer, telling->arena);
    (void)lexer_group(&telling->lexer, &inside);
    size_t tried = 0;
    while (tried < COUNT_OF(words)) { /* they come in any order */
        tried = lexer_accept_words(&telling->lexer, words[tried]) ? 0 : tried + 1;
    }
}

static void
take_column_reference(struct telling *telling, struct effect *effect, struct effect *reference, size_t at)
{
    take_references(telling);
    effect->flags |= EFFECT_FOREIGN_KEY;
    *reference = effect_blank(EFFECT_CREATE);
    reference->object = OBJECT_FOREIGN_KEY;
    reference->flags = EFFECT_INLINE | EFFECT_FOREIGN_KEY;
    reference->table = effect->table;
    reference->column = effect->column;
    reference->detail = arena_printf(telling->arena, "(%s) %s", effect->column, told_since(telling, at));
}

struct attribute {
    const char *words;
    unsigned flags;
    bool has_value; /* a word or literal follows, perhaps behind "=" */
};

static const struct attribute attributes[] = {
    {"not null", EFFECT_NOT_NULL, false},
    {"null", 0, false},
    {"auto_increment", EFFECT_AUTO_INCREMENT, false},
    {"unique key", EFFECT_UNIQUE, false},
    {"unique", EFFECT_UNIQUE, false},
    {"primary key", EFFECT_PRIMARY, false},
    {"primary", EFFECT_PRIMARY, false},
    {"key", EFFECT_PRIMARY, false},
    {"comment", 0, true},
    {"collate", 0, true},
    {"character set", 0, true},
    {"char set", 0, true},
    {"charset", 0, true},
    {"column_format", 0, true},
    {"storage", 0, true},
    {"engine_attribute", 0, true},
    {"secondary_engine_attribute", 0, true},
    {"srid", 0, true},
    {"ref_system_id", 0, true},
    {"visible", 0, false},
    {"invisible", 0, false},
    {"virtual", 0, false},
    {"not secondary", 0, false},
    {"with system versioning", 0, false},
    {"without system versioning", 0, false},
    {"not enforced", 0, false},
    {"enforced", 0, false},
    {"compressed", 0, false},
    {"first", 0, false},
    {"after", 0, true},
};

static bool
take_plain_attribute(struct telling *telling, struct effect *effect)
{
    for (size_t i = 0; i < COUNT_OF(attributes); i++) {
        if (!lexer_accept_words(&telling->lexer, attributes[i].words)) {
            continue;
        }
        effect->flags |= attributes[i].flags;
        if (attributes[i].has_value) {
            (void)lexer_accept_punct(&telling->lexer, "=");
            take_value(telling);
        }
        return true;
    }
    return false;
}

static bool
take_attribute(struct telling *telling, struct effect *effect, struct effect *reference)
{
    struct lexer *lexer = &telling->lexer;
    struct span inside;
    size_t at = lexer_peek(lexer).at;
    if (take_plain_attribute(telling, effect)) {
        return true;
    }
    if (lexer_accept(lexer, "default")) {
        take_default(telling, effect);
    } else if (lexer_accept_words(lexer, "on update")) {
        take_value(telling);
    } else if (lexer_accept_words(lexer, "generated always as") || lexer_accept(lexer, "as")) {
        take_generated(telling, effect);
    } else if (lexer_accept(lexer, "references")) {
        take_column_reference(telling, effect, reference, at);
    } else if (lexer_accept(lexer, "check")) {
        (void)lexer_group(lexer, &inside);
        effect->flags |= EFFECT_CHECK;
    } else if (lexer_accept(lexer, "constraint")) {
        if (!token_is_word(lexer_peek(lexer), "check") && !token_is_word(lexer_peek(lexer), "references")) {
            (void)lexer_name(lexer, telling->arena);
        }
    } else {
        return false;
    }
    return true;
}

static bool
is_end(struct token token)
{
    return token.kind == TOKEN_END || token_is_punct(token, ",") || token_is_punct(token, ")") ||
           token_is_punct(token, ";");
}

bool
take_column(struct telling *telling, struct effect *effect, struct effect *reference)
{
    *reference = effect_blank(EFFECT_READ);
    const char *type = take_type(telling);
    if (type == NULL) {
        return false;
    }
    effect->type = type;
    if (str_eq(type, "serial")) {
        effect->type = "bigint unsigned";
        effect->flags |= EFFECT_NOT_NULL | EFFECT_AUTO_INCREMENT | EFFECT_UNIQUE;
    } else if (str_eq(type, "boolean") || str_eq(type, "bool")) {
        effect->type = "tinyint(1)";
    }
    while (!is_end(lexer_peek(&telling->lexer))) {
        if (!take_attribute(telling, effect, reference)) {
            return false;
        }
    }
    return true;
}

/* -- keys ---------------------------------------------------------------------------------------------- */

struct key_words {
    const char *words;
    enum object_kind object;
    unsigned flags;
    bool has_index_word; /* INDEX or KEY may follow */
};

static const struct key_words keys[] = {
    {"primary key", OBJECT_CONSTRAINT, EFFECT_PRIMARY, false},
    {"unique", OBJECT_CONSTRAINT, EFFECT_UNIQUE, true},
    {"foreign key", OBJECT_FOREIGN_KEY, EFFECT_FOREIGN_KEY, false},
    {"check", OBJECT_CONSTRAINT, EFFECT_CHECK, false},
    {"fulltext", OBJECT_INDEX, 0, true},
    {"spatial", OBJECT_INDEX, 0, true},
    {"vector index", OBJECT_INDEX, 0, false},
    {"vector key", OBJECT_INDEX, 0, false},
    {"index", OBJECT_INDEX, 0, false},
    {"key", OBJECT_INDEX, 0, false},
};

/* The one column in "(a(10) DESC)"; "" when there are several or an expression. */
static const char *
single_column(struct telling *telling, struct span inside)
{
    struct lexer lexer;
    lexer_init(&lexer, inside, telling->lexer.flags);
    char *name = lexer_name(&lexer, telling->arena);
    lexer_skip_item(&lexer);
    return name == NULL || lexer_peek(&lexer).kind != TOKEN_END ? "" : name;
}

static void
take_key_name(struct telling *telling, struct effect *effect)
{
    struct lexer *lexer = &telling->lexer;
    (void)take_if(telling);
    bool is_next = token_is_punct(lexer_peek(lexer), "(") || token_is_word(lexer_peek(lexer), "using") ||
                   token_is_word(lexer_peek(lexer), "type");
    if (!is_next) {
        char *name = lexer_name(lexer, telling->arena);
        effect->name = str_is_empty(effect->name) && name != NULL ? name : effect->name;
    }
    if (lexer_accept(lexer, "using") || lexer_accept(lexer, "type")) {
        (void)lexer_next(lexer);
    }
}

/* Behind the columns: what refers to, or how the index is kept, up to the end of the clause. */
static void
take_key_tail(struct telling *telling)
{
    struct span inside;
    while (!is_end(lexer_peek(&telling->lexer))) {
        if (!lexer_group(&telling->lexer, &inside)) {
            (void)lexer_next(&telling->lexer);
        }
    }
}

static const struct key_words *
find_key(struct telling *telling)
{
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (lexer_accept_words(&telling->lexer, keys[i].words)) {
            return &keys[i];
        }
    }
    return NULL;
}

bool
take_key(struct telling *telling, struct effect *effect)
{
    struct lexer *lexer = &telling->lexer;
    struct lexer start = *lexer;
    struct span inside;
    if (lexer_accept(lexer, "constraint")) {
        static const char *const kinds[] = {"primary", "unique", "foreign", "check", NULL};
        (void)take_if(telling);
        char *name = token_is_one_of(lexer_peek(lexer), kinds) ? NULL : lexer_name(lexer, telling->arena);
        effect->name = name == NULL ? "" : name;
    }
    const struct key_words *key = find_key(telling);
    if (key == NULL) {
        *lexer = start;
        effect->name = "";
        return false;
    }
    effect->object = key->object;
    effect->flags |= key->flags;
    if (key->has_index_word && !lexer_accept(lexer, "index")) {
        (void)lexer_accept(lexer, "key");
    }
    if (!(key->flags & EFFECT_CHECK)) {
        take_key_name(telling, effect);
    }
    size_t at = lexer_peek(lexer).at;
    if (!lexer_group(lexer, &inside)) {
        *lexer = start;
        return false;
    }
    effect->column = key->flags & EFFECT_CHECK ? "" : single_column(telling, inside);
    take_key_tail(telling);
    effect->detail = told_since(telling, at);
    if (key->flags & EFFECT_PRIMARY) {
        effect->name = "";
    }
    return true;
}
