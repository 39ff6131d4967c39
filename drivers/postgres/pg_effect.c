#include "postgres/pg.h"

enum status
pg_effects(struct conn *conn, const struct pieces *pieces, struct arena *arena, struct effects *out,
           struct err *err)
{
    (void)conn;
    (void)err;
    *out = (struct effects){0};
    for (size_t i = 0; i < pieces->n; i++) {
        if (pieces->items[i].kind == PIECE_STATEMENT) {
            struct effect effect = {.kind = EFFECT_UNKNOWN,
                                    .name = "",
                                    .table = "",
                                    .column = "",
                                    .new_name = "",
                                    .type = "",
                                    .detail = "",
                                    .piece = i};
            vec_push(arena, out, effect);
        }
    }
    return STATUS_OK;
}
