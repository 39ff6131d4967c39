#include "migrate/plan.h"

#include "base/map.h"
#include "base/vec.h"
#include "script/lint.h"

#include <stdlib.h>
#include <string.h>

const char *
direction_name(enum direction direction)
{
    return direction == DIRECTION_UP ? "up" : "down";
}

static const char *
current_version(const struct session *session)
{
    return session->history.current == NULL ? "" : session->history.current->version;
}

/* -- up ---------------------------------------------------------------------------------------------------
 */

static struct step
up_step(const struct history_entry *entry)
{
    const struct part *part = &entry->migration->parts[PART_UP];
    const struct directives *directives = &entry->migration->directives;
    return (struct step){
        .direction = DIRECTION_UP,
        .entry = entry,
        .part = PART_UP,
        .sha256 = part->sha256,
        .transaction = part->transaction && (!directives->has_transaction || directives->transaction),
        .class = reversal_class_name(directives->class),
        .file = part->file,
        .first_line = part->line,
    };
}

static enum status
refuse_out_of_order(const struct session *session, const struct history_entry *entry, struct err *err)
{
    (void)err_raise(err, STATUS_POLICY, "migration '%s' is pending, but '%s' after it is applied already",
                    entry->id, session->history.current->id);
    return err_hint(err, "give --allow-out-of-order to apply it now, or give it a newer number");
}

enum status
plan_up(const struct session *session, const struct plan_options *options, struct plan *out, struct err *err)
{
    const struct history *history = &session->history;
    const struct history_entry *last = NULL;
    *out = (struct plan){
        .direction = DIRECTION_UP, .from = current_version(session), .to = current_version(session)};
    TRY(migrations_check(&session->migrations, err));
    if (options->to != NULL) {
        TRY(history_find(history, options->to, &last, err));
    }
    for (size_t i = 0; i < history->n; i++) {
        const struct history_entry *entry = &history->items[i];
        if (entry->migration != NULL && history_is_pending(entry)) {
            if (entry->is_out_of_order && !options->allow_out_of_order) {
                return refuse_out_of_order(session, entry, err);
            }
            vec_push(session->arena, out, up_step(entry));
            out->to = entry->version[0] == '\0' ? out->to : entry->version;
        }
        if (entry == last || (options->steps != 0 && out->n == options->steps)) {
            break;
        }
    }
    return STATUS_OK;
}

/* -- rollback -----------------------------------------------------------------------------------------------
 */

static int
by_seq_descending(const void *a, const void *b)
{
    const struct history_entry *const *x = a;
    const struct history_entry *const *y = b;
    return (*x)->applied->seq < (*y)->applied->seq ? 1 : -1;
}

static const struct history_entry **
applied_newest_first(const struct session *session, size_t *n)
{
    const struct history *history = &session->history;
    const struct history_entry **entries =
        arena_new_array(session->arena, const struct history_entry *, history->n + 1);
    *n = 0;
    for (size_t i = 0; i < history->n; i++) {
        if (history->items[i].applied != NULL) {
            entries[(*n)++] = &history->items[i];
        }
    }
    qsort(entries, *n, sizeof(*entries), by_seq_descending);
    return entries;
}

static enum status
refuse_edited(const struct history_entry *entry, struct err *err)
{
    (void)err_raise(err, STATUS_POLICY, "the down of '%s' was edited since the up was applied", entry->id);
    return err_hint(
        err,
        "--use-edited takes the directory's text; without the file, the one stored at that time is used");
}

static enum status
refuse_no_down(const struct history_entry *entry, const char *what, struct err *err)
{
    (void)err_raise(err, STATUS_POLICY, "migration '%s' %s", entry->id, what);
    return err_hint(
        err, "write its down script and run rollback with --use-edited, or declare class=irreversible");
}

static enum status
down_step(const struct history_entry *entry, const struct plan_options *options, struct step *out,
          struct err *err)
{
    const struct applied *applied = entry->applied;
    const struct migration *migration = entry->migration;
    bool compensate = str_eq(applied->class, reversal_class_name(CLASS_COMPENSATING));
    enum part_kind part = compensate ? PART_COMPENSATE : PART_DOWN;
    bool edited = migration != NULL && !str_eq(migration->parts[part].sha256, applied->sha256[part]);
    if (edited && !options->use_edited && migration->parts[part].is_present) {
        return refuse_edited(entry, err);
    }
    edited = edited && options->use_edited && migration->parts[part].is_present;
    *out = (struct step){
        .direction = DIRECTION_DOWN,
        .entry = entry,
        .part = part,
        .from_registry = !edited,
        .sha256 = edited ? migration->parts[part].sha256 : applied->sha256[part],
        .transaction =
            edited ? migration->parts[part].transaction : (applied->no_transaction & (1U << part)) == 0,
        .class = applied->class,
        .first_line = edited ? migration->parts[part].line : 1,
    };
    if (out->sha256[0] == '\0') {
        return refuse_no_down(entry, compensate ? "has no compensate script" : "has no down script", err);
    }
    return STATUS_OK;
}

/* A way back that is there, although it was declared that there is none. What has no way back at all counts
 * as irreversible, too: then an edited down is the way out. */
static enum status
refuse_irreversible(const struct step *step, struct err *err)
{
    const struct migration *migration = step->entry->migration;
    bool is_declared = step->from_registry
                           ? str_eq(step->entry->applied->class, reversal_class_name(CLASS_IRREVERSIBLE))
                           : migration->directives.class == CLASS_IRREVERSIBLE;
    if (!is_declared) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_POLICY, "migration '%s' is declared irreversible", step->entry->id);
    return err_hint(err, "go on with a new migration that puts right what is wrong");
}

/* An empty way back after a change that was recorded is a lie, not a success. */
static enum status
refuse_empty(const struct session *session, struct step *step, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct step loaded = *step;
    const struct applied *applied = step->entry->applied;
    TRY(step_load(session, &loaded, &scratch, err));
    bool changed_nothing =
        applied->after_hash[0] != '\0' && str_eq(applied->before_hash, applied->after_hash);
    if (loaded.pieces.n_statements == 0 && !changed_nothing) {
        return refuse_no_down(step->entry, "has an empty down script, but its up changed the schema", err);
    }
    return STATUS_OK;
}

enum status
plan_rollback(struct session *session, const struct plan_options *options, struct plan *out, struct err *err)
{
    const struct history_entry *stays = NULL;
    size_t n;
    const struct history_entry **entries = applied_newest_first(session, &n);
    uint64_t steps = options->steps != 0 ? options->steps : options->to == NULL ? 1 : UINT64_MAX;
    *out = (struct plan){.direction = DIRECTION_DOWN, .from = current_version(session)};
    if (options->to != NULL && !str_eq(options->to, "0")) {
        TRY(history_find(&session->history, options->to, &stays, err));
        if (stays->applied == NULL) {
            return err_raise(err, STATUS_USAGE,
                             "migration '%s' is not applied, so nothing can be rolled back to it", stays->id);
        }
    }
    size_t i = 0;
    for (; i < n && out->n < steps && entries[i] != stays; i++) {
        struct step step;
        TRY(down_step(entries[i], options, &step, err));
        step.file = arena_printf(session->arena, "%s (%s%s)", entries[i]->id, part_kind_name(step.part),
                                 step.from_registry ? ", as stored" : "");
        TRY(refuse_empty(session, &step, err));
        TRY(refuse_irreversible(&step, err));
        vec_push(session->arena, out, step);
    }
    const struct history_entry *left = i < n ? entries[i] : NULL;
    out->to = left == NULL ? "" : left->version;
    return STATUS_OK;
}

/* -- one step
 * ------------------------------------------------------------------------------------------------- */

enum status
part_text(const struct session *session, const struct history_entry *entry, enum part_kind part,
          bool from_registry, struct arena *arena, struct span *out, struct err *err)
{
    *out = (struct span){"", 0};
    if (from_registry) {
        const char *sha256 = entry->applied->sha256[part];
        return sha256[0] == '\0' ? STATUS_OK : registry_get_script(session->conn, sha256, arena, out, err);
    }
    if (!entry->migration->parts[part].is_present) {
        return STATUS_OK;
    }
    return migration_read(&session->migrations, entry->migration, part, arena, out, err);
}

static enum status
derive_class(const struct session *session, struct step *step, struct arena *arena, struct err *err)
{
    struct span down_text;
    struct pieces down_pieces;
    struct effects down = {0};
    const char *why;
    const struct driver *driver = session->conn->driver;
    bool has_down = step->entry->migration->parts[PART_DOWN].is_present;
    TRY(part_text(session, step->entry, PART_DOWN, false, arena, &down_text, err));
    if (driver_split(driver, NULL, down_text, arena, &down_pieces, err) == STATUS_OK) {
        TRY(driver_effects(driver, NULL, &down_pieces, arena, &down, err));
        has_down = has_down && down_pieces.n_statements > 0;
    }
    step->class = reversal_class_name(reversal_class_derive(&step->effects, &down, has_down, arena, &why));
    return STATUS_OK;
}

/* From the text itself: a script in the registry has nothing else to tell it. */
static enum status
read_lock_timeout(struct step *step, struct arena *arena, struct err *err)
{
    struct directives directives;
    if (directives_parse(step->text, arena, &directives, err) != STATUS_OK) {
        return err_wrap(err, "%s", step->file);
    }
    step->lock_timeout_ms = directives.lock_timeout_ms;
    return STATUS_OK;
}

enum status
step_load(const struct session *session, struct step *step, struct arena *arena, struct err *err)
{
    const struct driver *driver = session->conn->driver;
    TRY(part_text(session, step->entry, step->part, step->from_registry, arena, &step->text, err));
    if (driver_split(driver, session->conn, step->text, arena, &step->pieces, err) != STATUS_OK) {
        return text_error_place(err, step->file, step->first_line);
    }
    TRY(driver_effects(driver, NULL, &step->pieces, arena, &step->effects, err));
    TRY(read_lock_timeout(step, arena, err));
    step->script = (struct script){
        .pieces = &step->pieces,
        .file = step->file,
        .first_line = step->first_line,
        .transaction = step->transaction,
    };
    TRY(script_plan(driver, &step->script, &step->run, err));
    if (step->direction == DIRECTION_UP && step->class[0] == '\0') {
        TRY(derive_class(session, step, arena, err));
    }
    return STATUS_OK;
}

void
step_locks(const struct session *session, const struct step *step, struct arena *arena,
           struct table_locks *out)
{
    const struct driver *driver = session->conn->driver;
    struct map seen;
    map_init(&seen, arena);
    *out = (struct table_locks){0};
    for (size_t i = 0; driver->lock_of != NULL && i < step->effects.n; i++) {
        const struct effect *effect = &step->effects.items[i];
        const char *table = effect->table[0] == '\0' ? effect->name : effect->table;
        struct table_lock lock = {table, driver->lock_of(effect)};
        if (lock.lock != NULL && table[0] != '\0' &&
            map_put(&seen, span_of(arena_printf(arena, "%s %s", table, lock.lock)), out) == NULL) {
            vec_push(arena, out, lock);
        }
    }
}

/* -- the plan as a whole
 * -------------------------------------------------------------------------------------- */

void
plan_digest_begin(struct buf *text, const char *from, const char *to)
{
    buf_printf(text, "rollcall plan 1\nfrom %s\nto %s\n", from, to);
}

void
plan_digest_step(struct buf *text, const char *direction, const char *id, const char *sha256)
{
    buf_printf(text, "%s %s %s\n", direction, id, sha256);
}

void
plan_digest(const struct plan *plan, char out[SHA256_HEX_LEN + 1])
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    plan_digest_begin(&text, plan->from, plan->to);
    for (size_t i = 0; i < plan->n; i++) {
        const struct step *step = &plan->items[i];
        plan_digest_step(&text, direction_name(step->direction), step->entry->id, step->sha256);
    }
    sha256_hex(buf_view(&text), out);
}

const char *
plan_lines(const struct plan *plan, struct arena *arena)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < plan->n; i++) {
        buf_printf(&text, "%s %s\n", direction_name(plan->items[i].direction), plan->items[i].entry->id);
    }
    return arena_strdup(arena, buf_cstr(&text));
}
