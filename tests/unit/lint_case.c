#include "lint_case.h"

#include "drivers.h"
#include "folder.h"
#include "harness.h"

#include <stdio.h>
#include <string.h>

/* Those whose effects are complete. */
static const char *const ready[] = {LITE, PG, MY};

static bool
is_ready(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(ready); i++) {
        if (str_eq(ready[i], name)) {
            return true;
        }
    }
    return false;
}

const struct driver *
real_driver(const char *name)
{
    for (const struct driver *const *driver = built_in_drivers; *driver != NULL; driver++) {
        if (str_eq((*driver)->name, name) && is_ready(name)) {
            return *driver;
        }
    }
    return NULL;
}

struct lint_result
lint_folder(const struct driver *driver)
{
    struct migrations *migrations = arena_new(test_arena(), struct migrations);
    struct lint_result result = {0};
    struct err err = {0};
    *migrations = load_folder(driver, "native");
    CHECK_OK(lint_run(migrations, driver, NULL, 0, test_arena(), &result, &err));
    return result;
}

const char *
lint_shown(const struct lint_result *result)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < result->n; i++) {
        buf_printf(&out, "%s:%zu %s\n", result->findings[i].file, result->findings[i].line,
                   result->findings[i].rule);
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

static void
put_or_remove(const char *file, const char *text)
{
    if (text != NULL) {
        put(file, text);
    } else {
        (void)remove(in_folder(file));
    }
}

static void
run_case(const struct lint_case *one)
{
    const struct driver *driver = real_driver(one->driver);
    bool has_fired = false;
    if (driver == NULL) {
        return;
    }
    put("1_before.up.sql", one->before == NULL ? "" : one->before);
    put("1_before.down.sql", "");
    put("2_case.up.sql", one->up);
    put_or_remove("2_case.down.sql", one->down);
    struct lint_result result = lint_folder(driver);
    for (size_t i = 0; i < result.n; i++) {
        const struct finding *finding = &result.findings[i];
        bool is_here = str_starts(finding->file, "2_case") && str_eq(finding->rule, one->rule);
        has_fired = has_fired || is_here;
        CHECK(strchr(finding->message, '\n') == NULL && finding->message[0] != '\0');
    }
    if (!CHECK_INT(has_fired, one->fires)) {
        printf("    %s on %s: up: %s, down: %s\n%s", one->rule, one->driver, one->up,
               one->down == NULL ? "none" : one->down, lint_shown(&result));
    }
}

void
lint_cases_run(const struct lint_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct arena_mark mark = arena_save(test_arena());
        run_case(&cases[i]);
        arena_restore(test_arena(), mark);
    }
}
