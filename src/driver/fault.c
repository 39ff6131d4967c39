/* The decorator that makes the nth call of an operation fail, or lose its answer. */
#include "driver/decorate.h"

#include <signal.h>
#include <string.h>

#ifdef ROLLCALL_FAULT_POINTS

enum action { ACTION_ERROR, ACTION_CONFLICT, ACTION_LOST, ACTION_UNKNOWN, ACTION_CRASH, ACTION_CRASH_AFTER };

struct trap {
    enum conn_op op;
    enum action action;
    uint64_t nth;
    uint64_t seen;
};

struct traps {
    struct trap *items;
    size_t n;
    size_t cap;
};

static bool
parse_op(struct span name, enum conn_op *out)
{
    for (unsigned i = 0; i < OP_COUNT; i++) {
        if (span_is(name, conn_op_name((enum conn_op)i))) {
            *out = (enum conn_op)i;
            return true;
        }
    }
    return false;
}

static bool
parse_action(struct span name, enum action *out)
{
    static const char *const names[] = {"error", "conflict", "lost", "unknown", "crash", "crash-after"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (span_is(name, names[i])) {
            *out = (enum action)i;
            return true;
        }
    }
    return false;
}

static bool
parse_trap(struct span text, struct trap *out)
{
    const char *equals = memchr(text.ptr, '=', text.len);
    if (equals == NULL) {
        return false;
    }
    *out = (struct trap){.nth = 1};
    struct span op = {text.ptr, (size_t)(equals - text.ptr)};
    struct span action = {equals + 1, text.len - op.len - 1};
    const char *at = memchr(action.ptr, '@', action.len);
    if (at != NULL) {
        struct span nth = {at + 1, action.len - (size_t)(at - action.ptr) - 1};
        action.len = (size_t)(at - action.ptr);
        if (!parse_u64(nth, &out->nth) || out->nth == 0) {
            return false;
        }
    }
    return parse_op(op, &out->op) && parse_action(action, &out->action);
}

static enum status
lose(struct op_call *call, struct err *err)
{
    call->conn->is_lost = true;
    return err_raise(err, STATUS_UNKNOWN, "fault in '%s': the connection was lost", conn_op_name(call->op));
}

static enum status
before(void *state, struct op_call *call, struct err *err)
{
    struct traps *traps = state;
    for (size_t i = 0; i < traps->n; i++) {
        struct trap *trap = &traps->items[i];
        if (trap->op != call->op || ++trap->seen != trap->nth) {
            continue;
        }
        switch (trap->action) {
        case ACTION_ERROR:
            return err_raise(err, STATUS_SQL, "fault in '%s': error", conn_op_name(call->op));
        case ACTION_CONFLICT:
            return err_raise(err, STATUS_CONFLICT, "fault in '%s': conflict", conn_op_name(call->op));
        case ACTION_LOST:
            return lose(call, err);
        case ACTION_CRASH:
            raise(SIGKILL);
            break;
        case ACTION_UNKNOWN:
        case ACTION_CRASH_AFTER:
            call->mark = trap;
            break;
        }
    }
    return STATUS_OK;
}

static enum status
after(void *state, struct op_call *call, enum status status, struct err *err)
{
    (void)state;
    const struct trap *trap = call->mark;
    if (trap == NULL) {
        return status;
    }
    if (trap->action == ACTION_CRASH_AFTER) {
        raise(SIGKILL);
    }
    return lose(call, err);
}

static void
release(void *state)
{
    (void)state;
}

static const struct hook_kind kind = {before, after, release};

enum status
fault_hook(const char *text, struct arena *arena, struct hook *out, struct err *err)
{
    struct traps *traps = arena_new(arena, struct traps);
    const char *at = text;
    while (*at != '\0') {
        struct trap trap;
        size_t len = strcspn(at, ",");
        if (!parse_trap((struct span){at, len}, &trap)) {
            return err_raise(err, STATUS_USAGE, "driver fault '%.*s' is not op=action[@nth]", (int)len, at);
        }
        vec_push(arena, traps, trap);
        at += at[len] == ',' ? len + 1 : len;
    }
    *out = (struct hook){&kind, traps};
    return STATUS_OK;
}

#else

enum status
fault_hook(const char *text, struct arena *arena, struct hook *out, struct err *err)
{
    (void)text;
    (void)arena;
    (void)out;
    return err_raise(err, STATUS_UNSUPPORTED, "this build has no fault points");
}

#endif
