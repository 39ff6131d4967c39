/* Headers of scripts: parsed or refused with words, never anything else. */
#include "fuzz.h"

#include "script/migration.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    ARENA_SCOPED arena = {0};
    struct directives directives;
    struct err err = {0};
    struct span text = {arena_strndup(&arena, (const char *)data, len), len};
    if (!fuzz_is_text(text)) {
        return -1;
    }
    if (directives_parse(text, &arena, &directives, &err) != STATUS_OK) {
        require(err.status == STATUS_USAGE && err.msg[0] != '\0');
        return 0;
    }
    require(reversal_class_name(directives.class) != NULL && directives.reason != NULL);
    for (size_t i = 0; i < directives.n_tables; i++) {
        require(directives.tables[i][0] != '\0');
    }
    return 0;
}
