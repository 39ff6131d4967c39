#include "driver/effect.h"

const char *
effect_kind_name(enum effect_kind kind)
{
    static const char *const names[] = {
        [EFFECT_CREATE] = "create",
        [EFFECT_DROP] = "drop",
        [EFFECT_RENAME] = "rename",
        [EFFECT_ALTER] = "alter",
        [EFFECT_ADD_COLUMN] = "add column",
        [EFFECT_DROP_COLUMN] = "drop column",
        [EFFECT_COLUMN_TYPE] = "column type",
        [EFFECT_SET_NOT_NULL] = "set not null",
        [EFFECT_DROP_NOT_NULL] = "drop not null",
        [EFFECT_SET_DEFAULT] = "set default",
        [EFFECT_DROP_DEFAULT] = "drop default",
        [EFFECT_INSERT] = "insert",
        [EFFECT_UPDATE] = "update",
        [EFFECT_DELETE] = "delete",
        [EFFECT_TRUNCATE] = "truncate",
        [EFFECT_LOCK] = "lock",
        [EFFECT_SESSION] = "session",
        [EFFECT_TRANSACTION] = "transaction",
        [EFFECT_READ] = "read",
        [EFFECT_UNKNOWN] = "unknown",
    };
    return names[kind];
}

bool
effect_is_destructive(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_DROP:
    case EFFECT_ALTER:
    case EFFECT_DROP_COLUMN:
    case EFFECT_COLUMN_TYPE:
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
    case EFFECT_TRUNCATE:
    case EFFECT_UNKNOWN:
        return true;
    case EFFECT_CREATE:
        return (effect->flags & EFFECT_OR_REPLACE) != 0;
    case EFFECT_INSERT:
        return (effect->flags & EFFECT_REPLACE_ROWS) != 0;
    case EFFECT_RENAME:
    case EFFECT_ADD_COLUMN:
    case EFFECT_SET_NOT_NULL:
    case EFFECT_DROP_NOT_NULL:
    case EFFECT_SET_DEFAULT:
    case EFFECT_DROP_DEFAULT:
    case EFFECT_LOCK:
    case EFFECT_SESSION:
    case EFFECT_TRANSACTION:
    case EFFECT_READ:
        return false;
    }
    return true;
}
