/* Freezing on MySQL and MariaDB: triggers that signal. The actions of foreign keys pass by the triggers of
 * the table they change, so the tables they come from have triggers of their own. */
#include "base/clock.h"
#include "base/hash.h"
#include "driver/conn.h"
#include "mysql/my_conn.h"

#include <stdlib.h>
#include <string.h>

extern const char mysql_freeze_tables_sql[];
extern const char mysql_freeze_keys_sql[];
extern const char mysql_freeze_views_sql[];
extern const char mysql_freeze_find_sql[];
extern const char mysql_freeze_appliers_sql[];

/* A foreign key whose action changes rows of its table. */
struct reach {
    const char *child;
    const char *name;
    const char *parent;    /* in this database */
    const char *qualified; /* as people read it when it is in another */
    bool is_here;
    bool on_delete;
    bool on_update;
    struct freeze_words columns;
    struct freeze_words parent_columns;
};

struct scoping {
    struct conn *conn;
    struct arena *arena;
    struct freeze_scope *out;
    const char *message; /* as a literal */
    const char *barred;  /* condition: this session is to be stopped now */
    const char *id;
    VEC(struct reach) keys;
};

/* -- SQL ---------------------------------------------------------------------------------------------------
 */

static const char *
quoted(const struct scoping *s, const char *name)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    driver_quote(s->conn->driver, &out, name);
    return arena_strdup(s->arena, buf_cstr(&out));
}

/* The condition has no names but ours, and costs one look-up by key. */
static void
make_words(struct scoping *s, const struct freeze_spec *spec)
{
    enum { MESSAGE_MAX = 128 }; /* of MESSAGE_TEXT, in characters */
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct value message = value_text(freeze_message(s->arena, spec, MESSAGE_MAX));
    driver_literal(s->conn->driver, &out, &message);
    s->message = arena_strdup(s->arena, buf_cstr(&out));
    s->id = spec->id;
    buf_reset(&out);
    buf_str(&out, "NOT EXISTS (SELECT 1 FROM rollcall_freeze_pass p WHERE p.session = CONNECTION_ID() "
                  "AND p.secret = SHA2(@rollcall_pass, 256))");
    if (spec->thaw_us != 0) {
        char until[RFC3339_LEN + 1];
        clock_rfc3339(spec->thaw_us, until);
        buf_printf(&out, " AND UTC_TIMESTAMP(6) < TIMESTAMP '%.10s %.15s'", until, until + 11);
    }
    s->barred = arena_strdup(s->arena, buf_cstr(&out));
}

/* `only_if`: "" or a condition that begins with " AND ". */
static void
add_trigger(const struct scoping *s, struct freeze_table *table, const char *suffix, const char *event,
            const char *only_if)
{
    struct arena *arena = s->arena;
    char hex[HASH128_HEX_LEN + 1];
    hash128_hex(hash128(span_of(table->table)), hex);
    const char *name = arena_printf(arena, "rollcall_freeze_%.16s_%s", hex, suffix);
    freeze_word_add(
        arena, &table->apply,
        arena_printf(arena,
                     "CREATE TRIGGER %s BEFORE %s ON %s FOR EACH ROW BEGIN /* rollcall freeze %s */ "
                     "IF %s%s THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = %s; END IF; END",
                     name, event, quoted(s, table->table), s->id, s->barred, only_if, s->message));
    freeze_word_add(arena, &table->undo, arena_printf(arena, "DROP TRIGGER IF EXISTS %s", name));
}

/* -- the tables themselves ---------------------------------------------------------------------------------
 */

static struct freeze_table *
table_of(const struct freeze_scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->n; i++) {
        if (str_eq(scope->tables[i].table, name)) {
            return &scope->tables[i];
        }
    }
    return NULL;
}

static struct freeze_table *
push_table(const struct scoping *s, const char *name, const char *why, bool is_parent)
{
    struct freeze_scope *out = s->out;
    struct freeze_table table = {.table = name, .why = why, .is_parent = is_parent};
    out->tables = vec_grow(s->arena, out->tables, out->n, &out->cap, sizeof(table));
    out->tables[out->n] = table;
    return &out->tables[out->n++];
}

static void
add_holes(const struct scoping *s, struct freeze_table *table)
{
    struct arena *arena = s->arena;
    freeze_hole_add(arena, table, "ddl", true,
                    "DROP, ALTER, RENAME and DROP TRIGGER by whoever has the right to");
    freeze_hole_add(arena, table, "truncate", true,
                    "TRUNCATE, of a partition, too, by whoever has the right to DROP the table");
    freeze_hole_add(
        arena, table, "pass", false,
        "who may write the table rollcall_freeze_pass can let himself through; 'freeze --prove' tells");
    freeze_hole_add(
        arena, table, "replication", false,
        "rows that a replica's applier or another node of a Galera cluster writes fire no triggers");
}

struct known_table {
    const char *engine;
    bool is_sequence;
};

static void
freeze_rows(const struct scoping *s, const char *name, const struct known_table *known, bool has_merge)
{
    struct freeze_table *table = push_table(s, name, "", false);
    add_trigger(s, table, "i", "INSERT", "");
    add_trigger(s, table, "u", "UPDATE", "");
    add_trigger(s, table, "d", "DELETE", "");
    add_holes(s, table);
    if (has_merge && str_eq_nocase(known->engine, "MyISAM")) {
        freeze_hole_add(s->arena, table, "merge", false,
                        "a table of engine MERGE over this one writes past its triggers");
    }
}

static enum status
read_tables(const struct scoping *s, struct map *out, bool *has_merge, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    map_init(out, s->arena);
    *has_merge = false;
    TRY(conn_query(s->conn, mysql_freeze_tables_sql, NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct known_table *known = arena_new(s->arena, struct known_table);
        known->engine = value_to_str(&row.values[1], s->arena);
        *has_merge = *has_merge || str_eq_nocase(known->engine, "MRG_MyISAM");
        (void)map_put(out, span_of(value_to_str(&row.values[0], s->arena)), known);
    }
}

/* -- what reaches them through foreign keys ----------------------------------------------------------------
 */

enum key_column {
    KEY_CHILD,
    KEY_NAME,
    KEY_COLUMN,
    KEY_HERE,
    KEY_QUALIFIED,
    KEY_PARENT,
    KEY_PARENT_COLUMN,
    KEY_DELETE,
    KEY_UPDATE
};

static void
take_key_row(struct scoping *s, const struct row *row)
{
    struct arena *arena = s->arena;
    const char *child = value_to_str(&row->values[KEY_CHILD], arena);
    const char *name = value_to_str(&row->values[KEY_NAME], arena);
    struct reach *last = s->keys.n == 0 ? NULL : &s->keys.items[s->keys.n - 1];
    if (last == NULL || !str_eq(last->child, child) || !str_eq(last->name, name)) {
        struct reach key = {
            .child = child,
            .name = name,
            .parent = value_to_str(&row->values[KEY_PARENT], arena),
            .qualified = value_to_str(&row->values[KEY_QUALIFIED], arena),
            .is_here = value_to_bool(&row->values[KEY_HERE]),
            .on_delete = value_to_bool(&row->values[KEY_DELETE]),
            .on_update = value_to_bool(&row->values[KEY_UPDATE]),
        };
        vec_push(arena, &s->keys, key);
        last = &s->keys.items[s->keys.n - 1];
    }
    freeze_word_add(arena, &last->columns, value_to_str(&row->values[KEY_COLUMN], arena));
    freeze_word_add(arena, &last->parent_columns, value_to_str(&row->values[KEY_PARENT_COLUMN], arena));
}

static enum status
read_keys(struct scoping *s, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query(s->conn, mysql_freeze_keys_sql, NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        take_key_row(s, &row);
    }
}

/* Rows of the child refer to the row that is about to go. */
static void
add_children(const struct scoping *s, struct buf *out, const struct reach *key)
{
    buf_printf(out, "EXISTS (SELECT 1 FROM %s c WHERE ", quoted(s, key->child));
    for (size_t i = 0; i < key->columns.n; i++) {
        buf_printf(out, "%sc.%s = OLD.%s", i > 0 ? " AND " : "", quoted(s, key->columns.items[i]),
                   quoted(s, key->parent_columns.items[i]));
    }
    buf_char(out, ')');
}

static void
add_changed(const struct scoping *s, struct buf *out, const struct reach *key)
{
    buf_str(out, "NOT (");
    for (size_t i = 0; i < key->parent_columns.n; i++) {
        const char *column = quoted(s, key->parent_columns.items[i]);
        buf_printf(out, "%sNEW.%s <=> OLD.%s", i > 0 ? " AND " : "", column, column);
    }
    buf_str(out, ") AND ");
}

/* All keys through which an event at the parent would change rows that are frozen, or rows that in their turn
 * would. */
static void
guard_parent(const struct scoping *s, struct freeze_table *table, bool is_delete)
{
    BUF_SCOPED condition = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < s->keys.n; i++) {
        const struct reach *key = &s->keys.items[i];
        if (!key->is_here || !str_eq(key->parent, table->table) || table_of(s->out, key->child) == NULL ||
            !(is_delete ? key->on_delete : key->on_update)) {
            continue;
        }
        buf_str(&condition, condition.len == 0 ? " AND (" : " OR ");
        if (!is_delete) {
            add_changed(s, &condition, key);
        }
        add_children(s, &condition, key);
    }
    if (condition.len > 0) {
        buf_char(&condition, ')');
        add_trigger(s, table, is_delete ? "pd" : "pu", is_delete ? "DELETE" : "UPDATE", buf_cstr(&condition));
    }
}

/* Parents of what is there already, until there are no more. */
static void
close_over_parents(const struct scoping *s)
{
    for (bool is_grown = true; is_grown;) {
        is_grown = false;
        for (size_t i = 0; i < s->keys.n; i++) {
            const struct reach *key = &s->keys.items[i];
            struct freeze_table *child = table_of(s->out, key->child);
            if (child != NULL && key->is_here && table_of(s->out, key->parent) == NULL) {
                (void)push_table(s, key->parent,
                                 arena_printf(s->arena, "its foreign key's actions reach %s", key->child),
                                 true);
                is_grown = true;
            }
        }
    }
    for (size_t i = 0; i < s->keys.n; i++) {
        const struct reach *key = &s->keys.items[i];
        struct freeze_table *child = table_of(s->out, key->child);
        if (child != NULL && !key->is_here) {
            freeze_hole_add(s->arena, child, "cascade", false,
                            arena_printf(s->arena,
                                         "a DELETE or UPDATE in %s, of another database, reaches it",
                                         key->qualified));
        }
    }
    for (size_t i = 0; i < s->out->n; i++) {
        if (s->out->tables[i].is_parent) {
            guard_parent(s, &s->out->tables[i], true);
            guard_parent(s, &s->out->tables[i], false);
            freeze_hole_add(s->arena, &s->out->tables[i], "ddl", true,
                            "DROP TRIGGER by whoever has the right to opens the cascade again");
        }
    }
}

/* -- views, and who writes past triggers -------------------------------------------------------------------
 */

static enum status
name_views(const struct scoping *s, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query(s->conn, mysql_freeze_views_sql, NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        const char *view = value_to_str(&row.values[0], s->arena);
        const char *text = value_to_str(&row.values[1], s->arena);
        for (size_t i = 0; i < s->out->n; i++) {
            if (strstr(text, quoted(s, s->out->tables[i].table)) != NULL) {
                freeze_word_add(s->arena, &s->out->tables[i].views, view);
            }
        }
    }
}

static void
refuse(const struct scoping *s, const char *what, const char *how)
{
    struct freeze_scope *out = s->out;
    out->refusals =
        vec_grow(s->arena, out->refusals, out->n_refusals, &out->cap_refusals, sizeof(out->refusals[0]));
    out->refusals[out->n_refusals++] = (struct freeze_refusal){what, how};
}

/* Which tables a prepared transaction wrote the server does not say. */
static enum status
find_prepared(const struct scoping *s, struct err *err)
{
    RESULT_SCOPED *result = NULL;
    MYSQL_ROW row;
    struct err ignored = {0};
    (void)err;
    if (text_query(my_conn_of(s->conn), "XA RECOVER", &result, &ignored) != STATUS_OK) {
        for (size_t i = 0; i < s->out->n; i++) {
            freeze_hole_add(s->arena, &s->out->tables[i], "prepared", false,
                            "prepared XA transactions could not be listed: the right to is missing");
        }
        return STATUS_OK;
    }
    while ((row = mysql_fetch_row(result)) != NULL) {
        const unsigned long *lengths = mysql_fetch_lengths(result);
        uint64_t gtrid = 0;
        (void)parse_u64(span_of(row[1]), &gtrid);
        size_t len = gtrid < lengths[3] ? (size_t)gtrid : lengths[3];
        const char *id = arena_strndup(s->arena, row[3], len);
        refuse(s,
               arena_printf(s->arena, "the prepared XA transaction '%s' may have written into a target", id),
               arena_printf(s->arena, "XA COMMIT '%s'; or XA ROLLBACK '%s';", id, id));
    }
    return STATUS_OK;
}

static enum status
find_appliers(const struct scoping *s, struct err *err)
{
    bool is_mariadb = my_conn_of(s->conn)->is_mariadb;
    struct value *row;
    bool found;
    TRY(conn_query_row(s->conn, mysql_freeze_appliers_sql, NULL, 0, s->arena, &row, &found, err));
    if (found && value_to_int(&row[0], 0) > 0) {
        refuse(s, "this server is a replica whose applier writes past all triggers",
               is_mariadb ? "STOP SLAVE SQL_THREAD;" : "STOP REPLICA SQL_THREAD;");
    }
    return STATUS_OK;
}

static int
compare_tables(const void *a, const void *b)
{
    return strcmp(((const struct freeze_table *)a)->table, ((const struct freeze_table *)b)->table);
}

enum status
my_freeze_scope(struct conn *conn, const struct freeze_spec *spec, const char *const *names, size_t n,
                struct arena *arena, struct freeze_scope *out, struct err *err)
{
    struct scoping s = {.conn = conn, .arena = arena, .out = out};
    struct map known;
    bool has_merge;
    make_words(&s, spec);
    TRY(read_tables(&s, &known, &has_merge, err));
    for (size_t i = 0; i < n; i++) {
        const struct known_table *table = map_get(&known, span_of(names[i]));
        if (table == NULL) {
            return err_raise(err, STATUS_USAGE, "there is no table '%s'", names[i]);
        }
        if (table_of(out, names[i]) == NULL) {
            freeze_rows(&s, arena_strdup(arena, names[i]), table, has_merge);
        }
    }
    TRY(read_keys(&s, err));
    close_over_parents(&s);
    TRY(name_views(&s, err));
    TRY(find_prepared(&s, err));
    TRY(find_appliers(&s, err));
    qsort(out->tables, out->n, sizeof(out->tables[0]), compare_tables);
    return STATUS_OK;
}

/* -- what stands -------------------------------------------------------------------------------------------
 */

enum status
my_freeze_find(struct conn *conn, struct arena *arena, struct freeze_marks *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query(conn, mysql_freeze_find_sql, NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct freeze_mark mark = {.table = value_to_str(&row.values[0], arena),
                                   .name = value_to_str(&row.values[1], arena),
                                   .body = value_to_str(&row.values[2], arena),
                                   .is_enabled = true};
        mark.id = freeze_id_in(arena, mark.body);
        mark.undo = arena_printf(arena, "DROP TRIGGER IF EXISTS %s", mark.name);
        vec_push(arena, out, mark);
    }
}

enum status
my_freeze_point(struct conn *conn, struct arena *arena, const char **out, struct err *err)
{
    const char *sql =
        my_conn_of(conn)->is_mariadb
            ? "select concat('gtid ', @@gtid_current_pos, ', binary log ', if(@@log_bin, 'on', 'off'), ', ', "
              "utc_timestamp(6))"
            : "select concat('gtid ', @@global.gtid_executed, ', binary log ', if(@@log_bin, 'on', 'off'), "
              "', ', "
              "utc_timestamp(6))";
    struct value *row;
    bool found;
    TRY(conn_query_row(conn, sql, NULL, 0, arena, &row, &found, err));
    *out = found ? value_to_str(&row[0], arena) : "";
    return STATUS_OK;
}

/* InnoDB's own count of changed rows, of all partitions; it takes the right to see processes. */
enum status
my_freeze_counter(struct conn *conn, const char *table, struct arena *arena, const char **out,
                  struct err *err)
{
    const char *view = my_conn_of(conn)->is_mariadb ? "innodb_sys_tablestats" : "innodb_tablestats";
    const char *sql =
        arena_printf(arena,
                     "select concat('modified ', sum(modified_counter), ' rows ', sum(num_rows)) from "
                     "information_schema.%s where name = concat(database(), '/', ?) or "
                     "name like concat(database(), '/', ?, '#p#%%')",
                     view);
    struct value names[] = {value_text(table), value_text(table)};
    struct value *row;
    bool found;
    struct err ignored;
    (void)err;
    if (conn_query_row(conn, sql, names, COUNT_OF(names), arena, &row, &found, &ignored) == STATUS_OK &&
        found && !value_is_null(&row[0])) {
        *out = value_to_str(&row[0], arena);
    }
    return STATUS_OK;
}

/* Tables that a transaction has read from keep their shape until it ends. */
enum status
my_freeze_guard(struct conn *conn, const char *const *names, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
        buf_str(&sql, "select 1 from ");
        driver_quote_qualified(conn->driver, &sql, names[i]);
        buf_str(&sql, " limit 0");
        TRY(text_exec(my_conn_of(conn), buf_view(&sql), NULL, err));
    }
    return STATUS_OK;
}

/* Numbers of sessions begin anew with the server: the secret tells an old pass from ours. */
enum status
my_freeze_pass(struct conn *conn, bool on, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    if (!on) {
        my->pass[0] = '\0';
        TRY(text_exec(my, SPAN("delete from rollcall_freeze_pass where session = connection_id()"), NULL,
                      err));
        return text_exec(my, SPAN("set @rollcall_pass = null"), NULL, err);
    }
    if (my->pass[0] == '\0') {
        random_id(my->pass);
    }
    TRY(my_pass_again(my, err));
    return text_exec(my,
                     SPAN("insert into rollcall_freeze_pass (session, secret) values (connection_id(), "
                          "sha2(@rollcall_pass, 256)) on duplicate key update secret = values(secret)"),
                     NULL, err);
}

enum status
my_pass_again(struct my_conn *my, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    return my->pass[0] == '\0'
               ? STATUS_OK
               : text_exec(my, span_of(arena_printf(&scratch, "set @rollcall_pass = '%s'", my->pass)), NULL,
                           err);
}
