/* Scripts for MySQL: whatever the bytes, splitting ends with pieces that add up to them or with a place to
 * look at, and every statement has an effect. */
#include "mysql/my_script.h"
#include "mysql/my_conn.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static void
check_total(const struct pieces *pieces)
{
    size_t at = 0;
    for (size_t i = 0; i < pieces->n; i++) {
        require(pieces->items[i].at == at && pieces->items[i].len > 0);
        at += pieces->items[i].len;
    }
    require(at == pieces->text.len);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    struct arena arena = {0};
    struct pieces pieces;
    struct effects effects;
    struct err err = {0};
    struct span text = {(const char *)data, len};
    enum status status = my_split(NULL, text, &arena, &pieces, &err);
    if (status == STATUS_OK) {
        check_total(&pieces);
        require(my_effects(NULL, &pieces, &arena, &effects, &err) == STATUS_OK);
        require(effects.n >= pieces.n_statements);
    } else {
        require(status == STATUS_USAGE || status == STATUS_UNSUPPORTED);
        require(err.msg[0] != '\0');
    }
    arena_release(&arena);
    return 0;
}
