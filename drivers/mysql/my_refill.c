/* What stands aside while tables are filled anew, and AUTO_INCREMENT. */
#include "mysql/my_aside.h"
#include "mysql/my_stream.h"

#include <inttypes.h>
#include <string.h>

static void
finish_p(struct cursor **cursor)
{
    my_finish(*cursor);
}
#define OPEN_CURSOR CLEANUP(finish_p) struct cursor

/* The first row's values; `*found` false without one. */
static enum status
ask(struct my_conn *my, const char *sql, const struct value *params, size_t n, struct arena *arena,
    struct value *out, size_t n_out, bool *found, struct err *err)
{
    struct row row;
    OPEN_CURSOR *cursor = NULL;
    TRY(my_query(&my->base, sql, params, n, &cursor, NULL, err));
    TRY(my_fetch(cursor, &row, err));
    *found = row.n >= n_out;
    for (size_t i = 0; i < n_out && *found; i++) {
        out[i] = row.values[i];
        out[i].bytes.ptr = arena_strndup(arena, row.values[i].bytes.ptr, row.values[i].bytes.len);
    }
    while (row.n > 0) {
        TRY(my_fetch(cursor, &row, err));
    }
    return STATUS_OK;
}

/* "schema.name" or "name": the two parts as values; the schema NULL for the current one. */
static void
name_parts(const char *qualified, struct arena *arena, struct value out[2])
{
    const char *dot = strchr(qualified, '.');
    out[0] =
        dot == NULL ? value_null() : value_text(arena_strndup(arena, qualified, (size_t)(dot - qualified)));
    out[1] = value_text(dot == NULL ? qualified : dot + 1);
}

/* A table that knows no transactions cannot go back. */
static enum status
check_engine(struct my_conn *my, const struct table *table, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value name[2];
    struct value got[1];
    bool found;
    name_parts(table->qualified, &scratch, name);
    TRY(ask(my,
            "select t.engine from information_schema.tables t join information_schema.engines e "
            "on e.engine = t.engine where t.table_schema = coalesce(?, database()) and t.table_name = ? "
            "and e.transactions <> 'YES'",
            name, 2, &scratch, got, 1, &found, err));
    return !found
               ? STATUS_OK
               : err_raise(err, STATUS_UNSUPPORTED, "the table '%s' is of engine %s, which cannot roll back",
                           table->qualified, value_to_str(&got[0], &scratch));
}

/* Taking triggers away would commit what the transaction has done so far. */
static enum status
refuse_triggers(struct my_conn *my, const struct table *table, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value name[2];
    struct value got[1];
    bool found;
    name_parts(table->qualified, &scratch, name);
    TRY(ask(my,
            "select trigger_name from information_schema.triggers where event_object_schema = "
            "coalesce(?, database()) and event_object_table = ? and left(trigger_name, 9) <> 'rollcall_' "
            "order by 1 limit 1",
            name, 2, &scratch, got, 1, &found, err));
    if (found) {
        (void)err_raise(err, STATUS_POLICY, "the trigger '%s' of the table '%s' would fire for every row",
                        value_to_str(&got[0], &scratch), table->qualified);
        return err_hint(err, "drop the trigger first, and create it again afterwards");
    }
    return STATUS_OK;
}

/* In a transaction that has done nothing yet, which then begins anew. */
static enum status
make_way(struct my_conn *my, const struct table *tables, size_t n, bool is_fresh, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        TRY(check_engine(my, &tables[i], err));
        if (!is_fresh) {
            TRY(refuse_triggers(my, &tables[i], err));
        }
    }
    if (!is_fresh) {
        return STATUS_OK;
    }
    TRY(triggers_aside(my, tables, n, err));
    return my->is_autocommit_off ? STATUS_OK : text_exec(my, SPAN("start transaction"), NULL, err);
}

enum status
my_refill_begin(struct conn *conn, const struct table *tables, size_t n, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    TRY(make_way(my, tables, n, my->is_fresh, err));
    for (size_t i = 0; i < n; i++) { /* before the transaction reads anything: it then sees these rows, too */
        BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
        buf_str(&sql, "select count(*) from ");
        driver_quote_qualified(conn->driver, &sql, tables[i].qualified);
        buf_str(&sql, " for update");
        TRY(text_exec(my, buf_view(&sql), NULL, err));
    }
    return text_exec(my, SPAN("set session foreign_key_checks = 0"), NULL, err);
}

enum status
my_refill_clear(struct conn *conn, const struct table *table, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "delete from ");
    driver_quote_qualified(conn->driver, &sql, table->qualified);
    return text_exec(my_conn_of(conn), buf_view(&sql), NULL, err);
}

/* -- foreign keys: what was switched off is never checked again by the server ---------------------------- */

static void
add_name(struct buf *sql, const struct conn *conn, const struct value *schema, const struct value *table)
{
    ARENA_SCOPED scratch = {0};
    driver_quote(conn->driver, sql, value_to_str(schema, &scratch));
    buf_char(sql, '.');
    driver_quote(conn->driver, sql, value_to_str(table, &scratch));
}

static void
add_column(struct buf *sql, const struct conn *conn, const char *side, const struct value *column)
{
    ARENA_SCOPED scratch = {0};
    buf_printf(sql, "%s.", side);
    driver_quote(conn->driver, sql, value_to_str(column, &scratch));
}

enum key_column {
    KEY_SCHEMA,
    KEY_TABLE,
    KEY_NAME,
    KEY_COLUMN,
    KEY_TO_SCHEMA,
    KEY_TO_TABLE,
    KEY_TO_COLUMN,
    KEY_N
};

struct key_row {
    struct value values[KEY_N];
};

/* Children without their parent; `rows` are the columns of one key. */
static enum status
check_key(struct my_conn *my, const struct key_row *rows, size_t n, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    struct value got[1];
    bool found;
    buf_str(&sql, "select 1 from ");
    add_name(&sql, &my->base, &rows[0].values[KEY_SCHEMA], &rows[0].values[KEY_TABLE]);
    buf_str(&sql, " c where ");
    for (size_t i = 0; i < n; i++) {
        add_column(&sql, &my->base, "c", &rows[i].values[KEY_COLUMN]);
        buf_str(&sql, " is not null and ");
    }
    buf_str(&sql, "not exists (select 1 from ");
    add_name(&sql, &my->base, &rows[0].values[KEY_TO_SCHEMA], &rows[0].values[KEY_TO_TABLE]);
    buf_str(&sql, " p where ");
    for (size_t i = 0; i < n; i++) {
        buf_str(&sql, i > 0 ? " and " : "");
        add_column(&sql, &my->base, "p", &rows[i].values[KEY_TO_COLUMN]);
        buf_str(&sql, " = ");
        add_column(&sql, &my->base, "c", &rows[i].values[KEY_COLUMN]);
    }
    buf_str(&sql, ") limit 1");
    TRY(ask(my, buf_cstr(&sql), NULL, 0, &scratch, got, 1, &found, err));
    return !found
               ? STATUS_OK
               : err_raise(err, STATUS_POLICY,
                           "rows of '%s' would refer to rows of '%s' that are not there (foreign key '%s')",
                           value_to_str(&rows[0].values[KEY_TABLE], &scratch),
                           value_to_str(&rows[0].values[KEY_TO_TABLE], &scratch),
                           value_to_str(&rows[0].values[KEY_NAME], &scratch));
}

static enum status
check_keys(struct my_conn *my, const struct table *table, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    VEC(struct key_row) rows = {0};
    struct value name[4];
    struct row row;
    name_parts(table->qualified, &scratch, name);
    name[2] = name[0];
    name[3] = name[1];
    {
        OPEN_CURSOR *cursor = NULL;
        TRY(my_query(
            &my->base,
            "select table_schema, table_name, constraint_name, column_name, referenced_table_schema, "
            "referenced_table_name, referenced_column_name from information_schema.key_column_usage "
            "where referenced_table_name is not null and ((table_schema = coalesce(?, database()) and "
            "table_name = ?) or (referenced_table_schema = coalesce(?, database()) and "
            "referenced_table_name = ?)) order by 1, 2, 3, ordinal_position",
            name, 4, &cursor, NULL, err));
        for (;;) {
            TRY(my_fetch(cursor, &row, err));
            if (row.n == 0) {
                break;
            }
            struct key_row key = {0};
            for (size_t i = 0; i < KEY_N; i++) {
                key.values[i] = value_text(value_to_str(&row.values[i], &scratch));
            }
            vec_push(&scratch, &rows, key);
        }
    }
    for (size_t from = 0, to; from < rows.n; from = to) {
        for (to = from + 1; to < rows.n; to++) {
            const struct value *a = rows.items[from].values;
            const struct value *b = rows.items[to].values;
            if (!span_eq(a[KEY_NAME].bytes, b[KEY_NAME].bytes) ||
                !span_eq(a[KEY_TABLE].bytes, b[KEY_TABLE].bytes) ||
                !span_eq(a[KEY_SCHEMA].bytes, b[KEY_SCHEMA].bytes)) {
                break;
            }
        }
        TRY(check_key(my, &rows.items[from], to - from, err));
    }
    return STATUS_OK;
}

enum status
my_refill_end(struct conn *conn, const struct table *tables, size_t n, bool keep, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    for (size_t i = 0; keep && i < n; i++) {
        TRY(check_keys(my, &tables[i], err));
    }
    TRY(text_exec(my, SPAN("set session foreign_key_checks = 1"), NULL, err));
    return !keep && my->has_aside ? triggers_back(my, err) : STATUS_OK; /* else the commit does it */
}

/* -- counters -------------------------------------------------------------------------------------------- */

/* As SHOW CREATE TABLE has it: the dictionary's figure may be a day old on MySQL. */
static enum status
read_next(struct my_conn *my, const struct table *table, int64_t *out, struct err *err)
{
    static const char mark[] = ") ENGINE=";
    static const char word[] = " AUTO_INCREMENT=";
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    RESULT_SCOPED *result = NULL;
    buf_str(&sql, "show create table ");
    driver_quote_qualified(my->base.driver, &sql, table->qualified);
    TRY(text_query(my, buf_cstr(&sql), &result, err));
    MYSQL_ROW row = mysql_fetch_row(result);
    const char *tail = NULL;
    for (const char *at = row == NULL ? NULL : row[1]; at != NULL && (at = strstr(at, mark)) != NULL; at++) {
        tail = at;
    }
    const char *at = tail == NULL ? NULL : strstr(tail, word);
    *out = 1; /* nothing was handed out yet */
    if (at != NULL) {
        at += strlen(word);
        (void)parse_i64((struct span){at, strspn(at, "0123456789")}, out);
    }
    return STATUS_OK;
}

enum status
my_counters(struct conn *conn, const struct table *table, struct arena *arena, struct counters *out,
            struct err *err)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].is_identity) {
            struct counter counter = {arena_strdup(arena, table->columns[i].name), 1};
            TRY(read_next(my_conn_of(conn), table, &counter.next, err));
            vec_push(arena, out, counter);
        }
    }
    return STATUS_OK;
}

/* The server itself keeps it above what the column holds. */
enum status
my_raise_counter(struct conn *conn, const struct table *table, const struct counter *counter, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    int64_t next;
    TRY(read_next(my, table, &next, err));
    if (next >= counter->next) {
        return STATUS_OK;
    }
    buf_str(&sql, "alter table ");
    driver_quote_qualified(conn->driver, &sql, table->qualified);
    buf_printf(&sql, " auto_increment = %" PRId64, counter->next);
    return text_exec(my, buf_view(&sql), NULL, err);
}
