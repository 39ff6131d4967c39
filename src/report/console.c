#include "report/console.h"

#include "report/json.h"

#include <inttypes.h>
#include <stdarg.h>

const char *
ink(bool color, enum ink which)
{
    static const char *const codes[] = {
        [INK_PLAIN] = "\x1b[0m", [INK_BOLD] = "\x1b[1m",   [INK_DIM] = "\x1b[2m",
        [INK_RED] = "\x1b[31m",  [INK_GREEN] = "\x1b[32m", [INK_YELLOW] = "\x1b[33m",
    };
    return color ? codes[which] : "";
}

void
console_print(const struct console *console, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vfprintf(console->out, fmt, args);
    va_end(args);
}

const char *
shown(struct arena *arena, const char *text)
{
    BUF_SCOPED safe = BUF_INIT(BUF_TEXT_MAX);
    term_escape(&safe, span_of(text), false);
    return arena_strdup(arena, buf_cstr(&safe));
}

static void talk(const struct console *console, enum ink which, const char *label, const char *fmt,
                 va_list args) PRINTF_LIKE(4, 0);

static void
talk(const struct console *console, enum ink which, const char *label, const char *fmt, va_list args)
{
    ARENA_SCOPED scratch = {0};
    const char *text = shown(&scratch, arena_vprintf(&scratch, fmt, args));
    fprintf(console->err, "%s%s%s%s\n", ink(console->err_color, which), label,
            ink(console->err_color, INK_PLAIN), text);
}

void
console_note(const struct console *console, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (!console->quiet) {
        talk(console, INK_DIM, "", fmt, args);
    }
    va_end(args);
}

void
console_warn(const struct console *console, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (!console->quiet) {
        talk(console, INK_YELLOW, "warning: ", fmt, args);
    }
    va_end(args);
}

void
console_error(const struct console *console, const struct err *err)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_print_error(console->out, err);
        return;
    }
    fprintf(console->err, "%srollcall:%s %s\n", ink(console->err_color, INK_RED),
            ink(console->err_color, INK_PLAIN), shown(&scratch, err->msg));
    if (err->hint[0] != '\0') {
        fprintf(console->err, "%shint:%s %s\n", ink(console->err_color, INK_BOLD),
                ink(console->err_color, INK_PLAIN), shown(&scratch, err->hint));
    }
}

const char *
duration_text(struct arena *arena, int64_t us)
{
    if (us < 10000000) {
        return us < 1000000
                   ? arena_printf(arena, "%" PRId64 " ms", us / 1000)
                   : arena_printf(arena, "%" PRId64 ".%" PRId64 " s", us / 1000000, us / 100000 % 10);
    }
    if (us < 60000000) {
        return arena_printf(arena, "%" PRId64 " s", us / 1000000);
    }
    return arena_printf(arena, "%" PRId64 " min %" PRId64 " s", us / 60000000, us / 1000000 % 60);
}

/* -- events
 * ------------------------------------------------------------------------------------------------------- */

static void
show_blockers(const struct console *console, const struct blockers *blockers)
{
    for (size_t i = 0; blockers != NULL && i < blockers->n; i++) {
        const struct blocker *blocker = &blockers->items[i];
        console_note(console, "  held by session %s, user %s, application '%s', %s for %" PRId64 " s",
                     blocker->session, blocker->user, blocker->application, blocker->state,
                     blocker->age_ms / 1000);
        if (console->verbose && blocker->query != NULL && blocker->query[0] != '\0') {
            console_note(console, "    %s", blocker->query);
        }
    }
}

static void
show_takeover(const struct console *console, const struct lease_holder *holder)
{
    console_warn(
        console, "took over from a dead run: %s, %s (operation %.8s), last sign of life %" PRId64 " s ago",
        holder->holder, holder->command, holder->op, (holder->now_us - holder->renewed_us) / 1000000);
}

static void
show_event(void *context, const struct event *event)
{
    struct console *console = context;
    ARENA_SCOPED scratch = {0};
    if (console->progress_json) {
        json_print_event(console->err, event);
        return;
    }
    switch (event->kind) {
    case EVENT_STEP_BEGIN:
        progress_begin(&console->progress, console->err, term_is_tty(console->err) && !console->quiet,
                       event->id, event->total);
        progress_at(&console->progress, event->number - 1, event->direction);
        break;
    case EVENT_STATEMENT:
        progress_at(&console->progress, event->number - 1,
                    arena_printf(&scratch, "statement %zu of %zu", event->number, event->total));
        break;
    case EVENT_STEP_END:
        progress_end(&console->progress);
        if (!console->quiet) {
            console_note(console, "%-4s %s  %s", event->direction, event->id,
                         duration_text(&scratch, event->us));
        }
        break;
    case EVENT_RETRY:
        progress_end(&console->progress);
        console_warn(console, "%s (try %zu, again in %s)", event->text, event->number,
                     duration_text(&scratch, event->us));
        show_blockers(console, event->blockers);
        break;
    case EVENT_TAKEOVER:
        show_takeover(console, event->holder);
        break;
    case EVENT_WARNING:
        console_warn(console, "%s", event->text);
        break;
    case EVENT_SQL:
        console_print(console, "%s\n", event->text);
        break;
    }
}

struct observer
console_observer(struct console *console)
{
    return (struct observer){.tell = show_event, .context = console};
}
