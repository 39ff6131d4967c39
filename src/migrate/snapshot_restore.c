#include "migrate/snapshot_core.h"

#include <string.h>

/* One table of the set and the one it goes into. */
struct target {
    const struct snapshot_table *saved;
    struct snapshot_reader *reader;
};

struct restore {
    struct conn *conn;
    const struct service *service;
    const struct snapshot_set *set;
    const struct restore_options *options;
    struct arena *arena;
    struct target *targets;
    struct table *tables; /* of the same index */
    size_t n;
    struct restore_result *out;
};

/* -- what goes where ------------------------------------------------------------------------------------- */

static bool
is_named(const struct snapshot_table *table, const char *name)
{
    const char *dot = strrchr(table->table, '.');
    return str_eq(table->table, name) || (dot != NULL && str_eq(dot + 1, name));
}

static enum status
choose(struct restore *restore, struct err *err)
{
    const struct name_list *names = &restore->options->tables;
    restore->targets = arena_new_array(restore->arena, struct target, restore->set->n + 1);
    for (size_t i = 0; i < restore->set->n; i++) {
        bool is_wanted = names->n == 0;
        for (size_t j = 0; j < names->n; j++) {
            is_wanted = is_wanted || is_named(&restore->set->items[i], names->items[j]);
        }
        if (is_wanted) {
            restore->targets[restore->n++].saved = &restore->set->items[i];
        }
    }
    for (size_t j = 0; j < names->n; j++) {
        bool is_there = false;
        for (size_t i = 0; i < restore->n; i++) {
            is_there = is_there || is_named(restore->targets[i].saved, names->items[j]);
        }
        if (!is_there) {
            return err_raise(err, STATUS_USAGE, "the snapshot '%s' has no table '%s'", restore->set->id,
                             names->items[j]);
        }
    }
    return STATUS_OK;
}

static enum status
check_columns(const struct snapshot_header *header, const struct table *table, struct err *err)
{
    for (size_t i = 0; i < header->n_columns; i++) {
        const struct column *column = table_column(table, header->columns[i].name);
        if (column == NULL || !str_eq(column->type.name, header->columns[i].type)) {
            return err_raise(err, STATUS_USAGE, "the table '%s' has no column '%s' of type %s any more",
                             table->qualified, header->columns[i].name, header->columns[i].type);
        }
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        bool is_saved = table->columns[i].is_generated;
        for (size_t j = 0; j < header->n_columns && !is_saved; j++) {
            is_saved = str_eq(header->columns[j].name, table->columns[i].name);
        }
        if (!is_saved) {
            return err_raise(err, STATUS_USAGE, "the table '%s' has a column '%s' that the snapshot has not",
                             table->qualified, table->columns[i].name);
        }
    }
    return STATUS_OK;
}

static enum status
describe_target(struct restore *restore, size_t i, struct err *err)
{
    const char *name = restore->targets[i].saved->table;
    const char *schema = restore->options->into_schema;
    const char *dot = strchr(name, '.');
    if (schema != NULL) {
        name = arena_printf(restore->arena, "%s.%s", schema, dot == NULL ? name : dot + 1);
    }
    TRY(conn_describe(restore->conn, name, restore->arena, &restore->tables[i], err));
    return check_columns(snapshot_header(restore->targets[i].reader), &restore->tables[i], err);
}

static enum status
open_files(struct restore *restore, struct err *err)
{
    for (size_t i = 0; i < restore->n; i++) {
        struct target *target = &restore->targets[i];
        const char *path = snapshot_set_path(restore->set, target->saved, restore->arena);
        TRY(snapshot_open(path, &target->reader, err));
        TRY(snapshot_verify(target->reader, 2, err));
    }
    return STATUS_OK;
}

/* -- rows ------------------------------------------------------------------------------------------------ */

static enum status
count_rows(const struct restore *restore, const struct table *table, int64_t *out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    struct value *values = NULL;
    bool found = false;
    *out = 0;
    buf_str(&sql, "select count(*) from ");
    driver_quote_qualified(restore->conn->driver, &sql, table->qualified);
    TRY(conn_query_row(restore->conn, buf_cstr(&sql), NULL, 0, restore->arena, &values, &found, err));
    *out = found ? value_to_int(&values[0], 0) : 0;
    return STATUS_OK;
}

static enum status
check_empty(struct restore *restore, struct err *err)
{
    for (size_t i = 0; i < restore->n; i++) {
        struct restored_table *done = &restore->out->items[i];
        done->table = restore->tables[i].qualified;
        done->rows = restore->targets[i].saved->totals.rows;
        TRY(count_rows(restore, &restore->tables[i], &done->replaced, err));
        if (done->replaced > 0 && !restore->options->replace) {
            (void)err_raise(err, STATUS_POLICY, "the table '%s' is not empty: it has %lld rows", done->table,
                            (long long)done->replaced);
            return err_hint(err, "--replace puts the saved rows in their place, after a snapshot of them");
        }
    }
    return STATUS_OK;
}

static enum status
give_piece(void *state, struct span bytes, bool ends_row, struct err *err)
{
    return load_add(state, bytes, ends_row, err);
}

static enum status
load_rows(const struct restore *restore, size_t i, struct err *err)
{
    const struct snapshot_reader *reader = restore->targets[i].reader;
    const struct snapshot_header *header = snapshot_header(reader);
    struct stream_column *columns =
        arena_new_array(restore->arena, struct stream_column, header->n_columns + 1);
    struct load *load;
    int64_t rows = 0;
    struct err ignored = {0};
    for (size_t j = 0; j < header->n_columns; j++) {
        columns[j] = (struct stream_column){header->columns[j].name, header->columns[j].form};
    }
    TRY(load_open(restore->conn, &restore->tables[i], columns, header->n_columns, &load, err));
    const struct row_sink sink = {give_piece, load};
    enum status status = snapshot_read(reader, 0, snapshot_totals(reader)->groups, NULL, &sink, err);
    if (status != STATUS_OK) {
        IGNORE(load_close(load, false, NULL, &ignored));
        return status;
    }
    TRY(load_close(load, true, &rows, err));
    return rows == (int64_t)snapshot_totals(reader)->rows
               ? STATUS_OK
               : err_raise(err, STATUS_SQL, "%lld of %llu rows arrived in '%s'", (long long)rows,
                           (unsigned long long)snapshot_totals(reader)->rows, restore->tables[i].qualified);
}

static enum status
raise_counters(const struct restore *restore, struct err *err)
{
    for (size_t i = 0; i < restore->n; i++) {
        const struct counters *counters = &restore->targets[i].saved->counters;
        for (size_t j = 0; j < counters->n; j++) {
            TRY(conn_raise_counter(restore->conn, &restore->tables[i], &counters->items[j], err));
        }
    }
    return STATUS_OK;
}

static enum status
save_first(struct restore *restore, struct err *err)
{
    struct snapshot_set safety;
    bool has_rows = false;
    for (size_t i = 0; i < restore->n; i++) {
        has_rows = has_rows || restore->out->items[i].replaced > 0;
    }
    if (!has_rows) {
        return STATUS_OK;
    }
    TRY(snapshot_set_take_in(restore->conn, restore->service, "", restore->tables, restore->n, restore->arena,
                             &safety, err));
    restore->out->safety = safety.id;
    return STATUS_OK;
}

/* Inside the transaction. The tables are locked before their rows are counted and saved. */
static enum status
fill(struct restore *restore, struct err *err)
{
    TRY(conn_refill_begin(restore->conn, restore->tables, restore->n, err));
    TRY(check_empty(restore, err));
    TRY(save_first(restore, err));
    for (size_t i = 0; i < restore->n; i++) {
        if (restore->out->items[i].replaced > 0) {
            TRY(conn_refill_clear(restore->conn, &restore->tables[i], err));
        }
    }
    for (size_t i = 0; i < restore->n; i++) {
        TRY(load_rows(restore, i, err));
    }
    if (conn_has(restore->conn, CAP_TRANSACTIONAL_DDL)) {
        TRY(raise_counters(restore, err));
    }
    return conn_refill_end(restore->conn, restore->tables, restore->n, true, err);
}

static enum status
run(struct restore *restore, struct err *err)
{
    TRY(open_files(restore, err));
    for (size_t i = 0; i < restore->n; i++) {
        TRY(describe_target(restore, i, err));
    }
    if (restore->options->dry_run) {
        return check_empty(restore, err);
    }
    TRY(conn_begin(restore->conn, TXN_WRITE, err));
    enum status status = fill(restore, err);
    if (status == STATUS_OK) {
        status = conn_commit(restore->conn, err);
    }
    if (status != STATUS_OK) {
        struct err ignored = {0};
        conn_rollback(restore->conn);
        IGNORE(conn_refill_end(restore->conn, restore->tables, restore->n, false, &ignored));
        return status;
    }
    return conn_has(restore->conn, CAP_TRANSACTIONAL_DDL) ? STATUS_OK : raise_counters(restore, err);
}

enum status
snapshot_set_restore(struct conn *conn, const struct service *service, const struct snapshot_set *set,
                     const struct restore_options *options, struct arena *arena, struct restore_result *out,
                     struct err *err)
{
    struct restore restore = {.conn = conn,
                              .service = service,
                              .set = set,
                              .options = options,
                              .arena = arena,
                              .tables = arena_new_array(arena, struct table, set->n + 1),
                              .out = out};
    *out = (struct restore_result){.items = arena_new_array(arena, struct restored_table, set->n + 1)};
    if (set->is_damaged && set->n == 0) {
        return err_raise(err, STATUS_CORRUPT, "the manifest of the snapshot '%s' is damaged", set->id);
    }
    if (!str_eq(set->engine, conn->identity.engine)) {
        return err_raise(err, STATUS_USAGE, "the snapshot '%s' is of %s, the database is %s", set->id,
                         set->engine, conn->identity.engine);
    }
    if (options->into_schema != NULL && !conn_has(conn, CAP_SCHEMAS)) {
        return err_raise(err, STATUS_UNSUPPORTED, "%s has no schemas to restore into", conn->identity.engine);
    }
    TRY(choose(&restore, err));
    out->n = restore.n;
    enum status status = run(&restore, err);
    for (size_t i = 0; i < restore.n; i++) {
        snapshot_close(restore.targets[i].reader);
    }
    return status;
}
