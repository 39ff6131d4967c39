/* Records that wait for their turn, in order: in memory while they are few, else in a file without a name.
 *
 * A record is written to `backlog->buf` and closed by backlog_mark; readers get runs of whole records. */
#ifndef BASE_BACKLOG_H
#define BASE_BACKLOG_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct backlog {
    struct buf buf;   /* records are appended here */
    struct buf back;  /* what was read back from the file */
    const char *dir;  /* borrowed: where the file is made */
    int fd;           /* -1: there is no file yet */
    uint64_t written; /* bytes in the file */
    uint64_t read;    /* of these, how many backlog_next gave */
    bool is_at_end;   /* backlog_next gave what is in `buf`, too */
};

void backlog_init(struct backlog *backlog, const char *dir, size_t record_max);
void backlog_release(struct backlog *backlog);
/* A record ends here; more than about a megabyte goes to the file. Errors: IO. */
enum status backlog_mark(struct backlog *backlog, struct err *err) MUST_USE;
bool backlog_is_empty(const struct backlog *backlog);
/* The next run of whole records, borrowed until the next call; empty at the end. Nothing may be added between
 * the first call and backlog_clear. */
enum status backlog_next(struct backlog *backlog, struct span *run, struct err *err) MUST_USE;
/* Forgets all records; keeps file and memory for the next ones. */
void backlog_clear(struct backlog *backlog);

#endif
