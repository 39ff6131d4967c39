/* Completion scripts, written from the same tables that the parser reads. */
#include "cli/command.h"

static bool
takes(const struct command *command, const struct option *option)
{
    return (option->groups & (command->groups | GROUP_ALL)) != 0;
}

static void
print_bash(const struct console *console)
{
    console_print(
        console,
        "# bash completion for rollcall\n_rollcall() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd=${COMP_WORDS[1]}\n"
        "    case $prev in\n"
        "        --dir|--store|--rows) COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n"
        "        --config|--plan|--out) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
        "    esac\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        COMPREPLY=($(compgen -W \"");
    for (size_t i = 0; i < command_count; i++) {
        if (command_table[i].summary != NULL) {
            console_print(console, "%s%s", i == 0 ? "" : " ", command_table[i].name);
        }
    }
    console_print(console, "\" -- \"$cur\"))\n        return\n    fi\n    case $cmd in\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        if (command->summary == NULL) {
            continue;
        }
        console_print(console, "        %s%s%s) COMPREPLY=($(compgen -W \"", command->name,
                      command->alias == NULL ? "" : "|", command->alias == NULL ? "" : command->alias);
        for (size_t o = 0; o < option_count; o++) {
            if (takes(command, &option_table[o])) {
                console_print(console, "--%s ", option_table[o].name);
            }
        }
        console_print(console, "\" -- \"$cur\")) ;;\n");
    }
    console_print(console, "    esac\n}\ncomplete -o default -F _rollcall rollcall\n");
}

static void
print_zsh(const struct console *console)
{
    console_print(console, "#compdef rollcall\n_rollcall() {\n    local -a commands\n    commands=(\n");
    for (size_t i = 0; i < command_count; i++) {
        if (command_table[i].summary != NULL) {
            console_print(console, "        '%s:%s'\n", command_table[i].name, command_table[i].summary);
        }
    }
    console_print(
        console,
        "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
        "    case ${words[2]} in\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        if (command->summary == NULL) {
            continue;
        }
        console_print(console, "        %s%s%s) _arguments", command->name, command->alias == NULL ? "" : "|",
                      command->alias == NULL ? "" : command->alias);
        for (size_t o = 0; o < option_count; o++) {
            const struct option *option = &option_table[o];
            if (takes(command, option)) {
                console_print(console, " \\\n            '--%s[%s]%s%s%s'", option->name, option->help,
                              option->value == NULL ? "" : ":", option->value == NULL ? "" : option->value,
                              option->value == NULL ? "" : ":_files");
            }
        }
        console_print(console, " ;;\n");
    }
    console_print(console, "    esac\n}\n_rollcall \"$@\"\n");
}

static void
print_fish(const struct console *console)
{
    console_print(console, "# fish completion for rollcall\ncomplete -c rollcall -f\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        if (command->summary == NULL) {
            continue;
        }
        console_print(console, "complete -c rollcall -n __fish_use_subcommand -a %s -d \"%s\"\n",
                      command->name, command->summary);
        for (size_t o = 0; o < option_count; o++) {
            const struct option *option = &option_table[o];
            if (takes(command, option)) {
                console_print(
                    console, "complete -c rollcall -n \"__fish_seen_subcommand_from %s\" -l %s%s -d \"%s\"\n",
                    command->name, option->name, option->value == NULL ? "" : " -r", option->help);
            }
        }
    }
}

enum status
cmd_completion(struct command_context *context, int *exit_code, struct err *err)
{
    static const struct {
        const char *shell;
        void (*print)(const struct console *console);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    (void)exit_code;
    for (size_t i = 0; i < COUNT_OF(shells); i++) {
        if (str_eq(context->words[0], shells[i].shell)) {
            shells[i].print(&context->console);
            return STATUS_OK;
        }
    }
    return err_raise(err, STATUS_USAGE, "no completion for '%s': bash, zsh and fish have one",
                     context->words[0]);
}
