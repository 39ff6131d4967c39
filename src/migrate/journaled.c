#include "migrate/journaled.h"

#include "base/io.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum statement_role
role_of(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_SESSION:
    case EFFECT_READ:
        return ROLE_SESSION;
    case EFFECT_INSERT:
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
        return ROLE_ROWS;
    case EFFECT_CREATE:
    case EFFECT_DROP:
    case EFFECT_RENAME:
    case EFFECT_ALTER:
    case EFFECT_ADD_COLUMN:
    case EFFECT_DROP_COLUMN:
    case EFFECT_COLUMN_TYPE:
    case EFFECT_SET_NOT_NULL:
    case EFFECT_DROP_NOT_NULL:
    case EFFECT_SET_DEFAULT:
    case EFFECT_DROP_DEFAULT:
    case EFFECT_TRUNCATE:
    case EFFECT_LOCK:
    case EFFECT_TRANSACTION:
    case EFFECT_UNKNOWN:
        return ROLE_OTHER;
    }
    return ROLE_OTHER;
}

/* A statement's role is the gravest of its effects'; one without a known effect is ROLE_OTHER. */
static enum statement_role *
assign_roles(const struct step *step, struct arena *arena)
{
    enum statement_role *roles = arena_new_array(arena, enum statement_role, step->pieces.n + 1);
    bool *seen = arena_new_array(arena, bool, step->pieces.n + 1);
    for (size_t i = 0; i < step->effects.n; i++) {
        const struct effect *effect = &step->effects.items[i];
        enum statement_role role = role_of(effect);
        size_t piece = effect->piece;
        roles[piece] = !seen[piece] || role > roles[piece] ? role : roles[piece];
        seen[piece] = true;
    }
    for (size_t i = 0; i < step->pieces.n; i++) {
        unsigned flags = step->pieces.items[i].flags;
        if (!seen[i] || ((flags & (PIECE_NO_TXN | PIECE_IMPLICIT_COMMIT)) && roles[i] == ROLE_ROWS)) {
            roles[i] = ROLE_OTHER;
        }
        if (flags & PIECE_SESSION) {
            roles[i] = ROLE_SESSION;
        }
    }
    return roles;
}

static enum statement_role
step_role(const struct journaled *journaled, const struct run_step *step)
{
    return journaled->roles[step->piece - journaled->step->pieces.items];
}

/* -- what an earlier attempt left
 * ----------------------------------------------------------------------------- */

static enum status
read_schema_hash(struct journaled *journaled, struct err *err)
{
    const struct catalog *schema;
    session_forget_schema(journaled->session);
    TRY(session_schema(journaled->session, &schema, err));
    hash128_hex(schema->fingerprint, journaled->schema_hash);
    journaled->schema_is_stale = false;
    return STATUS_OK;
}

static size_t
count_objects(const struct step *step, size_t statement, bool *unknown)
{
    size_t piece = 0;
    size_t n = 0;
    size_t number = 0;
    for (; piece < step->pieces.n; piece++) {
        if (step->pieces.items[piece].kind == PIECE_STATEMENT && number++ == statement) {
            break;
        }
    }
    *unknown = true;
    for (size_t i = 0; i < step->effects.n; i++) {
        if (step->effects.items[i].piece == piece) {
            n += step->effects.items[i].kind == EFFECT_DROP || step->effects.items[i].kind == EFFECT_RENAME;
            *unknown = step->effects.items[i].kind == EFFECT_UNKNOWN;
        }
    }
    return n;
}

/* Intent without outcome: one schema change is atomic on every server we know, so the fingerprint tells. */
static enum status
settle_doubt(struct journaled *journaled, struct statement *doubt, struct err *err)
{
    bool unknown;
    TRY(read_schema_hash(journaled, err));
    bool changed = !str_eq(journaled->schema_hash, doubt->before_hash);
    size_t objects = count_objects(journaled->step, (size_t)doubt->n, &unknown);
    if (journaled->session->settle != SETTLE_ASK) {
        doubt->state = journaled->session->settle == SETTLE_DONE ? STATEMENT_DONE : STATEMENT_FAILED;
        return statement_settle(journaled->session->conn, &journaled->scope, doubt->n, doubt->state, -1, err);
    }
    if (unknown || (changed && objects > 1)) {
        (void)err_raise(err, STATUS_PARTIAL,
                        "statement %" PRId64
                        " of %s was sent, but its outcome was never seen, and the schema %s since",
                        doubt->n + 1, journaled->step->file, changed ? "has changed" : "has not changed");
        return err_hint(err, "look at what it did; then 'rollcall resume --settle done' or '--settle again'");
    }
    doubt->state = changed ? STATEMENT_DONE : STATEMENT_FAILED;
    return statement_settle(journaled->session->conn, &journaled->scope, doubt->n, doubt->state, -1, err);
}

enum status
journaled_begin(struct journaled *journaled, struct session *session, const struct step *step, const char *op,
                struct arena *arena, struct err *err)
{
    *journaled = (struct journaled){
        .session = session,
        .step = step,
        .scope = {.op = op, .migration = step->entry->id, .direction = direction_name(step->direction)},
        .roles = assign_roles(step, arena),
        .open_intent = -1,
        .schema_is_stale = true,
    };
    struct statement_list earlier;
    journaled->is_done = arena_new_array(arena, bool, step->pieces.n_statements + 1);
    journaled->was_tried = arena_new_array(arena, bool, step->pieces.n_statements + 1);
    TRY(statement_journal(session->conn, journaled->scope.migration, journaled->scope.direction, arena,
                          &earlier, err));
    for (size_t i = 0; i < earlier.n; i++) {
        struct statement *statement = &earlier.items[i];
        if (statement->n < 0 || (size_t)statement->n >= step->pieces.n_statements) {
            return err_raise(err, STATUS_CORRUPT,
                             "the journal speaks of statement %" PRId64 " of %s, which has %zu",
                             statement->n + 1, step->file, step->pieces.n_statements);
        }
        if (statement->state == STATEMENT_INTENT) {
            TRY(settle_doubt(journaled, statement, err));
        }
        journaled->is_done[statement->n] = statement->state == STATEMENT_DONE;
        journaled->was_tried[statement->n] = statement->state != STATEMENT_DONE;
        journaled->n_done += journaled->is_done[statement->n];
    }
    return STATUS_OK;
}

/* -- hooks
 * ------------------------------------------------------------------------------------------------------ */

static bool
is_done_earlier(void *context, const struct run_step *step)
{
    const struct journaled *journaled = context;
    return journaled->is_done[step->number - 1];
}

static struct statement
describe(const struct journaled *journaled, const struct run_step *step, enum statement_state state,
         char sha256[SHA256_HEX_LEN + 1])
{
    sha256_hex(step->sql, sha256);
    return (struct statement){
        .n = (int64_t)step->number - 1,
        .state = state,
        .sha256 = sha256,
        .before_hash = state == STATEMENT_INTENT ? journaled->schema_hash : "",
    };
}

static void
tell_statement(const struct journaled *journaled, const struct run_step *step)
{
    observer_tell(journaled->session->observer,
                  &(struct event){.kind = EVENT_STATEMENT,
                                  .id = journaled->scope.migration,
                                  .direction = journaled->scope.direction,
                                  .number = step->number,
                                  .total = journaled->step->pieces.n_statements});
}

/* Within the transaction that the statement runs in, be it ours or the script's own: both stand, or neither.
 */
static enum status
note_done(struct journaled *journaled, const struct run_step *step, struct err *err)
{
    char sha256[SHA256_HEX_LEN + 1];
    struct statement statement = describe(journaled, step, STATEMENT_DONE, sha256);
    TRY(lease_hold(journaled->session->conn, &journaled->session->lease, err));
    return statement_put(journaled->session->conn, &journaled->scope, &statement, err);
}

/* What an earlier attempt at the statement left in its own way. */
static enum status
clear_torn(struct journaled *journaled, const struct run_step *step, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    size_t piece = (size_t)(step->piece - journaled->step->pieces.items);
    for (size_t i = 0; i < journaled->step->effects.n; i++) {
        const struct effect *effect = &journaled->step->effects.items[i];
        const char *what = NULL;
        if (effect->piece == piece) {
            TRY(conn_clear_torn(journaled->session->conn, effect, &scratch, &what, err));
        }
        if (what != NULL) {
            observer_tell(journaled->session->observer, &(struct event){.kind = EVENT_WARNING, .text = what});
        }
    }
    return STATUS_OK;
}

/* Where schema changes commit, whatever has to be saved for the statements of a transaction of the script's
 * own is saved before its BEGIN. */
static enum status
protect_statement(struct journaled *journaled, const struct run_step *step, struct err *err)
{
    const struct pieces *pieces = &journaled->step->pieces;
    size_t from = (size_t)(step->piece - pieces->items);
    size_t until = from + 1;
    bool is_transactional = conn_has(journaled->session->conn, CAP_TRANSACTIONAL_DDL);
    if (journaled->protect == NULL || (step->in_transaction && !is_transactional)) {
        return STATUS_OK;
    }
    if ((step->piece->flags & PIECE_TXN_BEGIN) && !is_transactional) {
        while (until < pieces->n && !(pieces->items[until].flags & (PIECE_TXN_COMMIT | PIECE_TXN_ROLLBACK))) {
            until++;
        }
    }
    return protect_before(journaled->protect, from, until, step->number, err);
}

static enum status
protect_done(struct journaled *journaled, struct err *err)
{
    bool is_open = conn_txn_state(journaled->session->conn) != TXN_NONE;
    bool may_end = !is_open || conn_has(journaled->session->conn, CAP_TRANSACTIONAL_DDL);
    return journaled->protect == NULL || !may_end ? STATUS_OK : protect_after(journaled->protect, err);
}

static enum status
before_statement(void *context, const struct run_step *step, struct err *err)
{
    struct journaled *journaled = context;
    struct conn *conn = journaled->session->conn;
    char sha256[SHA256_HEX_LEN + 1];
    enum statement_role role = step_role(journaled, step);
    tell_statement(journaled, step);
    bool saves_first = step->in_transaction || !conn_has(conn, CAP_TRANSACTIONAL_DDL) || role != ROLE_ROWS;
    if (saves_first) {
        TRY(protect_statement(journaled, step, err));
    }
    if (step->in_transaction) {
        return step->piece->flags & PIECE_TXN_COMMIT ? note_done(journaled, step, err) : STATUS_OK;
    }
    if (role == ROLE_SESSION || (step->piece->flags & PIECE_TXN_BEGIN)) {
        return STATUS_OK;
    }
    if (role == ROLE_ROWS) {
        TRY(conn_begin(conn, TXN_WRITE, err));
        journaled->in_transaction = true;
        TRY(lease_hold(conn, &journaled->session->lease, err));
        return saves_first ? STATUS_OK : protect_statement(journaled, step, err);
    }
    if (journaled->was_tried[step->number - 1]) {
        TRY(clear_torn(journaled, step, err));
        journaled->schema_is_stale = true;
    }
    if (journaled->schema_is_stale) {
        TRY(read_schema_hash(journaled, err));
    }
    TRY(lease_hold(conn, &journaled->session->lease, err));
    TRY(fault_before("migrate.intent", err));
    struct statement statement = describe(journaled, step, STATEMENT_INTENT, sha256);
    TRY(statement_put(conn, &journaled->scope, &statement, err));
    journaled->open_intent = statement.n;
    return fault_after("migrate.intent", err);
}

static enum status
note_outcome(struct journaled *journaled, const struct run_step *step, int64_t affected, struct err *err)
{
    struct conn *conn = journaled->session->conn;
    bool is_word = step->piece->flags & (PIECE_TXN_COMMIT | PIECE_TXN_ROLLBACK);
    if (!journaled->in_transaction && !is_word && conn_txn_state(conn) == TXN_OPEN) {
        return note_done(journaled, step, err);
    }
    if (journaled->in_transaction) {
        TRY(note_done(journaled, step, err));
        TRY(fault_before("migrate.rows", err));
        TRY(conn_commit(conn, err));
        journaled->in_transaction = false;
        return fault_after("migrate.rows", err);
    }
    if (journaled->open_intent < 0) {
        return STATUS_OK;
    }
    journaled->schema_is_stale = true;
    TRY(fault_before("migrate.outcome", err));
    TRY(statement_settle(conn, &journaled->scope, journaled->open_intent, STATEMENT_DONE, affected, err));
    journaled->open_intent = -1;
    return fault_after("migrate.outcome", err);
}

static enum status
after_statement(void *context, const struct run_step *step, int64_t affected, struct err *err)
{
    struct journaled *journaled = context;
    bool ends_first = conn_has(journaled->session->conn, CAP_TRANSACTIONAL_DDL);
    if (ends_first) {
        TRY(protect_done(journaled, err));
    }
    TRY(note_outcome(journaled, step, affected, err));
    return ends_first ? STATUS_OK : protect_done(journaled, err);
}

struct run_hooks
journaled_hooks(struct journaled *journaled)
{
    return (struct run_hooks){
        .context = journaled,
        .skip = is_done_earlier,
        .before = before_statement,
        .after = after_statement,
    };
}

void
journaled_note_failure(struct journaled *journaled)
{
    struct err ignored;
    char before[HASH128_HEX_LEN + 1];
    journaled->in_transaction = false;
    if (journaled->open_intent < 0 || journaled->session->conn->is_lost) {
        return;
    }
    memcpy(before, journaled->schema_hash, sizeof(before));
    journaled->left_something =
        read_schema_hash(journaled, &ignored) == STATUS_OK && !str_eq(before, journaled->schema_hash);
    IGNORE(statement_settle(journaled->session->conn, &journaled->scope, journaled->open_intent,
                            STATEMENT_FAILED, -1, &ignored));
    journaled->open_intent = -1;
}
