#include "driver/sqltok.h"
#include "postgres/pg.h"
#include "postgres/pg_words.h"

#include <string.h>

/* Our own tokens rather than the scanner in libpg_query: they are read in place, so that 200 MB of INSERT
 * take no memory, they tell where a quote that was never closed began, and they do not stop at what only a
 * newer server understands (1_000). That both cut alike is a property test. */
struct splitter {
    struct lexer lexer;
    struct arena *arena;
    struct pieces *out;
    struct err *err;
    unsigned version_num;
    size_t cut; /* pieces reach up to here */
    /* The statement being read. */
    bool is_open;
    size_t start;      /* of its first token */
    size_t last_end;   /* of its last token */
    struct token last; /* its last token */
    size_t depth;      /* of parentheses */
    size_t body_depth; /* of BEGIN ATOMIC, and CASE in it */
    struct pg_words words;
    bool options_follow; /* inside the parentheses right behind its first word */
    bool copies_in;
};

static enum status
refuse(const struct splitter *split, size_t at, const char *what)
{
    size_t line;
    size_t column;
    text_position(split->lexer.text, at, &line, &column);
    return err_raise(split->err, STATUS_USAGE, "line %zu, column %zu: %s", line, column, what);
}

static void
cut(struct splitter *split, enum piece_kind kind, unsigned flags, size_t until)
{
    pieces_add(split->out, split->arena, kind, flags, until - split->cut);
    split->cut = until;
}

/* -- COPY ... FROM STDIN -------------------------------------------------------------------------------- */

/* Its rows begin on the line after the one of the semicolon, which must hold nothing else. */
static enum status
find_rows(struct splitter *split, size_t at, size_t *out)
{
    struct span text = split->lexer.text;
    while (at < text.len && text.ptr[at] != '\n') {
        if (text.ptr[at] == '-' && at + 1 < text.len && text.ptr[at + 1] == '-') {
            const char *feed = memchr(text.ptr + at, '\n', text.len - at);
            at = feed == NULL ? text.len : (size_t)(feed - text.ptr);
            break;
        }
        if (text.ptr[at] != ' ' && text.ptr[at] != '\t' && text.ptr[at] != '\r') {
            return refuse(split, at, "more on the line of COPY ... FROM STDIN, where its rows should follow");
        }
        at++;
    }
    *out = at < text.len ? at + 1 : at;
    return STATUS_OK;
}

/* The terminator's piece takes in the rest of its line, so that the rows follow it at once. */
static enum status
cut_rows(struct splitter *split, size_t semicolon)
{
    struct span text = split->lexer.text;
    struct span line;
    size_t rows = 0;
    TRY(find_rows(split, semicolon + 1, &rows));
    cut(split, PIECE_TERMINATOR, 0, rows);
    struct span rest = {text.ptr + rows, text.len - rows};
    while (span_next_line(&rest, &line)) {
        if (span_is(line, "\\.")) {
            size_t end = text.len - rest.len;
            lexer_seek(&split->lexer, end);
            cut(split, PIECE_COPY_DATA, 0, end);
            return STATUS_OK;
        }
    }
    return refuse(split, split->start, "COPY ... FROM STDIN whose rows do not end with a line '\\.'");
}

/* -- statements ----------------------------------------------------------------------------------------- */

/* SET standard_conforming_strings decides how the strings behind it are read. */
static void
follow_setting(struct splitter *split)
{
    static const char *const off[] = {"off", "'off'", "false", "'false'", "no", "'no'", "0", "'0'"};
    unsigned *flags = &split->lexer.flags;
    if (pg_words_match(&split->words, "RESET ALL|STANDARD_CONFORMING_STRINGS")) {
        *flags &= ~(unsigned)LEX_BACKSLASH;
    }
    if (!pg_words_match(&split->words, "SET STANDARD_CONFORMING_STRINGS") &&
        !pg_words_match(&split->words, "SET SESSION|LOCAL STANDARD_CONFORMING_STRINGS")) {
        return;
    }
    *flags &= ~(unsigned)LEX_BACKSLASH;
    for (size_t i = 0; i < COUNT_OF(off); i++) {
        *flags |= span_is_nocase(split->last.text, off[i]) ? LEX_BACKSLASH : 0U;
    }
}

static void
open_statement(struct splitter *split, size_t at)
{
    cut(split, PIECE_BLANK, 0, at);
    split->is_open = true;
    split->start = at;
    split->depth = split->body_depth = 0;
    split->words.n = 0;
    split->last = (struct token){.kind = TOKEN_END};
    split->options_follow = split->copies_in = false;
}

/* `end` is where its semicolon stands, or the end of the text. */
static void
close_statement(struct splitter *split, size_t end)
{
    unsigned flags = pg_words_flags(&split->words, split->version_num);
    cut(split, PIECE_STATEMENT, flags | (split->copies_in ? PIECE_COPY_IN : 0U),
        split->copies_in ? end : split->last_end);
    cut(split, PIECE_BLANK, 0, end);
    follow_setting(split);
    split->is_open = false;
}

/* The body of a routine in SQL's own form: semicolons in it are its own. */
static void
count_body(struct splitter *split, struct token word)
{
    if (split->depth > 0 || token_is_word(split->last, "AS") || token_is_punct(split->last, ".")) {
        return; /* a name: AS end, t.case */
    }
    if (split->body_depth == 0) {
        split->body_depth = token_is_word(word, "ATOMIC") && token_is_word(split->last, "BEGIN") &&
                            pg_words_is_routine(&split->words);
    } else if (token_is_word(word, "CASE")) {
        split->body_depth++;
    } else if (token_is_word(word, "END")) {
        split->body_depth--;
    }
}

static void
read_word(struct splitter *split, struct token word)
{
    struct pg_words *words = &split->words;
    count_body(split, word);
    if (words->n < PG_WORDS_MAX && (split->depth == 0 || split->options_follow)) {
        words->items[words->n++] = word.text;
    }
    if (split->depth == 0 && token_is_word(word, "STDIN") && token_is_word(split->last, "FROM") &&
        pg_words_match(words, "COPY")) {
        split->copies_in = true;
    }
}

static void
read_token(struct splitter *split, struct token token)
{
    if (token.kind == TOKEN_WORD || token.kind == TOKEN_NAME) {
        read_word(split, token);
    } else if (token_is_punct(token, "(")) {
        split->options_follow = split->depth == 0 && split->words.n == 1;
        split->depth++;
    } else if (token_is_punct(token, ")") && split->depth > 0) {
        split->depth--;
        split->options_follow = false;
    }
    split->last = token;
    split->last_end = token.at + token.text.len;
}

static enum status
end_statement(struct splitter *split, struct token semicolon)
{
    bool copies_in = split->copies_in;
    close_statement(split, semicolon.at);
    if (copies_in) {
        return cut_rows(split, semicolon.at);
    }
    cut(split, PIECE_TERMINATOR, 0, semicolon.at + 1);
    return STATUS_OK;
}

/* psql's commands reach to the end of their line. pg_dump guards its output with two of them that mean
 * nothing to anybody but psql. */
static void
cut_client_line(struct splitter *split, size_t at)
{
    struct span rest = {split->lexer.text.ptr + at, split->lexer.text.len - at};
    struct span line;
    struct span word;
    (void)span_next_line(&rest, &line);
    size_t end = at + line.len;
    bool is_harmless =
        span_next_word(&line, &word) && (span_is(word, "\\restrict") || span_is(word, "\\unrestrict"));
    cut(split, PIECE_BLANK, 0, at);
    cut(split, PIECE_CLIENT, is_harmless ? PIECE_CLIENT_IGNORED : 0U, end);
    lexer_seek(&split->lexer, end);
}

static const char *
unclosed(struct span text)
{
    return span_starts(text, "/")    ? "unclosed comment"
           : span_starts(text, "\"") ? "unclosed quoted identifier"
           : span_starts(text, "$")  ? "unclosed dollar quote"
                                     : "unclosed quote";
}

static enum status
take_token(struct splitter *split, struct token token)
{
    if (token.kind == TOKEN_UNCLOSED) {
        return refuse(split, token.at, unclosed(token.text));
    }
    if (token_is_punct(token, ";") && !split->is_open) {
        return STATUS_OK;
    }
    if (token_is_punct(token, "\\") && !split->is_open) {
        cut_client_line(split, token.at);
        return STATUS_OK;
    }
    if (token_is_punct(token, ";") && split->depth == 0 && split->body_depth == 0) {
        return end_statement(split, token);
    }
    if (!split->is_open) {
        open_statement(split, token.at);
    }
    read_token(split, token);
    return STATUS_OK;
}

enum status
pg_split(struct conn *conn, struct span text, struct arena *arena, struct pieces *out, struct err *err)
{
    struct splitter split = {
        .arena = arena,
        .out = out,
        .err = err,
        .version_num = conn == NULL ? 0 : conn->identity.version_num,
    };
    const char *nul = text.len == 0 ? NULL : memchr(text.ptr, '\0', text.len);
    *out = (struct pieces){.text = text};
    lexer_init(&split.lexer, text, LEX_POSTGRES);
    if (nul != NULL) {
        return refuse(&split, (size_t)(nul - text.ptr), "NUL byte");
    }
    for (;;) {
        struct token token = lexer_next(&split.lexer);
        if (token.kind == TOKEN_END) {
            break;
        }
        TRY(take_token(&split, token));
    }
    if (split.is_open && split.copies_in) {
        return refuse(&split, split.start, "COPY ... FROM STDIN without its rows");
    }
    if (split.is_open) {
        close_statement(&split, text.len);
    }
    cut(&split, PIECE_BLANK, 0, text.len);
    return STATUS_OK;
}
