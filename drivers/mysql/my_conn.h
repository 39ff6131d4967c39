/* A connection to a MySQL or MariaDB server: what the files of this driver share. */
#ifndef MY_CONN_H
#define MY_CONN_H

#include "base/map.h"
#include "driver/driver.h"
#include "mysql/my_url.h"

#include <mysql.h>

struct my_cursor;

struct my_conn {
    struct conn base;
    MYSQL *mysql;         /* NULL before open and after close */
    struct target target; /* with the password: a second connection is needed to cancel and to look around */
    bool is_mariadb;
    unsigned script_flags;       /* lexer flags of the server's default sql_mode */
    uint64_t max_packet;         /* a statement longer than this would end the connection */
    bool in_script;              /* the session is the script's, not ours */
    bool began;                  /* `begin` was called and neither commit nor rollback since */
    bool state_is_stale;         /* an error came since the server last told the transaction's state */
    struct map statements;       /* prepared ones by text: struct my_statement */
    struct my_cursor *streaming; /* its rows are still on the wire */
};

static inline struct my_conn *
my_conn_of(struct conn *conn)
{
    return (struct my_conn *)conn;
}

#endif
