#include "journal/operation.h"

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

static struct operation
read_operation(const struct value *v, struct arena *arena)
{
    return (struct operation){
        .op = value_to_str(&v[0], arena),
        .kind = value_to_str(&v[1], arena),
        .epoch = value_to_int(&v[2], 0),
        .actor = value_to_str(&v[3], arena),
        .plan = value_to_str(&v[4], arena),
        .started_us = value_to_int(&v[5], 0),
        .finished_us = value_to_int(&v[6], 0),
        .outcome = value_to_str(&v[7], arena),
    };
}

enum status
operation_unfinished(struct conn *conn, struct arena *arena, struct operation *out, bool *found,
                     struct err *err)
{
    struct value *v;
    memset(out, 0, sizeof(*out));
    TRY(conn_query_row(
        conn,
        "select op, kind, epoch, actor, plan, started_us, finished_us, outcome from {r}operation "
        "where finished_us = 0 order by started_us desc limit 1",
        NULL, 0, arena, &v, found, err));
    if (*found) {
        *out = read_operation(v, arena);
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

enum status
operation_list(struct conn *conn, struct arena *arena, struct operation **out, size_t *n, struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    VEC(struct operation) list = {0};
    struct row row;
    TRY(conn_query(conn,
                   "select op, kind, epoch, actor, plan, started_us, finished_us, outcome from {r}operation "
                   "order by started_us desc, op",
                   NULL, 0, &cursor, err));
    for (;;) {
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            break;
        }
        vec_push(arena, &list, read_operation(row.values, arena));
    }
    *out = list.items;
    *n = list.n;
    return STATUS_OK;
}
