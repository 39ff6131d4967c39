#include "migrate/history.h"

#include "base/map.h"

#include <string.h>

static bool
part_is_edited(const struct migration *migration, const struct applied *applied, enum part_kind part)
{
    return applied->sha256[part][0] != '\0' && !str_eq(migration->parts[part].sha256, applied->sha256[part]);
}

static struct history_entry
join_file(const struct migration *migration, const struct applied *applied)
{
    struct history_entry entry = {
        .id = migration->id,
        .version = migration->version,
        .name = migration->name,
        .migration = migration,
        .applied = applied,
    };
    if (applied != NULL) {
        bool changed = part_is_edited(migration, applied, PART_UP);
        entry.is_outdated = migration->is_repeatable && changed;
        entry.is_edited = !migration->is_repeatable && changed;
        /* A down that came after the up was applied is an edit, too: nobody has vouched for it. */
        entry.is_down_edited =
            part_is_edited(migration, applied, PART_DOWN) ||
            (applied->sha256[PART_DOWN][0] == '\0' && applied->sha256[PART_UP][0] != '\0' &&
             migration->parts[PART_DOWN].is_present);
    }
    return entry;
}

static void
mark_out_of_order(struct history *history)
{
    bool applied_behind = false;
    for (size_t i = history->n; i > 0; i--) {
        require(history->items != NULL);
        struct history_entry *entry = &history->items[i - 1];
        if (entry->migration == NULL || entry->migration->is_repeatable) {
            continue;
        }
        if (entry->applied != NULL) {
            applied_behind = true;
        } else {
            entry->is_out_of_order = applied_behind;
        }
    }
}

static void
count(struct history *history)
{
    for (size_t i = 0; i < history->n; i++) {
        const struct history_entry *entry = &history->items[i];
        history->n_applied += entry->applied != NULL;
        history->n_pending += history_is_pending(entry);
        history->n_edited += entry->is_edited || entry->is_down_edited;
        if (entry->applied != NULL &&
            (history->current == NULL || entry->applied->seq > history->current->applied->seq)) {
            history->current = entry;
        }
    }
}

/* Those applied, to be found by their identity. Mostly they come in the directory's order: only what does not
 * is looked up in a map. */
struct finder {
    const struct applied_list *applied;
    struct arena arena;
    bool *is_taken;
    size_t next;
    bool has_map;
    struct map by_id;
};

static const struct applied *
find_applied(struct finder *finder, const char *id)
{
    const struct applied_list *applied = finder->applied;
    while (finder->next < applied->n && finder->is_taken[finder->next]) {
        finder->next++;
    }
    if (finder->next == applied->n) {
        return NULL;
    }
    const struct applied *found = &applied->items[finder->next];
    if (!str_eq(found->id, id)) {
        for (size_t i = finder->next; i < applied->n && !finder->has_map; i++) {
            map_put(&finder->by_id, span_of(applied->items[i].id), &applied->items[i]);
        }
        finder->has_map = true;
        found = map_get(&finder->by_id, span_of(id));
    }
    if (found == NULL || finder->is_taken[found - applied->items]) {
        return NULL;
    }
    finder->is_taken[found - applied->items] = true;
    return found;
}

void
history_join(const struct migrations *migrations, const struct applied_list *applied, struct arena *arena,
             struct history *out)
{
    struct finder finder = {.applied = applied};
    memset(out, 0, sizeof(*out));
    out->cap = (migrations == NULL ? 0 : migrations->n) + applied->n;
    out->items = out->cap == 0 ? NULL : arena_new_array(arena, struct history_entry, out->cap);
    finder.is_taken = arena_new_array(&finder.arena, bool, applied->n + 1);
    map_init(&finder.by_id, &finder.arena);
    for (size_t i = 0; migrations != NULL && i < migrations->n; i++) {
        const struct migration *migration = &migrations->items[i];
        vec_push(arena, out, join_file(migration, find_applied(&finder, migration->id)));
    }
    for (size_t i = 0; i < applied->n; i++) {
        const struct applied *orphan = &applied->items[i];
        if (!finder.is_taken[i]) {
            struct history_entry entry = {
                .id = orphan->id, .version = orphan->version, .name = orphan->name, .applied = orphan};
            vec_push(arena, out, entry);
        }
    }
    arena_release(&finder.arena);
    mark_out_of_order(out);
    count(out);
}

bool
history_is_pending(const struct history_entry *entry)
{
    return entry->applied == NULL || entry->is_outdated;
}

/* "7" and "0007" are the same version: digits compare by value, whatever their width. */
static bool
version_matches(const char *version, const char *name)
{
    size_t digits = strspn(version, "0123456789");
    bool are_numbers = digits > 0 && version[digits] == '\0' && name[strspn(name, "0123456789")] == '\0';
    return str_eq(version, name) || (are_numbers && version_compare(version, name) == 0);
}

enum status
history_find(const struct history *history, const char *name, const struct history_entry **out,
             struct err *err)
{
    const struct history_entry *found = NULL;
    const struct history_entry *second = NULL;
    for (size_t i = 0; i < history->n; i++) {
        const struct history_entry *entry = &history->items[i];
        if (str_eq(entry->id, name)) {
            *out = entry;
            return STATUS_OK;
        }
        if (version_matches(entry->version, name)) {
            second = found == NULL ? NULL : entry;
            found = entry;
        }
    }
    if (found == NULL) {
        (void)err_raise(err, STATUS_USAGE, "there is no migration '%s'", name);
        return err_hint(err, "'rollcall status' lists what there is");
    }
    if (second != NULL) {
        (void)err_raise(err, STATUS_USAGE, "version '%s' stands for several migrations", name);
        return err_hint(err, "give the whole name, for example '%s'", second->id);
    }
    *out = found;
    return STATUS_OK;
}
