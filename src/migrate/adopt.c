#include "migrate/adopt.h"

#include "base/clock.h"
#include "base/io.h"
#include "migrate/foreign.h"
#include "script/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
adopted_verdict_name(enum adopted_verdict verdict)
{
    static const char *const names[] = {
        [ADOPTED_UNCOMPARED] = "not comparable", [ADOPTED_MATCH] = "match", [ADOPTED_DIFFERS] = "differs"};
    require((size_t)verdict < COUNT_OF(names));
    return names[verdict];
}

/* -- finding the tool
 * ------------------------------------------------------------------------------------------ */

bool
foreign_has_columns(const struct table *table, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (table_column(table, *names) == NULL) {
            return false;
        }
    }
    return true;
}

bool
foreign_fits_version_column(const struct table *table)
{
    return table->n_columns == 1 && str_eq(table->columns[0].name, "version") &&
           table->columns[0].type.kind != TYPE_INT;
}

static const char *
last_name(const char *qualified)
{
    const char *dot = strrchr(qualified, '.');
    return dot == NULL ? qualified : dot + 1;
}

static void
release_place(struct foreign_place *place)
{
    conn_close(place->own_conn);
    place->own_conn = NULL;
}

struct places {
    VEC(struct foreign_place) found;
    struct arena arena;
};

static void
release_places(struct places *places)
{
    for (size_t i = 0; i < places->found.n; i++) {
        release_place(&places->found.items[i]);
    }
    arena_release(&places->arena);
}

static enum status
find_places(struct conn *conn, struct places *places, struct err *err)
{
    const char **names = NULL;
    size_t n = 0;
    TRY(conn_tables(conn, &places->arena, &names, &n, err));
    for (const struct foreign *tool = foreigns; tool->name != NULL; tool++) {
        struct foreign_place place = {.tool = tool};
        bool found = false;
        for (size_t i = 0; i < n; i++) {
            if (!str_eq(last_name(names[i]), tool->table)) {
                continue;
            }
            TRY(conn_describe(conn, names[i], &places->arena, &place.table, err));
            if (tool->fits(&place.table)) {
                vec_push(&places->arena, &places->found, place);
                found = true;
            }
        }
        if (!found && tool->locate != NULL) {
            TRY(tool->locate(conn, &places->arena, &place, &found, err));
            if (found) {
                vec_push(&places->arena, &places->found, place);
            }
        }
    }
    return STATUS_OK;
}

static bool
is_of_layout(const struct foreign *tool, const struct migrations *migrations)
{
    const char *layout = migrations->layout->name;
    return str_eq(tool->name, layout) || (tool->layout != NULL && str_eq(tool->layout, layout));
}

/* The one whose layout the directory has; else the only one there is. */
static enum status
choose_place(const struct places *places, const struct migrations *migrations,
             const struct foreign_place **out, struct err *err)
{
    BUF_SCOPED names = BUF_INIT(BUF_TEXT_MAX);
    const struct foreign_place *chosen = NULL;
    size_t n_fitting = 0;
    for (size_t i = 0; i < places->found.n; i++) {
        const struct foreign_place *place = &places->found.items[i];
        buf_printf(&names, "%s'%s' (%s)", names.len == 0 ? "" : ", ", place->table.qualified,
                   place->tool->name);
        if (is_of_layout(place->tool, migrations)) {
            chosen = place;
            n_fitting++;
        }
    }
    if (places->found.n == 0) {
        (void)err_raise(err, STATUS_USAGE, "no history table of another tool is there");
        return err_hint(err,
                        "'rollcall adopt --baseline V' takes a database without a history as being at V");
    }
    if (n_fitting == 0 && places->found.n == 1) {
        chosen = &places->found.items[0];
        n_fitting = 1;
    }
    if (chosen == NULL || n_fitting != 1) {
        (void)err_raise(err, STATUS_USAGE, "cannot tell which history to adopt: %s", buf_cstr(&names));
        return err_hint(err, "name the directory's layout; the directory reads as '%s'",
                        migrations->layout->name);
    }
    *out = chosen;
    return STATUS_OK;
}

/* -- reading
 * --------------------------------------------------------------------------------------------------- */

void
reader_note(struct reader *reader, enum finding_severity severity, const char *rule, const char *file,
            const char *fmt, ...)
{
    struct adoption *out = reader->out;
    va_list args;
    va_start(args, fmt);
    struct finding finding = {.severity = severity, .rule = rule, .file = file};
    finding.message = arena_vprintf(reader->arena, fmt, args);
    va_end(args);
    out->findings =
        vec_grow(reader->arena, out->findings, out->n_findings, &out->cap_findings, sizeof(finding));
    out->findings[out->n_findings++] = finding;
}

const char *
foreign_number(struct arena *arena, const char *digits)
{
    while (digits[0] == '0' && digits[1] != '\0') {
        digits++;
    }
    return arena_strdup(arena, digits);
}

struct adopted *
reader_find(struct reader *reader, const char *key)
{
    return map_get(&reader->by_key, span_of(key));
}

struct adopted *
reader_add_unknown(struct reader *reader, const char *key, const char *title)
{
    struct adopted unknown = {.foreign_id = arena_strdup(reader->arena, key),
                              .title = arena_strdup(reader->arena, title),
                              .is_applied = true,
                              .rank = reader->rank,
                              .checksum = ""};
    vec_push(reader->arena, &reader->unknown, unknown);
    return &reader->unknown.items[reader->unknown.n - 1];
}

void
reader_note_unknown(struct reader *reader, const char *key, const char *title)
{
    (void)reader_add_unknown(reader, key, title);
    reader_note(reader, FINDING_ERROR, "unknown-migration", "",
                "%s has applied '%s'%s%s and the directory does not have it", reader->out->tool, key,
                title[0] == '\0' ? "" : ", ", title);
}

struct adopted *
reader_apply(struct reader *reader, const char *key, const char *title, const char *time)
{
    struct adopted *adopted = reader_find(reader, key);
    if (adopted == NULL) {
        reader_note_unknown(reader, key, title);
        return NULL;
    }
    adopted->is_applied = true;
    adopted->foreign_id = arena_strdup(reader->arena, key);
    adopted->title = arena_strdup(reader->arena, title);
    adopted->rank = reader->rank;
    adopted->applied_us = 0;
    (void)clock_parse(span_of(time), &adopted->applied_us);
    return adopted;
}

static struct foreign_row
row_cells(const struct row *row, struct arena *arena)
{
    const char **cells = arena_new_array(arena, const char *, row->n);
    bool *nulls = arena_new_array(arena, bool, row->n);
    for (size_t i = 0; i < row->n; i++) {
        nulls[i] = value_is_null(&row->values[i]);
        cells[i] = value_to_str(&row->values[i], arena);
    }
    return (struct foreign_row){cells, nulls};
}

enum status
reader_rows(struct reader *reader, const char *const *columns, size_t n_columns, const char *order_by,
            enum status (*visit)(struct reader *reader, const struct foreign_row *row, struct err *err),
            struct err *err)
{
    const struct driver *driver = reader->conn->driver;
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < n_columns; i++) {
        buf_str(&sql, i == 0 ? "select " : ", ");
        driver_quote(driver, &sql, columns[i]);
    }
    buf_str(&sql, " from ");
    driver_quote_qualified(driver, &sql, reader->from);
    if (order_by != NULL) {
        buf_str(&sql, " order by ");
        driver_quote(driver, &sql, order_by);
    }
    ARENA_SCOPED scratch = {0};
    CURSOR_SCOPED *cursor = NULL;
    struct row row;
    TRY(conn_query(reader->conn, buf_cstr(&sql), NULL, 0, &cursor, err));
    for (;;) {
        struct arena_mark mark = arena_save(&scratch);
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        reader->rank++;
        struct foreign_row cells = row_cells(&row, &scratch);
        TRY(visit(reader, &cells, err));
        arena_restore(&scratch, mark);
    }
}

/* One entry a migration, found by what the tool writes for it; of several on one key the first. */
static void
enter_directory(struct reader *reader)
{
    const struct migrations *migrations = reader->migrations;
    const struct foreign *tool = reader->place->tool;
    map_init(&reader->by_key, reader->arena);
    reader->out->items = arena_new_array(reader->arena, struct adopted, migrations->n + 1);
    for (size_t i = 0; i < migrations->n; i++) {
        const struct migration *migration = &migrations->items[i];
        const char *key = tool->key == NULL ? migration->foreign_id : tool->key(migration, reader->arena);
        struct adopted *adopted = &reader->out->items[i];
        *adopted = (struct adopted){.migration = migration, .foreign_id = "", .title = "", .checksum = ""};
        if (key[0] != '\0' && map_get(&reader->by_key, span_of(key)) == NULL) {
            (void)map_put(&reader->by_key, span_of(key), adopted);
        }
    }
    reader->out->n = migrations->n;
}

static int
compare_ranks(const void *a, const void *b)
{
    const struct adopted *left = *(struct adopted *const *)a;
    const struct adopted *right = *(struct adopted *const *)b;
    if (left->rank != right->rank) {
        return left->rank < right->rank ? -1 : 1;
    }
    return (left > right) - (left < right); /* one array: the directory's order */
}

/* What only their table has goes behind the directory's. */
static void
finish(struct reader *reader)
{
    struct adoption *out = reader->out;
    size_t n = out->n + reader->unknown.n;
    struct adopted *items = arena_new_array(reader->arena, struct adopted, n + 1);
    memcpy(items, out->items, out->n * sizeof(items[0]));
    for (size_t i = 0; i < reader->unknown.n; i++) {
        items[out->n + i] = reader->unknown.items[i];
    }
    out->applied = arena_new_array(reader->arena, struct adopted *, out->n + 1);
    for (size_t i = 0; i < out->n; i++) {
        if (items[i].is_applied) {
            out->applied[out->n_applied++] = &items[i];
        }
    }
    if (out->n_applied > 1) {
        qsort(out->applied, out->n_applied, sizeof(out->applied[0]), compare_ranks);
    }
    out->items = items;
    out->n = n;
}

enum status
adopt_read(struct conn *conn, const struct migrations *migrations, struct arena *arena, struct adoption *out,
           struct err *err)
{
    CLEANUP(release_places) struct places places = {0};
    const struct foreign_place *place = NULL;
    *out = (struct adoption){.tool = "", .table = ""};
    TRY(find_places(conn, &places, err));
    TRY(choose_place(&places, migrations, &place, err));
    out->tool = place->tool->name;
    out->table = place->own_conn == NULL ? arena_strdup(arena, place->table.qualified)
                                         : arena_printf(arena, "%s of %s", place->table.qualified,
                                                        place->own_conn->identity.database);
    struct reader reader = {.conn = place->own_conn != NULL ? place->own_conn : conn,
                            .migrations = migrations,
                            .place = place,
                            .from = place->table.qualified,
                            .arena = arena,
                            .out = out};
    if (!is_of_layout(place->tool, migrations)) {
        reader_note(&reader, FINDING_WARNING, "other-layout", "",
                    "the history is that of %s, but the directory reads as '%s'", out->tool,
                    migrations->layout->name);
    }
    enter_directory(&reader);
    TRY(place->tool->read(&reader, err));
    finish(&reader);
    return STATUS_OK;
}

enum status
adopt_check(const struct adoption *adoption, struct err *err)
{
    const struct finding *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < adoption->n_findings; i++) {
        if (adoption->findings[i].severity == FINDING_ERROR) {
            first = first == NULL ? &adoption->findings[i] : first;
            n++;
        }
    }
    if (first == NULL) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_POLICY, "%s", first->message);
    return n == 1 ? STATUS_POLICY
                  : err_hint(err, "and %zu more: 'rollcall adopt --dry-run' lists them all", n - 1);
}

/* -- their lock
 * ------------------------------------------------------------------------------------------------ */

static enum status
try_lock(struct adopt_lock *lock, struct conn *conn, bool *held, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value *values = NULL;
    bool found = false;
    TRY(conn_query_row(conn, conn->driver->try_lock_sql, &lock->key, 1, &scratch, &values, &found, err));
    *held = found && value_to_bool(&values[0]);
    return STATUS_OK;
}

static bool
has_lock(struct conn *conn, const struct foreign_place *place, struct adopt_lock *lock)
{
    int64_t number = 0;
    if (place->tool->lock == NULL || conn->driver->try_lock_sql == NULL || conn->identity.is_pooled) {
        return false;
    }
    place->tool->lock(conn, &place->table, &number, lock->name, sizeof(lock->name));
    (void)snprintf(lock->number, sizeof(lock->number), "%" PRId64, number);
    if (conn->driver->locks_have_names) {
        lock->key = value_text(lock->name);
        return lock->name[0] != '\0';
    }
    lock->key = (struct value){VALUE_INT, span_of(lock->number)};
    return number != 0;
}

enum status
adopt_lock(struct conn *conn, const struct migrations *migrations, uint32_t wait_ms, struct adopt_lock *out,
           struct err *err)
{
    enum { PAUSE_MS = 50 };
    CLEANUP(release_places) struct places places = {0};
    const struct foreign_place *place = NULL;
    *out = (struct adopt_lock){0};
    TRY(find_places(conn, &places, err));
    TRY(choose_place(&places, migrations, &place, err));
    require(place != NULL);
    if (!has_lock(conn, place, out)) {
        return STATUS_OK;
    }
    out->tool = place->tool->name;
    int64_t until = clock_monotonic_us() + (int64_t)wait_ms * 1000;
    for (;;) {
        bool held = false;
        TRY(stop_check(err));
        TRY(try_lock(out, conn, &held, err));
        if (held) {
            out->conn = conn;
            return STATUS_OK;
        }
        if (clock_monotonic_us() >= until) {
            (void)err_raise(err, STATUS_LEASE, "%s is running on this database: its lock is taken",
                            out->tool);
            return err_hint(err, "wait until it has finished, then adopt");
        }
        clock_sleep_ms(PAUSE_MS + (uint32_t)random_below(PAUSE_MS));
    }
}

void
adopt_unlock(struct adopt_lock *lock)
{
    ARENA_SCOPED scratch = {0};
    struct value *values = NULL;
    bool found = false;
    struct err ignored;
    if (lock->conn == NULL) {
        return;
    }
    /* When this fails the session is gone, and the lock with it. */
    enum status status = conn_query_row(lock->conn, lock->conn->driver->unlock_sql, &lock->key, 1, &scratch,
                                        &values, &found, &ignored);
    (void)status;
    lock->conn = NULL;
}
