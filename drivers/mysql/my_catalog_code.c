#include "mysql/my_reader.h"

#include "driver/sqltok.h"
#include "mysql/my_mode.h"

#include <string.h>

extern const char mysql_catalog_views_sql[];
extern const char mysql_catalog_routines_sql[];
extern const char mysql_catalog_parameters_sql[];
extern const char mysql_catalog_triggers_sql[];
extern const char mysql_catalog_events_sql[];
extern const char mysql_catalog_grants_sql[];

/* The settings a body was written under, which go with it: from column `first` on, sql_mode, definer,
 * client's character set, connection's and database's collation. */
static void
add_settings(struct buf *out, const struct line *line, unsigned first)
{
    static const char *const words[] = {"sql_mode", "definer", "client", "connection", "database"};
    for (unsigned i = 0; i < COUNT_OF(words); i++) {
        add_quoted(out, words[i], line_str(line, first + i));
    }
}

/* A body counts by its tokens; how it was written is kept beside it. Gives what was written. */
static const char *
add_body(struct reader *reader, const char *word, const struct line *line, unsigned body, unsigned sql_mode)
{
    unsigned flags = modes_flags(line_span(line, sql_mode));
    const char *canonical = sql_squeeze(line_span(line, body), flags, &reader->arena);
    add_word(&reader->text, word, canonical);
    return line_is(line, body, canonical) ? "" : line_str(line, body);
}

/* -- views --------------------------------------------------------------------------------------------- */

enum {
    VIEW_NAME,
    VIEW_SELECT,
    VIEW_CHECK,
    VIEW_DEFINER,
    VIEW_SECURITY,
    VIEW_CLIENT,
    VIEW_CONNECTION,
    VIEW_ALGORITHM
};

static void
read_view(struct reader *reader, const struct line *line)
{
    struct buf *text = &reader->text;
    if (is_ours(line_str(line, VIEW_NAME))) {
        return;
    }
    buf_printf(text, "sql security %s", line_str(line, VIEW_SECURITY));
    add_quoted(text, "definer", line_str(line, VIEW_DEFINER));
    add_word(text, "algorithm", line_str(line, VIEW_ALGORITHM));
    add_quoted(text, "client", line_str(line, VIEW_CLIENT));
    add_quoted(text, "connection", line_str(line, VIEW_CONNECTION));
    buf_str(text, " as ");
    add_expression(reader, text, line_span(line, VIEW_SELECT));
    if (!line_is(line, VIEW_CHECK, "NONE")) {
        buf_printf(text, " with %s check option", line_str(line, VIEW_CHECK));
    }
    reader_add(reader, OBJECT_VIEW, line_str(line, VIEW_NAME), "", "", false);
}

/* -- routines ------------------------------------------------------------------------------------------ */

enum {
    PARAMETER_TYPE,
    PARAMETER_ROUTINE,
    PARAMETER_MODE,
    PARAMETER_NAME,
    PARAMETER_DATA,
    PARAMETER_CHARSET,
    PARAMETER_COLLATION
};

static void
read_parameter(struct reader *reader, const struct line *line)
{
    struct arena *arena = &reader->arena;
    const char *routine =
        arena_printf(arena, "%s %s", line_str(line, PARAMETER_TYPE), line_str(line, PARAMETER_ROUTINE));
    const char *before = map_get(&reader->parameters, span_of(routine));
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    if (before != NULL) {
        buf_printf(&text, "%s, ", before);
    }
    buf_printf(&text, "%s %s %s", line_str(line, PARAMETER_MODE), line_str(line, PARAMETER_NAME),
               line_str(line, PARAMETER_DATA));
    add_word(&text, "collate", line_str(line, PARAMETER_COLLATION));
    (void)map_put(&reader->parameters, span_of(routine), arena_strdup(arena, buf_cstr(&text)));
}

enum {
    ROUTINE_TYPE,
    ROUTINE_NAME,
    ROUTINE_BODY,
    ROUTINE_RETURNS,
    ROUTINE_CHARSET,
    ROUTINE_COLLATION,
    ROUTINE_LANGUAGE,
    ROUTINE_DETERMINISTIC,
    ROUTINE_ACCESS,
    ROUTINE_SECURITY,
    ROUTINE_COMMENT,
    ROUTINE_MODE,
    ROUTINE_DEFINER
};

static void
read_routine(struct reader *reader, const struct line *line)
{
    struct buf *text = &reader->text;
    bool is_function = line_is(line, ROUTINE_TYPE, "FUNCTION");
    const char *key =
        arena_printf(&reader->arena, "%s %s", line_str(line, ROUTINE_TYPE), line_str(line, ROUTINE_NAME));
    const char *parameters = map_get(&reader->parameters, span_of(key));
    if (is_ours(line_str(line, ROUTINE_NAME))) {
        return;
    }
    buf_printf(text, "(%s)", parameters == NULL ? "" : parameters);
    add_word(text, "returns", line_str(line, ROUTINE_RETURNS));
    add_word(text, "collate", line_str(line, ROUTINE_COLLATION));
    add_word(text, "language",
             line_is(line, ROUTINE_LANGUAGE, "SQL") ? "" : line_str(line, ROUTINE_LANGUAGE));
    buf_str(text, line_is(line, ROUTINE_DETERMINISTIC, "YES") ? " deterministic" : "");
    buf_printf(text, " %s sql security %s", line_str(line, ROUTINE_ACCESS), line_str(line, ROUTINE_SECURITY));
    add_quoted(text, "comment", line_str(line, ROUTINE_COMMENT));
    add_settings(text, line, ROUTINE_MODE);
    const char *stored = add_body(reader, "as", line, ROUTINE_BODY, ROUTINE_MODE);
    reader_add(reader, is_function ? OBJECT_FUNCTION : OBJECT_PROCEDURE, line_str(line, ROUTINE_NAME), "",
               stored, false);
}

/* -- triggers, events ---------------------------------------------------------------------------------- */

enum {
    TRIGGER_NAME,
    TRIGGER_EVENT,
    TRIGGER_TABLE,
    TRIGGER_ORDER, /* by which the rows come */
    TRIGGER_BODY,
    TRIGGER_TIMING,
    TRIGGER_MODE
};

static void
read_trigger(struct reader *reader, const struct line *line)
{
    if (is_ours(line_str(line, TRIGGER_TABLE)) || is_ours(line_str(line, TRIGGER_NAME))) {
        return;
    }
    const char *firing = arena_printf(&reader->arena, "%s %s on %s", line_str(line, TRIGGER_TIMING),
                                      line_str(line, TRIGGER_EVENT), line_str(line, TRIGGER_TABLE));
    bool is_first = reader->firing == NULL || !str_eq(reader->firing, firing);
    reader->place = is_first ? 1 : reader->place + 1; /* the server's number counts ours, too */
    reader->firing = firing;
    buf_printf(&reader->text, "%s order %u", firing, reader->place);
    add_settings(&reader->text, line, TRIGGER_MODE);
    const char *stored = add_body(reader, "as", line, TRIGGER_BODY, TRIGGER_MODE);
    reader_add(reader, OBJECT_TRIGGER, line_str(line, TRIGGER_NAME), line_str(line, TRIGGER_TABLE), stored,
               false);
}

enum {
    EVENT_NAME,
    EVENT_BODY,
    EVENT_TYPE,
    EVENT_AT,
    EVENT_INTERVAL,
    EVENT_UNIT,
    EVENT_STARTS,
    EVENT_ENDS,
    EVENT_STATUS,
    EVENT_COMPLETION,
    EVENT_COMMENT,
    EVENT_ZONE,
    EVENT_MODE
};

static void
read_event(struct reader *reader, const struct line *line)
{
    struct buf *text = &reader->text;
    if (is_ours(line_str(line, EVENT_NAME))) {
        return;
    }
    buf_str(text, line_str(line, EVENT_TYPE));
    add_word(text, "at", line_str(line, EVENT_AT));
    if (!line_is(line, EVENT_INTERVAL, "")) {
        buf_printf(text, " every %s %s", line_str(line, EVENT_INTERVAL), line_str(line, EVENT_UNIT));
    }
    add_word(text, "starts", line_str(line, EVENT_STARTS));
    add_word(text, "ends", line_str(line, EVENT_ENDS));
    buf_printf(text, " %s on completion %s", line_str(line, EVENT_STATUS), line_str(line, EVENT_COMPLETION));
    add_quoted(text, "comment", line_str(line, EVENT_COMMENT));
    add_quoted(text, "time_zone", line_str(line, EVENT_ZONE));
    add_settings(text, line, EVENT_MODE);
    const char *stored = add_body(reader, "do", line, EVENT_BODY, EVENT_MODE);
    reader_add(reader, OBJECT_EVENT, line_str(line, EVENT_NAME), "", stored, false);
}

/* -- grants: one object for a grantee and what was granted on ------------------------------------------ */

enum { GRANT_TO, GRANT_TABLE, GRANT_COLUMN, GRANT_PRIVILEGE, GRANT_OPTION };

static void
read_grant(struct reader *reader, const struct line *line)
{
    const char *table = line_str(line, GRANT_TABLE);
    if (is_ours(table)) {
        return;
    }
    bool has_column = !line_is(line, GRANT_COLUMN, "");
    char *name = arena_printf(&reader->arena, "%s on %s%s%s: %s", line_str(line, GRANT_TO),
                              table[0] == '\0' ? "(database)" : table, has_column ? "." : "",
                              line_str(line, GRANT_COLUMN), line_str(line, GRANT_PRIVILEGE));
    buf_str(&reader->text, line_is(line, GRANT_OPTION, "YES") ? "grantable" : "granted");
    reader_add(reader, OBJECT_GRANT, name, table, "", false);
}

/* -- all of it ----------------------------------------------------------------------------------------- */

/* Parameters are dear on MariaDB, which parses every routine for them. */
static enum status
read_routines(struct reader *reader, struct err *err)
{
    RESULT_SCOPED *routines = NULL;
    struct line line;
    TRY(text_query(reader->my, mysql_catalog_routines_sql, &routines, err));
    if (mysql_num_rows(routines) == 0) {
        return STATUS_OK;
    }
    TRY(reader_each(reader, mysql_catalog_parameters_sql, read_parameter, err));
    while ((line.row = mysql_fetch_row(routines)) != NULL) {
        line.lengths = mysql_fetch_lengths(routines);
        read_routine(reader, &line);
    }
    return STATUS_OK;
}

enum status
read_code(struct reader *reader, struct err *err)
{
    const struct {
        const char *sql;
        row_reader *read;
    } sources[] = {
        {mysql_catalog_views_sql, read_view},
        {mysql_catalog_triggers_sql, read_trigger},
        {mysql_catalog_events_sql, read_event},
        {mysql_catalog_grants_sql, read_grant},
    };
    TRY(read_routines(reader, err));
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        TRY(reader_each(reader, sources[i].sql, sources[i].read, err));
    }
    return STATUS_OK;
}
