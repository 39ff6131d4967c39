/* Named fault points and the request to stop. */
#include "base/io.h"

#include "base/str.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef ROLLCALL_FAULT_POINTS

enum action { ACTION_CRASH, ACTION_CRASH_AFTER, ACTION_ERROR, ACTION_UNKNOWN };

struct trap {
    struct span name;
    enum action action;
    uint64_t nth;
    uint64_t seen;
};

enum { TRAP_MAX = 16 };

/* Parsed anew when the text changes, so that one test process can arm several. */
static struct {
    char text[1024];
    struct trap traps[TRAP_MAX];
    size_t n;
} armed;

static bool
parse_trap(struct span text, struct trap *out)
{
    static const char *const names[] = {"crash", "crash-after", "error", "unknown"};
    const char *equals = memchr(text.ptr, '=', text.len);
    if (equals == NULL) {
        return false;
    }
    *out = (struct trap){.name = {text.ptr, (size_t)(equals - text.ptr)}, .nth = 1};
    struct span action = {equals + 1, text.len - out->name.len - 1};
    const char *at = memchr(action.ptr, '@', action.len);
    if (at != NULL) {
        struct span nth = {at + 1, action.len - (size_t)(at - action.ptr) - 1};
        action.len = (size_t)(at - action.ptr);
        if (!parse_u64(nth, &out->nth) || out->nth == 0) {
            return false;
        }
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (span_is(action, names[i])) {
            out->action = (enum action)i;
            return true;
        }
    }
    return false;
}

static void
arm(const char *text)
{
    if (strlen(text) >= sizeof(armed.text)) {
        bug("ROLLCALL_FAULT is too long");
    }
    memmove(armed.text, text, strlen(text) + 1);
    armed.n = 0;
    const char *at = armed.text;
    while (*at != '\0') {
        size_t len = strcspn(at, ",");
        if (armed.n == TRAP_MAX || !parse_trap((struct span){at, len}, &armed.traps[armed.n])) {
            bug("ROLLCALL_FAULT is not name=action[@nth]: '%s'", at);
        }
        armed.n++;
        at += at[len] == ',' ? len + 1 : len;
    }
}

/* ROLLCALL_FAULT_TRACE names a file that gets each point's name as it is passed: what a test can arm. */
static void
trace(const char *name)
{
    const char *path = getenv("ROLLCALL_FAULT_TRACE");
    if (path == NULL) {
        return;
    }
    char line[128];
    int len = snprintf(line, sizeof(line), "%.120s\n", name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)len) != len) {
        bug("cannot write '%s'", path);
    }
    close(fd);
}

static enum status
pass(const char *name, bool is_after, struct err *err)
{
    const char *text = getenv("ROLLCALL_FAULT");
    if (text == NULL) {
        text = "";
    }
    if (strcmp(text, armed.text) != 0) {
        arm(text);
    }
    for (size_t i = 0; i < armed.n; i++) {
        struct trap *trap = &armed.traps[i];
        bool acts_after = trap->action == ACTION_CRASH_AFTER || trap->action == ACTION_UNKNOWN;
        if (acts_after != is_after || !span_is(trap->name, name) || ++trap->seen != trap->nth) {
            continue;
        }
        switch (trap->action) {
        case ACTION_CRASH:
        case ACTION_CRASH_AFTER:
            raise(SIGKILL);
            break;
        case ACTION_ERROR:
            return err_raise(err, STATUS_IO, "fault point '%s': error", name);
        case ACTION_UNKNOWN:
            return err_raise(err, STATUS_UNKNOWN, "fault point '%s': the answer was lost", name);
        }
    }
    return STATUS_OK;
}

enum status
fault_before(const char *name, struct err *err)
{
    trace(name);
    return pass(name, false, err);
}

enum status
fault_after(const char *name, struct err *err)
{
    return pass(name, true, err);
}

#else

enum status
fault_before(const char *name, struct err *err)
{
    (void)name;
    (void)err;
    return STATUS_OK;
}

enum status
fault_after(const char *name, struct err *err)
{
    (void)name;
    (void)err;
    return STATUS_OK;
}

#endif

static atomic_int stop_signal;

static void
on_signal(int number)
{
    atomic_store(&stop_signal, number);
}

void
stop_install(void)
{
    /* Without SA_RESTART, so that blocking calls come back; the second signal of a kind kills, for whoever
     * cannot wait for a safe point: a crash anywhere can be resumed. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0) {
        bug("signal handlers cannot be set");
    }
    /* A reader that went away is an error of write, not a death. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
}

bool
stop_requested(void)
{
    return atomic_load(&stop_signal) != 0;
}

enum status
stop_check(struct err *err)
{
    int number = atomic_load(&stop_signal);
    if (number != 0) {
        return err_raise(err, STATUS_CANCELLED, "stopped by %s", number == SIGINT ? "SIGINT" : "SIGTERM");
    }
    return STATUS_OK;
}
