#include "mysql/my_block.h"

#include <string.h>

/* What END closes. A CASE expression ends with END, a CASE statement with END CASE. */
enum block_kind { KIND_BEGIN, KIND_IF, KIND_CASE, KIND_LOOP, KIND_REPEAT, KIND_WHILE, KIND_FOR, KIND_VALUE };

struct opener {
    const char *word;
    enum block_kind kind;
    bool starts; /* a statement follows the word at once */
};

static const struct opener openers[] = {
    {"begin", KIND_BEGIN, true}, {"if", KIND_IF, false},        {"case", KIND_CASE, false},
    {"loop", KIND_LOOP, true},   {"repeat", KIND_REPEAT, true}, {"while", KIND_WHILE, false},
    {"for", KIND_FOR, false},
};

static const char *const names[] = {"BEGIN", "IF", "CASE", "LOOP", "REPEAT", "WHILE", "FOR", "CASE"};

/* The words that can begin the body of a routine; everything before them is a characteristic. */
static const char *const statement_words[] = {
    "begin",   "if",       "case",    "loop",   "repeat",  "while",    "for",        "return",   "select",
    "set",     "insert",   "update",  "delete", "replace", "call",     "do",         "with",     "values",
    "signal",  "resignal", "alter",   "create", "drop",    "rename",   "truncate",   "grant",    "revoke",
    "execute", "prepare",  "declare", "show",   "analyze", "check",    "deallocate", "optimize", "repair",
    "flush",   "kill",     "start",   "commit", "handler", "rollback", "savepoint",  "load",     "table",
    "lock",    "unlock",   "get",     "leave",  "iterate", "open",     "fetch",      "close",    NULL};

/* Words that want an operand: END behind them is a column's name. */
static const char *const operand_words[] = {"then",   "else",  "when", "case", "and",     "or",     "not",
                                            "xor",    "div",   "mod",  "like", "in",      "is",     "between",
                                            "regexp", "rlike", "by",   "from", "collate", "binary", NULL};

void
block_begin(struct block *block)
{
    struct arena *arena = block->arena;
    size_t cap = block->open.cap;
    struct block_open *items = block->open.items;
    *block = (struct block){.arena = arena};
    block->open.items = items;
    block->open.cap = cap;
}

bool
block_is_open(const struct block *block)
{
    return block->phase == BLOCK_BODY && block->open.n > 0;
}

const char *
block_opening(const struct block *block, size_t *at)
{
    const struct block_open *top = &block->open.items[block->open.n - 1];
    *at = top->at;
    return names[top->what];
}

static void
push(struct block *block, enum block_kind kind, struct token token)
{
    vec_push(block->arena, &block->open, (struct block_open){(unsigned char)kind, token.at});
}

static void
pop(struct block *block)
{
    if (block->open.n > 0) {
        block->open.n--;
    }
}

static bool
is_inside(const struct block *block, enum block_kind kind)
{
    return block->open.n > 0 && block->open.items[block->open.n - 1].what == kind;
}

static bool
is_label(const struct lexer *lexer, struct token token)
{
    struct lexer ahead = *lexer;
    return (token.kind == TOKEN_WORD || token.kind == TOKEN_NAME) && token_is_punct(lexer_next(&ahead), ":");
}

static bool
next_is(const struct lexer *lexer, const char *word)
{
    struct lexer ahead = *lexer;
    return token_is_word(lexer_next(&ahead), word);
}

/* -- inside the body ----------------------------------------------------------------------------------- */

static const struct opener *
find_opener(struct token token)
{
    for (size_t i = 0; i < COUNT_OF(openers); i++) {
        if (token_is_word(token, openers[i].word)) {
            return &openers[i];
        }
    }
    return NULL;
}

static void
statement_start(struct block *block, const struct lexer *lexer, struct token token)
{
    const struct opener *opener = find_opener(token);
    bool after_begin = token_is_word(block->last, "begin") || token_is_word(block->last, "not");
    if (token_is_punct(token, ":") || token_is_punct(token, ";") || is_label(lexer, token)) {
        return;
    }
    if (after_begin && (token_is_word(token, "not") || token_is_word(token, "atomic"))) {
        return;
    }
    block->at_start = false;
    if (opener != NULL) {
        push(block, opener->kind, token);
        block->at_start = opener->starts;
    } else if (token_is_word(token, "end")) {
        pop(block);
        block->after_end = true;
    } else if (token_is_word(token, "else")) {
        block->at_start = true;
    } else if (token_is_word(token, "declare")) {
        block->handler = HANDLER_DECLARE;
    }
}

/* DECLARE CONTINUE HANDLER FOR SQLSTATE '23000', NOT FOUND <statement>. True when the token was of the
 * handler's head. */
static bool
handler_token(struct block *block, struct token token)
{
    switch (block->handler) {
    case HANDLER_NONE:
        return false;
    case HANDLER_DECLARE:
        if (token_is_word(token, "handler")) {
            block->handler = HANDLER_FOR;
        }
        return false;
    case HANDLER_FOR:
        block->handler = token_is_word(token, "for") ? HANDLER_CONDITION : HANDLER_NONE;
        return true;
    case HANDLER_CONDITION:
        if (!token_is_word(token, "sqlstate") && !token_is_word(token, "value") &&
            !token_is_word(token, "not")) {
            block->handler = HANDLER_MORE;
        }
        return true;
    case HANDLER_MORE:
        if (token_is_punct(token, ",")) {
            block->handler = HANDLER_CONDITION;
            return true;
        }
        block->handler = HANDLER_NONE;
        block->at_start = true;
        return false;
    }
    return false;
}

/* END that is no statement's first word: the end of a CASE expression, or UNTIL x END REPEAT. */
static void
inner_end(struct block *block, const struct lexer *lexer)
{
    bool is_operand = (block->last.kind == TOKEN_PUNCT && !token_is_punct(block->last, ")")) ||
                      token_is_one_of(block->last, operand_words);
    if (is_inside(block, KIND_VALUE) && !is_operand) {
        pop(block);
    } else if (is_inside(block, KIND_REPEAT) && next_is(lexer, "repeat")) {
        pop(block);
        block->after_end = true;
    }
}

static void
body_token(struct block *block, const struct lexer *lexer, struct token token)
{
    bool after_end = block->after_end;
    block->after_end = false;
    if (token_is_punct(block->last, ".") || handler_token(block, token)) {
        return;
    }
    if (block->at_start) {
        statement_start(block, lexer, token);
        return;
    }
    if (token_is_punct(token, ";")) {
        block->at_start = true;
        block->handler = HANDLER_NONE;
    } else if (after_end && find_opener(token) != NULL) {
        return; /* END IF, END CASE, END LOOP */
    } else if (token_is_word(token, "then")) {
        block->at_start = is_inside(block, KIND_IF) || is_inside(block, KIND_CASE);
    } else if (token_is_word(token, "do")) {
        block->at_start = is_inside(block, KIND_WHILE) || is_inside(block, KIND_FOR);
    } else if (token_is_word(token, "case")) {
        push(block, KIND_VALUE, token);
    } else if (token_is_word(token, "end")) {
        inner_end(block, lexer);
    }
}

static void
enter_body(struct block *block, const struct lexer *lexer, struct token token)
{
    block->phase = BLOCK_BODY;
    block->at_start = true;
    statement_start(block, lexer, token);
}

/* -- before the body ----------------------------------------------------------------------------------- */

static void
first_token(struct block *block, const struct lexer *lexer, struct token token)
{
    const struct opener *opener = find_opener(token);
    block->phase = BLOCK_OTHER;
    if (token_is_word(token, "create")) {
        block->phase = BLOCK_KIND;
    } else if (token_is_word(token, "alter")) {
        block->phase = BLOCK_EVENT;
    } else if (opener != NULL && (opener->kind != KIND_BEGIN || next_is(lexer, "not"))) {
        enter_body(block, lexer, token); /* MariaDB: compound statements on their own */
    }
}

/* DEFINER = user@host, 'user'@'host', CURRENT_USER(): steps over it, for a user may be called "event". */
static bool
definer_token(struct block *block, const struct lexer *lexer, struct token token)
{
    struct lexer ahead = *lexer;
    if (!token_is_word(token, "definer") || !token_is_punct(lexer_next(&ahead), "=")) {
        return false;
    }
    block->skip = 2;
    (void)lexer_next(&ahead);
    struct token at = lexer_next(&ahead);
    if (at.kind == TOKEN_PARAM) { /* @localhost */
        block->skip = 3;
    } else if (token_is_punct(at, "@")) {
        block->skip = 4;
    }
    return true;
}

static void
kind_token(struct block *block, const struct lexer *lexer, struct token token)
{
    static const char *const kinds[] = {"procedure", "function", "trigger", "event"};
    static const char *const before[] = {"or",       "replace", "aggregate", "temporary", "sql",
                                         "security", "invoker", "definer",   NULL};
    if (definer_token(block, lexer, token)) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (token_is_word(token, kinds[i])) {
            block->kind = kinds[i];
            bool is_body = block->phase == BLOCK_KIND || str_eq(kinds[i], "event");
            block->phase = is_body ? BLOCK_NAME : BLOCK_OTHER;
            return;
        }
    }
    block->is_package = block->phase == BLOCK_KIND && token_is_word(token, "package");
    bool is_user = token.kind == TOKEN_PUNCT || token_is_punct(block->last, "."); /* the rest of a host, () */
    if (!is_user && !token_is_one_of(token, before)) {
        block->phase = BLOCK_OTHER;
    }
}

static void
name_token(struct block *block, const struct lexer *lexer, struct token token)
{
    struct lexer ahead = *lexer;
    struct token next = lexer_next(&ahead);
    if (token_is_word(token, "if")) {
        block->skip = token_is_word(next, "not") ? 2 : 1; /* IF NOT EXISTS */
        return;
    }
    if (token_is_punct(next, ".")) {
        block->skip = 2;
    }
    block->phase = str_eq(block->kind, "trigger") ? BLOCK_EACH_ROW
                   : str_eq(block->kind, "event") ? BLOCK_DO
                                                  : BLOCK_PARAMS;
}

static void
traits_token(struct block *block, const struct lexer *lexer, struct token token)
{
    static const char *const before_set[] = {"character", "char", "returns", NULL};
    bool is_type = token_is_word(token, "set") && token_is_one_of(block->last, before_set);
    bool is_name = token_is_punct(block->last, ".");
    if (!is_type && !is_name && (token_is_one_of(token, statement_words) || is_label(lexer, token))) {
        enter_body(block, lexer, token);
    }
}

static void
each_row_token(struct block *block, struct token token)
{
    static const char *const words[] = {"for", "each", "row"};
    if (token_is_word(token, words[block->row_words])) {
        block->row_words++;
    } else {
        block->row_words = token_is_word(token, "for");
    }
    if (block->row_words == COUNT_OF(words)) {
        block->phase = BLOCK_ORDER;
    }
}

static void
header_token(struct block *block, const struct lexer *lexer, struct token token)
{
    switch (block->phase) {
    case BLOCK_FIRST:
        first_token(block, lexer, token);
        break;
    case BLOCK_KIND:
    case BLOCK_EVENT:
        kind_token(block, lexer, token);
        break;
    case BLOCK_NAME:
        name_token(block, lexer, token);
        break;
    case BLOCK_PARAMS:
        if (token_is_punct(token, ")") && block->parens == 0) {
            block->phase = BLOCK_TRAITS;
        } else if (token_is_word(token, "returns") && block->parens == 0) {
            block->phase = BLOCK_OTHER; /* CREATE FUNCTION f RETURNS STRING SONAME 'x.so' */
        }
        break;
    case BLOCK_TRAITS:
        if (block->parens == 0) {
            traits_token(block, lexer, token);
        }
        break;
    case BLOCK_EACH_ROW:
        each_row_token(block, token);
        break;
    case BLOCK_ORDER:
        if (token_is_word(token, "follows") || token_is_word(token, "precedes")) {
            block->skip = 1;
        } else {
            enter_body(block, lexer, token);
        }
        break;
    case BLOCK_DO:
        if (token_is_word(token, "do") && block->parens == 0) {
            block->phase = BLOCK_BODY;
            block->at_start = true;
        }
        break;
    case BLOCK_BODY:
    case BLOCK_OTHER:
        break;
    }
}

void
block_token(struct block *block, const struct lexer *lexer, struct token token)
{
    if (block->phase == BLOCK_OTHER) {
        return;
    }
    if (token_is_punct(token, "(")) {
        block->parens++;
    } else if (token_is_punct(token, ")") && block->parens > 0) {
        block->parens--;
    }
    if (block->skip > 0) {
        block->skip--;
    } else if (block->phase == BLOCK_BODY) {
        body_token(block, lexer, token);
    } else {
        header_token(block, lexer, token);
    }
    block->last = token;
}
