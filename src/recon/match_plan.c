/* Which columns of the two queries belong together, and as what they are compared. */
#include "recon/columns.h"
#include "recon/match.h"

#include <string.h>

struct columns {
    VEC(size_t) sides[2];
    VEC(const char *) names;
};

static enum status
add_column(const struct check *check, const struct rows_source sources[2], const char *name,
           struct columns *out, struct arena *arena, struct err *err)
{
    for (size_t side = 0; side < 2; side++) {
        size_t at;
        TRY(columns_find(check, side, &sources[side], name, &at, err));
        vec_push(arena, &out->sides[side], at);
    }
    vec_push(arena, &out->names, name);
    return STATUS_OK;
}

static bool
is_taken(const struct columns *columns, size_t side, size_t at)
{
    for (size_t i = 0; i < columns->sides[side].n; i++) {
        if (columns->sides[side].items[i] == at) {
            return true;
        }
    }
    return false;
}

/* Without `compare=`, everything that is neither key nor time; then both sides have to have it. */
static enum status
add_all(const struct check *check, const struct rows_source sources[2], struct columns *out,
        struct arena *arena, struct err *err)
{
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < sources[side].n_columns; i++) {
            const char *name = sources[side].columns[i].name;
            bool is_late = check->late != NULL && rows_same_name(name, check->late);
            if (is_late || is_taken(out, side, i)) {
                continue;
            }
            size_t other;
            if (columns_find(check, 1 - side, &sources[1 - side], name, &other, err) != STATUS_OK) {
                return err_hint(err, "the other side has it: name what is compared with compare=..., or give "
                                     "both columns one name with AS");
            }
            TRY(add_column(check, sources, name, out, arena, err));
        }
    }
    return STATUS_OK;
}

/* Rules for columns that are not there are slips, too. */
static enum status
set_rules(struct match *match, struct arena *arena, struct err *err)
{
    const struct check *check = match->check;
    size_t n = match->n_key + match->n_compare;
    size_t used = 0;
    match->rules = arena_new_array(arena, const struct column_rule *, n + 1);
    for (size_t i = match->n_key; i < n; i++) {
        match->rules[i] = check_rule(check, match->names[i]);
        used += match->rules[i] != NULL;
    }
    for (size_t i = 0; i < check->rules.n && used < check->rules.n; i++) {
        bool is_used = false;
        for (size_t k = match->n_key; k < n; k++) {
            is_used = is_used || match->rules[k] == &check->rules.items[i];
        }
        if (!is_used) {
            (void)err_raise(err, STATUS_USAGE,
                            "%s:%zu: check '%s' has a rule for '%s', which is not compared", check->file,
                            check->line, check->name, check->rules.items[i].column);
            return err_hint(err, "name a compared column, or leave the rule out");
        }
    }
    return STATUS_OK;
}

static void
set_plans(struct match *match, const struct rows_source sources[2], const struct columns *columns,
          struct arena *arena)
{
    size_t n = columns->sides[0].n;
    for (size_t side = 0; side < 2; side++) {
        match->plans[side] = (struct rows_plan){.source = &sources[side],
                                                .columns = columns->sides[side].items,
                                                .kinds = arena_new_array(arena, enum canon_kind, n + 1),
                                                .n = n,
                                                .n_key = match->n_key};
    }
    for (size_t i = 0; i < n; i++) {
        const char *note = NULL;
        bool is_late = match->has_late && i + 1 == n;
        enum canon_kind kind =
            is_late ? CANON_INSTANT
                    : canon_kind_common(sources[0].columns[columns->sides[0].items[i]].kind,
                                        sources[1].columns[columns->sides[1].items[i]].kind, &note);
        for (size_t side = 0; side < 2; side++) {
            /* What may be a float is read as what it is, so that one in a sum is seen. */
            bool is_untyped = sources[side].columns[columns->sides[side].items[i]].kind == CANON_ANY;
            match->plans[side].kinds[i] = match->is_sum && is_untyped && i >= match->n_key ? CANON_ANY : kind;
        }
        if (note != NULL) {
            vec_push(arena, &match->notes, arena_printf(arena, "%s: %s", columns->names.items[i], note));
        }
    }
}

enum status
match_init(struct match *match, const struct check *check, const struct rows_source sources[2],
           const char *folder, struct arena *arena, struct err *err)
{
    struct columns columns = {0};
    *match = (struct match){.check = check,
                            .n_key = check->key.n,
                            .has_late = check->late != NULL,
                            .is_sum = check->kind == CHECK_INVARIANT};
    match->is_one_row = match->is_sum && check->key.n == 0;
    spool_init(&match->spools[0], folder, 0);
    spool_init(&match->spools[1], folder, 0);
    for (size_t i = 0; i < check->key.n; i++) {
        TRY(add_column(check, sources, check->key.items[i], &columns, arena, err));
    }
    for (size_t i = 0; i < check->compare.n; i++) {
        TRY(add_column(check, sources, check->compare.items[i], &columns, arena, err));
    }
    if (check->compare.n == 0) {
        TRY(add_all(check, sources, &columns, arena, err));
    }
    match->n_compare = columns.sides[0].n - match->n_key;
    match->names = columns.names.items;
    for (size_t i = 0; i < match->n_compare && match->is_sum; i++) {
        for (size_t side = 0; side < 2; side++) {
            const size_t *places = columns.sides[side].items;
            require(places != NULL);
            TRY(columns_check_sum(check, side, &sources[side].columns[places[match->n_key + i]], err));
        }
    }
    if (match->has_late) {
        TRY(add_column(check, sources, check->late, &columns, arena, err));
        for (size_t side = 0; side < 2; side++) {
            size_t at = columns.sides[side].items[columns.sides[side].n - 1];
            TRY(columns_check_time(check, side, &sources[side].columns[at], err));
        }
    }
    set_plans(match, sources, &columns, arena);
    match->names = columns.names.items;
    return set_rules(match, arena, err);
}
