/* Runs the scripts of a drill and tells failures that are verdicts from those that end it. */
#include "migrate/drill_work.h"
#include "migrate/run.h"

#include "base/io.h"

/* Nobody's script is to blame for these. */
static bool
ends_drill(const struct conn *conn, enum status status)
{
    switch (status) {
    case STATUS_CANCELLED:
    case STATUS_CONNECT:
    case STATUS_UNKNOWN:
    case STATUS_IO:
    case STATUS_BUG:
        return true;
    case STATUS_OK:
    case STATUS_USAGE:
    case STATUS_POLICY:
    case STATUS_SQL:
    case STATUS_CONFLICT:
    case STATUS_PARTIAL:
    case STATUS_LEASE:
    case STATUS_CORRUPT:
    case STATUS_UNSUPPORTED:
        break;
    }
    return conn->is_lost;
}

static const char prelude_name[] = "before.sql";
static const char session_name[] = "session.sql";

static bool
has_rows_file(const struct drill *drill, const char *name)
{
    for (size_t i = 0; i < drill->rows_files.n; i++) {
        if (str_eq(drill->rows_files.entries[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* What the application sets in its session before it migrates, set before each script. */
static enum status
enter_session(struct drill *drill, struct conn *conn, struct err *err)
{
    ARENA_SCOPED arena = {0};
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    struct pieces pieces = {0};
    if (!has_rows_file(drill, session_name)) {
        return STATUS_OK;
    }
    const char *path = arena_printf(&arena, "%s/%s", drill->options->rows_dir, session_name);
    TRY(io_read_file(path, &text, err));
    TRY(driver_split(drill->driver, conn, buf_view(&text), &arena, &pieces, err));
    TRY(conn_script_session(conn, true, err));
    for (size_t i = 0; i < pieces.n; i++) {
        if (pieces.items[i].kind == PIECE_STATEMENT &&
            conn_exec(conn, piece_text(&pieces, &pieces.items[i]), NULL, err) != STATUS_OK) {
            (void)err_restate(err, STATUS_IO);
            return err_wrap(err, "%s:%zu", path, pieces.items[i].line);
        }
    }
    return STATUS_OK;
}

/* One text, whole: cut, planned, run. */
static enum status
run_text(struct drill *drill, struct conn *conn, const struct script *whole, struct span text,
         struct drill_outcome *out, struct err *err)
{
    ARENA_SCOPED arena = {0};
    struct pieces pieces = {0};
    struct run_plan plan;
    struct run_result result = {0};
    struct script script = *whole;
    script.pieces = &pieces;
    TRY(driver_split(drill->driver, conn, text, &arena, &pieces, err));
    out->n_statements = pieces.n_statements;
    if (pieces.n_statements == 0) {
        return STATUS_OK;
    }
    TRY(script_plan(drill->driver, &script, &plan, err));
    TRY(enter_session(drill, conn, err));
    enum status status = script_run(conn, &script, &plan, NULL, &result, err);
    if (status != STATUS_OK) {
        out->stopped = arena_printf(drill->arena, "statement %zu of %s", result.failed, script.file);
    }
    return status;
}

static enum status
run_migration(struct drill *drill, struct conn *conn, const struct migration *migration, enum part_kind kind,
              struct drill_outcome *out, struct err *err)
{
    ARENA_SCOPED arena = {0};
    const struct part *part = &migration->parts[kind];
    struct script script = {.file = part->file, .first_line = part->line, .transaction = part->transaction};
    struct span text;
    TRY(migration_read(drill->migrations, migration, kind, &arena, &text, err));
    return run_text(drill, conn, &script, text, out, err);
}

enum status
drill_run_part(struct drill *drill, struct conn *conn, const struct migration *migration, enum part_kind kind,
               struct drill_outcome *out, struct err *err)
{
    *out = (struct drill_outcome){.is_present = migration->parts[kind].is_present};
    TRY(stop_check(err));
    if (!out->is_present) {
        return STATUS_OK;
    }
    enum status status = run_migration(drill, conn, migration, kind, out, err);
    if (status != STATUS_OK && ends_drill(conn, status)) {
        return status == STATUS_CANCELLED ? status
                                          : err_wrap(err, "%s of %s", part_kind_name(kind), migration->id);
    }
    out->ran = status == STATUS_OK;
    if (status != STATUS_OK) {
        out->error = arena_strdup(drill->arena, err->msg);
        err_clear(err);
    }
    return STATUS_OK;
}

/* -- rows of the user's -------------------------------------------------------------------------------------
 */

/* "0007.sql", "0007_customers.sql": the version, and no digit or letter after it. */
static bool
belongs_to(const char *file, const struct migration *migration)
{
    const char *const names[] = {migration->version, migration->id};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct span rest = span_of(file);
        if (!str_is_empty(names[i]) && span_starts(rest, names[i])) {
            char next = file[span_of(names[i]).len];
            if (next == '.' || next == '_' || next == '-') {
                return true;
            }
        }
    }
    return false;
}

static enum status
run_rows_file(struct drill *drill, struct conn *conn, const char *name, struct err *err)
{
    ARENA_SCOPED arena = {0};
    BUF_SCOPED text = BUF_INIT(BUF_SQL_MAX);
    const char *path = arena_printf(&arena, "%s/%s", drill->options->rows_dir, name);
    struct script script = {.file = path, .first_line = 1, .transaction = true};
    struct drill_outcome outcome = {0};
    TRY(io_read_file(path, &text, err));
    return run_text(drill, conn, &script, buf_view(&text), &outcome, err);
}

static bool
is_rows_of(const struct io_entry *file, const struct migration *migration)
{
    return str_ends(file->name, ".sql") && belongs_to(file->name, migration);
}

bool
drill_has_rows(const struct drill *drill, const struct migration *migration)
{
    for (size_t i = 0; i < drill->rows_files.n; i++) {
        if (is_rows_of(&drill->rows_files.entries[i], migration)) {
            return true;
        }
    }
    return false;
}

enum status
drill_run_rows(struct drill *drill, struct conn *conn, const struct migration *migration, struct err *err)
{
    for (size_t i = 0; i < drill->rows_files.n; i++) {
        if (is_rows_of(&drill->rows_files.entries[i], migration)) {
            TRY(run_rows_file(drill, conn, drill->rows_files.entries[i].name, err));
        }
    }
    return STATUS_OK;
}

enum status
drill_run_prelude(struct drill *drill, struct conn *conn, struct err *err)
{
    return has_rows_file(drill, prelude_name) ? run_rows_file(drill, conn, prelude_name, err) : STATUS_OK;
}

static bool
is_claimed(const struct drill *drill, const char *file)
{
    for (size_t i = 0; i < drill->migrations->n; i++) {
        if (belongs_to(file, &drill->migrations->items[i])) {
            return true;
        }
    }
    return str_eq(file, prelude_name) || str_eq(file, session_name);
}

enum status
drill_list_rows(struct drill *drill, struct err *err)
{
    const char *dir = drill->options->rows_dir;
    if (dir == NULL) {
        return STATUS_OK;
    }
    if (!io_is_dir(dir)) {
        return err_raise(err, STATUS_USAGE, "there is no folder '%s' with rows", dir);
    }
    TRY(io_list_dir(drill->arena, dir, &drill->rows_files, err));
    for (size_t i = 0; i < drill->rows_files.n; i++) {
        const char *name = drill->rows_files.entries[i].name;
        if (str_ends(name, ".sql") && !is_claimed(drill, name)) {
            (void)err_raise(err, STATUS_USAGE, "'%s/%s' belongs to no migration", dir, name);
            return err_hint(err,
                            "name it VERSION.sql or VERSION_what.sql, or %s for what comes before the first",
                            prelude_name);
        }
    }
    return STATUS_OK;
}
