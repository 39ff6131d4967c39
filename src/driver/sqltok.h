/* Tokens of SQL, for engines whose own parser is not at hand. A pull lexer over an immutable text: linear,
 * without copies, and total: the tokens' spans concatenate to the text byte for byte. */
#ifndef DRIVER_SQLTOK_H
#define DRIVER_SQLTOK_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* What differs from engine to engine. Without any: '...' strings, "..." names, -- and slash-star comments. */
enum lexer_flag {
    LEX_BACKTICK_NAMES = 1 << 0,
    LEX_BRACKET_NAMES = 1 << 1,
    LEX_DOUBLE_STRINGS = 1 << 2,   /* "..." is a string, not a name */
    LEX_BACKSLASH = 1 << 3,        /* backslash escapes in strings */
    LEX_HASH_COMMENTS = 1 << 4,    /* # to the end of the line */
    LEX_DASH_NEEDS_BLANK = 1 << 5, /* -- begins a comment only before a blank, a control or the end */
    LEX_CODE_COMMENTS = 1 << 6,    /* slash-star-bang (and -M-bang) comments hold code: see struct lexer */
    LEX_COLON_PARAMS = 1 << 7,     /* :name and $name are parameters */
    LEX_DIGIT_WORDS = 1 << 8,      /* a word may begin with digits: 2fa */
    LEX_STRING_PREFIXES = 1 << 9,  /* b'..' and n'..' are one token; x'..' always is */
    LEX_BOM_ANYWHERE = 1 << 10,    /* a byte-order mark is white space wherever a token may begin */
    LEX_STRING_NAMES = 1 << 11,    /* a string may stand where a name is due */
    LEX_DOLLAR_STRINGS = 1 << 12,  /* $tag$...$tag$ */
    LEX_ESCAPE_STRINGS = 1 << 13,  /* e'..' is one token, with backslash escapes; so are the parts of it that
                                      follow on later lines, which are read like the first */
    LEX_NESTED_COMMENTS = 1 << 14, /* slash-star comments nest */
    LEX_AT_PARAMS = 1 << 15,       /* @name and @@name are parameters */
    LEX_CR_ENDS_LINE = 1 << 16     /* a carriage return ends a line comment, too */
};

#define LEX_POSTGRES                                                                                         \
    (LEX_STRING_PREFIXES | LEX_DOLLAR_STRINGS | LEX_ESCAPE_STRINGS | LEX_NESTED_COMMENTS | LEX_CR_ENDS_LINE)

#define LEX_SQLITE                                                                                           \
    (LEX_BACKTICK_NAMES | LEX_BRACKET_NAMES | LEX_COLON_PARAMS | LEX_AT_PARAMS | LEX_BOM_ANYWHERE |          \
     LEX_STRING_NAMES)
/* As the servers' default sql_mode has it; ANSI_QUOTES takes LEX_DOUBLE_STRINGS away, NO_BACKSLASH_ESCAPES
 * LEX_BACKSLASH. */
#define LEX_MYSQL                                                                                            \
    (LEX_BACKTICK_NAMES | LEX_DOUBLE_STRINGS | LEX_BACKSLASH | LEX_HASH_COMMENTS | LEX_DASH_NEEDS_BLANK |    \
     LEX_CODE_COMMENTS | LEX_DIGIT_WORDS | LEX_STRING_PREFIXES | LEX_AT_PARAMS)

enum token_kind {
    TOKEN_END, /* empty, at the end of the text */
    TOKEN_SPACE,
    TOKEN_COMMENT,
    TOKEN_WORD,   /* keyword or bare identifier */
    TOKEN_NAME,   /* identifier in quotes */
    TOKEN_STRING, /* with its quotes and prefix */
    TOKEN_NUMBER,
    TOKEN_PARAM,   /* ?, ?1, @name, @@name, :name, $name */
    TOKEN_PUNCT,   /* an operator, or one character */
    TOKEN_UNCLOSED /* quote or comment without an end: reaches to the end of the text */
};

struct token {
    enum token_kind kind;
    size_t at; /* byte offset in the text */
    struct span text;
};

/* Copy it to remember a place. With LEX_CODE_COMMENTS the opening of such a comment ("slash-star-bang 50003")
 * and its closing are TOKEN_COMMENTs of their own and what stands between are tokens; a comment for a server
 * newer than `server_version` is one plain comment. */
struct lexer {
    struct span text;
    size_t at;
    unsigned flags;
    unsigned server_version; /* 50744, 101119; 0: every code comment counts */
    bool in_code_comment;
    bool has_ahead;
    struct token ahead;
};

void lexer_init(struct lexer *lexer, struct span text, unsigned flags);
/* Goes on at byte `at`, outside any comment. */
void lexer_seek(struct lexer *lexer, size_t at);
/* The next token of any kind. */
struct token lexer_next_raw(struct lexer *lexer);
/* The next token that is neither space nor comment. */
struct token lexer_next(struct lexer *lexer);
/* The same without taking it. */
struct token lexer_peek(struct lexer *lexer);

bool token_is_word(struct token token, const char *word);           /* ASCII case does not matter */
bool token_is_one_of(struct token token, const char *const *words); /* NULL-ended */
bool token_is_punct(struct token token, const char *punct);

/* Takes the next token when it is that word, that punctuation, all those blank-separated words and
 * punctuation ("if not exists"): all or nothing. */
bool lexer_accept(struct lexer *lexer, const char *word);
bool lexer_accept_punct(struct lexer *lexer, const char *punct);
bool lexer_accept_words(struct lexer *lexer, const char *words);
/* Takes an identifier, unquoted; a string counts as one where the engine lets it. NULL and nothing taken when
 * the next token is none. */
char *lexer_name(struct lexer *lexer, struct arena *arena);
/* "a.b.c" of identifiers joined by dots; NULL when the next token is none. */
char *lexer_qualified(struct lexer *lexer, struct arena *arena);
/* Takes a bracketed group when the next token is "("; the span is what stands between the brackets. */
bool lexer_group(struct lexer *lexer, struct span *inside);
/* Skips to the next "," or ")" or ";" at this bracket level, or to the end, without taking it. */
void lexer_skip_item(struct lexer *lexer);

/* Without quotes, doubled quotes single; backslash escapes as `flags` say. Other kinds as they stand. */
char *token_unquote(struct token token, unsigned flags, struct arena *arena);
/* The text without comments, blanks single; as it was written otherwise. */
char *sql_squeeze(struct span text, unsigned flags, struct arena *arena);

#endif
