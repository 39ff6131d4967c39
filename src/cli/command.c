#include "cli/command.h"

#include "base/str.h"

/* In the order that help shows; rows without a summary are for developers and stay hidden. */
const struct command command_table[] = {
    {"init", NULL, "[DIR]", 0, 1, NEEDS_NOTHING, 0, "write a commented rollcall.ini and an example",
     cmd_init},
    {"new", NULL, "NAME", 1, 1, NEEDS_SERVICE, GROUP_WHERE, "next-numbered up and down script", cmd_new},
    {"status", NULL, "", 0, 0, NEEDS_SERVICES, GROUP_WHERE | GROUP_STATUS,
     "what is applied, pending, drifted", cmd_status},
    {"lint", NULL, "[FILE...]", 0, SIZE_MAX, NEEDS_PROJECT, GROUP_WHERE | GROUP_LINT,
     "dangerous, irreversible and dishonest statements, by rule", cmd_lint},
    {"plan", NULL, "up|rollback", 1, 1, NEEDS_SERVICE,
     GROUP_WHERE | GROUP_TARGET | GROUP_UP | GROUP_BACK | GROUP_PLAN, "what would run, in order", cmd_plan},
    {"up", NULL, "", 0, 0, NEEDS_SERVICE, GROUP_WHERE | GROUP_CHANGE | GROUP_TARGET | GROUP_UP,
     "apply pending migrations", cmd_up},
    {"rollback", "down", "", 0, 0, NEEDS_SERVICE, GROUP_WHERE | GROUP_CHANGE | GROUP_TARGET | GROUP_BACK,
     "roll back, one migration unless told otherwise", cmd_rollback},
    {"resume", NULL, "", 0, 0, NEEDS_SERVICE, GROUP_WHERE | GROUP_RESUME,
     "finish what an interrupted run left", cmd_resume},
    {"abort", NULL, "", 0, 0, NEEDS_SERVICE, GROUP_WHERE | GROUP_RESUME, "undo what an interrupted run left",
     cmd_abort},
    {"finish", NULL, "", 0, 0, NEEDS_SERVICE, GROUP_WHERE | GROUP_CHANGE | GROUP_TARGET,
     "point of no return: release what was saved for the way back", cmd_finish},
    {"drift", NULL, "", 0, 0, NEEDS_SERVICES, GROUP_WHERE, "live schema against the one on record",
     cmd_drift},
    {"drill", NULL, "", 0, 0, NEEDS_PROJECT, GROUP_WHERE | GROUP_DRILL,
     "prove on a scratch database what each down restores", cmd_drill},
    {"adopt", NULL, "", 0, 0, NEEDS_SERVICE, GROUP_WHERE | GROUP_CHANGE | GROUP_ADOPT,
     "take over another tool's history", cmd_adopt},
    {"approve", NULL, "PLAN", 1, 1, NEEDS_PROJECT, GROUP_WHERE | GROUP_APPROVE,
     "sign a plan, or see whether it is signed", cmd_approve},
    {"keygen", NULL, "[FILE]", 0, 1, NEEDS_NOTHING, GROUP_KEYGEN, "make a pair of keys for sign-offs",
     cmd_keygen},
    {"report", NULL, "OP|last", 1, 1, NEEDS_SERVICE, GROUP_WHERE | GROUP_REPORT,
     "the account of one operation, for people", cmd_report},
    {"registry", NULL, "list|show OP|verify|export|checkpoint", 1, 2, NEEDS_SERVICE,
     GROUP_WHERE | GROUP_REGISTRY, "what was done here, record by record", cmd_registry},
    {"snapshot", NULL, "take|list|verify [ID]|cat ID TABLE|restore ID|gc", 1, 3, NEEDS_SERVICE,
     GROUP_WHERE | GROUP_SNAPSHOT, "save tables, look after what was saved, put it back", cmd_snapshot},
    {"fk", NULL, "", 0, 0, NEEDS_PROJECT, GROUP_WHERE | GROUP_FK,
     "rows that refer to rows that are not there", cmd_fk},
    {"freeze", NULL, "", 0, 0, NEEDS_SERVICE, GROUP_WHERE | GROUP_CHANGE | GROUP_FREEZE,
     "keep everybody from writing, and prove that nothing moves", cmd_freeze},
    {"thaw", NULL, "[ID]", 0, 1, NEEDS_SERVICE, GROUP_WHERE | GROUP_CHANGE, "end a freeze, or all", cmd_thaw},
    {"compare", NULL, "LEFT RIGHT", 2, 2, NEEDS_PROJECT, GROUP_COMPARE,
     "the rows of two databases, snapshots, digests or queries, key by key", cmd_compare},
    {"reconcile", NULL, "", 0, 0, NEEDS_PROJECT, GROUP_WHERE | GROUP_RECONCILE,
     "what has to hold between tables and services", cmd_reconcile},
    {"digest", NULL, "TARGET", 1, 1, NEEDS_PROJECT, GROUP_DIGEST,
     "one side of a comparison as a small file without values", cmd_digest},
    {"completion", NULL, "bash|zsh|fish", 1, 1, NEEDS_NOTHING, 0, "completion script for a shell",
     cmd_completion},
    {"dev", NULL, "lint-rules", 1, 1, NEEDS_NOTHING, 0, NULL, cmd_dev},
    {"help", NULL, "[COMMAND]", 0, 1, NEEDS_NOTHING, 0, "this text, or that of a command", cmd_help},
    {"version", NULL, "", 0, 0, NEEDS_NOTHING, 0, "versions of the program and its libraries", cmd_version},
};

const size_t command_count = COUNT_OF(command_table);

const struct command *
command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        if (str_eq(command->name, name) || str_eq(command->alias, name)) {
            return command;
        }
    }
    return NULL;
}

int
exit_code_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return EXIT_DONE;
    case STATUS_USAGE:
    case STATUS_UNSUPPORTED:
        return EXIT_USAGE;
    case STATUS_POLICY:
        return EXIT_POLICY;
    case STATUS_SQL:
    case STATUS_CONFLICT:
    case STATUS_IO:
        return EXIT_FAILED;
    case STATUS_CANCELLED:
    case STATUS_PARTIAL:
    case STATUS_UNKNOWN:
        return EXIT_PARTIAL;
    case STATUS_LEASE:
        return EXIT_LEASE;
    case STATUS_CONNECT:
        return EXIT_CONNECT;
    case STATUS_CORRUPT:
        return EXIT_CORRUPT;
    case STATUS_BUG:
        return EXIT_BUG;
    }
    return EXIT_BUG;
}
