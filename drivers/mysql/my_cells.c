/* How cells are carried through tables of ours: as they are, for every type can be spelled again. */
#include "mysql/my_capture.h"

void
my_side_type(struct buf *out, const struct type *type, const char *collation)
{
    buf_str(out, type->name);
    if (collation != NULL && collation[0] != '\0') {
        buf_printf(out, " collate %s", collation);
    }
    if (type->kind == TYPE_TIMESTAMP_TZ) { /* else some servers make it NOT NULL, and set it to the time */
        buf_str(out, " null");
    }
}

/* `before` CELL `after` <=> `before` SIDE `after` */
static void
both(struct buf *out, const char *before, const char *cell, const char *side, const char *after)
{
    buf_printf(out, "%s%s%s <=> %s%s%s", before, cell, after, before, side, after);
}

/* Comparing is coarser than bytes for texts, whose collation decides, and for -0, which equals 0. Two
 * timestamps are compared as instants as long as the session is in UTC. */
void
my_same(struct buf *out, const char *cell, const char *side, const struct type *type)
{
    buf_char(out, '(');
    switch (type->kind) {
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_DECIMAL:
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_TZ:
    case TYPE_BIT:
        both(out, "", cell, side, "");
        break;
    case TYPE_FLOAT:
        both(out, "", cell, side, "");
        buf_printf(out, " and (%s <> 0 or ", cell);
        both(out, "atan2(", cell, side, ", -1)");
        buf_char(out, ')');
        break;
    case TYPE_ENUM: /* the mark of a wrong value reads like the label '' */
        both(out, "cast(", cell, side, " as binary)");
        buf_str(out, " and ");
        both(out, "(", cell, side, " + 0 = 0)");
        break;
    case TYPE_JSON:
        if (str_eq(type->name, "json")) { /* Oracle's own; MariaDB's is a text */
            both(out, "cast(cast(", cell, side, " as char charset utf8mb4) as binary)");
        } else {
            both(out, "cast(", cell, side, " as binary)");
        }
        break;
    case TYPE_TEXT:
    case TYPE_BYTES:
    case TYPE_INTERVAL:
    case TYPE_UUID:
    case TYPE_SET:
    case TYPE_ARRAY:
    case TYPE_ANY:
    case TYPE_OPAQUE:
        both(out, "cast(", cell, side, " as binary)");
        break;
    }
    buf_char(out, ')');
}

void
my_from_side(struct buf *out, const char *side, const struct type *type)
{
    (void)type;
    buf_str(out, side);
}

void
my_to_side(struct buf *out, const char *cell, const struct type *type)
{
    (void)type;
    buf_str(out, cell);
}
