#include "migrate/verify.h"

#include "script/layout.h"

struct verifying {
    struct session *session;
    const char *file;
    bool rows_are_failures;
    const char *failure;
};

static enum status
note_failure(struct verifying *verifying, const struct piece *piece, const char *text)
{
    verifying->failure =
        arena_printf(verifying->session->arena, "%s:%zu: %s", verifying->file, piece->line, text);
    return STATUS_OK;
}

/* The first row's first column is the author's message. */
static enum status
run_query(struct verifying *verifying, const struct pieces *pieces, const struct piece *piece,
          struct err *err)
{
    CURSOR_SCOPED *cursor = NULL;
    ARENA_SCOPED scratch = {0};
    struct row row = {0};
    struct conn *conn = verifying->session->conn;
    enum status status = conn_query_text(conn, piece_text(pieces, piece), &cursor, err);
    if (status == STATUS_OK) {
        status = cursor_fetch(cursor, &row, err);
    }
    if (status == STATUS_SQL || status == STATUS_CONFLICT) {
        return note_failure(verifying, piece, err->msg);
    }
    TRY(status);
    if (row.n > 0 && verifying->rows_are_failures) {
        return note_failure(verifying, piece, value_to_str(&row.values[0], &scratch));
    }
    return STATUS_OK;
}

static enum status
run_pieces(struct verifying *verifying, const struct pieces *pieces, struct err *err)
{
    for (size_t i = 0; i < pieces->n && verifying->failure == NULL; i++) {
        const struct piece *piece = &pieces->items[i];
        bool is_word = piece->flags & (PIECE_TXN_BEGIN | PIECE_TXN_COMMIT | PIECE_TXN_ROLLBACK);
        if (piece->kind == PIECE_STATEMENT && !is_word) {
            TRY(run_query(verifying, pieces, piece, err));
        }
    }
    return STATUS_OK;
}

enum status
step_verify(struct session *session, const struct step *step, const char **failure, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct span text;
    struct pieces pieces;
    struct conn *conn = session->conn;
    *failure = NULL;
    TRY(part_text(session, step->entry, PART_VERIFY, step->from_registry, &scratch, &text, err));
    TRY(driver_split(conn->driver, conn, text, &scratch, &pieces, err));
    if (pieces.n_statements == 0) {
        return STATUS_OK;
    }
    bool is_sqitch = session->has_dir && str_eq(session->migrations.layout->name, "sqitch");
    struct verifying verifying = {
        .session = session,
        .file = step->from_registry ? step->file : step->entry->migration->parts[PART_VERIFY].file,
        .rows_are_failures = !is_sqitch,
    };
    TRY(conn_script_session(conn, true, err));
    enum status status = conn_begin(conn, TXN_WRITE, err);
    if (status == STATUS_OK) {
        status = run_pieces(&verifying, &pieces, err);
    }
    conn_rollback(conn);
    TRY(status);
    *failure = verifying.failure;
    return conn_script_session(conn, false, err);
}
