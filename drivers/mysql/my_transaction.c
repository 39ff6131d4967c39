#include "mysql/my_conn.h"

/* What the server said with its last answer; an error's answer does not say. */
bool
is_in_transaction(const struct my_conn *my)
{
    return (my->mysql->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

enum status
my_begin(struct conn *conn, enum txn_mode mode, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    TRY(text_exec(my,
                  mode == TXN_READ ? SPAN("start transaction with consistent snapshot, read only")
                                   : SPAN("start transaction"),
                  NULL, err));
    my->began = true;
    return STATUS_OK;
}

enum status
my_commit(struct conn *conn, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    enum status status = text_exec(my, SPAN("commit"), NULL, err);
    my->began = false;
    if (status != STATUS_OK && conn->is_lost) {
        return err_restate(err, STATUS_UNKNOWN);
    }
    return status;
}

void
my_rollback(struct conn *conn)
{
    struct my_conn *my = my_conn_of(conn);
    struct err ignored = {0};
    if (text_exec(my, SPAN("rollback"), NULL, &ignored) != STATUS_OK) {
        my->state_is_stale = true;
    }
    my->began = false;
}

/* A deadlock ends the whole transaction without a word in the answer: then the server is asked again. */
enum txn_state
my_txn_state(struct conn *conn)
{
    struct my_conn *my = my_conn_of(conn);
    struct err ignored = {0};
    bool was_stale = my->state_is_stale;
    if (was_stale && !conn->is_lost && text_exec(my, SPAN("do 0"), NULL, &ignored) == STATUS_OK) {
        my->state_is_stale = false;
    }
    if (conn->is_lost) {
        return TXN_LOST;
    }
    if (is_in_transaction(my)) {
        return TXN_OPEN;
    }
    return my->began && was_stale ? TXN_FAILED : TXN_NONE;
}
