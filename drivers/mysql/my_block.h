/* Follows the body of a stored program through its tokens, so that the ";" inside are told from the one that
 * ends the statement. Scripts that were written for a server's own splitting have no DELIMITER lines. */
#ifndef MY_BLOCK_H
#define MY_BLOCK_H

#include "base/vec.h"
#include "driver/sqltok.h"

enum block_phase {
    BLOCK_FIRST,    /* before the first word */
    BLOCK_KIND,     /* CREATE was read: PROCEDURE, FUNCTION, TRIGGER, EVENT may come */
    BLOCK_EVENT,    /* ALTER was read: EVENT may come */
    BLOCK_NAME,     /* the program's name comes */
    BLOCK_PARAMS,   /* routines: the brackets come */
    BLOCK_TRAITS,   /* routines: characteristics, until a word that begins a statement */
    BLOCK_EACH_ROW, /* triggers: until FOR EACH ROW */
    BLOCK_ORDER,    /* triggers: [FOLLOWS name | PRECEDES name], then the body */
    BLOCK_DO,       /* events: until DO */
    BLOCK_BODY,
    BLOCK_OTHER /* not a stored program: nothing nests */
};

enum block_handler { HANDLER_NONE, HANDLER_DECLARE, HANDLER_FOR, HANDLER_CONDITION, HANDLER_MORE };

struct block_open {
    unsigned char what; /* enum block_kind */
    size_t at;          /* byte offset of its first word */
};

/* All zero but for the arena is the state before a statement. */
struct block {
    struct arena *arena;
    enum block_phase phase;
    const char *kind; /* "procedure", "function", "trigger", "event" */
    VEC(struct block_open) open;
    size_t parens;
    bool at_start; /* a statement of the body begins with the next token */
    bool after_end;
    enum block_handler handler;
    unsigned skip;      /* tokens that belong to a user name or a name in the header */
    unsigned row_words; /* of FOR EACH ROW */
    struct token last;  /* the significant token before */
    bool is_package;    /* CREATE PACKAGE: Oracle mode, which is not followed */
};

void block_begin(struct block *block);
/* `lexer` stands behind `token`, which is neither space nor comment; it is looked ahead in, not moved. */
void block_token(struct block *block, const struct lexer *lexer, struct token token);
/* A ";" now would be inside a body. */
bool block_is_open(const struct block *block);
/* The innermost thing that is open: "BEGIN", and where it began. Only when block_is_open. */
const char *block_opening(const struct block *block, size_t *at);

#endif
