#include "journal/operation.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const state_names[] = {
    [STATEMENT_INTENT] = "intent",
    [STATEMENT_DONE] = "done",
    [STATEMENT_FAILED] = "failed",
};

enum status
operation_begin(struct conn *conn, const struct operation *operation, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value params[] = {
        value_text(operation->op),    value_text(operation->kind), value_int(&scratch, operation->epoch),
        value_text(operation->actor), value_text(operation->plan),
    };
    return conn_run(
        conn,
        "insert into {r}operation (op, kind, epoch, actor, plan, started_us, finished_us, outcome) "
        "values (?, ?, ?, ?, ?, {now}, 0, '')",
        params, COUNT_OF(params), NULL, err);
}

enum status
operation_finish(struct conn *conn, const char *op, const char *outcome, struct err *err)
{
    struct value params[] = {value_text(outcome), value_text(op)};
    return conn_run(conn, "update {r}operation set outcome = ?, finished_us = {now} where op = ?", params,
                    COUNT_OF(params), NULL, err);
}

enum status
operation_unfinished(struct conn *conn, struct arena *arena, struct operation *out, bool *found,
                     struct err *err)
{
    struct value *v;
    memset(out, 0, sizeof(*out));
    TRY(conn_query_row(
        conn,
        "select op, kind, epoch, actor, plan, started_us from {r}operation where finished_us = 0 "
        "order by started_us desc limit 1",
        NULL, 0, arena, &v, found, err));
    if (*found) {
        *out = (struct operation){
            .op = value_to_str(&v[0], arena),
            .kind = value_to_str(&v[1], arena),
            .epoch = value_to_int(&v[2], 0),
            .actor = value_to_str(&v[3], arena),
            .plan = value_to_str(&v[4], arena),
            .started_us = value_to_int(&v[5], 0),
            .outcome = "",
        };
    }
    return STATUS_OK;
}

/* A repeated attempt at the same statement overwrites its row: one row tells where it stands. */
enum status
statement_put(struct conn *conn, const struct statement_scope *scope, const struct statement *statement,
              struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value params[] = {
        value_text(scope->op),
        value_int(&scratch, statement->n),
        value_text(scope->migration),
        value_text(scope->direction),
        value_text(statement->sha256),
        value_text(state_names[statement->state]),
        value_text(statement->before_hash),
    };
    struct value place[] = {params[2], params[3], params[1]};
    TRY(conn_run(conn, "delete from {r}statement where migration = ? and direction = ? and n = ?", place,
                 COUNT_OF(place), NULL, err));
    return conn_run(
        conn,
        "insert into {r}statement (op, n, migration, direction, sha256, state, before_hash, started_us, "
        "finished_us, affected) values (?, ?, ?, ?, ?, ?, ?, {now}, 0, -1)",
        params, COUNT_OF(params), NULL, err);
}

enum status
statement_settle(struct conn *conn, const struct statement_scope *scope, int64_t n,
                 enum statement_state state, int64_t affected, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value params[] = {
        value_text(state_names[state]), value_int(&scratch, affected), value_text(scope->migration),
        value_text(scope->direction),   value_int(&scratch, n),
    };
    return conn_run(conn,
                    "update {r}statement set state = ?, finished_us = {now}, affected = ? "
                    "where migration = ? and direction = ? and n = ?",
                    params, COUNT_OF(params), NULL, err);
}

static enum statement_state
state_from_name(struct span name)
{
    return span_is(name, "done")     ? STATEMENT_DONE
           : span_is(name, "failed") ? STATEMENT_FAILED
                                     : STATEMENT_INTENT;
}

enum status
statement_journal(struct conn *conn, const char *migration, const char *direction, struct arena *arena,
                  struct statement_list *out, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    struct value params[] = {value_text(migration), value_text(direction)};
    memset(out, 0, sizeof(*out));
    TRY(conn_query(conn,
                   "select n, state, sha256, before_hash from {r}statement where migration = ? and direction "
                   "= ? order by n",
                   params, COUNT_OF(params), &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct statement statement = {
            .n = value_to_int(&row.values[0], 0),
            .state = state_from_name(row.values[1].bytes),
            .sha256 = value_to_str(&row.values[2], arena),
            .before_hash = value_to_str(&row.values[3], arena),
        };
        vec_push(arena, out, statement);
    }
}

enum status
statement_forget(struct conn *conn, const char *migration, struct err *err)
{
    struct value param = value_text(migration);
    return conn_run(conn, "delete from {r}statement where migration = ?", &param, 1, NULL, err);
}

/* -- records ----------------------------------------------------------------------------------------------
 */

static enum status
read_head(struct conn *conn, struct record_chain *chain, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value *v;
    bool found;
    TRY(conn_query_row(conn, "select seq, hash from {r}record order by seq desc limit 1", NULL, 0, &scratch,
                       &v, &found, err));
    chain->seq = found ? value_to_int(&v[0], 0) : 0;
    snprintf(chain->head, sizeof(chain->head), "%s", found ? value_to_str(&v[1], &scratch) : "");
    chain->is_read = true;
    return STATUS_OK;
}

enum status
record_append(struct conn *conn, struct record_chain *chain, const char *op, const char *kind,
              const char *body, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    char hash[SHA256_HEX_LEN + 1];
    int64_t at_us = clock_now_us();
    if (!chain->is_read) {
        TRY(read_head(conn, chain, err));
    }
    int64_t seq = chain->seq + 1;
    buf_printf(&text, "%s\n%" PRId64 "\n%" PRId64 "\n%s\n%s\n%s\n", chain->head, seq, at_us, op, kind, body);
    TRY(buf_check(&text, "a registry record", err));
    sha256_hex(buf_view(&text), hash);
    struct value params[] = {
        value_int(&scratch, seq), value_text(chain->head), value_text(hash), value_int(&scratch, at_us),
        value_text(op),           value_text(kind),        value_text(body),
    };
    TRY(conn_run(
        conn,
        "insert into {r}record (seq, previous, hash, at_us, op, kind, body) values (?, ?, ?, ?, ?, ?, ?)",
        params, COUNT_OF(params), NULL, err));
    chain->seq = seq;
    memcpy(chain->head, hash, sizeof(hash));
    return STATUS_OK;
}
