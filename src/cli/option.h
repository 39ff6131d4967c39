/* The options of the command line: one table drives parsing, help, completion and the manual. */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which commands take an option: a command names groups. */
enum option_group {
    GROUP_ALL = 1 << 0,    /* every command */
    GROUP_WHERE = 1 << 1,  /* works on a service */
    GROUP_CHANGE = 1 << 2, /* changes a database */
    GROUP_UP = 1 << 3,     /* chooses migrations on the way up */
    GROUP_BACK = 1 << 4,   /* chooses migrations on the way back */
    GROUP_STATUS = 1 << 5,
    GROUP_PLAN = 1 << 6,
    GROUP_ADOPT = 1 << 7,
    GROUP_RESUME = 1 << 8,
    GROUP_DRILL = 1 << 9,
    GROUP_LINT = 1 << 10,
    GROUP_TARGET = 1 << 11,   /* --to and --steps */
    GROUP_SNAPSHOT = 1 << 12, /* snapshots by hand */
    GROUP_APPROVE = 1 << 13,
    GROUP_KEYGEN = 1 << 14,
    GROUP_FK = 1 << 15,
    GROUP_FREEZE = 1 << 16,
    GROUP_COMPARE = 1 << 18,
    GROUP_RECONCILE = 1 << 17,
    GROUP_REPORT = 1 << 20,
    GROUP_DIGEST = 1 << 19,
    GROUP_REGISTRY = 1 << 21
};

/* Parsed values: NULL, 0 or false when not given. Strings are borrowed from argv or the environment. */
struct options {
    bool json, quiet, verbose, no_color, help, version;
    const char *progress; /* "json" */
    const char *config;
    const char *db, *dir, *service, *layout, *store;
    const char *lock_timeout;
    bool dry_run;
    const char *reason;
    const char *to, *from, *out, *plan;
    uint64_t steps;
    bool allow_out_of_order, use_edited;
    const char *on_conflict, *merge, *accept_loss;
    bool unprotected, no_freeze;
    bool check, show_layout;
    const char *baseline, *settle;
    const char *url, *rows;
    bool range, walk, data;
    uint64_t seed;
    bool rules;
    const char *tables, *into_schema, *format;
    bool replace;
    const char *for_time, *apart;
    bool auto_thaw, hold, freeze_status, prove;
    uint64_t keep;
    const char *checks, *op, *repair;
    bool take_baseline;
    const char *key, *role, *expires;
    bool verify, no_passphrase;
    bool postmortem;
    const char *expect;
    const char *vfk;
    bool show_values;
    const char *key_columns, *columns, *grace, *left_query, *right_query, *tolerance;
    uint64_t recheck;
    uint64_t limit;
    const char *salt, *like, *signer;
};

enum option_type { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER };

struct option {
    const char *name;  /* without dashes */
    const char *value; /* "URL"; NULL for a flag */
    enum option_type type;
    size_t offset; /* in struct options */
    unsigned groups;
    const char *env;  /* variable that stands in for it; NULL: none */
    const char *help; /* one line */
};

extern const struct option option_table[];
extern const size_t option_count;

const struct option *option_find(const char *name);

/* Two rows may have one name: the command decides which is meant. `likely`: groups of the command that the
 * first word seems to name, for the time when it is not known yet.
 *
 * Takes options out of argv wherever they stand ("--" ends them) and leaves the other words, in order, in
 * `words`. `groups`: of the command, which is the first word; called with 0 to find that word only. USAGE
 * with the nearest name. */
enum status options_parse(int argc, char **argv, unsigned groups, unsigned likely, struct options *out,
                          const char **words, size_t *n_words, struct err *err) MUST_USE;

#endif
