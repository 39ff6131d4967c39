/* Rules over migrations, in both directions, and the reversal class that follows from the effects. */
#ifndef SCRIPT_LINT_H
#define SCRIPT_LINT_H

#include "driver/conn.h"
#include "script/migration.h"

enum lint_direction { LINT_UP = 1, LINT_DOWN = 2, LINT_BOTH = 3 };

/* What a rule looks at; the order of the manual. */
enum lint_scope {
    SCOPE_DIRECTORY, /* found while the directory was read */
    SCOPE_STATEMENT, /* one statement */
    SCOPE_SCRIPT,    /* one script as a whole */
    SCOPE_PAIR,      /* the up and the down together */
    SCOPE_HISTORY,   /* several migrations */
    SCOPE_COMMENT    /* what the author declared */
};

const char *lint_scope_name(enum lint_scope scope);

struct lint_rule {
    const char *id; /* "drop-column", "down-misses-object", ... */
    enum finding_severity severity;
    enum lint_scope scope;
    enum lint_direction direction;
    bool is_loss;      /* a note only, once the declared class admits the loss */
    unsigned caps;     /* checked on engines that have all of these (enum cap) ... */
    unsigned not_caps; /* ... and none of these */
    const char *title; /* one line, for `lint --rules` and the manual */
};

/* NULL-ended by id. */
extern const struct lint_rule lint_rules[];

bool lint_rule_is_for(const struct lint_rule *rule, const struct driver *driver);

struct lint_class {
    const struct migration *migration;
    enum reversal_class declared;
    enum reversal_class derived;
    const char *why; /* "drops column customer.name" */
};

struct lint_result {
    struct finding *findings; /* ordered by file, line, rule */
    size_t n;
    size_t cap;
    struct lint_class *classes; /* one a migration */
    size_t n_classes;
};

/* Checks the whole set, or only the files named (relative or absolute; n_files 0: all). Needs no connection;
 * strings go to the arena. Directory findings of the set are included; a script that cannot be cut into
 * statements is a finding, too. */
enum status
lint_run(const struct migrations *migrations, const struct driver *driver, const char *const *files,
         size_t n_files, struct arena *arena, struct lint_result *out, struct err *err) MUST_USE;

/* The class of one migration from the effects of its two scripts. `why` goes to the arena. */
enum reversal_class reversal_class_derive(const struct effects *up, const struct effects *down, bool has_down,
                                          struct arena *arena, const char **why);

#endif
