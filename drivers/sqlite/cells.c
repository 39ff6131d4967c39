/* Cells on their way through side tables. A column of one without a type takes every cell as it is, and what
 * came out of a column goes back into it without a change: its affinity has been at work already. */
#include "sqlite/capture.h"

#include <string.h>

void
cells_side_type(struct buf *out, const struct type *type, const char *collation)
{
    (void)out; /* a column without a type */
    (void)type;
    (void)collation;
}

/* No comparison of SQLite's looks at bits: 0.0 is -0.0, and collations and affinities see to more. */
void
cells_same(struct buf *out, const char *cell, const char *side, const struct type *type)
{
    (void)type;
    buf_printf(out, "rollcall_same(%s, %s)", cell, side);
}

void
cells_plain(struct buf *out, const char *cell, const struct type *type)
{
    (void)type;
    buf_str(out, cell);
}

/* Without the column's affinity, so that an index over cells of a side table serves where it is compared. */
void
cells_bare(struct buf *out, const char *cell, const struct type *type)
{
    (void)type;
    buf_printf(out, "+%s", cell);
}

static bool
are_same(sqlite3_value *a, sqlite3_value *b)
{
    int type = sqlite3_value_type(a);
    if (type != sqlite3_value_type(b)) {
        return false;
    }
    if (type == SQLITE_NULL) {
        return true;
    }
    if (type == SQLITE_INTEGER) {
        return sqlite3_value_int64(a) == sqlite3_value_int64(b);
    }
    if (type == SQLITE_FLOAT) {
        double numbers[] = {sqlite3_value_double(a), sqlite3_value_double(b)};
        return memcmp(&numbers[0], &numbers[1], sizeof(numbers[0])) == 0;
    }
    bool is_text = type == SQLITE_TEXT; /* as text first: asking for the length may turn UTF-16 into UTF-8 */
    const void *left = is_text ? sqlite3_value_text(a) : sqlite3_value_blob(a);
    const void *right = is_text ? sqlite3_value_text(b) : sqlite3_value_blob(b);
    int len = sqlite3_value_bytes(a);
    return len == sqlite3_value_bytes(b) && (len == 0 || memcmp(left, right, (size_t)len) == 0);
}

static void
answer_same(sqlite3_context *context, int n, sqlite3_value **values)
{
    (void)n;
    sqlite3_result_int(context, are_same(values[0], values[1]));
}

enum status
cells_install(struct sqlite_conn *self, struct err *err)
{
    int code = sqlite3_create_function(self->db, "rollcall_same", 2,
                                       SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                       answer_same, NULL, NULL);
    return code == SQLITE_OK ? STATUS_OK : sqlite_raise(self, code, err);
}
