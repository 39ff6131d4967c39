/* What the files that read the catalogue share: rows by column number, and one object under construction. */
#ifndef MY_READER_H
#define MY_READER_H

#include "base/map.h"
#include "mysql/my_conn.h"

struct key;

struct reader {
    struct my_conn *my;
    struct catalog *out;
    struct arena arena; /* of one reading */
    const char *database;
    struct map tables;     /* name to struct table_text: what is a table, and no view */
    struct map parameters; /* "PROCEDURE name" to its parameters' text */
    struct map checks;     /* "table.column" to the text of the column's own checks */
    struct buf text;       /* of the object under construction */
    struct key *key;       /* the key whose rows are being read */
    const char *firing;    /* table, time and event of the trigger that was read last */
    unsigned place;        /* of that trigger among those */
};

/* A table's text grows until its partitions are known. */
struct table_text {
    const char *name;
    char *text;
    bool is_partitioned;
    bool is_sequence;
};

struct line {
    MYSQL_ROW row;
    const unsigned long *lengths;
};

typedef void row_reader(struct reader *reader, const struct line *line);

/* Calls `read` for every row of the query. */
enum status reader_each(struct reader *reader, const char *sql, row_reader *read, struct err *err) MUST_USE;

/* "" for NULL. */
const char *line_str(const struct line *line, unsigned column);
struct span line_span(const struct line *line, unsigned column);
bool line_is(const struct line *line, unsigned column, const char *value);

/* The registry's own. */
bool is_ours(const char *name);
/* " word 'value'", quotes doubled; nothing when the value is empty. */
void add_quoted(struct buf *out, const char *word, const char *value);
/* " word value"; nothing when the value is empty. */
void add_word(struct buf *out, const char *word, const char *value);
/* The expression without the name of the own database, which servers write before every table. */
void add_expression(struct reader *reader, struct buf *out, struct span expression);
/* Adds the object with reader->text as its text and empties that. */
void reader_add(struct reader *reader, enum object_kind kind, const char *name, const char *table,
                const char *stored, bool is_name_generated);

/* -- my_catalog_keys.c */
enum status read_keys(struct reader *reader, struct err *err) MUST_USE;
/* Fills reader->checks and adds the tables' checks. */
enum status read_checks(struct reader *reader, struct err *err) MUST_USE;

/* -- my_catalog_code.c */
enum status read_code(struct reader *reader, struct err *err) MUST_USE;

#endif
