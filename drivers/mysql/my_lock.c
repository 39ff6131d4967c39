/* Locks by effect (MySQL and MariaDB manuals, "Metadata Locking"). */
#include "mysql/my_conn.h"

static bool
changes_rows(enum effect_kind kind)
{
    return kind == EFFECT_INSERT || kind == EFFECT_UPDATE || kind == EFFECT_DELETE;
}

static bool
touches_nothing(enum effect_kind kind)
{
    return kind == EFFECT_SESSION || kind == EFFECT_TRANSACTION || kind == EFFECT_READ ||
           kind == EFFECT_UNKNOWN;
}

const char *
my_lock_of(const struct effect *effect)
{
    if (touches_nothing(effect->kind) || (effect->kind == EFFECT_CREATE && effect->object == OBJECT_TABLE)) {
        return NULL;
    }
    return changes_rows(effect->kind) ? "row locks" : "exclusive metadata lock";
}
