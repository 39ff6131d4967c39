/* The directory's migrations and the registry's set, joined by identity. */
#ifndef MIGRATE_HISTORY_H
#define MIGRATE_HISTORY_H

#include "journal/registry.h"
#include "script/migration.h"

struct history_entry {
    const char *id;
    const char *version;
    const char *name;
    const struct migration *migration; /* NULL: no longer in the directory */
    const struct applied *applied;     /* NULL: pending */
    bool is_out_of_order;              /* pending, but ordered before one that is applied */
    bool is_edited;                    /* the applied up script has changed in the directory */
    bool is_down_edited;
    bool is_outdated; /* repeatable whose text has changed: pending again */
};

struct history {
    struct history_entry
        *items; /* the directory's order; those without a file follow, in order of application */
    size_t n;
    size_t cap;
    size_t n_applied;
    size_t n_pending;
    size_t n_edited;
    const struct history_entry *current; /* the one applied last; NULL: none */
};

/* `migrations` NULL: no directory at hand. Borrows from both; entries live in the arena. */
void history_join(const struct migrations *migrations, const struct applied_list *applied,
                  struct arena *arena, struct history *out);

bool history_is_pending(const struct history_entry *entry);
/* By whole id, else by version (digits by value). USAGE, with the nearest name, when there is none or more
 * than one. */
enum status history_find(const struct history *history, const char *name, const struct history_entry **out,
                         struct err *err) MUST_USE;

#endif
