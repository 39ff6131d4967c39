#include "recon/fk.h"

#include "base/vec.h"
#include "driver/work.h"

#include <string.h>

const char *
fk_end_text(const struct fk *fk, const struct fk_end *end, struct arena *arena)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&text, "%s%s%s(", end->service, end->service[0] == '\0' ? "" : ".", end->table);
    for (size_t i = 0; i < fk->n_columns; i++) {
        buf_printf(&text, "%s%s", i == 0 ? "" : ", ", end->columns[i]);
    }
    buf_char(&text, ')');
    return arena_strdup(arena, buf_cstr(&text));
}

/* -- declared keys
 * ------------------------------------------------------------------------------------------------ */

struct lister {
    struct conn *conn;
    const char *service;
    struct arena *arena;
    const char **names; /* of all tables */
    size_t n;
    struct map tables; /* described, by qualified name */
};

static enum status
describe_tables(struct lister *lister, struct err *err)
{
    TRY(conn_tables(lister->conn, lister->arena, &lister->names, &lister->n, err));
    for (size_t i = 0; i < lister->n; i++) {
        struct table *table = arena_new(lister->arena, struct table);
        TRY(conn_describe(lister->conn, lister->names[i], lister->arena, table, err));
        (void)map_put(&lister->tables, span_of(table->qualified), table);
    }
    return STATUS_OK;
}

/* A parent may lie outside of what is listed (another schema of the server), or be gone. */
static enum status
find_parent(struct lister *lister, const char *name, const struct table **out, struct err *err)
{
    struct err why = {0};
    *out = map_get(&lister->tables, span_of(name));
    if (*out != NULL) {
        return STATUS_OK;
    }
    struct table *table = arena_new(lister->arena, struct table);
    enum status status = conn_describe(lister->conn, name, lister->arena, table, &why);
    if (status == STATUS_OK) {
        *out = table;
        return STATUS_OK;
    }
    if (status != STATUS_USAGE) {
        *err = why;
        return status;
    }
    return STATUS_OK;
}

static enum status
add_declared(struct lister *lister, const struct table *child, const struct foreign_key *key,
             struct fk_list *out, struct err *err)
{
    const struct table *parent = NULL;
    TRY(find_parent(lister, key->parent, &parent, err));
    struct fk fk = {
        .name = key->name,
        .n_columns = key->n_columns,
        .equals = key->equals,
        .is_inside = true,
        .is_match_full = key->is_match_full,
        .is_validated = key->is_validated,
        .child = {.service = lister->service,
                  .conn = lister->conn,
                  .table = child->qualified,
                  .columns = key->columns,
                  .is_partitioned = child->is_partitioned},
        .parent = {.service = lister->service,
                   .conn = lister->conn,
                   .table = key->parent,
                   .columns = key->parent_columns,
                   .is_partitioned = parent != NULL && parent->is_partitioned,
                   .is_missing = parent == NULL},
    };
    for (size_t i = 0; i < key->n_columns; i++) {
        bool is_there = parent != NULL && table_column(parent, key->parent_columns[i]) != NULL;
        fk.parent.is_missing = fk.parent.is_missing || !is_there;
    }
    if (fk.name[0] == '\0') { /* SQLite has keys without a name */
        fk.name = fk_end_text(&fk, &fk.child, lister->arena);
    }
    vec_push(lister->arena, out, fk);
    return STATUS_OK;
}

static enum status
add_table(struct lister *lister, const struct table *table, struct fk_list *out, struct err *err)
{
    for (size_t i = 0; i < table->n_references; i++) {
        TRY(add_declared(lister, table, &table->references[i], out, err));
    }
    return STATUS_OK;
}

enum status
fk_declared(struct conn *conn, const char *service, const char *const *tables, size_t n_tables,
            struct arena *arena, struct fk_list *out, struct err *err)
{
    struct lister lister = {.conn = conn, .service = service, .arena = arena};
    map_init(&lister.tables, arena);
    TRY(describe_tables(&lister, err));
    for (size_t i = 0; n_tables == 0 && i < lister.n; i++) {
        const struct table *table = map_get(&lister.tables, span_of(lister.names[i]));
        if (table != NULL) {
            TRY(add_table(&lister, table, out, err));
        }
    }
    for (size_t i = 0; i < n_tables; i++) {
        struct table *table = arena_new(arena, struct table);
        TRY(conn_describe(conn, tables[i], arena, table, err));
        TRY(add_table(&lister, table, out, err));
    }
    return STATUS_OK;
}

/* -- the anti-join
 * ------------------------------------------------------------------------------------------------ */

static void
add_from(struct buf *sql, const struct fk_end *end, const char *alias)
{
    const struct driver *driver = end->conn->driver;
    buf_printf(sql, " FROM %s", driver->only == NULL || end->is_partitioned ? "" : driver->only);
    driver_quote_qualified(driver, sql, end->table);
    buf_printf(sql, " %s", alias);
}

static void
add_column(struct buf *sql, const struct fk_end *end, const char *alias, size_t i)
{
    buf_printf(sql, "%s.", alias);
    driver_quote(end->conn->driver, sql, end->columns[i]);
}

/* "(c.a IS NULL OR c.b IS NULL)" */
static void
add_nulls(struct buf *sql, const struct fk *fk, const char *test, const char *joint)
{
    for (size_t i = 0; i < fk->n_columns; i++) {
        buf_str(sql, i == 0 ? "(" : joint);
        add_column(sql, &fk->child, "c", i);
        buf_str(sql, test);
    }
    buf_char(sql, ')');
}

static void
add_equals(struct buf *sql, const struct fk *fk, size_t i)
{
    buf_printf(sql, " %s ", fk->equals == NULL ? "=" : fk->equals[i]);
}

/* The parent stands on the left: in SQLite its collation and type decide. */
static void
add_no_parent(struct buf *sql, const struct fk *fk)
{
    if (fk->parent.is_missing) {
        buf_str(sql, "1 = 1");
        return;
    }
    buf_str(sql, "NOT EXISTS (SELECT 1");
    add_from(sql, &fk->parent, "p");
    for (size_t i = 0; i < fk->n_columns; i++) {
        buf_str(sql, i == 0 ? " WHERE " : " AND ");
        add_column(sql, &fk->parent, "p", i);
        add_equals(sql, fk, i);
        add_column(sql, &fk->child, "c", i);
    }
    buf_char(sql, ')');
}

/* Which of the child's rows a query is about. */
enum part {
    PART_CHECKED,    /* have a key */
    PART_INCOMPLETE, /* MATCH FULL: have a part of one */
    PART_ORPHANED,   /* have a whole key, and no parent */
    PART_BOTH        /* the last two */
};

static void
add_incomplete(struct buf *sql, const struct fk *fk)
{
    add_nulls(sql, fk, " IS NOT NULL", " OR ");
    buf_str(sql, " AND ");
    add_nulls(sql, fk, " IS NULL", " OR ");
}

static void
add_orphaned(struct buf *sql, const struct fk *fk)
{
    add_nulls(sql, fk, " IS NOT NULL", " AND ");
    buf_str(sql, " AND ");
    add_no_parent(sql, fk);
}

static void
add_where(struct buf *sql, const struct fk *fk, enum part part)
{
    add_from(sql, &fk->child, "c");
    buf_str(sql, " WHERE ");
    switch (part) {
    case PART_CHECKED:
        add_nulls(sql, fk, " IS NOT NULL", fk->is_match_full ? " OR " : " AND ");
        return;
    case PART_INCOMPLETE:
        add_incomplete(sql, fk);
        return;
    case PART_ORPHANED:
        add_orphaned(sql, fk);
        return;
    case PART_BOTH:
        buf_char(sql, '(');
        add_incomplete(sql, fk);
        buf_str(sql, " OR ");
        add_orphaned(sql, fk);
        buf_char(sql, ')');
        return;
    }
}

/* A set of keys to look at, of the texts that fk_check_keys was given; n 0: all. */
struct key_range {
    const struct value *keys;
    size_t n;
};

static void
add_range(struct buf *sql, const struct fk *fk, const struct key_range *range)
{
    for (size_t i = 0; i < range->n; i++) {
        buf_str(sql, i == 0 ? " AND (" : " OR ");
        for (size_t j = 0; j < fk->n_columns; j++) {
            const struct value *value = &range->keys[i * fk->n_columns + j];
            buf_str(sql, j == 0 ? "(" : " AND ");
            add_column(sql, &fk->child, "c", j);
            if (value_is_null(value)) {
                buf_str(sql, " IS NULL");
            } else {
                add_equals(sql, fk, j);
                driver_literal(fk->child.conn->driver, sql, value);
            }
        }
        buf_char(sql, ')');
    }
    buf_str(sql, range->n > 0 ? ")" : "");
}

/* The first row's number. */
static enum status
ask_number(struct conn *conn, struct span sql, int64_t *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query_text(conn, sql, &cursor, err));
    TRY(cursor_fetch(cursor, &row, err));
    if (row.n != 1) {
        return err_raise(err, STATUS_BUG, "a count has %zu columns", row.n);
    }
    *out = value_to_int(&row.values[0], 0);
    return STATUS_OK;
}

/* An anti-join may take long: a request to stop ends it. */
static enum status
count_rows(const struct fk *fk, enum part part, const struct key_range *range, int64_t *out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    int64_t n = 0;
    buf_str(&sql, "SELECT count(*)");
    add_where(&sql, fk, part);
    add_range(&sql, fk, range);
    TRY(buf_check(&sql, "query", err));
    TRY(work_begin(fk->child.conn, err));
    TRY(work_end(fk->child.conn, ask_number(fk->child.conn, buf_view(&sql), &n, err)));
    *out += n;
    return STATUS_OK;
}

static struct value *
keep_values(const struct value *values, size_t n, struct arena *arena)
{
    struct value *kept = arena_new_array(arena, struct value, n);
    for (size_t i = 0; i < n; i++) {
        kept[i] = values[i];
        kept[i].bytes.ptr = arena_strndup(arena, values[i].bytes.ptr, values[i].bytes.len);
    }
    return kept;
}

static void
add_columns(struct buf *sql, const struct fk *fk)
{
    for (size_t i = 0; i < fk->n_columns; i++) {
        buf_str(sql, i == 0 ? "" : ", ");
        add_column(sql, &fk->child, "c", i);
    }
}

/* The keys with most rows, in an order that is the same the next time. */
static void
add_sample_query(struct buf *sql, const struct fk *fk, const struct fk_options *options,
                 const struct key_range *range)
{
    buf_str(sql, "SELECT ");
    add_columns(sql, fk);
    buf_str(sql, ", count(*) AS rows_of_key");
    add_where(sql, fk, fk->is_match_full ? PART_BOTH : PART_ORPHANED);
    add_range(sql, fk, range);
    buf_str(sql, " GROUP BY ");
    add_columns(sql, fk);
    buf_str(sql, " ORDER BY rows_of_key DESC, ");
    add_columns(sql, fk);
    buf_printf(sql, " LIMIT %zu", options->sample);
}

static enum status
read_sample(const struct fk *fk, const struct fk_options *options, struct span sql, struct arena *arena,
            struct fk_result *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row = {0};
    TRY(conn_query_text(fk->child.conn, sql, &cursor, err));
    out->sample = arena_new_array(arena, struct fk_sample, options->sample);
    while (out->n_sample < options->sample) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n != fk->n_columns + 1) {
            break;
        }
        struct fk_sample *one = &out->sample[out->n_sample++];
        one->rows = value_to_int(&row.values[fk->n_columns], 0);
        one->key = options->show_values ? keep_values(row.values, fk->n_columns, arena) : NULL;
    }
    return STATUS_OK;
}

static enum status
take_sample(const struct fk *fk, const struct fk_options *options, const struct key_range *range,
            struct arena *arena, struct fk_result *out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    add_sample_query(&sql, fk, options, range);
    TRY(buf_check(&sql, "query", err));
    TRY(work_begin(fk->child.conn, err));
    return work_end(fk->child.conn, read_sample(fk, options, buf_view(&sql), arena, out, err));
}

static enum status
check_range(const struct fk *fk, const struct fk_options *options, const struct key_range *range,
            struct arena *arena, struct fk_result *out, struct err *err)
{
    *out = (struct fk_result){.fk = fk};
    TRY(count_rows(fk, PART_CHECKED, range, &out->checked, err));
    TRY(count_rows(fk, PART_ORPHANED, range, &out->orphans, err));
    if (fk->is_match_full) {
        TRY(count_rows(fk, PART_INCOMPLETE, range, &out->orphans, err));
    }
    if (out->orphans == 0 || options->sample == 0) {
        return STATUS_OK;
    }
    return take_sample(fk, options, range, arena, out, err);
}

static enum status
wrap(const struct fk *fk, struct err *err)
{
    return err_wrap(err, "foreign key '%s' of '%s'", fk->name, fk->child.table);
}

enum status
fk_check_inside(const struct fk *fk, const struct fk_options *options, struct arena *arena,
                struct fk_result *out, struct err *err)
{
    static const struct key_range all = {0};
    return check_range(fk, options, &all, arena, out, err) == STATUS_OK ? STATUS_OK : wrap(fk, err);
}

enum status
fk_check(const struct fk *fk, const struct fk_options *options, struct arena *arena, struct fk_result *out,
         struct err *err)
{
    return fk->is_inside ? fk_check_inside(fk, options, arena, out, err)
                         : fk_check_streams(fk, options, arena, out, err);
}

/* Samples of later batches only fill up what earlier ones left free. */
static void
add_result(struct fk_result *sum, const struct fk_result *part, size_t limit)
{
    sum->checked += part->checked;
    sum->orphans += part->orphans;
    for (size_t i = 0; i < part->n_sample && sum->n_sample < limit; i++) {
        sum->sample[sum->n_sample++] = part->sample[i];
    }
}

enum status
fk_check_keys(const struct fk *fk, const struct value *keys, size_t n, const struct fk_options *options,
              struct arena *arena, struct fk_result *out, struct err *err)
{
    enum { BATCH = 500 };
    *out = (struct fk_result){.fk = fk};
    out->sample = arena_new_array(arena, struct fk_sample, options->sample + 1);
    for (size_t at = 0; at < n; at += BATCH) {
        struct key_range range = {keys + at * fk->n_columns, n - at < BATCH ? n - at : BATCH};
        struct fk_result part;
        if (check_range(fk, options, &range, arena, &part, err) != STATUS_OK) {
            return wrap(fk, err);
        }
        add_result(out, &part, options->sample);
    }
    return STATUS_OK;
}
