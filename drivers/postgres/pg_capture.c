/* Changes of rows as PostgreSQL tells of them: the transition tables of statement triggers. A statement fires
 * the triggers of the table it names, for all rows below it, and no others; so a partition or a child has the
 * same triggers for the statements that name it, and no change is logged twice.
 *
 * One function a log serves them all. It has nothing to do with the table but the names in its text, so a
 * script can alter the table at will, as long as it changes no row before the hook was made anew. */
#include "postgres/pg_capture.h"

#include "postgres/pg_stream.h"

#include <string.h>

extern const char postgres_capture_sql[];
extern const char postgres_capture_function_sql[];
extern const char postgres_capture_clear_sql[];
extern const char postgres_written_sql[];

static enum status
run(struct pg_conn *pg, const char *sql, struct err *err)
{
    const struct pg_request request = {.sql = sql, .discards_rows = true};
    PG_RESULT_SCOPED *result = NULL;
    return pg_send(pg, PG_MODE_OWN, &request, &result, err);
}

/* -- words ----------------------------------------------------------------------------------------------- */

/* What one capture is made of (arena). */
struct hook {
    const struct table *table;
    const char *target;   /* quoted */
    const char *log;      /* quoted */
    const char *sequence; /* quoted */
    const char *function; /* quoted, without parentheses */
    bool has_actions;     /* foreign keys may update it */
    const char *stem; /* "rollcall_log_1": of triggers and settings, made of letters that need no quotes */
};

static struct hook
hook_of(struct arena *arena, const struct conn *conn, const struct table *table, const char *log)
{
    char *stem = arena_printf(arena, "rollcall_%s", strrchr(log, '.') == NULL ? log : strrchr(log, '.') + 1);
    struct hook hook = {
        .table = table,
        .target = pg_quoted(arena, table->qualified, conn),
        .log = pg_quoted(arena, log, conn),
        .sequence = pg_quoted(arena, arena_printf(arena, "%s_seq", log), conn),
        .function = pg_quoted(arena, arena_printf(arena, "%s_hook", log), conn),
        .stem = stem,
    };
    for (char *at = stem; *at != '\0'; at++) {
        bool is_plain = (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '_';
        *at = is_plain ? *at : '_';
    }
    return hook;
}

/* Between dollars that the text does not have. */
static void
add_text(struct buf *out, const char *text)
{
    char mark[32] = "$rc$";
    for (unsigned i = 1; strstr(text, mark) != NULL; i++) {
        snprintf(mark, sizeof(mark), "$rc%u$", i);
    }
    buf_str(out, mark);
    buf_str(out, text);
    buf_str(out, mark);
}

/* ", \"a\", \"b\"": the columns that hold values of their own. With a row's name: what the log takes of it.
 */
static const char *
columns(struct arena *arena, const struct conn *conn, const struct table *table, const char *row)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct column *column = &table->columns[i];
        BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
        if (column->is_generated) {
            continue;
        }
        buf_str(&cell, row);
        driver_quote(conn->driver, &cell, column->name);
        buf_str(&out, ", ");
        if (*row == '\0') {
            buf_str(&out, buf_cstr(&cell));
        } else {
            pg_to_side(&out, buf_cstr(&cell), &column->type);
        }
    }
    return arena_strndup(arena, buf_cstr(&out), out.len);
}

static void
add_log(struct buf *out, const struct conn *conn, const struct hook *hook)
{
    buf_printf(out, "CREATE TABLE %s (rc_seq pg_catalog.int8 NOT NULL, rc_new pg_catalog.int2 NOT NULL",
               hook->log);
    for (size_t i = 0; i < hook->table->n_columns; i++) {
        const struct column *column = &hook->table->columns[i];
        if (!column->is_generated) {
            buf_str(out, ", ");
            driver_quote(conn->driver, out, column->name);
            buf_char(out, ' ');
            pg_side_type(out, &column->type, column->collation);
        }
    }
    buf_printf(out, ");\nCREATE SEQUENCE %s INCREMENT BY 8589934592 OWNED BY %s.rc_seq;\n", hook->sequence,
               hook->log);
}

/* The template, with what stands for each "@WORD@". */
static void
add_body(struct buf *out, struct arena *arena, const struct conn *conn, const struct hook *hook)
{
    BUF_SCOPED sequence = BUF_INIT(BUF_TEXT_MAX);
    for (const char *at = hook->sequence; *at != '\0'; at++) { /* stands in a literal */
        buf_str(&sequence, *at == '\'' ? "'" : "");
        buf_char(&sequence, *at);
    }
    const struct {
        const char *word;
        const char *text;
    } words[] = {
        {"@LOG@", hook->log},
        {"@SEQUENCE@", buf_cstr(&sequence)},
        {"@STACK@", arena_printf(arena, "rollcall.%s_", hook->stem)},
        {"@NAMES@", columns(arena, conn, hook->table, "")},
        {"@CELLS@", columns(arena, conn, hook->table, "o.")},
        {"@ACTIONS@", hook->has_actions ? "true" : "false"},
    };
    for (const char *at = postgres_capture_function_sql; *at != '\0';) {
        size_t i = 0;
        while (i < COUNT_OF(words) && !str_starts(at, words[i].word)) {
            i++;
        }
        if (i < COUNT_OF(words)) {
            buf_str(out, words[i].text);
            at += strlen(words[i].word);
        } else {
            buf_char(out, *at++);
        }
    }
}

/* It runs as us, whatever role the script has taken, and writes values as we read them. */
static void
add_function(struct buf *out, const struct hook *hook, const char *body)
{
    buf_printf(out,
               "CREATE OR REPLACE FUNCTION %s() RETURNS pg_catalog.trigger LANGUAGE plpgsql SECURITY DEFINER "
               "SET search_path = pg_catalog, pg_temp SET \"DateStyle\" = 'ISO, YMD' "
               "SET \"IntervalStyle\" = 'iso_8601' SET \"TimeZone\" = 'UTC' SET extra_float_digits = 1 "
               "SET bytea_output = 'hex' SET lc_monetary = 'C' AS ",
               hook->function);
    add_text(out, body);
    buf_str(out, ";\n");
}

/* They fire in every replication role. Only while a check waits for the commit the table cannot be altered
 * for that. */
static void
add_triggers(struct buf *out, const struct hook *hook, const char *member)
{
    static const struct {
        const char *suffix;
        const char *event;
        const char *rows;
    } triggers[] = {
        {"begin", "BEFORE INSERT OR UPDATE OR DELETE", ""},
        {"insert", "AFTER INSERT", " REFERENCING NEW TABLE AS rc_became"},
        {"update", "AFTER UPDATE", " REFERENCING OLD TABLE AS rc_old NEW TABLE AS rc_became"},
        {"delete", "AFTER DELETE", " REFERENCING OLD TABLE AS rc_old"},
    };
    for (size_t i = 0; i < COUNT_OF(triggers); i++) {
        buf_printf(out, "CREATE TRIGGER %s_%s %s ON %s%s FOR EACH STATEMENT EXECUTE FUNCTION %s();\n",
                   hook->stem, triggers[i].suffix, triggers[i].event, member, triggers[i].rows,
                   hook->function);
    }
    buf_printf(out, "BEGIN\nALTER TABLE ONLY %s", member);
    for (size_t i = 0; i < COUNT_OF(triggers); i++) {
        buf_printf(out, "%s ENABLE ALWAYS TRIGGER %s_%s", i > 0 ? "," : "", hook->stem, triggers[i].suffix);
    }
    buf_str(out, ";\nEXCEPTION WHEN object_in_use THEN NULL;\nEND;\n");
}

/* -- begin ----------------------------------------------------------------------------------------------- */

/* Rows of one part of the plan: see capture.sql. */
static bool
is_part(const PGresult *plan, int row, const char *part)
{
    return str_eq(PQgetvalue(plan, row, 0), part);
}

static enum status
check_columns(const PGresult *plan, const struct table *table, const char *log, struct err *err)
{
    size_t at = 0;
    for (int row = 0; row < PQntuples(plan); row++) {
        if (is_part(plan, row, "column")) {
            while (at < table->n_columns && table->columns[at].is_generated) {
                at++;
            }
            bool is_known = at < table->n_columns &&
                            str_eq(table->columns[at].name, PQgetvalue(plan, row, 2)) &&
                            str_eq(table->columns[at].type.name, PQgetvalue(plan, row, 3));
            if (!is_known) {
                return err_raise(err, STATUS_CONFLICT, "its column '%s' is not what was read before",
                                 PQgetvalue(plan, row, 2));
            }
            at++;
        }
    }
    if (table_column(table, "rc_seq") != NULL || table_column(table, "rc_new") != NULL) {
        return err_raise(err, STATUS_UNSUPPORTED, "'%s' has columns of the names rc_seq and rc_new itself",
                         log);
    }
    return STATUS_OK;
}

/* A log goes on only with the shape it was made in: rc_seq, rc_new, and the columns. */
static enum status
check_log(const PGresult *plan, const struct table *table, const char *log, struct err *err)
{
    BUF_SCOPED want = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED have = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!table->columns[i].is_generated) {
            buf_printf(&want, "%s ", table->columns[i].name);
            pg_side_type(&want, &table->columns[i].type, "");
            buf_char(&want, '\n');
        }
    }
    for (int row = 0, n = 0; row < PQntuples(plan); row++) {
        if (is_part(plan, row, "log") && n++ >= 2) {
            buf_printf(&have, "%s %s\n", PQgetvalue(plan, row, 2), PQgetvalue(plan, row, 3));
        }
    }
    return str_eq(buf_cstr(&want), buf_cstr(&have))
               ? STATUS_OK
               : err_raise(err, STATUS_CONFLICT, "the log '%s' has other columns", log);
}

static enum status
make_sql(struct buf *out, struct arena *arena, const struct conn *conn, const struct hook *hook,
         const PGresult *plan, bool has_log, struct err *err)
{
    BUF_SCOPED body = BUF_INIT(BUF_TEXT_MAX);
    buf_str(out, "BEGIN\n");
    if (!has_log) {
        add_log(out, conn, hook);
    }
    add_body(&body, arena, conn, hook);
    add_function(out, hook, buf_cstr(&body));
    for (int row = 0; row < PQntuples(plan); row++) {
        const char *kind = PQgetvalue(plan, row, 3);
        if (!is_part(plan, row, "member")) {
            continue;
        }
        if (!str_eq(kind, "r") && !str_eq(kind, "p")) {
            return err_raise(err, STATUS_UNSUPPORTED, "%s is a foreign table", PQgetvalue(plan, row, 2));
        }
        if (!str_eq(PQgetvalue(plan, row, 4), "true")) {
            add_triggers(out, hook, PQgetvalue(plan, row, 2));
        }
    }
    buf_str(out, "END");
    return buf_check(out, "the statement that makes a log", err);
}

enum status
pg_capture_begin(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED run_sql = BUF_INIT(BUF_TEXT_MAX);
    PG_RESULT_SCOPED *plan = NULL;
    bool has_log = false;
    if (pg_txn_state(conn) != TXN_OPEN) {
        return err_raise(err, STATUS_BUG, "changes are logged inside a transaction only");
    }
    struct hook hook = hook_of(&scratch, conn, table, log);
    const char *const values[] = {hook.target, hook.log, hook.function};
    const struct pg_request request = {
        .statement = pg_statement_kept(pg, postgres_capture_sql), .n_params = 3, .values = values};
    TRY(run(pg, arena_printf(&scratch, "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", hook.target), err));
    TRY(pg_send(pg, PG_MODE_OWN, &request, &plan, err));
    for (int row = 0; row < PQntuples(plan); row++) {
        has_log = has_log || is_part(plan, row, "log");
        hook.has_actions = hook.has_actions || is_part(plan, row, "action");
    }
    TRY(check_columns(plan, table, log, err));
    if (has_log) {
        TRY(check_log(plan, table, log, err));
    }
    TRY(make_sql(&sql, &scratch, conn, &hook, plan, has_log, err));
    buf_str(&run_sql, "DO ");
    add_text(&run_sql, buf_cstr(&sql));
    pg->has_hooks = true;
    return run(pg, buf_cstr(&run_sql), err);
}

/* -- end ------------------------------------------------------------------------------------------------- */

/* While a check of the table waits for the commit its triggers cannot be dropped: then they do nothing, and
 * go with the commit. */
enum status
pg_capture_end(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED run_sql = BUF_INIT(BUF_TEXT_MAX);
    const struct hook hook = hook_of(&scratch, conn, table, log);
    buf_printf(&sql,
               "BEGIN\nDROP FUNCTION IF EXISTS %s() CASCADE;\nEXCEPTION WHEN object_in_use THEN\n"
               "CREATE OR REPLACE FUNCTION %s() RETURNS pg_catalog.trigger LANGUAGE plpgsql AS "
               "'BEGIN RETURN NULL; END';\nEND",
               hook.function, hook.function);
    buf_str(&run_sql, "DO ");
    add_text(&run_sql, buf_cstr(&sql));
    return run(pg_of(conn), buf_cstr(&run_sql), err);
}

enum status
pg_capture_clear(struct conn *conn, struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    pg->has_hooks = false;
    return run(pg, postgres_capture_clear_sql, err);
}

/* -- what was written ------------------------------------------------------------------------------------ */

enum status
pg_written_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, bool *known,
                  struct err *err)
{
    PG_RESULT_SCOPED *result = NULL;
    const struct pg_request request = {.statement = pg_statement_kept(pg_of(conn), postgres_written_sql),
                                       .only_reads = true};
    TRY(pg_send(pg_of(conn), PG_MODE_OWN, &request, &result, err));
    *n = (size_t)PQntuples(result);
    *names = arena_new_array(arena, const char *, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        (*names)[i] = arena_strdup(arena, PQgetvalue(result, (int)i, 0));
    }
    *known = pg_txn_state(conn) == TXN_OPEN;
    return STATUS_OK;
}
