/* LOCK TABLES in a script. The server then refuses every table that was not named, the registry's among them,
 * and START TRANSACTION gives the locks up: so the registry's tables are locked as well, and transactions of
 * ours begin as the manual says they have to under table locks, by switching autocommit off. */
#include "mysql/my_conn.h"

#include "driver/sqltok.h"

#include <string.h>

extern const char mysql_registry_tables_sql[];

/* The statement with the registry's tables at the head of its list. */
static enum status
lock_registry_too(struct my_conn *my, struct span sql, size_t list_at, struct buf *out, struct err *err)
{
    RESULT_SCOPED *tables = NULL;
    MYSQL_ROW row;
    TRY(text_query(my, mysql_registry_tables_sql, &tables, err));
    buf_add(out, sql.ptr, list_at);
    while ((row = mysql_fetch_row(tables)) != NULL) {
        buf_char(out, ' ');
        driver_quote(my->base.driver, out, row[0]);
        buf_str(out, " write,");
    }
    buf_add(out, sql.ptr + list_at, sql.len - list_at);
    return buf_check(out, "the statement", err);
}

static enum status
lock_tables(struct my_conn *my, struct span sql, size_t list_at, int64_t *affected, struct err *err)
{
    BUF_SCOPED text = BUF_INIT(BUF_SQL_MAX);
    TRY(lock_registry_too(my, sql, list_at, &text, err));
    enum status status = text_exec(my, buf_view(&text), affected, err);
    size_t added = text.len - sql.len;
    err->position -= status != STATUS_OK && err->position > list_at + added ? added : 0;
    if (status == STATUS_OK) {
        my->lock_sql = arena_strndup(&my->base.arena, sql.ptr, sql.len);
        my->lock_list_at = list_at;
    }
    my->holds_locks = my->holds_locks || status == STATUS_OK;
    return status;
}

enum status
locks_release(struct my_conn *my, struct err *err)
{
    TRY(text_exec(my, SPAN("unlock tables"), NULL, err));
    my->holds_locks = false;
    return STATUS_OK;
}

enum status
locks_take_again(struct my_conn *my, struct err *err)
{
    return lock_tables(my, span_of(my->lock_sql), my->lock_list_at, NULL, err);
}

enum status
script_exec(struct my_conn *my, struct span sql, int64_t *affected, struct err *err)
{
    static const char *const releasing[] = {"unlock", "begin", "start transaction"};
    struct lexer lexer;
    bool releases = false;
    lexer_init(&lexer, sql, my->script_flags);
    if (lexer_accept_words(&lexer, "lock tables") || lexer_accept_words(&lexer, "lock table")) {
        return lock_tables(my, sql, lexer.at, affected, err);
    }
    for (size_t i = 0; my->holds_locks && i < COUNT_OF(releasing); i++) {
        releases = releases || lexer_accept_words(&lexer, releasing[i]);
    }
    TRY(text_exec(my, sql, affected, err));
    my->holds_locks = my->holds_locks && !releases;
    return STATUS_OK;
}
