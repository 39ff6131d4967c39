/* How cells are carried through tables of ours. */
#include "postgres/pg_capture.h"

#include <string.h>

/* Types that come with the server are named without a schema, since ours is the only path they are searched
 * in; everything else has a dot outside of quotes: "public.mood[]", "public.\"a b\"(4)". */
static bool
is_made_by_users(const struct type *type)
{
    bool in_quotes = false;
    for (const char *at = type->name; *at != '\0'; at++) {
        in_quotes = *at == '"' ? !in_quotes : in_quotes;
        if (*at == '.' && !in_quotes) {
            return true;
        }
    }
    return false;
}

/* Two columns of different collations cannot be compared without a word, so a side table's has the
 * original's. */
void
pg_side_type(struct buf *out, const struct type *type, const char *collation)
{
    if (is_made_by_users(type)) {
        buf_str(out, "text");
        return;
    }
    buf_str(out, type->name);
    if (str_is_empty(collation) || str_eq(collation, "default")) {
        return;
    }
    buf_str(out, " COLLATE ");
    const char *dot = strchr(collation, '.');
    if (dot == NULL) {
        buf_str(out, "pg_catalog.");
        driver_quote(&postgres_driver, out, collation);
    } else { /* the name may have dots of its own: "pg_catalog.en_US.utf8" */
        BUF_SCOPED schema = BUF_INIT(BUF_TEXT_MAX);
        buf_add(&schema, collation, (size_t)(dot - collation));
        driver_quote(&postgres_driver, out, buf_cstr(&schema));
        buf_char(out, '.');
        driver_quote(&postgres_driver, out, dot + 1);
    }
}

void
pg_to_side(struct buf *out, const char *cell, const struct type *type)
{
    buf_printf(out, is_made_by_users(type) ? "(%s)::pg_catalog.text" : "%s", cell);
}

void
pg_from_side(struct buf *out, const char *side, const struct type *type)
{
    if (is_made_by_users(type)) {
        buf_printf(out, "(%s)::%s", side, type->name);
    } else {
        buf_str(out, side);
    }
}

/* Rows are compared by the bytes their fields are stored as: 1.0 is not 1.00, -0 not 0, NaN is NaN, NULL is
 * NULL, and types without an operator for equality (json, point, xml) are as good as any. */
void
pg_same(struct buf *out, const char *cell, const char *side, const struct type *type)
{
    /* Two bare rows would be compared element by element, with an operator of the elements' type. */
    buf_str(out, "CAST(ROW(");
    pg_to_side(out, cell, type);
    buf_printf(out, ") AS record) OPERATOR(pg_catalog.*=) CAST(ROW(%s) AS record)", side);
}
