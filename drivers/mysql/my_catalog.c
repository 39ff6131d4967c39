#include "mysql/my_reader.h"

#include "driver/sqltok.h"

#include <string.h>

extern const char mysql_catalog_schema_sql[];
extern const char mysql_catalog_tables_sql[];
extern const char mysql_catalog_partitions_sql[];
extern const char mysql_catalog_columns_sql[];

/* -- rows and texts ------------------------------------------------------------------------------------ */

const char *
line_str(const struct line *line, unsigned column)
{
    return line->row[column] == NULL ? "" : line->row[column];
}

struct span
line_span(const struct line *line, unsigned column)
{
    return (struct span){line_str(line, column), line->row[column] == NULL ? 0 : line->lengths[column]};
}

bool
line_is(const struct line *line, unsigned column, const char *value)
{
    return str_eq(line_str(line, column), value);
}

bool
is_ours(const char *name)
{
    return str_starts(name, "rollcall_");
}

void
add_word(struct buf *out, const char *word, const char *value)
{
    if (value[0] != '\0') {
        buf_printf(out, " %s %s", word, value);
    }
}

void
add_quoted(struct buf *out, const char *word, const char *value)
{
    if (value[0] == '\0') {
        return;
    }
    buf_printf(out, " %s '", word);
    for (; *value != '\0'; value++) {
        buf_str(out, *value == '\'' ? "'" : "");
        buf_char(out, *value);
    }
    buf_char(out, '\'');
}

void
add_expression(struct reader *reader, struct buf *out, struct span expression)
{
    struct lexer lexer;
    struct token last = {0};
    lexer_init(&lexer, expression, LEX_MYSQL);
    for (struct token token = lexer_next_raw(&lexer); token.kind != TOKEN_END;
         token = lexer_next_raw(&lexer)) {
        struct lexer ahead = lexer;
        bool is_own = token.kind == TOKEN_NAME && !token_is_punct(last, ".") &&
                      token_is_punct(lexer_next_raw(&ahead), ".") &&
                      str_eq(token_unquote(token, LEX_MYSQL, &reader->arena), reader->database);
        if (is_own) {
            lexer = ahead; /* the name and its dot */
        } else {
            buf_span(out, token.text);
        }
        last = token;
    }
}

void
reader_add(struct reader *reader, enum object_kind kind, const char *name, const char *table,
           const char *stored, bool is_name_generated)
{
    struct object object = {.kind = kind,
                            .name = name,
                            .table = table,
                            .text = buf_cstr(&reader->text),
                            .stored = stored,
                            .is_name_generated = is_name_generated};
    catalog_add(reader->out, &object);
    buf_reset(&reader->text);
}

enum status
reader_each(struct reader *reader, const char *sql, row_reader *read, struct err *err)
{
    RESULT_SCOPED *result = NULL;
    struct line line;
    TRY(text_query(reader->my, sql, &result, err));
    while ((line.row = mysql_fetch_row(result)) != NULL) {
        line.lengths = mysql_fetch_lengths(result);
        read(reader, &line);
    }
    return buf_check(&reader->text, "the text of a schema object", err);
}

/* -- the database, tables, partitions ------------------------------------------------------------------ */

static void
read_schema(struct reader *reader, const struct line *line)
{
    buf_printf(&reader->text, "collate %s", line_str(line, 0));
    reader_add(reader, OBJECT_SCHEMA, "(database)", "", "", false);
}

/* Words of CREATE_OPTIONS but for "partitioned", which the partitions tell better. */
static bool
add_options(struct buf *out, struct span options)
{
    struct span word;
    bool is_partitioned = false;
    while (span_next_word(&options, &word)) {
        if (span_is(word, "partitioned")) {
            is_partitioned = true;
        } else {
            buf_char(out, ' ');
            buf_span(out, word);
        }
    }
    return is_partitioned;
}

enum { TABLE_NAME, TABLE_TYPE, TABLE_ENGINE, TABLE_COLLATION, TABLE_OPTIONS, TABLE_COMMENT };

static void
read_table(struct reader *reader, const struct line *line)
{
    static const char *const other[] = {"VIEW", "SYSTEM VIEW", "TEMPORARY", "TEMPORARY SEQUENCE"};
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        if (line_is(line, TABLE_TYPE, other[i])) {
            return;
        }
    }
    if (is_ours(line_str(line, TABLE_NAME))) {
        return;
    }
    struct table_text *table = arena_new(&reader->arena, struct table_text);
    buf_reset(&reader->text);
    buf_printf(&reader->text, "engine %s collate %s", line_str(line, TABLE_ENGINE),
               line_str(line, TABLE_COLLATION));
    if (line_is(line, TABLE_TYPE, "SYSTEM VERSIONED")) {
        buf_str(&reader->text, " with system versioning");
    }
    table->is_partitioned = add_options(&reader->text, line_span(line, TABLE_OPTIONS));
    add_quoted(&reader->text, "comment", line_str(line, TABLE_COMMENT));
    table->is_sequence = line_is(line, TABLE_TYPE, "SEQUENCE");
    table->name = arena_strdup(&reader->arena, line_str(line, TABLE_NAME));
    table->text = arena_strdup(&reader->arena, buf_cstr(&reader->text));
    (void)map_put(&reader->tables, span_of(table->name), table);
    buf_reset(&reader->text);
}

enum {
    PARTITION_TABLE,
    PARTITION_NAME,
    PARTITION_SUB_NAME,
    PARTITION_METHOD,
    PARTITION_SUB_METHOD,
    PARTITION_BY,
    PARTITION_SUB_BY,
    PARTITION_VALUES,
    PARTITION_COMMENT
};

static void
read_partition(struct reader *reader, const struct line *line)
{
    struct table_text *table = map_get(&reader->tables, line_span(line, PARTITION_TABLE));
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    if (table == NULL) {
        return;
    }
    buf_str(&text, table->text);
    if (table->is_partitioned) { /* the first one of this table */
        buf_printf(&text, " partition by %s (%s)", line_str(line, PARTITION_METHOD),
                   line_str(line, PARTITION_BY));
        if (!line_is(line, PARTITION_SUB_METHOD, "")) {
            buf_printf(&text, " subpartition by %s (%s)", line_str(line, PARTITION_SUB_METHOD),
                       line_str(line, PARTITION_SUB_BY));
        }
        table->is_partitioned = false;
    }
    buf_printf(&text, " partition %s", line_str(line, PARTITION_NAME));
    add_word(&text, "sub", line_str(line, PARTITION_SUB_NAME));
    add_word(&text, "values", line_str(line, PARTITION_VALUES));
    add_quoted(&text, "comment", line_str(line, PARTITION_COMMENT));
    table->text = arena_strdup(&reader->arena, buf_cstr(&text));
}

static void
add_tables(struct reader *reader)
{
    for (size_t i = 0; i < reader->tables.cap; i++) {
        const struct table_text *table = reader->tables.slots[i].value;
        if (table != NULL && !table->is_sequence) {
            buf_str(&reader->text, table->text);
            reader_add(reader, OBJECT_TABLE, table->name, table->name, "", false);
        }
    }
}

static enum status
read_tables(struct reader *reader, struct err *err)
{
    bool any_partitioned = false;
    TRY(reader_each(reader, mysql_catalog_tables_sql, read_table, err));
    for (size_t i = 0; i < reader->tables.cap; i++) {
        const struct table_text *table = reader->tables.slots[i].value;
        any_partitioned = any_partitioned || (table != NULL && table->is_partitioned);
    }
    if (any_partitioned) {
        TRY(reader_each(reader, mysql_catalog_partitions_sql, read_partition, err));
    }
    add_tables(reader);
    return STATUS_OK;
}

/* -- sequences ----------------------------------------------------------------------------------------- */

static void
read_sequence(struct reader *reader, const struct line *line)
{
    buf_printf(&reader->text, "start %s minvalue %s maxvalue %s increment %s cache %s%s", line_str(line, 3),
               line_str(line, 1), line_str(line, 2), line_str(line, 4), line_str(line, 5),
               line_is(line, 6, "0") ? "" : " cycle");
    reader_add(reader, OBJECT_SEQUENCE, line_str(line, 0), "", "", false);
}

/* Each sequence is a table of one row: all of them in one query. Where it stands is data, not schema. */
static enum status
read_sequences(struct reader *reader, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    for (size_t i = 0; i < reader->tables.cap; i++) {
        const struct table_text *table = reader->tables.slots[i].value;
        if (table != NULL && table->is_sequence) {
            buf_str(&sql, sql.len > 0 ? " union all select '" : "select '");
            for (const char *c = table->name; *c != '\0'; c++) {
                buf_str(&sql, *c == '\'' || *c == '\\' ? "\\" : "");
                buf_char(&sql, *c);
            }
            buf_str(
                &sql,
                "', minimum_value, maximum_value, start_value, increment, cache_size, cycle_option from ");
            driver_quote(reader->my->base.driver, &sql, table->name);
        }
    }
    return sql.len == 0 ? STATUS_OK : reader_each(reader, buf_cstr(&sql), read_sequence, err);
}

/* -- columns ------------------------------------------------------------------------------------------- */

enum {
    COLUMN_TABLE,
    COLUMN_NAME,
    COLUMN_POSITION,
    COLUMN_TYPE,
    COLUMN_CHARSET,
    COLUMN_COLLATION,
    COLUMN_NULLABLE,
    COLUMN_DEFAULT,
    COLUMN_EXTRA,
    COLUMN_GENERATION,
    COLUMN_COMMENT,
    COLUMN_SRS
};

/* MariaDB gives the default as SQL, MySQL as the bare value or, marked so, an expression. */
static void
add_default(struct reader *reader, const struct line *line)
{
    bool is_expression = strstr(line_str(line, COLUMN_EXTRA), "DEFAULT_GENERATED") != NULL;
    if (line->row[COLUMN_DEFAULT] == NULL ||
        (reader->my->is_mariadb && line_is(line, COLUMN_DEFAULT, "NULL"))) {
        return;
    }
    if (reader->my->is_mariadb || is_expression) {
        buf_str(&reader->text, " default ");
        add_expression(reader, &reader->text, line_span(line, COLUMN_DEFAULT));
    } else if (line_is(line, COLUMN_DEFAULT, "")) {
        buf_str(&reader->text, " default ''");
    } else {
        add_quoted(&reader->text, "default", line_str(line, COLUMN_DEFAULT));
    }
}

static void
add_extra(struct buf *out, struct span extra)
{
    struct span word;
    while (span_next_word(&extra, &word)) {
        word.len -= span_ends(word, ","); /* MariaDB: "VIRTUAL GENERATED, INVISIBLE" */
        bool is_told = span_is(word, "DEFAULT_GENERATED") || span_is(word, "GENERATED") ||
                       span_is(word, "VIRTUAL") || span_is(word, "STORED") || span_is(word, "PERSISTENT");
        if (is_told) {
            continue;
        }
        buf_char(out, ' ');
        for (size_t i = 0; i < word.len; i++) {
            char c = word.ptr[i];
            buf_char(out, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
        }
    }
}

static void
read_column(struct reader *reader, const struct line *line)
{
    const struct table_text *table = map_get(&reader->tables, line_span(line, COLUMN_TABLE));
    uint64_t position = 0;
    if (table == NULL || table->is_sequence) {
        return;
    }
    struct buf *text = &reader->text;
    char *name = arena_printf(&reader->arena, "%s.%s", table->name, line_str(line, COLUMN_NAME));
    const char *checks = map_get(&reader->checks, span_of(name));
    buf_str(text, line_str(line, COLUMN_TYPE));
    add_word(text, "collate", line_str(line, COLUMN_COLLATION));
    add_word(text, "srid", line_str(line, COLUMN_SRS));
    buf_str(text, line_is(line, COLUMN_NULLABLE, "NO") ? " not null" : "");
    if (line_is(line, COLUMN_GENERATION, "")) {
        add_default(reader, line);
    } else {
        buf_str(text, " generated always as (");
        add_expression(reader, text, line_span(line, COLUMN_GENERATION));
        buf_str(text, strstr(line_str(line, COLUMN_EXTRA), "VIRTUAL") != NULL ? ") virtual" : ") stored");
    }
    add_extra(text, line_span(line, COLUMN_EXTRA));
    buf_str(text, checks == NULL ? "" : checks);
    add_quoted(text, "comment", line_str(line, COLUMN_COMMENT));
    (void)parse_u64(line_span(line, COLUMN_POSITION), &position);
    struct object object = {.kind = OBJECT_COLUMN,
                            .name = name,
                            .table = table->name,
                            .text = buf_cstr(text),
                            .stored = "",
                            .position = (unsigned)position};
    catalog_add(reader->out, &object);
    buf_reset(text);
}

/* -- all of it ----------------------------------------------------------------------------------------- */

static enum status
read_all(struct reader *reader, struct err *err)
{
    TRY(reader_each(reader, mysql_catalog_schema_sql, read_schema, err));
    TRY(read_tables(reader, err));
    TRY(read_sequences(reader, err));
    TRY(read_checks(reader, err));
    TRY(reader_each(reader, mysql_catalog_columns_sql, read_column, err));
    TRY(read_keys(reader, err));
    return read_code(reader, err);
}

enum status
my_catalog(struct conn *conn, struct catalog *out, struct err *err)
{
    struct reader reader = {.my = my_conn_of(conn), .out = out, .text = BUF_INIT(BUF_TEXT_MAX)};
    reader.database = reader.my->target.database;
    if (reader.database[0] == '\0') {
        err_raise(err, STATUS_USAGE, "the database URL names no database");
        return err_hint(err, "put its name behind the host: mysql://user@host:3306/database");
    }
    map_init(&reader.tables, &reader.arena);
    map_init(&reader.parameters, &reader.arena);
    map_init(&reader.checks, &reader.arena);
    enum status status = read_all(&reader, err);
    buf_release(&reader.text);
    arena_release(&reader.arena);
    catalog_seal(out);
    return status;
}
