/* That nothing moves: older writers have ended, and two looks at the rows are the same. */
#include "migrate/freeze_core.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/io.h"
#include "migrate/rowdigest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Larger tables are judged by the engine's counters: a proof must not take longer than the work. */
#define DIGEST_BYTES_MAX ((int64_t)256 << 20)
#define QUICK_BYTES_MAX  ((int64_t)16 << 20)

const char *
freeze_looks_lines(const struct freeze_looks *looks, struct arena *arena)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < looks->n; i++) {
        buf_printf(&out, "%s\t%s\t%s\n", looks->items[i].table, looks->items[i].kind, looks->items[i].value);
    }
    return arena_strdup(arena, buf_cstr(&out));
}

/* Rows of a table whose partitions are looked at one by one would be read twice. */
static bool
has_partitions(const struct freeze_scope *scope, const char *table)
{
    static const char words[] = "partition of ";
    for (size_t i = 0; i < scope->n; i++) {
        if (str_starts(scope->tables[i].why, words) && str_eq(scope->tables[i].why + strlen(words), table)) {
            return true;
        }
    }
    return false;
}

static int
compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status
digest_rows(struct session *session, const struct table *table, struct freeze_look *out, struct err *err)
{
    struct table_digest digest = {.table = table->qualified, .n_columns = table->n_columns};
    char hex[HASH128_HEX_LEN + 1];
    digest.columns = arena_new_array(session->arena, const char *, table->n_columns + 1);
    for (size_t i = 0; i < table->n_columns; i++) {
        digest.columns[i] = table->columns[i].name;
    }
    qsort(digest.columns, digest.n_columns, sizeof(digest.columns[0]), compare_strings);
    TRY(table_digest_take(session->conn, &digest, err));
    hash128_hex(digest.sum, hex);
    out->kind = "rows";
    out->value = arena_printf(session->arena, "%" PRIu64 " %s", digest.rows, hex);
    return STATUS_OK;
}

/* A quick proof takes no chances with a table whose size is not known. */
static bool
is_large(const struct table *table, bool is_quick)
{
    return is_quick ? table->bytes_estimate < 0 || table->bytes_estimate > QUICK_BYTES_MAX
                    : table->bytes_estimate > DIGEST_BYTES_MAX;
}

static enum status
look_at(struct session *session, const struct freeze *freeze, const char *name, struct freeze_look *out,
        struct err *err)
{
    struct table table;
    *out = (struct freeze_look){.table = name, .kind = "counter"};
    TRY(conn_describe(session->conn, name, session->arena, &table, err));
    if (is_large(&table, freeze->is_quick)) {
        TRY(conn_freeze_counter(session->conn, name, session->arena, &out->value, err));
    }
    return out->value != NULL ? STATUS_OK : digest_rows(session, &table, out, err);
}

/* All tables in one consistent read. */
static enum status
look_within(struct session *session, const struct freeze *freeze, struct freeze_looks *out, struct err *err)
{
    for (size_t i = 0; i < freeze->scope.n; i++) {
        const struct freeze_table *table = &freeze->scope.tables[i];
        struct freeze_look look;
        if (table->is_parent || has_partitions(&freeze->scope, table->table)) {
            continue;
        }
        if (look_at(session, freeze, table->table, &look, err) != STATUS_OK) {
            return err_wrap(err, "rows of '%s'", table->table);
        }
        vec_push(session->arena, out, look);
    }
    return STATUS_OK;
}

static enum status
look_once(struct session *session, const struct freeze *freeze, struct freeze_looks *out, struct err *err)
{
    *out = (struct freeze_looks){0};
    TRY(conn_begin(session->conn, TXN_READ, err));
    enum status status = look_within(session, freeze, out, err);
    conn_rollback(session->conn);
    return status;
}

/* The first table that is not the same; `*is_counter` when only its counter says so. */
static const char *
moved_table(const struct freeze_looks *a, const struct freeze_looks *b, bool *is_counter)
{
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        if (!str_eq(a->items[i].value, b->items[i].value) || !str_eq(a->items[i].kind, b->items[i].kind)) {
            *is_counter = str_eq(a->items[i].kind, "counter") && str_eq(b->items[i].kind, "counter");
            return a->items[i].table;
        }
    }
    return NULL;
}

/* Statistics of writers that ended before may come in late, on PostgreSQL ten seconds at most: a counter gets
 * more than one chance. */
static enum status
look_twice(struct session *session, struct freeze *freeze, struct err *err)
{
    const int64_t until = clock_monotonic_us() + (int64_t)12 * 1000 * 1000;
    struct freeze_looks first;
    const char *moved = NULL;
    TRY(look_once(session, freeze, &first, err));
    for (;;) {
        bool is_counter = false;
        clock_sleep_ms(freeze->apart_ms);
        TRY(stop_check(err));
        TRY(fault_before("freeze.look", err));
        TRY(look_once(session, freeze, &freeze->looks, err));
        TRY(fault_after("freeze.look", err));
        moved = moved_table(&first, &freeze->looks, &is_counter);
        if (moved == NULL || !is_counter || clock_monotonic_us() > until) {
            break;
        }
        first = freeze->looks;
    }
    freeze->is_proven = moved == NULL;
    freeze->why = moved == NULL
                      ? ""
                      : arena_printf(session->arena, "rows of '%s' have changed between two looks", moved);
    return STATUS_OK;
}

/* Who may have written before the triggers stood, and has not ended. */
static enum status
wait_for_writers(struct session *session, const struct freeze *freeze, const char **left, struct err *err)
{
    enum { STEP_MS = 50 };
    const struct policy *policy = &session->service->policy;
    int64_t until =
        clock_monotonic_us() + (int64_t)policy->lock_timeout_ms * 1000 * (int64_t)policy->lock_attempts;
    struct freeze_words names = {0};
    *left = NULL;
    for (size_t i = 0; i < freeze->scope.n; i++) {
        freeze_word_add(session->arena, &names, freeze->scope.tables[i].table);
    }
    for (;;) {
        struct blockers writers;
        TRY(conn_freeze_writers(session->conn, names.items, names.n, freeze->frozen_us, session->arena,
                                &writers, err));
        if (writers.n == 0) {
            return STATUS_OK;
        }
        if (clock_monotonic_us() >= until || stop_requested()) {
            const struct blocker *first = &writers.items[0];
            *left =
                arena_printf(session->arena,
                             "session %s of user %s ('%s', %s) may still write: it began before the freeze",
                             first->session, first->user, first->application, first->state);
            return STATUS_OK;
        }
        clock_sleep_ms(STEP_MS);
    }
}

enum status
freeze_take_proof(struct session *session, struct freeze *freeze, struct err *err)
{
    const char *writer;
    TRY(fault_before("freeze.proof", err));
    TRY(wait_for_writers(session, freeze, &writer, err));
    TRY(conn_freeze_point(session->conn, session->arena, &freeze->point, err));
    TRY(look_twice(session, freeze, err));
    if (writer != NULL) {
        freeze->is_proven = false;
        freeze->why = writer;
    }
    return fault_after("freeze.proof", err);
}

/* -- later -------------------------------------------------------------------------------------------------
 */

/* What was recorded when it was frozen, against the look just taken. Counters of a session's own are not
 * comparable. */
static void
compare_recorded(const char *recorded, const struct freeze_looks *now, struct arena *arena,
                 struct freeze_faults *out)
{
    struct span rest = span_of(recorded);
    struct span line;
    while (span_next_line(&rest, &line)) {
        struct span table = freeze_next_field(&line);
        struct span kind = freeze_next_field(&line);
        bool is_found = false;
        for (size_t i = 0; i < now->n && !is_found; i++) {
            const struct freeze_look *look = &now->items[i];
            is_found = span_is(table, look->table);
            if (is_found && span_is(kind, "rows") && str_eq(look->kind, "rows") &&
                !span_is(line, look->value)) {
                vec_push(arena, out,
                         (struct freeze_fault){look->table, "its rows are not those that were frozen"});
            }
        }
        if (!is_found) {
            const char *name = arena_strndup(arena, table.ptr, table.len);
            vec_push(arena, out, (struct freeze_fault){name, "the table is gone"});
        }
    }
}

/* A partition or a child that came later brings its rows with it. */
static void
find_newcomers(const char *recorded, const struct freeze_looks *now, struct arena *arena,
               struct freeze_faults *out)
{
    for (size_t i = 0; i < now->n && recorded[0] != '\0'; i++) {
        struct span rest = span_of(recorded);
        struct span line;
        bool is_found = false;
        while (!is_found && span_next_line(&rest, &line)) {
            is_found = span_is(freeze_next_field(&line), now->items[i].table);
        }
        if (!is_found && !str_starts(now->items[i].value, "0 ")) {
            vec_push(arena, out,
                     (struct freeze_fault){now->items[i].table, "it has come since, and has rows"});
        }
    }
}

static enum status
read_recorded(struct session *session, const char *id, const char **out, struct err *err)
{
    struct value param = value_text(id);
    struct value *row;
    bool found;
    *out = "";
    if (!session->has_registry) {
        return STATUS_OK;
    }
    TRY(conn_query_row(session->conn, "select digests from {r}freeze where id = ?", &param, 1, session->arena,
                       &row, &found, err));
    *out = found ? value_to_str(&row[0], session->arena) : "";
    return STATUS_OK;
}

enum status
freeze_prove(struct session *session, struct freeze *freeze, struct err *err)
{
    int64_t started = clock_monotonic_us();
    const char *recorded;
    TRY(read_recorded(session, freeze->id, &recorded, err));
    TRY(freeze_take_proof(session, freeze, err));
    compare_recorded(recorded, &freeze->looks, session->arena, &freeze->faults);
    find_newcomers(recorded, &freeze->looks, session->arena, &freeze->faults);
    freeze->is_proven = freeze->is_proven && freeze->faults.n == 0 && !freeze->has_ended;
    if (freeze->faults.n > 0) {
        freeze->why = arena_printf(session->arena, "table '%s': %s", freeze->faults.items[0].table,
                                   freeze->faults.items[0].what);
    } else if (freeze->has_ended) {
        freeze->why = "its time is over, and writers pass";
    }
    freeze->us = clock_monotonic_us() - started;
    return STATUS_OK;
}
