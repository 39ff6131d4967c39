/* CREATE INDEX CONCURRENTLY that fails leaves an invalid index behind, which no query uses and every write
 * pays for; the next attempt stumbles over its name (PostgreSQL manual, CREATE INDEX, "Building Indexes
 * Concurrently"). */
#include "postgres/pg.h"

static const char find_invalid[] =
    "SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON "
    "i.indexrelid = c.oid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND c.relkind = 'i' AND "
    "(n.nspname || '.' || c.relname = ? OR c.relname = ?)";

enum status
pg_clear_torn(struct conn *conn, const struct effect *effect, struct arena *arena, const char **what,
              struct err *err)
{
    struct pg_conn *pg = pg_of(conn);
    struct value names[] = {value_text(effect->name), value_text(effect->name)};
    struct cursor *cursor = NULL;
    struct row row;
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    *what = NULL;
    if (effect->kind != EFFECT_CREATE || effect->object != OBJECT_INDEX ||
        !(effect->flags & EFFECT_CONCURRENTLY)) {
        return STATUS_OK;
    }
    TRY(pg_query(conn, find_invalid, names, COUNT_OF(names), &cursor, NULL, err));
    enum status status = pg_fetch(cursor, &row, err);
    const char *index = status != STATUS_OK || row.n == 0 ? NULL : value_to_str(&row.values[0], arena);
    pg_finish(cursor);
    if (index == NULL) {
        return status;
    }
    buf_str(&sql, "DROP INDEX CONCURRENTLY ");
    driver_quote_qualified(pg->base.driver, &sql, index);
    TRY(pg_exec(conn, buf_view(&sql), NULL, err));
    *what = arena_printf(arena, "dropped the invalid index '%s' that the failed attempt had left", index);
    return STATUS_OK;
}
