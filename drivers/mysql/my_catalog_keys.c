#include "mysql/my_reader.h"

#include <string.h>

extern const char mysql_catalog_indexes_sql[];
extern const char mysql_catalog_foreign_keys_sql[];
extern const char mysql_catalog_checks_sql[];

/* A key under construction: its rows, one a column, follow each other. */
struct key {
    const char *table; /* NULL: none yet */
    const char *name;
    enum object_kind kind;
    bool is_generated;
    const char *head;   /* stands before the columns' brackets */
    const char *tail;   /* stands behind all */
    const char *parent; /* of a foreign key: between the two brackets */
    const char *stored;
    struct buf columns;
    struct buf parent_columns;
};

/* "prefix" and a number: what servers call things that nobody named. */
static bool
is_numbered(const char *name, const char *prefix)
{
    uint64_t number;
    return str_starts(name, prefix) && parse_u64(span_of(name + strlen(prefix)), &number);
}

static void
close_key(struct reader *reader)
{
    struct key *key = reader->key;
    if (key->table != NULL) {
        buf_printf(&reader->text, "%s(%s)", key->head, buf_cstr(&key->columns));
        if (key->parent != NULL) {
            buf_printf(&reader->text, "%s(%s)", key->parent, buf_cstr(&key->parent_columns));
        }
        buf_str(&reader->text, key->tail);
        reader_add(reader, key->kind, arena_printf(&reader->arena, "%s.%s", key->table, key->name),
                   key->table, key->stored, key->is_generated);
    }
    buf_reset(&key->columns);
    buf_reset(&key->parent_columns);
    key->table = NULL;
}

/* Closes the key before when the row begins another one; true when it does. */
static bool
begin_key(struct reader *reader, const struct line *line, unsigned table, unsigned name)
{
    struct key *key = reader->key;
    if (key->table != NULL && line_is(line, table, key->table) && line_is(line, name, key->name)) {
        buf_str(&key->columns, ", ");
        buf_str(&key->parent_columns, ", ");
        return false;
    }
    close_key(reader);
    key->table = arena_strdup(&reader->arena, line_str(line, table));
    key->name = arena_strdup(&reader->arena, line_str(line, name));
    key->parent = NULL;
    key->stored = "";
    return true;
}

/* -- indexes ------------------------------------------------------------------------------------------- */

enum {
    INDEX_TABLE,
    INDEX_NAME,
    INDEX_NON_UNIQUE,
    INDEX_COLUMN,
    INDEX_ORDER,
    INDEX_PREFIX,
    INDEX_TYPE,
    INDEX_COMMENT,
    INDEX_VISIBLE,
    INDEX_EXPRESSION
};

/* Unnamed indexes are called after their first column, with a number where that is taken. */
static void
begin_index(struct reader *reader, const struct line *line)
{
    struct key *key = reader->key;
    BUF_SCOPED tail = BUF_INIT(BUF_TEXT_MAX);
    bool is_unique = line_is(line, INDEX_NON_UNIQUE, "0");
    const char *stem = line_is(line, INDEX_COLUMN, "") ? "functional_index" : line_str(line, INDEX_COLUMN);
    const char *what = str_eq(key->name, "PRIMARY") ? "primary key " : is_unique ? "unique " : "";
    key->kind = is_unique ? OBJECT_CONSTRAINT : OBJECT_INDEX;
    key->is_generated =
        str_eq(key->name, stem) || is_numbered(key->name, arena_printf(&reader->arena, "%s_", stem));
    key->head = arena_printf(&reader->arena, "%s%s ", what, line_str(line, INDEX_TYPE));
    buf_str(&tail, line_is(line, INDEX_VISIBLE, "NO") ? " invisible" : "");
    add_quoted(&tail, "comment", line_str(line, INDEX_COMMENT));
    key->tail = arena_strdup(&reader->arena, buf_cstr(&tail));
}

static void
read_index(struct reader *reader, const struct line *line)
{
    if (map_get(&reader->tables, line_span(line, INDEX_TABLE)) == NULL) {
        return;
    }
    if (begin_key(reader, line, INDEX_TABLE, INDEX_NAME)) {
        begin_index(reader, line);
    }
    struct buf *columns = &reader->key->columns;
    if (line_is(line, INDEX_COLUMN, "")) {
        buf_char(columns, '(');
        add_expression(reader, columns, line_span(line, INDEX_EXPRESSION));
        buf_char(columns, ')');
    } else {
        buf_span(columns, line_span(line, INDEX_COLUMN));
    }
    if (!line_is(line, INDEX_PREFIX, "")) {
        buf_printf(columns, "(%s)", line_str(line, INDEX_PREFIX));
    }
    buf_str(columns, line_is(line, INDEX_ORDER, "D") ? " desc" : "");
}

/* -- foreign keys -------------------------------------------------------------------------------------- */

enum {
    FOREIGN_TABLE,
    FOREIGN_NAME,
    FOREIGN_COLUMN,
    FOREIGN_PARENT_SCHEMA,
    FOREIGN_PARENT,
    FOREIGN_PARENT_COLUMN,
    FOREIGN_UPDATE,
    FOREIGN_DELETE
};

/* RESTRICT and NO ACTION do the same here, whichever of them the server takes for granted. */
static const char *
rule(const struct line *line, unsigned column)
{
    return line_is(line, column, "RESTRICT") ? "NO ACTION" : line_str(line, column);
}

static void
begin_foreign(struct reader *reader, const struct line *line)
{
    struct arena *arena = &reader->arena;
    struct key *key = reader->key;
    bool is_here = line_is(line, FOREIGN_PARENT_SCHEMA, reader->database);
    const char *synonym = reader->my->is_mariadb ? "NO ACTION" : "RESTRICT";
    bool has_synonym = line_is(line, FOREIGN_UPDATE, synonym) || line_is(line, FOREIGN_DELETE, synonym);
    key->kind = OBJECT_FOREIGN_KEY;
    key->is_generated = is_numbered(key->name, arena_printf(arena, "%s_ibfk_", key->table));
    key->head = "foreign key ";
    key->parent =
        arena_printf(arena, " references %s%s%s ", is_here ? "" : line_str(line, FOREIGN_PARENT_SCHEMA),
                     is_here ? "" : ".", line_str(line, FOREIGN_PARENT));
    key->tail = arena_printf(arena, " on delete %s on update %s", rule(line, FOREIGN_DELETE),
                             rule(line, FOREIGN_UPDATE));
    if (has_synonym) {
        key->stored = arena_printf(arena, "on delete %s on update %s", line_str(line, FOREIGN_DELETE),
                                   line_str(line, FOREIGN_UPDATE));
    }
}

static void
read_foreign(struct reader *reader, const struct line *line)
{
    if (map_get(&reader->tables, line_span(line, FOREIGN_TABLE)) == NULL) {
        return;
    }
    if (begin_key(reader, line, FOREIGN_TABLE, FOREIGN_NAME)) {
        begin_foreign(reader, line);
    }
    buf_span(&reader->key->columns, line_span(line, FOREIGN_COLUMN));
    buf_span(&reader->key->parent_columns, line_span(line, FOREIGN_PARENT_COLUMN));
}

enum status
read_keys(struct reader *reader, struct err *err)
{
    struct key key = {.columns = BUF_INIT(BUF_TEXT_MAX), .parent_columns = BUF_INIT(BUF_TEXT_MAX)};
    reader->key = &key;
    enum status status = reader_each(reader, mysql_catalog_indexes_sql, read_index, err);
    close_key(reader);
    if (status == STATUS_OK) {
        status = reader_each(reader, mysql_catalog_foreign_keys_sql, read_foreign, err);
        close_key(reader);
    }
    buf_release(&key.columns);
    buf_release(&key.parent_columns);
    reader->key = NULL;
    return status;
}

/* -- checks -------------------------------------------------------------------------------------------- */

enum { CHECK_TABLE, CHECK_NAME, CHECK_CLAUSE, CHECK_LEVEL, CHECK_ENFORCED };

/* MariaDB's checks of a column have no name of their own: they belong to the column's text. */
static void
read_check(struct reader *reader, const struct line *line)
{
    struct arena *arena = &reader->arena;
    const struct table_text *table = map_get(&reader->tables, line_span(line, CHECK_TABLE));
    if (table == NULL) {
        return;
    }
    char *name = arena_printf(arena, "%s.%s", table->name, line_str(line, CHECK_NAME));
    buf_str(&reader->text, "check (");
    add_expression(reader, &reader->text, line_span(line, CHECK_CLAUSE));
    buf_str(&reader->text, line_is(line, CHECK_ENFORCED, "NO") ? ") not enforced" : ")");
    if (line_is(line, CHECK_LEVEL, "Column")) {
        (void)map_put(&reader->checks, span_of(name), arena_printf(arena, " %s", buf_cstr(&reader->text)));
        buf_reset(&reader->text);
        return;
    }
    bool is_generated = is_numbered(line_str(line, CHECK_NAME), "CONSTRAINT_") ||
                        is_numbered(line_str(line, CHECK_NAME), arena_printf(arena, "%s_chk_", table->name));
    reader_add(reader, OBJECT_CONSTRAINT, name, table->name, "", is_generated);
}

enum status
read_checks(struct reader *reader, struct err *err)
{
    return reader_each(reader, mysql_catalog_checks_sql, read_check, err);
}
