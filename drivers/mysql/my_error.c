#include "mysql/my_conn.h"

#include <stdio.h>
#include <string.h>

struct code {
    unsigned number;
    enum status status;
};

/* Numbers of the servers' and the library's errors that mean more than "refused". */
static const struct code codes[] = {
    {1205, STATUS_CONFLICT},                      /* lock wait timeout */
    {1213, STATUS_CONFLICT},                      /* deadlock */
    {3572, STATUS_CONFLICT},                      /* NOWAIT */
    {1412, STATUS_CONFLICT},                      /* table definition changed since the snapshot */
    {1020, STATUS_CONFLICT},                      /* record changed since it was read */
    {1689, STATUS_CONFLICT},                      /* wait on a lock aborted */
    {3101, STATUS_CONFLICT},                      /* group replication refused the commit */
    {1637, STATUS_CONFLICT},                      /* too many transactions */
    {1317, STATUS_CANCELLED},                     /* KILL QUERY */
    {1969, STATUS_CANCELLED},                     /* max_statement_time */
    {3024, STATUS_CANCELLED},                     /* max_execution_time */
    {1040, STATUS_CONNECT},                       /* too many connections */
    {1203, STATUS_CONNECT},   {2014, STATUS_BUG}, /* commands out of sync */
};

/* The connection is no more. */
static const unsigned lost_codes[] = {
    1053, 1077, 1079, 1152, 1153, 1159, 1160, 1161, /* shut down, aborted, packets that broke off */
    1156, 1157, 1158, 1184, 1927, 3169, 4031,       /* killed, timed out */
    2006, 2013, 2027, 2055,                         /* the library's own */
};

static bool
is_lost(unsigned number)
{
    for (size_t i = 0; i < COUNT_OF(lost_codes); i++) {
        if (lost_codes[i] == number) {
            return true;
        }
    }
    return false;
}

static enum status
status_of(unsigned number)
{
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (codes[i].number == number) {
            return codes[i].status;
        }
    }
    return STATUS_SQL;
}

static enum status
raise_code(struct my_conn *my, unsigned number, const char *sqlstate, const char *message, bool was_sent,
           struct err *err)
{
    bool lost = is_lost(number);
    enum status status = !lost ? status_of(number) : was_sent ? STATUS_UNKNOWN : STATUS_CONNECT;
    (void)err_raise(err, status, "%s", message);
    err->server_code = (long)number;
    snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate);
    my->base.is_lost = my->base.is_lost || lost;
    my->state_is_stale = true;
    if (number == 1205) {
        (void)err_hint(err, "another transaction holds the lock; lock_timeout says how long to wait");
    }
    if (number == 1419) {
        (void)err_hint(err, "set global log_bin_trust_function_creators = 1, or use an account with SUPER");
    }
    return status;
}

enum status
raise_mysql(struct my_conn *my, bool was_sent, struct err *err)
{
    return raise_code(my, mysql_errno(my->mysql), mysql_sqlstate(my->mysql), mysql_error(my->mysql), was_sent,
                      err);
}

enum status
raise_statement(struct my_conn *my, MYSQL_STMT *stmt, bool was_sent, struct err *err)
{
    return raise_code(my, mysql_stmt_errno(stmt), mysql_stmt_sqlstate(stmt), mysql_stmt_error(stmt), was_sent,
                      err);
}

enum status
raise_connect(MYSQL *mysql, const struct target *target, struct err *err)
{
    unsigned number = mysql_errno(mysql);
    (void)err_raise(err, STATUS_CONNECT, "%s", mysql_error(mysql));
    err->server_code = (long)number;
    snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", mysql_sqlstate(mysql));
    switch (number) {
    case 1045:
    case 1698:
        return err_hint(err, target->has_password
                                 ? "check user and password"
                                 : "no password was given: MYSQL_PWD, or [client] in ~/.my.cnf, can hold it");
    case 1049:
        return err_hint(err, "create it: create database `%s`", target->database);
    case 2002:
        return target->socket[0] == '\0' && target->port == 0
                   ? err_hint(
                         err,
                         "without a port the server's socket is used; try 127.0.0.1:3306, or ?socket=PATH")
                   : err_hint(err, "is the server running, and is this where it listens?");
    case 2003:
    case 2005:
        return err_hint(err, "is the server running, and is this where it listens?");
    case 2026:
        return err_hint(err,
                        "?tls_ca=FILE names the authority to trust; ?tls=required takes any certificate");
    default: /* of the server's numbers, not of an enum */
        return STATUS_CONNECT;
    }
}

size_t
error_position(const char *message, struct span sql)
{
    static const char open[] = "near '";
    static const char close[] = "' at line ";
    const char *near = strstr(message, open);
    const char *end = NULL;
    uint64_t line = 0;
    for (const char *at = near; at != NULL && (at = strstr(at, close)) != NULL; at++) {
        end = at;
    }
    if (end == NULL || !parse_u64(span_of(end + strlen(close)), &line) || line == 0) {
        return 0;
    }
    struct span wanted = {near + strlen(open), (size_t)(end - near) - strlen(open)};
    struct span rest = sql;
    struct span skipped;
    for (uint64_t i = 1; i < line && span_next_line(&rest, &skipped); i++) {
    }
    if (wanted.len == 0) {
        return sql.len + 1;
    }
    for (; rest.len >= wanted.len; rest.ptr++, rest.len--) {
        if (memcmp(rest.ptr, wanted.ptr, wanted.len) == 0) {
            return (size_t)(rest.ptr - sql.ptr) + 1;
        }
    }
    return 0;
}
