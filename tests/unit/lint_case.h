/* One rule over one migration, through the real drivers: that it fires, or that it does not. */
#ifndef TESTS_LINT_CASE_H
#define TESTS_LINT_CASE_H

#include "script/lint.h"

#include <stddef.h>

struct lint_case {
    const char *rule;
    const char *driver;
    bool fires;
    const char *before; /* the up of the migration before; NULL: there is none */
    const char *up;
    const char *down; /* NULL: there is none */
};

#define FIRES(rule, driver, ...)                                                                             \
    {                                                                                                        \
        (rule), (driver), true, __VA_ARGS__                                                                  \
    }
#define QUIET(rule, driver, ...)                                                                             \
    {                                                                                                        \
        (rule), (driver), false, __VA_ARGS__                                                                 \
    }
#define PG   "postgres"
#define MY   "mysql"
#define LITE "sqlite"

extern const struct lint_case statement_cases[];
extern const size_t n_statement_cases;
extern const struct lint_case pair_cases[];
extern const size_t n_pair_cases;

/* NULL when it is not built in. */
const struct driver *real_driver(const char *name);
/* Lints the test's folder. */
struct lint_result lint_folder(const struct driver *driver);
/* "file:line rule" a line each. */
const char *lint_shown(const struct lint_result *result);
/* Runs every case and checks that each rule of that scope is seen to fire and to be quiet. */
void lint_cases_run(const struct lint_case *cases, size_t n);

#endif
