/* The canonical spelling of SQL: what is left of a text when nothing but its meaning may count. */
#include "sqlite/ddl.h"

#include "base/buf.h"

#include <sqlite3.h>
#include <string.h>

static char
fold_char(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char *
ddl_fold(const char *name, struct arena *arena)
{
    char *out = arena_strdup(arena, name);
    for (char *at = out; *at != '\0'; at++) {
        *at = fold_char(*at);
    }
    return out;
}

/* Whether a name reads the same without its quotes. Of the keywords only these could stand alone as an
 * expression; to tell "order" from order is the quotes' only use. */
static bool
needs_no_quotes(struct span name)
{
    static const char *const values[] = {"null",         "true",         "false",
                                         "current_date", "current_time", "current_timestamp"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        if (span_is(name, values[i])) {
            return false;
        }
    }
    bool ok = name.len > 0 && !(name.ptr[0] >= '0' && name.ptr[0] <= '9') && name.ptr[0] != '$';
    for (size_t i = 0; i < name.len && ok; i++) {
        char c = fold_char(name.ptr[i]);
        ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
             ((unsigned char)c & 0x80);
    }
    return ok;
}

static char *
canonical_name(struct token token, struct arena *arena)
{
    char *name = ddl_fold(token_unquote(token, LEX_SQLITE, arena), arena);
    if (needs_no_quotes(span_of(name))) {
        return name;
    }
    char *out = arena_alloc(arena, 2 * strlen(name) + 3);
    size_t len = 0;
    out[len++] = '"';
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '"') {
            out[len++] = '"';
        }
        out[len++] = *at;
    }
    out[len] = '"';
    return out;
}

/* How the token is spelled in canonical text. */
static struct span
spell(struct token token, struct arena *arena)
{
    if (token.kind == TOKEN_NAME) {
        return span_of(canonical_name(token, arena));
    }
    if (token_is_punct(token, "!=")) {
        return SPAN("<>");
    }
    if (token_is_punct(token, "==")) {
        return SPAN("=");
    }
    bool folds = token.kind == TOKEN_WORD || token.kind == TOKEN_NUMBER ||
                 (token.kind == TOKEN_STRING && token.text.ptr[0] != '\'');
    return folds ? span_of(ddl_fold(arena_strndup(arena, token.text.ptr, token.text.len), arena))
                 : token.text;
}

static bool
is_one_of(struct span text, const char *chars)
{
    return text.len == 1 && strchr(chars, text.ptr[0]) != NULL;
}

/* No blank inside brackets and round dots, none between a function's name and its bracket; one elsewhere. */
static bool
wants_blank(const struct token *last, const struct token *token)
{
    bool punct = token->kind == TOKEN_PUNCT;
    if (last->kind == TOKEN_PUNCT && is_one_of(last->text, "(.")) {
        return false;
    }
    if (punct && is_one_of(token->text, "),.;")) {
        return false;
    }
    if (punct && is_one_of(token->text, "(") && last->kind == TOKEN_WORD) {
        return sqlite3_keyword_check(last->text.ptr, (int)last->text.len);
    }
    return !(punct && is_one_of(token->text, "(") && last->kind == TOKEN_NAME);
}

char *
ddl_canonical(struct span sql, struct arena *arena)
{
    BUF_SCOPED out = BUF_INIT(BUF_SQL_MAX);
    ARENA_SCOPED scratch = {0};
    struct lexer lexer;
    struct token last = {0};
    lexer_init(&lexer, sql, LEX_SQLITE);
    for (;;) {
        struct token token = lexer_next(&lexer);
        if (token.kind == TOKEN_END) {
            return arena_strndup(arena, buf_cstr(&out), out.len);
        }
        if (out.len > 0 && wants_blank(&last, &token)) {
            buf_char(&out, ' ');
        }
        buf_span(&out, spell(token, &scratch));
        last = token;
    }
}
