#include "migrate/generate.h"

#include "base/io.h"
#include "migrate/rowdigest.h"

/* -- one table ----------------------------------------------------------------------------------------------
 */

enum { MAX_PARENT_ROWS = 32, MAX_ATTEMPTS = 6 };

/* Rows of a parent that a child may point at: n * n_columns values. */
struct parent_rows {
    const struct foreign_key *key;
    struct value *values;
    size_t n;
    size_t cap;
};

struct filling {
    struct generator *generator;
    struct conn *conn;
    struct arena *scratch;
    struct table table;
    struct parent_rows *parents; /* one a reference */
    int64_t next_identity;       /* 0: the server numbers */
    bool is_done;
};

/* After an error: whether the drill can go on, because a row was refused and no more. */
static bool
is_refusal(const struct conn *conn, const struct err *err)
{
    return !conn->is_lost && (err->status == STATUS_SQL || err->status == STATUS_CONFLICT ||
                              err->status == STATUS_USAGE || err->status == STATUS_UNSUPPORTED);
}

static enum status
read_parent_rows(struct filling *filling, struct parent_rows *parent, struct err *err)
{
    const struct foreign_key *key = parent->key;
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    CURSOR_SCOPED *cursor = NULL;
    struct row row = {0};
    for (size_t i = 0; i < key->n_columns; i++) {
        buf_str(&sql, i == 0 ? "SELECT " : ", ");
        driver_quote(filling->conn->driver, &sql, key->parent_columns[i]);
    }
    buf_str(&sql, " FROM ");
    driver_quote_qualified(filling->conn->driver, &sql, key->parent);
    buf_printf(&sql, " LIMIT %d", MAX_PARENT_ROWS);
    TRY(conn_query_text(filling->conn, buf_view(&sql), &cursor, err));
    parent->values = arena_new_array(filling->scratch, struct value, MAX_PARENT_ROWS * key->n_columns);
    for (parent->n = 0; parent->n < MAX_PARENT_ROWS; parent->n++) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        for (size_t i = 0; i < key->n_columns; i++) {
            struct value value = row.values[i];
            value.bytes.ptr = arena_strndup(filling->scratch, value.bytes.ptr, value.bytes.len);
            parent->values[parent->n * key->n_columns + i] = value;
        }
    }
    return STATUS_OK;
}

/* The same numbers in every copy need to be ours. */
static enum status
number_identity(struct filling *filling, struct err *err)
{
    for (size_t i = 0; i < filling->table.n_columns; i++) {
        const struct column *column = &filling->table.columns[i];
        if (column->is_identity && filling->generator->is_repeatable) {
            BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
            struct value *values = NULL;
            bool found = false;
            buf_str(&sql, "SELECT COALESCE(MAX(");
            driver_quote(filling->conn->driver, &sql, column->name);
            buf_str(&sql, "), 0) + 1 FROM ");
            driver_quote_qualified(filling->conn->driver, &sql, filling->table.qualified);
            TRY(row_of_text(filling->conn, &sql, filling->scratch, &values, &found, err));
            filling->next_identity = found ? value_to_int(&values[0], 1) : 1;
        }
    }
    return STATUS_OK;
}

/* Whether the column is sent at all; what the server makes by itself is left to it. */
static bool
is_written(const struct filling *filling, const struct column *column, enum sample_style style)
{
    if (column->is_generated || (column->is_identity && filling->next_identity == 0)) {
        return false;
    }
    return !column->has_default || style != SAMPLE_ORDINARY || column->is_identity ||
           filling->generator->is_repeatable;
}

/* SQLite takes NULL in a primary key; nobody means that. */
static struct column
as_key_column(const struct table *table, const struct column *column)
{
    struct column copy = *column;
    const struct table_key *key = table_primary_key(table);
    for (size_t i = 0; key != NULL && i < key->n_columns; i++) {
        copy.not_null = copy.not_null || str_eq(key->columns[i], column->name);
    }
    return copy;
}

/* Index of the column among the foreign key's; n_columns when it is none of them. */
static size_t
key_place(const struct foreign_key *key, const char *column)
{
    size_t at = 0;
    while (at < key->n_columns && !str_eq(key->columns[at], column)) {
        at++;
    }
    return at;
}

/* The value that a reference demands; false when no reference has the column. */
static bool
referenced_value(const struct filling *filling, const size_t *picks, const struct column *column,
                 struct value *out)
{
    for (size_t i = 0; i < filling->table.n_references; i++) {
        const struct parent_rows *parent = &filling->parents[i];
        size_t place = key_place(parent->key, column->name);
        if (place < parent->key->n_columns) {
            *out = parent->n == 0 ? value_null() : parent->values[picks[i] * parent->key->n_columns + place];
            return true;
        }
    }
    return false;
}

/* Adds the column and its value to the two lists; nothing when the server fills it. */
static void
add_column(struct filling *filling, const struct column *column, const size_t *picks, enum sample_style style,
           struct buf *names, struct buf *values)
{
    struct generator *generator = filling->generator;
    const struct driver *driver = filling->conn->driver;
    struct value value;
    if (column->is_identity && filling->next_identity > 0) {
        value = value_int(filling->scratch, filling->next_identity++);
    } else if (!referenced_value(filling, picks, column, &value)) {
        if (!is_written(filling, column, style)) {
            return;
        }
        struct column sampled = as_key_column(&filling->table, column);
        value = sample_value(&generator->chance, &sampled, style, filling->scratch);
    }
    buf_str(names, names->len == 0 ? "" : ", ");
    driver_quote(driver, names, column->name);
    buf_str(values, values->len == 0 ? "" : ", ");
    driver_literal(driver, values, &value);
}

/* An INSERT, or NULL when the server fills every column. */
static char *
make_row(struct filling *filling, enum sample_style style)
{
    struct generator *generator = filling->generator;
    const struct table *table = &filling->table;
    BUF_SCOPED names = BUF_INIT(BUF_SQL_MAX);
    BUF_SCOPED values = BUF_INIT(BUF_SQL_MAX);
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    size_t *picks = arena_new_array(filling->scratch, size_t, table->n_references + 1);
    for (size_t i = 0; i < table->n_references; i++) {
        size_t n = filling->parents[i].n;
        picks[i] = n == 0 ? 0 : (size_t)chance_below(&generator->chance, n);
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        add_column(filling, &table->columns[i], picks, style, &names, &values);
    }
    if (names.len == 0) {
        return NULL;
    }
    buf_str(&sql, "INSERT INTO ");
    driver_quote_qualified(filling->conn->driver, &sql, table->qualified);
    buf_printf(&sql, " (%s) VALUES (%s)", buf_cstr(&names), buf_cstr(&values));
    return arena_strndup(generator->arena, buf_cstr(&sql), sql.len);
}

/* A refused statement must not cost the transaction: each row has a savepoint. */
static enum status
insert_row(struct conn *conn, const char *sql, bool *taken, struct err *refusal, struct err *err)
{
    *taken = false;
    TRY(conn_execf(conn, err, "SAVEPOINT rollcall_row"));
    if (conn_exec(conn, span_of(sql), NULL, refusal) == STATUS_OK) {
        *taken = true;
        return conn_execf(conn, err, "RELEASE SAVEPOINT rollcall_row");
    }
    if (!is_refusal(conn, refusal)) {
        *err = *refusal;
        return err->status;
    }
    return conn_execf(conn, err, "ROLLBACK TO SAVEPOINT rollcall_row");
}

/* The wanted style first, then milder ones until the table takes the row. */
static enum status
add_row(struct filling *filling, enum sample_style style, struct generated *out, struct err *err)
{
    static const enum sample_style milder[MAX_ATTEMPTS] = {SAMPLE_ODD,     SAMPLE_ORDINARY, SAMPLE_LITERAL,
                                                           SAMPLE_LITERAL, SAMPLE_PLAIN,    SAMPLE_PLAIN};
    struct err refusal = {0};
    for (size_t attempt = 0; attempt <= MAX_ATTEMPTS; attempt++) {
        char *sql = make_row(filling, attempt == 0 ? style : milder[attempt - 1]);
        bool taken = false;
        if (sql == NULL) {
            return STATUS_OK;
        }
        TRY(insert_row(filling->conn, sql, &taken, &refusal, err));
        if (taken) {
            vec_push(filling->generator->arena, out, (struct generated_row){sql});
            return STATUS_OK;
        }
    }
    filling->generator->n_refused++;
    filling->generator->last_error =
        arena_printf(filling->generator->arena, "%s: %s", filling->table.qualified, refusal.msg);
    return STATUS_OK;
}

static enum status
add_rows(struct filling *filling, struct generated *out, struct err *err)
{
    static const enum sample_style styles[] = {SAMPLE_LITERAL, SAMPLE_LEAST, SAMPLE_MOST, SAMPLE_ODD,
                                               SAMPLE_ORDINARY};
    for (size_t i = 0; i < filling->table.n_references; i++) {
        filling->parents[i] = (struct parent_rows){.key = &filling->table.references[i]};
        TRY(read_parent_rows(filling, &filling->parents[i], err));
    }
    TRY(number_identity(filling, err));
    for (unsigned i = 0; i < filling->generator->rows; i++) {
        TRY(add_row(filling, styles[i % COUNT_OF(styles)], out, err));
    }
    return STATUS_OK;
}

static enum status
fill_table(struct filling *filling, struct generated *out, struct err *err)
{
    size_t before = out->n;
    filling->is_done = true;
    filling->parents = arena_new_array(filling->scratch, struct parent_rows, filling->table.n_references + 1);
    TRY(conn_begin(filling->conn, TXN_WRITE, err));
    enum status status = add_rows(filling, out, err);
    if (status == STATUS_OK) {
        status = conn_commit(filling->conn, err);
    }
    if (status == STATUS_OK) {
        return status;
    }
    if (!filling->conn->is_lost) {
        conn_rollback(filling->conn);
    }
    out->n = before;
    /* What only COMMIT finds out (deferred constraints) leaves this table empty. */
    return is_refusal(filling->conn, err) ? STATUS_OK : status;
}

/* -- all tables ---------------------------------------------------------------------------------------------
 */

/* Whether every table it points at (but itself) has been filled, or is none of ours to fill. */
static bool
is_ready(const struct filling *all, size_t n, const struct filling *filling)
{
    for (size_t r = 0; r < filling->table.n_references; r++) {
        for (size_t i = 0; i < n; i++) {
            if (&all[i] != filling && !all[i].is_done &&
                str_eq(all[i].table.qualified, filling->table.references[r].parent)) {
                return false;
            }
        }
    }
    return true;
}

/* Parents first; tables that point at each other in a ring come last, in the order of their names. */
static enum status
fill_all(struct filling *all, size_t n, struct generated *out, struct err *err)
{
    for (bool forced = false;; forced = true) {
        bool progress = true;
        while (progress) {
            progress = false;
            for (size_t i = 0; i < n; i++) {
                if (!all[i].is_done && (forced || is_ready(all, n, &all[i]))) {
                    TRY(stop_check(err));
                    TRY(fill_table(&all[i], out, err));
                    progress = true;
                }
            }
        }
        if (forced) {
            return STATUS_OK;
        }
    }
}

/* Rows come in as an application's would: triggers find what they name where the application has it. */
static enum status
leave_script(struct conn *conn, enum status status, struct err *err)
{
    struct err leave = {0};
    if (conn->is_lost || conn_script_session(conn, false, &leave) == STATUS_OK || status != STATUS_OK) {
        return status;
    }
    *err = leave;
    return err->status;
}

enum status
generate_rows(struct generator *generator, struct conn *conn, const char *const *tables, size_t n,
              struct generated *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct filling *all = arena_new_array(&scratch, struct filling, n + 1);
    for (size_t i = 0; i < n; i++) {
        all[i] = (struct filling){.generator = generator, .conn = conn, .scratch = &scratch};
        TRY(conn_describe(conn, tables[i], &scratch, &all[i].table, err));
    }
    TRY(conn_script_session(conn, true, err));
    return leave_script(conn, fill_all(all, n, out, err), err);
}

static enum status
repeat_all(const struct generated *rows, size_t from, struct conn *conn, struct err *err)
{
    TRY(conn_begin(conn, TXN_WRITE, err));
    for (size_t i = from; i < rows->n; i++) {
        struct err refusal = {0};
        bool taken = false;
        TRY(insert_row(conn, rows->items[i].sql, &taken, &refusal, err));
    }
    return conn_commit(conn, err);
}

enum status
generated_repeat(const struct generated *rows, size_t from, struct conn *conn, struct err *err)
{
    if (from >= rows->n) {
        return STATUS_OK;
    }
    TRY(conn_script_session(conn, true, err));
    enum status status = repeat_all(rows, from, conn, err);
    if (status != STATUS_OK && !conn->is_lost) {
        conn_rollback(conn);
    }
    return leave_script(conn, status, err);
}
