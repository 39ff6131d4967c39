/* Table locks by effect (PostgreSQL manual, "Explicit Locking" and the notes of each command). */
#include "postgres/pg.h"

static const char *
lock_of_create(const struct effect *effect)
{
    switch (effect->object) {
    case OBJECT_INDEX:
        return effect->flags & EFFECT_CONCURRENTLY ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
    case OBJECT_FOREIGN_KEY:
    case OBJECT_TRIGGER:
        return "SHARE ROW EXCLUSIVE";
    case OBJECT_CONSTRAINT:
    case OBJECT_COLUMN:
    case OBJECT_RULE:
    case OBJECT_POLICY:
        return "ACCESS EXCLUSIVE";
    case OBJECT_SCHEMA:
    case OBJECT_EXTENSION:
    case OBJECT_TYPE:
    case OBJECT_SEQUENCE:
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_EVENT:
    case OBJECT_GRANT:
    case OBJECT_COMMENT:
    case OBJECT_OTHER:
    case OBJECT_KIND_COUNT:
        return NULL;
    }
    return NULL;
}

const char *
pg_lock_of(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_CREATE:
        return lock_of_create(effect);
    case EFFECT_DROP:
        return effect->flags & EFFECT_CONCURRENTLY ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
    case EFFECT_RENAME:
    case EFFECT_ALTER:
    case EFFECT_ADD_COLUMN:
    case EFFECT_DROP_COLUMN:
    case EFFECT_COLUMN_TYPE:
    case EFFECT_SET_NOT_NULL:
    case EFFECT_DROP_NOT_NULL:
    case EFFECT_SET_DEFAULT:
    case EFFECT_DROP_DEFAULT:
    case EFFECT_TRUNCATE:
        return "ACCESS EXCLUSIVE";
    case EFFECT_INSERT:
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
        return "ROW EXCLUSIVE";
    case EFFECT_LOCK:
        return "as the statement says";
    case EFFECT_SESSION:
    case EFFECT_TRANSACTION:
    case EFFECT_READ:
    case EFFECT_UNKNOWN:
        return NULL;
    }
    return NULL;
}
