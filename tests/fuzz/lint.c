/* Lint over two migrations on every engine: the first byte says where the text is cut into ups and downs.
 * Findings point into the files and come in order. */
#include "fuzz.h"

#include "script/lint.h"

static const char *const files[] = {"1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "2_b.down.sql"};

static const char *
folder(void)
{
    static char path[] = "/tmp/rollcall-fuzz-XXXXXX";
    static bool is_made;
    if (!is_made) {
        require(mkdtemp(path) != NULL);
        is_made = true;
    }
    return path;
}

static void
write_file(struct arena *arena, const char *name, struct span text)
{
    FILE *file = fopen(arena_printf(arena, "%s/%s", folder(), name), "wb");
    require(file != NULL);
    require(fwrite(text.ptr, 1, text.len, file) == text.len);
    require(fclose(file) == 0);
}

static void
check(const struct lint_result *result, size_t n_lines)
{
    for (size_t i = 0; i < result->n; i++) {
        const struct finding *finding = &result->findings[i];
        require(finding->message[0] != '\0' && finding->line <= n_lines + 1);
        require(i == 0 || strcmp(result->findings[i - 1].file, finding->file) <= 0);
    }
    for (size_t i = 0; i < result->n_classes; i++) {
        require(result->classes[i].derived != CLASS_UNSET && result->classes[i].why != NULL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    ARENA_SCOPED arena = {0};
    size_t n_lines = 1;
    if (len < 1 || !fuzz_is_text((struct span){(const char *)data + 1, len - 1})) {
        return -1;
    }
    size_t step = 1 + data[0];
    struct span rest = {(const char *)data + 1, len - 1};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        size_t take = i + 1 == COUNT_OF(files) || step > rest.len ? rest.len : step;
        write_file(&arena, files[i], (struct span){rest.ptr, take});
        rest = (struct span){rest.ptr + take, rest.len - take};
    }
    for (size_t i = 1; i < len; i++) {
        n_lines += data[i] == '\n';
    }
    for (const struct driver *const *driver = built_in_drivers; *driver != NULL; driver++) {
        struct migrations migrations;
        struct lint_result result;
        struct err err = {0};
        require(migrations_load(folder(), "native", *driver, &arena, &migrations, &err) == STATUS_OK);
        require(migrations_hash(&migrations, &err) == STATUS_OK);
        require(lint_run(&migrations, *driver, NULL, 0, &arena, &result, &err) == STATUS_OK);
        check(&result, n_lines);
    }
    return 0;
}
