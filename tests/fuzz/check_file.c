/* checks/ *.sql: read or refused with a place and a hint. */
#include "fuzz.h"

#include "recon/check_file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    ARENA_SCOPED arena = {0};
    struct check_list checks = {0};
    struct err err = {0};
    const char *copy = arena_strndup(&arena, (const char *)data, len);
    struct span text = {copy, len};
    if (check_file_parse(text, "c.sql", &arena, &checks, &err) != STATUS_OK) {
        require(err.status == STATUS_USAGE && err.msg[0] != '\0' && err.hint[0] != '\0');
        return 0;
    }
    require(checks.n > 0);
    for (size_t i = 0; i < checks.n; i++) {
        const struct check *check = &checks.items[i];
        require(check->n_sides == 1 || check->n_sides == 2);
        require(check->kind == CHECK_INVARIANT || (check->n_sides == 2 && check->key.n > 0));
        for (size_t side = 0; side < check->n_sides; side++) {
            struct span sql = check->sides[side].sql;
            require(sql.len > 0 && sql.ptr >= copy && sql.ptr + sql.len <= copy + len);
            require(check->sides[side].service != NULL && check->sides[side].line > 0);
        }
    }
    return 0;
}
