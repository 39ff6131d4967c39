/* What is compared with what: tables by name, columns by name, and the key. */
#include "recon/compare_core.h"

#include <stdlib.h>
#include <string.h>

static const char *const side_names[2] = {"left", "right"};

/* -- tables ------------------------------------------------------------------------------------------------
 */

struct table_list {
    const char **names;
    const struct snapshot_reader **readers;
    size_t n;
};

static int
compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status
list_tables(const struct compare_end *end, struct arena *arena, struct table_list *out, struct err *err)
{
    *out = (struct table_list){.n = end->n_files};
    if (end->conn != NULL) {
        TRY(conn_tables(end->conn, arena, &out->names, &out->n, err));
        if (out->n > 0) {
            qsort(out->names, out->n, sizeof(out->names[0]), compare_strings);
        }
    } else {
        out->names = arena_new_array(arena, const char *, out->n + 1);
    }
    out->readers = arena_new_array(arena, const struct snapshot_reader *, out->n + 1);
    for (size_t i = 0; i < out->n && end->conn == NULL; i++) {
        out->names[i] = end->files[i].table;
        out->readers[i] = end->files[i].reader;
    }
    return STATUS_OK;
}

static const char *
bare_name(const char *qualified)
{
    const char *dot = strrchr(qualified, '.');
    return dot == NULL ? qualified : dot + 1;
}

enum { NONE = -1, SEVERAL = -2 };

/* The table of that name: spelled the same, or the only one that is it but for case, underscores and schema.
 */
static int
find_table(const struct table_list *list, const char *name)
{
    int found = NONE;
    for (int pass = 0; pass < 3 && found == NONE; pass++) {
        for (size_t i = 0; i < list->n; i++) {
            bool is_match = pass == 0   ? str_eq(list->names[i], name)
                            : pass == 1 ? rows_same_name(list->names[i], name)
                                        : rows_same_name(bare_name(list->names[i]), bare_name(name));
            if (is_match) {
                found = found == NONE ? (int)i : SEVERAL;
            }
        }
    }
    return found;
}

static enum status
pick_wanted(const struct table_list lists[2], const struct compare_names *wanted, struct arena *arena,
            struct table_pairs *out, struct err *err)
{
    for (size_t i = 0; i < wanted->n; i++) {
        struct table_pair pair = {{NULL, NULL}, {NULL, NULL}};
        for (int side = 0; side < 2; side++) {
            int at = find_table(&lists[side], wanted->items[i]);
            if (at < 0) {
                (void)err_raise(err, STATUS_USAGE, "the %s side has %s table '%s'", side_names[side],
                                at == NONE ? "no" : "more than one", wanted->items[i]);
                const char *near = nearest_name(wanted->items[i], lists[side].names, lists[side].n);
                return at != NONE
                           ? err_hint(err, "name it with its schema: --tables SCHEMA.%s", wanted->items[i])
                       : near != NULL ? err_hint(err, "did you mean '%s'?", near)
                                      : err_hint(err, "what is no table can be compared as a query: "
                                                      "--left-query SQL --right-query SQL");
            }
            pair.sides[side] = lists[side].names[at];
            pair.readers[side] = lists[side].readers[at];
        }
        vec_push(arena, out, pair);
    }
    return STATUS_OK;
}

static enum status
raise_ambiguous(const char *name, struct err *err)
{
    (void)err_raise(err, STATUS_USAGE, "'%s' could be more than one table of the other side", name);
    return err_hint(err, "name the tables that are meant: --tables A,B");
}

enum status
pair_tables(const struct compare_end ends[2], const struct compare_names *wanted, struct arena *arena,
            struct table_pairs *out, struct err *err)
{
    struct table_list lists[2];
    for (int side = 0; side < 2; side++) {
        if (list_tables(&ends[side], arena, &lists[side], err) != STATUS_OK) {
            return err_wrap(err, "%s side", side_names[side]);
        }
    }
    if (wanted->n > 0) {
        return pick_wanted(lists, wanted, arena, out, err);
    }
    bool *is_taken = arena_new_array(arena, bool, lists[1].n + 1);
    for (size_t i = 0; i < lists[0].n; i++) {
        struct table_pair pair = {{lists[0].names[i], NULL}, {lists[0].readers[i], NULL}};
        int at = find_table(&lists[1], lists[0].names[i]);
        if (at == SEVERAL || (at >= 0 && is_taken[at])) {
            return raise_ambiguous(lists[0].names[i], err);
        }
        if (at >= 0) {
            is_taken[at] = true;
            pair.sides[1] = lists[1].names[at];
            pair.readers[1] = lists[1].readers[at];
        }
        vec_push(arena, out, pair);
    }
    for (size_t i = 0; i < lists[1].n; i++) {
        if (!is_taken[i]) {
            vec_push(arena, out,
                     ((struct table_pair){{NULL, lists[1].names[i]}, {NULL, lists[1].readers[i]}}));
        }
    }
    return STATUS_OK;
}

/* -- columns -----------------------------------------------------------------------------------------------
 */

struct column_pair {
    const char *canonical;
    size_t columns[2];
    bool is_wanted; /* also when it is no part of the key */
    bool is_key;
};

struct pairing {
    const struct rows_source *sources;
    const struct compare_options *options;
    struct arena *arena;
    struct compare_table *out;
    struct column_pair *items;
    size_t n;
};

static int
find_column(const struct rows_source *source, const char *name)
{
    int found = NONE;
    for (int pass = 0; pass < 2 && found == NONE; pass++) {
        for (size_t i = 0; i < source->n_columns; i++) {
            if (pass == 0 ? str_eq(source->columns[i].name, name)
                          : rows_same_name(source->columns[i].name, name)) {
                found = found == NONE ? (int)i : SEVERAL;
            }
        }
    }
    return found;
}

static bool
is_named(const struct compare_names *names, const char *column)
{
    for (size_t i = 0; i < names->n; i++) {
        if (rows_same_name(names->items[i], column)) {
            return true;
        }
    }
    return false;
}

static enum status
check_names(const struct pairing *pairing, const struct compare_names *names, const char *what,
            struct err *err)
{
    for (size_t i = 0; i < names->n; i++) {
        for (int side = 0; side < 2; side++) {
            const struct rows_source *source = &pairing->sources[side];
            int at = find_column(source, names->items[i]);
            if (at < 0) {
                (void)err_raise(err, STATUS_USAGE, "'%s' of the %s side has %s column '%s'", source->name,
                                side_names[side], at == NONE ? "no" : "more than one", names->items[i]);
                return err_hint(err, "%s names columns that both sides have", what);
            }
        }
    }
    return STATUS_OK;
}

static enum status
match_columns(struct pairing *pairing, struct err *err)
{
    const struct rows_source *left = &pairing->sources[0];
    const struct rows_source *right = &pairing->sources[1];
    const struct compare_options *options = pairing->options;
    bool *is_taken = arena_new_array(pairing->arena, bool, right->n_columns + 1);
    pairing->items = arena_new_array(pairing->arena, struct column_pair, left->n_columns + 1);
    for (size_t i = 0; i < left->n_columns; i++) {
        const char *name = left->columns[i].name;
        int at = find_column(right, name);
        bool is_wanted =
            options->columns.n == 0 || is_named(&options->columns, name) || is_named(&options->key, name);
        if (at == SEVERAL || (at >= 0 && is_taken[at])) {
            return err_raise(err, STATUS_USAGE, "the column '%s' of '%s' could be more than one of '%s'",
                             name, left->name, right->name);
        }
        if (at >= 0) {
            is_taken[at] = true;
            pairing->items[pairing->n++] =
                (struct column_pair){.canonical = rows_canonical_name(name, pairing->arena),
                                     .columns = {i, (size_t)at},
                                     .is_wanted = is_wanted};
        } else if (is_wanted) {
            vec_push(pairing->arena, &pairing->out->only_left, name);
        }
    }
    for (size_t i = 0; i < right->n_columns; i++) {
        if (!is_taken[i] && options->columns.n == 0) {
            vec_push(pairing->arena, &pairing->out->only_right, right->columns[i].name);
        }
    }
    return STATUS_OK;
}

static bool
declares_key(const struct rows_source *source)
{
    for (size_t i = 0; i < source->n_columns; i++) {
        if (source->columns[i].is_key) {
            return true;
        }
    }
    return false;
}

/* A side's key is of use when the other side has all of its columns. */
static bool
key_is_shared(const struct pairing *pairing, int side)
{
    const struct rows_source *source = &pairing->sources[side];
    size_t n = 0;
    for (size_t i = 0; i < source->n_columns; i++) {
        n += source->columns[i].is_key;
    }
    for (size_t i = 0; i < pairing->n; i++) {
        n -= source->columns[pairing->items[i].columns[side]].is_key;
    }
    return n == 0 && declares_key(source);
}

/* Sets is_key; columns that are neither wanted nor part of it go. */
static enum status
choose_key(struct pairing *pairing, struct err *err)
{
    const struct rows_source *sources = pairing->sources;
    bool is_told = pairing->options->key.n > 0;
    bool is_of[2] = {key_is_shared(pairing, 0), key_is_shared(pairing, 1)};
    size_t n = 0;
    if (!is_told && !is_of[0] && !is_of[1] && (declares_key(&sources[0]) || declares_key(&sources[1]))) {
        (void)err_raise(err, STATUS_USAGE, "'%s' and '%s' share no key", sources[0].name, sources[1].name);
        return err_hint(err, "name the columns that tell rows apart: --key A,B");
    }
    for (size_t i = 0; i < pairing->n; i++) {
        struct column_pair pair = pairing->items[i];
        bool left = sources[0].columns[pair.columns[0]].is_key;
        bool right = sources[1].columns[pair.columns[1]].is_key;
        if (!is_told && is_of[0] && is_of[1] && left != right) {
            (void)err_raise(err, STATUS_USAGE, "'%s' and '%s' have different keys", sources[0].name,
                            sources[1].name);
            return err_hint(err, "name the columns that tell rows apart: --key A,B");
        }
        pair.is_key = is_told ? is_named(&pairing->options->key, sources[0].columns[pair.columns[0]].name)
                              : (is_of[0] ? left : is_of[1] && right);
        if (pair.is_wanted || pair.is_key) {
            pairing->items[n++] = pair;
        }
    }
    pairing->n = n;
    bool is_bare = sources[0].n_columns + sources[1].n_columns == 0; /* PostgreSQL has tables of no columns */
    return n > 0 || is_bare ? STATUS_OK
                            : err_raise(err, STATUS_USAGE, "'%s' and '%s' have no column in common",
                                        sources[0].name, sources[1].name);
}

static int
compare_pairs(const void *a, const void *b)
{
    const struct column_pair *left = a;
    const struct column_pair *right = b;
    return left->is_key != right->is_key ? (left->is_key ? -1 : 1)
                                         : strcmp(left->canonical, right->canonical);
}

static void
add_note(struct pairing *pairing, const char *column, const char *note)
{
    vec_push(pairing->arena, &pairing->out->notes,
             arena_printf(pairing->arena, "column '%s': %s", column, note));
}

/* Where the key, as declared or given, has the column. */
static size_t
place_in_key(const struct pairing *pairing, const struct column_pair *pair)
{
    const struct rows_column *left = &pairing->sources[0].columns[pair->columns[0]];
    const struct rows_column *right = &pairing->sources[1].columns[pair->columns[1]];
    for (size_t i = 0; i < pairing->options->key.n; i++) {
        if (rows_same_name(pairing->options->key.items[i], left->name)) {
            return i;
        }
    }
    return left->is_key ? left->key_place : right->key_place;
}

/* People expect the key's columns as they declared them; hashes need an order that both sides share. */
static void
order_key(struct pairing *pairing)
{
    struct compare_table *out = pairing->out;
    out->key_order = arena_new_array(pairing->arena, size_t, out->n_key + 1);
    for (size_t i = 0; i < out->n_key; i++) {
        size_t at = i;
        for (; at > 0 && place_in_key(pairing, &pairing->items[out->key_order[at - 1]]) >
                             place_in_key(pairing, &pairing->items[i]);
             at--) {
            out->key_order[at] = out->key_order[at - 1];
        }
        out->key_order[at] = i;
    }
    for (size_t i = 0; i < out->n_key; i++) {
        const struct column_pair *pair = &pairing->items[out->key_order[i]];
        out->key_columns[i] = pairing->sources[0].columns[pair->columns[0]].name;
    }
}

static void
fill_plans(struct pairing *pairing, struct rows_plan plans[2])
{
    struct arena *arena = pairing->arena;
    enum canon_kind *kinds = arena_new_array(arena, enum canon_kind, pairing->n + 1);
    pairing->out->key_columns = arena_new_array(arena, const char *, pairing->n + 1);
    for (int side = 0; side < 2; side++) {
        plans[side] = (struct rows_plan){.source = &pairing->sources[side], .kinds = kinds, .n = pairing->n};
        plans[side].columns = arena_new_array(arena, size_t, pairing->n + 1);
    }
    for (size_t i = 0; i < pairing->n; i++) {
        const struct column_pair *pair = &pairing->items[i];
        const struct rows_column *left = &pairing->sources[0].columns[pair->columns[0]];
        const struct rows_column *right = &pairing->sources[1].columns[pair->columns[1]];
        const char *note = NULL;
        kinds[i] = canon_kind_common(left->kind, right->kind, &note);
        if (note != NULL) {
            add_note(pairing, left->name, note);
        }
        for (int side = 0; side < 2; side++) {
            plans[side].columns[i] = pair->columns[side];
            plans[side].n_key += pair->is_key;
        }
        pairing->out->n_key += pair->is_key;
    }
    order_key(pairing);
}

enum status
pair_columns(const struct rows_source sources[2], const struct compare_options *options, struct arena *arena,
             struct rows_plan plans[2], struct compare_table *out, struct err *err)
{
    struct pairing pairing = {.sources = sources, .options = options, .arena = arena, .out = out};
    TRY(check_names(&pairing, &options->key, "--key", err));
    TRY(check_names(&pairing, &options->columns, "--columns", err));
    TRY(match_columns(&pairing, err));
    TRY(choose_key(&pairing, err));
    if (pairing.n > 0) {
        qsort(pairing.items, pairing.n, sizeof(pairing.items[0]), compare_pairs);
    }
    fill_plans(&pairing, plans);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < sources[side].n_left_out; i++) {
            add_note(&pairing, sources[side].left_out[i],
                     arena_printf(arena, "generated on the %s side, not compared", side_names[side]));
        }
    }
    return STATUS_OK;
}
