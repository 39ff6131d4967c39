#include "migrate/park.h"

#include "migrate/merge_core.h"
#include "migrate/names.h"
#include "migrate/protect_core.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* -- what goes ------------------------------------------------------------------------------------------- */

static const struct table_key *
key_of(const struct table *table)
{
    return table->n_keys > 0 ? &table->keys[0] : NULL;
}

static bool
is_in_key(const struct table *table, const char *column)
{
    const struct table_key *key = key_of(table);
    for (size_t i = 0; key != NULL && i < key->n_columns; i++) {
        if (str_eq(key->columns[i], column)) {
            return true;
        }
    }
    return false;
}

static bool
goes(const struct effects *effects, const char *table, const char *column)
{
    for (size_t i = 0; i < effects->n; i++) {
        const struct effect *effect = &effects->items[i];
        bool is_table = effect->kind == EFFECT_DROP && effect->object == OBJECT_TABLE &&
                        table_name_eq(effect->name, table);
        bool is_column = effect->kind == EFFECT_DROP_COLUMN && table_name_eq(effect->table, table) &&
                         strcasecmp(effect->column, column) == 0;
        if (is_table || is_column) {
            return true;
        }
    }
    return false;
}

static const struct merge_table *
merged_as(const struct merge *merge, const char *end)
{
    for (size_t i = 0; i < merge->tables.n && merge->is_on; i++) {
        const struct merge_table *table = &merge->tables.items[i];
        if (table->has_now && str_eq(table->now.qualified, end)) {
            return table;
        }
    }
    return NULL;
}

static size_t
merged_column(const struct merge_table *table, const char *end)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].in_now && table->columns[i].after_side != NULL &&
            str_eq(table->columns[i].end, end)) {
            return i;
        }
    }
    return table->n_columns;
}

/* The merge table's own key stands first and bare, so that its index serves. */
static void
add_join(const struct merge *merge, const struct parking *parking, struct buf *out)
{
    const struct conn *conn = merge->session->conn;
    bool is_first = true;
    for (size_t i = 0; i < parking->with->n_columns; i++) {
        const struct merge_column *column = &parking->with->columns[i];
        BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
        if (column->is_key) {
            sql_add(conn, &cell, "t.%I", column->end);
            sql_add(conn, out, "%sm.k%d = ", is_first ? "" : " and ", (int)i);
            conn->driver->cells.to_side(out, buf_cstr(&cell),
                                        &table_column(&parking->now, column->end)->type);
            is_first = false;
        }
    }
}

/* The rows that were written since, as far as what was saved tells; else those with a value that would go. */
static enum status
fill(const struct park *park, const struct parking *parking, struct err *err)
{
    const struct conn *conn = park->merge->session->conn;
    const struct merge_table *with = parking->with;
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED some = BUF_INIT(BUF_TEXT_MAX);
    TRY(side_drop(park->merge->session->conn, parking->name, err));
    sql_add(conn, &sql, "create table %T as select ", parking->name);
    buf_str(&sql, with == NULL ? "1 as rc_new" : "case when m.in_b is null then 1 else 0 end as rc_new");
    for (size_t i = 0; i < parking->now.n_columns; i++) {
        const struct column *column = &parking->now.columns[i];
        BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
        bool is_parked = false;
        for (size_t j = 0; j < parking->columns.n; j++) {
            is_parked = is_parked || str_eq(parking->columns.items[j], column->name);
        }
        if (!is_parked && !is_in_key(&parking->now, column->name)) {
            continue;
        }
        sql_add(conn, &cell, "t.%I", column->name);
        buf_str(&sql, ", ");
        conn->driver->cells.to_side(&sql, buf_cstr(&cell), &column->type);
        sql_add(conn, &sql, " as %I", column->name);
        if (is_parked) {
            size_t place = with == NULL ? 0 : merged_column(with, column->name);
            bool is_told = with != NULL && place < with->n_columns;
            buf_str(&some, some.len > 0 ? " or (" : "(");
            buf_str(&some, buf_cstr(&cell));
            buf_str(&some, " is not null");
            if (is_told) {
                buf_printf(&some, " and (m.in_b is null or m.t%zu = 1)", place);
            }
            buf_char(&some, ')');
        }
    }
    sql_add(conn, &sql, " from %T t", parking->end);
    if (with != NULL) {
        sql_add(conn, &sql, " left join %T m on ", with->name);
        add_join(park->merge, parking, &sql);
    }
    buf_str(&sql, " where ");
    buf_str(&sql, some.len > 0 ? buf_cstr(&some) : "1 = 1");
    return sql_run(park->merge->session->conn, &sql, err);
}

static enum status
prepare_table(struct park *park, const char *name, struct err *err)
{
    const struct effects *effects = &park->protect->step->effects;
    struct parking parking = {0};
    bool found;
    TRY(protect_find_table(park->protect, name, &parking.now, &found, err));
    if (!found || key_of(&parking.now) == NULL) {
        return STATUS_OK;
    }
    parking.end = parking.now.qualified;
    for (size_t i = 0; i < park->tables.n; i++) {
        if (str_eq(park->tables.items[i].end, parking.end)) {
            return STATUS_OK;
        }
    }
    for (size_t i = 0; i < parking.now.n_columns; i++) {
        const struct column *column = &parking.now.columns[i];
        if (!column->is_generated && !is_in_key(&parking.now, column->name) &&
            goes(effects, parking.end, column->name)) {
            vec_push(park->protect->arena, &parking.columns, column->name);
        }
    }
    parking.name =
        side_name(park->protect->session->conn, park->protect->arena, "parked_%zu", park->tables.n + 1);
    parking.with = merged_as(park->merge, parking.end);
    if (parking.with != NULL && !parking.with->has_key) {
        return STATUS_OK;
    }
    TRY(fill(park, &parking, err));
    vec_push(park->protect->arena, &park->tables, parking);
    return STATUS_OK;
}

/* -- what a crash must not lose ---------------------------------------------------------------------------
 *
 * One item of the registry: the migration's id, then a line a parking table: the table, and behind tabs its
 * key
 * ("k" before the name) and the columns that go ("p"). */

static enum status
note_parked(struct park *park, struct err *err)
{
    struct conn *conn = park->protect->session->conn;
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&text, park->protect->step->entry->id);
    for (size_t i = 0; i < park->tables.n; i++) {
        const struct parking *parking = &park->tables.items[i];
        const struct table_key *key = key_of(&parking->now);
        buf_printf(&text, "\n%s", parking->end);
        for (size_t j = 0; key != NULL && j < key->n_columns; j++) {
            buf_printf(&text, "\tk%s", key->columns[j]);
        }
        for (size_t j = 0; j < parking->columns.n; j++) {
            buf_printf(&text, "\tp%s", parking->columns.items[j]);
        }
    }
    struct value value = value_span(buf_view(&text));
    TRY(buf_check(&text, "the list of parked tables", err));
    TRY(conn_begin(conn, TXN_WRITE, err));
    enum status status = lease_hold(conn, &park->protect->session->lease, err);
    if (status == STATUS_OK) {
        status = conn_run(conn, "delete from {r}meta where item = 'parked'", NULL, 0, NULL, err);
    }
    if (status == STATUS_OK) {
        status =
            conn_run(conn, "insert into {r}meta (item, value) values ('parked', ?)", &value, 1, NULL, err);
    }
    if (status == STATUS_OK) {
        status = conn_commit(conn, err);
    }
    if (status != STATUS_OK) {
        conn_rollback(conn);
    }
    return status;
}

/* The parking table has the table's columns as they were. */
static enum status
attach_line(struct park *park, struct span line, size_t number, struct err *err)
{
    struct arena *arena = park->protect->arena;
    struct conn *conn = park->protect->session->conn;
    struct parking parking = {.name = side_name(conn, arena, "parked_%zu", number)};
    struct table_key *key = arena_new(arena, struct table_key);
    const char **keys = arena_new_array(arena, const char *, line.len + 1);
    struct err absent;
    enum status status = conn_describe(conn, parking.name, arena, &parking.now, &absent);
    if (status == STATUS_USAGE) { /* filed already, and dropped */
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        *err = absent;
        return status;
    }
    for (bool is_first = true; line.len > 0; is_first = false) {
        const char *tab = memchr(line.ptr, '\t', line.len);
        size_t len = tab == NULL ? line.len : (size_t)(tab - line.ptr);
        const char *word = arena_strndup(arena, line.ptr, len);
        if (is_first) {
            parking.end = word;
        } else if (word[0] == 'k') {
            keys[key->n_columns++] = word + 1;
        } else {
            vec_push(arena, &parking.columns, word + 1);
        }
        line.ptr += tab == NULL ? len : len + 1;
        line.len -= tab == NULL ? len : len + 1;
    }
    key->columns = keys;
    parking.now.keys = key;
    parking.now.n_keys = 1;
    parking.with = merged_as(park->merge, parking.end);
    vec_push(arena, &park->tables, parking);
    return STATUS_OK;
}

enum status
park_attach(struct park *park, struct merge *merge, struct protect *protect, struct err *err)
{
    struct value *row;
    bool found;
    *park = (struct park){.protect = protect, .merge = merge};
    TRY(conn_query_row(protect->session->conn, "select value from {r}meta where item = 'parked'", NULL, 0,
                       protect->arena, &row, &found, err));
    struct span rest = found ? row[0].bytes : (struct span){NULL, 0};
    struct span line;
    if (!span_next_line(&rest, &line) || !span_is(line, protect->step->entry->id)) {
        return STATUS_OK;
    }
    for (size_t number = 1; span_next_line(&rest, &line); number++) {
        TRY(attach_line(park, line, number, err));
    }
    return STATUS_OK;
}

enum status
park_prepare(struct park *park, struct merge *merge, struct protect *protect, struct err *err)
{
    const struct effects *effects = &protect->step->effects;
    *park = (struct park){.protect = protect, .merge = merge};
    for (size_t i = 0; i < effects->n; i++) {
        const struct effect *effect = &effects->items[i];
        if (effect->kind == EFFECT_DROP_COLUMN) {
            TRY(prepare_table(park, effect->table, err));
        } else if (effect->kind == EFFECT_DROP && effect->object == OBJECT_TABLE) {
            TRY(prepare_table(park, effect->name, err));
        }
    }
    bool is_kept = conn_txn_state(merge->session->conn) == TXN_NONE && !merge->is_forecast;
    return is_kept ? note_parked(park, err) : STATUS_OK;
}

/* -- what became of it ------------------------------------------------------------------------------------
 */

static struct fates *
fates_of(struct park *park, const char *table)
{
    struct merge *merge = park->merge;
    struct arena *arena = merge->session->arena;
    for (size_t i = 0; i < merge->fates.n; i++) {
        if (str_eq(merge->fates.items[i].table, table)) {
            return &merge->fates.items[i];
        }
    }
    struct fates fates = {.table = arena_strdup(arena, table)};
    vec_push(arena, &merge->fates, fates);
    return &merge->fates.items[merge->fates.n - 1];
}

/* Columns of `then` that the table did not have before the down script get what they hold now. */
static enum status
add_returned(struct park *park, struct parking *parking, const struct table *then, struct saved *saved,
             struct err *err)
{
    struct conn *conn = park->merge->session->conn;
    const struct effects *effects = &park->protect->step->effects;
    BUF_SCOPED set = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED on = BUF_INIT(BUF_TEXT_MAX);
    size_t n = 0;
    for (size_t i = 0; i < then->n_columns; i++) {
        const struct column *column = &then->columns[i];
        const char *before = column_name_first(effects, park->protect->step->pieces.n, then->qualified,
                                               column->name, park->protect->arena);
        BUF_SCOPED cell = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED alter = BUF_INIT(BUF_TEXT_MAX);
        BUF_SCOPED type = BUF_INIT(BUF_TEXT_MAX);
        if (column->is_generated || (before[0] != '\0' && table_column(&parking->now, before) != NULL)) {
            continue;
        }
        const char *name = arena_printf(park->protect->arena, "rc_s%zu", n++);
        conn->driver->cells.side_type(&type, &column->type,
                                      column->collation == NULL ? "" : column->collation);
        sql_add(conn, &alter, "alter table %T add column %s %s", parking->name, name, buf_cstr(&type));
        TRY(sql_run(conn, &alter, err));
        sql_add(conn, &cell, "m.%I", column->name);
        buf_printf(&set, "%s\1%s = ", set.len > 0 ? ", " : "", name);
        conn->driver->cells.to_side(&set, buf_cstr(&cell), &column->type);
        saved->columns[saved->n_columns++] =
            (struct saved_column){.name = name,
                                  .start = column->name,
                                  .end = "",
                                  .side_type = arena_strdup(park->protect->arena, buf_cstr(&type)),
                                  .type = {.kind = column->type.kind, .name = column->type.name}};
    }
    if (n == 0) {
        return STATUS_OK;
    }
    const struct table_key *keys = key_of(&parking->now);
    for (size_t i = 0; keys != NULL && i < keys->n_columns; i++) {
        const char *key = keys->columns[i];
        const char *now = column_name_last(effects, 0, parking->end, key, park->protect->arena);
        const struct column *column = table_column(then, now);
        if (column == NULL) {
            return STATUS_OK;
        }
        BUF_SCOPED side = BUF_INIT(BUF_TEXT_MAX);
        sql_add(conn, &side, "t.%I", key);
        sql_add(conn, &on, "%sm.%I = ", i > 0 ? " and " : "", now);
        conn->driver->cells.from_side(&on, buf_cstr(&side), &column->type);
    }
    return sql_update(conn, parking->name, then->qualified, &set, &on, err);
}

static struct saved
describe_parked(struct park *park, const struct parking *parking, const struct table *then, bool has_then)
{
    struct protect *protect = park->protect;
    const struct conn *conn = protect->session->conn;
    size_t room = parking->now.n_columns + (has_then ? then->n_columns : 0) + 1;
    struct saved saved = {
        .migration = protect->step->entry->id,
        .direction = direction_name(protect->step->direction),
        .op = protect->session->lease.op,
        .set = "",
        .file = "",
        .role = SAVED_PARKED,
        .start = has_then ? then->qualified : "",
        .then = parking->end,
        .end = parking->end,
        .columns = arena_new_array(protect->arena, struct saved_column, room),
    };
    for (size_t i = 0; i < parking->now.n_columns; i++) {
        const struct column *column = &parking->now.columns[i];
        const char *start =
            column_name_last(&protect->step->effects, 0, parking->end, column->name, protect->arena);
        bool is_key = is_in_key(&parking->now, column->name);
        bool is_parked = false;
        for (size_t j = 0; j < parking->columns.n; j++) {
            is_parked = is_parked || str_eq(parking->columns.items[j], column->name);
        }
        bool stays = has_then && start[0] != '\0' && table_column(then, start) != NULL;
        if (!is_key && (!is_parked || stays)) {
            continue;
        }
        BUF_SCOPED type = BUF_INIT(BUF_TEXT_MAX);
        conn->driver->cells.side_type(&type, &column->type,
                                      column->collation == NULL ? "" : column->collation);
        saved.columns[saved.n_columns++] =
            (struct saved_column){.name = column->name,
                                  .start = is_key ? start : "",
                                  .end = column->name,
                                  .side_type = arena_strdup(protect->arena, buf_cstr(&type)),
                                  .type = {.kind = column->type.kind, .name = column->type.name},
                                  .is_key = is_key};
    }
    return saved;
}

static enum status
count_where(struct park *park, const char *table, const char *where, int64_t *out, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    sql_add(park->merge->session->conn, &sql, "select count(*) from %T where %s", table, where);
    return sql_number(park->merge->session->conn, &sql, out, err);
}

/* Rows that came since: the changed ones were counted with the others. */
static enum status
count_parked(struct park *park, const struct parking *parking, const struct table *then, bool returns,
             struct err *err)
{
    bool counts_changed = parking->with == NULL;
    struct fates *fates = fates_of(park, then != NULL ? then->qualified : parking->end);
    int64_t rows = 0;
    TRY(count_where(park, parking->name, counts_changed ? "1 = 1" : "rc_new = 1", &rows, err));
    *(returns ? &fates->merged : &fates->parked) += rows;
    fates->carried -= parking->with != NULL && parking->with->is_complete ? rows : 0;
    return STATUS_OK;
}

static enum status
finish_table(struct park *park, struct parking *parking, struct err *err)
{
    struct protect *protect = park->protect;
    struct conn *conn = protect->session->conn;
    struct table then;
    struct table described;
    struct name_list columns = {0};
    bool has_then = false;
    int64_t rows = 0;
    const char *last = table_name_last(&protect->step->effects, 0, parking->end, protect->arena);
    TRY(protect_find_table(protect, last, &then, &has_then, err));
    if (!has_then && !str_eq(last, parking->end)) {
        TRY(protect_find_table(protect, parking->end, &then, &has_then, err));
    }
    const struct table_key *keys = key_of(&parking->now);
    require(keys != NULL); /* prepare_table passes over the others */
    struct saved saved = describe_parked(park, parking, &then, has_then);
    bool has_values = saved.n_columns > keys->n_columns || !has_then;
    size_t n_before = saved.n_columns;
    if (has_values && has_then) {
        TRY(add_returned(park, parking, &then, &saved, err));
    }
    TRY(count_where(park, parking->name, "1 = 1", &rows, err));
    if (has_values && rows > 0) {
        TRY(count_parked(park, parking, has_then ? &then : NULL, saved.n_columns > n_before, err));
        TRY(conn_describe(conn, parking->name, protect->arena, &described, err));
        for (size_t i = 0; i < saved.n_columns; i++) {
            vec_push(protect->arena, &columns, saved.columns[i].name);
        }
        TRY(protect_add(protect, &saved, &described, &columns, err));
    }
    return side_drop(conn, parking->name, err);
}

/* Whether the down script makes a table of that name, so that its columns may be there after all. */
static bool
is_made_again(const struct effects *effects, const char *table)
{
    for (size_t i = 0; i < effects->n; i++) {
        const struct effect *effect = &effects->items[i];
        const char *name = effect->kind == EFFECT_RENAME ? effect->new_name : effect->name;
        if ((effect->kind == EFFECT_CREATE || effect->kind == EFFECT_RENAME) &&
            effect->object == OBJECT_TABLE && table_name_eq(name, table)) {
            return true;
        }
    }
    return false;
}

enum status
park_forecast(struct park *park, struct err *err)
{
    const struct effects *effects = &park->protect->step->effects;
    for (size_t i = 0; i < park->tables.n; i++) {
        struct parking *parking = &park->tables.items[i];
        const struct merge_table *with = parking->with;
        bool vanishes = with == NULL && !is_made_again(effects, parking->end);
        bool returns = false;
        for (size_t j = 0; with != NULL && j < with->n_columns; j++) {
            vanishes = vanishes || (with->columns[j].in_now && !with->columns[j].in_then);
            returns = returns || (with->columns[j].in_then && !with->columns[j].in_now);
        }
        if (vanishes) {
            TRY(count_parked(park, parking, NULL, returns, err));
        }
        TRY(side_drop(park->merge->session->conn, parking->name, err));
    }
    return STATUS_OK;
}

enum status
park_finish(struct park *park, struct err *err)
{
    for (size_t i = 0; i < park->tables.n; i++) {
        TRY(finish_table(park, &park->tables.items[i], err));
    }
    return STATUS_OK;
}
