#include "sqlite/internal.h"

/* A writer has the database to itself (sqlite.org, "File Locking And Concurrency"). */
const char *
sqlite_lock_of(const struct effect *effect)
{
    bool is_idle =
        effect->kind == EFFECT_SESSION || effect->kind == EFFECT_TRANSACTION || effect->kind == EFFECT_READ;
    return is_idle ? NULL : "write lock on the database";
}
