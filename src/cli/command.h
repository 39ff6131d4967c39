/* The subcommands: one row each, one file each. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/config.h"
#include "cli/option.h"
#include "report/console.h"

/* What main prepares for a command. */
struct command_context {
    struct arena arena;
    struct options options;
    const char **words; /* after the command's name */
    size_t n_words;
    struct console console;
    struct project project; /* when the command needs it */
    struct service *services;
    size_t n_services;
};

enum command_needs {
    NEEDS_NOTHING,
    NEEDS_PROJECT,  /* rollcall.ini is read when there is one */
    NEEDS_SERVICES, /* one or more */
    NEEDS_SERVICE   /* exactly one: services[0] */
};

struct command {
    const char *name;
    const char *alias; /* NULL: none */
    const char *words; /* "[NAME]": for the usage line */
    size_t min_words;
    size_t max_words;
    enum command_needs needs;
    unsigned groups; /* enum option_group */
    const char *summary;
    /* Prints its result; `*exit_code` is 0 unless it says otherwise. An error is printed by main. */
    enum status (*run)(struct command_context *context, int *exit_code, struct err *err);
};

enum exit_code {
    EXIT_DONE = 0,
    EXIT_DIFFERENT = 1,
    EXIT_USAGE = 2,
    EXIT_POLICY = 3,
    EXIT_FAILED = 4,
    EXIT_PARTIAL = 5,
    EXIT_UNVERIFIED = 6,
    EXIT_LEASE = 7,
    EXIT_CONNECT = 8,
    EXIT_CORRUPT = 9,
    EXIT_INCONCLUSIVE = 10,
    EXIT_BUG = 70
};

int exit_code_of(enum status status);

extern const struct command command_table[];
extern const size_t command_count;
const struct command *command_find(const char *name);

/* Usage of one command, or of the program when `command` is NULL. */
void help_print(const struct command_context *context, const struct command *command);

enum status cmd_abort(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_adopt(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_approve(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_compare(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_completion(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_dev(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_digest(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_drift(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_finish(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_drill(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_fk(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_freeze(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_help(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_init(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_keygen(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_lint(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_new(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_plan(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_reconcile(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_registry(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_report(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_resume(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_rollback(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_snapshot(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_status(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_thaw(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_up(struct command_context *context, int *exit_code, struct err *err);
enum status cmd_version(struct command_context *context, int *exit_code, struct err *err);

/* What the user says of later writes, for rollback, resume, abort and plan. */
struct session;
enum status
rollback_options_read(struct session *session, const struct command_context *context, struct err *err);

#endif
