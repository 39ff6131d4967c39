/* The way of every command: find it, read its options, prepare what it needs, run it, say what became of it.
 */
#include "cli/command.h"

#include "base/io.h"
#include "driver/driver.h"
#include "drivers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void
prepare_process(void)
{
    struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core); /* a core file would hold passwords and rows */
    stop_install();
    driver_registry_set(built_in_drivers);
}

static void
prepare_console(struct command_context *context)
{
    const struct options *options = &context->options;
    bool colors = !options->no_color && getenv("NO_COLOR") == NULL;
    context->console = (struct console){
        .out = stdout,
        .err = stderr,
        .json = options->json,
        .quiet = options->quiet,
        .verbose = options->verbose,
        .color = colors && !options->json && term_is_tty(stdout),
        .err_color = colors && term_is_tty(stderr),
        .progress_json = str_eq(options->progress, "json"),
    };
}

static enum status
unknown_command(const char *given, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const char **names = arena_new_array(&scratch, const char *, command_count);
    for (size_t i = 0; i < command_count; i++) {
        names[i] = command_table[i].name;
    }
    const char *near = nearest_name(given, names, command_count);
    (void)err_raise(err, STATUS_USAGE, "there is no command '%s'", given);
    return near == NULL ? err_hint(err, "'rollcall help' lists what there is")
                        : err_hint(err, "did you mean '%s'?", near);
}

static enum status
check_words(const struct command *command, size_t n, struct err *err)
{
    if (n >= command->min_words && n <= command->max_words) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE, "'rollcall %s' takes %s", command->name,
                    command->max_words == 0 ? "no further words" : command->words);
    return err_hint(err, "'rollcall help %s' shows how it is used", command->name);
}

static enum status
prepare_needs(struct command_context *context, const struct command *command, struct err *err)
{
    if (command->needs == NEEDS_NOTHING) {
        return STATUS_OK;
    }
    TRY(project_load(&context->options, &context->arena, &context->project, err));
    if (command->needs == NEEDS_PROJECT) {
        return STATUS_OK;
    }
    return project_select(&context->project, &context->options, command->needs == NEEDS_SERVICE,
                          &context->arena, &context->services, &context->n_services, err);
}

static enum status
run(struct command_context *context, int argc, char **argv, int *exit_code, struct err *err)
{
    const char **words = arena_new_array(&context->arena, const char *, (size_t)argc + 1);
    size_t n;
    const struct command *likely = argc > 1 ? command_find(argv[1]) : NULL;
    enum status status =
        options_parse(argc, argv, 0, likely == NULL ? 0 : likely->groups, &context->options, words, &n, err);
    prepare_console(context);
    TRY(status);
    if (context->options.version) {
        return cmd_version(context, exit_code, err);
    }
    if (n == 0) {
        help_print(context, NULL);
        *exit_code = context->options.help ? EXIT_DONE : EXIT_USAGE;
        return STATUS_OK;
    }
    const struct command *command = command_find(words[0]);
    if (command == NULL) {
        return unknown_command(words[0], err);
    }
    if (context->options.help) {
        help_print(context, command);
        return STATUS_OK;
    }
    /* Now that the command is known, options that are not its own are refused. */
    TRY(options_parse(argc, argv, command->groups == 0 ? GROUP_ALL : command->groups, command->groups,
                      &context->options, words, &n, err));
    context->words = words + 1;
    context->n_words = n - 1;
    TRY(check_words(command, context->n_words, err));
    TRY(prepare_needs(context, command, err));
    return command->run(context, exit_code, err);
}

int
main(int argc, char **argv)
{
    struct command_context context;
    struct err err = {0};
    int exit_code = EXIT_DONE;
    memset(&context, 0, sizeof(context));
    prepare_process();
    enum status status = run(&context, argc, argv, &exit_code, &err);
    progress_end(&context.console.progress);
    if (status != STATUS_OK) {
        console_error(&context.console, &err);
        exit_code = exit_code_of(status);
    }
    arena_release(&context.arena);
    if (fflush(stdout) != 0 && exit_code == EXIT_DONE) {
        exit_code = EXIT_FAILED;
    }
    return exit_code;
}
