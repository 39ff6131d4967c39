/* The way into a freeze: what it means, and the durable layer table by table. */
#include "migrate/freeze_core.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/io.h"

#include <string.h>

enum { TRY_MS = 1000 }; /* longest wait for one lock: nobody queues behind us for longer */

enum status
freeze_server_now(struct session *session, int64_t *out, struct err *err)
{
    struct value *row;
    bool found;
    TRY(conn_query_row(session->conn, "select {now}", NULL, 0, session->arena, &row, &found, err));
    *out = found ? value_to_int(&row[0], 0) : 0;
    return STATUS_OK;
}

struct span
freeze_next_field(struct span *rest)
{
    const char *tab = rest->len == 0 ? NULL : memchr(rest->ptr, '\t', rest->len);
    struct span field = {rest->ptr, tab == NULL ? rest->len : (size_t)(tab - rest->ptr)};
    size_t taken = field.len + (tab != NULL);
    rest->ptr += taken;
    rest->len -= taken;
    return field;
}

/* -- running statements ------------------------------------------------------------------------------------
 */

enum status
freeze_in_transaction(struct session *session,
                      enum status (*action)(struct session *session, void *context, struct err *err),
                      void *context, struct err *err)
{
    TRY(conn_begin(session->conn, TXN_WRITE, err));
    enum status status = session->holds_lease ? lease_hold(session->conn, &session->lease, err) : STATUS_OK;
    if (status == STATUS_OK) {
        status = action(session, context, err);
    }
    if (status == STATUS_OK) {
        status = conn_commit(session->conn, err);
    }
    if (status != STATUS_OK) {
        conn_rollback(session->conn);
        session_forget_entries(session);
    }
    return status;
}

static enum status
run_statement(struct session *session, const struct freeze_unit *unit, const char *sql, struct err *err)
{
    TRY(fault_before(unit->fault_point, err));
    TRY(unit->is_undo ? conn_execf(session->conn, err, "%s", sql)
                      : conn_exec(session->conn, span_of(sql), NULL, err));
    return fault_after(unit->fault_point, err);
}

static enum status
run_all(struct session *session, void *context, struct err *err)
{
    const struct freeze_unit *unit = context;
    for (size_t i = 0; i < unit->statements->n; i++) {
        TRY(run_statement(session, unit, unit->statements->items[i], err));
    }
    return STATUS_OK;
}

static enum status
nothing_more(struct session *session, void *context, struct err *err)
{
    (void)session;
    (void)context;
    (void)err;
    return STATUS_OK;
}

/* Waits by chance, so that those who queued behind the lock get through. */
static void
pause_for_lock(struct session *session, const struct freeze_unit *unit, unsigned attempt,
               const struct err *err)
{
    enum { SHORTEST = 50, SPREAD = 150 };
    ARENA_SCOPED scratch = {0};
    struct blockers blockers = {0};
    struct err ignored;
    uint32_t ms = SHORTEST + (uint32_t)random_below(SPREAD);
    IGNORE(conn_blockers(session->conn, &scratch, &blockers, &ignored));
    observer_tell(session->observer, &(struct event){.kind = EVENT_RETRY,
                                                     .id = unit->what,
                                                     .text = err->msg,
                                                     .blockers = &blockers,
                                                     .number = attempt + 1,
                                                     .us = (int64_t)ms * 1000});
    clock_sleep_ms(ms);
}

static enum status
run_with_retries(struct session *session, const struct freeze_unit *unit, const char *one, struct err *err)
{
    const struct policy *policy = &session->service->policy;
    int64_t until = clock_monotonic_us() + (int64_t)policy->lock_timeout_ms * 1000 * policy->lock_attempts;
    for (unsigned attempt = 0;; attempt++) {
        struct freeze_unit whole = *unit;
        enum status status = one == NULL ? freeze_in_transaction(session, run_all, &whole, err)
                                         : run_statement(session, unit, one, err);
        bool is_over = attempt > 0 && clock_monotonic_us() > until;
        if (status != STATUS_CONFLICT || is_over || (stop_requested() && !unit->is_undo)) {
            return status;
        }
        pause_for_lock(session, unit, attempt, err);
    }
}

static enum status
run_unit_within(struct session *session, const struct freeze_unit *unit, struct err *err)
{
    if (conn_has(session->conn, CAP_TRANSACTIONAL_DDL)) {
        return run_with_retries(session, unit, NULL, err);
    }
    if (session->holds_lease) { /* each statement commits by itself: the lease at least once a table */
        TRY(freeze_in_transaction(session, nothing_more, NULL, err));
    }
    for (size_t i = 0; i < unit->statements->n; i++) {
        TRY(run_with_retries(session, unit, unit->statements->items[i], err));
    }
    return STATUS_OK;
}

enum status
freeze_run_unit(struct session *session, const struct freeze_unit *unit, struct err *err)
{
    uint32_t policy = session->service->policy.lock_timeout_ms;
    struct err ignored;
    TRY(conn_lock_timeout(session->conn, policy == 0 || policy > TRY_MS ? TRY_MS : policy, err));
    enum status status = run_unit_within(session, unit, err);
    IGNORE(conn_lock_timeout(session->conn, policy, &ignored));
    return status == STATUS_OK || unit->what == NULL ? status : err_wrap(err, "%s", unit->what);
}

/* -- marks -------------------------------------------------------------------------------------------------
 */

struct freeze_marks
freeze_marks_of(const struct freeze_marks *all, const char *id, struct arena *arena)
{
    struct freeze_marks out = {0};
    for (size_t i = 0; i < all->n; i++) {
        if (id == NULL || str_starts(all->items[i].id, id)) {
            vec_push(arena, &out, all->items[i]);
        }
    }
    return out;
}

static void
mark_hash(const struct freeze_mark *mark, char hex[HASH128_HEX_LEN + 1])
{
    hash128_hex(hash128(span_of(mark->body)), hex);
}

const char *
freeze_marks_lines(const struct freeze_marks *marks, struct arena *arena)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < marks->n; i++) {
        char hex[HASH128_HEX_LEN + 1];
        mark_hash(&marks->items[i], hex);
        buf_printf(&out, "%s\t%s\t%s\n", marks->items[i].table, marks->items[i].name, hex);
    }
    return arena_strdup(arena, buf_cstr(&out));
}

static const char *
fault_of(struct span table, struct span name, struct span hash, const struct freeze_marks *now,
         struct arena *arena)
{
    for (size_t i = 0; i < now->n; i++) {
        const struct freeze_mark *mark = &now->items[i];
        char hex[HASH128_HEX_LEN + 1];
        if (!span_is(table, mark->table) || !span_is(name, mark->name)) {
            continue;
        }
        mark_hash(mark, hex);
        return !mark->is_enabled ? arena_printf(arena, "the trigger '%s' is switched off", mark->name)
               : !span_is(hash, hex)
                   ? arena_printf(arena, "the trigger '%s', or what it calls, was altered", mark->name)
                   : NULL;
    }
    return arena_printf(arena, "the trigger '%.*s' is gone", (int)name.len, name.ptr);
}

void
freeze_compare_marks(const char *recorded, const struct freeze_marks *now, struct arena *arena,
                     struct freeze_faults *out)
{
    struct span rest = span_of(recorded);
    struct span line;
    while (span_next_line(&rest, &line)) {
        struct span table = freeze_next_field(&line);
        struct span name = freeze_next_field(&line);
        const char *fault = fault_of(table, name, line, now, arena);
        if (fault != NULL) {
            vec_push(arena, out, (struct freeze_fault){arena_strndup(arena, table.ptr, table.len), fault});
        }
    }
}

/* -- preparing ---------------------------------------------------------------------------------------------
 */

/* "customer" is "public.customer" where no other schema has one. */
static enum status
full_name(const char *given, const char *const *all, size_t n, const char **out, struct err *err)
{
    const char *found = NULL;
    *out = given;
    for (size_t i = 0; i < n; i++) {
        const char *dot = strchr(all[i], '.');
        if (dot != NULL && str_eq(dot + 1, given)) {
            if (found != NULL) {
                return err_raise(err, STATUS_USAGE, "'%s' may be '%s' or '%s'", given, found, all[i]);
            }
            found = all[i];
        }
    }
    *out = found != NULL ? found : given;
    return STATUS_OK;
}

static enum status
full_names(struct session *session, const struct freeze_options *options, struct freeze_words *out,
           struct err *err)
{
    const char **all = NULL;
    size_t n = 0;
    *out = (struct freeze_words){0};
    if (options->n_tables > 0 && conn_has(session->conn, CAP_SCHEMAS)) {
        TRY(conn_tables(session->conn, session->arena, &all, &n, err));
    }
    for (size_t i = 0; i < options->n_tables; i++) {
        const char *name = options->tables[i];
        if (strchr(name, '.') == NULL) {
            TRY(full_name(name, all, n, &name, err));
        }
        freeze_word_add(session->arena, out, name);
    }
    return STATUS_OK;
}

static enum status
check_refusals(const struct freeze_scope *scope, struct err *err)
{
    if (scope->n_refusals == 0) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_POLICY, "%s%s", scope->refusals[0].what,
                    scope->n_refusals > 1 ? ", and there are more like it" : "");
    return err_hint(err, "no trigger stops that; settle it first: %s", scope->refusals[0].how);
}

enum status
freeze_prepare(struct session *session, const struct freeze_options *options, struct freeze *out,
               struct err *err)
{
    *out = (struct freeze){.reason = options->reason == NULL ? "" : options->reason,
                           .actor = session->conn->identity.user == NULL ? "" : session->conn->identity.user,
                           .auto_thaw = options->auto_thaw,
                           .apart_ms = options->apart_ms == 0 ? FREEZE_APART_MS : options->apart_ms,
                           .is_quick = options->is_quick,
                           .why = "",
                           .recorded = "",
                           .point = ""};
    if (session->holds_lease) {
        memcpy(out->id, session->lease.op, sizeof(out->id));
    } else {
        random_id(out->id);
    }
    TRY(freeze_server_now(session, &out->began_us, err));
    out->now_us = out->began_us;
    out->expires_us = options->for_us == 0 ? 0 : out->began_us + options->for_us;
    struct freeze_spec spec = {out->id, out->reason, options->auto_thaw ? out->expires_us : 0};
    struct freeze_words names;
    TRY(full_names(session, options, &names, err));
    TRY(conn_freeze_scope(session->conn, &spec, names.items, names.n, session->arena, &out->scope, err));
    return check_refusals(&out->scope, err);
}

/* -- installing --------------------------------------------------------------------------------------------
 */

static const char *
table_lines(const struct freeze *freeze, struct arena *arena)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < freeze->scope.n; i++) {
        if (!freeze->scope.tables[i].is_parent) {
            buf_printf(&out, "%s\n", freeze->scope.tables[i].table);
        }
    }
    return arena_strdup(arena, buf_cstr(&out));
}

static enum status
note_intent(struct session *session, void *context, struct err *err)
{
    const struct freeze *freeze = context;
    struct arena *arena = session->arena;
    struct value params[] = {
        value_text(freeze->id),
        value_text(freeze->reason),
        value_text(freeze->actor),
        value_int(arena, freeze->began_us),
        value_int(arena, freeze->expires_us),
        value_int(arena, freeze->auto_thaw),
        value_text(table_lines(freeze, arena)),
    };
    TRY(conn_run(session->conn, "delete from {r}freeze_pass", NULL, 0, NULL, err)); /* dead runs' */
    TRY(conn_run(
        session->conn,
        "insert into {r}freeze (id, state, reason, actor, began_us, frozen_us, expires_us, auto_thaw, "
        "thawed_us, point, proven, why, tables, marks, digests) values "
        "(?, 'installing', ?, ?, ?, 0, ?, ?, 0, '', 0, '', ?, '', '')",
        params, COUNT_OF(params), NULL, err));
    return record_append(session->conn, &session->chain, session->lease.op, "freeze",
                         record_body(arena, "freeze", freeze->id, "reason", freeze->reason, "tables",
                                     params[COUNT_OF(params) - 1].bytes.ptr, NULL),
                         err);
}

static enum status
note_outcome(struct session *session, void *context, struct err *err)
{
    const struct freeze *freeze = context;
    struct arena *arena = session->arena;
    struct value params[] = {
        value_int(arena, freeze->frozen_us),
        value_text(freeze->point),
        value_int(arena, freeze->is_proven),
        value_text(freeze->why),
        value_text(freeze->recorded),
        value_text(freeze_looks_lines(&freeze->looks, arena)),
        value_text(freeze->id),
    };
    TRY(conn_run(session->conn,
                 "update {r}freeze set state = 'frozen', frozen_us = ?, point = ?, proven = ?, why = ?, "
                 "marks = ?, digests = ? where id = ?",
                 params, COUNT_OF(params), NULL, err));
    return record_append(session->conn, &session->chain, session->lease.op, "frozen",
                         record_body(arena, "freeze", freeze->id, "point", freeze->point, "proven",
                                     freeze->is_proven ? "yes" : freeze->why, NULL),
                         err);
}

/* Those of an earlier freeze that stand whole are as good; what a run that died left goes first. */
static bool
is_held(const struct freeze_table *table, const struct freeze_marks *marks, struct freeze_words *leftovers,
        struct arena *arena)
{
    size_t n = 0;
    bool is_whole = true;
    for (size_t i = 0; i < marks->n; i++) {
        if (str_eq(marks->items[i].table, table->table)) {
            n++;
            is_whole = is_whole && marks->items[i].is_enabled;
            freeze_word_add(arena, leftovers, marks->items[i].undo);
        }
    }
    return n > 0 && (n == table->undo.n || (table->is_parent && n > table->undo.n)) && is_whole;
}

static enum status
install_table(struct session *session, const struct freeze_table *table, const struct freeze_marks *before,
              struct err *err)
{
    struct freeze_words statements = {0};
    if (table->apply.n == 0 || is_held(table, before, &statements, session->arena)) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < table->apply.n; i++) {
        freeze_word_add(session->arena, &statements, table->apply.items[i]);
    }
    struct freeze_unit unit = {table->table, &statements, "freeze.table", false};
    return freeze_run_unit(session, &unit, err);
}

static enum status
install_all(struct session *session, const struct freeze *freeze, struct err *err)
{
    struct freeze_marks before;
    TRY(conn_freeze_find(session->conn, session->arena, &before, err));
    if (freeze->scope.prepare.n > 0) {
        struct freeze_unit unit = {NULL, &freeze->scope.prepare, "freeze.prepare", false};
        TRY(freeze_run_unit(session, &unit, err));
    }
    for (size_t i = 0; i < freeze->scope.n; i++) {
        TRY(install_table(session, &freeze->scope.tables[i], &before, err));
    }
    return STATUS_OK;
}

/* The cause keeps its words, unless its traces cannot be removed. */
static enum status
take_back(struct session *session, const struct freeze *freeze, struct err *err)
{
    struct thaw thaw;
    struct err second;
    if (session->conn->is_lost || freeze_release(session, freeze->id, &thaw, &second) != STATUS_OK) {
        (void)err_restate(err, STATUS_PARTIAL);
        return err_hint(
            err,
            "some tables stay frozen: 'rollcall freeze --status' names them, 'rollcall thaw' frees them");
    }
    if (err->status == STATUS_CONFLICT) {
        return err_hint(
            err, "nothing is frozen; end the sessions that were named, or give --lock-timeout more time");
    }
    return err->status;
}

/* The tables are frozen by now; a freeze that works is not taken back for its entry in the registry. */
static enum status
enter_outcome(struct session *session, struct freeze *freeze, struct err *err)
{
    enum status status = fault_before("freeze.outcome", err);
    if (status == STATUS_OK) {
        status = freeze_in_transaction(session, note_outcome, freeze, err);
    }
    if (status == STATUS_OK) {
        return fault_after("freeze.outcome", err);
    }
    (void)err_restate(err, STATUS_PARTIAL);
    (void)err_wrap(err, "frozen, but that could not be entered in the registry");
    return err_hint(err, "'rollcall freeze --prove' proves it, 'rollcall thaw' ends it");
}

enum status
freeze_install(struct session *session, struct freeze *freeze, struct err *err)
{
    int64_t started = clock_monotonic_us();
    struct freeze_marks marks;
    TRY(fault_before("freeze.intent", err));
    TRY(freeze_in_transaction(session, note_intent, freeze, err));
    enum status status = fault_after("freeze.intent", err);
    if (status == STATUS_OK) {
        status = install_all(session, freeze, err);
    }
    if (status == STATUS_OK) {
        status = freeze_server_now(session, &freeze->frozen_us, err);
    }
    if (status == STATUS_OK) {
        status = freeze_take_proof(session, freeze, err);
    }
    if (status == STATUS_OK) {
        status = conn_freeze_find(session->conn, session->arena, &marks, err);
    }
    if (status != STATUS_OK) {
        return take_back(session, freeze, err);
    }
    freeze->marks = freeze_marks_of(&marks, freeze->id, session->arena);
    freeze->recorded = freeze_marks_lines(&marks, session->arena);
    freeze->us = clock_monotonic_us() - started;
    return enter_outcome(session, freeze, err);
}

enum status
freeze_begin(struct session *session, const struct freeze_options *options, struct freeze *out,
             struct err *err)
{
    TRY(freeze_prepare(session, options, out, err));
    return freeze_install(session, out, err);
}

/* -- while it lasts ----------------------------------------------------------------------------------------
 */

enum status
freeze_guard(struct session *session, struct freeze *freeze, struct err *err)
{
    struct freeze_words names = {0};
    for (size_t i = 0; i < freeze->scope.n; i++) {
        freeze_word_add(session->arena, &names, freeze->scope.tables[i].table);
    }
    TRY(fault_before("freeze.guard", err));
    TRY(conn_freeze_guard(session->conn, names.items, names.n, err));
    freeze->is_guarded = true;
    return fault_after("freeze.guard", err);
}

enum status
freeze_check(struct session *session, const struct freeze *freeze, struct err *err)
{
    struct freeze_marks marks;
    struct freeze_faults faults = {0};
    TRY(conn_freeze_find(session->conn, session->arena, &marks, err));
    freeze_compare_marks(freeze->recorded, &marks, session->arena, &faults);
    if (faults.n == 0) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_POLICY, "the freeze does not hold any more: table '%s': %s",
                    faults.items[0].table, faults.items[0].what);
    return err_hint(err, "somebody has worked round it; 'rollcall freeze --prove' shows all of it");
}

enum status
freeze_refuse(struct session *session, struct err *err)
{
    struct freeze_marks marks;
    TRY(conn_freeze_find(session->conn, session->arena, &marks, err));
    if (marks.n == 0) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_POLICY, "the database is frozen: nothing writes into '%s' now",
                    marks.items[0].table);
    return err_hint(err, "'rollcall freeze --status' shows why; 'rollcall thaw' ends it");
}
