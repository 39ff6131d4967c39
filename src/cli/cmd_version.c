#include "cli/command.h"

#include "driver/driver.h"
#include "report/json.h"

enum status
cmd_version(struct command_context *context, int *exit_code, struct err *err)
{
    (void)exit_code;
    (void)err;
    if (!context->console.json) {
        console_print(&context->console, "rollcall %s\n", ROLLCALL_VERSION);
        for (const struct driver *const *driver = driver_registry();
             context->options.verbose && *driver != NULL; driver++) {
            console_print(&context->console, "  driver %s\n", (*driver)->name);
        }
        return STATUS_OK;
    }
    json_t *document = json_object();
    json_t *names = json_array();
    for (const struct driver *const *driver = driver_registry(); *driver != NULL; driver++) {
        json_array_append_new(names, json_text((*driver)->name));
    }
    json_put(document, "version", json_text(ROLLCALL_VERSION));
    json_put(document, "drivers", names);
    json_print(context->console.out, document);
    return STATUS_OK;
}
