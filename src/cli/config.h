/* rollcall.ini: services and policy. Every key is a row of one table; what is not in it is an error. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "cli/option.h"
#include "migrate/approval.h"
#include "migrate/service.h"

#include <stddef.h>

/* [vfk "name"] child = table(col, ...) parent = table(col, ...) match = simple|full */
struct virtual_key {
    const char *name;
    const char *child;
    const char *parent;
    bool is_match_full;
};

/* Everything lives in the command's arena. */
struct project {
    const char *name;
    const char *file;   /* NULL: no file was found */
    const char *checks; /* folder with the checks; NULL: nobody said */
    const char *root;   /* folder of the file, or the current one */
    struct service *services;
    size_t n_services;
    size_t cap_services;
    struct retention *retentions;
    size_t n_retentions;
    size_t cap_retentions;
    struct virtual_key *virtual_keys;
    size_t n_virtual_keys;
    size_t cap_virtual_keys;
    struct signer_list signers; /* [signer "ann"] */
    struct policy policy;
};

/* Reads the file named by --config, else the nearest rollcall.ini from the current folder upwards (none is
 * fine). Errors name file and line, and the nearest key. */
enum status project_load(const struct options *options, struct arena *arena, struct project *out,
                         struct err *err) MUST_USE;

/* The services a command works on: that of --db/--dir, the one --service names, or all. USAGE when there is
 * none, or when `only_one` and there are several. */
enum status project_select(const struct project *project, const struct options *options, bool only_one,
                           struct arena *arena, struct service **out, size_t *n, struct err *err) MUST_USE;

/* For completion and the manual: NULL-ended rows "section", "key", "help". */
struct config_key {
    const char *section;
    const char *key;
    const char *help;
};
extern const struct config_key config_keys[];

#endif
