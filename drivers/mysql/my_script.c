#include "mysql/my_script.h"

#include "mysql/my_block.h"
#include "mysql/my_conn.h"
#include "mysql/my_kind.h"
#include "mysql/my_mode.h"

#include <stdio.h>
#include <string.h>

struct splitter {
    struct lexer lexer;
    struct pieces *out;
    struct arena *arena;
    struct block block;
    struct modes modes;
    struct span delimiter;
    size_t begun; /* where the next piece begins */
};

/* Words of the client program that no server knows; each takes the rest of its line. */
static const char *const client_words[] = {
    "source",  "system",  "tee",      "notee",     "pager", "nopager",         "prompt", "rehash",
    "charset", "connect", "edit",     "ego",       "go",    "print",           "quit",   "exit",
    "status",  "clear",   "warnings", "nowarning", "costs", "resetconnection", NULL};

static struct span
rest_of(const struct splitter *splitter)
{
    const struct lexer *lexer = &splitter->lexer;
    return (struct span){lexer->text.ptr + lexer->at, lexer->text.len - lexer->at};
}

static bool
starts_with(struct span text, struct span prefix)
{
    return prefix.len <= text.len && memcmp(text.ptr, prefix.ptr, prefix.len) == 0;
}

/* Everything since the last piece, up to `end`. */
static void
emit(struct splitter *splitter, enum piece_kind kind, unsigned flags, size_t end)
{
    pieces_add(splitter->out, splitter->arena, kind, flags, end - splitter->begun);
    splitter->begun = end;
}

static enum status
fail_at(const struct splitter *splitter, size_t at, const char *what, struct err *err)
{
    size_t line;
    size_t column;
    text_position(splitter->lexer.text, at, &line, &column);
    return err_raise(err, STATUS_USAGE, "line %zu, column %zu: %s", line, column, what);
}

static enum status
fail_unclosed(const struct splitter *splitter, struct token token, struct err *err)
{
    bool is_comment = span_starts(token.text, "/*");
    return fail_at(splitter, token.at, is_comment ? "unclosed comment" : "unclosed quote", err);
}

/* -- lines for the client ------------------------------------------------------------------------------ */

static size_t
end_of_line(const struct splitter *splitter)
{
    struct span rest = rest_of(splitter);
    const char *newline = rest.len == 0 ? NULL : memchr(rest.ptr, '\n', rest.len);
    size_t len = newline == NULL ? rest.len : (size_t)(newline - rest.ptr);
    return splitter->lexer.at + (len > 0 && rest.ptr[len - 1] == '\r' ? len - 1 : len);
}

/* The token may stand in quotes; otherwise it ends at the first blank. */
static enum status
set_delimiter(struct splitter *splitter, struct span argument, struct err *err)
{
    char quote = argument.len > 0 ? argument.ptr[0] : '\0';
    if (quote == '\'' || quote == '"' || quote == '`') {
        const char *end = memchr(argument.ptr + 1, quote, argument.len - 1);
        argument.ptr++;
        argument.len = end == NULL ? 0 : (size_t)(end - argument.ptr);
    } else {
        struct span rest = argument;
        (void)span_next_word(&rest, &argument);
    }
    if (argument.len == 0 || memchr(argument.ptr, '\\', argument.len) != NULL) {
        return fail_at(splitter, splitter->begun, "DELIMITER needs a token without a backslash", err);
    }
    splitter->delimiter = argument;
    return STATUS_OK;
}

/* Takes a client's line when one begins at the lexer; `*taken` says so. */
static enum status
client_line(struct splitter *splitter, bool *taken, struct err *err)
{
    struct span rest = rest_of(splitter);
    struct lexer ahead = splitter->lexer;
    struct token word = lexer_next_raw(&ahead);
    bool sets_delimiter = token_is_word(word, "delimiter") || span_starts(rest, "\\d");
    *taken = sets_delimiter || span_starts(rest, "\\") || token_is_one_of(word, client_words);
    if (!*taken) {
        return STATUS_OK;
    }
    size_t end = end_of_line(splitter);
    if (sets_delimiter) {
        size_t skip = rest.ptr[0] == '\\' ? 2 : word.text.len;
        struct span line = {rest.ptr + skip, end - splitter->lexer.at - skip};
        TRY(set_delimiter(splitter, span_trim(line), err));
    }
    emit(splitter, PIECE_CLIENT, sets_delimiter ? PIECE_CLIENT_IGNORED : 0, end);
    lexer_seek(&splitter->lexer, end);
    return STATUS_OK;
}

/* -- statements ---------------------------------------------------------------------------------------- */

/* The length of the terminator that stands at the lexer; 0 when none does. Nothing inside a code comment ends
 * a statement, nor ";" inside a body. */
static size_t
terminator_len(const struct splitter *splitter)
{
    struct span rest = rest_of(splitter);
    if (rest.len == 0 || splitter->lexer.in_code_comment ||
        (rest.ptr[0] != '\\' && rest.ptr[0] != splitter->delimiter.ptr[0])) {
        return 0;
    }
    if (span_starts(rest, "\\g") || span_starts(rest, "\\G")) {
        return 2;
    }
    if (!starts_with(rest, splitter->delimiter)) {
        return 0;
    }
    return span_is(splitter->delimiter, ";") && block_is_open(&splitter->block) ? 0 : splitter->delimiter.len;
}

/* "END$$" is one word to the lexer. A delimiter of letters ends only at the edge of a word. */
static struct token
cut_at_delimiter(struct splitter *splitter, struct token token)
{
    char first = splitter->delimiter.ptr[0];
    bool is_letter = (first | 0x20) >= 'a' && (first | 0x20) <= 'z';
    bool may_hold = token.kind == TOKEN_WORD || token.kind == TOKEN_NUMBER || token.kind == TOKEN_PARAM ||
                    token.kind == TOKEN_PUNCT;
    if (token.text.len < 2 || first == ';') {
        return token; /* no token holds a ";" */
    }
    for (size_t i = 1; may_hold && !is_letter && i < token.text.len; i++) {
        struct span rest = {token.text.ptr + i, splitter->lexer.text.len - token.at - i};
        if (token.text.ptr[i] == first && starts_with(rest, splitter->delimiter)) {
            lexer_seek(&splitter->lexer, token.at + i);
            token.text.len = i;
            break;
        }
    }
    return token;
}

/* CREATE FUNCTION ... LANGUAGE JAVASCRIPT AS $tag$ ... $tag$: steps over the body. */
static enum status
dollar_body(struct splitter *splitter, struct token token, struct err *err)
{
    struct span text = splitter->lexer.text;
    size_t tag_len = 1;
    while (tag_len < token.text.len && token.text.ptr[tag_len] != '$') {
        tag_len++; /* without the closing dollar */
    }
    if (tag_len == token.text.len) {
        return STATUS_OK;
    }
    struct span tag = {token.text.ptr, tag_len + 1};
    size_t at = token.at + tag.len;
    const char *dollar;
    while (at < text.len && (dollar = memchr(text.ptr + at, '$', text.len - at)) != NULL) {
        at = (size_t)(dollar - text.ptr);
        if (starts_with((struct span){dollar, text.len - at}, tag)) {
            lexer_seek(&splitter->lexer, at + tag.len);
            return STATUS_OK;
        }
        at++;
    }
    return fail_at(splitter, token.at, "unclosed quote", err);
}

static enum status
statement_token(struct splitter *splitter, size_t *end, struct err *err)
{
    bool was_in_code = splitter->lexer.in_code_comment;
    struct token token = lexer_next_raw(&splitter->lexer);
    bool opens_or_closes = splitter->lexer.in_code_comment != was_in_code;
    if (token.kind == TOKEN_UNCLOSED) {
        return fail_unclosed(splitter, token, err);
    }
    if (token.kind == TOKEN_SPACE || (token.kind == TOKEN_COMMENT && !opens_or_closes)) {
        return STATUS_OK;
    }
    if (!splitter->lexer.in_code_comment && !opens_or_closes) {
        token = cut_at_delimiter(splitter, token);
    }
    if (token.kind == TOKEN_WORD && token.text.ptr[0] == '$' && splitter->block.phase == BLOCK_TRAITS &&
        token_is_word(splitter->block.last, "as")) {
        TRY(dollar_body(splitter, token, err));
    }
    if (token.kind != TOKEN_COMMENT) {
        block_token(&splitter->block, &splitter->lexer, token);
    }
    *end = splitter->lexer.at;
    return STATUS_OK;
}

static enum status
check_statement(const struct splitter *splitter, size_t opened, struct err *err)
{
    char what[64];
    size_t at;
    if (splitter->lexer.in_code_comment) {
        return fail_at(splitter, opened, "unclosed comment", err);
    }
    if (splitter->block.is_package) {
        (void)fail_at(splitter, splitter->begun, "packages (Oracle mode) are not supported", err);
        return err_restate(err, STATUS_UNSUPPORTED);
    }
    if (block_is_open(&splitter->block) && span_is(splitter->delimiter, ";")) {
        const char *opening = block_opening(&splitter->block, &at);
        snprintf(what, sizeof(what), "%s without its END", opening);
        return fail_at(splitter, at, what, err);
    }
    return STATUS_OK;
}

/* From the lexer's place to the terminator or the end of the text. */
static enum status
take_statement(struct splitter *splitter, struct err *err)
{
    size_t end = splitter->lexer.at;
    size_t opened = end; /* the last code comment */
    size_t terminator = 0;
    block_begin(&splitter->block);
    while (splitter->lexer.at < splitter->lexer.text.len && (terminator = terminator_len(splitter)) == 0) {
        size_t at = splitter->lexer.at;
        bool was_in_code = splitter->lexer.in_code_comment;
        TRY(statement_token(splitter, &end, err));
        opened = splitter->lexer.in_code_comment && !was_in_code ? at : opened;
    }
    TRY(check_statement(splitter, opened, err));
    struct span statement = {splitter->lexer.text.ptr + splitter->begun, end - splitter->begun};
    emit(splitter, PIECE_STATEMENT, statement_flags(statement, splitter->modes.current), end);
    modes_follow(&splitter->modes, statement);
    splitter->lexer.flags = splitter->modes.current;
    emit(splitter, PIECE_BLANK, 0, splitter->lexer.at);
    lexer_seek(&splitter->lexer, splitter->lexer.at + terminator);
    emit(splitter, PIECE_TERMINATOR, 0, splitter->lexer.at);
    return STATUS_OK;
}

/* White space, comments and terminators of nothing. */
static enum status
take_blanks(struct splitter *splitter, struct err *err)
{
    for (;;) {
        struct lexer ahead = splitter->lexer;
        struct token token = lexer_next_raw(&ahead);
        size_t terminator = terminator_len(splitter);
        if (terminator > 0) {
            lexer_seek(&splitter->lexer, splitter->lexer.at + terminator);
        } else if (token.kind == TOKEN_SPACE || (token.kind == TOKEN_COMMENT && !ahead.in_code_comment)) {
            splitter->lexer = ahead;
        } else if (token.kind == TOKEN_UNCLOSED) {
            return fail_unclosed(splitter, token, err);
        } else {
            emit(splitter, PIECE_BLANK, 0, splitter->lexer.at);
            return STATUS_OK;
        }
    }
}

enum status
my_split(struct conn *conn, struct span text, struct arena *arena, struct pieces *out, struct err *err)
{
    unsigned flags = conn == NULL ? LEX_MYSQL : my_conn_of(conn)->script_flags;
    struct splitter splitter = {
        .out = out, .arena = arena, .block = {.arena = arena}, .delimiter = SPAN(";")};
    *out = (struct pieces){.text = text};
    modes_init(&splitter.modes, flags, arena);
    lexer_init(&splitter.lexer, text, flags);
    TRY(take_blanks(&splitter, err));
    while (splitter.lexer.at < text.len) {
        bool taken;
        TRY(client_line(&splitter, &taken, err));
        if (!taken) {
            TRY(take_statement(&splitter, err));
        }
        TRY(take_blanks(&splitter, err));
    }
    return STATUS_OK;
}
