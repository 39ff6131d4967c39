/* The difference of two catalogues, in three passes over sorted lists: pair by name, pair generated names by
 * text, judge column order table by table. n log n in the number of objects. */
#include "base/str.h"
#include "base/vec.h"
#include "schema/object.h"

#include <stdlib.h>
#include <string.h>

/* Two objects that are taken for the same one; either may be NULL. */
struct pair {
    const struct object *before;
    const struct object *after;
    bool has_moved; /* column: its place among the columns that both sides have */
};

struct pairs {
    struct pair *items;
    size_t n;
    size_t cap;
    struct arena *arena;
};

static const struct object *
any_of(const struct pair *pair)
{
    return pair->after != NULL ? pair->after : pair->before;
}

static int
compare_names(const struct object *a, const struct object *b)
{
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcmp(a->name, b->name);
}

static void
add_pair(struct pairs *pairs, const struct object *before, const struct object *after)
{
    vec_push(pairs->arena, pairs, (struct pair){before, after, false});
}

static size_t
same_name_count(const struct catalog *catalog, size_t from)
{
    size_t n = 0;
    while (from + n < catalog->n &&
           compare_names(&catalog->objects[from], &catalog->objects[from + n]) == 0) {
        n++;
    }
    return n;
}

/* Several objects may share kind and name (overloads): equal texts first, the rest in order. */
static void
pair_namesakes(struct pairs *pairs, const struct object *before, size_t n_before, const struct object *after,
               size_t n_after)
{
    bool *is_taken = arena_new_array(pairs->arena, bool, n_after);
    const struct object **left = arena_new_array(pairs->arena, const struct object *, n_before);
    size_t n_left = 0;
    size_t j = 0;
    for (size_t i = 0; i < n_before; i++) {
        while (j < n_after && strcmp(after[j].text, before[i].text) < 0) {
            j++;
        }
        if (j < n_after && str_eq(after[j].text, before[i].text)) {
            is_taken[j] = true;
            add_pair(pairs, &before[i], &after[j++]);
        } else {
            left[n_left++] = &before[i];
        }
    }
    size_t used = 0;
    for (j = 0; j < n_after; j++) {
        if (!is_taken[j]) {
            add_pair(pairs, used < n_left ? left[used] : NULL, &after[j]);
            used++;
        }
    }
    for (; used < n_left; used++) {
        add_pair(pairs, left[used], NULL);
    }
}

static void
pair_by_name(const struct catalog *before, const struct catalog *after, struct pairs *pairs)
{
    size_t i = 0;
    size_t j = 0;
    while (i < before->n || j < after->n) {
        int order = i == before->n  ? 1
                    : j == after->n ? -1
                                    : compare_names(&before->objects[i], &after->objects[j]);
        if (order < 0) {
            add_pair(pairs, &before->objects[i++], NULL);
        } else if (order > 0) {
            add_pair(pairs, NULL, &after->objects[j++]);
        } else {
            size_t n_before = same_name_count(before, i);
            size_t n_after = same_name_count(after, j);
            if (n_before == 1 && n_after == 1) {
                add_pair(pairs, &before->objects[i], &after->objects[j]);
            } else {
                pair_namesakes(pairs, &before->objects[i], n_before, &after->objects[j], n_after);
            }
            i += n_before;
            j += n_after;
        }
    }
}

/* By what a made-up name can be recognised: everything but the name. */
static int
compare_nameless(const struct object *a, const struct object *b)
{
    int order = a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcmp(a->table, b->table);
    return order != 0 ? order : strcmp(a->text, b->text);
}

static int
compare_single_pairs(const void *left, const void *right)
{
    const struct object *a = any_of(*(struct pair *const *)left);
    const struct object *b = any_of(*(struct pair *const *)right);
    int order = compare_nameless(a, b);
    return order != 0 ? order : strcmp(a->name, b->name);
}

/* Singles of one side whose name the server may have made up, sorted so that the other side's merge in. */
static struct pair **
generated_singles(struct pairs *pairs, bool is_before, size_t *n)
{
    struct pair **singles = arena_new_array(pairs->arena, struct pair *, pairs->n);
    *n = 0;
    for (size_t i = 0; i < pairs->n; i++) {
        struct pair *pair = &pairs->items[i];
        const struct object *other = is_before ? pair->after : pair->before;
        if (other == NULL && any_of(pair)->is_name_generated) {
            singles[(*n)++] = pair;
        }
    }
    if (*n > 0) {
        qsort(singles, *n, sizeof(singles[0]), compare_single_pairs);
    }
    return singles;
}

static void
pair_generated_names(struct pairs *pairs)
{
    size_t n_removed = 0;
    size_t n_added = 0;
    struct pair **removed = generated_singles(pairs, true, &n_removed);
    struct pair **added = generated_singles(pairs, false, &n_added);
    size_t i = 0;
    size_t j = 0;
    while (i < n_removed && j < n_added) {
        int order = compare_nameless(removed[i]->before, added[j]->after);
        if (order == 0) {
            removed[i++]->after = added[j]->after;
            added[j++]->after = NULL; /* both sides empty: left out of the result */
        } else if (order < 0) {
            i++;
        } else {
            j++;
        }
    }
}

static int
compare_columns(const void *left, const void *right)
{
    const struct object *a = (*(struct pair *const *)left)->before;
    const struct object *b = (*(struct pair *const *)right)->before;
    int order = strcmp(a->table, b->table);
    return order != 0 ? order : (a->position > b->position) - (a->position < b->position);
}

/* Marks the fewest columns whose moving explains the new order: all but a longest increasing subsequence of
 * the new places (patience sorting; Fredman 1975). */
static void
mark_moved(struct pair **columns, size_t n, struct arena *arena)
{
    size_t *tail = arena_new_array(arena, size_t, n);  /* tail[k]: last of the best run of k + 1 */
    size_t *below = arena_new_array(arena, size_t, n); /* the one before it in its run, + 1 */
    size_t longest = 0;
    for (size_t i = 0; i < n; i++) {
        size_t low = 0;
        size_t high = longest;
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            if (columns[tail[mid]]->after->position < columns[i]->after->position) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        below[i] = low == 0 ? 0 : tail[low - 1] + 1;
        tail[low] = i;
        longest = low == longest ? longest + 1 : longest;
        columns[i]->has_moved = true;
    }
    for (size_t at = longest == 0 ? 0 : tail[longest - 1] + 1; at != 0; at = below[at - 1]) {
        columns[at - 1]->has_moved = false;
    }
}

/* Only columns that both sides have take part: an added or removed one shifts the others without moving
 * them. */
static void
judge_column_order(struct pairs *pairs)
{
    struct pair **columns = arena_new_array(pairs->arena, struct pair *, pairs->n);
    size_t n = 0;
    for (size_t i = 0; i < pairs->n; i++) {
        struct pair *pair = &pairs->items[i];
        if (pair->before != NULL && pair->after != NULL && pair->before->position != 0 &&
            pair->after->position != 0 && str_eq(pair->before->table, pair->after->table)) {
            columns[n++] = pair;
        }
    }
    if (n > 0) {
        qsort(columns, n, sizeof(columns[0]), compare_columns);
    }
    for (size_t from = 0; from < n;) {
        size_t to = from + 1;
        while (to < n && str_eq(columns[to]->before->table, columns[from]->before->table)) {
            to++;
        }
        mark_moved(columns + from, to - from, pairs->arena);
        from = to;
    }
}

static enum change_class
class_of(const struct pair *pair)
{
    const struct object *before = pair->before;
    const struct object *after = pair->after;
    if (before == NULL || after == NULL || !str_eq(before->text, after->text) ||
        !str_eq(before->table, after->table)) {
        return CHANGE_CLASS_MEANING;
    }
    if (pair->has_moved) {
        return CHANGE_CLASS_COLUMN_ORDER;
    }
    if (!str_eq(before->stored, after->stored) || !str_eq(before->name, after->name)) {
        return CHANGE_CLASS_TEXT;
    }
    return CHANGE_CLASS_NONE;
}

static int
compare_changes(const void *left, const void *right)
{
    const struct change *a = left;
    const struct change *b = right;
    int order =
        compare_names(a->after != NULL ? a->after : a->before, b->after != NULL ? b->after : b->before);
    return order != 0 ? order : (int)a->kind - (int)b->kind;
}

void
catalog_diff(const struct catalog *before, const struct catalog *after, struct arena *arena,
             struct catalog_diff *out)
{
    ARENA_SCOPED scratch = {0};
    struct pairs pairs = {.arena = &scratch};
    VEC(struct change) changes = {0};
    *out = (struct catalog_diff){0};
    pair_by_name(before, after, &pairs);
    pair_generated_names(&pairs);
    judge_column_order(&pairs);
    for (size_t i = 0; i < pairs.n; i++) {
        const struct pair *pair = &pairs.items[i];
        bool is_empty = pair->before == NULL && pair->after == NULL;
        enum change_class class = is_empty ? CHANGE_CLASS_NONE : class_of(pair);
        if (class == CHANGE_CLASS_NONE) {
            continue;
        }
        enum change_kind kind = pair->before == NULL  ? CHANGE_ADDED
                                : pair->after == NULL ? CHANGE_REMOVED
                                                      : CHANGE_CHANGED;
        vec_push(arena, &changes, (struct change){kind, class, pair->before, pair->after});
        out->class = class > out->class ? class : out->class;
    }
    if (changes.n > 0) {
        qsort(changes.items, changes.n, sizeof(changes.items[0]), compare_changes);
    }
    out->changes = changes.items;
    out->n = changes.n;
}
