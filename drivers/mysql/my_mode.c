#include "mysql/my_mode.h"

#include <string.h>

struct mode {
    const char *name;
    uint64_t bit;    /* its value in a numeric sql_mode */
    unsigned clears; /* lexer flags that do not hold under it */
};

static const struct mode table[] = {
    {"ANSI_QUOTES", 4, LEX_DOUBLE_STRINGS}, {"NO_BACKSLASH_ESCAPES", 1 << 20, LEX_BACKSLASH},
    {"ANSI", 1 << 18, LEX_DOUBLE_STRINGS},  {"ORACLE", 1 << 9, LEX_DOUBLE_STRINGS},
    {"MSSQL", 1 << 10, LEX_DOUBLE_STRINGS}, {"DB2", 1 << 11, LEX_DOUBLE_STRINGS},
    {"MAXDB", 1 << 12, LEX_DOUBLE_STRINGS}, {"POSTGRESQL", 1 << 8, LEX_DOUBLE_STRINGS},
};

/* What the modes in a comma-separated list take away. */
static unsigned
cleared_by(struct span list)
{
    unsigned cleared = 0;
    while (list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        size_t len = comma == NULL ? list.len : (size_t)(comma - list.ptr);
        struct span name = span_trim((struct span){list.ptr, len});
        for (size_t i = 0; i < COUNT_OF(table); i++) {
            cleared |= span_is_nocase(name, table[i].name) ? table[i].clears : 0;
        }
        len += comma != NULL;
        list = (struct span){list.ptr + len, list.len - len};
    }
    return cleared;
}

unsigned
modes_flags(struct span list)
{
    return LEX_MYSQL & ~cleared_by(list);
}

void
modes_init(struct modes *modes, unsigned initial, struct arena *arena)
{
    *modes = (struct modes){.initial = initial, .current = initial, .arena = arena};
    map_init(&modes->saved, arena);
}

static unsigned
flags_of_number(struct span digits, unsigned fallback)
{
    uint64_t bits;
    unsigned flags = LEX_MYSQL;
    if (!parse_u64(digits, &bits)) {
        return fallback;
    }
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        flags &= bits & table[i].bit ? ~table[i].clears : ~0u;
    }
    return flags;
}

static char *
variable_key(struct modes *modes, struct span name)
{
    char *key = arena_strndup(modes->arena, name.ptr, name.len);
    for (char *c = key; *c != '\0'; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
    }
    return key;
}

/* "sql_mode", "@@sql_mode", "@@session.sql_mode"; `*global` when it is the server's. Takes nothing else. */
static bool
accept_sql_mode(struct lexer *lexer, bool *global)
{
    struct lexer ahead = *lexer;
    struct token token = lexer_next(&ahead);
    *global = false;
    if (token.kind == TOKEN_PARAM && lexer_accept_punct(&ahead, ".")) {
        *global = span_is_nocase(token.text, "@@global") || span_starts_nocase(token.text, "@@persist");
        token = lexer_next(&ahead);
    }
    if (!span_is_nocase(token.text, "sql_mode") && !span_is_nocase(token.text, "@@sql_mode")) {
        return false;
    }
    *lexer = ahead;
    return true;
}

/* The value of an assignment, up to the next "," or the end. Functions are read by what they hold: CONCAT
 * adds the modes it names, REPLACE takes the first ones away. */
static unsigned
read_value(struct modes *modes, struct lexer *lexer)
{
    bool takes_away = token_is_word(lexer_peek(lexer), "replace");
    unsigned flags = LEX_MYSQL;
    unsigned named = 0;
    size_t depth = 0;
    for (struct token token = lexer_peek(lexer); token.kind != TOKEN_END; token = lexer_peek(lexer)) {
        bool global;
        if (depth == 0 && (token_is_punct(token, ",") || token_is_punct(token, ";"))) {
            break;
        }
        if (accept_sql_mode(lexer, &global)) {
            flags = global ? modes->initial : modes->current;
            continue;
        }
        depth += token_is_punct(token, "(");
        depth -= token_is_punct(token, ")") && depth > 0;
        if (token.kind == TOKEN_PARAM) {
            const unsigned *saved = map_get(&modes->saved, span_of(variable_key(modes, token.text)));
            flags = saved == NULL ? modes->initial : *saved;
        } else if (token_is_word(token, "default")) {
            flags = modes->initial;
        } else if (token.kind == TOKEN_NUMBER) {
            flags = flags_of_number(token.text, flags);
        } else if (token.kind == TOKEN_STRING || token.kind == TOKEN_NAME) {
            named |= cleared_by(span_of(token_unquote(token, modes->current, modes->arena)));
        } else if (token.kind == TOKEN_WORD) {
            named |= cleared_by(token.text);
        }
        (void)lexer_next(lexer);
    }
    return takes_away ? flags | named : flags & ~named;
}

static void
follow_assignment(struct modes *modes, struct lexer *lexer, bool *global)
{
    static const char *const everywhere[] = {"global", "persist", "persist_only", NULL};
    static const char *const here[] = {"session", "local", NULL};
    bool of_server = false;
    if (token_is_one_of(lexer_peek(lexer), everywhere) || token_is_one_of(lexer_peek(lexer), here)) {
        *global = token_is_one_of(lexer_next(lexer), everywhere);
    }
    bool is_mode = accept_sql_mode(lexer, &of_server);
    struct token variable = {0};
    if (!is_mode) {
        variable = lexer_next(lexer);
    }
    if (!lexer_accept_punct(lexer, "=") && !lexer_accept_punct(lexer, ":=")) {
        return;
    }
    unsigned flags = read_value(modes, lexer);
    if (is_mode && !*global && !of_server) {
        modes->current = flags;
    } else if (variable.kind == TOKEN_PARAM) {
        unsigned *saved = arena_new(modes->arena, unsigned);
        *saved = flags;
        (void)map_put(&modes->saved, span_of(variable_key(modes, variable.text)), saved);
    }
}

void
modes_follow(struct modes *modes, struct span statement)
{
    struct lexer lexer;
    bool global = false;
    lexer_init(&lexer, statement, modes->current);
    if (!lexer_accept(&lexer, "set") || token_is_word(lexer_peek(&lexer), "statement")) {
        return;
    }
    do {
        follow_assignment(modes, &lexer, &global);
        while (lexer_peek(&lexer).kind != TOKEN_END && !token_is_punct(lexer_peek(&lexer), ",")) {
            (void)lexer_next(&lexer);
        }
    } while (lexer_accept_punct(&lexer, ","));
}
