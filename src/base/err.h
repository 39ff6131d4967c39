/* Errors as values: a status to decide on, and one line to read. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

#include <stddef.h>

/* What the caller can do about it; not where it happened. cli/ maps each to an exit code. */
enum status {
    STATUS_OK,
    STATUS_USAGE,       /* wrong usage, configuration or migration file */
    STATUS_POLICY,      /* refused by policy or guard */
    STATUS_SQL,         /* the server refused a statement; nothing of ours remains */
    STATUS_CONFLICT,    /* lock timeout, deadlock, serialization: the whole unit may be retried */
    STATUS_IO,          /* the file system said no */
    STATUS_CANCELLED,   /* a signal or a deadline stopped us at a safe point */
    STATUS_PARTIAL,     /* part of the work stands; `resume` can go on */
    STATUS_UNKNOWN,     /* the answer was lost: it may or may not have happened */
    STATUS_LEASE,       /* another run holds the lease, or has fenced us */
    STATUS_CONNECT,     /* unreachable, refused, or authentication failed */
    STATUS_CORRUPT,     /* stored data is damaged or tampered with */
    STATUS_UNSUPPORTED, /* this engine cannot do it; the message says what does */
    STATUS_BUG          /* an invariant of ours does not hold */
};

/* Lives on the caller's stack; raising an error never allocates. */
struct err {
    enum status status;
    char sqlstate[6]; /* five characters and NUL; empty when no server spoke */
    long server_code; /* the engine's own number (MySQL errno, SQLite extended code); 0 when none */
    size_t position;  /* byte offset in the failing statement + 1; 0 when unknown */
    const char *file; /* where it was first raised; static storage */
    int line;
    char msg[480];  /* one line, lower case, no full stop */
    char hint[320]; /* what to do next; may be empty */
};

/* Fills `err` and returns `status`, so that `return err_raise(...)` reads as one thought. */
enum status err_raise_at(struct err *err, enum status status, const char *file, int line, const char *fmt,
                         ...) PRINTF_LIKE(5, 6);
#define err_raise(err, status, ...) err_raise_at((err), (status), __FILE__, __LINE__, __VA_ARGS__)

/* Puts "context: " before the message; keeps status and cause; returns the status. */
enum status err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Sets or replaces the hint; returns the status. */
enum status err_hint(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Changes the decision, keeps the words: e.g. SQL to PARTIAL once something was committed. */
enum status err_restate(struct err *err, enum status status);

void err_clear(struct err *err);

/* "sql", "lease", ...: the stable code that --json prints. */
const char *status_name(enum status status);

/* Prints the place and ends the process with exit code 70: only for what cannot happen. */
void bug_at(const char *file, int line, const char *fmt, ...) NORETURN PRINTF_LIKE(3, 4);
#define bug(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
#define require(cond)                                                                                        \
    do {                                                                                                     \
        if (!(cond)) {                                                                                       \
            bug("requirement failed: %s", #cond);                                                            \
        }                                                                                                    \
    } while (0)

/* Returns the status when it is not OK; nothing else hidden. */
#define TRY(call)                                                                                            \
    do {                                                                                                     \
        enum status try_status = (call);                                                                     \
        if (try_status != STATUS_OK) {                                                                       \
            return try_status;                                                                               \
        }                                                                                                    \
    } while (0)

/* For a failure after which the caller does the same as without it: gcc takes no (void) for an answer. */
#define IGNORE(call)                                                                                         \
    do {                                                                                                     \
        if ((call) != STATUS_OK) {                                                                           \
            break;                                                                                           \
        }                                                                                                    \
    } while (0)

#endif
