#include "migrate/snapshot_core.h"

#include "base/clock.h"
#include "base/io.h"

#include <stdio.h>
#include <string.h>

/* How the cells of a form are numbers, for compression. */
static struct column_traits
traits_of(const char *form)
{
    static const struct {
        const char *form;
        struct column_traits traits;
    } rows[] = {
        {"pg.int2", {NUMBER_BIG_SIGNED, false}},      {"pg.int4", {NUMBER_BIG_SIGNED, false}},
        {"pg.int8", {NUMBER_BIG_SIGNED, false}},      {"pg.oid", {NUMBER_BIG_UNSIGNED, false}},
        {"pg.date", {NUMBER_BIG_SIGNED, false}},      {"pg.time", {NUMBER_BIG_SIGNED, false}},
        {"pg.timestamp", {NUMBER_BIG_SIGNED, false}}, {"pg.timestamptz", {NUMBER_BIG_SIGNED, false}},
        {"my.int", {NUMBER_LITTLE_SIGNED, false}},    {"my.uint", {NUMBER_LITTLE_UNSIGNED, false}},
        {"sqlite", {NUMBER_BIG_SIGNED, true}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].form, form)) {
            return rows[i].traits;
        }
    }
    return (struct column_traits){NUMBER_NONE, false};
}

static unsigned
key_place(const struct table *table, const char *column)
{
    const struct table_key *key = table_primary_key(table);
    for (size_t i = 0; key != NULL && i < key->n_columns; i++) {
        if (str_eq(key->columns[i], column)) {
            return (unsigned)i + 1;
        }
    }
    return 0;
}

static const char *
writer_name(void)
{
    return "rollcall " ROLLCALL_VERSION;
}

struct snapshot_header
snapshot_header_of(const struct conn *conn, const struct snapshot_set *set, const struct table *table,
                   const char *const *names, const char *const *forms, size_t n, struct arena *arena)
{
    struct snapshot_header header = {
        .kind = "table",
        .operation = set->op,
        .service = set->service,
        .engine = conn->identity.engine,
        .server = conn->identity.version,
        .system = conn->identity.system,
        .database = conn->identity.database,
        .table = table->qualified,
        .point = "",
        .settings = "TimeZone=UTC;encoding=UTF8",
        .writer = writer_name(),
        .created_us = set->created_us,
        .columns = arena_new_array(arena, struct snapshot_column, n + 1),
        .n_columns = n,
    };
    for (size_t i = 0; i < n; i++) {
        const struct column *column = table_column(table, names[i]);
        header.columns[i] = (struct snapshot_column){
            .name = column->name,
            .type = column->type.name,
            .form = forms[i],
            .collation = column->collation == NULL ? "" : column->collation,
            .traits = traits_of(forms[i]),
            .not_null = column->not_null,
            .is_identity = column->is_identity,
            .key_place = key_place(table, names[i]),
        };
    }
    return header;
}

void
snapshot_columns(const struct table *table, struct arena *arena, struct name_list *out)
{
    *out = (struct name_list){0};
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!table->columns[i].is_generated) {
            vec_push(arena, out, table->columns[i].name);
        }
    }
}

enum status
snapshot_set_add(struct conn *conn, struct snapshot_set *set, const struct table *table,
                 const struct name_list *columns, const char *kind, struct arena *arena,
                 const struct snapshot_table **out, struct err *err)
{
    struct snapshot_table taken = {.table = table->qualified,
                                   .file = arena_printf(arena, "%04zu.snap", set->n + 1)};
    enum status status = snapshot_take_rows(conn, table, columns, kind, set, &taken, arena, err);
    if (status != STATUS_OK) {
        return err_wrap(err, "cannot save the table '%s'", table->qualified);
    }
    TRY(conn_counters(conn, table, arena, &taken.counters, err));
    vec_push(arena, set, taken);
    *out = &set->items[set->n - 1];
    return STATUS_OK;
}

/* Columns compress to less than half of what a table takes, as a rule. */
enum status
snapshot_check_room(const char *dir, const struct table *tables, size_t n, struct err *err)
{
    enum { SPARE = 16 << 20 };
    uint64_t want = SPARE;
    uint64_t room;
    for (size_t i = 0; i < n; i++) {
        want += tables[i].bytes_estimate > 0 ? (uint64_t)tables[i].bytes_estimate / 2 : 0;
    }
    TRY(io_free_bytes(dir, &room, err));
    if (room >= want) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_IO, "the snapshot may need %llu MiB, and '%s' has %llu MiB left",
                    (unsigned long long)(want >> 20), dir, (unsigned long long)(room >> 20));
    return err_hint(err,
                    "make room, remove old snapshots with 'rollcall snapshot gc', or name another --store");
}

enum status
snapshot_set_begin(struct conn *conn, const struct service *service, const char *op, struct arena *arena,
                   struct snapshot_set *out, struct err *err)
{
    char at[RFC3339_LEN + 1];
    char random[33];
    int64_t now = clock_now_us();
    clock_rfc3339(now, at);
    random_id(random);
    *out = (struct snapshot_set){
        .id = arena_printf(arena, "%.4s%.2s%.2sT%.2s%.2s%.2s-%.6s", at, at + 5, at + 8, at + 11, at + 14,
                           at + 17, random),
        .op = op,
        .service = service->name == NULL ? "" : service->name,
        .engine = conn->identity.engine,
        .database = conn->identity.database,
        .created_us = now,
    };
    out->dir = arena_printf(arena, "%s/snapshots/%s", service->store, out->id);
    return io_make_dirs(out->dir, 0700, err);
}

/* `url`: where other connections see the same rows; NULL where the transaction has changed some. */
static enum status
take_in(struct conn *conn, const struct service *service, const char *url, const char *op,
        const struct table *tables, size_t n, struct arena *arena, struct snapshot_set *out, struct err *err)
{
    TRY(snapshot_set_begin(conn, service, op, arena, out, err));
    out->url = url;
    enum status status = snapshot_check_room(out->dir, tables, n, err);
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        struct name_list columns;
        const struct snapshot_table *taken;
        snapshot_columns(&tables[i], arena, &columns);
        status = snapshot_set_add(conn, out, &tables[i], &columns, "table", arena, &taken, err);
    }
    if (status == STATUS_OK) {
        status = manifest_write(out, arena, err);
    }
    if (status != STATUS_OK) {
        snapshot_set_remove(out->dir);
    }
    return status;
}

enum status
snapshot_set_take_in(struct conn *conn, const struct service *service, const char *op,
                     const struct table *tables, size_t n, struct arena *arena, struct snapshot_set *out,
                     struct err *err)
{
    return take_in(conn, service, NULL, op, tables, n, arena, out, err);
}

/* A name that is not qualified means what it means to the driver. */
static enum status
describe_all(struct conn *conn, const struct name_list *names, struct arena *arena, struct table **out,
             size_t *n, struct err *err)
{
    const char **all = names->items;
    *n = names->n;
    if (names->n == 0) {
        TRY(conn_tables(conn, arena, &all, n, err));
    }
    *out = arena_new_array(arena, struct table, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        TRY(conn_describe(conn, all[i], arena, &(*out)[i], err));
    }
    return STATUS_OK;
}

enum status
snapshot_set_take(struct conn *conn, const struct service *service, const char *op,
                  const struct name_list *tables, struct arena *arena, struct snapshot_set *out,
                  struct err *err)
{
    struct table *described;
    size_t n;
    TRY(conn_begin(conn, TXN_READ, err));
    enum status status = describe_all(conn, tables, arena, &described, &n, err);
    if (status == STATUS_OK) {
        status = take_in(conn, service, service->url, op, described, n, arena, out, err);
    }
    conn_rollback(conn);
    return status;
}
