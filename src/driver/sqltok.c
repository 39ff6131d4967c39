#include "driver/sqltok.h"

#include <string.h>
#include <strings.h>

/* -- characters --------------------------------------------------------------------------------------- */

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_word_start(char c)
{
    return is_alpha(c) || c == '_' || ((unsigned char)c & 0x80);
}

static bool
is_word_part(char c)
{
    return is_word_start(c) || is_digit(c) || c == '$';
}

/* The byte at `at`, NUL past the end. */
static char
byte(const struct lexer *lexer, size_t at)
{
    return at < lexer->text.len ? lexer->text.ptr[at] : '\0';
}

/* -- one token ---------------------------------------------------------------------------------------- */

void
lexer_init(struct lexer *lexer, struct span text, unsigned flags)
{
    *lexer = (struct lexer){.text = text, .flags = flags};
}

void
lexer_seek(struct lexer *lexer, size_t at)
{
    lexer->at = at < lexer->text.len ? at : lexer->text.len;
    lexer->has_ahead = false;
    lexer->in_code_comment = false;
}

static struct token
take(struct lexer *lexer, enum token_kind kind, size_t end)
{
    struct token token = {kind, lexer->at, {lexer->text.ptr + lexer->at, end - lexer->at}};
    lexer->at = end;
    return token;
}

static size_t
line_end(const struct lexer *lexer, size_t at)
{
    struct span rest = {lexer->text.ptr + at, lexer->text.len - at};
    const char *end = rest.len > 0 ? memchr(rest.ptr, '\n', rest.len) : NULL;
    rest.len = end == NULL ? rest.len : (size_t)(end - rest.ptr);
    if ((lexer->flags & LEX_CR_ENDS_LINE) && rest.len > 0) {
        end = memchr(rest.ptr, '\r', rest.len);
        rest.len = end == NULL ? rest.len : (size_t)(end - rest.ptr);
    }
    return at + rest.len;
}

static struct token
take_word(struct lexer *lexer, enum token_kind kind, size_t at)
{
    while (at < lexer->text.len && is_word_part(lexer->text.ptr[at])) {
        at++;
    }
    return take(lexer, kind, at);
}

/* Behind the quote that closes the one at `at`, where a doubled one stands for itself; 0 when none does. */
static size_t
quoted_end(const struct lexer *lexer, size_t at, bool backslash)
{
    char open = lexer->text.ptr[at];
    char close = open == '[' ? ']' : open;
    for (at++; at < lexer->text.len; at++) {
        char c = lexer->text.ptr[at];
        if (c == '\\' && backslash) {
            at++;
        } else if (c == close && open != '[' && byte(lexer, at + 1) == close) {
            at++;
        } else if (c == close) {
            return at + 1;
        }
    }
    return 0;
}

/* Where the next part of a string stands that goes on after white space with a line break in it (comments
 * count as white space); 0 when it does not. */
static size_t
string_part(const struct lexer *lexer, size_t at)
{
    bool has_break = false;
    for (;;) {
        char c = byte(lexer, at);
        if (is_space(c)) {
            has_break = has_break || c == '\n' || c == '\r';
            at++;
        } else if (c == '-' && byte(lexer, at + 1) == '-') {
            at = line_end(lexer, at);
        } else {
            return has_break && c == '\'' ? at : 0;
        }
    }
}

/* `at` is the opening quote. */
static struct token
take_quoted(struct lexer *lexer, enum token_kind kind, size_t at)
{
    bool is_escape = at > lexer->at && (lexer->text.ptr[lexer->at] | 0x20) == 'e';
    bool backslash = kind == TOKEN_STRING && ((lexer->flags & LEX_BACKSLASH) || is_escape);
    size_t end = quoted_end(lexer, at, backslash);
    while (is_escape && end > 0 && (at = string_part(lexer, end)) > 0) {
        end = quoted_end(lexer, at, backslash);
    }
    return end == 0 ? take(lexer, TOKEN_UNCLOSED, lexer->text.len) : take(lexer, kind, end);
}

static size_t
skip_digits(const struct lexer *lexer, size_t at)
{
    while (is_digit(byte(lexer, at))) {
        at++;
    }
    return at;
}

static struct token
take_number(struct lexer *lexer)
{
    size_t at = skip_digits(lexer, lexer->at);
    bool is_plain = true;
    if (at == lexer->at + 1 && byte(lexer, lexer->at) == '0' && (byte(lexer, at) | 0x20) == 'x') {
        return take_word(lexer, TOKEN_NUMBER, at);
    }
    if (byte(lexer, at) == '.') {
        at = skip_digits(lexer, at + 1);
        is_plain = false;
    }
    if ((byte(lexer, at) | 0x20) == 'e') {
        size_t sign = byte(lexer, at + 1) == '+' || byte(lexer, at + 1) == '-';
        if (is_digit(byte(lexer, at + 1 + sign))) {
            at = skip_digits(lexer, at + 1 + sign);
        }
    }
    if (is_plain && (lexer->flags & LEX_DIGIT_WORDS) && is_word_part(byte(lexer, at))) {
        return take_word(lexer, TOKEN_WORD, at);
    }
    return take_word(lexer, TOKEN_NUMBER, at);
}

/* "slash-star-bang 50003": the length of the opening and the version in it; 0 when it is a plain comment. */
static size_t
code_comment_open(const struct lexer *lexer, unsigned *version)
{
    size_t at = lexer->at + 2;
    *version = 0;
    at += byte(lexer, at) == 'M' && byte(lexer, at + 1) == '!';
    if (!(lexer->flags & LEX_CODE_COMMENTS) || byte(lexer, at) != '!') {
        return 0;
    }
    at++;
    size_t digits = skip_digits(lexer, at) - at;
    if (digits < 5) {
        return at - lexer->at;
    }
    digits = digits > 6 ? 6 : digits;
    for (size_t i = 0; i < digits; i++) {
        *version = *version * 10 + (unsigned)(byte(lexer, at + i) - '0');
    }
    return at + digits - lexer->at;
}

static struct token
take_block_comment(struct lexer *lexer)
{
    unsigned version;
    size_t open = code_comment_open(lexer, &version);
    if (open > 0 && !lexer->in_code_comment &&
        (lexer->server_version == 0 || version <= lexer->server_version)) {
        lexer->in_code_comment = true;
        return take(lexer, TOKEN_COMMENT, lexer->at + open);
    }
    size_t depth = 1;
    size_t fresh = lexer->at + 2; /* what stands before it belongs to an opening or a closing already */
    for (size_t at = fresh; at < lexer->text.len; at++) {
        const char *star = memchr(lexer->text.ptr + at, '*', lexer->text.len - at);
        if (star == NULL) {
            break;
        }
        at = (size_t)(star - lexer->text.ptr);
        if ((lexer->flags & LEX_NESTED_COMMENTS) && at > fresh && byte(lexer, at - 1) == '/') {
            depth++;
            fresh = at + 1;
        } else if (byte(lexer, at + 1) == '/') {
            if (--depth == 0) {
                return take(lexer, TOKEN_COMMENT, at + 2);
            }
            at++;
            fresh = at + 1;
        }
    }
    return take(lexer, TOKEN_UNCLOSED, lexer->text.len);
}

static bool
begins_dash_comment(const struct lexer *lexer)
{
    char after = byte(lexer, lexer->at + 2);
    return byte(lexer, lexer->at + 1) == '-' &&
           (!(lexer->flags & LEX_DASH_NEEDS_BLANK) || (unsigned char)after <= ' ' || after == 0x7F);
}

static struct token
take_param(struct lexer *lexer, char c)
{
    size_t at = lexer->at + 1;
    if (c == '?') {
        return take(lexer, TOKEN_PARAM, skip_digits(lexer, at));
    }
    at += c == '@' && byte(lexer, at) == '@';
    return is_word_part(byte(lexer, at)) ? take_word(lexer, TOKEN_PARAM, at)
                                         : take(lexer, TOKEN_PUNCT, lexer->at + 1);
}

static struct token
take_punct(struct lexer *lexer)
{
    static const char *const operators[] = {"->>", "<=>", "||", "->", "<=", ">=", "<>",
                                            "!=",  "==",  "<<", ">>", ":=", "&&"};
    struct span rest = {lexer->text.ptr + lexer->at, lexer->text.len - lexer->at};
    if (strchr("(),;.", rest.ptr[0]) != NULL && rest.ptr[0] != '\0') {
        return take(lexer, TOKEN_PUNCT, lexer->at + 1); /* nearly all there are */
    }
    if (lexer->in_code_comment && span_starts(rest, "*/")) {
        lexer->in_code_comment = false;
        return take(lexer, TOKEN_COMMENT, lexer->at + 2);
    }
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (span_starts(rest, operators[i])) {
            return take(lexer, TOKEN_PUNCT, lexer->at + strlen(operators[i]));
        }
    }
    return take(lexer, TOKEN_PUNCT, lexer->at + 1);
}

/* Length of the prefix when a string with one begins here: x'..'; else 0. */
static size_t
string_prefix(const struct lexer *lexer, char c)
{
    char folded = (char)(c | 0x20);
    bool is_prefix = folded == 'x' ||
                     ((lexer->flags & LEX_STRING_PREFIXES) && (folded == 'b' || folded == 'n')) ||
                     ((lexer->flags & LEX_ESCAPE_STRINGS) && folded == 'e');
    return is_prefix && byte(lexer, lexer->at + 1) == '\'';
}

/* Length of "$tag$" when one begins here; else 0. */
static size_t
dollar_tag(const struct lexer *lexer)
{
    size_t at = lexer->at + 1;
    if (!is_digit(byte(lexer, at))) {
        while (is_word_part(byte(lexer, at)) && byte(lexer, at) != '$') {
            at++;
        }
    }
    return byte(lexer, at) == '$' ? at + 1 - lexer->at : 0;
}

static struct token
take_dollar_string(struct lexer *lexer, size_t tag_len)
{
    const char *tag = lexer->text.ptr + lexer->at;
    for (size_t at = lexer->at + tag_len; at + tag_len <= lexer->text.len; at++) {
        const char *dollar = memchr(lexer->text.ptr + at, '$', lexer->text.len - at);
        if (dollar == NULL) {
            break;
        }
        at = (size_t)(dollar - lexer->text.ptr);
        if (at + tag_len <= lexer->text.len && memcmp(dollar, tag, tag_len) == 0) {
            return take(lexer, TOKEN_STRING, at + tag_len);
        }
    }
    return take(lexer, TOKEN_UNCLOSED, lexer->text.len);
}

static bool
is_bom(const struct lexer *lexer)
{
    struct span rest = {lexer->text.ptr + lexer->at, lexer->text.len - lexer->at};
    return span_starts(rest, "\xEF\xBB\xBF") && (lexer->at == 0 || (lexer->flags & LEX_BOM_ANYWHERE));
}

static struct token
take_space(struct lexer *lexer)
{
    size_t at = lexer->at;
    while (at < lexer->text.len && is_space(lexer->text.ptr[at])) {
        at++;
    }
    return take(lexer, TOKEN_SPACE, at);
}

/* Quotes and comments; false when none begins here. */
static bool
take_delimited(struct lexer *lexer, char c, struct token *out)
{
    bool is_name = (c == '`' && (lexer->flags & LEX_BACKTICK_NAMES)) ||
                   (c == '[' && (lexer->flags & LEX_BRACKET_NAMES)) ||
                   (c == '"' && !(lexer->flags & LEX_DOUBLE_STRINGS));
    if (is_name || c == '\'' || c == '"') {
        *out = take_quoted(lexer, is_name ? TOKEN_NAME : TOKEN_STRING, lexer->at);
    } else if (string_prefix(lexer, c) > 0) {
        *out = take_quoted(lexer, TOKEN_STRING, lexer->at + string_prefix(lexer, c));
    } else if ((c == '-' && begins_dash_comment(lexer)) || (c == '#' && (lexer->flags & LEX_HASH_COMMENTS))) {
        *out = take(lexer, TOKEN_COMMENT, line_end(lexer, lexer->at));
    } else if (c == '/' && byte(lexer, lexer->at + 1) == '*') {
        *out = take_block_comment(lexer);
    } else if (c == '$' && (lexer->flags & LEX_DOLLAR_STRINGS) && dollar_tag(lexer) > 0) {
        *out = take_dollar_string(lexer, dollar_tag(lexer));
    } else {
        return false;
    }
    return true;
}

struct token
lexer_next_raw(struct lexer *lexer)
{
    struct token token;
    if (lexer->has_ahead) {
        lexer->at = lexer->ahead.at;
        lexer->has_ahead = false;
    }
    if (lexer->at >= lexer->text.len) {
        return (struct token){TOKEN_END, lexer->text.len, {lexer->text.ptr + lexer->text.len, 0}};
    }
    char c = lexer->text.ptr[lexer->at];
    if (is_space(c)) {
        return take_space(lexer);
    }
    if (c == '\xEF' && is_bom(lexer)) {
        return take(lexer, TOKEN_SPACE, lexer->at + 3);
    }
    if (take_delimited(lexer, c, &token)) {
        return token;
    }
    if (is_digit(c) || (c == '.' && is_digit(byte(lexer, lexer->at + 1)))) {
        return take_number(lexer);
    }
    if (c == '?' || (c == '@' && (lexer->flags & LEX_AT_PARAMS)) ||
        ((c == ':' || c == '$') && (lexer->flags & LEX_COLON_PARAMS))) {
        return take_param(lexer, c);
    }
    if (is_word_start(c) || (c == '$' && !(lexer->flags & LEX_COLON_PARAMS))) {
        return take_word(lexer, TOKEN_WORD, lexer->at);
    }
    return take_punct(lexer);
}

struct token
lexer_next(struct lexer *lexer)
{
    struct token token;
    if (lexer->has_ahead) {
        lexer->has_ahead = false;
        return lexer->ahead;
    }
    do {
        token = lexer_next_raw(lexer);
    } while (token.kind == TOKEN_SPACE || token.kind == TOKEN_COMMENT);
    return token;
}

struct token
lexer_peek(struct lexer *lexer)
{
    if (!lexer->has_ahead) {
        lexer->ahead = lexer_next(lexer);
        lexer->has_ahead = true;
    }
    return lexer->ahead;
}

/* -- reading by expectation --------------------------------------------------------------------------- */

bool
token_is_word(struct token token, const char *word)
{
    return token.kind == TOKEN_WORD && span_is_nocase(token.text, word);
}

bool
token_is_one_of(struct token token, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (token_is_word(token, *words)) {
            return true;
        }
    }
    return false;
}

bool
token_is_punct(struct token token, const char *punct)
{
    return token.kind == TOKEN_PUNCT && span_is(token.text, punct);
}

bool
lexer_accept(struct lexer *lexer, const char *word)
{
    bool is = token_is_word(lexer_peek(lexer), word);
    lexer->has_ahead = lexer->has_ahead && !is;
    return is;
}

bool
lexer_accept_punct(struct lexer *lexer, const char *punct)
{
    bool is = token_is_punct(lexer_peek(lexer), punct);
    lexer->has_ahead = lexer->has_ahead && !is;
    return is;
}

bool
lexer_accept_words(struct lexer *lexer, const char *words)
{
    struct lexer start = *lexer;
    struct span rest = span_of(words);
    struct span word;
    while (span_next_word(&rest, &word)) {
        struct token token = lexer_next(lexer);
        bool comparable = token.kind == TOKEN_WORD || token.kind == TOKEN_PUNCT;
        if (!comparable || token.text.len != word.len ||
            strncasecmp(token.text.ptr, word.ptr, word.len) != 0) {
            *lexer = start;
            return false;
        }
    }
    return true;
}

char *
lexer_name(struct lexer *lexer, struct arena *arena)
{
    struct token token = lexer_peek(lexer);
    bool is_name = token.kind == TOKEN_WORD || token.kind == TOKEN_NAME ||
                   (token.kind == TOKEN_STRING && (lexer->flags & LEX_STRING_NAMES));
    return is_name ? token_unquote(lexer_next(lexer), lexer->flags, arena) : NULL;
}

char *
lexer_qualified(struct lexer *lexer, struct arena *arena)
{
    char *name = lexer_name(lexer, arena);
    while (name != NULL && lexer_accept_punct(lexer, ".")) {
        char *part = lexer_name(lexer, arena);
        if (part == NULL) {
            break;
        }
        name = arena_printf(arena, "%s.%s", name, part);
    }
    return name;
}

/* +1 for an opening bracket, -1 for a closing one. */
static int
bracket(struct token token)
{
    if (token.kind != TOKEN_PUNCT || token.text.len != 1) {
        return 0;
    }
    return (token.text.ptr[0] == '(') - (token.text.ptr[0] == ')');
}

bool
lexer_group(struct lexer *lexer, struct span *inside)
{
    struct token token = lexer_peek(lexer);
    size_t depth = 0;
    if (bracket(token) != 1) {
        return false;
    }
    size_t from = token.at + 1;
    for (;;) {
        token = lexer_next(lexer);
        int step = bracket(token);
        depth = step > 0 ? depth + 1 : depth - (step < 0);
        if (depth == 0 || token.kind == TOKEN_END) {
            *inside = (struct span){lexer->text.ptr + from, token.at - from};
            return true;
        }
    }
}

void
lexer_skip_item(struct lexer *lexer)
{
    struct span ignored;
    for (;;) {
        struct token token = lexer_peek(lexer);
        if (token.kind == TOKEN_END || token_is_punct(token, ",") || token_is_punct(token, ")") ||
            token_is_punct(token, ";")) {
            return;
        }
        if (!lexer_group(lexer, &ignored)) {
            (void)lexer_next(lexer);
        }
    }
}

/* -- texts -------------------------------------------------------------------------------------------- */

static char
unescape(char c)
{
    static const char escaped[] = "0bnrtZ";
    static const char plain[] = "\0\b\n\r\t\x1A";
    const char *at = c == '\0' ? NULL : strchr(escaped, c);
    return at == NULL ? c : plain[at - escaped];
}

char *
token_unquote(struct token token, unsigned flags, struct arena *arena)
{
    bool is_string = token.kind == TOKEN_STRING;
    struct span in = token.text;
    if (!is_string && token.kind != TOKEN_NAME) {
        return arena_strndup(arena, in.ptr, in.len);
    }
    size_t prefix = is_string && in.ptr[0] != '\'' && in.ptr[0] != '"' ? 1 : 0;
    char close = in.ptr[in.len - 1];
    char *out = arena_alloc(arena, in.len + 1);
    size_t len = 0;
    for (size_t at = prefix + 1; at + 1 < in.len; at++) {
        if (in.ptr[at] == '\\' && is_string && (flags & LEX_BACKSLASH)) {
            out[len++] = unescape(in.ptr[++at]);
        } else {
            at += in.ptr[at] == close && close != ']';
            out[len++] = in.ptr[at];
        }
    }
    return out;
}

char *
sql_squeeze(struct span text, unsigned flags, struct arena *arena)
{
    struct lexer lexer;
    bool is_blank = false;
    size_t len = 0;
    char *out = arena_alloc(arena, text.len + 1);
    lexer_init(&lexer, text, flags);
    for (;;) {
        struct token token = lexer_next_raw(&lexer);
        if (token.kind == TOKEN_END) {
            out[len] = '\0';
            return out;
        }
        if (token.kind == TOKEN_SPACE || token.kind == TOKEN_COMMENT) {
            is_blank = len > 0;
            continue;
        }
        if (is_blank) {
            out[len++] = ' ';
            is_blank = false;
        }
        memcpy(out + len, token.text.ptr, token.text.len);
        len += token.text.len;
    }
}
