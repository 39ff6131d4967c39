#include "mysql/my_conn.h"

#include "mysql/mysql_driver.h"

static enum status
check_name(const char *name, struct err *err)
{
    if (!str_starts(name, "rollcall_")) {
        return err_raise(err, STATUS_POLICY,
                         "'%s' is no scratch database: its name does not begin with rollcall_", name);
    }
    return STATUS_OK;
}

/* With the character set of the database it stands in for, since tables take theirs from it. */
enum status
my_create_database(struct conn *conn, const char *name, struct arena *arena, char **url, struct err *err)
{
    static const char *const system[] = {"", "mysql", "sys", "information_schema", "performance_schema"};
    struct my_conn *my = my_conn_of(conn);
    bool is_system = false;
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    TRY(check_name(name, err));
    for (size_t i = 0; i < COUNT_OF(system); i++) {
        is_system = is_system || str_eq_nocase(my->target.database, system[i]);
    }
    buf_str(&sql, "create database ");
    driver_quote(&mysql_driver, &sql, name);
    if (!is_system) {
        RESULT_SCOPED *result = NULL;
        TRY(text_query(my, "select @@character_set_database, @@collation_database", &result, err));
        MYSQL_ROW row = mysql_fetch_row(result);
        buf_printf(&sql, " character set %s collate %s", row[0], row[1]);
    }
    TRY(text_exec(my, buf_view(&sql), NULL, err));
    *url = target_url(&my->target, name, arena);
    return STATUS_OK;
}

enum status
my_drop_database(struct conn *conn, const char *name, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    TRY(check_name(name, err));
    buf_str(&sql, "drop database if exists ");
    driver_quote(&mysql_driver, &sql, name);
    return text_exec(my_conn_of(conn), buf_view(&sql), NULL, err);
}

/* Sorted by the server, byte by byte. */
enum status
my_list_databases(struct conn *conn, const char *prefix, struct arena *arena, const char ***names, size_t *n,
                  struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    const char *sql =
        arena_printf(arena,
                     "select schema_name from information_schema.schemata where schema_name not in "
                     "(select db from %s where db is not null) order by cast(schema_name as binary)",
                     processlist(my));
    RESULT_SCOPED *result = NULL;
    VEC(const char *) found = {0};
    MYSQL_ROW row;
    TRY(text_query(my, sql, &result, err));
    while ((row = mysql_fetch_row(result)) != NULL) {
        if (str_starts(row[0], prefix)) {
            vec_push(arena, &found, arena_strdup(arena, row[0]));
        }
    }
    *names = found.items;
    *n = found.n;
    return STATUS_OK;
}
