#include "migrate/run.h"

#include "base/io.h"

static const unsigned TXN_WORDS = PIECE_TXN_BEGIN | PIECE_TXN_COMMIT | PIECE_TXN_ROLLBACK;

static size_t
line_of(const struct script *script, const struct piece *piece)
{
    return script->first_line + piece->line - 1;
}

static enum status
refuse(const struct script *script, const struct piece *piece, struct err *err, const char *why)
{
    return err_raise(err, STATUS_USAGE, "%s:%zu:%zu: %s", script->file, line_of(script, piece), piece->column,
                     why);
}

/* The rows of the COPY statement at `at`; NULL when they are missing. */
static const struct piece *
copy_data(const struct pieces *pieces, size_t at)
{
    for (size_t i = at + 1; i < pieces->n; i++) {
        const struct piece *piece = &pieces->items[i];
        if (piece->kind == PIECE_COPY_DATA) {
            return piece;
        }
        if (piece->kind != PIECE_TERMINATOR && piece->kind != PIECE_BLANK) {
            return NULL;
        }
    }
    return NULL;
}

/* -- planning -----------------------------------------------------------------------------------------------
 */

/* What the transaction words and other marks of a script add up to. */
struct survey {
    const struct piece *open;   /* the BEGIN whose transaction is open */
    const struct piece *word;   /* first transaction word */
    const struct piece *no_txn; /* first statement that the engine refuses in a transaction */
    size_t last_statement;      /* index + 1 of the last statement */
    size_t last_commit;         /* index + 1 of the last COMMIT */
    size_t n_begins;
    bool begins_late; /* a statement stands before the first BEGIN */
    bool is_leading;  /* only session statements so far */
    size_t n_leading;
};

static enum status
survey_word(const struct driver *driver, const struct script *script, const struct piece *piece,
            struct survey *survey, struct err *err)
{
    if (survey->word == NULL) {
        survey->word = piece;
    }
    if (piece->flags & PIECE_TXN_BEGIN) {
        survey->n_begins++;
        if (survey->open != NULL) {
            return refuse(script, piece, err, "begins a transaction inside another one");
        }
        survey->open = piece;
        return STATUS_OK;
    }
    /* Where schema changes commit by themselves, a COMMIT of nothing is common and harmless. */
    if (survey->open == NULL && (driver->caps & CAP_TRANSACTIONAL_DDL)) {
        (void)refuse(script, piece, err, "ends a transaction that the script did not begin");
        return err_hint(err, "take it out, or put BEGIN before the statements that belong to it");
    }
    survey->open = NULL;
    return STATUS_OK;
}

static enum status
survey_statement(const struct driver *driver, const struct script *script, size_t at, struct survey *survey,
                 struct err *err)
{
    const struct piece *piece = &script->pieces->items[at];
    bool is_other = !(piece->flags & (PIECE_TXN_BEGIN | PIECE_SESSION));
    survey->begins_late = survey->begins_late || (survey->n_begins == 0 && is_other);
    survey->last_statement = at + 1;
    if (survey->is_leading && (piece->flags & PIECE_SESSION)) {
        survey->n_leading = at + 1;
    } else {
        survey->is_leading = false;
    }
    if ((piece->flags & PIECE_NO_TXN) && survey->no_txn == NULL) {
        survey->no_txn = piece;
    }
    if ((piece->flags & PIECE_COPY_IN) && copy_data(script->pieces, at) == NULL) {
        return refuse(script, piece, err, "COPY from STDIN without rows after it");
    }
    if (piece->flags & PIECE_TXN_COMMIT) {
        survey->last_commit = at + 1;
    }
    return piece->flags & TXN_WORDS ? survey_word(driver, script, piece, survey, err) : STATUS_OK;
}

static enum status
survey_take(const struct driver *driver, const struct script *script, struct survey *survey, struct err *err)
{
    for (size_t i = 0; i < script->pieces->n; i++) {
        const struct piece *piece = &script->pieces->items[i];
        if (piece->kind == PIECE_CLIENT && !(piece->flags & PIECE_CLIENT_IGNORED)) {
            (void)refuse(script, piece, err, "is a command for a client program, not SQL");
            return err_hint(err, "write it as SQL; rollcall sends statements to the server only");
        }
        if (piece->kind == PIECE_STATEMENT) {
            TRY(survey_statement(driver, script, i, survey, err));
        }
    }
    if (survey->open != NULL) {
        return refuse(script, survey->open, err, "begins a transaction that the script never ends");
    }
    return STATUS_OK;
}

enum status
script_plan(const struct driver *driver, const struct script *script, struct run_plan *out, struct err *err)
{
    struct survey survey = {.is_leading = true};
    const struct piece *because = NULL;
    *out = (struct run_plan){.mode = RUN_EACH_STATEMENT, .why = ""};
    TRY(survey_take(driver, script, &survey, err));
    out->n_leading = survey.n_leading;
    if (survey.word != NULL) {
        out->mode = RUN_OWN_TRANSACTION;
        out->why = "the script has transaction statements of its own";
        out->last_commit = survey.last_commit == survey.last_statement ? survey.last_commit : 0;
        out->is_whole = out->last_commit != 0 && survey.n_begins == 1 && !survey.begins_late &&
                        (driver->caps & CAP_TRANSACTIONAL_DDL) != 0;
        because = survey.word;
    } else if (!(driver->caps & CAP_TRANSACTIONAL_DDL)) {
        out->why = "the engine commits schema changes by themselves";
    } else if (!script->transaction) {
        out->why = "the transaction is switched off for this script";
    } else if (survey.no_txn != NULL) {
        out->why = "the engine refuses a statement of it inside a transaction";
        because = survey.no_txn;
    } else {
        out->mode = RUN_ONE_TRANSACTION;
        out->is_whole = true;
    }
    out->why_line = because == NULL ? 0 : line_of(script, because);
    return STATUS_OK;
}

/* -- running ------------------------------------------------------------------------------------------------
 */

struct run {
    struct conn *conn;
    const struct script *script;
    const struct run_plan *plan;
    const struct run_hooks *hooks;
    struct run_result *result;
    size_t n_started; /* statements begun */
    size_t n_effects; /* statements done that may have changed something */
    size_t n_stand;   /* of these, how many are committed */
};

/* Puts file, line and column of the fault before the server's words: of the byte it complains of when it
 * says so, else of the statement. */
static enum status
place_error(const struct run *run, const struct piece *piece, struct err *err)
{
    const struct script *script = run->script;
    size_t line = piece->line;
    size_t column = piece->column;
    if (err->position > 0 && err->position <= piece->len) {
        text_position(script->pieces->text, piece->at + err->position - 1, &line, &column);
    }
    run->result->failed = run->n_started;
    run->result->line = script->first_line + line - 1;
    return err_wrap(err, "%s:%zu:%zu", script->file, run->result->line, column);
}

/* COPY rows without the closing "\." line, which is for client programs. */
static struct span
copy_rows(const struct pieces *pieces, const struct piece *data)
{
    struct span rows = piece_text(pieces, data);
    struct span trimmed = span_trim(rows);
    if (span_is(trimmed, "\\.")) {
        return (struct span){rows.ptr, 0};
    }
    if (span_ends(trimmed, "\n\\.")) {
        rows.len = (size_t)(trimmed.ptr - rows.ptr) + trimmed.len - 2;
    }
    return rows;
}

static enum status
send_statement(struct run *run, size_t at, int64_t *affected, struct err *err)
{
    const struct pieces *pieces = run->script->pieces;
    const struct piece *piece = &pieces->items[at];
    struct span sql = piece_text(pieces, piece);
    if (piece->flags & PIECE_COPY_IN) {
        const struct piece *data = copy_data(pieces, at);
        require(data != NULL);
        return conn_copy_in(run->conn, sql, copy_rows(pieces, data), affected, err);
    }
    return conn_exec(run->conn, sql, affected, err);
}

static enum status
count_done(struct run *run, const struct piece *piece, struct err *err)
{
    run->result->done++;
    if (!(piece->flags & (TXN_WORDS | PIECE_TXN_OTHER | PIECE_SESSION))) {
        run->n_effects++;
    }
    if (run->plan->mode == RUN_ONE_TRANSACTION &&
        (size_t)(piece - run->script->pieces->items) >= run->plan->n_leading &&
        conn_txn_state(run->conn) != TXN_OPEN) {
        (void)err_raise(err, STATUS_USAGE, "ended the transaction that it ran in");
        return place_error(run, piece, err);
    }
    return STATUS_OK;
}

/* Keeps count of what a failure from here on would leave behind. */
static void
count_standing(struct run *run, const struct piece *piece)
{
    if (conn_txn_state(run->conn) != TXN_NONE) {
        return;
    }
    if (piece->flags & PIECE_TXN_ROLLBACK) {
        run->n_effects = run->n_stand;
    } else {
        run->n_stand = run->n_effects;
    }
}

/* The caller's words belong in our session, not in the script's. */
static enum status
tell_committing(struct run *run, struct err *err)
{
    TRY(conn_script_session(run->conn, false, err));
    if (conn_txn_state(run->conn) != TXN_OPEN) {
        return err_raise(err, STATUS_BUG, "%s: the transaction ended before its entry in the registry",
                         run->script->file);
    }
    return run->hooks->committing(run->hooks->context, err);
}

static enum status
run_statement(struct run *run, size_t at, struct err *err)
{
    const struct pieces *pieces = run->script->pieces;
    const struct piece *piece = &pieces->items[at];
    const struct run_hooks *hooks = run->hooks;
    struct run_step step = {.script = run->script,
                            .piece = piece,
                            .sql = piece_text(pieces, piece),
                            .number = ++run->n_started,
                            .in_transaction = conn_txn_state(run->conn) == TXN_OPEN &&
                                              !(piece->flags & PIECE_IMPLICIT_COMMIT)};
    int64_t affected = -1;
    TRY(stop_check(err));
    if (hooks->skip != NULL && hooks->skip(hooks->context, &step)) {
        run->n_effects++;
        run->n_stand = run->n_effects;
        run->result->done++;
        return STATUS_OK;
    }
    if (hooks->before != NULL) {
        TRY(hooks->before(hooks->context, &step, err));
    }
    if (run->plan->mode == RUN_OWN_TRANSACTION && at + 1 == run->plan->last_commit &&
        hooks->committing != NULL) {
        TRY(tell_committing(run, err));
        run->result->recorded = true;
    }
    if (send_statement(run, at, &affected, err) != STATUS_OK) {
        return place_error(run, piece, err);
    }
    TRY(count_done(run, piece, err));
    if (hooks->after != NULL) {
        TRY(hooks->after(hooks->context, &step, affected, err));
    }
    count_standing(run, piece);
    return STATUS_OK;
}

static enum status
run_pieces(struct run *run, size_t from, size_t until, struct err *err)
{
    for (size_t i = from; i < until; i++) {
        if (run->script->pieces->items[i].kind == PIECE_STATEMENT) {
            TRY(run_statement(run, i, err));
        }
    }
    return STATUS_OK;
}

static enum status
run_in_transaction(struct run *run, struct err *err)
{
    const struct run_hooks *hooks = run->hooks;
    TRY(run_pieces(run, 0, run->plan->n_leading, err));
    TRY(conn_begin(run->conn, TXN_WRITE, err));
    TRY(run_pieces(run, run->plan->n_leading, run->script->pieces->n, err));
    if (hooks->committing != NULL) {
        TRY(tell_committing(run, err));
    }
    enum status status = conn_commit(run->conn, err);
    if (status != STATUS_OK) {
        return err_wrap(err, "%s: commit", run->script->file);
    }
    run->n_stand = run->n_effects;
    run->result->recorded = hooks->committing != NULL;
    return STATUS_OK;
}

static enum status
run_unwrapped(struct run *run, struct err *err)
{
    TRY(run_pieces(run, 0, run->script->pieces->n, err));
    if (conn_txn_state(run->conn) == TXN_NONE) {
        return STATUS_OK;
    }
    return err_raise(err, STATUS_USAGE, "%s: leaves a transaction open at its end", run->script->file);
}

static enum status
run_in_session(struct run *run, struct err *err)
{
    enum status status =
        run->plan->mode == RUN_ONE_TRANSACTION ? run_in_transaction(run, err) : run_unwrapped(run, err);
    run->result->committed = status == STATUS_OK;
    if (status == STATUS_OK) {
        return status;
    }
    if (!run->conn->is_lost) {
        conn_rollback(run->conn);
    }
    if (status == STATUS_UNKNOWN) {
        return status;
    }
    run->result->recorded = false;
    run->result->met_lock = status == STATUS_CONFLICT;
    run->result->partial = run->n_stand > 0;
    return run->result->partial ? err_restate(err, STATUS_PARTIAL) : status;
}

enum status
script_run(struct conn *conn, const struct script *script, const struct run_plan *plan,
           const struct run_hooks *hooks, struct run_result *out, struct err *err)
{
    static const struct run_hooks no_hooks = {0};
    struct run run = {.conn = conn,
                      .script = script,
                      .plan = plan,
                      .hooks = hooks == NULL ? &no_hooks : hooks,
                      .result = out};
    *out = (struct run_result){0};
    TRY(conn_script_session(conn, true, err));
    enum status status = run_in_session(&run, err);
    if (conn->is_lost) {
        return status;
    }
    struct err leave = {0};
    enum status left = conn_script_session(conn, false, &leave);
    if (status == STATUS_OK && left != STATUS_OK) {
        *err = leave;
        return err_wrap(err, "%s: the script stands, but the session cannot be reset", script->file);
    }
    return status;
}

char *
run_result_partial(const struct run_result *result, const struct script *script, struct arena *arena)
{
    if (!result->partial) {
        return NULL;
    }
    return arena_printf(arena, "statement %zu of %s", result->failed, script->file);
}
