/* init and new: the files a project begins with. */
#include "cli/command.h"

#include "base/clock.h"
#include "base/io.h"
#include "script/layout.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static const char example_ini[] =
    "; rollcall.ini: which databases there are, where their migrations lie, and the rules for rollbacks.\n"
    "; Keys that are not listed in the manual are refused, so a typing error cannot go unnoticed.\n"
    "\n"
    "[project]\n"
    "name = example\n"
    "\n"
    "; One section a service: one database with one folder of migrations.\n"
    "[service \"main\"]\n"
    "db  = sqlite:example.db\n"
    "; db = postgres://shop@db.example.com/shop      (the password comes from ~/.pgpass or the environment)\n"
    "; db = mysql://shop@db.example.com/shop         (from ~/.my.cnf or the environment)\n"
    "; db = env:SHOP_URL\n"
    "dir = migrations\n"
    "\n"
    "[policy]\n"
    "; longest wait for a lock; a migration that meets one is tried again a few times\n"
    "lock_timeout = 3s\n"
    "; time a rollback may take\n"
    "rto = 5m\n"
    "; rows a rollback may lose\n"
    "max_loss_rows = 0\n"
    "; keep, restore or fail: what to do with a value that cannot be both kept and restored\n"
    "on_conflict = keep\n";

static const char example_up[] = "create table customer (\n"
                                 "    id integer primary key,\n"
                                 "    name text not null,\n"
                                 "    email text not null unique\n"
                                 ");\n";
static const char example_down[] = "drop table customer;\n";

static enum status
write_new_file(const char *path, const char *text, struct err *err)
{
    if (io_exists(path)) {
        return err_raise(err, STATUS_USAGE, "'%s' is there already", path);
    }
    return io_write_file(path, span_of(text), 0644, err);
}

enum status
cmd_init(struct command_context *context, int *exit_code, struct err *err)
{
    static const struct {
        const char *name;
        const char *text;
    } files[] = {
        {"rollcall.ini", example_ini},
        {"migrations/0001_customer.up.sql", example_up},
        {"migrations/0001_customer.down.sql", example_down},
    };
    struct arena *arena = &context->arena;
    const char *dir = context->n_words == 0 ? "" : arena_printf(arena, "%s/", context->words[0]);
    (void)exit_code;
    TRY(io_make_dirs(arena_printf(arena, "%smigrations", dir), 0755, err));
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        const char *path = arena_printf(arena, "%s%s", dir, files[i].name);
        TRY(write_new_file(path, files[i].text, err));
        console_note(&context->console, "wrote %s", path);
    }
    if (context->console.json) {
        console_print(&context->console, "{\"written\": 3}\n");
    } else {
        console_note(&context->console, "next: 'rollcall status', then 'rollcall up'");
    }
    return STATUS_OK;
}

/* -- new
 * -------------------------------------------------------------------------------------------------------------
 */

static bool
is_file_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && *at != '_' && *at != '-') {
            return false;
        }
    }
    return name[0] != '\0';
}

/* The number after the newest, as wide; a folder of time stamps goes on with the time. */
static const char *
next_version(const struct migrations *migrations, struct arena *arena)
{
    const char *newest = "";
    uint64_t number;
    for (size_t i = 0; i < migrations->n; i++) {
        const char *version = migrations->items[i].version;
        if (parse_u64(span_of(version), &number) && natural_compare(version, newest) > 0) {
            newest = version;
        }
    }
    size_t width = strlen(newest);
    if (width == 14) {
        char at[RFC3339_LEN + 1];
        clock_rfc3339(clock_now_us(), at);
        return arena_printf(arena, "%.4s%.2s%.2s%.2s%.2s%.2s", at, at + 5, at + 8, at + 11, at + 14, at + 17);
    }
    number = 0;
    (void)parse_u64(span_of(newest), &number);
    return arena_printf(arena, "%0*" PRIu64, width == 0 ? 4 : (int)width, number + 1);
}

static enum status
read_folder(struct command_context *context, const char *dir, struct migrations *out, struct err *err)
{
    const struct service *service = &context->services[0];
    ARENA_SCOPED scratch = {0};
    struct conn_params params = {.url = service->url};
    const struct driver *driver = driver_for_url(str_starts(params.url, "env:") ? "sqlite:" : params.url);
    if (driver == NULL) {
        return err_raise(err, STATUS_USAGE, "no driver answers to '%s'", url_redact(&scratch, service->url));
    }
    TRY(migrations_load(dir, service->layout, driver, &context->arena, out, err));
    const char *layout = out->layout->name;
    if (out->n > 0 && !str_eq(layout, "native") && !str_eq(layout, "golang-migrate")) {
        (void)err_raise(err, STATUS_UNSUPPORTED,
                        "'%s' is a folder of %s: new files for it are made by that tool", dir, layout);
        return err_hint(err, "rollcall reads them as they are; only its own layout is written");
    }
    return STATUS_OK;
}

enum status
cmd_new(struct command_context *context, int *exit_code, struct err *err)
{
    struct arena *arena = &context->arena;
    const char *dir = context->services[0].dir;
    const char *name = context->words[0];
    struct migrations migrations;
    (void)exit_code;
    if (!is_file_name(name)) {
        return err_raise(err, STATUS_USAGE,
                         "'%s' cannot be part of a file name: letters, digits, _ and - can", name);
    }
    if (dir == NULL) {
        (void)err_raise(err, STATUS_USAGE, "no migrations directory was given");
        return err_hint(err, "give --dir DIR");
    }
    TRY(read_folder(context, dir, &migrations, err));
    const char *stem = arena_printf(arena, "%s/%s_%s", dir, next_version(&migrations, arena), name);
    const char *up = arena_printf(arena, "%s.up.sql", stem);
    const char *down = arena_printf(arena, "%s.down.sql", stem);
    TRY(write_new_file(up, "", err));
    TRY(write_new_file(down, "", err));
    if (context->console.json) {
        console_print(&context->console, "{\"up\": \"%s\", \"down\": \"%s\"}\n", up, down);
    } else {
        console_print(&context->console, "%s\n%s\n", up, down);
    }
    return STATUS_OK;
}
