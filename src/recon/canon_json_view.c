/* Canonical JSON as text again: members in the order of their canonical names, numbers exact. */
#include "recon/canon_view.h"

enum { TAG_OBJECT = 34 };

static bool add_value(struct span cell, struct arena *arena, struct buf *out);

static bool
add_elements(struct span rest, struct arena *arena, struct buf *out)
{
    struct span cell;
    bool is_fine = true;
    buf_char(out, '[');
    for (size_t i = 0; rest.len > 0 && is_fine; i++) {
        buf_str(out, i == 0 ? "" : ", ");
        is_fine = canon_next(&rest, &cell) && add_value(cell, arena, out); /* NOLINT(misc-no-recursion) */
    }
    buf_char(out, ']');
    return is_fine;
}

static bool
add_members(struct span rest, struct arena *arena, struct buf *out)
{
    struct span cell;
    bool is_fine = true;
    buf_char(out, '{');
    for (size_t i = 0; rest.len > 0 && is_fine; i++) {
        buf_str(out, i == 0 ? "" : i % 2 == 0 ? ", " : ": ");
        is_fine = canon_next(&rest, &cell) && add_value(cell, arena, out); /* NOLINT(misc-no-recursion) */
    }
    buf_char(out, '}');
    return is_fine;
}

/* As deep as the encoder went, which has a limit. */
static bool
add_value(struct span cell, struct arena *arena, struct buf *out) /* NOLINT(misc-no-recursion) */
{
    struct span payload;
    struct span text;
    unsigned tag = canon_open(cell, &payload);
    if (tag == CANON_TAG_NULL) {
        buf_str(out, "null");
    } else if (tag == CANON_BOOL) {
        buf_str(out, payload.len == 1 && payload.ptr[0] != 0 ? "true" : "false");
    } else if (tag == CANON_NUMBER) {
        buf_str(out, canon_shown(cell, arena));
    } else if (canon_text(cell, &text)) {
        buf_json(out, text);
    } else if (tag == CANON_ARRAY) {
        return add_elements(payload, arena, out);
    } else if (tag == TAG_OBJECT) {
        return add_members(payload, arena, out);
    } else {
        return false;
    }
    return true;
}

bool
canon_json(struct span value, struct buf *out)
{
    ARENA_SCOPED arena = {0};
    return add_value(value, &arena, out);
}
