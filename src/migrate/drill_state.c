#include "migrate/drill_state.h"

#include <string.h>

void
drill_state_release(struct drill_state *state)
{
    catalog_release(&state->catalog);
    arena_release(&state->arena);
    *state = (struct drill_state){0};
}

enum status
drill_state_take(struct drill_state *state, struct conn *conn, struct err *err)
{
    drill_state_release(state);
    catalog_init(&state->catalog);
    TRY(conn_catalog(conn, &state->catalog, err));
    return row_digests_take(conn, &state->catalog, &state->arena, &state->rows, err);
}

bool
drill_state_same(const struct drill_state *a, const struct drill_state *b)
{
    return hash128_eq(a->catalog.fingerprint, b->catalog.fingerprint) && row_digests_eq(&a->rows, &b->rows);
}

static const struct object *
changed_object(const struct change *change)
{
    return change->after == NULL ? change->before : change->after;
}

static bool
is_excused(const struct drill_excuses *excuses, const struct change *change)
{
    for (size_t i = 0; i < excuses->n; i++) {
        if (change->kind == CHANGE_CHANGED && str_eq(excuses->items[i], changed_object(change)->name)) {
            return true;
        }
    }
    return false;
}

/* What comes and goes with its table is not listed beside it. */
static bool
is_implied(const struct catalog *before, const struct catalog *after, const struct change *change)
{
    const struct object *object = changed_object(change);
    if (object->kind == OBJECT_TABLE || str_is_empty(object->table) || change->kind == CHANGE_CHANGED) {
        return false;
    }
    return catalog_find(change->kind == CHANGE_ADDED ? before : after, OBJECT_TABLE, object->table) == NULL &&
           catalog_find(change->kind == CHANGE_ADDED ? after : before, OBJECT_TABLE, object->table) != NULL;
}

enum change_class
drill_residue_take(const struct catalog *before, const struct catalog *after,
                   const struct drill_excuses *excuses, struct arena *arena, struct drill_residue **out,
                   size_t *n)
{
    ARENA_SCOPED scratch = {0};
    struct catalog_diff diff;
    enum change_class class = CHANGE_CLASS_NONE;
    catalog_diff(before, after, &scratch, &diff);
    *out = arena_new_array(arena, struct drill_residue, diff.n + 1);
    *n = 0;
    for (size_t i = 0; i < diff.n; i++) {
        const struct change *change = &diff.changes[i];
        if (is_excused(excuses, change) || is_implied(before, after, change)) {
            continue;
        }
        (*out)[(*n)++] = (struct drill_residue){
            .kind = changed_object(change)->kind,
            .name = arena_strdup(arena, changed_object(change)->name),
            .change = change->kind,
            .class = change->class,
            .before = arena_strdup(arena, change->before == NULL ? "" : change->before->text),
            .after = arena_strdup(arena, change->after == NULL ? "" : change->after->text)};
        class = change->class > class ? change->class : class;
    }
    return class;
}

/* -- objects that come out differently every time -----------------------------------------------------------
 */

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Equal once every run of digits is taken for the same. */
static bool
same_but_for_digits(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (is_digit(*a) && is_digit(*b)) {
            while (is_digit(*a)) {
                a++;
            }
            while (is_digit(*b)) {
                b++;
            }
        } else if (*a++ != *b++) {
            return false;
        }
    }
    return *a == *b;
}

void
drill_find_volatile(const struct catalog *before, const struct catalog *after, struct arena *arena,
                    struct drill_excuses *out)
{
    ARENA_SCOPED scratch = {0};
    struct catalog_diff diff;
    catalog_diff(before, after, &scratch, &diff);
    for (size_t i = 0; i < diff.n; i++) {
        const struct change *change = &diff.changes[i];
        if (change->kind == CHANGE_CHANGED && str_eq(change->before->name, change->after->name) &&
            (!str_eq(change->before->text, change->after->text) ||
             !str_eq(change->before->stored, change->after->stored)) &&
            same_but_for_digits(change->before->text, change->after->text) &&
            same_but_for_digits(change->before->stored, change->after->stored)) {
            vec_push(arena, out, arena_strdup(arena, change->after->name));
        }
    }
}

void
drill_confirm_volatile(struct drill_excuses *excuses, const struct catalog *a, const struct catalog *b,
                       struct arena *arena)
{
    struct drill_excuses differ = {0};
    size_t kept = 0;
    drill_find_volatile(a, b, arena, &differ);
    for (size_t i = 0; i < excuses->n; i++) {
        for (size_t k = 0; k < differ.n; k++) {
            if (str_eq(excuses->items[i], differ.items[k])) {
                excuses->items[kept++] = excuses->items[i];
                break;
            }
        }
    }
    excuses->n = kept;
}
