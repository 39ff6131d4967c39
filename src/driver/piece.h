/* A migration text cut into pieces. Lexing is total: the pieces' spans concatenate to the text byte for byte.
 */
#ifndef DRIVER_PIECE_H
#define DRIVER_PIECE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

enum piece_kind {
    PIECE_BLANK,      /* white space, comments, byte-order mark, stray terminators: never sent */
    PIECE_STATEMENT,  /* one statement, without its terminator */
    PIECE_TERMINATOR, /* ";" or what DELIMITER set */
    PIECE_COPY_DATA,  /* rows of the COPY ... FROM STDIN before it, with the closing "\." line */
    PIECE_CLIENT /* a line for a client program: DELIMITER, psql's backslash commands, sqlite3's dot commands
                  */
};

enum piece_flag {
    PIECE_TXN_BEGIN = 1 << 0,    /* BEGIN, START TRANSACTION */
    PIECE_TXN_COMMIT = 1 << 1,   /* COMMIT, END */
    PIECE_TXN_ROLLBACK = 1 << 2, /* ROLLBACK (not TO SAVEPOINT) */
    PIECE_TXN_OTHER =
        1 << 3,            /* SAVEPOINT, RELEASE, ROLLBACK TO, PREPARE TRANSACTION, XA: allowed inside ours */
    PIECE_NO_TXN = 1 << 4, /* the engine refuses it inside a transaction block */
    PIECE_IMPLICIT_COMMIT = 1 << 5, /* the engine commits around it (MySQL DDL) */
    PIECE_SESSION = 1 << 6,         /* must run before BEGIN to have its effect (PRAGMA foreign_keys) */
    PIECE_CLIENT_IGNORED = 1 << 7,  /* a client line that is safe to skip: DELIMITER, \restrict */
    PIECE_COPY_IN = 1 << 8          /* COPY ... FROM STDIN: the next piece but the terminator is its data */
};

struct piece {
    enum piece_kind kind;
    unsigned flags;
    size_t at; /* byte offset in the text */
    size_t len;
    size_t line;   /* 1-based, where the piece begins */
    size_t column; /* 1-based, in characters */
};

/* Borrows `text`. */
struct pieces {
    struct span text;
    struct piece *items; /* arena */
    size_t n;
    size_t cap;
    size_t n_statements;
};

struct span piece_text(const struct pieces *pieces, const struct piece *piece);
/* Appends the `len` bytes that follow the last piece; nothing when `len` is 0. Counts lines as it goes, so
 * that a whole text costs one pass, and merges neighbouring blanks. */
void pieces_add(struct pieces *pieces, struct arena *arena, enum piece_kind kind, unsigned flags, size_t len);
/* Line and column (in characters) of byte `at` in `text`. */
void text_position(struct span text, size_t at, size_t *line, size_t *column);
/* Rewrites what split says, "line 2, column 5: unclosed quote", for a text that begins at `first_line` of
 * `file`: "a.sql:3:5: unclosed quote". Any other message gets the file before it. Returns the status. */
enum status text_error_place(struct err *err, const char *file, size_t first_line);

#endif
