#include "cli/command.h"

static void
print_options(const struct console *console, unsigned groups, const char *title)
{
    bool first = true;
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        if ((option->groups & groups) == 0) {
            continue;
        }
        if (first) {
            console_print(console, "\n%s%s%s\n", ink(console->color, INK_BOLD), title,
                          ink(console->color, INK_PLAIN));
            first = false;
        }
        int width = 26 - (int)span_of(option->name).len;
        console_print(console, "  --%s %-*s%s%s%s%s\n", option->name, width,
                      option->value == NULL ? "" : option->value, option->help,
                      option->env == NULL ? "" : " [", option->env == NULL ? "" : option->env,
                      option->env == NULL ? "" : "]");
    }
}

static void
print_command(const struct console *console, const struct command *command)
{
    console_print(console, "rollcall %s%s%s: %s\n\nusage: rollcall %s%s%s [options]\n", command->name,
                  command->alias == NULL ? "" : ", ", command->alias == NULL ? "" : command->alias,
                  command->summary, command->name, command->words[0] == '\0' ? "" : " ", command->words);
    print_options(console, command->groups & ~(unsigned)(GROUP_ALL | GROUP_WHERE), "options");
    print_options(console, command->groups & GROUP_WHERE, "where to work");
    print_options(console, GROUP_ALL, "for every command");
}

void
help_print(const struct command_context *context, const struct command *command)
{
    const struct console *console = &context->console;
    if (command != NULL) {
        print_command(console, command);
        return;
    }
    console_print(console,
                  "rollcall: a rollback you can account for, row by row\n\n"
                  "usage: rollcall COMMAND [options]\n\n%scommands%s\n",
                  ink(console->color, INK_BOLD), ink(console->color, INK_PLAIN));
    for (size_t i = 0; i < command_count; i++) {
        if (command_table[i].summary != NULL) {
            console_print(console, "  %-12s %s\n", command_table[i].name, command_table[i].summary);
        }
    }
    console_print(console, "\n'rollcall help COMMAND' or 'man rollcall' tells more.\n");
}

enum status
cmd_help(struct command_context *context, int *exit_code, struct err *err)
{
    (void)exit_code;
    const struct command *command = context->n_words == 0 ? NULL : command_find(context->words[0]);
    if (context->n_words == 1 && command == NULL) {
        return err_raise(err, STATUS_USAGE, "there is no command '%s'", context->words[0]);
    }
    help_print(context, command);
    return STATUS_OK;
}
