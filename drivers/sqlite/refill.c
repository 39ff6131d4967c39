/* What stands aside while tables are filled anew, and AUTOINCREMENT. */
#include "sqlite/stream.h"

static enum status
set_triggers(struct sqlite_conn *self, int on, struct err *err)
{
    int is = -1;
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, on, &is);
    return is == on ? STATUS_OK
                    : err_raise(err, STATUS_UNSUPPORTED, "this SQLite does not let triggers be switched off");
}

/* Foreign keys are off in our own sessions anyway. */
enum status
sqlite_refill_begin(struct conn *conn, const struct table *tables, size_t n, struct err *err)
{
    (void)tables;
    (void)n;
    return set_triggers(sqlite_of(conn), 0, err);
}

enum status
sqlite_refill_clear(struct conn *conn, const struct table *table, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "delete from ");
    driver_quote_qualified(conn->driver, &sql, table->qualified);
    return sqlite_run(sqlite_of(conn), buf_cstr(&sql), err);
}

static bool
is_among(const struct table *tables, size_t n, const struct value *name)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is_nocase(name->bytes, tables[i].name)) {
            return true;
        }
    }
    return false;
}

/* Children without their parent in or of these tables: one pass, however many they are. */
static enum status
check_keys(struct conn *conn, const struct table *tables, size_t n, struct err *err)
{
    struct row row;
    ROWS_SCOPED *cursor = NULL;
    TRY(sqlite_query(conn, "select distinct \"table\", parent from pragma_foreign_key_check", NULL, 0,
                     &cursor, NULL, err));
    for (;;) {
        TRY(sqlite_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        if (is_among(tables, n, &row.values[0]) || is_among(tables, n, &row.values[1])) {
            ARENA_SCOPED scratch = {0};
            return err_raise(err, STATUS_POLICY,
                             "rows of '%s' would refer to rows of '%s' that are not there",
                             value_to_str(&row.values[0], &scratch), value_to_str(&row.values[1], &scratch));
        }
    }
}

enum status
sqlite_refill_end(struct conn *conn, const struct table *tables, size_t n, bool keep, struct err *err)
{
    if (keep) {
        TRY(check_keys(conn, tables, n, err));
    }
    return set_triggers(sqlite_of(conn), 1, err);
}

/* -- counters -------------------------------------------------------------------------------------------- */

/* The table of counters exists once any table has one. */
static enum status
read_last(struct sqlite_conn *self, const char *table, struct value *out, struct arena *arena,
          struct err *err)
{
    struct value name = value_text(table);
    struct row row;
    const char *has_table;
    *out = value_null();
    TRY(sqlite_read(self, "select 1 from pragma_table_info('sqlite_sequence', 'main') limit 1", arena,
                    &has_table, err));
    if (has_table == NULL) {
        return STATUS_OK;
    }
    ROWS_SCOPED *cursor = NULL;
    TRY(sqlite_query(&self->conn, "select seq from sqlite_sequence where name = ?", &name, 1, &cursor, NULL,
                     err));
    TRY(sqlite_fetch(cursor, &row, err));
    if (row.n > 0) {
        *out = value_int(arena, value_to_int(&row.values[0], 0));
    }
    return STATUS_OK;
}

static const char *
identity_column(const struct table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].is_identity) {
            return table->columns[i].name;
        }
    }
    return NULL;
}

enum status
sqlite_counters(struct conn *conn, const struct table *table, struct arena *arena, struct counters *out,
                struct err *err)
{
    const char *column = identity_column(table);
    struct value last;
    if (column == NULL) {
        return STATUS_OK;
    }
    TRY(read_last(sqlite_of(conn), table->name, &last, arena, err));
    int64_t number = value_to_int(&last, INT64_MAX);
    if (!value_is_null(&last) && number < INT64_MAX) {
        vec_push(arena, out, (struct counter){arena_strdup(arena, column), number + 1});
    }
    return STATUS_OK;
}

/* Loading rows raises it to their greatest by itself. */
enum status
sqlite_raise_counter(struct conn *conn, const struct table *table, const struct counter *counter,
                     struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    ARENA_SCOPED scratch = {0};
    struct value last;
    TRY(read_last(self, table->name, &last, &scratch, err));
    struct value params[] = {value_int(&scratch, counter->next - 1), value_text(table->name)};
    if (value_is_null(&last)) {
        return sqlite_query(conn, "insert into sqlite_sequence (seq, name) values (?, ?)", params, 2, NULL,
                            NULL, err);
    }
    return value_to_int(&last, 0) >= counter->next - 1
               ? STATUS_OK
               : sqlite_query(conn, "update sqlite_sequence set seq = ? where name = ?", params, 2, NULL,
                              NULL, err);
}
