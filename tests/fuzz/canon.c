/* Any bytes as a cell of any form: encoded whole, and twice the same, or refused. */
#include "fuzz.h"

#include "recon/canon.h"

static const char *const forms[] = {
    "text",      "bytes",     "sqlite",       "pg.bool",        "pg.int2",     "pg.int4",  "pg.int8",
    "pg.oid",    "pg.float4", "pg.float8",    "pg.numeric",     "pg.jsonb",    "pg.uuid",  "pg.date",
    "pg.time",   "pg.timetz", "pg.timestamp", "pg.timestamptz", "pg.interval", "pg.bit",   "pg.varbit",
    "pg.int4[]", "pg.text[]", "pg.numeric[]", "pg.inet",        "my.int",      "my.uint",  "my.float",
    "my.double", "my.date",   "my.datetime",  "my.time",        "my.bit",      "pg.box[]", "pg.range(int4)",
};

static const char *const types[] = {"", "char(5)", "bit(5)", "text"};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    ARENA_SCOPED arena = {0};
    struct canon_coder *coder = NULL;
    struct err err = {0};
    BUF_SCOPED once = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED twice = BUF_INIT(BUF_TEXT_MAX);
    if (len < 3) {
        return -1;
    }
    enum canon_kind kind = (enum canon_kind)(1 + data[1] % CANON_KIND_MAX);
    if (canon_kind_name(kind)[0] == '\0' ||
        canon_coder_new(forms[data[0] % COUNT_OF(forms)], types[data[2] % COUNT_OF(types)], kind, &arena,
                        &coder, &err) != STATUS_OK) {
        require(err.status == STATUS_UNSUPPORTED || err.status == STATUS_OK);
        return -1;
    }
    struct span cell = {arena_strndup(&arena, (const char *)data + 3, len - 3), len - 3};
    bool is_cell = canon_encode(coder, cell, &once);
    require(canon_encode(coder, cell, &twice) == is_cell);
    canon_coder_release(coder);
    if (is_cell && !once.overflow) {
        struct span rest = buf_view(&once);
        struct span one;
        require(span_eq(buf_view(&once), buf_view(&twice)));
        require(canon_next(&rest, &one) && rest.len == 0);
    }
    return 0;
}
