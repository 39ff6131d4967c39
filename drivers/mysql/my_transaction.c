#include "mysql/my_aside.h"

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
    my->is_autocommit_off = my->holds_locks; /* nobody else writes to what is locked: no snapshot is needed */
    const char *sql = my->is_autocommit_off ? "set autocommit = 0"
                      : mode == TXN_READ    ? "start transaction with consistent snapshot, read only"
                                            : "start transaction";
    TRY(text_exec(my, span_of(sql), NULL, err));
    my->began = true;
    my->is_fresh = true;
    return STATUS_OK;
}

static enum status
end_transaction(struct my_conn *my, const char *sql, struct err *err)
{
    bool was_off = my->is_autocommit_off;
    my->began = false;
    my->is_autocommit_off = false;
    TRY(text_exec(my, span_of(sql), NULL, err));
    return was_off ? text_exec(my, SPAN("set autocommit = 1"), NULL, err) : STATUS_OK;
}

enum status
my_commit(struct conn *conn, struct err *err)
{
    struct my_conn *my = my_conn_of(conn);
    enum status status = end_transaction(my, "commit", err);
    if (status != STATUS_OK && conn->is_lost) {
        return err_restate(err, STATUS_UNKNOWN);
    }
    if (status == STATUS_OK && my->has_aside && triggers_back(my, err) != STATUS_OK) {
        (void)err_hint(err, "the rows are there, and no one else can write to the table until its triggers "
                            "are: 'rollcall resume' tries again");
        return err_restate(err, STATUS_PARTIAL);
    }
    return status;
}

void
my_rollback(struct conn *conn)
{
    struct my_conn *my = my_conn_of(conn);
    struct err ignored = {0};
    if (end_transaction(my, "rollback", &ignored) != STATUS_OK) {
        my->state_is_stale = true;
    }
}

/* A deadlock ends the whole transaction without a word in the answer: then the server is asked again. With
 * autocommit off it begins a transaction only with the first table that is touched. */
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
    if (is_in_transaction(my) || (my->is_autocommit_off && !was_stale)) {
        return TXN_OPEN;
    }
    return my->began && was_stale ? TXN_FAILED : TXN_NONE;
}
