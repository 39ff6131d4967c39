#include "migrate/merge_core.h"

#include <stdio.h>

/* Several saves of one table become one row a key: the earliest that has a cell says what it was before, the
 * latest what the migration made of it. */

struct fold {
    struct merge *merge;
    struct merge_table *table;
    struct conn *conn;
    const char *side;  /* the file's rows */
    const char *first; /* of a log: the first image of each key, and the last */
    const char *last;
};

static const char *
side_of_now(const struct merge *merge, const struct merge_table *table, const struct merge_column *column)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    const struct column *now = table_column(&table->now, column->end);
    merge->session->conn->driver->cells.side_type(&text, &now->type,
                                                  now->collation == NULL ? "" : now->collation);
    return arena_strdup(merge->arena, buf_cstr(&text));
}

static enum status
create(struct fold *fold, struct err *err)
{
    const struct merge_table *table = fold->table;
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED keys = BUF_INIT(BUF_TEXT_MAX);
    TRY(side_drop(fold->conn, table->name, err));
    sql_add(
        fold->conn, &sql,
        "create table %T (in_b smallint not null default 0, in_a smallint, in_n smallint not null default "
        "0, dirty smallint not null default 0",
        table->name);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct merge_column *column = &table->columns[i];
        const char *any = column->before_side != NULL ? column->before_side : column->after_side;
        if (column->is_key) {
            buf_printf(&sql, ", k%zu %s", i, any);
            buf_printf(&keys, "%sk%zu", keys.len > 0 ? ", " : "", i);
        }
        if (column->before_side != NULL) {
            buf_printf(&sql, ", b%zu %s, hb%zu smallint not null default 0", i, column->before_side, i);
        }
        if (column->after_side != NULL) {
            buf_printf(&sql, ", a%zu %s, ha%zu smallint not null default 0, t%zu smallint not null default 0",
                       i, column->after_side, i, i);
        }
        buf_printf(&sql, ", w%zu smallint not null default 0", i);
        if (column->in_now) {
            buf_printf(&sql, ", n%zu %s", i, side_of_now(fold->merge, table, column));
        }
    }
    buf_char(&sql, ')');
    TRY(sql_run(fold->conn, &sql, err));
    return side_index(fold->conn, table->name, buf_cstr(&keys), err);
}

/* The place of the file's column among the table's, when its cells count for what was before (or after). */
static bool
counts(const struct fold *fold, const struct saved_column *column, bool before, size_t *place)
{
    const struct merge_column *known = merge_column_of(fold->table, column);
    require(known != NULL);
    *place = (size_t)(known - fold->table->columns);
    return str_eq(before ? known->before_side : known->after_side, column->side_type);
}

/* " and "-joined: the file's key is that of the merge table called `alias`. */
static void
add_same_key(const struct fold *fold, const struct saved *saved, const char *side, const char *alias,
             struct buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < saved->n_columns; i++) {
        size_t place;
        if (saved->columns[i].is_key) {
            (void)counts(fold, &saved->columns[i], true, &place);
            sql_add(fold->conn, out, "%s%s.%I = %s.k%d", is_first ? "" : " and ", side,
                    saved->columns[i].name, alias, (int)place);
            is_first = false;
        }
    }
}

/* Rows of `source` whose key the merge table lacks. `is_new`: an expression, 0 when the row is an image from
 * before. */
static enum status
insert_missing(struct fold *fold, const struct saved *saved, const char *source, const char *is_new,
               bool before, struct err *err)
{
    BUF_SCOPED columns = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED values = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&columns, before ? "in_b" : "in_b, in_a");
    buf_printf(&values, before ? "1 - %s" : "0, %s", is_new);
    for (size_t i = 0; i < saved->n_columns; i++) {
        const struct saved_column *column = &saved->columns[i];
        size_t place;
        bool has_cells = counts(fold, column, before, &place);
        if (column->is_key) {
            buf_printf(&columns, ", k%zu", place);
            sql_add(fold->conn, &values, ", s.%I", column->name);
        }
        if (has_cells) {
            buf_printf(&columns, before ? ", b%zu, hb%zu" : ", a%zu, ha%zu", place, place);
            sql_add(fold->conn, &values,
                    ", case when %s = %s then s.%I end, case when %s = %s then 1 else 0 end", is_new,
                    before ? "0" : "1", column->name, is_new, before ? "0" : "1");
        }
    }
    sql_add(fold->conn, &sql,
            "insert into %T (%s) select %s from %T s where not exists (select 1 from %T m where ",
            fold->table->name, buf_cstr(&columns), buf_cstr(&values), source, fold->table->name);
    add_same_key(fold, saved, "s", "m", &sql);
    buf_char(&sql, ')');
    return sql_run(fold->conn, &sql, err);
}

/* Cells of rows that the merge table has already: only those nobody has told yet. */
static enum status
fill_known(struct fold *fold, const struct saved *saved, const char *source, const char *is_new, bool before,
           struct err *err)
{
    BUF_SCOPED set = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED on = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < saved->n_columns; i++) {
        const struct saved_column *column = &saved->columns[i];
        size_t p;
        if (!counts(fold, column, before, &p)) {
            continue;
        }
        BUF_SCOPED when = BUF_INIT(BUF_TEXT_MAX);
        if (before) {
            buf_printf(&when, "t.hb%zu = 0 and t.in_b = 1 and %s = 0", p, is_new);
        } else {
            buf_printf(&when, "t.ha%zu = 0 and %s = 1", p, is_new);
        }
        char name = before ? 'b' : 'a';
        buf_printf(&set, "%s\1%c%zu = case when %s then m.", set.len > 0 ? ", " : "", name, p,
                   buf_cstr(&when));
        sql_add(fold->conn, &set, "%I", column->name);
        buf_printf(&set, " else t.%c%zu end, \1h%c%zu = case when %s then 1 else t.h%c%zu end", name, p, name,
                   p, buf_cstr(&when), name, p);
    }
    if (!before) {
        buf_printf(&set, "%s\1in_a = coalesce(t.in_a, %s)", set.len > 0 ? ", " : "", is_new);
    }
    add_same_key(fold, saved, "m", "t", &on);
    return sql_update(fold->conn, fold->table->name, source, &set, &on, err);
}

/* The first or last image of each key in a log. */
static enum status
pick_images(struct fold *fold, const struct saved *saved, const char *name, const char *which,
            struct err *err)
{
    BUF_SCOPED keys = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED same = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < saved->n_columns; i++) {
        const char *column = saved->columns[i].name;
        if (saved->columns[i].is_key) {
            sql_add(fold->conn, &keys, "%s%I", keys.len > 0 ? ", " : "", column);
            sql_add(fold->conn, &same, " and g.%I = s.%I", column, column);
        }
    }
    TRY(side_drop(fold->conn, name, err));
    sql_add(
        fold->conn, &sql,
        "create table %T as select s.* from %T s join (select %s(rc_seq * 2 + rc_new) as rc_at, %s from %T "
        "group by %s) g on g.rc_at = s.rc_seq * 2 + s.rc_new%s",
        name, fold->side, which, buf_cstr(&keys), fold->side, buf_cstr(&keys), buf_cstr(&same));
    TRY(sql_run(fold->conn, &sql, err));
    return side_index(fold->conn, name, buf_cstr(&keys), err);
}

static enum status
fold_before(struct fold *fold, const struct saved *saved, struct err *err)
{
    bool is_log = saved->role == SAVED_LOG;
    if (saved->role != SAVED_LOG && saved->role != SAVED_BEFORE) {
        return STATUS_OK;
    }
    TRY(side_load(fold->merge->session, saved, fold->side, fold->merge->arena, err));
    if (is_log) {
        TRY(pick_images(fold, saved, fold->first, "min", err));
    }
    const char *source = is_log ? fold->first : fold->side;
    TRY(fill_known(fold, saved, source, is_log ? "m.rc_new" : "0", true, err));
    return insert_missing(fold, saved, source, is_log ? "s.rc_new" : "0", true, err);
}

static enum status
decide_rest(struct fold *fold, bool is_there, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    sql_add(fold->conn, &sql, "update %T set in_a = %d where in_a is null", fold->table->name,
            is_there ? 1 : 0);
    return sql_run(fold->conn, &sql, err);
}

static enum status
fold_after(struct fold *fold, const struct saved *saved, struct err *err)
{
    if (saved->role == SAVED_BEFORE || saved->role == SAVED_PARKED) {
        return saved->is_whole && fold->table->end[0] == '\0' && saved->role == SAVED_BEFORE
                   ? decide_rest(fold, false, err)
                   : STATUS_OK;
    }
    TRY(side_load(fold->merge->session, saved, fold->side, fold->merge->arena, err));
    if (saved->role == SAVED_LOG) {
        TRY(pick_images(fold, saved, fold->last, "max", err));
        return fill_known(fold, saved, fold->last, "m.rc_new", false, err);
    }
    TRY(fill_known(fold, saved, fold->side, "1", false, err));
    if (!saved->is_whole) {
        return STATUS_OK;
    }
    TRY(insert_missing(fold, saved, fold->side, "1", false, err));
    return decide_rest(fold, false, err);
}

/* -- what the migration wrote -----------------------------------------------------------------------------
 */

/* Whether two cells of the merge table are the same; of different types, when they read the same. */
static void
add_same(const struct fold *fold, const struct merge_column *column, const char *a, const char *b,
         struct buf *out)
{
    if (str_eq(column->before_type.name, column->after_type.name)) {
        fold->conn->driver->cells.same(out, a, b, &column->before_type);
        return;
    }
    const char *text = conn_has(fold->conn, CAP_JOINED_WRITES) ? "char" : "text";
    buf_printf(out, "coalesce(cast(%s as %s) = cast(%s as %s), %s is null and %s is null)", a, text, b, text,
               a, b);
}

static enum status
mark_written(struct fold *fold, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    bool is_first = true;
    sql_add(fold->conn, &sql, "update %T set ", fold->table->name);
    for (size_t i = 0; i < fold->table->n_columns; i++) {
        const struct merge_column *column = &fold->table->columns[i];
        char a[32];
        char b[32];
        (void)snprintf(a, sizeof(a), "a%zu", i);
        (void)snprintf(b, sizeof(b), "b%zu", i);
        if (column->after_side == NULL) {
            continue;
        }
        buf_printf(&sql, "%sw%zu = case when ", is_first ? "" : ", ", i);
        is_first = false;
        if (column->before_side == NULL) {
            buf_printf(&sql, "ha%zu = 1 and %d = 1 then 1 else 0 end", i, column->start[0] == '\0');
            continue;
        }
        buf_printf(&sql, "hb%zu = 0 or ha%zu = 0 then 0 when ", i, i);
        add_same(fold, column, b, a, &sql);
        buf_str(&sql, " then 0 else 1 end");
    }
    return is_first ? STATUS_OK : sql_run(fold->conn, &sql, err);
}

enum status
merge_fold(struct merge *merge, struct merge_table *table, struct err *err)
{
    struct conn *conn = merge->session->conn;
    struct fold fold = {
        .merge = merge,
        .table = table,
        .conn = conn,
        .side = side_name(conn, merge->arena, "side"),
        .first = side_name(conn, merge->arena, "side_first"),
        .last = side_name(conn, merge->arena, "side_last"),
    };
    TRY(create(&fold, err));
    for (size_t i = 0; i < merge->saved.n; i++) {
        if (merge_is_of(table, &merge->saved.items[i])) {
            TRY(fold_before(&fold, &merge->saved.items[i], err));
        }
    }
    for (size_t i = merge->saved.n; i-- > 0;) {
        if (merge_is_of(table, &merge->saved.items[i])) {
            TRY(fold_after(&fold, &merge->saved.items[i], err));
        }
    }
    TRY(decide_rest(&fold, table->end[0] != '\0', err));
    TRY(mark_written(&fold, err));
    TRY(side_drop(conn, fold.side, err));
    TRY(side_drop(conn, fold.first, err));
    return side_drop(conn, fold.last, err);
}
