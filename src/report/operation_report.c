#include "report/operation_report.h"

#include "migrate/forecast.h"
#include "report/diff_report.h"
#include "report/json.h"

/* -- what was done
 * ------------------------------------------------------------------------------------------------ */

static json_t *
saved_json(const struct saved_summaries *saved)
{
    json_t *list = json_array();
    for (size_t i = 0; i < saved->n; i++) {
        json_t *row = json_object();
        json_put(row, "table", json_text(saved->items[i].table));
        json_put(row, "kind", json_text(saved->items[i].kind));
        json_put(row, "rows", json_integer((json_int_t)saved->items[i].rows));
        json_put(row, "bytes", json_integer((json_int_t)saved->items[i].bytes));
        json_array_append_new(list, row);
    }
    return list;
}

static void
add_fates(json_t *list, const struct fates_list *fates)
{
    for (size_t i = 0; i < fates->n; i++) {
        const struct fates *row = &fates->items[i];
        const struct {
            const char *name;
            int64_t n;
        } counts[] = {
            {"carried", row->carried},     {"merged", row->merged},           {"parked", row->parked},
            {"kept", row->kept},           {"compensated", row->compensated}, {"lost", row->lost},
            {"conflicts", row->conflicts},
        };
        json_t *out = json_object();
        json_put(out, "table", json_text(row->table));
        for (size_t j = 0; j < COUNT_OF(counts); j++) {
            json_put(out, counts[j].name, json_integer((json_int_t)counts[j].n));
        }
        json_array_append_new(list, out);
    }
}

static void
add_conflicts(json_t *list, const char *id, const struct conflict_list *conflicts)
{
    for (size_t i = 0; i < conflicts->n; i++) {
        const struct conflict *conflict = &conflicts->items[i];
        json_t *row = json_object();
        json_put(row, "migration", json_text(id));
        json_put(row, "table", json_text(conflict->table));
        json_put(row, "column", json_text(conflict->column[0] == '\0' ? NULL : conflict->column));
        json_put(row, "rows", json_integer((json_int_t)conflict->rows));
        json_array_append_new(list, row);
    }
}

static json_t *
forecast_fates(const struct forecast *forecast)
{
    json_t *list = json_array();
    if (forecast != NULL) {
        add_fates(list, &forecast->fates);
    }
    return list;
}

static json_t *
forecast_conflicts(const struct forecast *forecast)
{
    json_t *list = json_array();
    if (forecast != NULL) {
        add_conflicts(list, "", &forecast->conflicts);
    }
    return list;
}

static json_t *
forecast_unprotected(const struct forecast *forecast)
{
    json_t *list = json_array();
    for (size_t i = 0; forecast != NULL && i < forecast->n_unprotected; i++) {
        json_array_append_new(list, json_text(forecast->unprotected[i]));
    }
    return list;
}

static json_t *
step_json(const struct step_result *step)
{
    json_t *row = json_object();
    json_put(row, "version", json_text(step->version));
    json_put(row, "name", json_text(step->name));
    json_put(row, "id", json_text(step->id));
    json_put(row, "direction", json_text(direction_name(step->direction)));
    json_put(row, "class", json_text(step->class));
    json_put(row, "statements", json_integer((json_int_t)step->statements));
    json_put(row, "ms", json_integer(step->us / 1000));
    json_put(row, "saved", saved_json(&step->saved));
    if (step->verify_error != NULL) {
        json_put(row, "verify_error", json_text(step->verify_error));
    }
    return row;
}

static json_t *
verify_json(const struct operation_result *result)
{
    json_t *verify = json_object();
    json_t *differences = json_array();
    bool compared = false;
    bool different = false;
    bool rows_compared = false;
    bool rows_differ = false;
    for (size_t i = 0; i < result->n_steps; i++) {
        const struct step_result *step = &result->steps[i];
        json_t *list = diff_report_json(&step->differences);
        compared = compared || step->schema_verified;
        different = different || step->differences.class == CHANGE_CLASS_MEANING;
        rows_compared = rows_compared || step->rows_verified;
        rows_differ = rows_differ || step->wrong_rows > 0;
        json_array_extend(differences, list);
        json_decref(list);
    }
    json_put(verify, "schema", json_text(!compared ? NULL : different ? "different" : "same"));
    json_put(verify, "data", json_text(!rows_compared ? NULL : rows_differ ? "different" : "same"));
    json_put(verify, "orphans",
             rows_compared ? json_integer(0) : json_null()); /* else it would have failed */
    json_put(verify, "differences", differences);
    return verify;
}

static json_t *
freeze_json(const struct freeze *freeze)
{
    json_t *row = json_object();
    json_t *holes = json_array();
    if (freeze == NULL) {
        json_decref(row);
        json_decref(holes);
        return json_null();
    }
    for (size_t i = 0; i < freeze->scope.n; i++) {
        const struct freeze_table *table = &freeze->scope.tables[i];
        for (size_t j = 0; j < table->holes.n; j++) {
            json_t *hole = json_object();
            json_put(hole, "table", json_text(table->table));
            json_put(hole, "name", json_text(table->holes.items[j].name));
            json_put(hole, "text", json_text(table->holes.items[j].text));
            json_array_append_new(holes, hole);
        }
    }
    json_put(row, "proven", json_boolean(freeze->is_proven));
    json_put(row, "ms", json_integer((json_int_t)(freeze->us / 1000)));
    json_put(row, "point", json_text(freeze->point));
    json_put(row, "holes", holes);
    return row;
}

static json_t *
operation_json(const struct session *session, const struct operation_result *result)
{
    json_t *document = json_object();
    json_t *steps = json_array();
    json_t *fates = json_array();
    json_t *conflicts = json_array();
    for (size_t i = 0; i < result->n_steps; i++) {
        json_array_append_new(steps, step_json(&result->steps[i]));
        add_fates(fates, &result->steps[i].fates);
        add_conflicts(conflicts, result->steps[i].id, &result->steps[i].conflicts);
    }
    json_put(document, "op", json_text(result->op[0] == '\0' ? NULL : result->op));
    json_put(document, "service", json_text(session->service->name));
    json_put(document, "from", json_text(result->from));
    json_put(document, "to", json_text(result->to));
    json_put(document, "outcome", json_text(outcome_name(result->outcome)));
    json_put(document, "duration_ms", json_integer(result->us / 1000));
    json_put(document, "steps", steps);
    json_put(document, "fates", fates);
    json_put(document, "conflicts", conflicts);
    json_put(document, "verify", verify_json(result));
    json_put(document, "freeze", freeze_json(result->freeze));
    return document;
}

static void
print_differences(const struct console *console, const struct step_result *step)
{
    if (step->wrong_rows > 0) {
        console_warn(console, "'%s': %lld rows that nobody has written to since are not what they were",
                     step->id, (long long)step->wrong_rows);
    }
    if (step->verify_error != NULL) {
        console_warn(console, "'%s' is applied, but its verify script found: %s", step->id,
                     step->verify_error);
    }
    if (step->differences.class == CHANGE_CLASS_NONE) {
        return;
    }
    if (step->differences.class == CHANGE_CLASS_MEANING) {
        console_print(console, "%safter the down of '%s' the schema is not what it was before its up:%s\n",
                      ink(console->color, INK_RED), step->id, ink(console->color, INK_PLAIN));
    } else {
        console_print(console, "the down of '%s' restores the schema but for its looks:\n", step->id);
    }
    diff_report_print(console->out, console->color, &step->differences);
}

/* A line a table, and what both sides had written. */
static void
print_fates(const struct console *console, const struct fates_list *list,
            const struct conflict_list *conflicts)
{
    ARENA_SCOPED scratch = {0};
    for (size_t i = 0; i < list->n; i++) {
        const struct fates *fates = &list->items[i];
        int64_t sum =
            fates->carried + fates->merged + fates->parked + fates->kept + fates->compensated + fates->lost;
        if (sum > 0) {
            console_print(console,
                          "%s: %lld row%s written since: %lld carried, %lld merged, %lld parked, %lld kept, "
                          "%lld compensated, %lld lost\n",
                          shown(&scratch, fates->table), (long long)sum, sum == 1 ? "" : "s",
                          (long long)fates->carried, (long long)fates->merged, (long long)fates->parked,
                          (long long)fates->kept, (long long)fates->compensated, (long long)fates->lost);
        }
    }
    for (size_t i = 0; i < conflicts->n; i++) {
        const struct conflict *conflict = &conflicts->items[i];
        console_print(console, "%sconflict:%s %s%s%s: %lld row%s written by the migration and again since\n",
                      ink(console->color, INK_RED), ink(console->color, INK_PLAIN),
                      shown(&scratch, conflict->table), conflict->column[0] == '\0' ? "" : ".",
                      shown(&scratch, conflict->column), (long long)conflict->rows,
                      conflict->rows == 1 ? "" : "s");
    }
}

void
operation_report_print(const struct console *console, const struct session *session,
                       const struct operation_result *result)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_print(console->out, operation_json(session, result));
        return;
    }
    for (size_t i = 0; i < result->n_steps; i++) {
        print_differences(console, &result->steps[i]);
        print_fates(console, &result->steps[i].fates, &result->steps[i].conflicts);
    }
    if (result->outcome == OUTCOME_UNCHANGED) {
        console_print(console, "nothing to do: %s\n",
                      result->to[0] == '\0' ? "no migration is applied"
                                            : arena_printf(&scratch, "at version %s", result->to));
        return;
    }
    console_print(console, "%s%s%s: %zu migration%s in %s, now at %s\n",
                  ink(console->color, result->outcome == OUTCOME_DONE ? INK_GREEN : INK_RED),
                  outcome_name(result->outcome), ink(console->color, INK_PLAIN), result->n_steps,
                  result->n_steps == 1 ? "" : "s", duration_text(&scratch, result->us),
                  result->to[0] == '\0' ? "the beginning"
                                        : arena_printf(&scratch, "version %s", shown(&scratch, result->to)));
}

/* -- what would be done
 * ---------------------------------------------------------------------------------------------- */

static const char *
mode_text(const struct step *step)
{
    switch (step->run.mode) {
    case RUN_ONE_TRANSACTION:
        return "one transaction";
    case RUN_OWN_TRANSACTION:
        return "its own transactions";
    case RUN_EACH_STATEMENT:
        return "statement by statement";
    }
    return "";
}

static json_t *
statements_json(const struct step *step)
{
    json_t *list = json_array();
    for (size_t i = 0; i < step->pieces.n; i++) {
        const struct piece *piece = &step->pieces.items[i];
        if (piece->kind == PIECE_STATEMENT) {
            struct span sql = piece_text(&step->pieces, piece);
            json_t *row = json_object();
            json_put(row, "line", json_integer((json_int_t)(step->first_line + piece->line - 1)));
            json_put(row, "sql", json_stringn(sql.ptr, sql.len));
            json_array_append_new(list, row);
        }
    }
    return list;
}

static json_t *
locks_json(const struct table_locks *locks)
{
    json_t *list = json_array();
    for (size_t i = 0; i < locks->n; i++) {
        json_t *row = json_object();
        json_put(row, "table", json_text(locks->items[i].table));
        json_put(row, "lock", json_text(locks->items[i].lock));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *
planned_json(const struct step *step, const struct table_locks *locks)
{
    json_t *row = json_object();
    json_put(row, "version", json_text(step->entry->version));
    json_put(row, "name", json_text(step->entry->name));
    json_put(row, "id", json_text(step->entry->id));
    json_put(row, "direction", json_text(direction_name(step->direction)));
    json_put(row, "class", json_text(step->class));
    json_put(row, "script", json_text(step->sha256));
    json_put(row, "source", json_text(step->from_registry ? "registry" : "directory"));
    json_put(row, "mode", json_text(mode_text(step)));
    json_put(row, "why", json_text(step->run.why));
    json_put(row, "statements", statements_json(step));
    json_put(row, "locks", locks_json(locks));
    return row;
}

static void
print_statements(const struct console *console, struct arena *arena, const struct step *step,
                 const char *indent)
{
    BUF_SCOPED safe = BUF_INIT(BUF_SQL_MAX);
    (void)arena;
    for (size_t i = 0; i < step->pieces.n; i++) {
        const struct piece *piece = &step->pieces.items[i];
        if (piece->kind != PIECE_STATEMENT) {
            continue;
        }
        struct span rest = piece_text(&step->pieces, piece);
        struct span line;
        while (span_next_line(&rest, &line)) {
            buf_reset(&safe);
            term_escape(&safe, line, true);
            console_print(console, "%s%s%s\n", indent, buf_cstr(&safe), rest.len == 0 ? ";" : "");
        }
    }
}

static void
print_planned(const struct console *console, struct arena *arena, const struct step *step,
              const struct table_locks *locks)
{
    console_print(console, "%s%s %s%s  %s, %zu statement%s, %s%s%s%s\n", ink(console->color, INK_BOLD),
                  direction_name(step->direction), shown(arena, step->entry->id),
                  ink(console->color, INK_PLAIN), step->class, step->pieces.n_statements,
                  step->pieces.n_statements == 1 ? "" : "s", mode_text(step),
                  step->run.why[0] == '\0' ? "" : " (", step->run.why, step->run.why[0] == '\0' ? "" : ")");
    for (size_t i = 0; i < locks->n; i++) {
        console_print(console, "    %slocks %s: %s%s\n", ink(console->color, INK_DIM),
                      shown(arena, locks->items[i].table), locks->items[i].lock,
                      ink(console->color, INK_PLAIN));
    }
    print_statements(console, arena, step, "    ");
}

static void
put_head(json_t *document, const struct plan *plan, const struct plan_origin *origin)
{
    char digest[SHA256_HEX_LEN + 1];
    plan_digest(plan, digest);
    json_put(document, "digest", json_text(digest));
    json_put(document, "direction", json_text(direction_name(plan->direction)));
    json_put(document, "from", json_text(plan->from));
    json_put(document, "to", json_text(plan->to));
    json_put(document, "fates", forecast_fates(plan->forecast));
    json_put(document, "conflicts", forecast_conflicts(plan->forecast));
    json_put(document, "unprotected", forecast_unprotected(plan->forecast));
    bool is_timed = plan->forecast != NULL && origin == NULL; /* a file that is signed is the same twice */
    json_put(document, "forecast_ms", is_timed ? json_integer((json_int_t)plan->forecast->ms) : json_null());
    if (origin != NULL) {
        json_put(document, "author", json_text(origin->author));
        json_put(document, "target", json_text(origin->target));
        json_put(document, "schema", json_text(origin->schema));
    }
}

/* Each step is loaded, shown, and forgotten. */
static enum status
each_step(const struct session *session, const struct plan *plan,
          void (*take)(void *context, struct arena *scratch, const struct step *step,
                       const struct table_locks *locks),
          void *context, struct err *err)
{
    for (size_t i = 0; i < plan->n; i++) {
        ARENA_SCOPED scratch = {0};
        struct step step = plan->items[i];
        struct table_locks locks;
        TRY(step_load(session, &step, &scratch, err));
        step_locks(session, &step, &scratch, &locks);
        take(context, &scratch, &step, &locks);
    }
    return STATUS_OK;
}

static void
take_json(void *context, struct arena *scratch, const struct step *step, const struct table_locks *locks)
{
    (void)scratch;
    json_array_append_new(context, planned_json(step, locks));
}

static void
take_text(void *context, struct arena *scratch, const struct step *step, const struct table_locks *locks)
{
    print_planned(context, scratch, step, locks);
}

static enum status
plan_json(const struct session *session, const struct plan *plan, const struct plan_origin *origin,
          json_t **out, struct err *err)
{
    json_t *document = json_object();
    json_t *steps = json_array();
    json_put(document, "steps", steps);
    put_head(document, plan, origin);
    enum status status = each_step(session, plan, take_json, steps, err);
    if (status != STATUS_OK) {
        json_decref(document);
        return status;
    }
    *out = document;
    return STATUS_OK;
}

enum status
plan_report_print(const struct console *console, const struct session *session, const struct plan *plan,
                  struct err *err)
{
    struct console copy = *console;
    char digest[SHA256_HEX_LEN + 1];
    json_t *document;
    if (console->json) {
        TRY(plan_json(session, plan, NULL, &document, err));
        json_print(console->out, document);
        return STATUS_OK;
    }
    TRY(each_step(session, plan, take_text, &copy, err));
    if (plan->forecast != NULL) {
        print_fates(console, &plan->forecast->fates, &plan->forecast->conflicts);
        for (size_t i = 0; i < plan->forecast->n_unprotected; i++) {
            console_print(console,
                          "%sunprotected:%s '%s' saved nothing: what it changed in rows comes back only as "
                          "far as its down script goes\n",
                          ink(console->color, INK_RED), ink(console->color, INK_PLAIN),
                          plan->forecast->unprotected[i]);
        }
    }
    plan_digest(plan, digest);
    console_print(console, "%zu migration%s, from %s to %s\nplan %s\n", plan->n, plan->n == 1 ? "" : "s",
                  plan->from[0] == '\0' ? "the beginning" : plan->from,
                  plan->to[0] == '\0' ? "the beginning" : plan->to, digest);
    return STATUS_OK;
}

enum status
plan_report_document(const struct session *session, const struct plan *plan, const struct plan_origin *origin,
                     struct buf *out, struct err *err)
{
    json_t *document;
    TRY(plan_json(session, plan, origin, &document, err));
    json_append(out, document);
    json_decref(document);
    return buf_check(out, "the plan", err);
}

enum status
plan_sql_print(const struct console *console, const struct session *session, struct plan *plan,
               struct err *err)
{
    if (console->json) {
        return plan_report_print(console, session, plan, err);
    }
    for (size_t i = 0; i < plan->n; i++) {
        ARENA_SCOPED scratch = {0};
        struct step step = plan->items[i];
        TRY(step_load(session, &step, &scratch, err));
        console_print(console, "-- %s %s (%s)\n", direction_name(step.direction),
                      shown(&scratch, step.entry->id), mode_text(&step));
        print_statements(console, &scratch, &step, "");
    }
    return STATUS_OK;
}
